//! Everything that follows from a bag's frames, kept up to date as they arrive: opening, adding and merging all end here.
//!
//! A frame passes the same steps whoever brings it: it belongs to this bag, its header opens, its author is known and signed it, its parents are here.
//! Only then does the fold judge it and is its content read. What fails is a [`Finding`] and has no part in anything.

mod early;
mod hands;
mod trust;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use bookbag_crypto::hpke::HpkePublicKey;
use bookbag_crypto::{HashAlgorithm, PublicKey};
use smallvec::SmallVec;
use zeroize::Zeroizing;

use super::entries::Entries;
use super::finding::{Finding, Problem};
use super::keys::{Keys, OpenedUnder, WrapFor};
use crate::control::{Content, Facts, Fold, Rule, Standing, State, Witness};
use crate::device::DeviceKeys;
use crate::event::{ControlEvent, EpochStart, Genesis, Wrap};
use crate::frame::scan::Body;
use crate::frame::{Head, MAX_PARENTS, Opened};
use crate::id::{BagId, Commitment, CompartmentId, DeviceId, EpochId, FrameId, Table};
use crate::key::{EpochKey, HeaderKey};
use crate::mark::{Mark, Seen};

/// Frames and what they amount to.
pub(super) struct Ledger {
    bag: BagId,
    device: DeviceKeys,
    keys: Keys,
    fold: Fold,
    /// Signing keys that were decoded.
    authors: Table<DeviceId, PublicKey>,
    /// By their numbers in the fold.
    frames: Vec<Entered>,
    sealing_keys: HashMap<[u8; 32], HpkePublicKey>,
    /// Of every epoch that any change has started.
    epochs: HashMap<EpochId, (CompartmentId, Commitment)>,
    /// Other starts of epochs by the same name.
    rivals: HashMap<EpochId, Vec<(CompartmentId, Commitment)>>,
    /// Wraps for this device of epochs whose key it does not have yet.
    early: HashMap<EpochId, Vec<Wrap>>,
    /// Frames whose epoch's key may still come, in later frames.
    unread: HashMap<EpochId, Vec<Unread>>,
    /// Epochs of which frames were passed over for good.
    passed_over: HashSet<EpochId>,
    needs_reopening: bool,
    entries: Entries,
    /// What control frames say, but for keys.
    controls: HashMap<u32, ControlEvent>,
    seen: Seen,
    findings: Vec<Finding>,
}

/// A frame that has been entered, and where it stands in the file.
#[derive(Debug, Clone)]
pub(super) struct Entered {
    pub(super) id: FrameId,
    pub(super) author: DeviceId,
    pub(super) epoch: EpochId,
    pub(super) time: u64,
    /// Where it begins in the file, in bytes.
    pub(super) at: u64,
    pub(super) head_length: u32,
    /// Of the body that is stored, in bytes.
    pub(super) body_length: Option<u32>,
}

/// A frame that was entered and could not be read: its place, and its bytes.
type Unread = (u32, Vec<u8>);

/// Whether a signature was checked before, by this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signature {
    Check,
    CheckedBefore,
}

/// A frame as it arrives.
pub(super) struct Arriving<'f> {
    pub(super) at: u64,
    pub(super) head: &'f Head<'f>,
    pub(super) body: Body<'f>,
    pub(super) signature: Signature,
}

/// What came of a frame.
pub(super) enum Outcome {
    /// It is in.
    Entered,
    /// It is not, for this reason.
    Not(Problem),
    /// Some of its parents are not here.
    Orphan(Vec<FrameId>),
}

/// What there is before the first frame.
pub(super) struct Origin {
    pub(super) bag: BagId,
    pub(super) device: DeviceKeys,
    pub(super) keys: Keys,
    pub(super) witness: Arc<dyn Witness>,
}

impl Origin {
    /// Begins with the first frame. If that does not hold, what there was is given back.
    pub(super) fn begin(mut self, arriving: &Arriving<'_>) -> Result<Ledger, Box<(Self, Problem)>> {
        match self.first(arriving) {
            Ok((opened, genesis, fold)) => Ok(Ledger::founded(self, arriving, &opened, genesis, fold)),
            Err(problem) => Err(Box::new((self, problem))),
        }
    }

