//! Coming back by a printed sheet or by shares.
//!
//! Such a secret is a listed device that may do one thing: enrol a fresh device for its own member. That comes before anything else is written, so that nothing is ever
//! signed by a piece of paper but this.

use bookbag_store::bag::{Bag, Doing};
use bookbag_store::control::Member;
use bookbag_store::device::DeviceSeed;
use bookbag_store::event::Label;
use bookbag_store::id::MemberId;

use crate::error::VerbError;
use crate::holder::{Acting, Holder};
use crate::slots::NewSlot;

/// A bag that was opened by a sheet or by shares.
#[derive(Debug)]
pub struct Recovery(Holder);

impl Recovery {
    pub(crate) fn new(holder: Holder) -> Self {
        Self(holder)
    }

    /// What is in the bag.
    pub fn bag(&self) -> &Bag {
        self.0.bag()
    }

    /// Whose sheet it is.
    ///
    /// # Errors
    ///
    /// If it was taken out of the bag.
    pub fn member(&self) -> Result<(MemberId, &Member), VerbError> {
        self.0.me()
    }

    /// Enrols a fresh device and goes on as it. This copy gets a new key, `slot` for the person, and the recovery slots sealed anew: the sheet stays good. A
    /// device that was lost or stolen is still in the bag: remove it next.
    ///
    /// # Errors
    ///
    /// If the sheet was taken out of the bag, or there is too little memory for a passphrase.
    pub fn enrol(mut self, device: Label, slot: &NewSlot<'_>, doing: Doing) -> Result<Holder, VerbError> {
        let mut acting = Acting::new(doing);
        let (member, _) = self.0.me()?;
        self.0.whole(|holder| {
            let seed = DeviceSeed::generate(acting.random.entropy());
            holder.become_new_device(member, device, seed, &mut acting)?;
            holder.rekey_first(&mut acting)?;
            holder.new_copy_key(slot, &mut acting)
        })?;
        Ok(self.0)
    }
}
