//! All the lists of an issuer, named in one place (draft-ietf-oauth-status-list-20 section 9).

use bookbag_crypto::json;
use serde_json::{Value, json};

use crate::check::{Check, Refusal};
use crate::status::reference::is_uri;

/// Longest aggregation that is read, in bytes.
pub const MAX_AGGREGATION_BYTES: usize = 4 * 1024 * 1024;

/// Most lists that one aggregation names.
pub const MAX_AGGREGATION_URIS: usize = 50_000;

/// The URIs of status list tokens, so that a verifier can have them all before it meets a credential, and no
/// list is ever fetched because of one. It is not signed: it says where to look and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListAggregation(Vec<String>);

impl StatusListAggregation {
    /// An aggregation of these lists.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_AGGREGATION_URIS`], or one is not a URI ([`Check::StatusAggregation`]).
    pub fn new(uris: impl Into<Vec<String>>) -> Result<Self, Refusal> {
        let uris = uris.into();
        if uris.len() > MAX_AGGREGATION_URIS || !uris.iter().all(|uri| is_uri(uri)) {
            return Err(Check::StatusAggregation.refuse());
        }
        Ok(Self(uris))
    }

    /// Reads the JSON that an issuer serves (section 9.3).
    ///
    /// # Errors
    ///
    /// If it is not an object whose `status_lists` is an array of URIs, or over a limit
    /// ([`Check::StatusAggregation`]).
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let refuse = || Check::StatusAggregation.refuse();
        if bytes.len() > MAX_AGGREGATION_BYTES {
            return Err(refuse());
        }
        let object = json::parse_object(bytes).map_err(Check::StatusAggregation.because())?;
        let uris = object.get("status_lists").and_then(Value::as_array).ok_or_else(refuse)?;
        let uris: Option<Vec<String>> = uris.iter().map(|uri| uri.as_str().map(str::to_owned)).collect();
        Self::new(uris.ok_or_else(refuse)?)
    }

    /// The JSON to serve.
    pub fn to_json(&self) -> Value {
        json!({"status_lists": self.0})
    }

    /// The URIs, in the issuer's order.
    pub fn uris(&self) -> &[String] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aggregation_goes_both_ways() {
        let text = br#"{"status_lists": ["https://example.com/1", "https://example.com/2"], "more": 1}"#;
        let aggregation = StatusListAggregation::parse(text).unwrap();
        assert_eq!(aggregation.uris(), ["https://example.com/1", "https://example.com/2"]);
        let again = aggregation.to_json().to_string();
        assert_eq!(StatusListAggregation::parse(again.as_bytes()), Ok(aggregation));
        assert!(StatusListAggregation::parse(br#"{"status_lists":[]}"#).unwrap().uris().is_empty());
    }

    #[test]
    fn st_20_other_forms_are_refused() {
        let many = json!({"status_lists": vec!["a:b"; MAX_AGGREGATION_URIS + 1]}).to_string();
        let long = format!(r#"{{"status_lists":[]{}}}"#, " ".repeat(MAX_AGGREGATION_BYTES));
        for text in [
            "",
            "[]",
            "{}",
            r#"["https://example.com/1"]"#,
            r#"{"status_lists":"https://example.com/1"}"#,
            r#"{"status_lists":[1]}"#,
            r#"{"status_lists":["https://example.com/1",null]}"#,
            r#"{"status_lists":["lists/1"]}"#,
            r#"{"status_lists":[],"status_lists":[]}"#,
            &many,
            &long,
        ] {
            let refusal = StatusListAggregation::parse(text.as_bytes()).unwrap_err();
            assert_eq!(refusal.check, Check::StatusAggregation, "ST-20 {}", text.len());
        }
    }
}
