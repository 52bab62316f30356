//! Where a credential says its status stands (draft-ietf-oauth-status-list-20 section 6).

use serde_json::{Map, Value, json};

use crate::check::{Check, Refusal};
use crate::path::{ClaimPath, PathElement};

/// Longest URI of a list that is read, in bytes.
pub const MAX_URI_BYTES: usize = 2048;

/// One entry of one list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusReference {
    uri: String,
    index: u64,
}

impl StatusReference {
    /// The entry `index` of the list at `uri`, for a credential that is being issued.
    ///
    /// # Errors
    ///
    /// If `uri` is not an absolute URI of at most [`MAX_URI_BYTES`] bytes ([`Check::StatusClaim`]).
    pub fn new(uri: impl Into<String>, index: u64) -> Result<Self, Refusal> {
        let uri = uri.into();
        if is_uri(&uri) { Ok(Self { uri, index }) } else { Err(refuse(&["status_list", "uri"])) }
    }

    /// The reference in the payload of a credential; `None` if it has no `status` claim.
    ///
    /// # Errors
    ///
    /// As [`Self::from_claim`].
    pub fn from_payload(payload: &Map<String, Value>) -> Result<Option<Self>, Refusal> {
        payload.get("status").map(Self::from_claim).transpose()
    }

    /// Reads a `status` claim (section 6.2). Members that are not understood are ignored, but one must be
    /// `status_list`: a status that we cannot look up is not a status that is fine.
    ///
    /// # Errors
    ///
    /// If it names no status list ([`Check::StatusMechanism`]), or not as an index and a URI
    /// ([`Check::StatusClaim`]).
    pub fn from_claim(status: &Value) -> Result<Self, Refusal> {
        let list = status.as_object().and_then(|status| status.get("status_list"));
        let list = list.ok_or_else(|| Check::StatusMechanism.refuse_at(ClaimPath::top("status")))?;
        let list = list.as_object().ok_or_else(|| refuse(&["status_list"]))?;
        let index = list.get("idx").and_then(Value::as_u64);
        let index = index.ok_or_else(|| refuse(&["status_list", "idx"]))?;
        let uri = list.get("uri").and_then(Value::as_str);
        Self::new(uri.ok_or_else(|| refuse(&["status_list", "uri"]))?, index)
    }

    /// The `status` claim that says so.
    pub fn to_claim(&self) -> Value {
        json!({"status_list": {"idx": self.index, "uri": self.uri}})
    }

    /// The URI of the list, compared as it stands.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The index in the list.
    pub fn index(&self) -> u64 {
        self.index
    }
}

pub(super) fn refuse(below: &[&str]) -> Refusal {
    let status = ClaimPath::top("status");
    let path = below.iter().fold(status, |path, name| path.join(PathElement::Name((*name).to_owned())));
    Check::StatusClaim.refuse_at(path)
}

/// Whether `text` can be an absolute URI: a scheme, a colon and characters that RFC 3986 section 2 knows.
pub(super) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let scheme_ok = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let known =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
    text.len() <= MAX_URI_BYTES && scheme_ok && !rest.is_empty() && rest.chars().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_and_written() {
        let claim = json!({"status_list": {"idx": 7, "uri": "https://example.com/lists/1"}});
        let reference = StatusReference::from_claim(&claim).unwrap();
        assert_eq!((reference.uri(), reference.index()), ("https://example.com/lists/1", 7));
        assert_eq!(reference.to_claim(), claim);
        let more =
            json!({"other": 1, "status_list": {"idx": 7, "uri": "https://example.com/lists/1", "x": 1}});
        assert_eq!(StatusReference::from_claim(&more), Ok(reference.clone()));
        let payload = json!({"status": claim});
        assert_eq!(StatusReference::from_payload(payload.as_object().unwrap()), Ok(Some(reference)));
        assert_eq!(StatusReference::from_payload(&Map::new()), Ok(None));
        assert!(StatusReference::new("urn:example:list", u64::MAX).is_ok());
    }

    #[test]
    fn st_01_a_malformed_reference_is_refused() {
        let uri = "https://example.com/lists/1";
        for list in [
            json!(null),
            json!([]),
            json!("https://example.com/lists/1"),
            json!({}),
            json!({"idx": 1}),
            json!({"uri": uri}),
            json!({"idx": -1, "uri": uri}),
            json!({"idx": 1.0, "uri": uri}),
            json!({"idx": 1.5, "uri": uri}),
            json!({"idx": "1", "uri": uri}),
            json!({"idx": null, "uri": uri}),
            json!({"idx": 1, "uri": 7}),
            json!({"idx": 1, "uri": ""}),
            json!({"idx": 1, "uri": "no-scheme"}),
            json!({"idx": 1, "uri": "/relative"}),
            json!({"idx": 1, "uri": "1https://example.com"}),
            json!({"idx": 1, "uri": "https:"}),
            json!({"idx": 1, "uri": "https://example.com/a b"}),
            json!({"idx": 1, "uri": "https://example.com/\n"}),
            json!({"idx": 1, "uri": "https://ex\u{e4}mple.com/"}),
            json!({"idx": 1, "uri": format!("https://{}", "a".repeat(MAX_URI_BYTES))}),
        ] {
            let refusal = StatusReference::from_claim(&json!({"status_list": list})).unwrap_err();
            assert_eq!(refusal.check, Check::StatusClaim, "ST-01 {list}");
        }
        // Larger than any integer that we read is not an index either.
        let huge: Value =
            serde_json::from_str(r#"{"status_list":{"idx":18446744073709551616,"uri":"a:b"}}"#).unwrap();
        assert_eq!(StatusReference::from_claim(&huge).unwrap_err().check, Check::StatusClaim, "ST-01");
    }

    #[test]
    fn st_02_a_status_that_we_cannot_look_up_is_refused() {
        for claim in [
            json!({}),
            json!(null),
            json!(0),
            json!("valid"),
            json!([{"status_list": {}}]),
            json!({"identifier_list": {"id": "00", "uri": "https://example.com"}}),
        ] {
            let refusal = StatusReference::from_claim(&claim).unwrap_err();
            assert_eq!(refusal.check, Check::StatusMechanism, "ST-02 {claim}");
        }
    }
}
