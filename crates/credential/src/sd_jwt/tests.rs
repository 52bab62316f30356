//! What is refused, one test or more for each check, and what comes out of what is accepted.

use bookbag_crypto::{Algorithm, Entropy, HashAlgorithm, PublicKey, SigningKey, base64url, jws};
use serde_json::{Map, Value, json};

use super::process::ELLIPSIS;
use super::*;
use crate::check::Refusal;
use crate::path::ClaimPath;
use crate::status::StatusEvidence;
use crate::time::UnixTime;
use crate::trust::IssuerTrust;

const NOW: UnixTime = UnixTime(1_750_000_000);
const AUDIENCE: &str = "x509_san_dns:council.example";
const NONCE: &str = "n-0S6_WzA2Mj";

fn key(byte: u8) -> SigningKey {
    SigningKey::generate(Algorithm::Es256, Entropy::from_secure_random([byte; 48])).unwrap()
}

fn issuer() -> SigningKey {
    key(1)
}

fn holder() -> SigningKey {
    key(2)
}

fn public(key: &SigningKey) -> PublicKey {
    key.public_key().unwrap()
}

fn jwt(header: &Value, payload: &Value, key: &SigningKey) -> String {
    let input = jws::signing_input(header, payload.to_string().as_bytes());
    let signature = key.sign(input.as_bytes());
    jws::assemble(input, &signature)
}

fn vc_header() -> Value {
    json!({"alg": "ES256", "typ": "dc+sd-jwt"})
}

/// A token whose payload and disclosures are written by hand; an issuer who makes mistakes, or means harm.
fn token(payload: &Value, disclosures: &[&str]) -> String {
    let mut token = jwt(&vc_header(), payload, &issuer()) + "~";
    for disclosure in disclosures {
        token.push_str(disclosure);
        token.push('~');
    }
    token
}

fn disclosure(content: &Value) -> String {
    base64url::encode(content.to_string())
}

fn digest(disclosure: &str) -> String {
    base64url::encode(HashAlgorithm::Sha256.digest(disclosure))
}

/// What a test changes about an otherwise ordinary check.
struct Check<'v> {
    profile: Profile,
    key_binding: KeyBinding<'v>,
    types: AcceptedTypes<'v>,
    required: &'v [ClaimPath],
    now: UnixTime,
}

fn plain() -> Check<'static> {
    Check {
        profile: Profile::SdJwt,
        key_binding: KeyBinding::NotRequired,
        types: AcceptedTypes::Any,
        required: &[],
        now: NOW,
    }
}

fn vc() -> Check<'static> {
    Check { profile: Profile::SdJwtVc, ..plain() }
}

fn bound() -> Check<'static> {
    let transaction = Transaction { audience: AUDIENCE, nonce: NONCE, max_age: MaxAge::Seconds(300) };
    Check { key_binding: KeyBinding::Required(transaction), ..vc() }
}

impl Check<'_> {
    fn run(&self, token: &str) -> Result<Map<String, Value>, Refusal> {
        let trust = IssuerTrust::pinned(public(&issuer()));
        let context = Context {
            profile: self.profile,
            issuer: &trust,
            key_binding: self.key_binding,
            status: StatusEvidence::NamesNoList,
            types: self.types,
            required_claims: self.required,
            now: self.now,
        };
        verify(token, &context).map(VerifiedPresentation::into_claims)
    }

    #[track_caller]
    fn refuses(&self, token: &str, id: &str) {
        let refusal = self.run(token).expect_err("accepted");
        assert_eq!(refusal.check.id(), id, "{refusal}");
    }

    #[track_caller]
    fn accepts(&self, token: &str, payload: &Value) {
        assert_eq!(self.run(token).map(Value::Object).as_ref(), Ok(payload));
    }
}

