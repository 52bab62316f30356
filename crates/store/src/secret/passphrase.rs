//! The passphrase that a person remembers, and the key that it gives.
//!
//! It is brought into one form before it is used, since the same keys pressed on another system can give other
//! characters, and a bag must open on a phone that has not been built yet:
//!
//! 1. Normal form NFKC (Unicode Standard Annex #15). NFC would join é from its parts; NFKC also takes full-width letters,
//!    ligatures and superscripts for the plain ones. A guesser gains nothing by that, a person may.
//! 2. Each run of white space becomes one space, and none is left at the ends: autocompletion leaves one behind.
//! 3. The quotation marks ‘ ’ and “ ” become ' and ", which some telephones change unasked.
//!
//! Upper and lower case stay apart. The normal form of a character is fixed for ever once Unicode has assigned it, so those
//! that are not assigned are refused, as are control and private characters (compare RFC 8264 section 9).
//!
//! The key is then, with HKDF as [`super`] says and a salt and cost that stand in the slot:
//!
//! ```text
//! HKDF(Argon2id(passphrase in UTF-8, salt, cost, 32 bytes), "bookbag/1 slot passphrase")
//! ```
//!
//! Limits: Argon2id makes each guess dear and none impossible, which is why a new passphrase is judged first
//! ([`judgement`](super::judgement)); and whoever once had it with a copy of the bag can open that copy for ever.

use bookbag_crypto::kdf::{KdfError, PasswordCost};
use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};
use zeroize::Zeroizing;

use super::judgement::{Estimate, Judgement, TooEasy};
use crate::id::BagId;

pub(super) const KEY_LABEL: &str = "bookbag/1 slot passphrase";

/// Longest passphrase as typed and in its one form, in bytes: a long paragraph, so that nobody finds the end, and normalising is quick.
pub const MAX_PASSPHRASE_BYTES: usize = 1024;

/// What a new slot costs today: 64 MiB, three passes, four lanes, the second recommendation of RFC 9106 section 4. To be
/// raised as machines grow, never lowered.
pub const COST_TODAY: PasswordCost = PasswordCost::RECOMMENDED;

/// A passphrase in its one form. Wiped when dropped; cannot be printed, cloned or compared.
pub struct Passphrase(Zeroizing<String>);

/// A passphrase that has been judged and not refused: the only kind that a new slot is made with.
#[derive(Debug)]
pub struct NewPassphrase {
    passphrase: Passphrase,
    judgement: Judgement,
}

/// How a passphrase is made into a key; written in the slot, no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretching {
    /// The work of each guess.
    pub cost: PasswordCost,
    /// Drawn at random for each slot, and again with each change.
    pub salt: [u8; 16],
}

/// Why something is no passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// Nothing but white space.
    #[error("the passphrase is empty: type it again")]
    Empty,
    /// Longer than [`MAX_PASSPHRASE_BYTES`].
    #[error("the passphrase is longer than {MAX_PASSPHRASE_BYTES} bytes: use a shorter one")]
    TooLong,
    /// A control character, a private one, or one that Unicode has not assigned.
    #[error(
        "character {0} of the passphrase cannot be typed the same way everywhere: use letters, digits and common signs"
    )]
    Character(usize),
}

impl Passphrase {
    /// Takes what was typed.
    ///
    /// # Errors
    ///
    /// If nothing is left of it, it is too long, or it has a character that may not be the same everywhere.
    pub fn new(typed: &str) -> Result<Self, PassphraseError> {
        if typed.len() > MAX_PASSPHRASE_BYTES {
            return Err(PassphraseError::TooLong);
        }
        if let Some(at) = typed.chars().position(is_refused) {
            return Err(PassphraseError::Character(at + 1));
        }
        let one_form = one_form(typed);
        match one_form.len() {
            0 => Err(PassphraseError::Empty),
            1..=MAX_PASSPHRASE_BYTES => Ok(Self(one_form)),
            _ => Err(PassphraseError::TooLong),
        }
    }

    /// The passphrase in its one form, for whoever estimates how hard it is to guess.
    pub fn as_secret_str(&self) -> &str {
        &self.0
    }

    /// Judges it as a new passphrase, by an estimate that was made of [`Self::as_secret_str`].
    ///
    /// # Errors
    ///
    /// If it is too easy to guess; the error says why and what to do, and gives nothing of it away.
    pub fn judge(self, estimate: Estimate) -> Result<NewPassphrase, TooEasy> {
        let judgement = Judgement::new(estimate)?;
        Ok(NewPassphrase { passphrase: self, judgement })
    }

