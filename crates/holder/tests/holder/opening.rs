//! Opening: secrets, marks, older copies, damage; and whether this is the only copy.

use bookbag_holder::{
    CopyProblem, Elsewhere, Key, Locked, Older, OpenError, Safety, Signatures, UnlockError, Way,
};
use bookbag_store::event::Role;
use bookbag_store::frame::scan::Scanner;

use crate::rig::{Copy, entropy, new_passphrase, passkey, passphrase};

#[test]
fn a_wrong_secret_says_which_ways_there_are() {
    let anna = Copy::made_by("Anna");
    let locked = Locked::read(&anna.file).unwrap();
    let wrong = locked.unlock(Key::Passkey(&|_| Some(passkey(9)))).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "this does not open the bag: look at what you typed and try again (this copy opens by a passkey)"
    );
    let none = locked.unlock(Key::Passkey(&|_| None)).unwrap_err();
    assert!(matches!(none, UnlockError::Wrong(_)));
    let passphrase = passphrase("correct horse battery staple");
    let no_way = locked.unlock(Key::Passphrase(&passphrase)).unwrap_err();
    assert_eq!(no_way.to_string(), "this copy is not opened by that, but by: a passkey");
    assert_eq!(locked.ways().iter().collect::<Vec<_>>(), [Way::Passkey]);
    for nonsense in [b"".as_slice(), b"PK\x03\x04", &anna.file[1..]] {
        assert!(matches!(Locked::read(nonsense), Err(UnlockError::Preamble(_))));
    }
}

#[test]
fn a_start_that_somebody_changed_is_not_believed() {
    let mut anna = Copy::made_by("Anna");
    let other = Copy::made_by("Zoe");
    let unlocked = Locked::read(&anna.file).unwrap().unlock(Key::Passkey(&|_| Some(passkey(1)))).unwrap();
    assert_eq!(unlocked.bag(), anna.holder.id());
    // Another bag's frames behind this start are no part of it.
    let mixed = other.with_start(&anna.file[..Locked::read(&anna.file).unwrap().frames_at() as usize]);
    assert!(matches!(unlocked.open(&mixed, None, Older::Refuse), Err(OpenError::Bag(_))));
    // The counter, without the tag.
    let at = anna.file.iter().position(|byte| *byte == 0x58).unwrap() + 34;
    anna.file[at] ^= 1;
    if let Ok(locked) = Locked::read(&anna.file)
        && let Ok(unlocked) = locked.unlock(Key::Passkey(&|_| Some(passkey(1))))
    {
        assert!(unlocked.open(&anna.file, None, Older::Refuse).is_err());
    }
}

#[test]
fn an_older_copy_is_named_with_its_date_and_what_it_lacks() {
    let mut anna = Copy::made_by("Anna");
    let old = anna.file.clone();
    anna.put("One", "1");
    anna.put("Two", "2");
    let newer = std::mem::replace(&mut anna.file, old);
    let error = anna.open_with(Older::Refuse).unwrap_err();
    assert!(matches!(error, OpenError::Older(older) if older.missing == 2), "{error:?}");
    let text = error.to_string();
    assert!(text.starts_with("This file is an older copy than the one this computer last saw ("), "{text}");
    assert!(text.contains(" 2026, 2 changes ago). Nothing was changed. Look for the newer file"), "{text}");
    // A person may decide to go on with it, and what they find of the newer one is merged.
    let mut holder = anna.open_with(Older::Accept).unwrap();
    let report = holder.merge_file(&newer).unwrap();
    assert_eq!(report.new, 2);
    // Without a mark nothing is known.
    anna.mark = None;
    assert!(anna.open_with(Older::Refuse).is_ok());
}

#[test]
fn a_mark_of_another_device_is_no_mark() {
    let mut anna = Copy::made_by("Anna");
    let ben = anna.joined_by("Ben", Role::Guardian, 2);
    anna.mark = ben.mark.clone();
    assert!(anna.open_with(Older::Refuse).is_ok());
    anna.mark = Some(vec![1; 30]);
    assert!(anna.open_with(Older::Refuse).is_ok());
}

