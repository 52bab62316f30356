//! From a leaf to an anchor: which certificates issued which, and whether they may (RFC 5280 section 6.1).
//!
//! In an `x5c` header the order is given, so each step has one candidate and the anchors. Among certificates in no
//! order every one is a candidate, and whoever chose them can make the number of paths grow without end; the search
//! therefore has a budget of signature checks and a longest path.

use super::certificate::Certificate;
use super::fault::{CertificateError, Fault, Place};
use super::{Chain, MAX_PATH, MAX_SIGNATURE_CHECKS, Order, Purpose};
use crate::time::UnixTime;

/// One search for a path.
pub(super) struct Search<'c> {
    anchors: &'c [Certificate],
    chain: &'c Chain,
    purpose: &'c Purpose,
    at: UnixTime,
    signature_checks_left: usize,
    /// The failure of the attempt that came furthest, and how far it came.
    furthest: Option<((bool, usize), CertificateError)>,
}

impl<'c> Search<'c> {
    pub(super) fn new(
        anchors: &'c [Certificate],
        chain: &'c Chain,
        purpose: &'c Purpose,
        at: UnixTime,
    ) -> Self {
        let signature_checks_left = MAX_SIGNATURE_CHECKS;
        Self { anchors, chain, purpose, at, signature_checks_left, furthest: None }
    }

    /// The certificates from the leaf up, without the anchor.
    pub(super) fn run(mut self) -> Result<Vec<&'c Certificate>, CertificateError> {
        let leaf = self.chain.certificates.first().ok_or(Fault::List.at(Place::Chain))?;
        check_leaf(leaf, self.purpose, self.at)?;
        let mut path = vec![leaf];
        if !self.extend(&mut path) {
            return Err(self.failure());
        }
        if self.chain.order == Order::Given {
            self.check_rest(path.len())?;
        }
        // RFC 9525 section 6: names are looked for in what the path vouches for, so they come last.
        if self.purpose.names.iter().any(|name| !name.is_in(leaf)) {
            return Err(Fault::OtherName.at(Place::Leaf));
        }
        Ok(path)
    }

    /// The reason for having found no path: a broken rule on a path to an anchor, a certificate that could not be
    /// used, or where the path that came furthest ended.
    fn failure(&self) -> CertificateError {
        match (self.furthest, self.chain.left_out) {
            (Some(((true, _), error)), _) | (_, Some(error)) | (Some((_, error)), None) => error,
            (None, None) => Fault::NoAnchor.at(Place::Leaf),
        }
    }

    /// Extends the path until an anchor issued its last certificate and every rule holds. As deep as
    /// [`MAX_PATH`] at most.
    fn extend(&mut self, path: &mut Vec<&'c Certificate>) -> bool {
        let Some(last) = path.last().copied() else { return false };
        let depth = path.len();
        for anchor in self.anchors {
            if self.is_issued(last, anchor, depth) {
                match check_path(path, anchor, self.purpose, self.at) {
                    Ok(()) => return true,
                    Err(error) => self.note(true, depth, error),
                }
            }
        }
        let (candidates, left_over) = match self.chain.order {
            Order::Given => {
                (self.chain.certificates.get(depth..=depth).unwrap_or_default(), Fault::NotIssued)
            }
            Order::Unknown => (self.chain.certificates.get(1..).unwrap_or_default(), Fault::NoAnchor),
        };
        if depth >= MAX_PATH {
            self.note(false, depth, Fault::TooManyIntermediates.at(Place::Chain));
            return false;
        }
        for issuer in candidates {
            if path.iter().any(|other| other.is_same_entity(issuer)) || !self.is_issued(last, issuer, depth) {
                continue;
            }
            path.push(issuer);
            if self.extend(path) {
                return true;
            }
            path.pop();
        }
        let fault = if candidates.is_empty() { Fault::NoAnchor } else { left_over };
        self.note(false, depth.saturating_sub(1), fault.at(place(depth.saturating_sub(1))));
        false
    }

    /// RFC 5280 section 6.1.3 (a)(1) and (4): the names chain, and the signature is by the issuer's key. What costs
    /// nothing comes first.
    fn is_issued(&mut self, certificate: &Certificate, issuer: &Certificate, depth: usize) -> bool {
        if certificate.issuer != issuer.subject || !certificate.key_ids_match(issuer) {
            return false;
        }
        let result = match self.signature_checks_left.checked_sub(1) {
            None => Err(Fault::Budget),
            Some(left) => {
                self.signature_checks_left = left;
                certificate.is_signed_by(issuer)
            }
        };
        let at = place(depth.saturating_sub(1));
        result.map_err(|fault| self.note(false, depth, fault.at(at))).is_ok()
    }

    /// RFC 7515 section 4.1.6: each certificate certifies the one before it, also beyond our anchor.
    fn check_rest(&mut self, length: usize) -> Result<(), CertificateError> {
        let rest = self.chain.certificates.get(length.saturating_sub(1)..).unwrap_or_default();
        for (above, pair) in rest.windows(2).enumerate() {
            if let [certificate, issuer] = pair
                && !self.is_issued(certificate, issuer, length)
            {
                return Err(Fault::NotIssued.at(place(length.saturating_sub(1).saturating_add(above))));
            }
        }
        Ok(())
    }

    /// Keeps the failure that came furthest: a path that broke a rule before one that led nowhere.
    fn note(&mut self, led_to_anchor: bool, depth: usize, error: CertificateError) {
        let rank = (led_to_anchor, depth);
        if self.furthest.is_none_or(|(best, _)| rank > best) {
            self.furthest = Some((rank, error));
        }
    }
}

