//! The secrets that people keep, and the keys they give.
//!
//! | what is kept | where | what it gives |
//! |---|---|---|
//! | a passphrase, in the head | [`passphrase`] | a slot key, through Argon2id |
//! | twenty-four words on a printed sheet | [`words`] | a slot key, and the seed of a recovery device |
//! | shares of such words with trusted people | [`shares`] | the words' secret again, from any `k` of `n` |
//! | a passkey that answers WebAuthn's `prf` | [`passkey`] | a slot key |
//!
//! [`sheet`] writes what is printed. Whether a passphrase is too easy to guess is said by [`judgement`].
//!
//! Every key is made by one rule, HKDF-SHA-256 (RFC 5869) without a salt, whose `info` is
//!
//! ```text
//! label ‖ 00 ‖ bag id (32 bytes) ‖ slot id (16 bytes)
//! ```
//!
//! so that one secret gives unrelated keys for two bags, two slots or two purposes. The labels are those of this table and no
//! others; a secret is always 32 bytes when it gets here.
//!
//! | secret | label | gives |
//! |---|---|---|
//! | output of Argon2id | `bookbag/1 slot passphrase` | slot key |
//! | recovery secret | `bookbag/1 slot recovery key` | slot key |
//! | recovery secret | `bookbag/1 slot recovery seed` | seed of the recovery device |
//! | output of a passkey | `bookbag/1 slot passkey` | slot key |
//!
//! What is *not* done here: slots are written, bound to their parameters and authenticated by the preamble. A
//! secret that has been typed, scanned or printed has passed through the memory of a keyboard, a camera or a
//! printer, which nobody here can wipe; and the libraries beneath leave copies on the stack for a moment.

pub mod judgement;
pub mod passkey;
pub mod passphrase;
pub mod shares;
pub mod sheet;
pub mod words;

use bookbag_crypto::HashAlgorithm;
use bookbag_crypto::aead::AeadKey;
use bookbag_crypto::kdf::Hkdf;
use zeroize::Zeroizing;

/// The slot of one bag that a key is for. Both identifiers stand in the clear in the bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotBinding {
    /// The bag: the hash of its first frame.
    pub bag: [u8; 32],
    /// The slot: drawn at random when it was made, and never used for another secret.
    pub slot: [u8; 16],
}

impl SlotBinding {
    fn key(&self, secret: &[u8; 32], label: &str) -> AeadKey {
        AeadKey::from_secret_bytes(self.bytes(secret, label))
    }

    #[expect(clippy::expect_used, reason = "32 bytes are below the limit of one expansion, 255 times 32")]
    fn bytes(&self, secret: &[u8; 32], label: &str) -> Zeroizing<[u8; 32]> {
        let info = [label.as_bytes(), &[0], &self.bag, &self.slot].concat();
        Hkdf::extract(b"", secret).expand(&info).expect("HKDF gives 32 bytes")
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut output = [0; 32];
    output.iter_mut().zip(HashAlgorithm::Sha256.digest(bytes).as_ref()).for_each(|(to, from)| *to = *from);
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINDING: SlotBinding = SlotBinding { bag: [1; 32], slot: [2; 16] };

    #[test]
    fn bag_slot_label_and_secret_all_count() {
        let bytes = |binding: SlotBinding, secret, label| *binding.bytes(&[secret; 32], label);
        let one = bytes(BINDING, 7, "label");
        assert_eq!(one, bytes(BINDING, 7, "label"));
        for other in [
            bytes(SlotBinding { bag: [3; 32], ..BINDING }, 7, "label"),
            bytes(SlotBinding { slot: [3; 16], ..BINDING }, 7, "label"),
            bytes(BINDING, 8, "label"),
            bytes(BINDING, 7, "label\0"),
            bytes(BINDING, 7, ""),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn no_label_begins_another() {
        let labels = [
            passphrase::KEY_LABEL,
            words::KEY_LABEL,
            words::SEED_LABEL,
            passkey::KEY_LABEL,
            passkey::INPUT_LABEL,
        ];
        for (at, one) in labels.iter().enumerate() {
            for (other_at, other) in labels.iter().enumerate() {
                assert!(at == other_at || !other.starts_with(one), "{other} begins with {one}");
            }
        }
    }
}
