//! From a file to an open bag: its slots, the secret for one of them, and then its frames.
//!
//! Each step has its own type, so that none can be left out: [`Locked`] has slots, [`Unlocked`] has keys, [`Reading`] takes the pieces of the file, and
//! [`Opened`] is a bag. Who comes by a printed sheet or by shares gets a [`Recovery`], which can do one thing only.

use bookbag_crypto::kdf::KdfError;
use bookbag_store::bag::{self, Bag, OlderCopy, Opening};
use bookbag_store::device::{DeviceKeys, DeviceSeed};
use bookbag_store::frame::scan::{Piece, Scanner};
use bookbag_store::id::BagId;
use bookbag_store::joining::{JoinRefusal, Joined};
use bookbag_store::mark::{Mark, Seen};
use bookbag_store::preamble::{
    KeyRing, MAGIC, MAX_PREAMBLE_BYTES, Parameters, Preamble, PreambleError, Slot, SlotError,
};
use bookbag_store::secret::passkey::PasskeyOutput;
use bookbag_store::secret::passphrase::Passphrase;
use bookbag_store::secret::shares::{CombineError, Share, combine};
use bookbag_store::secret::words::RecoverySecret;
use zeroize::Zeroizing;

use crate::holder::Holder;
use crate::recover::Recovery;
use crate::slots::{passphrase_key, recovery_seed};
use crate::{witness, words};

/// The start of a file: its slots. Nothing is believed yet.
#[derive(Debug, Clone)]
pub struct Locked {
    preamble: Preamble,
    frames_at: u64,
}

/// A kind of slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// A passphrase.
    Passphrase,
    /// A passkey.
    Passkey,
    /// The words of a printed sheet.
    Sheet,
    /// Shares that trusted people hold.
    Shares,
    /// A device that has just joined.
    Device,
}

