//! JWS and JWE.

use bookbag_crypto::jwe::{DecryptionKey, Jwe};
use bookbag_crypto::jws::Jws;
use bookbag_crypto::{PublicKey, SigningKey, base64url};
use serde_json::Value;

use super::Answer;
use crate::{hex, text};

pub(super) fn signature(group: &Value, case: &Value) -> Answer {
    let jwk = if group["public"].is_object() { &group["public"] } else { &group["private"] };
    let token = text(case, "jws");
    let off_the_list = !matches!(jwk["crv"].as_str(), Some("P-256" | "P-384" | "Ed25519"));
    let Ok(key) = PublicKey::from_jwk(jwk.as_object().unwrap()) else {
        assert!(SigningKey::from_jwk_text(jwk.to_string().as_bytes()).is_err());
        return if off_the_list { Answer::NotOffered } else { Answer::Refused };
    };
    assert!(!off_the_list, "a key off the list was read: {jwk}");
    Answer::of(Jws::parse(token).is_ok_and(|jws| jws.verify(&key).is_ok()))
}

pub(super) fn encryption(group: &Value, case: &Value) -> Answer {
    let (jwk, token) = (&group["private"], text(case, "jwe"));
    let header = token.split('.').next().and_then(|header| base64url::decode(header).ok());
    let header: Value = header.and_then(|header| serde_json::from_slice(&header).ok()).unwrap_or_default();
    let on_the_list = jwk["alg"] == "ECDH-ES"
        && header["alg"] == "ECDH-ES"
        && matches!(header["enc"].as_str(), Some("A128GCM" | "A256GCM"));
    let key = DecryptionKey::from_jwk_text(jwk.to_string().as_bytes());
    let opened = key.ok().and_then(|key| Jwe::parse(token).ok()?.decrypt(&key).ok());
    match opened {
        Some(plaintext) => {
            assert!(on_the_list, "decrypted something off the list");
            assert_eq!(*plaintext, hex(&case["pt"]));
            Answer::Accepted
        }
        None if on_the_list => Answer::Refused,
        None => Answer::NotOffered,
    }
}
