//! Credentials of every shape, as strategies.

use bookbag_credential::sd_jwt::Profile;
use bookbag_crypto::HashAlgorithm;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::{Case, naive};

/// Names that RFC 9901 keeps for itself.
const RESERVED: &[&str] = &["_sd", "_sd_alg", "..."];

/// Names that mean something at the top level, and nothing below it.
const REGISTERED: &[&str] =
    &["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "vct", "vct#integrity", "aka_vcts", "status"];

/// Names that trip somebody: empty, like a path, like a digest list, in need of escapes, equal but for their form.
const ODD: &[&str] = &[
    "",
    ".",
    "..",
    "....",
    "a.b",
    "a[0]",
    "[]",
    "[",
    "]",
    "0",
    "null",
    "_SD",
    "_sd ",
    "_sd_alg.",
    "~",
    "\"",
    "\\",
    "\0",
    "\u{7f}",
    "é",
    "e\u{301}",
    "\u{feff}",
    "\u{2028}",
    "😀",
    "\u{10ffff}",
    "__proto__",
    "cnf",
    "exp",
    "status",
];

fn name() -> BoxedStrategy<String> {
    let name = prop_oneof![
        4 => select(&["a", "b", "c"][..]).prop_map(str::to_owned),
        3 => select(ODD).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    name.prop_filter("kept by SD-JWT", |name| !RESERVED.contains(&name.as_str())).boxed()
}

fn scalar() -> BoxedStrategy<Value> {
    let finite =
        prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO | prop::num::f64::NEGATIVE;
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        select(&[i64::MIN, -1, 0, 1, i64::MAX][..]).prop_map(Value::from),
        finite.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(ODD).prop_map(Value::from),
        select(RESERVED).prop_map(Value::from),
    ]
    .boxed()
}

pub(crate) fn tree() -> BoxedStrategy<Value> {
    scalar()
        .prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(name(), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
        .boxed()
}

fn object() -> BoxedStrategy<Map<String, Value>> {
    let top = name().prop_filter("means something", |name| !REGISTERED.contains(&name.as_str()));
    prop::collection::btree_map(top, tree(), 0..5).prop_map(|members| members.into_iter().collect()).boxed()
}

/// A list of records that do not all have the same members, where a `null` asks for more than is there.
fn records() -> BoxedStrategy<Map<String, Value>> {
    let names = || select(&["a", "b"][..]).prop_map(str::to_owned);
    let map =
        |members: std::collections::BTreeMap<String, Value>| Value::Object(members.into_iter().collect());
    let inner = prop::collection::btree_map(names(), scalar(), 0..3).prop_map(map);
    let value =
        prop_oneof![scalar(), inner.clone(), prop::collection::vec(inner, 0..3).prop_map(Value::from)];
    let record = prop::collection::btree_map(names(), value, 0..3).prop_map(map);
    let list = prop::collection::vec(record, 1..4);
    list.prop_map(|list| Map::from_iter([("list".to_owned(), Value::from(list))])).boxed()
}

/// Claims, and what is to be disclosable in them.
type Chosen = (Map<String, Value>, Vec<naive::Path>);

/// Claims, and some of their paths with `null` for some of the places.
fn claims() -> BoxedStrategy<Chosen> {
    prop_oneof![3 => object(), 1 => records()]
        .prop_flat_map(|claims| {
            let places = naive::places(&Value::Object(claims.clone()));
            let most = places.len().min(12);
            let chosen = subsequence(places, 0..=most).prop_shuffle();
            (Just(claims), chosen, any::<u64>())
        })
        .prop_map(|(claims, chosen, nulls)| {
            let patterns =
                chosen.into_iter().enumerate().map(|(place, path)| pattern(path, nulls >> (place % 32)));
            (claims, patterns.collect())
        })
        .boxed()
}

/// A path with `null` for the places that `nulls` picks.
pub(crate) fn pattern(mut path: naive::Path, nulls: u64) -> naive::Path {
    for (depth, step) in path.iter_mut().enumerate() {
        if step.is_u64() && (nulls >> (depth % 32)) & 1 == 1 {
            *step = Value::Null;
        }
    }
    path
}

pub(crate) fn case() -> BoxedStrategy<Case> {
    let profile = select(&[Profile::SdJwt, Profile::SdJwtVc][..]);
    let hash = select(&[HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512][..]);
    let keys = (0_usize..3, 0_usize..3);
    (profile, keys, hash, 0_u8..4, any::<[u8; 32]>(), claims())
        .prop_map(|(profile, (issuer, holder), hash, decoys, salt, (mut claims, disclosable))| {
            if profile == Profile::SdJwtVc {
                claims.insert("vct".into(), json!("https://credentials.example/record"));
            }
            Case { profile, issuer, holder, hash, decoys, salt, claims, disclosable }
        })
        .boxed()
}
