//! The numbered checks of joining, and what a refusal says.
//!
//! The table below is the source; `spec/checks.md` repeats it for people, and a test compares the two. A number is never reused
//! for another rule. The line that refuses names its [`JoinCheck`], and at least one negative test names its number.

/// Defines [`JoinCheck`] from one table, so that number, clause, rule and what is said cannot drift apart.
macro_rules! checks {
    ($($check:ident = $id:literal, $clause:literal, $rule:literal, $says:literal;)+) => {
        /// One numbered check of joining. `spec/checks.md` lists them with their clauses.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum JoinCheck {
            $(#[doc = concat!($id, ": ", $rule, " (", $clause, ").")] $check,)+
        }

        impl JoinCheck {
            /// Every check, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$check),+];

            /// Its number, such as `JO-07`. It stays the same for ever.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$check => $id),+ }
            }

            /// The clause it enforces.
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$check => $clause),+ }
            }

            /// What must hold, in one sentence without a full stop.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$check => $rule),+ }
            }

            /// What happened and what to do next, for the person who joins or invites.
            pub const fn says(self) -> &'static str {
                match self { $(Self::$check => $says),+ }
            }
        }
    };
}

checks! {
    Text = "JO-01", "joining.md, As text",
        "a text begins with one of the four prefixes and is base64url whose last four bytes are the checksum of the rest",
        "this text is not whole: copy it again, from its first character to its last";
    Parts = "JO-02", "joining.md, As text",
        "the parts of a text are of one text and all there",
        "these are not all parts of one text: scan or copy each of them once, and no other";
    Form = "JO-03", "joining.md, Messages",
        "a message is in the deterministic encoding, of a version and kind that is known, and within the limits",
        "this message is not one that this version can read: ask for it again, or bring both programs up to date";
    Kind = "JO-04", "joining.md, Messages",
        "a message is the one that this step waits for",
        "this is another message than the one that comes next: look for the one that the other side sent last";
    Name = "JO-05", "joining.md, Limits",
        "a name is at most 200 bytes and has no control characters",
        "this name is too long or has characters that cannot be shown: choose a shorter one in plain letters";
    Time = "JO-06", "joining.md, Limits",
        "the time is before the end of the invitation, and the end at most 30 days from now",
        "this invitation has ended, or a clock is wrong: look at the date of both devices and make a new invitation";
    Invitation = "JO-07", "joining.md, Messages",
        "a message belongs to this invitation",
        "this message belongs to another invitation: make a new one and use only what comes from it";
    Sealed = "JO-08", "joining.md, In person; joining.md, At a distance",
        "what is sealed opens with the keys of this invitation and was made for the messages before it",
        "this message was changed on its way or made for somebody else: make a new invitation";
    Keys = "JO-09", "bag-format.md, Keys",
        "the public keys of a device are keys: canonical, and not of low order",
        "the other device sent keys that are none: bring its program up to date and make a new invitation";
    Possession = "JO-10", "joining.md, The transcript",
        "the joining device signs all messages so far with the key that it brings",
        "the other device does not hold the keys that were sent: make a new invitation";
    OwnDevice = "JO-11", "joining.md, In person; joining.md, At a distance",
        "an invitation is carried on by the device that made it, and answered by another device",
        "an invitation is answered on the other device and carried on here: go to the device that made it";
    Promise = "JO-12", "joining.md, In person",
        "bag, seat and inviting device are those that the invitation promised",
        "this is not what the invitation promised: stop, and talk to the person who invited you";
    Inviter = "JO-13", "joining.md, The transcript",
        "the inviting device signs all messages so far",
        "this was not said by the device that invited: stop, and talk to the person who invited you";
    Commitment = "JO-14", "joining.md, At a distance",
        "what is revealed is what was committed to",
        "what was revealed is not what was promised at first: somebody may be in between; make a new invitation";
    Code = "JO-15", "joining.md, The code",
        "both sides see the same code, and say so before any key is given out",
        "the codes differ: somebody may be in between, and nothing was shared; make a new invitation, sent by another way";
    Bag = "JO-16", "joining.md, After joining",
        "the bag that is opened is the one that was promised",
        "this is another bag than the one you were invited to: ask for the right file";
    Listed = "JO-17", "joining.md, After joining",
        "the bag lists this device as one of the promised member in the promised role, and the device that invited",
        "this bag does not say what you were promised: stop, and talk to the person who invited you";
    Pending = "JO-18", "joining.md, Between the steps",
        "what was kept between two steps is whole, of this step and of a version that is known",
        "what this device kept of the invitation cannot be read: make a new invitation";
}

/// Why a step of joining was refused. Holds nothing that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} ({})", .check.says(), .check.id())]
pub struct JoinRefusal {
    /// The check that failed.
    pub check: JoinCheck,
}

impl JoinCheck {
    /// The refusal that this check failed.
    pub const fn refuse(self) -> JoinRefusal {
        JoinRefusal { check: self }
    }

    /// The refusal, whatever lay underneath; made for `map_err`.
    pub(super) fn because<E>(self) -> impl Fn(E) -> JoinRefusal {
        move |_| self.refuse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_in_order() {
        for pair in JoinCheck::ALL.windows(2) {
            assert!(pair[0].id() < pair[1].id(), "{:?}", pair[1]);
        }
        for check in JoinCheck::ALL {
            assert!(check.says().contains(": "), "{check:?} says what happened and what to do");
            assert!(check.refuse().to_string().ends_with(&format!("({})", check.id())));
        }
    }
}
