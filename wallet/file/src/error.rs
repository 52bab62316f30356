//! What can go wrong with a bag's file: what was kept, and what to do next.

use std::io;
use std::path::{Path, PathBuf};

/// Why a bag's file could not be opened, read or written.
///
/// Whatever is said here, frames that were acknowledged before are untouched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// There is no such file.
    #[error("there is no file {}: check the name, or make a new bag there", .0.display())]
    NotFound(PathBuf),
    /// A new bag would have taken the place of something.
    #[error("{} is there already, and was left as it is: give the new bag another name", .0.display())]
    Exists(PathBuf),
    /// A directory.
    #[error("{} is a folder: name the bag's file in it", .0.display())]
    Directory(PathBuf),
    /// A symbolic link. To replace what it leads to safely, its own folder must be known.
    #[error("{} is a link to another file: name that file itself", .0.display())]
    Link(PathBuf),
    /// A device, pipe or socket.
    #[error("{} is not an ordinary file, so it cannot hold a bag", .0.display())]
    NotAFile(PathBuf),
    /// Neither the start of a bag nor any frame.
    #[error("{} is not a bag, and was left as it is: check the name", .0.display())]
    NotABag(PathBuf),
    /// The system does not let this user or program do it, or the disk is read-only.
    #[error(
        "{} may not be {action} ({source}); nothing was changed. Copy the bag to a place of your own, or have its permissions changed", path.display()
    )]
    Denied {
        /// The file or its folder.
        path: PathBuf,
        /// What was tried: "read" or "written".
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Another program has it open for writing.
    #[error("another program is using this bag ({}): close it there, then try again", .0.display())]
    InUse(PathBuf),
    /// It was opened for reading only.
    #[error("{} was opened for reading only, so nothing was written", .0.display())]
    ReadOnly(PathBuf),
    /// The disk is full, or the user's part of it.
    #[error(
        "there is no room left for this change ({source}). It was not made; everything before it is safe in {}. Make room on the disk, then do it again",
        path.display()
    )]
    Full {
        /// The bag.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk did not take a change.
    #[error(
        "the disk did not take this change ({source}). It was not made; everything before it is safe in {}. Try again, and copy the bag to another disk if that fails too",
        path.display()
    )]
    NotWritten {
        /// The bag.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk did not take a change, and what there is of it could not be taken back.
    #[error(
        "the disk did not take a change, or not surely, and nothing more is written to {} until it is opened again. Everything acknowledged before is in it: close the bag, open it again and look at its last change",
        .0.display()
    )]
    Stopped(PathBuf),
    /// The file was written anew, but the disk did not say that it would survive a power cut.
    #[error(
        "{} was written anew, but the disk does not say that this would survive a power cut ({source}): do it again. Nothing else is written before the disk says so",
        path.display()
    )]
    Unsure {
        /// The bag.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The name now stands for another file, or for none.
    #[error(
        "{} was moved or replaced by another program while it was open here, so the change was not made. Close it, see which file is the right one, open that, then do it again",
        .0.display()
    )]
    Replaced(PathBuf),
    /// The file has another length than this program gave it.
    #[error(
        "{} was written by another program while it was open here, so the change was not made. Close the bag and open it again, then do it again",
        .0.display()
    )]
    Changed(PathBuf),
    /// What was to be the start of the file is not the magic and preamble of this bag. A fault of the program.
    #[error("what was to be written to {} is not the start of this bag; nothing was changed", .0.display())]
    WrongStart(PathBuf),
    /// No such frame with such a body.
    #[error("the content at {at} in {} is not there or was changed: look for it in another copy of the bag", path.display())]
    NoBody {
        /// The bag.
        path: PathBuf,
        /// Where the frame was said to begin.
        at: u64,
    },
    /// The disk could not be read.
    #[error("{} could not be read ({source}); nothing was changed. Try again, and if it fails again look for another copy of the bag", path.display())]
    NotRead {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FileError {
    /// From an attempt to read.
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound(path),
            io::ErrorKind::PermissionDenied => Self::Denied { path, action: "read", source },
            io::ErrorKind::IsADirectory => Self::Directory(path),
            _ => Self::NotRead { path, source },
        }
    }

    /// From an attempt to write that left everything as it was.
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full { path, source }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { path, action: "written", source }
            }
            io::ErrorKind::NotFound => Self::NotFound(path),
            io::ErrorKind::IsADirectory => Self::Directory(path),
            _ => Self::NotWritten { path, source },
        }
    }
}
