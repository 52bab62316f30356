//! The CBOR of the format: core deterministic encoding (RFC 8949 section 4.2.1), read without a tree and without a copy.
//!
//! One value has one encoding here. A head that is not the shortest, an indefinite length, a float, a tag or anything else that
//! `spec/bag-format.md` has no use for is an error. A length is believed only as far as there are bytes, so nothing allocates by what
//! the input says. `ciborium` and `minicbor` take every encoding and would need a second look at each head, which is all there is to this module.

use smallvec::SmallVec;

/// Deepest nesting that [`Reader::skip`] follows.
pub const MAX_DEPTH: u32 = 16;

/// Why bytes are not what the format has at this place. Holds none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The bytes end inside an item.
    #[error("the bytes end inside an item")]
    Ended,
    /// Not the deterministic encoding of anything the format has.
    #[error("not in the deterministic encoding")]
    Encoding,
    /// Another type, length or value than belongs here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// Something follows the last item.
    #[error("something follows the last item")]
    Trailing,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

/// Reads items one after the other.
#[derive(Debug, Clone)]
pub struct Reader<'b> {
    rest: &'b [u8],
}

/// What an initial byte and its argument say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    Uint(u64),
    Bytes(u64),
    Text(u64),
    Array(u64),
    Bool(bool),
    Null,
}

