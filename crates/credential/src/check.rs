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
use crate::status::ListNotGiven;
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
    SdReservedName = "SD-12", "RFC 9901 section 7.1 step 3.c.ii.2 and section 4.1.1",
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
    SdJsonForm = "SD-24", "RFC 9901 section 8",
        "the JSON form has payload, protected header and signature, and disclosures and kb_jwt with the first one only";
    SdKind = "SD-25", "RFC 8725 section 3.11",
        "typ, where present, is a string and not that of a token for another purpose";

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
        "the key binding JWT has iat (a number), aud, nonce and sd_hash (a string each), and other registered claims of their types";
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
    VcIntegrity = "VC-05", "draft-ietf-oauth-sd-jwt-vc-19 section 6",
        "vct#integrity is a string";
    VcUnexpectedType = "VC-06", "OpenID4VP 1.0 section 8.6",
        "the credential is of a type that the verifier accepts";
    VcStatusListForm = "VC-07", "draft-ietf-oauth-sd-jwt-vc-19 section 2.2.2.3",
        "the status list of an SD-JWT VC is a JWT";

    // TR: who signed it.
    TrustKey = "TR-01", "RFC 8725 section 3.1; RFC 7515 section 4.1.4",
        "a key that the verifier trusts is for the algorithm of the header, and is the one that kid names where kid decides";
    TrustIssuer = "TR-02", "draft-ietf-oauth-sd-jwt-vc, JWT VC Issuer Metadata",
        "the issuer is an https address, and the one whose keys the verifier trusts";
    TrustMetadata = "TR-03", "draft-ietf-oauth-sd-jwt-vc, JWT VC Issuer Metadata Validation",
        "issuer metadata says exactly the issuer it was asked for, and has either `jwks` or `jwks_uri`";
    TrustKeySet = "TR-04", "RFC 7517 section 5",
        "a key set is an object with an array of public keys, none of them private, within the limits";
    TrustChainForm = "TR-05", "RFC 7515 section 4.1.6, our limits",
        "certificates come as a list in base64 of DER, the leaf first, or as PEM, and are no more than the limits allow";
    TrustCertificate = "TR-06", "RFC 5280 sections 4.1 and 4.2",
        "each certificate is well-formed, of version 3, and has the extensions of its kind and no unknown critical one";
    TrustPath = "TR-07", "RFC 5280 section 6.1.3 (a)(1) and (4)",
        "each certificate is issued and signed by the next, and the last one by a trust anchor";
    TrustValidity = "TR-08", "RFC 5280 section 6.1.3 (a)(2)",
        "the time of the check is within the validity of each certificate and of the anchor";
    TrustAuthority = "TR-09", "RFC 5280 section 6.1.4 (k) to (m)",
        "each issuer, and each anchor, is a certification authority, with no more of them below it than its path length allows";
    TrustKeyUse = "TR-10", "RFC 5280 sections 4.2.1.3, 4.2.1.12 and 6.1.4 (n)",
        "key usage and extended key usage allow what each certificate is used for";
    TrustNameConstraints = "TR-11", "RFC 5280 sections 4.2.1.10 and 6.1.3 (b) and (c)",
        "every name in a certificate is within the name constraints of the authorities above it";
    TrustName = "TR-12", "RFC 5280 section 4.2.1.6",
        "the name that is asked for, or the issuer, is among the leaf's subject alternative names";
    TrustAlgorithm = "TR-13", "RFC 8725 section 3.2",
        "keys and signatures in certificates are of the algorithms on our list, each signature of its issuer's";
    TrustChainProfile = "TR-14", "HAIP 1.0 section 6.1.1",
        "where the profile asks it, no certificate of the chain is an anchor and the leaf is not self-signed";
    TrustSingleKey = "TR-15", "RFC 7517 section 4",
        "a key that is given by itself is one public JWK that can verify signatures";

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
        "the signature of a status list token is good under a key that is trusted for it";
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
    StatusSigner = "ST-21", "draft-ietf-oauth-status-list-20 section 5.1",
        "a status list is signed by the key that signed the credential or by another of its issuer, unless the verifier trusts its signer for status";
    StatusTokenKey = "ST-22", "draft-ietf-oauth-status-list-20 section 5.1",
        "there is a key that is trusted for the status list token";
    StatusTokenNotYetValid = "ST-23", "RFC 7519 section 4.1.5",
        "the time is not before nbf of the status list token";
    StatusTokenAudience = "ST-24", "RFC 7519 section 4.1.3",
        "a status list token is for everybody and has no aud";

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

/// Why something was refused: the check that failed, and where. Never holds the value of a claim, so it can be logged;
/// but for the URI of a status list, which is the same for everybody on the list.
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
    /// The status list that a credential names was not among those given.
    #[error(transparent)]
    StatusList(#[from] ListNotGiven),
    /// Another check failed, about something that this one needs: whose certificate it was, say.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
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

    /// The refusal that this check failed because of another one.
    pub(crate) fn refuse_for(self, refusal: Refusal) -> Refusal {
        self.refuse_because(Box::new(refusal))
    }

    /// The refusal that this check failed because of `cause`; made for `map_err`.
    pub fn because<E: Into<Cause>>(self) -> impl Fn(E) -> Refusal {
        move |cause| Refusal { check: self, claim: None, cause: Some(cause.into()) }
    }
}

impl Refusal {
    /// The same refusal, on a claim.
    pub(crate) fn at(self, claim: ClaimPath) -> Self {
        Self { claim: Some(claim), ..self }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = self.check;
        write!(f, "{} does not hold: {} ({})", check.id(), check.rule(), check.clause())?;
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
