//! From a file to a bag.

use std::sync::Arc;

use super::Bag;
use super::finding::{Finding, Problem};
use super::keys::Keys;
use super::ledger::{Arriving, Ledger, Origin, Outcome, Signature};
use crate::control::Witness;
use crate::device::{DeviceKeys, DeviceSeed};
use crate::frame::Head;
use crate::frame::scan::{Body, Piece};
use crate::id::{CompartmentId, FrameId};
use crate::key::EpochKey;
use crate::mark::{Mark, Seen};
use crate::preamble::{CopyKey, KeyRing, Preamble, PreambleError, Slot};

/// A bag that is being read. Pieces come in the order of the file.
pub struct Opening {
    stage: Stage,
    copy_key: CopyKey,
    counter: u64,
    slots: Vec<Slot>,
    mark: Option<Mark>,
    /// Frames so far are what the mark's device has checked, if the digest will turn out right.
    trusting: bool,
    orphans: Vec<Orphan>,
    /// Frames whose headers no key has opened yet.
    sealed: Vec<Orphan>,
    findings: Vec<Finding>,
}

/// Before the first frame, and after.
enum Stage {
    Before(Box<Origin>),
    Begun(Box<Ledger>),
    /// Between the two; never to be seen.
    Turning,
}

/// A frame whose parents have not come yet.
struct Orphan {
    at: u64,
    head: Vec<u8>,
    body: Kept,
}

/// What a [`Body`] was.
enum Kept {
    Here(Vec<u8>),
    Apart,
    Deleted,
    Changed,
}

/// The file is older than what this device has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OlderCopy {
    /// The time of the latest change that was seen, in Unix seconds.
    pub seen: u64,
    /// How many changes are missing.
    pub missing: u64,
}

/// Why a file does not open as a bag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The preamble is not one to believe.
    #[error(transparent)]
    Preamble(#[from] PreambleError),
    /// The seed in the slot is no device's.
    #[error("the keys in this slot are damaged")]
    Device,
    /// The first frame is missing or damaged, and with it everything that says who may write.
    #[error("the first change of the bag is damaged: open another copy, and merge this one into it")]
    NoGenesis,
    /// The mark of this device is of other frames: open again without trusting it.
    #[error("the signatures have to be checked again")]
    NotAsMarked,
    /// The file is older than what this device has seen.
    #[error("this file is an older copy than the one this device last saw ({} changes ago)", .0.missing)]
    Older(OlderCopy),
}

impl Opening {
    /// Begins with what a slot gave. `device` is who opened the slot, where the slot does not say.
    ///
    /// # Errors
    ///
    /// If the preamble was changed by somebody without its keys, or there is no device.
    pub fn begin(
        preamble: Preamble,
        ring: KeyRing,
        device: Option<DeviceSeed>,
        mark: impl FnOnce(&DeviceKeys) -> Option<Mark>,
        witness: Arc<dyn Witness>,
    ) -> Result<Self, OpenError> {
        preamble.check(&ring.copy_key)?;
        let seed = ring.device.or(device).ok_or(OpenError::Device)?;
        let device = seed.keys().map_err(|_| OpenError::Device)?;
        let mark = mark(&device);
        let mut keys = Keys::default();
        for secret in ring.control {
            keys.add(EpochKey::from_secret_bytes(CompartmentId::CONTROL, secret));
        }
        let trusting = mark.as_ref().is_some_and(|mark| mark.seen.frames > 0);
        Ok(Self {
            stage: Stage::Before(Box::new(Origin { bag: preamble.bag, device, keys, witness })),
            copy_key: ring.copy_key,
            counter: preamble.counter,
            slots: preamble.slots,
            mark,
            trusting,
            orphans: Vec::new(),
            sealed: Vec::new(),
            findings: Vec::new(),
        })
    }

    /// Takes the next piece of the file.
    ///
    /// # Errors
    ///
    /// [`OpenError::NotAsMarked`], if signatures were taken as checked and the frames turn out to be others.
    pub fn piece(&mut self, piece: &Piece<'_>) -> Result<(), OpenError> {
        match *piece {
            Piece::Frame { at, ref head, body } => self.frame(at, head, body),
            Piece::NotFrames { at, length } => {
                self.found(at, Problem::NotFrames { bytes: length });
                Ok(())
            }
            Piece::Torn { at, length } => {
                self.found(at, Problem::Torn { bytes: length });
                Ok(())
            }
        }
    }

