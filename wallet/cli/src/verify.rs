//! `bookbag verify`: the truth about a credential or presentation.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::AnsiColor;
use bookbag_credential::sd_jwt::{
    self, AcceptedTypes, Context, KeyBinding, MaxAge, Profile, Transaction, VerifiedPresentation,
};
use bookbag_credential::status::{StatusEvidence, VerifiedStatusList};
use bookbag_credential::trust::issuer::{IssuerMetadata, JwkSet};
use bookbag_credential::trust::x509::{Purpose, TrustAnchors};
use bookbag_credential::trust::{IssuerTrust, TrustedBy};
use bookbag_credential::{ClaimPath, UnixTime};
use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, ValueEnum};
use serde_json::{Value, json};

use crate::output::{Failure, Output, paint, shown};
use crate::{input, keys};

/// Check a credential or presentation, and print its claims if every check holds.
///
/// You say whom to believe: by the issuer's keys, by trust anchors for the certificates in the token, or by the
/// metadata that an issuer publishes. Nothing is fetched.
///
/// If the credential names a status list, the list must be given. Key binding is required if --audience and --nonce
/// are given. A key binding that comes unasked must be good too.
///
/// The claims go to standard output, and a summary of what was checked to standard error.
#[derive(Args)]
#[command(group = ArgGroup::new("trust").required(true).args(["issuer_key", "trust_anchor", "issuer_metadata"]))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Verify {
    /// The file with the credential or presentation.
    file: PathBuf,
    /// An issuer's public key to believe. A file (JWK, JWK Set or PEM), or a JWK itself. May be given many times.
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    issuer_key: Vec<String>,
    /// Certificates of authorities to believe, in PEM. May be given many times.
    #[arg(long, value_name = "FILE")]
    trust_anchor: Vec<PathBuf>,
    /// The metadata document that the issuer publishes (/.well-known/jwt-vc-issuer).
    #[arg(long, value_name = "FILE", requires = "issuer")]
    issuer_metadata: Option<PathBuf>,
    /// The issuer whose metadata it is. The token must say the same in `iss`.
    #[arg(long, value_name = "URL", requires = "issuer_metadata", conflicts_with_all = ["issuer_key", "trust_anchor"])]
    issuer: Option<String>,
    /// With --trust-anchor: ask that `iss`, where present, is a name in the certificate.
    // Said twice: clap drops a requirement whose argument conflicts with one that is there.
    #[arg(long, requires = "trust_anchor", conflicts_with_all = ["issuer_key", "issuer_metadata"])]
    issuer_in_certificate: bool,
    /// With --trust-anchor: ask that the chain keeps the rules of HAIP 1.0. It must not contain the anchor, and its leaf
    /// must not be self-signed.
    // Said twice: clap drops a requirement whose argument conflicts with one that is there.
    #[arg(long, requires = "trust_anchor", conflicts_with_all = ["issuer_key", "issuer_metadata"])]
    haip: bool,
    /// Which rules apply.
    #[arg(long, value_enum, default_value_t)]
    profile: ProfileArg,
    /// The verifier that the key binding must name.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    audience: Option<String>,
    /// The nonce that the key binding must repeat.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    nonce: Option<String>,
    /// The time of the check, if not now. Seconds since 1970, or a date and time such as 2026-03-12T09:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = input::parse_time, allow_negative_numbers = true)]
    at: Option<UnixTime>,
    /// How old the key binding may be, in seconds, or `none` for any age.
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = parse_max_age)]
    key_binding_max_age: MaxAge,
    /// Refuse without key binding. It is so anyway where --audience and --nonce are given, which this needs.
    #[arg(long, requires_all = ["audience", "nonce"])]
    require_key_binding: bool,
    /// Do not ask for key binding, and say so. It is the same as leaving --audience and --nonce out.
    #[arg(long, conflicts_with_all = ["require_key_binding", "audience", "nonce"])]
    no_key_binding: bool,
    /// A status list token. May be given many times. For an SD-JWT VC it is a JWT, for a plain SD-JWT a JWT or CWT.
    #[arg(long, value_name = "FILE")]
    status_list: Vec<PathBuf>,
    /// A key to believe for status lists, whoever issued the credential. May be given many times. Without it, a list
    /// must be signed by the credential's issuer.
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    status_key: Vec<String>,
    /// A type that will do. May be given many times. Without this, any type will do.
    #[arg(long, value_name = "TYPE")]
    vct: Vec<String>,
    /// A claim that must be there. May be given many times.
    #[arg(long, value_name = "PATH", value_parser = input::parse_path)]
    require_claim: Vec<ClaimPath>,
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub(crate) enum ProfileArg {
    /// A plain SD-JWT, by RFC 9901 alone.
    SdJwt,
    /// A verifiable credential, SD-JWT VC.
    #[default]
    SdJwtVc,
}

