//! The stored inputs of every fuzz target, replayed on stable Rust.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, reads files and says which one it was at"
)]

use std::path::{Path, PathBuf};

use bookbag_tests::fuzz::TARGETS;

fn files(folder: &str) -> Vec<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_stored_input_holds() {
    for (target, run) in TARGETS {
        let files = files(&format!("corpus/{target}"));
        assert!(files.len() >= 4, "the corpus of {target} has {} inputs", files.len());
        for file in files {
            // On failure the name of the input stands in the captured output.
            println!("{}", file.display());
            run(&std::fs::read(file).unwrap());
        }
    }
}

#[test]
fn every_target_has_its_program_and_its_corpus() {
    let names = |folder: &str| -> Vec<String> {
        files(folder).iter().map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let mut expected: Vec<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    expected.sort();
    assert_eq!(names("fuzz/fuzz_targets"), expected);
    assert_eq!(names("corpus"), expected);
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/Cargo.toml")).unwrap();
    for name in expected {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
}
