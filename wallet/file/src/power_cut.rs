//! The power fails at every moment of a bag's life, and what is left is one of all the things that may be.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use bookbag_store::frame::scan::{Body, Piece};
use bookbag_store::id::FrameId;

use crate::bag_file::BagFile;
use crate::disk::simulated::{Fault, Simulated};
use crate::maker::Maker;
use crate::{Access, FileError, Keep};

const BAG: &str = "/home/mia.bag";

/// A bag's life so far: what was promised, and from which moment on.
struct Life {
    disk: Simulated,
    maker: Maker,
    /// Frames, and when they were acknowledged.
    acknowledged: Vec<(usize, FrameId)>,
    /// Frames whose bodies were deleted, and when that was acknowledged.
    deleted: Vec<(usize, FrameId)>,
    /// All there ever were.
    made: BTreeSet<FrameId>,
    /// What was deleted in the same step in which a frame was written.
    together: Vec<(FrameId, FrameId)>,
}

/// What is in a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    whole: BTreeSet<FrameId>,
    deleted: BTreeSet<FrameId>,
    changed: usize,
    not_frames: usize,
    torn: usize,
}

impl Life {
    fn begin() -> (Self, BagFile) {
        let (disk, maker) = (Simulated::default(), Maker::new());
        let file = BagFile::create_on(Arc::new(disk.clone()), Path::new(BAG), &maker.new_file()).unwrap();
        let acknowledged = vec![(disk.moment(), maker.genesis)];
        let made = BTreeSet::from([maker.genesis]);
        (Self { disk, maker, acknowledged, deleted: Vec::new(), together: Vec::new(), made }, file)
    }

    fn frames(&mut self, sizes: &[usize]) -> (Vec<FrameId>, Vec<u8>) {
        let (ids, frames): (Vec<_>, Vec<_>) = sizes.iter().map(|size| self.maker.frame(*size)).unzip();
        self.made.extend(&ids);
        (ids, frames.concat())
    }

    fn append(&mut self, file: &mut BagFile, sizes: &[usize]) -> Vec<FrameId> {
        let (ids, frames) = self.frames(sizes);
        file.append(&frames).unwrap();
        self.acknowledged.extend(ids.iter().map(|id| (self.disk.moment(), *id)));
        ids
    }

    fn delete(&mut self, file: &mut BagFile, counter: u64, gone: FrameId) {
        let keep = |head: &bookbag_store::frame::Head<'_>| {
            if head.id() == gone { Keep::WithoutBody } else { Keep::Whole }
        };
        let (ids, more) = self.frames(&[300]);
        file.rewrite_with(&self.maker.start(counter), keep, &more).unwrap();
        self.deleted.push((self.disk.moment(), gone));
        self.acknowledged.extend(ids.iter().map(|id| (self.disk.moment(), *id)));
        self.together.extend(ids.iter().map(|id| (gone, *id)));
    }

    /// Whether what a disk holds keeps the promises that had been made at a moment.
    fn check(&self, disk: &Simulated, moment: usize) -> Found {
        let promised = |list: &[(usize, FrameId)]| -> BTreeSet<FrameId> {
            list.iter().filter(|(at, _)| *at <= moment).map(|(_, id)| *id).collect()
        };
        let acknowledged = promised(&self.acknowledged);
        let mut file = match open(disk, Access::Write) {
            Err(FileError::NotFound(_)) if acknowledged.is_empty() => return Found::default(),
            opened => opened.unwrap(),
        };
        let found = found(&mut file);
        let there: BTreeSet<_> = found.whole.union(&found.deleted).copied().collect();
        assert!(there.is_superset(&acknowledged), "lost at {moment}");
        assert!(there.is_subset(&self.made), "believed at {moment}");
        assert!(found.deleted.is_superset(&promised(&self.deleted)), "undeleted at {moment}");
        // What was written in one step is there together, or not at all.
        assert!(self.together.iter().all(|(gone, new)| found.deleted.contains(gone) == there.contains(new)));
        // Of what was never to be deleted nothing is.
        assert!(found.deleted.iter().all(|id| self.deleted.iter().any(|(_, gone)| gone == id)));
        found
    }
}

