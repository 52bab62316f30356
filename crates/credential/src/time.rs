//! Time as a value.

/// A moment in whole seconds since 1970-01-01T00:00:00Z, ignoring leap seconds (the NumericDate of
/// RFC 7519 section 2, rounded down).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// The moment `seconds` later (earlier if negative), held at the ends of the scale.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}
