//! A full check of a bag, as a report.

use bookbag_store::bag::Finding;
use bookbag_store::control::{Rule, Standing};
use bookbag_store::id::{CompartmentId, MemberId};

use crate::holder::Holder;

/// What a full check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many frames there are.
    pub frames: usize,
    /// Of these, how many count.
    pub accepted: usize,
    /// How many were set aside.
    pub quarantined: usize,
    /// How many are refused by a rule.
    pub refused: usize,
    /// How many wait to be settled.
    pub waiting: usize,
    /// What is not as it should be, each with its number.
    pub found: Vec<Found>,
    /// Who reads what.
    pub compartments: Vec<Entitlement>,
    /// Whether nothing may be written.
    pub is_read_only: bool,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The number of the check (`spec/checks.md`).
    pub number: &'static str,
    /// Where in the file, in bytes, if it is a matter of the file.
    pub at: Option<u64>,
    /// In plain words.
    pub text: String,
}

/// Who reads a compartment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// Which.
    pub compartment: CompartmentId,
    /// What it is called.
    pub name: String,
    /// Its readers.
    pub readers: Vec<MemberId>,
    /// How many devices of theirs are entitled, recovery devices too.
    pub devices: usize,
    /// How many keys it has had.
    pub epochs: usize,
    /// Whether its newest key was given to exactly the entitled devices. If not, new keys are made before anything is written there.
    pub is_current: bool,
    /// Whether this device has a key to write with.
    pub is_ours: bool,
}

impl Holder {
    /// Says what a check of this bag found. For a full check the bag is opened with [`Signatures::All`](crate::Signatures::All).
    pub fn verify(&self) -> Report {
        let mut report = Report {
            frames: self.bag.frames(),
            accepted: 0,
            quarantined: 0,
            refused: 0,
            waiting: 0,
            found: self.bag.findings().iter().map(Found::in_file).collect(),
            compartments: self.entitlements(),
            is_read_only: self.bag.is_read_only(),
        };
        for deed in self.bag.history() {
            match deed.standing {
                Standing::Accepted => report.accepted += 1,
                Standing::Waiting => report.waiting += 1,
                Standing::Quarantined { .. } => report.quarantined += 1,
                Standing::Refused(rule) => {
                    report.refused += 1;
                    report.found.push(Found::refused(&format!("{:.8}", deed.frame), rule));
                }
            }
        }
        report
    }

    fn entitlements(&self) -> Vec<Entitlement> {
        let state = self.state();
        let me = self.bag.member();
        let of = |(id, compartment): (CompartmentId, &bookbag_store::control::Compartment)| Entitlement {
            compartment: id,
            name: self.compartment_name(id),
            readers: state
                .members()
                .map(|(member, _)| member)
                .filter(|member| state.reads(*member, id))
                .collect(),
            devices: state.entitled(id).size(),
            epochs: compartment.epochs.len(),
            is_current: state.writable_epoch(id).is_some(),
            is_ours: me.is_some_and(|me| state.reads(me, id)),
        };
        state.compartments().map(of).collect()
    }
}

impl Report {
    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.found.is_empty() && self.accepted == self.frames
    }
}

impl Found {
    fn in_file(finding: &Finding) -> Self {
        let problem = &finding.problem;
        Self { number: problem.id(), at: Some(finding.at), text: problem.to_string() }
    }

    fn refused(frame: &str, rule: Rule) -> Self {
        let text = format!("change {frame} does not count, for it must hold that {}", rule.rule());
        Self { number: rule.id(), at: None, text }
    }
}
