//! The work that all contenders do: one credential with ten disclosable claims, four of them shown.

use bookbag_crypto::{Algorithm, Entropy, SigningKey};
use serde_json::{Map, Value, json};

/// Which algorithm signs for issuer and holder.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// ECDSA on P-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// One credential, and the keys of its issuer and holder.
pub struct Workload {
    /// The algorithm.
    pub kind: Kind,
    /// The issuer's key.
    pub issuer: Signer,
    /// The holder's key.
    pub holder: Signer,
    /// The claims, `cnf` not among them.
    pub claims: Map<String, Value>,
    /// An SD-JWT with every disclosure.
    pub issued: String,
    /// A presentation to [`AUDIENCE`].
    pub presented: String,
}

/// The verifier.
pub const AUDIENCE: &str = "x509_san_dns:council.example";
/// The verifier's nonce.
pub const NONCE: &str = "n-0S6_WzA2MjXZOUco1u_gEPknxS78sWWg";
/// The time of all checks.
pub const NOW: i64 = 1_750_000_000;

/// The disclosable claims; the first four are shown.
pub const DISCLOSABLE: [&str; 10] = [
    "given_name",
    "family_name",
    "birthdate",
    "address",
    "school",
    "year_group",
    "uln",
    "email",
    "telephone",
    "nationality",
];

/// A key as Bookbag has it, and the same key as AWS-LC has it, which signs for everybody.
pub struct Signer {
    /// As Bookbag has it.
    pub key: SigningKey,
    aws: Aws,
}

enum Aws {
    P256(aws_lc_rs::signature::EcdsaKeyPair, aws_lc_rs::rand::SystemRandom),
    Ed25519(aws_lc_rs::signature::Ed25519KeyPair),
}

impl Kind {
    /// Its name in JOSE.
    pub fn name(self) -> &'static str {
        self.algorithm().jose_name()
    }

    /// As Bookbag has it.
    pub fn algorithm(self) -> Algorithm {
        match self {
            Self::Es256 => Algorithm::Es256,
            Self::EdDsa => Algorithm::EdDsa,
        }
    }
}

impl Signer {
    fn new(kind: Kind, byte: u8) -> Self {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
        let secret = [byte; 48];
        let key = SigningKey::generate(kind.algorithm(), Entropy::from_secure_random(secret)).unwrap();
        let jwk = key.public_key().unwrap().to_jwk();
        let coordinate =
            |name: &str| bookbag_crypto::base64url::decode(jwk.get(name).unwrap().as_str().unwrap()).unwrap();
        let (seed, _) = secret.split_at(32);
        let aws = match kind {
            Kind::Es256 => {
                let point = [vec![4], coordinate("x"), coordinate("y")].concat();
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    seed,
                    &point,
                );
                Aws::P256(pair.unwrap(), aws_lc_rs::rand::SystemRandom::new())
            }
            Kind::EdDsa => Aws::Ed25519(Ed25519KeyPair::from_seed_unchecked(seed).unwrap()),
        };
        Self { key, aws }
    }

    /// Signs by AWS-LC, so that no contender is measured by its own signer.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.aws {
            Aws::P256(pair, random) => pair.sign(random, message).unwrap().as_ref().to_vec(),
            Aws::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

impl Workload {
    /// Prepares what is prepared once.
    pub fn new(kind: Kind) -> Self {
        let claims = json!({
            "iss": "https://school.example", "vct": "https://school.example/enrolment", "iat": NOW, "exp": NOW + 31_536_000,
            "given_name": "Ada", "family_name": "Lovelace", "birthdate": "2012-12-10",
            "address": {"street": "1 Mill Lane", "locality": "Bala", "postal_code": "LL23 7AA", "country": "GB"},
            "school": "Ysgol y Bryn", "year_group": 9, "uln": "1234567890", "email": "ada@example.org",
            "telephone": "+441678123456", "nationality": "GB",
        });
        let claims = claims.as_object().unwrap().clone();
        let (issuer, holder) = (Signer::new(kind, 7), Signer::new(kind, 8));
        let mut workload =
            Self { kind, issuer, holder, claims, issued: String::new(), presented: String::new() };
        workload.issued = crate::bookbag::issue(&workload);
        workload.presented = crate::bookbag::present(&workload);
        workload
    }
}
