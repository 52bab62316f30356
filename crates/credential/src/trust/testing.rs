//! Certificates for tests, written octet by octet so that they can be wrong in any way.

use bookbag_crypto::{Algorithm, Entropy, SigningKey};
use x509_cert::der::asn1::ObjectIdentifier;

/// 2025-01-01T00:00:00Z, the first second of every certificate here unless said otherwise.
pub(crate) const FIRST: i64 = 1_735_689_600;
/// 2026-01-01T00:00:00Z, the last one.
pub(crate) const LAST: i64 = 1_767_225_600;

pub(crate) fn key(number: u8) -> SigningKey {
    key_of(Algorithm::Es256, number)
}

pub(crate) fn key_of(algorithm: Algorithm, number: u8) -> SigningKey {
    SigningKey::generate(algorithm, Entropy::from_secure_random([number; 48])).unwrap()
}

pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut der = vec![tag];
    match content.len() {
        short @ 0..=127 => der.push(u8::try_from(short).unwrap()),
        long => {
            let length: Vec<u8> = long.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            der.push(0x80 | u8::try_from(length.len()).unwrap());
            der.extend(length);
        }
    }
    der.extend(content);
    der
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    tlv(0x06, &[ObjectIdentifier::new(dotted).unwrap().as_bytes()])
}

/// A name of one common name.
pub(crate) fn name(common_name: &str) -> Vec<u8> {
    name_of(&[("2.5.4.3", 0x0c, common_name)])
}

/// A name of these attributes: kind, string tag, text.
pub(crate) fn name_of(attributes: &[(&str, u8, &str)]) -> Vec<u8> {
    let parts: Vec<_> = attributes
        .iter()
        .map(|(kind, tag, text)| tlv(0x31, &[&sequence(&[&oid(kind), &tlv(*tag, &[text.as_bytes()])])]))
        .collect();
    sequence(&[&parts.concat()])
}

/// A certificate to be: change what should be different, then [`sign`](Self::sign).
#[derive(Clone)]
pub(crate) struct Template {
    pub(crate) version: u8,
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) not_before: &'static str,
    pub(crate) not_after: &'static str,
    pub(crate) key_info: Vec<u8>,
    /// Kind, and the whole extension.
    pub(crate) extensions: Vec<(&'static str, Vec<u8>)>,
}

pub(crate) const BASIC: &str = "2.5.29.19";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const EKU: &str = "2.5.29.37";
pub(crate) const SAN: &str = "2.5.29.17";
pub(crate) const CONSTRAINTS: &str = "2.5.29.30";
pub(crate) const SKI: &str = "2.5.29.14";
pub(crate) const AKI: &str = "2.5.29.35";

impl Template {
    /// An end entity `subject` below `issuer`, with the host of that name.
    pub(crate) fn leaf(subject: &str, key: &SigningKey, issuer: &str, issuer_key: &SigningKey) -> Self {
        Self::new(subject, key, issuer, issuer_key).with(KEY_USAGE, true, &[0x03, 0x02, 0x07, 0x80]).with(
            SAN,
            false,
            &sequence(&[&tlv(0x82, &[subject.as_bytes()])]),
        )
    }

    /// An authority `subject` below `issuer`, or of its own if they are the same.
    pub(crate) fn ca(subject: &str, key: &SigningKey, issuer: &str, issuer_key: &SigningKey) -> Self {
        Self::new(subject, key, issuer, issuer_key).with(BASIC, true, &sequence(&[&[0x01, 0x01, 0xff]])).with(
            KEY_USAGE,
            true,
            &[0x03, 0x02, 0x02, 0x04],
        )
    }

    fn new(subject: &str, key: &SigningKey, issuer: &str, issuer_key: &SigningKey) -> Self {
        let template = Self {
            version: 2,
            serial: vec![1],
            issuer: name(issuer),
            subject: name(subject),
            not_before: "250101000000Z",
            not_after: "260101000000Z",
            key_info: key.public_key().unwrap().to_spki_der().unwrap(),
            extensions: Vec::new(),
        };
        let (subject_id, issuer_id) = (key_id(key), key_id(issuer_key));
        template.with(SKI, false, &tlv(0x04, &[&subject_id])).with(
            AKI,
            false,
            &sequence(&[&tlv(0x80, &[&issuer_id])]),
        )
    }

