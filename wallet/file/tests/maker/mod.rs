//! Makes real frames, one after the other.

use bookbag_crypto::{Algorithm, Entropy, SigningKey};
use bookbag_store::frame::Draft;
use bookbag_store::id::{BagId, CompartmentId, DeviceId, FrameId};
use bookbag_store::key::{EpochKey, HeaderKey};
use bookbag_store::preamble::{CopyKey, Preamble};
use zeroize::Zeroizing;

pub(crate) struct Maker {
    pub(crate) bag: BagId,
    pub(crate) genesis: FrameId,
    begin: Vec<u8>,
    keys: (HeaderKey, EpochKey),
    signing: SigningKey,
    copy_key: CopyKey,
    head: FrameId,
    made: u64,
}

impl Maker {
    pub(crate) fn new() -> Self {
        let secret = Zeroizing::new([1; 32]);
        let epoch = EpochKey::from_secret_bytes(CompartmentId::from_bytes([1; 16]), secret);
        let signing = SigningKey::generate(Algorithm::EdDsa, Entropy::from_secure_random([3; 48])).unwrap();
        let copy_key = CopyKey::generate(Entropy::from_secure_random([2; 32]));
        let keys = (epoch.header_key(), epoch);
        let (genesis, begin) = seal(None, &[], 0, b"begin", (&keys.0, &keys.1), &signing);
        let bag = BagId::of_genesis(genesis);
        Self { bag, genesis, begin, keys, signing, copy_key, head: genesis, made: 0 }
    }

    /// Magic and preamble.
    pub(crate) fn start(&self, counter: u64) -> Vec<u8> {
        Preamble::write(self.bag, counter, &[], &self.copy_key)
    }

    /// The file of a new bag.
    pub(crate) fn new_file(&self) -> Vec<u8> {
        [self.start(0), self.begin.clone()].concat()
    }

    /// Goes on after this frame; `made` tells later frames apart.
    pub(crate) fn after(mut self, head: FrameId, made: u64) -> Self {
        (self.head, self.made) = (head, made);
        self
    }

    /// The next change, of so many bytes.
    pub(crate) fn frame(&mut self, bytes: usize) -> (FrameId, Vec<u8>) {
        self.made += 1;
        let mut event = self.made.to_be_bytes().to_vec();
        event.resize(bytes.max(8), 7);
        let keys = (&self.keys.0, &self.keys.1);
        let (id, frame) = seal(Some(self.bag), &[self.head], self.made, &event, keys, &self.signing);
        self.head = id;
        (id, frame)
    }
}

fn seal(
    bag: Option<BagId>,
    parents: &[FrameId],
    number: u64,
    event: &[u8],
    keys: (&HeaderKey, &EpochKey),
    signing: &SigningKey,
) -> (FrameId, Vec<u8>) {
    let author = DeviceId::from_bytes([4; 16]);
    let mut random = [9; 32];
    random[..8].copy_from_slice(&number.to_be_bytes());
    let draft = Draft { bag, parents, author, time: 1_790_000_000 + number, event };
    draft.seal(keys, signing, Entropy::from_secure_random(random)).unwrap()
}