/// What somebody has to open a copy with.
#[derive(Clone, Copy)]
pub enum Key<'k> {
    /// What was typed.
    Passphrase(&'k Passphrase),
    /// What a passkey answers at a slot's salt; asked for each slot of a passkey.
    Passkey(&'k dyn Fn(&[u8; 16]) -> Option<PasskeyOutput>),
    /// The words of a sheet.
    Words(&'k RecoverySecret),
    /// Enough shares.
    Shares(&'k [Share]),
    /// Somebody who joined, with the copy that was made for their device.
    Joined(&'k Joined),
    /// A device that knows itself.
    Device(&'k DeviceSeed),
}

/// The keys are there, and frames may be read, as often as it takes.
pub struct Unlocked {
    preamble: Preamble,
    ring: KeyRing,
    device: Option<DeviceSeed>,
}

/// Which signatures are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signatures {
    /// Those of frames that the mark does not vouch for.
    SinceMark,
    /// All.
    All,
}

/// What becomes of a file that is older than what this device has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Older {
    /// It is not opened.
    Refuse,
    /// Somebody has decided to go on with it.
    Accept,
}

/// A bag that is being read.
#[derive(Debug)]
pub struct Reading(Opening);

/// What was opened.
#[derive(Debug)]
pub enum Opened {
    /// The bag, on a device of a member, or of somebody who was one.
    Holder(Box<Holder>),
    /// The bag, by a printed sheet or shares: a fresh device is enrolled before anything else.
    Recovery(Box<Recovery>),
}

/// Why a secret opens nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnlockError {
    /// The file does not begin as a bag does.
    #[error(transparent)]
    Preamble(#[from] PreambleError),
    /// There is a slot for such a secret, and this one is another.
    #[error("this does not open the bag: look at what you typed and try again (this copy opens by {0})")]
    Wrong(Ways),
    /// There is no slot for such a secret.
    #[error("this copy is not opened by that, but by: {0}")]
    NoSuchWay(Ways),
    /// The shares give nothing.
    #[error(transparent)]
    Shares(#[from] CombineError),
    /// The passphrase could not be worked on.
    #[error("the passphrase could not be worked on: {0}; close other programs and try again")]
    Stretching(#[from] KdfError),
    /// The slot opened and what is in it is damaged.
    #[error("{0}: use another way in, or another copy")]
    Slot(SlotError),
    /// The copy is of another bag than the one that was joined.
    #[error(transparent)]
    Join(#[from] JoinRefusal),
}

/// The ways into a copy, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ways(Vec<Way>);

/// Why frames are no bag that can be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Older than what this device has seen.
    #[error(
        "This file is an older copy than the one this computer last saw ({}, {}). Nothing was changed. Look for the newer file, or for another \
         copy that has the changes, and merge this one into it. If there is none, open this one as it is: what was changed since is lost here.",
        words::day(.0.seen), words::changes_ago(.0.missing)
    )]
    Older(OlderCopy),
    /// The mark is of other frames: read again with [`Signatures::All`].
    #[error("the file is not the one this computer remembers: all signatures have to be checked again")]
    NotAsMarked,
    /// Everything else.
    #[error("{0}")]
    Bag(bag::OpenError),
}

impl Locked {
    /// Reads the start of a file: all of it, or its first [`Self::START_BYTES`] bytes.
    ///
    /// # Errors
    ///
    /// If it is no bag, or its start is damaged.
    pub fn read(start: &[u8]) -> Result<Self, UnlockError> {
        let (preamble, frames) = Preamble::read(start)?;
        Ok(Self { preamble, frames_at: (start.len() - frames.len()) as u64 })
    }

    /// The longest start, in bytes.
    pub const START_BYTES: usize = MAGIC.len() + MAX_PREAMBLE_BYTES;

    /// Takes a preamble that was read. [`Self::frames_at`] is then 0.
    pub fn new(preamble: Preamble) -> Self {
        Self { preamble, frames_at: 0 }
    }

    /// The bag, as the file says.
    pub fn bag(&self) -> BagId {
        self.preamble.bag
    }

    /// Where frames begin, in bytes.
    pub fn frames_at(&self) -> u64 {
        self.frames_at
    }

    /// The slots.
    pub fn slots(&self) -> &[Slot] {
        &self.preamble.slots
    }

    /// The kinds of slot that there are.
    pub fn ways(&self) -> Ways {
        let mut ways: Vec<Way> = self.slots().iter().map(|slot| Way::of(&slot.parameters)).collect();
        ways.sort_unstable();
        ways.dedup();
        Ways(ways)
    }

    /// Tries a secret at every slot that it could open.
    ///
    /// # Errors
    ///
    /// If it opens none.
    pub fn unlock(&self, key: Key<'_>) -> Result<Unlocked, UnlockError> {
        match key {
            Key::Passphrase(passphrase) => self.try_slots(Way::Passphrase, |slot| {
                let Some(key) = passphrase_key(self.bag(), &slot.parameters, passphrase)? else {
                    return Ok(None);
                };
                self.opened(slot.open(self.bag(), key), None)
            }),
            Key::Passkey(output) => self.try_slots(Way::Passkey, |slot| {
                let Parameters::Passkey { salt } = &slot.parameters else { return Ok(None) };
                let Some(output) = output(salt) else { return Ok(None) };
                let key = crate::slots::passkey_key(self.bag(), *salt, &output);
                self.opened(slot.open(self.bag(), key), None)
            }),
            Key::Words(secret) => self.unlock_recovery(Way::Sheet, secret),
            Key::Shares(shares) => self.unlock_recovery(Way::Shares, &combine(shares)?.into_secret()),
            Key::Joined(joined) => {
                let seed = seed_of(joined.keys_for(self.bag())?);
                self.unlock_as(Way::Device, &seed)
            }
            Key::Device(seed) => self.unlock_as(Way::Device, seed),
        }
    }

    fn unlock_recovery(&self, way: Way, secret: &RecoverySecret) -> Result<Unlocked, UnlockError> {
        self.unlock_as(way, &DeviceSeed::from_secret_bytes(recovery_seed(self.bag(), secret)))
    }

    fn unlock_as(&self, way: Way, seed: &DeviceSeed) -> Result<Unlocked, UnlockError> {
        let Ok(keys) = again(seed).keys() else { return Err(UnlockError::Wrong(self.ways())) };
        self.try_slots(way, |slot| self.opened(slot.open_as(self.bag(), &keys), Some(again(seed))))
    }

    fn try_slots(
        &self,
        way: Way,
        mut open: impl FnMut(&Slot) -> Result<Option<Unlocked>, UnlockError>,
    ) -> Result<Unlocked, UnlockError> {
        let mut error = UnlockError::NoSuchWay(self.ways());
        for slot in self.slots().iter().filter(|slot| Way::of(&slot.parameters) == way) {
            match open(slot) {
                Ok(Some(unlocked)) => return Ok(unlocked),
                Ok(None) => error = UnlockError::Wrong(self.ways()),
                Err(other) => error = other,
            }
        }
        Err(error)
    }

    fn opened(
        &self,
        ring: Result<KeyRing, SlotError>,
        device: Option<DeviceSeed>,
    ) -> Result<Option<Unlocked>, UnlockError> {
        match ring {
            Ok(ring) => Ok(Some(Unlocked { preamble: self.preamble.clone(), ring, device })),
            Err(SlotError::Secret) => Ok(None),
            Err(other) => Err(UnlockError::Slot(other)),
        }
    }
}

impl Way {
    /// The way that a slot is.
    pub fn of(parameters: &Parameters) -> Self {
        match parameters {
            Parameters::Passphrase { .. } => Self::Passphrase,
            Parameters::Passkey { .. } => Self::Passkey,
            Parameters::Sheet { .. } => Self::Sheet,
            Parameters::Shares { .. } => Self::Shares,
            Parameters::Device { .. } => Self::Device,
        }
    }

    /// In plain words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Passphrase => "a passphrase",
            Self::Passkey => "a passkey",
            Self::Sheet => "a printed sheet",
            Self::Shares => "shares held by trusted people",
            Self::Device => "a device that has joined",
        }
    }
}

impl Ways {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Way> {
        self.0.iter().copied()
    }
}

impl std::fmt::Display for Ways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<&str> = self.iter().map(Way::words).collect();
        f.write_str(&words.join(", "))
    }
}

