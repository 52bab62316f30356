//! Other people's test vectors, every one of them.
//!
//! Each suite owns one folder and must read every file in it; a folder that neither a suite owns nor
//! [`LATER`] names fails the run.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, reads files and says what it skipped"
)]

mod argon2;
mod cose_wg;
mod dcql;
mod folder;
mod hpke_rfc9180;
mod jose_cookbook;
mod sd_jwt_python;
mod sd_jwt_rules;
mod status_list;
mod type_metadata;
mod wycheproof;
mod x509_limbo;

use serde_json::Value;

/// Folders that the suites of this binary read.
const SUITES: &[&str] = &[
    "argon2",
    "cose-wg",
    "dcql",
    "hpke-rfc9180",
    "jose-cookbook",
    "sd-jwt-python",
    "sd-jwt-rules",
    "status-list",
    "type-metadata",
    "wycheproof",
    "x509-limbo",
];

/// Folders for parts of Bookbag that are not built yet. A folder leaves this list when its part is.
const LATER: &[(&str, &str)] = &[
    ("etsi-119602", "lists of trusted entities"),
    ("eudi-trust-rules", "registration certificates and lists of trusted entities"),
    ("eudi-ts", "EUDI schemas"),
    ("jcs-rfc8785", "consent receipts"),
    ("learncard-badges", "W3C credentials"),
    ("mdoc-annex-d", "ISO mdoc"),
    ("mdoc-rules", "ISO mdoc"),
    ("oidf-conformance", "OpenID4VCI and OpenID4VP messages"),
    ("openid4vci-1.0", "OpenID4VCI"),
    ("openid4vci-rules", "OpenID4VCI"),
    ("openid4vp-1.0", "OpenID4VP"),
    ("openid4vp-exchange", "OpenID4VP"),
    ("w3c-vcdm2", "W3C credentials"),
];

#[test]
fn every_folder_has_a_suite_or_a_reason() {
    let Ok(folders) = std::fs::read_dir(folder::root()) else {
        eprintln!("no data: no vector suite had any ({} is not there)", folder::root().display());
        return;
    };
    for entry in folders {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = SUITES.contains(&name.as_str()) || LATER.iter().any(|(later, _)| *later == name);
        assert!(known || name == "README.md", "no test reads the vectors in {name}");
    }
}

/// Bytes written in hexadecimal.
fn hex(text: &Value) -> Vec<u8> {
    let digits = text.as_str().expect("a text of hexadecimal digits").as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

/// A member that is a text.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no text `{name}`"))
}

/// A member that is a list.
fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no list `{name}`"))
}
