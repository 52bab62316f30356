//! What an allowed frame does to a state.
//!
//! Nothing here refuses. Where branches meet, a frame that was allowed by its own past may find that another has changed what it
//! names: then it does what is left to do.

use std::sync::Arc;

use bookbag_crypto::HashAlgorithm;
use rpds::ListSync;

use super::state::{Birth, Compartment, Epoch, Listed, Map, Member, Proposal, Set, State};
use crate::event::Member as NewMember;
use crate::event::{Act, CompartmentPurpose, ControlEvent, Device, EpochStart, Genesis, Kept, Label, Stage};
use crate::id::{BagId, CompartmentId, DeviceId, EpochId, FrameId, MemberId};

/// What is kept of a control event once it has been judged.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Genesis,
    SealingKey([u8; 32]),
    Wrap(EpochId, DeviceId),
    Proposal(Arc<Act>),
    Approval(FrameId),
    Change { act: Arc<Act>, because: Arc<[FrameId]>, epochs: Arc<[EpochStart]> },
}

impl Deed {
    /// `None` if the event is of a later day.
    pub(super) fn new(event: ControlEvent) -> Option<Self> {
        Some(match event {
            ControlEvent::Genesis(_) => Self::Genesis,
            ControlEvent::SealingKey(key) => Self::SealingKey(HashAlgorithm::sha256([key.as_slice()])),
            ControlEvent::Wrap(wrap) => Self::Wrap(wrap.epoch, wrap.recipient),
            ControlEvent::Proposal(act) => Self::Proposal(Arc::new(act)),
            ControlEvent::Approval(proposal) => Self::Approval(proposal),
            ControlEvent::Change(change) => Self::Change {
                act: Arc::new(change.act),
                because: change.because.into(),
                epochs: change.epochs.into(),
            },
            ControlEvent::Unknown { .. } => return None,
        })
    }
}

impl State {
    /// The state that a genesis frame makes.
    pub(super) fn founded(frame: FrameId, genesis: Genesis) -> Self {
        let control = genesis.control.compartment;
        let mut state = Self {
            bag: BagId::of_genesis(frame),
            name: genesis.name.clone(),
            control,
            members: Map::new_sync(),
            gone: Set::new_sync(),
            devices: Map::new_sync(),
            compartments: Map::new_sync(),
            epochs: Map::new_sync(),
            policy: Arc::new(genesis.policy),
            stage: Stage::Child,
            birth: genesis.birth.map(|date| Birth { date, is_proved: false }),
            proposals: Map::new_sync(),
            approvals: Map::new_sync(),
            wraps: Map::new_sync(),
            sealing: Set::new_sync(),
            waiting: Map::new_sync(),
            is_handed_over: false,
        };
        state.list_member(&genesis.founder);
        state.list_device(frame, &genesis.device);
        state.make_compartment(control, CompartmentPurpose::Control, &genesis.name, &[]);
        state.begin_epoch(&genesis.control, std::iter::once(genesis.device.id()).collect());
        state
    }

    /// Does what the frame says.
    pub(super) fn apply(&mut self, frame: FrameId, author: DeviceId, deed: &Deed) {
        match deed {
            Deed::Genesis => {}
            Deed::SealingKey(hash) => self.sealing.insert_mut(*hash),
            Deed::Wrap(epoch, recipient) => {
                let mut recipients = self.wrapped(*epoch, author);
                recipients.insert_mut(*recipient);
                self.wraps.insert_mut((*epoch, author), recipients);
            }
            Deed::Proposal(act) => self.propose(frame, author, act),
            Deed::Approval(proposal) => self.approve(frame, author, *proposal),
            Deed::Change { act, because, epochs } => {
                self.act(frame, author, act);
                for reason in because.iter() {
                    self.use_reason(*reason);
                }
                for start in epochs.iter() {
                    self.begin_epoch(start, self.wrapped(start.commitment.epoch(), author));
                }
            }
        }
    }

