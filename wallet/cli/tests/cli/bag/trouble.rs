//! What can go wrong: other files, damage, older copies, two at once, sudden ends, full and closed disks.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::BOOKBAG;
use super::{PASSPHRASES, Person};

#[test]
fn what_is_no_bag_is_left_as_it_is() {
    let anna = Person::anna();
    anna.home
        .write("letter", "Dear all")
        .write("empty", "")
        .write("half", &std::fs::read(anna.bag()).unwrap()[..40]);
    for (file, words) in [
        ("letter", "is not a bag"),
        ("empty", "is not a bag"),
        ("nowhere", "there is no file"),
        (".", "is a folder"),
        ("/dev/null", "not an ordinary file"),
    ] {
        anna.wrong(&["list", "--bag", file], words);
        anna.wrong(&["merge", file], words);
    }
    anna.refused(&["list", "--bag", "half"], "slots");
    assert_eq!(anna.home.read("letter"), "Dear all");
    let other = Person::new(1);
    other.ok(&["new", "--me", "Ben"]);
    anna.refused(&["merge", &other.file()], "another bag");
}

#[test]
fn damage_is_named_and_the_rest_is_read() {
    let anna = Person::anna();
    anna.note("First", "x");
    let before = std::fs::metadata(anna.bag()).unwrap().len();
    anna.note("Second", "y");
    anna.note("Third", "z");
    anna.home.write("copy", std::fs::read(anna.bag()).unwrap());
    let mut bytes = std::fs::read(anna.bag()).unwrap();
    // In the body of the second note.
    bytes[usize::try_from(before).unwrap() + 900] ^= 1;
    std::fs::write(anna.bag(), &bytes).unwrap();
    assert_eq!(anna.names(), ["First", "Third"]);
    let said = anna.run(&["verify-bag", "--json"]);
    assert_eq!(
        (said.code, said.json()["found"][0]["check"].as_str()),
        (Some(1), Some("FR-09")),
        "{}",
        said.out
    );
    let said = anna.home.run(&["verify-bag", "--without-keys"]);
    assert!(said.code == Some(1) && said.out.contains("damaged"), "{}", said.out);
    // Cut off.
    std::fs::write(anna.bag(), &bytes[..bytes.len() - 100]).unwrap();
    anna.refused(&["list"], "older copy");
    let said = anna.run(&["list", "--older"]);
    assert!(
        said.code == Some(0) && said.out.contains("First") && !said.out.contains("Third"),
        "{}",
        said.out
    );
    // The other copy mends it.
    assert_eq!(anna.run(&["merge", "copy", "--older"]).code, Some(0));
    assert!(anna.names().contains(&"Third".to_owned()));
}

#[test]
fn an_older_copy_is_not_taken_for_the_bag() {
    let anna = Person::anna();
    anna.note("First", "x");
    let older = std::fs::read(anna.bag()).unwrap();
    anna.note("Second", "y");
    anna.home.write("newer", std::fs::read(anna.bag()).unwrap());
    std::fs::write(anna.bag(), &older).unwrap();
    let said = anna.refused(&["list"], "older copy than the one this computer last saw");
    assert!(said["reason"].as_str().unwrap().contains("1 change ago"), "{said}");
    for verb in [&["add", "pw"][..], &["verify-bag"], &["history"], &["export", "x"]] {
        anna.refused(verb, "older copy");
    }
    // Looking at it on purpose does not make it the newest.
    assert!(anna.ok(&["list", "--older"]).contains("First"));
    anna.refused(&["list"], "older copy");
    // The newer one is merged into it, and all is well.
    anna.ok(&["merge", "newer", "--older"]);
    assert_eq!(anna.names(), ["First", "Second"]);
}

