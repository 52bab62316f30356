//! Whether this is the only copy.
//!
//! Recovery takes a copy and a key. That a copy elsewhere was seen, and how far it went, is a fact about the world and not about the bag: it is kept outside the
//! frames, beside the device's mark, and says nothing of anybody. It vouches for nothing: a copy that was seen once may be gone.

use bookbag_store::frame::scan::{Body, Piece};
use bookbag_store::id::{BagId, FrameId};
use bookbag_store::wire::{Reader, WireError, Writer};

use crate::holder::Holder;
use crate::open::{Locked, Way};
use crate::words;

/// What is known of a copy elsewhere: kept by the host beside the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere {
    bag: BagId,
    /// When the copy was seen, in Unix seconds.
    seen: u64,
    /// How many frames it had.
    frames: u64,
}

/// Why another copy is no safeguard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CopyProblem {
    /// Another bag.
    #[error("that is another bag: choose a copy of this one")]
    OtherBag,
    /// It lacks changes.
    #[error("that copy lacks {}: copy the bag there again", words::changes(*missing))]
    Behind {
        /// How many.
        missing: u64,
    },
    /// It has no way in.
    #[error(
        "nothing but a device that has joined opens that copy: add a passphrase or a printed sheet to it"
    )]
    NoWayIn,
    /// It is damaged.
    #[error("that copy is damaged: copy the bag there again")]
    Damaged,
}

/// How safe a bag is from loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// No copy elsewhere is known.
    OnlyCopy,
    /// There was a copy, and it is older by now.
    Behind {
        /// When it was seen, in Unix seconds.
        seen: u64,
        /// By how many changes.
        changes: u64,
    },
    /// A copy elsewhere had everything.
    Safe {
        /// When it was seen, in Unix seconds.
        seen: u64,
    },
}

impl Holder {
    /// Looks at another copy. If it is whole, has everything and can be opened, that is noted.
    ///
    /// # Errors
    ///
    /// What keeps it from being a safeguard.
    pub fn confirm_copy<'p>(
        &self,
        other: &Locked,
        pieces: impl Iterator<Item = Piece<'p>>,
        now: u64,
    ) -> Result<Elsewhere, CopyProblem> {
        if other.bag() != self.id() {
            return Err(CopyProblem::OtherBag);
        }
        if other.ways().iter().all(|way| way == Way::Device) {
            return Err(CopyProblem::NoWayIn);
        }
        let mut there: Vec<FrameId> = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Frame { body: Body::Changed(_), .. } | Piece::NotFrames { .. } => {
                    return Err(CopyProblem::Damaged);
                }
                Piece::Frame { head, .. } => there.push(head.id()),
                Piece::Torn { .. } => {}
            }
        }
        there.sort_unstable();
        there.dedup();
        let ours = there.iter().filter(|id| self.bag.has(**id)).count() as u64;
        let frames = self.bag.frames() as u64;
        if ours < frames {
            return Err(CopyProblem::Behind { missing: frames - ours });
        }
        Ok(Elsewhere { bag: self.id(), seen: now, frames })
    }

    /// How safe this bag is from loss, by what is known of copies elsewhere.
    pub fn safety(&self, elsewhere: Option<&Elsewhere>) -> Safety {
        match elsewhere.filter(|elsewhere| elsewhere.bag == self.id()) {
            None => Safety::OnlyCopy,
            Some(known) => match (self.bag.frames() as u64).saturating_sub(known.frames) {
                0 => Safety::Safe { seen: known.seen },
                changes => Safety::Behind { seen: known.seen, changes },
            },
        }
    }

    /// Whether this member has a printed sheet or shares.
    pub fn has_recovery(&self) -> bool {
        let me = self.bag.member();
        self.state().devices().any(|(_, listed)| {
            listed.is_active && listed.device.purpose.is_recovery() && Some(listed.device.member) == me
        })
    }
}

impl Safety {
    /// What to say to the person; nothing, if all is well.
    pub fn sentence(self) -> Option<String> {
        match self {
            Self::Safe { .. } => None,
            Self::OnlyCopy => Some(
                "This is the only copy of the bag that we know of. If this computer is lost, the bag is lost. Put a copy on a memory stick or another device."
                    .to_owned(),
            ),
            Self::Behind { seen, changes } => Some(format!(
                "The copy elsewhere is from {} and lacks {}. Copy the bag there again.",
                words::day(seen),
                words::changes(changes)
            )),
        }
    }
}

impl Elsewhere {
    /// To be kept beside the mark. No secret.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(4).uint(1).bytes(self.bag.as_bytes()).uint(self.seen).uint(self.frames);
        writer.into_bytes()
    }

    /// Reads what [`Self::to_bytes`] gave; `None` if it is nothing of the kind.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes).ok()
    }

    fn read(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        reader.array_of(4)?;
        if reader.uint()? != 1 {
            return Err(WireError::Expected("version 1"));
        }
        let bag = BagId::from_bytes(reader.fixed()?);
        let (seen, frames) = (reader.uint()?, reader.uint()?);
        if reader.rest().is_empty() {
            Ok(Self { bag, seen, frames })
        } else {
            Err(WireError::Expected("nothing more"))
        }
    }
}
