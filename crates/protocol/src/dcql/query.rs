//! A query that has been checked.

use std::cmp::Ordering;
use std::slice;

use bookbag_credential::ClaimPath;
use serde_json::{Map, Value, json};

/// A DCQL query that has been read and checked. Its lists are not empty, its identifiers are unique, and
/// references between its parts are positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub(super) credentials: Vec<CredentialQuery>,
    pub(super) sets: Vec<CredentialSetQuery>,
    /// Whether `sets` was in the query, or is the implicit one that requires everything.
    pub(super) sets_given: bool,
}

/// One entry of `credentials`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialQuery {
    pub(super) id: String,
    pub(super) format: Format,
    pub(super) format_name: String,
    pub(super) multiple: bool,
    pub(super) holder_binding: bool,
    pub(super) types: TypeFilter,
    pub(super) authorities: Vec<TrustedAuthority>,
    pub(super) claims: Vec<ClaimQuery>,
    /// Positions in `claims`. At least one set: the one of all claims where the query gave none.
    pub(super) claim_sets: Vec<Vec<usize>>,
    pub(super) claim_sets_given: bool,
}

/// A credential format that we know how to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `dc+sd-jwt`, and the older `vc+sd-jwt`.
    SdJwtVc,
    /// `mso_mdoc`.
    Mdoc,
    /// `jwt_vc_json`.
    JwtVcJson,
    /// `ldp_vc`.
    LdpVc,
    /// Any other. Queries for it can be read, and nothing matches them.
    Unknown,
}

/// What `meta` says about the type of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeFilter {
    /// Any type: `meta` is empty.
    Any,
    /// One of these types (`vct_values`, or the one `doctype_value`).
    OneOf(Vec<String>),
    /// All types of one of these lists (`type_values`).
    AllOfOne(Vec<Vec<String>>),
}

/// One entry of `trusted_authorities`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedAuthority {
    /// Such as `aki`, `etsi_tl` or `openid_federation`.
    pub kind: String,
    /// The values, any of which will do.
    pub values: Vec<String>,
}

/// One entry of `claims`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimQuery {
    pub(super) id: Option<String>,
    pub(super) path: ClaimPath,
    pub(super) values: Option<Values>,
    pub(super) intent_to_retain: Option<bool>,
}

/// The `values` of a claim query. They stand sorted, since their order means nothing and a claim is looked up
/// in them often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    pub(super) texts: Vec<String>,
    pub(super) integers: Vec<i128>,
    pub(super) yes: bool,
    pub(super) no: bool,
}

/// One entry of `credential_sets`, or the implicit set that requires every credential query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSetQuery {
    pub(super) required: bool,
    /// Positions in `credentials`.
    pub(super) options: Vec<Vec<usize>>,
}

impl Query {
    /// The credential queries; at least one.
    pub fn credentials(&self) -> &[CredentialQuery] {
        &self.credentials
    }

    /// The credential query of this `id`.
    pub fn credential(&self, id: &str) -> Option<&CredentialQuery> {
        self.position(id).and_then(|position| self.credentials.get(position))
    }

    /// The credential sets. Where the query has none, the one implicit set whose only option is everything
    /// (section 6.4.2).
    pub fn credential_sets(&self) -> &[CredentialSetQuery] {
        &self.sets
    }

    /// Whether the query itself has `credential_sets`.
    pub fn has_credential_sets(&self) -> bool {
        self.sets_given
    }

    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.credentials.iter().position(|query| query.id == id)
    }

    /// The JSON form: what was understood, with defaults left out.
    pub fn to_json(&self) -> Value {
        let mut query = Map::new();
        query.insert("credentials".into(), self.credentials.iter().map(CredentialQuery::to_json).collect());
        if self.sets_given {
            let sets = self.sets.iter().map(|set| {
                let options: Value = set.options.iter().map(|option| self.ids(option)).collect();
                if set.required {
                    json!({"options": options})
                } else {
                    json!({"options": options, "required": false})
                }
            });
            query.insert("credential_sets".into(), sets.collect());
        }
        Value::Object(query)
    }

    fn ids(&self, positions: &[usize]) -> Value {
        positions
            .iter()
            .filter_map(|&position| self.credentials.get(position))
            .map(CredentialQuery::id)
            .collect()
    }
}

