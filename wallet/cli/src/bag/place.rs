//! New files that are there whole or not at all.
#![expect(clippy::disallowed_methods, reason = "this is where the program makes and moves files")]

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use crate::input;
use crate::output::Failure;

/// A file that is being written beside the place that it will have. Taken away when dropped.
pub(crate) struct Unfinished {
    path: PathBuf,
    beside: PathBuf,
    file: File,
}

impl Unfinished {
    /// Begins a new file.
    pub(crate) fn beside(path: &Path) -> Result<Self, Failure> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name =
            name.ok_or_else(|| Failure::Usage(format!("{} is not the name of a file", path.display())))?;
        let beside = path.with_file_name(format!(".{name}.{}-unfinished", std::process::id()));
        let file = input::create_private(&beside).map_err(|failure| match failure {
            Failure::Usage(reason) => {
                Failure::Usage(reason.replace(&beside.display().to_string(), &path.display().to_string()))
            }
            other => other,
        })?;
        Ok(Self { path: path.to_owned(), beside, file })
    }

    /// Writes more.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| input::cannot_write(&self.path, &error))
    }

    /// Writes all that comes.
    pub(crate) fn copy(&mut self, from: &mut impl Read) -> Result<(), Failure> {
        let copied = std::io::copy(from, &mut self.file);
        copied.map(drop).map_err(|error| input::cannot_write(&self.path, &error))
    }

    /// Where it is now.
    pub(crate) fn now_at(&self) -> &Path {
        &self.beside
    }

    /// Puts it in its place; never in that of another file. When this returns, it would survive a power cut.
    pub(crate) fn put_in_place(self) -> Result<(), Failure> {
        let placed = self
            .file
            .sync_all()
            .and_then(|()| no_clobber(&self.beside, &self.path))
            .and_then(|()| sync_folder(&self.path));
        placed.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Failure::Usage(format!(
                "{} exists already and was left as it is: name another file",
                self.path.display()
            )),
            _ => input::cannot_write(&self.path, &error),
        })
    }

    /// Puts it in place of the file that is there, if any, in one step.
    pub(crate) fn replace(self) -> Result<(), Failure> {
        let placed = self
            .file
            .sync_all()
            .and_then(|()| std::fs::rename(&self.beside, &self.path))
            .and_then(|()| sync_folder(&self.path));
        placed.map_err(|error| input::cannot_write(&self.path, &error))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // If it has moved there is nothing left to take away.
        drop(std::fs::remove_file(&self.beside));
    }
}

/// Puts these bytes into a file that only its owner reads, durably, in place of what was there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut new = Unfinished::beside(path)?;
    new.write(bytes)?;
    new.replace()
}

/// Whether something has this name.
pub(crate) fn is_taken(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Whether two files are on the same disk, as far as that can be seen.
pub(crate) fn is_same_disk(one: &Path, other: &Path) -> bool {
    match (disk(one), disk(other)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

#[cfg(unix)]
fn disk(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|found| std::os::unix::fs::MetadataExt::dev(&found))
}

#[cfg(not(unix))]
fn disk(_path: &Path) -> Option<u64> {
    None
}

/// A second name and then the first one away: unlike renaming, this takes no other file's place. Where a disk knows no second names, as on memory sticks, it is renamed.
fn no_clobber(from: &Path, to: &Path) -> std::io::Result<()> {
    match std::fs::hard_link(from, to) {
        Ok(()) => std::fs::remove_file(from),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if is_taken(to) => Err(std::io::ErrorKind::AlreadyExists.into()),
        Err(_) => std::fs::rename(from, to),
    }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match File::open(folder)?.sync_all() {
        // Some disks do not take that.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
