//! Sharing a secret among people so that any `k` of them together have it and fewer have nothing (A. Shamir, "How to
//! share a secret", Communications of the ACM 22(11), 1979), byte by byte over GF(2^8).
//!
//! Each byte of the secret is the value at 0 of a polynomial of degree `k - 1` whose other coefficients are random;
//! a share is the value of every polynomial at one number from 1 upwards. The field is that of AES (FIPS 197
//! section 4), as in SLIP-39 and elsewhere, so that the shares can be joined without this code.
//!
//! Fewer than `k` shares are equally likely under every secret, as far as the coefficients are random: they come from a
//! [`SaltStream`], so the bound is that of ChaCha20 and not of arithmetic. The scheme itself notices neither a wrong share nor too
//! few of them, and gives another secret instead; whoever uses it puts a digest into what is shared.
//!
//! Time and memory access depend on the numbers of the shares, which are no secret, and on nothing else: there are
//! no tables, and no branch looks at a secret byte.

use zeroize::Zeroizing;

use crate::entropy::SaltStream;

/// One share of a secret of `N` bytes: its number and the values there. Wiped when dropped; prints its number alone.
pub struct ShamirShare<const N: usize> {
    number: u8,
    values: Zeroizing<[u8; N]>,
}

/// Why a secret was not shared or not joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShamirError {
    /// Fewer than two needed, or more needed than made.
    #[error("no such way to share: at least two are needed, and no more than are made")]
    Scheme,
    /// The number 0, at which the secret itself lies.
    #[error("a share has the number 0")]
    Zero,
    /// The same number twice.
    #[error("two shares have the same number")]
    Duplicate,
    /// No share at all.
    #[error("there is no share")]
    Empty,
}

impl<const N: usize> ShamirShare<N> {
    /// Takes a share that was written down.
    ///
    /// # Errors
    ///
    /// If its number is 0.
    pub fn new(number: u8, values: Zeroizing<[u8; N]>) -> Result<Self, ShamirError> {
        if number == 0 { Err(ShamirError::Zero) } else { Ok(Self { number, values }) }
    }

    /// Where the polynomials were evaluated.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// The values there, to be written down.
    pub fn as_secret_bytes(&self) -> &[u8; N] {
        &self.values
    }
}

impl<const N: usize> std::fmt::Debug for ShamirShare<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShamirShare({})", self.number)
    }
}

/// Makes the shares 1 to `shares`, of which any `needed` give `secret` back.
///
/// Draws `needed - 1` blocks of `N` bytes: the coefficients of x, then those of x², and so on.
///
/// # Errors
///
/// If fewer than two are needed or more than are made.
pub fn split<const N: usize>(
    secret: &[u8; N],
    needed: u8,
    shares: u8,
    stream: &mut SaltStream,
) -> Result<Vec<ShamirShare<N>>, ShamirError> {
    if needed < 2 || shares < needed {
        return Err(ShamirError::Scheme);
    }
    let coefficients: Vec<_> = (1..needed).map(|_| Zeroizing::new(stream.draw::<N>())).collect();
    let share = |number| {
        let mut values = Zeroizing::new([0; N]);
        for block in coefficients.iter().rev() {
            step(&mut values, number, block);
        }
        step(&mut values, number, secret);
        ShamirShare { number, values }
    };
    Ok((1..=shares).map(share).collect())
}

/// The value at `number` of the polynomials of least degree through the shares; at 0 lies the secret, if there are
/// as many shares as are needed and all of them are right.
///
/// # Errors
///
/// If there is no share, or one of them twice.
pub fn value_at<const N: usize>(
    number: u8,
    shares: &[&ShamirShare<N>],
) -> Result<Zeroizing<[u8; N]>, ShamirError> {
    if shares.is_empty() {
        return Err(ShamirError::Empty);
    }
    let mut sum = Zeroizing::new([0; N]);
    for (at, share) in shares.iter().enumerate() {
        let (mut above, mut below) = (1, 1);
        for (_, other) in shares.iter().enumerate().filter(|(other, _)| *other != at) {
            above = multiply(above, number ^ other.number);
            below = multiply(below, share.number ^ other.number);
        }
        if below == 0 {
            return Err(ShamirError::Duplicate);
        }
        let weight = divide(above, below);
        for (total, value) in sum.iter_mut().zip(share.values.iter()) {
            *total ^= multiply(*value, weight);
        }
    }
    Ok(sum)
}

