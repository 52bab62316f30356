//! Types that extend each other, and credentials held against them.

use std::collections::{BTreeMap, BTreeSet};

use bookbag_crypto::{HashAlgorithm, base64url};
use serde_json::{Value, json};

use super::*;
use crate::check::{Check, Refusal};
use crate::path::ClaimPath;

fn documents(list: &[Value]) -> BTreeMap<String, Vec<u8>> {
    let key = |document: &Value| document["vct"].as_str().unwrap().to_owned();
    list.iter().map(|document| (key(document), document.to_string().into_bytes())).collect()
}

fn resolve_in(vct: &str, documents: &BTreeMap<String, Vec<u8>>) -> Result<Resolution, Refusal> {
    resolve(vct, None, |vct| documents.get(vct).map(Vec::as_slice))
}

/// Resolves the first of these documents.
fn resolved(list: &[Value]) -> Result<ResolvedType, Refusal> {
    match resolve_in(list[0]["vct"].as_str().unwrap(), &documents(list))? {
        Resolution::Complete(resolved) => Ok(resolved),
        Resolution::Missing(missing) => panic!("missing {}", missing.vct),
    }
}

fn refused(list: &[Value]) -> Check {
    resolved(list).unwrap_err().check
}

fn claims(list: &Value) -> Value {
    json!({"vct": "urn:t", "claims": list})
}

fn path(json: &Value) -> ClaimPath {
    ClaimPath::from_json(json).unwrap()
}

fn paths(list: &[Value]) -> BTreeSet<ClaimPath> {
    list.iter().map(path).collect()
}

/// A credential and what is known about its disclosures.
struct Credential {
    payload: Value,
    disclosable: BTreeSet<ClaimPath>,
    withheld: BTreeSet<ClaimPath>,
}

impl Credential {
    fn new(payload: Value, disclosable: &[Value], withheld: &[Value]) -> Self {
        Self { payload, disclosable: paths(disclosable), withheld: paths(withheld) }
    }

    fn known(&self) -> KnownClaims<'_> {
        let payload = self.payload.as_object().unwrap();
        KnownClaims { payload, disclosable: &self.disclosable, withheld: &self.withheld }
    }

    fn issued(&self, claim: &Value) -> Result<(), Check> {
        let kind = resolved(&[claims(&json!([claim]))]).unwrap();
        kind.check_issued(&self.known()).map_err(|refusal| refusal.check)
    }

    fn presented(&self, claim: &Value) -> Result<(), Check> {
        let kind = resolved(&[claims(&json!([claim]))]).unwrap();
        kind.check_presented(&self.known()).map_err(|refusal| refusal.check)
    }
}

#[test]
fn a_missing_document_is_asked_for() {
    let base = json!({"vct": "urn:base"});
    let digest = base64url::encode(HashAlgorithm::Sha256.digest(base.to_string()));
    let kid =
        json!({"vct": "urn:kid", "extends": "urn:base", "extends#integrity": format!("sha256-{digest}")});
    let mut known = documents(&[]);
    let missing = |known: &_| match resolve_in("urn:kid", known).unwrap() {
        Resolution::Missing(missing) => missing,
        Resolution::Complete(_) => panic!("nothing was missing"),
    };
    assert_eq!(missing(&known), MissingDocument { vct: "urn:kid".into(), integrity: None });
    known.extend(documents(&[kid]));
    let wanted = missing(&known);
    assert_eq!(wanted.vct, "urn:base");
    assert!(wanted.integrity.unwrap().matches(base.to_string().as_bytes()));
    known.extend(documents(&[base]));
    let Resolution::Complete(resolved) = resolve_in("urn:kid", &known).unwrap() else { panic!("complete") };
    assert_eq!(
        (resolved.vct(), resolved.types()),
        ("urn:kid", &["urn:kid".to_owned(), "urn:base".into()][..])
    );
}

