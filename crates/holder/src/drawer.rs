//! The private drawer: a bag that nothing mentions (`spec/bag-format.md`, "The private drawer").
//!
//! Every install has [`DRAWERS`] files of [`BYTES`] random bytes. A drawer in use is such a file: salt, nonce, ciphertext, without a length or a mark, so that without the passphrase nobody can tell it
//! from an empty one. Inside is a whole bag file, and zero bytes.
//!
//! Limits: whoever compares two backups of the same file sees that it changed. A host that writes one drawer should write all of them anew ([`empty`]
//! for those that are not in use is safe only for whoever knows all passphrases of this install), and the time of a file's last change is the host's to hide.

use bookbag_crypto::aead::{AeadError, AeadKey, Nonce};
use bookbag_crypto::kdf::{KdfError, PasswordCost};
use bookbag_crypto::{Entropy, SaltStream};
use bookbag_store::frame::Head;
use bookbag_store::preamble::Preamble;
use bookbag_store::secret::passphrase::Passphrase;
use zeroize::Zeroizing;

/// How many containers an install has.
pub const DRAWERS: usize = 4;

/// Length of a container, in bytes.
pub const BYTES: usize = 1_048_576;

/// Longest bag file that a drawer holds, in bytes.
pub const MAX_BAG_BYTES: usize = BYTES - SALT_BYTES - NONCE_BYTES - TAG_BYTES;

const SALT_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Why a drawer was not closed, or could not be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DrawerError {
    /// Not a container.
    #[error("a drawer is a file of exactly {BYTES} bytes: this one was cut or is something else")]
    Length,
    /// Too much in it.
    #[error(
        "the drawer is full: it holds {MAX_BAG_BYTES} bytes, and this bag has {bytes}. Delete something from it first"
    )]
    Full {
        /// Of the bag's file.
        bytes: usize,
    },
    /// The passphrase could not be worked on.
    #[error("the passphrase could not be worked on: {0}; close other programs and try again")]
    Stretching(#[from] KdfError),
    /// It could not be encrypted.
    #[error(transparent)]
    Aead(#[from] AeadError),
}

/// A container with nothing in it.
pub fn empty(entropy: Entropy<32>) -> Vec<u8> {
    let mut random = SaltStream::new(entropy);
    (0..BYTES / 1024).flat_map(|_| random.draw::<1024>()).collect()
}

/// A container with this bag file in it.
///
/// # Errors
///
/// If the bag is too long, or there is too little memory for the passphrase.
pub fn seal(bag_file: &[u8], passphrase: &Passphrase, entropy: Entropy<32>) -> Result<Vec<u8>, DrawerError> {
    if bag_file.len() > MAX_BAG_BYTES {
        return Err(DrawerError::Full { bytes: bag_file.len() });
    }
    let mut random = SaltStream::new(entropy);
    let salt: [u8; SALT_BYTES] = random.draw();
    let nonce = Nonce::random(random.entropy());
    let nonce_bytes = *nonce.as_bytes();
    let mut plain = Zeroizing::new(vec![0; MAX_BAG_BYTES]);
    plain.iter_mut().zip(bag_file).for_each(|(to, from)| *to = *from);
    let sealed = key(passphrase, &salt)?.seal(nonce, b"", &plain)?;
    Ok([salt.as_slice(), &nonce_bytes, &sealed].concat())
}

/// The bag file in a container; `None` if it is empty or has another passphrase, which nobody can tell apart.
///
/// # Errors
///
/// If it is no container, or there is too little memory for the passphrase.
pub fn open(container: &[u8], passphrase: &Passphrase) -> Result<Option<Zeroizing<Vec<u8>>>, DrawerError> {
    if container.len() != BYTES {
        return Err(DrawerError::Length);
    }
    let (salt, rest) = container.split_first_chunk::<SALT_BYTES>().ok_or(DrawerError::Length)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(DrawerError::Length)?;
    let plain = key(passphrase, salt)?.open(&Nonce::from_bytes(*nonce), b"", sealed);
    Ok(plain.ok().map(|mut plain| {
        let length = bag_length(&plain);
        plain.truncate(length);
        plain
    }))
}

fn key(passphrase: &Passphrase, salt: &[u8; SALT_BYTES]) -> Result<AeadKey, KdfError> {
    let key = PasswordCost::RECOMMENDED.argon2id::<32>(passphrase.as_secret_str().as_bytes(), salt)?;
    Ok(AeadKey::from_secret_bytes(key))
}

/// Where the bag ends and the zero bytes begin: no frame begins with a zero byte.
fn bag_length(plain: &[u8]) -> usize {
    let Ok((_, mut rest)) = Preamble::read(plain) else { return 0 };
    while let Ok(head) = Head::read(rest) {
        let body = head.stored_body_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        match rest.get(head.head_length() + body..) {
            Some(after) => rest = after,
            None => break,
        }
    }
    plain.len() - rest.len()
}

#[cfg(test)]
mod tests;
