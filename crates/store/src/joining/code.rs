//! The code that two people compare: four words, or eight digits where they share no language.
//!
//! Both are of the same transcript. Four words of 256 are 32 bits: somebody in between who plays both sides has one try, and one
//! chance in 4,294,967,296. Eight digits give one in 100,000,000. The words are plain things; no two of them begin
//! with the same three letters or differ in fewer than three places, so that a bad line or a spelling does no harm.

use std::fmt;
use std::str::FromStr;

use super::check::{JoinCheck, JoinRefusal};
use super::transcript::Transcript;
use super::words::WORDS;
use crate::id::labelled_hash;

/// What both sides must see the same of. Not a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code {
    words: [u8; 4],
    digits: u32,
}

/// What one side heard the other one say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeardCode(Heard);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Words([u8; 4]),
    Digits(u32),
}

/// What was typed is no code at all. Nothing has been compared yet: type it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a code: type the four words, or the eight digits, that the other side reads out")]
pub struct NotACode;

impl Code {
    pub(super) fn of(transcript: &Transcript) -> Self {
        let hash = labelled_hash("bookbag/1 joining code", &[transcript.as_bytes()]);
        let words = hash.first_chunk().copied().unwrap_or_default();
        let number = u64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default()) % DIGITS;
        Self { words, digits: u32::try_from(number).unwrap_or_default() }
    }

    /// The four words.
    pub fn words(&self) -> [&'static str; 4] {
        self.words.map(|word| WORDS.get(usize::from(word)).copied().unwrap_or_default())
    }

    /// The eight digits, in two groups.
    pub fn digits(&self) -> String {
        format!("{:04} {:04}", self.digits / 10_000, self.digits % 10_000)
    }

    /// Sees that the other side has the same one.
    pub(super) fn matches(self, heard: HeardCode) -> Result<(), JoinRefusal> {
        let same = match heard.0 {
            Heard::Words(words) => words == self.words,
            Heard::Digits(digits) => digits == self.digits,
        };
        // JO-15: one attempt; whoever fails it starts with a new invitation.
        if same { Ok(()) } else { Err(JoinCheck::Code.refuse()) }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({self})")
    }
}

/// For a host that shows the code and asks whether the other side has the same: the person said yes.
impl From<Code> for HeardCode {
    fn from(code: Code) -> Self {
        Self(Heard::Words(code.words))
    }
}

/// Takes words in any case, of which the first three letters count, or digits; with spaces, hyphens or commas between.
impl FromStr for HeardCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        let separate = |char: char| char.is_whitespace() || matches!(char, '-' | ',');
        let pieces: Vec<&str> = text.split(separate).filter(|piece| !piece.is_empty()).collect();
        let digits = pieces.concat();
        if digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return digits.parse().map(|digits| Self(Heard::Digits(digits))).map_err(|_| NotACode);
        }
        let words: Option<Vec<u8>> = pieces.into_iter().map(number_of).collect();
        let words = words.and_then(|words| words.try_into().ok()).ok_or(NotACode)?;
        Ok(Self(Heard::Words(words)))
    }
}

fn number_of(word: &str) -> Option<u8> {
    let word = word.to_lowercase();
    let start = word.get(..3)?;
    let at = WORDS.iter().position(|known| known.starts_with(start))?;
    u8::try_from(at).ok()
}

/// Eight digits.
const DIGITS: u64 = 100_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn code(byte: u8) -> Code {
        Code::of(&Transcript::invited(&[byte]))
    }

    #[test]
    fn words_are_easy_to_tell_apart() {
        assert!(WORDS.is_sorted());
        for (at, one) in WORDS.iter().enumerate() {
            assert!(one.bytes().all(|byte| byte.is_ascii_lowercase()), "{one}");
            assert!((4..=9).contains(&one.len()), "{one}");
            for two in WORDS.iter().skip(at + 1) {
                assert_ne!(one.get(..3), two.get(..3));
                assert!(distance(one, two) >= 3, "{one} {two}");
            }
        }
    }

    #[test]
    fn a_code_is_heard_as_it_is_said() {
        for byte in 0..=255 {
            let code = code(byte);
            for said in [code.to_string(), code.to_string().to_uppercase(), code.words().join(", ")] {
                assert_eq!(said.parse(), Ok(HeardCode::from(code)), "{said}");
            }
            for said in [code.digits(), code.digits().replace(' ', ""), code.digits().replace(' ', "-")] {
                assert_eq!(code.matches(said.parse().unwrap()), Ok(()), "{said}");
            }
            assert_eq!(code.matches(code.into()), Ok(()));
        }
        let spelt = "  Yogurt-zebr\tACORNS, guitarre\n".parse();
        assert_eq!(spelt, "yoghurt zebra acorn guitar".parse::<HeardCode>());
        assert!(spelt.is_ok());
    }

    #[test]
    fn what_is_no_code_is_not_compared() {
        let wrong =
            ["", "acorn", "acorn acorn acorn", "acorn acorn acorn acorn acorn", "acorn acorn acorn ac"];
        for said in wrong {
            assert_eq!(said.parse::<HeardCode>(), Err(NotACode), "{said}");
        }
        for said in ["1234567", "123456789", "1234 567x", "+1234567", "acorn acorn acorn xylophone", "éééé"]
        {
            assert_eq!(said.parse::<HeardCode>(), Err(NotACode), "{said}");
        }
    }

    #[test]
    fn another_code_does_not_match() {
        let (one, two) = (code(1), code(2));
        assert_eq!(one.matches(two.into()), Err(JoinCheck::Code.refuse()));
        assert_eq!(one.matches(two.digits().parse().unwrap()), Err(JoinCheck::Code.refuse()));
        let [a, b, c, d] = one.words();
        for said in [[b, a, c, d], [a, b, d, c], [a, b, c, a]] {
            assert_eq!(one.matches(said.join(" ").parse().unwrap()), Err(JoinCheck::Code.refuse()));
        }
    }

    /// Levenshtein's.
    fn distance(one: &str, two: &str) -> usize {
        let mut row: Vec<usize> = (0..=two.len()).collect();
        for (at, a) in one.bytes().enumerate() {
            let mut next = vec![at + 1];
            for (b_at, b) in two.bytes().enumerate() {
                let changed = row[b_at] + usize::from(a != b);
                next.push(changed.min(row[b_at + 1] + 1).min(next[b_at] + 1));
            }
            row = next;
        }
        row[two.len()]
    }
}
