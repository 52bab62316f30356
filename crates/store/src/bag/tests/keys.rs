//! Keys that are withheld, swapped, squatted on or old, and frames that pretend to be others'.

use super::support::*;
use crate::bag::keys::WrapFor;
use crate::preamble::{PreambleError, SlotError};

/// New keys of a compartment as a modified client gives them out: `wrap` says which key each device gets.
fn rekey(
    client: &mut Copy,
    key: &EpochKey,
    in_change: CompartmentId,
    wraps: &[(DeviceId, &EpochKey)],
) -> (FrameId, Vec<Vec<u8>>) {
    let (mut parents, mut brought) = (client.heads(), Vec::new());
    let mut random = SaltStream::new(client.doing().entropy);
    for (recipient, given) in wraps {
        let bag = client.bag.id();
        let wrap_for =
            WrapFor { bag, compartment: key.compartment(), epoch: key.epoch(), recipient: *recipient };
        let card = client.bag.ledger.sealing_key(*recipient).unwrap();
        let wrapped = wrap_for.seal(given, card, &mut random).unwrap().try_into().unwrap();
        let wrap = ControlEvent::Wrap(Box::new(Wrap { epoch: key.epoch(), recipient: *recipient, wrapped }));
        let (id, frame) = client.forge(&Forged::upon(&parents), &wrap);
        parents = vec![id];
        brought.push(frame);
    }
    let epochs = vec![EpochStart { compartment: in_change, commitment: key.commitment() }];
    let change = ControlEvent::Change(Change { act: Act::Rekey, because: vec![], epochs });
    let (id, frame) = client.forge(&Forged::upon(&parents), &change);
    brought.push(frame);
    (id, brought)
}

fn key_of(compartment: CompartmentId, byte: u8) -> EpochKey {
    EpochKey::from_secret_bytes(compartment, secret(byte))
}

fn devices(copies: &[&Copy]) -> Vec<DeviceId> {
    copies.iter().map(|copy| copy.bag.device().id()).collect()
}

#[test]
fn new_keys_that_leave_somebody_out_or_let_somebody_in_are_refused() {
    let [mut ffion, mut dai, aunt] = family();
    let record = ffion.compartment(CompartmentPurpose::Record);
    let all = devices(&[&ffion, &dai, &aunt]);
    let key = key_of(record, 77);
    let control = key_of(CompartmentId::CONTROL, 78);
    for (key, to) in [(&key, &all[..2]), (&key, &all[1..]), (&control, &all[..1]), (&control, &[])] {
        let wraps: Vec<_> = to.iter().map(|device| (*device, key)).collect();
        let (change, brought) = rekey(&mut dai, key, key.compartment(), &wraps);
        assert_eq!(ffion.take(&brought).findings, []);
        assert_eq!(ffion.standing_of(&change), Standing::Refused(Rule::Recipients), "BG-32");
        // What is refused brings no key, which else would open headers for her alone and cut her off from the others.
        assert!(ffion.bag.ledger.key(&key.epoch()).is_none());
    }
    ffion.assert_writes();
}

#[test]
fn who_is_given_another_key_or_none_says_so_and_seals_nothing_under_it() {
    for garbage in [false, true] {
        let [mut ffion, mut dai, mut aunt] = family();
        let record = ffion.compartment(CompartmentPurpose::Record);
        let [mine, his, hers] = devices(&[&ffion, &dai, &aunt])[..] else { panic!() };
        let (key, other) = (key_of(record, 77), key_of(record, 79));
        let other = if garbage { key_of(record, 80) } else { other };
        let wraps = [(mine, &other), (his, &key), (hers, &key)];
        let (change, brought) = rekey(&mut dai, &key, record, &wraps);
        for copy in [&mut dai, &mut ffion, &mut aunt] {
            let _findings = copy.take(&brought);
            assert_eq!(copy.standing_of(&change), Standing::Accepted);
        }
        assert_eq!(numbers(ffion.bag.findings()), ["FR-13"]);
        assert_eq!((dai.bag.findings(), aunt.bag.findings()), ([].as_slice(), [].as_slice()));
        let doing = ffion.doing();
        assert_eq!(ffion.bag.put(record, &note("x"), doing).err(), Some(WriteError::NoKey));
        // She needs nobody for new ones.
        assert_eq!(ffion.bag.stale(), [record]);
        ffion.act_whatever(&Act::Rekey);
        ffion.assert_writes();
        dai.hear(&ffion);
        assert!(dai.texts().contains(&"still here".to_owned()));
    }
}

