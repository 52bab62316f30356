//! The Digital Credentials Query Language (OpenID4VP 1.0 sections 6 and 7).
//!
//! A verifier says what it wants in a [`Query`]; a wallet lays out what it holds as [`Candidate`]s and gets an
//! [`Answer`]: which credential fits which part, by which claim set, and in which combinations. Reading a query
//! checks everything that can be checked without a credential (each rule has a number, [`Rule`]), so that
//! everything behind works on checked values: lists that are not empty, identifiers that are unique and already
//! resolved.
//!
//! # Nothing, or all of it
//!
//! If a wallet cannot deliver all that is not optional, it must deliver nothing (section 6.4.2). So what may be
//! *sent* comes from one place only: [`Answer::offer`] is `None` for a query that is not satisfied, and every
//! [`Combination`] it gives, enumerated or [chosen](Offer::choose), satisfies the whole query.
//!
//! # What the verifier must not learn
//!
//! An [`Answer`] also says why a credential does *not* fit, down to the claim whose value differs. That is for the
//! eyes of the holder alone. Towards the verifier, "nothing fits", "a value differs" and "the person said no" must
//! look the same: one error, `access_denied`, sent after the person acted and not before (sections 8.5 and 15.4.1).
//! Reasons name paths and types, never values, so they can be logged on the holder's own machine.
//!
//! # Limits
//!
//! `values` and `trusted_authorities` narrow what a wallet offers. They prove nothing to the verifier, who checks
//! again what came back ([`Query::check_presented`]) and decides by itself whom it trusts. Signatures, validity,
//! status and holder binding are checked elsewhere; here all input is taken as told.
//!
//! ```
//! use bookbag_protocol::dcql::{Candidate, Query};
//! use serde_json::json;
//!
//! let query = Query::from_json(&json!({"credentials": [{
//!     "id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:eudi:pid:1"]},
//!     "claims": [{"path": ["nationalities", null], "values": ["DE"]}]
//! }]}))?;
//! let held = json!({"format": "dc+sd-jwt", "vct": "urn:eudi:pid:1", "holder_binding": true,
//!     "claims": {"nationalities": ["FR", "DE"]}});
//! let held = [Candidate::from_json(&held)?];
//! let answer = query.match_candidates(&held);
//! let offer = answer.offer().expect("it fits");
//! let first = offer.combinations().next().expect("one combination");
//! let paths = first.presentations().next().expect("one presentation").choice().disclose();
//! assert_eq!(paths[0].to_json(), json!(["nationalities", 1]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod candidate;
mod json;
mod limits;
mod matching;
mod offer;
mod parse;
mod presented;
mod query;
mod rule;
mod select;
#[cfg(test)]
mod tests;

pub use answer::{Answer, ClaimChoice, Match, OptionAnswer, QueryAnswer, SetAnswer};
pub use candidate::{Authority, Candidate, CandidateError};
pub use json::MAX_LISTED_COMBINATIONS;
pub use limits::{
    MAX_AUTHORITIES, MAX_CLAIM_SETS, MAX_CLAIMS, MAX_CREDENTIAL_SETS, MAX_CREDENTIALS, MAX_OPTIONS,
    MAX_QUERY_BYTES, MAX_SET_COMBINATIONS, MAX_TYPES, MAX_VALUES,
};
pub use matching::{ClaimMismatch, ClaimProblem, ClaimSetMismatch, Mismatch};
pub use offer::{ChoiceError, Combination, Combinations, Offer, Pick, Presentation};
pub use presented::{Presented, PresentedError, PresentedProblem};
pub use query::{
    ClaimQuery, CredentialQuery, CredentialSetQuery, Format, Query, TrustedAuthority, TypeFilter, Values,
};
pub use rule::{QueryError, Rule};
