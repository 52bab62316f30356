//! Sealing a frame.

use bookbag_crypto::aead::{AeadError, OneTimeKey};
use bookbag_crypto::{Entropy, HashAlgorithm, SaltStream, SigningKey};
use zeroize::Zeroizing;

use super::{MAX_BODY_BYTES, SALT_BYTES, VERSION, bucket};
use crate::id::{BagId, DeviceId, EpochId, FrameId};
use crate::key::{EpochKey, HeaderKey};
use crate::wire::Writer;

/// A change that is about to be sealed.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'d> {
    /// The bag; `None` for the first frame of a new one.
    pub bag: Option<BagId>,
    /// The heads that the author has seen, ascending.
    pub parents: &'d [FrameId],
    /// The device that signs.
    pub author: DeviceId,
    /// Unix seconds, not before those of a parent.
    pub time: u64,
    /// The encoded event.
    pub event: &'d [u8],
}

/// Why a change could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Longer than a body can be.
    #[error("too long for one frame: at most {MAX_BODY_BYTES} bytes")]
    TooLong,
}

impl Draft<'_> {
    /// Seals and signs the change. Gives the frame's name and its bytes, to be appended to the file.
    ///
    /// # Errors
    ///
    /// If the event is too long.
    pub fn seal(
        &self,
        keys: (&HeaderKey, &EpochKey),
        author: &SigningKey,
        entropy: Entropy<32>,
    ) -> Result<(FrameId, Vec<u8>), SealError> {
        let (header_key, epoch_key) = keys;
        let body = self.body(epoch_key, entropy)?;
        let clear = self.clear(&body);
        let signature = author.sign(sign1(&clear, self.author, epoch_key.epoch(), self.time).as_bytes());
        let mut plain = core(4, self.author, epoch_key.epoch(), self.time);
        plain.bytes(signature.as_bytes());
        let once = OneTimeKey::derive(header_key.root(), &[b"bookbag/1 header", &clear]);
        let header = once.seal(encrypt0(&clear).as_bytes(), plain.as_bytes()).map_err(too_long)?;
        let mut header_item = Writer::with_capacity(header.len() + 2);
        header_item.bytes(&header);
        let id = crate::id::labelled_hash("bookbag/1 frame", &[&clear, header_item.as_bytes()]);
        let mut frame = Writer::with_capacity(clear.len() + header.len() + body.len() + 16);
        frame.array(7).raw(&clear).raw(header_item.as_bytes()).bytes(&body);
        Ok((FrameId::from_bytes(id), frame.into_bytes()))
    }

    /// Salt and sealed event.
    fn body(&self, key: &EpochKey, entropy: Entropy<32>) -> Result<Vec<u8>, SealError> {
        let padded = bucket(self.event.len());
        if padded as u64 + 32 > MAX_BODY_BYTES {
            return Err(SealError::TooLong);
        }
        let mut plain = Zeroizing::new(Vec::with_capacity(padded));
        plain.extend_from_slice(self.event);
        plain.resize(padded, 0);
        let binding = binding(self.bag, self.parents, self.author, key.epoch(), self.time);
        let binding = binding.as_bytes();
        let drawn = Zeroizing::new(SaltStream::new(entropy).draw::<32>());
        let tag = key.salt_root().tag(&[&*drawn, binding, &plain]);
        let salt = tag.get(..SALT_BYTES).unwrap_or_default();
        let once = OneTimeKey::derive(key.content_root(), &[b"bookbag/1 content", salt, binding]);
        let sealed = once.seal(encrypt0(binding).as_bytes(), &plain).map_err(too_long)?;
        Ok([salt, &sealed].concat())
    }

    fn clear(&self, body: &[u8]) -> Vec<u8> {
        let mut writer = Writer::with_capacity(64 + 34 * (self.parents.len() + 1));
        writer.uint(VERSION).or_null(self.bag, |w, bag| {
            w.bytes(bag.as_bytes());
        });
        writer.list(self.parents, |w, parent| {
            w.bytes(parent.as_bytes());
        });
        writer.bytes(&HashAlgorithm::sha256([b"bookbag/1 body".as_slice(), body]));
        writer.uint(body.len() as u64);
        writer.into_bytes()
    }
}

/// What a body is bound to: all that is known of its frame before the body is sealed.
pub(super) fn binding(
    bag: Option<BagId>,
    parents: &[FrameId],
    author: DeviceId,
    epoch: EpochId,
    time: u64,
) -> Writer {
    let mut writer = Writer::with_capacity(64 + 34 * parents.len());
    writer.array(5).or_null(bag, |w, bag| {
        w.bytes(bag.as_bytes());
    });
    writer.list(parents, |w, parent| {
        w.bytes(parent.as_bytes());
    });
    writer.bytes(author.as_bytes()).bytes(epoch.as_bytes()).uint(time);
    writer
}

/// `Enc_structure` of COSE (RFC 9052 section 5.3) with the one protected header there is: algorithm 24, ChaCha20-Poly1305.
pub(super) fn encrypt0(external: &[u8]) -> Writer {
    let mut writer = Writer::with_capacity(external.len() + 24);
    writer.array(3).text("Encrypt0").bytes(&[0xa1, 0x01, 0x18, 0x18]).bytes(external);
    writer
}

/// `Sig_structure` of COSE (RFC 9052 section 4.4) with the one protected header there is: algorithm -8, `EdDSA`.
pub(super) fn sign1(clear: &[u8], author: DeviceId, epoch: EpochId, time: u64) -> Writer {
    let mut writer = Writer::with_capacity(clear.len() + 80);
    let payload = core(3, author, epoch, time);
    writer.array(4).text("Signature1").bytes(&[0xa1, 0x01, 0x27]).bytes(clear).bytes(payload.as_bytes());
    writer
}

/// Who, in which epoch, when; as the start of an array of `items`.
fn core(items: usize, author: DeviceId, epoch: EpochId, time: u64) -> Writer {
    let mut writer = Writer::with_capacity(112);
    writer.array(items).bytes(author.as_bytes()).bytes(epoch.as_bytes()).uint(time);
    writer
}

fn too_long(_: AeadError) -> SealError {
    SealError::TooLong
}

#[cfg(test)]
impl super::Head<'_> {
    /// The frame with its header sealed under another key, as any member can make it: the author's signature stays good.
    pub(crate) fn sealed_again(&self, from: &HeaderKey, to: &HeaderKey, body: &[u8]) -> Vec<u8> {
        let once = |key: &HeaderKey| OneTimeKey::derive(key.root(), &[b"bookbag/1 header", self.clear]);
        let plain = once(from).open(encrypt0(self.clear).as_bytes(), self.header).unwrap();
        let header = once(to).seal(encrypt0(self.clear).as_bytes(), &plain).unwrap();
        let mut frame = Writer::new();
        frame.array(7).raw(self.clear).bytes(&header).bytes(body);
        frame.into_bytes()
    }
}
