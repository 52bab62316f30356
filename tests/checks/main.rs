//! Every numbered check is on paper, is refused by somewhere, and has a test that fails it.
//!
//! `spec/checks.md` is written by this program from the tables in the code: `UPDATE=1 cargo test -p bookbag-tests
//! --test checks`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test stops where it fails and reads the files of the project"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bookbag_credential::Check;
use bookbag_protocol::dcql::Rule;
use bookbag_store::bag::FrameCheck;
use bookbag_store::control::Rule as BagRule;
use bookbag_store::joining::JoinCheck;

const PAPER: &str = "spec/checks.md";

/// The groups, in the order of the paper: prefix, title, and what they are about.
const GROUPS: &[(&str, &str, &str)] = &[
    (
        "SD",
        "The SD-JWT",
        "For whoever receives one: its form, the issuer's signature, digests, disclosures, registered claims.",
    ),
    (
        "KB",
        "Key binding",
        "For a verifier: the proof that whoever presents a credential holds the key it was issued to.",
    ),
    ("VC", "SD-JWT VC", "What the credential profile adds to SD-JWT."),
    (
        "TR",
        "Trust",
        "Whose key signed it: given keys, published keys and certificate chains, each by its own means.",
    ),
    ("ST", "Status", "What a status list says about a credential, and when a list may be believed."),
    (
        "TM",
        "Type metadata",
        "What the type of a credential says about it: documents, their extension, display and claims.",
    ),
    ("DQ", "DCQL", "What a query has to be, numbers up to 39, and what an answer to it has to be, from 40."),
    (
        "FR",
        "Frames",
        "For whoever reads the file of a bag: what every frame is held to before its change is looked at (`bag-format.md`).",
    ),
    (
        "BG",
        "The bag",
        "What every honest fold holds each member to. A frame that breaks a rule is kept and shown, and has no effect.",
    ),
    (
        "JO",
        "Joining",
        "How a new member, or a member's further device, comes to keys of a bag (`joining.md`).",
    ),
];

const INTRODUCTION: &str = "\
# Numbered checks

Whatever is refused is refused by one of these checks, and the refusal says its number. A number is never used for
another rule. The tables come from `crates/credential/src/check.rs`, `crates/protocol/src/dcql/rule.rs`,
`crates/store/src/control/rule.rs` and `crates/store/src/joining/check.rs`; the line that refuses names the check, and at least one test that fails it names its number.
`tests/checks` holds all of this together.
";

/// A check or a rule: one line of the paper.
struct Entry {
    /// Such as `SD-07`.
    id: &'static str,
    rule: &'static str,
    clause: &'static str,
    /// Such as `Check::SdHashAlgorithmPlace`.
    name: String,
}

fn entries() -> Vec<Entry> {
    let checks = Check::ALL.iter().map(|check| Entry {
        id: check.id(),
        rule: check.rule(),
        clause: check.clause(),
        name: format!("Check::{check:?}"),
    });
    let rules = Rule::ALL.iter().map(|rule| Entry {
        id: rule.id(),
        rule: rule.rule(),
        clause: rule.clause(),
        name: format!("Rule::{rule:?}"),
    });
    let bag = BagRule::ALL.iter().map(|rule| Entry {
        id: rule.id(),
        rule: rule.rule(),
        clause: rule.clause(),
        name: format!("Rule::{rule:?}"),
    });
    let joining = JoinCheck::ALL.iter().map(|check| Entry {
        id: check.id(),
        rule: check.rule(),
        clause: check.clause(),
        name: format!("JoinCheck::{check:?}"),
    });
    let frames = FrameCheck::ALL.iter().map(|check| Entry {
        id: check.id(),
        rule: check.rule(),
        clause: check.clause(),
        name: format!("FrameCheck::{check:?}"),
    });
    checks.chain(rules).chain(frames).chain(bag).chain(joining).collect()
}

#[test]
fn the_paper_says_what_the_code_does() {
    let (path, expected) = (root().join(PAPER), paper());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == expected, "{PAPER} should be as follows (UPDATE=1 writes it):\n\n{expected}");
}

