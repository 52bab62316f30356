//! What the commands print, and how they fail.

use std::io::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use bookbag_credential::Refusal;
use bookbag_crypto::json;
use bookbag_file::FileError;
use bookbag_holder::{OpenError, UnlockError, VerbError};
use bookbag_protocol::dcql::QueryError;
use bookbag_store::bag::WriteError;
use bookbag_store::control::Rule;
use bookbag_store::event::LabelError;
use bookbag_store::joining::JoinRefusal;
use serde_json::{Value, json};

/// Where the answer goes: JSON on standard output, or text for people.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A numbered check of a credential failed.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// A DCQL query breaks a rule.
    #[error("{0}")]
    Query(Box<QueryError>),
    /// A numbered rule of the bag refuses it.
    #[error("{reason} ({number})")]
    Rule {
        /// Such as `BG-17`.
        number: &'static str,
        /// Where the rule is laid down.
        clause: &'static str,
        /// What must hold.
        rule: &'static str,
        /// What to tell a person.
        reason: String,
    },
    /// What was asked cannot be done with this input.
    #[error("{0}")]
    Cannot(String),
    /// The command was used wrongly, or a file cannot be read or written.
    #[error("{0}")]
    Usage(String),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::Query(Box::new(error))
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<UnlockError> for Failure {
    fn from(error: UnlockError) -> Self {
        match error {
            UnlockError::Join(refusal) => refusal.into(),
            error => Self::Cannot(error.to_string()),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Cannot(error.to_string())
    }
}

impl From<VerbError> for Failure {
    fn from(error: VerbError) -> Self {
        match error {
            VerbError::Join(refusal) => refusal.into(),
            VerbError::Write(WriteError::Refused(rule)) => Self::rule(rule),
            error => Self::Cannot(error.to_string()),
        }
    }
}

impl From<JoinRefusal> for Failure {
    fn from(refusal: JoinRefusal) -> Self {
        let check = refusal.check;
        let (number, clause, rule) = (check.id(), check.clause(), check.rule());
        Self::Rule { number, clause, rule, reason: check.says().to_owned() }
    }
}

impl From<LabelError> for Failure {
    fn from(error: LabelError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl Failure {
    fn rule(rule: Rule) -> Self {
        let reason = format!("this may not be done: {}", rule.rule());
        Self::Rule { number: rule.id(), clause: rule.clause(), rule: rule.rule(), reason }
    }

    fn code(&self) -> ExitCode {
        match self {
            Self::Refused(_) | Self::Query(_) | Self::Rule { .. } | Self::Cannot(_) => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Refused(refusal) => refusal_json(refusal),
            Self::Query(error) => json!({
                "result": "refused", "check": error.rule.id(), "clause": error.rule.clause(),
                "rule": error.rule.rule(), "at": error.place, "reason": error.to_string(),
            }),
            Self::Rule { number, clause, rule, .. } => json!({
                "result": "refused", "check": number, "clause": clause, "rule": rule, "reason": self.to_string(),
            }),
            Self::Cannot(reason) => json!({"result": "refused", "reason": reason}),
            Self::Usage(reason) => json!({"result": "error", "reason": reason}),
        }
    }
}

fn refusal_json(refusal: &Refusal) -> Value {
    let check = refusal.check;
    let mut document = json!({
        "result": "refused", "check": check.id(), "clause": check.clause(), "rule": check.rule(),
        "reason": refusal.to_string(),
    });
    if let (Some(claim), Some(document)) = (&refusal.claim, document.as_object_mut()) {
        document.insert("claim".into(), claim.to_json());
    }
    document
}

impl Output {
    /// Prints the answer: `document` with `--json`; else `text`, a line at a time, on standard output.
    pub(crate) fn answer(self, document: &Value, text: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json { print(&pretty(document)) } else { print(text().trim_end()) }
    }

    /// Prints the answer so that a pipe gets `payload` alone: what there is to say about it goes to standard error.
    pub(crate) fn answer_with_note(
        self,
        document: &Value,
        payload: &Value,
        note: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json {
            return print(&pretty(document));
        }
        say(note().trim_end());
        print(&pretty(payload))
    }

    /// Says something more to people, which a machine finds in the document.
    pub(crate) fn remark(self, say: impl FnOnce()) {
        if !self.json {
            say();
        }
    }

    /// Prints why the command failed.
    pub(crate) fn failure(self, failure: &Failure) -> ExitCode {
        let printed = self.json && print(&pretty(&failure.to_json())).is_ok();
        if !printed {
            let word = match failure {
                Failure::Usage(_) => "Error",
                _ => "Refused",
            };
            say(&format!("{}: {}", paint(word, AnsiColor::Red), shown(&failure.to_string())));
        }
        failure.code()
    }
}

/// Prints a mistake in the arguments, a version or a help text, as clap has it; as JSON if that was asked for.
pub(crate) fn usage(error: &clap::Error, asked_for_json: bool) -> ExitCode {
    if error.use_stderr() && asked_for_json {
        let reason = error.to_string();
        return Output { json: true }.failure(&Failure::Usage(reason.trim().to_owned()));
    }
    let (plain, printable) = (error.to_string(), json::printable(&error.to_string()));
    if plain == printable {
        drop(error.print());
    } else {
        // clap repeats arguments as they are.
        say(printable.trim_end());
    }
    if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

/// `word` in colour, where there is a terminal that shows it.
pub(crate) fn paint(word: &str, colour: AnsiColor) -> String {
    let style = Style::new().fg_color(Some(colour.into())).bold();
    format!("{style}{word}{style:#}")
}

/// Indented JSON.
pub(crate) fn pretty(value: &Value) -> String {
    json::printable(&format!("{value:#}"))
}

/// Text that somebody else wrote, safe for a terminal, on one line.
pub(crate) fn shown(text: &str) -> String {
    json::printable(text).replace('\n', "\\n")
}

fn print(text: &str) -> Result<(), Failure> {
    print_bytes(format!("{text}\n").as_bytes())
}

/// Prints bytes as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        // Whoever reads has had enough, as `head` does.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::Usage(format!("cannot write to standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// Prints on standard error. If that is closed there is nobody to tell.
pub(crate) fn say(text: &str) {
    drop(writeln!(anstream::stderr().lock(), "{text}"));
}
