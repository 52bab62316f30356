//! What whoever has the file, and no key, learns from it.

use std::collections::{BTreeMap, HashSet};

use super::support::*;

/// A session of two guardians: short notes in two compartments, members and names that change, both hearing of each other.
fn session(first: u8, turns: u32) -> Copy {
    let mut ffion = new_bag(first);
    let (mut dai, _) = join(&mut ffion, "Dafydd ap Gwilym", Role::Guardian, first + 100);
    ffion.share_record(dai.me());
    dai.hear(&ffion);
    let record = ffion.compartment(CompartmentPurpose::Record);
    let mut random = SaltStream::new(entropy(first, 7_777));
    for turn in 0..turns {
        let [who, what] = random.draw::<2>();
        let (writer, other) = if who % 2 == 0 { (&mut ffion, &mut dai) } else { (&mut dai, &mut ffion) };
        let heard = writer.file.len();
        let personal = writer.own_compartment();
        match what % 4 {
            0 => drop(writer.note(record, &format!("Swimming lesson number {turn}"))),
            1 => drop(writer.note(personal, &format!("Asthma inhaler {turn}"))),
            2 => writer.act(&Act::Rename { what: None, name: label(&format!("Angharad's bag {turn}")) }),
            _ => writer.act(&Act::Rekey),
        }
        let scanner = Scanner::new(Some(writer.bag.id()), heard as u64..writer.file.len() as u64);
        let starts = scanner.pieces(&writer.file).filter_map(|piece| match piece {
            Piece::Frame { at, .. } => usize::try_from(at).ok(),
            _ => None,
        });
        let mut ends: Vec<usize> = starts.chain([writer.file.len()]).collect();
        ends.dedup();
        let new: Vec<&[u8]> = ends.windows(2).map(|ends| &writer.file[ends[0]..ends[1]]).collect();
        assert_eq!(other.take(&new).findings, []);
    }
    ffion
}

impl Copy {
    /// A compartment that this member alone reads, made when it is needed.
    fn own_compartment(&mut self) -> CompartmentId {
        let id = CompartmentId::from_bytes([self.name; 16]);
        if self.bag.state().compartment(id).is_none() {
            let (purpose, readers) = (CompartmentPurpose::Personal, vec![self.me()]);
            self.act(&Act::MakeCompartment { id, purpose, name: label("Geheim"), readers });
        }
        id
    }
}

/// Ways in which a text might stand in a file.
fn encodings(text: &str) -> Vec<Vec<u8>> {
    const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let cases = [text.to_owned(), text.to_uppercase(), text.to_lowercase()];
    let mut all = Vec::new();
    for text in cases {
        all.push(text.as_bytes().to_vec());
        all.push(text.bytes().rev().collect());
        all.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        all.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        all.push(hex.to_uppercase().into_bytes());
        all.push(hex.into_bytes());
        for shift in 0..3 {
            let bytes = text.as_bytes();
            // What stands whole at this alignment: the characters that no neighbour has a part in.
            let bits = |at: usize| {
                (0..6).fold(0, |six, bit| {
                    let place = at * 6 + bit;
                    six << 1 | usize::from(bytes[place / 8] >> (7 - place % 8) & 1)
                })
            };
            let from = [0, 4, 2][shift];
            let sixes = (bytes.len() * 8 - from) / 6;
            let shifted = |at: usize| {
                let place = from + at * 6;
                (0..6).fold(0, |six, bit| {
                    six << 1 | usize::from(bytes[(place + bit) / 8] >> (7 - (place + bit) % 8) & 1)
                })
            };
            let indices: Vec<usize> =
                (0..sixes).map(|at| if from == 0 { bits(at) } else { shifted(at) }).collect();
            all.push(indices.iter().map(|six| BASE64[*six]).collect());
            all.push(
                indices
                    .iter()
                    .map(|six| BASE64[*six])
                    .map(|c| match c {
                        b'+' => b'-',
                        b'/' => b'_',
                        c => c,
                    })
                    .collect(),
            );
        }
    }
    all
}

#[test]
fn nothing_that_was_put_in_stands_in_the_file() {
    assert!(encodings("Swimming").contains(&b"U3dpbW1pbm".to_vec()), "base64");
    let copy = session(1, 24);
    let mut texts = vec![
        "Swimming", "Asthma", "inhaler", "Angharad", "Gwilym", "Dafydd", "Ffion", "laptop", "Geheim",
        "Our bag",
    ];
    texts.extend(["text/plain", "kind", "note", "phone"]);
    for text in texts {
        for encoded in encodings(text) {
            // Four bytes stand in any file of a hundred thousand by chance now and then; six do not.
            let is_there = encoded.len() >= 6 && copy.file.windows(encoded.len()).any(|run| run == encoded);
            assert!(!is_there, "{text} as {encoded:x?}");
        }
    }
}

