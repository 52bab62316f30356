//! A disk in memory that remembers everything asked of it, and can lose its power at any moment.
//!
//! What a power cut may leave is wider than any one file system's habits: of what was not synced, each sector may be in any of its states since, in any order, the file may have any length
//! between the old and the new, and what was never written reads as zeros. Names change in the order in which they were changed.
#![expect(clippy::cast_possible_truncation, reason = "simulated files are small")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Disk, DiskFile, Kind, Seen};

/// The unit that is written whole or not at all.
const SECTOR: usize = 512;

/// Most states of one file that are tried for one moment; beyond, as many are drawn.
const MAX_STATES: usize = 256;

type Names = BTreeMap<PathBuf, u64>;
type Files = BTreeMap<u64, Vec<u8>>;

#[derive(Debug, Clone, Default)]
pub(crate) struct Simulated(Arc<Mutex<World>>);

/// What was asked of the disk.
#[derive(Debug, Clone)]
enum Asked {
    Write(u64, u64, Vec<u8>),
    SetLength(u64, u64),
    Sync(u64),
    /// All names, after one of them changed.
    Names(Names),
    SyncNames,
}

/// What is to fail next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not this write.
    None,
    /// A write, after so many bytes.
    Write(usize, io::ErrorKind),
    Sync,
    SetLength,
    SyncNames,
}

#[derive(Debug, Default)]
struct World {
    names: Names,
    files: Files,
    locked: BTreeSet<u64>,
    made: u64,
    /// What was on the disk before anything was asked.
    first: (Names, Files),
    asked: Vec<Asked>,
    faults: Vec<Fault>,
    /// How many bytes were read.
    read: u64,
}

#[derive(Debug)]
struct SimulatedFile {
    disk: Simulated,
    file: u64,
    locked: Mutex<bool>,
}

impl Simulated {
    /// How much was asked so far.
    pub(crate) fn moment(&self) -> usize {
        self.world().asked.len()
    }

    /// How many bytes were read so far.
    pub(crate) fn read(&self) -> u64 {
        self.world().read
    }

    pub(crate) fn fail(&self, faults: &[Fault]) {
        self.world().faults = faults.to_vec();
    }

    pub(crate) fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        let world = self.world();
        world.names.get(path).map(|file| world.files[file].clone())
    }

    pub(crate) fn put(&self, path: &Path, bytes: &[u8]) {
        let mut world = self.world();
        world.made += 1;
        let file = world.made;
        world.files.insert(file, bytes.to_vec());
        world.names.insert(path.to_owned(), file);
        world.first = (world.names.clone(), world.files.clone());
    }

    /// The disk as a program finds it that starts after another was killed at a moment: everything asked is there, but not all of it synced.
    pub(crate) fn killed(&self, moment: usize) -> Self {
        let world = self.world();
        let mut killed = World { first: world.first.clone(), made: world.made, ..World::default() };
        (killed.names, killed.files) = killed.first.clone();
        killed.asked = world.asked[..moment].to_vec();
        for asked in &world.asked[..moment] {
            match asked {
                Asked::Names(names) => killed.names.clone_from(names),
                Asked::Write(file, ..) | Asked::SetLength(file, _) => {
                    change(killed.files.entry(*file).or_default(), asked);
                }
                Asked::Sync(_) | Asked::SyncNames => {}
            }
        }
        Self(Arc::new(Mutex::new(killed)))
    }

    /// What the disk may hold if the power fails at this moment.
    pub(crate) fn cut(&self, moment: usize) -> Vec<Self> {
        let world = self.world();
        let asked = &world.asked[..moment];
        let files: BTreeSet<u64> = (1..=world.made).collect();
        let states: Vec<(u64, Vec<Vec<u8>>)> =
            files.iter().map(|file| (*file, possible(*file, &world.first.1, asked))).collect();
        let most = states.iter().map(|(_, states)| states.len()).max().unwrap_or(1);
        let mut disks = Vec::new();
        for names in possible_names(&world.first.0, asked) {
            for at in 0..most {
                let files =
                    states.iter().map(|(file, states)| (*file, states[at % states.len()].clone())).collect();
                let left = World {
                    names: names.clone(),
                    first: (names.clone(), files),
                    made: world.made,
                    ..World::default()
                };
                let left = World { files: left.first.1.clone(), ..left };
                disks.push(Self(Arc::new(Mutex::new(left))));
            }
        }
        disks
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    fn opened(&self, file: u64) -> Box<dyn DiskFile> {
        Box::new(SimulatedFile { disk: self.clone(), file, locked: Mutex::new(false) })
    }
}

/// The names after the last sync, or after any of the changes since.
fn possible_names(first: &Names, asked: &[Asked]) -> Vec<Names> {
    let mut possible = vec![first.clone()];
    for one in asked {
        match one {
            Asked::Names(names) => possible.push(names.clone()),
            Asked::SyncNames => possible = vec![possible[possible.len() - 1].clone()],
            _ => {}
        }
    }
    possible
}

