//! `bookbag verify`, by keys and metadata.

use serde_json::{Value, json};

use super::{COUNCIL, Home, NONCE, THEN, enrolment, tampered};

const ISSUED: [&str; 4] = ["verify", "credential.txt", "--issuer-key", "school-public.jwk"];
const SHOWN: [&str; 4] = ["verify", "presentation.txt", "--issuer-key", "school-public.jwk"];

fn with<'a>(first: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [first, more].concat()
}

/// As the council would ask, but for these words.
fn asked<'a>(audience: &'a str, nonce: &'a str, at: &'a str) -> Vec<&'a str> {
    with(&SHOWN, &["--audience", audience, "--nonce", nonce, "--at", at])
}

#[test]
fn the_payload_alone_stands_on_standard_output() {
    let home = Home::family();
    let said = home.run(&ISSUED);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let mut payload = said.json();
    payload.as_object_mut().unwrap().remove("cnf").unwrap();
    assert_eq!(payload, enrolment());
    assert!(
        said.err.starts_with("Accepted\n") && said.err.contains("not asked for, and there is none"),
        "{}",
        said.err
    );
    let document = home.ok_json(&ISSUED);
    assert_eq!((&document["result"], &document["payload"]["year"]), (&json!("accepted"), &json!(5)));
    assert_eq!((&document["key_binding"], &document["status"]), (&Value::Null, &Value::Null));
    assert_eq!(document["issuer"]["trusted_by"], "key");
    assert_eq!(document["disclosed"].as_array().unwrap().len(), 5);
}

#[test]
fn a_presentation_is_for_one_verifier_and_nonce() {
    let home = Home::family();
    home.present(&["--claim", "birthdate"]);
    let said = home.run(&asked(COUNCIL, NONCE, THEN));
    assert!(said.err.contains("the holder signed for this verifier and nonce"), "{}", said.err);
    assert_eq!(home.ok_json(&asked(COUNCIL, NONCE, THEN))["key_binding"]["for_this_transaction"], true);
    home.refused(&asked(COUNCIL, "another", THEN), "KB-08");
    home.refused(&asked("https://elsewhere.example", NONCE, THEN), "KB-09");
    home.refused(&asked("https://council.example/", NONCE, THEN), "KB-09");
    home.refused(&asked(COUNCIL, &NONCE.to_lowercase(), THEN), "KB-08");
    for half in [&["--audience", COUNCIL][..], &["--nonce", NONCE]] {
        home.wrong(&with(&SHOWN, half), "give --audience and --nonce");
    }
    for empty in [["--audience", "", "--nonce", NONCE], ["--audience", COUNCIL, "--nonce", ""]] {
        home.wrong(&with(&SHOWN, &empty), "a value is required");
    }
}

#[test]
fn an_old_presentation_is_refused() {
    let home = Home::family();
    home.present(&[]);
    for good in [THEN, "1800000300", "2027-01-15T08:05:00Z"] {
        home.ok(&asked(COUNCIL, NONCE, good));
    }
    home.refused(&asked(COUNCIL, NONCE, "1800000400"), "KB-07");
    home.refused(&asked(COUNCIL, NONCE, "1799990000"), "KB-07");
    home.refused(&with(&asked(COUNCIL, NONCE, "1800000020"), &["--key-binding-max-age", "10"]), "KB-07");
    home.ok(&with(&asked(COUNCIL, NONCE, "1800090000"), &["--key-binding-max-age", "none"]));
    home.ok(&with(&asked(COUNCIL, NONCE, "1800000400"), &["--key-binding-max-age", "1000"]));
}

#[test]
fn key_binding_is_required_when_asked_for() {
    let home = Home::family();
    let bound = ["--audience", COUNCIL, "--nonce", NONCE];
    home.refused(&with(&ISSUED, &bound), "KB-01");
    home.refused(&with(&with(&ISSUED, &bound), &["--require-key-binding"]), "KB-01");
    home.wrong(&with(&ISSUED, &["--require-key-binding"]), "--audience");
    home.wrong(&with(&with(&ISSUED, &bound), &["--no-key-binding"]), "cannot be used with");
    home.ok(&with(&ISSUED, &["--no-key-binding"]));
    // Unasked, it must still be good.
    home.present(&[]);
    let said = home.run(&with(&SHOWN, &["--at", THEN]));
    assert!(said.err.contains("for whom and when was not asked"), "{}", said.err);
    let token = home.read("presentation.txt");
    home.write("presentation.txt", tampered(&token, token.matches(['.', '~']).count()));
    home.refused(&with(&SHOWN, &["--at", THEN]), "KB-04");
    home.refused(&with(&SHOWN, &["--no-key-binding"]), "KB-04");
    // Without a holder's key there is nothing to bind to.
    home.write("credential.txt", home.ok(&["issue", "--claims", "claims.json", "--key", "school.jwk"]));
    home.refused(&with(&ISSUED, &bound), "KB-01");
}

