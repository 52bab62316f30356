//! Leaving with a copy: a new bag of one's own.
//!
//! The new bag has new keys and a new name; nothing in the old one speaks of it, and nothing in the new one of the old. Who may take a copy is who decides about the
//! record: its subject and guardians. They take what they may decide about alone: the record, their own home's compartment, their own things. Another home's compartment that was
//! shared with them stays, and so does what only members know: policy proposals, keys, history.

use bookbag_store::bag::{Doing, Entry, NewBag, NewEntry};
use bookbag_store::event::{CompartmentPurpose, Content, Role};
use bookbag_store::id::CompartmentId;
use zeroize::Zeroizing;

use crate::attach::Detaching;
use crate::entries::Where;
use crate::error::VerbError;
use crate::holder::{Acting, Holder, Made};
use crate::slots::NewSlot;

/// Reads a frame of the file: from where it begins, so many bytes. The host's read.
pub type Frames<'f> = &'f mut dyn FnMut(u64, u64) -> Option<Vec<u8>>;

impl Holder {
    /// Makes a new bag with a copy of what this member may take, in the compartments of the same purpose. `frames` reads this bag's file, for attachments. This bag is not changed:
    /// [`Self::leave`] is another step.
    ///
    /// # Errors
    ///
    /// If this member may not, or part of an attachment is missing or damaged in this copy.
    pub fn copy_to_new_bag(
        &self,
        new: NewBag,
        slot: &NewSlot<'_>,
        frames: Frames<'_>,
        doing: Doing,
    ) -> Result<Made, VerbError> {
        let mut acting = Acting::new(doing);
        let (_, me) = self.me()?;
        if me.role == Role::Supporter {
            return Err(VerbError::MayNotTake);
        }
        let mut made = Self::make(new, slot, acting.doing())?;
        for entry in self.bag.entries() {
            if let Some(place) = self.place_in(&made.holder, entry.current.compartment) {
                self.copy_entry(&entry, &mut made, (place, &mut *frames), &mut acting)?;
            }
        }
        Ok(made)
    }

    /// The compartment of the new bag for what stands in one of this; `None` for what stays here.
    fn place_in(&self, new: &Self, from: CompartmentId) -> Option<CompartmentId> {
        match self.state().compartment(from)?.purpose {
            CompartmentPurpose::Record => new.record(),
            CompartmentPurpose::Household if self.household() == Some(from) => new.household(),
            CompartmentPurpose::Control | CompartmentPurpose::Household => None,
            CompartmentPurpose::Personal => new.personal(),
        }
    }

    fn copy_entry(
        &self,
        entry: &Entry<'_>,
        made: &mut Made,
        (place, frames): (CompartmentId, Frames<'_>),
        acting: &mut Acting,
    ) -> Result<(), VerbError> {
        let put = &entry.current.put;
        let tags: Vec<(&str, &str)> = put.tags.iter().collect();
        let content = match &put.content {
            Content::Inline(bytes) => *bytes,
            Content::Attached(_) => b"",
        };
        let new = NewEntry { name: put.name, media_type: put.media_type, tags: &tags, content };
        match Detaching::of(&put.content) {
            None => made.holder.put(&new, Where::In(place), acting.doing()).map(drop)?,
            Some(detaching) => self.copy_attachment(detaching, &new, made, (place, frames), acting)?,
        }
        made.write();
        Ok(())
    }

    fn copy_attachment(
        &self,
        mut detaching: Detaching,
        new: &NewEntry<'_>,
        made: &mut Made,
        (place, frames): (CompartmentId, Frames<'_>),
        acting: &mut Acting,
    ) -> Result<(), VerbError> {
        let mut attachment = made.holder.attach(new.media_type, Where::In(place), acting.doing())?;
        while let Some(part) = self.next_part(&mut detaching, &mut *frames) {
            made.holder.attach_part(&mut attachment, &part?, acting.doing())?;
            made.write();
        }
        detaching.finish()?;
        made.holder.attached(attachment, new, acting.doing()).map(drop)
    }

    /// The next part of an attachment, read by the host.
    pub(crate) fn next_part(
        &self,
        detaching: &mut Detaching,
        frames: Frames<'_>,
    ) -> Option<Result<Zeroizing<Vec<u8>>, VerbError>> {
        let place = detaching.next_part(self)?;
        Some(place.and_then(|(_, at, length)| {
            let frame = frames(at, length).ok_or(VerbError::PartMissing)?;
            detaching.part(self, &frame)
        }))
    }
}

impl Made {
    /// Puts what the holder left to be written into the file in memory.
    fn write(&mut self) {
        self.file.extend_from_slice(&self.holder.take_changes().append);
    }
}
