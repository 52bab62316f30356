use proptest::prelude::*;

use super::*;
use crate::id::{Commitment, CompartmentId, EntryId, MemberId};

fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

fn device(seed: u8, name: &str) -> Device {
    Device {
        member: MemberId::from_bytes([seed; 16]),
        signing: [seed; 32],
        sealing: [seed; 32],
        name: label(name),
        purpose: DevicePurpose::ALL[usize::from(seed) % 3],
    }
}

fn member(seed: u8, name: &str) -> Member {
    let household = seed.is_multiple_of(2).then_some(CompartmentId::from_bytes([seed; 16]));
    let role = Role::ALL[usize::from(seed) % 3];
    Member { id: MemberId::from_bytes([seed; 16]), role, name: label(name), household }
}

fn start(seed: u8) -> EpochStart {
    EpochStart {
        compartment: CompartmentId::from_bytes([seed; 16]),
        commitment: Commitment::from_bytes([seed; 32]),
    }
}

fn policy(seed: u8) -> Policy {
    let rule = |matter| PolicyRule { matter, guardians: seed, subject: Some(Stage::Teen), alone: None };
    Policy {
        nation: Nation::ALL[usize::from(seed) % 4],
        rules: Matter::ALL.iter().take(usize::from(seed) % 16).map(|matter| rule(*matter)).collect(),
        anchors: vec![Anchor {
            purpose: AnchorPurpose::Birth,
            key: vec![seed; 90].into(),
            name: label("issuer"),
        }],
    }
}

fn acts(seed: u8, name: &str, flag: bool) -> Vec<Act> {
    let (id, who) = (CompartmentId::from_bytes([seed; 16]), MemberId::from_bytes([seed; 16]));
    let frames = vec![FrameId::from_bytes([seed; 32]); usize::from(seed % 5)];
    let removed = Removed { device: DeviceId::from_bytes([seed; 16]), accepted: frames };
    let grounds = if flag { Grounds::Approved } else { Grounds::Order(vec![seed; 300].into()) };
    let purpose = CompartmentPurpose::ALL[usize::from(seed) % 4];
    let birth = Date::new(1900 + u16::from(seed), 2, 28).unwrap();
    vec![
        Act::AddMember(member(seed, name), device(seed, name)),
        Act::AddDevice(device(seed, name)),
        Act::RemoveDevice(removed.clone()),
        Act::RemoveMember { member: who, accepted: vec![removed], grounds: grounds.clone() },
        Act::SetRole { member: who, role: Role::Guardian },
        Act::MakeCompartment { id, purpose, name: label(name), readers: vec![who] },
        Act::Share { compartment: id, with: who, from_start: flag },
        Act::Unshare { compartment: id, with: who },
        Act::Rekey,
        Act::SetPolicy(policy(seed)),
        Act::SetBirth { birth, evidence: flag.then(|| vec![seed; 20].into()) },
        Act::ReachStage { stage: Stage::Adult, evidence: vec![1; 20].into() },
        Act::HandOver { keep: vec![Kept { member: who, role: Role::Supporter }] },
        Act::Settle { frame: FrameId::from_bytes([seed; 32]), stands: flag, grounds },
        Act::Checkpoint([seed; 32]),
        Act::Rename { what: flag.then_some([seed; 16]), name: label(name) },
        Act::SetHousehold { member: who, household: flag.then_some(id) },
    ]
}

fn events(seed: u8, name: &str, flag: bool) -> Vec<ControlEvent> {
    let genesis = Genesis {
        name: label(name),
        control: start(seed),
        founder: member(seed, name),
        device: device(seed, name),
        policy: policy(seed),
        birth: flag.then(|| Date::new(2012, 2, 29).unwrap()),
    };
    let wrap = Wrap {
        epoch: EpochId::from_bytes([seed; 16]),
        recipient: DeviceId::from_bytes([seed; 16]),
        wrapped: [seed; WRAPPED_BYTES],
    };
    let reasons = vec![FrameId::from_bytes([seed; 32]); usize::from(seed % 17)];
    let change =
        |act| Change { act, because: reasons.clone(), epochs: vec![start(seed); usize::from(seed % 65)] };
    let mut events = vec![
        ControlEvent::Genesis(Box::new(genesis)),
        ControlEvent::SealingKey(Box::new([seed; SEALING_KEY_BYTES])),
        ControlEvent::Wrap(Box::new(wrap)),
        ControlEvent::Approval(FrameId::from_bytes([seed; 32])),
    ];
    for act in acts(seed, name, flag) {
        events.push(ControlEvent::Proposal(act.clone()));
        events.push(ControlEvent::Change(change(act)));
    }
    events
}

