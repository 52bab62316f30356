//! What a check of a bag found, each with its number.

use std::fmt;

use crate::id::{BagId, DeviceId, EpochId, FrameId};
use crate::numbered::numbered;

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
    /// The header was sealed under another control epoch than the one that is due.
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

numbered! {
    /// One numbered check of a frame, for whoever reads a file.
    FrameCheck {
        Torn = "FR-01", "bag-format.md, Damage", "the last frame of a file is whole";
        NotFrames = "FR-02", "bag-format.md, One file", "after the preamble a file holds frames and nothing else";
        Repeated = "FR-03", "bag-format.md, Damage", "a frame stands in a file once";
        Foreign = "FR-04", "bag-format.md, One file", "a frame names the bag that it stands in";
        Sealed = "FR-05", "bag-format.md, A frame's two sealed parts", "a key of the device opens the header";
        UnknownAuthor = "FR-06", "bag-format.md, The fold", "the author was introduced by a frame before";
        Signature = "FR-07", "bag-format.md, A frame's two sealed parts", "the signature is the author's, by the one strict rule";
        HeaderEpoch = "FR-08", "bag-format.md, A frame's two sealed parts",
            "a header is sealed under the control epoch that is due";
        Content = "FR-09", "bag-format.md, One file", "the body is the one that was signed, and opens";
        Malformed = "FR-10", "bag-format.md, Events", "the body is an event that the format has";
        Missing = "FR-11", "bag-format.md, One file", "the parents of a frame are in the file";
        FromLater = "FR-12", "bag-format.md, Events", "the event is of a kind and version that this software knows";
        BrokenWrap = "FR-13", "bag-format.md, Epochs and readers", "a wrap for this device opens to the key that its epoch commits to";
    }
}

impl Problem {
    /// The check that it fails.
    pub const fn check(&self) -> FrameCheck {
        match self {
            Self::Torn { .. } => FrameCheck::Torn,
            Self::NotFrames { .. } => FrameCheck::NotFrames,
            Self::Repeated(_) => FrameCheck::Repeated,
            Self::Foreign(_) => FrameCheck::Foreign,
            Self::Sealed(_) => FrameCheck::Sealed,
            Self::UnknownAuthor(..) => FrameCheck::UnknownAuthor,
            Self::Signature(_) => FrameCheck::Signature,
            Self::HeaderEpoch(_) => FrameCheck::HeaderEpoch,
            Self::ContentChanged(_) => FrameCheck::Content,
            Self::Malformed(_) => FrameCheck::Malformed,
            Self::Missing(_) => FrameCheck::Missing,
            Self::FromLater(_) => FrameCheck::FromLater,
            Self::BrokenWrap(_) => FrameCheck::BrokenWrap,
        }
    }

    /// Its number.
    pub const fn id(&self) -> &'static str {
        self.check().id()
    }

    /// Whether nothing may be written before another copy has mended it: something may be missing that changes who may do what.
    pub const fn stops_writing(&self) -> bool {
        matches!(self, Self::NotFrames { .. } | Self::Missing(_) | Self::FromLater(_))
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
