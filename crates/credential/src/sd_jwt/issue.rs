//! Issuing: claims in, a signed SD-JWT with its disclosures out (RFC 9901 section 4.2).
//!
//! In two steps, because the issuer's key may live in hardware: [`Issuance::prepare`] gives the bytes to sign, and
//! [`UnsignedSdJwt::assemble`] takes the signature.

use std::collections::BTreeMap;

use bookbag_crypto::{
    Algorithm, Entropy, HashAlgorithm, PublicKey, SaltStream, Signature, base64url, json, jws,
};
use serde_json::{Map, Value, json};

use super::compact::MAX_DISCLOSURES;
use super::disclosure;
use super::key_binding::check_holder;
use super::process::{ELLIPSIS, SD, SD_ALG};
use super::vc::{self, SD_JWT_VC_TYPES};
use super::verify::{Profile, VALIDITY};
use crate::check::Refusal;
use crate::path::{ClaimPath, MAX_PATH_ELEMENTS, PathElement};
use crate::status::StatusReference;

/// What an issuer wants to sign.
#[derive(Clone)]
pub struct Issuance<'i> {
    /// Which rules apply. For SD-JWT VC the claims must have `vct`, and some claims may not be hidden.
    pub profile: Profile,
    /// The algorithm of the key that will sign.
    pub algorithm: Algorithm,
    /// Members of the protected header beside `alg` and `typ`, such as `kid` and `x5c`.
    pub header: Map<String, Value>,
    /// The claims, without `cnf`.
    pub claims: Map<String, Value>,
    /// The key that the credential is bound to.
    pub holder: Option<&'i PublicKey>,
    /// The claims to be made selectively disclosable. `null` stands for every element of an array. A path
    /// below another one makes a recursive disclosure.
    pub disclosable: &'i [ClaimPath],
    /// Most decoy digests to be added at each level that hides something; how many is drawn for each.
    pub decoys: u8,
    /// The hash of the disclosures.
    pub hash: HashAlgorithm,
}

