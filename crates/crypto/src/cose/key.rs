//! Public keys as `COSE_Key` (RFC 9052 section 7, RFC 9053 section 7).

use super::CoseError;
use crate::algorithm::Algorithm;
use crate::cbor::{self, Value};
use crate::key::PublicKey;

/// Longest `COSE_Key` that is read, in bytes.
const MAX_KEY_BYTES: usize = 64 * 1024;

const KTY: i64 = 1;
const ALG: i64 = 3;
const KEY_OPS: i64 = 4;
const CRV: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const D: i64 = -4;

/// `kty` OKP and EC2 (RFC 9053 section 7).
const OKP: i64 = 1;
const EC2: i64 = 2;

/// The operation "verify" (RFC 9052 section 7.1).
const VERIFY: i64 = 2;

impl PublicKey {
    /// Reads a public key from the bytes of a `COSE_Key`.
    ///
    /// # Errors
    ///
    /// If they are no `COSE_Key` of a key that may verify signatures with an algorithm on our list.
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, CoseError> {
        if bytes.len() > MAX_KEY_BYTES {
            return Err(CoseError::TooLong);
        }
        Self::from_cose_key_value(&cbor::parse(bytes)?)
    }

    /// Reads a public key from a `COSE_Key` that is part of a larger document, read by [`cbor::parse`].
    ///
    /// # Errors
    ///
    /// As [`Self::from_cose_key`].
    pub fn from_cose_key_value(key: &Value) -> Result<Self, CoseError> {
        let map = CoseMap(key.as_map().ok_or(CoseError::Structure)?);
        if map.get(D).is_some() {
            return Err(CoseError::PrivateKey);
        }
        let key = match (map.integer(KTY)?, map.integer(CRV)) {
            (OKP, Ok(6)) => Self::ed25519(&map.coordinate(X)?)?,
            (EC2, Ok(1)) => Self::p256(&map.coordinate(X)?, &map.coordinate(Y)?)?,
            (EC2, Ok(2)) => Self::p384(&map.coordinate(X)?, &map.coordinate(Y)?)?,
            (OKP | EC2, Err(error)) => return Err(error),
            _ => return Err(CoseError::UnsupportedKey),
        };
        map.may_verify(key.algorithm())?;
        Ok(key)
    }

    /// The `COSE_Key` in deterministic form (RFC 8949 section 4.2.1), with the parameters of its thumbprint (RFC 9679 section 4).
    ///
    /// # Errors
    ///
    /// If it cannot be written, which does not happen.
    pub fn to_cose_key(&self) -> Result<Vec<u8>, CoseError> {
        Ok(cbor::write(&self.to_cose_key_value())?)
    }

    /// The `COSE_Key` as part of a larger document.
    pub fn to_cose_key_value(&self) -> Value {
        let (kty, crv) = match self.algorithm() {
            Algorithm::EdDsa => (OKP, 6),
            Algorithm::Es256 => (EC2, 1),
            Algorithm::Es384 => (EC2, 2),
        };
        let (x, y) = self.coordinates();
        let mut entries =
            vec![(KTY.into(), kty.into()), (CRV.into(), crv.into()), (X.into(), Value::Bytes(x.to_vec()))];
        entries.extend(y.map(|y| (Y.into(), Value::Bytes(y.to_vec()))));
        Value::Map(entries)
    }
}

struct CoseMap<'m>(&'m [(Value, Value)]);

