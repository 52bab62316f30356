//! What a family prints: the recovery sheet, and the card for a trusted person who holds a share.
//!
//! Each is one HTML page that needs nothing else, neither network nor script: it says what it is, what to do with it, what it opens and
//! what it cannot, for somebody who finds it in a drawer in twenty years. It fits a sheet of A4 and reads on a telephone.
//! A policy in its head forbids the browser to fetch anything, and robots to keep it.
//!
//! Nothing on it names the child. A family that wants a name on it gives a label.
//!
//! All sentences stand in one table for each language (`english.rs`); another language is another file beside it
//! and a line in [`Language`]. Welsh is to come, from someone who writes it.
//!
//! Limits: the page *is* the secret. It is wiped from our memory, and stays in that of a browser, a print queue, a printer.

mod english;
mod page;
mod qr;

use zeroize::Zeroizing;

use super::shares::Share;
use super::words::RecoverySecret;
use page::Page;

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Language {
    /// British English.
    #[default]
    English,
}

/// A date to be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    year: u16,
    month: u8,
    of_month: u8,
}

/// What a page says beside the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About<'a> {
    /// The language it is written in.
    pub language: Language,
    /// The day it was made.
    pub made_on: Day,
    /// What the family wants to know it by, in its own words, such as "the green bag". Best without a name.
    pub label: Option<&'a str>,
}

/// No such day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("there is no such day: give year, month and day of the calendar")]
pub struct BadDay;

/// Longest label that is printed, in characters; the rest is left out, since the page has to stay one sheet.
pub const MAX_LABEL_CHARACTERS: usize = 60;

impl Day {
    /// A day of the Gregorian calendar from the year 2000.
    ///
    /// # Errors
    ///
    /// If there is no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, BadDay> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => 0,
        };
        let exists = (2000..=9999).contains(&year) && (1..=days).contains(&day);
        if exists { Ok(Self { year, month, of_month: day }) } else { Err(BadDay) }
    }

    /// As people write it: 12 March 2026.
    fn written(self, months: &[&str; 12]) -> String {
        let month = months.get(usize::from(self.month).wrapping_sub(1)).copied().unwrap_or_default();
        format!("{} {month} {}", self.of_month, self.year)
    }
}

impl Language {
    fn texts(self) -> &'static Texts {
        match self {
            Self::English => &english::TEXTS,
        }
    }
}

/// The recovery sheet: twenty-four words, the same as a QR code, and what they are.
pub fn recovery_sheet(secret: &RecoverySecret, about: &About<'_>) -> Zeroizing<String> {
    let texts = about.language.texts();
    let mut page = Page::begin(texts, &texts.sheet);
    page.facts(&about.facts(texts));
    page.secret(&texts.sheet, &secret.qr_text(), |page| page.words(&secret.words()));
    page.end(&texts.sheet, &[])
}

/// The card of a trusted person: eighteen groups, the same as a QR code, and what they are.
pub fn share_card(share: &Share, about: &About<'_>) -> Zeroizing<String> {
    let texts = about.language.texts();
    let needed = share.needed().to_string();
    let mut page = Page::begin(texts, &texts.card);
    let mut facts = about.facts(texts);
    facts.push((texts.share, share.number().to_string()));
    facts.push((texts.needed, needed.clone()));
    facts.push((texts.set, share.set().to_text()));
    page.facts(&facts);
    page.secret(&texts.card, &share.qr_text(), |page| page.groups(&share.to_text()));
    page.end(&texts.card, &[("{needed}", &needed)])
}

impl About<'_> {
    fn facts<'t>(&self, texts: &'t Texts) -> Vec<(&'t str, String)> {
        let mut facts = vec![(texts.made_on, self.made_on.written(&texts.months))];
        let label =
            self.label.map(|label| label.trim().chars().take(MAX_LABEL_CHARACTERS).collect::<String>());
        facts.extend(label.filter(|label| !label.is_empty()).map(|label| (texts.label, label)));
        facts
    }
}

/// Every sentence of the pages in one language.
struct Texts {
    /// The language as HTML names it (BCP 47).
    language: &'static str,
    months: [&'static str; 12],
    made_on: &'static str,
    label: &'static str,
    share: &'static str,
    needed: &'static str,
    set: &'static str,
    sheet: PageTexts,
    card: PageTexts,
}

/// The sentences of one page.
struct PageTexts {
    title: &'static str,
    /// What it is, in a sentence or two, below the title.
    lead: &'static str,
    /// Heading of the secret.
    secret: &'static str,
    /// Below the QR code.
    scan: &'static str,
    /// Instead of the QR code, for who does not see it.
    qr: &'static str,
    /// A heading and what stands below it, each. `{needed}` becomes the number of shares that are needed.
    sections: &'static [(&'static str, &'static [&'static str])],
    /// At the foot: for who finds it.
    found: &'static str,
}

#[cfg(test)]
mod tests;
