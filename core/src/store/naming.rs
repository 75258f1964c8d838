//! What names an attachment, for how long nothing has, and under which documents the relay holds it.

use super::columns::id;
use super::{StoreError, Tx, View};
use crate::clock::Timestamp;
use crate::id::{AttachmentId, DocumentId, EntryId};
use cairn_wire::BlobId;
use rusqlite::params;
use std::collections::BTreeSet;

/// An attachment that an entry names, and that nothing else is known of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedAttachment {
    /// Its name.
    pub id: AttachmentId,
    /// The entry, whose row says what it is.
    pub entry: EntryId,
}

/// An attachment that is to be put under the slot of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Its name.
    pub id: AttachmentId,
    /// The entry's document.
    pub document: DocumentId,
    /// The document's edition.
    pub edition: u32,
}

/// An attachment that the relay is to let go of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// The name of its sealed form.
    pub blob: BlobId,
    /// The document that named it.
    pub document: DocumentId,
    /// The edition that did.
    pub edition: u32,
}

impl View<'_> {
    /// Whether an entry, the profile or the plan names this attachment.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn is_named(&self, id: AttachmentId) -> Result<bool, StoreError> {
        self.exactly(
            "SELECT EXISTS (SELECT 1 FROM entry_attachment WHERE attachment = ?1) \
             OR EXISTS (SELECT 1 FROM flat_attachment WHERE attachment = ?1)",
            [id.as_bytes()],
            |row| row.get(0),
        )
    }

    /// Attachments that entries name and that have no row yet, each with one of the entries, at most `count`, after `after`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn named_attachments(&self, after: AttachmentId, count: usize) -> Result<Vec<NamedAttachment>, StoreError> {
        self.all(
            "SELECT attachment, min(entry.id) FROM entry_attachment JOIN entry ON entry.n = entry_attachment.n \
             WHERE attachment > ?1 AND NOT EXISTS (SELECT 1 FROM attachment AS known WHERE known.id = attachment) \
             GROUP BY attachment ORDER BY attachment LIMIT ?2",
            params![after.as_bytes(), count],
            |row| {
                Ok(NamedAttachment {
                    id: id(row, 0, AttachmentId::from_bytes)?,
                    entry: id(row, 1, EntryId::from_bytes)?,
                })
            },
        )
    }

    /// Attachments that flat documents name and that have no row yet: names, and what their bytes are.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn flat_attachments_unheard(&self) -> Result<Vec<(AttachmentId, [u8; 32], u64)>, StoreError> {
        self.all(
            "SELECT attachment, min(sha256), min(bytes) FROM flat_attachment \
             WHERE NOT EXISTS (SELECT 1 FROM attachment AS known WHERE known.id = attachment) GROUP BY attachment",
            [],
            |row| {
                Ok((
                    id(row, 0, AttachmentId::from_bytes)?,
                    id(row, 1, |bytes| bytes)?,
                    row.get(2)?,
                ))
            },
        )
    }

    /// Attachments that sweeps have found unnamed since before `before`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn unnamed_attachments(&self, before: Timestamp) -> Result<Vec<AttachmentId>, StoreError> {
        self.all("SELECT id FROM attachment WHERE unnamed < ?1", [before.0], |row| {
            id(row, 0, AttachmentId::from_bytes)
        })
    }

    /// Attachments that these entries named once and that wait to be let go.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn released_by(&self, entry: EntryId) -> Result<Vec<AttachmentId>, StoreError> {
        self.all(
            "SELECT DISTINCT attachment.id FROM attachment_release JOIN attachment ON attachment.blob = attachment_release.blob \
             WHERE document = ?1",
            [entry.as_bytes()],
            |row| id(row, 0, AttachmentId::from_bytes),
        )
    }

    /// Whether this attachment was attached and nothing has named it since.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn is_pinned(&self, id: AttachmentId) -> Result<bool, StoreError> {
        let pinned = self.one("SELECT pinned FROM attachment WHERE id = ?1", [id.as_bytes()], |row| {
            row.get(0)
        });
        Ok(pinned?.unwrap_or(false))
    }

    /// Whether an entry names an attachment that is not here whole, or did not open, and of which it is not known yet whether the relay
    /// holds it under the present edition.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn waits_for_holds(&self, document: DocumentId) -> Result<bool, StoreError> {
        self.exactly(
            "SELECT EXISTS (SELECT 1 FROM named_attachment AS named JOIN attachment ON attachment.id = named.attachment \
             JOIN document ON document.id = named.document WHERE document.id = ?1 AND (have < sealed_bytes OR trouble = 3) \
             AND held <> edition + 1)",
            [document.as_bytes()],
            |row| row.get(0),
        )
    }

    /// What the relay is to let go of, at most `count`: what this device has let go of itself.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn releases(&self, count: usize) -> Result<Vec<Release>, StoreError> {
        self.all(
            "SELECT blob, document, edition FROM attachment_release \
             WHERE NOT EXISTS (SELECT 1 FROM attachment WHERE attachment.blob = attachment_release.blob) LIMIT ?1",
            [count],
            |row| {
                Ok(Release {
                    blob: id(row, 0, BlobId::from_bytes)?,
                    document: id(row, 1, DocumentId::from_bytes)?,
                    edition: row.get(2)?,
                })
            },
        )
    }
}

