//! Both ways, step by step, with what is kept between the steps written and read.

mod attacks;
mod changed;
mod codec;
mod refused;
mod vectors;

use bookbag_crypto::Entropy;
use zeroize::Zeroizing;

use super::{
    Confirmed, HeardCode, JoinCheck, JoinRefusal, Joined, Listed, Message, NewDevice, Offer, OwnDevice, Seat,
    SeatKind, at_distance, in_person,
};
use crate::device::{DeviceKeys, DeviceSeed};
use crate::event::{Label, Role};
use crate::id::{BagId, DeviceId, MemberId};

const NOW: u64 = 1_800_000_000;
const BAG: BagId = BagId::from_bytes([7; 16]);
const BEN: MemberId = MemberId::from_bytes([8; 16]);

fn seed(byte: u8) -> DeviceSeed {
    DeviceSeed::from_secret_bytes(Zeroizing::new([byte; 32]))
}

fn keys(byte: u8) -> DeviceKeys {
    seed(byte).keys().unwrap()
}

fn device(byte: u8) -> NewDevice {
    NewDevice { keys: keys(byte), name: label("Ben's phone") }
}

fn label(text: &str) -> Label {
    text.parse().unwrap()
}

fn entropy<const N: usize>(byte: u8) -> Entropy<N> {
    Entropy::from_secure_random([byte; N])
}

fn offer() -> Offer {
    let seat = Seat::new(SeatKind::NewMember, BEN, Role::Guardian, &label("Ben")).unwrap();
    Offer { bag: BAG, seat, ends: NOW + 600 }
}

/// The inviting device of these tests.
fn anna() -> DeviceKeys {
    keys(1)
}

fn invite(byte: u8) -> in_person::Invitation {
    let keys = anna();
    let own = OwnDevice { card: &keys.card, name: &label("Anna's phone") };
    in_person::Invitation::new(&offer(), own, NOW, entropy(byte)).unwrap()
}

fn invite_far(byte: u8) -> at_distance::Invitation {
    let keys = anna();
    let own = OwnDevice { card: &keys.card, name: &label("Anna's phone") };
    at_distance::Invitation::new(&offer(), own, NOW, entropy(byte)).unwrap()
}

fn answer(invitation: &in_person::Invitation) -> in_person::Answered {
    in_person::Answered::accept(&invitation.message(), device(2), NOW).unwrap()
}

fn answer_far(invitation: &at_distance::Invitation) -> at_distance::Answered {
    at_distance::Answered::accept(&invitation.message(), device(2), NOW, entropy(5)).unwrap()
}

fn reveal(invitation: at_distance::Invitation, answer: &Message) -> at_distance::Revealed {
    invitation.answered(answer, NOW, &anna(), entropy(6)).unwrap()
}

/// The check that refused.
fn refused<T>(result: Result<T, JoinRefusal>) -> JoinCheck {
    result.err().expect("should be refused").check
}

/// What the bag says when all is well.
fn listed(devices: &[DeviceId]) -> Listed<'_> {
    Listed { bag: BAG, device: keys(2).id(), member: BEN, role: Role::Guardian, inviters: devices }
}

/// Both sides have the same, and what was offered.
fn agree(confirmed: &Confirmed, joined: &Joined) {
    assert_eq!(confirmed.transcript(), joined.transcript());
    assert_eq!((confirmed.bag(), joined.bag()), (BAG, BAG));
    assert_eq!((confirmed.seat(), joined.seat()), (&offer().seat, &offer().seat));
    assert_eq!(confirmed.card(), &keys(2).card);
    assert_eq!(confirmed.device_name(), joined.device_name());
    assert_eq!(joined.device_name(), &label("Ben's phone"));
    assert!(joined.inviter().is(&anna().card));
    assert_eq!(joined.inviter().id(), anna().id());
    assert_eq!(joined.inviter().name(), &label("Anna's phone"));
    assert_eq!(joined.keys_for(BAG).unwrap().seed().as_secret_bytes(), &[2; 32]);
}

#[test]
fn a_member_joins_in_person() {
    let invitation = invite(3);
    let scanned = Message::from_text(&invitation.message().to_text()).unwrap();
    let answered = in_person::Answered::accept(&scanned, device(2), NOW).unwrap();
    let answer = Message::from_text(&answered.message().to_text()).unwrap();
    let (confirmed, welcome) = invitation.answered(&answer, NOW, &anna()).unwrap();
    let joined = answered.welcomed(&Message::from_text(&welcome.to_text()).unwrap()).unwrap();
    agree(&confirmed, &joined);
    let admitted = joined.admitted(&listed(&[anna().id()])).unwrap();
    assert_eq!((admitted.bag, admitted.seat.role()), (BAG, Role::Guardian));
    assert_eq!(admitted.device.keys.seed().as_secret_bytes(), &[2; 32]);
}

