//! `bookbag add`: keep something.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bookbag_credential::sd_jwt::{self, Held};
use bookbag_holder::Where;
use bookbag_store::bag::NewEntry;
use bookbag_store::event::{MAX_INLINE_BYTES, MAX_PART_BYTES};
use bookbag_store::id::EntryId;
use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use super::export::part_named;
use super::says;
use super::session::{Session, warn_of_only_copy};
use super::which::Which;
use crate::input;
use crate::output::{Failure, Output, shown};

/// Put something into the bag: a note, a credential, any file.
///
/// A credential (an SD-JWT VC) is recognised by its content. A note is what you type, or what comes on standard input; end it with Ctrl-D.
#[derive(Args)]
pub(crate) struct Add {
    /// The file. Without it, or with `-`, a note is read from standard input.
    #[arg(default_value = "-", hide_default_value = true)]
    file: PathBuf,
    /// What it is called. Without this, the name of the file.
    #[arg(long)]
    name: Option<String>,
    /// By what else it is to be found, such as `school=St Mary's`. May be given many times.
    #[arg(long = "tag", value_name = "NAME=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    /// What kind of file it is, as a media type, such as `text/vcard`. Without this it is guessed.
    #[arg(long = "type", value_name = "TYPE")]
    media_type: Option<String>,
    /// In which part of the bag: `record`, `household`, `personal`, or the name of another. Without this, where such things belong.
    #[arg(long = "in", value_name = "PART", conflicts_with = "replace")]
    place: Option<String>,
    /// Put it in the place of this entry, whose history stays.
    #[arg(long, value_name = "ENTRY")]
    replace: Option<String>,
    #[command(flatten)]
    which: Which,
}

/// What is to be kept: its beginning, and whether there is more.
struct Thing {
    start: Zeroizing<Vec<u8>>,
    rest: Box<dyn Read>,
    is_long: bool,
}

impl Add {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        // Before the passphrase is asked for: is there such a file?
        let mut thing = Thing::begin(&self.file)?;
        let mut session = self.which.write()?;
        session.holder.me()?;
        let credential = thing.credential();
        let kind = self.kind(&thing, credential.is_some());
        let name = self.name.clone().unwrap_or_else(|| self.own_name(credential.as_deref()));
        let tags: Vec<(&str, &str)> = self.tags.iter().map(|(name, value)| (&**name, &**value)).collect();
        let entry = NewEntry { name: &name, media_type: &kind, tags: &tags, content: &thing.start.clone() };
        let id = if thing.is_long {
            self.attach(&mut session, &mut thing, &entry)?
        } else {
            self.put(&mut session, &entry)?
        };
        session.commit()?;
        let safety = session.safety()?;
        let document = json!({"result": "done", "id": id.to_string(), "name": name, "type": kind});
        output.answer(&document, || {
            format!("Added: {} ({}), {id:.8}", shown(&name), super::list::kind(&kind))
        })?;
        output.remark(|| warn_of_only_copy(safety.as_ref()));
        Ok(ExitCode::SUCCESS)
    }

    fn put(&self, session: &mut Session, entry: &NewEntry<'_>) -> Result<EntryId, Failure> {
        if let Some(replaced) = &self.replace {
            let id = session.holder.entry_named(replaced)?.id;
            session.holder.replace(id, entry, Session::doing()?)?;
            return Ok(id);
        }
        Ok(session.holder.put(entry, self.place(session)?, Session::doing()?)?)
    }

    /// Keeps a long file part by part: each is durable before the next is read.
    fn attach(
        &self,
        session: &mut Session,
        thing: &mut Thing,
        entry: &NewEntry<'_>,
    ) -> Result<EntryId, Failure> {
        if self.replace.is_some() {
            return Err(Failure::Cannot(
                "a file this long cannot take the place of an entry: add it, then delete the old one"
                    .to_owned(),
            ));
        }
        let place = self.place(session)?;
        let mut attachment = session.holder.attach(entry.media_type, place, Session::doing()?)?;
        let mut progress = says::Progress::new("Adding", input::length(&self.file));
        let mut done = 0;
        loop {
            let part = thing.part(&self.file)?;
            if part.is_empty() {
                break;
            }
            session.holder.attach_part(&mut attachment, &part, Session::doing()?)?;
            session.commit()?;
            done += part.len() as u64;
            progress.at(done);
        }
        Ok(session.holder.attached(attachment, entry, Session::doing()?)?)
    }

    fn place(&self, session: &Session) -> Result<Where, Failure> {
        match &self.place {
            Some(name) => Ok(Where::In(part_named(&session.holder, name)?)),
            None => Ok(Where::ByType),
        }
    }

    fn kind(&self, thing: &Thing, is_credential: bool) -> String {
        if let Some(kind) = &self.media_type {
            return kind.clone();
        }
        if is_credential {
            return "application/dc+sd-jwt".to_owned();
        }
        let extension =
            self.file.extension().map(|it| it.to_string_lossy().to_lowercase()).unwrap_or_default();
        if let Some((_, kind)) = TYPES.iter().find(|(known, _)| *known == extension) {
            return (*kind).to_owned();
        }
        let is_text =
            !thing.is_long && std::str::from_utf8(&thing.start).is_ok_and(|text| !text.contains('\0'));
        if is_text { "text/plain" } else { "application/octet-stream" }.to_owned()
    }

    fn own_name(&self, credential: Option<&str>) -> String {
        match self.file.file_name().filter(|_| self.file != Path::new("-")) {
            Some(name) => name.to_string_lossy().into_owned(),
            None => credential.map_or_else(|| "Note".to_owned(), str::to_owned),
        }
    }
}

impl Thing {
    fn begin(path: &Path) -> Result<Self, Failure> {
        let mut rest = input::reader(path)?;
        let mut start = Zeroizing::new(Vec::new());
        let read = rest.by_ref().take(MAX_INLINE_BYTES as u64 + 1).read_to_end(&mut start);
        let length =
            read.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", input::name(path))))?;
        if length == 0 {
            return Err(Failure::Usage(format!("{} is empty: there is nothing to keep", input::name(path))));
        }
        Ok(Self { start, rest, is_long: length > MAX_INLINE_BYTES })
    }

    /// The next part of a long file; empty after the last.
    fn part(&mut self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let mut part = Zeroizing::new(Vec::with_capacity(MAX_PART_BYTES));
        part.append(&mut self.start);
        let room = MAX_PART_BYTES - part.len();
        let read = self.rest.by_ref().take(room as u64).read_to_end(&mut part);
        read.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", input::name(path))))?;
        Ok(part)
    }

    /// What kind of credential it is, if it is one.
    fn credential(&self) -> Option<String> {
        if self.is_long {
            return None;
        }
        let text = std::str::from_utf8(&self.start).ok()?.trim();
        let json = text.starts_with('{').then(|| sd_jwt::compact_from_json(text.as_bytes()).ok());
        let compact = json.unwrap_or_else(|| Some(text.to_owned()))?;
        let held = Held::parse(&compact).ok()?;
        let kind = held.payload().get("vct").and_then(serde_json::Value::as_str);
        Some(kind.unwrap_or("Credential").to_owned())
    }
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write a tag as NAME=VALUE, such as school=St Mary's")?;
    if name.trim().is_empty() {
        return Err("a tag needs a name before the `=`".to_owned());
    }
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// What files with these endings are.
const TYPES: [(&str, &str); 20] = [
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("gif", "image/gif"),
    ("heic", "image/heic"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("jwk", "application/jwk+json"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("vcf", "text/vcard"),
    ("webp", "image/webp"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];
