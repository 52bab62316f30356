//! The bag itself: the store over a file, as the wallet has it open. Signed history, compartments and padding are part of it.

use std::path::Path;
use std::sync::Arc;

use bookbag_crypto::Entropy;
use bookbag_file::{Access, BagFile, mark};
use bookbag_store::bag::{Bag, Doing, Entry, NewBag, NewEntry, Opening};
use bookbag_store::control::SignedTokens;
use bookbag_store::device::{DeviceKeys, DeviceSeed};
use bookbag_store::event::{CompartmentPurpose, Content, Label, Nation, Policy, Role};
use bookbag_store::id::CompartmentId;
use bookbag_store::mark::Mark;
use bookbag_store::preamble::{Parameters, Slot};
use zeroize::Zeroizing;

use super::work::{Record, Store};

/// What the tables call it.
pub const NAME: &str = "Bookbag";

/// An open one, with every entry decrypted in memory.
pub struct Ours {
    file: BagFile,
    bag: Bag,
    /// Length of the file, in bytes.
    end: u64,
    record: CompartmentId,
    mark: std::path::PathBuf,
}

impl Ours {
    /// An empty one.
    pub fn new(directory: &Path) -> Self {
        let label = |text| Label::new(text).unwrap();
        let new = NewBag {
            name: label("Our bag"),
            founder: label("Ffion"),
            role: Role::Guardian,
            device: label("laptop"),
            policy: Policy::uk(Nation::Wales),
            birth: None,
        };
        let seed = DeviceSeed::from_secret_bytes(Zeroizing::new([7; 32]));
        let created = new.create(seed, doing(), Arc::new(SignedTokens)).unwrap();
        let mut bag = created.bag;
        // This slot needs no passphrase to be derived.
        let parameters = Parameters::Passkey { salt: [3; 16] };
        let slot = Slot::seal(bag.id(), parameters, secret(), &bag.key_ring(), entropy()).unwrap();
        let mut bytes = bag.set_slots(vec![slot]);
        bytes.extend(created.frames);
        drop(BagFile::create(directory.join(FILE), &bytes).unwrap());
        let (file, bag) = open(directory, Access::Write, None);
        let of_all = |purpose| purpose == CompartmentPurpose::Record;
        let (record, _) = bag.state().compartments().find(|(_, one)| of_all(one.purpose)).unwrap();
        Self { file, bag, end: bytes.len() as u64, record, mark: directory.join(MARK) }
    }

    /// How many bytes a change takes that puts one record.
    pub fn frame_bytes(&self) -> usize {
        let Record { name, tag, value } = &Record::new(0);
        let tags = [(TAG, tag.as_str())];
        let (_, pending) = self.bag.put(self.record, &entry(name, &tags, value), doing()).unwrap();
        pending.bytes().len()
    }

    /// Opens what nobody here has opened before: every signature is checked. Gives the number of changes.
    pub fn open_first(directory: &Path) -> usize {
        open(directory, Access::Read, None).1.frames()
    }

    /// Opens what was opened before: no signature is checked.
    pub fn open_again(directory: &Path) -> usize {
        open(directory, Access::Read, Some(&directory.join(MARK))).1.frames()
    }
}

impl Store for Ours {
    fn insert_one_by_one(&mut self, records: &[Record]) {
        records.chunks(1).for_each(|one| self.insert_bulk(one));
    }

    fn insert_bulk(&mut self, records: &[Record]) {
        let tags: Vec<_> = records.iter().map(|record| [(TAG, record.tag.as_str())]).collect();
        let entries: Vec<_> = records
            .iter()
            .zip(&tags)
            .map(|(record, tags)| entry(&record.name, tags, &record.value))
            .collect();
        let (_, pending) = self.bag.put_all(self.record, &entries, doing()).unwrap();
        self.file.append(pending.bytes()).unwrap();
        self.bag.confirm(&pending, self.end);
        self.end += pending.bytes().len() as u64;
    }

    fn fetch(&mut self, name: &str) -> Vec<u8> {
        content(&self.bag.named(name).next().unwrap()).to_vec()
    }

    fn scan(&mut self, see: &mut dyn FnMut(&[u8])) {
        self.bag.entries().for_each(|entry| see(content(&entry)));
    }

    fn find(&mut self, tag: &str) -> Vec<Vec<u8>> {
        self.bag.find(tag).map(|entry| content(&entry).to_vec()).collect()
    }
}

/// What a device remembers when it closes a bag.
impl Drop for Ours {
    fn drop(&mut self) {
        let sealed = self.bag.mark().seal(self.bag.device(), entropy()).unwrap();
        mark::write(&self.mark, &sealed).unwrap();
    }
}

const FILE: &str = "bag";
const MARK: &str = "mark";
const TAG: &str = "subject";

fn open(directory: &Path, access: Access, remembered: Option<&Path>) -> (BagFile, Bag) {
    let mut file = BagFile::open(directory.join(FILE), access).unwrap();
    let preamble = file.preamble().unwrap().clone();
    let ring = preamble.slots.first().unwrap().open(preamble.bag, secret()).unwrap();
    let bag = preamble.bag;
    let remembers = |device: &DeviceKeys| {
        let sealed = mark::read(remembered?).unwrap()?;
        Some(Mark::open(bag, device, &sealed).unwrap())
    };
    let mut opening = Opening::begin(preamble, ring, None, remembers, Arc::new(SignedTokens)).unwrap();
    let taken = file.frames(|piece| {
        opening.piece(&piece).unwrap();
        Ok::<_, bookbag_file::FileError>(())
    });
    taken.unwrap();
    let bag = opening.finish(false).unwrap();
    assert_eq!(bag.findings(), []);
    (file, bag)
}

fn entry<'e>(name: &'e str, tags: &'e [(&'e str, &'e str)], content: &'e [u8]) -> NewEntry<'e> {
    NewEntry { name, media_type: "application/octet-stream", tags, content }
}

fn content<'e>(entry: &Entry<'e>) -> &'e [u8] {
    match entry.current.put.content {
        Content::Inline(bytes) => bytes,
        // Every record fits into a change.
        Content::Attached(_) => &[],
    }
}

fn doing() -> Doing {
    Doing { now: 1_790_000_000, entropy: entropy() }
}

fn secret() -> Zeroizing<[u8; 32]> {
    Zeroizing::new([1; 32])
}

fn entropy() -> Entropy<32> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).unwrap();
    Entropy::from_secure_random(bytes)
}
