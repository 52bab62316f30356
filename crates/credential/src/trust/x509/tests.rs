use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bookbag_crypto::Algorithm;
use serde_json::{Value, json};

use super::*;
use crate::check::Check;
use crate::trust::testing::{
    AKI, BASIC, EKU, FIRST, KEY_USAGE, LAST, SAN, SKI, Template, key, key_of, name_of, oid, sequence,
    signature_algorithm, tlv,
};

const NOW: UnixTime = UnixTime(FIRST + 1000);

/// A root, an authority below it, and a leaf below that; change one, then look what becomes of it.
#[derive(Clone)]
struct Family {
    root: Template,
    ca: Template,
    leaf: Template,
}

impl Family {
    fn new() -> Self {
        Self {
            root: Template::ca("Root", &key(1), "Root", &key(1)),
            ca: Template::ca("CA", &key(2), "Root", &key(1)),
            leaf: Template::leaf("issuer.example", &key(3), "CA", &key(2)),
        }
    }

    fn root(mut self, change: impl FnOnce(Template) -> Template) -> Self {
        self.root = change(self.root);
        self
    }

    fn ca(mut self, change: impl FnOnce(Template) -> Template) -> Self {
        self.ca = change(self.ca);
        self
    }

    fn leaf(mut self, change: impl FnOnce(Template) -> Template) -> Self {
        self.leaf = change(self.leaf);
        self
    }

    fn ders(&self) -> [Vec<u8>; 3] {
        [self.leaf.sign(&key(2)), self.ca.sign(&key(1)), self.root.sign(&key(1))]
    }

    fn check(&self, purpose: &Purpose) -> Result<ValidatedLeaf, Refusal> {
        let [leaf, ca, root] = self.ders();
        check(&[&leaf, &ca], &root, NOW, purpose)
    }

    /// The number of the check that refuses it, or `ok`.
    fn verdict(&self) -> &'static str {
        verdict(&self.check(&Purpose::signatures()))
    }
}

fn check(chain: &[&[u8]], root: &[u8], at: UnixTime, purpose: &Purpose) -> Result<ValidatedLeaf, Refusal> {
    TrustAnchors::from_der([root])?.validate(&Chain::from_x5c(&x5c(chain))?, at, purpose)
}

fn x5c(chain: &[&[u8]]) -> Value {
    chain.iter().map(|der| STANDARD.encode(der)).collect()
}

fn verdict<T>(result: &Result<T, Refusal>) -> &'static str {
    result.as_ref().err().map_or("ok", |refusal| refusal.check.id())
}

fn fault<T>(result: Result<T, Refusal>) -> (Place, Fault) {
    match result.err().unwrap().cause {
        Some(crate::Cause::Certificate(error)) => (error.place, error.fault),
        other => panic!("{other:?}"),
    }
}

fn dns(host: &str) -> Vec<u8> {
    tlv(0x82, &[host.as_bytes()])
}

fn uri(uri: &str) -> Vec<u8> {
    tlv(0x86, &[uri.as_bytes()])
}

fn email(email: &str) -> Vec<u8> {
    tlv(0x81, &[email.as_bytes()])
}

#[test]
fn a_good_chain_gives_the_leaf_and_what_its_issuers_vouch_for() {
    let subject = name_of(&[("2.5.4.10", 0x0c, "School of Example"), ("2.5.4.3", 0x13, "Registrar")]);
    let family = Family::new().leaf(|leaf| {
        let leaf = leaf.named(&[&dns("Issuer.example"), &uri("urn:example:school")]);
        Template { subject, ..leaf }
    });
    let leaf = family.check(&Purpose::signatures().with_haip()).unwrap();
    assert_eq!(leaf.key(), &key(3).public_key().unwrap());
    assert_eq!((leaf.organisation(), leaf.common_name()), (Some("School of Example"), Some("Registrar")));
    assert_eq!(
        (leaf.dns_names(), leaf.uris()),
        (&["Issuer.example".to_owned()][..], &["urn:example:school".to_owned()][..])
    );
    assert_eq!((leaf.organisation_identifier(), leaf.not_after()), (None, UnixTime(LAST)));
    assert_eq!(leaf.authority_key_ids().count(), 2);
    let [leaf_der, ca, _] = family.ders();
    let chain = Chain::from_der(&[leaf_der, ca]).unwrap();
    assert!(chain.authority_key_ids().eq(leaf.authority_key_ids()));
    assert!(leaf.subject_key_id().is_some_and(|id| !leaf.authority_key_ids().any(|other| other == id)));
}

#[test]
fn every_algorithm_on_the_list_may_certify_every_other() {
    for above in Algorithm::ALL {
        for below in Algorithm::ALL {
            let (root_key, leaf_key) = (key_of(above, 1), key_of(below, 2));
            let root = Template::ca("Root", &root_key, "Root", &root_key).sign(&root_key);
            let leaf = Template::leaf("a.example", &leaf_key, "Root", &root_key).sign(&root_key);
            assert_eq!(
                verdict(&check(&[&leaf], &root, NOW, &Purpose::signatures())),
                "ok",
                "{above} {below}"
            );
        }
    }
}

