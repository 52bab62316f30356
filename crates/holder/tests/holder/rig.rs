//! A family's copies of a bag, each a `Vec<u8>` for a file and a holder over it.

use std::sync::atomic::{AtomicU64, Ordering};

use bookbag_crypto::{Entropy, SaltStream};
use bookbag_holder::{
    Changes, Decision, Holder, Key, Locked, NewSlot, Older, OpenError, Opened, Rewrite, Sees, Signatures,
    Where,
};
use bookbag_store::bag::{Doing, NewBag, NewEntry};
use bookbag_store::device::DeviceSeed;
use bookbag_store::event::{Content, Label, Nation, Policy, Role};
use bookbag_store::frame::scan::{Body, Piece, Scanner};
use bookbag_store::id::{EntryId, MemberId};
use bookbag_store::joining::{Joined, NewDevice, OwnDevice, in_person};
use bookbag_store::secret::judgement::Estimate;
use bookbag_store::secret::passkey::PasskeyOutput;
use bookbag_store::secret::passphrase::{NewPassphrase, Passphrase};
use zeroize::Zeroizing;

/// 1 September 2026.
pub(crate) const START: u64 = 1_788_220_800;

/// One copy of a bag, on one device.
pub(crate) struct Copy {
    pub(crate) holder: Holder,
    pub(crate) file: Vec<u8>,
    pub(crate) mark: Option<Vec<u8>>,
    secret: u8,
}

static DRAWN: AtomicU64 = AtomicU64::new(1);

/// Entropy that nobody else in this run has.
pub(crate) fn entropy() -> Entropy<32> {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&DRAWN.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    SaltStream::new(Entropy::from_secure_random(bytes)).entropy()
}

/// A moment later than all before, and its entropy.
pub(crate) fn doing() -> Doing {
    Doing { now: START + DRAWN.load(Ordering::Relaxed) * 60, entropy: entropy() }
}

pub(crate) fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

pub(crate) fn passkey(secret: u8) -> PasskeyOutput {
    PasskeyOutput::from_secret_bytes(Zeroizing::new([secret; 32]))
}

pub(crate) fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

pub(crate) fn new_passphrase(text: &str) -> NewPassphrase {
    passphrase(text).judge(Estimate { guesses_log10: 12.0, weakness: None }).unwrap()
}

