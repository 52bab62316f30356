//! Which credential fits, why others do not, and what may be sent.

use super::super::{ChoiceError, ClaimProblem, Format, Mismatch, Pick, Presentation, Query};
use super::{candidates, held, one, read};
use bookbag_credential::ClaimPath;
use serde_json::{Value, json};

/// The one reason why this credential does not fit this query; `None` if it does.
fn reason(query: &Value, credential: &Value) -> Option<String> {
    let (query, credentials) = (read(query), [credential.clone()]);
    let held = candidates(&credentials);
    let answer = query.match_candidates(&held);
    let found = answer.queries().next().unwrap();
    let reason = found.mismatches().next().map(|(_, mismatch)| mismatch.to_string());
    assert_eq!(reason.is_some(), found.matches().len() == 0);
    assert_eq!(reason.is_none(), answer.offer().is_some());
    reason
}

/// The paths that a query discloses of these claims, by its preferred claim set.
fn disclosed(members: &Value, claims: &Value) -> Option<Value> {
    let (query, credentials) = (read(&one(members)), [held(claims)]);
    let held = candidates(&credentials);
    let answer = query.match_candidates(&held);
    let found = answer.queries().next()?.matches().next()?;
    Some(found.choices().next()?.disclose().iter().map(ClaimPath::to_json).collect())
}

#[test]
fn formats_types_binding_and_authorities() {
    let fits = held(&json!({}));
    let with = |name: &str, value: Value| {
        let mut credential = fits.clone();
        credential[name] = value;
        credential
    };
    assert_eq!(reason(&one(&json!({})), &fits), None);
    assert_eq!(reason(&one(&json!({"format": "vc+sd-jwt"})), &fits), None);
    assert_eq!(reason(&one(&json!({})), &with("types", json!(["parent"]))), None);
    let parent = json!({"meta": {"vct_values": ["other", "parent"]}});
    assert_eq!(reason(&one(&parent), &with("types", json!(["parent"]))), None);

    let refused = |query: &Value, credential: &Value, word: &str| {
        let reason = reason(query, credential).unwrap_or_default();
        assert!(reason.contains(word), "{query} {credential}: {reason}");
    };
    for format in ["mso_mdoc", "ldp_vc", "jwt_vc_json", "dc+SD-JWT", ""] {
        refused(&one(&json!({})), &with("format", json!(format)), "another format");
    }
    // Two formats that nobody knows are not the same format.
    refused(&one(&json!({"format": "new"})), &with("format", json!("new")), "not known");
    for vct in ["T", "t ", "t2", ""] {
        refused(&one(&json!({})), &with("vct", json!(vct)), "another type");
    }
    refused(&one(&json!({})), &with("holder_binding", json!(false)), "who holds it");
    let unbound = json!({"require_cryptographic_holder_binding": false});
    assert_eq!(reason(&one(&unbound), &with("holder_binding", json!(false))), None);
    assert_eq!(reason(&one(&unbound), &fits), None);

    let asks = one(&json!({"trusted_authorities": [
        {"type": "aki", "values": ["AQ", "Ag"]}, {"type": "new", "values": ["x"]}]}));
    for (kind, value) in [("aki", "AQ"), ("aki", "Ag"), ("aki", "AQ=="), ("new", "x")] {
        assert_eq!(reason(&asks, &with("authority", json!({"type": kind, "values": ["no", value]}))), None);
    }
    for (kind, value) in [("aki", "Aw"), ("aki", "x"), ("etsi_tl", "AQ"), ("new", "X"), ("new", "x=")] {
        refused(&asks, &with("authority", json!([{"type": kind, "values": [value]}])), "authority");
    }
    refused(&asks, &fits, "authority");
}

#[test]
fn w3c_types_match_as_sets() {
    let query = one(&json!({"format": "ldp_vc", "meta": {"type_values": [["a", "b"], ["c"]]}}));
    let credential =
        |types: Value| json!({"format": "ldp_vc", "type": types, "holder_binding": true, "claims": {}});
    for types in [json!(["b", "x", "a"]), json!(["c"]), json!(["a", "c"])] {
        assert_eq!(reason(&query, &credential(types)), None);
    }
    for types in [json!(["a"]), json!(["b"]), json!(["ab"]), json!([""])] {
        assert!(reason(&query, &credential(types)).is_some());
    }
}

