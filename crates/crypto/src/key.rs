//! Public and signing keys of the algorithms on [the one list](Algorithm).

use p256::ecdsa::signature::Signer as _;
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::ecdsa::{EcKey, Point};
use crate::ed25519::{Ed25519Secret, StrictKey};
use crate::entropy::Entropy;

/// A public key that has been checked: its point is on its curve, canonically encoded, and not of low order.
#[derive(Clone)]
pub struct PublicKey(Public);

#[derive(Clone)]
enum Public {
    Ed25519(StrictKey),
    Ec(EcKey),
}

/// A private key for signatures. Wiped when dropped; cannot be printed, cloned or compared.
pub struct SigningKey(Secret);

enum Secret {
    Ed25519(Ed25519Secret),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
}

/// A signature in JOSE and COSE form: 64 bytes, or 96 for P-384.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(Vec<u8>);

/// The signature is not of this message by this key. Nothing more is said on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not of this message by this key")]
pub struct BadSignature;

/// Why something is not a key. Holds no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not a point of the curve, not its canonical encoding, or a point of low order.
    #[error("not a valid point of the curve")]
    InvalidPoint,
    /// Not a private key of the curve (zero, or not below the order).
    #[error("not a valid private key of the curve")]
    InvalidSecret,
    /// The private key does not belong to the public key that stands beside it.
    #[error("the private key does not belong to the public key beside it")]
    Mismatch,
}

impl PublicKey {
    /// The only algorithm this key is used with.
    pub fn algorithm(&self) -> Algorithm {
        match &self.0 {
            Public::Ed25519(_) => Algorithm::EdDsa,
            Public::Ec(key) => match key.point() {
                Point::P256(_) => Algorithm::Es256,
                Point::P384(_) => Algorithm::Es384,
            },
        }
    }

    /// Checks a signature in JOSE form (R‖S, never DER) over `message`.
    ///
    /// # Errors
    ///
    /// If the signature has the wrong length or form, or was not made by this key over this message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        match &self.0 {
            Public::Ed25519(key) => key.verify(message, signature),
            Public::Ec(key) => key.verify(message, signature),
        }
    }

    /// A key from its 32-byte RFC 8032 encoding.
    ///
    /// # Errors
    ///
    /// If it is no point, not canonical, or of low order.
    pub fn ed25519(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        StrictKey::from_bytes(bytes).map(|key| Self(Public::Ed25519(key)))
    }

    /// The 32-byte RFC 8032 encoding; `None` for a key of another algorithm.
    pub fn ed25519_bytes(&self) -> Option<[u8; 32]> {
        match &self.0 {
            Public::Ed25519(key) => Some(*key.as_bytes()),
            Public::Ec(_) => None,
        }
    }

    /// A P-256 key from its coordinates, big-endian.
    ///
    /// # Errors
    ///
    /// If the point is not on the curve.
    pub fn p256(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, KeyError> {
        EcKey::new(Point::p256(x, y)).map(|key| Self(Public::Ec(key)))
    }

    /// A P-384 key from its coordinates, big-endian.
    ///
    /// # Errors
    ///
    /// If the point is not on the curve.
    pub fn p384(x: &[u8; 48], y: &[u8; 48]) -> Result<Self, KeyError> {
        EcKey::new(Point::p384(x, y)).map(|key| Self(Public::Ec(key)))
    }

    /// The coordinates as a JWK has them: x, and y for the curves that have one.
    pub(crate) fn coordinates(&self) -> (&[u8], Option<&[u8]>) {
        match &self.0 {
            Public::Ed25519(key) => (key.as_bytes(), None),
            Public::Ec(key) => {
                let (x, y) = key.point().coordinates();
                (x, Some(y))
            }
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm() == other.algorithm() && self.coordinates() == other.coordinates()
    }
}

impl Eq for PublicKey {}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({}, {})", self.algorithm(), self.thumbprint())
    }
}

impl SigningKey {
    /// Makes a new key. For the two ECDSA curves the chance that the entropy is no valid key is below
    /// 2^-32 (P-256) and 2^-190 (P-384).
    ///
    /// # Errors
    ///
    /// If the entropy is no valid key: draw again.
    pub fn generate(algorithm: Algorithm, entropy: Entropy<48>) -> Result<Self, KeyError> {
        let bytes = entropy.into_bytes();
        Self::from_secret(algorithm, bytes.get(..secret_bytes(algorithm)).unwrap_or_default())
    }

    /// The Ed25519 key of a 32-byte seed that was derived (RFC 8032 section 5.1.5).
    pub fn ed25519(seed: &[u8; 32]) -> Self {
        Self(Secret::Ed25519(Ed25519Secret::from_seed(seed)))
    }

    /// A key from its private value: the 32-byte seed of RFC 8032, or the big-endian scalar at full length.
    pub(crate) fn from_secret(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        let invalid = KeyError::InvalidSecret;
        Ok(Self(match algorithm {
            Algorithm::EdDsa => {
                let seed = Zeroizing::new(<[u8; 32]>::try_from(secret).map_err(|_| invalid)?);
                Secret::Ed25519(Ed25519Secret::from_seed(&seed))
            }
            _ if secret.len() != secret_bytes(algorithm) => return Err(invalid),
            Algorithm::Es256 => {
                Secret::P256(p256::ecdsa::SigningKey::from_slice(secret).map_err(|_| invalid)?)
            }
            Algorithm::Es384 => {
                Secret::P384(p384::ecdsa::SigningKey::from_slice(secret).map_err(|_| invalid)?)
            }
        }))
    }

