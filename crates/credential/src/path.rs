//! Claim paths: how a query, type metadata and a person choosing fields point into a credential
//! (OpenID4VP 1.0 section 7, draft-ietf-oauth-sd-jwt-vc section "Claim Path").

use std::fmt;
use std::str::FromStr;

use bookbag_crypto::json;
use serde_json::{Map, Value};

/// Longest path that is read, in elements; a credential is never nested deeper.
pub const MAX_PATH_ELEMENTS: usize = 64;

/// A non-empty path into a JSON document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimPath(Vec<PathElement>);

/// One step of a [`ClaimPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathElement {
    /// The member of this name; written as a string.
    Name(String),
    /// Every element of an array; written as `null`.
    All,
    /// The element at this place, from 0; written as a non-negative integer.
    Index(usize),
}

/// Why something is not a claim path, or does not fit the document it is used on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// Not a non-empty array of strings, nulls and non-negative integers, or longer than
    /// [`MAX_PATH_ELEMENTS`].
    #[error(
        "a claim path is a non-empty array of at most {MAX_PATH_ELEMENTS} strings, nulls and non-negative integers"
    )]
    Form,
    /// A name is used on something that is not an object.
    #[error("the path asks for a member of something that is not an object")]
    NotAnObject,
    /// `null` or a number is used on something that is not an array.
    #[error("the path asks for an element of something that is not an array")]
    NotAnArray,
}

impl ClaimPath {
    /// A path of these elements.
    ///
    /// # Errors
    ///
    /// If there are none, or more than [`MAX_PATH_ELEMENTS`].
    pub fn new(elements: impl Into<Vec<PathElement>>) -> Result<Self, PathError> {
        let elements = elements.into();
        if elements.is_empty() || elements.len() > MAX_PATH_ELEMENTS {
            Err(PathError::Form)
        } else {
            Ok(Self(elements))
        }
    }

    /// The path to a claim at the top level.
    pub fn top(name: impl Into<String>) -> Self {
        Self(vec![PathElement::Name(name.into())])
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    ///
    /// If `json` is not a non-empty array of strings, nulls and non-negative integers.
    pub fn from_json(json: &Value) -> Result<Self, PathError> {
        let elements = json.as_array().ok_or(PathError::Form)?;
        if elements.len() > MAX_PATH_ELEMENTS {
            return Err(PathError::Form);
        }
        Self::new(elements.iter().map(PathElement::from_json).collect::<Result<Vec<_>, _>>()?)
    }

    /// The JSON form.
    pub fn to_json(&self) -> Value {
        self.0.iter().map(PathElement::to_json).collect()
    }

    /// The elements; at least one.
    pub fn elements(&self) -> &[PathElement] {
        &self.0
    }

    /// This path, one step further.
    #[must_use]
    pub fn join(&self, element: PathElement) -> Self {
        let mut elements = Vec::with_capacity(self.0.len() + 1);
        elements.extend_from_slice(&self.0);
        elements.push(element);
        Self(elements)
    }

    /// What the path points to in `document` (OpenID4VP 1.0 section 7.1). Members and elements that are
    /// missing are left out, so the answer may be empty; whether that is an error is for the caller to say.
    ///
    /// # Errors
    ///
    /// If a name meets something that is not an object, or `null` or a number something that is no array.
    pub fn select<'d>(&self, document: &'d Value) -> Result<Vec<&'d Value>, PathError> {
        Self::walk(&self.0, vec![document])
    }

    /// As [`Self::select`], in a document that is known to be an object.
    ///
    /// # Errors
    ///
    /// As [`Self::select`].
    pub fn select_in<'d>(&self, document: &'d Map<String, Value>) -> Result<Vec<&'d Value>, PathError> {
        match self.0.split_first() {
            Some((PathElement::Name(name), rest)) => {
                Self::walk(rest, document.get(name).into_iter().collect())
            }
            _ => Err(PathError::NotAnArray),
        }
    }

    /// Whether the path selects anything in a document that is an object; not if it does not fit.
    pub fn is_in(&self, document: &Map<String, Value>) -> bool {
        match self.0.split_first() {
            Some((PathElement::Name(name), [])) => document.contains_key(name),
            _ => self.select_in(document).is_ok_and(|selected| !selected.is_empty()),
        }
    }

    fn walk<'d>(elements: &[PathElement], mut selected: Vec<&'d Value>) -> Result<Vec<&'d Value>, PathError> {
        for element in elements {
            selected = element.step(&selected)?;
        }
        Ok(selected)
    }
}

