//! An open bag, its file, and what this computer remembers of it.
//!
//! A verb opens, acts on the [`Holder`], and [commits](Session::commit): the file first, durably, and then what is remembered. Killed at any moment, the program leaves
//! the bag as it was before the verb or as it is after it.

use std::path::Path;

use bookbag_crypto::Entropy;
use bookbag_file::{Access, BagFile, FileError, Keep, mark};
use bookbag_holder::{
    Changes, Elsewhere, Holder, Key, Locked, Older, OpenError, Opened, Recovery, Safety, Signatures, Unlocked,
};
use bookbag_store::bag::Doing;
use bookbag_store::frame::scan::{Body, Piece};
use bookbag_store::secret::passphrase::{NewPassphrase, Passphrase};

use super::container::Container;
use super::raw::Raw;
use super::says;
use super::secret;
use super::which::{Places, Which};
use crate::input;
use crate::output::{Failure, say};

/// An open bag.
pub(crate) struct Session {
    pub(crate) holder: Holder,
    pub(crate) store: Store,
    places: Places,
    /// An older copy was opened on purpose, and nothing has been changed: what was seen stays remembered.
    is_only_looked_at: bool,
    /// What was typed to open it.
    typed: Option<Passphrase>,
}

/// Where the frames are.
pub(crate) enum Store {
    File(BagFile),
    Drawer(Container),
}

/// How to read a bag whose keys are there.
struct Read<'r> {
    unlocked: &'r Unlocked,
    mark: Option<Vec<u8>>,
    older: Older,
}

/// Why a pass over the frames ended early.
enum Stop {
    File(FileError),
    Open(OpenError),
}

impl Which {
    /// Opens the bag to look at it, beside whoever else does.
    pub(crate) fn read(&self) -> Result<Session, Failure> {
        self.open(Access::Read, Signatures::SinceMark)
    }

    /// Opens the bag to look at it, and checks every signature again.
    pub(crate) fn read_checking_all(&self) -> Result<Session, Failure> {
        self.open(Access::Read, Signatures::All)
    }

    /// Opens the bag to change it.
    pub(crate) fn write(&self) -> Result<Session, Failure> {
        self.open(Access::Write, Signatures::SinceMark)
    }

    fn open(&self, access: Access, signatures: Signatures) -> Result<Session, Failure> {
        if let Some(number) = self.drawer {
            return Container::open(number, &self.passphrase);
        }
        let path = self.path()?;
        // Before anything is locked or asked: is there a bag?
        drop(BagFile::open(&path, Access::Read)?);
        let passphrase = self.passphrase.ask("the bag")?;
        let mut file = open_file(&path, access)?;
        let locked = locked(&file)?;
        let unlocked = locked.unlock(Key::Passphrase(&passphrase))?;
        let places = Places::of_user()?;
        let older = if self.older { Older::Accept } else { Older::Refuse };
        let Opened::Holder(holder) = read_from(&mut file, &unlocked, &places, (signatures, older))? else {
            return Err(Failure::Cannot(
                "this passphrase is that of a printed sheet: use `bookbag recover`".into(),
            ));
        };
        let is_only_looked_at = self.older && access == Access::Read;
        let session = Session {
            holder: *holder,
            store: Store::File(file),
            places,
            is_only_looked_at,
            typed: Some(passphrase),
        };
        session.remember_if_new()?;
        Ok(session)
    }
}

impl Session {
    /// Of a bag whose file was just made.
    pub(crate) fn of_new(holder: Holder, store: Store) -> Result<Self, Failure> {
        Ok(Self { holder, store, places: Places::of_user()?, is_only_looked_at: false, typed: None })
    }

    /// Now, and randomness for one verb.
    pub(crate) fn doing() -> Result<Doing, Failure> {
        Ok(Doing { now: says::now(), entropy: input::entropy()? })
    }

    /// Makes durable what was done. Nothing is told to be done before this returns.
    pub(crate) fn commit(&mut self) -> Result<(), Failure> {
        let changes = self.holder.take_changes();
        if changes.is_empty() {
            return Ok(());
        }
        match &mut self.store {
            Store::File(file) => write(file, &changes)?,
            Store::Drawer(container) => return container.write(&changes),
        }
        self.remember()
    }

    /// Writes down how far the bag has come, for the next opening. Not in a drawer: nothing outside names it.
    pub(crate) fn remember(&self) -> Result<(), Failure> {
        if matches!(self.store, Store::Drawer(_)) {
            return Ok(());
        }
        self.places.make_state()?;
        let entropy: Entropy<32> = input::entropy()?;
        Ok(mark::write(self.places.mark(self.holder.id()), &self.holder.mark(entropy)?)?)
    }

    /// After the first look at a bag: its signatures need not be checked again. What is remembered must be on the disk, which opening for writing sees to; if that is not
    /// possible now, then another time.
    fn remember_if_new(&self) -> Result<(), Failure> {
        let Store::File(file) = &self.store else { return Ok(()) };
        if self.is_only_looked_at || self.places.has_mark(self.holder.id()) {
            return Ok(());
        }
        match BagFile::open(file.path(), Access::Write) {
            Ok(_synced) => self.remember(),
            Err(_) => Ok(()),
        }
    }

    /// What is known of copies elsewhere.
    fn copies(&self) -> Result<Option<Elsewhere>, Failure> {
        let kept = mark::read(self.places.copies(self.holder.id()))?;
        Ok(kept.and_then(|bytes| Elsewhere::from_bytes(&bytes)))
    }

