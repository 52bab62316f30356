//! The start of a copy: its slots, each of which gives the keys to whoever has its secret (`spec/bag-format.md`, "Slots").
//!
//! The preamble belongs to one copy of a bag and is never merged. A tag covers all of it; its key, the *copy key*, is in every slot, so that whoever
//! can open the copy sees whether somebody who cannot has changed it. A counter, which the device's mark holds too, shows an older preamble.

mod slot;

use bookbag_crypto::kdf::Hkdf;
use bookbag_crypto::mac::MacKey;
use bookbag_crypto::{Entropy, SaltStream};
use zeroize::Zeroizing;

use crate::device::DeviceSeed;
use crate::id::BagId;
use crate::key::expand;
use crate::wire::{Reader, WireError, Writer};

pub use slot::{Parameters, Slot, SlotError};

/// The first bytes of every bag: the CBOR text `bookbag/1`.
pub const MAGIC: &[u8] = b"\x69bookbag/1";

/// Longest preamble, in bytes.
pub const MAX_PREAMBLE_BYTES: usize = 65_536;

/// Most slots of one copy.
pub const MAX_SLOTS: u64 = 32;

/// Most control epochs in one key ring.
pub const MAX_CONTROL_EPOCHS: u64 = 1024;

/// A preamble as it stands in a file. Its tag has not been checked.
#[derive(Debug, Clone)]
pub struct Preamble {
    /// The bag.
    pub bag: BagId,
    /// One more at each rewriting.
    pub counter: u64,
    /// The ways to open this copy.
    pub slots: Vec<Slot>,
    tagged: Vec<u8>,
    tag: [u8; 32],
}

/// The key of a copy's preamble. Wiped when dropped; cannot be printed.
pub struct CopyKey(Zeroizing<[u8; 32]>);

/// What a slot gives.
pub struct KeyRing {
    /// The key of the preamble.
    pub copy_key: CopyKey,
    /// The device whose slot this is; `None` where who opens the slot has it already.
    pub device: Option<DeviceSeed>,
    /// Keys of control epochs, enough to read the bag from its first frame.
    pub control: Vec<Zeroizing<[u8; 32]>>,
}

/// Why the start of a file is not a preamble to believe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PreambleError {
    /// Not a bag at all.
    #[error("this is not a bag: it does not begin with bookbag/1")]
    Magic,
    /// Not the form of a preamble.
    #[error("the start of the file, where its slots are, is damaged: {0}")]
    Form(#[from] WireError),
    /// Somebody who could not open the copy has changed the preamble.
    #[error("the start of the file, where its slots are, was changed by somebody without its keys")]
    Tag,
}

impl Preamble {
    /// Reads magic and preamble at the start of a file. Gives what follows too.
    ///
    /// # Errors
    ///
    /// If they are not there ([`WireError::Ended`]: not all of it), or longer than [`MAX_PREAMBLE_BYTES`].
    pub fn read(file: &[u8]) -> Result<(Self, &[u8]), PreambleError> {
        let rest = file.strip_prefix(MAGIC).ok_or(PreambleError::Magic)?;
        let within = rest.get(..MAX_PREAMBLE_BYTES).unwrap_or(rest);
        let mut reader = Reader::new(within);
        reader.array_of(5)?;
        if reader.uint()? != 1 {
            return Err(WireError::Expected("version 1").into());
        }
        let bag = BagId::from_bytes(reader.fixed()?);
        let counter = reader.uint()?;
        let slots = reader.list(MAX_SLOTS, Slot::read)?;
        let length = within.len() - reader.rest().len();
        let tagged = within.get(..length).unwrap_or_default().to_vec();
        let tag = reader.fixed()?;
        let length = within.len() - reader.rest().len();
        let frames = rest.get(length..).unwrap_or_default();
        Ok((Self { bag, counter, slots, tagged, tag }, frames))
    }

    /// The preamble that [`Self::write`] writes.
    pub fn new(bag: BagId, counter: u64, slots: &[Slot], key: &CopyKey) -> Self {
        let tagged = Self::tagged(bag, counter, slots);
        let tag = key.mac().tag(&[&tagged]);
        Self { bag, counter, slots: slots.to_vec(), tagged, tag }
    }

    /// Writes magic and preamble.
    pub fn write(bag: BagId, counter: u64, slots: &[Slot], key: &CopyKey) -> Vec<u8> {
        let Self { tagged, tag, .. } = Self::new(bag, counter, slots, key);
        let mut file = Writer::new();
        file.raw(MAGIC).raw(&tagged).bytes(&tag);
        file.into_bytes()
    }

    fn tagged(bag: BagId, counter: u64, slots: &[Slot]) -> Vec<u8> {
        let mut tagged = Writer::new();
        tagged.array(5).uint(1).bytes(bag.as_bytes()).uint(counter);
        tagged.list(slots, |w, slot| slot.write(w));
        tagged.into_bytes()
    }

    /// Checks that nobody without the keys has changed it.
    ///
    /// # Errors
    ///
    /// If somebody has.
    pub fn check(&self, key: &CopyKey) -> Result<(), PreambleError> {
        key.mac().verify(&[&self.tagged], &self.tag).map_err(|_| PreambleError::Tag)
    }
}

impl CopyKey {
    /// Makes a new one.
    pub fn generate(entropy: Entropy<32>) -> Self {
        Self(Zeroizing::new(SaltStream::new(entropy).draw()))
    }

    /// A second one of the same key, for another slot; both are wiped.
    #[must_use]
    pub fn again(&self) -> Self {
        Self(self.0.clone())
    }

    fn mac(&self) -> MacKey {
        MacKey::from_secret_bytes(expand(&Hkdf::from_uniform(self.0.clone()), b"bookbag/1 preamble"))
    }
}

impl std::fmt::Debug for CopyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CopyKey")
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyRing({} control epochs)", self.control.len())
    }
}

impl KeyRing {
    /// Encoded and padded, so that its length does not tell how often members changed.
    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::with_capacity(128 + 34 * self.control.len());
        writer.array(3).bytes(&*self.copy_key.0);
        writer.or_null(self.device.as_ref(), |w, seed| {
            w.bytes(seed.as_secret_bytes());
        });
        writer.list(&self.control, |w, key| {
            w.bytes(&**key);
        });
        let mut bytes = Zeroizing::new(writer.into_bytes());
        let padded = bytes.len().next_multiple_of(512);
        bytes.resize(padded, 0);
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        reader.array_of(3)?;
        let copy_key = CopyKey(Zeroizing::new(reader.fixed()?));
        let device = reader.or_null(Reader::fixed)?;
        let device = device.map(|seed| DeviceSeed::from_secret_bytes(Zeroizing::new(seed)));
        let control = reader.list(MAX_CONTROL_EPOCHS, |r| r.fixed().map(Zeroizing::new))?;
        reader.end_of_padded()?;
        if control.is_empty() {
            return Err(WireError::Expected("a key of the control compartment"));
        }
        Ok(Self { copy_key, device, control })
    }
}

#[cfg(test)]
mod tests;
