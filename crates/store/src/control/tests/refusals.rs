//! Each rule, by somebody who breaks it.

use super::sim::*;
use crate::control::{Content, *};
use crate::event::*;
use crate::id::*;

fn rename() -> Act {
    Act::Rename { what: None, name: label("other") }
}

fn change(act: Act) -> Content {
    Content::Control(ControlEvent::Change(Change { act, because: vec![], epochs: vec![] }))
}

fn control_epoch(sim: &Sim) -> EpochId {
    sim.here().writable_epoch(sim.control).unwrap()
}

#[test]
fn bg_01_a_second_genesis_is_refused() {
    let (mut sim, [a, ..]) = Sim::family();
    let again = ControlEvent::Genesis(Box::new(sim.genesis.clone()));
    assert_eq!(sim.control(a, again), Err(Rule::SecondGenesis));
}

#[test]
fn bg_02_a_bag_is_made_by_whom_it_names() {
    let a = dev(1, 11);
    let sim = Sim::founded_by(a, Role::Guardian);
    let begin = |genesis: &Genesis, author: DeviceId| {
        let epoch = genesis.control.commitment.epoch();
        let facts = Facts { id: FrameId::from_bytes([1; 32]), parents: &[], author, epoch, time: 1 };
        Fold::begin(&facts, genesis.clone(), std::sync::Arc::new(SignedTokens)).map(drop)
    };
    assert_eq!(begin(&sim.genesis, a.id), Ok(()));
    assert_eq!(begin(&sim.genesis, dev(1, 12).id), Err(Rule::Founder));
    let wrong: [fn(&mut Genesis); 4] = [
        |genesis| genesis.founder.role = Role::Supporter,
        |genesis| genesis.founder.id = member(9),
        |genesis| genesis.device.purpose = DevicePurpose::Sheet,
        |genesis| genesis.founder.household = Some(compartment(1)),
    ];
    for spoil in wrong {
        let mut genesis = sim.genesis.clone();
        spoil(&mut genesis);
        assert_eq!(begin(&genesis, a.id), Err(Rule::Founder));
    }
}

#[test]
fn bg_03_a_back_dated_frame_is_refused() {
    let (mut sim, [a, b, ..]) = Sim::family();
    let epoch = control_epoch(&sim);
    let at = sim.at(b, epoch, 5_000, change(rename()));
    assert!(at.is_ok());
    assert_eq!(sim.at(a, epoch, 4_999, change(rename())), Err(Rule::BackDated));
    let record = sim.here().writable_epoch(compartment(1)).unwrap();
    sim.heads = vec![sim.number(at.unwrap())];
    assert_eq!(sim.at(a, record, 4_999, Content::Data), Err(Rule::BackDated));
    sim.heads = vec![sim.number(at.unwrap())];
    assert!(sim.at(a, epoch, 5_000, change(rename())).is_ok());
}

#[test]
fn bg_04_and_bg_05_authors_are_listed_and_not_removed() {
    let (mut sim, [a, _, _, p]) = Sim::family();
    let epoch = control_epoch(&sim);
    let stranger = dev(9, 91);
    assert_eq!(sim.under(stranger, epoch, change(rename())), Err(Rule::UnknownAuthor));
    assert_eq!(sim.under(stranger, epoch, Content::Data), Err(Rule::UnknownAuthor));
    let removal = sim.removal(p.member, Grounds::Approved);
    sim.change(a, removal).unwrap();
    let epoch = control_epoch(&sim);
    assert_eq!(sim.under(p, epoch, change(rename())), Err(Rule::RemovedAuthor));
    assert_eq!(sim.data(p, 1), Err(Rule::RemovedAuthor));
}

#[test]
fn bg_06_and_bg_07_what_cannot_be_read_makes_the_fold_incomplete() {
    let (mut sim, [a, ..]) = Sim::family();
    let epoch = control_epoch(&sim);
    assert!(!sim.fold.is_incomplete());
    assert_eq!(sim.under(a, epoch, Content::Unreadable), Err(Rule::UnreadableControl));
    assert!(sim.fold.is_incomplete());
    let (mut sim, [a, ..]) = Sim::family();
    assert_eq!(sim.control(a, ControlEvent::Unknown { kind: 9, version: 1 }), Err(Rule::UnknownKind));
    assert!(sim.fold.is_incomplete());
}

