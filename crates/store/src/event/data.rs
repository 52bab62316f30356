//! Events of the compartments that hold records: read without a copy.

use std::fmt;

use super::{FIRST_DATA_KIND, frame_id, frame_ids, head};
use crate::id::{EntryId, FrameId};
use crate::wire::{Reader, WireError, Writer};

/// Longest content that stands in its put, in bytes; what is longer is attached.
pub const MAX_INLINE_BYTES: usize = 60_000;

/// Longest part of an attachment, in bytes before it is sealed.
pub const MAX_PART_BYTES: usize = 1_048_064;

/// Most parts of an attachment.
pub const MAX_PARTS: u64 = 4096;

/// Most tags of an entry.
pub const MAX_TAGS: u64 = 32;

/// Most frames that a put replaces.
const MAX_REPLACED: u64 = 16;

/// Most puts that one removal names.
const MAX_REMOVED: u64 = 64;

const MAX_NAME_BYTES: usize = 200;
const MAX_TYPE_BYTES: usize = 127;
const MAX_TAG_NAME_BYTES: usize = 64;
const MAX_TAG_VALUE_BYTES: usize = 256;
/// Of Poly1305.
const TAG_BYTES: usize = 16;

/// An event outside the control compartment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataEvent<'b> {
    /// An entry is made or replaced.
    Put(Put<'b>),
    /// An entry is removed.
    Removal(Removal<'b>),
    /// A part of an attachment.
    Part(Part<'b>),
    /// Of a later day. The bag is read-only for this reader.
    Unknown {
        /// Its kind.
        kind: u64,
        /// Its version.
        version: u64,
    },
}

/// `put = [32, 1, entry, replaces, type, name, tags, content]`
#[derive(Clone, PartialEq, Eq)]
pub struct Put<'b> {
    /// Of which entry.
    pub entry: EntryId,
    /// The puts that it replaces.
    pub replaces: FrameIds<'b>,
    /// What the content is.
    pub media_type: &'b str,
    /// How the entry is called.
    pub name: &'b str,
    /// By what else it can be found.
    pub tags: Tags<'b>,
    /// What is kept.
    pub content: Content<'b>,
}

/// What an entry holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Content<'b> {
    /// The bytes.
    Inline(&'b [u8]),
    /// Where the bytes are.
    Attached(Attached<'b>),
}

/// `attached = [length, hash, key, parts]`
#[derive(Clone, PartialEq, Eq)]
pub struct Attached<'b> {
    /// Of the whole, in bytes.
    pub length: u64,
    /// SHA-256 of the whole.
    pub hash: [u8; 32],
    /// From which the keys of the parts are made. Secret.
    pub key: &'b [u8; 32],
    /// The frames that hold the parts, in order.
    pub parts: FrameIds<'b>,
}

/// `removal = [33, 1, entry, puts, parts]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal<'b> {
    /// Of which entry.
    pub entry: EntryId,
    /// All its puts.
    pub puts: FrameIds<'b>,
    /// And their parts.
    pub parts: FrameIds<'b>,
}

/// `part = [34, 1, index, sealed]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'b> {
    /// Which one, from 0.
    pub index: u64,
    /// Its bytes under a key made from the attachment's.
    pub sealed: &'b [u8],
}

/// A list of frames as it stands in the event; reading it copies nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FrameIds<'b> {
    items: u64,
    encoded: &'b [u8],
}

/// A list of tags, name and value, as it stands in the event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tags<'b> {
    items: u64,
    encoded: &'b [u8],
}

/// What a put to be written says.
#[derive(Clone, Copy)]
pub struct NewPut<'b> {
    /// Of which entry.
    pub entry: EntryId,
    /// The puts that it replaces.
    pub replaces: &'b [FrameId],
    /// What the content is.
    pub media_type: &'b str,
    /// How the entry is called.
    pub name: &'b str,
    /// By what else it can be found: names and values.
    pub tags: &'b [(&'b str, &'b str)],
    /// What is kept.
    pub content: NewContent<'b>,
}

