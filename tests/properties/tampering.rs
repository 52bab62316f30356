//! A bound presentation of which anything was changed is refused.

use bookbag_credential::sd_jwt::{Held, KeyBinding, Profile};
use bookbag_crypto::HashAlgorithm;
use proptest::prelude::*;
use serde_json::json;

use crate::claims::case;
use crate::{Case, HOLDERS, claim_path, proof, required};

/// A presentation of everything, bound to its holder.
fn bound(case: &Case) -> String {
    let token = case.issue();
    let held = Held::parse(&token).unwrap();
    let paths: Vec<_> = case.hidden().iter().map(|path| claim_path(path)).collect();
    let unsigned = held.select(&paths).unwrap().bind(&HOLDERS[case.holder].public, proof()).unwrap();
    case.sign(unsigned)
}

/// Nobody is taken in, whether or not key binding is required. What is not UTF-8 cannot be handed over at all.
fn is_refused(case: &Case, changed: &[u8]) -> bool {
    let Ok(changed) = str::from_utf8(changed) else { return true };
    [required(), KeyBinding::NotRequired].into_iter().all(|policy| case.verify(changed, policy).is_err())
}

/// One byte of `token` changed: xor, deletion, insertion before, doubling.
fn changes(token: &[u8], at: usize, byte: u8) -> [Vec<u8>; 4] {
    let (before, after) = token.split_at(at);
    [
        [before, &[after[0] ^ byte], &after[1..]].concat(),
        [before, &after[1..]].concat(),
        [before, &[byte], after].concat(),
        [before, &after[..1], after].concat(),
    ]
}

fn small(issuer: usize, holder: usize) -> Case {
    let claims = json!({"name": "Megan", "marks": [7, 8], "address": {"town": "Bala"}});
    Case {
        profile: Profile::SdJwtVc,
        issuer,
        holder,
        hash: HashAlgorithm::Sha256,
        decoys: 1,
        salt: [5; 32],
        claims: [("vct".to_owned(), json!("t"))]
            .into_iter()
            .chain(claims.as_object().unwrap().clone())
            .collect(),
        disclosable: vec![
            vec![json!("name")],
            vec![json!("marks"), json!(null)],
            vec![json!("address")],
            vec![json!("address"), json!("town")],
        ],
    }
}

/// Every place of a token: three of its bits, a deletion, a doubling, and a separator or a letter put before
/// it. Without a transaction to compare with, which would only refuse more.
fn every_place_matters(issuer: usize, holder: usize) {
    let case = small(issuer, holder);
    let token = bound(&case).into_bytes();
    let refused = |changed: &[u8]| {
        str::from_utf8(changed).is_err()
            || case.verify(str::from_utf8(changed).unwrap(), KeyBinding::NotRequired).is_err()
    };
    assert!(!refused(&token), "the token itself is good");
    for at in 0..token.len() {
        let bits = [1, 4, 32].map(|bit| changes(&token, at, bit)[0].clone());
        let [_, deleted, separated, doubled] = changes(&token, at, b'~');
        let [_, _, lengthened, _] = changes(&token, at, b'A');
        for changed in bits.into_iter().chain([deleted, separated, doubled, lengthened]) {
            assert!(refused(&changed), "byte {at}: {}", String::from_utf8_lossy(&changed));
        }
    }
    for byte in 0..=u8::MAX {
        assert!(refused(&[token.as_slice(), &[byte]].concat()), "{byte} at the end");
    }
}

#[test]
fn every_place_of_a_token_matters_under_eddsa() {
    every_place_matters(0, 1);
}

#[test]
fn every_place_of_a_token_matters_under_es256() {
    every_place_matters(1, 2);
}

#[test]
fn every_place_of_a_token_matters_under_es384() {
    every_place_matters(2, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_one_byte_changed_is_refused(
        case in case(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..=255), 16),
    ) {
        let token = bound(&case).into_bytes();
        prop_assert!(!is_refused(&case, &token));
        for (at, byte) in edits {
            for changed in changes(&token, at.index(token.len()), byte) {
                prop_assert!(is_refused(&case, &changed), "{}", String::from_utf8_lossy(&changed));
            }
        }
    }

    #[test]
    fn parts_moved_left_out_or_sent_twice_are_refused(
        case in case(), one: prop::sample::Index, two: prop::sample::Index
    ) {
        let token = bound(&case);
        for separator in ['~', '.'] {
            let parts: Vec<_> = token.split(separator).collect();
            let (one, two) = (one.index(parts.len()), two.index(parts.len()));
            let mut swapped = parts.clone();
            swapped.swap(one, two);
            let (mut without, mut twice) = (parts.clone(), parts.clone());
            without.remove(one);
            twice.insert(two, parts[one]);
            for changed in [swapped, without, twice] {
                let changed = changed.join(&separator.to_string());
                prop_assert!(changed == token || is_refused(&case, changed.as_bytes()), "{changed}");
            }
        }
    }

    /// The parts of one presentation do not fit into another one, even of the same claims by the same keys.
    #[test]
    fn parts_of_another_presentation_are_refused(case in case(), at: prop::sample::Index, salt: [u8; 32]) {
        prop_assume!(salt != case.salt && !case.hidden().is_empty());
        let other = bound(&Case { salt, ..case.clone() });
        let token = bound(&case);
        let (mut parts, others): (Vec<_>, Vec<_>) = (token.split('~').collect(), other.split('~').collect());
        let at = at.index(parts.len());
        parts[at] = others[at];
        prop_assert!(is_refused(&case, parts.join("~").as_bytes()));
    }
}
