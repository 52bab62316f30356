//! How the frozen bags were made. A file that is there is never written again: what it holds has to open for ever, whatever this would make today.

use std::path::Path;

use bookbag_crypto::HashAlgorithm;
use bookbag_crypto::kdf::PasswordCost;
use bookbag_holder::drawer;
use bookbag_store::bag::{NewBag, NewEntry};
use bookbag_store::event::Matter;
use bookbag_store::event::{
    Act, AnchorPurpose, CompartmentPurpose, DevicePurpose, Grounds, Kept, Nation, Policy, PolicyRule, Role,
    Stage,
};
use bookbag_store::frame::{Draft, Head};
use bookbag_store::id::{CompartmentId, FrameId, MemberId};
use bookbag_store::key::EpochKey;
use bookbag_store::preamble::{Parameters, Slot};
use bookbag_store::secret::passkey::PasskeyOutput;
use bookbag_store::secret::passphrase::{Passphrase, Stretching};
use bookbag_store::secret::shares::Scheme;
use bookbag_store::secret::words::RecoverySecret;
use bookbag_store::wire::Writer;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::folder;
use crate::forever::frozen;
use crate::openers::{describe_for_all, hex, open, opener};
use crate::rig::{Copy, anchor, bytes, device, entropy, frames, joining, keys, label, seed, token};

#[test]
#[ignore = "writes the frozen bags that are missing"]
fn make_the_bags_that_are_missing() {
    keep(
        "slots",
        "One small bag and every kind of slot but that of another device, which the others have.",
        slots,
    );
    keep("family", "Every act; members who join, read, leave and take over; two branches that met.", family);
    keep(
        "settled",
        "Two guardians remove each other by orders; both removals wait, and one is settled.",
        settled,
    );
    keep("kept", "Attachments, replaced and deleted entries, and bodies that were left out.", kept);
    keep_drawer();
    keep("later", "An event of a version to come: kept, and the bag read-only.", later);
}

fn keep_drawer() {
    let path = folder().join("../drawer.json");
    if path.exists() {
        return;
    }
    let typed = "only I know this";
    let (inside, _) = frozen("slots");
    let sealed = drawer::seal(&inside, &Passphrase::new(typed).unwrap(), entropy("drawer", 1)).unwrap();
    let text = json!({
        "about": "A private drawer: salt, nonce, and what is sealed; of the whole container, only its hash. Inside is the bag of this name.",
        "inside": "slots",
        "passphrase": typed,
        "salt": hex(&sealed[..32]),
        "nonce": hex(&sealed[32..44]),
        "sha256": hex(&HashAlgorithm::sha256([sealed.as_slice()])),
    });
    write(&path, format!("{text:#}\n").as_bytes());
}

/// A bag's file, and the secrets that open it, each as in the JSON beside it.
type Made = (Vec<u8>, Vec<Value>, Value);

