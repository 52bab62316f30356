//! The allowed control frames, and the state at any place among them.
//!
//! A *node* is an allowed control frame. A *view* is what a frame can see of them: the nodes in its past that no other in its past
//! follows. Most frames have the view of their parent, so judging a frame costs no more than finding the state of a view that is
//! already there. Each node keeps the state behind it; states share their parts.
//!
//! Where branches meet, the state is made again from the last view that both have behind them, unless a removal or a settlement reaches
//! back beyond it: then from the first frame. Since a frame's place in the order depends on its own past alone, no frame that comes
//! later changes the order of two others.

use std::collections::{BTreeSet, HashMap, HashSet};

use rpds::ListSync;

use super::apply::Deed;
use super::resolve::{Cut, Label, Reach};
use super::state::{Map, State};
use crate::id::{DeviceId, FrameId};

/// A node by its number, in the order in which it came.
pub(super) type NodeIx = u32;

/// A view by its number.
pub(super) type ViewIx = u32;

/// A place in the order of all frames: how many frames stand one behind the other below this one, then its id.
pub(super) type Place = (u32, FrameId);

/// An allowed control frame.
pub(super) struct Node {
    /// Its number among all frames.
    pub(super) frame: u32,
    pub(super) place: Place,
    pub(super) author: DeviceId,
    pub(super) view: ViewIx,
    pub(super) deed: Deed,
    pub(super) cut: Option<Cut>,
    /// What it settles, and whether that stands.
    pub(super) settles: Option<(FrameId, bool)>,
}

/// The state behind a view, and what it takes to change it.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub(super) state: State,
    /// The nodes of each device that are in effect or wait.
    pub(super) wrote: Map<DeviceId, ListSync<NodeIx>>,
}

/// All nodes and views.
pub(super) struct Graph {
    founded: State,
    nodes: Vec<Node>,
    views: Vec<Box<[NodeIx]>>,
    interned: HashMap<Box<[NodeIx]>, ViewIx>,
    snapshots: Vec<Option<Snapshot>>,
}

impl Graph {
    /// The view of a frame that sees nothing: the first.
    pub(super) const NOTHING: ViewIx = 0;

    pub(super) fn new(founded: State) -> Self {
        let mut graph = Self {
            founded,
            nodes: Vec::new(),
            views: Vec::new(),
            interned: HashMap::new(),
            snapshots: Vec::new(),
        };
        graph.intern(Box::default());
        graph
    }

    pub(super) fn node(&self, node: NodeIx) -> Option<&Node> {
        self.nodes.get(node as usize)
    }

    pub(super) fn tips(&self, view: ViewIx) -> &[NodeIx] {
        self.views.get(view as usize).map_or(&[], |tips| tips)
    }

    /// The tips of what a node sees.
    pub(super) fn below(&self, node: NodeIx) -> &[NodeIx] {
        self.node(node).map_or(&[], |node| self.tips(node.view))
    }

    pub(super) fn place(&self, node: NodeIx) -> Place {
        self.node(node).map_or((0, FrameId::from_bytes([0; 32])), |node| node.place)
    }

    /// All nodes in order.
    pub(super) fn in_order(&self) -> Vec<NodeIx> {
        self.sorted((0..).zip(&self.nodes).map(|(ix, _)| ix).collect())
    }

    /// Adds a node and gives the view behind it.
    pub(super) fn push(&mut self, node: Node) -> ViewIx {
        // Fewer nodes than frames, of which there are at most four million.
        let ix = NodeIx::try_from(self.nodes.len()).unwrap_or(NodeIx::MAX);
        let view = node.view;
        self.nodes.push(node);
        self.ensure(view);
        let after = self.intern(Box::new([ix]));
        self.ensure(after);
        after
    }

    /// Takes back the node that was added last.
    pub(super) fn pop(&mut self) {
        self.nodes.pop();
        self.snapshots.pop();
        if let Some(tips) = self.views.pop() {
            self.interned.remove(&tips);
        }
    }

    /// The view of who sees all of these.
    pub(super) fn merge(&mut self, views: &[ViewIx]) -> ViewIx {
        match self.merged_tips(views) {
            Ok(view) => view,
            Err(tips) => self.intern(tips),
        }
    }

