//! What RFC 9901 refuses in the issuer-signed part, and what comes out of what it accepts.

use super::*;

#[test]
fn disclosed_claims_are_put_in_their_places() {
    let inner = disclosure(&json!(["s", "street", "1 Mill Lane"]));
    let outer = disclosure(&json!(["s", "address", {"_sd": [digest(&inner)], "town": "Bala"}]));
    let element = disclosure(&json!(["s", {"grade": 7}]));
    let payload = json!({
        "_sd": [digest(&outer), digest("decoy")], "_sd_alg": "sha-256",
        "results": ["x", {ELLIPSIS: digest(&element)}, {ELLIPSIS: digest("another decoy")}], "empty": {"_sd": []},
    });
    let whole = token(&payload, &[&outer, &inner, &element]);
    let expected = json!({
        "address": {"street": "1 Mill Lane", "town": "Bala"}, "results": ["x", {"grade": 7}], "empty": {},
    });
    plain().accepts(&whole, &expected);
    let less = token(&payload, &[&outer]);
    plain().accepts(&less, &json!({"address": {"town": "Bala"}, "results": ["x"], "empty": {}}));
    plain().accepts(&token(&payload, &[]), &json!({"results": ["x"], "empty": {}}));
}

#[test]
fn sd_01_and_sd_10_broken_forms() {
    let (payload, disclosures) = hiding(&[json!(["s", "name", "Ada"])]);
    let good = token(&payload, &texts(&disclosures));
    assert!(plain().run(&good).is_ok());
    plain().refuses(good.trim_end_matches('~').split('~').next().unwrap(), "SD-01");
    // Without the last tilde the disclosure stands where a key binding JWT would, and is none.
    plain().refuses(good.trim_end_matches('~'), "SD-01");
    plain().refuses(&(good.clone() + "~"), "SD-01");
    plain().refuses(&(good.clone() + "e30~"), "SD-10");
    plain().refuses(&good.replacen('~', "~~", 1), "SD-01");
}

#[test]
fn sd_02_nesting_is_limited_across_disclosures() {
    let mut innermost = disclosure(&json!(["s", "a", 1]));
    let mut all = vec![innermost.clone()];
    for _ in 0..100 {
        innermost = disclosure(&json!(["s", "a", {"_sd": [digest(&innermost)]}]));
        all.push(innermost.clone());
    }
    let payload = json!({"_sd": [digest(&innermost)]});
    plain().refuses(&token(&payload, &texts(&all)), "SD-02");
    let deep = (0..100).fold(json!(1), |value, _| json!({"a": value}));
    plain().refuses(&token(&deep, &[]), "SD-02");
}

#[test]
fn sd_02_the_length_of_all_paths_is_limited() {
    let long = "k".repeat(100_000);
    let hidden: Vec<_> = (0..200).map(|n| disclosure(&json!(["s", format!("m{n}"), 1]))).collect();
    let digests: Vec<_> = hidden.iter().map(|disclosure| digest(disclosure)).collect();
    plain().refuses(&token(&json!({long.clone(): {"_sd": digests}}), &texts(&hidden)), "SD-02");
    let members: Map<_, _> = (0..200).map(|n| (format!("m{n}"), json!(1))).collect();
    let clear = token(&json!({long: members}), &[]);
    assert!(plain().run(&clear).is_ok());
    assert_eq!(Held::parse(&clear).unwrap().claims().unwrap_err().check.id(), "SD-02");
}

