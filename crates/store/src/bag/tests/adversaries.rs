//! Members, and former ones, whose client seals whatever it likes.

use super::support::*;

/// An event of a kind that this version does not know.
const FROM_LATER: &[u8] = &[0x82, 31, 1];
/// The same, outside the control compartment.
const DATA_FROM_LATER: &[u8] = &[0x82, 0x18, 99, 1];
/// No event at all.
const NONSENSE: &[u8] = b"nonsense";

/// Dai is removed by order; the copies of all, and Dai's as it was before.
fn dai_removed() -> ([Copy; 3], FrameId) {
    let [mut ffion, dai, mut aunt] = family();
    let removal = ffion.remove_by_order(dai.me());
    aunt.hear(&ffion);
    ([ffion, dai, aunt], removal)
}

#[test]
fn a_removal_takes_away_nothing_of_another_compartment() {
    let [mut ffion, mut dai, _] = family();
    let household = ffion.compartment(CompartmentPurpose::Household);
    let (home, home_frame) = ffion.note(household, "1 Hill Street");
    let record = ffion.compartment(CompartmentPurpose::Record);
    let (other, other_frame) = ffion.note(record, "swimming");
    dai.hear(&ffion);
    // Everybody sees the names of all frames, so Dai names: an entry of the other home, the first frame of the bag, and all of control.
    let control: Vec<FrameId> = ffion.bag.history().map(|deed| deed.frame).take(40).collect();
    let (target, _) = dai.note(record, "mine");
    let forged = Forged::default().in_epoch(dai.epoch_of(record));
    for (entry, puts, parts) in [
        (home, vec![home_frame], vec![]),
        (target, vec![home_frame], control.clone()),
        (target, vec![other_frame], vec![other_frame]),
    ] {
        let event = Removal::encode(entry, &puts, &parts).unwrap();
        let (id, frame) = dai.seal(&forged, &event);
        let before = only_in(&dai.file, &ffion).concat();
        let _already = ffion.take(&[before]);
        assert_eq!(ffion.standing(&(id, frame)), Standing::Accepted);
    }
    assert!(ffion.bag.to_drop().is_empty(), "{:?}", ffion.bag.to_drop());
    assert!(ffion.bag.entry(&home).is_some() && ffion.bag.entry(&other).is_some());
}

#[test]
fn an_entry_stays_in_its_compartment() {
    let [mut ffion, mut dai, _] = family();
    let household = ffion.compartment(CompartmentPurpose::Household);
    let with = dai.me();
    ffion.act(&Act::Share { compartment: household, with, from_start: true });
    let (home, home_frame) = ffion.note(household, "1 Hill Street");
    dai.hear(&ffion);
    ffion.act(&Act::Unshare { compartment: household, with });
    dai.hear(&ffion);
    // Dai still knows the entry's name, and puts one of that name where he writes.
    let record = ffion.compartment(CompartmentPurpose::Record);
    let put = NewPut {
        entry: home,
        replaces: &[home_frame],
        media_type: "text/plain",
        name: "1 Hill Street",
        tags: &[],
        content: NewContent::Inline(b"elsewhere"),
    };
    let forged = Forged::default().in_epoch(dai.epoch_of(record));
    let frame = dai.seal(&forged, &put.encode().unwrap());
    assert_eq!(ffion.standing(&frame), Standing::Accepted);
    let entry = ffion.bag.entry(&home).unwrap();
    assert_eq!((text(&entry), entry.current.compartment), ("1 Hill Street".to_owned(), household));
    // What she writes in its place is written in her home.
    let doing = ffion.doing();
    let pending = ffion.bag.replace(home, &note("2 Hill Street"), doing).unwrap();
    ffion.add(&pending);
    dai.hear(&ffion);
    assert!(!dai.texts().iter().any(|text| text == "2 Hill Street"), "{:?}", dai.texts());
}

#[test]
fn a_control_frame_without_its_body_is_named() {
    let ([ffion, dai, _], removal) = dai_removed();
    let strip = |id: &FrameId| -> Vec<u8> {
        let (_, rest) = Preamble::read(&ffion.file).unwrap();
        let mut file = ffion.file[..ffion.file.len() - rest.len()].to_vec();
        for (_, frame) in frames(&ffion.file) {
            let head = Head::read(frame).unwrap();
            file.extend(if head.id() == *id { head.without_body() } else { frame.to_vec() });
        }
        file
    };
    // A host that knows which frame it is takes away what the removal says.
    let stripped = strip(&removal);
    let bag = open(&stripped, 1, None).unwrap();
    assert!(bag.is_read_only());
    assert_eq!(numbers(bag.findings()), ["FR-09"]);
    // Somebody who brings a copy without it brings nothing: the frame is taken from the next, who has it.
    let mut other = dai;
    other.bag = open(&other.file, 2, None).unwrap();
    let merged = other.take(&only_in(&stripped, &other).into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>());
    assert!(numbers(&merged.findings).contains(&"FR-09"), "{:?}", merged.findings);
    assert!(!other.bag.is_read_only());
    assert_eq!(other.merge(&ffion).findings, []);
    assert!(other.bag.member().is_none());
}

