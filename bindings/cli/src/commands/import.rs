//! Bringing a journal in from elsewhere.

use crate::args::Import;
use crate::failure::Failure;
use crate::moments;
use crate::output::Output;
use crate::output::json::ImportValue;
use crate::terminal;
use cairn_core::exchange::{ImportFormat, ImportOptions, Keep, Preview, SkipReason, open_import};
use cairn_core::vault::Vault;
use cairn_core::words::{Sentence, importing as words, status as said};

pub(super) fn run(vault: &Vault, import: Import, out: Output) -> Result<(), Failure> {
    let options = ImportOptions {
        keep: Keep {
            location: import.keep_places,
            device: import.keep_devices,
        },
        zone: moments::zone(import.zone.as_deref())?.name().to_owned(),
    };
    let named = import.format.as_deref().and_then(ImportFormat::from_code);
    let journal = open_import(&import.file, named, &options)?;
    let preview = journal.preview().clone();
    let value = ImportValue::of(journal.format(), &preview);
    if !out.is_json() {
        describe(journal.format(), &preview, &options, out)?;
    }
    if import.preview || preview.entries == 0 {
        return if out.is_json() {
            out.value(&value)
        } else {
            out.line(words::NOTHING.text)
        };
    }
    if !import.yes
        && !out.is_json()
        && terminal::can_ask()
        && !terminal::asks("Import them? What is here stays as it is")?
    {
        return out.line(words::NOTHING.text);
    }
    let bar = terminal::bar(preview.entries, "copied");
    let shown = bar.clone();
    let brought = vault
        .journal()
        .bring_in(journal, options.keep, move |done, _| shown.set_position(done as u64));
    let brought = brought.wait();
    bar.finish_and_clear();
    let brought = brought?;
    if out.is_json() {
        return out.value(&value.with(&brought));
    }
    out.line(said::IMPORTED.text)?;
    out.line(match (brought.added, brought.known) {
        (0, _) => "All of it was here already.".to_owned(),
        (new, 0) => format!("New here: {new}."),
        (new, known) => format!("New here: {new}. Here already: {known}."),
    })?;
    if brought.media > 0 {
        out.line(format!("Photos and recordings with them: {}.", brought.media))?;
    }
    if brought.media_left_out > 0 {
        let count = brought.media_left_out.to_string();
        out.line(words::MEDIA_LEFT_OUT.with(&[("count", &count)]))?;
    }
    Ok(())
}

fn describe(format: ImportFormat, preview: &Preview, options: &ImportOptions, out: Output) -> Result<(), Failure> {
    let between = match (preview.first, preview.last) {
        (Some(first), Some(last)) if first != last => format!(", from {first} to {last}"),
        (Some(day), _) => format!(", of {day}"),
        _ => String::new(),
    };
    out.line(format!(
        "In this file: {}. Entries: {}{between}.",
        named(format, preview),
        preview.entries
    ))?;
    if format.needs_zone() {
        out.line(format!(
            "It says no time zone. It is read as written in {}.",
            options.zone
        ))?;
    }
    if preview.attachments > preview.attachments_missing {
        out.line(format!(
            "Photos and recordings: {}.",
            preview.attachments - preview.attachments_missing
        ))?;
    }
    let left_out = [
        (preview.attachments_missing > 0, words::MEDIA_MISSING),
        (preview.with_extra_left_out > 0, words::EXTRA_LEFT_OUT),
    ];
    for (_, sentence) in left_out.into_iter().filter(|(is_so, _)| *is_so) {
        out.line(sentence.text)?;
    }
    if preview.with_location > 0 && !options.keep.location {
        out.line(format!("{} (--keep-places)", words::PLACES_LEFT_OUT))?;
    }
    if preview.with_device > 0 && !options.keep.device {
        out.line(format!("{} (--keep-devices)", words::DEVICES_LEFT_OUT))?;
    }
    for one in &preview.skipped {
        let day = one.date.map(|date| format!(" ({date})")).unwrap_or_default();
        let what = if one.journal.is_empty() { "it" } else { &one.journal };
        out.line(words::NOT_TAKEN.with(&[
            ("count", &one.number.to_string()),
            ("what", &format!("{what}{day}")),
            ("reason", because(one.reason).text),
        ]))?;
    }
    Ok(())
}

/// What the file holds: its kind, and the names of its journals where it gives them any.
fn named(format: ImportFormat, preview: &Preview) -> String {
    let kind = match format {
        ImportFormat::DayOne => "Day One",
        ImportFormat::Journey => "Journey",
        ImportFormat::Daylio => "Daylio",
        ImportFormat::Jrnl => "jrnl",
        ImportFormat::Markdown => "Markdown",
        _ => "a journal",
    };
    let names: Vec<&str> = preview.journals.iter().map(|journal| journal.name.as_str()).collect();
    if names.iter().all(|name| name.is_empty()) {
        return kind.to_owned();
    }
    format!("{} ({kind})", names.join(", "))
}

const fn because(reason: SkipReason) -> Sentence {
    match reason {
        SkipReason::NoDate => words::NO_DATE,
        SkipReason::TooLong => words::TOO_LONG,
        SkipReason::Empty => words::EMPTY,
        SkipReason::SameId => words::SAME_ID,
        SkipReason::Encrypted => words::ENCRYPTED,
        SkipReason::NotText => words::NOT_TEXT,
        _ => words::NOT_AN_ENTRY,
    }
}
