//! `bookbag invite`: let somebody into the bag, or another device of one's own.

use std::path::PathBuf;
use std::process::ExitCode;

use bookbag_holder::{Decision, Sees};
use bookbag_store::event::{Label, Role};
use bookbag_store::joining::{
    Confirmed, HeardCode, Message, MessageKind, Offer, OwnDevice, at_distance, in_person,
};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::pending::{self, Kept, Step};
use super::session::Session;
use super::which::Which;
use super::{ask, decide, export, qr, says};
use crate::input;
use crate::output::{Failure, Output, print_bytes, say, shown};

/// Let somebody into the bag, or another device of yours.
///
/// In person: `bookbag invite --name Ben` shows a code, which the other device reads with `bookbag join`. It answers with a text; `bookbag invite --reply FILE --copy COPY` takes
/// that, and gives back a welcome and a copy of the bag for the other device.
///
/// At a distance (--at-a-distance) the texts may go by any mail or messenger, because you both compare four words by voice: `--reply FILE` shows yours, and `--code 'the four words'
/// --copy COPY` says that they were the same.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("step").required(true).args(["name", "own_device", "reply", "code"]))]
pub(crate) struct Invite {
    /// Whom you invite: their name, as all members are to see it.
    #[arg(long)]
    name: Option<Label>,
    /// Invite another device of your own.
    #[arg(long)]
    own_device: bool,
    /// What they are to the bag.
    #[arg(long = "as", value_name = "ROLE", value_enum, default_value_t = As::Guardian)]
    role: As,
    /// What they see of the record.
    #[arg(long, value_enum, default_value_t = Sight::All)]
    sees: Sight,
    /// You are not in one room: compare words by voice.
    #[arg(long)]
    at_a_distance: bool,
    /// How long the invitation lasts.
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=720))]
    hours: u64,
    /// Take the other device's answer.
    #[arg(long, value_name = "FILE")]
    reply: Option<PathBuf>,
    /// The four words (or eight digits) that the other side reads to you, if they are the same as yours.
    #[arg(long, value_name = "WORDS")]
    code: Option<HeardCode>,
    /// Write the copy of the bag for the other device into this new file.
    #[arg(long, value_name = "FILE")]
    copy: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

#[derive(Clone, Copy, ValueEnum)]
enum As {
    /// Decides for the child, or with them.
    Guardian,
    /// Sees what is shared with them, and changes nothing.
    Supporter,
    /// The person the bag is about.
    Subject,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sight {
    /// All of it, from the first day.
    All,
    /// What is written from now on.
    New,
    /// Nothing, until it is shared with them.
    Nothing,
}

impl Invite {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        if let Some(path) = &self.reply {
            let message = message(path)?;
            return match message.kind() {
                MessageKind::FarAnswer => self.reveal(&message, output),
                _ => self.welcome(&message, output),
            };
        }
        match self.code {
            Some(heard) => self.compared(heard, output),
            None => self.invite(output),
        }
    }

    fn invite(&self, output: Output) -> Result<ExitCode, Failure> {
        let session = self.which.read()?;
        let holder = &session.holder;
        let now = says::now();
        let ends = now + self.hours * 3600;
        let offer: Offer = match &self.name {
            Some(name) => holder.offer_member(self.role.into(), name, ends, input::entropy()?)?,
            None => holder.offer_device(ends)?,
        };
        let name = holder.own_name()?;
        let own = OwnDevice { card: &holder.bag().device().card, name: &name };
        let (step, state, message) = if self.at_a_distance {
            let made = at_distance::Invitation::new(&offer, own, now, input::entropy()?)?;
            (Step::FarInvitation, made.to_bytes(), made.message())
        } else {
            let made = in_person::Invitation::new(&offer, own, now, input::entropy()?)?;
            (Step::Invitation, made.to_bytes(), made.message())
        };
        keep(&session, step, self.sees as u8, state)?;
        let note = if self.at_a_distance {
            "Send this to the other side, by any way. There: `bookbag join FILE`."
        } else {
            "Show this to the other device and to nobody else: who has it can join. There: `bookbag join FILE`."
        };
        print_message(&message, &json!({"result": "invited", "ends": says::timestamp(ends)}), note, output)?;
        Ok(ExitCode::SUCCESS)
    }

    /// In person: takes the answer, lets the device in, and gives the welcome.
    fn welcome(&self, answer: &Message, output: Output) -> Result<ExitCode, Failure> {
        let mut session = self.which.write()?;
        let kept = kept(&session, Step::Invitation)?;
        let invitation = in_person::Invitation::from_bytes(&kept.state)?;
        let (confirmed, welcome) = invitation.answered(answer, says::now(), session.holder.bag().device())?;
        let (decision, document) = self.admit(&mut session, &confirmed, &kept)?;
        print_message(&welcome, &document, &self.what_next(&session, &confirmed, &decision), output)?;
        Ok(ExitCode::SUCCESS)
    }

    /// At a distance: takes the answer, and reveals what was committed to.
    fn reveal(&self, answer: &Message, output: Output) -> Result<ExitCode, Failure> {
        let session = self.which.read()?;
        let kept = kept(&session, Step::FarInvitation)?;
        let invitation = at_distance::Invitation::from_bytes(&kept.state)?;
        let now = says::now();
        let revealed = invitation.answered(answer, now, session.holder.bag().device(), input::entropy()?);
        let revealed = revealed.inspect_err(|refusal| forget_if_over(&session, *refusal))?;
        // Kept before it is sent: an answer is taken once.
        keep(&session, Step::Revealed, kept.note, revealed.to_bytes())?;
        let (code, device) = (revealed.code(), revealed.device_name().as_str());
        let document =
            json!({"result": "compare", "code": code.to_string(), "digits": code.digits(), "device": device});
        let note = format!(
            "Send this to the other side. Then call them. Your words are:\n\n    {code}    ({})\n\n\
             If they read the same ones to you: `bookbag invite --code 'THEIR WORDS' --copy FILE`. If not, stop: somebody may be in between.\n\
             The other device calls itself “{}”.",
            code.digits(),
            shown(device)
        );
        print_message(revealed.message(), &document, &note, output)?;
        Ok(ExitCode::SUCCESS)
    }

