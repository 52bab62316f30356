//! Properties of SD-JWT across the crates: whatever is issued comes back as it went in, whatever is chosen is what is
//! shown, whatever is changed is refused, and nothing that is read brings a reader down.
//!
//! What is expected comes from [`naive`], a second reading of RFC 9901 that shares no code with the crates.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where it fails; the model is written to be read"
)]

mod claims;
mod naive;
mod subsets;
mod tampering;
mod total;

use std::sync::LazyLock;

use bookbag_credential::sd_jwt::{
    AcceptedTypes, Context, Issuance, KeyBinding, MaxAge, Profile, Proof, Transaction, UnsignedPresentation,
    VerifiedPresentation, verify,
};
use bookbag_credential::status::StatusEvidence;
use bookbag_credential::trust::IssuerTrust;
use bookbag_credential::{ClaimPath, Refusal, UnixTime};
use bookbag_crypto::{Algorithm, Entropy, HashAlgorithm, PublicKey, SigningKey};
use serde_json::{Map, Value, json};

const NOW: UnixTime = UnixTime(1_750_000_000);
const AUDIENCE: &str = "x509_san_dns:council.example";
const NONCE: &str = "n-0S6_WzA2Mj";

/// A key, and its public half: making either takes longer than a case.
struct Pair {
    key: SigningKey,
    public: PublicKey,
}

static ISSUERS: LazyLock<[Pair; 3]> = LazyLock::new(|| Algorithm::ALL.map(|algorithm| pair(algorithm, 1)));
static HOLDERS: LazyLock<[Pair; 3]> = LazyLock::new(|| Algorithm::ALL.map(|algorithm| pair(algorithm, 2)));

fn pair(algorithm: Algorithm, byte: u8) -> Pair {
    let key = SigningKey::generate(algorithm, Entropy::from_secure_random([byte; 48])).unwrap();
    Pair { public: key.public_key().unwrap(), key }
}

/// A credential to be issued, and how.
#[derive(Debug, Clone)]
struct Case {
    profile: Profile,
    /// Places in [`ISSUERS`] and [`HOLDERS`].
    issuer: usize,
    holder: usize,
    hash: HashAlgorithm,
    decoys: u8,
    salt: [u8; 32],
    claims: Map<String, Value>,
    /// As an issuer writes them: with `null`, one below another, the same one twice.
    disclosable: Vec<naive::Path>,
}

impl Case {
    fn issue(&self) -> String {
        let disclosable: Vec<_> = self.disclosable.iter().map(|path| claim_path(path)).collect();
        let issuer = &ISSUERS[self.issuer];
        let issuance = Issuance {
            profile: self.profile,
            algorithm: issuer.public.algorithm(),
            header: Map::new(),
            claims: self.claims.clone(),
            holder: Some(&HOLDERS[self.holder].public),
            disclosable: &disclosable,
            decoys: self.decoys,
            hash: self.hash,
        };
        let unsigned = issuance.prepare(Entropy::from_secure_random(self.salt)).unwrap();
        let signature = issuer.key.sign(unsigned.signing_input());
        unsigned.assemble(&signature)
    }

    /// The claims as a verifier sees them if all are shown.
    fn whole(&self) -> Value {
        let mut claims = self.claims.clone();
        claims.insert("cnf".into(), json!({"jwk": HOLDERS[self.holder].public.to_jwk()}));
        Value::Object(claims)
    }

    /// The claims that are hidden, each by its own path.
    fn hidden(&self) -> Vec<naive::Path> {
        let claims = Value::Object(self.claims.clone());
        let mut hidden: Vec<_> =
            self.disclosable.iter().flat_map(|path| naive::resolve(&claims, path)).collect();
        hidden.sort_by_key(|path| Value::from(path.clone()).to_string());
        hidden.dedup();
        hidden
    }

    fn sign(&self, unsigned: UnsignedPresentation) -> String {
        let signature = HOLDERS[self.holder].key.sign(unsigned.signing_input());
        unsigned.assemble(&signature)
    }

    fn verify(
        &self,
        token: &str,
        key_binding: KeyBinding<'static>,
    ) -> Result<VerifiedPresentation<'static>, Refusal> {
        static TRUST: LazyLock<[IssuerTrust; 3]> =
            LazyLock::new(|| [0, 1, 2].map(|issuer| IssuerTrust::pinned(ISSUERS[issuer].public.clone())));
        let context = Context {
            profile: self.profile,
            issuer: &TRUST[self.issuer],
            key_binding,
            status: StatusEvidence::NamesNoList,
            types: AcceptedTypes::Any,
            required_claims: &[],
            now: NOW,
        };
        verify(token, &context)
    }
}

fn proof() -> Proof<'static> {
    Proof { audience: AUDIENCE, nonce: NONCE, issued_at: NOW, more: Map::new() }
}

fn required() -> KeyBinding<'static> {
    KeyBinding::Required(Transaction { audience: AUDIENCE, nonce: NONCE, max_age: MaxAge::Seconds(300) })
}

fn claim_path(path: &[Value]) -> ClaimPath {
    ClaimPath::from_json(&Value::from(path)).unwrap()
}
