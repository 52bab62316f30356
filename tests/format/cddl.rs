//! The CDDL of the pages (RFC 8610), held against the bytes of frozen bags and messages: what is there is what the page says, and with any item
//! changed it is not.
//!
//! CDDL says nothing of the deterministic encoding, of order, or of what is sealed in a byte string; for those there are `plain` and the tests of the store.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bookbag_crypto::HashAlgorithm;
use bookbag_crypto::aead::OneTimeKey;
use bookbag_crypto::kdf::Hkdf;
use bookbag_store::preamble::MAGIC;
use bookbag_store::wire::{Reader, Writer};
use cddl_cat::cbor::validate_cbor;
use cddl_cat::context::BasicContext;
use cddl_cat::flatten::flatten_from_str;
use ciborium::Value;

use crate::forever::all;
use crate::openers::{from_hex, plain_ring};
use crate::plain;

const SLOTS: &[&str] = &["with-passphrase", "with-passkey", "with-device", "with-shares"];

const EVENTS: &[&str] = &[
    "genesis",
    "sealing-key",
    "wrap",
    "proposal",
    "approval",
    "change",
    "later-control",
    "put",
    "removal",
    "part",
    "later-data",
];

const ACTS: &[&str] = &[
    "add-member",
    "add-device",
    "remove-device",
    "remove-member",
    "set-role",
    "make-compartment",
    "share",
    "unshare",
    "rekey",
    "set-policy",
    "set-birth",
    "reach-stage",
    "hand-over",
    "settle",
    "checkpoint",
    "rename",
    "set-household",
];

/// The definitions of one page.
struct Page {
    context: BasicContext,
    text: &'static str,
    /// Names that something was held against.
    used: BTreeSet<String>,
}

impl Page {
    fn read(text: &'static str) -> Self {
        let (mut cddl, mut inside) = (String::new(), false);
        for line in text.lines() {
            match line {
                "```cddl" => inside = true,
                "```" => inside = false,
                line if inside => cddl.extend([line, "\n"]),
                _ => {}
            }
        }
        Self { context: BasicContext::new(flatten_from_str(&cddl).unwrap()), text, used: BTreeSet::new() }
    }

    fn accepts(&self, name: &str, value: &Value) -> bool {
        let rule = self.context.rules.get(name).unwrap_or_else(|| panic!("the page has no {name}"));
        validate_cbor(rule, value, &self.context).is_ok()
    }

    /// Holds these bytes against a definition, and then with each of their items changed.
    fn holds(&mut self, name: &str, bytes: &[u8]) {
        let value: Value = ciborium::from_reader(bytes).unwrap();
        assert!(self.accepts(name, &value), "not {name}: {value:?}");
        self.used.insert(name.to_owned());
        // What is of a day to come may hold anything.
        if !["event", "control-event", "data-event", "later-control", "later-data"].contains(&name) {
            for (what, changed) in changes(&value) {
                assert!(!self.accepts(name, &changed), "{name} with {what}: {changed:?}");
            }
        }
    }

