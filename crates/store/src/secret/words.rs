//! The recovery secret: 256 random bits, written as twenty-four English words (BIP-39) for a printed sheet.
//!
//! Why 24 words and not 12: nothing stretches this secret, and it has to hold for a lifetime against whatever
//! computes then, as the keys that are wrapped to its device do. And the checksum of 24 words lets one mistake in 256 pass,
//! that of 12 words one in 16. Most sheets are scanned, and who types needs the first four letters of each word.
//!
//! Only the words and their checksum are BIP-39; what that text then makes of them (a seed, by PBKDF2) is not used here.
//! The 32 bytes are used as they are, with HKDF as [`super`] says and the label `bookbag/1 slot recovery device`.
//!
//! What is read may be in any case, numbered, broken over lines, and of each word only the first four letters.

use bip39::{Language, Mnemonic};
use bookbag_crypto::Entropy;
use bookbag_crypto::aead::AeadKey;
use zeroize::Zeroizing;

use crate::id::BagId;

pub(super) const SEED_LABEL: &str = "bookbag/1 slot recovery device";

/// How many words a recovery secret has.
pub const WORDS: usize = 24;

/// What the QR code of a sheet begins with; the words follow in capitals, which QR codes hold more densely.
pub const QR_PREFIX: &str = "BOOKBAG1/SHEET:";

/// Longest text in which words are looked for, in bytes: a page of them with numbers and remarks.
pub const MAX_TEXT_BYTES: usize = 4096;

/// No two words of the list share their first four letters (BIP-39, "Wordlist").
const TELLING_LETTERS: usize = 4;

/// The secret of a recovery sheet. Wiped when dropped; cannot be printed, cloned or compared.
pub struct RecoverySecret(Zeroizing<[u8; 32]>);

/// Why the words were not read. Holds no word, so it can be logged; the nearest word, which is as good as a part of the
/// secret, is to be had from [`UnknownWord::nearest`] alone, for the eyes of the person who typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordsError {
    /// A word is not on the list.
    #[error("word {} is not one of the words that these sheets use: look at it again", .0.position)]
    Unknown(UnknownWord),
    /// Not twenty-four words.
    #[error(
        "the sheet has {WORDS} words, and here are {found}: look for one that was left out or typed twice"
    )]
    Count {
        /// How many there are.
        found: usize,
    },
    /// Each word is on the list and all of them together are not a secret (BIP-39, checksum).
    #[error(
        "each word is spelt right, but together they do not fit: one of them is another word, or two have changed places. Compare them with the sheet one by one"
    )]
    Checksum,
    /// Far more text than words.
    #[error("there is too much text here: type only the {WORDS} words")]
    TooLong,
}

/// A word that is not on the list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnknownWord {
    position: usize,
    nearest: &'static str,
}

impl RecoverySecret {
    /// Makes a new one.
    pub fn generate(entropy: Entropy<32>) -> Self {
        // The bytes of the entropy as they are: a key is made of nothing else.
        Self::from_secret_bytes(Zeroizing::new(*AeadKey::generate(entropy).as_secret_bytes()))
    }

