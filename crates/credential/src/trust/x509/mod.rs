//! X.509 certificate chains, checked up to given anchors (RFC 5280).
//!
//! [`TrustAnchors::validate`] takes a [`Chain`], the time and a [`Purpose`], and gives a [`ValidatedLeaf`], which
//! nothing else makes: the key of the leaf and the names that its issuers vouch for.
//!
//! **Why our own.** The parts come from libraries: the DER and the types of RFC 5280 from `x509-cert`, the signatures
//! from `bookbag-crypto`. The rules in between are here because the well-kept validator, `rustls-webpki`, is made for
//! TLS servers: it does not look at key usage or at an anchor's own validity and constraints, has no constraints on
//! directory names, and refuses what is an authority itself as a leaf. The issuers of credentials are told apart by
//! just these.
//!
//! **Strictness.** Keys and signatures are those of [the one list](bookbag_crypto::Algorithm), each curve with the hash
//! of its size; RSA is refused. A signature is looked at where it matters: that under an anchor says nothing, so it may
//! be of any kind. Certificates need the key identifiers that RFC 5280 sections 4.2.1.1 and 4.2.1.2 ask
//! for, and what that RFC says "MUST be critical" must be. An expired anchor trusts nobody. Policies are not
//! processed: a certificate with policy constraints is refused, and so is every critical extension that is not
//! understood.
//!
//! **Not here.** Revocation: a chain is not checked against revocation lists, and nothing is fetched. Credentials are
//! withdrawn by their status list; an authority that went bad is withdrawn by taking its anchor away.

mod certificate;
mod fault;
mod name;
mod path;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bookbag_crypto::PublicKey;
use serde_json::Value;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::pem;

use super::issuer::HttpsUrl;
use crate::check::Refusal;
use crate::time::UnixTime;
use certificate::Certificate;
use name::SubjectName;

pub use fault::{CertificateError, Fault, Place};

/// Longest certificate that is read, in bytes.
pub const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;

/// Most certificates in an ordered chain such as `x5c`.
pub const MAX_CHAIN: usize = 10;

/// Most certificates among which a path is looked for when they come in no order.
pub const MAX_UNORDERED: usize = 128;

/// Most anchors in one set.
pub const MAX_ANCHORS: usize = 4096;

/// Most names in one extension of a certificate.
pub const MAX_NAMES: usize = 256;

/// Longest path that is looked for, in certificates without the anchor.
pub const MAX_PATH: usize = 16;

/// Most signatures that are checked in the search for one path.
pub const MAX_SIGNATURE_CHECKS: usize = 64;

/// Most intermediate certificates, not counting self-issued ones, unless a [`Purpose`] says otherwise: all of a
/// longest chain but its leaf.
pub const MAX_INTERMEDIATES: usize = MAX_CHAIN - 1;

/// The authorities that a verifier trusts for some purpose.
#[derive(Debug, Clone, Default)]
pub struct TrustAnchors(Vec<Certificate>);

impl TrustAnchors {
    /// Reads anchors from a text of PEM certificates (RFC 7468 section 5); what stands between them is ignored.
    ///
    /// # Errors
    ///
    /// If there is none, or one of them is not a well-formed certificate of an authority.
    pub fn from_pem(text: &str) -> Result<Self, Refusal> {
        const BEGIN: &str = "-----BEGIN ";
        let mut ders = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(BEGIN) {
            let block = rest.get(start..).unwrap_or_default();
            let (block, after) = end_of_block(block).ok_or(Fault::Pem.at(Place::Anchor))?;
            let (label, der) = pem::decode_vec(block.as_bytes()).map_err(|_| Fault::Pem.at(Place::Anchor))?;
            if label != "CERTIFICATE" {
                return Err(Fault::Pem.at(Place::Anchor).into());
            }
            ders.push(der);
            rest = after;
        }
        if ders.is_empty() { Err(Fault::Pem.at(Place::Anchor).into()) } else { Self::from_der(ders) }
    }

