//! Acts of authority, sealed with all that belongs to them: public keys, wraps, new epochs.

use bookbag_crypto::Entropy;

use super::batch::{Batch, Pending};
use super::keys::WrapFor;
use super::{Bag, WriteError};
use crate::control::{Needs, epochs_to_start, missing_wraps, needs};
use crate::device::DeviceCard;
use crate::event::{Act, Change, ControlEvent, EpochStart, Wrap};
use crate::id::{CompartmentId, DeviceId, EpochId, FrameId, MemberId};
use crate::key::EpochKey;

/// When something is done, and the randomness for it.
#[derive(Debug)]
pub struct Doing {
    /// Unix seconds by this device's clock.
    pub now: u64,
    /// For this one change.
    pub entropy: Entropy<32>,
}

impl Bag {
    /// Does an act, if the policy lets this member: with the public keys of the device that it adds, if it adds one, the keys that
    /// device is due, and new keys for whatever somebody loses. `because` names the proposal and approvals it rests on.
    ///
    /// # Errors
    ///
    /// If it may not be done, others must agree first, or a key for it is not here. Nothing was written.
    pub fn act(
        &self,
        act: &Act,
        because: &[FrameId],
        joiner: Option<&DeviceCard>,
        doing: Doing,
    ) -> Result<Pending, WriteError> {
        self.making(act, because, joiner, doing)?.finish()
    }

    /// The frames of an act as a modified client makes them: with all the keys that belong to it, and no look at what the fold will say.
    #[cfg(test)]
    pub(super) fn act_unforeseen(&self, act: &Act, doing: Doing) -> Result<Pending, WriteError> {
        Ok(self.making(act, &[], None, doing)?.batch.finish())
    }

    fn making<'b>(
        &'b self,
        act: &Act,
        because: &[FrameId],
        joiner: Option<&'b DeviceCard>,
        doing: Doing,
    ) -> Result<Making<'b>, WriteError> {
        let member = self.writer()?;
        self.allowed(member, act, because)?;
        let mut making = Making::new(self, joiner, doing)?;
        making.publish_sealing_key()?;
        making.give_due_keys(act)?;
        let epochs = making.start_epochs(act)?;
        // Where no epoch of control fits those who are in the bag, keys come before anything else.
        let brings = epochs.iter().any(|start| start.compartment == CompartmentId::CONTROL);
        if !brings {
            self.has_control_epoch()?;
        }
        let change = Change { act: act.clone(), because: because.to_vec(), epochs };
        making.seal(&ControlEvent::Change(change))?;
        Ok(making)
    }

    /// Proposes an act that needs others. They [`approve`](Self::approve) the frame, and then anyone who may do it names both as reasons.
    ///
    /// # Errors
    ///
    /// If this device may not write.
    pub fn propose(&self, act: &Act, doing: Doing) -> Result<Pending, WriteError> {
        self.one_control(&ControlEvent::Proposal(act.clone()), doing)
    }

    /// Proposes an act that adds a device, with the public keys of that device, so that whoever does the act can seal to it.
    ///
    /// # Errors
    ///
    /// If this device may not write.
    pub fn propose_with(
        &self,
        act: &Act,
        joiner: Option<&DeviceCard>,
        doing: Doing,
    ) -> Result<Pending, WriteError> {
        self.writer()?;
        self.has_control_epoch()?;
        let mut making = Making::new(self, joiner, doing)?;
        making.publish_sealing_key()?;
        making.seal(&ControlEvent::Proposal(act.clone()))?;
        making.finish()
    }

    /// Agrees with a proposal.
    ///
    /// # Errors
    ///
    /// If there is no such proposal, or this device may not write.
    pub fn approve(&self, proposal: FrameId, doing: Doing) -> Result<Pending, WriteError> {
        if !self.state().proposals().any(|(id, _)| id == proposal) {
            return Err(WriteError::Unknown("proposal"));
        }
        self.one_control(&ControlEvent::Approval(proposal), doing)
    }

    /// Publishes this device's own sealing key, so that others can wrap to it.
    pub(super) fn publish_sealing_key(&self, doing: Doing) -> Result<Pending, WriteError> {
        let card = &self.device().card;
        let mut making = Making::new(self, Some(card), doing)?;
        making.publish_sealing_key()?;
        making.finish()
    }

    /// Whether the policy lets this member do an act for these reasons.
    fn allowed(&self, member: MemberId, act: &Act, because: &[FrameId]) -> Result<(), WriteError> {
        match needs(self.state(), member, act) {
            Needs::Allowed => Ok(()),
            Needs::Refused(rule) => Err(WriteError::Refused(rule)),
            Needs::Approval(requirement) => {
                let agreed = self.agreed(member, because);
                requirement.check(&agreed).map_err(|_| WriteError::NeedsApproval(requirement))
            }
        }
    }

    /// Who wants an act: who does it, who proposed it and who approved.
    fn agreed(&self, member: MemberId, because: &[FrameId]) -> Vec<MemberId> {
        let named = self.state().proposals().filter(|(id, _)| because.contains(id));
        let others = named.flat_map(|(_, proposal)| {
            let approvals = proposal.approvals.iter().filter(|(_, frame)| because.contains(frame));
            approvals.map(|(member, _)| *member).chain(std::iter::once(proposal.by))
        });
        others.chain(std::iter::once(member)).collect()
    }

    /// The epochs that an act starts: those that it must, and for new keys alone all that have no epoch to write in.
    fn epochs_of(&self, act: &Act) -> Vec<(CompartmentId, Vec<DeviceId>)> {
        let state = self.state();
        let own = self.device().id();
        let added = match act {
            Act::Rekey => None,
            // A recovery device may not make new keys by themselves, and without them nothing could be written.
            Act::AddDevice(device) if state.device(own).is_some_and(|it| it.device.purpose.is_recovery()) => {
                Some(device.id())
            }
            _ => return epochs_to_start(state, own, act),
        };
        let recipients = |id| state.entitled(id).iter().copied().chain(added).collect();
        self.stale().into_iter().map(|id| (id, recipients(id))).collect()
    }

    /// The compartments of this member that have no epoch to write in, because devices came or went or a key did not arrive: they get new keys before
    /// anything else is written in them, by [`Act::Rekey`].
    pub fn stale(&self) -> Vec<CompartmentId> {
        let Some(member) = self.member() else { return Vec::new() };
        let state = self.state();
        let read = state.compartments().map(|(id, _)| id).filter(|id| state.reads(member, *id));
        // Who was given no key that opens, or another than the others, makes new ones.
        let has_key = |id| state.writable_epoch(id).is_some_and(|epoch| self.ledger.key(&epoch).is_some());
        read.filter(|id| !has_key(*id)).collect()
    }

    fn has_control_epoch(&self) -> Result<(), WriteError> {
        let epoch = self.state().writable_epoch(CompartmentId::CONTROL);
        epoch.map(drop).ok_or(WriteError::RekeyFirst)
    }

    fn one_control(&self, event: &ControlEvent, doing: Doing) -> Result<Pending, WriteError> {
        self.writer()?;
        self.has_control_epoch()?;
        let mut making = Making::new(self, None, doing)?;
        making.seal(event)?;
        making.finish()
    }
}

