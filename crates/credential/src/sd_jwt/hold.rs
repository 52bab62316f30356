//! Holding: what can be shown of a credential, choosing, and presenting (RFC 9901 section 7.2).
//!
//! A held credential was verified when it came from its issuer ([`super::verify`]). Parsing it again checks its form
//! and its digests but no signature: what a holder keeps, it keeps itself.

use std::collections::BTreeSet;

use bookbag_crypto::jws::{self, Jws};
use bookbag_crypto::{Algorithm, HashAlgorithm, PublicKey, Signature, base64url, json};
use serde_json::{Map, Value, json};

use super::compact::Compact;
use super::key_binding::{self, KEY_BINDING_TYPE};
use super::process::{self, Disclosed, PathBudget};
use crate::check::{Check, Refusal};
use crate::path::{ClaimPath, PathElement};
use crate::time::UnixTime;

/// A credential in its holder's hands, parsed once.
pub struct Held<'t> {
    compact: Compact<'t>,
    payload: Map<String, Value>,
    disclosed: Vec<Disclosed>,
    hash: HashAlgorithm,
}

/// One claim of a held credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldClaim {
    /// Where it stands, without `null`.
    pub path: ClaimPath,
    /// Who sees it.
    pub visibility: Visibility,
}

/// Who sees a claim of a credential that is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody who is shown the credential.
    Clear,
    /// Whom the holder chooses: it has a disclosure of its own.
    Disclosable,
    /// Whoever is shown the claim that it lies in, which has a disclosure.
    WithParent,
}

/// Why a choice of claims cannot be presented.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PresentError {
    /// A path selects nothing in the credential, or does not fit it.
    #[error("the credential has no claim at `{0}`")]
    NoSuchClaim(ClaimPath),
    /// The credential is bound to no key, or to one that cannot be read.
    #[error("the credential is bound to no key that can prove possession")]
    NotBound,
    /// The key is not the one that the credential is bound to.
    #[error("the credential is bound to another key")]
    OtherKey,
    /// A claim of the key binding JWT that RFC 9901 defines was given as an additional one.
    #[error("`{0}` of the key binding is set from the request")]
    ReservedClaim(&'static str),
}

impl<'t> Held<'t> {
    /// Reads a credential as it came from its issuer and was verified then.
    ///
    /// # Errors
    ///
    /// If it is malformed, or has a key binding JWT ([`Check::SdKeyBindingFromIssuer`]).
    pub fn parse(token: &'t str) -> Result<Self, Refusal> {
        let compact = Compact::parse(token)?;
        if compact.key_binding.is_some() {
            return Err(Check::SdKeyBindingFromIssuer.refuse());
        }
        let jws = Jws::parse(compact.issuer_jwt).map_err(Check::SdIssuerJwt.because())?;
        let bytes = jws.dangerous_unverified_payload().map_err(Check::SdIssuerJwt.because())?;
        let mut payload = json::parse_object(&bytes).map_err(Check::SdPayload.because())?;
        let hash = process::hash_algorithm(&mut payload)?;
        let processed = process::process(payload, &compact.disclosures, hash)?;
        Ok(Self { compact, payload: processed.payload, disclosed: processed.disclosed, hash })
    }

    /// Every claim in it, the holder's to read.
    pub fn payload(&self) -> &Map<String, Value> {
        &self.payload
    }

    /// Every claim path, objects and arrays before what is in them, and who sees the claim.
    ///
    /// # Errors
    ///
    /// [`Check::SdTooLarge`] if the paths together are longer than [`process::MAX_PATHS_BYTES`].
    pub fn claims(&self) -> Result<Vec<HeldClaim>, Refusal> {
        let disclosable = self.disclosed.iter().map(|claim| &claim.path).collect();
        let mut listing = Listing { disclosable, claims: Vec::new(), paths: PathBudget::new() };
        for (name, value) in &self.payload {
            listing.add(&ClaimPath::top(name), value, Visibility::Clear)?;
        }
        Ok(listing.claims)
    }

    /// The key that the credential is bound to.
    ///
    /// # Errors
    ///
    /// [`PresentError::NotBound`].
    pub fn holder_key(&self) -> Result<PublicKey, PresentError> {
        key_binding::holder_key(&self.payload).map_err(|_| PresentError::NotBound)
    }