    /// Reads anchors, each the DER of one certificate.
    ///
    /// # Errors
    ///
    /// As [`Self::from_pem`].
    pub fn from_der<D: AsRef<[u8]>>(ders: impl IntoIterator<Item = D>) -> Result<Self, Refusal> {
        let mut anchors = Vec::new();
        for der in ders {
            let anchor = Certificate::from_der(der.as_ref()).map_err(|fault| fault.at(Place::Anchor))?;
            if anchor.extensions.authority.is_none() {
                return Err(Fault::AnchorNotCa.at(Place::Anchor).into());
            }
            if anchors.len() >= MAX_ANCHORS {
                return Err(Fault::TooManyAnchors.at(Place::Anchor).into());
            }
            anchors.push(anchor);
        }
        Ok(Self(anchors))
    }

    /// Adds the anchors of another set.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none, so that nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks a chain up to one of these anchors: RFC 5280 section 6.1, and what the purpose asks.
    ///
    /// # Errors
    ///
    /// If there is no path to an anchor on which every rule holds at this time.
    pub fn validate(&self, chain: &Chain, at: UnixTime, purpose: &Purpose) -> Result<ValidatedLeaf, Refusal> {
        if purpose.haip {
            self.refuse_anchor_in(chain)?;
        }
        let path = path::Search::new(&self.0, chain, purpose, at).run()?;
        ValidatedLeaf::new(&path).ok_or_else(|| Fault::Algorithm.at(Place::Leaf).into())
    }

    /// HAIP 1.0 section 6.1.1: "The X.509 certificate of the trust anchor MUST NOT be included in the `x5c` JOSE
    /// header".
    fn refuse_anchor_in(&self, chain: &Chain) -> Result<(), Refusal> {
        for (index, certificate) in chain.certificates.iter().enumerate() {
            if self.0.iter().any(|anchor| anchor.is_same_entity(certificate)) {
                let place = if index == 0 { Place::Leaf } else { Place::Intermediate(index) };
                return Err(Fault::AnchorInChain.at(place).into());
            }
        }
        Ok(())
    }
}

/// Splits a PEM text behind the end of its first block.
fn end_of_block(text: &str) -> Option<(&str, &str)> {
    const END: &str = "-----END ";
    const DASHES: &str = "-----";
    let label = text.find(END)?.checked_add(END.len())?;
    let dashes = label.checked_add(text.get(label..)?.find(DASHES)?)?;
    text.split_at_checked(dashes.checked_add(DASHES.len())?)
}

/// Certificates that somebody sent to have a leaf believed. Well-formed, nothing more.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The leaf first; at least one.
    certificates: Vec<Certificate>,
    order: Order,
    /// Why the first of those that were left out was.
    left_out: Option<CertificateError>,
}

/// How the certificates behind the leaf are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Each certifies the one before it.
    Given,
    /// Any.
    Unknown,
}

impl Chain {
    /// Reads an `x5c` header: an array of base64 (not base64url) DER, the leaf first, each certified by the next
    /// (RFC 7515 section 4.1.6).
    ///
    /// # Errors
    ///
    /// If it is anything else, or over [`MAX_CHAIN`].
    pub fn from_x5c(x5c: &Value) -> Result<Self, Refusal> {
        let list = x5c.as_array().filter(|list| list.len() <= MAX_CHAIN);
        let list = list.ok_or(Fault::List.at(Place::Chain))?;
        let mut ders = Vec::with_capacity(list.len());
        for element in list {
            let text = element.as_str().ok_or(Fault::List.at(Place::Chain))?;
            if text.len() > MAX_CERTIFICATE_BYTES.div_ceil(3) * 4 {
                return Err(Fault::TooLong.at(Place::Chain).into());
            }
            ders.push(STANDARD.decode(text).map_err(|_| Fault::Base64.at(Place::Chain))?);
        }
        Self::from_der(&ders)
    }

    /// Reads an ordered chain of DER, as the COSE header `x5chain` holds it (RFC 9360 section 2).
    ///
    /// # Errors
    ///
    /// If it is empty, over [`MAX_CHAIN`], or one of them is not a well-formed certificate.
    pub fn from_der<D: AsRef<[u8]>>(ders: &[D]) -> Result<Self, Refusal> {
        if ders.is_empty() || ders.len() > MAX_CHAIN {
            return Err(Fault::List.at(Place::Chain).into());
        }
        let mut certificates = Vec::with_capacity(ders.len());
        for (index, der) in ders.iter().enumerate() {
            let place = if index == 0 { Place::Leaf } else { Place::Intermediate(index) };
            certificates.push(Certificate::from_der(der.as_ref()).map_err(|fault| fault.at(place))?);
        }
        Ok(Self { certificates, order: Order::Given, left_out: None })
    }

