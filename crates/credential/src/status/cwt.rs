//! The CBOR forms: references in CWT and mdoc, lists, and tokens as signed CWT
//! (draft-ietf-oauth-status-list-20 sections 4.3, 5.2 and 6.3).

use bookbag_crypto::cbor::{self, Value};
use bookbag_crypto::cose::{Content, CoseError, Sign1, ToSign};
use bookbag_crypto::{Algorithm, PublicKey, Signature};

use crate::check::{Check, Refusal};
use crate::status::issue::StatusListClaims;
use crate::status::list::{EntryWidth, StatusList};
use crate::status::reference::{self, StatusReference, is_uri};
use crate::status::token::{
    Claims, MAX_TOKEN_BYTES, VerifiedStatusList, refuse, refuse_audience, whole_seconds,
};
use crate::time::UnixTime;

/// The media type of a token, as its protected header says it. The draft also allows a CoAP content format, whose
/// number is not assigned yet.
const CWT_TYPE: &str = "application/statuslist+cwt";

/// Header label `typ` (RFC 9596).
const TYP: i64 = 16;

/// Claim keys: RFC 8392 section 4, and section 14.3 of the draft.
const ISS: i64 = 1;
const SUB: i64 = 2;
const AUD: i64 = 3;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
const STATUS_LIST: i64 = 65533;
const TTL: i64 = 65534;

impl StatusReference {
    /// Reads the `status` claim of a CWT (claim 65535) or the `status` of an mdoc, by the rules of
    /// [`Self::from_claim`].
    ///
    /// # Errors
    ///
    /// If it names no status list ([`Check::StatusMechanism`]), or not as an index and a URI
    /// ([`Check::StatusClaim`]).
    pub fn from_cbor(status: &Value) -> Result<Self, Refusal> {
        let list = member(status, &"status_list".into());
        let list = list.ok_or_else(|| Check::StatusMechanism.refuse_at(crate::ClaimPath::top("status")))?;
        let index = member(list, &"idx".into()).and_then(Value::as_integer);
        let index = index.and_then(|index| index.try_into().ok());
        let uri = member(list, &"uri".into()).and_then(Value::as_text);
        match (index, uri) {
            (Some(index), Some(uri)) => Self::new(uri, index),
            (None, _) => Err(reference::refuse(&["status_list", "idx"])),
            (_, None) => Err(reference::refuse(&["status_list", "uri"])),
        }
    }

    /// The `status` claim that says so, in CBOR.
    pub fn to_cbor(&self) -> Value {
        let list = map([("idx", self.index().into()), ("uri", self.uri().into())]);
        map([("status_list", list)])
    }
}

impl StatusList {
    /// Reads the CBOR form (section 4.3).
    ///
    /// # Errors
    ///
    /// If a member is missing or of a wrong type ([`Check::StatusListForm`]), and as [`Self::decompress`].
    pub fn from_cbor(cbor: &Value) -> Result<Self, Refusal> {
        let form = || Check::StatusListForm.refuse();
        let bits = member(cbor, &"bits".into()).and_then(Value::as_integer);
        let width = bits.and_then(|bits| bits.try_into().ok()).and_then(EntryWidth::from_bits);
        let compressed = member(cbor, &"lst".into()).and_then(Value::as_bytes);
        let list = Self::decompress(width.ok_or_else(form)?, compressed.ok_or_else(form)?)?;
        match member(cbor, &"aggregation_uri".into()) {
            None => Ok(list),
            Some(Value::Text(uri)) => Ok(list.with_aggregation_uri(uri.as_str())),
            Some(_) => Err(form()),
        }
    }

    /// The CBOR form (section 4.3).
    pub fn to_cbor(&self) -> Value {
        let bits = ("bits", self.width().bits().into());
        let lst = ("lst", Value::Bytes(self.compress()));
        match self.aggregation_uri() {
            None => map([bits, lst]),
            Some(uri) => map([bits, lst, ("aggregation_uri", uri.into())]),
        }
    }
}

