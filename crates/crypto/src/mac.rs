//! Tags under a symmetric key: HMAC-SHA-256 (RFC 2104, FIPS 198-1).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Length of a tag, in bytes.
pub const TAG_BYTES: usize = 32;

/// A key for tags. Wiped when dropped; cannot be printed, cloned or compared.
pub struct MacKey(Hmac<Sha256>);

/// The tag is not of this text under this key. Nothing more is said on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tag is not of this text under this key")]
pub struct BadTag;

impl MacKey {
    /// Takes a key that was derived.
    #[expect(clippy::needless_pass_by_value, reason = "the caller's copy is wiped here")]
    pub fn from_secret_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        // RFC 2104 section 2: a key shorter than a block is filled up with zeros.
        let mut block = Zeroizing::new([0; 64]);
        block.iter_mut().zip(bytes.iter()).for_each(|(to, from)| *to = *from);
        Self(Hmac::new((&*block).into()))
    }

    /// The tag of the text that stands in these pieces.
    pub fn tag(&self, pieces: &[&[u8]]) -> [u8; TAG_BYTES] {
        self.fed(pieces).finalize().into_bytes().into()
    }

    /// Compares the tag of a text in constant time.
    ///
    /// # Errors
    ///
    /// If it is another.
    pub fn verify(&self, pieces: &[&[u8]], tag: &[u8]) -> Result<(), BadTag> {
        self.fed(pieces).verify_slice(tag).map_err(|_| BadTag)
    }

    fn fed(&self, pieces: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for piece in pieces {
            mac.update(piece);
        }
        mac
    }
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_of_one_key_and_one_text() {
        let key = |byte| MacKey::from_secret_bytes(Zeroizing::new([byte; 32]));
        // By another implementation: Python's hmac.new(b"\x0b" * 32, b"Hi There", "sha256").
        let tag = key(0x0b).tag(&[b"Hi", b" There"]);
        assert_eq!(tag[..4], [0x19, 0x8a, 0x60, 0x7e]);
        assert_eq!(key(0x0b).verify(&[b"Hi There"], &tag), Ok(()));
        assert_eq!(key(0x0c).verify(&[b"Hi There"], &tag), Err(BadTag));
        assert_eq!(key(0x0b).verify(&[b"Hi Ther"], &tag), Err(BadTag));
        assert_eq!(key(0x0b).verify(&[b"Hi There"], &tag[..16]), Err(BadTag));
    }
}