#[test]
fn bg_08_authority_stands_in_the_control_compartment() {
    // A member added in a compartment that others cannot read would be a secret member.
    let (mut sim, [a, ..]) = Sim::family();
    sim.make(a, 2, CompartmentPurpose::Household, &[1]).unwrap();
    let hidden = sim.here().writable_epoch(compartment(2)).unwrap();
    let act = Act::AddMember(person(7, Role::Supporter), dev(7, 71).event());
    assert_eq!(sim.under(a, hidden, change(act)), Err(Rule::WrongCompartment));
    let epoch = control_epoch(&sim);
    assert_eq!(sim.under(a, epoch, Content::Data), Err(Rule::WrongCompartment));
}

#[test]
fn bg_09_and_bg_10_epochs_are_known_and_the_newest() {
    let (mut sim, [a, ..]) = Sim::family();
    let unknown = EpochId::from_bytes([99; 16]);
    assert_eq!(sim.under(a, unknown, change(rename())), Err(Rule::UnknownEpoch));
    assert_eq!(sim.under(a, unknown, Content::Data), Err(Rule::UnknownEpoch));
    let (old_control, old) = (control_epoch(&sim), sim.here().writable_epoch(compartment(1)).unwrap());
    sim.rekey(a, &[1, 200]).unwrap();
    assert_eq!(sim.under(a, old_control, change(rename())), Err(Rule::StaleEpoch));
    assert_eq!(sim.under(a, old, Content::Data), Err(Rule::StaleEpoch));
    assert!(sim.data(a, 1).is_ok());
}

#[test]
fn bg_11_and_bg_31_those_who_stay_choose_new_keys() {
    let (mut sim, [a, b, ..]) = Sim::family();
    let leave = sim.removal(b.member, Grounds::Approved);
    let control = sim.control;
    let start = sim.begin(b, control, &[a.id]);
    assert_eq!(sim.bare(b, leave, vec![], vec![start]), Err(Rule::LeaverStarts));
    let leave = sim.removal(b.member, Grounds::Approved);
    sim.change(b, leave).unwrap();
    assert_eq!(sim.here().writable_epoch(control), None);
    assert_eq!(sim.change(a, rename()), Err(Rule::RekeyFirst));
    assert_eq!(sim.data(a, 1), Err(Rule::RekeyFirst));
    sim.rekey(a, &[1, 200]).unwrap();
    assert!(sim.change(a, rename()).is_ok());
    assert!(sim.data(a, 1).is_ok());
}

#[test]
fn bg_12_only_readers_write_share_and_rekey() {
    let (mut sim, [a, b, ..]) = Sim::family();
    sim.make(a, 2, CompartmentPurpose::Household, &[1]).unwrap();
    assert_eq!(sim.data(b, 2), Err(Rule::NotReader));
    assert_eq!(sim.make(b, 3, CompartmentPurpose::Household, &[1]), Err(Rule::NotReader));
    let home = compartment(2);
    let share = Act::Share { compartment: home, with: b.member, from_start: true };
    assert_eq!(sim.change(b, share), Err(Rule::NotReader));
    let start = sim.begin(b, home, &[a.id]);
    assert_eq!(sim.bare(b, Act::Rekey, vec![], vec![start]), Err(Rule::NotReader));
    assert_eq!(sim.change(b, Act::Unshare { compartment: home, with: a.member }), Err(Rule::NotReader));
}

