//! Ed25519 (RFC 8032), checked by one strict rule everywhere.
//!
//! RFC 8032 leaves room: libraries differ on signatures made with keys or points of low order and on
//! second encodings of one point (C2SP's CCTV vectors list 914 of them). Evidence must not be good in one
//! place and bad in another, so there is one rule, the one that ed25519-dalek calls strict:
//!
//! 1. The public key is the canonical encoding of a point that is not of low order.
//! 2. S is below the group order (RFC 8032 section 5.1.7).
//! 3. R is exactly the encoding of \[S\]B − \[k\]A, and not one of low order.
//!
//! The library's own strict function decodes R to look at its order. There are only eight points of low
//! order, and by point 3 R must be canonical, so comparing with their eight encodings says the same, and saves a
//! fifth of the time of a verification.
//!
//! Signatures are deterministic, so it does not show who makes them: natively AWS-LC, which takes less than half the time, and in the browser
//! ed25519-dalek, which checks them everywhere.

use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};

use crate::key::{BadSignature, KeyError};

/// A public key that satisfies point 1.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct StrictKey(VerifyingKey);

impl StrictKey {
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_canonical(bytes) {
            return Err(KeyError::InvalidPoint);
        }
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::InvalidPoint)?;
        if is_low_order(bytes) { Err(KeyError::InvalidPoint) } else { Ok(Self(key)) }
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Points 2 and 3; S and the comparison with R are the library's.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let signature = Signature::from_slice(signature).map_err(|_| BadSignature)?;
        if is_low_order(signature.r_bytes()) {
            return Err(BadSignature);
        }
        self.0.verify(message, &signature).map_err(|_| BadSignature)
    }
}

/// A private key. Wiped when dropped.
pub(crate) struct Ed25519Secret {
    key: SigningKey,
    #[cfg(not(target_family = "wasm"))]
    native: Option<aws_lc_rs::signature::Ed25519KeyPair>,
}

impl Ed25519Secret {
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Self {
        Self {
            key: SigningKey::from_bytes(seed),
            #[cfg(not(target_family = "wasm"))]
            native: aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(seed).ok(),
        }
    }

    pub(crate) fn seed(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    pub(crate) fn public_bytes(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        #[cfg(not(target_family = "wasm"))]
        if let Some(Ok(signature)) = self.native.as_ref().map(|key| key.try_sign(message)) {
            return signature.as_ref().to_vec();
        }
        self.key.sign(message).to_bytes().to_vec()
    }
}

/// Whether the y coordinate is below p = 2^255 − 19 (RFC 8032 section 5.1.3 step 1).
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = bytes;
    !(*first >= 0xed && middle.iter().all(|byte| *byte == 0xff) && last & 0x7f == 0x7f)
}

/// Whether this canonical encoding is of a point of order 1, 2, 4 or 8.
fn is_low_order(bytes: &[u8; 32]) -> bool {
    let [start @ .., last] = bytes;
    // The sign of x is the top bit; -0 is not a canonical point but is refused all the same.
    LOW_ORDER.iter().any(|[low_start @ .., low_last]| start == low_start && last & 0x7f == *low_last)
}

