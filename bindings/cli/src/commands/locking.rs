//! The passphrase, and locking.

use crate::args::{New, PassphraseCommand};
use crate::failure::Failure;
use crate::home::Home;
use crate::output::Output;
use crate::{session, terminal};
use cairn_core::clock::{Clock as _, SystemClock};
use cairn_core::vault::PassphraseKind;
use zeroize::Zeroizing;

pub(super) fn passphrase(home: &Home, command: PassphraseCommand, out: Output) -> Result<(), Failure> {
    let (opened, right) = home.open_over_key_file()?;
    let new = match (command, &right) {
        (PassphraseCommand::Set(_), Some(_)) => {
            return Err(Failure::invalid(
                "Nothing was changed: this journal has a passphrase, and `cairn passphrase change` changes it.",
            ));
        }
        (PassphraseCommand::Change(_) | PassphraseCommand::Remove, None) => {
            return Err(Failure::not_found(
                "Nothing was changed: this journal has no passphrase; `cairn passphrase set` sets one.",
            ));
        }
        (PassphraseCommand::Set(new) | PassphraseCommand::Change(new), _) => new,
        (PassphraseCommand::Remove, Some(right)) => {
            opened.vault.remove_passphrase(right.clone()).wait()?;
            session::forget(home.directory())?;
            return out.say("The passphrase is gone: whoever can read the key file can read the journal.");
        }
    };
    let (kind, typed) = new_one(new)?;
    opened.vault.set_passphrase(right, kind, typed).wait()?;
    session::forget(home.directory())?;
    out.say("Set. Unlocking asks for it from now on; if it is forgotten, another device or an export is what is left.")
}

/// A new passphrase or PIN: out of a file, else asked for twice.
pub(super) fn new_one(new: New) -> Result<(PassphraseKind, Zeroizing<String>), Failure> {
    let New { pin, new_file } = new;
    let typed = match new_file {
        Some(file) => terminal::passphrase_in(&file)?,
        None if terminal::can_ask() => terminal::passphrase(true)?,
        None => {
            return Err(Failure::invalid(
                "Nothing was changed: a passphrase is asked for at a terminal; elsewhere --new-file names its file.",
            ));
        }
    };
    let kind = if pin {
        PassphraseKind::Pin
    } else {
        PassphraseKind::Passphrase
    };
    Ok((kind, typed))
}

pub(super) fn unlock(home: &Home, minutes: i64, out: Output) -> Result<(), Failure> {
    let until = SystemClock.now().plus_ms(minutes * 60_000);
    match home.unlock(until)? {
        Some(true) => out.say(format!(
            "Unlocked for {minutes} minutes, or until `cairn lock`; meanwhile whoever uses this account can read the journal."
        )),
        Some(false) => Err(Failure::invalid(
            "Nothing was changed: this session has no private folder to keep the key in (XDG_RUNTIME_DIR), so each command asks.",
        )),
        None => out.say("There is no passphrase here, so nothing has to be unlocked."),
    }
}

pub(super) fn lock(home: &Home, out: Output) -> Result<(), Failure> {
    if session::forget(home.directory())? {
        return out.say("Locked.");
    }
    out.say("It was not unlocked. Where a passphrase is set, each command asks for it.")
}
