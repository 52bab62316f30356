//! base64url without padding (RFC 4648 section 5, RFC 7515 section 2), read strictly.
//!
//! One text has one meaning: padding, white space, characters outside the alphabet and non-zero
//! trailing bits are refused, so that two different texts never decode to the same bytes.

use base64::Engine as _;
use engine::engine;

/// The library's fastest engine for this processor, found once.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod engine {
    use base64::engine::Simd;
    use base64::engine::general_purpose::NO_PAD;
    use std::sync::LazyLock;

    pub(super) fn engine() -> &'static Simd {
        static ENGINE: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));
        &ENGINE
    }
}

/// The library's portable engine.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod engine {
    use base64::engine::general_purpose::{GeneralPurpose, URL_SAFE_NO_PAD};

    pub(super) fn engine() -> &'static GeneralPurpose {
        &URL_SAFE_NO_PAD
    }
}

/// The text was not base64url without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not base64url without padding")]
pub struct Base64Error;

/// Encodes `bytes`.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    engine().encode(bytes)
}

/// Appends the encoding of `bytes` to `text`.
pub fn encode_to(bytes: impl AsRef<[u8]>, text: &mut String) {
    engine().encode_string(bytes, text);
}

/// Encodes `bytes` into `text` and says how many characters that took; `None` if there is not enough room.
pub(crate) fn encode_slice(bytes: impl AsRef<[u8]>, text: &mut [u8]) -> Option<usize> {
    engine().encode_slice(bytes, text).ok()
}

/// Decodes `text`.
///
/// # Errors
///
/// If `text` is not the one encoding of some bytes.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, Base64Error> {
    engine().decode(text).map_err(|_| Base64Error)
}

/// Decodes `text` into exactly `N` bytes, as key coordinates and hashes need (RFC 7518 section 6.2.1.2).
///
/// # Errors
///
/// If `text` is not the one encoding of `N` bytes.
pub fn decode_array<const N: usize>(text: impl AsRef<[u8]>) -> Result<[u8; N], Base64Error> {
    let mut bytes = [0; N];
    // The library asks for room by the length of the text, so a text too long fails here as well.
    match engine().decode_slice(text, &mut bytes) {
        Ok(length) if length == N => Ok(bytes),
        _ => Err(Base64Error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for length in 0..70 {
            let bytes: Vec<u8> = (0..length).collect();
            assert_eq!(decode(encode(&bytes)), Ok(bytes));
        }
    }

    #[test]
    fn refuses_a_second_way_to_write_the_same_bytes() {
        for text in ["Zg==", "Zh", "Zm9", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9+", "Zm9/", "Z", "Zm9v=", "Zm9vé"]
        {
            assert_eq!(decode(text), Err(Base64Error), "{text:?}");
        }
    }

    proptest::proptest! {
        /// Whatever engine serves this processor, it reads and refuses what the portable one does.
        #[test]
        fn the_engine_agrees_with_the_portable_one(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
            text in "[A-Za-z0-9_-]{0,300}",
            place in 0..300usize,
            stranger: u8,
        ) {
            let portable = &base64::engine::general_purpose::URL_SAFE_NO_PAD;
            proptest::prop_assert_eq!(encode(&bytes), portable.encode(&bytes));
            proptest::prop_assert_eq!(decode(&text).ok(), portable.decode(&text).ok());
            let mut odd = text.into_bytes();
            if let Some(byte) = odd.get_mut(place) {
                *byte = stranger;
            }
            proptest::prop_assert_eq!(decode(&odd).ok(), portable.decode(&odd).ok());
        }
    }

    #[test]
    fn an_array_has_exactly_its_length() {
        assert_eq!(decode_array::<3>("Zm9v"), Ok(*b"foo"));
        assert_eq!(decode_array::<2>("Zm9v"), Err(Base64Error));
        assert_eq!(decode_array::<4>("Zm9v"), Err(Base64Error));
        assert_eq!(decode_array::<3>(""), Err(Base64Error));
    }
}
