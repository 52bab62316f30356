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
use bookbag_crypto::jws::Jws;

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

    /// The key that signed a token, if this policy trusts it: finds the key by header and `iss`, neither of which is
    /// believed yet, **and checks the signature by it**. The caller says which check fails with a bad signature.
    ///
    /// # Errors
    ///
    /// If this policy trusts no key for such a token at this time, or cannot tell which of several; or the signature
    /// is not by the key (`signature`).
    pub fn authenticate(
        &self,
        jws: &Jws<'_>,
        iss: Option<&str>,
        at: UnixTime,
        signature: Check,
    ) -> Result<TrustedKey<'_>, Refusal> {
        let header = jws.header();
        match &self.0 {
            Means::Pinned(keys) => Ok(TrustedKey(Source::Pinned(keys.pinned_that_signed(jws, signature)?))),
            Means::Metadata(keys) => {
                // draft-ietf-oauth-sd-jwt-vc, "JWT VC Issuer Metadata Validation": identical, or not used.
                if iss != Some(keys.issuer()) {
                    return Err(Check::TrustIssuer.refuse());
                }
                let key = keys.keys().published_for(header)?;
                jws.verify_signature(key).map_err(signature.because())?;
                Ok(TrustedKey(Source::Metadata { key, issuer: keys.issuer() }))
            }
            Means::Anchors(anchors, purpose) => {
                let x5c = header.members().get("x5c").ok_or(Fault::List.at(Place::Chain))?;
                let leaf = anchors.validate(&Chain::from_x5c(x5c)?, at, purpose)?;
                purpose.check_issuer(iss, &leaf)?;
                issuer::fits(leaf.key(), header)?;
                jws.verify_signature(leaf.key()).map_err(signature.because())?;
                Ok(TrustedKey(Source::Chain(Box::new(leaf))))
            }
        }
    }

    /// The one issuer that is trusted, where trust is in its metadata: for tokens that need not say it.
    pub(crate) fn published_issuer(&self) -> Option<&str> {
        match &self.0 {
            Means::Metadata(keys) => Some(keys.issuer()),
            Means::Pinned(_) | Means::Anchors(..) => None,
        }
    }
}

