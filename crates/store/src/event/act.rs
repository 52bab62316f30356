//! What a change does.

use std::sync::Arc;

use super::codes::{CompartmentPurpose, Role, Stage};
use super::date::Date;
use super::party::{Device, Label, Member, Policy, compartment, device, member};
use super::{frame_id, frame_ids};
use crate::id::{CompartmentId, DeviceId, FrameId, MemberId};
use crate::wire::{Reader, WireError, Writer};

/// Longest evidence, in bytes: a signed token with a certificate chain.
pub const MAX_EVIDENCE_BYTES: usize = 16_384;

/// Most frames that a removal names as a device's last, and most devices, members and readers that an act names.
pub const MAX_ACCEPTED: u64 = 64;

/// `spec/guardianship.md` says who may do each, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A person joins, with a first device.
    AddMember(Member, Device),
    /// A member gets a further device.
    AddDevice(Device),
    /// A device goes.
    RemoveDevice(Removed),
    /// A person goes, with all devices.
    RemoveMember {
        /// Who.
        member: MemberId,
        /// What of their devices' writing is accepted; nothing of a device that is not named.
        accepted: Vec<Removed>,
        /// Why it may be done.
        grounds: Grounds,
    },
    /// A guardian becomes a supporter, or the other way round.
    SetRole {
        /// Who.
        member: MemberId,
        /// What they become.
        role: Role,
    },
    /// A new compartment, which the same change starts the first epoch of.
    MakeCompartment {
        /// Random.
        id: CompartmentId,
        /// What it is for.
        purpose: CompartmentPurpose,
        /// How it is called.
        name: Label,
        /// Who reads it.
        readers: Vec<MemberId>,
    },
    /// A member becomes a reader.
    Share {
        /// Of what.
        compartment: CompartmentId,
        /// Who.
        with: MemberId,
        /// Of all of it, or of what is written from now on.
        from_start: bool,
    },
    /// A reader stops being one.
    Unshare {
        /// Of what.
        compartment: CompartmentId,
        /// Who.
        with: MemberId,
    },
    /// New keys, nothing else.
    Rekey,
    /// Other rules.
    SetPolicy(Policy),
    /// The subject's birth date.
    SetBirth {
        /// The date.
        birth: Date,
        /// A trusted issuer's word for it; without one it is typed.
        evidence: Option<Arc<[u8]>>,
    },
    /// The subject has grown.
    ReachStage {
        /// Into what.
        stage: Stage,
        /// A token of a trusted issuer, dated after the birthday.
        evidence: Arc<[u8]>,
    },
    /// Control passes to the subject. Members who are not named go.
    HandOver {
        /// Who stays, as what.
        keep: Vec<Kept>,
    },
    /// Ends the waiting of a removal.
    Settle {
        /// The removal.
        frame: FrameId,
        /// Whether it has effect.
        stands: bool,
        /// Why it may be done.
        grounds: Grounds,
    },
    /// The state as the author folded it. A hint.
    Checkpoint([u8; 32]),
    /// Another name.
    Rename {
        /// A member, device or compartment by its identifier; `None` for the bag.
        what: Option<[u8; 16]>,
        /// The name.
        name: Label,
    },
    /// A member lives elsewhere.
    SetHousehold {
        /// Who.
        member: MemberId,
        /// The compartment of their home.
        household: Option<CompartmentId>,
    },
}

/// `[device, accepted]`: what a device that goes had written and is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Which device.
    pub device: DeviceId,
    /// The last of its frames that are accepted, with all before them.
    pub accepted: Vec<FrameId>,
}

/// Why a member may be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grounds {
    /// They leave, or the others approve.
    Approved,
    /// A signed order says so.
    Order(Arc<[u8]>),
}

/// `[member, role]`: who stays at a handover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Who.
    pub member: MemberId,
    /// As what: guardian or supporter. Neither decides anything from then on.
    pub role: Role,
}

