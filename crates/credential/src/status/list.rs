//! The list itself: many small numbers packed into bytes (draft-ietf-oauth-status-list-20 section 4).

use bookbag_crypto::base64url;
use serde_json::{Map, Value, json};

use crate::check::{Check, Refusal};
use crate::status::zlib;

/// Longest list that is read or made, in bytes once inflated: 2^27 entries of one bit, or 2^24 of eight. The
/// largest list that the draft reckons with (its size comparison) has 100 million entries of one bit, which is
/// three quarters of this.
pub const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;

/// What a list says about one credential (section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Status {
    /// 0: valid. The only one that lets a credential pass.
    Valid,
    /// 1: revoked, for good.
    Invalid,
    /// 2: out of use for a while.
    Suspended,
    /// 3 and 12 to 15: means what an application agreed on. Nobody has told us, so it never passes.
    ApplicationSpecific(u8),
    /// Any other value: reserved for times to come, so it never passes either.
    Reserved(u8),
}

/// How many bits one entry takes (section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryWidth {
    /// One bit: valid or invalid.
    One,
    /// Two bits: values up to 3.
    Two,
    /// Four bits: values up to 15.
    Four,
    /// A whole byte.
    Eight,
}

/// A status list, inflated, so that looking up an entry is one index into bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    width: EntryWidth,
    bytes: Vec<u8>,
    aggregation_uri: Option<String>,
}

/// Why a list could not be made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatusListError {
    /// It would be longer than [`MAX_LIST_BYTES`].
    #[error("a status list of more than {MAX_LIST_BYTES} bytes")]
    TooLarge,
    /// There is no entry of this index.
    #[error("the index lies beyond the end of the status list")]
    Index,
    /// The value needs more bits than an entry has.
    #[error("the status needs more bits than an entry of this list has")]
    Width,
}

impl Status {
    /// The status of a value (section 7.1).
    pub const fn from_value(value: u8) -> Self {
        match value {
            0 => Self::Valid,
            1 => Self::Invalid,
            2 => Self::Suspended,
            3 | 0x0c..=0x0f => Self::ApplicationSpecific(value),
            _ => Self::Reserved(value),
        }
    }

    /// The value that stands in a list.
    pub const fn value(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Suspended => 2,
            Self::ApplicationSpecific(value) | Self::Reserved(value) => value,
        }
    }
}

impl EntryWidth {
    /// Every width there is.
    pub const ALL: [Self; 4] = [Self::One, Self::Two, Self::Four, Self::Eight];

