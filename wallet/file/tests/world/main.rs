//! A bag's file among other programs, on full and read-only disks. Other programs are this one, started again as [`child::child`].
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, starts programs and says what it could not try"
)]

mod child;
mod disks;
mod kills;
#[expect(dead_code, reason = "others need the rest")]
#[path = "../maker/mod.rs"]
mod maker;
mod names;
mod writers;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bookbag_file::{Access, BagFile, FileError};
use bookbag_store::frame::scan::{Body, Piece};
use bookbag_store::id::FrameId;

use maker::Maker;

/// A folder with a bag in it.
struct Home {
    folder: tempfile::TempDir,
    bag: PathBuf,
}

/// What is in a bag.
#[derive(Debug, Default)]
struct Found {
    whole: BTreeSet<FrameId>,
    last: Option<FrameId>,
    torn: usize,
    damaged: usize,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bag = folder.path().join("mia.bag");
        drop(BagFile::create(&bag, &Maker::new().new_file()).unwrap());
        Self { folder, bag }
    }

    fn write(&self) -> BagFile {
        BagFile::open(&self.bag, Access::Write).unwrap()
    }

    /// The names in the folder.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

fn found(file: &mut BagFile) -> Found {
    let mut found = Found::default();
    let each = |piece: Piece<'_>| {
        match piece {
            Piece::Frame { head, body: Body::Here(_) | Body::Apart, .. } => {
                found.whole.insert(head.id());
                found.last = Some(head.id());
            }
            Piece::Torn { .. } => found.torn += 1,
            Piece::NotFrames { .. } | Piece::Frame { .. } => found.damaged += 1,
        }
        Ok::<_, FileError>(())
    };
    file.frames(each).unwrap();
    found
}

fn found_at(path: &Path) -> Found {
    found(&mut BagFile::open(path, Access::Read).unwrap())
}
