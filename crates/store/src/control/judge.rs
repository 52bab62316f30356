//! Whether one frame is allowed, by the state of its own past.

use std::sync::Arc;

use super::apply::Deed;
use super::authority::requirement;
use super::epochs::{check_starts, check_wraps};
use super::evidence::{Evidence, Finding, Witness};
use super::rule::Rule;
use super::state::State;
use crate::event::{
    Act, Anchor, AnchorPurpose, CompartmentPurpose, Device, Grounds, Kept, Member, Policy, Removed, Role,
    Stage,
};
use crate::id::{CompartmentId, DeviceId, EpochId, FrameId, MemberId};

/// Most members at one time.
pub const MAX_MEMBERS: usize = 64;

/// Most devices at one time.
pub const MAX_DEVICES: usize = 256;

/// Most compartments that one member reads, the control compartment included, so that all of them fit into one change.
pub const MAX_COMPARTMENTS: usize = 16;

/// A frame before the state of its past.
pub(super) struct Case<'c> {
    pub(super) state: &'c State,
    pub(super) author: DeviceId,
    pub(super) epoch: EpochId,
    pub(super) witness: &'c dyn Witness,
    /// Whether a frame of the past was written by a device.
    pub(super) wrote: &'c dyn Fn(DeviceId, FrameId) -> bool,
}

