//! Who signed this: the key of an issuer, by a means that the verifier's policy chose.
//!
//! A token says which key *claims* to have signed it: `kid`, `x5c` and `iss` are hints by whoever made it. An
//! [`IssuerTrust`] says whom the verifier believes and by which means, and exactly one means: [keys it was
//! given](IssuerTrust::pinned), [the metadata that an issuer publishes](IssuerTrust::metadata), or [a chain of
//! certificates up to an anchor](IssuerTrust::anchors). A token that carries what another means would use is not
//! helped by it (draft-ietf-oauth-sd-jwt-vc, "Issuer Signature Mechanisms").
//!
//! Nothing is fetched and no clock is read: metadata, key sets, anchors and the time are arguments.

pub mod issuer;
pub mod x509;

use bookbag_crypto::PublicKey;
use bookbag_crypto::jws::Header;

use crate::check::{Check, Refusal};
use crate::time::UnixTime;
use issuer::{IssuerKeys, JwkSet};
use x509::{Chain, Fault, Place, Purpose, TrustAnchors, ValidatedLeaf};

/// Whom a verifier believes about a credential's issuer, and by which means.
#[derive(Debug, Clone)]
pub struct IssuerTrust(Means);

#[derive(Debug, Clone)]
enum Means {
    Pinned(JwkSet),
    Metadata(IssuerKeys),
    Anchors(TrustAnchors, Purpose),
}

impl IssuerTrust {
    /// These keys and no others, whatever the token says its issuer is.
    pub fn pinned(keys: impl Into<JwkSet>) -> Self {
        Self(Means::Pinned(keys.into()))
    }

    /// The keys that this issuer publishes, for tokens whose `iss` is this issuer.
    pub fn metadata(keys: IssuerKeys) -> Self {
        Self(Means::Metadata(keys))
    }

    /// Whoever these authorities certify for this purpose; the certificates come in the `x5c` header.
    pub fn anchors(anchors: TrustAnchors, purpose: Purpose) -> Self {
        Self(Means::Anchors(anchors, purpose))
    }

    /// The key to check a token with, from its header and its `iss`, neither of which is believed yet.
    ///
    /// # Errors
    ///
    /// If this policy trusts no key for such a token at this time, or cannot tell which of several.
    pub fn key_for(
        &self,
        header: &Header,
        iss: Option<&str>,
        at: UnixTime,
    ) -> Result<TrustedKey<'_>, Refusal> {
        match &self.0 {
            Means::Pinned(keys) => Ok(TrustedKey(Source::Pinned(keys.pinned_for(header)?))),
            Means::Metadata(keys) => {
                // draft-ietf-oauth-sd-jwt-vc, "JWT VC Issuer Metadata Validation": identical, or not used.
                if iss != Some(keys.issuer()) {
                    return Err(Check::TrustIssuer.refuse());
                }
                let key = keys.keys().published_for(header)?;
                Ok(TrustedKey(Source::Metadata { key, issuer: keys.issuer() }))
            }
            Means::Anchors(anchors, purpose) => {
                let x5c = header.members().get("x5c").ok_or(Fault::List.at(Place::Chain))?;
                let leaf = anchors.validate(&Chain::from_x5c(x5c)?, at, purpose)?;
                purpose.check_issuer(iss, &leaf)?;
                issuer::fits(leaf.key(), header)?;
                Ok(TrustedKey(Source::Chain(Box::new(leaf))))
            }
        }
    }
}

/// A key that the verifier's policy trusts for one token, and why. Only [`IssuerTrust::key_for`] makes it.
#[derive(Debug)]
pub struct TrustedKey<'t>(Source<'t>);

#[derive(Debug)]
enum Source<'t> {
    Pinned(&'t PublicKey),
    Metadata { key: &'t PublicKey, issuer: &'t str },
    Chain(Box<ValidatedLeaf>),
}

/// How a key came to be trusted.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum TrustedBy<'k> {
    /// It was given to the verifier as the issuer's.
    Pinned,
    /// This issuer publishes it in its metadata.
    Metadata {
        /// The issuer, exactly as its metadata and the token say it.
        issuer: &'k str,
    },
    /// An authority certified it; the certificate says for whom.
    Chain(&'k ValidatedLeaf),
}

impl TrustedKey<'_> {
    /// The key.
    pub fn key(&self) -> &PublicKey {
        match &self.0 {
            Source::Pinned(key) | Source::Metadata { key, .. } => key,
            Source::Chain(leaf) => leaf.key(),
        }
    }

    /// How it came to be trusted.
    pub fn by(&self) -> TrustedBy<'_> {
        match &self.0 {
            Source::Pinned(_) => TrustedBy::Pinned,
            Source::Metadata { issuer, .. } => TrustedBy::Metadata { issuer },
            Source::Chain(leaf) => TrustedBy::Chain(leaf),
        }
    }
}
