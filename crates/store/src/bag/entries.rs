//! What is kept in the compartments this device reads: an index over puts, which stay as the bytes that were opened.

mod index;

use std::collections::HashMap;
use std::hash::BuildHasher as _;

use zeroize::{Zeroize as _, Zeroizing};

use crate::event::{Content, DataEvent, FrameIds, Put};
use crate::id::{EntryId, FrameId, Table};

use index::Index;

/// Every put and removal that could be read, whatever their standing.
#[derive(Default)]
pub(super) struct Entries {
    puts: Vec<Stored>,
    of_entry: Index<EntryId>,
    /// The put of each frame, or [`NONE`].
    of_frame: Vec<u32>,
    removals: Vec<Removing>,
    /// Of which entry the removal of a frame is.
    of_removal: HashMap<u32, EntryId>,
    /// The removals that name a put: their frames, and of which entry.
    removed_by: Table<FrameId, Vec<(u32, EntryId)>>,
    names: Names,
    /// By a hash of the whole name.
    named: Index<u64>,
    hasher: foldhash::fast::RandomState,
}

/// No put: there are never so many.
const NONE: u32 = u32::MAX;

/// A put as it was opened, padding and all.
struct Stored {
    frame: u32,
    entry: EntryId,
    /// A hash of its name.
    name: u64,
    plain: Plain,
}

/// Bytes that are wiped when dropped. `Zeroizing` wipes a vector element by element, which takes as long as decrypting it.
pub(super) struct Plain(Box<[u8]>);

impl Plain {
    fn new(mut plain: Zeroizing<Vec<u8>>) -> Self {
        if plain.len() == plain.capacity() {
            return Self(std::mem::take(&mut *plain).into_boxed_slice());
        }
        Self::copied(&plain)
    }

    pub(super) fn copied(plain: &[u8]) -> Self {
        Self(plain.into())
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        let bytes: &mut [u8] = &mut self.0;
        bytes.zeroize();
    }
}

/// A removal, by the places of its frame and of what it removes.
struct Removing {
    frame: u32,
    entry: EntryId,
    puts: Vec<FrameId>,
    parts: Vec<FrameId>,
}

/// As what a removal names a frame.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    PutOf(EntryId),
    Part,
}

/// The names and tags of all puts in small letters, one after the other, to be searched at once.
#[derive(Default)]
struct Names {
    text: String,
    /// Where each put's begins.
    starts: Vec<u32>,
}

impl Entries {
    /// Takes in the plaintext of a frame of a compartment this device reads. False if it is an event of a later day.
    pub(super) fn insert(
        &mut self,
        frame: u32,
        plain: Zeroizing<Vec<u8>>,
    ) -> Result<bool, crate::wire::WireError> {
        match DataEvent::decode(&plain)? {
            DataEvent::Put(put) => {
                let (entry, name) = (put.entry, self.hasher.hash_one(put.name));
                self.names.push(&put);
                self.push(Stored { frame, entry, name, plain: Plain::new(plain) });
            }
            DataEvent::Removal(removal) => {
                for put in removal.puts.iter() {
                    self.removed_by.entry(put).or_default().push((frame, removal.entry));
                }
                self.of_removal.insert(frame, removal.entry);
                self.removals.push(Removing {
                    frame,
                    entry: removal.entry,
                    puts: removal.puts.iter().collect(),
                    parts: removal.parts.iter().collect(),
                });
            }
            DataEvent::Part(_) => {}
            DataEvent::Unknown { .. } => return Ok(false),
        }
        Ok(true)
    }

    fn push(&mut self, stored: Stored) {
        // A bag has at most four million frames.
        let at = u32::try_from(self.puts.len()).unwrap_or(u32::MAX);
        let frame = stored.frame as usize;
        if self.of_frame.len() <= frame {
            self.of_frame.resize(frame + 1, NONE);
        }
        if let Some(of) = self.of_frame.get_mut(frame) {
            *of = at;
        }
        self.of_entry.add(stored.entry, at);
        self.named.add(stored.name, at);
        self.puts.push(stored);
    }

    /// The puts of an entry, in the order of their arrival, as places in this index.
    pub(super) fn puts_of(&self, entry: &EntryId) -> &[u32] {
        self.of_entry.of(entry, || self.puts.iter().map(|stored| stored.entry))
    }

