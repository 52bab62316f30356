//! Whether a passphrase is good enough, said in words that help to choose a better one.
//!
//! A bag can be copied, and a copy can be guessed at for years without anyone knowing. So a new passphrase that falls in
//! days is refused, and one that falls in years is taken with a word of advice. How many guesses it takes is estimated by
//! zxcvbn, whose answer comes in as an [`Estimate`]: it weighs years against the one on the clock, and these crates
//! read no clock. `bookbag-strength` is where the wallets ask it.
//!
//! The scale is that of zxcvbn's scores 3 and 4. At the cost of today we reckon with a thousand guesses a second on a graphics
//! card: 10^8 guesses are a day of one card, 10^10 four months of it.
//!
//! Limits: it is an estimate. It knows English and common passwords best, and knows nothing of what the family
//! wrote on the kitchen wall.

/// Fewer guesses than 10 to this power are refused.
pub const TOO_EASY_BELOW_LOG10: f64 = 8.0;

/// So many guesses, as a power of 10, need no advice.
pub const STRONG_FROM_LOG10: f64 = 10.0;

/// What an estimator found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// How many guesses it takes, as a power of 10.
    pub guesses_log10: f64,
    /// What makes it easier than its length promises.
    pub weakness: Option<Weakness>,
}

/// What makes a passphrase easy to guess. Says nothing of the passphrase but that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Weakness {
    /// Made of what is known of the family: a name, a school, a street.
    Personal,
    /// One of the passphrases that are tried first.
    Common,
    /// Such a one with small changes.
    NearlyCommon,
    /// Keys that lie side by side.
    KeyboardPattern,
    /// The same again and again.
    Repeats,
    /// abc, 4321.
    Sequence,
    /// A date or a year.
    Date,
    /// A first name or a family name that many people have.
    Name,
    /// One word of the dictionary.
    SingleWord,
}

/// How good an accepted passphrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Good enough; a longer one would be better.
    Fair,
    /// Good.
    Strong,
}

/// What was thought of a passphrase that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    strength: Strength,
    weakness: Option<Weakness>,
}

/// A passphrase was refused. Says why and what to do, and nothing of the passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this passphrase is too easy to guess: {reason}. {ADVICE}", reason = reason(*weakness))]
pub struct TooEasy {
    weakness: Option<Weakness>,
}

impl Judgement {
    /// Judges by an estimate.
    ///
    /// # Errors
    ///
    /// If there are too few guesses to it, or no number of them.
    pub fn new(estimate: Estimate) -> Result<Self, TooEasy> {
        let Estimate { guesses_log10, weakness } = estimate;
        if guesses_log10 >= STRONG_FROM_LOG10 {
            Ok(Self { strength: Strength::Strong, weakness })
        } else if guesses_log10 >= TOO_EASY_BELOW_LOG10 {
            Ok(Self { strength: Strength::Fair, weakness })
        } else {
            Err(TooEasy { weakness })
        }
    }

    /// How good it is.
    pub fn strength(self) -> Strength {
        self.strength
    }

    /// One sentence for the person who chose it.
    pub fn sentence(self) -> String {
        match (self.strength, self.weakness) {
            (Strength::Strong, _) => "This is a good passphrase.".to_owned(),
            (Strength::Fair, None) => format!("This passphrase will do. {ADVICE}."),
            (Strength::Fair, weakness) => {
                format!("This passphrase will do, but {}. {ADVICE}.", reason(weakness))
            }
        }
    }
}

impl TooEasy {
    /// What makes it easy to guess, where something stands out.
    pub fn weakness(self) -> Option<Weakness> {
        self.weakness
    }
}

const ADVICE: &str = "Four or five words that have nothing to do with each other or with you are easy to remember and hard to guess";

fn reason(weakness: Option<Weakness>) -> &'static str {
    match weakness {
        Some(Weakness::Personal) => {
            "it is made of names or words that belong to your family, which others know too"
        }
        Some(Weakness::Common) => "it is one of those that many people use, so it is tried first",
        Some(Weakness::NearlyCommon) => {
            "it is nearly one of those that many people use, and small changes like 0 for o are tried too"
        }
        Some(Weakness::KeyboardPattern) => "its keys lie side by side on the keyboard",
        Some(Weakness::Repeats) => "it says the same thing again and again",
        Some(Weakness::Sequence) => "it has a sequence in it, like abc or 4321",
        Some(Weakness::Date) => "it has a date or a year in it, and there are not many of those to try",
        Some(Weakness::Name) => "it has a name in it that many people have",
        Some(Weakness::SingleWord) => "it is little more than one word, and all words can be tried",
        None => "it is short enough for a computer to try everything of its kind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Weakness; 9] = [
        Weakness::Personal,
        Weakness::Common,
        Weakness::NearlyCommon,
        Weakness::KeyboardPattern,
        Weakness::Repeats,
        Weakness::Sequence,
        Weakness::Date,
        Weakness::Name,
        Weakness::SingleWord,
    ];

    fn judge(guesses_log10: f64, weakness: Option<Weakness>) -> Result<Judgement, TooEasy> {
        Judgement::new(Estimate { guesses_log10, weakness })
    }

    #[test]
    fn the_scale_has_two_steps() {
        for hopeless in [0.0, 7.999, -1.0, f64::NEG_INFINITY, f64::NAN] {
            assert!(judge(hopeless, None).is_err(), "{hopeless}");
        }
        for (guesses, strength) in [
            (8.0, Strength::Fair),
            (9.999, Strength::Fair),
            (10.0, Strength::Strong),
            (f64::INFINITY, Strength::Strong),
        ] {
            assert_eq!(judge(guesses, None).unwrap().strength(), strength, "{guesses}");
        }
    }

    #[test]
    fn a_refusal_says_why_and_what_to_do() {
        let mut said = std::collections::HashSet::new();
        for weakness in ALL.map(Some).into_iter().chain([None]) {
            let refusal = judge(3.0, weakness).unwrap_err();
            assert_eq!(refusal.weakness(), weakness);
            assert!(refusal.to_string().ends_with(ADVICE));
            assert!(said.insert(refusal.to_string()), "{weakness:?} says what another says");
            assert!(judge(9.0, weakness).unwrap().sentence().contains(ADVICE));
            assert_eq!(judge(11.0, weakness).unwrap().sentence(), "This is a good passphrase.");
        }
        assert_eq!(
            judge(3.0, Some(Weakness::Date)).unwrap_err().to_string(),
            "this passphrase is too easy to guess: it has a date or a year in it, and there are not many of those to \
             try. Four or five words that have nothing to do with each other or with you are easy to remember and hard \
             to guess"
        );
    }
}