    /// At a distance: the codes were compared.
    fn compared(&self, heard: HeardCode, output: Output) -> Result<ExitCode, Failure> {
        let mut session = self.which.write()?;
        let kept = kept(&session, Step::Revealed)?;
        let revealed = at_distance::Revealed::from_bytes(&kept.state)?;
        let confirmed =
            revealed.codes_match(heard).inspect_err(|refusal| forget_if_over(&session, *refusal))?;
        let (decision, document) = self.admit(&mut session, &confirmed, &kept)?;
        output.answer(&document, || self.what_next(&session, &confirmed, &decision))?;
        Ok(ExitCode::SUCCESS)
    }

    /// Puts the device into the bag, and makes its copy.
    fn admit(
        &self,
        session: &mut Session,
        confirmed: &Confirmed,
        kept: &Kept,
    ) -> Result<(Decision, Value), Failure> {
        if let Some(path) = &self.copy {
            export::see_that_it_is_free(path)?;
        }
        let sees = match kept.note {
            note if note == Sight::New as u8 => Sees::FromNow,
            note if note == Sight::Nothing as u8 => Sees::NotTheRecord,
            _ => Sees::FromStart,
        };
        let decision = session.holder.admit(confirmed, sees, Session::doing()?)?;
        session.commit()?;
        let mut document = decide::decision_json(&session.holder, &decision, &what(confirmed));
        if let (Decision::Done(_), Some(path)) = (&decision, &self.copy) {
            let start = session.holder.copy_for(confirmed.card().id(), input::entropy()?)?;
            export::write_copy(session, path, &start)?;
            if let Some(document) = document.as_object_mut() {
                document.insert("copy".into(), path.to_string_lossy().into());
            }
        }
        input::remove(&session.places().inviting(session.holder.id()));
        Ok((decision, document))
    }

    fn what_next(&self, session: &Session, confirmed: &Confirmed, decision: &Decision) -> String {
        let device = shown(confirmed.device_name().as_str());
        let first = decide::decision_text(&session.holder, decision, &what(confirmed));
        let copy = match (decision, &self.copy) {
            (Decision::Done(_), Some(path)) => {
                format!("Give the other device the copy {}: nothing else opens it.", super::show::named(path))
            }
            (Decision::Done(_), None) => {
                format!("Make its copy: `bookbag export --for-device '{device}' FILE`.")
            }
            (Decision::Proposed { .. }, _) => {
                format!(
                    "Once they have agreed, make its copy: `bookbag export --for-device '{device}' FILE`."
                )
            }
        };
        format!("{first}\n{copy}")
    }
}

fn what(confirmed: &Confirmed) -> String {
    let seat = confirmed.seat();
    format!("let in {} as {}, on the device “{}”", seat.name(), seat.role(), confirmed.device_name())
}

fn keep(session: &Session, step: Step, note: u8, state: zeroize::Zeroizing<Vec<u8>>) -> Result<(), Failure> {
    session.places().make_state()?;
    let path = session.places().inviting(session.holder.id());
    pending::keep(&path, &pending::device_key(&session.holder)?, &Kept { step, note, state })
}

/// The step that waits.
fn kept(session: &Session, step: Step) -> Result<Kept, Failure> {
    let path = session.places().inviting(session.holder.id());
    let kept = pending::read(&path, &pending::device_key(&session.holder)?)?;
    kept.filter(|kept| kept.step == step).ok_or_else(|| {
        Failure::Cannot(
            "no invitation of this computer waits for that: begin with `bookbag invite --name NAME`"
                .to_owned(),
        )
    })
}

/// Forgets an invitation that somebody may have played with.
fn forget_if_over(session: &Session, refusal: bookbag_store::joining::JoinRefusal) {
    use bookbag_store::joining::JoinCheck::{Invitation, Kind, Time};
    if !matches!(refusal.check, Kind | Time | Invitation) {
        input::remove(&session.places().inviting(session.holder.id()));
    }
}

/// Reads a message from a file; parts of it, each on a line, are put together.
pub(crate) fn message(path: &std::path::Path) -> Result<Message, Failure> {
    let text = input::text(path)?;
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.iter().all(|line| line.starts_with("bookbag-part:")) && !lines.is_empty() {
        return Ok(Message::from_parts(&lines)?);
    }
    Ok(Message::from_text(&text)?)
}

/// Prints a message: alone on standard output, with a drawing for cameras if somebody looks at it.
pub(crate) fn print_message(
    message: &Message,
    document: &Value,
    note: &str,
    output: Output,
) -> Result<(), Failure> {
    let text = message.to_text();
    if output.json {
        let mut document = document.clone();
        if let Some(document) = document.as_object_mut() {
            document.insert("message".into(), text.as_str().into());
        }
        return output.answer(&document, String::new);
    }
    say(note);
    if ask::is_watched()
        && let Some(drawing) = qr::drawn(&text)
    {
        print_bytes(drawing.as_bytes())?;
    }
    print_bytes(format!("{}\n", text.as_str()).as_bytes())
}

impl From<As> for Role {
    fn from(role: As) -> Self {
        match role {
            As::Guardian => Self::Guardian,
            As::Supporter => Self::Supporter,
            As::Subject => Self::Subject,
        }
    }
}
