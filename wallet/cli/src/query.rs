//! `bookbag query`: what a DCQL query would find among credentials.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::AnsiColor;
use bookbag_credential::sd_jwt::{Compact, Held};
use bookbag_credential::trust::x509::Chain;
use bookbag_crypto::jws::Jws;
use bookbag_crypto::{base64url, json};
use bookbag_protocol::dcql::{self, Candidate};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::input;
use crate::output::{Failure, Output, paint, pretty, shown};

/// Find the credentials that answer a DCQL query (OpenID4VP 1.0).
///
/// Says which credentials fit and with which claims, and why the others do not.
///
/// Exit status 0 if the query can be answered, 1 if not.
#[derive(Args)]
pub(crate) struct Query {
    /// The query, as JSON.
    #[arg(long, value_name = "FILE")]
    dcql: PathBuf,
    /// A credential: an SD-JWT VC as it came from its issuer. May be given many times. Other credentials are described
    /// by a JSON object with `format`, `vct` or `doctype`, `holder_binding` and `claims`.
    #[arg(long, value_name = "FILE")]
    credential: Vec<PathBuf>,
    /// Refuse queries that only the drafts before OpenID4VP 1.0 allow. Without this they are tolerated, and the answer
    /// says what was.
    #[arg(long)]
    strict: bool,
}

impl Query {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let written = input::bytes(&self.dcql)?;
        let (query, tolerated) = if self.strict {
            (dcql::Query::parse(&written)?, Vec::new())
        } else {
            dcql::Query::parse_tolerant(&written)?
        };
        let described = self.credential.iter().map(|file| describe(file)).collect::<Result<Vec<_>, _>>()?;
        let mut candidates = Vec::with_capacity(described.len());
        for (file, description) in self.credential.iter().zip(&described) {
            let candidate = Candidate::from_json(description)
                .map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?;
            candidates.push(candidate);
        }
        let answer = query.match_candidates(&candidates);
        let satisfied = answer.satisfied();
        let mut document = answer.to_json();
        if let Some(document) = document.as_object_mut() {
            document.insert("tolerated".into(), tolerated.iter().map(ToString::to_string).collect());
        }
        output.answer(&document, || text(&document, &self.credential))?;
        Ok(if satisfied { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// A credential in the form of a description.
fn describe(file: &Path) -> Result<Value, Failure> {
    let text = input::text(file)?;
    if text.trim_start().starts_with('{')
        && let Value::Object(object) = json::parse(text.as_bytes())
            .map_err(|error| Failure::Usage(format!("{} is not JSON: {error}", input::name(file))))?
        && object.contains_key("format")
    {
        return Ok(Value::Object(object));
    }
    describe_sd_jwt(&input::compact(&text, file)?)
}

fn describe_sd_jwt(token: &str) -> Result<Value, Failure> {
    let held = Held::parse(token)?;
    let payload = held.payload();
    let others = payload.get("aka_vcts").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut description = Map::from_iter([
        ("format".to_owned(), json!("dc+sd-jwt")),
        ("types".to_owned(), payload.get("vct").cloned().into_iter().chain(others).collect()),
        ("holder_binding".to_owned(), held.holder_key().is_ok().into()),
        ("claims".to_owned(), Value::Object(payload.clone())),
    ]);
    let authorities: Vec<_> = authority_key_ids(token);
    if !authorities.is_empty() {
        description.insert("authority".into(), json!({"type": "aki", "values": authorities}));
    }
    Ok(Value::Object(description))
}

/// The authorities that the certificates in the token name, for `trusted_authorities`.
fn authority_key_ids(token: &str) -> Vec<String> {
    let header = Compact::parse(token).ok().and_then(|compact| Jws::parse(compact.issuer_jwt).ok());
    let x5c = header.as_ref().and_then(|jws| jws.header().members().get("x5c"));
    let chain = x5c.and_then(|x5c| Chain::from_x5c(x5c).ok());
    chain.iter().flat_map(Chain::authority_key_ids).map(base64url::encode).collect()
}

fn text(document: &Value, files: &[PathBuf]) -> String {
    let satisfied = document.get("satisfied") == Some(&Value::Bool(true));
    let mut text = if satisfied {
        paint("The query can be answered", AnsiColor::Green)
    } else {
        paint("The query cannot be answered", AnsiColor::Red)
    };
    for tolerated in list(document, "tolerated") {
        let _ = write!(text, "\n  tolerated: {}", shown(tolerated.as_str().unwrap_or_default()));
    }
    for query in list(document, "credentials") {
        let _ = write!(text, "\n\n{}", member(query, "id"));
        for found in list(query, "matches") {
            let _ = write!(text, "\n  fits    {}", name(found, files));
            for set in list(found, "claim_sets") {
                let paths: Vec<_> = list(set, "disclose").map(Value::to_string).collect();
                let _ = write!(text, "\n          shows {}", shown(&paths.join(" ")));
            }
        }
        for missed in list(query, "mismatches") {
            let _ = write!(text, "\n  no      {}: {}", name(missed, files), member(missed, "reason"));
            for claim in list(missed, "claim_sets").flat_map(|set| list(set, "claims")) {
                let path = claim.get("path").map(Value::to_string).unwrap_or_default();
                let _ = write!(text, "\n          {} {}", shown(&path), member(claim, "problem"));
            }
        }
    }
    text
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn member(value: &Value, name: &str) -> String {
    value.get(name).map_or_else(String::new, |value| value.as_str().map_or_else(|| pretty(value), shown))
}

fn name(entry: &Value, files: &[PathBuf]) -> String {
    let index = entry.get("candidate").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
    index.and_then(|index| files.get(index)).map(|file| shown(&file.to_string_lossy())).unwrap_or_default()
}
