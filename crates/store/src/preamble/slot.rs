//! One way to open a copy.

use bookbag_crypto::aead::OneTimeKey;
use bookbag_crypto::hpke::Context;
use bookbag_crypto::kdf::Hkdf;
use bookbag_crypto::mac::MacKey;
use bookbag_crypto::{Entropy, SaltStream};
use zeroize::Zeroizing;

use super::KeyRing;
use crate::device::{DeviceCard, DeviceKeys};
use crate::id::{BagId, DeviceId, SlotId};
use crate::key::expand;
use crate::wire::{Reader, WireError, Writer};

/// A slot as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its name, new at each sealing.
    pub id: SlotId,
    /// Its kind, and what is needed to make its key from its secret.
    pub parameters: Parameters,
    sealed: Vec<u8>,
}

/// The kinds of slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameters {
    /// A passphrase, by Argon2id.
    Passphrase {
        /// Memory, in MiB.
        memory_mib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes.
        lanes: u32,
        /// New at each sealing.
        salt: [u8; 16],
    },
    /// A passkey, by the PRF extension of `WebAuthn`.
    Passkey {
        /// New at each sealing.
        salt: [u8; 16],
    },
    /// A printed sheet, whose device the bag lists.
    Sheet {
        /// The device that grows from the sheet's secret.
        device: DeviceId,
    },
    /// Shares held by trusted people.
    Shares {
        /// The device that grows from the shared secret.
        device: DeviceId,
        /// Which shares belong together.
        set: [u8; 4],
    },
    /// Another device, which has just joined.
    Device {
        /// That device.
        device: DeviceId,
    },
}

/// Why a slot gave no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SlotError {
    /// The secret is another, or the slot was changed.
    #[error("this does not open the bag")]
    Secret,
    /// The slot is opened by another kind of secret.
    #[error("the slot is for another kind of secret")]
    Kind,
    /// It opened, and what is in it is not a key ring.
    #[error("what the slot holds is damaged: {0}")]
    KeyRing(#[from] WireError),
    /// The key ring could not be sealed.
    #[error("the slot could not be sealed")]
    Seal,
}

impl Slot {
    /// Seals a key ring under the key that was made from a passphrase or passkey with these parameters. The parameters' salt
    /// must be new: a slot key serves once.
    ///
    /// # Errors
    ///
    /// If `parameters` are of a kind that a device opens.
    pub fn seal(
        bag: BagId,
        parameters: Parameters,
        slot_key: Zeroizing<[u8; 32]>,
        ring: &KeyRing,
        entropy: Entropy<32>,
    ) -> Result<Self, SlotError> {
        if parameters.device().is_some() {
            return Err(SlotError::Kind);
        }
        let id = new_id(&mut SaltStream::new(entropy), &parameters, ring);
        let once = one_time_key(slot_key, id);
        let sealed = once.seal(&associated_data(bag, id, &parameters), &ring.encode());
        Ok(Self { id, parameters, sealed: sealed.map_err(|_| SlotError::Seal)? })
    }

    /// Seals a key ring to a device.
    ///
    /// # Errors
    ///
    /// If `parameters` do not name this device.
    pub fn seal_to(
        bag: BagId,
        parameters: Parameters,
        card: &DeviceCard,
        ring: &KeyRing,
        entropy: Entropy<32>,
    ) -> Result<Self, SlotError> {
        if parameters.device() != Some(card.id()) || ring.device.is_some() {
            return Err(SlotError::Kind);
        }
        let mut random = SaltStream::new(entropy);
        let id = new_id(&mut random, &parameters, ring);
        let info = info(bag, id, &parameters);
        let context = Context { info: &info, associated_data: b"" };
        let sealed = card.sealing().seal(random.entropy(), context, &ring.encode());
        Ok(Self { id, parameters, sealed: sealed.map_err(|_| SlotError::Seal)? })
    }

    /// Opens a slot with the key that was made from a passphrase or passkey.
    ///
    /// # Errors
    ///
    /// If it is not the key, or the slot is of another kind.
    pub fn open(&self, bag: BagId, slot_key: Zeroizing<[u8; 32]>) -> Result<KeyRing, SlotError> {
        if self.parameters.device().is_some() {
            return Err(SlotError::Kind);
        }
        let aad = associated_data(bag, self.id, &self.parameters);
        let ring = one_time_key(slot_key, self.id).open(&aad, &self.sealed);
        let ring = KeyRing::decode(&ring.map_err(|_| SlotError::Secret)?)?;
        if ring.device.is_some() { Ok(ring) } else { Err(WireError::Expected("the device's seed").into()) }
    }

