//! What signed evidence proves: orders, birth dates, and that a day has come.
//!
//! The fold asks a [`Witness`], because this crate does not know what a credential is. Every honest fold must come to the same answer
//! for ever, so a witness reads no clock and asks no server: it looks at the evidence and at the keys in the bag's policy, and at
//! nothing else. Evidence does not expire: it counts what was true when it was signed.

use bookbag_crypto::PublicKey;
use bookbag_crypto::json::{self, Map, Value};
use bookbag_crypto::jws::Jws;

use crate::event::{Anchor, AnchorPurpose, Date};
use crate::id::{BagId, MemberId};

/// Evidence, and by whom the bag believes it.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'e> {
    /// As its issuer made it.
    pub token: &'e [u8],
    /// The bag it stands in.
    pub bag: BagId,
    /// The policy's anchors.
    pub anchors: &'e [Anchor],
}

/// What evidence proves. Nothing is proved by what is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Finding {
    /// Signed by an anchor for orders: this member is to be removed from this bag.
    pub removes: Option<MemberId>,
    /// Signed by an anchor for birth dates: the subject of this bag was born on this day.
    pub birth: Option<Date>,
    /// Signed by an anchor for birth dates or dated tokens: this moment had come, in Unix seconds.
    pub issued_at: Option<u64>,
}

/// The evidence proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not signed by anybody whom the bag's policy trusts for it, or does not say what is needed")]
pub struct NotProved;

/// Examines evidence: a function of its argument alone.
pub trait Witness: Send + Sync {
    /// What the evidence proves.
    ///
    /// # Errors
    ///
    /// If it proves nothing.
    fn examine(&self, evidence: &Evidence<'_>) -> Result<Finding, NotProved>;
}

/// Takes compact JWS (RFC 7515) under the keys of the anchors.
///
/// | anchor for | claims that count |
/// |---|---|
/// | orders | `bag` (the bag's id), `remove` (a member's id), both in hexadecimal |
/// | birth dates | `iat`; with `bag`, also `birthdate` |
/// | dated tokens | `iat` |
#[derive(Debug, Clone, Copy, Default)]
pub struct SignedTokens;

impl Witness for SignedTokens {
    fn examine(&self, evidence: &Evidence<'_>) -> Result<Finding, NotProved> {
        let token = str::from_utf8(evidence.token).map_err(|_| NotProved)?;
        let jws = Jws::parse(token).map_err(|_| NotProved)?;
        let mut finding = Finding::default();
        for anchor in evidence.anchors {
            let Ok(key) = PublicKey::from_jwk_text(&anchor.key) else { continue };
            let Ok(payload) = jws.verify(&key) else { continue };
            let Ok(claims) = json::parse_object(&payload) else { continue };
            finding.add(anchor.purpose, &claims, evidence.bag);
        }
        if finding == Finding::default() { Err(NotProved) } else { Ok(finding) }
    }
}

impl Finding {
    fn add(&mut self, purpose: AnchorPurpose, claims: &Map<String, Value>, bag: BagId) {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let names_bag = text("bag").and_then(|id| id.parse().ok()) == Some(bag);
        match purpose {
            AnchorPurpose::Order if names_bag => {
                self.removes = text("remove").and_then(|id| id.parse().ok()).or(self.removes);
            }
            AnchorPurpose::Order => {}
            AnchorPurpose::Birth | AnchorPurpose::Date => {
                self.issued_at = claims.get("iat").and_then(Value::as_u64).or(self.issued_at);
            }
        }
        if purpose == AnchorPurpose::Birth && names_bag {
            self.birth = text("birthdate").and_then(|date| date.parse().ok()).or(self.birth);
        }
    }
}
