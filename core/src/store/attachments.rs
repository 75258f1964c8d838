//! Attachments: how much of each is where. Their files stand in `files.rs`, what names them in `naming.rs`.

use super::columns::{damaged, id};
use super::naming::Held;
use super::{StoreError, Tx, View};
use crate::clock::Timestamp;
use crate::id::{AttachmentId, DocumentId};
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

    /// Whether all of it is on this device, and nothing is known against its file.
    pub fn is_sound(&self) -> bool {
        self.is_here() && self.trouble != Trouble::Lost
    }
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

    /// What is not held at the relay under every entry that names it, that of the newest entries first: what is here whole, and of what is
    /// not, or did not open, what an entry names that began anew, because the relay may hold it under the edition before alone.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn attachments_to_send(&self) -> Result<Vec<Held>, StoreError> {
        self.all(
            "SELECT attachment.id, document.id, edition FROM named_attachment AS named \
             JOIN attachment ON attachment.id = named.attachment JOIN document ON document.id = named.document \
             WHERE (have = sealed_bytes AND trouble <> 3 OR edition > 0) AND held <> edition + 1 ORDER BY at DESC, attachment.id, document.id",
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

    /// Removes what is known of an attachment, its small picture too; its file is another thing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_attachment(&self, id: AttachmentId) -> Result<(), StoreError> {
        self.run("DELETE FROM attachment WHERE id = ?1", [id.as_bytes()])?;
        Ok(())
    }
}