    /// Reads a leaf and other certificates in no order, some of which may belong to other chains. Those that are not
    /// well-formed are left out, as if they had not been sent.
    ///
    /// # Errors
    ///
    /// If the leaf is not a well-formed certificate, or there are more than [`MAX_UNORDERED`].
    pub fn unordered<D: AsRef<[u8]>>(leaf: &[u8], others: &[D]) -> Result<Self, Refusal> {
        if others.len() >= MAX_UNORDERED {
            return Err(Fault::TooManyCertificates.at(Place::Chain).into());
        }
        let mut certificates = vec![Certificate::from_der(leaf).map_err(|fault| fault.at(Place::Leaf))?];
        let mut left_out = None;
        for (index, der) in others.iter().enumerate() {
            match Certificate::from_der(der.as_ref()) {
                Ok(certificate) => certificates.push(certificate),
                Err(fault) => {
                    left_out.get_or_insert(fault.at(Place::Intermediate(index.saturating_add(1))));
                }
            }
        }
        Ok(Self { certificates, order: Order::Unknown, left_out })
    }

    /// The key identifiers of the authorities that the certificates name as their issuers, leaf first: what a query
    /// compares its `aki` authorities with (OpenID4VP 1.0 section 6.1.1.1). **Nobody vouches for them yet.**
    pub fn authority_key_ids(&self) -> impl Iterator<Item = &[u8]> {
        self.certificates.iter().filter_map(|certificate| certificate.extensions.authority_key_id.as_deref())
    }
}

/// What a leaf is to be good for.
#[derive(Debug, Clone)]
pub struct Purpose {
    signs: bool,
    extended_key_usage: Option<ObjectIdentifier>,
    names: Vec<ExpectedName>,
    names_issuer: bool,
    haip: bool,
    max_intermediates: usize,
}

/// A name that a leaf must have among its subject alternative names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpectedName {
    /// A host, compared without regard to case; no wildcard stands for it.
    Dns(String),
    /// A URI, compared exactly.
    Uri(String),
    /// An address.
    Ip(IpAddr),
    /// A mailbox, compared exactly but for the case of its host.
    Email(String),
}

impl Purpose {
    /// Signing tokens: where the leaf says what its key is for, `digitalSignature` is among it.
    pub fn signatures() -> Self {
        Self { signs: true, ..Self::any() }
    }

    /// Nothing in particular: the path must be good and the leaf may be for anything. For tools that look at chains;
    /// to believe a token, use [`Self::signatures`].
    pub fn any() -> Self {
        let max_intermediates = MAX_INTERMEDIATES;
        Self {
            signs: false,
            extended_key_usage: None,
            names: Vec::new(),
            names_issuer: false,
            haip: false,
            max_intermediates,
        }
    }

    /// The leaf must name this extended key usage, an object identifier in dotted form.
    ///
    /// # Errors
    ///
    /// If `oid` is no object identifier.
    pub fn with_extended_key_usage(mut self, oid: &str) -> Result<Self, Refusal> {
        let oid = ObjectIdentifier::new(oid).map_err(|_| Fault::ExtendedKeyUsage.at(Place::Leaf))?;
        self.extended_key_usage = Some(oid);
        Ok(self)
    }

    /// The leaf must have this name, besides others asked for.
    #[must_use]
    pub fn with_name(mut self, name: ExpectedName) -> Self {
        self.names.push(name);
        self
    }

    /// Where a token says its issuer, the leaf must have it: the URI itself, or the host of the https address.
    #[must_use]
    pub fn with_issuer_named(mut self) -> Self {
        self.names_issuer = true;
        self
    }

    /// The rules of HAIP 1.0 for `x5c`: no anchor among the certificates, and the leaf is not self-signed.
    #[must_use]
    pub fn with_haip(mut self) -> Self {
        self.haip = true;
        self
    }