impl<'b> Reader<'b> {
    /// Starts at the first of `bytes`.
    pub const fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read.
    pub const fn rest(&self) -> &'b [u8] {
        self.rest
    }

    /// An array head; gives the number of items.
    ///
    /// # Errors
    ///
    /// If something else stands here.
    pub fn array(&mut self) -> Result<u64, WireError> {
        match self.head()? {
            Head::Array(items) => Ok(items),
            _ => Err(WireError::Expected("an array")),
        }
    }

    /// The head of an array of exactly this many items.
    ///
    /// # Errors
    ///
    /// If something else stands here.
    pub fn array_of(&mut self, items: u64) -> Result<(), WireError> {
        let found = self.array()?;
        if found == items { Ok(()) } else { Err(WireError::Expected("an array of another length")) }
    }

    /// A list of at most `most` items, each read by `item`.
    ///
    /// # Errors
    ///
    /// If something else stands here, the list is longer, or an item cannot be read.
    pub fn list<T>(
        &mut self,
        most: u64,
        mut item: impl FnMut(&mut Self) -> Result<T, WireError>,
    ) -> Result<Vec<T>, WireError> {
        let items = self.array()?;
        if items > most {
            return Err(WireError::Expected("a shorter list"));
        }
        (0..items).map(|_| item(self)).collect()
    }

    /// An unsigned integer.
    ///
    /// # Errors
    ///
    /// If something else stands here.
    pub fn uint(&mut self) -> Result<u64, WireError> {
        match self.head()? {
            Head::Uint(value) => Ok(value),
            _ => Err(WireError::Expected("an unsigned integer")),
        }
    }

    /// A byte string.
    ///
    /// # Errors
    ///
    /// If something else stands here.
    pub fn bytes(&mut self) -> Result<&'b [u8], WireError> {
        let length = self.bytes_head()?;
        self.take(length)
    }

    /// A byte string of at most `most` bytes; a longer one is refused before its content is there.
    ///
    /// # Errors
    ///
    /// If something else stands here, or it is longer.
    pub fn bytes_of_at_most(&mut self, most: u64) -> Result<&'b [u8], WireError> {
        let length = self.bytes_head()?;
        if length > most { Err(WireError::Expected("a shorter byte string")) } else { self.take(length) }
    }

    /// The head of a byte string, whose content need not be there; gives its length.
    ///
    /// # Errors
    ///
    /// If something else stands here.
    pub fn bytes_head(&mut self) -> Result<u64, WireError> {
        match self.head()? {
            Head::Bytes(length) => Ok(length),
            _ => Err(WireError::Expected("a byte string")),
        }
    }

    /// A byte string of `N` bytes; another is refused before its content is there.
    ///
    /// # Errors
    ///
    /// If something else stands here.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let length = self.bytes_head()?;
        if length != N as u64 {
            return Err(WireError::Expected("a byte string of another length"));
        }
        self.take(length)?.try_into().map_err(|_| WireError::Ended)
    }

    /// A text of at most `most` bytes.
    ///
    /// # Errors
    ///
    /// If something else stands here, or it is longer or not UTF-8.
    pub fn text(&mut self, most: usize) -> Result<&'b str, WireError> {
        let Head::Text(length) = self.head()? else { return Err(WireError::Expected("a text")) };
        let bytes = self.take(length)?;
        if bytes.len() > most {
            return Err(WireError::Expected("a shorter text"));
        }
        str::from_utf8(bytes).map_err(|_| WireError::Expected("UTF-8"))
    }

    /// True or false.
    ///
    /// # Errors
    ///
    /// If something else stands here.
    pub fn bool(&mut self) -> Result<bool, WireError> {
        match self.head()? {
            Head::Bool(value) => Ok(value),
            _ => Err(WireError::Expected("true or false")),
        }
    }

    /// `None` for null, else what `item` reads.
    ///
    /// # Errors
    ///
    /// If `item` cannot be read.
    pub fn or_null<T>(
        &mut self,
        item: impl FnOnce(&mut Self) -> Result<T, WireError>,
    ) -> Result<Option<T>, WireError> {
        if self.rest.first() == Some(&NULL) {
            self.head()?;
            return Ok(None);
        }
        item(self).map(Some)
    }

    /// Passes over one item, whatever it is.
    ///
    /// # Errors
    ///
    /// If it is not in the deterministic encoding or nested too deeply.
    pub fn skip(&mut self) -> Result<(), WireError> {
        self.skip_at(MAX_DEPTH)
    }

    /// Sees that nothing follows.
    ///
    /// # Errors
    ///
    /// If something does.
    pub const fn end(&self) -> Result<(), WireError> {
        if self.rest.is_empty() { Ok(()) } else { Err(WireError::Trailing) }
    }

    /// Sees that nothing but zero bytes follows (padding).
    ///
    /// # Errors
    ///
    /// If something else does.
    pub fn end_of_padded(&self) -> Result<(), WireError> {
        // All of it, without a branch for each byte: there are a thousand of them behind a short event.
        let any = self.rest.iter().fold(0, |any, byte| any | byte);
        if any == 0 { Ok(()) } else { Err(WireError::Trailing) }
    }

    fn skip_at(&mut self, depth: u32) -> Result<(), WireError> {
        let depth = depth.checked_sub(1).ok_or(WireError::TooDeep)?;
        match self.head()? {
            Head::Bytes(length) | Head::Text(length) => self.take(length).map(drop),
            Head::Array(items) => (0..items).try_for_each(|_| self.skip_at(depth)),
            Head::Uint(_) | Head::Bool(_) | Head::Null => Ok(()),
        }
    }

    fn take(&mut self, length: u64) -> Result<&'b [u8], WireError> {
        let length = usize::try_from(length).map_err(|_| WireError::Ended)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(WireError::Ended)?;
        self.rest = rest;
        Ok(taken)
    }

    fn head(&mut self) -> Result<Head, WireError> {
        let (initial, rest) = self.rest.split_first().ok_or(WireError::Ended)?;
        self.rest = rest;
        let (major, info) = (initial >> 5, initial & 0x1f);
        if major == 7 {
            return match *initial {
                FALSE => Ok(Head::Bool(false)),
                TRUE => Ok(Head::Bool(true)),
                NULL => Ok(Head::Null),
                _ => Err(WireError::Encoding),
            };
        }
        let argument = self.argument(info)?;
        match major {
            0 => Ok(Head::Uint(argument)),
            2 => Ok(Head::Bytes(argument)),
            3 => Ok(Head::Text(argument)),
            4 => Ok(Head::Array(argument)),
            _ => Err(WireError::Encoding),
        }
    }

    /// RFC 8949 section 4.2.1: the shortest form only.
    fn argument(&mut self, info: u8) -> Result<u64, WireError> {
        let (length, least) = match info {
            0..24 => return Ok(info.into()),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return Err(WireError::Encoding),
        };
        let value = self.take(length)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        if value < least { Err(WireError::Encoding) } else { Ok(value) }
    }
}

/// Writes items one after the other. What it writes, [`Reader`] reads.
/// Short ones need no allocation.
#[derive(Default)]
pub struct Writer(SmallVec<[u8; 256]>);

