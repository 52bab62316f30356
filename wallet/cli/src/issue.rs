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
/// Claims named by --disclosable are hidden behind digests; the holder later chooses which of them to show. Naming a
/// claim and something within it makes a recursive disclosure.
#[derive(Args)]
pub(crate) struct Issue {
    /// The claims, a JSON object. An SD-JWT VC needs `vct`.
    #[arg(long, value_name = "FILE")]
    claims: PathBuf,
    /// A claim to be made selectively disclosable; may be given many times.
    #[arg(long, value_name = "PATH", value_parser = input::parse_path)]
    disclosable: Vec<ClaimPath>,
    /// The issuer's private key: JWK or PKCS#8 PEM.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The holder's public key, which the credential is bound to: a file (JWK or PEM), or a JWK itself.
    #[arg(long, value_name = "JWK", value_parser = NonEmptyStringValueParser::new())]
    holder: Option<String>,
    /// Further members of the header, such as kid and x5c: a JSON object.
    #[arg(long, value_name = "FILE")]
    header: Option<PathBuf>,
    /// Which rules apply.
    #[arg(long, value_enum, default_value_t)]
    profile: ProfileArg,
    /// Most decoy digests to add at each level that hides something; how many is drawn at random.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    decoys: u8,
    /// The hash of the disclosures.
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
