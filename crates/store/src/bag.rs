//! A bag that is open on one device: what is in it, and how it changes.
//!
//! Opening takes a preamble's keys and the file's pieces ([`Opening`]). A change gives [`Pending`] frames; the host appends them durably and only then
//! confirms, so that what this says is in the bag is in the file. Nothing here decides who may do what: that is [`control`](crate::control)'s, and a change
//! that the fold would refuse is refused before it is sealed.

mod act;
mod batch;
mod content;
mod create;
mod entries;
mod finding;
mod history;
mod keys;
mod ledger;
mod merge;
mod opening;
mod own;

use std::collections::BTreeSet;

use bookbag_crypto::Entropy;
use bookbag_crypto::aead::AeadError;
use zeroize::Zeroizing;

use crate::control::{Requirement, Standing, State};
use crate::device::{DeviceCard, DeviceKeys};
use crate::event::{ControlEvent, Member};
use crate::frame::SealError;
use crate::id::{BagId, DeviceId, FrameId, MemberId};
use crate::mark::Mark;
use crate::preamble::{CopyKey, KeyRing, Preamble, Slot};
use crate::wire::WireError;

pub use act::Doing;
pub use batch::Pending;
pub use content::{Attaching, DamagedPart, Entry, NewEntry, Version};
pub use create::{Created, NewBag};
pub use finding::{Finding, FrameCheck, Problem};
pub use history::{Deed, What};
pub use merge::{Merged, Merging};
pub use opening::{OlderCopy, OpenError, Opening};

use ledger::Ledger;

/// A bag, open on one device.
pub struct Bag {
    ledger: Ledger,
    copy_key: CopyKey,
    counter: u64,
    slots: Vec<Slot>,
}

