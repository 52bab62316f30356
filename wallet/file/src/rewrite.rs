//! Writing the file anew: another preamble, or bodies left out.

use bookbag_store::frame::Head;
use bookbag_store::frame::scan::{Body, Piece};

use crate::FileError;
use crate::bag_file::{BagFile, End, Start};
use crate::disk::DiskFile;
use crate::unfinished::{Unfinished, folder};

/// How much is copied at a time, in bytes.
const BLOCK: usize = 262_144;

/// What becomes of a frame when its file is written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It stays as it is.
    Whole,
    /// Its body is left out.
    WithoutBody,
}

/// Where frames went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Where a stretch began and where it begins now, ascending.
    stretches: Vec<(u64, u64)>,
}

impl Moved {
    /// Where the frame begins now that began at `at`.
    pub fn to(&self, at: u64) -> u64 {
        let before = self.stretches.partition_point(|(from, _)| *from <= at);
        let stretch = before.checked_sub(1).and_then(|last| self.stretches.get(last));
        stretch.map_or(at, |(from, to)| to + (at - from))
    }
}

impl BagFile {
    /// Writes the file anew with `start` (magic and preamble) and every frame but the bodies that `keep` leaves out, and puts it in place of the old one in one step. A torn
    /// frame at the end is left out; bytes that are no frames stay, for somebody may yet make sense of them. This program keeps the lock throughout.
    ///
    /// The old file's blocks are given back to the disk, not wiped; what a disk keeps of them is the limit of every deletion.
    ///
    /// # Errors
    ///
    /// If `start` is not the start of this bag, or the disk does not take the new file. Then the old one is in its place, untouched; only with [`FileError::Unsure`] it is the new one.
    pub fn rewrite(&mut self, start: &[u8], keep: impl FnMut(&Head<'_>) -> Keep) -> Result<Moved, FileError> {
        self.rewrite_with(start, keep, b"")
    }

    /// As [`Self::rewrite`], with more frames at the end, in the same step: for a change of slots that the frames speak of. Neither is there without the other.
    ///
    /// # Errors
    ///
    /// As for [`Self::rewrite`].
    pub fn rewrite_with(
        &mut self,
        start: &[u8],
        mut keep: impl FnMut(&Head<'_>) -> Keep,
        more: &[u8],
    ) -> Result<Moved, FileError> {
        self.in_place()?;
        let new_start = self.checked_start(start)?;
        let new = Unfinished::beside(&*self.disk, &self.path)?;
        let failed = |source| FileError::write(&self.path, source);
        new.file.give_to_owner_of(self.file.seen().map_err(failed)?).map_err(failed)?;
        let mut copy = Copying::new(self, &*new.file, start);
        let end = self.scan(|piece| copy.piece(&piece, &mut keep))?;
        let (length, moved) = copy.finish(end, more)?;
        new.file.sync().map_err(failed)?;
        self.in_place()?;
        // From here on the old file has no name; both are locked until it is closed.
        self.file = new.replace(&self.path)?;
        self.start = new_start;
        self.end = End::At { at: length, length };
        self.unsure_of_place = true;
        let synced = self.disk.sync_directory(folder(&self.path));
        synced.map_err(|source| FileError::Unsure { path: self.path.clone(), source })?;
        self.unsure_of_place = false;
        Ok(moved)
    }

    fn checked_start(&self, start: &[u8]) -> Result<Start, FileError> {
        let read = Start::of(start).filter(|new| {
            let bag = new.preamble.as_ref().ok().map(|preamble| preamble.bag);
            new.frames == start.len() as u64
                && bag.is_some()
                && self.bag().is_none_or(|ours| Some(ours) == bag)
        });
        read.ok_or_else(|| FileError::WrongStart(self.path.clone()))
    }
}

/// Copies pieces, each as far as the next one begins.
struct Copying<'f> {
    bag: &'f BagFile,
    to: &'f dyn DiskFile,
    /// What is not yet written, and where it goes.
    block: Vec<u8>,
    at: u64,
    moved: Moved,
    last: Option<(u64, What)>,
}

/// How a piece is copied.
enum What {
    AsItIs,
    Instead(Vec<u8>),
}

impl<'f> Copying<'f> {
    fn new(bag: &'f BagFile, to: &'f dyn DiskFile, start: &[u8]) -> Self {
        let moved = Moved { stretches: Vec::new() };
        Self { bag, to, block: start.to_vec(), at: 0, moved, last: None }
    }

    fn piece(
        &mut self,
        piece: &Piece<'_>,
        keep: &mut impl FnMut(&Head<'_>) -> Keep,
    ) -> Result<(), FileError> {
        let (at, what) = match piece {
            Piece::Frame { at, head, body } => {
                let gone = *body != Body::Deleted && keep(head) == Keep::WithoutBody;
                (*at, if gone { What::Instead(head.without_body()) } else { What::AsItIs })
            }
            // Where the preamble cannot be read, what stands in its place is not copied behind the new one.
            Piece::NotFrames { at: 0, .. } | Piece::Torn { .. } => return Ok(()),
            Piece::NotFrames { at, .. } => (*at, What::AsItIs),
        };
        self.copy_last(at)?;
        self.last = Some((at, what));
        Ok(())
    }

    fn finish(mut self, end: End, more: &[u8]) -> Result<(u64, Moved), FileError> {
        let End::At { at, .. } = end else { return Err(FileError::Stopped(self.bag.path.clone())) };
        self.copy_last(at)?;
        self.flush()?;
        self.block.extend_from_slice(more);
        self.flush()?;
        Ok((self.at, self.moved))
    }

    /// Copies the last piece, which goes as far as `end`.
    fn copy_last(&mut self, end: u64) -> Result<(), FileError> {
        let Some((from, what)) = self.last.take() else { return Ok(()) };
        let to = self.at + self.block.len() as u64;
        if self.moved.to(from) != to || self.moved.stretches.is_empty() {
            self.moved.stretches.push((from, to));
        }
        match what {
            What::AsItIs => self.copy(from, end),
            What::Instead(head) => {
                self.block.extend(head);
                self.flush_if_full()
            }
        }
    }

    fn copy(&mut self, mut from: u64, end: u64) -> Result<(), FileError> {
        while from < end {
            let length = usize::try_from(end - from).unwrap_or(BLOCK).min(BLOCK);
            let kept = self.block.len();
            self.block.resize(kept + length, 0);
            let room = self.block.get_mut(kept..).unwrap_or_default();
            let read = |source| FileError::read(&self.bag.path, source);
            if self.bag.file.fill_at(from, room).map_err(read)? < length {
                return Err(read(std::io::ErrorKind::UnexpectedEof.into()));
            }
            from += length as u64;
            self.flush_if_full()?;
        }
        Ok(())
    }

    fn flush_if_full(&mut self) -> Result<(), FileError> {
        if self.block.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), FileError> {
        let written = self.to.write_at(self.at, &self.block);
        written.map_err(|source| FileError::write(&self.bag.path, source))?;
        self.at += self.block.len() as u64;
        self.block.clear();
        Ok(())
    }
}
