//! `bookbag inspect`: what a token says, believed by nobody.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::AnsiColor;
use bookbag_credential::sd_jwt::{Compact, Held, Visibility};
use bookbag_crypto::jws::Jws;
use bookbag_crypto::{HashAlgorithm, base64url, json};
use clap::Args;
use serde_json::{Value, json};

use crate::input;
use crate::output::{Failure, Output, paint, pretty, shown};

/// Show what is in a token: header, payload, disclosures, key binding. NOTHING IS VERIFIED.
///
/// Takes an SD-JWT in compact or JSON form, with or without key binding, or a plain JWT. A disclosure or key binding
/// that cannot be read is shown with what is wrong with it.
#[derive(Args)]
pub(crate) struct Inspect {
    /// The file with the token.
    file: PathBuf,
}

impl Inspect {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let token = input::token(&self.file)?;
        let compact = match Compact::parse(&token) {
            Ok(compact) => compact,
            Err(_) if !token.contains('~') => {
                Compact { issuer_jwt: &token, disclosures: Vec::new(), key_binding: None, sd_jwt: &token }
            }
            Err(refusal) => return Err(refusal.into()),
        };
        let issued = jwt(compact.issuer_jwt)?;
        let hash = issued.pointer("/payload/_sd_alg").and_then(Value::as_str).unwrap_or("sha-256");
        let hash = HashAlgorithm::from_name(hash);
        let disclosures: Vec<_> = compact.disclosures.iter().map(|text| disclosure(text, hash)).collect();
        let document = json!({
            "verified": false,
            "header": issued.get("header"),
            "payload": issued.get("payload"),
            "disclosures": disclosures,
            "key_binding": compact.key_binding.map(|token| jwt(token).unwrap_or_else(|error| problem(&error))),
            "claims": claims(compact.sd_jwt),
        });
        output.answer(&document, || text(&document))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Header and payload of a JWT with any algorithm.
fn jwt(token: &str) -> Result<Value, Failure> {
    let cannot = |error: &dyn std::fmt::Display| Failure::Cannot(format!("not a JWT: {error}"));
    let jws = Jws::parse_any(token).map_err(|error| cannot(&error))?;
    let bytes = jws.dangerous_unverified_payload().map_err(|error| cannot(&error))?;
    let payload = json::parse(&bytes).map_err(|error| cannot(&error))?;
    Ok(json!({"header": jws.header().members(), "payload": payload}))
}

fn disclosure(encoded: &str, hash: Option<HashAlgorithm>) -> Value {
    let digest = hash.map(|hash| base64url::encode(hash.digest(encoded)));
    let content = base64url::decode(encoded).ok().and_then(|bytes| json::parse(&bytes).ok());
    let mut document = match content.as_ref().and_then(Value::as_array).map(Vec::as_slice) {
        Some([salt, value]) => json!({"salt": salt, "value": value}),
        Some([salt, name, value]) => json!({"salt": salt, "name": name, "value": value}),
        _ => json!({"problem": "not a disclosure (RFC 9901 section 4.2)"}),
    };
    if let Some(document) = document.as_object_mut() {
        document.insert("digest".into(), digest.into());
        document.insert("disclosure".into(), encoded.into());
    }
    document
}

/// Every claim and whether the holder may withhold it, if the digests and disclosures fit together.
fn claims(sd_jwt: &str) -> Value {
    match Held::parse(sd_jwt).and_then(|held| held.claims()) {
        Ok(claims) => claims
            .into_iter()
            .map(|claim| json!({"path": claim.path.to_json(), "visibility": visibility(claim.visibility)}))
            .collect(),
        Err(refusal) => json!({"problem": refusal.to_string()}),
    }
}

fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Clear => "clear",
        Visibility::Disclosable => "disclosable",
        Visibility::WithParent => "with_parent",
    }
}

fn problem(failure: &Failure) -> Value {
    json!({"problem": failure.to_string()})
}

fn text(document: &Value) -> String {
    let mut text =
        format!("{}: this is what the token says, true or not.\n", paint("NOT VERIFIED", AnsiColor::Yellow));
    for (title, part) in [
        ("Header", "header"),
        ("Payload", "payload"),
        ("Disclosures", "disclosures"),
        ("Key binding", "key_binding"),
    ] {
        let value = document.get(part).unwrap_or(&Value::Null);
        let value = match value {
            Value::Null => "none".to_owned(),
            Value::Array(list) if list.is_empty() => "none".to_owned(),
            value => shown_lines(&pretty(value)),
        };
        let _ = write!(text, "\n{}\n{value}\n", paint(title, AnsiColor::Cyan));
    }
    let _ = write!(text, "\n{}\n", paint("Claims", AnsiColor::Cyan));
    match document.get("claims") {
        Some(Value::Array(claims)) => claims.iter().for_each(|claim| text += &claim_line(claim)),
        other => text += &shown_lines(&pretty(other.unwrap_or(&Value::Null))),
    }
    text
}

fn claim_line(claim: &Value) -> String {
    let how = match claim.get("visibility").and_then(Value::as_str) {
        Some("disclosable") => "disclosable",
        Some("with_parent") => "with what it lies in",
        _ => "always shown",
    };
    let path = claim.get("path").map(Value::to_string).unwrap_or_default();
    format!("  {how:<20}  {}\n", shown(&path))
}

fn shown_lines(text: &str) -> String {
    text.lines().map(shown).collect::<Vec<_>>().join("\n")
}
