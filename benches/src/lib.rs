//! The contenders of `./bench`: Bookbag, the floor and a peer, at the same work.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark stops where it fails, reads the clock and prints"
)]

pub mod bookbag;
pub mod dcql;
pub mod floor;
pub mod peer;
pub mod race;
pub mod workload;
