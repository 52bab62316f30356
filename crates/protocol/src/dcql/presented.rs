//! What a verifier checks of the answer that came back (OpenID4VP 1.0 sections 6.4, 8.1 and 8.6).

use std::collections::BTreeMap;

use super::answer::within;
use super::candidate::Candidate;
use super::matching::{Memo, Mismatch, bit};
use super::query::{CredentialQuery, Query};
use super::rule::Rule;
use super::select::Side;

/// Presentations that satisfy the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented<'q> {
    relied_on: Vec<&'q str>,
    surplus: Vec<&'q str>,
}

impl<'q> Presented<'q> {
    /// The `id`s of the credential queries that some credential set asked for, in the order of the query.
    pub fn relied_on(&self) -> &[&'q str] {
        &self.relied_on
    }

    /// The `id`s of credential queries that were answered although no option that is answered in full asks for
    /// them. The verifier has no ground to use them, and should erase them.
    pub fn surplus(&self) -> &[&'q str] {
        &self.surplus
    }
}

/// Why a set of presentations is not an answer to the query. For the verifier's own records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {} ({}){problem}", rule.id(), rule.rule(), rule.clause())]
pub struct PresentedError<'q> {
    /// The rule it breaks.
    pub rule: Rule,
    /// What is wrong, where there is more to say.
    pub problem: PresentedProblem<'q>,
}

/// Where a set of presentations fails.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresentedProblem<'q> {
    /// Something is filed under an `id` that is not in the query.
    UnknownId,
    /// The presentations of this credential query, by their number.
    Query(&'q str),
    /// One presentation of this credential query does not fit it.
    Presentation {
        /// The `id` of the credential query.
        query: &'q str,
        /// Which presentation, from 0.
        position: usize,
        /// Why.
        mismatch: Mismatch<'q>,
    },
    /// This credential set is required and none of its options is answered; always 0 where the query has no
    /// `credential_sets` and everything is required.
    Set(usize),
}

impl Query {
    /// Checks that what was presented answers this query: by format, type, holder binding, authority, claims and
    /// values of each presentation (everything that the query said, since a wallet is in nobody's hands but its
    /// holder's), and by the credentials that together are required.
    ///
    /// It says nothing of signatures, validity, status or trust; `presented` is what is left after those checks.
    /// Withheld elements of arrays shift those behind them, so a position in a path is met by any element up to
    /// that position, see [`Query::check_presentation`].
    ///
    /// # Errors
    ///
    /// If anything presented does not fit its query, or something required is missing. Then nothing that was
    /// presented may be relied on.
    pub fn check_presented<'q>(
        &'q self,
        presented: &BTreeMap<String, Vec<Candidate<'_>>>,
    ) -> Result<Presented<'q>, PresentedError<'q>> {
        let mut union = 0;
        for (id, presentations) in presented {
            let unknown =
                || PresentedError { rule: Rule::PresentedUnknownId, problem: PresentedProblem::UnknownId };
            let position = self.position(id).ok_or_else(unknown)?;
            let query = self.credentials.get(position).ok_or_else(unknown)?;
            query.check_presentations(presentations)?;
            union |= bit(position);
        }
        // Section 6.4.2: all required sets, or all credentials where there are no sets.
        if let Some(set) = self.sets.iter().position(|set| set.required && !set.satisfiable(union)) {
            let problem = PresentedProblem::Set(set);
            return Err(PresentedError { rule: Rule::PresentedIncomplete, problem });
        }
        Ok(self.sort_presented(union))
    }

    /// Checks one presentation against the credential query of this `id`, and says which claim set it satisfies:
    /// its position, `None` where the query has no `claim_sets`.
    ///
    /// # Errors
    ///
    /// If it does not fit, or there is no such credential query.
    pub fn check_presentation(
        &self,
        id: &str,
        presentation: &Candidate<'_>,
    ) -> Result<Option<usize>, PresentedError<'_>> {
        let unknown =
            || PresentedError { rule: Rule::PresentedUnknownId, problem: PresentedProblem::UnknownId };
        let query = self.credential(id).ok_or_else(unknown)?;
        query.check_one(0, presentation)?;
        let sets = query.satisfied_sets(presentation, Side::Presented, &mut Memo::new());
        let first = sets.trailing_zeros().try_into().unwrap_or(usize::MAX);
        Ok(query.claim_sets_given.then_some(first))
    }

    fn sort_presented(&self, union: u64) -> Presented<'_> {
        let options = self.sets.iter().flat_map(|set| set.options());
        let answered: Vec<_> = options.filter(|option| within(option, union)).collect();
        let mut presented = Presented { relied_on: Vec::new(), surplus: Vec::new() };
        for (position, query) in self.credentials.iter().enumerate() {
            if union & bit(position) != 0 {
                let asked = answered.iter().any(|option| option.contains(&position));
                let list = if asked { &mut presented.relied_on } else { &mut presented.surplus };
                list.push(query.id());
            }
        }
        presented
    }
}

impl CredentialQuery {
    fn check_presentations(&self, presentations: &[Candidate<'_>]) -> Result<(), PresentedError<'_>> {
        let problem = PresentedProblem::Query(&self.id);
        // Section 8.1: "an array of one or more Presentations".
        if presentations.is_empty() {
            return Err(PresentedError { rule: Rule::PresentedNone, problem });
        }
        // Section 8.1: "When `multiple` is omitted, or set to `false`, the array MUST contain only one".
        if presentations.len() > 1 && !self.multiple {
            return Err(PresentedError { rule: Rule::PresentedSeveral, problem });
        }
        let mut numbered = presentations.iter().enumerate();
        numbered.try_for_each(|(position, presentation)| self.check_one(position, presentation))
    }

    fn check_one(&self, position: usize, presentation: &Candidate<'_>) -> Result<(), PresentedError<'_>> {
        match self.mismatch(presentation, Side::Presented) {
            None => Ok(()),
            Some(mismatch) => {
                let problem = PresentedProblem::Presentation { query: &self.id, position, mismatch };
                Err(PresentedError { rule: Rule::PresentedMisfit, problem })
            }
        }
    }
}

impl std::fmt::Display for PresentedProblem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownId => Ok(()),
            Self::Query(query) => write!(f, ", for {query}"),
            Self::Presentation { query, position, mismatch } => {
                write!(f, ", for {query}, presentation {position}: {mismatch}")
            }
            Self::Set(position) => write!(f, ", credential set {position}"),
        }
    }
}
