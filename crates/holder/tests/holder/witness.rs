//! Evidence: who says what, and by whom it is believed.

use bookbag_credential::ClaimPath;
use bookbag_credential::sd_jwt::{Issuance, Profile};
use bookbag_crypto::{Algorithm, HashAlgorithm, SigningKey, json, jws};
use bookbag_holder::CredentialWitness;
use bookbag_store::control::{Evidence, Finding, NotProved, Witness as _};
use bookbag_store::event::{Anchor, AnchorPurpose};
use bookbag_store::id::{BagId, MemberId};
use serde_json::{Map, Value, json};

use crate::rig::{entropy, label};

fn bag() -> BagId {
    "11".repeat(BagId::BYTES).parse().unwrap()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::ed25519(&[seed; 32])
}

pub(crate) fn anchor(purpose: AnchorPurpose, seed: u8) -> Anchor {
    let jwk = json::to_bytes(&key(seed).public_key().unwrap().to_jwk());
    Anchor { purpose, key: jwk.into(), name: label("Somebody") }
}

/// An SD-JWT VC by this key, with these claims disclosable.
pub(crate) fn credential(seed: u8, claims: &Value, disclosable: &[&str]) -> String {
    let Value::Object(mut claims) = claims.clone() else { panic!() };
    claims.insert("vct".into(), "https://issuer.example/birth".into());
    let disclosable: Vec<ClaimPath> = disclosable.iter().copied().map(ClaimPath::top).collect();
    let issuance = Issuance {
        profile: Profile::SdJwtVc,
        algorithm: Algorithm::EdDsa,
        header: Map::new(),
        claims,
        holder: None,
        disclosable: &disclosable,
        decoys: 0,
        hash: HashAlgorithm::Sha256,
    };
    let unsigned = issuance.prepare(entropy()).unwrap();
    let signature = key(seed).sign(unsigned.signing_input());
    unsigned.assemble(&signature)
}

pub(crate) fn token(seed: u8, typ: &str, claims: &Value) -> String {
    let input = jws::signing_input(&json!({ "alg": "EdDSA", "typ": typ }), &json::to_bytes(claims));
    let signature = key(seed).sign(input.as_bytes());
    jws::assemble(input, &signature)
}

fn examine(token: &str, anchors: &[Anchor]) -> Result<Finding, NotProved> {
    CredentialWitness.examine(&Evidence { token: token.as_bytes(), bag: bag(), anchors })
}

#[test]
fn a_disclosed_birth_date_is_believed_by_whom_it_should_be() {
    let claims = json!({ "birthdate": "2016-05-04", "given_name": "Carys", "iat": 1_800_000_000 });
    let token = credential(1, &claims, &["birthdate", "given_name"]);
    let found = examine(&token, &[anchor(AnchorPurpose::Birth, 1)]).unwrap();
    assert_eq!(found.birth, Some("2016-05-04".parse().unwrap()));
    assert_eq!(found.issued_at, Some(1_800_000_000));
    // The same without its disclosure says when, and not the birth date.
    let issued = token.split('~').next().unwrap();
    let hidden = examine(&format!("{issued}~"), &[anchor(AnchorPurpose::Birth, 1)]).unwrap();
    assert_eq!((hidden.birth, hidden.issued_at), (None, Some(1_800_000_000)));
    // A dated token's signer is not believed about birth dates.
    assert_eq!(examine(&token, &[anchor(AnchorPurpose::Date, 1)]).unwrap().birth, None);
    for anchors in [vec![], vec![anchor(AnchorPurpose::Birth, 2)], vec![anchor(AnchorPurpose::Order, 1)]] {
        assert_eq!(examine(&token, &anchors), Err(NotProved));
    }
}

#[test]
fn a_changed_credential_proves_nothing() {
    let claims = json!({ "birthdate": "2016-05-04", "iat": 1_800_000_000 });
    let token = credential(1, &claims, &["birthdate"]);
    let anchors = [anchor(AnchorPurpose::Birth, 1)];
    let parts: Vec<&str> = token.split('~').collect();
    let forged = bookbag_crypto::base64url::encode(br#"["salt","birthdate","2000-01-01"]"#);
    for wrong in [
        format!("{}~{forged}~", parts[0]),
        format!("{}~{}~{forged}~", parts[0], parts[1]),
        format!("{}x~{}~", &parts[0][..parts[0].len() - 1], parts[1]),
        format!("~{}~", parts[1]),
        "~".to_owned(),
        String::new(),
        "x".repeat(20_000),
    ] {
        assert_eq!(examine(&wrong, &anchors), Err(NotProved), "{wrong:.40}");
    }
}

#[test]
fn a_credential_that_names_a_bag_is_for_that_bag() {
    let anchors = [anchor(AnchorPurpose::Birth, 1)];
    for (named, birth) in [(bag().to_string(), true), ("22".repeat(BagId::BYTES), false), ("x".into(), false)]
    {
        let claims = json!({ "birthdate": "2016-05-04", "iat": 5, "bag": named });
        let found = examine(&credential(1, &claims, &[]), &anchors).unwrap();
        assert_eq!(found.birth.is_some(), birth, "{named}");
    }
    let claims = json!({ "birthdate": "4 May 2016", "iat": 5 });
    assert_eq!(examine(&credential(1, &claims, &[]), &anchors).unwrap().birth, None);
}

#[test]
fn an_order_names_bag_and_member() {
    let member = MemberId::from_bytes([5; 16]);
    let anchors = [anchor(AnchorPurpose::Order, 3)];
    let good = json!({ "bag": bag().to_string(), "remove": member.to_string() });
    let other_bag = json!({ "bag": "22".repeat(BagId::BYTES), "remove": member.to_string() });
    for order in [credential(3, &good, &[]), credential(3, &good, &["remove"]), token(3, "order+jwt", &good)]
    {
        assert_eq!(examine(&order, &anchors).unwrap().removes, Some(member));
        assert_eq!(
            examine(&order, &[anchor(AnchorPurpose::Birth, 3)]).ok().and_then(|found| found.removes),
            None
        );
    }
    for order in
        [credential(3, &other_bag, &[]), token(3, "order+jwt", &other_bag), token(4, "order+jwt", &good)]
    {
        assert_eq!(examine(&order, &anchors), Err(NotProved));
    }
}

#[test]
fn a_status_list_token_says_that_a_day_has_come() {
    let list = token(
        6,
        "statuslist+jwt",
        &json!({ "sub": "https://x.example/1", "iat": 1_900_000_000, "status_list": {} }),
    );
    let found = examine(&list, &[anchor(AnchorPurpose::Date, 6)]).unwrap();
    assert_eq!(found, Finding { issued_at: Some(1_900_000_000), ..Finding::default() });
    assert_eq!(examine(&list, &[anchor(AnchorPurpose::Date, 7)]), Err(NotProved));
    let undated = token(6, "statuslist+jwt", &json!({ "iat": "soon" }));
    assert_eq!(examine(&undated, &[anchor(AnchorPurpose::Date, 6)]), Err(NotProved));
}
