//! JWT VC Issuer Metadata and key sets (draft-ietf-oauth-sd-jwt-vc, "JWT VC Issuer Metadata"; RFC 7517 section 5).
//!
//! An issuer is an https address; its metadata lies below that host and names its keys, or the address of its
//! keys. Whoever controls the host controls the keys: this proves an address, not an organisation. Fetching is the
//! caller's: the address comes from a token that nobody has verified, so the fetch needs limits on redirects,
//! time, size and private addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use bookbag_crypto::PublicKey;
use bookbag_crypto::json;
use bookbag_crypto::jwk::JwkError;
use bookbag_crypto::jws::{Header, Jws, JwsError};
use serde_json::{Map, Value};

use crate::check::{Check, Refusal};

/// Longest metadata document or key set that is read, in bytes.
pub const MAX_METADATA_BYTES: usize = 256 * 1024;

/// Most keys in one set, counting those that are no use to us.
pub const MAX_KEYS: usize = 256;

/// Most keys by which one signature is checked, where the verifier pinned many and `kid` names none of them.
pub const MAX_KEYS_TRIED: usize = 16;

/// Longest address of an issuer or of a key set, in bytes.
pub const MAX_URL_BYTES: usize = 2048;

const WELL_KNOWN: &str = "/.well-known/jwt-vc-issuer";

/// Why issuer metadata, an address in it or a key set was not taken. Holds no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// Longer than [`MAX_METADATA_BYTES`], or more than [`MAX_KEYS`] keys.
    #[error("longer than {MAX_METADATA_BYTES} bytes, or more than {MAX_KEYS} keys")]
    TooLarge,
    /// Not `https://host[:port][/path]` in at most [`MAX_URL_BYTES`] bytes, or a path with `.` or `..`.
    #[error("not an https address of host, port and path")]
    Url,
    /// A member is missing or of the wrong type.
    #[error("member `{0}` is missing or malformed")]
    Member(&'static str),
    /// `issuer` is not the issuer that was asked for.
    #[error("`issuer` is not the issuer that was asked for")]
    OtherIssuer,
    /// Both `jwks` and `jwks_uri`, or neither.
    #[error("exactly one of `jwks` and `jwks_uri` is needed")]
    KeySource,
    /// No usable key fits the header's algorithm and `kid`.
    #[error("no key fits the algorithm and `kid` of the header")]
    NoKey,
    /// More than one key fits.
    #[error("more than one key fits the algorithm and `kid` of the header")]
    Ambiguous,
    /// More than [`MAX_KEYS_TRIED`] keys fit, and the first of them did not sign.
    #[error("none of the first {MAX_KEYS_TRIED} keys that fit the header signed it, and no more are tried")]
    TooManyKeys,
}

/// Where the metadata of an issuer lies: the well-known part goes between host and path, and one slash at the end
/// of the path goes away.
///
/// # Errors
///
/// If `iss` is not an https address of host, optional port and optional path.
pub fn well_known_url(iss: &str) -> Result<String, Refusal> {
    let url = HttpsUrl::parse(iss).ok_or_else(|| Check::TrustIssuer.refuse_because(MetadataError::Url))?;
    let path = url.path.strip_suffix('/').unwrap_or(url.path);
    Ok(format!("https://{}{WELL_KNOWN}{path}", url.authority))
}

/// The metadata of an issuer, read: it holds its keys, or says where they lie.
#[derive(Debug, Clone)]
pub enum IssuerMetadata {
    /// The keys stand in it.
    Here(IssuerKeys),
    /// The keys are to be fetched.
    Elsewhere(KeysElsewhere),
}

