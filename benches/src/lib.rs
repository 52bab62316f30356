//! The contenders of `./bench`: Bookbag, the floor and peers, at the same work.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::missing_panics_doc,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark stops where it fails, reads the clock, touches files and prints"
)]

pub mod bag;
pub mod bookbag;
pub mod dcql;
pub mod floor;
pub mod peer;
pub mod race;
pub mod workload;
