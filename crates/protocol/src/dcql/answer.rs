//! What a wallet can answer.

use std::collections::HashSet;

use bookbag_credential::ClaimPath;

use super::candidate::Candidate;
use super::matching::{Memo, Mismatch, SetBits, bit};
use super::offer::Offer;
use super::query::{ClaimQuery, CredentialQuery, CredentialSetQuery, Query};
use super::select::{Side, concrete, walk};

/// A query, matched against everything that a wallet holds.
///
/// It keeps only which credential satisfies which claim set. Reasons, paths and combinations are worked out when
/// they are asked for, so that matching a whole wallet costs no allocation per credential.
#[derive(Debug)]
pub struct Answer<'a> {
    pub(super) query: &'a Query,
    pub(super) candidates: &'a [Candidate<'a>],
    /// For each credential query, what matches, in the order of the candidates.
    matches: Vec<Vec<Hit>>,
    /// One bit for each credential query that anything matches.
    answerable: u64,
}

/// A credential that matches.
#[derive(Debug, Clone, Copy)]
struct Hit {
    candidate: usize,
    sets: SetBits,
}

impl Query {
    /// Matches the query against what a wallet holds.
    pub fn match_candidates<'a>(&'a self, candidates: &'a [Candidate<'a>]) -> Answer<'a> {
        let mut memo = Memo::new();
        let mut answerable = 0;
        let mut matches = Vec::with_capacity(self.credentials.len());
        for (position, query) in self.credentials.iter().enumerate() {
            let mut hits = Vec::new();
            for (candidate, held) in candidates.iter().enumerate() {
                let sets = query.satisfied_sets(held, Side::Held, &mut memo);
                if sets != 0 {
                    hits.push(Hit { candidate, sets });
                }
            }
            if !hits.is_empty() {
                answerable |= bit(position);
            }
            matches.push(hits);
        }
        Answer { query: self, candidates, matches, answerable }
    }
}

impl<'a> Answer<'a> {
    /// Whether everything that is required can be delivered.
    pub fn satisfied(&self) -> bool {
        self.query.sets.iter().all(|set| !set.required || set.satisfiable(self.answerable))
    }

    /// What may be sent; `None` if the query is not satisfied, for then nothing may (section 6.4.2). Where all
    /// credential sets are optional and none can be satisfied, the offer is there and has no combination.
    pub fn offer(&self) -> Option<Offer<'_>> {
        self.satisfied().then(|| Offer::new(self))
    }

    /// The query that was matched.
    pub fn query(&self) -> &'a Query {
        self.query
    }

    /// Each credential query, with what fits and what does not. **For the holder's eyes**: it is no offer, and a
    /// query of an unsatisfied answer may have matches all the same.
    pub fn queries(&self) -> impl ExactSizeIterator<Item = QueryAnswer<'_>> {
        let answers = self.query.credentials.iter().zip(&self.matches).enumerate();
        answers.map(|(position, (query, hits))| QueryAnswer {
            position,
            query,
            candidates: self.candidates,
            hits,
        })
    }

    /// Each credential set, with its options. Where the query has no `credential_sets`, the one implicit set
    /// that requires everything.
    pub fn sets(&self) -> impl ExactSizeIterator<Item = SetAnswer<'_>> {
        self.query.sets.iter().map(|set| SetAnswer { set, answerable: self.answerable })
    }

    pub(super) fn query_answer(&self, position: usize) -> Option<QueryAnswer<'_>> {
        let (query, hits) = (self.query.credentials.get(position)?, self.matches.get(position)?);
        Some(QueryAnswer { position, query, candidates: self.candidates, hits })
    }

    pub(super) fn answerable(&self) -> u64 {
        self.answerable
    }
}

/// One credential query, with what fits and what does not.
#[derive(Debug, Clone, Copy)]
pub struct QueryAnswer<'a> {
    position: usize,
    query: &'a CredentialQuery,
    candidates: &'a [Candidate<'a>],
    hits: &'a [Hit],
}

impl<'a> QueryAnswer<'a> {
    /// Position of the credential query in the query.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The credential query.
    pub fn query(&self) -> &'a CredentialQuery {
        self.query
    }

    /// The credentials that match, in the order in which they were given.
    pub fn matches(&self) -> impl ExactSizeIterator<Item = Match<'a>> + use<'a> {
        let Self { query, candidates, hits, .. } = *self;
        hits.iter().map(move |hit| Match { query, candidates, hit: *hit })
    }

    /// The credentials that do not match, by position, each with the exact reason. Worked out as it is read.
    pub fn mismatches(&self) -> impl Iterator<Item = (usize, Mismatch<'a>)> + use<'a> {
        let Self { query, candidates, hits, .. } = *self;
        let mut hits = hits.iter().peekable();
        candidates.iter().enumerate().filter_map(move |(position, candidate)| {
            // Hits are in the order of the candidates.
            if hits.next_if(|hit| hit.candidate == position).is_some() {
                return None;
            }
            query.mismatch(candidate, Side::Held).map(|mismatch| (position, mismatch))
        })
    }

    pub(super) fn nth_match(&self, place: usize) -> Option<Match<'a>> {
        self.hits.get(place).map(|&hit| Match { query: self.query, candidates: self.candidates, hit })
    }

    pub(super) fn match_of(&self, candidate: usize) -> Option<Match<'a>> {
        let place = self.hits.binary_search_by_key(&candidate, |hit| hit.candidate).ok()?;
        self.nth_match(place)
    }

    pub(super) fn choice_count(&self) -> u128 {
        self.hits.iter().map(|hit| u128::from(hit.sets.count_ones())).sum()
    }
}

