//! Names and labels for people, by language (draft-ietf-oauth-sd-jwt-vc-19 sections 5.5 and 5.6.2).

use serde_json::{Map, Value};

use crate::check::{Check, Refusal};
use crate::type_metadata::document::optional_text;
use crate::type_metadata::language::LanguageTag;
use crate::type_metadata::rendering::Rendering;

/// How a type is shown to readers of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDisplay {
    /// The language.
    pub locale: LanguageTag,
    /// The name of the type.
    pub name: String,
    /// What the type is.
    pub description: Option<String>,
    /// How to draw a credential of this type.
    pub rendering: Option<Rendering>,
}

/// How a claim is shown to readers of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimDisplay {
    /// The language.
    pub locale: LanguageTag,
    /// What the claim is called.
    pub label: String,
    /// What the claim is.
    pub description: Option<String>,
}

impl TypeDisplay {
    pub(super) fn list_from_json(json: &Value) -> Result<Vec<Self>, Refusal> {
        objects(json, |members| {
            let (locale, name, description) = texts(members, "name")?;
            let rendering = members.get("rendering").map(Rendering::from_json).transpose()?;
            Ok(Self { locale, name, description, rendering })
        })
    }
}

impl ClaimDisplay {
    pub(super) fn list_from_json(json: &Value) -> Result<Vec<Self>, Refusal> {
        objects(json, |members| {
            let (locale, label, description) = texts(members, "label")?;
            Ok(Self { locale, label, description })
        })
    }
}

fn objects<T>(
    json: &Value,
    read: impl Fn(&Map<String, Value>) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let array = json.as_array().ok_or_else(|| Check::TypeDisplay.refuse())?;
    array.iter().map(|object| read(object.as_object().ok_or_else(|| Check::TypeDisplay.refuse())?)).collect()
}

/// `locale` and `title` are REQUIRED, `description` is not.
fn texts(
    members: &Map<String, Value>,
    title: &str,
) -> Result<(LanguageTag, String, Option<String>), Refusal> {
    let check = Check::TypeDisplay;
    let locale = optional_text(members, "locale", check)?.and_then(|locale| LanguageTag::parse(&locale));
    let title = optional_text(members, title, check)?;
    let description = optional_text(members, "description", check)?;
    match (locale, title) {
        (Some(locale), Some(title)) => Ok((locale, title, description)),
        _ => Err(check.refuse()),
    }
}
