//! Who decides what unless a bag says otherwise: the defaults for the United Kingdom.
//!
//! Each rule names its source; `spec/guardianship.md` has them at length. A policy of a bag may set any of them otherwise, but not
//! what stands in [`authority`](super::authority) as the floor.

use crate::event::{Matter, Nation, Policy, PolicyRule, Stage};

impl Policy {
    /// The defaults for a nation of the United Kingdom, without anchors. The rules are left to the nation's defaults, which are
    /// frozen: a bag that states none keeps these for ever.
    pub const fn uk(nation: Nation) -> Self {
        Self { nation, rules: Vec::new(), anchors: Vec::new() }
    }

    /// The rule for a matter: the policy's own, else the nation's.
    pub fn rule(&self, matter: Matter) -> PolicyRule {
        let own = self.rules.iter().find(|rule| rule.matter == matter);
        own.copied().unwrap_or_else(|| uk_rule(self.nation, matter))
    }
}

const fn uk_rule(nation: Nation, matter: Matter) -> PolicyRule {
    let (guardians, subject, alone) = match matter {
        // Who sees a record is a decision about personal data, which the young person takes from the stage that begins at 13 (12 in
        // Scotland): UK GDPR article 8 with Data Protection Act 2018 section 9, and section 208 for Scotland. That they understand it
        // then is Gillick v West Norfolk and Wisbech AHA [1986] AC 112. From 16 alone: Family Law Reform Act 1969 section 8.
        Matter::AddSupporter | Matter::Share | Matter::Unshare => (1, Some(Stage::Teen), Some(Stage::Young)),
        Matter::RemoveSupporter | Matter::MakeCompartment | Matter::Rename => (1, None, Some(Stage::Teen)),
        // Each person with parental responsibility may act alone (Children Act 1989 section 2(7)); to give it to one more, or to take
        // it, is for all or for a court (section 2(9) and section 4(2A)).
        Matter::AddGuardian | Matter::Policy => {
            (PolicyRule::ALL, Some(Stage::Teen), Some(full_capacity(nation)))
        }
        Matter::RemoveGuardian => (PolicyRule::ALL, Some(Stage::Young), Some(full_capacity(nation))),
        // A false key for the subject would speak for them later, so all guardians answer for it.
        Matter::AddSubject | Matter::SubjectDevice => {
            (PolicyRule::ALL, Some(Stage::Teen), Some(Stage::Young))
        }
        Matter::Birth => (PolicyRule::ALL, None, None),
        // Keys and proofs harm nobody.
        Matter::Rekey | Matter::Proved => (1, None, Some(Stage::Child)),
        // Majority: Family Law Reform Act 1969 section 1, Age of Majority Act (Northern Ireland) 1969 section 1.
        Matter::HandOver => (PolicyRule::ALL, Some(Stage::Child), Some(full_capacity(nation))),
    };
    PolicyRule { matter, guardians, subject, alone }
}

/// Age of Legal Capacity (Scotland) Act 1991 section 1(1)(b): from 16. Elsewhere the age of majority.
const fn full_capacity(nation: Nation) -> Stage {
    match nation {
        Nation::Scotland => Stage::Young,
        Nation::England | Nation::Wales | Nation::NorthernIreland => Stage::Adult,
    }
}
