use bookbag_crypto::Entropy;
use zeroize::Zeroizing;

use super::*;
use crate::device::DeviceKeys;

const BAG: BagId = BagId::from_bytes([9; 16]);
const PASSPHRASE: Parameters = Parameters::Passphrase { memory_mib: 64, passes: 3, lanes: 4, salt: [1; 16] };

fn entropy(byte: u8) -> Entropy<32> {
    Entropy::from_secure_random([byte; 32])
}

fn device(byte: u8) -> DeviceKeys {
    DeviceSeed::from_secret_bytes(Zeroizing::new([byte; 32])).keys().unwrap()
}

fn ring(seed: Option<u8>, epochs: usize) -> KeyRing {
    KeyRing {
        copy_key: CopyKey::generate(entropy(2)),
        device: seed.map(|byte| DeviceSeed::from_secret_bytes(Zeroizing::new([byte; 32]))),
        control: vec![Zeroizing::new([8; 32]); epochs],
    }
}

fn secret(byte: u8) -> Zeroizing<[u8; 32]> {
    Zeroizing::new([byte; 32])
}

fn slots() -> Vec<Slot> {
    let sheet = Parameters::Sheet { device: device(3).id() };
    let shares = Parameters::Shares { device: device(4).id(), set: [7; 4] };
    let joined = Parameters::Device { device: device(5).id() };
    let passkey = Parameters::Passkey { salt: [2; 16] };
    vec![
        Slot::seal(BAG, PASSPHRASE, secret(1), &ring(Some(6), 1), entropy(1)).unwrap(),
        Slot::seal(BAG, passkey, secret(2), &ring(Some(6), 1), entropy(2)).unwrap(),
        Slot::seal_to(BAG, sheet, &device(3).card, &ring(None, 1), entropy(3)).unwrap(),
        Slot::seal_to(BAG, shares, &device(4).card, &ring(None, 1), entropy(4)).unwrap(),
        Slot::seal_to(BAG, joined, &device(5).card, &ring(None, 1), entropy(5)).unwrap(),
    ]
}

#[test]
fn every_kind_of_slot_opens_with_its_secret_and_no_other() {
    let file = Preamble::write(BAG, 4, &slots(), &ring(None, 1).copy_key);
    let (preamble, rest) = Preamble::read(&[file.as_slice(), b"frames"].concat())
        .map(|(preamble, rest)| (preamble, rest.to_vec()))
        .unwrap();
    assert_eq!((rest.as_slice(), preamble.bag, preamble.counter), (b"frames".as_slice(), BAG, 4));
    assert_eq!(preamble.slots, slots());
    for (slot, byte) in preamble.slots.iter().zip(1..) {
        let by_secret = |byte| slot.open(BAG, secret(byte));
        let by_device = |byte| slot.open_as(BAG, &device(byte));
        if slot.parameters.device().is_none() {
            let ring = by_secret(byte).unwrap();
            assert_eq!(ring.device.unwrap().as_secret_bytes(), &[6; 32]);
            assert_eq!(preamble.check(&ring.copy_key), Ok(()));
            assert_eq!(by_secret(byte + 1).err(), Some(SlotError::Secret));
            assert_eq!(by_device(byte).err(), Some(SlotError::Kind));
            assert_eq!(slot.open(BagId::from_bytes([8; 16]), secret(byte)).err(), Some(SlotError::Secret));
        } else {
            let ring = by_device(byte).unwrap();
            assert!(ring.device.is_none());
            assert_eq!(preamble.check(&ring.copy_key), Ok(()));
            assert_eq!(by_device(byte + 1).err(), Some(SlotError::Secret));
            assert_eq!(by_secret(byte).err(), Some(SlotError::Kind));
            let elsewhere = slot.open_as(BagId::from_bytes([8; 16]), &device(byte));
            assert_eq!(elsewhere.err(), Some(SlotError::Secret));
        }
    }
}

#[test]
fn every_changed_bit_is_noticed() {
    let file = Preamble::write(BAG, 4, &slots()[..1], &ring(None, 1).copy_key);
    for bit in 0..file.len() * 8 {
        let mut changed = file.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok((preamble, _)) = Preamble::read(&changed) {
            assert_eq!(preamble.check(&ring(None, 1).copy_key), Err(PreambleError::Tag), "bit {bit}");
        }
    }
    for length in 0..file.len() {
        assert!(Preamble::read(&file[..length]).is_err());
    }
}

#[test]
fn parameters_are_bound_to_the_slot() {
    let weaker = Parameters::Passphrase { memory_mib: 8, passes: 1, lanes: 1, salt: [1; 16] };
    let slot = slots().remove(0);
    let mut changed = slot.clone();
    changed.parameters = weaker;
    assert_eq!(changed.open(BAG, secret(1)).err(), Some(SlotError::Secret));
    let mut renamed = slot;
    renamed.id = crate::id::SlotId::from_bytes([0; 16]);
    assert_eq!(renamed.open(BAG, secret(1)).err(), Some(SlotError::Secret));
}

#[test]
fn a_slot_is_sealed_to_the_device_it_names() {
    let parameters = Parameters::Sheet { device: device(3).id() };
    let wrong = Slot::seal_to(BAG, parameters, &device(4).card, &ring(None, 1), entropy(1));
    assert_eq!(wrong.err(), Some(SlotError::Kind));
    let seed_inside = Slot::seal_to(BAG, parameters, &device(3).card, &ring(Some(3), 1), entropy(1));
    assert_eq!(seed_inside.err(), Some(SlotError::Kind));
    let symmetric = Slot::seal(BAG, parameters, secret(1), &ring(None, 1), entropy(1));
    assert_eq!(symmetric.err(), Some(SlotError::Kind));
}

#[test]
fn the_length_of_a_slot_does_not_count_epochs() {
    let sealed = |epochs| {
        let slot = Slot::seal(BAG, PASSPHRASE, secret(1), &ring(Some(6), epochs), entropy(1)).unwrap();
        Preamble::write(BAG, 1, &[slot], &ring(None, 1).copy_key).len()
    };
    assert_eq!(sealed(1), sealed(10));
    assert_eq!(slots()[0].open(BAG, secret(1)).unwrap().control.len(), 1);
    let none = Slot::seal(BAG, PASSPHRASE, secret(1), &ring(Some(6), 0), entropy(1)).unwrap();
    let expected = WireError::Expected("a key of the control compartment");
    assert_eq!(none.open(BAG, secret(1)).err(), Some(SlotError::KeyRing(expected)));
}

#[test]
fn nothing_secret_is_printed() {
    let ring = ring(Some(0xa5), 1);
    let shown = format!("{ring:?}");
    assert!(!shown.contains("165") && !shown.contains("a5a5"), "{shown}");
}
