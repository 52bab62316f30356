//! One type metadata document, read strictly (draft-ietf-oauth-sd-jwt-vc-19 sections 5.2 and 5.6).

use std::collections::BTreeSet;

use bookbag_crypto::json;
use serde_json::{Map, Value};

use crate::check::{Check, Refusal};
use crate::path::ClaimPath;
use crate::type_metadata::display::{ClaimDisplay, TypeDisplay};
use crate::type_metadata::integrity::Integrity;

/// Longest document that is read, in bytes. Pictures may stand in it as `data:` URIs.
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;

/// Most claims that one type describes, with those of the types it extends.
pub const MAX_CLAIMS: usize = 1000;

/// Whether the issuer makes a claim selectively disclosable (section 5.6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SelectiveDisclosure {
    /// It must.
    Always,
    /// It may.
    #[default]
    Allowed,
    /// It must not.
    Never,
}

/// One document, as it stands.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) vct: String,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) extends: Option<(String, Option<Integrity>)>,
    pub(super) display: Option<Vec<TypeDisplay>>,
    pub(super) claims: Vec<ClaimEntry>,
}

/// What one document says about one path; what it leaves out it leaves to the type that it extends.
#[derive(Debug)]
pub(super) struct ClaimEntry {
    pub(super) path: ClaimPath,
    pub(super) display: Option<Vec<ClaimDisplay>>,
    pub(super) mandatory: Option<bool>,
    pub(super) sd: Option<SelectiveDisclosure>,
    pub(super) svg_id: Option<String>,
}

impl Document {
    /// Reads the document that was found under the identifier `vct`.
    pub(super) fn parse(octets: &[u8], vct: &str) -> Result<Self, Refusal> {
        if octets.len() > MAX_DOCUMENT_BYTES {
            return Err(Check::TypeTooLarge.refuse());
        }
        let check = Check::TypeDocument;
        let members = json::parse_object(octets).map_err(check.because())?;
        let own = optional_text(&members, "vct", check)?.ok_or_else(|| check.refuse())?;
        if own != vct {
            return Err(Check::TypeIdentifier.refuse());
        }
        let integrity = optional_text(&members, "extends#integrity", check)?;
        let extends = match optional_text(&members, "extends", check)? {
            None => None,
            Some(parent) => Some((parent, integrity.map(|text| Integrity::parse(&text)).transpose()?)),
        };
        Ok(Self {
            vct: own,
            name: optional_text(&members, "name", check)?,
            description: optional_text(&members, "description", check)?,
            extends,
            display: members.get("display").map(TypeDisplay::list_from_json).transpose()?,
            claims: claims(members.get("claims"))?,
        })
    }
}

fn claims(json: Option<&Value>) -> Result<Vec<ClaimEntry>, Refusal> {
    let entries = match json {
        None => return Ok(Vec::new()),
        Some(json) => json.as_array().ok_or_else(|| Check::TypeClaim.refuse())?,
    };
    if entries.len() > MAX_CLAIMS {
        return Err(Check::TypeTooLarge.refuse());
    }
    let claims = entries.iter().map(ClaimEntry::from_json).collect::<Result<Vec<_>, _>>()?;
    let mut paths = BTreeSet::new();
    // The draft does not say which of two would hold, so neither does.
    match claims.iter().find(|claim| !paths.insert(&claim.path)) {
        Some(twice) => Err(Check::TypeClaimTwice.refuse_at(twice.path.clone())),
        None => Ok(claims),
    }
}

impl ClaimEntry {
    fn from_json(json: &Value) -> Result<Self, Refusal> {
        let check = Check::TypeClaim;
        let members = json.as_object().ok_or_else(|| check.refuse())?;
        // Section 5.6.1: "MUST be a non-empty array of strings, null values, or non-negative integers".
        let path = members.get("path").and_then(|path| ClaimPath::from_json(path).ok());
        let path = path.ok_or_else(|| check.refuse())?;
        let refuse = || check.refuse_at(path.clone());
        let mandatory = match members.get("mandatory") {
            None => None,
            Some(mandatory) => Some(mandatory.as_bool().ok_or_else(refuse)?),
        };
        let sd = match members.get("sd") {
            None => None,
            Some(sd) => Some(sd.as_str().and_then(SelectiveDisclosure::from_name).ok_or_else(refuse)?),
        };
        let svg_id = match members.get("svg_id") {
            None => None,
            Some(id) => {
                let id = id.as_str().filter(|id| is_svg_id(id));
                Some(id.ok_or_else(|| Check::TypeSvgId.refuse_at(path.clone()))?.to_owned())
            }
        };
        let display = members.get("display").map(ClaimDisplay::list_from_json).transpose();
        let display = display.map_err(|refusal| refusal.check.refuse_at(path.clone()))?;
        Ok(Self { path, display, mandatory, sd, svg_id })
    }
}

impl SelectiveDisclosure {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "always" => Some(Self::Always),
            "allowed" => Some(Self::Allowed),
            "never" => Some(Self::Never),
            _ => None,
        }
    }
}

/// Section 5.6: "only alphanumeric characters and underscores and MUST NOT start with a digit".
fn is_svg_id(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A member that must be a string if it is there.
pub(super) fn optional_text(
    members: &Map<String, Value>,
    name: &str,
    check: Check,
) -> Result<Option<String>, Refusal> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(check.refuse()),
    }
}
