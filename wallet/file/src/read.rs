//! Reading, without ever holding more than one frame.

use bookbag_store::frame::scan::{Body, MAX_WINDOW_BYTES, Piece, Scanner, Step};
use bookbag_store::frame::{Head, MAX_HEAD_BYTES};
use bookbag_store::id::{BagId, FrameId};

use crate::FileError;
use crate::bag_file::{BagFile, End};
use crate::disk::DiskFile;

/// How much is read ahead, in bytes: little after a body was passed over, then more and more.
const AHEAD: std::ops::RangeInclusive<usize> = 4096..=262_144;

/// So many zero bytes at the end of a file are taken for what a torn write left, if the frame there does not fit them.
const ZEROS: usize = 4;

/// The unit that a disk writes whole or not at all, in bytes. Larger ones are multiples.
const SECTOR: usize = 512;

impl BagFile {
    /// Hands over the pieces of the file, in order: frames with bodies up to 65,536 bytes, longer ones passed over without being read, and what is no frame. What is
    /// appended meanwhile is not among them. Afterwards the file's end is known.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or `each` fails.
    pub fn frames<E: From<FileError>>(
        &mut self,
        each: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let extent = self.scan(each)?;
        let is_room = matches!((self.end, extent), (End::Room { at, length }, End::At { at: now, length: long }) if (at, length) == (now, long));
        if self.end != End::Stopped && !is_room {
            self.end = extent;
        }
        Ok(())
    }

    /// Reads the body of the frame at `at`, as [`Self::frames`] gave it; a rewriting moves frames. What is given is what that frame was signed with.
    ///
    /// # Errors
    ///
    /// If the frame does not stand there with this body, or the file cannot be read.
    pub fn read_body(&self, at: u64, frame: FrameId) -> Result<Vec<u8>, FileError> {
        let read = |source| FileError::read(&self.path, source);
        let missing = || FileError::NoBody { path: self.path.clone(), at };
        let mut start = vec![0; MAX_HEAD_BYTES];
        let filled = self.file.fill_at(at, &mut start).map_err(read)?;
        let head = Head::read(start.get(..filled).unwrap_or_default()).map_err(|_| missing())?;
        let length = head.stored_body_length().filter(|_| head.id() == frame).ok_or_else(missing)?;
        let mut body = vec![0; usize::try_from(length).map_err(|_| missing())?];
        let filled = self.file.fill_at(at + head.head_length() as u64, &mut body).map_err(read)?;
        head.check_body(body.get(..filled).unwrap_or_default()).map_err(|_| missing())?;
        Ok(body)
    }

    /// The same without remembering where it ends.
    pub(crate) fn scan<E: From<FileError>>(
        &self,
        mut each: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<End, E> {
        let read = |source| E::from(FileError::read(&self.path, source));
        let length = self.file.length().map_err(read)?;
        let written = match self.end {
            End::Room { at, length: room } if room == length => at,
            _ => without_zeros(&*self.file, length).map_err(read)?,
        };
        let mut scanner = Scanner::new(self.bag(), self.start.frames..length).with_zeros_from(written);
        let mut loaded = Loaded::default();
        let mut at = length;
        loop {
            let more = match scanner.step(loaded.from(scanner.at())) {
                // Zeros that a program wrote ahead and did not live to cut off.
                Step::Piece(Piece::Torn { at: torn, .. }) if torn >= written => {
                    at = torn;
                    continue;
                }
                Step::Piece(piece) => {
                    let unfinished = self.unfinished(&piece, written).map_err(read)?;
                    let piece = unfinished.map_or(piece, |at| Piece::Torn { at, length: length - at });
                    if let Piece::Torn { at: torn, .. } = piece {
                        at = torn;
                    }
                    each(piece)?;
                    if unfinished.is_some() {
                        return Ok(End::At { at, length });
                    }
                    continue;
                }
                Step::More(more) => more,
                Step::End => return Ok(End::At { at, length }),
            };
            loaded.load(&*self.file, scanner.at(), more.min(MAX_WINDOW_BYTES)).map_err(read)?;
        }
    }

    /// Where this piece begins, if it is the last, no whole frame, and one of its sectors is still zero: what a power cut leaves of a frame that was being written
    /// over zeros, in any order. What is sealed has no such sectors.
    fn unfinished(&self, piece: &Piece<'_>, written: u64) -> std::io::Result<Option<u64>> {
        let (at, end) = match piece {
            Piece::NotFrames { at, length } if *at > 0 => (*at, *at + length),
            Piece::Frame { at, head, body: Body::Changed(body) } => {
                (*at, *at + (head.head_length() + body.len()) as u64)
            }
            _ => return Ok(None),
        };
        let stretch =
            usize::try_from(written.saturating_sub(at)).ok().filter(|bytes| *bytes <= MAX_WINDOW_BYTES);
        let Some(bytes) = stretch.filter(|_| end >= written) else { return Ok(None) };
        let mut bytes = vec![0; bytes];
        let filled = self.file.fill_at(at, &mut bytes)?;
        bytes.truncate(filled);
        let first = SECTOR - usize::try_from(at % SECTOR as u64).unwrap_or_default();
        let (first, others) = bytes.split_at(first.min(bytes.len()));
        let is_blank = |sector: &[u8]| sector.iter().all(|byte| *byte == 0);
        Ok((is_blank(first) || others.chunks_exact(SECTOR).any(is_blank)).then_some(at))
    }

    pub(crate) fn bag(&self) -> Option<BagId> {
        self.start.preamble.as_ref().ok().map(|preamble| preamble.bag)
    }
}

/// A stretch of the file.
#[derive(Default)]
struct Loaded {
    at: u64,
    /// Room for what was loaded, and more.
    bytes: Vec<u8>,
    filled: usize,
    ahead: usize,
}

impl Loaded {
    /// What is loaded from `at` on.
    fn from(&self, at: u64) -> &[u8] {
        let skip = at.checked_sub(self.at).and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| self.bytes.get(skip..self.filled)).unwrap_or_default()
    }

    /// Has at least `least` bytes from `at` on.
    fn load(&mut self, file: &dyn DiskFile, at: u64, least: usize) -> std::io::Result<()> {
        let kept = self.from(at).len();
        self.ahead = if kept == 0 && at != self.at + self.filled as u64 { 0 } else { self.ahead * 2 };
        self.ahead = self.ahead.clamp(*AHEAD.start(), *AHEAD.end());
        self.bytes.copy_within(self.filled - kept..self.filled, 0);
        (self.at, self.filled) = (at, kept);
        if kept >= least {
            return Ok(());
        }
        let end = least.max(self.ahead);
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        let room = self.bytes.get_mut(kept..end).unwrap_or_default();
        self.filled += file.fill_at(at + kept as u64, room)?;
        if self.filled < least { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

/// Where the zero bytes at the end begin; the end, if there are only a few.
fn without_zeros(file: &dyn DiskFile, length: u64) -> std::io::Result<u64> {
    let mut end = length;
    let mut block = vec![0; *AHEAD.start()];
    while end > 0 {
        let at = end.saturating_sub(block.len() as u64);
        let filled = file.fill_at(at, &mut block)?;
        let within = usize::try_from(end - at).unwrap_or(filled).min(filled);
        let tail = block.get(..within).unwrap_or_default();
        if let Some(last) = tail.iter().rposition(|byte| *byte != 0) {
            end = at + last as u64 + 1;
            break;
        }
        end = at;
    }
    Ok(if length - end < ZEROS as u64 { length } else { end })
}