#[test]
fn tr_05_the_header_is_a_short_list_of_base64_der() {
    let [leaf, ca, _] = Family::new().ders();
    let read = |x5c: Value| verdict(&Chain::from_x5c(&x5c));
    assert_eq!(read(x5c(&[&leaf, &ca])), "ok");
    let text = STANDARD.encode(&leaf);
    for wrong in [
        json!(null),
        json!(text),
        json!([]),
        json!([[text]]),
        json!([text, 1]),
        json!([text, "-_-_"]),
        json!(["MAA"]),
        json!([format!("{text}\n")]),
        json!([format!("{text}=")]),
        json!(vec![&text; MAX_CHAIN + 1]),
        json!(vec![&text; 1000]),
        json!(["A".repeat(MAX_CERTIFICATE_BYTES * 2)]),
    ] {
        assert_eq!(read(wrong.clone()), "TR-05", "{wrong}");
    }
    assert_eq!(verdict(&Chain::unordered(&leaf, &vec![&ca; MAX_UNORDERED])), "TR-05");
    assert_eq!(verdict(&Chain::from_der::<Vec<u8>>(&[])), "TR-05");
}

#[test]
fn tr_05_anchors_are_pem_certificates_of_authorities() {
    let [leaf, ca, root] = Family::new().ders();
    let pem = |label: &str, der: &[u8]| {
        let lines: Vec<_> = STANDARD
            .encode(der)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8(line.to_vec()).unwrap())
            .collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    let two = format!("The root\n{}and another one\n{}", pem("CERTIFICATE", &root), pem("CERTIFICATE", &ca));
    assert_eq!(TrustAnchors::from_pem(&two).unwrap().len(), 2);
    for wrong in [
        String::new(),
        "no certificate".to_owned(),
        pem("PRIVATE KEY", &root),
        pem("TRUSTED CERTIFICATE", &root),
        two.replace("-----END", "----END"),
        two.replace("-----END CERTIFICATE", "-----END CERTIFICATES"),
        pem("CERTIFICATE", &root).replace("MII", "M!I"),
        "-----BEGIN CERTIFICATE-----".repeat(1000),
    ] {
        assert_eq!(verdict(&TrustAnchors::from_pem(&wrong)), "TR-05", "{wrong}");
    }
    assert_eq!(verdict(&TrustAnchors::from_pem(&pem("CERTIFICATE", b"0\0"))), "TR-06");
    // TR-09: a leaf is nobody's anchor, and neither is one that only signed itself.
    assert_eq!(verdict(&TrustAnchors::from_pem(&pem("CERTIFICATE", &leaf))), "TR-09");
    let own = Template::leaf("a.example", &key(3), "a.example", &key(3)).sign(&key(3));
    assert_eq!(fault(TrustAnchors::from_der([own])), (Place::Anchor, Fault::AnchorNotCa));
}

#[test]
fn tr_06_no_part_of_a_certificate_is_a_certificate() {
    let [leaf, ca, root] = Family::new().ders();
    let anchors = TrustAnchors::from_der([&root]).unwrap();
    for length in 0..leaf.len() {
        assert_eq!(verdict(&Chain::from_der(&[&leaf[..length]])), "TR-06", "{length}");
    }
    let longer = [leaf.as_slice(), &[0]].concat();
    assert_eq!(verdict(&Chain::from_der(&[&longer])), "TR-06");
    assert_eq!(verdict(&Chain::from_der(&[vec![0x30; 5000]])), "TR-06");
    // Nor is one with any bit changed: it is unreadable, or nobody signed it.
    for place in 0..leaf.len() {
        let mut changed = leaf.clone();
        changed[place] ^= 1 << (place % 8);
        let result = Chain::from_der(&[&changed, &ca])
            .and_then(|chain| anchors.validate(&chain, NOW, &Purpose::any()));
        assert!(result.is_err(), "{place}");
    }
}

#[test]
fn tr_06_the_form_of_a_certificate() {
    assert_eq!(Family::new().verdict(), "ok");
    let leaf = |change: fn(Template) -> Template| Family::new().leaf(change).verdict();
    for (what, verdict) in [
        ("version 2", leaf(|leaf| Template { version: 1, ..leaf })),
        ("serial number 0", leaf(|leaf| Template { serial: vec![0], ..leaf })),
        ("negative serial number", leaf(|leaf| Template { serial: vec![0x80], ..leaf })),
        ("serial number of 21 octets", leaf(|leaf| Template { serial: vec![1; 21], ..leaf })),
        ("no issuer", leaf(|leaf| Template { issuer: sequence(&[]), ..leaf })),
        ("no subject", leaf(|leaf| Template { subject: sequence(&[]), ..leaf })),
        ("unknown critical extension", leaf(|leaf| leaf.with("1.2.3.4", true, &[5, 0]))),
        ("critical key identifier", leaf(|leaf| leaf.with(SKI, true, &tlv(4, &[&[1]])))),
        ("an extension twice", leaf(|leaf| leaf.and("1.2.3.4", false, &[]).and("1.2.3.4", false, &[]))),
        ("two alternative names", leaf(|leaf| leaf.and(SAN, false, &sequence(&[&dns("b.example")])))),
        ("no alternative name", leaf(|leaf| leaf.named(&[]))),
        ("garbage for names", leaf(|leaf| leaf.with(SAN, false, b"issuer.example"))),
        (
            "trailing octet",
            leaf(|leaf| leaf.with(SAN, false, &[&sequence(&[&dns("b.example")])[..], &[0]].concat())),
        ),
        ("no authority key", leaf(|leaf| leaf.without(AKI))),
        ("an authority key without identifier", leaf(|leaf| leaf.with(AKI, false, &sequence(&[])))),
        ("no use", leaf(|leaf| leaf.with(KEY_USAGE, true, &[3, 1, 0]))),
        ("no extended use", leaf(|leaf| leaf.with(EKU, false, &sequence(&[])))),
        ("issues without being an authority", leaf(|leaf| leaf.with(KEY_USAGE, true, &[3, 2, 2, 0x84]))),
        (
            "path length without being an authority",
            leaf(|leaf| leaf.with(BASIC, true, &sequence(&[&[2, 1, 0]]))),
        ),
        ("constraints without being an authority", leaf(|leaf| leaf.constrained(&[&dns("example")], &[]))),
        ("policy constraints", leaf(|leaf| leaf.with("2.5.29.36", true, &sequence(&[&[0x80, 1, 0]])))),
    ] {
        assert_eq!(verdict, "TR-06", "{what}");
    }
}

