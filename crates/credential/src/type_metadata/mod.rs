//! What a credential's type says about it: names and labels for people, and what its issuer had to put in
//! (draft-ietf-oauth-sd-jwt-vc-19 sections 5 and 6).
//!
//! A type is described by a JSON document under the identifier in `vct`, which may extend another type, and so
//! on. [`resolve`] combines the chain into one [`ResolvedType`]; where a document is not at hand it says which
//! one ([`Resolution::Missing`]), the caller fetches it and calls again. Nothing in a document is used before the
//! whole chain is there and every integrity value in it holds (section 5.7).
//!
//! A type says what a credential looks like. It does not say that its issuer may issue it, not even when it
//! extends a type that the issuer may issue (section 7.7). Its texts are written by strangers: escape them, and
//! hold them to the room you have (section 7.6).

mod conformity;
mod display;
mod document;
mod integrity;
mod language;
mod rendering;
mod resolve;

pub use conformity::KnownClaims;
pub use display::{ClaimDisplay, TypeDisplay};
pub use document::{MAX_CLAIMS, MAX_DOCUMENT_BYTES, SelectiveDisclosure};
pub use integrity::{Integrity, MAX_INTEGRITY_BYTES};
pub use language::{LanguageTag, choose};
pub use rendering::{
    ColourScheme, Contrast, Orientation, Rendering, Resource, RgbColour, SimpleRendering, SvgTemplate,
};
pub use resolve::{MAX_EXTENDS, MissingDocument, Resolution, ResolvedClaim, ResolvedType, resolve};

#[cfg(test)]
mod tests;
