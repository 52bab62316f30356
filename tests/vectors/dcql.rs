//! DCQL: cases recorded from the tests of `dcql-ts`, and cases written from OpenID4VP 1.0 sections 6 and 7.

use std::collections::BTreeMap;

use bookbag_credential::{ClaimPath, PathElement};
use bookbag_protocol::dcql::{Answer, Candidate, Query, QueryError, Rule};
use serde_json::{Map, Value};

use crate::folder::Folder;

#[test]
fn dcql() {
    let Some(mut folder) = Folder::open("dcql") else { return };
    cases(&folder.json("cases.json"));
    cases(&folder.json("rules.json"));
    paths(&folder.json("paths.json"));
    folder.finish();
}

/// Runs every case of a file.
fn cases(file: &Value) {
    let cases = file["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let query = query(case);
        match case["kind"].as_str().unwrap() {
            "wallet_match" => wallet_match(case, &query),
            "verifier_check" => verifier_check(case, &query),
            kind => panic!("unknown kind {kind}"),
        }
    }
}

/// Reads a query as 1.0 has it. Some recorded ones are older than 1.0 and leave out what it requires; those
/// must be refused when read strictly, and read with just that tolerated.
fn query(case: &Value) -> Query {
    let text = serde_json::to_vec(&case["query"]).unwrap();
    let (query, tolerated) = Query::parse_tolerant(&text).unwrap_or_else(|error| panic!("{case}: {error}"));
    let older = [Rule::Meta, Rule::VctValues, Rule::Path];
    assert!(tolerated.iter().all(|error: &QueryError| older.contains(&error.rule)), "{tolerated:?}");
    match Query::parse(&text) {
        Ok(strict) => assert!(tolerated.is_empty() && strict == query, "{case}"),
        Err(error) => assert_eq!(Some(&error), tolerated.first(), "{case}"),
    }
    query
}

fn wallet_match(case: &Value, query: &Query) {
    let held: Vec<_> = case["credentials"].as_array().unwrap().iter().map(candidate).collect();
    let answer = query.match_candidates(&held);
    let expected = &case["expected"];
    assert_eq!(answer.satisfied(), expected["satisfied"].as_bool().unwrap(), "{case}");
    assert_eq!(answer.offer().is_some(), answer.satisfied(), "{case}");
    let per_query = expected["per_query"].as_object().unwrap();
    assert_eq!(per_query.len(), query.credentials().len(), "{case}");
    for found in answer.queries() {
        let matching: Vec<_> = found.matches().map(|found| found.candidate()).collect();
        let mismatching: Vec<_> = found.mismatches().map(|(position, _)| position).collect();
        let expected = Expected(&per_query[found.query().id()]);
        expected.matching(&matching, &mismatching);
        for found in found.matches() {
            let preferred = found.choices().next().unwrap();
            expected.claim_set(preferred.claim_set());
            expected.claims(&disclosed(held[found.candidate()].claims, &preferred.disclose()));
        }
    }
    same_in_json(&answer);
}

/// The JSON form says the same as the answer.
fn same_in_json(answer: &Answer<'_>) {
    let json = answer.to_json();
    assert_eq!(json["satisfied"], answer.satisfied());
    assert_eq!(json["combinations"].as_array().unwrap().is_empty(), !answer.satisfied());
    for (query, json) in answer.queries().zip(json["credentials"].as_array().unwrap()) {
        assert_eq!(json["matches"].as_array().unwrap().len(), query.matches().len());
        assert_eq!(json["mismatches"].as_array().unwrap().len(), query.mismatches().count());
    }
}

fn verifier_check(case: &Value, query: &Query) {
    let lists = case["presentations"].as_object().unwrap();
    let presented: BTreeMap<String, Vec<Candidate<'_>>> = lists
        .iter()
        .map(|(id, list)| (id.clone(), list.as_array().unwrap().iter().map(candidate).collect()))
        .collect();
    let expected = &case["expected"];
    let checked = query.check_presented(&presented);
    assert_eq!(checked.is_ok(), expected["satisfied"].as_bool().unwrap(), "{case}");
    for (id, list) in &presented {
        let expected = Expected(&expected["per_query"][id]);
        let fits = |position: &usize| query.check_presentation(id, &list[*position]).is_ok();
        let (matching, mismatching): (Vec<_>, Vec<_>) = (0..list.len()).partition(fits);
        expected.matching(&matching, &mismatching);
        for position in matching {
            let claim_set = query.check_presentation(id, &list[position]).unwrap();
            expected.claim_set(claim_set);
            let claims = query.credential(id).unwrap().claims().iter().map(|claim| claim.path().clone());
            expected.claims(&disclosed(list[position].claims, &claims.collect::<Vec<_>>()));
        }
    }
}

