//! Members with modified clients.

use super::sim::*;
use crate::control::*;
use crate::event::*;

fn rename(to: &str) -> Act {
    Act::Rename { what: None, name: label(to) }
}

/// Two orders, each against the other guardian, on branches that have not heard of each other.
fn mutual() -> (Sim, [Dev; 4], [crate::id::FrameId; 2]) {
    let (mut sim, family) = Sim::family();
    let [a, b, ..] = family;
    let heads = sim.heads.clone();
    let against_b = sim.removal(b.member, sim.order(b.member));
    let first = sim.change(a, against_b).unwrap();
    let main = sim.heads[0];
    sim.heads = heads;
    let against_a = sim.removal(a.member, sim.order(a.member));
    let second = sim.change(b, against_a).unwrap();
    sim.heads.push(main);
    (sim, family, [first, second])
}

#[test]
fn guardians_who_remove_each_other_wait() {
    let (sim, [a, b, ..], both) = mutual();
    for frame in both {
        assert_eq!(sim.standing(frame), Standing::Waiting);
    }
    let state = sim.state();
    assert_eq!(state.waiting().count(), 2);
    assert!(state.member(a.member).is_some() && state.member(b.member).is_some());
}

#[test]
fn a_settlement_needs_what_the_removal_needs() {
    let (mut sim, [a, b, s, _], [first, second]) = mutual();
    sim.rekey(s, &[1, 200]).unwrap();
    let settle = |stands, grounds| Act::Settle { frame: first, stands, grounds };
    assert_eq!(sim.change(a, settle(true, Grounds::Approved)), Err(Rule::ApprovalMissing));
    assert_eq!(sim.change(b, settle(false, Grounds::Approved)), Err(Rule::ApprovalMissing));
    let wrong = sim.order(a.member);
    assert_eq!(sim.change(a, settle(true, wrong)), Err(Rule::NotProved), "an order about somebody else");
    let before = sim.heads.clone();
    sim.agree(&[a, b], settle(true, Grounds::Approved), &[]).unwrap();
    assert_eq!(sim.standing(first), Standing::Accepted);
    assert_eq!(sim.standing(second), Standing::Quarantined { by: sim.number(first) });
    assert!(sim.state().member(b.member).is_none());
    assert_eq!(sim.state().waiting().count(), 0);
    // The other way, elsewhere: then neither removal stands.
    sim.heads = before;
    sim.agree(&[a, b], settle(false, Grounds::Approved), &[]).unwrap();
    assert!(matches!(sim.standing(first), Standing::Quarantined { .. }));
    assert_eq!(sim.state().guardians().count(), 2);
}

#[test]
fn a_removal_that_falls_lets_the_other_stand() {
    let (mut sim, [a, b, s, _], [first, second]) = mutual();
    sim.rekey(s, &[1, 200]).unwrap();
    sim.agree(&[a, b], Act::Settle { frame: first, stands: false, grounds: Grounds::Approved }, &[]).unwrap();
    assert!(matches!(sim.standing(first), Standing::Quarantined { .. }));
    assert_eq!(sim.standing(second), Standing::Accepted);
    assert!(sim.state().member(a.member).is_none());
}

#[test]
fn a_ring_of_three_waits_and_bystanders_do_not() {
    let (mut sim, [a, b, _, p]) = Sim::family();
    let c = dev(6, 61);
    sim.agree(&[a, b], Act::AddMember(person(6, Role::Guardian), c.event()), &[c]).unwrap();
    let start = sim.heads.clone();
    let (mut frames, mut ends) = (Vec::new(), Vec::new());
    for (who, whom) in [(a, b), (b, c), (c, a)] {
        sim.heads.clone_from(&start);
        let removal = sim.removal(whom.member, sim.order(whom.member));
        frames.push(sim.change(who, removal).unwrap());
        ends.push(sim.heads[0]);
    }
    // A takes another member out, on another branch; a removal of A that waits does not stop that.
    sim.heads.clone_from(&start);
    let removal = sim.removal(p.member, Grounds::Approved);
    let aside = sim.change(a, removal).unwrap();
    for frame in frames {
        assert_eq!(sim.standing(frame), Standing::Waiting);
    }
    assert_eq!(sim.standing(aside), Standing::Accepted);
    assert!(sim.state().member(p.member).is_none());
    assert_eq!(sim.state().guardians().count(), 3);
}

#[test]
fn who_is_removed_takes_nobody_along() {
    let (mut sim, [a, b, _, p]) = Sim::family();
    let start = sim.heads.clone();
    let removal = sim.removal(b.member, sim.order(b.member));
    let removed = sim.change(a, removal).unwrap();
    let main = sim.heads.clone();
    // B, on a branch without that: removes the supporter, adds a device, and writes with it.
    sim.heads = start;
    let removal = sim.removal(p.member, Grounds::Approved);
    let fork = sim.change(b, removal).unwrap();
    sim.add_device(b, dev(2, 22)).unwrap();
    let by_new = sim.data(dev(2, 22), 1).unwrap();
    let renamed = sim.change(dev(2, 22), rename("theirs")).unwrap();
    let because = Standing::Quarantined { by: sim.number(removed) };
    for frame in [fork, by_new, renamed] {
        assert_eq!(sim.standing(frame), because);
    }
    let fork_head = sim.heads[0];
    sim.heads = main;
    sim.heads.push(fork_head);
    assert!(sim.data(a, 1).is_ok());
    let state = sim.state();
    assert!(state.member(p.member).is_some() && state.member(b.member).is_none());
    assert_eq!(state.name().as_str(), "bag");
}

