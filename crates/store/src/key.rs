//! Epoch keys, and what is expanded from them (`spec/bag-format.md`, "Keys").

use bookbag_crypto::kdf::Hkdf;
use bookbag_crypto::mac::MacKey;
use bookbag_crypto::{Entropy, SaltStream};
use zeroize::Zeroizing;

use crate::id::{Commitment, CompartmentId, EpochId, labelled_hash};

/// The key of one epoch of one compartment. Wiped when dropped; cannot be printed.
pub struct EpochKey {
    secret: Zeroizing<[u8; 32]>,
    compartment: CompartmentId,
    commitment: Commitment,
    content: Hkdf,
    salt: MacKey,
}

/// Opens and seals the headers of frames: expanded from the key of a control epoch.
pub struct HeaderKey {
    root: Hkdf,
    epoch: EpochId,
}

/// The key of another epoch than the commitment is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the key that the epoch commits to")]
pub struct WrongEpochKey;

impl EpochKey {
    /// Makes the key of a new epoch. `hedge` is a secret of the device that makes it: if the host's generator fails or repeats itself,
    /// the key is still unknown to whoever does not have that.
    pub fn generate(compartment: CompartmentId, hedge: &MacKey, entropy: Entropy<32>) -> Self {
        let drawn = SaltStream::new(entropy).draw::<32>();
        let secret = Zeroizing::new(hedge.tag(&[b"bookbag/1 new epoch", compartment.as_bytes(), &drawn]));
        Self::from_secret_bytes(compartment, secret)
    }

    /// Takes a key that was unwrapped or read from a key ring. Whoever knows which epoch it should be
    /// compares [`Self::commitment`].
    pub fn from_secret_bytes(compartment: CompartmentId, secret: Zeroizing<[u8; 32]>) -> Self {
        let commitment = labelled_hash("bookbag/1 epoch", &[compartment.as_bytes(), &*secret]);
        let root = Hkdf::from_uniform(secret.clone());
        let content = Hkdf::from_uniform(expand(&root, b"bookbag/1 content root"));
        let salt = MacKey::from_secret_bytes(expand(&root, b"bookbag/1 salt root"));
        Self { secret, compartment, commitment: Commitment::from_bytes(commitment), content, salt }
    }

    /// Takes a key that must be the one of `commitment`.
    ///
    /// # Errors
    ///
    /// If it is another.
    pub fn committed(
        compartment: CompartmentId,
        commitment: Commitment,
        secret: Zeroizing<[u8; 32]>,
    ) -> Result<Self, WrongEpochKey> {
        let key = Self::from_secret_bytes(compartment, secret);
        if key.commitment == commitment { Ok(key) } else { Err(WrongEpochKey) }
    }

    /// The epoch.
    pub fn epoch(&self) -> EpochId {
        self.commitment.epoch()
    }

    /// What the control compartment says of this key.
    pub fn commitment(&self) -> Commitment {
        self.commitment
    }

    /// The compartment.
    pub fn compartment(&self) -> CompartmentId {
        self.compartment
    }

    /// The key itself, to be wrapped or put in a key ring.
    pub fn as_secret_bytes(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The header key, if this is the key of a control epoch.
    pub fn header_key(&self) -> HeaderKey {
        let root = Hkdf::from_uniform(self.secret.clone());
        HeaderKey { root: Hkdf::from_uniform(expand(&root, b"bookbag/1 header key")), epoch: self.epoch() }
    }

    pub(crate) fn content_root(&self) -> &Hkdf {
        &self.content
    }

    pub(crate) fn salt_root(&self) -> &MacKey {
        &self.salt
    }
}

impl HeaderKey {
    /// The control epoch it belongs to.
    pub fn epoch(&self) -> EpochId {
        self.epoch
    }

    pub(crate) fn root(&self) -> &Hkdf {
        &self.root
    }
}

impl std::fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EpochKey({} of {})", self.epoch(), self.compartment)
    }
}

impl std::fmt::Debug for HeaderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HeaderKey({})", self.epoch)
    }
}

/// 32 bytes for one purpose.
pub(crate) fn expand(root: &Hkdf, info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut output = Zeroizing::new([0; 32]);
    // 32 bytes are one block of the 255 that there are (RFC 5869 section 2.3).
    let expanded = root.expand_into(info, &mut *output);
    debug_assert!(expanded.is_ok());
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPARTMENT: CompartmentId = CompartmentId::from_bytes([1; 16]);

    #[test]
    fn a_commitment_is_to_one_key_of_one_compartment() {
        let key = EpochKey::from_secret_bytes(COMPARTMENT, Zeroizing::new([7; 32]));
        let committed = |compartment, byte| {
            EpochKey::committed(compartment, key.commitment(), Zeroizing::new([byte; 32])).map(drop)
        };
        assert_eq!(committed(COMPARTMENT, 7), Ok(()));
        assert_eq!(committed(COMPARTMENT, 8), Err(WrongEpochKey));
        assert_eq!(committed(CompartmentId::from_bytes([2; 16]), 7), Err(WrongEpochKey));
    }

    #[test]
    fn a_failed_generator_alone_gives_no_key_away() {
        let hedge = |byte| MacKey::from_secret_bytes(Zeroizing::new([byte; 32]));
        let key = |byte| {
            let entropy = Entropy::from_secure_random([0; 32]);
            *EpochKey::generate(COMPARTMENT, &hedge(byte), entropy).as_secret_bytes()
        };
        assert_ne!(key(1), key(2));
    }

    #[test]
    fn keys_do_not_print_themselves() {
        let key = EpochKey::from_secret_bytes(COMPARTMENT, Zeroizing::new([0xa5; 32]));
        let shown = format!("{key:?} {:?}", key.header_key());
        assert!(!shown.contains("a5a5"), "{shown}");
    }
}
