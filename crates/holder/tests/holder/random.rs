//! Whatever a family does, in whatever order its copies meet: in the end all have the same bag, and nothing is refused.

use bookbag_holder::Sees;
use bookbag_store::bag::NewEntry;
use bookbag_store::event::Role;
use proptest::prelude::*;

use crate::rig::{Copy, doing, label};

/// What somebody does next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Put,
    Replace(usize),
    Delete(usize),
    Merge(usize),
    Join,
    RemoveDevice(usize),
    Rename,
    Reopen,
}

/// What is deleted by somebody who turns out to have been removed is gone in the copies that heard of it first: so the two are tried apart.
fn steps(rare: fn(usize) -> Step) -> impl Strategy<Value = Vec<(usize, Step)>> {
    let step = prop_oneof![
        3 => Just(Step::Put),
        1 => (0..8_usize).prop_map(Step::Replace),
        2 => (0..8_usize).prop_map(rare),
        4 => (0..4_usize).prop_map(Step::Merge),
        1 => Just(Step::Join),
        1 => Just(Step::Rename),
        1 => Just(Step::Reopen),
    ];
    proptest::collection::vec((0..4_usize, step), 1..24)
}

fn nth(copy: &Copy, at: usize) -> Option<bookbag_store::id::EntryId> {
    let ids: Vec<_> = copy.holder.bag().entries().map(|entry| entry.id).collect();
    (!ids.is_empty()).then(|| ids[at % ids.len()])
}

fn take(copies: &mut Vec<Copy>, who: usize, step: Step) {
    let who = who % copies.len();
    // Somebody whose device was removed only listens.
    let is_in = copies[who].holder.me().is_ok();
    match step {
        Step::Merge(from) => {
            let other = copies[from % copies.len()].file.clone();
            let report = copies[who].holder.merge_file(&other).unwrap();
            copies[who].write();
            if report.needs_reopening {
                copies[who].reopen();
            }
        }
        Step::Reopen => copies[who].reopen(),
        _ if !is_in => {}
        Step::Put => drop(copies[who].put("Note", &format!("{}", doing().now))),
        Step::Replace(at) => {
            let entry = NewEntry { name: "Note", media_type: "text/plain", tags: &[], content: b"changed" };
            if let Some(id) = nth(&copies[who], at) {
                copies[who].holder.replace(id, &entry, doing()).unwrap();
                copies[who].write();
            }
        }
        Step::Delete(at) => {
            if let Some(id) = nth(&copies[who], at) {
                copies[who].holder.delete(id, doing()).unwrap();
                copies[who].write();
            }
        }
        Step::Rename => {
            let name = label(&format!("bag {}", doing().now));
            copies[who].holder.rename(bookbag_holder::Named::Bag, name, doing()).unwrap();
            copies[who].write();
        }
        Step::Join if copies.len() < 4 => {
            let offer = copies[who].holder.offer_device(doing().now + 600).unwrap();
            let (_, joined) = copies[who].join(&offer, "another", Sees::FromStart);
            let secret = 10 + copies.len() as u8;
            let copy = copies[who].copy_for(joined, secret);
            copies.push(copy);
        }
        // Devices of one member that remove each other are another matter: they wait to be settled.
        Step::RemoveDevice(at) if who < 2 => remove_device(&mut copies[who], at),
        Step::Join | Step::RemoveDevice(_) => {}
    }
}

/// One of one's own other devices.
fn remove_device(copy: &mut Copy, at: usize) {
    let (me, own) = (copy.me(), copy.holder.bag().device().id());
    let devices = copy.holder.state().member(me).unwrap().devices.clone();
    let others: Vec<_> = devices.iter().copied().filter(|device| *device != own).collect();
    if !others.is_empty() {
        copy.holder.remove_device(others[at % others.len()], doing()).unwrap();
        copy.write();
    }
}

/// Everybody hears everything, and whoever can makes the keys that are due.
fn meet(copies: &mut Vec<Copy>) {
    for _ in 0..3 {
        for who in 0..copies.len() {
            for from in 0..copies.len() {
                take(copies, who, Step::Merge(from));
            }
            if copies[who].holder.me().is_ok() {
                copies[who].holder.rekey_where_due(doing()).unwrap();
                copies[who].write();
            }
        }
    }
}

fn all_end_with_the_same_bag(steps: Vec<(usize, Step)>) -> Result<(), TestCaseError> {
    let mut anna = Copy::made_by("Anna");
    let ben = anna.joined_by("Ben", Role::Guardian, 2);
    let mut copies = vec![anna, ben];
    for (who, step) in steps {
        take(&mut copies, who, step);
    }
    meet(&mut copies);
    let inside: Vec<&Copy> = copies.iter().filter(|copy| copy.holder.me().is_ok()).collect();
    for copy in &inside {
        prop_assert!(copy.holder.state() == inside[0].holder.state(), "the states differ");
        prop_assert_eq!(copy.texts(), inside[0].texts());
        let report = copy.holder.verify();
        prop_assert_eq!(report.refused, 0, "{:?}", report.found);
        prop_assert!(!report.is_read_only);
        prop_assert!(report.compartments.iter().filter(|it| it.is_ours).all(|it| it.is_current));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_deleted(steps in steps(Step::Delete)) {
        all_end_with_the_same_bag(steps)?;
    }

    #[test]
    fn whoever_is_removed(steps in steps(Step::RemoveDevice)) {
        all_end_with_the_same_bag(steps)?;
    }
}
