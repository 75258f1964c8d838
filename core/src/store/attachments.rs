//! Attachments: how much of each is where. Their files stand in `files.rs`.

use super::columns::{damaged, id};
use super::{StoreError, Tx, View};
use crate::clock::Timestamp;
use crate::id::{AttachmentId, DocumentId, EntryId};
use cairn_wire::BlobId;
use rusqlite::{Row, params};
use std::collections::BTreeSet;

/// Why an attachment did not come or go, until it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Trouble {
    /// Nothing is known against it.
    None = 0,
    /// What came from the relay was not it. It is asked for again.
    NotOpened = 1,
    /// The relay has no room left for this person.
    NoRoom = 2,
    /// Its file on this device is gone, or has another length. It is fetched again.
    Lost = 3,
}

/// One attachment, by what is known of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentRow {
    /// Its name.
    pub id: AttachmentId,
    /// The name of its sealed form.
    pub blob: BlobId,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// How many bytes it has.
    pub bytes: u64,
    /// How many its sealed form has.
    pub sealed_bytes: u64,
    /// Bytes of the sealed form on this device; all of them or the beginning of a `.part`.
    pub have: u64,
    /// Bytes of the sealed form that the relay said it has.
    pub sent: u64,
    /// Whether the person asked for it, whatever the choice for attachments is.
    pub wanted: bool,
    /// When it was kept or heard of.
    pub kept: Timestamp,
    /// What is known against it.
    pub trouble: Trouble,
}

impl AttachmentRow {
    /// Whether all of it is on this device.
    pub const fn is_here(&self) -> bool {
        self.have == self.sealed_bytes
    }
}

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

/// What is still to be carried in one direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// Attachments.
    pub count: u64,
    /// Their sealed bytes that are still to go.
    pub bytes: u64,
}

fn attachment(row: &Row<'_>) -> rusqlite::Result<AttachmentRow> {
    let trouble = match row.get::<_, u8>(9)? {
        0 => Trouble::None,
        1 => Trouble::NotOpened,
        2 => Trouble::NoRoom,
        3 => Trouble::Lost,
        _ => return Err(damaged(9)),
    };
    Ok(AttachmentRow {
        id: id(row, 0, AttachmentId::from_bytes)?,
        blob: id(row, 1, BlobId::from_bytes)?,
        sha256: id(row, 2, |bytes| bytes)?,
        bytes: row.get(3)?,
        sealed_bytes: row.get(4)?,
        have: row.get(5)?,
        sent: row.get(6)?,
        wanted: row.get(7)?,
        kept: Timestamp(row.get(8)?),
        trouble,
    })
}

