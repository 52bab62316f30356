//! `./bench`, second part: how many allocations each piece of work takes. In a program of its own, because counting
//! them takes time.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use allocation_counter::measure;
use bookbag_benches::workload::{Kind, Workload};
use bookbag_benches::{bookbag, dcql, peer};

fn main() {
    println!("\nAllocations");
    for kind in [Kind::Es256, Kind::EdDsa] {
        let workload = Workload::new(kind);
        let (verifier, holder) = (bookbag::Verifier::new(&workload), bookbag::Holder::new(&workload));
        let peer_verifier = peer::Verifier::new(&workload);
        println!(
            "  {}: verifying {} (sd-jwt-payload {}), issuing {}, presenting {}",
            kind.name(),
            measure(|| verifier.run()).count_total,
            measure(|| peer_verifier.run()).count_total,
            measure(|| holder.issue()).count_total,
            measure(|| holder.present()).count_total,
        );
    }
    for types in dcql::TYPES {
        let work = dcql::Work::new(types);
        println!("  DCQL over {types} types: {}", measure(|| work.run()).count_total);
    }
}