impl Act {
    /// The number it is written as.
    pub const fn code(&self) -> u64 {
        self.shape().0
    }

    /// Number, and how many fields follow it.
    const fn shape(&self) -> (u64, usize) {
        match self {
            Self::AddMember(..) => (1, 2),
            Self::AddDevice(_) => (2, 1),
            Self::RemoveDevice(_) => (3, 2),
            Self::RemoveMember { .. } => (4, 3),
            Self::SetRole { .. } => (5, 2),
            Self::MakeCompartment { .. } => (6, 4),
            Self::Share { .. } => (7, 3),
            Self::Unshare { .. } => (8, 2),
            Self::Rekey => (9, 0),
            Self::SetPolicy(_) => (10, 1),
            Self::SetBirth { .. } => (11, 2),
            Self::ReachStage { .. } => (12, 2),
            Self::HandOver { .. } => (13, 1),
            Self::Settle { .. } => (14, 3),
            Self::Checkpoint(_) => (15, 1),
            Self::Rename { .. } => (16, 2),
            Self::SetHousehold { .. } => (17, 2),
        }
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let items = reader.array()?;
        let act = match reader.uint()? {
            1 => Self::AddMember(Member::decode(reader)?, Device::decode(reader)?),
            2 => Self::AddDevice(Device::decode(reader)?),
            3 => Self::RemoveDevice(Removed::fields(reader)?),
            4 => Self::RemoveMember {
                member: member(reader)?,
                accepted: reader.list(MAX_ACCEPTED, Removed::decode)?,
                grounds: Grounds::decode(reader)?,
            },
            5 => Self::SetRole { member: member(reader)?, role: Role::decode(reader)? },
            6 => Self::decode_compartment(reader)?,
            7 => Self::Share {
                compartment: compartment(reader)?,
                with: member(reader)?,
                from_start: reader.bool()?,
            },
            8 => Self::Unshare { compartment: compartment(reader)?, with: member(reader)? },
            9 => Self::Rekey,
            code => Self::decode_rest(reader, code)?,
        };
        // The length is compared last: an act with other fields is refused whatever it read.
        if items == act.shape().1 as u64 + 1 {
            Ok(act)
        } else {
            Err(WireError::Expected("an act with other fields"))
        }
    }

    fn decode_rest(reader: &mut Reader<'_>, code: u64) -> Result<Self, WireError> {
        Ok(match code {
            10 => Self::SetPolicy(Policy::decode(reader)?),
            11 => Self::SetBirth { birth: Date::decode(reader)?, evidence: reader.or_null(evidence)? },
            12 => Self::ReachStage { stage: Stage::decode(reader)?, evidence: evidence(reader)? },
            13 => Self::HandOver { keep: reader.list(MAX_ACCEPTED, Kept::decode)? },
            14 => Self::Settle {
                frame: frame_id(reader)?,
                stands: reader.bool()?,
                grounds: Grounds::decode(reader)?,
            },
            15 => Self::Checkpoint(reader.fixed()?),
            16 => Self::Rename { what: reader.or_null(Reader::fixed)?, name: Label::decode(reader)? },
            17 => Self::SetHousehold { member: member(reader)?, household: reader.or_null(compartment)? },
            _ => return Err(WireError::Expected("an act of version 1")),
        })
    }

    fn decode_compartment(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let (id, purpose) = (compartment(reader)?, CompartmentPurpose::decode(reader)?);
        let (name, readers) = (Label::decode(reader)?, reader.list(MAX_ACCEPTED, member)?);
        if readers.is_empty() {
            return Err(WireError::Expected("a reader of the compartment"));
        }
        Ok(Self::MakeCompartment { id, purpose, name, readers })
    }

