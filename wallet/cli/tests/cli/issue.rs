//! `bookbag issue`.

use serde_json::{Value, json};

use super::{Home, enrolment};

/// The payload as the issuer signed it, and the number of disclosures.
fn inspected(home: &Home, file: &str) -> (Value, usize) {
    let document = home.ok_json(&["inspect", file]);
    (document["payload"].clone(), document["disclosures"].as_array().unwrap().len())
}

fn issued(home: &Home, more: &[&str]) -> (Value, usize) {
    let arguments = [&["issue", "--claims", "claims.json", "--key", "school.jwk"], more].concat();
    home.write("token", home.ok(&arguments));
    inspected(home, "token")
}

#[test]
fn a_credential_is_one_line_and_holds_what_was_claimed() {
    let home = Home::family();
    let token = home.read("credential.txt");
    assert_eq!(token.lines().count(), 1);
    assert!(token.ends_with("~\n"));
    home.write("token", &token);
    let (payload, disclosures) = inspected(&home, "token");
    assert_eq!(disclosures, 5);
    assert_eq!(payload["year"], 5);
    assert!(payload["cnf"]["jwk"].is_object() && payload["cnf"]["jwk"].get("d").is_none());
    for hidden in ["birthdate", "address"] {
        assert!(payload.get(hidden).is_none(), "{payload}");
    }
    let document = home.ok_json(&["issue", "--claims", "claims.json", "--key", "school.jwk"]);
    assert_eq!(document["result"], "issued");
    assert!(document["credential"].as_str().unwrap().ends_with('~'));
}

#[test]
fn claims_are_hidden_alone_within_others_and_in_arrays() {
    let home = Home::family();
    let (payload, count) = issued(&home, &["--disclosable", "address.street"]);
    assert_eq!((count, &payload["address"]["postcode"]), (1, &json!("AB1 2CD")));
    assert!(payload["address"].get("street").is_none());
    let (payload, count) = issued(&home, &["--disclosable", "address", "--disclosable", "address.street"]);
    assert_eq!((count, payload.get("address")), (2, None));
    let (payload, count) = issued(&home, &["--disclosable", "nationalities[]"]);
    assert_eq!((count, payload["nationalities"].as_array().unwrap().len()), (2, 2));
    let (payload, count) = issued(&home, &["--disclosable", r#"["nationalities",1]"#]);
    assert_eq!((count, &payload["nationalities"][0]), (1, &json!("GB")));
    let (_, count) = issued(&home, &[]);
    assert_eq!(count, 0);
}

#[test]
fn options_reach_the_token() {
    let home = Home::family();
    let hide = ["--disclosable", "birthdate"];
    let (payload, _) = issued(&home, &[&hide[..], &["--hash", "sha-512"]].concat());
    assert_eq!((&payload["_sd_alg"], payload["_sd"][0].as_str().unwrap().len()), (&json!("sha-512"), 86));
    home.ok(&["verify", "token", "--issuer-key", "school-public.jwk"]);
    let counts: Vec<_> = (0..8)
        .map(|_| {
            issued(&home, &[&hide[..], &["--decoys", "200"]].concat()).0["_sd"].as_array().unwrap().len()
        })
        .collect();
    assert!(counts.iter().any(|count| *count > 1) && counts.iter().all(|count| *count <= 201), "{counts:?}");
    home.ok(&["verify", "token", "--issuer-key", "school-public.jwk"]);
    home.write_json("header.json", &json!({"kid": "2026"}));
    issued(&home, &["--header", "header.json"]);
    assert_eq!(home.ok_json(&["inspect", "token"])["header"]["kid"], "2026");
}

#[test]
fn the_plain_profile_asks_for_less() {
    let home = Home::family();
    home.write_json("claims.json", &json!({"sub": "a child"}));
    let arguments = ["issue", "--claims", "claims.json", "--key", "school.jwk"];
    home.refused(&arguments, "VC-02");
    home.write("token", home.ok(&[&arguments[..], &["--profile", "sd-jwt"]].concat()));
    let verify = ["verify", "token", "--issuer-key", "school-public.jwk"];
    assert_eq!(
        home.ok_json(&[&verify[..], &["--profile", "sd-jwt"]].concat())["payload"],
        json!({"sub": "a child"})
    );
    home.refused(&verify, "VC-01");
}

#[test]
fn claims_that_a_verifier_would_refuse_are_not_signed() {
    let home = Home::family();
    let arguments = ["issue", "--claims", "claims.json", "--key", "school.jwk"];
    for (name, value, words) in [
        ("vct", json!(7), "VC-02"),
        ("exp", json!("tomorrow"), "SD-21"),
        ("nbf", json!("now"), "SD-21"),
        ("status", json!("good"), "ST-02"),
        ("_sd", json!([]), "`_sd`"),
        ("_sd_alg", json!("sha-256"), "`_sd_alg`"),
        ("x", json!({"...": "y"}), "`...`"),
    ] {
        let mut claims = enrolment();
        claims[name] = value;
        home.write_json("claims.json", &claims);
        home.refused(&arguments, words);
    }
    let mut claims = enrolment();
    claims["cnf"] = json!({"jwk": {}});
    home.write_json("claims.json", &claims);
    home.refused(&[&arguments[..], &["--holder", "parent-public.jwk"]].concat(), "`cnf`");
}

#[test]
fn what_cannot_be_hidden_is_refused() {
    let home = Home::family();
    for (path, words) in [
        ("nothing", "there is no claim at `nothing`"),
        ("year.month", "there is no claim at"),
        ("nationalities[7]", "there is no claim at"),
        ("birthdate[]", "there is no claim at"),
        ("vct", "`vct` may not be made disclosable"),
        ("iss", "`iss`"),
        ("exp", "`exp`"),
    ] {
        home.refused(
            &["issue", "--claims", "claims.json", "--key", "school.jwk", "--disclosable", path],
            words,
        );
    }
}

#[test]
fn files_of_another_shape_are_refused() {
    let home = Home::family();
    for (content, words) in [
        ("[]", "file.json is not a JSON object"),
        ("{", "file.json is not JSON"),
        (r#"{"a":1,"a":2}"#, "twice"),
        ("null", "not a JSON object"),
    ] {
        home.write("file.json", content);
        home.wrong(&["issue", "--claims", "file.json", "--key", "school.jwk"], words);
        home.wrong(
            &["issue", "--claims", "claims.json", "--key", "school.jwk", "--header", "file.json"],
            words,
        );
    }
    let private: Value = serde_json::from_str(&home.read("school.jwk")).unwrap();
    for header in
        [json!({"alg": "none"}), json!({"typ": "JWT"}), json!({"jwk": private}), json!({"crit": ["x"]})]
    {
        home.write_json("file.json", &header);
        let arguments = ["issue", "--claims", "claims.json", "--key", "school.jwk", "--header", "file.json"];
        home.refused(&arguments, "may not be in the header");
    }
}
