//! What removals take away: entries of their own compartment, and nothing else.
//!
//! The names of all frames stand in clear in the file, so anybody who may write somewhere can write a removal that names whatever they like: somebody
//! else's diary, a key, the first frame. Such names have no effect, since a body that is once dropped is lost.

use std::collections::BTreeSet;

use super::Ledger;
use crate::bag::entries::Removing;
use crate::id::{CompartmentId, FrameId};

impl Ledger {
    /// Whether a put was removed.
    pub(in crate::bag) fn is_removed(&self, put: &FrameId) -> bool {
        self.entries.removals_of(put).any(|removal| self.counts(removal.frame) && self.removes(removal, put))
    }

    /// Frames whose bodies a removal takes away, and that still have them.
    pub(in crate::bag) fn to_drop(&self) -> BTreeSet<FrameId> {
        let removals = self.entries.removals().iter().filter(|removal| self.counts(removal.frame));
        let named = removals.flat_map(|removal| {
            let puts = removal.puts.iter().filter(|put| self.removes(removal, put));
            puts.chain(removal.parts.iter().filter(|part| self.removes_part(removal, part)))
        });
        named.filter(|id| self.is_stored(id)).copied().collect()
    }

    /// Whether it is a put of the entry, in the compartment of the removal.
    fn removes(&self, removal: &Removing, put: &FrameId) -> bool {
        self.place(put).is_some_and(|place| {
            self.is_beside(removal, place)
                && self.entries.put_of(place).is_some_and(|put| put.entry == removal.entry)
        })
    }

    /// Whether it can be a part: in the compartment of the removal, and neither put nor removal.
    fn removes_part(&self, removal: &Removing, part: &FrameId) -> bool {
        self.place(part).is_some_and(|place| {
            self.is_beside(removal, place)
                && self.entries.put_of(place).is_none()
                && self.entries.removal_of(place).is_none()
        })
    }

    fn is_beside(&self, removal: &Removing, place: u32) -> bool {
        let compartment = self.compartment_of(removal.frame);
        compartment.is_some() && compartment == self.compartment_of(place)
    }

    /// The compartment of a frame, if this device has the key of its epoch.
    fn compartment_of(&self, place: u32) -> Option<CompartmentId> {
        self.key(&self.entered(place)?.epoch).map(|key| key.compartment())
    }

    fn is_stored(&self, id: &FrameId) -> bool {
        let entered = self.place(id).and_then(|place| self.entered(place));
        entered.is_some_and(|entered| entered.body_length.is_some())
    }
}
