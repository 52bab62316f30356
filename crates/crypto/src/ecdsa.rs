//! ECDSA verification on P-256 and P-384 (FIPS 186-5), signatures in the R‖S form of RFC 7518 section 3.4.
//!
//! One interface over two libraries: natively AWS-LC, which is several times faster, and in the browser
//! the RustCrypto crates. Both see the same 65- or 97-byte uncompressed point, take the same fixed-length
//! signatures, refuse zero and values at or above the order, and take S above half of it (JOSE has no low-S rule).

use crate::key::{BadSignature, KeyError};

/// A public key on P-256 or P-384 whose point is on the curve.
#[derive(Clone)]
pub(crate) struct EcKey {
    /// SEC 1 uncompressed point: 4, then x and y at full length.
    point: Point,
    verifier: backend::Verifier,
}

/// An uncompressed SEC 1 point (section 2.3.3) of one of the two curves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// On P-256.
    P256([u8; 65]),
    /// On P-384.
    P384([u8; 97]),
}

impl Point {
    pub(crate) fn p256(x: &[u8; 32], y: &[u8; 32]) -> Self {
        let mut point = [4; 65];
        for (to, from) in point.iter_mut().skip(1).zip(x.iter().chain(y)) {
            *to = *from;
        }
        Self::P256(point)
    }

    pub(crate) fn p384(x: &[u8; 48], y: &[u8; 48]) -> Self {
        let mut point = [4; 97];
        for (to, from) in point.iter_mut().skip(1).zip(x.iter().chain(y)) {
            *to = *from;
        }
        Self::P384(point)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::P256(point) => point,
            Self::P384(point) => point,
        }
    }

    /// The two coordinates, each at full length.
    pub(crate) fn coordinates(&self) -> (&[u8], &[u8]) {
        let bytes = self.as_bytes();
        bytes.get(1..).unwrap_or_default().split_at(bytes.len() / 2)
    }
}

impl EcKey {
    pub(crate) fn new(point: Point) -> Result<Self, KeyError> {
        Ok(Self { point, verifier: backend::Verifier::new(&point)? })
    }

    pub(crate) fn point(&self) -> &Point {
        &self.point
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.verifier.verify(message, signature)
    }
}

#[cfg(not(target_family = "wasm"))]
mod backend {
    use super::{BadSignature, KeyError, Point};
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ParsedPublicKey};

    #[derive(Clone)]
    pub(super) struct Verifier(ParsedPublicKey);

    impl Verifier {
        pub(super) fn new(point: &Point) -> Result<Self, KeyError> {
            let key = match point {
                Point::P256(bytes) => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes),
                Point::P384(bytes) => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, bytes),
            };
            key.map(Self).map_err(|_| KeyError::InvalidPoint)
        }

        pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
            self.0.verify_sig(message, signature).map_err(|_| BadSignature)
        }
    }
}

// Compiled natively for tests as well, so that the two can be compared on the same vectors.
#[cfg(any(test, target_family = "wasm"))]
#[cfg_attr(not(target_family = "wasm"), expect(dead_code, reason = "used by tests when native"))]
mod portable {
    use super::{BadSignature, KeyError, Point};
    use p256::ecdsa::signature::Verifier as _;

    #[derive(Clone)]
    pub(super) enum Verifier {
        P256(p256::ecdsa::VerifyingKey),
        P384(p384::ecdsa::VerifyingKey),
    }

    impl Verifier {
        pub(super) fn new(point: &Point) -> Result<Self, KeyError> {
            match point {
                Point::P256(bytes) => p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map(Self::P256),
                Point::P384(bytes) => p384::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map(Self::P384),
            }
            .map_err(|_| KeyError::InvalidPoint)
        }

        pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
            match self {
                Self::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                    .and_then(|signature| key.verify(message, &signature)),
                Self::P384(key) => p384::ecdsa::Signature::from_slice(signature)
                    .and_then(|signature| key.verify(message, &signature)),
            }
            .map_err(|_| BadSignature)
        }
    }
}

#[cfg(target_family = "wasm")]
use portable as backend;