impl IssuerMetadata {
    /// Reads the metadata document that was fetched for `expected_iss` from [`well_known_url`].
    ///
    /// # Errors
    ///
    /// If the issuer is no https address of host, optional port and optional path ([`Check::TrustIssuer`]), this is
    /// not metadata of exactly this issuer, or it names its keys in no way or in two.
    pub fn parse(bytes: &[u8], expected_iss: &str) -> Result<Self, Refusal> {
        // "JWT VC Issuer Metadata": an issuer is an https URL without query and fragment.
        if HttpsUrl::parse(expected_iss).is_none() {
            return Err(Check::TrustIssuer.refuse_because(MetadataError::Url));
        }
        let check = Check::TrustMetadata;
        let metadata = parse_object(bytes, check)?;
        match metadata.get("issuer") {
            // "The `issuer` value returned MUST be identical to the `iss` value", so no normalisation.
            Some(Value::String(issuer)) if issuer == expected_iss => {}
            Some(Value::String(_)) => return Err(check.refuse_because(MetadataError::OtherIssuer)),
            _ => return Err(check.refuse_because(MetadataError::Member("issuer"))),
        }
        let issuer = expected_iss.to_owned();
        // "MUST include either `jwks_uri` or `jwks` [...], but not both".
        match (metadata.get("jwks"), metadata.get("jwks_uri")) {
            (Some(Value::Object(set)), None) => {
                Ok(Self::Here(IssuerKeys { issuer, keys: JwkSet::from_json(set)? }))
            }
            (None, Some(Value::String(uri))) if is_https_address(uri) => {
                Ok(Self::Elsewhere(KeysElsewhere { issuer, uri: uri.clone() }))
            }
            (Some(_), None) => Err(check.refuse_because(MetadataError::Member("jwks"))),
            (None, Some(_)) => Err(check.refuse_because(MetadataError::Member("jwks_uri"))),
            _ => Err(check.refuse_because(MetadataError::KeySource)),
        }
    }
}

/// An issuer whose keys are still to be fetched.
#[derive(Debug, Clone)]
pub struct KeysElsewhere {
    issuer: String,
    uri: String,
}

impl KeysElsewhere {
    /// The https address of the key set.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Adds what was fetched from [`Self::uri`].
    pub fn with_keys(self, keys: JwkSet) -> IssuerKeys {
        IssuerKeys { issuer: self.issuer, keys }
    }
}

/// An issuer and the keys it publishes.
#[derive(Debug, Clone)]
pub struct IssuerKeys {
    issuer: String,
    keys: JwkSet,
}

impl IssuerKeys {
    /// The issuer, exactly as its metadata says it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Its keys.
    pub fn keys(&self) -> &JwkSet {
        &self.keys
    }
}

/// The public keys of a JWK Set that can verify signatures (RFC 7517 section 5).
#[derive(Debug, Clone, Default)]
pub struct JwkSet(Vec<(Option<String>, PublicKey)>);

/// One key without a name.
impl From<PublicKey> for JwkSet {
    fn from(key: PublicKey) -> Self {
        Self(vec![(None, key)])
    }
}

