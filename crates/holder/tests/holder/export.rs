//! What is carried away: everything, readable, and nothing that is fetched or run.

use bookbag_holder::Where;
use bookbag_store::bag::NewEntry;
use bookbag_store::event::Role;
use serde_json::{Value, json};

use crate::rig::{Copy, doing};
use crate::witness::credential;

fn file<'r>(readable: &'r bookbag_holder::Readable, path: &str) -> &'r [u8] {
    let found = readable.files.iter().find(|(name, _)| name == path);
    &found.unwrap_or_else(|| panic!("no {path} in {:?}", paths(readable))).1
}

fn paths(readable: &bookbag_holder::Readable) -> Vec<&str> {
    readable.files.iter().map(|(path, _)| path.as_str()).collect()
}

#[test]
fn the_folder_has_every_entry_its_original_and_a_page() {
    let mut anna = Copy::made_by("Anna");
    let id = anna.put("Swimming <b>badge</b>", "25 metres & more");
    let entry = NewEntry {
        name: "Swimming <b>badge</b>",
        media_type: "text/plain",
        tags: &[],
        content: b"50 metres",
    };
    anna.holder.replace(id, &entry, doing()).unwrap();
    anna.write();
    let token = credential(
        1,
        &json!({ "birthdate": "2016-05-04", "address": { "town": "Llanfair" } }),
        &["birthdate"],
    );
    anna.put_as("application/dc+sd-jwt", "Birth certificate", &token);
    let mut attachment = anna.holder.attach("application/pdf", Where::ByType, doing()).unwrap();
    anna.holder.attach_part(&mut attachment, b"%PDF", doing()).unwrap();
    let pdf = NewEntry { name: "Report", media_type: "application/pdf", tags: &[], content: b"" };
    anna.holder.attached(attachment, &pdf, doing()).unwrap();
    anna.write();

    let readable = anna.holder.export_readable(1_790_000_000);
    assert_eq!(
        paths(&readable),
        [
            "entries/0001-swimming-b-badge-b.json",
            "originals/0001-swimming-b-badge-b.txt",
            "entries/0002-birth-certificate.json",
            "credentials/0002-birth-certificate.sd-jwt",
            "entries/0003-report.json",
            "history.json",
            "bag.json",
            "index.html"
        ]
    );
    assert_eq!(file(&readable, "credentials/0002-birth-certificate.sd-jwt"), token.as_bytes());
    assert_eq!(readable.attachments.len(), 1);
    assert_eq!(readable.attachments[0].0, "attachments/0003-report.pdf");
    let json: Value =
        serde_json::from_slice(file(&readable, "entries/0001-swimming-b-badge-b.json")).unwrap();
    assert_eq!(json["content"]["text"], "50 metres");
    assert_eq!(json["earlier"][0]["content"]["text"], "25 metres & more");
    assert_eq!(json["put_by"], "Anna");
    assert_eq!(json["id"], id.to_string());
    let history: Value = serde_json::from_slice(file(&readable, "history.json")).unwrap();
    assert!(history.as_array().unwrap().iter().any(|line| line["what"] == "kept “Birth certificate”"));
}

#[test]
fn the_page_needs_nothing_else_and_runs_nothing() {
    let mut anna = Copy::made_by("Anna");
    anna.put("<script>alert(1)</script>", "<img src=x onerror=alert(1)>");
    let token = credential(1, &json!({ "birthdate": "2016-05-04", "<b>": "<i>" }), &["birthdate"]);
    anna.put_as("application/dc+sd-jwt", "Birth", &token);
    let readable = anna.holder.export_readable(1_790_000_000);
    let page = str::from_utf8(file(&readable, "index.html")).unwrap();
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en-GB\">"));
    assert!(page.contains("default-src 'none'"));
    for never in ["<script", "<img", "http://", "https://x", "@import", "url(", "<link", "<b>", "<i></dt>"] {
        assert!(!page.contains(never), "{never}");
    }
    assert!(page.contains("&lt;script&gt;") && page.contains("<dt>birthdate</dt>\n<dd>2016-05-04</dd>"));
    for needed in ["<main>", "<h1>", "@media print", "scope=\"col\"", "aria-label", "</html>"] {
        assert!(page.contains(needed), "{needed}");
    }
    // Every link leads to a file of the folder.
    for link in page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let is_there = link.starts_with('#') || readable.files.iter().any(|(path, _)| path == link);
        assert!(is_there, "{link}");
    }
}

#[test]
fn nothing_is_exported_that_this_member_does_not_read() {
    let mut anna = Copy::made_by("Anna");
    anna.put_as("text/vcard", "Where Anna lives", "1 High Street");
    anna.put("Swimming", "25 metres");
    let ben = anna.joined_by("Ben", Role::Guardian, 2);
    let readable = ben.holder.export_readable(1_790_000_000);
    for (path, bytes) in &readable.files {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("High Street") && !text.contains("Where Anna"), "{path}");
    }
    assert!(paths(&readable).contains(&"originals/0001-swimming.txt"));
}

#[test]
fn an_empty_bag_says_so() {
    let anna = Copy::made_by("Anna");
    let readable = anna.holder.export_readable(1_790_000_000);
    assert!(String::from_utf8_lossy(file(&readable, "index.html")).contains("<p>Nothing yet.</p>"));
}
