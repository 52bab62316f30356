//! The HTML of a page, part by part. Whatever comes in is escaped here.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::{PageTexts, Texts, qr};

/// Room for a whole page, so that no half-made one is left behind in memory when it grows.
pub(super) const CAPACITY: usize = 64 * 1024;

const STYLE: &str = include_str!("page.css");

/// A page that is being written.
pub(super) struct Page(Zeroizing<String>);

impl Page {
    pub(super) fn begin(texts: &Texts, page: &PageTexts) -> Self {
        let mut this = Self(Zeroizing::new(String::with_capacity(CAPACITY)));
        let _ = write!(
            this.0,
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex, noarchive\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{title} – Bookbag</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <header>\n<p class=\"brand\">Bookbag</p>\n<h1>{title}</h1>\n",
            language = texts.language,
            title = *escape(page.title),
        );
        this.element("p class=\"lead\"", page.lead);
        this
    }

    /// Ends the header with what is known about the page.
    pub(super) fn facts(&mut self, facts: &[(&str, String)]) {
        self.0.push_str("<dl>\n");
        for (name, value) in facts {
            self.0.push_str("<div>");
            self.element("dt", name);
            self.element("dd", value);
            self.0.push_str("</div>\n");
        }
        self.0.push_str("</dl>\n</header>\n");
    }

    /// The secret as text, which `write` adds, and as a QR code.
    pub(super) fn secret(&mut self, texts: &PageTexts, code: &str, write: impl FnOnce(&mut Self)) {
        self.0.push_str("<section class=\"secret\">\n<div>\n");
        self.element("h2", texts.secret);
        write(self);
        self.0.push_str("</div>\n<figure>\n");
        qr::draw(code, &escape(texts.qr), &mut self.0);
        self.element("figcaption", texts.scan);
        self.0.push_str("</figure>\n</section>\n");
    }

    pub(super) fn words(&mut self, words: &str) {
        self.list("words", words);
    }

    pub(super) fn groups(&mut self, groups: &str) {
        self.list("groups", groups);
    }

    /// The sections, with words replaced in them, and the foot.
    pub(super) fn end(mut self, texts: &PageTexts, replaced: &[(&str, &str)]) -> Zeroizing<String> {
        self.0.push_str("<div class=\"sections\">\n");
        for (heading, sentences) in texts.sections {
            self.0.push_str("<section>\n");
            self.element("h2", heading);
            let put = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
            let sentences: Vec<String> =
                sentences.iter().map(|sentence| replaced.iter().fold((*sentence).to_owned(), put)).collect();
            match sentences.as_slice() {
                [only] => self.element("p", only),
                several => self.bullets(several),
            }
            self.0.push_str("</section>\n");
        }
        self.0.push_str("</div>\n</main>\n<footer>\n");
        self.element("p", texts.found);
        self.0.push_str("</footer>\n</body>\n</html>\n");
        self.0
    }

    fn bullets(&mut self, sentences: &[String]) {
        self.0.push_str("<ul>\n");
        for sentence in sentences {
            self.element("li", sentence);
        }
        self.0.push_str("</ul>\n");
    }

    /// A numbered list of words; the number is an ornament that the list itself has too.
    fn list(&mut self, class: &str, words: &str) {
        let _ = writeln!(self.0, "<ol class=\"{class}\" translate=\"no\">");
        for word in words.split(' ') {
            self.element("li", word);
        }
        self.0.push_str("</ol>\n");
    }

    /// A tag with its attributes, and text in it.
    fn element(&mut self, tag: &str, text: &str) {
        let name = tag.split(' ').next().unwrap_or(tag);
        let _ = writeln!(self.0, "<{tag}>{}</{name}>", *escape(text));
    }
}

/// Text as it may stand between tags and in quoted attributes. Control characters and those that turn the direction of writing are
/// left out.
pub(super) fn escape(text: &str) -> Zeroizing<String> {
    let mut output = Zeroizing::new(String::with_capacity(text.len() * 6));
    for character in text.chars() {
        match character {
            '&' => output.push_str("&amp;"),
            '<' => output.push_str("&lt;"),
            '>' => output.push_str("&gt;"),
            '"' => output.push_str("&quot;"),
            '\'' => output.push_str("&#39;"),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            control if control.is_control() => output.push(' '),
            other => output.push(other),
        }
    }
    output
}
