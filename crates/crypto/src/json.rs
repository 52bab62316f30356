//! JSON that somebody else signed, read strictly (RFC 8259, RFC 7515 section 4, RFC 7519 section 4).
//!
//! Ordinary parsers keep the last of two members with one name. Two parties who keep different ones
//! would believe different things under one signature, so here a repeated name is an error, at every
//! depth. Depth is limited by the parser, size by the caller and by [`MAX_NODES`].

use std::cell::Cell;
use std::fmt::{self, Write as _};

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::de::StrRead;
pub use serde_json::{Map, Value};

/// Most values (of any kind, at any depth) in one document. It bounds memory to a small multiple of the
/// input whatever its shape.
pub const MAX_NODES: usize = 100_000;

/// Deepest nesting that is read; `serde_json` stops there by itself.
pub const MAX_DEPTH: usize = 127;

/// Why a text was not taken as JSON. Holds no part of the text: what failed to parse may be somebody's
/// record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Not JSON at all, or nested deeper than [`MAX_DEPTH`].
    #[error("not JSON, or nested too deeply (line {line}, column {column})")]
    Syntax {
        /// Line of the first error, from 1.
        line: usize,
        /// Column of the first error, from 1.
        column: usize,
    },
    /// A member name stands twice in one object.
    #[error("a member name stands twice in one object (line {line}, column {column})")]
    DuplicateName {
        /// Line of the second one, from 1.
        line: usize,
        /// Column of the second one, from 1.
        column: usize,
    },
    /// More than [`MAX_NODES`] values.
    #[error("more than {MAX_NODES} values")]
    TooManyValues,
    /// JSON, but not an object where one is needed.
    #[error("not a JSON object")]
    NotAnObject,
}

/// Reads one JSON document.
///
/// # Errors
///
/// If `text` is not JSON, repeats a member name, or passes a limit.
pub fn parse(text: &[u8]) -> Result<Value, JsonError> {
    read(text, |state, deserializer| Strict(state).deserialize(deserializer))
}

/// Reads one JSON document that must be an array of a string and at most `N` values behind it; `None` stands for those
/// that are not there. The string is a salt, of use to nobody once the whole is hashed, and is dropped
/// (RFC 9901 section 4.2).
///
/// # Errors
///
/// As [`parse`], and if the document is anything but such an array.
pub fn parse_salted<const N: usize>(text: &[u8]) -> Result<[Option<Value>; N], JsonError> {
    read(text, |state, deserializer| deserializer.deserialize_seq(Salted(state)))
}

/// Runs a reader over the whole of `text` and says what went wrong.
fn read<T>(
    text: &[u8],
    reader: impl FnOnce(&State, &mut serde_json::Deserializer<StrRead<'_>>) -> serde_json::Result<T>,
) -> Result<T, JsonError> {
    // Checked once for the whole, which is cheaper than for each string.
    let text = str::from_utf8(text).map_err(|error| not_utf8(text, error.valid_up_to()))?;
    let state = State { nodes_left: Cell::new(MAX_NODES), duplicate: Cell::new(false) };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = reader(&state, &mut deserializer).and_then(|value| {
        deserializer.end()?;
        Ok(value)
    });
    value.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        if state.duplicate.get() {
            JsonError::DuplicateName { line, column }
        } else if state.nodes_left.get() == 0 {
            JsonError::TooManyValues
        } else {
            JsonError::Syntax { line, column }
        }
    })
}

/// Where a text stops being UTF-8 (RFC 8259 section 8.1), as the parser counts lines and columns.
fn not_utf8(text: &[u8], valid_up_to: usize) -> JsonError {
    let before = text.split_at(valid_up_to.min(text.len())).0;
    let lines = before.split(|byte| *byte == b'\n');
    let (line, column) = lines.fold((0, 0), |(line, _), text| (line + 1, text.len() + 1));
    JsonError::Syntax { line, column }
}

/// Reads one JSON document that must be an object.
///
/// # Errors
///
/// As [`parse`], and if the document is not an object.
pub fn parse_object(text: &[u8]) -> Result<Map<String, Value>, JsonError> {
    match parse(text)? {
        Value::Object(object) => Ok(object),
        _ => Err(JsonError::NotAnObject),
    }
}

/// Writes JSON in its compact form.
pub fn to_bytes(value: &impl serde::Serialize) -> Vec<u8> {
    // Into memory, and of types whose names are strings, this cannot fail; `null` would be refused by any reader.
    serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec())
}

/// JSON text, safe to show: characters that a terminal or a reader could take for something else than text (controls,
/// and those that turn the direction of writing) are written as escapes, which in JSON changes nothing.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        let shown = character == '\n' || !character.is_control() && !TURNS_WRITING.contains(&character);
        if shown {
            printable.push(character);
        } else {
            let _ = write!(printable, "\\u{:04x}", u32::from(character));
        }
    }
    printable
}

/// Unicode's explicit directional formatting characters (UAX #9 section 2), zero-width joiners aside.
const TURNS_WRITING: [char; 12] = [
    '\u{061c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

struct State {
    nodes_left: Cell<usize>,
    duplicate: Cell<bool>,
}

#[derive(Clone, Copy)]
struct Strict<'s>(&'s State);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Strict<'_> {
    fn count<E: serde::de::Error>(self) -> Result<(), E> {
        let left = self.0.nodes_left.get();
        self.0.nodes_left.set(left.saturating_sub(1));
        if left == 0 { Err(E::custom("too many values")) } else { Ok(()) }
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(value) = access.next_element_seed(self)? {
            self.count()?;
            array.push(value);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            self.count()?;
            let value = access.next_value_seed(self)?;
            if object.insert(name, value).is_some() {
                self.0.duplicate.set(true);
                return Err(A::Error::custom("duplicate name"));
            }
        }
        Ok(Value::Object(object))
    }
}

