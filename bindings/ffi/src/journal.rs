//! The journal.

use cairn_core::exchange::ImportFormat;
use cairn_core::id::EntryId;
use cairn_core::journal::SearchQuery;
use cairn_core::vault::Journal as CoreJournal;
use std::path::Path;
use uuid::Uuid;

use crate::background::background;
use crate::entry::core_count;
use crate::finding::core_filter;
use crate::history::core_version;
use crate::importing::{ImportOptions, bring_in};
use crate::{
    Cursor, Draft, Entry, EntryFilter, EntryForEditing, EntryPage, EntryQuery, ImportResult, SearchHit, VaultError,
};

/// What the person writes. Safe from any thread.
#[derive(Debug, uniffi::Object)]
pub struct Journal(pub(crate) CoreJournal);

#[uniffi::export]
impl Journal {
    /// Keeps a new entry; answers its id. When this returns, it survives a loss of power.
    pub async fn write(&self, draft: Draft) -> Result<Uuid, VaultError> {
        let id = self.0.write(draft.try_into()?).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Puts the draft in the place of what the entry said in this version, which `entry_for_editing` answered with it.
    /// What arrived from another device in between stays too.
    pub async fn revise(&self, id: Uuid, version: Vec<u8>, draft: Draft) -> Result<(), VaultError> {
        Ok(self
            .0
            .revise(entry_id(id), core_version(&version)?, draft.try_into()?)
            .await?)
    }

    /// Moves an entry to the trash.
    pub async fn trash(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.trash(entry_id(id)).await?)
    }

    /// Takes an entry back from the trash, as it was.
    pub async fn restore(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.restore(entry_id(id)).await?)
    }

    /// One entry; nothing when there is none with this id.
    pub async fn entry(&self, id: Uuid) -> Result<Option<Entry>, VaultError> {
        Ok(self.0.entry(entry_id(id)).await?.map(Entry::from))
    }

    /// One entry and what `revise` needs; nothing when there is none with this id.
    pub async fn entry_for_editing(&self, id: Uuid) -> Result<Option<EntryForEditing>, VaultError> {
        let found = self.0.entry_for_editing(entry_id(id)).await?;
        Ok(found.map(|(entry, version)| EntryForEditing {
            entry: entry.into(),
            version: version.to_bytes(),
        }))
    }

    /// A page of entries, newest first.
    pub async fn entries(&self, query: EntryQuery) -> Result<EntryPage, VaultError> {
        Ok(self.0.entries(query.try_into()?).await?.into())
    }

    /// The entries that hold all of these words, newest first, 1 to 500 of them. The last word may be the beginning of
    /// one, so that a search can follow the typing. There are no operators: whatever is typed is looked for, in any script.
    ///
    /// The next page comes after the last hit of the page before: a cursor of its `happened.at` and its id.
    #[uniffi::method(default(count = 50, filter = None, after = None))]
    pub async fn search(
        &self,
        words: String,
        count: i32,
        filter: Option<EntryFilter>,
        after: Option<Cursor>,
    ) -> Result<Vec<SearchHit>, VaultError> {
        let query = SearchQuery {
            words,
            count: core_count(count),
            after: after.map(Into::into),
            filter: core_filter(filter)?,
        };
        Ok(self.0.search(query).await?.into_iter().map(SearchHit::from).collect())
    }

    /// Brings the entries of a Day One export: the zip file at this path. Doing it twice is doing it once. Places and
    /// devices in the file stay behind. A file that cannot be read whole throws `Invalid`, and nothing was changed.
    pub async fn import_day_one(&self, path: String) -> Result<ImportResult, VaultError> {
        let journal = self.0.clone();
        let day_one = ImportOptions {
            format: Some(ImportFormat::DayOne.into()),
            ..ImportOptions::default()
        };
        background("cairn-import", move || {
            bring_in(&journal, Path::new(&path), day_one, None)
        })
        .await
    }
}

pub(crate) const fn entry_id(id: Uuid) -> EntryId {
    EntryId::from_bytes(id.into_bytes())
}
