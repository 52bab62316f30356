//! `bookbag key`, and the wrong key in the wrong place.

use super::{Home, NONCE, enrolment};

const ALGORITHMS: [&str; 3] = ["ES256", "ES384", "EdDSA"];

/// Made with OpenSSL for this test; it guards nothing.
const SEC1: &str = "-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIFfYr2ldiuK41xqOEHKTEBzQ3WIWQbtp66oTWPBWgvtIoAoGCCqGSM49
AwEHoUQDQgAEWP1T5OP4Dh0uYB1zyFuRb2rLvBR9QJPQaTyPZoXNxT5V3dyvT7XW
-----END EC PRIVATE KEY-----
";

fn mode_and_content(home: &Home, name: &str) -> (u32, Vec<u8>) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(home.path(name)).unwrap().permissions().mode();
    (mode & 0o777, std::fs::read(home.path(name)).unwrap())
}

#[test]
fn keys_of_every_kind_are_made_shown_and_used() {
    let home = Home::new();
    home.write_json("claims.json", &enrolment());
    for algorithm in ALGORITHMS {
        for format in ["jwk", "pem"] {
            let file = format!("{algorithm}.{format}");
            let public =
                home.ok(&["key", "new", "--out", &file, "--algorithm", algorithm, "--format", format]);
            assert_eq!(home.ok(&["key", "show", &file]), public);
            let start = if format == "pem" { "-----BEGIN PRIVATE KEY-----" } else { "{" };
            assert!(home.read(&file).starts_with(start), "{format}");
            assert_eq!(mode_and_content(&home, &file).0, 0o600);
            home.write("public.jwk", &public);
            let pem = home.ok(&["key", "show", "public.jwk", "--format", "pem"]);
            assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----"), "{pem}");
            home.write("public.pem", &pem);
            assert_eq!(home.ok(&["key", "show", "public.pem"]), public);
            let document = home.ok_json(&["key", "show", &file]);
            assert_eq!(document["algorithm"], algorithm);
            assert_eq!(document["pem"].as_str().unwrap().trim(), pem.trim());
            assert!(document["public_key"].get("d").is_none());

            home.write("token", home.ok(&["issue", "--claims", "claims.json", "--key", &file]));
            for public in ["public.jwk", "public.pem", public.as_str()] {
                home.ok(&["verify", "token", "--issuer-key", public]);
            }
        }
    }
}

#[test]
fn a_new_key_says_so_in_json() {
    let home = Home::new();
    let document = home.ok_json(&["key", "new", "--out", "school.jwk"]);
    assert_eq!(document, home.ok_json(&["key", "show", "school.jwk"]));
    assert!(home.run(&["key", "show", "school.jwk"]).err.contains(document["thumbprint"].as_str().unwrap()));
}

#[test]
fn nothing_is_ever_overwritten() {
    let home = Home::family();
    let before = mode_and_content(&home, "school.jwk");
    for more in [&[][..], &["--format", "pem"], &["--algorithm", "EdDSA"]] {
        home.wrong(
            &[&["key", "new", "--out", "school.jwk"], more].concat(),
            "exists already and was left as it is",
        );
        assert_eq!(mode_and_content(&home, "school.jwk"), before);
    }
    std::os::unix::fs::symlink(home.path("elsewhere"), home.path("link")).unwrap();
    home.wrong(&["key", "new", "--out", "link"], "exists already");
    assert!(!home.path("elsewhere").exists());
    home.wrong(&["key", "new", "--out", "."], "");
    home.wrong(&["key", "new", "--out", "nowhere/school.jwk"], "cannot write nowhere/school.jwk");
    home.wrong(&["key", "new", "--out", "-"], "a private key is not printed");
    assert!(!home.path("-").exists());
}