    /// The key of a slot, for opening it. Takes as long and as much memory as the cost says.
    ///
    /// # Errors
    ///
    /// If there is not enough memory.
    pub fn slot_key(&self, stretching: &Stretching, bag: BagId) -> Result<Zeroizing<[u8; 32]>, KdfError> {
        let stretched = stretching.cost.argon2id::<32>(self.0.as_bytes(), &stretching.salt)?;
        Ok(super::derive(&stretched, KEY_LABEL, bag, b""))
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase")
    }
}

impl NewPassphrase {
    /// The passphrase, to be used for something else too.
    pub fn into_passphrase(self) -> Passphrase {
        self.passphrase
    }

    /// The passphrase, for what it seals beside a slot.
    pub fn passphrase(&self) -> &Passphrase {
        &self.passphrase
    }

    /// What was thought of it: perhaps with a reason to choose a better one.
    pub fn judgement(&self) -> Judgement {
        self.judgement
    }

    /// As [`Passphrase::slot_key`], for making a slot.
    ///
    /// # Errors
    ///
    /// If there is not enough memory.
    pub fn slot_key(&self, stretching: &Stretching, bag: BagId) -> Result<Zeroizing<[u8; 32]>, KdfError> {
        self.passphrase.slot_key(stretching, bag)
    }
}

impl Stretching {
    /// With the cost of today and a salt fresh from the host's generator.
    pub fn today(salt: [u8; 16]) -> Self {
        Self { cost: COST_TODAY, salt }
    }
}

/// Whether a slot was made when machines were smaller, so that its cost goes up at the next change of its passphrase:
/// its memory, or its memory times its passes, is below [`COST_TODAY`].
pub fn should_be_raised(stored: PasswordCost) -> bool {
    let ((memory, passes, _), (memory_today, passes_today, _)) =
        (stored.parameters(), COST_TODAY.parameters());
    let work = |memory: u32, passes: u32| u64::from(memory) * u64::from(passes);
    memory < memory_today || work(memory, passes) < work(memory_today, passes_today)
}

/// The cost to use at the next change: what is stored, or that of today if that should be raised. Never less
/// memory than before.
pub fn next_cost(stored: PasswordCost) -> PasswordCost {
    if should_be_raised(stored) { raised(stored) } else { stored }
}

fn raised(stored: PasswordCost) -> PasswordCost {
    let ((memory, _, _), (memory_today, passes, lanes)) = (stored.parameters(), COST_TODAY.parameters());
    PasswordCost::new(memory.max(memory_today), passes, lanes).unwrap_or(COST_TODAY)
}

fn is_refused(character: char) -> bool {
    use GeneralCategory::{Control, PrivateUse, Surrogate, Unassigned};
    // Tab and line feed are control characters and white space; the latter counts.
    let category = character.general_category();
    !character.is_whitespace() && matches!(category, Control | PrivateUse | Surrogate | Unassigned)
}

