//! Journeys 6 to 9, each from a cold start: growing up, two homes, a lost phone, a private drawer.

use bookbag_crypto::Entropy;
use bookbag_holder::{Decision, Holder, Key, Locked, NewSlot, Older, Sees, VerbError, Where, drawer};
use bookbag_store::bag::{NewEntry, WriteError};
use bookbag_store::control::{Rule, Standing};
use bookbag_store::event::{AnchorPurpose, Kept, Nation, Policy, Role, Stage};
use bookbag_store::secret::shares::{Scheme, Share};
use serde_json::json;

use crate::rig::{Copy, doing, entropy, label, new_bag, new_passphrase, open, passphrase, with_slot};
use crate::witness::{anchor, credential, token};

/// Everybody has what anybody has.
fn meet(copies: &mut [&mut Copy]) {
    for _ in 0..2 {
        for at in 0..copies.len() {
            for other in 0..copies.len() {
                if at != other {
                    let file = copies[other].file.clone();
                    let report = copies[at].holder.merge_file(&file).unwrap();
                    copies[at].write();
                    if report.needs_reopening {
                        copies[at].reopen();
                    }
                }
            }
        }
    }
}

fn policy() -> Policy {
    let mut policy = Policy::uk(Nation::England);
    policy.anchors = vec![
        anchor(AnchorPurpose::Order, 40),
        anchor(AnchorPurpose::Birth, 41),
        anchor(AnchorPurpose::Date, 42),
    ];
    policy
}

/// A status list token that was issued on this day.
fn dated(seconds: i64) -> Vec<u8> {
    token(42, "statuslist+jwt", &json!({ "iat": seconds })).into_bytes()
}

/// Journey 6: at 13, 16, 18 control moves to the young person, by law and by key.
#[test]
fn growing_up() {
    let mut anna = Copy::made(new_bag("Anna", Role::Guardian, policy()));
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    meet(&mut [&mut anna, &mut ben]);
    anna.put("Enrolment", "Year 7");

    // A typed birth date gives way to a credential's.
    let birth = "2012-05-04".parse().unwrap();
    let certificate =
        credential(41, &json!({ "birthdate": "2012-05-04", "iat": 1_700_000_000 }), &["birthdate"]);
    let done = anna.holder.set_birth(birth, Some(certificate.as_bytes()), doing()).unwrap();
    assert!(matches!(done, Decision::Done(_)));
    anna.write();
    let typed = anna.holder.set_birth("2006-05-04".parse().unwrap(), None, doing());
    assert!(typed.is_ok_and(|decision| matches!(decision, Decision::Proposed { .. })), "others are asked");
    anna.write();

    // At 13, and not a day before, by a token that is dated after the birthday.
    let early = dated(birth.birthday(13) - 1);
    let refused = anna.holder.reach_stage(Stage::Teen, &early, doing());
    assert_eq!(refused, Err(VerbError::Write(WriteError::Refused(Rule::TooYoung))));
    anna.reopen();
    anna.holder.reach_stage(Stage::Teen, &dated(birth.birthday(13)), doing()).unwrap();
    anna.write();

    let mut carys = gets_a_key(&mut anna, &mut ben);

    // At 18 she takes over alone. Anna stays as a supporter, Ben goes.
    let too_early = carys.holder.hand_over(&[], doing()).unwrap();
    let Decision::Proposed { proposal, .. } = too_early else { panic!("{too_early:?}") };
    carys.write();
    // The guardians may agree before that, and to carry it out is hers all the same.
    anna.merge(&carys);
    let one = anna.holder.approve(proposal, doing()).unwrap();
    assert!(matches!(&one, Decision::Proposed { missing: 1, ask, .. } if *ask == [ben.me()]), "{one:?}");
    anna.write();
    ben.merge(&anna);
    let both = ben.holder.approve(proposal, doing()).unwrap();
    assert!(matches!(&both, Decision::Proposed { missing: 0, ask, .. } if *ask == [carys.me()]), "{both:?}");
    ben.reopen();
    carys.holder.reach_stage(Stage::Adult, &dated(birth.birthday(18)), doing()).unwrap();
    carys.write();
    let keep = [Kept { member: anna.me(), role: Role::Supporter }];
    let done = carys.holder.hand_over(&keep, doing()).unwrap();
    assert!(matches!(done, Decision::Done(_)), "{done:?}");
    carys.write();
    meet(&mut [&mut anna, &mut ben, &mut carys]);
    assert!(carys.holder.state().is_handed_over());

    // By key: a guardian's old device reads nothing that is new unless it is shared.
    carys.put("Results", "three As");
    meet(&mut [&mut anna, &mut ben, &mut carys]);
    assert_eq!(carys.texts(), ["Year 7", "three As"]);
    assert_eq!(ben.texts(), ["Year 7"]);
    let entry = NewEntry { name: "x", media_type: "text/plain", tags: &[], content: b"y" };
    assert!(ben.holder.put(&entry, Where::ByType, doing()).is_err());
    assert!(anna.holder.put(&entry, Where::ByType, doing()).is_err());
    let again = anna.holder.remove_member(carys.me(), None, doing());
    assert!(again.is_err(), "{again:?}");
    carys.reopen();
    assert!(!carys.holder.bag().is_read_only());
}