/// A payload that hides `contents` at its top level, and the disclosures for them.
fn hiding(contents: &[Value]) -> (Value, Vec<String>) {
    let disclosures: Vec<_> = contents.iter().map(disclosure).collect();
    let digests: Vec<_> = disclosures.iter().map(|disclosure| digest(disclosure)).collect();
    (json!({"_sd": digests, "clear": 1}), disclosures)
}

fn texts(disclosures: &[String]) -> Vec<&str> {
    disclosures.iter().map(String::as_str).collect()
}

#[test]
fn disclosed_claims_are_put_in_their_places() {
    let inner = disclosure(&json!(["s", "street", "1 Mill Lane"]));
    let outer = disclosure(&json!(["s", "address", {"_sd": [digest(&inner)], "town": "Bala"}]));
    let element = disclosure(&json!(["s", {"grade": 7}]));
    let payload = json!({
        "_sd": [digest(&outer), digest("decoy")], "_sd_alg": "sha-256",
        "results": ["x", {ELLIPSIS: digest(&element)}, {ELLIPSIS: digest("another decoy")}], "empty": {"_sd": []},
    });
    let whole = token(&payload, &[&outer, &inner, &element]);
    let expected = json!({
        "address": {"street": "1 Mill Lane", "town": "Bala"}, "results": ["x", {"grade": 7}], "empty": {},
    });
    plain().accepts(&whole, &expected);
    let less = token(&payload, &[&outer]);
    plain().accepts(&less, &json!({"address": {"town": "Bala"}, "results": ["x"], "empty": {}}));
    plain().accepts(&token(&payload, &[]), &json!({"results": ["x"], "empty": {}}));
}

#[test]
fn sd_01_and_sd_10_broken_forms() {
    let (payload, disclosures) = hiding(&[json!(["s", "name", "Ada"])]);
    let good = token(&payload, &texts(&disclosures));
    assert!(plain().run(&good).is_ok());
    plain().refuses(good.trim_end_matches('~').split('~').next().unwrap(), "SD-01");
    // Without the last tilde the disclosure is read as a key binding JWT, and is none.
    plain().refuses(good.trim_end_matches('~'), "KB-02");
    plain().refuses(&(good.clone() + "~"), "SD-01");
    plain().refuses(&(good.clone() + "e30~"), "SD-10");
    plain().refuses(&good.replacen('~', "~~", 1), "SD-01");
}

#[test]
fn sd_02_nesting_is_limited_across_disclosures() {
    let mut innermost = disclosure(&json!(["s", "a", 1]));
    let mut all = vec![innermost.clone()];
    for _ in 0..100 {
        innermost = disclosure(&json!(["s", "a", {"_sd": [digest(&innermost)]}]));
        all.push(innermost.clone());
    }
    let payload = json!({"_sd": [digest(&innermost)]});
    plain().refuses(&token(&payload, &texts(&all)), "SD-02");
    let deep = (0..100).fold(json!(1), |value, _| json!({"a": value}));
    plain().refuses(&token(&deep, &[]), "SD-02");
}

