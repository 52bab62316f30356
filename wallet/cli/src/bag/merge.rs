//! `bookbag merge`: what another copy of the same bag has, and this one has not.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bookbag_file::{Access, BagFile, FileError};
use bookbag_holder::{Holder, MergeReport};
use bookbag_store::frame::scan::Piece;
use clap::Args;
use serde_json::{Value, json};

use super::history::{line_json, line_text};
use super::list::entry_json;
use super::raw::Raw;
use super::says;
use super::session::{end_of, locked};
use super::which::Which;
use crate::output::{Failure, Output, shown};

/// Take in what another copy of the same bag has and this one has not.
///
/// The other copy is only read, and needs no passphrase. What does not count is shown with the reason: changes by somebody who had been removed, or that a rule refuses. Nothing is lost by
/// merging, and the order does not matter.
#[derive(Args)]
pub(crate) struct Merge {
    /// The other copy.
    other: PathBuf,
    #[command(flatten)]
    which: Which,
}

impl Merge {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let mut other = BagFile::open(&self.other, Access::Read)?;
        let mut session = self.which.write()?;
        // A copy whose start is damaged has its frames all the same.
        if locked(&other).is_ok_and(|locked| locked.bag() != session.holder.id()) {
            return Err(Failure::Cannot(format!(
                "{} is a copy of another bag: choose a copy of this one",
                super::show::named(&self.other)
            )));
        }
        let report = take(&mut session.holder, &mut other, &self.other)?;
        session.commit()?;
        if report.needs_reopening {
            session.open_again()?;
        }
        let holder = &session.holder;
        let document = report_json(holder, &report);
        output.answer(&document, || text(holder, &report))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn take(holder: &mut Holder, other: &mut BagFile, path: &Path) -> Result<MergeReport, Failure> {
    let mut places = Vec::new();
    other.frames(|piece| {
        if let Piece::Frame { at, .. } = piece {
            places.push((at, end_of(&piece) - at));
        }
        Ok::<_, FileError>(())
    })?;
    let mut raw = Raw::of_file(path)?;
    let mut progress = says::Progress::new("Merging", places.len() as u64);
    let (mut places, mut done) = (places.into_iter(), 0);
    Ok(holder.merge(&mut || {
        let (at, length) = places.next()?;
        done += 1;
        progress.at(done);
        Some((at, raw.read(at, length)?))
    })?)
}

fn report_json(holder: &Holder, report: &MergeReport) -> Value {
    let conflicts = report.conflicts.iter().filter_map(|id| holder.bag().entry(id));
    json!({
        "result": "done",
        "new": report.new,
        "came": report.came.iter().map(line_json).collect::<Value>(),
        "set_aside": report.set_aside.iter().map(line_json).collect::<Value>(),
        "conflicts": conflicts.map(|entry| entry_json(holder, &entry)).collect::<Value>(),
        "waiting": report.waiting.iter().map(ToString::to_string).collect::<Value>(),
        "found": report.findings.iter().map(|finding| {
            json!({"check": finding.problem.id(), "at": finding.at, "reason": finding.problem.to_string()})
        }).collect::<Value>(),
    })
}

fn text(holder: &Holder, report: &MergeReport) -> String {
    let mut text = match report.new {
        0 => "Nothing new: this copy has all that the other one has.\n".to_owned(),
        new => format!("{} came.\n", says::count(new, "new change", "new changes")),
    };
    report.came.iter().for_each(|line| text += &line_text(line));
    if !report.set_aside.is_empty() {
        text += "\nKept, and without effect:\n";
        report.set_aside.iter().for_each(|line| text += &line_text(line));
    }
    if !report.conflicts.is_empty() {
        text += "\nChanged by two people who had not seen each other's change. `bookbag show` has all versions:\n";
        for entry in report.conflicts.iter().filter_map(|id| holder.bag().entry(id)) {
            let _ = writeln!(text, "  {:.8}  {}", entry.id, shown(entry.current.put.name));
        }
    }
    if !report.waiting.is_empty() {
        text += "\nMembers have removed each other. None of that has an effect until the others settle it:\n";
        for frame in &report.waiting {
            let _ = writeln!(text, "  {frame:.8}");
        }
    }
    if !report.findings.is_empty() {
        text += "\nNot taken from the other copy:\n";
        for finding in &report.findings {
            let _ = writeln!(text, "  {}: {}", finding.problem.id(), shown(&finding.problem.to_string()));
        }
    }
    text
}
