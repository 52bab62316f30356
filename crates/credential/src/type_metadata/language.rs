//! Language tags and the choice of the text that a person can read (RFC 5646, RFC 4647).

use std::fmt;

/// A language tag in the form of RFC 5646 section 2.1: subtags of one to eight letters and digits between hyphens,
/// the first of letters only. Whether its subtags are registered is not looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LanguageTag(String);

/// Longest tag that is read, in bytes; RFC 5646 section 4.4.1 asks for room for 35.
const MAX_TAG_BYTES: usize = 128;

impl LanguageTag {
    /// Reads a tag; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut subtags = text.split('-');
        let first = subtags.next()?;
        let primary = (1..=8).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
        let rest = subtags
            .all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        (text.len() <= MAX_TAG_BYTES && primary && rest).then(|| Self(text.to_owned()))
    }

    /// The tag as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is(&self, range: &str) -> bool {
        self.0.eq_ignore_ascii_case(range)
    }

    /// Whether the tag begins with all subtags of the range (RFC 4647 section 3.3.1).
    fn is_within(&self, range: &str) -> bool {
        let mut own = self.0.split('-');
        range.split('-').all(|wanted| own.next().is_some_and(|subtag| subtag.eq_ignore_ascii_case(wanted)))
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Chooses from `offered` for somebody who reads the languages in `wanted`, best first: by lookup (RFC 4647 section
/// 3.4: `de-CH` finds `de`), else by filtering (section 3.3.1: `de` finds `de-CH`), else the first that is offered.
/// `None` only if nothing is.
pub fn choose<'o, T>(
    offered: &'o [T],
    wanted: &[&str],
    language: impl Fn(&T) -> &LanguageTag,
) -> Option<&'o T> {
    let looked_up = wanted.iter().find_map(|range| {
        broader(range).find_map(|range| offered.iter().find(|offer| language(offer).is(range)))
    });
    let filtered =
        || wanted.iter().find_map(|range| offered.iter().find(|offer| language(offer).is_within(range)));
    looked_up.or_else(filtered).or(offered.first())
}

/// The range and ever shorter forms of it; a subtag of one letter goes with what it introduces (section 3.4).
fn broader(range: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(range), |range| {
        let (mut shorter, _) = range.rsplit_once('-')?;
        while let Some((before, last)) = shorter.rsplit_once('-') {
            if last.len() > 1 {
                break;
            }
            shorter = before;
        }
        Some(shorter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(texts: &[&str]) -> Vec<LanguageTag> {
        texts.iter().map(|text| LanguageTag::parse(text).unwrap()).collect()
    }

    fn chosen(offered: &[&str], wanted: &[&str]) -> String {
        choose(&tags(offered), wanted, |tag| tag).unwrap().to_string()
    }

    #[test]
    fn tags_have_a_form() {
        for text in
            ["en", "de-CH", "zh-Hant-TW", "x-own", "i-klingon", "de-1996", "sl-rozaj-biske", "en-a-bbb"]
        {
            assert_eq!(LanguageTag::parse(text).unwrap().as_str(), text);
        }
        for text in
            ["", "-", "en-", "-en", "en--US", "en_US", "1e", "d\u{e9}", "en US", "abcdefghi", "en-abcdefghi"]
        {
            assert_eq!(LanguageTag::parse(text), None, "{text}");
        }
        assert_eq!(LanguageTag::parse(&["en"; 60].join("-")), None);
    }

    #[test]
    fn the_first_language_that_there_is_wins() {
        assert_eq!(chosen(&["en", "de"], &["de"]), "de");
        assert_eq!(chosen(&["en", "de"], &["fr", "de"]), "de");
        assert_eq!(chosen(&["en", "de"], &["DE-ch"]), "de");
        assert_eq!(chosen(&["zh", "zh-Hant"], &["zh-Hant-CN-x-private1"]), "zh-Hant");
        // Lookup goes through the whole list before anything narrower is taken.
        assert_eq!(chosen(&["en-US", "de"], &["en", "de"]), "de");
        assert_eq!(chosen(&["fr", "en-US", "en-GB"], &["en"]), "en-US");
        assert_eq!(chosen(&["english", "en-US"], &["en"]), "en-US");
    }

    #[test]
    fn there_is_always_something_to_show() {
        for wanted in [&[][..], &["fr"], &["*"], &[""], &["-", "--"]] {
            assert_eq!(chosen(&["nl", "en"], wanted), "nl", "{wanted:?}");
        }
        assert_eq!(choose(&[], &["en"], |tag: &LanguageTag| tag), None);
    }

    #[test]
    fn a_range_grows_broader_by_whole_subtags() {
        let ranges: Vec<_> = broader("zh-Hant-CN-x-private1-private2").collect();
        assert_eq!(
            ranges,
            ["zh-Hant-CN-x-private1-private2", "zh-Hant-CN-x-private1", "zh-Hant-CN", "zh-Hant", "zh"]
        );
    }
}
