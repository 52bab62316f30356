//! `bookbag show` and `bookbag delete`: one entry.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bookbag_store::bag::Entry;
use bookbag_store::event::Content;
use bookbag_store::id::EntryId;
use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use super::list::{author, entry_json, kind, length};
use super::says;
use super::session::Session;
use super::which::Which;
use crate::input;
use crate::output::{Failure, Output, print_bytes, say, shown};

/// Longest content that is printed on a terminal or put into a JSON document, in bytes.
const MAX_PRINTED_BYTES: u64 = 1024 * 1024;

/// Show one entry: a note, or a file that was kept.
///
/// Text is printed; anything else needs --out. What is printed stands alone on standard output; what is said about it goes to standard error.
#[derive(Args)]
pub(crate) struct Show {
    /// The entry's name, or the digits that `bookbag list` shows.
    entry: String,
    /// Write the content to a new file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

/// Delete an entry, with all that it once said.
///
/// Its content is taken out of this file and cannot be read here again. Copies in other places keep theirs until they merge this change.
#[derive(Args)]
pub(crate) struct Delete {
    /// The entry's name, or the digits that `bookbag list` shows.
    entry: String,
    #[command(flatten)]
    which: Which,
}

impl Show {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let session = self.which.read()?;
        let entry = session.holder.entry_named(&self.entry)?;
        let mut document = entry_json(&session.holder, &entry);
        if let Some(path) = &self.out {
            let mut file = input::create_private(path)?;
            content(&session, &entry, |bytes| {
                file.write_all(bytes).map_err(|error| input::cannot_write(path, &error))
            })?;
            file.sync_all().map_err(|error| input::cannot_write(path, &error))?;
            output.remark(|| say(&about(&session, &entry)));
            put(&mut document, "file", path.to_string_lossy().into());
            output.answer(&document, || format!("Written to {}", shown(&path.to_string_lossy())))?;
            return Ok(ExitCode::SUCCESS);
        }
        if length(&entry.current) > MAX_PRINTED_BYTES {
            return Err(Failure::Usage("this is too long to be printed: give --out FILE".to_owned()));
        }
        let mut bytes = Zeroizing::new(Vec::new());
        content(&session, &entry, |part| {
            bytes.extend_from_slice(part);
            Ok(())
        })?;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Err(Failure::Usage("this is not text: give --out FILE".to_owned()));
        };
        output.remark(|| say(&about(&session, &entry)));
        put(&mut document, "content", text.into());
        if output.json {
            output.answer(&document, String::new)?;
        } else {
            let printable = bookbag_crypto::json::printable(text);
            print_bytes(printable.as_bytes())?;
            if !printable.ends_with('\n') {
                print_bytes(b"\n")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Delete {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let mut session = self.which.write()?;
        let entry = session.holder.entry_named(&self.entry)?;
        let (id, name) = (entry.id, entry.current.put.name.to_owned());
        session.holder.delete(id, Session::doing()?)?;
        session.commit()?;
        let document = json!({"result": "done", "id": id.to_string(), "name": name});
        output.answer(&document, || {
            format!(
                "Deleted: {}. It cannot be read from this file again. Copies in other places keep it until they merge this change.",
                shown(&name)
            )
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn put(document: &mut serde_json::Value, name: &str, value: serde_json::Value) {
    if let Some(document) = document.as_object_mut() {
        document.insert(name.to_owned(), value);
    }
}

fn about(session: &Session, entry: &Entry<'_>) -> String {
    let current = &entry.current;
    let mut text = format!(
        "{} ({}), {} by {}, in {}",
        shown(current.put.name),
        kind(current.put.media_type),
        says::moment(current.time),
        shown(&author(&session.holder, current)),
        shown(&session.holder.compartment_name(current.compartment)),
    );
    for (name, value) in current.put.tags.iter() {
        let _ = write!(text, "\n  {}: {}", shown(name), shown(value));
    }
    for other in &entry.besides {
        let _ = write!(
            text,
            "\n  also changed at the same time by {} ({}): `bookbag add --replace {:.8}` settles it",
            shown(&author(&session.holder, other)),
            says::moment(other.time),
            entry.id
        );
    }
    text
}

/// Hands over an entry's content, a part at a time.
fn content(
    session: &Session,
    entry: &Entry<'_>,
    mut each: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match &entry.current.put.content {
        Content::Inline(bytes) => each(bytes),
        Content::Attached(_) => detach(session, entry.id, &mut each),
    }
}

/// Takes a piece of a content.
pub(crate) type Each<'e> = &'e mut dyn FnMut(&[u8]) -> Result<(), Failure>;

/// Reads an attachment part by part.
pub(crate) fn detach(session: &Session, id: EntryId, each: Each<'_>) -> Result<(), Failure> {
    let Some(detaching) = session.holder.detach(id)? else { return Ok(()) };
    write_parts(session, detaching, each)
}

/// Reads the parts of an attachment, and sees that the whole is what was kept.
pub(crate) fn write_parts(
    session: &Session,
    mut detaching: bookbag_holder::Detaching,
    each: Each<'_>,
) -> Result<(), Failure> {
    let mut raw = session.raw()?;
    let mut progress = says::Progress::new("Reading the attachment", detaching.length());
    let mut read = 0;
    while let Some(next) = detaching.next_part(&session.holder) {
        let (_, at, length) = next?;
        let frame = raw.read(at, length).unwrap_or_default();
        let part = detaching.part(&session.holder, &frame)?;
        each(&part)?;
        read += part.len() as u64;
        progress.at(read);
    }
    Ok(detaching.finish()?)
}

/// A path for messages.
pub(crate) fn named(path: &Path) -> String {
    shown(&path.to_string_lossy())
}
