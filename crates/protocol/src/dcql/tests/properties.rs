//! Properties, against a checker that is written for clarity alone.

use std::collections::BTreeMap;

use super::super::select::{Side, concrete, walk};
use super::super::{Candidate, Combination, Query};
use bookbag_credential::ClaimPath;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

const NAMES: &[&str] = &["a", "b", "c"];

fn scalar() -> BoxedStrategy<Value> {
    let numbers =
        prop_oneof![Just(json!(0)), Just(json!(-1)), Just(json!(1)), any::<i64>().prop_map(Value::from)];
    prop_oneof![select(NAMES).prop_map(Value::from), numbers, any::<bool>().prop_map(Value::from),].boxed()
}

fn document() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![4 => scalar(), 1 => Just(Value::Null), 1 => Just(json!(1.5))];
    let tree = leaf.prop_recursive(3, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(select(NAMES).prop_map(str::to_owned), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map(select(NAMES).prop_map(str::to_owned), tree, 0..4)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
        .boxed()
}

fn path() -> BoxedStrategy<Value> {
    let step = prop_oneof![
        3 => select(NAMES).prop_map(Value::from), 1 => Just(Value::Null), 1 => (0_u64..3).prop_map(Value::from)
    ];
    (select(NAMES), prop::collection::vec(step, 0..3))
        .prop_map(|(first, rest)| std::iter::once(Value::from(first)).chain(rest).collect())
        .boxed()
}

fn claims() -> BoxedStrategy<Value> {
    let claim = (path(), prop::option::weighted(0.3, prop::collection::vec(scalar(), 1..4)));
    let claims = prop::collection::vec(claim, 1..4).prop_map(|claims| {
        let mut list = Vec::new();
        for (id, (path, values)) in claims.into_iter().enumerate() {
            let mut claim = json!({"id": format!("c{id}"), "path": path});
            if let Some(values) = values {
                claim["values"] = values.into();
            }
            list.push(claim);
        }
        list
    });
    claims
        .prop_flat_map(|claims| {
            let ids: Vec<_> = (0..claims.len()).map(|id| format!("c{id}")).collect();
            let count = claims.len();
            let sets = prop::collection::vec(subsequence(ids, 1..=count), 1..4);
            (Just(claims), prop::option::of(sets)).prop_map(|(claims, sets)| match sets {
                Some(sets) => json!({"claims": claims, "claim_sets": sets}),
                None => json!({"claims": claims}),
            })
        })
        .boxed()
}

fn credential_query() -> BoxedStrategy<Value> {
    let claims = prop_oneof![1 => Just(json!({})), 4 => claims()];
    let formats = select(&["dc+sd-jwt", "dc+sd-jwt", "dc+sd-jwt", "jwt_vc_json", "new"][..]);
    (claims, formats, any::<[bool; 3]>(), subsequence(NAMES, 0..=2))
        .prop_map(|(mut query, format, [multiple, binding, trusted], types)| {
            query["format"] = format.into();
            query["meta"] = match (format, types.is_empty()) {
                ("dc+sd-jwt", false) => json!({"vct_values": types}),
                ("jwt_vc_json", false) => json!({"type_values": [types]}),
                _ => json!({}),
            };
            query["multiple"] = multiple.into();
            query["require_cryptographic_holder_binding"] = binding.into();
            if trusted {
                query["trusted_authorities"] =
                    json!([{"type": "aki", "values": ["AQ"]}, {"type": "x", "values": ["y"]}]);
            }
            query
        })
        .boxed()
}

fn query() -> BoxedStrategy<Value> {
    let credentials = prop::collection::vec(credential_query(), 1..4);
    credentials
        .prop_flat_map(|mut credentials| {
            let ids: Vec<_> = (0..credentials.len()).map(|id| format!("q{id}")).collect();
            for (query, id) in credentials.iter_mut().zip(&ids) {
                query["id"] = id.as_str().into();
            }
            let count = ids.len();
            let options = prop::collection::vec(subsequence(ids, 1..=count), 1..4);
            let set = (options, any::<bool>())
                .prop_map(|(options, required)| json!({"options": options, "required": required}));
            (Just(credentials), prop::option::of(prop::collection::vec(set, 1..3)))
        })
        .prop_map(|(credentials, sets)| match sets {
            Some(sets) => json!({"credentials": credentials, "credential_sets": sets}),
            None => json!({"credentials": credentials}),
        })
        .boxed()
}

fn credential() -> BoxedStrategy<Value> {
    let format = select(&["dc+sd-jwt", "dc+sd-jwt", "vc+sd-jwt", "jwt_vc_json"][..]);
    (format, subsequence(NAMES, 1..=3), any::<[bool; 2]>(), document())
        .prop_map(|(format, types, [binding, trusted], claims)| {
            let authority = if trusted { json!([{"type": "aki", "values": ["AQ"]}]) } else { json!([]) };
            json!({"format": format, "types": types, "holder_binding": binding, "authority": authority, "claims": claims})
        })
        .boxed()
}

/// Whatever this credential is asked for by this query, written after the text with no thought of speed: the
/// claim sets that it satisfies, `None` standing for the one of all claims.
fn naive_sets(query: &Value, credential: &Value) -> Vec<Option<usize>> {
    let same_format = match (query["format"].as_str().unwrap(), credential["format"].as_str().unwrap()) {
        ("dc+sd-jwt", format) => format.ends_with("+sd-jwt"),
        ("new", _) => false,
        (asked, format) => asked == format,
    };
    let types = credential["types"].as_array().unwrap();
    let meta = &query["meta"];
    let type_fits = match (meta.get("vct_values"), meta.get("type_values")) {
        (Some(values), _) => values.as_array().unwrap().iter().any(|value| types.contains(value)),
        (_, Some(lists)) => lists[0].as_array().unwrap().iter().all(|value| types.contains(value)),
        _ => true,
    };
    let bound =
        query["require_cryptographic_holder_binding"] == false || credential["holder_binding"] == true;
    let trusted = query.get("trusted_authorities").is_none() || credential["authority"] != json!([]);
    if !(same_format && type_fits && bound && trusted) {
        return Vec::new();
    }
    let Some(claims) = query.get("claims").and_then(Value::as_array) else { return vec![None] };
    let holds = |claim: &Value| {
        let path = ClaimPath::from_json(&claim["path"]).unwrap();
        let selected = path.select(&credential["claims"]).unwrap_or_default();
        match claim.get("values") {
            Some(values) => selected.iter().any(|value| values.as_array().unwrap().contains(value)),
            None => !selected.is_empty(),
        }
    };
    match query.get("claim_sets").and_then(Value::as_array) {
        None => {
            // Only the first claim query of each path counts.
            let first =
                |place: usize| claims[..place].iter().all(|earlier| earlier["path"] != claims[place]["path"]);
            if (0..claims.len()).filter(|place| first(*place)).all(|place| holds(&claims[place])) {
                vec![None]
            } else {
                vec![]
            }
        }
        Some(sets) => {
            let by_id = |id: &Value| claims.iter().find(|claim| claim["id"] == *id).unwrap();
            let fits = |set: &&Value| set.as_array().unwrap().iter().all(|id| holds(by_id(id)));
            (0..sets.len()).filter(|place| fits(&&sets[*place])).map(Some).collect()
        }
    }
}

/// Whether these credential queries, answered together, are an answer (section 6.4.2).
fn naive_enough(query: &Value, answered: &[String]) -> bool {
    let has = |id: &Value| answered.iter().any(|answered| id == answered);
    match query.get("credential_sets").and_then(Value::as_array) {
        None => query["credentials"].as_array().unwrap().iter().all(|query| has(&query["id"])),
        Some(sets) => sets.iter().filter(|set| set["required"] == true).all(|set| {
            set["options"].as_array().unwrap().iter().any(|option| option.as_array().unwrap().iter().all(has))
        }),
    }
}

fn check_combination(query: &Value, credentials: &[Value], combination: &Combination<'_>) {
    let mut answered = Vec::new();
    for one in combination.presentations() {
        let asked = query["credentials"]
            .as_array()
            .unwrap()
            .iter()
            .find(|asked| asked["id"] == one.query_id())
            .unwrap();
        let credential = &credentials[one.candidate()];
        assert!(naive_sets(asked, credential).contains(&one.choice().claim_set()));
        for path in one.choice().disclose() {
            // Concrete, and there.
            assert_eq!(path.select(&credential["claims"]).unwrap().len(), 1);
        }
        answered.push(one.query_id().to_owned());
    }
    assert!(naive_enough(query, &answered));
}

/// Any JSON at all, with a taste for the words of the language.
fn anything() -> BoxedStrategy<Value> {
    let words = &[
        "credentials",
        "credential_sets",
        "id",
        "format",
        "meta",
        "claims",
        "claim_sets",
        "path",
        "values",
        "options",
        "required",
        "trusted_authorities",
        "type",
        "dc+sd-jwt",
        "mso_mdoc",
        "vct_values",
        "a",
        "",
    ][..];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        select(words).prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(select(words).prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
    .boxed()
}

/// One place of a good query, replaced by anything.
fn spoil(query: &mut Value, mut place: usize, by: &Value) -> usize {
    if place == 0 {
        *query = by.clone();
        return 0;
    }
    place -= 1;
    let children: Vec<&mut Value> = match query {
        Value::Array(array) => array.iter_mut().collect(),
        Value::Object(object) => object.values_mut().collect(),
        _ => Vec::new(),
    };
    for child in children {
        let left = spoil(child, place, by);
        if left == 0 && place == 0 {
            return 0;
        }
        place = left;
    }
    place
}

proptest! {
    #[test]
    fn a_query_goes_to_json_and_back(json in query()) {
        let query = Query::from_json(&json).unwrap();
        prop_assert_eq!(&Query::parse(&serde_json::to_vec(&query.to_json()).unwrap()).unwrap(), &query);
    }

    #[test]
    fn nothing_panics(good in query(), place in 0_usize..60, by in anything(), credential in credential()) {
        let mut spoilt = good;
        spoil(&mut spoilt, place, &by);
        for json in [&spoilt, &by] {
            let text = serde_json::to_vec(json).unwrap();
            let strict = Query::parse(&text);
            let tolerant = Query::parse_tolerant(&text);
            // What is read strictly is read tolerantly, and the same.
            prop_assert_eq!(strict.as_ref().ok(), tolerant.as_ref().ok().filter(|read| read.1.is_empty()).map(|read| &read.0));
            if let Ok((query, _)) = &tolerant {
                let held = [Candidate::from_json(&credential).unwrap()];
                let answer = query.match_candidates(&held);
                prop_assert_eq!(answer.to_json()["satisfied"].as_bool(), Some(answer.satisfied()));
            }
        }
        let _no_panic = Candidate::from_json(&by);
    }

    #[test]
    fn whatever_is_offered_satisfies_the_query(
        json in query(), credentials in prop::collection::vec(credential(), 0..5)
    ) {
        let query = Query::from_json(&json).unwrap();
        let held: Vec<_> = credentials.iter().map(|credential| Candidate::from_json(credential).unwrap()).collect();
        let answer = query.match_candidates(&held);
        let mut answerable = Vec::new();
        for (asked, found) in json["credentials"].as_array().unwrap().iter().zip(answer.queries()) {
            let expected: Vec<_> = credentials.iter().map(|credential| naive_sets(asked, credential)).collect();
            let mut sets = vec![Vec::new(); credentials.len()];
            for found in found.matches() {
                sets[found.candidate()] = found.choices().map(|choice| choice.claim_set()).collect();
            }
            prop_assert_eq!(&sets, &expected);
            let failing: Vec<_> = found.mismatches().map(|(position, _)| position).collect();
            prop_assert!(failing.iter().all(|position| expected[*position].is_empty()));
            prop_assert_eq!(failing.len() + found.matches().len(), credentials.len());
            if found.matches().len() > 0 {
                answerable.push(found.query().id().to_owned());
            }
        }
        prop_assert_eq!(answer.satisfied(), naive_enough(&json, &answerable));
        let Some(offer) = answer.offer() else { return Ok(()) };
        prop_assert!(offer.count() <= 500 || offer.combinations().take(500).count() == 500);
        for combination in offer.combinations().take(100) {
            check_combination(&json, &credentials, &combination);
            // The verifier agrees, whichever part of the credential it sees beyond what it asked for.
            let mut presented = BTreeMap::<String, Vec<Candidate<'_>>>::new();
            for one in combination.presentations() {
                presented.entry(one.query_id().into()).or_default().push(held[one.candidate()].clone());
            }
            let checked = query.check_presented(&presented).unwrap();
            prop_assert_eq!(checked.surplus(), &[] as &[&str]);
        }
    }

    #[test]
    fn one_more_credential_takes_nothing_away(
        json in query(), mut credentials in prop::collection::vec(credential(), 0..4), more in credential(),
    ) {
        let query = Query::from_json(&json).unwrap();
        let matches = |credentials: &[Value]| -> (bool, Vec<Vec<usize>>) {
            let held: Vec<_> = credentials.iter().map(|credential| Candidate::from_json(credential).unwrap()).collect();
            let answer = query.match_candidates(&held);
            let found = answer.queries().map(|query| query.matches().map(|found| found.candidate()).collect());
            (answer.satisfied(), found.collect())
        };
        let (satisfied, before) = matches(&credentials);
        credentials.push(more);
        let (still, after) = matches(&credentials);
        prop_assert!(!satisfied || still);
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(after.starts_with(before));
        }
    }

    #[test]
    fn walking_finds_what_selecting_finds(path in path(), document in document()) {
        let path = ClaimPath::from_json(&path).unwrap();
        let empty = Map::new();
        let (mut walked, mut paths) = (Vec::new(), Vec::new());
        let outcome = walk(&path, document.as_object().unwrap_or(&empty), Side::Held, &mut |value, trail| {
            walked.push(value);
            paths.push(concrete(&path, trail));
        });
        match path.select(&document) {
            Ok(selected) => {
                prop_assert_eq!(outcome, Ok(()));
                prop_assert_eq!(&walked, &selected);
                for (value, path) in walked.iter().zip(&paths) {
                    prop_assert_eq!(path.select(&document).unwrap(), vec![*value]);
                }
            }
            Err(error) => prop_assert_eq!(outcome, Err(error)),
        }
    }
}
