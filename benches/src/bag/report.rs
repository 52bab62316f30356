//! Figures, ratios, and beside each ratio what was aimed at.

use super::opening::Opening;
use super::ours::NAME;
use super::work::RECORD_BYTES;
use super::{Extent, Outcome, Times};

/// Prints the comparison with other stores.
pub fn compared(extent: Extent, outcome: &Outcome) {
    let Extent { records, .. } = extent;
    println!("{records} records of {RECORD_BYTES} bytes, medians of turns");
    println!("  {:<29}{NAME:>11}{:>11}{:>11}", "", "Askar", "SQLite");
    rate("inserted one by one, /s", outcome.insert_one, 3.0);
    rate("inserted in bulk, /s", outcome.insert_bulk, 6.0);
    rate("fetched by name, /s", outcome.fetch, 20.0);
    rate("scanned, /s", outcome.scan, 10.0);
    let found = outcome.find.times(1e-6);
    row("found by tag (1 in 100), ms", found, 2, &aim(found.ours, "ms", &AtMost(20.0)));
    row("on the disk for each, bytes", outcome.bytes, 0, &aim(outcome.bytes.ours, "bytes", &AtMost(1500.0)));
    let syncs = |time: f64| 1e9 / time;
    println!("  bare appends of as many bytes, each synced: {:.0}/s", syncs(outcome.append));
    println!("    {}", aim(outcome.insert_one.ours / outcome.append, "times their time", &AtMost(1.3)));
    println!("  the same over zeros that were written before: {:.0}/s", syncs(outcome.over_zeros));
    println!("    {:.2} times their time", outcome.insert_one.ours / outcome.over_zeros);
    println!();
}

/// Prints the opening.
pub fn opened(opening: &Opening) {
    let Opening { frames, first, signatures, again, sealed } = *opening;
    println!("opening a bag of {frames} frames, processor time");
    println!("  first time {first:>8.3} s; {frames} bare signature checks {signatures:.3} s");
    println!("    {}", aim(first / signatures, "times the bare checks", &AtMost(1.2)));
    println!("  afterwards {again:>8.3} s; hashing and decrypting as many bytes {sealed:.3} s");
    println!("    {}", aim(again / sealed, "times the bare work", &AtMost(3.0)));
    println!("    {}", aim(again, "s", &AtMost(1.5)));
    println!();
}

/// Prints how many bytes were allocated at most while a bag was opened, beside the bytes of its entries.
pub fn memory(records: u32, most: usize, entries: usize) {
    let mib = |bytes: usize| bytes as f64 / f64::from(1 << 20);
    println!("memory for opening a bag of {records} records");
    println!("  at its most {:.1} MiB; entries {:.1} MiB", mib(most), mib(entries));
    println!("    {}", aim(mib(most) / mib(entries), "times the entries", &AtMost(3.0)));
    println!();
}

use Aim::{AtLeast, AtMost};

enum Aim {
    AtLeast(f64),
    AtMost(f64),
}

fn rate(name: &str, times: Times, at_least: f64) {
    let rates = Times { ours: 1e9 / times.ours, askar: 1e9 / times.askar, sqlite: 1e9 / times.sqlite };
    row(name, rates, 0, &aim(times.askar / times.ours, "times Askar", &AtLeast(at_least)));
}

fn row(name: &str, of: Times, digits: usize, verdict: &str) {
    let Times { ours, askar, sqlite } = of;
    println!("  {name:<29}{ours:>11.digits$}{askar:>11.digits$}{sqlite:>11.digits$}   {verdict}");
}

fn aim(value: f64, unit: &str, aim: &Aim) -> String {
    let (met, words, bound) = match aim {
        AtLeast(bound) => (value >= *bound, "at least", bound),
        AtMost(bound) => (value <= *bound, "at most", bound),
    };
    let verdict = if met { "met" } else { "NOT MET" };
    format!("{value:.2} {unit} (aim: {words} {bound}): {verdict}")
}
