//! Copies of bags in memory, for who makes bags to be kept.

use std::sync::Arc;

use bookbag_crypto::{Algorithm, Entropy, HashAlgorithm, SigningKey, jws};
use bookbag_store::bag::{Bag, Doing, NewBag, NewEntry, Opening, Pending};
use bookbag_store::control::{Set, SignedTokens, Standing};
use bookbag_store::device::{DeviceCard, DeviceKeys, DeviceSeed};
use bookbag_store::event::{
    Act, Anchor, AnchorPurpose, CompartmentPurpose, Device, DevicePurpose, Label, Member, Removed, Role,
};
use bookbag_store::frame::scan::{Piece, Scanner};
use bookbag_store::id::{CompartmentId, DeviceId, EntryId, FrameId, MemberId};
use bookbag_store::mark::Mark;
use bookbag_store::preamble::{KeyRing, Parameters, Preamble, Slot};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// One device's copy of a bag.
pub(crate) struct Copy {
    pub(crate) bag: Bag,
    pub(crate) file: Vec<u8>,
    name: &'static str,
    drawn: u32,
}

/// 32 bytes for a name: nothing secret is frozen here.
pub(crate) fn bytes(name: &str, number: u32) -> [u8; 32] {
    HashAlgorithm::sha256([b"a frozen example ".as_slice(), name.as_bytes(), &number.to_be_bytes()])
}

pub(crate) fn seed(name: &str) -> [u8; 32] {
    bytes(name, 0)
}

pub(crate) fn entropy(name: &str, number: u32) -> Entropy<32> {
    Entropy::from_secure_random(bytes(name, number))
}

pub(crate) fn keys(seed: [u8; 32]) -> DeviceKeys {
    DeviceSeed::from_secret_bytes(Zeroizing::new(seed)).keys().unwrap()
}

pub(crate) fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

/// A device of a member, as an act names it.
pub(crate) fn device(member: MemberId, card: &DeviceCard, name: &str, purpose: DevicePurpose) -> Device {
    let (signing, sealing) = (*card.signing_bytes(), card.sealing_hash());
    Device { member, signing, sealing, name: label(name), purpose }
}

/// Reads a file whose key ring was opened.
pub(crate) fn open(file: &[u8], ring: KeyRing, seed: Option<[u8; 32]>, mark: Option<Mark>) -> Bag {
    let (preamble, rest) = Preamble::read(file).unwrap();
    let (start, end) = ((file.len() - rest.len()) as u64, file.len() as u64);
    let pieces = Scanner::new(Some(preamble.bag), start..end).pieces(file);
    let seed = seed.map(|seed| DeviceSeed::from_secret_bytes(Zeroizing::new(seed)));
    let mut opening = Opening::begin(preamble, ring, seed, |_| mark, Arc::new(SignedTokens)).unwrap();
    for piece in pieces {
        opening.piece(&piece).unwrap();
    }
    opening.finish(false).unwrap()
}

