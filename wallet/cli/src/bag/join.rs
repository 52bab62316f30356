//! `bookbag join`: take a place in a bag that somebody has offered.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bookbag_holder::{Key, NewSlot, Older};
use bookbag_store::device::DeviceSeed;
use bookbag_store::event::Label;
use bookbag_store::joining::{
    HeardCode, JoinCheck, JoinRefusal, Joined, Message, MessageKind, NewDevice, at_distance, in_person,
};
use bookbag_store::secret::passphrase::Passphrase;
use clap::Args;
use serde_json::json;

use super::adopt::Adopting;
use super::container;
use super::invite::{message, print_message};
use super::pending::{self, Kept, Step};
use super::says;
use super::secret::{advise, same_again};
use super::session::{self, Session, Store, locked};
use super::which::{Places, Which};
use crate::input;
use crate::output::{Failure, Output, shown};

/// Join a bag that somebody has invited you to.
///
/// `bookbag join FILE` reads the invitation and prints an answer for the other side. Then, in person, `bookbag join WELCOME --copy COPY` takes the welcome and the copy that
/// you were given. At a distance, `bookbag join FILE` with the next text shows four words to compare by voice, and `bookbag join --code 'the four words' --copy COPY` says that
/// they were the same. The passphrase that you choose at the first step opens the bag on this computer from then on.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("step").required(true).multiple(true).args(["message", "code", "copy"]))]
pub(crate) struct Join {
    /// The text from the other side: a file, or `-` for standard input.
    message: Option<PathBuf>,
    /// The four words (or eight digits) that the other side reads to you, if they are the same as yours.
    #[arg(long, value_name = "WORDS", conflicts_with = "message")]
    code: Option<HeardCode>,
    /// The copy of the bag that you were given.
    #[arg(long, value_name = "FILE")]
    copy: Option<PathBuf>,
    /// What you call this computer.
    #[arg(long, value_name = "NAME", default_value = "this computer")]
    device: Label,
    #[command(flatten)]
    which: Which,
}

impl Join {
    pub(crate) fn run(&self, output: Output) -> Result<ExitCode, Failure> {
        let message = self.message.as_ref().map(|path| message(path)).transpose()?;
        match message.as_ref().map(|message| (message.kind(), message)) {
            Some((MessageKind::Invite | MessageKind::FarInvite, invitation)) => {
                self.answer(invitation, output)
            }
            Some((MessageKind::Reveal, reveal)) => self.compare(reveal, output),
            Some((MessageKind::Welcome, welcome)) => {
                let (passphrase, state) = self.kept(Step::Answered)?;
                let joined = in_person::Answered::from_bytes(&state.state)?.welcomed(welcome)?;
                self.joined(joined, passphrase, output)
            }
            Some(_) => Err(JoinCheck::Kind.refuse().into()),
            None => self.go_on(output),
        }
    }

    /// Answers an invitation.
    fn answer(&self, invitation: &Message, output: Output) -> Result<ExitCode, Failure> {
        super::export::see_that_it_is_free(&self.which.path()?)?;
        let keys = DeviceSeed::generate(input::entropy()?).keys();
        let keys = keys.map_err(|error| Failure::Cannot(error.to_string()))?;
        let device = NewDevice { keys, name: self.device.clone() };
        let now = says::now();
        let (step, state, answer) = if invitation.kind() == MessageKind::Invite {
            let answered = in_person::Answered::accept(invitation, device, now)?;
            (Step::Answered, answered.to_bytes(), answered.message().clone())
        } else {
            let answered = at_distance::Answered::accept(invitation, device, now, input::entropy()?)?;
            (Step::FarAnswered, answered.to_bytes(), answered.message().clone())
        };
        let passphrase = self.which.passphrase.choose("the bag on this computer", &[])?;
        advise(&passphrase);
        let places = Places::of_user()?;
        places.make_state()?;
        pending::keep_by_passphrase(
            &places.joining(),
            passphrase.passphrase(),
            &Kept { step, note: 0, state },
        )?;
        let note = "Give this answer to the other side, by any way. There: `bookbag invite --reply FILE`.";
        print_message(&answer, &json!({"result": "answered"}), note, output)?;
        Ok(ExitCode::SUCCESS)
    }

