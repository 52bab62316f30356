//! Credentials that can be trusted: SD-JWT VC, issued, held, presented and verified.
//!
//! Claims are read from a verified presentation and from nowhere else. Every check has a number
//! ([`Check`], listed in `spec/checks.md`); a [`Refusal`] says which one failed and never what a claim held.
//!
//! The crate is pure: the time, the randomness, the trust anchors and the status lists that a check needs are
//! arguments.

pub mod sd_jwt;
pub mod status;
pub mod trust;
pub mod type_metadata;

mod check;
mod path;
mod time;

pub use check::{Cause, Check, Refusal};
pub use path::{ClaimPath, MAX_PATH_ELEMENTS, PathElement, PathError};
pub use time::UnixTime;
