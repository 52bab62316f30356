//! One credential query against one credential.

use std::fmt;

use bookbag_credential::{ClaimPath, PathError};
use serde_json::{Map, Value};

use super::candidate::Candidate;
use super::query::{ClaimQuery, CredentialQuery, Format};
use super::select::{Side, walk};

/// Why a credential does not fit a credential query. For the holder's eyes (or, of a presentation, the
/// verifier's own): a wallet never tells the verifier. It names paths, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch<'q> {
    /// The query asks for a format that we do not know.
    UnknownFormat,
    /// The credential has another format.
    Format,
    /// The credential has another type.
    Type,
    /// The query needs a proof of holder binding, which this credential cannot give.
    HolderBinding,
    /// No authority above the issuer is among those that the query accepts.
    Authority,
    /// No claim set can be satisfied; here is why, for each.
    Claims(Vec<ClaimSetMismatch<'q>>),
}

/// Why a credential does not satisfy one claim set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimSetMismatch<'q> {
    /// Position in `claim_sets`; `None` where the query has none and all claims are needed.
    pub claim_set: Option<usize>,
    /// Every claim that stands in the way.
    pub claims: Vec<ClaimMismatch<'q>>,
}

/// A claim that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimMismatch<'q> {
    /// Its `id`, where it has one.
    pub id: Option<&'q str>,
    /// Its path in the query.
    pub path: &'q ClaimPath,
    /// What is wrong with it.
    pub problem: ClaimProblem,
}

/// What is wrong with a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimProblem {
    /// The path leads to nothing.
    Missing,
    /// The path does not fit the credential (section 7.1: "abort processing and return an error").
    Misfit(PathError),
    /// It is there, with none of the accepted values.
    Value,
}

/// Which claim sets a credential satisfies: one bit for each position in `claim_sets`.
pub(super) type SetBits = u64;

/// What is known about the claims of one credential so far, so that a claim that stands in several sets is
/// looked up once. Reused from one credential to the next.
pub(super) type Memo = Vec<Option<bool>>;

impl CredentialQuery {
    /// The claim sets that `candidate` satisfies; zero if it does not fit at all.
    pub(super) fn satisfied_sets(&self, candidate: &Candidate<'_>, side: Side, memo: &mut Memo) -> SetBits {
        if self.outer_mismatch(candidate).is_some() {
            return 0;
        }
        memo.clear();
        memo.resize(self.claims.len(), None);
        let mut bits = 0;
        for (position, set) in self.claim_sets.iter().enumerate() {
            if set.iter().all(|&claim| self.claim_holds(claim, candidate, side, memo)) {
                bits |= bit(position);
            }
        }
        bits
    }

    fn claim_holds(&self, position: usize, candidate: &Candidate<'_>, side: Side, memo: &mut Memo) -> bool {
        let (Some(claim), Some(known)) = (self.claims.get(position), memo.get_mut(position)) else {
            return false;
        };
        *known.get_or_insert_with(|| claim.problem(candidate.claims, side).is_none())
    }

    /// Why `candidate` does not fit; `None` if it does.
    pub(super) fn mismatch(&self, candidate: &Candidate<'_>, side: Side) -> Option<Mismatch<'_>> {
        if let Some(mismatch) = self.outer_mismatch(candidate) {
            return Some(mismatch);
        }
        let mut sets = Vec::with_capacity(self.claim_sets.len());
        for (position, set) in self.claim_sets.iter().enumerate() {
            let problems = self.claims_at(set).filter_map(|claim| {
                let problem = claim.problem(candidate.claims, side)?;
                Some(ClaimMismatch { id: claim.id(), path: claim.path(), problem })
            });
            let claims: Vec<_> = problems.collect();
            if claims.is_empty() {
                return None;
            }
            sets.push(ClaimSetMismatch { claim_set: self.claim_sets_given.then_some(position), claims });
        }
        Some(Mismatch::Claims(sets))
    }

    /// Everything but the claims.
    fn outer_mismatch(&self, candidate: &Candidate<'_>) -> Option<Mismatch<'static>> {
        if self.format == Format::Unknown {
            return Some(Mismatch::UnknownFormat);
        }
        if self.format != candidate.format {
            return Some(Mismatch::Format);
        }
        if !self.types.accepts(&candidate.types) {
            return Some(Mismatch::Type);
        }
        if self.holder_binding && !candidate.holder_binding {
            return Some(Mismatch::HolderBinding);
        }
        // Section 6.1: a credential "SHOULD match at least one of the conditions". A type of authority that
        // nobody here can judge is a condition that is not met; sending anyway would only reveal more.
        let authority =
            |authority: &super::query::TrustedAuthority| authority.accepts(&candidate.authorities);
        if !self.authorities.is_empty() && !self.authorities.iter().any(authority) {
            return Some(Mismatch::Authority);
        }
        None
    }
}

impl ClaimQuery {
    /// What is wrong with this claim in a credential; `None` if nothing is.
    fn problem(&self, claims: &Map<String, Value>, side: Side) -> Option<ClaimProblem> {
        let (mut found, mut accepted) = (false, false);
        let walked = walk(&self.path, claims, side, &mut |value, _| {
            found = true;
            accepted = accepted || self.accepts(value);
        });
        match walked {
            Err(error) => Some(ClaimProblem::Misfit(error)),
            // Section 7.1, step 3: an empty selection is an error too.
            Ok(()) if !found => Some(ClaimProblem::Missing),
            // Section 6.4.1: "treated the same as if it did not exist in the Credential".
            Ok(()) if !accepted => Some(ClaimProblem::Value),
            Ok(()) => None,
        }
    }
}

/// The bit of a position; none beyond 63, which no checked query reaches.
pub(super) fn bit(position: usize) -> u64 {
    u32::try_from(position).ok().and_then(|position| 1_u64.checked_shl(position)).unwrap_or(0)
}

impl fmt::Display for Mismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownFormat => "the query asks for a format that is not known here",
            Self::Format => "the credential has another format",
            Self::Type => "the credential has another type",
            Self::HolderBinding => "the credential cannot prove who holds it",
            Self::Authority => "no authority above the issuer is one that the query accepts",
            Self::Claims(sets) => {
                for (position, set) in sets.iter().enumerate() {
                    write!(f, "{}{set}", if position == 0 { "" } else { "; " })?;
                }
                return Ok(());
            }
        })
    }
}

impl fmt::Display for ClaimSetMismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.claim_set {
            write!(f, "claim set {position}: ")?;
        }
        for (position, claim) in self.claims.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}{} {}", claim.path, claim.problem)?;
        }
        Ok(())
    }
}

impl fmt::Display for ClaimProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is not there",
            Self::Misfit(_) => "does not fit the credential",
            Self::Value => "has another value",
        })
    }
}
