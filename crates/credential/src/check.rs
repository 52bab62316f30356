//! The numbered checks, and what a refusal says.
//!
//! The table below is the source; `spec/checks.md` repeats it for people, and a test compares the two. A number
//! is never reused for another rule. The line that refuses names its [`Check`], and at least one negative test
//! names its number.

use std::fmt;

use bookbag_crypto::cbor::CborError;
use bookbag_crypto::cose::CoseError;
use bookbag_crypto::json::JsonError;
use bookbag_crypto::jwk::JwkError;
use bookbag_crypto::jws::JwsError;

use crate::path::ClaimPath;
use crate::trust::issuer::MetadataError;
use crate::trust::x509::CertificateError;

/// Defines [`Check`] from one table, so that number, clause and rule cannot drift apart.
macro_rules! checks {
    ($($check:ident = $id:literal, $clause:literal, $rule:literal;)+) => {
        /// One numbered check. `spec/checks.md` lists them with their sources.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Check {
            $(#[doc = concat!($id, ": ", $rule, " (", $clause, ").")] $check,)+
        }

        impl Check {
            /// Every check, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$check),+];

            /// Its number, such as `SD-07`. It stays the same for ever.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$check => $id),+ }
            }

            /// The clause it enforces.
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$check => $clause),+ }
            }

            /// What must hold, in one sentence without a full stop.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$check => $rule),+ }
            }
        }
    };
}

