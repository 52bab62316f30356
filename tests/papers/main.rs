//! What the papers and the manifests say about this tree, held against the tree.
//!
//! Only what can be said without a list of its own: the members and their order come from the root `Cargo.toml`,
//! the papers are walked, and the budgets are those of `clippy.toml`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test stops where it fails and reads the files of the project"
)]

use std::path::{Path, PathBuf};

/// Longest source file, its tests not counted, in lines (CONTRIBUTING.md).
const MAX_FILE_LINES: usize = 600;

/// The paper that sets the budgets.
const BUDGETS: &str = "CONTRIBUTING.md";

/// Libraries that implement an algorithm: named by `crates/crypto` and by no other pure crate.
const ALGORITHM_LIBRARIES: &[&str] = &[
    "aes-gcm",
    "argon2",
    "aws-lc-rs",
    "chacha20",
    "chacha20poly1305",
    "ed25519-dalek",
    "hkdf",
    "hpke",
    "p256",
    "p384",
    "sha2",
];

/// A member of the workspace, as the root manifest names it.
struct Member {
    folder: String,
    purpose: Option<String>,
}

#[test]
fn every_member_has_a_line_of_purpose() {
    for member in members() {
        let purpose = member.purpose.unwrap_or_else(|| panic!("no comment stands above `{}`", member.folder));
        assert!(purpose.len() >= 10, "`{}` has no purpose but `{purpose}`", member.folder);
    }
}

#[test]
fn every_pure_crate_is_a_member() {
    let members: Vec<String> = members().into_iter().map(|member| member.folder).collect();
    for folder in entries(&root().join("crates")).into_iter().filter(|path| path.join("Cargo.toml").is_file())
    {
        let name = format!("crates/{}", folder.file_name().unwrap().to_str().unwrap());
        assert!(members.contains(&name), "{name} is not a member of the workspace");
    }
}

/// The members stand from the ground up, so an arrow that points down points at an earlier line.
#[test]
fn pure_crates_depend_only_on_crates_below_them() {
    let mut below: Vec<String> = Vec::new();
    for folder in pure() {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        for name in dependencies(&manifest).filter(|name| name.starts_with("bookbag-")) {
            assert!(below.contains(&name), "{folder} depends on {name}, which is not below it");
        }
        below.push(format!("bookbag-{}", folder.trim_start_matches("crates/")));
    }
}

#[test]
fn only_crypto_names_an_algorithm_library() {
    for folder in pure().filter(|folder| folder != "crates/crypto") {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        for name in dependencies(&manifest) {
            assert!(!ALGORITHM_LIBRARIES.contains(&name.as_str()), "{folder} names {name}");
        }
    }
}

#[test]
fn the_algorithm_libraries_are_shared_dependencies() {
    let root = read("Cargo.toml");
    for name in ALGORITHM_LIBRARIES {
        assert!(root.contains(&format!("\n{name} = ")), "{name} is no shared dependency any more");
    }
}

#[test]
fn every_member_takes_the_lints_and_declares_no_features() {
    for member in members() {
        let manifest = read(&format!("{}/Cargo.toml", member.folder));
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} takes no lints", member.folder);
        assert!(!manifest.contains("[features]"), "{} declares features", member.folder);
    }
}

#[test]
fn links_between_papers_lead_somewhere() {
    let mut links = 0;
    for paper in papers() {
        let text = std::fs::read_to_string(&paper).unwrap();
        for target in local_links(&text) {
            links += 1;
            assert!(
                paper.parent().unwrap().join(target).exists(),
                "{}: {target} is not there",
                paper.display()
            );
        }
    }
    assert!(links > 0, "no paper links to another: is the reader of links broken?");
}

#[test]
fn the_budgets_on_paper_are_those_of_the_machine() {
    let (paper, machine) = (read(BUDGETS), read("clippy.toml"));
    for (row, threshold) in
        [("Function body, lines", "too-many-lines-threshold"), ("Arguments", "too-many-arguments-threshold")]
    {
        let limit = machine.lines().find_map(|line| line.strip_prefix(threshold)).unwrap();
        let limit = limit.trim_start_matches([' ', '=']);
        assert_eq!(hard_limit(&paper, row), limit, "{row}");
    }
    assert_eq!(hard_limit(&paper, "File without its tests, lines"), MAX_FILE_LINES.to_string());
}

