//! Random histories of a family: whose device opens what, by a naive model; and merging, in any order.
//!
//! The ordinary run takes a few histories; `PROPTEST_CASES` asks for more.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::support::*;

/// What happens next. Members are counted in the order in which they came; what may not be done is not done.
#[derive(Debug, Clone)]
enum Step {
    Put(usize),
    Share { by: usize, with: usize, from_start: bool },
    Unshare { by: usize, with: usize },
    Rekey(usize),
    Remove { by: usize, who: usize },
    Leave(usize),
    Join { by: usize, role: Role },
    Hear(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0_usize..5;
    prop_oneof![
        4 => who().prop_map(Step::Put),
        2 => (who(), who(), any::<bool>()).prop_map(|(by, with, from_start)| Step::Share { by, with, from_start }),
        2 => (who(), who()).prop_map(|(by, with)| Step::Unshare { by, with }),
        1 => who().prop_map(Step::Rekey),
        2 => (who(), who()).prop_map(|(by, who)| Step::Remove { by, who }),
        1 => who().prop_map(Step::Leave),
        1 => (who(), prop_oneof![Just(Role::Supporter), Just(Role::Guardian)]).prop_map(|(by, role)| Step::Join { by, role }),
        6 => (who(), who()).prop_map(|(to, from)| Step::Hear(to, from)),
    ]
}

struct Family {
    copies: Vec<Copy>,
    record: CompartmentId,
    /// Every put: its frame, its epoch, its text.
    puts: Vec<(FrameId, EpochId, String)>,
}

impl Family {
    fn new() -> Self {
        let copies: Vec<Copy> = family().into_iter().collect();
        let record = copies[0].compartment(CompartmentPurpose::Record);
        Self { copies, record, puts: Vec::new() }
    }

    fn take(&mut self, step: &Step) {
        let count = self.copies.len();
        let id = |at: usize| MemberId::from_bytes([u8::try_from(at % count).unwrap() + 1; 16]);
        // The founder's identifier is drawn, not chosen.
        let founder =
            self.copies[0].bag.state().devices().find(|(id, _)| *id == self.copies[0].bag.device().id());
        let founder = founder.unwrap().1.device.member;
        let member = |at: usize| if at.is_multiple_of(count) { founder } else { id(at) };
        let record = self.record;
        match *step {
            Step::Put(at) => drop(self.put(at % count)),
            Step::Share { by, with, from_start } => {
                self.act(by % count, &Act::Share { compartment: record, with: member(with), from_start });
            }
            Step::Unshare { by, with } => {
                self.act(by % count, &Act::Unshare { compartment: record, with: member(with) });
            }
            Step::Rekey(by) => self.act(by % count, &Act::Rekey),
            Step::Remove { by, who } => self.remove(by % count, member(who)),
            Step::Leave(at) if at % count > 0 => self.remove(at % count, member(at)),
            Step::Leave(_) => {}
            Step::Join { by, role } => self.join(by % count, role),
            Step::Hear(to, from) => self.hear(to % count, from % count),
        }
    }

    /// Whether it could be put.
    fn put(&mut self, at: usize) -> bool {
        let text = format!("text {}", self.puts.len());
        let copy = &mut self.copies[at];
        if copy.bag.stale().contains(&self.record) {
            copy.try_act(&Act::Rekey);
        }
        let doing = copy.doing();
        let Ok((_, pending)) = copy.bag.put(self.record, &note(&text), doing) else { return false };
        let epoch = copy.epoch_of(self.record);
        copy.add(&pending);
        self.puts.push((pending.last().unwrap(), epoch, text));
        true
    }

    fn act(&mut self, at: usize, act: &Act) {
        if *act != Act::Rekey && !self.copies[at].bag.stale().is_empty() {
            self.copies[at].try_act(&Act::Rekey);
        }
        self.copies[at].try_act(act);
    }

    fn remove(&mut self, at: usize, who: MemberId) {
        let copy = &mut self.copies[at];
        if copy.bag.state().member(who).is_none() {
            return;
        }
        let own = copy.bag.member() == Some(who);
        let grounds = if own { Grounds::Approved } else { Grounds::Order(order(&copy.bag, who)) };
        let act = copy.removal(who, grounds);
        copy.try_act(&act);
    }