const fn place(index: usize) -> Place {
    if index == 0 { Place::Leaf } else { Place::Intermediate(index) }
}

/// What the leaf must be, whoever issued it.
fn check_leaf(leaf: &Certificate, purpose: &Purpose, at: UnixTime) -> Result<(), CertificateError> {
    let refuse = |fault: Fault| Err(fault.at(Place::Leaf));
    check_validity(leaf, at).map_err(|fault| fault.at(Place::Leaf))?;
    if leaf.key.is_none() {
        return refuse(Fault::Algorithm);
    }
    // RFC 5280 section 4.2.1.3: digitalSignature, for signatures other than those on certificates.
    let may_sign = leaf.extensions.key_usage.is_none_or(|usage| usage.digital_signature());
    if purpose.signs && !may_sign {
        return refuse(Fault::KeyUsage);
    }
    // RFC 5280 section 4.2.1.12. Nothing else stands for the purpose, not even anyExtendedKeyUsage: "applications
    // [...] MAY reject certificates that include the anyExtendedKeyUsage OID but not the particular OID".
    if let Some(wanted) = &purpose.extended_key_usage
        && !leaf.extensions.extended_key_usage.as_ref().is_some_and(|list| list.contains(wanted))
    {
        return refuse(Fault::ExtendedKeyUsage);
    }
    // HAIP 1.0 section 6.1.1: the certificate whose key signed must not be self-signed.
    if purpose.haip && leaf.is_self_signed() { refuse(Fault::SelfSigned) } else { Ok(()) }
}

/// The rules of a whole path, from the leaf to the anchor that issued its last certificate.
fn check_path(
    path: &[&Certificate],
    anchor: &Certificate,
    purpose: &Purpose,
    at: UnixTime,
) -> Result<(), CertificateError> {
    // How many authorities stand between the leaf and this certificate, without the self-issued ones.
    let mut between = 0_usize;
    for (index, certificate) in path.iter().chain([&anchor]).enumerate() {
        let place = if index == path.len() { Place::Anchor } else { place(index) };
        let refuse = |fault: Fault| fault.at(place);
        // RFC 5280 section 6.1.3 (a)(2); section 6.2 leaves the anchor's validity to us: it counts.
        check_validity(certificate, at).map_err(refuse)?;
        // Section 4.2.1.1: "MUST be included in all certificates", but for those of one's own.
        if certificate.extensions.authority_key_id.is_none() && !certificate.is_self_issued() {
            return Err(refuse(Fault::KeyIdentifier("authorityKeyIdentifier")));
        }
        if index > 0 {
            check_authority(certificate, between, purpose).map_err(refuse)?;
            let below = path.get(..index).unwrap_or_default();
            check_constraints(certificate, below)?;
            if index < path.len() && !certificate.is_self_issued() {
                between = between.saturating_add(1);
            }
        }
    }
    if between > purpose.max_intermediates {
        return Err(Fault::TooManyIntermediates.at(Place::Chain));
    }
    Ok(())
}

fn check_validity(certificate: &Certificate, at: UnixTime) -> Result<(), Fault> {
    // RFC 5280 section 4.1.2.5: "inclusive".
    if at < certificate.not_before {
        Err(Fault::NotYetValid)
    } else if at > certificate.not_after {
        Err(Fault::Expired)
    } else {
        Ok(())
    }
}

/// RFC 5280 section 6.1.4 (k) to (n): an authority that may issue, and not too many below it.
fn check_authority(issuer: &Certificate, below: usize, purpose: &Purpose) -> Result<(), Fault> {
    let extensions = &issuer.extensions;
    let authority = extensions.authority.ok_or(Fault::NotCa)?;
    if authority.path_length.is_some_and(|length| below > usize::from(length)) {
        return Err(Fault::PathLength);
    }
    if extensions.key_usage.is_some_and(|usage| !usage.key_cert_sign()) {
        return Err(Fault::KeyUsage);
    }
    // Not in RFC 5280, which gives extended key usage no meaning for an authority; those who write one mean it as a
    // limit on what they issue.
    match (&purpose.extended_key_usage, &extensions.extended_key_usage) {
        (Some(wanted), Some(list)) if !list.contains(wanted) && !list.contains(&ANY_USE) => {
            Err(Fault::ExtendedKeyUsage)
        }
        _ => Ok(()),
    }
}

/// anyExtendedKeyUsage (RFC 5280 section 4.2.1.12).
const ANY_USE: x509_cert::der::asn1::ObjectIdentifier =
    x509_cert::der::asn1::ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// RFC 5280 section 6.1.3 (b) and (c): "not applied to self-issued certificates (unless the certificate is the final
/// certificate in the path)", which here is the first.
fn check_constraints(issuer: &Certificate, below: &[&Certificate]) -> Result<(), CertificateError> {
    let Some(constraints) = &issuer.extensions.constraints else { return Ok(()) };
    for (index, certificate) in below.iter().enumerate() {
        let is_exempt = index > 0 && certificate.is_self_issued();
        if !is_exempt && !constraints.allow(certificate.constrained_names()) {
            return Err(Fault::NameConstraints.at(place(index)));
        }
    }
    Ok(())
}
