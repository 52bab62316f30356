//! Real bags: sealed and signed frames, several devices with keys of their own.

use bookbag_crypto::{Entropy, SaltStream, jws};
use zeroize::Zeroizing;

use super::*;
use crate::control::{SignedTokens, Standing};
use crate::device::DeviceSeed;
use crate::event::Removal;
use crate::event::{
    Act, Anchor, AnchorPurpose, CompartmentPurpose, Content, Device, DevicePurpose, Grounds, Label,
    MAX_PART_BYTES, Member, Nation, Policy, Removed, Role,
};
use crate::frame::scan::{Piece, Scanner};
use crate::id::{CompartmentId, DeviceId, EntryId};
use crate::preamble::{Parameters, Preamble, Slot};

/// A bag, its file, and a count that makes each entropy another.
struct Copy {
    bag: Bag,
    file: Vec<u8>,
    drawn: u8,
    name: u8,
}

fn passphrase(name: u8) -> Parameters {
    Parameters::Passphrase { memory_mib: 64, passes: 3, lanes: 4, salt: [name; 16] }
}

fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

fn entropy(name: u8, drawn: u8) -> Entropy<32> {
    let mut bytes = [drawn; 32];
    bytes[0] = name;
    Entropy::from_secure_random(bytes)
}

fn secret(name: u8) -> Zeroizing<[u8; 32]> {
    Zeroizing::new([name; 32])
}

fn new_bag(name: u8) -> Copy {
    let new = NewBag {
        name: label("Our bag"),
        founder: label("Ffion"),
        role: Role::Guardian,
        device: label("phone"),
        policy: Policy::uk(Nation::Wales),
        birth: None,
    };
    let seed = DeviceSeed::from_secret_bytes(secret(name));
    let doing = Doing { now: 1_000, entropy: entropy(name, 0) };
    let created = new.create(seed, doing, Arc::new(SignedTokens)).unwrap();
    Copy::with_slot(created.bag, created.frames, name)
}

impl Copy {
    fn with_slot(mut bag: Bag, frames: Vec<u8>, name: u8) -> Self {
        let ring = bag.key_ring();
        let slot = Slot::seal(bag.id(), passphrase(name), secret(name), &ring, entropy(name, 1)).unwrap();
        let mut file = bag.set_slots(vec![slot]);
        file.extend(frames);
        // Places are those of this file.
        let bag = open(&file, name, None).unwrap();
        Self { bag, file, drawn: 10, name }
    }

    fn doing(&mut self) -> Doing {
        self.drawn += 1;
        Doing { now: 2_000 + u64::from(self.drawn), entropy: entropy(self.name, self.drawn) }
    }

    fn add(&mut self, pending: &Pending) {
        self.bag.confirm(pending, self.file.len() as u64);
        self.file.extend_from_slice(pending.bytes());
    }

    fn compartment(&self, purpose: CompartmentPurpose) -> CompartmentId {
        self.bag.state().compartments().find(|(_, one)| one.purpose == purpose).unwrap().0
    }

    fn put(&mut self, name: &str, content: &[u8]) -> EntryId {
        let record = self.compartment(CompartmentPurpose::Record);
        let entry = NewEntry { name, media_type: "text/plain", tags: &[("kind", "note")], content };
        let doing = self.doing();
        let (id, pending) = self.bag.put(record, &entry, doing).unwrap();
        self.add(&pending);
        id
    }

    fn act(&mut self, act: &Act) {
        let doing = self.doing();
        let pending = self.bag.act(act, &[], None, doing).unwrap();
        self.add(&pending);
        self.assert_accepted();
    }

    fn assert_accepted(&self) {
        for deed in self.bag.history() {
            assert_eq!(deed.standing, Standing::Accepted, "{:?}", deed.what);
        }
        assert_eq!(self.bag.findings(), []);
    }

    fn texts(&self) -> Vec<String> {
        self.bag.entries().map(|entry| text(&entry)).collect()
    }