#[test]
fn all_signatures_are_checked_again_where_the_file_is_another() {
    let mut anna = Copy::made_by("Anna");
    let ben = anna.joined_by("Ben", Role::Guardian, 2);
    anna.merge(&ben);
    anna.put("One", "1");
    let unlocked = Locked::read(&anna.file).unwrap().unlock(Key::Passkey(&|_| Some(passkey(1)))).unwrap();
    // A byte within a frame that the mark vouches for.
    let mut damaged = anna.file.clone();
    let at = damaged.len() - 3000;
    damaged[at] ^= 1;
    let opened = unlocked.open(&damaged, anna.mark.as_deref(), Older::Refuse);
    assert!(
        matches!(opened, Err(OpenError::Older(_))) || !opened.unwrap().holder().unwrap().verify().is_clean()
    );
    let holder = unlocked.open(&damaged, None, Older::Refuse).unwrap().holder().unwrap();
    assert!(!holder.verify().is_clean());
    assert!(unlocked.reading(None, Signatures::All).is_ok());
}

#[test]
fn a_torn_end_is_named_and_everything_before_it_is_there() {
    let mut anna = Copy::made_by("Anna");
    anna.put("One", "1");
    let whole = anna.file.len();
    anna.put("Two", "2");
    for cut in [1, 50, 700, anna.file.len() - whole - 1] {
        let torn = &anna.file[..whole + cut];
        let unlocked = Locked::read(torn).unwrap().unlock(Key::Passkey(&|_| Some(passkey(1)))).unwrap();
        let holder = unlocked.open(torn, None, Older::Refuse).unwrap().holder().unwrap();
        assert_eq!(holder.length(), whole as u64);
        let report = holder.verify();
        assert_eq!(report.found[0].number, "FR-01");
        assert!(!report.is_read_only);
        assert_eq!(holder.bag().entries().count(), 1);
    }
}

fn look(anna: &Copy, other: &[u8]) -> Result<Elsewhere, CopyProblem> {
    let locked = Locked::read(other).unwrap();
    let pieces = Scanner::new(Some(locked.bag()), locked.frames_at()..other.len() as u64).pieces(other);
    anna.holder.confirm_copy(&locked, pieces, 1_790_000_000)
}

#[test]
fn only_a_whole_copy_that_can_be_opened_ends_the_warning() {
    let mut anna = Copy::made_by("Anna");
    assert_eq!(anna.holder.safety(None), Safety::OnlyCopy);
    assert!(anna.holder.safety(None).sentence().unwrap().starts_with("This is the only copy"));
    let copy = anna.file.clone();
    let elsewhere = look(&anna, &copy).unwrap();
    assert_eq!(anna.holder.safety(Some(&elsewhere)), Safety::Safe { seen: 1_790_000_000 });
    assert_eq!(Elsewhere::from_bytes(&elsewhere.to_bytes()), Some(elsewhere));
    assert_eq!(Elsewhere::from_bytes(b"\x84\x01"), None);
    anna.put("One", "1");
    let safety = anna.holder.safety(Some(&elsewhere));
    assert_eq!(safety, Safety::Behind { seen: 1_790_000_000, changes: 1 });
    assert!(safety.sentence().unwrap().contains("lacks 1 change"));
    assert_eq!(look(&anna, &copy), Err(CopyProblem::Behind { missing: 1 }));
    // Wrong copies.
    let zoe = Copy::made_by("Zoe");
    assert_eq!(look(&anna, &zoe.file), Err(CopyProblem::OtherBag));
    assert_eq!(zoe.holder.safety(Some(&elsewhere)), Safety::OnlyCopy);
    let mut damaged = anna.file.clone();
    let at = damaged.len() - 100;
    damaged[at] ^= 1;
    assert_eq!(look(&anna, &damaged), Err(CopyProblem::Damaged));
    let offer = anna.holder.offer_device(crate::rig::doing().now + 600).unwrap();
    let (_, joined) = anna.join(&offer, "computer", bookbag_holder::Sees::FromStart);
    let device = joined.keys_for(anna.holder.id()).unwrap().id();
    let fresh = anna.with_start(&anna.holder.copy_for(device, entropy()).unwrap());
    assert_eq!(look(&anna, &fresh), Err(CopyProblem::NoWayIn));
}

#[test]
fn an_exported_bag_opens_with_its_passphrase() {
    let mut anna = Copy::made_by("Anna");
    anna.put("One", "1");
    let nothing = anna.holder.export_bag(None, entropy());
    assert_eq!(nothing, Err(bookbag_holder::VerbError::NothingOpens));
    let start = anna.holder.export_bag(Some(&new_passphrase("a long enough passphrase")), entropy()).unwrap();
    let file = anna.with_start(&start);
    let passphrase = passphrase("a long enough passphrase");
    let holder = crate::rig::open(&file, Key::Passphrase(&passphrase)).holder().unwrap();
    assert_eq!(holder.bag().entries().count(), 1);
    assert!(look(&anna, &file).is_ok());
}
