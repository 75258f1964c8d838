//! The whole journal in order, by name alone.

use super::columns::id;
use super::{StoreError, View};
use crate::id::EntryId;

impl View<'_> {
    /// The ids of all entries, oldest first by when they happened; with `trash`, those in the trash among them.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn ids_oldest_first(&self, trash: bool) -> Result<Vec<EntryId>, StoreError> {
        let sql = if trash {
            "SELECT id FROM entry ORDER BY at, id"
        } else {
            "SELECT id FROM entry WHERE trashed IS NULL ORDER BY at, id"
        };
        self.all(sql, [], |row| id(row, 0, EntryId::from_bytes))
    }
}
