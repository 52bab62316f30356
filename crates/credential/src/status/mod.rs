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
//! What this does not decide is whether the signer of a list may speak about the credential: the caller gives the
//! keys that it trusts for *this* purpose. Message authentication codes are not accepted, only signatures.

mod aggregation;
mod cwt;
mod issue;
mod list;
mod reference;
mod token;
mod zlib;

pub use aggregation::{MAX_AGGREGATION_BYTES, MAX_AGGREGATION_URIS, StatusListAggregation};
pub use cwt::PreparedStatusListCwt;
pub use issue::{PreparedStatusListJwt, StatusListClaims};
pub use list::{EntryWidth, MAX_LIST_BYTES, Status, StatusList, StatusListError};
pub use reference::{MAX_URI_BYTES, StatusReference};
pub use token::{
    CLOCK_SKEW_SECONDS, MAX_FRESH_SECONDS, MAX_TOKEN_BYTES, MIN_FRESH_SECONDS, VerifiedStatusList,
};

use crate::check::{Check, Refusal};
use crate::time::UnixTime;

/// What a verifier knows about the status of a credential. There is no "not checked".
#[derive(Debug, Clone, Copy)]
pub enum StatusEvidence<'e> {
    /// The credential names no list. It is refused if it does.
    NamesNoList,
    /// These lists, among them the one that the credential names, if it names one.
    Lists(&'e [VerifiedStatusList]),
}

/// The proof that a credential's status was looked at and stands in its way no longer. Only [`check_status`]
/// makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChecked(Option<StatusReference>);

impl StatusChecked {
    /// Where the credential was found to be valid; `None` if it names no list.
    pub fn reference(&self) -> Option<&StatusReference> {
        self.0.as_ref()
    }
}

/// Decides by the evidence whether a credential with this reference may pass. Everything else about the
/// credential is checked before (section 8.3).
///
/// # Errors
///
/// If the credential names a list and is said to name none, its list is not at hand or has expired, the index lies
/// beyond the end, or the status is anything but valid.
pub fn check_status(
    reference: Option<&StatusReference>,
    evidence: &StatusEvidence<'_>,
    now: UnixTime,
) -> Result<StatusChecked, Refusal> {
    let Some(reference) = reference else {
        return Ok(StatusChecked(None));
    };
    let StatusEvidence::Lists(lists) = evidence else {
        return Err(Check::StatusNotExpected.refuse());
    };
    // Section 8.3 step 4.a: the URI is compared as it stands. Of several copies the newest one speaks.
    let same = lists.iter().filter(|list| list.uri() == reference.uri());
    let list = same.max_by_key(|list| list.issued_at()).ok_or_else(|| Check::StatusListMissing.refuse())?;
    list.require_unexpired(now)?;
    match list.status_at(reference.index())? {
        Status::Valid => Ok(StatusChecked(Some(reference.clone()))),
        Status::Invalid => Err(Check::StatusInvalid.refuse()),
        Status::Suspended => Err(Check::StatusSuspended.refuse()),
        // Section 7.1: nobody has told us what it means, so it does not mean "valid".
        Status::ApplicationSpecific(_) | Status::Reserved(_) => Err(Check::StatusUnknown.refuse()),
    }
}

#[cfg(test)]
mod tests;
