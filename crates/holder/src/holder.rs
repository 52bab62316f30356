//! An open bag in somebody's hands.

use std::collections::BTreeSet;

use bookbag_crypto::{Entropy, SaltStream};
use bookbag_store::bag::{Bag, Doing, NewBag, Pending};
use bookbag_store::control::{Member, State};
use bookbag_store::device::DeviceSeed;
use bookbag_store::id::{BagId, FrameId, MemberId};

use crate::changes::{Changes, Rewrite};
use crate::error::VerbError;
use crate::open::Unlocked;
use crate::slots::NewSlot;
use crate::witness;

/// An open bag, and the verbs over it. A verb is in memory when it returns; [`Self::take_changes`] gives what is to be written.
pub struct Holder {
    pub(crate) bag: Bag,
    /// Of the file when all changes are written, in bytes. After a rewrite this is no longer so, and the file is opened again.
    length: u64,
    outbox: Changes,
    is_stale: bool,
}

/// A new bag: who holds it, and its whole file.
#[derive(Debug)]
pub struct Made {
    /// The open bag. It has no changes to write.
    pub holder: Holder,
    /// Magic, preamble and frames.
    pub file: Vec<u8>,
}

/// The time of a verb, and its randomness, which the steps share out.
pub(crate) struct Acting {
    pub(crate) now: u64,
    pub(crate) random: SaltStream,
}

impl Acting {
    pub(crate) fn new(doing: Doing) -> Self {
        Self { now: doing.now, random: SaltStream::new(doing.entropy) }
    }

    pub(crate) fn doing(&mut self) -> Doing {
        Doing { now: self.now, entropy: self.random.entropy() }
    }
}

impl Holder {
    /// Makes a bag with one slot: a record, a household and a personal compartment, and its maker as the one member.
    ///
    /// # Errors
    ///
    /// If the names together are too long, or there is too little memory for the passphrase.
    pub fn make(new: NewBag, slot: &NewSlot<'_>, doing: Doing) -> Result<Made, VerbError> {
        let mut acting = Acting::new(doing);
        let seed = DeviceSeed::generate(acting.random.entropy());
        let created = new.create(seed, acting.doing(), witness::ours())?;
        let mut bag = created.bag;
        let sealed = slot.seal(&bag, acting.random.entropy())?;
        let mut file = bag.set_slots(vec![sealed]);
        let start = file.len() as u64;
        bag.moved(|at| at + start, &BTreeSet::new());
        file.extend_from_slice(&created.frames);
        Ok(Made { holder: Self::of(bag, file.len() as u64), file })
    }

    pub(crate) fn of(bag: Bag, length: u64) -> Self {
        Self { bag, length, outbox: Changes::default(), is_stale: false }
    }

    /// What the verbs since the last call leave to be written. A caller that cannot write it drops the holder.
    pub fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.outbox)
    }

    /// The host has written the file anew as the changes said: frames that began at a place begin where `to` says, and the file is so long now, in bytes.
    pub fn rewritten(&mut self, rewrite: &Rewrite, to: impl Fn(u64) -> u64, length: u64) {
        self.bag.moved(to, &rewrite.drop);
        self.length = length;
    }

    /// What is in the bag: members, entries, slots, findings.
    pub fn bag(&self) -> &Bag {
        &self.bag
    }

    /// Members, devices, compartments, policy.
    pub fn state(&self) -> &State {
        self.bag.state()
    }

    /// The bag's name among bags.
    pub fn id(&self) -> BagId {
        self.bag.id()
    }

    /// Length of the file when all changes are appended, in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What this device keeps outside the file, sealed for its own eyes, after each durable write.
    ///
    /// # Errors
    ///
    /// Never: a mark is short.
    pub fn mark(&self, entropy: Entropy<32>) -> Result<Vec<u8>, VerbError> {
        Ok(self.bag.mark().seal(self.bag.device(), entropy)?)
    }

    /// What opens this file again as this device without anybody's secret: after a rewrite, or an error of the disk.
    pub fn keys(&self) -> Unlocked {
        Unlocked::again(&self.bag)
    }

    /// Who holds this bag.
    ///
    /// # Errors
    ///
    /// If the device is not in the bag (any more).
    pub fn me(&self) -> Result<(MemberId, &Member), VerbError> {
        let id = self.bag.member().ok_or(VerbError::NotAMember)?;
        Ok((id, self.state().member(id).ok_or(VerbError::NotAMember)?))
    }

    /// Takes a step into memory and into the outbox.
    pub(crate) fn add(&mut self, pending: &Pending) -> Result<FrameId, VerbError> {
        self.bag.confirm(pending, self.length);
        self.append(pending.bytes());
        pending.last().ok_or(VerbError::OpenAgain)
    }

    /// Bytes that are in memory already.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.outbox.append.extend_from_slice(bytes);
    }

    /// Has the file written anew with these slots, without the bodies of what was deleted.
    pub(crate) fn rewrite(&mut self, slots: Vec<bookbag_store::preamble::Slot>) {
        let preamble = self.bag.set_slots(slots);
        self.outbox.rewrite = Some(Rewrite { preamble, drop: self.bag.to_drop() });
    }

    /// What is in memory is no longer what the file says: nothing more is done with it.
    pub(crate) fn spoil(&mut self) {
        self.is_stale = true;
    }

    /// A verb of several steps: all of them are written, or none.
    pub(crate) fn whole<T>(
        &mut self,
        verb: impl FnOnce(&mut Self) -> Result<T, VerbError>,
    ) -> Result<T, VerbError> {
        if self.is_stale {
            return Err(VerbError::OpenAgain);
        }
        let before = self.outbox.append.len();
        let result = verb(self);
        if result.is_err() && self.outbox.append.len() > before {
            // The steps are in memory and will not be in the file.
            self.outbox.append.truncate(before);
            self.is_stale = true;
        }
        result
    }
}

impl std::fmt::Debug for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Holder({})", self.bag.id())
    }
}
