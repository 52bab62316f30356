//! Token Status List: the lists and tokens of the draft, and cases written from its rules.

use bookbag_credential::status::{
    EntryWidth, Status, StatusEvidence, StatusList, StatusReference, VerifiedStatusList, check_status,
};
use bookbag_credential::trust::IssuerTrust;
use bookbag_credential::{Check, Refusal, UnixTime};
use bookbag_crypto::cose::Sign1;
use bookbag_crypto::jws::Jws;
use bookbag_crypto::{PublicKey, cbor};
use serde_json::Value;

use crate::folder::Folder;

#[test]
fn status_list() {
    let Some(mut folder) = Folder::open("status-list") else { return };
    let lists = folder.json("lists.json");
    for list in lists["lists"].as_array().unwrap() {
        whole_list(list);
    }
    let tokens = folder.json("tokens.json");
    jwt(&tokens);
    cwt(&tokens);
    let rules = folder.json("rules.json");
    let mut decided = 0;
    for case in rules["cases"].as_array().unwrap() {
        rule(&rules, case);
        decided += 1;
    }
    assert!(decided > 0);
    folder.finish();
}

/// Every entry of a list, not only those that are set.
fn whole_list(vector: &Value) {
    let name = vector["name"].as_str().unwrap();
    let list = StatusList::from_json(&vector["status_list_json"]).unwrap();
    let entries = vector["entries"].as_u64().unwrap();
    assert_eq!(list.entries(), entries, "{name}");
    assert_eq!(u64::from(list.width().bits()), vector["bits"].as_u64().unwrap(), "{name}");

    let mut ours =
        StatusList::new(EntryWidth::from_bits(vector["bits"].as_u64().unwrap()).unwrap(), entries).unwrap();
    for (index, value) in vector["non_zero_statuses"].as_object().unwrap() {
        let status = Status::from_value(value.as_u64().unwrap().try_into().unwrap());
        ours.set(index.parse().unwrap(), status).unwrap();
    }
    for index in 0..entries {
        assert_eq!(list.get(index), ours.get(index), "{name} at {index}");
    }
    assert_eq!(list.get(entries), None, "{name}");
    assert_eq!(list, ours, "{name}");
    let cbor = cbor::parse(&hex(&vector["status_list_cbor_hex"])).unwrap();
    assert_eq!(StatusList::from_cbor(&cbor).as_ref(), Ok(&ours), "{name}");
    assert_eq!(StatusList::from_cbor(&ours.to_cbor()).as_ref(), Ok(&ours), "{name}");
    assert_eq!(StatusList::from_json(&ours.to_json()), Ok(ours), "{name}");
}

fn jwt(vectors: &Value) {
    let (token, payload) = (vectors["jwt"]["token"].as_str().unwrap(), &vectors["jwt"]["payload"]);
    let trust = pinned(&vectors["issuer_jwk"]);
    let issued = UnixTime(payload["iat"].as_i64().unwrap());
    let list = VerifiedStatusList::verify_jwt(token, &trust, issued).unwrap();
    assert_eq!(list.uri(), payload["sub"]);
    assert_eq!(list.issued_at(), issued);
    assert_eq!(list.expires(), payload["exp"].as_i64().map(UnixTime));
    assert_eq!(list.fresh_until(issued), Some(issued.plus(payload["ttl"].as_i64().unwrap())));
    assert_eq!(list.list(), &StatusList::from_json(&payload["status_list"]).unwrap());
    assert!(VerifiedStatusList::verify_jwt(&token.replace('.', ".."), &trust, issued).is_err());
}

