//! `bookbag present`: show some claims of a credential to one verifier.

use std::path::PathBuf;
use std::process::ExitCode;

use bookbag_credential::sd_jwt::{Held, PresentError, Proof};
use bookbag_credential::{ClaimPath, UnixTime};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, json};

use crate::output::{Failure, Output};
use crate::{input, keys};

/// Show chosen claims of a credential to one verifier.
///
/// Prints an SD-JWT with the disclosures of those claims alone. With --key, the holder signs that it is for this
/// verifier and nonce.
///
/// All that lies within a chosen claim is shown too, and as much of what it lies within as must be. Claims that are
/// not disclosable are always shown: `bookbag inspect` lists them.
#[derive(Args)]
pub(crate) struct Present {
    /// The file with the credential, as it came from its issuer.
    credential: PathBuf,
    /// A claim to show. May be given many times.
    #[arg(long, value_name = "PATH", value_parser = input::parse_path)]
    claim: Vec<ClaimPath>,
    /// The holder's private key, a JWK or PKCS#8 in PEM. Without it, whoever gets the presentation can pass it on.
    #[arg(long, value_name = "FILE", requires_all = ["audience", "nonce"])]
    key: Option<PathBuf>,
    /// The verifier for whom it is, as the verifier names itself.
    #[arg(long, requires = "key", value_parser = NonEmptyStringValueParser::new())]
    audience: Option<String>,
    /// The nonce that the verifier gave.
    #[arg(long, requires = "key", value_parser = NonEmptyStringValueParser::new())]
    nonce: Option<String>,
    /// The time of signing, if not now. Seconds since 1970, or a date and time such as 2026-03-12T09:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = input::parse_time, allow_negative_numbers = true)]
    at: Option<UnixTime>,
    /// Further claims for the holder to sign, as a JSON object.
    #[arg(long, value_name = "FILE", requires = "key")]
    more: Option<PathBuf>,
}

impl Present {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let token = input::token(&self.credential)?;
        let held = Held::parse(&token)?;
        let selection = held.select(&self.claim).map_err(|error| cannot(&error))?;
        let presentation = match (&self.key, &self.audience, &self.nonce) {
            (Some(key), Some(audience), Some(nonce)) => {
                let key = keys::signing_key(key)?;
                let more = self.more.as_deref().map_or_else(|| Ok(Map::new()), input::object)?;
                let proof = Proof { audience, nonce, issued_at: input::time(self.at), more };
                let public = key.public_key().map_err(|error| Failure::Usage(error.to_string()))?;
                let unsigned = selection.bind(&public, proof).map_err(|error| cannot(&error))?;
                let signature = key.sign(unsigned.signing_input());
                unsigned.assemble(&signature)
            }
            _ => selection.without_key_binding(),
        };
        let document = json!({"result": "presented", "presentation": presentation});
        output.answer(&document, || presentation.clone())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What is wrong, and what to do about it.
fn cannot(error: &PresentError) -> Failure {
    let advice = match error {
        PresentError::NoSuchClaim(_) => ": `bookbag inspect` lists its claims",
        PresentError::NotBound => ": leave out --key, or ask the issuer for one that is bound to your key",
        PresentError::OtherKey => ": give the private key whose public half the issuer was given",
        _ => "",
    };
    Failure::Cannot(format!("{error}{advice}"))
}
