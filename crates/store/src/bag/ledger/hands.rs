//! What the verbs of a person need beside frames: who has which keys, what a device wrote last, and to go on as another device.

use std::collections::BTreeSet;

use super::Ledger;
use crate::device::{DeviceCard, DeviceKeys};
use crate::id::{DeviceId, FrameId};

impl Ledger {
    /// The public keys of a device that is listed, or that somebody proposed, if its sealing key was published.
    pub(in crate::bag) fn card(&self, device: DeviceId) -> Option<DeviceCard> {
        DeviceCard::from_bytes(self.fold.signing_key(&device)?, self.fold.sealing_key(&device)?).ok()
    }

    /// The frames of a device that no other frame of the device follows, of those that count. More than one, if the device was copied.
    pub(in crate::bag) fn last_of(&self, device: DeviceId) -> Vec<FrameId> {
        let theirs =
            (0..).zip(&self.frames).filter(|(place, frame)| frame.author == device && self.counts(*place));
        let mut last: BTreeSet<u32> = theirs.map(|(place, _)| place).collect();
        let Some(lowest) = last.first().copied() else { return Vec::new() };
        // Parents come before their children, so what is before the first of them follows none.
        let mut queue: Vec<u32> = last.iter().copied().collect();
        let mut seen = BTreeSet::new();
        while let Some(place) = queue.pop() {
            let parents = self.fold.parents(place);
            for parent in parents.iter().filter(|parent| **parent >= lowest) {
                last.remove(parent);
                if seen.insert(*parent) {
                    queue.push(*parent);
                }
            }
        }
        last.iter().filter_map(|place| self.id_at(*place)).collect()
    }

    /// Goes on as another device of the same member, which was listed with all the keys that this one has.
    pub(in crate::bag) fn continue_as(&mut self, device: DeviceKeys) {
        self.device = device;
    }

    /// The file was written anew: where each frame is now. Bodies that were to be left out are gone.
    pub(in crate::bag) fn moved(&mut self, to: &dyn Fn(u64) -> u64, dropped: &BTreeSet<FrameId>) {
        for frame in &mut self.frames {
            frame.at = to(frame.at);
            if dropped.contains(&frame.id) {
                frame.body_length = None;
            }
        }
    }
}
