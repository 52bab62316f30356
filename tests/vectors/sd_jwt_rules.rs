//! `sd-jwt-rules`: tokens to accept and to reject, by the rules of RFC 9901 and SD-JWT VC.

use bookbag_credential::sd_jwt::{
    AcceptedTypes, Context, KeyBinding, MaxAge, Profile, Transaction, VerifiedPresentation, verify,
};
use bookbag_credential::status::StatusEvidence;
use bookbag_credential::trust::IssuerTrust;
use bookbag_credential::{ClaimPath, Refusal, UnixTime};
use bookbag_crypto::PublicKey;
use serde_json::{Map, Value};

use crate::folder::Folder;

/// When the tokens were made; evaluated then unless a case says otherwise.
const MADE: i64 = 1_748_537_244;

#[test]
fn sd_jwt_rules() {
    let Some(mut folder) = Folder::open("sd-jwt-rules") else { return };
    let file = folder.json("cases.json");
    assert_eq!(file["schema"], "sd-jwt accept/reject cases v1");
    let issuer = IssuerTrust::pinned(PublicKey::from_jwk(file["issuer_jwk"].as_object().unwrap()).unwrap());
    let cases = file["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let (name, outcome) = (&case["name"], run(case, &issuer));
        match case["expected"].as_str().unwrap() {
            "reject" => assert!(outcome.is_err(), "{name} was accepted"),
            "accept" => {
                let payload = Value::Object(outcome.unwrap_or_else(|refusal| panic!("{name}: {refusal}")));
                if let Some(expected) = case.get("expected_processed_payload") {
                    assert_eq!(payload, *expected, "{name}");
                }
            }
            other => panic!("{name}: expected {other}"),
        }
    }
    folder.finish();
}

fn run(case: &Value, issuer: &IssuerTrust) -> Result<Map<String, Value>, Refusal> {
    let key_binding = match case.get("verify_with") {
        None => KeyBinding::NotRequired,
        Some(with) => KeyBinding::Required(Transaction {
            audience: with["aud"].as_str().unwrap(),
            nonce: with["nonce"].as_str().unwrap(),
            max_age: MaxAge::Any,
        }),
    };
    let required = case.get("required_claims").and_then(Value::as_array).into_iter().flatten();
    let required: Vec<_> = required.map(|name| ClaimPath::top(name.as_str().unwrap())).collect();
    let context = Context {
        profile: if case["profile"] == "sd-jwt-vc" { Profile::SdJwtVc } else { Profile::SdJwt },
        issuer,
        key_binding,
        status: StatusEvidence::NamesNoList,
        types: AcceptedTypes::Any,
        required_claims: &required,
        now: UnixTime(case["now"].as_i64().unwrap_or(MADE)),
    };
    verify(case["token"].as_str().unwrap(), &context).map(VerifiedPresentation::into_claims)
}
