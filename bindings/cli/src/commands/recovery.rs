//! The recovery phrase: how it stands, a new one, and a journal brought back by it.

use super::relay;
use crate::args::{NewPhrase, Recover, RecoveryCommand};
use crate::failure::Failure;
use crate::home::Home;
use crate::output::Output;
use crate::output::json::{PhraseStep, RecoveryValue, recovery_word};
use crate::{phrase, terminal};
use cairn_core::vault::{Error, Handshake, RecoveryState, Vault};
use cairn_core::words::devices as said;

pub(super) fn run(vault: &Vault, command: Option<RecoveryCommand>, out: Output) -> Result<(), Failure> {
    match command {
        None => stands(vault, out),
        Some(RecoveryCommand::New(new)) => make(vault, &new, out),
        Some(RecoveryCommand::Again) => again(vault, out),
    }
}

/// Puts what the phrase needs at the relay again, if it is not there.
fn again(vault: &Vault, out: Output) -> Result<(), Failure> {
    have_at_hand(vault)?;
    relay::once(vault)?;
    match vault.devices().recovery_state().wait()? {
        RecoveryState::Set | RecoveryState::Used if !out.is_json() => out.line(said::PHRASE_PLACED.text),
        _ => stands(vault, out),
    }
}

fn stands(vault: &Vault, out: Output) -> Result<(), Failure> {
    let state = vault.devices().recovery_state().wait()?;
    if out.is_json() {
        return out.value(&RecoveryValue {
            state: recovery_word(state),
        });
    }
    out.line(match state {
        RecoveryState::None => said::PHRASE_NONE.text,
        RecoveryState::OnItsWay => said::PHRASE_ON_ITS_WAY.text,
        RecoveryState::NeedsPhrase => said::PHRASE_NEEDED.text,
        RecoveryState::InVain => said::PHRASE_IN_VAIN.text,
        RecoveryState::Lost => said::PHRASE_LOST.text,
        RecoveryState::Set => said::PHRASE_SET.text,
        RecoveryState::Used => said::PHRASE_USED.text,
    })
}

fn make(vault: &Vault, new: &NewPhrase, out: Output) -> Result<(), Failure> {
    if new.with_phrase {
        have_at_hand(vault)?;
    } else {
        relay::be_there(vault)?;
    }
    let devices = vault.devices();
    let before = devices.recovery_state().wait()?;
    let hint = "`cairn recovery new --with-phrase` asks for its words.";
    let words = devices
        .new_phrase(new.words.into())
        .wait()
        .map_err(|error| with_hint(error, hint))?;
    let asked = devices.phrase_asked().wait()?;
    if before != RecoveryState::None {
        out.say(said::PHRASE_BEFORE.text)?;
    }
    phrase::show(&words, out)?;
    drop(words);
    if out.is_json() {
        out.value(&PhraseStep::asked(&asked))?;
    }
    loop {
        let Some(typed) = phrase::typed_back(&asked, out)? else {
            return Err(Failure::invalid(said::PHRASE_DROPPED.text));
        };
        match devices.confirm_phrase(typed).wait() {
            Ok(()) => break,
            Err(Error::WrongWords) if terminal::can_ask() => out.say(said::PHRASE_DIFFERS.text)?,
            // It waits for the relay, or for the phrase that counts: how it goes on is said.
            Err(_)
                if matches!(
                    devices.recovery_state().wait()?,
                    RecoveryState::OnItsWay | RecoveryState::NeedsPhrase
                ) =>
            {
                return stands(vault, out);
            }
            Err(error @ Error::WrongWords) => {
                return Err(Failure::from(error).with(said::PHRASE_NOT_THESE.text.to_owned()));
            }
            Err(error) => {
                // The words go with this process, and nobody is to wait for them.
                devices.cancel(Handshake::SetPhrase).wait()?;
                return Err(Failure::from(error).and_say(said::PHRASE_DROPPED.text));
            }
        }
    }
    if out.is_json() {
        return out.value(&PhraseStep::done());
    }
    out.line(said::PHRASE_DONE.text)?;
    if before == RecoveryState::None {
        return Ok(());
    }
    out.line(said::PHRASE_REPLACED.text)
}

/// Has the phrase at hand in this process, for what a new device may do only with it. The relay is asked first: which phrase
/// counts is in what it has.
pub(super) fn have_at_hand(vault: &Vault) -> Result<(), Failure> {
    let mut typed = phrase::read()?;
    relay::be_there(vault)?;
    Ok(vault.devices().use_phrase(std::mem::take(&mut *typed)).wait()?)
}

/// The failure of what a new device may do only with the phrase, and how to do it with the phrase.
pub(super) fn with_hint(error: Error, hint: &str) -> Failure {
    match error {
        Error::NotSettled => Failure::from(error).and_say(hint),
        error => error.into(),
    }
}

pub(super) fn recover(home: &Home, recover: Recover, out: Output) -> Result<(), Failure> {
    let there = home.holds_journal().then(|| home.open()).transpose()?;
    let mut typed = phrase::read()?;
    let opened = match there {
        Some(opened) => opened,
        None => home.begin(&recover.device)?,
    };
    let devices = opened.vault.devices();
    devices.recover(recover.relay, std::mem::take(&mut *typed)).wait()?;
    relay::once(&opened.vault)?;
    if out.is_json() {
        return out.value(&RecoveryValue {
            state: recovery_word(devices.recovery_state().wait()?),
        });
    }
    out.line(said::BACK.text)?;
    out.line(said::PHRASE_USED.text)?;
    out.line("`cairn recovery new --with-phrase` makes another one, and `cairn devices remove NAME --with-phrase` removes a device that is lost.")
}
