//! The compact form of an SD-JWT, taken apart (RFC 9901 section 4).

use crate::check::{Check, Refusal};

/// Longest SD-JWT that is read, in bytes. Pictures are the largest claims; a few fit.
pub const MAX_SD_JWT_BYTES: usize = 4 * 1024 * 1024;

/// Most disclosures that one SD-JWT may carry.
pub const MAX_DISCLOSURES: usize = 10_000;

/// An SD-JWT or SD-JWT+KB, taken apart and not checked any further.
#[derive(Debug, Clone)]
pub struct Compact<'t> {
    /// The issuer-signed JWT.
    pub issuer_jwt: &'t str,
    /// The disclosures, base64url, in the order in which they came.
    pub disclosures: Vec<&'t str>,
    /// The key binding JWT.
    pub key_binding: Option<&'t str>,
    /// All but the key binding JWT, up to and including the last tilde: what `sd_hash` is taken over
    /// (RFC 9901 section 4.3.1).
    pub sd_jwt: &'t str,
}

impl<'t> Compact<'t> {
    /// Takes `token` apart at its tildes.
    ///
    /// # Errors
    ///
    /// [`Check::SdForm`] without a tilde or with an empty part, [`Check::SdTooLarge`] past a limit.
    pub fn parse(token: &'t str) -> Result<Self, Refusal> {
        if token.len() > MAX_SD_JWT_BYTES {
            return Err(Check::SdTooLarge.refuse());
        }
        // RFC 9901 section 4: without a key binding JWT the last part is empty and its tilde stays.
        let (before, last) = token.rsplit_once('~').ok_or_else(|| Check::SdForm.refuse())?;
        let mut parts = before.split('~');
        let issuer_jwt = parts.next().unwrap_or_default();
        let disclosures: Vec<_> = parts.collect();
        if disclosures.len() > MAX_DISCLOSURES {
            return Err(Check::SdTooLarge.refuse());
        }
        // Section 4: DISCLOSURE = 1*(ALPHA / DIGIT / "-" / "_"); what is left out has no tilde either.
        if issuer_jwt.is_empty() || disclosures.iter().any(|disclosure| disclosure.is_empty()) {
            return Err(Check::SdForm.refuse());
        }
        // Section 4: the last part is empty or a JWT, so what is left behind a forgotten tilde is neither.
        if !last.is_empty() && last.split('.').count() != 3 {
            return Err(Check::SdForm.refuse());
        }
        let sd_jwt = token.get(..=before.len()).unwrap_or(token);
        Ok(Self { issuer_jwt, disclosures, key_binding: (!last.is_empty()).then_some(last), sd_jwt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found() {
        let compact = Compact::parse("a.b.c~d1~d2~x.y.z").unwrap();
        assert_eq!(compact.issuer_jwt, "a.b.c");
        assert_eq!(compact.disclosures, ["d1", "d2"]);
        assert_eq!(compact.key_binding, Some("x.y.z"));
        assert_eq!(compact.sd_jwt, "a.b.c~d1~d2~");
        let bare = Compact::parse("a.b.c~").unwrap();
        assert_eq!((bare.disclosures.len(), bare.key_binding, bare.sd_jwt), (0, None, "a.b.c~"));
    }

    #[test]
    fn sd_01_a_text_of_another_form_is_refused() {
        for token in [
            "",
            "a.b.c",
            "~",
            "~~",
            "~a",
            "a.b.c~~",
            "a.b.c~~x.y.z",
            "a.b.c~d~~",
            "~d~",
            "a.b.c~d",
            "a.b.c~ ",
            "a.b.c~x.y",
            "a.b.c~w.x.y.z",
        ] {
            assert_eq!(Compact::parse(token).unwrap_err().check.id(), "SD-01", "{token}");
        }
    }

    #[test]
    fn sd_02_limits_hold() {
        let most = format!("a.b.c~{}", "d~".repeat(MAX_DISCLOSURES));
        assert_eq!(Compact::parse(&most).unwrap().disclosures.len(), MAX_DISCLOSURES);
        assert_eq!(Compact::parse(&format!("{most}d~")).unwrap_err().check.id(), "SD-02");
        let long = format!("{}~", "a".repeat(MAX_SD_JWT_BYTES));
        assert_eq!(Compact::parse(&long).unwrap_err().check.id(), "SD-02");
    }
}
