//! `bookbag inspect`.

use serde_json::json;

use super::{Home, tampered};

const INSPECT: [&str; 2] = ["inspect", "token.txt"];

#[test]
fn everything_is_shown_and_nothing_believed() {
    let home = Home::family();
    home.present(&["--claim", "birthdate"]);
    let text = home.ok(&["inspect", "presentation.txt"]);
    assert!(text.starts_with("NOT VERIFIED"), "{text}");
    for words in
        ["Header", "dc+sd-jwt", "Payload", "Disclosures", "2016-05-04", "Key binding", "kb+jwt", "Claims"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let document = home.ok_json(&["inspect", "presentation.txt"]);
    assert_eq!(document["verified"], false);
    assert_eq!(document["disclosures"][0]["name"], "birthdate");
    assert_eq!(document["key_binding"]["header"]["typ"], "kb+jwt");
    let text = home.ok(&["inspect", "credential.txt"]);
    assert!(text.contains("disclosable") && text.contains("always shown"), "{text}");
}

/// A token with a bad signature looks no different, and so it is said every time.
#[test]
fn what_is_false_is_shown_as_well() {
    let home = Home::family();
    let token = home.read("credential.txt");
    let none = "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.";
    let foreign = "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AAAA";
    for token in [
        token.as_str(),
        &tampered(&token, 2),
        none,
        foreign,
        &format!("{none}~"),
        &format!("{foreign}~AAAA~"),
    ] {
        home.write("token.txt", token);
        assert!(home.ok(&INSPECT).starts_with("NOT VERIFIED"), "{token}");
        assert_eq!(home.ok_json(&INSPECT)["verified"], false, "{token}");
    }
    home.write("token.txt", none);
    let document = home.ok_json(&INSPECT);
    assert_eq!((&document["header"]["alg"], &document["payload"]), (&json!("none"), &json!({"a": 1})));
}

#[test]
fn broken_parts_are_marked() {
    let home = Home::family();
    let token = home.read("credential.txt");
    home.write("token.txt", format!("{}AAAA~a.b.c", token.trim()));
    let document = home.ok_json(&INSPECT);
    assert!(document["disclosures"][5]["problem"].is_string(), "{document}");
    assert!(document["key_binding"]["problem"].is_string(), "{document}");
    assert!(document["claims"]["problem"].is_string(), "{document}");
    home.write("token.txt", tampered(&token, 3));
    assert!(home.ok_json(&INSPECT)["claims"]["problem"].as_str().unwrap().contains("SD-"));
}

#[test]
fn what_is_no_token_is_refused() {
    let home = Home::family();
    let token = home.read("credential.txt");
    for (content, words) in [
        ("frobnicate", "not a JWT"),
        ("a.b", "not a JWT"),
        ("a.b.c", "not a JWT"),
        ("..", "not a JWT"),
        ("~", "SD-01"),
        ("~~", "SD-01"),
        (token.trim().trim_end_matches('~'), "SD-01"),
        ("{}", "SD-24"),
        ("{", "SD-24"),
        (r#"{"payload":"AA"}"#, "SD-24"),
        ("eyJhbGciOiJub25lIn0.AAAA.", "not a JWT"),
        ("AAAA.eyJhIjoxfQ.", "not a JWT"),
    ] {
        home.write("token.txt", content);
        home.refused(&INSPECT, words);
    }
}
