//! Acting, and proposing what others have to agree with.

use bookbag_store::bag::{Doing, Pending, WriteError};
use bookbag_store::control::{Needs, Proposal, Requirement, Standing, needs};
use bookbag_store::device::DeviceCard;
use bookbag_store::event::{Act, Role};
use bookbag_store::id::{DeviceId, FrameId, MemberId};

use crate::error::VerbError;
use crate::holder::{Acting, Holder};

/// What became of an act that others may have to agree with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is done, by this frame.
    Done(FrameId),
    /// Others must agree. The last of them does it by agreeing. If nobody is missing, somebody with the keys for it does it by agreeing (again).
    Proposed {
        /// What they agree with.
        proposal: FrameId,
        /// How many more, at the least.
        missing: usize,
        /// Who can.
        ask: Vec<MemberId>,
    },
}

/// A proposal that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenProposal {
    /// The proposal.
    pub frame: FrameId,
    /// Who proposed it.
    pub by: MemberId,
    /// What, in plain words.
    pub what: String,
    /// Who agreed since.
    pub agreed: Vec<MemberId>,
    /// How many more must agree, at the least; none, if it only has to be done.
    pub missing: usize,
    /// Who can.
    pub ask: Vec<MemberId>,
    /// Whether it waits for this member.
    pub is_mine: bool,
}

impl Holder {
    /// Does an act, or proposes it where others must agree. If somebody has proposed the same, this agrees with that.
    ///
    /// # Errors
    ///
    /// If it may not be done at all.
    pub fn decide(&mut self, act: &Act, doing: Doing) -> Result<Decision, VerbError> {
        let mut acting = Acting::new(doing);
        self.whole(|holder| holder.decide_on(act, None, &mut acting))
    }

    /// Agrees with a proposal, and does what it says if nobody else has to agree.
    ///
    /// # Errors
    ///
    /// If there is no such proposal, or it may not be done at all.
    pub fn approve(&mut self, proposal: FrameId, doing: Doing) -> Result<Decision, VerbError> {
        let mut acting = Acting::new(doing);
        self.whole(|holder| {
            holder.rekey_first(&mut acting)?;
            holder.agree(proposal, &mut acting)
        })
    }

    /// What waits for somebody's agreement.
    pub fn proposals(&self) -> Vec<OpenProposal> {
        let open = self.state().proposals().filter(|(_, proposal)| !proposal.is_done);
        let open = open.filter_map(|(frame, proposal)| {
            let agreed: Vec<MemberId> = proposal.approvals.keys().copied().collect();
            let all: Vec<MemberId> = agreed.iter().copied().chain([proposal.by]).collect();
            let (missing, ask) = match needs(self.state(), proposal.by, &proposal.act) {
                Needs::Refused(_) => return None,
                Needs::Allowed => (0, Vec::new()),
                Needs::Approval(requirement) => missing(&requirement, &all),
            };
            let ask = if missing == 0 { self.who_has_keys_for(&proposal.act) } else { ask };
            let is_mine = self.bag.member().is_some_and(|me| ask.contains(&me));
            let what = self.act_in_words(&proposal.act);
            Some(OpenProposal { frame, by: proposal.by, what, agreed, missing, ask, is_mine })
        });
        open.collect()
    }

    /// As [`Self::decide`], within a verb. `joiner` is the card of a device that the act adds.
    pub(crate) fn decide_on(
        &mut self,
        act: &Act,
        joiner: Option<&DeviceCard>,
        acting: &mut Acting,
    ) -> Result<Decision, VerbError> {
        self.rekey_first(acting)?;
        let same = self.state().proposals().find(|(_, proposal)| !proposal.is_done && *proposal.act == *act);
        if let Some((proposal, _)) = same {
            return self.agree(proposal, acting);
        }
        match self.bag.act(act, &[], joiner, acting.doing()) {
            Ok(pending) => self.add_act(&pending).map(Decision::Done),
            Err(WriteError::NeedsApproval(requirement)) => {
                let pending = self.bag.propose_with(act, joiner, acting.doing())?;
                let proposal = self.add_act(&pending)?;
                let (me, _) = self.me()?;
                let (missing, ask) = missing(&requirement, &[me]);
                Ok(Decision::Proposed { proposal, missing, ask })
            }
            Err(other) => Err(other.into()),
        }
    }

