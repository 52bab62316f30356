//! The `Debug` output of every public type of the crate, so that a secret cannot slip into a log.
//!
//! A new public type is added to the table below; whether all are there is checked by reading the sources.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, and reads the sources"
)]

use std::fmt::Debug;
use std::path::Path;

use bookbag_crypto::aead::{AeadError, AeadKey, ContentAlgorithm, ContentKey, Nonce, OneTimeKey};
use bookbag_crypto::base64url::Base64Error;
use bookbag_crypto::cbor::CborError;
use bookbag_crypto::cose::{Content, CoseError, Encrypt0, Headers, Sign1, ToSign, encrypt0};
use bookbag_crypto::hpke::{Context, HpkeError, HpkePrivateKey};
use bookbag_crypto::json::JsonError;
use bookbag_crypto::jwe::{AgreementCurve, ContentEncryption, DecryptionKey, Jwe, JweError, encrypt};
use bookbag_crypto::jwk::JwkError;
use bookbag_crypto::jws::{self, Jws, JwsError};
use bookbag_crypto::kdf::{Hkdf, KdfError, PasswordCost};
use bookbag_crypto::mac::{BadTag, MacKey};
use bookbag_crypto::pkcs8::Pkcs8Error;
use bookbag_crypto::shamir::{ShamirError, ShamirShare};
use bookbag_crypto::{
    Algorithm, BadSignature, Entropy, GrowingSha256, HashAlgorithm, KeyError, SaltStream, SigningKey,
    SpkiError,
};
use zeroize::Zeroizing;

/// Every secret of this test is made of this byte: 165, `a5`, and in base64url `paWl`.
const SECRET: u8 = 0xa5;

/// The types whose values carry a secret, or could.
fn keys() -> Vec<(&'static str, String)> {
    let signing =
        |algorithm| SigningKey::generate(algorithm, Entropy::from_secure_random([SECRET; 48])).unwrap();
    let [ed25519, p256, p384] = Algorithm::ALL.map(signing);
    let decryption =
        |curve| DecryptionKey::generate(curve, Entropy::from_secure_random([SECRET; 32])).unwrap();
    let hpke = HpkePrivateKey::generate(Entropy::from_secure_random([SECRET; 32])).unwrap();
    let content = ContentKey::from_secret_bytes(ContentAlgorithm::A128Gcm, Zeroizing::new(vec![SECRET; 16]));
    vec![
        ("Entropy", shown(&Entropy::from_secure_random([SECRET; 32]))),
        ("SaltStream", shown(&SaltStream::new(Entropy::from_secure_random([SECRET; 32])))),
        ("SigningKey", shown(&ed25519) + &shown(&p256) + &shown(&p384)),
        ("PublicKey", shown(&p256.public_key())),
        (
            "DecryptionKey",
            shown(&decryption(AgreementCurve::P256)) + &shown(&decryption(AgreementCurve::X25519)),
        ),
        ("EncryptionPublicKey", shown(&decryption(AgreementCurve::P256).public_key())),
        ("HpkePublicKey", shown(&hpke.public_key())),
        ("HpkePrivateKey", shown(&hpke)),
        ("AeadKey", shown(&AeadKey::generate(Entropy::from_secure_random([SECRET; 32])))),
        ("ContentKey", shown(&content)),
        ("OneTimeKey", shown(&OneTimeKey::derive(&Hkdf::extract(&[SECRET; 32], &[SECRET; 32]), &[]))),
        ("MacKey", shown(&MacKey::from_secret_bytes(Zeroizing::new([SECRET; 32])))),
        ("Hkdf", shown(&Hkdf::extract(&[SECRET; 32], &[SECRET; 32]))),
        ("ShamirShare", shown(&ShamirShare::new(1, Zeroizing::new([SECRET; 32])).unwrap())),
    ]
}

