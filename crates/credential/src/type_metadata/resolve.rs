//! A type and all it extends, combined (draft-ietf-oauth-sd-jwt-vc-19 sections 5.4, 5.5.2 and 5.6.5).

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Check, Refusal};
use crate::path::{ClaimPath, PathElement};
use crate::type_metadata::display::{ClaimDisplay, TypeDisplay};
use crate::type_metadata::document::{ClaimEntry, Document, MAX_CLAIMS, SelectiveDisclosure};
use crate::type_metadata::integrity::Integrity;
use crate::type_metadata::language;

/// Longest chain of types that extend each other, counting the type itself.
pub const MAX_EXTENDS: usize = 16;

/// What came of reading a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// All of it.
    Complete(ResolvedType),
    /// Nothing yet: this document is needed first.
    Missing(MissingDocument),
}

/// A document that is needed and was not at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingDocument {
    /// The identifier of the type. An https address may be fetched; anything else is for a registry to know.
    pub vct: String,
    /// Which octets the document must have. A copy that matches may be kept for ever.
    pub integrity: Option<Integrity>,
}

/// A type with everything that it inherits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedType {
    types: Vec<String>,
    name: Option<String>,
    description: Option<String>,
    display: Vec<TypeDisplay>,
    claims: Vec<ResolvedClaim>,
}

/// What a type says about the claims at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedClaim {
    /// Which claims.
    pub path: ClaimPath,
    /// How to show them, by language.
    pub display: Vec<ClaimDisplay>,
    /// Whether the issuer must put them in.
    pub mandatory: bool,
    /// Whether the issuer makes them selectively disclosable.
    pub sd: SelectiveDisclosure,
    /// What SVG templates call them.
    pub svg_id: Option<String>,
}

/// Reads the type `vct` and all that it extends. `integrity` is the credential's `vct#integrity`; `document` gives
/// the octets of the document of a type, as they were fetched, or `None` if they are not at hand.
///
/// # Errors
///
/// If a document is malformed, is another type's, does not match its integrity metadata, contradicts the type it
/// extends, or the chain is circular or over a limit. Then the credential must be refused (section 5.7).
pub fn resolve<'d>(
    vct: &str,
    integrity: Option<&str>,
    document: impl Fn(&str) -> Option<&'d [u8]>,
) -> Result<Resolution, Refusal> {
    let mut chain: Vec<Document> = Vec::new();
    let mut next = Some((vct.to_owned(), integrity.map(Integrity::parse).transpose()?));
    while let Some((vct, integrity)) = next {
        // Section 7.4: "Consumers MUST detect such circular dependencies and reject the credential".
        if chain.iter().any(|document| document.vct == vct) {
            return Err(Check::TypeCircular.refuse());
        }
        if chain.len() >= MAX_EXTENDS {
            return Err(Check::TypeTooLarge.refuse());
        }
        let Some(octets) = document(&vct) else {
            return Ok(Resolution::Missing(MissingDocument { vct, integrity }));
        };
        // Section 6: over the octets as retrieved, before anything in them is processed.
        integrity.map_or(Ok(()), |integrity| integrity.require(octets))?;
        let mut document = Document::parse(octets, &vct)?;
        next = document.extends.take();
        chain.push(document);
    }
    combine(chain).map(Resolution::Complete)
}

/// Combines a chain, the type itself first.
fn combine(chain: Vec<Document>) -> Result<ResolvedType, Refusal> {
    let types = chain.iter().map(|document| document.vct.clone()).collect();
    let mut combined =
        ResolvedType { types, name: None, description: None, display: Vec::new(), claims: Vec::new() };
    let mut places = BTreeMap::new();
    for document in chain.into_iter().rev() {
        // These two are for developers who read this one document, and not inherited.
        combined.name = document.name;
        combined.description = document.description;
        // Section 5.5.2: valid "unless that type defines its own display property".
        if let Some(display) = document.display {
            combined.display = display;
        }
        for entry in document.claims {
            combined.add(entry, &mut places)?;
        }
        combined.require_unique_svg_ids()?;
    }
    Ok(combined)
}

