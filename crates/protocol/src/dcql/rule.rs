//! The numbered rules of a query, and what an error says.

use bookbag_crypto::json::JsonError;

/// Defines [`Rule`] from one table, so that number, clause and rule cannot drift apart.
macro_rules! rules {
    ($($rule:ident = $id:literal, $clause:literal, $text:literal;)+) => {
        /// One numbered rule of DCQL. A number is never reused for another rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = concat!($id, ": ", $text, " (", $clause, ").")] $rule,)+
        }

        impl Rule {
            /// Every rule, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$rule),+];

            /// Its number, such as `DQ-07`. It stays the same for ever.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$rule => $id),+ }
            }

            /// The clause it enforces.
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$rule => $clause),+ }
            }

            /// What must hold, in one sentence without a full stop.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$rule => $text),+ }
            }
        }
    };
}

rules! {
    // The query as a whole.
    Json = "DQ-01", "OpenID4VP 1.0 section 6", "a query is JSON without repeated member names";
    TooLarge = "DQ-02", "our limit", "a query and each list in it are within the limits";
    Object = "DQ-03", "OpenID4VP 1.0 section 6", "a query is an object";
    Credentials = "DQ-04", "OpenID4VP 1.0 section 6", "`credentials` is a non-empty array of objects";
    CredentialSets = "DQ-05", "OpenID4VP 1.0 section 6",
        "`credential_sets`, if present, is a non-empty array of objects";

    // One credential query.
    CredentialId = "DQ-06", "OpenID4VP 1.0 section 6.1",
        "`id` is a non-empty string of letters, digits, underscores and hyphens";
    CredentialIdTwice = "DQ-07", "OpenID4VP 1.0 section 6.1", "no two credential queries have one `id`";
    Format = "DQ-08", "OpenID4VP 1.0 section 6.1", "`format` is a non-empty string";
    Multiple = "DQ-09", "OpenID4VP 1.0 section 6.1", "`multiple`, if present, is a boolean";
    HolderBinding = "DQ-10", "OpenID4VP 1.0 section 6.1",
        "`require_cryptographic_holder_binding`, if present, is a boolean";
    Meta = "DQ-11", "OpenID4VP 1.0 section 6.1", "`meta` is an object";
    VctValues = "DQ-12", "OpenID4VP 1.0 section B.3.5",
        "`vct_values` is a non-empty array of non-empty strings, absent only from an empty `meta`";
    DoctypeValue = "DQ-13", "OpenID4VP 1.0 section B.2.3",
        "`doctype_value` is a non-empty string, absent only from an empty `meta`";
    TypeValues = "DQ-14", "OpenID4VP 1.0 section B.1.1",
        "`type_values` is a non-empty array of non-empty arrays of non-empty strings, absent only from an empty `meta`";

    // Trusted authorities.
    TrustedAuthorities = "DQ-15", "OpenID4VP 1.0 section 6.1",
        "`trusted_authorities`, if present, is a non-empty array of objects";
    AuthorityType = "DQ-16", "OpenID4VP 1.0 section 6.1.1", "`type` of an authority is a non-empty string";
    AuthorityValues = "DQ-17", "OpenID4VP 1.0 section 6.1.1",
        "`values` of an authority is a non-empty array of strings";

    // Claims.
    Claims = "DQ-18", "OpenID4VP 1.0 section 6.1", "`claims`, if present, is a non-empty array of objects";
    ClaimId = "DQ-19", "OpenID4VP 1.0 section 6.3",
        "`id` of a claim is a non-empty string of letters, digits, underscores and hyphens";
    ClaimIdMissing = "DQ-20", "OpenID4VP 1.0 section 6.3", "with `claim_sets`, every claim has an `id`";
    ClaimIdTwice = "DQ-21", "OpenID4VP 1.0 section 6.3", "no two claims of a credential query have one `id`";
    Path = "DQ-22", "OpenID4VP 1.0 section 7",
        "`path` is a non-empty array of strings, nulls and non-negative integers";
    MdocPath = "DQ-23", "OpenID4VP 1.0 section 7.2",
        "`path` into an mdoc is a namespace and a data element identifier, both strings";
    Values = "DQ-24", "OpenID4VP 1.0 section 6.3",
        "`values`, if present, is a non-empty array of strings, integers and booleans";
    IntentToRetain = "DQ-25", "OpenID4VP 1.0 section B.2.4", "`intent_to_retain`, if present, is a boolean";
    ClaimSets = "DQ-26", "OpenID4VP 1.0 section 6.1",
        "`claim_sets`, if present, is a non-empty array of non-empty arrays of strings";
    ClaimSetsAlone = "DQ-27", "OpenID4VP 1.0 section 6.4.1", "`claim_sets` is absent if `claims` is";
    ClaimSetUnknownId = "DQ-28", "OpenID4VP 1.0 section 6.1", "a claim set names claims that are there";

    // Credential sets.
    Options = "DQ-29", "OpenID4VP 1.0 section 6.2",
        "`options` is a non-empty array of non-empty arrays of strings";
    OptionUnknownId = "DQ-30", "OpenID4VP 1.0 section 6.2", "an option names credential queries that are there";
    Required = "DQ-31", "OpenID4VP 1.0 section 6.2", "`required`, if present, is a boolean";
    TooManySetCombinations = "DQ-32", "our limit",
        "the ways to choose one option of each credential set are within the limit";

    // What came back (section 8.6).
    PresentedUnknownId = "DQ-40", "OpenID4VP 1.0 section 8.1", "what is presented is filed under a query's `id`";
    PresentedNone = "DQ-41", "OpenID4VP 1.0 section 8.1",
        "no list of presentations is empty";
    PresentedSeveral = "DQ-42", "OpenID4VP 1.0 section 8.1",
        "one presentation per credential query, unless it says `multiple`";
    PresentedMisfit = "DQ-43", "OpenID4VP 1.0 section 8.6",
        "every presentation meets what its credential query asks";
    PresentedIncomplete = "DQ-44", "OpenID4VP 1.0 sections 6.4.2 and 8.6",
        "what is presented satisfies everything that is required";
}

/// Why a query was not taken: the rule it breaks, and where. The place is made of member names of the standard and
/// of positions; it repeats nothing that the sender wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {} ({}), at {place}", rule.id(), rule.rule(), rule.clause())]
pub struct QueryError {
    /// The rule it breaks.
    pub rule: Rule,
    /// Where, such as `credentials[1].claims[0].path`; `query` for the whole.
    pub place: String,
    /// What the JSON parser said, where it was the one to refuse.
    pub source: Option<JsonError>,
}
