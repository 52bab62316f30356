//! The floor: the two signatures of a presentation and nothing else, by the fastest library for each algorithm
//! (AWS-LC for P-256, ed25519-dalek for Ed25519; `--cfg curve25519_dalek_backend` applies to it as to us).

use std::hint::black_box;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use bookbag_crypto::base64url;
use ed25519_dalek::{Signature, VerifyingKey};

use crate::workload::{Kind, Signer, Workload};

/// Two signatures and their keys.
pub struct Floor {
    issuer: Check,
    holder: Check,
}

/// One signature: the key as bytes and as read, what was signed, the signature.
struct Check {
    bytes: Vec<u8>,
    key: Key,
    message: Vec<u8>,
    signature: Vec<u8>,
}

enum Key {
    P256(ParsedPublicKey),
    Ed25519(VerifyingKey),
}

impl Floor {
    /// Prepares what is prepared once.
    pub fn new(workload: &Workload) -> Self {
        let (sd_jwt, key_binding) = workload.presented.rsplit_once('~').unwrap();
        let (issuer_jwt, _) = sd_jwt.split_once('~').unwrap();
        Self {
            issuer: Check::new(workload.kind, &workload.issuer, issuer_jwt),
            holder: Check::new(workload.kind, &workload.holder, key_binding),
        }
    }

    /// Does the work once.
    pub fn run(&self) {
        self.issuer.run(&self.issuer.key);
        self.holder.run(&self.holder.key);
    }

    /// The holder's key comes with the presentation, so reading it cannot be done before.
    pub fn run_reading_the_holder_key(&self) {
        self.issuer.run(&self.issuer.key);
        let key = match self.holder.key {
            Key::P256(_) => Key::p256(black_box(&self.holder.bytes)),
            Key::Ed25519(_) => Key::ed25519(black_box(&self.holder.bytes)),
        };
        self.holder.run(&key);
    }
}

impl Key {
    fn p256(bytes: &[u8]) -> Self {
        Self::P256(ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes).unwrap())
    }

    fn ed25519(bytes: &[u8]) -> Self {
        Self::Ed25519(VerifyingKey::from_bytes(bytes.try_into().unwrap()).unwrap())
    }
}

impl Check {
    fn new(kind: Kind, signer: &Signer, jwt: &str) -> Self {
        let jwk = signer.key.public_key().unwrap().to_jwk();
        let coordinate = |name: &str| base64url::decode(jwk.get(name).unwrap().as_str().unwrap()).unwrap();
        let (message, signature) = jwt.rsplit_once('.').unwrap();
        let bytes = match kind {
            Kind::Es256 => [vec![4], coordinate("x"), coordinate("y")].concat(),
            Kind::EdDsa => coordinate("x"),
        };
        let key = match kind {
            Kind::Es256 => Key::p256(&bytes),
            Kind::EdDsa => Key::ed25519(&bytes),
        };
        Self { bytes, key, message: message.into(), signature: base64url::decode(signature).unwrap() }
    }

    fn run(&self, key: &Key) {
        match key {
            Key::P256(key) => key.verify_sig(black_box(&self.message), black_box(&self.signature)).unwrap(),
            Key::Ed25519(key) => {
                use ed25519_dalek::Verifier as _;
                let signature = Signature::from_slice(black_box(&self.signature)).unwrap();
                key.verify(black_box(&self.message), &signature).unwrap();
            }
        }
    }
}
