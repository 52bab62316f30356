//! Joining in person: a secret goes from screen to camera, and everything after it is sealed under it.
//!
//! ```text
//!  inviter                                            joiner
//!  Invitation ──── invite: secret, end, promise ────▶ Answered         on a screen: 77 characters
//!             ◀─── answer: keys, name, signature ────                  sealed: by any way
//!  Confirmed  ──── welcome: bag, seat, inviter ─────▶ Joined           sealed: by any way, or on a screen
//! ```
//!
//! The answer and the welcome tell whoever carries them nothing but their lengths. The secret is the whole of it: who photographs the
//! screen and is quicker than the joiner joins instead, which the inviter sees by the device's name and the joiner by not being let in. So
//! an invitation ends soon and is answered once. Whoever has the secret still cannot pose as the inviter: the invitation
//! promises bag, seat and inviting device by hash, and the welcome is signed by that device.
//!
//! A message that is refused ends nothing here: nobody guesses 128 bits, so the host may go on from what it kept. Once
//! a [`Confirmed`] is in the bag, the host forgets the invitation.

use bookbag_crypto::{Entropy, PublicKey, SaltStream};
use zeroize::Zeroizing;

use super::check::{JoinCheck, JoinRefusal};
use super::message::{Body, Joiner, Message};
use super::offer::{Offer, OwnDevice, Promise, in_time};
use super::outcome::{Confirmed, Joined, NewDevice};
use super::pending::{self, Kept, read_message};
use super::seal::{Shared, padded, unpadded};
use super::transcript::{INVITER, JOINER, Transcript};
use crate::device::DeviceKeys;
use crate::id::labelled_half;
use crate::wire::Writer;

/// The inviter, waiting for an answer.
pub struct Invitation {
    secret: Zeroizing<[u8; 16]>,
    ends: u64,
    promise: Promise,
}

/// The joiner, which has answered and waits for the welcome.
pub struct Answered {
    device: NewDevice,
    invite: Message,
    answer: Message,
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
        let secret = Zeroizing::new(SaltStream::new(entropy).draw());
        Ok(Self { secret, ends, promise: Promise::new(offer, own)? })
    }

    /// The invitation, to be shown on the screen and nowhere else.
    pub fn message(&self) -> Message {
        let promise = promised(&self.secret, &self.promise);
        Message::new(Body::Invite { secret: self.secret.clone(), ends: self.ends, promise })
    }

    /// Takes the answer. Gives the keys and the welcome for the joiner, which the device signs that invited.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Kind`], [`JoinCheck::Time`], [`JoinCheck::Invitation`], [`JoinCheck::Sealed`], [`JoinCheck::Form`], [`JoinCheck::Keys`],
    /// [`JoinCheck::Possession`], [`JoinCheck::OwnDevice`].
    pub fn answered(
        self,
        answer: &Message,
        now: u64,
        keys: &DeviceKeys,
    ) -> Result<(Confirmed, Message), JoinRefusal> {
        let Body::Answer { invitation, salt, sealed } = &answer.body else {
            return Err(JoinCheck::Kind.refuse());
        };
        in_time(self.ends, now)?;
        let shared = Shared::new(&self.secret);
        if *invitation != shared.invitation() {
            return Err(JoinCheck::Invitation.refuse());
        }
        let invited = Transcript::invited(self.message().as_bytes());
        let plain = shared.open(ANSWER, &invited, (salt, sealed))?;
        let (joiner, signature) = unpadded(&plain, |reader| {
            reader.array_of(2)?;
            Ok((Joiner::read(reader)?, reader.fixed()?))
        })?;
        let card = joiner.card()?;
        let transcript = invited.answered(&[&joiner.encoded()]);
        transcript.verify(JOINER, card.signing(), &signature, JoinCheck::Possession)?;
        self.promise.held_by(keys, &card)?;
        let (welcome, transcript) = welcome(&shared, &self.promise, transcript, keys)?;
        Ok((Confirmed::new(self.promise, (card, joiner.name()), &transcript), welcome))
    }

    /// To be kept until the answer comes. A secret: the host seals it.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        pending::write(Kept::Invitation, 3, |writer| {
            writer.bytes(&*self.secret).uint(self.ends);
            self.promise.write(writer);
        })
    }

    /// Reads what [`Self::to_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Pending`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, JoinRefusal> {
        pending::read(bytes, Kept::Invitation, 3, |reader| {
            let secret = Zeroizing::new(reader.fixed()?);
            Ok(Self { secret, ends: reader.uint()?, promise: Promise::read(reader)? })
        })
    }
}