#[test]
fn no_source_file_is_too_long() {
    let mut seen = 0;
    for member in members() {
        for file in files_below(&root().join(&member.folder)).into_iter().filter(|file| is_source(file)) {
            seen += 1;
            let lines = lines_outside_tests(&std::fs::read_to_string(&file).unwrap());
            assert!(lines <= MAX_FILE_LINES, "{} has {lines} lines", file.display());
        }
    }
    assert!(seen > 0, "no source was seen: is the reader of folders broken?");
}

#[test]
fn the_reader_of_links_sees_what_is_there() {
    let text = "[a](README.md#top) `[b](not code)` [c](https://example.org) [d](spec/x.md) [e](#below)";
    assert_eq!(local_links(text).collect::<Vec<_>>(), ["README.md", "spec/x.md"]);
}

#[test]
fn the_reader_of_dependencies_sees_what_is_there() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\n# Why.\na.workspace = true\nb = \"1\"\n\
                    [target.'cfg(unix)'.dependencies]\nc.workspace = true\n[dev-dependencies]\nd = \"1\"\n";
    assert_eq!(dependencies(manifest).collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn tests_are_not_counted_as_lines() {
    assert_eq!(lines_outside_tests("one\ntwo\n\n#[cfg(test)]\nmod tests {\n}\n"), 3);
    assert_eq!(lines_outside_tests("one\n#[cfg(test)]\nuse x;\ntwo\n"), 4);
    assert_eq!(lines_outside_tests("one\n#[cfg(test)]\nmod tests;\ntwo\n"), 4);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The members in the order of the root manifest, with the comment right above each.
fn members() -> Vec<Member> {
    let manifest = read("Cargo.toml");
    let list = manifest.split("\nmembers = [").nth(1).and_then(|rest| rest.split("\n]").next()).unwrap();
    let mut members = Vec::new();
    let mut above = None;
    for line in list.lines().map(str::trim) {
        if let Some(folder) = line.strip_prefix('"') {
            let folder = folder.split('"').next().unwrap().to_owned();
            members.push(Member { folder, purpose: above.take() });
        } else {
            above = line.strip_prefix("# ").map(str::to_owned);
        }
    }
    assert!(!members.is_empty());
    members
}

/// The folders of the pure crates, from the ground up.
fn pure() -> impl Iterator<Item = String> {
    members().into_iter().map(|member| member.folder).filter(|folder| folder.starts_with("crates/"))
}

/// The names under every `dependencies` table of a manifest; those for tests do not count.
fn dependencies(manifest: &str) -> impl Iterator<Item = String> {
    let mut inside = false;
    manifest.lines().filter_map(move |line| {
        if line.starts_with('[') {
            inside = line == "[dependencies]" || line.ends_with(".dependencies]");
            return None;
        }
        let name = line.split(['.', ' ', '=']).next().filter(|name| !name.is_empty() && *name != "#")?;
        inside.then(|| name.to_owned())
    })
}

/// The Markdown files at the top and below `spec/`.
fn papers() -> impl Iterator<Item = PathBuf> {
    let spec = root().join("spec");
    let files =
        entries(root()).into_iter().chain(if spec.is_dir() { files_below(&spec) } else { Vec::new() });
    files.filter(|file| file.extension().is_some_and(|extension| extension == "md"))
}

/// The files that a Markdown text links to; not addresses, and not places within the text itself.
fn local_links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter_map(|target| target.split('#').next());
    files.filter(|target| !target.is_empty() && !target.contains("://") && !target.contains(' '))
}

/// The last number of a row of the table of budgets.
fn hard_limit<'a>(paper: &'a str, row: &str) -> &'a str {
    let line = paper.lines().find(|line| line.starts_with(&format!("| {row} ")));
    let line = line.unwrap_or_else(|| panic!("{BUDGETS} has no row `{row}`"));
    line.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap().trim()
}

/// Rust that is not itself a test.
fn is_source(file: &Path) -> bool {
    let inside = file.strip_prefix(root()).unwrap();
    let is_test =
        inside.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs");
    !is_test && file.extension().is_some_and(|extension| extension == "rs")
}

/// Lines up to the inline module of tests, which stands at the bottom. `mod tests;` has its tests elsewhere.
fn lines_outside_tests(text: &str) -> usize {
    let lines: Vec<_> = text.lines().collect();
    let inline = lines.windows(2).position(|pair| {
        pair.first() == Some(&"#[cfg(test)]")
            && pair.last().is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    });
    inline.unwrap_or(lines.len())
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (folders, mut files): (Vec<_>, Vec<_>) = entries(folder).into_iter().partition(|path| path.is_dir());
    files.extend(folders.iter().filter(|path| !path.ends_with("target")).flat_map(|path| files_below(path)));
    files
}
