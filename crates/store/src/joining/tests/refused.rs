//! What goes wrong without an attack, or with a clumsy one: late, twice, swapped, of another bag.

use super::*;
use crate::joining::MAX_INVITATION_SECONDS;
use crate::joining::message::{Body, Joiner};
use crate::joining::transcript::{INVITER, JOINER, Transcript};
use crate::wire::Writer;

#[test]
fn jo_04_a_step_takes_one_kind_of_message() {
    let (invitation, far) = (invite(3), invite_far(3));
    let (answered, far_answered) = (answer(&invitation), answer_far(&far));
    let (_, welcome) = invite(3).answered(answered.message(), NOW, &anna()).unwrap();
    let revealed = reveal(invite_far(3), far_answered.message());
    let all = [
        invitation.message(),
        answered.message().clone(),
        welcome,
        far.message(),
        far_answered.message().clone(),
        revealed.message().clone(),
    ];
    // Each message at each step: in person and at a distance, to the inviter and to the joiner, and roles swapped.
    for (at, message) in all.iter().enumerate() {
        let taken = [
            (0, in_person::Answered::accept(message, device(2), NOW).map(drop)),
            (1, invite(3).answered(message, NOW, &anna()).map(drop)),
            (2, answer(&invitation).welcomed(message).map(drop)),
            (3, at_distance::Answered::accept(message, device(2), NOW, entropy(5)).map(drop)),
            (4, invite_far(3).answered(message, NOW, &anna(), entropy(6)).map(drop)),
            (5, answer_far(&far).revealed(message, NOW).map(drop)),
        ];
        for (step, result) in taken {
            let expected = if step == at { Ok(()) } else { Err(JoinCheck::Kind.refuse()) };
            assert_eq!(result, expected, "message {at}, step {step}");
        }
    }
}

#[test]
fn jo_06_an_invitation_ends() {
    let (anna, ends) = (anna(), offer().ends);
    let own = OwnDevice { card: &anna.card, name: &label("") };
    let made = |ends| {
        let offer = Offer { ends, ..offer() };
        let near = in_person::Invitation::new(&offer, own, NOW, entropy(3)).map(drop);
        assert_eq!(near, at_distance::Invitation::new(&offer, own, NOW, entropy(3)).map(drop));
        near
    };
    assert_eq!((made(NOW + 1), made(NOW + MAX_INVITATION_SECONDS)), (Ok(()), Ok(())));
    for wrong in [0, NOW - 1, NOW, NOW + MAX_INVITATION_SECONDS + 1, u64::MAX] {
        assert_eq!(refused(made(wrong)), JoinCheck::Time);
    }
    let (invitation, far) = (invite(3), invite_far(3));
    let (answered, far_answered) = (answer(&invitation), answer_far(&far));
    for late in [ends, ends + 1, u64::MAX, 0] {
        let near = in_person::Answered::accept(&invitation.message(), device(2), late);
        assert_eq!(refused(near), JoinCheck::Time);
        let accepted = at_distance::Answered::accept(&far.message(), device(2), late, entropy(5));
        assert_eq!(refused(accepted), JoinCheck::Time);
        assert_eq!(refused(invite(3).answered(answered.message(), late, &anna)), JoinCheck::Time);
        let result = invite_far(3).answered(far_answered.message(), late, &anna, entropy(6));
        assert_eq!(refused(result), JoinCheck::Time);
    }
    let revealed = reveal(far, far_answered.message());
    assert_eq!(refused(far_answered.revealed(revealed.message(), ends)), JoinCheck::Time);
    assert!(invite(3).answered(answered.message(), ends - 1, &anna).is_ok());
}