impl JwkSet {
    /// Reads a key set. Keys that are no use to us are left out, as RFC 7517 section 5 asks.
    ///
    /// # Errors
    ///
    /// If this is no key set, is over a limit, or holds a private key.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::from_json(&parse_object(bytes, Check::TrustKeySet)?)
    }

    /// Reads one JWK, or a key set, as a person who pins an issuer's key may hold either. A JWK on its own must be
    /// usable.
    ///
    /// # Errors
    ///
    /// If this is neither: what is no set is refused as a key ([`Check::TrustSingleKey`]).
    pub fn parse_key_or_set(bytes: &[u8]) -> Result<Self, Refusal> {
        let check = Check::TrustSingleKey;
        let object = parse_object(bytes, check)?;
        if object.contains_key("keys") {
            return Self::from_json(&object);
        }
        let key = PublicKey::from_jwk(&object).map_err(check.because())?;
        match object.get("kid") {
            None => Ok(Self(vec![(None, key)])),
            Some(Value::String(kid)) => Ok(Self(vec![(Some(kid.clone()), key)])),
            // RFC 7517 section 4.5: "a case-sensitive string".
            Some(_) => Err(check.refuse_because(MetadataError::Member("kid"))),
        }
    }

    /// Reads a key set that is part of a larger document.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`].
    pub fn from_json(set: &Map<String, Value>) -> Result<Self, Refusal> {
        let check = Check::TrustKeySet;
        let Some(Value::Array(members)) = set.get("keys") else {
            return Err(check.refuse_because(MetadataError::Member("keys")));
        };
        if members.len() > MAX_KEYS {
            return Err(check.refuse_because(MetadataError::TooLarge));
        }
        let mut keys = Vec::new();
        for member in members {
            let Value::Object(jwk) = member else {
                return Err(check.refuse_because(MetadataError::Member("keys")));
            };
            match (PublicKey::from_jwk(jwk), jwk.get("kid")) {
                (Ok(key), None) => keys.push((None, key)),
                (Ok(key), Some(Value::String(kid))) => keys.push((Some(kid.clone()), key)),
                // A private key that is published belongs to everybody: nothing beside it is to be believed.
                (Err(JwkError::Private), _) => return Err(check.refuse_because(JwkError::Private)),
                // RFC 7517 section 5: leave out keys of unknown kind, without needed members, out of range.
                _ => {}
            }
        }
        Ok(Self(keys))
    }

    /// Adds the keys of another set.
    #[must_use]
    pub fn and(mut self, other: impl Into<Self>) -> Self {
        self.0.extend(other.into().0);
        self
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.iter().map(|(_, key)| key)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key for a token among keys that an issuer publishes: the one that `kid` names, or the only one for
    /// the algorithm where the token has no `kid`.
    pub(super) fn published_for(&self, header: &Header) -> Result<&PublicKey, Refusal> {
        let algorithm = header.algorithm().map_err(Check::TrustKey.because())?;
        let key = match kid(header)? {
            Some(kid) => self.named(kid)?,
            None => one(self.0.iter().map(|(_, key)| key).filter(|key| key.algorithm() == algorithm))?,
        };
        fits(key, header)
    }

    /// The key among those that the verifier pinned that signed the token. `kid` is the token's word, and decides only
    /// where the verifier gave a key that name; else every key for the algorithm is tried, up to
    /// [`MAX_KEYS_TRIED`].
    pub(super) fn pinned_that_signed(&self, jws: &Jws<'_>, signature: Check) -> Result<&PublicKey, Refusal> {
        let header = jws.header();
        let algorithm = header.algorithm().map_err(Check::TrustKey.because())?;
        if let [(_, key)] = self.0.as_slice() {
            jws.verify_signature(fits(key, header)?).map_err(signature.because())?;
            return Ok(key);
        }
        // What is no string names no key here, as any other name that the verifier did not give.
        let kid = header.kid();
        let is_named = |name: &Option<String>| kid.is_some() && name.as_deref() == kid;
        let kid_decides = self.0.iter().any(|(name, _)| is_named(name));
        let candidates = self
            .0
            .iter()
            .filter(|(name, key)| key.algorithm() == algorithm && (!kid_decides || is_named(name)))
            .map(|(_, key)| key);
        let mut refused = Check::TrustKey.refuse_because(MetadataError::NoKey);
        for (tried, key) in candidates.enumerate() {
            if tried >= MAX_KEYS_TRIED {
                return Err(Check::TrustKey.refuse_because(MetadataError::TooManyKeys));
            }
            match jws.verify_signature(key) {
                Ok(()) => return Ok(key),
                Err(error) => refused = signature.refuse_because(error),
            }
        }
        Err(refused)
    }

    /// The one key of this name; two of one name are no name (RFC 7517 section 4.5).
    fn named(&self, kid: &str) -> Result<&PublicKey, Refusal> {
        one(self.0.iter().filter(|(name, _)| name.as_deref() == Some(kid)).map(|(_, key)| key))
    }
}

fn one<'k>(mut keys: impl Iterator<Item = &'k PublicKey>) -> Result<&'k PublicKey, Refusal> {
    match (keys.next(), keys.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(Check::TrustKey.refuse_because(MetadataError::NoKey)),
        (Some(_), Some(_)) => Err(Check::TrustKey.refuse_because(MetadataError::Ambiguous)),
    }
}

