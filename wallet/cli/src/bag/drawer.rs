//! `bookbag drawer`: private drawers.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::container::Container;
use super::which::DRAWERS;
use super::{ask, new};
use crate::output::{Failure, Output};

/// Keep a private drawer: a bag that nothing mentions.
///
/// Every computer with a bag has the same four drawers, full of random bytes. One that is in use looks the same as one that is not; only its passphrase opens it. Fill one with
/// `bookbag drawer new`, and then use it with --drawer: `bookbag add --drawer`, `bookbag list --drawer`. A drawer holds about one megabyte, and is lost with its passphrase.
#[derive(Subcommand)]
pub(crate) enum Drawer {
    /// Make a new bag in a drawer.
    ///
    /// Nobody can tell whether the drawer is in use already, by you or by somebody else on this computer. If it is, what it holds is lost.
    New(new::NewInDrawer),
    /// Empty a drawer: what it holds is lost.
    Empty(Empty),
}

/// Empty a drawer.
#[derive(Args)]
pub(crate) struct Empty {
    /// Which drawer, from 1 to 4.
    #[arg(value_parser = clap::value_parser!(u8).range(1..=i64::from(DRAWERS)))]
    number: u8,
    /// Do not ask whether you mean it.
    #[arg(long)]
    yes: bool,
}

impl Drawer {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        match self {
            Self::New(verb) => verb.run(output),
            Self::Empty(verb) => verb.run(output),
        }
    }
}

impl Empty {
    fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let number = self.number;
        ask::sure(&format!("Whatever is in drawer {number} will be lost, whoever put it there."), self.yes)?;
        Container::empty(number)?;
        output
            .answer(&json!({"result": "done", "drawer": number}), || format!("Drawer {number} is empty."))?;
        Ok(ExitCode::SUCCESS)
    }
}