fn keep(name: &str, about: &str, make: fn() -> Made) {
    let (bag, beside) = (folder().join(format!("{name}.bag")), folder().join(format!("{name}.json")));
    if bag.exists() && beside.exists() {
        return;
    }
    let (file, secrets, more) = make();
    let openers: Vec<Value> = secrets.iter().map(|secret| opener(&file, secret)).collect();
    let for_all = describe_for_all(&open(&file, &secrets[0]));
    let mut text = json!({ "about": about, "openers": openers, "for_all": for_all });
    text.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    write(&bag, &file);
    write(&beside, format!("{text:#}\n").as_bytes());
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

fn new_bag(name: &str, founder: &str, role: Role) -> NewBag {
    let policy = Policy::uk(Nation::Wales);
    let (name, founder, device) = (label(name), label(founder), label("phone"));
    NewBag { name, founder, role, device, policy, birth: None }
}

fn note<'n>(name: &'n str, content: &'n str) -> NewEntry<'n> {
    NewEntry { name, media_type: "text/plain", tags: &[("kind", "note")], content: content.as_bytes() }
}

fn passkey_slot(copy: &Copy, name: &str) -> (Slot, Value) {
    let (output, salt) = (bytes(name, 20), bytes(name, 21)[..16].try_into().unwrap());
    let key = PasskeyOutput::from_secret_bytes(Zeroizing::new(output)).slot_key(copy.bag.id(), &salt);
    let slot =
        Slot::seal(copy.bag.id(), Parameters::Passkey { salt }, key, &copy.bag.key_ring(), entropy(name, 22));
    (slot.unwrap(), json!({ "passkey_output": hex(&output) }))
}

fn device_slot(copy: &Copy, name: &str) -> (Slot, Value) {
    let card = keys(seed(name)).card;
    let parameters = Parameters::Device { device: card.id() };
    let ring = copy.bag.key_ring_to();
    let slot = Slot::seal_to(copy.bag.id(), parameters, &card, &ring, entropy(name, 23)).unwrap();
    (slot, json!({ "seed": hex(&seed(name)) }))
}

/// A file with these slots, and the secrets with the number of their slot.
fn finish(copy: &mut Copy, slots: Vec<(Slot, Value)>) -> (Vec<u8>, Vec<Value>) {
    let (slots, secrets): (Vec<_>, Vec<_>) = slots.into_iter().unzip();
    let secrets = secrets.into_iter().enumerate().map(|(at, mut secret)| {
        secret["slot"] = at.into();
        secret
    });
    let secrets = secrets.collect();
    (copy.with_slots(slots), secrets)
}

fn slots() -> Made {
    let mut new = new_bag("Ned's bag \u{1f392}", "Ned", Role::Subject);
    new.birth = Some("2009-11-30".parse().unwrap());
    let mut ned = Copy::new("slots", new);
    let record = ned.compartment(CompartmentPurpose::Record);
    ned.put(record, &note("Swimming", "25 metres"));
    let sheet = RecoverySecret::from_secret_bytes(Zeroizing::new(bytes("sheet", 1)));
    let shared = RecoverySecret::from_secret_bytes(Zeroizing::new(bytes("shares", 1)));
    let sheet_slot = |copy: &mut Copy| recovery(copy, &sheet, DevicePurpose::Sheet);
    let mut slots = vec![passphrase_slot(&ned), passkey_slot(&ned, "passkey")];
    slots.push(sheet_slot(&mut ned));
    slots.push(recovery(&mut ned, &shared, DevicePurpose::Shares));
    let (file, secrets) = finish(&mut ned, slots);
    let opened = open(&file, &secrets[1]);
    let mark = opened.mark();
    let sealed = mark.seal(opened.device(), entropy("mark", 1)).unwrap();
    let heads: Vec<String> = mark.heads.iter().map(ToString::to_string).collect();
    let expected =
        json!({ "counter": mark.counter, "frames": mark.seen.frames, "time": mark.time, "heads": heads });
    (file, secrets, json!({ "mark": { "opener": 1, "sealed": hex(&sealed), "expected": expected } }))
}

fn passphrase_slot(copy: &Copy) -> (Slot, Value) {
    let typed = "  walnut  kettle orbit lag\u{f6}\u{f6}n ";
    let (memory_mib, passes, lanes, salt) = (64, 3, 4, bytes("passphrase", 1)[..16].try_into().unwrap());
    let cost = PasswordCost::stored(memory_mib * 1024, passes, lanes).unwrap();
    let key = Passphrase::new(typed).unwrap().slot_key(&Stretching { cost, salt }, copy.bag.id()).unwrap();
    let parameters = Parameters::Passphrase { memory_mib, passes, lanes, salt };
    let slot = Slot::seal(copy.bag.id(), parameters, key, &copy.bag.key_ring(), entropy("passphrase", 2));
    (slot.unwrap(), json!({ "passphrase": typed }))
}

/// Lists a recovery device, and gives its slot.
fn recovery(copy: &mut Copy, secret: &RecoverySecret, purpose: DevicePurpose) -> (Slot, Value) {
    let keys = keys(*secret.device_seed(copy.bag.id()));
    let add = Act::AddDevice(device(copy.member(), &keys.card, "", purpose));
    copy.act_with(&add, &[], Some(&keys.card));
    let device = keys.card.id();
    let (parameters, text) = if purpose == DevicePurpose::Sheet {
        (Parameters::Sheet { device }, json!({ "words": *secret.words() }))
    } else {
        let shares = Scheme::new(2, 3).unwrap().share_out(secret, entropy("sharing", 1));
        let set = *shares[0].set().as_bytes();
        let shares: Vec<Value> =
            shares[1..].iter().map(|share| Value::from(share.to_text().as_str())).collect();
        (Parameters::Shares { device, set }, json!({ "shares": shares }))
    };
    let ring = copy.bag.key_ring_to();
    let slot = Slot::seal_to(
        copy.bag.id(),
        parameters,
        &keys.card,
        &ring,
        entropy("recovery", purpose.code().try_into().unwrap()),
    );
    (slot.unwrap(), text)
}

/// Ffion and Dai, guardians; Mari, the subject; Nain, who supports.
struct Family {
    ffion: Copy,
    dai: Copy,
    mari: Copy,
    nain: Copy,
    record: CompartmentId,
}

fn family() -> Made {
    let mut family = Family::gather();
    family.agree_on_policy();
    family.write();
    family.change_hands();
    family.grow_up();
    let Family { mut ffion, mari, .. } = family;
    let mut slots =
        vec![passkey_slot(&mari, "mari"), device_slot(&mari, "family"), device_slot(&mari, "nain")];
    slots.push(device_slot(&mari, "dai again"));
    let mut mari = mari;
    ffion.meet(&mut [&mut mari]);
    let (file, secrets) = finish(&mut mari, slots);
    (file, secrets, json!({}))
}

impl Family {
    fn gather() -> Self {
        let mut ffion = Copy::new("family", new_bag("Mari", "Ffion", Role::Guardian));
        let record = ffion.compartment(CompartmentPurpose::Record);
        ffion.put(record, &note("Swimming", "25 metres"));
        let (act, card) = joining("dai", "Dai", Role::Guardian);
        ffion.act_with(&act, &[], Some(&card));
        let mut dai = ffion.of("dai");
        ffion.act(&Act::Share { compartment: record, with: dai.member(), from_start: true });
        ffion.meet(&mut [&mut dai]);
        let (act, card) = joining("mari", "Mari", Role::Subject);
        ffion.agree(&mut [&mut dai], &act, Some(&card));
        let mut mari = ffion.of("mari");
        ffion.act(&Act::Share { compartment: record, with: mari.member(), from_start: true });
        let (act, card) = joining("nain", "Nain", Role::Supporter);
        ffion.act_with(&act, &[], Some(&card));
        let mut nain = ffion.of("nain");
        let household = ffion.compartment(CompartmentPurpose::Household);
        ffion.act(&Act::Share { compartment: household, with: nain.member(), from_start: false });
        ffion.meet(&mut [&mut dai, &mut mari, &mut nain]);
        Self { ffion, dai, mari, nain, record }
    }

    fn agree_on_policy(&mut self) {
        let rule =
            PolicyRule { matter: Matter::Share, guardians: 1, subject: None, alone: Some(Stage::Young) };
        let mut policy = Policy { rules: vec![rule], ..Policy::uk(Nation::Wales) };
        policy.anchors = vec![
            anchor(AnchorPurpose::Order, "Family Court"),
            anchor(AnchorPurpose::Birth, "Register Office"),
            anchor(AnchorPurpose::Date, "Status list"),
        ];
        let Self { ffion, dai, mari, .. } = self;
        let born = Act::SetBirth { birth: "2007-02-28".parse().unwrap(), evidence: None };
        ffion.agree(&mut [dai], &Act::SetPolicy(policy), None);
        ffion.agree(&mut [dai], &born, None);
        ffion.meet(&mut [dai, mari]);
    }

    /// Two branches that meet: both replace the same note.
    fn write(&mut self) {
        let Self { ffion, dai, mari, nain, record } = self;
        let id = ffion.put(*record, &note("Piano", "grade 2"));
        ffion.meet(&mut [dai]);
        for (copy, text) in [(&mut *ffion, "grade 3"), (&mut *dai, "grade 3, with merit")] {
            let doing = copy.doing();
            let pending = copy.bag.replace(id, &note("Piano", text), doing).unwrap();
            copy.add(&pending);
        }
        let household = ffion.compartment(CompartmentPurpose::Household);
        ffion.put(household, &note("Address", "1 Hill Street"));
        let personal = CompartmentId::from_bytes([7; 16]);
        let make = |id, purpose, readers| Act::MakeCompartment { id, purpose, name: label("mine"), readers };
        mari.act(&make(personal, CompartmentPurpose::Personal, vec![mari.member()]));
        mari.put(personal, &note("Diary", "Dear diary"));
        dai.act(&make(CompartmentId::from_bytes([8; 16]), CompartmentPurpose::Household, vec![dai.member()]));
        let home = Some(CompartmentId::from_bytes([8; 16]));
        dai.act(&Act::SetHousehold { member: dai.member(), household: home });
        ffion.meet(&mut [dai, mari, nain]);
        let digest = ffion.bag.state().digest();
        ffion.act(&Act::Checkpoint(digest));
    }

    fn change_hands(&mut self) {
        let Self { ffion, dai, mari, nain, record } = self;
        let again = keys(seed("dai again")).card;
        let device = device(dai.member(), &again, "laptop", DevicePurpose::InUse);
        dai.act_with(&Act::AddDevice(device), &[], Some(&again));
        ffion.meet(&mut [dai, mari, nain]);
        ffion.act(&Act::Rename { what: None, name: label("Mari's bag") });
        ffion.meet(&mut [dai]);
        let mut laptop = dai.of("dai again");
        let old = laptop.removal_of(dai.bag.device().id());
        laptop.act(&Act::RemoveDevice(old));
        ffion.meet(&mut [&mut laptop, mari, nain]);
        ffion.act(&Act::Rekey);
        let nain_id = nain.member();
        let up = Act::SetRole { member: nain_id, role: Role::Guardian };
        ffion.agree(&mut [&mut laptop], &up, None);
        nain.meet(&mut [ffion, mari, &mut laptop]);
        nain.act(&Act::SetRole { member: nain_id, role: Role::Supporter });
        nain.meet(&mut [ffion, mari, &mut laptop]);
        let household = ffion.compartment(CompartmentPurpose::Household);
        ffion.act(&Act::Unshare { compartment: household, with: nain_id });
        ffion.put(*record, &note("School", "Ysgol y Bryn"));
        let accepted = vec![ffion.removal_of(nain.bag.device().id())];
        ffion.act(&Act::RemoveMember { member: nain_id, accepted, grounds: Grounds::Approved });
        ffion.put(*record, &note("Clinic", "an appointment"));
        ffion.meet(&mut [&mut laptop, mari]);
        self.dai = laptop;
    }

    fn grow_up(&mut self) {
        let Self { ffion, dai, mari, record, .. } = self;
        let bag = ffion.bag.id().to_string();
        let claims = json!({ "bag": bag, "birthdate": "2007-03-01", "iat": 1_780_000_000 });
        let evidence = Some(token(AnchorPurpose::Birth, &claims));
        ffion.act(&Act::SetBirth { birth: "2007-03-01".parse().unwrap(), evidence });
        let evidence = token(AnchorPurpose::Date, &json!({ "iat": 1_780_000_000 }));
        ffion.act(&Act::ReachStage { stage: Stage::Adult, evidence });
        ffion.meet(&mut [dai, mari]);
        let keep = vec![Kept { member: ffion.member(), role: Role::Supporter }];
        mari.act(&Act::HandOver { keep });
        mari.put(*record, &note("Flat", "keys are with Ffion"));
    }
}

fn settled() -> Made {
    let mut new = new_bag("Two homes", "Ffion", Role::Guardian);
    new.policy.anchors = vec![anchor(AnchorPurpose::Order, "Family Court")];
    let mut ffion = Copy::new("settled", new);
    let (act, card) = joining("dai", "Dai", Role::Guardian);
    ffion.act_with(&act, &[], Some(&card));
    let mut dai = ffion.of("dai");
    let record = ffion.compartment(CompartmentPurpose::Record);
    ffion.act(&Act::Share { compartment: record, with: dai.member(), from_start: true });
    ffion.put(record, &note("Before", "both read this"));
    ffion.meet(&mut [&mut dai]);
    let bag = ffion.bag.id().to_string();
    let order = |member: MemberId| {
        let claims = json!({ "bag": bag, "remove": member.to_string() });
        Grounds::Order(token(AnchorPurpose::Order, &claims))
    };
    let remove = |by: &Copy, other: &Copy| {
        let accepted = vec![by.removal_of(other.bag.device().id())];
        Act::RemoveMember { member: other.member(), accepted, grounds: order(other.member()) }
    };
    let (of_dai, of_ffion) = (remove(&ffion, &dai), remove(&dai, &ffion));
    let (ffions, dais) = (ffion.member(), dai.member());
    let frame: FrameId = ffion.act(&of_dai);
    dai.act(&of_ffion);
    ffion.meet(&mut [&mut dai]);
    assert_eq!(ffion.bag.state().waiting().count(), 2);
    let both = ffion.bag.state().members().map(|(id, _)| id).collect::<Vec<_>>();
    assert!(both.contains(&ffions) && both.contains(&dais));
    ffion.act(&Act::Settle { frame, stands: true, grounds: order(dais) });
    ffion.put(record, &note("After", "Ffion reads this"));
    let slots = vec![passkey_slot(&ffion, "settled"), device_slot(&ffion, "dai")];
    let (file, secrets) = finish(&mut ffion, slots);
    (file, secrets, json!({}))
}

fn kept() -> Made {
    let mut copy = Copy::new("kept", new_bag("Papers", "Mari", Role::Subject));
    let record = copy.compartment(CompartmentPurpose::Record);
    let deleted = attach(&mut copy, record, "Old photo", &[&[1; 3000], &[2; 10]]);
    attach(&mut copy, record, "Photo", &[&[3; 3000], b"the end"]);
    let letter = copy.put(record, &note("Clinic", "a sensitive letter"));
    let piano = copy.put(record, &note("Piano", "grade 2"));
    for id in [letter, piano] {
        let doing = copy.doing();
        let pending = copy.bag.replace(id, &note("Again", "grade 3"), doing).unwrap();
        copy.add(&pending);
    }
    let long = "a line of a long letter\n".repeat(70);
    let tags = [("kind", "letter"), ("from", ""), ("kind", "long")];
    let entry = NewEntry { name: "", media_type: "text/plain", tags: &tags, content: long.as_bytes() };
    copy.put(record, &entry);
    for id in [deleted, letter] {
        let doing = copy.doing();
        let pending = copy.bag.remove(id, doing).unwrap();
        copy.add(&pending);
    }
    let drop = copy.bag.to_drop();
    let slots = vec![passkey_slot(&copy, "kept")];
    let (file, secrets) = finish(&mut copy, slots);
    let mut without = file[..usize::try_from(frames(&file)[0].0).unwrap()].to_vec();
    for (_, frame) in frames(&file) {
        let head = Head::read(frame).unwrap();
        without.extend(if drop.contains(&head.id()) { head.without_body() } else { frame.to_vec() });
    }
    (without, secrets, json!({}))
}

fn attach(copy: &mut Copy, of: CompartmentId, name: &str, parts: &[&[u8]]) -> bookbag_store::id::EntryId {
    let doing = copy.doing();
    let mut attaching = copy.bag.attach(of, doing).unwrap();
    for part in parts {
        let doing = copy.doing();
        let pending = copy.bag.attach_part(&mut attaching, part, doing).unwrap();
        copy.add(&pending);
    }
    let entry = NewEntry { name, media_type: "image/png", tags: &[], content: &[] };
    let hash = HashAlgorithm::sha256(parts.iter().copied());
    let doing = copy.doing();
    let (id, pending) = copy.bag.attached(&attaching, &entry, hash, doing).unwrap();
    copy.add(&pending);
    id
}

/// A new bag's first two frames, and then a control event of kind 31.
fn later() -> Made {
    let mut copy = Copy::new("later", new_bag("Later", "Mari", Role::Subject));
    let mut event = Writer::new();
    event.array(4).uint(31).uint(1).text("of a day to come").array(1).bool(true);
    let control = copy.bag.key_ring_to().control.pop().unwrap();
    let control = EpochKey::from_secret_bytes(CompartmentId::CONTROL, control);
    let slots = vec![passkey_slot(&copy, "later")];
    let (mut file, secrets) = finish(&mut copy, slots);
    let third = usize::try_from(frames(&file)[2].0).unwrap();
    file.truncate(third);
    let parent = [Head::read(frames(&file)[1].1).unwrap().id()];
    let device = copy.bag.device();
    let (bag, author, time) = (Some(copy.bag.id()), device.id(), 1_790_000_000);
    let draft = Draft { bag, parents: &parent, author, time, event: event.as_bytes() };
    let (_, frame) =
        draft.seal((&control.header_key(), &control), &device.signing, entropy("later", 100)).unwrap();
    file.extend(frame);
    (file, secrets, json!({}))
}
