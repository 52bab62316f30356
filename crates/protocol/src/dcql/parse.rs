//! Reading a query: every rule of sections 6 and 7 that needs no credential.

use std::collections::HashMap;
use std::fmt;

use bookbag_credential::{ClaimPath, PathElement};
use bookbag_crypto::json::{self, JsonError};
use serde_json::{Map, Value};

use super::limits::{
    MAX_AUTHORITIES, MAX_CLAIM_SETS, MAX_CLAIMS, MAX_CREDENTIAL_SETS, MAX_CREDENTIALS, MAX_OPTIONS,
    MAX_QUERY_BYTES, MAX_SET_COMBINATIONS, MAX_TYPES, MAX_VALUES,
};
use super::query::{
    ClaimQuery, CredentialQuery, CredentialSetQuery, Format, Query, TrustedAuthority, TypeFilter, Values,
};
use super::rule::{QueryError, Rule};

type Object = Map<String, Value>;

impl Query {
    /// Reads a query as OpenID4VP 1.0 writes it. Unknown members are ignored, whatever they hold (section 6).
    ///
    /// # Errors
    ///
    /// If the text is not JSON, breaks a rule or passes a limit.
    pub fn parse(text: &[u8]) -> Result<Self, QueryError> {
        Self::from_json(&read_json(text)?)
    }

    /// As [`Query::parse`], from JSON that was read already.
    ///
    /// # Errors
    ///
    /// If the query breaks a rule or passes a limit.
    pub fn from_json(query: &Value) -> Result<Self, QueryError> {
        Reader { tolerated: None }.query(query)
    }

    /// Reads a query that may be written as drafts before 1.0 had it, and says what it tolerated: `meta` absent
    /// (it then restricts nothing), `meta` without the member of its format (an SD-JWT VC query may have
    /// `type_values` instead), and mdoc claims by `namespace` and `claim_name` instead of `path`. Everything else
    /// is an error as in [`Query::parse`].
    ///
    /// # Errors
    ///
    /// If the text is not JSON, breaks another rule or passes a limit.
    pub fn parse_tolerant(text: &[u8]) -> Result<(Self, Vec<QueryError>), QueryError> {
        let mut reader = Reader { tolerated: Some(Vec::new()) };
        let query = reader.query(&read_json(text)?)?;
        Ok((query, reader.tolerated.unwrap_or_default()))
    }
}

fn read_json(text: &[u8]) -> Result<Value, QueryError> {
    let root = Place::ROOT;
    if text.len() > MAX_QUERY_BYTES {
        return Err(root.breaks(Rule::TooLarge));
    }
    json::parse(text).map_err(|error| {
        let rule = if error == JsonError::TooManyValues { Rule::TooLarge } else { Rule::Json };
        QueryError { source: Some(error), ..root.breaks(rule) }
    })
}

/// Where the reader is; written out only when something is wrong.
#[derive(Clone, Copy)]
struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Root,
    Member(&'static str),
    Item(usize),
}

impl Place<'_> {
    const ROOT: Place<'static> = Place { parent: None, step: Step::Root };

    fn member(&self, name: &'static str) -> Place<'_> {
        Place { parent: Some(self), step: Step::Member(name) }
    }

    fn item(&self, position: usize) -> Place<'_> {
        Place { parent: Some(self), step: Step::Item(position) }
    }

    fn breaks(&self, rule: Rule) -> QueryError {
        QueryError { rule, place: self.to_string(), source: None }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parent = self.parent.filter(|parent| !matches!(parent.step, Step::Root));
        if let Some(parent) = parent {
            write!(f, "{parent}")?;
        }
        match self.step {
            Step::Root => f.write_str("query"),
            Step::Member(name) if parent.is_some() => write!(f, ".{name}"),
            Step::Member(name) => f.write_str(name),
            Step::Item(position) => write!(f, "[{position}]"),
        }
    }
}

/// Reads from the top down. The only state is what was tolerated, if anything may be.
struct Reader {
    tolerated: Option<Vec<QueryError>>,
}

/// A claim query, and under which position its `id` counts.
struct Claims<'v> {
    kept: Vec<ClaimQuery>,
    by_id: HashMap<&'v str, usize>,
}

impl Reader {
    fn tolerate(&mut self, error: QueryError) -> Result<(), QueryError> {
        match &mut self.tolerated {
            Some(tolerated) => {
                tolerated.push(error);
                Ok(())
            }
            None => Err(error),
        }
    }

