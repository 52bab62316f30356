//! Claim paths, walked without copying (OpenID4VP 1.0 section 7).
//!
//! [`ClaimPath::select`] gives what a path points to. Matching asks thousands of times whether there is anything,
//! and wants to know afterwards *which* elements a `null` stood for, so it walks by itself. A property test holds
//! the two together.

use bookbag_credential::{ClaimPath, PathElement, PathError};
use serde_json::{Map, Value};

/// In whose hands the document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The holder's: it is whole.
    Held,
    /// The verifier's. Elements of arrays may have been withheld, and those behind them have moved forward: the
    /// element that was at 2 is now at 0, 1 or 2. Any of them may be the one that was asked for.
    Presented,
}

/// Calls `visit` with each value that `path` selects, and with the positions that its nulls stood for.
///
/// The depth is that of the path, at most [`bookbag_credential::MAX_PATH_ELEMENTS`], and no node is visited twice
/// at one depth.
pub(super) fn walk<'d>(
    path: &ClaimPath,
    document: &'d Map<String, Value>,
    side: Side,
    visit: &mut dyn FnMut(&'d Value, &[usize]),
) -> Result<(), PathError> {
    let Some((PathElement::Name(name), rest)) = path.elements().split_first() else {
        return Err(PathError::NotAnArray);
    };
    match document.get(name) {
        Some(value) => Walk { side, trail: Vec::new(), visit }.descend(rest, value),
        None => Ok(()),
    }
}

struct Walk<'v, 'd> {
    side: Side,
    trail: Vec<usize>,
    visit: &'v mut dyn FnMut(&'d Value, &[usize]),
}

impl<'d> Walk<'_, 'd> {
    fn descend(&mut self, elements: &[PathElement], value: &'d Value) -> Result<(), PathError> {
        let Some((element, rest)) = elements.split_first() else {
            (self.visit)(value, &self.trail);
            return Ok(());
        };
        match (element, value) {
            (PathElement::Name(name), Value::Object(object)) => {
                object.get(name).map_or(Ok(()), |value| self.descend(rest, value))
            }
            (PathElement::All, Value::Array(array)) => self.descend_all(rest, array),
            (PathElement::Index(index), Value::Array(array)) if self.side == Side::Presented => {
                for value in array.iter().take(index.saturating_add(1)) {
                    // It may be another element than the one asked for, so its not fitting is no error.
                    let _another = self.descend(rest, value);
                }
                Ok(())
            }
            (PathElement::Index(index), Value::Array(array)) => {
                array.get(*index).map_or(Ok(()), |value| self.descend(rest, value))
            }
            // Section 7.1: "if any of the currently selected element(s) is not an object / array, abort".
            (PathElement::Name(_), _) => Err(PathError::NotAnObject),
            (PathElement::All | PathElement::Index(_), _) => Err(PathError::NotAnArray),
        }
    }

    fn descend_all(&mut self, rest: &[PathElement], array: &'d [Value]) -> Result<(), PathError> {
        for (position, value) in array.iter().enumerate() {
            self.trail.push(position);
            let outcome = self.descend(rest, value);
            self.trail.pop();
            outcome?;
        }
        Ok(())
    }
}

/// `path` with these positions for its nulls.
pub(super) fn concrete(path: &ClaimPath, trail: &[usize]) -> ClaimPath {
    let mut positions = trail.iter();
    let elements = path.elements().iter().map(|element| match element {
        PathElement::All => {
            positions.next().map_or(PathElement::All, |&position| PathElement::Index(position))
        }
        PathElement::Name(_) | PathElement::Index(_) => element.clone(),
    });
    // As many elements as before, so it is a path.
    ClaimPath::new(elements.collect::<Vec<_>>()).unwrap_or_else(|_| path.clone())
}
