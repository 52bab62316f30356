//! Status lists, in both forms.

use bookbag_credential::UnixTime;
use bookbag_credential::status::{EntryWidth, Status, StatusList, StatusListClaims};
use serde_json::{Map, json};

use super::{Home, enrolment};

const URI: &str = "https://school.example/status/1";
const VERIFY: [&str; 6] =
    ["verify", "credential.txt", "--issuer-key", "school-public.jwk", "--at", "1800000000"];

/// A family whose enrolment is entry 3 of a status list.
fn family() -> Home {
    let home = Home::family();
    let mut claims = enrolment();
    claims["status"] = json!({"status_list": {"idx": 3, "uri": URI}});
    home.write_json("claims.json", &claims).issue(&[], "credential.txt");
    home
}

/// Writes `list.jwt` and `list.cwt`, in which entry 3 has this status.
fn publish(home: &Home, signer: &str, uri: &str, status: Status) {
    let mut list = StatusList::new(EntryWidth::Two, 64).unwrap();
    list.set(3, status).unwrap();
    let (issued_at, expires) = (UnixTime(1_790_000_000), Some(UnixTime(1_810_000_000)));
    let claims = StatusListClaims { uri, issued_at, expires, ttl: None, list: &list };
    let key = home.signing_key(signer);
    let jwt = claims.prepare_jwt(key.algorithm(), &Map::new());
    let signature = key.sign(jwt.bytes_to_sign());
    home.write("list.jwt", jwt.finish(&signature) + "\n");
    let cwt = claims.prepare_cwt(key.algorithm(), Vec::new()).unwrap();
    let signature = key.sign(cwt.bytes_to_sign());
    home.write("list.cwt", cwt.finish(&signature).unwrap());
}

fn with<'a>(list: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    // The list of an SD-JWT VC is a JWT (VC-07); that of a plain SD-JWT may be a CWT.
    let plain: &[&str] = if list == "list.cwt" { &["--profile", "sd-jwt"] } else { &[] };
    [&VERIFY[..], &["--status-list", list], plain, more].concat()
}

#[test]
fn a_valid_credential_is_accepted_by_either_form() {
    let home = family();
    publish(&home, "school", URI, Status::Valid);
    for list in ["list.jwt", "list.cwt"] {
        let status = &home.ok_json(&with(list, &[]))["status"];
        assert_eq!(status, &json!({"uri": URI, "idx": 3, "status": "VALID"}));
        assert!(home.run(&with(list, &[])).err.contains("valid: entry 3 of"));
    }
}

#[test]
fn revoked_and_suspended_ones_are_refused() {
    let home = family();
    for (status, number) in
        [(Status::Invalid, "ST-16"), (Status::Suspended, "ST-17"), (Status::from_value(3), "ST-18")]
    {
        publish(&home, "school", URI, status);
        home.refused(&with("list.jwt", &[]), number);
        home.refused(&with("list.cwt", &[]), number);
    }
}

#[test]
fn the_list_must_be_given_and_the_right_one() {
    let home = family();
    home.refused(&VERIFY, "ST-04");
    publish(&home, "school", "https://school.example/status/2", Status::Valid);
    home.refused(&with("list.jwt", &[]), "ST-03");
    home.refused(&with("list.cwt", &[]), "ST-03");
    publish(&home, "school", URI, Status::Valid);
    home.ok(&with("list.cwt", &["--status-list", "list.jwt"]));
    home.refused(&[&VERIFY[..], &["--status-list", "list.cwt"]].concat(), "VC-07");
}

#[test]
fn a_list_counts_if_its_signer_and_its_time_do() {
    let home = family();
    publish(&home, "parent", URI, Status::Valid);
    home.refused(&with("list.jwt", &[]), "ST-07");
    home.refused(&with("list.cwt", &[]), "ST-07");
    for list in ["list.jwt", "list.cwt"] {
        home.ok(&with(list, &["--status-key", "parent-public.jwk"]));
    }
    publish(&home, "school", URI, Status::Valid);
    home.refused(&with("list.jwt", &["--status-key", "parent-public.jwk"]), "ST-07");
    let at = |time| [&VERIFY[..5], &[time, "--status-list", "list.jwt"]].concat();
    home.refused(&at("1789999000"), "ST-10");
    home.refused(&at("1810000000"), "ST-11");
}

#[test]
fn what_is_no_list_is_refused() {
    let home = family();
    for content in [&b"frobnicate"[..], b"a.b.c", b"", b"\xd2\x84", b"{}"] {
        home.write("list", content);
        home.refused(&with("list", &[]), "ST-05");
    }
    home.refused(&with("credential.txt", &[]), "ST-05");
    let jwt = home.read("credential.txt").split('~').next().unwrap().to_owned();
    home.write("list", jwt);
    home.refused(&with("list", &[]), "ST-06");
    publish(&home, "school", URI, Status::Valid);
    let mut cwt = std::fs::read(home.path("list.cwt")).unwrap();
    let last = cwt.len() - 1;
    cwt[last] ^= 1;
    home.write("list", cwt);
    home.refused(&with("list", &[]), "ST-07");
}
