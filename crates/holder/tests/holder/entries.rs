//! Keeping, finding, replacing, deleting, attaching.

use bookbag_holder::{Holder, VerbError, Where};
use bookbag_store::bag::{NewEntry, WriteError};
use bookbag_store::event::{CompartmentPurpose, MAX_PART_BYTES, Role};
use bookbag_store::id::CompartmentId;

use crate::rig::{Copy, doing};

fn purpose(holder: &Holder, compartment: CompartmentId) -> CompartmentPurpose {
    holder.state().compartment(compartment).unwrap().purpose
}

#[test]
fn a_new_bag_has_a_place_for_everything() {
    let anna = Copy::made_by("Anna");
    anna.assert_clean();
    for (media_type, expected) in [
        ("text/plain", CompartmentPurpose::Record),
        ("application/dc+sd-jwt", CompartmentPurpose::Record),
        ("text/vcard", CompartmentPurpose::Household),
        ("Text/VCard; charset=utf-8", CompartmentPurpose::Household),
        ("application/vnd.bookbag.address+json", CompartmentPurpose::Household),
        ("application/jwk+json", CompartmentPurpose::Personal),
    ] {
        let place = anna.holder.place_for(media_type, Where::ByType).unwrap();
        assert_eq!(purpose(&anna.holder, place), expected, "{media_type}");
    }
}

#[test]
fn what_is_put_is_there_after_closing_the_bag() {
    let mut anna = Copy::made_by("Anna");
    let id = anna.put("Swimming", "25 metres");
    anna.reopen();
    assert_eq!(anna.texts(), ["25 metres"]);
    let entry = NewEntry { name: "Swimming", media_type: "text/plain", tags: &[], content: b"50 metres" };
    anna.holder.replace(id, &entry, doing()).unwrap();
    anna.write();
    anna.reopen();
    assert_eq!(anna.texts(), ["50 metres"]);
    assert_eq!(anna.holder.bag().versions(&id).len(), 2);
    assert_eq!(anna.holder.entry_named("swimming").unwrap().id, id);
    assert_eq!(anna.holder.entry_named(&id.to_string()[..6]).unwrap().id, id);
    anna.assert_clean();
}

#[test]
fn what_is_deleted_is_in_no_byte_of_the_file_and_the_chain_holds() {
    let mut anna = Copy::made_by("Anna");
    let from = anna.file.len();
    let id = anna.put("Clinic", "a sensitive letter");
    let sealed = anna.file[anna.file.len() - 1000..].to_vec();
    assert!(anna.file.len() - from > 1232);
    anna.put("Piano", "grade 2");
    let holds = |file: &[u8]| file.windows(sealed.len()).any(|bytes| bytes == sealed);
    assert!(holds(&anna.file));
    anna.holder.delete(id, doing()).unwrap();
    anna.write();
    assert!(!holds(&anna.file));
    assert_eq!(anna.texts(), ["grade 2"]);
    anna.reopen();
    assert_eq!(anna.texts(), ["grade 2"]);
    assert!(anna.holder.bag().to_drop().is_empty());
    anna.assert_clean();
    let again = anna.holder.delete(id, doing());
    assert_eq!(again, Err(VerbError::Write(WriteError::Unknown("entry"))));
    let _ = anna.holder.take_changes();
    anna.put("Violin", "grade 1");
    anna.reopen();
    assert_eq!(anna.texts(), ["grade 1", "grade 2"]);
}

#[test]
fn a_deletion_reaches_the_other_copy_with_a_merge() {
    let mut anna = Copy::made_by("Anna");
    let id = anna.put("Clinic", "a sensitive letter");
    let mut ben = anna.joined_by("Ben", Role::Guardian, 2);
    assert_eq!(ben.texts(), ["a sensitive letter"]);
    anna.holder.delete(id, doing()).unwrap();
    anna.write();
    let length = ben.file.len();
    ben.merge(&anna);
    assert_eq!(ben.texts(), [] as [&str; 0]);
    assert!(ben.file.len() < length + 5_000, "the body went when the removal came");
    ben.reopen();
    ben.assert_clean();
}

