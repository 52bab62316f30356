//! What the other program does.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bookbag_file::{Access, BagFile, FileError, Keep};
use bookbag_store::id::FrameId;

use crate::maker::Maker;
use crate::{disks, found};

const ROLE: &str = "BOOKBAG_TEST_ROLE";
const BAG: &str = "BOOKBAG_TEST_BAG";

/// Not a test: what the tests start. Alone it does nothing.
#[test]
#[ignore = "started by the other tests"]
fn child() {
    let (Ok(role), Some(bag)) = (std::env::var(ROLE), std::env::var_os(BAG)) else { return };
    let bag = PathBuf::from(bag);
    match role.as_str() {
        "write" => write(&bag),
        "hold" => hold(&bag),
        "contend" => contend(&bag),
        "fill" => disks::fill(&bag),
        "fill-and-empty" => disks::fill_and_empty(&bag),
        "refused" => disks::refused(&bag),
        "folder-refused" => disks::folder_refused(&bag),
        other => panic!("no role {other}"),
    }
    say("done");
}

/// This program in a role, not yet started. `before` are a program and its arguments that start it.
pub(crate) fn program(before: &[&str], role: &str, bag: &Path) -> Command {
    let this = std::env::current_exe().unwrap();
    let mut command = match before.split_first() {
        Some((program, arguments)) => {
            let mut command = Command::new(program);
            command.args(arguments).arg(this);
            command
        }
        None => Command::new(this),
    };
    command.args(["child::child", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(BAG, bag).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Runs to the end; gives what it said.
pub(crate) fn run(mut command: Command) -> Vec<String> {
    let output = command.stderr(Stdio::piped()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.lines().any(|line| line == "done"), "{text}");
    text.lines().map(str::to_owned).collect()
}

/// The frames it said were acknowledged. What a killed program said last may be half a line.
pub(crate) fn acknowledged(said: &str) -> impl Iterator<Item = FrameId> + '_ {
    let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().filter_map(|line| line.strip_prefix("acknowledged ")).map(|id| id.parse().unwrap())
}

pub(crate) fn say(line: &str) {
    // Begins with a line's end, since the test harness may not have ended its own.
    std::io::stdout().write_all(format!("\n{line}\n").as_bytes()).unwrap();
}

/// Appends changes of all sizes, and writes the file anew now and then, until it is killed.
fn write(bag: &Path) {
    let mut file = BagFile::open(bag, Access::Write).unwrap();
    let found = found(&mut file);
    let made = found.whole.len() as u64;
    let mut maker = Maker::new().after(found.last.unwrap(), made);
    for round in made.. {
        let sizes: &[usize] = match round % 11 {
            3 => &[100, 9000, 100],
            7 => &[70_000, 1000],
            _ => &[1000],
        };
        let (ids, frames): (Vec<_>, Vec<_>) = sizes.iter().map(|size| maker.frame(*size)).unzip();
        file.append(&frames.concat()).unwrap();
        for id in ids {
            say(&format!("acknowledged {id}"));
        }
        if round.is_multiple_of(17) {
            file.rewrite(&maker.start(round), |_| Keep::Whole).unwrap();
        }
    }
}

/// Keeps the bag open for writing until it is told to end.
fn hold(bag: &Path) {
    let file = BagFile::open(bag, Access::Write).unwrap();
    say("held");
    drop(std::io::stdin().read_to_end(&mut Vec::new()));
    drop(file);
}

/// Appends one change after the other, opening and closing the bag for each, while others do the same.
fn contend(bag: &Path) {
    let mut done = 0_u64;
    while done < 30 {
        let mut file = match BagFile::open(bag, Access::Write) {
            Err(FileError::InUse(_)) => {
                std::thread::yield_now();
                continue;
            }
            opened => opened.unwrap(),
        };
        let found = found(&mut file);
        assert_eq!((found.torn, found.damaged), (0, 0));
        let made = u64::from(std::process::id()) << 20 | done;
        let mut maker = Maker::new().after(found.last.unwrap(), made);
        let (id, frame) = maker.frame(500);
        file.append(&frame).unwrap();
        say(&format!("acknowledged {id}"));
        if done.is_multiple_of(3) {
            file.rewrite(&maker.start(done), |_| Keep::Whole).unwrap();
            let (id, frame) = maker.frame(500);
            file.append(&frame).unwrap();
            say(&format!("acknowledged {id}"));
        }
        done += 1;
    }
}
