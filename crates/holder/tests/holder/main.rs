//! The holder with whole bags in memory: several members, several devices, right and wrong inputs.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    reason = "a test stops where it fails; its files are small"
)]

mod entries;
mod export;
mod journeys;
mod members;
mod merging;
mod opening;
mod random;
mod rig;
mod slots;
mod witness;
