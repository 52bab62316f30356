//! Names in certificates: how they are written, compared and constrained (RFC 5280 sections 4.2.1.6, 4.2.1.10, 7).
//!
//! Limits: strings are compared without regard to case and to repeated spaces, but without the compatibility
//! mappings of RFC 4518 (a full-width letter is not a plain one). A host is found in `dNSName` only, never in the
//! common name, and a wildcard in a certificate stands for no host, since an issuer is one host.

use std::net::IpAddr;

use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::{Any, ObjectIdentifier};
use x509_cert::der::{Tag, Tagged as _};
use x509_cert::ext::pkix::NameConstraints;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;

use super::MAX_NAMES;
use super::fault::Fault;
use crate::trust::issuer::is_dns_name;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const ORGANISATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");
const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

/// A distinguished name in the one form that equal names share (RFC 5280 section 7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DistinguishedName(Vec<Vec<Attribute>>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Attribute {
    kind: ObjectIdentifier,
    value: AttributeValue,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum AttributeValue {
    /// A string, without differences of case and spaces.
    Text(String),
    /// Anything else, compared octet by octet.
    Other(Tag, Vec<u8>),
}

impl DistinguishedName {
    pub(super) fn new(name: &Name) -> Self {
        let parts = name.iter_rdn().map(|part| {
            let mut attributes: Vec<_> = part.iter().map(Attribute::new).collect();
            attributes.sort();
            attributes
        });
        Self(parts.collect())
    }

    /// RFC 5280 section 7.1: a name is within a subtree if the subtree's parts are its first parts.
    fn is_within(&self, subtree: &Self) -> bool {
        self.0.starts_with(&subtree.0)
    }

    /// Whether it is written in strings that can be compared: the older ones could hide what is excluded.
    fn is_text(&self) -> bool {
        self.0.iter().flatten().all(|attribute| matches!(attribute.value, AttributeValue::Text(_)))
    }
}

impl Attribute {
    fn new(attribute: &AttributeTypeAndValue) -> Self {
        let value = match text(&attribute.value) {
            Some(text) => {
                let words: Vec<_> = text.split_whitespace().collect();
                AttributeValue::Text(words.join(" ").to_lowercase())
            }
            None => AttributeValue::Other(attribute.value.tag(), attribute.value.value().to_vec()),
        };
        Self { kind: attribute.oid, value }
    }
}

fn text(value: &Any) -> Option<&str> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => std::str::from_utf8(value.value()).ok(),
        _ => None,
    }
}

/// What people read in a subject. It decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) common_name: Option<String>,
    pub(super) organisation: Option<String>,
    pub(super) organisation_identifier: Option<String>,
}

impl Shown {
    pub(super) fn new(subject: &Name) -> Self {
        let find = |kind| {
            let attribute = subject.iter().find(|attribute| attribute.oid == kind)?;
            text(&attribute.value).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Self {
            common_name: find(COMMON_NAME),
            organisation: find(ORGANISATION),
            organisation_identifier: find(ORGANISATION_IDENTIFIER),
        }
    }
}

/// The names that a subject stands for where names are constrained: itself and the e-mail addresses in it
/// (RFC 5280 section 4.2.1.10, which asks for the addresses where the certificate has no `rfc822Name`; here always).
pub(super) fn names_of_subject(subject: &Name) -> Vec<SubjectName> {
    let directory = (!subject.is_empty()).then(|| SubjectName::Directory(DistinguishedName::new(subject)));
    let addresses = subject.iter().filter(|attribute| attribute.oid == EMAIL_ADDRESS);
    let addresses = addresses.map(|address| match text(&address.value) {
        Some(text) => SubjectName::Email(text.to_owned()),
        None => SubjectName::Email(String::new()),
    });
    directory.into_iter().chain(addresses).collect()
}

/// The kinds of names that name constraints speak of; those of one kind are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dns,
    Email,
    Uri,
    Ip,
    Directory,
    /// Kinds that are not processed here, told apart by their tag in `GeneralName`.
    Unprocessed(u8),
}

/// One name of a certificate, its syntax checked.
#[derive(Debug, Clone)]
pub(super) enum SubjectName {
    Dns(String),
    Email(String),
    Uri(String),
    Ip(IpAddr),
    Directory(DistinguishedName),
    Unprocessed(u8),
}

