//! How this copy opens: passphrases, passkeys, printed sheets, shares.
//!
//! A sheet's secret, and that which is shared among people, are the seed of a *recovery device*, which the bag lists like any other of its member: new keys are
//! wrapped to it, and whoever removes it or the member shuts it out. Its slot can be sealed anew without the paper.

use bookbag_crypto::kdf::{KdfError, PasswordCost};
use bookbag_crypto::{Entropy, SaltStream};
use bookbag_store::bag::{Bag, Doing};
use bookbag_store::device::{DeviceKeys, DeviceSeed};
use bookbag_store::event::{Act, Device, DevicePurpose, Label, Removed};
use bookbag_store::id::{BagId, DeviceId, FrameId, MemberId, SlotId};
use bookbag_store::preamble::{KeyRing, Parameters, Slot};
use bookbag_store::secret::passkey::PasskeyOutput;
use bookbag_store::secret::passphrase::{NewPassphrase, Passphrase, Stretching};
use bookbag_store::secret::shares::{Scheme, Share};
use bookbag_store::secret::words::RecoverySecret;
use zeroize::Zeroizing;

use crate::error::VerbError;
use crate::holder::{Acting, Holder};
use crate::open::Way;

/// Slots state their memory in MiB, Argon2id takes it in KiB.
const KIB_OF_A_MIB: u32 = 1024;

/// What gives a new slot its key.
#[derive(Clone, Copy)]
pub enum NewSlot<'s> {
    /// A passphrase that was judged good enough.
    Passphrase(&'s NewPassphrase),
    /// A passkey that was evaluated at this salt, which is new.
    Passkey {
        /// Fresh from the host's generator.
        salt: [u8; 16],
        /// What the passkey answered.
        output: &'s PasskeyOutput,
    },
}

/// One way into this copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayIn {
    /// Its slot.
    pub slot: SlotId,
    /// Its kind.
    pub way: Way,
    /// The recovery or joining device behind it, and how that is called, if it is still in the bag.
    pub device: Option<(DeviceId, Option<Label>)>,
}

impl NewSlot<'_> {
    /// Seals this device's key ring.
    pub(crate) fn seal(&self, bag: &Bag, entropy: Entropy<32>) -> Result<Slot, VerbError> {
        let mut random = SaltStream::new(entropy);
        let (parameters, key) = self.parameters(bag.id(), &mut random)?;
        Ok(Slot::seal(bag.id(), parameters, key, &bag.key_ring(), random.entropy())?)
    }

    /// Seals a ring for a copy of its own.
    pub(crate) fn seal_ring(
        &self,
        bag: BagId,
        ring: &KeyRing,
        entropy: Entropy<32>,
    ) -> Result<Slot, VerbError> {
        let mut random = SaltStream::new(entropy);
        let (parameters, key) = self.parameters(bag, &mut random)?;
        Ok(Slot::seal(bag, parameters, key, ring, random.entropy())?)
    }

    fn parameters(
        &self,
        bag: BagId,
        random: &mut SaltStream,
    ) -> Result<(Parameters, Zeroizing<[u8; 32]>), KdfError> {
        match self {
            Self::Passphrase(passphrase) => {
                let stretching = Stretching::today(random.draw());
                let (memory_kib, passes, lanes) = stretching.cost.parameters();
                let memory_mib = memory_kib.div_ceil(KIB_OF_A_MIB);
                let salt = stretching.salt;
                let key = passphrase.slot_key(&stretching, bag)?;
                Ok((Parameters::Passphrase { memory_mib, passes, lanes, salt }, key))
            }
            Self::Passkey { salt, output } => {
                Ok((Parameters::Passkey { salt: *salt }, passkey_key(bag, *salt, output)))
            }
        }
    }
}

impl std::fmt::Debug for NewSlot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passphrase(_) => "Passphrase",
            Self::Passkey { .. } => "Passkey",
        })
    }
}