#[test]
fn values_match_in_type_and_value() {
    let fits = |values: Value, claim: Value| {
        disclosed(&json!({"claims": [{"path": ["x"], "values": values}]}), &json!({"x": claim})).is_some()
    };
    for (values, claim) in [
        (json!(["a", "b"]), json!("b")),
        (json!([0, -5]), json!(-5)),
        (json!([18_446_744_073_709_551_615_u64]), json!(18_446_744_073_709_551_615_u64)),
        (json!([true]), json!(true)),
        (json!([1, "1", false]), json!("1")),
    ] {
        assert!(fits(values.clone(), claim.clone()), "{values} {claim}");
    }
    for (values, claim) in [
        (json!(["5"]), json!(5)),
        (json!([5]), json!("5")),
        (json!([1]), json!(1.0)),
        (json!([1]), json!(true)),
        (json!([0]), json!(false)),
        (json!([-1]), json!(18_446_744_073_709_551_615_u64)),
        (json!([true]), json!("true")),
        (json!([true]), json!(false)),
        (json!(["a"]), json!("A")),
        (json!(["a"]), json!("a ")),
        (json!(["é"]), json!("e\u{301}")),
        (json!([""]), json!(null)),
        (json!([false]), json!(null)),
        (json!(["a"]), json!(["a"])),
        (json!(["a"]), json!({"a": "a"})),
    ] {
        assert!(!fits(values.clone(), claim.clone()), "{values} {claim}");
    }
}

#[test]
fn paths_become_concrete() {
    let claims = json!({
        "nat": ["FR", "DE", "DE"], "deg": [{"t": "B", "u": 1}, {"t": "M"}, {"u": 2}], "a": {"b": {"c": null}}, "e": [],
        "mixed": [{"t": 1}, 5],
    });
    for (claim, paths) in [
        (json!({"path": ["nat", null], "values": ["DE"]}), json!([["nat", 1], ["nat", 2]])),
        (json!({"path": ["nat", null]}), json!([["nat", 0], ["nat", 1], ["nat", 2]])),
        (json!({"path": ["nat", 1], "values": ["DE"]}), json!([["nat", 1]])),
        (json!({"path": ["nat"]}), json!([["nat"]])),
        (json!({"path": ["deg", null, "t"], "values": ["M", "X"]}), json!([["deg", 1, "t"]])),
        (json!({"path": ["deg", null, "u"]}), json!([["deg", 0, "u"], ["deg", 2, "u"]])),
        (json!({"path": ["a", "b", "c"]}), json!([["a", "b", "c"]])),
        (json!({"path": ["e"]}), json!([["e"]])),
    ] {
        assert_eq!(disclosed(&json!({"claims": [claim]}), &claims), Some(paths), "{claim}");
    }
    for claim in [
        json!({"path": ["nat", null], "values": ["GB"]}),
        json!({"path": ["nat", 0], "values": ["DE"]}),
        json!({"path": ["nat", 3]}),
        json!({"path": ["nat"], "values": ["DE"]}),
        json!({"path": ["e", null]}),
        json!({"path": ["a", null]}),
        json!({"path": ["a", 0]}),
        json!({"path": [null]}),
        json!({"path": [0]}),
        json!({"path": ["nat", "0"]}),
        // Section 7.1: one element that is no object aborts the whole.
        json!({"path": ["mixed", null, "t"]}),
        json!({"path": ["mixed", null, "t"], "values": [1]}),
    ] {
        assert_eq!(disclosed(&json!({"claims": [claim]}), &claims), None, "{claim}");
    }
    // Two claims that meet in one path are one disclosure; no claims are none.
    let twice = json!({"claims": [{"path": ["nat", 1]}, {"path": ["nat", null], "values": ["DE"]}]});
    assert_eq!(disclosed(&twice, &claims), Some(json!([["nat", 1], ["nat", 2]])));
    assert_eq!(disclosed(&json!({}), &claims), Some(json!([])));
}

