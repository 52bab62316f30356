#![expect(clippy::string_slice, reason = "what is cut here is ASCII")]

use proptest::prelude::*;

use super::*;
use crate::secret::shares::tests::shares;

fn refused(typed: &str) -> ShareTextError {
    Share::parse(typed).unwrap_err()
}

fn one() -> String {
    shares(3, 5).remove(1).to_text().to_string()
}

fn same(one: &Share, other: &Share) -> bool {
    one.to_bytes() == other.to_bytes()
}

/// The text with the character of a group changed by a function of its value.
fn changed(text: &str, group: usize, at: usize, change: impl Fn(u8) -> u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let place = &mut bytes[group * 6 + at];
    let value = value_of(char::from(*place)).unwrap();
    *place = ALPHABET[usize::from(change(value) & 31)];
    String::from_utf8(bytes).unwrap()
}

/// 2 generates GF(2^5): its powers take each value but 0 once.
#[test]
fn the_field_of_the_group_check_is_a_field() {
    let mut power = 1;
    let powers: std::collections::HashSet<u8> = (0..31)
        .map(|_| {
            power = multiply(power, 2);
            power
        })
        .collect();
    assert_eq!((powers.len(), power), (31, 1));
    assert_eq!((multiply(3, 5), multiply(16, 2), multiply(31, 0)), (15, 5, 0));
}

#[test]
fn a_share_has_eighteen_groups_of_five() {
    let text = one();
    let groups: Vec<_> = text.split(' ').collect();
    assert_eq!(groups.len(), GROUPS);
    assert!(groups.iter().all(|group| group.len() == 5));
    let share = Share::parse(&text).unwrap();
    assert_eq!(*share.qr_text(), format!("{QR_PREFIX}{}", text.replace(' ', "")));
    // All of it in the dense mode of QR codes (ISO/IEC 18004 section 7.4.4).
    assert!(
        share
            .qr_text()
            .chars()
            .all(|one| one.is_ascii_digit() || one.is_ascii_uppercase() || ":/".contains(one))
    );
}

#[test]
fn a_share_is_read_as_people_type_it() {
    let text = one();
    let plain = Share::parse(&text).unwrap();
    for typed in [
        text.to_lowercase(),
        text.replace(' ', ""),
        text.replace(' ', "-"),
        text.replace(' ', "\u{2013}"),
        text.replace(' ', "\u{a0}\n"),
        format!(" \n{text} "),
        text.replace('1', "l").replace('0', "o"),
        text.replace('1', "I").replace('0', "O"),
        plain.qr_text().to_string(),
        plain.qr_text().to_lowercase(),
        // Gaps in the wrong places.
        text.replace(' ', "").chars().flat_map(|one| [one, ' ']).collect(),
    ] {
        assert!(same(&Share::parse(&typed).unwrap(), &plain), "{typed}");
    }
}

#[test]
fn one_wrong_character_names_its_group() {
    let text = one();
    for group in 0..GROUPS {
        for at in 0..5 {
            for other in 1..32 {
                let typed = changed(&text, group, at, |value| value ^ other);
                assert_eq!(refused(&typed), ShareTextError::Group(group + 1), "{typed}");
            }
        }
    }
}

#[test]
fn two_characters_that_changed_places_name_their_group() {
    let text = one();
    for group in 0..GROUPS {
        for at in 0..4 {
            let mut bytes = text.as_bytes().to_vec();
            bytes.swap(group * 6 + at, group * 6 + at + 1);
            let typed = String::from_utf8(bytes).unwrap();
            if typed != text {
                assert_eq!(refused(&typed), ShareTextError::Group(group + 1), "{typed}");
            }
        }
    }
}

#[test]
fn two_groups_that_changed_places_name_the_first() {
    let text = one();
    for first in 0..GROUPS {
        for second in first + 1..GROUPS {
            let mut groups: Vec<_> = text.split(' ').collect();
            assert_ne!(groups[first], groups[second]);
            groups.swap(first, second);
            assert_eq!(refused(&groups.join(" ")), ShareTextError::Group(first + 1));
        }
    }
}

#[test]
fn a_character_too_many_or_too_few_is_counted_or_named() {
    let text = one();
    assert_eq!(refused(""), ShareTextError::Length { found: 0 });
    assert_eq!(refused(&text[6..]), ShareTextError::Length { found: 85 });
    assert_eq!(refused(&format!("{text} ABCDE")), ShareTextError::Length { found: 95 });
    assert_eq!(refused(&text.replace(' ', "")[1..]), ShareTextError::Length { found: 89 });
    assert_eq!(refused(&"A".repeat(10_000)), ShareTextError::Length { found: 10_000 });
    // With gaps, the short group can be named.
    assert_eq!(refused(&text[1..]), ShareTextError::Group(1));
    assert_eq!(refused(&text[..text.len() - 1]), ShareTextError::Group(18));
    assert_eq!(refused(&format!("{text}X")), ShareTextError::Group(18));
}

#[test]
fn characters_outside_the_alphabet_name_their_group() {
    for stranger in ["U", "u", "!", "é", "\u{1f41f}", "\0"] {
        let text = one();
        assert_eq!(refused(&format!("{stranger}{}", &text[1..])), ShareTextError::Group(1), "{stranger}");
    }
}

/// Groups that each fit, of which two are from another share.
#[test]
fn groups_of_two_shares_do_not_go_together() {
    let shares = shares(2, 2);
    let (one, other) = (shares[0].to_text(), shares[1].to_text());
    for cut in 1..GROUPS {
        let mixed = format!("{}{}", &one[..cut * 6], &other[cut * 6..]);
        // The two share their beginning up to the number, in the third group.
        let expected = if cut <= 2 { None } else { Some(ShareTextError::Checksum) };
        assert_eq!(Share::parse(&mixed).err(), expected, "{cut}");
    }
}

#[test]
fn other_versions_and_impossible_numbers_are_refused() {
    for (at, value) in [(0, 0), (0, 2), (0, 255), (5, 0x00), (5, 0x0f)] {
        let mut bytes = Share::parse(&one()).unwrap().to_bytes();
        bytes[at] = value;
        assert!(matches!(Share::from_bytes(&bytes), Err(ShareTextError::Checksum)));
        let check = check(&bytes);
        bytes[CHECKED_BYTES..].copy_from_slice(&check);
        assert!(matches!(Share::from_bytes(&bytes), Err(ShareTextError::Version)), "{at} {value}");
    }
}

proptest! {
    #[test]
    fn every_share_comes_back(set: [u8; 4], needed in 2u8..=16, number in 1u8..=16, values: [u8; 32], rest: [u8; 4]) {
        let mut all = Zeroizing::new([0; VALUE_BYTES]);
        all[..32].copy_from_slice(&values);
        all[32..].copy_from_slice(&rest);
        let share = Share { set: SetId(set), needed, point: ShamirShare::new(number, all).unwrap() };
        for text in [share.to_text(), share.qr_text()] {
            let read = Share::parse(&text).unwrap();
            prop_assert_eq!((read.set().0, read.needed(), read.number()), (set, needed, number));
            prop_assert!(same(&read, &share));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = Share::parse(&text);
    }

    #[test]
    fn ninety_characters_are_read_or_refused(text in "[0-9A-Z]{90}") {
        prop_assert!(Share::parse(&text).is_err());
    }
}
