//! What is kept: putting, finding, replacing, removing; and attachments, part by part.

use bookbag_crypto::aead::OneTimeKey;
use bookbag_crypto::kdf::Hkdf;
use zeroize::Zeroizing;

use super::act::Doing;
use super::batch::{Batch, Pending, hedged};
use super::entries::parts_of;
use super::{Bag, WriteError};
use crate::event::{DataEvent, NewAttached, NewContent, NewPut, Part, Put, Removal};
use crate::frame::Head;
use crate::frame::scan::Body;
use crate::id::{CompartmentId, DeviceId, EntryId, EpochId, FrameId};

/// Something to be kept.
#[derive(Clone, Copy)]
pub struct NewEntry<'n> {
    /// What it is called.
    pub name: &'n str,
    /// What its content is (RFC 6838).
    pub media_type: &'n str,
    /// By what else it can be found: names and values.
    pub tags: &'n [(&'n str, &'n str)],
    /// The content, at most [`MAX_INLINE_BYTES`](crate::event::MAX_INLINE_BYTES). Longer ones are attached.
    pub content: &'n [u8],
}

/// Something that is kept.
#[derive(Debug, Clone)]
pub struct Entry<'b> {
    /// Its name among entries.
    pub id: EntryId,
    /// What it says now.
    pub current: Version<'b>,
    /// What it says as well, where two people changed it without having seen the other's change.
    pub besides: Vec<Version<'b>>,
}

/// What somebody once put.
#[derive(Debug, Clone)]
pub struct Version<'b> {
    /// The frame it came in.
    pub frame: FrameId,
    /// What was put.
    pub put: Put<'b>,
    /// The device that put it.
    pub author: DeviceId,
    /// When, in Unix seconds by its clock.
    pub time: u64,
    /// Where it is kept.
    pub compartment: CompartmentId,
}

/// An attachment that is being written, part by part.
pub struct Attaching {
    entry: EntryId,
    epoch: EpochId,
    key: Zeroizing<[u8; 32]>,
    parts: Vec<FrameId>,
    length: u64,
}

impl Bag {
    /// Keeps something new in a compartment.
    ///
    /// # Errors
    ///
    /// If this device may not write there, or the content is too long.
    pub fn put(
        &self,
        compartment: CompartmentId,
        entry: &NewEntry<'_>,
        doing: Doing,
    ) -> Result<(EntryId, Pending), WriteError> {
        let (ids, pending) = self.put_all(compartment, std::slice::from_ref(entry), doing)?;
        let id = ids.first().copied().ok_or(WriteError::Unknown("entry"))?;
        Ok((id, pending))
    }

    /// Keeps many things at once: one frame each, appended together.
    ///
    /// # Errors
    ///
    /// If this device may not write there, or a content is too long. Then none is kept.
    pub fn put_all(
        &self,
        compartment: CompartmentId,
        entries: &[NewEntry<'_>],
        doing: Doing,
    ) -> Result<(Vec<EntryId>, Pending), WriteError> {
        self.writer()?;
        let epoch = self.writable_epoch(compartment)?;
        let mut batch = Batch::upon(&self.ledger, doing.now, doing.entropy);
        let mut ids = Vec::with_capacity(entries.len());
        for entry in entries {
            let id = EntryId::generate(batch.random.entropy());
            batch.seal(epoch, &entry.as_put(id, &[]).encode()?)?;
            ids.push(id);
        }
        Ok((ids, batch.finish()))
    }

    /// Keeps something in the place of what an entry says now; what it said stays in the history.
    ///
    /// # Errors
    ///
    /// If there is no such entry, this device may not write there, or the content is too long.
    pub fn replace(&self, id: EntryId, with: &NewEntry<'_>, doing: Doing) -> Result<Pending, WriteError> {
        self.writer()?;
        let entry = self.entry(&id).ok_or(WriteError::Unknown("entry"))?;
        let epoch = self.writable_epoch(entry.current.compartment)?;
        let replaced = std::iter::once(&entry.current).chain(&entry.besides);
        let replaced: Vec<FrameId> = replaced.map(|version| version.frame).collect();
        let mut batch = Batch::upon(&self.ledger, doing.now, doing.entropy);
        batch.seal(epoch, &with.as_put(id, &replaced).encode()?)?;
        Ok(batch.finish())
    }

    /// Removes an entry with all its versions. Once that is confirmed, the host writes the file anew without the bodies
    /// that [`Bag::to_drop`] names.
    ///
    /// # Errors
    ///
    /// If there is no such entry, or this device may not write there.
    pub fn remove(&self, id: EntryId, doing: Doing) -> Result<Pending, WriteError> {
        self.writer()?;
        let versions = self.versions(&id);
        let last = versions.last().ok_or(WriteError::Unknown("entry"))?;
        let epoch = self.writable_epoch(last.compartment)?;
        let puts: Vec<FrameId> = versions.iter().map(|version| version.frame).collect();
        let mut parts = Vec::new();
        for ids in versions.iter().filter_map(|version| parts_of(&version.put)) {
            parts.extend(ids.iter());
        }
        let mut batch = Batch::upon(&self.ledger, doing.now, doing.entropy);
        batch.seal(epoch, &Removal::encode(id, &puts, &parts)?)?;
        Ok(batch.finish())
    }

    /// Everything that is kept and that this device may read, in the order in which it was first put.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let all = self.ledger.entries();
        all.all().filter_map(move |at| {
            let (_, put) = all.put(at)?;
            if all.is_first(at, &put.entry) { self.entry(&put.entry) } else { None }
        })
    }

