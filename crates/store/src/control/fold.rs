//! Frames in, authority out.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use super::apply::Deed;
use super::evidence::Witness;
use super::graph::{Graph, Node, NodeIx, Place, ViewIx};
use super::judge::Case;
use super::resolve::{Cut, Reach};
use super::rule::Rule;
use super::standing::{Effects, Standing};
use super::state::State;
use crate::event::{Act, Change, ControlEvent, Device, Genesis, Role};
use crate::id::{DeviceId, EpochId, FrameId, Table};

/// What a frame's clear part and header say.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'f> {
    /// Which frame.
    pub id: FrameId,
    /// The numbers of its parents: the order in which they were added.
    pub parents: &'f [u32],
    /// Which device signed it.
    pub author: DeviceId,
    /// Under which epoch it is sealed.
    pub epoch: EpochId,
    /// When, by the author's clock.
    pub time: u64,
}

/// What a frame's body says, as far as the fold has to know.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once and never kept")]
pub enum Content {
    /// An event of the control compartment.
    Control(ControlEvent),
    /// A record, in another compartment. Its event is none of the fold's business.
    Data,
    /// A frame of the control compartment whose body is damaged or was dropped.
    Unreadable,
}

/// May this device write a record under this epoch, seeing this? Most frames ask what the one before asked.
type Question = (ViewIx, DeviceId, EpochId);

/// Folds frames into the state of a bag.
pub struct Fold {
    witness: Arc<dyn Witness>,
    pub(super) frames: Vec<Frame>,
    parents: Vec<u32>,
    numbers: Table<FrameId, u32>,
    pub(super) graph: Graph,
    /// The keys of every device that was ever named: a device's id is the hash of its keys, so this needs no authority.
    pub(super) devices: HashMap<DeviceId, Introduced>,
    sealing_keys: HashMap<[u8; 32], Box<[u8]>>,
    judged: HashMap<Question, Result<(), Rule>>,
    last_judged: Option<(Question, Result<(), Rule>)>,
    /// Control frames that could not be read and might have had effect, by number.
    pub(super) unread: Vec<u32>,
    incomplete: OnceLock<bool>,
    last_header: Option<(ViewIx, Option<EpochId>)>,
    /// The frames that no other follows.
    heads: BTreeSet<u32>,
    /// Made when asked for, and good until the next node: a frame that is none sees what others see, so it changes no state and no other's standing.
    state: OnceLock<State>,
    effects: OnceLock<Effects>,
}

pub(super) struct Frame {
    id: FrameId,
    pub(super) author: DeviceId,
    time: u64,
    depth: u32,
    first_parent: u32,
    parents: u32,
    /// What can be seen behind it.
    after: ViewIx,
    pub(super) node: Option<NodeIx>,
    pub(super) verdict: Result<(), Rule>,
}

/// Keys that a frame named.
pub(super) struct Introduced {
    device: Device,
    /// The frame, and its place; the first in order.
    pub(super) by: (Place, u32),
}

impl Fold {
    /// Begins with the genesis frame, which must be signed by the device that it names.
    ///
    /// # Errors
    ///
    /// BG-02 if it is not, or its founder can decide nothing.
    pub fn begin(facts: &Facts<'_>, genesis: Genesis, witness: Arc<dyn Witness>) -> Result<Self, Rule> {
        let Genesis { control, founder, device, .. } = &genesis;
        let is_sound = founder.role != Role::Supporter
            && device.member == founder.id
            && device.id() == facts.author
            && !device.purpose.is_recovery()
            && founder.household.is_none()
            && control.commitment.epoch() == facts.epoch
            && facts.parents.is_empty();
        if !is_sound {
            return Err(Rule::Founder);
        }
        let device = device.clone();
        let mut fold = Self {
            witness,
            frames: Vec::new(),
            parents: Vec::new(),
            numbers: Table::default(),
            graph: Graph::new(State::founded(facts.id, genesis)),
            devices: HashMap::new(),
            sealing_keys: HashMap::new(),
            judged: HashMap::new(),
            last_judged: None,
            unread: Vec::new(),
            incomplete: OnceLock::new(),
            last_header: None,
            heads: BTreeSet::new(),
            state: OnceLock::new(),
            effects: OnceLock::new(),
        };
        fold.introduce(&device, (0, facts.id), 0);
        fold.keep(facts, Graph::NOTHING, Some(Deed::Genesis), Ok(()))?;
        Ok(fold)
    }