/// Horner's rule: what there is, times the number, and the next coefficient.
fn step<const N: usize>(values: &mut [u8; N], number: u8, next: &[u8; N]) {
    for (value, coefficient) in values.iter_mut().zip(next) {
        *value = multiply(*value, number) ^ coefficient;
    }
}

/// The product modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197 section 4.2), without a branch or a table.
fn multiply(one: u8, other: u8) -> u8 {
    let (mut product, mut one) = (0, one);
    for bit in 0..8 {
        product ^= one & 0u8.wrapping_sub((other >> bit) & 1);
        one = (one << 1) ^ (0x1b & 0u8.wrapping_sub(one >> 7));
    }
    product
}

/// `one` times the inverse of `other`, which is its 254th power; 0 where `other` is 0.
fn divide(one: u8, other: u8) -> u8 {
    let (mut power, mut inverse) = (other, 1);
    for _ in 0..7 {
        power = multiply(power, power);
        inverse = multiply(inverse, power);
    }
    multiply(one, inverse)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Entropy;

    fn stream(byte: u8) -> SaltStream {
        SaltStream::new(Entropy::from_secure_random([byte; 32]))
    }

    fn share<const N: usize>(number: u8, values: [u8; N]) -> ShamirShare<N> {
        ShamirShare::new(number, Zeroizing::new(values)).unwrap()
    }

    /// FIPS 197 section 4.2 (57 times 83 is c1, 57 times 13 is fe) and 4.2.1 (powers of x times 57).
    #[test]
    fn the_field_is_that_of_aes() {
        assert_eq!(multiply(0x57, 0x83), 0xc1);
        assert_eq!(multiply(0x57, 0x13), 0xfe);
        assert_eq!([2, 4, 8, 16].map(|power| multiply(0x57, power)), [0xae, 0x47, 0x8e, 0x07]);
    }

    #[test]
    fn every_number_but_0_divides() {
        for one in 0..=255u8 {
            assert_eq!(divide(one, 0), 0);
            assert_eq!(multiply(one, 0), 0);
            for other in 1..=255u8 {
                assert_eq!(multiply(one, other), multiply(other, one));
                assert_eq!(multiply(divide(one, other), other), one, "{one} {other}");
            }
        }
    }

    /// One polynomial by hand: 0x42 + 0x57 x, at 1, 2 and 3.
    #[test]
    fn a_line_by_hand() {
        let shares = [share(1, [0x42 ^ 0x57]), share(2, [0x42 ^ 0xae]), share(3, [0x42 ^ 0xae ^ 0x57])];
        for pair in [[0, 1], [0, 2], [1, 2], [2, 0]] {
            assert_eq!(*value_at(0, &pair.map(|at| &shares[at])).unwrap(), [0x42]);
        }
        assert_eq!(*value_at(3, &[&shares[0], &shares[1]]).unwrap(), shares[2].values[..]);
    }

    /// Number and values, joined by another implementation (shamir-mnemonic 0.3.0, the reference of SLIP-39): three of
    /// five, the first two random.
    #[test]
    fn shares_that_others_made() {
        let shares = [
            "01d9dc981c954f45aa",
            "024c80717dba02292e",
            "03f733860a0f2f0de3",
            "091352cbdce0927ebb",
            "feae527cf42b0446e1",
        ]
        .map(|hex| {
            let [number, values @ ..] = std::array::from_fn::<_, 9, _>(|at| {
                u8::from_str_radix(hex.get(2 * at..2 * at + 2).unwrap(), 16).unwrap()
            });
            share(number, values)
        });
        for [one, two, three] in [[0, 1, 2], [0, 2, 4], [4, 3, 1], [2, 3, 4]] {
            assert_eq!(*value_at(0, &[&shares[one], &shares[two], &shares[three]]).unwrap(), *b"book bag");
        }
        assert_ne!(*value_at(0, &[&shares[0], &shares[1]]).unwrap(), *b"book bag");
    }

    #[test]
    fn what_is_no_scheme_is_refused() {
        for (needed, shares) in [(0, 0), (0, 5), (1, 1), (1, 5), (2, 1), (5, 4), (255, 254)] {
            assert_eq!(split(&[7; 4], needed, shares, &mut stream(1)).err(), Some(ShamirError::Scheme));
        }
        assert_eq!(split(&[7; 4], 2, 255, &mut stream(1)).unwrap().len(), 255);
    }

    #[test]
    fn what_are_no_shares_is_refused() {
        assert_eq!(ShamirShare::new(0, Zeroizing::new([1])).err(), Some(ShamirError::Zero));
        assert_eq!(value_at::<1>(0, &[]).err(), Some(ShamirError::Empty));
        let (one, two) = (share(1, [1]), share(2, [9]));
        assert_eq!(value_at(0, &[&one, &two, &one]).err(), Some(ShamirError::Duplicate));
        assert_eq!(value_at(0, &[&one, &share(1, [7])]).err(), Some(ShamirError::Duplicate));
    }

    /// For one share of two and each possible secret there is exactly one coefficient: every secret is as likely.
    #[test]
    fn one_share_of_two_says_nothing_of_a_byte() {
        for number in 1..=255u8 {
            for secret in [0, 1, 0x80, 0xff] {
                let values: std::collections::HashSet<u8> =
                    (0..=255u8).map(|coefficient| secret ^ multiply(coefficient, number)).collect();
                assert_eq!(values.len(), 256, "{number} {secret}");
            }
        }
    }

    /// A coefficient of 0 must be possible, or fewer shares would rule secrets out (RUSTSEC-2024-0398).
    #[test]
    fn coefficients_take_every_value() {
        let shares = split(&[0; 4096], 2, 2, &mut stream(3)).unwrap();
        let seen: std::collections::HashSet<u8> = shares[0].values.iter().copied().collect();
        assert_eq!(seen.len(), 256);
    }

    proptest! {
        #[test]
        fn any_k_of_n_give_the_secret_and_fewer_fit_every_secret(
            secret in any::<[u8; 8]>(), other in any::<[u8; 8]>(),
            needed in 2u8..=16, more in 0u8..=16, seed in any::<u8>(), order in any::<usize>(),
        ) {
            let mut shares = split(&secret, needed, needed + more, &mut stream(seed)).unwrap();
            let count = shares.len();
            shares.rotate_left(order % count);
            if order & 1 == 1 { shares.reverse(); }
            let all: Vec<_> = shares.iter().collect();
            let enough = &all[..usize::from(needed)];
            prop_assert_eq!(*value_at(0, enough).unwrap(), secret);
            prop_assert_eq!(*value_at(0, &all).unwrap(), secret);
            // One share fewer, and any secret at all: there is a last share with which they agree.
            let (last, fewer) = enough.split_last().unwrap();
            let pretended = ShamirShare { number: 0, values: Zeroizing::new(other) };
            let with_pretended: Vec<_> = fewer.iter().copied().chain([&pretended]).collect();
            let fitting = share(last.number, *value_at(last.number, &with_pretended).unwrap());
            let all_agree: Vec<_> = fewer.iter().copied().chain([&fitting]).collect();
            prop_assert_eq!(*value_at(0, &all_agree).unwrap(), other);
        }
    }
}