fn cwt(vectors: &Value) {
    let (token, claims) = (hex(&vectors["cwt"]["hex"]), &vectors["cwt"]["claims"]);
    let key = PublicKey::from_jwk(vectors["issuer_jwk"].as_object().unwrap()).unwrap();
    let issued = UnixTime(claims["6"].as_i64().unwrap());
    let list = VerifiedStatusList::verify_cwt(&token, &key, issued).unwrap();
    assert_eq!(list.uri(), claims["2"]);
    assert_eq!(list.issued_at(), issued);
    assert_eq!(list.expires(), claims["4"].as_i64().map(UnixTime));
    assert_eq!(list.fresh_until(issued), Some(issued.plus(claims["65534"].as_i64().unwrap())));
    let width = EntryWidth::from_bits(claims["65533"]["bits"].as_u64().unwrap()).unwrap();
    let expected = StatusList::decompress(width, &hex(&claims["65533"]["lst_hex"])).unwrap();
    assert_eq!(list.list(), &expected);
    for place in 0..token.len() {
        let mut other = token.clone();
        other[place] ^= 0x10;
        let changed = VerifiedStatusList::verify_cwt(&other, &key, issued);
        // The unprotected header holds a `kid` that nobody vouches for.
        assert!(changed.is_err() || (37..42).contains(&place), "changed at {place}");
    }

    let referenced = Sign1::parse(&hex(&vectors["referenced_token_cwt_hex"])).unwrap();
    let claims = cbor::parse(referenced.dangerous_unverified_payload().unwrap()).unwrap();
    let status = claims.as_map().unwrap().iter().find(|(key, _)| *key == 65535.into()).unwrap();
    let reference = StatusReference::from_cbor(&status.1).unwrap();
    assert_eq!((reference.uri(), reference.index()), (list.uri(), 0));
}

fn hex(json: &Value) -> Vec<u8> {
    let digits = json.as_str().unwrap().as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn rule(rules: &Value, case: &Value) {
    let name = case["name"].as_str().unwrap();
    let reference = StatusReference::from_claim(&case["referenced_token_status"]).unwrap();
    let now = UnixTime(rules["now"].as_i64().unwrap());
    let verified = verify(rules, case, &reference, now);
    let status = verified.as_ref().map_err(Clone::clone).and_then(|list| list.status_at(reference.index()));
    match case["expected"].as_str().unwrap() {
        "status" => {
            let value = status.unwrap_or_else(|refusal| panic!("{name}: {refusal}")).value();
            assert_eq!(u64::from(value), case["status"].as_u64().unwrap(), "{name}");
            let lists = [verified.unwrap()];
            // As if the credential were by the same key.
            let trust = pinned(&rules["status_issuer_jwk"]);
            let jws = Jws::parse(case["status_list_token"].as_str().unwrap()).unwrap();
            let signer = trust.authenticate(&jws, None, now, Check::SdIssuerSignature).unwrap();
            let decided = check_status(Some(&reference), &StatusEvidence::ByIssuer(&lists), &signer, now);
            assert_eq!(decided.is_ok(), value == 0, "{name}");
        }
        "reject" => {
            let refusal = status.expect_err(name);
            assert_eq!(Some(refusal.check.id()), expected_check(name), "{name}");
        }
        other => panic!("{name}: no such outcome: {other}"),
    }
}

fn verify(
    rules: &Value,
    case: &Value,
    reference: &StatusReference,
    now: UnixTime,
) -> Result<VerifiedStatusList, Refusal> {
    let token = case["status_list_token"].as_str().unwrap();
    VerifiedStatusList::verify_jwt(token, &pinned(&rules["status_issuer_jwk"]), now)?
        .require_uri(reference.uri())
}

/// The vectors say that a case is refused; that it is for the right reason is ours to say.
fn expected_check(name: &str) -> Option<&'static str> {
    let expected = [
        ("index-out-of-bounds", "ST-15"),
        ("sub-not-equal-uri", "ST-09"),
        ("token-expired", "ST-11"),
        ("wrong-typ", "ST-06"),
        ("bits-3", "ST-12"),
        ("bad-signature", "ST-07"),
        ("missing-status_list", "ST-08"),
    ];
    expected.iter().find(|(case, _)| *case == name).map(|(_, check)| *check)
}

fn pinned(jwk: &Value) -> IssuerTrust {
    IssuerTrust::pinned(PublicKey::from_jwk(jwk.as_object().unwrap()).unwrap())
}