#[test]
fn private_keys_do_not_pass_for_public_ones() {
    let home = Home::family();
    home.ok(&["key", "new", "--out", "private.pem", "--format", "pem"]);
    let inline = home.read("school.jwk");
    home.write("set.jwk", format!(r#"{{"keys":[{inline}]}}"#));
    for key in ["school.jwk", "private.pem", inline.as_str()] {
        let words = "keep it secret, and give its public half: `bookbag key show` prints it";
        home.wrong(&["verify", "credential.txt", "--issuer-key", key], words);
        home.wrong(&["issue", "--claims", "claims.json", "--key", "school.jwk", "--holder", key], words);
    }
    home.wrong(&["verify", "credential.txt", "--issuer-key", "set.jwk"], "TR-04");
    let both =
        ["verify", "credential.txt", "--issuer-key", "school-public.jwk", "--status-list", "credential.txt"];
    home.wrong(&[&both[..], &["--status-key", "school.jwk"]].concat(), "keep it secret");
}

#[test]
fn public_keys_do_not_pass_for_private_ones() {
    let home = Home::family();
    home.write("public.pem", home.ok(&["key", "show", "parent.jwk", "--format", "pem"]));
    for key in ["parent-public.jwk", "public.pem"] {
        let words = "this is a public key where a private one is asked for";
        home.wrong(&["issue", "--claims", "claims.json", "--key", key], words);
        home.wrong(&["present", "credential.txt", "--key", key, "--audience", "a", "--nonce", NONCE], words);
    }
}

#[test]
fn other_forms_of_pem_say_what_to_do() {
    let home = Home::family();
    let block = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
    home.write("sec1.pem", SEC1);
    home.write("parameters.pem", format!("{}{SEC1}", block("EC PARAMETERS")));
    for file in ["sec1.pem", "parameters.pem"] {
        let words = format!("openssl pkcs8 -topk8 -nocrypt -in {file}");
        home.wrong(&["key", "show", file], &words);
        home.wrong(&["issue", "--claims", "claims.json", "--key", file], &words);
        home.wrong(&["verify", "credential.txt", "--issuer-key", file], "keep it secret");
    }
    for (label, words) in [
        ("ENCRYPTED PRIVATE KEY", "openssl pkcs8 -in key.pem"),
        ("RSA PRIVATE KEY", "bookbag key new"),
        ("RSA PUBLIC KEY", "not supported"),
        ("OPENSSH PRIVATE KEY", "SSH"),
        ("CERTIFICATE", "openssl x509 -pubkey -noout -in key.pem"),
        ("PRIVATE KEY", "not one PEM block"),
        ("PUBLIC KEY", ""),
    ] {
        home.write("key.pem", block(label));
        home.wrong(&["key", "show", "key.pem"], words);
    }
    home.write("key.pem", block("CERTIFICATE"));
    home.wrong(&["verify", "credential.txt", "--issuer-key", "key.pem"], "is a certificate");
}

#[test]
fn what_is_no_key_is_refused() {
    let home = Home::family();
    for (content, words) in [
        ("frobnicate", "key.jwk is not a key: a key is a JWK, which is JSON, or PEM"),
        ("[]", "is not a key"),
        ("{}", "`kty`"),
        ("{\"kty\":", "not JSON"),
        (r#"{"kty":"EC","crv":"P-256","x":"AA"}"#, "`x`"),
        (r#"{"kty":"RSA","n":"AAAA","e":"AQAB"}"#, "unsupported"),
        (r#"{"kty":"oct","k":"AAAA"}"#, "unsupported"),
        (r#"{"kty":"EC","kty":"EC"}"#, "twice"),
        (r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":7}"#, ""),
    ] {
        home.write("key.jwk", content);
        home.wrong(&["key", "show", "key.jwk"], words);
        home.wrong(&["issue", "--claims", "claims.json", "--key", "key.jwk"], "");
        home.wrong(&["verify", "credential.txt", "--issuer-key", "key.jwk"], "");
    }
    for option in ["--issuer-key", "--status-key"] {
        let first = ["verify", "credential.txt", "--issuer-key", "school-public.jwk"];
        home.wrong(
            &[&first[..], &[option, ""]].concat(),
            &format!("a value is required for '{option} <KEY>'"),
        );
    }
    home.wrong(&["issue", "--claims", "claims.json", "--key", "school.jwk", "--holder", ""], "--holder");
    home.wrong(&["issue", "--claims", "claims.json", "--key", ""], "--key");
}
