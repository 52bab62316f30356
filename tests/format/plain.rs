//! What `spec/bag-format.md` says, done by hand: every sealed thing of a bag opened with the page's own formulas.
//!
//! Of the store only the identifiers and the reader of CBOR items are used, so that a bag which the store writes and opens in some other way than the page
//! says does not pass.

use std::collections::HashMap;

use bookbag_crypto::aead::OneTimeKey;
use bookbag_crypto::hpke::{Context, HpkePrivateKey};
use bookbag_crypto::kdf::Hkdf;
use bookbag_crypto::{HashAlgorithm, PublicKey};
use bookbag_store::preamble::MAGIC;
use bookbag_store::wire::{Reader, Writer};
use zeroize::Zeroizing;

/// What a key ring holds, opened.
pub(crate) struct Ring {
    /// As it was sealed, padding and all.
    pub(crate) plain: Vec<u8>,
    /// Of the device that reads.
    pub(crate) seed: [u8; 32],
    pub(crate) control: Vec<[u8; 32]>,
}

/// One frame with all that is in it.
pub(crate) struct Plain {
    pub(crate) frame: Vec<u8>,
    pub(crate) header: Vec<u8>,
    pub(crate) binding: Vec<u8>,
    /// What COSE encrypts under and signs: of the header, of the body, of the signature.
    pub(crate) structures: [Vec<u8>; 3],
    /// The event, without its padding; `None` if the body was deleted or this device has no key.
    pub(crate) event: Option<Vec<u8>>,
    pub(crate) is_control: bool,
}

struct Parts<'f> {
    frame: &'f [u8],
    clear: &'f [u8],
    /// The items `bag` and `parents`.
    lineage: &'f [u8],
    body: Option<&'f [u8]>,
    author: [u8; 16],
    epoch: [u8; 16],
    time: u64,
    header_plain: Vec<u8>,
}

/// An epoch's compartment and key.
type Epoch = ([u8; 16], [u8; 32]);

/// The keys that were learned, and what is known of epochs.
struct Keys {
    bag: [u8; 16],
    device: [u8; 16],
    sealing: HpkePrivateKey,
    epochs: HashMap<[u8; 16], Epoch>,
    starts: HashMap<[u8; 16], [u8; 16]>,
    signers: HashMap<[u8; 16], [u8; 32]>,
    wraps: Vec<([u8; 16], Vec<u8>)>,
}

/// The preamble's item, and where the frames begin.
pub(crate) fn preamble(file: &[u8]) -> (&[u8], &[u8]) {
    let rest = file.strip_prefix(MAGIC).unwrap();
    let mut reader = Reader::new(rest);
    reader.skip().unwrap();
    rest.split_at(rest.len() - reader.rest().len())
}

/// A key ring, from its plaintext.
pub(crate) fn ring(plain: &[u8], seed: Option<[u8; 32]>) -> Ring {
    let mut reader = Reader::new(plain);
    reader.array_of(3).unwrap();
    let _copy_key = reader.fixed::<32>().unwrap();
    let own = reader.or_null(Reader::fixed).unwrap();
    let control = reader.list(1024, Reader::fixed).unwrap();
    Ring { plain: plain.to_vec(), seed: own.or(seed).unwrap(), control }
}

/// The key ring of a slot of kind 1 or 2.
pub(crate) fn open_slot(bag: &[u8; 16], slot: &[u8], slot_key: [u8; 32]) -> Ring {
    let (id, associated, sealed) = slot_parts(bag, slot);
    ring(&once(&slot_key, &[b"bookbag/1 slot", &id]).open(&associated, &sealed).unwrap(), None)
}

/// The key ring of a slot of kind 3, 4 or 5.
pub(crate) fn open_slot_as(bag: &[u8; 16], slot: &[u8], seed: [u8; 32]) -> Ring {
    let (_, associated, sealed) = slot_parts(bag, slot);
    let info = [b"bookbag/1 slot".as_slice(), &associated].concat();
    let context = Context { info: &info, associated_data: b"" };
    ring(&sealing(&seed).open(context, &sealed).unwrap(), Some(seed))
}

/// What a slot is bound to, as associated data.
pub(crate) fn slot_binding(bag: &[u8; 16], slot: &[u8]) -> Vec<u8> {
    slot_parts(bag, slot).1
}

/// The slots of a preamble, item by item.
pub(crate) fn slots(preamble: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = Reader::new(preamble);
    reader.array_of(5).unwrap();
    (0..3).for_each(|_| reader.skip().unwrap());
    reader.list(32, |reader| Ok(item(reader).to_vec())).unwrap()
}

/// A device's mark, opened and with its padding.
pub(crate) fn mark(bag: &[u8; 16], seed: [u8; 32], sealed: &[u8]) -> Vec<u8> {
    let key = expand(&seed, b"bookbag/1 mark");
    let (salt, sealed) = sealed.split_at(16);
    once(&key, &[b"bookbag/1 mark", salt]).open(bag, sealed).unwrap().to_vec()
}

