//! An answer as JSON, for the command line and for tests.

use bookbag_credential::ClaimPath;
use serde_json::{Map, Value, json};

use super::answer::{Answer, ClaimChoice, Match, QueryAnswer};
use super::matching::{ClaimMismatch, ClaimProblem, ClaimSetMismatch, Mismatch};
use super::offer::{Combination, Offer};
use super::query::CredentialQuery;

/// Most combinations that [`Answer::to_json`] lists; it counts them all.
pub const MAX_LISTED_COMBINATIONS: usize = 64;

/// Most claim paths and credentials that [`Answer::to_json`] writes out, so that a query made for the purpose
/// cannot fill the memory.
const MAX_LISTED: usize = 200_000;

impl Answer<'_> {
    /// The answer as JSON. **For the holder's eyes**: it says which values differ. It holds paths, never values.
    ///
    /// ```json
    /// {
    ///   "satisfied": true,
    ///   "credentials": [{
    ///     "id": "pid", "format": "dc+sd-jwt", "multiple": false,
    ///     "matches": [{
    ///       "candidate": 0, "whole_credential": false,
    ///       "claim_sets": [{"claim_set": 1, "disclose": [["nationalities", 0]]}],
    ///       "required": [["nationalities", null]], "optional": []
    ///     }],
    ///     "mismatches": [
    ///       {"candidate": 1, "reason": "type"},
    ///       {"candidate": 2, "reason": "claims", "claim_sets": [
    ///         {"claim_set": 1, "claims": [
    ///           {"id": "n", "path": ["nationalities", null], "problem": "value"}
    ///         ]}
    ///       ]}
    ///     ]
    ///   }],
    ///   "credential_sets": [
    ///     {"required": true, "satisfiable": true, "options": [{"credentials": ["pid"], "satisfied": true}]}
    ///   ],
    ///   "combinations": [[{"credential": "pid", "candidate": 0, "claim_set": 1}]],
    ///   "combinations_total": 1,
    ///   "truncated": false
    /// }
    /// ```
    ///
    /// `candidate` is the position among the credentials given. `claim_sets` of a match are in the query's order
    /// of preference; `claim_set` is `null` where the query has none. `reason` is one of `unknown_format`,
    /// `format`, `type`, `holder_binding`, `authority` and `claims`; `problem` one of `missing`, `misfit` and
    /// `value`. Where the query has no `credential_sets`, the one implicit set is listed. `combinations` is empty
    /// if the answer is not satisfied, and otherwise has the first [`MAX_LISTED_COMBINATIONS`] of
    /// `combinations_total`. `truncated` says that lists were cut short because there was too much to list.
    pub fn to_json(&self) -> Value {
        let mut writer = Writer { left: MAX_LISTED };
        let offer = self.offer();
        let total = offer.as_ref().map_or(0, Offer::count);
        let credentials: Value = self.queries().map(|query| writer.query(query)).collect();
        json!({
            "satisfied": self.satisfied(),
            "credentials": credentials,
            "credential_sets": self.sets_to_json(),
            "combinations": offer.as_ref().map_or_else(|| json!([]), combinations),
            "combinations_total": u64::try_from(total).unwrap_or(u64::MAX),
            "truncated": writer.left == 0,
        })
    }

    fn sets_to_json(&self) -> Value {
        let ids = |queries: &[usize]| -> Value {
            queries
                .iter()
                .filter_map(|&query| self.query().credentials().get(query))
                .map(CredentialQuery::id)
                .collect()
        };
        let sets = self.sets().map(|set| {
            let options: Value = set
                .options()
                .map(|option| json!({"credentials": ids(option.queries()), "satisfied": option.satisfied()}))
                .collect();
            json!({"required": set.required(), "satisfiable": set.satisfiable(), "options": options})
        });
        sets.collect()
    }
}

fn combinations(offer: &Offer<'_>) -> Value {
    offer.combinations().take(MAX_LISTED_COMBINATIONS).map(|combination| picks(&combination)).collect()
}

fn picks(combination: &Combination<'_>) -> Value {
    let picks = combination.presentations().map(|one| {
        let claim_set = one.choice().claim_set();
        json!({"credential": one.query_id(), "candidate": one.candidate(), "claim_set": claim_set})
    });
    picks.collect()
}

/// Writes lists until it has written too much.
struct Writer {
    left: usize,
}

impl Writer {
    /// Whether one more may be written.
    fn one_more(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    fn query(&mut self, answer: QueryAnswer<'_>) -> Value {
        let query = answer.query();
        let mut matches = Vec::new();
        for found in answer.matches() {
            if !self.one_more() {
                break;
            }
            matches.push(self.found(found));
        }
        let mut mismatches = Vec::new();
        for (candidate, mismatch) in answer.mismatches() {
            if !self.one_more() {
                break;
            }
            mismatches.push(self.mismatch(candidate, &mismatch));
        }
        json!({
            "id": query.id(),
            "format": query.format_name(),
            "multiple": query.multiple(),
            "matches": matches,
            "mismatches": mismatches,
        })
    }

    fn found(&mut self, found: Match<'_>) -> Value {
        let choices: Value = found.choices().map(|choice| self.choice(choice)).collect();
        json!({
            "candidate": found.candidate(),
            "whole_credential": found.choices().any(|choice| choice.whole_credential()),
            "claim_sets": choices,
            "required": self.paths(found.required_claims().into_iter().map(|claim| claim.path().to_json())),
            "optional": self.paths(found.optional_claims().into_iter().map(|claim| claim.path().to_json())),
        })
    }

    fn choice(&mut self, choice: ClaimChoice<'_>) -> Value {
        let paths = if self.left > 0 { choice.disclose() } else { Vec::new() };
        json!({
            "claim_set": choice.claim_set(),
            "disclose": self.paths(paths.iter().map(ClaimPath::to_json)),
        })
    }

    fn paths(&mut self, paths: impl Iterator<Item = Value>) -> Value {
        paths.take_while(|_| self.one_more()).collect()
    }

    fn mismatch(&mut self, candidate: usize, mismatch: &Mismatch<'_>) -> Value {
        let mut json = Map::new();
        json.insert("candidate".into(), candidate.into());
        json.insert("reason".into(), reason(mismatch).into());
        if let Mismatch::Claims(sets) = mismatch {
            json.insert("claim_sets".into(), sets.iter().map(|set| self.set_mismatch(set)).collect());
        }
        Value::Object(json)
    }

    fn set_mismatch(&mut self, set: &ClaimSetMismatch<'_>) -> Value {
        let claims = set.claims.iter().map(claim_mismatch);
        json!({"claim_set": set.claim_set, "claims": self.paths(claims)})
    }
}

fn claim_mismatch(claim: &ClaimMismatch<'_>) -> Value {
    let problem = match claim.problem {
        ClaimProblem::Missing => "missing",
        ClaimProblem::Misfit(_) => "misfit",
        ClaimProblem::Value => "value",
    };
    json!({"id": claim.id, "path": claim.path.to_json(), "problem": problem})
}

fn reason(mismatch: &Mismatch<'_>) -> &'static str {
    match mismatch {
        Mismatch::UnknownFormat => "unknown_format",
        Mismatch::Format => "format",
        Mismatch::Type => "type",
        Mismatch::HolderBinding => "holder_binding",
        Mismatch::Authority => "authority",
        Mismatch::Claims(_) => "claims",
    }
}
