//! The format of bags, held against its page: frozen bags that must open for ever, and the CDDL against real bytes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, and reads and writes files"
)]

mod cddl;
mod forever;
mod make;
mod openers;
mod plain;
mod rig;

use std::path::PathBuf;

/// The frozen bags.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors/bags")
}
