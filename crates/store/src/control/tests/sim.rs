//! A bag in the making: writes frames as an honest device does, or as told.

use std::sync::Arc;

use bookbag_crypto::{Algorithm, Entropy, HashAlgorithm, SigningKey, jws};
use serde_json::{Value, json};

use crate::control::{Content, *};
use crate::event::Member as NewMember;
use crate::event::*;
use crate::id::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dev {
    pub(super) id: DeviceId,
    pub(super) member: MemberId,
    pub(super) seed: u8,
    pub(super) purpose: DevicePurpose,
}

#[derive(Clone)]
pub(super) struct Logged {
    pub(super) id: FrameId,
    parents: Vec<u32>,
    author: DeviceId,
    epoch: EpochId,
    time: u64,
    content: Content,
}

pub(super) struct Sim {
    pub(super) fold: Fold,
    pub(super) genesis: Genesis,
    pub(super) log: Vec<Logged>,
    /// The parents of the next frame.
    pub(super) heads: Vec<u32>,
    pub(super) control: CompartmentId,
}

pub(super) fn member(seed: u8) -> MemberId {
    MemberId::from_bytes([seed; 16])
}

pub(super) fn compartment(seed: u8) -> CompartmentId {
    CompartmentId::from_bytes([seed; 16])
}

pub(super) fn label(text: &str) -> Label {
    text.parse().unwrap()
}

/// A device's keys are made of its seed and its owner's.
pub(super) fn dev(member_seed: u8, seed: u8) -> Dev {
    dev_for(member_seed, seed, DevicePurpose::InUse)
}

pub(super) fn dev_for(member_seed: u8, seed: u8, purpose: DevicePurpose) -> Dev {
    let mut dev = Dev { id: DeviceId::from_bytes([0; 16]), member: member(member_seed), seed, purpose };
    dev.id = dev.event().id();
    dev
}

pub(super) fn person(seed: u8, role: Role) -> NewMember {
    NewMember { id: member(seed), role, name: label("somebody"), household: None }
}

impl Dev {
    pub(super) fn sealing_key(self) -> [u8; SEALING_KEY_BYTES] {
        let mut key = [self.seed; SEALING_KEY_BYTES];
        key[..16].copy_from_slice(self.member.as_bytes());
        key
    }

    pub(super) fn event(self) -> Device {
        Device {
            member: self.member,
            signing: [self.seed; 32],
            sealing: HashAlgorithm::sha256([self.sealing_key().as_slice()]),
            name: label("phone"),
            purpose: self.purpose,
        }
    }

    fn publishes(self) -> ControlEvent {
        ControlEvent::SealingKey(Box::new(self.sealing_key()))
    }
}

/// A key of somebody whom the policy trusts.
pub(super) fn issuer_key(seed: u8) -> SigningKey {
    SigningKey::generate(Algorithm::EdDsa, Entropy::from_secure_random([seed; 48])).unwrap()
}

pub(super) fn anchor(purpose: AnchorPurpose, seed: u8) -> Anchor {
    let jwk = issuer_key(seed).public_key().unwrap().to_jwk();
    let key: Arc<[u8]> = serde_json::to_vec(&Value::Object(jwk)).unwrap().into();
    Anchor { purpose, key, name: label("an issuer") }
}

pub(super) fn token(seed: u8, claims: &Value) -> Arc<[u8]> {
    let input = jws::signing_input(&json!({ "alg": "EdDSA" }), claims.to_string().as_bytes());
    let signature = issuer_key(seed).sign(input.as_bytes());
    jws::assemble(input, &signature).into_bytes().into()
}

pub(super) const ORDERS: u8 = 101;
pub(super) const BIRTHS: u8 = 102;
pub(super) const DATES: u8 = 103;

