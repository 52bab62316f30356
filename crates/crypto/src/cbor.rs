//! CBOR that somebody else signed, read strictly (RFC 8949, RFC 9052 section 14).
//!
//! As with JSON, two parties who keep different ones of two equal keys would believe different things under one signature, so
//! a repeated key is an error at every depth. Before anything is built, one pass over the bytes sees that they are one
//! well-formed item and no more, not too deep and not too many: memory stays a small multiple of the input, and no length
//! is believed that the input cannot hold. Simple values other than false, true and null are refused; nothing here uses them.

use std::collections::BTreeSet;

pub use ciborium::Value;

/// Deepest nesting of arrays, maps and tags that is read.
pub const MAX_DEPTH: usize = 64;

/// Most items (of any kind, at any depth) in one document.
pub const MAX_ITEMS: usize = 100_000;

/// Why bytes were not taken as CBOR. Holds no part of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CborError {
    /// Not well-formed (RFC 8949 section 5.3), or text that is not UTF-8.
    #[error("not well-formed CBOR")]
    Form,
    /// Something follows the item.
    #[error("something follows the CBOR item")]
    Trailing,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// More than [`MAX_ITEMS`] items.
    #[error("more than {MAX_ITEMS} items")]
    TooManyItems,
    /// A key stands twice in one map.
    #[error("a key stands twice in one map")]
    DuplicateKey,
    /// The value cannot be written.
    #[error("the value cannot be written as CBOR")]
    Write,
}

/// Reads one CBOR item.
///
/// # Errors
///
/// If `bytes` is not one well-formed item, repeats a key, or passes a limit.
pub fn parse(bytes: &[u8]) -> Result<Value, CborError> {
    check(bytes)?;
    let value = ciborium::from_reader(bytes).map_err(|_| CborError::Form)?;
    refuse_repeated_keys(&value)?;
    Ok(value)
}

/// Writes one CBOR item, maps in the order they have.
///
/// # Errors
///
/// Never for a value that was read; a value made by hand can nest too deeply.
pub fn write(value: &Value) -> Result<Vec<u8>, CborError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).map_err(|_| CborError::Write)?;
    Ok(bytes)
}

