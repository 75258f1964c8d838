//! Beginning a journal, giving it a relay, and agreeing with other devices.

use super::attachments::Watching;
use crate::args::{CarryArg, Init};
use crate::failure::{Exit, Failure};
use crate::home::{Home, Opened};
use crate::output::Output;
use crate::output::json::Synced;
use cairn_core::sync::{Report, SyncError};
use cairn_core::vault::{Error, Renewing, Vault, Waking};
use cairn_core::words::{self, errors, status as said};
use data_encoding::BASE64URL_NOPAD;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long one wait for news lasts. After it a round is taken anyway: a held share or a merge may be due.
const NEWS_MS: u32 = 25_000;
/// How long `sync --wait` rests when the relay cannot be reached: at first, and at most.
const REST: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

pub(super) fn init(home: &Home, init: Init, out: Output) -> Result<(), Failure> {
    let opened = home.begin(&init.device)?;
    out.say("This is your space. The journal lies in this folder, and its key beside it, for you alone:")?;
    out.say(format!("    {}", home.directory().display()))?;
    match init.relay {
        Some(url) => connect(&opened.vault, url, out),
        None => tell(&opened.vault, false, out),
    }
}

pub(super) fn connect(vault: &Vault, url: String, out: Output) -> Result<(), Failure> {
    vault.sync().connect(url).wait()?;
    once(vault)?;
    tell(vault, true, out)
}

pub(super) fn sync(opened: &Opened, wait: bool, attachments: CarryArg, out: Output) -> Result<(), Failure> {
    if wait {
        return stay(opened, out);
    }
    match attachments {
        CarryArg::Now => carry(&opened.vault).or_else(|failure| explained(&opened.vault, failure))?,
        CarryArg::Later => once(&opened.vault)
            .map(drop)
            .or_else(|failure| explained(&opened.vault, failure))?,
    }
    tell(&opened.vault, true, out)
}

/// Says where this device is woken, tells the relay, and says whether it does. What was said stands without the relay too, which hears of it later.
pub(super) fn wake(vault: &Vault, at: Option<String>, off: bool, out: Output) -> Result<(), Failure> {
    let mut is_reached = true;
    if at.is_some() || off {
        vault.sync().wake_me_at(at).wait()?;
        is_reached = if_reached(be_there(vault))?.is_some();
    }
    let waking = vault.sync().waking().wait()?;
    let offer = if is_reached {
        if_reached(vault.sync().wake_offer().wait().map_err(Failure::from))?
    } else {
        None
    };
    let key = offer.and_then(|offer| offer.push_key);
    let key = key.map(|key| BASE64URL_NOPAD.encode(key.as_bytes()));
    let stands = match waking {
        Waking::Stands => "stands",
        Waking::Waits => "waits",
        Waking::RelayWakesNobody => "relay_wakes_nobody",
        _ => "off",
    };
    if out.is_json() {
        return out.value(
            &serde_json::json!({ "waking": stands, "relay_wakes": offer.map(|offer| offer.wakes), "push_key": key }),
        );
    }
    out.line(match waking {
        Waking::Stands => {
            "The relay wakes this device: an empty message, some seconds to a minute after something was written."
        }
        Waking::Waits => "The relay is told with the next round of sync.",
        Waking::RelayWakesNobody => "This relay wakes nobody. What arrives is here after the next round of sync.",
        _ if off && offer.is_none() => {
            "This device is woken nowhere, once the relay was told with the next round of sync."
        }
        _ => "This device is woken nowhere.",
    })?;
    if offer.is_none() {
        out.say(said::OFFLINE.text)?;
    }
    match key {
        Some(key) => out.say(format!("Push services know the relay by this key:\n    {key}")),
        None => Ok(()),
    }
}

/// Rounds of sync until attachments of any size have come and gone, as far as the relay has them and takes them.
pub(super) fn carry(vault: &Vault) -> Result<(), Failure> {
    let left = || {
        let progress = vault.sync().attachment_progress().wait()?;
        Ok::<_, Failure>(progress.up.bytes + progress.down.bytes)
    };
    // What is elsewhere is known after the words have come.
    once(vault)?;
    let bar = Watching::begin(vault)?;
    let watching = bar.clone().map(|bar| vault.observe(bar));
    let mut before = u64::MAX;
    let carried = loop {
        if let Err(failure) = vault
            .sync()
            .sync_with_attachments()
            .wait()
            .map_err(Failure::from)
            .and_then(|report| ended(report).map(drop))
        {
            break Err(failure);
        }
        let now = left()?;
        if now == 0 || now >= before {
            break Ok(());
        }
        before = now;
    };
    drop(watching);
    if let Some(bar) = bar {
        bar.end();
    }
    carried
}