#[test]
fn nobody_squats_on_the_name_of_an_epoch() {
    let [mut ffion, mut dai, _] = family();
    let record = ffion.compartment(CompartmentPurpose::Record);
    ffion.act(&Act::Rename { what: None, name: label("something to follow") });
    let start = dai.heads();
    // Somebody re-keys the record; Dai, beside it, starts an epoch of the same name elsewhere, and brings his to one who has not heard.
    let doing = ffion.doing();
    let aunt = MemberId::from_bytes([3; 16]);
    let act = Act::Unshare { compartment: record, with: aunt };
    let pending = ffion.bag.act(&act, &[], None, doing).unwrap();
    ffion.add(&pending);
    let epoch = ffion.epoch_of(record);
    let commitment = ffion.bag.state().epoch(epoch).unwrap().commitment;
    let mut nain = further_device(&mut dai, 6);
    let start = if start == dai.heads() { start } else { dai.heads() };
    let readers = vec![dai.me()];
    let (id, purpose) = (CompartmentId::from_bytes([66; 16]), CompartmentPurpose::Record);
    let make = Act::MakeCompartment { id, purpose, name: label("x"), readers };
    let mut random = SaltStream::new(entropy(9, 9));
    let mut parents = start;
    let mut brought = Vec::new();
    for recipient in devices(&[&dai, &nain]) {
        let wrap_for = WrapFor { bag: dai.bag.id(), compartment: id, epoch, recipient };
        let card = dai.bag.ledger.sealing_key(recipient).unwrap();
        let wrapped = wrap_for.seal(&key_of(id, 1), card, &mut random).unwrap().try_into().unwrap();
        let wrap = ControlEvent::Wrap(Box::new(Wrap { epoch, recipient, wrapped }));
        let (last, frame) = dai.forge(&Forged::upon(&parents), &wrap);
        parents = vec![last];
        brought.push(frame);
    }
    let epochs = vec![EpochStart { compartment: id, commitment }];
    let change = ControlEvent::Change(Change { act: make, because: vec![], epochs });
    let (squat, frame) = dai.forge(&Forged::upon(&parents), &change);
    brought.push(frame);
    let _findings = nain.take(&brought);
    assert_eq!(nain.standing_of(&squat), Standing::Accepted);
    assert_eq!(numbers(nain.bag.findings()), ["FR-13"]);
    // What the record's new key was wrapped to is Dai's first device, so that one is asked too.
    let _findings = dai.take(&brought);
    let _heard = dai.merge(&ffion);
    assert!(dai.bag.ledger.key(&epoch).is_some(), "the true key is known by its commitment");
    assert_eq!(dai.bag.findings(), []);
}

/// A further device of a member, which has heard what its member's other device has.
fn further_device(copy: &mut Copy, byte: u8) -> Copy {
    let keys = DeviceSeed::from_secret_bytes(secret(byte)).keys().unwrap();
    let device = Device {
        member: copy.me(),
        signing: *keys.card.signing_bytes(),
        sealing: keys.card.sealing_hash(),
        name: label("tablet"),
        purpose: DevicePurpose::InUse,
    };
    let doing = copy.doing();
    let pending = copy.bag.act(&Act::AddDevice(device), &[], Some(&keys.card), doing).unwrap();
    copy.add(&pending);
    copy.for_joiner(keys.into_seed(), byte)
}

