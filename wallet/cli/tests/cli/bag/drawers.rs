//! Private drawers.

use std::os::unix::fs::MetadataExt as _;

use super::{PASSPHRASES, Person, names};

#[test]
fn a_drawer_holds_a_bag_that_nothing_mentions() {
    let anna = Person::anna();
    let before = state(&anna);
    anna.home.write("drawer", PASSPHRASES[1]);
    let with = |arguments: &[&'static str]| [arguments, &["--passphrase-file", "drawer"]].concat();
    anna.home.wrong(&with(&["drawer", "new", "2", "--me", "Me"]), "--yes");
    anna.home.refused(&with(&["list", "--drawer"]), "opens no drawer, or there is nothing in it");
    anna.home.ok(&with(&["drawer", "new", "2", "--me", "Me", "--yes"]));
    let said = anna.home.run_with(&with(&["add", "--name", "Clinic", "--drawer"]), b"Thursday");
    assert_eq!(
        (said.code, said.err.as_str()),
        (Some(0), ""),
        "a drawer has no copy to be missed: {}",
        said.out
    );
    assert_eq!(names(&anna.home.ok_json(&with(&["list", "--drawer"]))), ["Clinic"]);
    assert_eq!(anna.home.ok(&with(&["show", "clinic", "--drawer=2"])), "Thursday\n");
    anna.home.refused(&with(&["list", "--drawer=3"]), "opens no drawer");
    anna.home.wrong(&with(&["list", "--drawer=5"]), "5");
    anna.refused(&["list", "--drawer"], "opens no drawer");
    // Nothing beside the drawers changed, and the drawers look alike.
    assert_eq!(state(&anna), before);
    assert_eq!(anna.names(), [""; 0]);
    let drawer =
        |number: u8| std::fs::metadata(anna.home.path(&format!("data/bookbag/drawer-{number}"))).unwrap();
    for number in 1..=4 {
        let (one, other) = (drawer(1), drawer(number));
        assert_eq!(
            (one.len(), one.mtime(), one.mtime_nsec()),
            (other.len(), other.mtime(), other.mtime_nsec())
        );
        assert_eq!(other.len(), 1_048_576);
    }
    anna.home.ok(&with(&["delete", "Clinic", "--drawer"]));
    assert_eq!(names(&anna.home.ok_json(&with(&["list", "--drawer"]))), [""; 0]);
    anna.home.ok(&["drawer", "empty", "2", "--yes"]);
    anna.home.refused(&with(&["list", "--drawer"]), "opens no drawer");
}

#[test]
fn a_drawer_has_its_limit() {
    let anna = Person::anna();
    anna.home.write("drawer", PASSPHRASES[1]).write("long.bin", vec![1; 1_100_000]);
    let with = |arguments: &[&'static str]| [arguments, &["--passphrase-file", "drawer"]].concat();
    anna.home.ok(&with(&["drawer", "new", "4", "--me", "Me", "--yes"]));
    let said = anna.home.run(&with(&["add", "long.bin", "--drawer"]));
    assert!(said.code == Some(1) && said.err.contains("the drawer is full"), "{}", said.err);
    assert_eq!(names(&anna.home.ok_json(&with(&["list", "--drawer"]))), [""; 0]);
    anna.home.write("other", PASSPHRASES[2]);
    let change = with(&["slots", "change", "--drawer", "--new-passphrase-file", "other"]);
    anna.home.refused(&change, "a drawer has the passphrase");
}

/// What this computer remembers, and the bag.
fn state(person: &Person) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(person.home.path("state/bookbag"))
        .unwrap()
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap()))
        .collect();
    files.push(("bag".to_owned(), std::fs::read(person.bag()).unwrap()));
    files.sort();
    files
}
