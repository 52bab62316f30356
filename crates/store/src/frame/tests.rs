use bookbag_crypto::{Algorithm, Entropy, SigningKey};
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::id::CompartmentId;

const AUTHOR: DeviceId = DeviceId::from_bytes([4; 16]);
const BAG: BagId = BagId::from_bytes([5; 16]);

struct Keys {
    control: EpochKey,
    record: EpochKey,
    signing: SigningKey,
}

fn keys() -> Keys {
    let epoch =
        |byte| EpochKey::from_secret_bytes(CompartmentId::from_bytes([byte; 16]), Zeroizing::new([byte; 32]));
    let entropy = Entropy::from_secure_random([3; 48]);
    let signing = SigningKey::generate(Algorithm::EdDsa, entropy).unwrap();
    Keys { control: epoch(1), record: epoch(2), signing }
}

fn draft<'d>(parents: &'d [FrameId], event: &'d [u8]) -> Draft<'d> {
    Draft { bag: Some(BAG), parents, author: AUTHOR, time: 1_790_000_000, event }
}

fn sealed(draft: &Draft<'_>, random: u8) -> Vec<u8> {
    let keys = keys();
    let entropy = Entropy::from_secure_random([random; 32]);
    draft.seal((&keys.control.header_key(), &keys.record), &keys.signing, entropy).unwrap().1
}

/// Everything there is to check, in order.
fn read(bytes: &[u8]) -> Result<Vec<u8>, FrameError> {
    let keys = keys();
    let head = Head::read(bytes)?;
    let body = &bytes[head.head_length()..];
    if body.len() as u64 != head.stored_body_length().unwrap_or_default() {
        return Err(FrameError::Form(WireError::Trailing));
    }
    head.check_body(body)?;
    let opened = head.open(&keys.control.header_key())?;
    opened.verify(&head, &keys.signing.public_key().unwrap())?;
    Ok(opened.body(&head, &keys.record, body)?.to_vec())
}

#[test]
fn a_frame_opens_to_what_was_sealed() {
    let parents = [FrameId::from_bytes([6; 32])];
    let bytes = sealed(&draft(&parents, b"event"), 9);
    let plain = read(&bytes).unwrap();
    assert_eq!((&plain[..5], plain.len()), (b"event".as_slice(), 1232));
    assert!(plain[5..].iter().all(|byte| *byte == 0));
    let head = Head::read(&bytes).unwrap();
    assert_eq!((head.parents(), head.bag(), head.is_genesis()), (parents.as_slice(), BAG, false));
    let opened = head.open(&keys().control.header_key()).unwrap();
    assert_eq!((opened.author, opened.epoch, opened.time), (AUTHOR, keys().record.epoch(), 1_790_000_000));
}

/// What a record of 1 KiB costs on disk: `bag-format.md` counts on it.
#[test]
fn a_record_of_a_kibibyte_takes_less_than_1500_bytes() {
    let parents = [FrameId::from_bytes([6; 32])];
    assert_eq!(sealed(&draft(&parents, &[7; 1024 + 200]), 9).len(), 1482);
}

#[test]
fn every_changed_bit_is_refused() {
    let bytes = sealed(&draft(&[FrameId::from_bytes([6; 32])], b"event"), 9);
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&changed).is_err(), "bit {bit}");
    }
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "length {length}");
    }
}

#[test]
fn a_frame_belongs_to_one_place() {
    let one = [FrameId::from_bytes([6; 32])];
    let bytes = sealed(&draft(&one, b"event"), 9);
    let head = Head::read(&bytes).unwrap();
    let opened = head.open(&keys().control.header_key()).unwrap();
    let body = &bytes[head.head_length()..];
    // The same body in a frame with other parents, of another author, at another time.
    let moved = sealed(&draft(&[], b"event"), 9);
    let elsewhere = Head::read(&moved).unwrap();
    assert_eq!(opened.body(&elsewhere, &keys().record, body), Err(FrameError::Body));
    let other = Opened { author: DeviceId::from_bytes([9; 16]), ..opened };
    assert_eq!(other.body(&head, &keys().record, body), Err(FrameError::Body));
    assert_eq!(other.verify(&head, &keys().signing.public_key().unwrap()), Err(FrameError::Signature));
    assert_eq!(opened.verify(&elsewhere, &keys().signing.public_key().unwrap()), Err(FrameError::Signature));
    let later = Opened { time: opened.time + 1, ..opened };
    assert_eq!(later.body(&head, &keys().record, body), Err(FrameError::Body));
    assert_eq!(later.verify(&head, &keys().signing.public_key().unwrap()), Err(FrameError::Signature));
}

#[test]
fn a_deleted_body_leaves_the_name_and_the_signature() {
    let bytes = sealed(&draft(&[], b"event"), 9);
    let head = Head::read(&bytes).unwrap();
    let dropped = head.without_body();
    let again = Head::read(&dropped).unwrap();
    assert_eq!((again.id(), again.stored_body_length()), (head.id(), None));
    let opened = again.open(&keys().control.header_key()).unwrap();
    assert_eq!(opened.verify(&again, &keys().signing.public_key().unwrap()), Ok(()));
}

#[test]
fn repeated_entropy_repeats_nothing_else() {
    let parents = [FrameId::from_bytes([6; 32])];
    let salt = |bytes: &[u8]| {
        let at = Head::read(bytes).unwrap().head_length();
        bytes[at..at + SALT_BYTES].to_vec()
    };
    let same = draft(&parents, b"event");
    assert_eq!(sealed(&same, 9), sealed(&same, 9));
    let differing = [
        draft(&parents, b"evens"),
        draft(&[], b"event"),
        Draft { time: 1, ..same },
        Draft { author: DeviceId::from_bytes([8; 16]), ..same },
        Draft { bag: None, ..same },
    ];
    let mut salts: Vec<_> = differing.iter().map(|draft| salt(&sealed(draft, 9))).collect();
    salts.push(salt(&sealed(&same, 9)));
    salts.sort();
    salts.dedup();
    // A salt is all that makes a body's key and nonce differ, and the body's hash those of the header.
    assert_eq!(salts.len(), 6);
}

#[test]
fn parents_have_one_order() {
    let [a, b] = [1, 2].map(|byte| FrameId::from_bytes([byte; 32]));
    for parents in [[b, a], [a, a]] {
        let expected = WireError::Expected("parents in ascending order");
        assert_eq!(Head::read(&sealed(&draft(&parents, b""), 9)).err(), Some(expected));
    }
    assert!(Head::read(&sealed(&draft(&[a, b], b""), 9)).is_ok());
    let many: Vec<_> = (0..65).map(|byte| FrameId::from_bytes([byte; 32])).collect();
    assert!(Head::read(&sealed(&draft(&many, b""), 9)).is_err());
    let head = sealed(&draft(&many[..64], b""), 9);
    assert!(Head::read(&head).unwrap().head_length() < MAX_HEAD_BYTES);
}

#[test]
fn an_event_that_is_too_long_is_refused() {
    let long = vec![0; 1_114_112];
    let keys = keys();
    let entropy = Entropy::from_secure_random([1; 32]);
    let sealed = draft(&[], &long).seal((&keys.control.header_key(), &keys.record), &keys.signing, entropy);
    assert_eq!(sealed.err(), Some(SealError::TooLong));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, at in 0_usize..1500, with: Vec<u8>) {
        drop(Head::read(&bytes));
        let whole = sealed(&draft(&[], b"event"), 9);
        let mut spliced = whole.clone();
        spliced.splice(at.min(whole.len()).., with);
        prop_assert_eq!(read(&spliced).is_err(), spliced != whole);
    }
}
