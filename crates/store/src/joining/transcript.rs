//! The hash of all messages so far, which every signature, every sealing and the code is over.

use bookbag_crypto::{PublicKey, SigningKey};

use super::check::{JoinCheck, JoinRefusal};
use crate::id::labelled_hash;

/// The transcript after one, two or three messages. The later ones hold the earlier ones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Transcript([u8; 32]);

impl Transcript {
    /// After the invitation.
    pub(super) fn invited(invite: &[u8]) -> Self {
        Self(labelled_hash("bookbag/1 joining 1", &[invite]))
    }

    /// After the answer: what the joiner brings.
    pub(super) fn answered(self, brought: &[&[u8]]) -> Self {
        self.and("bookbag/1 joining 2", brought)
    }

    /// After the last message: what the inviter promises, and at a distance its nonce.
    pub(super) fn promised(self, promised: &[&[u8]]) -> Self {
        self.and("bookbag/1 joining 3", promised)
    }

    /// One that was kept.
    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Signs it as the joiner does, or as the inviter does.
    pub(super) fn sign(&self, label: &str, key: &SigningKey) -> [u8; 64] {
        let signature = key.sign(&self.signed(label));
        // Ed25519 signatures have 64 bytes.
        signature.as_bytes().try_into().unwrap_or([0; 64])
    }

    pub(super) fn verify(
        &self,
        label: &str,
        key: &PublicKey,
        signature: &[u8; 64],
        check: JoinCheck,
    ) -> Result<(), JoinRefusal> {
        key.verify(&self.signed(label), signature).map_err(check.because())
    }

    fn signed(&self, label: &str) -> Vec<u8> {
        [label.as_bytes(), &self.0].concat()
    }

    fn and(self, label: &str, pieces: &[&[u8]]) -> Self {
        let all: Vec<&[u8]> = std::iter::once(self.0.as_slice()).chain(pieces.iter().copied()).collect();
        Self(labelled_hash(label, &all))
    }
}

/// What the joiner signs begins with this.
pub(super) const JOINER: &str = "bookbag/1 joining answer";

/// What the inviter signs begins with this.
pub(super) const INVITER: &str = "bookbag/1 joining promise";