#[test]
fn two_at_once_lose_nothing() {
    let anna = Person::anna();
    let children: Vec<_> = (0..6)
        .map(|number| {
            anna.home.write(&format!("note{number}"), "x");
            Command::new(BOOKBAG)
                .args(["add", &format!("note{number}"), "--passphrase-file", "pw", "--json"])
                .current_dir(anna.home.0.path())
                .envs(anna.home.environment())
                .env_remove("BOOKBAG_BAG")
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut added = Vec::new();
    for (number, child) in children.into_iter().enumerate() {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        if output.status.success() {
            added.push(format!("note{number}"));
        } else {
            assert!(said.contains("another program is using this bag"), "{said}");
        }
    }
    assert!(!added.is_empty());
    let mut names = anna.names();
    names.sort();
    assert_eq!(names, added);
    assert_eq!(anna.json(&["verify-bag"])["result"], "done");
}

/// Killed at whatever moment: what was said to be done is there, and the bag opens.
#[test]
fn a_sudden_end_loses_nothing_that_was_done() {
    let anna = Person::anna();
    anna.home.write("long.bin", vec![7_u8; 1_500_000]);
    let mut done = Vec::new();
    for round in 0..8_u64 {
        let name = format!("round {round}");
        let mut child = Command::new(BOOKBAG)
            .args(["add", "long.bin", "--name", &name, "--passphrase-file", "pw"])
            .current_dir(anna.home.0.path())
            .envs(anna.home.environment())
            .env_remove("BOOKBAG_BAG")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(40 + 90 * round));
        drop(child.kill());
        let output = child.wait_with_output().unwrap();
        if String::from_utf8(output.stdout).unwrap().contains("Added") {
            done.push(name);
        }
    }
    anna.ok(&["add", "long.bin", "--name", "after"]);
    done.push("after".to_owned());
    let names = anna.names();
    assert!(done.iter().all(|name| names.contains(name)), "{done:?} {names:?}");
    anna.ok(&["show", "after", "--out", "back"]);
    assert_eq!(std::fs::read(anna.home.path("back")).unwrap(), vec![7_u8; 1_500_000]);
    assert_eq!(anna.json(&["verify-bag"])["result"], "done");
}

/// A new passphrase and the changes that speak of it: both, or neither.
#[test]
fn a_sudden_end_while_the_passphrase_changes_locks_nobody_out() {
    let anna = Person::anna();
    anna.home.write("a", PASSPHRASES[0]).write("b", PASSPHRASES[1]);
    let mut now = ["a", "b"];
    for round in 0..6_u64 {
        let mut child = Command::new(BOOKBAG)
            .args([
                "slots",
                "change",
                "--someone-may-know-it",
                "--passphrase-file",
                now[0],
                "--new-passphrase-file",
                now[1],
            ])
            .current_dir(anna.home.0.path())
            .envs(anna.home.environment())
            .env_remove("BOOKBAG_BAG")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(200 + 150 * round));
        drop(child.kill());
        child.wait().unwrap();
        if anna.home.run(&["list", "--passphrase-file", now[0]]).code != Some(0) {
            now.swap(0, 1);
        }
        let said = anna.home.run_with(&["add", "--name", "note", "--passphrase-file", now[0]], b"x");
        assert_eq!(said.code, Some(0), "{}", said.err);
    }
}

/// A quota on a file's length does what a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let anna = Person::anna();
    anna.note("First", "x");
    anna.home.write("long.bin", vec![7_u8; 3_000_000]);
    let script = "trap '' XFSZ; ulimit -f 2200; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args(["-c", script, BOOKBAG, "add", "long.bin", "--passphrase-file", "pw"])
        .current_dir(anna.home.0.path())
        .envs(anna.home.environment())
        .env_remove("BOOKBAG_BAG")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("no room left") && said.contains("everything before it is safe"), "{said}");
    assert_eq!(anna.names(), ["First"]);
    anna.note("Second", "y");
    assert_eq!(anna.names(), ["First", "Second"]);
}

/// A disk that is read-only, for everybody.
#[cfg(target_os = "linux")]
#[test]
fn what_may_not_be_written_is_read() {
    let anna = Person::anna();
    anna.note("First", "x");
    let script = "mount --bind data data && mount -o remount,ro,bind data && exec \"$@\"";
    let run = |arguments: &[&str]| {
        Command::new("unshare")
            .args(["-m", "sh", "-c", script, "sh", BOOKBAG])
            .args(arguments)
            .args(["--passphrase-file", "pw"])
            .current_dir(anna.home.0.path())
            .envs(anna.home.environment())
            .env_remove("BOOKBAG_BAG")
            .output()
    };
    let Some(listed) = run(&["list"]).ok().filter(|listed| listed.status.success()) else {
        println!("no data: mounting a read-only disk needs root");
        return;
    };
    assert!(String::from_utf8(listed.stdout).unwrap().contains("First"));
    let added = run(&["add", "pw"]).unwrap();
    let said = String::from_utf8(added.stderr).unwrap();
    assert_eq!(added.status.code(), Some(2), "{said}");
    assert!(said.contains("may not be written") && said.contains("nothing was changed"), "{said}");
    assert_eq!(anna.names(), ["First"]);
}