    /// One entry.
    pub fn entry(&self, id: &EntryId) -> Option<Entry<'_>> {
        let mut shown = self.shown(id);
        let current = shown.pop()?;
        Some(Entry { id: *id, current, besides: shown })
    }

    /// The entries in whose name or tags these words stand, whatever the case of their letters.
    pub fn find(&self, words: &str) -> impl Iterator<Item = Entry<'_>> {
        self.showing(self.ledger.entries().find(words))
    }

    /// The entries with exactly this name.
    pub fn named(&self, name: &str) -> impl Iterator<Item = Entry<'_>> {
        self.showing(self.ledger.entries().named(name))
    }

    /// The entries that show one of these puts now.
    fn showing(&self, puts: impl Iterator<Item = u32>) -> impl Iterator<Item = Entry<'_>> {
        puts.filter_map(|at| {
            let (frame, put) = self.ledger.entries().put(at)?;
            let entry = self.entry(&put.entry)?;
            let shows = |version: &Version<'_>| Some(version.frame) == self.ledger.id_at(frame);
            (shows(&entry.current) || entry.besides.iter().any(shows)).then_some(entry)
        })
    }

    /// All accepted versions of an entry, oldest first.
    pub fn versions(&self, id: &EntryId) -> Vec<Version<'_>> {
        let all = self.ledger.entries();
        let mut versions: Vec<(u32, Version<'_>)> = all
            .puts_of(id)
            .iter()
            .filter_map(|at| all.put(*at))
            .filter(|(frame, _)| self.ledger.counts(*frame))
            .filter_map(|(frame, put)| Some((frame, self.version(frame, put)?)))
            .filter(|(_, version)| !self.is_removed(version))
            .collect();
        if versions.len() > 1 {
            self.keep_home(&mut versions);
            versions.sort_by_key(|(frame, _)| self.ledger.rank(*frame));
        }
        versions.into_iter().map(|(_, version)| version).collect()
    }

    /// The versions that no other replaces; the last in order is the one to show.
    fn shown(&self, id: &EntryId) -> Vec<Version<'_>> {
        let mut versions = self.versions(id);
        if versions.len() > 1 {
            let replaced: Vec<FrameId> =
                versions.iter().flat_map(|version| version.put.replaces.iter()).collect();
            versions.retain(|version| !replaced.contains(&version.frame));
        }
        versions
    }

    /// An entry is in one compartment. Only somebody who means harm puts one of the same name elsewhere: what is written in its place would be
    /// read there. Of several the one with the fewest readers is its home.
    fn keep_home(&self, versions: &mut Vec<(u32, Version<'_>)>) {
        let readers = |id| self.state().compartment(id).map_or(usize::MAX, |it| it.readers.size());
        let home =
            versions.iter().map(|(_, version)| version.compartment).min_by_key(|id| (readers(*id), *id));
        versions.retain(|(_, version)| Some(version.compartment) == home);
    }

    /// A removal takes away what stands in the compartment that it stands in itself.
    fn is_removed(&self, version: &Version<'_>) -> bool {
        let mut removals = self.ledger.entries().removals_of(&version.frame, &version.put.entry);
        let is_there = |removal| self.ledger.compartment_of(removal) == Some(version.compartment);
        removals.any(|removal| is_there(removal) && self.ledger.counts(removal))
    }

    fn version<'b>(&'b self, frame: u32, put: Put<'b>) -> Option<Version<'b>> {
        let entered = self.ledger.entered(frame)?;
        let compartment = self.ledger.key(&entered.epoch)?.compartment();
        Some(Version { frame: entered.id, put, author: entered.author, time: entered.time, compartment })
    }

    pub(super) fn writable_epoch(&self, compartment: CompartmentId) -> Result<EpochId, WriteError> {
        if self.state().compartment(compartment).is_none() {
            return Err(WriteError::Unknown("compartment"));
        }
        let epoch = self.state().writable_epoch(compartment).ok_or(WriteError::RekeyFirst)?;
        if self.ledger.key(&epoch).is_none() {
            return Err(WriteError::NoKey);
        }
        self.ledger.foresee_record(epoch).map_err(WriteError::Refused)?;
        Ok(epoch)
    }
}