#[test]
fn reasons_are_exact_and_name_no_value() {
    let query = read(&one(&json!({
        "claims": [
            {"id": "x", "path": ["x"], "values": ["wanted"]}, {"id": "y", "path": ["y", "z"]},
            {"id": "n", "path": ["n", null]},
        ],
        "claim_sets": [["x", "y"], ["n"]],
    })));
    let credentials = [held(&json!({"x": "s3cret", "y": {}, "n": "s3cret"}))];
    let held = candidates(&credentials);
    let answer = query.match_candidates(&held);
    assert!(!answer.satisfied() && answer.offer().is_none());
    let (position, mismatch) = answer.queries().next().unwrap().mismatches().next().unwrap();
    let Mismatch::Claims(sets) = &mismatch else { panic!("{mismatch}") };
    let found: Vec<_> = sets
        .iter()
        .flat_map(|set| set.claims.iter().map(|claim| (set.claim_set, claim.id.unwrap(), claim.problem)))
        .collect();
    assert_eq!(position, 0);
    assert_eq!(found[..2], [(Some(0), "x", ClaimProblem::Value), (Some(0), "y", ClaimProblem::Missing)]);
    assert!(matches!(found[2], (Some(1), "n", ClaimProblem::Misfit(_))));
    let json = answer.to_json();
    assert_eq!(json["combinations"], json!([]));
    assert_eq!(json["combinations_total"], 0);
    let text = format!("{mismatch} {mismatch:?} {json}");
    assert!(!text.contains("s3cret") && !text.contains("wanted"), "{text}");
}

#[test]
fn claim_sets_in_order_of_preference() {
    let query = read(&one(&json!({
        "claims": [
            {"id": "a", "path": ["a"]}, {"id": "b", "path": ["b"]}, {"id": "c", "path": ["c"]}, {"id": "d", "path": ["d"]},
        ],
        "claim_sets": [["d"], ["b"], ["b", "a"], ["c", "d"], ["c", "b"]],
    })));
    let credentials = [held(&json!({"a": 1, "b": 2, "c": 3}))];
    let held = candidates(&credentials);
    let answer = query.match_candidates(&held);
    let found = answer.queries().next().unwrap().matches().next().unwrap();
    let sets: Vec<_> = found.choices().map(|choice| choice.claim_set().unwrap()).collect();
    assert_eq!(sets, [1, 2, 4]);
    let names = |claims: Vec<&super::super::ClaimQuery>| -> Vec<String> {
        claims.iter().map(|claim| claim.path().to_string()).collect()
    };
    assert_eq!(names(found.required_claims()), ["b"]);
    assert_eq!(names(found.optional_claims()), ["a", "c"]);
    let offered: Vec<_> = answer
        .offer()
        .unwrap()
        .combinations()
        .map(|one| one.presentations().next().unwrap().choice().claim_set().unwrap())
        .collect();
    assert_eq!(offered, sets);
}

/// Credential queries `a` to `d`, each for a type of its own, with these credential sets.
fn four(sets: &Value) -> Query {
    let credentials: Value = ["a", "b", "c", "d"]
        .iter()
        .map(|id| json!({"id": id, "format": "dc+sd-jwt", "meta": {"vct_values": [id]}, "multiple": *id == "b"}))
        .collect();
    let mut query = json!({"credentials": credentials});
    if !sets.is_null() {
        query["credential_sets"] = sets.clone();
    }
    read(&query)
}

fn of_types(types: &str) -> Vec<Value> {
    let credential = |vct: char| json!({"format": "dc+sd-jwt", "vct": vct.to_string(), "holder_binding": true, "claims": {}});
    types.chars().map(credential).collect()
}

