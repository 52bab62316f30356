//! Sealing under a symmetric key: ChaCha20-Poly1305 (RFC 8439), and AES-GCM for envelopes that others prescribe.
//!
//! [`AeadKey`] is what Bookbag seals its own records with. [`ContentKey`] carries its algorithm with it, for
//! envelopes (COSE) that name one of three. A nonce must never serve twice under one key: [`Nonce`] is consumed when it
//! seals and cannot be cloned, and the caller sees to it that no two are built from the same bytes.
//!
//! Opening says that it failed and nothing more, so that its errors tell an attacker nothing.

mod chacha20_poly1305;

use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::kdf::Hkdf;

use chacha20_poly1305::Sealing;

/// Length of the tag that every algorithm here appends, in bytes.
pub const TAG_BYTES: usize = 16;

/// Length of a nonce of every algorithm here, in bytes.
pub const NONCE_BYTES: usize = 12;

/// A ChaCha20-Poly1305 key. Wiped when dropped; cannot be printed, cloned or compared.
pub struct AeadKey(Zeroizing<[u8; 32]>);

/// Twelve bytes for one sealing under one key.
#[derive(Debug, PartialEq, Eq)]
pub struct Nonce([u8; NONCE_BYTES]);

/// A ChaCha20-Poly1305 key and its nonce, derived together for one text and consumed by it.
pub struct OneTimeKey {
    key: AeadKey,
    nonce: Nonce,
}

/// An algorithm for content that an envelope may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentAlgorithm {
    /// ChaCha20-Poly1305 (RFC 8439).
    ChaCha20Poly1305,
    /// AES-128 in GCM (NIST SP 800-38D) with a 96-bit nonce and a 128-bit tag.
    A128Gcm,
    /// AES-256 in GCM, likewise.
    A256Gcm,
}

/// A content key of one algorithm. Wiped when dropped; cannot be printed, cloned or compared.
pub struct ContentKey {
    algorithm: ContentAlgorithm,
    bytes: Zeroizing<Vec<u8>>,
}

/// Why something could not be sealed or opened. Says no more on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AeadError {
    /// The plaintext is longer than the algorithm can seal.
    #[error("too long to be sealed")]
    Seal,
    /// Not sealed under this key with this nonce and this associated data.
    #[error("not sealed under this key with this nonce and associated data")]
    Open,
    /// A key of the wrong length for its algorithm.
    #[error("a key of the wrong length for its algorithm")]
    KeyLength,
}

impl AeadKey {
    /// Makes a new key.
    pub fn generate(entropy: Entropy<32>) -> Self {
        Self(entropy.into_bytes())
    }

    /// Takes a key that was derived or unsealed.
    pub fn from_secret_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The key itself, to be sealed under another key.
    pub fn as_secret_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals `plaintext` and binds it to `associated_data`; the tag stands at the end.
    ///
    /// # Errors
    ///
    /// If `plaintext` is longer than 256 GiB.
    #[expect(clippy::needless_pass_by_value, reason = "a nonce seals once")]
    pub fn seal(&self, nonce: Nonce, associated_data: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, AeadError> {
        Sealing { key: &self.0, nonce: &nonce.0, associated_data }.seal(plaintext)
    }

    /// Opens what [`Self::seal`] sealed with the same nonce and associated data.
    ///
    /// # Errors
    ///
    /// If it is anything else.
    pub fn open(
        &self,
        nonce: &Nonce,
        associated_data: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, AeadError> {
        Sealing { key: &self.0, nonce: &nonce.0, associated_data }.open(sealed)
    }
}

impl std::fmt::Debug for AeadKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AeadKey")
    }
}

impl OneTimeKey {
    /// Expands 44 bytes from `root`: the key, then the nonce. Two texts never share `info`.
    pub fn derive(root: &Hkdf, info: &[&[u8]]) -> Self {
        let mut output = Zeroizing::new([0; 44]);
        // 44 bytes are two blocks of the 255 that there are.
        let expanded = root.expand_parts_into(info, &mut *output);
        debug_assert!(expanded.is_ok());
        let (mut key, mut nonce) = (Zeroizing::new([0; 32]), [0; NONCE_BYTES]);
        if let (Some(first), Some(last)) = (output.first_chunk(), output.last_chunk()) {
            *key = *first;
            nonce = *last;
        }
        Self { key: AeadKey(key), nonce: Nonce(nonce) }
    }