/// The content of a put to be written.
#[derive(Clone, Copy)]
pub enum NewContent<'b> {
    /// The bytes.
    Inline(&'b [u8]),
    /// Where the bytes are.
    Attached(NewAttached<'b>),
}

/// An attachment whose parts have been written.
#[derive(Clone, Copy)]
pub struct NewAttached<'b> {
    /// Of the whole, in bytes.
    pub length: u64,
    /// SHA-256 of the whole.
    pub hash: [u8; 32],
    /// From which the keys of the parts are made. Secret.
    pub key: &'b [u8; 32],
    /// The frames that hold the parts, in order.
    pub parts: &'b [FrameId],
}

impl<'b> DataEvent<'b> {
    /// Reads an event and the zero bytes behind it.
    ///
    /// # Errors
    ///
    /// If `padded` is not an event that may stand outside the control compartment.
    pub fn decode(padded: &'b [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(padded);
        let (kind, version, fields) = head(&mut reader)?;
        if kind < FIRST_DATA_KIND {
            return Err(WireError::Expected("an event of a compartment other than control"));
        }
        let event = match (kind, version, fields) {
            (32, 1, 6) => Self::Put(Put::decode(&mut reader)?),
            (33, 1, 3) => Self::Removal(Removal::decode(&mut reader)?),
            (34, 1, 2) => Self::Part(Part::decode(&mut reader)?),
            (32..=34, 1, _) => return Err(WireError::Expected("an event with other fields")),
            _ => {
                (0..fields).try_for_each(|_| reader.skip())?;
                Self::Unknown { kind, version }
            }
        };
        reader.end_of_padded()?;
        Ok(event)
    }
}

impl<'b> Put<'b> {
    fn decode(reader: &mut Reader<'b>) -> Result<Self, WireError> {
        Ok(Self {
            entry: EntryId::from_bytes(reader.fixed()?),
            replaces: FrameIds::decode(reader, 0, MAX_REPLACED)?,
            media_type: not_empty(reader.text(MAX_TYPE_BYTES)?)?,
            name: reader.text(MAX_NAME_BYTES)?,
            tags: Tags::decode(reader)?,
            content: Content::decode(reader)?,
        })
    }
}

impl NewPut<'_> {
    /// Writes the event, without padding.
    ///
    /// # Errors
    ///
    /// If it is beyond the limits of the format.
    pub fn encode(&self) -> Result<Vec<u8>, WireError> {
        let content_bytes = match self.content {
            NewContent::Inline(bytes) => bytes.len(),
            NewContent::Attached(attached) => 100 + attached.parts.len() * 34,
        };
        let mut w = Writer::with_capacity(content_bytes + self.name.len() + self.tags.len() * 40 + 256);
        w.array(8).uint(32).uint(1).bytes(self.entry.as_bytes());
        frame_ids(&mut w, self.replaces);
        w.text(self.media_type).text(self.name).list(self.tags, |w, (name, value)| {
            w.array(2).text(name).text(value);
        });
        match self.content {
            NewContent::Inline(bytes) => w.bytes(bytes),
            NewContent::Attached(attached) => attached.encode(&mut w),
        };
        checked(w)
    }
}

impl NewAttached<'_> {
    fn encode<'w>(&self, w: &'w mut Writer) -> &'w mut Writer {
        w.array(4).uint(self.length).bytes(&self.hash).bytes(self.key);
        frame_ids(w, self.parts);
        w
    }
}

impl<'b> Content<'b> {
    fn decode(reader: &mut Reader<'b>) -> Result<Self, WireError> {
        // A byte string and an array have different first bytes.
        let mut attempt = reader.clone();
        if let Ok(bytes) = attempt.bytes() {
            *reader = attempt;
            return if bytes.len() > MAX_INLINE_BYTES {
                Err(WireError::Expected("a shorter content"))
            } else {
                Ok(Self::Inline(bytes))
            };
        }
        reader.array_of(4)?;
        Ok(Self::Attached(Attached {
            length: reader.uint()?,
            hash: reader.fixed()?,
            key: reader.bytes()?.try_into().map_err(|_| WireError::Expected("a key"))?,
            parts: FrameIds::decode(reader, 1, MAX_PARTS)?,
        }))
    }
}

