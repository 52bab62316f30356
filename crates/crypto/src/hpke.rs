//! Sealing to a public key: HPKE (RFC 9180), base mode, with the hybrid key encapsulation X-Wing.
//!
//! One suite: KEM X-Wing (0x647a; draft-connolly-cfrg-xwing-kem, ML-KEM-768 and X25519 side by side, so that
//! a record sealed today stays closed if either falls), KDF HKDF-SHA-256 (0x0001), AEAD ChaCha20-Poly1305 (0x0003).
//! The envelope is the encapsulated key followed by the sealed text.
//!
//! Base mode says nothing about who sealed. What must be attributable is signed first.

use std::convert::Infallible;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem as _, XWing};
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use zeroize::{Zeroize as _, Zeroizing};

use crate::aead::TAG_BYTES;
use crate::entropy::Entropy;
use crate::hash::HashAlgorithm;

/// Length of a public key, in bytes.
pub const PUBLIC_KEY_BYTES: usize = 1216;

/// Length of a private key (a seed), in bytes.
pub const PRIVATE_KEY_BYTES: usize = 32;

/// Length of the encapsulated key at the start of an envelope, in bytes.
pub const ENCAPSULATED_KEY_BYTES: usize = 1120;

/// Bytes by which an envelope is longer than its plaintext.
pub const OVERHEAD_BYTES: usize = ENCAPSULATED_KEY_BYTES + TAG_BYTES;

/// A key to which anybody can seal.
#[derive(Clone, PartialEq, Eq)]
pub struct HpkePublicKey(<XWing as hpke::Kem>::PublicKey);

/// A key that opens what was sealed to its public half. Wiped when dropped; cannot be printed, cloned or compared.
pub struct HpkePrivateKey(<XWing as hpke::Kem>::PrivateKey);

/// Why something could not be sealed or opened. Says no more on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HpkeError {
    /// Not the bytes of a public key.
    #[error("not the bytes of an X-Wing public key")]
    PublicKey,
    /// Sealing failed: the plaintext is too long.
    #[error("could not be sealed")]
    Seal,
    /// Not sealed to this key with this info and associated data.
    #[error("not sealed to this key with this info and associated data")]
    Open,
}

/// What an envelope is bound to; both sides must agree on every byte.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// What the envelope is for. Enters the key schedule (RFC 9180 section 5.1).
    pub info: &'c [u8],
    /// What stands beside it in the open, and must not be changed.
    pub associated_data: &'c [u8],
}

impl HpkePublicKey {
    /// Reads a public key.
    ///
    /// # Errors
    ///
    /// If it has the wrong length or its ML-KEM half is not canonical (FIPS 203 section 7.2).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HpkeError> {
        let key = <XWing as hpke::Kem>::PublicKey::from_bytes(bytes);
        key.map(Self).map_err(|_| HpkeError::PublicKey)
    }

    /// The bytes: ML-KEM-768 encapsulation key, then X25519 public key.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes().to_vec()
    }

    /// Seals `plaintext` to this key. Deterministic in `entropy`, which seals once.
    ///
    /// # Errors
    ///
    /// If `plaintext` is longer than the cipher can seal.
    pub fn seal(
        &self,
        entropy: Entropy<64>,
        context: Context<'_>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, HpkeError> {
        let mut source = OneDraw { bytes: entropy.into_bytes(), drawn: 0 };
        let (key, mut sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &self.0,
            context.info,
            plaintext,
            context.associated_data,
            &mut source,
        )
        .map_err(|_| HpkeError::Seal)?;
        // X-Wing encapsulates with 64 bytes; more or less would be another algorithm.
        if source.drawn != source.bytes.len() {
            return Err(HpkeError::Seal);
        }
        let mut envelope = Vec::with_capacity(ENCAPSULATED_KEY_BYTES + sealed.len());
        envelope.extend_from_slice(&key.to_bytes());
        envelope.append(&mut sealed);
        Ok(envelope)
    }
}

impl std::fmt::Debug for HpkePublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HpkePublicKey({:?})", HashAlgorithm::Sha256.digest(self.0.to_bytes()))
    }
}

impl HpkePrivateKey {
    /// Makes a new key (draft-connolly-cfrg-xwing-kem section 5.2).
    ///
    /// # Errors
    ///
    /// Never: any 32 bytes are a key.
    pub fn generate(entropy: Entropy<PRIVATE_KEY_BYTES>) -> Result<Self, HpkeError> {
        Self::from_secret_bytes(&entropy.into_bytes())
    }

    /// Takes the seed that [`Self::to_secret_bytes`] gave.
    ///
    /// # Errors
    ///
    /// Never: any 32 bytes are a key.
    pub fn from_secret_bytes(seed: &[u8; PRIVATE_KEY_BYTES]) -> Result<Self, HpkeError> {
        let key = <XWing as hpke::Kem>::PrivateKey::from_bytes(seed);
        key.map(Self).map_err(|_| HpkeError::Open)
    }