impl PathElement {
    /// Whether a name can be written as it is.
    fn is_plain(&self) -> bool {
        let Self::Name(name) = self else { return true };
        !name.is_empty() && !name.contains(['.', '[', ']', '"', ' ']) && json::printable(name) == *name
    }

    /// About how much memory it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let name = if let Self::Name(name) = self { name.len() } else { 0 };
        size_of::<Self>() + name
    }

    fn from_json(json: &Value) -> Result<Self, PathError> {
        match json {
            Value::String(name) => Ok(Self::Name(name.clone())),
            Value::Null => Ok(Self::All),
            Value::Number(number) => {
                let index = number.as_u64().and_then(|index| index.try_into().ok());
                index.map(Self::Index).ok_or(PathError::Form)
            }
            _ => Err(PathError::Form),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Name(name) => Value::from(name.as_str()),
            Self::All => Value::Null,
            Self::Index(index) => Value::from(*index),
        }
    }

    /// One step of section 7.1 from everything selected so far.
    fn step<'d>(&self, selected: &[&'d Value]) -> Result<Vec<&'d Value>, PathError> {
        let mut next = Vec::with_capacity(selected.len());
        for value in selected {
            match (self, value) {
                (Self::Name(name), Value::Object(object)) => next.extend(object.get(name)),
                (Self::All, Value::Array(array)) => next.extend(array),
                (Self::Index(index), Value::Array(array)) => next.extend(array.get(*index)),
                // Section 7.1: "if any of the currently selected element(s) is not an object / array, abort".
                (Self::Name(_), _) => return Err(PathError::NotAnObject),
                (Self::All | Self::Index(_), _) => return Err(PathError::NotAnArray),
            }
        }
        Ok(next)
    }
}

/// Reads what [`Display`](fmt::Display) writes, `address.postcode`, `results[2].grade` or `nationalities[]`, and the
/// JSON form, which alone can name members that hold a dot or a bracket.
impl FromStr for ClaimPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        if text.trim_start().starts_with('[') {
            let json = json::parse(text.as_bytes()).map_err(|_| PathError::Form)?;
            return Self::from_json(&json);
        }
        let mut elements = Vec::new();
        for part in text.split('.') {
            let (name, mut steps) =
                part.split_at_checked(part.find('[').unwrap_or(part.len())).unwrap_or((part, ""));
            if name.is_empty() || name.contains(']') || elements.len() > MAX_PATH_ELEMENTS {
                return Err(PathError::Form);
            }
            elements.push(PathElement::Name(name.to_owned()));
            while let Some((index, rest)) = steps.strip_prefix('[').and_then(|steps| steps.split_once(']')) {
                elements.push(match index {
                    "" => PathElement::All,
                    _ => PathElement::Index(index.parse().map_err(|_| PathError::Form)?),
                });
                steps = rest;
            }
            if !steps.is_empty() {
                return Err(PathError::Form);
            }
        }
        Self::new(elements)
    }
}

