//! From a credential's claim to the decision, and everything that can be wrong on the way.

use bookbag_crypto::{Algorithm, Entropy, SigningKey};
use serde_json::{Map, Value, json};

use super::*;
use crate::trust::IssuerTrust;

const URI: &str = "https://example.com/statuslists/7";
const NOW: UnixTime = UnixTime(1_750_000_000);

fn key(seed: u8) -> SigningKey {
    SigningKey::generate(Algorithm::Es256, Entropy::from_secure_random([seed; 48])).unwrap()
}

fn trust() -> IssuerTrust {
    IssuerTrust::pinned(key(1).public_key().unwrap())
}

fn list() -> StatusList {
    let mut list = StatusList::new(EntryWidth::Four, 16).unwrap();
    for index in 0..16_u8 {
        list.set(index.into(), Status::from_value(index)).unwrap();
    }
    list
}

fn good_claims() -> Value {
    json!({"sub": URI, "iat": NOW.0 - 1000, "exp": NOW.0 + 1000, "ttl": 600, "status_list": list().to_json()})
}

fn sign(header: &Value, payload: &str, signer: &SigningKey) -> String {
    let input = bookbag_crypto::jws::signing_input(header, payload.as_bytes());
    let signature = signer.sign(input.as_bytes());
    bookbag_crypto::jws::assemble(input, &signature)
}

fn token(claims: &Value) -> String {
    sign(&json!({"alg": "ES256", "typ": "statuslist+jwt"}), &claims.to_string(), &key(1))
}

/// The good claims, with one changed, or taken away (`null`).
fn changed(name: &str, value: Value) -> String {
    let mut claims = good_claims();
    let members = claims.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.into(), value);
    }
    token(&claims)
}

fn verify(token: &str) -> Result<VerifiedStatusList, Refusal> {
    VerifiedStatusList::verify_jwt(token, &trust(), NOW)
}

fn refused(token: &str) -> Check {
    verify(token).unwrap_err().check
}

fn decide(index: u64, now: UnixTime) -> Result<StatusChecked, Refusal> {
    let lists = [verify(&token(&good_claims())).unwrap()];
    let reference = StatusReference::new(URI, index).unwrap();
    check_status(Some(&reference), &StatusEvidence::Lists(&lists), now)
}

#[test]
fn only_valid_passes() {
    assert_eq!(decide(0, NOW).unwrap().reference().unwrap().index(), 0);
    assert_eq!(decide(1, NOW).unwrap_err().check, Check::StatusInvalid, "ST-16");
    assert_eq!(decide(2, NOW).unwrap_err().check, Check::StatusSuspended, "ST-17");
    for index in 3..16 {
        assert_eq!(decide(index, NOW).unwrap_err().check, Check::StatusUnknown, "ST-18 {index}");
    }
    for index in [16, 17, 1 << 32, u64::MAX] {
        assert_eq!(decide(index, NOW).unwrap_err().check, Check::StatusIndex, "ST-15 {index}");
    }
}

#[test]
fn the_evidence_must_fit_the_credential() {
    let reference = StatusReference::new(URI, 0).unwrap();
    let none = StatusEvidence::NamesNoList;
    assert_eq!(check_status(None, &none, NOW).unwrap().reference(), None);
    assert_eq!(check_status(None, &StatusEvidence::Lists(&[]), NOW).unwrap().reference(), None);
    let refusal = check_status(Some(&reference), &none, NOW).unwrap_err();
    assert_eq!(refusal.check, Check::StatusNotExpected, "ST-04");

    let lists = [verify(&token(&good_claims())).unwrap()];
    for uri in [
        "https://example.com/statuslists/70",
        "https://example.com/statuslists/7/",
        "HTTPS://example.com/statuslists/7",
    ] {
        let other = StatusReference::new(uri, 0).unwrap();
        let refusal = check_status(Some(&other), &StatusEvidence::Lists(&lists), NOW).unwrap_err();
        assert_eq!(refusal.check, Check::StatusListMissing, "ST-03 {uri}");
    }
    let refusal = check_status(Some(&reference), &StatusEvidence::Lists(&[]), NOW).unwrap_err();
    assert_eq!(refusal.check, Check::StatusListMissing, "ST-03");
}

#[test]
fn of_two_copies_the_newer_one_speaks() {
    let copy = |iat: i64, status: Status| {
        let mut list = list();
        list.set(5, status).unwrap();
        let claims = json!({"sub": URI, "iat": iat, "status_list": list.to_json()});
        verify(&token(&claims)).unwrap()
    };
    let (old, new) = (copy(NOW.0 - 10, Status::Valid), copy(NOW.0 - 5, Status::Invalid));
    let reference = StatusReference::new(URI, 5).unwrap();
    for lists in [[old.clone(), new.clone()], [new, old]] {
        let refusal = check_status(Some(&reference), &StatusEvidence::Lists(&lists), NOW).unwrap_err();
        assert_eq!(refusal.check, Check::StatusInvalid, "ST-16");
    }
}

