//! Who is in the bag, what they read, and who decides.

use bookbag_crypto::{Entropy, SaltStream};
use bookbag_store::bag::Doing;
use bookbag_store::event::{
    Act, CompartmentPurpose, Date, Device, DevicePurpose, Grounds, Kept, Label, Member, Policy, Removed,
    Role, Stage,
};
use bookbag_store::id::{CompartmentId, DeviceId, FrameId, MemberId};
use bookbag_store::joining::{Confirmed, Joined, Listed, Offer, Seat, SeatKind};
use bookbag_store::preamble::{CopyKey, KeyRing, Parameters, Preamble, Slot};

use crate::decide::Decision;
use crate::error::VerbError;
use crate::holder::{Acting, Holder};
use crate::slots::NewSlot;

/// What somebody who is let in sees of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// All of it.
    FromStart,
    /// What is written from now on.
    FromNow,
    /// Nothing, until it is shared with them.
    NotTheRecord,
}

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The bag.
    Bag,
    /// A member.
    Member(MemberId),
    /// A device.
    Device(DeviceId),
    /// A compartment.
    Compartment(CompartmentId),
}

/// Joining.
impl Holder {
    /// What an invitation offers to somebody new (`bookbag_store::joining`).
    ///
    /// # Errors
    ///
    /// If the name is too long, or this device is no longer in the bag.
    pub fn offer_member(
        &self,
        role: Role,
        name: &Label,
        ends: u64,
        entropy: Entropy<32>,
    ) -> Result<Offer, VerbError> {
        self.me()?;
        let seat = Seat::new(SeatKind::NewMember, MemberId::generate(entropy), role, name)?;
        Ok(Offer { bag: self.id(), seat, ends })
    }

    /// What an invitation offers to another device of one's own.
    ///
    /// # Errors
    ///
    /// If this device is no longer in the bag.
    pub fn offer_device(&self, ends: u64) -> Result<Offer, VerbError> {
        let (id, me) = self.me()?;
        let seat = Seat::new(SeatKind::FurtherDevice, id, me.role, &me.name)?;
        Ok(Offer { bag: self.id(), seat, ends })
    }

    /// This device's name in the bag; with the card of `bag().device()` it is what invites.
    ///
    /// # Errors
    ///
    /// If this device is no longer in the bag.
    pub fn own_name(&self) -> Result<Label, VerbError> {
        let listed = self.state().device(self.bag.device().id()).filter(|listed| listed.is_active);
        Ok(listed.ok_or(VerbError::NotAMember)?.device.name.clone())
    }

    /// Lets a device in whose keys were confirmed: a new member, or a further device of this one. Who is to read the record, and may, becomes a reader
    /// of it; where that is for others to agree with it is proposed as well. Once it is done, the joiner is given a copy: [`Self::copy_for`].
    ///
    /// # Errors
    ///
    /// If it was confirmed for another bag, or may not be done.
    pub fn admit(&mut self, confirmed: &Confirmed, sees: Sees, doing: Doing) -> Result<Decision, VerbError> {
        let mut acting = Acting::new(doing);
        if confirmed.bag() != self.id() {
            return Err(VerbError::OtherBag);
        }
        let (seat, card) = (confirmed.seat(), confirmed.card());
        let device = Device {
            member: seat.member(),
            signing: *card.signing_bytes(),
            sealing: card.sealing_hash(),
            name: confirmed.device_name().clone(),
            purpose: DevicePurpose::InUse,
        };
        let (member, role) = (seat.member(), seat.role());
        let act = match seat.kind() {
            SeatKind::FurtherDevice => Act::AddDevice(device),
            SeatKind::NewMember => {
                let name = seat.name().clone();
                Act::AddMember(Member { id: member, role, name, household: None }, device)
            }
        };
        self.whole(|holder| {
            let decision = holder.decide_on(&act, Some(card), &mut acting)?;
            if matches!(decision, Decision::Done(_)) && seat.kind() == SeatKind::NewMember {
                holder.show_record(member, sees, &mut acting)?;
            }
            Ok(decision)
        })
    }

