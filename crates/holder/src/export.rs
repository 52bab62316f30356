//! Carrying everything away: the bag itself, or a folder that can be read without this software.
//!
//! The folder has one JSON file (RFC 8259) for each entry, the original of each credential and of everything else as it was put, the history, and a page that shows all of it.
//! The page needs nothing but itself: no script, no font, no network. It is meant to be opened in thirty years, by somebody with a browser and good or bad eyes, or printed.
//!
//! The folder is **not encrypted**. It holds what this device can read, and no key.

mod page;

use bookbag_crypto::{Entropy, SaltStream, base64url};
use bookbag_store::bag::{Entry, Version};
use bookbag_store::control::Standing;
use bookbag_store::event::Content;
use bookbag_store::preamble::Preamble;
use bookbag_store::secret::passphrase::NewPassphrase;
use serde_json::{Map, Value, json};

use crate::attach::Detaching;
use crate::error::VerbError;
use crate::holder::{Acting, Holder};
use crate::slots::NewSlot;
use crate::words;

/// Everything this device can read, as files of a folder. Paths have `/` between their parts.
#[derive(Debug)]
pub struct Readable {
    /// Path and content of each file.
    pub files: Vec<(String, Vec<u8>)>,
    /// Path of each attachment, and what it takes to read it.
    pub attachments: Vec<(String, Detaching)>,
}

/// An entry with the names of its files.
pub(crate) struct Shown<'b> {
    entry: Entry<'b>,
    /// The entry's JSON.
    json: String,
    /// Its content as it was put.
    original: String,
}

/// Longest part of a file's name that is made from an entry's, in characters.
const MAX_SLUG_CHARACTERS: usize = 40;

impl Holder {
    /// The start of a copy to carry away: the recovery slots of all members, and a passphrase if one is given. All frames of this file follow. The copy has a
    /// key of its own. With the passphrase it opens as *this* device: write in one of the two only, or let another device in.
    ///
    /// # Errors
    ///
    /// If nothing would open it: there is no printed sheet yet, and no passphrase was given.
    pub fn export_bag(
        &self,
        passphrase: Option<&NewPassphrase>,
        entropy: Entropy<32>,
    ) -> Result<Vec<u8>, VerbError> {
        let mut acting = Acting { now: 0, random: SaltStream::new(entropy) };
        let ring = self.ring_of_a_copy(&mut acting.random);
        let mut slots = self.recovery_slots(&ring, &mut acting)?;
        if let Some(passphrase) = passphrase {
            let ring = bookbag_store::preamble::KeyRing {
                copy_key: ring.copy_key.again(),
                device: self.bag.key_ring().device,
                control: ring.control.clone(),
            };
            let entropy = acting.random.entropy();
            slots.push(NewSlot::Passphrase(passphrase).seal_ring(self.id(), &ring, entropy)?);
        }
        if slots.is_empty() {
            return Err(VerbError::NothingOpens);
        }
        Ok(Preamble::write(self.id(), 1, &slots, &ring.copy_key))
    }

    /// Everything this device can read, as files of a folder.
    pub fn export_readable(&self, now: u64) -> Readable {
        let shown: Vec<Shown<'_>> =
            (1..).zip(self.bag.entries()).map(|(number, entry)| Shown::new(number, entry)).collect();
        let mut readable = Readable { files: Vec::new(), attachments: Vec::new() };
        for one in &shown {
            readable.files.push((one.json.clone(), pretty(&self.entry_json(one))));
            match &one.entry.current.put.content {
                Content::Inline(bytes) => readable.files.push((one.original.clone(), bytes.to_vec())),
                content @ Content::Attached(_) => {
                    let detaching = Detaching::of(content).map(|detaching| (one.original.clone(), detaching));
                    readable.attachments.extend(detaching);
                }
            }
        }
        readable.files.push(("history.json".to_owned(), pretty(&self.history_json())));
        readable.files.push(("bag.json".to_owned(), pretty(&self.bag_json(now))));
        readable.files.push(("index.html".to_owned(), page::page(self, &shown, now).into_bytes()));
        readable
    }

