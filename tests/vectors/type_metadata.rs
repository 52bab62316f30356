//! Type metadata: cases written from the rules of the draft, and the documents of two deployed wallets.

use std::collections::{BTreeMap, BTreeSet};

use bookbag_credential::type_metadata::{
    KnownClaims, Resolution, ResolvedType, SelectiveDisclosure, resolve,
};
use bookbag_credential::{ClaimPath, Refusal};
use serde_json::{Map, Value, json};

use crate::folder::Folder;

type Documents = BTreeMap<String, Vec<u8>>;

#[test]
fn type_metadata() {
    let Some(mut folder) = Folder::open("type-metadata") else { return };
    let rules = folder.json("rules.json");
    for case in rules["cases"].as_array().unwrap() {
        rule(case);
    }
    let names: Vec<_> = ["nl-wallet", "eudi-swift"].iter().flat_map(|below| folder.files(below)).collect();
    let mut documents = Documents::new();
    for name in &names {
        let octets = folder.read(name);
        let document: Value = serde_json::from_slice(&octets).unwrap();
        documents.insert(document["vct"].as_str().unwrap().to_owned(), octets);
    }
    assert_eq!(documents.len(), names.len(), "two documents of one type");
    let deepest = documents.keys().map(|vct| deployed(vct, &documents)).max();
    assert_eq!(deepest, Some(3), "the longest chain in these documents");
    folder.finish();
}

/// Resolves a deployed document, and refuses it once a parent has other octets; gives the length of its chain.
fn deployed(vct: &str, documents: &Documents) -> usize {
    let kind = complete(vct, None, documents).unwrap_or_else(|refusal| panic!("{vct}: {refusal}"));
    let own: Value = serde_json::from_slice(&documents[vct]).unwrap();
    assert_eq!(kind.name(), own["name"].as_str(), "{vct}");
    assert_eq!(kind.vct(), vct);
    for claim in own["claims"].as_array().unwrap() {
        let path = ClaimPath::from_json(&claim["path"]).unwrap();
        let effective = kind.claims().iter().find(|claim| claim.path == path).unwrap();
        let label = &claim["display"][0]["label"];
        assert!(label.is_null() || effective.display[0].label == *label, "{vct} {path}");
    }
    for parent in kind.types().iter().skip(1) {
        let mut other = documents.clone();
        other.get_mut(parent).unwrap().push(b'\n');
        assert_eq!(complete(vct, None, &other).unwrap_err().check.id(), "TM-04", "{vct} extends {parent}");
        other.remove(parent);
        let missing = resolve(vct, None, |vct| other.get(vct).map(Vec::as_slice)).unwrap();
        let Resolution::Missing(missing) = missing else { panic!("{vct} without {parent}") };
        assert_eq!(&missing.vct, parent);
        assert!(missing.integrity.unwrap().matches(&documents[parent]), "{vct} extends {parent}");
    }
    kind.types().len()
}

fn complete(vct: &str, integrity: Option<&str>, documents: &Documents) -> Result<ResolvedType, Refusal> {
    match resolve(vct, integrity, |vct| documents.get(vct).map(Vec::as_slice))? {
        Resolution::Complete(kind) => Ok(kind),
        Resolution::Missing(missing) => panic!("{vct}: {} is missing", missing.vct),
    }
}

fn rule(case: &Value) {
    let name = case["name"].as_str().unwrap();
    match (case["expected"].as_str().unwrap(), outcome(case)) {
        ("accept", kind) => {
            let kind = kind.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
            effective(name, case, &kind);
        }
        ("reject", Err(refusal)) => {
            assert_eq!(Some(refusal.check.id()), expected_check(name), "{name}");
        }
        (expected, _) => panic!("{name}: {expected}, but it was accepted"),
    }
}

fn outcome(case: &Value) -> Result<ResolvedType, Refusal> {
    let documents = case["documents"].as_object().unwrap();
    let documents =
        documents.iter().map(|(vct, text)| (vct.clone(), text.as_str().unwrap().into())).collect();
    let kind = complete(case["vct"].as_str().unwrap(), case["vct#integrity"].as_str(), &documents)?;
    if let Some(issued) = case.get("claims_as_issued") {
        held_against(case, issued, &kind)?;
    }
    Ok(kind)
}

/// The vectors make claims at top level selectively disclosable, and withhold some of those.
fn held_against(case: &Value, issued: &Value, kind: &ResolvedType) -> Result<(), Refusal> {
    let mut payload: Map<String, Value> = issued["plain"].as_object().unwrap().clone();
    let mut disclosable = BTreeSet::new();
    for (name, value) in issued["sd"].as_object().unwrap() {
        if case["sd_paths_not_disclosed"].as_array().is_some_and(|paths| paths.contains(&json!([name]))) {
            continue;
        }
        payload.insert(name.clone(), value.clone());
        disclosable.insert(ClaimPath::top(name.as_str()));
    }
    let claims = KnownClaims { payload: &payload, disclosable: &disclosable, withheld: &BTreeSet::new() };
    match case["role"].as_str().unwrap() {
        "holder" => kind.check_issued(&claims),
        "verifier" => kind.check_presented(&claims),
        other => panic!("no such role: {other}"),
    }
}

fn effective(name: &str, case: &Value, kind: &ResolvedType) {
    if let Some(expected) = case["effective_claims"].as_array() {
        let expected: BTreeSet<String> = expected.iter().map(Value::to_string).collect();
        let actual: BTreeSet<String> =
            kind.claims().iter().map(|claim| claim_json(claim).to_string()).collect();
        assert_eq!(actual, expected, "{name}");
    }
    if let Some(expected) = case["effective_display"].as_array() {
        let display = kind.display().iter();
        let actual: Vec<_> =
            display.map(|display| json!({"locale": display.locale.as_str(), "name": display.name})).collect();
        assert_eq!(&actual, expected, "{name}");
    }
}

fn claim_json(claim: &bookbag_credential::type_metadata::ResolvedClaim) -> Value {
    let sd = match claim.sd {
        SelectiveDisclosure::Always => "always",
        SelectiveDisclosure::Allowed => "allowed",
        SelectiveDisclosure::Never => "never",
    };
    json!({"path": claim.path.to_json(), "sd": sd, "mandatory": claim.mandatory})
}

/// The vectors say that a case is refused; that it is for the right reason is ours to say.
fn expected_check(name: &str) -> Option<&'static str> {
    let expected = [
        ("always-changed-to-allowed", "TM-11"),
        ("extends-integrity-mismatch", "TM-04"),
        ("vct-of-document-differs", "TM-03"),
        ("self-extension", "TM-05"),
        ("empty-path", "TM-08"),
        ("negative-index", "TM-08"),
        ("sd-never-but-disclosable", "TM-15"),
    ];
    expected.iter().find(|(case, _)| *case == name).map(|(_, check)| *check)
}