#[test]
fn tr_06_the_form_of_alternative_names() {
    for name in [
        "",
        ".",
        "a_b.example",
        ".example",
        "example.",
        "a..b",
        "*",
        "a.*.b",
        "*b.example",
        "-a.example",
        "a b",
        "é",
    ] {
        assert_eq!(Family::new().leaf(|leaf| leaf.named(&[&dns(name)])).verdict(), "TR-06", "{name}");
    }
    for name in [
        uri(""),
        uri("issuer.example"),
        uri("https:"),
        uri("https://a b"),
        uri("1a:b"),
        email("a"),
        email("a@b@c.example"),
        email("@a.example"),
        tlv(0x87, &[&[1, 2, 3]]),
        tlv(0x83, &[]),
        tlv(0x99, &[]),
    ] {
        assert_eq!(Family::new().leaf(|leaf| leaf.named(&[&name])).verdict(), "TR-06", "{name:?}");
    }
    let many: Vec<u8> = (0..=MAX_NAMES).flat_map(|number| dns(&format!("h{number}.example"))).collect();
    assert_eq!(Family::new().leaf(|leaf| leaf.named(&[&many])).verdict(), "TR-06");
}

#[test]
fn tr_06_the_form_of_an_authority() {
    let ca = |change: fn(Template) -> Template| Family::new().ca(change).verdict();
    for (what, verdict) in [
        ("no subject key", ca(|ca| ca.without(SKI))),
        ("basic constraints not critical", ca(|ca| ca.with(BASIC, false, &sequence(&[&[1, 1, 0xff]])))),
        ("may not issue", ca(|ca| ca.with(KEY_USAGE, true, &[3, 2, 7, 0x80]))),
        (
            "constraints not critical",
            ca(|ca| ca.with("2.5.29.30", false, &sequence(&[&tlv(0xa0, &[&sequence(&[&dns("example")])])]))),
        ),
        ("constraints of nothing", ca(|ca| ca.constrained(&[], &[]))),
        ("a wildcard as constraint", ca(|ca| ca.constrained(&[&dns("*.example")], &[]))),
        ("a leading dot for a host", ca(|ca| ca.constrained(&[&dns(".example")], &[]))),
        ("an address without mask", ca(|ca| ca.constrained(&[&tlv(0x87, &[&[1, 2, 3, 4]])], &[]))),
        ("a mask with holes", ca(|ca| ca.constrained(&[&tlv(0x87, &[&[1, 2, 3, 4, 255, 0, 255, 0]])], &[]))),
        (
            "a minimum",
            ca(|ca| {
                ca.with(
                    "2.5.29.30",
                    true,
                    &sequence(&[&tlv(0xa0, &[&sequence(&[&dns("example"), &[0x80, 1, 1]])])]),
                )
            }),
        ),
        (
            "a maximum",
            ca(|ca| {
                ca.with(
                    "2.5.29.30",
                    true,
                    &sequence(&[&tlv(0xa0, &[&sequence(&[&dns("example"), &[0x81, 1, 1]])])]),
                )
            }),
        ),
    ] {
        assert_eq!(verdict, "TR-06", "{what}");
    }
    let [leaf, ca, _] = Family::new().ders();
    let root = Family::new().root.without(SKI).sign(&key(1));
    assert_eq!(verdict(&check(&[&leaf, &ca], &root, NOW, &Purpose::any())), "TR-06");
    let differs = Family::new().leaf.sign_as(
        &key(2),
        &signature_algorithm(Algorithm::Es384),
        &signature_algorithm(Algorithm::Es256),
    );
    assert_eq!(verdict(&Chain::from_der(&[differs])), "TR-06");
}

