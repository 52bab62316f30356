//! Every rule has a negative test that names its number.

use super::super::{MAX_QUERY_BYTES, Query, QueryError, Rule, TypeFilter};
use super::{one, read};
use bookbag_crypto::json::JsonError;
use serde_json::{Value, json};

fn refused(query: &Value, number: &str, place: &str) {
    let error = Query::from_json(query).expect_err(&query.to_string());
    assert_eq!((error.rule.id(), error.place.as_str()), (number, place), "{query}");
    let text = serde_json::to_vec(query).unwrap();
    assert_eq!(Query::parse(&text).unwrap_err().rule, error.rule);
}

/// Each of `values` as this member of the one credential query.
fn member(name: &str, values: &[Value], number: &str) {
    for value in values {
        refused(&one(&json!({name: value})), number, &format!("credentials[0].{name}"));
    }
}

#[test]
fn numbers_are_unique_and_in_order() {
    assert!(Rule::ALL.windows(2).all(|pair| pair[0].id() < pair[1].id()));
    assert!(Rule::ALL.iter().all(|rule| rule.id().starts_with("DQ-") && !rule.rule().ends_with('.')));
}

#[test]
fn every_member_is_read() {
    let json = json!({
        "credentials": [{
            "id": "a-1_B", "format": "mso_mdoc", "meta": {"doctype_value": "d"}, "multiple": true,
            "require_cryptographic_holder_binding": false,
            "trusted_authorities": [{"type": "aki", "values": ["x", "y"]}, {"type": "new", "values": [""]}],
            "claims": [
                {"id": "one", "path": ["n", "e"], "values": ["", "b", -1, 18_446_744_073_709_551_615_u64, true, false],
                 "intent_to_retain": false},
                {"id": "two", "path": ["n", "f"]},
            ],
            "claim_sets": [["two"], ["one", "two"]],
        }, {"id": "b", "format": "ldp_vc", "meta": {"type_values": [["x", "y"], ["z"]]}},
           {"id": "c", "format": "new", "meta": {"vct_values": 1}}],
        "credential_sets": [{"options": [["a-1_B", "b"], ["c"]]}, {"options": [["b"]], "required": false}],
    });
    let query = read(&json);
    let mut normal = json.clone();
    // An unknown format has no known `meta`, and values stand sorted.
    normal["credentials"][2]["meta"] = json!({});
    normal["credentials"][0]["claims"][0]["values"] =
        json!(["", "b", -1, 18_446_744_073_709_551_615_u64, true, false]);
    assert_eq!(query.to_json(), normal);
    assert_eq!(read(&normal), query);
    let sets: Vec<_> = query.credential("a-1_B").unwrap().claim_sets().map(|set| set.len()).collect();
    assert_eq!(sets, [1, 2]);
    assert!(query.has_credential_sets() && !query.credential_sets()[1].required());
}

#[test]
fn defaults_and_unknown_members() {
    let plain = read(&one(&json!({})));
    let credential = plain.credential("a").unwrap();
    assert!(!credential.multiple() && credential.requires_holder_binding() && !credential.has_claim_sets());
    assert!(!plain.has_credential_sets() && plain.credential_sets()[0].required());
    // Section 6: "Implementations MUST ignore any unknown properties", whatever they hold.
    let mut noisy = one(&json!({"purpose": {"id": 1}, "intent_to_retain": 5, "Claims": []}));
    noisy["credential_set"] = json!([]);
    noisy["credentials"][0]["meta"]["doctype_value"] = json!(7);
    assert_eq!(read(&noisy), plain);
    // Section 6.1: an empty `meta` places no constraint.
    let any = read(&one(&json!({"meta": {}})));
    assert_eq!(any.credentials()[0].types(), &TypeFilter::Any);
}

#[test]
fn not_a_query() {
    for text in ["", "{", "{}x", r#"{"credentials":[],"credentials":[]}"#] {
        assert_eq!(Query::parse(text.as_bytes()).unwrap_err().rule.id(), "DQ-01", "{text}");
    }
    let deep = "[".repeat(200) + &"]".repeat(200);
    assert_eq!(Query::parse(deep.as_bytes()).unwrap_err().rule.id(), "DQ-01");
    assert_eq!(Query::parse(&vec![b' '; MAX_QUERY_BYTES + 1]).unwrap_err().rule.id(), "DQ-02");
    let many = format!("[{}0]", "0,".repeat(MAX_QUERY_BYTES / 2 - 2));
    let error = Query::parse(many.as_bytes()).unwrap_err();
    assert_eq!((error.rule.id(), error.source), ("DQ-02", Some(JsonError::TooManyValues)));
    for query in [json!([]), json!(null), json!("credentials"), json!(1)] {
        refused(&query, "DQ-03", "query");
    }
    for query in
        [json!({}), json!({"credentials": []}), json!({"credentials": {}}), json!({"credentials": null})]
    {
        refused(&query, "DQ-04", "credentials");
    }
    refused(&json!({"credentials": [1]}), "DQ-04", "credentials[0]");
}

