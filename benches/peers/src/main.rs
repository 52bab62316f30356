//! The stores that `./bench bag` measures ours against, each in a process of its own.
//!
//! `bookbag-bench-peers askar DIRECTORY` (or `sqlite`) opens an empty store there, reads one step on each line of its
//! input and answers each with what it took (see `benches/src/bag/work.rs`). When its input ends it closes the store.
//!
//! Both keep their own defaults where those are durable: a write-ahead log, and `synchronous=FULL`, so that SQLite syncs the log
//! at each commit. A record is a name, 1 KiB and one tag that can be searched for.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and its input, and touches files"
)]

use std::io::{BufRead, stdin};
use std::path::Path;

use work::{Step, Store};

mod askar;
mod sqlite;
#[path = "../../src/bag/work.rs"]
mod work;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["askar", directory] => {
            let mut store = askar::Askar::new(Path::new(directory));
            serve(&mut store);
            store.close();
        }
        ["sqlite", directory] => serve(&mut sqlite::Sqlite::new(Path::new(directory))),
        _ => {
            eprintln!("usage: bookbag-bench-peers askar|sqlite DIRECTORY (./bench bag calls it)");
            std::process::exit(2);
        }
    }
}

fn serve(store: &mut impl Store) {
    for line in stdin().lock().lines() {
        let step: Step = serde_json::from_str(&line.unwrap()).unwrap();
        println!("{}", serde_json::to_string(&step.run(store)).unwrap());
    }
}
