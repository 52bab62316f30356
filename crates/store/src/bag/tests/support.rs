//! Copies of a bag on several devices, and what a modified client of a member can do: it has its own device's keys and every epoch key that the
//! device was given, and seals whatever it likes.

pub(super) use std::sync::Arc;

use bookbag_crypto::{Algorithm, SigningKey, jws};
use serde_json::{Value, json};

pub(super) use crate::bag::*;
pub(super) use crate::control::{Rule, SignedTokens, Standing};
pub(super) use crate::device::DeviceSeed;
pub(super) use crate::event::{
    Act, Anchor, AnchorPurpose, Change, CompartmentPurpose, Content, ControlEvent, Device, DevicePurpose,
    EpochStart, Grounds, Label, MAX_PART_BYTES, Member, Nation, NewContent, NewPut, Policy, Removal, Removed,
    Role, Wrap,
};
pub(super) use crate::frame::scan::{Piece, Scanner};
pub(super) use crate::frame::{Draft, Head};
pub(super) use crate::id::{CompartmentId, DeviceId, EntryId, EpochId, FrameId, MemberId};
pub(super) use crate::key::EpochKey;
pub(super) use crate::preamble::{Parameters, Preamble, Slot};
pub(super) use bookbag_crypto::{Entropy, SaltStream};
pub(super) use zeroize::Zeroizing;

/// A bag, its file, and a count that makes each entropy another.
pub(super) struct Copy {
    pub(super) bag: Bag,
    pub(super) file: Vec<u8>,
    pub(super) drawn: u32,
    pub(super) name: u8,
}

pub(super) fn passphrase(name: u8) -> Parameters {
    Parameters::Passphrase { memory_mib: 64, passes: 3, lanes: 4, salt: [name; 16] }
}

pub(super) fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

pub(super) fn entropy(name: u8, drawn: u32) -> Entropy<32> {
    let mut bytes = [name; 32];
    bytes[..4].copy_from_slice(&drawn.to_be_bytes());
    Entropy::from_secure_random(bytes)
}

pub(super) fn secret(name: u8) -> Zeroizing<[u8; 32]> {
    Zeroizing::new([name; 32])
}

pub(super) fn new_bag(name: u8) -> Copy {
    founded(name, Policy::uk(Nation::Wales))
}

/// Ffion's bag.
pub(super) fn founded(name: u8, policy: Policy) -> Copy {
    let new = NewBag {
        name: label("Our bag"),
        founder: label("Ffion"),
        role: Role::Guardian,
        device: label("phone"),
        policy,
        birth: None,
    };
    let seed = DeviceSeed::from_secret_bytes(secret(name));
    let doing = Doing { now: 1_000, entropy: entropy(name, 0) };
    let created = new.create(seed, doing, Arc::new(SignedTokens)).unwrap();
    Copy::with_slot(created.bag, created.frames, name)
}

impl Copy {
    pub(super) fn with_slot(mut bag: Bag, frames: Vec<u8>, name: u8) -> Self {
        let ring = bag.key_ring();
        let slot = Slot::seal(bag.id(), passphrase(name), secret(name), &ring, entropy(name, 1)).unwrap();
        let mut file = bag.set_slots(vec![slot]);
        file.extend(frames);
        // Places are those of this file.
        let bag = open(&file, name, None).unwrap();
        Self { bag, file, drawn: 10, name }
    }

    pub(super) fn doing(&mut self) -> Doing {
        self.drawn += 1;
        Doing { now: 2_000 + u64::from(self.drawn), entropy: entropy(self.name, self.drawn) }
    }

    pub(super) fn add(&mut self, pending: &Pending) {
        self.bag.confirm(pending, self.file.len() as u64);
        self.file.extend_from_slice(pending.bytes());
    }

    pub(super) fn compartment(&self, purpose: CompartmentPurpose) -> CompartmentId {
        self.bag.state().compartments().find(|(_, one)| one.purpose == purpose).unwrap().0
    }

    pub(super) fn put(&mut self, name: &str, content: &[u8]) -> EntryId {
        let record = self.compartment(CompartmentPurpose::Record);
        let entry = NewEntry { name, media_type: "text/plain", tags: &[("kind", "note")], content };
        let doing = self.doing();
        let (id, pending) = self.bag.put(record, &entry, doing).unwrap();
        self.add(&pending);
        id
    }

