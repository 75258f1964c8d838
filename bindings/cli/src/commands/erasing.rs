//! The whole journal: erased on all devices, kept after all, or erased on the one in hand.

use super::recovery::with_hint;
use super::relay;
use crate::args::Erase;
use crate::failure::{Exit, Failure};
use crate::home::Home;
use crate::output::Output;
use crate::output::json::ErasureValue;
use crate::{moments, phrase, terminal};
use cairn_core::vault::{Erasure, Error, Vault};
use cairn_core::words::erasing as said;

pub(super) fn everything(home: &Home, vault: &Vault, erase: &Erase, out: Output) -> Result<(), Failure> {
    if erase.here {
        return here(home, vault, erase.yes, out);
    }
    let typed = erase.with_phrase.then(phrase::read).transpose()?;
    let when = match (&typed, vault.sync().status().wait()?.relay) {
        (Some(_), _) => said::ALL_AT_ONCE,
        (None, Some(_)) => said::ALL_WHEN,
        (None, None) => said::ALL_WHEN_ALONE,
    };
    let mut sentences = vec![said::ALL_ASK.text, when.text, said::ALL_REACH.text];
    if typed.is_some() {
        sentences.push(said::PHRASE_AGAIN.text);
    }
    let is_by_phrase = typed.is_some();
    if !agreed(erase.yes, &sentences)? {
        return out.say(said::NOT_ERASED.text);
    }
    vault
        .devices()
        .erase_everything(typed)
        .wait()
        .map_err(|error| with_hint(error, "`cairn erase --everything --with-phrase` asks for its words."))?;
    spread(vault)?;
    match vault.devices().erasure().wait() {
        // With the phrase this device was erased in the round that told the relay.
        Err(Error::Erased) => erased(home, out),
        state => {
            let state = state?;
            stands(state, out)?;
            match state {
                Erasure::Asked if is_by_phrase && !out.is_json() => out.line(said::PHRASE_AGAIN.text),
                _ => Ok(()),
            }
        }
    }
}

/// Erases the journal of this device, and nothing else.
fn here(home: &Home, vault: &Vault, yes: bool, out: Output) -> Result<(), Failure> {
    if !agreed(yes, &[said::HERE_ASK.text, said::HERE_REACH.text])? {
        return out.say(said::NOT_ERASED.text);
    }
    // Before, so that nothing of it can be left where this is broken off.
    home.remove_own()?;
    vault.erase_here().wait()?;
    erased(home, out)
}

pub(super) fn keep(vault: &Vault, out: Output) -> Result<(), Failure> {
    if vault.devices().erasure().wait()? == Erasure::Nothing {
        return stands(Erasure::Nothing, out);
    }
    vault.devices().keep_everything().wait()?;
    spread(vault)?;
    if out.is_json() {
        return out.value(&ErasureValue::from(vault.devices().erasure().wait()?));
    }
    out.line(said::KEPT.text)
}

/// Tells the relay, where it can be reached: two rounds, one for the link and one for what another device wrote in between.
fn spread(vault: &Vault) -> Result<(), Failure> {
    if vault.sync().status().wait()?.relay.is_none() {
        return Ok(());
    }
    for _ in 0..2 {
        match relay::once(vault) {
            Ok(_) => {}
            Err(Failure::Core(Error::Erased)) => break,
            Err(failure) if failure.code() == Some(Exit::Offline) => break,
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

fn stands(erasure: Erasure, out: Output) -> Result<(), Failure> {
    if out.is_json() {
        return out.value(&ErasureValue::from(erasure));
    }
    out.line(match erasure {
        Erasure::Nothing => said::NOTHING.text,
        Erasure::Asked => said::ASKED.text,
        Erasure::Until(_) => said::UNDER_WAY.text,
    })?;
    tell_when(erasure, out)
}

/// When it happens on this device, where that is known.
pub(super) fn tell_when(erasure: Erasure, out: Output) -> Result<(), Failure> {
    match erasure {
        Erasure::Until(at) => out.line(said::AT.with(&[("time", &moments::shown_here(at))])),
        Erasure::Nothing | Erasure::Asked => Ok(()),
    }
}

fn erased(home: &Home, out: Output) -> Result<(), Failure> {
    home.remove_own()?;
    if out.is_json() {
        return out.value(&ErasureValue::done());
    }
    out.line(said::ERASED.text)
}

/// What cannot be undone is said whole, and agreed to with a word; where nobody can be asked, `--yes` says it.
fn agreed(yes: bool, sentences: &[&str]) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !terminal::can_ask() {
        return Err(Failure::invalid(
            "Nothing was erased: nobody can be asked here, and --yes says that you mean it.",
        ));
    }
    terminal::types(sentences, said::TYPE_WORD.text, said::WORD.text)
}