fn open(disk: &Simulated, access: Access) -> Result<BagFile, FileError> {
    BagFile::open_on(Arc::new(disk.clone()), Path::new(BAG), access)
}

fn found(file: &mut BagFile) -> Found {
    let mut found = Found::default();
    let each = |piece: Piece<'_>| {
        match piece {
            Piece::Frame { head, body: Body::Here(_) | Body::Apart, .. } => {
                found.whole.insert(head.id());
            }
            Piece::Frame { head, body: Body::Deleted, .. } => {
                found.deleted.insert(head.id());
            }
            Piece::Frame { body: Body::Changed(_), .. } => found.changed += 1,
            Piece::NotFrames { .. } => found.not_frames += 1,
            Piece::Torn { .. } => found.torn += 1,
        }
        Ok::<_, FileError>(())
    };
    file.frames(each).unwrap();
    found
}

/// Small and larger changes, several in one append, deletions, a torn tail that is cut off.
fn life() -> Life {
    let (mut life, mut file) = Life::begin();
    let first = life.append(&mut file, &[100]);
    life.append(&mut file, &[100, 2000, 100]);
    life.append(&mut file, &[9000]);
    life.delete(&mut file, 1, first[0]);
    let second = life.append(&mut file, &[1300]);
    drop(file);
    // A program that was killed while it wrote.
    let (_, torn) = life.frames(&[3000]);
    let end = life.disk.bytes(Path::new(BAG)).unwrap().len() as u64;
    let raw = crate::disk::Disk::open(&life.disk, Path::new(BAG), true).unwrap();
    raw.write_at(end, &torn[..torn.len() / 2]).unwrap();
    let mut file = open(&life.disk, Access::Write).unwrap();
    life.append(&mut file, &[100]);
    life.delete(&mut file, 2, second[0]);
    life.append(&mut file, &[100]);
    life
}

#[test]
fn nothing_acknowledged_is_lost_when_the_power_fails() {
    let mut life = life();
    let (new, frame) = life.frames(&[100]);
    let mut tried = 0;
    for moment in 0..=life.disk.moment() {
        for disk in life.disk.cut(moment) {
            tried += 1;
            let before = life.check(&disk, moment);
            let Ok(mut file) = open(&disk, Access::Write) else { continue };
            file.append(&frame).unwrap();
            drop(file);
            // What is written next is found, and nothing of what was there is gone but the torn frame.
            let after = life.check(&disk, moment);
            assert!(after.whole.contains(&new[0]));
            assert!(after.whole.is_superset(&before.whole));
            assert_eq!((after.deleted, after.torn), (before.deleted, 0));
            assert!(after.not_frames <= before.not_frames + before.torn);
            assert_eq!(names(&disk), 1, "leftovers");
        }
    }
    assert!(tried > 2000, "{tried}");
}

#[test]
fn what_a_killed_program_left_does_not_vanish_once_it_was_seen() {
    let life = life();
    for moment in 0..=life.disk.moment() {
        let disk = life.disk.killed(moment);
        let seen = life.check(&disk, moment);
        for left in disk.cut(disk.moment()) {
            let again = life.check(&left, moment);
            assert!(again.whole.is_superset(&seen.whole), "at {moment}");
            assert!(again.deleted.is_superset(&seen.deleted), "at {moment}");
        }
    }
}

#[test]
fn a_full_disk_loses_nothing_and_takes_the_change_later() {
    let (mut life, mut file) = Life::begin();
    let (ids, frames) = life.frames(&[2000]);
    let before = life.disk.bytes(Path::new(BAG));
    for written in [0, 1, 511, 512, 1500, frames.len() - 1] {
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge] {
            life.disk.fail(&[Fault::Write(written, kind)]);
            assert!(matches!(file.append(&frames), Err(FileError::Full { .. })));
            assert_eq!(life.disk.bytes(Path::new(BAG)), before);
        }
        life.disk.fail(&[Fault::Write(written, ErrorKind::Other)]);
        assert!(matches!(file.append(&frames), Err(FileError::NotWritten { .. })));
    }
    life.disk.fail(&[Fault::Sync]);
    assert!(matches!(file.append(&frames), Err(FileError::NotWritten { .. })));
    assert_eq!(life.disk.bytes(Path::new(BAG)), before);
    file.append(&frames).unwrap();
    assert!(found(&mut file).whole.contains(&ids[0]));
}