    /// Takes one that was shared among people.
    pub fn from_secret_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// Reads the words, or what the QR code of a sheet says.
    ///
    /// # Errors
    ///
    /// If there are not twenty-four words of the list that fit together.
    pub fn parse(typed: &str) -> Result<Self, WordsError> {
        if typed.len() > MAX_TEXT_BYTES {
            return Err(WordsError::TooLong);
        }
        let typed = without_prefix(typed.trim(), QR_PREFIX);
        let mut sentence = Zeroizing::new(String::with_capacity(WORDS * 9));
        let mut found = 0;
        // Numbers stand before, after or beside words; a digit inside one is a misread letter.
        let words = typed.split(|char: char| !char.is_alphanumeric());
        let words = words.map(|word| word.trim_matches(char::is_numeric)).filter(|word| !word.is_empty());
        for word in words {
            let known = find(word)
                .map_err(|nearest| WordsError::Unknown(UnknownWord { position: found + 1, nearest }))?;
            found += 1;
            if found <= WORDS {
                sentence.push_str(known);
                sentence.push(' ');
            }
        }
        if found != WORDS {
            return Err(WordsError::Count { found });
        }
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, sentence.trim_end());
        Ok(Self::from_mnemonic(&mnemonic.map_err(|_| WordsError::Checksum)?))
    }

    /// The words, in small letters with a space between them.
    pub fn words(&self) -> Zeroizing<String> {
        let mut words = Zeroizing::new(String::with_capacity(WORDS * 9));
        for word in self.mnemonic().words() {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
        words
    }

    /// What the QR code of the sheet says: [`QR_PREFIX`] and the words in capitals.
    pub fn qr_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(QR_PREFIX.len() + WORDS * 9));
        text.push_str(QR_PREFIX);
        text.push_str(&self.words());
        text.make_ascii_uppercase();
        text
    }

    /// The seed from which the keys of the recovery device are made: label `bookbag/1 slot recovery device`.
    pub fn device_seed(&self, bag: BagId) -> Zeroizing<[u8; 32]> {
        super::derive(&self.0, SEED_LABEL, bag, b"")
    }

    /// The secret itself, to be shared among people.
    pub fn as_secret_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    #[expect(clippy::expect_used, reason = "256 bits are one of the lengths of BIP-39")]
    fn mnemonic(&self) -> Mnemonic {
        Mnemonic::from_entropy_in(Language::English, &*self.0).expect("32 bytes are 24 words")
    }

    fn from_mnemonic(mnemonic: &Mnemonic) -> Self {
        let (all, _) = mnemonic.to_entropy_array();
        let all = Zeroizing::new(all);
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.iter_mut().zip(all.iter()).for_each(|(to, from)| *to = *from);
        Self(bytes)
    }
}

impl std::fmt::Debug for RecoverySecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoverySecret")
    }
}

impl UnknownWord {
    /// Which one it is, counted from 1.
    pub fn position(self) -> usize {
        self.position
    }

    /// The word of the list that is most like it. Probably part of the secret: to be shown, never logged.
    pub fn nearest(self) -> &'static str {
        self.nearest
    }
}

impl std::fmt::Debug for UnknownWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UnknownWord({})", self.position)
    }
}

/// `text` without a prefix in any case.
pub(super) fn without_prefix<'a>(text: &'a str, prefix: &str) -> &'a str {
    match (text.get(..prefix.len()), text.get(prefix.len()..)) {
        (Some(start), Some(rest)) if start.eq_ignore_ascii_case(prefix) => rest,
        _ => text,
    }
}

/// The word of the list that is meant: the same one, or the one that begins so if four letters or more are given.
/// Otherwise the one most like it.
fn find(typed: &str) -> Result<&'static str, &'static str> {
    let typed = Zeroizing::new(typed.to_lowercase());
    let list = Language::English.word_list();
    if let Ok(at) = list.binary_search(&typed.as_str()) {
        return list.get(at).copied().ok_or("");
    }
    let beginning =
        list.iter().find(|word| typed.len() >= TELLING_LETTERS && word.starts_with(typed.as_str()));
    // Of words that are as near, one that begins so for longer, then one of the same length.
    let nearness = |word: &&&str| {
        let same = typed.chars().zip(word.chars()).take_while(|(one, other)| one == other).count();
        (distance(&typed, word), usize::MAX - same, typed.len().abs_diff(word.len()))
    };
    let nearest = || list.iter().min_by_key(nearness);
    beginning.copied().ok_or_else(|| nearest().copied().unwrap_or_default())
}

