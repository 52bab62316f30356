//! Keys as people have them in files: JWK or PEM, and what to do about the forms that are not read.

use std::path::Path;

use bookbag_credential::trust::issuer::JwkSet;
use bookbag_crypto::jwk::JwkError;
use bookbag_crypto::{PublicKey, SigningKey};
use zeroize::Zeroizing;

use crate::input;
use crate::output::Failure;

/// The labels of PEM that are not read, what is under them, and what to do. FILE stands for the name of the file.
const OTHER_FORMS: &[(&str, &str)] = &[
    (
        "EC PRIVATE KEY",
        "is a private key in the older form of SEC 1; convert it: openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW.pem",
    ),
    (
        "ENCRYPTED PRIVATE KEY",
        "is encrypted, and no password is asked for here; decrypt it: openssl pkcs8 -in FILE -out NEW.pem",
    ),
    (
        "RSA PRIVATE KEY",
        "is an RSA key, which is not supported; make another kind: bookbag key new --out NEW.jwk",
    ),
    ("RSA PUBLIC KEY", "is an RSA key, which is not supported (supported: Ed25519, EC P-256, EC P-384)"),
    (
        "OPENSSH PRIVATE KEY",
        "is a key for SSH; make one that signs credentials: bookbag key new --out NEW.jwk",
    ),
    (
        "CERTIFICATE",
        "is a certificate, not a key; take the key out of it: openssl x509 -pubkey -noout -in FILE > NEW.pem",
    ),
];

/// Reads public keys: a JWK, a JWK Set, or a public key in PEM; a file, or the text itself.
pub(crate) fn public_keys(argument: &str) -> Result<JwkSet, Failure> {
    let (text, name) = file_or_inline(argument)?;
    if !text.contains("\"keys\"") {
        return Ok(JwkSet::from(parse_public(&text, &name)?));
    }
    JwkSet::parse_key_or_set(text.as_bytes()).map_err(|refusal| Failure::Usage(format!("{name}: {refusal}")))
}

/// Reads one public key: a JWK or PEM; a file, or the text itself.
pub(crate) fn public_key(argument: &str) -> Result<PublicKey, Failure> {
    let (text, name) = file_or_inline(argument)?;
    parse_public(&text, &name)
}

/// Reads a private key, a JWK or PKCS#8 in PEM. Only from a file: arguments can be seen by others on the machine.
pub(crate) fn signing_key(path: &Path) -> Result<SigningKey, Failure> {
    let (text, name) = (input::text(path)?, input::name(path));
    if !is_pem(&text, &name)? {
        return SigningKey::from_jwk_text(text.as_bytes()).map_err(|error| usage(&name, &error));
    }
    if text.contains("-----BEGIN PUBLIC KEY-----") {
        return Err(usage(&name, &JwkError::NotPrivate));
    }
    other_form(&text, &name)?;
    SigningKey::from_pkcs8_pem(text.trim()).map_err(|error| usage(&name, &error))
}

/// Reads the public half of a private key, or a public key.
pub(crate) fn public_half(path: &Path) -> Result<PublicKey, Failure> {
    let (text, name) = (input::text(path)?, input::name(path));
    let private = if is_pem(&text, &name)? {
        other_form(&text, &name)?;
        if !is_private_pem(&text) {
            return parse_public(&text, &name);
        }
        SigningKey::from_pkcs8_pem(text.trim()).map_err(|error| usage(&name, &error))?
    } else {
        match SigningKey::from_jwk_text(text.as_bytes()) {
            Err(JwkError::NotPrivate) => return parse_public(&text, &name),
            other => other.map_err(|error| usage(&name, &error))?,
        }
    };
    private.public_key().map_err(|error| usage(&name, &error))
}

fn parse_public(text: &str, name: &str) -> Result<PublicKey, Failure> {
    let private = || {
        let show = "`bookbag key show` prints it";
        Failure::Usage(format!("{name}: {}: {show}", JwkError::Private))
    };
    if !is_pem(text, name)? {
        return PublicKey::from_jwk_text(text.as_bytes()).map_err(|error| match error {
            JwkError::Private => private(),
            error => usage(name, &error),
        });
    }
    if is_private_pem(text) {
        return Err(private());
    }
    other_form(text, name)?;
    PublicKey::from_spki_pem(text.trim()).map_err(|error| usage(name, &error))
}

/// Reads the argument of an option that takes a file or, as it stands, what would be in it.
fn file_or_inline(argument: &str) -> Result<(Zeroizing<String>, String), Failure> {
    if argument.trim_start().starts_with(['{']) || argument.starts_with("-----BEGIN") {
        return Ok((Zeroizing::new(argument.to_owned()), "the key given".to_owned()));
    }
    let path = Path::new(argument);
    Ok((input::text(path)?, input::name(path)))
}

/// Whether it is PEM, and not a JWK. Text may stand before the first block.
fn is_pem(text: &str, name: &str) -> Result<bool, Failure> {
    if text.contains("-----BEGIN ") {
        Ok(true)
    } else if text.trim_start().starts_with('{') {
        Ok(false)
    } else {
        Err(Failure::Usage(format!("{name} is not a key: a key is a JWK, which is JSON, or PEM")))
    }
}

fn is_private_pem(text: &str) -> bool {
    text.contains("PRIVATE KEY-----")
}

/// Refuses PEM in a form that is not read, and says what to do.
fn other_form(text: &str, name: &str) -> Result<(), Failure> {
    let found = OTHER_FORMS.iter().find(|(label, _)| text.contains(&format!("-----BEGIN {label}-----")));
    found
        .map_or(Ok(()), |(_, advice)| Err(Failure::Usage(format!("{name} {}", advice.replace("FILE", name)))))
}

fn usage(name: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Usage(format!("{name}: {error}"))
}