    /// Chooses claims to show: each path's claim, what lies within it, and the parents it cannot be shown
    /// without. Claims in the clear are shown in any case.
    ///
    /// # Errors
    ///
    /// If a path selects nothing.
    pub fn select(&self, paths: &[ClaimPath]) -> Result<Selection<'_>, PresentError> {
        let mut chosen = vec![false; self.compact.disclosures.len()];
        for path in paths {
            if !path.is_in(&self.payload) {
                return Err(PresentError::NoSuchClaim(path.clone()));
            }
            for claim in self.disclosed.iter().filter(|claim| self.needs(path, &claim.path)) {
                if let Some(chosen) = chosen.get_mut(claim.disclosure) {
                    *chosen = true;
                }
            }
        }
        Ok(Selection { held: self, sd_jwt: self.compose(&chosen) })
    }

    /// Whether what `path` selects cannot be shown in full without the claim at `claim`.
    fn needs(&self, path: &ClaimPath, claim: &ClaimPath) -> bool {
        touches(path, claim) && (!path.elements().contains(&PathElement::All) || self.leads_on(path, claim))
    }

    /// Whether anything that `path` selects stands at, in or around the claim at `claim`, which fits its beginning.
    /// With `null` it need not: `marks[].grade` is no reason to show a mark that has no grade.
    fn leads_on(&self, path: &ClaimPath, claim: &ClaimPath) -> bool {
        let rest = path.elements().get(claim.elements().len()..).unwrap_or_default();
        let Ok(rest) = ClaimPath::new(rest) else { return true };
        let there = claim.select_in(&self.payload).unwrap_or_default();
        there.iter().any(|value| rest.select(value).is_ok_and(|selected| !selected.is_empty()))
    }

    fn compose(&self, chosen: &[bool]) -> String {
        let mut sd_jwt = String::with_capacity(self.compact.sd_jwt.len());
        sd_jwt.push_str(self.compact.issuer_jwt);
        sd_jwt.push('~');
        for (disclosure, _) in self.compact.disclosures.iter().zip(chosen).filter(|(_, chosen)| **chosen) {
            sd_jwt.push_str(disclosure);
            sd_jwt.push('~');
        }
        sd_jwt
    }
}

/// Whether one path is a beginning of the other, with `null` standing for any index.
fn touches(path: &ClaimPath, claim: &ClaimPath) -> bool {
    path.elements().iter().zip(claim.elements()).all(|(asked, there)| match (asked, there) {
        (PathElement::All, PathElement::Index(_)) => true,
        (asked, there) => asked == there,
    })
}

struct Listing<'h> {
    disclosable: BTreeSet<&'h ClaimPath>,
    claims: Vec<HeldClaim>,
    paths: PathBudget,
}

impl Listing<'_> {
    fn add(&mut self, path: &ClaimPath, value: &Value, around: Visibility) -> Result<(), Refusal> {
        self.paths.take(path.elements())?;
        let visibility = match around {
            _ if self.disclosable.contains(path) => Visibility::Disclosable,
            Visibility::Clear => Visibility::Clear,
            Visibility::Disclosable | Visibility::WithParent => Visibility::WithParent,
        };
        self.claims.push(HeldClaim { path: path.clone(), visibility });
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    self.add(&path.join(PathElement::Name(name.clone())), value, visibility)?;
                }
            }
            Value::Array(array) => {
                for (index, value) in array.iter().enumerate() {
                    self.add(&path.join(PathElement::Index(index)), value, visibility)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// A choice of claims, ready to be shown.
pub struct Selection<'h> {
    held: &'h Held<'h>,
    sd_jwt: String,
}

/// What a holder proves possession to, and when.
#[derive(Clone)]
pub struct Proof<'p> {
    /// The verifier, as the protocol names it.
    pub audience: &'p str,
    /// The verifier's nonce.
    pub nonce: &'p str,
    /// The time of signing.
    pub issued_at: UnixTime,
    /// Further claims to be signed, such as `transaction_data_hashes`.
    pub more: Map<String, Value>,
}

/// A presentation that only lacks the holder's signature.
pub struct UnsignedPresentation {
    sd_jwt: String,
    signing_input: String,
}

impl Selection<'_> {
    /// The presentation without key binding.
    pub fn without_key_binding(self) -> String {
        self.sd_jwt
    }

    /// Prepares key binding by the key that the credential is bound to; first step of two.
    ///
    /// # Errors
    ///
    /// If `key` is not that key.
    pub fn bind(self, key: &PublicKey, proof: Proof<'_>) -> Result<UnsignedPresentation, PresentError> {
        let bound_to = key_binding::holder_jwk(&self.held.payload).map_err(|_| PresentError::NotBound)?;
        if !key.is_jwk(bound_to) {
            return Err(PresentError::OtherKey);
        }
        let signing_input = signing_input(&self.sd_jwt, self.held.hash, key.algorithm(), proof)?;
        Ok(UnsignedPresentation { sd_jwt: self.sd_jwt, signing_input })
    }
}

/// Header and payload of the key binding JWT (RFC 9901 section 4.3).
fn signing_input(
    sd_jwt: &str,
    hash: HashAlgorithm,
    algorithm: Algorithm,
    proof: Proof<'_>,
) -> Result<String, PresentError> {
    let mut claims = proof.more;
    for (name, value) in [
        ("aud", Value::from(proof.audience)),
        ("iat", Value::from(proof.issued_at.0)),
        ("nonce", Value::from(proof.nonce)),
        ("sd_hash", Value::from(base64url::encode(hash.digest(sd_jwt)))),
    ] {
        if claims.insert(name.into(), value).is_some() {
            return Err(PresentError::ReservedClaim(name));
        }
    }
    let header = json!({"alg": algorithm.jose_name(), "typ": KEY_BINDING_TYPE});
    Ok(jws::signing_input(&header, &json::to_bytes(&claims)))
}

impl UnsignedPresentation {
    /// What the holder's key signs.
    pub fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    /// The presentation: second step of two.
    pub fn assemble(self, signature: &Signature) -> String {
        self.sd_jwt + &jws::assemble(self.signing_input, signature)
    }
}
