//! Contenders in turns, by the processor time that this thread used: what other programs do in between does not count.
//! They still slow a turn down, by up to a half, where they share the core and its caches, and never speed one up; so
//! of each contender's turns one of the fastest counts, which was hardly disturbed.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Turns of each contender, how long one takes, and how many of them may be faster than the one that counts.
pub const TURNS: usize = 1000;
const TURN: Duration = Duration::from_micros(400);
const FASTER: usize = TURNS / 20;

/// Runs the contenders in turns; gives each one's time for one call in the turn that counts, in microseconds.
pub fn race<const N: usize>(contenders: &[(&str, &dyn Fn()); N]) -> [f64; N] {
    let mut turns = [(); N].map(|()| Vec::with_capacity(TURNS));
    for _ in 0..TURNS {
        for ((_, contender), turns) in contenders.iter().zip(&mut turns) {
            turns.push(turn(contender));
        }
    }
    turns.map(|mut turns| {
        turns.sort_by(f64::total_cmp);
        turns.get(FASTER).copied().unwrap_or_default()
    })
}

fn turn(contender: &dyn Fn()) -> f64 {
    let start = used();
    let mut calls = 0u32;
    loop {
        contender();
        calls += 1;
        let time = used().saturating_sub(start);
        if time >= TURN {
            return time.as_secs_f64() * 1e6 / f64::from(calls);
        }
    }
}

/// Processor time of this thread.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Prints times and rates.
pub fn table<const N: usize>(contenders: &[(&str, &dyn Fn()); N], times: &[f64; N]) {
    for ((name, _), time) in contenders.iter().zip(times) {
        println!("  {name:<36} {time:>8.2} us  {:>9.0}/s", 1e6 / time);
    }
}
