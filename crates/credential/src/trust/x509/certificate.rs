//! One certificate: its DER, its profile, its key (RFC 5280 section 4).
//!
//! Everything that can be said about a certificate without knowing its issuer, the time or the purpose is checked
//! when it is read; what is left for the path needs a second certificate or a clock.

use std::borrow::Cow;

use bookbag_crypto::{Algorithm, PublicKey};
use x509_cert::TbsCertificate;
use x509_cert::der::asn1::{BitString, ObjectIdentifier, UintRef};
use x509_cert::der::{Decode, Encode as _, Reader as _, SliceReader};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, NameConstraints, PolicyConstraints,
    SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;
use x509_cert::{Version, der};

use super::fault::Fault;
use super::name::{Constraints, DistinguishedName, Shown, SubjectName, names_of_subject};
use super::{MAX_CERTIFICATE_BYTES, MAX_NAMES};
use crate::time::UnixTime;

const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Most octets of a serial number (RFC 5280 section 4.1.2.2).
const SERIAL_BYTES: usize = 20;

/// A certificate that is well-formed in itself. Nobody has said who issued it.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    der: Vec<u8>,
    /// The octets that were signed, as they came.
    signed: Vec<u8>,
    signature: SignatureValue,
    /// `None` if it is not on our list.
    pub(super) key: Option<PublicKey>,
    key_info: Vec<u8>,
    pub(super) issuer: DistinguishedName,
    pub(super) subject: DistinguishedName,
    pub(super) shown: Shown,
    /// What a subject counts for under name constraints.
    subject_names: Vec<SubjectName>,
    pub(super) not_before: UnixTime,
    pub(super) not_after: UnixTime,
    pub(super) extensions: Extensions,
}

/// The signature under a certificate, as it came: nobody may ever need it.
#[derive(Debug, Clone)]
struct SignatureValue {
    /// `None` if it is not on our list.
    algorithm: Option<Algorithm>,
    bytes: Vec<u8>,
}

/// The extensions that are understood.
#[derive(Debug, Clone, Default)]
pub(super) struct Extensions {
    pub(super) authority: Option<Authority>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Option<Vec<ObjectIdentifier>>,
    pub(super) names: Vec<SubjectName>,
    pub(super) constraints: Option<Constraints>,
    pub(super) subject_key_id: Option<Vec<u8>>,
    pub(super) authority_key_id: Option<Vec<u8>>,
}

/// A certification authority, and how many others may stand below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Authority {
    pub(super) path_length: Option<u8>,
}

impl Certificate {
    pub(super) fn from_der(der: &[u8]) -> Result<Self, Fault> {
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(Fault::TooLong);
        }
        let (signed, algorithm, signature) = split(der).map_err(|_| Fault::Der)?;
        let tbs = TbsCertificate::from_der(signed).map_err(|_| Fault::Der)?;
        check_profile(&tbs, &algorithm)?;
        let extensions = Extensions::new(&tbs)?;
        let key_info = tbs.subject_public_key_info().to_der().map_err(|_| Fault::Der)?;
        Ok(Self {
            der: der.to_vec(),
            signed: signed.to_vec(),
            signature: SignatureValue::new(&algorithm, &signature)?,
            key: PublicKey::from_spki_der(&key_info).ok(),
            key_info,
            issuer: DistinguishedName::new(tbs.issuer()),
            subject: DistinguishedName::new(tbs.subject()),
            shown: Shown::new(tbs.subject()),
            subject_names: names_of_subject(tbs.subject()),
            not_before: unix_time(tbs.validity().not_before),
            not_after: unix_time(tbs.validity().not_after),
            extensions,
        })
    }

    /// Issuer and subject are one name (RFC 5280 section 3.2).
    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Self-issued, and signed by its own key (RFC 5280 section 3.2).
    pub(super) fn is_self_signed(&self) -> bool {
        self.is_self_issued() && self.is_signed_by(self).is_ok()
    }

    /// The same name with the same key, or the same octets.
    pub(super) fn is_same_entity(&self, other: &Self) -> bool {
        self.der == other.der || (self.subject == other.subject && self.key_info == other.key_info)
    }

    /// Whether the key identifiers allow that `issuer` issued it, where both are there (RFC 5280 section 4.2.1.1).
    pub(super) fn key_ids_match(&self, issuer: &Self) -> bool {
        match (&self.extensions.authority_key_id, &issuer.extensions.subject_key_id) {
            (Some(authority), Some(subject)) => authority == subject,
            _ => true,
        }
    }

    /// RFC 5280 section 6.1.3 (a)(1): one signature check.
    pub(super) fn is_signed_by(&self, issuer: &Self) -> Result<(), Fault> {
        let (Some(key), Some(algorithm)) = (&issuer.key, self.signature.algorithm) else {
            return Err(Fault::Algorithm);
        };
        if key.algorithm() != algorithm {
            return Err(Fault::SignatureAlgorithm);
        }
        key.verify(&self.signed, &self.signature.as_jose(algorithm)?).map_err(|_| Fault::Signature)
    }

    /// Every name that constraints apply to.
    pub(super) fn constrained_names(&self) -> impl Iterator<Item = &SubjectName> {
        self.subject_names.iter().chain(&self.extensions.names)
    }
}

