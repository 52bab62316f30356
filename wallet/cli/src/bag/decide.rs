//! What members decide: `bookbag approve`, `remove-member`, `remove-device`, `leave`, `handover`, `share`, `unshare`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use bookbag_file::BagFile;
use bookbag_holder::{Decision, Holder, NewSlot, OpenProposal};
use bookbag_store::bag::NewBag;
use bookbag_store::event::{Kept, Role};
use bookbag_store::id::MemberId;
use clap::Args;
use serde_json::{Value, json};

use super::secret::{NewPassphraseFrom, advise};
use super::session::Session;
use super::which::Which;
use super::{ask, export, says};
use crate::input;
use crate::output::{Failure, Output, shown};

/// Agree with what another member has proposed.
///
/// Without a proposal, lists those that are open. What others have written since is known here once their copy is merged (`bookbag merge`).
#[derive(Args)]
pub(crate) struct Approve {
    /// The proposal: the digits that stand in the list.
    proposal: Option<String>,
    #[command(flatten)]
    which: Which,
}

/// Take a member out of the bag, and give new keys to everybody who stays.
///
/// A guardian is only taken out if all agree, or by a signed order. What the member could read until now, in copies that they have, they can still read.
#[derive(Args)]
pub(crate) struct RemoveMember {
    /// The member's name, or the first digits of their id.
    member: String,
    /// A signed order of a court or council that this bag trusts.
    #[arg(long, value_name = "FILE")]
    order: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

/// Take a device out of the bag, such as a phone that was lost, and give new keys to those that stay.
#[derive(Args)]
pub(crate) struct RemoveDevice {
    /// The device's name, or the first digits of its id.
    device: String,
    #[command(flatten)]
    which: Which,
}

/// Leave the bag.
///
/// With a copy, the person the bag is about and their guardians make a new bag of their own first: new keys, and nothing in the old bag names it.
#[derive(Args)]
pub(crate) struct Leave {
    /// Make a new bag in this file, with what you may take with you.
    #[arg(long, value_name = "FILE")]
    with_copy: Option<PathBuf>,
    #[command(flatten)]
    new: NewPassphraseFrom,
    /// Do not ask whether you mean it.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    which: Which,
}

/// Take the bag over, if you are the person it is about.
///
/// From then on you decide alone, with new keys for every part of the bag. Members who are not named with --keep are no longer in it. Until you are of age the guardians have to
/// agree (`bookbag approve`); when they have, run this again.
#[derive(Args)]
pub(crate) struct Handover {
    /// A member who stays, and as what: `Anna=supporter` or `Anna=guardian`. May be given many times.
    #[arg(long, value_name = "NAME=ROLE", value_parser = kept)]
    keep: Vec<(String, Role)>,
    /// Do not ask whether you mean it.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    which: Which,
}

/// Let another member read a part of the bag.
#[derive(Args)]
pub(crate) struct Share {
    /// The part: `record`, `household`, or the name of another.
    part: String,
    /// The member's name.
    member: String,
    /// Also what was written in it before today.
    #[arg(long)]
    from_start: bool,
    #[command(flatten)]
    which: Which,
}

/// Stop sharing a part of the bag with a member. What they could read until now, they can still read in copies that they have.
#[derive(Args)]
pub(crate) struct Unshare {
    /// The part: `record`, `household`, or the name of another.
    part: String,
    /// The member's name.
    member: String,
    #[command(flatten)]
    which: Which,
}

impl Approve {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let Some(wanted) = &self.proposal else { return self.list(output) };
        let mut session = self.which.write()?;
        let proposals = session.holder.proposals();
        let found: Vec<&OpenProposal> = proposals
            .iter()
            .filter(|it| wanted.len() >= 4 && it.frame.to_string().starts_with(wanted))
            .collect();
        let [proposal] = found.as_slice() else {
            let open = "`bookbag approve` without anything lists those that are open";
            return Err(Failure::Cannot(format!("there is no open proposal {}: {open}", shown(wanted))));
        };
        let decision = session.holder.approve(proposal.frame, Session::doing()?)?;
        decided(&mut session, &decision, &proposal.what, output)
    }

