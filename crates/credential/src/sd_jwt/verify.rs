//! Verification: from the text of a presentation to claims that may be read (RFC 9901 section 7).

use bookbag_crypto::json;
use bookbag_crypto::jws::Jws;
use serde_json::{Map, Value};

use super::claims::{self, Validity};
use super::compact::Compact;
use super::key_binding::{self, CheckedKeyBinding, KeyBinding};
use super::process::{self, Disclosed, Processed};
use super::vc;
use crate::check::{Check, Refusal};
use crate::path::ClaimPath;
use crate::status::{self, StatusChecked, StatusEvidence, StatusReference};
use crate::time::UnixTime;
use crate::trust::{IssuerTrust, TrustedKey};

/// Everything a verification depends on beside the token. There is no default for any of it.
#[derive(Debug, Clone, Copy)]
pub struct Context<'v> {
    /// Which rules apply.
    pub profile: Profile,
    /// Whom the verifier believes, by which means.
    pub issuer: &'v IssuerTrust,
    /// Whether the holder must prove possession of its key.
    pub key_binding: KeyBinding<'v>,
    /// What is known about the status of credentials.
    pub status: StatusEvidence<'v>,
    /// The types that will do; for SD-JWT VC only.
    pub types: AcceptedTypes<'v>,
    /// Claims that must be in the processed payload. With [`Profile::SdJwt`] a holder may withhold `exp`, `nbf` and
    /// `status` if the issuer made them disclosable: whoever relies on them names them here (RFC 9901 section 9.7).
    /// SD-JWT VC does not let an issuer hide them.
    pub required_claims: &'v [ClaimPath],
    /// The time of the check.
    pub now: UnixTime,
}

/// Which rules apply to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// RFC 9901 alone.
    SdJwt,
    /// SD-JWT VC on top of it.
    SdJwtVc,
}

/// The credential types that a verifier accepts.
#[derive(Debug, Clone, Copy)]
pub enum AcceptedTypes<'v> {
    /// Any: the caller will look at [`VerifiedPresentation::types`].
    Any,
    /// One of these, as `vct` or among `aka_vcts`.
    OneOf(&'v [String]),
}

/// A presentation that passed every check. Its claims can be read here and nowhere else; only [`verify`]
/// makes one, and it cannot be deserialised.
pub struct VerifiedPresentation<'v> {
    payload: Map<String, Value>,
    disclosed: Vec<Disclosed>,
    issuer_key: TrustedKey<'v>,
    key_binding: Option<CheckedKeyBinding>,
    status: StatusChecked,
}

impl<'v> VerifiedPresentation<'v> {
    /// The processed payload: every claim in the clear and every claim disclosed, no digests.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.payload
    }

    /// The values that a path selects; none if they were not disclosed or do not exist, which cannot be told apart.
    pub fn claim(&self, path: &ClaimPath) -> Vec<&Value> {
        path.select_in(&self.payload).unwrap_or_default()
    }

    /// The claims that the holder chose to disclose, in no order.
    pub fn disclosed(&self) -> impl Iterator<Item = &ClaimPath> {
        self.disclosed.iter().map(|claim| &claim.path)
    }

    /// The types of the credential: `vct`, then `aka_vcts`.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        vc::types(&self.payload)
    }

    /// The issuer's key, and how it came to be trusted.
    pub fn issuer_key(&self) -> &TrustedKey<'v> {
        &self.issuer_key
    }

    /// The key binding, where there was one.
    pub fn key_binding(&self) -> Option<&CheckedKeyBinding> {
        self.key_binding.as_ref()
    }

    /// What the status evidence said.
    pub fn status(&self) -> &StatusChecked {
        &self.status
    }

    /// Gives the processed payload away.
    pub fn into_claims(self) -> Map<String, Value> {
        self.payload
    }
}

/// Paths only: the values are somebody's record.
impl std::fmt::Debug for VerifiedPresentation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.payload.keys().collect();
        f.debug_struct("VerifiedPresentation").field("claims", &names).finish_non_exhaustive()
    }
}

