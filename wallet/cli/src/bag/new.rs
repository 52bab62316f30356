//! `bookbag new`: an empty bag.

use std::process::ExitCode;

use bookbag_file::BagFile;
use bookbag_holder::{Holder, Made, NewSlot};
use bookbag_store::bag::NewBag;
use bookbag_store::event::{Date, Label, Nation, Policy, Role};
use bookbag_store::secret::passphrase::NewPassphrase;
use clap::Args;
use serde_json::json;

use super::ask;
use super::container::{self, Container};
use super::secret::{PassphraseFrom, advise};
use super::session::{Session, Store, warn_of_only_copy};
use super::which::{DRAWERS, Places, Which};
use crate::output::{Failure, Output, shown};

/// Make a new bag.
///
/// The bag opens with a passphrase that you choose now. Nobody can reset it: print a recovery sheet next (`bookbag recovery-sheet`), and keep a
/// copy of the bag in another place (`bookbag export`).
#[derive(Args)]
pub(crate) struct New {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    which: Which,
}

/// What a new bag begins with.
#[derive(Args)]
pub(crate) struct About {
    /// What you call the bag. Only its members see it.
    #[arg(long, value_name = "NAME", default_value = "")]
    name: Label,
    /// Your name, as the other members are to see it.
    #[arg(long, value_name = "NAME")]
    me: Label,
    /// The bag is about you. Without this you are a guardian of the child it is about.
    #[arg(long)]
    mine: bool,
    /// What you call this computer.
    #[arg(long, value_name = "NAME", default_value = "this computer")]
    device: Label,
    /// When the person was born whom the bag is about, such as 2016-05-04.
    #[arg(long, value_name = "DATE")]
    born: Option<Date>,
    /// Whose law says who decides at which age: england, wales, scotland or northern-ireland.
    #[arg(long, value_name = "NATION", default_value = "england", value_parser = nation)]
    nation: Nation,
}

/// Make a new bag in a private drawer.
#[derive(Args)]
pub(crate) struct NewInDrawer {
    /// Which drawer, from 1 to 4.
    #[arg(value_parser = clap::value_parser!(u8).range(1..=i64::from(DRAWERS)))]
    number: u8,
    #[command(flatten)]
    about: About,
    /// Do not ask whether you mean it.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    passphrase: PassphraseFrom,
}

impl New {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let (known, bag) = (self.about.known(), self.about.bag());
        if self.which.drawer.is_some() {
            return Err(Failure::Usage("a drawer is filled by `bookbag drawer new NUMBER`".to_owned()));
        }
        let path = self.which.new_path()?;
        super::export::see_that_it_is_free(&path)?;
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let passphrase = self.which.passphrase.choose("the bag", &known)?;
        let made = Holder::make(bag, &NewSlot::Passphrase(&passphrase), Session::doing()?)?;
        container::make_all(&Places::of_user()?)?;
        let file = BagFile::create(&path, &made.file)?;
        advise(&passphrase);
        let session = Session::of_new(made.holder, Store::File(file))?;
        session.remember()?;
        let safety = session.safety()?;
        let id = session.holder.id().to_string();
        let document = json!({"result": "done", "bag": id, "file": path.to_string_lossy()});
        output.answer(&document, || {
            format!(
                "The bag is made: {}\nNext: `bookbag recovery-sheet`, then `bookbag add`.",
                shown(&path.to_string_lossy())
            )
        })?;
        output.remark(|| warn_of_only_copy(safety.as_ref()));
        Ok(ExitCode::SUCCESS)
    }
}

impl NewInDrawer {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let number = self.number;
        ask::sure(&format!("Whatever is in drawer {number} will be lost, whoever put it there."), self.yes)?;
        let known = self.about.known();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let passphrase = self.passphrase.choose("the drawer", &known)?;
        fill(number, self.about.bag(), passphrase, output)
    }
}

impl About {
    /// The new bag.
    pub(crate) fn bag(&self) -> NewBag {
        NewBag {
            name: self.name.clone(),
            founder: self.me.clone(),
            role: if self.mine { Role::Subject } else { Role::Guardian },
            device: self.device.clone(),
            policy: Policy::uk(self.nation),
            birth: self.born,
        }
    }

    /// What somebody would try first who guesses at the passphrase.
    pub(crate) fn known(&self) -> Vec<String> {
        let mut known = vec![self.name.to_string(), self.me.to_string(), self.device.to_string()];
        known.extend(self.born.map(|date| date.to_string()));
        known
    }
}

fn fill(number: u8, bag: NewBag, passphrase: NewPassphrase, output: Output) -> Result<ExitCode, Failure> {
    let Made { file, .. } = Holder::make(bag, &NewSlot::Passphrase(&passphrase), Session::doing()?)?;
    advise(&passphrase);
    Container::fill(number, passphrase.into_passphrase(), file)?;
    let document = json!({"result": "done", "drawer": number});
    output.answer(&document, || {
        format!(
            "Drawer {number} holds a new bag, which opens with this passphrase and with nothing else.\n\
             Use it with --drawer: `bookbag add --drawer`, `bookbag list --drawer`."
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

fn nation(text: &str) -> Result<Nation, String> {
    let wanted = text.to_lowercase().replace('-', " ");
    let found = Nation::ALL.iter().find(|nation| nation.words().to_lowercase() == wanted);
    found.copied().ok_or_else(|| "choose england, wales, scotland or northern-ireland".to_owned())
}
