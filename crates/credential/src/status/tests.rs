//! From a credential's claim to the decision, and everything that can be wrong on the way.

use bookbag_crypto::{Algorithm, Entropy, SigningKey};
use serde_json::{Map, Value, json};

use super::*;
use crate::sd_jwt::{self, AcceptedTypes, Context, KeyBinding, Profile};
use crate::trust::issuer::{IssuerMetadata, JwkSet};
use crate::trust::testing::Template;
use crate::trust::x509::{Purpose, TrustAnchors};
use crate::trust::{IssuerTrust, TrustedKey};

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

/// The key that signed some credential.
fn signed_by<'t>(
    trust: &'t IssuerTrust,
    header: &Value,
    iss: Option<&str>,
    signer: &SigningKey,
) -> TrustedKey<'t> {
    let credential = sign(header, "{}", signer);
    let jws = bookbag_crypto::jws::Jws::parse(&credential).unwrap();
    trust.authenticate(&jws, iss, NOW, Check::SdIssuerSignature).unwrap()
}

/// Decides about a credential by the first key here.
fn check(
    reference: Option<&StatusReference>,
    evidence: &StatusEvidence<'_>,
    now: UnixTime,
) -> Result<StatusChecked, Refusal> {
    let trust = trust();
    check_status(reference, evidence, &signed_by(&trust, &json!({"alg": "ES256"}), None, &key(1)), now)
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
    check(Some(&reference), &StatusEvidence::ByIssuer(&lists), now)
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
    assert_eq!(check(None, &none, NOW).unwrap().reference(), None);
    assert_eq!(check(None, &StatusEvidence::ByIssuer(&[]), NOW).unwrap().reference(), None);
    let refusal = check(Some(&reference), &none, NOW).unwrap_err();
    assert_eq!(refusal.check, Check::StatusNotExpected, "ST-04");
    let told = "the credential names the status list https://example.com/statuslists/7; give that list";
    assert!(refusal.to_string().ends_with(told), "{refusal}");

    let lists = [verify(&token(&good_claims())).unwrap()];
    for uri in [
        "https://example.com/statuslists/70",
        "https://example.com/statuslists/7/",
        "HTTPS://example.com/statuslists/7",
    ] {
        let other = StatusReference::new(uri, 0).unwrap();
        let refusal = check(Some(&other), &StatusEvidence::ByIssuer(&lists), NOW).unwrap_err();
        assert_eq!(refusal.check, Check::StatusListMissing, "ST-03 {uri}");
        let told = format!("names the status list {uri}, and what was given is {URI}");
        assert!(refusal.to_string().ends_with(&told), "{refusal}");
    }
    let refusal = check(Some(&reference), &StatusEvidence::ByIssuer(&[]), NOW).unwrap_err();
    assert_eq!(refusal.check, Check::StatusListMissing, "ST-03");
    // Of many lists a few are named.
    let many = vec![lists[0].clone(); 100];
    let other = StatusReference::new("https://example.com/other", 0).unwrap();
    let told = check(Some(&other), &StatusEvidence::ByIssuer(&many), NOW).unwrap_err().to_string();
    assert!(told.ends_with(&format!("what was given is {URI} and {URI} and {URI} and 97 more")), "{told}");
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
        let refusal = check(Some(&reference), &StatusEvidence::ByIssuer(&lists), NOW).unwrap_err();
        assert_eq!(refusal.check, Check::StatusInvalid, "ST-16");
    }
}

#[test]
fn st_16_of_several_newest_copies_each_can_refuse() {
    let copy = |status: Status| {
        let mut list = list();
        list.set(5, status).unwrap();
        let claims = json!({"sub": URI, "iat": NOW.0, "status_list": list.to_json()});
        verify(&token(&claims)).unwrap()
    };
    let reference = StatusReference::new(URI, 5).unwrap();
    let decide = |lists: &[VerifiedStatusList]| {
        check(Some(&reference), &StatusEvidence::ByIssuer(lists), NOW).map_err(|refusal| refusal.check.id())
    };
    let (good, bad) = (copy(Status::Valid), copy(Status::Invalid));
    assert!(decide(&[good.clone(), good.clone()]).is_ok());
    assert_eq!(decide(&[good.clone(), bad.clone()]).unwrap_err(), "ST-16");
    assert_eq!(decide(&[bad, good.clone()]).unwrap_err(), "ST-16");
    assert_eq!(decide(&[copy(Status::Suspended), good]).unwrap_err(), "ST-17");
}

