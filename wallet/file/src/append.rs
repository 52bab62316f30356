//! Writing at the end.

use crate::FileError;
use crate::bag_file::{BagFile, End};
use crate::unfinished::folder;

impl BagFile {
    /// Writes frames at the end. When this returns they would survive a power cut, all of them; until then, any number of them from the first on may be found in the file.
    ///
    /// One write and one `fdatasync`. If frames were never read to their end, that is done first, and what a torn write left is cut off.
    ///
    /// # Errors
    ///
    /// If the file was not opened for writing, is no longer the one that has its name, or the disk does not take the frames. Then none of them is in the file. Only
    /// [`FileError::Stopped`] leaves that open, until the file is opened again.
    pub fn append(&mut self, frames: &[u8]) -> Result<(), FileError> {
        let end = self.clean_end()?;
        if let Err(source) = self.file.write_at(end, frames) {
            // No sync: if the cut is lost with the power, what is left is torn, and cut off when the next change is written.
            let back = self.file.set_length(end);
            return Err(self.not_written(source, back.is_ok()));
        }
        if let Err(source) = self.file.sync() {
            // Which of the bytes are on the disk is unknown, and asking again would not tell. What was synced before is not among them.
            let back = self.file.set_length(end).and_then(|()| self.file.sync());
            return Err(self.not_written(source, back.is_ok()));
        }
        let length = end + frames.len() as u64;
        self.end = End::At { at: length, length };
        self.in_place()
    }

    /// Where the next frame goes, once nothing follows there.
    fn clean_end(&mut self) -> Result<u64, FileError> {
        self.in_place()?;
        let failed = |source| FileError::write(&self.path, source);
        if self.unsure_of_place {
            self.disk.sync_directory(folder(&self.path)).map_err(failed)?;
            self.unsure_of_place = false;
        }
        if self.end == End::Unknown {
            self.frames(|_| Ok::<_, FileError>(()))?;
        }
        let End::At { at, length } = self.end else { return Err(FileError::Stopped(self.path.clone())) };
        let failed = |source| FileError::write(&self.path, source);
        if self.file.length().map_err(failed)? != length {
            return Err(FileError::Changed(self.path.clone()));
        }
        if length > at {
            // Synced for itself: otherwise a power cut might leave a new frame with the rest of the torn one behind it.
            self.file.set_length(at).and_then(|()| self.file.sync()).map_err(failed)?;
            self.end = End::At { at, length: at };
        }
        Ok(at)
    }

    /// What to say of a failed write, once it was tried to take it back.
    fn not_written(&mut self, source: std::io::Error, taken_back: bool) -> FileError {
        if taken_back {
            return FileError::write(&self.path, source);
        }
        self.end = End::Stopped;
        FileError::Stopped(self.path.clone())
    }
}