#[test]
fn jo_07_an_answer_to_another_invitation_is_refused() {
    let (old, far_old) = (answer(&invite(3)), answer_far(&invite_far(3)));
    assert_eq!(refused(invite(4).answered(old.message(), NOW, &anna())), JoinCheck::Invitation);
    let replayed = invite_far(4).answered(far_old.message(), NOW, &anna(), entropy(6));
    assert_eq!(refused(replayed), JoinCheck::Invitation);
    let (_, welcome) = invite(3).answered(old.message(), NOW, &anna()).unwrap();
    assert_eq!(refused(answer(&invite(4)).welcomed(&welcome)), JoinCheck::Invitation);
    let revealed = reveal(invite_far(3), far_old.message());
    assert_eq!(refused(answer_far(&invite_far(4)).revealed(revealed.message(), NOW)), JoinCheck::Invitation);
}

/// JO-08, JO-10: with the name of the new invitation put on it, an old answer is still of the old one.
#[test]
fn a_replayed_answer_under_another_name_is_refused() {
    let (old, new) = (answer(&invite(3)), answer(&invite(4)));
    let (Body::Answer { salt, sealed, .. }, Body::Answer { invitation, .. }) =
        (old.message().body.clone(), &new.message().body)
    else {
        panic!("another kind of message")
    };
    let renamed = Message::new(Body::Answer { invitation: *invitation, salt, sealed });
    assert_eq!(refused(invite(4).answered(&renamed, NOW, &anna())), JoinCheck::Sealed);

    let (old, new) = (answer_far(&invite_far(3)), answer_far(&invite_far(4)));
    let (Body::FarAnswer { joiner, nonce, signature, .. }, Body::FarAnswer { invitation, .. }) =
        (old.message().body.clone(), &new.message().body)
    else {
        panic!("another kind of message")
    };
    let renamed = Message::new(Body::FarAnswer { invitation: *invitation, joiner, nonce, signature });
    let result = invite_far(4).answered(&renamed, NOW, &anna(), entropy(6));
    assert_eq!(refused(result), JoinCheck::Possession);
}

/// JO-08: a welcome, or a reveal, that was made for another device.
#[test]
fn a_welcome_for_somebody_else_is_refused() {
    let other = in_person::Answered::accept(&invite(3).message(), device(9), NOW).unwrap();
    let (_, welcome) = invite(3).answered(other.message(), NOW, &anna()).unwrap();
    assert_eq!(refused(answer(&invite(3)).welcomed(&welcome)), JoinCheck::Sealed);
    let far = invite_far(3);
    let other = at_distance::Answered::accept(&far.message(), device(9), NOW, entropy(5)).unwrap();
    let mine = answer_far(&far);
    assert_eq!(refused(mine.revealed(reveal(far, other.message()).message(), NOW)), JoinCheck::Sealed);
    // The same device, in another attempt.
    let far = invite_far(3);
    let again = at_distance::Answered::accept(&far.message(), device(2), NOW, entropy(55)).unwrap();
    let mine = answer_far(&far);
    assert_eq!(refused(mine.revealed(reveal(far, again.message()).message(), NOW)), JoinCheck::Sealed);
}

#[test]
fn jo_09_keys_are_keys() {
    let far = invite_far(3);
    let Body::FarAnswer { invitation, nonce, signature, .. } = answer_far(&far).message().body.clone() else {
        panic!("another kind of message")
    };
    let good = *keys(2).card.signing_bytes();
    let sealing: [u8; 1216] = keys(2).card.sealing().to_bytes().try_into().unwrap();
    // A point of low order; no canonical encoding; an ML-KEM key with a coefficient of 4095.
    let mut full = sealing;
    full[..2].fill(0xff);
    for (signing, sealing) in [([0; 32], sealing), ([0xff; 32], sealing), (good, full)] {
        let mut item = Writer::new();
        item.array(3).bytes(&signing).bytes(&sealing).text("");
        let joiner = Joiner::read(&mut crate::wire::Reader::new(item.as_bytes())).unwrap();
        let message = Message::new(Body::FarAnswer { invitation, joiner, nonce, signature });
        let result = invite_far(3).answered(&message, NOW, &anna(), entropy(6));
        assert_eq!(refused(result), JoinCheck::Keys);
    }
}

