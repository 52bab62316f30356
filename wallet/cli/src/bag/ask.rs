//! Questions at the terminal.
#![expect(clippy::disallowed_methods, reason = "this is where the program listens to a person")]

use std::io::{IsTerminal as _, Write as _};

use crate::output::Failure;

/// Asks whether somebody means it. Where there is nobody to ask, the answer must have been given with `--yes`.
pub(crate) fn sure(what: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(format!("{what} Say that you mean it with --yes")));
    }
    drop(write!(std::io::stderr(), "{what} Do you want that? Type yes: "));
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    match read {
        Ok(_) if answer.trim().eq_ignore_ascii_case("yes") => Ok(()),
        _ => Err(Failure::Cannot("nothing was changed".to_owned())),
    }
}

/// Whether somebody looks at standard output.
pub(crate) fn is_watched() -> bool {
    std::io::stdout().is_terminal()
}
