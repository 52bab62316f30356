//! `COSE_Encrypt0` (RFC 9052 section 5.2): one content under one key that both sides have.

use coset::EncryptionContext;
use zeroize::Zeroizing;

use super::header::{ALG, Both, Headers, IV, PARTIAL_IV};
use super::{CoseError, as_received, structure, write};
use crate::aead::{ContentAlgorithm, ContentKey, NONCE_BYTES, Nonce};
use crate::cbor::Value;

/// The tag of a `COSE_Encrypt0` (RFC 9052 section 2).
const TAG: u64 = 16;

/// A `COSE_Encrypt0`, tagged or not, whose form has been checked and that has not been decrypted.
#[derive(Debug, Clone)]
pub struct Encrypt0 {
    headers: Both,
    nonce: [u8; NONCE_BYTES],
    sealed: Vec<u8>,
}

impl ContentAlgorithm {
    /// The `alg` value (RFC 9053 sections 4.1 and 4.3).
    const fn cose_id(self) -> i64 {
        match self {
            Self::A128Gcm => 1,
            Self::A256Gcm => 3,
            Self::ChaCha20Poly1305 => 24,
        }
    }

    const fn from_cose_id(id: i64) -> Option<Self> {
        match id {
            1 => Some(Self::A128Gcm),
            3 => Some(Self::A256Gcm),
            24 => Some(Self::ChaCha20Poly1305),
            _ => None,
        }
    }
}

impl Encrypt0 {
    /// Decodes `bytes`; checks form, headers and that the algorithm is on our list.
    ///
    /// # Errors
    ///
    /// If `bytes` is not a `COSE_Encrypt0` that we could decrypt under some key.
    pub fn parse(bytes: &[u8]) -> Result<Self, CoseError> {
        let [protected, unprotected, ciphertext] = structure(bytes, TAG)?;
        let sealed = match ciphertext {
            Value::Bytes(sealed) => sealed,
            Value::Null => return Err(CoseError::Detached),
            _ => return Err(CoseError::Structure),
        };
        let headers = Both::read(protected, unprotected)?;
        let nonce = nonce(&headers)?;
        let message = Self { headers, nonce, sealed };
        message.algorithm()?;
        Ok(message)
    }

    /// The algorithm that the protected header names.
    ///
    /// # Errors
    ///
    /// Never for a message that was read.
    pub fn algorithm(&self) -> Result<ContentAlgorithm, CoseError> {
        let id = self.headers.protected.get_integer(ALG).ok_or(CoseError::Algorithm)?;
        ContentAlgorithm::from_cose_id(id).ok_or(CoseError::Algorithm)
    }

    /// The protected header. It is not to be believed before [`Self::decrypt`] has said yes.
    pub fn protected(&self) -> &Headers {
        &self.headers.protected
    }

    /// The unprotected header. Nobody vouches for it, ever.
    pub fn unprotected(&self) -> &Headers {
        &self.headers.unprotected
    }

    /// Decrypts.
    ///
    /// # Errors
    ///
    /// If it is not encrypted under this key with this external data, or was changed.
    pub fn decrypt(&self, key: &ContentKey, external_aad: &[u8]) -> Result<Zeroizing<Vec<u8>>, CoseError> {
        if self.algorithm()? != key.algorithm() {
            return Err(CoseError::WrongAlgorithm);
        }
        let aad = enc_structure(&self.headers, external_aad);
        key.open(&Nonce::from_bytes(self.nonce), &aad, &self.sealed).map_err(|_| CoseError::Decryption)
    }
}

/// Encrypts `plaintext`. `headers` are entries to add, protected and unprotected; `alg` and `IV` are set. Gives the tagged message.
///
/// # Errors
///
/// If the headers are not ones that [`Encrypt0::parse`] would take, or the plaintext is too long.
pub fn encrypt0(
    plaintext: &[u8],
    key: &ContentKey,
    nonce: Nonce,
    headers: [Vec<(Value, Value)>; 2],
    external_aad: &[u8],
) -> Result<Vec<u8>, CoseError> {
    let [protected, mut unprotected] = headers;
    unprotected.push((IV.into(), Value::Bytes(nonce.as_bytes().to_vec())));
    let headers = Both::make(key.algorithm().cose_id(), protected, unprotected)?;
    let aad = enc_structure(&headers, external_aad);
    let sealed = key.seal(nonce, &aad, plaintext).map_err(|_| CoseError::TooLong)?;
    let unprotected = Value::Map(headers.unprotected.entries().to_vec());
    write(vec![Value::Bytes(headers.protected_bytes), unprotected, Value::Bytes(sealed)], Some(TAG))
}

