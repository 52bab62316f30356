//! The encoding, the text and its parts, for all values.

use proptest::prelude::*;

use super::*;
use crate::joining::message::Body;
use crate::joining::{MAX_PARTS, MAX_TEXT_CHARS, MessageKind};

fn message() -> impl Strategy<Value = Message> {
    let sealed = || prop::collection::vec(any::<u8>(), 0..2000);
    prop_oneof![
        any::<([u8; 16], u64, [u8; 16])>().prop_map(|(secret, ends, promise)| {
            Message::new(Body::Invite { secret: Zeroizing::new(secret), ends, promise })
        }),
        (any::<([u8; 16], [u8; 16])>(), sealed(), any::<bool>()).prop_map(
            |((invitation, salt), sealed, one)| {
                Message::new(if one {
                    Body::Answer { invitation, salt, sealed }
                } else {
                    Body::Welcome { invitation, salt, sealed }
                })
            }
        ),
        any::<([u8; 32], u64)>()
            .prop_map(|(commitment, ends)| Message::new(Body::FarInvite { commitment, ends })),
        (any::<[u8; 16]>(), sealed())
            .prop_map(|(invitation, sealed)| Message::new(Body::Reveal { invitation, sealed })),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(message in message()) {
        let read = Message::from_bytes(message.as_bytes()).unwrap();
        prop_assert!(read.body == message.body);
        prop_assert_eq!(read.kind(), message.kind());
        let text = message.to_text();
        prop_assert!(text.len() <= MAX_TEXT_CHARS);
        let again = Message::from_text(&text).unwrap();
        prop_assert_eq!(again.as_bytes(), message.as_bytes());
    }

    #[test]
    fn parts_make_the_whole_in_any_order(message in message(), chars in 110..1500_usize, turn: prop::sample::Index) {
        let parts = message.to_parts(chars).unwrap();
        let mut parts: Vec<&str> = parts.iter().map(|part| part.as_str()).collect();
        prop_assert!(parts.iter().all(|part| part.len() <= chars));
        let first = turn.index(parts.len());
        parts.rotate_left(first);
        parts.push(parts[0]);
        if parts.len() > 2 {
            let whole = Message::from_parts(&parts).unwrap();
            prop_assert_eq!(whole.as_bytes(), message.as_bytes());
            parts.pop();
            parts.pop();
            prop_assert_eq!(refused(Message::from_parts(&parts)), JoinCheck::Parts);
        }
    }

    #[test]
    fn no_bytes_and_no_text_make_it_panic(bytes: Vec<u8>, text: String) {
        let _ = Message::from_bytes(&bytes);
        let _ = Message::from_text(&text);
        let _ = Message::from_text(&format!("bookbag-invite:{text}"));
        let _ = Message::from_parts(&[&text, &format!("bookbag-part:{text}")]);
        let _ = text.parse::<HeardCode>();
        let _ = Joined::from_bytes(&bytes);
    }

    #[test]
    fn steps_take_any_message_without_a_panic(message in message()) {
        prop_assert!(invite(3).answered(&message, NOW, &anna()).is_err());
        prop_assert!(invite_far(3).answered(&message, NOW, &anna(), entropy(1)).is_err());
        prop_assert!(answer(&invite(3)).welcomed(&message).is_err());
        prop_assert!(answer_far(&invite_far(3)).revealed(&message, NOW).is_err());
    }
}

#[test]
fn jo_01_a_torn_copy_is_named() {
    for message in [invite(3).message(), answer(&invite(3)).message().clone()] {
        let text = message.to_text();
        for length in 0..text.len() {
            assert_eq!(refused(Message::from_text(text.get(..length).unwrap())), JoinCheck::Text, "{length}");
        }
        for at in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(refused(Message::from_text(str::from_utf8(&bytes).unwrap())), JoinCheck::Text, "{at}");
        }
        assert_eq!(refused(Message::from_text(&format!("{}A", *text))), JoinCheck::Text);
        assert_eq!(refused(Message::from_text(&text.repeat(2))), JoinCheck::Text);
        let other = text.replace("invite", "welcome").replace("answer", "welcome");
        assert_eq!(refused(Message::from_text(&other)), JoinCheck::Text);
    }
    assert_eq!(refused(Message::from_text(&"A".repeat(1_000_000))), JoinCheck::Text);
}

