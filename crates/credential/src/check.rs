//! The numbered checks, and what a refusal says.
//!
//! The table below is the source; `spec/checks.md` repeats it for people, and a test compares the two. A number
//! is never reused for another rule. The line that refuses names its [`Check`], and at least one negative test
//! names its number.

use std::fmt;

use bookbag_crypto::json::JsonError;
use bookbag_crypto::jwk::JwkError;
use bookbag_crypto::jws::JwsError;

use crate::path::ClaimPath;
use crate::trust::issuer::MetadataError;

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
    // SD: the SD-JWT itself, for whoever receives one.
    SdForm = "SD-01", "RFC 9901 section 4",
        "an SD-JWT is a JWT and disclosures, each followed by a tilde, then at most one key binding JWT";
    SdTooLarge = "SD-02", "our limits",
        "the length, the number of disclosures and the depth of an SD-JWT are within the limits";
    SdIssuerJwt = "SD-03", "RFC 9901 section 7.1 step 2.a",
        "the issuer-signed JWT is a compact JWS with an accepted algorithm, never none";
    SdIssuerSignature = "SD-04", "RFC 9901 section 7.1 step 2.b",
        "the issuer's signature is good under a key that is trusted for this issuer";
    SdPayload = "SD-05", "RFC 9901 section 4.1, RFC 7519 section 7.2",
        "the payload of the issuer-signed JWT is a JSON object without repeated names";
    SdHashAlgorithm = "SD-06", "RFC 9901 section 7.1 step 2.d",
        "_sd_alg, where present, names sha-256, sha-384 or sha-512";
    SdHashAlgorithmPlace = "SD-07", "RFC 9901 section 4.1.1",
        "_sd_alg stands only at the top level of the payload";
    SdDigestList = "SD-08", "RFC 9901 section 7.1 step 3.b.i",
        "_sd is an array of strings";
    SdEllipsis = "SD-09", "RFC 9901 section 4.2.4.2",
        "a member named ... stands alone in an array element and holds a string";
    SdDisclosure = "SD-10", "RFC 9901 section 4.2",
        "a disclosure is base64url of a JSON array that begins with a salt string";
    SdObjectDisclosure = "SD-11", "RFC 9901 section 7.1 step 3.c.ii.1",
        "a disclosure whose digest stands in _sd has three elements: salt, claim name and value";
    SdReservedName = "SD-12", "RFC 9901 section 7.1 step 3.c.ii.2",
        "no disclosed claim is named _sd, _sd_alg or ...";
    SdNameCollision = "SD-13", "RFC 9901 section 7.1 step 3.c.ii.3",
        "no disclosed claim has a name that is already there at its level";
    SdElementDisclosure = "SD-14", "RFC 9901 section 7.1 step 3.c.iii.1",
        "a disclosure whose digest stands in an array element has two elements: salt and value";
    SdDigestTwice = "SD-15", "RFC 9901 section 7.1 step 4",
        "no digest stands twice in the payload and the disclosed values";
    SdUnreferenced = "SD-16", "RFC 9901 section 7.1 step 5",
        "every disclosure is referenced by a digest";
    SdDisclosureTwice = "SD-17", "RFC 9901 section 4",
        "no disclosure is sent twice";
    SdExpired = "SD-18", "RFC 9901 section 7.1 step 6, RFC 7519 section 4.1.4",
        "the time is before exp";
    SdNotYetValid = "SD-19", "RFC 9901 section 7.1 step 6, RFC 7519 section 4.1.5",
        "the time is not before nbf";
    SdAudience = "SD-20", "RFC 9901 section 7.1 step 6, RFC 7519 section 4.1.3",
        "aud in the issuer-signed JWT, where present, names this verifier";
    SdRegisteredClaim = "SD-21", "RFC 7519 section 4.1",
        "registered claims have the types that are registered for them";
    SdRequiredClaim = "SD-22", "RFC 9901 section 7.1 step 6",
        "every claim that the verifier requires is in the processed payload";
    SdKeyBindingFromIssuer = "SD-23", "RFC 9901 section 7.2",
        "an SD-JWT that comes from its issuer has no key binding JWT";

    // KB: key binding, for the verifier.
    KbMissing = "KB-01", "RFC 9901 section 7.3 step 2",
        "a key binding JWT is there when the verifier's policy requires one";
    KbJwt = "KB-02", "RFC 9901 section 7.3 step 5.b",
        "the key binding JWT is a compact JWS with an accepted algorithm, never none";
    KbHolderKey = "KB-03", "RFC 9901 section 7.3 step 5.a, RFC 7800 section 3.2",
        "the payload names the holder's public key in cnf.jwk";
    KbSignature = "KB-04", "RFC 9901 section 7.3 step 5.c",
        "the key binding JWT is signed by the holder's key";
    KbType = "KB-05", "RFC 9901 section 7.3 step 5.d",
        "typ of the key binding JWT is kb+jwt";
    KbClaims = "KB-06", "RFC 9901 section 4.3",
        "the key binding JWT has iat (a number), aud, nonce and sd_hash (a string each)";
    KbTime = "KB-07", "RFC 9901 section 7.3 step 5.e",
        "iat of the key binding JWT is within the accepted window";
    KbNonce = "KB-08", "RFC 9901 section 7.3 step 5.f",
        "nonce of the key binding JWT is the one of this transaction";
    KbAudience = "KB-09", "RFC 9901 section 7.3 step 5.f",
        "aud of the key binding JWT is this verifier";
    KbHash = "KB-10", "RFC 9901 section 7.3 step 5.g",
        "sd_hash is the hash of the SD-JWT that was presented";
    KbOtherClaims = "KB-11", "RFC 9901 section 7.3 step 5.h, RFC 7519 section 4.1",
        "exp and nbf of the key binding JWT, where present, hold";

    // VC: what SD-JWT VC adds to SD-JWT.
    VcType = "VC-01", "draft-ietf-oauth-sd-jwt-vc-19 section 2.2.1",
        "typ is dc+sd-jwt, or vc+sd-jwt as older drafts had it";
    VcVct = "VC-02", "draft-ietf-oauth-sd-jwt-vc-19 section 2.2.2.1",
        "vct is there and is a string that is not empty";
    VcAlwaysClear = "VC-03", "draft-ietf-oauth-sd-jwt-vc-19 section 2.2.2.3",
        "iss, nbf, exp, cnf, vct, vct#integrity, aka_vcts and status, and all within them, are in the clear";
    VcOtherTypes = "VC-04", "draft-ietf-oauth-sd-jwt-vc-19 section 2.2.2.2",
        "aka_vcts is an array, not empty, of strings other than vct";
    VcIntegrity = "VC-05", "draft-ietf-oauth-sd-jwt-vc-19 section 5",
        "vct#integrity is a string";
    VcUnexpectedType = "VC-06", "OpenID4VP 1.0 section 8.6",
        "the credential is of a type that the verifier accepts";

    // TR: who signed it.
    TrustKey = "TR-01", "RFC 8725 section 3.1; RFC 7515 section 4.1.4",
        "exactly one of the keys that the verifier trusts fits the algorithm and the key id of the header";
    TrustIssuer = "TR-02", "draft-ietf-oauth-sd-jwt-vc, JWT VC Issuer Metadata",
        "the issuer is an https address, and the one whose keys the verifier trusts";
    TrustMetadata = "TR-03", "draft-ietf-oauth-sd-jwt-vc, JWT VC Issuer Metadata Validation",
        "issuer metadata says exactly the issuer it was asked for, and has either `jwks` or `jwks_uri`";
    TrustKeySet = "TR-04", "RFC 7517 section 5",
        "a key set is an object with an array of public keys, none of them private, within the limits";
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
    /// Issuer metadata or a key set was not acceptable.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
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
            assert!(one[..2] != two[..2] || one < two, "{one} {two}");
        }
        let ids: std::collections::HashSet<_> = Check::ALL.iter().map(|check| check.id()).collect();
        assert_eq!(ids.len(), Check::ALL.len());
    }
}
