//! What the commands read: files, keys, the time and randomness. The world enters here and nowhere else.
#![expect(clippy::disallowed_methods, reason = "this is the room of the program that touches the world")]

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use bookbag_credential::sd_jwt::{self, MAX_SD_JWT_BYTES};
use bookbag_credential::trust::issuer::JwkSet;
use bookbag_credential::{ClaimPath, UnixTime};
use bookbag_crypto::{Entropy, PublicKey, SigningKey, json};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::output::Failure;

/// Longest file that is read, in bytes: status lists are the largest.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Whether standard input has been read: there is nothing in it a second time.
static STDIN_READ: AtomicBool = AtomicBool::new(false);

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
        Err(error) => Err(Failure::Usage(format!("cannot read {}: {error}", path.display()))),
        Ok(length) if length as u64 > MAX_FILE_BYTES => {
            Err(Failure::Usage(format!("{} is longer than {MAX_FILE_BYTES} bytes", path.display())))
        }
        Ok(_) => Ok(content),
    }
}

/// Reads a file of text.
pub(crate) fn text(path: &Path) -> Result<Zeroizing<String>, Failure> {
    match std::str::from_utf8(&bytes(path)?) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(Failure::Usage(format!("{} is not a text file (UTF-8)", path.display()))),
    }
}

/// Reads a token: text without the line end that editors put behind it. The JSON form of an SD-JWT is taken too, and
/// turned into the compact one.
pub(crate) fn token(path: &Path) -> Result<String, Failure> {
    compact(&text(path)?)
}

/// As [`token`], for text that was read already.
pub(crate) fn compact(text: &str) -> Result<String, Failure> {
    let token = text.trim_end_matches(['\r', '\n']);
    if token.len() <= MAX_SD_JWT_BYTES && token.trim_start().starts_with('{') {
        return Ok(sd_jwt::compact_from_json(token.as_bytes())?);
    }
    Ok(token.to_owned())
}

/// Reads a JSON document.
pub(crate) fn json(path: &Path) -> Result<Value, Failure> {
    let bytes = bytes(path)?;
    json::parse(&bytes).map_err(|error| Failure::Usage(format!("{} is not JSON: {error}", path.display())))
}

/// Reads a JSON object.
pub(crate) fn object(path: &Path) -> Result<Map<String, Value>, Failure> {
    match json(path)? {
        Value::Object(object) => Ok(object),
        _ => Err(Failure::Usage(format!("{} is not a JSON object", path.display()))),
    }
}

/// Reads the argument of an option that takes a file or, as it stands, what would be in it.
fn file_or_inline(argument: &str) -> Result<(Zeroizing<String>, String), Failure> {
    if argument.trim_start().starts_with(['{', '-']) && argument != "-" {
        return Ok((Zeroizing::new(argument.to_owned()), "the key given".to_owned()));
    }
    Ok((text(Path::new(argument))?, argument.to_owned()))
}

/// Reads public keys: a JWK, a JWK Set, or a public key in PEM; a file, or the text itself.
pub(crate) fn public_keys(argument: &str) -> Result<JwkSet, Failure> {
    let (text, name) = file_or_inline(argument)?;
    if text.trim_start().starts_with("-----BEGIN") {
        let key = PublicKey::from_spki_pem(text.trim())
            .map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
        return Ok(JwkSet::from(key));
    }
    JwkSet::parse_key_or_set(text.as_bytes()).map_err(|refusal| Failure::Usage(format!("{name}: {refusal}")))
}

/// Reads one public key, as [`public_keys`] does.
pub(crate) fn public_key(argument: &str) -> Result<PublicKey, Failure> {
    let (text, name) = file_or_inline(argument)?;
    let fail = |error: &dyn std::fmt::Display| Failure::Usage(format!("{name}: {error}"));
    if text.trim_start().starts_with("-----BEGIN") {
        return PublicKey::from_spki_pem(text.trim()).map_err(|error| fail(&error));
    }
    PublicKey::from_jwk_text(text.as_bytes()).map_err(|error| fail(&error))
}

/// Reads a private key, a JWK or PKCS#8 in PEM. Only from a file: arguments can be seen by others on the machine.
pub(crate) fn signing_key(path: &Path) -> Result<SigningKey, Failure> {
    let text = text(path)?;
    let fail = |error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", path.display()));
    if text.trim_start().starts_with("-----BEGIN") {
        return SigningKey::from_pkcs8_pem(text.trim()).map_err(|error| fail(&error));
    }
    SigningKey::from_jwk_text(text.as_bytes()).map_err(|error| fail(&error))
}

/// Writes a secret to a new file that only its owner can read. Never overwrites.
pub(crate) fn write_secret(path: &Path, secret: &str) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(secret.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Failure::Usage(format!(
            "{} exists already and was left as it is: name another file",
            path.display()
        ))),
        Err(error) => Err(Failure::Usage(format!("cannot write {}: {error}", path.display()))),
    }
}

/// Writes files into a folder, which is made if it is not there.
pub(crate) fn write_files(folder: &Path, files: Vec<(PathBuf, Vec<u8>)>) -> Result<(), Failure> {
    let fail = |path: &Path, error| Failure::Usage(format!("cannot write {}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| fail(folder, error))?;
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::write(&path, content).map_err(|error| fail(&path, error))?;
    }
    Ok(())
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