#[test]
fn what_cannot_be_taken_back_stops_the_writer_until_it_opens_the_bag_again() {
    let stops: [&[Fault]; 3] = [
        &[Fault::Write(700, ErrorKind::StorageFull), Fault::SetLength],
        &[Fault::Sync, Fault::SetLength],
        &[Fault::Sync, Fault::Sync],
    ];
    for faults in stops {
        let (mut life, mut file) = Life::begin();
        let (_, frames) = life.frames(&[2000]);
        life.disk.fail(faults);
        assert!(matches!(file.append(&frames), Err(FileError::Stopped(_))));
        assert!(matches!(file.append(&frames), Err(FileError::Stopped(_))), "{faults:?}");
        assert!(matches!(file.rewrite(&life.maker.start(1), |_| Keep::Whole), Err(FileError::Stopped(_))));
        found(&mut file);
        assert!(matches!(file.append(&frames), Err(FileError::Stopped(_))), "reading does not mend it");
        drop(file);
        let mut file = open(&life.disk, Access::Write).unwrap();
        let ids = life.append(&mut file, &[100]);
        let found = life.check(
            &{
                drop(file);
                life.disk.clone()
            },
            usize::MAX,
        );
        assert!(found.whole.contains(&ids[0]));
        assert_eq!((found.torn, found.not_frames, found.changed), (0, 0, 0));
    }
}

#[test]
fn a_file_that_was_written_anew_is_trusted_when_its_place_is_sure() {
    let (mut life, mut file) = Life::begin();
    life.disk.fail(&[Fault::SyncNames, Fault::SyncNames]);
    assert!(matches!(file.rewrite(&life.maker.start(1), |_| Keep::Whole), Err(FileError::Unsure { .. })));
    let (_, frames) = life.frames(&[100]);
    assert!(matches!(file.append(&frames), Err(FileError::NotWritten { .. })));
    let ids = life.append(&mut file, &[100]);
    drop(file);
    for disk in life.disk.cut(life.disk.moment()) {
        assert!(life.check(&disk, life.disk.moment()).whole.contains(&ids[0]));
    }
}

#[test]
fn a_rewriting_that_fails_leaves_the_old_file() {
    let (mut life, mut file) = Life::begin();
    life.append(&mut file, &[100, 70_000]);
    let before = life.disk.bytes(Path::new(BAG));
    for fault in [Fault::Write(100, ErrorKind::StorageFull), Fault::Sync] {
        life.disk.fail(&[fault]);
        assert!(file.rewrite(&life.maker.start(1), |_| Keep::WithoutBody).is_err());
        assert_eq!((life.disk.bytes(Path::new(BAG)), names(&life.disk)), (before.clone(), 1));
    }
    life.append(&mut file, &[100]);
}

fn names(disk: &Simulated) -> usize {
    crate::disk::Disk::names(disk, Path::new("/home")).unwrap().len()
}

/// Whatever the length at which a file ends, what is whole before it is there, and what comes next too.
#[test]
fn a_file_cut_anywhere_goes_on() {
    let (mut life, mut file) = Life::begin();
    let bytes: Vec<_> = [100, 100, 2000].map(|size| life.frames(&[size])).into();
    for (_, frames) in &bytes {
        file.append(frames).unwrap();
    }
    drop(file);
    let whole = life.disk.bytes(Path::new(BAG)).unwrap();
    let first = life.maker.new_file().len();
    let (new, frame) = life.frames(&[100]);
    for cut in first..whole.len() {
        let disk = Simulated::default();
        disk.put(Path::new(BAG), &whole[..cut]);
        let mut file = open(&disk, Access::Write).unwrap();
        let before = found(&mut file);
        file.append(&frame).unwrap();
        let after = found(&mut file);
        let kept = bytes.iter().scan(first, |end, (_, frames)| {
            *end += frames.len();
            Some(*end)
        });
        assert_eq!(before.whole.len(), 1 + kept.filter(|end| *end <= cut).count());
        assert!(after.whole.is_superset(&before.whole) && after.whole.contains(&new[0]));
        assert_eq!((after.torn, after.not_frames, after.changed), (0, 0, 0), "cut at {cut}");
    }
}

