//! What each fuzz target does with its input.
//!
//! The targets themselves (`tests/fuzz`) need a nightly compiler; the functions are here so that the stored
//! inputs (`tests/corpus/<target>/`) run as ordinary tests too. Each holds a parser to more than not panicking: what
//! it accepts must hold together.
#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a broken promise stops a fuzz run"
)]

use std::sync::LazyLock;

use bookbag_crypto::aead::{ContentAlgorithm, ContentKey};
use bookbag_crypto::cbor;
use bookbag_crypto::cose::{Encrypt0, Sign1};
use bookbag_crypto::jwe::{AgreementCurve, DecryptionKey, EncryptionPublicKey, Jwe};
use bookbag_crypto::jws::Jws;
use bookbag_crypto::{Algorithm, Entropy, PublicKey, SigningKey};
use zeroize::Zeroizing;

use crate::fuzz_dcql::fuzz_dcql;
use crate::fuzz_sd_jwt::fuzz_sd_jwt;
use crate::fuzz_status::{fuzz_status_list, fuzz_type_metadata};
use crate::fuzz_x509::fuzz_x509;

/// What a target does with one input.
pub type Run = fn(&[u8]);

/// Every target: its name, which is also that of its corpus, and what it runs.
pub const TARGETS: &[(&str, Run)] = &[
    ("cose", fuzz_cose),
    ("dcql", fuzz_dcql),
    ("jwe", fuzz_jwe),
    ("jwk", fuzz_jwk),
    ("jws", fuzz_jws),
    ("sd_jwt", fuzz_sd_jwt),
    ("status_list", fuzz_status_list),
    ("type_metadata", fuzz_type_metadata),
    ("x509_chain", fuzz_x509),
];

/// Compact JWS: a token that parses strictly parses leniently, and one that verifies does so under one key only.
pub fn fuzz_jws(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let lenient = Jws::parse_any(text);
    let Ok(jws) = Jws::parse(text) else { return };
    assert!(lenient.is_ok_and(|lenient| lenient.header() == jws.header()), "the two readers differ");
    let good = KEYS.iter().filter(|key| jws.verify(key).is_ok()).count();
    assert!(good <= 1, "one signature, two keys");
}

/// JWK: a text is a public key or a private one and never both, and what is read is written and read again.
pub fn fuzz_jwk(data: &[u8]) {
    match (EncryptionPublicKey::from_jwk_text(data), DecryptionKey::from_jwk_text(data)) {
        (Ok(_), Ok(_)) => panic!("one text is a public and a private key"),
        (Ok(key), Err(_)) => assert_eq!(EncryptionPublicKey::from_jwk(&key.to_jwk()), Ok(key)),
        (Err(_), Ok(key)) => {
            let again = DecryptionKey::from_jwk_text(key.to_private_jwk_text().as_bytes());
            assert_eq!(again.expect("our own text").public_key(), key.public_key());
        }
        (Err(_), Err(_)) => {}
    }
    match (PublicKey::from_jwk_text(data), SigningKey::from_jwk_text(data)) {
        (Ok(_), Ok(_)) => panic!("one text is a public and a private key"),
        (Ok(key), Err(_)) => assert_eq!(PublicKey::from_jwk(&key.to_jwk()).as_ref(), Ok(&key)),
        (Err(_), Ok(key)) => {
            let text = key.to_private_jwk_text().expect("the key was read");
            let again = SigningKey::from_jwk_text(text.as_bytes()).expect("our own text");
            assert_eq!(public(&again), public(&key));
        }
        (Err(_), Err(_)) => {}
    }
}

/// Compact JWE: what one key decrypts, no other does.
pub fn fuzz_jwe(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(jwe) = Jwe::parse(text) else { return };
    let good = DECRYPTION_KEYS.iter().filter(|key| jwe.decrypt(key).is_ok()).count();
    assert!(good <= 1, "one message, two keys");
}

/// CBOR and COSE: bytes are one structure and no other; what is read is written and read again; one key verifies.
pub fn fuzz_cose(data: &[u8]) {
    let value = cbor::parse(data);
    if let Ok(value) = &value {
        let bytes = cbor::write(value).expect("the value was read");
        let again = cbor::parse(&bytes).expect("our own bytes");
        assert_eq!(cbor::write(&again).as_ref(), Ok(&bytes));
    }
    let (sign1, encrypt0) = (Sign1::parse(data), Encrypt0::parse(data));
    assert!(value.is_ok() || (sign1.is_err() && encrypt0.is_err()), "read from what is not CBOR");
    assert!(sign1.is_err() || encrypt0.is_err(), "one message, two structures");
    if let Ok(sign1) = sign1 {
        let good = KEYS.iter().filter(|key| sign1.verify(key, b"").is_ok()).count();
        assert!(good <= 1, "one signature, two keys");
    }
    if let Ok(encrypt0) = encrypt0 {
        let algorithm = encrypt0.algorithm().expect("the message was read");
        let keys = [7, 8].map(|byte| content_key(algorithm, byte));
        assert!(keys.iter().filter(|key| encrypt0.decrypt(key, b"").is_ok()).count() <= 1);
    }
    if let Ok(key) = PublicKey::from_cose_key(data) {
        let bytes = key.to_cose_key().expect("the key was read");
        assert_eq!(PublicKey::from_cose_key(&bytes), Ok(key));
    }
}

fn content_key(algorithm: ContentAlgorithm, byte: u8) -> ContentKey {
    let bytes = Zeroizing::new(vec![byte; algorithm.key_bytes()]);
    ContentKey::from_secret_bytes(algorithm, bytes).expect("the length it asks for")
}

/// The keys of the valid seeds, one for each algorithm; made once, because making them takes longer than a run.
pub(crate) static KEYS: LazyLock<[PublicKey; 3]> = LazyLock::new(|| {
    Algorithm::ALL.map(|algorithm| {
        let key = SigningKey::generate(algorithm, Entropy::from_secure_random([7; 48]));
        public(&key.expect("a valid key"))
    })
});

/// Two keys on each curve, the first of each that of the valid seeds.
static DECRYPTION_KEYS: LazyLock<Vec<DecryptionKey>> = LazyLock::new(|| {
    let curves = [AgreementCurve::P256, AgreementCurve::X25519].into_iter();
    let keys = curves.flat_map(|curve| {
        [7, 8].map(|byte| DecryptionKey::generate(curve, Entropy::from_secure_random([byte; 32])))
    });
    keys.map(|key| key.expect("a valid key")).collect()
});

fn public(key: &SigningKey) -> PublicKey {
    key.public_key().expect("every private key has a public half")
}