impl Sim {
    /// A bag made by this device's owner.
    pub(super) fn founded_by(founder: Dev, role: Role) -> Self {
        let mut policy = Policy::uk(Nation::England);
        policy.anchors = vec![
            anchor(AnchorPurpose::Order, ORDERS),
            anchor(AnchorPurpose::Birth, BIRTHS),
            anchor(AnchorPurpose::Date, DATES),
        ];
        Self::with_policy(founder, role, policy)
    }

    pub(super) fn with_policy(founder: Dev, role: Role, policy: Policy) -> Self {
        let control = compartment(200);
        let commitment = Commitment::from_bytes([200; 32]);
        let genesis = Genesis {
            name: label("bag"),
            control: EpochStart { compartment: control, commitment },
            founder: NewMember { id: founder.member, role, name: label("founder"), household: None },
            device: founder.event(),
            policy,
            birth: None,
        };
        let (id, epoch) = (FrameId::from_bytes([1; 32]), commitment.epoch());
        let facts = Facts { id, parents: &[], author: founder.id, epoch, time: 1_000 };
        let fold = Fold::begin(&facts, genesis.clone(), Arc::new(SignedTokens)).unwrap();
        let content = Content::Control(ControlEvent::Genesis(Box::new(genesis.clone())));
        let first = Logged { id, parents: vec![], author: founder.id, epoch, time: 1_000, content };
        Self { fold, genesis, log: vec![first], heads: vec![0], control }
    }

    /// Guardians A and B, subject S, supporter P; the record (compartment 1) read by all but P.
    pub(super) fn family() -> (Self, [Dev; 4]) {
        let [a, b, s, p] = [dev(1, 11), dev(2, 21), dev(3, 31), dev(4, 41)];
        let mut sim = Self::founded_by(a, Role::Guardian);
        sim.publish(a, a);
        sim.join(a, b, Role::Guardian).unwrap();
        sim.agree(&[a, b], Act::AddMember(person(3, Role::Subject), s.event()), &[s]).unwrap();
        sim.join(a, p, Role::Supporter).unwrap();
        sim.make(a, 1, CompartmentPurpose::Record, &[1, 2, 3]).unwrap();
        (sim, [a, b, s, p])
    }

    /// The state that the next frame will be judged by.
    pub(super) fn here(&self) -> State {
        self.fold.state_at(&self.heads)
    }

    pub(super) fn state(&self) -> &State {
        self.fold.state()
    }

    /// Writes one control event upon the heads, under the right epoch.
    pub(super) fn control(&mut self, author: Dev, event: ControlEvent) -> Result<FrameId, Rule> {
        let state = self.here();
        let newest = state.compartment(self.control).unwrap().epochs.first().copied();
        let epoch = state.writable_epoch(self.control).or(newest).unwrap();
        self.under(author, epoch, Content::Control(event))
    }

    /// Writes anything.
    pub(super) fn under(&mut self, author: Dev, epoch: EpochId, content: Content) -> Result<FrameId, Rule> {
        let time = self.heads.iter().map(|head| self.log[*head as usize].time).max().unwrap() + 1;
        self.at(author, epoch, time, content)
    }

    pub(super) fn at(
        &mut self,
        author: Dev,
        epoch: EpochId,
        time: u64,
        content: Content,
    ) -> Result<FrameId, Rule> {
        let number = u32::try_from(self.log.len()).unwrap();
        let id =
            FrameId::from_bytes(HashAlgorithm::sha256([&number.to_be_bytes()[..], author.id.as_bytes()]));
        self.write(Logged { id, parents: self.heads.clone(), author: author.id, epoch, time, content })
    }

    fn write(&mut self, frame: Logged) -> Result<FrameId, Rule> {
        let Logged { id, parents, author, epoch, time, content } = frame.clone();
        let facts = Facts { id, parents: &parents, author, epoch, time };
        let verdict = self.fold.add(&facts, content);
        self.heads = vec![u32::try_from(self.log.len()).unwrap()];
        self.log.push(frame);
        verdict.map(|()| id)
    }

