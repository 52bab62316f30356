//! The bag: one person's records in one file that a family can carry.
//!
//! `spec/bag-format.md` is the text this crate follows; it names keys, frames and events as that page does. The crate is
//! pure: opening takes bytes, a change gives back bytes to append, and the host says when they are durable.
//!
//! # What is where
//!
//! | to do this | look in |
//! |---|---|
//! | read, check, open or seal one frame | [`frame`] |
//! | open a copy, or change how it is opened | [`preamble`] |
//! | bring a new member or a further device into a bag | [`joining`] |
//! | remember how far a bag had come | [`mark`] |
//! | hold the keys of a device, or of an epoch | [`device`], [`key`] |
//! | keep a passphrase, words or shares; print a sheet | [`secret`] |
//! | read or write the CBOR of the format | [`wire`] |

pub mod bag;
pub mod control;
pub mod device;
pub mod event;
pub mod frame;
pub mod id;
pub mod joining;
pub mod key;
pub mod mark;
mod numbered;
pub mod preamble;
pub mod secret;
pub mod wire;
