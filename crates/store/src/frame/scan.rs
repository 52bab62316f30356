//! Where frames begin and end in a file, and what is no frame (`spec/bag-format.md`, "Damage").
//!
//! The scanner has no file: it is shown a *window*, the bytes from [`Scanner::at`] on as far as the host has loaded them, and answers with the next piece, or
//! with how many bytes it has to see. So a host reads in pieces of any size, never holds more than one frame, and passes over the bodies of attachments without
//! loading them. It needs no key; a body that it gives as [`Body::Here`] fits the hash that the frame states, so nobody has to hash it again.
//!
//! Each byte is told of once, and every frame that stands whole in the file is found, whatever was cut out, overwritten or put in before it: where a frame cannot be read, or its body is
//! not the stated one, the next beginning of a frame of this bag is looked for (19 bytes that nothing sealed holds by chance), inside that body too. A body that is
//! *apart* is searched only if what follows it is no frame: one that lost, to the byte, as much as the next frames are long, hides them until it is read.
//!
//! What a torn last write leaves is told apart from damage because it is cut off before the next is written, and nothing that was ever acknowledged may be: it is the
//! start of a frame, then nothing or zero bytes. A frame with a changed byte is not.

use std::ops::Range;

use super::{Head, MAX_BODY_BYTES, MAX_HEAD_BYTES};
use crate::id::BagId;
use crate::wire::WireError;

/// Most bytes that a [`Step::More`] asks for: the longest frame, and the beginning of the next.
#[expect(clippy::cast_possible_truncation, reason = "a mebibyte and a little")]
pub const MAX_WINDOW_BYTES: usize = MAX_HEAD_BYTES + MAX_BODY_BYTES as usize + BEGINNING_BYTES;

/// First bytes of any frame: an array of 7, version 1.
const VERSION_1: [u8; 2] = [0x87, 0x01];

/// First bytes of any frame but the first one, before the bag: an array of 7, version 1, a byte string of 16.
const LATER: [u8; 3] = [0x87, 0x01, 0x50];

/// First bytes of the first frame of a bag: an array of 7, version 1, null, no parents, a byte string of 32.
const GENESIS: [u8; 6] = [0x87, 0x01, 0xf6, 0x80, 0x58, 0x20];

/// Length of [`LATER`] and the bag, in bytes: no beginning needs more.
const BEGINNING_BYTES: usize = LATER.len() + BagId::BYTES;

/// Finds frames, one after the other.
#[derive(Debug, Clone)]
pub struct Scanner {
    bag: Option<BagId>,
    /// Where the window begins.
    at: u64,
    /// Up to here everything was told.
    told: u64,
    /// Where the zero bytes begin that the file ends with.
    written: u64,
    /// Length of the file.
    length: u64,
    /// Looking for the next beginning of a frame.
    lost: bool,
    /// Where the body begins that was passed over last, as long as what follows has not been seen.
    passed: Option<u64>,
}

/// What the scanner says to a window.
#[derive(Debug, Clone)]
pub enum Step<'w> {
    /// The next piece of the file.
    Piece(Piece<'w>),
    /// Show at least this many bytes, from [`Scanner::at`] on, which may have moved either way.
    More(usize),
    /// Everything was told.
    End,
}

/// A part of a file.
#[derive(Debug, Clone)]
pub enum Piece<'w> {
    /// A frame. Nothing in it has been checked but its form and a body that is here.
    Frame {
        /// Where it begins.
        at: u64,
        /// All but its body.
        head: Head<'w>,
        /// Its body.
        body: Body<'w>,
    },
    /// Bytes that are no frame: damage.
    NotFrames {
        /// Where they begin.
        at: u64,
        /// How many there are.
        length: u64,
    },
    /// The file ends in the middle of a frame: the last write did not come to its end. To be cut off before the next.
    Torn {
        /// Where it begins.
        at: u64,
        /// How many bytes there are of it.
        length: u64,
    },
}

