//! `bookbag verify --trust-anchor`: the certificate chain in the credential.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bookbag_crypto::{Algorithm, SigningKey};
use serde_json::{Value, json};

use super::{Home, enrolment};

#[expect(dead_code, reason = "the certificates of the crate's own tests; less is needed here")]
#[path = "../../../../crates/credential/src/trust/testing.rs"]
mod testing;
use testing::{FIRST, LAST, Template};

/// Within the certificates' year.
const AT: i64 = FIRST + 1000;

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// A school certified by a council, whose certificate is `anchor.pem`, and its credential.
fn certified() -> Home {
    let home = Home::family();
    let (council, school): (SigningKey, _) = (testing::key(1), home.signing_key("school"));
    let anchor = Template::ca("council.example", &council, "council.example", &council).sign(&council);
    let leaf = Template::leaf("school.example", &school, "council.example", &council).sign(&council);
    home.write_json("header.json", &json!({"x5c": [STANDARD.encode(leaf)]}))
        .write("anchor.pem", pem(&anchor));
    home.issue(&["--header", "header.json"], "credential.txt");
    home
}

fn verify<'a>(anchor: &'a str, at: &'a str) -> Vec<&'a str> {
    vec!["verify", "credential.txt", "--trust-anchor", anchor, "--at", at]
}

#[test]
fn a_chain_to_the_anchor_is_believed() {
    let home = certified();
    let at = AT.to_string();
    let document = home.ok_json(&verify("anchor.pem", &at));
    assert_eq!(document["issuer"]["trusted_by"], "certificate");
    assert_eq!(document["issuer"]["dns_names"], json!(["school.example"]));
    assert!(home.run(&verify("anchor.pem", &at)).err.contains("signed by school.example, certified"));
    home.ok(&[&verify("anchor.pem", &at)[..], &["--issuer-in-certificate", "--haip"]].concat());
    home.ok(&[&verify("anchor.pem", &at)[..], &["--trust-anchor", "anchor.pem"]].concat());
}

#[test]
fn other_chains_are_not() {
    let home = certified();
    let (at, late) = (AT.to_string(), (LAST + 1).to_string());
    let stranger = testing::key_of(Algorithm::Es256, 9);
    let other = Template::ca("council.example", &stranger, "council.example", &stranger).sign(&stranger);
    home.write("other.pem", pem(&other));
    home.refused(&verify("other.pem", &at), "TR-07");
    home.refused(&verify("anchor.pem", &late), "TR-08");
    let mut claims = enrolment();
    claims["iss"] = json!("https://elsewhere.example");
    home.write_json("claims.json", &claims).issue(&["--header", "header.json"], "credential.txt");
    home.ok(&verify("anchor.pem", &at));
    home.refused(&[&verify("anchor.pem", &at)[..], &["--issuer-in-certificate"]].concat(), "TR-12");
    // No chain in the token at all; and a chain for another key.
    home.issue(&[], "credential.txt");
    home.refused(&verify("anchor.pem", &at), "TR-05");
    let claims = ["issue", "--claims", "claims.json", "--key", "parent.jwk", "--header", "header.json"];
    home.write("credential.txt", home.ok(&claims));
    home.refused(&verify("anchor.pem", &at), "SD-04");
}

#[test]
fn anchors_that_are_none_are_named() {
    let home = certified();
    for content in ["frobnicate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        home.write("bad.pem", content);
        home.wrong(&verify("bad.pem", "0"), "bad.pem: TR-0");
    }
    home.wrong(&verify("school-public.jwk", "0"), "school-public.jwk: TR-05");
    home.wrong(&["verify", "credential.txt", "--issuer-key", "anchor.pem"], "anchor.pem is a certificate");
}

#[test]
fn the_anchor_may_come_along_unless_haip_is_asked_for() {
    let home = certified();
    let at = AT.to_string();
    let anchor = home.read("anchor.pem").lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let mut header: Value = serde_json::from_str(&home.read("header.json")).unwrap();
    header["x5c"].as_array_mut().unwrap().push(anchor.into());
    home.write_json("header.json", &header).issue(&["--header", "header.json"], "credential.txt");
    home.ok(&verify("anchor.pem", &at));
    home.refused(&[&verify("anchor.pem", &at)[..], &["--haip"]].concat(), "TR-14");
}

/// A rule that cannot be applied must not be taken and dropped.
#[test]
fn options_of_another_kind_of_trust_are_refused() {
    let home = certified();
    home.write("metadata.json", "{}");
    for option in ["--haip", "--issuer-in-certificate"] {
        home.wrong(
            &["verify", "credential.txt", "--issuer-key", "school-public.jwk", option],
            "cannot be used with",
        );
        let metadata = ["--issuer-metadata", "metadata.json", "--issuer", "https://school.example"];
        home.wrong(&[&["verify", "credential.txt", option], &metadata[..]].concat(), "cannot be used with");
        home.wrong(&["verify", "credential.txt", option], "--trust-anchor");
    }
    for trust in [["--issuer-key", "school-public.jwk"], ["--trust-anchor", "anchor.pem"]] {
        let issuer = ["verify", "credential.txt", "--issuer", "https://school.example"];
        home.wrong(&[&issuer[..], &trust].concat(), "cannot be used with");
    }
}
