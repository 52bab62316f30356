//! Why a verb was not done, in words that somebody can act on.

use bookbag_crypto::aead::AeadError;
use bookbag_crypto::kdf::KdfError;
use bookbag_store::bag::WriteError;
use bookbag_store::event::LabelError;
use bookbag_store::joining::JoinRefusal;
use bookbag_store::preamble::SlotError;
use bookbag_store::wire::WireError;

/// Why a verb was not done. Nothing of it is in the bag, and what was in the bag still is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerbError {
    /// The bag did not take the change.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A verb failed after its first step; what is in memory is no longer what is in the file.
    #[error("something went wrong half-way, and nothing was written: close the bag and open it again")]
    OpenAgain,
    /// This device is not, or no longer, in the bag.
    #[error(
        "this device is not in the bag any more: what it could read before can still be read, and nothing can be changed"
    )]
    NotAMember,
    /// There is none of that name.
    #[error("there is no {what} like that in the bag: look at the list for its exact name")]
    NoSuch {
        /// What was looked for.
        what: &'static str,
    },
    /// There are several.
    #[error("there is more than one {what} like that: give more of its name or its id")]
    Several {
        /// What was looked for.
        what: &'static str,
    },
    /// There is no compartment for this.
    #[error("there is no {0} compartment that you can write in: make one first, or say where to keep it")]
    NoPlace(&'static str),
    /// Somebody who sees and does not write.
    #[error(
        "you can see this part of the bag and not write in it: ask a guardian, or the person the bag is about"
    )]
    MayNotWrite,
    /// An entry without its content was asked for.
    #[error("this part of the attachment is not in this copy: merge a copy that has it")]
    PartMissing,
    /// A part is not what was put.
    #[error("part of this attachment is damaged: look for another copy of the bag and merge it")]
    PartDamaged,
    /// Parts were given in the wrong length or order.
    #[error("an attachment is cut into parts of one length, of which only the last may be shorter")]
    PartLength,
    /// The last slot.
    #[error("this is the only way to open this copy: add another before you remove it")]
    LastWay,
    /// A copy that nothing opens.
    #[error("nothing would open that copy: make a printed sheet first, or give a passphrase for it")]
    NothingOpens,
    /// A slot that only its device can make anew.
    #[error("this slot belongs to a device that is no longer in the bag: remove it")]
    StaleSlot,
    /// Not from this bag, or not what was promised.
    #[error(transparent)]
    Join(#[from] JoinRefusal),
    /// The joiner's copy has to be made after the joiner is in.
    #[error("this device is not in the bag yet: others have to agree first, and then the copy can be made")]
    NotInYet,
    /// The file is no bag, or of another one.
    #[error("this is a copy of another bag: choose a copy of this one")]
    OtherBag,
    /// The other file cannot be read.
    #[error("the other file cannot be read as a bag: {0}")]
    OtherFile(#[from] bookbag_store::preamble::PreambleError),
    /// Somebody who may see but not take.
    #[error(
        "only the person the bag is about and their guardians may take a copy with them; you can ask one of them"
    )]
    MayNotTake,
    /// A name is too long.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// A secret could not be stretched.
    #[error("the passphrase could not be worked on: {0}; close other programs and try again")]
    Stretching(#[from] KdfError),
    /// A slot could not be sealed.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// Too long, or too many.
    #[error("too long, or too many at once: {0}")]
    Limit(#[from] WireError),
    /// Something could not be encrypted.
    #[error(transparent)]
    Aead(#[from] AeadError),
    /// New keys could not be made.
    #[error("new keys could not be made: try again")]
    Keys,
}