    fn list(&self, output: Output) -> Result<ExitCode, Failure> {
        let session = self.which.read()?;
        let holder = &session.holder;
        let proposals = holder.proposals();
        let name = |id: &MemberId| member_name(holder, *id);
        let list = proposals.iter().map(|it| {
            json!({
                "proposal": it.frame.to_string(), "what": it.what, "by": name(&it.by), "missing": it.missing,
                "agreed": it.agreed.iter().map(name).collect::<Value>(),
                "ask": it.ask.iter().map(name).collect::<Value>(), "waits_for_me": it.is_mine,
            })
        });
        let document = json!({ "proposals": list.collect::<Value>() });
        output.answer(&document, || {
            if proposals.is_empty() {
                return "Nothing waits for anybody's agreement.".to_owned();
            }
            proposals.iter().fold(String::new(), |mut text, it| {
                let (by, mine) = (shown(&name(&it.by)), if it.is_mine { ", waits for you" } else { "" });
                let ask: Vec<String> = it.ask.iter().map(name).collect();
                let _ = writeln!(text, "  {:.8}  {by} proposes to {}", it.frame, shown(&it.what));
                let _ = match it.missing {
                    0 => writeln!(
                        text,
                        "            All have agreed: it is done by {by} with `bookbag approve {:.8}`.",
                        it.frame
                    ),
                    missing => {
                        let ask = says::names(ask.iter().map(String::as_str));
                        writeln!(text, "            {missing} more must agree: {ask}{mine}")
                    }
                };
                text
            })
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

impl RemoveMember {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let order = self.order.as_ref().map(|path| input::token(path)).transpose()?;
        let mut session = self.which.write()?;
        let member = session.holder.member_named(&self.member)?;
        let what = format!("remove {} from the bag", member_name(&session.holder, member));
        let order = order.as_ref().map(String::as_bytes);
        let decision = session.holder.remove_member(member, order, Session::doing()?)?;
        decided(&mut session, &decision, &what, output)
    }
}

impl RemoveDevice {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let mut session = self.which.write()?;
        let device = session.holder.device_named(&self.device)?;
        let decision = session.holder.remove_device(device, Session::doing()?)?;
        decided(&mut session, &decision, &format!("remove the device {}", self.device), output)
    }
}

impl Share {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let mut session = self.which.write()?;
        let (part, member) =
            (export::part_named(&session.holder, &self.part)?, session.holder.member_named(&self.member)?);
        let (place, with) = (session.holder.compartment_name(part), member_name(&session.holder, member));
        let decision = session.holder.share(part, member, self.from_start, Session::doing()?)?;
        decided(&mut session, &decision, &format!("share {place} with {with}"), output)
    }
}

impl Unshare {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let mut session = self.which.write()?;
        let (part, member) =
            (export::part_named(&session.holder, &self.part)?, session.holder.member_named(&self.member)?);
        let (place, with) = (session.holder.compartment_name(part), member_name(&session.holder, member));
        let decision = session.holder.unshare(part, member, Session::doing()?)?;
        decided(&mut session, &decision, &format!("stop sharing {place} with {with}"), output)
    }
}

impl Handover {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let mut session = self.which.write()?;
        let keep = self
            .keep
            .iter()
            .map(|(name, role)| Ok(Kept { member: session.holder.member_named(name)?, role: *role }));
        let keep = keep.collect::<Result<Vec<_>, Failure>>()?;
        ask::sure("You alone will decide about this bag from now on. This cannot be undone.", self.yes)?;
        let decision = session.holder.hand_over(&keep, Session::doing()?)?;
        decided(&mut session, &decision, "take over the bag", output)
    }
}

