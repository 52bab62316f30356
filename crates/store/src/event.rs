//! What a frame's body says: one event, of a kind and a version that are frozen once they are defined.
//!
//! `spec/bag-format.md`, "Events", is the text. Decoding is strict and total: any bytes give an event, [`ControlEvent::Unknown`] or
//! [`DataEvent::Unknown`] for a kind or version of a later day, or an error. A [`Put`] is read without a copy, since opening a bag
//! reads a hundred thousand of them. What an event *may* do is not decided here but by [`control`](crate::control).

mod act;
mod codes;
mod data;
mod date;
mod party;
#[cfg(test)]
mod tests;

pub use act::{Act, Grounds, Kept, MAX_ACCEPTED, MAX_EVIDENCE_BYTES, Removed};
pub use codes::{AnchorPurpose, CompartmentPurpose, DevicePurpose, Matter, Nation, Role, Stage};
pub use data::{
    Attached, Content, DataEvent, FrameIds, MAX_INLINE_BYTES, MAX_PART_BYTES, MAX_PARTS, MAX_TAGS,
    NewAttached, NewContent, NewPut, Part, Put, Removal, Tags,
};
pub use date::Date;
pub use party::{Anchor, Device, EpochStart, Label, LabelError, Member, Policy, PolicyRule};

use crate::id::{DeviceId, EpochId, FrameId};
use crate::wire::{Reader, WireError, Writer};

/// The first kind that stands outside the control compartment.
pub const FIRST_DATA_KIND: u64 = 32;

/// Length of an X-Wing public key, in bytes.
pub const SEALING_KEY_BYTES: usize = 1216;

/// Length of a wrapped epoch key in bytes: X-Wing's 1120, the key and a tag.
pub const WRAPPED_BYTES: usize = 1120 + 32 + 16;

/// Most frames that a change may name as its reasons.
pub const MAX_REASONS: u64 = 16;

/// Most epochs that one change may start.
pub const MAX_EPOCH_STARTS: u64 = 64;

/// An event of the control compartment: authority, read by every member.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlEvent {
    /// The first frame of a bag.
    Genesis(Box<Genesis>),
    /// The sealing key of a device that a later change adds.
    SealingKey(Box<[u8; SEALING_KEY_BYTES]>),
    /// An epoch's key, sealed to one device. By itself it does nothing.
    Wrap(Box<Wrap>),
    /// An act that its author would have done and that needs others.
    Proposal(Act),
    /// Agreement with a proposal.
    Approval(FrameId),
    /// An act that is done.
    Change(Change),
    /// Of a later day. The bag is read-only for this reader.
    Unknown {
        /// Its kind.
        kind: u64,
        /// Its version.
        version: u64,
    },
}

/// `genesis = [1, 1, name, control, founder, device, policy, birth]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The name of the bag.
    pub name: Label,
    /// The control compartment and its first epoch.
    pub control: EpochStart,
    /// Who makes the bag: its subject or a guardian.
    pub founder: Member,
    /// The founder's device, which signs this frame.
    pub device: Device,
    /// Who may decide what.
    pub policy: Policy,
    /// The subject's birth date as the founder typed it.
    pub birth: Option<Date>,
}

/// `wrap = [3, 1, epoch, recipient, wrapped]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrap {
    /// Whose key it is.
    pub epoch: EpochId,
    /// To whom it is sealed.
    pub recipient: DeviceId,
    /// The key, sealed.
    pub wrapped: [u8; WRAPPED_BYTES],
}

/// `change = [6, 1, act, because, epochs]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is done.
    pub act: Act,
    /// The proposal and approvals that it needs.
    pub because: Vec<FrameId>,
    /// The epochs it starts; their keys were wrapped before.
    pub epochs: Vec<EpochStart>,
}

impl ControlEvent {
    /// Reads an event and the zero bytes behind it.
    ///
    /// # Errors
    ///
    /// If `padded` is not an event of the control compartment.
    pub fn decode(padded: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(padded);
        let (kind, version, fields) = head(&mut reader)?;
        if !(1..FIRST_DATA_KIND).contains(&kind) {
            return Err(WireError::Expected("an event of the control compartment"));
        }
        let event = Self::decode_fields(&mut reader, kind, version, fields)?;
        reader.end_of_padded()?;
        Ok(event)
    }