    pub(super) fn act(&mut self, act: &Act) {
        let doing = self.doing();
        let pending = self.bag.act(act, &[], None, doing).unwrap();
        self.add(&pending);
        self.assert_accepted();
    }

    pub(super) fn act_whatever(&mut self, act: &Act) {
        let doing = self.doing();
        let pending = self.bag.act(act, &[], None, doing).unwrap();
        self.add(&pending);
        assert_eq!(self.standing_of(&pending.last().unwrap()), Standing::Accepted);
    }

    pub(super) fn assert_accepted(&self) {
        for deed in self.bag.history() {
            assert_eq!(deed.standing, Standing::Accepted, "{:?}", deed.what);
        }
        assert_eq!(self.bag.findings(), []);
    }

    pub(super) fn texts(&self) -> Vec<String> {
        self.bag.entries().map(|entry| text(&entry)).collect()
    }

    /// The bag for a new member or device: the same frames, and a slot for its keys alone.
    pub(super) fn for_joiner(&self, seed: DeviceSeed, name: u8) -> Copy {
        let keys = seed.keys().unwrap();
        let slot = Slot::seal_to(
            self.bag.id(),
            Parameters::Device { device: keys.id() },
            &keys.card,
            &self.bag.key_ring_to(),
            entropy(name, 2),
        );
        let (_, frames) = Preamble::read(&self.file).unwrap();
        let mut file = Preamble::write(self.bag.id(), 1, &[slot.unwrap()], &self.bag.key_ring_to().copy_key);
        file.extend_from_slice(frames);
        let (preamble, _) = Preamble::read(&file).unwrap();
        let ring = preamble.slots[0].open_as(preamble.bag, &keys).unwrap();
        let bag = read(&file, preamble, ring, Some(keys.into_seed()), None, false).unwrap();
        Copy::with_slot(bag, frames.to_vec(), name)
    }

    /// Takes in what another copy has.
    pub(super) fn merge(&mut self, other: &Copy) -> Merged {
        let mut merging = self.bag.merge(self.file.len() as u64);
        for (at, frame) in frames(&other.file) {
            merging.frame(at, frame);
        }
        let merged = merging.finish();
        self.file.extend_from_slice(&merged.bytes);
        merged
    }
}