    /// The bag for a new member or device: the same frames, and a slot for its keys alone.
    fn for_joiner(&self, seed: DeviceSeed, name: u8) -> Copy {
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
    fn merge(&mut self, other: &Copy) -> Merged {
        let mut merging = self.bag.merge(self.file.len() as u64);
        for (at, frame) in frames(&other.file) {
            merging.frame(at, frame);
        }
        let merged = merging.finish();
        self.file.extend_from_slice(&merged.bytes);
        merged
    }
}

fn text(entry: &Entry<'_>) -> String {
    match &entry.current.put.content {
        Content::Inline(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        Content::Attached(attached) => format!("{} bytes", attached.length),
    }
}

/// The frames of a file that is whole.
fn frames(file: &[u8]) -> Vec<(u64, &[u8])> {
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

fn read(
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

fn open(file: &[u8], name: u8, mark: Option<Mark>) -> Result<Bag, OpenError> {
    let (preamble, _) = Preamble::read(file)?;
    let ring = preamble.slots[0].open(preamble.bag, secret(name)).unwrap();
    read(file, preamble, ring, None, mark, false)
}

#[test]
fn what_is_put_is_there_when_the_bag_is_opened_again() {
    let mut copy = new_bag(1);
    let id = copy.put("Swimming", b"25 metres");
    copy.put("Piano", b"grade 2");
    let again = open(&copy.file, 1, None).unwrap();
    assert_eq!(again.findings(), []);
    let entries: Vec<_> = again.entries().map(|entry| text(&entry)).collect();
    assert_eq!(entries, ["25 metres", "grade 2"]);
    let found: Vec<_> = again.find("SWIM").map(|entry| entry.id).collect();
    assert_eq!(found, [id]);
    copy.assert_accepted();
}

#[test]
fn a_replaced_entry_shows_the_newest_and_keeps_the_history() {
    let mut copy = new_bag(1);
    let id = copy.put("Swimming", b"25 metres");
    let entry = NewEntry { name: "Swimming", media_type: "text/plain", tags: &[], content: b"50 metres" };
    let doing = copy.doing();
    let pending = copy.bag.replace(id, &entry, doing).unwrap();
    copy.add(&pending);
    assert_eq!(copy.texts(), ["50 metres"]);
    assert_eq!(copy.bag.versions(&id).len(), 2);
    assert_eq!(open(&copy.file, 1, None).unwrap().versions(&id).len(), 2);
}

#[test]
fn what_is_removed_is_gone_and_the_chain_still_holds() {
    let mut copy = new_bag(1);
    let id = copy.put("Clinic", b"a sensitive letter");
    copy.put("Piano", b"grade 2");
    let doing = copy.doing();
    let pending = copy.bag.remove(id, doing).unwrap();
    copy.add(&pending);
    assert_eq!(copy.texts(), ["grade 2"]);
    let drop = copy.bag.to_drop();
    assert_eq!(drop.len(), 1);
    // The file written anew.
    let (_, rest) = Preamble::read(&copy.file).unwrap();
    let mut file = copy.file[..copy.file.len() - rest.len()].to_vec();
    for (_, frame) in frames(&copy.file) {
        let head = crate::frame::Head::read(frame).unwrap();
        let kept = if drop.contains(&head.id()) { head.without_body() } else { frame.to_vec() };
        file.extend(kept);
    }
    assert!(file.len() + 1_200 < copy.file.len());
    let again = open(&file, 1, None).unwrap();
    assert_eq!((again.findings(), again.frames()), ([].as_slice(), copy.bag.frames()));
    assert_eq!(again.entries().map(|entry| text(&entry)).collect::<Vec<_>>(), ["grade 2"]);
    assert!(again.to_drop().is_empty());
    assert!(again.entry(&id).is_none());
}

/// The names of frames stand in clear: somebody who may write in the record names another's diary, a key, the first frame.
#[test]
fn a_removal_takes_nothing_away_but_its_own_entry() {
    let mut ffion = new_bag(1);
    let (mut dai, _) = join(&mut ffion, "Dai", Role::Guardian, 2);
    let record = ffion.compartment(CompartmentPurpose::Record);
    let with = dai.bag.member().unwrap();
    ffion.act(&Act::Share { compartment: record, with, from_start: true });
    let kept = ffion.put("Swimming", b"25 metres");
    let household = ffion.compartment(CompartmentPurpose::Household);
    let entry = NewEntry { name: "Address", media_type: "text/plain", tags: &[], content: b"1 Hill St" };
    let doing = ffion.doing();
    let (address, pending) = ffion.bag.put(household, &entry, doing).unwrap();
    ffion.add(&pending);
    assert_eq!(dai.merge(&ffion).findings, []);
    dai.bag = open(&dai.file, 2, None).unwrap();
    let all: Vec<_> = frames(&ffion.file);
    let ids: Vec<_> = all.iter().map(|(_, frame)| crate::frame::Head::read(frame).unwrap().id()).collect();
    assert!(ids.len() < 64);
    for entry in [address, EntryId::from_bytes([9; 16])] {
        let doing = dai.doing();
        let mut batch = batch::Batch::upon(&dai.bag.ledger, doing.now, SaltStream::new(doing.entropy));
        let epoch = dai.bag.writable_epoch(record).unwrap();
        batch.seal(epoch, &Removal::encode(entry, &ids, &[]).unwrap()).unwrap();
        let pending = batch.finish();
        dai.add(&pending);
    }
    assert_eq!(ffion.merge(&dai).new.len(), 2);
    ffion.assert_accepted();
    for bag in [&ffion.bag, &open(&ffion.file, 1, None).unwrap()] {
        assert_eq!(bag.entries().map(|entry| entry.id).collect::<Vec<_>>(), [kept, address]);
        assert!(bag.to_drop().is_empty());
    }
    // As parts, they are taken for parts of the record and nothing else.
    let doing = dai.doing();
    let mut batch = batch::Batch::upon(&dai.bag.ledger, doing.now, SaltStream::new(doing.entropy));
    let epoch = dai.bag.writable_epoch(record).unwrap();
    batch.seal(epoch, &Removal::encode(address, &ids[..1], &ids).unwrap()).unwrap();
    let pending = batch.finish();
    dai.add(&pending);
    assert_eq!(ffion.merge(&dai).new.len(), 1);
    assert!(ffion.bag.to_drop().is_empty());
    let doing = ffion.doing();
    let pending = ffion.bag.remove(kept, doing).unwrap();
    ffion.add(&pending);
    assert_eq!((ffion.bag.entries().count(), ffion.bag.to_drop().len()), (1, 1));
}

#[test]
fn an_attachment_is_read_part_by_part_and_its_key_goes_with_it() {
    let mut copy = new_bag(1);
    let record = copy.compartment(CompartmentPurpose::Record);
    let whole: Vec<u8> = (0..MAX_PART_BYTES + 1000).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let doing = copy.doing();
    let mut attaching = copy.bag.attach(record, doing).unwrap();
    for part in whole.chunks(MAX_PART_BYTES) {
        let doing = copy.doing();
        let pending = copy.bag.attach_part(&mut attaching, part, doing).unwrap();
        copy.add(&pending);
    }
    let hash = bookbag_crypto::HashAlgorithm::sha256([whole.as_slice()]);
    let entry = NewEntry { name: "Photo", media_type: "image/png", tags: &[], content: &[] };
    let doing = copy.doing();
    let (id, pending) = copy.bag.attached(&attaching, &entry, hash, doing).unwrap();
    copy.add(&pending);
    let bag = open(&copy.file, 1, None).unwrap();
    assert_eq!(bag.findings(), []);
    let entry = bag.entry(&id).unwrap();
    let Content::Attached(attached) = &entry.current.put.content else { panic!("not attached") };
    let mut read = Vec::new();
    for (index, part) in (0..).zip(attached.parts.iter()) {
        let (at, length) = bag.place_of(part).unwrap();
        let (at, length) = (usize::try_from(at).unwrap(), usize::try_from(length).unwrap());
        let frame = &copy.file[at..at + length];
        read.extend_from_slice(&bag.open_part(attached.key, index, frame).unwrap());
        assert_eq!(bag.open_part(attached.key, index + 1, frame), Err(DamagedPart));
        let mut changed = frame.to_vec();
        changed[length - 1] ^= 1;
        assert_eq!(bag.open_part(attached.key, index, &changed), Err(DamagedPart));
    }
    assert!(read == whole);
}

#[test]
fn a_marked_bag_is_not_checked_twice_and_an_older_copy_is_noticed() {
    let mut copy = new_bag(1);
    copy.put("one", b"1");
    let older = copy.file.clone();
    copy.put("two", b"2");
    copy.put("three", b"3");
    let mark = copy.bag.mark();
    assert_eq!(open(&copy.file, 1, Some(mark.clone())).unwrap().frames(), copy.bag.frames());
    let error = open(&older, 1, Some(mark.clone())).unwrap_err();
    assert_eq!(error, OpenError::Older(OlderCopy { seen: copy.bag.latest(), missing: 2 }));
    // A mark of other frames is believed about nothing.
    let mut other = new_bag(1);
    other.put("one", b"1");
    assert_eq!(other.bag.id(), copy.bag.id());
    let mut forged = mark;
    forged.seen = other.bag.mark().seen;
    forged.heads = other.bag.mark().heads;
    assert!(open(&copy.file, 1, Some(forged)).is_ok());
}

#[test]
fn a_second_guardian_reads_what_is_shared_and_both_fold_alike() {
    let mut ffion = new_bag(1);
    ffion.put("Swimming", b"25 metres");
    let (mut dai, _) = join(&mut ffion, "Dai", Role::Guardian, 2);
    // The record is shared from the start; the household is not.
    let record = ffion.compartment(CompartmentPurpose::Record);
    let with = dai.bag.member().unwrap();
    ffion.act(&Act::Share { compartment: record, with, from_start: true });
    assert_eq!(dai.merge(&ffion).findings, []);
    // The key came after what it opens had been passed over.
    assert!(dai.bag.needs_reopening() && dai.texts().is_empty());
    dai.bag = open(&dai.file, 2, None).unwrap();
    assert_eq!((dai.texts(), dai.bag.needs_reopening()), (vec!["25 metres".to_owned()], false));
    let household = ffion.compartment(CompartmentPurpose::Household);
    let entry = NewEntry { name: "Address", media_type: "text/plain", tags: &[], content: b"1 Hill St" };
    let doing = ffion.doing();
    let (_, pending) = ffion.bag.put(household, &entry, doing).unwrap();
    ffion.add(&pending);
    dai.put("Piano", b"grade 2");
    assert_eq!(dai.merge(&ffion).new.len(), 1);
    assert_eq!(ffion.merge(&dai).new.len(), 1);
    assert_eq!(ffion.texts(), ["25 metres", "1 Hill St", "grade 2"]);
    assert_eq!(dai.texts(), ["25 metres", "grade 2"]);
    assert_eq!(ffion.bag.state(), dai.bag.state());
    ffion.assert_accepted();
    dai.assert_accepted();
    assert_eq!(open(&dai.file, 2, None).unwrap().entries().count(), 2);
}

/// Adds a member with a device, as both sides would after an invitation.
fn join(copy: &mut Copy, name: &str, role: Role, byte: u8) -> (Copy, DeviceId) {
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

#[test]
fn who_is_removed_reads_nothing_that_comes_after() {
    let mut ffion = new_bag(1);
    let (mut aunt, device) = join(&mut ffion, "Aunt", Role::Supporter, 2);
    let record = ffion.compartment(CompartmentPurpose::Record);
    let with = aunt.bag.member().unwrap();
    ffion.act(&Act::Share { compartment: record, with, from_start: true });
    ffion.put("Before", b"seen");
    assert_eq!(aunt.merge(&ffion).findings, []);
    aunt.bag = open(&aunt.file, 2, None).unwrap();
    assert_eq!(aunt.texts(), ["seen"]);
    let accepted = vec![Removed { device, accepted: Vec::new() }];
    let grounds = Grounds::Approved;
    ffion.act(&Act::RemoveMember { member: with, accepted, grounds });
    ffion.put("After", b"not for her");
    let merged = aunt.merge(&ffion);
    assert_eq!(aunt.texts(), ["seen"]);
    assert!(merged.findings.iter().all(|finding| matches!(finding.problem, Problem::Sealed(_))));
    assert_eq!(aunt.bag.member(), None);
    let record_entry = NewEntry { name: "x", media_type: "text/plain", tags: &[], content: b"x" };
    let doing = aunt.doing();
    assert_eq!(aunt.bag.put(record, &record_entry, doing).err(), Some(WriteError::NotAMember));
    ffion.assert_accepted();
}

/// Whoever settles has seen what waits, so the settlement comes after it.
#[test]
fn removals_that_met_are_settled() {
    let orders = bookbag_crypto::SigningKey::ed25519(&[5; 32]);
    let jwk = serde_json::to_vec(&serde_json::Value::Object(orders.public_key().unwrap().to_jwk())).unwrap();
    let anchor = Anchor { purpose: AnchorPurpose::Order, key: jwk.into(), name: label("court") };
    let order = |bag: &Bag, member: MemberId| {
        let claims = format!(r#"{{"bag":"{}","remove":"{member}"}}"#, bag.id());
        let input = jws::signing_input(&serde_json::json!({ "alg": "EdDSA" }), claims.as_bytes());
        let signature = orders.sign(input.as_bytes());
        Grounds::Order(jws::assemble(input, &signature).into_bytes().into())
    };
    let mut ffion = new_bag(1);
    ffion.act(&Act::SetPolicy(Policy { anchors: vec![anchor], ..Policy::uk(Nation::Wales) }));
    let (mut dai, _) = join(&mut ffion, "Dai", Role::Guardian, 2);
    let (one, two) = (ffion.bag.member().unwrap(), dai.bag.member().unwrap());
    for (copy, of) in [(&mut ffion, two), (&mut dai, one)] {
        let device = *copy.bag.state().member(of).unwrap().devices.iter().next().unwrap();
        let accepted = vec![Removed { device, accepted: copy.bag.last_of(device) }];
        let grounds = order(&copy.bag, of);
        copy.act(&Act::RemoveMember { member: of, accepted, grounds });
    }
    assert_eq!(ffion.merge(&dai).findings, []);
    let waiting: Vec<_> = ffion.bag.state().waiting().map(|(frame, act)| (frame, act.clone())).collect();
    assert_eq!((waiting.len(), ffion.bag.state().members().count()), (2, 2));
    let is_of = |act: &Act| matches!(act, Act::RemoveMember { member, .. } if *member == two);
    let frame = waiting.iter().find(|(_, act)| is_of(act)).unwrap().0;
    let settle = Act::Settle { frame, stands: true, grounds: order(&ffion.bag, two) };
    let doing = ffion.doing();
    let pending = ffion.bag.act(&settle, &[], None, doing).unwrap();
    ffion.add(&pending);
    let members: Vec<_> = ffion.bag.state().members().map(|(id, _)| id).collect();
    assert_eq!((members, ffion.bag.state().waiting().count()), (vec![one], 0));
}

#[test]
fn any_damage_is_named_and_the_rest_is_read() {
    let mut copy = new_bag(1);
    for name in ["one", "two", "three"] {
        copy.put(name, name.as_bytes());
    }
    let whole = frames(&copy.file);
    let (at, frame) = whole[whole.len() - 2];
    let at = usize::try_from(at).unwrap();
    let head = crate::frame::Head::read(frame).unwrap();
    // In the body: the entry is lost, the chain holds.
    let mut file = copy.file.clone();
    file[at + head.head_length() + 5] ^= 1;
    let bag = open(&file, 1, None).unwrap();
    assert_eq!(bag.entries().map(|entry| text(&entry)).collect::<Vec<_>>(), ["one", "three"]);
    assert_eq!(bag.findings().iter().map(|f| f.problem.id()).collect::<Vec<_>>(), ["FR-09"]);
    // In the header: what follows is there, and nothing may be written.
    let mut file = copy.file.clone();
    file[at + head.head_length() - 20] ^= 1;
    let bag = open(&file, 1, None).unwrap();
    assert_eq!(bag.entries().map(|entry| text(&entry)).collect::<Vec<_>>(), ["one", "three"]);
    assert_eq!(bag.findings().iter().map(|f| f.problem.id()).collect::<Vec<_>>(), ["FR-05", "FR-11"]);
    assert!(bag.is_read_only());
    // Two frames in the wrong order.
    let (last, before) = (whole[whole.len() - 1].1, whole[whole.len() - 2].1);
    let start = &copy.file[..copy.file.len() - last.len() - before.len()];
    let swapped = [start, last, before].concat();
    assert_eq!(open(&swapped, 1, None).unwrap().entries().count(), 3);
    // One twice.
    let twice = [copy.file.as_slice(), last].concat();
    let bag = open(&twice, 1, None).unwrap();
    assert_eq!(bag.findings().iter().map(|f| f.problem.id()).collect::<Vec<_>>(), ["FR-03"]);
    // One of another bag.
    let other = new_bag(9);
    let foreign = [copy.file.as_slice(), frames(&other.file)[3].1].concat();
    let bag = open(&foreign, 1, None).unwrap();
    assert_eq!(bag.entries().count(), 3);
    assert_eq!(bag.findings().len(), 1);
}

#[test]
fn two_bags_with_the_same_content_share_nothing() {
    let (mut one, mut two) = (new_bag(1), new_bag(2));
    for copy in [&mut one, &mut two] {
        copy.put("Swimming", b"25 metres");
    }
    let windows: std::collections::HashSet<&[u8]> = one.file.windows(8).collect();
    let magic = crate::preamble::MAGIC;
    for (at, window) in two.file.windows(8).enumerate() {
        assert!(at < magic.len() || !windows.contains(window), "{at}: {window:x?}");
    }
}