#[test]
fn sd_03_algorithms_off_the_list() {
    for alg in [json!("none"), json!("HS256"), json!("RS256"), json!("es256"), json!(null)] {
        let forged = jwt(&json!({"alg": alg, "typ": "dc+sd-jwt"}), &json!({"vct": "t"}), &issuer()) + "~";
        vc().refuses(&forged, "SD-03");
    }
    let unsigned = format!("{}.{}.~", base64url::encode(r#"{"alg":"none"}"#), base64url::encode("{}"));
    plain().refuses(&unsigned, "SD-03");
    plain().refuses(&(jwt(&json!({"alg": "ES256", "crit": ["x"]}), &json!({}), &issuer()) + "~"), "SD-03");
    plain().refuses("a.b.c~", "SD-03");
    plain().refuses("e30.e30~", "SD-03");
}

#[test]
fn sd_04_signatures_by_another_key_or_of_something_else() {
    let forged = jwt(&vc_header(), &json!({"vct": "t"}), &key(9)) + "~";
    vc().refuses(&forged, "SD-04");
    let good = token(&json!({"vct": "t", "a": 1}), &[]);
    let (header, rest) = good.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let altered = format!("{header}.{}.{signature}", base64url::encode(r#"{"vct":"t","a":2}"#));
    vc().refuses(&altered, "SD-04");
    // An algorithm of the list that is not the key's.
    let other = jwt(&json!({"alg": "EdDSA", "typ": "dc+sd-jwt"}), &json!({"vct": "t"}), &issuer()) + "~";
    vc().refuses(&other, "TR-01");
}

#[test]
fn sd_05_payloads_that_are_no_objects() {
    for payload in [json!([]), json!("x"), json!(null)] {
        plain().refuses(&token(&payload, &[]), "SD-05");
    }
    for text in [r#"{"a":1,"a":2}"#, r#"{"a":{"b":1,"b":1}}"#, "{", "\u{feff}{}", ""] {
        let input = jws::signing_input(&vc_header(), text.as_bytes());
        let signature = issuer().sign(input.as_bytes());
        plain().refuses(&(jws::assemble(input, &signature) + "~"), "SD-05");
    }
}

#[test]
fn sd_06_and_sd_07_hash_algorithms() {
    for name in
        [json!("md5"), json!("SHA-256"), json!("sha-1"), json!("sha-256-128"), json!(256), json!(null)]
    {
        plain().refuses(&token(&json!({"_sd_alg": name}), &[]), "SD-06");
    }
    plain().refuses(&token(&json!({"a": {"_sd_alg": "sha-256"}}), &[]), "SD-07");
    plain().refuses(&token(&json!({"a": [[{"_sd_alg": "sha-256"}]]}), &[]), "SD-07");
    let (payload, hidden) = hiding(&[json!(["s", "a", {"_sd_alg": "sha-256"}])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-07");
    for hash in HashAlgorithm::ALL {
        let claim = disclosure(&json!(["s", "a", 1]));
        let payload = json!({"_sd": [base64url::encode(hash.digest(&claim))], "_sd_alg": hash.name()});
        plain().accepts(&token(&payload, &[&claim]), &json!({"a": 1}));
        let wrong = json!({"_sd": [digest(&claim)], "_sd_alg": "sha-512"});
        plain().refuses(&token(&wrong, &[&claim]), "SD-16");
    }
}

#[test]
fn sd_08_lists_of_digests_that_are_none() {
    for digests in [json!("x"), json!({}), json!(null), json!([1]), json!([["x"]]), json!(["x", null])] {
        plain().refuses(&token(&json!({"_sd": digests}), &[]), "SD-08");
        plain().refuses(&token(&json!({"a": [{"_sd": digests}]}), &[]), "SD-08");
    }
    let (payload, hidden) = hiding(&[json!(["s", "a", {"_sd": 1}])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-08");
}

#[test]
fn sd_09_three_dots_in_other_places() {
    for payload in [
        json!({ELLIPSIS: "x"}),
        json!({ELLIPSIS: 1, "a": 2}),
        json!({"a": {ELLIPSIS: "x"}}),
        json!({"a": [{ELLIPSIS: "x", "b": 1}]}),
        json!({"a": [{ELLIPSIS: 1}]}),
        json!({"a": [{ELLIPSIS: null}]}),
        json!({"a": [{ELLIPSIS: ["x"]}]}),
        json!({"a": [{"_sd": [], ELLIPSIS: "x"}]}),
    ] {
        plain().refuses(&token(&payload, &[]), "SD-09");
    }
    let (payload, hidden) = hiding(&[json!(["s", "a", {ELLIPSIS: "x"}])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-09");
}

#[test]
fn sd_11_and_sd_14_disclosures_of_the_other_form() {
    let (payload, hidden) = hiding(&[json!(["s", "value only"])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-11");
    let member = disclosure(&json!(["s", "name", "value"]));
    plain().refuses(&token(&json!({"a": [{ELLIPSIS: digest(&member)}]}), &[&member]), "SD-14");
}

#[test]
fn sd_12_reserved_names_in_disclosures() {
    for name in ["_sd", "...", "_sd_alg"] {
        let (payload, hidden) = hiding(&[json!(["s", name, []])]);
        plain().refuses(&token(&payload, &texts(&hidden)), "SD-12");
        let nested = disclosure(&json!(["s", name, "x"]));
        plain().refuses(&token(&json!({"a": {"_sd": [digest(&nested)]}}), &[&nested]), "SD-12");
    }
}

#[test]
fn sd_13_names_that_are_there_already() {
    let (payload, hidden) = hiding(&[json!(["s", "clear", 2])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-13");
    let (payload, hidden) = hiding(&[json!(["s", "a", 1]), json!(["t", "a", 1])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-13");
    let (payload, hidden) = hiding(&[json!(["s", "a", null]), json!(["t", "a", null])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-13");
}

#[test]
fn sd_15_digests_that_stand_twice() {
    let claim = disclosure(&json!(["s", "a", 1]));
    let d = digest(&claim);
    for payload in [
        json!({"_sd": [d, d]}),
        json!({"_sd": [d], "b": {"_sd": [d]}}),
        json!({"_sd": [d], "b": [{ELLIPSIS: d}]}),
        json!({"b": [{ELLIPSIS: "decoy"}, {ELLIPSIS: "decoy"}]}),
        json!({"_sd": ["decoy"], "b": {"c": {"_sd": ["decoy"]}}}),
    ] {
        plain().refuses(&token(&payload, &[]), "SD-15");
    }
    let inner = disclosure(&json!(["s", "b", {"_sd": ["decoy"]}]));
    plain().refuses(&token(&json!({"_sd": [digest(&inner), "decoy"]}), &[&inner]), "SD-15");
}

#[test]
fn sd_16_and_sd_17_disclosures_nobody_asked_for() {
    let (payload, hidden) = hiding(&[json!(["s", "a", 1])]);
    let stray = disclosure(&json!(["s", "b", 2]));
    plain().refuses(&token(&payload, &[&hidden[0], &stray]), "SD-16");
    plain().refuses(&token(&json!({}), &[&stray]), "SD-16");
    plain().refuses(&token(&payload, &[&hidden[0], &hidden[0]]), "SD-17");
    // The parent that holds the digest is not shown.
    let outer = disclosure(&json!(["s", "o", {"_sd": [digest(&stray)]}]));
    plain().refuses(&token(&json!({"_sd": [digest(&outer)]}), &[&stray]), "SD-16");
    // The same content, encoded differently: another text, another digest.
    let spaced = base64url::encode(r#"["s", "a", 1]"#);
    plain().refuses(&token(&payload, &[&spaced]), "SD-16");
}

#[test]
fn sd_18_and_sd_19_time() {
    let at = |name: &str, value: Value| token(&json!({name: value}), &[]);
    for exp in [json!(NOW.0), json!(NOW.0 - 1), json!(0), json!(-1), json!(1_749_999_999.5)] {
        plain().refuses(&at("exp", exp), "SD-18");
    }
    assert!(plain().run(&at("exp", json!(NOW.0 + 1))).is_ok());
    assert!(plain().run(&at("exp", json!(1_750_000_000.5))).is_ok());
    plain().refuses(&at("nbf", json!(NOW.0 + 1)), "SD-19");
    assert!(plain().run(&at("nbf", json!(NOW.0))).is_ok());
    // A time that was hidden and is shown counts like any other.
    let (payload, hidden) = hiding(&[json!(["s", "exp", 5])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-18");
}

#[test]
fn sd_20_audience() {
    for aud in [json!("someone"), json!(["someone", "else"]), json!([])] {
        plain().refuses(&token(&json!({"aud": aud}), &[]), "SD-20");
    }
    let us = presentation(|claims| {
        claims.insert("aud".into(), json!(["someone", AUDIENCE]));
    });
    assert!(bound().run(&us).is_ok());
    let others = presentation(|claims| {
        claims.insert("aud".into(), json!("someone"));
    });
    bound().refuses(&others, "SD-20");
}

#[test]
fn sd_21_registered_claims_of_the_wrong_type() {
    for payload in [
        json!({"exp": "1883000000"}),
        json!({"exp": null}),
        json!({"nbf": true}),
        json!({"iat": [1]}),
        json!({"iss": 1}),
        json!({"sub": {}}),
        json!({"jti": null}),
        json!({"aud": 1}),
        json!({"aud": [1]}),
    ] {
        plain().refuses(&token(&payload, &[]), "SD-21");
    }
}

#[test]
fn sd_22_required_claims() {
    let required = [ClaimPath::top("exp"), ClaimPath::from_json(&json!(["a", null])).unwrap()];
    let check = Check { required: &required, ..plain() };
    let exp = NOW.0 + 1;
    check.accepts(&token(&json!({"exp": exp, "a": [1]}), &[]), &json!({"exp": exp, "a": [1]}));
    for payload in
        [json!({"a": [1]}), json!({"exp": exp}), json!({"exp": exp, "a": []}), json!({"exp": exp, "a": 1})]
    {
        check.refuses(&token(&payload, &[]), "SD-22");
    }
    // Hidden is as good as missing.
    let hidden = disclosure(&json!(["s", "exp", exp]));
    check.refuses(&token(&json!({"_sd": [digest(&hidden)], "a": [1]}), &[]), "SD-22");
    check.accepts(
        &token(&json!({"_sd": [digest(&hidden)], "a": [1]}), &[&hidden]),
        &json!({"exp": exp, "a": [1]}),
    );
}

#[test]
fn sd_23_an_issuer_does_not_send_key_binding() {
    let bound = presentation(|_| {});
    assert_eq!(Held::parse(&bound).err().unwrap().check.id(), "SD-23");
}

/// An ordinary presentation to [`AUDIENCE`], from claims that a test may change.
fn presentation(change: impl Fn(&mut Map<String, Value>)) -> String {
    let issued = issued(change);
    let held = Held::parse(&issued).unwrap();
    let selection = held.select(&[ClaimPath::top("name")]).unwrap();
    let proof = Proof { audience: AUDIENCE, nonce: NONCE, issued_at: NOW, more: Map::new() };
    let unsigned = selection.bind(&public(&holder()), proof).unwrap();
    let signature = holder().sign(unsigned.signing_input());
    unsigned.assemble(&signature)
}

fn issued(change: impl Fn(&mut Map<String, Value>)) -> String {
    let mut claims = Map::from_iter([
        ("vct".to_owned(), json!("https://school.example/enrolment")),
        ("name".to_owned(), json!("Ada")),
        ("year".to_owned(), json!(7)),
    ]);
    change(&mut claims);
    let holder = public(&holder());
    let issuance = Issuance {
        profile: Profile::SdJwtVc,
        algorithm: Algorithm::Es256,
        header: Map::new(),
        claims,
        holder: Some(&holder),
        disclosable: &[ClaimPath::top("name"), ClaimPath::top("year")],
        decoys: 3,
        hash: HashAlgorithm::Sha256,
    };
    let unsigned = issuance.prepare(Entropy::from_secure_random([4; 32])).unwrap();
    let signature = issuer().sign(unsigned.signing_input());
    unsigned.assemble(&signature)
}

/// A presentation whose key binding JWT is written by hand.
fn bound_by(header: &Value, change: impl Fn(&mut Map<String, Value>), key: &SigningKey) -> String {
    let good = presentation(|_| {});
    let (sd_jwt, _) = good.rsplit_once('~').unwrap();
    let sd_jwt = format!("{sd_jwt}~");
    let mut claims = Map::from_iter([
        ("aud".to_owned(), json!(AUDIENCE)),
        ("nonce".to_owned(), json!(NONCE)),
        ("iat".to_owned(), json!(NOW.0)),
        ("sd_hash".to_owned(), json!(digest(&sd_jwt))),
    ]);
    change(&mut claims);
    sd_jwt + &jwt(header, &Value::Object(claims), key)
}

fn kb_header() -> Value {
    json!({"alg": "ES256", "typ": "kb+jwt"})
}

fn bound_with(name: &str, value: impl Into<Value>) -> String {
    let value = value.into();
    bound_by(&kb_header(), |claims| drop(claims.insert(name.to_owned(), value.clone())), &holder())
}

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
    bound().refuses(&(issued(|_| {}) + "a.b"), "KB-02");
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
        json!(null),
        json!({}),
        json!("key"),
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

#[test]
fn vc_01_types_of_token() {
    let payload = json!({"vct": "t"});
    for typ in [json!("JWT"), json!("DC+SD-JWT"), json!("sd-jwt"), json!("application/dc+sd-jwt"), json!(1)] {
        vc().refuses(&(jwt(&json!({"alg": "ES256", "typ": typ}), &payload, &issuer()) + "~"), "VC-01");
    }
    vc().refuses(&(jwt(&json!({"alg": "ES256"}), &payload, &issuer()) + "~"), "VC-01");
    for typ in SD_JWT_VC_TYPES {
        vc().accepts(&(jwt(&json!({"alg": "ES256", "typ": typ}), &payload, &issuer()) + "~"), &payload);
    }
}

#[test]
fn vc_02_to_vc_05_claims() {
    for payload in
        [json!({}), json!({"vct": ""}), json!({"vct": 1}), json!({"vct": ["t"]}), json!({"vct": null})]
    {
        vc().refuses(&token(&payload, &[]), "VC-02");
    }
    for others in
        [json!([]), json!("u"), json!(["t"]), json!([1]), json!(["u", "t"]), json!([""]), json!(null)]
    {
        vc().refuses(&token(&json!({"vct": "t", "aka_vcts": others}), &[]), "VC-04");
    }
    for integrity in [json!(1), json!(null), json!(["sha256-x"])] {
        vc().refuses(&token(&json!({"vct": "t", "vct#integrity": integrity}), &[]), "VC-05");
    }
}

#[test]
fn vc_03_claims_that_may_not_be_hidden() {
    for name in ALWAYS_CLEAR.into_iter().filter(|name| *name != "vct") {
        let claim = disclosure(&json!(["s", name, "x"]));
        let payload = json!({"vct": "t", "_sd": [digest(&claim)]});
        let refusal = vc().run(&token(&payload, &[&claim])).unwrap_err();
        assert_eq!(refusal.check.id(), "VC-03", "{name}");
        // `iss` is a string, so nothing can be within it.
        for hidden in [json!({"_sd": ["decoy"]}), json!({"x": [{ELLIPSIS: "decoy"}]})]
            .into_iter()
            .filter(|_| name != "iss")
        {
            vc().refuses(&token(&json!({"vct": "t", name: hidden}), &[]), "VC-03");
        }
    }
    let vct = disclosure(&json!(["s", "vct", "t"]));
    vc().refuses(&token(&json!({"_sd": [digest(&vct)]}), &[&vct]), "VC-03");
    vc().refuses(&token(&json!({"_sd": [digest(&vct)]}), &[]), "VC-02");
    // `sub` and `iat` may be hidden.
    let sub = disclosure(&json!(["s", "sub", "x"]));
    vc().accepts(
        &token(&json!({"vct": "t", "_sd": [digest(&sub)]}), &[&sub]),
        &json!({"vct": "t", "sub": "x"}),
    );
}

#[test]
fn vc_06_types_that_are_not_accepted() {
    let accepted = ["t".to_owned(), "u".to_owned()];
    let check = Check { types: AcceptedTypes::OneOf(&accepted), ..vc() };
    for payload in [json!({"vct": "t"}), json!({"vct": "v", "aka_vcts": ["w", "u"]})] {
        check.accepts(&token(&payload, &[]), &payload);
    }
    for payload in [json!({"vct": "T"}), json!({"vct": "t/1"}), json!({"vct": "v", "aka_vcts": ["w"]})] {
        check.refuses(&token(&payload, &[]), "VC-06");
    }
}

#[test]
fn a_holder_sees_what_can_be_shown_and_shows_what_was_chosen() {
    let mut claims = json!({
        "vct": "t", "address": {"street": "1 Mill Lane", "town": "Bala"}, "results": [{"grade": 7}, {"grade": 8}],
    });
    let path = |json: Value| ClaimPath::from_json(&json).unwrap();
    let disclosable = [
        path(json!(["address"])),
        path(json!(["address", "street"])),
        path(json!(["results", null])),
        path(json!(["results", 0, "grade"])),
    ];
    let issuance = Issuance {
        profile: Profile::SdJwtVc,
        algorithm: Algorithm::Es256,
        header: Map::new(),
        claims: claims.as_object().unwrap().clone(),
        holder: None,
        disclosable: &disclosable,
        decoys: 0,
        hash: HashAlgorithm::Sha512,
    };
    let unsigned = issuance.prepare(Entropy::from_secure_random([4; 32])).unwrap();
    let signature = issuer().sign(unsigned.signing_input());
    let issued = unsigned.assemble(&signature);
    vc().accepts(&issued, &claims);

    let held = Held::parse(&issued).unwrap();
    let listed: Vec<_> =
        held.claims().into_iter().map(|claim| (claim.path.to_string(), claim.visibility)).collect();
    let (clear, own, parent) = (Visibility::Clear, Visibility::Disclosable, Visibility::WithParent);
    let expected = [
        ("address", own),
        ("address.street", own),
        ("address.town", parent),
        ("results", clear),
        ("results[0]", own),
        ("results[0].grade", own),
        ("results[1]", own),
        ("results[1].grade", parent),
        ("vct", clear),
    ];
    assert_eq!(listed, expected.map(|(path, visibility)| (path.to_owned(), visibility)));

    let show = |paths: &[Value]| {
        let paths: Vec<_> = paths.iter().map(|json| path(json.clone())).collect();
        vc().run(&held.select(&paths).unwrap().without_key_binding()).map(Value::Object).unwrap()
    };
    assert_eq!(show(&[]), json!({"vct": "t", "results": []}));
    assert_eq!(
        show(&[json!(["address", "town"])]),
        json!({"vct": "t", "address": {"town": "Bala"}, "results": []})
    );
    let street = json!({"vct": "t", "address": {"street": "1 Mill Lane", "town": "Bala"}, "results": []});
    assert_eq!(show(&[json!(["address", "street"])]), street);
    assert_eq!(show(&[json!(["address"])]), street);
    let first = json!({"vct": "t", "results": [{"grade": 7}]});
    assert_eq!(show(&[json!(["results", 0, "grade"])]), first);
    claims.as_object_mut().unwrap().remove("address");
    assert_eq!(show(&[json!(["results", null, "grade"])]), claims);
    for missing in [json!(["nope"]), json!(["address", "county"]), json!(["results", 2]), json!(["vct", "x"])]
    {
        let error = held.select(&[path(missing.clone())]).err();
        assert_eq!(error, Some(PresentError::NoSuchClaim(path(missing))));
    }
}

/// `null` stands for the elements that have what is asked for; the others are not shown for its sake.
#[test]
fn a_path_with_null_shows_no_element_without_what_it_asks_for() {
    let grade = disclosure(&json!(["s", {"grade": 7}]));
    let note = disclosure(&json!(["t", {"note": "absent"}]));
    let payload = json!({"vct": "t", "results": [{ELLIPSIS: digest(&grade)}, {ELLIPSIS: digest(&note)}]});
    let whole = token(&payload, &[&grade, &note]);
    let held = Held::parse(&whole).unwrap();
    let path = ClaimPath::from_json(&json!(["results", null, "grade"])).unwrap();
    let shown = held.select(&[path]).unwrap().without_key_binding();
    vc().accepts(&shown, &json!({"vct": "t", "results": [{"grade": 7}]}));
    assert!(!shown.contains(&note));
}

#[test]
fn a_presentation_is_bound_by_the_right_key_only() {
    let issued = issued(|_| {});
    let held = Held::parse(&issued).unwrap();
    let proof = || Proof { audience: AUDIENCE, nonce: NONCE, issued_at: NOW, more: Map::new() };
    let bind = |key: &SigningKey, proof: Proof<'_>| held.select(&[]).unwrap().bind(&public(key), proof).err();
    assert_eq!(bind(&issuer(), proof()), Some(PresentError::OtherKey));
    let more = Map::from_iter([("nonce".to_owned(), json!("x"))]);
    assert_eq!(bind(&holder(), Proof { more, ..proof() }), Some(PresentError::ReservedClaim("nonce")));
    assert_eq!(bind(&holder(), proof()), None);
    let unbound = token(&json!({"vct": "t"}), &[]);
    let held = Held::parse(&unbound).unwrap();
    assert_eq!(
        held.select(&[]).unwrap().bind(&public(&holder()), proof()).err(),
        Some(PresentError::NotBound)
    );
}

#[test]
fn an_issuer_cannot_issue_what_a_verifier_would_refuse() {
    let prepare = |profile: Profile, claims: Value, disclosable: &[Value], header: Value| {
        let disclosable: Vec<_> =
            disclosable.iter().map(|json| ClaimPath::from_json(json).unwrap()).collect();
        let issuance = Issuance {
            profile,
            algorithm: Algorithm::Es256,
            header: header.as_object().unwrap().clone(),
            claims: claims.as_object().unwrap().clone(),
            holder: None,
            disclosable: &disclosable,
            decoys: 0,
            hash: HashAlgorithm::Sha256,
        };
        issuance.prepare(Entropy::from_secure_random([4; 32])).err()
    };
    let vc = Profile::SdJwtVc;
    for name in ["_sd", "_sd_alg", "..."] {
        let refused = Some(IssueError::ReservedName(name));
        assert_eq!(prepare(vc, json!({"vct": "t", name: []}), &[], json!({})), refused);
        assert_eq!(prepare(vc, json!({"vct": "t", "a": [[{name: 1}]]}), &[], json!({})), refused);
    }
    assert_eq!(prepare(vc, json!({"a": 1}), &[], json!({})), Some(IssueError::Types));
    assert_eq!(prepare(Profile::SdJwt, json!({"a": 1}), &[], json!({})), None);
    let hidden = prepare(vc, json!({"vct": "t", "status": {"a": 1}}), &[json!(["status", "a"])], json!({}));
    assert!(matches!(hidden, Some(IssueError::AlwaysClear(_))));
    for path in [json!(["b"]), json!(["a", "b"]), json!(["a", 1]), json!(["c", null]), json!([0])] {
        let error = prepare(vc, json!({"vct": "t", "a": [1], "c": []}), &[path], json!({}));
        assert!(matches!(error, Some(IssueError::NoSuchClaim(_))), "{error:?}");
    }
    assert_eq!(
        prepare(vc, json!({"vct": "t"}), &[], json!({"alg": "none"})),
        Some(IssueError::Header("alg"))
    );
    assert_eq!(prepare(vc, json!({"vct": "t"}), &[], json!({"typ": "x"})), Some(IssueError::Header("typ")));
    let deep = (0..100).fold(json!(1), |value, _| json!({"a": value}));
    assert_eq!(prepare(Profile::SdJwt, deep, &[], json!({})), Some(IssueError::TooLarge));
}
