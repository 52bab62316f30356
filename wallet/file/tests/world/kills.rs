//! A program is killed while it writes.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Read as _;
use std::time::Duration;

use bookbag_store::id::FrameId;

use crate::child::{acknowledged, program};
use crate::{Home, found, found_at};

/// How often, unless `BOOKBAG_KILLS` says otherwise.
const KILLS: u64 = 25;

/// Longest that a program lives, in microseconds.
const LIFE: u64 = 60_000;

#[test]
fn nothing_acknowledged_is_lost_when_a_program_is_killed() {
    let kills = std::env::var("BOOKBAG_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut home = Home::new();
    let mut promised = BTreeSet::<FrameId>::new();
    let mut total = 0;
    for kill in 0..kills {
        let mut child = program(&[], "write", &home.bag).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(RandomState::new().hash_one(kill) % LIFE));
        child.kill().unwrap();
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        child.wait().unwrap();
        total += acknowledged(&said).count();
        promised.extend(acknowledged(&said));
        let read = found_at(&home.bag);
        let mut file = home.write();
        let found = found(&mut file);
        assert!(promised.is_subset(&found.whole), "lost after kill {kill}");
        assert_eq!((found.damaged, read.damaged), (0, 0), "damage after kill {kill}");
        assert_eq!(home.names(), ["mia.bag"], "leftovers after kill {kill}");
        if found.whole.len() > 500 {
            drop(file);
            home = Home::new();
            promised.clear();
        }
    }
    assert!(total > 0, "nothing was written in {kills} rounds");
}
