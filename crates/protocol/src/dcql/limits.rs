//! How large a query may be. Wide enough for any honest verifier; together they bound the work of an answer.

/// Most bytes of a query in its JSON form.
pub const MAX_QUERY_BYTES: usize = 256 * 1024;

/// Most credential queries in one query.
pub const MAX_CREDENTIALS: usize = 64;

/// Most claims in one credential query.
pub const MAX_CLAIMS: usize = 512;

/// Most claim sets in one credential query.
pub const MAX_CLAIM_SETS: usize = 64;

/// Most values that one claim query accepts.
pub const MAX_VALUES: usize = 1024;

/// Most types, or alternatives of types, that one credential query accepts; also most types in one alternative.
pub const MAX_TYPES: usize = 256;

/// Most entries of `trusted_authorities`, and most values in one entry.
pub const MAX_AUTHORITIES: usize = 1024;

/// Most credential sets in one query.
pub const MAX_CREDENTIAL_SETS: usize = 64;

/// Most options in one credential set.
pub const MAX_OPTIONS: usize = 64;

/// Most ways to choose one option of each credential set, leaving an optional set out being one more way. Candidates
/// do not count: their combinations are enumerated lazily, those of the options are not.
pub const MAX_SET_COMBINATIONS: usize = 65_536;
