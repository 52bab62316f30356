//! From payload and disclosures to the processed payload (RFC 9901 section 7.1 steps 3 to 5).
//!
//! One walk serves the verifier, who wants the claims, and the holder, who wants to know which disclosure shows
//! which claim. The payload is changed in place: digests are taken out, disclosed values put in.

use bookbag_crypto::{EncodedDigest, HashAlgorithm, json};
use serde_json::{Map, Value};

use super::disclosure::{self, Disclosure};
use crate::check::{Check, Refusal};
use crate::path::{ClaimPath, MAX_PATH_ELEMENTS, PathElement};

/// The member that lists digests of claims (RFC 9901 section 4.2.4.1).
pub(crate) const SD: &str = "_sd";
/// The member that names the hash (RFC 9901 section 4.1.1).
pub(crate) const SD_ALG: &str = "_sd_alg";
/// The member that stands for an array element (RFC 9901 section 4.2.4.2).
pub(crate) const ELLIPSIS: &str = "...";

/// Most bytes that the paths of all claims of one credential may have together. A credential whose claims have long
/// names and lie deep could otherwise fill the memory with paths: their length grows with names times members.
pub const MAX_PATHS_BYTES: usize = 16 * 1024 * 1024;

/// A payload with every digest resolved or removed.
pub(crate) struct Processed {
    pub(crate) payload: Map<String, Value>,
    pub(crate) disclosed: Vec<Disclosed>,
}

/// A claim that came from a disclosure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Disclosed {
    /// Where the claim stands in the processed payload.
    pub(crate) path: ClaimPath,
    /// The place of its disclosure in the SD-JWT, from 0.
    pub(crate) disclosure: usize,
}

/// Reads and removes `_sd_alg`.
///
/// # Errors
///
/// [`Check::SdHashAlgorithm`].
pub(crate) fn hash_algorithm(payload: &mut Map<String, Value>) -> Result<HashAlgorithm, Refusal> {
    match payload.remove(SD_ALG) {
        None => Ok(HashAlgorithm::default()),
        Some(Value::String(name)) => {
            HashAlgorithm::from_name(&name).ok_or_else(|| Check::SdHashAlgorithm.refuse())
        }
        Some(_) => Err(Check::SdHashAlgorithm.refuse()),
    }
}

/// Resolves the digests of `payload`, from which `_sd_alg` has been taken, with the given disclosures.
///
/// # Errors
///
/// The checks SD-07 to SD-17.
pub(crate) fn process(
    mut payload: Map<String, Value>,
    encoded: &[&str],
    hash: HashAlgorithm,
) -> Result<Processed, Refusal> {
    let mut walk = Walk::new(encoded, hash)?;
    walk.object(&mut payload)?;
    walk.no_digest_stood_twice()?;
    // Step 5: a disclosure that nothing refers to.
    if walk.disclosures.iter().any(Option::is_some) {
        return Err(Check::SdUnreferenced.refuse());
    }
    Ok(Processed { payload, disclosed: walk.disclosed })
}

struct Walk {
    /// Digests and the places of their disclosures, sorted.
    by_digest: Vec<(EncodedDigest, usize)>,
    /// What has not been matched yet.
    disclosures: Vec<Option<Disclosure>>,
    /// Every digest that was met and has no disclosure.
    unmatched: Vec<String>,
    /// Where the walk is.
    path: Vec<PathElement>,
    disclosed: Vec<Disclosed>,
    paths: PathBudget,
}

/// What is left of [`MAX_PATHS_BYTES`].
pub(crate) struct PathBudget(usize);

impl PathBudget {
    pub(crate) fn new() -> Self {
        Self(MAX_PATHS_BYTES)
    }

    /// Takes the room for a path.
    ///
    /// # Errors
    ///
    /// [`Check::SdTooLarge`].
    pub(crate) fn take(&mut self, path: &[PathElement]) -> Result<(), Refusal> {
        let bytes: usize = path.iter().map(PathElement::bytes).sum();
        self.0 = self.0.checked_sub(bytes).ok_or_else(|| Check::SdTooLarge.refuse())?;
        Ok(())
    }
}

impl Walk {
    fn new(encoded: &[&str], hash: HashAlgorithm) -> Result<Self, Refusal> {
        let mut by_digest: Vec<_> =
            encoded.iter().enumerate().map(|(place, text)| (disclosure::digest(text, hash), place)).collect();
        by_digest.sort_unstable();
        // Section 4: "A Holder MUST NOT ... send a Disclosure more than once."
        if by_digest.array_windows().any(|[(one, _), (next, _)]| one == next) {
            return Err(Check::SdDisclosureTwice.refuse());
        }
        let disclosures =
            encoded.iter().map(|text| Disclosure::parse(text).map(Some)).collect::<Result<_, _>>()?;
        let disclosed = Vec::with_capacity(encoded.len());
        Ok(Self {
            by_digest,
            disclosures,
            unmatched: Vec::new(),
            path: Vec::new(),
            disclosed,
            paths: PathBudget::new(),
        })
    }

    fn object(&mut self, object: &mut Map<String, Value>) -> Result<(), Refusal> {
        if object.contains_key(ELLIPSIS) {
            return Err(self.refuse(Check::SdEllipsis));
        }
        // Section 4.1.1: at the top level it has been taken out already.
        if object.contains_key(SD_ALG) {
            return Err(self.refuse(Check::SdHashAlgorithmPlace));
        }
        let digests = object.remove(SD);
        for (name, value) in &mut *object {
            if is_container(value) {
                self.below(PathElement::Name(name.clone()), value)?;
            }
        }
        match digests {
            None => Ok(()),
            Some(Value::Array(digests)) => self.disclose_members(object, digests),
            Some(_) => Err(self.refuse(Check::SdDigestList)),
        }
    }

