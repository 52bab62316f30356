//! What an invitation is to: a bag, and a seat in it.

use super::check::{JoinCheck, JoinRefusal};
use crate::device::{DeviceCard, DeviceKeys};
use crate::event::{Label, Role};
use crate::id::{BagId, DeviceId, MemberId, labelled_half};
use crate::wire::{Reader, WireError, Writer};

/// Longest time from now to the end of an invitation, in seconds: 30 days. In person, minutes are enough.
pub const MAX_INVITATION_SECONDS: u64 = 30 * 24 * 60 * 60;

/// Whom the joining device will belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeatKind {
    /// Somebody who is not a member yet; the identifier is new.
    NewMember,
    /// A member who joins with one more device.
    FurtherDevice,
}

/// The place in a bag that is offered: whose device it will be, and in which role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    kind: SeatKind,
    member: MemberId,
    role: Role,
    name: Label,
}

/// What an invitation is to, and until when, in Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The bag.
    pub bag: BagId,
    /// The place in it.
    pub seat: Seat,
    /// The first second at which the invitation no longer holds.
    pub ends: u64,
}

/// The device that invites, for itself.
#[derive(Debug, Clone, Copy)]
pub struct OwnDevice<'d> {
    /// Its public keys.
    pub card: &'d DeviceCard,
    /// What it is called in the bag.
    pub name: &'d Label,
}

/// The device that invites, as the bag lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inviter {
    signing: [u8; 32],
    sealing_hash: [u8; 32],
    name: Label,
}

/// All that the inviter promises; it ends up in the transcript of both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Promise {
    pub(super) bag: BagId,
    pub(super) seat: Seat,
    pub(super) inviter: Inviter,
}

impl Seat {
    /// A seat for `member`, whose role and name are shown to who joins.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Name`].
    pub fn new(kind: SeatKind, member: MemberId, role: Role, name: &Label) -> Result<Self, JoinRefusal> {
        Ok(Self { kind, member, role, name: checked_name(name)? })
    }

    /// Whether it is for a new member.
    pub fn kind(&self) -> SeatKind {
        self.kind
    }

    /// The member to whom the device will belong.
    pub fn member(&self) -> MemberId {
        self.member
    }

    /// The member's role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The member's name.
    pub fn name(&self) -> &Label {
        &self.name
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(4)?;
        let kind = match reader.uint()? {
            1 => SeatKind::NewMember,
            2 => SeatKind::FurtherDevice,
            _ => return Err(WireError::Expected("a kind of seat")),
        };
        let member = MemberId::from_bytes(reader.fixed()?);
        let role = Role::decode(reader)?;
        Ok(Self { kind, member, role, name: read_name(reader)? })
    }

    fn write(&self, writer: &mut Writer) {
        let kind = match self.kind {
            SeatKind::NewMember => 1,
            SeatKind::FurtherDevice => 2,
        };
        writer
            .array(4)
            .uint(kind)
            .bytes(self.member.as_bytes())
            .uint(self.role.code())
            .text(self.name.as_str());
    }
}

impl Inviter {
    fn new(own: OwnDevice<'_>) -> Result<Self, JoinRefusal> {
        let (signing, sealing_hash) = (*own.card.signing_bytes(), own.card.sealing_hash());
        Ok(Self { signing, sealing_hash, name: checked_name(own.name)? })
    }

    /// The device's name in the bag, which follows from both keys.
    pub fn id(&self) -> DeviceId {
        DeviceId::from_bytes(labelled_half("bookbag/1 device", &[&self.signing, &self.sealing_hash]))
    }

    /// The Ed25519 public key of the device.
    pub fn signing(&self) -> &[u8; 32] {
        &self.signing
    }

    /// SHA-256 of the X-Wing public key of the device.
    pub fn sealing_hash(&self) -> &[u8; 32] {
        &self.sealing_hash
    }

    /// What the device is called.
    pub fn name(&self) -> &Label {
        &self.name
    }

    /// Whether these are the keys of that device.
    pub fn is(&self, card: &DeviceCard) -> bool {
        self.signing == *card.signing_bytes() && self.sealing_hash == card.sealing_hash()
    }
}

impl Promise {
    /// Of an offer, by a device.
    pub(super) fn new(offer: &Offer, own: OwnDevice<'_>) -> Result<Self, JoinRefusal> {
        Ok(Self { bag: offer.bag, seat: offer.seat.clone(), inviter: Inviter::new(own)? })
    }

    /// Sees that the device which promised goes on, and that it does not answer itself.
    pub(super) fn held_by(&self, keys: &DeviceKeys, joiner: &DeviceCard) -> Result<(), JoinRefusal> {
        // JO-11.
        let own = self.inviter.is(&keys.card) && keys.card.signing_bytes() != joiner.signing_bytes();
        if own { Ok(()) } else { Err(JoinCheck::OwnDevice.refuse()) }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(3)?;
        let bag = BagId::from_bytes(reader.fixed()?);
        let seat = Seat::read(reader)?;
        reader.array_of(3)?;
        let (signing, sealing_hash) = (reader.fixed()?, reader.fixed()?);
        Ok(Self { bag, seat, inviter: Inviter { signing, sealing_hash, name: read_name(reader)? } })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.array(3).bytes(self.bag.as_bytes());
        self.seat.write(writer);
        let Inviter { signing, sealing_hash, name } = &self.inviter;
        writer.array(3).bytes(signing).bytes(sealing_hash).text(name.as_str());
    }

    /// The encoded item.
    pub(super) fn encoded(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        self.write(&mut writer);
        writer.into_bytes()
    }
}

/// Sees that an invitation which ends at `ends` holds at `now`.
pub(super) fn in_time(ends: u64, now: u64) -> Result<u64, JoinRefusal> {
    let holds = now < ends && ends - now <= MAX_INVITATION_SECONDS;
    if holds { Ok(ends) } else { Err(JoinCheck::Time.refuse()) }
}

/// A name that can be shown in a line of a terminal.
pub(super) fn checked_name(name: &Label) -> Result<Label, JoinRefusal> {
    if is_name(name) { Ok(name.clone()) } else { Err(JoinCheck::Name.refuse()) }
}

pub(super) fn read_name(reader: &mut Reader<'_>) -> Result<Label, WireError> {
    let name = Label::decode(reader)?;
    if is_name(&name) { Ok(name) } else { Err(WireError::Expected("a name")) }
}

fn is_name(name: &Label) -> bool {
    !name.as_str().chars().any(char::is_control)
}