#[test]
fn a_changed_bit_before_the_frames_costs_no_frame() {
    let (mut life, mut file) = Life::begin();
    life.append(&mut file, &[100, 100]);
    drop(file);
    let whole = life.disk.bytes(Path::new(BAG)).unwrap();
    for bit in 0..life.maker.start(0).len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let disk = Simulated::default();
        disk.put(Path::new(BAG), &changed);
        let mut file = open(&disk, Access::Write).unwrap();
        assert_eq!(found(&mut file).whole.len(), 3, "bit {bit}");
        // Slots that were lost can be written anew, by somebody who has others.
        if file.preamble().is_err() {
            file.rewrite(&life.maker.start(1), |_| Keep::Whole).unwrap();
            assert!(file.preamble().is_ok());
            let found = found(&mut file);
            assert_eq!((found.whole.len(), found.not_frames), (3, 0));
        }
    }
}

#[test]
fn attachments_are_passed_over() {
    let (mut life, mut file) = Life::begin();
    let parts = vec![1_000_000; 8];
    let ids = life.append(&mut file, &parts);
    life.append(&mut file, &[100]);
    let before = life.disk.read();
    let mut places = Vec::new();
    let each = |piece: Piece<'_>| {
        if let Piece::Frame { at, head, body: Body::Apart } = piece {
            places.push((at, head.id()));
        }
        Ok::<_, FileError>(())
    };
    file.frames(each).unwrap();
    assert!(life.disk.read() - before < 150_000, "{}", life.disk.read() - before);
    assert_eq!(places.iter().map(|(_, id)| *id).collect::<Vec<_>>(), ids);
    // And are found again after a rewriting, if they are whole and those that were asked for.
    let gone = ids[2];
    let keep = |head: &bookbag_store::frame::Head<'_>| {
        if head.id() == gone { Keep::WithoutBody } else { Keep::Whole }
    };
    let moved = file.rewrite(&life.maker.start(1 << 40), keep).unwrap();
    for (at, id) in &places {
        let body = file.read_body(moved.to(*at), *id);
        assert_eq!(body.is_ok(), *id != gone);
        assert!(file.read_body(moved.to(*at) + 1, *id).is_err());
        assert!(file.read_body(moved.to(*at), gone).is_err());
        assert!(body.is_err() || file.read_body(*at, *id).is_err());
    }
    let (last, id) = places[7];
    let at = moved.to(last);
    crate::disk::Disk::open(&life.disk, Path::new(BAG), true).unwrap().write_at(at + 500_000, b"x").unwrap();
    assert!(matches!(file.read_body(at, id), Err(FileError::NoBody { .. })));
}

/// The length noted, the content not, or only its beginning: the rest reads as zeros.
#[test]
fn a_frame_that_reads_as_zeros_is_cut_off() {
    let (mut life, mut file) = Life::begin();
    life.append(&mut file, &[100]);
    drop(file);
    let whole = life.disk.bytes(Path::new(BAG)).unwrap();
    let (_, torn) = life.frames(&[3000, 100]);
    let (_, frame) = life.frames(&[100]);
    for written in (0..3000).step_by(100) {
        let disk = Simulated::default();
        let zeros = vec![0; torn.len() - written];
        disk.put(Path::new(BAG), &[&whole, &torn[..written], &zeros].concat());
        let mut file = open(&disk, Access::Write).unwrap();
        // Zeros alone are nothing: they were written ahead.
        let torn = usize::from(written > 0);
        assert_eq!((found(&mut file).torn, found(&mut file).whole.len()), (torn, 2));
        file.append(&frame).unwrap();
        drop(file);
        assert_eq!(disk.bytes(Path::new(BAG)), Some([whole.clone(), frame.clone()].concat()));
    }
}