    /// Puts an extension in, in the place of one of its kind.
    pub(crate) fn with(self, kind: &'static str, critical: bool, value: &[u8]) -> Self {
        self.without(kind).and(kind, critical, value)
    }

    /// Puts an extension in, besides those there are.
    pub(crate) fn and(mut self, kind: &'static str, critical: bool, value: &[u8]) -> Self {
        let critical: &[u8] = if critical { &[0x01, 0x01, 0xff] } else { &[] };
        self.extensions.push((kind, sequence(&[&oid(kind), critical, &tlv(0x04, &[value])])));
        self
    }

    pub(crate) fn without(mut self, kind: &str) -> Self {
        self.extensions.retain(|(other, _)| *other != kind);
        self
    }

    pub(crate) fn path_length(self, length: u8) -> Self {
        self.with(BASIC, true, &sequence(&[&[0x01, 0x01, 0xff], &[0x02, 0x01, length]]))
    }

    /// Name constraints of these subtrees, each a `GeneralName`.
    pub(crate) fn constrained(self, permitted: &[&[u8]], excluded: &[&[u8]]) -> Self {
        let subtrees = |tag, bases: &[&[u8]]| match bases {
            [] => Vec::new(),
            _ => tlv(tag, &[&bases.iter().flat_map(|base| sequence(&[base])).collect::<Vec<_>>()]),
        };
        let value = sequence(&[&subtrees(0xa0, permitted), &subtrees(0xa1, excluded)]);
        self.with(CONSTRAINTS, true, &value)
    }

    /// Alternative names, each a `GeneralName`.
    pub(crate) fn named(self, names: &[&[u8]]) -> Self {
        self.with(SAN, false, &sequence(names))
    }

    /// The DER, signed.
    pub(crate) fn sign(&self, by: &SigningKey) -> Vec<u8> {
        let algorithm = signature_algorithm(by.algorithm());
        self.sign_as(by, &algorithm, &algorithm)
    }

    /// The DER, signed, with these two algorithm identifiers inside and outside.
    pub(crate) fn sign_as(&self, by: &SigningKey, inside: &[u8], outside: &[u8]) -> Vec<u8> {
        let extensions: Vec<u8> = self.extensions.iter().flat_map(|(_, der)| der.clone()).collect();
        let signed = sequence(&[
            &tlv(0xa0, &[&[0x02, 0x01, self.version]]),
            &tlv(0x02, &[&self.serial]),
            inside,
            &self.issuer,
            &sequence(&[&tlv(0x17, &[self.not_before.as_bytes()]), &tlv(0x17, &[self.not_after.as_bytes()])]),
            &self.subject,
            &self.key_info,
            &tlv(0xa3, &[&sequence(&[&extensions])]),
        ]);
        let signature = by.sign(&signed);
        let value = match by.algorithm() {
            Algorithm::EdDsa => signature.as_bytes().to_vec(),
            Algorithm::Es256 | Algorithm::Es384 => {
                let (r, s) = signature.as_bytes().split_at(signature.as_bytes().len() / 2);
                sequence(&[&integer(r), &integer(s)])
            }
        };
        sequence(&[&signed, outside, &tlv(0x03, &[&[0], &value])])
    }
}

fn key_id(key: &SigningKey) -> Vec<u8> {
    key.public_key().unwrap().thumbprint().as_bytes()[..20].to_vec()
}

pub(crate) fn signature_algorithm(algorithm: Algorithm) -> Vec<u8> {
    sequence(&[&oid(match algorithm {
        Algorithm::EdDsa => "1.3.101.112",
        Algorithm::Es256 => "1.2.840.10045.4.3.2",
        Algorithm::Es384 => "1.2.840.10045.4.3.3",
    })])
}

fn integer(magnitude: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = magnitude.iter().copied().skip_while(|byte| *byte == 0).collect();
    let sign: &[u8] = if digits.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    tlv(0x02, &[sign, &digits])
}
