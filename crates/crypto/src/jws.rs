//! JSON Web Signature, compact form (RFC 7515 sections 3.1, 5.2 and 7.1; RFC 8725).
//!
//! Reading and checking are two steps, because the header often says which key to look for. Until
//! [`Jws::verify`] has said yes, only the header can be read, and nothing in it is to be believed; the
//! payload has no other way out than [`Jws::dangerous_unverified_payload`], which is for tools that show a
//! token to an engineer.

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::json::{self, JsonError};
use crate::key::{BadSignature, PublicKey, Signature};

/// Longest protected header that is read, in bytes before base64url: room for a certificate chain.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;

/// A compact JWS whose form has been checked and whose signature has not.
#[derive(Debug, Clone)]
pub struct Jws<'t> {
    header: Header,
    signing_input: &'t str,
    payload: &'t str,
    signature: Signature,
}

/// A protected header without repeated names.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    members: Map<String, Value>,
    /// What `alg` names, if it is on our list.
    algorithm: Option<Algorithm>,
    /// Whether it asks for an extension.
    extended: bool,
}

/// Why a text is not an acceptable JWS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
    /// Not three parts of base64url between dots (RFC 7515 section 7.1), or the header is over its limit.
    #[error("not three base64url parts separated by dots")]
    Form,
    /// The header is not a JSON object without repeated names (RFC 7515 section 4).
    #[error("the header cannot be read: {0}")]
    Header(#[from] JsonError),
    /// `alg` is missing, `none`, or not on our list (RFC 7515 section 4.1.1, RFC 8725 section 3.2).
    #[error("the header names no signature algorithm that is accepted (EdDSA or Ed25519, ES256, ES384)")]
    Algorithm,
    /// `alg` is not the algorithm of the key (RFC 8725 section 3.1).
    #[error("the header names {named}, but the key is for {key}")]
    WrongAlgorithm {
        /// What the header says.
        named: Algorithm,
        /// What the key is for.
        key: Algorithm,
    },
    /// The header has `crit`, and we implement no extension (RFC 7515 section 4.1.11); or `b64`, which
    /// needs it (RFC 7797 section 6).
    #[error("the header asks for an extension that must be understood and is not")]
    Critical,
    /// The signature is not good.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

impl<'t> Jws<'t> {
    /// Splits and decodes `token`; checks its form, its header and that the algorithm is on our list.
    ///
    /// # Errors
    ///
    /// If `token` is not a compact JWS that we could accept under some key.
    pub fn parse(token: &'t str) -> Result<Self, JwsError> {
        let jws = Self::parse_any(token)?;
        jws.header.acceptable()?;
        Ok(jws)
    }

    /// As [`Self::parse`], for tools that show a token to an engineer: takes any `alg` and `crit`. What
    /// it gives cannot be verified unless [`Self::parse`] would take it too.
    ///
    /// # Errors
    ///
    /// If `token` is not a compact JWS.
    pub fn parse_any(token: &'t str) -> Result<Self, JwsError> {
        let (signing_input, signature) = token.rsplit_once('.').ok_or(JwsError::Form)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwsError::Form)?;
        if header.len() > MAX_HEADER_BYTES.div_ceil(3) * 4 || payload.contains('.') {
            return Err(JwsError::Form);
        }
        let header = base64url::decode(header).map_err(|_| JwsError::Form)?;
        let signature = base64url::decode(signature).map_err(|_| JwsError::Form)?;
        let header = Header::new(json::parse_object(&header)?);
        Ok(Self { header, signing_input, payload, signature: Signature::from_bytes(signature) })
    }

    /// The header. It is not to be believed before [`Self::verify`] has said yes.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Checks the signature by a key that the caller trusts for this purpose, and gives the payload.
    ///
    /// # Errors
    ///
    /// If the header's algorithm is not the key's, or the signature is not by the key.
    pub fn verify(&self, key: &PublicKey) -> Result<Vec<u8>, JwsError> {
        self.verify_signature(key)?;
        self.dangerous_unverified_payload()
    }

    /// Checks the signature only, for a caller who had to read the payload to find the key.
    ///
    /// # Errors
    ///
    /// As [`Self::verify`].
    pub fn verify_signature(&self, key: &PublicKey) -> Result<(), JwsError> {
        let named = self.header.acceptable()?;
        if named != key.algorithm() {
            return Err(JwsError::WrongAlgorithm { named, key: key.algorithm() });
        }
        Ok(key.verify(self.signing_input.as_bytes(), self.signature.as_bytes())?)
    }

    /// The payload as it stands, **believed by nobody**.
    ///
    /// # Errors
    ///
    /// If it is not base64url.
    pub fn dangerous_unverified_payload(&self) -> Result<Vec<u8>, JwsError> {
        base64url::decode(self.payload).map_err(|_| JwsError::Form)
    }
}

impl Header {
    /// The algorithm that `alg` names.
    ///
    /// # Errors
    ///
    /// If `alg` is missing or not on our list.
    pub fn algorithm(&self) -> Result<Algorithm, JwsError> {
        self.algorithm.ok_or(JwsError::Algorithm)
    }

    /// The media type of the whole, `typ` (RFC 7515 section 4.1.9).
    pub fn typ(&self) -> Option<&str> {
        self.text("typ")
    }

    /// A hint which key was used, `kid` (RFC 7515 section 4.1.4).
    pub fn kid(&self) -> Option<&str> {
        self.text("kid")
    }

