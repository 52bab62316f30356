//! Keys for encrypted messages: agreement on P-256 (NIST SP 800-56A) or X25519 (RFC 7748).
//!
//! They are types of their own: a key that signs cannot decrypt, and the JWK of the one is refused as the other
//! (RFC 7517 sections 4.2 and 4.3).

use p256::elliptic_curve::sec1::ToSec1Point as _;
use serde_json::{Map, Value, json};
use zeroize::{Zeroize as _, Zeroizing};

use crate::base64url;
use crate::ecdsa::Point;
use crate::entropy::Entropy;
use crate::jwk::{JwkError, coordinate, parse, text};
use crate::key::KeyError;

/// A curve on which two parties agree on a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgreementCurve {
    /// NIST P-256.
    P256,
    /// Curve25519 in Montgomery form.
    X25519,
}

/// A key to which anybody can encrypt.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptionPublicKey(Public);

#[derive(Clone, PartialEq, Eq)]
enum Public {
    P256(p256::PublicKey),
    X25519([u8; 32]),
}

/// A key that decrypts. Wiped when dropped; cannot be printed, cloned or compared.
pub struct DecryptionKey(Secret);

enum Secret {
    P256(p256::SecretKey),
    X25519(x25519_dalek::StaticSecret),
}

/// What two parties agreed on: not a key yet, but what one is derived from.
pub(crate) type SharedSecret = Zeroizing<[u8; 32]>;

impl EncryptionPublicKey {
    /// The curve of the key.
    pub fn curve(&self) -> AgreementCurve {
        match &self.0 {
            Public::P256(_) => AgreementCurve::P256,
            Public::X25519(_) => AgreementCurve::X25519,
        }
    }

    /// Reads a public key from the text of a JWK.
    ///
    /// # Errors
    ///
    /// If the text is no JWK of a key that may be encrypted to with `ECDH-ES`.
    pub fn from_jwk_text(text: &[u8]) -> Result<Self, JwkError> {
        Self::from_jwk(&parse(text)?)
    }

    /// Reads a public key from a JWK that is part of a larger document.
    ///
    /// # Errors
    ///
    /// As [`Self::from_jwk_text`].
    pub fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, JwkError> {
        if jwk.contains_key("d") {
            return Err(JwkError::Private);
        }
        let key = Self::public_part(jwk)?;
        may_be_used(jwk)?;
        Ok(key)
    }

    /// The public JWK, with the members of its thumbprint and no others.
    pub fn to_jwk(&self) -> Map<String, Value> {
        let members = match &self.0 {
            Public::P256(key) => {
                let point = key.to_sec1_point(false);
                let (x, y) = (point.x().map(base64url::encode), point.y().map(base64url::encode));
                json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
            }
            Public::X25519(key) => json!({"kty": "OKP", "crv": "X25519", "x": base64url::encode(key)}),
        };
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    fn public_part(jwk: &Map<String, Value>) -> Result<Self, JwkError> {
        match (text(jwk, "kty")?, text(jwk, "crv")) {
            ("EC", Ok("P-256")) => {
                let point = Point::p256(&coordinate(jwk, "x")?, &coordinate(jwk, "y")?);
                let key = p256::PublicKey::from_sec1_bytes(point.as_bytes());
                Ok(Self(Public::P256(key.map_err(|_| KeyError::InvalidPoint)?)))
            }
            // RFC 8037 section 2. Any 32 bytes are a key; those of low order are refused when they are used.
            ("OKP", Ok("X25519")) => Ok(Self(Public::X25519(coordinate(jwk, "x")?))),
            ("EC" | "OKP", Err(error)) => Err(error),
            _ => Err(JwkError::UnsupportedAgreement),
        }
    }
}

impl std::fmt::Debug for EncryptionPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EncryptionPublicKey({:?})", self.curve())
    }
}

impl DecryptionKey {
    /// Makes a new key.
    ///
    /// # Errors
    ///
    /// If the entropy is no valid key of P-256, which happens with a chance below 2^-32: draw again.
    pub fn generate(curve: AgreementCurve, entropy: Entropy<32>) -> Result<Self, KeyError> {
        Self::from_secret(curve, &entropy.into_bytes())
    }

