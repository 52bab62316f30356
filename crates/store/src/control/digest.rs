//! One number for a whole state: equal states have equal digests, on every device and whatever the order of arrival.

use super::state::{Member, Proposal, Set, State};
use crate::id::labelled_hash;
use crate::wire::Writer;

impl State {
    /// What a checkpoint carries, and what two devices compare (`spec/bag-format.md`, "The fold").
    pub fn digest(&self) -> [u8; 32] {
        let mut w = Writer::new();
        w.array(16).bytes(self.bag.as_bytes()).bytes(self.control.as_bytes()).uint(self.stage.code());
        w.bool(self.is_handed_over);
        self.name.encode(&mut w);
        self.policy.encode(&mut w);
        w.or_null(self.birth, |w, birth| {
            w.array(2).text(&birth.date.to_string()).bool(birth.is_proved);
        });
        self.people(&mut w);
        self.compartments_and_epochs(&mut w);
        self.pending(&mut w);
        labelled_hash("bookbag/1 state", &[w.as_bytes()])
    }

    fn people(&self, w: &mut Writer) {
        w.array(self.members.size());
        for (id, Member { role, name, household, devices }) in &self.members {
            w.array(5).bytes(id.as_bytes()).uint(role.code());
            name.encode(w);
            w.or_null(*household, |w, id| {
                w.bytes(id.as_bytes());
            });
            ids(w, devices, |id| id.as_bytes());
        }
        ids(w, &self.gone, |id| id.as_bytes());
        w.array(self.devices.size());
        for (id, listed) in &self.devices {
            w.array(6).bytes(id.as_bytes()).bytes(listed.device.member.as_bytes());
            w.bytes(listed.added_by.as_bytes()).uint(listed.device.purpose.code()).bool(listed.is_active);
            listed.device.name.encode(w);
        }
        ids(w, &self.sealing, |hash| hash);
    }

    fn compartments_and_epochs(&self, w: &mut Writer) {
        w.array(self.compartments.size());
        for (id, compartment) in &self.compartments {
            w.array(5).bytes(id.as_bytes()).uint(compartment.purpose.code());
            compartment.name.encode(w);
            ids(w, &compartment.readers, |id| id.as_bytes());
            w.array(compartment.epochs.len());
            for epoch in &compartment.epochs {
                w.bytes(epoch.as_bytes());
            }
        }
        w.array(self.epochs.size());
        for (id, epoch) in &self.epochs {
            w.array(4).bytes(id.as_bytes()).bytes(epoch.compartment.as_bytes());
            w.bytes(epoch.commitment.as_bytes());
            ids(w, &epoch.recipients, |id| id.as_bytes());
        }
        w.array(self.wraps.size());
        for ((epoch, author), recipients) in &self.wraps {
            w.array(3).bytes(epoch.as_bytes()).bytes(author.as_bytes());
            ids(w, recipients, |id| id.as_bytes());
        }
    }

    fn pending(&self, w: &mut Writer) {
        w.array(self.proposals.size());
        for (id, Proposal { act, by, approvals, is_done }) in &self.proposals {
            w.array(5).bytes(id.as_bytes()).bytes(by.as_bytes()).bool(*is_done);
            act.encode(w);
            w.array(approvals.size());
            for (member, frame) in approvals {
                w.array(2).bytes(member.as_bytes()).bytes(frame.as_bytes());
            }
        }
        w.array(self.waiting.size());
        for (id, act) in &self.waiting {
            w.array(2).bytes(id.as_bytes());
            act.encode(w);
        }
    }
}

fn ids<T: Ord, const N: usize>(w: &mut Writer, set: &Set<T>, bytes: impl Fn(&T) -> &[u8; N]) {
    w.array(set.size());
    for id in set {
        w.bytes(bytes(id));
    }
}
