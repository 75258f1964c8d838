//! What an operator asks of a store beside the relay that may have it open.

use std::path::Path;

use super::Relay;
use crate::store::{self, BackupError, Checked, Copied, Finding, StoreConfig, StoreError};

impl Relay {
    /// Copies the store in SQLite that `config` names into `target`, which must not be there or be empty, while a relay has it open or not. A relay that
    /// opens the copy begins another incarnation by itself.
    ///
    /// # Errors
    /// [`BackupError`]: there is no copy then, and nothing of one. [`StoreError::NotInFolder`] where `config` names a database.
    pub fn backup(config: &StoreConfig, target: &Path) -> Result<Copied, BackupError> {
        store::backup(config, target, &mut || ())
    }

    /// Looks for what no relay would have written in the store that `config` names, in SQLite or PostgreSQL, while relays have it open or not, and tells each
    /// finding to `say`. Writes nothing.
    ///
    /// # Errors
    /// [`StoreError`] where the store could not be looked at at all: [`StoreError::Folder`] or [`StoreError::NoStore`] where there is none.
    pub fn check(config: &StoreConfig, mut say: impl FnMut(&Finding)) -> Result<Checked, StoreError> {
        store::check(config, &mut say)
    }
}