impl Holder {
    /// The ways into this copy.
    pub fn ways(&self) -> Vec<WayIn> {
        let name = |device| self.state().device(device).filter(|listed| listed.is_active);
        let way = |slot: &Slot| WayIn {
            slot: slot.id,
            way: Way::of(&slot.parameters),
            device: slot
                .parameters
                .device()
                .map(|id| (id, name(id).map(|listed| listed.device.name.clone()))),
        };
        self.bag.slots().iter().map(way).collect()
    }

    /// Adds a way into this copy.
    ///
    /// # Errors
    ///
    /// If there is too little memory for a passphrase.
    pub fn add_slot(&mut self, slot: &NewSlot<'_>, doing: Doing) -> Result<SlotId, VerbError> {
        let sealed = slot.seal(&self.bag, doing.entropy)?;
        let id = sealed.id;
        self.set_slots(self.bag.slots().iter().cloned().chain([sealed]).collect());
        Ok(id)
    }

    /// A new passphrase in the place of all others of this copy. An old copy still opens with the old one, and so does everything in it:
    /// if somebody else may know it, this is not enough, see [`Self::secret_is_known`].
    ///
    /// # Errors
    ///
    /// If there is too little memory for it.
    pub fn change_passphrase(&mut self, new: &NewPassphrase, doing: Doing) -> Result<(), VerbError> {
        let sealed = NewSlot::Passphrase(new).seal(&self.bag, doing.entropy)?;
        let others = self.bag.slots().iter().filter(|slot| Way::of(&slot.parameters) != Way::Passphrase);
        self.set_slots(others.cloned().chain([sealed]).collect());
        Ok(())
    }

    /// Somebody else may know a secret of this copy. This device gets new keys and its old ones are removed, with new keys for all that this
    /// member reads; the copy gets a new key, one new slot, and the recovery slots sealed anew. Other passphrases and passkeys of this copy are gone and can be added again.
    /// The old secret with an old copy opens nothing that is written from now on; what it could have opened before, it could.
    ///
    /// # Errors
    ///
    /// If this device is no longer in the bag. Then nothing is changed.
    pub fn secret_is_known(&mut self, slot: &NewSlot<'_>, doing: Doing) -> Result<(), VerbError> {
        let mut acting = Acting::new(doing);
        let (member, _) = self.me()?;
        let old = self.bag.device().id();
        let name = self.own_name()?;
        self.whole(|holder| {
            holder.rekey_first(&mut acting)?;
            let seed = DeviceSeed::generate(acting.random.entropy());
            holder.become_new_device(member, name, seed, &mut acting)?;
            let removed = Removed { device: old, accepted: holder.bag.last_of(old) };
            let remove = Act::RemoveDevice(removed);
            let pending = holder.bag.act(&remove, &[], None, acting.doing())?;
            holder.add(&pending)?;
            holder.new_copy_key(slot, &mut acting)
        })
    }

    /// Takes a way into this copy away. That of a sheet or of shares is taken from the bag too, with new keys: the paper opens nothing that
    /// is written from now on.
    ///
    /// # Errors
    ///
    /// If there is no such slot, or it is the last but for recovery.
    pub fn remove_slot(&mut self, id: SlotId, doing: Doing) -> Result<(), VerbError> {
        let mut acting = Acting::new(doing);
        let slots = self.bag.slots();
        let slot = slots.iter().find(|slot| slot.id == id).ok_or(VerbError::NoSuch { what: "way in" })?;
        if slots.len() == 1 {
            return Err(VerbError::LastWay);
        }
        let device = slot.parameters.device().filter(|device| self.is_own_recovery(*device));
        self.whole(|holder| {
            if let Some(device) = device {
                holder.rekey_first(&mut acting)?;
                let removed = Removed { device, accepted: holder.bag.last_of(device) };
                let pending = holder.bag.act(&Act::RemoveDevice(removed), &[], None, acting.doing())?;
                holder.add(&pending)?;
            }
            let rest = holder.bag.slots().iter().filter(|slot| slot.id != id).cloned().collect();
            holder.set_slots(rest);
            Ok(())
        })
    }

