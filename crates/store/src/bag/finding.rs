//! What a check of a bag found, each with its number.

use std::fmt;

use crate::id::{BagId, DeviceId, EpochId, FrameId};

/// Something in a file that is not as it should be, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where it begins in the file, in bytes.
    pub at: u64,
    /// What it is.
    pub problem: Problem,
}

/// What can be wrong with a piece of a file. `spec/checks.md` lists the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The file ends inside a frame.
    Torn {
        /// How many bytes there are of it.
        bytes: u64,
    },
    /// Bytes that are no frame.
    NotFrames {
        /// How many.
        bytes: u64,
    },
    /// A frame that is there already.
    Repeated(FrameId),
    /// A frame of another bag.
    Foreign(BagId),
    /// No key of this device opens the header.
    Sealed(FrameId),
    /// The author was never introduced.
    UnknownAuthor(FrameId, DeviceId),
    /// The signature is not the author's.
    Signature(FrameId),
    /// The header was sealed under another control epoch than the frame says it belongs to.
    HeaderEpoch(FrameId),
    /// The content is not what was signed.
    ContentChanged(FrameId),
    /// The content was signed and is not what the format has.
    Malformed(FrameId),
    /// A frame that others name as parent is not here.
    Missing(FrameId),
    /// A wrap for this device does not open, or not to the key that the epoch commits to.
    BrokenWrap(EpochId),
    /// An event of a later version of this software.
    FromLater(FrameId),
}

impl Problem {
    /// Its number.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Torn { .. } => "FR-01",
            Self::NotFrames { .. } => "FR-02",
            Self::Repeated(_) => "FR-03",
            Self::Foreign(_) => "FR-04",
            Self::Sealed(_) => "FR-05",
            Self::UnknownAuthor(..) => "FR-06",
            Self::Signature(_) => "FR-07",
            Self::HeaderEpoch(_) => "FR-08",
            Self::ContentChanged(_) => "FR-09",
            Self::Malformed(_) => "FR-10",
            Self::Missing(_) => "FR-11",
            Self::FromLater(_) => "FR-12",
            Self::BrokenWrap(_) => "ST-24",
        }
    }

    /// Whether nothing may be written before another copy has mended it: something may be missing that changes who may do what.
    pub const fn stops_writing(&self) -> bool {
        matches!(self, Self::NotFrames { .. } | Self::Missing(_) | Self::Malformed(_) | Self::FromLater(_))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn { bytes } => write!(
                f,
                "the last change was cut off while it was written ({bytes} bytes); everything before it is here"
            ),
            Self::NotFrames { bytes } => write!(f, "{bytes} bytes here are damaged and no part of the bag"),
            Self::Repeated(frame) => write!(f, "change {frame:.8} is here twice; once is enough"),
            Self::Foreign(bag) => write!(f, "a change of another bag ({bag:.8}) is here; it is ignored"),
            Self::Sealed(frame) => {
                write!(f, "change {frame:.8} does not open with the keys of this device; it is ignored")
            }
            Self::UnknownAuthor(frame, device) => {
                write!(f, "change {frame:.8} is by a device that nobody added ({device:.8}); it is ignored")
            }
            Self::Signature(frame) => {
                write!(f, "change {frame:.8} was not signed by the device it names; it is ignored")
            }
            Self::HeaderEpoch(frame) => {
                write!(f, "change {frame:.8} was sealed under the key of another time; it is ignored")
            }
            Self::ContentChanged(frame) => {
                write!(
                    f,
                    "the content of change {frame:.8} is damaged; the change is known, its content lost here"
                )
            }
            Self::Malformed(frame) => write!(f, "change {frame:.8} cannot be understood"),
            Self::Missing(frame) => write!(f, "change {frame:.8} is missing or damaged"),
            Self::BrokenWrap(epoch) => write!(
                f,
                "the key of a compartment ({epoch:.8}) did not reach this device as it should; ask for new keys"
            ),
            Self::FromLater(frame) => write!(
                f,
                "change {frame:.8} was written by a newer Bookbag; update this one before you change anything"
            ),
        }
    }
}