checks! {
    // SD: the SD-JWT itself.
    SdForm = "SD-01", "RFC 9901 section 4",
        "an SD-JWT is a JWT and disclosures, each followed by a tilde, and at most one key binding JWT at the end";
    SdTooLarge = "SD-02", "our limit",
        "the token, its number of disclosures and its depth are within the limits";

    // TR: who signed it.
    TrustKey = "TR-01", "RFC 8725 section 3.1; RFC 7515 section 4.1.4",
        "exactly one of the keys that the verifier trusts fits the algorithm and the key id of the header";
    TrustIssuer = "TR-02", "draft-ietf-oauth-sd-jwt-vc, JWT VC Issuer Metadata",
        "the issuer is an https address, and the one whose keys the verifier trusts";
    TrustMetadata = "TR-03", "draft-ietf-oauth-sd-jwt-vc, JWT VC Issuer Metadata Validation",
        "issuer metadata says exactly the issuer it was asked for, and has either `jwks` or `jwks_uri`";
    TrustKeySet = "TR-04", "RFC 7517 section 5",
        "a key set is an object with an array of public keys, none of them private, within the limits";
    TrustChainForm = "TR-05", "RFC 7515 section 4.1.6",
        "certificates come as a list in base64 of DER, the leaf first, or as PEM, within the limits";
    TrustCertificate = "TR-06", "RFC 5280 sections 4.1 and 4.2",
        "each certificate is well-formed, of version 3, and has the extensions of its kind and no unknown critical one";
    TrustPath = "TR-07", "RFC 5280 section 6.1.3 (a)(1) and (4)",
        "each certificate is issued and signed by the next, and the last one by a trust anchor";
    TrustValidity = "TR-08", "RFC 5280 section 6.1.3 (a)(2)",
        "the time of the check is within the validity of each certificate and of the anchor";
    TrustAuthority = "TR-09", "RFC 5280 section 6.1.4 (k) to (m)",
        "each issuer is a certification authority, with no more authorities below it than its path length allows";
    TrustKeyUse = "TR-10", "RFC 5280 sections 4.2.1.3, 4.2.1.12 and 6.1.4 (n)",
        "key usage and extended key usage allow what each certificate is used for";
    TrustNameConstraints = "TR-11", "RFC 5280 sections 4.2.1.10 and 6.1.3 (b) and (c)",
        "every name in a certificate is within the name constraints of the authorities above it";
    TrustName = "TR-12", "RFC 5280 section 4.2.1.6",
        "the name that is asked for, or the issuer, is among the leaf's subject alternative names";
    TrustAlgorithm = "TR-13", "RFC 8725 section 3.2",
        "keys and signatures in certificates are of the algorithms on our list";
    TrustChainProfile = "TR-14", "HAIP 1.0, x5c in the header",
        "where the profile asks it, no certificate of the chain is an anchor and the leaf is not self-signed";

    // ST: what a status list says about it.
    StatusClaim = "ST-01", "draft-ietf-oauth-status-list-20 section 6.2",
        "a status_list reference is an object with a URI and an index, an integer from 0";
    StatusMechanism = "ST-02", "draft-ietf-oauth-status-list-20 section 6.1",
        "a status claim is an object that names a status list, the one mechanism that we can check";
    StatusListMissing = "ST-03", "draft-ietf-oauth-status-list-20 section 8.3 step 2",
        "a verified list of exactly the URI that the credential names is at hand";
    StatusNotExpected = "ST-04", "our rule",
        "a credential that is said to name no status list names none";
    StatusTokenForm = "ST-05", "draft-ietf-oauth-status-list-20 section 5",
        "a status list token is a compact JWS or a tagged COSE_Sign1, within the limits";
    StatusTokenType = "ST-06", "draft-ietf-oauth-status-list-20 section 5.1",
        "typ of a status list token says that it is one";
    StatusTokenSignature = "ST-07", "draft-ietf-oauth-status-list-20 section 5.1 rule 2",
        "a status list token is signed by a key that is trusted for it";
    StatusTokenClaims = "ST-08", "draft-ietf-oauth-status-list-20 section 8.3 step 3.b",
        "a status list token has sub, iat and status_list, and its claims have the stated types";
    StatusTokenSubject = "ST-09", "draft-ietf-oauth-status-list-20 section 8.3 step 4.a",
        "sub of a status list token is exactly the URI of the list";
    StatusTokenIssuedAt = "ST-10", "draft-ietf-oauth-status-list-20 section 8.3 step 4.b",
        "a status list token was not issued in the future";
    StatusTokenExpired = "ST-11", "draft-ietf-oauth-status-list-20 section 8.3 step 4.c",
        "the time is before exp of the status list token";
    StatusListForm = "ST-12", "draft-ietf-oauth-status-list-20 section 4.2",
        "a status list has bits of 1, 2, 4 or 8, lst, and no aggregation_uri other than a string";
    StatusListZlib = "ST-13", "draft-ietf-oauth-status-list-20 section 8.3 step 5",
        "lst is exactly one complete zlib stream with a right checksum";
    StatusListTooLarge = "ST-14", "our limit",
        "a status list inflates to no more than the limit";
    StatusIndex = "ST-15", "draft-ietf-oauth-status-list-20 section 8.3 step 6",
        "the index lies within the status list";
    StatusInvalid = "ST-16", "draft-ietf-oauth-status-list-20 section 7.1",
        "the credential has not been revoked";
    StatusSuspended = "ST-17", "draft-ietf-oauth-status-list-20 section 7.1",
        "the credential is not suspended";
    StatusUnknown = "ST-18", "draft-ietf-oauth-status-list-20 section 7.1",
        "the status is one whose meaning is registered";
    StatusTime = "ST-19", "draft-ietf-oauth-status-list-20 section 8.4",
        "the time that was asked for lies from iat up to exp of the status list token";
    StatusAggregation = "ST-20", "draft-ietf-oauth-status-list-20 section 9.3",
        "an aggregation is a JSON object with status_lists, an array of URIs, within the limits";

    // TM: what its type says about it.
    TypeDocument = "TM-01", "draft-ietf-oauth-sd-jwt-vc-19 section 5.2",
        "a type metadata document is a JSON object whose members have the stated types";
    TypeTooLarge = "TM-02", "our limits",
        "documents, claims and the chain of extended types are within the limits";
    TypeIdentifier = "TM-03", "draft-ietf-oauth-sd-jwt-vc-19 section 5.2",
        "vct of a type metadata document is exactly the identifier it was asked for by";
    TypeIntegrity = "TM-04", "draft-ietf-oauth-sd-jwt-vc-19 section 6",
        "the octets of a document match its integrity metadata, by the strongest hash in it that we know";
    TypeCircular = "TM-05", "draft-ietf-oauth-sd-jwt-vc-19 section 7.4",
        "no type extends itself, directly or by way of others";
    TypeDisplay = "TM-06", "draft-ietf-oauth-sd-jwt-vc-19 section 5.5",
        "display objects have a language tag as locale, a name or label, and texts that are strings";
    TypeRendering = "TM-07", "draft-ietf-oauth-sd-jwt-vc-19 section 5.5.1",
        "rendering metadata has https or data URIs, RGB colours and the stated properties";
    TypeClaim = "TM-08", "draft-ietf-oauth-sd-jwt-vc-19 section 5.6",
        "claim metadata has a path and properties of the stated types and values";
    TypeClaimTwice = "TM-09", "our rule",
        "no document describes one path twice";
    TypeSvgId = "TM-10", "draft-ietf-oauth-sd-jwt-vc-19 section 5.6",
        "svg_id is made of letters, digits and underscores, does not begin with a digit and is unique";
    TypeSdFinal = "TM-11", "draft-ietf-oauth-sd-jwt-vc-19 section 5.6.5.1",
        "an extending type does not change sd once it is always or never";
    TypeMandatoryFinal = "TM-12", "draft-ietf-oauth-sd-jwt-vc-19 section 5.6.5.1",
        "an extending type does not make a mandatory claim optional";
    TypePathMisfit = "TM-13", "draft-ietf-oauth-sd-jwt-vc-19 section 5.6.1.2",
        "the paths of the claim metadata fit the credential";
    TypeMandatoryMissing = "TM-14", "draft-ietf-oauth-sd-jwt-vc-19 section 5.6.3",
        "every mandatory claim was issued";
    TypeSdMismatch = "TM-15", "draft-ietf-oauth-sd-jwt-vc-19 section 5.6.4",
        "claims are selectively disclosable, or not, as the type says";
}

