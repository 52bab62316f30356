//! JSON Web Keys (RFC 7517; RFC 7518 section 6.2; RFC 8037 section 2) and their thumbprints (RFC 7638).
//!
//! A public key is read from a public JWK only: one that carries a private value was leaked, and is refused with
//! a message that says so. Members that are not needed are ignored, as RFC 7517 section 4 asks, but those that restrict
//! the key's use are honoured.

use serde_json::{Map, Value, json};
use zeroize::{Zeroize as _, Zeroizing};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::hash::HashAlgorithm;
use crate::json::{self, JsonError};
use crate::key::{KeyError, PublicKey, SigningKey};

/// Longest JWK that is read, in bytes. A key with a certificate chain beside it stays below.
pub const MAX_JWK_BYTES: usize = 64 * 1024;

/// Why a JWK was not taken. Names members, never their values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwkError {
    /// Not a JSON object without repeated names, or longer than [`MAX_JWK_BYTES`].
    #[error("the JWK cannot be read: {0}")]
    Json(#[from] JsonError),
    /// Longer than [`MAX_JWK_BYTES`].
    #[error("the JWK is longer than {MAX_JWK_BYTES} bytes")]
    TooLong,
    /// A member is missing, of the wrong type, or not of the exact length the curve asks for
    /// (RFC 7518 section 6.2.1.2).
    #[error("JWK member `{0}` is missing or malformed")]
    Member(&'static str),
    /// `kty` and `crv` name no key on our list: EC with P-256 or P-384, OKP with Ed25519.
    #[error("JWK of an unsupported key type or curve (supported: EC P-256, EC P-384, OKP Ed25519)")]
    Unsupported,
    /// `kty` and `crv` name no key for agreement on our list: EC with P-256, OKP with X25519.
    #[error("JWK of an unsupported key type or curve (supported for encryption: EC P-256, OKP X25519)")]
    UnsupportedAgreement,
    /// `use`, `key_ops` or `alg` forbids what the key is wanted for (RFC 7517 sections 4.2 to 4.4).
    #[error("JWK member `{0}` does not allow this use of the key")]
    Forbidden(&'static str),
    /// A private key stands where a public one is asked for.
    #[error(
        "this is a private key where a public one is asked for: keep it secret, and give its public half"
    )]
    Private,
    /// A public key stands where a private one is asked for.
    #[error("this is a public key where a private one is asked for")]
    NotPrivate,
    /// The numbers are no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl PublicKey {
    /// Reads a public key from the text of a JWK.
    ///
    /// # Errors
    ///
    /// If the text is no JWK of a key that may verify signatures with an algorithm on our list.
    pub fn from_jwk_text(text: &[u8]) -> Result<Self, JwkError> {
        Self::from_jwk(&parse(text)?)
    }

    /// Reads a public key from a JWK that is part of a larger document.
    ///
    /// # Errors
    ///
    /// As [`Self::from_jwk_text`].
    pub fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, JwkError> {
        // RFC 7518 section 6.2.2.1 and RFC 8037 section 2: `d` is the private value.
        if jwk.contains_key("d") {
            return Err(JwkError::Private);
        }
        let key = public_part(jwk)?;
        may_be_used(jwk, &key, "verify")?;
        Ok(key)
    }

    /// The public JWK: the members of its thumbprint.
    pub fn to_jwk(&self) -> Map<String, Value> {
        let (x, y) = self.coordinates();
        let (kty, crv) = names(self.algorithm());
        let mut jwk = Map::new();
        jwk.insert("kty".into(), json!(kty));
        jwk.insert("crv".into(), json!(crv));
        jwk.insert("x".into(), json!(base64url::encode(x)));
        if let Some(y) = y {
            jwk.insert("y".into(), json!(base64url::encode(y)));
        }
        jwk
    }

    /// Whether a JWK is of this key: the members of its thumbprint are equal. Cheaper than reading the other key.
    pub fn is_jwk(&self, jwk: &Map<String, Value>) -> bool {
        self.to_jwk().iter().all(|(name, value)| jwk.get(name) == Some(value))
    }

    /// The JWK SHA-256 thumbprint, base64url (RFC 7638 section 3).
    pub fn thumbprint(&self) -> String {
        let (x, y) = self.coordinates();
        let (kty, crv) = names(self.algorithm());
        let x = base64url::encode(x);
        // The required members only, in lexicographic order, without white space (RFC 7638 section 3.2).
        let members = match y {
            Some(y) => {
                let y = base64url::encode(y);
                format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#)
            }
            None => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"}}"#),
        };
        base64url::encode(HashAlgorithm::Sha256.digest(members))
    }
}

