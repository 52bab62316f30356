//! What the commands read: files, keys, the time and randomness. The world enters here and nowhere else.
#![expect(clippy::disallowed_methods, reason = "this is the room of the program that touches the world")]

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use bookbag_credential::sd_jwt::{self, MAX_SD_JWT_BYTES};
use bookbag_credential::{ClaimPath, UnixTime};
use bookbag_crypto::{Entropy, json};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::output::Failure;

/// Longest file that is read, in bytes: status lists are the largest.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Whether standard input has been read: there is nothing in it a second time.
static STDIN_READ: AtomicBool = AtomicBool::new(false);

/// What a file is called in messages.
pub(crate) fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// Reads a whole file, or standard input for `-`.
pub(crate) fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut content = Zeroizing::new(Vec::new());
    let read = if path == Path::new("-") {
        if STDIN_READ.swap(true, Ordering::Relaxed) {
            return Err(Failure::Usage("standard input can stand for one file only".into()));
        }
        std::io::stdin().take(MAX_FILE_BYTES + 1).read_to_end(&mut content)
    } else {
        File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut content))
    };
    match read {
        Err(error) => Err(Failure::Usage(format!("cannot read {}: {error}", name(path)))),
        Ok(length) if length as u64 > MAX_FILE_BYTES => {
            Err(Failure::Usage(format!("{} is longer than {} MiB", name(path), MAX_FILE_BYTES >> 20)))
        }
        Ok(_) => Ok(content),
    }
}

/// Reads a file of text.
pub(crate) fn text(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = bytes(path)?;
    let wrong = match (bytes.as_slice(), std::str::from_utf8(&bytes)) {
        ([], _) => "is empty",
        ([0xef, 0xbb, 0xbf, ..], _) => "begins with a byte order mark: save it without one",
        ([0xff, 0xfe, ..] | [0xfe, 0xff, ..], _) => {
            "is UTF-16, as some shells and editors write: save it as UTF-8"
        }
        (_, Ok(text)) => return Ok(Zeroizing::new(text.to_owned())),
        (_, Err(_)) => "is not a text file (UTF-8)",
    };
    Err(Failure::Usage(format!("{} {wrong}", name(path))))
}

/// Reads a token: text without the line end that editors put behind it. The JSON form of an SD-JWT is taken too, and
/// turned into the compact one.
pub(crate) fn token(path: &Path) -> Result<String, Failure> {
    compact(&text(path)?, path)
}

/// As [`token`], for the text of a file that was read already.
pub(crate) fn compact(text: &str, path: &Path) -> Result<String, Failure> {
    let token = text.trim_end_matches(['\r', '\n']);
    if token.len() > MAX_SD_JWT_BYTES {
        // Whoever reads the token refuses it, and says the number of the check.
        return Ok(token.to_owned());
    }
    if token.trim_start().starts_with('{') {
        return Ok(sd_jwt::compact_from_json(token.as_bytes())?);
    }
    // Tokens are printed over several lines in papers, and copied from there.
    let what = match token.chars().find(|character| character.is_whitespace()) {
        None if token.is_empty() => "there is nothing but line ends",
        None => return Ok(token.to_owned()),
        Some('\r' | '\n') => "there is a line break before or inside it",
        Some(_) => "there is a blank in it or beside it",
    };
    Err(Failure::Usage(format!(
        "{}: a token is one line without blanks, but {what}: take that out",
        name(path)
    )))
}

/// Reads a JSON document.
pub(crate) fn json(path: &Path) -> Result<Value, Failure> {
    let text = text(path)?;
    json::parse(text.as_bytes())
        .map_err(|error| Failure::Usage(format!("{} is not JSON: {error}", name(path))))
}

/// Reads a JSON object.
pub(crate) fn object(path: &Path) -> Result<Map<String, Value>, Failure> {
    match json(path)? {
        Value::Object(object) => Ok(object),
        _ => Err(Failure::Usage(format!("{} is not a JSON object", name(path)))),
    }
}

