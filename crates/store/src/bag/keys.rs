//! The epoch keys that this device has.

use bookbag_crypto::hpke::{Context, HpkePublicKey};
use bookbag_crypto::{Entropy, SaltStream};
use zeroize::Zeroizing;

use crate::device::DeviceKeys;
use crate::frame::{Head, Opened};
use crate::id::{BagId, Commitment, CompartmentId, DeviceId, EpochId, Table};
use crate::key::{EpochKey, HeaderKey};

/// What opens headers and bodies.
#[derive(Default)]
pub(super) struct Keys {
    epochs: Table<EpochId, EpochKey>,
    headers: Vec<HeaderKey>,
    last: usize,
}

/// A frame's header, and the control epoch under which it was sealed.
pub(super) struct OpenedUnder {
    pub(super) opened: Opened,
    pub(super) header_epoch: EpochId,
}

impl Keys {
    pub(super) fn add(&mut self, key: EpochKey) {
        if key.compartment() == CompartmentId::CONTROL && !self.epochs.contains_key(&key.epoch()) {
            self.headers.push(key.header_key());
        }
        self.epochs.insert(key.epoch(), key);
    }

    pub(super) fn epoch(&self, epoch: &EpochId) -> Option<&EpochKey> {
        self.epochs.get(epoch)
    }

    /// What seals and opens headers in a control epoch.
    pub(super) fn header(&self, epoch: EpochId) -> Option<&HeaderKey> {
        self.headers.iter().rev().find(|key| key.epoch() == epoch)
    }

    pub(super) fn of_compartment(&self, compartment: CompartmentId) -> impl Iterator<Item = &EpochKey> {
        self.epochs.values().filter(move |key| key.compartment() == compartment)
    }

    /// Tries the key that opened the frame before, then the others, newest first.
    pub(super) fn open_header(&mut self, head: &Head<'_>) -> Option<OpenedUnder> {
        let others = (0..self.headers.len()).rev().filter(|at| *at != self.last);
        let found = std::iter::once(self.last).chain(others).find_map(|at| {
            let key = self.headers.get(at)?;
            let opened = head.open(key).ok()?;
            Some((at, OpenedUnder { opened, header_epoch: key.epoch() }))
        });
        let (at, opened) = found?;
        self.last = at;
        Some(opened)
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({} epochs)", self.epochs.len())
    }
}

/// For whom an epoch's key is sealed.
#[derive(Clone, Copy)]
pub(super) struct WrapFor {
    pub(super) bag: BagId,
    pub(super) compartment: CompartmentId,
    pub(super) epoch: EpochId,
    pub(super) recipient: DeviceId,
}

impl WrapFor {
    /// Seals the key to the recipient's card.
    pub(super) fn seal(
        self,
        key: &EpochKey,
        card: &HpkePublicKey,
        random: &mut SaltStream,
    ) -> Option<Vec<u8>> {
        let entropy: Entropy<64> = random.entropy();
        let info = self.info();
        let context = Context { info: &info, associated_data: b"" };
        card.seal(entropy, context, key.as_secret_bytes()).ok()
    }

    /// Opens what was sealed to this device, and sees that it is the key that was promised.
    pub(super) fn open(
        self,
        device: &DeviceKeys,
        commitment: Commitment,
        wrapped: &[u8],
    ) -> Option<EpochKey> {
        let info = self.info();
        let context = Context { info: &info, associated_data: b"" };
        let secret = device.sealing.open(context, wrapped).ok()?;
        let secret = Zeroizing::new(<[u8; 32]>::try_from(secret.as_slice()).ok()?);
        EpochKey::committed(self.compartment, commitment, secret).ok()
    }

    fn info(self) -> Vec<u8> {
        let parts: [&[u8]; 5] = [
            b"bookbag/1 wrap",
            self.bag.as_bytes(),
            self.compartment.as_bytes(),
            self.epoch.as_bytes(),
            self.recipient.as_bytes(),
        ];
        parts.concat()
    }
}
