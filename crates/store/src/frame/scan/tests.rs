#![expect(
    clippy::cast_possible_truncation,
    clippy::large_stack_arrays,
    reason = "files in memory, and long events"
)]

use bookbag_crypto::{Algorithm, Entropy, SigningKey};
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::frame::Draft;
use crate::id::{CompartmentId, DeviceId, FrameId};
use crate::key::EpochKey;

/// A bag: its first frame and those that follow, each with the one before as parent.
struct Bag {
    id: BagId,
    frames: Vec<Vec<u8>>,
}

/// A piece without what it borrows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Here(u64, FrameId),
    Apart(u64, FrameId),
    Deleted(u64, FrameId),
    Changed(u64, FrameId, usize),
    NotFrames(u64, u64),
    Torn(u64, u64),
}

fn bag(events: &[&[u8]]) -> Bag {
    let epoch = EpochKey::from_secret_bytes(CompartmentId::from_bytes([1; 16]), Zeroizing::new([1; 32]));
    let signing = SigningKey::generate(Algorithm::EdDsa, Entropy::from_secure_random([3; 48])).unwrap();
    let (mut parents, mut id, mut frames) = (Vec::new(), None, Vec::new());
    for event in events {
        let author = DeviceId::from_bytes([4; 16]);
        let draft = Draft { bag: id, parents: &parents, author, time: 1_790_000_000, event };
        let entropy = Entropy::from_secure_random([frames.len() as u8; 32]);
        let (name, frame) = draft.seal((&epoch.header_key(), &epoch), &signing, entropy).unwrap();
        id = id.or(Some(BagId::of_genesis(name)));
        parents = vec![name];
        frames.push(frame);
    }
    Bag { id: id.unwrap(), frames }
}

fn id(frame: &[u8]) -> FrameId {
    Head::read(frame).unwrap().id()
}

fn seen(piece: &Piece<'_>) -> Seen {
    match piece {
        Piece::Frame { at, head, body } => match body {
            Body::Here(_) => Seen::Here(*at, head.id()),
            Body::Apart => Seen::Apart(*at, head.id()),
            Body::Deleted => Seen::Deleted(*at, head.id()),
            Body::Changed(body) => Seen::Changed(*at, head.id(), body.len()),
        },
        Piece::NotFrames { at, length } => Seen::NotFrames(*at, *length),
        Piece::Torn { at, length } => Seen::Torn(*at, *length),
    }
}

fn scan(bag: Option<BagId>, file: &[u8]) -> Vec<Seen> {
    let scanner = Scanner::new(bag, 0..file.len() as u64);
    let whole: Vec<_> = scanner.clone().pieces(file).map(|piece| seen(&piece)).collect();
    assert_eq!(sparingly(scanner, file), whole);
    whole
}

/// Shows no byte more than was asked for.
fn sparingly(mut scanner: Scanner, file: &[u8]) -> Vec<Seen> {
    let (mut found, mut bytes) = (Vec::new(), 0);
    loop {
        assert!(bytes <= MAX_WINDOW_BYTES);
        let at = scanner.at() as usize;
        match scanner.step(&file[at..at + bytes]) {
            Step::Piece(piece) => {
                found.push(seen(&piece));
                bytes = 0;
            }
            Step::More(more) => bytes = more,
            Step::End => return found,
        }
    }
}

fn small() -> Bag {
    bag(&[b"begin", b"second", b"third", b"fourth"])
}

/// Where frames stand whole in a file, whatever stands between.
fn whole_frames(bag: &Bag, file: &[u8]) -> Vec<(usize, FrameId)> {
    let at = |frame: &Vec<u8>| file.windows(frame.len()).position(|window| window == frame);
    bag.frames.iter().filter_map(|frame| Some((at(frame)?, id(frame)))).collect()
}

fn believed(found: &[Seen]) -> Vec<FrameId> {
    found.iter().filter_map(|s| if let Seen::Here(_, id) = s { Some(*id) } else { None }).collect()
}

#[test]
fn frames_are_found_where_they_are() {
    let Bag { id: bag, mut frames } = bag(&[b"begin", &[7; 70_000], &[8; 3000], b"last"]);
    frames[2] = Head::read(&frames[2]).unwrap().without_body();
    let starts: Vec<_> = (0..4).map(|at| frames[..at].concat().len() as u64).collect();
    let expected = vec![
        Seen::Here(starts[0], id(&frames[0])),
        Seen::Apart(starts[1], id(&frames[1])),
        Seen::Deleted(starts[2], id(&frames[2])),
        Seen::Here(starts[3], id(&frames[3])),
    ];
    let file = frames.concat();
    assert_eq!(scan(Some(bag), &file), expected);
    assert_eq!(scan(None, &file), expected);
    assert_eq!(scan(Some(bag), &[]), []);
}

#[test]
fn a_file_cut_anywhere_is_torn_there() {
    let bag = small();
    let file = bag.frames.concat();
    let length = bag.frames[0].len();
    let mut ends = vec![0];
    bag.frames.iter().for_each(|frame| ends.push(ends[ends.len() - 1] + frame.len()));
    for cut in 0..file.len() {
        let found = scan(Some(bag.id), &file[..cut]);
        let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
        assert_eq!(believed(&found).len(), whole, "cut at {cut}");
        let torn = (ends[whole] < cut).then(|| Seen::Torn(ends[whole] as u64, (cut - ends[whole]) as u64));
        assert_eq!(found.get(whole), torn.as_ref(), "cut at {cut}");
        if cut < length * 2 {
            // The new length noted, the content not: zeros up to some sector or to where the file would have ended.
            for zeros in [4, 512, 4096] {
                let mut file = file[..cut].to_vec();
                let written = file.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1) as u64;
                file.resize(cut + zeros, 0);
                let scanner = Scanner::new(Some(bag.id), 0..file.len() as u64).with_zeros_from(written);
                let found = sparingly(scanner, &file);
                assert_eq!(believed(&found).len(), whole, "cut at {cut}, {zeros} zeros");
                assert!(matches!(found.last(), Some(Seen::Torn(at, _)) if *at == ends[whole] as u64));
            }
        }
    }
}

