//! The two header maps of a COSE message (RFC 9052 section 3).

use super::{CoseError, MAX_HEADER_BYTES};
use crate::cbor::{self, Value};

/// Labels of RFC 9052 section 3.1.
pub(super) const ALG: i64 = 1;
pub(super) const CRIT: i64 = 2;
pub(super) const CONTENT_TYPE: i64 = 3;
pub(super) const KID: i64 = 4;
pub(super) const IV: i64 = 5;
pub(super) const PARTIAL_IV: i64 = 6;

/// A header map, protected or not. No label stands in it twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Headers(Vec<(Value, Value)>);

impl Headers {
    /// The value of an integer label.
    pub fn get(&self, label: i64) -> Option<&Value> {
        let label = Value::from(label);
        self.0.iter().find(|(key, _)| *key == label).map(|(_, value)| value)
    }

    /// The value of a text label.
    pub fn get_text(&self, label: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| key.as_text() == Some(label)).map(|(_, value)| value)
    }

    /// A hint which key was used, `kid` (label 4).
    pub fn kid(&self) -> Option<&[u8]> {
        self.get(KID)?.as_bytes().map(Vec::as_slice)
    }

    /// Every entry, as written.
    pub fn entries(&self) -> &[(Value, Value)] {
        &self.0
    }

    pub(super) fn get_integer(&self, label: i64) -> Option<i64> {
        self.get(label)?.as_integer()?.try_into().ok()
    }

    fn of(map: Value) -> Result<Self, CoseError> {
        let Value::Map(entries) = map else { return Err(CoseError::Structure) };
        let labels = entries.iter().all(|(label, _)| label.is_integer() || label.is_text());
        if labels { Ok(Self(entries)) } else { Err(CoseError::Label) }
    }
}

/// Both headers of one message, and the protected one as it was received.
#[derive(Debug, Clone)]
pub(super) struct Both {
    pub(super) protected_bytes: Vec<u8>,
    pub(super) protected: Headers,
    pub(super) unprotected: Headers,
}

impl Both {
    pub(super) fn read(protected: Value, unprotected: Value) -> Result<Self, CoseError> {
        let Value::Bytes(protected_bytes) = protected else { return Err(CoseError::Structure) };
        if protected_bytes.len() > MAX_HEADER_BYTES {
            return Err(CoseError::TooLong);
        }
        // RFC 9052 section 3: an empty map is written as an empty string.
        let protected = match protected_bytes.as_slice() {
            [] => Headers::default(),
            bytes => Headers::of(cbor::parse(bytes)?)?,
        };
        let both = Self { protected_bytes, protected, unprotected: Headers::of(unprotected)? };
        both.refuse_shared_labels()?;
        both.check_critical()?;
        Ok(both)
    }

    /// Headers for a message of our own: `alg` and what the caller adds.
    pub(super) fn make(
        algorithm: i64,
        protected: Vec<(Value, Value)>,
        unprotected: Vec<(Value, Value)>,
    ) -> Result<Self, CoseError> {
        let mut entries = vec![(ALG.into(), algorithm.into())];
        entries.extend(protected);
        let bytes = cbor::write(&Value::Map(entries))?;
        // Read back by the rules for others, so that we make nothing that we would refuse.
        let unprotected = cbor::parse(&cbor::write(&Value::Map(unprotected))?)?;
        Self::read(Value::Bytes(bytes), unprotected)
    }

    /// RFC 9052 section 3: labels must not occur in both maps.
    fn refuse_shared_labels(&self) -> Result<(), CoseError> {
        let shared = |(label, _): &(Value, Value)| self.protected.0.iter().any(|(other, _)| other == label);
        if self.unprotected.0.iter().any(shared) { Err(CoseError::Label) } else { Ok(()) }
    }

    /// RFC 9052 section 3.1: `crit` is protected, not empty, and lists labels that are protected and understood. What
    /// this module acts on or hands up without a meaning of its own is understood; there is no more.
    fn check_critical(&self) -> Result<(), CoseError> {
        if self.unprotected.get(CRIT).is_some() {
            return Err(CoseError::Critical);
        }
        let Some(critical) = self.protected.get(CRIT) else { return Ok(()) };
        let labels = critical.as_array().filter(|labels| !labels.is_empty()).ok_or(CoseError::Critical)?;
        for label in labels {
            let label = label.as_integer().and_then(|label| i64::try_from(label).ok());
            match label {
                Some(label @ (ALG | CONTENT_TYPE | KID | IV)) if self.protected.get(label).is_some() => {}
                _ => return Err(CoseError::Critical),
            }
        }
        Ok(())
    }
}