#[test]
fn tr_07_each_certificate_is_issued_by_the_next_and_the_last_by_an_anchor() {
    let [leaf, ca, root] = Family::new().ders();
    let purpose = Purpose::signatures();
    let other_root = Template::ca("Other", &key(9), "Other", &key(9)).sign(&key(9));
    let same_name = Template::ca("Root", &key(9), "Root", &key(9)).sign(&key(9));
    // The same name and the same key identifier, so that only the signature tells.
    let impostor = Family::new()
        .root(|root| Template { key_info: key(9).public_key().unwrap().to_spki_der().unwrap(), ..root });
    let impostor = impostor.root.sign(&key(9));
    let other_ca = Template::ca("Unrelated", &key(8), "Root", &key(1)).sign(&key(1));
    for (what, chain, anchor) in [
        ("another anchor", vec![&leaf, &ca], &other_root),
        ("an anchor of that name", vec![&leaf, &ca], &same_name),
        ("an anchor of that name and key identifier", vec![&leaf, &ca], &impostor),
        ("an authority is missing", vec![&leaf], &root),
        ("swapped", vec![&ca, &leaf], &root),
        ("one too many in the middle", vec![&leaf, &other_ca, &ca], &root),
        ("one too many at the end", vec![&leaf, &ca, &other_ca], &root),
        ("one twice", vec![&leaf, &ca, &ca], &root),
        ("the leaf twice", vec![&leaf, &leaf, &ca], &root),
    ] {
        let chain: Vec<_> = chain.into_iter().map(Vec::as_slice).collect();
        // A chain that begins with the authority fails as one whose key may not sign.
        let expected = if what == "swapped" { "TR-10" } else { "TR-07" };
        assert_eq!(verdict(&check(&chain, anchor, NOW, &purpose)), expected, "{what}");
        assert_eq!(verdict(&check(&chain, anchor, NOW, &Purpose::any())), "TR-07", "{what}");
    }
    let nobody = TrustAnchors::from_der::<Vec<u8>>([]).unwrap();
    assert!(nobody.is_empty());
    let refused = nobody.validate(&Chain::from_der(&[&leaf, &ca]).unwrap(), NOW, &purpose);
    assert_eq!(fault(refused), (Place::Intermediate(1), Fault::NoAnchor));
    let refused = check(&[&leaf, &ca], &impostor, NOW, &purpose);
    assert_eq!(fault(refused), (Place::Intermediate(1), Fault::Signature));
}

#[test]
fn names_chain_without_regard_to_case_and_spaces_but_not_to_order() {
    let issuer = |attributes: &[(&str, u8, &str)]| {
        let issuer = name_of(attributes);
        let root = name_of(&[("2.5.4.10", 0x0c, "Big  School"), ("2.5.4.3", 0x0c, "Root é")]);
        let leaf = Template { issuer, ..Template::leaf("a.example", &key(2), "", &key(1)) };
        let root = Template { issuer: root.clone(), subject: root, ..Template::ca("", &key(1), "", &key(1)) };
        verdict(&check(&[&leaf.sign(&key(1))], &root.sign(&key(1)), NOW, &Purpose::signatures()))
    };
    let (organisation, common_name) = (("2.5.4.10", 0x13, " big school "), ("2.5.4.3", 0x0c, "ROOT É"));
    assert_eq!(issuer(&[organisation, common_name]), "ok");
    assert_eq!(issuer(&[common_name, organisation]), "TR-07");
    assert_eq!(issuer(&[organisation]), "TR-07");
    assert_eq!(issuer(&[organisation, common_name, common_name]), "TR-07");
    assert_eq!(issuer(&[("2.5.4.11", 0x13, "Big School"), common_name]), "TR-07");
    assert_eq!(issuer(&[("2.5.4.10", 0x13, "BigSchool"), common_name]), "TR-07");
    // TeletexString is not compared as text.
    assert_eq!(issuer(&[("2.5.4.10", 0x14, "Big School"), common_name]), "TR-07");
}

#[test]
fn tr_08_every_certificate_and_the_anchor_are_valid_to_the_second() {
    let [leaf, ca, root] = Family::new().ders();
    let at = |seconds| check(&[&leaf, &ca], &root, UnixTime(seconds), &Purpose::signatures());
    assert_eq!([FIRST, LAST].map(|seconds| verdict(&at(seconds))), ["ok", "ok"]);
    assert_eq!(fault(at(FIRST - 1)), (Place::Leaf, Fault::NotYetValid));
    assert_eq!(fault(at(LAST + 1)), (Place::Leaf, Fault::Expired));
    assert_eq!([i64::MIN, 0, i64::MAX].map(|seconds| verdict(&at(seconds))), ["TR-08"; 3]);
    let old = |template: Template| Template { not_after: "250101001639Z", ..template };
    assert_eq!(fault(Family::new().ca(old).check(&Purpose::any())), (Place::Intermediate(1), Fault::Expired));
    assert_eq!(fault(Family::new().root(old).check(&Purpose::any())), (Place::Anchor, Fault::Expired));
    let young = |template: Template| Template { not_before: "250101001641Z", ..template };
    assert_eq!(fault(Family::new().root(young).check(&Purpose::any())), (Place::Anchor, Fault::NotYetValid));
}

#[test]
fn tr_09_only_authorities_issue_and_no_deeper_than_allowed() {
    let no_ca = Family::new().ca(|ca| ca.without(BASIC).with(KEY_USAGE, true, &[3, 2, 7, 0x80]));
    assert_eq!(fault(no_ca.check(&Purpose::any())), (Place::Intermediate(1), Fault::NotCa));
    let no_use = Family::new().ca(|ca| ca.without(BASIC).without(KEY_USAGE));
    assert_eq!(no_use.verdict(), "TR-09");
    assert_eq!(Family::new().root(|root| root.path_length(1)).verdict(), "ok");
    assert_eq!(Family::new().ca(|ca| ca.path_length(0)).verdict(), "ok");
    assert_eq!(
        fault(Family::new().root(|root| root.path_length(0)).check(&Purpose::any())),
        (Place::Anchor, Fault::PathLength)
    );
    // TR-05: that limit is the verifier's own.
    assert_eq!(verdict(&Family::new().check(&Purpose::any().with_max_intermediates(0))), "TR-05");
    // A self-issued certificate, by which an authority changes its key, does not count (RFC 5280 section 4.2.1.9).
    let [leaf, ca, _] = Family::new().ders();
    let roll = Template::ca("Root", &key(1), "Root", &key(7)).sign(&key(7));
    let root = Template::ca("Root", &key(7), "Root", &key(7)).path_length(1).sign(&key(7));
    let purpose = Purpose::any().with_max_intermediates(1);
    assert_eq!(verdict(&check(&[&leaf, &ca, &roll], &root, NOW, &purpose)), "ok");
}

