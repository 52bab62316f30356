//! Disks that are full, and disks and folders that may not be written.

use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use bookbag_file::{Access, BagFile, FileError, Keep, mark};
use bookbag_store::id::FrameId;

use crate::child::{acknowledged, program, run, say};
use crate::maker::Maker;
use crate::{Home, found, found_at};

/// Somebody who may do nothing special.
const NOBODY: u32 = 65_534;

/// A quota on a file's length does what a full disk does, for everybody.
#[test]
fn a_quota_loses_nothing() {
    let home = Home::new();
    // 128 blocks of 512 bytes; the signal that comes with it is ignored, so that the write fails instead.
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 128; exec \"$@\"", "sh"];
    let said = run(program(&limited, "fill", &home.bag)).join("\n");
    let promised: BTreeSet<_> = acknowledged(&said).collect();
    assert!(promised.len() > 20);
    let mut file = home.write();
    let there = found(&mut file);
    assert_eq!((there.torn, there.damaged), (0, 0));
    assert!(promised.is_subset(&there.whole));
    let mut maker = Maker::new().after(there.last.unwrap(), 1000);
    let (id, frame) = maker.frame(3000);
    file.append(&frame).unwrap();
    assert!(found(&mut file).whole.contains(&id));
}

/// A real disk that is full: half a mebibyte of memory.
#[test]
fn a_full_disk_loses_nothing() {
    let home = Home::new();
    if !mounts() {
        println!("no data: mounting a small disk needs root");
        return;
    }
    let script = "mount -t tmpfs -o size=512k none \"$0\" && exec \"$@\"";
    let folder = home.folder.path().to_str().unwrap();
    run(program(
        &["unshare", "-m", "sh", "-c", script, folder],
        "fill-and-empty",
        &home.folder.path().join("new.bag"),
    ));
}

#[test]
fn what_may_not_be_written_is_read_and_stays_as_it_is() {
    let home = Home::new();
    let others = home.folder.path();
    std::fs::set_permissions(&home.bag, std::fs::Permissions::from_mode(0o444)).unwrap();
    std::fs::set_permissions(others, std::fs::Permissions::from_mode(0o555)).unwrap();
    let before = std::fs::read(&home.bag).unwrap();
    as_nobody("refused", &home);
    if mounts() {
        let script = "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"";
        let folder = others.to_str().unwrap();
        run(program(&["unshare", "-m", "sh", "-c", script, folder], "refused", &home.bag));
    } else {
        println!("no data: mounting a read-only disk needs root");
    }
    assert_eq!(std::fs::read(&home.bag).unwrap(), before);
    std::fs::set_permissions(others, std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn in_a_folder_that_may_not_be_written_a_bag_grows_but_is_not_written_anew() {
    let home = Home::new();
    std::fs::set_permissions(home.folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    as_nobody("folder-refused", &home);
    assert_eq!(found_at(&home.bag).whole.len(), 2);
    std::fs::set_permissions(home.folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
}

/// Root may do everything, so for root another user tries.
fn as_nobody(role: &str, home: &Home) {
    let root = std::fs::metadata(&home.bag).unwrap().uid() == 0;
    let mut command = program(&[], role, &home.bag);
    if root {
        for path in [home.folder.path(), &home.bag] {
            std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        command.uid(NOBODY).gid(NOBODY);
        let mut trial = Command::new(std::env::current_exe().unwrap());
        if trial.arg("--list").uid(NOBODY).gid(NOBODY).output().is_err() {
            println!("no data: another user may not start this test");
            return;
        }
    }
    run(command);
}

fn mounts() -> bool {
    Command::new("unshare").args(["-m", "true"]).output().is_ok_and(|output| output.status.success())
}

/// In the child: appends until the disk is full. What was acknowledged is there, and nothing else.
pub(crate) fn fill(bag: &Path) {
    drop(fill_up(bag));
}

fn fill_up(bag: &Path) -> (BTreeSet<FrameId>, Maker) {
    let mut file = BagFile::open(bag, Access::Write).unwrap();
    let mut maker = Maker::new();
    let mut promised = BTreeSet::new();
    loop {
        let (id, frame) = maker.frame(1000);
        match file.append(&frame) {
            Ok(()) => {
                promised.insert(id);
                say(&format!("acknowledged {id}"));
            }
            Err(refused) => {
                assert!(matches!(refused, FileError::Full { .. }), "{refused:?}");
                assert!(refused.to_string().contains("Make room"));
                break;
            }
        }
    }
    // Nor is there room for another file.
    assert!(
        matches!(file.rewrite(&maker.start(1), |_| Keep::Whole), Err(FileError::Full { .. }))
            || promised.len() < 80
    );
    let there = found(&mut file);
    assert_eq!((there.torn, there.damaged, there.whole.len()), (0, 0, promised.len() + 1));
    assert!(promised.is_subset(&there.whole));
    let maker = Maker::new().after(there.last.unwrap(), 5000);
    (promised, maker)
}

/// In the child, on a small disk of its own: when something else was deleted, the change is taken.
pub(crate) fn fill_and_empty(bag: &Path) {
    drop(BagFile::create(bag, &Maker::new().new_file()).unwrap());
    let other = bag.with_file_name("photographs");
    std::fs::write(&other, vec![1; 200_000]).unwrap();
    let (promised, mut maker) = fill_up(bag);
    assert!(matches!(
        BagFile::create(bag.with_file_name("b.bag"), &maker.new_file()),
        Err(FileError::Full { .. })
    ));
    assert!(!bag.with_file_name("b.bag").exists());
    std::fs::remove_file(other).unwrap();
    let mut file = BagFile::open(bag, Access::Write).unwrap();
    let (id, frame) = maker.frame(3000);
    file.append(&frame).unwrap();
    let there = found(&mut file).whole;
    assert!(there.contains(&id) && promised.is_subset(&there));
}

/// In the child: neither the bag nor its folder may be written.
pub(crate) fn refused(bag: &Path) {
    let refused = BagFile::open(bag, Access::Write).unwrap_err();
    assert!(matches!(refused, FileError::Denied { action: "written", .. }), "{refused:?}");
    assert!(refused.to_string().contains("nothing was changed"));
    assert_eq!(found_at(bag).whole.len(), 1);
    let new = BagFile::create(bag.with_file_name("new.bag"), &Maker::new().new_file());
    assert!(matches!(new, Err(FileError::Denied { .. })));
    assert!(matches!(mark::write(bag.with_file_name("mark"), b"mark"), Err(FileError::Denied { .. })));
}

/// In the child: the folder may not be written, the bag may.
pub(crate) fn folder_refused(bag: &Path) {
    let mut file = BagFile::open(bag, Access::Write).unwrap();
    let mut maker = Maker::new();
    assert!(matches!(file.rewrite(&maker.start(1), |_| Keep::Whole), Err(FileError::Denied { .. })));
    file.append(&maker.frame(100).1).unwrap();
    assert_eq!(found(&mut file).whole.len(), 2);
}
