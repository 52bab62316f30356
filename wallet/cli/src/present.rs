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

/// Show chosen claims of a credential: print an SD-JWT with just their disclosures, bound to the verifier by the
/// holder's key.
///
/// What a claim lies within is shown as far as it must be, and what lies within it is shown too. Claims in the clear
/// are always shown: see `bookbag inspect`.
#[derive(Args)]
pub(crate) struct Present {
    /// The credential as it came from its issuer.
    credential: PathBuf,
    /// A claim to show; may be given many times.
    #[arg(long, value_name = "PATH", value_parser = input::parse_path)]
    claim: Vec<ClaimPath>,
    /// The holder's private key: JWK or PKCS#8 PEM. Without it the presentation is not bound to a verifier.
    #[arg(long, value_name = "FILE", requires_all = ["audience", "nonce"])]
    key: Option<PathBuf>,
    /// The verifier, as the protocol names it.
    #[arg(long, requires = "key", value_parser = NonEmptyStringValueParser::new())]
    audience: Option<String>,
    /// The verifier's nonce.
    #[arg(long, requires = "key", value_parser = NonEmptyStringValueParser::new())]
    nonce: Option<String>,
    /// The time of signing, if not now: seconds since 1970, or RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = input::parse_time, allow_negative_numbers = true)]
    at: Option<UnixTime>,
    /// Further claims for the holder to sign, a JSON object.
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