/// RFC 8725 section 3.1: the algorithm is the key's, and the header must agree.
pub(super) fn fits<'k>(key: &'k PublicKey, header: &Header) -> Result<&'k PublicKey, Refusal> {
    let named = header.algorithm().map_err(Check::TrustKey.because())?;
    if named == key.algorithm() {
        Ok(key)
    } else {
        let key = key.algorithm();
        Err(Check::TrustKey.refuse_because(JwsError::WrongAlgorithm { named, key }))
    }
}

/// `kid`, which must be a string (RFC 7515 section 4.1.4): one of another type is not taken for none.
fn kid(header: &Header) -> Result<Option<&str>, Refusal> {
    match header.members().get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) => Ok(Some(kid)),
        Some(_) => Err(Check::TrustKey.refuse_because(MetadataError::Member("kid"))),
    }
}

fn parse_object(bytes: &[u8], check: Check) -> Result<Map<String, Value>, Refusal> {
    if bytes.len() > MAX_METADATA_BYTES {
        return Err(check.refuse_because(MetadataError::TooLarge));
    }
    json::parse_object(bytes).map_err(check.because())
}

/// `https://host[:port][/path]`, split.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HttpsUrl<'u> {
    /// Host and port, as written.
    authority: &'u str,
    /// The host without its port.
    pub(super) host: &'u str,
    /// Empty, or from its first slash.
    path: &'u str,
}

impl<'u> HttpsUrl<'u> {
    /// Reads an issuer's address: "scheme, host and, optionally, port number and path components [...], but no
    /// query or fragment" (draft-ietf-oauth-sd-jwt-vc, "JWT VC Issuer Metadata").
    pub(super) fn parse(url: &'u str) -> Option<Self> {
        if url.len() > MAX_URL_BYTES {
            return None;
        }
        let rest = url.strip_prefix("https://")?;
        let (authority, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len()))?;
        let host = host_of(authority)?;
        is_path(path).then_some(Self { authority, host, path })
    }
}

/// An address to fetch from: an issuer's kind, with a query allowed.
fn is_https_address(url: &str) -> bool {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    url.len() <= MAX_URL_BYTES && HttpsUrl::parse(address).is_some() && is_escaped(query, b"/?:@")
}

