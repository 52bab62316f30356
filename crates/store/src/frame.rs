//! Frames: one signed, sealed change each (`spec/bag-format.md`, "A frame's two sealed parts").
//!
//! A frame is read in the order of what is needed for it, and each step gives what the next one takes: [`Head::read`] needs no key;
//! [`Head::open`] the header key of some control epoch; [`Opened::verify`] the author's public key; [`Opened::body`] the key of the epoch that the
//! header names. Only the first is needed to hold a bag for somebody else; content comes out of the last alone.

mod pad;
pub mod scan;
mod seal;

use bookbag_crypto::aead::OneTimeKey;
use bookbag_crypto::{HashAlgorithm, PublicKey};
use smallvec::SmallVec;
use zeroize::Zeroizing;

use crate::id::{BagId, DeviceId, EpochId, FrameId, labelled_hash};
use crate::key::{EpochKey, HeaderKey};
use crate::wire::{Reader, WireError, Writer};

pub use pad::bucket;
pub use seal::{Draft, SealError};

/// The version of the format.
pub const VERSION: u64 = 1;

/// Most parents of one frame.
pub const MAX_PARENTS: u64 = 64;

/// Longest body that is read when a bag is opened, in bytes. A longer one is part of an attachment.
pub const MAX_READ_BODY_BYTES: u64 = 65_536;

/// Longest body, in bytes.
pub const MAX_BODY_BYTES: u64 = 1_114_112;

/// Most bytes of a frame before the content of its body.
pub const MAX_HEAD_BYTES: usize = 2_560;

/// Longest sealed header, in bytes.
const MAX_HEADER_BYTES: u64 = 160;

/// Length of the salt at the start of a body, in bytes.
const SALT_BYTES: usize = 16;

/// Nearly always one.
type Parents = SmallVec<[FrameId; 1]>;

/// A frame without its body, as it stands in a file. Nothing in it has been checked but its form.
#[derive(Debug, Clone)]
pub struct Head<'b> {
    /// All of it.
    bytes: &'b [u8],
    /// From the version to the length of the body.
    clear: &'b [u8],
    /// The item `header`, with its CBOR head.
    header_item: &'b [u8],
    bag: Option<BagId>,
    parents: Parents,
    body_hash: [u8; 32],
    body_length: u64,
    header: &'b [u8],
    dropped: bool,
}

/// A frame whose header was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The device that says it wrote this.
    pub author: DeviceId,
    /// The epoch whose key opens the body.
    pub epoch: EpochId,
    /// Unix seconds, by the author's clock.
    pub time: u64,
    signature: [u8; 64],
}

/// Why something is not a frame, or not one to believe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// Not the form of a frame.
    #[error("not a frame: {0}")]
    Form(#[from] WireError),
    /// None of the keys opens the header: it was changed, or written by somebody whose keys we do not have.
    #[error("no key that this device has opens its header")]
    Header,
    /// The signature is not of this frame by its author.
    #[error("not signed by the device that it names")]
    Signature,
    /// The body is not the one the frame was signed with.
    #[error("its content was changed")]
    BodyHash,
    /// The epoch's key does not open the body.
    #[error("its content does not open")]
    Body,
}

impl<'b> Head<'b> {
    /// Reads the frame at the start of `bytes`, as far as the content of its body; the body need not be there.
    ///
    /// # Errors
    ///
    /// If it is not the form of a frame ([`WireError::Ended`]: it is as far as it goes, but not all of it is there).
    pub fn read(bytes: &'b [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes.get(..MAX_HEAD_BYTES).unwrap_or(bytes));
        reader.array_of(7)?;
        let start = reader.rest();
        if reader.uint()? != VERSION {
            return Err(WireError::Expected("version 1"));
        }
        let bag = reader.or_null(|r| r.fixed().map(BagId::from_bytes))?;
        let parents = parents(&mut reader)?;
        let body_hash = reader.fixed()?;
        let body_length = reader.uint()?;
        if body_length > MAX_BODY_BYTES {
            return Err(WireError::Expected("a shorter body"));
        }
        let clear = before(start, reader.rest());
        let start = reader.rest();
        let header = reader.bytes_of_at_most(MAX_HEADER_BYTES)?;
        let header_item = before(start, reader.rest());
        let body = reader.or_null(Reader::bytes_head)?;
        if body.is_some_and(|length| length != body_length) {
            return Err(WireError::Expected("a body of the length that is stated"));
        }
        let bytes = before(bytes.get(..MAX_HEAD_BYTES).unwrap_or(bytes), reader.rest());
        let dropped = body.is_none();
        Ok(Self { bytes, clear, header_item, bag, parents, body_hash, body_length, header, dropped })
    }

    /// The name of the frame.
    pub fn id(&self) -> FrameId {
        FrameId::from_bytes(labelled_hash("bookbag/1 frame", &[self.clear, self.header_item]))
    }