#[test]
fn identifiers_and_formats() {
    member(
        "id",
        &[json!(""), json!("a b"), json!("é"), json!("a."), json!(1), json!(null), json!(["a"])],
        "DQ-06",
    );
    let twice =
        json!({"credentials": [one(&json!({}))["credentials"][0], one(&json!({}))["credentials"][0]]});
    refused(&twice, "DQ-07", "credentials[1].id");
    member("format", &[json!(""), json!(1), json!(null), json!(["dc+sd-jwt"])], "DQ-08");
    member("multiple", &[json!("true"), json!(1), json!(null)], "DQ-09");
    member("require_cryptographic_holder_binding", &[json!("false"), json!(0), json!(null)], "DQ-10");
    for (name, number) in [("id", "DQ-06"), ("format", "DQ-08"), ("meta", "DQ-11")] {
        let mut query = one(&json!({}));
        query["credentials"][0].as_object_mut().unwrap().remove(name);
        refused(&query, number, &format!("credentials[0].{name}"));
    }
}

#[test]
fn meta_of_each_format() {
    member("meta", &[json!(null), json!([]), json!("t"), json!(true)], "DQ-11");
    let cases = [
        ("dc+sd-jwt", "vct_values", "DQ-12"),
        ("vc+sd-jwt", "vct_values", "DQ-12"),
        ("mso_mdoc", "doctype_value", "DQ-13"),
        ("jwt_vc_json", "type_values", "DQ-14"),
        ("ldp_vc", "type_values", "DQ-14"),
    ];
    for (format, name, number) in cases {
        for value in [json!([]), json!(null), json!(""), json!([""]), json!([1]), json!({}), json!([[]])] {
            let error =
                Query::from_json(&one(&json!({"format": format, "meta": {name: value}}))).unwrap_err();
            assert_eq!(error.rule.id(), number, "{format} {value}");
            assert!(error.place.starts_with(&format!("credentials[0].meta.{name}")), "{error}");
        }
        // Not empty, and yet without the member that the format requires: a slip of the pen.
        let slip = one(&json!({"format": format, "meta": {"vct_value": ["t"]}}));
        refused(&slip, number, &format!("credentials[0].meta.{name}"));
    }
    let types = json!({"format": "ldp_vc", "meta": {"type_values": [["a"], "b"]}});
    refused(&one(&types), "DQ-14", "credentials[0].meta.type_values[1]");
}

#[test]
fn trusted_authorities() {
    member("trusted_authorities", &[json!([]), json!({}), json!(null), json!("aki")], "DQ-15");
    let at = "credentials[0].trusted_authorities[0]";
    refused(&one(&json!({"trusted_authorities": ["aki"]})), "DQ-15", at);
    for kind in [json!(null), json!(""), json!(1)] {
        let entry = json!({"type": kind, "values": ["x"]});
        refused(&one(&json!({"trusted_authorities": [entry]})), "DQ-16", &format!("{at}.type"));
    }
    for values in [json!(null), json!([]), json!("x"), json!({})] {
        let entry = json!({"type": "aki", "values": values});
        refused(&one(&json!({"trusted_authorities": [entry]})), "DQ-17", &format!("{at}.values"));
    }
    let entry = json!({"type": "aki", "values": ["x", 1]});
    refused(&one(&json!({"trusted_authorities": [entry]})), "DQ-17", &format!("{at}.values[1]"));
}