/// An act that is being sealed.
struct Making<'b> {
    bag: &'b Bag,
    joiner: Option<&'b DeviceCard>,
    batch: Batch<'b>,
    control: EpochId,
    events: Vec<ControlEvent>,
}

impl<'b> Making<'b> {
    fn new(bag: &'b Bag, joiner: Option<&'b DeviceCard>, doing: Doing) -> Result<Self, WriteError> {
        let control = bag.ledger.control_key().ok_or(WriteError::NoKey)?.epoch();
        let batch = Batch::upon(&bag.ledger, doing.now, doing.entropy);
        Ok(Self { bag, joiner, batch, control, events: Vec::new() })
    }

    fn seal(&mut self, event: &ControlEvent) -> Result<FrameId, WriteError> {
        self.events.push(event.clone());
        self.batch.seal(self.control, &event.encode()?)
    }

    /// Gives the frames out, if the fold will take them.
    fn finish(self) -> Result<Pending, WriteError> {
        self.bag.ledger.foresee(self.control, self.events).map_err(WriteError::Refused)?;
        Ok(self.batch.finish())
    }

    fn publish_sealing_key(&mut self) -> Result<(), WriteError> {
        let Some(card) = self.joiner else { return Ok(()) };
        let key = card.sealing().to_bytes();
        let key = Box::<[u8]>::from(key).try_into().map_err(|_| WriteError::NoCard)?;
        self.seal(&ControlEvent::SealingKey(key)).map(drop)
    }

    /// The keys of epochs that exist, for whoever the act lets in.
    fn give_due_keys(&mut self, act: &Act) -> Result<(), WriteError> {
        let missed = self.bag.stale().into_iter().flat_map(|id| self.bag.ledger.missed(id));
        let missed = missed.filter(|_| *act == Act::Rekey);
        let due = missing_wraps(self.bag.state(), self.bag.device().id(), act);
        for (epoch, recipient) in due.into_iter().chain(missed) {
            // Keys that this device does not have either are for another device of the member to give.
            let Some(key) = self.bag.ledger.key(&epoch) else { continue };
            self.wrap(key, recipient)?;
        }
        Ok(())
    }

    /// New epochs for whatever somebody loses, wrapped to those who stay.
    fn start_epochs(&mut self, act: &Act) -> Result<Vec<EpochStart>, WriteError> {
        let mut starts = Vec::new();
        for (compartment, recipients) in self.bag.epochs_of(act) {
            starts.push(self.start_epoch(compartment, &recipients)?);
        }
        Ok(starts)
    }

    fn start_epoch(
        &mut self,
        compartment: CompartmentId,
        recipients: &[DeviceId],
    ) -> Result<EpochStart, WriteError> {
        let hedge = self.bag.device().hedge();
        let key = EpochKey::generate(compartment, &hedge, self.batch.random.entropy());
        for recipient in recipients {
            self.wrap(&key, *recipient)?;
        }
        Ok(EpochStart { compartment, commitment: key.commitment() })
    }

    fn wrap(&mut self, key: &EpochKey, recipient: DeviceId) -> Result<(), WriteError> {
        let card = self.joiner.filter(|card| card.id() == recipient);
        let listed = self.bag.ledger.sealing_key(recipient);
        let sealing = card.map(DeviceCard::sealing).or(listed).ok_or(WriteError::NoCard)?;
        let (bag, compartment, epoch) = (self.bag.id(), key.compartment(), key.epoch());
        let wrap_for = WrapFor { bag, compartment, epoch, recipient };
        let wrapped = wrap_for.seal(key, sealing, &mut self.batch.random).ok_or(WriteError::NoCard)?;
        let wrapped = wrapped.try_into().map_err(|_| WriteError::NoCard)?;
        self.seal(&ControlEvent::Wrap(Box::new(Wrap { epoch, recipient, wrapped }))).map(drop)
    }
}
