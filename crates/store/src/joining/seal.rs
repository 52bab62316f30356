//! The secret of an invitation in person, what is sealed under it, and the padding of sealed parts.

use bookbag_crypto::aead::OneTimeKey;
use bookbag_crypto::kdf::Hkdf;
use zeroize::Zeroizing;

use super::check::{JoinCheck, JoinRefusal};
use super::transcript::Transcript;
use crate::wire::{Reader, WireError, Writer};

/// Sealed parts are filled up to a multiple of this, in bytes, so that their length does not tell names apart.
const BLOCK_BYTES: usize = 128;

/// What both sides expand from the secret.
pub(super) struct Shared(Hkdf);

impl Shared {
    pub(super) fn new(secret: &[u8; 16]) -> Self {
        Self(Hkdf::extract(b"bookbag/1 joining in person", secret))
    }

    /// The name of the invitation, which says nothing of the secret.
    pub(super) fn invitation(&self) -> [u8; 16] {
        self.expand(&[b"bookbag/1 joining invitation"])
    }

    /// Seals what follows `transcript`. The salt follows from the text, so that two texts never share a key.
    pub(super) fn seal(
        &self,
        label: &[u8],
        transcript: &Transcript,
        plain: &[u8],
    ) -> Result<([u8; 16], Vec<u8>), JoinRefusal> {
        let salt = self.expand(&[b"bookbag/1 joining salt", label, transcript.as_bytes(), plain]);
        let once = OneTimeKey::derive(&self.0, &[label, &salt]);
        let sealed = once.seal(transcript.as_bytes(), plain).map_err(JoinCheck::Sealed.because())?;
        Ok((salt, sealed))
    }

    pub(super) fn open(
        &self,
        label: &[u8],
        transcript: &Transcript,
        (salt, sealed): (&[u8; 16], &[u8]),
    ) -> Result<Zeroizing<Vec<u8>>, JoinRefusal> {
        let once = OneTimeKey::derive(&self.0, &[label, salt]);
        // JO-08: who does not know the secret makes nothing that opens; who changed a byte, neither.
        once.open(transcript.as_bytes(), sealed).map_err(JoinCheck::Sealed.because())
    }

    fn expand(&self, info: &[&[u8]]) -> [u8; 16] {
        let mut output = [0; 16];
        // 16 bytes are within one block of the 255 that there are (RFC 5869 section 2.3).
        let expanded = self.0.expand_parts_into(info, &mut output);
        debug_assert!(expanded.is_ok());
        output
    }
}

/// What is about to be sealed: an item, then zero bytes.
pub(super) fn padded(item: Writer) -> Zeroizing<Vec<u8>> {
    let mut plain = item.into_bytes();
    plain.resize(plain.len().next_multiple_of(BLOCK_BYTES), 0);
    Zeroizing::new(plain)
}

/// Reads the item that [`padded`] filled up.
pub(super) fn unpadded<T>(
    plain: &[u8],
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, WireError>,
) -> Result<T, JoinRefusal> {
    let mut reader = Reader::new(plain);
    let item = read(&mut reader).map_err(JoinCheck::Form.because())?;
    let padding = reader.rest();
    let filled = plain.len().is_multiple_of(BLOCK_BYTES)
        && padding.len() < BLOCK_BYTES
        && padding.iter().all(|byte| *byte == 0);
    if filled { Ok(item) } else { Err(JoinCheck::Form.refuse()) }
}