    fn query(&mut self, query: &Value) -> Result<Query, QueryError> {
        let root = Place::ROOT;
        let query = query.as_object().ok_or_else(|| root.breaks(Rule::Object))?;
        let at = root.member("credentials");
        let mut credentials = Vec::new();
        let mut by_id = HashMap::new();
        for (position, entry) in list(query.get("credentials"), MAX_CREDENTIALS, Rule::Credentials, &at)? {
            let credential =
                self.credential(object(entry, Rule::Credentials, &at.item(position))?, &at.item(position))?;
            if by_id.insert(credential.id.clone(), position).is_some() {
                return Err(at.item(position).member("id").breaks(Rule::CredentialIdTwice));
            }
            credentials.push(credential);
        }
        let (sets, sets_given) = match query.get("credential_sets") {
            Some(sets) => (credential_sets(sets, &by_id)?, true),
            // Section 6.4.2: without `credential_sets`, all credentials are requested.
            None => (
                vec![CredentialSetQuery { required: true, options: vec![(0..credentials.len()).collect()] }],
                false,
            ),
        };
        Ok(Query { credentials, sets, sets_given })
    }

    fn credential(&mut self, query: &Object, at: &Place<'_>) -> Result<CredentialQuery, QueryError> {
        let id = identifier(query.get("id"), Rule::CredentialId, &at.member("id"))?.to_owned();
        let format_name = text(query.get("format"), Rule::Format, &at.member("format"))?.to_owned();
        let format = Format::of(&format_name);
        let claims = self.claims(query, format, at)?;
        let claim_sets_given = query.contains_key("claim_sets");
        let claim_sets = match query.get("claim_sets") {
            Some(sets) => claim_sets(sets, &claims.by_id, &at.member("claim_sets"))?,
            None => vec![(0..claims.kept.len()).collect()],
        };
        let binding = "require_cryptographic_holder_binding";
        Ok(CredentialQuery {
            id,
            format,
            format_name,
            multiple: boolean(query, "multiple", Rule::Multiple, at)?.unwrap_or(false),
            holder_binding: boolean(query, binding, Rule::HolderBinding, at)?.unwrap_or(true),
            types: self.types(query.get("meta"), format, &at.member("meta"))?,
            authorities: authorities(query.get("trusted_authorities"), &at.member("trusted_authorities"))?,
            claims: claims.kept,
            claim_sets,
            claim_sets_given,
        })
    }

    /// Section 6.1: "if empty, no specific constraints are placed"; otherwise the member of the format is
    /// REQUIRED. What has neither is more likely a slip of the pen than a wish for anything, so it is no match
    /// for all.
    fn types(
        &mut self,
        meta: Option<&Value>,
        format: Format,
        at: &Place<'_>,
    ) -> Result<TypeFilter, QueryError> {
        let Some(meta) = meta else {
            self.tolerate(at.breaks(Rule::Meta))?;
            return Ok(TypeFilter::Any);
        };
        let meta = object(meta, Rule::Meta, at)?;
        let (name, rule) = match format {
            Format::SdJwtVc => ("vct_values", Rule::VctValues),
            Format::Mdoc => ("doctype_value", Rule::DoctypeValue),
            Format::JwtVcJson | Format::LdpVc => ("type_values", Rule::TypeValues),
            Format::Unknown => return Ok(TypeFilter::Any),
        };
        let place = at.member(name);
        let Some(value) = meta.get(name) else {
            if !meta.is_empty() {
                self.tolerate(place.breaks(rule))?;
            }
            return match meta.get("type_values") {
                Some(lists) if format == Format::SdJwtVc => type_lists(lists, &at.member("type_values")),
                _ => Ok(TypeFilter::Any),
            };
        };
        match format {
            Format::SdJwtVc => texts(value, rule, &place).map(TypeFilter::OneOf),
            Format::Mdoc => Ok(TypeFilter::OneOf(vec![text(Some(value), rule, &place)?.to_owned()])),
            _ => type_lists(value, &place),
        }
    }

