//! x509-limbo: 94 chains that a validator must take or refuse.

use bookbag_credential::trust::x509::{Chain, ExpectedName, Purpose, TrustAnchors};
use bookbag_credential::{Refusal, UnixTime};
use serde_json::Value;

use crate::folder::Folder;

/// Cases whose expected result is not ours, with the reason. A case that starts to agree must leave this table.
const OURS_DIFFERS: &[(&str, &str)] = &[
    ("crl::crlnumber-critical", "revocation lists are not read; status lists are our means"),
    ("crl::issuer-missing-crlsign", "revocation lists are not read; status lists are our means"),
    (
        "webpki::ca-as-leaf",
        "the same chain as rfc5280::ca-as-leaf, which expects success; we follow RFC 5280",
    ),
    (
        "webpki::cn::ipv4-hex-mismatch",
        "the common name is shown and decides nothing, so its form is not checked",
    ),
    ("webpki::cn::ipv6-non-rfc5952-mismatch", "the common name is shown and decides nothing"),
    ("webpki::cn::ipv6-uppercase-mismatch", "the common name is shown and decides nothing"),
    ("webpki::cn::punycode-not-in-san", "the common name is shown and decides nothing"),
    ("webpki::cryptographydotio-chain", "the keys are RSA, which is not on our list of algorithms"),
    ("webpki::eku::ee-critical-eku", "RFC 5280 section 4.2.1.12 allows a critical extKeyUsage"),
    (
        "webpki::eku::root-has-eku",
        "RFC 5280 allows extKeyUsage in a root; it must then hold the purpose, and does here",
    ),
    ("webpki::malformed-aia", "addresses of issuers are not read, since nothing is fetched"),
    (
        "webpki::nc::permitted-dns-match-noncritical",
        "the same chain as in rfc5280::nc, which expects failure",
    ),
    ("webpki::san::san-critical-with-nonempty-subject", "RFC 5280 section 4.2.1.6 has SHOULD NOT"),
];

/// The check that must fail, for each failing case that is about more than the form of one certificate (TR-06).
const CHECKS: &[(&str, &str)] = &[
    ("pathlen::intermediate-pathlen-too-long", "TR-09"),
    ("pathological::intermediate-cycle-distinct-cas-max-depth", "TR-07"),
    ("rfc5280::eku::ee-wrong-eku", "TR-10"),
    // The intermediate certificate that the case is about is not among those it hands out.
    ("rfc5280::intermediate-ca-missing-basic-constraints", "TR-07"),
    ("rfc5280::nc::excluded-dn-match-sub-mismatch", "TR-11"),
    ("rfc5280::nc::excluded-dns-match-second", "TR-11"),
    ("rfc5280::nc::excluded-ipv6-match", "TR-11"),
    ("rfc5280::nc::excluded-self-issued-leaf", "TR-11"),
    ("rfc5280::nc::intermediate-with-san-rejected-by-root-nc", "TR-11"),
    ("rfc5280::nc::nc-forbids-othername", "TR-11"),
    ("rfc5280::nc::nc-permits-email-literal-asterisk-rejects-subdomain", "TR-11"),
    ("rfc5280::nc::permitted-dn-match-subject-san-mismatch", "TR-11"),
    ("rfc5280::nc::permitted-ip-mismatch", "TR-11"),
    ("rfc5280::nc::restrictive-permits-in-intermediates-narrows", "TR-11"),
    ("rfc5280::validity::expired-1-second", "TR-08"),
    ("rfc5280::validity::expired-intermediate", "TR-08"),
    ("rfc5280::validity::expired-root", "TR-08"),
    ("rfc5280::validity::not-yet-valid-5-seconds", "TR-08"),
    ("rfc5280::validity::notbefore-fractional", "TR-08"),
    ("webpki::cryptographydotio-chain", "TR-13"),
    ("webpki::forbidden-dsa-leaf", "TR-13"),
    ("webpki::forbidden-p192-leaf", "TR-13"),
    ("webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf", "TR-13"),
    ("webpki::forbidden-weak-rsa-in-leaf", "TR-13"),
    ("webpki::san::mismatch-apex-subdomain-san", "TR-12"),
    ("webpki::san::mismatch-subdomain-apex-san", "TR-12"),
    ("webpki::san::no-san", "TR-12"),
    ("webpki::san::public-suffix-private-namespace-wildcard-san", "TR-12"),
    ("webpki::san::wildcard-match-across-labels-san", "TR-12"),
];