    /// The width of this many bits; `None` unless it is 1, 2, 4 or 8.
    pub const fn from_bits(bits: u64) -> Option<Self> {
        match bits {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            4 => Some(Self::Four),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    /// The number of bits.
    pub const fn bits(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// The largest value that fits, which is also the mask of an entry.
    pub const fn max_value(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 3,
            Self::Four => 15,
            Self::Eight => 255,
        }
    }

    const fn entries_per_byte(self) -> u64 {
        8 / self.bits() as u64
    }

    /// The byte of an entry, and by how many bits it is shifted in it: the first entry of a byte sits in the
    /// least significant bits.
    fn place(self, index: u64) -> Option<(usize, u8)> {
        let byte = usize::try_from(index / self.entries_per_byte()).ok()?;
        let shift = u8::try_from(index % self.entries_per_byte()).ok()? * self.bits();
        Some((byte, shift))
    }
}

impl StatusList {
    /// A list of at least `entries` entries, rounded up to whole bytes, all of them valid.
    ///
    /// # Errors
    ///
    /// If it would be longer than [`MAX_LIST_BYTES`].
    pub fn new(width: EntryWidth, entries: u64) -> Result<Self, StatusListError> {
        let length = usize::try_from(entries.div_ceil(width.entries_per_byte()));
        match length {
            Ok(length) if length <= MAX_LIST_BYTES => Self::from_bytes(width, vec![0; length]),
            _ => Err(StatusListError::TooLarge),
        }
    }

    /// The list in these bytes, which are not compressed.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_LIST_BYTES`].
    pub fn from_bytes(width: EntryWidth, bytes: impl Into<Vec<u8>>) -> Result<Self, StatusListError> {
        let bytes = bytes.into();
        if bytes.len() > MAX_LIST_BYTES {
            return Err(StatusListError::TooLarge);
        }
        Ok(Self { width, bytes, aggregation_uri: None })
    }

    /// Inflates a list (section 4.1). No more than [`MAX_LIST_BYTES`] are ever inflated, and memory grows with
    /// what really comes out, whatever the compressed bytes claim.
    ///
    /// # Errors
    ///
    /// If `compressed` is not exactly one zlib stream with a right checksum ([`Check::StatusListZlib`]), or
    /// inflates to more ([`Check::StatusListTooLarge`]).
    pub fn decompress(width: EntryWidth, compressed: &[u8]) -> Result<Self, Refusal> {
        let bytes = zlib::inflate(compressed, MAX_LIST_BYTES)?;
        Ok(Self { width, bytes, aggregation_uri: None })
    }

    /// Compresses the list as well as we can (section 4.1: "RECOMMENDED to use the highest compression level").
    pub fn compress(&self) -> Vec<u8> {
        zlib::deflate(&self.bytes)
    }

    /// The bytes, not compressed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How wide an entry is.
    pub fn width(&self) -> EntryWidth {
        self.width
    }

    /// How many entries there are, padding to whole bytes included.
    pub fn entries(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX).saturating_mul(self.width.entries_per_byte())
    }

    /// The status at `index`; `None` beyond the end.
    pub fn get(&self, index: u64) -> Option<Status> {
        let (byte, shift) = self.width.place(index)?;
        Some(Status::from_value((self.bytes.get(byte)? >> shift) & self.width.max_value()))
    }

    /// Changes the status at `index`.
    ///
    /// # Errors
    ///
    /// If there is no such entry, or the status does not fit into one.
    pub fn set(&mut self, index: u64, status: Status) -> Result<(), StatusListError> {
        let mask = self.width.max_value();
        if status.value() > mask {
            return Err(StatusListError::Width);
        }
        let (byte, shift) = self.width.place(index).ok_or(StatusListError::Index)?;
        let byte = self.bytes.get_mut(byte).ok_or(StatusListError::Index)?;
        *byte = (*byte & !(mask << shift)) | (status.value() << shift);
        Ok(())
    }

    /// Where the issuer says all its lists are named (section 9.2). Believe it as far as you believe the list.
    pub fn aggregation_uri(&self) -> Option<&str> {
        self.aggregation_uri.as_deref()
    }

    /// The same list, with the address where all lists of its issuer are named.
    #[must_use]
    pub fn with_aggregation_uri(self, uri: impl Into<String>) -> Self {
        Self { aggregation_uri: Some(uri.into()), ..self }
    }

    /// Reads the JSON form (section 4.2).
    ///
    /// # Errors
    ///
    /// If a member is missing or of a wrong type ([`Check::StatusListForm`]), and as [`Self::decompress`].
    pub fn from_json(json: &Value) -> Result<Self, Refusal> {
        let form = || Check::StatusListForm.refuse();
        let members = json.as_object().ok_or_else(form)?;
        // Section 4.2: "The allowed values for bits are 1, 2, 4, and 8".
        let bits = members.get("bits").and_then(Value::as_u64).ok_or_else(form)?;
        let width = EntryWidth::from_bits(bits).ok_or_else(form)?;
        let lst = members.get("lst").and_then(Value::as_str).ok_or_else(form)?;
        let compressed = base64url::decode(lst).map_err(|_| form())?;
        let aggregation_uri = match members.get("aggregation_uri") {
            None => None,
            Some(uri) => Some(uri.as_str().ok_or_else(form)?.to_owned()),
        };
        Ok(Self { aggregation_uri, ..Self::decompress(width, &compressed)? })
    }

    /// The JSON form (section 4.2).
    pub fn to_json(&self) -> Value {
        let mut members = Map::new();
        members.insert("bits".into(), json!(self.width.bits()));
        members.insert("lst".into(), base64url::encode(self.compress()).into());
        if let Some(uri) = &self.aggregation_uri {
            members.insert("aggregation_uri".into(), uri.as_str().into());
        }
        members.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(json: &Value) -> Check {
        StatusList::from_json(json).unwrap_err().check
    }

    #[test]
    fn entries_are_packed_from_the_least_significant_bit() {
        // The two examples of section 4.1.
        let one = StatusList::from_bytes(EntryWidth::One, [0xb9, 0xa3]).unwrap();
        let set: Vec<u64> = (0..16).filter(|index| one.get(*index) == Some(Status::Invalid)).collect();
        assert_eq!(set, [0, 3, 4, 5, 7, 8, 9, 13, 15]);
        let two = StatusList::from_bytes(EntryWidth::Two, [0xc9, 0x44, 0xf9]).unwrap();
        let values: Vec<u8> = (0..12).map(|index| two.get(index).unwrap().value()).collect();
        assert_eq!(values, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
    }

    #[test]
    fn only_zero_is_valid() {
        for value in 0..=255 {
            let status = Status::from_value(value);
            assert_eq!(status.value(), value);
            assert_eq!(status == Status::Valid, value == 0);
            let application = matches!(value, 3 | 12..=15);
            assert_eq!(matches!(status, Status::ApplicationSpecific(_)), application, "{value}");
            assert_eq!(matches!(status, Status::Reserved(_)), value > 3 && !application, "{value}");
        }
    }

    #[test]
    fn there_is_nothing_beyond_the_end_and_nothing_wider_than_an_entry() {
        for width in EntryWidth::ALL {
            let mut list = StatusList::new(width, 9).unwrap();
            assert!(list.entries() >= 9 && list.entries() < 9 + 8);
            for index in [list.entries(), list.entries() + 1, 1 << 40, u64::MAX] {
                assert_eq!(list.get(index), None);
                assert_eq!(list.set(index, Status::Valid), Err(StatusListError::Index));
            }
            if width != EntryWidth::Eight {
                let wide = Status::from_value(width.max_value() + 1);
                assert_eq!(list.set(0, wide), Err(StatusListError::Width));
            }
            assert_eq!(list.as_bytes(), vec![0; list.as_bytes().len()]);
        }
        assert_eq!(StatusList::new(EntryWidth::One, 0).unwrap().get(0), None);
    }

    #[test]
    fn a_list_has_a_longest_length() {
        let most = MAX_LIST_BYTES as u64 * 8;
        assert_eq!(StatusList::new(EntryWidth::One, most).unwrap().entries(), most);
        assert_eq!(StatusList::new(EntryWidth::One, most + 1), Err(StatusListError::TooLarge));
        assert_eq!(StatusList::new(EntryWidth::Eight, u64::MAX), Err(StatusListError::TooLarge));
        let bytes = vec![0; MAX_LIST_BYTES + 1];
        assert_eq!(StatusList::from_bytes(EntryWidth::Eight, bytes), Err(StatusListError::TooLarge));
    }

    #[test]
    fn the_json_form_goes_both_ways() {
        let list = StatusList::from_bytes(EntryWidth::Four, [1, 2, 3]).unwrap();
        assert_eq!(StatusList::from_json(&list.to_json()), Ok(list.clone()));
        let list = list.with_aggregation_uri("https://example.com/all");
        assert_eq!(list.to_json()["aggregation_uri"], "https://example.com/all");
        assert_eq!(StatusList::from_json(&list.to_json()), Ok(list));
    }

    #[test]
    fn st_12_other_forms_are_refused() {
        let lst = "eNrbuRgAAhcBXQ";
        for json in [
            json!(null),
            json!([1, lst]),
            json!({}),
            json!({"bits": 1}),
            json!({"lst": lst}),
            json!({"bits": "1", "lst": lst}),
            json!({"bits": 1.0, "lst": lst}),
            json!({"bits": 0, "lst": lst}),
            json!({"bits": 3, "lst": lst}),
            json!({"bits": 16, "lst": lst}),
            json!({"bits": -1, "lst": lst}),
            json!({"bits": 1, "lst": [lst]}),
            json!({"bits": 1, "lst": format!("{lst}==")}),
            json!({"bits": 1, "lst": "eNrbuRgAAhcBX+"}),
            json!({"bits": 1, "lst": lst, "aggregation_uri": 7}),
            json!({"bits": 1, "lst": lst, "aggregation_uri": null}),
        ] {
            assert_eq!(check(&json), Check::StatusListForm, "ST-12 {json}");
        }
        assert!(StatusList::from_json(&json!({"bits": 1, "lst": lst, "motto": 1})).is_ok());
    }

    fn widths() -> impl Strategy<Value = EntryWidth> {
        proptest::sample::select(EntryWidth::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn any_statuses_survive(width in widths(), values in proptest::collection::vec(any::<u8>(), 1..500)) {
            let mut list = StatusList::new(width, values.len() as u64).unwrap();
            for (index, value) in (0..).zip(&values) {
                list.set(index, Status::from_value(value & width.max_value())).unwrap();
            }
            let read = StatusList::decompress(width, &list.compress()).unwrap();
            prop_assert_eq!(&read, &list);
            for (index, value) in (0..).zip(&values) {
                prop_assert_eq!(read.get(index).unwrap().value(), value & width.max_value());
            }
        }

        #[test]
        fn setting_one_entry_changes_no_other(
            width in widths(),
            bytes in proptest::collection::vec(any::<u8>(), 1..50),
            place in any::<proptest::sample::Index>(),
            value in any::<u8>(),
        ) {
            let before = StatusList::from_bytes(width, bytes).unwrap();
            let mut after = before.clone();
            let changed = place.index(usize::try_from(before.entries()).unwrap()) as u64;
            let status = Status::from_value(value & width.max_value());
            after.set(changed, status).unwrap();
            for index in 0..before.entries() {
                let expected = if index == changed { Some(status) } else { before.get(index) };
                prop_assert_eq!(after.get(index), expected);
            }
        }
    }
}
