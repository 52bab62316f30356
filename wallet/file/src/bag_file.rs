//! Making and opening a bag's file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bookbag_store::frame::MAX_HEAD_BYTES;
use bookbag_store::frame::scan::{Piece, Scanner};
use bookbag_store::preamble::{MAGIC, MAX_PREAMBLE_BYTES, Preamble, PreambleError};

use crate::FileError;
use crate::disk::{Disk, DiskFile, FileSystem, Kind};
use crate::unfinished::{Unfinished, folder, remove_leftovers};

/// Most bytes that are looked at to see whether a file is a bag.
const START_BYTES: usize = MAGIC.len() + MAX_PREAMBLE_BYTES + 2 * MAX_HEAD_BYTES;

/// How often a file is opened again that was replaced while it was being locked.
const MAX_TRIES: usize = 16;

/// What the file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To read it, beside others who read or write.
    Read,
    /// To read and write it, while nobody else writes.
    Write,
}

/// A bag in a file.
#[derive(Debug)]
pub struct BagFile {
    pub(crate) path: PathBuf,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) access: Access,
    pub(crate) start: Start,
    pub(crate) end: End,
    /// How many bytes were appended since it was opened.
    pub(crate) appended: u64,
    /// Whether it is not yet sure that the file's place would survive a power cut.
    pub(crate) unsure_of_place: bool,
}

/// What stands before the frames.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) preamble: Result<Preamble, PreambleError>,
    /// Where the frames begin; 0 if the preamble cannot be read.
    pub(crate) frames: u64,
}

/// Where the next frame goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The frames were not read to their end.
    Unknown,
    /// Here. Up to the file's length a torn frame stands, to be cut off first.
    At { at: u64, length: u64 },
    /// Here. Up to the file's length stand zero bytes that were written ahead and synced.
    Room { at: u64, length: u64 },
    /// Nowhere, until the file is opened again.
    Stopped,
}

impl BagFile {
    /// Makes the file of a new bag from its magic, preamble and first frames. The file is there whole or not at all, and only its owner may read it.
    ///
    /// # Errors
    ///
    /// If something has the name, which is then left as it is, or the disk does not take the file.
    pub fn create(path: impl AsRef<Path>, bytes: &[u8]) -> Result<Self, FileError> {
        Self::create_on(Arc::new(FileSystem), path.as_ref(), bytes)
    }

    /// Opens the file of a bag. What can be read in a bag that was opened for writing would survive a power cut.
    ///
    /// # Errors
    ///
    /// If it is not there, not a bag, or may not be opened; for writing, also if another program has it open for that.
    pub fn open(path: impl AsRef<Path>, access: Access) -> Result<Self, FileError> {
        Self::open_on(Arc::new(FileSystem), path.as_ref(), access)
    }

    /// The name it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// This copy's preamble. Its tag has not been checked.
    ///
    /// # Errors
    ///
    /// If it is damaged; the frames can be read nonetheless.
    pub fn preamble(&self) -> Result<&Preamble, PreambleError> {
        self.start.preamble.as_ref().map_err(|error| *error)
    }

    pub(crate) fn create_on(disk: Arc<dyn Disk>, path: &Path, bytes: &[u8]) -> Result<Self, FileError> {
        match disk.look(path) {
            Ok(seen) if seen.kind == Kind::Directory => return Err(FileError::Directory(path.to_owned())),
            Ok(_) => return Err(FileError::Exists(path.to_owned())),
            Err(_) => {}
        }
        let start = Start::of(bytes).filter(|start| start.preamble.is_ok());
        let start = start.ok_or_else(|| FileError::WrongStart(path.to_owned()))?;
        let failed = |source| FileError::write(path, source);
        let new = Unfinished::beside(&*disk, path)?;
        new.file.write_at(0, bytes).map_err(failed)?;
        new.file.sync().map_err(failed)?;
        let file = new.take_free_name(path)?;
        if let Err(source) = disk.sync_directory(folder(path)) {
            // Nothing was promised yet, and a bag that might vanish is worse than none.
            drop(disk.remove(path));
            return Err(failed(source));
        }
        let length = bytes.len() as u64;
        let end = End::At { at: length, length };
        let path = path.to_owned();
        Ok(Self { path, disk, file, access: Access::Write, start, end, appended: 0, unsure_of_place: false })
    }