#[test]
fn bg_13_a_supporter_changes_nothing_of_others() {
    let (mut sim, [a, _, s, p]) = Sim::family();
    sim.change(a, Act::Share { compartment: compartment(1), with: p.member, from_start: false }).unwrap();
    assert_eq!(sim.data(p, 1), Err(Rule::SupporterActs));
    let acts = [
        rename(),
        Act::Rekey,
        Act::Checkpoint([0; 32]),
        Act::SetRole { member: p.member, role: Role::Guardian },
        Act::SetPolicy(Policy::uk(Nation::England)),
        Act::HandOver { keep: vec![] },
        sim.device_removal(s),
        sim.removal(a.member, sim.order(a.member)),
        Act::Share { compartment: compartment(1), with: s.member, from_start: true },
        Act::MakeCompartment {
            id: compartment(9),
            purpose: CompartmentPurpose::Personal,
            name: label("mine"),
            readers: vec![p.member],
        },
    ];
    for act in acts {
        assert_eq!(needs(&sim.here(), p.member, &act), Needs::Refused(Rule::SupporterActs), "{act:?}");
        assert!(sim.bare(p, act.clone(), vec![], vec![]).is_err(), "{act:?}");
        assert!(sim.control(p, ControlEvent::Proposal(act)).is_err());
    }
    // Their own affairs are theirs.
    sim.add_device(p, dev(4, 42)).unwrap();
    let lost = sim.device_removal(dev(4, 42));
    sim.change(p, lost).unwrap();
    let leave = sim.removal(p.member, Grounds::Approved);
    sim.change(p, leave).unwrap();
}

#[test]
fn bg_13_a_supporter_approves_nothing() {
    let (mut sim, [a, _, _, p]) = Sim::family();
    let proposal = sim.control(a, ControlEvent::Proposal(rename())).unwrap();
    assert_eq!(sim.control(p, ControlEvent::Approval(proposal)), Err(Rule::SupporterActs));
}

#[test]
fn bg_14_a_recovery_device_only_enrols() {
    let (mut sim, [a, ..]) = Sim::family();
    let sheet = dev_for(1, 12, DevicePurpose::Sheet);
    sim.add_device(a, sheet).unwrap();
    for act in [rename(), Act::Rekey, sim.device_removal(a), sim.removal(a.member, Grounds::Approved)] {
        assert_eq!(sim.bare(sheet, act, vec![], vec![]), Err(Rule::RecoveryActs));
    }
    assert_eq!(sim.data(sheet, 1), Err(Rule::RecoveryActs));
    assert_eq!(sim.control(sheet, ControlEvent::Proposal(rename())), Err(Rule::RecoveryActs));
    assert_eq!(sim.add_device(sheet, dev_for(1, 13, DevicePurpose::Shares)), Err(Rule::RecoveryActs));
    assert_eq!(sim.add_device(sheet, dev(2, 22)), Err(Rule::RecoveryActs));
    sim.add_device(sheet, dev(1, 14)).unwrap();
    assert!(sim.data(dev(1, 14), 1).is_ok());
}

#[test]
fn bg_15_what_is_named_is_there() {
    let (mut sim, [a, b, s, p]) = Sim::family();
    let (nobody, nothing) = (member(9), compartment(9));
    let acts = [
        Act::RemoveDevice(Removed { device: dev(9, 9).id, accepted: vec![] }),
        Act::RemoveMember { member: nobody, accepted: vec![], grounds: sim.order(nobody) },
        Act::SetRole { member: nobody, role: Role::Guardian },
        Act::Share { compartment: nothing, with: b.member, from_start: true },
        Act::Share { compartment: compartment(1), with: b.member, from_start: true },
        Act::Unshare { compartment: nothing, with: b.member },
        Act::Unshare { compartment: compartment(1), with: p.member },
        Act::Rename { what: Some([9; 16]), name: label("x") },
        Act::SetHousehold { member: a.member, household: Some(compartment(1)) },
        Act::SetHousehold { member: a.member, household: Some(nothing) },
        Act::MakeCompartment {
            id: nothing,
            purpose: CompartmentPurpose::Household,
            name: label("x"),
            readers: vec![a.member, nobody],
        },
    ];
    for act in acts {
        assert_eq!(sim.bare(a, act.clone(), vec![], vec![]), Err(Rule::NoSuch), "{act:?}");
    }
    let keep = vec![Kept { member: nobody, role: Role::Guardian }];
    let because = sim.approved(&[s, a, b], &Act::HandOver { keep: keep.clone() }, &[]).unwrap();
    assert_eq!(sim.bare(s, Act::HandOver { keep }, because, vec![]), Err(Rule::NoSuch));
    assert_eq!(sim.control(b, ControlEvent::Approval(FrameId::from_bytes([9; 32]))), Err(Rule::NoSuch));
}

