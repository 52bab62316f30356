//! The holder with whole bags in memory: several members, several devices, right and wrong inputs.

mod entries;
mod export;
mod journeys;
mod members;
mod merging;
mod opening;
mod rig;
mod slots;
mod witness;