impl SigningKey {
    /// Reads a private key from the text of a JWK. The public half must stand in it and belong to it.
    ///
    /// # Errors
    ///
    /// If the text is no JWK of a key that may sign with an algorithm on our list.
    pub fn from_jwk_text(text: &[u8]) -> Result<Self, JwkError> {
        let mut jwk = parse(text)?;
        let Some(Value::String(mut private)) = jwk.remove("d") else { return Err(JwkError::NotPrivate) };
        let secret = base64url::decode(&private).map(Zeroizing::new).map_err(|_| JwkError::Member("d"));
        private.zeroize();
        let public = public_part(&jwk)?;
        may_be_used(&jwk, &public, "sign")?;
        let key = Self::from_secret(public.algorithm(), &secret?)?;
        if key.public_key()? == public { Ok(key) } else { Err(KeyError::Mismatch.into()) }
    }

    /// The text of the private JWK, to be stored where only its owner reads it.
    ///
    /// # Errors
    ///
    /// As [`Self::public_key`].
    pub fn to_private_jwk_text(&self) -> Result<Zeroizing<String>, KeyError> {
        let public = self.public_key()?;
        let (kty, crv) = names(self.algorithm());
        let (x, y) = public.coordinates();
        let x = base64url::encode(x);
        let y = y.map(|y| format!(r#","y":"{}""#, base64url::encode(y))).unwrap_or_default();
        let d = Zeroizing::new(base64url::encode(&*self.to_secret()));
        Ok(Zeroizing::new(format!(r#"{{"kty":"{kty}","crv":"{crv}","x":"{x}"{y},"d":"{}"}}"#, *d)))
    }
}

pub(crate) fn parse(text: &[u8]) -> Result<Map<String, Value>, JwkError> {
    if text.len() > MAX_JWK_BYTES { Err(JwkError::TooLong) } else { Ok(json::parse_object(text)?) }
}

const fn names(algorithm: Algorithm) -> (&'static str, &'static str) {
    match algorithm {
        Algorithm::EdDsa => ("OKP", "Ed25519"),
        Algorithm::Es256 => ("EC", "P-256"),
        Algorithm::Es384 => ("EC", "P-384"),
    }
}

fn public_part(jwk: &Map<String, Value>) -> Result<PublicKey, JwkError> {
    match (text(jwk, "kty")?, text(jwk, "crv")) {
        ("OKP", Ok("Ed25519")) => Ok(PublicKey::ed25519(&coordinate(jwk, "x")?)?),
        ("EC", Ok("P-256")) => Ok(PublicKey::p256(&coordinate(jwk, "x")?, &coordinate(jwk, "y")?)?),
        ("EC", Ok("P-384")) => Ok(PublicKey::p384(&coordinate(jwk, "x")?, &coordinate(jwk, "y")?)?),
        ("EC" | "OKP", Err(error)) => Err(error),
        _ => Err(JwkError::Unsupported),
    }
}

pub(crate) fn text<'j>(jwk: &'j Map<String, Value>, name: &'static str) -> Result<&'j str, JwkError> {
    jwk.get(name).and_then(Value::as_str).ok_or(JwkError::Member(name))
}

pub(crate) fn coordinate<const N: usize>(
    jwk: &Map<String, Value>,
    name: &'static str,
) -> Result<[u8; N], JwkError> {
    base64url::decode_array(text(jwk, name)?).map_err(|_| JwkError::Member(name))
}

/// Honours `use`, `key_ops` and `alg` where they are present (RFC 7517 sections 4.2 to 4.4).
fn may_be_used(jwk: &Map<String, Value>, key: &PublicKey, operation: &str) -> Result<(), JwkError> {
    if jwk.get("use").is_some_and(|value| value != "sig") {
        return Err(JwkError::Forbidden("use"));
    }
    match jwk.get("key_ops") {
        None => {}
        Some(Value::Array(operations)) if operations.iter().any(|value| value == operation) => {}
        Some(_) => return Err(JwkError::Forbidden("key_ops")),
    }
    match jwk.get("alg") {
        None => Ok(()),
        Some(Value::String(name)) if Algorithm::from_jose_name(name) == Some(key.algorithm()) => Ok(()),
        Some(_) => Err(JwkError::Forbidden("alg")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;

    /// RFC 8037 appendix A.1 to A.3.
    const RFC_8037: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn public(text: &str) -> Result<PublicKey, JwkError> {
        PublicKey::from_jwk_text(text.as_bytes())
    }

    #[test]
    fn thumbprint_of_rfc_8037_appendix_a_3() {
        let key =
            public(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#);
        assert_eq!(key.unwrap().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn private_keys_go_out_and_come_back() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(algorithm, Entropy::from_secure_random([9; 48])).unwrap();
            let text = key.to_private_jwk_text().unwrap();
            let back = SigningKey::from_jwk_text(text.as_bytes()).unwrap();
            assert_eq!(back.public_key(), key.public_key());
            assert_eq!(back.sign(b"m"), key.sign(b"m"));
            assert_eq!(PublicKey::from_jwk_text(text.as_bytes()), Err(JwkError::Private));
            let public = Value::Object(key.public_key().unwrap().to_jwk()).to_string();
            assert_eq!(PublicKey::from_jwk_text(public.as_bytes()), Ok(key.public_key().unwrap()));
            assert_eq!(SigningKey::from_jwk_text(public.as_bytes()).err(), Some(JwkError::NotPrivate));
        }
        let key = SigningKey::from_jwk_text(RFC_8037.as_bytes()).unwrap();
        assert_eq!(key.algorithm(), Algorithm::EdDsa);
    }

    #[test]
    fn a_key_knows_its_jwk() {
        let keys = Algorithm::ALL.map(|algorithm| {
            let key = SigningKey::generate(algorithm, Entropy::from_secure_random([9; 48])).unwrap();
            key.public_key().unwrap()
        });
        for (place, key) in keys.iter().enumerate() {
            for (other_place, other) in keys.iter().enumerate() {
                assert_eq!(key.is_jwk(&other.to_jwk()), place == other_place);
            }
            for member in ["kty", "crv", "x"] {
                let mut jwk = key.to_jwk();
                jwk.insert(member.into(), json!("AA"));
                assert!(!key.is_jwk(&jwk));
                jwk.remove(member);
                assert!(!key.is_jwk(&jwk));
            }
        }
    }

    #[test]
    fn a_private_key_beside_another_public_key_is_refused() {
        let swapped = RFC_8037.replace("nWGx", "nWGy");
        let error = SigningKey::from_jwk_text(swapped.as_bytes()).err();
        assert_eq!(error, Some(JwkError::Key(KeyError::Mismatch)));
    }

    #[test]
    fn malformed_keys_are_refused_with_the_member_named() {
        let x = "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ";
        let y = "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8";
        let ec = |rest: &str| public(&format!(r#"{{"kty":"EC","crv":"P-256",{rest}}}"#));
        assert!(ec(&format!(r#""x":"{x}","y":"{y}""#)).is_ok());
        assert_eq!(ec(&format!(r#""x":"{x}""#)), Err(JwkError::Member("y")));
        assert_eq!(ec(&format!(r#""x":"{x}","y":7"#)), Err(JwkError::Member("y")));
        assert_eq!(ec(&format!(r#""x":"{x}=","y":"{y}""#)), Err(JwkError::Member("x")));
        assert_eq!(ec(&format!(r#""x":"AA{x}","y":"{y}""#)), Err(JwkError::Member("x")));
        assert_eq!(ec(&format!(r#""x":"{y}","y":"{x}""#)), Err(JwkError::Key(KeyError::InvalidPoint)));
        assert_eq!(ec(&format!(r#""x":"{x}","y":"{y}","use":"enc""#)), Err(JwkError::Forbidden("use")));
        assert_eq!(ec(&format!(r#""x":"{x}","y":"{y}","alg":"ES384""#)), Err(JwkError::Forbidden("alg")));
        assert_eq!(ec(&format!(r#""x":"{x}","y":"{y}","alg":"none""#)), Err(JwkError::Forbidden("alg")));
        assert_eq!(
            ec(&format!(r#""x":"{x}","y":"{y}","key_ops":["sign"]"#)),
            Err(JwkError::Forbidden("key_ops"))
        );
        assert!(
            ec(&format!(r#""x":"{x}","y":"{y}","use":"sig","alg":"ES256","key_ops":["verify"],"kid":1"#))
                .is_ok()
        );
    }

    #[test]
    fn other_key_types_are_refused() {
        for text in [
            r#"{"kty":"oct","k":"AAAA"}"#,
            r#"{"kty":"RSA","n":"AAAA","e":"AQAB"}"#,
            r#"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            r#"{"kty":"OKP","crv":"P-256","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            r#"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#,
            r#"{"kty":"ec","crv":"P-256"}"#,
        ] {
            assert_eq!(public(text), Err(JwkError::Unsupported), "{text}");
        }
        for text in ["{}", r#"{"kty":7}"#, r#"{"kty":"EC"}"#] {
            assert!(matches!(public(text), Err(JwkError::Member(_))), "{text}");
        }
        for text in ["", "[]", r#"{"kty":"EC","kty":"EC"}"#] {
            assert!(matches!(public(text), Err(JwkError::Json(_))), "{text}");
        }
        assert_eq!(public(&" ".repeat(MAX_JWK_BYTES + 1)), Err(JwkError::TooLong));
    }
}
