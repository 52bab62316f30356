//! What each store does in `./bench bag`: the records, the steps, and how a step is timed.
//!
//! `benches/peers`, a package outside the workspace, reads this same file, so that all stores get the same work. A peer
//! runs in a process of its own: it reads one [`Step`] on each line of its input and answers each with one [`Done`], both
//! in JSON.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// Bytes of each record.
pub const RECORD_BYTES: usize = 1024;

/// Values that the one tag of a record can have; each is on a hundredth of the records.
pub const TAGS: u32 = 100;

/// One record: the name it is fetched by, the tag it is found by, and the bytes to keep.
pub struct Record {
    /// Unique.
    pub name: String,
    /// One of [`TAGS`] values.
    pub tag: String,
    /// As random to an encoder or a compressor as it gets.
    pub value: Vec<u8>,
}

/// A store, kept open between steps. What it does is durable when the call returns.
pub trait Store {
    /// Inserts each of these as a change of its own, durable before the next.
    fn insert_one_by_one(&mut self, records: &[Record]);
    /// Inserts all of these as one durable change.
    fn insert_bulk(&mut self, records: &[Record]);
    /// The value under a name.
    fn fetch(&mut self, name: &str) -> Vec<u8>;
    /// Shows every value.
    fn scan(&mut self, see: &mut dyn FnMut(&[u8]));
    /// The values with a tag.
    fn find(&mut self, tag: &str) -> Vec<Vec<u8>>;
}

/// One piece of work.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Step {
    /// One by one.
    InsertOneByOne(Numbers),
    /// The same as one change.
    InsertBulk(Numbers),
    /// So many of these, here and there, beginning with the turn's.
    Fetch {
        /// Which are there.
        among: Numbers,
        /// How many to fetch.
        count: u32,
        /// Which turn it is, so that each fetches others.
        turn: u32,
    },
    /// All of them.
    Scan,
    /// Those with the tag of this number.
    Find(u32),
}

/// Records by their numbers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Numbers {
    /// The first.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// What a step took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Done {
    /// By the clock on the wall.
    pub nanoseconds: u64,
    /// How many records were written or read.
    pub records: u64,
}

impl Step {
    /// Does the work and times it. What has to be made for it, and what is looked at afterwards, is not timed.
    pub fn run(self, store: &mut impl Store) -> Done {
        match self {
            Self::InsertOneByOne(numbers) => {
                let records = numbers.records();
                Done::time(|| store.insert_one_by_one(&records), |()| records.len())
            }
            Self::InsertBulk(numbers) => {
                let records = numbers.records();
                Done::time(|| store.insert_bulk(&records), |()| records.len())
            }
            Self::Fetch { among, count, turn } => fetch(store, &among.here_and_there(count, turn)),
            Self::Scan => scan(store),
            Self::Find(tag) => {
                let name = tag_name(tag);
                Done::time(
                    || store.find(&name),
                    |found| found.iter().filter(|value| number_of(value) % TAGS == tag % TAGS).count(),
                )
            }
        }
    }
}

impl Numbers {
    /// The records themselves.
    pub fn records(self) -> Vec<Record> {
        (self.first..self.first + self.count).map(Record::new).collect()
    }

    /// Far apart, and none twice.
    fn here_and_there(self, count: u32, turn: u32) -> Vec<u32> {
        assert!(count <= self.count && !self.count.is_multiple_of(STRIDE));
        let place = |index| (u64::from(turn) + u64::from(index) * u64::from(STRIDE)) % u64::from(self.count);
        (0..count).map(|index| self.first + u32::try_from(place(index)).unwrap()).collect()
    }
}

impl Done {
    /// Times `work`, then has `count` look at what came of it.
    pub fn time<T>(work: impl FnOnce() -> T, count: impl FnOnce(T) -> usize) -> Self {
        let begun = Instant::now();
        let result = work();
        let nanoseconds = u64::try_from(begun.elapsed().as_nanos()).unwrap();
        Self { nanoseconds, records: count(result) as u64 }
    }
}

impl Record {
    /// The record of a number.
    pub fn new(number: u32) -> Self {
        let mut value = number.to_le_bytes().to_vec();
        let mut state = u64::from(number) + 1;
        while value.len() < RECORD_BYTES {
            // splitmix64: well mixed, and the same everywhere.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            value.extend((mixed ^ (mixed >> 27)).to_le_bytes());
        }
        value.truncate(RECORD_BYTES);
        Self { name: name(number), tag: tag_name(number), value }
    }
}

fn fetch(store: &mut impl Store, numbers: &[u32]) -> Done {
    let names: Vec<_> = numbers.iter().map(|number| name(*number)).collect();
    let work = || names.iter().map(|name| number_of(&store.fetch(name))).collect::<Vec<_>>();
    Done::time(work, |fetched| {
        assert_eq!(fetched, numbers);
        fetched.len()
    })
}

/// Each value is read a little, so that none is merely pointed at.
fn scan(store: &mut impl Store) -> Done {
    let (mut records, mut sum) = (0, 0);
    let work = || {
        store.scan(&mut |value| {
            records += 1;
            sum += u64::from(number_of(value));
        });
        (records, sum)
    };
    Done::time(work, |(records, sum)| {
        assert_eq!(sum, (0..records as u64).sum::<u64>());
        records
    })
}

/// A prime.
const STRIDE: u32 = 7919;

fn name(number: u32) -> String {
    format!("entry-{number:08}")
}

fn tag_name(number: u32) -> String {
    format!("subject-{:02}", number % TAGS)
}

/// The number of the record that has this value.
fn number_of(value: &[u8]) -> u32 {
    u32::from_le_bytes(*value.first_chunk().unwrap())
}