/// The key that signed one token, which the verifier's policy trusts, and why. Only [`IssuerTrust::authenticate`]
/// makes it.
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

    /// A token with this header, signed by the key.
    fn token(header: &Value, signer: &SigningKey) -> String {
        let input = signing_input(header, b"{}");
        let signature = signer.sign(input.as_bytes());
        assemble(input, &signature)
    }

    fn authenticate<'t>(
        trust: &'t IssuerTrust,
        token: &str,
        iss: Option<&str>,
        at: UnixTime,
    ) -> Result<TrustedKey<'t>, Refusal> {
        trust.authenticate(&Jws::parse_any(token).unwrap(), iss, at, Check::SdIssuerSignature)
    }

    /// What becomes of a token with this header by this signer: the number of the check that fails, or `ok`.
    fn verdict_by(
        trust: &IssuerTrust,
        given: &Value,
        iss: Option<&str>,
        signer: &SigningKey,
    ) -> &'static str {
        let result = authenticate(trust, &token(given, signer), iss, NOW);
        result.err().map_or("ok", |refusal| refusal.check.id())
    }

    /// As [`verdict_by`] the first of the keys here.
    fn verdict(trust: &IssuerTrust, given: &Value, iss: Option<&str>) -> &'static str {
        verdict_by(trust, given, iss, &key(1))
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
        let given = token(&json!({"alg": "ES256", "kid": "any"}), &key(1));
        let found = authenticate(&trust, &given, Some("https://a"), NOW).unwrap();
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
        assert_eq!(verdict(&trust, &json!({"alg": "ES256", "kid": 1}), None), "ok");
        // SD-04, the check that the caller named: another signer.
        assert_eq!(verdict_by(&trust, &json!({"alg": "ES256"}), None, &key(2)), "SD-04");
    }

    #[test]
    fn of_several_pinned_keys_kid_decides_where_one_has_that_name() {
        let third = key_of(Algorithm::EdDsa, 3);
        let keys = json!([jwk(&key(1), "a"), jwk(&key(2), "b"), jwk(&third, "c")]);
        let trust = IssuerTrust::pinned(set(&keys));
        let given = token(&json!({"alg": "ES256", "kid": "b"}), &key(2));
        assert_eq!(authenticate(&trust, &given, None, NOW).unwrap().key(), &key(2).public_key().unwrap());
        assert_eq!(verdict_by(&trust, &json!({"alg": "EdDSA"}), None, &third), "ok");
        // SD-04: by another key than the one that is named.
        assert_eq!(verdict_by(&trust, &json!({"alg": "ES256", "kid": "b"}), None, &key(1)), "SD-04");
        // TR-01: kid names a key for another algorithm.
        assert_eq!(verdict(&trust, &json!({"alg": "ES256", "kid": "c"}), None), "TR-01");
        // Two keys of one name: each is tried.
        let twice = IssuerTrust::pinned(set(&json!([jwk(&key(1), "a"), jwk(&key(2), "a")])));
        for (signer, expected) in [(1, "ok"), (2, "ok"), (3, "SD-04")] {
            let given = json!({"alg": "ES256", "kid": "a"});
            assert_eq!(verdict_by(&twice, &given, None, &key(signer)), expected, "{signer}");
        }
    }

    #[test]
    fn of_several_pinned_keys_each_is_tried_where_kid_does_not_decide() {
        let keys = json!([jwk(&key(1), "a"), jwk(&key(2), "b"), jwk(&key_of(Algorithm::EdDsa, 3), "c")]);
        let trust = IssuerTrust::pinned(set(&keys));
        for given in [
            json!({"alg": "ES256"}),
            json!({"alg": "ES256", "kid": "of no key"}),
            json!({"alg": "ES256", "kid": 1}),
        ] {
            for signer in [1, 2] {
                let found = token(&given, &key(signer));
                let found = authenticate(&trust, &found, None, NOW).unwrap();
                assert_eq!(found.key(), &key(signer).public_key().unwrap(), "{given}");
            }
            assert_eq!(verdict_by(&trust, &given, None, &key(4)), "SD-04", "{given}");
        }
        let one = key(1).public_key().unwrap();
        let again = IssuerTrust::pinned(JwkSet::from(one.clone()).and(one.clone()));
        assert_eq!(verdict(&again, &json!({"alg": "ES256"}), None), "ok");
        // TR-01: not tried without end. A name finds the last one too.
        let many: Vec<_> = (1..=20).map(|number| jwk(&key(number), &number.to_string())).collect();
        let many = IssuerTrust::pinned(set(&json!(many)));
        assert_eq!(verdict_by(&many, &json!({"alg": "ES256"}), None, &key(16)), "ok");
        assert_eq!(verdict_by(&many, &json!({"alg": "ES256"}), None, &key(17)), "TR-01");
        assert_eq!(verdict_by(&many, &json!({"alg": "ES256", "kid": "17"}), None, &key(17)), "ok");
    }

    #[test]
    fn published_keys_are_for_exactly_their_issuer() {
        let keys = json!([jwk(&key(1), "a"), jwk(&key_of(Algorithm::EdDsa, 3), "c")]);
        let metadata = json!({"issuer": "https://a.example/x", "jwks": {"keys": keys}}).to_string();
        let metadata = issuer::IssuerMetadata::parse(metadata.as_bytes(), "https://a.example/x").unwrap();
        let issuer::IssuerMetadata::Here(keys) = metadata else { panic!("the keys stand in it") };
        let trust = IssuerTrust::metadata(keys);
        let (iss, given) = (Some("https://a.example/x"), json!({"alg": "ES256", "kid": "a"}));
        let signed = token(&given, &key(1));
        let found = authenticate(&trust, &signed, iss, NOW).unwrap();
        assert!(matches!(found.by(), TrustedBy::Metadata { issuer: "https://a.example/x" }));
        assert_eq!(verdict(&trust, &json!({"alg": "ES256"}), iss), "ok");
        assert_eq!(verdict_by(&trust, &given, iss, &key(2)), "SD-04");
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
        // TR-01: unlike a pinned key, a published one is not used under another name, nor are several tried.
        for kid in [json!("b"), json!("c"), json!(""), json!(1), json!(null), json!(["a"])] {
            assert_eq!(verdict(&trust, &json!({"alg": "ES256", "kid": kid}), iss), "TR-01", "{kid}");
        }
        let two = json!({"keys": [jwk(&key(1), "a"), jwk(&key(2), "b")]});
        let metadata = json!({"issuer": "https://a.example/x", "jwks": two}).to_string();
        let metadata = issuer::IssuerMetadata::parse(metadata.as_bytes(), "https://a.example/x").unwrap();
        let issuer::IssuerMetadata::Here(keys) = metadata else { panic!("the keys stand in it") };
        assert_eq!(verdict(&IssuerTrust::metadata(keys), &json!({"alg": "ES256"}), iss), "TR-01");
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
        let signed = token(&given, &key(2));
        let found = authenticate(&trust, &signed, None, NOW).unwrap();
        assert_eq!(found.key(), &key(2).public_key().unwrap());
        assert!(matches!(found.by(), TrustedBy::Chain(leaf) if leaf.common_name() == Some("a.example")));
        assert_eq!(verdict_by(&trust, &given, Some("https://other.example"), &key(2)), "ok");
        // SD-04: the root signs certificates, not tokens.
        assert_eq!(verdict(&trust, &given, None), "SD-04");
        // TR-05: no chain. TR-08: too late. TR-01: the header names another algorithm than the leaf's.
        assert_eq!(verdict(&trust, &json!({"alg": "ES256", "kid": "a"}), None), "TR-05");
        let late = authenticate(&trust, &signed, None, UnixTime(LAST + 1)).err().unwrap();
        assert_eq!(late.check.id(), "TR-08");
        assert!(matches!(late.cause, Some(Cause::Certificate(_))));
        let named = json!({"alg": "EdDSA", "x5c": given["x5c"]});
        assert_eq!(verdict(&trust, &named, None), "TR-01");
        // The chain helps nobody where keys are pinned.
        let pinned = IssuerTrust::pinned(key(9).public_key().unwrap());
        assert_eq!(verdict_by(&pinned, &given, None, &key(2)), "SD-04");
        assert_eq!(verdict_by(&pinned, &given, None, &key(9)), "ok");
    }

    #[test]
    fn where_the_profile_asks_it_the_issuer_is_named_in_the_leaf() {
        let (trust, given) = anchored(Purpose::signatures().with_issuer_named());
        for iss in [None, Some("https://a.example"), Some("https://A.EXAMPLE:8443/tenant/1")] {
            assert_eq!(verdict_by(&trust, &given, iss, &key(2)), "ok", "{iss:?}");
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