/// The cut is on the disk before anything is written there.
#[test]
fn no_rest_of_a_torn_frame_follows_a_new_one() {
    let (mut life, file) = Life::begin();
    drop(file);
    let (_, torn) = life.frames(&[5000]);
    let whole = [life.maker.new_file(), torn[..4000].to_vec()].concat();
    let disk = Simulated::default();
    disk.put(Path::new(BAG), &whole);
    let mut file = open(&disk, Access::Write).unwrap();
    let (ids, frame) = life.frames(&[100]);
    file.append(&frame).unwrap();
    drop(file);
    for left in (0..=disk.moment()).flat_map(|moment| disk.cut(moment)) {
        let found = found(&mut open(&left, Access::Read).unwrap());
        assert!(!found.whole.contains(&ids[0]) || (found.torn, found.not_frames) == (0, 0), "{found:?}");
    }
}

/// Changes one by one, until most of them are written over zeros.
#[test]
fn what_a_power_cut_leaves_over_zeros_is_whole_or_torn() {
    let (mut life, mut file) = Life::begin();
    let mut over_zeros = 0;
    for size in [100, 1300, 100, 100, 2500, 100, 700, 100, 4000, 100, 100] {
        let before = life.disk.bytes(Path::new(BAG)).unwrap().len();
        let begun = life.disk.moment();
        life.append(&mut file, &[size]);
        let grew = life.disk.bytes(Path::new(BAG)).unwrap().len() > before;
        over_zeros += usize::from(!grew);
        for moment in (begun..=life.disk.moment()).filter(|_| !grew) {
            for disk in life.disk.cut(moment) {
                let found = life.check(&disk, moment);
                assert_eq!((found.not_frames, found.changed), (0, 0), "{size} at {moment}");
            }
        }
    }
    assert!(over_zeros > 4, "{over_zeros}");
    drop(file);
    let kept = life.disk.bytes(Path::new(BAG)).unwrap();
    assert_ne!(kept.last(), Some(&0));
    assert_eq!(life.check(&life.disk.clone(), usize::MAX).torn, 0);
}

/// A later frame of several might be there without an earlier one, so that the chain had a hole.
#[test]
fn several_frames_are_not_written_over_zeros() {
    let (mut life, mut file) = Life::begin();
    life.append(&mut file, &[100]);
    life.append(&mut file, &[100]);
    let (_, frame) = life.frames(&[100]);
    assert!(
        matches!(file.end, crate::bag_file::End::Room { at, length } if at + frame.len() as u64 <= length)
    );
    let begun = life.disk.moment();
    life.append(&mut file, &[100, 100]);
    let zeros = life.disk.killed(begun).bytes(Path::new(BAG)).unwrap().len();
    let cut = life.disk.killed(begun + 1).bytes(Path::new(BAG)).unwrap().len();
    assert!(cut < zeros);
}

#[test]
fn zeros_that_find_no_room_are_done_without() {
    let (mut life, mut file) = Life::begin();
    life.append(&mut file, &[100]);
    let (ids, frame) = life.frames(&[100]);
    life.disk.fail(&[Fault::None, Fault::Write(300, ErrorKind::StorageFull)]);
    file.append(&frame).unwrap();
    assert!(found(&mut file).whole.contains(&ids[0]));
}

/// A program that was killed left its zeros behind: they are no damage, and the next one goes on before them.
#[test]
fn zeros_that_were_left_behind_are_nothing() {
    let (mut life, mut file) = Life::begin();
    life.append(&mut file, &[100]);
    let ids = life.append(&mut file, &[100]);
    let disk = life.disk.killed(life.disk.moment());
    assert_eq!(disk.bytes(Path::new(BAG)).unwrap().last(), Some(&0));
    let mut file = open(&disk, Access::Write).unwrap();
    let before = found(&mut file);
    assert_eq!((before.torn, before.not_frames, before.changed), (0, 0, 0));
    let (next, frame) = life.frames(&[100]);
    file.append(&frame).unwrap();
    let after = found(&mut file);
    assert!(after.whole.contains(&ids[0]) && after.whole.contains(&next[0]));
    assert_eq!((after.torn, after.not_frames, after.changed), (0, 0, 0));
}