    fn show_record(&mut self, with: MemberId, sees: Sees, acting: &mut Acting) -> Result<(), VerbError> {
        let from_start = match sees {
            Sees::NotTheRecord => return Ok(()),
            Sees::FromStart => true,
            Sees::FromNow => false,
        };
        let Some(compartment) = self.record() else { return Ok(()) };
        self.decide_on(&Act::Share { compartment, with, from_start }, None, acting).map(drop)
    }

    /// The start of the copy for a device that has joined: magic and a preamble with one slot, which that device opens. All frames of this file follow.
    ///
    /// # Errors
    ///
    /// If the device is not in the bag (yet).
    pub fn copy_for(&self, device: DeviceId, entropy: Entropy<32>) -> Result<Vec<u8>, VerbError> {
        let mut random = SaltStream::new(entropy);
        let listed = self.state().device(device).filter(|listed| listed.is_active);
        listed.ok_or(VerbError::NotInYet)?;
        let card = self.bag.card(device).ok_or(VerbError::NotInYet)?;
        let ring = self.ring_of_a_copy(&mut random);
        let parameters = Parameters::Device { device };
        let slot = Slot::seal_to(self.id(), parameters, &card, &ring, random.entropy())?;
        Ok(Preamble::write(self.id(), 1, &[slot], &ring.copy_key))
    }

    /// Each copy has its own key, so that who opens one cannot change the start of another unseen.
    pub(crate) fn ring_of_a_copy(&self, random: &mut SaltStream) -> KeyRing {
        KeyRing { copy_key: CopyKey::generate(random.entropy()), ..self.bag.key_ring_to() }
    }

    /// What a joiner does first in the copy that it was given: sees that the bag says what was promised, makes the compartments of its own that it lacks, and
    /// puts its own slot, and the recovery slots, in the place of the one it came by.
    ///
    /// # Errors
    ///
    /// If the bag is not what was promised. Then the copy is to be deleted.
    pub fn settle_in(&mut self, joined: Joined, slot: &NewSlot<'_>, doing: Doing) -> Result<(), VerbError> {
        let mut acting = Acting::new(doing);
        let (id, me) = self.me()?;
        let role = me.role;
        let inviters: Vec<DeviceId> = self.state().devices().map(|(id, _)| id).collect();
        let device = self.bag.device().id();
        joined.admitted(&Listed { bag: self.id(), device, member: id, role, inviters: &inviters })?;
        self.whole(|holder| {
            holder.furnish(id, role, &mut acting)?;
            holder.new_copy_key(slot, &mut acting)
        })
    }

    /// A personal compartment for whoever decides, and a household for a guardian. Where a home is shared with them already, it is theirs.
    fn furnish(&mut self, me: MemberId, role: Role, acting: &mut Acting) -> Result<(), VerbError> {
        if role == Role::Supporter {
            return Ok(());
        }
        if self.personal().is_none() {
            self.make_own(me, CompartmentPurpose::Personal, acting)?;
        }
        let has_home = self.state().member(me).is_some_and(|member| member.household.is_some());
        if role == Role::Guardian && !has_home {
            let state = self.state();
            let is_home =
                |id| state.compartment(id).is_some_and(|it| it.purpose == CompartmentPurpose::Household);
            let shared =
                state.compartments().map(|(id, _)| id).find(|id| is_home(*id) && state.reads(me, *id));
            let home = match shared {
                Some(home) => Some(home),
                None => self.make_own(me, CompartmentPurpose::Household, acting)?,
            };
            let act = Act::SetHousehold { member: me, household: home };
            if home.is_some() {
                self.decide_on(&act, None, acting)?;
            }
        }
        Ok(())
    }

    /// `None`, if others have to agree first.
    fn make_own(
        &mut self,
        me: MemberId,
        purpose: CompartmentPurpose,
        acting: &mut Acting,
    ) -> Result<Option<CompartmentId>, VerbError> {
        let id = CompartmentId::generate(acting.random.entropy());
        let act = Act::MakeCompartment { id, purpose, name: Label::default(), readers: vec![me] };
        Ok(matches!(self.decide_on(&act, None, acting)?, Decision::Done(_)).then_some(id))
    }
}

