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

    /// A vector of draft-connolly-cfrg-xwing-kem appendix C: seeds of key and encapsulation, SHA-256 of public key and
    /// ciphertext (which are long), shared secret.
    struct XWingVector {
        seed: &'static str,
        encapsulation_seed: &'static str,
        public_key_sha256: &'static str,
        ciphertext_sha256: &'static str,
        shared_secret: &'static str,
    }

    const X_WING: [XWingVector; 3] = [
        XWingVector {
            seed: "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
            encapsulation_seed: "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2",
            public_key_sha256: "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb",
            ciphertext_sha256: "17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33",
            shared_secret: "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384",
        },
        XWingVector {
            seed: "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
            encapsulation_seed: "17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdefaee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d",
            public_key_sha256: "c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916",
            ciphertext_sha256: "1661ea86d608a1924ba30840cb0a65f13ae051e3aec9cf0f064efc0bc92f2154",
            shared_secret: "f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150",
        },
        XWingVector {
            seed: "ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9",
            encapsulation_seed: "22a96188d032675c8ac850933c7aff1533b94c834adbb69c6115bad4692d8619f90b0cdf8a7b9c264029ac185b70b83f2801f2f4b3f70c593ea3aeeb613a7f1b",
            public_key_sha256: "6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95",
            ciphertext_sha256: "d3ca5578500344b5896cffc4fd740c9311946b82951df155e6fd86a7966b43c6",
            shared_secret: "953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f",
        },
    ];

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    }

    /// RFC 9180 section 4: `LabeledExtract` and `LabeledExpand` of our suite, written down a second time.
    fn labeled(parts: &[&[u8]]) -> Vec<u8> {
        [&[b"HPKE-v1".as_slice(), b"HPKE", &[0x64, 0x7a, 0, 1, 0, 3]], parts].concat().concat()
    }

    fn expand(secret: &crate::kdf::Hkdf, label: &[u8], context: &[u8], length: u16) -> Vec<u8> {
        let mut output = vec![0; length.into()];
        let info = [&length.to_be_bytes(), labeled(&[label, context]).as_slice()].concat();
        secret.expand_into(&info, &mut output).unwrap();
        output
    }

    /// RFC 9180 section 5.1, base mode: key and nonce of the first message.
    fn key_schedule(shared_secret: &[u8], info: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let extract = |salt: &[u8], label: &[u8], secret: &[u8]| {
            hkdf::Hkdf::<sha2::Sha256>::extract(Some(salt), &labeled(&[label, secret])).0.to_vec()
        };
        let (psk_id, info) = (extract(b"", b"psk_id_hash", b""), extract(b"", b"info_hash", info));
        let context = [&[0], psk_id.as_slice(), &info].concat();
        let secret = crate::kdf::Hkdf::extract(shared_secret, &labeled(&[b"secret", b""]));
        (expand(&secret, b"key", &context, 32), expand(&secret, b"base_nonce", &context, 12))
    }

    #[test]
    fn the_vectors_of_x_wing() {
        for vector in X_WING {
            let sha256 = |bytes: &[u8]| HashAlgorithm::Sha256.digest(bytes).as_ref().to_vec();
            let key = HpkePrivateKey::from_secret_bytes(&hex(vector.seed).try_into().unwrap()).unwrap();
            assert_eq!(sha256(&key.public_key().to_bytes()), hex(vector.public_key_sha256));
            let entropy = Entropy::from_secure_random(hex(vector.encapsulation_seed).try_into().unwrap());
            let envelope = key.public_key().seal(entropy, CONTEXT, b"record").unwrap();
            let (encapsulated, sealed) = envelope.split_at(ENCAPSULATED_KEY_BYTES);
            assert_eq!(sha256(encapsulated), hex(vector.ciphertext_sha256));
            // What is sealed under the published secret by RFC 9180's own words.
            let (key, nonce) = key_schedule(&hex(vector.shared_secret), CONTEXT.info);
            let key = crate::aead::AeadKey::from_secret_bytes(Zeroizing::new(key.try_into().unwrap()));
            let nonce = crate::aead::Nonce::from_bytes(nonce.try_into().unwrap());
            assert_eq!(key.seal(nonce, CONTEXT.associated_data, b"record").unwrap(), sealed);
        }
    }
}
