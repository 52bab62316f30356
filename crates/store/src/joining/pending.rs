//! What is kept between two steps: secrets of the one side, in bytes that the host seals.

use zeroize::Zeroizing;

use super::check::{JoinCheck, JoinRefusal};
use super::message::{MAX_MESSAGE_BYTES, Message};
use super::offer::read_name;
use super::outcome::NewDevice;
use crate::device::DeviceSeed;
use crate::wire::{Reader, WireError, Writer};

/// Version of what is kept.
const VERSION: u64 = 1;

/// Which step it belongs to.
#[derive(Clone, Copy)]
pub(super) enum Kept {
    Invitation = 1,
    Answered = 2,
    FarInvitation = 3,
    Revealed = 4,
    FarAnswered = 5,
    Comparing = 6,
    Joined = 7,
}

/// An array of version, step and so many `items`, which `write` writes. Made in one place of memory, which is wiped.
pub(super) fn write(step: Kept, items: usize, write: impl FnOnce(&mut Writer)) -> Zeroizing<Vec<u8>> {
    let mut writer = Writer::with_capacity(4 * MAX_MESSAGE_BYTES);
    writer.array(items + 2).uint(VERSION).uint(step as u64);
    write(&mut writer);
    Zeroizing::new(writer.into_bytes())
}

/// Reads what [`write()`] wrote.
pub(super) fn read<T>(
    bytes: &[u8],
    step: Kept,
    items: u64,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, WireError>,
) -> Result<T, JoinRefusal> {
    let parse = || {
        let mut reader = Reader::new(bytes);
        reader.array_of(items + 2)?;
        if (reader.uint()?, reader.uint()?) != (VERSION, step as u64) {
            return Err(WireError::Expected("another step or version"));
        }
        let value = read(&mut reader)?;
        reader.end().map(|()| value)
    };
    // JO-18.
    parse().map_err(JoinCheck::Pending.because())
}

/// A message within what is kept.
pub(super) fn read_message(reader: &mut Reader<'_>) -> Result<Message, WireError> {
    Message::from_bytes(reader.bytes()?).map_err(|_| WireError::Expected("a message"))
}

/// Two items: seed and name.
impl NewDevice {
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.bytes(self.keys.seed().as_secret_bytes()).text(self.name.as_str());
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let seed = DeviceSeed::from_secret_bytes(Zeroizing::new(reader.fixed()?));
        let keys = seed.keys().map_err(|_| WireError::Expected("the seed of a device"))?;
        Ok(Self { keys, name: read_name(reader)? })
    }
}
