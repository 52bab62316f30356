//! Opening a frozen bag with a secret, and saying what is in it.

use bookbag_crypto::HashAlgorithm;
use bookbag_crypto::kdf::PasswordCost;
use bookbag_store::bag::{Bag, Entry, What};
use bookbag_store::control::Standing;
use bookbag_store::event::{Attached, Content};
use bookbag_store::id::BagId;
use bookbag_store::preamble::{KeyRing, Parameters, Preamble};
use bookbag_store::secret::passkey::PasskeyOutput;
use bookbag_store::secret::passphrase::{Passphrase, Stretching};
use bookbag_store::secret::shares::{Share, combine};
use bookbag_store::secret::words::RecoverySecret;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::plain::{self, Ring};
use crate::rig;

/// What a secret of the JSON gives for its slot.
enum Key {
    Slot([u8; 32]),
    Device([u8; 32]),
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

pub(crate) fn from_hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Opens a file with a secret, as a wallet does.
pub(crate) fn open(file: &[u8], secret: &Value) -> Bag {
    let (ring, seed) = key_ring(file, secret);
    rig::open(file, ring, seed, None)
}

pub(crate) fn key_ring(file: &[u8], secret: &Value) -> (KeyRing, Option<[u8; 32]>) {
    let (preamble, _) = Preamble::read(file).unwrap();
    let slot = &preamble.slots[number(secret)];
    match key(preamble.bag, &slot.parameters, secret) {
        Key::Slot(key) => (slot.open(preamble.bag, Zeroizing::new(key)).unwrap(), None),
        Key::Device(seed) => (slot.open_as(preamble.bag, &rig::keys(seed)).unwrap(), Some(seed)),
    }
}

/// The same by the page's formulas.
pub(crate) fn plain_ring(file: &[u8], secret: &Value) -> Ring {
    let (preamble, _) = Preamble::read(file).unwrap();
    let parameters = preamble.slots[number(secret)].parameters;
    let slots = plain::slots(plain::preamble(file).0);
    let (bag, slot) = (preamble.bag.as_bytes(), &slots[number(secret)]);
    match key(preamble.bag, &parameters, secret) {
        Key::Slot(key) => plain::open_slot(bag, slot, key),
        Key::Device(seed) => plain::open_slot_as(bag, slot, seed),
    }
}

fn number(secret: &Value) -> usize {
    usize::try_from(secret["slot"].as_u64().unwrap()).unwrap()
}

fn key(bag: BagId, parameters: &Parameters, secret: &Value) -> Key {
    match *parameters {
        Parameters::Passphrase { memory_mib, passes, lanes, salt } => {
            let typed = Passphrase::new(secret["passphrase"].as_str().unwrap()).unwrap();
            let cost = PasswordCost::stored(memory_mib * 1024, passes, lanes).unwrap();
            Key::Slot(*typed.slot_key(&Stretching { cost, salt }, bag).unwrap())
        }
        Parameters::Passkey { salt } => {
            let output: [u8; 32] = from_hex(&secret["passkey_output"]).try_into().unwrap();
            Key::Slot(*PasskeyOutput::from_secret_bytes(Zeroizing::new(output)).slot_key(bag, &salt))
        }
        Parameters::Sheet { .. } => {
            let words = RecoverySecret::parse(secret["words"].as_str().unwrap()).unwrap();
            Key::Device(*words.device_seed(bag))
        }
        Parameters::Shares { set, .. } => {
            let shares = secret["shares"].as_array().unwrap().iter();
            let shares: Vec<Share> =
                shares.map(|text| Share::parse(text.as_str().unwrap()).unwrap()).collect();
            assert!(shares.iter().all(|share| share.set().as_bytes() == &set));
            Key::Device(*combine(&shares).unwrap().into_secret().device_seed(bag))
        }
        Parameters::Device { .. } => Key::Device(from_hex(&secret["seed"]).try_into().unwrap()),
    }
}

/// What a bag says to the device that opened it, of which some is the same for all.
pub(crate) fn describe(file: &[u8], bag: &Bag) -> Value {
    json!({
        "device": bag.device().id().to_string(),
        "member": bag.member().map(|id| id.to_string()),
        "read_only": bag.is_read_only(),
        "findings": bag.findings().iter().map(|found| json!([found.at, found.problem.id()])).collect::<Vec<_>>(),
        "entries": bag.entries().map(|entry| said(file, bag, &entry)).collect::<Vec<_>>(),
    })
}

/// What everybody must come to: the authority, and every frame's standing.
pub(crate) fn describe_for_all(bag: &Bag) -> Value {
    let state = bag.state();
    let members = state.members().map(|(id, member)| {
        let devices: Vec<_> = member.devices.iter().map(ToString::to_string).collect();
        json!([id.to_string(), member.role.code(), member.name.as_str(), devices])
    });
    let compartments = state.compartments().map(|(id, compartment)| {
        let readers: Vec<_> = compartment.readers.iter().map(ToString::to_string).collect();
        json!([id.to_string(), compartment.purpose.code(), compartment.name.as_str(), readers])
    });
    json!({
        "bag": bag.id().to_string(),
        "name": state.name().as_str(),
        "birth": state.birth().map(|birth| birth.date.to_string()),
        "stage": state.stage().code(),
        "members": members.collect::<Vec<_>>(),
        "compartments": compartments.collect::<Vec<_>>(),
        "state": hex(&state.digest()),
        "history": history(bag),
    })
}

fn said(file: &[u8], bag: &Bag, entry: &Entry<'_>) -> Value {
    let put = &entry.current.put;
    let content = match &put.content {
        Content::Inline(bytes) => bytes.to_vec(),
        Content::Attached(attached) => attachment(file, bag, attached),
    };
    let versions: Vec<_> = bag.versions(&entry.id).iter().map(|version| version.frame.to_string()).collect();
    json!({
        "entry": entry.id.to_string(),
        "compartment": entry.current.compartment.to_string(),
        "shown": entry.current.frame.to_string(),
        "besides": entry.besides.iter().map(|version| version.frame.to_string()).collect::<Vec<_>>(),
        "versions": versions,
        "type": put.media_type,
        "name": put.name,
        "tags": put.tags.iter().collect::<Vec<_>>(),
        "length": content.len(),
        "sha256": hex(&HashAlgorithm::sha256([content.as_slice()])),
    })
}

fn attachment(file: &[u8], bag: &Bag, attached: &Attached<'_>) -> Vec<u8> {
    let parts = (0..).zip(attached.parts.iter()).map(|(index, part)| {
        let (at, length) = bag.place_of(part).unwrap();
        let (at, length) = (usize::try_from(at).unwrap(), usize::try_from(length).unwrap());
        bag.open_part(attached.key, index, &file[at..at + length]).unwrap().to_vec()
    });
    let whole = parts.collect::<Vec<_>>().concat();
    assert_eq!(
        (whole.len() as u64, HashAlgorithm::sha256([whole.as_slice()])),
        (attached.length, attached.hash)
    );
    whole
}

/// Each frame in the order of the fold: its name, author, time, standing, and what it did in a word.
fn history(bag: &Bag) -> Vec<String> {
    let deeds = bag.history().map(|deed| {
        let what = match deed.what {
            What::Made => "made".to_owned(),
            What::Act(act) => format!("act {}", act.code()),
            What::Proposed(act) => format!("proposed {}", act.code()),
            What::Approved(_) => "approved".to_owned(),
            What::Keys => "keys".to_owned(),
            // What of it can be read is not the same for all.
            _ => "data".to_owned(),
        };
        let standing = match deed.standing {
            Standing::Accepted => "accepted".to_owned(),
            Standing::Refused(rule) => rule.id().to_owned(),
            Standing::Quarantined { .. } => "quarantined".to_owned(),
            Standing::Waiting => "waiting".to_owned(),
        };
        format!("{} {} {} {standing} {what}", deed.frame, deed.author, deed.time)
    });
    deeds.collect()
}

/// The SHA-256 of each frame's event, in the order of the file; nothing where it is closed to this device.
pub(crate) fn events(file: &[u8], secret: &Value) -> Vec<Option<[u8; 32]>> {
    let frames = plain::frames(file, &plain_ring(file, secret));
    frames
        .iter()
        .map(|frame| frame.event.as_ref().map(|event| HashAlgorithm::sha256([event.as_slice()])))
        .collect()
}

/// What an opener of the JSON has beside its secret.
pub(crate) fn opener(file: &[u8], secret: &Value) -> Value {
    let events = events(file, secret);
    let closed: Vec<usize> = (0..events.len()).filter(|at| events[*at].is_none()).collect();
    let all = HashAlgorithm::sha256(events.iter().flatten().map(<[u8; 32]>::as_slice));
    let expected = describe(file, &open(file, secret));
    json!({ "secret": secret, "expected": expected, "closed": closed, "events": hex(&all) })
}
