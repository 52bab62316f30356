//! x509-limbo: 94 chains that a validator must take or refuse.

use bookbag_credential::UnixTime;
use bookbag_credential::trust::x509::{Chain, ExpectedName, Purpose, TrustAnchors};
use serde_json::Value;

use crate::folder::Folder;

/// Cases whose expected result is not ours, with the reason. A case that starts to agree must leave this table.
const OURS_DIFFERS: &[(&str, &str)] = &[];

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
        if agrees == is_listed {
            wrong.push(format!("{id}: {result:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases: {wrong:#?}", wrong.len());
    for (listed, _) in OURS_DIFFERS {
        assert!(cases.iter().any(|case| case["id"] == *listed), "{listed} is not in the collection");
        let is_informative = listed.starts_with("webpki::") || listed.starts_with("crl::");
        assert!(is_informative, "{listed} is not for us to differ on");
    }
}

fn run(case: &Value) -> Result<(), String> {
    let anchors = text_of_all(&case["trusted_certs"]).concat();
    let anchors = TrustAnchors::from_pem(&anchors).map_err(|refusal| refusal.to_string())?;
    let others: Vec<_> = text_of_all(&case["untrusted_intermediates"]).iter().map(|pem| der(pem)).collect();
    let leaf = der(case["peer_certificate"].as_str().unwrap());
    let chain = Chain::unordered(&leaf, &others).map_err(|refusal| refusal.to_string())?;
    let at = UnixTime(case["validation_time"].as_str().map_or(ANY_TIME, unix_time));
    anchors.validate(&chain, at, &purpose(case)).map(|_| ()).map_err(|refusal| refusal.to_string())
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