#[test]
fn tr_10_the_leaf_is_for_signatures_and_for_the_purpose() {
    let purpose = Purpose::signatures().with_extended_key_usage("1.0.18013.5.1.2").unwrap();
    let with = |uses: &[&str]| {
        let list: Vec<u8> = uses.iter().flat_map(|use_| oid(use_)).collect();
        Family::new().leaf(|leaf| leaf.with(EKU, true, &sequence(&[&list])))
    };
    assert_eq!(verdict(&with(&["1.3.6.1.5.5.7.3.1", "1.0.18013.5.1.2"]).check(&purpose)), "ok");
    assert_eq!(verdict(&with(&["1.3.6.1.5.5.7.3.1"]).check(&purpose)), "TR-10");
    assert_eq!(verdict(&with(&["2.5.29.37.0"]).check(&purpose)), "TR-10");
    assert_eq!(verdict(&Family::new().check(&purpose)), "TR-10");
    let other = sequence(&[&oid("1.3.6.1.5.5.7.3.1")]);
    let limited = Family { ca: Family::new().ca.with(EKU, false, &other), ..with(&["1.0.18013.5.1.2"]) };
    assert_eq!(fault(limited.check(&purpose)), (Place::Intermediate(1), Fault::ExtendedKeyUsage));
    assert!(Purpose::any().with_extended_key_usage("not an identifier").is_err());
    // nonRepudiation alone, and encipherment alone; without the extension a key is for anything.
    for usage in [[3, 2, 6, 0x40], [3, 2, 5, 0x20]] {
        assert_eq!(Family::new().leaf(|leaf| leaf.with(KEY_USAGE, true, &usage)).verdict(), "TR-10");
    }
    assert_eq!(Family::new().leaf(|leaf| leaf.without(KEY_USAGE)).verdict(), "ok");
}

#[test]
fn tr_11_names_stay_within_the_constraints_above() {
    let directory = |text: &str| tlv(0xa4, &[&name_of(&[("2.5.4.3", 0x0c, text)])]);
    let ip = |octets: &[u8]| tlv(0x87, &[octets]);
    let other = tlv(0xa0, &[&oid("1.2.3.4"), &tlv(0xa0, &[&[5, 0]])]);
    let (none, ten): (Vec<Vec<u8>>, _) = (vec![], ip(&[10, 0, 0, 0, 255, 0, 0, 0]));
    let v6 = ip(&[[0x20, 1, 0xd, 0xb8].as_slice(), &[0; 12], &[255; 4], &[0; 12]].concat());
    let in_v6 = ip(&[[0x20, 1, 0xd, 0xb8].as_slice(), &[7; 12]].concat());
    // A name of the leaf, what the root permits, what it excludes, and whether they agree.
    let cases = [
        (dns("a.b.example"), vec![dns("b.EXAMPLE")], none.clone(), true),
        (dns("ab.example"), vec![dns("b.example")], none.clone(), false),
        (dns("b.example"), vec![dns("b.example"), dns("c.example")], vec![dns("a.b.example")], true),
        (dns("a.b.example"), vec![dns("b.example")], vec![dns("a.b.example")], false),
        (dns("a.example"), none.clone(), vec![dns("")], false),
        (dns("*.example"), vec![dns("example")], none.clone(), true),
        (dns("*.example"), none.clone(), vec![dns("a.example")], false),
        (dns("*.example"), vec![dns("a.example")], none.clone(), false),
        (dns("a.example"), vec![uri("b.example")], none.clone(), true),
        (uri("https://u@a.example:8/p"), vec![uri("a.example")], none.clone(), true),
        (uri("https://a.example@b.example"), vec![uri("a.example")], none.clone(), false),
        (uri("https://a.b.example"), vec![uri("b.example")], none.clone(), false),
        (uri("https://a.b.example"), vec![uri(".b.example")], none.clone(), true),
        (uri("https://b.example"), vec![uri(".b.example")], none.clone(), false),
        (uri("urn:example:a"), none.clone(), vec![uri("a.example")], false),
        (uri("https://127.0.0.1/"), none.clone(), vec![uri("a.example")], false),
        (uri("urn:example:a"), none.clone(), vec![dns("a.example")], true),
        (email("A@b.Example"), vec![email("A@B.example")], none.clone(), true),
        (email("a@b.example"), vec![email("A@b.example")], none.clone(), false),
        (email("a@b.example"), vec![email("b.example")], none.clone(), true),
        (email("a@c.b.example"), vec![email("b.example")], none.clone(), false),
        (email("a@c.b.example"), none.clone(), vec![email(".b.example")], false),
        (ip(&[10, 1, 2, 3]), vec![ten.clone()], none.clone(), true),
        (ip(&[11, 1, 2, 3]), vec![ten.clone()], none.clone(), false),
        (ip(&[10, 1, 2, 3]), none.clone(), vec![ten.clone()], false),
        (in_v6.clone(), vec![v6.clone()], none.clone(), true),
        (in_v6.clone(), vec![ten], none.clone(), false),
        (in_v6, none.clone(), vec![v6], false),
        (dns("a.example"), vec![directory("issuer.EXAMPLE")], none.clone(), true),
        (dns("a.example"), vec![directory("somebody")], none.clone(), false),
        (directory("somebody"), none.clone(), vec![directory("somebody")], false),
        (directory("somebody"), none.clone(), vec![directory("issuer.example")], false),
        (other.clone(), none.clone(), vec![dns("example")], true),
        (other.clone(), none.clone(), vec![other], false),
    ];
    for (number, (name, permitted, excluded, agree)) in cases.into_iter().enumerate() {
        let permitted: Vec<_> = permitted.iter().map(Vec::as_slice).collect();
        let excluded: Vec<_> = excluded.iter().map(Vec::as_slice).collect();
        let root = Template::ca("Root", &key(1), "Root", &key(1)).constrained(&permitted, &excluded);
        let leaf = Template::leaf("issuer.example", &key(3), "Root", &key(1)).named(&[&name]);
        let result = check(&[&leaf.sign(&key(1))], &root.sign(&key(1)), NOW, &Purpose::any());
        assert_eq!(verdict(&result), if agree { "ok" } else { "TR-11" }, "case {number}");
    }
}