#[test]
fn a_verb_that_fails_leaves_nothing_to_write() {
    let mut anna = Copy::made_by("Anna");
    let long = "x".repeat(70_000);
    let entry = NewEntry { name: "Long", media_type: "text/plain", tags: &[], content: long.as_bytes() };
    assert!(matches!(anna.holder.put(&entry, Where::ByType, doing()), Err(VerbError::Write(_))));
    let nowhere = Where::In(CompartmentId::from_bytes([9; 16]));
    let entry = NewEntry { content: b"short", ..entry };
    let unknown = Err(VerbError::Write(WriteError::Unknown("compartment")));
    assert_eq!(anna.holder.put(&entry, nowhere, doing()), unknown);
    assert!(anna.holder.take_changes().is_empty());
    anna.put("Short", "is kept");
    anna.reopen();
    assert_eq!(anna.texts(), ["is kept"]);
}

/// An attachment of so many bytes, in parts.
fn attach(copy: &mut Copy, bytes: &[u8]) -> bookbag_store::id::EntryId {
    let mut attachment = copy.holder.attach("application/pdf", Where::ByType, doing()).unwrap();
    for part in bytes.chunks(MAX_PART_BYTES) {
        copy.holder.attach_part(&mut attachment, part, doing()).unwrap();
        copy.write();
    }
    let entry = NewEntry { name: "School report", media_type: "application/pdf", tags: &[], content: b"" };
    let id = copy.holder.attached(attachment, &entry, doing()).unwrap();
    copy.write();
    id
}

fn detach(copy: &Copy, id: bookbag_store::id::EntryId) -> Result<Vec<u8>, VerbError> {
    let mut detaching = copy.holder.detach(id)?.unwrap();
    let mut whole = Vec::new();
    while let Some(place) = detaching.next_part(&copy.holder) {
        let (_, at, length) = place?;
        let frame = &copy.file[at as usize..(at + length) as usize];
        whole.extend_from_slice(&detaching.part(&copy.holder, frame)?);
    }
    detaching.finish()?;
    Ok(whole)
}

#[test]
fn an_attachment_comes_back_byte_for_byte() {
    let mut anna = Copy::made_by("Anna");
    let bytes: Vec<u8> = (0..MAX_PART_BYTES + 70_000).map(|at| (at % 251) as u8).collect();
    let id = attach(&mut anna, &bytes);
    assert_eq!(detach(&anna, id).unwrap(), bytes);
    anna.reopen();
    assert_eq!(detach(&anna, id).unwrap(), bytes);
    anna.assert_clean();
    // A file that is written anew has it in another place.
    let note = anna.put("Clinic", "letter");
    anna.holder.delete(note, doing()).unwrap();
    anna.write();
    assert_eq!(detach(&anna, id).unwrap(), bytes);
    // Deleting takes the parts too.
    anna.holder.delete(id, doing()).unwrap();
    anna.write();
    assert!(anna.file.len() < 100_000, "{}", anna.file.len());
}

#[test]
fn parts_come_in_order_and_unchanged_or_not_at_all() {
    let mut anna = Copy::made_by("Anna");
    let bytes = vec![5; MAX_PART_BYTES + 70_000];
    let id = attach(&mut anna, &bytes);
    let mut detaching = anna.holder.detach(id).unwrap().unwrap();
    let (_, at, length) = detaching.next_part(&anna.holder).unwrap().unwrap();
    let frame = anna.file[at as usize..(at + length) as usize].to_vec();
    let mut changed = frame.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(detaching.part(&anna.holder, &changed).unwrap_err(), VerbError::PartDamaged);
    assert_eq!(detaching.part(&anna.holder, &frame[..100]).unwrap_err(), VerbError::PartDamaged);
    assert_eq!(detaching.part(&anna.holder, b"").unwrap_err(), VerbError::PartDamaged);
    detaching.part(&anna.holder, &frame).unwrap();
    // The same part again is not the next.
    assert_eq!(detaching.part(&anna.holder, &frame).unwrap_err(), VerbError::PartDamaged);
    assert_eq!(detaching.finish(), Err(VerbError::PartMissing));
}

#[test]
fn only_the_last_part_may_be_shorter() {
    let mut anna = Copy::made_by("Anna");
    let mut attachment = anna.holder.attach("application/pdf", Where::ByType, doing()).unwrap();
    let too_long = vec![0; MAX_PART_BYTES + 1];
    let refused = anna.holder.attach_part(&mut attachment, &too_long, doing());
    assert_eq!(refused, Err(VerbError::PartLength));
    anna.holder.attach_part(&mut attachment, b"short", doing()).unwrap();
    assert_eq!(anna.holder.attach_part(&mut attachment, b"more", doing()), Err(VerbError::PartLength));
}
