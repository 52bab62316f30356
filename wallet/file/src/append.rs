//! Writing at the end, and zero bytes ahead of it.
//!
//! A file that grows with each change makes the file system note its new length each time, which takes as long again as the change. So where changes follow each other, zero bytes are written ahead of
//! them, as much again as was appended since the file was opened and at most [`MOST_AHEAD`], and cut off when it is closed. To a reader they are nothing. What a power cut leaves of a frame that was written over
//! zeros is told from damage by that: each of its sectors is there, or is still zero ([`read`](crate::read)). That holds for one frame. Several at once might leave a later one without an earlier, so
//! they are never written over zeros, but at the end of a file that ends there.

use bookbag_store::frame::Head;

use crate::FileError;
use crate::bag_file::{BagFile, End};
use crate::unfinished::folder;

/// Most zero bytes that are written ahead: room for seven hundred small changes.
const MOST_AHEAD: u64 = 1 << 20;

impl BagFile {
    /// Writes frames at the end. When this returns they would survive a power cut, all of them; until then, any number of them from the first on may be found in the file.
    ///
    /// One write and one `fdatasync`, and now and then zero bytes ahead. If frames were never read to their end, that is done first, and what a torn write left is cut off.
    ///
    /// # Errors
    ///
    /// If the file was not opened for writing, is no longer the one that has its name, or the disk does not take the frames. Then none of them is in the file. Only
    /// [`FileError::Stopped`] leaves that open, until the file is opened again.
    pub fn append(&mut self, frames: &[u8]) -> Result<(), FileError> {
        let (at, room) = self.clean_end(frames)?;
        let end = at + frames.len() as u64;
        let ahead = if is_one(frames) { self.appended.min(MOST_AHEAD) } else { 0 };
        let written = self.file.write_at(at, frames).and_then(|()| self.write_ahead(end, room, ahead));
        let length = match written {
            Ok(length) => length,
            // No sync: if the cut is lost with the power, what is left is torn, and cut off when the next change is written.
            Err(source) => {
                let back = self.file.set_length(at);
                return Err(self.not_written(source, (at, back.is_ok())));
            }
        };
        if let Err(source) = self.file.sync() {
            // Which of the bytes are on the disk is unknown, and asking again would not tell. What was synced before is not among them.
            let back = self.file.set_length(at).and_then(|()| self.file.sync());
            return Err(self.not_written(source, (at, back.is_ok())));
        }
        self.appended += frames.len() as u64;
        self.end = if length > end { End::Room { at: end, length } } else { End::At { at: end, length } };
        self.in_place()
    }

    /// Writes zeros from `end` on, where frames are about to end that there was no room for. Gives the file's new length. That the zeros find no place is no error: a file without them
    /// is as good.
    fn write_ahead(&self, end: u64, room: u64, ahead: u64) -> std::io::Result<u64> {
        if end <= room || ahead == 0 {
            return Ok(end.max(room));
        }
        let zeros = vec![0; usize::try_from(ahead).unwrap_or_default()];
        match self.file.write_at(end, &zeros) {
            Ok(()) => Ok(end + ahead),
            Err(_) => self.file.set_length(end).map(|()| end),
        }
    }

    /// Where the next frames go, and up to where they may stand on zeros, once nothing else follows there.
    fn clean_end(&mut self, frames: &[u8]) -> Result<(u64, u64), FileError> {
        self.in_place()?;
        let failed = |source| FileError::write(&self.path, source);
        if self.unsure_of_place {
            self.disk.sync_directory(folder(&self.path)).map_err(failed)?;
            self.unsure_of_place = false;
        }
        if self.end == End::Unknown {
            self.frames(|_| Ok::<_, FileError>(()))?;
        }
        let (End::At { at, length } | End::Room { at, length }) = self.end else {
            return Err(FileError::Stopped(self.path.clone()));
        };
        let failed = |source| FileError::write(&self.path, source);
        if self.file.length().map_err(failed)? != length {
            return Err(FileError::Changed(self.path.clone()));
        }
        if matches!(self.end, End::Room { .. }) && is_one(frames) {
            return Ok((at, length));
        }
        if length > at {
            // Synced for itself: otherwise a power cut might leave a new frame with the rest of the torn one behind it.
            self.file.set_length(at).and_then(|()| self.file.sync()).map_err(failed)?;
            self.end = End::At { at, length: at };
        }
        Ok((at, at))
    }

    /// What to say of a failed write, once it was tried to take it back.
    fn not_written(&mut self, source: std::io::Error, (at, taken_back): (u64, bool)) -> FileError {
        if taken_back {
            self.end = End::At { at, length: at };
            return FileError::write(&self.path, source);
        }
        self.end = End::Stopped;
        FileError::Stopped(self.path.clone())
    }
}

/// Cuts off the zeros that were written ahead. Without a sync: if they come back with the power, they are nothing.
impl Drop for BagFile {
    fn drop(&mut self) {
        if let End::Room { at, .. } = self.end {
            drop(self.file.set_length(at));
        }
    }
}

/// Whether this is one frame and no more.
fn is_one(frames: &[u8]) -> bool {
    Head::read(frames).is_ok_and(|head| {
        let whole = head.head_length() as u64 + head.stored_body_length().unwrap_or_default();
        whole == frames.len() as u64
    })
}
