//! Real bags: sealed and signed frames, several devices with keys of their own.

mod adversaries;
mod damage;
mod entitlement;
mod everyday;
mod forks;
mod keys;
mod refused;
mod roles;
mod secrecy;
mod support;
