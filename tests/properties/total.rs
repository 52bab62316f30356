//! What reads a token before anything is verified never panics, and what it accepts holds together.

use bookbag_credential::ClaimPath;
use bookbag_credential::sd_jwt::{Compact, Held, KeyBinding, compact_from_json, status_hint};
use bookbag_crypto::base64url;
use bookbag_crypto::jws::Jws;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Case;
use crate::claims::{case, tree};

/// Reads a text by everything that reads one. Fails if what is accepted does not hold together.
fn read(text: &str) -> Result<(), TestCaseError> {
    if let Ok(compact) = Compact::parse(text) {
        let kb = compact.key_binding.unwrap_or_default();
        prop_assert_eq!(format!("{}{kb}", compact.sd_jwt), text);
        prop_assert_eq!(compact.sd_jwt.matches('~').count(), compact.disclosures.len() + 1);
        if let Ok(jws) = Jws::parse_any(compact.issuer_jwt) {
            let _ = jws.dangerous_unverified_payload();
        }
    }
    if let Ok(compact) = compact_from_json(text.as_bytes()) {
        prop_assert!(compact.contains('~'));
        let _ = (status_hint(&compact), Held::parse(&compact).is_ok());
    }
    if let Ok(path) = text.parse::<ClaimPath>() {
        prop_assert_eq!(ClaimPath::from_json(&path.to_json()), Ok(path));
    }
    let _ = status_hint(text);
    if let Ok(held) = Held::parse(text) {
        for claim in held.claims().unwrap_or_default() {
            let shown = held.select(&[claim.path]).unwrap().without_key_binding();
            prop_assert!(Held::parse(&shown).is_ok());
        }
        let _ = held.holder_key();
    }
    Ok(())
}

/// The flattened JSON form of a compact token (RFC 9901 section 8.1).
fn flattened(token: &str) -> Value {
    let mut parts = token.split('~');
    let jwt: Vec<_> = parts.next().unwrap().split('.').collect();
    let disclosures: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    json!({"protected": jwt[0], "payload": jwt[1], "signature": jwt[2], "header": {"disclosures": disclosures}})
}

/// Replaces a stretch of `text` that starts at `at` by `new`, on whole characters.
fn splice(text: &str, at: prop::sample::Index, length: usize, new: &str) -> String {
    let chars: Vec<_> = text.chars().collect();
    let at = at.index(chars.len() + 1);
    let end = (at + length).min(chars.len());
    chars[..at].iter().copied().chain(new.chars()).chain(chars[end..].iter().copied()).collect()
}

/// Whether the token verifies: nobody signed it again, so a changed payload must not.
fn verifies(case: &Case, token: &str) -> bool {
    case.verify(token, KeyBinding::NotRequired).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        read(&text)?;
    }

    #[test]
    fn a_text_of_the_right_letters_is_read_or_refused(text in r#"[a-zA-Z0-9_\-.~{}\[\]":,]{0,80}"#) {
        read(&text)?;
        read(&format!("{text}~"))?;
    }

    #[test]
    fn a_changed_token_is_read_or_refused(
        case in case(), at: prop::sample::Index, length in 0_usize..20, new in r"[a-zA-Z0-9_\-.~é]{0,8}"
    ) {
        let token = case.issue();
        read(&token)?;
        read(&splice(&token, at, length, &new))?;
        let json = flattened(&token);
        prop_assert_eq!(compact_from_json(json.to_string().as_bytes()), Ok(token));
        read(&splice(&json.to_string(), at, length, &new))?;
    }

    /// The changes happen below base64url, where a parser that sees only texts of the wrong alphabet never gets.
    #[test]
    fn a_changed_content_is_read_or_refused(
        case in case(),
        part: prop::sample::Index,
        at: prop::sample::Index,
        length in 0_usize..12,
        new in r#"([\[\]{}",:0-9a]|"_sd":|"\.\.\.":|"_sd_alg":|"status":|\["s",|null){0,3}"#,
    ) {
        let token = case.issue();
        let mut parts: Vec<_> = token.split(['.', '~']).map(str::to_owned).collect();
        // Neither the signature nor what follows the last tilde.
        let candidates: Vec<_> = (0..parts.len() - 1).filter(|part| *part != 2).collect();
        let part = *part.get(&candidates);
        let text = String::from_utf8(base64url::decode(&parts[part]).unwrap()).unwrap();
        let changed = splice(&text, at, length, &new);
        parts[part] = base64url::encode(&changed);
        let (jwt, disclosures) = parts.split_at(3);
        let changed_token = format!("{}~{}", jwt.join("."), disclosures.join("~"));
        read(&changed_token)?;
        prop_assert!(changed == text || !verifies(&case, &changed_token));
    }

    /// Disclosures and payload put together from anything, whether or not they are what they should be.
    #[test]
    fn any_payload_with_any_disclosures_is_read_or_refused(
        payload in tree(), contents in prop::collection::vec(tree(), 0..4), wrap in any::<[bool; 4]>(), deep: bool
    ) {
        let mut disclosures: Vec<String> = Vec::new();
        for (place, content) in contents.into_iter().enumerate() {
            // Each may hide those before it, in either way, wherever that leads.
            let digests: Vec<_> = disclosures.iter().map(|disclosure| digest(disclosure)).collect();
            let value = if deep { json!({"_sd": digests, "content": content}) } else { content };
            let disclosure = if wrap[place] { json!(["s", format!("n{place}"), value]) } else { json!(["s", value]) };
            disclosures.push(base64url::encode(disclosure.to_string()));
        }
        let digests: Vec<_> = disclosures.iter().map(|disclosure| digest(disclosure)).collect();
        let elements: Vec<_> = digests.iter().map(|digest| json!({"...": digest})).collect();
        let payload = json!({"clear": payload, "_sd": digests, "array": elements});
        let jwt = format!("{}.{}.AA", base64url::encode(r#"{"alg":"ES256"}"#), base64url::encode(payload.to_string()));
        let mut token = jwt + "~";
        read(&token)?;
        for disclosure in disclosures {
            token = token + &disclosure + "~";
            read(&token)?;
        }
    }
}

fn digest(disclosure: &str) -> String {
    base64url::encode(bookbag_crypto::HashAlgorithm::Sha256.digest(disclosure))
}