impl Answered {
    /// Takes an invitation and answers it with the keys of a device that is new.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Kind`], [`JoinCheck::Time`], [`JoinCheck::Name`].
    pub fn accept(invite: &Message, device: NewDevice, now: u64) -> Result<Self, JoinRefusal> {
        let Body::Invite { ends, .. } = invite.body else { return Err(JoinCheck::Kind.refuse()) };
        in_time(ends, now)?;
        Self::new(invite.clone(), device)
    }

    /// The answer, for the inviter.
    pub fn message(&self) -> &Message {
        &self.answer
    }

    /// Takes the welcome.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Kind`], [`JoinCheck::Invitation`], [`JoinCheck::Sealed`], [`JoinCheck::Form`], [`JoinCheck::Promise`], [`JoinCheck::Keys`],
    /// [`JoinCheck::Inviter`].
    pub fn welcomed(self, welcome: &Message) -> Result<Joined, JoinRefusal> {
        let (Body::Welcome { invitation, salt, sealed }, Body::Invite { secret, promise: hash, .. }) =
            (&welcome.body, &self.invite.body)
        else {
            return Err(JoinCheck::Kind.refuse());
        };
        let shared = Shared::new(secret);
        if *invitation != shared.invitation() {
            return Err(JoinCheck::Invitation.refuse());
        }
        let joiner = Joiner::new(&self.device.keys.card, &self.device.name)?;
        let transcript = Transcript::invited(self.invite.as_bytes()).answered(&[&joiner.encoded()]);
        let plain = shared.open(WELCOME, &transcript, (salt, sealed))?;
        let (promise, signature) = unpadded(&plain, |reader| {
            reader.array_of(2)?;
            Ok((Promise::read(reader)?, reader.fixed()?))
        })?;
        // JO-12: the screen that was scanned promised this bag, this seat and this device, and no other.
        if promised(secret, &promise) != *hash {
            return Err(JoinCheck::Promise.refuse());
        }
        let transcript = transcript.promised(&[&promise.encoded()]);
        let inviter = PublicKey::ed25519(promise.inviter.signing()).map_err(JoinCheck::Keys.because())?;
        transcript.verify(INVITER, &inviter, &signature, JoinCheck::Inviter)?;
        Ok(Joined::new(self.device, promise, &transcript))
    }

    /// To be kept until the welcome comes. A secret: the host seals it.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        pending::write(Kept::Answered, 3, |writer| {
            self.device.write(writer);
            writer.bytes(self.invite.as_bytes());
        })
    }

    /// Reads what [`Self::to_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`JoinCheck::Pending`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, JoinRefusal> {
        let (device, invite) = pending::read(bytes, Kept::Answered, 3, |reader| {
            Ok((NewDevice::read(reader)?, read_message(reader)?))
        })?;
        Self::new(invite, device).map_err(JoinCheck::Pending.because())
    }

    /// The answer follows from invitation and device, so that it can be made again.
    fn new(invite: Message, device: NewDevice) -> Result<Self, JoinRefusal> {
        let Body::Invite { secret, .. } = &invite.body else { return Err(JoinCheck::Kind.refuse()) };
        let joiner = Joiner::new(&device.keys.card, &device.name)?.encoded();
        let invited = Transcript::invited(invite.as_bytes());
        let signature = invited.answered(&[&joiner]).sign(JOINER, &device.keys.signing);
        let mut plain = Writer::with_capacity(2048);
        plain.array(2).raw(&joiner).bytes(&signature);
        let shared = Shared::new(secret);
        let (salt, sealed) = shared.seal(ANSWER, &invited, &padded(plain))?;
        let answer = Message::new(Body::Answer { invitation: shared.invitation(), salt, sealed });
        Ok(Self { device, invite, answer })
    }
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Invitation(in person)")
    }
}

impl std::fmt::Debug for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answered(in person)")
    }
}

/// The welcome, and the transcript that it completes.
fn welcome(
    shared: &Shared,
    promise: &Promise,
    transcript: Transcript,
    keys: &DeviceKeys,
) -> Result<(Message, Transcript), JoinRefusal> {
    let encoded = promise.encoded();
    let complete = transcript.promised(&[&encoded]);
    let mut plain = Writer::with_capacity(1024);
    plain.array(2).raw(&encoded).bytes(&complete.sign(INVITER, &keys.signing));
    let (salt, sealed) = shared.seal(WELCOME, &transcript, &padded(plain))?;
    let welcome = Body::Welcome { invitation: shared.invitation(), salt, sealed };
    Ok((Message::new(welcome), complete))
}

/// What the invitation says of its promise: a hash that tells nothing to whoever lacks the secret.
fn promised(secret: &[u8; 16], promise: &Promise) -> [u8; 16] {
    labelled_half("bookbag/1 joining promise", &[secret, &promise.encoded()])
}

pub(super) const ANSWER: &[u8] = b"bookbag/1 joining answer";
pub(super) const WELCOME: &[u8] = b"bookbag/1 joining welcome";