impl CredentialQuery {
    /// The identifier.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The format as the query wrote it.
    pub fn format_name(&self) -> &str {
        &self.format_name
    }

    /// Whether several credentials may be returned.
    pub fn multiple(&self) -> bool {
        self.multiple
    }

    /// Whether a proof of holder binding is asked for.
    pub fn requires_holder_binding(&self) -> bool {
        self.holder_binding
    }

    /// Which types are accepted.
    pub fn types(&self) -> &TypeFilter {
        &self.types
    }

    /// Which authorities are accepted; empty means any.
    pub fn trusted_authorities(&self) -> &[TrustedAuthority] {
        &self.authorities
    }

    /// The claims asked for, without repetitions; empty means only what is always in the clear.
    pub fn claims(&self) -> &[ClaimQuery] {
        &self.claims
    }

    /// Whether the query itself has `claim_sets`.
    pub fn has_claim_sets(&self) -> bool {
        self.claim_sets_given
    }

    /// The claims of each claim set, in the order of preference. Where the query has no `claim_sets`, the one
    /// set of all claims.
    pub fn claim_sets(&self) -> impl ExactSizeIterator<Item = Vec<&ClaimQuery>> {
        self.claim_sets.iter().map(|set| self.claims_at(set).collect())
    }

    pub(super) fn claims_at(&self, positions: &[usize]) -> impl Iterator<Item = &ClaimQuery> {
        positions.iter().filter_map(|&position| self.claims.get(position))
    }

    fn to_json(&self) -> Value {
        let mut query = Map::new();
        query.insert("id".into(), self.id.as_str().into());
        query.insert("format".into(), self.format_name.as_str().into());
        query.insert("meta".into(), self.types.to_json(self.format));
        if self.multiple {
            query.insert("multiple".into(), true.into());
        }
        if !self.holder_binding {
            query.insert("require_cryptographic_holder_binding".into(), false.into());
        }
        if !self.authorities.is_empty() {
            let entries =
                self.authorities.iter().map(|entry| json!({"type": entry.kind, "values": entry.values}));
            query.insert("trusted_authorities".into(), entries.collect());
        }
        if !self.claims.is_empty() {
            query.insert("claims".into(), self.claims.iter().map(ClaimQuery::to_json).collect());
        }
        if self.claim_sets_given {
            let ids = |set: &Vec<usize>| self.claims_at(set).filter_map(ClaimQuery::id).collect::<Value>();
            query.insert("claim_sets".into(), self.claim_sets.iter().map(ids).collect());
        }
        Value::Object(query)
    }
}

impl Format {
    /// The format of this identifier.
    pub fn of(identifier: &str) -> Self {
        match identifier {
            // `vc+sd-jwt` was the identifier of the same format before it changed its name.
            "dc+sd-jwt" | "vc+sd-jwt" => Self::SdJwtVc,
            "mso_mdoc" => Self::Mdoc,
            "jwt_vc_json" => Self::JwtVcJson,
            "ldp_vc" => Self::LdpVc,
            _ => Self::Unknown,
        }
    }

    /// Whether a holder can disclose single claims. If not, any presentation is the whole credential, whatever
    /// claims a query names (section 6.4.1), and the person must be told so.
    pub fn discloses_selectively(self) -> bool {
        matches!(self, Self::SdJwtVc | Self::Mdoc)
    }
}