    /// Adds a frame whose parents were added before, and judges it by its own past.
    ///
    /// # Errors
    ///
    /// By which rule it is refused. It is kept all the same, and has a number.
    pub fn add(&mut self, facts: &Facts<'_>, content: Content) -> Result<(), Rule> {
        let view = self.view(facts.parents);
        self.graph.ensure(view);
        if let Content::Control(event) = &content {
            self.read_keys(facts, event);
        }
        let (deed, verdict) = match content {
            Content::Data => (None, self.in_time(facts).and_then(|()| self.judge_data(view, facts))),
            Content::Unreadable => (None, Err(self.unread(view, facts, Rule::UnreadableControl))),
            Content::Control(event) => {
                if let Some(deed) = Deed::new(event) {
                    let verdict = self.in_time(facts).and_then(|()| self.judge(view, facts, Some(&deed)));
                    (Some(deed), verdict)
                } else {
                    (None, Err(self.unread(view, facts, Rule::UnknownKind)))
                }
            }
        };
        self.keep(facts, view, deed, verdict)
    }

    /// How many frames there are. The next one gets this number.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Never: a bag begins with a frame.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The state that all frames make.
    pub fn state(&self) -> &State {
        self.state.get_or_init(|| self.graph.state_of(&self.head_views()))
    }

    /// The state that these frames, by number, and all before them make: what somebody could know who had seen no others.
    pub fn state_at(&self, numbers: &[u32]) -> State {
        let views: Vec<_> =
            numbers.iter().filter_map(|number| self.frame(*number)).map(|frame| frame.after).collect();
        self.graph.state_of(&views)
    }

    /// What a frame counts for, by its number; `None` if there is no such frame.
    pub fn standing(&self, number: u32) -> Option<Standing> {
        self.standing_of(number)
    }

    pub(super) fn effects(&self) -> &Effects {
        self.effects.get_or_init(|| self.make_effects())
    }

    /// The frames that no other follows, by number.
    pub fn heads(&self) -> Vec<u32> {
        self.heads.iter().copied().collect()
    }

    /// All frames in the order that every fold has, whatever the order in which they arrived.
    pub fn order(&self) -> Vec<u32> {
        let mut order: Vec<_> = (0..).zip(&self.frames).map(|(number, _)| number).collect();
        order.sort_unstable_by_key(|number| self.place(*number));
        order
    }

    /// Where a frame stands in the order: greater is later.
    pub fn place(&self, number: u32) -> Option<(u32, FrameId)> {
        self.frame(number).map(|frame| (frame.depth, frame.id))
    }

    /// The parents of a frame, all by number.
    pub fn parents(&self, number: u32) -> &[u32] {
        self.frame(number).map_or(&[], |frame| self.parents_of(frame))
    }

    /// The number of a frame.
    pub fn number(&self, id: &FrameId) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The public signing key of a device that some frame named, whether or not it had the authority.
    pub fn signing_key(&self, device: &DeviceId) -> Option<&[u8; 32]> {
        self.devices.get(device).map(|known| &known.device.signing)
    }

    /// The public sealing key of a device, if it was published.
    pub fn sealing_key(&self, device: &DeviceId) -> Option<&[u8]> {
        let known = self.devices.get(device)?;
        self.sealing_keys.get(&known.device.sealing).map(|key| &**key)
    }

    /// Whether a control frame could not be read, or is of a kind of a later day. Then the state may lack a rule or a removal, and nothing
    /// should be written. What its author had no authority for, or was removed without it being accepted, is not missed.
    pub fn is_incomplete(&self) -> bool {
        !self.unread.is_empty() && *self.incomplete.get_or_init(|| self.misses_something())
    }

