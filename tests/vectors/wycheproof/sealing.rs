//! Sealing, and what keys are derived with.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use bookbag_crypto::aead::{AeadKey, ContentAlgorithm, ContentKey, Nonce};
use bookbag_crypto::kdf::Hkdf;
use serde_json::Value;
use zeroize::Zeroizing;

use super::Answer;
use crate::hex;

struct Case {
    key: Vec<u8>,
    nonce: Vec<u8>,
    aad: Vec<u8>,
    plaintext: Vec<u8>,
    sealed: Vec<u8>,
}

impl Case {
    fn of(case: &Value) -> Self {
        let [key, nonce, aad, plaintext, ciphertext, tag] =
            ["key", "iv", "aad", "msg", "ct", "tag"].map(|name| hex(&case[name]));
        Self { key, nonce, aad, plaintext, sealed: [ciphertext, tag].concat() }
    }
}

pub(super) fn chacha20_poly1305(_: &Value, case: &Value) -> Answer {
    let case = Case::of(case);
    let key: [u8; 32] = case.key.try_into().unwrap();
    let key = AeadKey::from_secret_bytes(Zeroizing::new(key));
    // A nonce of another length is no `Nonce`.
    let Ok(nonce) = <[u8; 12]>::try_from(case.nonce) else { return Answer::Refused };
    let opened = key.open(&Nonce::from_bytes(nonce), &case.aad, &case.sealed);
    if let Ok(opened) = &opened {
        assert_eq!(**opened, case.plaintext);
        let sealed = key.seal(Nonce::from_bytes(nonce), &case.aad, &case.plaintext);
        assert_eq!(sealed.as_ref(), Ok(&case.sealed));
    }
    Answer::of(opened.is_ok())
}

/// The library below JWE and COSE, since neither lets the associated data be chosen.
pub(super) fn aes_gcm(_: &Value, case: &Value) -> Answer {
    let case = Case::of(case);
    let Ok(nonce) = <[u8; 12]>::try_from(case.nonce.as_slice()) else {
        // Other lengths than RFC 7518 section 5.3 and RFC 9053 section 4.1 ask for are no `Nonce`.
        return Answer::NotOffered;
    };
    match case.key.len() {
        16 => gcm::<Aes128Gcm>(&case, nonce),
        32 => gcm::<Aes256Gcm>(&case, nonce),
        _ => {
            for algorithm in [ContentAlgorithm::A128Gcm, ContentAlgorithm::A256Gcm] {
                let key = ContentKey::from_secret_bytes(algorithm, Zeroizing::new(case.key.clone()));
                assert!(key.is_err(), "AES-192 is off the list");
            }
            Answer::NotOffered
        }
    }
}

fn gcm<C: KeyInit + Aead>(case: &Case, nonce: [u8; 12]) -> Answer {
    let cipher = C::new_from_slice(&case.key).unwrap();
    let nonce = nonce.as_slice().try_into().unwrap();
    let opened = cipher.decrypt(nonce, Payload { msg: &case.sealed, aad: &case.aad });
    if let Ok(opened) = &opened {
        assert_eq!(*opened, case.plaintext);
        let sealed = cipher.encrypt(nonce, Payload { msg: &case.plaintext, aad: &case.aad });
        assert_eq!(sealed.as_ref(), Ok(&case.sealed));
    }
    Answer::of(opened.is_ok())
}

pub(super) fn hkdf_sha256(_: &Value, case: &Value) -> Answer {
    let [secret, salt, info] = ["ikm", "salt", "info"].map(|name| hex(&case[name]));
    let mut output = vec![0; usize::try_from(case["size"].as_u64().unwrap()).unwrap()];
    let derived = Hkdf::extract(&salt, &secret).expand_into(&info, &mut output);
    Answer::of(derived.is_ok() && output == hex(&case["okm"]))
}

/// HMAC is the first half of HKDF (RFC 5869 section 2.2), in the library below it. We offer it to nobody.
pub(super) fn hmac_sha256(_: &Value, case: &Value) -> Answer {
    let [key, message, tag] = ["key", "msg", "tag"].map(|name| hex(&case[name]));
    let (computed, _) = hkdf::Hkdf::<sha2::Sha256>::extract(Some(&key), &message);
    Answer::of(computed[..tag.len()] == tag)
}
