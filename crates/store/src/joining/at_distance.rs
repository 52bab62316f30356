//! Joining at a distance: commit, reply, reveal, and then two people compare a short code by telephone.
//!
//! ```text
//!  inviter                                                joiner
//!  Invitation ──── far-invite: commitment, end ─────────▶ Answered
//!             ◀─── far-answer: keys, name, nonce, signature
//!  Revealed   ──── reveal: nonce, bag, seat, inviter ───▶ Comparing     sealed to the joiner's key
//!      │                                                      │
//!  codes_match ◀────── "acorn zebra lantern coffee" ─────▶ codes_match   by voice
//!  Confirmed                                               Joined
//! ```
//!
//! The inviter commits: the first message is then short (77 characters), says nothing of bag and people, and three messages are enough. Whoever
//! carries the messages may change them all. It must fix its own answer before the inviter reveals its nonce, and its own commitment
//! before the joiner sends its own, so the two codes are drawn after its last choice: it has one chance in
//! 2^32 (with words; 10^8 with digits) for each invitation, however many keys it tries.
//!
//! **One attempt.** That holds only if an invitation takes one answer. Every step consumes the one before; a host that keeps state between
//! steps replaces it durably *before* it sends the next message, and forgets it when a message of this invitation is refused or the codes differ.
//! To make that easy, the message is read from the state that was kept.
//!
//! A carrier who only reads learns the joining device's name and that somebody joins something.

use bookbag_crypto::hpke::Context;
use bookbag_crypto::{Entropy, PublicKey, SaltStream};
use zeroize::Zeroizing;

use super::check::{JoinCheck, JoinRefusal};
use super::code::{Code, HeardCode};
use super::message::{Body, Joiner, Message};
use super::offer::{Inviter, Offer, OwnDevice, Promise, Seat, in_time};
use super::outcome::{Confirmed, Joined, NewDevice};
use super::pending::{self, Kept, read_message};
use super::seal::{padded, unpadded};
use super::transcript::{INVITER, JOINER, Transcript};
use crate::device::DeviceKeys;
use crate::event::Label;
use crate::id::{BagId, labelled_half, labelled_hash};
use crate::wire::Writer;

/// The inviter, committed and waiting for an answer.
pub struct Invitation {
    nonce: Zeroizing<[u8; 32]>,
    ends: u64,
    promise: Promise,
}

/// The inviter, which has revealed and waits for the codes to be compared.
pub struct Revealed {
    promise: Promise,
    joiner: Joiner,
    transcript: Transcript,
    reveal: Message,
}

/// The joiner, which has answered and waits for the inviter to reveal.
pub struct Answered {
    device: NewDevice,
    invite: Message,
    nonce: [u8; 32],
    answer: Message,
}

/// The joiner, waiting for the codes to be compared.
pub struct Comparing {
    device: NewDevice,
    promise: Promise,
    transcript: Transcript,
}

impl Invitation {
    /// Invites.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Time`] if the end is past or more than [`MAX_INVITATION_SECONDS`](super::MAX_INVITATION_SECONDS) away, [`JoinCheck::Name`].
    pub fn new(
        offer: &Offer,
        own: OwnDevice<'_>,
        now: u64,
        entropy: Entropy<32>,
    ) -> Result<Self, JoinRefusal> {
        let ends = in_time(offer.ends, now)?;
        let nonce = Zeroizing::new(SaltStream::new(entropy).draw());
        Ok(Self { nonce, ends, promise: Promise::new(offer, own)? })
    }

    /// The invitation, to be sent by any way.
    pub fn message(&self) -> Message {
        let commitment = committed(&self.nonce, &self.promise);
        Message::new(Body::FarInvite { commitment, ends: self.ends })
    }

    /// Takes the one answer.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Kind`], [`JoinCheck::Time`] and [`JoinCheck::Invitation`] leave the invitation as it is; after [`JoinCheck::Keys`],
    /// [`JoinCheck::Possession`] and [`JoinCheck::OwnDevice`] the host forgets it.
    pub fn answered(
        self,
        answer: &Message,
        now: u64,
        keys: &DeviceKeys,
        entropy: Entropy<64>,
    ) -> Result<Revealed, JoinRefusal> {
        let Body::FarAnswer { invitation, joiner, nonce, signature } = &answer.body else {
            return Err(JoinCheck::Kind.refuse());
        };
        in_time(self.ends, now)?;
        let invite = self.message();
        if *invitation != named(&invite) {
            return Err(JoinCheck::Invitation.refuse());
        }
        let card = joiner.card()?;
        let answered = Transcript::invited(invite.as_bytes()).answered(&[&joiner.encoded(), nonce]);
        answered.verify(JOINER, card.signing(), signature, JoinCheck::Possession)?;
        self.promise.held_by(keys, &card)?;
        let encoded = self.promise.encoded();
        let transcript = answered.promised(&[&*self.nonce, &encoded]);
        let mut plain = Writer::with_capacity(1024);
        plain.array(3).bytes(&*self.nonce).raw(&encoded).bytes(&transcript.sign(INVITER, &keys.signing));
        let info = info(&answered);
        let context = Context { info: &info, associated_data: b"" };
        let sealed = card.sealing().seal(entropy, context, &padded(plain));
        let sealed = sealed.map_err(JoinCheck::Sealed.because())?;
        let reveal = Message::new(Body::Reveal { invitation: *invitation, sealed });
        Ok(Revealed { promise: self.promise, joiner: joiner.clone(), transcript, reveal })
    }

