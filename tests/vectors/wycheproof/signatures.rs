//! Ed25519 and ECDSA.

use bookbag_crypto::PublicKey;
use serde_json::Value;

use super::Answer;
use crate::{hex, text};

/// Signatures in the form of JOSE and COSE: RFC 8032's, and R‖S for ECDSA.
pub(super) fn plain(group: &Value, case: &Value) -> Answer {
    let key = key(group);
    if let Value::Object(jwk) = &group["publicKeyJwk"] {
        assert_eq!(PublicKey::from_jwk(jwk).as_ref(), Ok(&key), "the JWK is the same key");
    }
    Answer::of(key.verify(&hex(&case["msg"]), &hex(&case["sig"])).is_ok())
}

/// Signatures in DER. Our interface takes none of them; what is inside must have the right outcome.
pub(super) fn der(group: &Value, case: &Value) -> Answer {
    let (key, message, der) = (key(group), hex(&case["msg"]), hex(&case["sig"]));
    assert!(key.verify(&message, &der).is_err(), "DER is not the form of JOSE");
    let Ok(signature) = p256::ecdsa::Signature::from_der(&der) else { return Answer::Refused };
    Answer::of(key.verify(&message, &signature.to_bytes()).is_ok())
}

/// The group's key, which stands there in two more forms.
fn key(group: &Value) -> PublicKey {
    let der = hex(&group["publicKeyDer"]);
    let key = PublicKey::from_spki_der(&der).unwrap();
    assert_eq!(PublicKey::from_spki_pem(text(group, "publicKeyPem")).as_ref(), Ok(&key));
    assert_eq!(key.to_spki_der().unwrap(), der);
    key
}
