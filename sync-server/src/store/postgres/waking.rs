//! Rows of what wakes devices.

use cairn_wire::{PublicKey, RegistrationId};

use super::transaction::Transaction;
use super::values::{day, fixed, most as limit};
use crate::store::StoreError;
use crate::store::command::Registered;
use crate::store::rows::WakeRows;
use crate::store::space::Space;

impl WakeRows for Transaction<'_> {
    fn registration(
        &self,
        space: &Space,
        key: &PublicKey,
        registration: &RegistrationId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.query_opt(
            "SELECT sealed FROM wake WHERE space = $1 AND key = $2 AND registration = $3",
            &[
                &id(space),
                &key.as_bytes().as_slice(),
                &registration.as_bytes().as_slice(),
            ],
        )?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    fn put_registration(&self, space: &Space, registered: &Registered, on: u64) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO wake (space, key, registration, alone, day, sealed) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (space, key, registration)
             DO UPDATE SET alone = excluded.alone, day = excluded.day, sealed = excluded.sealed",
            &[
                &id(space),
                &registered.key.as_bytes().as_slice(),
                &registered.registration.as_bytes().as_slice(),
                &registered.is_alone,
                &day(on)?,
                &registered.sealed,
            ],
        )?;
        Ok(())
    }

    fn drop_registration(
        &self,
        space: &Space,
        key: &PublicKey,
        registration: &RegistrationId,
    ) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM wake WHERE space = $1 AND key = $2 AND registration = $3",
            &[
                &id(space),
                &key.as_bytes().as_slice(),
                &registration.as_bytes().as_slice(),
            ],
        )?;
        Ok(())
    }

    fn forget_oldest_registrations(
        &self,
        space: &Space,
        key: &PublicKey,
        but: &RegistrationId,
        keep: usize,
    ) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM wake WHERE space = $1 AND key = $2 AND registration IN
               (SELECT registration FROM wake WHERE space = $1 AND key = $2 AND registration <> $3
                ORDER BY day DESC, registration OFFSET $4)",
            &[
                &id(space),
                &key.as_bytes().as_slice(),
                &but.as_bytes().as_slice(),
                &limit(keep),
            ],
        )?;
        Ok(())
    }

    fn registrations(&self, space: &Space, since_day: u64) -> Result<Vec<Registered>, StoreError> {
        let rows = self.query(
            "SELECT key, registration, alone, sealed FROM wake WHERE space = $1 AND day >= $2",
            &[&id(space), &day(since_day)?],
        )?;
        let registered = rows.iter().map(|row| {
            Ok(Registered {
                key: PublicKey::from_bytes(fixed(row, 0)?),
                registration: RegistrationId::from_bytes(fixed(row, 1)?),
                is_alone: row.try_get(2)?,
                sealed: row.try_get(3)?,
            })
        });
        registered.collect()
    }

    fn drop_registrations_before(&self, before: u64, most: usize) -> Result<usize, StoreError> {
        let dropped = self.execute(
            "DELETE FROM wake WHERE (space, key, registration) IN
               (SELECT space, key, registration FROM wake WHERE day < $1 LIMIT $2)",
            &[&day(before)?, &limit(most)],
        )?;
        Ok(usize::try_from(dropped).unwrap_or(usize::MAX))
    }

    fn drop_registrations(&self, space: &Space) -> Result<(), StoreError> {
        self.execute("DELETE FROM wake WHERE space = $1", &[&id(space)])?;
        Ok(())
    }
}

const fn id(space: &Space) -> &[u8] {
    space.id.as_bytes().as_slice()
}