/// What one file may hold; the first is what was synced, the last what was asked.
fn possible(file: u64, first: &Files, asked: &[Asked]) -> Vec<Vec<u8>> {
    let mut since = vec![first.get(&file).cloned().unwrap_or_default()];
    for one in asked {
        match one {
            Asked::Write(of, ..) | Asked::SetLength(of, _) if *of == file => {
                let mut next = since[since.len() - 1].clone();
                change(&mut next, one);
                since.push(next);
            }
            Asked::Sync(of) if *of == file => since = vec![since[since.len() - 1].clone()],
            _ => {}
        }
    }
    let shortest = since.iter().map(Vec::len).min().unwrap_or(0);
    let longest = since.iter().map(Vec::len).max().unwrap_or(0);
    let mut lengths: BTreeSet<usize> = since.iter().map(Vec::len).collect();
    lengths.extend((shortest..longest).filter(|length| length % SECTOR == 0));
    let lengths: Vec<_> = lengths.into_iter().collect();
    let sectors: Vec<Vec<Vec<u8>>> = (0..longest.div_ceil(SECTOR)).map(|at| versions(&since, at)).collect();
    let choices: Vec<usize> = std::iter::once(lengths.len()).chain(sectors.iter().map(Vec::len)).collect();
    let count = choices.iter().try_fold(1_usize, |all, one| all.checked_mul(*one)).unwrap_or(usize::MAX);
    let mut states = vec![since[0].clone()];
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64 ^ (asked.len() as u64) << 32 ^ file;
    for number in 0..count.min(MAX_STATES) {
        let mut rest = number;
        let mut choose = |of: usize| {
            if count <= MAX_STATES {
                let chosen = rest % of;
                rest /= of;
                return chosen;
            }
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            (dice >> 16) as usize % of
        };
        let length = lengths[choose(lengths.len())];
        let mut bytes: Vec<u8> =
            sectors.iter().flat_map(|versions| versions[choose(versions.len())].clone()).collect();
        bytes.truncate(length);
        states.push(bytes);
    }
    states.push(since[since.len() - 1].clone());
    states
}

/// The states of a sector.
fn versions(since: &[Vec<u8>], at: usize) -> Vec<Vec<u8>> {
    let mut versions = BTreeSet::new();
    for bytes in since {
        let mut sector: Vec<u8> = bytes.iter().skip(at * SECTOR).take(SECTOR).copied().collect();
        sector.resize(SECTOR, 0);
        versions.insert(sector);
    }
    versions.into_iter().collect()
}

fn change(bytes: &mut Vec<u8>, asked: &Asked) {
    match asked {
        Asked::Write(_, at, new) => {
            let end = *at as usize + new.len();
            bytes.resize(bytes.len().max(end), 0);
            bytes[*at as usize..end].copy_from_slice(new);
        }
        Asked::SetLength(_, length) => bytes.resize(*length as usize, 0),
        _ => {}
    }
}

impl World {
    fn ask(&mut self, asked: Asked) {
        if let Asked::Write(file, ..) | Asked::SetLength(file, _) = &asked {
            change(self.files.get_mut(file).unwrap(), &asked);
        }
        self.asked.push(asked);
    }

    fn rename(&mut self, change: impl FnOnce(&mut Names)) {
        change(&mut self.names);
        let names = self.names.clone();
        self.ask(Asked::Names(names));
    }

    fn fails(&mut self, kind: Fault) -> io::Result<()> {
        if self.faults.first() == Some(&kind) {
            self.faults.remove(0);
            return Err(io::Error::other("simulated"));
        }
        Ok(())
    }
}

impl Disk for Simulated {
    fn look(&self, path: &Path) -> io::Result<Seen> {
        let file = *self.world().names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Seen { kind: Kind::File, file: (0, file), owner: (0, 0) })
    }

    fn open(&self, path: &Path, _: bool) -> io::Result<Box<dyn DiskFile>> {
        let file = *self.world().names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.opened(file))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut world = self.world();
        if world.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        world.made += 1;
        let file = world.made;
        world.files.insert(file, Vec::new());
        world.rename(|names| {
            names.insert(path.to_owned(), file);
        });
        drop(world);
        Ok(self.opened(file))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut world = self.world();
        if world.names.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = *world.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        world.rename(|names| {
            names.insert(to.to_owned(), file);
        });
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut world = self.world();
        let file = *world.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        world.rename(|names| {
            names.remove(from);
            names.insert(to.to_owned(), file);
        });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.rename(|names| {
            names.remove(path);
        });
        Ok(())
    }

    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.fails(Fault::SyncNames)?;
        world.ask(Asked::SyncNames);
        Ok(())
    }

    fn names(&self, _: &Path) -> io::Result<Vec<OsString>> {
        Ok(self.world().names.keys().filter_map(|path| path.file_name().map(Into::into)).collect())
    }
}

impl DiskFile for SimulatedFile {
    fn seen(&self) -> io::Result<Seen> {
        Ok(Seen { kind: Kind::File, file: (0, self.file), owner: (0, 0) })
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.world().files[&self.file].len() as u64)
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut world = self.disk.world();
        let from = world.files[&self.file].get(at as usize..).unwrap_or_default();
        let read = from.len().min(into.len());
        into[..read].copy_from_slice(&from[..read]);
        world.read += read as u64;
        Ok(read)
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut world = self.disk.world();
        if world.faults.first() == Some(&Fault::None) {
            world.faults.remove(0);
        } else if let Some(Fault::Write(written, kind)) = world.faults.first().copied() {
            world.faults.remove(0);
            world.ask(Asked::Write(self.file, at, bytes[..written].to_vec()));
            return Err(kind.into());
        }
        world.ask(Asked::Write(self.file, at, bytes.to_vec()));
        Ok(())
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut world = self.disk.world();
        world.fails(Fault::SetLength)?;
        world.ask(Asked::SetLength(self.file, length));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = self.disk.world();
        world.fails(Fault::Sync)?;
        world.ask(Asked::Sync(self.file));
        Ok(())
    }

    fn lock(&self) -> io::Result<bool> {
        let mut locked = self.locked.lock().unwrap();
        *locked = *locked || self.disk.world().locked.insert(self.file);
        Ok(*locked)
    }

    fn give_to_owner_of(&self, _: Seen) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for SimulatedFile {
    fn drop(&mut self) {
        if *self.locked.lock().unwrap() {
            self.disk.world().locked.remove(&self.file);
        }
    }
}
