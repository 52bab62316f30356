//! `bookbag export`: the bag, or everything that can be read in it, carried away.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bookbag_file::{Access, BagFile};
use bookbag_holder::Holder;
use bookbag_store::frame::scan::Scanner;
use bookbag_store::id::CompartmentId;
use clap::Args;
use serde_json::json;

use super::place::{self, Unfinished};
use super::raw::Raw;
use super::says;
use super::secret::NewPassphraseFrom;
use super::session::{Session, Store, end_of, locked, warn_of_only_copy};
use super::show::write_parts;
use super::which::Which;
use crate::input;
use crate::output::{Failure, Output, say, shown};

/// Carry the bag away: a copy in one file, or everything readable in a folder.
///
/// A copy is the whole bag. It opens with your passphrase and with your recovery sheet or shares. It is read again before it counts, and counts as a copy in another place if it is on another disk,
/// such as a memory stick, or if you say so with --elsewhere.
#[derive(Args)]
pub(crate) struct Export {
    /// The copy: a new file.
    #[arg(required_unless_present = "readable", conflicts_with = "readable")]
    file: Option<PathBuf>,
    /// This file is kept in another place than this computer's disk, for instance because its folder is copied to another computer.
    #[arg(long, conflicts_with_all = ["readable", "for_device"])]
    elsewhere: bool,
    /// The copy is for a device that joins, with this name: it opens there and nowhere else.
    #[arg(long, value_name = "DEVICE", conflicts_with = "readable")]
    for_device: Option<String>,
    /// Write everything that you can read into this new folder, not encrypted: the original files, JSON, and a page (index.html) that shows all of it.
    #[arg(long, value_name = "FOLDER")]
    readable: Option<PathBuf>,
    #[command(flatten)]
    new: NewPassphraseFrom,
    #[command(flatten)]
    which: Which,
}

