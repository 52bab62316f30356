//! The numbered rules of a bag: what every honest fold holds each member to.

use std::fmt;

use crate::numbered::numbered;

numbered! {
    /// One numbered rule of a bag. A number is never reused for another rule.
    Rule {
    // The frame.
    SecondGenesis = "BG-01", "bag-format.md, Events", "the first frame of a bag, and no other, makes it";
    Founder = "BG-02", "bag-format.md, Events",
        "a bag is made by its subject or a guardian, and signed by the device that it lists as theirs";
    BackDated = "BG-03", "bag-format.md, A frame's two sealed parts",
        "the time of a frame is not before that of a frame it follows";
    UnknownAuthor = "BG-04", "bag-format.md, The fold", "the author is a device that the frame's past lists";
    RemovedAuthor = "BG-05", "bag-format.md, The fold", "the author was not removed in the frame's past";
    UnreadableControl = "BG-06", "bag-format.md, Damage", "a frame of the control compartment can be read";
    UnknownKind = "BG-07", "bag-format.md, Events", "an event is of a kind and version that this software knows";
    WrongCompartment = "BG-08", "bag-format.md, Events",
        "authority stands in the control compartment alone, and records anywhere else";
    UnknownEpoch = "BG-09", "bag-format.md, Epochs and readers", "a frame's past knows the epoch it is sealed under";
    StaleEpoch = "BG-10", "bag-format.md, Epochs and readers",
        "a frame is sealed under the newest epoch whose recipients are exactly the entitled devices";
    RekeyFirst = "BG-11", "bag-format.md, Epochs and readers",
        "where no epoch has exactly the entitled devices as recipients, new keys come before anything else";

    // Who acts.
    NotReader = "BG-12", "bag-format.md, Epochs and readers",
        "whoever writes in a compartment, shares it or gives it new keys is one of its readers";
    SupporterActs = "BG-13", "guardianship.md, Roles",
        "a supporter changes nothing but their own devices, name and membership";
    RecoveryActs = "BG-14", "bag-format.md, Slots",
        "a recovery device does nothing but enrol a device for its own member";

    // What is named.
    NoSuch = "BG-15", "guardianship.md, Acts", "what an act names is there, and an act changes something";
    UsedBefore = "BG-16", "bag-format.md, Events",
        "no identifier of a member, device, compartment or epoch is used twice";
    TooMany = "BG-17", "bag-format.md, Limits", "members, devices and compartments are within the limits";
    SealingKeyUnknown = "BG-18", "bag-format.md, Events",
        "the sealing key of a device was published before the device is added";

    // Who decides.
    OthersOwn = "BG-19", "guardianship.md, Acts",
        "a device, and a household, is for the member who has it to add; others may do so for the subject alone";
    OneSubject = "BG-20", "guardianship.md, Roles",
        "there is one subject, who is not removed and keeps that role";
    LastDecider = "BG-21", "guardianship.md, Roles", "somebody who may decide remains";
    ApprovalMissing = "BG-22", "guardianship.md, Who decides", "an act has the approvals that the policy asks for";
    NotAReason = "BG-23", "guardianship.md, Who decides",
        "the reasons of a change are proposals of this very act, or approvals of them, that were not used before";
    // BG-24 was never given: wraps that do not open are FR-13, found by whoever opens them.
    AloneAgainstGuardian = "BG-25", "guardianship.md, The floor",
        "no guardian is removed by another alone, whatever the policy says";
    HandedOver = "BG-26", "guardianship.md, Handover", "the subject carries out the handover, and nobody else decides after it";

    // Removal.
    NotTheirs = "BG-27", "bag-format.md, The fold",
        "of a device that goes, a removal names frames which this device wrote and the remover has seen";
    TakesMore = "BG-28", "guardianship.md, The floor",
        "a removal takes away what it names: no other member, role or policy goes with it";
    NotWaiting = "BG-29", "bag-format.md, The fold", "what is settled is a removal that waits";

    // Keys.
    RekeyMissing = "BG-30", "bag-format.md, Epochs and readers",
        "a change that takes a compartment from a device starts a new epoch for it, if its author reads it";
    LeaverStarts = "BG-31", "bag-format.md, Epochs and readers",
        "whoever goes does not choose the keys of those who stay";
    Recipients = "BG-32", "bag-format.md, Epochs and readers",
        "the key of a new epoch was wrapped by the same author to exactly the entitled devices";
    WrapMissing = "BG-33", "bag-format.md, Epochs and readers",
        "a device or reader who is added was given the keys of the epochs that are due to them";
    NotShared = "BG-34", "guardianship.md, Compartments",
        "a personal compartment is read by its maker alone, the control compartment by every member";

    // Growing up.
    TypedBirth = "BG-35", "guardianship.md, Stages", "a typed birth date never replaces a proved one";
    NotProved = "BG-36", "guardianship.md, Evidence",
        "evidence is signed by somebody whom the policy trusts for this, and says what the act says";
    StageBack = "BG-37", "guardianship.md, Stages", "a stage is never taken back";
    TooYoung = "BG-38", "guardianship.md, Stages",
        "the token for a stage is dated after the birthday, which is known";
    PolicyFloor = "BG-39", "guardianship.md, The floor",
        "a policy does not take away the last issuer by whom the subject could prove their age";
    Forked = "BG-40", "bag-format.md, The fold",
        "each frame of a device follows the one that the device wrote before";
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.rule(), self.id())
    }
}