impl View<'_> {
    /// One attachment; none where nothing is known of it.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub fn attachment(&self, id: AttachmentId) -> Result<Option<AttachmentRow>, StoreError> {
        self.one(
            "SELECT id, blob, sha256, bytes, sealed_bytes, have, sent, wanted, kept, trouble FROM attachment WHERE id = ?1",
            [id.as_bytes()],
            attachment,
        )
    }

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

    /// The names of all sealed forms that are known here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn blobs(&self) -> Result<BTreeSet<BlobId>, StoreError> {
        let blobs = self.all("SELECT blob FROM attachment", [], |row| id(row, 0, BlobId::from_bytes))?;
        Ok(blobs.into_iter().collect())
    }

    /// The small picture of an attachment.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn thumbnail(&self, id: AttachmentId) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.one(
            "SELECT thumbnail FROM attachment WHERE id = ?1",
            [id.as_bytes()],
            |row| row.get::<_, Option<Vec<u8>>>(0),
        );
        Ok(found?.flatten())
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

    /// What is not held at the relay under every entry that names it, that of the newest entries first: what is here whole, and of what is
    /// not, what an entry names that began anew, because the relay may hold it under the edition before alone.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn attachments_to_send(&self) -> Result<Vec<Held>, StoreError> {
        self.all(
            "SELECT attachment.id, document.id, edition FROM named_attachment AS named \
             JOIN attachment ON attachment.id = named.attachment JOIN document ON document.id = named.document \
             WHERE (have = sealed_bytes OR edition > 0) AND held <> edition + 1 ORDER BY at DESC, attachment.id, document.id",
            [],
            |row| {
                Ok(Held {
                    id: id(row, 0, AttachmentId::from_bytes)?,
                    document: id(row, 1, DocumentId::from_bytes)?,
                    edition: row.get(2)?,
                })
            },
        )
    }

    /// What entries outside the trash name and is not here whole, that of the newest entries first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn attachments_to_fetch(&self) -> Result<Vec<AttachmentId>, StoreError> {
        self.all(
            "SELECT attachment.id FROM named_attachment AS named JOIN attachment ON attachment.id = named.attachment \
             WHERE have < sealed_bytes AND trashed IS NULL GROUP BY attachment.id ORDER BY max(at) DESC, attachment.id",
            [],
            |row| id(row, 0, AttachmentId::from_bytes),
        )
    }

    /// What is still to be sent, and what is still to be fetched.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn attachments_waiting(&self) -> Result<(Carried, Carried), StoreError> {
        let carried = |sql| {
            self.exactly(sql, [], |row| {
                Ok(Carried {
                    count: row.get(0)?,
                    bytes: row.get(1)?,
                })
            })
        };
        Ok((
            carried(
                "SELECT count(*), coalesce(sum(sealed_bytes - sent), 0) FROM attachment \
                 WHERE have = sealed_bytes AND sent < sealed_bytes AND EXISTS \
                 (SELECT 1 FROM named_attachment AS named JOIN document ON document.id = named.document \
                 WHERE named.attachment = attachment.id AND held <> edition + 1)",
            )?,
            carried(
                "SELECT count(*), coalesce(sum(sealed_bytes - have), 0) FROM attachment WHERE have < sealed_bytes AND EXISTS \
                 (SELECT 1 FROM named_attachment AS named WHERE named.attachment = attachment.id AND trashed IS NULL)",
            )?,
        ))
    }

    /// How many attachments something is known against, by what it is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn attachment_troubles(&self) -> Result<Vec<(u8, u64)>, StoreError> {
        self.all(
            "SELECT trouble, count(*) FROM attachment WHERE trouble > 0 GROUP BY trouble ORDER BY trouble",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
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

    /// Whether an entry names an attachment that is not here whole, and of which it is not known yet whether the relay holds it under the
    /// present edition.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn waits_for_holds(&self, document: DocumentId) -> Result<bool, StoreError> {
        self.exactly(
            "SELECT EXISTS (SELECT 1 FROM named_attachment AS named JOIN attachment ON attachment.id = named.attachment \
             JOIN document ON document.id = named.document WHERE document.id = ?1 AND have < sealed_bytes AND held <> edition + 1)",
            [document.as_bytes()],
            |row| row.get(0),
        )
    }

    /// Every attachment of which something is here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn attachments_here(&self) -> Result<Vec<AttachmentRow>, StoreError> {
        self.all(
            "SELECT id, blob, sha256, bytes, sealed_bytes, have, sent, wanted, kept, trouble FROM attachment WHERE have > 0",
            [],
            attachment,
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
    /// Puts an attachment in the place of the one with its id, or beside the others. A small picture stays.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub fn put_attachment(&self, row: &AttachmentRow) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO attachment (id, blob, sha256, bytes, sealed_bytes, have, sent, wanted, kept, trouble) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO UPDATE \
             SET have = ?6, sent = ?7, wanted = ?8, kept = ?9, trouble = ?10",
            params![
                row.id.as_bytes(),
                row.blob.as_bytes(),
                row.sha256,
                row.bytes,
                row.sealed_bytes,
                row.have,
                row.sent,
                row.wanted,
                row.kept.0,
                row.trouble as u8,
            ],
        )?;
        Ok(())
    }

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

    /// Keeps the small picture of an attachment, or takes it away; whether there is such an attachment.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn set_thumbnail(&self, id: AttachmentId, thumbnail: Option<&[u8]>) -> Result<bool, StoreError> {
        let changed = self.run(
            "UPDATE attachment SET thumbnail = ?2 WHERE id = ?1",
            params![id.as_bytes(), thumbnail],
        )?;
        Ok(changed == 1)
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

    /// Removes what is known of an attachment, its small picture too; its file is another thing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_attachment(&self, id: AttachmentId) -> Result<(), StoreError> {
        self.run("DELETE FROM attachment WHERE id = ?1", [id.as_bytes()])?;
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
