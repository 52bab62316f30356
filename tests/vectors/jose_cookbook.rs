//! The JOSE cookbook (RFC 7520, RFC 8037 appendix A). Most of it uses algorithms that are off our list, and must be refused.

use bookbag_crypto::jwe::{DecryptionKey, EncryptionPublicKey, Jwe, JweError};
use bookbag_crypto::jwk::JwkError;
use bookbag_crypto::jws::{Jws, JwsError};
use bookbag_crypto::{Algorithm, PublicKey, SigningKey};
use serde_json::Value;

use crate::folder::Folder;
use crate::text;

#[test]
fn jose_cookbook() {
    let Some(mut folder) = Folder::open("jose-cookbook") else { return };
    for file in folder.files("jwk") {
        let jwk = folder.json(&file);
        let signs = SigningKey::from_jwk_text(jwk.to_string().as_bytes());
        let verifies = PublicKey::from_jwk(jwk.as_object().unwrap());
        if jwk["crv"] == "P-521" || jwk["kty"] == "oct" || jwk["kty"] == "RSA" {
            assert!(signs.is_err() && verifies.is_err(), "{file} is off the list");
            let expected = if jwk.get("d").is_some() { JwkError::Private } else { JwkError::Unsupported };
            assert_eq!(verifies, Err(expected), "{file}");
        } else {
            assert_eq!(signs.is_ok(), jwk.get("d").is_some(), "{file}");
            assert_eq!(verifies.is_ok(), jwk.get("d").is_none(), "{file}");
        }
    }
    for file in ["jws", "curve25519"].iter().flat_map(|below| folder.files(below)).collect::<Vec<_>>() {
        signature(&file, &folder.json(&file));
    }
    for file in folder.files("jwe") {
        encryption(&file, &folder.json(&file));
    }
    folder.finish();
}

fn signature(file: &str, case: &Value) {
    let (input, token) = (&case["input"], text(&case["output"], "compact"));
    let key_text = input["key"].to_string();
    let Some(algorithm) = Algorithm::from_jose_name(text(input, "alg")) else {
        assert_eq!(Jws::parse(token).err(), Some(JwsError::Algorithm), "{file}");
        assert!(SigningKey::from_jwk_text(key_text.as_bytes()).is_err(), "{file}");
        return;
    };
    let key = SigningKey::from_jwk_text(key_text.as_bytes()).unwrap();
    assert_eq!(key.algorithm(), algorithm);
    let payload = Jws::parse(token).unwrap().verify(&key.public_key().unwrap()).unwrap();
    assert_eq!(payload, text(input, "payload").as_bytes(), "{file}");
    if case["reproducible"] == true && algorithm == Algorithm::EdDsa {
        let signature = key.sign(text(&case["signing"], "sig-input").as_bytes());
        assert_eq!(bookbag_crypto::base64url::encode(signature.as_bytes()), text(&case["signing"], "sig"));
    }
}

fn encryption(file: &str, case: &Value) {
    let (input, token) = (&case["input"], text(&case["output"], "compact"));
    let (alg, enc) = (text(input, "alg"), text(input, "enc"));
    let key = DecryptionKey::from_jwk_text(input["key"].to_string().as_bytes());
    match (alg, enc) {
        ("ECDH-ES", "A128GCM" | "A256GCM") => {
            let plaintext = Jwe::parse(token).unwrap().decrypt(&key.unwrap()).unwrap();
            assert_eq!(plaintext.as_slice(), text(input, "plaintext").as_bytes(), "{file}");
        }
        ("ECDH-ES", _) => assert_eq!(Jwe::parse(token).err(), Some(JweError::ContentEncryption), "{file}"),
        _ => {
            // A wrapped key is refused by its form, a direct one by its algorithm.
            assert!(matches!(Jwe::parse(token), Err(JweError::Algorithm | JweError::Form)), "{file}");
            assert!(key.is_err(), "{file}");
            assert!(EncryptionPublicKey::from_jwk(input["key"].as_object().unwrap()).is_err(), "{file}");
        }
    }
}