#[test]
fn every_check_is_in_a_group_and_every_group_has_checks() {
    let entries = entries();
    for entry in &entries {
        assert!(
            GROUPS.iter().any(|(prefix, ..)| entry.id.starts_with(&format!("{prefix}-"))),
            "{}",
            entry.id
        );
    }
    for (prefix, ..) in GROUPS {
        assert!(entries.iter().any(|entry| entry.id.starts_with(prefix)), "{prefix}");
    }
}

#[test]
fn every_number_has_a_negative_test_that_names_it() {
    let tests: String = sources().iter().map(|source| source.tests.as_str()).collect();
    let named = named(&tests);
    let missing: Vec<_> = entries().iter().map(|entry| entry.id).filter(|id| !named.contains(*id)).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
}

#[test]
fn every_check_is_refused_by_somewhere() {
    let code: String =
        sources().iter().filter(|source| source.is_pure).map(|source| source.code.as_str()).collect();
    let unused: Vec<_> =
        entries().into_iter().filter(|entry| !is_used(&code, &entry.name)).map(|entry| entry.name).collect();
    assert!(unused.is_empty(), "nothing refuses by {unused:?}");
}

/// A number in a comment or a test that is no check's number, such as one that was mistyped.
#[test]
fn every_number_that_is_named_is_there() {
    let known: Vec<_> = entries().iter().map(|entry| entry.id).collect();
    for source in sources() {
        for text in [&source.code, &source.tests] {
            for id in numbers(text) {
                assert!(known.contains(&id), "{} names {id}", source.path.display());
            }
        }
    }
}

#[test]
fn the_readers_see_what_is_there() {
    let named = named("// SD-01: never\n  fn sd_06_and_sd_07_place() {\nlet sd_08 = \"SD-091\";\n");
    assert!(["SD-01", "SD-06", "SD-07"].iter().all(|id| named.contains(*id)));
    assert!(["SD-08", "SD-09"].iter().all(|id| !named.contains(*id)));
    assert!(is_used("  a => Check::SdForm,\n", "Check::SdForm"));
    assert!(!is_used("/// [`Check::SdForm`]\n// Check::SdForm\nCheck::SdFormat\n", "Check::SdForm"));
    assert_eq!(numbers("SD-07, AES-128, (KB-10) TM-1 XSD-09").collect::<Vec<_>>(), ["SD-07", "KB-10"]);
    let text = "#[cfg(test)]\nmod tests;\ncode\n#[cfg(test)]\nmod more {\n}\n";
    let source = Source::new(Path::new("crates/x/src/a.rs"), text);
    assert!(
        source.code.ends_with("code\n")
            && source.tests.starts_with("#[cfg(test)]\nmod more")
            && source.is_pure
    );
    let limit = "/// Most of it. More\n/// is too much.\npub const MAX_IT: usize = 4 * 2;\n";
    assert_eq!(limits(limit).collect::<Vec<_>>(), [("MAX_IT", "4 * 2", "Most of it".to_owned())]);
    assert!(Source::new(Path::new("crates/x/src/b/tests.rs"), "test").code.is_empty());
}

/// The whole of `spec/checks.md`.
fn paper() -> String {
    let entries = entries();
    let mut paper = INTRODUCTION.to_owned();
    for (prefix, title, about) in GROUPS {
        write!(
            paper,
            "\n## {prefix}: {title}\n\n{about}\n\n| Number | What must hold | Clause |\n|---|---|---|\n"
        )
        .unwrap();
        for Entry { id, rule, clause, .. } in entries.iter().filter(|entry| entry.id.starts_with(prefix)) {
            writeln!(paper, "| {id} | {rule} | {clause} |").unwrap();
        }
    }
    paper += "\n## Limits\n\nThe named constants that bound what is read, asked for or believed.\n\n\
              | Limit | Value | Of what |\n|---|---|---|\n";
    for source in sources().iter().filter(|source| source.is_pure) {
        for (name, value, about) in limits(&source.code) {
            let module = module(&source.path);
            writeln!(paper, "| `{module}::{name}` | {value} | {about} |").unwrap();
        }
    }
    paper
}