    pub(super) fn data(&mut self, author: Dev, of: u8) -> Result<FrameId, Rule> {
        let state = self.here();
        let epoch = state.writable_epoch(compartment(of));
        let newest = state.compartment(compartment(of)).and_then(|it| it.epochs.first().copied());
        let unknown = EpochId::from_bytes([0; 16]);
        self.under(author, epoch.or(newest).unwrap_or(unknown), Content::Data)
    }

    pub(super) fn publish(&mut self, author: Dev, device: Dev) {
        self.control(author, device.publishes()).unwrap();
    }

    pub(super) fn wrap(&mut self, author: Dev, epoch: EpochId, recipient: DeviceId) -> Result<FrameId, Rule> {
        let wrap = Wrap { epoch, recipient, wrapped: [7; WRAPPED_BYTES] };
        self.control(author, ControlEvent::Wrap(Box::new(wrap)))
    }

    /// A change with all wraps and epochs that it needs.
    pub(super) fn change(&mut self, author: Dev, act: Act) -> Result<FrameId, Rule> {
        self.change_because(author, act, vec![])
    }

    pub(super) fn change_because(
        &mut self,
        author: Dev,
        act: Act,
        because: Vec<FrameId>,
    ) -> Result<FrameId, Rule> {
        let starts = self.prepare(author, &act, &[])?;
        self.bare(author, act, because, starts)
    }

    /// A change as it is given.
    pub(super) fn bare(
        &mut self,
        author: Dev,
        act: Act,
        because: Vec<FrameId>,
        epochs: Vec<EpochStart>,
    ) -> Result<FrameId, Rule> {
        self.control(author, ControlEvent::Change(Change { act, because, epochs }))
    }

    /// Writes the wraps for an act, and gives the epochs that it starts; `more` compartments get new keys too.
    pub(super) fn prepare(&mut self, author: Dev, act: &Act, more: &[u8]) -> Result<Vec<EpochStart>, Rule> {
        let state = self.here();
        for (epoch, device) in missing_wraps(&state, author.id, act) {
            self.wrap(author, epoch, device)?;
        }
        let mut starts = epochs_to_start(&state, author.id, act);
        for seed in more {
            let id = compartment(*seed);
            starts.push((id, state.entitled(id).iter().copied().collect()));
        }
        starts.into_iter().map(|(id, recipients)| self.try_begin(author, id, &recipients)).collect()
    }

    /// Wraps a new key.
    pub(super) fn begin(&mut self, author: Dev, id: CompartmentId, recipients: &[DeviceId]) -> EpochStart {
        self.try_begin(author, id, recipients).unwrap()
    }

    fn try_begin(
        &mut self,
        author: Dev,
        id: CompartmentId,
        recipients: &[DeviceId],
    ) -> Result<EpochStart, Rule> {
        let bytes = HashAlgorithm::sha256([&self.log.len().to_be_bytes()[..], id.as_bytes()]);
        let start = EpochStart { compartment: id, commitment: Commitment::from_bytes(bytes) };
        for recipient in recipients {
            self.wrap(author, start.commitment.epoch(), *recipient)?;
        }
        Ok(start)
    }

    /// Does an act that all of these agree to; the first proposes and does it.
    pub(super) fn agree(&mut self, who: &[Dev], act: Act, publish: &[Dev]) -> Result<FrameId, Rule> {
        let because = self.approved(who, &act, publish)?;
        self.change_because(who[0], act, because)
    }

    pub(super) fn approved(&mut self, who: &[Dev], act: &Act, publish: &[Dev]) -> Result<Vec<FrameId>, Rule> {
        for device in publish {
            self.publish(who[0], *device);
        }
        let proposal = self.control(who[0], ControlEvent::Proposal(act.clone()))?;
        let mut because = vec![proposal];
        for other in &who[1..] {
            because.push(self.control(*other, ControlEvent::Approval(proposal))?);
        }
        Ok(because)
    }

    pub(super) fn join(&mut self, author: Dev, new: Dev, role: Role) -> Result<FrameId, Rule> {
        self.publish(author, new);
        let person = NewMember { id: new.member, role, name: label("member"), household: None };
        self.change(author, Act::AddMember(person, new.event()))
    }

