//! Key binding: the holder's signature over what is shown, to whom and when (RFC 9901 sections 4.3 and 7.3).

use bookbag_crypto::jws::Jws;
use bookbag_crypto::{HashAlgorithm, PublicKey, json};
use serde_json::{Map, Value};

use super::claims::{self, Validity};
use super::compact::Compact;
use crate::check::{Check, Refusal};
use crate::path::ClaimPath;
use crate::time::UnixTime;

/// The `typ` of a key binding JWT (RFC 9901 section 4.3).
pub const KEY_BINDING_TYPE: &str = "kb+jwt";

/// How far in the future a holder's clock may be, in seconds, where the age of a key binding matters.
pub const MAX_CLOCK_AHEAD_SECONDS: i64 = 60;

/// Whether a verifier wants key binding. Its policy decides, never the token (RFC 9901 section 7.3 step 1).
#[derive(Debug, Clone, Copy)]
pub enum KeyBinding<'v> {
    /// The holder must prove possession of its key in this transaction.
    Required(Transaction<'v>),
    /// Anybody who has the credential may show it. A key binding that comes all the same must be good, but says
    /// nothing about this verifier or this moment.
    NotRequired,
}

/// What ties a key binding to one transaction.
#[derive(Debug, Clone, Copy)]
pub struct Transaction<'v> {
    /// The verifier, as the protocol names it: `aud`.
    pub audience: &'v str,
    /// The nonce that this verifier gave out for this transaction.
    pub nonce: &'v str,
    /// How old the holder's signature may be.
    pub max_age: MaxAge,
}

/// How old a key binding may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxAge {
    /// This many seconds, and at most [`MAX_CLOCK_AHEAD_SECONDS`] in the future.
    Seconds(u32),
    /// Any age: for evidence that is checked later. The nonce alone then keeps out replays.
    Any,
}

/// A key binding that was checked.
#[derive(Clone)]
pub struct CheckedKeyBinding {
    holder: PublicKey,
    claims: Map<String, Value>,
    required: bool,
}

impl CheckedKeyBinding {
    /// The holder's key, as the issuer certified it.
    pub fn holder(&self) -> &PublicKey {
        &self.holder
    }

    /// Everything the holder signed beside the presentation.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Whether it was required, and so `aud`, `nonce` and `iat` were compared with those of a transaction.
    pub fn for_this_transaction(&self) -> bool {
        self.required
    }
}

impl std::fmt::Debug for CheckedKeyBinding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckedKeyBinding").field("holder", &self.holder).finish_non_exhaustive()
    }
}

/// Checks the key binding of `compact`, whose processed payload is `payload`.
///
/// # Errors
///
/// The checks KB-01 to KB-11.
pub(super) fn check(
    compact: &Compact<'_>,
    payload: &Map<String, Value>,
    hash: HashAlgorithm,
    policy: &KeyBinding<'_>,
    now: UnixTime,
) -> Result<Option<CheckedKeyBinding>, Refusal> {
    let Some(token) = compact.key_binding else {
        if matches!(policy, KeyBinding::Required(_)) {
            return Err(Check::KbMissing.refuse());
        }
        // A private key that an issuer published is nobody's, and says that something is badly wrong.
        check_holder(payload)?;
        return Ok(None);
    };
    let jws = Jws::parse(token).map_err(Check::KbJwt.because())?;
    if jws.header().typ() != Some(KEY_BINDING_TYPE) {
        return Err(Check::KbType.refuse());
    }
    // Section 7.3 step 5.a: never from the header of the key binding JWT itself.
    let holder = holder_key(payload)?;
    let bytes = jws.verify(&holder).map_err(Check::KbSignature.because())?;
    let claims = json::parse_object(&bytes).map_err(Check::KbClaims.because())?;
    let bound = Bound::read(&claims)?;
    // Section 7.3 step 5.g, with the hash of the disclosures (section 4.3.1).
    if bound.sd_hash != hash.digest(compact.sd_jwt).encoded().as_str() {
        return Err(Check::KbHash.refuse());
    }
    VALIDITY.check(&claims, now)?;
    let required = match policy {
        KeyBinding::Required(transaction) => bound.is_of(transaction, now).map(|()| true)?,
        KeyBinding::NotRequired => false,
    };
    Ok(Some(CheckedKeyBinding { holder, claims, required }))
}

/// The holder's key in the issuer-signed payload (RFC 7800 section 3.2).
///
/// # Errors
///
/// [`Check::KbHolderKey`].
pub(super) fn holder_key(payload: &Map<String, Value>) -> Result<PublicKey, Refusal> {
    PublicKey::from_jwk(holder_jwk(payload)?).map_err(Check::KbHolderKey.because())
}

/// Checks that `cnf.jwk`, where present, is a public key.
///
/// # Errors
///
/// [`Check::KbHolderKey`].
pub(super) fn check_holder(payload: &Map<String, Value>) -> Result<(), Refusal> {
    let names_key = payload.get("cnf").is_some_and(|cnf| cnf.get("jwk").is_some());
    if names_key { holder_key(payload).map(drop) } else { Ok(()) }
}

/// The same, as it is written.
///
/// # Errors
///
/// [`Check::KbHolderKey`].
pub(super) fn holder_jwk(payload: &Map<String, Value>) -> Result<&Map<String, Value>, Refusal> {
    let jwk = payload.get("cnf").and_then(|cnf| cnf.get("jwk")).and_then(Value::as_object);
    jwk.ok_or_else(|| Check::KbHolderKey.refuse_at(ClaimPath::top("cnf")))
}

const VALIDITY: Validity = Validity {
    expired: Check::KbOtherClaims,
    not_yet_valid: Check::KbOtherClaims,
    malformed: Check::KbClaims,
};

/// The claims that section 4.3 requires.
struct Bound<'c> {
    iat: f64,
    aud: &'c str,
    nonce: &'c str,
    sd_hash: &'c str,
}

impl<'c> Bound<'c> {
    fn read(claims: &'c Map<String, Value>) -> Result<Self, Refusal> {
        let refuse = |name: &str| Check::KbClaims.refuse_at(ClaimPath::top(name));
        let text = |name: &str| claims.get(name).and_then(Value::as_str).ok_or_else(|| refuse(name));
        let iat = claims.get("iat").and_then(Value::as_f64).ok_or_else(|| refuse("iat"))?;
        Ok(Self { iat, aud: text("aud")?, nonce: text("nonce")?, sd_hash: text("sd_hash")? })
    }

    fn is_of(&self, transaction: &Transaction<'_>, now: UnixTime) -> Result<(), Refusal> {
        if self.nonce != transaction.nonce {
            return Err(Check::KbNonce.refuse());
        }
        if self.aud != transaction.audience {
            return Err(Check::KbAudience.refuse());
        }
        if let MaxAge::Seconds(seconds) = transaction.max_age {
            let oldest = claims::at(now.plus(-i64::from(seconds)));
            let newest = claims::at(now.plus(MAX_CLOCK_AHEAD_SECONDS));
            if !(oldest..=newest).contains(&self.iat) {
                return Err(Check::KbTime.refuse());
            }
        }
        Ok(())
    }
}
