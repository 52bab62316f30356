//! Keys, sealing and signed envelopes.
//!
//! This is the only crate that names an algorithm library. Everything above it speaks of
//! [`PublicKey`], [`SigningKey`] and envelopes ([`jws`], [`jwe`], [`cose`], [`hpke`]) and cannot choose an algorithm
//! by accident: there is one list ([`Algorithm`]), and the algorithm of a check comes from the key that
//! the caller trusts, never from the message alone (RFC 8725 sections 3.1 and 3.2).
//!
//! The crate is pure. Randomness comes in as [`Entropy`], a value that is consumed by its one use;
//! nothing here reads a clock, a file or a socket, and it builds for `wasm32-unknown-unknown`.
//!
//! # What is where
//!
//! | to do this | look in |
//! |---|---|
//! | check or make a signature | [`PublicKey`], [`SigningKey`] |
//! | read or write a key | [`jwk`], [`pkcs8`], [`spki`], [`cose`] |
//! | read a signed envelope | [`jws`] in JSON, [`cose`] in CBOR |
//! | encrypt a message, or decrypt one | [`jwe`] in JSON, [`cose`] in CBOR |
//! | seal a record to a person | [`hpke`] |
//! | seal a record under a key, derive that key | [`aead`], [`kdf`] |
//! | hash, with a key or without | [`mac`], [`HashAlgorithm`] |
//! | share a secret among people | [`shamir`] |
//! | decode JSON, CBOR or base64url that somebody else wrote | [`json`], [`cbor`], [`base64url`] |

pub mod aead;
pub mod base64url;
pub mod cbor;
pub mod cose;
pub mod hpke;
pub mod json;
pub mod jwe;
pub mod jwk;
pub mod jws;
pub mod kdf;
pub mod mac;
pub mod pkcs8;
pub mod shamir;
pub mod spki;

mod algorithm;
mod ecdsa;
mod ed25519;
mod encryption_key;
mod entropy;
mod hash;
mod key;

pub use algorithm::Algorithm;
pub use entropy::{Entropy, SaltStream};
pub use hash::{Digest, EncodedDigest, GrowingSha256, HashAlgorithm};
pub use key::{BadSignature, KeyError, PublicKey, Signature, SigningKey};
pub use spki::SpkiError;