    /// The bag. `older` says what to do about a file that is older than what this device has seen: to open such a one is a decision of a person.
    ///
    /// # Errors
    ///
    /// If there is no first frame, or the file is older than the mark and that is not accepted.
    pub fn finish(mut self, accept_older: bool) -> Result<Bag, OpenError> {
        if self.trusting {
            return Err(if self.has_all_in_order() && !accept_older {
                OpenError::Older(self.older().unwrap_or(OlderCopy { seen: 0, missing: 0 }))
            } else {
                OpenError::NotAsMarked
            });
        }
        self.adopt_orphans();
        if let Some(older) = self.older().filter(|_| !accept_older) {
            return Err(OpenError::Older(older));
        }
        let Stage::Begun(mut ledger) = self.stage else { return Err(OpenError::NoGenesis) };
        ledger.finish(self.findings);
        Ok(Bag { ledger: *ledger, copy_key: self.copy_key, counter: self.counter, slots: self.slots })
    }

    fn frame(&mut self, at: u64, head: &Head<'_>, body: Body<'_>) -> Result<(), OpenError> {
        let signature = if self.trusting { Signature::CheckedBefore } else { Signature::Check };
        let arriving = Arriving { at, head, body, signature };
        match self.enter(&arriving) {
            Outcome::Entered => {}
            Outcome::Not(Problem::Sealed(_)) => self.sealed.push(Orphan::new(at, head, body)),
            Outcome::Not(problem) => self.found(at, problem),
            Outcome::Orphan(_) => self.orphans.push(Orphan::new(at, head, body)),
        }
        self.compare_with_mark()
    }

    fn enter(&mut self, arriving: &Arriving<'_>) -> Outcome {
        match std::mem::replace(&mut self.stage, Stage::Turning) {
            Stage::Begun(mut ledger) => {
                let outcome = ledger.enter(arriving);
                self.stage = Stage::Begun(ledger);
                outcome
            }
            Stage::Before(origin) if arriving.head.is_genesis() => match origin.begin(arriving) {
                Ok(ledger) => {
                    self.stage = Stage::Begun(Box::new(ledger));
                    Outcome::Entered
                }
                Err(back) => {
                    let (origin, problem) = *back;
                    self.stage = Stage::Before(Box::new(origin));
                    Outcome::Not(problem)
                }
            },
            before => {
                self.stage = before;
                Outcome::Orphan(arriving.head.parents().to_vec())
            }
        }
    }

    fn ledger(&self) -> Option<&Ledger> {
        match &self.stage {
            Stage::Begun(ledger) => Some(ledger),
            Stage::Before(_) | Stage::Turning => None,
        }
    }

    fn seen(&self) -> Seen {
        self.ledger().map(Ledger::seen).unwrap_or_default()
    }

    /// Once there are as many frames as the mark counts, they are those or they are not.
    fn compare_with_mark(&mut self) -> Result<(), OpenError> {
        let Some(mark) = self.mark.as_ref().filter(|_| self.trusting) else { return Ok(()) };
        if self.seen().frames < mark.seen.frames {
            return Ok(());
        }
        self.trusting = false;
        if self.seen() == mark.seen { Ok(()) } else { Err(OpenError::NotAsMarked) }
    }

    /// Frames that came before their parents, and those whose parents are lost: for such a parent a hole is left,
    /// after which nothing can be written.
    fn adopt_orphans(&mut self) {
        while !self.orphans.is_empty() || self.learn_early() {
            let waiting = std::mem::take(&mut self.orphans);
            let before = waiting.len();
            let mut missing = Vec::new();
            for orphan in waiting {
                missing.extend(self.adopt(orphan));
            }
            if self.orphans.len() == before && !self.learn_early() {
                self.leave_hole(&missing);
            }
        }
        for sealed in std::mem::take(&mut self.sealed) {
            self.found_sealed(&sealed);
        }
    }

