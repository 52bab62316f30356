//! The six messages, as values: what was read is kept as it was written, beside what it says.

use bookbag_crypto::hpke::PUBLIC_KEY_BYTES;
use zeroize::Zeroizing;

use super::check::{JoinCheck, JoinRefusal};
use super::offer::{checked_name, read_name};
use crate::device::DeviceCard;
use crate::event::Label;
use crate::wire::{Reader, WireError, Writer};

/// Longest message, in bytes: twice what the longest can be, an answer.
pub const MAX_MESSAGE_BYTES: usize = 4096;

/// Version of every message of joining.
const VERSION: u64 = 1;

/// Which message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// In person, from the inviter, on its screen: carries the secret.
    Invite,
    /// In person, from the joiner: its keys, sealed.
    Answer,
    /// In person, from the inviter: what was promised, sealed.
    Welcome,
    /// At a distance, from the inviter: a commitment.
    FarInvite,
    /// At a distance, from the joiner: its keys and a nonce.
    FarAnswer,
    /// At a distance, from the inviter: what it had committed to, sealed.
    Reveal,
}

/// A message that is well-formed. What it says is believed only by the step that takes it. An invitation in person is a
/// secret, so no message is printed, and each is wiped when dropped.
#[derive(Clone)]
pub struct Message {
    bytes: Zeroizing<Vec<u8>>,
    pub(super) body: Body,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Body {
    Invite { secret: Zeroizing<[u8; 16]>, ends: u64, promise: [u8; 16] },
    Answer { invitation: [u8; 16], salt: [u8; 16], sealed: Vec<u8> },
    Welcome { invitation: [u8; 16], salt: [u8; 16], sealed: Vec<u8> },
    FarInvite { commitment: [u8; 32], ends: u64 },
    FarAnswer { invitation: [u8; 16], joiner: Joiner, nonce: [u8; 32], signature: [u8; 64] },
    Reveal { invitation: [u8; 16], sealed: Vec<u8> },
}

/// The device that joins, as it says itself; its keys are not checked yet.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Joiner {
    signing: [u8; 32],
    sealing: Box<[u8; PUBLIC_KEY_BYTES]>,
    name: Label,
}

impl MessageKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Invite, Self::Answer, Self::Welcome, Self::FarInvite, Self::FarAnswer, Self::Reveal];

    const fn number(self) -> u64 {
        match self {
            Self::Invite => 1,
            Self::Answer => 2,
            Self::Welcome => 3,
            Self::FarInvite => 4,
            Self::FarAnswer => 5,
            Self::Reveal => 6,
        }
    }
}

impl Message {
    pub(super) fn new(body: Body) -> Self {
        let mut writer = Writer::with_capacity(MAX_MESSAGE_BYTES);
        body.write(&mut writer);
        Self { bytes: Zeroizing::new(writer.into_bytes()), body }
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Form`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, JoinRefusal> {
        let body = Body::parse(bytes).map_err(JoinCheck::Form.because())?;
        Ok(Self { bytes: Zeroizing::new(bytes.to_vec()), body })
    }

    /// The bytes. Those of [`MessageKind::Invite`] are a secret.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Which message it is.
    pub fn kind(&self) -> MessageKind {
        self.body.kind()
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({:?}, {} bytes)", self.kind(), self.bytes.len())
    }
}

impl Body {
    fn kind(&self) -> MessageKind {
        match self {
            Self::Invite { .. } => MessageKind::Invite,
            Self::Answer { .. } => MessageKind::Answer,
            Self::Welcome { .. } => MessageKind::Welcome,
            Self::FarInvite { .. } => MessageKind::FarInvite,
            Self::FarAnswer { .. } => MessageKind::FarAnswer,
            Self::Reveal { .. } => MessageKind::Reveal,
        }
    }

    fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > MAX_MESSAGE_BYTES {
            return Err(WireError::Expected("a shorter message"));
        }
        let mut reader = Reader::new(bytes);
        let items = reader.array()?;
        if reader.uint()? != VERSION {
            return Err(WireError::Expected("version 1"));
        }
        let kind = reader.uint()?;
        let body = Self::read(kind, &mut reader)?;
        if items != body.items() {
            return Err(WireError::Expected("an array of another length"));
        }
        reader.end().map(|()| body)
    }

    fn read(kind: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match kind {
            1 => Self::Invite {
                secret: Zeroizing::new(reader.fixed()?),
                ends: reader.uint()?,
                promise: reader.fixed()?,
            },
            2 => Self::Answer {
                invitation: reader.fixed()?,
                salt: reader.fixed()?,
                sealed: reader.bytes()?.to_vec(),
            },
            3 => Self::Welcome {
                invitation: reader.fixed()?,
                salt: reader.fixed()?,
                sealed: reader.bytes()?.to_vec(),
            },
            4 => Self::FarInvite { commitment: reader.fixed()?, ends: reader.uint()? },
            5 => Self::FarAnswer {
                invitation: reader.fixed()?,
                joiner: Joiner::read(reader)?,
                nonce: reader.fixed()?,
                signature: reader.fixed()?,
            },
            6 => Self::Reveal { invitation: reader.fixed()?, sealed: reader.bytes()?.to_vec() },
            _ => return Err(WireError::Expected("a kind of message")),
        })
    }

    /// Items of the array, version and kind included.
    fn items(&self) -> u64 {
        match self {
            Self::Invite { .. } | Self::Answer { .. } | Self::Welcome { .. } => 5,
            Self::FarInvite { .. } | Self::Reveal { .. } => 4,
            Self::FarAnswer { .. } => 6,
        }
    }

    fn write(&self, writer: &mut Writer) {
        writer.array(usize::try_from(self.items()).unwrap_or_default());
        writer.uint(VERSION).uint(self.kind().number());
        match self {
            Self::Invite { secret, ends, promise } => {
                writer.bytes(&**secret).uint(*ends).bytes(promise);
            }
            Self::Answer { invitation, salt, sealed } | Self::Welcome { invitation, salt, sealed } => {
                writer.bytes(invitation).bytes(salt).bytes(sealed);
            }
            Self::FarInvite { commitment, ends } => {
                writer.bytes(commitment).uint(*ends);
            }
            Self::FarAnswer { invitation, joiner, nonce, signature } => {
                writer.bytes(invitation).raw(&joiner.encoded()).bytes(nonce).bytes(signature);
            }
            Self::Reveal { invitation, sealed } => {
                writer.bytes(invitation).bytes(sealed);
            }
        }
    }
}

impl Joiner {
    pub(super) fn new(card: &DeviceCard, name: &Label) -> Result<Self, JoinRefusal> {
        let sealing = card.sealing().to_bytes().try_into().map_err(JoinCheck::Keys.because())?;
        let sealing = Box::new(sealing);
        Ok(Self { signing: *card.signing_bytes(), sealing, name: checked_name(name)? })
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(3)?;
        let (signing, sealing) = (reader.fixed()?, Box::new(reader.fixed()?));
        Ok(Self { signing, sealing, name: read_name(reader)? })
    }

    /// The encoded item.
    pub(super) fn encoded(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(3).bytes(&self.signing).bytes(self.sealing.as_slice()).text(self.name.as_str());
        writer.into_bytes()
    }

    pub(super) fn name(&self) -> &Label {
        &self.name
    }

    /// The keys, checked to be keys.
    pub(super) fn card(&self) -> Result<DeviceCard, JoinRefusal> {
        DeviceCard::from_bytes(&self.signing, self.sealing.as_slice()).map_err(JoinCheck::Keys.because())
    }
}
