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
    given: Vec<String>,
    more: usize,
}

impl ListNotGiven {
    pub(super) fn new(needed: &str, given: &[VerifiedStatusList]) -> Self {
        let named = given.iter().take(MAX_NAMED).map(|list| list.uri().to_owned()).collect();
        Self { needed: needed.to_owned(), given: named, more: given.len().saturating_sub(MAX_NAMED) }
    }

    pub(super) fn other(needed: &str, given: &VerifiedStatusList) -> Self {
        Self::new(needed, std::slice::from_ref(given))
    }

    /// The URI of the list that is needed.
    pub fn needed(&self) -> &str {
        &self.needed
    }

    /// The URIs of the lists that were given in its place; not all of them, if there were many.
    pub fn given(&self) -> impl Iterator<Item = &str> {
        self.given.iter().map(String::as_str)
    }
}

impl fmt::Display for ListNotGiven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the credential names the status list {}", self.needed)?;
        match self.given.as_slice() {
            [] => f.write_str("; give that list"),
            given => {
                write!(f, ", and what was given is {}", given.join(" and "))?;
                if self.more > 0 { write!(f, " and {} more", self.more) } else { Ok(()) }
            }
        }
    }
}

impl std::error::Error for ListNotGiven {}