    /// The control epoch to write in upon these frames, by number, if there is one: a header upon them is sealed under it.
    pub fn header_epoch(&mut self, parents: &[u32]) -> Option<EpochId> {
        let view = self.view(parents);
        if let Some((_, epoch)) = self.last_header.filter(|(last, _)| *last == view) {
            return epoch;
        }
        self.graph.ensure(view);
        let state = self.graph.snapshot(view).map(|snapshot| &snapshot.state);
        let epoch = state.and_then(|state| state.writable_epoch(state.control));
        self.last_header = Some((view, epoch));
        epoch
    }

    /// Frames of one device of which neither follows the other (BG-40): it was copied, or restored from an old copy. Pairs of numbers.
    pub fn forks(&self) -> Vec<(Rule, u32, u32)> {
        let mut last: HashMap<DeviceId, u32> = HashMap::new();
        let mut forks = Vec::new();
        for number in self.order() {
            let Some(frame) = self.frame(number) else { continue };
            let before = last.insert(frame.author, number);
            if let Some(before) = before.filter(|before| !self.comes_after(number, *before)) {
                forks.push((Rule::Forked, before, number));
            }
        }
        forks
    }

    /// The state made again from the first frame.
    #[cfg(test)]
    pub(super) fn whole_state(&self) -> State {
        self.graph.replay(None, &self.graph.in_order()).0.state
    }

    pub(super) fn frame(&self, number: u32) -> Option<&Frame> {
        self.frames.get(number as usize)
    }

    pub(super) fn parents_of(&self, frame: &Frame) -> &[u32] {
        let first = frame.first_parent as usize;
        self.parents.get(first..first + frame.parents as usize).unwrap_or_default()
    }

    fn view(&mut self, parents: &[u32]) -> ViewIx {
        let after = |number: &u32| self.frames.get(*number as usize).map(|frame| frame.after);
        match parents {
            [one] => after(one).unwrap_or(Graph::NOTHING),
            several => {
                let views: Vec<_> = several.iter().filter_map(after).collect();
                self.graph.merge(&views)
            }
        }
    }

    fn head_views(&self) -> Vec<ViewIx> {
        self.heads.iter().filter_map(|number| self.frame(*number)).map(|frame| frame.after).collect()
    }

    /// Spec: a time is never before that of a parent.
    fn in_time(&self, facts: &Facts<'_>) -> Result<(), Rule> {
        let parents = facts.parents.iter().filter_map(|parent| self.frame(*parent));
        let latest = parents.map(|parent| parent.time).max();
        if latest.is_some_and(|latest| facts.time < latest) { Err(Rule::BackDated) } else { Ok(()) }
    }

    /// By which rule a frame is refused that cannot be read: by this one, if it could have had effect.
    fn unread(&mut self, view: ViewIx, facts: &Facts<'_>, rule: Rule) -> Rule {
        // Whoever wrote a frame was listed by another; but what is lost altogether has no author.
        let is_lost = !self.devices.contains_key(&facts.author);
        let wrote = |_, _| false;
        let verdict = self.in_time(facts).and_then(|()| {
            let state = &self.graph.snapshot(view).ok_or(Rule::UnknownAuthor)?.state;
            let Facts { author, epoch, .. } = *facts;
            Case { state, author, epoch, witness: &*self.witness, wrote: &wrote }.unread(rule)
        });
        match verdict {
            Err(other) if !is_lost => other,
            _ => {
                self.incomplete = OnceLock::new();
                self.unread.push(u32::try_from(self.frames.len()).unwrap_or(u32::MAX));
                rule
            }
        }
    }

    fn judge_data(&mut self, view: ViewIx, facts: &Facts<'_>) -> Result<(), Rule> {
        let key = (view, facts.author, facts.epoch);
        if let Some((_, verdict)) = self.last_judged.filter(|(last, _)| *last == key) {
            return verdict;
        }
        let known = self.judged.get(&key).copied();
        let verdict = known.unwrap_or_else(|| self.judge(view, facts, None));
        if known.is_none() {
            self.judged.insert(key, verdict);
        }
        self.last_judged = Some((key, verdict));
        verdict
    }