    /// The seed, to be sealed under another key.
    pub fn to_secret_bytes(&self) -> Zeroizing<[u8; PRIVATE_KEY_BYTES]> {
        let mut bytes = self.0.to_bytes();
        let seed = Zeroizing::new(bytes.into());
        bytes.zeroize();
        seed
    }

    /// The public half.
    pub fn public_key(&self) -> HpkePublicKey {
        HpkePublicKey(XWing::sk_to_pk(&self.0))
    }

    /// Opens an envelope.
    ///
    /// # Errors
    ///
    /// If it was not sealed to this key with this context, or was changed.
    pub fn open(&self, context: Context<'_>, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>, HpkeError> {
        let (key, sealed) = envelope.split_at_checked(ENCAPSULATED_KEY_BYTES).ok_or(HpkeError::Open)?;
        let key = <XWing as hpke::Kem>::EncappedKey::from_bytes(key).map_err(|_| HpkeError::Open)?;
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.0,
            &key,
            context.info,
            sealed,
            context.associated_data,
        )
        .map(Zeroizing::new)
        .map_err(|_| HpkeError::Open)
    }
}

impl std::fmt::Debug for HpkePrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HpkePrivateKey")
    }
}

/// Hands the bytes of one [`Entropy`] to a library that asks a generator. Counts what was drawn, so that the
/// caller can refuse the result if it was not exactly that.
struct OneDraw {
    bytes: Zeroizing<[u8; 64]>,
    drawn: usize,
}

impl TryRng for OneDraw {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, output: &mut [u8]) -> Result<(), Infallible> {
        for (to, from) in output.iter_mut().zip(self.bytes.iter().skip(self.drawn)) {
            *to = *from;
        }
        self.drawn = self.drawn.saturating_add(output.len());
        Ok(())
    }
}

impl TryCryptoRng for OneDraw {}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: Context<'static> = Context { info: b"bookbag test", associated_data: b"header" };

    fn private(byte: u8) -> HpkePrivateKey {
        HpkePrivateKey::generate(Entropy::from_secure_random([byte; 32])).unwrap()
    }

    fn seal(byte: u8, text: &[u8]) -> Vec<u8> {
        let entropy = Entropy::from_secure_random([byte; 64]);
        private(1).public_key().seal(entropy, CONTEXT, text).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_and_nothing_else_does() {
        let envelope = seal(9, b"record");
        assert_eq!(envelope.len(), 6 + OVERHEAD_BYTES);
        assert_eq!(private(1).open(CONTEXT, &envelope).unwrap().as_slice(), b"record");
        assert_eq!(private(2).open(CONTEXT, &envelope), Err(HpkeError::Open));
        let (info, associated_data) = (CONTEXT.info, CONTEXT.associated_data);
        let other = [Context { info: b"", associated_data }, Context { info, associated_data: b"" }];
        for context in other {
            assert_eq!(private(1).open(context, &envelope), Err(HpkeError::Open));
        }
        for length in (0..envelope.len()).step_by(97).chain([envelope.len() - 1]) {
            assert_eq!(private(1).open(CONTEXT, &envelope[..length]), Err(HpkeError::Open));
        }
        for at in (0..envelope.len()).step_by(97).chain(ENCAPSULATED_KEY_BYTES - 1..envelope.len()) {
            let mut changed = envelope.clone();
            changed[at] ^= 1;
            assert_eq!(private(1).open(CONTEXT, &changed), Err(HpkeError::Open), "byte {at}");
        }
    }

    #[test]
    fn an_envelope_follows_from_its_entropy_alone() {
        assert_eq!(seal(9, b"record"), seal(9, b"record"));
        assert_ne!(seal(9, b"record"), seal(8, b"record"));
    }

    #[test]
    fn keys_go_out_and_come_back() {
        let key = private(3);
        let again = HpkePrivateKey::from_secret_bytes(&key.to_secret_bytes()).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        let bytes = key.public_key().to_bytes();
        assert_eq!(bytes.len(), PUBLIC_KEY_BYTES);
        assert_eq!(HpkePublicKey::from_bytes(&bytes), Ok(key.public_key()));
        for length in [0, 32, PUBLIC_KEY_BYTES - 1] {
            assert_eq!(HpkePublicKey::from_bytes(&bytes[..length]), Err(HpkeError::PublicKey));
        }
        // FIPS 203 section 7.2: coefficients of the encapsulation key are below q = 3329.
        let not_reduced = [&[0xff; 3], &bytes[3..]].concat();
        assert_eq!(HpkePublicKey::from_bytes(&not_reduced), Err(HpkeError::PublicKey));
    }
}