    fn agree(&mut self, id: FrameId, acting: &mut Acting) -> Result<Decision, VerbError> {
        let (me, _) = self.me()?;
        let unknown = VerbError::NoSuch { what: "proposal" };
        let proposal = self.open_proposal(id).ok_or(unknown.clone())?;
        if proposal.by != me && !proposal.approvals.contains_key(&me) {
            let pending = self.bag.approve(id, acting.doing())?;
            self.add_act(&pending)?;
        }
        let proposal = self.open_proposal(id).ok_or(unknown)?;
        let (act, by) = (proposal.act.clone(), proposal.by);
        let approvals: Vec<(MemberId, FrameId)> =
            proposal.approvals.iter().map(|(member, frame)| (*member, *frame)).collect();
        let because: Vec<FrameId> =
            std::iter::once(id).chain(approvals.iter().map(|(_, frame)| *frame)).collect();
        if !self.has_keys_for(&act) {
            return Ok(Decision::Proposed { proposal: id, missing: 0, ask: self.who_has_keys_for(&act) });
        }
        let joiner = added_device(&act).and_then(|device| self.bag.card(device));
        match self.bag.act(&act, &because, joiner.as_ref(), acting.doing()) {
            Ok(pending) => self.add_act(&pending).map(Decision::Done),
            Err(WriteError::NeedsApproval(requirement)) => {
                let agreed: Vec<MemberId> =
                    approvals.into_iter().map(|(member, _)| member).chain([by, me]).collect();
                let (missing, ask) = missing(&requirement, &agreed);
                Ok(Decision::Proposed { proposal: id, missing, ask })
            }
            // Some acts are only their proposer's to carry out, as the handover is the subject's: who agrees leaves it to them.
            Err(WriteError::Refused(rule)) if by != me => {
                let agreed: Vec<MemberId> =
                    approvals.into_iter().map(|(member, _)| member).chain([by]).collect();
                let (missing, ask) = match needs(self.state(), by, &act) {
                    Needs::Refused(_) => return Err(WriteError::Refused(rule).into()),
                    Needs::Allowed => (0, Vec::new()),
                    Needs::Approval(requirement) => missing(&requirement, &agreed),
                };
                let ask = if missing == 0 { vec![by] } else { ask };
                Ok(Decision::Proposed { proposal: id, missing, ask })
            }
            Err(other) => Err(other.into()),
        }
    }

    fn open_proposal(&self, id: FrameId) -> Option<&Proposal> {
        let mut open = self.state().proposals().filter(|(_, proposal)| !proposal.is_done);
        open.find(|(frame, _)| *frame == id).map(|(_, proposal)| proposal)
    }

    /// Whether this member has the keys that an act hands on: who lets others read a compartment reads it.
    fn has_keys_for(&self, act: &Act) -> bool {
        match (act, self.bag.member()) {
            (Act::Share { compartment, .. } | Act::Unshare { compartment, .. }, Some(me)) => {
                self.state().reads(me, *compartment)
            }
            _ => true,
        }
    }

    /// The members who can do an act that everybody has agreed with.
    fn who_has_keys_for(&self, act: &Act) -> Vec<MemberId> {
        let decide =
            self.state().members().filter(|(_, member)| member.role != Role::Supporter).map(|(id, _)| id);
        match act {
            Act::Share { compartment, .. } | Act::Unshare { compartment, .. } => {
                decide.filter(|member| self.state().reads(*member, *compartment)).collect()
            }
            _ => decide.collect(),
        }
    }

    /// Takes an act in and sees that it counts: what it names may not be there, or be so already.
    pub(crate) fn add_act(&mut self, pending: &Pending) -> Result<FrameId, VerbError> {
        let frame = self.add(pending)?;
        match self.bag.standing(frame) {
            Some(Standing::Refused(rule)) => Err(WriteError::Refused(rule).into()),
            _ => Ok(frame),
        }
    }

    /// New keys for whatever needs them before something is written. Those who may not make any wait for somebody who may.
    pub(crate) fn rekey_first(&mut self, acting: &mut Acting) -> Result<bool, VerbError> {
        let decides = self.me().is_ok_and(|(_, me)| me.role != Role::Supporter);
        if !decides || self.bag.stale().is_empty() {
            return Ok(false);
        }
        let pending = self.bag.act(&Act::Rekey, &[], None, acting.doing())?;
        self.add_act(&pending)?;
        Ok(true)
    }
}

/// How many more must agree at the least, and who can.
fn missing(requirement: &Requirement, agreed: &[MemberId]) -> (usize, Vec<MemberId>) {
    let guardians = requirement.eligible.iter().filter(|member| agreed.contains(member)).count();
    let still = requirement.guardians.saturating_sub(guardians);
    let subject = requirement.subject.filter(|subject| !agreed.contains(subject));
    let is_enough = requirement.check(agreed).is_ok();
    // Somebody against whom it goes agrees, or one more does.
    let least = (still + usize::from(subject.is_some())).max(usize::from(!is_enough));
    let others = requirement.eligible.iter().filter(|member| !agreed.contains(member));
    let ask = others.copied().filter(|_| still > 0 || subject.is_none()).chain(subject).collect();
    (least, ask)
}

/// The device that an act adds.
fn added_device(act: &Act) -> Option<DeviceId> {
    match act {
        Act::AddMember(_, device) | Act::AddDevice(device) => Some(device.id()),
        _ => None,
    }
}