#[test]
fn ordinary_control_events_have_one_size() {
    // `spec/bag-format.md`, Padding: 1232 bytes hold each of them.
    for event in events(4, "Grandmother's telephone", true) {
        assert!(event.encode().unwrap().len() <= 1232, "{event:?}");
    }
    let key = ControlEvent::SealingKey(Box::new([1; SEALING_KEY_BYTES]));
    assert_eq!(key.encode().unwrap().len(), 1222);
}

#[test]
fn what_is_beyond_the_limits_is_not_written() {
    let change = |act| ControlEvent::Change(Change { act, because: vec![], epochs: vec![] });
    let frames = |count| vec![FrameId::from_bytes([1; 32]); count];
    let wrong = [
        ControlEvent::Change(Change { act: Act::Rekey, because: frames(17), epochs: vec![] }),
        ControlEvent::Change(Change { act: Act::Rekey, because: vec![], epochs: vec![start(1); 65] }),
        change(Act::RemoveDevice(Removed { device: DeviceId::from_bytes([1; 16]), accepted: frames(65) })),
        change(Act::ReachStage { stage: Stage::Teen, evidence: vec![1; MAX_EVIDENCE_BYTES + 1].into() }),
        change(Act::ReachStage { stage: Stage::Teen, evidence: vec![].into() }),
        change(Act::MakeCompartment {
            id: CompartmentId::from_bytes([1; 16]),
            purpose: CompartmentPurpose::Record,
            name: label(""),
            readers: vec![],
        }),
        change(Act::HandOver {
            keep: vec![Kept { member: MemberId::from_bytes([1; 16]), role: Role::Subject }],
        }),
        ControlEvent::Unknown { kind: 7, version: 1 },
    ];
    for event in wrong {
        assert!(event.encode().is_err(), "{event:?}");
    }
    assert_eq!(Label::new(&"x".repeat(201)), Err(LabelError));
}

#[test]
fn a_policy_states_each_matter_once_in_order() {
    let mut policy = policy(5);
    policy.rules.swap(0, 1);
    let event = |policy| ControlEvent::Proposal(Act::SetPolicy(policy));
    assert_eq!(event(policy.clone()).encode(), Err(WireError::Expected("rules in ascending order")));
    policy.rules = vec![policy.rules[0]; 2];
    assert!(event(policy).encode().is_err());
}

#[test]
fn later_kinds_and_versions_are_known_as_such() {
    let encoded =
        |kind, version| Writer::new().array(3).uint(kind).uint(version).text("later").as_bytes().to_vec();
    for (kind, version) in [(7, 1), (31, 1), (1, 2), (6, 0)] {
        let event = ControlEvent::decode(&encoded(kind, version));
        assert_eq!(event, Ok(ControlEvent::Unknown { kind, version }));
        assert!(DataEvent::decode(&encoded(kind, version)).is_err(), "a control kind is no data");
    }
    for (kind, version) in [(35, 1), (40, 9), (32, 2)] {
        assert_eq!(DataEvent::decode(&encoded(kind, version)), Ok(DataEvent::Unknown { kind, version }));
        assert!(ControlEvent::decode(&encoded(kind, version)).is_err());
    }
    assert!(ControlEvent::decode(&encoded(0, 1)).is_err());
}

#[test]
fn fields_and_padding_are_as_they_are_defined() {
    let mut padded = ControlEvent::Approval(FrameId::from_bytes([1; 32])).encode().unwrap();
    padded.resize(1232, 0);
    assert!(ControlEvent::decode(&padded).is_ok());
    *padded.last_mut().unwrap() = 1;
    assert_eq!(ControlEvent::decode(&padded), Err(WireError::Trailing));
    let wrong: [&[u8]; 7] = [
        &[],
        &[0x80],
        &[0x81, 0x05],
        &[0x82, 0x05, 0x01],                   // an approval of nothing
        &[0x83, 0x05, 0x01, 0x41, 0x00],       // of too short an id
        &[0x83, 0x04, 0x01, 0x82, 0x09, 0x00], // a re-key with a field
        &[0x83, 0x04, 0x01, 0x81, 0x18, 0x18], // act 24
    ];
    for bytes in wrong {
        assert!(ControlEvent::decode(bytes).is_err(), "{bytes:x?}");
    }
}