/// Without the zero bytes after the first item.
pub(crate) fn without_padding(padded: &[u8]) -> &[u8] {
    let mut reader = Reader::new(padded);
    let first = item(&mut reader);
    assert!(reader.rest().iter().all(|byte| *byte == 0), "padding that is not zero");
    first
}

/// Every frame of a file, in its order, as far as the ring's device reads them.
pub(crate) fn frames(file: &[u8], ring: &Ring) -> Vec<Plain> {
    let (preamble, mut rest) = preamble(file);
    let mut reader = Reader::new(preamble);
    reader.array().unwrap();
    reader.uint().unwrap();
    let mut keys = Keys::new(reader.fixed().unwrap(), ring);
    let mut all = Vec::new();
    while !rest.is_empty() {
        let parts = Parts::read(rest, &keys);
        rest = &rest[parts.frame.len()..];
        if let Some(event) = parts.event(&keys) {
            keys.learn(&event);
        }
        parts.verify(&keys);
        all.push(parts);
    }
    all.iter().map(|parts| parts.plain(&keys)).collect()
}

impl<'f> Parts<'f> {
    fn read(rest: &'f [u8], keys: &Keys) -> Self {
        let mut reader = Reader::new(rest);
        let frame = item(&mut reader);
        let mut reader = Reader::new(frame);
        reader.array_of(7).unwrap();
        let start = reader.rest();
        reader.skip().unwrap();
        let before = reader.rest();
        (0..2).for_each(|_| reader.skip().unwrap());
        let lineage = &before[..before.len() - reader.rest().len()];
        (0..2).for_each(|_| reader.skip().unwrap());
        let clear = &start[..start.len() - reader.rest().len()];
        let header = reader.bytes().unwrap();
        let body = reader.or_null(Reader::bytes).unwrap();
        let header_plain = keys.header(clear, header);
        let mut reader = Reader::new(&header_plain);
        reader.array_of(4).unwrap();
        let (author, epoch, time) =
            (reader.fixed().unwrap(), reader.fixed().unwrap(), reader.uint().unwrap());
        Self { frame, clear, lineage, body, author, epoch, time, header_plain }
    }

    fn binding(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(5).raw(self.lineage).bytes(&self.author).bytes(&self.epoch).uint(self.time);
        writer.into_bytes()
    }

    fn event(&self, keys: &Keys) -> Option<Vec<u8>> {
        let (_, key) = keys.epochs.get(&self.epoch)?;
        let (salt, sealed) = self.body?.split_at(16);
        let binding = self.binding();
        let root = expand(key, b"bookbag/1 content root");
        let body = once(&root, &[b"bookbag/1 content", salt, &binding]);
        let plain = body.open(&encrypt0(&binding), sealed).unwrap();
        let event = without_padding(&plain);
        assert_eq!(plain.len(), bucket(event.len()));
        Some(event.to_vec())
    }

    /// `[author, epoch, time]`, signed together with the clear part.
    fn signed(&self) -> Vec<u8> {
        let mut payload = Writer::new();
        payload.array(3).bytes(&self.author).bytes(&self.epoch).uint(self.time);
        let mut writer = Writer::new();
        writer.array(4).text("Signature1").bytes(&[0xa1, 0x01, 0x27]);
        writer.bytes(self.clear).bytes(payload.as_bytes());
        writer.into_bytes()
    }

    fn verify(&self, keys: &Keys) {
        let signature = &self.header_plain[self.header_plain.len() - 64..];
        let signer = PublicKey::ed25519(&keys.signers[&self.author]).unwrap();
        signer.verify(&self.signed(), signature).unwrap();
    }

    fn plain(&self, keys: &Keys) -> Plain {
        Plain {
            frame: self.frame.to_vec(),
            header: self.header_plain.clone(),
            binding: self.binding(),
            structures: [encrypt0(self.clear), encrypt0(&self.binding()), self.signed()],
            event: self.event(keys),
            is_control: keys.epochs.get(&self.epoch).is_some_and(|(of, _)| *of == [0; 16]),
        }
    }
}

impl Keys {
    fn new(bag: [u8; 16], ring: &Ring) -> Self {
        let sealing = sealing(&ring.seed);
        let signing = bookbag_crypto::SigningKey::ed25519(&expand(&ring.seed, b"bookbag/1 device signing"));
        let signing = signing.public_key().unwrap().ed25519_bytes().unwrap();
        let hash = HashAlgorithm::sha256([sealing.public_key().to_bytes().as_slice()]);
        let device = half(&[b"bookbag/1 device", &signing, &hash]);
        let mut keys = Self {
            bag,
            device,
            sealing,
            epochs: HashMap::new(),
            starts: HashMap::new(),
            signers: HashMap::new(),
            wraps: Vec::new(),
        };
        for key in &ring.control {
            keys.epochs.insert(half(&[b"bookbag/1 epoch", &[0; 16], key]), ([0; 16], *key));
        }
        keys
    }