/// Leaving, and being removed.
impl Holder {
    /// Takes a member out, with all devices and new keys for all they read. For a guardian all have to agree, or a signed order (`order`) says so.
    ///
    /// # Errors
    ///
    /// If it may not be done.
    pub fn remove_member(
        &mut self,
        member: MemberId,
        order: Option<&[u8]>,
        doing: Doing,
    ) -> Result<Decision, VerbError> {
        let mut acting = Acting::new(doing);
        self.whole(|holder| {
            holder.rekey_first(&mut acting)?;
            // Somebody has proposed it: the same words, so that it is one decision.
            let proposed = holder.state().proposals().find_map(|(_, proposal)| match &*proposal.act {
                act @ Act::RemoveMember { member: other, .. } if *other == member && !proposal.is_done => {
                    Some(act.clone())
                }
                _ => None,
            });
            let act = match proposed.filter(|_| order.is_none()) {
                Some(act) => act,
                None => holder.removal_of(member, order)?,
            };
            let decision = holder.decide_on(&act, None, &mut acting)?;
            holder.drop_gone_slots();
            Ok(decision)
        })
    }

    fn removal_of(&self, member: MemberId, order: Option<&[u8]>) -> Result<Act, VerbError> {
        let listed = self.state().member(member).ok_or(VerbError::NoSuch { what: "member" })?;
        let accepted = |device: &DeviceId| Removed { device: *device, accepted: self.bag.last_of(*device) };
        let mut accepted: Vec<Removed> = listed.devices.iter().map(accepted).collect();
        accepted.sort_by_key(|removed| removed.device);
        let grounds = order.map_or(Grounds::Approved, |order| Grounds::Order(order.into()));
        Ok(Act::RemoveMember { member, accepted, grounds })
    }

    /// Takes a device out, with new keys for all that its member reads: one's own, or, with the others' agreement, one of the subject's.
    ///
    /// # Errors
    ///
    /// If it may not be done. A device cannot remove itself: use another, or leave.
    pub fn remove_device(&mut self, device: DeviceId, doing: Doing) -> Result<Decision, VerbError> {
        let mut acting = Acting::new(doing);
        let act = Act::RemoveDevice(Removed { device, accepted: self.bag.last_of(device) });
        self.whole(|holder| {
            let decision = holder.decide_on(&act, None, &mut acting)?;
            holder.drop_gone_slots();
            Ok(decision)
        })
    }

    /// Leaves the bag. What this member could read stays readable in this copy; what the others write from now on does not.
    ///
    /// # Errors
    ///
    /// If nobody would be left to decide, or this is the subject.
    pub fn leave(&mut self, doing: Doing) -> Result<FrameId, VerbError> {
        let mut acting = Acting::new(doing);
        let (me, _) = self.me()?;
        self.whole(|holder| {
            holder.rekey_first(&mut acting)?;
            let act = holder.removal_of(me, None)?;
            let pending = holder.bag.act(&act, &[], None, acting.doing())?;
            holder.add_act(&pending)
        })
    }

    /// Ends the waiting of a removal that met another.
    ///
    /// # Errors
    ///
    /// If it may not be done.
    pub fn settle(
        &mut self,
        removal: FrameId,
        stands: bool,
        order: Option<&[u8]>,
        doing: Doing,
    ) -> Result<Decision, VerbError> {
        let grounds = order.map_or(Grounds::Approved, |order| Grounds::Order(order.into()));
        self.decide(&Act::Settle { frame: removal, stands, grounds }, doing)
    }
}

/// Compartments, names, rules and growing up.
impl Holder {
    /// Makes a compartment. Its maker reads it; readers are put in order.
    ///
    /// # Errors
    ///
    /// If it may not be done.
    pub fn make_compartment(
        &mut self,
        name: Label,
        purpose: CompartmentPurpose,
        readers: &[MemberId],
        doing: Doing,
    ) -> Result<(CompartmentId, Decision), VerbError> {
        let mut acting = Acting::new(doing);
        let (me, _) = self.me()?;
        let id = CompartmentId::generate(acting.random.entropy());
        let mut readers: Vec<MemberId> = readers.iter().copied().chain([me]).collect();
        readers.sort_unstable();
        readers.dedup();
        let act = Act::MakeCompartment { id, purpose, name, readers };
        Ok((id, self.whole(|holder| holder.decide_on(&act, None, &mut acting))?))
    }

