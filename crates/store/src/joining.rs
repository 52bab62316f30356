//! Joining: how a new member, or a member's further device, comes to keys of a bag (`spec/joining.md`).
//!
//! A device joins when a device of a member writes its public keys into the bag. All that has to be got right is *whose* keys those are,
//! and, for who joins, *which* bag it is. There are two ways:
//!
//! - [`in_person`]: a code on the inviter's screen carries a secret of 128 bits; everything else is sealed under it.
//! - [`at_distance`]: messages that anybody may read and change, and a code of four words that two people compare by voice.
//!
//! Both end the same: the inviter has [`Confirmed`], the checked public keys, and adds them to the bag; the joiner has [`Joined`], what it was
//! promised and its keys, and holds the bag that it is given against that. Steps consume themselves; what is kept between them has
//! `to_bytes` and `from_bytes` and is **secret**: the host seals it, and keeps one copy. The bag itself travels as a file, apart from all this.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use bookbag_crypto::Entropy;
//! # use bookbag_store::device::DeviceSeed;
//! # use bookbag_store::id::{BagId, MemberId};
//! # use bookbag_store::event::{Label, Role};
//! # use bookbag_store::joining::{Message, NewDevice, Offer, OwnDevice, Seat, SeatKind, in_person};
//! # let seed = |byte| DeviceSeed::generate(Entropy::from_secure_random([byte; 32]));
//! # let (now, keys) = (1_800_000_000, seed(1).keys()?);
//! # let member = MemberId::generate(Entropy::from_secure_random([2; 32]));
//! let seat = Seat::new(SeatKind::NewMember, member, Role::Guardian, &"Ben".parse()?)?;
//! let offer = Offer { bag: BagId::from_bytes([7; 16]), seat, ends: now + 600 };
//! let name: Label = "Anna's phone".parse()?;
//! let own = OwnDevice { card: &keys.card, name: &name };
//! let invitation = in_person::Invitation::new(&offer, own, now, Entropy::from_secure_random([3; 32]))?;
//! let scanned = Message::from_text(&invitation.message().to_text())?;
//!
//! let device = NewDevice { keys: seed(4).keys()?, name: "Ben's phone".parse()? };
//! let answered = in_person::Answered::accept(&scanned, device, now)?;
//!
//! let (confirmed, welcome) = invitation.answered(answered.message(), now, &keys)?;
//! let joined = answered.welcomed(&welcome)?;
//! assert_eq!(confirmed.device_name().as_str(), "Ben's phone");
//! assert_eq!(joined.seat().role(), Role::Guardian);
//! # Ok(())
//! # }
//! ```
//!
//! A step cannot be taken twice:
//!
//! ```compile_fail
//! # use bookbag_store::device::DeviceKeys;
//! # use bookbag_store::joining::{Message, in_person};
//! fn twice(invitation: in_person::Invitation, answer: &Message, keys: &DeviceKeys) {
//!     let _ = invitation.answered(answer, 0, keys);
//!     let _ = invitation.answered(answer, 0, keys);
//! }
//! ```

pub mod at_distance;
pub mod in_person;

mod check;
mod code;
mod message;
mod offer;
mod outcome;
mod pending;
mod seal;
mod text;
mod transcript;
mod words;

pub use check::{JoinCheck, JoinRefusal};
pub use code::{Code, HeardCode, NotACode};
pub use message::{MAX_MESSAGE_BYTES, Message, MessageKind};
pub use offer::{Inviter, MAX_INVITATION_SECONDS, Offer, OwnDevice, Seat, SeatKind};
pub use outcome::{Admitted, Confirmed, Joined, Listed, NewDevice};
pub use text::{MAX_PARTS, MAX_TEXT_CHARS};

#[cfg(test)]
mod tests;
