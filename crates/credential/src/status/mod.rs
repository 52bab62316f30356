//! Has a credential been revoked? Token Status Lists (draft-ietf-oauth-status-list-20).
//!
//! A credential names a list and an index in it ([`StatusReference`]). The list is published by its issuer,
//! signed ([`VerifiedStatusList`]), with one small number for each credential; everybody who checks any of them
//! fetches the same list, so the issuer learns little about who is shown where. Fetching is the caller's.
//!
//! Checking a credential takes [`StatusEvidence`]: the verified lists, or the statement that the credential names
//! none. "Nobody looked" is not a value of it. Whether a list may be a little old is the caller's policy: see
//! [`VerifiedStatusList::fresh_until`].
//!
//! A verifier may trust many issuers, and none of them may speak about the credentials of another. So a list
//! remembers who signed it, and counts only for credentials by the same signer, unless the caller says that it trusts
//! these lists for whatever credential names them ([`StatusEvidence::ByAuthority`]). Message authentication codes are
//! not accepted, only signatures.

mod aggregation;
mod cwt;
mod given;
mod issue;
mod list;
mod reference;
mod token;
mod zlib;

pub use aggregation::{MAX_AGGREGATION_BYTES, MAX_AGGREGATION_URIS, StatusListAggregation};
pub use cwt::PreparedStatusListCwt;
pub use given::ListNotGiven;
pub use issue::{PreparedStatusListJwt, StatusListClaims};
pub use list::{EntryWidth, MAX_LIST_BYTES, Status, StatusList, StatusListError};
pub use reference::{MAX_URI_BYTES, StatusReference};
pub use token::{
    CLOCK_SKEW_SECONDS, MAX_FRESH_SECONDS, MAX_TOKEN_BYTES, MIN_FRESH_SECONDS, StatusListForm,
    VerifiedStatusList,
};

use crate::check::{Check, Refusal};
use crate::path::ClaimPath;
use crate::time::UnixTime;
use crate::trust::{TrustedBy, TrustedKey};

/// What a verifier knows about the status of a credential. There is no "not checked".
#[derive(Debug, Clone, Copy)]
pub enum StatusEvidence<'e> {
    /// The credential names no list. It is refused if it does.
    NamesNoList,
    /// These lists, among them the one that the credential names, if it names one. Each list of that URI must be
    /// signed by whoever signed the credential: with the same key, or with another key that the same issuer publishes
    /// in its metadata.
    ByIssuer(&'e [VerifiedStatusList]),
    /// These lists, whoever issued the credential: the caller trusts those who signed them to speak about status.
    ByAuthority(&'e [VerifiedStatusList]),
}

/// The proof that a credential's status was looked at and stands in its way no longer. Only [`check_status`]
/// makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChecked {
    reference: Option<StatusReference>,
    relied_on_cwt: bool,
}

impl StatusChecked {
    /// Where the credential was found to be valid; `None` if it names no list.
    pub fn reference(&self) -> Option<&StatusReference> {
        self.reference.as_ref()
    }

    /// Whether a list that was believed is a CWT, which not every kind of credential may have.
    pub fn relied_on_cwt(&self) -> bool {
        self.relied_on_cwt
    }
}

/// Decides by the evidence whether a credential with this reference, signed by this key, may pass. Everything else
/// about the credential is checked before (section 8.3).
///
/// # Errors
///
/// If the credential names a list and is said to name none, its list is not at hand, is signed by somebody who may not
/// speak about it or does not hold at this time, the index lies beyond the end, or the status is anything but valid.
pub fn check_status(
    reference: Option<&StatusReference>,
    evidence: &StatusEvidence<'_>,
    signer: &TrustedKey<'_>,
    now: UnixTime,
) -> Result<StatusChecked, Refusal> {
    let Some(reference) = reference else {
        return Ok(StatusChecked { reference: None, relied_on_cwt: false });
    };
    let lists = match evidence {
        StatusEvidence::NamesNoList => {
            return Err(refuse_list(Check::StatusNotExpected, ListNotGiven::among(reference.uri(), &[])));
        }
        StatusEvidence::ByIssuer(lists) | StatusEvidence::ByAuthority(lists) => *lists,
    };
    // Section 8.3 step 4.a: the URI is compared as it stands.
    let copies = || lists.iter().filter(|list| list.uri() == reference.uri());
    let Some(newest) = copies().map(VerifiedStatusList::issued_at).max() else {
        return Err(refuse_list(Check::StatusListMissing, ListNotGiven::among(reference.uri(), lists)));
    };
    // An older copy by somebody else counts too: it is a sign that lists and issuers were mixed up.
    if matches!(evidence, StatusEvidence::ByIssuer(_)) && !copies().all(|list| list.is_by_issuer_of(signer)) {
        return Err(refuse_list(Check::StatusSigner, ListNotGiven::by_its_signer(reference.uri())));
    }
    let mut relied_on_cwt = false;
    // Of several copies the newest one speaks; of several newest ones each can refuse.
    for list in copies().filter(|list| list.issued_at() == newest) {
        list.require_current(now)?;
        require_valid(list.status_at(reference.index())?)?;
        relied_on_cwt |= list.form() == StatusListForm::Cwt;
    }
    Ok(StatusChecked { reference: Some(reference.clone()), relied_on_cwt })
}

fn refuse_list(check: Check, needed: ListNotGiven) -> Refusal {
    check.refuse_because(needed).at(ClaimPath::top("status"))
}

fn require_valid(status: Status) -> Result<(), Refusal> {
    match status {
        Status::Valid => Ok(()),
        Status::Invalid => Err(Check::StatusInvalid.refuse()),
        Status::Suspended => Err(Check::StatusSuspended.refuse()),
        // Section 7.1: nobody has told us what it means, so it does not mean "valid".
        Status::ApplicationSpecific(_) | Status::Reserved(_) => Err(Check::StatusUnknown.refuse()),
    }
}

impl VerifiedStatusList {
    /// Whether the signer of a credential signed this list too, with the same key or with another one of the issuer
    /// whose metadata has both.
    fn is_by_issuer_of(&self, signer: &TrustedKey<'_>) -> bool {
        let publishes_both = match signer.by() {
            TrustedBy::Metadata { issuer } => self.published_by() == Some(issuer),
            _ => false,
        };
        publishes_both || self.signer() == signer.key()
    }
}

#[cfg(test)]
mod tests;
