//! What the fuzz target for SD-JWT does with its input.

use std::sync::LazyLock;

use bookbag_credential::sd_jwt::{
    AcceptedTypes, Compact, Context, Held, KeyBinding, Profile, compact_from_json, verify,
};
use bookbag_credential::status::StatusEvidence;
use bookbag_credential::trust::IssuerTrust;
use bookbag_credential::trust::issuer::JwkSet;
use bookbag_credential::{ClaimPath, UnixTime};

use crate::fuzz::KEYS;

/// Whoever signed the valid seeds.
static TRUST: LazyLock<IssuerTrust> = LazyLock::new(|| {
    let keys = KEYS.iter().fold(JwkSet::default(), |set, key| set.and(key.clone()));
    IssuerTrust::pinned(keys)
});

/// SD-JWT: what verifies can also be held, every claim listed can be found and shown, and showing everything or
/// nothing verifies again.
///
/// # Panics
///
/// If one of these promises is broken.
pub fn fuzz_sd_jwt(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(compact) = compact_from_json(data) {
        assert!(Compact::parse(&compact).is_ok() || compact.contains("~~"), "a compact form that is none");
    }
    let verified = verifies(text);
    let Ok(held) = Held::parse(text) else {
        let bound = Compact::parse(text).is_ok_and(|compact| compact.key_binding.is_some());
        assert!(!verified || bound, "verified, but cannot be held");
        return;
    };
    let Ok(claims) = held.claims() else { return };
    for claim in &claims {
        let found = claim.path.select_in(held.payload());
        assert!(found.is_ok_and(|found| found.len() == 1), "a claim that is listed and not there");
    }
    let paths: Vec<ClaimPath> = claims.into_iter().map(|claim| claim.path).collect();
    for chosen in [&[][..], paths.as_slice()] {
        let shown = held.select(chosen).map(|selection| verifies(&selection.without_key_binding()));
        assert!(shown == Ok(true) || !verified, "what was held cannot be shown");
    }
}

fn verifies(token: &str) -> bool {
    let context = Context {
        profile: Profile::SdJwt,
        issuer: &TRUST,
        key_binding: KeyBinding::NotRequired,
        status: StatusEvidence::NamesNoList,
        types: AcceptedTypes::Any,
        required_claims: &[],
        now: UnixTime(1_750_000_000),
    };
    verify(token, &context).is_ok()
}
