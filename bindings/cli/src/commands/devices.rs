//! The person's own devices: listed, renamed, removed; and what still comes from one that is gone.

use super::{recovery, relay, saved};
use crate::args::{DeviceCommand, RemoveDevice};
use crate::failure::{Exit, Failure};
use crate::output::json::{ArrivalValue, DeviceValue, DevicesValue, Gone, Id};
use crate::output::{Output, in_one_line};
use crate::{find, moments, terminal};
use cairn_core::sync::SyncError;
use cairn_core::vault::{Arrival, DeviceCard, Error, Vault};
use cairn_core::words::{devices as said, errors, status};
use std::collections::BTreeMap;

/// Rounds of sync after which a removal stands at the relay: one keeps the device out, one more may be needed for the link.
const ROUNDS: usize = 3;
/// Columns before the words of an arrival.
const BESIDE_WORDS: usize = 30;

pub(super) fn run(vault: &Vault, command: Option<DeviceCommand>, out: Output) -> Result<(), Failure> {
    match command {
        None => list(vault, out),
        // Pairing opens the journal itself, or begins it.
        Some(DeviceCommand::Add(_)) => Ok(()),
        Some(DeviceCommand::Remove(remove)) => self::remove(vault, &remove, out),
        Some(DeviceCommand::Rename { device, name }) => rename(vault, &device, name, out),
        Some(DeviceCommand::Trust) => {
            vault.devices().trust().wait()?;
            out.line(status::DEVICES_TRUSTED.text)
        }
        Some(DeviceCommand::BeginAgain { yes }) => begin_again(vault, yes, out),
        Some(DeviceCommand::Arrivals) => arrivals(vault, out),
        Some(DeviceCommand::Keep { id }) => keep(vault, &id, out),
        Some(DeviceCommand::LeaveOut { id, yes }) => leave_out(vault, &id, yes, out),
    }
}

fn list(vault: &Vault, out: Output) -> Result<(), Failure> {
    let is_let_in = is_let_in(vault)?;
    let devices = vault.devices().devices().wait()?;
    if out.is_json() {
        return out.value(&DevicesValue {
            devices: devices.iter().map(DeviceValue::from).collect(),
            is_let_in,
        });
    }
    for device in &devices {
        let going = match (device.is_going, device.needs_phrase) {
            (true, _) => Some(said::IS_GOING),
            (_, true) => Some(said::NEEDS_PHRASE),
            _ => None,
        };
        let going = going.map(|going| format!("  ({})", going.text));
        out.line(format!(
            "{}  {}{}{}",
            find::short(find::long(device.id)),
            device.name,
            if device.is_this_one { "  (this one)" } else { "" },
            going.unwrap_or_default(),
        ))?;
    }
    if is_let_in == Some(false) {
        out.line(errors::NOT_LET_IN.text)?;
    }
    Ok(())
}

/// Whether the relay lets this device in; none where there is no relay, or it is not to be reached. A device that was removed is
/// not told so: the relay says nothing to it any more.
fn is_let_in(vault: &Vault) -> Result<Option<bool>, Failure> {
    if vault.sync().status().wait()?.relay.is_none() {
        return Ok(None);
    }
    let is_removed = vault.devices().is_removed().wait()?;
    Ok(match relay::once(vault) {
        Ok(_) => Some(!is_removed),
        Err(Failure::Core(Error::Sync(SyncError::NotAuthorised))) => Some(false),
        Err(_) => None,
    })
}

fn remove(vault: &Vault, remove: &RemoveDevice, out: Output) -> Result<(), Failure> {
    let device = find::device(&vault.devices().devices().wait()?, &remove.device)?;
    if device.is_this_one {
        return Err(Error::OwnDevice.into());
    }
    let named = |sentence: cairn_core::words::Sentence| sentence.with(&[("device", &device.name)]);
    out.say(named(said::REMOVE_KEEPS))?;
    if !agreed(remove.yes, &crate::output::harmless(&named(said::REMOVE_ASK)))? {
        return out.say(said::NOT_REMOVED.text);
    }
    if remove.with_phrase {
        recovery::have_at_hand(vault)?;
    }
    let hint = "`--with-phrase` asks for its words.";
    vault
        .devices()
        .remove(device.id)
        .wait()
        .map_err(|error| recovery::with_hint(error, hint))?;
    let standing = until_gone(vault, &device)?;
    if out.is_json() {
        return out.value(&Gone {
            id: find::long(device.id),
            is_going: standing.is_some(),
        });
    }
    out.line(named(if standing.is_some() { said::GOING } else { said::REMOVED }))
}