/// Carys gets a key of her own: both guardians answer for it, and at 13 she is asked whether she will see the record.
fn gets_a_key(anna: &mut Copy, ben: &mut Copy) -> Copy {
    let (decision, joined) = anna.let_in("Carys", Role::Subject, Sees::FromStart);
    let Decision::Proposed { proposal, .. } = decision else { panic!("{decision:?}") };
    ben.merge(anna);
    ben.holder.approve(proposal, doing()).unwrap();
    ben.write();
    anna.merge(ben);
    let mut carys = anna.copy_for(joined, 3);
    meet(&mut [anna, ben, &mut carys]);
    let record = anna.holder.record().unwrap();
    let decision = anna.holder.share(record, carys.me(), true, doing()).unwrap();
    anna.write();
    // At 13 she is asked too; then somebody who has the keys does it.
    let Decision::Proposed { proposal, ask, .. } = decision else { panic!("{decision:?}") };
    assert_eq!(ask, [carys.me()]);
    carys.merge(anna);
    let agreed = carys.holder.approve(proposal, doing()).unwrap();
    assert!(matches!(agreed, Decision::Proposed { missing: 0, .. }), "{agreed:?}");
    carys.write();
    anna.merge(&carys);
    assert!(anna.holder.proposals().iter().any(|open| open.frame == proposal && open.is_mine));
    assert!(matches!(anna.holder.approve(proposal, doing()).unwrap(), Decision::Done(_)));
    anna.write();
    meet(&mut [anna, ben, &mut carys]);
    assert_eq!(carys.texts(), ["Year 7"]);
    carys
}

/// Journey 7: two guardians, two phones, one child; a signed order removes one.
#[test]
fn two_homes() {
    let mut anna = Copy::made(new_bag("Anna", Role::Guardian, policy()));
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    anna.put("School", "Ysgol Dewi Sant");
    anna.put_as("text/vcard", "Anna’s address", "1 High Street");
    ben.put_as("text/vcard", "Ben’s address", "2 Low Road");
    meet(&mut [&mut anna, &mut ben]);
    assert_eq!(anna.texts(), ["1 High Street", "Ysgol Dewi Sant"]);
    assert_eq!(ben.texts(), ["2 Low Road", "Ysgol Dewi Sant"]);

    // Anna would remove Ben alone; the policy asks Ben too.
    let decision = anna.holder.remove_member(ben.me(), None, doing()).unwrap();
    assert!(matches!(decision, Decision::Proposed { .. }));
    anna.write();
    // A court's order is enough. One by somebody else, of another bag or another member, is none.
    let order = |seed: u8, bag: String, member: String| {
        token(seed, "order+jwt", &json!({ "bag": bag, "remove": member })).into_bytes()
    };
    let (bag, them, me) = (anna.holder.id().to_string(), ben.me().to_string(), anna.me().to_string());
    let zeros = "0".repeat(bag.len());
    for wrong in
        [order(9, bag.clone(), them.clone()), order(40, zeros, them.clone()), order(40, bag.clone(), me)]
    {
        let refused = anna.holder.remove_member(ben.me(), Some(&wrong), doing());
        assert_eq!(refused, Err(VerbError::Write(WriteError::Refused(Rule::NotProved))));
        anna.reopen();
    }
    let done = anna.holder.remove_member(ben.me(), Some(&order(40, bag, them)), doing()).unwrap();
    assert!(matches!(done, Decision::Done(_)));
    anna.write();

    // Ben has not heard and writes; then each device hears.
    ben.put("Dentist", "Friday");
    anna.put("Holiday", "in August");
    let report = anna.merge(&ben);
    assert_eq!(report.set_aside.len(), 1, "{:?}", report.set_aside);
    assert!(matches!(report.set_aside[0].standing, Standing::Quarantined { .. }));
    ben.merge(&anna);
    assert!(ben.texts().iter().all(|text| text != "in August"));
    assert_eq!(anna.texts(), ["1 High Street", "Ysgol Dewi Sant", "in August"]);
    assert_eq!(ben.holder.me().unwrap_err(), VerbError::NotAMember);
    anna.reopen();
    assert!(!anna.holder.bag().is_read_only());
    let line = anna.holder.history().into_iter().find(|line| line.what.contains("signed order")).unwrap();
    assert_eq!(line.what, "removed Ben by a signed order");
}

