use bookbag_store::bag::{Doing, NewBag};
use bookbag_store::event::{Label, Nation, Policy, Role};
use bookbag_store::secret::judgement::Estimate;

use super::*;
use crate::{Holder, Key, Locked, NewSlot, Older, Where};

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

fn entropy(byte: u8) -> Entropy<32> {
    Entropy::from_secure_random([byte; 32])
}

/// A small bag of the subject's own.
fn bag_file() -> Vec<u8> {
    let policy = Policy::uk(Nation::Wales);
    let label = |text| Label::new(text).unwrap();
    let (name, founder, device) = (label("mine"), label("Carys"), label("phone"));
    let new = NewBag { name, founder, role: Role::Subject, device, policy, birth: None };
    let chosen =
        passphrase("only I know this").judge(Estimate { guesses_log10: 12.0, weakness: None }).unwrap();
    let slot = NewSlot::Passphrase(&chosen);
    let made = Holder::make(new, &slot, Doing { now: 1_800_000_000, entropy: entropy(1) }).unwrap();
    let (mut holder, mut file) = (made.holder, made.file);
    let entry = bookbag_store::bag::NewEntry {
        name: "Clinic",
        media_type: "text/plain",
        tags: &[],
        content: b"Tuesday",
    };
    holder.put(&entry, Where::ByType, Doing { now: 1_800_000_001, entropy: entropy(2) }).unwrap();
    file.extend_from_slice(&holder.take_changes().append);
    file
}

#[test]
fn a_drawer_gives_back_what_was_put_in_and_only_with_its_passphrase() {
    let file = bag_file();
    let drawer = seal(&file, &passphrase("only I know this"), entropy(3)).unwrap();
    assert_eq!(drawer.len(), BYTES);
    let opened = open(&drawer, &passphrase("only I know this")).unwrap().unwrap();
    assert_eq!(&*opened, &file);
    let secret = passphrase("only I know this");
    let unlocked = Locked::read(&opened).unwrap().unlock(Key::Passphrase(&secret)).unwrap();
    let holder = unlocked.open(&opened, None, Older::Refuse).unwrap().holder().unwrap();
    assert_eq!(holder.bag().entries().count(), 1);
    assert!(holder.verify().is_clean());
    assert!(open(&drawer, &passphrase("a guess")).unwrap().is_none());
    let mut changed = drawer;
    *changed.last_mut().unwrap() ^= 1;
    assert!(open(&changed, &passphrase("only I know this")).unwrap().is_none());
}

#[test]
fn a_drawer_in_use_and_an_empty_one_look_the_same() {
    let used = seal(&bag_file(), &passphrase("only I know this"), entropy(4)).unwrap();
    let empty = empty(entropy(5));
    assert_eq!(used.len(), empty.len());
    assert!(open(&empty, &passphrase("only I know this")).unwrap().is_none());
    for drawer in [&used, &empty] {
        // Each byte as often as another: 4096 times, give or take six standard deviations.
        let mut counts = [0_i32; 256];
        drawer.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
        assert!(counts.iter().all(|count| (count - 4096).abs() < 384), "{counts:?}");
        assert!(!drawer.windows(9).any(|bytes| bytes == b"bookbag/1"));
    }
    // Two drawers with the same in them share nothing.
    let again = seal(&bag_file(), &passphrase("only I know this"), entropy(6)).unwrap();
    assert!(used.chunks(32).zip(again.chunks(32)).all(|(one, other)| one != other));
}

#[test]
fn a_drawer_has_one_length_and_holds_no_more() {
    let secret = passphrase("only I know this");
    let too_long = vec![1; MAX_BAG_BYTES + 1];
    let full = seal(&too_long, &secret, entropy(7));
    assert_eq!(full, Err(DrawerError::Full { bytes: MAX_BAG_BYTES + 1 }));
    for length in [0, 31, BYTES - 1, BYTES + 1] {
        assert_eq!(open(&vec![0; length], &secret).unwrap_err(), DrawerError::Length);
    }
}

#[test]
fn a_bag_that_ends_with_zero_bytes_keeps_them() {
    let mut file = bag_file();
    file.extend_from_slice(&[0; 3]);
    // What is behind the last frame is no frame, and goes.
    let length = file.len() - 3;
    let mut padded = file.clone();
    padded.resize(MAX_BAG_BYTES, 0);
    assert_eq!(bag_length(&padded), length);
    assert_eq!(bag_length(&[0; 100]), 0);
}
