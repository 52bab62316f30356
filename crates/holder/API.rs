//! SIGNATURES of `bookbag-holder`, to write against while the bodies are being filled in. Not compiled; goes away.
//! Store types used: Bag, Doing{now, entropy}, NewBag, NewEntry, Entry, Version, Mark, Finding, Label, Role, Stage, Nation, Policy, Act, Kept, ids; secret::*; joining::*.

// ---- lib.rs ------------------------------------------------------------------------------------------------------------
/// A bag in the hands of a person: verbs confirm in memory at once; what the host must write collects as [`Changes`].
pub struct Holder;

/// What the host has to make durable, in this order, before it says "done". If it cannot, it drops the [`Holder`] and opens again.
pub struct Changes {
    /// Frames, to be appended in one piece with one sync. Empty: nothing.
    pub append: Vec<u8>,
    /// After the append (or together with it): the file is written anew.
    pub rewrite: Option<Rewrite>,
}
/// A new file: this start, then all frames of the old (the appended too) in their order, the bodies of `drop` left out (`null`).
pub struct Rewrite {
    /// Magic and preamble.
    pub preamble: Vec<u8>,
    /// Frames whose bodies go. Frames that have none any more are named too; that changes nothing.
    pub drop: BTreeSet<FrameId>,
}
impl Changes { pub fn is_empty(&self) -> bool; }

/// A new bag: the holder, and its whole file (magic, preamble, frames).
pub struct Made { pub holder: Holder, pub file: Vec<u8> }

