//! Which bag, and its passphrase.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::super::{BOOKBAG, Home};
use super::{PASSPHRASES, Person};

#[test]
fn the_bag_is_where_it_was_said_to_be() {
    let anna = Person::anna();
    assert!(anna.bag().is_file());
    anna.ok(&["new", "--me", "Anna", "--name", "The other", "--bag", "other.bookbag"]);
    assert_eq!(anna.json(&["list", "--bag", "other.bookbag"])["name"], "The other");
    assert_eq!(anna.json(&["list"])["name"], "The green bag");
    let mut command = Command::new(BOOKBAG);
    command.args(["list", "--json", "--passphrase-file", "pw"]).current_dir(anna.home.0.path());
    command.envs(anna.home.environment()).env("BOOKBAG_BAG", "other.bookbag");
    let mut said = || String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(said().contains("The other"));
    let mut command = Command::new(BOOKBAG);
    command.args(["list", "--json", "--passphrase-file", "pw"]).current_dir(anna.home.0.path());
    command
        .envs(anna.home.environment())
        .env_remove("BOOKBAG_BAG")
        .env("XDG_DATA_HOME", anna.home.path("elsewhere"));
    let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(said.contains("there is no file") && said.contains("elsewhere/bookbag/bag.bookbag"), "{said}");
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_what_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let anna = Person::anna();
    let mode = |name: &str| std::fs::metadata(anna.home.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("data/bookbag"), 0o700);
    assert_eq!(mode("data/bookbag/bag.bookbag"), 0o600);
    assert_eq!(mode("data/bookbag/drawer-3"), 0o600);
    assert_eq!(mode("state/bookbag"), 0o700);
}

#[test]
fn a_passphrase_comes_from_a_file_or_a_descriptor() {
    let anna = Person::anna();
    let home = &anna.home;
    home.write("lines", format!("{}\r\n", PASSPHRASES[0]));
    home.ok(&["list", "--passphrase-file", "lines"]);
    let said = home.run_with(&["list", "--passphrase-file", "-"], PASSPHRASES[0].as_bytes());
    assert_eq!(said.code, Some(0), "{}", said.err);
    let shell = Command::new("sh")
        .args(["-c", "exec \"$0\" list --json --passphrase-fd 7 7<pw", BOOKBAG])
        .current_dir(home.0.path())
        .envs(home.environment())
        .env_remove("BOOKBAG_BAG")
        .output()
        .unwrap();
    assert!(shell.status.success(), "{}", String::from_utf8_lossy(&shell.stdout));
    let shell = Command::new("sh")
        .args(["-c", "cat pw | \"$0\" list --json --passphrase-fd 0", BOOKBAG])
        .current_dir(home.0.path())
        .envs(home.environment())
        .env_remove("BOOKBAG_BAG")
        .output()
        .unwrap();
    assert!(shell.status.success(), "{}", String::from_utf8_lossy(&shell.stdout));
    home.wrong(&["list", "--passphrase-fd", "77"], "descriptor 77");
    home.wrong(&["list", "--passphrase-fd", "0", "--passphrase-file", "pw"], "cannot be used with");
    home.write("two", "one\ntwo\n").write("none", "\n");
    home.wrong(&["list", "--passphrase-file", "two"], "more than one line");
    home.wrong(&["list", "--passphrase-file", "none"], "empty");
    home.wrong(&["list", "--passphrase-file", "nowhere"], "cannot read nowhere");
    home.wrong(&["list", "--passphrase", "x"], "unexpected argument");
}

#[test]
fn the_wrong_passphrase_opens_nothing_and_a_hopeless_one_is_refused() {
    let anna = Person::anna();
    anna.home.write("wrong", PASSPHRASES[1]);
    let said = anna.home.refused(&["list", "--passphrase-file", "wrong"], "this does not open the bag");
    assert!(!said.to_string().contains("kettle"), "{said}");
    for hopeless in ["password", "aaaaaaaaaa", "Anna2016", "the green bag", "qwertyuiop"] {
        anna.home.write("hopeless", hopeless);
        let new =
            ["new", "--me", "Anna", "--name", "The green bag", "--bag", "b", "--passphrase-file", "hopeless"];
        let said = anna.home.refused(&new, "");
        assert!(!said.to_string().contains(hopeless) && !anna.home.path("b").exists(), "{said}");
    }
}