    /// Keeps what is known of copies elsewhere.
    pub(crate) fn keep_copies(&self, copies: &Elsewhere) -> Result<(), Failure> {
        self.places.make_state()?;
        Ok(mark::write(self.places.copies(self.holder.id()), &copies.to_bytes())?)
    }

    /// How safe the bag is from the loss of this computer.
    pub(crate) fn safety(&self) -> Result<Option<Safety>, Failure> {
        match self.store {
            Store::File(_) => Ok(Some(self.holder.safety(self.copies()?.as_ref()))),
            Store::Drawer(_) => Ok(None),
        }
    }

    /// The passphrase that opened this copy, for another copy.
    pub(crate) fn same_passphrase(&mut self) -> Result<NewPassphrase, Failure> {
        let typed = self.typed.take().ok_or_else(|| {
            Failure::Usage(
                "give the copy a passphrase with --new-passphrase-file or --new-passphrase-fd".to_owned(),
            )
        })?;
        secret::same_again(typed)
    }

    /// Reads the file again: keys have come for what had been passed over.
    pub(crate) fn open_again(&mut self) -> Result<(), Failure> {
        let Store::File(file) = &mut self.store else { return Ok(()) };
        let opened =
            read_from(file, &self.holder.keys(), &self.places, (Signatures::SinceMark, Older::Refuse))?;
        if let Opened::Holder(holder) = opened {
            self.holder = *holder;
        }
        self.remember()
    }

    /// Where this computer keeps things.
    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// The bytes of the file, to read frames from it that opening passed over.
    pub(crate) fn raw(&self) -> Result<Raw, Failure> {
        match &self.store {
            Store::File(file) => Raw::of_file(file.path()),
            Store::Drawer(container) => Ok(Raw::of_bytes(container.bytes())),
        }
    }
}

/// Opens a file, and waits a moment for somebody who is writing.
pub(crate) fn open_file(path: &Path, access: Access) -> Result<BagFile, Failure> {
    let mut waited = says::Waiting::new("Waiting for another program that is using this bag");
    loop {
        match BagFile::open(path, access) {
            Err(FileError::InUse(_)) if waited.a_little() => {}
            other => return Ok(other?),
        }
    }
}

/// The slots of a file.
pub(crate) fn locked(file: &BagFile) -> Result<Locked, Failure> {
    let preamble = file.preamble().map_err(|error| {
        Failure::Cannot(format!(
            "{error}. The changes in it may be whole: open another copy of this bag, and merge this file into it"
        ))
    })?;
    Ok(Locked::new(preamble.clone()))
}

/// Reads the frames of a file whose keys are there.
pub(crate) fn read(
    file: &mut BagFile,
    unlocked: &Unlocked,
    places: &Places,
    older: Older,
) -> Result<Opened, Failure> {
    read_from(file, unlocked, places, (Signatures::SinceMark, older))
}

fn read_from(
    file: &mut BagFile,
    unlocked: &Unlocked,
    places: &Places,
    (signatures, older): (Signatures, Older),
) -> Result<Opened, Failure> {
    let mark = mark::read(places.mark(unlocked.bag()))?;
    let read = Read { unlocked, mark, older };
    match read.once(file, signatures) {
        Err(Stop::Open(OpenError::NotAsMarked)) => Ok(read.once(file, Signatures::All)?),
        other => Ok(other?),
    }
}

impl Read<'_> {
    fn once(&self, file: &mut BagFile, signatures: Signatures) -> Result<Opened, Stop> {
        let mut reading = self.unlocked.reading(self.mark.as_deref(), signatures).map_err(Stop::Open)?;
        let mut progress = says::Progress::new("Reading the bag", input::length(file.path()));
        let mut end = 0;
        file.frames(|piece| {
            end = end_of(&piece);
            progress.at(end);
            reading.piece(&piece).map_err(Stop::Open)
        })?;
        reading.finish(end, self.older).map_err(Stop::Open)
    }
}

/// Where the next piece begins; for a torn frame, where it began.
pub(crate) fn end_of(piece: &Piece<'_>) -> u64 {
    match piece {
        Piece::Frame { at, head, body } => {
            let body = if *body == Body::Deleted { 0 } else { head.stored_body_length().unwrap_or(0) };
            at + head.head_length() as u64 + body
        }
        Piece::NotFrames { at, length } => at + length,
        Piece::Torn { at, .. } => *at,
    }
}

/// Writes changes: appended with one sync, or the file put in place anew in one step.
pub(crate) fn write(file: &mut BagFile, changes: &Changes) -> Result<(), Failure> {
    let Some(rewrite) = &changes.rewrite else { return Ok(file.append(&changes.append)?) };
    let keep = |head: &bookbag_store::frame::Head<'_>| {
        if rewrite.drop.contains(&head.id()) { Keep::WithoutBody } else { Keep::Whole }
    };
    // One step: new keys of a copy and the changes that speak of them belong together.
    file.rewrite_with(&rewrite.preamble, keep, &changes.append)?;
    Ok(())
}

impl From<FileError> for Stop {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::File(error) => error.into(),
            Stop::Open(error) => error.into(),
        }
    }
}

/// What `bookbag recover` gets.
pub(crate) fn recovery(opened: Opened) -> Result<Recovery, Failure> {
    opened.recovery().ok_or_else(|| {
        Failure::Cannot("this opens the bag as an ordinary device: no recovery is needed".into())
    })
}

/// Says that this is the only copy, if it is.
pub(crate) fn warn_of_only_copy(safety: Option<&Safety>) {
    if let Some(sentence) = safety.copied().and_then(Safety::sentence) {
        say(&sentence);
    }
}
