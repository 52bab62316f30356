//! JSON Web Encryption, compact form (RFC 7516 sections 3.1, 5 and 7.1): `ECDH-ES` in direct agreement
//! (RFC 7518 section 4.6, RFC 8037 section 3.2) with `A128GCM` or `A256GCM`.
//!
//! Every message has an ephemeral key of its own. Nothing else that JWE offers is here: no wrapped keys, no passwords,
//! no compression, no extension that must be understood. The header is not secret, and can be read before the key is
//! known; it is authentic only once [`Jwe::decrypt`] has said yes. JWE says nothing about who encrypted.
//!
//! Whatever goes wrong once a private key is involved is one error, [`JweError::Decryption`].

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::aead::{ContentAlgorithm, ContentKey, NONCE_BYTES, Nonce, TAG_BYTES};
use crate::base64url;
use crate::encryption_key::SharedSecret;
pub use crate::encryption_key::{AgreementCurve, DecryptionKey, EncryptionPublicKey};
use crate::entropy::Entropy;
use crate::json::{self, JsonError};
use crate::jwk::JwkError;

/// Longest protected header that is read, in bytes before base64url.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Longest message that is read, in characters.
pub const MAX_JWE_BYTES: usize = 32 * 1024 * 1024;

/// A compact JWE whose form and header have been checked and that has not been decrypted.
#[derive(Debug, Clone)]
pub struct Jwe<'t> {
    header: Map<String, Value>,
    /// The first part as received, which is what the tag covers.
    protected: &'t str,
    agreement: Agreement,
    ephemeral: EncryptionPublicKey,
    nonce: [u8; NONCE_BYTES],
    /// Ciphertext and tag.
    sealed: Vec<u8>,
}

/// How content is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentEncryption {
    /// `A128GCM` (RFC 7518 section 5.3).
    A128Gcm,
    /// `A256GCM` (RFC 7518 section 5.3).
    A256Gcm,
}