    /// Does an act, without the epochs that its change starts.
    pub(super) fn act(&mut self, frame: FrameId, author: DeviceId, act: &Act) {
        match act {
            Act::AddMember(member, device) => {
                if self.list_member(member) {
                    self.list_device(frame, device);
                    self.give_wrapped(author, device.id());
                }
            }
            Act::AddDevice(device) => {
                self.list_device(frame, device);
                self.give_wrapped(author, device.id());
            }
            Act::RemoveDevice(removed) => self.unlist_device(removed.device),
            Act::RemoveMember { member, .. } => self.unlist_member(*member),
            Act::SetRole { member, role } => self.change_member(*member, |member| member.role = *role),
            Act::MakeCompartment { id, purpose, name, readers } => {
                self.make_compartment(*id, *purpose, name, readers);
            }
            Act::Share { compartment, with, .. } => self.share(author, *compartment, *with),
            Act::Unshare { compartment, with } => self.change_compartment(*compartment, |compartment| {
                compartment.readers.remove_mut(with);
            }),
            Act::SetPolicy(policy) => self.policy = Arc::new(policy.clone()),
            Act::SetBirth { birth, evidence } => {
                self.set_birth(Birth { date: *birth, is_proved: evidence.is_some() });
            }
            Act::ReachStage { stage, .. } => self.stage = self.stage.max(*stage),
            Act::HandOver { keep } => self.hand_over(keep),
            Act::Rename { what, name } => self.rename(what.as_ref(), name),
            Act::SetHousehold { member, household } => {
                self.change_member(*member, |member| member.household = *household);
            }
            Act::Rekey | Act::Settle { .. } | Act::Checkpoint(_) => {}
        }
    }

    /// To whom this device has wrapped the key of this epoch.
    pub(super) fn wrapped(&self, epoch: EpochId, author: DeviceId) -> Set<DeviceId> {
        self.wraps.get(&(epoch, author)).cloned().unwrap_or_else(Set::new_sync)
    }

    fn list_member(&mut self, new: &NewMember) -> bool {
        let is_new = !self.members.contains_key(&new.id) && !self.gone.contains(&new.id);
        if is_new {
            let (name, devices) = (new.name.clone(), Set::new_sync());
            self.members
                .insert_mut(new.id, Member { role: new.role, name, household: new.household, devices });
        }
        is_new
    }

    fn list_device(&mut self, frame: FrameId, device: &Device) {
        let id = device.id();
        if self.devices.contains_key(&id) || !self.members.contains_key(&device.member) {
            return;
        }
        self.change_member(device.member, |member| member.devices.insert_mut(id));
        self.devices.insert_mut(id, Listed { device: device.clone(), added_by: frame, is_active: true });
    }

    fn unlist_device(&mut self, id: DeviceId) {
        let Some(mut listed) = self.devices.get(&id).cloned() else { return };
        listed.is_active = false;
        self.change_member(listed.device.member, |member| {
            member.devices.remove_mut(&id);
        });
        self.devices.insert_mut(id, listed);
    }

    fn unlist_member(&mut self, id: MemberId) {
        let Some(member) = self.members.get(&id).cloned() else { return };
        for device in &member.devices {
            self.unlist_device(*device);
        }
        self.members.remove_mut(&id);
        self.gone.insert_mut(id);
        self.change_compartments(|compartment| {
            compartment.readers.remove_mut(&id);
        });
    }

    fn make_compartment(
        &mut self,
        id: CompartmentId,
        purpose: CompartmentPurpose,
        name: &Label,
        readers: &[MemberId],
    ) {
        if self.compartments.contains_key(&id) {
            return;
        }
        let readers = readers.iter().copied().filter(|reader| self.members.contains_key(reader)).collect();
        let compartment = Compartment { purpose, name: name.clone(), readers, epochs: ListSync::new_sync() };
        self.compartments.insert_mut(id, compartment);
    }

    fn share(&mut self, author: DeviceId, compartment: CompartmentId, with: MemberId) {
        let Some(member) = self.members.get(&with).cloned() else { return };
        self.change_compartment(compartment, |compartment| compartment.readers.insert_mut(with));
        for device in &member.devices {
            self.give_wrapped(author, *device);
        }
    }

