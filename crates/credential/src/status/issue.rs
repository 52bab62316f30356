//! Making a status list token, in two steps: bytes to sign out, signature in.

use bookbag_crypto::jws;
use bookbag_crypto::{Algorithm, Signature};
use serde_json::{Map, Value, json};

use crate::status::list::StatusList;
use crate::status::token::JWT_TYPE;
use crate::time::UnixTime;

/// What a status list token will say (draft-ietf-oauth-status-list-20 section 5).
///
/// A list hides who is on it only by its length: make it long from the start, and give out indices at random and
/// none twice (section 13.2 and 13.3).
#[derive(Debug, Clone)]
pub struct StatusListClaims<'l> {
    /// Where the list will be found; what credentials name.
    pub uri: &'l str,
    /// When it is issued.
    pub issued_at: UnixTime,
    /// When it must no longer be relied upon. Recommended.
    pub expires: Option<UnixTime>,
    /// For how many seconds a copy may be kept; zero is taken as one. Recommended.
    pub ttl: Option<u32>,
    /// The list.
    pub list: &'l StatusList,
}

/// A status list token in JWT form that lacks its signature.
#[derive(Debug)]
pub struct PreparedStatusListJwt(String);

impl StatusListClaims<'_> {
    /// First step of two: the JWT form without its signature. `key_hints` are further members of the header that
    /// say which key signs, such as `kid` or `x5c`; `alg` and `typ` are ours.
    pub fn prepare_jwt(&self, algorithm: Algorithm, key_hints: &Map<String, Value>) -> PreparedStatusListJwt {
        let mut header = key_hints.clone();
        header.insert("alg".into(), algorithm.jose_name().into());
        header.insert("typ".into(), JWT_TYPE.into());
        let payload = self.to_json().to_string();
        PreparedStatusListJwt(jws::signing_input(&header.into(), payload.as_bytes()))
    }

    fn to_json(&self) -> Value {
        let mut claims = json!({
            "sub": self.uri,
            "iat": self.issued_at.0,
            "status_list": self.list.to_json(),
        });
        if let (Some(claims), Some(expires)) = (claims.as_object_mut(), self.expires) {
            claims.insert("exp".into(), expires.0.into());
        }
        if let (Some(claims), Some(ttl)) = (claims.as_object_mut(), self.ttl) {
            claims.insert("ttl".into(), ttl.max(1).into());
        }
        claims
    }
}

impl PreparedStatusListJwt {
    /// The bytes to sign, where the key lives.
    pub fn bytes_to_sign(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Second step of two: the token.
    pub fn finish(self, signature: &Signature) -> String {
        jws::assemble(self.0, signature)
    }
}