    /// Lets a member read a compartment: all of it, or what is written from now on.
    ///
    /// # Errors
    ///
    /// If it may not be done, or the member reads it already.
    pub fn share(
        &mut self,
        compartment: CompartmentId,
        with: MemberId,
        from_start: bool,
        doing: Doing,
    ) -> Result<Decision, VerbError> {
        self.decide(&Act::Share { compartment, with, from_start }, doing)
    }

    /// Stops sharing a compartment with a member, with new keys.
    ///
    /// # Errors
    ///
    /// If it may not be done, or the member does not read it.
    pub fn unshare(
        &mut self,
        compartment: CompartmentId,
        with: MemberId,
        doing: Doing,
    ) -> Result<Decision, VerbError> {
        self.decide(&Act::Unshare { compartment, with }, doing)
    }

    /// Makes a guardian a supporter, or the other way round.
    ///
    /// # Errors
    ///
    /// If it may not be done.
    pub fn set_role(&mut self, member: MemberId, role: Role, doing: Doing) -> Result<Decision, VerbError> {
        self.decide(&Act::SetRole { member, role }, doing)
    }

    /// Gives something another name.
    ///
    /// # Errors
    ///
    /// If it may not be done.
    pub fn rename(&mut self, what: Named, name: Label, doing: Doing) -> Result<Decision, VerbError> {
        let what = match what {
            Named::Bag => None,
            Named::Member(id) => Some(*id.as_bytes()),
            Named::Device(id) => Some(*id.as_bytes()),
            Named::Compartment(id) => Some(*id.as_bytes()),
        };
        self.decide(&Act::Rename { what, name }, doing)
    }

    /// Says in which home a member lives: one's own, or the subject's.
    ///
    /// # Errors
    ///
    /// If it may not be done.
    pub fn set_household(
        &mut self,
        member: MemberId,
        household: Option<CompartmentId>,
        doing: Doing,
    ) -> Result<Decision, VerbError> {
        self.decide(&Act::SetHousehold { member, household }, doing)
    }

    /// Sets the rules by which the members decide.
    ///
    /// # Errors
    ///
    /// If it may not be done.
    pub fn set_policy(&mut self, policy: Policy, doing: Doing) -> Result<Decision, VerbError> {
        self.decide(&Act::SetPolicy(policy), doing)
    }

    /// Sets the subject's birth date: typed, or proved by a credential of somebody whom the policy trusts for it.
    ///
    /// # Errors
    ///
    /// If it may not be done, or the credential does not say so.
    pub fn set_birth(
        &mut self,
        birth: Date,
        evidence: Option<&[u8]>,
        doing: Doing,
    ) -> Result<Decision, VerbError> {
        self.decide(&Act::SetBirth { birth, evidence: evidence.map(Into::into) }, doing)
    }

    /// Says that the subject has reached a stage, by a token that is dated after the birthday.
    ///
    /// # Errors
    ///
    /// If the token does not show it.
    pub fn reach_stage(
        &mut self,
        stage: Stage,
        evidence: &[u8],
        doing: Doing,
    ) -> Result<Decision, VerbError> {
        self.decide(&Act::ReachStage { stage, evidence: evidence.into() }, doing)
    }

    /// Hands control to the subject, with new keys for all that the subject reads. Members who are not named go.
    ///
    /// # Errors
    ///
    /// If there is no subject in the bag, or it may not be done.
    pub fn hand_over(&mut self, keep: &[Kept], doing: Doing) -> Result<Decision, VerbError> {
        let mut acting = Acting::new(doing);
        let mut keep = keep.to_vec();
        keep.sort_unstable_by_key(|kept| kept.member);
        self.whole(|holder| {
            let decision = holder.decide_on(&Act::HandOver { keep }, None, &mut acting)?;
            holder.drop_gone_slots();
            Ok(decision)
        })
    }

    /// New keys wherever somebody who left might still have them. This is done by itself before anything is written; a host may do it after a merge.
    /// Whether any were made.
    ///
    /// # Errors
    ///
    /// If the key of a device is missing.
    pub fn rekey_where_due(&mut self, doing: Doing) -> Result<bool, VerbError> {
        let mut acting = Acting::new(doing);
        self.whole(|holder| holder.rekey_first(&mut acting))
    }
}