    /// The private value, in the form that [`Self::from_secret`] takes.
    pub(crate) fn to_secret(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match &self.0 {
            Secret::Ed25519(key) => key.seed().to_vec(),
            Secret::P256(key) => key.to_bytes().to_vec(),
            Secret::P384(key) => key.to_bytes().to_vec(),
        })
    }

    /// The only algorithm this key is used with.
    pub fn algorithm(&self) -> Algorithm {
        match &self.0 {
            Secret::Ed25519(_) => Algorithm::EdDsa,
            Secret::P256(_) => Algorithm::Es256,
            Secret::P384(_) => Algorithm::Es384,
        }
    }

    /// The public half.
    ///
    /// # Errors
    ///
    /// Never for a key that could be made; an Ed25519 seed always gives a point of full order.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        match &self.0 {
            Secret::Ed25519(key) => PublicKey::ed25519(&key.public_bytes()),
            Secret::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let bytes = point.as_bytes().try_into().map_err(|_| KeyError::InvalidPoint)?;
                EcKey::new(Point::P256(bytes)).map(|key| PublicKey(Public::Ec(key)))
            }
            Secret::P384(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let bytes = point.as_bytes().try_into().map_err(|_| KeyError::InvalidPoint)?;
                EcKey::new(Point::P384(bytes)).map(|key| PublicKey(Public::Ec(key)))
            }
        }
    }

    /// Signs `message`. Deterministic: RFC 8032 for Ed25519, RFC 6979 for ECDSA.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(match &self.0 {
            Secret::Ed25519(key) => key.sign(message),
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Secret::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
        })
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.algorithm())
    }
}

impl Signature {
    /// Takes a signature that was made elsewhere, in a browser's key store or in hardware. It is checked
    /// when it is verified, not here.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes, R‖S.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

const fn secret_bytes(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::EdDsa | Algorithm::Es256 => 32,
        Algorithm::Es384 => 48,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(algorithm: Algorithm, byte: u8) -> SigningKey {
        SigningKey::generate(algorithm, Entropy::from_secure_random([byte; 48])).unwrap()
    }

    #[test]
    fn a_signature_is_of_one_message_by_one_key() {
        for algorithm in Algorithm::ALL {
            let (signer, other) = (key(algorithm, 7), key(algorithm, 8));
            let public = signer.public_key().unwrap();
            let signature = signer.sign(b"message");
            assert_eq!(signature.as_bytes().len(), algorithm.signature_bytes());
            assert_eq!(public.verify(b"message", signature.as_bytes()), Ok(()));
            assert_eq!(public.verify(b"massage", signature.as_bytes()), Err(BadSignature));
            let stranger = other.public_key().unwrap();
            assert_eq!(stranger.verify(b"message", signature.as_bytes()), Err(BadSignature));
            for length in 0..signature.as_bytes().len() {
                assert_eq!(public.verify(b"message", &signature.as_bytes()[..length]), Err(BadSignature));
            }
            for bit in 0..signature.as_bytes().len() * 8 {
                let mut bytes = signature.as_bytes().to_vec();
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(public.verify(b"message", &bytes), Err(BadSignature), "{algorithm}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_key_of_another_algorithm_never_verifies() {
        for one in Algorithm::ALL {
            for two in Algorithm::ALL.into_iter().filter(|two| *two != one) {
                let signature = key(one, 7).sign(b"m");
                let public = key(two, 7).public_key().unwrap();
                assert_eq!(public.verify(b"m", signature.as_bytes()), Err(BadSignature), "{one} {two}");
            }
        }
    }

    #[test]
    fn secrets_at_the_edge_are_refused() {
        for algorithm in [Algorithm::Es256, Algorithm::Es384] {
            for byte in [0, 0xff] {
                let entropy = Entropy::from_secure_random([byte; 48]);
                assert_eq!(SigningKey::generate(algorithm, entropy).err(), Some(KeyError::InvalidSecret));
            }
            assert!(SigningKey::from_secret(algorithm, &[1; 31]).is_err());
            assert!(SigningKey::from_secret(algorithm, &[1; 64]).is_err());
        }
        assert!(SigningKey::from_secret(Algorithm::EdDsa, &[1; 31]).is_err());
    }

    #[test]
    fn points_off_the_curve_are_refused() {
        assert_eq!(PublicKey::p256(&[0; 32], &[0; 32]).err(), Some(KeyError::InvalidPoint));
        assert_eq!(PublicKey::p256(&[1; 32], &[1; 32]).err(), Some(KeyError::InvalidPoint));
        assert_eq!(PublicKey::p256(&[0xff; 32], &[0xff; 32]).err(), Some(KeyError::InvalidPoint));
        assert_eq!(PublicKey::p384(&[1; 48], &[1; 48]).err(), Some(KeyError::InvalidPoint));
    }

    #[test]
    fn a_signing_key_does_not_print_itself() {
        assert_eq!(format!("{:?}", key(Algorithm::Es256, 7)), "SigningKey(ES256)");
    }
}
