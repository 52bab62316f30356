//! What is in `spec/vectors/` opens for ever.
//!
//! This test only reads. A file there that no longer opens, or says something else, is a family's bag that no longer opens: what has to change is the code.

use std::path::{Path, PathBuf};

use bookbag_crypto::HashAlgorithm;
use bookbag_crypto::aead::{AeadKey, Nonce};
use bookbag_crypto::kdf::PasswordCost;
use bookbag_holder::drawer;
use bookbag_store::mark::Mark;
use bookbag_store::preamble::Preamble;
use bookbag_store::secret::passphrase::Passphrase;
use serde_json::{Value, json};

use crate::openers::{describe_for_all, from_hex, hex, key_ring, open, opener, plain_ring};
use crate::{folder, rig};

/// The frozen bags; more may come, none may go.
const BAGS: &[&str] = &["family", "kept", "later", "settled", "slots"];

/// Files that another test reads, or this one by name.
const READ_BY: &[(&str, &str)] = &[
    ("README.md", "people"),
    ("devices.json", "crates/store/src/device.rs"),
    ("drawer.json", "tests/format/forever.rs"),
    ("joining.json", "crates/store/src/joining/tests/vectors.rs"),
    ("make_secrets.py", "people"),
    ("secrets.json", "crates/store/tests/vectors.rs"),
];

#[test]
fn every_frozen_bag_opens_with_every_secret() {
    for name in BAGS {
        let (file, frozen) = frozen(name);
        let openers = frozen["openers"].as_array().unwrap();
        assert!(!openers.is_empty());
        for expected in openers {
            let secret = &expected["secret"];
            same(name, &opener(&file, secret), expected);
            same(name, &describe_for_all(&open(&file, secret)), &frozen["for_all"]);
        }
    }
}

#[test]
fn the_frozen_mark_opens() {
    let (file, frozen) = frozen("slots");
    let mark = &frozen["mark"];
    let secret = &frozen["openers"][usize::try_from(mark["opener"].as_u64().unwrap()).unwrap()]["secret"];
    let device = rig::keys(plain_ring(&file, secret).seed);
    let (preamble, _) = Preamble::read(&file).unwrap();
    let opened = Mark::open(preamble.bag, &device, &from_hex(&mark["sealed"])).unwrap();
    let heads: Vec<String> = opened.heads.iter().map(ToString::to_string).collect();
    let said = json!({ "counter": opened.counter, "frames": opened.seen.frames, "time": opened.time, "heads": heads });
    same("slots", &said, &mark["expected"]);
    let (ring, seed) = key_ring(&file, secret);
    assert_eq!(rig::open(&file, ring, seed, Some(opened.clone())).mark(), opened);
}

/// A mebibyte of it is not kept: it is all there is to say of what is sealed.
#[test]
fn the_frozen_drawer_opens() {
    let frozen: Value =
        serde_json::from_slice(&std::fs::read(folder().join("../drawer.json")).unwrap()).unwrap();
    let (inside, _) = self::frozen(frozen["inside"].as_str().unwrap());
    let passphrase = Passphrase::new(frozen["passphrase"].as_str().unwrap()).unwrap();
    let salt: [u8; 32] = from_hex(&frozen["salt"]).try_into().unwrap();
    let nonce: [u8; 12] = from_hex(&frozen["nonce"]).try_into().unwrap();
    let cost = PasswordCost::stored(65_536, 3, 4).unwrap();
    let key = cost.argon2id::<32>(passphrase.as_secret_str().as_bytes(), &salt).unwrap();
    let mut plain = inside.clone();
    plain.resize(1_048_576 - 32 - 12 - 16, 0);
    let sealed = AeadKey::from_secret_bytes(key).seal(Nonce::from_bytes(nonce), b"", &plain).unwrap();
    let container = [salt.as_slice(), &nonce, &sealed].concat();
    assert_eq!(Value::from(hex(&HashAlgorithm::sha256([container.as_slice()]))), frozen["sha256"]);
    assert_eq!(*drawer::open(&container, &passphrase).unwrap().unwrap(), inside);
}

#[test]
fn no_frozen_file_is_read_by_nobody() {
    let root = folder().join("..");
    for path in files_below(&root) {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        let is_bag =
            BAGS.iter().any(|bag| name == format!("bags/{bag}.bag") || name == format!("bags/{bag}.json"));
        let reader = READ_BY.iter().find(|(file, _)| *file == name).map(|(_, reader)| *reader);
        assert!(is_bag || reader.is_some(), "no test reads spec/vectors/{name}");
        if let Some(test) = reader.filter(|reader| *reader != "people") {
            let text = std::fs::read_to_string(root.join("../..").join(test)).unwrap();
            assert!(text.contains(&name), "{test} does not read spec/vectors/{name}");
        }
    }
}

/// A bag's file, and what is known of it.
pub(crate) fn frozen(name: &str) -> (Vec<u8>, Value) {
    let read = |kind| std::fs::read(folder().join(format!("{name}.{kind}"))).unwrap();
    (read("bag"), serde_json::from_slice(&read("json")).unwrap())
}

pub(crate) fn all() -> impl Iterator<Item = (Vec<u8>, Value)> {
    BAGS.iter().map(|name| frozen(name))
}

fn same(name: &str, found: &Value, expected: &Value) {
    assert!(found == expected, "{name} is no longer what it was, but:\n{found:#}");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}