#[test]
fn tr_11_addresses_and_old_strings_in_a_subject_do_not_slip_through() {
    let verdict_of = |attribute: (&str, u8, &str), excluded: &[u8]| {
        let root = Template::ca("Root", &key(1), "Root", &key(1)).constrained(&[], &[excluded]);
        let leaf = Template {
            subject: name_of(&[attribute]),
            ..Template::leaf("a.example", &key(3), "Root", &key(1))
        };
        verdict(&check(&[&leaf.sign(&key(1))], &root.sign(&key(1)), NOW, &Purpose::any()))
    };
    let address = "1.2.840.113549.1.9.1";
    assert_eq!(verdict_of((address, 0x16, "a@b.example"), &email("c.example")), "ok");
    assert_eq!(verdict_of((address, 0x16, "a@b.example"), &email("b.example")), "TR-11");
    assert_eq!(verdict_of((address, 0x16, "no address"), &email("b.example")), "TR-11");
    let directory = tlv(0xa4, &[&name_of(&[("2.5.4.3", 0x0c, "Somebody")])]);
    assert_eq!(verdict_of(("2.5.4.3", 0x13, "Another"), &directory), "ok");
    assert_eq!(verdict_of(("2.5.4.3", 0x13, "SOMEBODY"), &directory), "TR-11");
    assert_eq!(verdict_of(("2.5.4.3", 0x14, "Somebody"), &directory), "TR-11");
}

#[test]
fn tr_11_constraints_of_every_authority_count() {
    let family = |host: &str| {
        Family::new()
            .root(|root| root.constrained(&[&dns("a.example"), &dns("b.example")], &[]))
            .ca(|ca| ca.constrained(&[&dns("b.example")], &[]))
            .leaf(|leaf| leaf.named(&[&dns(host)]))
            .verdict()
    };
    assert_eq!([family("b.example"), family("a.example"), family("c.example")], ["ok", "TR-11", "TR-11"]);
    let ca = Family::new()
        .root(|root| root.constrained(&[&dns("example")], &[]))
        .ca(|ca| ca.named(&[&dns("a.test")]));
    assert_eq!(fault(ca.check(&Purpose::any())), (Place::Intermediate(1), Fault::NameConstraints));
}

#[test]
fn tr_12_the_name_asked_for_is_an_alternative_name() {
    let family = Family::new().leaf(|leaf| {
        leaf.named(&[
            &dns("a.example"),
            &dns("*.b.example"),
            &uri("https://c.example/x"),
            &email("d@E.example"),
        ])
    });
    let asks = |name| verdict(&family.check(&Purpose::any().with_name(name)));
    let dns = |name: &str| asks(ExpectedName::Dns(name.to_owned()));
    let uri = |name: &str| asks(ExpectedName::Uri(name.to_owned()));
    let email = |name: &str| asks(ExpectedName::Email(name.to_owned()));
    assert_eq!([dns("A.example"), uri("https://c.example/x"), email("d@e.example")], ["ok"; 3]);
    // The common name is `issuer.example`, and stands for no host.
    for name in ["issuer.example", "example", "x.a.example", "x.b.example", "c.example", "", "."] {
        assert_eq!(dns(name), "TR-12", "{name}");
    }
    for name in ["https://c.example/X", "https://c.example/x/", "https://a.example"] {
        assert_eq!(uri(name), "TR-12", "{name}");
    }
    assert_eq!([email("D@e.example"), email("d"), email("")], ["TR-12"; 3]);
    assert_eq!(asks(ExpectedName::Ip([127, 0, 0, 1].into())), "TR-12");
}

