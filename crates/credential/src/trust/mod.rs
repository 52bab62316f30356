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

#[cfg(test)]
pub(crate) mod testing;

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

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use bookbag_crypto::jws::{Jws, assemble, signing_input};
    use bookbag_crypto::{Algorithm, SigningKey};
    use serde_json::{Value, json};

    use super::testing::{FIRST, LAST, Template, key, key_of};
    use super::*;
    use crate::check::Cause;

    const NOW: UnixTime = UnixTime(FIRST + 1000);

    fn header(header: &Value) -> Header {
        let input = signing_input(header, b"{}");
        Jws::parse_any(&assemble(input, &key(1).sign(b""))).unwrap().header().clone()
    }

    fn verdict(trust: &IssuerTrust, given: &Value, iss: Option<&str>) -> &'static str {
        trust.key_for(&header(given), iss, NOW).err().map_or("ok", |refusal| refusal.check.id())
    }

    fn jwk(key: &SigningKey, kid: &str) -> Value {
        let mut jwk = key.public_key().unwrap().to_jwk();
        jwk.insert("kid".into(), kid.into());
        Value::Object(jwk)
    }

    fn set(keys: &Value) -> JwkSet {
        JwkSet::parse(json!({"keys": keys}).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_pinned_key_is_used_whatever_the_token_says_and_for_its_algorithm_only() {
        let trust = IssuerTrust::pinned(key(1).public_key().unwrap());
        let found =
            trust.key_for(&header(&json!({"alg": "ES256", "kid": "any"})), Some("https://a"), NOW).unwrap();
        assert_eq!(found.key(), &key(1).public_key().unwrap());
        assert!(matches!(found.by(), TrustedBy::Pinned));
        // TR-01: the header does not choose the algorithm, nor another key.
        for alg in ["EdDSA", "ES384", "none", "HS256", "RS256", ""] {
            assert_eq!(verdict(&trust, &json!({"alg": alg}), None), "TR-01", "{alg}");
        }
        let theirs =
            json!({"alg": "EdDSA", "jwk": key_of(Algorithm::EdDsa, 5).public_key().unwrap().to_jwk()});
        assert_eq!(verdict(&trust, &theirs, None), "TR-01");
        assert_eq!(verdict(&IssuerTrust::pinned(set(&json!([]))), &json!({"alg": "ES256"}), None), "TR-01");
    }

    #[test]
    fn of_several_pinned_keys_the_kid_decides_where_the_algorithm_does_not() {
        let keys = json!([jwk(&key(1), "a"), jwk(&key(2), "b"), jwk(&key_of(Algorithm::EdDsa, 3), "c")]);
        let trust = IssuerTrust::pinned(set(&keys));
        let found = trust.key_for(&header(&json!({"alg": "ES256", "kid": "b"})), None, NOW).unwrap();
        assert_eq!(found.key(), &key(2).public_key().unwrap());
        assert_eq!(verdict(&trust, &json!({"alg": "EdDSA"}), None), "ok");
        // TR-01: no kid, a kid of no key, a kid of a key for another algorithm, a kid that is no string.
        for given in [json!(null), json!("d"), json!("c"), json!(1), json!(["a"])] {
            assert_eq!(verdict(&trust, &json!({"alg": "ES256", "kid": given}), None), "TR-01", "{given}");
        }
        assert_eq!(verdict(&trust, &json!({"alg": "ES256"}), None), "TR-01");
        let twice = set(&json!([jwk(&key(1), "a"), jwk(&key(2), "a")]));
        assert_eq!(verdict(&IssuerTrust::pinned(twice), &json!({"alg": "ES256", "kid": "a"}), None), "TR-01");
    }

    #[test]
    fn published_keys_are_for_exactly_their_issuer() {
        let keys = json!([jwk(&key(1), "a"), jwk(&key_of(Algorithm::EdDsa, 3), "c")]);
        let metadata = json!({"issuer": "https://a.example/x", "jwks": {"keys": keys}}).to_string();
        let metadata = issuer::IssuerMetadata::parse(metadata.as_bytes(), "https://a.example/x").unwrap();
        let issuer::IssuerMetadata::Here(keys) = metadata else { panic!("the keys stand in it") };
        let trust = IssuerTrust::metadata(keys);
        let (iss, given) = (Some("https://a.example/x"), json!({"alg": "ES256", "kid": "a"}));
        let given_header = header(&given);
        let found = trust.key_for(&given_header, iss, NOW).unwrap();
        assert!(matches!(found.by(), TrustedBy::Metadata { issuer: "https://a.example/x" }));
        assert_eq!(verdict(&trust, &json!({"alg": "ES256"}), iss), "ok");
        // TR-02: another issuer, a way to write the same one, none.
        for other in [
            None,
            Some(""),
            Some("https://A.example/x"),
            Some("https://a.example/x/"),
            Some("https://a.example"),
        ] {
            assert_eq!(verdict(&trust, &given, other), "TR-02", "{other:?}");
        }
        // TR-01: unlike a pinned key, a published one is not used under another name.
        for kid in ["b", "c", ""] {
            assert_eq!(verdict(&trust, &json!({"alg": "ES256", "kid": kid}), iss), "TR-01", "{kid}");
        }
    }

    fn anchored(purpose: Purpose) -> (IssuerTrust, Value) {
        let root = Template::ca("Root", &key(1), "Root", &key(1)).sign(&key(1));
        let leaf = Template::leaf("a.example", &key(2), "Root", &key(1)).sign(&key(1));
        let trust = IssuerTrust::anchors(TrustAnchors::from_der([root]).unwrap(), purpose);
        (trust, json!({"alg": "ES256", "x5c": [STANDARD.encode(leaf)]}))
    }

    #[test]
    fn a_chain_is_trusted_up_to_an_anchor_and_only_where_policy_says_so() {
        let (trust, given) = anchored(Purpose::signatures().with_haip());
        let found = trust.key_for(&header(&given), None, NOW).unwrap();
        assert_eq!(found.key(), &key(2).public_key().unwrap());
        assert!(matches!(found.by(), TrustedBy::Chain(leaf) if leaf.common_name() == Some("a.example")));
        assert_eq!(verdict(&trust, &given, Some("https://other.example")), "ok");
        // TR-05: no chain. TR-08: too late. TR-01: the header names another algorithm than the leaf's.
        assert_eq!(verdict(&trust, &json!({"alg": "ES256", "kid": "a"}), None), "TR-05");
        let late = trust.key_for(&header(&given), None, UnixTime(LAST + 1)).err().unwrap();
        assert_eq!(late.check.id(), "TR-08");
        assert!(matches!(late.cause, Some(Cause::Certificate(_))));
        let named = json!({"alg": "EdDSA", "x5c": given["x5c"]});
        assert_eq!(verdict(&trust, &named, None), "TR-01");
        // The chain helps nobody where keys are pinned.
        let pinned = IssuerTrust::pinned(key(9).public_key().unwrap());
        let used = pinned.key_for(&header(&given), None, NOW).unwrap();
        assert_eq!(used.key(), &key(9).public_key().unwrap());
    }

    #[test]
    fn where_the_profile_asks_it_the_issuer_is_named_in_the_leaf() {
        let (trust, given) = anchored(Purpose::signatures().with_issuer_named());
        for iss in [None, Some("https://a.example"), Some("https://A.EXAMPLE:8443/tenant/1")] {
            assert_eq!(verdict(&trust, &given, iss), "ok", "{iss:?}");
        }
        // TR-12: a host that is not in the leaf, and what is no https address.
        for iss in [
            "",
            "a.example",
            "http://a.example",
            "https://b.a.example",
            "https://a.example@evil.test",
            "did:web:a.example",
            "https://a.example.evil.test",
        ] {
            assert_eq!(verdict(&trust, &given, Some(iss)), "TR-12", "{iss}");
        }
    }
}