    /// Writes the act alone, as it stands in proposals and changes.
    pub(crate) fn encode(&self, w: &mut Writer) {
        let (code, fields) = self.shape();
        w.array(fields + 1).uint(code);
        match self {
            Self::AddMember(member, device) => {
                member.encode(w);
                device.encode(w);
            }
            Self::AddDevice(device) => device.encode(w),
            Self::RemoveDevice(removed) => removed.encode_fields(w),
            Self::RemoveMember { member, accepted, grounds } => {
                w.bytes(member.as_bytes()).list(accepted, |w, removed| removed.encode(w));
                grounds.encode(w);
            }
            Self::SetRole { member, role } => {
                w.bytes(member.as_bytes()).uint(role.code());
            }
            Self::MakeCompartment { id, purpose, name, readers } => {
                w.bytes(id.as_bytes()).uint(purpose.code());
                name.encode(w);
                w.list(readers, |w, member| {
                    w.bytes(member.as_bytes());
                });
            }
            Self::Share { compartment, with, from_start } => {
                w.bytes(compartment.as_bytes()).bytes(with.as_bytes()).bool(*from_start);
            }
            Self::Unshare { compartment, with } => {
                w.bytes(compartment.as_bytes()).bytes(with.as_bytes());
            }
            Self::Rekey => {}
            rest => rest.encode_rest(w),
        }
    }

    fn encode_rest(&self, w: &mut Writer) {
        match self {
            Self::SetPolicy(policy) => policy.encode(w),
            Self::SetBirth { birth, evidence } => {
                birth.encode(w);
                w.or_null(evidence.as_ref(), |w, evidence| {
                    w.bytes(evidence);
                });
            }
            Self::ReachStage { stage, evidence } => {
                w.uint(stage.code()).bytes(evidence);
            }
            Self::HandOver { keep } => {
                w.list(keep, |w, kept| {
                    w.array(2).bytes(kept.member.as_bytes()).uint(kept.role.code());
                });
            }
            Self::Settle { frame, stands, grounds } => {
                w.bytes(frame.as_bytes()).bool(*stands);
                grounds.encode(w);
            }
            Self::Checkpoint(digest) => {
                w.bytes(digest);
            }
            Self::Rename { what, name } => {
                w.or_null(*what, |w, id| {
                    w.bytes(&id);
                });
                name.encode(w);
            }
            Self::SetHousehold { member, household } => {
                w.bytes(member.as_bytes()).or_null(*household, |w, id| {
                    w.bytes(id.as_bytes());
                });
            }
            _ => {}
        }
    }
}

impl Removed {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(2)?;
        Self::fields(reader)
    }

    fn fields(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { device: device(reader)?, accepted: reader.list(MAX_ACCEPTED, frame_id)? })
    }

    fn encode(&self, w: &mut Writer) {
        w.array(2);
        self.encode_fields(w);
    }

    fn encode_fields(&self, w: &mut Writer) {
        w.bytes(self.device.as_bytes());
        frame_ids(w, &self.accepted);
    }
}

impl Grounds {
    const APPROVED: u64 = 1;
    const ORDER: u64 = 2;

    /// `grounds = [1] / [2, order]`
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        match (reader.array()?, reader.uint()?) {
            (1, Self::APPROVED) => Ok(Self::Approved),
            (2, Self::ORDER) => evidence(reader).map(Self::Order),
            _ => Err(WireError::Expected("grounds")),
        }
    }

    fn encode(&self, w: &mut Writer) {
        match self {
            Self::Approved => w.array(1).uint(Self::APPROVED),
            Self::Order(order) => w.array(2).uint(Self::ORDER).bytes(order),
        };
    }
}

impl Kept {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(2)?;
        let kept = Self { member: member(reader)?, role: Role::decode(reader)? };
        if kept.role == Role::Subject { Err(WireError::Expected("guardian or supporter")) } else { Ok(kept) }
    }
}

fn evidence(reader: &mut Reader<'_>) -> Result<Arc<[u8]>, WireError> {
    let bytes = reader.bytes()?;
    if bytes.is_empty() || bytes.len() > MAX_EVIDENCE_BYTES {
        return Err(WireError::Expected("evidence of at most 16384 bytes"));
    }
    Ok(bytes.into())
}
