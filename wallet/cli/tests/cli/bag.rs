//! The verbs of the bag. Each person has a computer of their own, which is an empty folder.

mod access;
mod drawers;
mod entries;
mod household;
mod papers;
mod trouble;

use std::path::PathBuf;

use serde_json::Value;

use super::{Home, Said};

/// Good enough, and different.
const PASSPHRASES: [&str; 3] =
    ["correct horse lamp ostrich", "blue kettle marching onions", "seven tin whistles on a hill"];

/// Somebody at a computer, with a passphrase in the file `pw`.
struct Person {
    home: Home,
}

impl Person {
    /// With no bag yet.
    fn new(passphrase: usize) -> Self {
        let home = Home::new();
        home.write("pw", PASSPHRASES[passphrase]);
        Self { home }
    }

    /// Anna, a guardian, with a new bag.
    fn anna() -> Self {
        let anna = Self::new(0);
        anna.ok(&["new", "--me", "Anna", "--name", "The green bag", "--device", "Anna's laptop"]);
        anna
    }

    fn with_passphrase<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--passphrase-file", "pw"]].concat()
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.home.run(&Self::with_passphrase(arguments))
    }

    fn ok(&self, arguments: &[&str]) -> String {
        self.home.ok(&Self::with_passphrase(arguments))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        self.home.ok_json(&Self::with_passphrase(arguments))
    }

    fn refused(&self, arguments: &[&str], words: &str) -> Value {
        self.home.refused(&Self::with_passphrase(arguments), words)
    }

    fn wrong(&self, arguments: &[&str], words: &str) {
        self.home.wrong(&Self::with_passphrase(arguments), words);
    }

    /// Adds a note; gives its id.
    fn note(&self, name: &str, text: &str) -> String {
        let arguments = Self::with_passphrase(&["add", "--name", name, "--json"]);
        let said = self.home.run_with(&arguments, text.as_bytes());
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{}", said.out);
        said.json()["id"].as_str().unwrap().to_owned()
    }

    /// The names of what is in the bag.
    fn names(&self) -> Vec<String> {
        names(&self.json(&["list"]))
    }

    fn bag(&self) -> PathBuf {
        self.home.path("data/bookbag/bag.bookbag")
    }

    /// The bag's file, for somebody else to merge.
    fn file(&self) -> String {
        self.bag().to_str().unwrap().to_owned()
    }

    /// A file on this computer.
    fn at(&self, name: &str) -> String {
        self.home.path(name).to_str().unwrap().to_owned()
    }

    fn merge(&self, other: &Self) -> Value {
        self.json(&["merge", &other.file()])
    }

    /// Invites somebody, in person, and lets them in.
    fn let_in(&self, name: &str, more: &[&str], who: &Self) {
        self.home.write("invitation", self.ok(&[&["invite", "--name", name], more].concat()));
        who.home.write(
            "answer",
            who.ok(&["join", &self.at("invitation"), "--device", &format!("{name}'s phone")]),
        );
        let copy = who.at("copy");
        self.home.write("welcome", self.ok(&["invite", "--reply", &who.at("answer"), "--copy", &copy]));
        who.ok(&["join", &self.at("welcome"), "--copy", &copy]);
        self.merge(who);
    }

    fn members(&self) -> Vec<(String, String)> {
        let members = self.json(&["members"]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut members: Vec<_> = members["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (text(&it["name"]), text(&it["role"])))
            .collect();
        members.sort();
        members
    }
}

fn names(listed: &Value) -> Vec<String> {
    listed["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["name"].as_str().unwrap().to_owned())
        .collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, role)| ((*name).to_owned(), (*role).to_owned())).collect()
}