/// The frames of a whole file: where they begin, and their bytes.
pub(crate) fn frames(file: &[u8]) -> Vec<(u64, &[u8])> {
    let (preamble, rest) = Preamble::read(file).unwrap();
    let (start, end) = ((file.len() - rest.len()) as u64, file.len() as u64);
    let pieces = Scanner::new(Some(preamble.bag), start..end).pieces(file);
    let mut starts: Vec<usize> = pieces
        .map(|piece| match piece {
            Piece::Frame { at, .. } => usize::try_from(at).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    starts.push(file.len());
    starts.windows(2).map(|ends| (ends[0] as u64, &file[ends[0]..ends[1]])).collect()
}

/// The key of an issuer whom a policy trusts.
fn issuer(purpose: AnchorPurpose) -> SigningKey {
    let seed = [purpose.code().try_into().unwrap(); 48];
    SigningKey::generate(Algorithm::EdDsa, Entropy::from_secure_random(seed)).unwrap()
}

pub(crate) fn anchor(purpose: AnchorPurpose, name: &str) -> Anchor {
    let jwk = issuer(purpose).public_key().unwrap().to_jwk();
    let key = serde_json::to_vec(&Value::Object(jwk)).unwrap().into();
    Anchor { purpose, key, name: label(name) }
}

pub(crate) fn token(purpose: AnchorPurpose, claims: &Value) -> Arc<[u8]> {
    let input = jws::signing_input(&json!({ "alg": "EdDSA" }), claims.to_string().as_bytes());
    let signature = issuer(purpose).sign(input.as_bytes());
    jws::assemble(input, &signature).into_bytes().into()
}

impl Copy {
    pub(crate) fn new(name: &'static str, new: NewBag) -> Self {
        let doing = Doing { now: 1_780_000_000, entropy: entropy(name, 1) };
        let seed = DeviceSeed::from_secret_bytes(Zeroizing::new(seed(name)));
        let created = new.create(seed, doing, Arc::new(SignedTokens)).unwrap();
        Self { bag: created.bag, file: Vec::new(), name, drawn: 10 }.with_frames(&created.frames)
    }

    /// The copy of another device that the bag lists.
    pub(crate) fn of(&self, name: &'static str) -> Self {
        let (card, ring) = (keys(seed(name)).card, self.bag.key_ring_to());
        let parameters = Parameters::Device { device: card.id() };
        let slot = Slot::seal_to(self.bag.id(), parameters, &card, &ring, entropy(name, 2)).unwrap();
        let ring = slot.open_as(self.bag.id(), &keys(seed(name))).unwrap();
        let frames: Vec<u8> = frames(&self.file).concat_bytes();
        let mut file = Preamble::write(self.bag.id(), 1, &[slot], &ring.copy_key);
        file.extend_from_slice(&frames);
        let bag = open(&file, ring, Some(seed(name)), None);
        Self { bag, file, name, drawn: 10 }
    }

    /// Opens the file again, with these frames in it and all the keys that came.
    fn with_frames(mut self, frames: &[u8]) -> Self {
        let key = Zeroizing::new(bytes(self.name, 3));
        let parameters = Parameters::Passkey { salt: [3; 16] };
        let slot =
            Slot::seal(self.bag.id(), parameters, key.clone(), &self.bag.key_ring(), entropy(self.name, 4));
        let slot = slot.unwrap();
        let ring = slot.open(self.bag.id(), key).unwrap();
        self.file = self.bag.set_slots(vec![slot]);
        self.file.extend_from_slice(frames);
        Self { bag: open(&self.file, ring, None, None), ..self }
    }

    pub(crate) fn doing(&mut self) -> Doing {
        self.drawn += 1;
        Doing { now: 1_780_000_000 + 60 * u64::from(self.drawn), entropy: entropy(self.name, self.drawn) }
    }

    pub(crate) fn add(&mut self, pending: &Pending) -> FrameId {
        self.bag.confirm(pending, self.file.len() as u64);
        self.file.extend_from_slice(pending.bytes());
        pending.last().unwrap()
    }

    /// Takes in what these copies have, both ways.
    pub(crate) fn meet(&mut self, others: &mut [&mut Self]) {
        for other in others.iter_mut() {
            self.merge(other);
        }
        for other in others {
            other.merge(self);
        }
    }

    fn merge(&mut self, other: &Self) {
        let mut merging = self.bag.merge(self.file.len() as u64);
        for (at, frame) in frames(&other.file) {
            merging.frame(at, frame);
        }
        let merged = merging.finish();
        assert_eq!(merged.findings, []);
        self.file.extend_from_slice(&merged.bytes);
        if self.bag.needs_reopening() {
            let again = Self {
                bag: open_again(&self.bag, &self.file),
                file: std::mem::take(&mut self.file),
                ..*self
            };
            *self = again;
        }
    }

    pub(crate) fn act(&mut self, act: &Act) -> FrameId {
        self.act_with(act, &[], None)
    }

    pub(crate) fn act_with(&mut self, act: &Act, because: &[FrameId], card: Option<&DeviceCard>) -> FrameId {
        let doing = self.doing();
        let pending = self.bag.act(act, because, card, doing).unwrap();
        let done = self.add(&pending);
        let deed = self.bag.history().find(|deed| deed.frame == done).unwrap();
        assert_eq!(deed.standing, Standing::Accepted, "{act:?}");
        done
    }

    /// Does an act that the other guardians agree to first.
    pub(crate) fn agree(
        &mut self,
        others: &mut [&mut Self],
        act: &Act,
        card: Option<&DeviceCard>,
    ) -> FrameId {
        let doing = self.doing();
        let proposal = self.bag.propose(act, doing).unwrap();
        let proposal = self.add(&proposal);
        let mut because = vec![proposal];
        self.meet(others);
        for other in others.iter_mut() {
            let doing = other.doing();
            let approval = other.bag.approve(proposal, doing).unwrap();
            because.push(other.add(&approval));
        }
        self.meet(others);
        let done = self.act_with(act, &because, card);
        self.meet(others);
        done
    }

    pub(crate) fn compartment(&self, purpose: CompartmentPurpose) -> CompartmentId {
        let own = |readers: &Set<MemberId>| self.bag.member().is_some_and(|member| readers.contains(&member));
        let mut all = self.bag.state().compartments();
        all.find(|(_, one)| one.purpose == purpose && own(&one.readers)).unwrap().0
    }

    pub(crate) fn put(&mut self, of: CompartmentId, entry: &NewEntry<'_>) -> EntryId {
        let doing = self.doing();
        let (id, pending) = self.bag.put(of, entry, doing).unwrap();
        self.add(&pending);
        id
    }

    pub(crate) fn member(&self) -> MemberId {
        self.bag.member().unwrap()
    }

    /// All that this device has written is accepted.
    pub(crate) fn removal_of(&self, device: DeviceId) -> Removed {
        let last = self.bag.history().filter(|deed| deed.author == device).last();
        Removed { device, accepted: last.map(|deed| deed.frame).into_iter().collect() }
    }

    /// The file with other slots.
    pub(crate) fn with_slots(&mut self, slots: Vec<Slot>) -> Vec<u8> {
        let mut file = self.bag.set_slots(slots);
        file.extend(frames(&self.file).concat_bytes());
        file
    }
}

/// A new member and their device.
pub(crate) fn joining(name: &'static str, person: &str, role: Role) -> (Act, DeviceCard) {
    let card = keys(seed(name)).card;
    let id = MemberId::from_bytes(bytes(name, 5)[..16].try_into().unwrap());
    let member = Member { id, role, name: label(person), household: None };
    (Act::AddMember(member, device(id, &card, "telephone", DevicePurpose::InUse)), card)
}

fn open_again(bag: &Bag, file: &[u8]) -> Bag {
    open(file, bag.key_ring(), None, None)
}

trait ConcatBytes {
    fn concat_bytes(&self) -> Vec<u8>;
}

impl ConcatBytes for Vec<(u64, &[u8])> {
    fn concat_bytes(&self) -> Vec<u8> {
        self.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect()
    }
}
