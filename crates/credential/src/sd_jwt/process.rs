//! From payload and disclosures to the processed payload (RFC 9901 section 7.1 steps 3 to 5).
//!
//! One walk serves the verifier, who wants the claims, and the holder, who wants to know which disclosure shows
//! which claim. The payload is changed in place: digests are taken out, disclosed values put in.

use bookbag_crypto::{EncodedDigest, HashAlgorithm, json};
use serde_json::map::Entry;
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
    walk.object(&Place::Top, &mut payload)?;
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
    disclosed: Vec<Disclosed>,
    paths: PathBudget,
}

/// Where the walk is. Most places are only passed through, so a path is written down where it is asked for.
#[derive(Clone, Copy)]
enum Place<'p> {
    Top,
    Member(&'p Place<'p>, &'p str),
    Element(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn depth(&self) -> usize {
        match self {
            Self::Top => 0,
            Self::Member(around, _) | Self::Element(around, _) => around.depth() + 1,
        }
    }

    fn elements(&self) -> Vec<PathElement> {
        let (mut elements, last) = match self {
            Self::Top => return Vec::new(),
            Self::Member(around, name) => (around.elements(), PathElement::Name((*name).to_owned())),
            Self::Element(around, index) => (around.elements(), PathElement::Index(*index)),
        };
        elements.push(last);
        elements
    }

    fn refuse(&self, check: Check) -> Refusal {
        match ClaimPath::new(self.elements()) {
            Ok(path) => check.refuse_at(path),
            Err(_) => check.refuse(),
        }
    }
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
        Ok(Self { by_digest, disclosures, unmatched: Vec::new(), disclosed, paths: PathBudget::new() })
    }

    fn object(&mut self, at: &Place<'_>, object: &mut Map<String, Value>) -> Result<(), Refusal> {
        for name in object.keys() {
            match name.as_str() {
                ELLIPSIS => return Err(at.refuse(Check::SdEllipsis)),
                // Section 4.1.1: at the top level it has been taken out already.
                SD_ALG => return Err(at.refuse(Check::SdHashAlgorithmPlace)),
                _ => {}
            }
        }
        let digests = object.remove(SD);
        for (name, value) in &mut *object {
            self.value(&Place::Member(at, name), value)?;
        }
        match digests {
            None => Ok(()),
            Some(Value::Array(digests)) => self.disclose_members(at, object, digests),
            Some(_) => Err(at.refuse(Check::SdDigestList)),
        }
    }

    /// Step 3.c.ii for each digest of an `_sd`.
    fn disclose_members(
        &mut self,
        at: &Place<'_>,
        object: &mut Map<String, Value>,
        digests: Vec<Value>,
    ) -> Result<(), Refusal> {
        self.unmatched.reserve(digests.len());
        for digest in digests {
            let Value::String(digest) = digest else { return Err(at.refuse(Check::SdDigestList)) };
            let Some((disclosure, content)) = self.take(at, digest)? else { continue };
            let Disclosure { name: Some(name), mut value } = content else {
                return Err(at.refuse(Check::SdObjectDisclosure));
            };
            if [SD, SD_ALG, ELLIPSIS].contains(&name.as_str()) {
                return Err(at.refuse(Check::SdReservedName));
            }
            let Entry::Vacant(member) = object.entry(name) else {
                return Err(at.refuse(Check::SdNameCollision));
            };
            self.disclosed(disclosure, &Place::Member(at, member.key()), &mut value)?;
            member.insert(value);
        }
        Ok(())
    }

    /// Steps 3.c.iii and 3.d.
    fn array(&mut self, at: &Place<'_>, array: &mut Vec<Value>) -> Result<(), Refusal> {
        for mut value in std::mem::replace(array, Vec::with_capacity(array.len())) {
            let here = Place::Element(at, array.len());
            if let Some(digest) = element_digest(at, &mut value)? {
                let Some((disclosure, content)) = self.take(at, digest)? else { continue };
                let Disclosure { name: None, value: content } = content else {
                    return Err(at.refuse(Check::SdElementDisclosure));
                };
                value = content;
                self.disclosed(disclosure, &here, &mut value)?;
            } else {
                self.value(&here, &mut value)?;
            }
            array.push(value);
        }
        Ok(())
    }

    /// Notes a claim that was disclosed, and resolves what its value hides in turn (recursive disclosure).
    fn disclosed(&mut self, disclosure: usize, at: &Place<'_>, value: &mut Value) -> Result<(), Refusal> {
        let path = at.elements();
        self.paths.take(&path)?;
        let path = ClaimPath::new(path).map_err(|_| Check::SdTooLarge.refuse())?;
        self.value(at, value)?;
        self.disclosed.push(Disclosed { path, disclosure });
        Ok(())
    }

    fn value(&mut self, at: &Place<'_>, value: &mut Value) -> Result<(), Refusal> {
        if !is_container(value) {
            return Ok(());
        }
        // Disclosures nest deeper than any one JSON text: this bounds the recursion.
        if at.depth() > MAX_PATH_ELEMENTS {
            return Err(Check::SdTooLarge.refuse());
        }
        match value {
            Value::Object(object) => self.object(at, object),
            Value::Array(array) => self.array(at, array),
            _ => Ok(()),
        }
    }

    /// The disclosure of a digest, if it came with the SD-JWT.
    fn take(&mut self, at: &Place<'_>, digest: String) -> Result<Option<(usize, Disclosure)>, Refusal> {
        let found = self.by_digest.binary_search_by(|(other, _)| other.as_bytes().cmp(digest.as_bytes()));
        let Some((_, place)) = found.ok().and_then(|found| self.by_digest.get(found)) else {
            self.unmatched.push(digest);
            return Ok(None);
        };
        match self.disclosures.get_mut(*place).and_then(Option::take) {
            Some(disclosure) => Ok(Some((*place, disclosure))),
            // Step 4: taken before, by the same digest in another place.
            None => Err(at.refuse(Check::SdDigestTwice)),
        }
    }

    /// Step 4 for the digests of which no disclosure came; of the others [`Self::take`] saw to it.
    fn no_digest_stood_twice(&mut self) -> Result<(), Refusal> {
        self.unmatched.sort_unstable();
        let twice = self.unmatched.array_windows().any(|[one, next]| one == next);
        if twice { Err(Check::SdDigestTwice.refuse()) } else { Ok(()) }
    }
}

/// The digest in `{"...": digest}` that stands in the array at this place; `None` for any other value.
fn element_digest(array: &Place<'_>, value: &mut Value) -> Result<Option<String>, Refusal> {
    let Value::Object(object) = value else { return Ok(None) };
    // Section 4.2.4.2: "There MUST NOT be any other keys in the object."
    match (object.len(), object.get_mut(ELLIPSIS)) {
        (_, None) => Ok(None),
        (1, Some(Value::String(digest))) => Ok(Some(std::mem::take(digest))),
        _ => Err(array.refuse(Check::SdEllipsis)),
    }
}

/// Whether there can be something within a value.
pub(super) fn is_container(value: &Value) -> bool {
    matches!(value, Value::Object(_) | Value::Array(_))
}

// The walk recurses once for each element of a path, and JSON itself cannot be deeper than its parser allows.
const _: () = assert!(MAX_PATH_ELEMENTS < json::MAX_DEPTH);
