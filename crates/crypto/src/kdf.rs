//! Keys from keys (HKDF-SHA-256, RFC 5869) and keys from passwords (Argon2id, RFC 9106).
//!
//! HKDF takes a secret that is already hard to guess. A password is not, so it goes through Argon2id, whose cost is
//! written beside what it protects and read back by whoever opens it. Two bounds follow: a floor below which we make
//! nothing, and a ceiling above which we read nothing, since a hostile file could otherwise ask for all the memory there is.

use argon2::{Argon2, Block, Params, Version};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

/// Longest output of one HKDF expansion, in bytes: 255 blocks of SHA-256 (RFC 5869 section 2.3).
pub const MAX_HKDF_BYTES: usize = 255 * 32;

/// Least memory for a new password, in KiB (19 MiB, with two passes).
pub const MIN_NEW_MEMORY_KIB: u32 = 19 * 1024;

/// Fewest passes for a new password.
pub const MIN_NEW_PASSES: u32 = 2;

/// Most memory that a stored cost may ask for, in KiB (1 GiB).
pub const MAX_MEMORY_KIB: u32 = 1024 * 1024;

/// Most passes that a stored cost may ask for.
pub const MAX_PASSES: u32 = 64;

/// Most lanes that a stored cost may ask for.
pub const MAX_LANES: u32 = 16;

/// Most memory times passes that a stored cost may ask for, in KiB (4 GiB), which bounds the time.
pub const MAX_WORK_KIB: u32 = 4 * 1024 * 1024;

/// Shortest salt for a password, in bytes (RFC 9106 section 3.1 asks for 8 and recommends 16).
pub const MIN_SALT_BYTES: usize = 8;

/// Longest password and longest salt, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 64 * 1024;

/// A secret from which keys are expanded, kept as the two states of HMAC that it is made into, so that each expansion saves making
/// them. Wiped when dropped; cannot be printed, cloned or compared.
pub struct Hkdf(hkdf::Hkdf<Sha256>);

/// How much work a password costs: memory, passes, lanes, within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Why no key was derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KdfError {
    /// More than [`MAX_HKDF_BYTES`] asked of one expansion (RFC 5869 section 2.3).
    #[error("more than {MAX_HKDF_BYTES} bytes asked of one expansion")]
    OutputTooLong,
    /// The cost is below what a new password must have.
    #[error("the cost is too low for a new password")]
    CostTooLow,
    /// The cost is above what is read, or no Argon2 parameters at all (RFC 9106 section 3.1).
    #[error("the cost is above the limit or not possible")]
    CostOutOfBounds,
    /// The salt or the output is shorter, or the password or the salt longer, than allowed (RFC 9106 section 3.1).
    #[error("the password, the salt or the output has a length that is not allowed")]
    Length,
    /// There is not enough memory for the cost.
    #[error("not enough memory")]
    Memory,
}

impl Hkdf {
    /// The first half, Extract (RFC 5869 section 2.2). An empty salt stands for none.
    pub fn extract(salt: &[u8], secret: &[u8]) -> Self {
        let (mut key, expander) = hkdf::Hkdf::extract(Some(salt), secret);
        key.zeroize();
        Self(expander)
    }

    /// Takes a secret that is uniformly random already, and so needs no Extract (RFC 5869 section 3.3).
    #[expect(clippy::needless_pass_by_value, reason = "the caller's copy is wiped here")]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "as many bytes as SHA-256 gives are enough"
    )]
    pub fn from_uniform(secret: Zeroizing<[u8; 32]>) -> Self {
        Self(hkdf::Hkdf::from_prk(&*secret).expect("32 bytes are enough"))
    }

    /// The second half, Expand (RFC 5869 section 2.3). `info` says what the key is for; two purposes never share one.
    ///
    /// # Errors
    ///
    /// If `N` is over [`MAX_HKDF_BYTES`].
    pub fn expand<const N: usize>(&self, info: &[u8]) -> Result<Zeroizing<[u8; N]>, KdfError> {
        let mut output = Zeroizing::new([0; N]);
        self.expand_into(info, &mut *output)?;
        Ok(output)
    }

    /// As [`Self::expand`], into a place of the caller's, who wipes it.
    ///
    /// # Errors
    ///
    /// If `output` is longer than [`MAX_HKDF_BYTES`].
    pub fn expand_into(&self, info: &[u8], output: &mut [u8]) -> Result<(), KdfError> {
        self.expand_parts_into(&[info], output)
    }

    /// As [`Self::expand_into`], with an `info` that stands in several pieces.
    ///
    /// # Errors
    ///
    /// If `output` is longer than [`MAX_HKDF_BYTES`].
    pub fn expand_parts_into(&self, info: &[&[u8]], output: &mut [u8]) -> Result<(), KdfError> {
        self.0.expand_multi_info(info, output).map_err(|_| KdfError::OutputTooLong)
    }
}

