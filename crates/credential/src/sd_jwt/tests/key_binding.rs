//! What RFC 9901 refuses in a key binding.

use super::*;

#[test]
fn a_bound_presentation_is_accepted_and_says_who_holds_it() {
    let token = presentation(|_| {});
    let trust = IssuerTrust::pinned(public(&issuer()));
    let context = Context {
        profile: Profile::SdJwtVc,
        issuer: &trust,
        key_binding: bound().key_binding,
        status: StatusEvidence::NamesNoList,
        types: AcceptedTypes::Any,
        required_claims: &[],
        now: NOW,
    };
    let verified = verify(&token, &context).unwrap();
    assert_eq!(verified.claim(&ClaimPath::top("name")), [&json!("Ada")]);
    assert_eq!(verified.claim(&ClaimPath::top("year")), Vec::<&Value>::new());
    assert_eq!(verified.disclosed().collect::<Vec<_>>(), [&ClaimPath::top("name")]);
    assert_eq!(verified.types().collect::<Vec<_>>(), ["https://school.example/enrolment"]);
    let key_binding = verified.key_binding().unwrap();
    assert_eq!(*key_binding.holder(), public(&holder()));
    assert!(key_binding.for_this_transaction());
    assert!(!format!("{verified:?} {key_binding:?}").contains("Ada"));
}

#[test]
fn kb_01_missing_key_binding() {
    bound().refuses(&issued(|_| {}), "KB-01");
    assert!(vc().run(&issued(|_| {})).is_ok());
}

#[test]
fn kb_02_and_kb_04_signatures() {
    let good = bound_by(&kb_header(), |_| {}, &holder());
    assert!(bound().run(&good).is_ok());
    bound().refuses(&bound_by(&json!({"alg": "none", "typ": "kb+jwt"}), |_| {}, &holder()), "KB-02");
    bound().refuses(&bound_by(&json!({"alg": "HS256", "typ": "kb+jwt"}), |_| {}, &holder()), "KB-02");
    let critical = json!({"alg": "ES256", "typ": "kb+jwt", "crit": ["x"], "x": 1});
    bound().refuses(&bound_by(&critical, |_| {}, &holder()), "KB-02");
    bound().refuses(&(issued(|_| {}) + "a.b.c"), "KB-02");
    bound().refuses(&bound_by(&kb_header(), |_| {}, &issuer()), "KB-04");
    bound().refuses(&bound_by(&json!({"alg": "EdDSA", "typ": "kb+jwt"}), |_| {}, &holder()), "KB-04");
    // A key that the presenter brings along counts for nothing.
    let brought = json!({"alg": "ES256", "typ": "kb+jwt", "jwk": public(&key(9)).to_jwk()});
    bound().refuses(&bound_by(&brought, |_| {}, &key(9)), "KB-04");
    bound().refuses(good.get(..good.len() - 1).unwrap(), "KB-02");
    // Refused as well where none is required.
    vc().refuses(&bound_by(&kb_header(), |_| {}, &issuer()), "KB-04");
}

#[test]
fn kb_03_holder_keys() {
    let mut private = public(&holder()).to_jwk();
    private.insert("d".into(), json!("AAAA"));
    for cnf in [
        json!({}),
        json!({"kid": "1"}),
        json!({"jkt": "x"}),
        json!({"jwk": "x"}),
        json!({"jwk": {}}),
        json!({"jwk": {"kty": "oct", "k": "AAAA"}}),
        json!({"jwk": private}),
    ] {
        let token = token(&json!({"vct": "t", "cnf": cnf}), &[]);
        let claims = json!({"aud": AUDIENCE, "nonce": NONCE, "iat": NOW.0, "sd_hash": digest(&token)});
        bound().refuses(&(token + &jwt(&kb_header(), &claims, &holder())), "KB-03");
    }
    let unbound = token(&json!({"vct": "t"}), &[]);
    let claims = json!({"aud": AUDIENCE, "nonce": NONCE, "iat": NOW.0, "sd_hash": digest(&unbound)});
    bound().refuses(&(unbound + &jwt(&kb_header(), &claims, &holder())), "KB-03");
}

#[test]
fn kb_05_types() {
    for header in [
        json!({"alg": "ES256"}),
        json!({"alg": "ES256", "typ": "JWT"}),
        json!({"alg": "ES256", "typ": "KB+JWT"}),
        json!({"alg": "ES256", "typ": "application/kb+jwt"}),
        json!({"alg": "ES256", "typ": ["kb+jwt"]}),
    ] {
        bound().refuses(&bound_by(&header, |_| {}, &holder()), "KB-05");
    }
}

#[test]
fn kb_06_claims() {
    for name in ["aud", "nonce", "iat", "sd_hash"] {
        let missing = bound_by(&kb_header(), |claims| drop(claims.remove(name)), &holder());
        bound().refuses(&missing, "KB-06");
        bound().refuses(&bound_with(name, json!([AUDIENCE])), "KB-06");
        bound().refuses(&bound_with(name, json!(null)), "KB-06");
    }
    bound().refuses(&bound_with("iat", json!("1750000000")), "KB-06");
    bound().refuses(&bound_with("exp", json!("soon")), "KB-06");
}

#[test]
fn kb_07_age() {
    assert!(bound().run(&bound_with("iat", json!(NOW.0 - 300))).is_ok());
    assert!(bound().run(&bound_with("iat", json!(NOW.0 + MAX_CLOCK_AHEAD_SECONDS))).is_ok());
    bound().refuses(&bound_with("iat", json!(NOW.0 - 301)), "KB-07");
    bound().refuses(&bound_with("iat", json!(NOW.0 + MAX_CLOCK_AHEAD_SECONDS + 1)), "KB-07");
    bound().refuses(&bound_with("iat", json!(0)), "KB-07");
    let any_age = Transaction { audience: AUDIENCE, nonce: NONCE, max_age: MaxAge::Any };
    let evidence = Check { key_binding: KeyBinding::Required(any_age), ..vc() };
    assert!(evidence.run(&bound_with("iat", json!(0))).is_ok());
}

#[test]
fn kb_08_and_kb_09_replays() {
    bound().refuses(&bound_with("nonce", json!("another")), "KB-08");
    bound().refuses(&bound_with("nonce", json!("")), "KB-08");
    bound().refuses(&bound_with("aud", json!("x509_san_dns:shop.example")), "KB-09");
    bound().refuses(&bound_with("aud", json!("council.example")), "KB-09");
}

#[test]
fn kb_10_what_was_signed_is_what_is_shown() {
    bound().refuses(&bound_with("sd_hash", json!("x")), "KB-10");
    let both = presentation(|_| {});
    let (sd_jwt, kb) = both.rsplit_once('~').unwrap();
    // The holder showed `name`; somebody on the way leaves it out, or adds `year`.
    let (jwt, _) = sd_jwt.split_once('~').unwrap();
    bound().refuses(&format!("{jwt}~{kb}"), "KB-10");
    let issued = issued(|_| {});
    let more = issued.split('~').find(|part| !part.is_empty() && !sd_jwt.contains(part)).unwrap();
    bound().refuses(&format!("{sd_jwt}~{more}~{kb}"), "KB-10");
}

#[test]
fn kb_11_other_times_in_the_key_binding() {
    bound().refuses(&bound_with("exp", json!(NOW.0)), "KB-11");
    bound().refuses(&bound_with("nbf", json!(NOW.0 + 1)), "KB-11");
    assert!(bound().run(&bound_with("exp", json!(NOW.0 + 1))).is_ok());
}