    /// A printed sheet for this member: its secret is given once, to be printed with
    /// [`recovery_sheet`](bookbag_store::secret::sheet::recovery_sheet), and is kept nowhere.
    ///
    /// # Errors
    ///
    /// If this device is no longer in the bag.
    pub fn make_sheet(&mut self, name: Label, doing: Doing) -> Result<RecoverySecret, VerbError> {
        let mut acting = Acting::new(doing);
        let secret = RecoverySecret::generate(acting.random.entropy());
        let slot = |device| Parameters::Sheet { device };
        self.list_recovery(&secret, (name, DevicePurpose::Sheet), slot, &mut acting)?;
        Ok(secret)
    }

    /// Shares for trusted people, each to be printed with [`share_card`](bookbag_store::secret::sheet::share_card); so many of them as the scheme
    /// says open the bag as this member. They are kept nowhere.
    ///
    /// # Errors
    ///
    /// If this device is no longer in the bag.
    pub fn make_shares(
        &mut self,
        name: Label,
        scheme: Scheme,
        doing: Doing,
    ) -> Result<Vec<Share>, VerbError> {
        let mut acting = Acting::new(doing);
        let secret = RecoverySecret::generate(acting.random.entropy());
        let shares = scheme.share_out(&secret, acting.random.entropy());
        let set = shares.first().map_or([0; 4], |share| *share.set().as_bytes());
        let slot = |device| Parameters::Shares { device, set };
        self.list_recovery(&secret, (name, DevicePurpose::Shares), slot, &mut acting)?;
        Ok(shares)
    }

    fn list_recovery(
        &mut self,
        secret: &RecoverySecret,
        (name, purpose): (Label, DevicePurpose),
        parameters: impl FnOnce(DeviceId) -> Parameters,
        acting: &mut Acting,
    ) -> Result<(), VerbError> {
        let (member, _) = self.me()?;
        let seed = DeviceSeed::from_secret_bytes(recovery_seed(self.id(), secret));
        let keys = seed.keys().map_err(|_| VerbError::Keys)?;
        self.whole(|holder| {
            holder.rekey_first(acting)?;
            holder.list_device(member, &keys, (name, purpose), acting)?;
            let parameters = parameters(keys.id());
            let ring = holder.bag.key_ring_to();
            let entropy = acting.random.entropy();
            let slot = Slot::seal_to(holder.id(), parameters, &keys.card, &ring, entropy)?;
            holder.set_slots(holder.bag.slots().iter().cloned().chain([slot]).collect());
            Ok(())
        })
    }

    /// Lists another device of this member.
    pub(crate) fn list_device(
        &mut self,
        member: MemberId,
        keys: &DeviceKeys,
        (name, purpose): (Label, DevicePurpose),
        acting: &mut Acting,
    ) -> Result<FrameId, VerbError> {
        let (signing, sealing) = (*keys.card.signing_bytes(), keys.card.sealing_hash());
        let add = Act::AddDevice(Device { member, signing, sealing, name, purpose });
        let pending = self.bag.act(&add, &[], Some(&keys.card), acting.doing())?;
        self.add(&pending)
    }

    /// Lists a fresh device of this member and goes on as it.
    pub(crate) fn become_new_device(
        &mut self,
        member: MemberId,
        name: Label,
        seed: DeviceSeed,
        acting: &mut Acting,
    ) -> Result<(), VerbError> {
        let keys = seed.keys().map_err(|_| VerbError::Keys)?;
        self.list_device(member, &keys, (name, DevicePurpose::InUse), acting)?;
        self.bag.continue_as(keys);
        Ok(())
    }

