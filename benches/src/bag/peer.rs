//! Another store, in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::work::{Done, Step};

/// A running peer. When it is dropped its store is closed.
pub struct Peer {
    process: Child,
    steps: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts the store `name` of the program `peers` in an empty directory.
    pub fn new(peers: &Path, name: &str, directory: &Path) -> Self {
        let mut command = Command::new(peers);
        command.arg(name).arg(directory).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        Self { steps: process.stdin.take(), answers, process }
    }

    /// Has it do one step.
    pub fn run(&mut self, step: Step) -> Done {
        let steps = self.steps.as_mut().unwrap();
        writeln!(steps, "{}", serde_json::to_string(&step).unwrap()).unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.steps.take());
        assert!(self.process.wait().unwrap().success());
    }
}