impl Tx<'_> {
    /// Notes since when nothing names each attachment, `now` for what was named before. Those in `named` are named by something that is no
    /// document: a draft.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn note_unnamed(&self, named: &BTreeSet<AttachmentId>, now: Timestamp) -> Result<(), StoreError> {
        self.run(
            "UPDATE attachment SET unnamed = NULL WHERE unnamed IS NOT NULL \
             AND EXISTS (SELECT 1 FROM named_attachment AS named WHERE named.attachment = attachment.id)",
            [],
        )?;
        self.run(
            "UPDATE attachment SET unnamed = ?1 WHERE unnamed IS NULL \
             AND NOT EXISTS (SELECT 1 FROM named_attachment AS named WHERE named.attachment = attachment.id)",
            [now.0],
        )?;
        for id in named {
            self.run("UPDATE attachment SET unnamed = NULL WHERE id = ?1", [id.as_bytes()])?;
        }
        Ok(())
    }

    /// Something names an attachment: it is looked after, and what is named again is not to be let go.
    pub(super) fn attachment_is_named(&self, id: AttachmentId, document: DocumentId) -> Result<(), StoreError> {
        self.run(
            "UPDATE attachment SET pinned = 0, unnamed = NULL WHERE id = ?1",
            [id.as_bytes()],
        )?;
        self.run(
            "DELETE FROM attachment_release WHERE blob = (SELECT blob FROM attachment WHERE id = ?1) AND document = ?2",
            params![id.as_bytes(), document.as_bytes()],
        )?;
        Ok(())
    }

    /// Notes that an attachment was attached, until something names it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn pin_attachment(&self, id: AttachmentId) -> Result<(), StoreError> {
        self.run(
            "UPDATE attachment SET pinned = 1, unnamed = NULL WHERE id = ?1",
            [id.as_bytes()],
        )?;
        Ok(())
    }

    /// Forgets what was known of what the relay holds under an entry: another device may have let go of it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn doubt_holds(&self, document: DocumentId) -> Result<(), StoreError> {
        self.run(
            "UPDATE entry_attachment SET held = 0 WHERE held > 0 AND n = (SELECT n FROM entry WHERE id = ?1)",
            [document.as_bytes()],
        )?;
        self.run(
            "UPDATE flat_attachment SET held = 0 WHERE document = ?1",
            [document.as_bytes()],
        )?;
        Ok(())
    }

    /// As [`Self::doubt_holds`], for one attachment under every entry.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn doubt_holds_of(&self, attachment: AttachmentId) -> Result<(), StoreError> {
        self.run(
            "UPDATE entry_attachment SET held = 0 WHERE held > 0 AND attachment = ?1",
            [attachment.as_bytes()],
        )?;
        self.run(
            "UPDATE flat_attachment SET held = 0 WHERE attachment = ?1",
            [attachment.as_bytes()],
        )?;
        Ok(())
    }

    /// The relay holds this attachment under the slot of this document's edition.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn set_held(&self, held: &Held) -> Result<(), StoreError> {
        self.run(
            "UPDATE entry_attachment SET held = ?3 + 1 \
             WHERE attachment = ?1 AND n = (SELECT n FROM entry WHERE id = ?2)",
            params![held.id.as_bytes(), held.document.as_bytes(), held.edition],
        )?;
        self.run(
            "UPDATE flat_attachment SET held = ?3 + 1 WHERE attachment = ?1 AND document = ?2",
            params![held.id.as_bytes(), held.document.as_bytes(), held.edition],
        )?;
        Ok(())
    }

    /// The relay has let go.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_release(&self, release: &Release) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM attachment_release WHERE blob = ?1 AND document = ?2 AND edition = ?3",
            params![release.blob.as_bytes(), release.document.as_bytes(), release.edition],
        )?;
        Ok(())
    }
}
