//! Who and what a bag consists of, as its control frames make it.
//!
//! All maps share their parts with the states they grew from, so keeping one state for each change costs little.

use std::sync::Arc;

use rpds::{ListSync, RedBlackTreeMapSync, RedBlackTreeSetSync};

use crate::event::{Act, CompartmentPurpose, Date, Device, Label, Policy, Role, Stage};
use crate::id::{BagId, Commitment, CompartmentId, DeviceId, EpochId, FrameId, MemberId};

pub(crate) type Map<K, V> = RedBlackTreeMapSync<K, V>;
/// A set that shares its parts with its copies.
pub type Set<K> = RedBlackTreeSetSync<K>;

/// How many epochs of a compartment, newest first, may be the one to write in.
const RECENT_EPOCHS: usize = 64;

/// The authority of a bag after some set of frames. Equal sets give equal states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(super) bag: BagId,
    pub(super) name: Label,
    pub(super) control: CompartmentId,
    pub(super) members: Map<MemberId, Member>,
    pub(super) gone: Set<MemberId>,
    pub(super) devices: Map<DeviceId, Listed>,
    pub(super) compartments: Map<CompartmentId, Compartment>,
    pub(super) epochs: Map<EpochId, Epoch>,
    pub(super) policy: Arc<Policy>,
    pub(super) stage: Stage,
    pub(super) birth: Option<Birth>,
    pub(super) proposals: Map<FrameId, Proposal>,
    pub(super) approvals: Map<FrameId, (FrameId, MemberId)>,
    /// To whom a device has wrapped the key of an epoch.
    pub(super) wraps: Map<(EpochId, DeviceId), Set<DeviceId>>,
    /// SHA-256 of each sealing key that was published.
    pub(super) sealing: Set<[u8; 32]>,
    /// Removals that wait for a settlement.
    pub(super) waiting: Map<FrameId, Arc<Act>>,
    pub(super) is_handed_over: bool,
}

/// Somebody who is a member now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What they are to the bag.
    pub role: Role,
    /// How they are called.
    pub name: Label,
    /// The compartment of their home.
    pub household: Option<CompartmentId>,
    /// Their devices that have not been removed.
    pub devices: Set<DeviceId>,
}

/// A device that is or was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What was said when it was added, with its present name.
    pub device: Device,
    /// By which frame it was added.
    pub added_by: FrameId,
    /// Whether it has not been removed.
    pub is_active: bool,
}

/// A part of the bag with its own key and readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compartment {
    /// What it is for.
    pub purpose: CompartmentPurpose,
    /// How it is called.
    pub name: Label,
    /// Who reads it. For the control compartment, where it is every member, this is empty.
    pub readers: Set<MemberId>,
    /// Its epochs, newest first.
    pub epochs: ListSync<EpochId>,
}

/// The time of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// Of which compartment.
    pub compartment: CompartmentId,
    /// To its key.
    pub commitment: Commitment,
    /// The devices that were given its key.
    pub recipients: Set<DeviceId>,
}

/// The subject's birth date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Birth {
    /// The date.
    pub date: Date,
    /// Whether a trusted issuer says so, rather than somebody having typed it.
    pub is_proved: bool,
}

/// An act that somebody would have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What.
    pub act: Arc<Act>,
    /// By whom.
    pub by: MemberId,
    /// Who else agrees, each with the frame that says so.
    pub approvals: RedBlackTreeMapSync<MemberId, FrameId>,
    /// Whether a change has been made because of it.
    pub is_done: bool,
}

impl State {
    /// Which bag.
    pub const fn bag(&self) -> BagId {
        self.bag
    }

    /// The bag's name.
    pub const fn name(&self) -> &Label {
        &self.name
    }

    /// The control compartment.
    pub const fn control(&self) -> CompartmentId {
        self.control
    }

    /// The members.
    pub fn members(&self) -> impl Iterator<Item = (MemberId, &Member)> {
        self.members.iter().map(|(id, member)| (*id, member))
    }

    /// One member.
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(&id)
    }

    /// The member who is the subject.
    pub fn subject(&self) -> Option<MemberId> {
        self.members().find(|(_, member)| member.role == Role::Subject).map(|(id, _)| id)
    }

    /// The guardians.
    pub fn guardians(&self) -> impl Iterator<Item = MemberId> {
        self.members().filter(|(_, member)| member.role == Role::Guardian).map(|(id, _)| id)
    }

    /// All devices that are or were listed.
    pub fn devices(&self) -> impl Iterator<Item = (DeviceId, &Listed)> {
        self.devices.iter().map(|(id, device)| (*id, device))
    }

    /// One device.
    pub fn device(&self, id: DeviceId) -> Option<&Listed> {
        self.devices.get(&id)
    }

    /// The compartments.
    pub fn compartments(&self) -> impl Iterator<Item = (CompartmentId, &Compartment)> {
        self.compartments.iter().map(|(id, compartment)| (*id, compartment))
    }

    /// One compartment.
    pub fn compartment(&self, id: CompartmentId) -> Option<&Compartment> {
        self.compartments.get(&id)
    }

    /// One epoch.
    pub fn epoch(&self, id: EpochId) -> Option<&Epoch> {
        self.epochs.get(&id)
    }

    /// Who may decide what.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How far the subject has grown.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// The subject's birth date, if it is known.
    pub const fn birth(&self) -> Option<Birth> {
        self.birth
    }

    /// The proposals, done or open.
    pub fn proposals(&self) -> impl Iterator<Item = (FrameId, &Proposal)> {
        self.proposals.iter().map(|(id, proposal)| (*id, proposal))
    }

    /// Removals that wait for a settlement.
    pub fn waiting(&self) -> impl Iterator<Item = (FrameId, &Act)> {
        self.waiting.iter().map(|(id, act)| (*id, &**act))
    }

    /// Whether control has passed to the subject.
    pub const fn is_handed_over(&self) -> bool {
        self.is_handed_over
    }

    /// Whether a member reads a compartment.
    pub fn reads(&self, member: MemberId, compartment: CompartmentId) -> bool {
        if compartment == self.control {
            return self.members.contains_key(&member);
        }
        self.compartment(compartment).is_some_and(|compartment| compartment.readers.contains(&member))
    }

    /// The devices that must be able to read a compartment: all of its readers' devices, recovery devices too.
    pub fn entitled(&self, compartment: CompartmentId) -> Set<DeviceId> {
        let readers = self.members.iter().filter(|(id, _)| self.reads(**id, compartment));
        readers.flat_map(|(_, member)| member.devices.iter().copied()).collect()
    }

    /// The epoch that a device writes in: the newest whose recipients are exactly the entitled devices. If there is none, the next
    /// writer re-keys first.
    pub fn writable_epoch(&self, compartment: CompartmentId) -> Option<EpochId> {
        let entitled = self.entitled(compartment);
        let mut epochs = self.compartment(compartment)?.epochs.iter().take(RECENT_EPOCHS);
        epochs.find(|id| self.epochs.get(id).is_some_and(|epoch| epoch.recipients == entitled)).copied()
    }

    /// Whose device it is, if the device is active.
    pub fn owner(&self, device: DeviceId) -> Option<MemberId> {
        self.device(device).filter(|listed| listed.is_active).map(|listed| listed.device.member)
    }
}
