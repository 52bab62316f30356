//! The names of things in a bag: random or derived bytes, never meaning.

use std::fmt;
use std::str::FromStr;

use bookbag_crypto::{Entropy, HashAlgorithm, SaltStream};

/// Not the hexadecimal digits of an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: {digits} hexadecimal digits are expected")]
pub struct IdError {
    digits: usize,
}

/// A table by names of things. Its hash is keyed anew in each table, so nobody can make names that meet in it; that the keys could be found out by
/// timing many answers is nothing to fear in a file.
pub(crate) type Table<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident($bytes:literal);)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// Length in bytes.
            pub const BYTES: usize = $bytes;

            /// Takes the bytes.
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // `{:.8}` shows the first eight digits.
                let digits = f.precision().unwrap_or(2 * $bytes);
                self.0.iter().take(digits.div_ceil(2)).try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                from_hex(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A bag: derived from its first frame.
    BagId(16);
    /// A frame: the hash of all of it but the body, which it covers by hash.
    FrameId(32);
    /// A person who holds keys to a bag. Random.
    MemberId(16);
    /// One member's phone, browser, computer, printed sheet: derived from its public keys.
    DeviceId(16);
    /// A part of a bag with its own key and readers. Random.
    CompartmentId(16);
    /// The time of one key of a compartment: the first half of the commitment to that key.
    EpochId(16);
    /// One thing kept in a compartment. Random.
    EntryId(16);
    /// One way to open a copy of a bag. Random.
    SlotId(16);
    /// A commitment to an epoch's key.
    Commitment(32);
}

macro_rules! random_ids {
    ($($name:ident)+) => {$(
        impl $name {
            /// A new one.
            pub fn generate(entropy: Entropy<32>) -> Self {
                Self(SaltStream::new(entropy).draw())
            }
        }
    )+};
}

random_ids! { MemberId CompartmentId EntryId SlotId }

impl CompartmentId {
    /// The control compartment of every bag.
    pub const CONTROL: Self = Self([0; 16]);
}

impl Commitment {
    /// The name of the epoch whose key this commits to.
    pub fn epoch(&self) -> EpochId {
        EpochId(first_half(&self.0))
    }
}

impl BagId {
    /// The bag that begins with this frame.
    pub fn of_genesis(frame: FrameId) -> Self {
        Self(labelled_half("bookbag/1 bag", &[frame.as_bytes()]))
    }
}

/// The first 16 bytes of `SHA-256(label ‖ parts…)`.
pub(crate) fn labelled_half(label: &str, parts: &[&[u8]]) -> [u8; 16] {
    first_half(&labelled_hash(label, parts))
}

/// `SHA-256(label ‖ parts…)`.
pub(crate) fn labelled_hash(label: &str, parts: &[&[u8]]) -> [u8; 32] {
    HashAlgorithm::sha256(std::iter::once(label.as_bytes()).chain(parts.iter().copied()))
}

fn first_half(bytes: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    half
}

fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], IdError> {
    let error = IdError { digits: 2 * N };
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return Err(error);
    }
    for (byte, two) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digits = str::from_utf8(two).map_err(|_| error)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(error);
        }
        *byte = u8::from_str_radix(digits, 16).map_err(|_| error)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_reads_as_it_is_written() {
        let id = EntryId::from_bytes(*b"0123456789abcdef");
        assert_eq!(id.to_string(), "30313233343536373839616263646566");
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "30", "+0313233343536373839616263646566", "3031323334353637383961626364656é", "g"]
        {
            assert_eq!(wrong.parse::<EntryId>(), Err(IdError { digits: 32 }), "{wrong}");
        }
    }
}