    fn found_sealed(&mut self, frame: &Orphan) {
        if let Ok(head) = Head::read(&frame.head) {
            self.found(frame.at, Problem::Sealed(head.id()));
        }
    }

    /// Looks for keys in frames that could not be entered, and takes those whose headers did not open and do now. Whether there were any.
    fn learn_early(&mut self) -> bool {
        let Stage::Begun(ledger) = &mut self.stage else { return false };
        for orphan in &self.orphans {
            if let Ok(head) = Head::read(&orphan.head) {
                ledger.learn_from(&head, orphan.body());
            }
        }
        let opens = |orphan: &mut Orphan| Head::read(&orphan.head).is_ok_and(|head| ledger.opens(&head));
        let before = self.orphans.len();
        self.orphans.extend(self.sealed.extract_if(.., opens));
        self.orphans.sort_by_key(|orphan| orphan.at);
        self.orphans.len() > before
    }

    fn has_all_in_order(&self) -> bool {
        self.orphans.is_empty() && self.sealed.is_empty() && self.findings.is_empty()
    }

    fn adopt(&mut self, orphan: Orphan) -> Vec<FrameId> {
        let Ok(head) = Head::read(&orphan.head) else { return Vec::new() };
        let body = orphan.body();
        let arriving = Arriving { at: orphan.at, head: &head, body, signature: Signature::Check };
        match self.enter(&arriving) {
            Outcome::Entered => Vec::new(),
            Outcome::Not(Problem::Sealed(_)) => {
                self.sealed.push(orphan);
                Vec::new()
            }
            Outcome::Not(problem) => {
                self.found(orphan.at, problem);
                Vec::new()
            }
            Outcome::Orphan(missing) => {
                self.orphans.push(orphan);
                missing
            }
        }
    }

    /// Leaves a hole for the first missing frame that no waiting one is.
    fn leave_hole(&mut self, missing: &[FrameId]) {
        let waiting: Vec<FrameId> = self
            .orphans
            .iter()
            .chain(&self.sealed)
            .filter_map(|orphan| Head::read(&orphan.head).ok().map(|head| head.id()))
            .collect();
        match missing.iter().find(|id| !waiting.contains(id)) {
            Some(lost) => {
                let at = self.orphans.first().map_or(0, |orphan| orphan.at);
                self.found(at, Problem::Missing(*lost));
                match &mut self.stage {
                    Stage::Begun(ledger) => ledger.leave_hole(*lost),
                    // Without the first frame nobody's word counts.
                    Stage::Before(_) | Stage::Turning => self.orphans.clear(),
                }
            }
            // Frames cannot be each other's parents, for their names are hashes: these follow frames whose headers do not open.
            None => {
                for orphan in std::mem::take(&mut self.orphans) {
                    self.found_sealed(&orphan);
                }
            }
        }
    }

    /// What of the mark is not in the file.
    fn older(&self) -> Option<OlderCopy> {
        let mark = self.mark.as_ref()?;
        let fewer = mark.seen.frames.saturating_sub(self.seen().frames);
        let lost =
            mark.heads.iter().filter(|head| !self.ledger().is_some_and(|ledger| ledger.has(head))).count()
                as u64;
        let older_preamble = self.counter < mark.counter;
        (fewer > 0 || lost > 0 || older_preamble)
            .then_some(OlderCopy { seen: mark.time, missing: fewer.max(lost) })
    }

    fn found(&mut self, at: u64, problem: Problem) {
        self.findings.push(Finding { at, problem });
    }
}

impl Orphan {
    fn new(at: u64, head: &Head<'_>, body: Body<'_>) -> Self {
        let body = match body {
            Body::Here(bytes) => Kept::Here(bytes.to_vec()),
            Body::Apart => Kept::Apart,
            Body::Deleted => Kept::Deleted,
            Body::Changed(_) => Kept::Changed,
        };
        Self { at, head: head.as_bytes().to_vec(), body }
    }

    fn body(&self) -> Body<'_> {
        match &self.body {
            Kept::Here(bytes) => Body::Here(bytes),
            Kept::Apart => Body::Apart,
            Kept::Deleted => Body::Deleted,
            Kept::Changed => Body::Changed(&[]),
        }
    }
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opening({} frames)", self.seen().frames)
    }
}
