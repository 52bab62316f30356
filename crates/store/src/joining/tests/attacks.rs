//! Somebody in between who reads, keeps back, makes up and changes every message, and has time to compute.

use super::*;
use crate::id::{labelled_half, labelled_hash};
use crate::joining::at_distance::{committed, info, named};
use crate::joining::in_person::WELCOME;
use crate::joining::message::{Body, Joiner};
use crate::joining::offer::Promise;
use crate::joining::seal::{Shared, padded};
use crate::joining::transcript::{INVITER, Transcript};
use crate::wire::Writer;

/// The device of the one in between.
const MALLORY: u8 = 66;

/// The first bits of the code, to see in a test what a shorter code would have let through.
fn short(transcript: &Transcript, bits: u32) -> u32 {
    let hash = labelled_hash("bookbag/1 joining code", &[transcript.as_bytes()]);
    u32::from_be_bytes(hash[..4].try_into().unwrap()) >> (32 - bits)
}

/// What the inviter's side hashes, if this joiner answers with this nonce and the inviter has revealed `nonce`.
struct Guess {
    invited: Transcript,
    joiner: Vec<u8>,
    revealed: [u8; 32],
    promise: Vec<u8>,
}

impl Guess {
    fn transcript(&self, answer_nonce: &[u8; 32]) -> Transcript {
        self.invited.answered(&[&self.joiner, answer_nonce]).promised(&[&self.revealed, &self.promise])
    }

    /// Tries nonces, as one could try keys, until the code is `target`.
    fn grind(&self, target: u32, bits: u32, tries: u64) -> Option<[u8; 32]> {
        let nonces = (0..tries).map(|at| {
            let mut nonce = [0; 32];
            nonce[..8].copy_from_slice(&at.to_be_bytes());
            nonce
        });
        nonces.into_iter().find(|nonce| short(&self.transcript(nonce), bits) == target)
    }
}

fn nonce(entropy: u64) -> [u8; 32] {
    labelled_hash("test", &[&entropy.to_be_bytes()])
}

fn far(keys: &DeviceKeys, entropy: [u8; 32]) -> at_distance::Invitation {
    let own = OwnDevice { card: &keys.card, name: &label("Anna's phone") };
    at_distance::Invitation::new(&offer(), own, NOW, Entropy::from_secure_random(entropy)).unwrap()
}

/// One attempt of the one in between: opposite Ben it is Anna, opposite Anna it is Ben. It has Ben's answer, and so knows the code
/// that Ben will see, before it answers Anna. `peek` is what it knows of Anna's nonce: with the commitment, a guess.
struct Attempt {
    anna: at_distance::Invitation,
    ben: at_distance::Answered,
    /// What it reveals to Ben.
    posed: at_distance::Revealed,
    target: Transcript,
}

impl Attempt {
    fn new(number: u64, mallory: &DeviceKeys) -> Self {
        let anna = far(&anna(), nonce(3 * number));
        let pose = far(mallory, nonce(3 * number + 1));
        let fresh = Entropy::from_secure_random(nonce(3 * number + 2));
        let ben = at_distance::Answered::accept(&pose.message(), device(2), NOW, fresh).unwrap();
        let kept = pose.to_bytes();
        let posed = pose.answered(ben.message(), NOW, mallory, entropy(6)).unwrap();
        let target = complete(&at_distance::Invitation::from_bytes(&kept).unwrap(), ben.message(), mallory);
        Self { anna, ben, posed, target }
    }

    fn guess(&self, mallory: &DeviceKeys, revealed: [u8; 32]) -> Guess {
        let joiner = Joiner::new(&mallory.card, &label("Ben's phone")).unwrap().encoded();
        let invited = Transcript::invited(self.anna.message().as_bytes());
        Guess { invited, joiner, revealed, promise: promise(&anna()).encoded() }
    }

