//! Issuing, holding and presenting.

use super::*;

fn path(json: &Value) -> ClaimPath {
    ClaimPath::from_json(json).unwrap()
}

/// A credential with recursive disclosures, and its claims.
fn nested() -> (String, Value) {
    let claims = json!({
        "vct": "t", "address": {"street": "1 Mill Lane", "town": "Bala"}, "results": [{"grade": 7}, {"grade": 8}],
    });
    let disclosable = [
        path(&json!(["address"])),
        path(&json!(["address", "street"])),
        path(&json!(["results", null])),
        path(&json!(["results", 0, "grade"])),
    ];
    let issuance = Issuance {
        profile: Profile::SdJwtVc,
        algorithm: Algorithm::Es256,
        header: Map::new(),
        claims: claims.as_object().unwrap().clone(),
        holder: None,
        disclosable: &disclosable,
        decoys: 0,
        hash: HashAlgorithm::Sha512,
    };
    let unsigned = issuance.prepare(Entropy::from_secure_random([4; 32])).unwrap();
    let signature = issuer().sign(unsigned.signing_input());
    (unsigned.assemble(&signature), claims)
}

#[test]
fn a_holder_sees_what_can_be_shown() {
    let (issued, claims) = nested();
    vc().accepts(&issued, &claims);
    let held = Held::parse(&issued).unwrap();
    let listed: Vec<_> =
        held.claims().unwrap().into_iter().map(|claim| (claim.path.to_string(), claim.visibility)).collect();
    let (clear, own, parent) = (Visibility::Clear, Visibility::Disclosable, Visibility::WithParent);
    let expected = [
        ("address", own),
        ("address.street", own),
        ("address.town", parent),
        ("results", clear),
        ("results[0]", own),
        ("results[0].grade", own),
        ("results[1]", own),
        ("results[1].grade", parent),
        ("vct", clear),
    ];
    assert_eq!(listed, expected.map(|(path, visibility)| (path.to_owned(), visibility)));
}

#[test]
fn a_holder_shows_what_was_chosen() {
    let (issued, mut claims) = nested();
    let held = Held::parse(&issued).unwrap();
    let show = |paths: &[Value]| {
        let paths: Vec<_> = paths.iter().map(path).collect();
        vc().run(&held.select(&paths).unwrap().without_key_binding()).map(Value::Object).unwrap()
    };
    assert_eq!(show(&[]), json!({"vct": "t", "results": []}));
    assert_eq!(
        show(&[json!(["address", "town"])]),
        json!({"vct": "t", "address": {"town": "Bala"}, "results": []})
    );
    let street = json!({"vct": "t", "address": {"street": "1 Mill Lane", "town": "Bala"}, "results": []});
    assert_eq!(show(&[json!(["address", "street"])]), street);
    assert_eq!(show(&[json!(["address"])]), street);
    let first = json!({"vct": "t", "results": [{"grade": 7}]});
    assert_eq!(show(&[json!(["results", 0, "grade"])]), first);
    claims.as_object_mut().unwrap().remove("address");
    assert_eq!(show(&[json!(["results", null, "grade"])]), claims);
    for missing in [json!(["nope"]), json!(["address", "county"]), json!(["results", 2]), json!(["vct", "x"])]
    {
        let error = held.select(&[path(&missing)]).err();
        assert_eq!(error, Some(PresentError::NoSuchClaim(path(&missing))));
    }
}

/// `null` stands for the elements that have what is asked for; the others are not shown for its sake.
#[test]
fn a_path_with_null_shows_no_element_without_what_it_asks_for() {
    let grade = disclosure(&json!(["s", {"grade": 7}]));
    let note = disclosure(&json!(["t", {"note": "absent"}]));
    let payload = json!({"vct": "t", "results": [{ELLIPSIS: digest(&grade)}, {ELLIPSIS: digest(&note)}]});
    let whole = token(&payload, &[&grade, &note]);
    let held = Held::parse(&whole).unwrap();
    let path = ClaimPath::from_json(&json!(["results", null, "grade"])).unwrap();
    let shown = held.select(&[path]).unwrap().without_key_binding();
    vc().accepts(&shown, &json!({"vct": "t", "results": [{"grade": 7}]}));
    assert!(!shown.contains(&note));
}

#[test]
fn a_presentation_is_bound_by_the_right_key_only() {
    let issued = issued(|_| {});
    let held = Held::parse(&issued).unwrap();
    let proof = || Proof { audience: AUDIENCE, nonce: NONCE, issued_at: NOW, more: Map::new() };
    let bind = |key: &SigningKey, proof: Proof<'_>| held.select(&[]).unwrap().bind(&public(key), proof).err();
    assert_eq!(bind(&issuer(), proof()), Some(PresentError::OtherKey));
    let more = Map::from_iter([("nonce".to_owned(), json!("x"))]);
    assert_eq!(bind(&holder(), Proof { more, ..proof() }), Some(PresentError::ReservedClaim("nonce")));
    assert_eq!(bind(&holder(), proof()), None);
    let unbound = token(&json!({"vct": "t"}), &[]);
    let held = Held::parse(&unbound).unwrap();
    assert_eq!(
        held.select(&[]).unwrap().bind(&public(&holder()), proof()).err(),
        Some(PresentError::NotBound)
    );
}

