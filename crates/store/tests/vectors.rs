//! The frozen vectors of `spec/vectors/secrets.json`: what people have on paper and in their heads must open for ever.
//!
//! This test only reads them. A line of the file that no longer holds is a bag that no longer opens.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use bookbag_crypto::Entropy;
use bookbag_crypto::kdf::PasswordCost;
use bookbag_store::id::BagId;
use bookbag_store::secret::passkey::{PasskeyOutput, evaluation_input};
use bookbag_store::secret::passphrase::{Passphrase, Stretching};
use bookbag_store::secret::shares::{Scheme, Share, combine};
use bookbag_store::secret::words::RecoverySecret;
use serde_json::Value;
use zeroize::Zeroizing;

#[test]
fn passphrases() {
    let (vectors, bag) = vectors();
    for case in cases(&vectors, "passphrase", 3) {
        let passphrase = Passphrase::new(text(case, "typed")).unwrap();
        assert_eq!(passphrase.as_secret_str(), text(case, "one_form"));
        let number = |name: &str| u32::try_from(case[name].as_u64().unwrap()).unwrap();
        let cost = PasswordCost::stored(number("memory_kib"), number("passes"), number("lanes")).unwrap();
        let key = passphrase.slot_key(&Stretching { cost, salt: bytes(case, "salt") }, bag).unwrap();
        assert_eq!(*key, bytes::<32>(case, "slot_key"));
    }
}

#[test]
fn words_of_sheets() {
    let (vectors, bag) = vectors();
    for case in cases(&vectors, "recovery", 3) {
        for written in ["words", "qr"] {
            let secret = RecoverySecret::parse(text(case, written)).unwrap();
            assert_eq!(*secret.as_secret_bytes(), bytes::<32>(case, "secret"));
            assert_eq!(secret.words().as_str(), text(case, "words"));
            assert_eq!(secret.qr_text().as_str(), text(case, "qr"));
            assert_eq!(*secret.device_seed(bag), bytes::<32>(case, "device_seed"));
        }
    }
}

#[test]
fn shares_that_people_hold() {
    let (vectors, _) = vectors();
    for case in cases(&vectors, "sharing", 4) {
        let number = |name: &str| u8::try_from(case[name].as_u64().unwrap()).unwrap();
        let held: Vec<&str> =
            case["shares"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        assert_eq!(held.len(), usize::from(number("made")));
        let read =
            |held: &[&str]| -> Vec<Share> { held.iter().map(|one| Share::parse(one).unwrap()).collect() };
        for (at, share) in read(&held).iter().enumerate() {
            assert_eq!((usize::from(share.number()), share.needed()), (at + 1, number("needed")));
            assert_eq!(share.set().to_text(), text(case, "set"));
        }
        assert_eq!(*Share::parse(text(case, "first_qr")).unwrap().to_text(), held[0]);
        for start in 0..=held.len() - usize::from(number("needed")) {
            let some = read(&held[start..start + usize::from(number("needed"))]);
            let secret = combine(&some).unwrap().into_secret();
            assert_eq!(*secret.as_secret_bytes(), bytes::<32>(case, "secret"));
        }
    }
}

/// How shares are made is no promise to anybody but to this test: the same entropy gives the same shares.
#[test]
fn shares_as_they_are_made() {
    let (vectors, _) = vectors();
    for case in cases(&vectors, "sharing", 4) {
        let number = |name: &str| u8::try_from(case[name].as_u64().unwrap()).unwrap();
        let scheme = Scheme::new(number("needed"), number("made")).unwrap();
        let secret = RecoverySecret::from_secret_bytes(Zeroizing::new(bytes(case, "secret")));
        let made = scheme.share_out(&secret, Entropy::from_secure_random(bytes(case, "entropy")));
        let made: Vec<String> = made.iter().map(|share| share.to_text().to_string()).collect();
        assert_eq!(made, serde_json::from_value::<Vec<String>>(case["shares"].clone()).unwrap());
    }
}

#[test]
fn passkeys() {
    let (vectors, bag) = vectors();
    for case in cases(&vectors, "passkey", 3) {
        assert_eq!(evaluation_input(bag, &bytes(case, "salt")), bytes::<32>(case, "evaluation_input"));
        let output = PasskeyOutput::from_secret_bytes(Zeroizing::new(bytes(case, "output")));
        assert_eq!(*output.slot_key(bag, &bytes(case, "salt")), bytes::<32>(case, "slot_key"));
    }
}

fn vectors() -> (Value, BagId) {
    let vectors: Value = serde_json::from_str(include_str!("../../../spec/vectors/secrets.json")).unwrap();
    let bag = BagId::from_bytes(bytes(&vectors, "bag"));
    (vectors, bag)
}

fn cases<'a>(vectors: &'a Value, name: &str, count: usize) -> &'a [Value] {
    let cases = vectors[name].as_array().unwrap();
    assert_eq!(cases.len(), count, "{name}");
    cases
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

fn bytes<const N: usize>(case: &Value, name: &str) -> [u8; N] {
    let hex = text(case, name);
    assert_eq!(hex.len(), 2 * N, "{name}");
    std::array::from_fn(|at| u8::from_str_radix(hex.get(2 * at..2 * at + 2).unwrap(), 16).unwrap())
}
