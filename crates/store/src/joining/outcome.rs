//! What joining gives: to the inviter keys it may add to the bag, to the joiner a bag it may open.

use zeroize::Zeroizing;

use super::check::{JoinCheck, JoinRefusal};
use super::offer::{Inviter, Promise, Seat};
use super::pending::{self, Kept};
use super::transcript::Transcript;
use crate::device::{DeviceCard, DeviceKeys};
use crate::event::{Label, Role};
use crate::id::{BagId, DeviceId, MemberId};

/// The joining device: its new keys, and what it is called.
#[derive(Debug)]
pub struct NewDevice {
    /// Of a seed that was made for this joining and is used for no other.
    pub keys: DeviceKeys,
    /// Such as *Anna's phone*.
    pub name: Label,
}

/// For the inviter: the keys of the joining device, checked. Add it to the bag: `sealing-key`, wraps, `add-member` or `add-device`,
/// and a slot for it in the copy that it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    bag: BagId,
    seat: Seat,
    card: DeviceCard,
    name: Label,
    transcript: [u8; 32],
}

/// For the joiner: what it was promised, by whom, and the keys that open it.
pub struct Joined {
    device: NewDevice,
    promise: Promise,
    transcript: [u8; 32],
}

/// What the opened bag says, for [`Joined::admitted`]: a device list that was folded and verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed<'b> {
    /// The bag.
    pub bag: BagId,
    /// The device of [`Joined::keys_for`].
    pub device: DeviceId,
    /// The member to whom that device belongs.
    pub member: MemberId,
    /// That member's role.
    pub role: Role,
    /// All devices that are listed, or were when that one was added.
    pub inviters: &'b [DeviceId],
}

/// A device that is listed as it was promised.
#[derive(Debug)]
pub struct Admitted {
    /// The bag.
    pub bag: BagId,
    /// Its place in it.
    pub seat: Seat,
    /// Its keys and name.
    pub device: NewDevice,
}

impl Confirmed {
    pub(super) fn new(promise: Promise, (card, name): (DeviceCard, &Label), transcript: &Transcript) -> Self {
        let (bag, seat, name) = (promise.bag, promise.seat, name.clone());
        Self { bag, seat, card, name, transcript: *transcript.as_bytes() }
    }

    /// The bag to which it is admitted.
    pub fn bag(&self) -> BagId {
        self.bag
    }

    /// Whose device it will be, in which role.
    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Its public keys.
    pub fn card(&self) -> &DeviceCard {
        &self.card
    }

    /// What it is called.
    pub fn device_name(&self) -> &Label {
        &self.name
    }

    /// The hash of all that was said, the same on both sides.
    pub fn transcript(&self) -> &[u8; 32] {
        &self.transcript
    }
}

impl Joined {
    /// The bag that was promised.
    pub fn bag(&self) -> BagId {
        self.promise.bag
    }

    /// The place in it.
    pub fn seat(&self) -> &Seat {
        &self.promise.seat
    }

    /// The device that invited.
    pub fn inviter(&self) -> &Inviter {
        &self.promise.inviter
    }

    /// What this device is called.
    pub fn device_name(&self) -> &Label {
        &self.device.name
    }

    /// The hash of all that was said, the same on both sides.
    pub fn transcript(&self) -> &[u8; 32] {
        &self.transcript
    }

    /// The keys, to open a file that says it is of this bag.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Bag`] if that is another than was promised.
    pub fn keys_for(&self, bag: BagId) -> Result<&DeviceKeys, JoinRefusal> {
        // JO-16: nothing of another bag is opened by way of this invitation.
        if bag == self.promise.bag { Ok(&self.device.keys) } else { Err(JoinCheck::Bag.refuse()) }
    }

    /// Sees that the opened and verified bag says what was promised. Only then does the device write into it.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Bag`], [`JoinCheck::Listed`].
    pub fn admitted(self, listed: &Listed<'_>) -> Result<Admitted, JoinRefusal> {
        let device = self.keys_for(listed.bag)?.id();
        let Promise { bag, seat, inviter } = self.promise;
        let kept = listed.device == device
            && listed.member == seat.member()
            && listed.role == seat.role()
            && listed.inviters.contains(&inviter.id());
        // JO-17: an inviter can promise one role and write another; the joiner holds the two together.
        if kept { Ok(Admitted { bag, seat, device: self.device }) } else { Err(JoinCheck::Listed.refuse()) }
    }

    /// To be kept until the bag has come. A secret: the host seals it.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        pending::write(Kept::Joined, 4, |writer| {
            self.device.write(writer);
            self.promise.write(writer);
            writer.bytes(&self.transcript);
        })
    }

    /// Reads what [`Self::to_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Pending`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, JoinRefusal> {
        pending::read(bytes, Kept::Joined, 4, |reader| {
            let device = NewDevice::read(reader)?;
            Ok(Self { device, promise: Promise::read(reader)?, transcript: reader.fixed()? })
        })
    }

    pub(super) fn new(device: NewDevice, promise: Promise, transcript: &Transcript) -> Self {
        Self { device, promise, transcript: *transcript.as_bytes() }
    }
}

impl std::fmt::Debug for Joined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Joined({})", self.promise.bag)
    }
}
