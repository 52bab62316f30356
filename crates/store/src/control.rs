//! The authority of a bag: who is a member, who may do what, which frames count.
//!
//! No server decides. Every device folds the same frames into the same [`State`], whatever the order in which they arrived, because a
//! frame is judged by its own past alone and every conflict is resolved by a rule. `spec/bag-format.md`, "The fold", and
//! `spec/guardianship.md` are the text; each rule has a number ([`Rule`]).
//!
//! What a fold cannot do: keep a member from telling others what they could read, or show what nobody has brought yet. A removal has effect for a
//! device once the device has its frame.
//!
//! Signatures are not checked here. Whoever adds a frame has checked it under [`Fold::signing_key`].

mod apply;
mod authority;
mod digest;
mod epochs;
mod evidence;
mod fold;
mod graph;
mod judge;
mod policy;
mod resolve;
mod rule;
mod standing;
mod state;
#[cfg(test)]
mod tests;

pub use authority::{Needs, Requirement, needs};
pub use epochs::{epochs_to_start, missing_wraps};
pub use evidence::{Evidence, Finding, NotProved, SignedTokens, Witness};
pub use fold::{Content, Facts, Fold};
pub use judge::{MAX_COMPARTMENTS, MAX_DEVICES, MAX_MEMBERS};
pub use rule::Rule;
pub use standing::Standing;
pub use state::{Birth, Compartment, Epoch, Listed, Member, Proposal, Set, State};
