//! Frames that are made together: sealed one after the other, each upon the last, appended as one.

use bookbag_crypto::{Entropy, SaltStream};
use zeroize::Zeroizing;

use super::WriteError;
use super::entries::Plain;
use super::keys::OpenedUnder;
use super::ledger::Ledger;
use crate::frame::{Draft, Opened};
use crate::id::{EpochId, FrameId};

/// Changes that are sealed and not in the bag yet: the host appends [`Self::bytes`] durably, and then confirms.
#[must_use = "a change is in the bag when it was appended and confirmed"]
pub struct Pending {
    pub(super) bytes: Vec<u8>,
    pub(super) ids: Vec<FrameId>,
    made: Vec<Made>,
}

/// What a frame says that was sealed here, so that it need not be opened when it is confirmed.
pub(super) struct Made {
    pub(super) under: OpenedUnder,
    /// Without padding.
    pub(super) event: Plain,
}

impl Pending {
    /// The frames, to be appended to the file in one piece.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The names of the frames, in order.
    pub fn ids(&self) -> &[FrameId] {
        &self.ids
    }

    /// The name of the last frame; the one that takes effect, where several make one change.
    pub fn last(&self) -> Option<FrameId> {
        self.ids.last().copied()
    }

    pub(super) fn made(&self) -> impl Iterator<Item = (FrameId, &Made)> {
        self.ids.iter().copied().zip(&self.made)
    }
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pending({} frames, {} bytes)", self.ids.len(), self.bytes.len())
    }
}

/// A batch that is being made.
pub(super) struct Batch<'l> {
    ledger: &'l Ledger,
    parents: Vec<FrameId>,
    time: u64,
    pub(super) random: SaltStream,
    pending: Pending,
}

impl<'l> Batch<'l> {
    /// Begins upon the heads that are accepted, at `now` or the time of the latest of them.
    pub(super) fn upon(ledger: &'l Ledger, now: u64, entropy: Entropy<32>) -> Self {
        let pending = Pending { bytes: Vec::new(), ids: Vec::new(), made: Vec::new() };
        let time = now.max(ledger.latest());
        let random = hedged(ledger, entropy);
        Self { ledger, parents: ledger.accepted_heads(), time, random, pending }
    }

    /// Seals one event under the key of this epoch, and the header under that of the newest control epoch.
    pub(super) fn seal(&mut self, epoch: EpochId, event: &[u8]) -> Result<FrameId, WriteError> {
        let key = self.ledger.key(&epoch).ok_or(WriteError::NoKey)?;
        let header = self.ledger.header_key().ok_or(WriteError::NoKey)?;
        let device = self.ledger.device();
        let draft = Draft {
            bag: Some(self.ledger.bag()),
            parents: &self.parents,
            author: device.id(),
            time: self.time,
            event,
        };
        let (id, frame) = draft.seal((header, key), &device.signing, self.random.entropy())?;
        self.pending.bytes.extend_from_slice(&frame);
        self.pending.ids.push(id);
        let opened = Opened::known(device.id(), epoch, self.time);
        let under = OpenedUnder { opened, header_epoch: header.epoch() };
        self.pending.made.push(Made { under, event: Plain::copied(event) });
        self.parents = vec![id];
        Ok(id)
    }

    pub(super) fn finish(self) -> Pending {
        self.pending
    }
}

/// Randomness for one change: what the host drew, under a secret of the device, with all that the change follows. If the host's generator
/// fails or repeats itself, what is drawn here does not, as long as something has been written in between.
pub(super) fn hedged(ledger: &Ledger, entropy: Entropy<32>) -> SaltStream {
    let drawn = Zeroizing::new(SaltStream::new(entropy).draw::<32>());
    let heads = ledger.accepted_heads();
    let mut parts: Vec<&[u8]> = vec![b"bookbag/1 change", &*drawn];
    parts.extend(heads.iter().map(|head| head.as_bytes().as_slice()));
    SaltStream::new(Entropy::from_secure_random(ledger.device().hedge().tag(&parts)))
}