    /// To be kept until the answer comes. A secret: the host seals it.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        pending::write(Kept::FarInvitation, 3, |writer| {
            writer.bytes(&*self.nonce).uint(self.ends);
            self.promise.write(writer);
        })
    }

    /// Reads what [`Self::to_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Pending`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, JoinRefusal> {
        pending::read(bytes, Kept::FarInvitation, 3, |reader| {
            let nonce = Zeroizing::new(reader.fixed()?);
            Ok(Self { nonce, ends: reader.uint()?, promise: Promise::read(reader)? })
        })
    }
}

impl Revealed {
    /// What the inviter had committed to, for the joiner. The host keeps this step durably before it sends this.
    pub fn message(&self) -> &Message {
        &self.reveal
    }

    /// The code, to be compared with the other side's by voice.
    pub fn code(&self) -> Code {
        Code::of(&self.transcript)
    }

    /// What the joining device is called, as it says itself.
    pub fn device_name(&self) -> &Label {
        self.joiner.name()
    }

    /// The person heard `heard` from the joiner and says that it is the same. Only this gives the keys.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Code`]: the codes differ, and the host forgets the invitation.
    pub fn codes_match(self, heard: HeardCode) -> Result<Confirmed, JoinRefusal> {
        self.code().matches(heard)?;
        let card = self.joiner.card()?;
        Ok(Confirmed::new(self.promise, (card, self.joiner.name()), &self.transcript))
    }

    /// To be kept until the codes are compared. The host seals it.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        pending::write(Kept::Revealed, 4, |writer| {
            self.promise.write(writer);
            writer.raw(&self.joiner.encoded()).bytes(self.transcript.as_bytes());
            writer.bytes(self.reveal.as_bytes());
        })
    }

    /// Reads what [`Self::to_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Pending`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, JoinRefusal> {
        pending::read(bytes, Kept::Revealed, 4, |reader| {
            let (promise, joiner) = (Promise::read(reader)?, Joiner::read(reader)?);
            let transcript = Transcript::from_bytes(reader.fixed()?);
            Ok(Self { promise, joiner, transcript, reveal: read_message(reader)? })
        })
    }
}

impl Answered {
    /// Takes an invitation and answers it with the keys of a device that is new.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Kind`], [`JoinCheck::Time`], [`JoinCheck::Name`].
    pub fn accept(
        invite: &Message,
        device: NewDevice,
        now: u64,
        entropy: Entropy<32>,
    ) -> Result<Self, JoinRefusal> {
        let Body::FarInvite { ends, .. } = invite.body else { return Err(JoinCheck::Kind.refuse()) };
        in_time(ends, now)?;
        Self::new(invite.clone(), device, SaltStream::new(entropy).draw())
    }

    /// The answer, for the inviter.
    pub fn message(&self) -> &Message {
        &self.answer
    }