#[test]
fn properties_are_inherited_one_by_one_and_never_merged() {
    let kind = resolved(&[
        json!({"vct": "urn:c", "extends": "urn:b", "name": "c", "claims": [
            {"path": ["a"], "display": [{"locale": "fr", "label": "Un"}]}, {"path": ["c"]}]}),
        json!({"vct": "urn:b", "extends": "urn:a", "name": "b", "description": "d", "display": [{"locale": "de", "name": "B"}],
            "claims": [{"path": ["a"], "mandatory": true, "svg_id": "first"}]}),
        json!({"vct": "urn:a", "display": [{"locale": "en", "name": "A"}], "claims": [
            {"path": ["z"], "sd": "never"},
            {"path": ["a"], "sd": "always", "svg_id": "x", "display": [{"locale": "en", "label": "One"}, {"locale": "de", "label": "Eins"}]}]}),
    ])
    .unwrap();
    assert_eq!((kind.name(), kind.description()), (Some("c"), None));
    assert_eq!(kind.display_in(&["en"]).unwrap().name, "B");
    let order: Vec<_> = kind.claims().iter().map(|claim| claim.path.to_string()).collect();
    assert_eq!(order, ["z", "a", "c"]);
    let a = kind.claim_at(&path(&json!(["a"]))).unwrap();
    assert_eq!((a.mandatory, a.sd, a.svg_id.as_deref()), (true, SelectiveDisclosure::Always, Some("first")));
    assert_eq!(a.display_in(&["en"]).unwrap().label, "Un");
    assert_eq!(kind.claim_by_svg_id("first").unwrap().path, a.path);
    assert_eq!(kind.claim_by_svg_id("x"), None);
}

#[test]
fn the_claim_at_a_place_is_the_most_exact_one() {
    let kind = resolved(&[claims(&json!([
        {"path": ["a", null, null], "svg_id": "all"}, {"path": ["a", null, 1], "svg_id": "some"},
        {"path": ["a", 0, 1], "svg_id": "one"}, {"path": ["a"], "svg_id": "whole"}]))])
    .unwrap();
    let at = |json: Value| kind.claim_at(&path(&json)).and_then(|claim| claim.svg_id.clone());
    assert_eq!(at(json!(["a", 0, 1])).as_deref(), Some("one"));
    assert_eq!(at(json!(["a", 2, 1])).as_deref(), Some("some"));
    assert_eq!(at(json!(["a", 2, 2])).as_deref(), Some("all"));
    assert_eq!(at(json!(["a"])).as_deref(), Some("whole"));
    assert_eq!(at(json!(["a", "b", 1])), None);
    assert_eq!(at(json!(["b"])), None);
}

