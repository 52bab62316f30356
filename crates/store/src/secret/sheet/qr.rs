//! A QR code as a drawing inside the page (ISO/IEC 18004).

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// White space around the code, in modules (ISO/IEC 18004 section 9.1).
const QUIET: i32 = 4;

/// Appends an SVG element. A quarter of the code may be creased or stained (level Q).
pub(super) fn draw(text: &str, alternative: &str, output: &mut String) {
    let code = encode(text);
    let size = code.size();
    let whole = size + 2 * QUIET;
    let _ = write!(
        output,
        "<svg viewBox=\"0 0 {whole} {whole}\" role=\"img\" aria-label=\"{alternative}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{whole}v{whole}H0z\"/><path fill=\"#000\" d=\""
    );
    for row in 0..size {
        let mut column = 0;
        while column < size {
            let length = (column..size).take_while(|at| code.get_module(*at, row)).count();
            if length > 0 {
                let _ = write!(output, "M{} {}h{length}v1h-{length}z", column + QUIET, row + QUIET);
            }
            column += i32::try_from(length).unwrap_or(size) + 1;
        }
    }
    output.push_str("\"/></svg>");
}

#[expect(
    clippy::expect_used,
    reason = "words and shares have under 250 characters, and a code holds 2 420 at level Q"
)]
fn encode(text: &str) -> QrCode {
    QrCode::encode_text(text, QrCodeEcc::Quartile).expect("the text fits into a QR code")
}