struct Salted<'s, const N: usize>(&'s State);

impl<'de, const N: usize> Visitor<'de> for Salted<'_, N> {
    type Value = [Option<Value>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array of a string and at most {N} values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        if access.next_element_seed(Salt)?.is_none() {
            return Err(A::Error::invalid_length(0, &self));
        }
        let mut array = [const { None }; N];
        for place in &mut array {
            *place = access.next_element_seed(Strict(self.0))?;
            Strict(self.0).count()?;
        }
        match access.next_element::<IgnoredAny>()? {
            None => Ok(array),
            Some(_) => Err(A::Error::invalid_length(N + 2, &self)),
        }
    }
}

/// A string that is not kept.
struct Salt;

impl<'de> DeserializeSeed<'de> for Salt {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Salt {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a salt")
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn printable_text_means_the_same_and_plays_no_tricks() {
        let value = json!({"a\u{9b}b": "\u{202e}x\u{7f}\u{1b}[31m é 🙂"});
        let text = printable(&format!("{value:#}"));
        assert_eq!(parse(text.as_bytes()).unwrap(), value);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'), "{text}");
    }

    #[test]
    fn salted_arrays() {
        let parse = parse_salted::<2>;
        assert_eq!(parse(br#"["s",{"a":1}]"#), Ok([Some(json!({"a": 1})), None]));
        assert_eq!(parse(br#"["\u0073"]"#), Ok([None, None]));
        assert_eq!(parse(br#"["",2,3]"#), Ok([Some(json!(2)), Some(json!(3))]));
        for text in [
            "[]",
            "[1,2]",
            "[null,2]",
            "[[\"s\"],2]",
            r#"["s",2,3,4]"#,
            r#"["s",2,]"#,
            "{}",
            "\"s\"",
            r#"["s"]x"#,
            r#"["s",,2]"#,
            "",
        ] {
            assert!(matches!(parse(text.as_bytes()), Err(JsonError::Syntax { .. })), "{text}");
        }
        assert!(matches!(parse(br#"["s",{"a":1,"a":1}]"#), Err(JsonError::DuplicateName { .. })));
    }

    #[test]
    fn reads_what_serde_json_reads() {
        for text in [
            "{}",
            "[]",
            "null",
            r#"{"a":[1,-2,3.5,true,"\u00e9",{"b":null}]}"#,
            "18446744073709551615",
            " 1 ",
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        }
    }

    /// The faster way to read numbers that `serde_json` has by default is off by one place in the last digit here.
    #[test]
    fn a_number_is_read_as_the_nearest_one_there_is() {
        for number in [-1.037_264_967_292_955_5e-37, 5e-324, f64::MAX, 1.0 / 3.0] {
            let text = Value::from(number).to_string();
            assert_eq!(parse(text.as_bytes()).unwrap().as_f64(), Some(number), "{text}");
        }
    }

    #[test]
    fn refuses_a_repeated_name_at_any_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"\u0061":2}}]"#, r#"{"a":{},"b":1,"a":{}}"#] {
            assert!(matches!(parse(text.as_bytes()), Err(JsonError::DuplicateName { .. })), "{text}");
        }
        assert_eq!(parse(br#"[{"a":1},{"a":2}]"#).unwrap(), json!([{"a":1},{"a":2}]));
    }

    #[test]
    fn refuses_what_is_not_json() {
        let cases: [&[u8]; 14] = [
            b"",
            b"{",
            b"{}x",
            b"{} {}",
            b"\xff",
            b"\"\xc3\"",
            b"01",
            b"1.",
            b"NaN",
            b"'a'",
            b"{a:1}",
            b"[1,]",
            b"\"\\ud800\"",
            b"\xef\xbb\xbf{}",
        ];
        for text in cases {
            assert!(matches!(parse(text), Err(JsonError::Syntax { .. })), "{text:?}");
        }
        assert_eq!(parse_object(b"[]"), Err(JsonError::NotAnObject));
    }

    #[test]
    fn says_where_a_text_stops_being_utf_8() {
        assert_eq!(parse(b"{\n \"a\": \"\xff\"}"), Err(JsonError::Syntax { line: 2, column: 8 }));
        assert_eq!(parse(b"\xc3"), Err(JsonError::Syntax { line: 1, column: 1 }));
        assert_eq!(parse(b"[1]\n\xc3\x28"), Err(JsonError::Syntax { line: 2, column: 1 }));
    }

    #[test]
    fn depth_and_number_of_values_are_limited() {
        let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert!(parse(&nested(MAX_DEPTH + 1)).is_err());
        assert!(parse(&nested(1_000_000)).is_err());

        let list = |length: usize| format!("[{}]", vec!["1"; length].join(",")).into_bytes();
        assert!(parse(&list(MAX_NODES)).is_ok());
        assert_eq!(parse(&list(MAX_NODES + 1)), Err(JsonError::TooManyValues));
    }
}
