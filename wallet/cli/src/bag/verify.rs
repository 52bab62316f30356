//! `bookbag verify-bag`: every change of a bag, looked at again.

use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::AnsiColor;
use bookbag_file::{Access, BagFile, FileError};
use bookbag_holder::Report;
use bookbag_store::frame::scan::{Body, Piece};
use clap::Args;
use serde_json::{Value, json};

use super::says;
use super::which::Which;
use crate::output::{Failure, Output, paint, shown};

/// Check every change in the bag: its form, its place, its signature, and whether its author might make it.
///
/// Says what was found, by number (spec/checks.md). Exit status 0 if all is well, 1 if something was found. Nothing is changed.
#[derive(Args)]
pub(crate) struct VerifyBag {
    /// Check only what can be checked without any passphrase: whether the file is damaged.
    #[arg(long)]
    without_keys: bool,
    #[command(flatten)]
    which: Which,
}

impl VerifyBag {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        if self.without_keys {
            return self.form(output);
        }
        let session = self.which.read_checking_all()?;
        let report = session.holder.verify();
        let found = report.found.iter().map(|it| json!({"check": it.number, "at": it.at, "reason": it.text}));
        let is_clean = report.found.is_empty();
        let document = json!({
            "result": result(is_clean), "changes": report.frames, "accepted": report.accepted,
            "set_aside": report.quarantined, "refused": report.refused, "waiting": report.waiting,
            "read_only": report.is_read_only, "found": found.collect::<Value>(),
            "last_change": says::timestamp(session.holder.bag().latest()),
        });
        output.answer(&document, || text(&report, session.holder.bag().latest()))?;
        Ok(exit(is_clean))
    }

    fn form(&self, output: Output) -> Result<ExitCode, Failure> {
        let mut file = BagFile::open(self.which.path()?, Access::Read)?;
        let (mut whole, mut found) = (0_usize, Vec::new());
        if let Err(error) = file.preamble() {
            found.push((0, error.to_string()));
        }
        file.frames(|piece| {
            match piece {
                Piece::Frame { at, body: Body::Changed(_), .. } => {
                    found.push((at, "the content of this change is damaged".to_owned()));
                }
                Piece::Frame { .. } => whole += 1,
                Piece::NotFrames { at, length } => {
                    found.push((at, format!("{length} bytes are damaged and no part of the bag")));
                }
                Piece::Torn { at, length } => found.push((
                    at,
                    format!("the last change was cut off while it was written ({length} bytes); all before it is here"),
                )),
            }
            Ok::<_, FileError>(())
        })?;
        let is_clean = found.is_empty();
        let document = json!({
            "result": result(is_clean), "changes": whole, "signatures_checked": false,
            "found": found.iter().map(|(at, reason)| json!({"at": at, "reason": reason})).collect::<Value>(),
        });
        output.answer(&document, || {
            let mut text = format!(
                "{}: {} in the form that they should have. Signatures were not checked.",
                verdict(is_clean),
                says::count(whole, "change", "changes")
            );
            for (at, reason) in &found {
                let _ = write!(text, "\n  at byte {at}: {reason}");
            }
            text
        })?;
        Ok(exit(is_clean))
    }
}

fn text(report: &Report, latest: u64) -> String {
    let mut text = format!(
        "{}: {} looked at, {} accepted. Last change: {}.",
        verdict(report.found.is_empty()),
        says::count(report.frames, "change", "changes"),
        report.accepted,
        says::moment(latest)
    );
    for (number, what) in [
        (report.quarantined, "set aside: their author had been removed"),
        (report.refused, "do not count: a rule refuses them"),
        (report.waiting, "wait to be settled by the members"),
    ] {
        if number > 0 {
            let _ = write!(text, "\n  {number} {what}");
        }
    }
    for found in &report.found {
        let at = found.at.map_or_else(String::new, |at| format!(", at byte {at}"));
        let _ = write!(text, "\n  {}{at}: {}", found.number, shown(&found.text));
    }
    if report.is_read_only {
        text += "\nUntil another copy has mended this, nothing can be changed here: `bookbag merge COPY`.";
    }
    text
}

fn verdict(is_clean: bool) -> String {
    if is_clean {
        paint("All is well", AnsiColor::Green)
    } else {
        paint("Something was found", AnsiColor::Yellow)
    }
}

fn result(is_clean: bool) -> &'static str {
    if is_clean { "done" } else { "found" }
}

fn exit(is_clean: bool) -> ExitCode {
    if is_clean { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
