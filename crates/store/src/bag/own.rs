//! Taking in what this device has just made: it was sealed here, so what it says is known and nothing is opened again.

use zeroize::Zeroizing;

use super::batch::{Made, Pending};
use super::finding::{Finding, Problem};
use super::ledger::{Arriving, Ledger, Read, Signature, understood};
use crate::frame::Head;
use crate::frame::scan::Body;
use crate::id::FrameId;

impl Ledger {
    /// Takes in frames that this device has just made and the host has appended at `at`. What they say is known: it was sealed here.
    pub(super) fn enter_own(&mut self, pending: &Pending, at: u64) {
        let mut rest = pending.bytes();
        let mut at = at;
        for (id, made) in pending.made() {
            let Ok(head) = Head::read(rest) else { return };
            let length = head.stored_body_length().and_then(|length| usize::try_from(length).ok());
            let length = head.head_length() + length.unwrap_or(0);
            let Some((frame, after)) = rest.split_at_checked(length) else { return };
            let body = frame.get(head.head_length()..).map_or(Body::Deleted, Body::Here);
            let arriving = Arriving { at, head: &head, body, signature: Signature::CheckedBefore };
            self.enter_made(id, &arriving, made);
            at += frame.len() as u64;
            rest = after;
        }
    }

    fn enter_made(&mut self, id: FrameId, arriving: &Arriving<'_>, made: &Made) {
        if self.has(&id) {
            self.found(Finding { at: arriving.at, problem: Problem::Repeated(id) });
            return;
        }
        // One that was made upon frames of another opening is left for the next one to find.
        let Ok(parents) = self.places(arriving.head.parents()) else { return };
        let read = match self.key(&made.under.opened.epoch) {
            Some(key) => understood(id, key, Zeroizing::new(made.event.as_slice().to_vec())),
            None => Read::Closed,
        };
        self.take(id, arriving, &made.under.opened, (&parents, read));
    }
}