    fn first(&mut self, arriving: &Arriving<'_>) -> Result<(Opened, Genesis, Fold), Problem> {
        let (head, id) = (arriving.head, arriving.head.id());
        if head.bag() != self.bag {
            return Err(Problem::Foreign(head.bag()));
        }
        let Body::Here(body) = arriving.body else { return Err(Problem::ContentChanged(id)) };
        let opened = self.keys.open_header(head).ok_or(Problem::Sealed(id))?.opened;
        let key = self.keys.epoch(&opened.epoch).ok_or(Problem::Sealed(id))?;
        let plain = opened.body(head, key, body).map_err(|_| Problem::ContentChanged(id))?;
        let Ok(ControlEvent::Genesis(genesis)) = ControlEvent::decode(&plain) else {
            return Err(Problem::Malformed(id));
        };
        let author = PublicKey::ed25519(&genesis.device.signing).map_err(|_| Problem::Malformed(id))?;
        opened.verify(head, &author).map_err(|_| Problem::Signature(id))?;
        let (author, epoch, time) = (opened.author, opened.epoch, opened.time);
        let facts = Facts { id, parents: &[], author, epoch, time };
        let fold = Fold::begin(&facts, (*genesis).clone(), Arc::clone(&self.witness));
        Ok((opened, *genesis, fold.map_err(|_| Problem::Malformed(id))?))
    }
}

impl Ledger {
    fn founded(
        origin: Origin,
        arriving: &Arriving<'_>,
        opened: &Opened,
        genesis: Genesis,
        fold: Fold,
    ) -> Self {
        let mut ledger = Self {
            bag: origin.bag,
            device: origin.device,
            keys: origin.keys,
            fold,
            authors: Table::default(),
            frames: Vec::new(),
            sealing_keys: HashMap::new(),
            epochs: HashMap::new(),
            rivals: HashMap::new(),
            early: HashMap::new(),
            unread: HashMap::new(),
            passed_over: HashSet::new(),
            needs_reopening: false,
            entries: Entries::default(),
            controls: HashMap::new(),
            seen: Seen::default(),
            findings: Vec::new(),
        };
        let place = ledger.record(arriving.head.id(), arriving, opened);
        ledger.start(&genesis.control);
        ledger.controls.insert(place, ControlEvent::Genesis(Box::new(genesis)));
        ledger
    }
}

/// What a body says to this device.
pub(super) enum Read {
    Control(ControlEvent),
    Data(Zeroizing<Vec<u8>>),
    /// Of a compartment or an epoch whose key is not here (yet).
    Closed,
    /// Part of an attachment, or deleted.
    Absent,
    Damaged(Problem),
}

/// What an opened body says.
pub(super) fn understood(id: FrameId, key: &EpochKey, plain: Zeroizing<Vec<u8>>) -> Read {
    if key.compartment() != CompartmentId::CONTROL {
        return Read::Data(plain);
    }
    ControlEvent::decode(&plain).map_or(Read::Damaged(Problem::Malformed(id)), Read::Control)
}

impl Ledger {
    /// Takes a frame in, if it holds.
    pub(super) fn enter(&mut self, arriving: &Arriving<'_>) -> Outcome {
        match self.try_enter(arriving) {
            Ok(outcome) => outcome,
            Err(problem) => Outcome::Not(problem),
        }
    }

    fn try_enter(&mut self, arriving: &Arriving<'_>) -> Result<Outcome, Problem> {
        let head = arriving.head;
        let id = head.id();
        if self.has(&id) {
            return Err(Problem::Repeated(id));
        }
        if head.bag() != self.bag {
            return Err(Problem::Foreign(head.bag()));
        }
        let under = self.keys.open_header(head).ok_or(Problem::Sealed(id))?;
        let parents = match self.places(head.parents()) {
            Ok(parents) => parents,
            Err(missing) => return Ok(Outcome::Orphan(missing)),
        };
        self.check_header_epoch(id, &parents, &under)?;
        let read = self.read(id, arriving, &under);
        if arriving.signature == Signature::Check {
            self.check_signature(id, arriving, &under.opened)?;
        }
        self.take(id, arriving, &under.opened, (&parents, read));
        Ok(Outcome::Entered)
    }

    /// Takes in a frame that holds.
    pub(super) fn take(
        &mut self,
        id: FrameId,
        arriving: &Arriving<'_>,
        opened: &Opened,
        (parents, read): (&[u32], Read),
    ) {
        let place = self.record(id, arriving, opened);
        let facts = Facts { id, parents, author: opened.author, epoch: opened.epoch, time: opened.time };
        match read {
            Read::Control(event) => self.control(place, &facts, event),
            Read::Data(plain) => self.data(place, &facts, plain),
            Read::Closed => self.closed(place, &facts, arriving),
            Read::Absent => self.add(&facts, Content::Data),
            Read::Damaged(problem) => self.damaged(&facts, arriving, problem),
        }
    }

