use proptest::prelude::*;

use super::*;

pub(super) fn shares(needed: u8, made: u8) -> Vec<Share> {
    shares_of([0xa5; 32], needed, made, 1)
}

fn shares_of(secret: [u8; 32], needed: u8, made: u8, seed: u8) -> Vec<Share> {
    let secret = RecoverySecret::from_secret_bytes(Zeroizing::new(secret));
    Scheme::new(needed, made).unwrap().share_out(&secret, Entropy::from_secure_random([seed; 32]))
}

/// The share, as if it had been read from a card.
fn again(share: &Share) -> Share {
    Share::parse(&share.to_text()).unwrap()
}

fn choose(shares: &[Share], numbers: &[usize]) -> Vec<Share> {
    numbers.iter().map(|number| again(&shares[number - 1])).collect()
}

/// A share of the same set and number with other values, whose text is in order: a lie, not a slip.
fn forged(share: &Share, at: usize) -> Share {
    let mut values = Zeroizing::new(*share.point.as_secret_bytes());
    values[at] ^= 1;
    Share { set: share.set, needed: share.needed, point: ShamirShare::new(share.number(), values).unwrap() }
}

fn opened(shares: &[Share]) -> [u8; 32] {
    *combine(shares).unwrap().into_secret().as_secret_bytes()
}

#[test]
fn what_is_no_scheme_is_refused() {
    for (needed, made) in [(0, 0), (0, 3), (1, 1), (1, 3), (3, 2), (2, 17), (17, 17), (255, 255), (16, 15)] {
        assert_eq!(Scheme::new(needed, made), Err(BadScheme), "{needed} of {made}");
    }
    for (needed, made) in [(2, 2), (2, 16), (16, 16), (3, 5)] {
        let scheme = Scheme::new(needed, made).unwrap();
        assert_eq!((scheme.needed(), scheme.shares()), (needed, made));
    }
}

#[test]
fn any_two_of_three_give_the_secret() {
    let all = shares(2, 3);
    for numbers in [&[1, 2][..], &[2, 1], &[1, 3], &[3, 2], &[3, 1, 2]] {
        let combined = combine(&choose(&all, numbers)).unwrap();
        assert!(combined.wrong_shares().is_empty());
        assert_eq!(*combined.into_secret().as_secret_bytes(), [0xa5; 32], "{numbers:?}");
    }
}

#[test]
fn too_few_are_counted() {
    let all = shares(3, 5);
    assert_eq!(combine(&[]).err(), Some(CombineError::None));
    for numbers in [&[4][..], &[1, 5]] {
        let given = u8::try_from(numbers.len()).unwrap();
        let error = combine(&choose(&all, numbers)).unwrap_err();
        assert_eq!(error, CombineError::TooFew { given, needed: 3 });
    }
    let error = combine(&choose(&all, &[2])).unwrap_err();
    assert_eq!(error.to_string(), "1 of the 3 shares that are needed are here: ask for 2 more");
}

#[test]
fn a_duplicate_is_named() {
    let all = shares(3, 5);
    for numbers in [&[2, 2][..], &[1, 2, 2], &[1, 2, 3, 2], &[2, 4, 5, 1, 3, 2]] {
        let error = combine(&choose(&all, numbers)).unwrap_err();
        assert_eq!(error, CombineError::Duplicate { number: 2 }, "{numbers:?}");
    }
    let two_of_a_number = [again(&all[0]), forged(&all[0], 3), again(&all[1])];
    assert_eq!(combine(&two_of_a_number).err(), Some(CombineError::Duplicate { number: 1 }));
}

#[test]
fn a_share_of_another_set_is_named() {
    let mut mixed = shares(2, 3);
    mixed.extend(shares_of([0xa5; 32], 2, 3, 2).into_iter().skip(1));
    assert_eq!(combine(&mixed).err(), Some(CombineError::OtherSet { place: 4 }));
    // The same set with another number needed was never made by us.
    let mut lied = shares(2, 3);
    lied[1].needed = 3;
    assert_eq!(combine(&lied).err(), Some(CombineError::OtherSet { place: 2 }));
}

#[test]
fn a_wrong_share_among_just_enough_is_noticed() {
    let all = shares(3, 5);
    for at in 0..VALUE_BYTES {
        let given = [again(&all[0]), forged(&all[1], at), again(&all[4])];
        assert_eq!(combine(&given).err(), Some(CombineError::Wrong), "byte {at}");
    }
}