    /// Answers Anna with that nonce and passes on to Ben its own reveal. Whether the first bits of the codes agree.
    fn finish(self, answer_nonce: [u8; 32], bits: u32) -> bool {
        let device = device(MALLORY);
        let invite = self.anna.message();
        let answer = at_distance::Answered::new(invite, device, answer_nonce).unwrap();
        let secret = kept_nonce(&self.anna);
        let guess = self.guess(&keys(MALLORY), secret);
        let anna = reveal(self.anna, answer.message());
        let ben = self.ben.revealed(self.posed.message(), NOW).unwrap();
        let agree = short(&guess.transcript(&answer_nonce), bits) == short(&self.target, bits);
        // Whatever happened at the shorter length, JO-15 stops it at the full one, on both sides.
        assert_ne!(anna.code(), ben.code());
        let (said_by_anna, said_by_ben) = (HeardCode::from(anna.code()), HeardCode::from(ben.code()));
        assert_eq!(refused(anna.codes_match(said_by_ben)), JoinCheck::Code);
        assert_eq!(refused(ben.codes_match(said_by_anna)), JoinCheck::Code);
        agree
    }
}

fn promise(keys: &DeviceKeys) -> Promise {
    Promise::new(&offer(), OwnDevice { card: &keys.card, name: &label("Anna's phone") }).unwrap()
}

/// The nonce of an invitation, which nobody but its maker has: the first item after the step.
fn kept_nonce(invitation: &at_distance::Invitation) -> [u8; 32] {
    let kept = invitation.to_bytes();
    kept[5..37].try_into().unwrap()
}

/// The transcript of an exchange, by who knows all of it.
fn complete(invitation: &at_distance::Invitation, answer: &Message, inviter: &DeviceKeys) -> Transcript {
    let Body::FarAnswer { joiner, nonce, .. } = &answer.body else { panic!("another kind of message") };
    let answered = Transcript::invited(invitation.message().as_bytes()).answered(&[&joiner.encoded(), nonce]);
    answered.promised(&[&kept_nonce(invitation), &promise(inviter).encoded()])
}

/// A million tries. Who sees the inviter's nonce first, as without a commitment, finds an answer that gives the code it wants;
/// within the order of the messages the same work finds nothing.
#[test]
fn a_million_tries_need_the_nonce_that_the_commitment_hides() {
    const BITS: u32 = 16;
    const TRIES: u64 = 1 << 20;
    let mallory = keys(MALLORY);
    let attempt = Attempt::new(0, &mallory);
    let target = short(&attempt.target, BITS);
    let seen = attempt.guess(&mallory, kept_nonce(&attempt.anna));
    let found = seen.grind(target, BITS, TRIES).expect("2^16 codes, 2^20 tries");
    assert_eq!(short(&seen.transcript(&found), BITS), target);
    let guessed = attempt.guess(&mallory, [0; 32]).grind(target, BITS, TRIES).expect("as many tries");
    assert!(!attempt.finish(guessed, BITS));
}

/// Over many attempts with a code of eight bits: always without the commitment, once in 256 with it.
#[test]
fn grinding_is_no_better_than_chance() {
    const BITS: u32 = 8;
    const ATTEMPTS: u64 = 512;
    let mallory = keys(MALLORY);
    let (mut seeing, mut blind) = (0, 0);
    for number in 0..ATTEMPTS {
        let attempt = Attempt::new(number, &mallory);
        let target = short(&attempt.target, BITS);
        let peek = attempt.guess(&mallory, kept_nonce(&attempt.anna)).grind(target, BITS, 1 << 14);
        seeing += u64::from(peek.is_some());
        let guessed = attempt.guess(&mallory, nonce(u64::MAX - number)).grind(target, BITS, 1 << 14);
        blind += u64::from(attempt.finish(guessed.unwrap_or_default(), BITS));
    }
    assert_eq!(seeing, ATTEMPTS);
    // Expected 2; the chance of more than 12 is below 1 in a million.
    assert!(blind <= 12, "{blind} of {ATTEMPTS}");
}

