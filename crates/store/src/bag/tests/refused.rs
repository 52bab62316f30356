//! A test for each check of a frame: FR-01 and what follows it.

use super::support::*;
use crate::wire::Writer;

/// What opening a file finds, by number.
fn found(file: &[u8]) -> Vec<&'static str> {
    numbers(open(file, 1, None).unwrap().findings())
}

/// What merging one frame finds, by number.
fn brought(copy: &mut Copy, frame: &[u8]) -> Vec<&'static str> {
    numbers(&copy.take(&[frame]).findings)
}

fn with_note() -> Copy {
    let mut copy = new_bag(1);
    copy.put("Swimming", b"25 metres");
    copy
}

#[test]
fn what_would_be_refused_is_not_sealed() {
    let [mut ffion, mut dai, mut aunt] = family();
    let record = aunt.compartment(CompartmentPurpose::Record);
    let doing = aunt.doing();
    let put = aunt.bag.put(record, &note("from her who only sees"), doing).map(drop);
    assert_eq!(put, Err(WriteError::Refused(Rule::SupporterActs)));
    // The home of another, which Dai does not read.
    let household = ffion.compartment(CompartmentPurpose::Household);
    let with = ffion.me();
    let doing = dai.doing();
    let unshare = dai.bag.act(&Act::Unshare { compartment: household, with }, &[], None, doing).map(drop);
    assert!(matches!(unshare, Err(WriteError::Refused(_))), "{unshare:?}");
    // Evidence that nobody signed.
    let evidence = Some(b"no token".as_slice().into());
    let birth = "2016-05-04".parse().unwrap();
    let doing = ffion.doing();
    let claimed = ffion.bag.act(&Act::SetBirth { birth, evidence }, &[], None, doing).map(drop);
    assert_eq!(claimed, Err(WriteError::Refused(Rule::NotProved)));
    ffion.assert_writes();
}

#[test]
fn fr_01_a_torn_last_frame() {
    let mut copy = with_note();
    let whole = copy.file.clone();
    copy.put("Piano", b"grade 2");
    for cut in [whole.len() + 1, whole.len() + 40, copy.file.len() - 1] {
        assert_eq!(found(&copy.file[..cut]), ["FR-01"], "{cut}");
    }
    assert!(found(&whole).is_empty());
}

#[test]
fn fr_02_bytes_that_are_no_frame() {
    let copy = with_note();
    let (at, _) = *frames(&copy.file).last().unwrap();
    let at = usize::try_from(at).unwrap();
    let spliced = [&copy.file[..at], b"bytes that are no frame".as_slice(), &copy.file[at..]].concat();
    assert_eq!(found(&spliced), ["FR-02"]);
    let bag = open(&spliced, 1, None).unwrap();
    assert!(bag.is_read_only() && bag.entries().count() == 1);
}

#[test]
fn fr_03_and_fr_04_a_frame_twice_and_one_of_another_bag() {
    let mut copy = with_note();
    let last = frames(&copy.file).last().unwrap().1.to_vec();
    assert_eq!(found(&[copy.file.as_slice(), &last].concat()), ["FR-03"]);
    let other = new_bag(9);
    let foreign = frames(&other.file).last().unwrap().1.to_vec();
    assert_eq!(brought(&mut copy, &foreign), ["FR-04"]);
}

#[test]
fn fr_05_a_header_that_no_key_opens() {
    let mut copy = with_note();
    let mut frame = frames(&copy.file).last().unwrap().1.to_vec();
    let at = Head::read(&frame).unwrap().head_length() - 20;
    frame[at] ^= 1;
    assert_eq!(brought(&mut copy, &frame), ["FR-05"]);
}

#[test]
fn fr_06_an_author_whom_nobody_introduced() {
    let mut copy = with_note();
    let stranger = Forged { author: Some(DeviceId::from_bytes([7; 16])), ..Forged::default() };
    let (_, frame) = copy.forge(&stranger, &ControlEvent::Approval(FrameId::from_bytes([1; 32])));
    assert_eq!(brought(&mut copy, &frame), ["FR-06"]);
}

#[test]
fn fr_07_a_signature_of_somebody_else() {
    let [mut ffion, mut dai, _] = family();
    let as_ffion = Forged { author: Some(ffion.bag.device().id()), ..Forged::default() };
    let (_, frame) = dai.change(&as_ffion, Act::Checkpoint([0; 32]));
    assert_eq!(brought(&mut ffion, &frame), ["FR-07"]);
}

