//! Which bag is meant, and what this computer keeps beside it.
#![expect(clippy::disallowed_methods, reason = "this is where the program finds its folders")]

use std::path::PathBuf;

use bookbag_store::id::BagId;
use clap::Args;
use etcetera::BaseStrategy as _;

use super::secret::PassphraseFrom;
use crate::input;
use crate::output::Failure;

/// How many private drawers there are.
pub(crate) const DRAWERS: u8 = 4;

/// The options of every verb that opens a bag.
#[derive(Args)]
#[command(next_help_heading = "The bag and its passphrase")]
pub(crate) struct Which {
    /// The bag's file. Without this it is `bag.bookbag` in your data folder (on Linux `~/.local/share/bookbag`).
    #[arg(long, value_name = "FILE", env = "BOOKBAG_BAG", hide_env_values = true)]
    pub(crate) bag: Option<PathBuf>,
    /// Use a private drawer in place of the bag: the one that the passphrase opens, or the one with this number.
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, require_equals = true, default_missing_value = "0",
          value_parser = clap::value_parser!(u8).range(0..=i64::from(DRAWERS)))]
    pub(crate) drawer: Option<u8>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseFrom,
    /// Open the file although this computer has seen a newer one. What was changed since is then lost here.
    #[arg(long)]
    pub(crate) older: bool,
}

/// The user's folders for Bookbag.
pub(crate) struct Places {
    data: PathBuf,
    state: PathBuf,
}

impl Which {
    /// Where the bag's file is, or is to be.
    pub(crate) fn path(&self) -> Result<PathBuf, Failure> {
        match &self.bag {
            Some(path) => Ok(path.clone()),
            None => Ok(Places::of_user()?.data.join("bag.bookbag")),
        }
    }

    /// As [`Self::path`], for a file that is to be made: the usual folder is made too.
    pub(crate) fn new_path(&self) -> Result<PathBuf, Failure> {
        if self.bag.is_none() {
            input::make_folder(&Places::of_user()?.data)?;
        }
        self.path()
    }
}

impl Places {
    /// By the conventions of the system: the XDG folders on Linux.
    pub(crate) fn of_user() -> Result<Self, Failure> {
        let none = || {
            Failure::Usage("your home folder cannot be found: set HOME, or name the bag with --bag".into())
        };
        let strategy = etcetera::base_strategy::choose_native_strategy().map_err(|_| none())?;
        let data = strategy.data_dir().join("bookbag");
        let state = strategy.state_dir().map_or_else(|| data.join("state"), |state| state.join("bookbag"));
        Ok(Self { data, state })
    }

    /// What this computer remembers of a bag.
    pub(crate) fn mark(&self, bag: BagId) -> PathBuf {
        self.state.join(format!("{bag}.mark"))
    }

    /// Whether anything is remembered of a bag.
    pub(crate) fn has_mark(&self, bag: BagId) -> bool {
        self.mark(bag).exists()
    }

    /// What is known of copies elsewhere.
    pub(crate) fn copies(&self, bag: BagId) -> PathBuf {
        self.state.join(format!("{bag}.copies"))
    }

    /// An invitation that waits for its answer.
    pub(crate) fn inviting(&self, bag: BagId) -> PathBuf {
        self.state.join(format!("{bag}.inviting"))
    }

    /// A joining that waits for the other side.
    pub(crate) fn joining(&self) -> PathBuf {
        self.state.join("joining")
    }

    /// A private drawer, counted from 1.
    pub(crate) fn drawer(&self, number: u8) -> PathBuf {
        self.data.join(format!("drawer-{number}"))
    }

    /// Makes the folder of what this computer remembers.
    pub(crate) fn make_state(&self) -> Result<(), Failure> {
        input::make_folder(&self.state)
    }

    /// Makes the folder of bags and drawers.
    pub(crate) fn make_data(&self) -> Result<(), Failure> {
        input::make_folder(&self.data)
    }
}