    /// Places of frames, or those that are not here.
    pub(super) fn places(&self, ids: &[FrameId]) -> Result<SmallVec<[u32; 4]>, Vec<FrameId>> {
        let places: SmallVec<[u32; 4]> = ids.iter().filter_map(|id| self.place(id)).collect();
        if places.len() == ids.len() {
            return Ok(places);
        }
        Err(ids.iter().filter(|id| !self.has(id)).copied().collect())
    }

    fn read(&self, id: FrameId, arriving: &Arriving<'_>, under: &OpenedUnder) -> Read {
        let body = match arriving.body {
            Body::Here(body) => body,
            // Authority is not deleted.
            Body::Deleted if self.is_control(&under.opened) => {
                return Read::Damaged(Problem::ContentChanged(id));
            }
            Body::Apart | Body::Deleted => return Read::Absent,
            Body::Changed(_) => return Read::Damaged(Problem::ContentChanged(id)),
        };
        let Some(key) = self.keys.epoch(&under.opened.epoch) else { return Read::Closed };
        let Ok(plain) = under.opened.body(arriving.head, key, body) else {
            return Read::Damaged(Problem::ContentChanged(id));
        };
        understood(id, key, plain)
    }

    fn check_signature(
        &mut self,
        id: FrameId,
        arriving: &Arriving<'_>,
        opened: &Opened,
    ) -> Result<(), Problem> {
        let unknown = Problem::UnknownAuthor(id, opened.author);
        if !self.authors.contains_key(&opened.author) {
            let bytes = self.fold.signing_key(&opened.author);
            let key = bytes.and_then(|bytes| PublicKey::ed25519(bytes).ok()).ok_or(unknown.clone())?;
            self.authors.insert(opened.author, key);
        }
        let key = self.authors.get(&opened.author).ok_or(unknown)?;
        opened.verify(arriving.head, key).map_err(|_| Problem::Signature(id))
    }

    fn record(&mut self, id: FrameId, arriving: &Arriving<'_>, opened: &Opened) -> u32 {
        let head = arriving.head;
        // A bag has at most four million frames, a head 2560 bytes and a body about a million.
        let place = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        self.frames.push(Entered {
            id,
            author: opened.author,
            epoch: opened.epoch,
            time: opened.time,
            at: arriving.at,
            head_length: u32::try_from(head.head_length()).unwrap_or(u32::MAX),
            body_length: head.stored_body_length().and_then(|length| u32::try_from(length).ok()),
        });
        self.seen = self.seen.and(id);
        place
    }
}

impl Ledger {
    fn control(&mut self, place: u32, facts: &Facts<'_>, event: ControlEvent) {
        let verdict = self.fold.add(facts, Content::Control(event.clone()));
        // What is refused brings no keys: else a key that one device has and others lack would open headers for it alone. Unless it is
        // refused because something it rests on is damaged; then it is better to read what can be read.
        if verdict.is_ok() || self.fold.is_incomplete() {
            self.note(&event);
        }
        if verdict == Err(Rule::UnknownKind) {
            self.find(place, Problem::FromLater);
        }
        self.controls.insert(place, event);
    }

    fn data(&mut self, place: u32, facts: &Facts<'_>, plain: Zeroizing<Vec<u8>>) {
        self.add(facts, Content::Data);
        self.keep(place, plain);
    }

    fn closed(&mut self, place: u32, facts: &Facts<'_>, arriving: &Arriving<'_>) {
        self.add(facts, Content::Data);
        if let Body::Here(body) = arriving.body {
            let frame = [arriving.head.as_bytes(), body].concat();
            self.unread.entry(facts.epoch).or_default().push((place, frame));
        }
    }

    /// A frame whose content is damaged, or was never an event. The second has no effect in any version; the first may have been anything.
    fn damaged(&mut self, facts: &Facts<'_>, arriving: &Arriving<'_>, problem: Problem) {
        let is_authors = matches!(arriving.body, Body::Here(_));
        let is_control =
            self.fold.state().epoch(facts.epoch).is_none_or(|it| it.compartment == CompartmentId::CONTROL);
        self.add(facts, if is_control && !is_authors { Content::Unreadable } else { Content::Data });
        self.findings.push(Finding { at: arriving.at, problem });
    }