fn nonce(headers: &Both) -> Result<[u8; NONCE_BYTES], CoseError> {
    let find = |label: i64| headers.protected.get(label).or_else(|| headers.unprotected.get(label));
    // RFC 9052 section 3.1: a partial one needs a base IV of the key, which ours do not have.
    if find(PARTIAL_IV).is_some() {
        return Err(CoseError::Iv);
    }
    let bytes = find(IV).and_then(Value::as_bytes).ok_or(CoseError::Iv)?;
    bytes.as_slice().try_into().map_err(|_| CoseError::Iv)
}

fn enc_structure(headers: &Both, external_aad: &[u8]) -> Vec<u8> {
    let protected = as_received(headers.protected_bytes.clone());
    coset::enc_structure_data(EncryptionContext::CoseEncrypt0, protected, external_aad)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ContentAlgorithm; 3] =
        [ContentAlgorithm::ChaCha20Poly1305, ContentAlgorithm::A128Gcm, ContentAlgorithm::A256Gcm];

    fn key(algorithm: ContentAlgorithm, byte: u8) -> ContentKey {
        let bytes = Zeroizing::new(vec![byte; algorithm.key_bytes()]);
        ContentKey::from_secret_bytes(algorithm, bytes).unwrap()
    }

    fn message(algorithm: ContentAlgorithm) -> Vec<u8> {
        let nonce = Nonce::from_bytes([3; 12]);
        encrypt0(b"record", &key(algorithm, 1), nonce, [vec![], vec![]], b"aad").unwrap()
    }

    fn decrypt(bytes: &[u8], key: &ContentKey, aad: &[u8]) -> Result<Vec<u8>, CoseError> {
        Ok(Encrypt0::parse(bytes)?.decrypt(key, aad)?.to_vec())
    }

    #[test]
    fn what_was_encrypted_is_decrypted_by_its_key_only() {
        for one in ALL {
            let bytes = message(one);
            assert_eq!(decrypt(&bytes, &key(one, 1), b"aad"), Ok(b"record".to_vec()));
            assert_eq!(decrypt(&bytes[1..], &key(one, 1), b"aad"), Ok(b"record".to_vec()));
            assert_eq!(decrypt(&bytes, &key(one, 2), b"aad"), Err(CoseError::Decryption));
            assert_eq!(decrypt(&bytes, &key(one, 1), b""), Err(CoseError::Decryption));
            for two in ALL.into_iter().filter(|two| *two != one) {
                assert_eq!(decrypt(&bytes, &key(two, 1), b"aad"), Err(CoseError::WrongAlgorithm));
            }
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(decrypt(&changed, &key(one, 1), b"aad").is_err(), "bit {bit}");
            }
        }
    }

    #[test]
    fn headers_that_do_not_fit_are_refused() {
        let made = |protected: Vec<u8>, unprotected: Vec<(Value, Value)>, ciphertext: Value| {
            let bytes = write(vec![Value::Bytes(protected), Value::Map(unprotected), ciphertext], None);
            Encrypt0::parse(&bytes.unwrap()).err()
        };
        let iv = |length: usize| vec![(Value::from(5), Value::Bytes(vec![0; length]))];
        let sealed = Value::Bytes(vec![0; 16]);
        let alg = vec![0xa1, 0x01, 0x01];
        assert_eq!(made(alg.clone(), iv(12), sealed.clone()), None);
        assert_eq!(made(alg.clone(), iv(12), Value::Null), Some(CoseError::Detached));
        assert_eq!(made(alg.clone(), iv(12), 1.into()), Some(CoseError::Structure));
        for length in [0, 11, 13, 16] {
            assert_eq!(made(alg.clone(), iv(length), sealed.clone()), Some(CoseError::Iv));
        }
        assert_eq!(made(alg.clone(), vec![], sealed.clone()), Some(CoseError::Iv));
        let partial = vec![(Value::from(6), Value::Bytes(vec![0]))];
        assert_eq!(made(alg, [iv(12), partial].concat(), sealed.clone()), Some(CoseError::Iv));
        // A192GCM, AES-CCM, none, and one that is not protected.
        for alg in [vec![0xa1, 0x01, 0x02], vec![0xa1, 0x01, 0x0a], vec![0xa1, 0x01, 0x00], vec![]] {
            assert_eq!(made(alg, iv(12), sealed.clone()), Some(CoseError::Algorithm));
        }
        let nonce = Nonce::from_bytes([3; 12]);
        let twice = encrypt0(b"", &key(ALL[0], 1), nonce, [iv(12), vec![]], b"");
        assert_eq!(twice, Err(CoseError::Label));
    }
}
