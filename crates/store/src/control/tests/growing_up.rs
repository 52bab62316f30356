//! Birth dates, stages, handover and the floor.

use std::sync::Arc;

use serde_json::json;

use super::sim::*;
use crate::control::*;
use crate::event::*;

fn typed(date: &str) -> Act {
    Act::SetBirth { birth: date.parse().unwrap(), evidence: None }
}

fn proved(sim: &Sim, date: &str) -> Act {
    let claims = json!({ "bag": sim.state().bag().to_string(), "birthdate": date, "iat": 1_000 });
    Act::SetBirth { birth: date.parse().unwrap(), evidence: Some(token(BIRTHS, &claims)) }
}

fn reach(stage: Stage, at: i64) -> Act {
    Act::ReachStage { stage, evidence: token(DATES, &json!({ "iat": at })) }
}

fn day(date: &str) -> i64 {
    date.parse::<Date>().unwrap().birthday(0)
}

#[test]
fn bg_35_a_typed_birth_date_never_replaces_a_proved_one() {
    let (mut sim, [a, b, ..]) = Sim::family();
    sim.agree(&[a, b], typed("2006-01-01"), &[]).unwrap();
    let heads = sim.heads.clone();
    let act = proved(&sim, "2012-05-06");
    sim.change(b, act).unwrap();
    assert_eq!(sim.state().birth().unwrap().date.to_string(), "2012-05-06");
    let because = sim.approved(&[a, b], &typed("2006-01-01"), &[]).unwrap();
    assert_eq!(sim.change_because(a, typed("2006-01-01"), because), Err(Rule::TypedBirth));
    let known = sim.heads[0];
    // Nor on a branch that has not heard of it, however late in the order.
    sim.heads = heads;
    for _ in 0..20 {
        sim.data(a, 1).unwrap();
    }
    sim.agree(&[a, b], typed("2005-01-01"), &[]).unwrap();
    sim.heads.push(known);
    assert_eq!(sim.state().birth().unwrap().date.to_string(), "2012-05-06");
    assert!(sim.state().birth().unwrap().is_proved);
}

#[test]
fn bg_36_evidence_is_of_somebody_trusted_for_it() {
    let (mut sim, [a, b, ..]) = Sim::family();
    let bag = sim.state().bag().to_string();
    let birth = "2012-05-06";
    let wrong = [
        token(99, &json!({ "bag": bag, "birthdate": birth })),
        token(ORDERS, &json!({ "bag": bag, "birthdate": birth })),
        token(DATES, &json!({ "bag": bag, "birthdate": birth, "iat": 5 })),
        token(BIRTHS, &json!({ "birthdate": birth, "iat": 5 })),
        token(BIRTHS, &json!({ "bag": "00000000000000000000000000000000", "birthdate": birth, "iat": 5 })),
        token(BIRTHS, &json!({ "bag": bag, "birthdate": "2012-05-07" })),
        Arc::from(&b"not a token"[..]),
        Arc::from(&b"\xff\xfe"[..]),
    ];
    for evidence in wrong {
        let act = Act::SetBirth { birth: birth.parse().unwrap(), evidence: Some(evidence) };
        assert_eq!(sim.change(a, act), Err(Rule::NotProved));
    }
    let wrong_orders = [
        token(BIRTHS, &json!({ "bag": bag, "remove": b.member.to_string() })),
        token(ORDERS, &json!({ "remove": b.member.to_string() })),
        token(ORDERS, &json!({ "bag": bag, "remove": a.member.to_string() })),
        token(ORDERS, &json!({ "bag": "00000000000000000000000000000000", "remove": b.member.to_string() })),
    ];
    for order in wrong_orders {
        let act = sim.removal(b.member, Grounds::Order(order));
        assert_eq!(sim.change(a, act), Err(Rule::NotProved));
    }
    let by_order = sim.removal(b.member, sim.order(b.member));
    sim.change(a, by_order).unwrap();
    assert!(sim.state().member(b.member).is_none());
}