    /// Reads a private key from the text of a JWK. The public half must stand in it and belong to it.
    ///
    /// # Errors
    ///
    /// If the text is no JWK of a key that may decrypt with `ECDH-ES`.
    pub fn from_jwk_text(text: &[u8]) -> Result<Self, JwkError> {
        let mut jwk = parse(text)?;
        let Some(Value::String(mut private)) = jwk.remove("d") else { return Err(JwkError::NotPrivate) };
        let secret = base64url::decode_array(&private).map(Zeroizing::new);
        private.zeroize();
        let public = EncryptionPublicKey::public_part(&jwk)?;
        may_be_used(&jwk)?;
        let key = Self::from_secret(public.curve(), &*secret.map_err(|_| JwkError::Member("d"))?)?;
        if key.public_key() == public { Ok(key) } else { Err(KeyError::Mismatch.into()) }
    }

    /// The text of the private JWK, to be stored where only its owner reads it.
    pub fn to_private_jwk_text(&self) -> Zeroizing<String> {
        let public = Value::Object(self.public_key().to_jwk()).to_string();
        let secret = match &self.0 {
            Secret::P256(key) => Zeroizing::new(key.to_bytes().into()),
            Secret::X25519(key) => Zeroizing::new(key.to_bytes()),
        };
        let d = Zeroizing::new(base64url::encode(&*secret as &[u8; 32]));
        Zeroizing::new(format!(r#"{{"d":"{}",{}"#, *d, public.trim_start_matches('{')))
    }

    /// The public half.
    pub fn public_key(&self) -> EncryptionPublicKey {
        EncryptionPublicKey(match &self.0 {
            Secret::P256(key) => Public::P256(key.public_key()),
            Secret::X25519(key) => Public::X25519(x25519_dalek::PublicKey::from(key).to_bytes()),
        })
    }

    /// The curve of the key.
    pub fn curve(&self) -> AgreementCurve {
        match &self.0 {
            Secret::P256(_) => AgreementCurve::P256,
            Secret::X25519(_) => AgreementCurve::X25519,
        }
    }

    /// The secret shared with the owner of `other`; `None` if the curves differ, or for an X25519 key of low
    /// order, with which the secret would be known to everybody (RFC 7748 section 6.1).
    pub(crate) fn agree(&self, other: &EncryptionPublicKey) -> Option<SharedSecret> {
        match (&self.0, &other.0) {
            (Secret::P256(key), Public::P256(other)) => {
                let shared = p256::ecdh::diffie_hellman(key.to_nonzero_scalar(), other.as_affine());
                Some(Zeroizing::new((*shared.raw_secret_bytes()).into()))
            }
            (Secret::X25519(key), Public::X25519(other)) => {
                let shared = key.diffie_hellman(&x25519_dalek::PublicKey::from(*other));
                shared.was_contributory().then(|| Zeroizing::new(shared.to_bytes()))
            }
            _ => None,
        }
    }

    fn from_secret(curve: AgreementCurve, secret: &[u8; 32]) -> Result<Self, KeyError> {
        Ok(Self(match curve {
            AgreementCurve::P256 => {
                Secret::P256(p256::SecretKey::from_slice(secret).map_err(|_| KeyError::InvalidSecret)?)
            }
            AgreementCurve::X25519 => Secret::X25519(x25519_dalek::StaticSecret::from(*secret)),
        }))
    }
}

impl std::fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DecryptionKey({:?})", self.curve())
    }
}

