//! Rows of what wakes devices.

use cairn_wire::{PublicKey, RegistrationId};
use rusqlite::{Connection, OptionalExtension as _};

use crate::store::StoreError;
use crate::store::command::Registered;
use crate::store::rows::WakeRows;
use crate::store::space::Space;

impl WakeRows for Connection {
    fn registration(
        &self,
        space: &Space,
        key: &PublicKey,
        registration: &RegistrationId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .prepare_cached("SELECT sealed FROM wake WHERE space_no = ?1 AND key = ?2 AND registration = ?3")?
            .query_row((space.no, key.as_bytes(), registration.as_bytes()), |row| row.get(0))
            .optional()?)
    }

    fn put_registration(&self, space: &Space, registered: &Registered, day: u64) -> Result<(), StoreError> {
        self.prepare_cached(
            "INSERT OR REPLACE INTO wake (space_no, key, registration, alone, day, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            space.no,
            registered.key.as_bytes(),
            registered.registration.as_bytes(),
            registered.is_alone,
            day,
            &registered.sealed,
        ))?;
        Ok(())
    }

    fn drop_registration(
        &self,
        space: &Space,
        key: &PublicKey,
        registration: &RegistrationId,
    ) -> Result<(), StoreError> {
        self.prepare_cached("DELETE FROM wake WHERE space_no = ?1 AND key = ?2 AND registration = ?3")?
            .execute((space.no, key.as_bytes(), registration.as_bytes()))?;
        Ok(())
    }

    fn forget_oldest_registrations(
        &self,
        space: &Space,
        key: &PublicKey,
        but: &RegistrationId,
        keep: usize,
    ) -> Result<(), StoreError> {
        self.prepare_cached(
            "DELETE FROM wake WHERE space_no = ?1 AND key = ?2 AND registration IN
               (SELECT registration FROM wake WHERE space_no = ?1 AND key = ?2 AND registration <> ?3
                ORDER BY day DESC, registration LIMIT -1 OFFSET ?4)",
        )?
        .execute((space.no, key.as_bytes(), but.as_bytes(), keep))?;
        Ok(())
    }

    fn registrations(&self, space: &Space, since_day: u64) -> Result<Vec<Registered>, StoreError> {
        self.prepare_cached("SELECT key, registration, alone, sealed FROM wake WHERE space_no = ?1 AND day >= ?2")?
            .query_map((space.no, since_day), |row| {
                Ok(Registered {
                    key: PublicKey::from_bytes(row.get(0)?),
                    registration: RegistrationId::from_bytes(row.get(1)?),
                    is_alone: row.get(2)?,
                    sealed: row.get(3)?,
                })
            })?
            .map(|row| row.map_err(StoreError::from))
            .collect()
    }

    fn drop_registrations_before(&self, day: u64, most: usize) -> Result<usize, StoreError> {
        Ok(self
            .prepare_cached(
                "DELETE FROM wake WHERE (space_no, key, registration) IN
                   (SELECT space_no, key, registration FROM wake WHERE day < ?1 LIMIT ?2)",
            )?
            .execute((day, most))?)
    }

    fn drop_registrations(&self, space: &Space) -> Result<(), StoreError> {
        self.prepare_cached("DELETE FROM wake WHERE space_no = ?1")?
            .execute([space.no])?;
        Ok(())
    }
}
