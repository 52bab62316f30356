//! A stand-in for the bag, until `crates/store` is there: one file of sealed and signed frames without compartments, members,
//! history or padding. It tries the benchmark out and shows about how fast a bag could be; it measures nothing of ours.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use bookbag_crypto::aead::{AeadKey, Nonce};
use bookbag_crypto::{Algorithm, Entropy, HashAlgorithm, PublicKey, SigningKey};

use super::work::{RECORD_BYTES, Record, Store};

/// What the tables call it.
pub const NAME: &str = "stand-in";

/// An open one, with every entry decrypted in memory.
pub struct Ours {
    file: Log,
    keys: Keys,
    kept: Kept,
}

/// Frames, and zeros after them: to sync what is written over zeros, the file system need not write down a new length.
struct Log {
    file: File,
    end: u64,
    room: u64,
}

struct Keys {
    seal: AeadKey,
    sign: SigningKey,
    check: PublicKey,
}

#[derive(Default)]
struct Kept {
    values: Vec<Vec<u8>>,
    by_name: HashMap<String, usize>,
    by_tag: HashMap<String, Vec<usize>>,
}

impl Ours {
    /// An empty one.
    pub fn new(directory: &Path) -> Self {
        let file = File::create_new(directory.join(FILE)).unwrap();
        Self { file: Log { file, end: 0, room: 0 }, keys: Keys::new(), kept: Kept::default() }
    }

    /// How many bytes a change takes that puts one record.
    pub fn frame_bytes(&self) -> usize {
        self.keys.frame(0, &Record::new(0)).len()
    }

    /// Opens what nobody here has opened before: every signature is checked. No passphrase is derived.
    pub fn open_first(directory: &Path) -> usize {
        read(directory, |keys, digest, signature| keys.check.verify(digest, signature).unwrap())
    }

    /// Opens what was opened before: no signature is checked.
    pub fn open_again(directory: &Path) -> usize {
        read(directory, |_, _, _| ())
    }
}

impl Store for Ours {
    fn insert_one_by_one(&mut self, records: &[Record]) {
        records.chunks(1).for_each(|one| self.insert_bulk(one));
    }

    fn insert_bulk(&mut self, records: &[Record]) {
        let mut frames = Vec::with_capacity(records.len() * (RECORD_BYTES + 256));
        for (number, record) in (self.kept.values.len()..).zip(records) {
            frames.extend(self.keys.frame(number, record));
            self.kept.keep(record);
        }
        self.file.append(&frames);
    }

    fn fetch(&mut self, name: &str) -> Vec<u8> {
        self.kept.value(*self.kept.by_name.get(name).unwrap())
    }

    fn scan(&mut self, see: &mut dyn FnMut(&[u8])) {
        self.kept.values.iter().for_each(|value| see(value));
    }

    fn find(&mut self, tag: &str) -> Vec<Vec<u8>> {
        self.kept.by_tag.get(tag).unwrap().iter().map(|at| self.kept.value(*at)).collect()
    }
}

const FILE: &str = "bag";

/// Zeros written at a time.
const ROOM: usize = 1 << 20;

impl Log {
    fn append(&mut self, frames: &[u8]) {
        self.file.write_all_at(frames, self.end).unwrap();
        self.end += frames.len() as u64;
        if self.end > self.room {
            self.file.write_all_at(&vec![0; ROOM], self.end).unwrap();
            self.room = self.end + ROOM as u64;
        }
        self.file.sync_data().unwrap();
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.file.set_len(self.end).unwrap();
    }
}

impl Kept {
    fn keep(&mut self, Record { name, tag, value }: &Record) {
        let at = self.values.len();
        self.values.push(value.clone());
        self.by_name.insert(name.clone(), at);
        self.by_tag.entry(tag.clone()).or_default().push(at);
    }

    fn value(&self, at: usize) -> Vec<u8> {
        self.values.get(at).unwrap().clone()
    }
}

impl Keys {
    fn new() -> Self {
        let sign = SigningKey::generate(Algorithm::EdDsa, Entropy::from_secure_random([7; 48])).unwrap();
        let seal = AeadKey::generate(Entropy::from_secure_random([8; 32]));
        Self { seal, check: sign.public_key().unwrap(), sign }
    }

    fn frame(&self, number: usize, record: &Record) -> Vec<u8> {
        let plaintext = serde_json::to_vec(&(&record.name, &record.tag)).unwrap();
        let length = u8::try_from(plaintext.len()).unwrap();
        let plaintext = [&[length][..], &plaintext, &record.value].concat();
        let sealed = self.seal.seal(nonce(number), &[], &plaintext).unwrap();
        let signature = self.sign.sign(&digest(&sealed));
        let length = u32::try_from(sealed.len()).unwrap().to_le_bytes();
        [&length[..], signature.as_bytes(), &sealed].concat()
    }

    fn open(&self, number: usize, sealed: &[u8]) -> Record {
        let plaintext = self.seal.open(&nonce(number), &[], sealed).unwrap();
        let (length, rest) = plaintext.split_first().unwrap();
        let (names, value) = rest.split_at(usize::from(*length));
        let (name, tag) = serde_json::from_slice(names).unwrap();
        Record { name, tag, value: value.to_vec() }
    }
}

fn read(directory: &Path, check: impl Fn(&Keys, &[u8], &[u8])) -> usize {
    let bytes = std::fs::read(directory.join(FILE)).unwrap();
    let (keys, mut kept, mut rest) = (Keys::new(), Kept::default(), bytes.as_slice());
    while let Some((length, after)) = rest.split_first_chunk() {
        let (signature, after) = after.split_at(64);
        let (sealed, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        check(&keys, &digest(sealed), signature);
        kept.keep(&keys.open(kept.values.len(), sealed));
        rest = after;
    }
    kept.by_name.len()
}

fn digest(sealed: &[u8]) -> Vec<u8> {
    HashAlgorithm::Sha256.digest(sealed).as_ref().to_vec()
}

fn nonce(number: usize) -> Nonce {
    let mut nonce = [0; 12];
    let (start, _) = nonce.split_first_chunk_mut().unwrap();
    *start = (number as u64).to_le_bytes();
    Nonce::from_bytes(nonce)
}
