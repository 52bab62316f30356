//! Keeping, finding, replacing and deleting.

use bookbag_store::bag::{Doing, Entry, NewEntry};
use bookbag_store::event::{CompartmentPurpose, Role};
use bookbag_store::id::{CompartmentId, EntryId};

use crate::error::VerbError;
use crate::holder::{Acting, Holder};
use crate::named::one_named;

/// Where something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// By its type: see [`Holder::place_for`].
    ByType,
    /// In this compartment.
    In(CompartmentId),
}

/// Media types of what belongs to one home: where people live, and how to reach them.
const OF_A_HOME: [&str; 8] = [
    "text/vcard",
    "text/directory",
    "application/vcard+json",
    "application/vcard+xml",
    "application/geo+json",
    "application/vnd.bookbag.address+json",
    "application/vnd.bookbag.contact+json",
    "application/vnd.bookbag.location+json",
];

/// Media types of what is one person's alone: the keys that credentials are bound to.
const OF_A_PERSON: [&str; 5] = [
    "application/jwk+json",
    "application/jwk-set+json",
    "application/pkcs8",
    "application/x-pem-file",
    "application/vnd.bookbag.holder-key",
];

impl Holder {
    /// The compartment in which something is kept.
    ///
    /// | type | compartment |
    /// |---|---|
    /// | addresses, contacts, places (`text/vcard`, `application/vcard+json`, `application/geo+json`, `application/vnd.bookbag.address+json`, `….contact+json`, `….location+json`) | the writer's household; without one, their personal one |
    /// | holder keys (`application/jwk+json`, `application/jwk-set+json`, `application/pkcs8`, `application/vnd.bookbag.holder-key`) | the writer's personal one |
    /// | everything else | the record |
    ///
    /// # Errors
    ///
    /// If the writer reads no such compartment.
    pub fn place_for(&self, media_type: &str, place: Where) -> Result<CompartmentId, VerbError> {
        let kind = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match place {
            Where::In(compartment) => Ok(compartment),
            Where::ByType if OF_A_HOME.contains(&kind.as_str()) => {
                self.household().or_else(|| self.personal()).ok_or(VerbError::NoPlace("household"))
            }
            Where::ByType if OF_A_PERSON.contains(&kind.as_str()) => {
                self.personal().ok_or(VerbError::NoPlace("personal"))
            }
            Where::ByType => self.record().ok_or(VerbError::NoPlace("record")),
        }
    }

    /// The record, if this member reads it.
    pub fn record(&self) -> Option<CompartmentId> {
        self.own(CompartmentPurpose::Record)
    }

    /// This member's home.
    pub fn household(&self) -> Option<CompartmentId> {
        let (me, member) = self.me().ok()?;
        member.household.filter(|home| self.state().reads(me, *home))
    }

    /// This member's own compartment.
    pub fn personal(&self) -> Option<CompartmentId> {
        self.own(CompartmentPurpose::Personal)
    }

    /// Sees that this member writes in a compartment, before something is sealed that every fold would refuse.
    ///
    /// # Errors
    ///
    /// If this device is no longer in the bag, or its member only sees what is there.
    pub(crate) fn may_write(&self, compartment: CompartmentId) -> Result<(), VerbError> {
        let (id, me) = self.me()?;
        let is_there = self.state().compartment(compartment).is_some();
        let may = me.role != Role::Supporter && self.state().reads(id, compartment);
        if is_there && !may { Err(VerbError::MayNotWrite) } else { Ok(()) }
    }

    fn may_write_entry(&self, id: EntryId) -> Result<(), VerbError> {
        let entry = self.bag.entry(&id);
        entry.map_or(Ok(()), |entry| self.may_write(entry.current.compartment))
    }

    /// The compartment of this purpose that the member reads; of several the one with the smallest id, so that every device chooses the same.
    fn own(&self, purpose: CompartmentPurpose) -> Option<CompartmentId> {
        let me = self.bag.member()?;
        let state = self.state();
        let own = state.compartments().filter(|(id, it)| it.purpose == purpose && state.reads(me, *id));
        own.map(|(id, _)| id).min()
    }

    /// Keeps something.
    ///
    /// # Errors
    ///
    /// If the writer may not write there, or it is too long for its frame: then it is attached.
    pub fn put(&mut self, entry: &NewEntry<'_>, place: Where, doing: Doing) -> Result<EntryId, VerbError> {
        let compartment = self.place_for(entry.media_type, place)?;
        let ids = self.put_all(std::slice::from_ref(entry), compartment, doing)?;
        ids.first().copied().ok_or(VerbError::NoSuch { what: "entry" })
    }

    /// Keeps many things at once: one append.
    ///
    /// # Errors
    ///
    /// If the writer may not write there, or one is too long. Then none is kept.
    pub fn put_all(
        &mut self,
        entries: &[NewEntry<'_>],
        compartment: CompartmentId,
        doing: Doing,
    ) -> Result<Vec<EntryId>, VerbError> {
        let mut acting = Acting::new(doing);
        self.may_write(compartment)?;
        self.whole(|holder| {
            holder.rekey_first(&mut acting)?;
            let (ids, pending) = holder.bag.put_all(compartment, entries, acting.doing())?;
            holder.add(&pending)?;
            Ok(ids)
        })
    }

    /// Puts something in the place of what an entry says. What it said stays in the history.
    ///
    /// # Errors
    ///
    /// If there is no such entry, or the writer may not write there.
    pub fn replace(&mut self, id: EntryId, with: &NewEntry<'_>, doing: Doing) -> Result<(), VerbError> {
        let mut acting = Acting::new(doing);
        self.may_write_entry(id)?;
        self.whole(|holder| {
            holder.rekey_first(&mut acting)?;
            let pending = holder.bag.replace(id, with, acting.doing())?;
            holder.add(&pending).map(drop)
        })
    }

    /// Deletes an entry with all its versions: the file is written anew without their bodies, and this copy can no longer give them to anybody. Copies elsewhere
    /// lose them when they merge; a copy that never hears of it keeps them.
    ///
    /// # Errors
    ///
    /// If there is no such entry, or the writer may not write there.
    pub fn delete(&mut self, id: EntryId, doing: Doing) -> Result<(), VerbError> {
        let mut acting = Acting::new(doing);
        self.may_write_entry(id)?;
        self.whole(|holder| {
            holder.rekey_first(&mut acting)?;
            let pending = holder.bag.remove(id, acting.doing())?;
            holder.add(&pending)?;
            holder.rewrite(holder.bag.slots().to_vec());
            Ok(())
        })
    }

    /// The entry with this name, or id, or the first digits of an id.
    ///
    /// # Errors
    ///
    /// If there is none, or more than one.
    pub fn entry_named(&self, name: &str) -> Result<Entry<'_>, VerbError> {
        let all = self
            .bag
            .entries()
            .map(|entry| (entry.id, entry.id.to_string(), entry.current.put.name.to_owned()));
        let id = one_named("entry", name, all)?;
        self.bag.entry(&id).ok_or(VerbError::NoSuch { what: "entry" })
    }
}
