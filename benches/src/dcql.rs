//! DCQL over a thousand held credentials.

use std::hint::black_box;

use bookbag_protocol::dcql::{Candidate, Query};
use serde_json::{Value, json};

use crate::race::race;

/// How many types the thousand credentials have, in turn.
pub const TYPES: [usize; 3] = [1, 5, 50];

/// Five queries and a thousand credentials.
pub struct Work {
    query: String,
    held: Vec<Value>,
}

impl Work {
    /// Credentials of so many types.
    pub fn new(types: usize) -> Self {
        let credentials = (0..5).map(query).collect::<Vec<Value>>();
        let query = json!({"credentials": credentials}).to_string();
        Self { query, held: (0..1000).map(|number| credential(number, types)).collect() }
    }

    /// From the text of the query to the number of answers.
    pub fn run(&self) {
        let query = Query::parse(black_box(self.query.as_bytes())).unwrap();
        let candidates: Vec<_> = self.held.iter().map(|held| Candidate::from_json(held).unwrap()).collect();
        let answer = query.match_candidates(&candidates);
        black_box(answer.offer().map(|offer| offer.count()));
    }
}

/// Measures and prints.
pub fn run() {
    for types in TYPES {
        let work = Work::new(types);
        let [time] = race(&[("answer", &|| work.run())]);
        println!("DCQL, 5 queries over 1,000 credentials of {types} types: {:.2} ms", time / 1000.0);
    }
}

fn query(number: usize) -> Value {
    json!({
        "id": format!("q{number}"), "format": "dc+sd-jwt",
        "meta": {"vct_values": [format!("https://school.example/type/{number}")]},
        "claims": [
            {"id": "n", "path": ["name"]}, {"id": "p", "path": ["address", "postcode"], "values": ["LL23 7AA"]},
            {"id": "g", "path": ["results", null, "grade"]}, {"id": "y", "path": ["year"], "values": [7, 8, 9]},
        ],
        "claim_sets": [["n", "p", "g", "y"], ["n", "g"], ["n"]],
    })
}

fn credential(number: usize, types: usize) -> Value {
    json!({
        "format": "dc+sd-jwt", "vct": format!("https://school.example/type/{}", number % types), "holder_binding": true,
        "claims": {
            "name": format!("Pupil {number}"), "year": number % 13, "address": {"town": "Bala", "postcode": "LL23 7AA"},
            "results": [{"subject": "Maths", "grade": 7}, {"subject": "Welsh", "grade": 8}],
        },
    })
}
