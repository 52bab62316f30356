//! A share as text: eighteen groups of five characters that a person can read out and type.
//!
//! ```text
//! 45 bytes = version (01) ‖ set (4) ‖ (k - 1) · 16 + (number - 1) ‖ values (36) ‖ check (3)
//! check    = first 3 bytes of SHA-256("bookbag/1 share text" ‖ 00 ‖ the 42 bytes before)
//! ```
//!
//! The 45 bytes are cut, from the front, into 18 pieces of 20 bits. A group is four characters of five bits each, and one that
//! checks the group, in the alphabet of Douglas Crockford's base 32, which has no I, L, O and U. With c1 to c4 for the characters,
//! g for the number of the group from 0, and arithmetic in GF(2^5) with x^5 + x^2 + 1:
//!
//! ```text
//! c5 = g + 2·c1 + 4·c2 + 8·c3 + 16·c4
//! ```
//!
//! One wrong character in a group is always noticed, so are two neighbours that changed places and two groups that did;
//! of other mistakes one in 32 passes here and is left to the check over all.

use bookbag_crypto::shamir::ShamirShare;
use zeroize::Zeroizing;

use super::{SetId, Share, VALUE_BYTES};
use crate::secret::sha256;
use crate::secret::words::without_prefix;

/// How many groups a share has.
pub const GROUPS: usize = 18;

/// What the QR code of a share begins with; the characters follow without spaces.
pub const QR_PREFIX: &str = "BOOKBAG1/SHARE:";

/// Longest text in which a share is looked for, in bytes.
pub const MAX_TEXT_BYTES: usize = 512;

/// Why a text was not read as a share. Holds no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareTextError {
    /// Too many or too few characters.
    #[error(
        "a share has {GROUPS} groups of 5 characters, and here are {found} characters: look for a group that was left out or typed twice"
    )]
    Length {
        /// How many characters there are.
        found: usize,
    },
    /// A group has a wrong character, or stands in a wrong place.
    #[error("group {0} is not as it was printed: compare its 5 characters, and whether it is in its place")]
    Group(usize),
    /// Each group fits and all of them together do not.
    #[error("the groups do not belong together: compare all of them with the card")]
    Checksum,
    /// Of another version of Bookbag.
    #[error("this share was made by a newer version of Bookbag: use that version, or a newer one")]
    Version,
}

const VERSION: u8 = 1;
const BYTES: usize = 45;
const CHECKED_BYTES: usize = BYTES - 3;
const CHECK_LABEL: &str = "bookbag/1 share text";
const GROUP_CHARACTERS: usize = 5;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Share {
    /// The share in groups, with a space between them.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(GROUPS * (GROUP_CHARACTERS + 1)));
        let bytes = self.to_bytes();
        for group in 0..GROUPS {
            if group > 0 {
                text.push(' ');
            }
            write_group(group, &bytes, &mut text);
        }
        text
    }

    /// What the QR code of the share says.
    pub fn qr_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(QR_PREFIX.len() + GROUPS * GROUP_CHARACTERS));
        text.push_str(QR_PREFIX);
        let bytes = self.to_bytes();
        (0..GROUPS).for_each(|group| write_group(group, &bytes, &mut text));
        text
    }

    /// Reads a share that was typed, in any case, with spaces or hyphens or without, or scanned.
    ///
    /// # Errors
    ///
    /// If a character is not as it was printed, as far as that can be seen, or the share is of another version.
    pub fn parse(typed: &str) -> Result<Self, ShareTextError> {
        if typed.len() > MAX_TEXT_BYTES {
            return Err(ShareTextError::Length { found: typed.chars().filter(|one| !is_gap(*one)).count() });
        }
        let typed = without_prefix(typed.trim(), QR_PREFIX);
        let groups: Vec<&str> = typed.split(is_gap).filter(|group| !group.is_empty()).collect();
        // Where the groups are told apart, a missing character is somewhere.
        let wrong_length = |group: &&str| group.chars().count() != GROUP_CHARACTERS;
        if groups.len() == GROUPS
            && let Some(at) = groups.iter().position(wrong_length)
        {
            return Err(ShareTextError::Group(at + 1));
        }
        let characters = Zeroizing::new(groups.concat());
        let found = characters.chars().count();
        if found != GROUPS * GROUP_CHARACTERS {
            return Err(ShareTextError::Length { found });
        }
        let bytes = read_groups(&characters)?;
        Self::from_bytes(&bytes)
    }

    fn to_bytes(&self) -> Zeroizing<[u8; BYTES]> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let numbers = (self.needed - 1) << 4 | (self.point.number() - 1);
        let parts = [VERSION].into_iter().chain(self.set.0).chain([numbers]);
        let parts = parts.chain(self.point.as_secret_bytes().iter().copied());
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        let check = check(&bytes);
        bytes.iter_mut().skip(CHECKED_BYTES).zip(check).for_each(|(to, from)| *to = from);
        bytes
    }

    fn from_bytes(bytes: &[u8; BYTES]) -> Result<Self, ShareTextError> {
        if bytes.iter().skip(CHECKED_BYTES).ne(&check(bytes)) {
            return Err(ShareTextError::Checksum);
        }
        let [version, s0, s1, s2, s3, numbers, rest @ ..] = bytes;
        if *version != VERSION || numbers >> 4 == 0 {
            // One share that is enough by itself does not exist in this version.
            return Err(ShareTextError::Version);
        }
        let mut values = Zeroizing::new([0; VALUE_BYTES]);
        values.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let point = ShamirShare::new((numbers & 15) + 1, values).map_err(|_| ShareTextError::Version)?;
        Ok(Self { set: SetId([*s0, *s1, *s2, *s3]), needed: (numbers >> 4) + 1, point })
    }
}

