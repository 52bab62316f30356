//! How long an append takes, against a bare write and `fdatasync` on the same disk: `cargo run --release -p bookbag-file --example append [FOLDER]`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it measures and prints"
)]

#[expect(dead_code, reason = "others need the rest")]
#[path = "../tests/maker/mod.rs"]
mod maker;

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use bookbag_file::BagFile;
use maker::Maker;

/// How many of each, taken in turns so that both meet the same disk.
const ROUNDS: usize = 3000;

fn main() {
    let folder = std::env::args_os().nth(1).unwrap_or_else(|| ".".into());
    let folder = tempfile::tempdir_in(Path::new(&folder)).unwrap();
    let mut maker = Maker::new();
    let mut bag = BagFile::create(folder.path().join("mia.bag"), &maker.new_file()).unwrap();
    let bare = File::create_new(folder.path().join("bare")).unwrap();
    let sample = maker.frame(1200).1;
    bag.append(&sample).unwrap();
    let mut times = [const { Vec::new() }; 3];
    for round in 0..ROUNDS {
        let began = Instant::now();
        bare.write_all_at(&sample, (round * sample.len()) as u64).unwrap();
        bare.sync_data().unwrap();
        times[0].push(began.elapsed());
        let began = Instant::now();
        let frame = maker.frame(1200).1;
        let sealed = Instant::now();
        bag.append(&frame).unwrap();
        times[1].push(sealed.elapsed());
        times[2].push(began.elapsed());
    }
    println!("{ROUNDS} appends of {} bytes        median      mean", sample.len());
    let [bare, append, both] = times.map(of);
    for (what, (median, mean)) in
        [("bare write and fdatasync", bare), ("append", append), ("seal and append", both)]
    {
        let against =
            (median.as_secs_f64() / bare.0.as_secs_f64(), mean.as_secs_f64() / bare.1.as_secs_f64());
        println!("{what:28} {median:>10.1?} {mean:>10.1?}   {:.2}x {:.2}x", against.0, against.1);
    }
}

fn of(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    let mean = times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap();
    (times[times.len() / 2], mean)
}
