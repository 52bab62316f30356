//! Completions and manual pages.

use std::process::Command;

use super::Home;

#[test]
fn completions_know_every_verb() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.ok(&["completions", shell]);
        for word in ["bookbag", "inspect", "verify", "query", "key", "issue", "present", "issuer-key"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        assert_eq!(home.ok_json(&["completions", shell])["script"], script);
    }
    for wrong in [&["completions"][..], &["completions", "dos"], &["completions", "bash", "zsh"]] {
        home.wrong(wrong, "");
    }
}

#[test]
fn shells_can_read_them() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        home.write("script", home.ok(&["completions", shell]));
        // Of shells that are not here nothing can be asked; bash is everywhere.
        match Command::new(shell).args(["-n", "script"]).current_dir(home.0.path()).output() {
            Ok(output) => assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell}"),
            Err(error) => assert_ne!(shell, "bash", "{error}"),
        }
    }
}

#[test]
fn every_verb_has_a_manual_page() {
    let home = Home::new();
    let said = home.ok(&["man", "share/man1"]);
    let pages: Vec<_> = [
        "",
        "-add",
        "-approve",
        "-completions",
        "-delete",
        "-drawer",
        "-drawer-empty",
        "-drawer-new",
        "-export",
        "-find",
        "-handover",
        "-history",
        "-inspect",
        "-invite",
        "-issue",
        "-join",
        "-key",
        "-key-new",
        "-key-show",
        "-leave",
        "-list",
        "-man",
        "-members",
        "-merge",
        "-new",
        "-present",
        "-query",
        "-recover",
        "-recovery-sheet",
        "-remove-device",
        "-remove-member",
        "-share",
        "-shares",
        "-show",
        "-slots",
        "-slots-add",
        "-slots-change",
        "-slots-list",
        "-slots-remove",
        "-unshare",
        "-verify",
        "-verify-bag",
    ]
    .map(|verb| format!("share/man1/bookbag{verb}.1"))
    .into();
    assert_eq!(std::fs::read_dir(home.path("share/man1")).unwrap().count(), pages.len());
    for page in &pages {
        assert!(said.contains(&format!("wrote {page}\n")), "{said}");
        let text = home.read(page);
        assert!(text.contains(".TH") && text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(home.read("share/man1/bookbag-verify.1").contains("status\\-list"));
    let document = home.ok_json(&["man", "share/man1"]);
    assert_eq!(document["files"].as_array().unwrap().len(), pages.len());
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let home = Home::new();
    home.write("file", "x");
    home.wrong(&["man", "file"], "cannot write file");
    home.wrong(&["man", "file/below"], "cannot write file/below");
    home.wrong(&["man"], "<FOLDER>");
    std::fs::create_dir_all(home.path("pages/bookbag.1")).unwrap();
    home.wrong(&["man", "pages"], "bookbag.1");
}