/// The three parts of `Certificate`, the first as the octets that were signed.
fn split(der: &[u8]) -> der::Result<(&[u8], AlgorithmIdentifierOwned, BitString)> {
    let mut reader = SliceReader::new(der)?;
    let parts = reader.sequence(|inner| -> der::Result<_> {
        Ok((inner.tlv_bytes()?, AlgorithmIdentifierOwned::decode(inner)?, BitString::decode(inner)?))
    })?;
    reader.finish()?;
    Ok(parts)
}

fn check_profile(tbs: &TbsCertificate, algorithm: &AlgorithmIdentifierOwned) -> Result<(), Fault> {
    // RFC 5280 section 4.1.2.1: extensions need version 3, and every certificate of this profile has some.
    if tbs.version() != Version::V3 {
        return Err(Fault::Version);
    }
    // Section 4.1.2.2: positive, at most 20 octets; one more octet where DER needs a zero for the sign.
    let serial = tbs.serial_number().as_bytes();
    let magnitude = serial.strip_prefix(&[0]).unwrap_or(serial);
    let is_negative = serial.first().is_some_and(|first| first & 0x80 != 0);
    if magnitude.is_empty() || magnitude.len() > SERIAL_BYTES || is_negative {
        return Err(Fault::Serial);
    }
    // Section 4.1.1.2: "MUST contain the same algorithm identifier".
    if tbs.signature() != algorithm {
        return Err(Fault::AlgorithmsDiffer);
    }
    // Section 4.1.2.4: "MUST contain a non-empty distinguished name".
    if tbs.issuer().is_empty() { Err(Fault::EmptyName) } else { Ok(()) }
}

fn unix_time(time: Time) -> UnixTime {
    UnixTime(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}

impl SignatureValue {
    fn new(algorithm: &AlgorithmIdentifierOwned, signature: &BitString) -> Result<Self, Fault> {
        let bytes = signature.as_bytes().ok_or(Fault::Der)?.to_vec();
        let algorithm = match (algorithm.oid, &algorithm.parameters) {
            (ED25519, None) => Some(Algorithm::EdDsa),
            (ECDSA_WITH_SHA256, None) => Some(Algorithm::Es256),
            (ECDSA_WITH_SHA384, None) => Some(Algorithm::Es384),
            // RFC 5758 section 3.2 and RFC 8410 section 3: the parameters are absent.
            _ => None,
        };
        Ok(Self { algorithm, bytes })
    }

    /// The signature as JOSE writes it.
    fn as_jose(&self, algorithm: Algorithm) -> Result<Cow<'_, [u8]>, Fault> {
        match algorithm {
            Algorithm::EdDsa => Ok(Cow::Borrowed(&self.bytes)),
            Algorithm::Es256 | Algorithm::Es384 => {
                let joined = joined(&self.bytes, algorithm.signature_bytes() / 2);
                joined.map(Cow::Owned).ok_or(Fault::SignatureForm)
            }
        }
    }
}