/// What a case says about one credential query.
struct Expected<'c>(&'c Value);

impl Expected<'_> {
    fn matching(&self, matching: &[usize], mismatching: &[usize]) {
        let known = ["matches", "matching", "not_matching", "preferred_claim_set_index", "claims_to_return"];
        let unknown: Vec<_> =
            self.0.as_object().unwrap().keys().filter(|name| !known.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "expectations that nothing compares: {unknown:?}");
        assert_eq!(self.0["matches"], !matching.is_empty(), "{}", self.0);
        assert_eq!(self.0["matching"], Value::from(matching.to_vec()), "{}", self.0);
        if let Some(expected) = self.0.get("not_matching") {
            assert_eq!(expected, &Value::from(mismatching.to_vec()), "{}", self.0);
        }
    }

    fn claim_set(&self, index: Option<usize>) {
        let expected = self.0.get("preferred_claim_set_index").cloned();
        assert_eq!(index.map(Value::from), expected, "{}", self.0);
    }

    fn claims(&self, disclosed: &Value) {
        if let Some(expected) = self.0.get("claims_to_return") {
            assert_eq!(disclosed, expected, "{}", self.0);
        }
    }
}

fn candidate(description: &Value) -> Candidate<'_> {
    Candidate::from_json(description).unwrap_or_else(|error| panic!("{description}: {error}"))
}

/// The part of a document that the paths lead to, with withheld elements of arrays as null.
fn disclosed(document: &Map<String, Value>, paths: &[ClaimPath]) -> Value {
    let document = Value::Object(document.clone());
    let mut part = Value::Object(Map::new());
    for path in paths {
        copy(&document, &mut part, path.elements());
    }
    part
}

fn copy(from: &Value, to: &mut Value, path: &[PathElement]) {
    match path.split_first() {
        None => *to = from.clone(),
        Some((PathElement::Name(name), rest)) => {
            if to.is_null() {
                *to = Value::Object(Map::new());
            }
            copy(&from[name], to.as_object_mut().unwrap().entry(name).or_insert(Value::Null), rest);
        }
        Some((PathElement::Index(index), rest)) => {
            if to.is_null() {
                *to = Value::Array(Vec::new());
            }
            let array = to.as_array_mut().unwrap();
            array.resize(array.len().max(index + 1), Value::Null);
            copy(&from[*index], &mut array[*index], rest);
        }
        Some((PathElement::All, _)) => panic!("a path that is not resolved"),
    }
}

/// Claim paths, alone and as the one claim of a query.
fn paths(file: &Value) {
    let cases = file["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let path = ClaimPath::from_json(&case["path"]).unwrap();
        let selected = path.select(&case["document"]).ok().filter(|selected| !selected.is_empty());
        let query = serde_json::json!({"credentials": [{
            "id": "q", "format": "ldp_vc", "meta": {}, "claims": [{"path": case["path"]}],
        }]});
        let held = serde_json::json!({
            "format": "ldp_vc", "type": ["t"], "holder_binding": true, "claims": case["document"],
        });
        let (query, held) = (Query::from_json(&query).unwrap(), [candidate(&held)]);
        let answer = query.match_candidates(&held);
        if case["selected"] == "error" {
            assert!(selected.is_none() && !answer.satisfied(), "{case}");
            continue;
        }
        let selected: Value = selected.unwrap().into_iter().cloned().collect();
        assert_eq!(selected, case["selected"], "{case}");
        let found = answer.queries().next().unwrap().matches().next().unwrap();
        let concrete = found.choices().next().unwrap().disclose();
        let reached: Value =
            concrete.iter().map(|path| path.select(&case["document"]).unwrap()[0].clone()).collect();
        assert_eq!(reached, case["selected"], "{case}");
    }
}
