//! Attachments: what is too long for one frame, written and read part by part.

use bookbag_crypto::GrowingSha256;
use bookbag_store::bag::{Attaching, Doing, NewEntry};
use bookbag_store::event::{Content, MAX_PART_BYTES};
use bookbag_store::id::{EntryId, FrameId};
use zeroize::Zeroizing;

use crate::entries::Where;
use crate::error::VerbError;
use crate::holder::{Acting, Holder};

/// An attachment that is being written.
#[derive(Debug)]
pub struct Attachment {
    attaching: Attaching,
    hash: GrowingSha256,
    is_last: bool,
}

/// An attachment that is being read. Its parts are in the file; the host reads them.
pub struct Detaching {
    key: Zeroizing<[u8; 32]>,
    parts: Vec<FrameId>,
    next: usize,
    length: u64,
    read: u64,
    expected: [u8; 32],
    hash: GrowingSha256,
}

impl Holder {
    /// Begins an attachment. Parts whose attachment is never finished are dead weight and nothing more.
    ///
    /// # Errors
    ///
    /// If the writer may not write there.
    pub fn attach(&mut self, media_type: &str, place: Where, doing: Doing) -> Result<Attachment, VerbError> {
        let mut acting = Acting::new(doing);
        let compartment = self.place_for(media_type, place)?;
        self.may_write(compartment)?;
        self.whole(|holder| {
            holder.rekey_first(&mut acting)?;
            let attaching = holder.bag.attach(compartment, acting.doing())?;
            Ok(Attachment { attaching, hash: GrowingSha256::new(), is_last: false })
        })
    }

    /// Writes the next part: [`MAX_PART_BYTES`], or fewer if it is the last. The host may take and write the changes after each.
    ///
    /// # Errors
    ///
    /// If a part follows that was shorter.
    pub fn attach_part(
        &mut self,
        attachment: &mut Attachment,
        bytes: &[u8],
        doing: Doing,
    ) -> Result<(), VerbError> {
        if attachment.is_last || bytes.len() > MAX_PART_BYTES {
            return Err(VerbError::PartLength);
        }
        attachment.is_last = bytes.len() < MAX_PART_BYTES;
        attachment.hash.update(bytes);
        self.whole(|holder| {
            let pending = holder.bag.attach_part(&mut attachment.attaching, bytes, doing)?;
            holder.add(&pending).map(drop)
        })
    }

    /// Keeps the entry that the parts belong to. Its own `content` is not looked at.
    ///
    /// # Errors
    ///
    /// If there is no part, or its name or tags are too long.
    pub fn attached(
        &mut self,
        attachment: Attachment,
        entry: &NewEntry<'_>,
        doing: Doing,
    ) -> Result<EntryId, VerbError> {
        let hash = attachment.hash.finish();
        self.whole(|holder| {
            let (id, pending) = holder.bag.attached(&attachment.attaching, entry, hash, doing)?;
            holder.add(&pending)?;
            Ok(id)
        })
    }

    /// What it takes to read an attachment; `None` if the entry's content stands in its frame.
    ///
    /// # Errors
    ///
    /// If there is no such entry.
    pub fn detach(&self, id: EntryId) -> Result<Option<Detaching>, VerbError> {
        let entry = self.bag.entry(&id).ok_or(VerbError::NoSuch { what: "entry" })?;
        Ok(Detaching::of(&entry.current.put.content))
    }
}

impl Detaching {
    pub(crate) fn of(content: &Content<'_>) -> Option<Self> {
        let Content::Attached(attached) = content else { return None };
        Some(Self {
            key: Zeroizing::new(*attached.key),
            parts: attached.parts.iter().collect(),
            next: 0,
            length: attached.length,
            read: 0,
            expected: attached.hash,
            hash: GrowingSha256::new(),
        })
    }

    /// Of the whole, in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The frame of the next part, and where it stands in the file: its beginning and length, in bytes. `None` after the last.
    pub fn next_part(&self, holder: &Holder) -> Option<Result<(FrameId, u64, u64), VerbError>> {
        let frame = *self.parts.get(self.next)?;
        let place = holder.bag.place_of(frame).map(|(at, length)| (frame, at, length));
        Some(place.ok_or(VerbError::PartMissing))
    }

    /// Opens the next part from its whole frame.
    ///
    /// # Errors
    ///
    /// If it is not that part, unchanged.
    pub fn part(&mut self, holder: &Holder, frame: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerbError> {
        let expected = self.parts.get(self.next).ok_or(VerbError::PartDamaged)?;
        let is_expected = bookbag_store::frame::Head::read(frame).is_ok_and(|head| head.id() == *expected);
        if !is_expected {
            return Err(VerbError::PartDamaged);
        }
        let part =
            holder.bag.open_part(&self.key, self.next as u64, frame).map_err(|_| VerbError::PartDamaged)?;
        self.next += 1;
        self.read += part.len() as u64;
        self.hash.update(&part);
        Ok(part)
    }

    /// Sees that the parts were the whole.
    ///
    /// # Errors
    ///
    /// If parts are missing, or the whole is not what was put.
    pub fn finish(self) -> Result<(), VerbError> {
        if self.next < self.parts.len() {
            return Err(VerbError::PartMissing);
        }
        let is_whole = self.read == self.length && self.hash.finish() == self.expected;
        if is_whole { Ok(()) } else { Err(VerbError::PartDamaged) }
    }
}

impl std::fmt::Debug for Detaching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Detaching({} bytes)", self.length)
    }
}
