//! Several people, each at their own computer.

use super::{PASSPHRASES, Person, names, pairs};

#[test]
fn two_guardians_share_a_bag_and_part() {
    let (anna, ben) = (Person::anna(), Person::new(1));
    anna.note("Enrolment", "St Mary's");
    anna.let_in("Ben", &[], &ben);
    assert_eq!(anna.members(), pairs(&[("Anna", "guardian"), ("Ben", "guardian")]));
    assert_eq!(ben.names(), ["Enrolment"]);
    // Each home keeps its own.
    ben.home.write("home.vcf", "BEGIN:VCARD");
    ben.ok(&["add", "home.vcf"]);
    ben.note("Swimming", "Fridays");
    let merged = anna.merge(&ben);
    assert_eq!(merged["came"].as_array().unwrap().len(), 1, "{merged}");
    assert_eq!(anna.names(), ["Enrolment", "Swimming"]);
    assert_eq!(anna.json(&["merge", &ben.file()])["new"], 0);
    ben.ok(&["share", "household", "Anna", "--from-start"]);
    anna.merge(&ben);
    assert!(anna.names().contains(&"home.vcf".to_owned()), "{:?}", anna.names());
    ben.ok(&["unshare", "household", "Anna"]);
    ben.home.write("new.vcf", "BEGIN:VCARD");
    ben.ok(&["add", "new.vcf"]);
    anna.merge(&ben);
    assert!(!anna.names().contains(&"new.vcf".to_owned()), "{:?}", anna.names());

    // Neither removes the other alone.
    let proposed = anna.json(&["remove-member", "Ben"]);
    assert_eq!((&proposed["result"], &proposed["ask"][0]), (&"proposed".into(), &"Ben".into()));
    assert_eq!(anna.members().len(), 2);
    ben.merge(&anna);
    let open = ben.json(&["approve"]);
    assert_eq!(
        (&open["proposals"][0]["waits_for_me"], &open["proposals"][0]["by"]),
        (&true.into(), &"Anna".into())
    );
    ben.refused(&["approve", "0000"], "no open proposal");

    // Ben leaves on his own, with a copy that nothing names.
    ben.home.write("new", PASSPHRASES[2]);
    ben.wrong(&["leave"], "--yes");
    ben.ok(&["leave", "--yes", "--with-copy", "own.bookbag", "--new-passphrase-file", "new"]);
    let own = ben.home.ok_json(&["list", "--bag", "own.bookbag", "--passphrase-file", "new"]);
    assert!(
        names(&own).contains(&"Enrolment".to_owned()) && own["bag"] != ben.json(&["list"])["bag"],
        "{own}"
    );
    anna.merge(&ben);
    assert_eq!(anna.members(), pairs(&[("Anna", "guardian")]));
    anna.note("After", "x");
    ben.merge(&anna);
    assert!(!ben.names().contains(&"After".to_owned()));
    ben.refused(&["add", "pw"], "not in the bag any more");
}

#[test]
fn at_a_distance_four_words_are_compared() {
    let (anna, cat) = (Person::anna(), Person::new(2));
    anna.note("Enrolment", "x");
    let invite = ["invite", "--name", "Cat", "--as", "supporter", "--at-a-distance", "--sees", "new"];
    anna.home.write("1", anna.ok(&invite));
    cat.home.write("2", cat.ok(&["join", &anna.at("1"), "--device", "Cat's tablet"]));
    let reveal = anna.json(&["invite", "--reply", &cat.at("2")]);
    anna.home.write("3", reveal["message"].as_str().unwrap());
    let compared = cat.json(&["join", &anna.at("3")]);
    assert_eq!(compared["code"], reveal["code"]);
    assert_eq!((&compared["name"], &compared["role"]), (&"Cat".into(), &"supporter".into()));
    let code = reveal["code"].as_str().unwrap();
    anna.ok(&["invite", "--code", code, "--copy", "for-cat"]);
    cat.ok(&["join", "--code", code]);
    cat.ok(&["join", "--copy", &anna.at("for-cat")]);
    // A supporter sees what is shared, from now on, and changes nothing.
    assert_eq!(cat.names(), [""; 0]);
    cat.refused(&["add", "pw"], "");
    cat.refused(&["remove-member", "Anna"], "");
    anna.merge(&cat);
    anna.note("Results", "y");
    cat.merge(&anna);
    assert_eq!(cat.names(), ["Results"]);
    // One guardian is enough to part from a supporter.
    assert_eq!(anna.json(&["remove-member", "Cat"])["result"], "done");
    anna.note("Later", "z");
    cat.merge(&anna);
    assert_eq!(cat.names(), ["Results"]);
}

#[test]
fn who_stands_in_between_is_found_out() {
    let (anna, cat, eve) = (Person::anna(), Person::new(2), Person::new(1));
    anna.home.write("1", anna.ok(&["invite", "--name", "Cat", "--at-a-distance"]));
    eve.home.write("2", eve.ok(&["join", &anna.at("1"), "--device", "Cat's tablet"]));
    let reveal = anna.json(&["invite", "--reply", &eve.at("2")]);
    // Cat answers too late, and hears other words.
    cat.home.write("2", cat.ok(&["join", &anna.at("1")]));
    anna.refused(&["invite", "--reply", &cat.at("2")], "no invitation of this computer waits");
    anna.home.write("3", reveal["message"].as_str().unwrap());
    cat.refused(&["join", &anna.at("3")], "(JO-");
    let wrong = "apple apple apple apple";
    let said = anna.home.run(&Person::with_passphrase(&["invite", "--code", wrong, "--copy", "c"]));
    assert_ne!(said.code, Some(0), "{}", said.err);
    anna.wrong(&["invite", "--code", "two words", "--copy", "c"], "four words");
    assert_eq!(anna.members().len(), 1);
    assert!(!anna.home.path("c").exists());
}

