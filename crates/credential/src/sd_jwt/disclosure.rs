//! Disclosures: one claim each, with the salt that hides it until it is shown (RFC 9901 section 4.2).

use bookbag_crypto::{EncodedDigest, HashAlgorithm, base64url, json};
use serde_json::Value;

use crate::check::{Check, Refusal};

/// The content of a disclosure.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) struct Disclosure {
    /// The claim name; `None` for an array element.
    pub(crate) name: Option<String>,
    pub(crate) value: Value,
}

impl Disclosure {
    /// Decodes a disclosure. Which of the two forms is right depends on where its digest stands.
    ///
    /// # Errors
    ///
    /// [`Check::SdDisclosure`].
    pub(crate) fn parse(encoded: &str) -> Result<Self, Refusal> {
        let text = base64url::decode(encoded).map_err(|_| Check::SdDisclosure.refuse())?;
        match json::parse_salted(&text).map_err(Check::SdDisclosure.because())? {
            // RFC 9901 section 4.2.2: salt and value.
            [Some(value), None] => Ok(Self { name: None, value }),
            // RFC 9901 section 4.2.1: salt, name and value.
            [Some(Value::String(name)), Some(value)] => Ok(Self { name: Some(name), value }),
            _ => Err(Check::SdDisclosure.refuse()),
        }
    }
}

/// The digest by which a payload refers to a disclosure: of the text as sent, not of what it decodes to
/// (RFC 9901 section 4.2.3).
pub(crate) fn digest(encoded: &str, hash: HashAlgorithm) -> EncodedDigest {
    hash.digest(encoded).encoded()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(text: &str) -> Result<Disclosure, Refusal> {
        Disclosure::parse(&base64url::encode(text))
    }

    /// RFC 9901 sections 4.2.1 to 4.2.3.
    #[test]
    fn examples_of_the_rfc() {
        let encoded = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
        let disclosure = Disclosure::parse(encoded).unwrap();
        assert_eq!(disclosure, Disclosure { name: Some("family_name".into()), value: json!("Möbius") });
        assert_eq!(
            digest(encoded, HashAlgorithm::Sha256).as_str(),
            "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
        );
        let element = Disclosure::parse("WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0").unwrap();
        assert_eq!(element, Disclosure { name: None, value: json!("FR") });
    }

    #[test]
    fn sd_10_what_is_no_disclosure_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            r#"["salt"]"#,
            r#"[1,"name",2]"#,
            "[null,2]",
            r#"["s","n",1,2]"#,
            r#"["s",{"a":1},2]"#,
            r#"["s",1,2]"#,
            r#"["s","n",1]x"#,
            r#"["s","n",{"a":1,"a":2}]"#,
            r#"["s","n",]"#,
            r#""salt""#,
            "\u{feff}[]",
        ] {
            assert_eq!(parse(text).unwrap_err().check.id(), "SD-10", "{text}");
        }
        for encoded in ["WyJzIiwxXQ==", "WyJzIiwxXR", "WyJz IiwxXQ", "!", "WyJzIiwxXQ.", "\u{00e9}"] {
            assert_eq!(Disclosure::parse(encoded).unwrap_err().check.id(), "SD-10", "{encoded}");
        }
        let bytes = base64url::encode(b"[\"s\",\"\xff\"]");
        assert_eq!(Disclosure::parse(&bytes).unwrap_err().check.id(), "SD-10");
    }
}