const HEADER: &str = r#"{"alg": "ES256", "typ": "statuslist+jwt"}"#;

fn list_by(trust: &IssuerTrust, header: &Value, claims: &Value, signer: &SigningKey) -> VerifiedStatusList {
    VerifiedStatusList::verify_jwt(&sign(header, &claims.to_string(), signer), trust, NOW).unwrap()
}

#[test]
fn st_21_one_issuer_does_not_speak_about_the_credentials_of_another() {
    let header: Value = serde_json::from_str(HEADER).unwrap();
    let public = |number: u8| key(number).public_key().unwrap();
    let both = IssuerTrust::pinned(JwkSet::from(public(1)).and(public(2)));
    let reference = StatusReference::new(URI, 0).unwrap();
    let by = |number: u8| list_by(&both, &header, &good_claims(), &key(number));
    let credential = signed_by(&both, &json!({"alg": "ES256"}), None, &key(1));
    let decide = |evidence: &StatusEvidence<'_>| {
        let decided = check_status(Some(&reference), evidence, &credential, NOW);
        decided.map_err(|refusal| refusal.check.id())
    };
    assert!(decide(&StatusEvidence::ByIssuer(&[by(1)])).is_ok());
    assert_eq!(decide(&StatusEvidence::ByIssuer(&[by(2)])).unwrap_err(), "ST-21");
    // Nor beside a list by the right one, in either order.
    assert_eq!(decide(&StatusEvidence::ByIssuer(&[by(1), by(2)])).unwrap_err(), "ST-21");
    assert_eq!(decide(&StatusEvidence::ByIssuer(&[by(2), by(1)])).unwrap_err(), "ST-21");
    // But a list of another URI is somebody else's business, and an authority was asked for.
    let mut other = good_claims();
    other["sub"] = json!("https://example.com/statuslists/8");
    let other = list_by(&both, &header, &other, &key(2));
    assert!(decide(&StatusEvidence::ByIssuer(&[other, by(1)])).is_ok());
    assert!(decide(&StatusEvidence::ByAuthority(&[by(2)])).is_ok());
}

#[test]
fn st_21_nor_does_every_leaf_below_the_same_anchor() {
    use base64::Engine as _;
    let now = UnixTime(crate::trust::testing::FIRST + 1000);
    let root = Template::ca("Root", &key(9), "Root", &key(9)).sign(&key(9));
    let trust = IssuerTrust::anchors(TrustAnchors::from_der([root]).unwrap(), Purpose::signatures());
    let header = |name: &str, number: u8| {
        let leaf = Template::leaf(name, &key(number), "Root", &key(9)).sign(&key(9));
        let leaf = base64::engine::general_purpose::STANDARD.encode(leaf);
        json!({"alg": "ES256", "typ": "statuslist+jwt", "x5c": [leaf]})
    };
    let list = |name: &str, number: u8| {
        let claims = json!({"sub": URI, "iat": now.0, "status_list": list().to_json()}).to_string();
        let list = sign(&header(name, number), &claims, &key(number));
        VerifiedStatusList::verify_jwt(&list, &trust, now).unwrap()
    };
    let credential = sign(&header("a.example", 1), "{}", &key(1));
    let jws = bookbag_crypto::jws::Jws::parse(&credential).unwrap();
    let credential = trust.authenticate(&jws, None, now, Check::SdIssuerSignature).unwrap();
    let reference = StatusReference::new(URI, 0).unwrap();
    let decide = |list: VerifiedStatusList| {
        let decided = check_status(Some(&reference), &StatusEvidence::ByIssuer(&[list]), &credential, now);
        decided.map_err(|refusal| refusal.check.id())
    };
    assert!(decide(list("a.example", 1)).is_ok());
    // Another key, even with the same name, and the same URI.
    assert_eq!(decide(list("b.example", 2)).unwrap_err(), "ST-21");
    assert_eq!(decide(list("a.example", 2)).unwrap_err(), "ST-21");
}