/// Rounds of sync until a removed device is gone; as it stands in the list where the relay is not to be reached.
fn until_gone(vault: &Vault, device: &DeviceCard) -> Result<Option<DeviceCard>, Failure> {
    let mut standing = Some(device.clone());
    for _ in 0..ROUNDS {
        let round = relay::once(vault);
        let devices = vault.devices().devices().wait()?;
        standing = devices.into_iter().find(|one| one.id == device.id);
        match (&standing, round) {
            (None, _) => return Ok(None),
            // By the relay's clock this device is too new after all.
            (Some(one), Ok(_)) if !one.is_going => return Err(Error::NotSettled.into()),
            (Some(_), Ok(_)) => {}
            (Some(_), Err(failure)) if failure.code() == Some(Exit::Offline) => return Ok(standing),
            (Some(_), Err(failure)) => return Err(failure),
        }
    }
    Ok(standing)
}

fn rename(vault: &Vault, device: &str, name: String, out: Output) -> Result<(), Failure> {
    let device = find::device(&vault.devices().devices().wait()?, device)?;
    vault.devices().rename(device.id, name).wait()?;
    saved(&find::long(device.id), out)
}

fn begin_again(vault: &Vault, yes: bool, out: Output) -> Result<(), Failure> {
    let status = vault.sync().status().wait()?;
    if !status.needs_joining && !status.is_ended {
        return Err(Error::NotParted.into());
    }
    if !agreed(yes, said::BEGIN_AGAIN_ASK.text)? {
        return out.line(said::NOT_BEGUN_AGAIN.text);
    }
    vault.devices().begin_again().wait()?;
    relay::once(vault)?;
    out.line(said::BEGUN_AGAIN.text)
}

fn arrivals(vault: &Vault, out: Output) -> Result<(), Failure> {
    let arrivals = vault.devices().arrivals().wait()?;
    if out.is_json() {
        let arrivals: Vec<ArrivalValue> = arrivals.iter().map(ArrivalValue::from).collect();
        return out.value(&BTreeMap::from([("arrivals", arrivals)]));
    }
    if arrivals.is_empty() {
        return out.line(said::NO_ARRIVALS.text);
    }
    out.line(said::ARRIVALS.text)?;
    arrivals.iter().try_for_each(|arrival| out.line(shown(arrival)))
}

fn shown(arrival: &Arrival) -> String {
    let width = terminal::width().saturating_sub(BESIDE_WORDS).max(24);
    let id = find::short(find::long(arrival.id));
    let what = match &arrival.entry {
        None => said::ARRIVAL_OTHER.text.to_owned(),
        Some(entry) => format!(
            "{}  {}",
            moments::shown(&entry.happened),
            in_one_line(&format!("{} {}", entry.title, entry.body), width)
        ),
    };
    let known = arrival.is_known.then(|| format!("  ({})", said::ARRIVAL_KNOWN.text));
    format!("{id}  {}: {what}{}", arrival.device, known.unwrap_or_default())
}

fn keep(vault: &Vault, id: &str, out: Output) -> Result<(), Failure> {
    let arrival = find::arrival(vault.devices().arrivals().wait()?, id)?;
    vault.devices().keep_arrival(arrival.id).wait()?;
    told(&arrival, said::ARRIVAL_KEPT.text, out)
}

fn leave_out(vault: &Vault, id: &str, yes: bool, out: Output) -> Result<(), Failure> {
    let arrival = find::arrival(vault.devices().arrivals().wait()?, id)?;
    if !agreed(yes, said::LEAVE_OUT_ASK.text)? {
        return out.say(said::NOT_LEFT_OUT.text);
    }
    vault.devices().leave_out(arrival.id).wait()?;
    told(&arrival, said::LEFT_OUT.text, out)
}

fn told(arrival: &Arrival, sentence: &str, out: Output) -> Result<(), Failure> {
    if out.is_json() {
        return out.value(&Id {
            id: find::long(arrival.id),
        });
    }
    out.line(sentence)
}

/// What cannot be undone is asked once, before it is done; where nobody can be asked, `--yes` says it.
pub(super) fn agreed(yes: bool, question: &str) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !terminal::can_ask() {
        return Err(Failure::invalid(
            "Nothing was changed: nobody can be asked here, and --yes says that you mean it.",
        ));
    }
    terminal::asks(question)
}