/// All combinations, each as the queries it answers with the credentials for them.
fn combinations(query: &Query, types: &str) -> Option<Vec<String>> {
    let credentials = of_types(types);
    let held = candidates(&credentials);
    let answer = query.match_candidates(&held);
    let offer = answer.offer()?;
    let all: Vec<_> = offer.combinations().collect();
    assert_eq!(offer.count(), all.len() as u128);
    for combination in &all {
        let picks: Vec<_> = combination.presentations().map(Presentation::pick).collect();
        assert!(offer.choose(&picks).is_ok());
    }
    let name = |one: &Presentation<'_>| format!("{}{}", one.query_id(), one.candidate());
    let text =
        all.iter().map(|combination| combination.presentations().map(name).collect::<Vec<_>>().concat());
    Some(text.collect())
}

#[test]
fn without_credential_sets_everything_is_required() {
    let query = four(&Value::Null);
    assert_eq!(combinations(&query, "dcba"), Some(vec!["a3b2c1d0".into()]));
    assert_eq!(combinations(&query, "abcda").unwrap(), ["a0b1c2d3", "a4b1c2d3"]);
    for lacking in ["abc", "bcd", "", "aaaa"] {
        assert_eq!(combinations(&query, lacking), None, "{lacking}");
    }
}

#[test]
fn credential_sets_in_order_of_preference() {
    let query = four(&json!([
        {"options": [["a", "b"], ["c"]]}, {"options": [["d"], ["a"]], "required": false},
    ]));
    // The optional set is first left out; nothing is offered twice.
    assert_eq!(combinations(&query, "abcd").unwrap(), ["a0b1", "a0b1d3", "c2", "c2d3", "a0c2"]);
    assert_eq!(combinations(&query, "cd").unwrap(), ["c0", "c0d1"]);
    assert_eq!(combinations(&query, "ab").unwrap(), ["a0b1"]);
    for lacking in ["a", "b", "ad", "bd", "d"] {
        assert_eq!(combinations(&query, lacking), None, "{lacking}");
    }
    let query = four(&json!([{"options": [["a"], ["b"]]}, {"options": [["b"], ["a"]]}]));
    assert_eq!(combinations(&query, "ab").unwrap(), ["a0b1", "a0", "b1"]);
    let query = four(&json!([{"options": [["a"]], "required": false}]));
    assert_eq!(combinations(&query, "a").unwrap(), ["a0"]);
    // Nothing is required and nothing is there: satisfied, and still nothing to send.
    assert_eq!(combinations(&query, "b").unwrap(), Vec::<String>::new());
}

#[test]
fn sets_and_options_say_what_is_satisfied() {
    let query = four(&json!([{"options": [["a", "b"], ["c"]]}, {"options": [["d"]], "required": false}]));
    let credentials = of_types("ac");
    let held = candidates(&credentials);
    let json = query.match_candidates(&held).to_json();
    assert_eq!(
        json["credential_sets"],
        json!([
            {"required": true, "satisfiable": true, "options": [
                {"credentials": ["a", "b"], "satisfied": false}, {"credentials": ["c"], "satisfied": true}]},
            {"required": false, "satisfiable": false, "options": [{"credentials": ["d"], "satisfied": false}]},
        ])
    );
    assert_eq!(json["combinations"], json!([[{"credential": "c", "candidate": 1, "claim_set": null}]]));
    assert_eq!(json["credentials"][1]["mismatches"][0], json!({"candidate": 0, "reason": "type"}));
    assert_eq!(json["truncated"], false);
}