    fn add(&mut self, facts: &Facts<'_>, content: Content) {
        // What is refused is kept; its standing says why.
        let _kept = self.fold.add(facts, content);
    }

    fn keep(&mut self, place: u32, plain: Zeroizing<Vec<u8>>) {
        let problem = match self.entries.insert(place, plain) {
            Ok(true) => return,
            Ok(false) => Problem::FromLater,
            Err(_) => Problem::Malformed,
        };
        self.find(place, problem);
    }

    fn find(&mut self, place: u32, problem: impl Fn(FrameId) -> Problem) {
        if let Some(entered) = self.frames.get(place as usize) {
            self.findings.push(Finding { at: entered.at, problem: problem(entered.id) });
        }
    }

    /// What a control event brings besides its effect: keys.
    fn note(&mut self, event: &ControlEvent) {
        match event {
            ControlEvent::SealingKey(bytes) => {
                if let Ok(key) = HpkePublicKey::from_bytes(bytes.as_slice()) {
                    self.sealing_keys.insert(HashAlgorithm::sha256([bytes.as_slice()]), key);
                }
            }
            ControlEvent::Wrap(wrap) if wrap.recipient == self.device.id() => self.wrapped(wrap),
            ControlEvent::Change(change) => change.epochs.iter().for_each(|start| self.start(start)),
            _ => {}
        }
    }

    /// A wrap comes before the change that starts its epoch, or after, for one that was started before.
    fn wrapped(&mut self, wrap: &Wrap) {
        if self.keys.epoch(&wrap.epoch).is_none() {
            self.early.entry(wrap.epoch).or_default().push(wrap.clone());
            self.unwrap(wrap.epoch);
        }
    }

    fn start(&mut self, start: &EpochStart) {
        let epoch = start.commitment.epoch();
        let known = *self.epochs.entry(epoch).or_insert((start.compartment, start.commitment));
        if known != (start.compartment, start.commitment) {
            // On a fork somebody has started an epoch by the name of another's. The commitment tells which one a key is of.
            self.rivals.entry(epoch).or_default().push((start.compartment, start.commitment));
        }
        self.unwrap(epoch);
    }

    /// Tries what was wrapped to this device of an epoch that is not open yet, once it was started.
    fn unwrap(&mut self, epoch: EpochId) {
        let starts = self.epochs.get(&epoch).into_iter().chain(self.rivals.get(&epoch).into_iter().flatten());
        let wraps = self.early.get(&epoch).map_or(&[][..], Vec::as_slice);
        let mut tries = starts.flat_map(|start| wraps.iter().map(move |wrap| (start, wrap))).peekable();
        if self.keys.epoch(&epoch).is_some() || tries.peek().is_none() {
            return;
        }
        let (bag, recipient) = (self.bag, self.device.id());
        let key = tries.find_map(|((compartment, commitment), wrap)| {
            let wrap_for = WrapFor { bag, compartment: *compartment, epoch, recipient };
            wrap_for.open(&self.device, *commitment, &wrap.wrapped)
        });
        let broken = Problem::BrokenWrap(epoch);
        self.findings.retain(|finding| finding.problem != broken);
        match key {
            Some(key) => {
                self.early.remove(&epoch);
                self.learn(key);
            }
            None => self.findings.push(Finding { at: 0, problem: broken }),
        }
    }

    /// A key has come: what waited for it is read.
    fn learn(&mut self, key: EpochKey) {
        let epoch = key.epoch();
        self.keys.add(key);
        self.needs_reopening |= self.passed_over.contains(&epoch);
        for (place, frame) in self.unread.remove(&epoch).unwrap_or_default() {
            if let Some(plain) = self.open_late(place, &frame) {
                self.keep(place, plain);
            }
        }
    }
}

/// What the bag asks of it.
impl Ledger {
    pub(super) fn bag(&self) -> BagId {
        self.bag
    }

    pub(super) fn device(&self) -> &DeviceKeys {
        &self.device
    }

    pub(super) fn key(&self, epoch: &EpochId) -> Option<&EpochKey> {
        self.keys.epoch(epoch)
    }

    /// What seals headers now.
    pub(super) fn header_key(&self) -> Option<&HeaderKey> {
        self.keys.header(self.control_key()?.epoch())
    }

