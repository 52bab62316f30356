//! What a verb leaves for the host to write.

use std::collections::BTreeSet;

use bookbag_store::id::FrameId;

/// What the host has to make durable before it says *done*: first the append, then the rewrite, or both in one. If it cannot, it
/// drops the [`Holder`](crate::Holder) and opens the file again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a change is in the bag when it was written"]
pub struct Changes {
    /// Frames, to be appended in one piece, with one sync. Empty: nothing.
    pub append: Vec<u8>,
    /// The file is to be written anew.
    pub rewrite: Option<Rewrite>,
}

/// A new file: this start, then every frame of the old one and those appended, in their order, the bodies of some left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// Magic and preamble.
    pub preamble: Vec<u8>,
    /// Frames whose bodies become `null`: what was deleted.
    pub drop: BTreeSet<FrameId>,
}

impl Changes {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.append.is_empty() && self.rewrite.is_none()
    }
}
