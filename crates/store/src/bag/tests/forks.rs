//! Forks: what a former member piles up, guardians against each other, clocks that lie, the same entropy twice.

use std::collections::{BTreeSet, HashSet};

use super::support::*;
use crate::preamble::KeyRing;

/// What an ex-guardian seals in a session, upon what he last had: records and changes by turns.
fn padding(client: &mut Copy, frames: usize) -> Vec<Vec<u8>> {
    let record = client.compartment(CompartmentPurpose::Record);
    let epochs = [client.epoch_of(record), client.control_epoch()];
    let rename = Act::Rename { what: None, name: label("his") };
    let change = ControlEvent::Change(Change { act: rename, because: vec![], epochs: vec![] });
    let events = [put_event("his").encode().unwrap(), change.encode().unwrap()];
    let (mut parents, mut padded) = (client.heads(), Vec::new());
    for turn in 0..frames {
        let (id, frame) = client.seal(&Forged::upon(&parents).in_epoch(epochs[turn % 2]), &events[turn % 2]);
        parents = vec![id];
        padded.push(frame);
    }
    padded
}

fn put_event(text: &str) -> NewPut<'_> {
    NewPut {
        entry: EntryId::from_bytes([7; 16]),
        replaces: &[],
        media_type: "text/plain",
        name: text,
        tags: &[],
        content: NewContent::Inline(text.as_bytes()),
    }
}

#[test]
fn a_padded_fork_of_ten_thousand_frames_changes_nothing() {
    let [mut ffion, mut dai, _] = family();
    ffion.remove_by_order(dai.me());
    let (before, texts) = (ffion.bag.state().clone(), ffion.texts());
    let padded = padding(&mut dai, 10_000);
    assert_eq!(ffion.take(&padded).findings, []);
    assert_eq!((ffion.bag.state(), ffion.texts()), (&before, texts));
    assert_eq!(ffion.heads().len(), 1, "nothing of his is built upon");
    ffion.assert_writes();
}

#[test]
fn stumps_upon_old_frames_do_not_crowd_out_what_is_new() {
    let [mut ffion, dai, mut aunt] = family();
    let mut old = ffion.heads();
    let record = ffion.compartment(CompartmentPurpose::Record);
    for number in 0..100 {
        old.push(ffion.note(record, &number.to_string()).1);
    }
    ffion.remove_by_order(dai.me());
    aunt.hear(&ffion);
    // The aunt may not write: each of these is refused, and each stands upon another old frame.
    let epoch = aunt.epoch_of(record);
    for parent in old {
        let (_, frame) =
            aunt.seal(&Forged { time: Some(3_000), ..Forged::upon(&[parent]).in_epoch(epoch) }, b"x");
        let _findings = ffion.take(&[frame]);
    }
    let heads = ffion.heads();
    ffion.assert_writes();
    assert_eq!(heads.len(), 1, "{heads:?}");
}

#[test]
fn a_lying_clock_moves_nobody_elses() {
    let [mut ffion, mut dai, mut aunt] = family();
    let record = ffion.compartment(CompartmentPurpose::Record);
    let (epoch, hers) = (dai.epoch_of(record), aunt.epoch_of(record));
    let (_, recent) = ffion.note(record, "now");
    ffion.remove_by_order(dai.me());
    let now = ffion.bag.latest();
    // Far ahead: by one who was removed, and by one who may not write.
    let ahead = Forged { time: Some(u64::MAX), ..Forged::default() };
    let frames = [
        dai.seal(
            &Forged { epoch: Some(epoch), ..Forged { time: Some(u64::MAX), ..Forged::default() } },
            b"x",
        )
        .1,
        dai.change(&ahead, Act::Rename { what: None, name: label("his") }).1,
        aunt.seal(&Forged { epoch: Some(hers), ..ahead }, b"x").1,
    ];
    for frame in frames {
        let _findings = ffion.take(&[frame]);
        assert_eq!((ffion.bag.latest(), ffion.bag.mark().time), (now, now));
    }
    // Before what it follows.
    let epoch = ffion.epoch_of(record);
    let mut forged = Forged { time: Some(1_001), ..Forged::upon(&[recent]).in_epoch(epoch) };
    forged.epoch = Some(dai.epoch_of(record));
    let put = put_event("as if long ago");
    let frame = dai.seal(&forged, &put.encode().unwrap());
    assert_eq!(ffion.standing(&frame), Standing::Refused(Rule::BackDated), "BG-03");
    ffion.assert_writes();
}

