//! What stands behind a name, or is open: which file, whose, how long.
//!
//! Linux is not asked for a file's times, as the standard library would. Since version 6.13 it gives a file whose times were looked at a new one with the very next write, and noting
//! that makes the next sync take half as long again; a bag's file is looked at before and after each change.

use std::fs::File;
use std::io;
use std::path::Path;

use super::{Kind, Seen};

/// What a name stands for, links not followed.
pub(super) fn at(path: &Path) -> io::Result<Seen> {
    #[cfg(target_os = "linux")]
    if let Some(status) = linux::at(path) {
        return status.map(|(seen, _)| seen);
    }
    std::fs::symlink_metadata(path).map(|metadata| portable::seen(&metadata))
}

/// Which file is open.
pub(super) fn of(file: &File) -> io::Result<Seen> {
    #[cfg(target_os = "linux")]
    if let Some(status) = linux::of(file) {
        return status.map(|(seen, _)| seen);
    }
    file.metadata().map(|metadata| portable::seen(&metadata))
}

/// The length of an open file, in bytes.
pub(super) fn length(file: &File) -> io::Result<u64> {
    #[cfg(target_os = "linux")]
    if let Some(status) = linux::of(file) {
        return status.map(|(_, length)| length);
    }
    file.metadata().map(|metadata| metadata.len())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, FileType, Statx, StatxFlags, makedev, statx};

    use super::{Kind, Seen};

    const ASKED: StatxFlags = StatxFlags::TYPE
        .union(StatxFlags::INO)
        .union(StatxFlags::UID)
        .union(StatxFlags::GID)
        .union(StatxFlags::SIZE);

    /// Which file, and how long.
    type Status = (Seen, u64);

    pub(super) fn at(path: &Path) -> Option<io::Result<Status>> {
        unless_unknown(statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, ASKED).map(|status| read(&status)))
    }

    pub(super) fn of(file: &File) -> Option<io::Result<Status>> {
        unless_unknown(statx(file, c"", AtFlags::EMPTY_PATH, ASKED).map(|status| read(&status)))
    }

    /// `None` from a system that has no such call, or a sandbox that forbids it as if there were none.
    fn unless_unknown(asked: rustix::io::Result<Status>) -> Option<io::Result<Status>> {
        match asked {
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => None,
            asked => Some(asked.map_err(io::Error::from)),
        }
    }

    fn read(status: &Statx) -> Status {
        let kind = match FileType::from_raw_mode(status.stx_mode.into()) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Directory,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        };
        let device = makedev(status.stx_dev_major, status.stx_dev_minor);
        let owner = (status.stx_uid, status.stx_gid);
        (Seen { kind, file: (device, status.stx_ino), owner }, status.stx_size)
    }
}

mod portable {
    use std::fs::{FileType, Metadata};
    use std::os::unix::fs::MetadataExt as _;

    use super::{Kind, Seen};

    pub(super) fn seen(metadata: &Metadata) -> Seen {
        Seen {
            kind: kind(metadata.file_type()),
            file: (metadata.dev(), metadata.ino()),
            owner: (metadata.uid(), metadata.gid()),
        }
    }

    fn kind(kind: FileType) -> Kind {
        match kind {
            _ if kind.is_file() => Kind::File,
            _ if kind.is_dir() => Kind::Directory,
            _ if kind.is_symlink() => Kind::Link,
            _ => Kind::Other,
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_asking_say_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"twelve bytes").unwrap();
        std::os::unix::fs::symlink(&path, folder.path().join("link")).unwrap();
        for path in [&path, &folder.path().join("link"), folder.path(), Path::new("/dev/null")] {
            assert_eq!(at(path).unwrap(), portable::seen(&std::fs::symlink_metadata(path).unwrap()));
        }
        let file = File::open(&path).unwrap();
        assert_eq!((of(&file).unwrap(), length(&file).unwrap()), (at(&path).unwrap(), 12));
        assert_eq!(at(&folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
