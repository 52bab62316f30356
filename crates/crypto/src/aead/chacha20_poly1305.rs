//! ChaCha20-Poly1305 (RFC 8439). One interface over two libraries: natively AWS-LC, which takes half the time for a record, and in
//! the browser the RustCrypto crates.

use zeroize::Zeroizing;

use super::{AeadError, NONCE_BYTES};

/// A key, its nonce, and what is bound to the text.
#[derive(Clone, Copy)]
pub(super) struct Sealing<'s> {
    pub(super) key: &'s [u8; 32],
    pub(super) nonce: &'s [u8; NONCE_BYTES],
    pub(super) associated_data: &'s [u8],
}

impl Sealing<'_> {
    pub(super) fn seal(self, plaintext: &[u8]) -> Result<Vec<u8>, AeadError> {
        backend::seal(self, plaintext)
    }

    pub(super) fn open(self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, AeadError> {
        backend::open(self, sealed)
    }
}

#[cfg(not(target_family = "wasm"))]
mod backend {
    use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
    use zeroize::Zeroizing;

    use super::Sealing;
    use crate::aead::{AeadError, TAG_BYTES};

    pub(super) fn seal(sealing: Sealing<'_>, plaintext: &[u8]) -> Result<Vec<u8>, AeadError> {
        let key = key(sealing).ok_or(AeadError::Seal)?;
        let mut sealed = Vec::with_capacity(plaintext.len() + TAG_BYTES);
        sealed.extend_from_slice(plaintext);
        let (nonce, aad) = (Nonce::assume_unique_for_key(*sealing.nonce), Aad::from(sealing.associated_data));
        let tag = key.seal_in_place_separate_tag(nonce, aad, &mut sealed).map_err(|_| AeadError::Seal)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    pub(super) fn open(sealing: Sealing<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, AeadError> {
        let length = sealed.len().checked_sub(TAG_BYTES).ok_or(AeadError::Open)?;
        let (text, tag) = sealed.split_at_checked(length).ok_or(AeadError::Open)?;
        let key = key(sealing).ok_or(AeadError::Open)?;
        let (nonce, aad) = (Nonce::assume_unique_for_key(*sealing.nonce), Aad::from(sealing.associated_data));
        let mut plain = Zeroizing::new(vec![0; length]);
        key.open_separate_gather(nonce, aad, text, tag, &mut plain).map_err(|_| AeadError::Open)?;
        Ok(plain)
    }

    fn key(sealing: Sealing<'_>) -> Option<LessSafeKey> {
        UnboundKey::new(&CHACHA20_POLY1305, sealing.key).ok().map(LessSafeKey::new)
    }
}

#[cfg(target_family = "wasm")]
use portable as backend;

// Compiled natively for tests as well, so that the two can be compared.
#[cfg(any(test, target_family = "wasm"))]
mod portable {
    use chacha20poly1305::ChaCha20Poly1305;
    use chacha20poly1305::aead::KeyInit as _;
    use zeroize::Zeroizing;

    use super::Sealing;
    use crate::aead::{self, AeadError, Nonce};

    pub(super) fn seal(sealing: Sealing<'_>, plaintext: &[u8]) -> Result<Vec<u8>, AeadError> {
        let Sealing { key, nonce, associated_data } = sealing;
        aead::seal(&ChaCha20Poly1305::new(key.into()), &Nonce(*nonce), associated_data, plaintext)
    }

    pub(super) fn open(sealing: Sealing<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, AeadError> {
        let Sealing { key, nonce, associated_data } = sealing;
        aead::open(&ChaCha20Poly1305::new(key.into()), &Nonce(*nonce), associated_data, sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_libraries_seal_alike_and_open_the_same(
            key: [u8; 32],
            nonce: [u8; NONCE_BYTES],
            associated_data: Vec<u8>,
            text in proptest::collection::vec(any::<u8>(), 0..400),
            changed: prop::sample::Index,
        ) {
            let sealing = Sealing { key: &key, nonce: &nonce, associated_data: &associated_data };
            let mut sealed = backend::seal(sealing, &text).unwrap();
            prop_assert_eq!(&sealed, &portable::seal(sealing, &text).unwrap());
            prop_assert_eq!(&*backend::open(sealing, &sealed).unwrap(), &text);
            prop_assert_eq!(&*portable::open(sealing, &sealed).unwrap(), &text);
            let at = changed.index(sealed.len());
            sealed[at] ^= 1;
            prop_assert_eq!(backend::open(sealing, &sealed), Err(AeadError::Open));
            prop_assert_eq!(portable::open(sealing, &sealed), Err(AeadError::Open));
            prop_assert_eq!(backend::open(sealing, &sealed[..at]), Err(AeadError::Open));
            prop_assert_eq!(portable::open(sealing, &sealed[..at]), Err(AeadError::Open));
        }
    }
}