    fn merged_tips(&self, views: &[ViewIx]) -> Result<ViewIx, Box<[NodeIx]>> {
        let Some((first, rest)) = views.split_first() else { return Ok(Self::NOTHING) };
        if rest.iter().all(|view| view == first) {
            return Ok(*first);
        }
        let tips: BTreeSet<_> = views.iter().flat_map(|view| self.tips(*view).iter().copied()).collect();
        Err(self.maximal(tips))
    }

    /// Without those that others of them follow.
    fn maximal(&self, mut tips: BTreeSet<NodeIx>) -> Box<[NodeIx]> {
        let lowest = tips.iter().map(|tip| self.place(*tip).0).min().unwrap_or(0);
        let mut seen: HashSet<_> = tips.iter().copied().collect();
        let mut queue: Vec<_> = tips.iter().copied().collect();
        while let Some(node) = queue.pop() {
            for below in self.below(node) {
                tips.remove(below);
                if self.place(*below).0 >= lowest && seen.insert(*below) {
                    queue.push(*below);
                }
            }
        }
        tips.into_iter().collect()
    }

    /// Sees that the state of a view is there.
    pub(super) fn ensure(&mut self, view: ViewIx) {
        let is_missing = self.snapshots.get(view as usize).is_some_and(Option::is_none);
        if is_missing && view != Self::NOTHING {
            let snapshot = self.compute(self.tips(view));
            if let Some(place) = self.snapshots.get_mut(view as usize) {
                *place = Some(snapshot);
            }
        }
    }

    /// The state of a view, if [`Self::ensure`] has seen to it.
    pub(super) fn snapshot(&self, view: ViewIx) -> Option<&Snapshot> {
        self.snapshots.get(view as usize)?.as_ref()
    }

    /// The state of who sees all of these views.
    pub(super) fn state_of(&self, views: &[ViewIx]) -> State {
        match self.merged_tips(views) {
            Ok(view) => match self.snapshot(view) {
                Some(snapshot) => snapshot.state.clone(),
                None => self.compute(self.tips(view)).state,
            },
            Err(tips) => match self.interned.get(&tips).and_then(|view| self.snapshot(*view)) {
                Some(snapshot) => snapshot.state.clone(),
                None => self.compute(&tips).state,
            },
        }
    }

    fn intern(&mut self, tips: Box<[NodeIx]>) -> ViewIx {
        if let Some(view) = self.interned.get(&tips) {
            return *view;
        }
        let view = ViewIx::try_from(self.views.len()).unwrap_or(ViewIx::MAX);
        self.views.push(tips.clone());
        self.snapshots.push(None);
        self.interned.insert(tips, view);
        view
    }

    fn compute(&self, tips: &[NodeIx]) -> Snapshot {
        if let [tip] = tips {
            let base = self.node(*tip).and_then(|node| self.snapshot(node.view));
            if let Some(base) = base.filter(|base| !self.reaches_back(base, &[*tip])) {
                return self.replay(Some(base), &[*tip]).0;
            }
            return self.replay(None, &self.past(tips, 0)).0;
        }
        let (base, nodes) = self.back_to_one(tips);
        match base.filter(|base| !self.reaches_back(base, &nodes)) {
            Some(base) => self.replay(Some(base), &nodes).0,
            None => self.replay(None, &self.past(tips, 0)).0,
        }
    }

    /// Goes back from `tips` to the last view that everything after it follows as a whole. Its state, and what comes after it in order.
    fn back_to_one(&self, tips: &[NodeIx]) -> (Option<&Snapshot>, Vec<NodeIx>) {
        let mut frontier: BTreeSet<_> = tips.iter().map(|tip| (self.place(*tip), *tip)).collect();
        let mut nodes: Vec<NodeIx> = Vec::new();
        while let Some((_, node)) = frontier.pop_last() {
            nodes.push(node);
            frontier.extend(self.below(node).iter().map(|below| (self.place(*below), *below)));
            if let Some(base) = self.base_of(node, &frontier, &nodes) {
                nodes.reverse();
                return (Some(base), nodes);
            }
        }
        nodes.reverse();
        (None, nodes)
    }