/// The other order: it is done with Anna, knows her code, and commits to Ben before it sees his keys and nonce.
#[test]
fn grinding_the_commitment_is_no_better_than_chance() {
    const BITS: u32 = 8;
    const ATTEMPTS: u64 = 256;
    let mallory = keys(MALLORY);
    let as_ben = Joiner::new(&keys(2).card, &label("Ben's phone")).unwrap().encoded();
    let promised = promise(&mallory);
    let mut blind = 0;
    for number in 0..ATTEMPTS {
        let target = u32::try_from(number % 256).unwrap();
        let guessed = nonce(5000 + number);
        // It even knows Ben's keys beforehand; what it cannot know is his nonce.
        let pose = (0..1 << 14).map(|at| far(&mallory, nonce(at << 20 | number))).find(|pose| {
            let answered = Transcript::invited(pose.message().as_bytes()).answered(&[&as_ben, &guessed]);
            short(&answered.promised(&[&kept_nonce(pose), &promised.encoded()]), BITS) == target
        });
        let pose = pose.unwrap();
        let fresh = Entropy::from_secure_random(nonce(9000 + number));
        let ben = at_distance::Answered::accept(&pose.message(), device(2), NOW, fresh).unwrap();
        blind += u64::from(short(&complete(&pose, ben.message(), &mallory), BITS) == target);
    }
    // Expected 1; the chance of more than 8 is about one in a million.
    assert!(blind <= 8, "{blind} of {ATTEMPTS}");
}

/// JO-14: having seen Ben's answer, it cannot reveal anything but what it committed to.
#[test]
fn jo_14_what_was_committed_to_is_what_is_revealed() {
    let mallory = keys(MALLORY);
    let pose = far(&mallory, [3; 32]);
    let (secret, invite) = (kept_nonce(&pose), pose.message());
    let supporter = Seat::new(SeatKind::NewMember, BEN, Role::Supporter, &label("Ben")).unwrap();
    let other_bag = Offer { bag: BagId::from_bytes([9; 16]), ..offer() };
    let own = OwnDevice { card: &mallory.card, name: &label("Anna's phone") };
    let cases = [
        (promise(&mallory), nonce(1)),
        (promise(&anna()), secret),
        (Promise::new(&Offer { seat: supporter, ..offer() }, own).unwrap(), secret),
        (Promise::new(&other_bag, own).unwrap(), secret),
    ];
    for (promise, nonce) in cases {
        let ben = at_distance::Answered::accept(&invite, device(2), NOW, entropy(5)).unwrap();
        let reveal = forged(&invite, ben.message(), (&promise, &nonce), &mallory);
        assert_eq!(refused(ben.revealed(&reveal, NOW)), JoinCheck::Commitment);
    }
    // The one thing that it did commit to is taken, and it would then fail at the code.
    let ben = at_distance::Answered::accept(&invite, device(2), NOW, entropy(5)).unwrap();
    let reveal = forged(&invite, ben.message(), (&promise(&mallory), &secret), &mallory);
    assert!(ben.revealed(&reveal, NOW).is_ok());
}

/// JO-13: it commits to Anna's own keys, which it knows, but cannot sign with them.
#[test]
fn jo_13_the_inviter_signs() {
    let mallory = keys(MALLORY);
    let commitment = committed(&[4; 32], &promise(&anna()));
    let invite = Message::new(Body::FarInvite { commitment, ends: NOW + 600 });
    let ben = at_distance::Answered::accept(&invite, device(2), NOW, entropy(5)).unwrap();
    let reveal = forged(&invite, ben.message(), (&promise(&anna()), &[4; 32]), &mallory);
    assert_eq!(refused(ben.revealed(&reveal, NOW)), JoinCheck::Inviter);
}

/// A reveal of anything, signed by `signer`.
fn forged(
    invite: &Message,
    answer: &Message,
    (promise, nonce): (&Promise, &[u8; 32]),
    signer: &DeviceKeys,
) -> Message {
    let Body::FarAnswer { joiner, nonce: theirs, .. } = &answer.body else {
        panic!("another kind of message")
    };
    let answered = Transcript::invited(invite.as_bytes()).answered(&[&joiner.encoded(), theirs]);
    let transcript = answered.promised(&[nonce, &promise.encoded()]);
    let mut plain = Writer::new();
    plain.array(3).bytes(nonce).raw(&promise.encoded()).bytes(&transcript.sign(INVITER, &signer.signing));
    let info = info(&answered);
    let context = bookbag_crypto::hpke::Context { info: &info, associated_data: b"" };
    let sealed = joiner.card().unwrap().sealing().seal(entropy(6), context, &padded(plain)).unwrap();
    Message::new(Body::Reveal { invitation: named(invite), sealed })
}

