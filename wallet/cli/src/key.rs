//! `bookbag key`: make a key, show the public half of one.

use std::path::PathBuf;
use std::process::ExitCode;

use bookbag_crypto::{Algorithm, PublicKey, SigningKey};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::output::{Failure, Output, pretty, say};
use crate::{input, keys};

/// Make keys and look at them.
#[derive(Subcommand)]
pub(crate) enum Key {
    New(New),
    Show(Show),
}

/// Make a new private key in a new file, and print its public half.
///
/// The file can be read by its owner only, and an existing file is never overwritten. Keep it secret: whoever has it
/// can sign as you.
#[derive(Args)]
pub(crate) struct New {
    /// The new file for the private key.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The signature algorithm of the key.
    #[arg(long, value_enum, default_value_t)]
    algorithm: Kind,
    /// How the private key is written.
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// Print the public half of a key, and its thumbprint.
#[derive(Args)]
pub(crate) struct Show {
    /// The file with the key, private or public. It is a JWK or PEM (PKCS#8, or SubjectPublicKeyInfo for public keys).
    file: PathBuf,
    /// How the public key is written.
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Kind {
    /// ECDSA on P-256, which every wallet understands.
    #[default]
    #[value(name = "ES256")]
    Es256,
    /// ECDSA on P-384.
    #[value(name = "ES384")]
    Es384,
    /// Ed25519.
    #[value(name = "EdDSA")]
    EdDsa,
}

#[derive(Clone, Copy, Default, PartialEq, ValueEnum)]
enum Form {
    /// JSON Web Key.
    #[default]
    Jwk,
    /// PEM: PKCS#8 for private keys, SubjectPublicKeyInfo for public ones.
    Pem,
}

impl Key {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        match self {
            Self::New(new) => new.run(output),
            Self::Show(show) => show.run(output),
        }
    }
}

impl New {
    fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let algorithm = match self.algorithm {
            Kind::Es256 => Algorithm::Es256,
            Kind::Es384 => Algorithm::Es384,
            Kind::EdDsa => Algorithm::EdDsa,
        };
        let fail = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
        let key = SigningKey::generate(algorithm, input::entropy()?).map_err(|error| fail(&error))?;
        let secret = match self.format {
            Form::Jwk => key.to_private_jwk_text().map_err(|error| fail(&error))?,
            Form::Pem => key.to_pkcs8_pem().map_err(|error| fail(&error))?,
        };
        input::write_secret(&self.out, secret.trim_end())?;
        print(&key.public_key().map_err(|error| fail(&error))?, Form::Jwk, output)
    }
}

impl Show {
    fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        print(&keys::public_half(&self.file)?, self.format, output)
    }
}

fn print(key: &PublicKey, form: Form, output: Output) -> Result<ExitCode, Failure> {
    let jwk = Value::Object(key.to_jwk());
    let pem = key.to_spki_pem().map_err(|error| Failure::Usage(error.to_string()))?;
    let document = json!({
        "algorithm": key.algorithm().jose_name(), "thumbprint": key.thumbprint(), "public_key": jwk, "pem": pem,
    });
    if !output.json {
        say(&format!("{}, thumbprint {}", key.algorithm(), key.thumbprint()));
    }
    output.answer(&document, || match form {
        Form::Jwk => pretty(&jwk),
        Form::Pem => pem.clone(),
    })?;
    Ok(ExitCode::SUCCESS)
}