/// Attachments.
impl Bag {
    /// Begins an attachment.
    ///
    /// # Errors
    ///
    /// If this device may not write there.
    pub fn attach(&self, compartment: CompartmentId, doing: Doing) -> Result<Attaching, WriteError> {
        self.writer()?;
        let mut random = hedged(&self.ledger, doing.entropy);
        let drawn = Zeroizing::new(random.draw::<32>());
        let key = Zeroizing::new(self.device().hedge().tag(&[b"bookbag/1 new attachment", &*drawn]));
        let epoch = self.writable_epoch(compartment)?;
        Ok(Attaching { entry: EntryId::generate(random.entropy()), epoch, key, parts: Vec::new(), length: 0 })
    }

    /// Seals the next part: at most [`MAX_PART_BYTES`](crate::event::MAX_PART_BYTES), and all but the last of that length. It is appended and confirmed
    /// before the next is sealed; parts whose attachment is never finished are dead weight and nothing more.
    ///
    /// # Errors
    ///
    /// If it is too long.
    pub fn attach_part(
        &self,
        attaching: &mut Attaching,
        bytes: &[u8],
        doing: Doing,
    ) -> Result<Pending, WriteError> {
        let index = attaching.parts.len() as u64;
        let sealed = part_key(&attaching.key, index).seal(b"", bytes)?;
        let mut batch = Batch::upon(&self.ledger, doing.now, doing.entropy);
        let id = batch.seal(attaching.epoch, &Part { index, sealed: &sealed }.encode()?)?;
        attaching.parts.push(id);
        attaching.length += bytes.len() as u64;
        Ok(batch.finish())
    }

    /// Puts the entry that the parts belong to. `hash` is the SHA-256 of the whole.
    ///
    /// # Errors
    ///
    /// If there is no part, or the entry is beyond the limits.
    pub fn attached(
        &self,
        attaching: &Attaching,
        entry: &NewEntry<'_>,
        hash: [u8; 32],
        doing: Doing,
    ) -> Result<(EntryId, Pending), WriteError> {
        let (key, parts) = (&*attaching.key, attaching.parts.as_slice());
        let content = NewContent::Attached(NewAttached { length: attaching.length, hash, key, parts });
        let put = NewPut { content, ..entry.as_put(attaching.entry, &[]) };
        let mut batch = Batch::upon(&self.ledger, doing.now, doing.entropy);
        batch.seal(attaching.epoch, &put.encode()?)?;
        Ok((attaching.entry, batch.finish()))
    }

    /// Where a frame stands in the file: its beginning, and its length without the content of its body, both in bytes.
    pub fn place_of(&self, frame: FrameId) -> Option<(u64, u64)> {
        let entered = self.ledger.entered(self.ledger.place(&frame)?)?;
        Some((entered.at, u64::from(entered.head_length) + u64::from(entered.body_length?)))
    }

    /// Opens one part of an attachment from its whole frame, read from [`Self::place_of`].
    ///
    /// # Errors
    ///
    /// If it is not that part, unchanged.
    pub fn open_part(
        &self,
        key: &[u8; 32],
        index: u64,
        frame: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, DamagedPart> {
        let head = Head::read(frame).map_err(|_| DamagedPart)?;
        let Body::Here(body) = Body::of(&head, frame) else { return Err(DamagedPart) };
        let entered = self.ledger.place(&head.id()).and_then(|place| self.ledger.entered(place));
        let epoch = entered.and_then(|entered| self.ledger.key(&entered.epoch)).ok_or(DamagedPart)?;
        let opened = self.ledger.open_again(&head).ok_or(DamagedPart)?;
        let plain = opened.body(&head, epoch, body).map_err(|_| DamagedPart)?;
        match DataEvent::decode(&plain) {
            Ok(DataEvent::Part(part)) if part.index == index => {
                part_key(key, index).open(b"", part.sealed).map_err(|_| DamagedPart)
            }
            _ => Err(DamagedPart),
        }
    }
}

/// A part of an attachment that is not what was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("part of this attachment is damaged; look for another copy of the bag")]
pub struct DamagedPart;

impl std::fmt::Debug for Attaching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attaching({} parts)", self.parts.len())
    }
}

impl<'n> NewEntry<'n> {
    fn as_put<'p>(&self, entry: EntryId, replaces: &'p [FrameId]) -> NewPut<'p>
    where
        'n: 'p,
    {
        NewPut {
            entry,
            replaces,
            media_type: self.media_type,
            name: self.name,
            tags: self.tags,
            content: NewContent::Inline(self.content),
        }
    }
}

fn part_key(key: &[u8; 32], index: u64) -> OneTimeKey {
    let root = Hkdf::from_uniform(Zeroizing::new(*key));
    OneTimeKey::derive(&root, &[b"bookbag/1 part", &index.to_be_bytes()])
}
