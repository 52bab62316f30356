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

#[cfg(test)]
mod tests {
    //! The two back ends must give the same answer to everything.

    use super::*;
    use crate::algorithm::Algorithm;
    use crate::entropy::Entropy;
    use crate::key::SigningKey;
    use proptest::prelude::*;

    const ORDER_P256: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
        0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];

    fn signer(algorithm: Algorithm, byte: u8) -> SigningKey {
        SigningKey::generate(algorithm, Entropy::from_secure_random([byte; 48])).unwrap()
    }

    fn point(key: &SigningKey) -> Point {
        let public = key.public_key().unwrap().to_plain_bytes();
        match key.algorithm() {
            Algorithm::Es384 => Point::P384(public.try_into().unwrap()),
            _ => Point::P256(public.try_into().unwrap()),
        }
    }

    /// What both say; fails if they differ.
    fn both(point: &Point, message: &[u8], signature: &[u8]) -> bool {
        let native = backend::Verifier::new(point).unwrap().verify(message, signature).is_ok();
        let portable = portable::Verifier::new(point).unwrap().verify(message, signature).is_ok();
        assert_eq!(native, portable, "the back ends differ");
        native
    }

    /// The signature with S replaced by n - S, which is as good (SEC 1 section 4.1.4) and above or below half of n.
    fn other_s(signature: &[u8]) -> Vec<u8> {
        let (r, s) = signature.split_at(32);
        let mut borrow = 0;
        let mut other = [0; 32];
        for at in (0..32).rev() {
            let difference = i16::from(ORDER_P256[at]) - i16::from(s[at]) - borrow;
            borrow = i16::from(difference < 0);
            other[at] = u8::try_from(difference.rem_euclid(256)).unwrap();
        }
        [r, &other].concat()
    }

    #[test]
    fn both_take_s_above_half_of_the_order() {
        for byte in 1..20 {
            let key = signer(Algorithm::Es256, byte);
            let signature = key.sign(b"message");
            assert!(both(&point(&key), b"message", signature.as_bytes()));
            assert!(both(&point(&key), b"message", &other_s(signature.as_bytes())));
        }
    }

    #[test]
    fn both_refuse_malformed_signatures() {
        for algorithm in [Algorithm::Es256, Algorithm::Es384] {
            let key = signer(algorithm, 7);
            let good = key.sign(b"message").as_bytes().to_vec();
            let half = good.len() / 2;
            let zero = vec![0; half];
            let all_ones = vec![0xff; half];
            let (r, s) = good.split_at(half);
            let der = [&[0x30, 0x44, 2, 0x20], r, &[2, 0x20], s].concat();
            for signature in [
                vec![],
                [zero.as_slice(), s].concat(),
                [r, zero.as_slice()].concat(),
                [zero.as_slice(), &zero].concat(),
                [all_ones.as_slice(), s].concat(),
                [r, all_ones.as_slice()].concat(),
                [&ORDER_P256[..], &ORDER_P256].concat(),
                [s, r].concat(),
                [r, s, &[0]].concat(),
                [&[0], r, s].concat(),
                [&[0], r, &[0], s].concat(),
                good[1..].to_vec(),
                der,
            ] {
                assert!(!both(&point(&key), b"message", &signature));
            }
        }
    }

    #[test]
    fn both_refuse_points_off_the_curve() {
        let good = signer(Algorithm::Es256, 7).public_key().unwrap().to_plain_bytes();
        for at in 1..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 1;
            let point = Point::P256(changed.try_into().unwrap());
            assert!(backend::Verifier::new(&point).is_err() && portable::Verifier::new(&point).is_err());
        }
        for byte in [0, 0xff] {
            let point = Point::p384(&[byte; 48], &[byte; 48]);
            assert!(backend::Verifier::new(&point).is_err() && portable::Verifier::new(&point).is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn both_agree_on_signatures_and_on_what_is_left_of_them(
            seed in 1_u8..=250,
            message in any::<Vec<u8>>(),
            p384 in any::<bool>(),
            change in any::<prop::sample::Index>(),
            xor in any::<u8>(),
        ) {
            let key = signer(if p384 { Algorithm::Es384 } else { Algorithm::Es256 }, seed);
            let mut signature = key.sign(&message).as_bytes().to_vec();
            let at = change.index(signature.len());
            signature[at] ^= xor;
            prop_assert_eq!(both(&point(&key), &message, &signature), xor == 0);
        }
    }
}