impl CoseMap<'_> {
    fn get(&self, label: i64) -> Option<&Value> {
        let label = Value::from(label);
        self.0.iter().find(|(key, _)| *key == label).map(|(_, value)| value)
    }

    fn integer(&self, label: i64) -> Result<i64, CoseError> {
        let integer = self.get(label).and_then(Value::as_integer);
        integer.and_then(|value| value.try_into().ok()).ok_or(CoseError::KeyParameter(label))
    }

    /// A coordinate at full length (RFC 9053 section 7.1.1). A sign bit in place of y is not read.
    fn coordinate<const N: usize>(&self, label: i64) -> Result<[u8; N], CoseError> {
        let bytes = self.get(label).and_then(Value::as_bytes).ok_or(CoseError::KeyParameter(label))?;
        bytes.as_slice().try_into().map_err(|_| CoseError::KeyParameter(label))
    }

    /// Honours `alg` and `key_ops` where they are present (RFC 9052 section 7.1).
    fn may_verify(&self, algorithm: Algorithm) -> Result<(), CoseError> {
        if self.get(ALG).is_some() {
            let named = self.integer(ALG).ok().and_then(Algorithm::from_cose_id);
            if named != Some(algorithm) {
                return Err(CoseError::ForbiddenUse(ALG));
            }
        }
        match self.get(KEY_OPS) {
            None => Ok(()),
            Some(Value::Array(operations)) if operations.contains(&VERIFY.into()) => Ok(()),
            Some(_) => Err(CoseError::ForbiddenUse(KEY_OPS)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;
    use crate::key::{KeyError, SigningKey};

    fn public(algorithm: Algorithm) -> PublicKey {
        let key = SigningKey::generate(algorithm, Entropy::from_secure_random([6; 48])).unwrap();
        key.public_key().unwrap()
    }

    /// The key with one parameter set to another value, added or taken away.
    fn with(algorithm: Algorithm, label: i64, value: Option<Value>) -> Result<PublicKey, CoseError> {
        let mut key = public(algorithm).to_cose_key_value();
        let entries = key.as_map_mut().unwrap();
        entries.retain(|(found, _)| *found != Value::from(label));
        entries.extend(value.map(|value| (label.into(), value)));
        PublicKey::from_cose_key(&cbor::write(&key).unwrap())
    }

    #[test]
    fn keys_go_out_and_come_back() {
        for algorithm in Algorithm::ALL {
            let key = public(algorithm);
            let bytes = key.to_cose_key().unwrap();
            assert_eq!(PublicKey::from_cose_key(&bytes), Ok(key));
            let longer = [bytes.as_slice(), &[0]].concat();
            assert_eq!(PublicKey::from_cose_key(&longer), Err(cbor::CborError::Trailing.into()));
            for length in 0..bytes.len() {
                assert!(PublicKey::from_cose_key(&bytes[..length]).is_err());
            }
        }
    }

    #[test]
    fn malformed_keys_are_refused() {
        for algorithm in Algorithm::ALL {
            for label in [KTY, CRV, X] {
                assert_eq!(with(algorithm, label, None), Err(CoseError::KeyParameter(label)));
                let text = with(algorithm, label, Some("x".into()));
                assert_eq!(text, Err(CoseError::KeyParameter(label)));
            }
            for length in [0, 31, 33, 47, 49] {
                let x = with(algorithm, X, Some(Value::Bytes(vec![1; length])));
                assert_eq!(x, Err(CoseError::KeyParameter(X)));
            }
            assert_eq!(with(algorithm, D, Some(Value::Bytes(vec![1; 32]))), Err(CoseError::PrivateKey));
            for (kty, label) in [(4, KTY), (0, KTY), (3, KTY), (4, CRV), (7, CRV), (8, CRV), (3, CRV)] {
                assert_eq!(with(algorithm, label, Some(kty.into())), Err(CoseError::UnsupportedKey));
            }
        }
        let compressed = with(Algorithm::Es256, Y, Some(true.into()));
        assert_eq!(compressed, Err(CoseError::KeyParameter(Y)));
        let off_curve = with(Algorithm::Es256, Y, Some(Value::Bytes(vec![1; 32])));
        assert_eq!(off_curve, Err(CoseError::Key(KeyError::InvalidPoint)));
        for bytes in [&[0x80][..], &[0xf6], &[0x01]] {
            assert_eq!(PublicKey::from_cose_key(bytes), Err(CoseError::Structure));
        }
        assert_eq!(PublicKey::from_cose_key(&vec![0; MAX_KEY_BYTES + 1]), Err(CoseError::TooLong));
    }

    #[test]
    fn restrictions_are_honoured() {
        for algorithm in Algorithm::ALL {
            assert!(with(algorithm, ALG, Some(algorithm.cose_id().into())).is_ok());
            for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
                let refused = with(algorithm, ALG, Some(other.cose_id().into()));
                assert_eq!(refused, Err(CoseError::ForbiddenUse(ALG)));
            }
            assert_eq!(with(algorithm, ALG, Some("ES256".into())), Err(CoseError::ForbiddenUse(ALG)));
            assert!(with(algorithm, KEY_OPS, Some(Value::Array(vec![1.into(), 2.into()]))).is_ok());
            for operations in [Value::Array(vec![]), Value::Array(vec![1.into()]), 2.into()] {
                let refused = with(algorithm, KEY_OPS, Some(operations));
                assert_eq!(refused, Err(CoseError::ForbiddenUse(KEY_OPS)));
            }
        }
    }
}