    fn claims<'v>(
        &mut self,
        query: &'v Object,
        format: Format,
        at: &Place<'_>,
    ) -> Result<Claims<'v>, QueryError> {
        let mut claims = Claims { kept: Vec::new(), by_id: HashMap::new() };
        let sets = query.contains_key("claim_sets");
        let Some(entries) = query.get("claims") else {
            // Section 6.4.1: "`claim_sets` MUST NOT be present if `claims` is absent".
            return if sets { Err(at.member("claim_sets").breaks(Rule::ClaimSetsAlone)) } else { Ok(claims) };
        };
        let at = at.member("claims");
        for (position, entry) in list(Some(entries), MAX_CLAIMS, Rule::Claims, &at)? {
            let at = at.item(position);
            let entry = object(entry, Rule::Claims, &at)?;
            let claim = self.claim(entry, format, &at)?;
            let id = match entry.get("id") {
                Some(id) => Some(identifier(Some(id), Rule::ClaimId, &at.member("id"))?),
                None if sets => return Err(at.member("id").breaks(Rule::ClaimIdMissing)),
                None => None,
            };
            let kept = claims.keep(claim, sets);
            if id.is_some_and(|id| claims.by_id.insert(id, kept).is_some()) {
                return Err(at.member("id").breaks(Rule::ClaimIdTwice));
            }
        }
        Ok(claims)
    }

    fn claim(&mut self, query: &Object, format: Format, at: &Place<'_>) -> Result<ClaimQuery, QueryError> {
        let path = self.path(query, format, at)?;
        let values = match query.get("values") {
            Some(values) => {
                let at = at.member("values");
                let _non_empty = list(Some(values), MAX_VALUES, Rule::Values, &at)?;
                let values = values.as_array().and_then(|values| Values::read(values));
                Some(values.ok_or_else(|| at.breaks(Rule::Values))?)
            }
            None => None,
        };
        let intent_to_retain = match format {
            Format::Mdoc => boolean(query, "intent_to_retain", Rule::IntentToRetain, at)?,
            _ => None,
        };
        let id = query.get("id").and_then(Value::as_str).map(str::to_owned);
        Ok(ClaimQuery { id, path, values, intent_to_retain })
    }

    fn path(&mut self, query: &Object, format: Format, at: &Place<'_>) -> Result<ClaimPath, QueryError> {
        let path_at = at.member("path");
        let Some(path) = query.get("path") else {
            let error = path_at.breaks(Rule::Path);
            let namespace = query.get("namespace").and_then(Value::as_str);
            let element = query.get("claim_name").and_then(Value::as_str);
            return match (format, namespace, element) {
                (Format::Mdoc, Some(namespace), Some(element)) => {
                    self.tolerate(error)?;
                    Ok(ClaimPath::top(namespace).join(PathElement::Name(element.to_owned())))
                }
                _ => Err(error),
            };
        };
        let path = ClaimPath::from_json(path).map_err(|_| path_at.breaks(Rule::Path))?;
        let two_names = matches!(path.elements(), [PathElement::Name(_), PathElement::Name(_)]);
        // Section 7.2.1: "does not contain exactly two components or one of the components is not a string".
        if format == Format::Mdoc && !two_names {
            return Err(path_at.breaks(Rule::MdocPath));
        }
        Ok(path)
    }
}

impl Claims<'_> {
    /// Adds a claim, or finds the earlier one that it repeats, and says under which position it counts.
    ///
    /// Section 6.1: "Wallets SHOULD ignore such duplicate claim queries". We do, except where claim sets name
    /// both and they accept different values: the filter of a set would then be dropped, and more be disclosed
    /// than it asks for.
    fn keep(&mut self, claim: ClaimQuery, sets: bool) -> usize {
        let same = |kept: &ClaimQuery| kept.path == claim.path && (!sets || kept.values == claim.values);
        self.kept.iter().position(same).unwrap_or_else(|| {
            self.kept.push(claim);
            self.kept.len() - 1
        })
    }
}

fn claim_sets(
    value: &Value,
    by_id: &HashMap<&str, usize>,
    at: &Place<'_>,
) -> Result<Vec<Vec<usize>>, QueryError> {
    let mut sets = Vec::new();
    for (position, set) in list(Some(value), MAX_CLAIM_SETS, Rule::ClaimSets, at)? {
        let at = at.item(position);
        let find = |id: &str| by_id.get(id).copied();
        sets.push(references(set, MAX_CLAIMS, find, (Rule::ClaimSets, Rule::ClaimSetUnknownId), &at)?);
    }
    Ok(sets)
}

fn credential_sets(
    value: &Value,
    by_id: &HashMap<String, usize>,
) -> Result<Vec<CredentialSetQuery>, QueryError> {
    let root = Place::ROOT;
    let at = root.member("credential_sets");
    let mut sets = Vec::new();
    let mut combinations = 1_usize;
    for (position, set) in list(Some(value), MAX_CREDENTIAL_SETS, Rule::CredentialSets, &at)? {
        let set_at = at.item(position);
        let set = object(set, Rule::CredentialSets, &set_at)?;
        let required = boolean(set, "required", Rule::Required, &set_at)?.unwrap_or(true);
        let options_at = set_at.member("options");
        let mut options = Vec::new();
        for (position, option) in list(set.get("options"), MAX_OPTIONS, Rule::Options, &options_at)? {
            let at = options_at.item(position);
            let find = |id: &str| by_id.get(id).copied();
            options.push(references(
                option,
                MAX_CREDENTIALS,
                find,
                (Rule::Options, Rule::OptionUnknownId),
                &at,
            )?);
        }
        combinations = combinations.saturating_mul(options.len() + usize::from(!required));
        if combinations > MAX_SET_COMBINATIONS {
            return Err(at.breaks(Rule::TooManySetCombinations));
        }
        sets.push(CredentialSetQuery { required, options });
    }
    Ok(sets)
}

