//! The fields of flat documents: the profile, settings, relationships.

use super::columns::{damaged, id, unknown, unknown_column};
use super::{StoreError, Tx, View};
use crate::id::{AttachmentId, DocumentId};
use crate::journal::Unknown;
use crate::profile::{Field, Fields, NamedContent, named_contents};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Row, ToSql, params};

impl View<'_> {
    /// The fields of a flat document, and what a newer version added to them.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn fields(&self, document: DocumentId) -> Result<Option<(Fields, Unknown)>, StoreError> {
        let set = self.one(
            "SELECT unknown FROM field_set WHERE document = ?1",
            [document.as_bytes()],
            |row| unknown(row, 0),
        )?;
        let Some(unknown) = set else {
            return Ok(None);
        };
        let fields = self.all(
            "SELECT name, value FROM field WHERE document = ?1",
            [document.as_bytes()],
            |row| Ok((row.get(0)?, field(row, 1)?)),
        )?;
        Ok(Some((fields.into_iter().collect(), unknown)))
    }
}

impl Tx<'_> {
    /// Puts the fields of a flat document in the place of those it had.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_fields(&self, document: DocumentId, fields: &Fields, unknown: &Unknown) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO field_set (document, unknown) VALUES (?1, ?2)",
            params![document.as_bytes(), unknown_column(unknown)?],
        )?;
        self.run("DELETE FROM field WHERE document = ?1", [document.as_bytes()])?;
        for (name, field) in fields {
            self.run(
                "INSERT INTO field (document, name, value) VALUES (?1, ?2, ?3)",
                params![document.as_bytes(), name, Value(field)],
            )?;
        }
        self.name_attachments(document, &named_contents(fields))
    }

    /// Notes which attachments a flat document names now.
    fn name_attachments(&self, document: DocumentId, named: &[NamedContent]) -> Result<(), StoreError> {
        let former = self.all(
            "SELECT attachment FROM flat_attachment WHERE document = ?1",
            [document.as_bytes()],
            |row| id(row, 0, AttachmentId::from_bytes),
        )?;
        for gone in former
            .iter()
            .filter(|former| named.iter().all(|one| one.id != **former))
        {
            self.run(
                "INSERT OR IGNORE INTO attachment_release (blob, document, edition) \
                 SELECT blob, document.id, CASE WHEN held > 0 THEN held - 1 ELSE edition END FROM flat_attachment AS flat \
                 JOIN attachment ON attachment.id = flat.attachment JOIN document ON document.id = flat.document \
                 WHERE flat.attachment = ?1 AND flat.document = ?2",
                params![gone.as_bytes(), document.as_bytes()],
            )?;
            self.run(
                "DELETE FROM flat_attachment WHERE attachment = ?1 AND document = ?2",
                params![gone.as_bytes(), document.as_bytes()],
            )?;
        }
        for one in named {
            self.run(
                "INSERT INTO flat_attachment (attachment, document, sha256, bytes, held) VALUES (?1, ?2, ?3, ?4, 0) \
                 ON CONFLICT (attachment, document) DO NOTHING",
                params![one.id.as_bytes(), document.as_bytes(), one.sha256, one.bytes],
            )?;
            self.attachment_is_named(one.id, document)?;
        }
        Ok(())
    }
}

fn field(row: &Row<'_>, column: usize) -> rusqlite::Result<Field> {
    match row.get_ref(column)? {
        ValueRef::Text(_) => row.get(column).map(Field::Text),
        ValueRef::Integer(number) => Ok(Field::Number(number)),
        ValueRef::Blob(bytes) => Ok(Field::Bytes(bytes.to_vec())),
        ValueRef::Null | ValueRef::Real(_) => Err(damaged(column)),
    }
}

/// A field as a value of SQLite.
struct Value<'a>(&'a Field);

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Field::Text(text) => ValueRef::Text(text.as_bytes()),
            Field::Number(number) => ValueRef::Integer(*number),
            Field::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