#[test]
fn sd_03_algorithms_off_the_list() {
    for alg in [json!("none"), json!("HS256"), json!("RS256"), json!("es256"), json!(null)] {
        let forged = jwt(&json!({"alg": alg, "typ": "dc+sd-jwt"}), &json!({"vct": "t"}), &issuer()) + "~";
        vc().refuses(&forged, "SD-03");
    }
    let unsigned = format!("{}.{}.~", base64url::encode(r#"{"alg":"none"}"#), base64url::encode("{}"));
    plain().refuses(&unsigned, "SD-03");
    plain().refuses(&(jwt(&json!({"alg": "ES256", "crit": ["x"]}), &json!({}), &issuer()) + "~"), "SD-03");
    plain().refuses("a.b.c~", "SD-03");
    plain().refuses("e30.e30~", "SD-03");
}

#[test]
fn sd_04_signatures_by_another_key_or_of_something_else() {
    let forged = jwt(&vc_header(), &json!({"vct": "t"}), &key(9)) + "~";
    vc().refuses(&forged, "SD-04");
    let good = token(&json!({"vct": "t", "a": 1}), &[]);
    let (header, rest) = good.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let altered = format!("{header}.{}.{signature}", base64url::encode(r#"{"vct":"t","a":2}"#));
    vc().refuses(&altered, "SD-04");
    // An algorithm of the list that is not the key's.
    let other = jwt(&json!({"alg": "EdDSA", "typ": "dc+sd-jwt"}), &json!({"vct": "t"}), &issuer()) + "~";
    vc().refuses(&other, "TR-01");
}

#[test]
fn sd_05_payloads_that_are_no_objects() {
    for payload in [json!([]), json!("x"), json!(null)] {
        plain().refuses(&token(&payload, &[]), "SD-05");
    }
    for text in [r#"{"a":1,"a":2}"#, r#"{"a":{"b":1,"b":1}}"#, "{", "\u{feff}{}", ""] {
        let input = jws::signing_input(&vc_header(), text.as_bytes());
        let signature = issuer().sign(input.as_bytes());
        plain().refuses(&(jws::assemble(input, &signature) + "~"), "SD-05");
    }
}

#[test]
fn sd_06_and_sd_07_hash_algorithms() {
    for name in
        [json!("md5"), json!("SHA-256"), json!("sha-1"), json!("sha-256-128"), json!(256), json!(null)]
    {
        plain().refuses(&token(&json!({"_sd_alg": name}), &[]), "SD-06");
    }
    plain().refuses(&token(&json!({"a": {"_sd_alg": "sha-256"}}), &[]), "SD-07");
    plain().refuses(&token(&json!({"a": [[{"_sd_alg": "sha-256"}]]}), &[]), "SD-07");
    let (payload, hidden) = hiding(&[json!(["s", "a", {"_sd_alg": "sha-256"}])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-07");
    for hash in HashAlgorithm::ALL {
        let claim = disclosure(&json!(["s", "a", 1]));
        let payload = json!({"_sd": [base64url::encode(hash.digest(&claim))], "_sd_alg": hash.name()});
        plain().accepts(&token(&payload, &[&claim]), &json!({"a": 1}));
        let wrong = json!({"_sd": [digest(&claim)], "_sd_alg": "sha-512"});
        plain().refuses(&token(&wrong, &[&claim]), "SD-16");
    }
}

#[test]
fn sd_08_lists_of_digests_that_are_none() {
    for digests in [json!("x"), json!({}), json!(null), json!([1]), json!([["x"]]), json!(["x", null])] {
        plain().refuses(&token(&json!({"_sd": digests}), &[]), "SD-08");
        plain().refuses(&token(&json!({"a": [{"_sd": digests}]}), &[]), "SD-08");
    }
    let (payload, hidden) = hiding(&[json!(["s", "a", {"_sd": 1}])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-08");
}

#[test]
fn sd_09_three_dots_in_other_places() {
    for payload in [
        json!({ELLIPSIS: "x"}),
        json!({ELLIPSIS: 1, "a": 2}),
        json!({"a": {ELLIPSIS: "x"}}),
        json!({"a": [{ELLIPSIS: "x", "b": 1}]}),
        json!({"a": [{ELLIPSIS: 1}]}),
        json!({"a": [{ELLIPSIS: null}]}),
        json!({"a": [{ELLIPSIS: ["x"]}]}),
        json!({"a": [{"_sd": [], ELLIPSIS: "x"}]}),
    ] {
        plain().refuses(&token(&payload, &[]), "SD-09");
    }
    let (payload, hidden) = hiding(&[json!(["s", "a", {ELLIPSIS: "x"}])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-09");
}

#[test]
fn sd_11_and_sd_14_disclosures_of_the_other_form() {
    let (payload, hidden) = hiding(&[json!(["s", "value only"])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-11");
    let member = disclosure(&json!(["s", "name", "value"]));
    plain().refuses(&token(&json!({"a": [{ELLIPSIS: digest(&member)}]}), &[&member]), "SD-14");
}

#[test]
fn sd_12_reserved_names_in_disclosures() {
    for name in ["_sd", "...", "_sd_alg"] {
        let (payload, hidden) = hiding(&[json!(["s", name, []])]);
        plain().refuses(&token(&payload, &texts(&hidden)), "SD-12");
        let nested = disclosure(&json!(["s", name, "x"]));
        plain().refuses(&token(&json!({"a": {"_sd": [digest(&nested)]}}), &[&nested]), "SD-12");
    }
}

#[test]
fn sd_13_names_that_are_there_already() {
    let (payload, hidden) = hiding(&[json!(["s", "clear", 2])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-13");
    let (payload, hidden) = hiding(&[json!(["s", "a", 1]), json!(["t", "a", 1])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-13");
    let (payload, hidden) = hiding(&[json!(["s", "a", null]), json!(["t", "a", null])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-13");
}

#[test]
fn sd_15_digests_that_stand_twice() {
    let claim = disclosure(&json!(["s", "a", 1]));
    let d = digest(&claim);
    for payload in [
        json!({"_sd": [d, d]}),
        json!({"_sd": [d], "b": {"_sd": [d]}}),
        json!({"_sd": [d], "b": [{ELLIPSIS: d}]}),
        json!({"b": [{ELLIPSIS: "decoy"}, {ELLIPSIS: "decoy"}]}),
        json!({"_sd": ["decoy"], "b": {"c": {"_sd": ["decoy"]}}}),
    ] {
        plain().refuses(&token(&payload, &[]), "SD-15");
    }
    let inner = disclosure(&json!(["s", "b", {"_sd": ["decoy"]}]));
    plain().refuses(&token(&json!({"_sd": [digest(&inner), "decoy"]}), &[&inner]), "SD-15");
}

#[test]
fn sd_16_and_sd_17_disclosures_nobody_asked_for() {
    let (payload, hidden) = hiding(&[json!(["s", "a", 1])]);
    let stray = disclosure(&json!(["s", "b", 2]));
    plain().refuses(&token(&payload, &[&hidden[0], &stray]), "SD-16");
    plain().refuses(&token(&json!({}), &[&stray]), "SD-16");
    plain().refuses(&token(&payload, &[&hidden[0], &hidden[0]]), "SD-17");
    // The parent that holds the digest is not shown.
    let outer = disclosure(&json!(["s", "o", {"_sd": [digest(&stray)]}]));
    plain().refuses(&token(&json!({"_sd": [digest(&outer)]}), &[&stray]), "SD-16");
    // The same content, encoded differently: another text, another digest.
    let spaced = base64url::encode(r#"["s", "a", 1]"#);
    plain().refuses(&token(&payload, &[&spaced]), "SD-16");
}

#[test]
fn sd_18_and_sd_19_time() {
    let at = |name: &str, value: Value| token(&json!({name: value}), &[]);
    for exp in [json!(NOW.0), json!(NOW.0 - 1), json!(0), json!(-1), json!(1_749_999_999.5)] {
        plain().refuses(&at("exp", exp), "SD-18");
    }
    assert!(plain().run(&at("exp", json!(NOW.0 + 1))).is_ok());
    assert!(plain().run(&at("exp", json!(1_750_000_000.5))).is_ok());
    plain().refuses(&at("nbf", json!(NOW.0 + 1)), "SD-19");
    assert!(plain().run(&at("nbf", json!(NOW.0))).is_ok());
    // A time that was hidden and is shown counts like any other.
    let (payload, hidden) = hiding(&[json!(["s", "exp", 5])]);
    plain().refuses(&token(&payload, &texts(&hidden)), "SD-18");
}

#[test]
fn sd_20_audience() {
    for aud in [json!("someone"), json!(["someone", "else"]), json!([])] {
        plain().refuses(&token(&json!({"aud": aud}), &[]), "SD-20");
    }
    let us = presentation(|claims| {
        claims.insert("aud".into(), json!(["someone", AUDIENCE]));
    });
    assert!(bound().run(&us).is_ok());
    let others = presentation(|claims| {
        claims.insert("aud".into(), json!("someone"));
    });
    bound().refuses(&others, "SD-20");
}

#[test]
fn sd_21_registered_claims_of_the_wrong_type() {
    for payload in [
        json!({"exp": "1883000000"}),
        json!({"exp": null}),
        json!({"nbf": true}),
        json!({"iat": [1]}),
        json!({"iss": 1}),
        json!({"sub": {}}),
        json!({"jti": null}),
        json!({"aud": 1}),
        json!({"aud": [1]}),
    ] {
        plain().refuses(&token(&payload, &[]), "SD-21");
    }
}

#[test]
fn sd_22_required_claims() {
    let required = [ClaimPath::top("exp"), ClaimPath::from_json(&json!(["a", null])).unwrap()];
    let check = Check { required: &required, ..plain() };
    let exp = NOW.0 + 1;
    check.accepts(&token(&json!({"exp": exp, "a": [1]}), &[]), &json!({"exp": exp, "a": [1]}));
    for payload in
        [json!({"a": [1]}), json!({"exp": exp}), json!({"exp": exp, "a": []}), json!({"exp": exp, "a": 1})]
    {
        check.refuses(&token(&payload, &[]), "SD-22");
    }
    // Hidden is as good as missing.
    let hidden = disclosure(&json!(["s", "exp", exp]));
    check.refuses(&token(&json!({"_sd": [digest(&hidden)], "a": [1]}), &[]), "SD-22");
    check.accepts(
        &token(&json!({"_sd": [digest(&hidden)], "a": [1]}), &[&hidden]),
        &json!({"exp": exp, "a": [1]}),
    );
}

#[test]
fn sd_23_an_issuer_does_not_send_key_binding() {
    let bound = presentation(|_| {});
    assert_eq!(Held::parse(&bound).err().unwrap().check.id(), "SD-23");
}

#[test]
fn sd_25_other_kinds_of_token() {
    for typ in
        [json!("kb+jwt"), json!("statuslist+jwt"), json!("dpop+jwt"), json!(1), json!(null), json!(["JWT"])]
    {
        let other = jwt(&json!({"alg": "ES256", "typ": typ}), &json!({"sub": "x"}), &issuer()) + "~";
        plain().refuses(&other, "SD-25");
    }
    for header in [
        json!({"alg": "ES256"}),
        json!({"alg": "ES256", "typ": "JWT"}),
        json!({"alg": "ES256", "typ": "x+sd-jwt"}),
    ] {
        assert!(plain().run(&(jwt(&header, &json!({}), &issuer()) + "~")).is_ok(), "{header}");
    }
}

/// RFC 9901 section 9.7: a plain SD-JWT can hide what would revoke it, so whoever relies on it must ask for it.
#[test]
fn sd_22_and_st_04_a_hidden_status_that_is_withheld_or_shown() {
    let status = json!({"status_list": {"idx": 1, "uri": "https://school.example/status/1"}});
    let (payload, hidden) = hiding(&[json!(["s", "status", status])]);
    let required = [ClaimPath::top("status")];
    let asks = Check { required: &required, ..plain() };
    assert!(plain().run(&token(&payload, &[])).is_ok());
    asks.refuses(&token(&payload, &[]), "SD-22");
    asks.refuses(&token(&payload, &texts(&hidden)), "ST-04");
    plain().refuses(&token(&payload, &texts(&hidden)), "ST-04");
    vc().refuses(&token(&json!({"vct": "t", "_sd": payload["_sd"]}), &texts(&hidden)), "VC-03");
}