/// Verifies a presentation, or a credential as it came from its issuer.
///
/// # Errors
///
/// The first check that failed; then nothing of the token is to be believed.
pub fn verify<'v>(token: &str, context: &Context<'v>) -> Result<VerifiedPresentation<'v>, Refusal> {
    let compact = Compact::parse(token)?;
    let jws = Jws::parse(compact.issuer_jwt).map_err(Check::SdIssuerJwt.because())?;
    match context.profile {
        Profile::SdJwt => check_kind(&jws)?,
        Profile::SdJwtVc => vc::check_type(jws.header().typ())?,
    }
    let mut payload = unverified_payload(&jws)?;
    let issuer_key = authenticate(&jws, &payload, context)?;
    let hash = process::hash_algorithm(&mut payload)?;
    let Processed { payload, disclosed } = resolve(payload, &compact, hash, context.profile)?;
    check_payload(&payload, context)?;
    let key_binding = key_binding::check(&compact, &payload, hash, &context.key_binding, context.now)?;
    // Last, because a status list is worth nothing for a credential that is not good.
    let reference = StatusReference::from_payload(&payload)?;
    let status = status::check_status(reference.as_ref(), &context.status, &issuer_key, context.now)?;
    if context.profile == Profile::SdJwtVc {
        vc::check_status_list(&status)?;
    }
    Ok(VerifiedPresentation { payload, disclosed, issuer_key, key_binding, status })
}

/// The status list that a token points to, **before anything is verified**: a hint what to fetch for
/// [`Context::status`]. The address was written by whoever made the token.
///
/// # Errors
///
/// If the token cannot be read so far, or its `status` is malformed.
pub fn status_hint(token: &str) -> Result<Option<StatusReference>, Refusal> {
    let compact = Compact::parse(token)?;
    let jws = Jws::parse(compact.issuer_jwt).map_err(Check::SdIssuerJwt.because())?;
    StatusReference::from_payload(&unverified_payload(&jws)?)
}

/// RFC 8725 section 3.11: a token that was made for another purpose is no credential, whoever signed it.
fn check_kind(jws: &Jws<'_>) -> Result<(), Refusal> {
    match jws.header().members().get("typ") {
        None => Ok(()),
        Some(Value::String(typ)) if !OTHER_KINDS.contains(&typ.as_str()) => Ok(()),
        Some(_) => Err(Check::SdKind.refuse()),
    }
}

/// The `typ` of tokens that are signed by the same parties for other purposes.
const OTHER_KINDS: [&str; 10] = [
    "kb+jwt",
    "statuslist+jwt",
    "oauth-authz-req+jwt",
    "openid4vci-proof+jwt",
    "openidvci-issuer-metadata+jwt",
    "key-attestation+jwt",
    "verifier-attestation+jwt",
    "oauth-client-attestation+jwt",
    "oauth-client-attestation-pop+jwt",
    "dpop+jwt",
];

fn unverified_payload(jws: &Jws<'_>) -> Result<Map<String, Value>, Refusal> {
    let bytes = jws.dangerous_unverified_payload().map_err(Check::SdIssuerJwt.because())?;
    json::parse_object(&bytes).map_err(Check::SdPayload.because())
}

fn authenticate<'v>(
    jws: &Jws<'_>,
    payload: &Map<String, Value>,
    context: &Context<'v>,
) -> Result<TrustedKey<'v>, Refusal> {
    let iss = match payload.get("iss") {
        None => None,
        Some(Value::String(iss)) => Some(iss.as_str()),
        Some(_) => return Err(Check::SdRegisteredClaim.refuse_at(ClaimPath::top("iss"))),
    };
    context.issuer.authenticate(jws, iss, context.now, Check::SdIssuerSignature)
}

fn resolve(
    payload: Map<String, Value>,
    compact: &Compact<'_>,
    hash: bookbag_crypto::HashAlgorithm,
    profile: Profile,
) -> Result<Processed, Refusal> {
    if profile == Profile::SdJwt {
        return process::process(payload, &compact.disclosures, hash);
    }
    vc::check_nothing_hidden(&payload)?;
    let processed = process::process(payload, &compact.disclosures, hash)?;
    vc::check_none_disclosed(&processed.disclosed)?;
    vc::check_claims(&processed.payload)?;
    Ok(processed)
}

pub(super) const VALIDITY: Validity = Validity {
    expired: Check::SdExpired,
    not_yet_valid: Check::SdNotYetValid,
    malformed: Check::SdRegisteredClaim,
};

/// Section 7.1 step 6, and what this verifier asks for.
fn check_payload(payload: &Map<String, Value>, context: &Context<'_>) -> Result<(), Refusal> {
    VALIDITY.check(payload, context.now)?;
    let us = match &context.key_binding {
        KeyBinding::Required(transaction) => Some(transaction.audience),
        KeyBinding::NotRequired => None,
    };
    claims::check_audience(payload, us)?;
    if let AcceptedTypes::OneOf(accepted) = context.types
        && !vc::types(payload).any(|named| accepted.iter().any(|accepted| accepted == named))
    {
        return Err(Check::VcUnexpectedType.refuse());
    }
    for path in context.required_claims {
        if !path.is_in(payload) {
            return Err(Check::SdRequiredClaim.refuse_at(path.clone()));
        }
    }
    Ok(())
}