#[test]
fn picks_that_are_less_or_more_are_refused() {
    let query = four(&json!([{"options": [["a", "b"], ["c"]]}, {"options": [["d"]], "required": false}]));
    let credentials = of_types("abbcda");
    let held = candidates(&credentials);
    let answer = query.match_candidates(&held);
    let offer = answer.offer().unwrap();
    let choose = |picks: &[(usize, usize)]| {
        let pick = |&(query, candidate): &(usize, usize)| Pick { query, candidate, claim_set: None };
        offer.choose(&picks.iter().map(pick).collect::<Vec<_>>()).map(|chosen| chosen.presentations().len())
    };
    assert_eq!(choose(&[(2, 3)]), Ok(1));
    assert_eq!(choose(&[(2, 3), (3, 4)]), Ok(2));
    // `b` says `multiple`.
    assert_eq!(choose(&[(1, 2), (0, 0), (1, 1)]), Ok(3));
    for (picks, error) in [
        (&[][..], ChoiceError::Incomplete),
        (&[(0, 0)], ChoiceError::Incomplete),
        (&[(3, 4)], ChoiceError::Incomplete),
        (&[(0, 0), (1, 1), (0, 5)], ChoiceError::Several),
        (&[(0, 0), (1, 1), (1, 1)], ChoiceError::Twice),
        (&[(2, 3), (0, 0)], ChoiceError::NotAsked),
        (&[(2, 3), (1, 1), (3, 4)], ChoiceError::NotAsked),
        (&[(2, 0)], ChoiceError::NotOffered),
        (&[(2, 9)], ChoiceError::NotOffered),
        (&[(9, 0)], ChoiceError::NotOffered),
    ] {
        assert_eq!(choose(picks), Err(error), "{picks:?}");
    }
    let wrong_set = Pick { query: 2, candidate: 3, claim_set: Some(0) };
    assert_eq!(offer.choose(&[wrong_set]).unwrap_err(), ChoiceError::NotOffered);
}

#[test]
fn combinations_without_number_are_made_one_at_a_time() {
    let entry = |id: usize| json!({"id": format!("q{id}"), "format": "dc+sd-jwt", "meta": {}});
    let query = read(&json!({"credentials": (0..64).map(entry).collect::<Vec<_>>()}));
    let credentials = vec![held(&json!({})); 1000];
    let held = candidates(&credentials);
    let answer = query.match_candidates(&held);
    let offer = answer.offer().unwrap();
    assert_eq!(offer.count(), u128::MAX);
    let third = offer.combinations().nth(2).unwrap();
    let last = third.presentations().last().unwrap();
    assert_eq!((third.presentations().len(), last.query_id(), last.candidate()), (64, "q63", 2));
    assert_eq!(answer.to_json()["combinations_total"], u64::MAX);
}

#[test]
fn whole_credentials_are_named_as_such() {
    for (format, whole) in
        [("ldp_vc", true), ("jwt_vc_json", true), ("dc+sd-jwt", false), ("mso_mdoc", false)]
    {
        assert_eq!(!Format::of(format).discloses_selectively(), whole);
        let query = read(&one(&json!({"format": format, "meta": {}})));
        let credentials =
            [json!({"format": format, "type": ["t"], "holder_binding": true, "claims": {"x": 1}})];
        let held = candidates(&credentials);
        let json = query.match_candidates(&held).to_json();
        assert_eq!(json["credentials"][0]["matches"][0]["whole_credential"], whole);
    }
}

#[test]
fn descriptions_that_are_none_are_refused() {
    use super::super::{Candidate, CandidateError::*};
    let fits = held(&json!({}));
    for (name, value, error) in [
        ("format", json!(null), Format),
        ("vct", json!(1), Type),
        ("type", json!("t"), Type),
        ("types", json!([1]), Type),
        ("holder_binding", json!("yes"), HolderBinding),
        ("holder_binding", json!(null), HolderBinding),
        ("authority", json!("aki"), Authority),
        ("authority", json!({"type": "aki"}), Authority),
        ("authority", json!([{"type": "aki", "values": [1]}]), Authority),
        ("claims", json!([]), Claims),
        ("claims", json!(null), Claims),
    ] {
        let mut wrong = fits.clone();
        wrong[name] = value;
        assert_eq!(Candidate::from_json(&wrong).unwrap_err(), error, "{wrong}");
    }
    assert_eq!(Candidate::from_json(&json!([])).unwrap_err(), Object);
    let unsaid = json!({"format": "dc+sd-jwt", "vct": "t", "claims": {}});
    assert!(!Candidate::from_json(&unsaid).unwrap().holder_binding);
}