impl Verify {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let now = input::time(self.at);
        let trust = self.trust()?;
        let lists = self.status_lists(&trust, now)?;
        let context = Context {
            profile: Profile::from(self.profile),
            issuer: &trust,
            key_binding: self.key_binding()?,
            status: self.evidence(&lists),
            types: if self.vct.is_empty() { AcceptedTypes::Any } else { AcceptedTypes::OneOf(&self.vct) },
            required_claims: &self.require_claim,
            now,
        };
        let verified = sd_jwt::verify(&input::token(&self.file)?, &context)?;
        let report = Report::of(&verified);
        let payload = Value::Object(verified.claims().clone());
        output.answer_with_note(&report.to_json(&payload), &payload, || report.to_text())?;
        Ok(ExitCode::SUCCESS)
    }

    fn trust(&self) -> Result<IssuerTrust, Failure> {
        if let (Some(file), Some(issuer)) = (&self.issuer_metadata, &self.issuer) {
            return match IssuerMetadata::parse(&input::bytes(file)?, issuer).map_err(usage(file))? {
                IssuerMetadata::Here(keys) => Ok(IssuerTrust::metadata(keys)),
                IssuerMetadata::Elsewhere(elsewhere) => Err(Failure::Usage(format!(
                    "the metadata does not hold the keys but points to {}: fetch them, and give them as --issuer-key",
                    shown(elsewhere.uri())
                ))),
            };
        }
        if self.trust_anchor.is_empty() {
            return Ok(IssuerTrust::pinned(key_set(&self.issuer_key)?));
        }
        let mut purpose = Purpose::signatures();
        if self.issuer_in_certificate {
            purpose = purpose.with_issuer_named();
        }
        if self.haip {
            purpose = purpose.with_haip();
        }
        let mut anchors = TrustAnchors::default();
        for file in &self.trust_anchor {
            anchors = anchors.and(TrustAnchors::from_pem(&input::text(file)?).map_err(usage(file))?);
        }
        Ok(IssuerTrust::anchors(anchors, purpose))
    }

    fn status_lists(&self, issuer: &IssuerTrust, now: UnixTime) -> Result<Vec<VerifiedStatusList>, Failure> {
        let keys = key_set(if self.status_key.is_empty() { &self.issuer_key } else { &self.status_key })?;
        let own = IssuerTrust::pinned(keys.clone());
        let trust = if self.status_key.is_empty() { issuer } else { &own };
        self.status_list.iter().map(|file| status_list(file, trust, &keys, now)).collect()
    }

    /// Whether the lists count because the issuer signed them, or because the user trusts who did.
    fn evidence<'l>(&self, lists: &'l [VerifiedStatusList]) -> StatusEvidence<'l> {
        match (lists, self.status_key.is_empty()) {
            ([], _) => StatusEvidence::NamesNoList,
            (_, true) => StatusEvidence::ByIssuer(lists),
            (_, false) => StatusEvidence::ByAuthority(lists),
        }
    }

    fn key_binding(&self) -> Result<KeyBinding<'_>, Failure> {
        match (&self.audience, &self.nonce) {
            (Some(audience), Some(nonce)) => {
                Ok(KeyBinding::Required(Transaction { audience, nonce, max_age: self.key_binding_max_age }))
            }
            (None, None) => Ok(KeyBinding::NotRequired),
            _ => Err(Failure::Usage(
                "key binding is checked against both: give --audience and --nonce, or --no-key-binding"
                    .into(),
            )),
        }
    }
}

/// Reads a status list token in either form: a CWT is CBOR, which no JWT looks like.
fn status_list(
    file: &Path,
    trust: &IssuerTrust,
    keys: &JwkSet,
    now: UnixTime,
) -> Result<VerifiedStatusList, Failure> {
    let bytes = input::bytes(file)?;
    if let Ok(text) = std::str::from_utf8(&bytes)
        && text.contains('.')
    {
        return Ok(VerifiedStatusList::verify_jwt(text.trim_end_matches(['\r', '\n']), trust, now)?);
    }
    let mut refused = Failure::Usage(format!(
        "{} is a CWT, which names no certificates: give the key it is signed with as --status-key",
        file.display()
    ));
    for key in keys.keys() {
        match VerifiedStatusList::verify_cwt(&bytes, key, now) {
            Ok(list) => return Ok(list),
            Err(refusal) => refused = refusal.into(),
        }
    }
    Err(refused)
}