/// In person, somebody photographed the screen. It can answer first, but it cannot pose as the inviter: JO-12, JO-13.
#[test]
fn jo_12_a_photograph_of_the_secret_does_not_make_an_inviter() {
    let mallory = keys(MALLORY);
    let (invite, answered) = (invite(3).message(), answer(&invite(3)));
    let Body::Invite { secret, .. } = &invite.body else { panic!("another kind of message") };
    let shared = Shared::new(secret);
    let joiner = Joiner::new(&keys(2).card, &label("Ben's phone")).unwrap().encoded();
    let transcript = Transcript::invited(invite.as_bytes()).answered(&[&joiner]);
    let welcome = |promise: &Promise| {
        let signature = transcript.promised(&[&promise.encoded()]).sign(INVITER, &mallory.signing);
        let mut plain = Writer::new();
        plain.array(2).raw(&promise.encoded()).bytes(&signature);
        let (salt, sealed) = shared.seal(WELCOME, &transcript, &padded(plain)).unwrap();
        Message::new(Body::Welcome { invitation: shared.invitation(), salt, sealed })
    };
    let kept = answered.to_bytes();
    let supporter = Seat::new(SeatKind::NewMember, BEN, Role::Supporter, &label("Ben")).unwrap();
    let own = |keys: &DeviceKeys| promise(keys);
    let anna = anna();
    let lesser = Promise { seat: supporter, ..own(&anna) };
    let other_bag = Promise { bag: BagId::from_bytes([9; 16]), ..own(&anna) };
    for promise in [own(&mallory), lesser, other_bag] {
        let answered = in_person::Answered::from_bytes(&kept).unwrap();
        assert_eq!(refused(answered.welcomed(&welcome(&promise))), JoinCheck::Promise);
    }
    assert_eq!(refused(answered.welcomed(&welcome(&own(&anna)))), JoinCheck::Inviter);
}

/// JO-08: without the secret nothing is made that the inviter takes, and a carrier finds nothing in what it carries.
#[test]
fn a_carrier_without_the_secret_makes_and_learns_nothing() {
    let (mine, guess) = (invite(3), invite(4));
    let forged = in_person::Answered::accept(&guess.message(), device(MALLORY), NOW).unwrap();
    let Body::Answer { salt, sealed, .. } = forged.message().body.clone() else {
        panic!("another kind of message")
    };
    let Body::Answer { invitation, .. } = answer(&mine).message().body else {
        panic!("another kind of message")
    };
    let renamed = Message::new(Body::Answer { invitation, salt, sealed });
    assert_eq!(refused(invite(3).answered(&renamed, NOW, &anna())), JoinCheck::Sealed);

    let answered = answer(&mine);
    let (_, welcome) = mine.answered(answered.message(), NOW, &anna()).unwrap();
    let far = invite_far(3);
    let far_answered = answer_far(&far);
    let far_invite = far.message();
    let revealed = reveal(far, far_answered.message());
    let (ben, anna) = (keys(2), anna());
    let sealing = ben.card.sealing().to_bytes();
    let told: [&[u8]; 7] = [
        b"Ben's",
        b"Anna",
        ben.card.signing_bytes(),
        &sealing[..32],
        anna.card.signing_bytes(),
        BAG.as_bytes(),
        BEN.as_bytes(),
    ];
    for carried in [answered.message(), &welcome, &far_invite, revealed.message()] {
        for secret in told {
            assert!(!carried.as_bytes().windows(secret.len()).any(|window| window == secret));
        }
    }
    assert_ne!(labelled_half("bookbag/1 joining invitation", &[far_invite.as_bytes()]), [0; 16]);
}