/// The y coordinates of the eight points of low order, little-endian.
const LOW_ORDER: [[u8; 32]; 5] = [
    // Order 4.
    [0; 32],
    // Order 1.
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    // Order 2: p - 1.
    {
        let mut minus_one = [0xff; 32];
        minus_one[0] = 0xec;
        minus_one[31] = 0x7f;
        minus_one
    },
    // Order 8, twice.
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_libraries_make_the_same_signatures(seed: [u8; 32], message: Vec<u8>) {
            let secret = Ed25519Secret::from_seed(&seed);
            prop_assert!(secret.native.is_some());
            let signature = secret.sign(&message);
            prop_assert_eq!(&signature, &SigningKey::from_bytes(&seed).sign(&message).to_bytes().to_vec());
            let key = StrictKey::from_bytes(&secret.public_bytes()).unwrap();
            prop_assert_eq!(key.verify(&message, &signature), Ok(()));
        }
    }

    #[test]
    fn the_table_holds_exactly_the_points_of_low_order() {
        let mut found = 0;
        for y in LOW_ORDER {
            for sign in [0, 0x80] {
                let mut bytes = y;
                bytes[31] |= sign;
                // x = 0 has no negative, so two of the ten encodings are not points; the library may decode them.
                if let Ok(key) = VerifyingKey::from_bytes(&bytes) {
                    assert!(key.is_weak(), "{bytes:x?}");
                    found += 1;
                }
                assert!(StrictKey::from_bytes(&bytes).is_err());
            }
        }
        assert!(found >= 8);
        let ordinary = SigningKey::from_bytes(&[3; 32]).verifying_key();
        assert!(!ordinary.is_weak() && !is_low_order(ordinary.as_bytes()));
    }

    #[test]
    fn a_second_encoding_of_a_point_is_refused() {
        // p + 3 .. p + 18 encode the points with y = 3 .. 18 a second time.
        for first in 0xed..=0xff {
            for last in [0x7f, 0xff] {
                let mut bytes = [0xff; 32];
                bytes[0] = first;
                bytes[31] = last;
                assert_eq!(StrictKey::from_bytes(&bytes).err(), Some(KeyError::InvalidPoint));
            }
        }
        let mut below = [0xff; 32];
        (below[0], below[31]) = (0xec, 0x7f);
        assert!(is_canonical(&below));
    }

    /// The cases of C2SP's CCTV vectors, made anew: A = \[a\]B + T and R = \[r\]B + U for all points T and U of low
    /// order, with a or r zero (a point of low order) or not (one with a part of low order), S = r + ka.
    #[test]
    fn parts_of_low_order() {
        for (a, r) in [(0_u64, 0_u64), (0, 5), (7, 0), (7, 5)] {
            let (mut accepted, mut balanced) = (0, 0);
            for parts in (0..8).flat_map(|t| (0..8).map(move |u| [t, u])) {
                for message in 0_u8..24 {
                    let (key, signature, cancels) = low_order_case([a, r], parts, message);
                    let strict = StrictKey::from_bytes(&key);
                    assert_eq!(strict.is_err(), a == 0, "point 1: A of low order");
                    let ours = strict.and_then(|key| {
                        key.verify(&[message], &signature).map_err(|_| KeyError::InvalidPoint)
                    });
                    let library = VerifyingKey::from_bytes(&key).unwrap();
                    let theirs = library.verify_strict(&[message], &Signature::from_bytes(&signature));
                    assert_eq!(ours.is_ok(), theirs.is_ok(), "the library's strict rule: {a} {r} {parts:?}");
                    // Point 3: the parts must cancel out without the cofactor, and R is not of low order.
                    assert_eq!(ours.is_ok(), a != 0 && r != 0 && cancels, "{a} {r} {parts:?}");
                    accepted += usize::from(ours.is_ok());
                    balanced += usize::from(cancels);
                }
            }
            assert!(balanced > 100, "the test makes no case that a lax rule would take");
            assert_eq!(accepted > 0, a != 0 && r != 0);
        }
    }

    /// A key, a signature that satisfies the equation with the cofactor, and whether it does without.
    fn low_order_case(scalars: [u64; 2], low_order: [usize; 2], message: u8) -> ([u8; 32], [u8; 64], bool) {
        use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
        use curve25519_dalek::scalar::Scalar;
        use curve25519_dalek::traits::IsIdentity as _;
        use sha2::Digest as _;
        let [secret, nonce] = scalars.map(Scalar::from);
        let [in_key, in_commitment] = low_order.map(|at| EIGHT_TORSION[at]);
        let key = (ED25519_BASEPOINT_POINT * secret + in_key).compress().to_bytes();
        let commitment = (ED25519_BASEPOINT_POINT * nonce + in_commitment).compress().to_bytes();
        let hash = sha2::Sha512::new().chain_update(commitment).chain_update(key).chain_update([message]);
        let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        let signature = [commitment, (nonce + k * secret).to_bytes()].concat().try_into().unwrap();
        // [S]B - [k]A - R = -([k]T + U)
        (key, signature, (in_key * k + in_commitment).is_identity())
    }

    #[test]
    fn a_second_encoding_of_r_or_s_is_refused() {
        let signer = SigningKey::from_bytes(&[3; 32]);
        let key = StrictKey::from_bytes(signer.verifying_key().as_bytes()).unwrap();
        let good = ed25519_dalek::Signer::sign(&signer, b"m").to_bytes();
        assert_eq!(key.verify(b"m", &good), Ok(()));
        // S + L, for S below 2^253 - L (RFC 8032 section 5.1.7).
        let order = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut larger = good;
        let mut carry = 0;
        for (byte, add) in larger[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + add + carry;
            *byte = u8::try_from(sum & 0xff).unwrap();
            carry = sum >> 8;
        }
        assert_eq!(key.verify(b"m", &larger), Err(BadSignature));
        // R: all encodings of the points of low order, the second ones too, with S = 0 and with the good S.
        for mut r in LOW_ORDER.into_iter().chain([[0xed; 32], [0xee; 32]].map(above_p)) {
            for sign in [0, 0x80] {
                r[31] = r[31] & 0x7f | sign;
                for s in [[0; 32], good[32..].try_into().unwrap()] {
                    assert_eq!(key.verify(b"m", &[r, s].concat()), Err(BadSignature));
                }
            }
        }
    }

    /// p + (first - 0xed), little-endian.
    fn above_p(from: [u8; 32]) -> [u8; 32] {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (from[0], 0x7f);
        bytes
    }
}