    /// Judges a control frame by its deed, or a record.
    fn judge(&self, view: ViewIx, facts: &Facts<'_>, deed: Option<&Deed>) -> Result<(), Rule> {
        let state = &self.graph.snapshot(view).ok_or(Rule::UnknownAuthor)?.state;
        let wrote = |device: DeviceId, id: FrameId| {
            let Some((number, frame)) =
                self.number(&id).and_then(|number| Some((number, self.frame(number)?)))
            else {
                return false;
            };
            frame.author == device && facts.parents.iter().any(|parent| self.comes_after(*parent, number))
        };
        let Facts { author, epoch, .. } = *facts;
        let case = Case { state, author, epoch, witness: &*self.witness, wrote: &wrote };
        match deed {
            Some(deed) => case.control(deed),
            None => case.data(),
        }
    }

    /// Whether these events of a device, one after the other upon all frames that count, would be allowed; so that what would be refused is never
    /// written. What a removal takes along that reaches back (BG-28) shows only when it is there.
    ///
    /// # Errors
    ///
    /// By which rule one would be refused.
    pub fn foresee(&self, author: DeviceId, epoch: EpochId, events: Vec<ControlEvent>) -> Result<(), Rule> {
        let mut state = self.state().clone();
        for event in events {
            let deed = Deed::new(event).ok_or(Rule::UnknownKind)?;
            self.foresee_one(&state, author, epoch, Some(&deed))?;
            // Which frame it will be does not matter to those after it.
            state.apply(FrameId::from_bytes([0; 32]), author, &deed);
        }
        Ok(())
    }

    /// Whether a device may write a record under an epoch, as all frames together say.
    ///
    /// # Errors
    ///
    /// By which rule it would be refused.
    pub fn foresee_record(&self, author: DeviceId, epoch: EpochId) -> Result<(), Rule> {
        self.foresee_one(self.state(), author, epoch, None)
    }

    fn foresee_one(
        &self,
        state: &State,
        author: DeviceId,
        epoch: EpochId,
        deed: Option<&Deed>,
    ) -> Result<(), Rule> {
        let written = |id: &FrameId| self.number(id).and_then(|number| self.frame(number));
        let wrote = |device: DeviceId, id: FrameId| written(&id).is_some_and(|frame| frame.author == device);
        let case = Case { state, author, epoch, witness: &*self.witness, wrote: &wrote };
        deed.map_or_else(|| case.data(), |deed| case.control(deed))
    }

    /// Whether a frame is another or comes after it, both by number.
    pub fn comes_after(&self, later: u32, earlier: u32) -> bool {
        let Some(lowest) = self.frame(earlier).map(|frame| frame.depth) else { return false };
        let mut seen = std::collections::HashSet::new();
        let mut queue = vec![later];
        while let Some(number) = queue.pop() {
            if number == earlier {
                return true;
            }
            let Some(frame) = self.frame(number).filter(|frame| frame.depth > lowest) else { continue };
            queue.extend(self.parents_of(frame).iter().filter(|parent| seen.insert(**parent)));
        }
        false
    }

    fn keep(
        &mut self,
        facts: &Facts<'_>,
        view: ViewIx,
        deed: Option<Deed>,
        verdict: Result<(), Rule>,
    ) -> Result<(), Rule> {
        let number = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        let depths =
            facts.parents.iter().filter_map(|parent| self.frame(*parent)).map(|frame| frame.depth + 1);
        let depth = depths.max().unwrap_or(0);
        let (after, node, verdict) = match deed.filter(|_| verdict.is_ok()) {
            Some(deed) => self.keep_node(facts, view, (number, depth), deed),
            None => (view, None, verdict),
        };
        let first_parent = u32::try_from(self.parents.len()).unwrap_or(u32::MAX);
        // First in, then out: a set that is never empty keeps its memory.
        self.heads.insert(number);
        for parent in facts.parents {
            if self.frame(*parent).is_some() {
                self.heads.remove(parent);
                self.parents.push(*parent);
            }
        }
        let parents = u32::try_from(self.parents.len()).unwrap_or(u32::MAX) - first_parent;
        self.frames.push(Frame {
            id: facts.id,
            author: facts.author,
            time: facts.time,
            depth,
            first_parent,
            parents,
            after,
            node,
            verdict,
        });
        self.numbers.insert(facts.id, number);
        if node.is_some() {
            self.incomplete = OnceLock::new();
            self.state = OnceLock::new();
            self.effects = OnceLock::new();
        }
        verdict
    }

