//! What is refused, one test or more for each check, and what comes out of what is accepted.

mod credential;
mod holding;
mod key_binding;
mod payload;

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
