//! What evidence proves, for those who know what a credential is.
//!
//! Every honest fold must come to the same answer for ever, so this reads no clock and no status list: it looks at the evidence and at the keys in the bag's policy, and
//! at nothing else. Evidence does not expire; it counts what was true when it was signed. An anchor's key is taken as it stands in the policy.
//!
//! | evidence | by an anchor for | proves |
//! |---|---|---|
//! | SD-JWT (VC), `birthdate` or `birth_date` in the clear or disclosed | birth dates | the birth date |
//! | SD-JWT (VC), `bag` and `remove` | orders | that a member is to be removed |
//! | compact JWS | as [`SignedTokens`] has it | orders, birth dates, that a day has come |
//! | any of them with `iat`, a status list token too | birth dates, dated tokens | that a day has come |
//!
//! Limits: *whose* birth date it is, only a credential says that names the bag (`bag`); where one does, it must be this bag. Otherwise the anchor is believed, and whoever
//! holds the credential of another child by the same anchor could give it: that all guardians see each change is what stands against it. A key binding, if there is one, is not looked at.

use std::sync::Arc;

use bookbag_credential::sd_jwt::Held;
use bookbag_crypto::PublicKey;
use bookbag_crypto::json::{Map, Value};
use bookbag_crypto::jws::Jws;
use bookbag_store::control::{Evidence, Finding, NotProved, SignedTokens, Witness};
use bookbag_store::event::{Anchor, AnchorPurpose, Date};
use bookbag_store::id::BagId;

/// Takes credentials (SD-JWT VC) and signed tokens as evidence.
#[derive(Debug, Clone, Copy, Default)]
pub struct CredentialWitness;

impl Witness for CredentialWitness {
    fn examine(&self, evidence: &Evidence<'_>) -> Result<Finding, NotProved> {
        let token = str::from_utf8(evidence.token).map_err(|_| NotProved)?;
        let Some((issued, _)) = token.split_once('~') else { return SignedTokens.examine(evidence) };
        // What is shown comes with its disclosures and perhaps a key binding after the last tilde.
        let from_issuer = token.rfind('~').and_then(|last| token.get(..=last)).ok_or(NotProved)?;
        let held = Held::parse(from_issuer).map_err(|_| NotProved)?;
        let jws = Jws::parse(issued).map_err(|_| NotProved)?;
        let mut finding = Finding::default();
        for anchor in evidence.anchors.iter().filter(|anchor| signed_by(&jws, anchor)) {
            add(&mut finding, anchor.purpose, held.payload(), evidence.bag);
        }
        if finding == Finding::default() { Err(NotProved) } else { Ok(finding) }
    }
}

/// The one witness of this crate.
pub(crate) fn ours() -> Arc<dyn Witness> {
    Arc::new(CredentialWitness)
}

fn signed_by(jws: &Jws<'_>, anchor: &Anchor) -> bool {
    PublicKey::from_jwk_text(&anchor.key).is_ok_and(|key| jws.verify_signature(&key).is_ok())
}

fn add(finding: &mut Finding, purpose: AnchorPurpose, claims: &Map<String, Value>, bag: BagId) {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let names = text("bag").map(|id| id.parse() == Ok(bag));
    match purpose {
        AnchorPurpose::Order if names == Some(true) => {
            finding.removes = text("remove").and_then(|id| id.parse().ok()).or(finding.removes);
        }
        AnchorPurpose::Order => {}
        AnchorPurpose::Birth | AnchorPurpose::Date => {
            finding.issued_at = claims.get("iat").and_then(Value::as_u64).or(finding.issued_at);
        }
    }
    if purpose == AnchorPurpose::Birth && names != Some(false) {
        let birth = ["birthdate", "birth_date"].iter().find_map(|name| text(name)?.parse::<Date>().ok());
        finding.birth = birth.or(finding.birth);
    }
}