#[test]
fn bg_16_nothing_is_used_twice() {
    let (mut sim, [a, _, _, p]) = Sim::family();
    assert_eq!(sim.make(a, 1, CompartmentPurpose::Record, &[1]), Err(Rule::UsedBefore));
    assert_eq!(sim.join(a, dev(4, 44), Role::Supporter), Err(Rule::UsedBefore));
    assert_eq!(sim.change(a, Act::AddDevice(a.event())), Err(Rule::UsedBefore));
    let removal = sim.removal(p.member, Grounds::Approved);
    sim.change(a, removal).unwrap();
    assert_eq!(sim.join(a, dev(4, 45), Role::Supporter), Err(Rule::UsedBefore), "a member who went");
    let start = sim.begin(a, compartment(1), &[a.id, dev(2, 21).id, dev(3, 31).id]);
    sim.bare(a, Act::Rekey, vec![], vec![start]).unwrap();
    assert_eq!(sim.bare(a, Act::Rekey, vec![], vec![start]), Err(Rule::UsedBefore));
    let one = sim.begin(a, compartment(1), &[a.id]);
    assert_eq!(sim.bare(a, Act::Rekey, vec![], vec![one, one]), Err(Rule::UsedBefore));
}

#[test]
fn bg_17_there_are_limits() {
    let a = dev(1, 1);
    let mut sim = Sim::founded_by(a, Role::Guardian);
    for seed in 2..=u8::try_from(MAX_COMPARTMENTS).unwrap() {
        sim.make(a, seed, CompartmentPurpose::Household, &[1]).unwrap();
    }
    assert_eq!(sim.make(a, 99, CompartmentPurpose::Household, &[1]), Err(Rule::TooMany));
    let mut sim = Sim::founded_by(a, Role::Guardian);
    for seed in 2..=u8::try_from(MAX_MEMBERS).unwrap() {
        sim.join(a, dev(seed, seed), Role::Supporter).unwrap();
    }
    assert_eq!(sim.join(a, dev(99, 99), Role::Supporter), Err(Rule::TooMany));
}

#[test]
fn bg_18_sealing_keys_come_first() {
    let (mut sim, [a, ..]) = Sim::family();
    assert_eq!(sim.change(a, Act::AddDevice(dev(1, 12).event())), Err(Rule::SealingKeyUnknown));
    let act = Act::AddMember(person(7, Role::Supporter), dev(7, 71).event());
    assert_eq!(sim.change(a, act), Err(Rule::SealingKeyUnknown));
}

#[test]
fn bg_19_devices_are_their_members_own_affair() {
    let (mut sim, [a, b, _, p]) = Sim::family();
    assert_eq!(
        sim.add_device(a, dev(2, 22)),
        Err(Rule::OthersOwn),
        "a key that would speak for the other guardian"
    );
    assert_eq!(sim.add_device(a, dev(4, 42)), Err(Rule::OthersOwn));
    sim.publish(a, dev(7, 71));
    sim.publish(a, dev_for(7, 71, DevicePurpose::Sheet));
    let another = Act::AddMember(person(8, Role::Supporter), dev(7, 71).event());
    assert_eq!(sim.change(a, another), Err(Rule::OthersOwn));
    let sheet = Act::AddMember(person(7, Role::Supporter), dev_for(7, 71, DevicePurpose::Sheet).event());
    assert_eq!(sim.change(a, sheet), Err(Rule::OthersOwn));
    for member in [b.member, p.member] {
        assert_eq!(sim.change(a, Act::SetHousehold { member, household: None }), Err(Rule::OthersOwn));
    }
    sim.change(b, Act::SetHousehold { member: b.member, household: None }).unwrap();
}