    fn keep_node(
        &mut self,
        facts: &Facts<'_>,
        view: ViewIx,
        (number, depth): (u32, u32),
        deed: Deed,
    ) -> (ViewIx, Option<NodeIx>, Result<(), Rule>) {
        let before = self.graph.snapshot(view).map(|snapshot| snapshot.state.clone());
        let act = match &deed {
            Deed::Change { act, .. } => Some(act.clone()),
            _ => None,
        };
        let cut = before.as_ref().zip(act.as_ref());
        let cut = cut.and_then(|(state, act)| Cut::new(state, facts.author, act, |ids| self.heads_of(ids)));
        let settles = act.as_ref().and_then(|act| match **act {
            Act::Settle { frame, stands, .. } => Some((frame, stands)),
            _ => None,
        });
        let place = (depth, facts.id);
        let after =
            self.graph.push(Node { frame: number, place, author: facts.author, view, deed, cut, settles });
        let changed = before.zip(act).zip(self.graph.snapshot(after));
        if let Some(((before, act), after)) = changed
            && takes_more(&before, &after.state, &act)
        {
            self.graph.pop();
            return (view, None, Err(Rule::TakesMore));
        }
        (after, self.graph.tips(after).first().copied(), Ok(()))
    }

    fn heads_of(&self, ids: &[FrameId]) -> Reach {
        let frames: Vec<_> = ids.iter().filter_map(|id| self.number(id)).collect();
        let after = frames.iter().filter_map(|number| self.frame(*number)).map(|frame| frame.after);
        let nodes = after.flat_map(|view| self.graph.tips(view).iter().copied()).collect();
        Reach::Heads { frames, nodes }
    }

    fn read_keys(&mut self, facts: &Facts<'_>, event: &ControlEvent) {
        let number = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        match event {
            ControlEvent::SealingKey(key) => {
                let hash = bookbag_crypto::HashAlgorithm::sha256([key.as_slice()]);
                self.sealing_keys.entry(hash).or_insert_with(|| key.as_slice().into());
            }
            ControlEvent::Proposal(act) | ControlEvent::Change(Change { act, .. }) => {
                if let Act::AddMember(_, device) | Act::AddDevice(device) = act {
                    let parents = facts.parents.iter().filter_map(|parent| self.frame(*parent));
                    let depth = parents.map(|parent| parent.depth + 1).max().unwrap_or(0);
                    self.introduce(device, (depth, facts.id), number);
                }
            }
            _ => {}
        }
    }

    fn introduce(&mut self, device: &Device, place: Place, number: u32) {
        let new = Introduced { device: device.clone(), by: (place, number) };
        let known = self
            .devices
            .entry(device.id())
            .or_insert_with(|| Introduced { device: device.clone(), by: (place, number) });
        if new.by < known.by {
            *known = new;
        }
    }
}

/// Whether a removal that reaches back undoes more than it names: `spec/guardianship.md`, The floor.
fn takes_more(before: &State, after: &State, act: &Act) -> bool {
    let named = match act {
        Act::RemoveDevice(removed) => before.owner(removed.device),
        Act::RemoveMember { member, .. } => Some(*member),
        _ => return false,
    };
    let is_whole = matches!(act, Act::RemoveMember { .. });
    let stays = |(id, member): (_, &super::state::Member)| match after.member(id) {
        Some(now) if Some(id) == named => now.role == member.role,
        Some(now) => {
            now.role == member.role && member.devices.iter().all(|device| now.devices.contains(device))
        }
        None => Some(id) == named && is_whole,
    };
    !before.members().all(stays)
        || before.policy != after.policy
        || before.stage != after.stage
        || before.birth != after.birth
        || before.is_handed_over != after.is_handed_over
}
