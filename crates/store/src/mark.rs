//! What a device remembers of a bag outside the bag (`spec/bag-format.md`, "Opening, and the mark").
//!
//! The mark says two things that the file cannot say of itself: how far this device has checked the signatures, and how far the bag had come.
//! It is sealed under a key of the device; a mark that does not open is no mark, which costs a full check and nothing else.

use bookbag_crypto::aead::OneTimeKey;
use bookbag_crypto::mac::MacKey;
use bookbag_crypto::{Entropy, HashAlgorithm, SaltStream};

use crate::device::DeviceKeys;
use crate::frame::MAX_PARENTS;
use crate::id::{BagId, FrameId};
use crate::key::expand;
use crate::wire::{Reader, WireError, Writer};

/// What one device has seen of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The bag.
    pub bag: BagId,
    /// Counter of the preamble.
    pub counter: u64,
    /// The frames that were there, in their order, and checked.
    pub seen: Seen,
    /// The latest time of a frame, in Unix seconds.
    pub time: u64,
    /// The frames that no other named as parent.
    pub heads: Vec<FrameId>,
}

/// So many frames in this order: a number and a digest that each frame goes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// How many.
    pub frames: u64,
    digest: [u8; 32],
}

impl Seen {
    /// The same and one frame more.
    #[must_use]
    pub fn and(self, frame: FrameId) -> Self {
        let digest = HashAlgorithm::sha256([self.digest.as_slice(), frame.as_bytes()]);
        Self { frames: self.frames + 1, digest }
    }
}

impl Mark {
    /// Seals the mark for the device's own keeping.
    ///
    /// # Errors
    ///
    /// Never: a mark is short.
    pub fn seal(
        &self,
        device: &DeviceKeys,
        entropy: Entropy<32>,
    ) -> Result<Vec<u8>, bookbag_crypto::aead::AeadError> {
        let plain = self.encode();
        let root = device.mark_root();
        let hedge = MacKey::from_secret_bytes(expand(&root, b"bookbag/1 mark salt"));
        let tag = hedge.tag(&[&SaltStream::new(entropy).draw::<32>(), &plain]);
        let salt = tag.get(..SALT_BYTES).unwrap_or_default();
        let sealed =
            OneTimeKey::derive(&root, &[b"bookbag/1 mark", salt]).seal(self.bag.as_bytes(), &plain)?;
        Ok([salt, &sealed].concat())
    }

    /// Opens a mark of this device for this bag; `None` if it is none.
    pub fn open(bag: BagId, device: &DeviceKeys, sealed: &[u8]) -> Option<Self> {
        let (salt, sealed) = sealed.split_at_checked(SALT_BYTES)?;
        let once = OneTimeKey::derive(&device.mark_root(), &[b"bookbag/1 mark", salt]);
        let plain = once.open(bag.as_bytes(), sealed).ok()?;
        Self::decode(&plain).ok().filter(|mark| mark.bag == bag)
    }

    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(7).uint(1).bytes(self.bag.as_bytes()).uint(self.counter);
        writer.uint(self.seen.frames).bytes(&self.seen.digest).uint(self.time);
        writer.list(&self.heads, |w, head| {
            w.bytes(head.as_bytes());
        });
        let mut bytes = writer.into_bytes();
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        reader.array_of(7)?;
        if reader.uint()? != 1 {
            return Err(WireError::Expected("version 1"));
        }
        let bag = BagId::from_bytes(reader.fixed()?);
        let counter = reader.uint()?;
        let seen = Seen { frames: reader.uint()?, digest: reader.fixed()? };
        let time = reader.uint()?;
        let heads = reader.list(MAX_PARENTS, |r| r.fixed().map(FrameId::from_bytes))?;
        reader.end_of_padded()?;
        Ok(Self { bag, counter, seen, time, heads })
    }
}

const SALT_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DeviceSeed;
    use zeroize::Zeroizing;

    fn device(byte: u8) -> DeviceKeys {
        DeviceSeed::from_secret_bytes(Zeroizing::new([byte; 32])).keys().unwrap()
    }

    fn mark(frames: u8) -> Mark {
        let ids = (0..frames).map(|byte| FrameId::from_bytes([byte; 32]));
        let seen = ids.fold(Seen::default(), Seen::and);
        let heads = vec![FrameId::from_bytes([7; 32])];
        Mark { bag: BagId::from_bytes([1; 16]), counter: 3, seen, time: 5, heads }
    }

    #[test]
    fn a_mark_opens_for_its_device_and_bag_only() {
        let sealed = mark(3).seal(&device(1), Entropy::from_secure_random([1; 32])).unwrap();
        let bag = mark(3).bag;
        assert_eq!(Mark::open(bag, &device(1), &sealed), Some(mark(3)));
        assert_eq!(Mark::open(bag, &device(2), &sealed), None);
        assert_eq!(Mark::open(BagId::from_bytes([2; 16]), &device(1), &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(Mark::open(bag, &device(1), &changed), None, "byte {at}");
            assert_eq!(Mark::open(bag, &device(1), &sealed[..at]), None);
        }
    }

    #[test]
    fn what_was_seen_depends_on_every_frame_and_their_order() {
        let [a, b] = [1, 2].map(|byte| FrameId::from_bytes([byte; 32]));
        let seen = |ids: &[FrameId]| ids.iter().copied().fold(Seen::default(), Seen::and);
        assert_eq!(seen(&[a, b]), seen(&[a, b]));
        assert_ne!(seen(&[a, b]), seen(&[b, a]));
        assert_ne!(seen(&[a, b]).digest, seen(&[a]).digest);
    }

    #[test]
    fn repeated_entropy_gives_another_salt_for_another_mark() {
        let salt = |frames| {
            let sealed = mark(frames).seal(&device(1), Entropy::from_secure_random([1; 32])).unwrap();
            sealed[..SALT_BYTES].to_vec()
        };
        assert_ne!(salt(3), salt(4));
    }
}
