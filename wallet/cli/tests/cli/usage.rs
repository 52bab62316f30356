//! Exit codes, `--json`, help, and pipes.

use std::process::{Command, Stdio};

use super::{BOOKBAG, Home};

const VERBS: &[&[&str]] = &[
    &["new"],
    &["list"],
    &["show"],
    &["add"],
    &["find"],
    &["delete"],
    &["history"],
    &["members"],
    &["invite"],
    &["join"],
    &["approve"],
    &["remove-member"],
    &["remove-device"],
    &["leave"],
    &["handover"],
    &["share"],
    &["unshare"],
    &["slots"],
    &["recovery-sheet"],
    &["shares"],
    &["recover"],
    &["merge"],
    &["export"],
    &["verify-bag"],
    &["drawer"],
    &["slots", "list"],
    &["slots", "add"],
    &["slots", "change"],
    &["slots", "remove"],
    &["drawer", "new"],
    &["drawer", "empty"],
    &["inspect"],
    &["verify"],
    &["query"],
    &["key"],
    &["key", "new"],
    &["key", "show"],
    &["issue"],
    &["present"],
    &["completions"],
    &["man"],
];

#[test]
fn every_verb_explains_itself() {
    let home = Home::new();
    for verb in VERBS {
        let help = home.ok(&[*verb, &["--help"]].concat());
        assert!(help.contains("Usage: bookbag") && help.contains(verb[0]), "{help}");
    }
    let version = home.ok(&["--version"]);
    assert!(
        version.starts_with("bookbag ") && version.trim().ends_with(env!("CARGO_PKG_VERSION")),
        "{version}"
    );
}

#[test]
fn nothing_asked_is_wrong_usage() {
    let home = Home::new();
    let said = home.run(&[]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""));
    assert!(said.err.contains("Usage: bookbag"));
    let said = home.run(&["--json"]);
    assert_eq!((said.code, said.err.as_str()), (Some(2), ""));
    assert_eq!(said.json()["result"], "error");
}

#[test]
fn wrong_usage_says_what_is_wrong() {
    let home = Home::family();
    home.wrong(&["frobnicate"], "unrecognized subcommand");
    home.wrong(&["inspect"], "<FILE>");
    home.wrong(&["inspect", "credential.txt", "credential.txt"], "unexpected argument");
    home.wrong(&["inspect", "--frobnicate", "credential.txt"], "--frobnicate");
    home.wrong(&["verify", "credential.txt"], "--issuer-key");
    home.wrong(&["key", "new"], "--out");
    home.wrong(&["key", "new", "--out", "x.jwk", "--algorithm", "RS256"], "EdDSA");
    home.wrong(&["issue", "--claims", "claims.json"], "--key");
    home.wrong(&["issue", "--claims", "claims.json", "--key", "school.jwk", "--decoys", "256"], "255");
    home.wrong(&["issue", "--claims", "claims.json", "--key", "school.jwk", "--hash", "md5"], "sha-256");
    home.wrong(&["completions", "dos"], "fish");
    for path in ["", "a..b", "a[", "[\"a\"", "[-1]"] {
        home.wrong(&["present", "credential.txt", "--claim", path], "address.postcode");
    }
    let verify = ["verify", "credential.txt", "--issuer-key", "school-public.jwk"];
    for time in ["tomorrow", "2026-13-01T00:00:00Z", "2026-03-12", "1e9", ""] {
        home.wrong(&[&verify[..], &["--at", time]].concat(), "");
    }
    home.wrong(&[&verify[..], &["--at", "tomorrow"]].concat(), "2026-03-12T09:00:00Z");
    home.wrong(&[&verify[..], &["--key-binding-max-age", "old"]].concat(), "`none`");
    home.wrong(&[&verify[..], &["--haip"]].concat(), "cannot be used with");
    home.wrong(&[&verify[..], &["--trust-anchor", "x.pem"]].concat(), "cannot be used with");
}

/// `--json` counts wherever it stands.
#[test]
fn json_may_be_asked_for_before_the_verb() {
    let home = Home::family();
    let said = home.run(&["--json", "inspect", "credential.txt"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    assert_eq!(said.json()["verified"], false);
    let said = home.run(&["--json", "inspect", "nowhere.txt"]);
    assert_eq!((said.code, said.err.as_str()), (Some(2), ""));
    assert_eq!(said.json()["result"], "error");
}

#[test]
fn who_has_read_enough_is_no_error() {
    let home = Home::family();
    for arguments in [
        &["completions", "bash"][..],
        &["inspect", "credential.txt"],
        &["inspect", "credential.txt", "--json"],
    ] {
        let mut child = Command::new(BOOKBAG)
            .args(arguments)
            .current_dir(home.0.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{arguments:?}");
    }
}

/// A disk that is full must not look like success.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_an_error() {
    let home = Home::family();
    for arguments in [&["inspect", "credential.txt"][..], &["inspect", "credential.txt", "--json"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(BOOKBAG);
        let output = command.args(arguments).current_dir(home.0.path()).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("cannot write to standard output"), "{said}");
    }
}