#[test]
fn tm_01_to_tm_03_a_document_has_a_form_and_a_name() {
    for text in [
        "",
        "[]",
        "null",
        "{}",
        r#"{"vct":7}"#,
        r#"{"vct":"urn:t","vct":"urn:t"}"#,
        r#"{"vct":"urn:t","name":1}"#,
        r#"{"vct":"urn:t","description":[]}"#,
        r#"{"vct":"urn:t","extends":null}"#,
        r#"{"vct":"urn:t","extends":"urn:b","extends#integrity":1}"#,
        "\u{feff}{\"vct\":\"urn:t\"}",
    ] {
        let refusal = resolve("urn:t", None, |_| Some(text.as_bytes())).unwrap_err();
        assert_eq!(refusal.check, Check::TypeDocument, "TM-01 {text}");
    }
    for vct in ["urn:T", "urn:t ", "urn:t#x", ""] {
        let text = json!({"vct": vct}).to_string();
        let refusal = resolve("urn:t", None, |_| Some(text.as_bytes())).unwrap_err();
        assert_eq!(refusal.check, Check::TypeIdentifier, "TM-03 {vct}");
    }
    let long = format!(r#"{{"vct":"urn:t"{}}}"#, " ".repeat(MAX_DOCUMENT_BYTES));
    let refusal = resolve("urn:t", None, |_| Some(long.as_bytes())).unwrap_err();
    assert_eq!(refusal.check, Check::TypeTooLarge, "TM-02");
    let many: Vec<_> = (0..=MAX_CLAIMS).map(|name| json!({"path": [name.to_string()]})).collect();
    assert_eq!(refused(&[claims(&json!(many))]), Check::TypeTooLarge, "TM-02");
    let half: Vec<_> = (0..MAX_CLAIMS).map(|name| json!({"path": [name]})).collect();
    let chain = [
        json!({"vct": "urn:a", "extends": "urn:b", "claims": [{"path": ["a"]}]}),
        json!({"vct": "urn:b", "claims": half}),
    ];
    assert_eq!(refused(&chain), Check::TypeTooLarge, "TM-02");
}

#[test]
fn tm_02_and_tm_05_a_chain_ends() {
    let link = |from: usize, to: usize| json!({"vct": format!("urn:{from}"), "extends": format!("urn:{to}")});
    for length in 1..5 {
        let circle: Vec<_> = (0..length).map(|from| link(from, (from + 1) % length)).collect();
        assert_eq!(refused(&circle), Check::TypeCircular, "TM-05 {length}");
    }
    assert_eq!(refused(&[link(0, 1), link(1, 2), link(2, 1)]), Check::TypeCircular, "TM-05");
    let chain = |length: usize| {
        let mut chain: Vec<_> = (1..length).map(|from| link(from - 1, from)).collect();
        chain.push(json!({"vct": format!("urn:{}", length - 1)}));
        chain
    };
    assert_eq!(resolved(&chain(MAX_EXTENDS)).unwrap().types().len(), MAX_EXTENDS);
    assert_eq!(refused(&chain(MAX_EXTENDS + 1)), Check::TypeTooLarge, "TM-02");
}

#[test]
fn tm_04_integrity_is_over_the_octets() {
    let text = br#"{ "vct": "urn:t" }"#;
    let digest =
        |octets: &[u8]| format!("sha384-{}", base64url::encode(HashAlgorithm::Sha384.digest(octets)));
    let with = |integrity: &str| resolve("urn:t", Some(integrity), |_| Some(text));
    assert!(with(&digest(text)).is_ok());
    for integrity in [digest(br#"{"vct":"urn:t"}"#), String::new(), "sha1-x".into()] {
        assert_eq!(with(&integrity).unwrap_err().check, Check::TypeIntegrity, "TM-04 {integrity}");
    }
    // What is wrong is refused even where the document is not at hand.
    assert_eq!(resolve("urn:t", Some("x"), |_| None).unwrap_err().check, Check::TypeIntegrity, "TM-04");
    let kid = json!({"vct": "urn:k", "extends": "urn:t", "extends#integrity": digest(b"other")});
    assert_eq!(refused(&[kid, json!({"vct": "urn:t"})]), Check::TypeIntegrity, "TM-04");
}

#[test]
fn tm_06_display_has_a_form() {
    for display in [
        json!({}),
        json!(null),
        json!(["en"]),
        json!([{}]),
        json!([{"locale": "en"}]),
        json!([{"name": "x"}]),
        json!([{"locale": "en_US", "name": "x"}]),
        json!([{"locale": 1, "name": "x"}]),
        json!([{"locale": "en", "name": null}]),
        json!([{"locale": "en", "name": "x", "description": 1}]),
    ] {
        assert_eq!(
            refused(&[json!({"vct": "urn:t", "display": display})]),
            Check::TypeDisplay,
            "TM-06 {display}"
        );
        let label = display.to_string().replace("\"name\"", "\"label\"");
        let label: Value = serde_json::from_str(&label).unwrap();
        let refusal = resolved(&[claims(&json!([{"path": ["a"], "display": label}]))]).unwrap_err();
        assert_eq!(refusal, Check::TypeDisplay.refuse_at(path(&json!(["a"]))), "TM-06 {label}");
    }
    let rendering = json!({"vct": "urn:t", "display": [{"locale": "en", "name": "x", "rendering": 1}]});
    assert_eq!(refused(&[rendering]), Check::TypeRendering, "TM-07");
}

#[test]
fn tm_08_and_tm_09_claims_have_a_form() {
    for list in [
        json!({}),
        json!(null),
        json!(["a"]),
        json!([{}]),
        json!([{"path": "a"}]),
        json!([{"path": []}]),
        json!([{"path": ["a", -1]}]),
        json!([{"path": ["a", 0.5]}]),
        json!([{"path": [true]}]),
        json!([{"path": ["a"], "mandatory": "true"}]),
        json!([{"path": ["a"], "mandatory": null}]),
        json!([{"path": ["a"], "sd": "sometimes"}]),
        json!([{"path": ["a"], "sd": true}]),
        json!([{"path": ["a"], "sd": "Always"}]),
    ] {
        assert_eq!(refused(&[claims(&list)]), Check::TypeClaim, "TM-08 {list}");
    }
    let twice = json!([{"path": ["a", null]}, {"path": ["b"]}, {"path": ["a", null], "sd": "never"}]);
    let refusal = resolved(&[claims(&twice)]).unwrap_err();
    assert_eq!(refusal, Check::TypeClaimTwice.refuse_at(path(&json!(["a", null]))), "TM-09");
}

#[test]
fn tm_10_svg_ids_have_a_form_and_are_unique() {
    for id in [
        json!(""),
        json!("1a"),
        json!("a-b"),
        json!("a b"),
        json!("\u{e4}"),
        json!(1),
        json!(null),
        json!("{{a}}"),
    ] {
        assert_eq!(
            refused(&[claims(&json!([{"path": ["a"], "svg_id": id}]))]),
            Check::TypeSvgId,
            "TM-10 {id}"
        );
    }
    let with = |name: &str, id: &str| json!({"path": [name], "svg_id": id});
    assert_eq!(refused(&[claims(&json!([with("a", "x"), with("b", "x")]))]), Check::TypeSvgId, "TM-10");
    let base = json!({"vct": "urn:b", "claims": [with("a", "x")]});
    let kid = |list: Value| json!({"vct": "urn:k", "extends": "urn:b", "claims": list});
    assert_eq!(refused(&[kid(json!([with("b", "x")])), base.clone()]), Check::TypeSvgId, "TM-10");
    assert!(resolved(&[kid(json!([with("b", "x"), with("a", "_1")])), base]).is_ok());
}

#[test]
fn tm_11_and_tm_12_an_extension_loosens_nothing() {
    let chain = |parent: Value, child: Value| {
        [
            json!({"vct": "urn:k", "extends": "urn:b", "claims": [child]}),
            json!({"vct": "urn:b", "claims": [parent]}),
        ]
    };
    let sd = |sd: &str| json!({"path": ["a"], "sd": sd});
    for (parent, child) in
        [("always", "allowed"), ("always", "never"), ("never", "allowed"), ("never", "always")]
    {
        assert_eq!(refused(&chain(sd(parent), sd(child))), Check::TypeSdFinal, "TM-11 {parent} {child}");
    }
    for (parent, child) in
        [("allowed", "always"), ("allowed", "never"), ("always", "always"), ("never", "never")]
    {
        assert!(resolved(&chain(sd(parent), sd(child))).is_ok(), "{parent} {child}");
    }
    let kept = resolved(&chain(sd("never"), json!({"path": ["a"]}))).unwrap();
    assert_eq!(kept.claims()[0].sd, SelectiveDisclosure::Never);

    let mandatory = |yes: bool| json!({"path": ["a"], "mandatory": yes});
    assert_eq!(refused(&chain(mandatory(true), mandatory(false))), Check::TypeMandatoryFinal, "TM-12");
    assert!(resolved(&chain(mandatory(false), mandatory(true))).unwrap().claims()[0].mandatory);
    assert!(resolved(&chain(mandatory(true), json!({"path": ["a"]}))).unwrap().claims()[0].mandatory);
    // What is loosened in the middle of a chain does not come back by tightening it again.
    let three = [
        json!({"vct": "urn:1", "extends": "urn:2", "claims": [sd("always")]}),
        json!({"vct": "urn:2", "extends": "urn:3", "claims": [sd("allowed")]}),
        json!({"vct": "urn:3", "claims": [sd("always")]}),
    ];
    assert_eq!(refused(&three), Check::TypeSdFinal, "TM-11");
}

#[test]
fn tm_13_a_path_fits_the_credential() {
    let credential = Credential::new(json!({"a": {"b": 1}, "l": [{"x": 1}, 7], "n": null}), &[], &[]);
    for misfit in [
        json!(["a", null]),
        json!(["a", 0]),
        json!(["a", "b", "c"]),
        json!(["l", "x"]),
        json!(["l", null, "x"]),
        json!(["l", 1, "x"]),
        json!(["n", "x"]),
        json!([null]),
        json!([0]),
    ] {
        let claim = json!({"path": misfit});
        assert_eq!(credential.issued(&claim), Err(Check::TypePathMisfit), "TM-13 {misfit}");
        assert_eq!(credential.presented(&claim), Err(Check::TypePathMisfit), "TM-13 {misfit}");
    }
    for fit in [
        json!(["a", "b"]),
        json!(["z", "y", null]),
        json!(["l", null]),
        json!(["l", 0, "x"]),
        json!(["l", 9, "x"]),
        json!(["n"]),
    ] {
        assert_eq!(credential.issued(&json!({"path": fit})), Ok(()), "{fit}");
    }
}

#[test]
fn tm_14_what_is_mandatory_was_issued() {
    let credential = Credential::new(json!({"a": {"b": null}, "l": [], "m": [{"x": 1}, {}]}), &[], &[]);
    for present in
        [json!(["a"]), json!(["a", "b"]), json!(["l"]), json!(["m", null, "x"]), json!(["m", 0, "x"])]
    {
        assert_eq!(credential.issued(&json!({"path": present, "mandatory": true})), Ok(()), "{present}");
    }
    for absent in [
        json!(["z"]),
        json!(["a", "z"]),
        json!(["z", "a"]),
        json!(["l", null]),
        json!(["m", 1, "x"]),
        json!(["m", 2]),
    ] {
        let claim = json!({"path": absent, "mandatory": true});
        assert_eq!(credential.issued(&claim), Err(Check::TypeMandatoryMissing), "TM-14 {absent}");
        // Not disclosed is not absent.
        assert_eq!(credential.presented(&claim), Ok(()), "{absent}");
    }
    // What can only stand in the clear is absent when it is not there, unless what holds it may be withheld.
    let clear = |path: Value| json!({"path": path, "mandatory": true, "sd": "never"});
    for absent in [json!(["z"]), json!(["a", "z"]), json!(["l", null]), json!(["m", 1, "x"])] {
        assert_eq!(
            credential.presented(&clear(absent.clone())),
            Err(Check::TypeMandatoryMissing),
            "TM-14 {absent}"
        );
    }
    assert_eq!(credential.presented(&clear(json!(["z", "a"]))), Ok(()));
    let withheld = Credential::new(json!({"m": []}), &[], &[json!(["m", 0])]);
    assert_eq!(withheld.presented(&clear(json!(["m", null, "x"]))), Ok(()));
    assert_eq!(withheld.presented(&json!({"path": ["m", 0], "mandatory": true})), Ok(()));
}

#[test]
fn tm_15_disclosable_is_what_has_a_disclosure_of_its_own() {
    let disclosable = [json!(["a"]), json!(["l", 1])];
    let credential = Credential::new(json!({"a": {"b": 1}, "c": 1, "l": [1, 2]}), &disclosable, &[]);
    let with = |path: Value, sd: &str| json!({"path": path, "sd": sd});
    for (path, is) in [
        (json!(["a"]), "always"),
        (json!(["a", "b"]), "never"),
        (json!(["c"]), "never"),
        (json!(["l"]), "never"),
        (json!(["l", 0]), "never"),
        (json!(["l", 1]), "always"),
    ] {
        let is_not = if is == "always" { "never" } else { "always" };
        for check in [Credential::issued, Credential::presented] {
            assert_eq!(check(&credential, &with(path.clone(), is)), Ok(()), "{path}");
            assert_eq!(check(&credential, &with(path.clone(), "allowed")), Ok(()), "{path}");
            assert_eq!(
                check(&credential, &with(path.clone(), is_not)),
                Err(Check::TypeSdMismatch),
                "TM-15 {path}"
            );
        }
    }
    // One element in the clear is enough to break "always" for all, and one disclosable one to break "never".
    for sd in ["always", "never"] {
        let claim = with(json!(["l", null]), sd);
        assert_eq!(credential.issued(&claim), Err(Check::TypeSdMismatch), "TM-15 {sd}");
    }
}

#[test]
fn elements_that_are_not_disclosed_keep_their_places() {
    // Issued: [clear, withheld, disclosed, withheld].
    let withheld = [json!(["l", 1]), json!(["l", 3])];
    let credential = Credential::new(json!({"l": ["clear", {"x": 1}]}), &[json!(["l", 2])], &withheld);
    let with = |index: usize, sd: &str| json!({"path": ["l", index], "sd": sd});
    assert_eq!(credential.presented(&with(0, "never")), Ok(()));
    for index in 1..4 {
        assert_eq!(credential.presented(&with(index, "always")), Ok(()), "{index}");
        assert_eq!(credential.presented(&with(index, "never")), Err(Check::TypeSdMismatch), "TM-15 {index}");
    }
    assert_eq!(credential.presented(&with(4, "never")), Ok(()));
    assert_eq!(credential.presented(&json!({"path": ["l", 2, "x"], "sd": "never"})), Ok(()));
    // Nothing is known of what is inside.
    assert_eq!(credential.presented(&json!({"path": ["l", 1, "x"], "sd": "always"})), Ok(()));
    assert_eq!(credential.presented(&json!({"path": ["l", null, "x"]})), Err(Check::TypePathMisfit), "TM-13");
}

#[test]
fn tm_02_the_work_is_limited() {
    let long = Credential::new(json!({"l": vec![1; 50_000]}), &[], &[]);
    let each: Vec<_> = (0..100).map(|index| json!({"path": ["l", index]})).collect();
    let kind = resolved(&[claims(&json!(each))]).unwrap();
    assert_eq!(kind.check_issued(&long.known()).unwrap_err().check, Check::TypeTooLarge, "TM-02");
}
