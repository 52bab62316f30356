//! `bookbag list` and `bookbag find`: what is in the bag.

use std::fmt::Write as _;
use std::process::ExitCode;

use bookbag_holder::{Holder, Safety};
use bookbag_store::bag::{Entry, Version};
use bookbag_store::event::Content;
use clap::Args;
use serde_json::{Value, json};

use super::export::part_named;
use super::says;
use super::session::{Session, warn_of_only_copy};
use super::which::Which;
use crate::output::{Failure, Output, shown};

/// List what is in the bag.
#[derive(Args)]
pub(crate) struct List {
    /// Only what is kept in this part of the bag, such as `record`, `household` or `personal`.
    #[arg(long = "in", value_name = "PART")]
    place: Option<String>,
    #[command(flatten)]
    which: Which,
}

/// Find entries by words in their names and tags.
///
/// Upper and lower case are the same. Exit status 0 if something was found, 1 if not.
#[derive(Args)]
pub(crate) struct Find {
    /// The words, as they stand in the name or in a tag.
    #[arg(required = true)]
    words: Vec<String>,
    #[command(flatten)]
    which: Which,
}

impl List {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let session = self.which.read()?;
        let holder = &session.holder;
        let place = self.place.as_ref().map(|name| part_named(holder, name)).transpose()?;
        let entries: Vec<Entry<'_>> = holder
            .bag()
            .entries()
            .filter(|entry| place.is_none_or(|place| entry.current.compartment == place))
            .collect();
        print(
            &session,
            entries,
            output,
            "There is nothing in it yet. `bookbag add FILE` puts something in.",
        )?;
        output.remark(|| warn_of_only_copy(session.safety().ok().flatten().as_ref()));
        Ok(ExitCode::SUCCESS)
    }
}

impl Find {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let session = self.which.read()?;
        let words = self.words.join(" ");
        let entries: Vec<Entry<'_>> = session.holder.bag().find(&words).collect();
        let is_empty = entries.is_empty();
        print(&session, entries, output, "Nothing in the bag has these words in its name or tags.")?;
        Ok(if is_empty { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

fn print(session: &Session, mut entries: Vec<Entry<'_>>, output: Output, empty: &str) -> Result<(), Failure> {
    let holder = &session.holder;
    entries.sort_by_key(|entry| entry.current.time);
    let document = json!({
        "bag": holder.id().to_string(),
        "name": holder.state().name().as_str(),
        "entries": entries.iter().map(|entry| entry_json(holder, entry)).collect::<Value>(),
        "only_copy": session.safety()?.map(|safety| safety == Safety::OnlyCopy),
    });
    output.answer(&document, || {
        let mut text = format!("{}\n", title(holder));
        if entries.is_empty() {
            text += empty;
        }
        for entry in &entries {
            let _ = writeln!(text, "{}", line(holder, entry));
        }
        text
    })
}

/// The bag's name, and when it last changed.
fn title(holder: &Holder) -> String {
    let name = holder.state().name();
    let name = if name.as_str().is_empty() { "This bag".to_owned() } else { shown(name.as_str()) };
    format!("{name}, last change: {}", says::day(holder.bag().latest()))
}

fn line(holder: &Holder, entry: &Entry<'_>) -> String {
    let put = &entry.current.put;
    let name = if put.name.is_empty() { "(no name)".to_owned() } else { shown(put.name) };
    let mut line = format!(
        "  {:.8}  {:<17}  {name}  ({}, {}, in {})",
        entry.id,
        says::day(entry.current.time),
        kind(put.media_type),
        says::size(length(&entry.current)),
        shown(&holder.compartment_name(entry.current.compartment)),
    );
    if !entry.besides.is_empty() {
        line += "\n            changed by two people at once: `bookbag show` has all versions";
    }
    line
}

/// An entry, for machines.
pub(crate) fn entry_json(holder: &Holder, entry: &Entry<'_>) -> Value {
    let mut document = version_json(holder, &entry.current);
    if let Some(document) = document.as_object_mut() {
        document.insert("id".into(), entry.id.to_string().into());
        document.insert(
            "besides".into(),
            entry.besides.iter().map(|version| version_json(holder, version)).collect(),
        );
    }
    document
}

fn version_json(holder: &Holder, version: &Version<'_>) -> Value {
    let put = &version.put;
    json!({
        "name": put.name,
        "type": put.media_type,
        "tags": put.tags.iter().map(|(name, value)| json!([name, value])).collect::<Value>(),
        "bytes": length(version),
        "time": says::timestamp(version.time),
        "by": author(holder, version),
        "part": holder.compartment_name(version.compartment),
        "change": version.frame.to_string(),
    })
}

/// Who put it.
pub(crate) fn author(holder: &Holder, version: &Version<'_>) -> String {
    let listed = holder.state().device(version.author);
    let member = listed.and_then(|listed| holder.state().member(listed.device.member));
    member.map_or_else(|| "somebody who has left".to_owned(), |member| member.name.to_string())
}

/// How long the content is, in bytes.
pub(crate) fn length(version: &Version<'_>) -> u64 {
    match &version.put.content {
        Content::Inline(bytes) => bytes.len() as u64,
        Content::Attached(attached) => attached.length,
    }
}

/// A media type as people say it.
pub(crate) fn kind(media_type: &str) -> String {
    match media_type {
        "text/plain" => "note".to_owned(),
        "application/dc+sd-jwt" => "credential".to_owned(),
        "application/pdf" => "PDF".to_owned(),
        "text/vcard" => "contact".to_owned(),
        other if other.starts_with("image/") => "picture".to_owned(),
        "application/octet-stream" => "file".to_owned(),
        other => shown(other),
    }
}