/// The time of cases that name none: the certificates of this collection are valid from 1970 to 2969.
const ANY_TIME: i64 = 1_750_000_000;

#[test]
fn every_case_gives_the_expected_result() {
    let Some(mut folder) = Folder::open("x509-limbo") else { return };
    let document = folder.json("limbo.json");
    folder.json("limbo-schema.json");
    folder.finish();
    let mut wrong = Vec::new();
    let cases = document["testcases"].as_array().unwrap();
    assert_eq!(cases.len(), 94);
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let result = run(case);
        let agrees = result.is_ok() == (case["expected_result"] == "SUCCESS");
        let is_listed = OURS_DIFFERS.iter().any(|(listed, _)| *listed == id);
        let check = CHECKS.iter().find(|(named, _)| *named == id).map_or("TR-06", |(_, check)| check);
        let is_that_check = result.as_ref().err().is_none_or(|refusal| refusal.check.id() == check);
        let is_failing = result.is_err() || check == "TR-06";
        if agrees == is_listed || !is_that_check || !is_failing {
            wrong.push(format!("{id}: {result:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases: {wrong:#?}", wrong.len());
    for (listed, _) in OURS_DIFFERS.iter().chain(CHECKS) {
        assert!(cases.iter().any(|case| case["id"] == *listed), "{listed} is not in the collection");
    }
    for (listed, _) in OURS_DIFFERS {
        let is_informative = listed.starts_with("webpki::") || listed.starts_with("crl::");
        assert!(is_informative, "{listed} is not for us to differ on");
    }
}

fn run(case: &Value) -> Result<(), Refusal> {
    let anchors = text_of_all(&case["trusted_certs"]).concat();
    let anchors = TrustAnchors::from_pem(&anchors)?;
    let others: Vec<_> = text_of_all(&case["untrusted_intermediates"]).iter().map(|pem| der(pem)).collect();
    let leaf = der(case["peer_certificate"].as_str().unwrap());
    let chain = Chain::unordered(&leaf, &others)?;
    let at = UnixTime(case["validation_time"].as_str().map_or(ANY_TIME, unix_time));
    anchors.validate(&chain, at, &purpose(case)).map(|_| ())
}

fn purpose(case: &Value) -> Purpose {
    let mut purpose = Purpose::any();
    if case["key_usage"] == serde_json::json!(["digitalSignature"]) {
        purpose = Purpose::signatures();
    } else {
        assert_eq!(case["key_usage"], serde_json::json!([]));
    }
    for usage in text_of_all(&case["extended_key_usage"]) {
        let oid = match usage.as_str() {
            "serverAuth" => "1.3.6.1.5.5.7.3.1",
            "clientAuth" => "1.3.6.1.5.5.7.3.2",
            other => panic!("{other}"),
        };
        purpose = purpose.with_extended_key_usage(oid).unwrap();
    }
    if let Some(most) = case["max_chain_depth"].as_u64() {
        purpose = purpose.with_max_intermediates(most.try_into().unwrap());
    }
    let one = Some(&case["expected_peer_name"]).filter(|name| !name.is_null());
    for name in one.into_iter().chain(case["expected_peer_names"].as_array().unwrap()) {
        let value = name["value"].as_str().unwrap().to_owned();
        purpose = purpose.with_name(match name["kind"].as_str().unwrap() {
            "DNS" => ExpectedName::Dns(value),
            "IP" => ExpectedName::Ip(value.parse().unwrap()),
            "RFC822" => ExpectedName::Email(value),
            other => panic!("{other}"),
        });
    }
    purpose
}

fn text_of_all(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, lines.collect::<String>()).unwrap()
}

/// Seconds of `YYYY-MM-DDThh:mm:ss[.fraction]+00:00`, rounded down.
fn unix_time(text: &str) -> i64 {
    let (date, time) = text.strip_suffix("+00:00").unwrap().split_once('T').unwrap();
    let numbers = |text: &str, by| -> Vec<i64> { text.split(by).map(|part| part.parse().unwrap()).collect() };
    let [year, month, day] = numbers(date, '-')[..] else { panic!("{text}") };
    let [hours, minutes, seconds] = numbers(time.split('.').next().unwrap(), ':')[..] else {
        panic!("{text}")
    };
    let days: i64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let february = if is_leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days_before: i64 = months.iter().take(usize::try_from(month - 1).unwrap()).sum();
    (((days + days_before + day - 1) * 24 + hours) * 60 + minutes) * 60 + seconds
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}