#[test]
fn a_member_joins_at_a_distance() {
    let invitation = invite_far(3);
    let answered = answer_far(&invitation);
    let revealed = reveal(invitation, answered.message());
    let reveal = Message::from_text(&revealed.message().to_text()).unwrap();
    let comparing = answered.revealed(&reveal, NOW).unwrap();
    assert_eq!(revealed.code(), comparing.code());
    assert_eq!(revealed.device_name(), &label("Ben's phone"));
    assert_eq!((comparing.bag(), comparing.seat()), (BAG, &offer().seat));
    assert_eq!(comparing.inviter().name(), &label("Anna's phone"));
    let heard: HeardCode = comparing.code().to_string().parse().unwrap();
    let joined = comparing.codes_match(revealed.code().digits().parse().unwrap()).unwrap();
    agree(&revealed.codes_match(heard).unwrap(), &joined);
    assert!(joined.admitted(&listed(&[anna().id()])).is_ok());
}

#[test]
fn every_step_can_be_kept_and_taken_up_again() {
    let invitation = in_person::Invitation::from_bytes(&invite(3).to_bytes()).unwrap();
    assert_eq!(invitation.message().as_bytes(), invite(3).message().as_bytes());
    let answered = in_person::Answered::from_bytes(&answer(&invitation).to_bytes()).unwrap();
    assert_eq!(answered.message().as_bytes(), answer(&invitation).message().as_bytes());
    let (confirmed, welcome) = invitation.answered(answered.message(), NOW, &anna()).unwrap();
    let joined = Joined::from_bytes(&answered.welcomed(&welcome).unwrap().to_bytes()).unwrap();
    agree(&confirmed, &joined);

    let invitation = at_distance::Invitation::from_bytes(&invite_far(3).to_bytes()).unwrap();
    let answered = at_distance::Answered::from_bytes(&answer_far(&invitation).to_bytes()).unwrap();
    let revealed = reveal(invitation, answered.message());
    let kept = at_distance::Revealed::from_bytes(&revealed.to_bytes()).unwrap();
    assert_eq!(kept.message().as_bytes(), revealed.message().as_bytes());
    let comparing = answered.revealed(kept.message(), NOW).unwrap();
    let comparing = at_distance::Comparing::from_bytes(&comparing.to_bytes()).unwrap();
    let code = HeardCode::from(kept.code());
    agree(&kept.codes_match(code).unwrap(), &comparing.codes_match(code).unwrap());
}

/// What the design counts on: an invitation fits a small code, and the welcome one that a phone still reads.
#[test]
fn messages_are_as_long_as_they_need_to_be() {
    let invitation = invite(3);
    let answered = answer(&invitation);
    let (_, welcome) = invitation.answered(answered.message(), NOW, &anna()).unwrap();
    let far = invite_far(3);
    let far_answered = answer_far(&far);
    let texts = [invite(3).message(), answered.message().clone(), welcome];
    assert_eq!(texts.map(|message| message.to_text().len()), [77, 1973, 438]);
    let texts = [far.message(), far_answered.message().clone()];
    assert_eq!(texts.map(|message| message.to_text().len()), [77, 1869]);
    assert_eq!(reveal(far, far_answered.message()).message().to_text().len(), 1907);
}

#[test]
fn names_of_one_length_or_another_are_sealed_alike() {
    let invitation = invite(3);
    let length = |name: &str| {
        let device = NewDevice { keys: keys(2), name: label(name) };
        in_person::Answered::accept(&invitation.message(), device, NOW).unwrap().message().as_bytes().len()
    };
    assert_eq!(["", "phone", &"p".repeat(80)].map(length), [length("Ben's phone"); 3]);
    assert!(length(&"p".repeat(200)) > length("phone"));
}

#[test]
fn nothing_secret_is_printed() {
    let secret = |text: String| ["165, 165", "a5a5", "paWl", "Ben"].iter().any(|part| text.contains(part));
    let invitation = invite(0xa5);
    let answered = answer_far(&invite_far(0xa5));
    let device = NewDevice { keys: keys(0xa5), name: label("") };
    let kept = in_person::Answered::accept(&invitation.message(), device, NOW).unwrap();
    assert!(!secret(format!("{invitation:?}{:?}{answered:?}{kept:?}", invitation.message())));
    assert!(!secret(format!("{:?}{:?}", invite_far(0xa5), seed(0xa5))));
    let comparing = reveal(invite_far(3), answer_far(&invite_far(3)).message());
    assert!(!secret(format!("{comparing:?}{:?}", JoinCheck::Code.refuse())));
}
