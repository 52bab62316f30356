//! `bookbag slots`: the ways to open this copy of the bag.

use std::fmt::Write as _;
use std::process::ExitCode;

use bookbag_holder::{NewSlot, WayIn};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::secret::{NewPassphraseFrom, advise};
use super::session::Session;
use super::which::Which;
use crate::output::{Failure, Output, shown};

/// Show and change how this copy of the bag is opened. Alone it lists the ways.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Slots {
    #[command(subcommand)]
    verb: Option<SlotsVerb>,
    #[command(flatten)]
    which: Which,
}

#[derive(Subcommand)]
enum SlotsVerb {
    /// List the ways to open this copy.
    List(List),
    /// Add a passphrase. The others stay.
    Add(Add),
    /// Change the passphrase.
    Change(Change),
    /// Take a way to open this copy away.
    Remove(Remove),
}

#[derive(Args)]
struct List {
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
struct Add {
    #[command(flatten)]
    new: NewPassphraseFrom,
    #[command(flatten)]
    which: Which,
}

/// Change the passphrase of this copy.
///
/// An old copy of the file still opens with the old passphrase, and so does what is in it.
#[derive(Args)]
struct Change {
    /// Somebody else may know the old passphrase: this computer gets new keys too, so that it opens nothing that is written from now on, not even together with an old copy.
    #[arg(long)]
    someone_may_know_it: bool,
    #[command(flatten)]
    new: NewPassphraseFrom,
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
struct Remove {
    /// The digits that `bookbag slots list` shows.
    slot: String,
    #[command(flatten)]
    which: Which,
}

impl Slots {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        match &self.verb {
            None => list(&self.which, output),
            Some(SlotsVerb::List(verb)) => list(&verb.which, output),
            Some(SlotsVerb::Add(verb)) => add(verb, output),
            Some(SlotsVerb::Change(verb)) => change(verb, output),
            Some(SlotsVerb::Remove(verb)) => remove(verb, output),
        }
    }
}

fn list(which: &Which, output: Output) -> Result<ExitCode, Failure> {
    let ways = which.read()?.holder.ways();
    let document = json!({
        "slots": ways.iter().map(|way| json!({
            "id": way.slot.to_string(), "way": way.way.words(), "name": device(way),
        })).collect::<Value>(),
    });
    output.answer(&document, || {
        ways.iter().fold("This copy is opened by\n".to_owned(), |mut text, way| {
            let name = device(way).map_or_else(String::new, |name| format!(", “{}”", shown(&name)));
            let _ = writeln!(text, "  {:.8}  {}{name}", way.slot, way.way.words());
            text
        })
    })?;
    Ok(ExitCode::SUCCESS)
}

fn device(way: &WayIn) -> Option<String> {
    let (_, name) = way.device.as_ref()?;
    Some(name.as_ref().map_or_else(|| "no longer in the bag".to_owned(), ToString::to_string))
}

fn add(verb: &Add, output: Output) -> Result<ExitCode, Failure> {
    let mut session = verb.which.write()?;
    not_a_drawer(&verb.which)?;
    let passphrase = verb.new.choose("the bag", &[])?;
    let slot = session.holder.add_slot(&NewSlot::Passphrase(&passphrase), Session::doing()?)?;
    session.commit()?;
    advise(&passphrase);
    let document = json!({"result": "done", "id": slot.to_string()});
    output.answer(&document, || "Done: this copy opens with the new passphrase too.".to_owned())?;
    Ok(ExitCode::SUCCESS)
}

fn change(verb: &Change, output: Output) -> Result<ExitCode, Failure> {
    let mut session = verb.which.write()?;
    not_a_drawer(&verb.which)?;
    let passphrase = verb.new.choose("the bag", &[])?;
    if verb.someone_may_know_it {
        session.holder.secret_is_known(&NewSlot::Passphrase(&passphrase), Session::doing()?)?;
    } else {
        session.holder.change_passphrase(&passphrase, Session::doing()?)?;
    }
    session.commit()?;
    advise(&passphrase);
    let new_keys = verb.someone_may_know_it;
    output.answer(&json!({"result": "done", "new_keys": new_keys}), || {
        let first = "Done: this copy opens with the new passphrase.";
        if new_keys {
            format!("{first} The old one opens nothing that is written from now on.")
        } else {
            format!(
                "{first} Old copies still open with the old one; if somebody else may know it, use --someone-may-know-it."
            )
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn remove(verb: &Remove, output: Output) -> Result<ExitCode, Failure> {
    let mut session = verb.which.write()?;
    let ways = session.holder.ways();
    let found: Vec<&WayIn> = ways
        .iter()
        .filter(|way| verb.slot.len() >= 4 && way.slot.to_string().starts_with(&verb.slot))
        .collect();
    let [way] = found.as_slice() else {
        return Err(Failure::Cannot(format!(
            "there is no such slot {}: `bookbag slots list` shows them",
            shown(&verb.slot)
        )));
    };
    session.holder.remove_slot(way.slot, Session::doing()?)?;
    session.commit()?;
    let words = way.way.words();
    output.answer(&json!({"result": "done", "id": way.slot.to_string()}), || {
        format!("Done: this copy is no longer opened by {words}.")
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A drawer opens by the passphrase of its container.
fn not_a_drawer(which: &Which) -> Result<(), Failure> {
    match which.drawer {
        None => Ok(()),
        Some(_) => Err(Failure::Cannot(
            "a drawer has the passphrase that it was filled with: fill another drawer with a new one, and empty this".into(),
        )),
    }
}