/// The constants of a source that are named as limits: name, value, and the first sentence of what is said about each.
fn limits(code: &str) -> impl Iterator<Item = (&str, &str, String)> {
    let lines: Vec<_> = code.lines().collect();
    (0..lines.len()).filter_map(move |at| {
        let declaration = lines.get(at)?.strip_prefix("pub const MAX_")?;
        let (_, value) = declaration.split_once(" = ")?;
        let name = lines.get(at)?.strip_prefix("pub const ")?.split(':').next()?;
        let above = lines.get(..at)?.iter().rev().map_while(|line| line.strip_prefix("///")).map(str::trim);
        let about = above.collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(" ");
        let about = about.split(". ").next()?.trim_end_matches('.').to_owned();
        Some((name, value.trim_end_matches(';'), about))
    })
}

/// `crates/crypto/src/jws.rs` is `crypto::jws`.
fn module(path: &Path) -> String {
    let text = path.to_str().unwrap().trim_start_matches("crates/").replace("/src/", "/");
    text.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::")
}

/// The numbers that tests name, as such or in their own names.
fn named(tests: &str) -> BTreeSet<String> {
    let names = tests.lines().map(str::trim_start).filter(|line| line.starts_with("fn "));
    // `fn sd_06_and_sd_07_place()` names SD-06 and SD-07.
    let in_names = names.flat_map(|name| {
        let words: Vec<_> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        words.windows(2).map(|pair| pair.join("-").to_uppercase()).collect::<Vec<_>>()
    });
    numbers(tests).map(str::to_owned).chain(in_names).collect()
}

/// Whether code names a check, not counting what is said about it.
fn is_used(code: &str, name: &str) -> bool {
    code.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        line.match_indices(name).any(|(at, _)| {
            let rest = line.get(at + name.len()..).unwrap();
            !rest.starts_with(|next: char| next.is_alphanumeric())
        })
    })
}

/// Whatever looks like the number of a check.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(|word| {
        word.split_once('-').is_some_and(|(prefix, number)| {
            GROUPS.iter().any(|(known, ..)| *known == prefix)
                && number.len() == 2
                && number.chars().all(|digit| digit.is_ascii_digit())
        })
    })
}

/// A file of the project, its tests apart.
struct Source {
    /// From the root of the project.
    path: PathBuf,
    code: String,
    tests: String,
    /// Under `crates/`.
    is_pure: bool,
}

impl Source {
    fn new(path: &Path, text: &str) -> Self {
        let is_test = path.iter().any(|part| part == "tests" || part == "tests.rs" || part == "testing.rs");
        let at = if is_test { 0 } else { inline_tests(text).unwrap_or(text.len()) };
        let (code, tests) = text.split_at(at);
        let is_pure = path.starts_with("crates");
        Self { path: path.to_owned(), code: code.to_owned(), tests: tests.to_owned(), is_pure }
    }
}

/// Where the module of tests at the bottom of a source begins; one that stands in a file of its own does not count.
fn inline_tests(text: &str) -> Option<usize> {
    let begins = |at: &usize| {
        let declaration = text.get(*at..).and_then(|rest| rest.lines().nth(1));
        declaration.is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    };
    text.match_indices("#[cfg(test)]\n").map(|(at, _)| at).find(begins)
}

/// The sources of all members in the order of their paths, without the tables of the checks and this file.
fn sources() -> Vec<Source> {
    let skipped = [
        "crates/credential/src/check.rs",
        "crates/protocol/src/dcql/rule.rs",
        "crates/store/src/control/rule.rs",
        "crates/store/src/joining/check.rs",
        "tests/checks/main.rs",
    ];
    let mut files: Vec<_> =
        ["crates", "wallet", "tests"].iter().flat_map(|folder| files_below(&root().join(folder))).collect();
    files.sort();
    let sources =
        files.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let sources = sources.map(|file| {
        let text = std::fs::read_to_string(&file).unwrap();
        Source::new(file.strip_prefix(root()).unwrap(), &text)
    });
    sources.filter(|source| !skipped.iter().any(|skipped| source.path == Path::new(skipped))).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let (folders, mut files): (Vec<_>, Vec<_>) =
        entries.map(|entry| entry.unwrap().path()).partition(|path| path.is_dir());
    files.extend(folders.iter().filter(|path| !path.ends_with("target")).flat_map(|path| files_below(path)));
    files
}
