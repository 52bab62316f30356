//! SHA-2 (FIPS 180-4), by the names of the IANA Named Information Hash Algorithm registry.

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::base64url;

/// A hash function that may be used for disclosures, key binding and integrity values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum HashAlgorithm {
    /// SHA-256, the default of RFC 9901 section 4.1.1.
    #[default]
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// The output of a [`HashAlgorithm`]: 32, 48 or 64 bytes.
#[derive(Clone, Copy)]
pub struct Digest {
    bytes: [u8; 64],
    length: usize,
}

impl HashAlgorithm {
    /// Every function on the list, weakest first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The registered name, such as `sha-256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    /// The function of a registered name, compared exactly (RFC 9901 section 4.1.1); `None` if it is not on
    /// the list.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// SHA-256 of several pieces, one after the other.
    pub fn sha256<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> [u8; 32] {
        let mut hash = Sha256::new();
        pieces.into_iter().for_each(|piece| hash.update(piece));
        hash.finalize().into()
    }

    /// Hashes `bytes`.
    pub fn digest(self, bytes: impl AsRef<[u8]>) -> Digest {
        match self {
            Self::Sha256 => Digest::new(&Sha256::digest(bytes)),
            Self::Sha384 => Digest::new(&Sha384::digest(bytes)),
            Self::Sha512 => Digest::new(&Sha512::digest(bytes)),
        }
    }
}

/// SHA-256 of what comes piece by piece, where the whole is too much to be held at once.
#[derive(Clone, Default)]
pub struct GrowingSha256(Sha256);

impl GrowingSha256 {
    /// Of nothing so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The hash of all pieces.
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

impl std::fmt::Debug for GrowingSha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GrowingSha256")
    }
}

/// A [`Digest`] in base64url, as signed documents carry it: 43, 64 or 86 characters, kept without an allocation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EncodedDigest {
    text: [u8; 86],
    length: usize,
}

impl EncodedDigest {
    /// The text.
    pub fn as_str(&self) -> &str {
        // base64url is ASCII, so this is never empty.
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The text, to be compared.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }
}

impl std::fmt::Debug for EncodedDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Digest {
    /// In base64url.
    pub fn encoded(&self) -> EncodedDigest {
        let mut text = [0; 86];
        // The longest digest, 64 bytes, takes 86 characters.
        let length = base64url::encode_slice(self, &mut text).unwrap_or_default();
        EncodedDigest { text, length }
    }

    fn new(output: &[u8]) -> Self {
        let mut bytes = [0; 64];
        for (to, from) in bytes.iter_mut().zip(output) {
            *to = *from;
        }
        Self { bytes, length: output.len().min(64) }
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&self.bytes)
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({:?})", self.encoded())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4 example values for the message "abc" (first bytes).
    #[test]
    fn known_answers() {
        let start = |algorithm: HashAlgorithm| algorithm.digest("abc").as_ref()[..4].to_vec();
        assert_eq!(start(HashAlgorithm::Sha256), [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(start(HashAlgorithm::Sha384), [0xcb, 0x00, 0x75, 0x3f]);
        assert_eq!(start(HashAlgorithm::Sha512), [0xdd, 0xaf, 0x35, 0xa1]);
        let lengths = HashAlgorithm::ALL.map(|algorithm| algorithm.digest("").as_ref().len());
        assert_eq!(lengths, [32, 48, 64]);
    }

    #[test]
    fn a_digest_is_encoded_whole() {
        for algorithm in HashAlgorithm::ALL {
            let digest = algorithm.digest("abc");
            assert_eq!(digest.encoded().as_str(), base64url::encode(digest));
        }
        // RFC 9901 section 4.2.3.
        let disclosure = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
        let digest = HashAlgorithm::Sha256.digest(disclosure).encoded();
        assert_eq!(format!("{digest:?}"), "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
    }

    #[test]
    fn names_are_exact() {
        assert_eq!(HashAlgorithm::from_name("sha-256"), Some(HashAlgorithm::Sha256));
        for name in ["SHA-256", "sha256", "md5", "sha-1", "sha-256-128", "sha3-256", ""] {
            assert_eq!(HashAlgorithm::from_name(name), None, "{name}");
        }
    }
}
