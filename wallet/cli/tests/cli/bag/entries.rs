//! From an empty bag to one with things in it.

use super::super::Home;
use super::{Person, names};

#[test]
fn a_new_bag_is_empty_and_says_what_to_do() {
    let anna = Person::new(0);
    let said = anna.run(&["new", "--me", "Anna", "--name", "The green bag", "--born", "2016-05-04"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(
        said.out.contains("recovery-sheet") && said.err.contains("only copy"),
        "{} {}",
        said.out,
        said.err
    );
    let said = anna.run(&["list"]);
    assert!(said.out.contains("The green bag") && said.out.contains("bookbag add FILE"), "{}", said.out);
    let listed = anna.json(&["list"]);
    assert_eq!((&listed["name"], &listed["only_copy"]), (&"The green bag".into(), &true.into()));
    assert_eq!(names(&listed), [""; 0]);
    let members = anna.json(&["members"]);
    assert_eq!(members["born"]["date"], "2016-05-04");
    assert_eq!(members["members"][0]["me"], true);
    anna.wrong(&["new", "--me", "Anna"], "exists already and was left as it is");
    anna.wrong(&["new", "--me", "Anna", "--bag", "b", "--born", "4 May"], "2014-09-01");
    anna.wrong(&["new", "--me", "Anna", "--bag", "b", "--nation", "france"], "scotland");
    anna.wrong(&["new", "--me", &"a".repeat(201), "--bag", "b"], "shorter");
    anna.wrong(&["new", "--bag", "b"], "--me");
}

#[test]
fn what_was_put_in_comes_out() {
    let anna = Person::anna();
    let id = anna.note("Dentist", "On Tuesday, at nine\n");
    assert_eq!(anna.ok(&["show", "dentist"]), "On Tuesday, at nine\n");
    assert_eq!(anna.ok(&["show", &id[..6]]), "On Tuesday, at nine\n");
    let shown = anna.json(&["show", &id]);
    assert_eq!((&shown["content"], &shown["by"]), (&"On Tuesday, at nine\n".into(), &"Anna".into()));
    // As long as several parts, and not a multiple of one.
    let picture: Vec<u8> =
        (0..2_500_001_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    anna.home.write("class.jpg", &picture).write("small.bin", b"\0\x01\xff");
    anna.ok(&["add", "class.jpg", "--tag", "school=St Mary's"]);
    anna.ok(&["add", "small.bin"]);
    assert_eq!(anna.names(), ["Dentist", "class.jpg", "small.bin"]);
    anna.ok(&["show", "class.jpg", "--out", "back"]);
    assert!(std::fs::read(anna.home.path("back")).unwrap() == picture, "the picture changed");
    anna.ok(&["show", "small.bin", "--out", "back2"]);
    assert_eq!(std::fs::read(anna.home.path("back2")).unwrap(), b"\0\x01\xff");
    anna.wrong(&["show", "small.bin"], "--out");
    anna.wrong(&["show", "class.jpg"], "--out");
    anna.wrong(&["show", "small.bin", "--out", "back"], "exists already");
    anna.refused(&["show", "nothing"], "no entry like that");
    let found = anna.json(&["find", "ST", "mary"]);
    assert_eq!(names(&found), ["class.jpg"]);
    let said = anna.run(&["find", "tuesday"]);
    assert_eq!(said.code, Some(1), "words in the content are not looked for: {}", said.out);
}

#[test]
fn an_entry_is_replaced_and_deleted() {
    let anna = Person::anna();
    let id = anna.note("Dentist", "On Tuesday");
    let said = anna.home.run_with(
        &["add", "--replace", "dentist", "--name", "Dentist", "--passphrase-file", "pw"],
        b"On Friday",
    );
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(anna.ok(&["show", &id]), "On Friday\n");
    let history = anna.ok(&["history"]);
    assert!(
        history.contains("Anna (Anna's laptop) kept “Dentist”") && history.contains("changed “Dentist”"),
        "{history}"
    );
    assert_eq!(anna.json(&["history", "--last", "1"])["history"].as_array().unwrap().len(), 1);
    let deleted = anna.json(&["delete", "Dentist"]);
    assert_eq!(deleted["id"], id.as_str());
    assert_eq!(anna.names(), [""; 0]);
    anna.refused(&["show", &id], "no entry like that");
    anna.refused(&["delete", &id], "no entry like that");
    assert_eq!(anna.json(&["verify-bag"])["result"], "done");
}

#[test]
fn a_credential_is_known_by_its_content() {
    let anna = Person::anna();
    let school = Home::family();
    anna.home.write("letter.txt", school.read("credential.txt"));
    let added = anna.json(&["add", "letter.txt"]);
    assert_eq!((&added["type"], &added["name"]), (&"application/dc+sd-jwt".into(), &"letter.txt".into()));
    let said = anna
        .home
        .run_with(&["add", "--passphrase-file", "pw", "--json"], school.read("credential.txt").as_bytes());
    assert_eq!(said.json()["name"], "https://school.example/enrolment");
    // It comes out as it went in, and can be looked at.
    anna.home.write("back.txt", anna.ok(&["show", "letter.txt"]));
    assert!(anna.home.ok(&["inspect", "back.txt"]).contains("NOT VERIFIED"));
    anna.home.write("other.txt", "one~two");
    assert_eq!(anna.json(&["add", "other.txt"])["type"], "text/plain");
    anna.home.write("card.vcf", "BEGIN:VCARD");
    anna.ok(&["add", "card.vcf"]);
    let home = anna.json(&["list", "--in", "household"]);
    assert_eq!(names(&home), ["card.vcf"]);
    assert_eq!(names(&anna.json(&["list", "--in", "personal"])), [""; 0]);
    anna.refused(&["list", "--in", "attic"], "no compartment like that");
}

#[test]
fn nothing_plays_tricks_with_a_terminal() {
    let anna = Person::anna();
    let name = "evil\u{1b}[2J\u{202e}name";
    anna.note(name, "text\u{1b}[31m red\n\u{9b}0m");
    let evil = Person::new(1);
    evil.ok(&["new", "--me", "M\u{1b}[1mm", "--name", "B\u{7}g"]);
    for said in [
        anna.run(&["list"]),
        anna.run(&["history"]),
        anna.run(&["show", name]),
        anna.run(&["find", "evil"]),
        anna.run(&["list", "--json"]),
        anna.run(&["show", "\u{1b}[2J"]),
        evil.run(&["members"]),
        evil.run(&["list"]),
    ] {
        let text = said.out + &said.err;
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\u{7}']), "{text:?}");
    }
}

#[test]
fn wrong_things_are_not_added() {
    let anna = Person::anna();
    anna.home.write("empty", "");
    anna.wrong(&["add", "empty"], "there is nothing to keep");
    anna.wrong(&["add", "nowhere"], "cannot read nowhere");
    anna.wrong(&["add", "pw", "--tag", "school"], "NAME=VALUE");
    anna.wrong(&["add", "pw", "--tag", "=x"], "needs a name");
    anna.wrong(&["add", "pw", "--in", "record", "--replace", "x"], "cannot be used with");
    anna.refused(&["add", "pw", "--in", "attic"], "no compartment like that");
    anna.refused(&["add", "pw", "--replace", "attic"], "no entry like that");
    anna.refused(&["add", "pw", "--name", &"n".repeat(300)], "");
    assert_eq!(anna.names(), [""; 0]);
}
