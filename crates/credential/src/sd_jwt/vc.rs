//! What SD-JWT VC adds to SD-JWT (draft-ietf-oauth-sd-jwt-vc-19 section 2).

use serde_json::{Map, Value};

use super::process::{Disclosed, ELLIPSIS, SD, is_container};
use crate::check::{Check, Refusal};
use crate::path::{ClaimPath, PathElement};
use crate::status::StatusChecked;

/// The `typ` of an SD-JWT VC, and of the drafts up to -05.
pub const SD_JWT_VC_TYPES: [&str; 2] = ["dc+sd-jwt", "vc+sd-jwt"];

/// Claims that may not be selectively disclosable, nor anything within them (section 2.2.2.3).
pub const ALWAYS_CLEAR: [&str; 8] =
    ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"];

/// Checks the header's `typ`.
pub(super) fn check_type(typ: Option<&str>) -> Result<(), Refusal> {
    match typ {
        Some(typ) if SD_JWT_VC_TYPES.contains(&typ) => Ok(()),
        _ => Err(Check::VcType.refuse()),
    }
}

/// Checks, before disclosures are resolved, that nothing within the claims of [`ALWAYS_CLEAR`] is hidden.
pub(super) fn check_nothing_hidden(payload: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, value) in payload {
        if is_container(value) && ALWAYS_CLEAR.contains(&name.as_str()) && hides_something(value) {
            return Err(Check::VcAlwaysClear.refuse_at(ClaimPath::top(name)));
        }
    }
    Ok(())
}

/// Checks, after disclosures are resolved, that none of them was a claim of [`ALWAYS_CLEAR`].
pub(super) fn check_none_disclosed(disclosed: &[Disclosed]) -> Result<(), Refusal> {
    match disclosed.iter().find(|claim| is_always_clear(&claim.path)) {
        None => Ok(()),
        Some(claim) => Err(Check::VcAlwaysClear.refuse_at(claim.path.clone())),
    }
}

/// Whether a path leads to or into one of the claims of [`ALWAYS_CLEAR`].
pub(super) fn is_always_clear(path: &ClaimPath) -> bool {
    match path.elements().first() {
        Some(PathElement::Name(name)) => ALWAYS_CLEAR.contains(&name.as_str()),
        _ => false,
    }
}

/// Checks the claims that SD-JWT VC defines, in the processed payload.
pub(super) fn check_claims(payload: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(Value::String(vct)) = payload.get("vct").filter(|vct| *vct != "") else {
        return Err(Check::VcVct.refuse());
    };
    match payload.get("aka_vcts") {
        None => {}
        Some(Value::Array(types)) if !types.is_empty() && types.iter().all(|other| is_other(other, vct)) => {}
        Some(_) => return Err(Check::VcOtherTypes.refuse()),
    }
    if payload.get("vct#integrity").is_some_and(|integrity| !integrity.is_string()) {
        return Err(Check::VcIntegrity.refuse());
    }
    Ok(())
}

/// Section 2.2.2.3: the status list of an SD-JWT VC is a token in JWT form.
pub(super) fn check_status_list(status: &StatusChecked) -> Result<(), Refusal> {
    if status.relied_on_cwt() { Err(Check::VcStatusListForm.refuse()) } else { Ok(()) }
}

/// The types of a credential: `vct`, then `aka_vcts`.
pub(super) fn types(payload: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let others = payload.get("aka_vcts").and_then(Value::as_array).into_iter().flatten();
    payload.get("vct").into_iter().chain(others).filter_map(Value::as_str)
}

fn is_other(other: &Value, vct: &str) -> bool {
    other.as_str().is_some_and(|other| !other.is_empty() && other != vct)
}

/// Whether a value holds a digest at any depth. JSON as parsed is never deeper than its parser allows.
fn hides_something(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            object.contains_key(SD) || object.contains_key(ELLIPSIS) || object.values().any(hides_something)
        }
        Value::Array(array) => array.iter().any(hides_something),
        _ => false,
    }
}
