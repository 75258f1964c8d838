//! Everything out of the journal, and in again elsewhere.

use super::Stage;
use crate::failure::Failure;
use crate::terminal;
use crate::tour::device::Device;
use crate::tour::story::promised;
use cairn_core::exchange::{ExportFormat, ExportOptions};
use cairn_core::id::AttachmentId;
use cairn_core::journal::Entry;

impl Stage {
    /// Marisol takes everything along, into a journal that never heard of this one.
    pub(in crate::tour) fn everything_out_and_in_again(&mut self, phone: &Device) -> Result<(), Failure> {
        self.story.chapter("Everything out, and in again")?;
        let path = self.folder.join("journal.zip");
        let before = phone.entries()?;
        let bar = terminal::bar(before.len(), "written");
        let shown = bar.clone();
        let export = phone.vault.journal().export(
            path.clone(),
            ExportOptions::new(ExportFormat::Archive),
            move |done, _| shown.set_position(done as u64),
        );
        let exported = export.wait();
        bar.finish_and_clear();
        promised(
            exported?.entries == before.len(),
            "an archive holds every entry there is",
        )?;
        self.story
            .step("Marisol takes the whole journal out, in one step and offline. It opens without any app.")?;
        let elsewhere = self.device("elsewhere")?;
        let bar = terminal::bar(before.len(), "copied");
        let shown = bar.clone();
        let restore = elsewhere
            .vault
            .journal()
            .restore_archive(path, None, move |done, _| shown.set_position(done as u64));
        let restored = restore.wait();
        bar.finish_and_clear();
        let restored = restored?;
        promised(
            restored.added == before.len() as u64 && restored.attachments_left_out == 0,
            "everything in an archive comes in",
        )?;
        let after = elsewhere.entries()?;
        promised(
            before
                .into_iter()
                .map(of_any_journal)
                .eq(after.into_iter().map(of_any_journal)),
            "what was taken out comes in equal",
        )?;
        self.story
            .step("A journal that never heard of this one takes it in. Every entry is equal in every part.")
    }
}

/// An entry in everything but the marks that belong to its own journal: the names of its attachments, and that something was said
/// before.
fn of_any_journal(mut entry: Entry) -> Entry {
    for attachment in &mut entry.attachments {
        attachment.id = AttachmentId::from_bytes([0; 16]);
    }
    entry.earlier = None;
    entry
}