/// Why these claims cannot be issued.
fn prepare(profile: Profile, claims: Value, disclosable: &[Value], header: Value) -> Option<IssueError> {
    let disclosable: Vec<_> = disclosable.iter().map(|json| ClaimPath::from_json(json).unwrap()).collect();
    let object = |value: Value| value.as_object().unwrap().clone();
    let (claims, header) = (object(claims), object(header));
    let issuance = Issuance {
        profile,
        algorithm: Algorithm::Es256,
        header,
        claims,
        holder: None,
        disclosable: &disclosable,
        decoys: 0,
        hash: HashAlgorithm::Sha256,
    };
    issuance.prepare(Entropy::from_secure_random([4; 32])).err()
}

#[test]
fn an_issuer_cannot_hide_what_is_not_there_or_may_not_be_hidden() {
    let vc = Profile::SdJwtVc;
    for name in ["_sd", "_sd_alg", "..."] {
        let refused = Some(IssueError::ReservedName(name));
        assert_eq!(prepare(vc, json!({"vct": "t", name: []}), &[], json!({})), refused);
        assert_eq!(prepare(vc, json!({"vct": "t", "a": [[{name: 1}]]}), &[], json!({})), refused);
    }
    assert!(matches!(prepare(vc, json!({"a": 1}), &[], json!({})), Some(IssueError::Refused(_))));
    assert_eq!(prepare(Profile::SdJwt, json!({"a": 1}), &[], json!({})), None);
    let hidden = prepare(
        vc,
        json!({"vct": "t", "status": {"status_list": {"idx": 1, "uri": "https://a.example/1"}}}),
        &[json!(["status", "status_list"])],
        json!({}),
    );
    assert!(matches!(hidden, Some(IssueError::AlwaysClear(_))));
    for path in [json!(["b"]), json!(["a", "b"]), json!(["a", 1]), json!(["c", null]), json!([0])] {
        let error = prepare(vc, json!({"vct": "t", "a": [1], "c": []}), &[path], json!({}));
        assert!(matches!(error, Some(IssueError::NoSuchClaim(_))), "{error:?}");
    }
    let deep = (0..100).fold(json!(1), |value, _| json!({"a": value}));
    assert_eq!(prepare(Profile::SdJwt, deep, &[], json!({})), Some(IssueError::TooLarge));
}

#[test]
fn an_issuer_cannot_set_what_a_header_may_not_say() {
    let vc = Profile::SdJwtVc;
    assert_eq!(
        prepare(vc, json!({"vct": "t"}), &[], json!({"alg": "none"})),
        Some(IssueError::Header("alg"))
    );
    assert_eq!(prepare(vc, json!({"vct": "t"}), &[], json!({"typ": "x"})), Some(IssueError::Header("typ")));
    let private = json!({"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"});
    for (name, value) in [
        ("crit", json!(["x"])),
        ("b64", json!(false)),
        ("x5c", json!("AA")),
        ("x5c", json!([5])),
        ("jwk", private.clone()),
        ("jwk", json!("x")),
    ] {
        let refused = prepare(vc, json!({"vct": "t"}), &[], json!({name: value}));
        assert_eq!(refused, Some(IssueError::Header(name)), "{name}");
    }
}

#[test]
fn an_issuer_cannot_issue_what_a_verifier_would_refuse() {
    let vc = Profile::SdJwtVc;
    let private = json!({"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"});
    for (name, value) in [
        ("exp", json!("5")),
        ("nbf", json!(null)),
        ("iat", json!([])),
        ("iss", json!(5)),
        ("sub", json!({})),
        ("aud", json!([5])),
        ("cnf", json!("x")),
        ("cnf", json!({"jwk": private})),
        ("status", json!({})),
        ("status", json!({"status_list": {"idx": -1, "uri": "https://a.example/1"}})),
        ("vct#integrity", json!(5)),
    ] {
        let refused = prepare(vc, json!({"vct": "t", name: value}), &[], json!({}));
        assert!(matches!(refused, Some(IssueError::Refused(_))), "{name}: {refused:?}");
    }
    // An exp in the past is the issuer's to choose.
    assert_eq!(prepare(vc, json!({"vct": "t", "exp": 5, "nbf": 9}), &[], json!({"kid": "1"})), None);
}
