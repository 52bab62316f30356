//! The verbs of the bag: a family's records in one file.
//!
//! What may be done, and in which order, is [`bookbag_holder`]'s; here are arguments, secrets that are typed, files, and words.

mod add;
mod adopt;
mod ask;
mod container;
mod decide;
mod drawer;
mod export;
mod history;
mod invite;
mod join;
mod list;
mod members;
mod merge;
mod new;
mod paper;
mod pending;
mod place;
mod qr;
mod raw;
mod recover;
mod says;
mod secret;
mod session;
mod show;
mod slots;
mod verify;
mod which;

use std::process::ExitCode;

use clap::Subcommand;

use crate::output::{Failure, Output};

/// Everything that is done with a bag.
#[derive(Subcommand)]
pub(crate) enum BagVerb {
    New(new::New),
    List(list::List),
    Show(show::Show),
    Add(add::Add),
    Find(list::Find),
    Delete(show::Delete),
    History(history::History),
    Members(members::Members),
    Invite(invite::Invite),
    Join(join::Join),
    Approve(decide::Approve),
    RemoveMember(decide::RemoveMember),
    RemoveDevice(decide::RemoveDevice),
    Leave(decide::Leave),
    Handover(decide::Handover),
    Share(decide::Share),
    Unshare(decide::Unshare),
    Slots(slots::Slots),
    RecoverySheet(paper::RecoverySheet),
    Shares(paper::Shares),
    Recover(recover::Recover),
    Merge(merge::Merge),
    Export(export::Export),
    VerifyBag(verify::VerifyBag),
    #[command(subcommand)]
    Drawer(drawer::Drawer),
}

impl BagVerb {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        match self {
            Self::New(verb) => verb.run(output),
            Self::List(verb) => verb.run(output),
            Self::Show(verb) => verb.run(output),
            Self::Add(verb) => verb.run(output),
            Self::Find(verb) => verb.run(output),
            Self::Delete(verb) => verb.run(output),
            Self::History(verb) => verb.run(output),
            Self::Members(verb) => verb.run(output),
            Self::Invite(verb) => verb.run(output),
            Self::Join(verb) => verb.run(output),
            Self::Approve(verb) => verb.run(output),
            Self::RemoveMember(verb) => verb.run(output),
            Self::RemoveDevice(verb) => verb.run(output),
            Self::Leave(verb) => verb.run(output),
            Self::Handover(verb) => verb.run(output),
            Self::Share(verb) => verb.run(output),
            Self::Unshare(verb) => verb.run(output),
            Self::Slots(verb) => verb.run(output),
            Self::RecoverySheet(verb) => verb.run(output),
            Self::Shares(verb) => verb.run(output),
            Self::Recover(verb) => verb.run(output),
            Self::Merge(verb) => verb.run(output),
            Self::Export(verb) => verb.run(output),
            Self::VerifyBag(verb) => verb.run(output),
            Self::Drawer(verb) => verb.run(output),
        }
    }
}
