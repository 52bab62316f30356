//! Joining, deciding together, leaving, being removed.

use bookbag_holder::{Decision, Sees, VerbError, Where};
use bookbag_store::bag::{NewEntry, WriteError};
use bookbag_store::control::Rule;
use bookbag_store::event::{CompartmentPurpose, Role};

use crate::rig::{Copy, doing, entropy, label};

#[test]
fn two_guardians_see_the_record_and_not_each_other_s_home() {
    let mut anna = Copy::made_by("Anna");
    anna.put("Swimming", "25 metres");
    anna.put_as("text/vcard", "Where Anna lives", "1 High Street");
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    assert_eq!(ben.texts(), ["25 metres"]);
    ben.put_as("text/vcard", "Where Ben lives", "2 Low Road");
    ben.put("Piano", "grade 2");
    ben.put_as("application/jwk+json", "Ben’s key", "{}");
    anna.sync(&mut ben);
    assert_eq!(anna.texts(), ["1 High Street", "25 metres", "grade 2"]);
    assert_eq!(ben.texts(), ["2 Low Road", "25 metres", "grade 2", "{}"]);
    anna.assert_clean();
    ben.assert_clean();
    anna.reopen();
    ben.reopen();
    assert_eq!(anna.holder.state(), ben.holder.state());
}

#[test]
fn who_is_let_in_from_now_on_does_not_read_what_was() {
    let mut anna = Copy::made_by("Anna");
    anna.put("Old", "before");
    let (_, joined) = anna.let_in("Gran", Role::Supporter, Sees::FromNow);
    let mut gran = anna.copy_for(joined, 3);
    assert_eq!(gran.texts(), [] as [&str; 0]);
    anna.put("New", "after");
    gran.merge(&anna);
    assert_eq!(gran.texts(), ["after"]);
    // A supporter sees and does not write.
    let entry = NewEntry { name: "x", media_type: "text/plain", tags: &[], content: b"y" };
    let refused = gran.holder.put(&entry, Where::ByType, doing());
    assert_eq!(refused, Err(VerbError::MayNotWrite));
    let id = gran.holder.bag().entries().next().unwrap().id;
    assert_eq!(gran.holder.replace(id, &entry, doing()), Err(VerbError::MayNotWrite));
    assert_eq!(gran.holder.delete(id, doing()), Err(VerbError::MayNotWrite));
    assert!(gran.holder.take_changes().is_empty());
}

#[test]
fn a_second_device_of_a_member_reads_all_the_member_reads() {
    let mut anna = Copy::made_by("Anna");
    anna.put("Swimming", "25 metres");
    anna.put_as("application/jwk+json", "Anna’s key", "{}");
    let offer = anna.holder.offer_device(doing().now + 600).unwrap();
    let (decision, joined) = anna.join(&offer, "Anna’s computer", Sees::FromStart);
    assert!(matches!(decision, Decision::Done(_)));
    let mut computer = anna.copy_for(joined, 4);
    assert_eq!(computer.texts(), ["25 metres", "{}"]);
    computer.put("Piano", "grade 2");
    anna.sync(&mut computer);
    anna.assert_clean();
    assert_eq!(anna.texts(), ["25 metres", "grade 2", "{}"]);
    // The computer is sold: it reads nothing new.
    let device = anna.holder.device_named("Anna’s computer").unwrap();
    anna.holder.remove_device(device, doing()).unwrap();
    anna.write();
    anna.put("Violin", "grade 1");
    computer.merge(&anna);
    assert_eq!(computer.texts(), ["25 metres", "grade 2", "{}"]);
    assert_eq!(computer.holder.me().unwrap_err(), VerbError::NotAMember);
}

#[test]
fn a_third_guardian_needs_both_and_is_let_in_by_the_last_who_agrees() {
    let mut anna = Copy::made_by("Anna");
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    anna.merge(&ben);
    let (decision, joined) = anna.let_in("Dai", Role::Guardian, Sees::FromStart);
    let Decision::Proposed { proposal, missing, ask } = decision else { panic!("{decision:?}") };
    assert_eq!((missing, ask), (1, vec![ben.me()]));
    // There is no copy for somebody who is not in.
    let device = joined.keys_for(anna.holder.id()).unwrap().id();
    assert_eq!(anna.holder.copy_for(device, entropy()), Err(VerbError::NotInYet));
    // Proposing it again is no second voice.
    let again = anna.holder.approve(proposal, doing()).unwrap();
    assert!(matches!(again, Decision::Proposed { missing: 1, .. }));
    ben.merge(&anna);
    let open = ben.holder.proposals();
    assert_eq!(open.len(), 1);
    assert!(open[0].is_mine && open[0].missing == 1);
    assert_eq!(open[0].what, "add Dai as a guardian");
    assert!(matches!(ben.holder.approve(proposal, doing()).unwrap(), Decision::Done(_)));
    ben.write();
    assert!(ben.holder.proposals().is_empty());
    anna.merge(&ben);
    let dai = anna.copy_for(joined, 5);
    assert_eq!(dai.holder.me().unwrap().1.role, Role::Guardian);
    anna.assert_clean();
    let unknown = anna.holder.approve(proposal, doing());
    assert_eq!(unknown, Err(VerbError::NoSuch { what: "proposal" }));
}