    /// The puts with exactly this name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = u32> {
        let names = || self.puts.iter().map(|stored| stored.name);
        let alike = self.named.of(&self.hasher.hash_one(name), names);
        alike.iter().copied().filter(move |at| self.put(*at).is_some_and(|(_, put)| put.name == name))
    }

    /// The frame of a put, and what it says.
    pub(super) fn put(&self, at: u32) -> Option<(u32, Put<'_>)> {
        let stored = self.puts.get(at as usize)?;
        match DataEvent::decode(stored.plain.as_slice()) {
            Ok(DataEvent::Put(put)) => Some((stored.frame, put)),
            _ => None,
        }
    }

    /// What the put of a frame says.
    pub(super) fn put_of(&self, frame: u32) -> Option<Put<'_>> {
        self.put(*self.of_frame.get(frame as usize)?).map(|(_, put)| put)
    }

    /// The entry that the removal of a frame removes.
    pub(super) fn removal_of(&self, frame: u32) -> Option<EntryId> {
        self.of_removal.get(&frame).copied()
    }

    /// Places of all puts.
    pub(super) fn all(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.puts.len()).unwrap_or(u32::MAX)
    }

    /// Whether this put is the first of its entry to arrive.
    pub(super) fn is_first(&self, at: u32, entry: &EntryId) -> bool {
        self.puts_of(entry).first() == Some(&at)
    }

    /// What the removals name, each by the frame of the removal: puts with their entry, and parts.
    pub(super) fn removals(&self) -> impl Iterator<Item = (u32, FrameId, Named)> {
        self.removals.iter().flat_map(|removal| {
            let puts = removal.puts.iter().map(|put| (*put, Named::PutOf(removal.entry)));
            let named = puts.chain(removal.parts.iter().map(|part| (*part, Named::Part)));
            named.map(|(frame, as_what)| (removal.frame, frame, as_what))
        })
    }

    /// Whether a frame, if it was read, is what a removal takes it for. A client that is not honest names what it likes.
    pub(super) fn may_be(&self, frame: u32, named: Named) -> bool {
        match (named, self.put_of(frame)) {
            (Named::PutOf(entry), Some(put)) => put.entry == entry,
            (Named::Part, Some(_)) => false,
            (_, None) => self.removal_of(frame).is_none(),
        }
    }

    /// The frames of removals that name this put of an entry.
    pub(super) fn removals_of(&self, put: &FrameId, entry: &EntryId) -> impl Iterator<Item = u32> {
        let named = self.removed_by.get(put).map_or(&[][..], Vec::as_slice);
        named.iter().filter(move |(_, of)| of == entry).map(|(frame, _)| *frame)
    }

    /// The places of puts in whose name or tags `words` stands, whatever the case of its letters.
    pub(super) fn find(&self, words: &str) -> impl Iterator<Item = u32> + '_ {
        self.names.find(words.replace('\n', " ").to_lowercase())
    }
}

impl Names {
    fn push(&mut self, put: &Put<'_>) {
        self.starts.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.push_text(put.name);
        for (name, value) in put.tags.iter() {
            self.push_text(name);
            self.push_text(value);
        }
    }

    fn push_text(&mut self, text: &str) {
        if text.is_ascii() {
            let from = self.text.len();
            self.text.push_str(text);
            if let Some(pushed) = self.text.get_mut(from..) {
                pushed.make_ascii_lowercase();
            }
        } else {
            self.text.extend(text.chars().flat_map(char::to_lowercase));
        }
        self.text.push('\n');
    }

    /// Each put once, however often the words stand in it.
    fn find(&self, words: String) -> impl Iterator<Item = u32> + '_ {
        let mut from = 0;
        std::iter::from_fn(move || {
            let found = from + self.text.get(from..)?.find(&words)?;
            let put = self.starts.partition_point(|start| *start as usize <= found).checked_sub(1)?;
            from = self.starts.get(put + 1).map_or(self.text.len() + 1, |next| *next as usize);
            u32::try_from(put).ok()
        })
    }
}

impl std::fmt::Debug for Entries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entries({} puts)", self.puts.len())
    }
}

/// The frames that hold the parts of a put's content, if it is attached.
pub(super) fn parts_of<'b>(put: &Put<'b>) -> Option<FrameIds<'b>> {
    match &put.content {
        Content::Inline(_) => None,
        Content::Attached(attached) => Some(attached.parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{NewContent, NewPut};

    fn plain(entry: u8, name: &str, tags: &[(&str, &str)]) -> Zeroizing<Vec<u8>> {
        let entry = EntryId::from_bytes([entry; 16]);
        let content = NewContent::Inline(b"content");
        let put = NewPut { entry, replaces: &[], media_type: "text/plain", name, tags, content };
        Zeroizing::new(put.encode().unwrap())
    }

    #[test]
    fn names_and_tags_are_found_whatever_their_case() {
        let mut entries = Entries::default();
        let put = [
            plain(0, "GCSE results", &[("issuer", "Exam Board")]),
            plain(1, "Llythyr o'r ysgol", &[("dosbarth", "Ŵyl")]),
            plain(2, "gcse GCSE", &[]),
        ];
        for (frame, plain) in (0..).zip(put) {
            assert_eq!(entries.insert(frame, plain), Ok(true));
        }
        let found = |words: &str| entries.find(words).collect::<Vec<_>>();
        assert_eq!(found("gcse"), [0, 2]);
        assert_eq!(found("EXAM b"), [0]);
        assert_eq!(found("ŵYL"), [1]);
        assert!(found("content").is_empty());
        // What stands in two neighbours is in neither.
        assert!(found("board\nll").is_empty());
        assert_eq!(found(""), [0, 1, 2]);
        let named = |name: &str| entries.named(name).collect::<Vec<_>>();
        assert_eq!((named("gcse GCSE"), named("GCSE results")), (vec![2], vec![0]));
        assert!(named("gcse").is_empty() && named("GCSE GCSE").is_empty() && named("").is_empty());
    }

    #[test]
    fn an_entry_keeps_all_its_puts() {
        let mut entries = Entries::default();
        for (frame, entry) in [(5, 1), (6, 2), (7, 1), (8, 1)] {
            entries.insert(frame, plain(entry, "name", &[])).unwrap();
        }
        assert_eq!(entries.puts_of(&EntryId::from_bytes([1; 16])), [0, 2, 3]);
        assert_eq!(entries.puts_of(&EntryId::from_bytes([2; 16])), [1]);
        assert!(entries.puts_of(&EntryId::from_bytes([3; 16])).is_empty());
        assert_eq!(entries.put(3).map(|(frame, put)| (frame, put.name)), Some((8, "name")));
    }
}
