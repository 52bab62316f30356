//! `bookbag present`.

use serde_json::{Value, json};

use super::{COUNCIL, Home, NONCE, THEN, enrolment};

const VERIFY: [&str; 4] = ["verify", "presentation.txt", "--issuer-key", "school-public.jwk"];

fn shown(home: &Home) -> Value {
    let bound = ["--audience", COUNCIL, "--nonce", NONCE, "--at", THEN];
    home.ok_json(&[&VERIFY[..], &bound].concat())["payload"].clone()
}

#[test]
fn chosen_claims_are_shown_and_no_others() {
    let home = Home::family();
    home.present(&[]);
    let payload = shown(&home);
    assert_eq!((payload.get("birthdate"), payload.get("address")), (None, None));
    assert_eq!((&payload["nationalities"], &payload["year"]), (&json!([]), &json!(5)));
    home.present(&["--claim", "birthdate", "--claim", "nationalities[1]"]);
    let payload = shown(&home);
    assert_eq!((&payload["birthdate"], &payload["nationalities"]), (&json!("2016-05-04"), &json!(["FR"])));
    assert_eq!(payload.get("address"), None);
    home.present(&["--claim", "address.postcode"]);
    assert_eq!(shown(&home)["address"], json!({"postcode": "AB1 2CD"}));
    home.present(&["--claim", "address.street"]);
    assert_eq!(shown(&home)["address"], enrolment()["address"]);
    home.present(&["--claim", "nationalities[]", "--claim", "year"]);
    assert_eq!(shown(&home)["nationalities"], enrolment()["nationalities"]);
}

#[test]
fn a_presentation_is_one_line() {
    let home = Home::family();
    let bare = home.ok(&["present", "credential.txt", "--claim", "birthdate"]);
    assert!(bare.ends_with("~\n") && bare.lines().count() == 1, "{bare}");
    home.present(&[]);
    let bound = home.read("presentation.txt");
    assert!(!bound.ends_with("~\n") && bound.lines().count() == 1, "{bound}");
    let document = home.ok_json(&["present", "credential.txt", "--claim", "birthdate"]);
    assert_eq!((&document["result"], &document["presentation"]), (&json!("presented"), &json!(bare.trim())));
}

#[test]
fn the_holder_may_sign_more() {
    let home = Home::family();
    home.write_json("more.json", &json!({"transaction_data_hashes": ["x"]}));
    home.present(&["--more", "more.json"]);
    let document = home.ok_json(&["inspect", "presentation.txt"]);
    assert_eq!(document["key_binding"]["payload"]["transaction_data_hashes"], json!(["x"]));
    for name in ["nonce", "aud", "iat", "sd_hash"] {
        home.write_json("more.json", &json!({name: "x"}));
        let bound = ["--key", "parent.jwk", "--audience", COUNCIL, "--nonce", NONCE, "--more", "more.json"];
        home.refused(&[&["present", "credential.txt"], &bound[..]].concat(), &format!("`{name}`"));
    }
}

#[test]
fn what_cannot_be_presented_is_refused() {
    let home = Home::family();
    let present = ["present", "credential.txt"];
    let refused = |more: &[&str], words: &str| home.refused(&[&present[..], more].concat(), words);
    for path in ["nothing", "address.city", "nationalities[2]", "year.month", "birthdate[]"] {
        refused(&["--claim", path], "the credential has no claim at");
    }
    refused(&["--claim", "nothing"], "`bookbag inspect` lists its claims");
    let bound = ["--audience", COUNCIL, "--nonce", NONCE];
    refused(&[&["--key", "school.jwk"], &bound[..]].concat(), "bound to another key: give the private key");
    home.write("loose.txt", home.ok(&["issue", "--claims", "claims.json", "--key", "school.jwk"]));
    home.refused(&[&["present", "loose.txt", "--key", "parent.jwk"], &bound[..]].concat(), "leave out --key");
    // What was presented already is no credential to present from.
    home.present(&[]);
    home.refused(&["present", "presentation.txt"], "SD-23");
    home.write("jwt.txt", home.read("credential.txt").split('~').next().unwrap());
    home.refused(&["present", "jwt.txt"], "SD-01");
    home.write("odd.txt", format!("{}AAAA~", home.read("credential.txt").trim()));
    home.refused(&["present", "odd.txt"], "SD-10");
}

#[test]
fn a_key_needs_a_verifier_and_a_nonce() {
    let home = Home::family();
    let wrong =
        |more: &[&str], words: &str| home.wrong(&[&["present", "credential.txt"], more].concat(), words);
    wrong(&["--key", "parent.jwk"], "--audience <AUDIENCE>");
    wrong(&["--key", "parent.jwk", "--audience", COUNCIL], "--nonce");
    wrong(&["--key", "parent.jwk", "--nonce", NONCE], "--audience");
    wrong(&["--nonce", NONCE], "--key");
    wrong(&["--audience", COUNCIL], "--key");
    wrong(&["--more", "claims.json"], "--key");
    // As from a variable that was never set.
    wrong(&["--key", "parent.jwk", "--audience", COUNCIL, "--nonce", ""], "a value is required for '--nonce");
    wrong(
        &["--key", "parent.jwk", "--audience", "", "--nonce", NONCE],
        "a value is required for '--audience",
    );
}