/// How many letters have to be changed, added, left out or swapped with the next (optimal string alignment). Of a very long word only the
/// beginning counts.
fn distance(one: &str, other: &str) -> usize {
    let one: Zeroizing<Vec<char>> = Zeroizing::new(one.chars().take(16).collect());
    let other: Vec<char> = other.chars().collect();
    let at = |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX - 1);
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, theirs) in other.iter().enumerate() {
            let mut least = at(&above, column) + usize::from(letter != theirs);
            least = least.min(at(&above, column + 1) + 1).min(at(&line, column) + 1);
            let swapped = row > 0
                && column > 0
                && Some(letter) == other.get(column - 1)
                && Some(theirs) == one.get(row - 1);
            if swapped {
                least = least.min(at(&before, column - 1) + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORDS_24: &str = "meadow surge vanish primary odor grocery rubber mass shine dinner notable tag venue water \
                            purchase clarify book magic ribbon daughter menu eye ritual orchard";

    /// Those of BIP-39's test vectors that have 256 bits (github.com/trezor/python-mnemonic, vectors.json).
    const OFFICIAL: [(&str, &str); 8] = [
        (
            "0000000000000000000000000000000000000000000000000000000000000000",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
             abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art",
        ),
        (
            "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
            "legal winner thank year wave sausage worth useful legal winner thank year \
             wave sausage worth useful legal winner thank year wave sausage worth title",
        ),
        (
            "8080808080808080808080808080808080808080808080808080808080808080",
            "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd \
             amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless",
        ),
        (
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote",
        ),
        (
            "00ac97c48106f0aeb8ba061e0250a559b3251dc35854e694780ba51d53a50120",
            "absent gorilla van acoustic humor firm title dolphin bulk barely citizen recall \
             crane moment aspect appear track phrase actual enforce steel spoon afraid benefit",
        ),
        (
            "3edc83b60740d77af3afa2fcb82c2f1bc541ee4e2518ddef4996d32453f54a3c",
            "disagree tomato unique attend aspect runway solid violin witness scrap armed daring \
             favorite warm decade perfect target kid grant play early wide cigar night",
        ),
        ("89bb4bc5555992cdaf3444c5e7ca5a6e9f27efab894f1990bae41be8b2a26ea4", WORDS_24),
        (
            "911fec0fbd88029f6fa99164896c18d898c9232af18bdcca3e42d53b86493104",
            "much youth advance kitchen lens exile salt cram goose enter alert raise \
             milk muscle profit cousin system faint mouse price reveal cause series long",
        ),
    ];

    fn secret(bytes: [u8; 32]) -> RecoverySecret {
        RecoverySecret::generate(Entropy::from_secure_random(bytes))
    }

    fn read(typed: &str) -> [u8; 32] {
        *RecoverySecret::parse(typed).unwrap().as_secret_bytes()
    }

    fn unknown(typed: &str) -> (usize, &'static str) {
        match RecoverySecret::parse(typed) {
            Err(WordsError::Unknown(word)) => (word.position(), word.nearest()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_official_vectors() {
        for (hex, words) in OFFICIAL {
            let bytes: [u8; 32] = std::array::from_fn(|at| {
                u8::from_str_radix(hex.get(2 * at..2 * at + 2).unwrap(), 16).unwrap()
            });
            assert_eq!(read(words), bytes);
            assert_eq!(secret(bytes).words().as_str(), words);
            assert_eq!(read(&secret(bytes).qr_text()), bytes);
        }
    }

    #[test]
    fn words_are_read_as_people_write_them() {
        let plain = read(WORDS_24);
        let words: Vec<&str> = WORDS_24.split(' ').collect();
        let numbered = |form: fn(usize, &str) -> String| {
            words.iter().enumerate().map(|(at, word)| form(at + 1, word)).collect::<String>()
        };
        for written in [
            WORDS_24.to_uppercase(),
            format!("  {}\r\n", WORDS_24.replace(' ', "\n\t")),
            WORDS_24.replace(' ', ", "),
            WORDS_24.replace(' ', "\u{a0}"),
            numbered(|at, word| format!("{at}. {word}\n")),
            numbered(|at, word| format!("{at}) {word} ")),
            numbered(|at, word| format!("{at}{word} ")),
            numbered(|at, word| format!("{word}({at}) ")),
            numbered(|_, word| format!("{} ", word.chars().take(4).collect::<String>())),
            numbered(|_, word| format!("{} ", word.chars().take(5).collect::<String>())),
            format!("bookbag1/sheet:{WORDS_24}"),
        ] {
            assert_eq!(read(&written), plain, "{written}");
        }
    }

    #[test]
    fn a_word_that_is_not_on_the_list_is_named() {
        for (wrong, right) in [
            ("surgge", "surge"),
            ("sureg", "sure"),
            ("surhe", "surge"),
            ("srge", "surge"),
            ("surgery", "surge"),
            ("súrge", "surge"),
        ] {
            assert_eq!(unknown(&WORDS_24.replacen("surge", wrong, 1)), (2, right), "{wrong}");
        }
        assert_eq!(unknown(&WORDS_24.replacen("vanish", "vansih", 1)), (3, "vanish"));
        // Three letters are no beginning, and four that no word begins with are none either.
        assert_eq!(unknown(&WORDS_24.replacen("orchard", "orc", 1)).0, 24);
        assert_eq!(unknown(&WORDS_24.replacen("meadow", "mead0w", 1)), (1, "meadow"));
        assert_eq!(unknown(&WORDS_24.replacen("meadow", "abcd", 1)).0, 1);
        assert_eq!(unknown("ß"), unknown("ß"));
        assert_eq!(unknown(&"y".repeat(4000)).0, 1);
    }

    #[test]
    fn a_wrong_number_of_words_is_counted() {
        for (typed, found) in [
            (String::new(), 0),
            ("1. 2. 3.".to_owned(), 0),
            (WORDS_24.replacen("meadow ", "", 1), 23),
            (format!("{WORDS_24} zoo"), 25),
            ("zoo ".repeat(12), 12),
            ("zoo ".repeat(1000), 1000),
        ] {
            assert_eq!(RecoverySecret::parse(&typed).err(), Some(WordsError::Count { found }), "{typed}");
        }
        assert_eq!(RecoverySecret::parse(&"zoo ".repeat(1025)).err(), Some(WordsError::TooLong));
    }

    #[test]
    fn words_that_do_not_fit_together_are_said_to_be_so() {
        for typed in [
            "zoo ".repeat(24),
            WORDS_24.replacen("meadow surge", "surge meadow", 1),
            WORDS_24.replacen("orchard", "orange", 1),
        ] {
            assert_eq!(RecoverySecret::parse(&typed).err(), Some(WordsError::Checksum), "{typed}");
        }
    }

    #[test]
    fn neither_secret_nor_error_prints_a_word() {
        let secret = secret([0xa5; 32]);
        assert_eq!(format!("{secret:?}{secret:#?}"), "RecoverySecretRecoverySecret");
        let error = RecoverySecret::parse(&WORDS_24.replacen("surge", "surgge", 1)).unwrap_err();
        let said = format!("{error} {error:?} {error:#?}");
        assert!(!said.contains("surg"), "{said}");
        assert!(said.starts_with("word 2 is not one of the words"), "{said}");
    }

    #[test]
    fn a_seed_is_for_one_bag_and_is_not_the_secret() {
        let seed = |secret_byte, bag| *secret([secret_byte; 32]).device_seed(BagId::from_bytes([bag; 16]));
        let made = [seed(7, 1), seed(7, 2), seed(8, 1), [7; 32]];
        let distinct: std::collections::HashSet<_> = made.iter().collect();
        assert_eq!(distinct.len(), made.len());
    }

    proptest! {
        #[test]
        fn every_secret_comes_back(bytes in any::<[u8; 32]>()) {
            prop_assert_eq!(read(&secret(bytes).words()), bytes);
            prop_assert_eq!(read(&secret(bytes).qr_text()), bytes);
        }

        /// One word for another passes the checksum once in 256 times, and then gives another secret.
        #[test]
        fn another_word_is_noticed_or_gives_another_secret(
            bytes in any::<[u8; 32]>(), at in 0usize..24, word in 0usize..2048,
        ) {
            let all = secret(bytes).words();
            let mut words: Vec<&str> = all.split(' ').collect();
            let other = Language::English.word_list()[word];
            prop_assume!(words[at] != other);
            words[at] = other;
            match RecoverySecret::parse(&words.join(" ")) {
                Ok(read) => prop_assert_ne!(*read.as_secret_bytes(), bytes),
                Err(error) => prop_assert_eq!(error, WordsError::Checksum),
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,300}") {
            let _ = RecoverySecret::parse(&text);
        }
    }
}
