//! The registered claims that decide whether a token holds now (RFC 7519 section 4.1), read with their types.

use serde_json::{Map, Value};

use crate::check::{Check, Refusal};
use crate::path::ClaimPath;
use crate::time::UnixTime;

/// Checks that `exp` and `nbf`, where present, hold at `now`, and that the registered claims have their types. There is no leeway: whoever wants some shifts `now`.
pub(super) struct Validity {
    pub(super) expired: Check,
    pub(super) not_yet_valid: Check,
    pub(super) malformed: Check,
}

impl Validity {
    pub(super) fn check(&self, payload: &Map<String, Value>, now: UnixTime) -> Result<(), Refusal> {
        // RFC 7519 section 4.1.4: "on or after which the JWT MUST NOT be accepted".
        if self.moment(payload, "exp")?.is_some_and(|exp| at(now) >= exp) {
            return Err(self.expired.refuse_at(ClaimPath::top("exp")));
        }
        // RFC 7519 section 4.1.5: "before which the JWT MUST NOT be accepted".
        if self.moment(payload, "nbf")?.is_some_and(|nbf| at(now) < nbf) {
            return Err(self.not_yet_valid.refuse_at(ClaimPath::top("nbf")));
        }
        self.check_types(payload)
    }

    /// Checks the types of the registered claims.
    pub(super) fn check_types(&self, payload: &Map<String, Value>) -> Result<(), Refusal> {
        for name in ["exp", "nbf", "iat"] {
            self.moment(payload, name)?;
        }
        for name in ["iss", "sub", "jti"] {
            // RFC 7519 sections 4.1.1, 4.1.2 and 4.1.7: strings.
            if payload.get(name).is_some_and(|value| !value.is_string()) {
                return Err(self.malformed.refuse_at(ClaimPath::top(name)));
            }
        }
        // RFC 7800 section 3.1: an object.
        if payload.get("cnf").is_some_and(|cnf| !cnf.is_object()) {
            return Err(self.malformed.refuse_at(ClaimPath::top("cnf")));
        }
        Ok(())
    }

    /// A NumericDate (RFC 7519 section 2): seconds, which may have a fraction.
    fn moment(&self, payload: &Map<String, Value>, name: &str) -> Result<Option<f64>, Refusal> {
        match payload.get(name) {
            None => Ok(None),
            Some(value) => match value.as_f64() {
                Some(seconds) => Ok(Some(seconds)),
                None => Err(self.malformed.refuse_at(ClaimPath::top(name))),
            },
        }
    }
}

/// Exact for 285 million years.
#[expect(clippy::cast_precision_loss, reason = "whole seconds below 2^53 are exact")]
pub(super) fn at(now: UnixTime) -> f64 {
    now.0 as f64
}

/// Checks `aud` against the name of whoever is checking, if it has one (RFC 7519 section 4.1.3).
///
/// # Errors
///
/// [`Check::SdAudience`] if `aud` names others only, [`Check::SdRegisteredClaim`] if it is neither a string nor
/// an array of strings.
pub(super) fn check_audience(payload: &Map<String, Value>, us: Option<&str>) -> Result<(), Refusal> {
    check_audience_type(payload)?;
    let refuse = |check: Check| Err(check.refuse_at(ClaimPath::top("aud")));
    let is_us = |value: &Value| us.is_some() && value.as_str() == us;
    match payload.get("aud") {
        None => Ok(()),
        Some(Value::Array(all)) if all.iter().any(is_us) => Ok(()),
        Some(one) if is_us(one) => Ok(()),
        Some(_) => refuse(Check::SdAudience),
    }
}

/// Checks that `aud` is a string or an array of strings.
///
/// # Errors
///
/// [`Check::SdRegisteredClaim`].
pub(super) fn check_audience_type(payload: &Map<String, Value>) -> Result<(), Refusal> {
    match payload.get("aud") {
        None | Some(Value::String(_)) => Ok(()),
        Some(Value::Array(all)) if all.iter().all(Value::is_string) => Ok(()),
        Some(_) => Err(Check::SdRegisteredClaim.refuse_at(ClaimPath::top("aud"))),
    }
}
