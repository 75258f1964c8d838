//! Photos, sounds and files of an entry.

use super::relay;
use crate::args::{Attach, PolicyArg, Save};
use crate::failure::{Exit, Failure};
use crate::output::json::{AttachmentsValue, Id};
use crate::output::{Output, in_one_line};
use crate::{find, terminal};
use cairn_core::id::EntryId;
use cairn_core::journal::{Attachment, Draft, Entry};
use cairn_core::vault::{AttachmentError, AttachmentPolicy, AttachmentState, Change, Error, Keeping, Observer, Vault};
use cairn_core::words::status as said;
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn attach(vault: &Vault, attach: Attach, out: Output) -> Result<(), Failure> {
    let id = find::entry(vault, &attach.id)?;
    let keeping = Keeping {
        kind: attach.kind.map(Into::into),
        alt_text: attach.alt,
        strip_metadata: !attach.keep_metadata,
        ..Keeping::default()
    };
    let attachment = vault.journal().attach(attach.file, keeping).wait()?;
    add(vault, id, vec![attachment])?;
    if out.is_json() {
        return out.value(&Id { id: id.to_string() });
    }
    out.line(format!("{}  {}", said::SAVED.text, find::short(id)))
}

/// Seals these files, for an entry to come.
pub(super) fn sealed(vault: &Vault, files: Vec<PathBuf>) -> Result<Vec<Attachment>, Failure> {
    let bar = terminal::bar(files.len(), "sealed");
    let mut attachments = Vec::with_capacity(files.len());
    for file in files {
        attachments.push(vault.journal().attach(file, Keeping::default()).wait()?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(attachments)
}

/// Adds attachments to an entry that stands.
pub(super) fn add(vault: &Vault, id: EntryId, attachments: Vec<Attachment>) -> Result<(), Failure> {
    let journal = vault.journal();
    let (entry, version) = journal.entry_for_editing(id).wait()?.ok_or(Error::NotFound)?;
    let draft = with(Draft::of(&entry), attachments);
    Ok(journal.revise(id, version, draft).wait()?)
}

/// A draft with these attachments too, each once.
pub(super) fn with(mut draft: Draft, attachments: Vec<Attachment>) -> Draft {
    for attachment in attachments {
        if draft.attachments.iter().all(|before| before.id != attachment.id) {
            draft.attachments.push(attachment);
        }
    }
    draft
}

/// A line for each attachment of an entry.
pub(super) fn lines(entry: &Entry, width: usize) -> Vec<String> {
    let line = |(at, attachment): (usize, &Attachment)| {
        let size = indicatif::HumanBytes(attachment.bytes);
        let words = match (attachment.alt_text.trim(), attachment.original_name.trim()) {
            ("", name) => name,
            (alt, _) => alt,
        };
        let about = format!("{}, {size}  {words}", attachment.media_type);
        format!(
            "{:>3}. {}  {}",
            at + 1,
            find::short(attachment.id),
            in_one_line(&about, width.saturating_sub(16).max(24))
        )
    };
    entry.attachments.iter().enumerate().map(line).collect()
}

pub(super) fn save(vault: &Vault, save: &Save, out: Output) -> Result<(), Failure> {
    let id = find::entry(vault, &save.id)?;
    let entry = vault.journal().entry(id).wait()?.ok_or(Error::NotFound)?;
    let attachment = find::attachment(&entry, &save.attachment)?;
    let saved = save_to(vault, attachment, &save.path);
    if matches!(&saved, Err(Error::Attachment(AttachmentError::Elsewhere))) {
        // It lies on another device, and this is the moment somebody wants it.
        vault.journal().fetch_attachment(attachment.id).wait()?;
        relay::carry(vault)?;
        if vault.journal().attachment_state(attachment.id).wait()? != AttachmentState::Here {
            return Err(Failure::new(
                Exit::Offline,
                "Nothing was changed: this is on another device, and the relay does not have all of it yet.",
            ));
        }
        save_to(vault, attachment, &save.path)?;
    } else {
        saved?;
    }
    out.say(format!("Saved as {}.", save.path.display()))?;
    if out.is_json() {
        return out.value(&Id {
            id: attachment.id.to_string(),
        });
    }
    Ok(())
}

fn save_to(vault: &Vault, attachment: &Attachment, path: &Path) -> Result<(), Error> {
    vault.journal().save_attachment(attachment.id, path.to_owned()).wait()
}

/// Says what is still to be carried, and chooses what is carried when.
pub(super) fn carrying(vault: &Vault, choice: Option<PolicyArg>, out: Output) -> Result<(), Failure> {
    if let Some(choice) = choice {
        vault.sync().set_attachment_policy(choice.into()).wait()?;
    }
    let policy = vault.sync().attachment_policy().wait()?;
    let progress = vault.sync().attachment_progress().wait()?;
    if out.is_json() {
        return out.value(&AttachmentsValue::new(PolicyArg::of(policy).word(), &progress));
    }
    out.line(match policy {
        AttachmentPolicy::SmallNow => "Up to 2 MiB they go with every sync, larger ones with `sync --attachments now`.",
        AttachmentPolicy::Now => "They go with every sync.",
        AttachmentPolicy::Later => "They go with `sync --attachments now`.",
        AttachmentPolicy::OnDemand => "Those of your other devices come when you save them.",
    })?;
    for (way, carried) in [("To send", progress.up), ("To fetch", progress.down)] {
        if carried.count > 0 {
            let bytes = indicatif::HumanBytes(carried.bytes);
            out.line(format!("{way}: {}, {bytes}.", carried.count))?;
        }
    }
    if progress.relay_is_full {
        out.line("The relay has no room left for some of them. They are safe on this device.")?;
    }
    Ok(())
}

/// Moves a bar as attachments come and go.
pub(super) struct Watching {
    vault: Vault,
    bar: ProgressBar,
    total: u64,
}

impl Watching {
    /// A bar over what is still to be carried; none where there is nothing.
    pub(super) fn begin(vault: &Vault) -> Result<Option<Arc<Self>>, Failure> {
        let progress = vault.sync().attachment_progress().wait()?;
        let total = progress.up.bytes + progress.down.bytes;
        if total == 0 {
            return Ok(None);
        }
        Ok(Some(Arc::new(Self {
            vault: vault.clone(),
            bar: terminal::bytes_bar(total, "carried"),
            total,
        })))
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Watching {
    fn changed(&self, changes: &[Change]) {
        if changes.contains(&Change::Attachments)
            && let Ok(progress) = self.vault.sync().attachment_progress().wait()
        {
            let left = progress.up.bytes + progress.down.bytes;
            self.bar.set_position(self.total.saturating_sub(left));
        }
    }
}
