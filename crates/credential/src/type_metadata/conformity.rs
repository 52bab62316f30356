//! Does a credential look as its type says? (draft-ietf-oauth-sd-jwt-vc-19 section 5.6.)

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::check::{Check, Refusal};
use crate::path::{ClaimPath, PathElement};
use crate::type_metadata::document::SelectiveDisclosure;
use crate::type_metadata::resolve::{ResolvedClaim, ResolvedType};

/// Most values that all paths of a type together may visit in one credential.
const MAX_VISITED: usize = 1_000_000;

/// The claims of a credential, as far as they are known to whoever checks them.
///
/// Paths here name one place each, and count array elements as issued: an element that is not disclosed has its
/// place, although it is absent from the payload.
#[derive(Debug, Clone, Copy)]
pub struct KnownClaims<'c> {
    /// The processed payload: disclosed claims in their places, nothing in place of the others.
    pub payload: &'c Map<String, Value>,
    /// Where the claims of the payload stand that had a disclosure of their own.
    pub disclosable: &'c BTreeSet<ClaimPath>,
    /// Where the array elements stand that are not disclosed. A holder with every disclosure has none.
    pub withheld: &'c BTreeSet<ClaimPath>,
}

/// Who checks: it decides what an absent claim means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Holder,
    Verifier,
}

impl ResolvedType {
    /// Checks a credential as its holder received it, with every disclosure.
    ///
    /// # Errors
    ///
    /// If a path does not fit, a mandatory claim was not issued, or a claim is selectively disclosable against
    /// the type, or is not although it should be. Then the credential must be refused.
    pub fn check_issued(&self, claims: &KnownClaims<'_>) -> Result<(), Refusal> {
        self.check(claims, Role::Holder)
    }

    /// Checks a credential as it was presented. That a claim is absent says nothing about whether it was issued,
    /// unless it can only stand in the clear.
    ///
    /// # Errors
    ///
    /// As [`Self::check_issued`], as far as a verifier can tell.
    pub fn check_presented(&self, claims: &KnownClaims<'_>) -> Result<(), Refusal> {
        self.check(claims, Role::Verifier)
    }

    fn check(&self, claims: &KnownClaims<'_>, role: Role) -> Result<(), Refusal> {
        let mut budget = MAX_VISITED;
        self.claims().iter().try_for_each(|claim| claims.check(claim, role, &mut budget))
    }
}

/// What a path selects.
struct Selection<'c> {
    places: Vec<(Vec<PathElement>, Seen<'c>)>,
    /// The last step looked for a member in vain.
    absent: bool,
    /// A step before it did, so that there may be more behind a claim that was not disclosed.
    through_absent: bool,
    /// A step led into an array element that is not disclosed.
    through_withheld: bool,
}

#[derive(Clone, Copy)]
enum Seen<'c> {
    Object(&'c Map<String, Value>),
    Array(&'c [Value]),
    Scalar,
    /// An array element that was issued and is not disclosed.
    Withheld,
}

impl<'c> Seen<'c> {
    /// How much work a step from here may be.
    fn cost(self) -> usize {
        match self {
            Self::Array(array) => array.len().saturating_add(1),
            _ => 1,
        }
    }

    fn of(value: &'c Value) -> Self {
        match value {
            Value::Object(object) => Self::Object(object),
            Value::Array(array) => Self::Array(array),
            _ => Self::Scalar,
        }
    }
}

impl<'c> KnownClaims<'c> {
    fn check(&self, claim: &ResolvedClaim, role: Role, budget: &mut usize) -> Result<(), Refusal> {
        let selection = self.select(claim, budget)?;
        // Section 5.6: "A Verifier MUST NOT treat absence of a selectively disclosable claim [...] as evidence".
        let unknowable = match role {
            Role::Holder => selection.through_withheld,
            Role::Verifier => {
                claim.sd != SelectiveDisclosure::Never
                    || selection.through_withheld
                    || selection.through_absent
            }
        };
        if claim.mandatory && selection.places.is_empty() && !unknowable {
            return Err(Check::TypeMandatoryMissing.refuse_at(claim.path.clone()));
        }
        // Section 5.6: only a disclosure of its own makes a claim disclosable, not one of an ancestor.
        let wanted = match claim.sd {
            SelectiveDisclosure::Allowed => return Ok(()),
            SelectiveDisclosure::Always => true,
            SelectiveDisclosure::Never => false,
        };
        for (place, seen) in selection.places {
            let place = ClaimPath::new(place).map_err(|_| Check::TypeTooLarge.refuse())?;
            let disclosable = matches!(seen, Seen::Withheld) || self.disclosable.contains(&place);
            if disclosable != wanted {
                return Err(Check::TypeSdMismatch.refuse_at(place));
            }
        }
        Ok(())
    }

    /// Section 5.6.1.2, with the positions of section 5.6.
    fn select(&self, claim: &ResolvedClaim, budget: &mut usize) -> Result<Selection<'c>, Refusal> {
        let root = (Vec::new(), Seen::Object(self.payload));
        let mut selection =
            Selection { places: vec![root], absent: false, through_absent: false, through_withheld: false };
        for element in claim.path.elements() {
            let cost = selection.places.iter().map(|(_, seen)| seen.cost()).fold(0, usize::saturating_add);
            *budget = budget.checked_sub(cost).ok_or_else(|| Check::TypeTooLarge.refuse())?;
            // "If any of the currently selected element(s) is not an object [an array], abort".
            self.step(&mut selection, element)
                .ok_or_else(|| Check::TypePathMisfit.refuse_at(claim.path.clone()))?;
        }
        Ok(selection)
    }

    /// One step from everything selected so far; `None` if it does not fit.
    fn step(&self, selection: &mut Selection<'c>, element: &PathElement) -> Option<()> {
        selection.through_absent |= std::mem::take(&mut selection.absent);
        let mut next = Vec::new();
        for (at, seen) in std::mem::take(&mut selection.places) {
            match (element, seen) {
                // "Its contents are unknown, so any deeper path components select no claims".
                (_, Seen::Withheld) => selection.through_withheld = true,
                (PathElement::Name(name), Seen::Object(object)) => match object.get(name) {
                    Some(value) => next.push((joined(&at, element.clone()), Seen::of(value))),
                    None => selection.absent = true,
                },
                (PathElement::All, Seen::Array(array)) => next.extend(self.elements(&at, array)),
                (PathElement::Index(index), Seen::Array(array)) => {
                    next.extend(self.elements(&at, array).into_iter().nth(*index));
                }
                _ => return None,
            }
        }
        selection.places = next;
        Some(())
    }

    /// The elements of the array at `at`, in their places as issued.
    fn elements(&self, at: &[PathElement], array: &'c [Value]) -> Vec<(Vec<PathElement>, Seen<'c>)> {
        let mut disclosed = array.iter();
        let mut elements = Vec::with_capacity(array.len());
        loop {
            let place = joined(at, PathElement::Index(elements.len()));
            if self.is_withheld(&place) {
                elements.push((place, Seen::Withheld));
            } else if let Some(value) = disclosed.next() {
                elements.push((place, Seen::of(value)));
            } else {
                return elements;
            }
        }
    }

    fn is_withheld(&self, place: &[PathElement]) -> bool {
        !self.withheld.is_empty() && ClaimPath::new(place).is_ok_and(|place| self.withheld.contains(&place))
    }
}

fn joined(at: &[PathElement], element: PathElement) -> Vec<PathElement> {
    let mut place = Vec::with_capacity(at.len() + 1);
    place.extend_from_slice(at);
    place.push(element);
    place
}