/// Where there is no terminal, nothing waits for one.
#[cfg(target_os = "linux")]
#[test]
fn without_a_terminal_or_a_file_there_is_no_passphrase() {
    let anna = Person::anna();
    let output = Command::new("setsid")
        .args([BOOKBAG, "list"])
        .current_dir(anna.home.0.path())
        .envs(anna.home.environment())
        .env_remove("BOOKBAG_BAG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("there is no terminal"), "{said}");
}

/// At a terminal it is asked for, and not shown.
#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_a_passphrase_is_typed_unseen() {
    let anna = Person::anna();
    let said = at_terminal(&anna.home, "list", &format!("{}\n", PASSPHRASES[0]));
    let Some(said) = said else { return };
    assert!(said.contains("Passphrase of the bag: ") && said.contains("The green bag"), "{said}");
    assert!(!said.contains("ostrich"), "{said}");
    // Chosen badly, then in two ways, then well.
    let typed = "password\nblue kettle marching onions\nblue kettle marching unions\nblue kettle marching onions\nblue kettle marching onions\n";
    let said = at_terminal(&anna.home, "new --me Ben --bag ben.bookbag", typed).unwrap();
    assert!(said.contains("The two are not the same") && said.contains("The bag is made"), "{said}");
    assert!(!said.contains("kettle"), "{said}");
    anna.home.write("ben", "blue kettle marching onions");
    anna.home.ok(&["list", "--bag", "ben.bookbag", "--passphrase-file", "ben"]);
}

/// What a person sees who types this. `None` where there is no `script` to make a terminal with.
fn at_terminal(home: &Home, arguments: &str, typed: &str) -> Option<String> {
    let child = Command::new("script")
        .args(["-qec", &format!("{BOOKBAG} {arguments}"), "/dev/null"])
        .current_dir(home.0.path())
        .envs(home.environment())
        .env_remove("BOOKBAG_BAG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("no data: there is no `script` here to make a terminal with");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    // Each line when it is asked for: what is typed before would be shown.
    let mut said = Vec::new();
    let mut stdout = child.stdout.take().unwrap();
    for line in typed.split_inclusive('\n') {
        loop {
            let mut byte = [0];
            if std::io::Read::read(&mut stdout, &mut byte).unwrap() == 0 {
                break;
            }
            said.push(byte[0]);
            if said.ends_with(b"bag: ") || said.ends_with(b"again: ") {
                break;
            }
        }
        // The terminal stops showing what is typed right after the prompt; nobody types as fast as this test.
        std::thread::sleep(std::time::Duration::from_millis(500));
        stdin.write_all(line.as_bytes()).unwrap();
    }
    std::io::Read::read_to_end(&mut stdout, &mut said).unwrap();
    drop(stdin);
    child.wait().unwrap();
    Some(String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_copy_has_its_own_ways_in() {
    let anna = Person::anna();
    anna.home.write("new", PASSPHRASES[1]);
    let added = anna.json(&["slots", "add", "--new-passphrase-file", "new"]);
    let slots = anna.json(&["slots", "list"]);
    assert_eq!(slots["slots"].as_array().unwrap().len(), 2);
    anna.home.ok(&["list", "--passphrase-file", "new"]);
    let first = slots["slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| slot["id"].as_str().unwrap())
        .find(|id| added["id"] != *id);
    anna.ok(&["slots", "remove", &first.unwrap()[..8]]);
    anna.refused(&["list"], "this does not open the bag");
    let last = ["slots", "remove", added["id"].as_str().unwrap(), "--passphrase-file", "new"];
    anna.home.refused(&last, "only way");
    anna.home.refused(&["slots", "remove", "0000", "--passphrase-file", "new"], "no such slot");
}

#[test]
fn a_passphrase_that_somebody_knows_opens_nothing_new() {
    let anna = Person::anna();
    anna.note("Before", "x");
    std::fs::copy(anna.bag(), anna.home.path("old.bookbag")).unwrap();
    anna.home.write("new", PASSPHRASES[1]);
    anna.ok(&["slots", "change", "--someone-may-know-it", "--new-passphrase-file", "new"]);
    anna.refused(&["list"], "this does not open the bag");
    let add = ["add", "--name", "After", "--passphrase-file", "new"];
    assert_eq!(anna.home.run_with(&add, b"y").code, Some(0));
    let devices = anna.home.ok_json(&["members", "--passphrase-file", "new"]);
    assert_eq!(devices["members"][0]["devices"].as_array().unwrap().len(), 1);
    // The thief has the old copy and the old passphrase, on another computer, and finds the newer file.
    let thief = Person::new(0);
    let old = anna.at("old.bookbag");
    thief.ok(&["list", "--bag", &old]);
    thief.json(&["merge", &anna.file(), "--bag", &old]);
    assert_eq!(super::names(&thief.json(&["list", "--bag", &old])), ["Before"]);
    // A change among friends: the old copy stays open.
    anna.home.write("third", PASSPHRASES[2]);
    anna.home.ok(&["slots", "change", "--new-passphrase-file", "third", "--passphrase-file", "new"]);
    anna.home.ok(&["list", "--passphrase-file", "third"]);
    anna.home.refused(&["list", "--passphrase-file", "new"], "this does not open the bag");
}