impl ResolvedType {
    /// Adds what a document says about a path to what the types it extends say (section 5.6.5).
    fn add(&mut self, entry: ClaimEntry, places: &mut BTreeMap<ClaimPath, usize>) -> Result<(), Refusal> {
        let inherited = places.get(&entry.path).and_then(|place| self.claims.get_mut(*place));
        if let Some(claim) = inherited {
            return claim.override_with(entry);
        }
        if self.claims.len() >= MAX_CLAIMS {
            return Err(Check::TypeTooLarge.refuse());
        }
        places.insert(entry.path.clone(), self.claims.len());
        self.claims.push(ResolvedClaim {
            path: entry.path,
            display: entry.display.unwrap_or_default(),
            mandatory: entry.mandatory.unwrap_or_default(),
            sd: entry.sd.unwrap_or_default(),
            svg_id: entry.svg_id,
        });
        Ok(())
    }

    /// Section 5.6: "The ID MUST be unique within the type metadata".
    fn require_unique_svg_ids(&self) -> Result<(), Refusal> {
        let mut ids = BTreeSet::new();
        let twice = self.claims.iter().find(|claim| claim.svg_id.as_ref().is_some_and(|id| !ids.insert(id)));
        twice.map_or(Ok(()), |claim| Err(Check::TypeSvgId.refuse_at(claim.path.clone())))
    }

    /// The identifier of the type.
    pub fn vct(&self) -> &str {
        self.types.first().map_or("", String::as_str)
    }

    /// The identifiers of the type and of every type that it extends, nearest first. A verifier that asks for one
    /// of these may take the credential for it (section 5.4), if it trusts the issuer for that.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// The name that developers read.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The description that developers read.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// How to show the type, by language.
    pub fn display(&self) -> &[TypeDisplay] {
        &self.display
    }

    /// How to show the type to somebody who reads these languages, best first; see [`language::choose`].
    pub fn display_in(&self, languages: &[&str]) -> Option<&TypeDisplay> {
        language::choose(&self.display, languages, |display| &display.locale)
    }

    /// What the type says about claims: in the order of the types, what is extended first.
    pub fn claims(&self) -> &[ResolvedClaim] {
        &self.claims
    }

    /// What the type says about the claim at a path of names and indices. Where several paths point to it, the one
    /// with the fewest `null`s.
    pub fn claim_at(&self, place: &ClaimPath) -> Option<&ResolvedClaim> {
        let fits = self.claims.iter().filter(|claim| points_to(&claim.path, place));
        fits.min_by_key(|claim| {
            claim.path.elements().iter().filter(|element| **element == PathElement::All).count()
        })
    }

    /// The claim that SVG templates call so.
    pub fn claim_by_svg_id(&self, svg_id: &str) -> Option<&ResolvedClaim> {
        self.claims.iter().find(|claim| claim.svg_id.as_deref() == Some(svg_id))
    }
}

impl ResolvedClaim {
    /// The label for somebody who reads these languages, best first; see [`language::choose`].
    pub fn display_in(&self, languages: &[&str]) -> Option<&ClaimDisplay> {
        language::choose(&self.display, languages, |display| &display.locale)
    }

    /// Section 5.6.5: property by property, what the extending type says takes precedence; nothing is merged.
    fn override_with(&mut self, entry: ClaimEntry) -> Result<(), Refusal> {
        if let Some(sd) = entry.sd {
            // Section 5.6.5.1: `always` and `never` are final.
            if self.sd != SelectiveDisclosure::Allowed && sd != self.sd {
                return Err(Check::TypeSdFinal.refuse_at(entry.path));
            }
            self.sd = sd;
        }
        if let Some(mandatory) = entry.mandatory {
            // Section 5.6.5.1: what is mandatory stays so.
            if self.mandatory && !mandatory {
                return Err(Check::TypeMandatoryFinal.refuse_at(entry.path));
            }
            self.mandatory = mandatory;
        }
        if let Some(display) = entry.display {
            self.display = display;
        }
        if entry.svg_id.is_some() {
            self.svg_id = entry.svg_id;
        }
        Ok(())
    }
}

fn points_to(path: &ClaimPath, place: &ClaimPath) -> bool {
    let (path, place) = (path.elements(), place.elements());
    path.len() == place.len()
        && path.iter().zip(place).all(|(element, at)| match (element, at) {
            (PathElement::All, PathElement::Index(_)) => true,
            _ => element == at,
        })
}
