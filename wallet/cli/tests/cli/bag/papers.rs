//! Recovery sheets, shares, copies.

use super::{PASSPHRASES, Person};

/// The secret of a printed page, as somebody would type it.
fn typed(page: &str, piece: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    for part in page.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim()) {
        if piece(part) {
            text += part;
            text += " ";
        }
    }
    text
}

fn words(person: &Person, name: &str) -> String {
    person.json(&["recovery-sheet", "--out", name, "--show-words"])["words"].as_str().unwrap().to_owned()
}

#[test]
fn everything_comes_back_by_a_sheet_and_a_copy() {
    let anna = Person::anna();
    anna.note("Dentist", "Tuesday");
    let said = anna.run(&["recovery-sheet", "--out", "first.html", "--name", "kitchen drawer"]);
    let page = anna.home.read("first.html");
    let secret = words(&anna, "sheet.html");
    let secret: Vec<&str> = secret.split_whitespace().collect();
    assert_eq!((said.code, secret.len()), (Some(0), 24));
    let told = said.out + &said.err;
    // The page has words that stand side by side; the terminal has none of them.
    assert!(page.contains("kitchen drawer") && !page.contains("Anna") && told.lines().count() <= 2, "{told}");
    assert!(secret.iter().all(|word| anna.home.read("sheet.html").contains(word)));
    anna.wrong(&["recovery-sheet", "--out", "sheet.html"], "exists already");
    anna.ok(&["export", "stick", "--elsewhere"]);

    let new = Person::new(1);
    new.home.write("words", secret.join(" ")).write("wrong", secret[1..].join(" "));
    let from = anna.at("stick");
    new.refused(&["recover", "--from", &from, "--words-file", "wrong"], "23");
    let mut other = secret.clone();
    other.swap(3, 4);
    new.home.write("other", other.join(" "));
    new.refused(&["recover", "--from", &from, "--words-file", "other"], "");
    let sheet = Person::anna();
    new.home.write("of-another", words(&sheet, "x.html"));
    new.refused(&["recover", "--from", &from, "--words-file", "of-another"], "this does not open the bag");
    assert!(!new.bag().exists());

    let back = new.json(&["recover", "--from", &from, "--words-file", "words", "--device", "New laptop"]);
    assert_eq!((&back["member"], &back["other_devices"][0]), (&"Anna".into(), &"Anna's laptop".into()));
    assert_eq!(new.ok(&["show", "dentist"]), "Tuesday\n");
    new.ok(&["remove-device", "Anna's laptop"]);
    new.note("After", "x");
    // Whoever stole the laptop learns nothing new.
    let merged = anna.merge(&new);
    assert!(merged["new"].as_u64().unwrap() > 0);
    assert_eq!(anna.names(), ["Dentist"]);
    anna.refused(&["add", "pw"], "not in the bag any more");
    // The sheet stays good.
    let third = Person::new(2);
    third.ok(&["recover", "--from", &new.file(), "--words-file", &new.at("words")]);
    let mut names = third.names();
    names.sort();
    assert_eq!(names, ["After", "Dentist"]);
}

#[test]
fn a_forgotten_passphrase_is_replaced_in_place() {
    let anna = Person::anna();
    anna.note("Dentist", "Tuesday");
    anna.home.write("words", words(&anna, "sheet.html")).write("new", PASSPHRASES[1]);
    anna.home.ok(&["recover", "--words-file", "words", "--passphrase-file", "new"]);
    assert_eq!(anna.home.ok(&["show", "dentist", "--passphrase-file", "new"]), "Tuesday\n");
    anna.refused(&["list"], "this does not open the bag");
}

#[test]
fn so_many_of_those_who_hold_shares_bring_it_back() {
    let anna = Person::anna();
    anna.note("Dentist", "Tuesday");
    anna.ok(&["shares", "--needed", "2", "--of", "3", "--out", "cards", "--name", "the aunts"]);
    let new = Person::new(1);
    for number in 1..=3 {
        let page = anna.home.read(&format!("cards/share-{number}.html"));
        assert!(!page.contains("Anna") && page.contains("the aunts"));
        let group = |text: &str| {
            text.len() == 5 && text.chars().all(|one| one.is_ascii_uppercase() || one.is_ascii_digit())
        };
        new.home.write(&format!("share{number}"), typed(&page, group));
    }
    let from = anna.file();
    new.refused(&["recover", "--from", &from, "--share", "share1"], "1 of the 2 shares");
    new.refused(&["recover", "--from", &from, "--share", "share1", "--share", "share1"], "twice");
    new.home.write("pen", "not a share");
    new.refused(&["recover", "--from", &from, "--share", "share1", "--share", "pen"], "pen");
    new.ok(&["recover", "--from", &from, "--share", "share3", "--share", "share1"]);
    assert_eq!(new.names(), ["Dentist"]);
    anna.wrong(&["shares", "--needed", "1", "--of", "3", "--out", "x"], "at least 2");
    anna.wrong(&["shares", "--needed", "4", "--of", "3", "--out", "x"], "at least 2");
    anna.wrong(&["shares", "--needed", "2", "--of", "3", "--out", "cards"], "exists already");
}

#[test]
fn a_copy_counts_when_it_was_read_again_and_is_elsewhere() {
    let anna = Person::anna();
    anna.note("Dentist", "Tuesday");
    let said = anna.run(&["export", "beside"]);
    assert!(
        said.code == Some(0) && said.err.contains("same disk") && said.err.contains("only copy"),
        "{}",
        said.err
    );
    assert_eq!(anna.json(&["list"])["only_copy"], true);
    let copied = anna.json(&["export", "stick", "--elsewhere"]);
    assert_eq!(copied["counts_as_elsewhere"], true);
    assert_eq!(anna.json(&["list"])["only_copy"], false);
    assert_eq!(anna.run(&["list"]).err, "");
    anna.note("Later", "x");
    let said = anna.run(&["list"]);
    assert!(said.err.contains("lacks 1 change"), "{}", said.err);
    anna.wrong(&["export", "stick"], "exists already");
    anna.wrong(&["export"], "<FILE>");
    // The copy is the whole bag, on any computer.
    let other = Person::new(0);
    assert_eq!(super::names(&other.json(&["list", "--bag", &anna.at("stick")])), ["Dentist"]);
    assert_eq!(other.json(&["verify-bag", "--bag", &anna.at("stick")])["result"], "done");
}

#[test]
fn everything_readable_stands_in_a_folder() {
    let anna = Person::anna();
    anna.home.write("class.jpg", vec![9; 70_000]);
    anna.note("../../Dentist", "Tuesday");
    anna.ok(&["add", "class.jpg"]);
    anna.ok(&["export", "--readable", "out"]);
    let page = anna.home.read("out/index.html");
    assert!(page.contains("Dentist") && page.contains("class.jpg") && !page.contains("<script"), "{page}");
    assert_eq!(anna.home.read("out/originals/0001-dentist.txt"), "Tuesday");
    assert_eq!(std::fs::read(anna.home.path("out/attachments/0002-class-jpg.jpg")).unwrap(), vec![9; 70_000]);
    anna.wrong(&["export", "--readable", "out"], "exists already");
    anna.wrong(&["export", "file", "--readable", "other"], "cannot be used with");
}