#[test]
fn bg_20_there_is_one_subject_who_stays() {
    let (mut sim, [a, b, s, p]) = Sim::family();
    let second = Act::AddMember(person(7, Role::Subject), dev(7, 71).event());
    sim.publish(a, dev(7, 71));
    let acts = [
        second,
        Act::RemoveMember { member: s.member, accepted: vec![], grounds: sim.order(s.member) },
        Act::SetRole { member: s.member, role: Role::Supporter },
        Act::SetRole { member: p.member, role: Role::Subject },
    ];
    for act in acts {
        for who in [a, b, s] {
            assert_eq!(sim.bare(who, act.clone(), vec![], vec![]), Err(Rule::OneSubject), "{act:?}");
        }
    }
}

#[test]
fn bg_21_somebody_who_decides_remains() {
    let a = dev(1, 11);
    let mut sim = Sim::founded_by(a, Role::Guardian);
    sim.join(a, dev(4, 41), Role::Supporter).unwrap();
    let leave = sim.removal(a.member, Grounds::Approved);
    assert_eq!(sim.change(a, leave), Err(Rule::LastDecider));
    let step_down = Act::SetRole { member: a.member, role: Role::Supporter };
    assert_eq!(sim.change(a, step_down.clone()), Err(Rule::LastDecider));
    let lost = sim.device_removal(a);
    assert_eq!(sim.change(a, lost), Err(Rule::LastDecider));
    sim.join(a, dev(2, 21), Role::Guardian).unwrap();
    sim.change(a, step_down).unwrap();
}

#[test]
fn bg_22_the_policy_is_kept() {
    let (mut sim, [a, b, _, p]) = Sim::family();
    sim.publish(a, dev(5, 51));
    let promote = Act::SetRole { member: p.member, role: Role::Guardian };
    assert_eq!(sim.change(a, promote), Err(Rule::ApprovalMissing));
    let acts = [
        Act::SetPolicy(Policy {
            anchors: sim.genesis.policy.anchors.clone(),
            ..Policy::uk(Nation::Scotland)
        }),
        Act::SetBirth { birth: "2012-03-04".parse().unwrap(), evidence: None },
        Act::AddMember(person(5, Role::Guardian), dev(5, 51).event()),
    ];
    for act in acts {
        let Needs::Approval(requirement) = needs(&sim.here(), a.member, &act) else { panic!("{act:?}") };
        assert_eq!((requirement.guardians, requirement.eligible.len()), (2, 2));
        assert_eq!(sim.change(a, act.clone()), Err(Rule::ApprovalMissing), "{act:?}");
        sim.agree(&[a, b], act, &[]).unwrap();
    }
}

#[test]
fn bg_23_reasons_are_for_this_act_and_used_once() {
    let (mut sim, [a, b, ..]) = Sim::family();
    let birth = |date: &str| Act::SetBirth { birth: date.parse().unwrap(), evidence: None };
    let because = sim.approved(&[a, b], &birth("2012-03-04"), &[]).unwrap();
    assert_eq!(
        sim.change_because(a, birth("2005-03-04"), because.clone()),
        Err(Rule::NotAReason),
        "another act"
    );
    let nothing = vec![FrameId::from_bytes([8; 32])];
    assert_eq!(sim.change_because(a, birth("2012-03-04"), nothing), Err(Rule::NotAReason));
    sim.change_because(a, birth("2012-03-04"), because.clone()).unwrap();
    assert_eq!(sim.change_because(a, birth("2012-03-04"), because.clone()), Err(Rule::NotAReason), "used");
    assert_eq!(sim.control(b, ControlEvent::Approval(because[0])), Err(Rule::NotAReason), "done already");
    let twice = sim.approved(&[a, b], &birth("2012-03-05"), &[]).unwrap();
    assert_eq!(sim.control(b, ControlEvent::Approval(twice[0])), Err(Rule::NotAReason), "agreed already");
    assert_eq!(sim.control(a, ControlEvent::Approval(twice[0])), Err(Rule::NotAReason), "it is their own");
}

