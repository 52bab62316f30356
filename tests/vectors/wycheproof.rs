//! Project Wycheproof. `valid` must be accepted and `invalid` refused; what we do with `acceptable` is said where it
//! occurs. A file of a primitive that Bookbag does not have stands in [`NOT_OFFERED`].

mod agreement;
mod jose;
mod sealing;
mod signatures;

use serde_json::Value;

use crate::folder::Folder;
use crate::{list, text};

/// Primitives that Bookbag does not have: file, its algorithm, why not. One that comes leaves this list and gets a test.
const NOT_OFFERED: &[(&str, &str, &str)] = &[
    ("aes_wrap_test.json", "AES-WRAP", "keys are agreed on directly, never wrapped"),
    ("pbes2_hmacsha256_aes_128_test.json", "PbeWithHmacSha256AndAes_128", "passwords go through Argon2id"),
    ("pbkdf2_hmacsha256_test.json", "PBKDF2-HMACSHA256", "passwords go through Argon2id"),
    ("xchacha20_poly1305_test.json", "XCHACHA20-POLY1305", "nonces have 12 bytes"),
];

#[test]
fn wycheproof() {
    let Some(mut folder) = Folder::open("wycheproof") else { return };
    for name in folder.files("") {
        let file = folder.json(&name);
        let run = match name.as_str() {
            "aes_gcm_test.json" => sealing::aes_gcm,
            "chacha20_poly1305_test.json" => sealing::chacha20_poly1305,
            "ecdh_secp256r1_webcrypto_test.json" | "x25519_jwk_test.json" => agreement::jwk,
            "ecdsa_secp256r1_sha256_p1363_test.json" | "ed25519_test.json" => signatures::plain,
            "ecdsa_secp256r1_sha256_test.json" => signatures::der,
            "hkdf_sha256_test.json" => sealing::hkdf_sha256,
            "hmac_sha256_test.json" => sealing::hmac_sha256,
            "json_web_encryption_test.json" => jose::encryption,
            "json_web_signature_test.json" => jose::signature,
            _ => {
                let known = NOT_OFFERED.iter().find(|(file, ..)| *file == name);
                let (_, algorithm, _) = known.unwrap_or_else(|| panic!("no test for {name}"));
                assert_eq!(text(&file, "algorithm"), *algorithm);
                not_offered
            }
        };
        let mut ran = 0;
        for group in list(&file, "testGroups") {
            for case in list(group, "tests") {
                let answer = run(group, case);
                let expected = match (text(case, "result"), answer) {
                    (_, Answer::NotOffered) | ("acceptable", _) => answer,
                    ("valid", _) => Answer::Accepted,
                    ("invalid", _) => Answer::Refused,
                    (other, _) => panic!("a new kind of result: {other}"),
                };
                assert_eq!(answer, expected, "{name} {}: {}", case["tcId"], case["comment"]);
                ran += 1;
            }
        }
        assert_eq!(file["numberOfTests"], ran, "{name}");
    }
    folder.finish();
}

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    Accepted,
    Refused,
    /// Off our list, and refused for that whatever the case says. The test that gives this answer has seen the refusal.
    NotOffered,
}

impl Answer {
    fn of(accepted: bool) -> Self {
        if accepted { Self::Accepted } else { Self::Refused }
    }
}

fn not_offered(_: &Value, case: &Value) -> Answer {
    assert!(case["tcId"].is_u64());
    Answer::NotOffered
}
