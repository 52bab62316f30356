//! `sd-jwt-python`: what the reference implementation issues and presents, both ways.

use std::collections::BTreeSet;

use bookbag_credential::sd_jwt::{
    AcceptedTypes, Context, Held, Issuance, KeyBinding, MaxAge, Profile, Proof, Transaction,
    VerifiedPresentation, compact_from_json, verify,
};
use bookbag_credential::status::StatusEvidence;
use bookbag_credential::trust::IssuerTrust;
use bookbag_credential::{ClaimPath, UnixTime};
use bookbag_crypto::{Entropy, HashAlgorithm, PublicKey, SigningKey};
use serde_json::{Map, Value, json};

use crate::folder::Folder;

const NOW: UnixTime = UnixTime(1_700_000_000);

struct Keys {
    issuer: SigningKey,
    holder: SigningKey,
}

#[test]
fn sd_jwt_python() {
    let Some(mut folder) = Folder::open("sd-jwt-python") else { return };
    let file = folder.json("cases.json");
    assert_eq!(file["schema"], "sd-jwt positive cases v1");
    assert_eq!(file["hash"], "sha-256");
    let key = |name: &str| SigningKey::from_jwk_text(file[name].to_string().as_bytes()).unwrap();
    let keys = Keys { issuer: key("issuer_private_jwk"), holder: key("holder_private_jwk") };
    let cases = file["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        verifies_to_what_the_verifier_must_obtain(case, &keys);
        shows_the_same_disclosures(case, &keys);
        issues_so_that_everything_comes_back(case, &keys);
    }
    folder.finish();
}

fn verifies_to_what_the_verifier_must_obtain(case: &Value, keys: &Keys) {
    let payload = processed(&token(&case["presentation"]), case, keys);
    assert_eq!(payload, case["expected_processed_payload"], "{}", case["name"]);
}

fn shows_the_same_disclosures(case: &Value, keys: &Keys) {
    let issued = token(&case["issued_sd_jwt"]);
    let held = Held::parse(&issued).unwrap();
    let mut paths = Vec::new();
    chosen(&json!([]), &case["holder_disclosed_claims"], &mut paths);
    let selection = held.select(&paths).unwrap();
    let presentation = match case.get("verify_with") {
        None => selection.without_key_binding(),
        Some(with) => {
            let (audience, nonce) = (with["aud"].as_str().unwrap(), with["nonce"].as_str().unwrap());
            let proof = Proof { audience, nonce, issued_at: NOW, more: Map::new() };
            let unsigned = selection.bind(&public(&keys.holder), proof).unwrap();
            let signature = keys.holder.sign(unsigned.signing_input());
            unsigned.assemble(&signature)
        }
    };
    let theirs = token(&case["presentation"]);
    assert_eq!(disclosures(&presentation), disclosures(&theirs), "{}", case["name"]);
    assert_eq!(processed(&presentation, case, keys), case["expected_processed_payload"], "{}", case["name"]);
}

fn issues_so_that_everything_comes_back(case: &Value, keys: &Keys) {
    let disclosable = case["selectively_disclosable_paths"].as_array().unwrap();
    let disclosable: Vec<_> = disclosable.iter().map(|path| ClaimPath::from_json(path).unwrap()).collect();
    let claims = case["input_claims"].as_object().unwrap();
    let issuance = Issuance {
        profile: Profile::SdJwt,
        algorithm: keys.issuer.algorithm(),
        header: case["header_parameters"].as_object().unwrap().clone(),
        claims: claims.clone(),
        holder: None,
        disclosable: &disclosable,
        decoys: 4,
        hash: HashAlgorithm::Sha256,
    };
    let unsigned = issuance.prepare(Entropy::from_secure_random([1; 32])).unwrap();
    let signature = keys.issuer.sign(unsigned.signing_input());
    let token = unsigned.assemble(&signature);
    assert_eq!(disclosures(&token).len(), case["issued_disclosures"].as_array().unwrap().len());
    let unbound = json!({"name": case["name"]});
    assert_eq!(&processed(&token, &unbound, keys), &case["input_claims"], "{}", case["name"]);
}

fn processed(token: &str, case: &Value, keys: &Keys) -> Value {
    let key_binding = match case.get("verify_with") {
        None => KeyBinding::NotRequired,
        Some(with) => KeyBinding::Required(Transaction {
            audience: with["aud"].as_str().unwrap(),
            nonce: with["nonce"].as_str().unwrap(),
            max_age: MaxAge::Any,
        }),
    };
    let context = Context {
        profile: Profile::SdJwt,
        issuer: &IssuerTrust::pinned(public(&keys.issuer)),
        key_binding,
        status: StatusEvidence::NamesNoList,
        types: AcceptedTypes::Any,
        required_claims: &[],
        now: NOW,
    };
    let verified = verify(token, &context).map(VerifiedPresentation::into_claims);
    Value::Object(verified.unwrap_or_else(|refusal| panic!("{}: {refusal}", case["name"])))
}

/// A token in either form, in the compact one.
fn token(value: &Value) -> String {
    match value {
        Value::String(token) => token.clone(),
        other => compact_from_json(other.to_string().as_bytes()).unwrap(),
    }
}

fn disclosures(token: &str) -> BTreeSet<&str> {
    let (before, _) = token.rsplit_once('~').unwrap();
    before.split('~').skip(1).collect()
}

/// The paths to every `true`.
fn chosen(path: &Value, choice: &Value, paths: &mut Vec<ClaimPath>) {
    let below = |element: Value| {
        let mut path = path.clone();
        path.as_array_mut().unwrap().push(element);
        path
    };
    match choice {
        Value::Bool(true) => paths.push(ClaimPath::from_json(path).unwrap()),
        Value::Object(object) => {
            object.iter().for_each(|(name, choice)| chosen(&below(json!(name)), choice, paths));
        }
        Value::Array(array) => {
            array.iter().enumerate().for_each(|(index, choice)| chosen(&below(json!(index)), choice, paths));
        }
        _ => {}
    }
}

fn public(key: &SigningKey) -> PublicKey {
    key.public_key().unwrap()
}
