//! What was wrong with which certificate.

use std::fmt;

use super::{MAX_ANCHORS, MAX_CERTIFICATE_BYTES, MAX_CHAIN, MAX_NAMES, MAX_UNORDERED};
use crate::check::{Check, Refusal};

/// Why a certificate or a chain of them was not taken. Holds nothing that a certificate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct CertificateError {
    /// Which certificate.
    pub place: Place,
    /// What was wrong with it.
    pub fault: Fault,
}

/// A place in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The first certificate, whose key signed the token.
    Leaf,
    /// A certificate between leaf and anchor, counted from 1.
    Intermediate(usize),
    /// A trust anchor.
    Anchor,
    /// The chain as a whole.
    Chain,
}

/// What was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// No array of strings, an empty one, or one of more than [`MAX_CHAIN`].
    #[error("not a list of 1 to {MAX_CHAIN} certificates")]
    List,
    /// Not base64 with padding.
    #[error("not base64 with its padding (and not base64url)")]
    Base64,
    /// Not PEM with the label `CERTIFICATE`, or nothing of the kind in the text.
    #[error("not a text of PEM blocks labelled CERTIFICATE")]
    Pem,
    /// More than [`MAX_ANCHORS`] anchors.
    #[error("more than {MAX_ANCHORS} anchors")]
    TooManyAnchors,
    /// Over [`MAX_CERTIFICATE_BYTES`].
    #[error("longer than {MAX_CERTIFICATE_BYTES} bytes")]
    TooLong,
    /// Not the DER of one certificate.
    #[error("not the DER of one X.509 certificate")]
    Der,
    /// Not version 3.
    #[error("not of version 3")]
    Version,
    /// Not a positive number of at most 20 octets.
    #[error("the serial number is not a positive number of at most 20 octets")]
    Serial,
    /// The signed part and the outside name different signature algorithms.
    #[error("the two places that name the signature algorithm differ")]
    AlgorithmsDiffer,
    /// No issuer, or no subject where one is needed.
    #[error("issuer or subject is empty where it must not be")]
    EmptyName,
    /// One extension stands twice.
    #[error("an extension stands twice")]
    DuplicateExtension,
    /// A critical extension that is not understood, or that must not be critical.
    #[error("an extension is critical that is not understood or must not be critical")]
    Critical,
    /// An extension that must be critical is not.
    #[error("the extension {0} must be critical")]
    NotCritical(&'static str),
    /// An extension cannot be read, or says nothing.
    #[error("the extension {0} is malformed, empty, or stands where it must not")]
    Extension(&'static str),
    /// More than [`MAX_NAMES`] names in one extension.
    #[error("more than {MAX_NAMES} names in one extension")]
    TooManyNames,
    /// A key identifier is missing.
    #[error("the extension {0} with its key identifier is missing")]
    KeyIdentifier(&'static str),
    /// Policy constraints, which this software does not process.
    #[error("it has policy constraints, which are not processed here")]
    PolicyConstraints,
    /// The next certificate is not its issuer.
    #[error("its issuer is not the next certificate, and no trust anchor")]
    NotIssued,
    /// It names an issuer whose key did not sign it.
    #[error("its signature is not by its issuer")]
    Signature,
    /// The chain ends without an anchor.
    #[error("no trust anchor issued it")]
    NoAnchor,
    /// The search for a path was given up.
    #[error("too many ways to build a path")]
    Budget,
    /// More certificates in no order than [`MAX_UNORDERED`].
    #[error("more than {MAX_UNORDERED} certificates")]
    TooManyCertificates,
    /// More intermediate certificates than the purpose allows.
    #[error("more intermediate certificates than the verifier allows")]
    TooManyIntermediates,
    /// Before notBefore.
    #[error("not yet valid at the time of the check")]
    NotYetValid,
    /// After notAfter.
    #[error("expired at the time of the check")]
    Expired,
    /// The signature is not written as its algorithm has it.
    #[error("its signature is not written as its algorithm asks")]
    SignatureForm,
    /// The certificate of an anchor is not that of a certification authority.
    #[error("not the certificate of a certification authority (basicConstraints), which an anchor must be")]
    AnchorNotCa,
    /// An authority whose key usage does not allow it to issue.
    #[error("a certification authority, but its key usage does not allow signing certificates")]
    CaWithoutCertSign,
    /// Something that only authorities have, in the certificate of nobody's authority.
    #[error("it has {0}, which is for certification authorities, but it is not one (basicConstraints)")]
    WithoutCa(&'static str),
    /// An issuer is not a certification authority.
    #[error("not a certification authority, but another certificate is issued by it")]
    NotCa,
    /// pathLenConstraint is passed.
    #[error("more authorities below it than its path length allows")]
    PathLength,
    /// The key usage does not allow this.
    #[error("its key usage does not allow what the key is used for")]
    KeyUsage,
    /// The extended key usage does not allow this.
    #[error("its extended key usage does not allow the purpose")]
    ExtendedKeyUsage,
    /// A name is not within the constraints of an authority above.
    #[error("a name is outside the name constraints of an authority above it")]
    NameConstraints,
    /// The name asked for is not in the leaf.
    #[error("the name asked for is not among its subject alternative names")]
    OtherName,
    /// A key or a signature algorithm off our list.
    #[error("a key or signature algorithm that is not accepted (Ed25519, P-256 and P-384 ECDSA are)")]
    Algorithm,
    /// A signature by an algorithm that is not that of the issuer's key.
    #[error(
        "signed with an algorithm that its issuer's key is not for (P-256 goes with SHA-256, P-384 with SHA-384)"
    )]
    SignatureAlgorithm,
    /// A trust anchor within the chain.
    #[error("it is a trust anchor, which must not stand in the chain")]
    AnchorInChain,
    /// The leaf is signed with its own key.
    #[error("self-signed, which the leaf must not be")]
    SelfSigned,
}

impl Fault {
    /// The numbered check that this fails.
    pub const fn check(self) -> Check {
        match self {
            Self::List
            | Self::Base64
            | Self::Pem
            | Self::TooManyAnchors
            | Self::TooManyCertificates
            | Self::TooManyIntermediates
            | Self::TooLong => Check::TrustChainForm,
            Self::Der
            | Self::Version
            | Self::Serial
            | Self::AlgorithmsDiffer
            | Self::EmptyName
            | Self::DuplicateExtension
            | Self::Critical
            | Self::NotCritical(_)
            | Self::Extension(_)
            | Self::TooManyNames
            | Self::KeyIdentifier(_)
            | Self::CaWithoutCertSign
            | Self::WithoutCa(_)
            | Self::SignatureForm
            | Self::PolicyConstraints => Check::TrustCertificate,
            Self::NotIssued | Self::Signature | Self::NoAnchor | Self::Budget => Check::TrustPath,
            Self::NotYetValid | Self::Expired => Check::TrustValidity,
            Self::NotCa | Self::AnchorNotCa | Self::PathLength => Check::TrustAuthority,
            Self::KeyUsage | Self::ExtendedKeyUsage => Check::TrustKeyUse,
            Self::NameConstraints => Check::TrustNameConstraints,
            Self::OtherName => Check::TrustName,
            Self::Algorithm | Self::SignatureAlgorithm => Check::TrustAlgorithm,
            Self::AnchorInChain | Self::SelfSigned => Check::TrustChainProfile,
        }
    }

    pub(in crate::trust) const fn at(self, place: Place) -> CertificateError {
        CertificateError { place, fault: self }
    }
}

impl From<CertificateError> for Refusal {
    fn from(error: CertificateError) -> Self {
        error.fault.check().refuse_because(error)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf => f.write_str("leaf certificate"),
            Self::Intermediate(place) => write!(f, "intermediate certificate {place}"),
            Self::Anchor => f.write_str("trust anchor"),
            Self::Chain => f.write_str("certificate chain"),
        }
    }
}