#[test]
fn claims() {
    member("claims", &[json!([]), json!({}), json!(null), json!("a")], "DQ-18");
    let at = "credentials[0].claims";
    refused(&one(&json!({"claims": [["a"]]})), "DQ-18", &format!("{at}[0]"));
    for id in [json!(""), json!("a b"), json!(null), json!(3)] {
        refused(&one(&json!({"claims": [{"path": ["x"], "id": id}]})), "DQ-19", &format!("{at}[0].id"));
    }
    let nameless = json!({"claims": [{"id": "x", "path": ["x"]}, {"path": ["y"]}], "claim_sets": [["x"]]});
    refused(&one(&nameless), "DQ-20", &format!("{at}[1].id"));
    let twice = json!({"claims": [{"id": "x", "path": ["x"]}, {"id": "x", "path": ["y"]}]});
    refused(&one(&twice), "DQ-21", &format!("{at}[1].id"));
    for path in [json!(null), json!([]), json!("x"), json!([-1]), json!([1.5]), json!([true]), json!([["x"]])]
    {
        refused(&one(&json!({"claims": [{"path": path}]})), "DQ-22", &format!("{at}[0].path"));
    }
    refused(&one(&json!({"claims": [{}]})), "DQ-22", &format!("{at}[0].path"));
    for path in [json!(["n"]), json!(["n", "e", "x"]), json!(["n", null]), json!(["n", 0]), json!([0, "e"])] {
        let query = json!({"format": "mso_mdoc", "meta": {}, "claims": [{"path": path}]});
        refused(&one(&query), "DQ-23", &format!("{at}[0].path"));
    }
    let wrong = [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        json!([null]),
        json!([["x"]]),
        json!([{}]),
        json!([1.5]),
        json!([1.0]),
        json!([1e300]),
        json!(["x", null]),
    ];
    for values in wrong {
        refused(
            &one(&json!({"claims": [{"path": ["x"], "values": values}]})),
            "DQ-24",
            &format!("{at}[0].values"),
        );
    }
    for intent in [json!("true"), json!(1), json!(null)] {
        let claim = json!({"path": ["n", "e"], "intent_to_retain": intent});
        let query = json!({"format": "mso_mdoc", "meta": {}, "claims": [claim]});
        refused(&one(&query), "DQ-25", &format!("{at}[0].intent_to_retain"));
    }
}

#[test]
fn claim_sets() {
    let claims = json!([{"id": "x", "path": ["x"]}]);
    for (sets, number, place) in [
        (json!([]), "DQ-26", ""),
        (json!({}), "DQ-26", ""),
        (json!(null), "DQ-26", ""),
        (json!([[]]), "DQ-26", "[0]"),
        (json!(["x"]), "DQ-26", "[0]"),
        (json!([["x"], [1]]), "DQ-26", "[1][0]"),
        (json!([["x", "y"]]), "DQ-28", "[0][1]"),
        (json!([["X"]]), "DQ-28", "[0][0]"),
        (json!([["x"], ["a"]]), "DQ-28", "[1][0]"),
    ] {
        let query = one(&json!({"claims": claims, "claim_sets": sets}));
        refused(&query, number, &format!("credentials[0].claim_sets{place}"));
    }
    refused(&one(&json!({"claim_sets": [["x"]]})), "DQ-27", "credentials[0].claim_sets");
}

#[test]
fn credential_sets() {
    let with = |sets: Value| {
        let mut query = one(&json!({}));
        query["credential_sets"] = sets;
        query
    };
    for sets in [json!([]), json!({}), json!(null), json!("a")] {
        refused(&with(sets), "DQ-05", "credential_sets");
    }
    refused(&with(json!([["a"]])), "DQ-05", "credential_sets[0]");
    for (set, number, place) in [
        (json!({}), "DQ-29", "options"),
        (json!({"options": []}), "DQ-29", "options"),
        (json!({"options": "a"}), "DQ-29", "options"),
        (json!({"options": ["a"]}), "DQ-29", "options[0]"),
        (json!({"options": [["a"], []]}), "DQ-29", "options[1]"),
        (json!({"options": [["a", 1]]}), "DQ-29", "options[0][1]"),
        (json!({"options": [["a", "b"]]}), "DQ-30", "options[0][1]"),
        (json!({"options": [["A"]]}), "DQ-30", "options[0][0]"),
        (json!({"options": [["a"], [""]]}), "DQ-30", "options[1][0]"),
        (json!({"options": [["a"]], "required": "true"}), "DQ-31", "required"),
        (json!({"options": [["a"]], "required": null}), "DQ-31", "required"),
        (json!({"options": [["a"]], "required": 1}), "DQ-31", "required"),
    ] {
        refused(&with(json!([set])), number, &format!("credential_sets[0].{place}"));
    }
    let optional = json!({"options": [["a"]], "required": false});
    read(&with(json!(vec![optional.clone(); 16])));
    refused(&with(json!(vec![optional; 17])), "DQ-32", "credential_sets");
}