impl Case<'_> {
    /// Judges a record of another compartment.
    pub(super) fn data(&self) -> Result<(), Rule> {
        let member = self.author()?;
        let compartment = self.state.epoch(self.epoch).ok_or(Rule::UnknownEpoch)?.compartment;
        if compartment == self.state.control {
            return Err(Rule::WrongCompartment);
        }
        if self.is_recovery() {
            return Err(Rule::RecoveryActs);
        }
        if !self.state.reads(member, compartment) {
            return Err(Rule::NotReader);
        }
        if self.state.member(member).is_none_or(|member| member.role == Role::Supporter) {
            return Err(Rule::SupporterActs);
        }
        self.newest(compartment, false)
    }

    /// Judges a frame of the control compartment.
    pub(super) fn control(&self, deed: &Deed) -> Result<(), Rule> {
        let member = self.author()?;
        let epoch = self.state.epoch(self.epoch).ok_or(Rule::UnknownEpoch)?;
        if epoch.compartment != self.state.control {
            return Err(Rule::WrongCompartment);
        }
        let brings_keys = match deed {
            Deed::Wrap(..) | Deed::SealingKey(_) => true,
            Deed::Change { epochs, .. } => epochs.iter().any(|start| start.compartment == self.state.control),
            _ => false,
        };
        self.newest(self.state.control, brings_keys)?;
        self.recovery(member, deed)?;
        match deed {
            Deed::Genesis => Err(Rule::SecondGenesis),
            Deed::Wrap(..) | Deed::SealingKey(_) => Ok(()),
            Deed::Proposal(act) => self.proposal(member, act),
            Deed::Approval(proposal) => self.approval(member, *proposal),
            Deed::Change { act, because, epochs } => {
                self.objects(member, act)?;
                self.agreed(member, act, because)?;
                let mut after = self.state.clone();
                after.act(FrameId::from_bytes([0; 32]), self.author, act);
                check_starts(self.state, &after, self.author, (act, epochs))?;
                check_wraps(self.state, self.author, act)?;
                self.evidence(act)
            }
        }
    }

    /// Judges a frame of the control compartment that cannot be read, because of this rule: whether any event in it could have had effect.
    pub(super) fn unread(&self, because: Rule) -> Result<(), Rule> {
        let member = self.author()?;
        let epoch = self.state.epoch(self.epoch).ok_or(Rule::UnknownEpoch)?;
        if epoch.compartment != self.state.control {
            return Err(Rule::WrongCompartment);
        }
        self.newest(self.state.control, true)?;
        match because {
            // What a supporter or a printed sheet may do is of the kinds that there are.
            Rule::UnknownKind if self.is_recovery() => Err(Rule::RecoveryActs),
            Rule::UnknownKind => self.decides(member),
            _ => Ok(()),
        }
    }

    fn author(&self) -> Result<MemberId, Rule> {
        self.state.device(self.author).ok_or(Rule::UnknownAuthor)?;
        self.state.owner(self.author).ok_or(Rule::RemovedAuthor)
    }

    fn newest(&self, compartment: CompartmentId, brings_keys: bool) -> Result<(), Rule> {
        match self.state.writable_epoch(compartment) {
            Some(newest) if newest == self.epoch => Ok(()),
            Some(_) => Err(Rule::StaleEpoch),
            None if brings_keys => Ok(()),
            None => Err(Rule::RekeyFirst),
        }
    }

    fn is_recovery(&self) -> bool {
        self.state.device(self.author).is_none_or(|listed| listed.device.purpose.is_recovery())
    }

    fn recovery(&self, member: MemberId, deed: &Deed) -> Result<(), Rule> {
        let may = match deed {
            Deed::Wrap(..) | Deed::SealingKey(_) => true,
            Deed::Change { act, .. } => match &**act {
                Act::AddDevice(device) => device.member == member && !device.purpose.is_recovery(),
                _ => false,
            },
            _ => false,
        };
        if may || !self.is_recovery() { Ok(()) } else { Err(Rule::RecoveryActs) }
    }

    fn decides(&self, member: MemberId) -> Result<(), Rule> {
        match self.state.member(member).map(|member| member.role) {
            Some(Role::Supporter) | None => Err(Rule::SupporterActs),
            Some(Role::Guardian) if self.state.is_handed_over => Err(Rule::HandedOver),
            Some(Role::Subject | Role::Guardian) => Ok(()),
        }
    }

    fn proposal(&self, member: MemberId, act: &Act) -> Result<(), Rule> {
        self.decides(member)?;
        requirement(self.state, member, act).map(drop)
    }

    fn approval(&self, member: MemberId, id: FrameId) -> Result<(), Rule> {
        self.decides(member)?;
        let proposal = self.state.proposals.get(&id).ok_or(Rule::NoSuch)?;
        let again = proposal.by == member || proposal.approvals.contains_key(&member);
        if proposal.is_done || again { Err(Rule::NotAReason) } else { Ok(()) }
    }

    /// Whether everybody agreed who had to.
    fn agreed(&self, actor: MemberId, act: &Act, because: &[FrameId]) -> Result<(), Rule> {
        let requirement = requirement(self.state, actor, act)?;
        let mut agreed = vec![actor];
        for reason in because {
            let by = self.reason(act, *reason)?;
            if !agreed.contains(&by) {
                agreed.push(by);
            }
        }
        requirement.map_or(Ok(()), |requirement| requirement.check(&agreed))
    }

    /// Who agreed to this act by this frame.
    fn reason(&self, act: &Act, reason: FrameId) -> Result<MemberId, Rule> {
        let (id, member) = match self.state.approvals.get(&reason) {
            Some((proposal, member)) => (*proposal, Some(*member)),
            None => (reason, None),
        };
        let proposal = self.state.proposals.get(&id).ok_or(Rule::NotAReason)?;
        let member = member.unwrap_or(proposal.by);
        if proposal.is_done || *proposal.act != *act || self.state.member(member).is_none() {
            return Err(Rule::NotAReason);
        }
        Ok(member)
    }

    /// Whether what the act names is there, and what it makes is not.
    fn objects(&self, actor: MemberId, act: &Act) -> Result<(), Rule> {
        let state = self.state;
        match act {
            Act::AddMember(member, device) => self.new_member(member, device),
            Act::AddDevice(device) => self.new_device(device),
            Act::RemoveDevice(removed) => self.removed(None, removed),
            Act::RemoveMember { member, accepted, .. } => self.removed_member(*member, accepted),
            Act::SetRole { member, role } => ensure(state.member(*member).is_some_and(|it| it.role != *role)),
            Act::MakeCompartment { id, purpose, readers, .. } => {
                self.new_compartment(actor, *id, *purpose, readers)
            }
            Act::Share { compartment, with, .. } => self.share(actor, *compartment, *with),
            Act::Unshare { compartment, with } => self.unshare(actor, *compartment, *with),
            Act::SetPolicy(policy) => self.policy(policy),
            Act::SetBirth { evidence, .. } => {
                let is_typed_over = evidence.is_none() && state.birth.is_some_and(|birth| birth.is_proved);
                if is_typed_over { Err(Rule::TypedBirth) } else { Ok(()) }
            }
            Act::ReachStage { stage, .. } if *stage <= state.stage => Err(Rule::StageBack),
            Act::HandOver { keep } => self.hand_over(keep),
            Act::Settle { frame, .. } if !state.waiting.contains_key(frame) => Err(Rule::NotWaiting),
            Act::Rename { what: Some(id), .. } => ensure(
                state.members.contains_key(&MemberId::from_bytes(*id))
                    || state.devices.contains_key(&DeviceId::from_bytes(*id))
                    || state.compartments.contains_key(&CompartmentId::from_bytes(*id)),
            ),
            Act::SetHousehold { member, household } => {
                ensure(state.members.contains_key(member))?;
                self.household(*household)
            }
            Act::ReachStage { .. }
            | Act::Settle { .. }
            | Act::Rekey
            | Act::Checkpoint(_)
            | Act::Rename { .. } => Ok(()),
        }
    }

    fn new_member(&self, member: &Member, device: &Device) -> Result<(), Rule> {
        if self.state.members.contains_key(&member.id) || self.state.gone.contains(&member.id) {
            return Err(Rule::UsedBefore);
        }
        if self.state.members.size() >= MAX_MEMBERS {
            return Err(Rule::TooMany);
        }
        if device.member != member.id || device.purpose.is_recovery() {
            return Err(Rule::OthersOwn);
        }
        self.household(member.household)?;
        self.new_keys(device)
    }

    fn new_device(&self, device: &Device) -> Result<(), Rule> {
        ensure(self.state.members.contains_key(&device.member))?;
        self.new_keys(device)
    }

    fn new_keys(&self, device: &Device) -> Result<(), Rule> {
        if self.state.devices.contains_key(&device.id()) {
            return Err(Rule::UsedBefore);
        }
        let active: usize = self.state.members.values().map(|member| member.devices.size()).sum();
        if active >= MAX_DEVICES {
            return Err(Rule::TooMany);
        }
        let is_published = self.state.sealing.contains(&device.sealing);
        if is_published { Ok(()) } else { Err(Rule::SealingKeyUnknown) }
    }

    fn household(&self, household: Option<CompartmentId>) -> Result<(), Rule> {
        let is_one =
            |id| self.state.compartment(id).is_some_and(|it| it.purpose == CompartmentPurpose::Household);
        ensure(household.is_none_or(is_one))
    }

    /// Of a device that is removed, alone or with its member.
    fn removed(&self, member: Option<MemberId>, removed: &Removed) -> Result<(), Rule> {
        let owner = self.state.owner(removed.device).ok_or(Rule::NoSuch)?;
        let theirs = member.is_none_or(|member| member == owner);
        if theirs && removed.accepted.iter().all(|frame| (self.wrote)(removed.device, *frame)) {
            return Ok(());
        }
        Err(Rule::NotTheirs)
    }

    fn removed_member(&self, member: MemberId, accepted: &[Removed]) -> Result<(), Rule> {
        ensure(self.state.members.contains_key(&member))?;
        let ascends = accepted.is_sorted_by(|one, next| one.device < next.device);
        if !ascends {
            return Err(Rule::NotTheirs);
        }
        accepted.iter().try_for_each(|removed| self.removed(Some(member), removed))
    }

    fn new_compartment(
        &self,
        actor: MemberId,
        id: CompartmentId,
        purpose: CompartmentPurpose,
        readers: &[MemberId],
    ) -> Result<(), Rule> {
        if self.state.compartments.contains_key(&id) {
            return Err(Rule::UsedBefore);
        }
        ensure(readers.iter().all(|reader| self.state.members.contains_key(reader)))?;
        if !readers.contains(&actor) {
            return Err(Rule::NotReader);
        }
        if purpose == CompartmentPurpose::Control
            || purpose == CompartmentPurpose::Personal && readers.len() != 1
            || !readers.is_sorted_by(|one, next| one < next)
        {
            return Err(Rule::NotShared);
        }
        readers.iter().try_for_each(|reader| self.reads_one_more(*reader))
    }

    fn reads_one_more(&self, reader: MemberId) -> Result<(), Rule> {
        let read = self.state.compartments.keys().filter(|id| self.state.reads(reader, **id)).count();
        if read >= MAX_COMPARTMENTS { Err(Rule::TooMany) } else { Ok(()) }
    }

    fn share(&self, actor: MemberId, id: CompartmentId, with: MemberId) -> Result<(), Rule> {
        self.shared(id)?;
        if !self.state.reads(actor, id) {
            return Err(Rule::NotReader);
        }
        ensure(self.state.members.contains_key(&with) && !self.state.reads(with, id))?;
        self.reads_one_more(with)
    }

    fn unshare(&self, actor: MemberId, id: CompartmentId, with: MemberId) -> Result<(), Rule> {
        let compartment = self.shared(id)?;
        if !self.state.reads(actor, id) {
            return Err(Rule::NotReader);
        }
        ensure(self.state.reads(with, id) && compartment.readers.size() > 1)
    }

    /// A compartment whose readers may change.
    fn shared(&self, id: CompartmentId) -> Result<&super::state::Compartment, Rule> {
        let compartment = self.state.compartment(id).ok_or(Rule::NoSuch)?;
        match compartment.purpose {
            CompartmentPurpose::Record | CompartmentPurpose::Household => Ok(compartment),
            CompartmentPurpose::Control | CompartmentPurpose::Personal => Err(Rule::NotShared),
        }
    }

    /// The way to prove one's age stays open: `spec/guardianship.md`, The floor.
    fn policy(&self, policy: &Policy) -> Result<(), Rule> {
        let proves_age = |anchor: &Anchor| anchor.purpose != AnchorPurpose::Order;
        let had = self.state.policy.anchors.iter().any(proves_age);
        if had && !policy.anchors.iter().any(proves_age) { Err(Rule::PolicyFloor) } else { Ok(()) }
    }

    fn hand_over(&self, keep: &[Kept]) -> Result<(), Rule> {
        let subject = self.state.subject().ok_or(Rule::NoSuch)?;
        if self.state.is_handed_over {
            return Err(Rule::HandedOver);
        }
        let stays = |kept: &Kept| kept.member != subject && self.state.members.contains_key(&kept.member);
        ensure(keep.iter().all(stays) && keep.is_sorted_by(|one, next| one.member < next.member))
    }

    fn evidence(&self, act: &Act) -> Result<(), Rule> {
        match act {
            Act::RemoveMember { member, grounds: Grounds::Order(order), .. } => self.order(order, *member),
            Act::Settle { frame, grounds: Grounds::Order(order), .. } => {
                match self.state.waiting.get(frame).map(|act| &**act) {
                    Some(Act::RemoveMember { member, .. }) => self.order(order, *member),
                    _ => Err(Rule::NotProved),
                }
            }
            Act::SetBirth { birth, evidence: Some(evidence) } => {
                let says_so = self.examine(evidence)?.birth == Some(*birth);
                if says_so { Ok(()) } else { Err(Rule::NotProved) }
            }
            Act::ReachStage { stage, evidence } => self.stage(*stage, evidence),
            _ => Ok(()),
        }
    }

    fn order(&self, order: &Arc<[u8]>, member: MemberId) -> Result<(), Rule> {
        if self.examine(order)?.removes == Some(member) { Ok(()) } else { Err(Rule::NotProved) }
    }

    fn stage(&self, stage: Stage, evidence: &Arc<[u8]>) -> Result<(), Rule> {
        let issued_at = self.examine(evidence)?.issued_at.ok_or(Rule::NotProved)?;
        let birth = self.state.birth.ok_or(Rule::TooYoung)?;
        let birthday = birth.date.birthday(stage.age(self.state.policy.nation));
        if i64::try_from(issued_at).is_ok_and(|issued_at| issued_at >= birthday) {
            Ok(())
        } else {
            Err(Rule::TooYoung)
        }
    }

    fn examine(&self, token: &[u8]) -> Result<Finding, Rule> {
        let evidence = Evidence { token, bag: self.state.bag, anchors: &self.state.policy.anchors };
        self.witness.examine(&evidence).map_err(|_| Rule::NotProved)
    }
}

/// What an act names has to be there.
fn ensure(is_there: bool) -> Result<(), Rule> {
    if is_there { Ok(()) } else { Err(Rule::NoSuch) }
}