/// What gives a new slot its key.
pub enum NewSlot<'s> {
    /// A passphrase that was judged (`secret::passphrase`).
    Passphrase(&'s NewPassphrase),
    /// A passkey that was evaluated at `passkey_input(bag, &salt)`.
    Passkey { salt: [u8; 16], output: &'s PasskeyOutput },
}

impl Holder {
    pub fn make(new: NewBag, slot: &NewSlot<'_>, doing: Doing) -> Result<Made, VerbError>;
    pub fn take_changes(&mut self) -> Changes;
    /// The store's view: state(), entries(), entry(), find(), versions(), slots(), findings(), frames(), latest(), is_read_only().
    pub fn bag(&self) -> &Bag;
    pub fn id(&self) -> BagId;
    /// Length of the file when all changes are written, in bytes.
    pub fn length(&self) -> u64;
    /// What this device keeps outside the file, sealed, after each durable write.
    pub fn mark(&self, entropy: Entropy<32>) -> Result<Vec<u8>, VerbError>;
    /// What opens this file again as this device without a secret (after a rewrite, or after an error of the disk).
    pub fn keys(&self) -> Unlocked;
    pub fn me(&self) -> Result<(MemberId, &control::Member), VerbError>;
}

// ---- open.rs -----------------------------------------------------------------------------------------------------------
/// A file's start: its slots. Nothing is believed yet.
pub struct Locked;
impl Locked {
    /// `start`: the first `MAGIC.len() + MAX_PREAMBLE_BYTES` bytes of the file or more.
    pub fn read(start: &[u8]) -> Result<Self, UnlockError>;
    pub fn new(preamble: Preamble) -> Self;
    pub fn bag(&self) -> BagId;
    /// Where frames begin in the file, in bytes (0 for `new`).
    pub fn frames_at(&self) -> u64;
    pub fn slots(&self) -> &[Slot];           // Parameters tells the kinds
    pub fn has(&self, way: Way) -> bool;      // Way::{Passphrase, Passkey, Sheet, Shares, Device}
    pub fn unlock(&self, key: Key<'_>) -> Result<Unlocked, UnlockError>;
}
/// A secret that a person or a machine has.
pub enum Key<'k> {
    Passphrase(&'k Passphrase),
    Passkey(&'k dyn Fn(&[u8; 32]) -> Option<PasskeyOutput>),   // evaluated once for each passkey slot
    Words(&'k RecoverySecret),
    Shares(&'k [Share]),
    /// The joiner, with the copy that was made for it.
    Joined(&'k Joined),
    /// A device's own seed.
    Device(&'k DeviceSeed),
}
/// Keys are there; frames may be read, as often as it takes.
pub struct Unlocked;
impl Unlocked {
    pub fn bag(&self) -> BagId;
    /// Begins to read. `mark`: what `Holder::mark` gave. `Signatures::AsMarked` first; after `OpenError::NotAsMarked` again with `Signatures::All`.
    pub fn reading(&self, mark: Option<&[u8]>, signatures: Signatures) -> Result<Reading, OpenError>;
    /// For a file in memory: all of it, retried as needed.
    pub fn open(&self, file: &[u8], mark: Option<&[u8]>, older: Older) -> Result<Opened, OpenError>;
}
pub enum Signatures { AsMarked, All }
pub enum Older { Refuse, Accept }
impl Reading {
    pub fn piece(&mut self, piece: &Piece<'_>) -> Result<(), OpenError>;
    /// `length`: of the file up to where frames end (a torn end not counted), in bytes.
    pub fn finish(self, length: u64, older: Older) -> Result<Opened, OpenError>;
}
pub enum Opened {
    /// An ordinary device.
    Holder(Holder),
    /// By a printed sheet or shares: a fresh device must be enrolled first.
    Recovery(Recovery),
}
impl Recovery {
    pub fn bag(&self) -> &Bag;
    /// Whose sheet it is.
    pub fn member(&self) -> Result<(MemberId, &control::Member), VerbError>;
    /// Enrols a fresh device, makes new slots: `slot` for the person, and the recovery slots sealed anew. Then an ordinary holder, with changes to write.
    pub fn enrol(self, device: Label, slot: &NewSlot<'_>, doing: Doing) -> Result<Holder, VerbError>;
}
/// Display of OpenError: "This file is an older copy than the one this computer last saw (12 March 2026, 14 changes ago). ..."

// ---- slots.rs ----------------------------------------------------------------------------------------------------------
impl Holder {
    pub fn ways(&self) -> Vec<WayIn>;                                    // slot id, Way, name of the device behind it
    pub fn add_slot(&mut self, slot: &NewSlot<'_>, doing: Doing) -> Result<SlotId, VerbError>;
    /// The old passphrase goes; whoever has an old copy still opens that copy with it.
    pub fn change_passphrase(&mut self, new: &NewPassphrase, doing: Doing) -> Result<(), VerbError>;
    /// Somebody else may know it: new device, old one removed with new keys for all this member reads, new copy key, every other slot gone or sealed anew.
    pub fn secret_is_known(&mut self, slot: &NewSlot<'_>, doing: Doing) -> Result<(), VerbError>;
    /// Refuses to take the last one. A sheet's or shares' device is removed too (with new keys).
    pub fn remove_slot(&mut self, id: SlotId, doing: Doing) -> Result<(), VerbError>;
    /// Print it with `secret::sheet::recovery_sheet`.
    pub fn make_sheet(&mut self, name: Label, doing: Doing) -> Result<RecoverySecret, VerbError>;
    /// Print each with `secret::sheet::share_card`.
    pub fn make_shares(&mut self, name: Label, scheme: Scheme, doing: Doing) -> Result<Vec<Share>, VerbError>;
}

// ---- entries.rs --------------------------------------------------------------------------------------------------------
/// Where something is kept.
pub enum Where {
    /// By its type: addresses and contacts in one's household, holder keys in one's personal compartment, all else in the record.
    ByType,
    In(CompartmentId),
}
impl Holder {
    pub fn place_for(&self, media_type: &str, place: Where) -> Result<CompartmentId, VerbError>;
    pub fn put(&mut self, entry: &NewEntry<'_>, place: Where, doing: Doing) -> Result<EntryId, VerbError>;
    pub fn put_all(&mut self, entries: &[NewEntry<'_>], place: CompartmentId, doing: Doing) -> Result<Vec<EntryId>, VerbError>;
    pub fn replace(&mut self, id: EntryId, with: &NewEntry<'_>, doing: Doing) -> Result<(), VerbError>;
    /// `Changes` has a rewrite that leaves the bodies out.
    pub fn delete(&mut self, id: EntryId, doing: Doing) -> Result<(), VerbError>;
    /// By full id, or the first digits of one (at least 4) if only one entry has them.
    pub fn entry_named(&self, id: &str) -> Result<Entry<'_>, VerbError>;
}

// ---- attach.rs ---------------------------------------------------------------------------------------------------------
impl Holder {
    pub fn attach(&mut self, media_type: &str, place: Where, doing: Doing) -> Result<Attachment, VerbError>;
    /// Parts of MAX_PART_BYTES, the last one shorter. `take_changes` may be called (and written) after each.
    pub fn attach_part(&mut self, attachment: &mut Attachment, bytes: &[u8], doing: Doing) -> Result<(), VerbError>;
    /// `entry.content` is not used.
    pub fn attached(&mut self, attachment: Attachment, entry: &NewEntry<'_>, doing: Doing) -> Result<EntryId, VerbError>;
    /// To read an attachment part by part; None if the entry stands whole in its frame.
    pub fn detach(&self, id: EntryId) -> Result<Option<Detaching>, VerbError>;
}
impl Detaching {
    pub fn length(&self) -> u64;
    /// Where the next part's frame stands in the file: its beginning and length, in bytes. None after the last.
    pub fn next_part(&self, holder: &Holder) -> Option<Result<(u64, u64), VerbError>>;
    pub fn part(&mut self, holder: &Holder, frame: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerbError>;
    /// Checks the whole.
    pub fn finish(self) -> Result<(), VerbError>;
}

// ---- members.rs, decide.rs ---------------------------------------------------------------------------------------------
/// What became of an act that others may have to agree with.
pub enum Decision {
    Done(FrameId),
    /// Others must agree: it is proposed. The last approval does it.
    Proposed { proposal: FrameId, missing: Vec<MemberId> },
}
impl Holder {
    /// Does an act, or proposes it where others must agree.
    pub fn decide(&mut self, act: &Act, doing: Doing) -> Result<Decision, VerbError>;
    /// Agrees with a proposal, and does it if nobody else has to.
    pub fn approve(&mut self, proposal: FrameId, doing: Doing) -> Result<Decision, VerbError>;
    pub fn proposals(&self) -> Vec<OpenProposal>;                        // frame, by, when, what (words), approved by, still missing, mine to approve
    /// What to invite with (`joining`): a seat for somebody new, or for another device of one's own.
    pub fn offer_member(&self, role: Role, name: &Label, ends: u64, entropy: Entropy<32>) -> Result<Offer, VerbError>;
    pub fn offer_device(&self, ends: u64) -> Result<Offer, VerbError>;
    pub fn own_name(&self) -> Result<Label, VerbError>;                  // this device's name in the bag; with bag().device() this is joining::OwnDevice
    /// Adds the joiner; a guardian or the subject also becomes a reader of the record as `sees` says.
    pub fn admit(&mut self, confirmed: &Confirmed, sees: Sees, doing: Doing) -> Result<Decision, VerbError>;
    /// The start of the copy for a device that joined: magic and preamble; all frames of this file follow.
    pub fn copy_for(&self, device: DeviceId, entropy: Entropy<32>) -> Result<Vec<u8>, VerbError>;
    /// The joiner, once its copy is open: sees that it is what was promised, makes own compartments, an own slot in place of the joining one.
    pub fn settle_in(&mut self, joined: Joined, slot: &NewSlot<'_>, doing: Doing) -> Result<(), VerbError>;
    pub fn remove_member(&mut self, member: MemberId, order: Option<&[u8]>, doing: Doing) -> Result<Decision, VerbError>;
    pub fn remove_device(&mut self, device: DeviceId, doing: Doing) -> Result<Decision, VerbError>;
    pub fn leave(&mut self, doing: Doing) -> Result<FrameId, VerbError>;
    pub fn set_role(&mut self, member: MemberId, role: Role, doing: Doing) -> Result<Decision, VerbError>;
    pub fn make_compartment(&mut self, name: Label, purpose: CompartmentPurpose, readers: &[MemberId], doing: Doing) -> Result<Decision, VerbError>;
    pub fn share(&mut self, compartment: CompartmentId, with: MemberId, from_start: bool, doing: Doing) -> Result<Decision, VerbError>;
    pub fn unshare(&mut self, compartment: CompartmentId, with: MemberId, doing: Doing) -> Result<Decision, VerbError>;
    pub fn rename(&mut self, what: Named, name: Label, doing: Doing) -> Result<Decision, VerbError>;
    pub fn set_policy / set_birth(date, evidence) / reach_stage(stage, evidence)  // -> Decision
    pub fn hand_over(&mut self, keep: &[Kept], doing: Doing) -> Result<Decision, VerbError>;
    pub fn settle(&mut self, removal: FrameId, stands: bool, order: Option<&[u8]>, doing: Doing) -> Result<Decision, VerbError>;
    /// New keys wherever somebody who left might still have them. Done by itself before anything is written.
    pub fn rekey_where_due(&mut self, doing: Doing) -> Result<bool, VerbError>;
    pub fn member_named(&self, name_or_id: &str) -> Result<MemberId, VerbError>;        // also device_named, compartment_named
}
pub enum Sees { FromStart, FromNow, NotTheRecord }
pub enum Named { Bag, Member(MemberId), Device(DeviceId), Compartment(CompartmentId) }

// ---- leave.rs ----------------------------------------------------------------------------------------------------------
/// Reads a frame of the file: beginning and length in bytes. The host's read.
pub type Frames<'f> = &'f mut dyn FnMut(u64, u64) -> Option<Vec<u8>>;
impl Holder {
    /// A new bag with new keys and what this member may take; nothing in this one names it. Then `leave`.
    pub fn copy_to_new_bag(&self, new: NewBag, slot: &NewSlot<'_>, frames: Frames<'_>, doing: Doing) -> Result<Made, VerbError>;
}

// ---- merge.rs ----------------------------------------------------------------------------------------------------------
impl Holder {
    /// Another copy that is in memory.
    pub fn merge_file(&mut self, other: &[u8]) -> Result<MergeReport, VerbError>;
    /// Frame by frame, whole, in the order of the other file (bytes of attachments too).
    pub fn merge(&mut self, frames: &mut dyn FnMut() -> Option<(u64, Vec<u8>)>) -> Result<MergeReport, VerbError>;
}
/// new (how many), lines (history lines of what came), quarantined / refused (lines), conflicts (entries with several versions), waiting (removals), findings.
pub struct MergeReport;

// ---- history.rs --------------------------------------------------------------------------------------------------------
/// "12 March 2026 · Anna (Anna's phone) · added Ben as guardian"
pub struct Line { pub frame: FrameId, pub time: u64, pub who: String, pub device: String, pub what: String, pub standing: Standing, pub note: Option<String> }
impl Holder { pub fn history(&self) -> Vec<Line>; }       // key frames and attachment parts folded away
pub fn day(unix_seconds: u64) -> String;                 // "12 March 2026"

// ---- export.rs ---------------------------------------------------------------------------------------------------------
impl Holder {
    /// The start of a copy to carry away: recovery slots, and a passphrase slot if one is given. All frames follow.
    pub fn export_bag(&self, passphrase: Option<&NewPassphrase>, entropy: Entropy<32>) -> Result<Vec<u8>, VerbError>;
    /// Everything this device can read, as files of a folder; attachments are to be written from `Detaching`.
    pub fn export_readable(&self, now: u64) -> Readable;
}
pub struct Readable { pub files: Vec<(String, Vec<u8>)>, pub attachments: Vec<(String, Detaching)> }

// ---- elsewhere.rs ------------------------------------------------------------------------------------------------------
/// What is known of copies elsewhere: kept by the host beside the mark (`to_bytes`, `from_bytes`).
pub struct Elsewhere;
impl Elsewhere { pub fn new(); pub fn from_bytes(&[u8]) -> Option<Self>; pub fn to_bytes(&self) -> Vec<u8>; }
impl Holder {
    /// Looks at another copy and, if it holds everything and can be opened, notes it.
    pub fn confirm_copy(&self, other: &Locked, pieces: impl Iterator<Item = Piece>, elsewhere: &mut Elsewhere, now: u64) -> Result<(), CopyProblem>;
    pub fn safety(&self, elsewhere: &Elsewhere) -> Safety;   // OnlyCopy | Behind{changes, since} | Safe{since}; has_recovery: bool; sentence() -> Option<String>
}

// ---- verify.rs ---------------------------------------------------------------------------------------------------------
impl Holder { pub fn verify(&self) -> Report; }          // open with Signatures::All first
pub struct Report { pub frames: usize, pub accepted: usize, pub quarantined: usize, pub refused: usize, pub waiting: usize, pub found: Vec<Found>, pub compartments: Vec<Entitlement>, pub digest... }
pub struct Found { pub number: &'static str, pub at: Option<u64>, pub text: String }

// ---- drawer.rs ---------------------------------------------------------------------------------------------------------
pub mod drawer {
    pub const DRAWERS: usize = 4; pub const BYTES: usize = 1_048_576;
    pub fn empty(entropy: Entropy<32>) -> Vec<u8>;
    pub fn seal(bag_file: &[u8], passphrase: &Passphrase, entropy: Entropy<32>) -> Result<Vec<u8>, DrawerError>;
    /// None: not with this passphrase, or nothing in it; which of the two cannot be known.
    pub fn open(container: &[u8], passphrase: &Passphrase) -> Result<Option<Zeroizing<Vec<u8>>>, DrawerError>;
}

// ---- witness.rs --------------------------------------------------------------------------------------------------------
/// Evidence by credentials: birth dates (SD-JWT VC), orders, dated tokens.
pub struct CredentialWitness;   // impl store::control::Witness
