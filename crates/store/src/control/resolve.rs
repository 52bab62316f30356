//! Which frames removals take out of effect, and which removals wait.
//!
//! Every removal here was allowed by its own past. Where they meet, one may take another out: it does so if the other's author is a
//! device that it removes, and the other is not among what it accepts. A removal that none takes out is in effect, and takes
//! out its targets; those are out, and take out nobody. What is left stands in rings: each is taken out by another one
//! that is no better. They wait, and have no effect until one is settled. So nobody wins by having been quicker, or by choosing an identifier.

use std::collections::{HashMap, HashSet};

use super::apply::Deed;
use super::graph::{Graph, NodeIx};
use super::state::State;
use crate::event::{Act, Role};
use crate::id::DeviceId;

/// What became of an allowed control frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    InEffect,
    /// By this removal.
    Quarantined(NodeIx),
    /// It is a removal in a ring.
    Waiting,
    /// The frame that lists its author is not in effect.
    AuthorUnknown,
}

/// That a frame ends what devices may write.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) targets: Vec<Target>,
    is_by_subject: bool,
}

/// One device, and what of its writing stays.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) device: DeviceId,
    pub(super) reach: Reach,
    /// Whether records end too, or authority alone.
    pub(super) ends_records: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Reach {
    /// Frames, and the last nodes among these and their past: they and all before them stay.
    Heads { frames: Vec<u32>, nodes: Vec<NodeIx> },
    /// What the cut follows stays, and what follows the cut.
    Beside,
}

impl Cut {
    /// `heads` finds the accepted frames. `None` if the act cuts nothing.
    pub(super) fn new(
        state: &State,
        author: DeviceId,
        act: &Act,
        mut heads: impl FnMut(&[crate::id::FrameId]) -> Reach,
    ) -> Option<Self> {
        let devices =
            |member| state.member(member).into_iter().flat_map(|member| member.devices.iter().copied());
        let subject = state.subject();
        let beside = |device, ends_records| Target { device, reach: Reach::Beside, ends_records };
        let targets = match act {
            Act::RemoveDevice(removed) => {
                vec![Target { device: removed.device, reach: heads(&removed.accepted), ends_records: true }]
            }
            Act::RemoveMember { member, accepted, .. } => {
                let of = |device| accepted.iter().find(|removed| removed.device == device);
                let targets = devices(*member).map(|device| {
                    let reach = heads(of(device).map_or(&[], |removed| &removed.accepted));
                    Target { device, reach, ends_records: true }
                });
                targets.collect()
            }
            // Who was a guardian and is one no longer decides nothing beside this.
            Act::SetRole { member, role: Role::Supporter } => {
                devices(*member).map(|device| beside(device, false)).collect()
            }
            Act::HandOver { keep } => {
                let others = state.members().map(|(id, _)| id).filter(|id| Some(*id) != subject);
                let is_kept = |id| keep.iter().any(|kept| kept.member == id);
                others.flat_map(|id| devices(id).map(move |device| beside(device, !is_kept(id)))).collect()
            }
            _ => return None,
        };
        let is_by_subject = subject.is_some() && state.owner(author) == subject;
        Some(Self { targets, is_by_subject })
    }
}

/// How far it is decided.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    In,
    Out(NodeIx),
    Waiting,
}

/// A removal or settlement, whom it takes out, and who takes it out.
struct Special {
    ix: NodeIx,
    kills: Vec<NodeIx>,
    /// Among specials.
    attackers: Vec<usize>,
    mark: Mark,
}

impl Graph {
    /// Says of nodes in order what removals among them do. All that follow one of them in the view have to be there.
    pub(super) fn resolve(&self, nodes: &[NodeIx]) -> Vec<Label> {
        let is_special =
            |ix: &&NodeIx| self.node(**ix).is_some_and(|node| node.cut.is_some() || node.settles.is_some());
        if !nodes.iter().any(|ix| is_special(&ix)) {
            return vec![Label::InEffect; nodes.len()];
        }
        let mut by_author: HashMap<DeviceId, Vec<NodeIx>> = HashMap::new();
        for ix in nodes {
            if let Some(node) = self.node(*ix) {
                by_author.entry(node.author).or_default().push(*ix);
            }
        }
        let new =
            |ix: &NodeIx| Special { ix: *ix, kills: Vec::new(), attackers: Vec::new(), mark: Mark::Open };
        let mut specials: Vec<_> = nodes.iter().filter(is_special).map(new).collect();
        for special in &mut specials {
            special.kills = self.kills(special.ix, nodes, &by_author);
        }
        self.name_attackers(&mut specials);
        decide(&mut specials);
        labels(nodes, &specials)
    }

    /// The nodes that a cut takes out if it is in effect.
    fn kills(
        &self,
        cut: NodeIx,
        nodes: &[NodeIx],
        by_author: &HashMap<DeviceId, Vec<NodeIx>>,
    ) -> Vec<NodeIx> {
        let Some(Cut { targets, is_by_subject }) = self.node(cut).and_then(|node| node.cut.as_ref()) else {
            return Vec::new();
        };
        let mut kills = Vec::new();
        let mut around = None;
        for target in targets {
            let Some(wrote) = by_author.get(&target.device) else { continue };
            let stays = match &target.reach {
                Reach::Heads { nodes, .. } => {
                    let lowest = wrote.iter().map(|node| self.place(*node).0).min().unwrap_or(0);
                    &self.past(nodes, lowest).into_iter().collect()
                }
                Reach::Beside => &*around.get_or_insert_with(|| self.around(cut, nodes)),
            };
            let may_fall = |ix: &NodeIx| {
                *ix != cut && (*is_by_subject || !self.is_hand_over(*ix)) && !self.is_settled_with(*ix, cut)
            };
            kills.extend(wrote.iter().copied().filter(|ix| may_fall(ix) && !stays.contains(ix)));
        }
        kills
    }

