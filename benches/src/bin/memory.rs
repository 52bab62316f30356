//! `./bench bag`, second part: how much memory an open bag takes. In a program of its own, because counting it takes time.
#![expect(
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a benchmark stops where it fails, and writes"
)]

use std::path::Path;

use allocation_counter::measure;
use bookbag_benches::bag::ours::Ours;
use bookbag_benches::bag::report;
use bookbag_benches::bag::work::{Numbers, Store};

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [directory, records] = arguments.as_slice() else {
        eprintln!("usage: memory DIRECTORY RECORDS (./bench bag calls it)");
        std::process::exit(2);
    };
    run(Path::new(directory), records.parse().unwrap());
}

/// In one thread: what others allocate is not counted.
fn run(directory: &Path, count: u32) {
    std::fs::create_dir_all(directory).unwrap();
    let records = Numbers { first: 0, count }.records();
    Ours::new(directory).insert_bulk(&records);
    let entries =
        records.iter().map(|record| record.name.len() + record.tag.len() + record.value.len()).sum();
    drop(records);
    let most = measure(|| assert!(Ours::open_again(directory) >= count as usize)).bytes_max;
    report::memory(count, usize::try_from(most).unwrap(), entries);
    std::fs::remove_dir_all(directory).unwrap();
}
