//! Integrity metadata: which octets a referenced document must have (draft-ietf-oauth-sd-jwt-vc-19 section 6).

use bookbag_crypto::{HashAlgorithm, base64url};

use crate::check::{Check, Refusal};

/// Longest integrity metadata that is read, in bytes.
pub const MAX_INTEGRITY_BYTES: usize = 4096;

/// The hash values that a document may have, all by the strongest algorithm that was named and that we know.
///
/// ```text
/// integrity-metadata = hash-with-options *( 1*WSP hash-with-options )      ; W3C Subresource Integrity
/// hash-with-options  = ( "sha256" / "sha384" / "sha512" ) "-" base64-value *( "?" option )
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integrity {
    text: String,
    algorithm: HashAlgorithm,
    /// A value that is not base64 is `None`: it counts as naming its algorithm, and matches nothing.
    digests: Vec<Option<Vec<u8>>>,
}

impl Integrity {
    /// Reads integrity metadata.
    ///
    /// # Errors
    ///
    /// If it names no algorithm that we know, or is longer than [`MAX_INTEGRITY_BYTES`]
    /// ([`Check::TypeIntegrity`]): then nothing may be used under it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() > MAX_INTEGRITY_BYTES {
            return Err(Check::TypeIntegrity.refuse());
        }
        let known: Vec<_> = text.split_ascii_whitespace().filter_map(hash_expression).collect();
        // Section 6: "the strongest hash algorithm it supports". A weaker one beside it does not help.
        let strongest = known.iter().map(|(algorithm, _)| *algorithm).max();
        let algorithm = strongest.ok_or_else(|| Check::TypeIntegrity.refuse())?;
        let strong = known.into_iter().filter(|(named, _)| *named == algorithm);
        let digests = strong.map(|(_, value)| base64(value)).collect();
        Ok(Self { text: text.to_owned(), algorithm, digests })
    }

    /// The metadata as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether these are the octets. One matching value of the strongest algorithm is enough.
    pub fn matches(&self, octets: &[u8]) -> bool {
        let actual = self.algorithm.digest(octets);
        self.digests.iter().flatten().any(|digest| digest == actual.as_ref())
    }

    /// Refuses other octets.
    ///
    /// # Errors
    ///
    /// If they do not match ([`Check::TypeIntegrity`]).
    pub fn require(&self, octets: &[u8]) -> Result<(), Refusal> {
        if self.matches(octets) { Ok(()) } else { Err(Check::TypeIntegrity.refuse()) }
    }
}

/// The algorithm and value of an expression, if we know the algorithm; options are ignored.
fn hash_expression(expression: &str) -> Option<(HashAlgorithm, &str)> {
    let (algorithm, value) = expression.split_once('-')?;
    let algorithm = match algorithm.to_ascii_lowercase().as_str() {
        "sha256" => HashAlgorithm::Sha256,
        "sha384" => HashAlgorithm::Sha384,
        "sha512" => HashAlgorithm::Sha512,
        _ => return None,
    };
    Some((algorithm, value.split('?').next().unwrap_or(value)))
}

/// Base64 in either alphabet, with or without padding: the grammar of Content Security Policy, to which that of
/// Subresource Integrity points, allows all of them.
fn base64(value: &str) -> Option<Vec<u8>> {
    let unpadded = value.strip_suffix("==").or_else(|| value.strip_suffix('=')).unwrap_or(value);
    base64url::decode(unpadded.replace('+', "-").replace('/', "_")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC_256: &str = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    const ABC_512: &str =
        "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
    const OTHER_256: &str = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn matches(text: &str) -> bool {
        Integrity::parse(text).unwrap().matches(b"abc")
    }

    #[test]
    fn the_octets_match_by_the_strongest_algorithm() {
        for text in [
            ABC_256.to_owned(),
            ABC_512.to_owned(),
            format!("{ABC_256}?ct=application/json"),
            format!("  {OTHER_256}\t{ABC_256}  "),
            format!("{OTHER_256} {ABC_512}"),
            format!("md5-x sha3-256-y nonsense {ABC_256}"),
            ABC_256.replace("sha256", "SHA256"),
            ABC_256.trim_end_matches('=').to_owned(),
            ABC_256.replace('+', "-").replace('/', "_").replace("sha256_", "sha256-"),
        ] {
            assert!(matches(&text), "{text}");
            assert_eq!(Integrity::parse(&text).unwrap().as_str(), text);
            assert_eq!(Integrity::parse(&text).unwrap().require(b"abc"), Ok(()));
        }
    }

    #[test]
    fn tm_04_other_octets_do_not() {
        for text in [
            OTHER_256.to_owned(),
            format!("{ABC_256} {}", ABC_512.replace('3', "4")),
            // A strong value that cannot be read does not give way to a weak one that can.
            format!("{ABC_256} sha512-"),
            format!("{ABC_256} sha512-*"),
            format!("{ABC_256} sha384-AAAA"),
            ABC_256.replace("sha256", "sha384"),
            format!("{ABC_256}=="),
            ABC_256.replace("Fa0=", "Fa1="),
            ABC_256.replace('-', "--"),
        ] {
            assert!(!matches(&text), "TM-04 {text}");
            let refusal = Integrity::parse(&text).unwrap().require(b"abc").unwrap_err();
            assert_eq!(refusal.check, Check::TypeIntegrity, "TM-04 {text}");
        }
    }

    #[test]
    fn tm_04_what_names_no_known_algorithm_allows_nothing() {
        let long = format!("{ABC_256} {}", "x".repeat(MAX_INTEGRITY_BYTES));
        for text in
            ["", " ", "md5-kAFQmDzST7DWlj99KOF/cg==", "sha256", "sha256ungWv", "sha1-x", "sha-256-x", &long]
        {
            assert_eq!(Integrity::parse(text).unwrap_err().check, Check::TypeIntegrity, "TM-04 {text}");
        }
    }
}
