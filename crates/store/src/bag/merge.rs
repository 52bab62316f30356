//! Another copy of the same bag: the union of both.

use super::ledger::{Arriving, Outcome, Signature};
use super::{Bag, Finding, Problem};
use crate::frame::Head;
use crate::frame::scan::Body;
use crate::id::FrameId;

/// A merge that is going on. Frames of the other copy come in the order of its file, whole.
pub struct Merging<'b> {
    bag: &'b mut Bag,
    /// Where the next frame will stand in this copy's file, in bytes.
    end: u64,
    merged: Merged,
    orphans: Vec<Vec<u8>>,
    /// Frames whose headers did not open, and where they stand in the other copy.
    sealed: Vec<(u64, Vec<u8>)>,
}

/// What a merge brought. The bag in memory has it already: if the host cannot append, it opens the file again.
#[derive(Debug, Default)]
#[must_use = "the frames are in the bag's file when they were appended"]
pub struct Merged {
    /// Frames to append to this copy's file, in one piece.
    pub bytes: Vec<u8>,
    /// Their names.
    pub new: Vec<FrameId>,
    /// What of the other copy was not taken, and why.
    pub findings: Vec<Finding>,
}

impl Bag {
    /// Begins to take in what another copy has and this one has not. `end` is the length of this copy's file, in bytes.
    pub fn merge(&mut self, end: u64) -> Merging<'_> {
        Merging { bag: self, end, merged: Merged::default(), orphans: Vec::new(), sealed: Vec::new() }
    }
}

impl Merging<'_> {
    /// Takes one frame of the other copy. A frame of another bag, one that was changed, or one by nobody who may write is
    /// no part of the union.
    pub fn frame(&mut self, at: u64, frame: &[u8]) {
        match Head::read(frame) {
            Ok(head) => {
                if let Some(orphan) = self.enter(at, &head, frame) {
                    self.orphans.push(orphan);
                }
            }
            Err(_) => self.found(at, Problem::NotFrames { bytes: frame.len() as u64 }),
        }
    }

    /// Ends the merge.
    pub fn finish(mut self) -> Merged {
        loop {
            let waiting = std::mem::take(&mut self.orphans);
            let before = waiting.len();
            for frame in waiting {
                self.frame(0, &frame);
            }
            if self.orphans.len() == before && !self.learn_early() {
                break;
            }
        }
        for (at, frame) in std::mem::take(&mut self.sealed) {
            if let Ok(head) = Head::read(&frame) {
                self.found(at, Problem::Sealed(head.id()));
            }
        }
        for frame in std::mem::take(&mut self.orphans) {
            if let Ok(head) = Head::read(&frame) {
                let id = head.id();
                self.found(0, Problem::Missing(id));
            }
        }
        self.bag.ledger.pass_over();
        self.merged
    }

    /// Looks for keys in frames that could not be entered, and tries again those whose headers did not open and do now. Whether there were any.
    fn learn_early(&mut self) -> bool {
        for frame in &self.orphans {
            if let Ok(head) = Head::read(frame) {
                self.bag.ledger.learn_from(&head, Body::of(&head, frame));
            }
        }
        let before = self.sealed.len();
        for (at, frame) in std::mem::take(&mut self.sealed) {
            self.frame(at, &frame);
        }
        self.sealed.len() < before
    }

    fn enter(&mut self, at: u64, head: &Head<'_>, frame: &[u8]) -> Option<Vec<u8>> {
        let body = Body::of(head, frame);
        let place = self.end + self.merged.bytes.len() as u64;
        let arriving = Arriving { at: place, head, body, signature: Signature::Check };
        match self.bag.ledger.enter_whole(&arriving) {
            Outcome::Entered => {
                self.merged.new.push(head.id());
                self.merged.bytes.extend_from_slice(frame);
                None
            }
            // That both copies have most frames is the ordinary case.
            Outcome::Not(Problem::Repeated(_)) => None,
            Outcome::Not(Problem::Sealed(_)) => {
                self.sealed.push((at, frame.to_vec()));
                None
            }
            Outcome::Not(problem) => {
                self.found(at, problem);
                None
            }
            Outcome::Orphan(_) => Some(frame.to_vec()),
        }
    }

    fn found(&mut self, at: u64, problem: Problem) {
        self.merged.findings.push(Finding { at, problem });
    }
}

impl std::fmt::Debug for Merging<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Merging({} frames so far)", self.merged.new.len())
    }
}
