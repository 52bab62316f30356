//! `bookbag completions` and `bookbag man`: made from the same definition as `--help`, so they cannot drift apart.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;
use serde_json::json;

use crate::Cli;
use crate::input;
use crate::output::{Failure, Output, print_bytes, shown};

/// Print completions for a shell.
///
/// For bash: bookbag completions bash > ~/.local/share/bash-completion/completions/bookbag
///
/// For fish: bookbag completions fish > ~/.config/fish/completions/bookbag.fish
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

/// Write the manual pages into a folder.
///
/// For example: bookbag man ~/.local/share/man/man1
#[derive(Args)]
pub(crate) struct Man {
    /// The folder; it is made if it is not there.
    folder: PathBuf,
}

impl Completions {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "bookbag", &mut script);
        if output.json {
            let script = String::from_utf8_lossy(&script).into_owned();
            let document = json!({"result": "made", "shell": self.shell.to_string(), "script": script});
            output.answer(&document, String::new)?;
        } else {
            print_bytes(&script)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Man {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let mut command = Cli::command();
        command.build();
        let mut pages = Vec::new();
        render(&command, &mut pages)?;
        let written = input::write_files(&self.folder, pages)?;
        let written: Vec<_> = written.iter().map(|path| path.display().to_string()).collect();
        output.answer(&json!({"result": "written", "files": written}), || shown_list(&written))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The page of a command and those of its verbs.
fn render(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> Result<(), Failure> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .title(name.to_uppercase())
        .render(&mut page)
        .map_err(|error| Failure::Usage(format!("cannot write the manual: {error}")))?;
    pages.push((format!("{name}.1"), page));
    command
        .get_subcommands()
        .filter(|verb| verb.get_name() != "help")
        .try_for_each(|verb| render(verb, pages))
}

fn shown_list(files: &[String]) -> String {
    let lines: Vec<_> = files.iter().map(|file| format!("wrote {}", shown(file))).collect();
    lines.join("\n")
}
