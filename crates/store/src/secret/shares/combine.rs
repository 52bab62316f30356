//! Joining shares again, and finding out what is wrong with them.

use std::collections::{BTreeSet, HashSet};

use super::{ShamirError, Share, VALUE_BYTES, Zeroizing, digest, shamir};
use crate::secret::words::RecoverySecret;

/// What joined shares gave.
#[derive(Debug)]
pub struct Combined {
    secret: RecoverySecret,
    wrong: Vec<u8>,
}

/// Why shares were not joined. Names shares by their number or by their place in what was given, and holds nothing of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CombineError {
    /// Fewer than are needed.
    #[error("{given} of the {needed} shares that are needed are here: ask for {} more", needed - given)]
    TooFew {
        /// How many there are.
        given: u8,
        /// How many are needed.
        needed: u8,
    },
    /// None at all.
    #[error("there is no share here yet: enter the first one")]
    None,
    /// The same number twice.
    #[error("share number {number} is here twice: each has to be from another person")]
    Duplicate {
        /// The number.
        number: u8,
    },
    /// Shares of another sharing than the first.
    #[error(
        "share {place} belongs to another set than the first one: only shares with the same set number go together"
    )]
    OtherSet {
        /// Which of those given, from 1.
        place: usize,
    },
    /// As many as are needed, or more, and no choice of them gives a secret that its digest fits.
    #[error(
        "these shares do not give a key: at least one of them is wrong. Enter one more, and the wrong one can be named"
    )]
    Wrong,
}

impl Combined {
    /// The secret that had been shared.
    pub fn into_secret(self) -> RecoverySecret {
        self.secret
    }

    /// The numbers of shares that do not fit, mistaken or false: those on which the largest group that agrees is not
    /// agreed. Holders who lie together can make another group as large; then everybody in whom the groups differ is named.
    /// The secret is the right one all the same.
    pub fn wrong_shares(&self) -> &[u8] {
        &self.wrong
    }
}

/// Joins shares. With more than are needed, a wrong one among them does no harm and is named.
///
/// # Errors
///
/// If there are too few, one is given twice, they are of different sets, or too many of them are wrong.
pub fn combine(shares: &[Share]) -> Result<Combined, CombineError> {
    let needed = check(shares)?;
    let points: Vec<&Share> = shares.iter().collect();
    let first = points.get(..needed).and_then(|choice| group(choice, shares));
    match first {
        Some((secret, wrong)) if wrong.is_empty() => Ok(Combined { secret, wrong }),
        _ if shares.len() == needed => Err(CombineError::Wrong),
        _ => largest_group(&points, needed, shares),
    }
}

/// Tries every choice, at most 8 of 16 or 12 870 of them. Only where something is wrong.
fn largest_group(points: &[&Share], needed: usize, shares: &[Share]) -> Result<Combined, CombineError> {
    let (mut secret, mut wrong, mut least) = (None, BTreeSet::new(), usize::MAX);
    for_each_choice(points, needed, &mut Vec::new(), &mut |choice| {
        let Some((found, outside)) = group(choice, shares) else { return };
        if outside.len() < least {
            (secret, wrong, least) = (Some(found), BTreeSet::new(), outside.len());
        }
        if outside.len() == least {
            wrong.extend(outside);
        }
    });
    let wrong = wrong.into_iter().collect();
    secret.map(|secret| Combined { secret, wrong }).ok_or(CombineError::Wrong)
}

/// All of one set, none twice, and enough of them; gives how many are needed.
fn check(shares: &[Share]) -> Result<usize, CombineError> {
    let first = shares.first().ok_or(CombineError::None)?;
    let differs = |share: &Share| share.set != first.set || share.needed != first.needed;
    if let Some(at) = shares.iter().position(differs) {
        return Err(CombineError::OtherSet { place: at + 1 });
    }
    let mut seen = HashSet::new();
    if let Some(twice) = shares.iter().find(|share| !seen.insert(share.number())) {
        return Err(CombineError::Duplicate { number: twice.number() });
    }
    let needed = usize::from(first.needed);
    match u8::try_from(shares.len()) {
        Ok(given) if given < first.needed => Err(CombineError::TooFew { given, needed: first.needed }),
        _ => Ok(needed),
    }
}

/// Calls `visit` with every choice of `needed` shares.
fn for_each_choice<'a>(
    left: &[&'a Share],
    needed: usize,
    chosen: &mut Vec<&'a Share>,
    visit: &mut impl FnMut(&[&'a Share]),
) {
    if chosen.len() == needed {
        visit(chosen);
    } else if let Some((first, rest)) = left.split_first()
        && left.len() + chosen.len() >= needed
    {
        chosen.push(first);
        for_each_choice(rest, needed, chosen, visit);
        chosen.pop();
        for_each_choice(rest, needed, chosen, visit);
    }
}

/// The secret of a choice, if its digest fits, and the numbers of those shares that do not lie where the choice says.
fn group(choice: &[&Share], shares: &[Share]) -> Option<(RecoverySecret, Vec<u8>)> {
    let value = value_at(0, choice).ok()?;
    let mut secret = Zeroizing::new([0; 32]);
    secret.iter_mut().zip(value.iter()).for_each(|(to, from)| *to = *from);
    if value.iter().skip(32).ne(&digest(&secret)) {
        return None;
    }
    let lies_there = |share: &Share| {
        value_at(share.number(), choice).is_ok_and(|value| *value == *share.point.as_secret_bytes())
    };
    let outside = shares.iter().filter(|share| !lies_there(share)).map(Share::number).collect();
    Some((RecoverySecret::from_secret_bytes(secret), outside))
}

fn value_at(number: u8, shares: &[&Share]) -> Result<Zeroizing<[u8; VALUE_BYTES]>, ShamirError> {
    let points: Vec<_> = shares.iter().map(|share| &share.point).collect();
    shamir::value_at(number, &points)
}