impl VerifiedStatusList {
    /// Checks a token in CWT form (sections 5.2 and 8.3): a tagged `COSE_Sign1`, signed by a key that is trusted to
    /// sign status lists. `COSE_Mac0`, which the draft allows, is refused: who can check it can make it.
    ///
    /// # Errors
    ///
    /// As [`Self::verify_jwt`].
    pub fn verify_cwt(token: &[u8], key: &PublicKey, now: UnixTime) -> Result<Self, Refusal> {
        // Section 5.2: "MUST be [...] tagged". Major type 6 is a tag, and the reader takes no other than 18.
        if token.len() > MAX_TOKEN_BYTES || token.first().is_none_or(|first| first >> 5 != 6) {
            return Err(Check::StatusTokenForm.refuse());
        }
        let message = Sign1::parse(token).map_err(Check::StatusTokenForm.because())?;
        // Section 5.2: typ stands in the protected header.
        if message.protected().get(TYP).and_then(Value::as_text) != Some(CWT_TYPE) {
            return Err(Check::StatusTokenType.refuse());
        }
        let payload = message.verify(key, &[]).map_err(Check::StatusTokenSignature.because())?;
        let claims = cbor::parse(payload).map_err(Check::StatusTokenClaims.because())?;
        Self::accept_cwt(Claims::from_cbor(&claims)?, key, now)
    }
}

impl Claims {
    fn from_cbor(claims: &Value) -> Result<Self, Refusal> {
        let claim = |key: i64| member(claims, &key.into());
        let text = |key| claim(key).and_then(Value::as_text);
        let uri = text(SUB).filter(|sub| is_uri(sub)).ok_or_else(|| refuse("sub"))?.to_owned();
        if claim(ISS).is_some() && text(ISS).is_none() {
            return Err(refuse("iss"));
        }
        if claim(AUD).is_some() {
            return Err(refuse_audience());
        }
        let issued_at = claim(IAT).and_then(numeric_date).ok_or_else(|| refuse("iat"))?;
        let not_before = match claim(NBF) {
            None => None,
            Some(nbf) => Some(later_date(nbf).ok_or_else(|| refuse("nbf"))?),
        };
        let expires = match claim(EXP) {
            None => None,
            Some(exp) => Some(numeric_date(exp).ok_or_else(|| refuse("exp"))?),
        };
        let ttl = match claim(TTL) {
            None => None,
            Some(ttl) => Some(positive_seconds(ttl).ok_or_else(|| refuse("ttl"))?),
        };
        let list = StatusList::from_cbor(claim(STATUS_LIST).ok_or_else(|| refuse("status_list"))?)?;
        Ok(Self { uri, issued_at, not_before, expires, ttl, list })
    }
}

/// A status list token in CWT form that lacks its signature.
#[derive(Debug)]
pub struct PreparedStatusListCwt(ToSign);

impl StatusListClaims<'_> {
    /// First step of two: the CWT form without its signature. `key_hints` go into the unprotected header and say
    /// which key signs, such as `kid` (4) or `x5chain` (33).
    ///
    /// # Errors
    ///
    /// If the hints are no acceptable header.
    pub fn prepare_cwt(
        &self,
        algorithm: Algorithm,
        key_hints: Vec<(Value, Value)>,
    ) -> Result<PreparedStatusListCwt, CoseError> {
        let claims = cbor::write(&self.to_cbor())?;
        let protected = vec![(TYP.into(), CWT_TYPE.into())];
        let headers = [protected, key_hints];
        Ok(PreparedStatusListCwt(ToSign::new(algorithm, headers, Content::Attached(&claims), &[])?))
    }

    fn to_cbor(&self) -> Value {
        let mut claims: Vec<(Value, Value)> =
            vec![(SUB.into(), self.uri.into()), (IAT.into(), self.issued_at.0.into())];
        claims.extend(self.expires.map(|expires| (EXP.into(), expires.0.into())));
        claims.extend(self.ttl.map(|ttl| (TTL.into(), ttl.max(1).into())));
        claims.push((STATUS_LIST.into(), self.list.to_cbor()));
        Value::Map(claims)
    }
}