/// Honours `use`, `key_ops` and `alg` where they are present (RFC 7517 sections 4.2 to 4.4). The empty list of
/// operations is what the Web Cryptography API writes for the public key of an agreement.
fn may_be_used(jwk: &Map<String, Value>) -> Result<(), JwkError> {
    if jwk.get("use").is_some_and(|value| value != "enc") {
        return Err(JwkError::Forbidden("use"));
    }
    let agrees = |value: &Value| value == "deriveKey" || value == "deriveBits";
    match jwk.get("key_ops") {
        None => {}
        Some(Value::Array(operations)) if operations.is_empty() || operations.iter().any(agrees) => {}
        Some(_) => return Err(JwkError::Forbidden("key_ops")),
    }
    if jwk.get("alg").is_some_and(|value| value != "ECDH-ES") {
        return Err(JwkError::Forbidden("alg"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{PublicKey, SigningKey};

    const CURVES: [AgreementCurve; 2] = [AgreementCurve::P256, AgreementCurve::X25519];

    fn key(curve: AgreementCurve, byte: u8) -> DecryptionKey {
        DecryptionKey::generate(curve, Entropy::from_secure_random([byte; 32])).unwrap()
    }

    fn public_text(curve: AgreementCurve, more: &str) -> Vec<u8> {
        let text = Value::Object(key(curve, 1).public_key().to_jwk()).to_string();
        text.replace('}', &format!("{more}}}")).into_bytes()
    }

    #[test]
    fn both_sides_agree_and_nobody_else() {
        for curve in CURVES {
            let (one, two, three) = (key(curve, 1), key(curve, 2), key(curve, 3));
            let agreed = one.agree(&two.public_key()).unwrap();
            assert_eq!(Some(&agreed), two.agree(&one.public_key()).as_ref());
            assert_ne!(Some(&agreed), three.agree(&one.public_key()).as_ref());
        }
        assert!(key(CURVES[0], 1).agree(&key(CURVES[1], 1).public_key()).is_none());
    }

    #[test]
    fn keys_go_out_and_come_back() {
        for curve in CURVES {
            let key = key(curve, 4);
            let text = key.to_private_jwk_text();
            let again = DecryptionKey::from_jwk_text(text.as_bytes()).unwrap();
            assert_eq!(*again.to_private_jwk_text(), *text);
            assert_eq!(EncryptionPublicKey::from_jwk_text(text.as_bytes()), Err(JwkError::Private));
            let public = key.public_key();
            assert_eq!(EncryptionPublicKey::from_jwk(&public.to_jwk()), Ok(public));
        }
    }

    #[test]
    fn a_signing_key_is_no_encryption_key() {
        for more in [r#","use":"sig""#, r#","key_ops":["verify"]"#, r#","alg":"ES256""#] {
            let text = public_text(AgreementCurve::P256, more);
            let read = EncryptionPublicKey::from_jwk_text(&text);
            assert!(matches!(read, Err(JwkError::Forbidden(_))), "{more}");
        }
        for more in [r#","use":"enc""#, r#","key_ops":["deriveKey"]"#, r#","alg":"ECDH-ES""#] {
            let text = public_text(AgreementCurve::P256, more);
            assert!(EncryptionPublicKey::from_jwk_text(&text).is_ok());
            assert!(matches!(PublicKey::from_jwk_text(&text), Err(JwkError::Forbidden(_))), "{more}");
        }
        for alg in ["ECDH-ES+A128KW", "RSA-OAEP", "dir", "ecdh-es"] {
            let text = public_text(AgreementCurve::X25519, &format!(r#","alg":"{alg}""#));
            assert_eq!(EncryptionPublicKey::from_jwk_text(&text), Err(JwkError::Forbidden("alg")));
        }
        let ed25519 = SigningKey::generate(crate::Algorithm::EdDsa, Entropy::from_secure_random([1; 48]));
        let text = ed25519.unwrap().to_private_jwk_text().unwrap();
        let read = DecryptionKey::from_jwk_text(text.as_bytes());
        assert_eq!(read.err(), Some(JwkError::UnsupportedAgreement));
    }

    #[test]
    fn malformed_keys_are_refused() {
        let text = String::from_utf8(public_text(AgreementCurve::P256, "")).unwrap();
        let off_curve = text.replace(r#""y":""#, r#""y":"AA"#);
        let read = |text: &str| EncryptionPublicKey::from_jwk_text(text.as_bytes()).err();
        assert_eq!(read(&off_curve), Some(JwkError::Member("y")));
        assert_eq!(read(&text.replace("P-256", "P-384")), Some(JwkError::UnsupportedAgreement));
        assert_eq!(read(&text.replace("EC", "RSA")), Some(JwkError::UnsupportedAgreement));
        assert_eq!(read(&text.replace("\"crv\"", "\"cvr\"")), Some(JwkError::Member("crv")));
        let off_curve = r#"{"kty":"EC","crv":"P-256","x":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE","y":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"}"#;
        assert_eq!(read(off_curve), Some(JwkError::Key(KeyError::InvalidPoint)));
        let one = key(AgreementCurve::P256, 1).to_private_jwk_text();
        let two = key(AgreementCurve::P256, 2).public_key().to_jwk();
        let y = two["y"].as_str().unwrap();
        let own = key(AgreementCurve::P256, 1).public_key().to_jwk();
        let swapped = one.replace(own["y"].as_str().unwrap(), y);
        assert!(DecryptionKey::from_jwk_text(swapped.as_bytes()).is_err());
        assert!(DecryptionKey::generate(AgreementCurve::P256, Entropy::from_secure_random([0; 32])).is_err());
    }

    #[test]
    fn a_secret_that_everybody_knows_is_refused() {
        let own = key(AgreementCurve::X25519, 1);
        for low_order in [[0; 32], {
            let mut one = [0; 32];
            one[0] = 1;
            one
        }] {
            assert!(own.agree(&EncryptionPublicKey(Public::X25519(low_order))).is_none());
        }
    }
}