/// Why claims cannot be issued as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// A name that RFC 9901 keeps for itself (section 4.1): `_sd`, `_sd_alg` or `...`.
    #[error("a claim is named `{0}`, which SD-JWT keeps for itself")]
    ReservedName(&'static str),
    /// A path selects nothing in the claims, or does not fit them.
    #[error("there is no claim at `{0}` to be made disclosable")]
    NoSuchClaim(ClaimPath),
    /// SD-JWT VC wants this claim in the clear (section 2.2.2.3).
    #[error("`{0}` may not be made disclosable in an SD-JWT VC")]
    AlwaysClear(ClaimPath),
    /// A verifier would refuse these claims.
    #[error("a verifier would refuse this: {0}")]
    Refused(#[from] Box<Refusal>),
    /// `cnf` is set from the holder's key, and stands in the claims as well.
    #[error("`cnf` stands in the claims as well as coming from the holder's key")]
    HolderTwice,
    /// A member of the header that is set from the key and the profile, that a verifier would refuse, or that would
    /// publish a private key.
    #[error("`{0}` may not be in the header, or not like that")]
    Header(&'static str),
    /// More disclosures than a holder would read, or deeper nesting.
    #[error("more than {MAX_DISCLOSURES} disclosures, or nested deeper than {MAX_PATH_ELEMENTS}")]
    TooLarge,
}

/// An SD-JWT that only lacks the issuer's signature.
pub struct UnsignedSdJwt {
    signing_input: String,
    disclosures: Vec<String>,
}

impl Issuance<'_> {
    /// Hides what is to be hidden, and gives what the issuer's key has to sign.
    ///
    /// # Errors
    ///
    /// If the claims cannot be issued like that.
    pub fn prepare(self, entropy: Entropy<32>) -> Result<UnsignedSdJwt, IssueError> {
        self.check()?;
        let header = self.protected_header()?;
        let tree = self.tree()?;
        let mut payload = self.claims;
        let mut hiding = Hiding {
            salts: SaltStream::new(entropy),
            hash: self.hash,
            decoys: self.decoys,
            disclosures: Vec::with_capacity(self.disclosable.len()),
        };
        hiding.object(&mut payload, tree)?;
        if let Some(holder) = self.holder {
            payload.insert("cnf".into(), json!({"jwk": holder.to_jwk()}));
        }
        // Section 4.1.1: SHA-256 is the default; said all the same where something is hidden.
        if payload.contains_key(SD) || !hiding.disclosures.is_empty() {
            payload.insert(SD_ALG.into(), self.hash.name().into());
        }
        let signing_input = jws::signing_input(&header, &json::to_bytes(&payload));
        Ok(UnsignedSdJwt { signing_input, disclosures: hiding.disclosures })
    }

    fn check(&self) -> Result<(), IssueError> {
        if self.claims.contains_key("cnf") && self.holder.is_some() {
            return Err(IssueError::HolderTwice);
        }
        self.claims.values().try_for_each(|value| refuse_reserved(value, 1))?;
        refuse_reserved_names(&self.claims)?;
        self.check_registered_claims().map_err(Box::new)?;
        if self.profile == Profile::SdJwtVc {
            vc::check_claims(&self.claims).map_err(Box::new)?;
            if let Some(path) = self.disclosable.iter().find(|path| vc::is_always_clear(path)) {
                return Err(IssueError::AlwaysClear(path.clone()));
            }
        }
        Ok(())
    }

    /// What a verifier checks without knowing the time or who it is.
    fn check_registered_claims(&self) -> Result<(), Refusal> {
        VALIDITY.check_types(&self.claims)?;
        check_holder(&self.claims)?;
        StatusReference::from_payload(&self.claims).map(drop)
    }

    fn protected_header(&self) -> Result<Value, IssueError> {
        let mut header = self.header.clone();
        check_header(&header)?;
        if header.insert("alg".into(), self.algorithm.jose_name().into()).is_some() {
            return Err(IssueError::Header("alg"));
        }
        if self.profile == Profile::SdJwtVc {
            let [typ, _] = SD_JWT_VC_TYPES;
            if header.insert("typ".into(), typ.into()).is_some() {
                return Err(IssueError::Header("typ"));
            }
        }
        Ok(Value::Object(header))
    }

    /// The disclosable paths as one tree, with `null` resolved to the elements that are there.
    fn tree(&self) -> Result<Tree, IssueError> {
        let mut tree = Tree::default();
        for path in self.disclosable {
            let no_such_claim = || IssueError::NoSuchClaim(path.clone());
            let Some((PathElement::Name(name), rest)) = path.elements().split_first() else {
                return Err(no_such_claim());
            };
            let value = self.claims.get(name).ok_or_else(no_such_claim)?;
            let node = tree.below.entry(PathElement::Name(name.clone())).or_default();
            if node.mark(value, rest) == 0 {
                return Err(no_such_claim());
            }
        }
        Ok(tree)
    }
}

impl UnsignedSdJwt {
    /// What the issuer's key signs.
    pub fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    /// The SD-JWT for the holder, with every disclosure.
    pub fn assemble(self, signature: &Signature) -> String {
        let mut token = jws::assemble(self.signing_input, signature);
        token.reserve(1 + self.disclosures.iter().map(|disclosure| disclosure.len() + 1).sum::<usize>());
        token.push('~');
        for disclosure in &self.disclosures {
            token.push_str(disclosure);
            token.push('~');
        }
        token
    }
}

/// What is to be hidden at and below one claim.
#[derive(Debug, Default)]
struct Tree {
    hide: bool,
    below: BTreeMap<PathElement, Tree>,
}

impl Tree {
    /// Marks what `path` selects in `value` as to be hidden, and says how much that was.
    fn mark(&mut self, value: &Value, path: &[PathElement]) -> usize {
        let Some((element, rest)) = path.split_first() else {
            self.hide = true;
            return 1;
        };
        let mut child = |element: &PathElement, value: &Value| {
            self.below.entry(element.clone()).or_default().mark(value, rest)
        };
        match (element, value) {
            (PathElement::Name(name), Value::Object(object)) => {
                object.get(name).map_or(0, |value| child(element, value))
            }
            (PathElement::Index(index), Value::Array(array)) => {
                array.get(*index).map_or(0, |value| child(element, value))
            }
            (PathElement::All, Value::Array(array)) => {
                array.iter().enumerate().map(|(index, value)| child(&PathElement::Index(index), value)).sum()
            }
            _ => 0,
        }
    }
}

struct Hiding {
    salts: SaltStream,
    hash: HashAlgorithm,
    decoys: u8,
    disclosures: Vec<String>,
}

impl Hiding {
    fn value(&mut self, value: &mut Value, tree: Tree) -> Result<(), IssueError> {
        match value {
            Value::Object(object) => self.object(object, tree),
            Value::Array(array) => self.array(array, tree),
            _ => Ok(()),
        }
    }

    /// Moves the claims to be hidden from `object` into disclosures, the innermost first.
    fn object(&mut self, object: &mut Map<String, Value>, tree: Tree) -> Result<(), IssueError> {
        let mut digests = Vec::new();
        for (element, child) in tree.below {
            let PathElement::Name(name) = element else { continue };
            let Some(value) = object.get_mut(&name) else { continue };
            let hide = child.hide;
            self.value(value, child)?;
            if hide && let Some(value) = object.remove(&name) {
                digests.push(self.disclose(Some(&name), &value)?);
            }
        }
        if !digests.is_empty() {
            digests.extend(self.decoys());
            // Section 4.2.4.1: the order must not tell the original one. The digests are as good as random.
            digests.sort_unstable();
            object.insert(SD.into(), digests.into());
        }
        Ok(())
    }

    fn array(&mut self, array: &mut Vec<Value>, tree: Tree) -> Result<(), IssueError> {
        let mut hidden = false;
        for (element, child) in tree.below {
            let PathElement::Index(index) = element else { continue };
            let Some(value) = array.get_mut(index) else { continue };
            let hide = child.hide;
            self.value(value, child)?;
            if hide {
                *value = json!({ELLIPSIS: self.disclose(None, value)?});
                hidden = true;
            }
        }
        if hidden {
            array.extend(self.decoys().into_iter().map(|decoy| json!({ELLIPSIS: decoy})));
        }
        Ok(())
    }

    /// Makes a disclosure and gives its digest (sections 4.2.1 to 4.2.3).
    fn disclose(&mut self, name: Option<&str>, value: &Value) -> Result<String, IssueError> {
        if self.disclosures.len() >= MAX_DISCLOSURES {
            return Err(IssueError::TooLarge);
        }
        let salt = base64url::encode(self.salts.draw::<SALT_BYTES>());
        let encoded = base64url::encode(match name {
            Some(name) => json::to_bytes(&(salt, name, value)),
            None => json::to_bytes(&(salt, value)),
        });
        let digest = disclosure::digest(&encoded, self.hash).as_str().to_owned();
        self.disclosures.push(encoded);
        Ok(digest)
    }

    /// Digests of nothing (section 4.2.5), between none and the most that were asked for.
    fn decoys(&mut self) -> Vec<String> {
        if self.decoys == 0 {
            return Vec::new();
        }
        let drawn = u16::from_le_bytes(self.salts.draw()) % (u16::from(self.decoys) + 1);
        (0..drawn).map(|_| base64url::encode(self.hash.digest(self.salts.draw::<32>()))).collect()
    }
}

/// 128 bits (RFC 9901 section 9.3).
const SALT_BYTES: usize = 16;

fn check_header(header: &Map<String, Value>) -> Result<(), IssueError> {
    let good = |name: &str, value: &Value| match name {
        // RFC 7515 sections 4.1.3, 4.1.6 and 4.1.11.
        "crit" | "b64" => false,
        "x5c" => value.as_array().is_some_and(|chain| chain.iter().all(Value::is_string)),
        "jwk" => value.as_object().is_some_and(|jwk| PublicKey::from_jwk(jwk).is_ok()),
        _ => true,
    };
    for name in ["crit", "b64", "x5c", "jwk"] {
        if header.get(name).is_some_and(|value| !good(name, value)) {
            return Err(IssueError::Header(name));
        }
    }
    Ok(())
}

fn refuse_reserved(value: &Value, depth: usize) -> Result<(), IssueError> {
    if depth > MAX_PATH_ELEMENTS {
        return Err(IssueError::TooLarge);
    }
    match value {
        Value::Object(object) => {
            refuse_reserved_names(object)?;
            object.values().try_for_each(|value| refuse_reserved(value, depth + 1))
        }
        Value::Array(array) => array.iter().try_for_each(|value| refuse_reserved(value, depth + 1)),
        _ => Ok(()),
    }
}

/// Section 4.1: the payload must not contain these names for any other purpose.
fn refuse_reserved_names(object: &Map<String, Value>) -> Result<(), IssueError> {
    let taken = [SD, SD_ALG, ELLIPSIS].into_iter().find(|name| object.contains_key(*name));
    taken.map_or(Ok(()), |name| Err(IssueError::ReservedName(name)))
}