/// Writes a secret to a new file that only its owner can read. Never overwrites.
pub(crate) fn write_secret(path: &Path, secret: &str) -> Result<(), Failure> {
    if path == Path::new("-") {
        return Err(Failure::Usage("a private key is not printed: name a new file".into()));
    }
    let mut file = create_private(path)?;
    let written =
        file.write_all(secret.as_bytes()).and_then(|()| file.write_all(b"\n")).and_then(|()| file.sync_all());
    written.map_err(|error| cannot_write(path, &error))
}

/// Opens a file to be read in pieces, or standard input for `-`.
pub(crate) fn reader(path: &Path) -> Result<Box<dyn std::io::Read>, Failure> {
    if path == Path::new("-") {
        if STDIN_READ.swap(true, Ordering::Relaxed) {
            return Err(Failure::Usage("standard input can stand for one file only".into()));
        }
        return Ok(Box::new(std::io::stdin()));
    }
    let file =
        File::open(path).map_err(|error| Failure::Usage(format!("cannot read {}: {error}", name(path))))?;
    Ok(Box::new(file))
}

/// Opens a file.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::Usage(format!("cannot read {}: {error}", name(path))))
}

/// Reads a short file of this program's own; `None` if it is not there.
pub(crate) fn small_file(path: &Path, most: u64) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let mut content = Zeroizing::new(Vec::new());
    match File::open(path).and_then(|file| file.take(most).read_to_end(&mut content)) {
        Ok(_) => Ok(Some(content)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::Usage(format!("cannot read {}: {error}", name(path)))),
    }
}

/// Takes a file of this program's own away, if it is there.
pub(crate) fn remove(path: &Path) {
    drop(std::fs::remove_file(path));
}

/// Makes a folder that only its owner reads, if it is not there.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(folder);
    made.map_err(|error| Failure::Usage(format!("cannot make the folder {}: {error}", folder.display())))
}

/// Makes a folder that is not there.
pub(crate) fn make_new_folder(folder: &Path) -> Result<(), Failure> {
    match std::fs::symlink_metadata(folder) {
        Ok(_) => Err(Failure::Usage(format!(
            "{} exists already and was left as it is: name another folder",
            folder.display()
        ))),
        Err(_) => make_folder(folder),
    }
}

/// How long a file is, in bytes, as far as that is known.
pub(crate) fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len())
}

/// Makes a new file that only its owner can read. Never overwrites.
pub(crate) fn create_private(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::Usage(format!(
            "{} exists already and was left as it is: name another file",
            path.display()
        )),
        _ => cannot_write(path, &error),
    })
}

/// What is said when a file cannot be written.
pub(crate) fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("cannot write {}: {error}", path.display()))
}

/// Writes files into a folder, which is made if it is not there, and says where they are.
pub(crate) fn write_files(folder: &Path, files: Vec<(String, Vec<u8>)>) -> Result<Vec<PathBuf>, Failure> {
    let fail = |path: &Path, error| Failure::Usage(format!("cannot write {}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| fail(folder, error))?;
    let write = |(name, content): (String, Vec<u8>)| {
        let path = folder.join(name);
        std::fs::write(&path, content).map_err(|error| fail(&path, error))?;
        Ok(path)
    };
    files.into_iter().map(write).collect()
}

/// `N` bytes from the system's secure generator.
pub(crate) fn entropy<const N: usize>() -> Result<Entropy<N>, Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::Usage(format!("the system gives no random numbers: {error}")))?;
    Ok(Entropy::from_secure_random(bytes))
}

/// The time that was given, or that of the machine.
pub(crate) fn time(at: Option<UnixTime>) -> UnixTime {
    at.unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    })
}

/// Reads a time: seconds since 1970, or a date and time with its offset (RFC 3339).
pub(crate) fn parse_time(text: &str) -> Result<UnixTime, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(UnixTime(seconds));
    }
    let wrong = "write seconds since 1970, or a date and time such as 2026-03-12T09:00:00Z";
    text.parse::<jiff::Timestamp>().map(|time| UnixTime(time.as_second())).map_err(|_| wrong.to_owned())
}

/// Reads a claim path.
pub(crate) fn parse_path(text: &str) -> Result<ClaimPath, String> {
    text.parse().map_err(|_| {
        r#"write a path such as address.postcode, results[2].grade or nationalities[], or JSON: ["address","postcode"]"#
            .to_owned()
    })
}
