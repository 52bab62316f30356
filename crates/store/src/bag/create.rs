//! A new bag.

use std::sync::Arc;

use bookbag_crypto::{Entropy, KeyError, SaltStream};

use super::act::Doing;
use super::batch::Pending;
use super::keys::Keys;
use super::ledger::{Arriving, Origin, Signature};
use super::{Bag, WriteError};
use crate::control::{Rule, Witness};
use crate::device::DeviceSeed;
use crate::event::{
    Act, CompartmentPurpose, ControlEvent, Date, Device, DevicePurpose, EpochStart, Genesis, Label, Member,
    Policy, Role,
};
use crate::frame::scan::Body;
use crate::frame::{Draft, Head};
use crate::id::{BagId, CompartmentId, MemberId};
use crate::key::EpochKey;
use crate::preamble::CopyKey;

/// What a new bag begins with.
#[derive(Debug, Clone)]
pub struct NewBag {
    /// What the family calls it.
    pub name: Label,
    /// Who makes it.
    pub founder: Label,
    /// As what: [`Role::Guardian`] or [`Role::Subject`].
    pub role: Role,
    /// What the founder calls this device.
    pub device: Label,
    /// Who may decide what.
    pub policy: Policy,
    /// The subject's birth date, typed.
    pub birth: Option<Date>,
}

/// A new bag, and what its file holds after the preamble.
#[derive(Debug)]
pub struct Created {
    /// The bag. Its file has no slot yet: [`Bag::set_slots`] gives the preamble.
    pub bag: Bag,
    /// Its first frames.
    pub frames: Vec<u8>,
}

impl NewBag {
    /// Makes the bag: its first frame, a record that every guardian and the subject will read, a household and a personal compartment of the founder's.
    ///
    /// # Errors
    ///
    /// If the names together are too long.
    pub fn create(
        self,
        seed: DeviceSeed,
        doing: Doing,
        witness: Arc<dyn Witness>,
    ) -> Result<Created, WriteError> {
        let mut random = SaltStream::new(doing.entropy);
        let device = seed.keys().map_err(|_: KeyError| WriteError::NoKey)?;
        let control = EpochKey::generate(CompartmentId::CONTROL, &device.hedge(), random.entropy());
        let founder = MemberId::generate(random.entropy());
        let card = (*device.card.signing_bytes(), device.card.sealing_hash());
        let genesis = self.genesis(founder, card, &control).encode()?;
        let id = device.id();
        let draft = Draft { bag: None, parents: &[], author: id, time: doing.now, event: &genesis };
        let keys = (&control.header_key(), &control);
        let (frame, bytes) = draft.seal(keys, &device.signing, random.entropy())?;
        let mut known = Keys::default();
        known.add(control);
        let head = Head::read(&bytes)?;
        let body = Body::of(&head, &bytes);
        let arriving = Arriving { at: 0, head: &head, body, signature: Signature::CheckedBefore };
        let origin = Origin { bag: BagId::of_genesis(frame), device, keys: known, witness };
        let ledger = origin.begin(&arriving).map_err(|_| WriteError::Refused(Rule::Founder))?;
        let copy_key = CopyKey::generate(random.entropy());
        let bag = Bag { ledger, copy_key, counter: 0, slots: Vec::new() };
        let mut created = Created { bag, frames: bytes };
        created.publish(doing.now, &mut random)?;
        created.furnish(founder, doing.now, &mut random)?;
        Ok(created)
    }

    fn genesis(self, founder: MemberId, card: ([u8; 32], [u8; 32]), control: &EpochKey) -> ControlEvent {
        let (signing, sealing) = card;
        let member = Member { id: founder, role: self.role, name: self.founder, household: None };
        let purpose = DevicePurpose::InUse;
        let device = Device { member: founder, signing, sealing, name: self.device, purpose };
        let control = EpochStart { compartment: CompartmentId::CONTROL, commitment: control.commitment() };
        let (name, policy, birth) = (self.name, self.policy, self.birth);
        ControlEvent::Genesis(Box::new(Genesis { name, control, founder: member, device, policy, birth }))
    }
}

impl Created {
    fn add(&mut self, pending: &Pending) {
        self.bag.confirm(pending, self.frames.len() as u64);
        self.frames.extend_from_slice(pending.bytes());
    }

    fn act(&mut self, act: &Act, now: u64, random: &mut SaltStream) -> Result<(), WriteError> {
        let entropy: Entropy<32> = random.entropy();
        let pending = self.bag.act(act, &[], None, Doing { now, entropy })?;
        self.add(&pending);
        Ok(())
    }

    /// The founder's sealing key, which the first frame names by its hash.
    fn publish(&mut self, now: u64, random: &mut SaltStream) -> Result<(), WriteError> {
        let entropy: Entropy<32> = random.entropy();
        let pending = self.bag.publish_sealing_key(Doing { now, entropy })?;
        self.add(&pending);
        Ok(())
    }

    /// The compartments every bag begins with.
    fn furnish(&mut self, founder: MemberId, now: u64, random: &mut SaltStream) -> Result<(), WriteError> {
        let purposes =
            [CompartmentPurpose::Record, CompartmentPurpose::Household, CompartmentPurpose::Personal];
        for purpose in purposes {
            let id = CompartmentId::generate(random.entropy());
            let name = Label::default();
            let make = Act::MakeCompartment { id, purpose, name, readers: vec![founder] };
            self.act(&make, now, random)?;
            if purpose == CompartmentPurpose::Household {
                let household = Some(id);
                self.act(&Act::SetHousehold { member: founder, household }, now, random)?;
            }
        }
        Ok(())
    }
}
