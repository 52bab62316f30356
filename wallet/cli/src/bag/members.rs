//! `bookbag members`: who is in the bag, with which devices, and what they read.

use std::fmt::Write as _;
use std::process::ExitCode;

use bookbag_holder::Holder;
use bookbag_store::event::CompartmentPurpose;
use bookbag_store::id::MemberId;
use clap::Args;
use serde_json::{Value, json};

use super::says;
use super::which::Which;
use crate::output::{Failure, Output, shown};

/// Show who is in the bag, with which devices, and what they can read.
#[derive(Args)]
pub(crate) struct Members {
    #[command(flatten)]
    which: Which,
}

impl Members {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let session = self.which.read()?;
        let holder = &session.holder;
        let state = holder.state();
        let me = holder.bag().member();
        let document = json!({
            "name": state.name().as_str(),
            "stage": state.stage().words(),
            "handed_over": state.is_handed_over(),
            "born": state.birth().map(|birth| json!({"date": birth.date.to_string(), "proved": birth.is_proved})),
            "members": state.members().map(|(id, member)| json!({
                "id": id.to_string(), "name": member.name.as_str(), "role": member.role.words(), "me": Some(id) == me,
                "reads": parts(holder, id), "devices": devices(holder, id),
            })).collect::<Value>(),
        });
        output.answer(&document, || {
            let mut text = String::new();
            for (id, member) in state.members() {
                let you = if Some(id) == me { " (you)" } else { "" };
                let _ = writeln!(text, "{}{you}, {}", shown(member.name.as_str()), member.role);
                let parts = parts(holder, id);
                let _ = writeln!(text, "  can see    {}", says::names(parts.iter().map(String::as_str)));
                for device in devices(holder, id) {
                    let what = |name| device.get(name).and_then(Value::as_str).map(shown).unwrap_or_default();
                    let _ = writeln!(text, "  device     {} ({})", what("name"), what("purpose"));
                }
            }
            text
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The parts of the bag that a member reads.
fn parts(holder: &Holder, member: MemberId) -> Vec<String> {
    let state = holder.state();
    let read = state.compartments().filter(|(id, compartment)| {
        compartment.purpose != CompartmentPurpose::Control && state.reads(member, *id)
    });
    let mut names: Vec<String> = read.map(|(id, _)| holder.compartment_name(id)).collect();
    names.sort();
    names
}

fn devices(holder: &Holder, member: MemberId) -> Vec<Value> {
    let state = holder.state();
    let own = state.devices().filter(|(_, listed)| listed.is_active && listed.device.member == member);
    let this = holder.bag().device().id();
    let own = own.map(|(id, listed)| {
        json!({
            "id": id.to_string(), "name": listed.device.name.as_str(), "purpose": listed.device.purpose.words(),
            "this": id == this,
        })
    });
    own.collect()
}