fn check(bytes: &[u8; BYTES]) -> [u8; 3] {
    let checked = bytes.iter().take(CHECKED_BYTES).copied();
    let input: Zeroizing<Vec<u8>> = Zeroizing::new(CHECK_LABEL.bytes().chain([0]).chain(checked).collect());
    let [one, two, three, ..] = sha256(&input);
    [one, two, three]
}

fn is_gap(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}')
}

/// Writes the 20 bits of a group and its check.
fn write_group(group: usize, bytes: &[u8; BYTES], text: &mut String) {
    let values = [0, 1, 2, 3].map(|at| five_bits(bytes, group * 20 + at * 5));
    for value in values.into_iter().chain([group_check(group, values)]) {
        text.push(ALPHABET.get(usize::from(value)).copied().map_or('0', char::from));
    }
}

/// The five bits at `bit`, which may lie in two bytes.
fn five_bits(bytes: &[u8; BYTES], bit: usize) -> u8 {
    let byte = |at: usize| bytes.get(at).copied().map_or(0, u16::from);
    let two = byte(bit / 8) << 8 | byte(bit / 8 + 1);
    // Five bits and no more remain.
    u8::try_from(two >> (11 - bit % 8) & 31).unwrap_or_default()
}

/// Reads 90 characters that are known to be as many.
fn read_groups(characters: &str) -> Result<Zeroizing<[u8; BYTES]>, ShareTextError> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    let mut characters = characters.chars();
    for group in 0..GROUPS {
        let mut values = Zeroizing::new([0; GROUP_CHARACTERS]);
        for value in values.iter_mut() {
            let read = characters.next().and_then(value_of);
            *value = read.ok_or(ShareTextError::Group(group + 1))?;
        }
        let [one, two, three, four, check] = *values;
        let values = [one, two, three, four];
        if group_check(group, values) != check {
            return Err(ShareTextError::Group(group + 1));
        }
        for (at, value) in values.into_iter().enumerate() {
            put_five_bits(&mut bytes, group * 20 + at * 5, value);
        }
    }
    Ok(bytes)
}

fn put_five_bits(bytes: &mut [u8; BYTES], bit: usize, value: u8) {
    let [high, low] = (u16::from(value) << (11 - bit % 8)).to_be_bytes();
    for (at, part) in [(bit / 8, high), (bit / 8 + 1, low)] {
        if let Some(byte) = bytes.get_mut(at) {
            *byte |= part;
        }
    }
}

/// Letters that Crockford's alphabet leaves out are read as the digits that they look like.
fn value_of(character: char) -> Option<u8> {
    let character = match character.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    let at = ALPHABET.iter().position(|one| char::from(*one) == character)?;
    u8::try_from(at).ok()
}

fn group_check(group: usize, values: [u8; 4]) -> u8 {
    let mut check = u8::try_from(group).unwrap_or_default();
    let mut weight = 1;
    for value in values {
        weight = multiply(weight, 2);
        check ^= multiply(weight, value);
    }
    check
}

/// The product in GF(2^5) modulo x^5 + x^2 + 1.
fn multiply(one: u8, other: u8) -> u8 {
    let (mut product, mut one) = (0, one);
    for bit in 0..5 {
        product ^= one & 0u8.wrapping_sub(other >> bit & 1);
        one = (one << 1) ^ (0b10_0101 & 0u8.wrapping_sub(one >> 4));
    }
    product
}

#[cfg(test)]
mod tests;