#[test]
fn the_old_passphrase_and_an_old_copy_open_nothing_in_a_newer_file() {
    let [mut ffion, mut dai, _] = family();
    let record = ffion.compartment(CompartmentPurpose::Record);
    ffion.note(record, "before");
    let thief = ffion.file.clone();
    // She thinks that somebody knows it: a new device, the old one goes with new keys for everything, a new copy key.
    let keys = DeviceSeed::from_secret_bytes(secret(5)).keys().unwrap();
    let device = Device {
        member: ffion.me(),
        signing: *keys.card.signing_bytes(),
        sealing: keys.card.sealing_hash(),
        name: label("the same phone"),
        purpose: DevicePurpose::InUse,
    };
    let old = ffion.bag.device().id();
    let doing = ffion.doing();
    let pending = ffion.bag.act(&Act::AddDevice(device), &[], Some(&keys.card), doing).unwrap();
    ffion.add(&pending);
    let accepted = ffion.bag.last_of(old);
    ffion.bag.continue_as(keys);
    ffion.name = 5;
    ffion.act(&Act::RemoveDevice(Removed { device: old, accepted }));
    ffion.bag.new_copy_key(entropy(5, 99));
    let (_, rest) = Preamble::read(&ffion.file).unwrap();
    let frames_now = rest.to_vec();
    let slot =
        Slot::seal(ffion.bag.id(), passphrase(5), secret(5), &ffion.bag.key_ring(), entropy(5, 98)).unwrap();
    ffion.file = ffion.bag.set_slots(vec![slot]);
    ffion.file.extend(frames_now);
    ffion.note(record, "after");
    dai.hear(&ffion);
    dai.note(record, "by Dai, after");
    ffion.hear(&dai);

    let (old_preamble, _) = Preamble::read(&thief).unwrap();
    let ring = || old_preamble.slots[0].open(old_preamble.bag, secret(1)).unwrap();
    let (preamble, rest) = Preamble::read(&ffion.file).unwrap();
    assert_eq!(preamble.slots[0].open(preamble.bag, secret(1)).err(), Some(SlotError::Secret));
    let tried = read(&ffion.file, preamble, ring(), None, None, false).err();
    assert_eq!(tried, Some(OpenError::Preamble(PreambleError::Tag)));
    // With a preamble of the thief's own around the new frames.
    let mut forged = Preamble::write(old_preamble.bag, 1, &old_preamble.slots, &ring().copy_key);
    forged.extend_from_slice(rest);
    let (preamble, _) = Preamble::read(&forged).unwrap();
    let bag = read(&forged, preamble, ring(), None, None, false).unwrap();
    assert_eq!(bag.entries().map(|entry| text(&entry)).collect::<Vec<_>>(), ["before"]);
    for epoch in [ffion.epoch_of(record), ffion.control_epoch()] {
        assert!(bag.ledger.key(&epoch).is_none());
    }
    assert!(bag.findings().iter().any(|finding| finding.problem.id() == "FR-05"));
}

#[test]
fn a_member_added_where_others_do_not_read_is_no_member() {
    let [mut ffion, mut dai, _] = family();
    let id = CompartmentId::from_bytes([5; 16]);
    let readers = vec![dai.me()];
    dai.act(&Act::MakeCompartment {
        id,
        purpose: CompartmentPurpose::Household,
        name: label("his"),
        readers,
    });
    ffion.hear(&dai);
    let member =
        Member { id: MemberId::from_bytes([8; 16]), role: Role::Guardian, name: label("x"), household: None };
    let keys = DeviceSeed::from_secret_bytes(secret(8)).keys().unwrap();
    let device = Device {
        member: member.id,
        signing: *keys.card.signing_bytes(),
        sealing: keys.card.sealing_hash(),
        name: label("x"),
        purpose: DevicePurpose::InUse,
    };
    let before = ffion.bag.state().clone();
    let forged = Forged::default().in_epoch(dai.epoch_of(id));
    let frame = dai.change(&forged, Act::AddMember(member, device));
    for copy in [&mut ffion, &mut dai] {
        let _findings = copy.take(&[&frame.1]);
        assert_eq!(copy.bag.state(), &before);
    }
    assert_eq!(numbers(dai.bag.findings()), ["FR-10"], "no event that stands there");
    // Nor can that device write.
    let mut stranger = ffion.for_joiner(keys.into_seed(), 8);
    let (_, frame) = stranger.seal(&Forged::default(), b"x");
    assert_eq!(numbers(&ffion.take(&[frame]).findings), ["FR-06"]);
    ffion.assert_writes();
}

