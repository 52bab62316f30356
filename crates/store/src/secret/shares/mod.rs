//! A recovery secret in the hands of several trusted people, of whom any `k` together can bring a bag back, and fewer
//! cannot.
//!
//! What is shared ([`bookbag_crypto::shamir`]) is the secret and a digest of it, 36 bytes:
//!
//! ```text
//! recovery secret (32) ‖ HKDF-SHA-256(recovery secret, "bookbag/1 share digest", 4 bytes)
//! ```
//!
//! and each of `n` people gets one share of that, with the set it belongs to (4 random bytes), how many are needed and its own
//! number. It names neither the child, nor the bag, nor anyone else who holds one.
//!
//! Why a digest inside and not a commitment beside each share: the digest is shared like the secret, so fewer than `k`
//! shares say nothing of it either, while commitments would have to be printed or kept with the bag, and would let
//! a holder test guesses. A share that is wrong, by mistake or by malice, gives a secret that its digest does not fit,
//! except once in 2^32; the slot then does not open all the same. *Which* share is wrong can be said when one more than `k` are at hand.
//!
//! Limits: `k` holders who agree can open the bag without asking anyone. That is what it is for, so they have to be
//! chosen with that in mind.

mod combine;
mod text;

pub use combine::{CombineError, Combined, combine};
pub use text::{GROUPS, MAX_TEXT_BYTES, QR_PREFIX, ShareTextError};

use bookbag_crypto::kdf::Hkdf;
use bookbag_crypto::shamir::{self, ShamirError, ShamirShare};
use bookbag_crypto::{Entropy, SaltStream};
use zeroize::Zeroizing;

use super::words::RecoverySecret;

/// Most people among whom a secret is shared: more than a family finds, and few enough to try every choice of them.
pub const MAX_SHARES: u8 = 16;

/// The secret and its digest.
const VALUE_BYTES: usize = 36;

const DIGEST_LABEL: &str = "bookbag/1 share digest";

/// How a secret is shared: `k` of `n`, where 2 ≤ k ≤ n ≤ 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheme {
    needed: u8,
    shares: u8,
}

/// What tells the shares of one sharing from those of another. Random, no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SetId([u8; 4]);

/// One person's share. Wiped when dropped; prints what is no secret.
pub struct Share {
    set: SetId,
    needed: u8,
    point: ShamirShare<VALUE_BYTES>,
}

/// There is no such way to share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("choose at least 2 and at most {MAX_SHARES} people, and how many of them are needed: at least 2")]
pub struct BadScheme;

impl Scheme {
    /// `needed` of `shares`.
    ///
    /// # Errors
    ///
    /// If fewer than two are needed, more than there are, or there are more than [`MAX_SHARES`].
    pub fn new(needed: u8, shares: u8) -> Result<Self, BadScheme> {
        if (2..=shares).contains(&needed) && shares <= MAX_SHARES {
            Ok(Self { needed, shares })
        } else {
            Err(BadScheme)
        }
    }

    /// How many are needed.
    pub fn needed(self) -> u8 {
        self.needed
    }

    /// How many are made.
    pub fn shares(self) -> u8 {
        self.shares
    }

    /// Shares a secret. All randomness grows from `entropy` (ChaCha20): first the set, then the coefficients in the order
    /// of [`shamir::split`].
    pub fn share_out(self, secret: &RecoverySecret, entropy: Entropy<32>) -> Vec<Share> {
        let mut stream = SaltStream::new(entropy);
        let set = SetId(stream.draw());
        let points = split(self, &with_digest(secret), &mut stream);
        points.into_iter().map(|point| Share { set, needed: self.needed, point }).collect()
    }
}

impl SetId {
    /// The bytes, as the slot has them.
    pub fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }

    /// Eight hexadecimal digits, to be shown and printed.
    pub fn to_text(self) -> String {
        let [one, two, three, four] = self.0;
        format!("{one:02x}{two:02x}-{three:02x}{four:02x}")
    }
}

impl Share {
    /// The sharing that it belongs to.
    pub fn set(&self) -> SetId {
        self.set
    }

    /// How many shares of its set are needed.
    pub fn needed(&self) -> u8 {
        self.needed
    }

    /// Which share of its set it is, from 1.
    pub fn number(&self) -> u8 {
        self.point.number()
    }
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Share({} of {}, {} needed)", self.number(), self.set.to_text(), self.needed)
    }
}

#[expect(clippy::expect_used, reason = "a scheme is at least 2 of 2")]
fn split(
    scheme: Scheme,
    secret: &[u8; VALUE_BYTES],
    stream: &mut SaltStream,
) -> Vec<ShamirShare<VALUE_BYTES>> {
    shamir::split(secret, scheme.needed, scheme.shares, stream).expect("a scheme is one of Shamir's")
}

fn with_digest(secret: &RecoverySecret) -> Zeroizing<[u8; VALUE_BYTES]> {
    let mut value = Zeroizing::new([0; VALUE_BYTES]);
    let parts = secret.as_secret_bytes().iter().copied().chain(digest(secret.as_secret_bytes()));
    value.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
    value
}

#[expect(clippy::expect_used, reason = "4 bytes are below the limit of one expansion, 255 times 32")]
fn digest(secret: &[u8; 32]) -> [u8; 4] {
    *Hkdf::extract(b"", secret).expand(DIGEST_LABEL.as_bytes()).expect("HKDF gives 4 bytes")
}

#[cfg(test)]
mod tests;
