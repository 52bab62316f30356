//! Type metadata.
