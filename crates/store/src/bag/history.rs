//! Who did what, and when.

use super::Bag;
use crate::control::Standing;
use crate::event::{Act, ControlEvent, Put};
use crate::id::{DeviceId, EntryId, FrameId};

/// One frame, as a person wants to know of it.
#[derive(Debug, Clone)]
pub struct Deed<'b> {
    /// The frame.
    pub frame: FrameId,
    /// The device that signed it.
    pub author: DeviceId,
    /// When, in Unix seconds by its clock.
    pub time: u64,
    /// Whether it counts.
    pub standing: Standing,
    /// What it did.
    pub what: What<'b>,
}

/// What a frame did.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum What<'b> {
    /// Made the bag.
    Made,
    /// Changed who may do what.
    Act(&'b Act),
    /// Proposed such a change.
    Proposed(&'b Act),
    /// Agreed with a proposal.
    Approved(FrameId),
    /// Brought a public key, or gave a device the key of an epoch.
    Keys,
    /// Kept something.
    Put(Put<'b>),
    /// Removed something.
    Removed(EntryId),
    /// Part of an attachment, something removed since, or something in a compartment this device does not read.
    Closed,
}

impl Bag {
    /// Every frame, in the order of the fold.
    pub fn history(&self) -> impl Iterator<Item = Deed<'_>> {
        self.ledger.order().into_iter().filter_map(|place| {
            let entered = self.ledger.entered(place)?;
            Some(Deed {
                frame: entered.id,
                author: entered.author,
                time: entered.time,
                standing: self.ledger.standing(place)?,
                what: self.what(place),
            })
        })
    }

    fn what(&self, place: u32) -> What<'_> {
        match self.ledger.control_event(place) {
            Some(ControlEvent::Genesis(_)) => return What::Made,
            Some(ControlEvent::Change(change)) => return What::Act(&change.act),
            Some(ControlEvent::Proposal(act)) => return What::Proposed(act),
            Some(ControlEvent::Approval(proposal)) => return What::Approved(*proposal),
            Some(_) => return What::Keys,
            None => {}
        }
        let entries = self.ledger.entries();
        if let Some(put) = entries.put_of(place) {
            return What::Put(put);
        }
        entries.removal_of(place).map_or(What::Closed, What::Removed)
    }
}