impl Writer {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty one with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(SmallVec::with_capacity(bytes))
    }

    /// The head of an array of so many items, which the caller writes next.
    pub fn array(&mut self, items: usize) -> &mut Self {
        self.head(4, items as u64)
    }

    /// A list, each item written by `item`.
    pub fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) -> &mut Self {
        self.array(items.len());
        for one in items {
            item(self, one);
        }
        self
    }

    /// An unsigned integer.
    pub fn uint(&mut self, value: u64) -> &mut Self {
        self.head(0, value)
    }

    /// A byte string.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(2, bytes.len() as u64).raw(bytes)
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.head(3, text.len() as u64).raw(text.as_bytes())
    }

    /// True or false.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.raw(&[if value { TRUE } else { FALSE }])
    }

    /// Null for `None`, else what `item` writes.
    pub fn or_null<T>(&mut self, value: Option<T>, item: impl FnOnce(&mut Self, T)) -> &mut Self {
        match value {
            Some(value) => item(self, value),
            None => self.0.push(NULL),
        }
        self
    }

    /// Bytes that are encoded items already, or the rest of one.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// What has been written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Gives up what has been written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_vec()
    }

    fn head(&mut self, major: u8, argument: u64) -> &mut Self {
        let major = major << 5;
        let [.., b4, b5, b6, b7] = argument.to_be_bytes();
        match argument {
            0..24 => self.0.push(major | b7),
            24..0x100 => self.0.extend([major | 0x18, b7]),
            0x100..0x1_0000 => self.0.extend([major | 0x19, b6, b7]),
            0x1_0000..0x1_0000_0000 => self.0.extend([major | 0x1a, b4, b5, b6, b7]),
            _ => {
                self.0.push(major | 0x1b);
                self.0.extend(argument.to_be_bytes());
            }
        }
        self
    }
}

const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_have_one_encoding() {
        // RFC 8949 appendix A.
        let numbers: [(u64, &[u8]); 8] = [
            (0, &[0x00]),
            (23, &[0x17]),
            (24, &[0x18, 0x18]),
            (255, &[0x18, 0xff]),
            (256, &[0x19, 0x01, 0x00]),
            (1_000_000, &[0x1a, 0x00, 0x0f, 0x42, 0x40]),
            (1_000_000_000_000, &[0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00]),
            (u64::MAX, &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ];
        for (number, bytes) in numbers {
            assert_eq!(Writer::new().uint(number).as_bytes(), bytes);
            assert_eq!(Reader::new(bytes).uint(), Ok(number));
        }
    }

    #[test]
    fn other_encodings_and_types_are_refused() {
        let longer: [&[u8]; 4] = [
            &[0x18, 0x17],
            &[0x19, 0, 0xff],
            &[0x1a, 0, 0, 0xff, 0xff],
            &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
        ];
        for bytes in longer {
            assert_eq!(Reader::new(bytes).uint(), Err(WireError::Encoding), "{bytes:x?}");
        }
        // Indefinite lengths, reserved arguments, negative numbers, maps, tags, floats, undefined, simple values.
        let never: [u8; 12] = [0x5f, 0x7f, 0x9f, 0x1c, 0x1f, 0x20, 0xa0, 0xc0, 0xf7, 0xf9, 0xe0, 0xff];
        for byte in never {
            assert_eq!(Reader::new(&[byte, 0, 0, 0]).skip(), Err(WireError::Encoding), "{byte:x}");
        }
        assert_eq!(Reader::new(&[0x00]).bytes(), Err(WireError::Expected("a byte string")));
        assert_eq!(Reader::new(&[0x40]).uint(), Err(WireError::Expected("an unsigned integer")));
        assert_eq!(Reader::new(&[0x61, 0xff]).text(9), Err(WireError::Expected("UTF-8")));
        assert_eq!(Reader::new(&[0x62, b'a', b'b']).text(1), Err(WireError::Expected("a shorter text")));
        assert_eq!(
            Reader::new(&[0x82, 0, 0]).list(1, Reader::uint),
            Err(WireError::Expected("a shorter list"))
        );
    }

    #[test]
    fn a_length_is_not_believed() {
        let huge = [0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
        assert_eq!(Reader::new(&huge).bytes(), Err(WireError::Ended));
        let many = [0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
        assert_eq!(Reader::new(&many).skip(), Err(WireError::Ended));
        assert_eq!(Reader::new(&[0x81; 17]).skip(), Err(WireError::TooDeep));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(number: u64, bytes: Vec<u8>, text: String, flag: bool, some: Option<u64>) {
            let mut writer = Writer::new();
            writer.array(5).uint(number).bytes(&bytes).text(&text).bool(flag);
            writer.or_null(some, |w, n| { w.uint(n); });
            let mut reader = Reader::new(writer.as_bytes());
            reader.array_of(5).unwrap();
            prop_assert_eq!(reader.uint(), Ok(number));
            prop_assert_eq!(reader.bytes(), Ok(bytes.as_slice()));
            prop_assert_eq!(reader.text(usize::MAX), Ok(text.as_str()));
            prop_assert_eq!(reader.bool(), Ok(flag));
            prop_assert_eq!(reader.or_null(Reader::uint), Ok(some));
            prop_assert_eq!(reader.end(), Ok(()));
            let mut again = Reader::new(writer.as_bytes());
            prop_assert_eq!(again.skip(), Ok(()));
            prop_assert!(again.rest().is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while reader.skip().is_ok() && !reader.rest().is_empty() {}
        }
    }
}