impl SubjectName {
    /// RFC 5280 section 4.2.1.6: each name has the syntax of its kind.
    pub(super) fn new(name: &GeneralName) -> Result<Self, Fault> {
        let malformed = Fault::Extension("subjectAltName");
        Ok(match name {
            GeneralName::DnsName(name) => {
                let name = name.as_str();
                let plain = name.strip_prefix("*.").unwrap_or(name);
                if !is_dns_name(plain) {
                    return Err(malformed);
                }
                Self::Dns(name.to_owned())
            }
            GeneralName::Rfc822Name(name) if is_mailbox(name.as_str()) => {
                Self::Email(name.as_str().to_owned())
            }
            GeneralName::UniformResourceIdentifier(uri) if is_absolute_uri(uri.as_str()) => {
                Self::Uri(uri.as_str().to_owned())
            }
            GeneralName::IpAddress(octets) => Self::Ip(ip_address(octets.as_bytes()).ok_or(malformed)?),
            GeneralName::DirectoryName(name) => Self::Directory(DistinguishedName::new(name)),
            GeneralName::OtherName(_) => Self::Unprocessed(0),
            GeneralName::EdiPartyName(_) => Self::Unprocessed(5),
            GeneralName::RegisteredId(_) => Self::Unprocessed(8),
            GeneralName::Rfc822Name(_) | GeneralName::UniformResourceIdentifier(_) => return Err(malformed),
        })
    }

    pub(super) fn dns(&self) -> Option<String> {
        if let Self::Dns(name) = self { Some(name.clone()) } else { None }
    }

    pub(super) fn uri(&self) -> Option<String> {
        if let Self::Uri(uri) = self { Some(uri.clone()) } else { None }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Dns(_) => Kind::Dns,
            Self::Email(_) => Kind::Email,
            Self::Uri(_) => Kind::Uri,
            Self::Ip(_) => Kind::Ip,
            Self::Directory(_) => Kind::Directory,
            Self::Unprocessed(tag) => Kind::Unprocessed(*tag),
        }
    }
}

/// The name constraints of one authority, read.
#[derive(Debug, Clone)]
pub(super) struct Constraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

#[derive(Debug, Clone)]
enum Subtree {
    /// A host and everything below it; all hosts if empty.
    Dns(String),
    /// A mailbox, a host, or with a leading dot what is below a host.
    Email(String),
    /// A host, or with a leading dot what is below a host.
    Uri(String),
    Ip {
        address: IpAddr,
        mask: u128,
    },
    Directory(DistinguishedName),
    Unprocessed(u8),
}

impl Constraints {
    pub(super) fn new(constraints: &NameConstraints) -> Result<Self, Fault> {
        let read = |subtrees: &Option<Vec<GeneralSubtree>>| match subtrees {
            None => Ok(Vec::new()),
            // `GeneralSubtrees` has at least one (RFC 5280 section 4.2.1.10).
            Some(subtrees) if subtrees.is_empty() => Err(Fault::Extension("nameConstraints")),
            Some(subtrees) if subtrees.len() > MAX_NAMES => Err(Fault::TooManyNames),
            Some(subtrees) => subtrees.iter().map(Subtree::new).collect(),
        };
        let (permitted, excluded) =
            (read(&constraints.permitted_subtrees)?, read(&constraints.excluded_subtrees)?);
        if permitted.is_empty() && excluded.is_empty() {
            return Err(Fault::Extension("nameConstraints"));
        }
        Ok(Self { permitted, excluded })
    }

    /// Whether a certificate of these names may stand below (RFC 5280 section 6.1.3 (b) and (c)).
    pub(super) fn allow<'n>(&self, mut names: impl Iterator<Item = &'n SubjectName>) -> bool {
        names.all(|name| self.allows(name))
    }

    fn allows(&self, name: &SubjectName) -> bool {
        let kind = name.kind();
        let of_kind = |subtrees: &[Subtree]| subtrees.iter().any(|subtree| subtree.kind() == kind);
        if !of_kind(&self.permitted) && !of_kind(&self.excluded) {
            return true;
        }
        // "the application MUST either process the constraint or reject the certificate", and a URI without a
        // host that is a name "MUST" be rejected where URIs are constrained (section 4.2.1.10).
        let is_processed = match name {
            SubjectName::Unprocessed(_) => false,
            SubjectName::Uri(uri) => uri_host(uri).is_some(),
            SubjectName::Email(email) => is_mailbox(email),
            SubjectName::Directory(name) => name.is_text(),
            SubjectName::Dns(_) | SubjectName::Ip(_) => true,
        };
        is_processed
            && !self.excluded.iter().any(|subtree| subtree.touches(name))
            && (!of_kind(&self.permitted) || self.permitted.iter().any(|subtree| subtree.holds(name)))
    }
}

impl Subtree {
    fn new(subtree: &GeneralSubtree) -> Result<Self, Fault> {
        let malformed = Fault::Extension("nameConstraints");
        // "minimum MUST be zero, and maximum MUST be absent" (RFC 5280 section 4.2.1.10).
        if subtree.minimum != 0 || subtree.maximum.is_some() {
            return Err(malformed);
        }
        Ok(match &subtree.base {
            GeneralName::DnsName(name) if name.as_str().is_empty() || is_dns_name(name.as_str()) => {
                Self::Dns(name.as_str().to_owned())
            }
            GeneralName::Rfc822Name(name) if is_mailbox(name.as_str()) || is_host_pattern(name.as_str()) => {
                Self::Email(name.as_str().to_owned())
            }
            GeneralName::UniformResourceIdentifier(host) if is_host_pattern(host.as_str()) => {
                Self::Uri(host.as_str().to_owned())
            }
            GeneralName::IpAddress(octets) => Self::ip(octets.as_bytes()).ok_or(malformed)?,
            GeneralName::DirectoryName(name) => Self::Directory(DistinguishedName::new(name)),
            GeneralName::OtherName(_) => Self::Unprocessed(0),
            GeneralName::EdiPartyName(_) => Self::Unprocessed(5),
            GeneralName::RegisteredId(_) => Self::Unprocessed(8),
            _ => return Err(malformed),
        })
    }