#[test]
fn tr_13_keys_and_signatures_off_the_list_are_refused() {
    // An RSA key, as rsaEncryption has it; then an anchor with such a key.
    let rsa = sequence(&[
        &sequence(&[&oid("1.2.840.113549.1.1.1"), &[5, 0]]),
        &tlv(3, &[&[0], &sequence(&[&[2, 1, 3], &[2, 1, 3]])]),
    ]);
    let with_rsa = |template: Template| Template { key_info: rsa.clone(), ..template };
    assert_eq!(Family::new().leaf(with_rsa).verdict(), "TR-13");
    assert_eq!(Family::new().root(with_rsa).verdict(), "TR-13");
    let [_, ca, root] = Family::new().ders();
    let rsa_with_sha256 = sequence(&[&oid("1.2.840.113549.1.1.11"), &[5, 0]]);
    let with_parameters = sequence(&[&oid("1.2.840.10045.4.3.2"), &[5, 0]]);
    for algorithm in [rsa_with_sha256, with_parameters, signature_algorithm(Algorithm::EdDsa)] {
        let leaf = Family::new().leaf.sign_as(&key(2), &algorithm, &algorithm);
        assert_eq!(verdict(&check(&[&leaf, &ca], &root, NOW, &Purpose::any())), "TR-13");
    }
}

/// The family again, with a P-384 root that signs with SHA-256, as some do.
#[test]
fn tr_13_a_signature_that_is_not_for_the_key_is_refused_where_it_counts() {
    let large = key_of(Algorithm::Es384, 1);
    let with_sha256 = signature_algorithm(Algorithm::Es256);
    let root = Template::ca("Root", &large, "Root", &large);
    let odd_root = root.sign_as(&large, &with_sha256, &with_sha256);
    let ca = Template::ca("CA", &key(2), "Root", &large);
    let leaf = Template::leaf("issuer.example", &key(3), "CA", &key(2)).sign(&key(2));
    // Nobody asks how an anchor is signed.
    let good = ca.sign(&large);
    assert_eq!(verdict(&check(&[&leaf, &good], &odd_root, NOW, &Purpose::signatures())), "ok");
    let unreadable = Template::ca("Root", &large, "Root", &large);
    let unreadable = unreadable.sign_as(&key_of(Algorithm::EdDsa, 1), &with_sha256, &with_sha256);
    assert_eq!(verdict(&check(&[&leaf, &good], &unreadable, NOW, &Purpose::signatures())), "ok");
    // TR-13: below it the signature counts.
    let odd = ca.sign_as(&large, &with_sha256, &with_sha256);
    let refused = check(&[&leaf, &odd], &odd_root, NOW, &Purpose::signatures());
    assert_eq!(fault(refused), (Place::Intermediate(1), Fault::SignatureAlgorithm));
    assert_eq!(verdict(&check(&[&leaf, &good, &odd_root], &root.sign(&large), NOW, &Purpose::any())), "ok");
    let refused = check(&[&odd_root], &odd_root, NOW, &Purpose::any());
    assert_eq!(fault(refused), (Place::Leaf, Fault::SignatureAlgorithm));
    // TR-06: of the right algorithm, but not written so.
    let with_sha384 = signature_algorithm(Algorithm::Es384);
    let unreadable = ca.sign_as(&key_of(Algorithm::EdDsa, 1), &with_sha384, &with_sha384);
    let refused = check(&[&leaf, &unreadable], &odd_root, NOW, &Purpose::any());
    assert_eq!(fault(refused), (Place::Intermediate(1), Fault::SignatureForm));
}

#[test]
fn tr_06_who_is_no_authority_is_told_so() {
    let reason = |family: Family| fault(family.check(&Purpose::any())).1;
    assert_eq!(
        reason(Family::new().leaf(|leaf| leaf.with(KEY_USAGE, true, &[3, 2, 2, 0x84]))),
        Fault::WithoutCa("the key usage keyCertSign")
    );
    assert_eq!(
        reason(Family::new().leaf(|leaf| leaf.constrained(&[&dns("example")], &[]))),
        Fault::WithoutCa("name constraints")
    );
    assert_eq!(
        reason(Family::new().leaf(|leaf| leaf.with(BASIC, true, &sequence(&[&[2, 1, 0]])))),
        Fault::WithoutCa("a path length")
    );
    assert_eq!(
        reason(Family::new().ca(|ca| ca.with(KEY_USAGE, true, &[3, 2, 7, 0x80]))),
        Fault::CaWithoutCertSign
    );
}

#[test]
fn tr_05_a_chain_has_one_longest_length() {
    let name = |number: usize| format!("L{number}");
    let number = |number: usize| key(u8::try_from(number).unwrap() + 20);
    let root = Template::ca(&name(20), &number(20), &name(20), &number(20)).sign(&number(20));
    let chain = |length: usize| {
        let below = |index: usize| if index + 1 == length { 20 } else { index + 1 };
        let leaf = Template::leaf("a.example", &number(0), &name(below(0)), &number(below(0)));
        let mut chain = vec![leaf.sign(&number(below(0)))];
        for index in 1..length {
            let issuer = below(index);
            let ca = Template::ca(&name(index), &number(index), &name(issuer), &number(issuer));
            chain.push(ca.sign(&number(issuer)));
        }
        let chain: Vec<_> = chain.iter().map(Vec::as_slice).collect();
        check(&chain, &root, NOW, &Purpose::signatures())
    };
    for length in [1, 7, 8, MAX_CHAIN] {
        assert_eq!(verdict(&chain(length)), "ok", "{length}");
    }
    assert_eq!(fault(chain(MAX_CHAIN + 1)), (Place::Chain, Fault::List), "TR-05");
}

