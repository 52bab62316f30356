//! What may be sent: whole combinations, and nothing that is less.

use std::collections::{BTreeMap, HashSet};

use super::answer::{Answer, ClaimChoice, Match, QueryAnswer, within};
use super::matching::bit;
use super::query::CredentialSetQuery;

/// A satisfied answer. Only from here come [`Combination`]s, and each of them satisfies the whole query.
#[derive(Debug)]
pub struct Offer<'a> {
    answer: &'a Answer<'a>,
    /// Which credential queries are answered together, one bit each: for every way to choose the options, in the
    /// order of preference, without repetition.
    unions: Vec<u64>,
}

impl<'a> Offer<'a> {
    pub(super) fn new(answer: &'a Answer<'a>) -> Self {
        // A query is read only if there are at most `MAX_SET_COMBINATIONS` of them.
        let mut unions = vec![0_u64];
        for set in &answer.query.sets {
            let choices = choices(set, answer.answerable());
            unions =
                unions.iter().flat_map(|union| choices.iter().map(move |choice| union | choice)).collect();
        }
        let mut seen = HashSet::with_capacity(unions.len());
        // Nothing at all is no answer: a response has at least one presentation.
        unions.retain(|union| *union != 0 && seen.insert(*union));
        Self { answer, unions }
    }

    /// Every combination of options, credentials and claim sets that satisfies the query, the preferred first.
    ///
    /// The order: the options of the first credential set weigh most, then those of the next; an optional set is
    /// first left out. Within the same options, the credentials of the first credential query weigh most, in the
    /// order in which they were given, each with its claim sets in the query's order of preference. So the first
    /// combination is what the verifier prefers at least, with nothing that is optional.
    ///
    /// There may be more of them than anybody can count; they are made one at a time. Where the query allows
    /// several credentials ([`super::CredentialQuery::multiple`]) each combination has one; more can be
    /// [chosen](Self::choose).
    pub fn combinations(&self) -> Combinations<'_> {
        Combinations { offer: self, unions: self.unions.iter(), wheels: Vec::new() }
    }

    /// How many combinations there are; the largest number if there are more.
    pub fn count(&self) -> u128 {
        let counts = self.unions.iter().map(|union| {
            let queries = self.queries_of(*union);
            queries.map(|query| query.choice_count()).fold(1, u128::saturating_mul)
        });
        counts.fold(0, u128::saturating_add)
    }

    /// Makes a combination of what a person picked.
    ///
    /// # Errors
    ///
    /// If a pick is not on offer, a credential is picked twice or one too many for a query, the picks leave
    /// something required unanswered, or one of them belongs to no option that is picked in full.
    pub fn choose(&self, picks: &[Pick]) -> Result<Combination<'_>, ChoiceError> {
        let mut union = 0;
        let mut presentations: BTreeMap<(usize, usize), Presentation<'_>> = BTreeMap::new();
        for pick in picks {
            let query = self.answer.query_answer(pick.query).ok_or(ChoiceError::NotOffered)?;
            let found = query.match_of(pick.candidate).ok_or(ChoiceError::NotOffered)?;
            let mut choices = found.choices();
            let choice =
                choices.find(|choice| choice.claim_set() == pick.claim_set).ok_or(ChoiceError::NotOffered)?;
            if union & bit(pick.query) != 0 && !query.query().multiple() {
                return Err(ChoiceError::Several);
            }
            union |= bit(pick.query);
            let presentation = Presentation { query, found, choice };
            if presentations.insert((pick.query, pick.candidate), presentation).is_some() {
                return Err(ChoiceError::Twice);
            }
        }
        self.check_union(union)?;
        Ok(Combination { presentations: presentations.into_values().collect() })
    }

    fn check_union(&self, union: u64) -> Result<(), ChoiceError> {
        let sets = &self.answer.query.sets;
        if union == 0 || sets.iter().any(|set| set.required && !set.satisfiable(union)) {
            return Err(ChoiceError::Incomplete);
        }
        let options = sets.iter().flat_map(CredentialSetQuery::options);
        let asked = options.filter(|option| within(option, union)).fold(0, |all, option| all | mask(option));
        // Section 6.4: what no chosen option asks for is not to be sent.
        if asked == union { Ok(()) } else { Err(ChoiceError::NotAsked) }
    }

    fn queries_of(&self, union: u64) -> impl Iterator<Item = QueryAnswer<'_>> {
        self.answer.queries().filter(move |query| union & bit(query.position()) != 0)
    }
}

