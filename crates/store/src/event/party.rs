//! Who and by which rules: members, devices, epochs, policies.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::codes::{AnchorPurpose, DevicePurpose, Matter, Nation, Role, Stage};
use crate::id::{self, Commitment, CompartmentId, DeviceId, MemberId};
use crate::wire::{Reader, WireError, Writer};

/// A name that somebody typed: at most 200 bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Arc<str>);

/// Longer than a label may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name may have at most {} bytes: choose a shorter one", Label::MAX_BYTES)]
pub struct LabelError;

/// `epoch-start = [compartment, commitment]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochStart {
    /// Of which compartment.
    pub compartment: CompartmentId,
    /// To the epoch's key.
    pub commitment: Commitment,
}

/// `member = [id, role, name, household]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Random.
    pub id: MemberId,
    /// What they are to the bag.
    pub role: Role,
    /// How they are called.
    pub name: Label,
    /// The compartment of their home.
    pub household: Option<CompartmentId>,
}

/// `device = [member, signing, sealing, name, purpose]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Whose it is.
    pub member: MemberId,
    /// Its Ed25519 public key.
    pub signing: [u8; 32],
    /// The SHA-256 of its X-Wing public key.
    pub sealing: [u8; 32],
    /// How its owner calls it.
    pub name: Label,
    /// What it is for.
    pub purpose: DevicePurpose,
}

/// `policy = [nation, rules, anchors]`. Where it has no rule for a matter, that of [`Policy::uk`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whose law the ages of stages follow.
    pub nation: Nation,
    /// At most one for each matter.
    pub rules: Vec<PolicyRule>,
    /// Whom the bag believes about orders, birth dates and the time.
    pub anchors: Vec<Anchor>,
}

/// `rule = [act, guardians, subject, alone]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyRule {
    /// About what.
    pub matter: Matter,
    /// How many guardians must want it; [`PolicyRule::ALL`] for every one.
    pub guardians: u8,
    /// From which stage the subject must want it too.
    pub subject: Option<Stage>,
    /// From which stage it is enough that the subject wants it.
    pub alone: Option<Stage>,
}

/// `anchor = [purpose, key, name]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// What it is believed about.
    pub purpose: AnchorPurpose,
    /// A JWK, in JSON.
    pub key: Arc<[u8]>,
    /// Who it is.
    pub name: Label,
}

impl Label {
    /// Longest, in bytes.
    pub const MAX_BYTES: usize = 200;

    /// Takes a name.
    ///
    /// # Errors
    ///
    /// If it is too long.
    pub fn new(text: &str) -> Result<Self, LabelError> {
        if text.len() > Self::MAX_BYTES { Err(LabelError) } else { Ok(Self(text.into())) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self(reader.text(Self::MAX_BYTES)?.into()))
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.text(&self.0);
    }
}

impl Default for Label {
    fn default() -> Self {
        Self("".into())
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        Self::new(text)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names are records: they stay out of logs.
impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Label({} bytes)", self.0.len())
    }
}

impl EpochStart {
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(2)?;
        Ok(Self { compartment: compartment(reader)?, commitment: Commitment::from_bytes(reader.fixed()?) })
    }

    pub(super) fn encode(&self, w: &mut Writer) {
        w.array(2).bytes(self.compartment.as_bytes()).bytes(self.commitment.as_bytes());
    }
}

impl Member {
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(4)?;
        Ok(Self {
            id: member(reader)?,
            role: Role::decode(reader)?,
            name: Label::decode(reader)?,
            household: reader.or_null(compartment)?,
        })
    }

    pub(super) fn encode(&self, w: &mut Writer) {
        w.array(4).bytes(self.id.as_bytes()).uint(self.role.code());
        self.name.encode(w);
        w.or_null(self.household, |w, id| {
            w.bytes(id.as_bytes());
        });
    }
}

impl Device {
    /// Its name: the hash of its keys.
    pub fn id(&self) -> DeviceId {
        DeviceId::from_bytes(id::labelled_half("bookbag/1 device", &[&self.signing, &self.sealing]))
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(5)?;
        Ok(Self {
            member: member(reader)?,
            signing: reader.fixed()?,
            sealing: reader.fixed()?,
            name: Label::decode(reader)?,
            purpose: DevicePurpose::decode(reader)?,
        })
    }

    pub(super) fn encode(&self, w: &mut Writer) {
        w.array(5).bytes(self.member.as_bytes()).bytes(&self.signing).bytes(&self.sealing);
        self.name.encode(w);
        w.uint(self.purpose.code());
    }
}

impl Policy {
    /// Most rules.
    pub const MAX_RULES: u64 = 32;
    /// Most anchors.
    pub const MAX_ANCHORS: u64 = 16;
    /// Longest key of an anchor, in bytes.
    pub const MAX_KEY_BYTES: usize = 512;

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(3)?;
        let policy = Self {
            nation: Nation::decode(reader)?,
            rules: reader.list(Self::MAX_RULES, PolicyRule::decode)?,
            anchors: reader.list(Self::MAX_ANCHORS, Anchor::decode)?,
        };
        let is_ascending = policy.rules.is_sorted_by(|one, next| one.matter < next.matter);
        if is_ascending { Ok(policy) } else { Err(WireError::Expected("rules in ascending order")) }
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.array(3).uint(self.nation.code());
        w.list(&self.rules, |w, rule| rule.encode(w));
        w.list(&self.anchors, |w, anchor| anchor.encode(w));
    }
}

impl PolicyRule {
    /// Every guardian there is.
    pub const ALL: u8 = 255;

    /// Written for "at no stage".
    const NEVER: u64 = 0;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(4)?;
        Ok(Self {
            matter: Matter::decode(reader)?,
            guardians: u8::try_from(reader.uint()?)
                .map_err(|_| WireError::Expected("a number of guardians"))?,
            subject: stage_or_never(reader)?,
            alone: stage_or_never(reader)?,
        })
    }

    fn encode(self, w: &mut Writer) {
        let code = |stage: Option<Stage>| stage.map_or(Self::NEVER, Stage::code);
        w.array(4).uint(self.matter.code()).uint(self.guardians.into());
        w.uint(code(self.subject)).uint(code(self.alone));
    }
}

impl Anchor {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(3)?;
        let purpose = AnchorPurpose::decode(reader)?;
        let key = reader.bytes()?;
        if key.is_empty() || key.len() > Policy::MAX_KEY_BYTES {
            return Err(WireError::Expected("the key of an anchor"));
        }
        Ok(Self { purpose, key: key.into(), name: Label::decode(reader)? })
    }

    fn encode(&self, w: &mut Writer) {
        w.array(3).uint(self.purpose.code()).bytes(&self.key);
        self.name.encode(w);
    }
}

pub(super) fn member(reader: &mut Reader<'_>) -> Result<MemberId, WireError> {
    reader.fixed().map(MemberId::from_bytes)
}

pub(super) fn compartment(reader: &mut Reader<'_>) -> Result<CompartmentId, WireError> {
    reader.fixed().map(CompartmentId::from_bytes)
}

pub(super) fn device(reader: &mut Reader<'_>) -> Result<DeviceId, WireError> {
    reader.fixed().map(DeviceId::from_bytes)
}

fn stage_or_never(reader: &mut Reader<'_>) -> Result<Option<Stage>, WireError> {
    match reader.uint()? {
        PolicyRule::NEVER => Ok(None),
        code => Stage::from_code(code).map(Some).ok_or(WireError::Expected("a stage")),
    }
}