pub(super) fn text(entry: &Entry<'_>) -> String {
    match &entry.current.put.content {
        Content::Inline(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        Content::Attached(attached) => format!("{} bytes", attached.length),
    }
}

/// The frames of a file that is whole.
pub(super) fn frames(file: &[u8]) -> Vec<(u64, &[u8])> {
    let (preamble, rest) = Preamble::read(file).unwrap();
    let start = file.len() - rest.len();
    let pieces = Scanner::new(Some(preamble.bag), start as u64..file.len() as u64).pieces(file);
    let mut starts: Vec<usize> = pieces
        .map(|piece| match piece {
            Piece::Frame { at, .. } => usize::try_from(at).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    starts.push(file.len());
    starts.windows(2).map(|ends| (ends[0] as u64, &file[ends[0]..ends[1]])).collect()
}

pub(super) fn read(
    file: &[u8],
    preamble: Preamble,
    ring: KeyRing,
    seed: Option<DeviceSeed>,
    mark: Option<Mark>,
    accept_older: bool,
) -> Result<Bag, OpenError> {
    let (_, rest) = Preamble::read(file)?;
    let start = (file.len() - rest.len()) as u64;
    let pieces = Scanner::new(Some(preamble.bag), start..file.len() as u64).pieces(file);
    let mut opening = Opening::begin(preamble, ring, seed, |_| mark, Arc::new(SignedTokens))?;
    for piece in pieces {
        opening.piece(&piece)?;
    }
    opening.finish(accept_older)
}

pub(super) fn open(file: &[u8], name: u8, mark: Option<Mark>) -> Result<Bag, OpenError> {
    let (preamble, _) = Preamble::read(file)?;
    let ring = preamble.slots[0].open(preamble.bag, secret(name)).unwrap();
    read(file, preamble, ring, None, mark, false)
}

/// Adds a member with a device, as both sides would after an invitation.
pub(super) fn join(copy: &mut Copy, name: &str, role: Role, byte: u8) -> (Copy, DeviceId) {
    let keys = DeviceSeed::from_secret_bytes(secret(byte)).keys().unwrap();
    let id = MemberId::from_bytes([byte; 16]);
    let member = Member { id, role, name: label(name), household: None };
    let device = Device {
        member: id,
        signing: *keys.card.signing_bytes(),
        sealing: keys.card.sealing_hash(),
        name: label("laptop"),
        purpose: DevicePurpose::InUse,
    };
    let doing = copy.doing();
    let act = Act::AddMember(member, device);
    let pending = copy.bag.act(&act, &[], Some(&keys.card), doing).unwrap();
    copy.add(&pending);
    copy.assert_accepted();
    let device = keys.id();
    (copy.for_joiner(keys.into_seed(), byte), device)
}

/// A frame that a modified client seals. What is not said is as an honest one would have it.
#[derive(Default)]
pub(super) struct Forged {
    pub(super) parents: Option<Vec<FrameId>>,
    pub(super) time: Option<u64>,
    pub(super) author: Option<DeviceId>,
    /// Under whose header key.
    pub(super) header: Option<EpochId>,
    /// Under whose content key; that of control, if nothing is said.
    pub(super) epoch: Option<EpochId>,
}

impl Forged {
    pub(super) fn upon(parents: &[FrameId]) -> Self {
        Self { parents: Some(parents.to_vec()), ..Self::default() }
    }

    pub(super) fn in_epoch(self, epoch: EpochId) -> Self {
        Self { epoch: Some(epoch), ..self }
    }
}

impl Copy {
    /// Seals any bytes as an event, by any rules or none.
    pub(super) fn seal(&mut self, forged: &Forged, event: &[u8]) -> (FrameId, Vec<u8>) {
        let doing = self.doing();
        let ledger = &self.bag.ledger;
        let control = self.control_epoch();
        let key = ledger.key(&forged.epoch.unwrap_or(control)).unwrap();
        let header = ledger.key(&forged.header.unwrap_or(control)).unwrap().header_key();
        let parents = forged.parents.clone().unwrap_or_else(|| self.heads());
        let draft = Draft {
            bag: Some(self.bag.id()),
            parents: &parents,
            author: forged.author.unwrap_or(self.bag.device().id()),
            time: forged.time.unwrap_or(doing.now.max(ledger.latest())),
            event,
        };
        draft.seal((&header, key), &self.bag.device().signing, doing.entropy).unwrap()
    }

    /// The same, for an event of the control compartment.
    pub(super) fn forge(&mut self, forged: &Forged, event: &ControlEvent) -> (FrameId, Vec<u8>) {
        self.seal(forged, &event.encode().unwrap())
    }

    pub(super) fn change(&mut self, forged: &Forged, act: Act) -> (FrameId, Vec<u8>) {
        self.forge(forged, &ControlEvent::Change(Change { act, because: vec![], epochs: vec![] }))
    }

    pub(super) fn heads(&self) -> Vec<FrameId> {
        self.bag.ledger.accepted_heads()
    }

    pub(super) fn control_epoch(&self) -> EpochId {
        self.bag.ledger.control_key().unwrap().epoch()
    }

    /// The epoch to write in.
    pub(super) fn epoch_of(&self, compartment: CompartmentId) -> EpochId {
        self.bag.state().writable_epoch(compartment).unwrap()
    }

    pub(super) fn me(&self) -> MemberId {
        self.bag.member().unwrap()
    }

    /// Takes in frames as they are brought.
    pub(super) fn take(&mut self, frames: &[impl AsRef<[u8]>]) -> Merged {
        let mut merging = self.bag.merge(self.file.len() as u64);
        for frame in frames {
            merging.frame(0, frame.as_ref());
        }
        let merged = merging.finish();
        self.file.extend_from_slice(&merged.bytes);
        merged
    }

    /// Takes the frame, which must be one to enter, and says what became of it.
    pub(super) fn standing(&mut self, (id, frame): &(FrameId, Vec<u8>)) -> Standing {
        assert_eq!(self.take(&[frame]).findings, []);
        self.standing_of(id)
    }

    pub(super) fn standing_of(&self, id: &FrameId) -> Standing {
        self.bag.ledger.standing(self.bag.ledger.place(id).unwrap()).unwrap()
    }

    /// Opens the file again, with the keys that have come.
    pub(super) fn reopen(&mut self) {
        self.bag = open(&self.file, self.name, None).unwrap();
    }

    /// Merges and reads everything that has become readable.
    pub(super) fn hear(&mut self, other: &Copy) {
        assert_eq!(self.merge(other).findings, []);
        if self.bag.needs_reopening() {
            self.reopen();
        }
    }

    pub(super) fn note(&mut self, compartment: CompartmentId, text: &str) -> (EntryId, FrameId) {
        let entry = note(text);
        let doing = self.doing();
        let (id, pending) = self.bag.put(compartment, &entry, doing).unwrap();
        self.add(&pending);
        (id, pending.last().unwrap())
    }

    /// Whether it can still write, and what it writes counts.
    pub(super) fn assert_writes(&mut self) {
        let record = self.compartment(CompartmentPurpose::Record);
        let (_, frame) = self.note(record, "still here");
        assert_eq!(self.standing_of(&frame), Standing::Accepted);
        assert!(!self.bag.is_read_only(), "{:?}", self.bag.findings());
    }

    pub(super) fn share_record(&mut self, with: MemberId) {
        let compartment = self.compartment(CompartmentPurpose::Record);
        self.act(&Act::Share { compartment, with, from_start: true });
    }

    /// Removes a member by a court's order, accepting what is known of their devices.
    pub(super) fn remove_by_order(&mut self, member: MemberId) -> FrameId {
        let act = self.removal(member, Grounds::Order(order(&self.bag, member)));
        let doing = self.doing();
        let pending = self.bag.act(&act, &[], None, doing).unwrap();
        self.add(&pending);
        pending.last().unwrap()
    }

    /// A removal that accepts what this copy has of the member.
    pub(super) fn removal(&self, member: MemberId, grounds: Grounds) -> Act {
        let devices = &self.bag.state().member(member).unwrap().devices;
        let accepted =
            devices.iter().map(|device| Removed { device: *device, accepted: self.last_of(*device) });
        Act::RemoveMember { member, accepted: accepted.collect(), grounds }
    }

    fn last_of(&self, device: DeviceId) -> Vec<FrameId> {
        let theirs = self.bag.history().filter(|deed| deed.author == device);
        theirs.last().map(|deed| deed.frame).into_iter().collect()
    }
}

pub(super) fn note(text: &str) -> NewEntry<'_> {
    NewEntry { name: text, media_type: "text/plain", tags: &[], content: text.as_bytes() }
}

/// Ffion and Dai, guardians, and an aunt who sees the record. Everybody has heard of everything.
pub(super) fn family() -> [Copy; 3] {
    let mut policy = Policy::uk(Nation::Wales);
    let key = Value::Object(court().public_key().unwrap().to_jwk());
    let key: Arc<[u8]> = serde_json::to_vec(&key).unwrap().into();
    policy.anchors = vec![Anchor { purpose: AnchorPurpose::Order, key, name: label("Family Court") }];
    let mut ffion = founded(1, policy);
    let (mut dai, _) = join(&mut ffion, "Dai", Role::Guardian, 2);
    let (mut aunt, _) = join(&mut ffion, "Aunt", Role::Supporter, 3);
    ffion.share_record(dai.me());
    ffion.share_record(aunt.me());
    dai.hear(&ffion);
    aunt.hear(&ffion);
    [ffion, dai, aunt]
}

fn court() -> SigningKey {
    SigningKey::generate(Algorithm::EdDsa, Entropy::from_secure_random([9; 48])).unwrap()
}

/// The court's word that a member is to be removed.
pub(super) fn order(bag: &Bag, member: MemberId) -> Arc<[u8]> {
    let claims = json!({ "bag": bag.id().to_string(), "remove": member.to_string() });
    let input = jws::signing_input(&json!({ "alg": "EdDSA" }), claims.to_string().as_bytes());
    let signature = court().sign(input.as_bytes());
    jws::assemble(input, &signature).into_bytes().into()
}

/// All frames of a file but those that another has, by their names.
pub(super) fn only_in<'f>(file: &'f [u8], other: &Copy) -> Vec<&'f [u8]> {
    let new = |frame: &&[u8]| !other.bag.ledger.has(&Head::read(frame).unwrap().id());
    frames(file).into_iter().map(|(_, frame)| frame).filter(new).collect()
}

pub(super) fn numbers(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.problem.id()).collect()
}