    /// Takes what the inviter reveals.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Kind`], [`JoinCheck::Time`] and [`JoinCheck::Invitation`] leave the answer as it is; after [`JoinCheck::Sealed`],
    /// [`JoinCheck::Form`], [`JoinCheck::Commitment`], [`JoinCheck::Keys`] and [`JoinCheck::Inviter`] the host forgets it.
    pub fn revealed(self, reveal: &Message, now: u64) -> Result<Comparing, JoinRefusal> {
        let (Body::Reveal { invitation, sealed }, Body::FarInvite { commitment, ends }) =
            (&reveal.body, &self.invite.body)
        else {
            return Err(JoinCheck::Kind.refuse());
        };
        in_time(*ends, now)?;
        if *invitation != named(&self.invite) {
            return Err(JoinCheck::Invitation.refuse());
        }
        let joiner = Joiner::new(&self.device.keys.card, &self.device.name)?.encoded();
        let answered = Transcript::invited(self.invite.as_bytes()).answered(&[&joiner, &self.nonce]);
        let info = info(&answered);
        let plain = self.device.keys.sealing.open(Context { info: &info, associated_data: b"" }, sealed);
        let (nonce, promise, signature) = unpadded(&plain.map_err(JoinCheck::Sealed.because())?, |reader| {
            reader.array_of(3)?;
            Ok((reader.fixed()?, Promise::read(reader)?, reader.fixed()?))
        })?;
        // JO-14: all that the inviter says now, it had chosen before it saw our keys.
        if committed(&nonce, &promise) != *commitment {
            return Err(JoinCheck::Commitment.refuse());
        }
        let transcript = answered.promised(&[&nonce, &promise.encoded()]);
        let inviter = PublicKey::ed25519(promise.inviter.signing()).map_err(JoinCheck::Keys.because())?;
        transcript.verify(INVITER, &inviter, &signature, JoinCheck::Inviter)?;
        Ok(Comparing { device: self.device, promise, transcript })
    }

    /// To be kept until the inviter reveals. A secret: the host seals it.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        pending::write(Kept::FarAnswered, 4, |writer| {
            self.device.write(writer);
            writer.bytes(self.invite.as_bytes()).bytes(&self.nonce);
        })
    }

    /// Reads what [`Self::to_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Pending`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, JoinRefusal> {
        let (device, invite, nonce) = pending::read(bytes, Kept::FarAnswered, 4, |reader| {
            Ok((NewDevice::read(reader)?, read_message(reader)?, reader.fixed()?))
        })?;
        Self::new(invite, device, nonce).map_err(JoinCheck::Pending.because())
    }

    /// The answer follows from invitation, device and nonce, so that it can be made again.
    pub(super) fn new(invite: Message, device: NewDevice, nonce: [u8; 32]) -> Result<Self, JoinRefusal> {
        let joiner = Joiner::new(&device.keys.card, &device.name)?;
        let answered = Transcript::invited(invite.as_bytes()).answered(&[&joiner.encoded(), &nonce]);
        let signature = answered.sign(JOINER, &device.keys.signing);
        let answer = Body::FarAnswer { invitation: named(&invite), joiner, nonce, signature };
        Ok(Self { device, invite, nonce, answer: Message::new(answer) })
    }
}

impl Comparing {
    /// The code, to be compared with the other side's by voice.
    pub fn code(&self) -> Code {
        Code::of(&self.transcript)
    }

    /// The bag, as the other side says. Nothing is proved until the codes are compared.
    pub fn bag(&self) -> BagId {
        self.promise.bag
    }

    /// The place in it, as the other side says.
    pub fn seat(&self) -> &Seat {
        &self.promise.seat
    }

    /// The device that invited, as the other side says.
    pub fn inviter(&self) -> &Inviter {
        &self.promise.inviter
    }

    /// The person heard `heard` from the inviter and says that it is the same.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Code`]: the codes differ, and the host forgets the invitation.
    pub fn codes_match(self, heard: HeardCode) -> Result<Joined, JoinRefusal> {
        self.code().matches(heard)?;
        Ok(Joined::new(self.device, self.promise, &self.transcript))
    }

    /// To be kept until the codes are compared. A secret: the host seals it.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        pending::write(Kept::Comparing, 4, |writer| {
            self.device.write(writer);
            self.promise.write(writer);
            writer.bytes(self.transcript.as_bytes());
        })
    }

    /// Reads what [`Self::to_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Pending`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, JoinRefusal> {
        pending::read(bytes, Kept::Comparing, 4, |reader| {
            let (device, promise) = (NewDevice::read(reader)?, Promise::read(reader)?);
            Ok(Self { device, promise, transcript: Transcript::from_bytes(reader.fixed()?) })
        })
    }
}

macro_rules! not_printed {
    ($($name:ident)+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(at a distance)"))
            }
        }
    )+};
}

not_printed! { Invitation Revealed Answered Comparing }

/// What the inviter commits to. The nonce hides it and the hash binds it.
pub(super) fn committed(nonce: &[u8; 32], promise: &Promise) -> [u8; 32] {
    labelled_hash("bookbag/1 joining commitment", &[nonce, &promise.encoded()])
}

/// The name of an invitation.
pub(super) fn named(invite: &Message) -> [u8; 16] {
    labelled_half("bookbag/1 joining invitation", &[invite.as_bytes()])
}

/// What the reveal is sealed for.
pub(super) fn info(answered: &Transcript) -> Vec<u8> {
    [b"bookbag/1 joining reveal", answered.as_bytes().as_slice()].concat()
}