/// What stands in the place of a frame's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body<'w> {
    /// The body; it fits the hash that the frame was signed with.
    Here(&'w [u8]),
    /// Longer than what is read at opening. It was not looked at.
    Apart,
    /// It was deleted.
    Deleted,
    /// Other bytes than those that the frame was signed with, perhaps fewer.
    Changed(&'w [u8]),
}

impl<'w> Body<'w> {
    /// The body of a frame whose bytes are all here, up to their end.
    pub fn of(head: &Head<'_>, frame: &'w [u8]) -> Self {
        let stored = frame.get(head.head_length()..).unwrap_or_default();
        match head.stored_body_length() {
            None => Self::Deleted,
            Some(length) if stored.len() as u64 == length && head.check_body(stored).is_ok() => {
                Self::Here(stored)
            }
            Some(_) => Self::Changed(stored),
        }
    }
}

/// The pieces of a file that is in memory.
#[derive(Debug, Clone)]
pub struct Pieces<'f> {
    scanner: Scanner,
    file: &'f [u8],
}

impl Scanner {
    /// Begins where the preamble ends. `frames` ends with the file. Without a bag (its preamble is lost) the first frame that is found tells it.
    pub fn new(bag: Option<BagId>, frames: Range<u64>) -> Self {
        let Range { start: at, end: length } = frames;
        Self { bag, at, told: at, written: length, length, lost: false, passed: None }
    }

    /// Says where the zero bytes begin with which the file ends. Some file systems note a file's new length before its content: what is
    /// missing then reads as zeros. A frame that reaches into them is torn unless its body fits.
    #[must_use]
    pub fn with_zeros_from(mut self, written: u64) -> Self {
        self.written = written.clamp(self.at, self.length);
        self
    }

    /// Where the next window begins.
    pub const fn at(&self) -> u64 {
        self.at
    }

    /// The bag, as far as it is known.
    pub const fn bag(&self) -> Option<BagId> {
        self.bag
    }