/// The whole way: a credential that names the list, verified with it.
fn verify_credential(
    profile: Profile,
    trust: &IssuerTrust,
    status: StatusEvidence<'_>,
) -> Result<(), &'static str> {
    let claims = json!({
        "vct": "https://example.com/type",
        "status": StatusReference::new(URI, 0).unwrap().to_claim(),
    });
    let header = json!({"alg": "ES256", "typ": "dc+sd-jwt"});
    let credential = format!("{}~", sign(&header, &claims.to_string(), &key(1)));
    let context = Context {
        profile,
        issuer: trust,
        key_binding: KeyBinding::NotRequired,
        status,
        types: AcceptedTypes::Any,
        required_claims: &[],
        now: NOW,
    };
    sd_jwt::verify(&credential, &context).map(|_| ()).map_err(|refusal| refusal.check.id())
}

#[test]
fn vc_07_the_status_list_of_an_sd_jwt_vc_is_a_jwt() {
    let list = list();
    let claims = StatusListClaims { uri: URI, issued_at: NOW, expires: None, ttl: None, list: &list };
    let prepared = claims.prepare_cwt(Algorithm::Es256, vec![]).unwrap();
    let signature = key(1).sign(prepared.bytes_to_sign());
    let cwt = prepared.finish(&signature).unwrap();
    let cwt = VerifiedStatusList::verify_cwt(&cwt, &key(1).public_key().unwrap(), NOW).unwrap();
    let older = verify(&token(&good_claims())).unwrap();
    assert_eq!((cwt.form(), older.form()), (StatusListForm::Cwt, StatusListForm::Jwt));
    let trust = trust();
    for evidence in [
        StatusEvidence::ByIssuer(std::slice::from_ref(&cwt)),
        StatusEvidence::ByAuthority(std::slice::from_ref(&cwt)),
        StatusEvidence::ByIssuer(&[older.clone(), cwt.clone()]),
    ] {
        assert_eq!(verify_credential(Profile::SdJwtVc, &trust, evidence), Err("VC-07"), "{evidence:?}");
        assert_eq!(verify_credential(Profile::SdJwt, &trust, evidence), Ok(()), "{evidence:?}");
    }
    let evidence = StatusEvidence::ByIssuer(&[older]);
    assert_eq!(verify_credential(Profile::SdJwtVc, &trust, evidence), Ok(()));
}

#[test]
fn st_21_the_second_of_two_trusted_issuers_cannot_bring_a_credential_of_the_first_back() {
    let keys = JwkSet::from(key(1).public_key().unwrap()).and(key(2).public_key().unwrap());
    let trust = IssuerTrust::pinned(keys);
    let header: Value = serde_json::from_str(HEADER).unwrap();
    let list = |number: u8| list_by(&trust, &header, &good_claims(), &key(number));
    let evidence = StatusEvidence::ByIssuer(&[list(2)]);
    assert_eq!(verify_credential(Profile::SdJwtVc, &trust, evidence), Err("ST-21"));
    let evidence = StatusEvidence::ByIssuer(&[list(1)]);
    assert_eq!(verify_credential(Profile::SdJwtVc, &trust, evidence), Ok(()));
    assert_eq!(verify_credential(Profile::SdJwtVc, &trust, StatusEvidence::NamesNoList), Err("ST-04"));
}

fn published(issuer: &str, keys: &[u8]) -> IssuerTrust {
    let keys: Vec<_> = keys
        .iter()
        .map(|number| {
            let mut jwk = key(*number).public_key().unwrap().to_jwk();
            jwk.insert("kid".into(), number.to_string().into());
            jwk
        })
        .collect();
    let metadata = json!({"issuer": issuer, "jwks": {"keys": keys}}).to_string();
    match IssuerMetadata::parse(metadata.as_bytes(), issuer).unwrap() {
        IssuerMetadata::Here(keys) => IssuerTrust::metadata(keys),
        IssuerMetadata::Elsewhere(_) => panic!("the keys stand in it"),
    }
}

