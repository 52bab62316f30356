//! The built `bookbag`, used as people and scripts use it: each test in an empty folder of its own.
//!
//! Whatever is refused here is asked twice, once for people and once with `--json`, so that both forms are held
//! together everywhere.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test stops where it fails; it starts the program, reads and writes files, and says what it could not try"
)]

mod bag;
mod certificates;
mod files;
mod generate;
mod inspect;
mod issue;
mod keys;
mod present;
mod query;
mod readme;
mod safety;
mod status;
mod usage;
mod verify;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use bookbag_crypto::SigningKey;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The program.
const BOOKBAG: &str = env!("CARGO_BIN_EXE_bookbag");
/// When presentations are signed, unless the test is about time.
const THEN: &str = "1800000000";
/// Who asks, and what they ask to be signed.
const COUNCIL: &str = "https://council.example";
const NONCE: &str = "n-0S6_WzA2Mj";

/// An empty folder in which the program runs.
struct Home(TempDir);

/// What the program said.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// With the keys of a school and a parent, and an enrolment as it comes from the school.
    fn family() -> Self {
        let home = Self::new();
        home.new_key("school").new_key("parent").write_json("claims.json", &enrolment());
        home.issue(&[], "credential.txt");
        home
    }

    /// A computer of its own: nothing of whoever runs the tests.
    fn environment(&self) -> [(&'static str, PathBuf); 4] {
        [
            ("HOME", self.0.path().to_owned()),
            ("XDG_DATA_HOME", self.path("data")),
            ("XDG_STATE_HOME", self.path("state")),
            ("TZ", "UTC".into()),
        ]
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), content).unwrap();
        self
    }

    fn write_json(&self, name: &str, content: &Value) -> &Self {
        self.write(name, content.to_string())
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// A private key in `NAME.jwk`, its public half in `NAME-public.jwk`.
    fn new_key(&self, name: &str) -> &Self {
        let public = self.ok(&["key", "new", "--out", &format!("{name}.jwk")]);
        self.write(&format!("{name}-public.jwk"), public)
    }

    fn signing_key(&self, name: &str) -> SigningKey {
        SigningKey::from_jwk_text(self.read(&format!("{name}.jwk")).as_bytes()).unwrap()
    }

    /// The school signs `claims.json` for the parent, into a file.
    fn issue(&self, more: &[&str], into: &str) -> &Self {
        let mut arguments = vec!["issue", "--claims", "claims.json", "--key", "school.jwk", "--holder"];
        arguments.push("parent-public.jwk");
        for path in ["birthdate", "address", "address.street", "nationalities[]"] {
            arguments.extend(["--disclosable", path]);
        }
        arguments.extend(more);
        self.write(into, self.ok(&arguments))
    }

    /// The parent shows `credential.txt` to the council, into `presentation.txt`.
    fn present(&self, more: &[&str]) -> &Self {
        let mut arguments = vec!["present", "credential.txt", "--key", "parent.jwk", "--at", THEN];
        arguments.extend(["--audience", COUNCIL, "--nonce", NONCE]);
        arguments.extend(more);
        self.write("presentation.txt", self.ok(&arguments))
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, b"")
    }

    fn run_with(&self, arguments: &[&str], stdin: &[u8]) -> Said {
        let mut child = Command::new(BOOKBAG)
            .args(arguments)
            .current_dir(self.0.path())
            .envs(self.environment())
            .env_remove("BOOKBAG_BAG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may refuse without reading.
        drop(child.stdin.take().unwrap().write_all(stdin));
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// What stands on standard output if all goes well.
    fn ok(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.err);
        said.out
    }

    /// The document on standard output if all goes well, and nothing else anywhere.
    fn ok_json(&self, arguments: &[&str]) -> Value {
        let said = self.run(&[arguments, &["--json"]].concat());
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{arguments:?}: {}", said.out);
        said.json()
    }

    /// Refused, with these words in the reason.
    fn refused(&self, arguments: &[&str], words: &str) -> Value {
        let said = self.run(arguments);
        assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{arguments:?}: {}", said.err);
        assert!(said.err.starts_with("Refused: ") && said.err.contains(words), "{arguments:?}: {}", said.err);
        let document = self.failed_json(arguments, "refused", 1);
        if let Some(number) = document["check"].as_str() {
            assert!(said.err.contains(number), "{arguments:?}: {}", said.err);
            assert!(document["rule"].is_string() && document["clause"].is_string(), "{document}");
        }
        document
    }

    /// Used wrongly, with these words in the reason.
    fn wrong(&self, arguments: &[&str], words: &str) {
        let said = self.run(arguments);
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{arguments:?}: {}", said.err);
        assert!(said.err.to_lowercase().starts_with("error: "), "{arguments:?}: {}", said.err);
        assert!(said.err.contains(words), "{arguments:?}: {}", said.err);
        let document = self.failed_json(arguments, "error", 2);
        assert!(document["reason"].as_str().unwrap().contains(words), "{arguments:?}: {document}");
    }

    fn failed_json(&self, arguments: &[&str], result: &str, code: i32) -> Value {
        let said = self.run(&[arguments, &["--json"]].concat());
        assert_eq!((said.code, said.err.as_str()), (Some(code), ""), "{arguments:?}: {}", said.out);
        let document = said.json();
        assert_eq!(document["result"], result, "{arguments:?}: {document}");
        document
    }
}

impl Said {
    /// Standard output, which is one JSON document.
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

/// What the school says of a child.
fn enrolment() -> Value {
    json!({
        "vct": "https://school.example/enrolment",
        "iss": "https://school.example",
        "exp": 1_900_000_000,
        "birthdate": "2016-05-04",
        "address": {"street": "1 High Street", "postcode": "AB1 2CD"},
        "nationalities": ["GB", "FR"],
        "year": 5,
    })
}

/// The text with the character in the middle of its piece number `place` changed. Pieces end at dots and tildes.
fn tampered(token: &str, place: usize) -> String {
    let mut start = 0;
    let pieces = token.split_inclusive(['.', '~']).map(|piece| {
        start += piece.len();
        (start - piece.len(), piece.trim_end_matches(['.', '~', '\n']).len())
    });
    let (start, length) = pieces.collect::<Vec<_>>()[place];
    let mut bytes = token.as_bytes().to_vec();
    let middle = start + length / 2;
    bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}