#[test]
fn jo_10_who_answers_holds_the_signing_key() {
    let far = invite_far(3);
    let Body::FarAnswer { invitation, joiner, nonce, .. } = answer_far(&far).message().body.clone() else {
        panic!("another kind of message")
    };
    let answered = Transcript::invited(far.message().as_bytes()).answered(&[&joiner.encoded(), &nonce]);
    // Signed as the inviter signs; by another key.
    for (byte, label) in [(2, INVITER), (9, JOINER)] {
        let signature = answered.sign(label, &keys(byte).signing);
        let joiner = joiner.clone();
        let message = Message::new(Body::FarAnswer { invitation, joiner, nonce, signature });
        let result = invite_far(3).answered(&message, NOW, &anna(), entropy(6));
        assert_eq!(refused(result), JoinCheck::Possession);
    }
    let signature = answered.sign(JOINER, &keys(2).signing);
    let message = Message::new(Body::FarAnswer { invitation, joiner, nonce, signature });
    assert!(invite_far(3).answered(&message, NOW, &anna(), entropy(6)).is_ok());
}

#[test]
fn jo_11_the_device_that_invited_goes_on_and_does_not_answer_itself() {
    let (near, far) = (answer(&invite(3)), answer_far(&invite_far(3)));
    assert_eq!(refused(invite(3).answered(near.message(), NOW, &keys(9))), JoinCheck::OwnDevice);
    let result = invite_far(3).answered(far.message(), NOW, &keys(9), entropy(6));
    assert_eq!(refused(result), JoinCheck::OwnDevice);
    let near = in_person::Answered::accept(&invite(3).message(), device(1), NOW).unwrap();
    assert_eq!(refused(invite(3).answered(near.message(), NOW, &anna())), JoinCheck::OwnDevice);
    let message = invite_far(3).message();
    let far = at_distance::Answered::accept(&message, device(1), NOW, entropy(5)).unwrap();
    let result = invite_far(3).answered(far.message(), NOW, &anna(), entropy(6));
    assert_eq!(refused(result), JoinCheck::OwnDevice);
}

#[test]
fn jo_15_no_keys_without_the_code() {
    let code = |byte| reveal(invite_far(byte), answer_far(&invite_far(byte)).message()).code();
    let far = invite_far(3);
    let answered = answer_far(&far);
    let revealed = reveal(far, answered.message());
    let comparing = answered.revealed(revealed.message(), NOW).unwrap();
    let wrong = HeardCode::from(code(4));
    assert_eq!(refused(revealed.codes_match(wrong)), JoinCheck::Code);
    assert_eq!(refused(comparing.codes_match(wrong)), JoinCheck::Code);
}

fn joined() -> Joined {
    let invitation = invite(3);
    let answered = answer(&invitation);
    let (_, welcome) = invitation.answered(answered.message(), NOW, &anna()).unwrap();
    answered.welcomed(&welcome).unwrap()
}

#[test]
fn jo_16_another_bag_is_not_opened() {
    let other = BagId::from_bytes([9; 16]);
    assert_eq!(refused(joined().keys_for(other)), JoinCheck::Bag);
    assert_eq!(refused(joined().admitted(&Listed { bag: other, ..listed(&[]) })), JoinCheck::Bag);
}

#[test]
fn jo_17_the_bag_says_what_was_promised() {
    let anna_only = [anna().id()];
    let listed = || listed(&anna_only);
    for wrong in [
        Listed { role: Role::Supporter, ..listed() },
        Listed { role: Role::Subject, ..listed() },
        Listed { member: MemberId::from_bytes([9; 16]), ..listed() },
        Listed { device: DeviceId::from_bytes([9; 16]), ..listed() },
        Listed { device: anna().id(), ..listed() },
        Listed { inviters: &[], ..listed() },
        Listed { inviters: &[keys(2).id(), keys(9).id()], ..listed() },
    ] {
        assert_eq!(refused(joined().admitted(&wrong)), JoinCheck::Listed, "{wrong:?}");
    }
    assert!(joined().admitted(&listed()).is_ok());
}