#[test]
fn bg_25_no_policy_lets_one_guardian_remove_another() {
    let (a, b) = (dev(1, 11), dev(2, 21));
    let mut policy = Policy::uk(Nation::England);
    policy.rules =
        vec![PolicyRule { matter: Matter::RemoveGuardian, guardians: 1, subject: None, alone: None }];
    let mut sim = Sim::with_policy(a, Role::Guardian, policy);
    sim.publish(a, a);
    sim.join(a, b, Role::Guardian).unwrap();
    let removal = sim.removal(b.member, Grounds::Approved);
    assert_eq!(sim.change(a, removal), Err(Rule::AloneAgainstGuardian));
    let lost = sim.device_removal(b);
    assert_eq!(
        sim.change(a, lost),
        Err(Rule::AloneAgainstGuardian),
        "all a guardian's devices are the guardian"
    );
    let role = Act::SetRole { member: b.member, role: Role::Supporter };
    assert_eq!(sim.change(a, role.clone()), Err(Rule::AloneAgainstGuardian));
    sim.make(a, 1, CompartmentPurpose::Record, &[1, 2]).unwrap();
    let out = Act::Unshare { compartment: compartment(1), with: b.member };
    assert_eq!(
        sim.change(a, out),
        Err(Rule::AloneAgainstGuardian),
        "to be shut out of the record is to be removed"
    );
    sim.agree(&[a, b], role, &[]).unwrap();
}

#[test]
fn bg_27_a_removal_names_what_the_device_wrote() {
    let (mut sim, [a, b, _, p]) = Sim::family();
    let by_b = sim.change(b, rename()).unwrap();
    let unseen = {
        let heads = sim.heads.clone();
        let unseen = sim.add_device(p, dev(4, 43)).unwrap();
        sim.heads = heads;
        unseen
    };
    for accepted in [vec![by_b], vec![unseen], vec![FrameId::from_bytes([9; 32])]] {
        let removed = vec![Removed { device: p.id, accepted }];
        let act = Act::RemoveMember { member: p.member, accepted: removed, grounds: Grounds::Approved };
        assert_eq!(sim.change(a, act), Err(Rule::NotTheirs));
    }
    let others = vec![Removed { device: b.id, accepted: vec![by_b] }];
    let act = Act::RemoveMember { member: p.member, accepted: others, grounds: Grounds::Approved };
    assert_eq!(sim.change(a, act), Err(Rule::NotTheirs));
}

#[test]
fn bg_28_a_removal_takes_only_what_it_names() {
    // The founder, who added the other guardian alone, tries to undo that by removing a device of their own.
    let (mut sim, [a, b, ..]) = Sim::family();
    sim.add_device(a, dev(1, 12)).unwrap();
    let none = Act::RemoveDevice(Removed { device: a.id, accepted: vec![] });
    assert_eq!(sim.change(dev(1, 12), none), Err(Rule::TakesMore));
    let first = vec![sim.log[0].id];
    let genesis_alone = Act::RemoveDevice(Removed { device: a.id, accepted: first });
    assert_eq!(sim.change(dev(1, 12), genesis_alone), Err(Rule::TakesMore));
    // Nor does an order against one guardian undo what that guardian did for others.
    let act = Act::RemoveMember { member: a.member, accepted: vec![], grounds: sim.order(a.member) };
    assert_eq!(sim.change(b, act), Err(Rule::TakesMore));
    let act = sim.device_removal(a);
    sim.change(dev(1, 12), act).unwrap();
    assert_eq!(sim.state().guardians().count(), 2);
}

#[test]
fn bg_29_only_what_waits_is_settled() {
    let (mut sim, [a, b, ..]) = Sim::family();
    let frame = sim.change(b, rename()).unwrap();
    for stands in [true, false] {
        let act = Act::Settle { frame, stands, grounds: Grounds::Approved };
        assert_eq!(sim.change(a, act), Err(Rule::NotWaiting));
    }
}

#[test]
fn bg_30_who_loses_a_compartment_loses_its_next_key() {
    let (mut sim, [a, b, s, p]) = Sim::family();
    let record = compartment(1);
    sim.change(a, Act::Share { compartment: record, with: p.member, from_start: true }).unwrap();
    let unshare = Act::Unshare { compartment: record, with: p.member };
    assert_eq!(sim.bare(a, unshare, vec![], vec![]), Err(Rule::RekeyMissing));
    let removal = sim.removal(p.member, Grounds::Approved);
    let start = sim.begin(a, record, &[a.id, b.id, s.id]);
    assert_eq!(sim.bare(a, removal, vec![], vec![start]), Err(Rule::RekeyMissing), "control is missing");
    let from_now = Act::Share { compartment: record, with: p.member, from_start: false };
    sim.change(a, Act::Unshare { compartment: record, with: p.member }).unwrap();
    assert_eq!(sim.bare(a, from_now, vec![], vec![]), Err(Rule::RekeyMissing));
}

