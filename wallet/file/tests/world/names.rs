//! What a name may stand for, and what is left beside it.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use bookbag_file::{Access, BagFile, FileError, Keep, mark};

use crate::maker::Maker;
use crate::{Home, found_at};

fn refusal(path: &Path) -> [FileError; 2] {
    [Access::Read, Access::Write].map(|access| BagFile::open(path, access).unwrap_err())
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_bag_takes_no_other_files_place() {
    let (home, new) = (Home::new(), Maker::new().new_file());
    let before = std::fs::read(&home.bag).unwrap();
    assert!(matches!(BagFile::create(&home.bag, &new), Err(FileError::Exists(_))));
    let link = home.folder.path().join("link");
    symlink("nowhere", &link).unwrap();
    assert!(matches!(BagFile::create(&link, &new), Err(FileError::Exists(_))));
    assert!(matches!(BagFile::create(home.folder.path(), &new), Err(FileError::Directory(_))));
    let nowhere = home.folder.path().join("no/where.bag");
    assert!(matches!(BagFile::create(&nowhere, &new), Err(FileError::NotFound(_))));
    let other = home.folder.path().join("other.bag");
    for wrong in [b"".as_slice(), b"hello", &new[1..], &new[..20]] {
        assert!(matches!(BagFile::create(&other, wrong), Err(FileError::WrongStart(_))));
    }
    assert_eq!(std::fs::read(&home.bag).unwrap(), before);
    assert_eq!(home.names().len(), 2);
}

#[test]
fn what_is_no_bag_is_said_to_be_none() {
    let home = Home::new();
    let at = |name: &str| home.folder.path().join(name);
    symlink(&home.bag, at("link")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    std::fs::write(at("empty"), b"").unwrap();
    std::fs::write(at("letter"), b"Dear parents,\n".repeat(20_000)).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    for refused in refusal(&at("none")) {
        assert!(matches!(refused, FileError::NotFound(_)), "{refused}");
    }
    for refused in refusal(home.folder.path()) {
        assert!(matches!(refused, FileError::Directory(_)), "{refused}");
    }
    for refused in ["link", "dangling"].map(|name| refusal(&at(name))).into_iter().flatten() {
        assert!(matches!(refused, FileError::Link(_)), "{refused}");
    }
    for refused in ["empty", "letter"].map(|name| refusal(&at(name))).into_iter().flatten() {
        assert!(matches!(refused, FileError::NotABag(_)), "{refused}");
    }
    for refused in refusal(&at("pipe")) {
        assert!(matches!(refused, FileError::NotAFile(_)), "{refused}");
    }
}

#[test]
fn only_its_owner_reads_it() {
    let home = Home::new();
    assert_eq!(mode(&home.bag), 0o600);
    home.write().rewrite(&Maker::new().start(1), |_| Keep::Whole).unwrap();
    assert_eq!(mode(&home.bag), 0o600);
}

#[test]
fn who_reads_does_not_write() {
    let home = Home::new();
    let mut file = BagFile::open(&home.bag, Access::Read).unwrap();
    let mut maker = Maker::new();
    assert!(matches!(file.append(&maker.frame(9).1), Err(FileError::ReadOnly(_))));
    assert!(matches!(file.rewrite(&maker.start(1), |_| Keep::Whole), Err(FileError::ReadOnly(_))));
}

#[test]
fn a_file_is_written_anew_only_with_the_start_of_its_bag() {
    let home = Home::new();
    let maker = Maker::new();
    let start = maker.start(1);
    let mut other = start.clone();
    *other.last_mut().unwrap() ^= 1;
    let mut stranger = start.clone();
    stranger[14] ^= 1;
    let mut file = home.write();
    for wrong in [b"".as_slice(), &start[1..], &start[..30], &maker.new_file(), &stranger] {
        assert!(matches!(file.rewrite(wrong, |_| Keep::Whole), Err(FileError::WrongStart(_))));
    }
    // Its tag is not this package's to check.
    file.rewrite(&other, |_| Keep::Whole).unwrap();
}

#[test]
fn leftovers_are_taken_away_and_nothing_else() {
    let home = Home::new();
    let at = |name: &str| home.folder.path().join(name);
    let stay =
        ["mia.bag.bak", ".mia.bag.bookbag-new", ".leo.bag.1-0.bookbag-new", ".mia.bag.1-0.bookbag-new.txt"];
    let busy = ".mia.bag.2-0.bookbag-new";
    for name in stay.iter().chain(&[busy, ".mia.bag.1-0.bookbag-new", ".mia.bag.1-7.bookbag-new"]) {
        std::fs::write(at(name), b"left").unwrap();
    }
    std::fs::create_dir(at(".mia.bag.3-0.bookbag-new")).unwrap();
    let lock = std::fs::File::open(at(busy)).unwrap();
    lock.try_lock().unwrap();
    drop(BagFile::open(&home.bag, Access::Read).unwrap());
    assert_eq!(home.names().len(), 9, "who reads takes nothing away");
    drop(home.write());
    let mut names = home.names();
    names.sort();
    let mut expected = [&stay[..], &[busy, "mia.bag", ".mia.bag.3-0.bookbag-new"]].concat();
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(found_at(&home.bag).whole.len(), 1);
}

#[test]
fn a_mark_is_replaced_in_one_step() {
    let home = Home::new();
    let path = home.folder.path().join("mia.mark");
    assert_eq!(mark::read(&path).unwrap(), None);
    mark::write(&path, b"first").unwrap();
    mark::write(&path, b"second").unwrap();
    assert_eq!(mark::read(&path).unwrap(), Some(b"second".to_vec()));
    assert_eq!((mode(&path), home.names().len()), (0o600, 2));
    // What a power cut may leave of a file that was not synced.
    for lost in [b"".as_slice(), &[0; 512]] {
        std::fs::write(&path, lost).unwrap();
        assert_eq!(mark::read(&path).unwrap(), None);
    }
    std::fs::write(&path, vec![1; mark::MAX_MARK_BYTES + 1]).unwrap();
    assert!(matches!(mark::read(&path), Err(FileError::NotRead { .. })));
    assert!(matches!(mark::read(home.folder.path()), Err(FileError::Directory(_))));
    assert!(matches!(mark::write(home.folder.path(), b"x"), Err(FileError::Directory(_))));
    assert!(matches!(mark::write(home.folder.path().join("no/mark"), b"x"), Err(FileError::NotFound(_))));
}
