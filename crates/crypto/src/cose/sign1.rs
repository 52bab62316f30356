//! `COSE_Sign1` (RFC 9052 section 4.2).

use coset::SignatureContext;

use super::header::{ALG, Both, Headers};
use super::{CoseError, as_received, structure, write};
use crate::algorithm::Algorithm;
use crate::cbor::Value;
use crate::key::{PublicKey, Signature};

/// The tag of a `COSE_Sign1` (RFC 9052 section 2).
const TAG: u64 = 18;

/// A `COSE_Sign1`, tagged or not, whose form has been checked and whose signature has not.
#[derive(Debug, Clone)]
pub struct Sign1 {
    headers: Both,
    payload: Option<Vec<u8>>,
    signature: Signature,
}

/// A payload to be signed.
#[derive(Debug, Clone, Copy)]
pub enum Content<'c> {
    /// It becomes part of the message.
    Attached(&'c [u8]),
    /// It travels elsewhere.
    Detached(&'c [u8]),
}

/// A message whose signature is still to be made where the key lives: first step of two.
#[derive(Debug)]
pub struct ToSign {
    headers: Both,
    payload: Option<Vec<u8>>,
    bytes: Vec<u8>,
}

impl Sign1 {
    /// Decodes `bytes`; checks form, headers and that the algorithm is on our list.
    ///
    /// # Errors
    ///
    /// If `bytes` is not a `COSE_Sign1` that we could accept under some key.
    pub fn parse(bytes: &[u8]) -> Result<Self, CoseError> {
        let [protected, unprotected, payload, signature] = structure(bytes, TAG)?;
        let payload = match payload {
            Value::Bytes(payload) => Some(payload),
            Value::Null => None,
            _ => return Err(CoseError::Structure),
        };
        let Value::Bytes(signature) = signature else { return Err(CoseError::Structure) };
        let headers = Both::read(protected, unprotected)?;
        let message = Self { headers, payload, signature: Signature::from_bytes(signature) };
        message.algorithm()?;
        Ok(message)
    }

    /// The algorithm that the protected header names.
    ///
    /// # Errors
    ///
    /// Never for a message that was read.
    pub fn algorithm(&self) -> Result<Algorithm, CoseError> {
        let id = self.headers.protected.get_integer(ALG).ok_or(CoseError::Algorithm)?;
        Algorithm::from_cose_id(id).ok_or(CoseError::Algorithm)
    }

    /// The protected header. It is not to be believed before [`Self::verify`] has said yes.
    pub fn protected(&self) -> &Headers {
        &self.headers.protected
    }

    /// The unprotected header. Nobody vouches for it, ever.
    pub fn unprotected(&self) -> &Headers {
        &self.headers.unprotected
    }

    /// Checks the signature by a key that the caller trusts for this purpose, and gives the attached payload.
    ///
    /// # Errors
    ///
    /// If the header's algorithm is not the key's, the payload is detached, or the signature is not by the key.
    pub fn verify(&self, key: &PublicKey, external_aad: &[u8]) -> Result<&[u8], CoseError> {
        let payload = self.payload.as_deref().ok_or(CoseError::Detached)?;
        self.check(key, payload, external_aad)?;
        Ok(payload)
    }

    /// As [`Self::verify`], for a payload that came another way.
    ///
    /// # Errors
    ///
    /// As [`Self::verify`], and if the message carries a payload of its own.
    pub fn verify_detached(&self, key: &PublicKey, payload: &[u8], aad: &[u8]) -> Result<(), CoseError> {
        if self.payload.is_some() { Err(CoseError::Detached) } else { self.check(key, payload, aad) }
    }

    /// The attached payload as it stands, **believed by nobody**.
    pub fn dangerous_unverified_payload(&self) -> Option<&[u8]> {
        self.payload.as_deref()
    }

    fn check(&self, key: &PublicKey, payload: &[u8], external_aad: &[u8]) -> Result<(), CoseError> {
        if self.algorithm()? != key.algorithm() {
            return Err(CoseError::WrongAlgorithm);
        }
        let signed = sig_structure(&self.headers, payload, external_aad);
        Ok(key.verify(&signed, self.signature.as_bytes())?)
    }
}

impl ToSign {
    /// Prepares a message for a key of `algorithm`. `headers` are entries to add, protected and unprotected; `alg` is set.
    ///
    /// # Errors
    ///
    /// If the headers are not ones that [`Sign1::parse`] would take.
    pub fn new(
        algorithm: Algorithm,
        headers: [Vec<(Value, Value)>; 2],
        content: Content<'_>,
        external_aad: &[u8],
    ) -> Result<Self, CoseError> {
        let [protected, unprotected] = headers;
        let headers = Both::make(algorithm.cose_id(), protected, unprotected)?;
        let (Content::Attached(payload) | Content::Detached(payload)) = content;
        let bytes = sig_structure(&headers, payload, external_aad);
        let payload = matches!(content, Content::Attached(_)).then(|| payload.to_vec());
        Ok(Self { headers, payload, bytes })
    }

    /// The bytes to sign (RFC 9052 section 4.4).
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Puts the signature in: second step of two. Gives the message, with its tag or without.
    ///
    /// # Errors
    ///
    /// If the message cannot be written.
    pub fn assemble(self, signature: &Signature, tagged: bool) -> Result<Vec<u8>, CoseError> {
        let payload = self.payload.map_or(Value::Null, Value::Bytes);
        let items = vec![
            Value::Bytes(self.headers.protected_bytes),
            Value::Map(self.headers.unprotected.entries().to_vec()),
            payload,
            Value::Bytes(signature.as_bytes().to_vec()),
        ];
        write(items, tagged.then_some(TAG))
    }
}

fn sig_structure(headers: &Both, payload: &[u8], external_aad: &[u8]) -> Vec<u8> {
    let protected = as_received(headers.protected_bytes.clone());
    coset::sig_structure_data(SignatureContext::CoseSign1, protected, None, external_aad, payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor;
    use crate::entropy::Entropy;
    use crate::key::{BadSignature, SigningKey};

    type Entries = Vec<(Value, Value)>;

    fn key(algorithm: Algorithm) -> SigningKey {
        SigningKey::generate(algorithm, Entropy::from_secure_random([5; 48])).unwrap()
    }

    fn public(algorithm: Algorithm) -> PublicKey {
        key(algorithm).public_key().unwrap()
    }

    fn signed(algorithm: Algorithm, content: Content<'_>, aad: &[u8], tagged: bool) -> Vec<u8> {
        let headers = [vec![(16.into(), "x".into())], vec![(4.into(), Value::Bytes(b"1".to_vec()))]];
        let to_sign = ToSign::new(algorithm, headers, content, aad).unwrap();
        let signature = key(algorithm).sign(to_sign.bytes());
        to_sign.assemble(&signature, tagged).unwrap()
    }

    /// A message by our key with any headers whatever: what others might send.
    fn raw(protected: &[u8], unprotected: Entries) -> Vec<u8> {
        let bytes = protected.to_vec();
        let structure = Value::Array(vec![
            "Signature1".into(),
            Value::Bytes(bytes.clone()),
            Value::Bytes(vec![]),
            Value::Bytes(b"payload".to_vec()),
        ]);
        let signature = key(Algorithm::Es256).sign(&cbor::write(&structure).unwrap());
        let items = vec![
            Value::Bytes(bytes),
            Value::Map(unprotected),
            Value::Bytes(b"payload".to_vec()),
            Value::Bytes(signature.as_bytes().to_vec()),
        ];
        write(items, Some(TAG)).unwrap()
    }

    fn map(entries: Entries) -> Vec<u8> {
        cbor::write(&Value::Map(entries)).unwrap()
    }

    fn verify(bytes: &[u8]) -> Result<Vec<u8>, CoseError> {
        Sign1::parse(bytes)?.verify(&public(Algorithm::Es256), b"").map(<[u8]>::to_vec)
    }

    #[test]
    fn the_payload_comes_out_when_the_signature_is_good() {
        for algorithm in Algorithm::ALL {
            for tagged in [true, false] {
                let message = signed(algorithm, Content::Attached(b"payload"), b"aad", tagged);
                assert_eq!(message[0] == 0xd2, tagged);
                let message = Sign1::parse(&message).unwrap();
                assert_eq!(message.verify(&public(algorithm), b"aad"), Ok(b"payload".as_slice()));
                let refused = Err(CoseError::Signature(BadSignature));
                assert_eq!(message.verify(&public(algorithm), b""), refused);
                assert_eq!(message.unprotected().kid(), Some(b"1".as_slice()));
                assert_eq!(message.protected().get(16), Some(&"x".into()));
                let detached = message.verify_detached(&public(algorithm), b"payload", b"aad");
                assert_eq!(detached, Err(CoseError::Detached));
            }
        }
    }

    #[test]
    fn a_detached_payload_must_be_given() {
        let bytes = signed(Algorithm::EdDsa, Content::Detached(b"payload"), b"", true);
        let (message, key) = (Sign1::parse(&bytes).unwrap(), public(Algorithm::EdDsa));
        assert_eq!(message.verify_detached(&key, b"payload", b""), Ok(()));
        let refused = Err(CoseError::Signature(BadSignature));
        assert_eq!(message.verify_detached(&key, b"massage", b""), refused);
        assert_eq!(message.verify(&key, b""), Err(CoseError::Detached));
        assert_eq!(message.dangerous_unverified_payload(), None);
    }

    #[test]
    fn the_header_does_not_choose_the_algorithm() {
        for one in Algorithm::ALL {
            for two in Algorithm::ALL.into_iter().filter(|two| *two != one) {
                let message = Sign1::parse(&signed(one, Content::Attached(b"m"), b"", true)).unwrap();
                assert_eq!(message.verify(&public(two), b""), Err(CoseError::WrongAlgorithm));
            }
        }
        // RFC 9864's number for the same algorithm.
        assert!(verify(&raw(&map(vec![(1.into(), (-9).into())]), vec![])).is_ok());
    }

    #[test]
    fn every_bit_matters_but_for_the_unprotected_ones() {
        let bytes = raw(&map(vec![(1.into(), (-7).into())]), vec![]);
        assert_eq!(verify(&bytes), Ok(b"payload".to_vec()));
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(verify(&changed).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(verify(&bytes[..length]).is_err());
        }
        assert_eq!(
            verify(&[bytes.as_slice(), &[0]].concat()),
            Err(CoseError::Cbor(cbor::CborError::Trailing))
        );
    }

    #[test]
    fn the_protected_header_is_checked_as_it_was_received() {
        // {1: -7} with the label written in two bytes: no encoder of ours would write it.
        assert_eq!(verify(&raw(&[0xa1, 0x18, 0x01, 0x26], vec![])), Ok(b"payload".to_vec()));
        assert_eq!(verify(&raw(&[0xbf, 0x01, 0x26, 0xff], vec![])), Ok(b"payload".to_vec()));
    }

    #[test]
    fn the_algorithm_is_protected_and_on_the_list() {
        assert_eq!(verify(&raw(&[], vec![(1.into(), (-7).into())])), Err(CoseError::Algorithm));
        assert_eq!(verify(&raw(&[0xa0], vec![])), Err(CoseError::Algorithm));
        for alg in [Value::from(-36), (-37).into(), 5.into(), 0.into(), "ES256".into(), Value::Null] {
            assert_eq!(verify(&raw(&map(vec![(1.into(), alg)]), vec![])), Err(CoseError::Algorithm));
        }
    }

    #[test]
    fn critical_labels_must_be_understood() {
        let alg = (Value::from(1), Value::from(-7));
        let critical = |labels: Value| map(vec![alg.clone(), (2.into(), labels)]);
        assert!(verify(&raw(&critical(Value::Array(vec![1.into()])), vec![])).is_ok());
        for labels in [vec![], vec![4.into()], vec![99.into()], vec!["x".into()], vec![1.into(), 99.into()]] {
            let message = raw(&critical(Value::Array(labels)), vec![]);
            assert_eq!(verify(&message), Err(CoseError::Critical));
        }
        assert_eq!(verify(&raw(&critical(1.into()), vec![])), Err(CoseError::Critical));
        let unprotected = vec![(2.into(), Value::Array(vec![1.into()]))];
        assert_eq!(verify(&raw(&map(vec![alg.clone()]), unprotected)), Err(CoseError::Critical));
        // 99 is there, and still nobody understands it.
        let present = map(vec![alg, (99.into(), 1.into()), (2.into(), Value::Array(vec![99.into()]))]);
        assert_eq!(verify(&raw(&present, vec![])), Err(CoseError::Critical));
    }

    #[test]
    fn a_label_stands_once() {
        let alg = (Value::from(1), Value::from(-7));
        let kid = (Value::from(4), Value::Bytes(vec![1]));
        assert!(verify(&raw(&map(vec![alg.clone(), kid.clone()]), vec![])).is_ok());
        let both = raw(&map(vec![alg.clone(), kid.clone()]), vec![kid.clone()]);
        assert_eq!(verify(&both), Err(CoseError::Label));
        let repeated = CoseError::Cbor(cbor::CborError::DuplicateKey);
        assert_eq!(verify(&raw(&map(vec![alg.clone(), alg.clone()]), vec![])), Err(repeated));
        assert_eq!(verify(&raw(&map(vec![alg.clone()]), vec![kid.clone(), kid])), Err(repeated));
        let odd = vec![(Value::Bytes(vec![]), Value::Null)];
        assert_eq!(verify(&raw(&map(vec![alg]), odd)), Err(CoseError::Label));
    }

    #[test]
    fn nested_counter_signatures_do_no_harm() {
        let mut header = map(vec![(1.into(), (-7).into())]);
        for _ in 0..500 {
            let signature = vec![Value::Bytes(header), Value::Map(vec![]), Value::Bytes(vec![])];
            header = map(vec![(1.into(), (-7).into()), (7.into(), Value::Array(signature))]);
        }
        assert!(verify(&raw(&header, vec![])).is_ok());
    }

    #[test]
    fn other_structures_are_refused() {
        let good = raw(&map(vec![(1.into(), (-7).into())]), vec![]);
        for tag in [0xd0, 0xd1] {
            let other = [&[tag], &good[1..]].concat();
            assert_eq!(verify(&other), Err(CoseError::Structure));
        }
        let twice = [&[0xd2], good.as_slice()].concat();
        assert_eq!(verify(&twice), Err(CoseError::Structure));
        for bytes in
            [&[0x80][..], &[0xa0], &[0xf6], &[0x84, 0x40, 0xa0, 0x01, 0x40], &[0x84, 0xa0, 0xa0, 0x40, 0x40]]
        {
            assert_eq!(verify(bytes), Err(CoseError::Structure));
        }
        assert_eq!(Sign1::parse(&vec![0; super::super::MAX_COSE_BYTES + 1]).err(), Some(CoseError::TooLong));
        assert_eq!(verify(&raw(&vec![0; 70_000], vec![])), Err(CoseError::TooLong));
    }
}
