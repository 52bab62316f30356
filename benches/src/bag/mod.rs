//! The bag beside other stores: Askar on SQLite, and SQLite with nothing encrypted, at the same work in the same run.
//!
//! Stores take turns, in another order each time, and what one has written is on the disk before the next begins. The
//! median of the turns counts. Durable changes wait for the disk, so stores are timed by the clock on the wall; what only
//! computes is timed by processor time. Deriving a key from a passphrase is part of nothing here.

use std::path::Path;

pub mod floor;
pub mod opening;
pub mod ours;
pub mod peer;
pub mod report;
pub mod work;

use floor::Appends;
use ours::Ours;
use peer::Peer;
use work::{Done, Numbers, Step, TAGS};

/// How much is done.
#[derive(Clone, Copy)]
pub struct Extent {
    /// Records that each store holds before it is measured at anything but filling it.
    pub records: u32,
    /// Changes in one turn at inserting one by one.
    pub singles: u32,
}

impl Extent {
    /// Records in the end.
    pub fn frames(self) -> u32 {
        self.records + SINGLES_TURNS * self.singles
    }
}

/// Nanoseconds for one record.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Bookbag.
    pub ours: f64,
    /// Askar on SQLite.
    pub askar: f64,
    /// SQLite.
    pub sqlite: f64,
}

/// What came out for one number of records.
pub struct Outcome {
    /// One durable change after the other, in a store that is already full.
    pub insert_one: Times,
    /// An append and a sync of as many bytes as one of our changes, nanoseconds.
    pub append: f64,
    /// The same over zeros that were written before.
    pub over_zeros: f64,
    /// A tenth of all records in each change.
    pub insert_bulk: Times,
    /// By name, here and there.
    pub fetch: Times,
    /// All of them.
    pub scan: Times,
    /// The hundredth part of all records that has one tag: nanoseconds for the whole query.
    pub find: Times,
    /// On the disk, for one record.
    pub bytes: Times,
}

struct Stores {
    ours: Ours,
    askar: Peer,
    sqlite: Peer,
}

/// Fills and measures three stores in `directory`, which is empty; `peers` is the program that runs the other two.
pub fn compare(extent: Extent, directory: &Path, peers: &Path) -> Outcome {
    let records = extent.records;
    let mut stores = Stores {
        ours: Ours::new(&made(directory, "bag")),
        askar: Peer::new(peers, "askar", &made(directory, "askar")),
        sqlite: Peer::new(peers, "sqlite", &made(directory, "sqlite")),
    };
    let part = records / FILLINGS;
    let insert_bulk =
        stores.turns(FILLINGS, |turn| Step::InsertBulk(Numbers { first: turn * part, count: part }));
    let (insert_one, [append, over_zeros]) = stores.turns_at_inserting(extent, &made(directory, "append"));
    let among = Numbers { first: 0, count: records };
    let fetch = stores.turns(TURNS, |turn| Step::Fetch { among, count: FETCHES, turn });
    let scan = stores.turns(TURNS, |_| Step::Scan);
    let find = stores.turns(TURNS, Step::Find).times(f64::from(extent.frames()) / f64::from(TAGS));
    drop(stores);
    let bytes = |name| bytes_in(&directory.join(name)) as f64 / f64::from(extent.frames());
    let bytes = Times { ours: bytes("bag"), askar: bytes("askar"), sqlite: bytes("sqlite") };
    Outcome { insert_one, append, over_zeros, insert_bulk, fetch, scan, find, bytes }
}

impl Stores {
    fn turns(&mut self, turns: u32, step: impl Fn(u32) -> Step) -> Times {
        let Self { ours, askar, sqlite } = self;
        let [ours, askar, sqlite] = in_turns(
            turns,
            [&mut |turn| step(turn).run(ours), &mut |turn| askar.run(step(turn)), &mut |turn| {
                sqlite.run(step(turn))
            }],
        );
        Times { ours, askar, sqlite }
    }

    /// One by one, beside bare appends of as many bytes.
    fn turns_at_inserting(&mut self, extent: Extent, directory: &Path) -> (Times, [f64; 2]) {
        let bytes = self.ours.frame_bytes();
        let Extent { records, singles: count } = extent;
        let step = |turn| Step::InsertOneByOne(Numbers { first: records + turn * count, count });
        let mut growing = Appends::growing(directory, bytes);
        let mut over_zeros = Appends::over_zeros(directory, bytes, count * SINGLES_TURNS);
        let Self { ours, askar, sqlite } = self;
        let [ours, append, over_zeros, askar, sqlite] = in_turns(
            SINGLES_TURNS,
            [
                &mut |turn| step(turn).run(ours),
                &mut |_| growing.run(count),
                &mut |_| over_zeros.run(count),
                &mut |turn| askar.run(step(turn)),
                &mut |turn| sqlite.run(step(turn)),
            ],
        );
        (Times { ours, askar, sqlite }, [append, over_zeros])
    }
}

impl Times {
    fn times(self, factor: f64) -> Self {
        Self { ours: self.ours * factor, askar: self.askar * factor, sqlite: self.sqlite * factor }
    }
}

/// Lets each contender have each turn, and gives each one's median time for a record, in nanoseconds.
pub fn in_turns<const N: usize>(turns: u32, mut contenders: [&mut dyn FnMut(u32) -> Done; N]) -> [f64; N] {
    let mut times = [(); N].map(|()| Vec::new());
    for turn in 0..turns {
        for place in 0..N {
            // Forwards and backwards, so that nobody follows the same contender each time.
            let place = if turn.is_multiple_of(2) { place } else { N - 1 - place };
            let who = (place + turn as usize / 2) % N;
            rustix::fs::sync();
            let done = contenders.get_mut(who).unwrap()(turn);
            times.get_mut(who).unwrap().push(done.nanoseconds as f64 / done.records as f64);
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap()
    })
}

/// Turns at reading; odd, so that there is one in the middle.
const TURNS: u32 = 7;

/// Turns at inserting one by one: more, since other programs use the disk too.
const SINGLES_TURNS: u32 = 21;

/// Turns at filling, each with its share of all records.
const FILLINGS: u32 = 10;

/// Records fetched in one turn.
const FETCHES: u32 = 2000;

fn made(directory: &Path, name: &str) -> std::path::PathBuf {
    let made = directory.join(name);
    std::fs::create_dir_all(&made).unwrap();
    made
}

/// The lengths of all files, as a copy of them would have.
fn bytes_in(directory: &Path) -> u64 {
    std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum()
}
