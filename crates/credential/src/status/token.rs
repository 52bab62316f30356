//! The signed list (draft-ietf-oauth-status-list-20 sections 5 and 8.3).

use bookbag_crypto::PublicKey;
use bookbag_crypto::json;
use bookbag_crypto::jws::Jws;
use serde_json::{Map, Value};

use crate::check::{Check, Refusal};
use crate::path::ClaimPath;
use crate::status::given::ListNotGiven;
use crate::status::list::{Status, StatusList};
use crate::status::reference::is_uri;
use crate::time::UnixTime;
use crate::trust::{IssuerTrust, TrustedBy};

/// Longest token that is read, in bytes: room for the longest list if it did not compress at all, with base64url
/// around it twice.
pub const MAX_TOKEN_BYTES: usize = 32 * 1024 * 1024;

/// How far an issuer's clock may be ahead of ours, in seconds (RFC 7519 section 4.1.4: "a few minutes").
pub const CLOCK_SKEW_SECONDS: i64 = 300;

/// A `ttl` below this is taken as this, in seconds, so that an issuer cannot make us hammer an address
/// (section 11.5).
pub const MIN_FRESH_SECONDS: i64 = 60;

/// A `ttl` above this is taken as this, in seconds: a month.
pub const MAX_FRESH_SECONDS: i64 = 30 * 24 * 3600;

/// The media type of a token, without `application/`.
pub(super) const JWT_TYPE: &str = "statuslist+jwt";

/// A status list whose signature, type, claims and time were checked. There is no other way to have one than the
/// `verify` functions.
#[derive(Debug, Clone)]
pub struct VerifiedStatusList {
    claims: Claims,
    signer: Signer,
    form: StatusListForm,
}

/// The two forms of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusListForm {
    /// `application/statuslist+jwt`.
    Jwt,
    /// `application/statuslist+cwt`.
    Cwt,
}

/// Who signed a token.
#[derive(Debug, Clone)]
pub(super) struct Signer {
    pub(super) key: PublicKey,
    /// The issuer that publishes the key, where that is why it is trusted.
    pub(super) published_by: Option<String>,
}

/// What a token says, in whichever of its two forms.
#[derive(Debug, Clone)]
pub(super) struct Claims {
    pub(super) uri: String,
    pub(super) issued_at: UnixTime,
    pub(super) not_before: Option<UnixTime>,
    pub(super) expires: Option<UnixTime>,
    pub(super) ttl: Option<i64>,
    pub(super) list: StatusList,
}