    /// Every member, as written.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    fn new(members: Map<String, Value>) -> Self {
        let algorithm = members.get("alg").and_then(Value::as_str).and_then(Algorithm::from_jose_name);
        let extended = members.contains_key("crit") || members.contains_key("b64");
        Self { members, algorithm, extended }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }

    /// The algorithm of a header that we could accept under some key.
    fn acceptable(&self) -> Result<Algorithm, JwsError> {
        let algorithm = self.algorithm()?;
        if self.extended { Err(JwsError::Critical) } else { Ok(algorithm) }
    }
}

/// The bytes to sign for a header and a payload (RFC 7515 section 5.1): first step of two. The caller signs
/// them where the key lives and hands the signature to [`assemble`].
pub fn signing_input(header: &Value, payload: &[u8]) -> String {
    let header = json::to_bytes(header);
    let mut input = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 100);
    base64url::encode_to(header, &mut input);
    input.push('.');
    base64url::encode_to(payload, &mut input);
    input
}

/// Puts the signature behind what it signs: second step of two.
pub fn assemble(mut signing_input: String, signature: &Signature) -> String {
    signing_input.push('.');
    base64url::encode_to(signature.as_bytes(), &mut signing_input);
    signing_input
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;
    use crate::key::SigningKey;
    use serde_json::json;

    fn key(algorithm: Algorithm) -> SigningKey {
        SigningKey::generate(algorithm, Entropy::from_secure_random([5; 48])).unwrap()
    }

    fn signed(header: &Value, algorithm: Algorithm) -> String {
        let input = signing_input(header, b"payload");
        let signature = key(algorithm).sign(input.as_bytes());
        assemble(input, &signature)
    }

    fn verify(token: &str, algorithm: Algorithm) -> Result<Vec<u8>, JwsError> {
        Jws::parse(token)?.verify(&key(algorithm).public_key().unwrap())
    }

    #[test]
    fn the_payload_comes_out_when_the_signature_is_good() {
        for algorithm in Algorithm::ALL {
            let token = signed(&json!({"alg": algorithm.jose_name(), "typ": "x+jwt", "kid": "1"}), algorithm);
            assert_eq!(verify(&token, algorithm), Ok(b"payload".to_vec()));
            let header = Jws::parse(&token).unwrap().header().clone();
            assert_eq!((header.typ(), header.kid()), (Some("x+jwt"), Some("1")));
        }
        assert_eq!(
            verify(&signed(&json!({"alg": "Ed25519"}), Algorithm::EdDsa), Algorithm::EdDsa),
            Ok(b"payload".to_vec())
        );
    }

    #[test]
    fn algorithms_off_the_list_are_refused() {
        for alg in [json!("none"), json!("HS256"), json!("RS256"), json!("es256"), json!(7), json!(null)] {
            let token = signed(&json!({"alg": alg}), Algorithm::Es256);
            assert_eq!(verify(&token, Algorithm::Es256), Err(JwsError::Algorithm), "{alg}");
            assert!(Jws::parse_any(&token).is_ok());
        }
        assert_eq!(verify(&signed(&json!({}), Algorithm::Es256), Algorithm::Es256), Err(JwsError::Algorithm));
    }

    #[test]
    fn the_header_does_not_choose_the_algorithm() {
        let token = signed(&json!({"alg": "ES256"}), Algorithm::EdDsa);
        let refused = JwsError::WrongAlgorithm { named: Algorithm::Es256, key: Algorithm::EdDsa };
        assert_eq!(verify(&token, Algorithm::EdDsa), Err(refused));
        assert_eq!(verify(&token, Algorithm::Es256), Err(JwsError::Signature(BadSignature)));
    }

    #[test]
    fn extensions_that_must_be_understood_are_refused() {
        for header in [
            json!({"alg": "ES256", "crit": ["exp"], "exp": 1}),
            json!({"alg": "ES256", "crit": []}),
            json!({"alg": "ES256", "b64": false, "crit": ["b64"]}),
            json!({"alg": "ES256", "b64": false}),
        ] {
            let token = signed(&header, Algorithm::Es256);
            assert_eq!(verify(&token, Algorithm::Es256), Err(JwsError::Critical), "{header}");
            let unchecked = Jws::parse_any(&token).unwrap();
            assert_eq!(
                unchecked.verify(&key(Algorithm::Es256).public_key().unwrap()),
                Err(JwsError::Critical)
            );
        }
    }

    #[test]
    fn malformed_tokens_are_refused() {
        let good = signed(&json!({"alg": "ES256"}), Algorithm::Es256);
        let (input, signature) = good.rsplit_once('.').unwrap();
        for token in [
            "",
            ".",
            "..",
            "...",
            "a.b",
            "a.b.c.d",
            "{}",
            input,
            &format!("{good}."),
            &format!("{good}="),
            &format!(" {good}"),
            &format!("{good}\n"),
            &format!("{input}..{signature}"),
            &good.replace('.', "\u{ff0e}"),
        ] {
            assert!(verify(token, Algorithm::Es256).is_err(), "{token}");
        }
        let twice = format!("{}.e30.{signature}", base64url::encode(r#"{"alg":"ES256","alg":"ES256"}"#));
        assert!(matches!(Jws::parse(&twice), Err(JwsError::Header(JsonError::DuplicateName { .. }))));
        let list = format!("{}.e30.{signature}", base64url::encode(r#"["ES256"]"#));
        assert_eq!(Jws::parse(&list).err(), Some(JwsError::Header(JsonError::NotAnObject)));
        let long = format!("{}.e30.{signature}", "A".repeat(100_000));
        assert_eq!(Jws::parse(&long).err(), Some(JwsError::Form));
    }
}
