//! `./bench bag`: the bag beside Askar and SQLite, and beside the least that durable writing, signatures and
//! decryption take. See `bookbag_benches::bag`.
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark stops where it fails, and writes"
)]

use std::path::Path;

use bookbag_benches::bag::opening::Opening;
use bookbag_benches::bag::{Extent, compare, report};

/// Ten thousand records, and a hundred thousand.
const EXTENTS: [Extent; 2] =
    [Extent { records: 10_000, singles: 50 }, Extent { records: 100_000, singles: 100 }];

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [directory, peers] => run(&EXTENTS, Path::new(directory), Path::new(peers)),
        [directory, peers, "--quick"] => {
            let (quick, _) = EXTENTS.split_at(1);
            run(quick, Path::new(directory), Path::new(peers));
        }
        _ => {
            eprintln!("usage: bag DIRECTORY PEERS [--quick] (./bench bag calls it)");
            std::process::exit(2);
        }
    }
}

fn run(extents: &[Extent], directory: &Path, peers: &Path) {
    for extent in extents {
        let directory = directory.join(extent.records.to_string());
        std::fs::create_dir_all(&directory).unwrap();
        report::compared(*extent, &compare(*extent, &directory, peers));
        report::opened(&Opening::new(extent.frames(), &directory));
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