    /// Others do not take the subject's bag back by removing the device that took it over: `spec/guardianship.md`, The floor.
    fn is_hand_over(&self, ix: NodeIx) -> bool {
        let deed = self.node(ix).map(|node| &node.deed);
        matches!(deed, Some(Deed::Change { act, .. }) if matches!(**act, Act::HandOver { .. }))
    }

    /// A settlement that knows of a removal was made while that waited, maybe by whom it would remove: the removal does not undo it.
    fn is_settled_with(&self, ix: NodeIx, cut: NodeIx) -> bool {
        let is_settlement = self.node(ix).is_some_and(|node| node.settles.is_some());
        is_settlement && self.past(&[ix], self.place(cut).0).contains(&cut)
    }

    /// What a node follows, and what follows it.
    fn around(&self, ix: NodeIx, nodes: &[NodeIx]) -> HashSet<NodeIx> {
        let mut around: HashSet<_> = std::iter::once(ix).collect();
        for later in nodes {
            if self.below(*later).iter().any(|below| around.contains(below)) {
                around.insert(*later);
            }
        }
        around.extend(self.past(&[ix], 0));
        around
    }

    fn name_attackers(&self, specials: &mut [Special]) {
        let at: HashMap<NodeIx, usize> =
            specials.iter().enumerate().map(|(at, special)| (special.ix, at)).collect();
        let mut attacks = Vec::new();
        for (from, special) in specials.iter().enumerate() {
            attacks.extend(special.kills.iter().filter_map(|ix| Some((from, *at.get(ix)?))));
            let Some((settled, stands)) = self.node(special.ix).and_then(|node| node.settles) else {
                continue;
            };
            let Some(to) = specials.iter().position(|other| self.place(other.ix).1 == settled) else {
                continue;
            };
            if stands {
                let Some(ix) = specials.get(to).map(|other| other.ix) else { continue };
                let against = specials.iter().enumerate().filter(|(_, other)| other.kills.contains(&ix));
                attacks.extend(against.map(|(other, _)| (from, other)));
            } else {
                attacks.push((from, to));
            }
        }
        for (from, to) in attacks {
            if let Some(special) = specials.get_mut(to) {
                special.attackers.push(from);
            }
        }
    }
}

fn labels(nodes: &[NodeIx], specials: &[Special]) -> Vec<Label> {
    let mut out = HashMap::new();
    for special in specials {
        match special.mark {
            Mark::In => out.extend(special.kills.iter().map(|ix| (*ix, Label::Quarantined(special.ix)))),
            Mark::Out(by) => {
                out.insert(special.ix, Label::Quarantined(by));
            }
            Mark::Waiting | Mark::Open => {
                out.insert(special.ix, Label::Waiting);
            }
        }
    }
    nodes.iter().map(|ix| out.get(ix).copied().unwrap_or(Label::InEffect)).collect()
}

fn decide(specials: &mut [Special]) {
    loop {
        while step(specials) {}
        let rings = rings(specials);
        if rings.is_empty() {
            return;
        }
        for at in rings {
            if let Some(special) = specials.get_mut(at) {
                special.mark = Mark::Waiting;
            }
        }
    }
}

/// Decides those whose attackers are decided. Whether there were any.
fn step(specials: &mut [Special]) -> bool {
    let mut changed = false;
    for at in 0..specials.len() {
        let Some(special) = specials.get(at).filter(|special| special.mark == Mark::Open) else { continue };
        let mut attackers = special.attackers.iter().filter_map(|from| specials.get(*from));
        let mark = match attackers.clone().find(|from| from.mark == Mark::In) {
            Some(by) => Mark::Out(by.ix),
            None if attackers.all(|from| from.mark != Mark::Open) => Mark::In,
            None => continue,
        };
        if let Some(special) = specials.get_mut(at) {
            special.mark = mark;
            changed = true;
        }
    }
    changed
}

/// The open ones that nobody outside their own ring takes out.
fn rings(specials: &[Special]) -> Vec<usize> {
    let is_open = |at: &usize| specials.get(*at).is_some_and(|special| special.mark == Mark::Open);
    let mut done: HashSet<usize> = HashSet::new();
    let mut found = Vec::new();
    for at in (0..specials.len()).filter(is_open) {
        if done.contains(&at) {
            continue;
        }
        // Going back along attackers ends in a ring that nobody outside takes out: the last one whose attackers reach no new ground.
        let mut ring = behind(specials, at);
        while let Some(deeper) =
            ring.iter().map(|one| behind(specials, *one)).find(|set| set.len() < ring.len())
        {
            ring = deeper;
        }
        done.extend(behind(specials, at));
        found.extend(ring.iter().copied().filter(is_open));
    }
    found
}

/// The open ones from which a chain of attacks leads to this one.
fn behind(specials: &[Special], at: usize) -> HashSet<usize> {
    let mut seen = HashSet::new();
    let mut queue = vec![at];
    while let Some(one) = queue.pop() {
        let attackers = specials.get(one).map_or(&[][..], |special| &special.attackers);
        for from in attackers {
            if specials.get(*from).is_some_and(|special| special.mark == Mark::Open) && seen.insert(*from) {
                queue.push(*from);
            }
        }
    }
    seen
}