/// Why something was refused: the check that failed, and where. Never holds the value of a claim, so it can be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The check that failed.
    pub check: Check,
    /// The claim it failed on, where there is one.
    pub claim: Option<ClaimPath>,
    /// What lay underneath, where there is more to say.
    pub cause: Option<Cause>,
}

/// What lay underneath a [`Refusal`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// A JWS was not acceptable.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// A key was not acceptable.
    #[error(transparent)]
    Jwk(#[from] JwkError),
    /// A text was not acceptable JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A COSE message was not acceptable.
    #[error(transparent)]
    Cose(#[from] CoseError),
    /// Bytes were not acceptable CBOR.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// Issuer metadata or a key set was not acceptable.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// A certificate was not acceptable.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl Check {
    /// The refusal that this check failed.
    pub fn refuse(self) -> Refusal {
        Refusal { check: self, claim: None, cause: None }
    }

    /// The refusal that this check failed on a claim.
    pub fn refuse_at(self, claim: ClaimPath) -> Refusal {
        Refusal { check: self, claim: Some(claim), cause: None }
    }

    /// The refusal that this check failed because of `cause`.
    pub fn refuse_because(self, cause: impl Into<Cause>) -> Refusal {
        Refusal { check: self, claim: None, cause: Some(cause.into()) }
    }

    /// The refusal that this check failed because of `cause`; made for `map_err`.
    pub fn because<E: Into<Cause>>(self) -> impl Fn(E) -> Refusal {
        move |cause| Refusal { check: self, claim: None, cause: Some(cause.into()) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = self.check;
        write!(f, "{}: {} ({})", check.id(), check.rule(), check.clause())?;
        if let Some(claim) = &self.claim {
            write!(f, ", at {claim}")?;
        }
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_in_order_within_their_group() {
        for pair in Check::ALL.windows(2) {
            let (one, two) = (pair[0].id(), pair[1].id());
            assert!(one.get(..2) != two.get(..2) || one < two, "{one} {two}");
        }
        let ids: std::collections::HashSet<_> = Check::ALL.iter().map(|check| check.id()).collect();
        assert_eq!(ids.len(), Check::ALL.len());
    }
}