/// The types whose values are public: messages as they travel, names, numbers and errors.
fn public() -> Vec<(&'static str, String)> {
    let key = SigningKey::generate(Algorithm::Es256, Entropy::from_secure_random([SECRET; 48])).unwrap();
    let input = jws::signing_input(&serde_json::json!({"alg": "ES256"}), b"payload");
    let signature = key.sign(input.as_bytes());
    let token = jws::assemble(input, &signature);
    let parsed = Jws::parse(&token).unwrap();
    let recipient =
        DecryptionKey::generate(AgreementCurve::P256, Entropy::from_secure_random([SECRET; 32])).unwrap();
    let enc = ContentEncryption::A128Gcm;
    // The last twelve bytes become the nonce, which is public.
    let entropy = Entropy::from_secure_random(std::array::from_fn(|at| if at < 32 { SECRET } else { 1 }));
    let jwe = encrypt(b"plaintext", &recipient.public_key(), enc, serde_json::Map::new(), entropy).unwrap();
    let to_sign =
        ToSign::new(Algorithm::Es256, [vec![], vec![]], Content::Attached(b"payload"), b"").unwrap();
    let shown_to_sign = shown(&to_sign);
    let sign1 = to_sign.assemble(&signature, true).unwrap();
    let content =
        ContentKey::from_secret_bytes(ContentAlgorithm::A128Gcm, Zeroizing::new(vec![SECRET; 16])).unwrap();
    let sealed = encrypt0(b"plaintext", &content, Nonce::from_bytes([1; 12]), [vec![], vec![]], b"").unwrap();
    vec![
        ("Signature", shown(&signature)),
        ("Jws", shown(&parsed)),
        ("Header", shown(parsed.header())),
        ("Jwe", shown(&Jwe::parse(&jwe))),
        ("ToSign", shown_to_sign),
        ("Sign1", shown(&Sign1::parse(&sign1))),
        ("Content", shown(&Content::Attached(b"payload"))),
        ("Encrypt0", shown(&Encrypt0::parse(&sealed))),
        ("Headers", shown(&Headers::default())),
        ("Nonce", shown(&Nonce::from_bytes([1; 12]))),
        ("Context", shown(&Context { info: b"", associated_data: b"" })),
        ("Digest", shown(&HashAlgorithm::Sha256.digest(b"abc"))),
        ("GrowingSha256", shown(&GrowingSha256::new())),
        ("EncodedDigest", shown(&HashAlgorithm::Sha256.digest(b"abc").encoded())),
        ("PasswordCost", shown(&PasswordCost::RECOMMENDED)),
        ("Algorithm", shown(&Algorithm::EdDsa)),
        ("HashAlgorithm", shown(&HashAlgorithm::Sha256)),
        ("ContentAlgorithm", shown(&ContentAlgorithm::A128Gcm)),
        ("ContentEncryption", shown(&enc)),
        ("AgreementCurve", shown(&AgreementCurve::P256)),
    ]
}

/// The error types, each with one value: none has a field for contents.
fn errors() -> Vec<(&'static str, String)> {
    vec![
        ("AeadError", shown(&AeadError::Open)),
        ("BadTag", shown(&BadTag)),
        ("BadSignature", shown(&BadSignature)),
        ("Base64Error", shown(&Base64Error)),
        ("CborError", shown(&CborError::Form)),
        ("CoseError", shown(&CoseError::Decryption)),
        ("HpkeError", shown(&HpkeError::Open)),
        ("JsonError", shown(&JsonError::NotAnObject)),
        ("JweError", shown(&JweError::Decryption)),
        ("JwkError", shown(&JwkError::Member("d"))),
        ("JwsError", shown(&JwsError::Algorithm)),
        ("KdfError", shown(&KdfError::Length)),
        ("KeyError", shown(&KeyError::InvalidSecret)),
        ("Pkcs8Error", shown(&Pkcs8Error::Form)),
        ("ShamirError", shown(&ShamirError::Duplicate)),
        ("SpkiError", shown(&SpkiError::Form)),
    ]
}

fn shown(value: &impl Debug) -> String {
    format!("{value:?}{value:#?}")
}

#[test]
fn no_type_prints_a_secret() {
    for (name, output) in keys().into_iter().chain(public()).chain(errors()) {
        assert!(!output.is_empty(), "{name}");
        for secret in ["165, 165", "a5a5", "A5A5", "paWl", "pa5a", "\\xa5", "0xa5"] {
            assert!(!output.contains(secret), "{name} prints a secret: {output}");
        }
    }
}

#[test]
fn keys_print_their_names_and_what_is_public() {
    let keys = keys();
    let output = |wanted: &str| &keys.iter().find(|(name, _)| *name == wanted).unwrap().1;
    assert_eq!(output("Entropy"), "Entropy(32 bytes)Entropy(32 bytes)");
    assert_eq!(output("AeadKey"), "AeadKeyAeadKey");
    assert_eq!(output("Hkdf"), "HkdfHkdf");
    assert_eq!(output("ShamirShare"), "ShamirShare(1)ShamirShare(1)");
    assert_eq!(output("HpkePrivateKey"), "HpkePrivateKeyHpkePrivateKey");
    assert!(output("SigningKey").starts_with("SigningKey(EdDSA)"));
    assert!(output("DecryptionKey").starts_with("DecryptionKey(P256)"));
    assert_eq!(output("ContentKey").matches("A128Gcm").count(), 2);
}

#[test]
fn every_public_type_is_in_the_table() {
    let names: Vec<_> = keys().into_iter().chain(public()).chain(errors()).map(|(name, _)| name).collect();
    let mut found = 0;
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for line in std::fs::read_to_string(path).unwrap().lines() {
                let Some(rest) = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "))
                else {
                    continue;
                };
                let name = rest.split(|char: char| !char.is_alphanumeric()).next().unwrap();
                assert!(names.contains(&name), "{name} is not in the table of this test");
                found += 1;
            }
        }
    }
    assert_eq!(found, names.len());
}
