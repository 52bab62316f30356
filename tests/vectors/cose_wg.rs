//! The examples of the COSE working group. Messages of other structures (`COSE_Sign`, `COSE_Mac`, `COSE_Mac0`,
//! `COSE_Encrypt`) and of algorithms off our list must be refused.

use bookbag_crypto::aead::{ContentAlgorithm, ContentKey};
use bookbag_crypto::base64url;
use bookbag_crypto::cbor;
use bookbag_crypto::cose::{CoseError, Encrypt0, Sign1};
use bookbag_crypto::{Algorithm, PublicKey};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::folder::Folder;
use crate::{hex, text};

#[test]
fn cose_wg() {
    let Some(mut folder) = Folder::open("cose-wg") else { return };
    // The same keys stand in each example.
    assert!(String::from_utf8(folder.read("KeySet.txt")).unwrap().contains("/ kty /"));
    let files: Vec<String> = folder.files("").into_iter().filter(|file| file != "KeySet.txt").collect();
    for file in files {
        let case = folder.json(&file);
        let message = hex(&case["output"]["cbor"]);
        let accepted = match (&case["input"]["sign0"], &case["input"]["encrypted"]) {
            (Value::Object(sign1), _) => signature(&file, sign1, &message),
            (_, Value::Object(encrypt0)) => encryption(&file, encrypt0, &message),
            _ => {
                assert_eq!(Sign1::parse(&message).err(), Some(CoseError::Structure), "{file}");
                assert_eq!(Encrypt0::parse(&message).err(), Some(CoseError::Structure), "{file}");
                continue;
            }
        };
        match accepted {
            Some(payload) => {
                assert_ne!(case["fail"], true, "{file} must be refused");
                let expected = match &case["input"]["plaintext_hex"] {
                    Value::Null => text(&case["input"], "plaintext").as_bytes().to_vec(),
                    bytes => hex(bytes),
                };
                assert_eq!(payload, expected, "{file}");
            }
            None => assert!(case["fail"] == true || off_the_list(&case["input"]), "{file} was refused"),
        }
    }
    folder.finish();
}

/// Whether we refuse the example whatever its signature: by algorithm, by curve, or because `alg` is not protected.
fn off_the_list(input: &Value) -> bool {
    let message = if input["sign0"].is_object() { &input["sign0"] } else { &input["encrypted"] };
    let accepted = ["ES256", "ES384", "EdDSA", "A128GCM", "A256GCM", "ChaCha-Poly1305"];
    let protected = message["protected"]["alg"].as_str();
    let pair = (protected, message["key"]["crv"].as_str());
    // RFC 9053 leaves the curve open; here each algorithm has one, as in RFC 9864.
    let same_curve =
        !matches!(pair, (Some("ES256"), Some("P-384" | "P-521")) | (Some("ES384"), Some("P-256" | "P-521")))
            && pair.1 != Some("Ed448");
    !(protected.is_some_and(|alg| accepted.contains(&alg)) && same_curve)
}

fn external(message: &Map<String, Value>) -> Vec<u8> {
    message.get("external").map(hex).unwrap_or_default()
}

fn signature(file: &str, sign1: &Map<String, Value>, message: &[u8]) -> Option<Vec<u8>> {
    assert_eq!(Encrypt0::parse(message).err(), Some(CoseError::Structure), "{file}");
    let key = public_key(&sign1["key"]);
    let parsed = Sign1::parse(message).ok()?;
    let verified = parsed.verify(key.as_ref()?, &external(sign1)).ok()?;
    // The untagged form is the same message; another external value makes it another.
    let untagged = if message.first() == Some(&0xd2) { &message[1..] } else { message };
    assert!(Sign1::parse(untagged).unwrap().verify(key.as_ref()?, &external(sign1)).is_ok(), "{file}");
    assert!(parsed.verify(key.as_ref()?, b"something else").is_err(), "{file}");
    Some(verified.to_vec())
}

/// The key of an example as a `COSE_Key`, so that its reader is used too.
fn public_key(key: &Value) -> Option<PublicKey> {
    let coordinate = |name: &str| match &key[name] {
        Value::String(text) => base64url::decode(text).unwrap(),
        _ => hex(&key[format!("{name}_hex")]),
    };
    let (kty, crv) = match text(key, "crv") {
        "P-256" => (2, 1),
        "P-384" => (2, 2),
        "P-521" => (2, 3),
        "Ed25519" => (1, 6),
        "Ed448" => (1, 7),
        other => panic!("no number for the curve {other}"),
    };
    let mut entries = vec![(1.into(), kty.into()), ((-1).into(), crv.into())];
    entries.push(((-2).into(), cbor::Value::Bytes(coordinate("x"))));
    if kty == 2 {
        entries.push(((-3).into(), cbor::Value::Bytes(coordinate("y"))));
    }
    let read = PublicKey::from_cose_key(&cbor::write(&cbor::Value::Map(entries)).unwrap());
    let known = matches!((kty, crv), (2, 1 | 2) | (1, 6));
    assert_eq!(read.is_ok(), known);
    assert!(read.as_ref().is_ok_and(|key| Algorithm::ALL.contains(&key.algorithm())) || !known);
    read.ok()
}

fn encryption(file: &str, encrypt0: &Map<String, Value>, message: &[u8]) -> Option<Vec<u8>> {
    assert_eq!(Sign1::parse(message).err(), Some(CoseError::Structure), "{file}");
    let key = &encrypt0["recipients"][0]["key"];
    let bytes = match &key["k"] {
        Value::String(text) => base64url::decode(text).unwrap(),
        _ => hex(&key["k_hex"]),
    };
    let parsed = Encrypt0::parse(message).ok()?;
    let other = match parsed.algorithm().unwrap() {
        ContentAlgorithm::A256Gcm => ContentAlgorithm::ChaCha20Poly1305,
        _ => ContentAlgorithm::A256Gcm,
    };
    let wrong = ContentKey::from_secret_bytes(other, Zeroizing::new(vec![1; 32])).unwrap();
    let aad = external(encrypt0);
    assert_eq!(parsed.decrypt(&wrong, &aad).err(), Some(CoseError::WrongAlgorithm), "{file}");
    let key = ContentKey::from_secret_bytes(parsed.algorithm().unwrap(), Zeroizing::new(bytes)).ok()?;
    let opened = parsed.decrypt(&key, &aad).ok()?;
    assert_eq!(parsed.decrypt(&key, b"something else").err(), Some(CoseError::Decryption), "{file}");
    Some(opened.to_vec())
}