/// Why a change was not made. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The bag is damaged, or from a later version: [`Bag::findings`] says how.
    #[error("the bag is read-only: part of it is damaged or was written by a newer Bookbag")]
    ReadOnly,
    /// This device or its member is no longer in the bag.
    #[error("this device is no longer in the bag")]
    NotAMember,
    /// The policy refuses it, by this rule.
    #[error("this may not be done: {0}")]
    Refused(crate::control::Rule),
    /// Others have to agree first: propose it.
    #[error("others must agree first: propose it, and do it when they have approved")]
    NeedsApproval(Requirement),
    /// Devices came or went: new keys come first.
    #[error("that part of the bag needs new keys first")]
    RekeyFirst,
    /// The key of the compartment is not here.
    #[error("this device has no key for that part of the bag")]
    NoKey,
    /// There is no such entry, compartment, member or device.
    #[error("there is no such {0} in the bag")]
    Unknown(&'static str),
    /// The public key of a device that would have to read the new keys is not here.
    #[error("the key of a device is missing: merge a newer copy first")]
    NoCard,
    /// Beyond a limit of the format.
    #[error("too long, or too many at once: {0}")]
    Limit(#[from] WireError),
    /// Too long for a frame.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Something could not be encrypted.
    #[error(transparent)]
    Aead(#[from] AeadError),
}

impl Bag {
    /// The bag's name among bags.
    pub fn id(&self) -> BagId {
        self.ledger.bag()
    }

    /// This device.
    pub fn device(&self) -> &DeviceKeys {
        self.ledger.device()
    }

    /// Whose device this is, if it is in the bag.
    pub fn member(&self) -> Option<MemberId> {
        self.state().owner(self.ledger.device().id())
    }

    /// Members, devices, compartments, policy, as all frames together say.
    pub fn state(&self) -> &State {
        self.ledger.state()
    }

    /// What is wrong with the frames.
    pub fn findings(&self) -> &[Finding] {
        self.ledger.findings()
    }

    /// Whether nothing may be written: see [`Problem::stops_writing`].
    pub fn is_read_only(&self) -> bool {
        self.ledger.is_read_only()
    }

    /// How many frames there are.
    pub fn frames(&self) -> usize {
        self.ledger.frames().len()
    }

    /// When the last change was made, in Unix seconds by its author's clock.
    pub fn latest(&self) -> u64 {
        self.ledger.latest()
    }

    /// Who writes: this device's member, if anything may be written at all.
    fn writer(&self) -> Result<MemberId, WriteError> {
        if self.is_read_only() {
            return Err(WriteError::ReadOnly);
        }
        self.member().ok_or(WriteError::NotAMember)
    }

    /// The slots of this copy.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Takes in a change that was durably appended at this place of the file, in bytes.
    pub fn confirm(&mut self, pending: &Pending, at: u64) {
        self.ledger.enter_own(pending, at);
    }

    /// Whether a key has come for frames that had been passed over: the file is to be opened again to read them.
    pub fn needs_reopening(&self) -> bool {
        self.ledger.needs_reopening()
    }

    /// What this device should remember now.
    pub fn mark(&self) -> Mark {
        self.ledger.mark(self.counter)
    }

    /// The frames whose bodies are to be left out when the file is written anew: what was deleted, and is still stored.
    pub fn to_drop(&self) -> BTreeSet<FrameId> {
        self.ledger.to_drop()
    }

    /// What a slot of this copy has to hold to open it as this device.
    pub fn key_ring(&self) -> KeyRing {
        let seed = Zeroizing::new(*self.device().seed().as_secret_bytes());
        KeyRing { device: Some(crate::device::DeviceSeed::from_secret_bytes(seed)), ..self.key_ring_to() }
    }

    /// What a slot has to hold that is sealed to a device the bag lists.
    pub fn key_ring_to(&self) -> KeyRing {
        KeyRing { copy_key: self.copy_key.again(), device: None, control: self.ledger.control_secrets() }
    }

    /// A new preamble with these slots, for this file to be rewritten with. The counter goes up by one.
    pub fn set_slots(&mut self, slots: Vec<Slot>) -> Vec<u8> {
        self.counter += 1;
        self.slots = slots;
        Preamble::write(self.id(), self.counter, &self.slots, &self.copy_key)
    }

    /// The preamble of this copy, as it stands at the start of its file.
    pub fn preamble(&self) -> Preamble {
        Preamble::new(self.id(), self.counter, &self.slots, &self.copy_key)
    }

    /// The public keys of a device that is listed, or that somebody proposed.
    pub fn card(&self, device: DeviceId) -> Option<DeviceCard> {
        self.ledger.card(device)
    }

    /// What a removal of a device names: the last of its frames that count.
    pub fn last_of(&self, device: DeviceId) -> Vec<FrameId> {
        self.ledger.last_of(device)
    }

    /// Who made the bag, as the first frame names them; they may have left.
    pub fn founder(&self) -> Option<&Member> {
        match self.ledger.control_event(0) {
            Some(ControlEvent::Genesis(genesis)) => Some(&genesis.founder),
            _ => None,
        }
    }

    /// What a frame counts for, if it is here.
    pub fn standing(&self, frame: FrameId) -> Option<Standing> {
        self.ledger.standing(self.ledger.place(&frame)?)
    }

    /// A frame by the number that a [`Standing`] names it with.
    pub fn frame_numbered(&self, number: u32) -> Option<FrameId> {
        self.ledger.id_at(number)
    }

    /// Whether a frame is here.
    pub fn has(&self, frame: FrameId) -> bool {
        self.ledger.has(&frame)
    }

    /// Goes on as another device of the same member, which this device has just added and given all its keys.
    pub fn continue_as(&mut self, device: DeviceKeys) {
        self.ledger.continue_as(device);
    }

    /// The file was written anew without these bodies: frames that began at a place begin where `to` says.
    pub fn moved(&mut self, to: impl Fn(u64) -> u64, dropped: &BTreeSet<FrameId>) {
        self.ledger.moved(&to, dropped);
    }

    /// A new copy key: every slot has to be sealed anew, and whoever knew an old one learns nothing from this copy.
    pub fn new_copy_key(&mut self, entropy: Entropy<32>) {
        self.copy_key = CopyKey::generate(entropy);
    }
}

impl std::fmt::Debug for Bag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bag({}, {} frames)", self.id(), self.frames())
    }
}

#[cfg(test)]
mod tests;
