//! Who did what, and when, in plain words.

use std::collections::HashMap;

use bookbag_store::bag::{Deed, What};
use bookbag_store::control::Standing;
use bookbag_store::event::{Act, CompartmentPurpose, DevicePurpose, Grounds, Label, Role};
use bookbag_store::id::{CompartmentId, DeviceId, EntryId, FrameId, MemberId};

use crate::holder::Holder;
use crate::words;

/// One thing that somebody did: *12 March 2026, Anna (Anna's phone): added Ben as a guardian*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The frame that did it.
    pub frame: FrameId,
    /// When, in Unix seconds by the author's clock.
    pub time: u64,
    /// The member, or *somebody who has left*.
    pub who: String,
    /// Their device.
    pub device: String,
    /// What was done, beginning with a verb in the past.
    pub what: String,
    /// Whether it counts.
    pub standing: Standing,
    /// Why it does not count, with the number of the rule, if it does not.
    pub note: Option<String>,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {} ({}): {}", words::day(self.time), self.who, self.device, self.what)?;
        self.note.as_ref().map_or(Ok(()), |note| write!(f, " [{note}]"))
    }
}

/// Names that are no longer in the state.
struct Book {
    members: HashMap<MemberId, String>,
    entries: HashMap<EntryId, String>,
}

impl Holder {
    /// What was done in this bag, oldest first: every frame but those that only bring keys and parts. What does not count is marked.
    pub fn history(&self) -> Vec<Line> {
        let book = self.book();
        self.bag.history().filter_map(|deed| self.line(&deed, &book)).collect()
    }

    fn line(&self, deed: &Deed<'_>, book: &Book) -> Option<Line> {
        let what = match &deed.what {
            What::Keys => return None,
            What::Closed if deed.standing == Standing::Accepted => return None,
            What::Closed => "wrote something that this device cannot read, or that was deleted".to_owned(),
            What::Made => "made the bag".to_owned(),
            What::Act(act) => self.act_with(act, book, Tense::Past),
            What::Proposed(act) => format!("proposed to {}", self.act_with(act, book, Tense::Infinitive)),
            What::Approved(proposal) => format!("agreed with proposal {proposal:.8}"),
            What::Put(put) => {
                let verb = if put.replaces.is_empty() { "kept" } else { "changed" };
                format!("{verb} “{}”", put.name)
            }
            What::Removed(entry) => match book.entries.get(entry) {
                Some(name) => format!("deleted “{name}”"),
                None => "deleted an entry".to_owned(),
            },
            _ => "did something that this version does not know".to_owned(),
        };
        let listed = self.state().device(deed.author);
        let who = listed.map(|listed| book.member(listed.device.member));
        Some(Line {
            frame: deed.frame,
            time: deed.time,
            who: who.unwrap_or_else(|| "somebody who is not in the bag".to_owned()),
            device: listed
                .map_or_else(|| format!("device {:.8}", deed.author), |it| it.device.name.to_string()),
            what,
            standing: deed.standing,
            note: self.note(deed.standing),
        })
    }

    fn note(&self, standing: Standing) -> Option<String> {
        match standing {
            Standing::Accepted => None,
            Standing::Refused(rule) => Some(format!("does not count: {rule}")),
            Standing::Quarantined { by } => {
                let by = self.bag.frame_numbered(by);
                let by = by.map_or_else(|| "a change".to_owned(), |frame| format!("change {frame:.8}"));
                Some(format!("set aside: its author had been removed by {by}"))
            }
            Standing::Waiting => Some("waits until the others settle it".to_owned()),
        }
    }

    fn book(&self) -> Book {
        let mut book = Book { members: HashMap::new(), entries: HashMap::new() };
        let founder = self.bag.founder();
        book.members.extend(founder.map(|member| (member.id, member.name.to_string())));
        for deed in self.bag.history() {
            match deed.what {
                What::Act(Act::AddMember(member, _)) | What::Proposed(Act::AddMember(member, _)) => {
                    book.members.insert(member.id, member.name.to_string());
                }
                What::Put(put) => {
                    book.entries.insert(put.entry, put.name.to_owned());
                }
                _ => {}
            }
        }
        book.members.extend(self.state().members().map(|(id, member)| (id, member.name.to_string())));
        book
    }

    /// An act as what somebody is about to do: *add Ben as a guardian*.
    pub(crate) fn act_in_words(&self, act: &Act) -> String {
        self.act_with(act, &self.book(), Tense::Infinitive)
    }

    /// What a compartment is called: its name, or what it is for.
    pub fn compartment_name(&self, id: CompartmentId) -> String {
        let Some(compartment) = self.state().compartment(id) else { return "a compartment".to_owned() };
        if !compartment.name.as_str().is_empty() && compartment.purpose != CompartmentPurpose::Control {
            return compartment.name.to_string();
        }
        let names: Vec<String> = self
            .state()
            .members()
            .filter(|(member, _)| self.state().reads(*member, id))
            .map(|(_, it)| it.name.to_string())
            .collect();
        match compartment.purpose {
            CompartmentPurpose::Control => "members and rules".to_owned(),
            CompartmentPurpose::Record => "the record".to_owned(),
            CompartmentPurpose::Household => format!("the home of {}", words::list(&names)),
            CompartmentPurpose::Personal => format!("{}’s own things", words::list(&names)),
        }
    }

