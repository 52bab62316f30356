//! The frozen examples of `spec/joining.md`: made again, byte for byte, and taken by each step.

use serde_json::{Value, json};

use super::*;
use crate::joining::message::Body;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// The inviter's nonce: the first item after the step in what is kept.
fn nonce_of(invitation: &at_distance::Invitation) -> String {
    hex(&invitation.to_bytes()[5..37])
}

fn common() -> Value {
    json!({
        "now": NOW,
        "ends": offer().ends,
        "bag": BAG.to_string(),
        "seat": { "kind": 1, "member": BEN.to_string(), "role": 2, "name": "Ben" },
        "inviter": { "seed": hex(&[1; 32]), "name": "Anna's phone" },
        "joiner": { "seed": hex(&[2; 32]), "name": "Ben's phone" },
    })
}

fn near() -> Value {
    let invitation = invite(3);
    let invite = invitation.message();
    let Body::Invite { secret, .. } = &invite.body else { panic!("another kind of message") };
    let secret = hex(&**secret);
    let answered = answer(&invitation);
    let answer = answered.message().clone();
    let (confirmed, welcome) = invitation.answered(&answer, NOW, &anna()).unwrap();
    agree(&confirmed, &answered.welcomed(&welcome).unwrap());
    json!({
        "secret": secret,
        "invite": *invite.to_text(),
        "answer": *answer.to_text(),
        "welcome": *welcome.to_text(),
        "transcript": hex(confirmed.transcript()),
    })
}

fn far() -> Value {
    let invitation = invite_far(3);
    let (nonce, invite) = (nonce_of(&invitation), invitation.message());
    let answered = answer_far(&invitation);
    let answer = answered.message().clone();
    let Body::FarAnswer { nonce: joiner_nonce, .. } = &answer.body else { panic!("another kind of message") };
    let joiner_nonce = hex(joiner_nonce);
    let revealed = reveal(invitation, &answer);
    let (code, reveal) = (revealed.code(), revealed.message().clone());
    let joined = answered.revealed(&reveal, NOW).unwrap().codes_match(code.into()).unwrap();
    let confirmed = revealed.codes_match(code.into()).unwrap();
    agree(&confirmed, &joined);
    json!({
        "inviter_nonce": nonce,
        "joiner_nonce": joiner_nonce,
        "far_invite": *invite.to_text(),
        "far_answer": *answer.to_text(),
        "reveal": *reveal.to_text(),
        "transcript": hex(confirmed.transcript()),
        "words": code.to_string(),
        "digits": code.digits(),
    })
}

#[test]
fn messages_are_the_same_for_ever() {
    let made = json!({
        "about": "Joining: spec/joining.md. Bytes in hexadecimal, messages as text.",
        "common": common(),
        "in_person": near(),
        "at_a_distance": far(),
        "word_list": crate::joining::words::WORDS.as_slice(),
    });
    let frozen: Value =
        serde_json::from_str(include_str!("../../../../../spec/vectors/joining.json")).unwrap();
    assert!(made == frozen, "spec/vectors/joining.json is not:\n{made:#}");
}

/// What is in the file is taken by itself, without anything made here but the two devices.
#[test]
fn the_frozen_messages_are_taken() {
    let frozen: Value =
        serde_json::from_str(include_str!("../../../../../spec/vectors/joining.json")).unwrap();
    let message = |way: &str, name: &str| Message::from_text(frozen[way][name].as_str().unwrap()).unwrap();
    let answered = in_person::Answered::accept(&message("in_person", "invite"), device(2), NOW).unwrap();
    let joined = answered.welcomed(&message("in_person", "welcome")).unwrap();
    assert_eq!(Value::from(hex(joined.transcript())), frozen["in_person"]["transcript"]);
    let (confirmed, _) = invite(3).answered(&message("in_person", "answer"), NOW, &anna()).unwrap();
    agree(&confirmed, &joined);
    let revealed = reveal(invite_far(3), &message("at_a_distance", "far_answer"));
    assert_eq!(Value::from(revealed.code().to_string()), frozen["at_a_distance"]["words"]);
    let comparing = answer_far(&invite_far(3)).revealed(&message("at_a_distance", "reveal"), NOW).unwrap();
    assert_eq!(Value::from(comparing.code().digits()), frozen["at_a_distance"]["digits"]);
}