#[test]
fn one_character_changed_anywhere_is_refused() {
    let home = Home::family();
    home.present(&["--claim", "birthdate", "--claim", "address.street"]);
    let token = home.read("presentation.txt");
    // Header, payload, signature, three disclosures; header, payload, signature of the key binding. What is written
    // in a header or payload is read before the signature over it is checked, so there the family must do.
    let numbers: [&[&str]; 9] = [
        &["SD-", "VC-"],
        &["SD-04", "SD-05"],
        &["SD-04"],
        &["SD-10", "SD-16"],
        &["SD-10", "SD-16"],
        &["SD-10", "SD-16"],
        &["KB-"],
        &["KB-"],
        &["KB-04"],
    ];
    assert_eq!(token.trim().split(['.', '~']).count(), numbers.len());
    for (place, numbers) in numbers.iter().enumerate() {
        home.write("presentation.txt", tampered(&token, place));
        let document = home.refused(&asked(COUNCIL, NONCE, THEN), "does not hold");
        let number = document["check"].as_str().unwrap();
        assert!(numbers.iter().any(|one| number.starts_with(one)), "piece {place}: {document}");
    }
}

#[test]
fn pieces_missing_added_or_swapped_are_refused() {
    let home = Home::family();
    home.present(&["--claim", "birthdate", "--claim", "address.street"]);
    let token = home.read("presentation.txt");
    let pieces: Vec<_> = token.trim().split('~').collect();
    let refused = |pieces: Vec<&str>, number: &str| {
        home.write("presentation.txt", pieces.join("~"));
        home.refused(&asked(COUNCIL, NONCE, THEN), number);
    };
    refused([&pieces[..1], &pieces[2..]].concat(), "");
    refused([&pieces[..2], &pieces[1..]].concat(), "SD-17");
    refused([&pieces[..4], &["WyJhIiwiYiIsImMiXQ"], &pieces[4..]].concat(), "SD-16");
    refused([&pieces[..4], &[""]].concat(), "KB-01");
    refused(pieces[..4].to_vec(), "SD-01");
    // The holder's signature covers the order too.
    refused(vec![pieces[0], pieces[3], pieces[2], pieces[1], pieces[4]], "KB-10");
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiZGMrc2Qtand0In0";
    let unsigned = format!("{none}.{}.", pieces[0].split('.').nth(1).unwrap());
    refused(vec![&unsigned, pieces[1], pieces[2], pieces[3], pieces[4]], "SD-03");
}

