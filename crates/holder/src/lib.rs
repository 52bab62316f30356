//! What a person can do with a bag.
//!
//! A [`Holder`] is an open bag and the verbs over it: keep, find, attach, share, decide together, join, leave, hand over, recover, carry away. A verb
//! that succeeds is in memory at once; what the host has to write collects as [`Changes`]. The host makes them durable and only then tells the person
//! *done*. If the disk refuses, it drops the holder and opens the file again: the bag is as it was.
//!
//! The crate is pure: bytes, the time and entropy come in, bytes go out. Nothing here decides who may do what. That is the fold's
//! (`bookbag_store::control`), which refuses a change before it is sealed; this crate knows the order of the steps and the words for them.
//!
//! | to do this | look at |
//! |---|---|
//! | make a bag, or open one | [`Holder::make`], [`Locked`], [`Unlocked`], [`Opened`] |
//! | keep, find, replace, delete, attach | [`Holder::put`], [`Holder::bag`], [`Holder::delete`], [`Attachment`], [`Detaching`] |
//! | act, or propose what others have to agree with | [`Holder::decide`], [`Holder::approve`], [`Decision`] |
//! | let somebody in, or leave | [`Holder::admit`], [`Holder::settle_in`], [`Holder::leave`], [`Holder::copy_to_new_bag`] |
//! | change how this copy opens | [`Holder::add_slot`], [`Holder::make_sheet`], [`Holder::secret_is_known`] |
//! | come back after a loss | [`Recovery`], [`Holder::merge_file`] |
//! | carry everything away | [`Holder::export_bag`], [`Holder::export_readable`] |
//! | see that all is well | [`Holder::verify`], [`Holder::history`], [`Elsewhere`] |
//! | keep a drawer that nobody can see | [`drawer`] |

mod attach;
mod changes;
mod decide;
pub mod drawer;
mod elsewhere;
mod entries;
mod error;
mod export;
mod history;
mod holder;
mod leave;
mod members;
mod merge;
mod named;
mod open;
mod recover;
mod slots;
mod verify;
mod witness;
mod words;

pub use attach::{Attachment, Detaching};
pub use changes::{Changes, Rewrite};
pub use decide::{Decision, OpenProposal};
pub use elsewhere::{CopyProblem, Elsewhere, Safety};
pub use entries::Where;
pub use error::VerbError;
pub use export::Readable;
pub use history::Line;
pub use holder::{Holder, Made};
pub use leave::Frames;
pub use members::{Named, Sees};
pub use merge::MergeReport;
pub use open::{Key, Locked, Older, OpenError, Opened, Reading, Signatures, UnlockError, Unlocked, Way};
pub use recover::Recovery;
pub use slots::{NewSlot, WayIn};
pub use verify::{Entitlement, Found, Report};
pub use witness::CredentialWitness;
pub use words::day;
