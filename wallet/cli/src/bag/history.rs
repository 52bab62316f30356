//! `bookbag history`: who did what, and when.

use std::fmt::Write as _;
use std::process::ExitCode;

use bookbag_holder::Line;
use clap::Args;
use serde_json::{Value, json};

use super::says;
use super::which::Which;
use crate::output::{Failure, Output, shown};

/// Show who did what in the bag, and when.
///
/// Every line is a change that its author's device has signed, checked before it is shown. The time is by that device's clock.
#[derive(Args)]
pub(crate) struct History {
    /// Only the last so many changes.
    #[arg(long, value_name = "NUMBER")]
    last: Option<usize>,
    #[command(flatten)]
    which: Which,
}

impl History {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let session = self.which.read()?;
        let lines = session.holder.history();
        let from = self.last.map_or(0, |last| lines.len().saturating_sub(last));
        let lines = lines.get(from..).unwrap_or_default();
        let document = json!({ "history": lines.iter().map(line_json).collect::<Value>() });
        output
            .answer(&document, || lines.iter().fold(String::new(), |text, line| text + &line_text(line)))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A line, for machines.
pub(crate) fn line_json(line: &Line) -> Value {
    json!({
        "time": says::timestamp(line.time), "who": line.who, "device": line.device, "what": line.what,
        "change": line.frame.to_string(), "note": line.note,
    })
}

/// A line, for people.
pub(crate) fn line_text(line: &Line) -> String {
    let mut text = format!(
        "{}  {} ({}) {}\n",
        says::moment(line.time),
        shown(&line.who),
        shown(&line.device),
        shown(&line.what)
    );
    if let Some(note) = &line.note {
        let _ = writeln!(text, "    {}", shown(note));
    }
    text
}
