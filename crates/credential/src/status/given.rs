//! Which status list is needed, for whoever has to find it.

use std::fmt;

use super::token::VerifiedStatusList;

/// Most lists that are named as having been given.
const MAX_NAMED: usize = 3;

/// The status list that a credential names is not at hand, or not from whoever may sign it. Names lists, which are the
/// same for everybody on them, and no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListNotGiven {
    needed: String,
    instead: Instead,
}

/// What was given in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Instead {
    Nothing,
    /// Lists of these URIs, and so many more.
    Others(Vec<String>, usize),
    /// A list of that URI, signed by somebody who may not.
    OtherSigner,
}

impl ListNotGiven {
    /// None of the lists given is it.
    pub(super) fn among(needed: &str, given: &[VerifiedStatusList]) -> Self {
        let named: Vec<_> = given.iter().take(MAX_NAMED).map(|list| list.uri().to_owned()).collect();
        let more = given.len().saturating_sub(named.len());
        let instead = if named.is_empty() { Instead::Nothing } else { Instead::Others(named, more) };
        Self { needed: needed.to_owned(), instead }
    }

    /// It was given, but not as whoever may sign it signed it.
    pub(super) fn by_its_signer(needed: &str) -> Self {
        Self { needed: needed.to_owned(), instead: Instead::OtherSigner }
    }

    /// The URI of the list that is needed.
    pub fn needed(&self) -> &str {
        &self.needed
    }
}

impl fmt::Display for ListNotGiven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the credential names the status list {}", self.needed)?;
        match &self.instead {
            Instead::Nothing => f.write_str("; give that list"),
            Instead::OtherSigner => f.write_str(", and what was given is signed by somebody else"),
            Instead::Others(given, 0) => write!(f, ", and what was given is {}", given.join(" and ")),
            Instead::Others(given, more) => {
                write!(f, ", and what was given is {} and {more} more", given.join(" and "))
            }
        }
    }
}

impl std::error::Error for ListNotGiven {}