#[test]
fn a_changed_bit_costs_one_frame_and_cuts_off_none() {
    let bag = small();
    let file = bag.frames.concat();
    let ids: Vec<_> = bag.frames.iter().map(|f| id(f)).collect();
    for bit in 0..file.len() * 8 {
        let mut changed = file.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let found = scan(Some(bag.id), &changed);
        assert!(!found.iter().any(|seen| matches!(seen, Seen::Torn(..))), "bit {bit}: {found:?}");
        let mut end = 0;
        let hit = bag.frames.iter().position(|frame| {
            end += frame.len();
            bit / 8 < end
        });
        let others = ids.iter().enumerate().filter(|(at, _)| Some(*at) != hit).map(|(_, id)| *id);
        let mut intact = believed(&found);
        intact.retain(|one| ids.contains(one));
        assert_eq!(intact, others.collect::<Vec<_>>(), "bit {bit}: {found:?}");
    }
}

#[test]
fn an_attachment_cut_short_hides_nothing_behind_it() {
    let bag = bag(&[b"begin", &[7; 200_000], b"next", b"last"]);
    for removed in [1, 18, 19, 1000, 100_000, 199_000] {
        let mut frames = bag.frames.clone();
        let length = frames[1].len();
        frames[1].truncate(length - removed);
        let found = scan(Some(bag.id), &frames.concat());
        let names: Vec<_> = [0, 2, 3].map(|at| id(&frames[at])).to_vec();
        assert_eq!(believed(&found), names, "{removed} bytes removed");
    }
}

#[test]
fn a_last_attachment_that_reads_as_zeros_is_torn() {
    let bag = bag(&[b"begin", &[7; 200_000]]);
    let mut file = bag.frames.concat();
    let begin = bag.frames[0].len() as u64;
    let written = file.len() - 1000;
    file[written..].fill(0);
    let scanner =
        |file: &[u8], at| Scanner::new(Some(bag.id), 0..file.len() as u64).with_zeros_from(at as u64);
    let found = sparingly(scanner(&file, written), &file);
    assert_eq!(found[1], Seen::Torn(begin, file.len() as u64 - begin));
    // It may well end with zeros, if that is what was signed.
    let whole = bag.frames.concat();
    let found = sparingly(scanner(&whole, written), &whole);
    assert_eq!(found[1], Seen::Apart(begin, id(&bag.frames[1])));
}

#[test]
fn without_its_preamble_a_bag_tells_its_own_name() {
    let bag = small();
    let file = [vec![0x87; 300], bag.frames[1..].concat()].concat();
    let mut scanner = Scanner::new(None, 0..file.len() as u64).pieces(&file);
    assert!(matches!(scanner.next(), Some(Piece::NotFrames { at: 0, length: 300 })));
    assert_eq!(believed(&scan(None, &file)).len(), 3);
    assert_eq!(scanner.scanner.bag(), None);
    scanner.next().unwrap();
    assert_eq!(scanner.scanner.bag(), Some(bag.id));
}

#[test]
fn frames_of_another_bag_are_frames_too() {
    let (ours, theirs) = (small(), bag(&[b"another", b"bag"]));
    let file = [ours.frames[0].clone(), theirs.frames[1].clone(), ours.frames[1].clone()].concat();
    assert_eq!(believed(&scan(Some(ours.id), &file)).len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Cut out, overwritten, put in, said twice: every frame that stands whole in the file is found, no other is believed, every byte is told of.
    #[test]
    fn whatever_happens_whole_frames_are_found(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..3000, 0_usize..3000, 0_u8..3), 0..4),
    ) {
        let bag = bag(&[b"begin", &[2; 3000], b"third", &[4; 66_000], b"fifth", &[6; 5000], b"last"]);
        let mut file = bag.frames.concat();
        for (at, out, into, kind) in edits {
            let at = at.index(file.len());
            let end = (at + out).min(file.len());
            let new = match kind {
                0 => Vec::new(),
                1 => file[end.saturating_sub(into)..end].to_vec(),
                _ => vec![0x87; into],
            };
            file.splice(at..end, new);
        }
        let found = scan(Some(bag.id), &file);
        let attachment = bag.frames[3].clone();
        for (at, name) in whole_frames(&bag, &file) {
            // What is as long, to the byte, as what an attachment lost, is taken for its end.
            let hidden = found.iter().any(|seen| matches!(seen, Seen::Apart(start, _)
                if (*start as usize..*start as usize + attachment.len()).contains(&at) && !file[*start as usize..].starts_with(&attachment)));
            let there = |seen: &Seen| matches!(seen, Seen::Here(_, id) | Seen::Apart(_, id) if *id == name);
            prop_assert!(hidden || found.iter().any(there), "{name} in {found:?}");
        }
        let told: u64 = found.iter().map(|s| match s {
            Seen::NotFrames(_, length) | Seen::Torn(_, length) => *length,
            _ => 0,
        }).sum();
        prop_assert!(told <= file.len() as u64);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, zeros in 0_u64..300) {
        let bag = BagId::from_bytes([0x87; 16]);
        scan(Some(bag), &bytes);
        scan(None, &bytes);
        sparingly(Scanner::new(Some(bag), 0..bytes.len() as u64).with_zeros_from(zeros), &bytes);
    }
}
