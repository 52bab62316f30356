//! What SD-JWT VC refuses beyond that.

use super::*;

#[test]
fn a_holder_key_that_is_none_is_refused_even_if_nobody_asks_for_key_binding() {
    let mut private = public(&holder()).to_jwk();
    private.insert("d".into(), json!("AAAA"));
    vc().refuses(&token(&json!({"vct": "t", "cnf": {"jwk": private}}), &[]), "KB-03");
    vc().refuses(&token(&json!({"vct": "t", "cnf": {"jwk": "x"}}), &[]), "KB-03");
    for cnf in [json!(null), json!("x"), json!([]), json!(1)] {
        vc().refuses(&token(&json!({"vct": "t", "cnf": cnf}), &[]), "SD-21");
    }
    for cnf in [json!({"kid": "1"}), json!({"jkt": "x"}), json!({"jwk": public(&holder()).to_jwk()})] {
        assert!(vc().run(&token(&json!({"vct": "t", "cnf": cnf}), &[])).is_ok());
    }
}

#[test]
fn vc_01_types_of_token() {
    let payload = json!({"vct": "t"});
    for typ in [json!("JWT"), json!("DC+SD-JWT"), json!("sd-jwt"), json!("application/dc+sd-jwt"), json!(1)] {
        vc().refuses(&(jwt(&json!({"alg": "ES256", "typ": typ}), &payload, &issuer()) + "~"), "VC-01");
    }
    vc().refuses(&(jwt(&json!({"alg": "ES256"}), &payload, &issuer()) + "~"), "VC-01");
    for typ in SD_JWT_VC_TYPES {
        vc().accepts(&(jwt(&json!({"alg": "ES256", "typ": typ}), &payload, &issuer()) + "~"), &payload);
    }
}

#[test]
fn vc_02_to_vc_05_claims() {
    for payload in
        [json!({}), json!({"vct": ""}), json!({"vct": 1}), json!({"vct": ["t"]}), json!({"vct": null})]
    {
        vc().refuses(&token(&payload, &[]), "VC-02");
    }
    for others in
        [json!([]), json!("u"), json!(["t"]), json!([1]), json!(["u", "t"]), json!([""]), json!(null)]
    {
        vc().refuses(&token(&json!({"vct": "t", "aka_vcts": others}), &[]), "VC-04");
    }
    for integrity in [json!(1), json!(null), json!(["sha256-x"])] {
        vc().refuses(&token(&json!({"vct": "t", "vct#integrity": integrity}), &[]), "VC-05");
    }
}

#[test]
fn vc_03_claims_that_may_not_be_hidden() {
    for name in ALWAYS_CLEAR.into_iter().filter(|name| *name != "vct") {
        let claim = disclosure(&json!(["s", name, "x"]));
        let payload = json!({"vct": "t", "_sd": [digest(&claim)]});
        let refusal = vc().run(&token(&payload, &[&claim])).unwrap_err();
        assert_eq!(refusal.check.id(), "VC-03", "{name}");
        // `iss` is a string, so nothing can be within it.
        for hidden in [json!({"_sd": ["decoy"]}), json!({"x": [{ELLIPSIS: "decoy"}]})]
            .into_iter()
            .filter(|_| name != "iss")
        {
            vc().refuses(&token(&json!({"vct": "t", name: hidden}), &[]), "VC-03");
        }
    }
    let vct = disclosure(&json!(["s", "vct", "t"]));
    vc().refuses(&token(&json!({"_sd": [digest(&vct)]}), &[&vct]), "VC-03");
    vc().refuses(&token(&json!({"_sd": [digest(&vct)]}), &[]), "VC-02");
    // `sub` and `iat` may be hidden.
    let sub = disclosure(&json!(["s", "sub", "x"]));
    vc().accepts(
        &token(&json!({"vct": "t", "_sd": [digest(&sub)]}), &[&sub]),
        &json!({"vct": "t", "sub": "x"}),
    );
}

#[test]
fn vc_06_types_that_are_not_accepted() {
    let accepted = ["t".to_owned(), "u".to_owned()];
    let check = Check { types: AcceptedTypes::OneOf(&accepted), ..vc() };
    for payload in [json!({"vct": "t"}), json!({"vct": "v", "aka_vcts": ["w", "u"]})] {
        check.accepts(&token(&payload, &[]), &payload);
    }
    for payload in [json!({"vct": "T"}), json!({"vct": "t/1"}), json!({"vct": "v", "aka_vcts": ["w"]})] {
        check.refuses(&token(&payload, &[]), "VC-06");
    }
}