    /// Seals the one text; the tag stands at the end.
    ///
    /// # Errors
    ///
    /// If `plaintext` is longer than 256 GiB.
    pub fn seal(self, associated_data: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, AeadError> {
        self.key.seal(self.nonce, associated_data, plaintext)
    }

    /// Opens the one text.
    ///
    /// # Errors
    ///
    /// If it was not sealed by this key with this associated data.
    pub fn open(self, associated_data: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, AeadError> {
        self.key.open(&self.nonce, associated_data, sealed)
    }
}

impl std::fmt::Debug for OneTimeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimeKey")
    }
}

impl Nonce {
    /// A nonce from fresh randomness. Good for a key that seals a bounded number of times: at 2^32 sealings the
    /// chance that two agree reaches 2^-33.
    pub fn random(entropy: Entropy<NONCE_BYTES>) -> Self {
        Self(*entropy.into_bytes())
    }

    /// A nonce that was received, or one from a counter that never repeats under its key.
    pub fn from_bytes(bytes: [u8; NONCE_BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be written beside what is sealed.
    pub fn as_bytes(&self) -> &[u8; NONCE_BYTES] {
        &self.0
    }
}

impl ContentAlgorithm {
    /// Length of a key, in bytes.
    pub const fn key_bytes(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::ChaCha20Poly1305 | Self::A256Gcm => 32,
        }
    }
}

impl ContentKey {
    /// Takes a key that was agreed on or read.
    ///
    /// # Errors
    ///
    /// If it has not the length that the algorithm asks for.
    pub fn from_secret_bytes(
        algorithm: ContentAlgorithm,
        bytes: Zeroizing<Vec<u8>>,
    ) -> Result<Self, AeadError> {
        if bytes.len() == algorithm.key_bytes() {
            Ok(Self { algorithm, bytes })
        } else {
            Err(AeadError::KeyLength)
        }
    }

    /// The only algorithm this key is used with.
    pub fn algorithm(&self) -> ContentAlgorithm {
        self.algorithm
    }

    #[expect(clippy::needless_pass_by_value, reason = "a nonce seals once")]
    pub(crate) fn seal(&self, nonce: Nonce, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, AeadError> {
        match self.algorithm {
            ContentAlgorithm::ChaCha20Poly1305 => {
                seal(&self.cipher::<ChaCha20Poly1305>()?, &nonce, aad, plaintext)
            }
            ContentAlgorithm::A128Gcm => seal(&self.cipher::<Aes128Gcm>()?, &nonce, aad, plaintext),
            ContentAlgorithm::A256Gcm => seal(&self.cipher::<Aes256Gcm>()?, &nonce, aad, plaintext),
        }
    }

    pub(crate) fn open(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, AeadError> {
        match self.algorithm {
            ContentAlgorithm::ChaCha20Poly1305 => {
                open(&self.cipher::<ChaCha20Poly1305>()?, nonce, aad, sealed)
            }
            ContentAlgorithm::A128Gcm => open(&self.cipher::<Aes128Gcm>()?, nonce, aad, sealed),
            ContentAlgorithm::A256Gcm => open(&self.cipher::<Aes256Gcm>()?, nonce, aad, sealed),
        }
    }

    fn cipher<C: KeyInit>(&self) -> Result<C, AeadError> {
        C::new_from_slice(&self.bytes).map_err(|_| AeadError::KeyLength)
    }
}

impl std::fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContentKey({:?})", self.algorithm)
    }
}

fn seal<C: Aead>(cipher: &C, nonce: &Nonce, aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, AeadError> {
    let nonce = nonce.0.as_slice().try_into().map_err(|_| AeadError::Seal)?;
    cipher.encrypt(nonce, Payload { msg, aad }).map_err(|_| AeadError::Seal)
}

fn open<C: Aead>(cipher: &C, nonce: &Nonce, aad: &[u8], msg: &[u8]) -> Result<Zeroizing<Vec<u8>>, AeadError> {
    let nonce = nonce.0.as_slice().try_into().map_err(|_| AeadError::Open)?;
    cipher.decrypt(nonce, Payload { msg, aad }).map(Zeroizing::new).map_err(|_| AeadError::Open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> AeadKey {
        AeadKey::generate(Entropy::from_secure_random([byte; 32]))
    }

    fn nonce(byte: u8) -> Nonce {
        Nonce::random(Entropy::from_secure_random([byte; 12]))
    }

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    }

    /// RFC 8439 section 2.8.2.
    #[test]
    fn the_example_of_rfc_8439() {
        let secret: [u8; 32] = std::array::from_fn(|at| 0x80 + u8::try_from(at).unwrap());
        let key = AeadKey::from_secret_bytes(Zeroizing::new(secret));
        let nonce = Nonce::from_bytes(hex("070000004041424344454647").try_into().unwrap());
        let aad = hex("50515253c0c1c2c3c4c5c6c7");
        let text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
                     future, sunscreen would be it.";
        let sealed = key.seal(nonce, &aad, text).unwrap();
        assert_eq!(sealed[..16], hex("d31a8d34648e60db7b86afbc53ef7ec2"));
        assert_eq!(sealed[text.len()..], hex("1ae10b594f09e26a7e902ecbd0600691"));
    }

    #[test]
    fn what_was_sealed_opens_and_nothing_else_does() {
        let sealed = key(1).seal(nonce(1), b"aad", b"record").unwrap();
        assert_eq!(key(1).open(&nonce(1), b"aad", &sealed).unwrap().as_slice(), b"record");
        assert_eq!(key(2).open(&nonce(1), b"aad", &sealed), Err(AeadError::Open));
        assert_eq!(key(1).open(&nonce(2), b"aad", &sealed), Err(AeadError::Open));
        assert_eq!(key(1).open(&nonce(1), b"", &sealed), Err(AeadError::Open));
        for length in 0..sealed.len() {
            assert_eq!(key(1).open(&nonce(1), b"aad", &sealed[..length]), Err(AeadError::Open));
        }
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key(1).open(&nonce(1), b"aad", &changed), Err(AeadError::Open));
        }
    }