    /// Writes the event, without padding.
    ///
    /// # Errors
    ///
    /// If it is beyond the limits of the format, or [`Self::Unknown`]: what cannot be read must not be written.
    pub fn encode(&self) -> Result<Vec<u8>, WireError> {
        let mut writer = Writer::with_capacity(SEALING_KEY_BYTES + 16);
        self.encode_to(&mut writer);
        if matches!(self, Self::Unknown { .. }) {
            return Err(WireError::Expected("an event that is known"));
        }
        Self::decode(writer.as_bytes())?;
        Ok(writer.into_bytes())
    }

    fn decode_fields(
        reader: &mut Reader<'_>,
        kind: u64,
        version: u64,
        fields: u64,
    ) -> Result<Self, WireError> {
        match (kind, version, fields) {
            (1, 1, 6) => Genesis::decode(reader).map(Box::new).map(Self::Genesis),
            (2, 1, 1) => reader.fixed().map(Box::new).map(Self::SealingKey),
            (3, 1, 3) => Wrap::decode(reader).map(Box::new).map(Self::Wrap),
            (4, 1, 1) => Act::decode(reader).map(Self::Proposal),
            (5, 1, 1) => frame_id(reader).map(Self::Approval),
            (6, 1, 3) => Change::decode(reader).map(Self::Change),
            (1..=6, 1, _) => Err(WireError::Expected("an event with other fields")),
            _ => {
                (0..fields).try_for_each(|_| reader.skip())?;
                Ok(Self::Unknown { kind, version })
            }
        }
    }

    fn encode_to(&self, w: &mut Writer) {
        let mut begin = |kind, fields: usize| {
            w.array(fields + 2).uint(kind).uint(1);
        };
        match self {
            Self::Genesis(genesis) => {
                begin(1, 6);
                genesis.encode(w);
            }
            Self::SealingKey(key) => {
                begin(2, 1);
                w.bytes(key.as_slice());
            }
            Self::Wrap(wrap) => {
                begin(3, 3);
                w.bytes(wrap.epoch.as_bytes()).bytes(wrap.recipient.as_bytes()).bytes(&wrap.wrapped);
            }
            Self::Proposal(act) => {
                begin(4, 1);
                act.encode(w);
            }
            Self::Approval(proposal) => {
                begin(5, 1);
                w.bytes(proposal.as_bytes());
            }
            Self::Change(change) => {
                begin(6, 3);
                change.act.encode(w);
                frame_ids(w, &change.because);
                w.list(&change.epochs, |w, start| start.encode(w));
            }
            Self::Unknown { .. } => {}
        }
    }
}

impl Genesis {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            name: Label::decode(reader)?,
            control: EpochStart::decode(reader)?,
            founder: Member::decode(reader)?,
            device: Device::decode(reader)?,
            policy: Policy::decode(reader)?,
            birth: reader.or_null(Date::decode)?,
        })
    }

    fn encode(&self, w: &mut Writer) {
        self.name.encode(w);
        self.control.encode(w);
        self.founder.encode(w);
        self.device.encode(w);
        self.policy.encode(w);
        w.or_null(self.birth, |w, date| date.encode(w));
    }
}

impl Wrap {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            epoch: EpochId::from_bytes(reader.fixed()?),
            recipient: DeviceId::from_bytes(reader.fixed()?),
            wrapped: reader.fixed()?,
        })
    }
}

impl Change {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            act: Act::decode(reader)?,
            because: reader.list(MAX_REASONS, frame_id)?,
            epochs: reader.list(MAX_EPOCH_STARTS, EpochStart::decode)?,
        })
    }
}

/// Kind, version, and how many fields follow.
fn head(reader: &mut Reader<'_>) -> Result<(u64, u64, u64), WireError> {
    let items = reader.array()?;
    let fields = items.checked_sub(2).ok_or(WireError::Expected("an event"))?;
    Ok((reader.uint()?, reader.uint()?, fields))
}

fn frame_id(reader: &mut Reader<'_>) -> Result<FrameId, WireError> {
    reader.fixed().map(FrameId::from_bytes)
}

fn frame_ids(w: &mut Writer, ids: &[FrameId]) {
    w.list(ids, |w, id| {
        w.bytes(id.as_bytes());
    });
}