    /// Address and mask "in the style of CIDR" (RFC 5280 section 4.2.1.10).
    fn ip(octets: &[u8]) -> Option<Self> {
        let (address, mask) = octets.split_at_checked(octets.len() / 2)?;
        let (address, mask) = (ip_address(address)?, bits(ip_address(mask)?));
        let is_prefix = mask.leading_ones() == mask.count_ones();
        is_prefix.then_some(Self::Ip { address, mask })
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Dns(_) => Kind::Dns,
            Self::Email(_) => Kind::Email,
            Self::Uri(_) => Kind::Uri,
            Self::Ip { .. } => Kind::Ip,
            Self::Directory(_) => Kind::Directory,
            Self::Unprocessed(tag) => Kind::Unprocessed(*tag),
        }
    }

    /// Whether all that `name` stands for is within.
    fn holds(&self, name: &SubjectName) -> bool {
        match (self, name) {
            (Self::Dns(base), SubjectName::Dns(name)) => {
                is_below(name.strip_prefix("*.").unwrap_or(name), base)
            }
            (Self::Email(base), SubjectName::Email(email)) => email_matches(email, base),
            (Self::Uri(base), SubjectName::Uri(uri)) => {
                uri_host(uri).is_some_and(|host| host_matches(host, base))
            }
            (Self::Ip { address, mask }, SubjectName::Ip(ip)) => {
                address.is_ipv4() == ip.is_ipv4() && (bits(*ip) ^ bits(*address)) & mask == 0
            }
            (Self::Directory(base), SubjectName::Directory(name)) => name.is_within(base),
            _ => false,
        }
    }

    /// Whether anything that `name` stands for is within: differs for a wildcard, which stands for many hosts.
    fn touches(&self, name: &SubjectName) -> bool {
        let wildcard = match (self, name) {
            (Self::Dns(base), SubjectName::Dns(name)) => {
                name.strip_prefix("*.").is_some_and(|parent| is_below(base, parent))
            }
            _ => false,
        };
        wildcard || self.holds(name)
    }
}

/// Whether `name` is `base` or "can be constructed by simply adding zero or more labels to the left-hand side".
fn is_below(name: &str, base: &str) -> bool {
    let Some(rest) = name.len().checked_sub(base.len()).and_then(|length| name.split_at_checked(length))
    else {
        return false;
    };
    let (above, end) = rest;
    end.eq_ignore_ascii_case(base) && (base.is_empty() || above.is_empty() || above.ends_with('.'))
}

/// A host itself, or with a leading dot what is below it (RFC 5280 section 4.2.1.10, URIs and mailboxes).
fn host_matches(host: &str, pattern: &str) -> bool {
    match pattern.strip_prefix('.') {
        Some(parent) => host.len() > parent.len() && is_below(host, parent),
        None => host.eq_ignore_ascii_case(pattern),
    }
}

fn is_host_pattern(pattern: &str) -> bool {
    is_dns_name(pattern.strip_prefix('.').unwrap_or(pattern))
}

fn email_matches(email: &str, pattern: &str) -> bool {
    let Some((local, host)) = email.split_once('@') else { return false };
    match pattern.split_once('@') {
        // RFC 5280 section 7.5: the local part is compared exactly, the host without regard to case.
        Some((pattern_local, pattern_host)) => {
            local == pattern_local && host.eq_ignore_ascii_case(pattern_host)
        }
        None => host_matches(host, pattern),
    }
}

/// A mailbox of RFC 2821 section 4.1.2, with a plain local part and the name of a host; quoted local parts and
/// literal addresses are not taken.
fn is_mailbox(text: &str) -> bool {
    let atom = |atom: &str| {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
        !atom.is_empty() && atom.bytes().all(good)
    };
    text.split_once('@')
        .is_some_and(|(local, host)| local.len() <= 64 && local.split('.').all(atom) && is_dns_name(host))
}

/// "The name MUST NOT be a relative URI" and has a scheme (RFC 5280 section 4.2.1.6).
fn is_absolute_uri(text: &str) -> bool {
    let scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let character = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    text.split_once(':')
        .is_some_and(|(before, rest)| scheme(before) && !rest.is_empty() && rest.bytes().all(character))
}

/// The host of a URI, if it has one that is a name.
fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let is_address = host.rsplit('.').next()?.bytes().all(|byte| byte.is_ascii_digit());
    (is_dns_name(host) && !is_address).then_some(host)
}

fn ip_address(octets: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

/// The bits of an address, from the most significant.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}
