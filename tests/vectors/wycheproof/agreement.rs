//! Key agreement on P-256 and X25519. Our interface never gives a shared secret away, so each case becomes a JWE: the
//! public key of the case is the ephemeral one, the content is encrypted under what follows from the case's shared
//! secret, and our side must decrypt it with the case's private key.

use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use bookbag_crypto::base64url;
use bookbag_crypto::jwe::{DecryptionKey, Jwe};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Answer;
use crate::{hex, text};

pub(super) fn jwk(_: &Value, case: &Value) -> Answer {
    let Ok(key) = DecryptionKey::from_jwk_text(case["private"].to_string().as_bytes()) else {
        return Answer::Refused;
    };
    let shared = hex(&case["shared"]);
    let token = encrypted(&case["public"], &shared);
    let accepted = Jwe::parse(&token).and_then(|jwe| jwe.decrypt(&key)).is_ok();
    if text(case, "result") == "acceptable" {
        // Points on the twist and second encodings are taken (RFC 7748 section 5); secrets that anybody knows are
        // not (section 6.1).
        let known_to_all = shared.iter().all(|byte| *byte == 0);
        assert_eq!(accepted, !known_to_all, "{}: {}", case["tcId"], case["comment"]);
    }
    Answer::of(accepted)
}

fn encrypted(ephemeral: &Value, shared: &[u8]) -> String {
    let header = json!({"alg": "ECDH-ES", "enc": "A128GCM", "epk": ephemeral});
    let header = base64url::encode(header.to_string());
    // RFC 7518 section 4.6.2, without party information.
    let mut hash = Sha256::new();
    for field in [&[0, 0, 0, 1], shared, &[0, 0, 0, 7], b"A128GCM", &[0; 8], &[0, 0, 0, 128]] {
        hash.update(field);
    }
    let cipher = Aes128Gcm::new_from_slice(&hash.finalize()[..16]).unwrap();
    let nonce = [7; 12];
    let payload = Payload { msg: b"content", aad: header.as_bytes() };
    let sealed = cipher.encrypt((&nonce).into(), payload).unwrap();
    let (ciphertext, tag) = sealed.split_at(7);
    let [nonce, ciphertext, tag] = [&nonce[..], ciphertext, tag].map(base64url::encode);
    format!("{header}..{nonce}.{ciphertext}.{tag}")
}
