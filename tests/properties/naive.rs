//! SD-JWT as one would explain it: slow, without limits and without a line of the crates.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bookbag_crypto::HashAlgorithm;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// A claim path in its JSON form: names, places and, in a pattern, `null`.
pub(crate) type Path = Vec<Value>;

/// Every claim below a value.
pub(crate) fn places(value: &Value) -> Vec<Path> {
    let mut all = Vec::new();
    for (step, below) in steps(value) {
        all.push(vec![step.clone()]);
        all.extend(places(below).into_iter().map(|rest| [vec![step.clone()], rest].concat()));
    }
    all
}

/// What is directly below a value, and by which step.
fn steps(value: &Value) -> Vec<(Value, &Value)> {
    match value {
        Value::Object(object) => object.iter().map(|(name, below)| (json!(name), below)).collect(),
        Value::Array(array) => array.iter().enumerate().map(|(place, below)| (json!(place), below)).collect(),
        _ => Vec::new(),
    }
}

/// The claims that a pattern stands for: those whose paths equal it where it is not `null`.
pub(crate) fn resolve(root: &Value, pattern: &[Value]) -> Vec<Path> {
    let fits = |path: &Path| {
        path.len() == pattern.len()
            && path
                .iter()
                .zip(pattern)
                .all(|(step, asked)| step == asked || (asked.is_null() && step.is_u64()))
    };
    places(root).into_iter().filter(fits).collect()
}

/// Whether no step of a pattern meets a value of the wrong kind on its way (OpenID4VP 1.0 section 7.1).
pub(crate) fn fits(root: &Value, pattern: &[Value]) -> bool {
    let Some((step, rest)) = pattern.split_first() else { return true };
    match (step, root) {
        (Value::String(name), Value::Object(object)) => {
            object.get(name).is_none_or(|below| fits(below, rest))
        }
        (Value::Null, Value::Array(array)) => array.iter().all(|below| fits(below, rest)),
        (Value::Number(place), Value::Array(array)) => {
            let place = usize::try_from(place.as_u64().unwrap()).unwrap();
            array.get(place).is_none_or(|below| fits(below, rest))
        }
        _ => false,
    }
}

/// Whether choosing `chosen` shows a hidden claim: it is chosen, holds something chosen, or is held by it.
pub(crate) fn is_shown(hidden: &[Value], chosen: &[Path]) -> bool {
    chosen.iter().any(|chosen| chosen.starts_with(hidden) || hidden.starts_with(chosen))
}

/// What is left of `value`, which stands at `at`, if of the claims in `hidden` only what is chosen is shown.
pub(crate) fn show(value: &Value, at: &[Value], hidden: &[Path], chosen: &[Path]) -> Value {
    let visible = steps(value).into_iter().filter_map(|(step, below)| {
        let path = [at, std::slice::from_ref(&step)].concat();
        let visible = !hidden.contains(&path) || is_shown(&path, chosen);
        visible.then(|| (step, show(below, &path, hidden, chosen)))
    });
    match value {
        Value::Object(_) => visible.map(|(name, below)| (name.as_str().unwrap().to_owned(), below)).collect(),
        Value::Array(_) => visible.map(|(_, below)| below).collect(),
        scalar => scalar.clone(),
    }
}

/// The processed payload (RFC 9901 section 7.1 step 3), if every disclosure is referred to.
pub(crate) fn process(token: &str, hash: HashAlgorithm) -> Option<Value> {
    let mut parts = token.split('~');
    let mut payload = decode(parts.next().unwrap().split('.').nth(1).unwrap());
    payload.as_object_mut().unwrap().remove("_sd_alg");
    let mut disclosures: BTreeMap<String, Value> = parts
        .filter(|part| !part.is_empty())
        .map(|disclosure| (digest(disclosure, hash), decode(disclosure)))
        .collect();
    let processed = put_in(payload, &mut disclosures);
    disclosures.is_empty().then_some(processed)
}

fn put_in(value: Value, disclosures: &mut BTreeMap<String, Value>) -> Value {
    match value {
        Value::Object(mut object) => {
            let digests = object.remove("_sd").unwrap_or(json!([]));
            let mut members: Map<_, _> =
                object.into_iter().map(|(name, below)| (name, put_in(below, disclosures))).collect();
            for digest in digests.as_array().unwrap() {
                if let Some(disclosure) = disclosures.remove(digest.as_str().unwrap()) {
                    let value = put_in(disclosure[2].clone(), disclosures);
                    members.insert(disclosure[1].as_str().unwrap().to_owned(), value);
                }
            }
            Value::Object(members)
        }
        Value::Array(array) => {
            let mut elements = Vec::new();
            for element in array {
                match element.get("...").map(|digest| disclosures.remove(digest.as_str().unwrap())) {
                    None => elements.push(put_in(element, disclosures)),
                    Some(None) => {}
                    Some(Some(disclosure)) => elements.push(put_in(disclosure[1].clone(), disclosures)),
                }
            }
            elements.into()
        }
        scalar => scalar,
    }
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn digest(disclosure: &str, hash: HashAlgorithm) -> String {
    URL_SAFE_NO_PAD.encode(match hash {
        HashAlgorithm::Sha256 => Sha256::digest(disclosure).to_vec(),
        HashAlgorithm::Sha384 => Sha384::digest(disclosure).to_vec(),
        HashAlgorithm::Sha512 => Sha512::digest(disclosure).to_vec(),
    })
}
