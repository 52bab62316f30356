//! One device's keys: all of them grow from one seed (`spec/bag-format.md`, "Keys").

use bookbag_crypto::hpke::{HpkePrivateKey, HpkePublicKey};
use bookbag_crypto::kdf::Hkdf;
use bookbag_crypto::mac::MacKey;
use bookbag_crypto::{Entropy, HashAlgorithm, KeyError, PublicKey, SaltStream, SigningKey};
use zeroize::Zeroizing;

use crate::id::{DeviceId, labelled_half};
use crate::key::expand;

/// From which a device's keys are made. Wiped when dropped; cannot be printed.
pub struct DeviceSeed(Zeroizing<[u8; 32]>);

/// The private keys of one device. Cannot be printed.
pub struct DeviceKeys {
    /// Signs what the device writes.
    pub signing: SigningKey,
    /// Opens what is wrapped to the device.
    pub sealing: HpkePrivateKey,
    /// The public halves.
    pub card: DeviceCard,
    seed: DeviceSeed,
}

/// The public keys of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCard {
    signing_bytes: [u8; 32],
    signing: PublicKey,
    sealing: HpkePublicKey,
    sealing_hash: [u8; 32],
    id: DeviceId,
}

/// Why bytes are not the public keys of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// The signing key is no point, not canonical, or of low order.
    #[error("the device's signing key is not a valid key")]
    Signing,
    /// The sealing key has the wrong length or is not canonical.
    #[error("the device's sealing key is not a valid key")]
    Sealing,
}

impl DeviceSeed {
    /// Makes a new one.
    pub fn generate(entropy: Entropy<32>) -> Self {
        Self(Zeroizing::new(SaltStream::new(entropy).draw()))
    }

    /// Takes one that was unsealed, or derived from a printed sheet.
    pub fn from_secret_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The seed itself, to be sealed in a slot.
    pub fn as_secret_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The keys.
    ///
    /// # Errors
    ///
    /// Never for a seed that was drawn at random.
    pub fn keys(self) -> Result<DeviceKeys, KeyError> {
        let root = self.root();
        let signing = SigningKey::ed25519(&expand(&root, b"bookbag/1 device signing"));
        let sealing = HpkePrivateKey::from_secret_bytes(&expand(&root, b"bookbag/1 device sealing"))
            .map_err(|_| KeyError::InvalidSecret)?;
        let signing_bytes = signing.public_key()?.ed25519_bytes().ok_or(KeyError::InvalidPoint)?;
        let card = DeviceCard::new(signing_bytes, signing.public_key()?, sealing.public_key());
        Ok(DeviceKeys { signing, sealing, card, seed: self })
    }

    fn root(&self) -> Hkdf {
        Hkdf::from_uniform(self.0.clone())
    }
}

impl DeviceKeys {
    /// The device's name.
    pub fn id(&self) -> DeviceId {
        self.card.id()
    }

    /// What the keys were made from.
    pub fn seed(&self) -> &DeviceSeed {
        &self.seed
    }

    /// Gives the seed up, to be kept elsewhere.
    pub fn into_seed(self) -> DeviceSeed {
        self.seed
    }

    /// A secret of the device that is mixed into the keys it makes.
    pub fn hedge(&self) -> MacKey {
        MacKey::from_secret_bytes(expand(&self.seed.root(), b"bookbag/1 hedge"))
    }

    /// Under which the device keeps its mark.
    pub(crate) fn mark_root(&self) -> Hkdf {
        Hkdf::from_uniform(expand(&self.seed.root(), b"bookbag/1 mark"))
    }
}

impl DeviceCard {
    /// Reads public keys that somebody sent.
    ///
    /// # Errors
    ///
    /// If one of them is not a key.
    pub fn from_bytes(signing: &[u8; 32], sealing: &[u8]) -> Result<Self, CardError> {
        let key = PublicKey::ed25519(signing).map_err(|_| CardError::Signing)?;
        Ok(Self::new(*signing, key, HpkePublicKey::from_bytes(sealing).map_err(|_| CardError::Sealing)?))
    }