/// Why a text is no JWE that we accept, or could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JweError {
    /// Not five parts of base64url between dots with an empty second one (RFC 7516 section 7.1, RFC 7518
    /// section 4.6), a nonce or tag of another length (RFC 7518 section 5.3), or something over its limit.
    #[error("not a compact JWE with direct key agreement and AES-GCM")]
    Form,
    /// The header is not a JSON object without repeated names.
    #[error("the header cannot be read: {0}")]
    Header(#[from] JsonError),
    /// `alg` is not `ECDH-ES`.
    #[error("the header names no key management algorithm that is accepted (ECDH-ES)")]
    Algorithm,
    /// `enc` is not on our list.
    #[error("the header names no content encryption that is accepted (A128GCM, A256GCM)")]
    ContentEncryption,
    /// The header has a member that we refuse: `crit`, `zip`, `p2s`, `p2c`, or one of another algorithm.
    #[error("the header has `{0}`, which is not accepted")]
    Refused(&'static str),
    /// `apu` or `apv` is not base64url (RFC 7518 sections 4.6.1.2 and 4.6.1.3).
    #[error("header member `{0}` is malformed")]
    Member(&'static str),
    /// `epk` is no public key that we accept (RFC 7518 section 4.6.1.1).
    #[error("the ephemeral key of the header: {0}")]
    EphemeralKey(JwkError),
    /// Not encrypted to this key, or changed. Nothing more is said on purpose.
    #[error("not encrypted to this key, or changed")]
    Decryption,
    /// The entropy is no valid ephemeral key: draw again. The chance is below 2^-32.
    #[error("the entropy is no valid ephemeral key: draw again")]
    Entropy,
    /// The header given to [`encrypt`] sets a member that encryption sets itself.
    #[error("the header sets a member that encryption sets itself")]
    HeaderMember,
}

impl ContentEncryption {
    /// Every one that is accepted.
    pub const ALL: [Self; 2] = [Self::A128Gcm, Self::A256Gcm];

    /// The `enc` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    /// The one that an `enc` value names, compared exactly.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encryption| encryption.name() == name)
    }

    const fn content(self) -> ContentAlgorithm {
        match self {
            Self::A128Gcm => ContentAlgorithm::A128Gcm,
            Self::A256Gcm => ContentAlgorithm::A256Gcm,
        }
    }
}

impl<'t> Jwe<'t> {
    /// Splits and decodes `token`, and checks its form and its header.
    ///
    /// # Errors
    ///
    /// If `token` is not a compact JWE that we could decrypt with some key.
    pub fn parse(token: &'t str) -> Result<Self, JweError> {
        let form = JweError::Form;
        if token.len() > MAX_JWE_BYTES {
            return Err(form);
        }
        let mut parts = token.split('.');
        let mut part = || parts.next().ok_or(JweError::Form);
        let (protected, key, nonce, ciphertext, tag) = (part()?, part()?, part()?, part()?, part()?);
        // RFC 7518 section 4.6: in direct agreement the encrypted key is empty.
        if parts.next().is_some() || !key.is_empty() || protected.len() > MAX_HEADER_BYTES.div_ceil(3) * 4 {
            return Err(form);
        }
        let header = json::parse_object(&base64url::decode(protected).map_err(|_| JweError::Form)?)?;
        let agreement = Agreement::of(&header)?;
        let ephemeral = match header.get("epk") {
            Some(Value::Object(jwk)) => EncryptionPublicKey::from_jwk(jwk).map_err(JweError::EphemeralKey)?,
            _ => return Err(JweError::EphemeralKey(JwkError::Member("epk"))),
        };
        // RFC 7518 section 5.3: 96 bits of nonce, 128 bits of tag.
        let nonce = base64url::decode_array(nonce).map_err(|_| JweError::Form)?;
        let tag: [u8; TAG_BYTES] = base64url::decode_array(tag).map_err(|_| JweError::Form)?;
        let mut sealed = base64url::decode(ciphertext).map_err(|_| form)?;
        sealed.extend_from_slice(&tag);
        Ok(Self { header, protected, agreement, ephemeral, nonce, sealed })
    }

    /// A hint to which key it is encrypted, `kid`.
    pub fn kid(&self) -> Option<&str> {
        self.header.get("kid")?.as_str()
    }

    /// The media type of the whole, `typ`.
    pub fn typ(&self) -> Option<&str> {
        self.header.get("typ")?.as_str()
    }

    /// The media type of the content, `cty`.
    pub fn cty(&self) -> Option<&str> {
        self.header.get("cty")?.as_str()
    }

    /// How the content is encrypted, `enc`.
    pub fn content_encryption(&self) -> ContentEncryption {
        self.agreement.encryption
    }

    /// Every member of the header, as written.
    pub fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// Decrypts.
    ///
    /// # Errors
    ///
    /// If it is not encrypted to this key, or was changed.
    pub fn decrypt(&self, key: &DecryptionKey) -> Result<Zeroizing<Vec<u8>>, JweError> {
        let shared = key.agree(&self.ephemeral).ok_or(JweError::Decryption)?;
        let key = self.agreement.derive(&shared).ok_or(JweError::Decryption)?;
        // RFC 7516 section 5.2 step 15: the protected header as received is the associated data.
        let opened = key.open(&Nonce::from_bytes(self.nonce), self.protected.as_bytes(), &self.sealed);
        opened.map_err(|_| JweError::Decryption)
    }
}

/// Encrypts `plaintext` to `recipient`. `header` adds members such as `kid`, `typ`, `cty`, `apu` and `apv`.
///
/// # Errors
///
/// If `header` sets `alg`, `enc` or `epk`, or a member that we refuse, or the entropy is no valid key.
pub fn encrypt(
    plaintext: &[u8],
    recipient: &EncryptionPublicKey,
    encryption: ContentEncryption,
    header: Map<String, Value>,
    entropy: Entropy<44>,
) -> Result<String, JweError> {
    let bytes = entropy.into_bytes();
    let (secret, nonce) = bytes.split_first_chunk::<32>().ok_or(JweError::Entropy)?;
    let nonce = Nonce::from_bytes(nonce.try_into().map_err(|_| JweError::Entropy)?);
    let ephemeral = DecryptionKey::generate(recipient.curve(), Entropy::from_secure_random(*secret))
        .map_err(|_| JweError::Entropy)?;
    let mut header = header;
    for (name, value) in [
        ("alg", json!("ECDH-ES")),
        ("enc", json!(encryption.name())),
        ("epk", Value::Object(ephemeral.public_key().to_jwk())),
    ] {
        if header.insert(name.into(), value).is_some() {
            return Err(JweError::HeaderMember);
        }
    }
    let agreement = Agreement::of(&header)?;
    let shared = ephemeral.agree(recipient).ok_or(JweError::EphemeralKey(JwkError::Member("x")))?;
    let key = agreement.derive(&shared).ok_or(JweError::Entropy)?;
    let mut token = String::with_capacity(plaintext.len() * 4 / 3 + 600);
    base64url::encode_to(Value::Object(header).to_string(), &mut token);
    let aad = token.clone().into_bytes();
    token.push_str("..");
    base64url::encode_to(nonce.as_bytes(), &mut token);
    let sealed = key.seal(nonce, &aad, plaintext).map_err(|_| JweError::Form)?;
    let (ciphertext, tag) = sealed.split_last_chunk::<TAG_BYTES>().ok_or(JweError::Form)?;
    token.push('.');
    base64url::encode_to(ciphertext, &mut token);
    token.push('.');
    base64url::encode_to(tag, &mut token);
    Ok(token)
}

/// What the header says about deriving the content key.
#[derive(Debug, Clone)]
struct Agreement {
    encryption: ContentEncryption,
    apu: Vec<u8>,
    apv: Vec<u8>,
}

impl Agreement {
    fn of(header: &Map<String, Value>) -> Result<Self, JweError> {
        if header.get("alg").and_then(Value::as_str) != Some("ECDH-ES") {
            return Err(JweError::Algorithm);
        }
        let encryption = header.get("enc").and_then(Value::as_str).and_then(ContentEncryption::from_name);
        let encryption = encryption.ok_or(JweError::ContentEncryption)?;
        // RFC 7516 sections 4.1.13 and 4.1.3; RFC 8725 section 3.6 on compression. The others belong to algorithms that
        // are not this one (RFC 7518 sections 4.7 and 4.8).
        for name in ["crit", "zip", "p2s", "p2c", "iv", "tag"] {
            if header.contains_key(name) {
                return Err(JweError::Refused(name));
            }
        }
        Ok(Self { encryption, apu: party(header, "apu")?, apv: party(header, "apv")? })
    }

    /// The Concat KDF with SHA-256 (NIST SP 800-56A section 5.8.1, RFC 7518 section 4.6.2): one round, since
    /// no key here is longer than its output.
    fn derive(&self, shared: &SharedSecret) -> Option<ContentKey> {
        let algorithm = self.encryption.content();
        let key_bits = u32::try_from(algorithm.key_bytes()).ok()?.checked_mul(8)?;
        let mut hash = Sha256::new();
        hash.update(1_u32.to_be_bytes());
        hash.update(**shared);
        for field in [self.encryption.name().as_bytes(), &self.apu, &self.apv] {
            hash.update(u32::try_from(field.len()).ok()?.to_be_bytes());
            hash.update(field);
        }
        hash.update(key_bits.to_be_bytes());
        let mut output = hash.finalize();
        let key = Zeroizing::new(output.get(..algorithm.key_bytes())?.to_vec());
        output.zeroize();
        ContentKey::from_secret_bytes(algorithm, key).ok()
    }
}

fn party(header: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JweError> {
    match header.get(name) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => base64url::decode(text).map_err(|_| JweError::Member(name)),
        Some(_) => Err(JweError::Member(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(curve: AgreementCurve, byte: u8) -> DecryptionKey {
        DecryptionKey::generate(curve, Entropy::from_secure_random([byte; 32])).unwrap()
    }

    fn members(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn message(curve: AgreementCurve, encryption: ContentEncryption, header: &Value) -> String {
        let entropy = Entropy::from_secure_random([9; 44]);
        encrypt(b"answer", &key(curve, 1).public_key(), encryption, members(header), entropy).unwrap()
    }

    fn decrypt(token: &str, key: &DecryptionKey) -> Result<Vec<u8>, JweError> {
        Ok(Jwe::parse(token)?.decrypt(key)?.to_vec())
    }

    /// Another header over the same message.
    fn with_header(token: &str, change: impl FnOnce(&mut Map<String, Value>)) -> String {
        let (header, rest) = token.split_once('.').unwrap();
        let mut header = json::parse_object(&base64url::decode(header).unwrap()).unwrap();
        change(&mut header);
        format!("{}.{rest}", base64url::encode(Value::Object(header).to_string()))
    }

    /// RFC 7518 appendix C: the derived key of Alice and Bob.
    #[test]
    fn the_example_of_rfc_7518_appendix_c() {
        let alice = r#"{"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0","y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps","d":"0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"}"#;
        let bob = r#"{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"}"#;
        let alice = DecryptionKey::from_jwk_text(alice.as_bytes()).unwrap();
        let shared = alice.agree(&EncryptionPublicKey::from_jwk_text(bob.as_bytes()).unwrap()).unwrap();
        let header = json!({"alg": "ECDH-ES", "enc": "A128GCM", "apu": "QWxpY2U", "apv": "Qm9i"});
        let derived = Agreement::of(&members(&header)).unwrap().derive(&shared).unwrap();
        let expected = base64url::decode("VqqN6vgjbSBcIijNcacQGg").unwrap();
        let expected =
            ContentKey::from_secret_bytes(ContentAlgorithm::A128Gcm, Zeroizing::new(expected)).unwrap();
        let sealed = derived.seal(Nonce::from_bytes([0; 12]), b"", b"text").unwrap();
        assert!(expected.open(&Nonce::from_bytes([0; 12]), b"", &sealed).is_ok());
    }

    #[test]
    fn what_was_encrypted_is_decrypted_by_its_key_only() {
        for curve in [AgreementCurve::P256, AgreementCurve::X25519] {
            for encryption in ContentEncryption::ALL {
                let header = &json!({"kid": "7", "cty": "json", "typ": "x", "apu": "QQ", "apv": "Qg"});
                let token = message(curve, encryption, header);
                let jwe = Jwe::parse(&token).unwrap();
                assert_eq!((jwe.kid(), jwe.cty(), jwe.typ()), (Some("7"), Some("json"), Some("x")));
                assert_eq!(jwe.content_encryption(), encryption);
                assert_eq!(decrypt(&token, &key(curve, 1)), Ok(b"answer".to_vec()));
                assert_eq!(decrypt(&token, &key(curve, 2)), Err(JweError::Decryption));
            }
        }
        let token = message(AgreementCurve::P256, ContentEncryption::A128Gcm, &json!({}));
        assert_eq!(decrypt(&token, &key(AgreementCurve::X25519, 1)), Err(JweError::Decryption));
    }

    #[test]
    fn any_changed_character_is_refused() {
        let token = message(AgreementCurve::P256, ContentEncryption::A256Gcm, &json!({"apu": "QUJD"}));
        let own = key(AgreementCurve::P256, 1);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(decrypt(str::from_utf8(&changed).unwrap(), &own).is_err(), "character {at}");
            assert!(decrypt(token.get(..at).unwrap(), &own).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn everything_off_the_list_is_refused() {
        let token = message(AgreementCurve::P256, ContentEncryption::A128Gcm, &json!({}));
        let refused = |name: &str, value: Value| {
            let changed = with_header(&token, |header| drop(header.insert(name.to_owned(), value)));
            Jwe::parse(&changed).err()
        };
        let algorithms = [
            "none",
            "dir",
            "RSA1_5",
            "RSA-OAEP",
            "A128KW",
            "ECDH-ES+A128KW",
            "PBES2-HS256+A128KW",
            "ecdh-es",
        ];
        for alg in algorithms {
            assert_eq!(refused("alg", json!(alg)), Some(JweError::Algorithm), "{alg}");
        }
        for enc in ["A192GCM", "A128CBC-HS256", "A256CBC-HS512", "none", "a128gcm"] {
            assert_eq!(refused("enc", json!(enc)), Some(JweError::ContentEncryption), "{enc}");
        }
        assert_eq!(refused("zip", json!("DEF")), Some(JweError::Refused("zip")));
        assert_eq!(refused("crit", json!(["exp"])), Some(JweError::Refused("crit")));
        assert_eq!(refused("p2c", json!(1)), Some(JweError::Refused("p2c")));
        assert_eq!(refused("apu", json!("Q")), Some(JweError::Member("apu")));
        assert_eq!(refused("apv", json!(7)), Some(JweError::Member("apv")));
        assert_eq!(refused("epk", json!("x")), Some(JweError::EphemeralKey(JwkError::Member("epk"))));
        let private: Value =
            serde_json::from_str(&key(AgreementCurve::P256, 3).to_private_jwk_text()).unwrap();
        assert_eq!(refused("epk", private), Some(JweError::EphemeralKey(JwkError::Private)));
        let off_curve = json!({"kty": "EC", "crv": "P-256", "x": "A".repeat(43), "y": "A".repeat(43)});
        assert!(matches!(refused("epk", off_curve), Some(JweError::EphemeralKey(JwkError::Key(_)))));
        let p384 = json!({"kty": "EC", "crv": "P-384", "x": "A".repeat(64), "y": "A".repeat(64)});
        let unsupported = Some(JweError::EphemeralKey(JwkError::UnsupportedAgreement));
        assert_eq!(refused("epk", p384), unsupported);
    }

    #[test]
    fn other_forms_are_refused() {
        let token = message(AgreementCurve::P256, ContentEncryption::A128Gcm, &json!({}));
        let parts: Vec<&str> = token.split('.').collect();
        let with = |at: usize, part: &str| {
            let mut parts = parts.clone();
            parts[at] = part;
            parts.join(".")
        };
        for changed in [
            with(1, "AAAA"),
            with(2, parts[2].get(..12).unwrap()),
            with(2, &"A".repeat(32)),
            with(2, ""),
            with(4, parts[4].get(..20).unwrap()),
            with(4, &"A".repeat(24)),
            with(4, ""),
            with(3, "A"),
            with(3, "AA=="),
            format!("{token}.AA"),
            parts[..4].join("."),
            String::new(),
            format!("{}....", "A".repeat(30_000)),
            "A".repeat(MAX_JWE_BYTES + 1),
        ] {
            assert_eq!(Jwe::parse(&changed).err(), Some(JweError::Form));
        }
        let twice = with(0, &base64url::encode(r#"{"alg":"ECDH-ES","alg":"dir"}"#));
        assert!(matches!(Jwe::parse(&twice), Err(JweError::Header(JsonError::DuplicateName { .. }))));
    }

    #[test]
    fn a_header_cannot_override_what_encryption_sets() {
        for name in ["alg", "enc", "epk"] {
            let entropy = Entropy::from_secure_random([9; 44]);
            let recipient = key(AgreementCurve::P256, 1).public_key();
            let header = members(&json!({name: "x"}));
            let made = encrypt(b"", &recipient, ContentEncryption::A128Gcm, header, entropy);
            assert_eq!(made, Err(JweError::HeaderMember));
        }
        let recipient = key(AgreementCurve::P256, 1).public_key();
        let header = members(&json!({"zip": "DEF"}));
        let entropy = Entropy::from_secure_random([9; 44]);
        let made = encrypt(b"", &recipient, ContentEncryption::A128Gcm, header, entropy);
        assert_eq!(made, Err(JweError::Refused("zip")));
        let entropy = Entropy::from_secure_random([0; 44]);
        let made = encrypt(b"", &recipient, ContentEncryption::A128Gcm, Map::new(), entropy);
        assert_eq!(made, Err(JweError::Entropy));
    }
}