    /// Step 3.c.ii for each digest of an `_sd`.
    fn disclose_members(
        &mut self,
        object: &mut Map<String, Value>,
        digests: Vec<Value>,
    ) -> Result<(), Refusal> {
        for digest in digests {
            let Value::String(digest) = digest else { return Err(self.refuse(Check::SdDigestList)) };
            let Some((place, disclosure)) = self.take(digest)? else { continue };
            let Disclosure { name: Some(name), mut value } = disclosure else {
                return Err(self.refuse(Check::SdObjectDisclosure));
            };
            if [SD, SD_ALG, ELLIPSIS].contains(&name.as_str()) {
                return Err(self.refuse(Check::SdReservedName));
            }
            if object.contains_key(&name) {
                return Err(self.refuse(Check::SdNameCollision));
            }
            self.disclosed(place, PathElement::Name(name.clone()), &mut value)?;
            object.insert(name, value);
        }
        Ok(())
    }

    /// Steps 3.c.iii and 3.d.
    fn array(&mut self, array: &mut Vec<Value>) -> Result<(), Refusal> {
        for mut value in std::mem::replace(array, Vec::with_capacity(array.len())) {
            let place = PathElement::Index(array.len());
            if let Some(digest) = self.element_digest(&mut value)? {
                let Some((disclosure, content)) = self.take(digest)? else { continue };
                let Disclosure { name: None, value: content } = content else {
                    return Err(self.refuse(Check::SdElementDisclosure));
                };
                value = content;
                self.disclosed(disclosure, place, &mut value)?;
            } else if is_container(&value) {
                self.below(place, &mut value)?;
            }
            array.push(value);
        }
        Ok(())
    }

    /// The digest in `{"...": digest}`; `None` for any other value.
    fn element_digest(&self, value: &mut Value) -> Result<Option<String>, Refusal> {
        let Value::Object(object) = value else { return Ok(None) };
        // Section 4.2.4.2: "There MUST NOT be any other keys in the object."
        match (object.len(), object.get_mut(ELLIPSIS)) {
            (_, None) => Ok(None),
            (1, Some(Value::String(digest))) => Ok(Some(std::mem::take(digest))),
            _ => Err(self.refuse(Check::SdEllipsis)),
        }
    }

    /// Notes a claim that was disclosed, and resolves what its value hides in turn (recursive disclosure).
    fn disclosed(&mut self, place: usize, element: PathElement, value: &mut Value) -> Result<(), Refusal> {
        let mut path = Vec::with_capacity(self.path.len() + 1);
        path.extend_from_slice(&self.path);
        path.push(element);
        self.paths.take(&path)?;
        let path = ClaimPath::new(path).map_err(|_| Check::SdTooLarge.refuse())?;
        if is_container(value) {
            let outside = std::mem::replace(&mut self.path, path.elements().to_vec());
            self.value(value)?;
            self.path = outside;
        }
        self.disclosed.push(Disclosed { path, disclosure: place });
        Ok(())
    }

    fn below(&mut self, element: PathElement, value: &mut Value) -> Result<(), Refusal> {
        self.path.push(element);
        self.value(value)?;
        self.path.pop();
        Ok(())
    }

    fn value(&mut self, value: &mut Value) -> Result<(), Refusal> {
        // Disclosures nest deeper than any one JSON text: this bounds the recursion.
        if self.path.len() > MAX_PATH_ELEMENTS {
            return Err(Check::SdTooLarge.refuse());
        }
        match value {
            Value::Object(object) => self.object(object),
            Value::Array(array) => self.array(array),
            _ => Ok(()),
        }
    }

    /// The disclosure of a digest, if it came with the SD-JWT.
    fn take(&mut self, digest: String) -> Result<Option<(usize, Disclosure)>, Refusal> {
        let found = self.by_digest.binary_search_by(|(other, _)| other.as_str().cmp(&digest));
        let Some((_, place)) = found.ok().and_then(|found| self.by_digest.get(found)) else {
            self.unmatched.push(digest);
            return Ok(None);
        };
        match self.disclosures.get_mut(*place).and_then(Option::take) {
            Some(disclosure) => Ok(Some((*place, disclosure))),
            // Step 4: taken before, by the same digest in another place.
            None => Err(self.refuse(Check::SdDigestTwice)),
        }
    }

    /// Step 4 for the digests of which no disclosure came; of the others [`Self::take`] saw to it.
    fn no_digest_stood_twice(&mut self) -> Result<(), Refusal> {
        self.unmatched.sort_unstable();
        let twice = self.unmatched.array_windows().any(|[one, next]| one == next);
        if twice { Err(Check::SdDigestTwice.refuse()) } else { Ok(()) }
    }

    fn refuse(&self, check: Check) -> Refusal {
        match ClaimPath::new(self.path.as_slice()) {
            Ok(path) => check.refuse_at(path),
            Err(_) => check.refuse(),
        }
    }
}

/// Whether there can be something within a value.
pub(super) fn is_container(value: &Value) -> bool {
    matches!(value, Value::Object(_) | Value::Array(_))
}

// The walk recurses once for each element of a path, and JSON itself cannot be deeper than its parser allows.
const _: () = assert!(MAX_PATH_ELEMENTS < json::MAX_DEPTH);
