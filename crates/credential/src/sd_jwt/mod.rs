//! SD-JWT (RFC 9901) and SD-JWT VC (draft-ietf-oauth-sd-jwt-vc-19): issue, hold, present, verify.
//!
//! An issuer signs digests instead of claims and hands the claims to the holder as *disclosures*. The holder shows
//! some of them; whoever verifies recomputes the digests. What is not shown stays hidden, but that something is
//! hidden does not, and two presentations of one credential can be linked by its signature: issue several copies.

mod claims;
mod compact;
mod disclosure;
mod hold;
mod issue;
mod json_form;
mod key_binding;
mod process;
mod vc;
mod verify;

#[cfg(test)]
mod tests;

pub use compact::{Compact, MAX_DISCLOSURES, MAX_SD_JWT_BYTES};
pub use hold::{Held, HeldClaim, PresentError, Proof, Selection, UnsignedPresentation, Visibility};
pub use issue::{Issuance, IssueError, UnsignedSdJwt};
pub use json_form::compact_from_json;
pub use key_binding::{
    CheckedKeyBinding, KEY_BINDING_TYPE, KeyBinding, MAX_CLOCK_AHEAD_SECONDS, MaxAge, Transaction,
};
pub use process::MAX_PATHS_BYTES;
pub use vc::{ALWAYS_CLEAR, SD_JWT_VC_TYPES};
pub use verify::{AcceptedTypes, Context, Profile, VerifiedPresentation, status_hint, verify};