#[test]
fn two_sessions_with_the_same_content_share_no_run_of_bytes() {
    let (one, two) = (session(1, 12), session(2, 12));
    let runs: HashSet<&[u8]> = one.file.windows(8).collect();
    let magic = crate::preamble::MAGIC.len();
    // The head of a slot says how much memory its passphrase takes, in every bag alike.
    let shared =
        two.file.windows(8).enumerate().filter(|(at, run)| *at >= magic && runs.contains(run)).count();
    assert_eq!(shared, 0);
}

/// What a host sees of one frame: how many parents, how long its parts are, and how long those of its parents.
type Seen = [usize; 5];

/// Who wrote it, in which compartment, whether it changed who is a member or has which keys.
type Told = [u8; 3];

fn seen_and_told(copy: &Copy) -> Vec<(Seen, Told)> {
    let file = frames(&copy.file);
    let mut known: BTreeMap<FrameId, (Seen, Told)> = BTreeMap::new();
    let mut order = Vec::new();
    let mut parent_length = 0;
    for (_, frame) in file {
        let head = Head::read(frame).unwrap();
        let body = usize::try_from(head.stored_body_length().unwrap()).unwrap();
        let seen = [head.parents().len(), head.head_length(), body, frame.len(), parent_length];
        parent_length = frame.len();
        known.insert(head.id(), (seen, [0; 3]));
        order.push(head.id());
    }
    let me = copy.bag.device().id();
    for deed in copy.bag.history() {
        let compartment = match deed.what {
            What::Put(_) => 1,
            What::Closed | What::Removed(_) => 2,
            _ => 0,
        };
        let told = [
            u8::from(deed.author == me),
            compartment,
            u8::from(matches!(deed.what, What::Act(_) | What::Keys)),
        ];
        known.get_mut(&deed.frame).unwrap().1 = told;
    }
    // What every bag begins with is no secret: who founds it writes it.
    order.iter().skip(30).map(|id| known[id]).collect()
}

/// Naive Bayes: for each feature by itself, how often a value came with a label.
fn guess(trained: &[(Seen, Told)], seen: &Seen, which: usize) -> u8 {
    let labels: HashSet<u8> = trained.iter().map(|(_, told)| told[which]).collect();
    let score = |label: u8| {
        let of_label: Vec<&Seen> =
            trained.iter().filter(|(_, told)| told[which] == label).map(|(seen, _)| seen).collect();
        let share = |at: usize| of_label.iter().filter(|other| other[at] == seen[at]).count() as f64 + 0.5;
        let likelihood: f64 =
            (0..seen.len()).map(|at| (share(at) / (of_label.len() as f64 + 1.0)).ln()).sum();
        (of_label.len() as f64 / trained.len() as f64).ln() + likelihood
    };
    let mut labels: Vec<u8> = labels.into_iter().collect();
    labels.sort_by(|one, next| score(*one).total_cmp(&score(*next)));
    *labels.last().unwrap()
}

#[test]
fn a_host_that_sees_every_frame_guesses_no_better_than_by_how_often_each_comes() {
    let trained: Vec<_> =
        [11, 12, 13].into_iter().flat_map(|name| seen_and_told(&session(name, 80))).collect();
    let held_out: Vec<_> = [14, 15].into_iter().flat_map(|name| seen_and_told(&session(name, 80))).collect();
    for (which, what) in ["author", "compartment", "members and keys"].into_iter().enumerate() {
        let right =
            held_out.iter().filter(|(seen, told)| guess(&trained, seen, which) == told[which]).count();
        let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
        held_out.iter().for_each(|(_, told)| *counts.entry(told[which]).or_default() += 1);
        let by_frequency = counts.values().max().copied().unwrap();
        // Three standard deviations of a coin that is thrown so often.
        let margin = 3.0 * (held_out.len() as f64).sqrt() / 2.0;
        assert!(held_out.len() > 60 && counts.len() > 1, "{what}: {counts:?}");
        assert!(
            right as f64 <= by_frequency as f64 + margin,
            "{what}: {right} of {}, {counts:?}",
            held_out.len()
        );
    }
}