#[test]
fn what_a_thief_wrote_before_anyone_noticed_is_undone() {
    let (mut sim, [a, ..]) = Sim::family();
    sim.add_device(a, dev(1, 12)).unwrap();
    let stolen = dev(1, 12);
    let honest = sim.data(stolen, 1).unwrap();
    let accepted = sim.last_of(stolen.id);
    let bad = sim.data(stolen, 1).unwrap();
    sim.join(stolen, dev(7, 71), Role::Supporter).unwrap();
    let renamed = sim.change(stolen, rename("stolen")).unwrap();
    assert_eq!(sim.state().name().as_str(), "stolen");
    // A supporter was added, who stays until removed by name: a removal takes no other member with it.
    let act = Act::RemoveDevice(Removed { device: stolen.id, accepted: accepted.clone() });
    assert_eq!(sim.change(a, act.clone()), Err(Rule::TakesMore));
    let added = sim.removal(member(7), Grounds::Approved);
    sim.change(a, added).unwrap();
    let by = sim.change(a, act).unwrap();
    let because = Standing::Quarantined { by: sim.number(by) };
    assert_eq!(
        [honest, bad, renamed].map(|frame| sim.standing(frame)),
        [Standing::Accepted, because, because]
    );
    assert_eq!(sim.state().name().as_str(), "bag");
    assert!(sim.data(a, 1).is_ok());
}

#[test]
fn two_rekeys_that_meet_are_followed_by_a_third() {
    let (mut sim, [a, b, s, p]) = Sim::family();
    sim.join(a, dev(7, 71), Role::Supporter).unwrap();
    let start = sim.heads.clone();
    let removal = sim.removal(p.member, Grounds::Approved);
    sim.change(a, removal).unwrap();
    let main = sim.heads[0];
    sim.heads = start;
    let removal = sim.removal(member(7), Grounds::Approved);
    sim.change(b, removal).unwrap();
    sim.heads.push(main);
    assert_eq!(sim.here().writable_epoch(sim.control), None);
    assert_eq!(sim.change(s, rename("x")), Err(Rule::RekeyFirst));
    sim.rekey(s, &[200]).unwrap();
    assert!(sim.here().writable_epoch(sim.control).is_some());
}

#[test]
fn a_demoted_guardian_decides_nothing_on_another_branch() {
    let (mut sim, [a, b, ..]) = Sim::family();
    let start = sim.heads.clone();
    let demoted = sim.agree(&[a, b], Act::SetRole { member: b.member, role: Role::Supporter }, &[]).unwrap();
    sim.heads = start;
    let renamed = sim.change(b, rename("still mine")).unwrap();
    let entry = sim.data(b, 1).unwrap();
    assert_eq!(sim.standing(renamed), Standing::Quarantined { by: sim.number(demoted) });
    assert_eq!(sim.standing(entry), Standing::Accepted);
    assert_eq!(sim.state().name().as_str(), "bag");
}

/// An ex-guardian's fork of 10,000 frames changes nothing, whatever it holds.
#[test]
fn a_padded_fork_changes_nothing() {
    for kind in 0..3 {
        let (mut sim, [a, b, ..]) = Sim::family();
        let start = sim.heads.clone();
        let removal = sim.removal(b.member, sim.order(b.member));
        let removed = sim.change(a, removal).unwrap();
        let main = sim.heads.clone();
        let before = sim.state().digest();
        sim.heads = start;
        let second = dev(2, 22);
        sim.add_device(b, second).unwrap();
        let mut braid = sim.heads.clone();
        for round in 0..5_000 {
            match kind {
                0 => {
                    sim.data(b, 1).unwrap();
                    sim.data(b, 1).unwrap();
                }
                1 => {
                    sim.change(b, rename(&round.to_string())).unwrap();
                    sim.change(b, Act::Checkpoint([0; 32])).unwrap();
                }
                _ => {
                    // Two devices that always name each other's last frame but one.
                    sim.heads.clone_from(&braid);
                    sim.change(b, rename("one")).unwrap();
                    let one = sim.heads[0];
                    sim.heads.clone_from(&braid);
                    sim.change(second, rename("two")).unwrap();
                    braid = vec![one, sim.heads[0]];
                }
            }
        }
        assert_eq!(sim.state().digest(), before);
        let last = sim.log.last().unwrap().id;
        assert_eq!(sim.standing(last), Standing::Quarantined { by: sim.number(removed) });
        sim.heads.extend(main);
        assert!(sim.data(a, 1).is_ok());
        sim.change(a, rename("after")).unwrap();
        assert_eq!(sim.state().name().as_str(), "after");
    }
}