impl PreparedStatusListCwt {
    /// The bytes to sign, where the key lives.
    pub fn bytes_to_sign(&self) -> &[u8] {
        self.0.bytes()
    }

    /// Second step of two: the token.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn finish(self, signature: &Signature) -> Result<Vec<u8>, CoseError> {
        self.0.assemble(signature, true)
    }
}

/// A member of a map; the reader has seen to it that there are no two. `None` if it is not a map.
fn member<'v>(map: &'v Value, key: &Value) -> Option<&'v Value> {
    map.as_map()?.iter().find(|(other, _)| other == key).map(|(_, value)| value)
}

fn map<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// A NumericDate without its tag (RFC 8392 section 2), rounded down.
fn numeric_date(value: &Value) -> Option<UnixTime> {
    match value {
        Value::Integer(seconds) => i64::try_from(*seconds).ok().map(UnixTime),
        Value::Float(seconds) => whole_seconds(seconds.floor()).map(UnixTime),
        _ => None,
    }
}

/// A NumericDate, rounded up, for what begins at it.
fn later_date(value: &Value) -> Option<UnixTime> {
    match value {
        Value::Float(seconds) => whole_seconds(seconds.ceil()).map(UnixTime),
        _ => numeric_date(value),
    }
}

/// Section 5.2: an unsigned integer and a positive number.
fn positive_seconds(value: &Value) -> Option<i64> {
    value.as_integer().and_then(|ttl| i64::try_from(ttl).ok()).filter(|ttl| *ttl > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;
    use bookbag_crypto::{Entropy, SigningKey};

    const URI: &str = "https://example.com/statuslists/7";
    const NOW: UnixTime = UnixTime(1_750_000_000);

    fn key(seed: u8) -> SigningKey {
        SigningKey::generate(Algorithm::Es256, Entropy::from_secure_random([seed; 48])).unwrap()
    }

    fn list() -> StatusList {
        StatusList::from_bytes(EntryWidth::Two, [0b1110_0100]).unwrap()
    }

    fn good_claims() -> Vec<(Value, Value)> {
        let claims = StatusListClaims {
            uri: URI,
            issued_at: NOW,
            expires: Some(NOW.plus(100)),
            ttl: Some(60),
            list: &list(),
        };
        claims.to_cbor().into_map().unwrap()
    }

    /// The good claims, with one changed, or taken away (`Null`).
    fn changed(name: i64, value: Value) -> Vec<u8> {
        let mut claims = good_claims();
        claims.retain(|(other, _)| *other != name.into());
        if !value.is_null() {
            claims.push((name.into(), value));
        }
        token(vec![(TYP.into(), CWT_TYPE.into())], &cbor::write(&Value::Map(claims)).unwrap())
    }

    fn token(protected: Vec<(Value, Value)>, payload: &[u8]) -> Vec<u8> {
        let message =
            ToSign::new(Algorithm::Es256, [protected, vec![]], Content::Attached(payload), &[]).unwrap();
        let signature = key(1).sign(message.bytes());
        message.assemble(&signature, true).unwrap()
    }

    fn verify(token: &[u8]) -> Result<VerifiedStatusList, Check> {
        VerifiedStatusList::verify_cwt(token, &key(1).public_key().unwrap(), NOW)
            .map_err(|refusal| refusal.check)
    }

    fn refused(token: &[u8]) -> Check {
        verify(token).unwrap_err()
    }

    #[test]
    fn a_list_that_we_issue_verifies() {
        let list = list().with_aggregation_uri("https://example.com/all");
        for (expires, ttl) in [(Some(NOW.plus(9)), Some(60)), (None, None)] {
            let claims = StatusListClaims { uri: URI, issued_at: NOW, expires, ttl, list: &list };
            let hints = vec![(4.into(), Value::Bytes(b"12".to_vec()))];
            let prepared = claims.prepare_cwt(Algorithm::Es256, hints).unwrap();
            let signature = key(1).sign(prepared.bytes_to_sign());
            let verified = verify(&prepared.finish(&signature).unwrap()).unwrap().require_uri(URI).unwrap();
            assert_eq!((verified.list(), verified.issued_at(), verified.expires()), (&list, NOW, expires));
            assert_eq!(verified.status_at(2), Ok(Status::Suspended));
        }
    }

    #[test]
    fn st_05_what_is_no_tagged_signed_token_is_refused() {
        let good = changed(TTL, Value::Null);
        assert!(verify(&good).is_ok());
        assert_eq!(good[0], 0xd2);
        let with_first = |first: &[u8]| [first, &good[1..]].concat();
        for bytes in [
            vec![],
            // Without a tag; as COSE_Mac0, COSE_Sign, COSE_Encrypt0; within the tag of CWT.
            with_first(&[]),
            with_first(&[0xd1]),
            with_first(&[0xd8, 98]),
            with_first(&[0xd0]),
            with_first(&[0xd8, 61, 0xd2]),
            [&good[..], &[0]].concat(),
            good[..good.len() - 1].to_vec(),
            b"eyJhbGciOiJFUzI1NiJ9.e30.AAAA".to_vec(),
        ] {
            assert_eq!(refused(&bytes), Check::StatusTokenForm, "ST-05 {bytes:02x?}");
        }
    }

    #[test]
    fn st_06_another_kind_of_token_is_no_list() {
        let payload = cbor::write(&Value::Map(good_claims())).unwrap();
        for typ in ["application/statuslist+jwt", "statuslist+cwt", "", "application/cwt"] {
            let bytes = token(vec![(TYP.into(), typ.into())], &payload);
            assert_eq!(refused(&bytes), Check::StatusTokenType, "ST-06 {typ}");
        }
        for protected in [vec![], vec![(TYP.into(), 260.into())], vec![("typ".into(), CWT_TYPE.into())]] {
            assert_eq!(refused(&token(protected, &payload)), Check::StatusTokenType, "ST-06");
        }
        // In the unprotected header it is worth nothing.
        let headers = [vec![], vec![(TYP.into(), CWT_TYPE.into())]];
        let message = ToSign::new(Algorithm::Es256, headers, Content::Attached(&payload), &[]).unwrap();
        let signature = key(1).sign(message.bytes());
        assert_eq!(refused(&message.assemble(&signature, true).unwrap()), Check::StatusTokenType, "ST-06");
    }

    #[test]
    fn st_07_only_the_trusted_key_signs() {
        let good = changed(TTL, Value::Null);
        let other = VerifiedStatusList::verify_cwt(&good, &key(2).public_key().unwrap(), NOW).unwrap_err();
        assert_eq!(other.check, Check::StatusTokenSignature, "ST-07");
        let mut bytes = good;
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(refused(&bytes), Check::StatusTokenSignature, "ST-07");
    }

    #[test]
    fn st_08_claims_are_there_and_of_the_right_type() {
        for (claim, value) in [
            (SUB, Value::Null),
            (SUB, Value::Bytes(URI.into())),
            (SUB, "no URI".into()),
            (ISS, 7.into()),
            (NBF, "1750000000".into()),
            (NBF, true.into()),
            (NBF, f64::NAN.into()),
            (NBF, u64::MAX.into()),
            (IAT, Value::Null),
            (IAT, "1750000000".into()),
            (IAT, Value::Tag(1, Box::new(NOW.0.into()))),
            (IAT, u64::MAX.into()),
            (IAT, f64::NAN.into()),
            (EXP, true.into()),
            (EXP, f64::INFINITY.into()),
            (TTL, 0.into()),
            (TTL, (-1).into()),
            (TTL, 60.5.into()),
            (TTL, "60".into()),
            (STATUS_LIST, Value::Null),
        ] {
            assert_eq!(
                refused(&changed(claim, value.clone())),
                Check::StatusTokenClaims,
                "ST-08 {claim} {value:?}"
            );
        }
        let mut twice = good_claims();
        twice.push((SUB.into(), "a:b".into()));
        for payload in [vec![], vec![0x80], vec![0xa0, 0xa0], cbor::write(&Value::Map(twice)).unwrap()] {
            let bytes = token(vec![(TYP.into(), CWT_TYPE.into())], &payload);
            assert_eq!(refused(&bytes), Check::StatusTokenClaims, "ST-08 {payload:02x?}");
        }
        for good in [(IAT, 1_749_999_999.5.into()), (NBF, NOW.0.into()), (ISS, "https://a.example".into())] {
            assert!(verify(&changed(good.0, good.1)).is_ok(), "{}", good.0);
        }
    }

    #[test]
    fn st_10_to_st_13_time_and_list_are_checked() {
        let list = |bits: Value, lst: Value| map([("bits", bits), ("lst", lst)]);
        let good = || Value::Bytes(self::list().compress());
        for (claim, value, check) in [
            (IAT, (NOW.0 + 1000).into(), Check::StatusTokenIssuedAt),
            (EXP, NOW.0.into(), Check::StatusTokenExpired),
            (EXP, (-1).into(), Check::StatusTokenExpired),
            // ST-23 and ST-24.
            (NBF, (NOW.0 + 1000).into(), Check::StatusTokenNotYetValid),
            (NBF, 1_750_000_300.5.into(), Check::StatusTokenNotYetValid),
            (AUD, "https://verifier.example".into(), Check::StatusTokenAudience),
            (AUD, Value::Array(vec![]), Check::StatusTokenAudience),
            (STATUS_LIST, Value::Array(vec![]), Check::StatusListForm),
            (STATUS_LIST, map([("bits", 1.into())]), Check::StatusListForm),
            (STATUS_LIST, list(3.into(), good()), Check::StatusListForm),
            (STATUS_LIST, list((-1).into(), good()), Check::StatusListForm),
            (STATUS_LIST, list(1.0.into(), good()), Check::StatusListForm),
            (STATUS_LIST, list(1.into(), "eNrbuRgAAhcBXQ".into()), Check::StatusListForm),
            (STATUS_LIST, list(1.into(), Value::Bytes(vec![0x78, 0xda])), Check::StatusListZlib),
        ] {
            assert_eq!(refused(&changed(claim, value.clone())), check, "{} {value:?}", check.id());
        }
        let mut with_uri = self::list().to_cbor().into_map().unwrap();
        with_uri.push(("aggregation_uri".into(), 1.into()));
        assert_eq!(refused(&changed(STATUS_LIST, Value::Map(with_uri))), Check::StatusListForm, "ST-12");
    }

    #[test]
    fn st_01_and_st_02_references_are_read_as_strictly_as_in_json() {
        let reference = StatusReference::new(URI, u64::MAX).unwrap();
        assert_eq!(StatusReference::from_cbor(&reference.to_cbor()), Ok(reference));
        let check = |status: &Value| StatusReference::from_cbor(status).unwrap_err().check;
        for status in [Value::Null, map([]), map([("identifier_list", map([]))]), Value::Array(vec![])] {
            assert_eq!(check(&status), Check::StatusMechanism, "ST-02 {status:?}");
        }
        for list in [
            Value::Null,
            map([]),
            map([("idx", 1.into())]),
            map([("uri", URI.into())]),
            map([("idx", (-1).into()), ("uri", URI.into())]),
            map([("idx", 1.0.into()), ("uri", URI.into())]),
            map([("idx", "1".into()), ("uri", URI.into())]),
            map([("idx", 1.into()), ("uri", Value::Bytes(URI.into()))]),
            map([("idx", 1.into()), ("uri", "relative".into())]),
        ] {
            assert_eq!(check(&map([("status_list", list.clone())])), Check::StatusClaim, "ST-01 {list:?}");
        }
    }
}
