//! `bookbag query`.

use serde_json::{Value, json};

use super::Home;

fn query(claims: &Value) -> Value {
    json!({"credentials": [{
        "id": "enrolment", "format": "dc+sd-jwt", "claims": claims,
        "meta": {"vct_values": ["https://school.example/enrolment"]},
    }]})
}

const ASK: [&str; 5] = ["query", "--dcql", "query.json", "--credential", "credential.txt"];

#[test]
fn a_query_that_can_be_answered() {
    let home = Home::family();
    home.write_json(
        "query.json",
        &query(&json!([{"path": ["birthdate"]}, {"path": ["address", "postcode"]}])),
    );
    let said = home.run(&ASK);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    assert!(said.out.starts_with("The query can be answered"), "{}", said.out);
    assert!(said.out.contains("fits    credential.txt"), "{}", said.out);
    let document = home.ok_json(&ASK);
    assert_eq!((&document["satisfied"], &document["tolerated"]), (&json!(true), &json!([])));
    assert_eq!(document["credentials"][0]["matches"][0]["candidate"], 0);
    // A description does as well as a credential.
    home.write_json(
        "credential.txt",
        &json!({"format": "dc+sd-jwt", "vct": "https://school.example/enrolment", "holder_binding": true,
            "claims": {"birthdate": "x", "address": {"postcode": "y"}}}),
    );
    assert_eq!(home.ok_json(&ASK)["satisfied"], true);
}

#[test]
fn one_that_cannot_says_why() {
    let home = Home::family();
    let unanswered = |query: &Value, words: &str| {
        home.write_json("query.json", query);
        let said = home.run(&ASK);
        assert_eq!((said.code, said.err.as_str()), (Some(1), ""), "{}", said.out);
        assert!(
            said.out.starts_with("The query cannot be answered") && said.out.contains(words),
            "{}",
            said.out
        );
        let said = home.run(&[&ASK[..], &["--json"]].concat());
        assert_eq!((said.code, &said.json()["satisfied"]), (Some(1), &json!(false)));
    };
    unanswered(&query(&json!([{"path": ["age"]}])), r#"["age"] missing"#);
    unanswered(&query(&json!([{"path": ["year"], "values": [6]}])), r#"["year"]"#);
    let mut other = query(&json!([{"path": ["year"]}]));
    other["credentials"][0]["meta"]["vct_values"] = json!(["https://school.example/results"]);
    unanswered(&other, "no      credential.txt");
    other["credentials"][0]["format"] = json!("mso_mdoc");
    other["credentials"][0]["meta"] = json!({"doctype_value": "x"});
    other["credentials"][0]["claims"] = json!([{"path": ["a", "b"]}]);
    unanswered(&other, "no      credential.txt");
    home.write_json("query.json", &query(&json!([{"path": ["year"]}])));
    assert_eq!(home.run(&["query", "--dcql", "query.json"]).code, Some(1));
}

#[test]
fn a_malformed_query_is_refused_with_number_and_place() {
    let home = Home::family();
    for (written, words) in [
        ("", "DQ-01"),
        ("frobnicate", "DQ-01"),
        ("[]", "DQ-03"),
        ("{}", "DQ-04: "),
        (r#"{"credentials":[]}"#, "at credentials"),
        (r#"{"credentials":[{"id":"a b","format":"dc+sd-jwt","meta":{}}]}"#, "credentials[0].id"),
        (r#"{"credentials":[{"id":"a","meta":{}}]}"#, "DQ-08"),
        (r#"{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},"claims":[{"path":[]}]}]}"#, "DQ-22"),
        (r#"{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":"x"}}]}"#, "DQ-12"),
    ] {
        home.write("query.json", written);
        let document = home.refused(&ASK, words);
        assert!(
            document["check"].as_str().unwrap().starts_with("DQ-") && document["at"].is_string(),
            "{document}"
        );
    }
}

#[test]
fn what_older_drafts_had_is_tolerated_and_said() {
    let home = Home::family();
    home.write(
        "query.json",
        r#"{"credentials":[{"id":"a","format":"dc+sd-jwt","claims":[{"path":["year"]}]}]}"#,
    );
    let said = home.run(&ASK);
    assert_eq!(said.code, Some(0));
    assert!(said.out.contains("tolerated: DQ-11"), "{}", said.out);
    assert_eq!(home.ok_json(&ASK)["tolerated"].as_array().unwrap().len(), 1);
    home.refused(&[&ASK[..], &["--strict"]].concat(), "DQ-11");
    // What no draft had is refused in either way.
    home.write("query.json", r#"{"credentials":[{"id":"a","format":7}]}"#);
    home.refused(&ASK, "DQ-08");
    home.refused(&[&ASK[..], &["--strict"]].concat(), "DQ-08");
}

#[test]
fn credentials_that_are_none_are_named() {
    let home = Home::family();
    home.write_json("query.json", &query(&json!([{"path": ["year"]}])));
    let ask = ["query", "--dcql", "query.json", "--credential", "odd"];
    home.write("odd", "frobnicate");
    home.refused(&ask, "SD-01");
    home.write("odd", "{}");
    home.refused(&ask, "SD-24");
    home.write("odd", r#"{"format":"dc+sd-jwt"}"#);
    home.wrong(&ask, "odd: ");
    home.write("odd", r#"{"format":7,"vct":"x","claims":{}}"#);
    home.wrong(&ask, "odd: ");
    home.write("odd", "{\"format\":");
    home.wrong(&ask, "odd is not JSON");
    home.present(&[]);
    home.refused(&["query", "--dcql", "query.json", "--credential", "presentation.txt"], "SD-23");
    home.wrong(&["query", "--credential", "credential.txt"], "--dcql");
}
