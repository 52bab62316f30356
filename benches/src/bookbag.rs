//! Bookbag at work.

use std::hint::black_box;

use bookbag_credential::sd_jwt::{
    AcceptedTypes, Context, Held, Issuance, KeyBinding, MaxAge, Profile, Proof, Transaction, verify,
};
use bookbag_credential::status::StatusEvidence;
use bookbag_credential::trust::IssuerTrust;
use bookbag_credential::{ClaimPath, UnixTime};
use bookbag_crypto::{Entropy, HashAlgorithm, PublicKey, Signature};
use serde_json::Map;

use crate::workload::{AUDIENCE, DISCLOSABLE, NONCE, NOW, Workload};

/// A verifier with its policy.
pub struct Verifier<'w> {
    workload: &'w Workload,
    issuer: IssuerTrust,
    types: [String; 1],
    required: [ClaimPath; 2],
}

impl<'w> Verifier<'w> {
    /// Prepares what is prepared once.
    pub fn new(workload: &'w Workload) -> Self {
        Self {
            workload,
            issuer: IssuerTrust::pinned(workload.issuer.key.public_key().unwrap()),
            types: ["https://school.example/enrolment".to_owned()],
            required: [ClaimPath::top("exp"), ClaimPath::top("birthdate")],
        }
    }

    /// Does the work once.
    pub fn run(&self) {
        let transaction = Transaction { audience: AUDIENCE, nonce: NONCE, max_age: MaxAge::Seconds(300) };
        let context = Context {
            profile: Profile::SdJwtVc,
            issuer: &self.issuer,
            key_binding: KeyBinding::Required(transaction),
            status: StatusEvidence::NamesNoList,
            types: AcceptedTypes::OneOf(&self.types),
            required_claims: &self.required,
            now: UnixTime(NOW),
        };
        black_box(verify(black_box(&self.workload.presented), &context).unwrap());
    }
}

/// An issuer and a holder with what they prepare once.
pub struct Holder<'w> {
    workload: &'w Workload,
    held: Held<'w>,
    bound_to: PublicKey,
    disclosable: Vec<ClaimPath>,
}

impl<'w> Holder<'w> {
    /// Prepares what is prepared once.
    pub fn new(workload: &'w Workload) -> Self {
        Self {
            workload,
            held: Held::parse(&workload.issued).unwrap(),
            bound_to: workload.holder.key.public_key().unwrap(),
            disclosable: paths(),
        }
    }

    /// Issues once.
    pub fn issue(&self) {
        black_box(issue_to(self.workload, &self.bound_to, &self.disclosable));
    }

    /// Presents once.
    pub fn present(&self) {
        let (shown, _) = self.disclosable.split_at(4);
        black_box(present_from(self.workload, &self.held, &self.bound_to, shown));
    }
}

/// The credential of the workload.
pub fn issue(workload: &Workload) -> String {
    issue_to(workload, &workload.holder.key.public_key().unwrap(), &paths())
}

/// The presentation of the workload.
pub fn present(workload: &Workload) -> String {
    let held = Held::parse(&workload.issued).unwrap();
    let (shown, _) = DISCLOSABLE.split_at(4);
    let shown: Vec<_> = shown.iter().map(|name| ClaimPath::top(*name)).collect();
    present_from(workload, &held, &workload.holder.key.public_key().unwrap(), &shown)
}

fn issue_to(workload: &Workload, holder: &PublicKey, disclosable: &[ClaimPath]) -> String {
    let issuance = Issuance {
        profile: Profile::SdJwtVc,
        algorithm: workload.kind.algorithm(),
        header: Map::new(),
        claims: workload.claims.clone(),
        holder: Some(holder),
        disclosable,
        decoys: 0,
        hash: HashAlgorithm::Sha256,
    };
    let mut entropy = [0; 32];
    aws_lc_rs::rand::fill(&mut entropy).unwrap();
    let unsigned = issuance.prepare(Entropy::from_secure_random(entropy)).unwrap();
    let signature = Signature::from_bytes(workload.issuer.sign(unsigned.signing_input()));
    unsigned.assemble(&signature)
}

fn present_from(workload: &Workload, held: &Held<'_>, holder: &PublicKey, shown: &[ClaimPath]) -> String {
    let proof = Proof { audience: AUDIENCE, nonce: NONCE, issued_at: UnixTime(NOW), more: Map::new() };
    let unsigned = held.select(shown).unwrap().bind(holder, proof).unwrap();
    let signature = Signature::from_bytes(workload.holder.sign(unsigned.signing_input()));
    unsigned.assemble(&signature)
}

fn paths() -> Vec<ClaimPath> {
    DISCLOSABLE.iter().map(|name| ClaimPath::top(*name)).collect()
}