#[test]
fn bg_37_and_bg_38_stages_come_with_birthdays_and_stay() {
    let (mut sim, [a, b, ..]) = Sim::family();
    assert_eq!(sim.change(a, reach(Stage::Teen, day("2040-01-01"))), Err(Rule::TooYoung), "no birth date");
    sim.agree(&[a, b], typed("2012-05-06"), &[]).unwrap();
    assert_eq!(sim.change(a, reach(Stage::Teen, day("2025-05-06") - 1)), Err(Rule::TooYoung));
    sim.change(a, reach(Stage::Teen, day("2025-05-06"))).unwrap();
    assert_eq!(sim.state().stage(), Stage::Teen);
    assert_eq!(sim.change(b, reach(Stage::Adult, day("2030-05-05"))), Err(Rule::TooYoung));
    sim.change(b, reach(Stage::Young, day("2029-05-06"))).unwrap();
    for stage in [Stage::Child, Stage::Teen, Stage::Young] {
        assert_eq!(sim.change(a, reach(stage, day("2029-06-06"))), Err(Rule::StageBack));
    }
    // On branches that meet, the higher stage stays.
    let heads = sim.heads.clone();
    sim.change(a, reach(Stage::Adult, day("2030-05-06"))).unwrap();
    let adult = sim.heads[0];
    sim.heads = heads;
    sim.data(b, 1).unwrap();
    sim.heads.push(adult);
    sim.data(b, 1).unwrap();
    assert_eq!(sim.here().stage(), Stage::Adult);
}

#[test]
fn in_scotland_stages_begin_at_12_and_16() {
    let a = dev(1, 11);
    let mut policy = Policy::uk(Nation::Scotland);
    policy.anchors = vec![anchor(AnchorPurpose::Date, DATES)];
    let mut sim = Sim::with_policy(a, Role::Guardian, policy);
    sim.change(a, typed("2012-05-06")).unwrap();
    assert_eq!(sim.change(a, reach(Stage::Teen, day("2024-05-05"))), Err(Rule::TooYoung));
    sim.change(a, reach(Stage::Teen, day("2024-05-06"))).unwrap();
    let rule = sim.state().policy().rule(Matter::HandOver);
    assert_eq!(rule.alone, Some(Stage::Young));
    assert_eq!(Policy::uk(Nation::Wales).rule(Matter::HandOver).alone, Some(Stage::Adult));
}

#[test]
fn bg_39_the_way_to_prove_ones_age_stays_open() {
    let (mut sim, [a, b, ..]) = Sim::family();
    let mut policy = sim.genesis.policy.clone();
    policy.anchors.truncate(1);
    assert_eq!(sim.agree(&[a, b], Act::SetPolicy(policy), &[]), Err(Rule::PolicyFloor));
    let mut policy = sim.genesis.policy.clone();
    policy.anchors.remove(1);
    sim.agree(&[a, b], Act::SetPolicy(policy), &[]).unwrap();
}

#[test]
fn the_subject_is_asked_from_the_stage_that_the_policy_says() {
    let (mut sim, [a, b, s, _]) = Sim::family();
    let share = Act::Share { compartment: compartment(1), with: member(4), from_start: true };
    assert_eq!(needs(&sim.here(), a.member, &share), Needs::Allowed);
    assert!(matches!(needs(&sim.here(), s.member, &share), Needs::Approval(_)));
    sim.agree(&[a, b], typed("2012-05-06"), &[]).unwrap();
    sim.change(s, reach(Stage::Teen, day("2025-05-06"))).unwrap();
    assert_eq!(sim.change(a, share.clone()), Err(Rule::ApprovalMissing), "BG-22");
    let Needs::Approval(requirement) = needs(&sim.here(), a.member, &share) else { panic!() };
    assert_eq!(requirement.subject, Some(s.member));
    sim.change(s, reach(Stage::Young, day("2028-05-06"))).unwrap();
    sim.change(s, share).unwrap();
}

/// An adult, by a token dated on their eighteenth birthday.
fn adult() -> (Sim, [Dev; 4]) {
    let (mut sim, family) = Sim::family();
    let act = proved(&sim, "2012-05-06");
    sim.change(family[0], act).unwrap();
    sim.change(family[2], reach(Stage::Adult, day("2030-05-06"))).unwrap();
    (sim, family)
}

