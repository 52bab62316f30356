//! Any claims with any choice of what can be hidden: issued, held, shown in part, and verified to exactly that part.

use std::collections::BTreeSet;

use bookbag_credential::sd_jwt::{Held, KeyBinding, Profile, Visibility};
use bookbag_crypto::HashAlgorithm;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::claims::{case, pattern};
use crate::{Case, claim_path, naive, proof, required};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn what_is_issued_verifies_to_the_whole(case in case()) {
        let token = case.issue();
        let verified = case.verify(&token, KeyBinding::NotRequired).unwrap();
        prop_assert_eq!(&Value::Object(verified.claims().clone()), &case.whole());
        // The issuer's payload holds nothing that is hidden, and there is one disclosure for each hidden claim.
        let hidden = case.hidden();
        let bare = naive::process(token.split_once('~').unwrap().0, case.hash);
        prop_assert_eq!(bare, Some(naive::show(&case.whole(), &[], &hidden, &[])));
        prop_assert_eq!(disclosures(&token).len(), hidden.len());
    }

    #[test]
    fn what_is_shown_is_what_was_chosen(case in case(), mask: u64) {
        let hidden = case.hidden();
        let chosen = picked(&hidden, mask);
        let expected = naive::show(&case.whole(), &[], &hidden, &chosen);
        let token = case.issue();
        let held = Held::parse(&token).unwrap();
        let paths: Vec<_> = chosen.iter().map(|path| claim_path(path)).collect();
        let shown = held.select(&paths).unwrap().without_key_binding();
        let unsigned = held.select(&paths).unwrap();
        let unsigned = unsigned.bind(&crate::HOLDERS[case.holder].public, proof()).unwrap();
        let bound = case.sign(unsigned);
        prop_assert!(case.verify(&shown, required()).is_err_and(|refusal| refusal.check.id() == "KB-01"));
        for (token, policy) in
            [(&shown, KeyBinding::NotRequired), (&bound, KeyBinding::NotRequired), (&bound, required())]
        {
            let verified = case.verify(token, policy).unwrap();
            prop_assert_eq!(&Value::Object(verified.claims().clone()), &expected);
            let disclosed: BTreeSet<_> = verified.disclosed().map(|path| path.to_json().to_string()).collect();
            prop_assert_eq!(disclosed.len(), disclosures(&shown).len());
        }
    }

    /// A holder may put any disclosures together: those that hang on one that is missing are refused, all others are
    /// what is shown.
    #[test]
    fn any_disclosures_together_are_what_they_say_or_refused(case in case(), mask: u64) {
        let token = case.issue();
        let mut shown = token.split_once('~').unwrap().0.to_owned() + "~";
        for disclosure in picked(&disclosures(&token), mask) {
            shown += disclosure;
            shown.push('~');
        }
        let verified = case.verify(&shown, KeyBinding::NotRequired);
        if let Some(expected) = naive::process(&shown, case.hash) {
            prop_assert_eq!(Value::Object(verified.unwrap().into_claims()), expected);
        } else {
            prop_assert_eq!(verified.err().map(|refusal| refusal.check.id()), Some("SD-16"));
        }
    }

    #[test]
    fn a_holder_can_choose_every_claim_and_shows_no_more_for_it(case in case()) {
        let token = case.issue();
        let held = Held::parse(&token).unwrap();
        let (whole, hidden) = (Value::Object(held.payload().clone()), case.hidden());
        prop_assert_eq!(&whole, &case.whole());
        let listed: Vec<_> = held.claims().unwrap();
        let listed_paths: BTreeSet<_> = listed.iter().map(|claim| claim.path.to_json().to_string()).collect();
        prop_assert_eq!(listed_paths.len(), listed.len());
        prop_assert_eq!(listed_paths, naive::places(&whole).into_iter().map(|path| json!(path).to_string()).collect());
        for claim in listed {
            let path = claim.path.to_json().as_array().unwrap().clone();
            prop_assert_eq!(claim.visibility == Visibility::Disclosable, hidden.contains(&path));
            let shown = held.select(&[claim.path]).unwrap().without_key_binding();
            let expected = naive::show(&whole, &[], &hidden, std::slice::from_ref(&path));
            prop_assert_eq!(naive::process(&shown, case.hash), Some(expected));
            let needed = hidden.iter().filter(|hidden| naive::is_shown(hidden, std::slice::from_ref(&path)));
            prop_assert_eq!(disclosures(&shown).len(), needed.count());
        }
    }

    /// A path with `null` shows the claims that it stands for, and for their sake no others.
    #[test]
    fn a_pattern_shows_what_it_stands_for_and_no_more(case in case(), at: prop::sample::Index, nulls: u64) {
        let token = case.issue();
        let held = Held::parse(&token).unwrap();
        let (whole, hidden) = (case.whole(), case.hidden());
        let places = naive::places(&whole);
        let pattern = pattern(at.get(&places).clone(), nulls);
        let selection = held.select(&[claim_path(&pattern)]);
        prop_assert_eq!(selection.is_ok(), naive::fits(&whole, &pattern));
        if let Ok(selection) = selection {
            let shown = selection.without_key_binding();
            let chosen = naive::resolve(&whole, &pattern);
            let expected = naive::show(&whole, &[], &hidden, &chosen);
            prop_assert_eq!(naive::process(&shown, case.hash), Some(expected));
            let needed = hidden.iter().filter(|hidden| naive::is_shown(hidden, &chosen)).count();
            prop_assert_eq!(disclosures(&shown).len(), needed);
        }
    }

    #[test]
    fn what_is_not_there_cannot_be_chosen(case in case(), at: prop::sample::Index) {
        let token = case.issue();
        let held = Held::parse(&token).unwrap();
        let places = naive::places(&case.whole());
        let mut beyond = at.get(&places).clone();
        for step in [json!("not there"), json!(99), Value::Null] {
            beyond.push(step);
            // `null` in an array with elements is there; one step further, nothing is.
            let there = !naive::resolve(&case.whole(), &beyond).is_empty();
            prop_assert_eq!(held.select(&[claim_path(&beyond)]).is_ok(), there);
            beyond.pop();
        }
    }
}

