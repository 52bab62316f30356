//! Passphrases, sheets, shares: adding, changing, losing.

use bookbag_holder::{Key, Locked, Older, Opened, UnlockError, VerbError, Way};
use bookbag_store::event::Role;
use bookbag_store::secret::shares::Scheme;
use bookbag_store::secret::words::RecoverySecret;

use crate::rig::{Copy, doing, label, new_passphrase, open, passkey, passphrase, with_slot};

#[test]
fn a_changed_passphrase_opens_and_the_old_one_does_not() {
    let mut anna = Copy::made_by("Anna");
    for text in ["the first passphrase", "the second passphrase"] {
        anna.holder.change_passphrase(&new_passphrase(text), doing()).unwrap();
        anna.write();
    }
    let locked = Locked::read(&anna.file).unwrap();
    let wrong = locked.unlock(Key::Passphrase(&passphrase("the first passphrase"))).unwrap_err();
    assert!(matches!(wrong, UnlockError::Wrong(_)));
    assert!(open(&anna.file, Key::Passphrase(&passphrase("the second passphrase"))).holder().is_some());
    assert!(open(&anna.file, Key::Passkey(&|_| Some(passkey(1)))).holder().is_some());
    let ways: Vec<Way> = anna.holder.ways().into_iter().map(|way| way.way).collect();
    assert_eq!(ways, [Way::Passkey, Way::Passphrase]);
}

#[test]
fn the_last_way_in_stays() {
    let mut anna = Copy::made_by("Anna");
    let only = anna.holder.ways()[0].slot;
    assert_eq!(anna.holder.remove_slot(only, doing()), Err(VerbError::LastWay));
    let second = with_slot(2, |slot| anna.holder.add_slot(slot, doing())).unwrap();
    anna.write();
    anna.holder.remove_slot(only, doing()).unwrap();
    anna.write();
    assert!(Locked::read(&anna.file).unwrap().unlock(Key::Passkey(&|_| Some(passkey(1)))).is_err());
    assert!(open(&anna.file, Key::Passkey(&|_| Some(passkey(2)))).holder().is_some());
    let gone = anna.holder.remove_slot(only, doing());
    assert_eq!(gone, Err(VerbError::NoSuch { what: "way in" }));
    assert_eq!(anna.holder.remove_slot(second, doing()), Err(VerbError::LastWay));
}

#[test]
fn an_old_secret_with_an_old_copy_opens_nothing_new() {
    let mut anna = Copy::made_by("Anna");
    anna.put("Old", "before");
    let sheet = anna.holder.make_sheet(label("kitchen drawer"), doing()).unwrap();
    anna.write();
    let stolen = anna.file.clone();
    let old_device = anna.holder.bag().device().id();
    with_slot(5, |slot| anna.holder.secret_is_known(slot, doing())).unwrap();
    anna.write();
    assert_ne!(anna.holder.bag().device().id(), old_device);
    assert!(!anna.holder.state().device(old_device).unwrap().is_active);
    let mut anna =
        Copy::over(open(&anna.file, Key::Passkey(&|_| Some(passkey(5)))).holder().unwrap(), anna.file, 5);
    anna.put("New", "after");
    assert_eq!(anna.texts(), ["after", "before"]);
    anna.assert_clean();
    // The thief has the old copy and the old secret, and merges the new file.
    let mut thief =
        Copy::over(open(&stolen, Key::Passkey(&|_| Some(passkey(1)))).holder().unwrap(), stolen, 1);
    thief.merge(&anna);
    assert_eq!(thief.texts(), ["before"]);
    assert!(Locked::read(&anna.file).unwrap().unlock(Key::Passkey(&|_| Some(passkey(1)))).is_err());
    // The sheet is still good.
    assert!(matches!(open(&anna.file, Key::Words(&sheet)), Opened::Recovery(_)));
}

