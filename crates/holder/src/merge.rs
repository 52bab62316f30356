//! Another copy of the same bag.

use std::collections::HashSet;

use bookbag_store::bag::{Finding, Merged};
use bookbag_store::control::Standing;
use bookbag_store::frame::scan::{Piece, Scanner};
use bookbag_store::id::{EntryId, FrameId};

use crate::error::VerbError;
use crate::history::Line;
use crate::holder::Holder;
use crate::open::Locked;

/// What a merge brought.
#[derive(Debug, Default)]
pub struct MergeReport {
    /// How many frames were new.
    pub new: usize,
    /// What came, in words, but for what does not count.
    pub came: Vec<Line>,
    /// What is kept and does not count: quarantined, refused or waiting. Also what was here before and counts no longer.
    pub set_aside: Vec<Line>,
    /// Entries that two people changed without having seen the other's change: the last is shown, the others beside it.
    pub conflicts: Vec<EntryId>,
    /// Removals that wait for the others to settle them.
    pub waiting: Vec<FrameId>,
    /// What of the other copy was not taken, and why.
    pub findings: Vec<Finding>,
    /// Keys have come for what had been passed over: the file has to be opened again to read it.
    pub needs_reopening: bool,
}

impl Holder {
    /// Takes in what another copy has and this one has not. The other copy is in memory, whole.
    ///
    /// # Errors
    ///
    /// If it is no bag, or another one.
    pub fn merge_file(&mut self, other: &[u8]) -> Result<MergeReport, VerbError> {
        // A copy whose start is damaged has its frames all the same.
        let start = match Locked::read(other) {
            Ok(locked) if locked.bag() != self.id() => return Err(VerbError::OtherBag),
            Ok(locked) => locked.frames_at(),
            Err(_) => 0,
        };
        let starts: Vec<(u64, u64)> = pieces(other, start, self.id())
            .filter_map(|piece| match piece {
                Piece::Frame { at, ref head, body } => {
                    let length = match body {
                        bookbag_store::frame::scan::Body::Deleted => 0,
                        bookbag_store::frame::scan::Body::Here(bytes)
                        | bookbag_store::frame::scan::Body::Changed(bytes) => bytes.len() as u64,
                        bookbag_store::frame::scan::Body::Apart => head.stored_body_length().unwrap_or(0),
                    };
                    Some((at, head.head_length() as u64 + length))
                }
                _ => None,
            })
            .collect();
        if start == 0 && starts.is_empty() {
            return Err(VerbError::OtherBag);
        }
        let mut frames = starts.into_iter().filter_map(|(at, length)| {
            let from = usize::try_from(at).ok()?;
            let bytes = other.get(from..from + usize::try_from(length).ok()?)?;
            Some((at, bytes.to_vec()))
        });
        self.merge(&mut || frames.next())
    }

    /// Takes in the frames of another copy, one after the other: where each stands in that file, and all of it, attachments' parts too.
    ///
    /// # Errors
    ///
    /// If an earlier verb failed half-way.
    pub fn merge(
        &mut self,
        frames: &mut dyn FnMut() -> Option<(u64, Vec<u8>)>,
    ) -> Result<MergeReport, VerbError> {
        let aside_before = self.set_aside();
        let end = self.length();
        let merged = self.whole(|holder| {
            let mut merging = holder.bag.merge(end);
            while let Some((at, frame)) = frames() {
                merging.frame(at, &frame);
            }
            let merged = merging.finish();
            holder.append(&merged.bytes);
            Ok(merged)
        })?;
        self.forget_deleted();
        Ok(self.report(merged, &aside_before))
    }

    /// What another copy's removals took away goes from this file too, and slots of devices that are gone.
    fn forget_deleted(&mut self) {
        self.drop_gone_slots();
        if !self.bag.to_drop().is_empty() {
            self.rewrite(self.bag.slots().to_vec());
        }
    }

    fn set_aside(&self) -> HashSet<FrameId> {
        let aside = self.bag.history().filter(|deed| deed.standing != Standing::Accepted);
        aside.map(|deed| deed.frame).collect()
    }

    fn report(&self, merged: Merged, aside_before: &HashSet<FrameId>) -> MergeReport {
        let new: HashSet<FrameId> = merged.new.iter().copied().collect();
        let (mut came, mut set_aside) = (Vec::new(), Vec::new());
        for line in self.history() {
            let is_new = new.contains(&line.frame);
            match line.standing {
                Standing::Accepted if is_new => came.push(line),
                Standing::Accepted => {}
                _ if is_new || !aside_before.contains(&line.frame) => set_aside.push(line),
                _ => {}
            }
        }
        MergeReport {
            new: merged.new.len(),
            came,
            set_aside,
            conflicts: self.conflicts(),
            waiting: self.state().waiting().map(|(frame, _)| frame).collect(),
            findings: merged.findings,
            needs_reopening: self.bag.needs_reopening(),
        }
    }

    /// Entries that say two things at once.
    pub fn conflicts(&self) -> Vec<EntryId> {
        self.bag.entries().filter(|entry| !entry.besides.is_empty()).map(|entry| entry.id).collect()
    }
}

fn pieces(file: &[u8], start: u64, bag: bookbag_store::id::BagId) -> impl Iterator<Item = Piece<'_>> {
    Scanner::new(Some(bag), start..file.len() as u64).pieces(file)
}