#[test]
fn one_share_more_than_needed_names_the_wrong_one() {
    let all = shares(3, 5);
    for wrong in 0..4 {
        let mut given = choose(&all, &[1, 2, 3, 4]);
        given[wrong] = forged(&all[wrong], 7);
        let combined = combine(&given).unwrap();
        assert_eq!(combined.wrong_shares(), [all[wrong].number()]);
        assert_eq!(*combined.into_secret().as_secret_bytes(), [0xa5; 32]);
    }
    // Two wrong ones need two more.
    let mut given = choose(&all, &[1, 2, 3, 4]);
    given[0] = forged(&all[0], 0);
    given[3] = forged(&all[3], 1);
    assert_eq!(combine(&given).err(), Some(CombineError::Wrong));
    given.push(again(&all[4]));
    assert_eq!(combine(&given).unwrap().wrong_shares(), [1, 4]);
}

/// At 0, the lies of 1 and 4 cancel beside share 5: 4·5 / (4+1)(5+1) = 1·5 / (1+4)(5+4). They make a group as large as the honest one.
#[test]
fn holders_who_lie_together_do_not_get_honest_ones_blamed_alone() {
    let mut given = shares(3, 5);
    given[0] = forged(&given[0], 0);
    given[3] = forged(&given[3], 0);
    let combined = combine(&given).unwrap();
    assert_eq!(combined.wrong_shares(), [1, 2, 3, 4]);
    assert_eq!(*combined.into_secret().as_secret_bytes(), [0xa5; 32]);
}

#[test]
fn the_most_choices_there_are_end_in_an_answer() {
    let all = shares(8, 16);
    let lies: Vec<Share> = all.iter().map(|share| forged(share, 1)).collect();
    // Every share shifted by the same is a sharing of another secret, which its digest does not fit.
    assert_eq!(combine(&lies).err(), Some(CombineError::Wrong));
    assert_eq!(opened(&shares(16, 16)), [0xa5; 32]);
}

#[test]
fn a_share_says_nothing_of_secret_or_people() {
    let all = shares(2, 3);
    assert_eq!(format!("{:?}", all[1]), format!("Share(2 of {}, 2 needed)", all[1].set().to_text()));
    let combined = combine(&all).unwrap();
    assert!(!format!("{combined:?}").contains("165"));
    // The same secret shared again has nothing in common with the first time.
    let other = shares_of([0xa5; 32], 2, 3, 2);
    assert_ne!(all[0].set(), other[0].set());
    assert_ne!(all[0].point.as_secret_bytes(), other[0].point.as_secret_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_k_give_the_secret_and_fewer_fit_any_other(
        secret: [u8; 32], other: [u8; 32], needed in 2u8..=16, more in 0u8..=14, seed: u8, turn: usize,
    ) {
        let made = (needed + more).min(MAX_SHARES);
        let mut all = shares_of(secret, needed, made, seed);
        all.rotate_left(turn % usize::from(made));
        let needed = usize::from(needed);
        all.truncate(needed);
        prop_assert_eq!(opened(&all), secret);
        // A last share can be made up with which the others give any other secret, digest and all.
        let last = all.pop().unwrap();
        let pretended = with_digest(&RecoverySecret::from_secret_bytes(Zeroizing::new(other)));
        let difference: Vec<u8> = {
            let points: Vec<_> = all.iter().chain([&last]).map(|share| &share.point).collect();
            let value = shamir::value_at(0, &points).unwrap();
            value.iter().zip(pretended.iter()).map(|(one, other)| one ^ other).collect()
        };
        let made_up = fitting(&all, &last, &difference);
        all.push(made_up);
        prop_assert_eq!(opened(&all), other);
    }
}

/// `last`, moved so that all of them give a secret that differs so.
fn fitting(fewer: &[Share], last: &Share, difference: &[u8]) -> Share {
    let point = |share: &Share, byte| ShamirShare::new(share.number(), Zeroizing::new([byte])).unwrap();
    let points: Vec<ShamirShare<1>> = fewer.iter().map(|share| point(share, 0)).collect();
    // Where the secret goes with each change of this share.
    let secrets: Vec<u8> = (0..=255u8)
        .map(|change| {
            let moved = point(last, change);
            let all: Vec<_> = points.iter().chain([&moved]).collect();
            shamir::value_at(0, &all).unwrap()[0]
        })
        .collect();
    let change = |wanted: u8| u8::try_from(secrets.iter().position(|one| *one == wanted).unwrap()).unwrap();
    let there = last.point.as_secret_bytes().iter();
    let values: Vec<u8> = there.zip(difference).map(|(there, wanted)| there ^ change(*wanted)).collect();
    let values = Zeroizing::new(values.try_into().unwrap());
    Share { set: last.set, needed: last.needed, point: ShamirShare::new(last.number(), values).unwrap() }
}
