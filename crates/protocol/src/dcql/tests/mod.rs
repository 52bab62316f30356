//! Tests of the query language: reading, matching, offering, checking, and properties of them together.

mod matching;
mod parse;
mod presented;
mod properties;

use super::{Candidate, Query};
use serde_json::{Value, json};

/// A query for one SD-JWT VC of type `t`, with these members besides.
fn one(members: &Value) -> Value {
    let mut query = json!({"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["t"]}});
    query.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    json!({"credentials": [query]})
}

fn read(query: &Value) -> Query {
    Query::from_json(query).unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// The description of an SD-JWT VC of type `t` with these claims.
fn held(claims: &Value) -> Value {
    json!({"format": "dc+sd-jwt", "vct": "t", "holder_binding": true, "claims": claims})
}

fn candidates(descriptions: &[Value]) -> Vec<Candidate<'_>> {
    descriptions.iter().map(|description| Candidate::from_json(description).unwrap()).collect()
}