/// A non-empty array of identifiers of things that are there, each once.
fn references(
    value: &Value,
    most: usize,
    find: impl Fn(&str) -> Option<usize>,
    (form, unknown): (Rule, Rule),
    at: &Place<'_>,
) -> Result<Vec<usize>, QueryError> {
    let mut found = Vec::new();
    for (position, id) in list(Some(value), most, form, at)? {
        let id = id.as_str().ok_or_else(|| at.item(position).breaks(form))?;
        let target = find(id).ok_or_else(|| at.item(position).breaks(unknown))?;
        if !found.contains(&target) {
            found.push(target);
        }
    }
    Ok(found)
}

fn authorities(value: Option<&Value>, at: &Place<'_>) -> Result<Vec<TrustedAuthority>, QueryError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let mut authorities = Vec::new();
    for (position, entry) in list(Some(value), MAX_AUTHORITIES, Rule::TrustedAuthorities, at)? {
        let at = at.item(position);
        let entry = object(entry, Rule::TrustedAuthorities, &at)?;
        let kind = text(entry.get("type"), Rule::AuthorityType, &at.member("type"))?.to_owned();
        let at = at.member("values");
        let mut values = Vec::new();
        for (position, value) in list(entry.get("values"), MAX_AUTHORITIES, Rule::AuthorityValues, &at)? {
            let value = value.as_str().ok_or_else(|| at.item(position).breaks(Rule::AuthorityValues))?;
            values.push(value.to_owned());
        }
        authorities.push(TrustedAuthority { kind, values });
    }
    Ok(authorities)
}

fn type_lists(value: &Value, at: &Place<'_>) -> Result<TypeFilter, QueryError> {
    let mut lists = Vec::new();
    for (position, entry) in list(Some(value), MAX_TYPES, Rule::TypeValues, at)? {
        lists.push(texts(entry, Rule::TypeValues, &at.item(position))?);
    }
    Ok(TypeFilter::AllOfOne(lists))
}

fn texts(value: &Value, rule: Rule, at: &Place<'_>) -> Result<Vec<String>, QueryError> {
    let entries = list(Some(value), MAX_TYPES, rule, at)?;
    entries.map(|(position, entry)| text(Some(entry), rule, &at.item(position)).map(str::to_owned)).collect()
}

/// A non-empty array of at most so many entries, with their positions.
fn list<'v>(
    value: Option<&'v Value>,
    most: usize,
    rule: Rule,
    at: &Place<'_>,
) -> Result<impl Iterator<Item = (usize, &'v Value)> + use<'v>, QueryError> {
    match value.and_then(Value::as_array) {
        Some(entries) if entries.len() > most => Err(at.breaks(Rule::TooLarge)),
        Some(entries) if !entries.is_empty() => Ok(entries.iter().enumerate()),
        _ => Err(at.breaks(rule)),
    }
}

fn object<'v>(value: &'v Value, rule: Rule, at: &Place<'_>) -> Result<&'v Object, QueryError> {
    value.as_object().ok_or_else(|| at.breaks(rule))
}

fn text<'v>(value: Option<&'v Value>, rule: Rule, at: &Place<'_>) -> Result<&'v str, QueryError> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or_else(|| at.breaks(rule))
}

/// Sections 6.1 and 6.3: "a non-empty string consisting of alphanumeric, underscore (_), or hyphen (-)
/// characters". Letters and digits are those of ASCII.
fn identifier<'v>(value: Option<&'v Value>, rule: Rule, at: &Place<'_>) -> Result<&'v str, QueryError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let id = text(value, rule, at)?;
    if id.bytes().all(allowed) { Ok(id) } else { Err(at.breaks(rule)) }
}

fn boolean(
    object: &Object,
    name: &'static str,
    rule: Rule,
    at: &Place<'_>,
) -> Result<Option<bool>, QueryError> {
    match object.get(name) {
        None => Ok(None),
        Some(value) => value.as_bool().map(Some).ok_or_else(|| at.member(name).breaks(rule)),
    }
}