    /// The bag it says it belongs to; for the first frame, the bag that it begins.
    pub fn bag(&self) -> BagId {
        self.bag.unwrap_or_else(|| BagId::of_genesis(self.id()))
    }

    /// Whether it has the form of the first frame.
    pub fn is_genesis(&self) -> bool {
        self.bag.is_none() && self.parents.is_empty()
    }

    /// The frames that its author had seen last, ascending.
    pub fn parents(&self) -> &[FrameId] {
        &self.parents
    }

    /// Length in the file up to the content of the body, in bytes.
    pub fn head_length(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes, as they stand in the file.
    pub fn as_bytes(&self) -> &'b [u8] {
        self.bytes
    }

    /// Length in the file of the content of the body, in bytes; `None` if it was deleted.
    pub fn stored_body_length(&self) -> Option<u64> {
        if self.dropped { None } else { Some(self.body_length) }
    }

    /// Whether the body is so long that it can only be part of an attachment, and is left for later.
    pub fn is_apart(&self) -> bool {
        self.body_length > MAX_READ_BODY_BYTES
    }

    /// Compares the body with the hash that the frame was signed with.
    ///
    /// # Errors
    ///
    /// If it is another.
    pub fn check_body(&self, body: &[u8]) -> Result<(), FrameError> {
        let found = HashAlgorithm::sha256([b"bookbag/1 body".as_slice(), body]);
        if found == self.body_hash { Ok(()) } else { Err(FrameError::BodyHash) }
    }

    /// The frame without its body, as it is written after deletion.
    pub fn without_body(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(self.bytes.len());
        writer.array(7).raw(self.clear).raw(self.header_item).or_null(None::<()>, |_, ()| {});
        writer.into_bytes()
    }

    /// Opens the header.
    ///
    /// # Errors
    ///
    /// If it was not sealed under this key.
    pub fn open(&self, key: &HeaderKey) -> Result<Opened, FrameError> {
        let once = OneTimeKey::derive(key.root(), &[b"bookbag/1 header", self.clear]);
        let plain =
            once.open(seal::encrypt0(self.clear).as_bytes(), self.header).map_err(|_| FrameError::Header)?;
        let mut reader = Reader::new(&plain);
        reader.array_of(4)?;
        let author = DeviceId::from_bytes(reader.fixed()?);
        let epoch = EpochId::from_bytes(reader.fixed()?);
        let opened = Opened { author, epoch, time: reader.uint()?, signature: reader.fixed()? };
        reader.end()?;
        Ok(opened)
    }
}

impl Opened {
    /// The header of a frame that was opened and verified before.
    pub(crate) fn known(author: DeviceId, epoch: EpochId, time: u64) -> Self {
        Self { author, epoch, time, signature: [0; 64] }
    }

    /// Checks the signature, by the one strict rule.
    ///
    /// # Errors
    ///
    /// If it is not of this frame by this key.
    pub fn verify(&self, head: &Head<'_>, author: &PublicKey) -> Result<(), FrameError> {
        let signed = seal::sign1(head.clear, self.author, self.epoch, self.time);
        author.verify(signed.as_bytes(), &self.signature).map_err(|_| FrameError::Signature)
    }

    /// Opens the body: one event and its padding. The caller has compared it with [`Head::check_body`].
    ///
    /// # Errors
    ///
    /// If it was not sealed under this key for this frame.
    pub fn body(
        &self,
        head: &Head<'_>,
        key: &EpochKey,
        body: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, FrameError> {
        let (salt, sealed) = body.split_at_checked(SALT_BYTES).ok_or(FrameError::Body)?;
        let binding = seal::binding(head.bag, &head.parents, self.author, self.epoch, self.time);
        let binding = binding.as_bytes();
        let once = OneTimeKey::derive(key.content_root(), &[b"bookbag/1 content", salt, binding]);
        once.open(seal::encrypt0(binding).as_bytes(), sealed).map_err(|_| FrameError::Body)
    }
}

/// Ascending without doubles, so that one set has one encoding.
fn parents(reader: &mut Reader<'_>) -> Result<Parents, WireError> {
    let items = reader.array()?;
    if items > MAX_PARENTS {
        return Err(WireError::Expected("a shorter list"));
    }
    let parents: Parents =
        (0..items).map(|_| reader.fixed().map(FrameId::from_bytes)).collect::<Result<_, _>>()?;
    if parents.is_sorted_by(|one, next| one < next) {
        Ok(parents)
    } else {
        Err(WireError::Expected("parents in ascending order"))
    }
}

/// What of `start` was read when `rest` was left.
fn before<'b>(start: &'b [u8], rest: &[u8]) -> &'b [u8] {
    start.get(..start.len().saturating_sub(rest.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