#[test]
fn a_list_that_we_issue_verifies() {
    for algorithm in Algorithm::ALL {
        let signer = SigningKey::generate(algorithm, Entropy::from_secure_random([9; 48])).unwrap();
        let list = list().with_aggregation_uri("https://example.com/statuslists");
        let claims = StatusListClaims {
            uri: URI,
            issued_at: NOW,
            expires: Some(NOW.plus(50)),
            ttl: Some(70),
            list: &list,
        };
        let hints: Map<String, Value> =
            [("kid".into(), "1".into()), ("typ".into(), "JWT".into())].into_iter().collect();
        let prepared = claims.prepare_jwt(algorithm, &hints);
        let signature = signer.sign(prepared.bytes_to_sign());
        let token = prepared.finish(&signature);
        let trust = IssuerTrust::pinned(signer.public_key().unwrap());
        let verified = VerifiedStatusList::verify_jwt(&token, &trust, NOW).unwrap().require_uri(URI).unwrap();
        assert_eq!(
            (verified.list(), verified.issued_at(), verified.expires()),
            (&list, NOW, Some(NOW.plus(50)))
        );
    }
}

#[test]
fn st_05_what_is_no_token_is_refused() {
    let good = token(&good_claims());
    let long = format!("{good}{}", "A".repeat(MAX_TOKEN_BYTES));
    for text in
        ["", "..", "a.b.c", good.trim_start_matches('e'), &format!("{good}.x"), &format!("{good}~"), &long]
    {
        assert_eq!(refused(text), Check::StatusTokenForm, "ST-05");
    }
    for header in [
        json!({"alg": "none", "typ": "statuslist+jwt"}),
        json!({"alg": "HS256", "typ": "statuslist+jwt"}),
        json!({"alg": "ES256", "typ": "statuslist+jwt", "crit": ["x"]}),
    ] {
        let text = sign(&header, &good_claims().to_string(), &key(1));
        assert_eq!(refused(&text), Check::StatusTokenForm, "ST-05 {header}");
    }
}

#[test]
fn st_06_another_kind_of_token_is_no_list() {
    for typ in [
        json!("JWT"),
        json!("dc+sd-jwt"),
        json!("statuslist+cwt"),
        json!("STATUSLIST+JWT"),
        json!(1),
        json!(null),
    ] {
        let text = sign(&json!({"alg": "ES256", "typ": typ}), &good_claims().to_string(), &key(1));
        assert_eq!(refused(&text), Check::StatusTokenType, "ST-06 {typ}");
    }
    let text = sign(&json!({"alg": "ES256"}), &good_claims().to_string(), &key(1));
    assert_eq!(refused(&text), Check::StatusTokenType, "ST-06");
}

#[test]
fn st_07_only_a_trusted_key_signs() {
    let header = json!({"alg": "ES256", "typ": "statuslist+jwt"});
    let other = sign(&header, &good_claims().to_string(), &key(2));
    assert_eq!(refused(&other), Check::StatusTokenSignature, "ST-07");
    // A good signature over other bytes.
    let (good, changed) = (token(&good_claims()), changed("ttl", json!(601)));
    let (signature, input) = (good.rsplit('.').next().unwrap(), changed.rsplit_once('.').unwrap().0);
    assert_eq!(refused(&format!("{input}.{signature}")), Check::StatusTokenSignature, "ST-07");
    // A key in the header helps nobody.
    let jwk = key(2).public_key().unwrap().to_jwk();
    let header = json!({"alg": "ES256", "typ": "statuslist+jwt", "jwk": jwk});
    let text = sign(&header, &good_claims().to_string(), &key(2));
    assert_eq!(refused(&text), Check::StatusTokenSignature, "ST-07");
}