    /// At most so many intermediate certificates, not counting self-issued ones.
    #[must_use]
    pub fn with_max_intermediates(mut self, most: usize) -> Self {
        self.max_intermediates = most;
        self
    }

    /// Checks the issuer that a token says against the leaf, if this purpose asks it.
    pub(super) fn check_issuer(&self, iss: Option<&str>, leaf: &ValidatedLeaf) -> Result<(), Refusal> {
        match iss {
            Some(iss) if self.names_issuer && !leaf.names_issuer(iss) => {
                Err(Fault::OtherName.at(Place::Leaf).into())
            }
            _ => Ok(()),
        }
    }
}

impl ExpectedName {
    fn is_in(&self, leaf: &Certificate) -> bool {
        leaf.extensions.names.iter().any(|name| match (self, name) {
            (Self::Dns(wanted), SubjectName::Dns(name)) => wanted.eq_ignore_ascii_case(name),
            (Self::Uri(wanted), SubjectName::Uri(name)) => wanted == name,
            (Self::Ip(wanted), SubjectName::Ip(name)) => wanted == name,
            (Self::Email(wanted), SubjectName::Email(name)) => {
                match (wanted.split_once('@'), name.split_once('@')) {
                    (Some((wanted, wanted_host)), Some((name, host))) => {
                        wanted == name && wanted_host.eq_ignore_ascii_case(host)
                    }
                    _ => false,
                }
            }
            _ => false,
        })
    }
}

/// The leaf of a chain that led to an anchor. Only [`TrustAnchors::validate`] makes it.
#[derive(Debug, Clone)]
pub struct ValidatedLeaf {
    key: PublicKey,
    dns_names: Vec<String>,
    uris: Vec<String>,
    shown: name::Shown,
    subject_key_id: Option<Vec<u8>>,
    authority_key_ids: Vec<Vec<u8>>,
    not_after: UnixTime,
}

impl ValidatedLeaf {
    fn new(path: &[&Certificate]) -> Option<Self> {
        let leaf = path.first()?;
        let names = &leaf.extensions.names;
        let key_ids = path.iter().filter_map(|certificate| certificate.extensions.authority_key_id.clone());
        Some(Self {
            key: leaf.key.clone()?,
            dns_names: names.iter().filter_map(SubjectName::dns).collect(),
            uris: names.iter().filter_map(SubjectName::uri).collect(),
            shown: leaf.shown.clone(),
            subject_key_id: leaf.extensions.subject_key_id.clone(),
            authority_key_ids: key_ids.collect(),
            not_after: leaf.not_after,
        })
    }

    /// The leaf's key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The hosts among its subject alternative names, as written; one may be a wildcard.
    pub fn dns_names(&self) -> &[String] {
        &self.dns_names
    }

    /// The URIs among its subject alternative names.
    pub fn uris(&self) -> &[String] {
        &self.uris
    }

    /// The subject's common name, to be shown.
    pub fn common_name(&self) -> Option<&str> {
        self.shown.common_name.as_deref()
    }

    /// The subject's organisation, to be shown.
    pub fn organisation(&self) -> Option<&str> {
        self.shown.organisation.as_deref()
    }

    /// The subject's `organizationIdentifier` (ETSI EN 319 412-1 section 5.1.4).
    pub fn organisation_identifier(&self) -> Option<&str> {
        self.shown.organisation_identifier.as_deref()
    }

    /// Its subject key identifier.
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.subject_key_id.as_deref()
    }

    /// The authority key identifiers of the path, leaf first, without the anchor's own.
    pub fn authority_key_ids(&self) -> impl Iterator<Item = &[u8]> {
        self.authority_key_ids.iter().map(Vec::as_slice)
    }

    /// The last moment at which the leaf is valid.
    pub fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// Whether `iss` is one of its URIs, or an https address at one of its hosts.
    pub fn names_issuer(&self, iss: &str) -> bool {
        let is_host =
            |url: HttpsUrl<'_>| self.dns_names.iter().any(|name| name.eq_ignore_ascii_case(url.host));
        self.uris.iter().any(|uri| uri == iss) || HttpsUrl::parse(iss).is_some_and(is_host)
    }
}
