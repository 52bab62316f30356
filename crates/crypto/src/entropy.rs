//! Randomness as a value.
//!
//! The host draws bytes from its own secure generator and hands them over as [`Entropy`]. A value can be
//! neither copied nor used twice: whoever needs it takes it by value. The host must never build two
//! values from the same bytes.

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit as _, StreamCipher as _};
use zeroize::Zeroizing;

/// `N` unpredictable bytes, good for one use. Wiped when dropped; cannot be printed.
pub struct Entropy<const N: usize>(Zeroizing<[u8; N]>);

impl<const N: usize> Entropy<N> {
    /// Takes `N` bytes fresh from the host's cryptographically secure generator.
    pub fn from_secure_random(bytes: [u8; N]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Gives the bytes up to the algorithm that uses them.
    pub(crate) fn into_bytes(self) -> Zeroizing<[u8; N]> {
        self.0
    }
}

impl<const N: usize> std::fmt::Debug for Entropy<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entropy({N} bytes)")
    }
}

/// A stream of salts and decoy digests grown from one [`Entropy`] (ChaCha20 keystream, RFC 8439), for
/// work that needs an amount of randomness not known beforehand.
pub struct SaltStream(ChaCha20);

impl SaltStream {
    /// Starts the stream.
    pub fn new(entropy: Entropy<32>) -> Self {
        Self(ChaCha20::new((&*entropy.into_bytes()).into(), &[0; 12].into()))
    }

    /// The next `N` bytes. One stream yields 256 GiB; nothing here comes near.
    pub fn draw<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.apply_keystream(&mut bytes);
        bytes
    }

    /// The next `N` bytes as entropy for one more use, where a step needs several.
    pub fn entropy<const N: usize>(&mut self) -> Entropy<N> {
        Entropy(Zeroizing::new(self.draw()))
    }
}

impl std::fmt::Debug for SaltStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SaltStream")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_does_not_print_itself() {
        assert_eq!(format!("{:?}", Entropy::from_secure_random([0x41; 4])), "Entropy(4 bytes)");
        assert_eq!(format!("{:?}", SaltStream::new(Entropy::from_secure_random([0x41; 32]))), "SaltStream");
    }

    #[test]
    fn salts_differ_and_follow_from_the_entropy_alone() {
        let mut one = SaltStream::new(Entropy::from_secure_random([7; 32]));
        let mut two = SaltStream::new(Entropy::from_secure_random([7; 32]));
        let salts: Vec<[u8; 16]> = (0..1000).map(|_| one.draw()).collect();
        assert!(salts.iter().all(|salt| *salt == two.draw::<16>()));
        let distinct: std::collections::HashSet<_> = salts.iter().collect();
        assert_eq!(distinct.len(), 1000);
        // RFC 8439 section 2.3.2 has another nonce; this is the first block under an all-zero key.
        let mut zero = SaltStream::new(Entropy::from_secure_random([0; 32]));
        assert_eq!(zero.draw::<4>(), [0x76, 0xb8, 0xe0, 0xad]);
    }
}