#[test]
fn the_wrong_key_is_refused_and_one_of_several_will_do() {
    let home = Home::family();
    home.refused(&["verify", "credential.txt", "--issuer-key", "parent-public.jwk"], "SD-04");
    let (school, parent) = (home.read("school-public.jwk"), home.read("parent-public.jwk"));
    home.ok(&["verify", "credential.txt", "--issuer-key", school.trim()]);
    home.ok(&["key", "new", "--out", "other.jwk", "--algorithm", "EdDSA"]);
    home.write("other-public.jwk", home.ok(&["key", "show", "other.jwk"]));
    home.ok(&with(&ISSUED, &["--issuer-key", "other-public.jwk"]));
    home.write("set.jwk", format!(r#"{{"keys":[{}]}}"#, home.read("other-public.jwk")));
    home.refused(&["verify", "credential.txt", "--issuer-key", "set.jwk"], "TR-01");
    home.write("set.jwk", format!(r#"{{"keys":[{school}]}}"#));
    home.ok(&["verify", "credential.txt", "--issuer-key", "set.jwk"]);
    // Two that fit are both tried.
    home.write("set.jwk", format!(r#"{{"keys":[{parent},{school}]}}"#));
    home.ok(&["verify", "credential.txt", "--issuer-key", "set.jwk"]);
    home.write("set.jwk", format!(r#"{{"keys":[{parent}]}}"#));
    home.refused(&["verify", "credential.txt", "--issuer-key", "set.jwk"], "SD-04");
    for set in ["{\"keys\":[]}", "{\"keys\":7}"] {
        home.write("set.jwk", set);
        let said = home.run(&["verify", "credential.txt", "--issuer-key", "set.jwk"]);
        assert!(said.code != Some(0) && said.out.is_empty(), "{set}: {}", said.err);
    }
}

#[test]
fn time_counts() {
    let home = Home::family();
    for good in ["1899999999", "2030-03-17T17:46:39Z", "0", "-1"] {
        home.ok(&with(&ISSUED, &["--at", good]));
    }
    for late in ["1900000000", "2030-03-17T17:46:40Z", "9223372036854775807"] {
        home.refused(&with(&ISSUED, &["--at", late]), "SD-18");
    }
    let mut claims = enrolment();
    claims["nbf"] = json!(1_850_000_000);
    home.write_json("claims.json", &claims).issue(&[], "credential.txt");
    home.refused(&with(&ISSUED, &["--at", "1849999999"]), "SD-19");
    home.ok(&with(&ISSUED, &["--at", "1850000000"]));
}

#[test]
fn types_and_claims_may_be_required() {
    let home = Home::family();
    let vct = "https://school.example/enrolment";
    home.ok(&with(
        &ISSUED,
        &["--vct", "x", "--vct", vct, "--require-claim", "birthdate", "--require-claim", "iss"],
    ));
    home.ok(&with(&ISSUED, &["--require-claim", "nationalities[1]"]));
    for other in ["x", "https://school.example/enrolment/", "HTTPS://school.example/enrolment"] {
        home.refused(&with(&ISSUED, &["--vct", other]), "VC-06");
    }
    for missing in ["age", "address.city", "nationalities[2]", "year.month"] {
        let document = home.refused(&with(&ISSUED, &["--require-claim", missing]), "SD-22");
        assert!(document["claim"].is_array(), "{document}");
    }
    home.present(&[]);
    home.refused(&with(&SHOWN, &["--require-claim", "birthdate"]), "SD-22");
    home.refused(&with(&ISSUED, &["--profile", "sd-jwt", "--vct", "x"]), "VC-06");
}

#[test]
fn an_issuer_may_publish_its_keys() {
    let home = Home::family();
    let school: Value = serde_json::from_str(&home.read("school-public.jwk")).unwrap();
    let issuer = "https://school.example";
    let arguments = ["verify", "credential.txt", "--issuer-metadata", "metadata.json", "--issuer", issuer];
    home.write_json("metadata.json", &json!({"issuer": issuer, "jwks": {"keys": [school.clone()]}}));
    assert_eq!(home.ok_json(&arguments)["issuer"]["trusted_by"], "metadata");
    home.wrong(&["verify", "credential.txt", "--issuer-metadata", "metadata.json"], "--issuer");
    home.wrong(&[&arguments[..5], &["https://other.example"]].concat(), "TR-03");
    home.write_json("metadata.json", &json!({"issuer": issuer, "jwks_uri": "https://school.example/keys"}));
    home.wrong(&arguments, "points to https://school.example/keys: fetch them");
    home.write_json("metadata.json", &json!({"issuer": issuer}));
    home.wrong(&arguments, "TR-03");
    let other = json!({"issuer": "https://other.example", "jwks": {"keys": [school]}});
    home.write_json("metadata.json", &other);
    home.refused(&[&arguments[..5], &["https://other.example"]].concat(), "TR-02");
}

/// RFC 9901 section 8: the JSON form says the same.
#[test]
fn the_json_form_is_taken() {
    let home = Home::family();
    home.present(&["--claim", "birthdate"]);
    let token = home.read("presentation.txt");
    let pieces: Vec<_> = token.trim().split('~').collect();
    let jwt: Vec<_> = pieces[0].split('.').collect();
    let header = json!({"disclosures": [pieces[1]], "kb_jwt": pieces[2]});
    let (protected, payload, signature) = (jwt[0], jwt[1], jwt[2]);
    let flattened =
        json!({"payload": payload, "protected": protected, "signature": signature, "header": header});
    let first = json!({"protected": protected, "signature": signature, "header": header});
    let second = json!({"protected": protected, "signature": "AAAA"});
    let general = json!({"payload": payload, "signatures": [first.clone(), second.clone()]});
    for form in [flattened.clone(), general] {
        home.write_json("presentation.txt", &form);
        let document = home.ok_json(&asked(COUNCIL, NONCE, THEN));
        assert_eq!(document["payload"]["birthdate"], "2016-05-04");
        assert_eq!(home.ok_json(&["inspect", "presentation.txt"])["verified"], false);
    }
    // Only the first signature counts.
    home.write_json("presentation.txt", &json!({"payload": payload, "signatures": [second, first]}));
    home.refused(&asked(COUNCIL, NONCE, THEN), "");
    for member in ["payload", "protected", "signature"] {
        let mut form = flattened.clone();
        form.as_object_mut().unwrap().remove(member);
        home.write_json("presentation.txt", &form);
        home.refused(&asked(COUNCIL, NONCE, THEN), "SD-24");
    }
    home.write("presentation.txt", "{");
    home.refused(&asked(COUNCIL, NONCE, THEN), "SD-24");
}
