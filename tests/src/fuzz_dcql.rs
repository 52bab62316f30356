//! What the fuzz target for DCQL does with its input.
//!
//! The input is a query and a JSON array of described credentials, with a zero byte between them, which stands
//! in no JSON text. Without one it is a query alone.
#![expect(clippy::panic, clippy::missing_panics_doc, reason = "a broken promise stops a fuzz run")]

use std::collections::BTreeMap;

use bookbag_crypto::json;
use bookbag_protocol::dcql::{Answer, Candidate, Combination, Presentation, Query};
use serde_json::Value;

/// Most combinations that are looked at; there may be more than anybody can count.
const LOOKED_AT: usize = 16;

/// DCQL: what is read is written and read again; what is read strictly is read tolerantly; nothing is offered
/// unless the query is satisfied; and every combination that is offered is one that the verifier accepts.
pub fn fuzz_dcql(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let text = parts.next().unwrap_or_default();
    let credentials = parts.next().and_then(|text| json::parse(text).ok()).unwrap_or(Value::Null);
    if let Ok(query) = Query::parse(text) {
        assert_eq!(Query::from_json(&query.to_json()).as_ref(), Ok(&query), "a query changes on its way");
        assert_eq!(Query::parse_tolerant(text), Ok((query, Vec::new())), "the two readers differ");
    }
    let Ok((query, _)) = Query::parse_tolerant(text) else { return };
    let described = credentials.as_array().map(Vec::as_slice).unwrap_or_default();
    let held: Vec<_> = described.iter().filter_map(|one| Candidate::from_json(one).ok()).collect();
    check(&query, &held, &query.match_candidates(&held));
}

fn check(query: &Query, held: &[Candidate<'_>], answer: &Answer<'_>) {
    for found in answer.queries() {
        let known = found.matches().len() + found.mismatches().count();
        assert_eq!(known, held.len(), "a credential neither fits nor has a reason why not");
    }
    let json = answer.to_json();
    let Some(offer) = answer.offer() else {
        assert!(!answer.satisfied(), "a satisfied answer offers nothing");
        assert_eq!(
            json.get("combinations_total"),
            Some(&Value::from(0)),
            "an unsatisfied answer offers something"
        );
        return;
    };
    for combination in offer.combinations().take(LOOKED_AT) {
        let picks: Vec<_> = combination.presentations().map(Presentation::pick).collect();
        assert!(offer.choose(&picks).is_ok(), "what is offered cannot be chosen");
        let accepted = query.check_presented(&presented(held, &combination));
        assert!(accepted.is_ok_and(|accepted| accepted.surplus().is_empty()), "what is offered is no answer");
    }
}

/// The credentials of a combination, as the verifier would get them if all of each were disclosed.
fn presented<'a>(
    held: &[Candidate<'a>],
    combination: &Combination<'_>,
) -> BTreeMap<String, Vec<Candidate<'a>>> {
    let mut presented = BTreeMap::<_, Vec<_>>::new();
    for one in combination.presentations() {
        let Some(candidate) = held.get(one.candidate()) else { panic!("a credential that is not held") };
        for path in one.choice().disclose() {
            let root = Value::Object(candidate.claims.clone());
            assert!(path.select(&root).is_ok_and(|found| found.len() == 1), "a path that is not concrete");
        }
        presented.entry(one.query_id().to_owned()).or_default().push(candidate.clone());
    }
    presented
}
