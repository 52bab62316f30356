//! The messages and steps of OpenID4VC, as pure functions.
//!
//! Today: [`dcql`], the query language of OpenID4VP 1.0.

pub mod dcql;