impl Leave {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let mut session = self.which.write()?;
        ask::sure("You will no longer be in this bag, and cannot come back on your own.", self.yes)?;
        if let Some(path) = &self.with_copy {
            export::see_that_it_is_free(path)?;
            let new = own_bag(&session.holder)?;
            let passphrase = self.new.choose("your new bag", &[])?;
            let (holder, mut raw) = (&session.holder, session.raw()?);
            let slot = NewSlot::Passphrase(&passphrase);
            let made = holder.copy_to_new_bag(
                new,
                &slot,
                &mut |at, length| raw.read(at, length),
                Session::doing()?,
            )?;
            BagFile::create(path, &made.file)?;
            advise(&passphrase);
        }
        session.holder.leave(Session::doing()?)?;
        session.commit()?;
        let copy = self.with_copy.as_ref().map(|path| path.to_string_lossy().into_owned());
        output.answer(&json!({"result": "done", "copy": copy}), || {
            let copy = copy.as_ref().map_or_else(String::new, |path| format!("Your new bag is in {}.\n", shown(path)));
            format!("{copy}You have left this bag. The others learn it when they merge this file: give it to them.")
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What a new bag begins with that somebody takes along.
fn own_bag(holder: &Holder) -> Result<NewBag, Failure> {
    let (_, me) = holder.me()?;
    let state = holder.state();
    Ok(NewBag {
        name: state.name().clone(),
        founder: me.name.clone(),
        role: me.role,
        device: holder.own_name()?,
        policy: state.policy().clone(),
        birth: state.birth().map(|birth| birth.date),
    })
}

/// Writes what was decided, and says what became of it.
pub(crate) fn decided(
    session: &mut Session,
    decision: &Decision,
    what: &str,
    output: Output,
) -> Result<ExitCode, Failure> {
    session.commit()?;
    let document = decision_json(&session.holder, decision, what);
    output.answer(&document, || decision_text(&session.holder, decision, what))?;
    Ok(ExitCode::SUCCESS)
}

/// What became of it, for machines.
pub(crate) fn decision_json(holder: &Holder, decision: &Decision, what: &str) -> Value {
    match decision {
        Decision::Done(frame) => json!({"result": "done", "what": what, "change": frame.to_string()}),
        Decision::Proposed { proposal, missing, ask } => json!({
            "result": "proposed", "what": what, "proposal": proposal.to_string(), "missing": missing,
            "ask": ask.iter().map(|id| member_name(holder, *id)).collect::<Value>(),
        }),
    }
}

/// What became of it, for people.
pub(crate) fn decision_text(holder: &Holder, decision: &Decision, what: &str) -> String {
    match decision {
        Decision::Done(_) => format!("Done: {}.", shown(what)),
        Decision::Proposed { proposal, missing, ask } => {
            let ask: Vec<String> = ask.iter().map(|id| member_name(holder, *id)).collect();
            if *missing == 0 {
                return format!(
                    "All have agreed: {}. It is done by {}: give them this file to merge; then they run `bookbag approve {proposal:.8}`.",
                    shown(what),
                    says::names(ask.iter().map(String::as_str)),
                );
            }
            format!(
                "Proposed: {}. {missing} more must agree: {}.\nGive them this file to merge; then they run `bookbag approve {proposal:.8}`.",
                shown(what),
                says::names(ask.iter().map(String::as_str)),
            )
        }
    }
}

/// A member's name.
pub(crate) fn member_name(holder: &Holder, id: MemberId) -> String {
    let name = holder.state().member(id).map(|member| member.name.to_string());
    name.unwrap_or_else(|| "somebody who has left".to_owned())
}

fn kept(text: &str) -> Result<(String, Role), String> {
    let wrong = "write NAME=supporter or NAME=guardian";
    let (name, role) = text.rsplit_once('=').ok_or(wrong)?;
    match role {
        "supporter" => Ok((name.to_owned(), Role::Supporter)),
        "guardian" => Ok((name.to_owned(), Role::Guardian)),
        _ => Err(wrong.to_owned()),
    }
}
