//! `bookbag recover`: back into the bag by a printed sheet or by shares.

use std::path::PathBuf;
use std::process::ExitCode;

use bookbag_file::{Access, BagFile};
use bookbag_holder::{Holder, Key, NewSlot, Older, Unlocked};
use bookbag_store::event::Label;
use bookbag_store::secret::shares::Share;
use bookbag_store::secret::words::RecoverySecret;
use clap::Args;
use serde_json::json;

use super::adopt::Adopting;
use super::container;
use super::says;
use super::secret::{advise, hidden};
use super::session::{self, Session, Store, locked, open_file};
use super::which::{Places, Which};
use crate::input;
use crate::output::{Failure, Output, say, shown};

/// Come back into a bag with a recovery sheet, or with shares that trusted people hold.
///
/// It takes any copy of the bag, and the words. This computer becomes a new device of yours, with a passphrase that you choose now.
#[derive(Args)]
pub(crate) struct Recover {
    /// A copy of the bag; a new bag file is made from it. Without this, the bag itself is opened, whose passphrase was lost.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Read the twenty-four words from a file, in place of asking for them.
    #[arg(long, value_name = "FILE")]
    words_file: Option<PathBuf>,
    /// Read a share from a file. Give as many as are needed.
    #[arg(long = "share", value_name = "FILE", conflicts_with = "words_file")]
    shares: Vec<PathBuf>,
    /// Ask for shares, one after the other.
    #[arg(long, conflicts_with_all = ["words_file", "shares"])]
    by_shares: bool,
    /// What you call this computer.
    #[arg(long, value_name = "NAME", default_value = "this computer")]
    device: Label,
    #[command(flatten)]
    which: Which,
}

/// What somebody comes with.
enum Secret {
    Words(RecoverySecret),
    Shares(Vec<Share>),
}

impl Recover {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let path = if self.from.is_some() { self.which.new_path()? } else { self.which.path()? };
        let (holder, file) = if let Some(copy) = &self.from {
            let mut adopting = Adopting::begin(copy, &path)?;
            let holder = self.enrol(&mut adopting.file)?;
            (holder, adopting.finish()?)
        } else {
            drop(BagFile::open(&path, Access::Read)?);
            let mut file = open_file(&path, Access::Write)?;
            (self.enrol(&mut file)?, file)
        };
        let session = Session::of_new(holder, Store::File(file))?;
        container::make_all(&Places::of_user()?)?;
        session.remember()?;
        let holder = &session.holder;
        let (id, me) = holder.me()?;
        let others = other_devices(holder, id);
        let document = json!({
            "result": "done", "file": path.to_string_lossy(), "member": me.name.as_str(), "other_devices": others,
        });
        output.answer(&document, || {
            format!(
                "Welcome back, {}. The bag is in {}.",
                shown(me.name.as_str()),
                shown(&path.to_string_lossy())
            )
        })?;
        output.remark(|| {
            if !others.is_empty() {
                let others = says::names(others.iter().map(String::as_str));
                say(&format!(
                    "These devices of yours are still in the bag: {others}. Take away what was lost or stolen: `bookbag remove-device NAME`."
                ));
            }
        });
        Ok(ExitCode::SUCCESS)
    }

    /// Opens the file by the secret, and puts this computer into the bag.
    fn enrol(&self, file: &mut BagFile) -> Result<Holder, Failure> {
        let locked = locked(file)?;
        let unlocked: Unlocked = match self.secret()? {
            Secret::Words(words) => locked.unlock(Key::Words(&words))?,
            Secret::Shares(shares) => locked.unlock(Key::Shares(&shares))?,
        };
        let older = if self.which.older { Older::Accept } else { Older::Refuse };
        let opened = session::read(file, &unlocked, &Places::of_user()?, older)?;
        let recovery = session::recovery(opened)?;
        let name = recovery.member()?.1.name.to_string();
        let passphrase = self.which.passphrase.choose("the bag", &[&name])?;
        let slot = NewSlot::Passphrase(&passphrase);
        let mut holder = recovery.enrol(self.device.clone(), &slot, Session::doing()?)?;
        session::write(file, &holder.take_changes())?;
        advise(&passphrase);
        Ok(holder)
    }

    fn secret(&self) -> Result<Secret, Failure> {
        if !self.shares.is_empty() {
            let shares = self.shares.iter().map(|path| share(&input::text(path)?, &input::name(path)));
            return Ok(Secret::Shares(shares.collect::<Result<_, Failure>>()?));
        }
        if self.by_shares {
            return ask_for_shares();
        }
        let typed = match &self.words_file {
            Some(path) => input::text(path)?,
            None => hidden("The twenty-four words of the recovery sheet: ")?,
        };
        let words = RecoverySecret::parse(&typed).map_err(|error| Failure::Cannot(error.to_string()))?;
        Ok(Secret::Words(words))
    }
}

fn ask_for_shares() -> Result<Secret, Failure> {
    let mut shares: Vec<Share> = Vec::new();
    loop {
        let number = shares.len() + 1;
        let typed = hidden(&format!("Share number {number}: "))?;
        match share(&typed, "this share") {
            Ok(share) => shares.push(share),
            Err(failure) => say(&failure.to_string()),
        }
        if shares.first().is_some_and(|first| shares.len() >= usize::from(first.needed())) {
            return Ok(Secret::Shares(shares));
        }
        if number > 64 {
            return Err(Failure::Cannot("these are too many shares".to_owned()));
        }
    }
}

fn share(text: &str, name: &str) -> Result<Share, Failure> {
    Share::parse(text).map_err(|error| Failure::Cannot(format!("{name}: {error}")))
}

/// What a member has beside this computer.
fn other_devices(holder: &Holder, member: bookbag_store::id::MemberId) -> Vec<String> {
    let this = holder.bag().device().id();
    let others = holder.state().devices().filter(|(id, listed)| {
        let device = &listed.device;
        *id != this && listed.is_active && device.member == member && !device.purpose.is_recovery()
    });
    others.map(|(_, listed)| listed.device.name.to_string()).collect()
}
