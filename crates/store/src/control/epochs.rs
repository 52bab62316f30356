//! Which keys a change has to bring: new epochs, and wraps for whoever is added.
//!
//! The writer plans with these functions and the fold judges with them, so that the two cannot disagree.

use std::collections::BTreeSet;

use super::rule::Rule;
use super::state::{Set, State};
use crate::event::{Act, CompartmentPurpose, EpochStart};
use crate::id::{CompartmentId, DeviceId, EpochId, MemberId};

/// The state after an act and before its epochs.
fn after(state: &State, author: DeviceId, act: &Act) -> State {
    let mut after = state.clone();
    // Which frame it will be does not matter to keys.
    after.act(crate::id::FrameId::from_bytes([0; 32]), author, act);
    after
}

/// The epochs that a change by this device must start, each with the devices to whom it wraps the key before the change.
pub fn epochs_to_start(state: &State, author: DeviceId, act: &Act) -> Vec<(CompartmentId, Vec<DeviceId>)> {
    let after = after(state, author, act);
    let starts = must_start(state, &after, author, act).into_iter();
    starts.map(|id| (id, after.entitled(id).iter().copied().collect())).collect()
}

/// The wraps of epochs that there are already, which this device has to write before a change that adds a device or shares from the
/// start. What it has wrapped before is left out.
pub fn missing_wraps(state: &State, author: DeviceId, act: &Act) -> Vec<(EpochId, DeviceId)> {
    let due = wraps_due(state, author, act).into_iter();
    due.filter(|(epoch, device)| !state.wrapped(*epoch, author).contains(device)).collect()
}

/// Whether the author goes by its own act: then it is for those who stay to choose new keys.
pub(super) fn is_leaving(state: &State, author: DeviceId, act: &Act) -> bool {
    match act {
        Act::RemoveDevice(removed) => removed.device == author,
        Act::RemoveMember { member, .. } => state.owner(author) == Some(*member),
        _ => false,
    }
}

pub(super) fn must_start(
    before: &State,
    after: &State,
    author: DeviceId,
    act: &Act,
) -> BTreeSet<CompartmentId> {
    if is_leaving(before, author, act) {
        return BTreeSet::new();
    }
    let named = match act {
        Act::MakeCompartment { id, .. } => Some(*id),
        Act::Share { compartment, from_start: false, .. } => Some(*compartment),
        _ => None,
    };
    let is_concerned = |id: &CompartmentId| match act {
        Act::HandOver { .. } => is_handed_over(after, *id),
        _ => loses(before, after, *id),
    };
    let concerned = after.compartments.keys().copied().filter(is_concerned).chain(named);
    // Who does not read a compartment, such as the other home's, must not choose its keys either: its readers re-key it first
    // when they next write there.
    let reads = |id: &CompartmentId| before.owner(author).is_some_and(|member| after.reads(member, *id));
    concerned.filter(reads).filter(|id| !after.entitled(*id).is_empty()).collect()
}

/// At handover everything but the others' own gets new keys.
fn is_handed_over(after: &State, id: CompartmentId) -> bool {
    after.subject().is_some_and(|subject| after.reads(subject, id))
}

/// Whether a device that was entitled is no longer.
fn loses(before: &State, after: &State, id: CompartmentId) -> bool {
    let entitled = after.entitled(id);
    before.entitled(id).iter().any(|device| !entitled.contains(device))
}

/// Checks the epochs that a change starts.
pub(super) fn check_starts(
    before: &State,
    after: &State,
    author: DeviceId,
    change: (&Act, &[EpochStart]),
) -> Result<(), Rule> {
    let (act, starts) = change;
    if is_leaving(before, author, act) && !starts.is_empty() {
        return Err(Rule::LeaverStarts);
    }
    let started: BTreeSet<_> = starts.iter().map(|start| start.compartment).collect();
    let ids: BTreeSet<_> = starts.iter().map(|start| start.commitment.epoch()).collect();
    let used = ids.iter().any(|id| before.epochs.contains_key(id));
    if used || ids.len() != starts.len() || started.len() != starts.len() {
        return Err(Rule::UsedBefore);
    }
    if !must_start(before, after, author, act).is_subset(&started) {
        return Err(Rule::RekeyMissing);
    }
    let member = before.owner(author).ok_or(Rule::UnknownAuthor)?;
    starts.iter().try_for_each(|start| check_start(before, after, (author, member), start))
}

fn check_start(
    before: &State,
    after: &State,
    (author, member): (DeviceId, MemberId),
    start: &EpochStart,
) -> Result<(), Rule> {
    let compartment = after.compartment(start.compartment).ok_or(Rule::NoSuch)?;
    if !after.reads(member, start.compartment) {
        return Err(Rule::NotReader);
    }
    let recipients = before.wrapped(start.commitment.epoch(), author);
    let is_empty = compartment.purpose != CompartmentPurpose::Control && compartment.readers.is_empty();
    if is_empty || recipients != after.entitled(start.compartment) {
        return Err(Rule::Recipients);
    }
    Ok(())
}

/// Checks that whoever is added was given the keys due to them.
pub(super) fn check_wraps(state: &State, author: DeviceId, act: &Act) -> Result<(), Rule> {
    if missing_wraps(state, author, act).is_empty() { Ok(()) } else { Err(Rule::WrapMissing) }
}

/// A member's further device gets every epoch that the author has of what the member reads; a new member the control compartment; a
/// reader from the start all of the compartment that the author has.
fn wraps_due(state: &State, author: DeviceId, act: &Act) -> Vec<(EpochId, DeviceId)> {
    let (compartments, devices): (Vec<CompartmentId>, Set<DeviceId>) = match act {
        Act::AddMember(_, device) => (vec![state.control], std::iter::once(device.id()).collect()),
        Act::AddDevice(device) => {
            let reads = |id: &CompartmentId| state.reads(device.member, *id);
            let read = state.compartments.keys().copied().filter(reads).collect();
            (read, std::iter::once(device.id()).collect())
        }
        Act::Share { compartment, with, from_start: true } => {
            let Some(member) = state.member(*with) else { return Vec::new() };
            (vec![*compartment], member.devices.clone())
        }
        _ => return Vec::new(),
    };
    let epochs = compartments.iter().filter_map(|id| state.compartment(*id));
    let epochs = epochs.flat_map(|compartment| compartment.epochs.iter());
    let held =
        epochs.filter(|id| state.epochs.get(id).is_some_and(|epoch| epoch.recipients.contains(&author)));
    held.flat_map(|epoch| devices.iter().map(|device| (*epoch, *device))).collect()
}