/// The ways to choose an option of a set, as the credential queries each needs. An optional set may be left out.
fn choices(set: &CredentialSetQuery, answerable: u64) -> Vec<u64> {
    let none = (!set.required).then_some(0);
    let options = set.options.iter().filter(|option| within(option, answerable)).map(|option| mask(option));
    none.into_iter().chain(options).collect()
}

fn mask(option: &[usize]) -> u64 {
    option.iter().fold(0, |mask, &position| mask | bit(position))
}

/// One credential that a person picked for one credential query, with one of its claim sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    /// Position of the credential query.
    pub query: usize,
    /// Position of the credential among the candidates.
    pub candidate: usize,
    /// Position of the claim set; `None` where the query has none.
    pub claim_set: Option<usize>,
}

/// Why picks make no combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// There is no such credential query, or the credential does not match it by that claim set.
    #[error("a pick is not among what is offered")]
    NotOffered,
    /// More than one credential for a query that takes one.
    #[error("several credentials are picked for a query that takes one")]
    Several,
    /// One credential twice for one query.
    #[error("one credential is picked twice for one query")]
    Twice,
    /// Something required is not answered.
    #[error("the picks leave something unanswered that is required")]
    Incomplete,
    /// A credential that no option needs.
    #[error("a pick belongs to no option that is picked in full")]
    NotAsked,
}

/// Presentations that together satisfy the whole query; at least one.
#[derive(Debug, Clone)]
pub struct Combination<'a> {
    presentations: Vec<Presentation<'a>>,
}

impl<'a> Combination<'a> {
    /// What to present, in the order of the credential queries.
    pub fn presentations(&self) -> impl ExactSizeIterator<Item = &Presentation<'a>> {
        self.presentations.iter()
    }
}

/// One credential to present for one credential query.
#[derive(Debug, Clone, Copy)]
pub struct Presentation<'a> {
    query: QueryAnswer<'a>,
    found: Match<'a>,
    choice: ClaimChoice<'a>,
}

impl<'a> Presentation<'a> {
    /// The `id` of the credential query, under which it is returned.
    pub fn query_id(&self) -> &'a str {
        self.query.query().id()
    }

    /// Position of the credential among the candidates.
    pub fn candidate(&self) -> usize {
        self.found.candidate()
    }

    /// Whether a proof of holder binding is asked for.
    pub fn requires_holder_binding(&self) -> bool {
        self.query.query().requires_holder_binding()
    }

    /// The claim set, with the paths to disclose.
    pub fn choice(&self) -> &ClaimChoice<'a> {
        &self.choice
    }

    /// As a pick, to be changed and chosen anew.
    pub fn pick(&self) -> Pick {
        let query = self.query.position();
        Pick { query, candidate: self.candidate(), claim_set: self.choice.claim_set() }
    }
}

/// Combinations, made one at a time; see [`Offer::combinations`].
#[derive(Debug, Clone)]
pub struct Combinations<'a> {
    offer: &'a Offer<'a>,
    unions: std::slice::Iter<'a, u64>,
    /// The wheels of an odometer, one for each credential query that is answered; empty before the first turn of
    /// each union.
    wheels: Vec<Wheel<'a>>,
}

/// Stands at one credential and one claim set of one credential query.
#[derive(Debug, Clone, Copy)]
struct Wheel<'a> {
    query: QueryAnswer<'a>,
    place: usize,
    choice: usize,
}

impl<'a> Wheel<'a> {
    /// One step; whether it came round to the start again.
    fn turn(&mut self) -> bool {
        self.choice += 1;
        if self.query.nth_match(self.place).is_some_and(|found| self.choice < found.choice_count()) {
            return false;
        }
        self.choice = 0;
        self.place += 1;
        if self.query.nth_match(self.place).is_some() {
            return false;
        }
        self.place = 0;
        true
    }

    fn presentation(&self) -> Option<Presentation<'a>> {
        let found = self.query.nth_match(self.place)?;
        Some(Presentation { query: self.query, found, choice: found.choice(self.choice)? })
    }
}

impl<'a> Iterator for Combinations<'a> {
    type Item = Combination<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        // The last wheel turns fastest; `all` stops at the first that does not come round.
        if self.wheels.iter_mut().rev().all(Wheel::turn) {
            let union = *self.unions.next()?;
            let queries = self.offer.queries_of(union);
            self.wheels = queries.map(|query| Wheel { query, place: 0, choice: 0 }).collect();
        }
        let presentations = self.wheels.iter().map(Wheel::presentation).collect::<Option<Vec<_>>>()?;
        Some(Combination { presentations })
    }
}