#[test]
fn tr_14_under_haip_no_anchor_comes_along_and_the_leaf_is_not_its_own() {
    let [leaf, ca, root] = Family::new().ders();
    let (plain, haip) = (Purpose::any(), Purpose::any().with_haip());
    assert_eq!(verdict(&check(&[&leaf, &ca, &root], &root, NOW, &plain)), "ok");
    assert_eq!(
        fault(check(&[&leaf, &ca, &root], &root, NOW, &haip)),
        (Place::Intermediate(2), Fault::AnchorInChain)
    );
    // An authority that is trusted by itself, so that the root is of no interest.
    assert_eq!(verdict(&check(&[&leaf, &ca, &root], &ca, NOW, &plain)), "ok");
    assert_eq!(verdict(&check(&[&leaf, &ca], &ca, NOW, &haip)), "TR-14");
    // The same authority under another certificate.
    let again = Template::ca("Root", &key(1), "Root", &key(1)).path_length(3).sign(&key(1));
    assert_eq!(verdict(&check(&[&leaf, &ca, &again], &root, NOW, &haip)), "TR-14");
    assert_eq!(verdict(&check(&[&root], &root, NOW, &plain)), "ok");
    assert_eq!(verdict(&check(&[&root], &root, NOW, &haip)), "TR-14");
    let own = Template::leaf("CA", &key(3), "CA", &key(3)).sign(&key(3));
    assert_eq!(fault(check(&[&own], &root, NOW, &haip)), (Place::Leaf, Fault::SelfSigned));
    assert_eq!(fault(check(&[&own], &root, NOW, &plain)), (Place::Leaf, Fault::NoAnchor));
}

#[test]
fn tr_07_the_search_among_unordered_certificates_ends() {
    let [leaf, ca, root] = Family::new().ders();
    let anchors = TrustAnchors::from_der([&root]).unwrap();
    let validate = |leaf: &[u8], others: &[Vec<u8>]| {
        anchors.validate(&Chain::unordered(leaf, others).unwrap(), NOW, &Purpose::any())
    };
    assert_eq!(verdict(&validate(&leaf, &[vec![0; 9], Family::new().ders()[0].clone(), ca])), "ok");
    // Many authorities of one name and key identifier: each costs a signature check to find out.
    let claimed = Family::new().ca;
    let others: Vec<_> = (0..100)
        .map(|number| {
            Template {
                key_info: key(10 + number).public_key().unwrap().to_spki_der().unwrap(),
                ..claimed.clone()
            }
            .sign(&key(1))
        })
        .collect();
    assert_eq!(fault(validate(&leaf, &others)).1, Fault::Signature);
    // Layers of authorities with one key, each of which issued all of the next: ways without end.
    let layers: Vec<_> = (0..100_u8)
        .map(|number| {
            let (layer, serial) = (number / 10, number % 10 + 1);
            let ca = Template::ca(
                &format!("L{layer}"),
                &key(layer + 20),
                &format!("L{}", layer + 1),
                &key(layer + 21),
            );
            Template { serial: vec![serial], ..ca }.sign(&key(layer + 21))
        })
        .collect();
    let leaf = Template::leaf("a.example", &key(3), "L0", &key(20)).sign(&key(20));
    assert_eq!(verdict(&validate(&leaf, &layers)), "TR-07");
    assert_eq!(Fault::Budget.check(), Check::TrustPath);
}

#[test]
fn tr_11_constraints_spare_self_issued_authorities_but_not_the_leaf() {
    let excluded = tlv(0xa4, &[&name_of(&[("2.5.4.3", 0x0c, "Root")])]);
    let root = Template::ca("Root", &key(7), "Root", &key(7)).constrained(&[], &[&excluded]).sign(&key(7));
    let roll = Template::ca("Root", &key(1), "Root", &key(7)).sign(&key(7));
    let [leaf, ca, _] = Family::new().ders();
    assert_eq!(verdict(&check(&[&leaf, &ca, &roll], &root, NOW, &Purpose::any())), "ok");
    let refused = check(&[&roll], &root, NOW, &Purpose::any());
    assert_eq!(fault(refused), (Place::Leaf, Fault::NameConstraints));
    let below = Template::ca("Root", &key(2), "Other", &key(8)).sign(&key(8));
    let other = Template::ca("Other", &key(8), "Root", &key(7)).sign(&key(7));
    let leaf = Template::leaf("a.example", &key(3), "Root", &key(2)).sign(&key(2));
    let refused = check(&[&leaf, &below, &other], &root, NOW, &Purpose::any());
    assert_eq!(fault(refused), (Place::Intermediate(1), Fault::NameConstraints));
}

proptest::proptest! {
    #[test]
    fn no_octets_make_the_reader_panic(ders in proptest::collection::vec(proptest::collection::vec(proptest::num::u8::ANY, 0..300), 0..4)) {
        proptest::prop_assert!(Chain::from_der(&ders).is_err());
        proptest::prop_assert!(ders.is_empty() || TrustAnchors::from_der(&ders).is_err());
    }

    #[test]
    fn no_change_to_a_certificate_is_believed(place in 0_usize..1000, value in 0_u8..=255) {
        let [leaf, ca, root] = Family::new().ders();
        let mut changed = ca.clone();
        let place = place % ca.len();
        changed[place] = value;
        let result = check(&[&leaf, &changed], &root, NOW, &Purpose::any());
        proptest::prop_assert_eq!(result.is_ok(), changed == ca);
    }
}