#[test]
fn frames_that_are_not_what_they_say_are_named() {
    let [mut ffion, mut dai, _] = family();
    let record = ffion.compartment(CompartmentPurpose::Record);
    let epoch = dai.epoch_of(record);
    let old = dai.control_epoch();
    let aunt = ffion.bag.state().device(devices(&[&ffion])[0]).unwrap().device.member;
    let _ = aunt;
    ffion.act(&Act::Unshare { compartment: record, with: MemberId::from_bytes([3; 16]) });
    let supporter = ffion.removal(MemberId::from_bytes([3; 16]), Grounds::Approved);
    ffion.act(&supporter);
    dai.hear(&ffion);
    let epoch_now = dai.epoch_of(record);
    assert_ne!((epoch, old), (epoch_now, dai.control_epoch()));
    let author = Some(ffion.bag.device().id());
    let one = dai.seal(&Forged::default().in_epoch(epoch_now), b"one").1;
    let two = dai.seal(&Forged::default().in_epoch(epoch_now), b"two").1;
    let other_bag = frames(&new_bag(9).file)[3].1.to_vec();
    let heads = [&one, &two].map(|frame| Head::read(frame).unwrap().head_length());
    let spliced = [&one[..heads[0]], &two[heads[1]..]].concat();
    let mut truncated = one.clone();
    truncated.truncate(one.len() - 1);
    let rename = Act::Rename { what: None, name: label("x") };
    let change = ControlEvent::Change(Change { act: rename, because: vec![], epochs: vec![] });
    let (mut header, mut in_control) = (Forged { header: Some(old), ..Forged::default() }, Forged::default());
    let old_header = dai.forge(&header, &change).1;
    header.epoch = Some(epoch_now);
    let old_header_of_record = dai.seal(&header, b"x").1;
    in_control.epoch = Some(old);
    let old_epoch = dai.forge(&in_control, &change).1;
    let by_her = Forged { author, ..Forged::default() };
    let unknown = Forged { author: Some(DeviceId::from_bytes([1; 16])), ..Forged::default() };
    let cases = [
        ("in her name", dai.forge(&by_her, &change).1, "FR-07"),
        ("in nobody's name", dai.forge(&unknown, &change).1, "FR-06"),
        ("of another bag", other_bag, "FR-04"),
        ("the body of another", spliced, "FR-09"),
        ("cut off", truncated, "FR-09"),
        ("header of another time", old_header, "FR-08"),
        ("header of another time, a record", old_header_of_record, "FR-08"),
        ("says an epoch under which the header is not", old_epoch, "FR-08"),
        ("not a frame", b"nothing like it".to_vec(), "FR-02"),
    ];
    let before = (ffion.bag.frames(), ffion.bag.state().clone());
    for (what, frame, number) in cases {
        assert_eq!(numbers(&ffion.take(&[frame]).findings), [number], "{what}");
        assert_eq!((ffion.bag.frames(), ffion.bag.state()), (before.0, &before.1), "{what}");
    }
    // What is here already is passed over, however often it comes.
    let again: Vec<Vec<u8>> =
        frames(&ffion.file).into_iter().rev().map(|(_, frame)| frame.to_vec()).collect();
    let merged = ffion.take(&again);
    assert_eq!((merged.new.len(), merged.findings.len()), (0, 0));
    ffion.assert_writes();
}
