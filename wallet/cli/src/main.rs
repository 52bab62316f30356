//! `bookbag`, the wallet in a terminal.
//!
//! Each verb reads its input here, in the world, lets the pure crates decide, and prints what they said. Exit status:
//! 0 accepted, 1 refused, 2 wrong usage.

mod bag;
mod generate;
mod input;
mod inspect;
mod issue;
mod key;
mod keys;
mod output;
mod present;
mod query;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::{Failure, Output};

/// Keep a child's records in a bag; read, check, issue and present verifiable credentials.
///
/// A bag is one encrypted file that a family holds. `bookbag new` makes one, `bookbag add` puts something in, `bookbag list` shows what is there.
///
/// Where a file is read, `-` means standard input. A PATH leads to a claim: `address.postcode`, `results[2].grade`, or
/// `nationalities[]` for every element. It may also be a JSON array, such as `["address","postcode"]`.
///
/// Exit status: 0 accepted or done, 1 refused, 2 wrong usage or unreadable input.
#[derive(Parser)]
#[command(name = "bookbag", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Print the outcome, good or bad, as one JSON document on standard output.
    #[arg(long, global = true, display_order = 900)]
    json: bool,
}

#[derive(Subcommand)]
enum Verb {
    #[command(flatten)]
    Bag(bag::BagVerb),
    Inspect(inspect::Inspect),
    Verify(verify::Verify),
    Query(query::Query),
    #[command(subcommand)]
    Key(key::Key),
    Issue(issue::Issue),
    Present(present::Present),
    Completions(generate::Completions),
    Man(generate::Man),
}

#[expect(clippy::disallowed_methods, reason = "arguments are read here and nowhere else")]
fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        // Even when the arguments make no sense, whether JSON was asked for does.
        Err(error) => return output::usage(&error, arguments.iter().any(|argument| argument == "--json")),
    };
    let output = Output { json: cli.json };
    match run(&cli.verb, output) {
        Ok(code) => code,
        Err(failure) => output.failure(&failure),
    }
}

fn run(verb: &Verb, output: Output) -> Result<ExitCode, Failure> {
    match verb {
        Verb::Bag(verb) => verb.run(output),
        Verb::Inspect(verb) => verb.run(output),
        Verb::Verify(verb) => verb.run(output),
        Verb::Query(verb) => verb.run(output),
        Verb::Key(verb) => verb.run(output),
        Verb::Issue(verb) => verb.run(output),
        Verb::Present(verb) => verb.run(output),
        Verb::Completions(verb) => verb.run(output),
        Verb::Man(verb) => verb.run(output),
    }
}
