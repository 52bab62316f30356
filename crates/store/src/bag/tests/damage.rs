//! A small bag, cut off at every byte and changed at every bit.
//!
//! In an ordinary run the inside of a body, where one byte is like another, is sampled. With `BOOKBAG_EVERY_BIT` set while the tests are compiled
//! nothing is.

use super::support::*;
use crate::control::State;

/// Every so many bytes inside a body, and one bit of each byte, unless everything is asked for.
const IS_WHOLE: bool = option_env!("BOOKBAG_EVERY_BIT").is_some();

/// A bag of six frames with two entries, opened by a passkey.
struct Small {
    file: Vec<u8>,
    /// Where each frame begins, its head's length, and where it ends.
    frames: Vec<(usize, usize, usize)>,
    state: State,
}

fn small() -> Small {
    let copy = new_bag(1);
    let key_ring = copy.bag.key_ring();
    let parameters = Parameters::Passkey { salt: [1; 16] };
    let slot = Slot::seal(copy.bag.id(), parameters, secret(1), &key_ring, entropy(1, 1)).unwrap();
    // The first frame, the founder's sealing key, and the record.
    let mut file = Preamble::write(copy.bag.id(), 1, &[slot], &key_ring.copy_key);
    for (_, frame) in frames(&copy.file).into_iter().take(4) {
        file.extend_from_slice(frame);
    }
    let mut small = Copy { bag: open(&file, 1, None).unwrap(), file, drawn: 20, name: 1 };
    small.put("one", b"one");
    small.put("two", b"two");
    let places = frames(&small.file).into_iter().map(|(at, frame)| {
        let at = usize::try_from(at).unwrap();
        (at, Head::read(frame).unwrap().head_length(), at + frame.len())
    });
    Small { frames: places.collect(), state: small.bag.state().clone(), file: small.file }
}

impl Small {
    /// Places to damage: all but those deep inside a body.
    fn places(&self) -> impl Iterator<Item = usize> {
        let is_inside = |place: usize| {
            self.frames.iter().any(|(at, head, end)| place > at + head + 20 && place < end - 20)
        };
        (0..self.file.len()).filter(move |place| IS_WHOLE || !is_inside(*place) || place % 61 == 0)
    }

    /// The frame that a place is in.
    fn frame_at(&self, place: usize) -> Option<usize> {
        self.frames.iter().position(|(at, _, end)| (*at..*end).contains(&place))
    }

    /// Opens a file that was damaged, as a program does; what it says must be true.
    fn open(&self, file: &[u8]) -> Result<Bag, String> {
        let (preamble, _) = Preamble::read(file).map_err(|error| error.to_string())?;
        let slot = preamble.slots.first().ok_or("no slot")?;
        let ring = slot.open(preamble.bag, secret(1)).map_err(|error| error.to_string())?;
        let bag = read(file, preamble, ring, None, None, false).map_err(|error| error.to_string())?;
        for entry in bag.entries() {
            let name = entry.current.put.name.to_owned();
            assert_eq!(text(&entry), name, "an entry that nobody put");
            assert!(["one", "two"].contains(&name.as_str()));
        }
        for (id, member) in bag.state().members() {
            assert_eq!(self.state.member(id), Some(member), "a member whom nobody added");
        }
        assert!(bag.state() == &self.state || bag.is_read_only(), "less authority, and it may be written");
        Ok(bag)
    }
}

fn names(bag: &Bag) -> Vec<&str> {
    bag.entries().map(|entry| entry.current.put.name).collect()
}

#[test]
fn cut_off_at_any_byte_the_rest_is_there() {
    let small = small();
    for length in small.places() {
        let whole = small.frames.iter().filter(|(_, _, end)| *end <= length).count();
        if whole == 0 {
            assert!(small.open(&small.file[..length]).is_err(), "{length}");
            continue;
        }
        // A cut among the first frames is that of a bag in the making: what is missing was never there.
        let file = &small.file[..length];
        let (preamble, _) = Preamble::read(file).unwrap();
        let ring = preamble.slots[0].open(preamble.bag, secret(1)).unwrap();
        let bag = read(file, preamble, ring, None, None, false).unwrap();
        assert_eq!((bag.frames(), names(&bag).len()), (whole, whole.saturating_sub(4)), "{length}");
        let is_torn = !small.frames.iter().any(|(_, _, end)| *end == length);
        assert_eq!(numbers(bag.findings()), if is_torn { vec!["FR-01"] } else { vec![] }, "{length}");
        assert!(!bag.is_read_only());
    }
}

#[test]
fn whatever_bit_is_changed_nothing_false_is_believed_and_the_rest_is_read() {
    let small = small();
    for place in small.places() {
        for bit in 0..8 {
            if !IS_WHOLE && bit != (place * 5 + place / 8) % 8 {
                continue;
            }
            let mut file = small.file.clone();
            file[place] ^= 1 << bit;
            let opened = small.open(&file);
            let Some(frame) = small.frame_at(place) else {
                assert!(opened.is_err(), "the preamble at {place}, bit {bit}");
                continue;
            };
            let Ok(bag) = opened else {
                assert_eq!(frame, 0, "only without the first frame nothing is left: {place}, bit {bit}");
                continue;
            };
            assert!(!bag.findings().is_empty(), "{place}, bit {bit}");
            // An entry is lost with its own frame, or with those that give this device its key.
            let expected = match frame {
                0..4 => vec![],
                4 => vec!["two"],
                _ => vec!["one"],
            };
            let found = names(&bag);
            assert!(expected.iter().all(|name| found.contains(name)), "{place}, bit {bit}: {found:?}");
        }
    }
}
