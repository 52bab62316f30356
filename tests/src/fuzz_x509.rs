//! What the fuzz target for certificate chains does with its input.

use bookbag_credential::UnixTime;
use bookbag_credential::trust::x509::{Chain, MAX_CHAIN, Purpose, TrustAnchors};

/// A moment at which the certificates of the seeds are valid.
const AT: UnixTime = UnixTime(1_735_690_600);

/// Certificate chains. The input is DER certificates, each behind its length in two octets, the anchor last. A chain
/// that is good in its order is good in none, needs its anchor, and is good at no time after its leaf.
///
/// # Panics
///
/// If one of these promises does not hold.
pub fn fuzz_x509(data: &[u8]) {
    let certificates = split(data);
    let Some((anchor, chain)) = certificates.split_last() else { return };
    let (Ok(anchors), Ok(ordered)) = (TrustAnchors::from_der([anchor]), Chain::from_der(chain)) else {
        return;
    };
    let Ok(leaf) = anchors.validate(&ordered, AT, &Purpose::signatures()) else { return };
    assert!(leaf.not_after() >= AT, "an expired leaf");
    let after = leaf.not_after().plus(1);
    assert!(anchors.validate(&ordered, after, &Purpose::any()).is_err(), "good for longer than it says");
    assert!(TrustAnchors::from_der::<&[u8]>([]).is_ok_and(|nobody| {
        nobody.is_empty() && nobody.validate(&ordered, AT, &Purpose::any()).is_err()
    }));
    let unordered = chain.split_first().map(|(leaf, others)| Chain::unordered(leaf, others));
    let unordered =
        unordered.and_then(Result::ok).map(|chain| anchors.validate(&chain, AT, &Purpose::signatures()));
    assert!(
        unordered.is_some_and(|result| result.is_ok_and(|other| other.key() == leaf.key())),
        "order harms"
    );
}

/// The certificates of an input; what is left over at the end is one more.
fn split(mut data: &[u8]) -> Vec<&[u8]> {
    let mut certificates = Vec::new();
    while let Some((length, rest)) = data.split_first_chunk::<2>()
        && certificates.len() <= MAX_CHAIN + 1
    {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (certificate, rest) = rest.split_at(length);
        certificates.push(certificate);
        data = rest;
    }
    certificates
}