#[test]
fn no_guardian_removes_another_alone_and_both_together_do() {
    let mut anna = Copy::made_by("Anna");
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    anna.merge(&ben);
    let decision = anna.holder.remove_member(ben.me(), None, doing()).unwrap();
    anna.write();
    let Decision::Proposed { proposal, .. } = decision else { panic!("{decision:?}") };
    assert!(anna.holder.state().member(ben.me()).is_some());
    ben.merge(&anna);
    // Ben goes, by agreeing.
    let done = ben.holder.approve(proposal, doing()).unwrap();
    assert!(matches!(done, Decision::Done(_)), "{done:?}");
    ben.write();
    anna.merge(&ben);
    assert_eq!(anna.holder.state().members().count(), 1);
    anna.put("After", "Ben");
    ben.merge(&anna);
    assert_eq!(ben.texts(), [] as [&str; 0]);
    anna.reopen();
    let report = anna.holder.verify();
    // What Ben wrote after the proposal, his agreement, no longer counts, and nothing is wrong.
    assert_eq!((report.quarantined, report.refused, report.found.len()), (1, 0, 0));
}

#[test]
fn who_leaves_reads_nothing_new_and_the_others_go_on() {
    let mut anna = Copy::made_by("Anna");
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    ben.put("Piano", "grade 2");
    ben.holder.leave(doing()).unwrap();
    ben.write();
    assert_eq!(ben.holder.me().unwrap_err(), VerbError::NotAMember);
    anna.merge(&ben);
    // The first thing that is written brings new keys.
    anna.put("Violin", "grade 1");
    assert_eq!(anna.texts(), ["grade 1", "grade 2"]);
    ben.merge(&anna);
    assert_eq!(ben.texts(), ["grade 2"]);
    let entry = NewEntry { name: "x", media_type: "text/plain", tags: &[], content: b"y" };
    assert!(ben.holder.put(&entry, Where::ByType, doing()).is_err());
    anna.assert_clean();
    let line = anna.holder.history().into_iter().find(|line| line.what.starts_with("removed")).unwrap();
    assert_eq!((line.who.as_str(), line.what.as_str()), ("Ben", "removed Ben from the bag"));
}

#[test]
fn the_last_who_decides_stays() {
    let mut anna = Copy::made_by("Anna");
    let refused = anna.holder.leave(doing());
    assert_eq!(refused, Err(VerbError::Write(WriteError::Refused(Rule::LastDecider))));
    assert!(anna.holder.take_changes().is_empty());
    anna.put("Still", "here");
}

#[test]
fn an_act_that_says_nothing_is_refused_and_not_written() {
    let mut anna = Copy::made_by("Anna");
    let record = anna.holder.record().unwrap();
    let refused = anna.holder.share(record, anna.me(), true, doing());
    assert_eq!(refused, Err(VerbError::Write(WriteError::Refused(Rule::NoSuch))));
    // It was refused before it was sealed, so the same holder goes on.
    assert!(anna.holder.take_changes().is_empty());
    anna.put("Goes", "on");
    anna.reopen();
    anna.assert_clean();
}

#[test]
fn a_compartment_is_shared_and_taken_back() {
    let mut anna = Copy::made_by("Anna");
    let mut gran = anna.joined_by("Gran", Role::Supporter, 3);
    let (compartment, decision) =
        anna.holder.make_compartment(label("Holidays"), CompartmentPurpose::Household, &[], doing()).unwrap();
    assert!(matches!(decision, Decision::Done(_)));
    anna.write();
    let put = |copy: &mut Copy, name: &str| {
        let entry = NewEntry { name, media_type: "text/plain", tags: &[], content: name.as_bytes() };
        copy.holder.put(&entry, Where::In(compartment), doing()).unwrap();
        copy.write();
    };
    put(&mut anna, "beach");
    gran.merge(&anna);
    assert_eq!(gran.texts(), [] as [&str; 0]);
    anna.holder.share(compartment, gran.me(), true, doing()).unwrap();
    anna.write();
    gran.merge(&anna);
    assert_eq!(gran.texts(), ["beach"]);
    assert_eq!(gran.holder.compartment_named("holidays"), Ok(compartment));
    anna.holder.unshare(compartment, gran.me(), doing()).unwrap();
    anna.write();
    put(&mut anna, "cliffs");
    gran.merge(&anna);
    assert_eq!(gran.texts(), ["beach"]);
    anna.assert_clean();
}

