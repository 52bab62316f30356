//! `bookbag recovery-sheet` and `bookbag shares`: what a family prints, to come back by when all devices are lost.
//!
//! The secrets stand in the pages and nowhere else, and go to the terminal only if that is asked for.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bookbag_store::event::Label;
use bookbag_store::secret::shares::{Scheme, Share};
use bookbag_store::secret::sheet::{self, About, Day, Language};
use clap::Args;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::session::Session;
use super::which::Which;
use super::{qr, says};
use crate::input;
use crate::output::{Failure, Output, say, shown};

/// Make a recovery sheet: a page to print and keep in a safe place.
///
/// Whoever has the sheet and any copy of the bag can open it. Print the page, then delete the file.
#[derive(Args)]
pub(crate) struct RecoverySheet {
    /// Write the page (HTML, to be printed from a browser) to a new file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What you call the sheet, such as `kitchen drawer`. It is printed on the page: best without the child's name.
    #[arg(long, value_name = "NAME", default_value = "printed sheet")]
    name: Label,
    /// Print the twenty-four words on the terminal too.
    #[arg(long)]
    show_words: bool,
    #[command(flatten)]
    which: Which,
}

/// Share recovery among people you trust: so many of them together can bring the bag back, fewer cannot.
///
/// Makes a card for each person, to be printed and given away. A card names neither the child nor the others who hold one.
#[derive(Args)]
pub(crate) struct Shares {
    /// How many of them are needed.
    #[arg(long, value_name = "NUMBER")]
    needed: u8,
    /// How many cards there are.
    #[arg(long, value_name = "NUMBER")]
    of: u8,
    /// Write the cards (HTML) into this folder, which is made if it is not there.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// What you call these cards, such as `the aunts`. It is printed on them: best without the child's name.
    #[arg(long, value_name = "NAME", default_value = "shares")]
    name: Label,
    #[command(flatten)]
    which: Which,
}

impl RecoverySheet {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let mut session = self.which.write()?;
        let mut page = Page::begin(&self.out)?;
        let secret = session.holder.make_sheet(self.name.clone(), Session::doing()?)?;
        page.write(&sheet::recovery_sheet(&secret, &about(&self.name)?))?;
        session.commit()?;
        page.keep();
        let file = self.out.to_string_lossy();
        let mut document = json!({"result": "done", "file": file});
        if let (true, Some(document)) = (self.show_words, document.as_object_mut()) {
            document.insert("words".into(), secret.words().as_str().into());
        }
        output.answer(&document, || {
            format!(
                "The recovery sheet is in {}: print it, put it in a safe place, delete the file.",
                shown(&file)
            )
        })?;
        output.remark(|| {
            if self.show_words {
                say(&secret.words());
                say(&qr::drawn(&secret.qr_text()).unwrap_or_default());
            }
        });
        Ok(ExitCode::SUCCESS)
    }
}

impl Shares {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let scheme = Scheme::new(self.needed, self.of).map_err(|error| Failure::Usage(error.to_string()))?;
        let mut session = self.which.write()?;
        input::make_folder(&self.out)?;
        let paths: Vec<PathBuf> =
            (1..=self.of).map(|number| self.out.join(format!("share-{number}.html"))).collect();
        let pages = paths.iter().map(|path| Page::begin(path));
        let mut pages = pages.collect::<Result<Vec<_>, Failure>>()?;
        let shares: Vec<Share> = session.holder.make_shares(self.name.clone(), scheme, Session::doing()?)?;
        for (page, share) in pages.iter_mut().zip(&shares) {
            page.write(&sheet::share_card(share, &about(&self.name)?))?;
        }
        session.commit()?;
        pages.iter_mut().for_each(Page::keep);
        let files: Value = paths.iter().map(|path| path.to_string_lossy()).collect();
        output.answer(&json!({"result": "done", "files": files, "needed": self.needed}), || {
            format!(
                "{} are in {}: print each, give it to its person, delete the files. {} of them together open any copy of the bag.",
                says::count(shares.len(), "card", "cards"),
                shown(&self.out.to_string_lossy()),
                self.needed,
            )
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A new file for a page. It goes again unless it is kept: a page without its place in the bag opens nothing.
struct Page<'p> {
    path: &'p Path,
    file: File,
    is_kept: bool,
}

impl<'p> Page<'p> {
    fn begin(path: &'p Path) -> Result<Self, Failure> {
        Ok(Self { path, file: input::create_private(path)?, is_kept: false })
    }

    fn write(&mut self, page: &Zeroizing<String>) -> Result<(), Failure> {
        let written = self.file.write_all(page.as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|error| input::cannot_write(self.path, &error))
    }

    fn keep(&mut self) {
        self.is_kept = true;
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            input::remove(self.path);
        }
    }
}

fn about(name: &Label) -> Result<About<'_>, Failure> {
    let (year, month, day) = says::today();
    let made_on = Day::new(year, month, day)
        .map_err(|_| Failure::Usage("the clock of this computer is wrong: set it first".to_owned()))?;
    Ok(About { language: Language::English, made_on, label: Some(name.as_str()) })
}
