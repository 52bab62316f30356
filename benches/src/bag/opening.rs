//! Opening a bag, beside the least that it takes; by processor time of all threads.

use std::path::Path;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::floor::{Sealed, Signatures};
use super::ours::Ours;
use super::work::Done;
use super::{bytes_in, in_turns};

/// Seconds of processor time for all frames.
pub struct Opening {
    /// How many frames.
    pub frames: u32,
    /// The first time, with every check of a signature.
    pub first: f64,
    /// As many bare signature checks.
    pub signatures: f64,
    /// After the first time.
    pub again: f64,
    /// Bare hashing and decryption of as many bytes.
    pub sealed: f64,
}

impl Opening {
    /// Opens the bag of so many frames that [`super::compare`] left in `directory`.
    pub fn new(frames: u32, directory: &Path) -> Self {
        let bag = directory.join("bag");
        let frame = bytes_in(&bag) / u64::from(frames);
        let signatures = Signatures::new(frames);
        let sealed = Sealed::new(frames, usize::try_from(frame).unwrap());
        let contenders: [&mut dyn FnMut(u32) -> Done; 4] = [
            &mut |_| timed(|| assert!(Ours::open_first(&bag) > 0)),
            &mut |_| timed(|| signatures.run()),
            &mut |_| timed(|| assert!(Ours::open_again(&bag) > 0)),
            &mut |_| timed(|| sealed.run()),
        ];
        let [first, signatures, again, sealed] = in_turns(TURNS, contenders).map(|time| time / 1e9);
        Self { frames, first, signatures, again, sealed }
    }
}

/// An odd number.
const TURNS: u32 = 5;

fn timed(work: impl FnOnce()) -> Done {
    let begun = used();
    work();
    Done { nanoseconds: u64::try_from(used().saturating_sub(begun).as_nanos()).unwrap(), records: 1 }
}

/// Processor time of this process.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap(), u32::try_from(time.tv_nsec).unwrap())
}
