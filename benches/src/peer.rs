//! The peer at the same work: `sd-jwt-payload`, with signatures and hashes by AWS-LC. It leaves more to its caller than
//! Bookbag does: claims, times, types, nonce and audience are compared here, repeated names and digests by nobody.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm};
use bookbag_crypto::base64url;
use sd_jwt_payload::{Hasher, JsonObject, JwsSigner, KeyBindingJwt, RequiredKeyBinding, SdJwt, SdJwtBuilder};
use serde_json::Value;

use crate::workload::{AUDIENCE, DISCLOSABLE, Kind, NONCE, NOW, Signer, Workload};

struct AwsHasher;

impl Hasher for AwsHasher {
    fn digest(&self, input: &[u8]) -> Vec<u8> {
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, input).as_ref().to_vec()
    }

    fn alg_name(&self) -> &'static str {
        "sha-256"
    }
}

/// The peer as a verifier.
pub struct Verifier<'w> {
    workload: &'w Workload,
    issuer: ParsedPublicKey,
}

impl<'w> Verifier<'w> {
    /// Prepares what is prepared once.
    pub fn new(workload: &'w Workload) -> Self {
        let jwk = workload.issuer.key.public_key().unwrap().to_jwk();
        Self { workload, issuer: read_key(workload.kind, &jwk) }
    }

    /// Does the work once.
    pub fn run(&self) {
        let presented = black_box(self.workload.presented.as_str());
        let sd_jwt = SdJwt::parse(presented).unwrap();
        let (before, key_binding) = presented.rsplit_once('~').unwrap();
        let (issuer_jwt, _) = before.split_once('~').unwrap();
        check(&self.issuer, issuer_jwt);
        let Some(RequiredKeyBinding::Jwk(jwk)) = sd_jwt.required_key_bind() else { panic_without_key() };
        check(&read_key(self.workload.kind, jwk), key_binding);
        let claims = sd_jwt.key_binding_jwt().unwrap().claims();
        let (with_tilde, _) = presented.split_at(before.len() + 1);
        assert_eq!(claims.sd_hash, AwsHasher.encoded_digest(with_tilde));
        assert!(claims.nonce == NONCE && claims.aud == AUDIENCE && claims.iat == NOW);
        let object = sd_jwt.into_disclosed_object(&AwsHasher).unwrap();
        assert!(object.get("exp").and_then(Value::as_i64).is_some_and(|exp| exp > NOW));
        black_box(object);
    }
}

/// Keeps the unlikely way out of the measured function.
#[cold]
fn panic_without_key() -> ! {
    std::process::exit(1)
}

fn read_key(kind: Kind, jwk: &JsonObject) -> ParsedPublicKey {
    let coordinate = |name: &str| base64url::decode(jwk.get(name).unwrap().as_str().unwrap()).unwrap();
    let (algorithm, bytes): (&'static dyn VerificationAlgorithm, _) = match kind {
        Kind::Es256 => (&ECDSA_P256_SHA256_FIXED, [vec![4], coordinate("x"), coordinate("y")].concat()),
        Kind::EdDsa => (&ED25519, coordinate("x")),
    };
    ParsedPublicKey::new(algorithm, bytes).unwrap()
}

fn check(key: &ParsedPublicKey, jwt: &str) {
    let (message, signature) = jwt.rsplit_once('.').unwrap();
    key.verify_sig(message.as_bytes(), &base64url::decode(signature).unwrap()).unwrap();
}

struct PeerSigner<'w>(&'w Signer);

// What `async_trait` makes of the trait's one method.
impl JwsSigner for PeerSigner<'_> {
    type Error = String;

    fn sign<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        header: &'life1 JsonObject,
        payload: &'life2 JsonObject,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        let (header, payload) = (serde_json::to_vec(header).unwrap(), serde_json::to_vec(payload).unwrap());
        let input = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
        let signature = self.0.sign(input.as_bytes());
        let jws = format!("{input}.{}", base64url::encode(signature));
        Box::pin(std::future::ready(Ok(jws.into_bytes())))
    }
}

/// The peer as issuer and holder.
pub struct Holder<'w> {
    workload: &'w Workload,
    held: SdJwt,
    bound_to: JsonObject,
    pointers: Vec<String>,
}

impl<'w> Holder<'w> {
    /// Prepares what is prepared once.
    pub fn new(workload: &'w Workload) -> Self {
        Self {
            workload,
            held: SdJwt::parse(&workload.issued).unwrap(),
            bound_to: workload.holder.key.public_key().unwrap().to_jwk(),
            pointers: DISCLOSABLE.iter().map(|name| format!("/{name}")).collect(),
        }
    }

    /// Issues once.
    pub fn issue(&self) {
        let claims = Value::Object(self.workload.claims.clone());
        let mut builder = SdJwtBuilder::new_with_hasher(claims, AwsHasher).unwrap();
        for pointer in &self.pointers {
            builder = builder.make_concealable(pointer).unwrap();
        }
        let builder = builder
            .header("typ", "dc+sd-jwt")
            .require_key_binding(RequiredKeyBinding::Jwk(self.bound_to.clone()));
        let signer = PeerSigner(&self.workload.issuer);
        let issued = ready(builder.finish(&signer, self.workload.kind.name())).unwrap();
        black_box(issued.presentation());
    }

    /// Presents once.
    pub fn present(&self) {
        let (shown, _) = self.pointers.split_at(4);
        let mut builder = self.held.clone().into_presentation(&AwsHasher).unwrap().conceal_all();
        for pointer in shown {
            builder = builder.disclose(pointer).unwrap();
        }
        let (mut sd_jwt, _) = builder.finish();
        let signer = PeerSigner(&self.workload.holder);
        let key_binding = KeyBindingJwt::builder().iat(NOW).aud(AUDIENCE).nonce(NONCE);
        let key_binding =
            ready(key_binding.finish(&sd_jwt, &AwsHasher, self.workload.kind.name(), &signer)).unwrap();
        sd_jwt.attach_key_binding_jwt(key_binding);
        black_box(sd_jwt.presentation());
    }
}

/// The result of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic_without_key(),
    }
}
