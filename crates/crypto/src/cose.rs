//! CBOR Object Signing and Encryption (RFC 9052, RFC 9053): one signature ([`Sign1`]), one content under one key
//! ([`Encrypt0`]), and public keys (`COSE_Key`).
//!
//! The rules are those of [JWS](crate::jws): the key says which algorithm, the header may only agree; until a check has said yes, only
//! headers can be read. Beyond RFC 9052 we ask that `alg` stands in the protected header, since nothing protects it
//! elsewhere. Protected headers and payloads are kept as the bytes that were received and are never encoded again to be
//! checked; the structures that are signed or authenticated are built by the crate `coset`.
//!
//! Counter signatures are neither made nor checked; one in the unprotected header is ignored like any label that we do not know.

mod encrypt0;
mod header;
mod key;
mod sign1;

pub use encrypt0::{Encrypt0, encrypt0};
pub use header::Headers;
pub use sign1::{Content, Sign1, ToSign};

use crate::algorithm::Algorithm;
use crate::cbor::{self, CborError, Value};
use crate::key::{BadSignature, KeyError};

/// Longest message that is read, in bytes.
pub const MAX_COSE_BYTES: usize = 16 * 1024 * 1024;

/// Longest protected header that is read, in bytes: room for a certificate chain.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;

/// Why something is not a COSE message or key that we accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoseError {
    /// Not CBOR that is read here.
    #[error("the message cannot be read: {0}")]
    Cbor(#[from] CborError),
    /// Longer than [`MAX_COSE_BYTES`], or a protected header longer than [`MAX_HEADER_BYTES`].
    #[error("longer than is read")]
    TooLong,
    /// Not the array that the structure is (RFC 9052 sections 4.2 and 5.2), or tagged as another one.
    #[error("not the structure that is asked for")]
    Structure,
    /// A label that is neither integer nor text (RFC 9052 section 1.5), or one in both headers (section 3).
    #[error("a header label of another type, or in both headers")]
    Label,
    /// `alg` is missing from the protected header, or not on our list.
    #[error("the protected header names no algorithm that is accepted")]
    Algorithm,
    /// `alg` is not the algorithm of the key.
    #[error("the header names another algorithm than the key is for")]
    WrongAlgorithm,
    /// `crit` is malformed, unprotected, or lists a label that is not there or not understood (RFC 9052 section 3.1).
    #[error("the header asks for a label that must be understood and is not")]
    Critical,
    /// The payload is detached where it should be attached, or the other way round.
    #[error("the payload is detached and must be given, or is attached and must not be")]
    Detached,
    /// `IV` is missing or of the wrong length, or there is a `Partial IV` (RFC 9052 section 3.1).
    #[error("the initialisation vector is missing, partial or of the wrong length")]
    Iv,
    /// The signature is not good.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// Not encrypted under this key with this external data, or changed. Nothing more is said on purpose.
    #[error("not encrypted under this key with this external data, or changed")]
    Decryption,
    /// A key parameter is missing, of the wrong type, or not of the length the curve asks for (RFC 9053 section 7).
    #[error("key parameter {0} is missing or malformed")]
    KeyParameter(i64),
    /// `kty` and `crv` name no key on our list.
    #[error("a key of an unsupported type or curve (supported: EC2 P-256, EC2 P-384, OKP Ed25519)")]
    UnsupportedKey,
    /// `alg` or `key_ops` forbids what the key is wanted for (RFC 9052 section 7.1).
    #[error("key parameter {0} does not allow this use of the key")]
    ForbiddenUse(i64),
    /// A private key stands where a public one is asked for.
    #[error(
        "this is a private key where a public one is asked for: keep it secret, and give its public half"
    )]
    PrivateKey,
    /// The numbers are no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The numbers of RFC 9053 and RFC 9864 in the IANA registry of COSE algorithms.
impl Algorithm {
    /// The `alg` value that we write in COSE headers and keys.
    pub const fn cose_id(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Es384 => -35,
        }
    }

    /// The algorithm that a COSE `alg` value names; `None` if it is not on the list. RFC 9864 gives each a second,
    /// fully specified number: ESP256 is -9, Ed25519 -19, ESP384 -51.
    pub const fn from_cose_id(id: i64) -> Option<Self> {
        match id {
            -7 | -9 => Some(Self::Es256),
            -8 | -19 => Some(Self::EdDsa),
            -35 | -51 => Some(Self::Es384),
            _ => None,
        }
    }
}

/// Reads a message: the array inside the optional tag, which has `N` items.
fn structure<const N: usize>(bytes: &[u8], tag: u64) -> Result<[Value; N], CoseError> {
    if bytes.len() > MAX_COSE_BYTES {
        return Err(CoseError::TooLong);
    }
    let value = match cbor::parse(bytes)? {
        Value::Tag(found, value) if found == tag => *value,
        value => value,
    };
    match value {
        Value::Array(items) => items.try_into().map_err(|_| CoseError::Structure),
        _ => Err(CoseError::Structure),
    }
}

/// Writes a message, with the tag or without.
fn write(items: Vec<Value>, tag: Option<u64>) -> Result<Vec<u8>, CoseError> {
    let array = Value::Array(items);
    Ok(cbor::write(&match tag {
        Some(tag) => Value::Tag(tag, Box::new(array)),
        None => array,
    })?)
}

/// A protected header for `coset`, which takes the bytes as they are.
fn as_received(protected: Vec<u8>) -> coset::ProtectedHeader {
    coset::ProtectedHeader { original_data: Some(protected), ..Default::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_and_the_list_is_closed() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_cose_id(algorithm.cose_id()), Some(algorithm));
        }
        let known = (-70_000..70_000).filter(|id| Algorithm::from_cose_id(*id).is_some()).collect::<Vec<_>>();
        assert_eq!(known, [-51, -35, -19, -9, -8, -7]);
    }
}
