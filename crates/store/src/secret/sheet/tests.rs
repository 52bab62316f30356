#![expect(clippy::string_slice, reason = "what is cut here is ASCII")]

use bookbag_crypto::Entropy;

use super::*;
use crate::secret::shares::Scheme;

fn secret() -> RecoverySecret {
    RecoverySecret::generate(Entropy::from_secure_random(std::array::from_fn(|at| {
        7 * u8::try_from(at).unwrap()
    })))
}

fn share() -> Share {
    let scheme = Scheme::new(3, 5).unwrap();
    scheme.share_out(&secret(), Entropy::from_secure_random([7; 32])).remove(1)
}

fn about(label: Option<&str>) -> About<'_> {
    About { language: Language::English, made_on: Day::new(2026, 3, 12).unwrap(), label }
}

fn pages(label: Option<&str>) -> [Zeroizing<String>; 2] {
    [recovery_sheet(&secret(), &about(label)), share_card(&share(), &about(label))]
}

/// What stands between the tags.
fn visible(html: &str) -> String {
    let body = &html[html.find("<body>").unwrap()..];
    body.split('<')
        .filter_map(|part| part.split_once('>'))
        .map(|(_, text)| text)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn every_word_and_every_group_stands_on_its_page_in_order() {
    let [sheet, card] = pages(None);
    let of_sheet = secret().words().replace(' ', "</li>\n<li>");
    let of_card = share().to_text().replace(' ', "</li>\n<li>");
    assert!(sheet.contains(&format!("<ol class=\"words\" translate=\"no\">\n<li>{of_sheet}</li>\n</ol>")));
    assert!(card.contains(&format!("<ol class=\"groups\" translate=\"no\">\n<li>{of_card}</li>\n</ol>")));
}

#[test]
fn a_page_says_when_it_was_made_and_what_a_share_belongs_to() {
    let [sheet, card] = pages(None);
    for page in [&sheet, &card] {
        assert!(page.contains("<dt>Made on</dt>\n<dd>12 March 2026</dd>"));
        assert!(!page.contains("<dt>For</dt>"));
        assert!(!visible(page).contains('{'), "a placeholder was left");
    }
    assert!(card.contains("<dt>Share number</dt>\n<dd>2</dd>"));
    assert!(card.contains("<dt>Shares needed</dt>\n<dd>3</dd>"));
    assert!(card.contains(&share().set().to_text()));
    assert!(card.contains("3 shares are needed to put the key together"));
}

#[test]
fn a_label_is_shown_as_it_was_written_and_does_nothing() {
    let evil = "<script>alert(1)</script>\" onload='x' &amp; \u{202e}\0";
    for page in pages(Some(evil)) {
        assert!(!page.contains("<script"));
        assert!(!page.contains(evil));
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp;amp;"));
        assert!(!page.contains('\u{202e}') && !page.contains('\0'));
    }
    for page in pages(Some(&"Llanfairpwllgwyngyll ".repeat(50))) {
        assert_eq!(page.matches("Llanfair").count(), 3);
    }
    for page in pages(Some(" \n")) {
        assert!(!page.contains("<dt>For</dt>"));
    }
}

#[test]
fn a_page_needs_nothing_else() {
    for page in pages(None) {
        for outside in ["http:", "https:", "url(", "src=", "href=", "@import", "<script", "<link", "<img"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    }
}

/// WCAG 2.2: 1.1.1 text alternatives, 1.3.1 structure, 2.4.2 title, 2.4.6 headings, 3.1.1 language.
#[test]
fn a_page_can_be_read_aloud() {
    for page in pages(None) {
        assert!(page.contains("<html lang=\"en-GB\">"));
        assert_eq!(page.matches("<h1>").count(), 1);
        assert_eq!(page.matches("<main>").count(), 1);
        assert_eq!(page.matches("<h2>").count(), 5);
        assert!(!page.contains("<h3"));
        assert!(page.contains("role=\"img\" aria-label=\"QR code with the same "));
        assert!(page.contains("<title>"));
        for tag in ["section", "ul", "ol", "li", "p", "h2", "div", "figure", "dl", "dd", "main", "footer"] {
            let opened =
                page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}

/// WCAG 2.2, 1.4.3: at least 4.5 to 1, here of every colour of text on every ground it stands on.
#[test]
fn text_stands_out_from_its_ground() {
    let style = include_str!("page.css");
    let colour = |name: &str| {
        let at = style.find(&format!("--{name}: #")).unwrap() + name.len() + 5;
        luminance(&style[at..at + 6])
    };
    for ground in ["paper", "tint"] {
        for text in ["ink", "quiet", "accent"] {
            let contrast = (colour(ground) + 0.05) / (colour(text) + 0.05);
            assert!(contrast >= 4.5, "{text} on {ground}: {contrast}");
        }
    }
}

fn luminance(hex: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

#[test]
fn a_page_never_outgrows_its_room() {
    for page in pages(Some(&"'".repeat(200))) {
        assert_eq!(page.capacity(), page::CAPACITY);
        assert!(page.len() < page::CAPACITY / 2, "{}", page.len());
    }
}

#[test]
fn the_words_of_a_page_are_those_we_use() {
    for page in pages(None) {
        let text = visible(&page).to_lowercase();
        for other in ["vault", "seed", "mnemonic", "secret", "crypt", "wallet", "!"] {
            assert!(!text.contains(other), "{other}");
        }
    }
}

#[test]
fn days_that_do_not_exist_are_refused() {
    for (year, month, day) in [
        (1999, 1, 1),
        (2026, 0, 1),
        (2026, 13, 1),
        (2026, 1, 0),
        (2026, 1, 32),
        (2026, 4, 31),
        (2026, 2, 29),
        (2100, 2, 29),
        (10000, 1, 1),
    ] {
        assert_eq!(Day::new(year, month, day), Err(BadDay), "{year} {month} {day}");
    }
    for (year, month, day) in [(2000, 2, 29), (2024, 2, 29), (2026, 12, 31), (9999, 1, 1)] {
        assert!(Day::new(year, month, day).is_ok());
    }
}
