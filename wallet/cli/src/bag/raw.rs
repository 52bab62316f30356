//! The bytes of a bag, at any place.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::output::Failure;

/// Longest stretch that is read at once, in bytes: more than the longest frame.
const MAX_READ_BYTES: u64 = 4 * 1024 * 1024;

/// An open file, or what was in a drawer.
pub(crate) enum Raw {
    File(File, PathBuf),
    Bytes(Zeroizing<Vec<u8>>),
}

impl Raw {
    /// Opens a file.
    #[expect(clippy::disallowed_methods, reason = "this is where frames are read that opening passed over")]
    pub(crate) fn of_file(path: &Path) -> Result<Self, Failure> {
        let failed = |error| Failure::Usage(format!("cannot read {}: {error}", path.display()));
        File::open(path).map(|file| Self::File(file, path.to_owned())).map_err(failed)
    }

    /// Takes bytes.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self::Bytes(Zeroizing::new(bytes.to_vec()))
    }

    /// Reads everything.
    pub(crate) fn all(&mut self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match self {
            Self::File(file, path) => {
                let mut bytes = Zeroizing::new(Vec::new());
                let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes));
                read.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?;
                Ok(bytes)
            }
            Self::Bytes(bytes) => Ok(bytes.clone()),
        }
    }

    /// Reads a stretch. `None` if there is no such one.
    pub(crate) fn read(&mut self, at: u64, length: u64) -> Option<Vec<u8>> {
        if length > MAX_READ_BYTES {
            return None;
        }
        let length = usize::try_from(length).ok()?;
        match self {
            Self::File(file, _) => {
                let mut bytes = vec![0; length];
                file.seek(SeekFrom::Start(at)).ok()?;
                file.read_exact(&mut bytes).ok()?;
                Some(bytes)
            }
            Self::Bytes(bytes) => {
                let at = usize::try_from(at).ok()?;
                Some(bytes.get(at..at.checked_add(length)?)?.to_vec())
            }
        }
    }
}