#[test]
fn bg_32_recipients_are_exactly_the_entitled() {
    let (mut sim, [a, b, s, p]) = Sim::family();
    let record = compartment(1);
    let wrong: [&[DeviceId]; 4] = [&[], &[a.id, b.id], &[b.id, s.id], &[a.id, b.id, s.id, p.id]];
    for recipients in wrong {
        let start = sim.begin(a, record, recipients);
        assert_eq!(sim.bare(a, Act::Rekey, vec![], vec![start]), Err(Rule::Recipients), "{recipients:?}");
    }
    // Somebody else's wraps do not count.
    let start = sim.begin(b, record, &[a.id, b.id, s.id]);
    assert_eq!(sim.bare(a, Act::Rekey, vec![], vec![start]), Err(Rule::Recipients));
    // After a removal the removed are not entitled.
    let removal = sim.removal(p.member, Grounds::Approved);
    let control = sim.control;
    let start = sim.begin(a, control, &[a.id, b.id, s.id, p.id]);
    assert_eq!(sim.bare(a, removal, vec![], vec![start]), Err(Rule::Recipients));
}

#[test]
fn bg_33_who_is_added_gets_the_keys() {
    let (mut sim, [a, _, _, p]) = Sim::family();
    sim.publish(a, dev(1, 12));
    assert_eq!(sim.bare(a, Act::AddDevice(dev(1, 12).event()), vec![], vec![]), Err(Rule::WrapMissing));
    let act = Act::Share { compartment: compartment(1), with: p.member, from_start: true };
    assert_eq!(sim.bare(a, act, vec![], vec![]), Err(Rule::WrapMissing));
    sim.publish(a, dev(5, 51));
    let act = Act::AddMember(person(5, Role::Supporter), dev(5, 51).event());
    assert_eq!(sim.bare(a, act, vec![], vec![]), Err(Rule::WrapMissing));
}

#[test]
fn bg_34_personal_is_personal() {
    let (mut sim, [a, b, s, _]) = Sim::family();
    assert_eq!(sim.make(a, 5, CompartmentPurpose::Personal, &[1, 3]), Err(Rule::NotShared));
    assert_eq!(sim.make(a, 5, CompartmentPurpose::Control, &[1, 2, 3]), Err(Rule::NotShared));
    sim.make(s, 5, CompartmentPurpose::Personal, &[3]).unwrap();
    let control = sim.control;
    for id in [compartment(5), control] {
        let share = Act::Share { compartment: id, with: b.member, from_start: true };
        assert_eq!(sim.bare(a, share, vec![], vec![]), Err(Rule::NotShared));
        let unshare = Act::Unshare { compartment: id, with: s.member };
        assert_eq!(sim.bare(a, unshare, vec![], vec![]), Err(Rule::NotShared));
    }
    assert_eq!(sim.data(a, 5), Err(Rule::NotReader));
    assert!(sim.data(s, 5).is_ok());
}

#[test]
fn bg_40_a_device_that_was_copied_is_shown() {
    let (mut sim, [a, b, ..]) = Sim::family();
    assert_eq!(sim.fold.forks(), []);
    let heads = sim.heads.clone();
    let one = sim.data(a, 1).unwrap();
    sim.heads.clone_from(&heads);
    sim.data(b, 1).unwrap();
    sim.heads = heads;
    let other = sim.data(a, 1).unwrap();
    let forks = sim.fold.forks();
    let [(Rule::Forked, first, second)] = forks[..] else { panic!("{forks:?}") };
    let mut numbers = [first, second];
    numbers.sort_unstable();
    assert_eq!(numbers, [sim.number(one), sim.number(other)]);
}
