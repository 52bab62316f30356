//! What the format writes as a small number.

use std::fmt;

use crate::wire::{Reader, WireError};

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident, $what:literal { $($(#[$one:meta])+ $variant:ident = $code:literal, $text:literal;)+ })+) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$one])+ $variant,)+ }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number it is written as.
            pub const fn code(self) -> u64 {
                match self { $(Self::$variant => $code),+ }
            }

            /// What the number stands for, if anything.
            pub const fn from_code(code: u64) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// In plain words.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
                Self::from_code(reader.uint()?).ok_or(WireError::Expected($what))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.words())
            }
        }
    )+};
}

codes! {
    /// What a member is to the bag.
    Role, "a role" {
        /// The person whom the bag is about.
        Subject = 1, "subject";
        /// Somebody who decides for the subject, or with them.
        Guardian = 2, "guardian";
        /// Somebody who sees what is shared with them and changes nothing.
        Supporter = 3, "supporter";
    }

    /// What a device is for.
    DevicePurpose, "the purpose of a device" {
        /// A phone, a browser, a computer.
        InUse = 1, "in use";
        /// The key on a printed sheet. It may only enrol a device for its own member.
        Sheet = 2, "printed sheet";
        /// The key that trusted people hold in shares. As for a sheet.
        Shares = 3, "shares held by trusted people";
    }

    /// What a compartment is for.
    CompartmentPurpose, "the purpose of a compartment" {
        /// Authority: members, devices, policy. Read by every member.
        Control = 1, "control";
        /// The subject's record.
        Record = 2, "record";
        /// What belongs to one home: addresses, contacts, the receipts that reveal them.
        Household = 3, "household";
        /// One member's own keys and notes. Never shared.
        Personal = 4, "personal";
    }

    /// How far the subject has grown, by law. It never goes back.
    Stage, "a stage" {
        /// Under 13 (in Scotland under 12).
        Child = 1, "under 13";
        /// 13 to 15 (in Scotland 12 to 15).
        Teen = 2, "13 to 15";
        /// 16 and 17.
        Young = 3, "16 to 17";
        /// 18 and over.
        Adult = 4, "adult";
    }

    /// Whose law the defaults follow.
    Nation, "a nation" {
        /// England.
        England = 1, "England";
        /// Wales.
        Wales = 2, "Wales";
        /// Northern Ireland.
        NorthernIreland = 3, "Northern Ireland";
        /// Scotland.
        Scotland = 4, "Scotland";
    }

    /// For what a policy trusts a key.
    AnchorPurpose, "the purpose of an anchor" {
        /// Signed orders: a family court, a council.
        Order = 1, "orders";
        /// Birth dates.
        Birth = 2, "birth dates";
        /// Tokens whose date counts, such as status lists.
        Date = 3, "dated tokens";
    }

    /// What a rule of a policy is about.
    Matter, "the matter of a rule" {
        /// A supporter joins.
        AddSupporter = 1, "a supporter joins";
        /// A guardian joins, or a supporter becomes one.
        AddGuardian = 2, "a guardian joins";
        /// The subject joins, with a key of their own.
        AddSubject = 3, "the subject joins";
        /// A device of the subject's is added or removed by others.
        SubjectDevice = 4, "a device of the subject's is added or removed by others";
        /// A supporter or a supporter's device is removed by others.
        RemoveSupporter = 5, "a supporter is removed";
        /// A guardian or a guardian's device is removed by others, loses the role, or is shut out of the record.
        RemoveGuardian = 6, "a guardian is removed";
        /// A compartment is made.
        MakeCompartment = 7, "a compartment is made";
        /// A compartment is shared.
        Share = 8, "a compartment is shared";
        /// A compartment is no longer shared.
        Unshare = 9, "a compartment is no longer shared";
        /// New keys for compartments.
        Rekey = 10, "compartments get new keys";
        /// The policy changes.
        Policy = 11, "the policy changes";
        /// A birth date is typed.
        Birth = 12, "a birth date is typed";
        /// A birth date or a stage is proved by a trusted issuer.
        Proved = 13, "a birth date or a stage is proved";
        /// Control passes to the subject.
        HandOver = 14, "control passes to the subject";
        /// Something gets another name or household.
        Rename = 15, "something is renamed";
    }
}

impl Stage {
    /// The age at which it begins.
    pub const fn age(self, nation: Nation) -> u16 {
        match (self, nation) {
            (Self::Child, _) => 0,
            // Age of Legal Capacity (Scotland) Act 1991 section 2(4A), Data Protection Act 2018 section 208.
            (Self::Teen, Nation::Scotland) => 12,
            // UK GDPR article 8 with Data Protection Act 2018 section 9.
            (Self::Teen, _) => 13,
            // Family Law Reform Act 1969 section 8; Age of Majority Act (Northern Ireland) 1969 section 4;
            // Age of Legal Capacity (Scotland) Act 1991 section 1.
            (Self::Young, _) => 16,
            // Family Law Reform Act 1969 section 1; Age of Majority Act (Northern Ireland) 1969 section 1;
            // Age of Majority (Scotland) Act 1969 section 1.
            (Self::Adult, _) => 18,
        }
    }
}

impl DevicePurpose {
    /// Whether the device may only enrol another.
    pub const fn is_recovery(self) -> bool {
        matches!(self, Self::Sheet | Self::Shares)
    }
}
