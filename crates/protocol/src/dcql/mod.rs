//! The Digital Credentials Query Language (OpenID4VP 1.0 sections 6 and 7).
