//! What a query is matched against.

use serde_json::{Map, Value};

use super::query::{Format, TrustedAuthority};

/// One credential as DCQL sees it: held by a wallet, or presented to a verifier. It borrows, so that laying out
/// a whole wallet copies nothing; what it says is taken as true.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// The format.
    pub format: Format,
    /// The types. SD-JWT VC: the `vct`, and each type that it inherits from by its metadata (section B.3.5);
    /// mdoc: the document type; W3C: the fully expanded types (section B.1.1).
    pub types: Vec<&'a str>,
    /// A wallet: the holder's key can be proved. A verifier: it was proved.
    pub holder_binding: bool,
    /// What is known of the authorities above the issuer.
    pub authorities: Vec<Authority<'a>>,
    /// The claims from their root: the processed payload of an SD-JWT, the W3C credential itself, or for an mdoc
    /// each namespace with its elements, converted to JSON as in RFC 8949 section 6.1.
    pub claims: &'a Map<String, Value>,
}

/// One thing that is known of the authorities above an issuer (section 6.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority<'a> {
    /// `aki`, `etsi_tl`, `openid_federation`, or any other that both sides know.
    pub kind: &'a str,
    /// Its value in the form of the query: for `aki` the key identifier in the authority key identifier of a
    /// certificate of the chain, in base64url; one entry for each certificate.
    pub value: &'a str,
}

/// Why a JSON document does not describe a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CandidateError {
    /// Not an object.
    #[error("a described credential is an object")]
    Object,
    /// No `format`, or not a string.
    #[error("`format` of a described credential is a string")]
    Format,
    /// The type is missing or not in the form of the format.
    #[error("`vct` and `doctype` are strings, `type` and `types` are arrays of strings, and one is there")]
    Type,
    /// `holder_binding` is not a boolean.
    #[error("`holder_binding` is a boolean")]
    HolderBinding,
    /// `authority` is not an object, or a list of them, with `type` and `values`.
    #[error("`authority` is an object with `type` and `values`, or an array of them")]
    Authority,
    /// There are no claims, or they are not an object.
    #[error("`claims`, or `namespaces`, is an object")]
    Claims,
}

impl<'a> Candidate<'a> {
    /// Reads a description `{format, vct | doctype | type, holder_binding, authority, claims | namespaces}`.
    /// `types` may list more types, `authority` may be a list. Without `holder_binding` there is none.
    ///
    /// # Errors
    ///
    /// If `description` is not in that form.
    pub fn from_json(description: &'a Value) -> Result<Self, CandidateError> {
        let object = description.as_object().ok_or(CandidateError::Object)?;
        let format = object.get("format").and_then(Value::as_str).ok_or(CandidateError::Format)?;
        let holder_binding = match object.get("holder_binding") {
            None => false,
            Some(value) => value.as_bool().ok_or(CandidateError::HolderBinding)?,
        };
        let claims = object.get("claims").or_else(|| object.get("namespaces"));
        Ok(Self {
            format: Format::of(format),
            types: types(object)?,
            holder_binding,
            authorities: authorities(object.get("authority"))?,
            claims: claims.and_then(Value::as_object).ok_or(CandidateError::Claims)?,
        })
    }
}

impl TrustedAuthority {
    /// Whether one of `authorities` is of this type and has one of these values. Key identifiers are compared as
    /// base64url, which for equal bytes is equal but for padding.
    pub fn accepts(&self, authorities: &[Authority<'_>]) -> bool {
        authorities.iter().any(|authority| {
            authority.kind == self.kind
                && self.values.iter().any(|value| same(&self.kind, value, authority.value))
        })
    }
}

fn same(kind: &str, one: &str, other: &str) -> bool {
    if kind == "aki" { one.trim_end_matches('=') == other.trim_end_matches('=') } else { one == other }
}

fn types(object: &Map<String, Value>) -> Result<Vec<&str>, CandidateError> {
    let single = ["vct", "doctype"].into_iter().filter_map(|name| object.get(name));
    let mut types = single.map(Value::as_str).collect::<Option<Vec<_>>>().ok_or(CandidateError::Type)?;
    for list in ["type", "types"].into_iter().filter_map(|name| object.get(name)) {
        let list = list.as_array().ok_or(CandidateError::Type)?;
        types.extend(list.iter().map(Value::as_str).collect::<Option<Vec<_>>>().ok_or(CandidateError::Type)?);
    }
    if types.is_empty() { Err(CandidateError::Type) } else { Ok(types) }
}

fn authorities(value: Option<&Value>) -> Result<Vec<Authority<'_>>, CandidateError> {
    let entries = match value {
        None => &[][..],
        Some(Value::Array(entries)) => entries,
        Some(entry) => std::slice::from_ref(entry),
    };
    let mut authorities = Vec::new();
    for entry in entries {
        let kind = entry.get("type").and_then(Value::as_str).ok_or(CandidateError::Authority)?;
        let values = entry.get("values").and_then(Value::as_array).ok_or(CandidateError::Authority)?;
        for value in values {
            let value = value.as_str().ok_or(CandidateError::Authority)?;
            authorities.push(Authority { kind, value });
        }
    }
    Ok(authorities)
}
