//! The registered claims that decide whether a token holds now (RFC 7519 section 4.1), read with their types.

use serde_json::{Map, Value};

use crate::check::{Check, Refusal};
use crate::path::ClaimPath;
use crate::time::UnixTime;

/// Checks that `exp` and `nbf`, where present, hold at `now`, and that the registered claims have their types. There is
/// no leeway: whoever wants some shifts `now`.
pub(super) struct Validity {
    pub(super) expired: Check,
    pub(super) not_yet_valid: Check,
    pub(super) malformed: Check,
}

impl Validity {
    pub(super) fn check(&self, payload: &Map<String, Value>, now: UnixTime) -> Result<(), Refusal> {
        for (name, value) in payload {
            self.check_type(name, value)?;
            match name.as_str() {
                // RFC 7519 section 4.1.4: "on or after which the JWT MUST NOT be accepted".
                "exp" if value.as_f64().is_none_or(|exp| at(now) >= exp) => {
                    return Err(self.expired.refuse_at(ClaimPath::top(name)));
                }
                // RFC 7519 section 4.1.5: "before which the JWT MUST NOT be accepted".
                "nbf" if value.as_f64().is_none_or(|nbf| at(now) < nbf) => {
                    return Err(self.not_yet_valid.refuse_at(ClaimPath::top(name)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Checks the types of the registered claims.
    pub(super) fn check_types(&self, payload: &Map<String, Value>) -> Result<(), Refusal> {
        payload.iter().try_for_each(|(name, value)| self.check_type(name, value))
    }

    fn check_type(&self, name: &str, value: &Value) -> Result<(), Refusal> {
        let good = match name {
            // A NumericDate (RFC 7519 section 2): seconds, which may have a fraction.
            "exp" | "nbf" | "iat" => value.as_f64().is_some(),
            // RFC 7519 sections 4.1.1, 4.1.2 and 4.1.7: strings.
            "iss" | "sub" | "jti" => value.is_string(),
            // RFC 7519 section 4.1.3: a string or an array of strings.
            "aud" => {
                value.is_string() || value.as_array().is_some_and(|all| all.iter().all(Value::is_string))
            }
            // RFC 7800 section 3.1: an object.
            "cnf" => value.is_object(),
            _ => true,
        };
        if good { Ok(()) } else { Err(self.malformed.refuse_at(ClaimPath::top(name))) }
    }
}

/// Exact for 285 million years.
#[expect(clippy::cast_precision_loss, reason = "whole seconds below 2^53 are exact")]
pub(super) fn at(now: UnixTime) -> f64 {
    now.0 as f64
}

/// Checks `aud`, whose type [`Validity`] has checked, against the name of whoever is checking, if it has one (RFC 7519
/// section 4.1.3).
///
/// # Errors
///
/// [`Check::SdAudience`] if `aud` names others only.
pub(super) fn check_audience(payload: &Map<String, Value>, us: Option<&str>) -> Result<(), Refusal> {
    let is_us = |value: &Value| us.is_some() && value.as_str() == us;
    match payload.get("aud") {
        None => Ok(()),
        Some(Value::Array(all)) if all.iter().any(is_us) => Ok(()),
        Some(one) if is_us(one) => Ok(()),
        Some(_) => Err(Check::SdAudience.refuse_at(ClaimPath::top("aud"))),
    }
}