/// Depth is limited by [`check`], so this recursion is as well.
fn refuse_repeated_keys(value: &Value) -> Result<(), CborError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(refuse_repeated_keys),
        Value::Tag(_, item) => refuse_repeated_keys(item),
        Value::Map(entries) => {
            let mut seen = BTreeSet::new();
            for (key, item) in entries {
                // One key has more than one encoding; written again, it has one.
                if !seen.insert(write(key)?) {
                    return Err(CborError::DuplicateKey);
                }
                refuse_repeated_keys(key)?;
                refuse_repeated_keys(item)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// An array, map or tag that has begun and not ended.
struct Open {
    /// Items still to come; `None` where a break ends it.
    left: Option<usize>,
    /// A map of indefinite length must hold an even number of items.
    odd: bool,
    map: bool,
}

/// One pass over the bytes: one well-formed item within the limits, and nothing after it.
fn check(bytes: &[u8]) -> Result<(), CborError> {
    let mut rest = Rest(bytes);
    let mut open: Vec<Open> = Vec::new();
    for _ in 0..MAX_ITEMS {
        if let Some(begun) = rest.item(&mut open)? {
            if open.len() >= MAX_DEPTH {
                return Err(CborError::TooDeep);
            }
            open.push(begun);
        }
        // What has become full by this item is an item of what holds it.
        while open.last().is_some_and(|last| last.left == Some(0)) {
            open.pop();
            count(&mut open);
        }
        if open.is_empty() {
            return if rest.0.is_empty() { Ok(()) } else { Err(CborError::Trailing) };
        }
    }
    Err(CborError::TooManyItems)
}

/// Counts one finished item in the innermost container.
fn count(open: &mut [Open]) {
    if let Some(last) = open.last_mut() {
        last.odd = !last.odd;
        last.left = last.left.map(|left| left.saturating_sub(1));
    }
}

struct Rest<'b>(&'b [u8]);

impl Rest<'_> {
    /// Reads the head of one item and the whole of one without others inside. Gives the container it begins, if any.
    fn item(&mut self, open: &mut Vec<Open>) -> Result<Option<Open>, CborError> {
        let initial = self.byte()?;
        let (major, info) = (initial >> 5, initial & 0x1f);
        if info == 31 {
            return self.indefinite(major, open);
        }
        let argument = self.argument(info)?;
        match major {
            2 | 3 => self.skip(argument)?,
            4..=6 => {
                let factor = if major == 5 { 2 } else { 1 };
                let left =
                    if major == 6 { 1 } else { argument.checked_mul(factor).ok_or(CborError::Form)? };
                // Each item has a byte at least.
                if left > self.0.len() {
                    return Err(CborError::Form);
                }
                return Ok(Some(Open { left: Some(left), odd: false, map: major == 5 }));
            }
            // False, true, null; half, single and double floats (RFC 8949 section 3.3).
            7 if !(matches!(info, 20..=22 | 25..=27)) => return Err(CborError::Form),
            _ => {}
        }
        count(open);
        Ok(None)
    }

    fn indefinite(&mut self, major: u8, open: &mut Vec<Open>) -> Result<Option<Open>, CborError> {
        match major {
            2 | 3 => {
                // RFC 8949 section 3.2.3: chunks of definite length and the same type.
                loop {
                    match self.byte()? {
                        0xff => break,
                        chunk if chunk >> 5 == major && chunk & 0x1f != 31 => {
                            let length = self.argument(chunk & 0x1f)?;
                            self.skip(length)?;
                        }
                        _ => return Err(CborError::Form),
                    }
                }
                count(open);
                Ok(None)
            }
            4 | 5 => Ok(Some(Open { left: None, odd: false, map: major == 5 })),
            7 => match open.pop() {
                Some(Open { left: None, odd, map }) if !(map && odd) => {
                    count(open);
                    Ok(None)
                }
                _ => Err(CborError::Form),
            },
            _ => Err(CborError::Form),
        }
    }

    fn argument(&mut self, info: u8) -> Result<usize, CborError> {
        let bytes = match info {
            0..=23 => return Ok(info.into()),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            // 28 to 30 are reserved (RFC 8949 section 3).
            _ => return Err(CborError::Form),
        };
        let mut argument = 0_u64;
        for _ in 0..bytes {
            argument = argument << 8 | u64::from(self.byte()?);
        }
        // Too large for this machine is too large to be there; for integers and floats the value does not matter.
        Ok(usize::try_from(argument).unwrap_or(usize::MAX))
    }

    fn byte(&mut self) -> Result<u8, CborError> {
        let (first, rest) = self.0.split_first().ok_or(CborError::Form)?;
        self.0 = rest;
        Ok(*first)
    }

    fn skip(&mut self, length: usize) -> Result<(), CborError> {
        self.0 = self.0.get(length..).ok_or(CborError::Form)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    }

    /// From RFC 8949 appendix A.
    #[test]
    fn reads_well_formed_items() {
        for text in [
            "00",
            "1bffffffffffffffff",
            "3bffffffffffffffff",
            "f90000",
            "fb7e37e43c8800759c",
            "f4",
            "f5",
            "f6",
            "c074323031332d30332d32315432303a30343a30305a",
            "d818456449455446",
            "40",
            "60",
            "80",
            "a0",
            "83010203",
            "8301820203820405",
            "a26161016162820203",
            "5f42010243030405ff",
            "7f657374726561646d696e67ff",
            "9fff",
            "9f018202039f0405ffff",
            "bf61610161629f0203ffff",
            "a201020304",
            "1801",
            "d9d9f700",
        ] {
            assert!(parse(&hex(text)).is_ok(), "{text}");
        }
    }

    /// From RFC 8949 appendix F, and some more.
    #[test]
    fn refuses_what_is_not_well_formed() {
        let texts = "18 19 1a 1b 1901 1a010203 38 58 78 98 9a01ff00 b8 d8 f8 f900 41 61 5affffffff00 \
            5bffffffffffffffff010203 7b7fffffffffffffff010203 81 8200 8181 a1 a20102 a100 a2000000 c0 5f4100 7f6100 \
            9f 9f0102 bf bf01020102 819f 9f8000 9f9f9f9f9fffffffff 1c 1d 1e 3c 5c 7c 9c bc dc fc fd fe f800 f818 f81f \
            5f00ff 5f21ff 5f6100ff 5f80ff 5fa0ff 5fc000ff 5fe0ff 7f4100ff 5f5f4100ffff 7f7f6100ffff ff 81ff 8200ff a1ff \
            a1ff00 a100ff a20000ff 9f81ff bf00ff bf000000ff 1f 3f df f7 f0 f8ff 61ff 62c328";
        assert_eq!(parse(&[]), Err(CborError::Form));
        for text in texts.split(' ').filter(|text| !text.is_empty()) {
            assert_eq!(parse(&hex(text)), Err(CborError::Form), "{text}");
        }
        for text in ["0000", "8000", "a0f6", "9fff00", "00ff"] {
            assert_eq!(parse(&hex(text)), Err(CborError::Trailing), "{text}");
        }
    }

    #[test]
    fn refuses_a_repeated_key_at_any_depth() {
        for text in [
            "a201000100",
            "a20100180100",
            "81a201000100",
            "a100a2616100616100",
            "c1a201000100",
            "a1a20100010000",
        ] {
            assert_eq!(parse(&hex(text)), Err(CborError::DuplicateKey), "{text}");
        }
        assert!(parse(&hex("82a10100a10100")).is_ok());
        assert!(parse(&hex("a301002000613100")).is_ok());
    }

    #[test]
    fn depth_and_number_of_items_are_limited() {
        let nested = |depth: usize| [vec![0x81; depth], vec![0]].concat();
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(parse(&nested(MAX_DEPTH + 1)), Err(CborError::TooDeep));
        assert_eq!(parse(&nested(1_000_000)), Err(CborError::TooDeep));
        assert_eq!(parse(&vec![0xc1; 1_000_000]), Err(CborError::TooDeep));
        assert_eq!(parse(&vec![0x9f; 1_000_000]), Err(CborError::TooDeep));
        let list = |length: u32| {
            [&[0x9a], length.to_be_bytes().as_slice(), &vec![0; usize::try_from(length).unwrap()]].concat()
        };
        assert!(parse(&list(99_999)).is_ok());
        assert_eq!(parse(&list(100_000)), Err(CborError::TooManyItems));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let number = any::<f32>().prop_filter("a number", |float| !float.is_nan());
        let leaf = prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<Vec<u8>>().prop_map(Value::Bytes),
            any::<String>().prop_map(Value::Text),
            any::<bool>().prop_map(Value::Bool),
            Just(Value::Null),
            number.prop_map(|float| Value::Float(float.into())),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map(any::<i64>(), inner.clone(), 0..4).prop_map(|map| {
                    Value::Map(map.into_iter().map(|(key, value)| (key.into(), value)).collect())
                }),
                (1000_u64..2000, inner).prop_map(|(tag, value)| Value::Tag(tag, Box::new(value))),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(value in any_value()) {
            prop_assert_eq!(parse(&write(&value).unwrap()), Ok(value));
        }

        #[test]
        fn never_panics(bytes in any::<Vec<u8>>()) {
            if let Ok(value) = parse(&bytes) {
                // Equal values but for NaN, which is unequal to itself.
                prop_assert_eq!(write(&parse(&write(&value).unwrap()).unwrap()), write(&value));
            }
        }
    }
}