    fn new(signing_bytes: [u8; 32], signing: PublicKey, sealing: HpkePublicKey) -> Self {
        let sealing_hash = HashAlgorithm::sha256([sealing.to_bytes().as_slice()]);
        let id = DeviceId::from_bytes(labelled_half("bookbag/1 device", &[&signing_bytes, &sealing_hash]));
        Self { signing_bytes, signing, sealing, sealing_hash, id }
    }

    /// The device's name: the hash of both keys.
    pub fn id(&self) -> DeviceId {
        self.id
    }

    /// The SHA-256 of the sealing key, which stands for it where 1216 bytes are too many.
    pub fn sealing_hash(&self) -> [u8; 32] {
        self.sealing_hash
    }

    /// Checks what the device signed.
    pub fn signing(&self) -> &PublicKey {
        &self.signing
    }

    /// The same as 32 bytes (RFC 8032).
    pub fn signing_bytes(&self) -> &[u8; 32] {
        &self.signing_bytes
    }

    /// Seals to the device.
    pub fn sealing(&self) -> &HpkePublicKey {
        &self.sealing
    }
}

impl std::fmt::Debug for DeviceSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceSeed")
    }
}

impl std::fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceKeys({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn keys(byte: u8) -> DeviceKeys {
        DeviceSeed::from_secret_bytes(Zeroizing::new([byte; 32])).keys().unwrap()
    }

    #[test]
    fn a_card_reads_as_it_is_written() {
        let keys = keys(1);
        let card = DeviceCard::from_bytes(keys.card.signing_bytes(), &keys.card.sealing().to_bytes());
        assert_eq!(card.as_ref(), Ok(&keys.card));
        assert_eq!(card.unwrap().id(), keys.id());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let sealing = keys(1).card.sealing().to_bytes();
        let low_order = [0; 32];
        assert_eq!(DeviceCard::from_bytes(&low_order, &sealing), Err(CardError::Signing));
        let signing = *keys(1).card.signing_bytes();
        assert_eq!(DeviceCard::from_bytes(&signing, &sealing[1..]), Err(CardError::Sealing));
        assert_eq!(DeviceCard::from_bytes(&signing, &[0xff; 1216]), Err(CardError::Sealing));
    }

    #[test]
    fn either_key_changes_the_name_and_no_secret_is_printed() {
        let (one, two) = (keys(0xa5), keys(0xa6));
        let mixed = DeviceCard::from_bytes(one.card.signing_bytes(), &two.card.sealing().to_bytes()).unwrap();
        let mut ids = [one.id(), two.id(), mixed.id()].to_vec();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 3);
        let shown = format!("{one:?} {:?}", one.seed());
        assert_eq!(shown, format!("DeviceKeys({}) DeviceSeed", one.id()));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
    }

    /// The vectors stay as they are for ever: a device whose seed was kept in 2026 has the same keys and name in 2106.
    #[test]
    fn keys_follow_from_the_seed_for_ever() {
        let counting = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let seeds = [[0; 32], [0xff; 32], counting];
        let devices: Vec<Value> = seeds
            .iter()
            .map(|seed| {
                let keys = DeviceSeed::from_secret_bytes(Zeroizing::new(*seed)).keys().unwrap();
                json!({
                    "seed": hex(seed),
                    "sealing_private": hex(&*keys.sealing.to_secret_bytes()),
                    "signing_public": hex(keys.card.signing_bytes()),
                    "sealing_public": hex(&keys.card.sealing().to_bytes()),
                    "sealing_hash": hex(&keys.card.sealing_hash()),
                    "id": keys.id().to_string(),
                })
            })
            .collect();
        let made = json!({ "about": "The keys of devices: spec/bag-format.md, Keys. All in hexadecimal.", "devices": devices });
        let frozen: Value = serde_json::from_str(include_str!("../../../spec/vectors/devices.json")).unwrap();
        assert!(made == frozen, "spec/vectors/devices.json is not:\n{made:#}");
    }
}