#[test]
fn a_sheet_that_is_taken_away_opens_nothing_new() {
    let mut anna = Copy::made_by("Anna");
    let sheet = anna.holder.make_sheet(label("kitchen drawer"), doing()).unwrap();
    anna.write();
    assert!(anna.holder.has_recovery());
    let old = anna.file.clone();
    let slot = anna.holder.ways().into_iter().find(|way| way.way == Way::Sheet).unwrap();
    assert_eq!(slot.device.unwrap().1, Some(label("kitchen drawer")));
    anna.holder.remove_slot(slot.slot, doing()).unwrap();
    anna.write();
    anna.put("New", "after");
    assert!(!anna.holder.has_recovery());
    assert!(Locked::read(&anna.file).unwrap().unlock(Key::Words(&sheet)).is_err());
    // The sheet opens the old copy. What it enrols there is set aside when the copies meet.
    let recovery = open(&old, Key::Words(&sheet)).recovery().unwrap();
    let thief = with_slot(8, |slot| recovery.enrol(label("thief"), slot, doing())).unwrap();
    let mut thief = Copy::over(thief, old, 8);
    thief.merge(&anna);
    assert_eq!(thief.texts(), [] as [&str; 0]);
    let report = anna.merge(&thief);
    assert!(!report.set_aside.is_empty());
    assert_eq!(anna.texts(), ["after"]);
    assert_eq!(anna.holder.state().member(anna.me()).unwrap().devices.size(), 1);
}

#[test]
fn enough_shares_and_no_fewer_open_the_bag() {
    let mut anna = Copy::made_by("Anna");
    anna.put("Old", "before");
    let scheme = Scheme::new(2, 3).unwrap();
    let shares = anna.holder.make_shares(label("Gran, Dai and Eira"), scheme, doing()).unwrap();
    anna.write();
    let locked = Locked::read(&anna.file).unwrap();
    assert!(matches!(locked.unlock(Key::Shares(&shares[..1])), Err(UnlockError::Shares(_))));
    assert!(matches!(locked.unlock(Key::Shares(&[])), Err(UnlockError::Shares(_))));
    for pair in [[0, 1], [1, 2], [0, 2]] {
        let texts = pair.map(|at| shares[at].to_text());
        let pair = texts.map(|text| bookbag_store::secret::shares::Share::parse(&text).unwrap());
        assert!(locked.unlock(Key::Shares(&pair)).is_ok());
    }
    let recovery = open(&anna.file, Key::Shares(&shares[1..])).recovery().unwrap();
    let holder = with_slot(6, |slot| recovery.enrol(label("new phone"), slot, doing())).unwrap();
    let mut again = Copy::over(holder, anna.file.clone(), 6);
    assert_eq!(again.texts(), ["before"]);
    again.reopen();
    // The shares are sealed anew, and other words are not theirs.
    assert!(open(&again.file, Key::Shares(&shares[..2])).recovery().is_some());
    let other = RecoverySecret::generate(crate::rig::entropy());
    assert!(Locked::read(&again.file).unwrap().unlock(Key::Words(&other)).is_err());
}

#[test]
fn a_recovery_device_writes_nothing_but_a_fresh_device() {
    let mut anna = Copy::made_by("Anna");
    let sheet = anna.holder.make_sheet(label("sheet"), doing()).unwrap();
    anna.write();
    let recovery = open(&anna.file, Key::Words(&sheet)).recovery().unwrap();
    assert_eq!(recovery.member().unwrap().0, anna.me());
    assert_eq!(recovery.bag().frames(), anna.holder.bag().frames());
    let holder = with_slot(6, |slot| recovery.enrol(label("new phone"), slot, doing())).unwrap();
    let again = Copy::over(holder, anna.file.clone(), 6);
    let by_sheet: Vec<_> = again
        .holder
        .history()
        .into_iter()
        .filter(|line| line.device == "sheet")
        .map(|line| line.what)
        .collect();
    assert_eq!(by_sheet, ["added device “new phone” of Anna"]);
    again.assert_clean();
}

#[test]
fn a_copy_has_the_sheets_of_all_members() {
    let mut anna = Copy::made_by("Anna");
    let sheet = anna.holder.make_sheet(label("Anna’s sheet"), doing()).unwrap();
    anna.write();
    let ben = anna.joined_by("Ben", Role::Guardian, 2);
    // Anna lost everything, and Ben has a copy.
    let unlocked = Locked::read(&ben.file).unwrap().unlock(Key::Words(&sheet)).unwrap();
    let recovery = unlocked.open(&ben.file, None, Older::Refuse).unwrap().recovery().unwrap();
    assert_eq!(recovery.member().unwrap().1.name, label("Anna"));
}