    /// Looks at the bytes from [`Self::at`] on.
    pub fn step<'w>(&mut self, window: &'w [u8]) -> Step<'w> {
        if self.at >= self.length {
            return Step::End;
        }
        if self.at >= self.written {
            return self.torn();
        }
        if self.lost { self.search(window) } else { self.read(window) }
    }

    /// The pieces of a file that is in memory, whole.
    pub const fn pieces(self, file: &[u8]) -> Pieces<'_> {
        Pieces { scanner: self, file }
    }

    /// Reads the frame that should begin here.
    fn read<'w>(&mut self, window: &'w [u8]) -> Step<'w> {
        let left = size(self.written - self.at);
        let needed = left.min(MAX_HEAD_BYTES);
        let Some(start) = window.get(..needed) else { return Step::More(needed) };
        match Head::read(start) {
            Ok(head) => self.frame(head, window),
            // The start of a frame and nothing more, unless another frame follows.
            Err(WireError::Ended) if left < MAX_HEAD_BYTES && self.beginning(start, 1).is_none() => {
                self.torn()
            }
            Err(_) => self.lose(),
        }
    }

    /// Tells of the frame that begins here.
    fn frame<'w>(&mut self, head: Head<'w>, window: &'w [u8]) -> Step<'w> {
        let Some(stored) = head.stored_body_length() else {
            return self.tell(head, Body::Deleted, 0);
        };
        let body_at = head.head_length();
        let whole = body_at + size(stored);
        let end = self.at + whole as u64;
        if head.is_apart() && end <= self.written {
            let passed = Some(self.at + body_at as u64);
            let step = self.tell(head, Body::Apart, size(stored));
            self.passed = passed;
            return step;
        }
        let needed = whole.min(size(self.length - self.at));
        let Some(body) = window.get(body_at..needed) else { return Step::More(needed) };
        if head.check_body(body).is_ok() {
            let stands = if head.is_apart() { Body::Apart } else { Body::Here(body) };
            return self.tell(head, stands, body.len());
        }
        self.changed(head, window, needed)
    }

    /// Tells of a frame whose body, which ends at `end` in the window, is not the one it was signed with, or not whole.
    fn changed<'w>(&mut self, head: Head<'w>, window: &'w [u8], end: usize) -> Step<'w> {
        let body_at = head.head_length();
        // A frame that begins in the last bytes of the body goes on behind it.
        let needed = (end + BEGINNING_BYTES - 1).min(size(self.written - self.at));
        let Some(behind) = window.get(..needed.max(end)) else { return Step::More(needed.max(end)) };
        let next = self.beginning(behind, body_at).filter(|next| *next <= end);
        let stated = size(head.stored_body_length().unwrap_or_default());
        if next.is_none() && self.at + (body_at + stated) as u64 > self.written {
            return self.torn();
        }
        let body = window.get(body_at..next.unwrap_or(end)).unwrap_or_default();
        self.tell(head, Body::Changed(body), body.len())
    }

    fn tell<'w>(&mut self, head: Head<'w>, body: Body<'w>, stored: usize) -> Step<'w> {
        let at = self.at;
        self.bag = self.bag.or_else(|| Some(head.bag()));
        self.at += (head.head_length() + stored) as u64;
        self.told = self.told.max(self.at);
        self.passed = None;
        Step::Piece(Piece::Frame { at, head, body })
    }

    /// The rest of the file is what a torn write left, unless it was told of before: then it is the inside of a body.
    fn torn<'w>(&mut self) -> Step<'w> {
        if self.at < self.told {
            return self.lose();
        }
        let at = std::mem::replace(&mut self.at, self.length);
        self.told = self.length;
        Step::Piece(Piece::Torn { at, length: self.length - at })
    }

    /// What begins here is no frame: begins to look for the next one.
    fn lose<'w>(&mut self) -> Step<'w> {
        self.lost = true;
        self.at = self.passed.take().unwrap_or(self.at + 1);
        Step::More(BEGINNING_BYTES.min(size(self.written.saturating_sub(self.at))))
    }

    /// Looks for the next beginning.
    fn search<'w>(&mut self, window: &'w [u8]) -> Step<'w> {
        let left = size(self.written - self.at);
        let window = window.get(..left).unwrap_or(window);
        let found = self.beginning(window, 0);
        self.lost = found.is_none() && window.len() < left;
        let seen = if self.lost { window.len().saturating_sub(BEGINNING_BYTES - 1) } else { window.len() };
        self.at += found.unwrap_or(seen) as u64;
        if self.lost || self.at <= self.told {
            return Step::More(BEGINNING_BYTES.min(size(self.written - self.at)));
        }
        let at = std::mem::replace(&mut self.told, self.at);
        Step::Piece(Piece::NotFrames { at, length: self.at - at })
    }

    /// Where in `bytes`, at `from` or later, a frame of this bag begins.
    fn beginning(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let bytes = bytes.get(from..)?;
        let found = bytes
            .windows(BEGINNING_BYTES)
            .enumerate()
            .find(|(at, start)| start.starts_with(&VERSION_1) && self.begins(start, bytes.get(*at..)));
        found.map(|(at, _)| from + at)
    }

    fn begins(&self, start: &[u8], bytes: Option<&[u8]>) -> bool {
        match (start.strip_prefix(&LATER), self.bag) {
            (Some(rest), Some(bag)) => rest.starts_with(bag.as_bytes()),
            (Some(_), None) => bytes.is_some_and(|b| matches!(Head::read(b), Ok(_) | Err(WireError::Ended))),
            (None, _) => start.starts_with(&GENESIS),
        }
    }
}

impl<'f> Iterator for Pieces<'f> {
    type Item = Piece<'f>;

    fn next(&mut self) -> Option<Piece<'f>> {
        loop {
            let window = self.file.get(size(self.scanner.at())..).unwrap_or_default();
            match self.scanner.step(window) {
                Step::Piece(piece) => return Some(piece),
                Step::More(bytes) if bytes > window.len() => return None,
                Step::More(_) => {}
                Step::End => return None,
            }
        }
    }
}

/// What is longer than memory is asked for as far as there is memory.
fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
