//! Things by the names that people give them.

use bookbag_store::id::{CompartmentId, DeviceId, MemberId};

use crate::error::VerbError;
use crate::holder::Holder;

/// Fewer digits of an id would too often be those of two.
const LEAST_DIGITS: usize = 4;

impl Holder {
    /// The member with this name, or id, or the first digits of an id.
    ///
    /// # Errors
    ///
    /// If there is none, or more than one.
    pub fn member_named(&self, name: &str) -> Result<MemberId, VerbError> {
        let all = self.state().members();
        one_named("member", name, all.map(|(id, member)| (id, id.to_string(), member.name.to_string())))
    }

    /// The device in the bag with this name, or id, or the first digits of an id.
    ///
    /// # Errors
    ///
    /// If there is none, or more than one.
    pub fn device_named(&self, name: &str) -> Result<DeviceId, VerbError> {
        let all = self.state().devices().filter(|(_, listed)| listed.is_active);
        one_named(
            "device",
            name,
            all.map(|(id, listed)| (id, id.to_string(), listed.device.name.to_string())),
        )
    }

    /// The compartment that this member reads, by its name as it is shown, or id, or the first digits of an id.
    ///
    /// # Errors
    ///
    /// If there is none, or more than one.
    pub fn compartment_named(&self, name: &str) -> Result<CompartmentId, VerbError> {
        let me = self.bag.member().ok_or(VerbError::NotAMember)?;
        let all = self.state().compartments().filter(|(id, _)| self.state().reads(me, *id));
        one_named("compartment", name, all.map(|(id, _)| (id, id.to_string(), self.compartment_name(id))))
    }
}

/// The one of these, by name or id. A name that fits wholly comes before digits that an id begins with.
pub(crate) fn one_named<I: Copy>(
    what: &'static str,
    wanted: &str,
    all: impl Iterator<Item = (I, String, String)>,
) -> Result<I, VerbError> {
    let folded = wanted.trim().to_lowercase();
    let (mut named, mut begun) = (Vec::new(), Vec::new());
    for (item, id, name) in all {
        if id == folded {
            return Ok(item);
        }
        if name.trim().to_lowercase() == folded {
            named.push(item);
        } else if folded.len() >= LEAST_DIGITS && id.starts_with(&folded) {
            begun.push(item);
        }
    }
    match (named.as_slice(), begun.as_slice()) {
        ([one], _) | ([], [one]) => Ok(*one),
        ([], []) => Err(VerbError::NoSuch { what }),
        _ => Err(VerbError::Several { what }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_found_by_name_or_by_the_start_of_its_id() {
        let all = || {
            [(1, "abcdef", "Anna"), (2, "abcd00", "Ben"), (3, "123456", "Ben"), (4, "ffff00", "abcdef")]
                .map(|(item, id, name)| (item, id.to_owned(), name.to_owned()))
                .into_iter()
        };
        let found = |wanted| one_named("member", wanted, all());
        assert_eq!(found(" anna "), Ok(1));
        assert_eq!(found("1234"), Ok(3));
        assert_eq!(found("abcdef"), Ok(1));
        assert_eq!(found("Ben"), Err(VerbError::Several { what: "member" }));
        assert_eq!(found("abcd"), Err(VerbError::Several { what: "member" }));
        assert_eq!(found("123"), Err(VerbError::NoSuch { what: "member" }));
        assert_eq!(found(""), Err(VerbError::NoSuch { what: "member" }));
    }
}