/// The host of `host[:port]`; nothing else may stand there, no user name above all (RFC 3986 section 3.2).
fn host_of(authority: &str) -> Option<&str> {
    let host_end = match authority.strip_prefix('[') {
        Some(literal) => literal.find(']')?.checked_add(2)?,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at_checked(host_end)?;
    let port_is_good = match port.strip_prefix(':') {
        Some(port) => !port.starts_with('0') && digits(port) && port.parse::<u16>().is_ok(),
        None => port.is_empty(),
    };
    (port_is_good && is_host(host)).then_some(host)
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        // A name whose last label is a number is an IPv4 address or a trick to look like none.
        None if host.rsplit('.').next().is_some_and(digits) => host.parse::<Ipv4Addr>().is_ok(),
        None => is_dns_name(host),
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters, digits and hyphens in labels of 1 to 63, 253 in all (RFC 1034 section 3.5, RFC 1123 section 2.1).
pub(super) fn is_dns_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// An absolute path or none (RFC 3986 section 3.3), without dot segments: a client that resolves them would fetch
/// from outside the well-known part.
fn is_path(path: &str) -> bool {
    let is_dots = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    };
    is_escaped(path, b"/:@") && !path.split('/').any(is_dots)
}

/// Unreserved characters, sub-delimiters and these others; everything else as `%XX` (RFC 3986 section 2).
fn is_escaped(text: &str, others: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let good = match byte {
            b'%' => {
                let hex = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
                hex(bytes.next()) && hex(bytes.next())
            }
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte) || others.contains(&byte),
        };
        if !good {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::testing::key;
    use serde_json::json;

    fn id<T>(result: &Result<T, Refusal>) -> &'static str {
        result.as_ref().err().map_or("ok", |refusal| refusal.check.id())
    }

    #[test]
    fn the_address_of_the_metadata() {
        for (iss, address) in [
            ("https://example.com", "https://example.com/.well-known/jwt-vc-issuer"),
            ("https://example.com/", "https://example.com/.well-known/jwt-vc-issuer"),
            ("https://example.com/tenant/1234", "https://example.com/.well-known/jwt-vc-issuer/tenant/1234"),
            ("https://example.com/tenant/", "https://example.com/.well-known/jwt-vc-issuer/tenant"),
            ("https://example.com:8443/a%20b", "https://example.com:8443/.well-known/jwt-vc-issuer/a%20b"),
            ("https://[2001:db8::1]/x", "https://[2001:db8::1]/.well-known/jwt-vc-issuer/x"),
        ] {
            assert_eq!(well_known_url(iss).as_deref(), Ok(address));
        }
        // TR-02: what is no https address of host, port and path.
        for iss in [
            "",
            "example.com",
            "http://example.com",
            "HTTPS://example.com",
            "https:/example.com",
            "https://",
            "https:///x",
            "https://example.com?x",
            "https://example.com/x?y=1",
            "https://example.com/#x",
            "https://user@example.com/",
            "https://user:pass@example.com/",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://example.com:+1/",
            "https://example.com:/",
            "https://example.com:443:443/",
            "https://[::1",
            "https://[::1]x/",
            "https://[fe80::1%25eth0]/",
            "https://1.2.3.256/",
            "https://1.2.3/",
            "https://0x7f.1/",
            "https://exa mple.com/",
            "https://example.com/a b",
            "https://example.com/\u{e9}",
            "https://example.com/\r\nHost: evil.test",
            "https://example.com\\evil.test/",
            "https://example.com/a/../b",
            "https://example.com/./b",
            "https://example.com/%2E%2e/b",
            "https://example.com/%",
            "https://example.com/%zz",
            "https://-example.com/",
            "did:web:example.com",
            &format!("https://example.com/{}", "a".repeat(MAX_URL_BYTES)),
        ] {
            assert_eq!(id(&well_known_url(iss)), "TR-02", "{iss}");
        }
    }

    #[test]
    fn metadata_is_of_its_issuer_and_names_its_keys_once() {
        let read =
            |metadata: &Value| IssuerMetadata::parse(metadata.to_string().as_bytes(), "https://a.example");
        let jwk = Value::Object(key(1).public_key().unwrap().to_jwk());
        let jwks = json!({"keys": [jwk]});
        let here = read(&json!({"issuer": "https://a.example", "jwks": jwks, "more": 1})).unwrap();
        assert!(matches!(here, IssuerMetadata::Here(keys) if keys.keys().len() == 1));
        let elsewhere = read(&json!({"issuer": "https://a.example", "jwks_uri": "https://b.example/k?v=1"}));
        let Ok(IssuerMetadata::Elsewhere(elsewhere)) = elsewhere else { panic!("the keys are elsewhere") };
        assert_eq!(elsewhere.uri(), "https://b.example/k?v=1");
        let fetched = elsewhere.with_keys(JwkSet::parse(jwks.to_string().as_bytes()).unwrap());
        assert_eq!((fetched.issuer(), fetched.keys().len()), ("https://a.example", 1));
        for wrong in [
            json!({"issuer": "https://a.example"}),
            json!({"issuer": "https://a.example", "jwks": jwks, "jwks_uri": "https://b.example/"}),
            json!({"issuer": "https://a.example", "jwks": null, "jwks_uri": "https://b.example/"}),
            json!({"issuer": "https://a.example/", "jwks": jwks}),
            json!({"issuer": "https://A.example", "jwks": jwks}),
            json!({"issuer": ["https://a.example"], "jwks": jwks}),
            json!({"jwks": jwks}),
            json!({"issuer": "https://a.example", "jwks": [jwk]}),
            json!({"issuer": "https://a.example", "jwks_uri": "http://b.example/"}),
            json!({"issuer": "https://a.example", "jwks_uri": "https://b.example/#x"}),
            json!({"issuer": "https://a.example", "jwks_uri": 1}),
            json!([]),
        ] {
            assert_eq!(id(&read(&wrong)), "TR-03", "{wrong}");
        }
        let twice = br#"{"issuer":"https://a.example","issuer":"https://a.example","jwks":{"keys":[]}}"#;
        assert_eq!(id(&IssuerMetadata::parse(twice, "https://a.example")), "TR-03");
        let large = [b"{}".as_slice(), &vec![b' '; MAX_METADATA_BYTES]].concat();
        assert_eq!(id(&IssuerMetadata::parse(&large, "https://a.example")), "TR-03");
        assert_eq!(id(&read(&json!({"issuer": "https://a.example", "jwks": {}}))), "TR-04");
    }

    #[test]
    fn tr_02_metadata_is_of_an_https_address_of_host_port_and_path() {
        let jwks = json!({"keys": [key(1).public_key().unwrap().to_jwk()]});
        let read = |issuer: &str| {
            let metadata = json!({"issuer": issuer, "jwks": jwks}).to_string();
            id(&IssuerMetadata::parse(metadata.as_bytes(), issuer))
        };
        assert_eq!([read("https://a.example"), read("https://a.example:8443/x/")], ["ok"; 2]);
        for issuer in [
            "http://a.example",
            "https://a.example?x=1",
            "https://a.example/x?y",
            "https://a.example/#x",
            "https://user@a.example",
            "did:web:a.example",
            "a.example",
            "",
        ] {
            assert_eq!(read(issuer), "TR-02", "{issuer}");
        }
    }

    #[test]
    fn a_key_set_holds_public_keys_and_what_we_cannot_use_is_left_out() {
        let read = |keys: &Value| JwkSet::parse(json!({"keys": keys}).to_string().as_bytes());
        let jwk = Value::Object(key(1).public_key().unwrap().to_jwk());
        let with = |name: &str, value: Value| {
            let mut jwk = jwk.clone();
            jwk[name] = value;
            jwk
        };
        let unusable = json!([
            jwk,
            {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
            {"kty": "EC", "crv": "P-521"},
            {},
            with("use", json!("enc")),
            with("alg", json!("ES384")),
            with("kid", json!(7)),
            with("x", json!("AA")),
        ]);
        assert_eq!(read(&unusable).unwrap().len(), 1);
        assert!(read(&json!([])).unwrap().is_empty());
        // TR-04: a private key among them, not a set at all, over the limit.
        for wrong in [
            json!([jwk, with("d", json!("AA"))]),
            json!([jwk, 1]),
            json!({}),
            json!(null),
            json!(vec![&jwk; MAX_KEYS + 1]),
        ] {
            assert_eq!(id(&read(&wrong)), "TR-04", "{wrong}");
        }
        assert_eq!(
            [id(&JwkSet::parse(b"{}")), id(&JwkSet::parse(b"[]")), id(&JwkSet::parse(b""))],
            ["TR-04"; 3]
        );
        assert_eq!(id(&JwkSet::parse_key_or_set(jwk.to_string().as_bytes())), "ok");
        assert_eq!(id(&JwkSet::parse_key_or_set(json!({"keys": [jwk]}).to_string().as_bytes())), "ok");
        for wrong in [json!({"kty": "RSA"}), with("d", json!("AA")), with("use", json!("enc"))] {
            assert_eq!(id(&JwkSet::parse_key_or_set(wrong.to_string().as_bytes())), "TR-15", "{wrong}");
        }
        for wrong in ["", "[]", "eyJhbGciOiJFUzI1NiJ9.e30.AA"] {
            assert_eq!(id(&JwkSet::parse_key_or_set(wrong.as_bytes())), "TR-15", "{wrong}");
        }
        let wrong = with("kid", json!(7)).to_string();
        assert_eq!(id(&JwkSet::parse_key_or_set(wrong.as_bytes())), "TR-15");
        assert_eq!(id(&JwkSet::parse_key_or_set(br#"{"keys": 1}"#)), "TR-04");
    }
}