/// As deep as a path goes, every level hidden by itself.
#[test]
fn the_deepest_credential_that_can_be_issued_can_be_shown() {
    let depth = bookbag_credential::MAX_PATH_ELEMENTS;
    for array in [false, true] {
        let step = if array { json!(0) } else { json!("a") };
        let wrap = |value| if array { json!([value]) } else { json!({"a": value}) };
        let claims = Map::from_iter([("a".to_owned(), (1..depth).fold(json!(1), |value, _| wrap(value)))]);
        let path = |length: usize| -> naive::Path {
            (0..length).map(|place| if place == 0 { json!("a") } else { step.clone() }).collect()
        };
        let disclosable: Vec<_> = (1..=depth).map(path).collect();
        let case = Case {
            profile: Profile::SdJwt,
            issuer: 0,
            holder: 0,
            hash: HashAlgorithm::Sha256,
            decoys: 1,
            salt: [3; 32],
            claims,
            disclosable,
        };
        let token = case.issue();
        assert_eq!(disclosures(&token).len(), depth);
        let held = Held::parse(&token).unwrap();
        let shown = held.select(&[claim_path(&path(depth))]).unwrap().without_key_binding();
        let verified = case.verify(&shown, KeyBinding::NotRequired).unwrap();
        assert_eq!(Value::Object(verified.into_claims()), case.whole());
    }
}

/// The elements that the bits of `mask` pick.
fn picked<T: Clone>(all: &[T], mask: u64) -> Vec<T> {
    all.iter()
        .enumerate()
        .filter(|(place, _)| (mask >> (place % 64)) & 1 == 1)
        .map(|(_, one)| one.clone())
        .collect()
}

/// The disclosures of an SD-JWT that has no key binding.
fn disclosures(token: &str) -> Vec<&str> {
    token.split('~').skip(1).filter(|part| !part.is_empty()).collect()
}
