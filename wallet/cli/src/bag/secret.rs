//! Passphrases and other secrets of people: typed without being seen, or read from a file or a descriptor. Never an argument, never the
//! environment: other users of a computer can read those.

use std::path::{Path, PathBuf};

use anstyle::AnsiColor;
use bookbag_store::secret::judgement::Strength;
use bookbag_store::secret::passphrase::{NewPassphrase, Passphrase};
use clap::Args;
use zeroize::Zeroizing;

use crate::input;
use crate::output::{Failure, paint, say};

/// How often somebody at a terminal may try.
const TRIES: usize = 3;

/// Where the passphrase comes from; if nothing is said, it is asked for at the terminal.
#[derive(Args)]
pub(crate) struct PassphraseFrom {
    /// Read the passphrase from a file that holds nothing else, in place of asking for it.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Read the passphrase from this open file descriptor.
    #[arg(long, value_name = "NUMBER", conflicts_with = "passphrase_file")]
    passphrase_fd: Option<u32>,
}

/// The same for a passphrase that is to be set, where another one opens the bag.
#[derive(Args)]
pub(crate) struct NewPassphraseFrom {
    /// Read the new passphrase from a file that holds nothing else, in place of asking for it.
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// Read the new passphrase from this open file descriptor.
    #[arg(long, value_name = "NUMBER", conflicts_with = "new_passphrase_file")]
    new_passphrase_fd: Option<u32>,
}

/// Where a secret is read.
enum Source<'a> {
    File(&'a Path),
    Descriptor(u32),
    Terminal,
}

impl PassphraseFrom {
    /// Asks for the passphrase of something that is there.
    pub(crate) fn ask(&self, what: &str) -> Result<Passphrase, Failure> {
        let typed = self.source().read(&format!("Passphrase of {what}: "))?;
        Passphrase::new(&typed).map_err(|error| Failure::Usage(error.to_string()))
    }

    /// Asks for the passphrase of something that is being made. `known` is what a guesser would try first.
    pub(crate) fn choose(&self, what: &str, known: &[&str]) -> Result<NewPassphrase, Failure> {
        choose(&self.source(), what, known)
    }

    fn source(&self) -> Source<'_> {
        Source::of(self.passphrase_file.as_deref(), self.passphrase_fd)
    }
}

impl NewPassphraseFrom {
    /// Asks for a passphrase that is to be set.
    pub(crate) fn choose(&self, what: &str, known: &[&str]) -> Result<NewPassphrase, Failure> {
        let source = Source::of(self.new_passphrase_file.as_deref(), self.new_passphrase_fd);
        choose(&source, what, known)
    }

    /// Whether one is given without asking.
    pub(crate) fn is_given(&self) -> bool {
        self.new_passphrase_file.is_some() || self.new_passphrase_fd.is_some()
    }
}

impl<'a> Source<'a> {
    fn of(file: Option<&'a Path>, descriptor: Option<u32>) -> Self {
        match (file, descriptor) {
            (Some(file), _) => Self::File(file),
            (None, Some(descriptor)) => Self::Descriptor(descriptor),
            (None, None) => Self::Terminal,
        }
    }

    fn read(&self, prompt: &str) -> Result<Zeroizing<String>, Failure> {
        match self {
            Self::File(path) => one_line(&input::text(path)?, &input::name(path)),
            Self::Descriptor(number) => {
                let name = format!("descriptor {number}");
                let text = input::text(Path::new(&format!("/dev/fd/{number}")));
                one_line(
                    &text.map_err(|_| Failure::Usage(format!("cannot read the passphrase from {name}")))?,
                    &name,
                )
            }
            Self::Terminal => hidden(prompt),
        }
    }
}

/// Asks at the terminal for something that is not to be seen.
pub(crate) fn hidden(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|_| {
        Failure::Usage(
            "there is no terminal to ask for a secret at: name a file that holds it (see --help)".to_owned(),
        )
    })
}

fn one_line(text: &str, name: &str) -> Result<Zeroizing<String>, Failure> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains('\n') {
        return Err(Failure::Usage(format!(
            "{name} has more than one line: it may hold the passphrase alone"
        )));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn choose(source: &Source<'_>, what: &str, known: &[&str]) -> Result<NewPassphrase, Failure> {
    if !matches!(source, Source::Terminal) {
        return judged(&source.read("")?, known).map_err(Failure::Cannot);
    }
    say("Several words that do not belong together make a good passphrase. Nobody can reset it for you.");
    for _ in 0..TRIES {
        let typed = source.read(&format!("New passphrase for {what}: "))?;
        let chosen = match judged(&typed, known) {
            Ok(chosen) => chosen,
            Err(reason) => {
                say(&reason);
                continue;
            }
        };
        if *source.read("The same again: ")? == *typed {
            return Ok(chosen);
        }
        say("The two are not the same: try again.");
    }
    Err(Failure::Cannot("no passphrase was chosen, and nothing was changed".to_owned()))
}

/// Why a passphrase is not good enough, or the passphrase, with advice if it could be better.
fn judged(typed: &str, known: &[&str]) -> Result<NewPassphrase, String> {
    let passphrase = Passphrase::new(typed).map_err(|error| error.to_string())?;
    let estimate = bookbag_strength::estimate(&passphrase, known);
    let chosen = passphrase.judge(estimate).map_err(|error| error.to_string())?;
    Ok(chosen)
}

/// The passphrase that something opens with, for something else that is to open with it too.
pub(crate) fn same_again(passphrase: Passphrase) -> Result<NewPassphrase, Failure> {
    let estimate = bookbag_strength::estimate(&passphrase, &[]);
    passphrase.judge(estimate).map_err(|error| Failure::Cannot(error.to_string()))
}

/// What is thought of a passphrase that was taken, for people.
pub(crate) fn advise(chosen: &NewPassphrase) {
    let judgement = chosen.judgement();
    if judgement.strength() != Strength::Strong {
        say(&format!("{}: {}", paint("Advice", AnsiColor::Yellow), judgement.sentence()));
    }
}
