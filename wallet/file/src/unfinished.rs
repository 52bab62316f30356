//! Files that are not yet in their place: written beside it, then given its name in one step.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use crate::FileError;
use crate::disk::{Disk, DiskFile, Kind};

/// The end of their names.
const UNFINISHED: &str = ".bookbag-new";

/// Most of them beside one file.
const MAX_UNFINISHED: u32 = 1000;

/// A new file in the folder of another. It is locked, so that nobody takes it for what a killed program left, and taken away when dropped.
pub(crate) struct Unfinished<'d> {
    pub(crate) file: Box<dyn DiskFile>,
    name: Name<'d>,
}

/// A name that is taken away when dropped.
struct Name<'d> {
    disk: &'d dyn Disk,
    path: PathBuf,
    kept: bool,
}

impl<'d> Unfinished<'d> {
    /// Makes one beside `path`.
    pub(crate) fn beside(disk: &'d dyn Disk, path: &Path) -> Result<Self, FileError> {
        let failed = |source| FileError::write(path, source);
        for number in 0..MAX_UNFINISHED {
            let mut name = prefix(path).ok_or_else(|| FileError::Directory(path.to_owned()))?;
            name.push(format!("{}-{number}{UNFINISHED}", std::process::id()));
            let name = path.with_file_name(name);
            match disk.create_new(&name) {
                Ok(file) => {
                    let new = Self { file, name: Name { disk, path: name, kept: false } };
                    new.file.lock().map_err(failed)?;
                    return Ok(new);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(failed(source)),
            }
        }
        Err(FileError::Exists(path.to_owned()))
    }

    /// Gives it a name that nothing has. The name lasts once the folder is synced.
    pub(crate) fn take_free_name(mut self, path: &Path) -> Result<Box<dyn DiskFile>, FileError> {
        let disk = self.name.disk;
        let taken = match disk.link(&self.name.path, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                // There are no second names on FAT. Then an empty file keeps the name free of others.
                disk.create_new(path).and_then(|_| {
                    let renamed = disk.rename(&self.name.path, path);
                    self.name.kept = renamed.is_ok();
                    renamed.inspect_err(|_| drop(disk.remove(path)))
                })
            }
            linked => linked,
        };
        match taken {
            Ok(()) => Ok(self.file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(FileError::Exists(path.to_owned()))
            }
            Err(source) => Err(FileError::write(path, source)),
        }
    }

    /// Gives it the name of another file, in place of that. The name lasts once the folder is synced.
    pub(crate) fn replace(mut self, path: &Path) -> Result<Box<dyn DiskFile>, FileError> {
        self.name.disk.rename(&self.name.path, path).map_err(|source| FileError::write(path, source))?;
        self.name.kept = true;
        Ok(self.file)
    }
}

impl Drop for Name<'_> {
    fn drop(&mut self) {
        if !self.kept {
            drop(self.disk.remove(&self.path));
        }
    }
}

/// Takes away what killed programs left beside `path`, which the caller has locked. What cannot be taken away does no harm.
pub(crate) fn remove_leftovers(disk: &dyn Disk, path: &Path) {
    let Some(prefix) = prefix(path) else { return };
    for name in disk.names(folder(path)).unwrap_or_default() {
        let leftover = path.with_file_name(&name);
        let Some(seen) = disk.look(&leftover).ok().filter(|_| is_ours(&name, &prefix)) else { continue };
        // One that is locked somebody is at work on; unless it is the caller's own, under its first name.
        let is_in_place = || disk.look(path).is_ok_and(|placed| placed.file == seen.file);
        let is_abandoned = || disk.open(&leftover, true).is_ok_and(|file| file.lock().unwrap_or(false));
        if seen.kind == Kind::File && (is_in_place() || is_abandoned()) {
            drop(disk.remove(&leftover));
        }
    }
}

/// The folder that a file is in.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How the names of unfinished files beside `path` begin.
fn prefix(path: &Path) -> Option<OsString> {
    let mut name = OsString::from(".");
    name.push(path.file_name()?);
    name.push(".");
    Some(name)
}

/// Prefix, a program's number, a dash, a number, and the ending; nothing else is ours to remove.
fn is_ours(name: &OsStr, prefix: &OsStr) -> bool {
    let number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let middle = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
    let middle = middle.and_then(|rest| rest.strip_suffix(UNFINISHED.as_bytes()));
    middle.is_some_and(|m| m.split(|b| *b == b'-').count() == 2 && m.split(|b| *b == b'-').all(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_ours() {
        let prefix = prefix(Path::new("/home/mia.bag")).unwrap();
        assert!(is_ours(OsStr::new(".mia.bag.812-0.bookbag-new"), &prefix));
        let others = [
            "mia.bag",
            ".mia.bag.bookbag-new",
            ".mia.bag.-.bookbag-new",
            ".mia.bag.8-.bookbag-new",
            ".mia.bag.8-1-2.bookbag-new",
            ".mia.bag.8-x.bookbag-new",
            ".mia.bag.old.8-1.bookbag-new",
            ".mia.bag.8-1.bookbag-new~",
            ".leo.bag.8-1.bookbag-new",
        ];
        for name in others {
            assert!(!is_ours(OsStr::new(name), &prefix), "{name}");
        }
    }
}