#[test]
fn white_space_does_not_count() {
    let text = invite_far(3).message().to_text();
    let lines: Vec<_> = text.as_bytes().chunks(20).map(|line| str::from_utf8(line).unwrap()).collect();
    let wrapped = lines.join("\r\n ");
    assert_eq!(Message::from_text(&format!("\n\t{wrapped}")).unwrap().kind(), MessageKind::FarInvite);
}

#[test]
fn jo_02_parts_are_of_one_text() {
    let parts = |byte| answer(&invite(byte)).message().to_parts(500).unwrap();
    let (one, two) = (parts(3), parts(4));
    let (one, two): (Vec<&str>, Vec<&str>) =
        (one.iter().map(|part| part.as_str()).collect(), two.iter().map(|part| part.as_str()).collect());
    assert_eq!(one.len(), 5);
    assert!(one.iter().all(|part| part.len() <= 500));
    assert!(Message::from_parts(&one).is_ok());
    assert_eq!(refused(Message::from_parts(&[])), JoinCheck::Parts);
    assert_eq!(refused(Message::from_parts(&one[1..])), JoinCheck::Parts);
    assert_eq!(refused(Message::from_parts(&[&one[..2], &two[2..]].concat())), JoinCheck::Parts);
    assert_eq!(refused(Message::from_parts(&[&one[..], &two[..1]].concat())), JoinCheck::Parts);
    let changed = one[1].replacen("2/", "6/", 1);
    assert_eq!(refused(Message::from_parts(&[one[0], &changed, one[2], one[3], one[4]])), JoinCheck::Parts);
    for wrong in
        ["bookbag-part:", "bookbag-part:0/1:a:b", "bookbag-part:1/99:a:b", "bookbag-part:+1/1:a:b", "x"]
    {
        assert_eq!(refused(Message::from_parts(&[wrong, wrong])), JoinCheck::Parts, "{wrong}");
    }
    assert!(invite(3).message().to_parts(100).is_some_and(|parts| parts.len() == 1));
    assert!(answer(&invite(3)).message().to_parts(60).is_none());
    assert!(answer(&invite(3)).message().to_parts(0).is_none());
    assert!(one.len() <= MAX_PARTS);
}

/// JO-03.
#[test]
fn another_version_or_kind_is_refused() {
    let bytes = invite_far(3).message().as_bytes().to_vec();
    // The array of four, version 1, kind 4.
    assert_eq!(bytes[..3], [0x84, 0x01, 0x04]);
    for (at, byte) in [(0, 0x85), (0, 0x83), (1, 0x00), (1, 0x02), (2, 0x00), (2, 0x07), (2, 0x01)] {
        let mut changed = bytes.clone();
        changed[at] = byte;
        assert_eq!(refused(Message::from_bytes(&changed)), JoinCheck::Form, "{at} {byte}");
    }
    assert_eq!(refused(Message::from_bytes(&vec![0; 5000])), JoinCheck::Form);
    // The same number, in two bytes.
    let longer = [&bytes[..2], &[0x18, 0x04], &bytes[3..]].concat();
    assert_eq!(refused(Message::from_bytes(&longer)), JoinCheck::Form);
}

#[test]
fn jo_05_names_are_short_and_can_be_shown() {
    let seat = |name: &Label| Seat::new(SeatKind::FurtherDevice, BEN, Role::Subject, name).map(drop);
    let long = "é".repeat(Label::MAX_BYTES / 2);
    assert_eq!(seat(&label(&long)), Ok(()));
    assert!(format!("{long}a").parse::<Label>().is_err());
    for wrong in ["a\nb", "\u{1b}[2J", "\u{0}", "\u{9b}"].map(label) {
        assert_eq!(refused(seat(&wrong)), JoinCheck::Name, "{wrong:?}");
        let device = NewDevice { keys: keys(2), name: wrong.clone() };
        let accepted = in_person::Answered::accept(&invite(3).message(), device, NOW);
        assert_eq!(refused(accepted), JoinCheck::Name);
        let keys = anna();
        let own = OwnDevice { card: &keys.card, name: &wrong };
        assert_eq!(refused(at_distance::Invitation::new(&offer(), own, NOW, entropy(1))), JoinCheck::Name);
    }
    // And from the other side, as a message: JO-03.
    let mut answer = answer_far(&invite_far(3)).message().as_bytes().to_vec();
    let at = answer.windows(5).position(|window| window == b"Ben's").unwrap();
    answer[at] = 7;
    assert_eq!(refused(Message::from_bytes(&answer)), JoinCheck::Form);
}