/// With a slot for this passkey.
pub(crate) fn with_slot<T>(secret: u8, verb: impl FnOnce(&NewSlot<'_>) -> T) -> T {
    let output = passkey(secret);
    verb(&NewSlot::Passkey { salt: [secret; 16], output: &output })
}

pub(crate) fn new_bag(founder: &str, role: Role, policy: Policy) -> NewBag {
    NewBag {
        name: label("Carys’ bag"),
        founder: label(founder),
        role,
        device: label(&format!("{founder}’s phone")),
        policy,
        birth: Some("2016-05-04".parse().unwrap()),
    }
}

impl Copy {
    /// A bag that a guardian makes.
    pub(crate) fn made_by(founder: &str) -> Self {
        Self::made(new_bag(founder, Role::Guardian, Policy::uk(Nation::England)))
    }

    pub(crate) fn made(new: NewBag) -> Self {
        let secret = 1;
        let made = with_slot(secret, |slot| Holder::make(new, slot, doing())).unwrap();
        let mut copy = Self { holder: made.holder, file: made.file, mark: None, secret };
        copy.write();
        copy
    }

    pub(crate) fn over(holder: Holder, file: Vec<u8>, secret: u8) -> Self {
        let mut copy = Self { holder, file, mark: None, secret };
        copy.write();
        copy
    }

    /// What a host does: append, write anew, keep the mark.
    pub(crate) fn write(&mut self) {
        let changes = self.holder.take_changes();
        apply(&mut self.file, &changes);
        if let Some(rewrite) = &changes.rewrite {
            // Bodies that go move what is behind them: the rig opens the file again.
            let _: &Rewrite = rewrite;
            self.holder = reopened(&self.holder, &self.file);
        }
        assert_eq!(self.holder.length(), self.file.len() as u64);
        self.mark = Some(self.holder.mark(entropy()).unwrap());
    }

    /// Closes the bag and opens it by its slot.
    pub(crate) fn reopen(&mut self) {
        self.holder = self.open_with(Older::Refuse).unwrap();
    }

    pub(crate) fn open_with(&self, older: Older) -> Result<Holder, OpenError> {
        let unlocked = Locked::read(&self.file).unwrap();
        let unlocked = unlocked.unlock(Key::Passkey(&|_| Some(passkey(self.secret)))).unwrap();
        Ok(unlocked.open(&self.file, self.mark.as_deref(), older)?.holder().unwrap())
    }

    pub(crate) fn put(&mut self, name: &str, content: &str) -> EntryId {
        self.put_as("text/plain", name, content)
    }

    pub(crate) fn put_as(&mut self, media_type: &str, name: &str, content: &str) -> EntryId {
        let entry = NewEntry { name, media_type, tags: &[("kind", "note")], content: content.as_bytes() };
        let id = self.holder.put(&entry, Where::ByType, doing()).unwrap();
        self.write();
        id
    }

    /// The texts of all entries that this device reads, in order of their names.
    pub(crate) fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> =
            self.holder.bag().entries().map(|entry| text(&entry.current.put.content)).collect();
        texts.sort();
        texts
    }

    pub(crate) fn me(&self) -> MemberId {
        self.holder.me().unwrap().0
    }

    /// Invites in person and lets in; gives the decision and what the joiner has.
    pub(crate) fn let_in(&mut self, name: &str, role: Role, sees: Sees) -> (Decision, Joined) {
        let offer = self.holder.offer_member(role, &label(name), doing().now + 600, entropy()).unwrap();
        self.join(&offer, &format!("{name}’s phone"), sees)
    }

    pub(crate) fn join(
        &mut self,
        offer: &bookbag_store::joining::Offer,
        device: &str,
        sees: Sees,
    ) -> (Decision, Joined) {
        let now = offer.ends - 300;
        let own_name = self.holder.own_name().unwrap();
        let keys = self.holder.bag().device();
        let own = OwnDevice { card: &keys.card, name: &own_name };
        let invitation = in_person::Invitation::new(offer, own, now, entropy()).unwrap();
        let device = NewDevice { keys: DeviceSeed::generate(entropy()).keys().unwrap(), name: label(device) };
        let answered = in_person::Answered::accept(&invitation.message(), device, now).unwrap();
        let (confirmed, welcome) = invitation.answered(answered.message(), now, keys).unwrap();
        let joined = answered.welcomed(&welcome).unwrap();
        let decision = self.holder.admit(&confirmed, sees, doing()).unwrap();
        self.write();
        (decision, joined)
    }

    /// The copy that this one makes for a joiner, who settles in.
    pub(crate) fn copy_for(&self, joined: Joined, secret: u8) -> Self {
        let device = joined.keys_for(self.holder.id()).unwrap().id();
        let file = self.with_start(&self.holder.copy_for(device, entropy()).unwrap());
        let unlocked = Locked::read(&file).unwrap().unlock(Key::Joined(&joined)).unwrap();
        let mut holder = unlocked.open(&file, None, Older::Refuse).unwrap().holder().unwrap();
        with_slot(secret, |slot| holder.settle_in(joined, slot, doing())).unwrap();
        Self::over(holder, file, secret)
    }

    /// Somebody new, who is in at once.
    pub(crate) fn joined_by(&mut self, name: &str, role: Role, secret: u8) -> Self {
        let (decision, joined) = self.let_in(name, role, Sees::FromStart);
        assert!(matches!(decision, Decision::Done(_)), "{decision:?}");
        self.copy_for(joined, secret)
    }

    /// This file's frames behind another start.
    pub(crate) fn with_start(&self, start: &[u8]) -> Vec<u8> {
        let frames = Locked::read(&self.file).unwrap().frames_at() as usize;
        [start, &self.file[frames..]].concat()
    }

    /// Takes in what another copy has.
    pub(crate) fn merge(&mut self, other: &Self) -> bookbag_holder::MergeReport {
        let report = self.holder.merge_file(&other.file).unwrap();
        self.write();
        if report.needs_reopening {
            self.reopen();
        }
        report
    }

    /// Both have what either had.
    pub(crate) fn sync(&mut self, other: &mut Self) {
        self.merge(other);
        other.merge(self);
    }

    pub(crate) fn assert_clean(&self) {
        let report = self.holder.verify();
        assert!(report.is_clean(), "{:?}", report.found);
    }
}

pub(crate) fn text(content: &Content<'_>) -> String {
    match content {
        Content::Inline(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Content::Attached(attached) => format!("{} bytes", attached.length),
    }
}

/// Opens a file with a secret, as somebody who has never seen it.
pub(crate) fn open(file: &[u8], key: Key<'_>) -> Opened {
    Locked::read(file).unwrap().unlock(key).unwrap().open(file, None, Older::Refuse).unwrap()
}

fn reopened(holder: &Holder, file: &[u8]) -> Holder {
    let mut reading = holder.keys().reading(None, Signatures::All).unwrap();
    let start = Locked::read(file).unwrap().frames_at();
    for piece in Scanner::new(Some(holder.id()), start..file.len() as u64).pieces(file) {
        reading.piece(&piece).unwrap();
    }
    reading.finish(file.len() as u64, Older::Refuse).unwrap().holder().unwrap()
}

pub(crate) fn apply(file: &mut Vec<u8>, changes: &Changes) {
    file.extend_from_slice(&changes.append);
    if let Some(rewrite) = &changes.rewrite {
        *file = rewritten(file, rewrite);
    }
}

fn rewritten(file: &[u8], rewrite: &Rewrite) -> Vec<u8> {
    let locked = Locked::read(file).unwrap();
    let mut new = rewrite.preamble.clone();
    for piece in Scanner::new(Some(locked.bag()), locked.frames_at()..file.len() as u64).pieces(file) {
        let Piece::Frame { at, head, body } = piece else { panic!("{piece:?}") };
        if rewrite.drop.contains(&head.id()) {
            new.extend_from_slice(&head.without_body());
            continue;
        }
        let length = match body {
            Body::Deleted => 0,
            _ => head.stored_body_length().unwrap() as usize,
        };
        let at = at as usize;
        new.extend_from_slice(&file[at..at + head.head_length() + length]);
    }
    new
}