impl<'b> Removal<'b> {
    /// Writes the event that removes an entry, without padding.
    ///
    /// # Errors
    ///
    /// If it is beyond the limits of the format.
    pub fn encode(entry: EntryId, puts: &[FrameId], parts: &[FrameId]) -> Result<Vec<u8>, WireError> {
        let mut w = Writer::new();
        w.array(5).uint(33).uint(1).bytes(entry.as_bytes());
        frame_ids(&mut w, puts);
        frame_ids(&mut w, parts);
        checked(w)
    }

    fn decode(reader: &mut Reader<'b>) -> Result<Self, WireError> {
        Ok(Self {
            entry: EntryId::from_bytes(reader.fixed()?),
            puts: FrameIds::decode(reader, 1, MAX_REMOVED)?,
            parts: FrameIds::decode(reader, 0, MAX_PARTS)?,
        })
    }
}

impl<'b> Part<'b> {
    /// Writes the event, without padding.
    ///
    /// # Errors
    ///
    /// If the part is too long.
    pub fn encode(&self) -> Result<Vec<u8>, WireError> {
        let mut w = Writer::with_capacity(self.sealed.len() + 24);
        w.array(4).uint(34).uint(1).uint(self.index).bytes(self.sealed);
        checked(w)
    }

    fn decode(reader: &mut Reader<'b>) -> Result<Self, WireError> {
        let (index, sealed) = (reader.uint()?, reader.bytes()?);
        if index >= MAX_PARTS || sealed.len() > MAX_PART_BYTES + TAG_BYTES {
            return Err(WireError::Expected("a part within the limits"));
        }
        Ok(Self { index, sealed })
    }
}

impl<'b> FrameIds<'b> {
    /// How many.
    pub const fn len(&self) -> u64 {
        self.items
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.items == 0
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = FrameId> + 'b {
        let mut reader = Reader::new(self.encoded);
        // They were read once before, so none is lost here.
        (0..self.items).map_while(move |_| frame_id(&mut reader).ok())
    }

    fn decode(reader: &mut Reader<'b>, least: u64, most: u64) -> Result<Self, WireError> {
        let items = reader.array()?;
        if !(least..=most).contains(&items) {
            return Err(WireError::Expected("a list of another length"));
        }
        let encoded = passed(reader, |reader| (0..items).try_for_each(|_| frame_id(reader).map(drop)))?;
        Ok(Self { items, encoded })
    }
}

impl<'b> Tags<'b> {
    /// How many.
    pub const fn len(&self) -> u64 {
        self.items
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.items == 0
    }

    /// Each name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&'b str, &'b str)> + 'b {
        let mut reader = Reader::new(self.encoded);
        (0..self.items).map_while(move |_| tag(&mut reader).ok())
    }

    fn decode(reader: &mut Reader<'b>) -> Result<Self, WireError> {
        let items = reader.array()?;
        if items > MAX_TAGS {
            return Err(WireError::Expected("fewer tags"));
        }
        let encoded = passed(reader, |reader| (0..items).try_for_each(|_| tag(reader).map(drop)))?;
        Ok(Self { items, encoded })
    }
}

impl fmt::Debug for FrameIds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Tags<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tags({})", self.items)
    }
}

/// What an entry says stays out of logs.
impl fmt::Debug for Put<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Put")
            .field("entry", &self.entry)
            .field("replaces", &self.replaces)
            .finish_non_exhaustive()
    }
}

fn tag<'b>(reader: &mut Reader<'b>) -> Result<(&'b str, &'b str), WireError> {
    reader.array_of(2)?;
    Ok((not_empty(reader.text(MAX_TAG_NAME_BYTES)?)?, reader.text(MAX_TAG_VALUE_BYTES)?))
}

fn not_empty(text: &str) -> Result<&str, WireError> {
    if text.is_empty() { Err(WireError::Expected("a text that is not empty")) } else { Ok(text) }
}

/// The bytes that `read` passes over.
fn passed<'b>(
    reader: &mut Reader<'b>,
    read: impl FnOnce(&mut Reader<'b>) -> Result<(), WireError>,
) -> Result<&'b [u8], WireError> {
    let before = reader.rest();
    read(reader)?;
    before.get(..before.len() - reader.rest().len()).ok_or(WireError::Ended)
}

/// What cannot be read must not be written.
fn checked(writer: Writer) -> Result<Vec<u8>, WireError> {
    DataEvent::decode(writer.as_bytes())?;
    Ok(writer.into_bytes())
}