#[test]
fn before_eighteen_nobody_takes_over_alone() {
    let (mut sim, [a, b, s, _]) = Sim::family();
    let act = Act::HandOver { keep: vec![] };
    assert_eq!(sim.change(s, act.clone()), Err(Rule::ApprovalMissing));
    assert_eq!(sim.bare(a, act.clone(), vec![], vec![]), Err(Rule::HandedOver), "BG-26: not by guardians");
    sim.agree(&[s, a, b], act, &[]).unwrap();
    assert!(sim.state().is_handed_over());
}

#[test]
fn at_eighteen_the_subject_takes_over_alone_below_every_policy() {
    let (mut sim, [a, b, s, p]) = adult();
    let keep = vec![
        Kept { member: b.member, role: Role::Guardian },
        Kept { member: p.member, role: Role::Supporter },
    ];
    sim.make(a, 2, CompartmentPurpose::Household, &[1]).unwrap();
    sim.make(b, 3, CompartmentPurpose::Personal, &[2]).unwrap();
    sim.change(s, Act::HandOver { keep }).unwrap();
    let state = sim.state();
    assert!(state.member(a.member).is_none());
    assert_eq!(state.guardians().collect::<Vec<_>>(), [b.member]);
    assert!(state.reads(s.member, compartment(2)), "the subject reads all that is not others' own");
    assert!(!state.reads(s.member, compartment(3)));
    for seed in [1, 2, 200] {
        let epoch = state.writable_epoch(compartment(seed)).unwrap();
        assert!(!state.epoch(epoch).unwrap().recipients.contains(&a.id));
    }
    assert_eq!(sim.data(a, 1), Err(Rule::RemovedAuthor));
}

#[test]
fn bg_26_after_handover_guardians_decide_nothing() {
    let (mut sim, [a, b, s, _]) = adult();
    let keep = vec![Kept { member: b.member, role: Role::Guardian }];
    sim.change(s, Act::HandOver { keep }).unwrap();
    let acts = [
        Act::Rename { what: None, name: label("mine") },
        Act::SetPolicy(sim.genesis.policy.clone()),
        sim.device_removal(s),
    ];
    for act in acts {
        assert_eq!(sim.bare(b, act.clone(), vec![], vec![]), Err(Rule::HandedOver), "{act:?}");
        assert_eq!(sim.control(b, ControlEvent::Proposal(act)), Err(Rule::HandedOver));
    }
    assert_eq!(sim.change(s, Act::HandOver { keep: vec![] }), Err(Rule::HandedOver), "once");
    assert!(sim.data(b, 1).is_ok(), "who stays may still write what they are given to write");
    sim.join(s, dev(7, 71), Role::Supporter).unwrap();
    let removal = sim.removal(b.member, Grounds::Approved);
    sim.change(s, removal).unwrap();
    assert!(sim.state().member(a.member).is_none());
}

#[test]
fn what_guardians_do_beside_a_handover_has_no_effect() {
    let (mut sim, [a, b, s, _]) = adult();
    let heads = sim.heads.clone();
    let keep = vec![Kept { member: b.member, role: Role::Guardian }];
    let taken = sim.change(s, Act::HandOver { keep }).unwrap();
    let main = sim.heads[0];
    // The guardians pretend not to have heard: they remove the subject's device, on time.
    sim.heads = heads;
    let because = {
        let act = sim.device_removal(s);
        let mut because = sim.approved(&[a, b], &act, &[]).unwrap();
        because.push(sim.control(s, ControlEvent::Approval(because[0])).unwrap());
        (act, because)
    };
    let removal = sim.change_because(a, because.0, because.1).unwrap();
    let renamed = sim.change(b, Act::Rename { what: None, name: label("ours") }).unwrap();
    let by = Standing::Quarantined { by: sim.number(taken) };
    assert_eq!(sim.standing(removal), by);
    assert_eq!(sim.standing(renamed), by);
    assert_eq!(sim.standing(taken), Standing::Accepted);
    assert_eq!(sim.state().name().as_str(), "bag");
    sim.heads.push(main);
    assert!(sim.data(s, 1).is_ok());
}