#[test]
fn puts_stay_within_their_limits() {
    let put = NewPut {
        entry: EntryId::from_bytes([1; 16]),
        replaces: &[],
        media_type: "text/plain",
        name: "a note",
        tags: &[("kind", "note")],
        content: NewContent::Inline(b"hello"),
    };
    assert!(put.encode().is_ok());
    let long = vec![0; MAX_INLINE_BYTES + 1];
    let (name, tags) = ("x".repeat(201), vec![("a", "b"); 33]);
    let replaces = vec![FrameId::from_bytes([1; 32]); 17];
    let attached = |parts| NewAttached { length: 5, hash: [1; 32], key: &[2; 32], parts };
    let wrong = [
        NewPut { content: NewContent::Inline(&long), ..put },
        NewPut { content: NewContent::Attached(attached(&[])), ..put },
        NewPut { name: &name, ..put },
        NewPut { media_type: "", ..put },
        NewPut { media_type: &name, ..put },
        NewPut { tags: &tags, ..put },
        NewPut { tags: &[("", "b")], ..put },
        NewPut { tags: &[(&name, "b")], ..put },
        NewPut { replaces: &replaces, ..put },
    ];
    for (at, put) in wrong.iter().enumerate() {
        assert!(put.encode().is_err(), "{at}");
    }
    assert!(Removal::encode(put.entry, &[], &[]).is_err(), "it removes nothing");
    assert!(Part { index: MAX_PARTS, sealed: b"" }.encode().is_err());
    assert!(Part { index: 0, sealed: &vec![0; MAX_PART_BYTES + 17] }.encode().is_err());
}

#[test]
fn what_an_entry_says_is_not_printed() {
    let key = [0xab; 32];
    let part = [FrameId::from_bytes([1; 32])];
    let attached = NewAttached { length: 5, hash: [1; 32], key: &key, parts: &part };
    let put = NewPut {
        entry: EntryId::from_bytes([1; 16]),
        replaces: &[],
        media_type: "text/secret",
        name: "a secret name",
        tags: &[("secret", "secret")],
        content: NewContent::Attached(attached),
    };
    let bytes = put.encode().unwrap();
    let printed = format!("{:?}", DataEvent::decode(&bytes).unwrap());
    assert!(!printed.contains("secret") && !printed.contains("171"), "{printed}");
    assert!(!format!("{:?}", label("a secret")).contains("secret"));
}

proptest! {
    #[test]
    fn control_events_read_as_they_are_written(seed: u8, name in "\\PC{0,40}", flag: bool, padding in 0_usize..50) {
        for event in events(seed, &name, flag) {
            let mut bytes = event.encode().unwrap();
            bytes.resize(bytes.len() + padding, 0);
            prop_assert_eq!(ControlEvent::decode(&bytes), Ok(event));
        }
    }

    #[test]
    fn puts_read_as_they_are_written(
        entry: [u8; 16],
        replaces in prop::collection::vec(any::<[u8; 32]>(), 0..16),
        name in "\\PC{0,50}",
        tags in prop::collection::vec(("\\PC{1,15}", "\\PC{0,40}"), 0..32),
        content: Vec<u8>,
    ) {
        let replaces: Vec<_> = replaces.into_iter().map(FrameId::from_bytes).collect();
        let tags: Vec<_> = tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (entry, content) = (EntryId::from_bytes(entry), NewContent::Inline(&content));
        let new = NewPut { entry, replaces: &replaces, media_type: "a/b", name: &name, tags: &tags, content };
        let bytes = new.encode().unwrap();
        let Ok(DataEvent::Put(put)) = DataEvent::decode(&bytes) else { panic!() };
        prop_assert_eq!(put.entry, entry);
        prop_assert_eq!(put.replaces.iter().collect::<Vec<_>>(), replaces);
        prop_assert_eq!(put.tags.iter().collect::<Vec<_>>(), tags);
        prop_assert_eq!(put.name, name);
        let NewContent::Inline(expected) = content else { panic!() };
        prop_assert!(put.content == Content::Inline(expected));
    }

    /// Whatever is taken is written again as the same bytes: there is one encoding.
    #[test]
    fn a_flipped_byte_is_refused_or_another_event(seed: u8, at: prop::sample::Index, flip in 1_u8..) {
        for event in events(seed, "name", true) {
            let mut bytes = event.encode().unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            match ControlEvent::decode(&bytes) {
                Ok(ControlEvent::Unknown { .. }) | Err(_) => {}
                Ok(other) => prop_assert_eq!(other.encode(), Ok(bytes)),
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, kind in 0_u8..50) {
        let _ = ControlEvent::decode(&bytes);
        let _ = DataEvent::decode(&bytes);
        let framed = [&[0x86, kind, 1][..], &bytes].concat();
        let _ = ControlEvent::decode(&framed);
        let _ = DataEvent::decode(&framed);
    }
}
