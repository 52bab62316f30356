//! What a verifier refuses of what came back.

use std::collections::BTreeMap;

use super::super::{Candidate, PresentedProblem, Query};
use super::{held, one, read};
use serde_json::{Value, json};

/// Checks what was presented, a list under each `id`; the number of the rule that is broken, if one is.
fn check(query: &Query, presented: &Value) -> Result<(Vec<String>, Vec<String>), &'static str> {
    let lists = presented.as_object().unwrap().iter();
    let presented: BTreeMap<String, Vec<Candidate<'_>>> = lists
        .map(|(id, list)| {
            (
                id.clone(),
                list.as_array().unwrap().iter().map(|one| Candidate::from_json(one).unwrap()).collect(),
            )
        })
        .collect();
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    match query.check_presented(&presented) {
        Ok(presented) => Ok((owned(presented.relied_on()), owned(presented.surplus()))),
        Err(error) => Err(error.rule.id()),
    }
}

#[test]
fn each_presentation_meets_its_query() {
    let query = read(&one(&json!({
        "claims": [{"id": "x", "path": ["x"], "values": [1]}, {"id": "y", "path": ["y"]}],
        "claim_sets": [["y"], ["x"]],
        "trusted_authorities": [{"type": "aki", "values": ["AQ"]}],
    })));
    let mut good = held(&json!({"x": 1}));
    good["authority"] = json!({"type": "aki", "values": ["AQ"]});
    assert_eq!(check(&query, &json!({"a": [good]})), Ok((vec!["a".into()], vec![])));
    assert_eq!(query.check_presentation("a", &Candidate::from_json(&good).unwrap()), Ok(Some(1)));
    for (presented, number) in [
        (json!({}), "DQ-44"),
        (json!({"b": [good]}), "DQ-40"),
        (json!({"A": [good]}), "DQ-40"),
        (json!({"": []}), "DQ-40"),
        (json!({"a": [good], "b": [good]}), "DQ-40"),
        (json!({"a": []}), "DQ-41"),
        (json!({"a": [good, good]}), "DQ-42"),
    ] {
        assert_eq!(check(&query, &presented), Err(number), "{presented}");
    }
    for (name, value) in [
        ("format", json!("mso_mdoc")),
        ("vct", json!("other")),
        ("holder_binding", json!(false)),
        ("authority", json!([])),
        ("claims", json!({})),
        ("claims", json!({"x": 2})),
        ("claims", json!({"x": "1"})),
        ("claims", json!({"z": 1})),
    ] {
        let mut wrong = good.clone();
        wrong[name] = value;
        assert_eq!(check(&query, &json!({"a": [wrong]})), Err("DQ-43"), "{wrong}");
    }
}

#[test]
fn one_bad_presentation_spoils_them_all() {
    let query = read(&one(&json!({"multiple": true, "claims": [{"path": ["x"], "values": ["wanted"]}]})));
    let good = held(&json!({"x": "wanted"}));
    let bad = held(&json!({"x": "s3cret"}));
    assert!(check(&query, &json!({"a": [good, good]})).is_ok());
    for list in [json!([bad]), json!([good, bad]), json!([bad, good]), json!([good, good, bad])] {
        assert_eq!(check(&query, &json!({"a": list})), Err("DQ-43"), "{list}");
    }
    let presented = BTreeMap::from([(
        "a".to_owned(),
        vec![Candidate::from_json(&good).unwrap(), Candidate::from_json(&bad).unwrap()],
    )]);
    let error = query.check_presented(&presented).unwrap_err();
    assert!(matches!(error.problem, PresentedProblem::Presentation { query: "a", position: 1, .. }));
    let text = format!("{error} {error:?}");
    assert!(text.contains("DQ-43") && !text.contains("s3cret") && !text.contains("wanted"), "{text}");
}

#[test]
fn credential_sets_decide_what_is_needed() {
    let entry = |id: &str| json!({"id": id, "format": "dc+sd-jwt", "meta": {}});
    let mut json = json!({"credentials": [entry("a"), entry("b"), entry("c"), entry("d")]});
    let all = read(&json);
    json["credential_sets"] =
        json!([{"options": [["a", "b"], ["c"]]}, {"options": [["d"]], "required": false}]);
    let query = read(&json);
    let present = |ids: &str| -> Value {
        ids.chars()
            .map(|id| (id.to_string(), json!([held(&json!({}))])))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let lists = |ids: &str| -> Vec<String> { ids.chars().map(String::from).collect() };
    for (ids, surplus) in [("ab", ""), ("c", ""), ("abd", ""), ("abcd", ""), ("ac", "a"), ("bcd", "b")] {
        let relied: String = ids.chars().filter(|id| !surplus.contains(*id)).collect();
        assert_eq!(check(&query, &present(ids)), Ok((lists(&relied), lists(surplus))), "{ids}");
    }
    for ids in ["", "a", "b", "d", "ad", "bd"] {
        assert_eq!(check(&query, &present(ids)), Err("DQ-44"), "{ids}");
    }
    assert!(check(&all, &present("abcd")).is_ok());
    for ids in ["", "a", "abc", "bcd"] {
        assert_eq!(check(&all, &present(ids)), Err("DQ-44"), "{ids}");
    }
}

/// Withheld elements move those behind them forward, so a position is met by any element up to it, and by none
/// behind it.
#[test]
fn positions_in_arrays_may_have_moved_forward() {
    let fits = |path: Value, claims: Value| {
        let query = read(&one(&json!({"claims": [{"path": path, "values": ["DE"]}]})));
        check(&query, &json!({"a": [held(&claims)]})).is_ok()
    };
    assert!(fits(json!(["n", 2]), json!({"n": ["DE"]})));
    assert!(fits(json!(["n", 2]), json!({"n": ["FR", "DE"]})));
    assert!(fits(json!(["n", 1, "t"]), json!({"n": [5, {"t": "DE"}]})));
    assert!(fits(json!(["n", 1, null, 3]), json!({"n": [[["DE"]]]})));
    assert!(!fits(json!(["n", 0]), json!({"n": ["FR", "DE"]})));
    assert!(!fits(json!(["n", 1]), json!({"n": ["FR", "GB", "DE"]})));
    assert!(!fits(json!(["n", 1]), json!({"n": []})));
    assert!(!fits(json!(["n", 1]), json!({"n": "DE"})));
    assert!(!fits(json!(["n", 1, "t"]), json!({"n": ["DE"]})));
}