/// Steps 1 to 3 of the head of this module. Reserves enough at once, so that no half-made copy is left behind.
fn one_form(typed: &str) -> Zeroizing<String> {
    // No character grows more than elevenfold in bytes under NFKC (Unicode FAQ, "Normalization").
    let mut output = Zeroizing::new(String::with_capacity(typed.len() * 11));
    let mut gap = false;
    for character in typed.nfkc() {
        if character.is_whitespace() {
            gap = !output.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            output.push(' ');
        }
        output.push(match character {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            other => other,
        });
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(typed: &str) -> String {
        Passphrase::new(typed).unwrap().as_secret_str().to_owned()
    }

    #[test]
    fn what_is_typed_elsewhere_is_the_same_passphrase() {
        for (typed, same) in [
            ("caf\u{e9} noir", "cafe\u{301} noir"),
            ("two words", "  two \t words\r\n"),
            ("two words", "two\u{a0}words"),
            ("two words", "two\u{3000}words"),
            ("don't \"stop\"", "don\u{2019}t \u{201c}stop\u{201d}"),
            ("fish 42", "\u{fb01}sh \u{ff14}\u{ff12}"),
            ("Llŷn 2²...", "Lly\u{302}n 22\u{2026}"),
        ] {
            assert_eq!(form(typed), form(same), "{typed}");
        }
    }

    #[test]
    fn what_differs_stays_apart() {
        let forms = ["two words", "Two words", "twowords", "two words.", "twó words", "two  wòrds"].map(form);
        let distinct: std::collections::HashSet<_> = forms.iter().collect();
        assert_eq!(distinct.len(), forms.len());
    }

    #[test]
    fn the_form_of_a_form_is_itself() {
        for typed in ["a  b", "\u{1e9b}\u{323} x", "\u{fdfa}", "\u{ac00}\u{11a8}", "👩‍👧 bag"] {
            assert_eq!(form(&form(typed)), form(typed));
        }
    }

    #[test]
    fn what_is_no_passphrase_is_refused() {
        use PassphraseError::{Character, Empty, TooLong};
        for (typed, error) in [
            ("", Empty),
            (" \t\u{a0}\n", Empty),
            ("ab\0", Character(3)),
            ("\u{7}", Character(1)),
            ("é\u{1b}[2J", Character(2)),
            ("\u{e000}", Character(1)),
            ("x\u{378}", Character(2)),
            ("\u{10ffff}", Character(1)),
        ] {
            assert_eq!(Passphrase::new(typed).err(), Some(error), "{typed:?}");
        }
        assert!(Passphrase::new(&"a".repeat(MAX_PASSPHRASE_BYTES)).is_ok());
        assert_eq!(Passphrase::new(&"a".repeat(MAX_PASSPHRASE_BYTES + 1)).err(), Some(TooLong));
        // Three bytes that become thirty-three.
        assert_eq!(Passphrase::new(&"\u{fdfa}".repeat(MAX_PASSPHRASE_BYTES / 3)).err(), Some(TooLong));
    }

    #[test]
    fn the_room_reserved_is_enough() {
        for character in (0..=0x0010_ffff).filter_map(char::from_u32).filter(|one| !is_refused(*one)) {
            let typed = character.to_string().repeat(3);
            let written = one_form(&typed);
            assert!(written.len() <= typed.len() * 11, "{character:?}");
        }
    }

    #[test]
    fn passphrase_salt_cost_and_bag_all_count() {
        let key = |typed, memory, salt, bag: u8| {
            let cost = PasswordCost::stored(memory, 1, 1).unwrap();
            let stretching = Stretching { cost, salt: [salt; 16] };
            *Passphrase::new(typed).unwrap().slot_key(&stretching, BagId::from_bytes([bag; 16])).unwrap()
        };
        let one = key("passphrase", 16, 1, 1);
        assert_eq!(one, key(" passphrase", 16, 1, 1));
        for other in [
            key("Passphrase", 16, 1, 1),
            key("passphrase", 17, 1, 1),
            key("passphrase", 16, 2, 1),
            key("passphrase", 16, 1, 9),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_cost_of_smaller_machines_is_raised_and_a_higher_one_kept() {
        let cost = |memory, passes, lanes| PasswordCost::stored(memory, passes, lanes).unwrap();
        let (memory, passes, _) = COST_TODAY.parameters();
        assert!(memory >= 64 * 1024, "the work order asks for 64 MiB");
        for low in [
            cost(8, 1, 1),
            cost(memory - 1, passes, 4),
            cost(memory, passes - 1, 4),
            cost(19 * 1024, 64, 1),
            cost(memory + 1, 1, 1),
        ] {
            assert!(should_be_raised(low), "{low:?}");
            let next = next_cost(low);
            assert!(!should_be_raised(next));
            assert!(next.parameters().0 >= low.parameters().0);
        }
        for enough in [COST_TODAY, cost(memory, passes, 1), cost(3 * memory, 1, 1), cost(1024 * 1024, 4, 16)]
        {
            assert!(!should_be_raised(enough), "{enough:?}");
            assert_eq!(next_cost(enough), enough);
        }
    }

    #[test]
    fn a_passphrase_is_not_printed() {
        let passphrase = Passphrase::new("swordfish").unwrap();
        assert_eq!(format!("{passphrase:?}{passphrase:#?}"), "PassphrasePassphrase");
        let judged = passphrase.judge(Estimate { guesses_log10: 12.0, weakness: None }).unwrap();
        assert!(!format!("{judged:?}{judged:#?}").contains("swordfish"));
    }
}