/// Journey 7, the other way: who leaves takes a copy that nobody can find from here.
#[test]
fn leaving_with_a_copy() {
    let mut anna = Copy::made_by("Anna");
    anna.put("School", "Ysgol Dewi Sant");
    anna.put_as("text/vcard", "Anna’s address", "1 High Street");
    let mut attachment = anna.holder.attach("application/pdf", Where::ByType, doing()).unwrap();
    anna.holder.attach_part(&mut attachment, &vec![9; 100_000], doing()).unwrap();
    let pdf =
        NewEntry { name: "Report", media_type: "application/pdf", tags: &[("year", "7")], content: b"" };
    anna.holder.attached(attachment, &pdf, doing()).unwrap();
    anna.write();
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    let gran = anna.joined_by("Gran", Role::Supporter, 4);
    ben.put_as("text/vcard", "Ben’s address", "2 Low Road");
    ben.put_as("application/jwk+json", "Ben’s key", "{}");

    let new = || new_bag("Ben", Role::Guardian, Policy::uk(Nation::England));
    let before = ben.file.clone();
    let file = ben.file.clone();
    let mut frames = |at: u64, length: u64| file.get(at as usize..(at + length) as usize).map(<[u8]>::to_vec);
    let made = with_slot(9, |slot| ben.holder.copy_to_new_bag(new(), slot, &mut frames, doing())).unwrap();
    let copy = Copy::over(made.holder, made.file, 9);
    let mut copy = copy;
    copy.reopen();
    assert_eq!(copy.texts(), ["100000 bytes", "2 Low Road", "Ysgol Dewi Sant", "{}"]);
    copy.assert_clean();
    // Nothing here names it, and nothing there names this one.
    assert!(ben.holder.take_changes().is_empty());
    assert_eq!(ben.file, before);
    assert_ne!(copy.holder.id(), ben.holder.id());
    for (one, other) in [(&ben, &copy), (&copy, &ben)] {
        let id = other.holder.id();
        assert!(!one.file.windows(16).any(|bytes| bytes == &id.as_bytes()[..16]));
    }
    ben.holder.leave(doing()).unwrap();
    ben.write();
    // A supporter may not take one, and a part that is missing is said.
    let refused = with_slot(9, |slot| gran.holder.copy_to_new_bag(new(), slot, &mut |_, _| None, doing()));
    assert_eq!(refused.unwrap_err(), VerbError::MayNotTake);
    let missing = with_slot(9, |slot| anna.holder.copy_to_new_bag(new(), slot, &mut |_, _| None, doing()));
    assert_eq!(missing.unwrap_err(), VerbError::PartMissing);
}

