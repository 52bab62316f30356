//! The file of a mark: what a device remembers of a bag, kept apart from it.
//!
//! To this package it is sealed bytes. It is replaced in one step and not synced: a mark that a power cut takes back, or takes away, costs checking some signatures again, and never a change. One rule keeps it
//! from telling of more than the disk holds: it is written after [`BagFile::append`](crate::BagFile::append) has returned, or of frames read from a bag that was opened
//! [for writing](crate::Access::Write), which syncs them first.

use std::path::Path;

use crate::FileError;
use crate::disk::{Disk as _, FileSystem, Kind};
use crate::unfinished::{Unfinished, remove_leftovers};

/// Longest mark, in bytes: 64 heads are 2.2 KiB.
pub const MAX_MARK_BYTES: usize = 16_384;

/// Puts these bytes in place of the mark that was there, if any.
///
/// # Errors
///
/// If the disk does not take it. Then the old mark is in its place.
pub fn write(path: impl AsRef<Path>, sealed: &[u8]) -> Result<(), FileError> {
    let path = path.as_ref();
    if FileSystem.look(path).is_ok_and(|seen| seen.kind == Kind::Directory) {
        return Err(FileError::Directory(path.to_owned()));
    }
    remove_leftovers(&FileSystem, path);
    let new = Unfinished::beside(&FileSystem, path)?;
    new.file.write_at(0, sealed).map_err(|source| FileError::write(path, source))?;
    new.replace(path).map(drop)
}

/// Reads a mark. `None` if there is none, as on a device that has not opened the bag before; an empty file, which a power cut may leave, is none either.
///
/// # Errors
///
/// If there is something that cannot be read, or that is too long to be a mark.
pub fn read(path: impl AsRef<Path>) -> Result<Option<Vec<u8>>, FileError> {
    let path = path.as_ref();
    let failed = |source| FileError::read(path, source);
    let file = match FileSystem.open(path, false) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    let mut sealed = vec![0; MAX_MARK_BYTES + 1];
    let filled = file.fill_at(0, &mut sealed).map_err(failed)?;
    sealed.truncate(filled);
    if filled > MAX_MARK_BYTES {
        return Err(failed(std::io::ErrorKind::InvalidData.into()));
    }
    Ok(sealed.iter().any(|byte| *byte != 0).then_some(sealed))
}
