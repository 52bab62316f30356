//! How hard a passphrase is to guess, by zxcvbn (D. Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX
//! Security 2016).
//!
//! What follows from the estimate is decided below, in [`bookbag_store::secret::judgement`]. This much stands apart, above the line that
//! divides what is pure from what touches the world, because the library reads the clock, to weigh years and to time
//! itself; in a browser it asks JavaScript for both. Both wallets need it, so it is neither's module.
//!
//! Limits: the library keeps pieces of the passphrase in memory that it does not wipe, and looks at the first hundred
//! characters only.

use bookbag_store::secret::judgement::{Estimate, Weakness};
use bookbag_store::secret::passphrase::Passphrase;
use zeroize::Zeroizing;
use zxcvbn::feedback::Warning;
use zxcvbn::matching::patterns::MatchPattern;

/// Shortest part of a known name that counts as one: "Al" would be found everywhere.
const MIN_KNOWN_CHARACTERS: usize = 3;

/// Estimates how many guesses a passphrase takes whoever knows what is `known` of the family: names of the child and of the
/// others, school, street, birthdays as people write them.
///
/// The lower of two estimates counts: as it is, and with nothing between its words, since the library takes a space next to a known
/// word for a character that has to be guessed with the word beside it.
pub fn estimate(passphrase: &Passphrase, known: &[&str]) -> Estimate {
    let known = known_words(known);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let typed = passphrase.as_secret_str();
    let joined = Zeroizing::new(typed.chars().filter(|char| char.is_alphanumeric()).collect::<String>());
    let [typed, joined] = [typed, &joined].map(|text| zxcvbn::zxcvbn(text, &known));
    // Nothing but signs leaves nothing to join.
    let easier =
        if joined.sequence().is_empty() || typed.guesses() <= joined.guesses() { typed } else { joined };
    Estimate { guesses_log10: easier.guesses_log10(), weakness: weakness(&easier) }
}

/// Each as it is, without its spaces, and each of its words.
fn known_words(known: &[&str]) -> Vec<String> {
    let parts = known.iter().flat_map(|one| {
        let words = one.split(|char: char| !char.is_alphanumeric()).map(str::to_owned);
        words.chain([(*one).to_owned(), one.split_whitespace().collect()])
    });
    let mut words: Vec<String> = parts.filter(|part| part.chars().count() >= MIN_KNOWN_CHARACTERS).collect();
    words.sort();
    words.dedup();
    words
}

fn weakness(found: &zxcvbn::Entropy) -> Option<Weakness> {
    let personal = found.sequence().iter().any(|part| match &part.pattern {
        // The library does not export the type of this name.
        MatchPattern::Dictionary(pattern) => format!("{:?}", pattern.dictionary_name) == "UserInputs",
        _ => false,
    });
    if personal {
        return Some(Weakness::Personal);
    }
    found.feedback().and_then(zxcvbn::feedback::Feedback::warning).map(of_warning)
}

fn of_warning(warning: Warning) -> Weakness {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess => {
            Weakness::KeyboardPattern
        }
        Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            Weakness::Repeats
        }
        Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword => {
            Weakness::Common
        }
        Warning::ThisIsSimilarToACommonlyUsedPassword => Weakness::NearlyCommon,
        Warning::SequencesLikeAbcAreEasyToGuess => Weakness::Sequence,
        Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => Weakness::Date,
        Warning::AWordByItselfIsEasyToGuess => Weakness::SingleWord,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => Weakness::Name,
    }
}

#[cfg(test)]
mod tests {
    use bookbag_store::secret::judgement::{Judgement, Strength, TooEasy};

    use super::*;

    const KNOWN: [&str; 4] = ["Emma Llewellyn", "Al", "Ysgol Gymraeg Trefynwy", "14 March 2015"];

    fn judged(typed: &str) -> Result<Judgement, TooEasy> {
        let passphrase = Passphrase::new(typed).unwrap();
        let estimate = estimate(&passphrase, &KNOWN);
        passphrase.judge(estimate).map(|accepted| accepted.judgement())
    }

    #[test]
    fn hopeless_ones_are_refused_with_the_reason() {
        for (typed, weakness) in [
            ("password", Some(Weakness::Common)),
            ("P4ssw0rd", Some(Weakness::NearlyCommon)),
            ("qwertyuiop", Some(Weakness::Common)),
            ("poiuytfghj", Some(Weakness::KeyboardPattern)),
            ("aaaaaaaaaaaa", Some(Weakness::Repeats)),
            ("abcdefgh", Some(Weakness::Sequence)),
            ("hijklmnop", Some(Weakness::Sequence)),
            ("21/07/1984", Some(Weakness::Date)),
            ("Katherine", Some(Weakness::Name)),
            ("photosynthesis", Some(Weakness::SingleWord)),
            ("a", None),
            ("xk4", None),
        ] {
            let refusal = judged(typed).unwrap_err();
            assert_eq!(refusal.weakness(), weakness, "{typed}");
        }
    }

    #[test]
    fn what_others_know_of_the_family_is_no_secret() {
        for typed in [
            "emmallewellyn",
            "Emma Llewellyn",
            "nyllewelL",
            "Ysgol Trefynwy",
            "ysgolgymraegtrefynwy",
            "Trefynwy1",
            "14March2015",
            "3mma Llewellyn",
        ] {
            let refusal = judged(typed).unwrap_err();
            assert_eq!(refusal.weakness(), Some(Weakness::Personal), "{typed}");
        }
        // Without knowing the family, the same would have passed.
        let passphrase = Passphrase::new("ysgolgymraegtrefynwy").unwrap();
        let blind = estimate(&passphrase, &[]);
        assert!(passphrase.judge(blind).is_ok());
    }

    #[test]
    fn good_ones_pass() {
        for typed in ["walnut kettle orbit lagoon", "Mae’r ddafad ddu yn canu’r piano", "vG7#qp2!xLw9"] {
            assert_eq!(judged(typed).unwrap().strength(), Strength::Strong, "{typed}");
        }
        // A short part of a name is not looked for.
        assert!(judged("walnut kettle almanac lagoon").is_ok());
    }

    #[test]
    fn a_refusal_gives_nothing_away() {
        let refusal = judged("Emma Llewellyn").unwrap_err();
        let said = format!("{refusal} {refusal:?}");
        assert!(!said.contains("mma") && !said.contains("lewe"), "{said}");
    }

    #[test]
    fn odd_texts_are_estimated_too() {
        let long = "long ".repeat(200);
        for typed in ["👩‍👧👩‍👧", "\u{fdfa}", "ㅎㅎㅎㅎ", long.as_str(), "ß ß ß"] {
            let passphrase = Passphrase::new(typed).unwrap();
            assert!(estimate(&passphrase, &["", " ", "\u{fdfa}"]).guesses_log10 >= 0.0, "{typed}");
        }
    }
}