#[test]
fn st_08_claims_are_there_and_of_the_right_type() {
    for (name, value) in [
        ("sub", json!(null)),
        ("sub", json!(7)),
        ("sub", json!([URI])),
        ("iat", json!(null)),
        ("iat", json!("1750000000")),
        ("iat", json!(true)),
        ("iat", json!(1e300)),
        ("exp", json!("1750086400")),
        ("exp", json!([1])),
        ("exp", json!(18_446_744_073_709_551_615_u64)),
        ("ttl", json!("600")),
        ("ttl", json!(0)),
        ("ttl", json!(-1)),
        ("ttl", json!(0.0)),
        ("ttl", json!(false)),
        ("status_list", json!(null)),
    ] {
        assert_eq!(refused(&changed(name, value.clone())), Check::StatusTokenClaims, "ST-08 {name} {value}");
    }
    let header = json!({"alg": "ES256", "typ": "statuslist+jwt"});
    let twice = good_claims().to_string().replacen('{', r#"{"sub":"a:b","#, 1);
    for payload in ["", "[]", "null", "\"x\"", twice.as_str()] {
        let refusal = verify(&sign(&header, payload, &key(1))).unwrap_err();
        assert_eq!(refusal.check, Check::StatusTokenClaims, "ST-08 {payload}");
    }
    for (name, value) in
        [("exp", json!(null)), ("ttl", json!(null)), ("ttl", json!(0.5)), ("iat", json!(1_749_999_999.5))]
    {
        assert!(verify(&changed(name, value.clone())).is_ok(), "{name} {value}");
    }
}

#[test]
fn st_09_a_list_speaks_for_its_own_address() {
    let list = verify(&token(&good_claims())).unwrap();
    assert!(list.clone().require_uri(URI).is_ok());
    for uri in [
        "",
        "https://example.com/statuslists/",
        "https://example.com/statuslists/7#",
        "https://EXAMPLE.com/statuslists/7",
    ] {
        assert_eq!(
            list.clone().require_uri(uri).unwrap_err().check,
            Check::StatusTokenSubject,
            "ST-09 {uri}"
        );
    }
}

#[test]
fn st_10_and_st_11_a_list_has_its_time() {
    let at =
        |seconds: i64| VerifiedStatusList::verify_jwt(&token(&good_claims()), &trust(), NOW.plus(seconds));
    for seconds in [-1000 - CLOCK_SKEW_SECONDS, -1000, 0, 999] {
        assert!(at(seconds).is_ok(), "{seconds}");
    }
    for seconds in [-1001 - CLOCK_SKEW_SECONDS, -1_000_000] {
        assert_eq!(at(seconds).unwrap_err().check, Check::StatusTokenIssuedAt, "ST-10 {seconds}");
    }
    for seconds in [1000, 1001, 1_000_000] {
        assert_eq!(at(seconds).unwrap_err().check, Check::StatusTokenExpired, "ST-11 {seconds}");
    }
    // Verified in time and used too late.
    assert_eq!(decide(0, NOW.plus(1000)).unwrap_err().check, Check::StatusTokenExpired, "ST-11");
    assert!(verify(&changed("iat", json!(i64::MIN))).is_ok());
    assert_eq!(refused(&changed("iat", json!(i64::MAX))), Check::StatusTokenIssuedAt, "ST-10");
    assert_eq!(refused(&changed("exp", json!(i64::MIN))), Check::StatusTokenExpired, "ST-11");
    assert_eq!(refused(&changed("exp", json!(1_750_000_000.5))), Check::StatusTokenExpired, "ST-11");
}

#[test]
fn st_12_to_st_14_the_list_inside_is_checked() {
    let bomb = StatusList::new(EntryWidth::Eight, MAX_LIST_BYTES as u64).unwrap();
    assert!(verify(&changed("status_list", bomb.to_json())).is_ok());
    for (list, check) in [
        (json!([]), Check::StatusListForm),
        (json!({"bits": 3, "lst": "eNrbuRgAAhcBXQ"}), Check::StatusListForm),
        (json!({"bits": 1, "lst": "eNrbuRgAAhcBXg"}), Check::StatusListZlib),
        (json!({"bits": 1, "lst": ""}), Check::StatusListZlib),
    ] {
        assert_eq!(refused(&changed("status_list", list)), check, "ST-12 ST-13");
    }
}

#[test]
fn st_19_history_is_told_by_a_list_of_its_time() {
    let list = verify(&token(&good_claims())).unwrap();
    for seconds in [-1000, 0, 999] {
        assert!(list.clone().require_time(NOW.plus(seconds)).is_ok(), "{seconds}");
    }
    for seconds in [-1001, 1000, 5000] {
        let refusal = list.clone().require_time(NOW.plus(seconds)).unwrap_err();
        assert_eq!(refusal.check, Check::StatusTime, "ST-19 {seconds}");
    }
    let forever = verify(&changed("exp", json!(null))).unwrap();
    assert_eq!(forever.require_time(NOW).unwrap_err().check, Check::StatusTime, "ST-19");
}

#[test]
fn freshness_is_the_shorter_of_ttl_and_exp_within_reason() {
    let fresh = |name, value| verify(&changed(name, value)).unwrap().fresh_until(NOW);
    assert_eq!(fresh("ttl", json!(600)), Some(NOW.plus(600)));
    assert_eq!(fresh("ttl", json!(5000)), Some(NOW.plus(1000)));
    assert_eq!(fresh("ttl", json!(null)), Some(NOW.plus(1000)));
    assert_eq!(fresh("ttl", json!(1)), Some(NOW.plus(MIN_FRESH_SECONDS)));
    assert_eq!(fresh("exp", json!(null)), Some(NOW.plus(600)));
    let bare = |ttl: Value| {
        let claims = json!({"sub": URI, "iat": NOW.0, "ttl": ttl, "status_list": list().to_json()});
        verify(&token(&claims)).unwrap().fresh_until(NOW)
    };
    assert_eq!(bare(json!(i64::MAX)), Some(NOW.plus(MAX_FRESH_SECONDS)));
    let claims = json!({"sub": URI, "iat": NOW.0, "status_list": list().to_json()});
    assert_eq!(verify(&token(&claims)).unwrap().fresh_until(NOW), None);
}