#[test]
fn guardians_who_remove_each_other_wait_and_settle_alike_everywhere() {
    let [mut ffion, mut dai, aunt] = family();
    let together = Act::AddMember(
        Member {
            id: MemberId::from_bytes([4; 16]),
            role: Role::Guardian,
            name: label("Nain"),
            household: None,
        },
        Device {
            member: MemberId::from_bytes([4; 16]),
            signing: [0; 32],
            sealing: [0; 32],
            name: label("tablet"),
            purpose: DevicePurpose::InUse,
        },
    );
    // A third guardian, by both, who settles it in the end.
    let keys = DeviceSeed::from_secret_bytes(secret(4)).keys().unwrap();
    let Act::AddMember(member, mut device) = together else { unreachable!() };
    (device.signing, device.sealing) = (*keys.card.signing_bytes(), keys.card.sealing_hash());
    let add = Act::AddMember(member, device);
    let doing = ffion.doing();
    let proposed = ffion.bag.propose_with(&add, Some(&keys.card), doing).unwrap();
    ffion.add(&proposed);
    let proposal = proposed.last().unwrap();
    dai.hear(&ffion);
    let doing = dai.doing();
    let approved = dai.bag.approve(proposal, doing).unwrap();
    dai.add(&approved);
    ffion.hear(&dai);
    let doing = ffion.doing();
    let because = [proposal, approved.last().unwrap()];
    let pending = ffion.bag.act(&add, &because, Some(&keys.card), doing).unwrap();
    ffion.add(&pending);
    let nain = ffion.for_joiner(keys.into_seed(), 4);
    dai.hear(&ffion);

    let first = ffion.remove_by_order(dai.me());
    let second = dai.remove_by_order(ffion.me());
    let mut everybody = [ffion, dai, nain, aunt];
    // Each hears in another order.
    let files: Vec<Vec<u8>> = everybody.iter().map(|copy| copy.file.clone()).collect();
    for (at, copy) in everybody.iter_mut().enumerate() {
        for turn in 0..files.len() {
            let file = &files[(at + turn) % files.len()];
            let brought: Vec<&[u8]> = frames(file).into_iter().map(|(_, frame)| frame).collect();
            let _sealed_to_the_removed = copy.take(&brought);
        }
        assert_eq!(copy.standing_of(&first), Standing::Waiting);
        assert_eq!(copy.standing_of(&second), Standing::Waiting);
    }
    let states: Vec<_> = everybody.iter().map(|copy| copy.bag.state().digest()).collect();
    assert!(states.iter().all(|state| *state == states[0]));
    // Nain, with the court's word, says which one stands.
    let [ffion, dai, nain, aunt] = &mut everybody;
    let grounds = Grounds::Order(order(&nain.bag, dai.me()));
    for act in [Act::Rekey, Act::Settle { frame: first, stands: true, grounds }] {
        let doing = nain.doing();
        let pending = nain.bag.act(&act, &[], None, doing);
        if act != Act::Rekey || pending.is_ok() {
            let pending = pending.unwrap();
            nain.add(&pending);
        }
    }
    for copy in [ffion, dai, aunt] {
        let _sealed_to_the_removed = copy.merge(nain);
        assert_eq!(copy.bag.state().digest(), nain.bag.state().digest());
        assert_eq!(copy.standing_of(&first), Standing::Accepted);
        assert!(matches!(copy.standing_of(&second), Standing::Quarantined { .. }));
    }
    assert_eq!(nain.bag.state().guardians().count(), 2);
}

#[test]
fn the_same_entropy_a_whole_session_long_repeats_no_key_salt_or_name() {
    let session = |texts: [&str; 2]| {
        let mut copy = new_bag(1);
        let record = copy.compartment(CompartmentPurpose::Record);
        let mut acts = vec![Act::Rename { what: None, name: label(texts[0]) }];
        for at in 1..5 {
            let (id, name) = (CompartmentId::from_bytes([at; 16]), label(texts[1]));
            let readers = vec![copy.me()];
            acts.push(Act::MakeCompartment { id, purpose: CompartmentPurpose::Record, name, readers });
        }
        for act in acts {
            // Whatever the generator says, it says again.
            copy.drawn = 0;
            copy.act(&act);
            copy.drawn = 0;
            copy.note(record, texts[0]);
            copy.drawn = 0;
            copy.note(record, texts[1]);
        }
        copy
    };
    let (one, two) = (session(["a", "b"]), session(["a", "c"]));
    let mut salts: HashSet<Vec<u8>> = HashSet::new();
    let mut names: BTreeSet<FrameId> = BTreeSet::new();
    let all: Vec<Vec<u8>> =
        [&one, &two].iter().flat_map(|copy| frames(&copy.file)).map(|(_, frame)| frame.to_vec()).collect();
    for frame in &all {
        let head = Head::read(frame).unwrap();
        // The same frame in both sessions is the same change after the same changes.
        if names.insert(head.id()) {
            assert!(
                salts.insert(frame[head.head_length()..head.head_length() + 16].to_vec()),
                "a salt twice"
            );
        }
    }
    let new = 2 * frames(&one.file).len() - names.len();
    assert!(names.len() > frames(&one.file).len() && new > 0);
    // No epoch has the key of another, though each was drawn from the same bytes.
    let epochs: Vec<_> = one.bag.state().compartments().map(|(id, _)| one.epoch_of(id)).collect();
    let keys: HashSet<[u8; 32]> =
        epochs.iter().map(|epoch| *one.bag.ledger.key(epoch).unwrap().as_secret_bytes()).collect();
    assert_eq!((keys.len(), epochs.len()), (8, 8));
    // Nor has an attachment, an entry or a slot the key or name of another.
    let entries: HashSet<EntryId> = one.bag.entries().map(|entry| entry.id).collect();
    assert_eq!(entries.len(), 10);
    slots_differ(&one);
}

/// Two slots that were sealed with the same entropy share nothing, as long as what they hold differs: here by one epoch.
fn slots_differ(copy: &Copy) {
    let sealed = |ring: &KeyRing| {
        let slot = Slot::seal(copy.bag.id(), passphrase(3), secret(3), ring, entropy(1, 1));
        let preamble = Preamble::write(copy.bag.id(), 1, &[slot.unwrap()], &ring.copy_key);
        preamble[preamble.len() - 34 - 528..][..528].to_vec()
    };
    let mut longer = copy.bag.key_ring();
    longer.control.push(secret(8));
    let (one, two) = (sealed(&copy.bag.key_ring()), sealed(&longer));
    // Both rings end with the same zero bytes: under one key stream these would look alike.
    let runs: HashSet<&[u8]> = one.windows(8).collect();
    assert!(!two.windows(8).any(|run| runs.contains(run)), "a slot's key stream twice");
}
