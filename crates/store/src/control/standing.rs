//! What each frame counts for, among all frames that are there.

use std::collections::HashMap;

use super::fold::{Fold, Frame};
use super::graph::NodeIx;
use super::resolve::{Label, Reach};
use super::rule::Rule;
use super::state::State;
use crate::id::DeviceId;

/// What a frame counts for, among all frames that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Accepted,
    /// By the state of its own past, for ever.
    Refused(Rule),
    /// It is kept and shown, without effect, because of this frame (its number).
    Quarantined {
        /// A removal, or the frame without effect that lists the author.
        by: u32,
    },
    /// A removal that has no effect until it is settled.
    Waiting,
}

/// The frame that ends a device's records, and for each frame whether it stays.
type RecordCut = (u32, Vec<bool>);

/// What became of the nodes, and what follows for records. Good until the next node.
pub(super) struct Effects {
    state: State,
    labels: HashMap<NodeIx, Label>,
    cuts: HashMap<DeviceId, Vec<RecordCut>>,
}

impl Fold {
    pub(super) fn standing_of(&self, number: u32) -> Option<Standing> {
        let frame = self.frame(number)?;
        let effects = match frame.verdict {
            Err(rule) => return Some(Standing::Refused(rule)),
            Ok(()) => self.effects(),
        };
        Some(match frame.node {
            Some(node) => self.node_standing(frame, effects.labels.get(&node).copied(), &effects.labels),
            None => self.record_standing(number, frame, effects),
        })
    }

    pub(super) fn make_effects(&self) -> Effects {
        let nodes = self.graph.in_order();
        let (snapshot, labels) = self.graph.replay(None, &nodes);
        let labels: HashMap<_, _> = nodes.iter().copied().zip(labels).collect();
        let cuts = self.record_cuts(&nodes, &labels);
        Effects { state: snapshot.state, labels, cuts }
    }

    /// Whether one of the frames that could not be read is not ended by a removal.
    pub(super) fn misses_something(&self) -> bool {
        let Effects { state, cuts, .. } = self.effects();
        let falls = |number: u32, author: &DeviceId| {
            let stays = |behind: &[bool]| behind.get(number as usize).copied().unwrap_or(false);
            let is_cut = cuts.get(author).is_some_and(|cut| cut.iter().any(|(_, behind)| !stays(behind)));
            is_cut || self.devices.contains_key(author) && !state.devices.contains_key(author)
        };
        let author = |number: u32| self.frame(number).map(|frame| frame.author);
        self.unread.iter().any(|number| !author(*number).is_some_and(|author| falls(*number, &author)))
    }

    fn record_standing(&self, number: u32, frame: &Frame, effects: &Effects) -> Standing {
        if !effects.state.devices.contains_key(&frame.author) {
            return self.node_standing(frame, Some(Label::AuthorUnknown), &effects.labels);
        }
        let mut cuts = effects.cuts.get(&frame.author).into_iter().flatten();
        // What came after the cuts were looked at is behind none of them.
        let out = cuts.find(|(_, stays)| !stays.get(number as usize).copied().unwrap_or(false));
        out.map_or(Standing::Accepted, |(by, _)| Standing::Quarantined { by: *by })
    }

    fn node_standing(
        &self,
        frame: &Frame,
        label: Option<Label>,
        labels: &HashMap<NodeIx, Label>,
    ) -> Standing {
        let number = |node: NodeIx| self.graph.node(node).map_or(0, |node| node.frame);
        match label {
            None | Some(Label::InEffect) => Standing::Accepted,
            Some(Label::Waiting) => Standing::Waiting,
            Some(Label::Quarantined(by)) => Standing::Quarantined { by: number(by) },
            Some(Label::AuthorUnknown) => {
                // Because of whatever keeps the frame that lists the author from having effect.
                let by = self.devices.get(&frame.author).map_or(0, |known| known.by.1);
                let label = self.frame(by).and_then(|frame| labels.get(&frame.node?));
                match label {
                    Some(Label::Quarantined(removal)) => Standing::Quarantined { by: number(*removal) },
                    _ => Standing::Quarantined { by },
                }
            }
        }
    }

    /// For each device whose records end: the frame that ends them, and for each frame whether it stays.
    fn record_cuts(
        &self,
        nodes: &[NodeIx],
        labels: &HashMap<NodeIx, Label>,
    ) -> HashMap<DeviceId, Vec<RecordCut>> {
        let mut cuts: HashMap<_, Vec<_>> = HashMap::new();
        let in_effect = nodes.iter().filter(|ix| labels.get(ix) == Some(&Label::InEffect));
        for node in in_effect.filter_map(|ix| self.graph.node(*ix)) {
            let targets = node.cut.iter().flat_map(|cut| &cut.targets);
            for target in targets.filter(|target| target.ends_records) {
                let stays = match &target.reach {
                    Reach::Heads { frames, .. } => self.frames_behind(frames),
                    Reach::Beside => self.frames_behind(&[node.frame]),
                };
                cuts.entry(target.device).or_default().push((node.frame, stays));
            }
        }
        cuts
    }

    fn frames_behind(&self, heads: &[u32]) -> Vec<bool> {
        let mut behind = vec![false; self.frames.len()];
        let mut queue = heads.to_vec();
        while let Some(number) = queue.pop() {
            let Some(seen) = behind.get_mut(number as usize).filter(|seen| !**seen) else { continue };
            *seen = true;
            if let Some(frame) = self.frame(number) {
                queue.extend_from_slice(self.parents_of(frame));
            }
        }
        behind
    }
}
