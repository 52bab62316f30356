//! Secrets stay in their files, and what others wrote cannot play tricks on a terminal.

use std::process::Command;

use serde_json::{Value, json};

use super::{BOOKBAG, COUNCIL, Home, NONCE, Said, enrolment};

/// The private value of a key.
fn secret(home: &Home, file: &str) -> String {
    let jwk: Value = serde_json::from_str(&home.read(file)).unwrap();
    jwk["d"].as_str().unwrap().to_owned()
}

/// Everything a family might do with these keys, right and wrong.
fn session(home: &Home) -> Vec<Said> {
    let school = home.read("school.jwk");
    let broken = school.replace("P-256", "P-384");
    home.write("broken.jwk", &broken).write("set.jwk", format!(r#"{{"keys":[{school}]}}"#));
    home.write("half.jwk", school.trim().trim_end_matches('}'));
    home.write_json("header.json", &json!({"jwk": serde_json::from_str::<Value>(&school).unwrap()}));
    let issue = ["issue", "--claims", "claims.json", "--key", "school.jwk", "--holder", "parent-public.jwk"];
    let bound = ["--audience", COUNCIL, "--nonce", NONCE];
    let present = [&["present", "credential.txt", "--claim", "birthdate"], &bound[..]].concat();
    let verify = ["verify", "credential.txt", "--issuer-key"];
    let mut sessions = vec![issue.to_vec()];
    sessions.extend(
        ["parent.jwk", "school.jwk", "half.jwk", "broken.jwk"]
            .map(|key| [&present[..], &["--key", key]].concat()),
    );
    for key in ["school.jwk", "parent.jwk", "broken.jwk", "half.jwk", "set.jwk", &school, &broken] {
        sessions.push([&verify[..], &[key]].concat());
        sessions.push([&issue[..6], &[key]].concat());
    }
    for key in ["school.jwk", "parent.jwk", "broken.jwk", "half.jwk", "set.jwk", "school.pem"] {
        sessions.push(vec!["key", "show", key]);
        sessions.push(vec!["key", "show", key, "--format", "pem"]);
        sessions.push(vec!["issue", "--claims", key, "--key", "broken.jwk"]);
        sessions.push(vec!["inspect", key]);
        sessions.push(vec!["verify", key, "--issuer-key", "school-public.jwk"]);
        sessions.push(vec!["verify", "credential.txt", "--trust-anchor", key]);
        sessions.push(vec!["query", "--dcql", key, "--credential", key]);
    }
    sessions.push([&issue[..], &["--header", "header.json"]].concat());
    sessions.push(vec!["key", "new", "--out", "school.jwk"]);
    let texts = sessions.iter().map(|arguments| home.run(arguments));
    let documents = sessions.iter().map(|arguments| home.run(&[&arguments[..], &["--json"]].concat()));
    texts.chain(documents).collect()
}

#[test]
fn private_keys_are_never_printed() {
    let home = Home::family();
    home.ok(&["key", "new", "--out", "school.pem", "--format", "pem"]);
    let pem = home.read("school.pem");
    let mut secrets: Vec<_> = pem.lines().filter(|line| !line.starts_with('-')).map(str::to_owned).collect();
    // The last lines of the PEM are the public half, which may be shown; the first one holds the private value.
    secrets.truncate(1);
    secrets.extend(["school.jwk", "parent.jwk"].map(|file| secret(&home, file)));
    let all = session(&home);
    assert!(all.iter().any(|said| said.code == Some(0)) && all.iter().any(|said| said.code == Some(2)));
    for said in all {
        for secret in &secrets {
            // Half of it would be too much as well.
            let (half, _) = secret.split_at(secret.len() / 2);
            assert!(!said.out.contains(half), "{}", said.out);
            assert!(!said.err.contains(half), "{}", said.err);
        }
    }
}

/// The new key in the file is the one whose public half was printed, and that is all that was printed.
#[test]
fn a_new_key_is_in_its_file_alone() {
    let home = Home::new();
    for (number, form) in
        [&[][..], &["--json"], &["--format", "jwk", "--algorithm", "EdDSA"]].iter().enumerate()
    {
        let file = format!("{number}.jwk");
        let said = home.run(&[&["key", "new", "--out", &file], *form].concat());
        let secret = secret(&home, &file);
        assert!(said.code == Some(0) && secret.len() >= 43);
        assert!(!said.out.contains(&secret) && !said.err.contains(&secret));
    }
}

/// Escape, C1 controls, a bell, a carriage return, and a character that turns the direction of writing.
const TRICKS: &str = "\u{1b}[35mred\u{9b}2J\u{7}\r\u{202e}txt\u{7f}";

/// Runs as before a terminal: into a pipe, escape sequences would be taken out on the way.
fn is_plain(home: &Home, arguments: &[&str]) {
    let mut command = Command::new(BOOKBAG);
    let output =
        command.args(arguments).current_dir(home.0.path()).env("CLICOLOR_FORCE", "1").output().unwrap();
    for bytes in [output.stdout, output.stderr] {
        let mut text = String::from_utf8(bytes).unwrap();
        // The colours of our own.
        for colour in ["0", "1", "4", "31", "32", "33", "36"] {
            text = text.replace(&format!("\u{1b}[{colour}m"), "");
        }
        let is_trick =
            |character: &char| (character.is_control() && *character != '\n') || *character == '\u{202e}';
        assert_eq!(text.chars().find(is_trick), None, "{arguments:?}: {text:?}");
    }
}

#[test]
fn no_control_character_reaches_the_terminal() {
    let home = Home::family();
    let mut claims = enrolment();
    claims["vct"] = json!(format!("https://school.example/{TRICKS}"));
    claims["iss"] = json!(format!("https://{TRICKS}"));
    claims[TRICKS] = json!({TRICKS: TRICKS, "plain": [TRICKS]});
    claims["birthdate"] = json!(TRICKS);
    let path = json!([TRICKS, TRICKS]).to_string();
    home.write_json("claims.json", &claims).issue(&["--disclosable", &path], "credential.txt");
    home.write_json("header.json", &json!({"kid": TRICKS}));
    home.issue(&["--header", "header.json"], "other.txt");
    let mut asked = json!({"credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {}}]});
    asked["credentials"][0]["claims"] = json!([{"path": [TRICKS]}, {"path": ["x", TRICKS]}]);
    home.write_json("query.json", &asked);
    let no_claim = json!([TRICKS, "x"]).to_string();
    for file in ["credential.txt", "other.txt"] {
        for arguments in [
            &["inspect", file][..],
            &["verify", file, "--issuer-key", "school-public.jwk"],
            &["verify", file, "--issuer-key", "parent-public.jwk"],
            &["verify", file, "--issuer-key", "school-public.jwk", "--require-claim", &no_claim],
            &["present", file, "--claim", &no_claim],
            &["query", "--dcql", "query.json", "--credential", file],
            &["issue", "--claims", "claims.json", "--key", "school.jwk", "--disclosable", &no_claim],
            &["inspect", TRICKS],
            &["key", "show", TRICKS],
            &["present", file, "--claim", &format!("[{TRICKS}")],
            &[TRICKS],
        ] {
            is_plain(&home, arguments);
            is_plain(&home, &[arguments, &["--json"]].concat());
        }
    }
    // Nothing is lost by it.
    let said = home.run(&["verify", "credential.txt", "--issuer-key", "school-public.jwk"]);
    assert_eq!(said.json()[TRICKS], claims[TRICKS]);
}

#[test]
fn salts_are_fresh() {
    let home = Home::family();
    home.issue(&[], "again.txt");
    let disclosures = |file| home.read(file).trim().split('~').skip(1).map(str::to_owned).collect::<Vec<_>>();
    let (first, second) = (disclosures("credential.txt"), disclosures("again.txt"));
    assert_eq!(first.len(), second.len());
    assert!(first.iter().filter(|one| !one.is_empty()).all(|one| !second.contains(one)));
}
