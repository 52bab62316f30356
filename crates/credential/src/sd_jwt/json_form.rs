//! The JSON form of an SD-JWT (RFC 9901 section 8), turned into the compact one.
//!
//! Both forms sign the same bytes, and `sd_hash` is taken over the compact form even here (section 8.1), so everything
//! else works on that alone. Of several signatures the first one is kept.

use bookbag_crypto::{base64url, json};
use serde_json::{Map, Value};

use super::compact::MAX_SD_JWT_BYTES;
use crate::check::{Check, Refusal};

/// Reads the flattened or general JSON form and gives the compact one.
///
/// # Errors
///
/// [`Check::SdJsonForm`] if `text` is neither; [`Check::SdTooLarge`] past the limit.
pub fn compact_from_json(text: &[u8]) -> Result<String, Refusal> {
    if text.len() > MAX_SD_JWT_BYTES {
        return Err(Check::SdTooLarge.refuse());
    }
    let object = json::parse_object(text).map_err(Check::SdJsonForm.because())?;
    let payload = part(&object, "payload")?;
    let signature = first_signature(&object)?;
    let (protected, value) = (part(signature, "protected")?, part(signature, "signature")?);
    let empty = Map::new();
    let header = match signature.get("header") {
        None => &empty,
        Some(Value::Object(header)) => header,
        Some(_) => return Err(Check::SdJsonForm.refuse()),
    };
    check_disjoint(protected, header)?;
    let mut compact = format!("{protected}.{payload}.{value}~");
    for disclosure in disclosures(header)? {
        compact.push_str(disclosure);
        compact.push('~');
    }
    if header.contains_key("kb_jwt") {
        compact.push_str(part(header, "kb_jwt")?);
    }
    Ok(compact)
}

/// The object with the signature: the document itself, or the first of `signatures` (RFC 7515 section 7.2).
fn first_signature(object: &Map<String, Value>) -> Result<&Map<String, Value>, Refusal> {
    let refuse = || Check::SdJsonForm.refuse();
    let Some(signatures) = object.get("signatures") else { return Ok(object) };
    // RFC 7515 section 7.2.2: the flattened form has no `signatures`, the general one nothing else.
    if ["signature", "protected", "header"].iter().any(|name| object.contains_key(*name)) {
        return Err(refuse());
    }
    let mut signatures = signatures.as_array().ok_or_else(refuse)?.iter().map(Value::as_object);
    let first = signatures.next().flatten().ok_or_else(refuse)?;
    for other in signatures {
        let other = other.ok_or_else(refuse)?;
        // RFC 7515 section 5.2 step 1: every one of them must be of the right form.
        for name in ["protected", "signature"] {
            base64url::decode(part(other, name)?).map_err(|_| refuse())?;
        }
        let header = other.get("header");
        // Section 8.3: "MUST NOT be present in any following unprotected headers".
        if header
            .is_some_and(|header| ["disclosures", "kb_jwt"].iter().any(|name| header.get(name).is_some()))
        {
            return Err(refuse());
        }
    }
    Ok(first)
}

/// RFC 7515 sections 7.2.1 and 4.1.11: a name stands in one of the two headers only, and `crit` never outside the
/// protected one.
fn check_disjoint(protected: &str, header: &Map<String, Value>) -> Result<(), Refusal> {
    let bytes = base64url::decode(protected).map_err(|_| Check::SdJsonForm.refuse())?;
    let protected = json::parse_object(&bytes).map_err(Check::SdJsonForm.because())?;
    let clash = header.keys().any(|name| name == "crit" || protected.contains_key(name));
    if clash { Err(Check::SdJsonForm.refuse()) } else { Ok(()) }
}

fn disclosures(header: &Map<String, Value>) -> Result<Vec<&str>, Refusal> {
    let refuse = || Check::SdJsonForm.refuse();
    let Some(disclosures) = header.get("disclosures") else { return Ok(Vec::new()) };
    let disclosures = disclosures.as_array().ok_or_else(refuse)?.iter();
    disclosures.map(|disclosure| disclosure.as_str().filter(is_part).ok_or_else(refuse)).collect()
}