    /// Counts a device among the recipients of every epoch that the author has wrapped to it.
    fn give_wrapped(&mut self, author: DeviceId, device: DeviceId) {
        let given = |id: &EpochId| self.wraps.get(&(*id, author)).is_some_and(|to| to.contains(&device));
        let given: Vec<_> =
            self.epochs.iter().filter(|(id, _)| given(id)).map(|(id, e)| (*id, e.clone())).collect();
        for (id, mut epoch) in given {
            epoch.recipients.insert_mut(device);
            self.epochs.insert_mut(id, epoch);
        }
    }

    fn begin_epoch(&mut self, start: &EpochStart, recipients: Set<DeviceId>) {
        let id = start.commitment.epoch();
        if self.epochs.contains_key(&id) || !self.compartments.contains_key(&start.compartment) {
            return;
        }
        self.change_compartment(start.compartment, |compartment| compartment.epochs.push_front_mut(id));
        let epoch = Epoch { compartment: start.compartment, commitment: start.commitment, recipients };
        self.epochs.insert_mut(id, epoch);
    }

    /// A typed date never replaces a proved one, whatever their order.
    fn set_birth(&mut self, birth: Birth) {
        if birth.is_proved || !self.birth.is_some_and(|known| known.is_proved) {
            self.birth = Some(birth);
        }
    }

    fn hand_over(&mut self, keep: &[Kept]) {
        let Some(subject) = self.subject() else { return };
        let others: Vec<_> = self.members().map(|(id, _)| id).filter(|id| *id != subject).collect();
        for id in others {
            match keep.iter().find(|kept| kept.member == id) {
                Some(kept) => self.change_member(id, |member| member.role = kept.role),
                None => self.unlist_member(id),
            }
        }
        self.change_compartments(|compartment| {
            if matches!(compartment.purpose, CompartmentPurpose::Record | CompartmentPurpose::Household) {
                compartment.readers.insert_mut(subject);
            }
        });
        self.is_handed_over = true;
    }

    fn rename(&mut self, what: Option<&[u8; 16]>, name: &Label) {
        let Some(id) = what else {
            self.name = name.clone();
            return;
        };
        self.change_member(MemberId::from_bytes(*id), |member| member.name = name.clone());
        self.change_compartment(CompartmentId::from_bytes(*id), |compartment| {
            compartment.name = name.clone();
        });
        let device = DeviceId::from_bytes(*id);
        if let Some(mut listed) = self.devices.get(&device).cloned() {
            listed.device.name = name.clone();
            self.devices.insert_mut(device, listed);
        }
    }

    fn propose(&mut self, frame: FrameId, author: DeviceId, act: &Arc<Act>) {
        let Some(by) = self.owner(author) else { return };
        let proposal = Proposal { act: act.clone(), by, approvals: Map::new_sync(), is_done: false };
        self.proposals.insert_mut(frame, proposal);
    }

    fn approve(&mut self, frame: FrameId, author: DeviceId, id: FrameId) {
        let Some((mut proposal, member)) = self.proposals.get(&id).cloned().zip(self.owner(author)) else {
            return;
        };
        proposal.approvals.insert_mut(member, frame);
        self.proposals.insert_mut(id, proposal);
        self.approvals.insert_mut(frame, (id, member));
    }

    fn use_reason(&mut self, reason: FrameId) {
        let id = self.approvals.get(&reason).map_or(reason, |(proposal, _)| *proposal);
        if let Some(mut proposal) = self.proposals.get(&id).cloned() {
            proposal.is_done = true;
            self.proposals.insert_mut(id, proposal);
        }
    }

    fn change_member(&mut self, id: MemberId, change: impl FnOnce(&mut Member)) {
        if let Some(mut member) = self.members.get(&id).cloned() {
            change(&mut member);
            self.members.insert_mut(id, member);
        }
    }

    fn change_compartment(&mut self, id: CompartmentId, change: impl FnOnce(&mut Compartment)) {
        if let Some(mut compartment) = self.compartments.get(&id).cloned() {
            change(&mut compartment);
            self.compartments.insert_mut(id, compartment);
        }
    }

    fn change_compartments(&mut self, mut change: impl FnMut(&mut Compartment)) {
        let all: Vec<_> = self.compartments.keys().copied().collect();
        for id in all {
            self.change_compartment(id, &mut change);
        }
    }
}
