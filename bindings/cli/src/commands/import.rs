//! Bringing a journal in from elsewhere.

use crate::args::Import;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::json::ImportValue;
use crate::terminal;
use cairn_core::exchange::{DayOne, ImportError, Imported, Keep, Preview, SkipReason};
use cairn_core::vault::Vault;
use cairn_core::words::status as said;

/// Entries that become durable together.
const BATCH: usize = 200;

pub(super) fn run(vault: &Vault, import: Import, out: Output) -> Result<(), Failure> {
    let mut export = DayOne::open(&import.file)?;
    let preview = export.preview().clone();
    if !out.is_json() {
        describe(&preview, &import, out)?;
    }
    if import.preview {
        return if out.is_json() {
            out.value(&ImportValue::from(&preview))
        } else {
            out.line("Nothing was imported.")
        };
    }
    if !import.yes
        && !out.is_json()
        && terminal::can_ask()
        && !terminal::asks("Import them? What is here stays as it is")?
    {
        return out.line("Nothing was imported.");
    }
    let keep = Keep {
        location: import.keep_places,
        device: import.keep_devices,
    };
    let new = bring_in(vault, preview.entries, export.entries(keep))?;
    if out.is_json() {
        return out.value(&ImportValue::from(&preview).with_new(new));
    }
    out.line(said::IMPORTED.text)?;
    let known = (preview.entries as u64).saturating_sub(new);
    out.line(match (new, known) {
        (0, _) => "All of it was here already.".to_owned(),
        (new, 0) => format!("New here: {new}."),
        (new, known) => format!("New here: {new}. Here already: {known}."),
    })
}

/// Keeps entries in batches, with a bar where somebody sees it; answers how many are new. What was kept when it ends
/// early stays, and bringing it in again goes on from there.
pub(crate) fn bring_in(
    vault: &Vault,
    total: usize,
    entries: impl Iterator<Item = Result<Imported, ImportError>>,
) -> Result<u64, Failure> {
    let bar = terminal::bar(total, "copied");
    let mut entries = entries.fuse();
    let mut new = 0;
    loop {
        let batch = entries.by_ref().take(BATCH).collect::<Result<Vec<_>, _>>()?;
        if batch.is_empty() {
            bar.finish_and_clear();
            return Ok(new);
        }
        let size = batch.len() as u64;
        new += vault.journal().import(batch).wait()?;
        bar.inc(size);
    }
}

fn describe(preview: &Preview, import: &Import, out: Output) -> Result<(), Failure> {
    let names: Vec<&str> = preview.journals.iter().map(|journal| journal.name.as_str()).collect();
    let between = match (preview.first, preview.last) {
        (Some(first), Some(last)) if first != last => format!(", from {first} to {last}"),
        (Some(day), _) => format!(", of {day}"),
        _ => String::new(),
    };
    out.line(format!(
        "In this file: {}. Entries: {}{between}.",
        names.join(", "),
        preview.entries
    ))?;
    let stays = [
        (
            preview.attachments,
            true,
            "Photos and recordings stay behind; their links stay in the text",
        ),
        (
            preview.with_location,
            !import.keep_places,
            "Places stay behind; --keep-places brings them",
        ),
        (
            preview.with_device,
            !import.keep_devices,
            "Devices stay behind; --keep-devices brings them",
        ),
    ];
    for (count, stays_behind, sentence) in stays {
        if count > 0 && stays_behind {
            out.line(format!("{sentence}."))?;
        }
    }
    for one in &preview.skipped {
        let day = one.date.map(|date| format!(" ({date})")).unwrap_or_default();
        out.line(format!(
            "Not taken: entry {} of {}{day}, because {}.",
            one.number,
            one.journal,
            because(one.reason)
        ))?;
    }
    Ok(())
}

const fn because(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::NoDate => "it has no date",
        SkipReason::TooLong => "it is longer than an entry can be",
        SkipReason::Empty => "there is nothing in it",
        SkipReason::SameId => "an entry with its id came before",
        _ => "it is no entry",
    }
}
