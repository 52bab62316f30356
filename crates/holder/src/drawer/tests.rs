use super::*;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

fn entropy(byte: u8) -> Entropy<32> {
    Entropy::from_secure_random([byte; 32])
}