/// A credential that matches a credential query.
#[derive(Debug, Clone, Copy)]
pub struct Match<'a> {
    query: &'a CredentialQuery,
    candidates: &'a [Candidate<'a>],
    hit: Hit,
}

impl<'a> Match<'a> {
    /// Position of the credential among the candidates.
    pub fn candidate(&self) -> usize {
        self.hit.candidate
    }

    /// Every claim set that the credential satisfies, in the query's order of preference; at least one.
    pub fn choices(&self) -> impl Iterator<Item = ClaimChoice<'a>> + use<'a> {
        let Self { query, candidates, hit } = *self;
        query.claim_sets.iter().enumerate().filter_map(move |(position, set)| {
            let candidate = candidates.get(hit.candidate)?;
            (hit.sets & bit(position) != 0).then_some(ClaimChoice { query, candidate, position, set })
        })
    }

    /// The claims of the set that the query prefers among those satisfied: what must be disclosed at least if
    /// its writer put the minimal set first.
    pub fn required_claims(&self) -> Vec<&'a ClaimQuery> {
        self.choices().next().map(|choice| choice.claims().collect()).unwrap_or_default()
    }

    /// The claims of the other satisfied sets that are not [required](Self::required_claims): what the person
    /// may add by choosing another set. Each once, in the order of the query.
    pub fn optional_claims(&self) -> Vec<&'a ClaimQuery> {
        let mut sets = self.choices().map(|choice| choice.set);
        let required: HashSet<usize> = sets.next().into_iter().flatten().copied().collect();
        let mut optional: Vec<usize> =
            sets.flatten().copied().filter(|claim| !required.contains(claim)).collect();
        optional.sort_unstable();
        optional.dedup();
        self.query.claims_at(&optional).collect()
    }

    pub(super) fn choice(&self, place: usize) -> Option<ClaimChoice<'a>> {
        self.choices().nth(place)
    }

    pub(super) fn choice_count(&self) -> usize {
        self.hit.sets.count_ones().try_into().unwrap_or(usize::MAX)
    }
}

/// One claim set, satisfied by one credential.
#[derive(Debug, Clone, Copy)]
pub struct ClaimChoice<'a> {
    query: &'a CredentialQuery,
    candidate: &'a Candidate<'a>,
    position: usize,
    set: &'a [usize],
}

impl<'a> ClaimChoice<'a> {
    /// Position in `claim_sets`; `None` where the query has none.
    pub fn claim_set(&self) -> Option<usize> {
        self.query.claim_sets_given.then_some(self.position)
    }

    /// The claims of the set; empty if only what is always in the clear is asked for.
    pub fn claims(&self) -> impl Iterator<Item = &'a ClaimQuery> + use<'a> {
        self.query.claims_at(self.set)
    }

    /// Whether the format cannot disclose less than the whole credential.
    pub fn whole_credential(&self) -> bool {
        !self.query.format.discloses_selectively()
    }

    /// The paths to disclose, and no more (section 6.4: other claims MUST NOT be sent if they can be withheld).
    /// Every `null` is resolved to the positions that it stands for; where the query restricts the values, only
    /// to those whose value it accepts, for the others are "treated the same as if it did not exist" (section
    /// 6.4.1). Empty if only what is always in the clear is asked for.
    pub fn disclose(&self) -> Vec<ClaimPath> {
        let mut paths = Vec::new();
        let mut seen = HashSet::new();
        for claim in self.claims() {
            // What was satisfied has no misfit, so there is no error to see here.
            let _satisfied = walk(&claim.path, self.candidate.claims, Side::Held, &mut |value, trail| {
                if claim.accepts(value) {
                    let path = concrete(&claim.path, trail);
                    if seen.insert(path.clone()) {
                        paths.push(path);
                    }
                }
            });
        }
        paths
    }
}

/// One credential set, with its options.
#[derive(Debug, Clone, Copy)]
pub struct SetAnswer<'a> {
    set: &'a CredentialSetQuery,
    answerable: u64,
}

impl<'a> SetAnswer<'a> {
    /// Whether the query is unanswered without it.
    pub fn required(&self) -> bool {
        self.set.required
    }

    /// Whether at least one of its options is satisfied.
    pub fn satisfiable(&self) -> bool {
        self.set.satisfiable(self.answerable)
    }

    /// Its options, in the query's order of preference.
    pub fn options(&self) -> impl ExactSizeIterator<Item = OptionAnswer<'a>> + use<'a> {
        let answerable = self.answerable;
        self.set
            .options
            .iter()
            .map(move |queries| OptionAnswer { queries, satisfied: within(queries, answerable) })
    }
}

/// One option of a credential set.
#[derive(Debug, Clone, Copy)]
pub struct OptionAnswer<'a> {
    queries: &'a [usize],
    satisfied: bool,
}

impl<'a> OptionAnswer<'a> {
    /// The credential queries it names, by their positions.
    pub fn queries(&self) -> &'a [usize] {
        self.queries
    }

    /// Whether a credential matches each of them.
    pub fn satisfied(&self) -> bool {
        self.satisfied
    }
}

impl CredentialSetQuery {
    /// Whether one option lies within these credential queries.
    pub(super) fn satisfiable(&self, queries: u64) -> bool {
        self.options.iter().any(|option| within(option, queries))
    }
}

/// Whether all of an option lies within these credential queries.
pub(super) fn within(option: &[usize], queries: u64) -> bool {
    option.iter().all(|&position| queries & bit(position) != 0)
}