/// `ECDSA-Sig-Value` (RFC 3279 section 2.2.3) as R‖S, each of this length.
fn joined(der: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut reader = SliceReader::new(der).ok()?;
    let (r, s) = reader
        .sequence(|inner| -> der::Result<_> { Ok((UintRef::decode(inner)?, UintRef::decode(inner)?)) })
        .ok()?;
    reader.finish().ok()?;
    let mut bytes = Vec::with_capacity(length * 2);
    for part in [r.as_bytes(), s.as_bytes()] {
        bytes.resize(bytes.len() + length.checked_sub(part.len())?, 0);
        bytes.extend_from_slice(part);
    }
    Some(bytes)
}

impl Extensions {
    fn new(tbs: &TbsCertificate) -> Result<Self, Fault> {
        let list = tbs.extensions().map_or(&[][..], |list| list.as_slice());
        // RFC 5280 section 4.2: "MUST NOT include more than one instance of a particular extension".
        let mut kinds: Vec<_> = list.iter().map(|extension| extension.extn_id).collect();
        kinds.sort_unstable();
        if kinds.windows(2).any(|pair| matches!(pair, [one, two] if one == two)) {
            return Err(Fault::DuplicateExtension);
        }
        let mut extensions = Self::default();
        let mut may_have_names_only = false;
        for extension in list {
            extensions.read(extension)?;
            may_have_names_only |= extension.extn_id == SAN && extension.critical;
        }
        // Sections 4.1.2.6 and 4.2.1.6: an authority has a subject; anybody else has one or a critical
        // alternative name.
        let may_be_empty = extensions.authority.is_none() && may_have_names_only;
        if tbs.subject().is_empty() && !may_be_empty {
            return Err(Fault::EmptyName);
        }
        extensions.check_authority()?;
        Ok(extensions)
    }

    fn read(&mut self, extension: &Extension) -> Result<(), Fault> {
        match extension.extn_id {
            BASIC_CONSTRAINTS => self.authority = authority(extension)?,
            KEY_USAGE => {
                let usage: KeyUsage = decode(extension, "keyUsage")?;
                // Section 4.2.1.3: "at least one of the bits MUST be set to 1".
                if usage.0.is_empty() {
                    return Err(Fault::Extension("keyUsage"));
                }
                self.key_usage = Some(usage);
            }
            EXTENDED_KEY_USAGE => {
                let usage: ExtendedKeyUsage = decode(extension, "extKeyUsage")?;
                // Section 4.2.1.12: "one or more purposes".
                if usage.0.is_empty() {
                    return Err(Fault::Extension("extKeyUsage"));
                }
                self.extended_key_usage = Some(usage.0);
            }
            SAN => self.names = names(extension)?,
            NAME_CONSTRAINTS => {
                // Section 4.2.1.10: "Conforming CAs MUST mark this extension as critical".
                if !extension.critical {
                    return Err(Fault::NotCritical("nameConstraints"));
                }
                let constraints: NameConstraints = decode(extension, "nameConstraints")?;
                self.constraints = Some(Constraints::new(&constraints)?);
            }
            // Section 4.2.1.11: critical always, so that who does not process it refuses.
            POLICY_CONSTRAINTS => return Err(Fault::PolicyConstraints),
            // Section 4.2 and everything below: what is critical and not above is not processed, and these two
            // "MUST" not be critical (sections 4.2.1.1 and 4.2.1.2).
            _ if extension.critical => return Err(Fault::Critical),
            SUBJECT_KEY_ID => {
                let id: SubjectKeyIdentifier = decode(extension, "subjectKeyIdentifier")?;
                self.subject_key_id = Some(id.0.as_bytes().to_vec());
            }
            AUTHORITY_KEY_ID => {
                let id: AuthorityKeyIdentifier = decode(extension, "authorityKeyIdentifier")?;
                // Section 4.2.1.1: the key identifier "MUST be included", and issuer and serial number "MUST both be
                // present or both be absent" (appendix A.2).
                let missing = Fault::KeyIdentifier("authorityKeyIdentifier");
                if id.authority_cert_issuer.is_some() != id.authority_cert_serial_number.is_some() {
                    return Err(Fault::Extension("authorityKeyIdentifier"));
                }
                self.authority_key_id = Some(id.key_identifier.ok_or(missing)?.as_bytes().to_vec());
            }
            _ => {}
        }
        Ok(())
    }

