//! Fuzz targets of the status list and of type metadata.
#![expect(clippy::missing_panics_doc, reason = "a broken promise stops a fuzz run")]

use std::sync::LazyLock;

use bookbag_credential::status::{
    EntryWidth, MAX_LIST_BYTES, StatusEvidence, StatusList, StatusListAggregation, StatusReference,
    VerifiedStatusList, check_status,
};
use bookbag_credential::trust::IssuerTrust;
use bookbag_credential::type_metadata::{
    Integrity, KnownClaims, Resolution, ResolvedType, RgbColour, resolve,
};
use bookbag_credential::{Check, UnixTime};
use bookbag_crypto::jws::{Jws, assemble, signing_input};
use bookbag_crypto::{Algorithm, Entropy, SigningKey, cbor, json};

use crate::fuzz::KEYS;

/// When the valid seeds are valid.
const NOW: UnixTime = UnixTime(1_750_000_000);

/// What the private halves signed: each makes its key trusted, as a credential would.
static TOKENS: LazyLock<[Option<String>; 3]> = LazyLock::new(|| {
    Algorithm::ALL.map(|algorithm| {
        let key = SigningKey::generate(algorithm, Entropy::from_secure_random([7; 48])).ok()?;
        let input = signing_input(&serde_json::json!({"alg": algorithm.jose_name()}), b"{}");
        let signature = key.sign(input.as_bytes());
        Some(assemble(input, &signature))
    })
});

/// Status list: bytes as a compressed list, as JSON and as a signed token. What is read stays within the limit,
/// survives being written, and nothing lies beyond its end; a token that verifies does so under one key only.
pub fn fuzz_status_list(data: &[u8]) {
    if let Some((first, compressed)) = data.split_first() {
        let width = EntryWidth::ALL.get(usize::from(first % 4)).copied().unwrap_or(EntryWidth::One);
        if let Ok(list) = StatusList::decompress(width, compressed) {
            list_holds_together(&list);
        }
    }
    if let Ok(json) = json::parse(data) {
        if let Ok(list) = StatusList::from_json(&json) {
            list_holds_together(&list);
        }
        if let Ok(reference) = StatusReference::from_claim(&json) {
            assert_eq!(StatusReference::from_claim(&reference.to_claim()).as_ref(), Ok(&reference));
        }
    }
    cbor_forms(data);
    if let Ok(aggregation) = StatusListAggregation::parse(data) {
        let again = StatusListAggregation::parse(aggregation.to_json().to_string().as_bytes());
        assert_eq!(again, Ok(aggregation));
    }
    if let Ok(text) = str::from_utf8(data) {
        let policies = KEYS.each_ref().map(|key| IssuerTrust::pinned(key.clone()));
        let verified =
            policies.iter().filter_map(|trust| VerifiedStatusList::verify_jwt(text, trust, NOW).ok());
        let verified: Vec<_> = verified.collect();
        assert!(verified.len() <= 1, "one signature, two keys");
        verified.iter().for_each(decision_holds);
    }
}

fn cbor_forms(data: &[u8]) {
    if let Ok(value) = cbor::parse(data) {
        if let Ok(list) = StatusList::from_cbor(&value) {
            list_holds_together(&list);
        }
        if let Ok(reference) = StatusReference::from_cbor(&value) {
            assert_eq!(StatusReference::from_cbor(&reference.to_cbor()).as_ref(), Ok(&reference));
        }
    }
    let verified = KEYS.iter().filter_map(|key| VerifiedStatusList::verify_cwt(data, key, NOW).ok());
    verified.for_each(|list| decision_holds(&list));
}

fn list_holds_together(list: &StatusList) {
    assert!(list.as_bytes().len() <= MAX_LIST_BYTES);
    assert_eq!(list.get(list.entries()), None, "an entry beyond the end");
    assert!(list.entries() == 0 || list.get(list.entries() - 1).is_some(), "no last entry");
    // Compressing many megabytes over and over would tell a fuzzer nothing more.
    if list.as_bytes().len() < 100_000 {
        let again = StatusList::decompress(list.width(), &list.compress());
        assert!(again.is_ok_and(|again| again.as_bytes() == list.as_bytes()), "our own stream");
    }
}

fn decision_holds(list: &VerifiedStatusList) {
    let Ok(reference) = StatusReference::new(list.uri(), 0) else { return };
    let lists = std::slice::from_ref(list);
    let valid = list.status_at(0).is_ok_and(|status| status.value() == 0);
    let mut issuers = 0;
    for (token, key) in TOKENS.iter().zip(KEYS.iter()) {
        let trust = IssuerTrust::pinned(key.clone());
        let jws = token.as_deref().and_then(|token| Jws::parse(token).ok());
        let signer = jws.and_then(|jws| trust.authenticate(&jws, None, NOW, Check::SdIssuerSignature).ok());
        let Some(signer) = signer else { continue };
        let decide = |evidence| {
            check_status(Some(&reference), &evidence, &signer, NOW).map_err(|refusal| refusal.check)
        };
        assert_eq!(decide(StatusEvidence::ByAuthority(lists)).is_ok(), valid, "only VALID passes");
        let is_theirs = list.signer() == key;
        issuers += u8::from(is_theirs);
        let decided = decide(StatusEvidence::ByIssuer(lists));
        assert_eq!(decided.is_ok(), valid && is_theirs, "only the issuer's list passes");
        assert_eq!(decided == Err(Check::StatusSigner), !is_theirs, "somebody else's list");
        assert_eq!(decide(StatusEvidence::NamesNoList), Err(Check::StatusNotExpected));
    }
    assert_eq!(issuers, 1, "one signature, one issuer");
}

/// Type metadata: one document of any type, or several with a line feed between them that may extend each
/// other. What is resolved names the type that was asked for, and can be held against a credential.
pub fn fuzz_type_metadata(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        let _ = RgbColour::parse(text);
        if let Ok(integrity) = Integrity::parse(text) {
            assert_eq!(Integrity::parse(integrity.as_str()).as_ref(), Ok(&integrity));
        }
    }
    let documents: Vec<_> = data
        .split(|byte| *byte == b'\n')
        .filter_map(|line| Some((json::parse_object(line).ok()?.get("vct")?.as_str()?.to_owned(), line)))
        .collect();
    let Some((vct, _)) = documents.first() else { return };
    let find = |wanted: &str| documents.iter().find(|(vct, _)| vct == wanted).map(|(_, line)| *line);
    match resolve(vct, None, find) {
        Ok(Resolution::Complete(kind)) => type_holds_together(&kind, vct, data),
        Ok(Resolution::Missing(missing)) => assert!(find(&missing.vct).is_none(), "it was at hand"),
        Err(_) => {}
    }
}

fn type_holds_together(kind: &ResolvedType, vct: &str, data: &[u8]) {
    assert_eq!(kind.vct(), vct);
    let distinct: std::collections::BTreeSet<_> = kind.claims().iter().map(|claim| &claim.path).collect();
    assert_eq!(distinct.len(), kind.claims().len(), "one path, two claims");
    assert_eq!(kind.display_in(&["de-CH", "en"]).is_none(), kind.display().is_empty());
    // Any document is also a payload to hold against the type.
    let line = data.split(|byte| *byte == b'\n').next().unwrap_or(data);
    let Ok(payload) = json::parse_object(line) else { return };
    let none = std::collections::BTreeSet::new();
    let claims = KnownClaims { payload: &payload, disclosable: &none, withheld: &none };
    let issued = kind.check_issued(&claims).is_ok();
    assert!(!issued || kind.check_presented(&claims).is_ok(), "a verifier knows no more than a holder");
}