/// One round of sync.
pub(crate) fn once(vault: &Vault) -> Result<Report, Failure> {
    ended(vault.sync().sync_now().wait()?)
}

/// What came of asking the relay, where it was reached.
fn if_reached<T>(asked: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match asked {
        Err(failure) if failure.code() == Some(Exit::Offline) => Ok(None),
        asked => asked.map(Some),
    }
}

/// A round that came to its end, or why it did not.
fn ended(report: Report) -> Result<Report, Failure> {
    match report.failed.first() {
        None => Ok(report),
        Some((_, SyncError::Unreachable(_))) => Err(Failure::new(Exit::Offline, errors::OFFLINE.text)),
        Some((_, error)) => Err(Error::from(*error).into()),
    }
}

/// A round that failed because this device is to be let in again says so.
fn explained(vault: &Vault, failure: Failure) -> Result<(), Failure> {
    if vault.sync().status().wait()?.needs_joining {
        return Err(failure.with(said::NEEDS_JOINING.text.to_owned()));
    }
    Err(failure)
}

/// A round before something that cannot do without the relay.
pub(super) fn be_there(vault: &Vault) -> Result<(), Failure> {
    let status = vault.sync().status().wait()?;
    if status.relay.is_none() {
        return Err(Error::NoRelay.into());
    }
    once(vault).map(drop)
}

/// Round after round, until the person ends the program.
fn stay(opened: &Opened, out: Output) -> Result<(), Failure> {
    let (first, most) = REST;
    let mut rest = first;
    let mut told = None;
    loop {
        let standing = match if_reached(once(&opened.vault))? {
            Some(report) => Some((opened.vault.sync().status().wait()?, report)),
            None => None,
        };
        // The same sentence is not said twice running, unless something arrived.
        let sentence = standing.as_ref().map(|(status, _)| (status.waiting, status.set_aside));
        let arrived = standing.as_ref().is_some_and(|(_, report)| report.received > 0);
        if arrived || told != Some(sentence) {
            told = Some(sentence);
            match standing {
                Some(_) => tell(&opened.vault, true, out)?,
                None => out.say(said::OFFLINE.text)?,
            }
        }
        if let Some((_, report)) = standing {
            let begun = Instant::now();
            let news = opened.let_others_in(|| opened.vault.sync().wait_for_news(NEWS_MS).wait())?;
            // A relay that always says that there is news, and never has any, is not asked without end.
            let is_calm = begun.elapsed() > first || report.received > 0;
            if news.is_ok() && is_calm {
                rest = first;
                continue;
            }
        }
        opened.let_others_in(|| sleep(rest))?;
        rest = (rest * 2).min(most);
    }
}

/// Says where sync stands; `reached` when a relay was asked without being the journal's own, as a specialist's is.
fn tell(vault: &Vault, reached: bool, out: Output) -> Result<(), Failure> {
    let status = vault.sync().status().wait()?;
    if out.is_json() {
        return out.value(&Synced::from(&status));
    }
    if let Some(sentence) = words::erasing::of(status.erasure.into()) {
        out.line(sentence.text)?;
        super::erasing::tell_when(status.erasure, out)?;
    }
    if status.is_ended {
        return out.line(said::ENDED.text);
    }
    out.line(match (&status.relay, status.waiting) {
        (None, _) if !reached => said::ON_THIS_DEVICE.text,
        (Some(_), 1..) => said::WAITING.text,
        _ => said::UP_TO_DATE.text,
    })?;
    if status.has_strange_devices {
        out.line(said::STRANGE_DEVICES.text)?;
    }
    if status.needs_joining {
        out.line(said::NEEDS_JOINING.text)?;
    } else if status.to_send_again.is_some() {
        out.line(said::RELAY_RESTORED.text)?;
    }
    if status.set_aside > 0 {
        out.line("Some of what arrived was set aside; `cairn doctor` says why.")?;
    }
    if status.relay_differs || status.withheld > 0 {
        out.line("The relay did not show everything it should; `cairn doctor` says more.")?;
    }
    if matches!(status.renewing, Renewing::UnderWay | Renewing::ShutOut) {
        out.line("This journal was put back from a backup, or is a copy; `cairn doctor` says more.")?;
    }
    Ok(())
}
