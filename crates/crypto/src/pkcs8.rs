//! Private keys in files: PKCS#8 (RFC 5958; RFC 5915 for the curves of ECDSA, RFC 8410 for Ed25519) as PEM text
//! (RFC 7468 section 10).
//!
//! Files that are themselves encrypted are not read: a password is not asked for here. A public half that stands
//! in the file must belong to the private one.

use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::pem::{LineEnding, PemLabel as _};
use pkcs8::der::{Decode as _, SecretDocument};
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{EncodePrivateKey as _, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::key::{KeyError, SigningKey};
use crate::spki::{ED25519, MAX_KEY_FILE_BYTES, SpkiError, algorithm_of};

/// Why a private key file was not taken. Holds no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs8Error {
    /// Not one PEM block labelled `PRIVATE KEY` (RFC 7468 section 10), or over [`MAX_KEY_FILE_BYTES`].
    #[error("not one PEM block labelled `PRIVATE KEY`")]
    Pem,
    /// Not the DER of one PKCS#8 structure with the private key its algorithm has.
    #[error("not the DER of one PKCS#8 private key, or its public half belongs to another key")]
    Form,
    /// The algorithm is not on our list, or its parameters are wrong.
    #[error("the private key's algorithm: {0}")]
    Algorithm(SpkiError),
    /// The numbers are no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl SigningKey {
    /// Reads a private key from PEM text, one block labelled `PRIVATE KEY`.
    ///
    /// # Errors
    ///
    /// If `text` is anything else, or the key is not on our list or does not fit the public key beside it.
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, Pkcs8Error> {
        if text.len() > MAX_KEY_FILE_BYTES {
            return Err(Pkcs8Error::Pem);
        }
        let (label, document) = SecretDocument::from_pem(text).map_err(|_| Pkcs8Error::Pem)?;
        PrivateKeyInfoRef::validate_pem_label(label).map_err(|_| Pkcs8Error::Pem)?;
        Self::from_pkcs8_der(document.as_bytes())
    }

    /// Reads a private key from the DER of a PKCS#8 structure.
    ///
    /// # Errors
    ///
    /// As [`Self::from_pkcs8_pem`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Pkcs8Error> {
        let form = Pkcs8Error::Form;
        if der.len() > MAX_KEY_FILE_BYTES {
            return Err(form);
        }
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| form)?;
        let algorithm = algorithm_of(&info.algorithm).map_err(Pkcs8Error::Algorithm)?;
        let beside = info.public_key.map(|key| key.as_bytes().unwrap_or_default().to_vec());
        // For the curves of ECDSA the libraries check length, range, named curve and the public half inside RFC 5915's structure.
        let secret: Zeroizing<Vec<u8>> = match algorithm {
            // RFC 8410 section 7: an OCTET STRING of 32 bytes inside the one of PKCS#8. Read here, since the library for
            // it leaves a copy unwiped.
            Algorithm::EdDsa => match info.private_key.as_bytes() {
                [4, 32, seed @ ..] => Zeroizing::new(seed.to_vec()),
                _ => return Err(form),
            },
            Algorithm::Es256 => {
                let key = p256::SecretKey::try_from(info).map_err(|_| form)?;
                Zeroizing::new(key.to_bytes().to_vec())
            }
            Algorithm::Es384 => {
                let key = p384::SecretKey::try_from(info).map_err(|_| form)?;
                Zeroizing::new(key.to_bytes().to_vec())
            }
        };
        let key = Self::from_secret(algorithm, &secret)?;
        // RFC 5958 section 2: the optional public key, which some of the libraries leave unread.
        match beside {
            Some(public) if key.public_key()?.to_plain_bytes() != public => Err(KeyError::Mismatch.into()),
            _ => Ok(key),
        }
    }

    /// The key as PEM text, to be stored where only its owner reads it. Version 1, which every reader knows.
    ///
    /// # Errors
    ///
    /// Never for a key that could be made; the encoder of the library has an error for sizes beyond DER.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, Pkcs8Error> {
        let form = Pkcs8Error::Form;
        let secret = self.to_secret();
        let document = match self.algorithm() {
            Algorithm::EdDsa => {
                let seed = Zeroizing::new([&[4, 32], secret.as_slice()].concat());
                let algorithm = AlgorithmIdentifierRef { oid: ED25519, parameters: None };
                let seed = OctetStringRef::new(&seed).map_err(|_| form)?;
                SecretDocument::encode_msg(&PrivateKeyInfoRef::new(algorithm, seed)).map_err(Into::into)
            }
            Algorithm::Es256 => p256::SecretKey::from_slice(&secret).map_err(|_| form)?.to_pkcs8_der(),
            Algorithm::Es384 => p384::SecretKey::from_slice(&secret).map_err(|_| form)?.to_pkcs8_der(),
        };
        let document = document.map_err(|_| form)?;
        document.to_pem(PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF).map_err(|_| form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;

    /// RFC 8410 section 10.3, version 1 and version 2 with attributes and the public key.
    const RFC_8410: [&str; 2] = [
        "-----BEGIN PRIVATE KEY-----\n\
         MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
         -----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n\
         MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
         oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n\
         Z9w7lshQhqowtrbLDFw4rXAxZuE=\n\
         -----END PRIVATE KEY-----\n",
    ];

    fn key(algorithm: Algorithm, byte: u8) -> SigningKey {
        SigningKey::generate(algorithm, Entropy::from_secure_random([byte; 48])).unwrap()
    }

    #[test]
    fn the_examples_of_rfc_8410_are_read_and_written() {
        let [one, two] = RFC_8410.map(|text| SigningKey::from_pkcs8_pem(text).unwrap());
        assert_eq!(one.public_key(), two.public_key());
        assert_eq!(one.to_pkcs8_pem().unwrap().as_str(), RFC_8410[0]);
        let public = "-----BEGIN PUBLIC KEY-----\n\
                      MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
                      -----END PUBLIC KEY-----\n";
        assert_eq!(one.public_key().unwrap().to_spki_pem().unwrap(), public);
    }

    #[test]
    fn keys_go_out_and_come_back() {
        for algorithm in Algorithm::ALL {
            let key = key(algorithm, 5);
            let again = SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
            assert_eq!(again.to_secret(), key.to_secret());
        }
    }

    #[test]
    fn a_public_half_of_another_key_is_refused() {
        for algorithm in [Algorithm::Es256, Algorithm::Es384] {
            let (one, two) = (key(algorithm, 5), key(algorithm, 6));
            let pem = one.to_pkcs8_pem().unwrap();
            let (_, der) = SecretDocument::from_pem(&pem).unwrap();
            let mut der = der.as_bytes().to_vec();
            assert!(SigningKey::from_pkcs8_der(&der).is_ok());
            let other = two.public_key().unwrap().to_plain_bytes();
            let at = der.len() - other.len();
            der[at..].copy_from_slice(&other);
            assert_eq!(SigningKey::from_pkcs8_der(&der).err(), Some(Pkcs8Error::Form));
        }
        let (_, der) = SecretDocument::from_pem(RFC_8410[1]).unwrap();
        let mut der = der.as_bytes().to_vec();
        *der.last_mut().unwrap() ^= 1;
        assert!(SigningKey::from_pkcs8_der(&der).is_err());
    }

    #[test]
    fn every_byte_matters() {
        for algorithm in Algorithm::ALL {
            let key = key(algorithm, 5);
            let (_, der) = SecretDocument::from_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
            let der = der.as_bytes();
            assert!(SigningKey::from_pkcs8_der(der).is_ok());
            assert!(SigningKey::from_pkcs8_der(&[der, &[0]].concat()).is_err());
            for length in 0..der.len() {
                assert!(SigningKey::from_pkcs8_der(&der[..length]).is_err());
            }
            for bit in (0..der.len() * 8).step_by(13) {
                let mut changed = der.to_vec();
                changed[bit / 8] ^= 1 << (bit % 8);
                // A changed seed of Ed25519 is another key, and never the same one.
                let read = SigningKey::from_pkcs8_der(&changed);
                assert!(read.is_err() || read.unwrap().to_secret() != key.to_secret(), "bit {bit}");
            }
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let good = key(Algorithm::Es256, 5).to_pkcs8_pem().unwrap();
        for text in [
            String::new(),
            good.replace("PRIVATE KEY", "PUBLIC KEY"),
            good.replace("PRIVATE KEY", "EC PRIVATE KEY"),
            good.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
            good.replace("-----END PRIVATE KEY-----\n", ""),
            format!("{}{}", *good, *good),
            " ".repeat(MAX_KEY_FILE_BYTES + 1),
        ] {
            assert_eq!(SigningKey::from_pkcs8_pem(&text).err(), Some(Pkcs8Error::Pem), "{text}");
        }
        let public = key(Algorithm::Es256, 5).public_key().unwrap().to_spki_der().unwrap();
        assert_eq!(SigningKey::from_pkcs8_der(&public).err(), Some(Pkcs8Error::Form));
    }
}