    fn act_with(&self, act: &Act, book: &Book, tense: Tense) -> String {
        let member = |id: &MemberId| book.member(*id);
        let place = |id: &CompartmentId| self.compartment_name(*id);
        let (verb, rest) = match act {
            Act::AddMember(new, _) => (Verb::Add, format!("{} as {}", new.name, a_role(new.role))),
            Act::AddDevice(device) => (
                Verb::Add,
                format!("{} of {}", purpose(device.purpose, &device.name), member(&device.member)),
            ),
            Act::RemoveDevice(removed) => (Verb::Remove, self.device_words(removed.device, book)),
            Act::RemoveMember { member: id, grounds: Grounds::Order(_), .. } => {
                (Verb::Remove, format!("{} by a signed order", member(id)))
            }
            Act::RemoveMember { member: id, .. } => (Verb::Remove, format!("{} from the bag", member(id))),
            Act::SetRole { member: id, role } => (Verb::Make, format!("{} {}", member(id), a_role(*role))),
            Act::MakeCompartment { id, .. } => (Verb::Make, place(id)),
            Act::Share { compartment, with, from_start } => {
                let how = if *from_start { "all of it" } else { "from then on" };
                (Verb::Share, format!("{} with {}, {how}", place(compartment), member(with)))
            }
            Act::Unshare { compartment, with } => {
                (Verb::Stop, format!("sharing {} with {}", place(compartment), member(with)))
            }
            Act::Rekey => (Verb::Give, "new keys to parts of the bag".to_owned()),
            Act::SetPolicy(_) => (Verb::Change, "the rules by which the members decide".to_owned()),
            Act::SetBirth { birth, evidence: Some(_) } => (Verb::Prove, format!("the birth date, {birth}")),
            Act::SetBirth { birth, .. } => (Verb::Set, format!("the birth date to {birth}")),
            Act::ReachStage { stage, .. } => (Verb::Prove, format!("the stage “{stage}”")),
            Act::HandOver { .. } => (Verb::Hand, "control of the bag to its subject".to_owned()),
            Act::Settle { frame, stands: true, .. } => {
                (Verb::Settle, format!("that removal {frame:.8} stands"))
            }
            Act::Settle { frame, .. } => (Verb::Settle, format!("that removal {frame:.8} does not stand")),
            Act::Checkpoint(_) => (Verb::Set, "a checkpoint".to_owned()),
            Act::Rename { what, name } => {
                (Verb::Rename, format!("{} to “{name}”", self.what_is_named(what.as_ref(), book)))
            }
            Act::SetHousehold { member: id, household: Some(home) } => {
                (Verb::Set, format!("where {} lives: {}", member(id), place(home)))
            }
            Act::SetHousehold { member: id, .. } => (Verb::Remove, format!("{} from a home", member(id))),
        };
        format!("{} {rest}", verb.in_tense(tense))
    }

    fn device_words(&self, id: DeviceId, book: &Book) -> String {
        match self.state().device(id) {
            Some(listed) => {
                let device = &listed.device;
                format!("{} of {}", purpose(device.purpose, &device.name), book.member(device.member))
            }
            None => format!("device {id:.8}"),
        }
    }

    fn what_is_named(&self, what: Option<&[u8; 16]>, book: &Book) -> String {
        let Some(id) = what else { return "the bag".to_owned() };
        let (member, device) = (MemberId::from_bytes(*id), DeviceId::from_bytes(*id));
        if book.members.contains_key(&member) {
            return "a member".to_owned();
        }
        if self.state().device(device).is_some() {
            "a device".to_owned()
        } else {
            "a part of the bag".to_owned()
        }
    }
}

impl Book {
    fn member(&self, id: MemberId) -> String {
        self.members.get(&id).cloned().unwrap_or_else(|| "somebody who has left".to_owned())
    }
}

#[derive(Clone, Copy)]
enum Tense {
    Past,
    Infinitive,
}

#[derive(Clone, Copy)]
enum Verb {
    Add,
    Change,
    Give,
    Hand,
    Make,
    Prove,
    Remove,
    Rename,
    Set,
    Settle,
    Share,
    Stop,
}

impl Verb {
    const fn in_tense(self, tense: Tense) -> &'static str {
        let (infinitive, past) = match self {
            Self::Add => ("add", "added"),
            Self::Change => ("change", "changed"),
            Self::Give => ("give", "gave"),
            Self::Hand => ("hand", "handed"),
            Self::Make => ("make", "made"),
            Self::Prove => ("prove", "proved"),
            Self::Remove => ("remove", "removed"),
            Self::Rename => ("rename", "renamed"),
            Self::Set => ("set", "set"),
            Self::Settle => ("settle", "settled"),
            Self::Share => ("share", "shared"),
            Self::Stop => ("stop", "stopped"),
        };
        match tense {
            Tense::Past => past,
            Tense::Infinitive => infinitive,
        }
    }
}

fn a_role(role: Role) -> &'static str {
    match role {
        Role::Subject => "the subject",
        Role::Guardian => "a guardian",
        Role::Supporter => "a supporter",
    }
}

fn purpose(purpose: DevicePurpose, name: &Label) -> String {
    match purpose {
        DevicePurpose::InUse => format!("device “{name}”"),
        DevicePurpose::Sheet => format!("printed sheet “{name}”"),
        DevicePurpose::Shares => format!("shares “{name}”"),
    }
}
