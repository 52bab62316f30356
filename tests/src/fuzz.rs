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

use bookbag_crypto::jws::Jws;
use bookbag_crypto::{Algorithm, Entropy, PublicKey, SigningKey};

use crate::fuzz_dcql::fuzz_dcql;
use crate::fuzz_sd_jwt::fuzz_sd_jwt;
use crate::fuzz_status::{fuzz_status_list, fuzz_type_metadata};
use crate::fuzz_x509::fuzz_x509;

/// What a target does with one input.
pub type Run = fn(&[u8]);

/// Every target: its name, which is also that of its corpus, and what it runs.
pub const TARGETS: &[(&str, Run)] = &[
    ("dcql", fuzz_dcql),
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
    let good = keys().iter().filter(|key| jws.verify(&public(key)).is_ok()).count();
    assert!(good <= 1, "one signature, two keys");
}

/// JWK: a text is a public key or a private one and never both, and what is read is written and read again.
pub fn fuzz_jwk(data: &[u8]) {
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

/// The keys that sign the valid seeds: one for each algorithm.
pub(crate) fn keys() -> [SigningKey; 3] {
    Algorithm::ALL.map(|algorithm| {
        SigningKey::generate(algorithm, Entropy::from_secure_random([7; 48])).expect("a valid key")
    })
}

pub(crate) fn public(key: &SigningKey) -> PublicKey {
    key.public_key().expect("every private key has a public half")
}
