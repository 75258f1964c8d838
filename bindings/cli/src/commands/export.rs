//! Taking a journal out, and an archive in again.

use crate::args::{Export, FormatArg, Passphrase, RestoreArchive};
use crate::failure::Failure;
use crate::find;
use crate::output::Output;
use crate::output::json::{ExportValue, RestoreValue};
use crate::terminal;
use cairn_core::exchange::{ExportOptions, ImportError};
use cairn_core::vault::{Error, Vault};
use cairn_core::words::export as said;
use std::path::Path;
use zeroize::Zeroizing;

pub(super) fn export(vault: &Vault, export: Export, out: Output) -> Result<(), Failure> {
    let entry = export.entry.as_deref().map(|id| find::entry(vault, id)).transpose()?;
    let story = export.story();
    let passphrase = passphrase(&export.passphrase, true)?;
    let is_sealed = passphrase.is_some();
    let ending = export.path.extension().map(|ending| ending.to_ascii_lowercase());
    let options = ExportOptions {
        trash: export.trash,
        entry,
        story,
        attachments: !export.no_attachments,
        folder: export.format == FormatArg::Markdown
            && story.is_none()
            && !is_sealed
            && ending.is_none_or(|ending| ending != "zip"),
        passphrase,
        people: !export.no_people,
        replace: export.force,
        ..ExportOptions::new(export.format.into())
    };
    let bar = terminal::bar(0, "copied");
    let shown = bar.clone();
    let exported = vault.journal().export(export.path, options, move |done, all| {
        shown.set_length(all as u64);
        shown.set_position(done as u64);
    });
    let exported = exported.wait();
    bar.finish_and_clear();
    let exported = exported?;
    if out.is_json() {
        return out.value(&ExportValue::new(&exported, is_sealed));
    }
    out.line(if is_sealed { said::DONE_SEALED } else { said::DONE }.text)?;
    if exported.left_here > 0 {
        out.line(said::LEFT_HERE.with(&[("count", &exported.left_here.to_string())]))?;
    }
    Ok(())
}

pub(super) fn restore(vault: &Vault, restore: &RestoreArchive, out: Output) -> Result<(), Failure> {
    let given = passphrase(&restore.passphrase, false)?;
    let may_ask = given.is_none() && terminal::can_ask();
    let restored = match take_in(vault, &restore.path, given) {
        Err(Error::Import(ImportError::NeedsPassphrase)) if may_ask => {
            take_in(vault, &restore.path, Some(terminal::passphrase(false)?))?
        }
        restored => restored?,
    };
    if out.is_json() {
        return out.value(&RestoreValue::from(&restored));
    }
    out.line(said::TAKEN_IN.text)?;
    if restored.brought_people {
        out.line(said::PEOPLE_TAKEN_IN.text)?;
    }
    out.line(match (restored.added, restored.known) {
        (0, _) if restored.brought_people => "Every entry of it was here already.".to_owned(),
        (0, _) => "All of it was here already.".to_owned(),
        (new, 0) => format!("New here: {new}."),
        (new, known) => format!("New here: {new}. Here already: {known}."),
    })
}

fn take_in(
    vault: &Vault,
    path: &Path,
    passphrase: Option<Zeroizing<String>>,
) -> Result<cairn_core::vault::Restored, Error> {
    let bar = terminal::bar(0, "copied");
    let shown = bar.clone();
    let restored = vault
        .journal()
        .restore_archive(path.to_owned(), passphrase, move |done, all| {
            shown.set_length(all as u64);
            shown.set_position(done as u64);
        });
    let restored = restored.wait();
    bar.finish_and_clear();
    restored
}

/// The passphrase from where it is to come; `twice` for one that is new.
fn passphrase(from: &Passphrase, twice: bool) -> Result<Option<Zeroizing<String>>, Failure> {
    let path = match (&from.passphrase_file, from.passphrase) {
        (Some(path), _) => path,
        (None, true) if terminal::can_ask() => return terminal::passphrase(twice).map(Some),
        (None, true) => {
            return Err(Failure::invalid(
                "Nothing was changed: a passphrase is asked for at a terminal; elsewhere --passphrase-file names its file.",
            ));
        }
        (None, false) => return Ok(None),
    };
    terminal::passphrase_in(path).map(Some)
}
