//! A key from a passkey: the output of WebAuthn's `prf` extension (Web Authentication Level 3, section 10.1.4).
//!
//! The browser asks the authenticator with [`evaluation_input`] as `eval.first` and hands over the 32 bytes that come
//! back. They depend on the passkey and on that input, so one passkey opens the bags of several children with
//! unrelated keys, and needs nothing stored but the salt that the slot has anyway.
//!
//! Limits: a passkey that is synced by its maker is held by everybody who can sign in there, and is gone with that
//! account; a slot like this is for convenience, beside another way in.

use zeroize::Zeroizing;

use crate::id::BagId;

pub(super) const KEY_LABEL: &str = "bookbag/1 slot passkey";
pub(super) const INPUT_LABEL: &str = "bookbag/1 passkey input";

/// What a passkey answered. Wiped when dropped; cannot be printed, cloned or compared.
pub struct PasskeyOutput(Zeroizing<[u8; 32]>);

impl PasskeyOutput {
    /// Takes `results.first` of the extension: 32 bytes, the length of HMAC-SHA-256 that section 10.1.4 gives it.
    pub fn from_secret_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The key of a slot: label `bookbag/1 slot passkey` and the slot's salt, as [`super`] says.
    pub fn slot_key(&self, bag: BagId, salt: &[u8; 16]) -> Zeroizing<[u8; 32]> {
        super::derive(&self.0, KEY_LABEL, bag, salt)
    }
}

impl std::fmt::Debug for PasskeyOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasskeyOutput")
    }
}

/// What to evaluate the passkey at for a slot, no secret:
/// SHA-256 of `bookbag/1 passkey input` ‖ 00 ‖ bag id ‖ salt of the slot.
pub fn evaluation_input(bag: BagId, salt: &[u8; 16]) -> [u8; 32] {
    super::sha256(&[INPUT_LABEL.as_bytes(), &[0], bag.as_bytes(), salt].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAG: BagId = BagId::from_bytes([1; 16]);

    #[test]
    fn one_passkey_is_asked_something_else_for_each_bag_and_slot() {
        let other = BagId::from_bytes([2; 16]);
        let input = evaluation_input(BAG, &[2; 16]);
        assert_ne!(input, evaluation_input(other, &[2; 16]));
        assert_ne!(input, evaluation_input(BAG, &[1; 16]));
        let key = |byte, bag, salt| {
            *PasskeyOutput::from_secret_bytes(Zeroizing::new([byte; 32])).slot_key(bag, &[salt; 16])
        };
        assert_ne!(key(1, BAG, 2), key(2, BAG, 2));
        assert_ne!(key(1, BAG, 2), key(1, other, 2));
        assert_ne!(key(1, BAG, 2), key(1, BAG, 1));
        assert_ne!(key(1, BAG, 2), [1; 32]);
    }

    #[test]
    fn the_answer_is_not_printed() {
        let output = PasskeyOutput::from_secret_bytes(Zeroizing::new([0xa5; 32]));
        assert_eq!(format!("{output:?}{output:#?}"), "PasskeyOutputPasskeyOutput");
    }
}
