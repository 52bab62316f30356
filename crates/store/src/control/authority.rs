//! Who may decide what: the policy's rules, and the floor below every policy.
//!
//! The floor: no guardian is removed by another alone; there is one subject, who stays; somebody who may decide remains; and an adult
//! subject takes over alone. None of these asks the policy.

use super::rule::Rule;
use super::state::State;
use crate::event::{Act, CompartmentPurpose, Grounds, Matter, PolicyRule, Role, Stage};
use crate::id::{FrameId, MemberId};

/// Whether a member may do an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// At once. Evidence that the act carries is still examined.
    Allowed,
    /// Once others agree: propose it, collect approvals, then make the change.
    Approval(Requirement),
    /// Not at all, as things stand.
    Refused(Rule),
}

/// Whose agreement an act needs. The one who makes the change, or proposed it, agrees by that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// How many of [`Self::eligible`].
    pub guardians: usize,
    /// The guardians.
    pub eligible: Vec<MemberId>,
    /// The subject, where they must agree too.
    pub subject: Option<MemberId>,
    /// The guardian who would be removed: they agree, or two others do.
    pub against: Option<MemberId>,
}

impl Requirement {
    /// Sees whether these members are enough.
    ///
    /// # Errors
    ///
    /// If not: by which rule.
    pub fn check(&self, agreed: &[MemberId]) -> Result<(), Rule> {
        let guardians = self.eligible.iter().filter(|member| agreed.contains(member)).count();
        if guardians < self.guardians || self.subject.is_some_and(|subject| !agreed.contains(&subject)) {
            return Err(Rule::ApprovalMissing);
        }
        let Some(against) = self.against.filter(|against| !agreed.contains(against)) else { return Ok(()) };
        let others = self.eligible.iter().filter(|id| **id != against && agreed.contains(id)).count();
        if others < 2 { Err(Rule::AloneAgainstGuardian) } else { Ok(()) }
    }
}

/// What a member needs in order to do an act: for whoever is about to write it.
pub fn needs(state: &State, actor: MemberId, act: &Act) -> Needs {
    match requirement(state, actor, act) {
        Err(rule) => Needs::Refused(rule),
        Ok(None) => Needs::Allowed,
        Ok(Some(requirement)) if requirement.check(&[actor]).is_ok() => Needs::Allowed,
        Ok(Some(requirement)) => Needs::Approval(requirement),
    }
}

/// `None` if the actor's own will is enough.
pub(super) fn requirement(state: &State, actor: MemberId, act: &Act) -> Result<Option<Requirement>, Rule> {
    let role = state.member(actor).ok_or(Rule::UnknownAuthor)?.role;
    floor(state, role, act)?;
    if is_own(state, actor, act) {
        return Ok(None);
    }
    // Supporters see what is shared with them, and no more.
    if role == Role::Supporter {
        return Err(Rule::SupporterActs);
    }
    if matches!(act, Act::Rekey | Act::Checkpoint(_)) {
        return Ok(None);
    }
    let (matter, against) = matter(state, act)?;
    if role == Role::Subject && subject_suffices(state, matter) {
        return Ok(None);
    }
    if state.is_handed_over {
        return Err(Rule::HandedOver);
    }
    if matches!(grounds(act), Some(Grounds::Order(_))) {
        return Ok(None);
    }
    Ok(Some(by_policy(state, matter, against)))
}