fn part<'o>(object: &'o Map<String, Value>, name: &str) -> Result<&'o str, Refusal> {
    object.get(name).and_then(Value::as_str).filter(is_part).ok_or_else(|| Check::SdJsonForm.refuse())
}

/// A part with a tilde in it would shift what is a disclosure and what is not.
fn is_part(text: &&str) -> bool {
    !text.contains('~')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `{}`.
    const H: &str = "e30";

    fn convert(document: &Value) -> Result<String, Refusal> {
        compact_from_json(document.to_string().as_bytes())
    }

    #[test]
    fn both_forms_become_the_compact_one() {
        let header = json!({"disclosures": ["d1", "d2"], "kb_jwt": "x.y.z", "kid": "1"});
        let flattened = json!({"payload": "p", "protected": H, "signature": "s", "header": header});
        assert_eq!(convert(&flattened).unwrap(), "e30.p.s~d1~d2~x.y.z");
        let signatures = json!([
            {"protected": H, "signature": "s", "header": header}, {"protected": "e30", "signature": "AAAA", "header": {}},
        ]);
        assert_eq!(
            convert(&json!({"payload": "p", "signatures": signatures})).unwrap(),
            "e30.p.s~d1~d2~x.y.z"
        );
        assert_eq!(convert(&json!({"payload": "p", "protected": H, "signature": "s"})).unwrap(), "e30.p.s~");
    }

    #[test]
    fn sd_24_other_documents_are_refused() {
        for document in [
            json!([]),
            json!({}),
            json!({"payload": "p", "protected": H}),
            json!({"payload": "p", "protected": 1, "signature": "s"}),
            json!({"payload": "p~d", "protected": H, "signature": "s"}),
            json!({"payload": "p", "protected": H, "signature": "s~d~"}),
            json!({"payload": "p", "protected": H, "signature": "s", "header": []}),
            json!({"payload": "p", "protected": H, "signature": "s", "header": {"disclosures": "d"}}),
            json!({"payload": "p", "protected": H, "signature": "s", "header": {"disclosures": [1]}}),
            json!({"payload": "p", "protected": H, "signature": "s", "header": {"disclosures": ["d~e"]}}),
            json!({"payload": "p", "protected": H, "signature": "s", "header": {"kb_jwt": 1}}),
            json!({"payload": "p", "protected": "!", "signature": "s"}),
            json!({"payload": "p", "protected": H, "signature": "s", "header": {"crit": ["x"], "x": 1}}),
            json!({"payload": "p", "protected": "eyJhbGciOiJFUzI1NiJ9", "signature": "s", "header": {"alg": "none"}}),
            json!({"payload": "p", "signatures": [{"protected": H, "signature": "s"}, {"protected": H}]}),
            json!({"payload": "p", "signatures": [{"protected": H, "signature": "s"}, {"protected": "!!", "signature": "AA"}]}),
            json!({"payload": "p", "signatures": []}),
            json!({"payload": "p", "signatures": {}}),
            json!({"payload": "p", "protected": H, "signature": "s", "signatures": [{"protected": H, "signature": "s"}]}),
            json!({"payload": "p", "signatures": [
                {"protected": H, "signature": "s"}, {"protected": "e30", "signature": "AAAA", "header": {"disclosures": []}},
            ]}),
        ] {
            assert_eq!(convert(&document).unwrap_err().check.id(), "SD-24", "{document}");
        }
        assert_eq!(compact_from_json(br#"{"payload":"p","payload":"q"}"#).unwrap_err().check.id(), "SD-24");
        assert_eq!(compact_from_json(&vec![b' '; MAX_SD_JWT_BYTES + 1]).unwrap_err().check.id(), "SD-02");
    }
}
