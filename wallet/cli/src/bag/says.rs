//! The clock, and what is said while one waits.
#![expect(clippy::disallowed_methods, reason = "this is where the program looks at the clock")]

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::input;
use crate::output::{say, shown};

/// After so long a wait, somebody at a terminal is told what is happening.
const PATIENCE: Duration = Duration::from_millis(700);
/// So long one program waits for another.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Unix seconds by the clock of the machine.
pub(crate) fn now() -> u64 {
    u64::try_from(input::time(None).0).unwrap_or_default()
}

/// The day of a moment by the calendar on the wall: 12 March 2026.
pub(crate) fn day(seconds: u64) -> String {
    zoned(seconds).map_or_else(|| "an unknown day".to_owned(), |time| time.strftime("%-d %B %Y").to_string())
}

/// The same with the time of the day.
pub(crate) fn moment(seconds: u64) -> String {
    zoned(seconds)
        .map_or_else(|| "an unknown day".to_owned(), |time| time.strftime("%-d %B %Y, %H:%M").to_string())
}

/// For machines: RFC 3339 in UTC.
pub(crate) fn timestamp(seconds: u64) -> Value {
    let time = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or(Value::Null, |time| json!(time.to_string()))
}

fn zoned(seconds: u64) -> Option<jiff::Zoned> {
    let time = jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::system()))
}

/// Year, month and day of today.
pub(crate) fn today() -> (u16, u8, u8) {
    let date = zoned(now()).map(|time| time.date()).unwrap_or_default();
    let year = u16::try_from(date.year()).unwrap_or_default();
    (year, u8::try_from(date.month()).unwrap_or(1), u8::try_from(date.day()).unwrap_or(1))
}

/// *1 change*, *2 changes*.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// *Anna*, *Anna and Ben*, *Anna, Ben and Carys*, safe for a terminal.
pub(crate) fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(shown).collect();
    match names.as_slice() {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A size as people say it.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// How far a long piece of work has come, on a terminal's standard error, once it takes a while.
pub(crate) struct Progress {
    what: &'static str,
    whole: u64,
    since: Instant,
    shown: Option<u64>,
    is_terminal: bool,
}

impl Progress {
    pub(crate) fn new(what: &'static str, whole: u64) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self { what, whole: whole.max(1), since: Instant::now(), shown: None, is_terminal }
    }

    pub(crate) fn at(&mut self, done: u64) {
        if !self.is_terminal {
            return;
        }
        let percent = (u128::from(done) * 100 / u128::from(self.whole)).min(100);
        let percent = u64::try_from(percent).unwrap_or(100);
        if self.shown != Some(percent) && self.since.elapsed() > PATIENCE {
            self.shown = Some(percent);
            drop(write!(std::io::stderr(), "\r{}: {percent} %", self.what));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            drop(write!(std::io::stderr(), "\r{:width$}\r", "", width = self.what.len() + 8));
        }
    }
}

/// Waiting for another program.
pub(crate) struct Waiting {
    what: &'static str,
    since: Instant,
    is_said: bool,
}

impl Waiting {
    pub(crate) fn new(what: &'static str) -> Self {
        Self { what, since: Instant::now(), is_said: false }
    }

    /// Waits a little, unless it has been long enough.
    pub(crate) fn a_little(&mut self) -> bool {
        let waited = self.since.elapsed();
        if waited > PATIENCE && !self.is_said && std::io::stderr().is_terminal() {
            say(&format!("{}.", self.what));
            self.is_said = true;
        }
        std::thread::sleep(Duration::from_millis(20));
        waited < LONGEST_WAIT
    }
}
