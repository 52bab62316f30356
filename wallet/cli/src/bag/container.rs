//! Private drawers: four files of random bytes, some of which are not.
//!
//! Every computer on which a bag was made or joined has the same four files of the same size, changed at the same time. Which of them hold
//! something, nobody can tell who lacks the passphrase. So nobody can be warned either: a new drawer takes the place of whatever was there.
#![expect(clippy::disallowed_methods, reason = "this is where drawers touch the disk")]

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::SystemTime;

use bookbag_holder::{Changes, Key, Locked, Older, drawer};
use bookbag_store::frame::Head;
use bookbag_store::frame::scan::{Body, Piece, Scanner};
use bookbag_store::secret::passphrase::Passphrase;
use zeroize::Zeroizing;

use super::place;
use super::secret::PassphraseFrom;
use super::session::{Session, Store, end_of};
use super::which::{DRAWERS, Places};
use crate::input;
use crate::output::Failure;

/// An open drawer: the bag file in it.
pub(crate) struct Container {
    number: u8,
    passphrase: Passphrase,
    file: Zeroizing<Vec<u8>>,
    places: Places,
}

impl Container {
    /// Opens the drawer with this number; for 0 the first one that the passphrase opens.
    pub(crate) fn open(number: u8, passphrase: &PassphraseFrom) -> Result<Session, Failure> {
        let (places, passphrase) = (Places::of_user()?, passphrase.ask("the drawer")?);
        make_all(&places)?;
        // All are read, whichever is meant: that too can be seen afterwards.
        let all = (1..=DRAWERS).map(|number| Ok((number, read(&places.drawer(number))?)));
        let all = all.collect::<Result<Vec<_>, Failure>>()?;
        for (number, sealed) in all.into_iter().filter(|(one, _)| number == 0 || number == *one) {
            let Some(file) = drawer::open(&sealed, &passphrase).map_err(cannot)? else { continue };
            let locked = Locked::read(&file)?;
            let opened = locked.unlock(Key::Passphrase(&passphrase))?.open(&file, None, Older::Refuse)?;
            let holder = opened.holder().ok_or_else(|| cannot("this drawer cannot be opened"))?;
            return Session::of_new(holder, Store::Drawer(Self { number, passphrase, file, places }));
        }
        Err(Failure::Cannot("this passphrase opens no drawer, or there is nothing in it".into()))
    }

    /// Puts a new bag into a drawer, in the place of whatever was there.
    pub(crate) fn fill(number: u8, passphrase: Passphrase, file: Vec<u8>) -> Result<Self, Failure> {
        let places = Places::of_user()?;
        make_all(&places)?;
        let container = Self { number, passphrase, file: Zeroizing::new(file), places };
        container.save()?;
        Ok(container)
    }

    /// Puts random bytes into a drawer.
    pub(crate) fn empty(number: u8) -> Result<(), Failure> {
        let places = Places::of_user()?;
        make_all(&places)?;
        replace(&places, number, &drawer::empty(input::entropy()?))
    }

    /// The bag file in it.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.file
    }

    /// Makes changes durable: the drawer is written anew.
    pub(crate) fn write(&mut self, changes: &Changes) -> Result<(), Failure> {
        if let Some(rewrite) = &changes.rewrite {
            let left_out = |head: &Head<'_>| rewrite.drop.contains(&head.id());
            self.file = rewritten(&self.file, &rewrite.preamble, left_out)?;
        }
        self.file.extend_from_slice(&changes.append);
        self.save()
    }

    fn save(&self) -> Result<(), Failure> {
        let sealed = drawer::seal(&self.file, &self.passphrase, input::entropy()?).map_err(cannot)?;
        replace(&self.places, self.number, &sealed)
    }
}

/// Makes the drawers that are not there yet.
pub(crate) fn make_all(places: &Places) -> Result<(), Failure> {
    places.make_data()?;
    let mut is_new = false;
    for number in 1..=DRAWERS {
        let path = places.drawer(number);
        match create(&path) {
            Ok(mut file) => {
                let empty = drawer::empty(input::entropy()?);
                let written = file.write_all(&empty).and_then(|()| file.sync_all());
                written.map_err(|error| failed("write", &path, &error))?;
                is_new = true;
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed("write", &path, &error)),
        }
    }
    if is_new { touch_all(places) } else { Ok(()) }
}

/// Puts a drawer in the place of the old one in one step, and gives all of them the same time.
fn replace(places: &Places, number: u8, bytes: &[u8]) -> Result<(), Failure> {
    let path = places.drawer(number);
    place::replace(&path, bytes)?;
    touch_all(places)
}

/// One time of change for all: it tells nobody which of them is in use.
fn touch_all(places: &Places) -> Result<(), Failure> {
    let now = SystemTime::now();
    for number in 1..=DRAWERS {
        let path = places.drawer(number);
        let touched = OpenOptions::new().write(true).open(&path).and_then(|file| file.set_modified(now));
        touched.map_err(|error| failed("write", &path, &error))?;
    }
    Ok(())
}

fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = drawer::BYTES as u64 + 1;
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| failed("read", path, &error))
}

/// The file with another start, and the bodies of some frames left out.
fn rewritten(
    file: &[u8],
    start: &[u8],
    left_out: impl Fn(&Head<'_>) -> bool,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let locked = Locked::read(file)?;
    let mut new = Zeroizing::new(start.to_vec());
    for piece in Scanner::new(Some(locked.bag()), locked.frames_at()..file.len() as u64).pieces(file) {
        let Piece::Frame { at, head, body } = &piece else { continue };
        if *body != Body::Deleted && left_out(head) {
            new.extend_from_slice(&head.without_body());
        } else {
            let range = usize::try_from(*at).ok().zip(usize::try_from(end_of(&piece)).ok());
            let frame = range.and_then(|(from, to)| file.get(from..to));
            new.extend_from_slice(frame.ok_or_else(|| cannot("the drawer is damaged"))?);
        }
    }
    Ok(new)
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("cannot {what} {}: {error}", path.display()))
}

fn cannot(error: impl std::fmt::Display) -> Failure {
    Failure::Cannot(error.to_string())
}