    /// At a distance: what the inviter revealed, and the words to compare.
    fn compare(&self, reveal: &Message, output: Output) -> Result<ExitCode, Failure> {
        let (passphrase, kept) = self.kept(Step::FarAnswered)?;
        let comparing = at_distance::Answered::from_bytes(&kept.state)?.revealed(reveal, says::now());
        let comparing = comparing.inspect_err(|refusal| forget_if_over(*refusal))?;
        let kept = Kept { step: Step::Comparing, note: 0, state: comparing.to_bytes() };
        pending::keep_by_passphrase(&Places::of_user()?.joining(), &passphrase, &kept)?;
        let (code, seat) = (comparing.code(), comparing.seat());
        let document = json!({
            "result": "compare", "code": code.to_string(), "digits": code.digits(), "name": seat.name().as_str(),
            "role": seat.role().words(), "invited_by": comparing.inviter().name().as_str(),
        });
        output.answer(&document, || {
            format!(
                "You are invited as {} ({}), by the device “{}”. Call them. Your words are:\n\n    {code}    ({})\n\n\
                 If they read the same ones to you: `bookbag join --code 'THEIR WORDS' --copy FILE`. If not, stop: somebody may be in between.",
                shown(seat.name().as_str()),
                seat.role(),
                shown(comparing.inviter().name().as_str()),
                code.digits()
            )
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// At a distance, the words were compared; or all is said, and only the copy was missing.
    fn go_on(&self, output: Output) -> Result<ExitCode, Failure> {
        let Some(heard) = self.code else {
            let (passphrase, kept) = self.kept(Step::Joined)?;
            return self.joined(Joined::from_bytes(&kept.state)?, passphrase, output);
        };
        let (passphrase, kept) = self.kept(Step::Comparing)?;
        let joined = at_distance::Comparing::from_bytes(&kept.state)?.codes_match(heard);
        let joined = joined.inspect_err(|refusal| forget_if_over(*refusal))?;
        self.joined(joined, passphrase, output)
    }

    /// Keeps the place that was given, and takes it if the copy is here.
    fn joined(&self, joined: Joined, passphrase: Passphrase, output: Output) -> Result<ExitCode, Failure> {
        let kept = Kept { step: Step::Joined, note: 0, state: joined.to_bytes() };
        pending::keep_by_passphrase(&Places::of_user()?.joining(), &passphrase, &kept)?;
        if let Some(copy) = &self.copy {
            return self.settle(joined, copy, passphrase, output);
        }
        let seat = joined.seat();
        let document =
            json!({"result": "welcome", "name": seat.name().as_str(), "role": seat.role().words()});
        output.answer(&document, || {
            format!(
                "You are welcome as {} ({}). With the copy of the bag: `bookbag join --copy FILE`.",
                shown(seat.name().as_str()),
                seat.role()
            )
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// Makes the copy this computer's own.
    fn settle(
        &self,
        joined: Joined,
        copy: &Path,
        passphrase: Passphrase,
        output: Output,
    ) -> Result<ExitCode, Failure> {
        let path = self.which.new_path()?;
        let mut adopting = Adopting::begin(copy, &path)?;
        let unlocked = locked(&adopting.file)?.unlock(Key::Joined(&joined))?;
        let places = Places::of_user()?;
        let opened = session::read(&mut adopting.file, &unlocked, &places, Older::Refuse)?;
        let mut holder =
            opened.holder().ok_or_else(|| Failure::Cannot("this copy is for a printed sheet".into()))?;
        let passphrase = same_again(passphrase)?;
        holder.settle_in(joined, &NewSlot::Passphrase(&passphrase), Session::doing()?)?;
        session::write(&mut adopting.file, &holder.take_changes())?;
        let file = adopting.finish()?;
        container::make_all(&places)?;
        input::remove(&places.joining());
        let session = Session::of_new(holder, Store::File(file))?;
        session.remember()?;
        let (_, me) = session.holder.me()?;
        let document = json!({
            "result": "done", "file": path.to_string_lossy(), "name": me.name.as_str(), "role": me.role.words(),
        });
        output.answer(&document, || {
            format!(
                "You are in the bag as {} ({}). It is in {}.\nYour side of it is new: give the others a copy to merge (`bookbag merge`).",
                shown(me.name.as_str()),
                me.role,
                shown(&path.to_string_lossy())
            )
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// The step that waits, opened by the passphrase.
    fn kept(&self, step: Step) -> Result<(Passphrase, Kept), Failure> {
        let passphrase = self.which.passphrase.ask("the bag on this computer")?;
        let kept = pending::read_by_passphrase(&Places::of_user()?.joining(), &passphrase)?;
        let kept = kept.filter(|kept| kept.step == step).ok_or_else(|| {
            Failure::Cannot(
                "this computer waits for no such text: begin with `bookbag join INVITATION`".to_owned(),
            )
        })?;
        Ok((passphrase, kept))
    }
}

/// Forgets a joining that somebody may have played with.
fn forget_if_over(refusal: JoinRefusal) {
    use JoinCheck::{Invitation, Kind, Time};
    if !matches!(refusal.check, Kind | Time | Invitation)
        && let Ok(places) = Places::of_user()
    {
        input::remove(&places.joining());
    }
}