#[test]
fn an_entry_without_its_body_is_named_unless_it_was_removed() {
    let [mut ffion, ..] = family();
    let record = ffion.compartment(CompartmentPurpose::Record);
    let (kept, frame_kept) = ffion.note(record, "kept");
    let (_, frame_other) = ffion.note(record, "other");
    let mut file = ffion.file.clone();
    for (at, frame) in frames(&ffion.file).into_iter().rev() {
        let head = Head::read(frame).unwrap();
        if head.id() == frame_kept {
            let at = usize::try_from(at).unwrap();
            file.splice(at..at + frame.len(), head.without_body());
        }
    }
    let bag = open(&file, 1, None).unwrap();
    assert_eq!(numbers(bag.findings()), ["FR-09"]);
    assert!(bag.entry(&kept).is_none() && !bag.is_read_only());
    assert!(bag.ledger.has(&frame_other));
}

#[test]
fn a_merge_takes_no_frame_whose_body_was_changed() {
    let [mut ffion, mut dai, _] = family();
    let record = ffion.compartment(CompartmentPurpose::Record);
    let before = dai.bag.frames();
    ffion.note(record, "one");
    ffion.act(&Act::Rename { what: None, name: label("renamed") });
    let new: Vec<Vec<u8>> = only_in(&ffion.file, &dai).into_iter().map(<[u8]>::to_vec).collect();
    for changed in 0..new.len() {
        let mut brought = new.clone();
        *brought[changed].last_mut().unwrap() ^= 1;
        let merged = dai.take(&brought[changed..=changed]);
        assert_eq!(numbers(&merged.findings), ["FR-09"], "{changed}");
        assert_eq!((dai.bag.frames(), dai.bag.is_read_only()), (before, false));
    }
    dai.hear(&ffion);
    assert_eq!(dai.bag.state(), ffion.bag.state());
}

#[test]
fn nobody_without_authority_makes_a_bag_read_only() {
    let ([mut ffion, mut dai, mut aunt], _) = dai_removed();
    let record = ffion.compartment(CompartmentPurpose::Record);
    let (theirs, hers) = (dai.epoch_of(record), aunt.epoch_of(record));
    let old = dai.control_epoch();
    // A former guardian, upon what he had; and a supporter, who changes nothing.
    let mut brought = Vec::new();
    for (client, data) in [(&mut dai, theirs), (&mut aunt, hers)] {
        for event in [FROM_LATER, NONSENSE] {
            brought.push(client.seal(&Forged::default(), event).1);
        }
        for event in [DATA_FROM_LATER, NONSENSE] {
            brought.push(client.seal(&Forged::default().in_epoch(data), event).1);
        }
    }
    // Frames of others, their headers sealed anew under another key.
    brought.push(resealed(&ffion, frames(&ffion.file).len() - 1, old));
    brought.push(resealed(&aunt, frames(&aunt.file).len() - 1, old));
    for frame in brought {
        let _findings = ffion.take(&[frame]);
        ffion.assert_writes();
    }
    ffion.reopen();
    ffion.assert_writes();
}

/// A frame as it is, but for its header, which is sealed under the key of another control epoch. Its author's signature stays good.
fn resealed(copy: &Copy, number: usize, under: EpochId) -> Vec<u8> {
    let file = frames(&copy.file);
    let frame = file[number].1;
    let head = Head::read(frame).unwrap();
    let control = copy.bag.ledger.control_secrets();
    let keys = control.into_iter().map(|key| EpochKey::from_secret_bytes(CompartmentId::CONTROL, key));
    let keys: Vec<EpochKey> = keys.collect();
    let to = keys.iter().find(|key| key.epoch() == under).unwrap().header_key();
    let from = keys.iter().map(EpochKey::header_key).find(|key| head.open(key).is_ok()).unwrap();
    head.sealed_again(&from, &to, &frame[head.head_length()..])
}

#[test]
fn a_frame_cannot_be_had_twice_by_sealing_its_header_anew() {
    let [mut ffion, dai, mut aunt] = family();
    let record = ffion.compartment(CompartmentPurpose::Record);
    let old = dai.control_epoch();
    ffion.remove_by_order(dai.me());
    let (entry, _) = ffion.note(record, "a letter that she deletes");
    let twin = resealed(&ffion, frames(&ffion.file).len() - 1, old);
    let doing = ffion.doing();
    let pending = ffion.bag.remove(entry, doing).unwrap();
    ffion.add(&pending);
    aunt.hear(&ffion);
    for copy in [&mut ffion, &mut aunt] {
        let _findings = copy.take(&[&twin]);
        assert!(copy.bag.entry(&entry).is_none(), "it is back");
    }
    ffion.assert_writes();
}
