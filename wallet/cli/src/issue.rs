//! `bookbag issue`: sign claims as an SD-JWT.

use std::path::PathBuf;
use std::process::ExitCode;

use bookbag_credential::ClaimPath;
use bookbag_credential::sd_jwt::{Issuance, Profile};
use bookbag_crypto::HashAlgorithm;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use serde_json::{Map, json};

use crate::output::{Failure, Output};
use crate::verify::ProfileArg;
use crate::{input, keys};

/// Sign claims as an SD-JWT VC (or a plain SD-JWT) and print it, with every disclosure.
///
/// Claims named by --disclosable are hidden behind digests. The holder later chooses which of them to show. Whatever
/// else is in the credential is shown to every verifier.
#[derive(Args)]
pub(crate) struct Issue {
    /// The claims, a JSON object. An SD-JWT VC needs `vct`, which names its type.
    #[arg(long, value_name = "FILE")]
    claims: PathBuf,
    /// A claim that the holder may withhold. May be given many times. A claim and another within it may both be named:
    /// then the outer one is shown with or without the inner one.
    #[arg(long, value_name = "PATH", value_parser = input::parse_path)]
    disclosable: Vec<ClaimPath>,
    /// The issuer's private key, a JWK or PKCS#8 in PEM.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The holder's public key, to which the credential is bound. A file (JWK or PEM), or a JWK itself.
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    holder: Option<String>,
    /// Further members of the header, such as `kid` and `x5c`, as a JSON object.
    #[arg(long, value_name = "FILE")]
    header: Option<PathBuf>,
    /// Which rules apply.
    #[arg(long, value_enum, default_value_t)]
    profile: ProfileArg,
    /// Add up to this many decoy digests wherever something is hidden. How many is drawn at random.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    decoys: u8,
    /// The hash function for the disclosures.
    #[arg(long, value_enum, default_value_t)]
    hash: Hash,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Hash {
    #[default]
    #[value(name = "sha-256")]
    Sha256,
    #[value(name = "sha-384")]
    Sha384,
    #[value(name = "sha-512")]
    Sha512,
}

impl Issue {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let key = keys::signing_key(&self.key)?;
        let holder = self.holder.as_deref().map(keys::public_key).transpose()?;
        let issuance = Issuance {
            profile: Profile::from(self.profile),
            algorithm: key.algorithm(),
            header: self.header.as_deref().map_or_else(|| Ok(Map::new()), input::object)?,
            claims: input::object(&self.claims)?,
            holder: holder.as_ref(),
            disclosable: &self.disclosable,
            decoys: self.decoys,
            hash: match self.hash {
                Hash::Sha256 => HashAlgorithm::Sha256,
                Hash::Sha384 => HashAlgorithm::Sha384,
                Hash::Sha512 => HashAlgorithm::Sha512,
            },
        };
        let unsigned =
            issuance.prepare(input::entropy()?).map_err(|error| Failure::Cannot(error.to_string()))?;
        let signature = key.sign(unsigned.signing_input());
        let token = unsigned.assemble(&signature);
        output.answer(&json!({"result": "issued", "credential": token}), || token.clone())?;
        Ok(ExitCode::SUCCESS)
    }
}

impl From<ProfileArg> for Profile {
    fn from(profile: ProfileArg) -> Self {
        match profile {
            ProfileArg::SdJwt => Self::SdJwt,
            ProfileArg::SdJwtVc => Self::SdJwtVc,
        }
    }
}
