//! Every message, changed at every byte, cut at every length, or longer: refused by somebody before any key is given out.

use super::*;

/// The message with each byte changed in two ways, cut at each length, and with one byte more. What cannot be read any more is
/// refused there and then (JO-03); gives the others.
fn changes(message: &Message) -> Vec<Message> {
    let bytes = message.as_bytes();
    let flipped = (0..bytes.len()).flat_map(|at| {
        [1 << (at % 8), 0xff].map(|mask| {
            let mut changed = bytes.to_vec();
            changed[at] ^= mask;
            changed
        })
    });
    let cut = (0..bytes.len()).map(|length| bytes[..length].to_vec());
    let longer = std::iter::once([bytes, &[0]].concat());
    let all: Vec<_> = flipped.chain(cut).chain(longer).collect();
    assert_eq!(all.len(), 3 * bytes.len() + 1);
    let read = all.iter().filter_map(|changed| match Message::from_bytes(changed) {
        Ok(message) => Some(message),
        Err(refusal) => {
            assert_eq!(refusal.check, JoinCheck::Form);
            None
        }
    });
    read.collect()
}

#[test]
fn an_invitation_in_person() {
    let invitation = invite(3);
    let kept = invitation.to_bytes();
    let changes = changes(&invitation.message());
    assert!(changes.len() > 50);
    for changed in changes {
        let invitation = in_person::Invitation::from_bytes(&kept).unwrap();
        let check = match in_person::Answered::accept(&changed, device(2), NOW) {
            Err(refusal) => refusal.check,
            Ok(answered) => refused(invitation.answered(answered.message(), NOW, &anna())),
        };
        let expected = [JoinCheck::Kind, JoinCheck::Time, JoinCheck::Invitation, JoinCheck::Sealed];
        assert!(expected.contains(&check), "{check:?}");
    }
}

#[test]
fn an_answer_in_person() {
    let invitation = invite(3);
    let kept = invitation.to_bytes();
    for changed in changes(answer(&invitation).message()) {
        let invitation = in_person::Invitation::from_bytes(&kept).unwrap();
        let check = refused(invitation.answered(&changed, NOW, &anna()));
        assert!([JoinCheck::Kind, JoinCheck::Invitation, JoinCheck::Sealed].contains(&check), "{check:?}");
    }
}

#[test]
fn a_welcome() {
    let invitation = invite(3);
    let answered = answer(&invitation);
    let kept = answered.to_bytes();
    let (_, welcome) = invitation.answered(answered.message(), NOW, &anna()).unwrap();
    for changed in changes(&welcome) {
        let check = refused(in_person::Answered::from_bytes(&kept).unwrap().welcomed(&changed));
        assert!([JoinCheck::Kind, JoinCheck::Invitation, JoinCheck::Sealed].contains(&check), "{check:?}");
    }
}

#[test]
fn an_invitation_at_a_distance() {
    let invitation = invite_far(3);
    let kept = invitation.to_bytes();
    for changed in changes(&invitation.message()) {
        let invitation = at_distance::Invitation::from_bytes(&kept).unwrap();
        let check = match at_distance::Answered::accept(&changed, device(2), NOW, entropy(5)) {
            Err(refusal) => refusal.check,
            Ok(answered) => refused(invitation.answered(answered.message(), NOW, &anna(), entropy(6))),
        };
        assert!([JoinCheck::Kind, JoinCheck::Time, JoinCheck::Invitation].contains(&check), "{check:?}");
    }
}

#[test]
fn an_answer_at_a_distance() {
    let invitation = invite_far(3);
    let kept = invitation.to_bytes();
    let anna = anna();
    for changed in changes(answer_far(&invitation).message()) {
        let invitation = at_distance::Invitation::from_bytes(&kept).unwrap();
        let check = refused(invitation.answered(&changed, NOW, &anna, entropy(6)));
        let expected = [JoinCheck::Kind, JoinCheck::Invitation, JoinCheck::Keys, JoinCheck::Possession];
        assert!(expected.contains(&check), "{check:?}");
    }
}

#[test]
fn a_reveal() {
    let invitation = invite_far(3);
    let answered = answer_far(&invitation);
    let kept = answered.to_bytes();
    let revealed = reveal(invitation, answered.message());
    for changed in changes(revealed.message()) {
        let check = refused(at_distance::Answered::from_bytes(&kept).unwrap().revealed(&changed, NOW));
        assert!([JoinCheck::Kind, JoinCheck::Invitation, JoinCheck::Sealed].contains(&check), "{check:?}");
    }
}

/// JO-18: what was kept is sealed by the host; here only that nothing else is taken for it.
#[test]
fn what_was_kept_is_whole() {
    let (invitation, far) = (invite(3), invite_far(3));
    let (answered, far_answered) = (answer(&invitation), answer_far(&far));
    let revealed = reveal(far, far_answered.message());
    let kept = [invitation.to_bytes(), answered.to_bytes(), far_answered.to_bytes(), revealed.to_bytes()];
    let read = |bytes: &[u8]| {
        [
            in_person::Invitation::from_bytes(bytes).map(drop),
            in_person::Answered::from_bytes(bytes).map(drop),
            at_distance::Answered::from_bytes(bytes).map(drop),
            at_distance::Revealed::from_bytes(bytes).map(drop),
            at_distance::Invitation::from_bytes(bytes).map(drop),
            at_distance::Comparing::from_bytes(bytes).map(drop),
            Joined::from_bytes(bytes).map(drop),
        ]
    };
    for (at, bytes) in kept.iter().enumerate() {
        for (other, result) in read(bytes).into_iter().enumerate() {
            assert_eq!(result.is_ok(), at == other, "{at} {other}");
        }
        for length in (0..bytes.len()).step_by(7) {
            assert!(read(&bytes[..length]).iter().all(|one| *one == Err(JoinCheck::Pending.refuse())));
        }
    }
}
