//! The one list of signature algorithms.

/// A signature algorithm that this software makes and accepts. There are no others: `none`, the HMAC
/// family, RSA and everything not written here is refused everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032). JOSE calls it `EdDSA` (RFC 8037) or `Ed25519` (RFC 9864).
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4).
    Es256,
    /// ECDSA on P-384 with SHA-384 (RFC 7518 section 3.4).
    Es384,
}

impl Algorithm {
    /// Every algorithm on the list.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Es384];

    /// The `alg` value that we write in JOSE headers.
    pub const fn jose_name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
        }
    }

    /// The algorithm that a JOSE `alg` value names, compared exactly (RFC 7515 section 4.1.1); `None` if it
    /// is not on the list.
    pub fn from_jose_name(name: &str) -> Option<Self> {
        match name {
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            "ES384" => Some(Self::Es384),
            _ => None,
        }
    }

    /// Length in bytes of a signature in JOSE and COSE form.
    pub const fn signature_bytes(self) -> usize {
        match self {
            Self::EdDsa | Self::Es256 => 64,
            Self::Es384 => 96,
        }
    }
}

impl std::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.jose_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact_and_the_list_is_closed() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_jose_name(algorithm.jose_name()), Some(algorithm));
        }
        for name in
            ["none", "None", "es256", "ES512", "ES256K", "HS256", "RS256", "PS256", "Ed448", "", " ES256"]
        {
            assert_eq!(Algorithm::from_jose_name(name), None, "{name}");
        }
    }
}
