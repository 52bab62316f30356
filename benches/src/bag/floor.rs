//! What no signed and sealed store can do without: an append and a sync for each durable change, a signature check for
//! each frame of a bag that is opened for the first time, and hashing and decrypting its bytes each time. By the
//! fastest library for each that we know.

use std::fs::File;
use std::hint::black_box;
use std::io::{Seek, Write};
use std::path::Path;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};

use super::work::Done;

/// Writes at the end of a file, each followed by `fdatasync`.
pub struct Appends {
    file: File,
    bytes: Vec<u8>,
}

impl Appends {
    /// Of so many bytes each, to a file that grows with each: the file system has to write down its new length too.
    pub fn growing(directory: &Path, bytes: usize) -> Self {
        Self { file: File::create_new(directory.join("growing")).unwrap(), bytes: vec![7; bytes] }
    }

    /// The same over zeros that were written before, as a log in SQLite does once it has its size.
    pub fn over_zeros(directory: &Path, bytes: usize, count: u32) -> Self {
        let mut file = File::create_new(directory.join("zeros")).unwrap();
        file.write_all(&vec![0; bytes * count as usize]).unwrap();
        file.rewind().unwrap();
        Self { file, bytes: vec![7; bytes] }
    }

    /// So many.
    pub fn run(&mut self, count: u32) -> Done {
        let work = || {
            for _ in 0..count {
                self.file.write_all(&self.bytes).unwrap();
                self.file.sync_data().unwrap();
            }
        };
        Done::time(work, |()| count as usize)
    }
}

/// Signatures by one key that was read before, each of a message of its own.
pub struct Signatures {
    key: VerifyingKey,
    signed: Vec<([u8; SIGNED_BYTES], Signature)>,
}

/// What a signature is over, about: a few hashes and numbers, which say all about a frame.
const SIGNED_BYTES: usize = 256;

impl Signatures {
    /// So many.
    pub fn new(count: u32) -> Self {
        let key = SigningKey::from_bytes(&[7; 32]);
        let message = |number: u32| {
            let mut message = [0; SIGNED_BYTES];
            let (start, _) = message.split_first_chunk_mut().unwrap();
            *start = number.to_le_bytes();
            message
        };
        let signed = (0..count).map(message).map(|message| (message, key.sign(&message))).collect();
        Self { key: key.verifying_key(), signed }
    }

    /// Checks them all. The library's own strict function takes a fifth longer; `bookbag_crypto` is as strict in the time
    /// of this one, so this is what cannot be avoided.
    pub fn run(&self) {
        for (message, signature) in black_box(&self.signed) {
            self.key.verify(message, signature).unwrap();
        }
    }
}

/// Sealed frames, one after the other.
pub struct Sealed {
    key: LessSafeKey,
    frame: usize,
    bytes: Vec<u8>,
}

impl Sealed {
    /// So many, of so many bytes each.
    pub fn new(count: u32, frame: usize) -> Self {
        let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[7; 32]).unwrap());
        let mut bytes = Vec::with_capacity(count as usize * frame);
        for number in 0..count {
            let mut sealed = vec![7; frame - CHACHA20_POLY1305.tag_len()];
            key.seal_in_place_append_tag(nonce(number), Aad::empty(), &mut sealed).unwrap();
            bytes.extend(sealed);
        }
        Self { key, frame, bytes }
    }

    /// Hashes and opens them all.
    pub fn run(&self) {
        let mut scratch = vec![0; self.frame];
        for (number, sealed) in (0..).zip(self.bytes.chunks_exact(self.frame)) {
            black_box(digest(&SHA256, sealed));
            scratch.copy_from_slice(sealed);
            black_box(self.key.open_in_place(nonce(number), Aad::empty(), &mut scratch).unwrap());
        }
    }
}

fn nonce(number: u32) -> Nonce {
    let mut nonce = [0; 12];
    let (start, _) = nonce.split_first_chunk_mut().unwrap();
    *start = number.to_le_bytes();
    Nonce::assume_unique_for_key(nonce)
}