    #[test]
    fn a_one_time_key_is_the_expansion() {
        let root = || Hkdf::extract(b"salt", b"secret");
        let once = |info: &[&[u8]]| OneTimeKey::derive(&root(), info);
        let bytes = root().expand::<44>(b"label and more").unwrap();
        let (secret, twelve) = (bytes[..32].try_into().unwrap(), bytes[32..].try_into().unwrap());
        let by_hand = AeadKey::from_secret_bytes(Zeroizing::new(secret));
        let sealed = by_hand.seal(Nonce::from_bytes(twelve), b"aad", b"record").unwrap();
        assert_eq!(once(&[b"label", b" and more"]).seal(b"aad", b"record").unwrap(), sealed);
        assert_eq!(once(&[b"label and more"]).open(b"aad", &sealed).unwrap().as_slice(), b"record");
        assert_eq!(once(&[b"label and more"]).open(b"", &sealed), Err(AeadError::Open));
        assert_eq!(once(&[b"label"]).open(b"aad", &sealed), Err(AeadError::Open));
    }

    #[test]
    fn content_keys_keep_to_their_algorithm() {
        use ContentAlgorithm::{A128Gcm, A256Gcm, ChaCha20Poly1305};
        let content = |algorithm: ContentAlgorithm| {
            ContentKey::from_secret_bytes(algorithm, Zeroizing::new(vec![1; algorithm.key_bytes()])).unwrap()
        };
        for one in [ChaCha20Poly1305, A128Gcm, A256Gcm] {
            let sealed = content(one).seal(nonce(3), b"aad", b"text").unwrap();
            for two in [ChaCha20Poly1305, A128Gcm, A256Gcm] {
                let opened = content(two).open(&nonce(3), b"aad", &sealed);
                assert_eq!(opened.is_ok(), one == two, "{one:?} {two:?}");
            }
            for length in [0, 15, 17, 31, 33] {
                let wrong = ContentKey::from_secret_bytes(one, Zeroizing::new(vec![1; length]));
                assert_eq!(wrong.err(), Some(AeadError::KeyLength));
            }
        }
        // The same 32 bytes seal alike as an AeadKey.
        let sealed = content(ChaCha20Poly1305).seal(nonce(3), b"", b"text").unwrap();
        assert!(key(1).open(&nonce(3), b"", &sealed).is_ok());
    }
}