impl Export {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        if let Some(folder) = &self.readable {
            return readable(&self.which, folder, output);
        }
        let Some(path) = &self.file else {
            return Err(Failure::Usage("name the file of the copy".to_owned()));
        };
        see_that_it_is_free(path)?;
        let mut session = self.which.read()?;
        if let Some(device) = &self.for_device {
            let device = session.holder.device_named(device)?;
            let start = session.holder.copy_for(device, input::entropy()?)?;
            write_copy(&session, path, &start)?;
            let document = json!({"result": "done", "file": path.to_string_lossy()});
            output.answer(&document, || {
                "The copy is made. Give it to the device that joins; nothing else opens it.".into()
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        let passphrase = if self.new.is_given() {
            self.new.choose("the copy", &[])?
        } else {
            session.same_passphrase()?
        };
        let start = session.holder.export_bag(Some(&passphrase), input::entropy()?)?;
        write_copy(&session, path, &start)?;
        let is_elsewhere = self.confirm(&session, path)?;
        let safety = session.safety()?;
        let document = json!({
            "result": "done", "file": path.to_string_lossy(), "changes": session.holder.bag().frames(),
            "counts_as_elsewhere": is_elsewhere,
        });
        output.answer(&document, || {
            let changes = says::count(session.holder.bag().frames(), "change", "changes");
            format!("The copy is made and was read again: {}, {changes}.", shown(&path.to_string_lossy()))
        })?;
        output.remark(|| {
            if !is_elsewhere {
                say("It is on the same disk as the bag, so it goes with it. Put it on a memory stick or another computer; if its folder is copied there anyway, say --elsewhere.");
            }
            warn_of_only_copy(safety.as_ref());
        });
        Ok(ExitCode::SUCCESS)
    }

    /// Reads the copy again from its first byte to its last. Whether it counts as one in another place.
    fn confirm(&self, session: &Session, path: &Path) -> Result<bool, Failure> {
        let mut raw = Raw::of_file(path)?;
        let file = BagFile::open(path, Access::Read)?;
        let other = locked(&file)?;
        let bytes = raw.all()?;
        let start = bookbag_holder::Locked::read(&bytes)?.frames_at();
        let pieces = Scanner::new(Some(other.bag()), start..bytes.len() as u64).pieces(&bytes);
        let seen = session.holder.confirm_copy(&other, pieces, says::now());
        let seen = seen.map_err(|problem| Failure::Cannot(problem.to_string()))?;
        let Store::File(own) = &session.store else { return Ok(true) };
        let is_elsewhere = self.elsewhere || !place::is_same_disk(own.path(), path);
        if is_elsewhere {
            session.keep_copies(&seen)?;
        }
        Ok(is_elsewhere)
    }
}

/// A copy of this bag with another start: whole, or not there.
pub(crate) fn write_copy(session: &Session, path: &Path, start: &[u8]) -> Result<(), Failure> {
    see_that_it_is_free(path)?;
    let mut new = Unfinished::beside(path)?;
    new.write(start)?;
    match &session.store {
        Store::File(own) => copy_frames(own, &mut new)?,
        Store::Drawer(container) => {
            let at = bookbag_holder::Locked::read(container.bytes())?.frames_at();
            let frames = usize::try_from(at).ok().and_then(|at| container.bytes().get(at..));
            new.write(frames.unwrap_or_default())?;
        }
    }
    new.put_in_place()
}

/// Everything behind the preamble, but not a torn frame at the end.
fn copy_frames(own: &BagFile, new: &mut Unfinished) -> Result<(), Failure> {
    let mut file = BagFile::open(own.path(), Access::Read)?;
    let (mut from, mut end) = (None, 0);
    file.frames(|piece| {
        from = from.or(Some(start_of(&piece)));
        end = end_of(&piece);
        Ok::<_, bookbag_file::FileError>(())
    })?;
    let from = from.unwrap_or(end);
    let failed = |error| Failure::Usage(format!("cannot read {}: {error}", own.path().display()));
    let mut source = input::open(own.path())?;
    source.seek(SeekFrom::Start(from)).map_err(failed)?;
    new.copy(&mut source.take(end - from))
}

fn start_of(piece: &bookbag_store::frame::scan::Piece<'_>) -> u64 {
    use bookbag_store::frame::scan::Piece::{Frame, NotFrames, Torn};
    match piece {
        Frame { at, .. } | NotFrames { at, .. } | Torn { at, .. } => *at,
    }
}

fn readable(which: &Which, folder: &Path, output: Output) -> Result<ExitCode, Failure> {
    let session = which.read()?;
    input::make_new_folder(folder)?;
    let readable = session.holder.export_readable(says::now());
    let number = readable.files.len() + readable.attachments.len();
    for (name, content) in readable.files {
        let mut file = inside(folder, &name)?;
        let written = file.write_all(&content).and_then(|()| file.sync_all());
        written.map_err(|error| input::cannot_write(&folder.join(&name), &error))?;
    }
    let mut lost = Vec::new();
    for (name, attachment) in readable.attachments {
        let path = folder.join(&name);
        let mut file = inside(folder, &name)?;
        let read = write_parts(&session, attachment, &mut |part| {
            file.write_all(part).map_err(|error| input::cannot_write(&path, &error))
        });
        if let Err(failure @ Failure::Usage(_)) = read {
            return Err(failure);
        }
        // One that is damaged does not keep the others from being carried away.
        if read.is_err() {
            lost.push(name);
        }
    }
    let is_whole = lost.is_empty();
    let document = json!({
        "result": if is_whole { "done" } else { "incomplete" }, "folder": folder.to_string_lossy(), "files": number, "damaged": lost,
    });
    output.answer(&document, || {
        let lost = match lost.as_slice() {
            [] => String::new(),
            lost => format!("
Damaged, and not whole here: {}", says::names(lost.iter().map(String::as_str))),
        };
        format!(
            "{} are in {}. Open index.html there. They are not encrypted: keep them where nobody else can read.{lost}",
            says::count(number, "file", "files"),
            shown(&folder.to_string_lossy())
        )
    })?;
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// A new file in the folder, in a folder of its own if its name has one.
fn inside(folder: &Path, name: &str) -> Result<File, Failure> {
    let is_plain =
        name.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains('\\'));
    if !is_plain {
        return Err(Failure::Cannot(format!(
            "an entry has a name that cannot be that of a file: {}",
            shown(name)
        )));
    }
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        input::make_folder(parent)?;
    }
    input::create_private(&path)
}

/// Sees that a name is not taken, before anything long begins.
pub(crate) fn see_that_it_is_free(path: &Path) -> Result<(), Failure> {
    if place::is_taken(path) {
        return Err(Failure::Usage(format!(
            "{} exists already and was left as it is: name another file",
            path.display()
        )));
    }
    Ok(())
}

/// A part of the bag: what everybody calls it, its own name, or the first digits of its id.
pub(crate) fn part_named(holder: &Holder, name: &str) -> Result<CompartmentId, Failure> {
    let usual = match name.to_lowercase().as_str() {
        "record" => holder.record(),
        "household" | "home" => holder.household(),
        "personal" | "own" => holder.personal(),
        _ => None,
    };
    usual.map_or_else(|| Ok(holder.compartment_named(name)?), Ok)
}