impl TypeFilter {
    /// Whether a credential of these types is accepted.
    pub fn accepts(&self, types: &[&str]) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(accepted) => accepted.iter().any(|accepted| types.contains(&accepted.as_str())),
            Self::AllOfOne(lists) => {
                lists.iter().any(|list| list.iter().all(|needed| types.contains(&needed.as_str())))
            }
        }
    }

    fn to_json(&self, format: Format) -> Value {
        match self {
            Self::Any => json!({}),
            Self::OneOf(types) if format == Format::Mdoc => json!({"doctype_value": types.first()}),
            Self::OneOf(types) => json!({"vct_values": types}),
            Self::AllOfOne(lists) => json!({"type_values": lists}),
        }
    }
}

impl ClaimQuery {
    /// The identifier, where there is one.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Where the claim is.
    pub fn path(&self) -> &ClaimPath {
        &self.path
    }

    /// Which values are accepted, where that is restricted.
    pub fn values(&self) -> Option<&Values> {
        self.values.as_ref()
    }

    /// What an mdoc verifier says about keeping the value; `None` if nothing.
    pub fn intent_to_retain(&self) -> Option<bool> {
        self.intent_to_retain
    }

    /// Whether the query accepts this value of the claim.
    pub fn accepts(&self, value: &Value) -> bool {
        self.values.as_ref().is_none_or(|values| values.contains(value))
    }

    fn to_json(&self) -> Value {
        let mut claim = Map::new();
        if let Some(id) = &self.id {
            claim.insert("id".into(), id.as_str().into());
        }
        claim.insert("path".into(), self.path.to_json());
        if let Some(values) = &self.values {
            claim.insert("values".into(), values.to_json());
        }
        if let Some(intent) = self.intent_to_retain {
            claim.insert("intent_to_retain".into(), intent.into());
        }
        Value::Object(claim)
    }
}

impl Values {
    /// Whether `value` is one of these, in type and value (section 6.3). A number written with a fraction or an
    /// exponent is no integer, so 1.0 is not 1.
    pub fn contains(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.texts.binary_search_by(|one| one.as_str().cmp(text)).is_ok(),
            Value::Bool(true) => self.yes,
            Value::Bool(false) => self.no,
            Value::Number(number) => {
                integer(number).is_some_and(|integer| self.integers.binary_search(&integer).is_ok())
            }
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        }
    }

    /// Reads a list of strings, integers and booleans; `None` if there is anything else in it.
    pub(super) fn read(list: &[Value]) -> Option<Self> {
        let mut values = Self { texts: Vec::new(), integers: Vec::new(), yes: false, no: false };
        for value in list {
            match value {
                Value::String(text) => values.texts.push(text.clone()),
                Value::Number(number) => values.integers.push(integer(number)?),
                Value::Bool(true) => values.yes = true,
                Value::Bool(false) => values.no = true,
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            }
        }
        sort(&mut values.texts, String::cmp);
        sort(&mut values.integers, i128::cmp);
        Some(values)
    }

    fn to_json(&self) -> Value {
        let texts = self.texts.iter().map(|text| Value::from(text.as_str()));
        // Each was read from a signed or an unsigned 64-bit integer.
        let integers = self.integers.iter().map(|&integer| match u64::try_from(integer) {
            Ok(integer) => Value::from(integer),
            Err(_) => i64::try_from(integer).map_or(Value::Null, Value::from),
        });
        let booleans = [(self.yes, true), (self.no, false)].into_iter().filter(|(is, _)| *is);
        texts.chain(integers).chain(booleans.map(|(_, value)| Value::from(value))).collect()
    }
}

impl CredentialSetQuery {
    /// Whether the query is unanswered without it.
    pub fn required(&self) -> bool {
        self.required
    }

    /// The options in the order of preference, each a list of positions in [`Query::credentials`].
    pub fn options(&self) -> slice::Iter<'_, Vec<usize>> {
        self.options.iter()
    }
}

fn integer(number: &serde_json::Number) -> Option<i128> {
    number.as_u64().map(i128::from).or_else(|| number.as_i64().map(i128::from))
}

fn sort<T: PartialEq>(list: &mut Vec<T>, order: impl Fn(&T, &T) -> Ordering) {
    list.sort_unstable_by(order);
    list.dedup();
}