    pub(crate) fn open_on(disk: Arc<dyn Disk>, path: &Path, access: Access) -> Result<Self, FileError> {
        let file = match access {
            Access::Read => open_file(&*disk, path, false)?,
            Access::Write => open_locked(&*disk, path)?,
        };
        let read = |source| FileError::read(path, source);
        let mut bytes = vec![0; START_BYTES];
        let filled = file.fill_at(0, &mut bytes).map_err(read)?;
        bytes.truncate(filled);
        let start = Start::of(&bytes).ok_or_else(|| FileError::NotABag(path.to_owned()))?;
        let mut unsure_of_place = false;
        if access == Access::Write {
            remove_leftovers(&*disk, path);
            // A program that was killed may have left what was never synced: seen now, it must not vanish later.
            file.sync().map_err(|source| FileError::write(path, source))?;
            unsure_of_place = disk.sync_directory(folder(path)).is_err();
        }
        let path = path.to_owned();
        Ok(Self { path, disk, file, access, start, end: End::Unknown, appended: 0, unsure_of_place })
    }

    /// Sees that this file may be written and is still the one that its name stands for.
    pub(crate) fn in_place(&self) -> Result<(), FileError> {
        if self.access == Access::Read {
            return Err(FileError::ReadOnly(self.path.clone()));
        }
        if self.end == End::Stopped {
            return Err(FileError::Stopped(self.path.clone()));
        }
        let ours = self.file.seen().map_err(|source| FileError::read(&self.path, source))?;
        match self.disk.look(&self.path) {
            Ok(named) if named.file == ours.file => Ok(()),
            _ => Err(FileError::Replaced(self.path.clone())),
        }
    }
}

impl Start {
    /// `None` if this is not the start of a bag. One whose preamble is damaged still is, if there is a magic or a frame.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        match Preamble::read(bytes) {
            Ok((preamble, frames)) => {
                let frames = (bytes.len() - frames.len()) as u64;
                Some(Self { preamble: Ok(preamble), frames })
            }
            Err(error) => {
                let mut pieces = Scanner::new(None, 0..bytes.len() as u64).pieces(bytes);
                let is_bag =
                    error != PreambleError::Magic || pieces.any(|p| matches!(p, Piece::Frame { .. }));
                is_bag.then_some(Self { preamble: Err(error), frames: 0 })
            }
        }
    }
}

/// Opens what the name stands for, if that is a file, and the same one before and after.
fn open_file(disk: &dyn Disk, path: &Path, write: bool) -> Result<Box<dyn DiskFile>, FileError> {
    let failed = if write { FileError::write } else { FileError::read };
    for _ in 0..MAX_TRIES {
        let named = disk.look(path).map_err(|source| failed(path, source))?;
        match named.kind {
            Kind::File => {}
            Kind::Directory => return Err(FileError::Directory(path.to_owned())),
            Kind::Link => return Err(FileError::Link(path.to_owned())),
            Kind::Other => return Err(FileError::NotAFile(path.to_owned())),
        }
        let file = disk.open(path, write).map_err(|source| failed(path, source))?;
        if file.seen().map_err(|source| failed(path, source))?.file == named.file {
            return Ok(file);
        }
    }
    Err(FileError::InUse(path.to_owned()))
}

/// Opens and locks. A writer that puts a new file in place of the old one holds the locks of both, so whoever gets the lock of a file
/// that still has its name afterwards is the only one.
fn open_locked(disk: &dyn Disk, path: &Path) -> Result<Box<dyn DiskFile>, FileError> {
    for _ in 0..MAX_TRIES {
        let file = open_file(disk, path, true)?;
        let failed = |source| FileError::write(path, source);
        if !file.lock().map_err(failed)? {
            return Err(FileError::InUse(path.to_owned()));
        }
        let ours = file.seen().map_err(failed)?.file;
        if disk.look(path).is_ok_and(|named| named.file == ours) {
            return Ok(file);
        }
    }
    Err(FileError::InUse(path.to_owned()))
}
