//! A bag in a file on a real disk.
//!
//! [`BagFile`] holds the promise that nothing acknowledged is lost: [`BagFile::append`] returns when the frames would survive a power cut, and not before. It knows
//! where frames begin and end (`bookbag_store::frame::scan`) and nothing of what is in them. What must not be lost is never written over: the file grows at its end, there over
//! zeros that were written ahead where changes follow each other, and what
//! changes it otherwise ([`BagFile::rewrite`]) makes a new file beside it and puts that in its place in one step.
//!
//! **One writer, any number of readers.** Who opens for writing holds an exclusive lock on the file itself, so that nothing is left behind where a program was killed. Who reads takes none: since the
//! file only grows or is replaced whole, a reader sees the bag as it was at some moment, at worst with the start of a frame that is being written at its end.
//!
//! **What is believed of the disk.** After `fdatasync` says so, the data are on it, and so is the file's new length: POSIX asks for whatever is needed to read the data back, and
//! ext4, XFS and Btrfs commit a changed length with it. A sector is written whole or not at all. Renames in one directory are seen in their order, and last after the directory was synced. Nothing more:
//! unsynced sectors may be written in any order or not at all, and the length before them. The tests cut the power in all these ways.
//!
//! It needs a system with Unix file semantics. Locks of other machines on a network drive are only as good as that drive's.
#![expect(clippy::disallowed_methods, reason = "this package is where bags touch the disk")]

mod append;
mod bag_file;
mod disk;
mod error;
pub mod mark;
mod read;
mod rewrite;
mod unfinished;

pub use bag_file::{Access, BagFile};
pub use error::FileError;
pub use rewrite::{Keep, Moved};

#[cfg(test)]
#[expect(dead_code, reason = "others need the rest")]
#[path = "../tests/maker/mod.rs"]
mod maker;
#[cfg(test)]
mod power_cut;