    /// Opens a slot as the device it is sealed to.
    ///
    /// # Errors
    ///
    /// If it is sealed to another, or of another kind.
    pub fn open_as(&self, bag: BagId, device: &DeviceKeys) -> Result<KeyRing, SlotError> {
        match self.parameters.device() {
            None => return Err(SlotError::Kind),
            Some(listed) if listed != device.id() => return Err(SlotError::Secret),
            Some(_) => {}
        }
        let info = info(bag, self.id, &self.parameters);
        let context = Context { info: &info, associated_data: b"" };
        let ring = device.sealing.open(context, &self.sealed).map_err(|_| SlotError::Secret)?;
        Ok(KeyRing::decode(&ring)?)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(4)?;
        let kind = reader.uint()?;
        let id = SlotId::from_bytes(reader.fixed()?);
        let parameters = Parameters::read(kind, reader)?;
        Ok(Self { id, parameters, sealed: reader.bytes()?.to_vec() })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.array(4).uint(self.parameters.kind()).bytes(self.id.as_bytes());
        self.parameters.write(writer);
        writer.bytes(&self.sealed);
    }
}

impl Parameters {
    /// The device that opens it, if one does.
    pub fn device(&self) -> Option<DeviceId> {
        match *self {
            Self::Passphrase { .. } | Self::Passkey { .. } => None,
            Self::Sheet { device } | Self::Shares { device, .. } | Self::Device { device } => Some(device),
        }
    }

    fn kind(&self) -> u64 {
        match self {
            Self::Passphrase { .. } => 1,
            Self::Passkey { .. } => 2,
            Self::Sheet { .. } => 3,
            Self::Shares { .. } => 4,
            Self::Device { .. } => 5,
        }
    }

    fn read(kind: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let items = reader.array()?;
        match (kind, items) {
            (1, 4) => Ok(Self::Passphrase {
                memory_mib: small(reader)?,
                salt: reader.fixed()?,
                passes: small(reader)?,
                lanes: small(reader)?,
            }),
            (2, 1) => Ok(Self::Passkey { salt: reader.fixed()? }),
            (3..=5, 2) => {
                let device = DeviceId::from_bytes(reader.fixed()?);
                match (kind, reader.or_null(Reader::fixed)?) {
                    (3, None) => Ok(Self::Sheet { device }),
                    (4, Some(set)) => Ok(Self::Shares { device, set }),
                    (5, None) => Ok(Self::Device { device }),
                    _ => Err(WireError::Expected("a share set for shares alone")),
                }
            }
            _ => Err(WireError::Expected("a kind of slot that this version knows")),
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Passphrase { memory_mib, passes, lanes, salt } => {
                writer.array(4).uint(u64::from(*memory_mib)).bytes(salt);
                writer.uint(u64::from(*passes)).uint(u64::from(*lanes));
            }
            Self::Passkey { salt } => {
                writer.array(1).bytes(salt);
            }
            Self::Sheet { device } | Self::Device { device } => {
                writer.array(2).bytes(device.as_bytes()).or_null(None::<()>, |_, ()| {});
            }
            Self::Shares { device, set } => {
                writer.array(2).bytes(device.as_bytes()).bytes(set);
            }
        }
    }
}

/// A name that no other slot has: if the host's generator repeats itself, it is new as long as something in the slot is. Slot key and name make
/// key and nonce.
fn new_id(random: &mut SaltStream, parameters: &Parameters, ring: &KeyRing) -> SlotId {
    let mut what = Writer::new();
    parameters.write(&mut what);
    let root = Hkdf::from_uniform(ring.copy_key.again().0);
    let hedge = MacKey::from_secret_bytes(expand(&root, b"bookbag/1 slot name"));
    let tag = hedge.tag(&[&random.draw::<32>(), what.as_bytes(), &ring.encode()]);
    let mut id = [0; SlotId::BYTES];
    id.iter_mut().zip(tag).for_each(|(to, from)| *to = from);
    SlotId::from_bytes(id)
}

fn one_time_key(slot_key: Zeroizing<[u8; 32]>, id: SlotId) -> OneTimeKey {
    OneTimeKey::derive(&Hkdf::from_uniform(slot_key), &[b"bookbag/1 slot", id.as_bytes()])
}

fn associated_data(bag: BagId, id: SlotId, parameters: &Parameters) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(4).bytes(bag.as_bytes()).uint(parameters.kind()).bytes(id.as_bytes());
    parameters.write(&mut writer);
    writer.into_bytes()
}

fn info(bag: BagId, id: SlotId, parameters: &Parameters) -> Vec<u8> {
    [b"bookbag/1 slot".as_slice(), &associated_data(bag, id, parameters)].concat()
}

fn small(reader: &mut Reader<'_>) -> Result<u32, WireError> {
    u32::try_from(reader.uint()?).map_err(|_| WireError::Expected("a smaller number"))
}
