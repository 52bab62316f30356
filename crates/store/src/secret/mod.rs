//! The secrets that people keep, and the keys they give.
//!
//! | what is kept | where | what it gives |
//! |---|---|---|
//! | a passphrase, in the head | [`passphrase`] | a slot key, through Argon2id |
//! | twenty-four words on a printed sheet | [`words`] | the seed of a recovery device |
//! | shares of such words with trusted people | [`shares`] | the words' secret again, from any `k` of `n` |
//! | a passkey that answers WebAuthn's `prf` | [`passkey`] | a slot key |
//!
//! [`sheet`] writes what is printed. Whether a passphrase is too easy to guess is said by [`judgement`].
//!
//! Every key is made by one rule, HKDF-SHA-256 (RFC 5869) without a salt, whose `info` is
//!
//! ```text
//! label ‖ 00 ‖ bag id (16 bytes) ‖ salt (16 bytes, or none)
//! ```
//!
//! so that one secret gives unrelated keys for two bags or two purposes. The labels are those of this table and no
//! others; a secret is always 32 bytes when it gets here.
//!
//! | secret | label | salt | gives |
//! |---|---|---|---|
//! | output of Argon2id, which took the slot's salt | `bookbag/1 slot passphrase` | none | slot key |
//! | output of a passkey | `bookbag/1 slot passkey` | the slot's | slot key |
//! | recovery secret, of a sheet or of shares | `bookbag/1 slot recovery device` | none | seed of the recovery device |
//!
//! A slot's salt is new at each sealing, so its key is too. The recovery device has to stay the same while its slot is sealed
//! anew without the sheet, so nothing that changes goes into its seed.
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
use bookbag_crypto::kdf::Hkdf;
use zeroize::Zeroizing;

use crate::id::BagId;

/// The one rule of the head of this module.
#[expect(clippy::expect_used, reason = "32 bytes are below the limit of one expansion, 255 times 32")]
fn derive(secret: &[u8; 32], label: &str, bag: BagId, salt: &[u8]) -> Zeroizing<[u8; 32]> {
    let info = [label.as_bytes(), &[0], bag.as_bytes(), salt].concat();
    Hkdf::extract(b"", secret).expand(&info).expect("HKDF gives 32 bytes")
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut output = [0; 32];
    output.iter_mut().zip(HashAlgorithm::Sha256.digest(bytes).as_ref()).for_each(|(to, from)| *to = *from);
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bag_salt_label_and_secret_all_count() {
        let bytes = |bag, secret, label, salt: &[u8]| {
            *derive(&[secret; 32], label, BagId::from_bytes([bag; 16]), salt)
        };
        let one = bytes(1, 7, "label", b"");
        assert_eq!(one, bytes(1, 7, "label", b""));
        for other in [
            bytes(2, 7, "label", b""),
            bytes(1, 8, "label", b""),
            bytes(1, 7, "label\0", b""),
            bytes(1, 7, "", b""),
            bytes(1, 7, "label", &[0; 16]),
            bytes(1, 7, "label", &[1; 16]),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn no_label_begins_another() {
        let labels = [passphrase::KEY_LABEL, words::SEED_LABEL, passkey::KEY_LABEL, passkey::INPUT_LABEL];
        for (at, one) in labels.iter().enumerate() {
            for (other_at, other) in labels.iter().enumerate() {
                assert!(at == other_at || !other.starts_with(one), "{other} begins with {one}");
            }
        }
    }
}
