//! State is a function of the set of frames: whatever their order of arrival, on whatever branches.

use proptest::prelude::*;

use super::sim::*;
use crate::control::*;
use crate::event::*;
use crate::id::*;

/// Writes something on some branch; most of it is allowed, some is not.
fn write(sim: &mut Sim, devices: &mut Vec<Dev>, dice: [u8; 6]) {
    let [who, what, first, second, whom, more] = dice;
    let any = |dice: u8| u32::from(dice) * 7 % u32::try_from(sim.log.len()).unwrap();
    // Often upon what came last, sometimes on an old frame, sometimes on both.
    let last = u32::try_from(sim.log.len()).unwrap() - 1;
    sim.heads = match first % 4 {
        0 | 1 => vec![last],
        2 => vec![any(second)],
        _ => vec![last, any(second)],
    };
    sim.heads.dedup();
    let author = devices[usize::from(who) % devices.len()];
    let other = devices[usize::from(whom) % devices.len()];
    let approve = |sim: &mut Sim, act: Act| {
        let guardians: Vec<_> =
            devices.iter().copied().filter(|dev| dev.member != author.member).take(2).collect();
        let everyone = [&[author][..], &guardians].concat();
        let Ok(because) = sim.approved(&everyone, &act, &[]) else { return };
        let _ = sim.change_because(author, act, because);
    };
    match what % 14 {
        0 | 1 => drop(sim.data(author, 1)),
        2 => drop(sim.change(author, Act::Rename { what: None, name: label(&more.to_string()) })),
        3 => drop(sim.control(author, ControlEvent::Proposal(Act::Rekey))),
        4 => add(sim, devices, author, (dev(author.member.as_bytes()[0], more), false)),
        5 => {
            let act = sim.device_removal(other);
            let _ = sim.change(author, act);
        }
        6 => {
            let act = sim.removal(other.member, sim.order(other.member));
            let _ = sim.change(author, act);
        }
        7 => {
            let act = sim.removal(author.member, Grounds::Approved);
            let _ = sim.change(author, act);
        }
        8 => {
            let role = if more % 2 == 0 { Role::Guardian } else { Role::Supporter };
            approve(sim, Act::SetRole { member: other.member, role });
        }
        9 => {
            let act =
                Act::Share { compartment: compartment(1), with: other.member, from_start: more % 2 == 0 };
            let _ = sim.change(author, act);
        }
        10 => drop(sim.change(author, Act::Unshare { compartment: compartment(1), with: other.member })),
        11 => add(sim, devices, author, (dev(more, 1), true)),
        12 => {
            let frame = sim.here().waiting().map(|(frame, _)| frame).next();
            if let Some(frame) = frame {
                approve(sim, Act::Settle { frame, stands: more % 2 == 0, grounds: Grounds::Approved });
            }
        }
        _ => drop(sim.rekey(author, &[200])),
    }
}

/// A new device, for its member or with a new one.
fn add(sim: &mut Sim, devices: &mut Vec<Dev>, author: Dev, (new, is_member): (Dev, bool)) {
    if sim.control(author, ControlEvent::SealingKey(Box::new(new.sealing_key()))).is_ok() {
        let act = if is_member {
            Act::AddMember(person(new.member.as_bytes()[0], Role::Supporter), new.event())
        } else {
            Act::AddDevice(new.event())
        };
        let _ = sim.change(author, act);
        devices.push(new);
    }
}

fn standings(fold: &Fold, sim: &Sim) -> Vec<String> {
    let by = |number: u32| {
        sim.log.iter().find(|frame| fold.number(&frame.id) == Some(number)).map(|frame| frame.id)
    };
    let standing = |frame: &Logged| match fold.standing(fold.number(&frame.id).unwrap()).unwrap() {
        Standing::Quarantined { by: number } => format!("quarantined by {:?}", by(number)),
        other => format!("{other:?}"),
    };
    sim.log.iter().map(standing).collect()
}

fn ids(fold: &Fold) -> Vec<(u32, FrameId)> {
    fold.order().into_iter().map(|number| fold.place(number).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_order_of_arrival_folds_to_one_state(
        steps in prop::collection::vec(any::<[u8; 6]>(), 1..60),
        arrival in prop::collection::vec(any::<usize>(), 1..40),
    ) {
        let (mut sim, devices) = Sim::family();
        let mut devices = devices.to_vec();
        for dice in &steps {
            write(&mut sim, &mut devices, *dice);
        }
        let mut dice = arrival.iter().cycle();
        let other = sim.refold(|_| *dice.next().unwrap());
        prop_assert_eq!(sim.fold.state(), other.state());
        prop_assert_eq!(sim.fold.state().digest(), other.state().digest());
        prop_assert_eq!(ids(&sim.fold), ids(&other));
        prop_assert_eq!(standings(&sim.fold, &sim), standings(&other, &sim));
        // The quick way, from the last place where branches met, and the slow way, from the first frame, agree.
        let all = sim.fold.whole_state();
        prop_assert_eq!(sim.fold.state(), &all);
    }

    /// What the fold keeps from one frame to the next is what one that was never asked before would say.
    #[test]
    fn answers_asked_for_all_along_are_those_asked_for_once(
        steps in prop::collection::vec(any::<[u8; 6]>(), 1..30),
    ) {
        let (mut sim, devices) = Sim::family();
        let mut devices = devices.to_vec();
        for dice in &steps {
            write(&mut sim, &mut devices, *dice);
            let asked = (sim.fold.state().digest(), standings(&sim.fold, &sim));
            let fresh = sim.refold(|_| 0);
            prop_assert_eq!(asked, (fresh.state().digest(), standings(&fresh, &sim)));
        }
    }

    #[test]
    fn what_is_refused_is_refused_for_ever(steps in prop::collection::vec(any::<[u8; 6]>(), 1..40)) {
        let (mut sim, devices) = Sim::family();
        let mut devices = devices.to_vec();
        let mut refused: Vec<(FrameId, Standing)> = Vec::new();
        for dice in &steps {
            write(&mut sim, &mut devices, *dice);
            for (id, standing) in &refused {
                prop_assert_eq!(sim.standing(*id), *standing);
            }
            let known = |id: FrameId| (id, sim.standing(id));
            let all = sim.log.iter().map(|frame| known(frame.id));
            refused = all.filter(|(_, standing)| matches!(standing, Standing::Refused(_))).collect();
        }
    }

    #[test]
    fn a_device_reads_no_epoch_that_begins_without_it(steps in prop::collection::vec(any::<[u8; 6]>(), 1..60)) {
        let (mut sim, devices) = Sim::family();
        let mut devices = devices.to_vec();
        for dice in &steps {
            write(&mut sim, &mut devices, *dice);
        }
        let state = sim.state();
        for (id, _) in state.compartments() {
            if let Some(epoch) = state.writable_epoch(id) {
                prop_assert_eq!(&state.epoch(epoch).unwrap().recipients, &state.entitled(id));
            }
        }
        for (_, member) in state.members() {
            prop_assert!(member.devices.iter().all(|device| state.owner(*device).is_some()));
        }
        prop_assert!(state.members().filter(|(_, member)| member.role == Role::Subject).count() <= 1);
    }
}