    fn entry_json(&self, shown: &Shown<'_>) -> Value {
        let entry = &shown.entry;
        let mut json = self.version_json(&entry.current);
        json.insert("id".into(), entry.id.to_string().into());
        json.insert("file".into(), shown.original.clone().into());
        let besides: Vec<Value> = entry.besides.iter().map(|it| self.version_json(it).into()).collect();
        let versions = self.bag.versions(&entry.id);
        let is_earlier = |it: &&Version<'_>| {
            it.frame != entry.current.frame && entry.besides.iter().all(|beside| beside.frame != it.frame)
        };
        let earlier: Vec<Value> =
            versions.iter().filter(is_earlier).map(|it| self.version_json(it).into()).collect();
        json.insert("besides".into(), besides.into());
        json.insert("earlier".into(), earlier.into());
        json.into()
    }

    fn version_json(&self, version: &Version<'_>) -> Map<String, Value> {
        let put = &version.put;
        let tags: Vec<Value> = put.tags.iter().map(|(name, value)| json!([name, value])).collect();
        let content = match &put.content {
            Content::Inline(bytes) => match str::from_utf8(bytes) {
                Ok(text) => json!({ "text": text }),
                Err(_) => json!({ "base64url": base64url::encode(bytes) }),
            },
            Content::Attached(attached) => {
                json!({ "attachment_bytes": attached.length, "sha256": hex(&attached.hash) })
            }
        };
        let json = json!({
            "name": put.name,
            "type": put.media_type,
            "tags": tags,
            "compartment": self.compartment_name(version.compartment),
            "put_by": self.author_name(version),
            "put_at": words::timestamp(version.time),
            "change": version.frame.to_string(),
            "content": content,
        });
        match json {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    fn author_name(&self, version: &Version<'_>) -> String {
        let member = self.state().device(version.author).and_then(|it| self.state().member(it.device.member));
        member.map_or_else(|| "somebody who has left".to_owned(), |member| member.name.to_string())
    }

    fn history_json(&self) -> Value {
        let line = |line: crate::history::Line| {
            json!({
                "change": line.frame.to_string(),
                "time": words::timestamp(line.time),
                "who": line.who,
                "device": line.device,
                "what": line.what,
                "counts": line.standing == Standing::Accepted,
                "note": line.note,
            })
        };
        self.history().into_iter().map(line).collect()
    }

    fn bag_json(&self, now: u64) -> Value {
        let state = self.state();
        let members: Vec<Value> = state
            .members()
            .map(
                |(id, it)| json!({ "id": id.to_string(), "name": it.name.as_str(), "role": it.role.words() }),
            )
            .collect();
        json!({
            "bag": self.id().to_string(),
            "name": state.name().as_str(),
            "birth_date": state.birth().map(|birth| birth.date.to_string()),
            "stage": state.stage().words(),
            "members": members,
            "changes": self.bag.frames(),
            "exported_at": words::timestamp(now),
        })
    }
}

impl<'b> Shown<'b> {
    fn new(number: u32, entry: Entry<'b>) -> Self {
        let put = &entry.current.put;
        let stem = format!("{number:04}-{}", slug(put.name));
        let folder = match &put.content {
            Content::Attached(_) => "attachments",
            Content::Inline(_) if is_credential(put.media_type) => "credentials",
            Content::Inline(_) => "originals",
        };
        let original = format!("{folder}/{stem}.{}", extension(put.media_type));
        Self { json: format!("entries/{stem}.json"), original, entry }
    }
}

pub(crate) fn is_credential(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    matches!(
        kind,
        "application/dc+sd-jwt" | "application/vc+sd-jwt" | "application/sd-jwt" | "application/mdoc"
    )
}

/// Letters and digits that every file system takes.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars() {
        if slug.len() >= MAX_SLUG_CHARACTERS {
            break;
        }
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "entry".to_owned() } else { slug.to_owned() }
}

/// What a file of this type is usually called.
fn extension(media_type: &str) -> &'static str {
    match media_type.split(';').next().unwrap_or_default().trim() {
        "text/plain" => "txt",
        "text/markdown" => "md",
        "text/csv" => "csv",
        "text/vcard" => "vcf",
        "application/pdf" => "pdf",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/heic" => "heic",
        "application/dc+sd-jwt" | "application/vc+sd-jwt" | "application/sd-jwt" => "sd-jwt",
        "application/mdoc" => "mdoc",
        "application/jwt" | "application/jose" => "jwt",
        kind if kind == "application/json" || kind.ends_with("+json") => "json",
        _ => "bin",
    }
}

fn pretty(json: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(json).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_plain_whatever_the_entry_is_called() {
        assert_eq!(slug("GCSE results, 2031"), "gcse-results-2031");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("Ŵyl y Banc"), "yl-y-banc");
        assert_eq!(slug("…"), "entry");
        assert_eq!(slug(&"long ".repeat(40)).len(), 39);
        assert_eq!(extension("application/vnd.bookbag.address+json; v=1"), "json");
        assert_eq!(extension("application/x-unheard-of"), "bin");
    }
}
