//! What a member's own client refuses, sealed by one that does not: each honest device says which rule it breaks.

use super::support::*;
use crate::event::{Date, Kept, Stage};

fn device_of(member: MemberId, byte: u8) -> Device {
    let keys = DeviceSeed::from_secret_bytes(secret(byte)).keys().unwrap();
    Device {
        member,
        signing: *keys.card.signing_bytes(),
        sealing: keys.card.sealing_hash(),
        name: label("x"),
        purpose: DevicePurpose::InUse,
    }
}

fn person(byte: u8, role: Role) -> Member {
    Member { id: MemberId::from_bytes([byte; 16]), role, name: label("x"), household: None }
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// What a guardian's client tries alone, and by which rule that is refused.
fn a_guardians_tries(ffion: &Copy, dai: &Copy) -> Vec<(Act, Rule)> {
    let [her, him] = [ffion.me(), dai.me()];
    let aunt = MemberId::from_bytes([3; 16]);
    let approved = |member| Act::RemoveMember { member, accepted: vec![], grounds: Grounds::Approved };
    let token = |text: &str| -> Arc<[u8]> { text.as_bytes().into() };
    let record = ffion.compartment(CompartmentPurpose::Record);
    let household = ffion.bag.state().member(her).unwrap().household.unwrap();
    let personal = ffion.compartment(CompartmentPurpose::Personal);
    let mut lax = Policy::uk(Nation::Wales);
    lax.anchors.clone_from(&dai.bag.state().policy().anchors);
    let make = |id, purpose, readers| Act::MakeCompartment { id, purpose, name: label("x"), readers };
    let new = CompartmentId::from_bytes([9; 16]);
    vec![
        (
            Act::AddMember(person(9, Role::Guardian), device_of(person(9, Role::Guardian).id, 9)),
            Rule::SealingKeyUnknown,
        ),
        (Act::AddDevice(device_of(her, 9)), Rule::SealingKeyUnknown),
        (approved(her), Rule::ApprovalMissing),
        (Act::SetRole { member: her, role: Role::Supporter }, Rule::ApprovalMissing),
        (Act::SetRole { member: aunt, role: Role::Guardian }, Rule::ApprovalMissing),
        (Act::SetRole { member: aunt, role: Role::Subject }, Rule::OneSubject),
        (Act::Unshare { compartment: record, with: her }, Rule::ApprovalMissing),
        (Act::Share { compartment: household, with: him, from_start: false }, Rule::NotReader),
        (Act::Share { compartment: personal, with: him, from_start: true }, Rule::NotShared),
        (make(record, CompartmentPurpose::Record, vec![him]), Rule::UsedBefore),
        (make(new, CompartmentPurpose::Record, vec![her]), Rule::NotReader),
        (make(new, CompartmentPurpose::Control, vec![him]), Rule::NotShared),
        (make(new, CompartmentPurpose::Record, vec![him]), Rule::RekeyMissing),
        (approved(aunt), Rule::RekeyMissing),
        (Act::SetPolicy(lax), Rule::ApprovalMissing),
        (Act::SetBirth { birth: date("2012-01-01"), evidence: None }, Rule::ApprovalMissing),
        (Act::SetBirth { birth: date("2012-01-01"), evidence: Some(token("x")) }, Rule::NotProved),
        (Act::ReachStage { stage: Stage::Adult, evidence: token("x") }, Rule::NotProved),
        (Act::HandOver { keep: vec![Kept { member: him, role: Role::Guardian }] }, Rule::NoSuch),
        (
            Act::Settle { frame: FrameId::from_bytes([1; 32]), stands: true, grounds: Grounds::Approved },
            Rule::NotWaiting,
        ),
        (Act::SetHousehold { member: her, household: None }, Rule::OthersOwn),
        (Act::Rename { what: Some([77; 16]), name: label("x") }, Rule::NoSuch),
    ]
}

#[test]
fn what_a_guardian_does_alone_that_needs_others_has_no_effect() {
    let [mut ffion, mut dai, mut aunt] = family();
    let before = ffion.bag.state().digest();
    for (act, rule) in a_guardians_tries(&ffion, &dai) {
        let frame = dai.change(&Forged::default(), act.clone());
        for copy in [&mut ffion, &mut aunt] {
            assert_eq!(copy.standing(&frame), Standing::Refused(rule), "{act:?}");
            assert_eq!(copy.bag.state().digest(), before, "{act:?}");
        }
    }
    // With all the keys that belong to it, and no court's word for it.
    for token in [order(&dai.bag, dai.me()), b"no order at all".as_slice().into()] {
        let act = Act::RemoveMember { member: ffion.me(), accepted: vec![], grounds: Grounds::Order(token) };
        let doing = dai.doing();
        let honest = dai.bag.act(&act, &[], None, doing).map(drop);
        assert_eq!(honest, Err(WriteError::Refused(Rule::NotProved)));
        let doing = dai.doing();
        let pending = dai.bag.act_unforeseen(&act, doing).unwrap();
        assert_eq!(ffion.take(&one_by_one(pending.bytes())).findings, []);
        assert_eq!(ffion.standing_of(&pending.last().unwrap()), Standing::Refused(Rule::NotProved), "BG-36");
        assert!(ffion.bag.member().is_some());
    }
    // His own approval of his own proposal is none, nor is one that was given for something else.
    let propose = |act: Act| ControlEvent::Proposal(act);
    let add = Act::SetRole { member: aunt.me(), role: Role::Guardian };
    let proposal = dai.forge(&Forged::default(), &propose(add.clone()));
    let approval = dai.forge(&Forged::upon(&[proposal.0]), &ControlEvent::Approval(proposal.0));
    let because = vec![proposal.0, approval.0];
    let change = ControlEvent::Change(Change { act: add, because, epochs: vec![] });
    let change = dai.forge(&Forged::upon(&[approval.0]), &change);
    assert_eq!(ffion.standing(&proposal), Standing::Accepted);
    assert_eq!(ffion.standing(&approval), Standing::Refused(Rule::NotAReason));
    assert_eq!(ffion.standing(&change), Standing::Refused(Rule::NotAReason));
    ffion.assert_writes();
}

/// Frames that were sealed together.
fn one_by_one(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    while let Ok(head) = Head::read(bytes) {
        let length = head.head_length() + usize::try_from(head.stored_body_length().unwrap()).unwrap();
        all.push(bytes[..length].to_vec());
        bytes = &bytes[length..];
    }
    all
}

#[test]
fn who_only_sees_changes_nothing() {
    let [mut ffion, _, mut aunt] = family();
    let before = (ffion.bag.state().digest(), ffion.texts());
    let (record, me) = (ffion.compartment(CompartmentPurpose::Record), aunt.me());
    let acts = [
        Act::Rename { what: None, name: label("hers") },
        Act::Rekey,
        Act::SetRole { member: me, role: Role::Guardian },
        Act::Share { compartment: record, with: ffion.me(), from_start: true },
        Act::RemoveMember {
            member: ffion.me(),
            accepted: vec![],
            grounds: Grounds::Order(order(&aunt.bag, ffion.me())),
        },
        Act::SetPolicy(Policy::uk(Nation::Wales)),
    ];
    for act in acts {
        let frame = aunt.change(&Forged::default(), act.clone());
        let standing = ffion.standing(&frame);
        assert!(
            matches!(standing, Standing::Refused(Rule::SupporterActs | Rule::NoSuch | Rule::PolicyFloor)),
            "{act:?}: {standing:?}"
        );
        let proposal = aunt.forge(&Forged::default(), &ControlEvent::Proposal(act));
        assert_eq!(ffion.standing(&proposal), Standing::Refused(Rule::SupporterActs));
    }
    let forged = Forged::default().in_epoch(aunt.epoch_of(record));
    let frame = aunt.seal(&forged, b"x");
    let _malformed = ffion.take(&[&frame.1]);
    assert_eq!(ffion.standing_of(&frame.0), Standing::Refused(Rule::SupporterActs), "BG-13");
    assert_eq!((ffion.bag.state().digest(), ffion.texts()), before);
    ffion.assert_writes();
}

#[test]
fn who_was_removed_does_nothing_whether_or_not_they_have_heard() {
    let [mut ffion, mut dai, _] = family();
    let record = ffion.compartment(CompartmentPurpose::Record);
    let epochs = [dai.epoch_of(record), dai.control_epoch()];
    let old = dai.heads();
    let removal = ffion.remove_by_order(dai.me());
    let before = ffion.bag.state().digest();
    let removed_by = Standing::Quarantined { by: ffion.bag.ledger.place(&removal).unwrap() };
    let tries = a_guardians_tries(&family()[0], &dai);
    let allowed = [Act::Rename { what: None, name: label("his") }, Act::Checkpoint([0; 32])];
    for act in allowed {
        // As if he had not heard: kept apart. As one who has: refused.
        let frame = dai.change(&Forged::upon(&old), act.clone());
        assert_eq!(ffion.standing(&frame), removed_by, "{act:?}");
        let frame = dai.change(&Forged { time: Some(9_000), ..Forged::upon(&[removal]) }, act.clone());
        assert_eq!(ffion.standing(&frame), Standing::Refused(Rule::RemovedAuthor), "BG-05 {act:?}");
    }
    for (act, rule) in tries {
        let frame = dai.change(&Forged::upon(&old), act);
        let standing = ffion.standing(&frame);
        assert!(matches!(standing, Standing::Refused(_)), "{rule}: {standing:?}");
    }
    for epoch in epochs {
        let (_, frame) =
            dai.seal(&Forged { time: Some(9_000), ..Forged::upon(&[removal]).in_epoch(epoch) }, b"x");
        let _findings = ffion.take(&[frame]);
    }
    assert_eq!(ffion.bag.state().digest(), before);
    ffion.assert_writes();
}