    fn header(&self, clear: &[u8], header: &[u8]) -> Vec<u8> {
        let control = self.epochs.values().filter(|(of, _)| *of == [0; 16]);
        let mut opened = control.filter_map(|(_, key)| {
            let root = expand(key, b"bookbag/1 header key");
            once(&root, &[b"bookbag/1 header", clear]).open(&encrypt0(clear), header).ok()
        });
        opened.next().unwrap().to_vec()
    }

    /// Takes in wraps for this device, and the epochs that changes start.
    fn learn(&mut self, event: &[u8]) {
        let mut reader = Reader::new(event);
        reader.array().unwrap();
        match (reader.uint().unwrap(), reader.uint().unwrap()) {
            (1, 1) => {
                (0..3).for_each(|_| reader.skip().unwrap());
                self.introduce(&mut reader);
            }
            (3, 1) => {
                let (epoch, recipient) = (reader.fixed().unwrap(), reader.fixed::<16>().unwrap());
                if recipient == self.device {
                    self.wraps.push((epoch, reader.bytes().unwrap().to_vec()));
                }
            }
            (6, 1) => {
                let mut act = Reader::new(item(&mut reader));
                act.array().unwrap();
                match act.uint().unwrap() {
                    1 => {
                        act.skip().unwrap();
                        self.introduce(&mut act);
                    }
                    2 => self.introduce(&mut act),
                    _ => {}
                }
                reader.skip().unwrap();
                let starts = reader.list(64, |reader| {
                    reader.array_of(2)?;
                    Ok((reader.fixed::<16>()?, reader.fixed::<32>()?))
                });
                for (compartment, commitment) in starts.unwrap() {
                    self.starts.insert(commitment[..16].try_into().unwrap(), compartment);
                }
            }
            _ => {}
        }
        self.unwrap_all();
    }

    /// Takes in a device's signing key.
    fn introduce(&mut self, reader: &mut Reader<'_>) {
        reader.array_of(5).unwrap();
        reader.skip().unwrap();
        let (signing, sealing) = (reader.fixed().unwrap(), reader.fixed::<32>().unwrap());
        self.signers.insert(half(&[b"bookbag/1 device", &signing, &sealing]), signing);
    }

    fn unwrap_all(&mut self) {
        for (epoch, wrapped) in &self.wraps {
            let Some(compartment) = self.starts.get(epoch).filter(|_| !self.epochs.contains_key(epoch))
            else {
                continue;
            };
            let info = [b"bookbag/1 wrap".as_slice(), &self.bag, compartment, epoch, &self.device].concat();
            let context = Context { info: &info, associated_data: b"" };
            let key: [u8; 32] = self.sealing.open(context, wrapped).unwrap().as_slice().try_into().unwrap();
            assert_eq!(half(&[b"bookbag/1 epoch", compartment, &key]), *epoch);
            self.epochs.insert(*epoch, (*compartment, key));
        }
    }
}

/// 1232, and Padmé for what is longer.
fn bucket(length: usize) -> usize {
    if length <= 1232 {
        return 1232;
    }
    let e = length.ilog2();
    length.next_multiple_of(1 << (e - (e.ilog2() + 1)))
}

fn slot_parts(bag: &[u8; 16], slot: &[u8]) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let mut reader = Reader::new(slot);
    reader.array_of(4).unwrap();
    let start = reader.rest();
    reader.uint().unwrap();
    let id = reader.fixed::<16>().unwrap();
    reader.skip().unwrap();
    let bound = &start[..start.len() - reader.rest().len()];
    let mut writer = Writer::new();
    writer.array(4).bytes(bag).raw(bound);
    (id.to_vec(), writer.into_bytes(), reader.bytes().unwrap().to_vec())
}

fn item<'b>(reader: &mut Reader<'b>) -> &'b [u8] {
    let before = reader.rest();
    reader.skip().unwrap();
    &before[..before.len() - reader.rest().len()]
}

fn encrypt0(external: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(3).text("Encrypt0").bytes(&[0xa1, 0x01, 0x18, 0x18]).bytes(external);
    writer.into_bytes()
}

fn sealing(seed: &[u8; 32]) -> HpkePrivateKey {
    HpkePrivateKey::from_secret_bytes(&expand(seed, b"bookbag/1 device sealing")).unwrap()
}

fn half(parts: &[&[u8]]) -> [u8; 16] {
    HashAlgorithm::sha256(parts.iter().copied())[..16].try_into().unwrap()
}

fn root(key: &[u8; 32]) -> Hkdf {
    Hkdf::from_uniform(Zeroizing::new(*key))
}

fn expand(key: &[u8; 32], info: &[u8]) -> [u8; 32] {
    *root(key).expand(info).unwrap()
}

fn once(key: &[u8; 32], info: &[&[u8]]) -> OneTimeKey {
    OneTimeKey::derive(&root(key), info)
}
