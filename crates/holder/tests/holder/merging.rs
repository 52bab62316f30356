//! Copies that went apart, and what does not belong.

use bookbag_holder::VerbError;
use bookbag_store::bag::{NewEntry, WriteError};
use bookbag_store::control::Standing;
use bookbag_store::event::Role;

use crate::rig::{Copy, doing};

#[test]
fn two_who_change_the_same_entry_are_both_shown() {
    let mut anna = Copy::made_by("Anna");
    let id = anna.put("Swimming", "25 metres");
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    anna.merge(&ben);
    let entry = |content| NewEntry { name: "Swimming", media_type: "text/plain", tags: &[], content };
    anna.holder.replace(id, &entry(b"50 metres"), doing()).unwrap();
    ben.holder.replace(id, &entry(b"100 metres"), doing()).unwrap();
    anna.write();
    ben.write();
    let report = anna.merge(&ben);
    assert_eq!((report.new, report.conflicts.as_slice()), (1, &[id][..]));
    assert_eq!(report.came.len(), 1);
    assert_eq!(report.came[0].what, "changed “Swimming”");
    ben.merge(&anna);
    assert_eq!(anna.texts(), ben.texts());
    // Whoever changes it next settles it.
    anna.holder.replace(id, &entry(b"200 metres"), doing()).unwrap();
    anna.write();
    assert!(anna.holder.conflicts().is_empty());
    assert_eq!(ben.merge(&anna).conflicts, []);
    anna.assert_clean();
}

#[test]
fn merging_twice_or_with_itself_brings_nothing() {
    let mut anna = Copy::made_by("Anna");
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    ben.put("Piano", "grade 2");
    assert!(anna.merge(&ben).new > 0);
    let length = anna.file.len();
    let file = anna.file.clone();
    for other in [&ben.file, &file] {
        let report = anna.holder.merge_file(other).unwrap();
        assert_eq!((report.new, report.findings.len(), report.set_aside.len()), (0, 0, 0));
        assert!(anna.holder.take_changes().is_empty());
    }
    assert_eq!(anna.file.len(), length);
}

#[test]
fn another_bag_or_no_bag_is_refused() {
    let mut anna = Copy::made_by("Anna");
    let other = Copy::made_by("Zoe");
    assert_eq!(anna.holder.merge_file(&other.file).unwrap_err(), VerbError::OtherBag);
    for nonsense in [b"".as_slice(), b"not a bag", &[0; 5000]] {
        assert_eq!(anna.holder.merge_file(nonsense).unwrap_err(), VerbError::OtherBag);
    }
    assert!(anna.holder.take_changes().is_empty());
}

#[test]
fn a_copy_whose_start_is_lost_still_gives_its_frames() {
    let mut anna = Copy::made_by("Anna");
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    ben.put("Piano", "grade 2");
    ben.file[5] ^= 0xff;
    let report = anna.holder.merge_file(&ben.file).unwrap();
    assert!(report.new > 0);
    anna.write();
    assert_eq!(anna.texts(), ["grade 2"]);
}

#[test]
fn what_a_removed_guardian_wrote_meanwhile_is_shown_and_set_aside() {
    let mut anna = Copy::made_by("Anna");
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    let mut old_ben = Copy::over(ben.open_with(bookbag_holder::Older::Refuse).unwrap(), ben.file.clone(), 2);
    anna.merge(&ben);
    let proposal = anna.holder.remove_member(ben.me(), None, doing()).unwrap();
    anna.write();
    let bookbag_holder::Decision::Proposed { proposal, .. } = proposal else { panic!() };
    ben.merge(&anna);
    ben.holder.approve(proposal, doing()).unwrap();
    ben.write();
    anna.merge(&ben);
    // A copy of Ben's that has not heard of it goes on.
    old_ben.put("Forged", "from the past");
    let report = anna.merge(&old_ben);
    assert_eq!(report.new, 1);
    assert_eq!(report.set_aside.len(), 1);
    let line = &report.set_aside[0];
    assert!(matches!(line.standing, Standing::Quarantined { .. }), "{line}");
    assert!(line.note.as_ref().unwrap().starts_with("set aside"), "{line}");
    assert_eq!(anna.texts(), [] as [&str; 0]);
    let verified = anna.holder.verify();
    assert!(verified.quarantined >= 1 && !verified.is_read_only);
    anna.put("Goes", "on");
    anna.reopen();
    assert_eq!(anna.texts(), ["on"]);
}

#[test]
fn two_guardians_who_remove_each_other_wait() {
    let mut policy = bookbag_store::event::Policy::uk(bookbag_store::event::Nation::England);
    policy.anchors.clear();
    let mut anna = Copy::made(crate::rig::new_bag("Anna", Role::Guardian, policy));
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    anna.merge(&ben);
    // Each proposes, and neither is enough.
    for (one, other) in [(&mut anna, ben.me()), (&mut ben, Copy::me(&Copy::made_by("x")))] {
        let _ = one.holder.remove_member(other, None, doing());
    }
    assert!(ben.holder.remove_member(Copy::me(&Copy::made_by("y")), None, doing()).is_err());
    let refused = ben.holder.settle(bookbag_store::id::FrameId::from_bytes([1; 32]), true, None, doing());
    assert!(matches!(refused, Err(VerbError::Write(WriteError::Refused(_)))), "{refused:?}");
}