#[test]
fn st_21_an_issuer_may_sign_its_lists_with_another_of_its_keys() {
    let (a, b) = ("https://a.example", "https://b.example");
    let (ours, theirs) = (published(a, &[1, 2]), published(b, &[2]));
    let header = json!({"alg": "ES256", "typ": "statuslist+jwt", "kid": "2"});
    let credential = signed_by(&ours, &json!({"alg": "ES256", "kid": "1"}), Some(a), &key(1));
    let reference = StatusReference::new(URI, 0).unwrap();
    let decide = |list: VerifiedStatusList| {
        let decided = check_status(Some(&reference), &StatusEvidence::ByIssuer(&[list]), &credential, NOW);
        decided.map_err(|refusal| refusal.check.id())
    };
    // Section 5.1 asks for no `iss`.
    let list = list_by(&ours, &header, &good_claims(), &key(2));
    assert_eq!((list.published_by(), list.signer()), (Some(a), &key(2).public_key().unwrap()));
    assert!(decide(list).is_ok());
    let mut with_iss = good_claims();
    with_iss["iss"] = json!(a);
    assert!(decide(list_by(&ours, &header, &with_iss, &key(2))).is_ok());
    assert_eq!(decide(list_by(&theirs, &header, &good_claims(), &key(2))).unwrap_err(), "ST-21");
}

#[test]
fn st_22_a_refused_key_is_said_to_be_that_of_the_list() {
    let issuer = "https://a.example";
    let header = json!({"alg": "ES256", "typ": "statuslist+jwt", "kid": "1"});
    let because = |trust: &IssuerTrust, header: &Value, claims: &Value| {
        let token = sign(header, &claims.to_string(), &key(1));
        let refusal = VerifiedStatusList::verify_jwt(&token, trust, NOW).unwrap_err();
        assert_eq!(refusal.check.id(), "ST-22");
        assert!(refusal.to_string().starts_with("ST-22 does not hold"), "{refusal}");
        match refusal.cause {
            Some(crate::Cause::Refused(below)) => below.check.id(),
            other => panic!("{other:?}"),
        }
    };
    // Another `iss` than the issuer's, a key that it does not publish, and no certificate.
    let ours = published(issuer, &[1]);
    for iss in ["https://b.example", "", "https://a.example/"] {
        let mut claims = good_claims();
        claims["iss"] = json!(iss);
        assert_eq!(because(&ours, &header, &claims), "TR-02", "{iss}");
    }
    assert_eq!(because(&published(issuer, &[2]), &header, &good_claims()), "TR-01");
    let root = Template::ca("Root", &key(9), "Root", &key(9)).sign(&key(9));
    let anchored = IssuerTrust::anchors(TrustAnchors::from_der([root]).unwrap(), Purpose::signatures());
    assert_eq!(because(&anchored, &header, &good_claims()), "TR-05");
}

#[test]
fn st_23_and_st_24_a_list_is_for_now_and_for_everybody() {
    let nbf = |seconds: i64| changed("nbf", json!(NOW.0 + seconds));
    for seconds in [-1000, 0, CLOCK_SKEW_SECONDS] {
        assert!(verify(&nbf(seconds)).is_ok(), "{seconds}");
    }
    assert!(verify(&changed("nbf", json!(i64::MIN))).is_ok());
    assert_eq!(refused(&nbf(CLOCK_SKEW_SECONDS + 1)), Check::StatusTokenNotYetValid, "ST-23");
    assert_eq!(refused(&changed("nbf", json!(i64::MAX))), Check::StatusTokenNotYetValid, "ST-23");
    #[expect(clippy::cast_precision_loss, reason = "small")]
    let half = (NOW.0 + CLOCK_SKEW_SECONDS) as f64 + 0.5;
    assert_eq!(refused(&changed("nbf", json!(half))), Check::StatusTokenNotYetValid, "ST-23");
    // Verified for a later time and used for an earlier one.
    let later = VerifiedStatusList::verify_jwt(&nbf(600), &trust(), NOW.plus(600)).unwrap();
    let reference = StatusReference::new(URI, 0).unwrap();
    let refusal = check(Some(&reference), &StatusEvidence::ByIssuer(&[later]), NOW).unwrap_err();
    assert_eq!(refusal.check, Check::StatusTokenNotYetValid, "ST-23");
    for aud in [json!("https://verifier.example"), json!([]), json!(["a", "b"]), json!(7), json!("")] {
        assert_eq!(refused(&changed("aud", aud.clone())), Check::StatusTokenAudience, "ST-24 {aud}");
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
        ("sub", json!("")),
        ("sub", json!("no URI")),
        ("sub", json!("https://example.com/\u{1b}[2J")),
        ("iss", json!(7)),
        ("iss", json!(["https://a.example"])),
        ("nbf", json!("1750000000")),
        ("nbf", json!(true)),
        ("nbf", json!([1])),
        ("nbf", json!(1e300)),
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
