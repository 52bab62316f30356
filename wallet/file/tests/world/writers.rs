//! Several programs at one bag.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use bookbag_file::{Access, BagFile, FileError, Keep};

use crate::child::{acknowledged, program};
use crate::maker::Maker;
use crate::{Home, found, found_at};

#[test]
fn a_second_writer_is_told_that_another_program_uses_the_bag() {
    let home = Home::new();
    let mut child = program(&[], "hold", &home.bag).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "held"));
    let refused = BagFile::open(&home.bag, Access::Write).unwrap_err();
    assert!(matches!(refused, FileError::InUse(_)));
    assert!(refused.to_string().starts_with("another program is using this bag"));
    assert_eq!(found_at(&home.bag).whole.len(), 1, "who reads is not kept out");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    home.write();
}

#[test]
fn writers_who_meet_lose_nothing() {
    let home = Home::new();
    let children: Vec<_> = (0..4)
        .map(|_| program(&[], "contend", &home.bag).stderr(Stdio::inherit()).spawn().unwrap())
        .collect();
    let mut promised = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let said = String::from_utf8(output.stdout).unwrap();
        let found = found_at(&home.bag);
        promised += acknowledged(&said).inspect(|id| assert!(found.whole.contains(id), "{id} lost")).count();
    }
    assert_eq!((promised, found_at(&home.bag).whole.len()), (4 * 40, 4 * 40 + 1));
    assert_eq!(home.names(), ["mia.bag"]);
}

/// The old file's lock is free for a moment after the new one took its place: whoever was waiting for it must not believe in it.
#[test]
fn the_lock_goes_with_the_name() {
    let home = Home::new();
    let mut file = home.write();
    file.rewrite(&Maker::new().start(1), |_| Keep::Whole).unwrap();
    assert!(matches!(BagFile::open(&home.bag, Access::Write), Err(FileError::InUse(_))));
    drop(file);
    home.write();
}

#[test]
fn a_bag_that_was_moved_or_replaced_takes_no_change() {
    let (home, mut maker) = (Home::new(), Maker::new());
    let mut file = home.write();
    let other = home.folder.path().join("older.bag");
    std::fs::copy(&home.bag, &other).unwrap();
    let (_, frame) = maker.frame(100);
    std::fs::rename(&home.bag, home.folder.path().join("moved.bag")).unwrap();
    assert!(matches!(file.append(&frame), Err(FileError::Replaced(_))));
    std::fs::rename(&other, &home.bag).unwrap();
    assert!(matches!(file.append(&frame), Err(FileError::Replaced(_))));
    assert!(matches!(file.rewrite(&maker.start(1), |_| Keep::Whole), Err(FileError::Replaced(_))));
    assert_eq!(found_at(&home.bag).whole.len(), 1);
}

#[test]
fn a_bag_that_somebody_else_wrote_to_takes_no_change_unread() {
    let (home, mut maker) = (Home::new(), Maker::new());
    let mut file = home.write();
    assert_eq!(found(&mut file).whole.len(), 1);
    let (theirs, frame) = maker.frame(100);
    std::io::Write::write_all(&mut std::fs::OpenOptions::new().append(true).open(&home.bag).unwrap(), &frame)
        .unwrap();
    let (ours, frame) = maker.frame(100);
    assert!(matches!(file.append(&frame), Err(FileError::Changed(_))));
    assert!(found(&mut file).whole.contains(&theirs));
    file.append(&frame).unwrap();
    assert!(found_at(&home.bag).whole.is_superset(&[theirs, ours].into()));
}
