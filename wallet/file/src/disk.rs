//! What is asked of a disk. The file system is one; the other is simulated, and can lose its power.

mod real;
#[cfg(test)]
pub(crate) mod simulated;
mod status;

use std::fmt::Debug;
use std::io;
use std::path::Path;

pub(crate) use real::FileSystem;

/// Names, and the files behind them.
pub(crate) trait Disk: Debug + Send + Sync {
    /// What a name stands for, links not followed.
    fn look(&self, path: &Path) -> io::Result<Seen>;

    /// Opens a file that is there.
    fn open(&self, path: &Path, write: bool) -> io::Result<Box<dyn DiskFile>>;

    /// Makes a file that only its owner reads; an error if the name is taken.
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file a second name; an error if that is taken.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file another name in one step, in place of whatever had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a name away.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Returns when the names in a directory are as lasting as synced data.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;

    /// The names in a directory.
    fn names(&self, path: &Path) -> io::Result<Vec<std::ffi::OsString>>;
}

/// An open file.
pub(crate) trait DiskFile: Debug + Send + Sync {
    /// Which one it is, whatever its name has become.
    fn seen(&self) -> io::Result<Seen>;

    /// Its length in bytes.
    fn length(&self) -> io::Result<u64>;

    /// Reads up to as many bytes as there is room for; none at the end.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes`; an error if it could not, and then any part of them may be written.
    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file off, or fills it up with zeros.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Returns when all that was written, and the length, would survive a power cut.
    fn sync(&self) -> io::Result<()>;

    /// Locks the file for one writer, until it is closed; whether that could be done.
    fn lock(&self) -> io::Result<bool>;

    /// Gives the file to whom the other belongs.
    fn give_to_owner_of(&self, other: Seen) -> io::Result<()>;
}

/// What stands behind a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    /// Device and inode: two names of the same are one file.
    pub(crate) file: (u64, u64),
    /// User and group.
    pub(crate) owner: (u32, u32),
}

/// The kinds of things that have names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Link,
    Other,
}

impl dyn DiskFile + '_ {
    /// Reads until `into` is full or the file ends; gives how much was read.
    pub(crate) fn fill_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read_at(at + filled as u64, rest) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}
