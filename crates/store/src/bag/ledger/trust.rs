//! What of all that others brought this device builds upon, and what it does not do because somebody says so.

use std::collections::{BTreeSet, HashSet};

use super::{Arriving, Ledger, Outcome};
use crate::bag::finding::Problem;
use crate::bag::keys::OpenedUnder;
use crate::control::Standing;
use crate::frame::scan::Body;
use crate::frame::{MAX_PARENTS, Opened};
use crate::id::{CompartmentId, FrameId};
use crate::key::EpochKey;

impl Ledger {
    /// Takes in a frame of another copy. What was changed there may be whole in the next copy, so it is left.
    pub(in crate::bag) fn enter_whole(&mut self, arriving: &Arriving<'_>) -> Outcome {
        let id = arriving.head.id();
        let is_changed = match arriving.body {
            Body::Changed(_) => true,
            Body::Deleted => {
                let under = self.keys.open_header(arriving.head);
                under.is_some_and(|under| self.is_control(&under.opened))
            }
            Body::Here(_) | Body::Apart => false,
        };
        if is_changed && !self.has(&id) {
            return Outcome::Not(Problem::ContentChanged(id));
        }
        self.enter(arriving)
    }

    /// A header holds what the author signed and is not signed itself: any member can seal it again under another key. So a frame is
    /// opened by the one key that is due, and there are no two of it.
    pub(super) fn check_header_epoch(
        &mut self,
        id: FrameId,
        parents: &[u32],
        under: &OpenedUnder,
    ) -> Result<(), Problem> {
        let is_due = if self.is_control(&under.opened) {
            under.opened.epoch == under.header_epoch
        } else {
            let due = self.fold.header_epoch(parents);
            due.is_none_or(|due| due == under.header_epoch) || self.fold.is_incomplete()
        };
        if is_due { Ok(()) } else { Err(Problem::HeaderEpoch(id)) }
    }

    /// Whether a frame is of the control compartment.
    pub(super) fn is_control(&self, opened: &Opened) -> bool {
        self.keys.epoch(&opened.epoch).is_some_and(|key| key.compartment() == CompartmentId::CONTROL)
    }

    /// The frames to build upon: the last that count, and nothing that somebody without authority has piled up.
    pub(in crate::bag) fn accepted_heads(&self) -> Vec<FrameId> {
        let heads = self.fold.heads();
        let mut last =
            if heads.iter().all(|place| self.is_built_upon(*place)) { heads } else { self.last_that_count() };
        let most = usize::try_from(MAX_PARENTS).unwrap_or(usize::MAX);
        if last.len() > most {
            // This device's own first, then whatever says who may do what, then what is latest.
            let is_own = |place| self.entered(place).is_some_and(|it| it.author == self.device.id());
            last.sort_by_key(|place| {
                std::cmp::Reverse((is_own(*place), self.controls.contains_key(place), self.rank(*place)))
            });
            last.truncate(most);
        }
        let ids: BTreeSet<FrameId> = last.into_iter().filter_map(|place| self.id_at(place)).collect();
        ids.into_iter().collect()
    }

    /// What counts, and removals that wait: whoever settles them has to have seen them.
    fn is_built_upon(&self, place: u32) -> bool {
        matches!(self.standing(place), Some(Standing::Accepted | Standing::Waiting))
    }

    /// Frames that are built upon and that no other such frame follows.
    fn last_that_count(&self) -> Vec<u32> {
        // Parents come before their children, so going down, all that follow a frame have been seen before it.
        let mut followed = vec![false; self.frames.len()];
        let mut last = Vec::new();
        let end = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        for place in (0..end).rev() {
            let is_followed = followed.get(place as usize).copied().unwrap_or(true);
            let counts = self.is_built_upon(place);
            if counts && !is_followed {
                last.push(place);
            }
            if counts || is_followed {
                for parent in self.fold.parents(place) {
                    if let Some(followed) = followed.get_mut(*parent as usize) {
                        *followed = true;
                    }
                }
            }
        }
        last
    }

    /// The latest time of what is built upon. What does not count does not say what time it is.
    pub(in crate::bag) fn latest(&self) -> u64 {
        let heads = self.accepted_heads();
        let times = heads.iter().filter_map(|id| self.entered(self.place(id)?)).map(|entered| entered.time);
        times.max().unwrap_or(0)
    }

    pub(in crate::bag) fn is_read_only(&self) -> bool {
        let stops = |problem: &Problem| match problem {
            Problem::FromLater(frame) => self.place(frame).is_some_and(|place| self.counts(place)),
            other => other.stops_writing(),
        };
        self.fold.is_incomplete() || self.findings.iter().any(|finding| stops(&finding.problem))
    }

    /// Frames whose bodies a removal takes away, and that still have them.
    pub(in crate::bag) fn to_drop(&self) -> BTreeSet<FrameId> {
        let stored = |place: &u32| self.entered(*place).is_some_and(|it| it.body_length.is_some());
        self.taken_away().filter(stored).filter_map(|place| self.id_at(place)).collect()
    }

    /// In which compartment a frame stands, as far as that is known here.
    pub(in crate::bag) fn compartment_of(&self, place: u32) -> Option<CompartmentId> {
        let epoch = self.entered(place)?.epoch;
        let known = self.keys.epoch(&epoch).map(EpochKey::compartment);
        known.or_else(|| self.epochs.get(&epoch).map(|(compartment, _)| *compartment))
    }

    /// What removals name that count and may name it: an entry's puts and their parts, in the removal's own compartment.
    fn taken_away(&self) -> impl Iterator<Item = u32> {
        self.entries.removals().filter_map(|(removal, id, named)| {
            let place = self.place(&id)?;
            let is_there = self.compartment_of(place)? == self.compartment_of(removal)?;
            (is_there && self.counts(removal) && self.entries.may_be(place, named)).then_some(place)
        })
    }

    /// Bodies that are not here though nobody removed what they hold.
    pub(super) fn find_missing_bodies(&mut self) {
        let is_gone = |(place, frame): (u32, &super::Entered)| {
            let is_hole = frame.head_length == 0;
            let compartment = self.keys.epoch(&frame.epoch).map(EpochKey::compartment);
            let reads = compartment.is_some_and(|id| id != CompartmentId::CONTROL);
            (frame.body_length.is_none() && !is_hole && reads).then_some(place)
        };
        let mut gone: Vec<u32> = (0..).zip(&self.frames).filter_map(is_gone).collect();
        if !gone.is_empty() {
            let removed: HashSet<u32> = self.taken_away().collect();
            gone.retain(|place| !removed.contains(place) && self.counts(*place));
        }
        for place in gone {
            self.find(place, Problem::ContentChanged);
        }
    }
}