/// Journey 8: a copy elsewhere, and a printed sheet or two of three trusted people, bring everything back.
#[test]
fn lost_phone() {
    let mut anna = Copy::made_by("Anna");
    anna.put("School", "Ysgol Dewi Sant");
    let sheet = anna.holder.make_sheet(label("kitchen drawer"), doing()).unwrap();
    anna.write();
    let scheme = Scheme::new(2, 3).unwrap();
    let shares = anna.holder.make_shares(label("three friends"), scheme, doing()).unwrap();
    anna.write();
    let phone = anna.holder.bag().device().id();
    // A copy on a memory stick, with recovery slots only.
    let stick = anna.with_start(&anna.holder.export_bag(None, entropy()).unwrap());
    let words = sheet.words();
    let cards: Vec<String> = shares.iter().map(|share| share.to_text().to_string()).collect();
    drop(anna);

    // By the sheet.
    let typed = bookbag_store::secret::words::RecoverySecret::parse(&words).unwrap();
    let recovery = open(&stick, Key::Words(&typed)).recovery().unwrap();
    let holder = with_slot(7, |slot| recovery.enrol(label("new phone"), slot, doing())).unwrap();
    let mut again = Copy::over(holder, stick.clone(), 7);
    assert_eq!(again.texts(), ["Ysgol Dewi Sant"]);
    // The lost phone goes.
    again.holder.remove_device(phone, doing()).unwrap();
    again.write();
    again.put("School", "moved");
    again.reopen();
    assert_eq!(again.texts(), ["Ysgol Dewi Sant", "moved"]);
    again.assert_clean();
    // The sheet is good for the next time, in the new file.
    assert!(open(&again.file, Key::Words(&typed)).recovery().is_some());

    // By two of three people.
    let given: Vec<Share> = cards[1..].iter().map(|text| Share::parse(text).unwrap()).collect();
    let recovery = open(&stick, Key::Shares(&given)).recovery().unwrap();
    let holder = with_slot(8, |slot| recovery.enrol(label("other phone"), slot, doing())).unwrap();
    let mut other = Copy::over(holder, stick.clone(), 8);
    assert_eq!(other.texts(), ["Ysgol Dewi Sant"]);
    // Both recovered, and meet: keys that one made without knowing of the other are made anew.
    again.merge(&other);
    assert!(again.holder.rekey_where_due(doing()).unwrap());
    again.write();
    other.merge(&again);
    assert_eq!(other.texts(), ["Ysgol Dewi Sant", "moved"], "a member's devices read what the member reads");
    again.put("Address", "new");
    other.merge(&again);
    assert_eq!(other.texts(), ["Ysgol Dewi Sant", "moved", "new"]);
    other.reopen();
    assert_eq!(other.texts(), ["Ysgol Dewi Sant", "moved", "new"]);
    other.put("Piano", "grade 2");
    again.merge(&other);
    assert_eq!(again.texts(), other.texts());
    assert_eq!(again.holder.verify().refused + other.holder.verify().refused, 0);

    // One share, or the wrong words, bring nothing.
    let locked = Locked::read(&stick).unwrap();
    assert!(locked.unlock(Key::Shares(&given[..1])).is_err());
    let wrong = bookbag_store::secret::words::RecoverySecret::generate(Entropy::from_secure_random([3; 32]));
    assert!(locked.unlock(Key::Words(&wrong)).is_err());
}

/// Journey 9: a record of a sensitive service where no guardian can see that it exists.
#[test]
fn private_drawer() {
    let mut drawers: Vec<Vec<u8>> = (0..drawer::DRAWERS).map(|_| drawer::empty(entropy())).collect();
    let chosen = new_passphrase("nobody reads this but me");
    let secret = passphrase("nobody reads this but me");
    let new = new_bag("Carys", Role::Subject, Policy::uk(Nation::England));
    let made = Holder::make(new, &NewSlot::Passphrase(&chosen), doing()).unwrap();
    let (mut holder, mut file) = (made.holder, made.file);
    let entry = NewEntry { name: "Clinic", media_type: "text/plain", tags: &[], content: b"Tuesday at four" };
    holder.put(&entry, Where::ByType, doing()).unwrap();
    file.extend_from_slice(&holder.take_changes().append);
    drawers[2] = drawer::seal(&file, &secret, entropy()).unwrap();

    // Later: which one it is, only the passphrase tells.
    let found: Vec<_> = drawers.iter().filter_map(|one| drawer::open(one, &secret).unwrap()).collect();
    assert_eq!(found.len(), 1);
    let unlocked = Locked::read(&found[0]).unwrap().unlock(Key::Passphrase(&secret)).unwrap();
    let holder = unlocked.open(&found[0], None, Older::Refuse).unwrap().holder().unwrap();
    assert_eq!(holder.bag().entries().next().unwrap().current.put.name, "Clinic");
    // The guardian's guess opens none, and all look alike.
    let guess = passphrase("Carys2012");
    assert!(
        drawers.iter().all(|one| one.len() == drawer::BYTES && drawer::open(one, &guess).unwrap().is_none())
    );
}
