//! Public keys as certificates and key files carry them: `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7;
//! RFC 5480 for the curves of ECDSA, RFC 8410 for Ed25519), in DER or in PEM (RFC 7468 section 13).
//!
//! The key's algorithm follows from its object identifier and parameters and from nothing else. Points are read
//! uncompressed only, the one form that RFC 5480 section 2.2 asks everybody to have.

use pkcs8::der::pem::{LineEnding, PemLabel};
use pkcs8::der::{AnyRef, Decode as _, Document, Encode as _, asn1::BitStringRef};
use pkcs8::spki::{AlgorithmIdentifierRef, ObjectIdentifier, SubjectPublicKeyInfoRef};

use crate::algorithm::Algorithm;
use crate::key::{KeyError, PublicKey};

/// Longest key file or `SubjectPublicKeyInfo` that is read, in bytes. The longest on our list has 120.
pub const MAX_KEY_FILE_BYTES: usize = 16 * 1024;

/// id-Ed25519 (RFC 8410 section 3).
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// id-ecPublicKey (RFC 5480 section 2.1.1).
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// secp256r1, which is P-256 (RFC 5480 section 2.1.1.1).
pub(crate) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// secp384r1, which is P-384 (RFC 5480 section 2.1.1.1).
pub(crate) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// Why a `SubjectPublicKeyInfo` was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpkiError {
    /// Not the DER of one `SubjectPublicKeyInfo` and nothing after it, or over [`MAX_KEY_FILE_BYTES`].
    #[error("not the DER of one SubjectPublicKeyInfo")]
    Form,
    /// Not one PEM block labelled `PUBLIC KEY` (RFC 7468 section 13).
    #[error("not one PEM block labelled `PUBLIC KEY`")]
    Pem,
    /// The object identifiers name no key on our list.
    #[error("a key of an unsupported algorithm or curve (supported: Ed25519, EC P-256, EC P-384)")]
    Unsupported,
    /// Ed25519 with parameters (RFC 8410 section 3), or an EC key without a named curve (RFC 5480 section 2.1.1).
    #[error("the algorithm parameters are not the ones this key type has")]
    Parameters,
    /// Not exactly the bytes that the curve asks for, uncompressed, in whole octets (RFC 5480 section 2.2,
    /// RFC 8410 section 4).
    #[error("the key is not of the length and form its curve asks for")]
    KeyBytes,
    /// The numbers are no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl PublicKey {
    /// Reads a public key from the DER of a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    ///
    /// If `der` is anything but one `SubjectPublicKeyInfo` of a key on our list, with the parameters it must have.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, SpkiError> {
        if der.len() > MAX_KEY_FILE_BYTES {
            return Err(SpkiError::Form);
        }
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| SpkiError::Form)?;
        let algorithm = algorithm_of(&info.algorithm)?;
        let key = info.subject_public_key.as_bytes().ok_or(SpkiError::KeyBytes)?;
        Self::from_plain_bytes(algorithm, key)
    }

    /// Reads a public key from PEM text, one block labelled `PUBLIC KEY`.
    ///
    /// # Errors
    ///
    /// As [`Self::from_spki_der`], and if `text` is not one such block.
    pub fn from_spki_pem(text: &str) -> Result<Self, SpkiError> {
        if text.len() > MAX_KEY_FILE_BYTES {
            return Err(SpkiError::Pem);
        }
        let (label, document) = Document::from_pem(text).map_err(|_| SpkiError::Pem)?;
        SubjectPublicKeyInfoRef::validate_pem_label(label).map_err(|_| SpkiError::Pem)?;
        Self::from_spki_der(document.as_bytes())
    }

    /// The DER of the `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    ///
    /// Never for a key that could be made; the encoder of the library has an error for sizes beyond DER.
    pub fn to_spki_der(&self) -> Result<Vec<u8>, SpkiError> {
        let (oid, curve) = match self.algorithm() {
            Algorithm::EdDsa => (ED25519, None),
            Algorithm::Es256 => (EC_PUBLIC_KEY, Some(P256)),
            Algorithm::Es384 => (EC_PUBLIC_KEY, Some(P384)),
        };
        let key = self.to_plain_bytes();
        let info = SubjectPublicKeyInfoRef {
            algorithm: AlgorithmIdentifierRef { oid, parameters: curve.as_ref().map(AnyRef::from) },
            subject_public_key: BitStringRef::from_bytes(&key).map_err(|_| SpkiError::Form)?,
        };
        info.to_der().map_err(|_| SpkiError::Form)
    }

    /// The `SubjectPublicKeyInfo` as PEM text.
    ///
    /// # Errors
    ///
    /// As [`Self::to_spki_der`].
    pub fn to_spki_pem(&self) -> Result<String, SpkiError> {
        let document = Document::try_from(self.to_spki_der()?).map_err(|_| SpkiError::Form)?;
        document.to_pem(SubjectPublicKeyInfoRef::PEM_LABEL, LineEnding::LF).map_err(|_| SpkiError::Pem)
    }

    /// A key from the bytes its algorithm has in a BIT STRING: 32 for Ed25519, else an uncompressed SEC 1 point.
    pub(crate) fn from_plain_bytes(algorithm: Algorithm, key: &[u8]) -> Result<Self, SpkiError> {
        let wrong = SpkiError::KeyBytes;
        match (algorithm, key.split_first()) {
            (Algorithm::EdDsa, _) => Ok(Self::ed25519(key.try_into().map_err(|_| wrong)?)?),
            (Algorithm::Es256, Some((4, xy))) => {
                let (x, y) = halves(xy).ok_or(wrong)?;
                Ok(Self::p256(x, y)?)
            }
            (Algorithm::Es384, Some((4, xy))) => {
                let (x, y) = halves(xy).ok_or(wrong)?;
                Ok(Self::p384(x, y)?)
            }
            _ => Err(wrong),
        }
    }

    /// The bytes that [`Self::from_plain_bytes`] takes.
    pub(crate) fn to_plain_bytes(&self) -> Vec<u8> {
        match self.coordinates() {
            (x, None) => x.to_vec(),
            (x, Some(y)) => [&[4], x, y].concat(),
        }
    }
}

