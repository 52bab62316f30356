//! A QR code (ISO/IEC 18004) drawn with characters, two rows of it to a line.

use std::fmt::Write as _;

use anstyle::{Ansi256Color, Style};
use qrcodegen::{QrCode, QrCodeEcc};

/// White space around the code, in modules (ISO/IEC 18004 section 9.1).
const QUIET: i32 = 4;

/// Black on white, whatever the colours of the terminal are; without colours, dark where a character stands. `None` if the
/// text is too long.
pub(crate) fn drawn(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let paper = Style::new().fg_color(Some(Ansi256Color(16).into())).bg_color(Some(Ansi256Color(231).into()));
    let end = code.size() + QUIET;
    let mut drawing = String::new();
    for row in (-QUIET..end).step_by(2) {
        let _ = write!(drawing, "{paper}");
        for column in -QUIET..end {
            drawing.push(match (code.get_module(column, row), code.get_module(column, row + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        let _ = writeln!(drawing, "{paper:#}");
    }
    Some(drawing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_finders_and_its_quiet_zone() {
        let drawing = drawn("BOOKBAG").unwrap();
        let plain: Vec<String> =
            drawing.lines().map(|line| anstream::adapter::strip_str(line).to_string()).collect();
        // Version 1: 21 modules and four on each side.
        assert_eq!((plain.len(), plain[0].chars().count()), (15, 29));
        assert!(plain[0].chars().all(|one| one == ' ') && plain[1].chars().all(|one| one == ' '));
        assert!(plain[2].trim_start().starts_with("█▀▀▀▀▀█"), "{plain:?}");
        assert!(plain.iter().all(|line| line.starts_with("    ")), "{plain:?}");
    }

    #[test]
    fn what_is_too_long_is_not_drawn() {
        assert!(drawn(&"x".repeat(2953)).is_some());
        assert!(drawn(&"x".repeat(2954)).is_none());
    }
}