#[test]
fn the_wrong_text_is_named() {
    let (anna, ben) = (Person::anna(), Person::new(1));
    anna.home.write("1", anna.ok(&["invite", "--name", "Ben"]));
    ben.wrong(&["join"], "--copy");
    ben.home.write("torn", &anna.home.read("1")[..40]).write("2", ben.ok(&["join", &anna.at("1")]));
    ben.refused(&["join", "torn"], "(JO-01)");
    ben.refused(&["join", "2"], "(JO-04)");
    ben.refused(&["join", "--copy", &anna.file()], "waits for no such text");
    anna.refused(&["invite", "--reply", "1"], "(JO-04)");
    let other = Person::anna();
    other.refused(&["invite", "--reply", &ben.at("2")], "no invitation of this computer waits");
    anna.home.write("3", anna.ok(&["invite", "--reply", &ben.at("2"), "--copy", "for-ben"]));
    // Another bag, and the bag without a way in for this device.
    ben.refused(&["join", &anna.at("3"), "--copy", &other.file()], "(JO-16)");
    ben.refused(&["join", "--copy", &anna.file()], "");
    assert!(!ben.bag().exists());
    ben.ok(&["join", "--copy", &anna.at("for-ben")]);
    ben.refused(&["join", "--copy", &anna.at("for-ben")], "waits for no such text");
    // Nobody else opens the copy.
    anna.refused(&["list", "--bag", "for-ben"], "");
}

#[test]
fn another_device_of_ones_own_has_everything() {
    let (anna, tablet) = (Person::anna(), Person::new(1));
    anna.note("Mine", "x");
    anna.home.write("1", anna.ok(&["invite", "--own-device"]));
    tablet.home.write("2", tablet.ok(&["join", &anna.at("1"), "--device", "Tablet"]));
    anna.home.write("3", anna.ok(&["invite", "--reply", &tablet.at("2"), "--copy", "copy"]));
    tablet.ok(&["join", &anna.at("3"), "--copy", &anna.at("copy")]);
    assert_eq!(tablet.names(), ["Mine"]);
    assert_eq!(tablet.members(), pairs(&[("Anna", "guardian")]));
    anna.ok(&["remove-device", "Tablet"]);
    anna.refused(&["remove-device", "Tablet"], "no device like that");
}

#[test]
fn changes_that_did_not_know_of_each_other_are_both_kept() {
    let (anna, ben) = (Person::anna(), Person::new(1));
    let id = anna.note("Plan", "swim");
    anna.let_in("Ben", &[], &ben);
    let replace = ["add", "--replace", id.as_str(), "--name", "Plan", "--passphrase-file", "pw"];
    assert_eq!(anna.home.run_with(&replace, b"run").code, Some(0));
    assert_eq!(ben.home.run_with(&replace, b"row").code, Some(0));
    let merged = anna.merge(&ben);
    assert_eq!(merged["conflicts"][0]["id"], id.as_str());
    ben.merge(&anna);
    assert_eq!(anna.ok(&["show", "Plan"]), ben.ok(&["show", "Plan"]));
    assert_eq!(anna.json(&["show", "Plan"])["besides"].as_array().unwrap().len(), 1);
    assert_eq!(anna.home.run_with(&replace, b"walk").code, Some(0));
    assert_eq!(anna.json(&["show", "Plan"])["besides"].as_array().unwrap().len(), 0);
}

#[test]
fn the_bag_is_handed_over() {
    let (anna, dylan) = (Person::anna(), Person::new(1));
    anna.note("Enrolment", "x");
    anna.let_in("Dylan", &["--as", "subject"], &dylan);
    anna.refused(&["handover", "--yes"], "(BG-26)");
    dylan.wrong(&["handover"], "--yes");
    dylan.wrong(&["handover", "--yes", "--keep", "Anna=king"], "NAME=supporter");
    dylan.refused(&["handover", "--yes", "--keep", "Zoe=supporter"], "no member like that");
    // A child, so far as the bag knows: Anna has to agree, and it is for Dylan to do it.
    let over = ["handover", "--yes", "--keep", "Anna=supporter"];
    let decided = dylan.json(&over);
    assert_eq!((&decided["result"], &decided["ask"][0]), (&"proposed".into(), &"Anna".into()));
    anna.merge(&dylan);
    let agreed = anna.json(&["approve", &decided["proposal"].as_str().unwrap()[..8]]);
    assert_eq!(
        (&agreed["result"], &agreed["missing"], &agreed["ask"][0]),
        (&"proposed".into(), &0.into(), &"Dylan".into())
    );
    dylan.merge(&anna);
    assert_eq!(dylan.json(&over)["result"], "done");
    anna.merge(&dylan);
    assert_eq!(anna.json(&["members"])["handed_over"], true);
    assert_eq!(dylan.members(), pairs(&[("Anna", "supporter"), ("Dylan", "subject")]));
    anna.refused(&["add", "pw"], "");
    dylan.merge(&anna);
    dylan.note("Mine", "y");
    assert_eq!(dylan.names(), ["Enrolment", "Mine"]);
    dylan.ok(&["remove-member", "Anna"]);
    assert_eq!(dylan.members(), pairs(&[("Dylan", "subject")]));
}