/// The algorithm of a key by its identifier, with exactly the parameters it must have.
pub(crate) fn algorithm_of(identifier: &AlgorithmIdentifierRef<'_>) -> Result<Algorithm, SpkiError> {
    match (identifier.oid, identifier.parameters) {
        (ED25519, None) => Ok(Algorithm::EdDsa),
        // RFC 8410 section 3: none for Ed25519. RFC 5480 section 2.1.1: a curve for ECDSA.
        (ED25519, Some(_)) | (EC_PUBLIC_KEY, None) => Err(SpkiError::Parameters),
        // RFC 5480 section 2.1.1: a named curve and nothing else; implicit or explicit curves must not be used.
        (EC_PUBLIC_KEY, Some(curve)) => match curve.decode_as().map_err(|_| SpkiError::Parameters)? {
            P256 => Ok(Algorithm::Es256),
            P384 => Ok(Algorithm::Es384),
            _ => Err(SpkiError::Unsupported),
        },
        _ => Err(SpkiError::Unsupported),
    }
}

fn halves<const N: usize>(bytes: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
    let (x, y) = bytes.split_first_chunk::<N>()?;
    Some((x, y.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;
    use crate::key::SigningKey;

    fn public(algorithm: Algorithm) -> PublicKey {
        let key = SigningKey::generate(algorithm, Entropy::from_secure_random([6; 48])).unwrap();
        key.public_key().unwrap()
    }

    #[test]
    fn the_example_of_rfc_8410_section_10_1_is_read_and_written() {
        let text = "-----BEGIN PUBLIC KEY-----\n\
                    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
                    -----END PUBLIC KEY-----\n";
        let key = PublicKey::from_spki_pem(text).unwrap();
        assert_eq!(key.algorithm(), Algorithm::EdDsa);
        assert_eq!(key.to_spki_pem().unwrap(), text);
    }

    #[test]
    fn keys_go_out_and_come_back() {
        for algorithm in Algorithm::ALL {
            let key = public(algorithm);
            assert_eq!(PublicKey::from_spki_der(&key.to_spki_der().unwrap()), Ok(key.clone()));
            assert_eq!(PublicKey::from_spki_pem(&key.to_spki_pem().unwrap()), Ok(key));
        }
    }

    #[test]
    fn every_byte_matters() {
        for algorithm in Algorithm::ALL {
            let key = public(algorithm);
            let der = key.to_spki_der().unwrap();
            for length in 0..der.len() {
                assert!(PublicKey::from_spki_der(&der[..length]).is_err());
            }
            let longer = [der.as_slice(), &[0]].concat();
            assert_eq!(PublicKey::from_spki_der(&longer), Err(SpkiError::Form));
            for bit in 0..der.len() * 8 {
                let mut changed = der.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_ne!(PublicKey::from_spki_der(&changed), Ok(key.clone()), "bit {bit}");
            }
        }
    }

    fn with(
        oid: ObjectIdentifier,
        parameters: Option<AnyRef<'_>>,
        key: &[u8],
    ) -> Result<PublicKey, SpkiError> {
        let info = SubjectPublicKeyInfoRef {
            algorithm: AlgorithmIdentifierRef { oid, parameters },
            subject_public_key: BitStringRef::from_bytes(key).unwrap(),
        };
        PublicKey::from_spki_der(&info.to_der().unwrap())
    }

    #[test]
    fn wrong_parameters_are_refused() {
        let ed25519 = public(Algorithm::EdDsa).to_plain_bytes();
        let p256 = public(Algorithm::Es256).to_plain_bytes();
        let rsa = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
        let secp256k1 = ObjectIdentifier::new_unwrap("1.3.132.0.10");
        assert!(with(ED25519, None, &ed25519).is_ok());
        assert_eq!(with(ED25519, Some(AnyRef::NULL), &ed25519), Err(SpkiError::Parameters));
        assert_eq!(with(ED25519, Some((&P256).into()), &ed25519), Err(SpkiError::Parameters));
        assert!(with(EC_PUBLIC_KEY, Some((&P256).into()), &p256).is_ok());
        assert_eq!(with(EC_PUBLIC_KEY, None, &p256), Err(SpkiError::Parameters));
        assert_eq!(with(EC_PUBLIC_KEY, Some(AnyRef::NULL), &p256), Err(SpkiError::Parameters));
        assert_eq!(with(EC_PUBLIC_KEY, Some((&secp256k1).into()), &p256), Err(SpkiError::Unsupported));
        assert_eq!(with(EC_PUBLIC_KEY, Some((&P384).into()), &p256), Err(SpkiError::KeyBytes));
        assert_eq!(with(rsa, Some(AnyRef::NULL), &p256), Err(SpkiError::Unsupported));
        // A signature algorithm is no key algorithm.
        let ecdsa = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
        assert_eq!(with(ecdsa, None, &p256), Err(SpkiError::Unsupported));
    }

    #[test]
    fn other_forms_of_a_point_are_refused() {
        let p256 = public(Algorithm::Es256).to_plain_bytes();
        let compressed = [&[2 + (p256[64] & 1)], &p256[1..33]].concat();
        let hybrid = [&[6 + (p256[64] & 1)], &p256[1..]].concat();
        for key in [&compressed, &hybrid, &p256[1..].to_vec(), &vec![], &vec![0], &[&p256[..], &[0]].concat()]
        {
            assert_eq!(with(EC_PUBLIC_KEY, Some((&P256).into()), key), Err(SpkiError::KeyBytes));
        }
        let mut off_curve = p256.clone();
        off_curve[64] ^= 1;
        let refused = Err(SpkiError::Key(KeyError::InvalidPoint));
        assert_eq!(with(EC_PUBLIC_KEY, Some((&P256).into()), &off_curve), refused);
        assert_eq!(with(ED25519, None, &[0; 32]), refused);
    }

    #[test]
    fn other_texts_are_refused() {
        let good = public(Algorithm::Es256).to_spki_pem().unwrap();
        for text in [
            String::new(),
            good.replace("PUBLIC", "PRIVATE"),
            good.replace("PUBLIC KEY", "CERTIFICATE"),
            good.replace("-----END PUBLIC KEY-----\n", ""),
            format!("{good}{good}"),
            good.replace('M', "!"),
            " ".repeat(MAX_KEY_FILE_BYTES + 1),
        ] {
            assert_eq!(PublicKey::from_spki_pem(&text), Err(SpkiError::Pem), "{text}");
        }
        assert_eq!(PublicKey::from_spki_der(&vec![0x30; MAX_KEY_FILE_BYTES + 1]), Err(SpkiError::Form));
    }
}
