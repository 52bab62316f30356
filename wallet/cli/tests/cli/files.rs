//! Files that are not what they should be, and standard input.

use super::Home;

#[test]
fn files_that_are_none_are_named() {
    let home = Home::family();
    std::fs::create_dir(home.path("folder")).unwrap();
    home.write("empty", "").write("binary", [0xc3, 0x28, 0, 1]).write("wide", [0xff, 0xfe, b'e', 0, b'y', 0]);
    for (file, words) in [
        ("nowhere.txt", "cannot read nowhere.txt: No such file"),
        ("folder", "cannot read folder: "),
        ("empty", "empty is empty"),
        ("binary", "binary is not a text file"),
        ("wide", "wide is UTF-16"),
    ] {
        let key = "school-public.jwk";
        home.wrong(&["inspect", file], words);
        home.wrong(&["verify", file, "--issuer-key", key], words);
        home.wrong(&["verify", "credential.txt", "--issuer-key", file], words);
        home.wrong(&["verify", "credential.txt", "--trust-anchor", file], words);
        home.wrong(&["present", file], words);
        home.wrong(&["key", "show", file], words);
        home.wrong(&["issue", "--claims", file, "--key", "school.jwk"], words);
        home.wrong(&["issue", "--claims", "claims.json", "--key", file], words);
        home.wrong(&["issue", "--claims", "claims.json", "--key", "school.jwk", "--header", file], words);
        home.wrong(&["issue", "--claims", "claims.json", "--key", "school.jwk", "--holder", file], words);
        home.write("query.json", r#"{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{}}]}"#);
        home.wrong(&["query", "--dcql", "query.json", "--credential", file], words);
    }
    for file in ["nowhere.txt", "folder"] {
        home.wrong(&["query", "--dcql", file], "cannot read");
        home.wrong(
            &["verify", "credential.txt", "--issuer-key", "school-public.jwk", "--status-list", file],
            "cannot",
        );
    }
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    let home = Home::family();
    std::fs::File::create(home.path("long")).unwrap().set_len(65 << 20).unwrap();
    home.wrong(&["inspect", "long"], "long is longer than 64 MiB");
    home.wrong(&["key", "show", "long"], "long is longer than 64 MiB");
    home.wrong(&["verify", "long", "--issuer-key", "school-public.jwk"], "longer than 64 MiB");
    // Shorter, and yet too long for a token: SD-02 and no memory for what is in it.
    home.write("long", "a".repeat(9 << 20));
    home.refused(&["verify", "long", "--issuer-key", "school-public.jwk"], "SD-02");
}

#[test]
fn blanks_around_a_token_are_explained() {
    let home = Home::family();
    let token = home.read("credential.txt");
    let token = token.trim();
    let show = |content: String| home.write("token.txt", content);
    for whole in [token.to_owned(), format!("{token}\n"), format!("{token}\r\n"), format!("{token}\n\n")] {
        show(whole);
        home.ok(&["inspect", "token.txt"]);
        home.ok(&["verify", "token.txt", "--issuer-key", "school-public.jwk"]);
    }
    for (broken, words) in [
        (format!("\n{token}"), "line break"),
        (token.replacen('.', ".\n", 1), "line break"),
        (token.replacen('~', "~\r\n", 1), "line break"),
        (format!(" {token}"), "a blank"),
        (format!("{token} \n"), "a blank"),
        (format!("\u{feff}{token}"), "byte order mark"),
        ("\n".to_owned(), "nothing but line ends"),
    ] {
        show(broken);
        home.wrong(&["inspect", "token.txt"], words);
        home.wrong(&["present", "token.txt"], words);
        home.wrong(&["verify", "token.txt", "--issuer-key", "school-public.jwk"], words);
    }
}

#[test]
fn a_dash_is_standard_input() {
    let home = Home::family();
    let token = home.read("credential.txt");
    let said = home.run_with(&["verify", "-", "--issuer-key", "school-public.jwk"], token.as_bytes());
    assert_eq!(said.code, Some(0), "{}", said.err);
    let said = home.run_with(&["inspect", "-", "--json"], token.as_bytes());
    assert_eq!((said.code, said.json()["verified"].as_bool()), (Some(0), Some(false)));
    for half in ["school.jwk", "school-public.jwk"] {
        let said = home.run_with(&["key", "show", "-"], home.read(half).as_bytes());
        assert_eq!((said.code, said.out), (Some(0), home.read("school-public.jwk")), "{}", said.err);
    }
    let said = home.run_with(&["key", "show", "-"], b"frobnicate");
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("standard input is not a key"), "{}", said.err);
}

#[test]
fn standard_input_cannot_be_two_files() {
    let home = Home::family();
    let key = home.read("school-public.jwk");
    for arguments in [
        &["verify", "-", "--issuer-key", "-"][..],
        &["verify", "credential.txt", "--issuer-key", "-", "--issuer-key", "-"],
    ] {
        let said = home.run_with(arguments, key.as_bytes());
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""));
        assert!(said.err.contains("standard input can stand for one file only"), "{}", said.err);
    }
    let private = home.read("school.jwk");
    let said = home.run_with(&["issue", "--claims", "-", "--key", "-"], private.as_bytes());
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("one file only"), "{}", said.err);
}