impl std::fmt::Debug for Hkdf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hkdf")
    }
}

impl PasswordCost {
    /// The second recommendation of RFC 9106 section 4, for machines without 2 GiB to spare: 64 MiB, three passes, four lanes.
    pub const RECOMMENDED: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };

    /// A cost for a new password.
    ///
    /// # Errors
    ///
    /// If it is below the floor or outside the bounds of [`Self::stored`].
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, KdfError> {
        if memory_kib < MIN_NEW_MEMORY_KIB || passes < MIN_NEW_PASSES {
            return Err(KdfError::CostTooLow);
        }
        Self::stored(memory_kib, passes, lanes)
    }

    /// A cost that somebody wrote beside what the password protects.
    ///
    /// # Errors
    ///
    /// If it is over one of the limits of this module or below those of RFC 9106 section 3.1.
    pub fn stored(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, KdfError> {
        let refused = memory_kib > MAX_MEMORY_KIB
            || !(1..=MAX_PASSES).contains(&passes)
            || !(1..=MAX_LANES).contains(&lanes)
            || memory_kib < 8 * lanes
            || memory_kib.saturating_mul(passes) > MAX_WORK_KIB;
        if refused { Err(KdfError::CostOutOfBounds) } else { Ok(Self { memory_kib, passes, lanes }) }
    }

    /// Memory in KiB, passes, lanes: what is written beside the salt.
    pub fn parameters(&self) -> (u32, u32, u32) {
        (self.memory_kib, self.passes, self.lanes)
    }

    /// Derives `N` bytes from a password with Argon2id, version 0x13 (RFC 9106).
    ///
    /// # Errors
    ///
    /// If the salt is too short, anything too long, `N` is below 4, or the memory cannot be had.
    pub fn argon2id<const N: usize>(
        &self,
        password: &[u8],
        salt: &[u8],
    ) -> Result<Zeroizing<[u8; N]>, KdfError> {
        if salt.len() < MIN_SALT_BYTES || salt.len().max(password.len()) > MAX_PASSWORD_BYTES {
            return Err(KdfError::Length);
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(N));
        let params = params.map_err(|_| KdfError::Length)?;
        let mut memory = Zeroizing::new(Vec::new());
        memory.try_reserve_exact(params.block_count()).map_err(|_| KdfError::Memory)?;
        memory.resize(params.block_count(), Block::new());
        let mut output = Zeroizing::new([0; N]);
        Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password, salt, &mut *output, memory.as_mut_slice())
            .map_err(|_| KdfError::Length)?;
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    }

    /// RFC 5869 appendices A.1 and A.3.
    #[test]
    fn hkdf_examples_of_rfc_5869() {
        let info = hex("f0f1f2f3f4f5f6f7f8f9");
        let hkdf = Hkdf::extract(&hex("000102030405060708090a0b0c"), &[0x0b; 22]);
        let (key, _) = hkdf::Hkdf::<Sha256>::extract(Some(&hex("000102030405060708090a0b0c")), &[0x0b; 22]);
        assert_eq!(key[..8], hex("077709362c2e32df"));
        assert_eq!(
            *hkdf.expand::<42>(&info).unwrap(),
            *Hkdf::from_uniform(Zeroizing::new(key.into())).expand::<42>(&info).unwrap()
        );
        let output = hkdf.expand::<42>(&info).unwrap();
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(output.as_slice(), hex(expected));
        let output = Hkdf::extract(b"", &[0x0b; 22]).expand::<8>(b"").unwrap();
        assert_eq!(output.as_slice(), hex("8da4e775a563c18f"));
    }

    #[test]
    fn hkdf_has_a_longest_output_and_one_output_per_purpose() {
        let hkdf = Hkdf::extract(b"salt", b"secret");
        assert!(hkdf.expand_into(b"", &mut [0; MAX_HKDF_BYTES]).is_ok());
        assert_eq!(hkdf.expand_into(b"", &mut [0; MAX_HKDF_BYTES + 1]), Err(KdfError::OutputTooLong));
        let expand = |info: &[u8]| *hkdf.expand::<32>(info).unwrap();
        assert_ne!(expand(b"one"), expand(b"two"));
        assert_ne!(expand(b"one"), *Hkdf::extract(b"tlas", b"secret").expand::<32>(b"one").unwrap());
        assert_ne!(expand(b"one"), *Hkdf::extract(b"salt", b"terces").expand::<32>(b"one").unwrap());
    }

    #[test]
    fn a_cost_below_the_floor_makes_nothing() {
        assert!(PasswordCost::new(MIN_NEW_MEMORY_KIB, MIN_NEW_PASSES, 1).is_ok());
        let too_low = Err(KdfError::CostTooLow);
        assert_eq!(PasswordCost::new(MIN_NEW_MEMORY_KIB - 1, 99, 1), too_low);
        assert_eq!(PasswordCost::new(MIN_NEW_MEMORY_KIB, MIN_NEW_PASSES - 1, 1), too_low);
        assert_eq!(PasswordCost::new(0, 0, 0), too_low);
        let (memory, passes, lanes) = PasswordCost::RECOMMENDED.parameters();
        assert_eq!(PasswordCost::new(memory, passes, lanes), Ok(PasswordCost::RECOMMENDED));
    }

    #[test]
    fn a_hostile_cost_is_refused_before_any_memory_is_taken() {
        assert!(PasswordCost::stored(8, 1, 1).is_ok());
        assert!(PasswordCost::stored(MAX_MEMORY_KIB, 4, MAX_LANES).is_ok());
        for (memory, passes, lanes) in [
            (MAX_MEMORY_KIB + 1, 1, 1),
            (u32::MAX, 1, 1),
            (MAX_MEMORY_KIB, 5, 1),
            (8, MAX_PASSES + 1, 1),
            (8, u32::MAX, 1),
            (1024, 1, MAX_LANES + 1),
            (1024, 1, u32::MAX),
            (7, 1, 1),
            (8, 0, 1),
            (8, 1, 0),
            (16, 1, 3),
        ] {
            let refused = PasswordCost::stored(memory, passes, lanes);
            assert_eq!(refused, Err(KdfError::CostOutOfBounds), "{memory} {passes} {lanes}");
        }
    }

    #[test]
    fn password_salt_and_cost_all_count() {
        let derive = |cost: (u32, u32, u32), password: &[u8], salt: &[u8]| {
            *PasswordCost::stored(cost.0, cost.1, cost.2).unwrap().argon2id::<16>(password, salt).unwrap()
        };
        let one = derive((16, 1, 1), b"password", b"saltsalt");
        assert_eq!(one, derive((16, 1, 1), b"password", b"saltsalt"));
        for other in [
            derive((16, 1, 1), b"Password", b"saltsalt"),
            derive((16, 1, 1), b"password", b"saltsalu"),
            derive((17, 1, 1), b"password", b"saltsalt"),
            derive((16, 2, 1), b"password", b"saltsalt"),
            derive((16, 1, 2), b"password", b"saltsalt"),
        ] {
            assert_ne!(one, other);
        }
        let cost = PasswordCost::stored(16, 1, 1).unwrap();
        assert_eq!(cost.argon2id::<16>(b"password", b"saltsal").err(), Some(KdfError::Length));
        assert_eq!(cost.argon2id::<3>(b"password", b"saltsalt").err(), Some(KdfError::Length));
        let long = vec![0; MAX_PASSWORD_BYTES + 1];
        assert_eq!(cost.argon2id::<16>(&long, b"saltsalt").err(), Some(KdfError::Length));
        assert_eq!(cost.argon2id::<16>(b"password", &long).err(), Some(KdfError::Length));
    }
}