#[test]
fn a_copy_for_a_joiner_opens_for_nobody_else() {
    let mut anna = Copy::made_by("Anna");
    let (_, ben) = anna.let_in("Ben", Role::Guardian, Sees::FromStart);
    let (_, gran) = anna.let_in("Gran", Role::Supporter, Sees::NotTheRecord);
    let device = ben.keys_for(anna.holder.id()).unwrap().id();
    let file = anna.with_start(&anna.holder.copy_for(device, entropy()).unwrap());
    let locked = bookbag_holder::Locked::read(&file).unwrap();
    let wrong = locked.unlock(bookbag_holder::Key::Joined(&gran)).unwrap_err();
    assert!(matches!(wrong, bookbag_holder::UnlockError::Wrong(_)), "{wrong}");
    assert!(locked.unlock(bookbag_holder::Key::Joined(&ben)).is_ok());
    // The copy has a key of its own.
    let own = bookbag_holder::Locked::read(&anna.file).unwrap();
    assert!(own.unlock(bookbag_holder::Key::Joined(&ben)).is_err());
}

#[test]
fn a_device_that_joined_while_another_was_removed_misses_nothing() {
    let mut anna = Copy::made_by("Anna");
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    let gran = anna.joined_by("Gran", Role::Supporter, 3);
    ben.merge(&anna);
    anna.merge(&ben);
    // Anna takes Gran out, with new keys; Ben has not heard of it and takes a second device in.
    anna.holder.remove_member(gran.me(), None, doing()).unwrap();
    anna.write();
    anna.put("After", "Gran");
    let offer = ben.holder.offer_device(doing().now + 600).unwrap();
    let (_, joined) = ben.join(&offer, "Ben’s computer", Sees::FromStart);
    let mut computer = ben.copy_for(joined, 4);
    computer.put("Meanwhile", "computer");
    // The computer hears of Anna first: it has no key for what she did, and says so.
    let report = computer.merge(&anna);
    assert!(!report.findings.is_empty() && report.findings.iter().all(|found| found.problem.id() == "FR-05"));
    assert!(!computer.holder.bag().is_read_only());
    // Whoever meets both gives new keys, and those that were missed.
    anna.merge(&computer);
    anna.put("Together", "again");
    for copy in [&mut computer, &mut ben] {
        let report = copy.merge(&anna);
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        assert_eq!(copy.texts(), ["Gran", "again", "computer"]);
        copy.reopen();
        assert_eq!(copy.texts(), ["Gran", "again", "computer"]);
        copy.put("And", "on");
        copy.reopen();
    }
    // Gran reads none of it.
    let mut gran = gran;
    gran.merge(&anna);
    assert!(gran.texts().iter().all(|text| text == "computer"), "{:?}", gran.texts());
    assert_eq!(anna.holder.verify().refused, 0);
}

#[test]
fn the_one_who_made_the_bag_keeps_the_name_after_leaving() {
    let mut anna = Copy::made_by("Anna");
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    anna.merge(&ben);
    anna.holder.leave(doing()).unwrap();
    anna.write();
    ben.merge(&anna);
    let history = ben.holder.history();
    assert_eq!((history[0].who.as_str(), history[0].what.as_str()), ("Anna", "made the bag"));
    assert!(history[0].to_string().contains(" 2026, Anna (Anna’s phone): made the bag"), "{}", history[0]);
    assert!(history.iter().all(|line| line.who == "Anna" || line.who == "Ben"));
    // A sheet works even if nobody has made new keys since.
    let mut dai = Copy::made_by("Dai");
    let sheet = dai.holder.make_sheet(label("sheet"), doing()).unwrap();
    dai.write();
    let mut eira = dai.joined_by("Eira", Role::Guardian, 3);
    eira.holder.leave(doing()).unwrap();
    eira.write();
    dai.merge(&eira);
    assert!(!dai.holder.bag().stale().is_empty());
    let recovery = crate::rig::open(&dai.file, bookbag_holder::Key::Words(&sheet)).recovery().unwrap();
    let holder = crate::rig::with_slot(7, |slot| recovery.enrol(label("new phone"), slot, doing())).unwrap();
    let mut again = Copy::over(holder, dai.file.clone(), 7);
    again.put("Goes", "on");
    again.reopen();
    assert_eq!(again.texts(), ["on"]);
    assert_eq!(again.holder.verify().refused, 0);
    dai.merge(&again);
    assert_eq!(dai.texts(), ["on"]);
}