impl VerifiedStatusList {
    /// Checks a token in JWT form (sections 5.1 and 8.3) by keys that are trusted to sign status lists. A token needs
    /// no `iss`; where it has one and trust is in the metadata of an issuer, it must be that issuer.
    ///
    /// To learn about the past (section 8.4), give the time that was asked for as `now`, and see
    /// [`Self::require_time`].
    ///
    /// # Errors
    ///
    /// If the token is malformed, of another type, not signed by such a key, incomplete, expired, or its list
    /// does not inflate within the limit.
    pub fn verify_jwt(token: &str, trust: &IssuerTrust, now: UnixTime) -> Result<Self, Refusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Check::StatusTokenForm.refuse());
        }
        let jws = Jws::parse(token).map_err(Check::StatusTokenForm.because())?;
        // Section 5.1: "The JWT type MUST be statuslist+jwt".
        if jws.header().typ() != Some(JWT_TYPE) {
            return Err(Check::StatusTokenType.refuse());
        }
        // Not believed yet: `iss` only helps to find the key, and the rest waits for the signature.
        let payload = jws.dangerous_unverified_payload().map_err(Check::StatusTokenForm.because())?;
        let payload = json::parse_object(&payload).map_err(Check::StatusTokenClaims.because())?;
        let iss = match payload.get("iss") {
            None => trust.published_issuer(),
            Some(Value::String(iss)) => Some(iss.as_str()),
            Some(_) => return Err(refuse("iss")),
        };
        let signer = authenticate(&jws, iss, trust, now)?;
        Self { claims: Claims::from_json(&payload)?, signer, form: StatusListForm::Jwt }.accept(now)
    }

    /// What is the same for both forms once the signature of a CWT is known to be good.
    pub(super) fn accept_cwt(claims: Claims, key: &PublicKey, now: UnixTime) -> Result<Self, Refusal> {
        let signer = Signer { key: key.clone(), published_by: None };
        Self { claims, signer, form: StatusListForm::Cwt }.accept(now)
    }

    fn accept(self, now: UnixTime) -> Result<Self, Refusal> {
        // Section 8.3 step 4.b: a list from the future says nothing about now.
        if self.claims.issued_at > now.plus(CLOCK_SKEW_SECONDS) {
            return Err(Check::StatusTokenIssuedAt.refuse());
        }
        self.require_current(now)?;
        Ok(self)
    }

    /// Refuses the list unless it was issued for exactly this URI, for callers who know which one they fetched.
    /// [`check_status`](super::check_status) compares the URI again.
    ///
    /// # Errors
    ///
    /// If `sub` is another ([`Check::StatusTokenSubject`]).
    pub fn require_uri(self, uri: &str) -> Result<Self, Refusal> {
        // Section 5.1: sub "MUST be equal to that of the uri claim".
        if self.uri() == uri {
            Ok(self)
        } else {
            Err(Check::StatusTokenSubject
                .refuse_because(ListNotGiven::among(uri, std::slice::from_ref(&self))))
        }
    }

    /// Refuses the list unless it speaks about `time` (section 8.4), for callers who asked for the past: a server
    /// that does not know history gives its present list.
    ///
    /// # Errors
    ///
    /// If `time` is before `iat`, or not before `exp`, or there is no `exp` ([`Check::StatusTime`]).
    pub fn require_time(self, time: UnixTime) -> Result<Self, Refusal> {
        let within =
            self.claims.expires.is_some_and(|expires| self.claims.issued_at <= time && time < expires);
        if within { Ok(self) } else { Err(Check::StatusTime.refuse()) }
    }

    /// Refuses the list before `nbf`, and once it has expired: "MUST NOT be relied upon any longer" (section 13.7).
    pub(super) fn require_current(&self, now: UnixTime) -> Result<(), Refusal> {
        // RFC 7519 section 4.1.5; `nbf` is mostly `iat`, so the same clocks and the same leeway.
        if self.claims.not_before.is_some_and(|not_before| not_before > now.plus(CLOCK_SKEW_SECONDS)) {
            return Err(Check::StatusTokenNotYetValid.refuse());
        }
        match self.claims.expires {
            Some(expires) if now >= expires => Err(Check::StatusTokenExpired.refuse()),
            _ => Ok(()),
        }
    }

    /// The URI of the list, as it says itself.
    pub fn uri(&self) -> &str {
        &self.claims.uri
    }

    /// The key that signed it.
    pub fn signer(&self) -> &PublicKey {
        &self.signer.key
    }

    /// The issuer that publishes [the key](Self::signer) in its metadata, if that is why it was trusted.
    pub fn published_by(&self) -> Option<&str> {
        self.signer.published_by.as_deref()
    }

    /// In which form it came.
    pub fn form(&self) -> StatusListForm {
        self.form
    }

    /// When it was issued.
    pub fn issued_at(&self) -> UnixTime {
        self.claims.issued_at
    }

    /// When it expires, if it does.
    pub fn expires(&self) -> Option<UnixTime> {
        self.claims.expires
    }

    /// Until when a copy need not be fetched again, if it was fetched at `since`: for `ttl` seconds, held within
    /// [`MIN_FRESH_SECONDS`] and [`MAX_FRESH_SECONDS`], and never past `exp`. A caller to whom news matter more
    /// than load gives [`Self::issued_at`] as `since`. `None` if the issuer says nothing about it.
    pub fn fresh_until(&self, since: UnixTime) -> Option<UnixTime> {
        let ttl = self.claims.ttl.map(|ttl| since.plus(ttl.clamp(MIN_FRESH_SECONDS, MAX_FRESH_SECONDS)));
        match (ttl, self.claims.expires) {
            (Some(ttl), Some(expires)) => Some(ttl.min(expires)),
            (one, other) => one.or(other),
        }
    }

    /// The status at `index`. To decide about a credential use [`check_status`](super::check_status).
    ///
    /// # Errors
    ///
    /// If the index lies beyond the end ([`Check::StatusIndex`]).
    pub fn status_at(&self, index: u64) -> Result<Status, Refusal> {
        // Section 8.3 step 6: "no statement about the status [...] can be made".
        self.claims.list.get(index).ok_or_else(|| Check::StatusIndex.refuse())
    }

    /// The list itself.
    pub fn list(&self) -> &StatusList {
        &self.claims.list
    }
}