fn key_set(arguments: &[String]) -> Result<JwkSet, Failure> {
    let mut set = JwkSet::default();
    for argument in arguments {
        set = set.and(keys::public_keys(argument)?);
    }
    Ok(set)
}

fn usage(file: &Path) -> impl Fn(bookbag_credential::Refusal) -> Failure {
    move |refusal| Failure::Usage(format!("{}: {refusal}", file.display()))
}

fn parse_max_age(text: &str) -> Result<MaxAge, String> {
    match text {
        "none" => Ok(MaxAge::Any),
        _ => text.parse().map(MaxAge::Seconds).map_err(|_| "write a number of seconds, or `none`".into()),
    }
}

/// What is said about a presentation beside its payload.
struct Report {
    issuer: Value,
    issuer_text: String,
    key_binding: Value,
    key_binding_text: &'static str,
    status: Value,
    status_text: String,
    disclosed: Vec<ClaimPath>,
}

impl Report {
    fn of(verified: &VerifiedPresentation<'_>) -> Self {
        let (issuer, issuer_text) = issuer(verified);
        let (key_binding, key_binding_text) = key_binding(verified);
        let (status, status_text) = match verified.status().reference() {
            None => (Value::Null, "names no status list".to_owned()),
            Some(reference) => (
                json!({"uri": reference.uri(), "idx": reference.index(), "status": "VALID"}),
                format!("valid: entry {} of {}", reference.index(), shown(reference.uri())),
            ),
        };
        let disclosed = verified.disclosed().cloned().collect();
        Self { issuer, issuer_text, key_binding, key_binding_text, status, status_text, disclosed }
    }

    fn to_json(&self, payload: &Value) -> Value {
        json!({
            "result": "accepted",
            "payload": payload,
            "disclosed": self.disclosed.iter().map(ClaimPath::to_json).collect::<Value>(),
            "issuer": self.issuer,
            "key_binding": self.key_binding,
            "status": self.status,
        })
    }

    fn to_text(&self) -> String {
        let disclosed: Vec<_> = self.disclosed.iter().map(|path| shown(&path.to_string())).collect();
        let disclosed = if disclosed.is_empty() { "nothing".to_owned() } else { disclosed.join(", ") };
        format!(
            "{}\n  issuer       {}\n  key binding  {}\n  status       {}\n  disclosed    {disclosed}\n",
            paint("Accepted", AnsiColor::Green),
            self.issuer_text,
            self.key_binding_text,
            self.status_text,
        )
    }
}

fn issuer(verified: &VerifiedPresentation<'_>) -> (Value, String) {
    let key = verified.issuer_key();
    let thumbprint = key.key().thumbprint();
    match key.by() {
        TrustedBy::Pinned => (
            json!({"trusted_by": "key", "thumbprint": thumbprint}),
            format!("signed by the key given, {thumbprint}"),
        ),
        TrustedBy::Metadata { issuer } => (
            json!({"trusted_by": "metadata", "issuer": issuer, "thumbprint": thumbprint}),
            format!("signed by a key that {} publishes", shown(issuer)),
        ),
        TrustedBy::Chain(leaf) => {
            let name = leaf.organisation().or(leaf.common_name()).unwrap_or("a party without a name");
            let document = json!({
                "trusted_by": "certificate", "organisation": leaf.organisation(), "common_name": leaf.common_name(),
                "dns_names": leaf.dns_names(), "uris": leaf.uris(), "not_after": leaf.not_after().0,
                "thumbprint": thumbprint,
            });
            (document, format!("signed by {}, certified up to the trust anchor", shown(name)))
        }
        _ => (json!({"thumbprint": thumbprint}), thumbprint),
    }
}

fn key_binding(verified: &VerifiedPresentation<'_>) -> (Value, &'static str) {
    match verified.key_binding() {
        None => (Value::Null, "not asked for, and there is none"),
        Some(bound) => {
            let document = json!({
                "for_this_transaction": bound.for_this_transaction(), "holder": bound.holder().to_jwk(),
                "thumbprint": bound.holder().thumbprint(), "claims": bound.claims(),
            });
            let text = if bound.for_this_transaction() {
                "the holder signed for this verifier and nonce"
            } else {
                "the holder signed, for whom and when was not asked"
            };
            (document, text)
        }
    }
}