    /// What being an authority, or not being one, says about the other extensions.
    fn check_authority(&self) -> Result<(), Fault> {
        let signs_certificates = self.key_usage.map(|usage| usage.key_cert_sign());
        match (self.authority, signs_certificates) {
            // Section 4.2.1.9: without cA "the keyCertSign bit [...] MUST NOT be asserted". The other way round
            // the two contradict each other as well.
            (None, Some(true)) => Err(Fault::WithoutCa("the key usage keyCertSign")),
            (Some(_), Some(false)) => Err(Fault::CaWithoutCertSign),
            // Section 4.2.1.10: name constraints "MUST be used only in a CA certificate".
            (None, _) if self.constraints.is_some() => Err(Fault::WithoutCa("name constraints")),
            // Section 4.2.1.2: "MUST appear in all conforming CA certificates".
            (Some(_), _) if self.subject_key_id.is_none() => {
                Err(Fault::KeyIdentifier("subjectKeyIdentifier"))
            }
            _ => Ok(()),
        }
    }
}

const BASIC_CONSTRAINTS: ObjectIdentifier = <BasicConstraints as der::oid::AssociatedOid>::OID;
const KEY_USAGE: ObjectIdentifier = <KeyUsage as der::oid::AssociatedOid>::OID;
const EXTENDED_KEY_USAGE: ObjectIdentifier = <ExtendedKeyUsage as der::oid::AssociatedOid>::OID;
const SAN: ObjectIdentifier = <SubjectAltName as der::oid::AssociatedOid>::OID;
const NAME_CONSTRAINTS: ObjectIdentifier = <NameConstraints as der::oid::AssociatedOid>::OID;
const POLICY_CONSTRAINTS: ObjectIdentifier = <PolicyConstraints as der::oid::AssociatedOid>::OID;
const SUBJECT_KEY_ID: ObjectIdentifier = <SubjectKeyIdentifier as der::oid::AssociatedOid>::OID;
const AUTHORITY_KEY_ID: ObjectIdentifier = <AuthorityKeyIdentifier as der::oid::AssociatedOid>::OID;

fn decode<'e, T: Decode<'e>>(extension: &'e Extension, name: &'static str) -> Result<T, Fault> {
    T::from_der(extension.extn_value.as_bytes()).map_err(|_| Fault::Extension(name))
}

fn authority(extension: &Extension) -> Result<Option<Authority>, Fault> {
    let name = "basicConstraints";
    let constraints: BasicConstraints = decode(extension, name)?;
    match (constraints.ca, constraints.path_len_constraint) {
        // Section 4.2.1.9: authorities "MUST mark the extension as critical".
        (true, _) if !extension.critical => Err(Fault::NotCritical(name)),
        (true, path_length) => Ok(Some(Authority { path_length })),
        // The same: "MUST NOT include the pathLenConstraint field unless the cA boolean is asserted".
        (false, Some(_)) => Err(Fault::WithoutCa("a path length")),
        (false, None) => Ok(None),
    }
}

fn names(extension: &Extension) -> Result<Vec<SubjectName>, Fault> {
    let names: SubjectAltName = decode(extension, "subjectAltName")?;
    match names.0.len() {
        // Section 4.2.1.6: "the sequence MUST contain at least one entry".
        0 => Err(Fault::Extension("subjectAltName")),
        1..=MAX_NAMES => names.0.iter().map(SubjectName::new).collect(),
        _ => Err(Fault::TooManyNames),
    }
}