#[test]
fn fr_08_a_header_under_the_key_of_another_time() {
    let [mut ffion, mut dai, aunt] = family();
    let before = ffion.control_epoch();
    ffion.remove_by_order(aunt.me());
    dai.hear(&ffion);
    assert_ne!(dai.control_epoch(), before);
    let old = Forged { header: Some(before), ..Forged::default() };
    let (_, frame) = dai.change(&old, Act::Checkpoint([0; 32]));
    assert_eq!(brought(&mut ffion, &frame), ["FR-08"]);
    let record = dai.epoch_of(dai.compartment(CompartmentPurpose::Record));
    let put = NewPut {
        entry: EntryId::from_bytes([1; 16]),
        replaces: &[],
        media_type: "text/plain",
        name: "note",
        tags: &[],
        content: NewContent::Inline(b"text"),
    };
    let old = Forged { header: Some(before), ..Forged::default() }.in_epoch(record);
    let (_, frame) = dai.seal(&old, &put.encode().unwrap());
    assert_eq!(brought(&mut ffion, &frame), ["FR-08"]);
}

#[test]
fn fr_09_content_that_was_changed() {
    let copy = with_note();
    let mut file = copy.file.clone();
    *file.last_mut().unwrap() ^= 1;
    assert_eq!(found(&file), ["FR-09"]);
    // An entry is lost; that stops nobody from writing.
    assert!(!open(&file, 1, None).unwrap().is_read_only());
}

#[test]
fn fr_10_content_that_is_no_event() {
    let mut copy = with_note();
    let record = copy.epoch_of(copy.compartment(CompartmentPurpose::Record));
    for (forged, event) in [
        (Forged::default(), b"no event".as_slice()),
        (Forged::default().in_epoch(record), b"no event"),
        // Authority outside the control compartment, and a record inside it.
        (Forged::default().in_epoch(record), &[0x83, 0x05, 0x01, 0x00]),
        (Forged::default(), &[0x83, 0x18, 0x20, 0x01, 0x00]),
    ] {
        let (id, frame) = copy.seal(&forged, event);
        let merged = copy.take(&[frame]);
        let problems = numbers(&merged.findings).len() + numbers(copy.bag.findings()).len();
        assert!(problems > 0 || copy.standing_of(&id) != Standing::Accepted);
    }
    assert!(numbers(copy.bag.findings()).contains(&"FR-10"));
    // A member who writes nonsense does not stop the others.
    copy.assert_writes();
}

#[test]
fn fr_11_a_parent_that_is_missing() {
    let mut copy = with_note();
    copy.put("Piano", b"grade 2");
    let whole = frames(&copy.file);
    let (_, lost) = whole[whole.len() - 2];
    let at = usize::try_from(whole[whole.len() - 2].0).unwrap();
    let without = [&copy.file[..at], &copy.file[at + lost.len()..]].concat();
    assert_eq!(found(&without), ["FR-11"]);
    assert!(open(&without, 1, None).unwrap().is_read_only());
}

#[test]
fn fr_12_an_event_of_a_later_day() {
    let mut copy = with_note();
    let record = copy.epoch_of(copy.compartment(CompartmentPurpose::Record));
    let mut later = Writer::new();
    later.array(3).uint(40).uint(1).text("what only a newer Bookbag knows");
    let (_, frame) = copy.seal(&Forged::default().in_epoch(record), later.as_bytes());
    let merged = copy.take(&[frame]);
    assert_eq!(merged.findings, []);
    assert_eq!(found(&copy.file), ["FR-12"]);
    // It is kept, and until this software knows it nothing is written.
    let bag = open(&copy.file, 1, None).unwrap();
    assert!(bag.is_read_only() && bag.entries().count() == 1);
}

#[test]
fn fr_13_a_wrap_that_opens_to_another_key() {
    let [mut ffion, dai, _] = family();
    let known = ffion.epoch_of(ffion.compartment(CompartmentPurpose::Household));
    let garbage = Wrap { epoch: known, recipient: dai.bag.device().id(), wrapped: [7; 1168] };
    let (_, frame) = ffion.forge(&Forged::default(), &ControlEvent::Wrap(Box::new(garbage)));
    let mut dai = dai;
    assert_eq!(dai.take(&[frame]).findings, []);
    assert!(numbers(dai.bag.findings()).contains(&"FR-13"), "{:?}", dai.bag.findings());
    dai.assert_writes();
}