    pub(super) fn add_device(&mut self, author: Dev, new: Dev) -> Result<FrameId, Rule> {
        self.publish(author, new);
        self.change(author, Act::AddDevice(new.event()))
    }

    pub(super) fn make(
        &mut self,
        author: Dev,
        seed: u8,
        purpose: CompartmentPurpose,
        readers: &[u8],
    ) -> Result<FrameId, Rule> {
        let readers = readers.iter().map(|seed| member(*seed)).collect();
        self.change(
            author,
            Act::MakeCompartment { id: compartment(seed), purpose, name: label("c"), readers },
        )
    }

    pub(super) fn rekey(&mut self, author: Dev, seeds: &[u8]) -> Result<FrameId, Rule> {
        let starts = self.prepare(author, &Act::Rekey, seeds)?;
        self.bare(author, Act::Rekey, vec![], starts)
    }

    /// The last frame of a device among all that the heads follow, or none.
    pub(super) fn last_of(&self, device: DeviceId) -> Vec<FrameId> {
        let numbers = (0..u32::try_from(self.log.len()).unwrap()).rev();
        let seen = |number: &u32| self.heads.iter().any(|head| self.fold.comes_after(*head, *number));
        let mut last: Vec<u32> = Vec::new();
        for number in numbers.filter(|number| self.log[*number as usize].author == device).filter(seen) {
            if !last.iter().any(|later| self.fold.comes_after(*later, number)) {
                last.push(number);
            }
        }
        last.iter().map(|number| self.log[*number as usize].id).collect()
    }

    /// A removal that accepts all that can be seen.
    pub(super) fn removal(&self, of: MemberId, grounds: Grounds) -> Act {
        let state = self.here();
        let devices = state.member(of).map(|member| member.devices.clone()).unwrap_or_default();
        let accepted =
            devices.iter().map(|device| Removed { device: *device, accepted: self.last_of(*device) });
        Act::RemoveMember { member: of, accepted: accepted.collect(), grounds }
    }

    pub(super) fn device_removal(&self, device: Dev) -> Act {
        Act::RemoveDevice(Removed { device: device.id, accepted: self.last_of(device.id) })
    }

    /// A court's order.
    pub(super) fn order(&self, of: MemberId) -> Grounds {
        let claims = json!({ "bag": self.state().bag().to_string(), "remove": of.to_string() });
        Grounds::Order(token(ORDERS, &claims))
    }

    pub(super) fn standing(&self, id: FrameId) -> Standing {
        self.fold.standing(self.fold.number(&id).unwrap()).unwrap()
    }

    pub(super) fn number(&self, id: FrameId) -> u32 {
        self.fold.number(&id).unwrap()
    }

    /// Folds the same frames in another order of arrival: of those whose parents are there, `choose` takes one.
    pub(super) fn refold(&self, mut choose: impl FnMut(usize) -> usize) -> Fold {
        let first = &self.log[0];
        let facts =
            Facts { id: first.id, parents: &[], author: first.author, epoch: first.epoch, time: first.time };
        let mut fold = Fold::begin(&facts, self.genesis.clone(), Arc::new(SignedTokens)).unwrap();
        let mut left: Vec<&Logged> = self.log[1..].iter().collect();
        while !left.is_empty() {
            let number = |old: &u32| fold.number(&self.log[*old as usize].id);
            let ready: Vec<_> = (0..left.len())
                .filter(|at| left[*at].parents.iter().all(|old| number(old).is_some()))
                .collect();
            let frame = left.remove(ready[choose(ready.len()) % ready.len()]);
            let parents: Vec<u32> = frame.parents.iter().filter_map(number).collect();
            let Logged { id, author, epoch, time, .. } = *frame;
            let _ = fold.add(&Facts { id, parents: &parents, author, epoch, time }, frame.content.clone());
        }
        fold
    }
}
