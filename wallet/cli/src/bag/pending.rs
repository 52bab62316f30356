//! What is kept between two steps of joining: sealed, in this computer's own folder.

use std::path::Path;

use bookbag_crypto::SaltStream;
use bookbag_crypto::aead::{AeadKey, NONCE_BYTES, Nonce};
use bookbag_crypto::kdf::{Hkdf, PasswordCost};
use bookbag_holder::Holder;
use bookbag_store::secret::passphrase::Passphrase;
use zeroize::Zeroizing;

use super::place;
use crate::input;
use crate::output::Failure;

/// Longest, in bytes: a few times the longest message.
const MAX_KEPT_BYTES: u64 = 65_536;

const SALT_BYTES: usize = 32;

/// A step that waits for the other side.
pub(crate) struct Kept {
    /// Which step.
    pub(crate) step: Step,
    /// What this program adds: how much a new member is to see.
    pub(crate) note: u8,
    /// What the step gave to be kept.
    pub(crate) state: Zeroizing<Vec<u8>>,
}

/// The steps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Invitation = 1,
    FarInvitation = 2,
    Revealed = 3,
    Answered = 4,
    FarAnswered = 5,
    Comparing = 6,
    Joined = 7,
}

/// The key that this device seals with, of a bag that is open.
pub(crate) fn device_key(holder: &Holder) -> Result<AeadKey, Failure> {
    let seed = Zeroizing::new(*holder.bag().device().seed().as_secret_bytes());
    let key = Hkdf::from_uniform(seed).expand::<32>(b"bookbag-cli/1 inviting");
    key.map(AeadKey::from_secret_bytes).map_err(|error| cannot(&error))
}

/// Keeps a step, sealed under a key that is there already.
pub(crate) fn keep(path: &Path, key: &AeadKey, kept: &Kept) -> Result<(), Failure> {
    place::replace(path, &seal(key, kept)?)
}

/// Reads what [`keep`] wrote; `None` if nothing waits.
pub(crate) fn read(path: &Path, key: &AeadKey) -> Result<Option<Kept>, Failure> {
    let Some(bytes) = input::small_file(path, MAX_KEPT_BYTES)? else { return Ok(None) };
    open(key, &bytes)
        .ok_or_else(|| {
            Failure::Cannot("what this computer kept of the invitation is damaged: make a new one".into())
        })
        .map(Some)
}

/// Keeps a step, sealed under a passphrase.
pub(crate) fn keep_by_passphrase(path: &Path, passphrase: &Passphrase, kept: &Kept) -> Result<(), Failure> {
    let salt: [u8; SALT_BYTES] = SaltStream::new(input::entropy()?).draw();
    let sealed = seal(&stretched(passphrase, &salt)?, kept)?;
    place::replace(path, &[salt.as_slice(), &sealed].concat())
}

/// Reads what [`keep_by_passphrase`] wrote; `None` if nothing waits.
pub(crate) fn read_by_passphrase(path: &Path, passphrase: &Passphrase) -> Result<Option<Kept>, Failure> {
    let Some(bytes) = input::small_file(path, MAX_KEPT_BYTES)? else { return Ok(None) };
    let wrong =
        || Failure::Cannot("this is not the passphrase that you chose when you began to join".to_owned());
    let (salt, sealed) = bytes.split_first_chunk::<SALT_BYTES>().ok_or_else(wrong)?;
    open(&stretched(passphrase, salt)?, sealed).ok_or_else(wrong).map(Some)
}

fn stretched(passphrase: &Passphrase, salt: &[u8; SALT_BYTES]) -> Result<AeadKey, Failure> {
    let key = PasswordCost::RECOMMENDED.argon2id::<32>(passphrase.as_secret_str().as_bytes(), salt);
    key.map(AeadKey::from_secret_bytes).map_err(|error| cannot(&error))
}

fn seal(key: &AeadKey, kept: &Kept) -> Result<Vec<u8>, Failure> {
    let nonce = Nonce::random(input::entropy()?);
    let mut sealed = nonce.as_bytes().to_vec();
    let plain = Zeroizing::new([&[kept.step as u8, kept.note], kept.state.as_slice()].concat());
    sealed.extend(key.seal(nonce, b"", &plain).map_err(|error| cannot(&error))?);
    Ok(sealed)
}

fn open(key: &AeadKey, sealed: &[u8]) -> Option<Kept> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let plain = key.open(&Nonce::from_bytes(*nonce), b"", sealed).ok()?;
    let ([step, note], state) = plain.split_first_chunk::<2>()?;
    Some(Kept { step: Step::of(*step)?, note: *note, state: Zeroizing::new(state.to_vec()) })
}

impl Step {
    fn of(number: u8) -> Option<Self> {
        use Step::{Answered, Comparing, FarAnswered, FarInvitation, Invitation, Joined, Revealed};
        let all = [Invitation, FarInvitation, Revealed, Answered, FarAnswered, Comparing, Joined];
        all.into_iter().find(|step| *step as u8 == number)
    }
}

fn cannot(error: &dyn std::fmt::Display) -> Failure {
    Failure::Cannot(error.to_string())
}