/// For people: `address.postcode`, `results[2].grade`, `nationalities[]`. A path with a name that would make this
/// ambiguous, or play tricks with a terminal, is written as JSON.
impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.first().is_some_and(|first| matches!(first, PathElement::Name(_)))
            || !self.0.iter().all(PathElement::is_plain)
        {
            return f.write_str(&json::printable(&self.to_json().to_string()));
        }
        for (place, element) in self.0.iter().enumerate() {
            match element {
                PathElement::Name(name) if place == 0 => write!(f, "{name}")?,
                PathElement::Name(name) => write!(f, ".{name}")?,
                PathElement::All => f.write_str("[]")?,
                PathElement::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(json: &Value) -> ClaimPath {
        ClaimPath::from_json(json).unwrap()
    }

    #[test]
    fn json_goes_both_ways_and_people_can_read_it() {
        let json = json!(["results", null, "grade", 2]);
        assert_eq!(path(&json).to_json(), json);
        assert_eq!(path(&json).to_string(), "results[].grade[2]");
        assert_eq!(path(&json!(["a"])).join(PathElement::Index(0)).to_json(), json!(["a", 0]));
        for odd in
            [json!(["a.b"]), json!(["a", ""]), json!(["a[0]"]), json!([0, "a"]), json!(["a b", null, 1])]
        {
            assert_eq!(path(&odd).to_string(), odd.to_string());
            assert_eq!(path(&odd).to_string().parse(), Ok(path(&odd)));
        }
        let forged = path(&json!(["a\nAccepted\u{9b}1m\u{202e}"])).to_string();
        assert_eq!(forged, r#"["a\nAccepted\u009b1m\u202e"]"#);
    }

    #[test]
    fn people_can_write_paths() {
        for (text, json) in [
            ("name", json!(["name"])),
            ("address.postcode", json!(["address", "postcode"])),
            ("results[2].grade", json!(["results", 2, "grade"])),
            ("nationalities[]", json!(["nationalities", null])),
            ("a[][0]", json!(["a", null, 0])),
            (r#"["with.dot",null,1]"#, json!(["with.dot", null, 1])),
        ] {
            assert_eq!(text.parse::<ClaimPath>(), Ok(path(&json)), "{text}");
        }
        for text in [
            "", ".", "a.", ".a", "a..b", "a[", "a]", "a[x]", "a[-1]", "a[0]b", "[", "[]", "[0", "a[0", "[1]x",
        ] {
            assert_eq!(text.parse::<ClaimPath>(), Err(PathError::Form), "{text}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for json in [
            json!([]),
            json!("a"),
            json!({}),
            json!(null),
            json!(["a", -1]),
            json!(["a", 1.5]),
            json!(["a", true]),
            json!(["a", ["b"]]),
            json!(["a", 18_446_744_073_709_551_615_i128]),
            json!(vec!["a"; MAX_PATH_ELEMENTS + 1]),
        ] {
            let accepted = ClaimPath::from_json(&json);
            // The largest integer is an index on 64-bit machines, one that no array reaches.
            assert!(accepted == Err(PathError::Form) || json[1].is_u64(), "{json}");
        }
    }

    #[test]
    fn missing_things_are_left_out_and_misfits_are_errors() {
        let document = json!({"a": [{"b": 1}, {"c": 2}, {"b": 3}], "d": 4, "e": []});
        assert_eq!(path(&json!(["a", null, "b"])).select(&document), Ok(vec![&json!(1), &json!(3)]));
        assert_eq!(path(&json!(["a", 9])).select(&document), Ok(vec![]));
        assert_eq!(path(&json!(["nope", "b"])).select(&document), Ok(vec![]));
        assert_eq!(path(&json!(["e", null, "x"])).select(&document), Ok(vec![]));
        assert_eq!(path(&json!(["d", "x"])).select(&document), Err(PathError::NotAnObject));
        assert_eq!(path(&json!(["a", "b"])).select(&document), Err(PathError::NotAnObject));
        assert_eq!(path(&json!(["d", null])).select(&document), Err(PathError::NotAnArray));
        assert_eq!(path(&json!([0])).select(&document), Err(PathError::NotAnArray));
    }
}