    pub(super) fn control_secrets(&self) -> Vec<Zeroizing<[u8; 32]>> {
        let keys = self.keys.of_compartment(CompartmentId::CONTROL);
        keys.map(|key| Zeroizing::new(*key.as_secret_bytes())).collect()
    }

    pub(super) fn sealing_key(&self, device: DeviceId) -> Option<&HpkePublicKey> {
        let listed = self.fold.state().device(device)?;
        self.sealing_keys.get(&listed.device.sealing)
    }

    pub(super) fn entries(&self) -> &Entries {
        &self.entries
    }

    pub(super) fn control_event(&self, place: u32) -> Option<&ControlEvent> {
        self.controls.get(&place)
    }

    pub(super) fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    pub(super) fn frames(&self) -> &[Entered] {
        &self.frames
    }

    pub(super) fn entered(&self, place: u32) -> Option<&Entered> {
        self.frames.get(place as usize)
    }

    pub(super) fn place(&self, id: &FrameId) -> Option<u32> {
        self.fold.number(id)
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen
    }
}

/// What follows from the fold.
impl Ledger {
    pub(super) fn has(&self, id: &FrameId) -> bool {
        self.fold.number(id).is_some()
    }

    pub(super) fn state(&self) -> &State {
        self.fold.state()
    }

    /// All frames in the order of the fold.
    pub(super) fn order(&self) -> Vec<u32> {
        self.fold.order()
    }

    /// Whether a frame counts.
    pub(super) fn counts(&self, place: u32) -> bool {
        self.standing(place) == Some(Standing::Accepted)
    }

    pub(super) fn foresee(&self, epoch: EpochId, events: Vec<ControlEvent>) -> Result<(), Rule> {
        self.fold.foresee(self.device.id(), epoch, events)
    }

    pub(super) fn foresee_record(&self, epoch: EpochId) -> Result<(), Rule> {
        self.fold.foresee_record(self.device.id(), epoch)
    }

    pub(super) fn standing(&self, place: u32) -> Option<Standing> {
        self.fold.standing(place)
    }

    /// Where a frame stands in the order of the fold: greater is later.
    pub(super) fn rank(&self, place: u32) -> Option<(u32, FrameId)> {
        self.fold.place(place)
    }

    pub(super) fn id_at(&self, place: u32) -> Option<FrameId> {
        self.entered(place).map(|entered| entered.id)
    }

    pub(super) fn mark(&self, counter: u64) -> Mark {
        let most = usize::try_from(MAX_PARENTS).unwrap_or(usize::MAX);
        let heads: BTreeSet<FrameId> =
            self.fold.heads().into_iter().filter_map(|at| self.id_at(at)).collect();
        let heads = heads.into_iter().take(most).collect();
        Mark { bag: self.bag, counter, seen: self.seen, time: self.latest(), heads }
    }

    /// Leaves a hole for a frame that is lost: as if it followed everything that was there when it was missed.
    pub(super) fn leave_hole(&mut self, id: FrameId) {
        let parents = self.fold.heads();
        let (author, epoch, time) =
            (DeviceId::from_bytes([0; 16]), EpochId::from_bytes([0; 16]), self.latest());
        let facts = Facts { id, parents: &parents, author, epoch, time };
        self.frames.push(Entered { id, author, epoch, time, at: 0, head_length: 0, body_length: None });
        self.add(&facts, Content::Unreadable);
    }

    /// All findings, those of the file and those of the content.
    pub(super) fn finish(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
        self.find_missing_bodies();
        self.findings.sort_by_key(|finding| finding.at);
        self.pass_over();
    }

    /// Forgets the frames whose keys have not come: most belong to compartments of others.
    pub(super) fn pass_over(&mut self) {
        self.passed_over.extend(std::mem::take(&mut self.unread).into_keys());
    }

    pub(super) fn needs_reopening(&self) -> bool {
        self.needs_reopening
    }

    fn open_late(&self, place: u32, frame: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let head = Head::read(frame).ok()?;
        let entered = self.entered(place)?;
        let opened = Opened::known(entered.author, entered.epoch, entered.time);
        let body = frame.get(head.head_length()..)?;
        opened.body(&head, self.keys.epoch(&entered.epoch)?, body).ok()
    }

    /// The header of a frame that is in the bag, for its body to be read later.
    pub(super) fn open_again(&self, head: &Head<'_>) -> Option<Opened> {
        let entered = self.entered(self.place(&head.id())?)?;
        Some(Opened::known(entered.author, entered.epoch, entered.time))
    }
}