    /// Holds it against the one definition of these that it fits.
    fn holds_as_one_of(&mut self, names: &[&'static str], bytes: &[u8]) -> &'static str {
        let value: Value = ciborium::from_reader(bytes).unwrap();
        let fitting: Vec<_> = names.iter().filter(|name| self.accepts(name, &value)).copied().collect();
        assert_eq!(fitting.len(), 1, "{fitting:?}: {value:?}");
        self.holds(fitting[0], bytes);
        fitting[0]
    }

    fn refuses(&self, name: &str, bytes: &[u8]) {
        let value: Value = ciborium::from_reader(bytes).unwrap();
        assert!(!self.accepts(name, &value), "{name}: {value:?}");
    }
}

/// The same with one item of another type, one item more or, in the outermost array, one less. A float is nowhere in the format.
fn changes(value: &Value) -> Vec<(&'static str, Value)> {
    let mut all = vec![("a float for an item", Value::Float(1.5))];
    let Value::Array(items) = value else { return all };
    for (at, item) in items.iter().enumerate() {
        let inner = changes(item).into_iter().map(|(what, changed)| {
            let mut items = items.clone();
            items[at] = changed;
            (what, Value::Array(items))
        });
        all.extend(inner);
    }
    all.push(("an item more", Value::Array([items.as_slice(), &[Value::Float(1.5)]].concat())));
    all
}

fn bag_format() -> Page {
    Page::read(include_str!("../../spec/bag-format.md"))
}

#[test]
fn frozen_bags_are_what_the_page_says() {
    let mut page = bag_format();
    for (file, frozen) in all() {
        let (preamble, _) = plain::preamble(&file);
        page.holds("magic", MAGIC);
        page.holds("preamble", preamble);
        let bag: [u8; 16] = from_hex(&frozen["for_all"]["bag"]).try_into().unwrap();
        for slot in plain::slots(preamble) {
            page.holds("slot", &slot);
            page.holds_as_one_of(SLOTS, &slot);
            page.holds("slot-binding", &plain::slot_binding(&bag, &slot));
        }
        for opener in frozen["openers"].as_array().unwrap() {
            let ring = plain_ring(&file, &opener["secret"]);
            page.holds("key-ring", plain::without_padding(&ring.plain));
            for frame in plain::frames(&file, &ring) {
                frame_holds(&mut page, &frame);
            }
        }
        if let Some(sealed) = frozen["mark"].get("sealed") {
            let opener =
                &frozen["openers"][usize::try_from(frozen["mark"]["opener"].as_u64().unwrap()).unwrap()];
            let seed = plain_ring(&file, &opener["secret"]).seed;
            page.holds("mark", plain::without_padding(&plain::mark(&bag, seed, &from_hex(sealed))));
        }
    }
    for name in EVENTS.iter().chain(ACTS).chain(SLOTS).filter(|name| **name != "later-data") {
        assert!(page.used.contains(*name), "no frozen bag has {name}");
    }
    for (list, names) in
        [("act", ACTS), ("control-event", &EVENTS[..7]), ("data-event", &EVENTS[7..]), ("slot", SLOTS)]
    {
        let (_, after) = page.text.split_once(&format!("\n{list} = ")).unwrap();
        let (said, _) = after.split_once("\n\n").unwrap();
        let said: Vec<&str> =
            said.lines().take_while(|line| !line.contains('[')).flat_map(|line| line.split('/')).collect();
        let said: Vec<&str> = said.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
        assert_eq!(said, names, "{list}");
    }
}

fn frame_holds(page: &mut Page, frame: &plain::Plain) {
    page.holds("frame", &frame.frame);
    page.holds("header-plain", &frame.header);
    page.holds("binding", &frame.binding);
    let [header, body, signed] = &frame.structures;
    page.holds("Enc_structure", header);
    page.holds("Enc_structure", body);
    page.holds("Sig_structure", signed);
    let Some(event) = &frame.event else { return };
    let (event_of, other) =
        if frame.is_control { ("control-event", "data-event") } else { ("data-event", "control-event") };
    page.holds("event", event);
    page.holds(event_of, event);
    page.refuses(other, event);
    match page.holds_as_one_of(EVENTS, event) {
        "proposal" | "change" => {
            let mut reader = Reader::new(event);
            reader.array().unwrap();
            (0..2).for_each(|_| reader.skip().unwrap());
            let start = reader.rest();
            reader.skip().unwrap();
            let act = &start[..start.len() - reader.rest().len()];
            page.holds("act", act);
            page.holds_as_one_of(ACTS, act);
        }
        _ => {}
    }
}

/// Opens `sealed` of an answer or a welcome, by the page.
fn opened(secret: &[u8], label: &str, salt: &[u8], aad: &[u8], sealed: &[u8]) -> Vec<u8> {
    let root = Hkdf::extract(b"bookbag/1 joining in person", secret);
    let plain = OneTimeKey::derive(&root, &[label.as_bytes(), salt]).open(aad, sealed).unwrap();
    plain::without_padding(&plain).to_vec()
}

fn message(text: &serde_json::Value) -> Vec<u8> {
    let (_, text) = text.as_str().unwrap().split_once(':').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
    bytes.truncate(bytes.len() - 4);
    bytes
}

/// What follows version, kind and invitation in an answer or a welcome.
fn salt_and_sealed(message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut reader = Reader::new(message);
    reader.array_of(5).unwrap();
    (0..3).for_each(|_| reader.skip().unwrap());
    (reader.bytes().unwrap().to_vec(), reader.bytes().unwrap().to_vec())
}

/// The first item of an array of two, in its bytes.
fn first_of(pair: &[u8]) -> Vec<u8> {
    let mut reader = Reader::new(pair);
    reader.array_of(2).unwrap();
    let start = reader.rest();
    reader.skip().unwrap();
    start[..start.len() - reader.rest().len()].to_vec()
}

#[test]
fn frozen_messages_are_what_the_page_says() {
    let mut page = Page::read(include_str!("../../spec/joining.md"));
    let frozen: serde_json::Value =
        serde_json::from_str(include_str!("../../spec/vectors/joining.json")).unwrap();
    let (near, far) = (&frozen["in_person"], &frozen["at_a_distance"]);
    let messages = [
        ("invite", &near["invite"]),
        ("answer", &near["answer"]),
        ("welcome", &near["welcome"]),
        ("far-invite", &far["far_invite"]),
        ("far-answer", &far["far_answer"]),
        ("reveal", &far["reveal"]),
    ];
    for (name, text) in messages {
        page.holds(name, &message(text));
        page.holds("message", &message(text));
        for (other, _) in messages.iter().filter(|(other, _)| *other != name) {
            page.refuses(other, &message(text));
        }
    }
    let secret = from_hex(&near["secret"]);
    let t1 = HashAlgorithm::sha256([b"bookbag/1 joining 1".as_slice(), &message(&near["invite"])]);
    let (salt, sealed) = salt_and_sealed(&message(&near["answer"]));
    let joiner = first_of(&opened(&secret, "bookbag/1 joining answer", &salt, &t1, &sealed));
    page.holds("joiner", &joiner);
    let t2 = HashAlgorithm::sha256([b"bookbag/1 joining 2".as_slice(), &t1, &joiner]);
    let (salt, sealed) = salt_and_sealed(&message(&near["welcome"]));
    page.holds("promise", &first_of(&opened(&secret, "bookbag/1 joining welcome", &salt, &t2, &sealed)));
}

/// Sizes and numbers at their limits, and one beyond.
#[test]
fn limits_are_those_of_the_page() {
    let page = bag_format();
    let text = |length: usize| Writer::new().text(&"a".repeat(length)).as_bytes().to_vec();
    let bytes = |length: usize| Writer::new().bytes(&vec![0; length]).as_bytes().to_vec();
    let within = [
        ("label", text(200), text(201)),
        ("media-type", text(127), text(128)),
        ("media-type", text(1), text(0)),
        ("date", text(10), text(9)),
        ("inline", bytes(60_000), bytes(60_001)),
        ("evidence", bytes(16_384), bytes(16_385)),
        ("evidence", bytes(1), bytes(0)),
        ("bag-id", bytes(16), bytes(15)),
        ("frame-id", bytes(32), bytes(33)),
        ("accepted", ids(64), ids(65)),
        ("role", vec![3], vec![4]),
        ("role", vec![1], vec![0]),
        ("stage", vec![4], vec![5]),
        ("grounds", vec![0x81, 1], vec![0x81, 2]),
        ("rule", vec![0x84, 15, 0x18, 255, 4, 0], vec![0x84, 16, 0x18, 255, 4, 0]),
        ("rule", vec![0x84, 1, 0x18, 255, 4, 0], vec![0x84, 1, 0x19, 1, 0, 4, 0]),
        ("later-control", vec![0x82, 0x18, 31, 2], vec![0x82, 0x18, 32, 2]),
        ("later-data", vec![0x82, 0x18, 35, 1], vec![0x82, 0x18, 34, 1]),
    ];
    for (name, most, more) in &within {
        let value: Value = ciborium::from_reader(most.as_slice()).unwrap();
        assert!(page.accepts(name, &value), "{name}: {value:?}");
        page.refuses(name, more);
    }
}

/// A list of so many frame ids.
fn ids(count: usize) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.list(&vec![(); count], |w, ()| {
        w.bytes(&[0; 32]);
    });
    writer.into_bytes()
}
