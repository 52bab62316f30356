//! Keys where a removal and a joining met.
//!
//! A removal starts a control epoch of which a device that joined meanwhile knows nothing: it opens no header that is sealed under it, and so cannot even place
//! those frames. Whoever merges both re-keys, seals that under an epoch which everybody has, and gives the keys that were missed. The device
//! finds them in frames that it cannot enter yet, because their parents are among those it cannot open; so it looks into these before it gives up.

use super::{Arriving, Ledger, Read, Signature};
use crate::bag::keys::WrapFor;
use crate::control::State;
use crate::event::ControlEvent;
use crate::frame::Head;
use crate::frame::scan::Body;
use crate::id::{CompartmentId, DeviceId, EpochId};
use crate::key::EpochKey;

impl Ledger {
    /// Under which control frames and headers are sealed now: the epoch to write in. If there is none, new keys are about to be brought, under the
    /// newest epoch that all who must read them have.
    pub(in crate::bag) fn control_key(&self) -> Option<&EpochKey> {
        let state = self.fold.state();
        let epochs = || state.compartment(CompartmentId::CONTROL).into_iter().flat_map(|it| it.epochs.iter());
        let entitled = state.entitled(CompartmentId::CONTROL);
        let everybody_has = |id: &&EpochId| {
            let recipients = state.epoch(**id).map(|epoch| &epoch.recipients);
            self.key(id).is_some()
                && recipients.is_some_and(|all| entitled.iter().all(|one| all.contains(one)))
        };
        let writable = state.writable_epoch(CompartmentId::CONTROL);
        let common = || epochs().find(everybody_has).copied();
        let newest = || epochs().find(|id| self.key(id).is_some()).copied();
        self.key(&writable.or_else(common).or_else(newest)?)
    }

    /// The keys that devices of a compartment's readers have missed: of control all, of any other compartment those that another device of the
    /// same member was given.
    pub(in crate::bag) fn missed(&self, compartment: CompartmentId) -> Vec<(EpochId, DeviceId)> {
        let state = self.fold.state();
        let epochs = state.compartment(compartment).into_iter().flat_map(|it| it.epochs.iter());
        let entitled = state.entitled(compartment);
        let held = epochs.filter(|id| self.key(id).is_some());
        held.flat_map(|id| {
            let missed = entitled.iter().filter(move |device| misses(state, *id, **device, compartment));
            missed.map(|device| (*id, *device))
        })
        .collect()
    }

    /// Whether a frame that cannot be entered yet brought a key. A wrap needs nobody's word: what it opens to is held against the epoch's commitment.
    pub(in crate::bag) fn learn_from(&mut self, head: &Head<'_>, body: Body<'_>) -> bool {
        let Some(under) = self.keys.open_header(head) else { return false };
        let arriving = Arriving { at: 0, head, body, signature: Signature::Check };
        let Read::Control(ControlEvent::Wrap(wrap)) = self.read(head.id(), &arriving, &under) else {
            return false;
        };
        let Some((compartment, commitment)) = self.epochs.get(&wrap.epoch).copied() else { return false };
        if wrap.recipient != self.device.id() || self.keys.epoch(&wrap.epoch).is_some() {
            return false;
        }
        let wrap_for = WrapFor { bag: self.bag, compartment, epoch: wrap.epoch, recipient: wrap.recipient };
        let Some(key) = wrap_for.open(&self.device, commitment, &wrap.wrapped) else { return false };
        self.learn(key);
        true
    }
}

fn misses(state: &State, epoch: EpochId, device: DeviceId, compartment: CompartmentId) -> bool {
    let Some(recipients) = state.epoch(epoch).map(|epoch| &epoch.recipients) else { return false };
    let member = |id: DeviceId| state.device(id).map(|listed| listed.device.member);
    let owner = member(device);
    let is_due =
        || compartment == CompartmentId::CONTROL || recipients.iter().any(|other| member(*other) == owner);
    !recipients.contains(&device) && is_due()
}