    fn join(&mut self, at: usize, role: Role) {
        let byte = u8::try_from(self.copies.len()).unwrap() + 1;
        if byte > 5 {
            return;
        }
        let keys = DeviceSeed::from_secret_bytes(secret(byte)).keys().unwrap();
        let member = MemberId::from_bytes([byte; 16]);
        let device = Device {
            member,
            signing: *keys.card.signing_bytes(),
            sealing: keys.card.sealing_hash(),
            name: label("tablet"),
            purpose: DevicePurpose::InUse,
        };
        let act = Act::AddMember(Member { id: member, role, name: label("x"), household: None }, device);
        let copy = &mut self.copies[at];
        let doing = copy.doing();
        let Ok(pending) = copy.bag.act(&act, &[], Some(&keys.card), doing) else { return };
        copy.add(&pending);
        let joined = copy.for_joiner(keys.into_seed(), byte);
        self.copies.push(joined);
    }

    fn hear(&mut self, to: usize, from: usize) {
        if to == from {
            return;
        }
        let brought: Vec<Vec<u8>> =
            only_in(&self.copies[from].file, &self.copies[to]).into_iter().map(<[u8]>::to_vec).collect();
        let _what_is_sealed_to_others = self.copies[to].take(&brought);
        if self.copies[to].bag.needs_reopening() {
            self.copies[to].reopen();
        }
    }

    /// Everybody hears of everything, and the first who may makes the keys that are missing.
    fn settle(&mut self) {
        for _ in 0..3 {
            for _ in 0..2 {
                for to in 0..self.copies.len() {
                    (0..self.copies.len()).for_each(|from| self.hear(to, from));
                }
            }
            for copy in &mut self.copies {
                if !copy.bag.stale().is_empty() {
                    copy.try_act(&Act::Rekey);
                    break;
                }
            }
        }
    }
}

impl Copy {
    /// Does it if it may be done; otherwise nothing happens.
    fn try_act(&mut self, act: &Act) {
        let doing = self.doing();
        if let Ok(pending) = self.bag.act(act, &[], None, doing) {
            self.add(&pending);
        }
    }

    /// All that its keys open, by compartment.
    fn held(&self) -> BTreeSet<EpochId> {
        let all = self.bag.state().compartments().flat_map(|(_, it)| it.epochs.iter().copied());
        all.filter(|epoch| self.bag.ledger.key(epoch).is_some()).collect()
    }
}

/// The naive model: whoever reads a compartment when one of its epochs begins has its key; whoever is let in from the start has those before, as
/// far as the one who lets them in has them; a new member those of control.
///
/// What was allowed and has no effect since another removed its author gave keys all the same: with `all`, those are counted too.
fn granted(copy: &Copy, all: bool) -> BTreeMap<DeviceId, BTreeSet<EpochId>> {
    let ledger = &copy.bag.ledger;
    let heads = frames(&copy.file).into_iter().map(|(_, frame)| Head::read(frame).unwrap());
    let family_tree: Parents = heads.map(|head| (head.id(), head.parents().to_vec())).collect();
    let mut granted: BTreeMap<DeviceId, BTreeSet<EpochId>> = BTreeMap::new();
    for deed in copy.bag.history().filter(|deed| is_meant(deed.standing, all)) {
        let place = ledger.place(&deed.frame).unwrap();
        let mut give = |devices: BTreeSet<DeviceId>, epochs: BTreeSet<EpochId>| {
            for device in devices {
                granted.entry(device).or_default().extend(&epochs);
            }
        };
        let (start, act) = match ledger.control_event(place) {
            Some(ControlEvent::Genesis(genesis)) => {
                give([deed.author].into(), [genesis.control.commitment.epoch()].into());
                continue;
            }
            Some(ControlEvent::Change(change)) => (&change.epochs, &change.act),
            _ => continue,
        };
        let before = Past::of(copy, &family_tree, place, all);
        let mut after = before.clone();
        after.apply(act);
        for epoch in start {
            give(after.devices_of(epoch.compartment), [epoch.commitment.epoch()].into());
        }
        let held = |granted: &BTreeMap<DeviceId, BTreeSet<EpochId>>, id| -> BTreeSet<EpochId> {
            let known = before.epochs.get(&id).cloned().unwrap_or_default();
            known.intersection(granted.get(&deed.author).unwrap_or(&BTreeSet::new())).copied().collect()
        };
        let (devices, of) = match act {
            Act::AddMember(_, device) => ([device.id()].into(), CompartmentId::CONTROL),
            Act::Share { compartment, with, from_start: true } => {
                (before.members.get(with).copied().into_iter().collect(), *compartment)
            }
            // Where a removal and a joining met, the keys of both branches are given to all who stay.
            Act::Rekey if start.iter().any(|start| start.compartment == CompartmentId::CONTROL) => {
                (after.devices_of(CompartmentId::CONTROL), CompartmentId::CONTROL)
            }
            _ => continue,
        };
        let epochs = held(&granted, of);
        for device in devices {
            granted.entry(device).or_default().extend(&epochs);
        }
    }
    granted
}

/// Which frames each one follows.
type Parents = BTreeMap<FrameId, Vec<FrameId>>;

fn is_meant(standing: Standing, all: bool) -> bool {
    match standing {
        Standing::Accepted => true,
        Standing::Refused(_) => false,
        Standing::Quarantined { .. } | Standing::Waiting => all,
    }
}

/// What somebody knew who had seen a frame's past and no more. Every member has one device here.
#[derive(Clone, Default)]
struct Past {
    members: BTreeMap<MemberId, DeviceId>,
    readers: BTreeMap<CompartmentId, BTreeSet<MemberId>>,
    epochs: BTreeMap<CompartmentId, BTreeSet<EpochId>>,
}

impl Past {
    fn of(copy: &Copy, family_tree: &Parents, place: u32, all: bool) -> Self {
        let ledger = &copy.bag.ledger;
        let (mut behind, mut queue) = (BTreeSet::new(), vec![place]);
        while let Some(place) = queue.pop() {
            let parents = family_tree.get(&ledger.id_at(place).unwrap()).unwrap().iter();
            queue.extend(parents.filter_map(|id| ledger.place(id)).filter(|parent| behind.insert(*parent)));
        }
        let mut past = Self::default();
        let is_meant =
            |place: &u32| behind.contains(place) && is_meant(ledger.standing(*place).unwrap(), all);
        for place in ledger.order().into_iter().filter(is_meant) {
            match ledger.control_event(place) {
                Some(ControlEvent::Genesis(genesis)) => {
                    past.members.insert(genesis.founder.id, genesis.device.id());
                    past.begin(genesis.control.compartment, genesis.control.commitment.epoch());
                }
                Some(ControlEvent::Change(change)) => {
                    past.apply(&change.act);
                    change
                        .epochs
                        .iter()
                        .for_each(|start| past.begin(start.compartment, start.commitment.epoch()));
                }
                _ => {}
            }
        }
        past
    }

