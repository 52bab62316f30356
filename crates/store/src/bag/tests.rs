//! Real bags: sealed and signed frames, several devices with keys of their own.

#![expect(clippy::large_stack_arrays, reason = "a family's copies are a few kilobytes each")]

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
