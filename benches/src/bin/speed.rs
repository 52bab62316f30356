//! `./bench`: how fast, as ratios against what cannot be avoided and against a peer, measured in the same run.
//!
//! Each contender runs in turns of a few milliseconds with the others, so that whatever else the machine does hits
//! all alike; of each one's turns one of the fastest counts, which was hardly disturbed. Absolute figures are printed for the curious; only ratios of one run mean
//! anything.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark stops where it fails and prints")]

use std::hint::black_box;

use bookbag_benches::race::{TURNS, race, table};
use bookbag_benches::workload::{Kind, Workload};
use bookbag_benches::{bookbag, dcql, floor, peer};

fn main() {
    println!(
        "10 disclosable claims, 4 disclosed, key binding. Microseconds, of {TURNS} turns that with a twentieth faster.\n"
    );
    for kind in [Kind::Es256, Kind::EdDsa] {
        let workload = Workload::new(kind);
        verify(&workload);
        issue_and_present(&workload);
    }
    dcql::run();
    status();
}

fn verify(workload: &Workload) {
    let floor = floor::Floor::new(workload);
    let ours = bookbag::Verifier::new(workload);
    let peer = peer::Verifier::new(workload);
    let contenders: [(&str, &dyn Fn()); 4] = [
        ("two signatures, keys read before", &|| floor.run()),
        ("two signatures, holder's key read", &|| floor.run_reading_the_holder_key()),
        ("Bookbag, every check", &|| ours.run()),
        ("sd-jwt-payload", &|| peer.run()),
    ];
    let times = race(&contenders);
    println!("{} verification", workload.kind.name());
    table(&contenders, &times);
    let [floor, floor_reading, ours_time, peer_time] = times;
    println!(
        "  ratio to the floor: {:.3} (with the holder's key read: {:.3})",
        ours_time / floor,
        ours_time / floor_reading
    );
    println!("  times as fast as the peer: {:.2}", peer_time / ours_time);
    println!();
}

fn issue_and_present(workload: &Workload) {
    let ours = bookbag::Holder::new(workload);
    let peer = peer::Holder::new(workload);
    let contenders: [(&str, &dyn Fn()); 4] = [
        ("Bookbag issues", &|| ours.issue()),
        ("sd-jwt-payload issues", &|| peer.issue()),
        ("Bookbag presents", &|| ours.present()),
        ("sd-jwt-payload presents", &|| peer.present()),
    ];
    let times = race(&contenders);
    println!("{} issuing and presenting, signatures by AWS-LC for both", workload.kind.name());
    table(&contenders, &times);
    let [issue, peer_issue, present, peer_present] = times;
    println!(
        "  times as fast as the peer: issuing {:.2}, presenting {:.2}",
        peer_issue / issue,
        peer_present / present
    );
    println!();
}

/// One look-up in a list of a million entries, once it is parsed.
fn status() {
    use bookbag_credential::status::{EntryWidth, StatusList};
    let list = StatusList::new(EntryWidth::One, 1 << 20).unwrap();
    let index = std::cell::Cell::new(0u64);
    let look_up = || {
        // A thousand look-ups, so that nanoseconds can be seen.
        for _ in 0..1000 {
            index.set((index.get() + 7919) & ((1 << 20) - 1));
            black_box(list.get(black_box(index.get())));
        }
    };
    let [thousand] = race(&[("look-up", &look_up)]);
    println!("Status list of 1,048,576 entries: one look-up takes {thousand:.1} ns");
}