#[test]
fn lists_have_limits() {
    use super::super::*;
    let claims = |count: usize| -> Value {
        (0..count).map(|claim| json!({"id": format!("c{claim}"), "path": [format!("c{claim}")]})).collect()
    };
    let authority = |count: usize| json!([{"type": "aki", "values": vec!["x"; count]}]);
    for (members, place) in [
        (json!({"claims": claims(MAX_CLAIMS + 1)}), "credentials[0].claims"),
        (
            json!({"claims": claims(1), "claim_sets": vec![["c0"]; MAX_CLAIM_SETS + 1]}),
            "credentials[0].claim_sets",
        ),
        (
            json!({"claims": [{"path": ["x"], "values": vec![1; MAX_VALUES + 1]}]}),
            "credentials[0].claims[0].values",
        ),
        (json!({"meta": {"vct_values": vec!["x"; MAX_TYPES + 1]}}), "credentials[0].meta.vct_values"),
        (
            json!({"trusted_authorities": authority(MAX_AUTHORITIES + 1)}),
            "credentials[0].trusted_authorities[0].values",
        ),
    ] {
        refused(&one(&members), "DQ-02", place);
    }
    read(&one(&json!({"claims": claims(MAX_CLAIMS), "trusted_authorities": authority(MAX_AUTHORITIES)})));
    let credentials = |count: usize| -> Value {
        let query = |id: usize| one(&json!({"id": format!("q{id}")}))["credentials"][0].clone();
        (0..count).map(query).collect()
    };
    read(&json!({"credentials": credentials(MAX_CREDENTIALS)}));
    refused(&json!({"credentials": credentials(MAX_CREDENTIALS + 1)}), "DQ-02", "credentials");
    let mut query = one(&json!({}));
    query["credential_sets"] = json!(vec![json!({"options": [["a"]]}); MAX_CREDENTIAL_SETS + 1]);
    refused(&query, "DQ-02", "credential_sets");
    query["credential_sets"] = json!([{"options": vec![["a"]; MAX_OPTIONS + 1]}]);
    refused(&query, "DQ-02", "credential_sets[0].options");
}

/// Section 6.1: "Wallets SHOULD ignore such duplicate claim queries".
#[test]
fn a_repeated_claim_is_ignored() {
    let query = read(&one(&json!({"claims": [
        {"path": ["x"]}, {"path": ["y"]}, {"path": ["x"], "values": ["never"]}, {"path": ["x"]},
    ]})));
    assert_eq!(query.credentials()[0].claims().len(), 2);
    assert!(query.credentials()[0].claims()[0].values().is_none());
    let query = read(&one(&json!({
        "claims": [{"id": "a", "path": ["x"]}, {"id": "b", "path": ["x"]}, {"id": "c", "path": ["x"], "values": [1]}],
        "claim_sets": [["a", "b", "a"], ["c"]],
    })));
    // A filter that a set names is not dropped.
    let sets: Vec<Vec<_>> =
        query.credentials()[0].claim_sets().map(|set| set.iter().map(|claim| claim.id()).collect()).collect();
    assert_eq!(sets, [[Some("a")], [Some("c")]]);
}

#[test]
fn what_drafts_wrote_is_tolerated_when_asked_for() {
    let tolerant = |query: &Value| Query::parse_tolerant(&serde_json::to_vec(query).unwrap());
    let numbers = |errors: &[QueryError]| -> Vec<_> { errors.iter().map(|error| error.rule.id()).collect() };
    let mut query = one(&json!({"format": "mso_mdoc", "claims": [{"namespace": "n", "claim_name": "e"}]}));
    query["credentials"][0].as_object_mut().unwrap().remove("meta");
    let (read, tolerated) = tolerant(&query).unwrap();
    assert_eq!(numbers(&tolerated), ["DQ-22", "DQ-11"]);
    assert_eq!(read.credentials()[0].claims()[0].path().to_json(), json!(["n", "e"]));
    let w3c = one(&json!({"meta": {"type_values": [["x"]]}}));
    let (read, tolerated) = tolerant(&w3c).unwrap();
    assert_eq!(numbers(&tolerated), ["DQ-12"]);
    assert_eq!(read.credentials()[0].types(), &TypeFilter::AllOfOne(vec![vec!["x".into()]]));
    // Nothing else is.
    for query in [
        json!({"credentials": []}),
        one(&json!({"meta": null})),
        one(&json!({"meta": {"type_values": []}})),
        one(&json!({"meta": {"vct_values": []}})),
        one(&json!({"claims": [{"namespace": "n", "claim_name": "e"}]})),
        one(&json!({"format": "mso_mdoc", "meta": {}, "claims": [{"namespace": "n"}]})),
        one(&json!({"format": "mso_mdoc", "meta": {}, "claims": [{"namespace": "n", "claim_name": 1}]})),
        one(
            &json!({"format": "mso_mdoc", "meta": {}, "claims": [{"path": ["n"], "namespace": "n", "claim_name": "e"}]}),
        ),
    ] {
        assert!(tolerant(&query).is_err(), "{query}");
    }
    assert_eq!(tolerant(&one(&json!({}))).unwrap().1, []);
}

#[test]
fn errors_repeat_nothing_of_the_sender() {
    let secret = "s3cret";
    for query in [
        one(&json!({"id": format!("{secret} ")})),
        one(&json!({"claims": [{"path": [secret], "values": [{"x": secret}]}]})),
        one(&json!({"claims": [{"id": "x", "path": ["x"]}], "claim_sets": [[secret]]})),
    ] {
        let error = Query::from_json(&query).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(secret), "{error}");
    }
}
