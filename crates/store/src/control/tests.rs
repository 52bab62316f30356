//! Bags made of facts and events alone, without any cryptography of frames.

mod adversaries;
mod growing_up;
mod merging;
mod refusals;
mod sim;