impl Unlocked {
    /// What opens an open bag again.
    pub(crate) fn again(bag: &Bag) -> Self {
        Self { preamble: bag.preamble(), ring: bag.key_ring(), device: None }
    }

    /// The bag.
    pub fn bag(&self) -> BagId {
        self.preamble.bag
    }

    /// Begins to read the frames of the file. `mark` is what [`Holder::mark`] gave, if this device has seen the bag before.
    ///
    /// # Errors
    ///
    /// If the start of the file was changed by somebody without its keys.
    pub fn reading(&self, mark: Option<&[u8]>, signatures: Signatures) -> Result<Reading, OpenError> {
        let open = |device: &DeviceKeys| {
            let mark = Mark::open(self.bag(), device, mark?)?;
            Some(match signatures {
                Signatures::SinceMark => mark,
                // How far the bag had come still counts.
                Signatures::All => Mark { seen: Seen::default(), ..mark },
            })
        };
        let ring = KeyRing {
            copy_key: self.ring.copy_key.again(),
            device: self.ring.device.as_ref().map(again),
            control: self.ring.control.clone(),
        };
        let device = self.device.as_ref().map(again);
        let opening = Opening::begin(self.preamble.clone(), ring, device, open, witness::ours());
        Ok(Reading(opening.map_err(OpenError::from)?))
    }

    /// Opens a file that is in memory, checking all signatures again where the mark is of other frames.
    ///
    /// # Errors
    ///
    /// If there is no bag in it, or it is older than what this device has seen and that is not accepted.
    pub fn open(&self, file: &[u8], mark: Option<&[u8]>, older: Older) -> Result<Opened, OpenError> {
        match self.open_once(file, mark, (Signatures::SinceMark, older)) {
            Err(OpenError::NotAsMarked) => self.open_once(file, mark, (Signatures::All, older)),
            other => other,
        }
    }

    fn open_once(
        &self,
        file: &[u8],
        mark: Option<&[u8]>,
        (signatures, older): (Signatures, Older),
    ) -> Result<Opened, OpenError> {
        let mut reading = self.reading(mark, signatures)?;
        let start = Locked::read(file).map_or(0, |locked| locked.frames_at);
        let mut end = file.len() as u64;
        for piece in Scanner::new(Some(self.bag()), start..end).pieces(file) {
            if let Piece::Torn { at, .. } = piece {
                end = at;
            }
            reading.piece(&piece)?;
        }
        reading.finish(end, older)
    }
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unlocked({})", self.bag())
    }
}

impl Reading {
    /// Takes the next piece of the file.
    ///
    /// # Errors
    ///
    /// [`OpenError::NotAsMarked`]: begin again with [`Signatures::All`].
    pub fn piece(&mut self, piece: &Piece<'_>) -> Result<(), OpenError> {
        Ok(self.0.piece(piece)?)
    }

    /// The bag. `length` is where the next frame goes: the length of the file without a torn frame at its end, in bytes.
    ///
    /// # Errors
    ///
    /// If there is no first frame, or the file is older than what this device has seen and that is not accepted.
    pub fn finish(self, length: u64, older: Older) -> Result<Opened, OpenError> {
        let bag = self.0.finish(older == Older::Accept)?;
        let listed = bag.state().device(bag.device().id());
        if listed.is_some_and(|listed| listed.device.purpose.is_recovery()) {
            return Ok(Opened::Recovery(Box::new(Recovery::new(Holder::of(bag, length)))));
        }
        Ok(Opened::Holder(Box::new(Holder::of(bag, length))))
    }
}

impl Opened {
    /// The holder, unless it was opened by a sheet or shares.
    pub fn holder(self) -> Option<Holder> {
        match self {
            Self::Holder(holder) => Some(*holder),
            Self::Recovery(_) => None,
        }
    }

    /// The recovery, if it was opened by a sheet or shares.
    pub fn recovery(self) -> Option<Recovery> {
        match self {
            Self::Holder(_) => None,
            Self::Recovery(recovery) => Some(*recovery),
        }
    }
}

impl From<bag::OpenError> for OpenError {
    fn from(error: bag::OpenError) -> Self {
        match error {
            bag::OpenError::Older(older) => Self::Older(older),
            bag::OpenError::NotAsMarked => Self::NotAsMarked,
            other => Self::Bag(other),
        }
    }
}

/// A second one of the same seed; both are wiped.
pub(crate) fn again(seed: &DeviceSeed) -> DeviceSeed {
    DeviceSeed::from_secret_bytes(Zeroizing::new(*seed.as_secret_bytes()))
}

fn seed_of(keys: &DeviceKeys) -> DeviceSeed {
    again(keys.seed())
}
