//! Messages as text, for a file, a letter, a message or a QR code; and in parts, where one code cannot hold it.
//!
//! The checksum is against torn and mistyped copies only. What an attacker changes, the steps refuse.

use bookbag_crypto::base64url;
use zeroize::Zeroizing;

use super::check::{JoinCheck, JoinRefusal};
use super::message::{MAX_MESSAGE_BYTES, Message, MessageKind};
use crate::id::labelled_hash;

/// Longest text, in characters.
pub const MAX_TEXT_CHARS: usize = 2 * MAX_MESSAGE_BYTES;

/// Most parts of one text.
pub const MAX_PARTS: usize = 32;

/// What every part begins with.
const PART: &str = "bookbag-part:";

/// Length of the checksum, in bytes.
const CHECKSUM_BYTES: usize = 4;

impl Message {
    /// The text. That of [`MessageKind::Invite`] is a secret: it is shown on a screen and not sent.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_MESSAGE_BYTES));
        bytes.extend_from_slice(self.as_bytes());
        bytes.extend_from_slice(&checksum(self.as_bytes()));
        let mut text = Zeroizing::new(String::with_capacity(MAX_TEXT_CHARS));
        text.push_str(prefix(self.kind()));
        base64url::encode_to(&*bytes, &mut text);
        text
    }

    /// Reads a text. White space within it, as mail programs insert it, does not count.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Text`] for a copy that is not whole, [`JoinCheck::Form`] for a message that cannot be read.
    pub fn from_text(text: &str) -> Result<Self, JoinRefusal> {
        let torn = JoinCheck::Text.refuse();
        let text = without_space(text, MAX_TEXT_CHARS).ok_or(torn)?;
        let (name, encoded) = text.split_once(':').ok_or(torn)?;
        let bytes = Zeroizing::new(base64url::decode(encoded).map_err(|_| torn)?);
        let (bytes, sum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(torn)?;
        if *sum != checksum(bytes) || !PREFIXES.iter().any(|known| known.trim_end_matches(':') == name) {
            return Err(torn);
        }
        let message = Self::from_bytes(bytes)?;
        let fits = prefix(message.kind()).trim_end_matches(':') == name;
        if fits { Ok(message) } else { Err(torn) }
    }

    /// The text in parts of at most `chars` characters each, for as many QR codes: one text if it fits. `None` if it takes more
    /// than [`MAX_PARTS`].
    pub fn to_parts(&self, chars: usize) -> Option<Vec<Zeroizing<String>>> {
        let text = self.to_text();
        if text.len() <= chars {
            return Some(vec![text]);
        }
        // `bookbag-part:12/32:abcdef:`
        let room = chars.checked_sub(PART.len() + 13).filter(|room| *room > 0)?;
        let of = text.len().div_ceil(room);
        let name = part_name(&text);
        let pieces = text.as_bytes().chunks(room).filter_map(|piece| str::from_utf8(piece).ok()).zip(1..);
        let part = |(piece, at): (&str, usize)| Zeroizing::new(format!("{PART}{at}/{of}:{name}:{piece}"));
        (of <= MAX_PARTS).then(|| pieces.map(part).collect())
    }

    /// Reads a text from its parts, in any order, some perhaps twice.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Parts`] if one is missing or they are not of one text, else as [`Self::from_text`].
    pub fn from_parts(parts: &[&str]) -> Result<Self, JoinRefusal> {
        let wrong = JoinCheck::Parts.refuse();
        if let [whole] = parts
            && !whole.trim_start().starts_with(PART)
        {
            return Self::from_text(whole);
        }
        let texts: Option<Vec<_>> = parts.iter().map(|part| without_space(part, MAX_TEXT_CHARS)).collect();
        let texts = texts.ok_or(wrong)?;
        let read: Option<Vec<_>> = texts.iter().map(|text| Part::read(text)).collect();
        let mut read = read.ok_or(wrong)?;
        read.sort_unstable();
        read.dedup();
        let of = read.first().ok_or(wrong)?.of;
        let text: Zeroizing<String> = Zeroizing::new(read.iter().map(|part| part.piece).collect());
        let name = part_name(&text);
        let whole = read.iter().map(|part| part.at).eq(1..=of)
            && read.iter().all(|part| part.of == of && part.name == name);
        if whole { Self::from_text(&text) } else { Err(wrong) }
    }
}

/// One part, in the order of its number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Part<'t> {
    at: usize,
    of: usize,
    name: &'t str,
    piece: &'t str,
}

impl<'t> Part<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (place, rest) = text.strip_prefix(PART)?.split_once(':')?;
        let (name, piece) = rest.split_once(':')?;
        let (at, of) = place.split_once('/')?;
        let (at, of) = (number(at)?, number(of)?);
        (1..=of).contains(&at).then_some(Self { at, of, name, piece })
    }
}

/// A number of at most two digits.
fn number(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number <= MAX_PARTS)
}

/// The name that the parts of one text share.
fn part_name(text: &str) -> String {
    base64url::encode(checksum(text.as_bytes()))
}

/// The text without white space, if it is not too long.
fn without_space(text: &str, most: usize) -> Option<Zeroizing<String>> {
    if text.len() > 2 * most {
        return None;
    }
    let mut kept = Zeroizing::new(String::with_capacity(text.len()));
    kept.extend(text.chars().filter(|char| !char.is_whitespace()));
    (kept.len() <= most).then_some(kept)
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = labelled_hash("bookbag/1 joining text", &[bytes]);
    hash.first_chunk().copied().unwrap_or_default()
}

const fn prefix(kind: MessageKind) -> &'static str {
    let [invite, answer, welcome, reveal] = PREFIXES;
    match kind {
        MessageKind::Invite | MessageKind::FarInvite => invite,
        MessageKind::Answer | MessageKind::FarAnswer => answer,
        MessageKind::Welcome => welcome,
        MessageKind::Reveal => reveal,
    }
}

const PREFIXES: [&str; 4] = ["bookbag-invite:", "bookbag-answer:", "bookbag-welcome:", "bookbag-reveal:"];