    /// The state of the view of `node`, if that is all there is before `nodes`, and each of them follows all of it.
    fn base_of(
        &self,
        node: NodeIx,
        frontier: &BTreeSet<(Place, NodeIx)>,
        nodes: &[NodeIx],
    ) -> Option<&Snapshot> {
        let view = self.node(node)?.view;
        let tips = self.tips(view);
        if tips.len() != frontier.len() || !frontier.iter().all(|(_, ix)| tips.contains(ix)) {
            return None;
        }
        let after: HashSet<_> = nodes.iter().copied().collect();
        let follows = |ix: &NodeIx| {
            self.node(*ix).is_some_and(|it| it.view == view)
                || self.below(*ix).iter().any(|ix| after.contains(ix))
        };
        if nodes.iter().all(follows) { self.snapshot(view) } else { None }
    }

    /// Whether one of these nodes, which all follow `base`, undoes something that is in effect or waits there.
    fn reaches_back(&self, base: &Snapshot, nodes: &[NodeIx]) -> bool {
        nodes.iter().filter_map(|ix| self.node(*ix)).any(|node| {
            let undoes =
                |cut: &Cut| cut.targets.iter().any(|target| self.undoes(base, target.device, &target.reach));
            node.settles.is_some() || node.cut.as_ref().is_some_and(undoes)
        })
    }

    fn undoes(&self, base: &Snapshot, device: DeviceId, reach: &Reach) -> bool {
        let Reach::Heads { nodes, .. } = reach else { return false };
        let Some(wrote) = base.wrote.get(&device) else { return false };
        let lowest = wrote.iter().map(|node| self.place(*node).0).min().unwrap_or(0);
        let accepted: HashSet<_> = self.past(nodes, lowest).into_iter().collect();
        wrote.iter().any(|node| !accepted.contains(node))
    }

    /// These nodes and all before them down to a depth, in order.
    pub(super) fn past(&self, tips: &[NodeIx], lowest: u32) -> Vec<NodeIx> {
        let mut seen: HashSet<_> = tips.iter().copied().collect();
        let mut queue = tips.to_vec();
        while let Some(node) = queue.pop() {
            for below in self.below(node) {
                if self.place(*below).0 >= lowest && seen.insert(*below) {
                    queue.push(*below);
                }
            }
        }
        self.sorted(seen.into_iter().collect())
    }

    fn sorted(&self, mut nodes: Vec<NodeIx>) -> Vec<NodeIx> {
        nodes.sort_unstable_by_key(|node| self.place(*node));
        nodes
    }

    /// The state that these nodes make upon `base`, in the order given, and what became of each.
    pub(super) fn replay(&self, base: Option<&Snapshot>, nodes: &[NodeIx]) -> (Snapshot, Vec<Label>) {
        let start = || Snapshot { state: self.founded.clone(), wrote: Map::new_sync() };
        let mut snapshot = base.cloned().unwrap_or_else(start);
        let mut labels = self.resolve(nodes);
        for (ix, label) in nodes.iter().zip(&mut labels) {
            let Some(node) = self.node(*ix) else { continue };
            if *label == Label::InEffect && !snapshot.state.devices.contains_key(&node.author) {
                *label = Label::AuthorUnknown;
            }
            match label {
                Label::InEffect => snapshot.state.apply(node.place.1, node.author, &node.deed),
                Label::Waiting => snapshot.wait(node),
                Label::Quarantined(_) | Label::AuthorUnknown => continue,
            }
            let mut wrote = snapshot.wrote.get(&node.author).cloned().unwrap_or_else(ListSync::new_sync);
            wrote.push_front_mut(*ix);
            snapshot.wrote.insert_mut(node.author, wrote);
        }
        (snapshot, labels)
    }
}

impl Snapshot {
    fn wait(&mut self, node: &Node) {
        if let Deed::Change { act, .. } = &node.deed {
            self.state.waiting.insert_mut(node.place.1, act.clone());
        }
    }
}
