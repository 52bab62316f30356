//! The folder of other people's vectors.
//!
//! It lies beside a checkout of ours (`../shared/vectors`, or where `BOOKBAG_VECTORS` says) and is not part of the
//! project; a stranger's clone has none of it, and then each suite says that it had no data and passes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// One folder of vectors. A suite opens it, reads every file in it, and calls [`Folder::finish`].
pub(crate) struct Folder {
    path: PathBuf,
    unread: BTreeSet<PathBuf>,
}

impl Folder {
    /// Opens the folder of this name; `None`, said aloud, where there is no data.
    pub(crate) fn open(name: &str) -> Option<Self> {
        let path = root().join(name);
        if !path.is_dir() {
            eprintln!("no data: suite `{name}` was skipped ({} is not there)", path.display());
            return None;
        }
        let unread = files_below(&path).into_iter().filter(|file| !is_readme(file)).collect();
        Some(Self { path, unread })
    }

    /// Reads one file, named from the folder.
    pub(crate) fn read(&mut self, file: &str) -> Vec<u8> {
        let path = self.path.join(file);
        self.unread.remove(&path);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Reads one JSON file, named from the folder.
    pub(crate) fn json(&mut self, file: &str) -> Value {
        serde_json::from_slice(&self.read(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// Names the files below a subfolder (`""` for all), so that none is listed by hand.
    pub(crate) fn files(&self, below: &str) -> Vec<String> {
        let names = files_below(&self.path.join(below)).into_iter().filter(|file| !is_readme(file));
        names.map(|file| file.strip_prefix(&self.path).unwrap().to_str().unwrap().to_owned()).collect()
    }

    /// Fails if the suite left a file unread.
    pub(crate) fn finish(self) {
        assert!(self.unread.is_empty(), "vector files that no test reads: {:?}", self.unread);
    }
}

/// Where the vectors lie.
pub(crate) fn root() -> PathBuf {
    match std::env::var_os("BOOKBAG_VECTORS") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
    }
}

fn is_readme(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "README.md")
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}