/// Finds the key and checks the signature. A refusal of a key or certificate says that it is the list's.
fn authenticate(
    jws: &Jws<'_>,
    iss: Option<&str>,
    trust: &IssuerTrust,
    now: UnixTime,
) -> Result<Signer, Refusal> {
    let key =
        trust.authenticate(jws, iss, now, Check::StatusTokenSignature).map_err(|refusal| {
            match refusal.check {
                Check::StatusTokenSignature => refusal,
                _ => Check::StatusTokenKey.refuse_for(refusal),
            }
        })?;
    let published_by = match key.by() {
        TrustedBy::Metadata { issuer } => Some(issuer.to_owned()),
        TrustedBy::Pinned | TrustedBy::Chain(_) => None,
    };
    Ok(Signer { key: key.key().clone(), published_by })
}

impl Claims {
    fn from_json(payload: &Map<String, Value>) -> Result<Self, Refusal> {
        let text = |name| payload.get(name).and_then(Value::as_str);
        let uri = text("sub").filter(|sub| is_uri(sub)).ok_or_else(|| refuse("sub"))?.to_owned();
        let issued_at = payload.get("iat").and_then(numeric_date).ok_or_else(|| refuse("iat"))?;
        if payload.contains_key("aud") {
            return Err(refuse_audience());
        }
        let not_before = match payload.get("nbf") {
            None => None,
            Some(nbf) => Some(later_date(nbf).ok_or_else(|| refuse("nbf"))?),
        };
        let expires = match payload.get("exp") {
            None => None,
            Some(exp) => Some(numeric_date(exp).ok_or_else(|| refuse("exp"))?),
        };
        let ttl = match payload.get("ttl") {
            None => None,
            Some(ttl) => Some(positive_seconds(ttl).ok_or_else(|| refuse("ttl"))?),
        };
        let list = StatusList::from_json(payload.get("status_list").ok_or_else(|| refuse("status_list"))?)?;
        Ok(Self { uri, issued_at, not_before, expires, ttl, list })
    }
}

pub(super) fn refuse(claim: &str) -> Refusal {
    Check::StatusTokenClaims.refuse_at(ClaimPath::top(claim))
}

/// RFC 7519 section 4.1.3: whoever is not named in `aud` must refuse, and nobody has said who we are. A list is for
/// everybody anyway.
pub(super) fn refuse_audience() -> Refusal {
    Check::StatusTokenAudience.refuse_at(ClaimPath::top("aud"))
}

/// A NumericDate, rounded up, for what begins at it.
fn later_date(value: &Value) -> Option<UnixTime> {
    match value.as_i64() {
        Some(seconds) => Some(UnixTime(seconds)),
        None => whole_seconds(value.as_f64()?.ceil()).map(UnixTime),
    }
}

/// A NumericDate (RFC 7519 section 2), rounded down.
fn numeric_date(value: &Value) -> Option<UnixTime> {
    match value.as_i64() {
        Some(seconds) => Some(UnixTime(seconds)),
        None => whole_seconds(value.as_f64()?.floor()).map(UnixTime),
    }
}

/// Section 5.1: ttl "MUST be a positive number". Part of a second counts as a whole one.
fn positive_seconds(value: &Value) -> Option<i64> {
    let seconds = match value.as_i64() {
        Some(seconds) => seconds,
        None => whole_seconds(value.as_f64()?.ceil())?,
    };
    (seconds > 0).then_some(seconds)
}

/// Whole numbers that a floating point number holds exactly; no date or duration lies beyond.
pub(super) fn whole_seconds(seconds: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    let whole = seconds as i64;
    (seconds.abs() <= EXACT).then_some(whole)
}