    /// A new copy key: one slot for the person, and those that can be sealed anew without anybody.
    pub(crate) fn new_copy_key(&mut self, slot: &NewSlot<'_>, acting: &mut Acting) -> Result<(), VerbError> {
        self.bag.new_copy_key(acting.random.entropy());
        let mut slots = vec![slot.seal(&self.bag, acting.random.entropy())?];
        let ring = self.bag.key_ring_to();
        slots.extend(self.recovery_slots(&ring, acting)?);
        self.set_slots(slots);
        Ok(())
    }

    /// Slots of recovery devices that are in the bag: of all members, so that whoever lost everything finds a copy with a relative. Shares are only known where their
    /// set is, in a copy that has their slot.
    pub(crate) fn recovery_slots(&self, ring: &KeyRing, acting: &mut Acting) -> Result<Vec<Slot>, VerbError> {
        let sets = |id| {
            self.bag.slots().iter().find_map(|slot| match slot.parameters {
                Parameters::Shares { device, .. } if device == id => Some(slot.parameters),
                _ => None,
            })
        };
        let active = self.state().devices().filter(|(_, listed)| listed.is_active);
        let parameters = active.filter_map(|(device, listed)| match listed.device.purpose {
            DevicePurpose::InUse => None,
            DevicePurpose::Sheet => Some(Parameters::Sheet { device }),
            DevicePurpose::Shares => sets(device),
        });
        let mut slots = Vec::new();
        // One slot is left for the person.
        for parameters in parameters.take(bookbag_store::preamble::MAX_SLOTS as usize - 1) {
            let card = parameters.device().and_then(|id| self.bag.card(id)).ok_or(VerbError::StaleSlot)?;
            let entropy = acting.random.entropy();
            slots.push(Slot::seal_to(self.id(), parameters, &card, ring, entropy)?);
        }
        Ok(slots)
    }

    /// Has the file written anew with these slots, but for those of recovery devices that are gone.
    pub(crate) fn set_slots(&mut self, slots: Vec<Slot>) {
        let is_gone = |slot: &Slot| {
            let listed = slot.parameters.device().and_then(|id| self.state().device(id));
            listed.is_some_and(|listed| !listed.is_active)
        };
        let slots = slots.into_iter().filter(|slot| !is_gone(slot)).collect();
        self.rewrite(slots);
    }

    /// Slots of devices that are gone are taken out of this copy.
    pub(crate) fn drop_gone_slots(&mut self) {
        let gone = |id| self.state().device(id).is_some_and(|listed| !listed.is_active);
        if self.bag.slots().iter().filter_map(|slot| slot.parameters.device()).any(gone) {
            self.set_slots(self.bag.slots().to_vec());
        }
    }

    fn is_own_recovery(&self, device: DeviceId) -> bool {
        let listed = self.state().device(device).filter(|listed| listed.is_active);
        listed
            .is_some_and(|it| it.device.purpose.is_recovery() && Some(it.device.member) == self.bag.member())
    }
}

/// The key that a passphrase gives with a slot's parameters; `None` if the slot is of another kind.
pub(crate) fn passphrase_key(
    bag: BagId,
    parameters: &Parameters,
    passphrase: &Passphrase,
) -> Result<Option<Zeroizing<[u8; 32]>>, KdfError> {
    let Parameters::Passphrase { memory_mib, passes, lanes, salt } = *parameters else { return Ok(None) };
    let stretching = Stretching {
        cost: PasswordCost::stored(memory_mib.saturating_mul(KIB_OF_A_MIB), passes, lanes)?,
        salt,
    };
    passphrase.slot_key(&stretching, bag).map(Some)
}

/// The key that a passkey gives.
pub(crate) fn passkey_key(bag: BagId, salt: [u8; 16], output: &PasskeyOutput) -> Zeroizing<[u8; 32]> {
    output.slot_key(bag, &salt)
}

/// The seed of the recovery device that a secret is.
pub(crate) fn recovery_seed(bag: BagId, secret: &RecoverySecret) -> Zeroizing<[u8; 32]> {
    secret.device_seed(bag)
}