/// What no policy and no approval makes possible.
fn floor(state: &State, actor: Role, act: &Act) -> Result<(), Rule> {
    let role = |member: &MemberId| state.member(*member).map(|member| member.role);
    match act {
        Act::AddMember(member, _) if member.role == Role::Subject && state.subject().is_some() => {
            Err(Rule::OneSubject)
        }
        Act::RemoveMember { member, .. } if role(member) == Some(Role::Subject) => Err(Rule::OneSubject),
        Act::SetRole { member, role: new }
            if role(member) == Some(Role::Subject) || *new == Role::Subject =>
        {
            Err(Rule::OneSubject)
        }
        Act::RemoveMember { member, .. } | Act::SetRole { member, .. } if leaves_nobody(state, *member) => {
            Err(Rule::LastDecider)
        }
        // Whoever goes with it could not choose the new keys.
        Act::HandOver { .. } if actor == Role::Guardian => Err(Rule::HandedOver),
        Act::RemoveDevice(removed) => match state.owner(removed.device) {
            Some(owner) if is_last(state, owner) && leaves_nobody(state, owner) => Err(Rule::LastDecider),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Whether nobody would be left to decide without this member.
fn leaves_nobody(state: &State, decider: MemberId) -> bool {
    state.member(decider).is_some_and(|member| member.role != Role::Supporter)
        && !state
            .members()
            .any(|(id, member)| id != decider && member.role != Role::Supporter && !member.devices.is_empty())
}

fn is_last(state: &State, member: MemberId) -> bool {
    state.member(member).is_some_and(|member| member.devices.size() == 1)
}

/// What is everybody's own affair.
fn is_own(state: &State, actor: MemberId, act: &Act) -> bool {
    match act {
        Act::AddDevice(device) => device.member == actor,
        Act::RemoveDevice(removed) => state.owner(removed.device) == Some(actor),
        Act::SetRole { member, role } => *member == actor && *role == Role::Supporter,
        Act::Unshare { with, .. } => *with == actor,
        Act::RemoveMember { member, .. } | Act::SetHousehold { member, .. } => *member == actor,
        Act::MakeCompartment { purpose, readers, .. } => {
            *purpose == CompartmentPurpose::Personal
                && readers.as_slice() == [actor]
                && state.member(actor).is_some_and(|member| member.role != Role::Supporter)
        }
        Act::Rename { what: Some(id), .. } => {
            let device = crate::id::DeviceId::from_bytes(*id);
            actor.as_bytes() == id || state.owner(device) == Some(actor)
        }
        _ => false,
    }
}

/// What an act is about, and the guardian whom it would remove.
fn matter(state: &State, act: &Act) -> Result<(Matter, Option<MemberId>), Rule> {
    let plain = match act {
        Act::AddMember(member, _) => match member.role {
            Role::Subject => Matter::AddSubject,
            Role::Guardian => Matter::AddGuardian,
            Role::Supporter => Matter::AddSupporter,
        },
        Act::AddDevice(device) => match state.member(device.member).ok_or(Rule::NoSuch)?.role {
            Role::Subject => Matter::SubjectDevice,
            Role::Guardian | Role::Supporter => return Err(Rule::OthersOwn),
        },
        Act::RemoveDevice(removed) => return of_removal(state, state.owner(removed.device)),
        Act::Settle { frame, .. } => return of_waiting(state, *frame),
        Act::SetRole { role: Role::Guardian, .. } => Matter::AddGuardian,
        Act::RemoveMember { member, .. } | Act::SetRole { member, .. } => {
            return of_removal(state, Some(*member));
        }
        Act::MakeCompartment { .. } => Matter::MakeCompartment,
        Act::Share { .. } => Matter::Share,
        Act::Unshare { compartment, with } => {
            // To be shut out of the record is to be removed.
            let is_record =
                state.compartment(*compartment).is_some_and(|it| it.purpose == CompartmentPurpose::Record);
            if is_record && state.guardians().any(|guardian| guardian == *with) {
                return Ok((Matter::RemoveGuardian, Some(*with)));
            }
            Matter::Unshare
        }
        Act::SetPolicy(_) => Matter::Policy,
        Act::SetBirth { evidence: None, .. } => Matter::Birth,
        Act::SetBirth { .. } | Act::ReachStage { .. } => Matter::Proved,
        Act::HandOver { .. } => Matter::HandOver,
        Act::SetHousehold { member, .. } if state.subject() != Some(*member) => return Err(Rule::OthersOwn),
        Act::Rename { .. } | Act::SetHousehold { .. } => Matter::Rename,
        Act::Rekey | Act::Checkpoint(_) => Matter::Rekey,
    };
    Ok((plain, None))
}

fn of_removal(state: &State, member: Option<MemberId>) -> Result<(Matter, Option<MemberId>), Rule> {
    let id = member.ok_or(Rule::NoSuch)?;
    match state.member(id).ok_or(Rule::NoSuch)?.role {
        Role::Subject => Ok((Matter::SubjectDevice, None)),
        Role::Guardian => Ok((Matter::RemoveGuardian, Some(id))),
        Role::Supporter => Ok((Matter::RemoveSupporter, None)),
    }
}

/// A settlement needs what the removal itself would need.
fn of_waiting(state: &State, frame: FrameId) -> Result<(Matter, Option<MemberId>), Rule> {
    match state.waiting.get(&frame).map(|act| &**act) {
        Some(Act::Settle { .. }) | None => Err(Rule::NotWaiting),
        Some(act) => matter(state, act),
    }
}

fn grounds(act: &Act) -> Option<&Grounds> {
    match act {
        Act::RemoveMember { grounds, .. } | Act::Settle { grounds, .. } => Some(grounds),
        _ => None,
    }
}

fn subject_suffices(state: &State, matter: Matter) -> bool {
    // The floor at 18: Family Law Reform Act 1969 section 1. And what has been handed over is the subject's.
    let is_floor = matter == Matter::HandOver && state.stage == Stage::Adult;
    let by_policy = state.policy.rule(matter).alone.is_some_and(|from| state.stage >= from);
    is_floor || state.is_handed_over || by_policy || state.guardians().next().is_none()
}

fn by_policy(state: &State, matter: Matter, against: Option<MemberId>) -> Requirement {
    let rule = state.policy.rule(matter);
    let eligible: Vec<_> = state.guardians().collect();
    let guardians = match rule.guardians {
        PolicyRule::ALL => eligible.len(),
        some => usize::from(some).clamp(1, eligible.len().max(1)),
    };
    let speaks = |id: &MemberId| state.member(*id).is_some_and(|member| !member.devices.is_empty());
    let asked = rule.subject.is_some_and(|from| state.stage >= from);
    let subject = state.subject().filter(|id| asked && speaks(id));
    Requirement { guardians, eligible, subject, against }
}