    fn begin(&mut self, compartment: CompartmentId, epoch: EpochId) {
        self.epochs.entry(compartment).or_default().insert(epoch);
    }

    fn apply(&mut self, act: &Act) {
        match act {
            Act::AddMember(member, device) => drop(self.members.insert(member.id, device.id())),
            Act::RemoveMember { member, .. } => {
                self.members.remove(member);
                self.readers.values_mut().for_each(|readers| readers.retain(|reader| reader != member));
            }
            Act::MakeCompartment { id, readers, .. } => {
                self.readers.insert(*id, readers.iter().copied().collect());
            }
            Act::Share { compartment, with, .. } => {
                _ = self.readers.entry(*compartment).or_default().insert(*with);
            }
            Act::Unshare { compartment, with } => {
                _ = self.readers.entry(*compartment).or_default().remove(with);
            }
            _ => {}
        }
    }

    fn devices_of(&self, compartment: CompartmentId) -> BTreeSet<DeviceId> {
        let reads = |member: &MemberId| {
            compartment == CompartmentId::CONTROL
                || self.readers.get(&compartment).is_some_and(|readers| readers.contains(member))
        };
        self.members.iter().filter(|(member, _)| reads(member)).map(|(_, device)| *device).collect()
    }
}

fn shown(copy: &Copy) -> BTreeSet<String> {
    copy.texts().into_iter().collect()
}

fn same(one: &Copy, other: &Copy) -> bool {
    one.bag.state().digest() == other.bag.state().digest()
}

/// Twelve, unless the environment asks for another number than proptest's own.
fn cases() -> u32 {
    match ProptestConfig::default().cases {
        256 => 12,
        asked => asked,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn keys_open_what_was_granted_and_merging_is_a_union(steps in prop::collection::vec(step(), 4..28)) {
        let mut family = Family::new();
        for step in &steps {
            family.take(step);
        }
        merging_is_a_union(&family);
        family.settle();
        let stay: Vec<usize> = (0..family.copies.len()).filter(|at| family.copies[*at].bag.member().is_some()).collect();
        let Some(first) = stay.first().copied() else { return Ok(()) };
        // Who was removed, by a removal that waits, does not open what its author wrote after it (spec/threats.md, A coercive co-guardian: open).
        if family.copies.iter().any(|copy| copy.bag.state().waiting().next().is_some()) {
            return Ok(());
        }
        // By the device that has seen most: those who were removed do not see what came after.
        let (least, most) = (granted(&family.copies[first], false), granted(&family.copies[first], true));
        for (at, copy) in family.copies.iter().enumerate() {
            let of = |granted: &BTreeMap<DeviceId, BTreeSet<EpochId>>| -> BTreeSet<EpochId> {
                let mine = granted.get(&copy.bag.device().id()).cloned().unwrap_or_default();
                mine.intersection(&all_epochs(copy)).copied().collect()
            };
            let held = copy.held();
            prop_assert!(held.is_subset(&of(&most)), "device {at} has a key too many");
            if stay.contains(&at) {
                prop_assert!(same(copy, &family.copies[first]), "device {at} folds another state");
                prop_assert!(of(&least).is_subset(&held), "device {at} lacks a key");
                let counts = |id: &FrameId| copy.bag.ledger.place(id).is_some_and(|place| copy.bag.ledger.counts(place));
                let readable = family.puts.iter().filter(|(id, epoch, _)| counts(id) && copy.bag.ledger.key(epoch).is_some());
                prop_assert_eq!(shown(copy), readable.map(|(_, _, text)| text.clone()).collect());
            }
        }
        nobody_who_went_reads_on(&mut family, &stay);
    }
}

fn all_epochs(copy: &Copy) -> BTreeSet<EpochId> {
    copy.bag.state().compartments().flat_map(|(_, it)| it.epochs.iter().copied()).collect()
}

/// Three copies, merged into the first in either order, or the last two first, or in any order of frames, or twice.
fn merging_is_a_union(family: &Family) {
    let [a, b, c] = [0, 1, 2].map(|at| &family.copies[at]);
    let again = |copy: &Copy| Copy {
        bag: open(&copy.file, copy.name, None).unwrap(),
        file: copy.file.clone(),
        drawn: 90,
        name: copy.name,
    };
    let frames_of =
        |file: &[u8]| -> Vec<Vec<u8>> { frames(file).into_iter().map(|(_, frame)| frame.to_vec()).collect() };
    let (mut ab_c, mut ac_b, mut backwards) = (again(a), again(a), again(a));
    for (copy, order) in [(&mut ab_c, [b, c]), (&mut ac_b, [c, b])] {
        // What is sealed under a key that comes with the other copy is taken when it is brought again.
        order.into_iter().cycle().take(4).for_each(|other| drop(copy.take(&frames_of(&other.file))));
    }
    let both: Vec<Vec<u8>> = frames_of(&b.file).into_iter().chain(frames_of(&c.file)).rev().collect();
    for _ in 0..2 {
        let _sealed_to_others = backwards.take(&both);
    }
    for other in [&ac_b, &backwards] {
        assert!(same(&ab_c, other), "another order, another state");
        assert_eq!(ab_c.bag.frames(), other.bag.frames());
    }
    let (before, state) = (ab_c.bag.frames(), ab_c.bag.state().clone());
    let _nothing_new = ab_c.take(&both);
    assert_eq!((ab_c.bag.frames(), ab_c.bag.state()), (before, &state));
    // As files: opened anew, in whatever order they stand there.
    let reopened: Vec<Copy> = [&ab_c, &ac_b, &backwards].map(again).into_iter().collect();
    for other in &reopened {
        assert!(
            same(&reopened[0], other) && same(other, &ab_c),
            "a file that is opened again says something else"
        );
        assert_eq!(shown(&reopened[0]), shown(other));
    }
}

fn nobody_who_went_reads_on(family: &mut Family, stay: &[usize]) {
    let before = family.puts.len();
    for at in stay {
        let _may_be_a_supporter = family.put(*at);
    }
    for to in (0..family.copies.len()).filter(|at| !stay.contains(at)) {
        (0..family.copies.len()).for_each(|from| family.hear(to, from));
        let shown = shown(&family.copies[to]);
        let leaked: Vec<_> =
            family.puts[before..].iter().filter(|(_, _, text)| shown.contains(text)).collect();
        assert!(leaked.is_empty(), "device {to} reads {leaked:?}");
    }
}
