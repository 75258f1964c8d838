//! Rows of blobs, and of which slots hold them.

use cairn_wire::message::Side;
use cairn_wire::{BlobId, SlotId, SpaceId};
use tokio_postgres::{Client, Row};

use super::migrate::LOCK;
use super::transaction::Transaction;
use super::values::{day, day_of, fixed, int, most as limit, number, side, side_number};
use crate::store::StoreError;
use crate::store::blob_bytes::Left;
use crate::store::command::BlobNow;
use crate::store::rows::{Blob, BlobRows, Hold};
use crate::store::space::Space;

impl BlobRows for Transaction<'_> {
    fn blob(&self, space: &Space, id: &BlobId) -> Result<Option<Blob>, StoreError> {
        let row = self.query_opt(FIND, &[&space.id.as_bytes().as_slice(), &id.as_bytes().as_slice()])?;
        row.map(|row| blob_of(&row)).transpose()
    }

    fn begin_blob(&self, space: &Space, side: Side, id: &BlobId, total: u64, on: u64) -> Result<u64, StoreError> {
        let row = self.query_one(
            "INSERT INTO blob (space, id, side, file, total, have, day)
             VALUES ($1, $2, $3, nextval('blob_file'), $4, 0, $5) RETURNING file",
            &[
                &space.id.as_bytes().as_slice(),
                &id.as_bytes().as_slice(),
                &side_number(side),
                &int(total)?,
                &day(on)?,
            ],
        )?;
        number(&row, 0)
    }

    fn fill_blob(&self, space: &Space, id: &BlobId, have: u64, on: u64) -> Result<(), StoreError> {
        self.execute(
            "UPDATE blob SET have = $3, day = greatest(day, $4) WHERE space = $1 AND id = $2",
            &[
                &space.id.as_bytes().as_slice(),
                &id.as_bytes().as_slice(),
                &int(have)?,
                &day(on)?,
            ],
        )?;
        Ok(())
    }

    fn drop_blob(&self, space: &Space, id: &BlobId) -> Result<u64, StoreError> {
        let row = self.query_one(
            "WITH gone AS (DELETE FROM blob WHERE space = $1 AND id = $2 RETURNING file, total),
                  noted AS (INSERT INTO blob_gone (file) SELECT file FROM gone)
             SELECT total FROM gone",
            &[&space.id.as_bytes().as_slice(), &id.as_bytes().as_slice()],
        )?;
        number(&row, 0)
    }

    fn drop_blobs(&self, space: &Space) -> Result<(), StoreError> {
        let id = space.id.as_bytes().as_slice();
        self.execute(
            "WITH gone AS (DELETE FROM blob WHERE space = $1 RETURNING file)
             INSERT INTO blob_gone (file) SELECT file FROM gone",
            &[&id],
        )?;
        self.execute("DELETE FROM blob_hold WHERE space = $1", &[&id])?;
        Ok(())
    }

    fn is_held(&self, space: &Space, hold: &Hold) -> Result<bool, StoreError> {
        let (space, slot, side, blob) = key(space, hold);
        let row = self.query_opt(
            "SELECT 1 FROM blob_hold WHERE space = $1 AND slot = $2 AND side = $3 AND blob = $4",
            &[&space, &slot, &side, &blob],
        )?;
        Ok(row.is_some())
    }

    fn hold(&self, space: &Space, hold: &Hold) -> Result<(), StoreError> {
        let (space, slot, side, blob) = key(space, hold);
        self.execute(
            "INSERT INTO blob_hold (space, slot, side, blob) VALUES ($1, $2, $3, $4)",
            &[&space, &slot, &side, &blob],
        )?;
        Ok(())
    }

    fn let_go(&self, space: &Space, hold: &Hold) -> Result<bool, StoreError> {
        let (space, slot, side, blob) = key(space, hold);
        let held = self.execute(
            "DELETE FROM blob_hold WHERE space = $1 AND slot = $2 AND side = $3 AND blob = $4",
            &[&space, &slot, &side, &blob],
        )?;
        Ok(held > 0)
    }

    fn holds(&self, space: &Space, id: &BlobId) -> Result<Vec<Hold>, StoreError> {
        let rows = self.query(
            "SELECT slot, side FROM blob_hold WHERE space = $1 AND blob = $2 ORDER BY slot, side",
            &[&space.id.as_bytes().as_slice(), &id.as_bytes().as_slice()],
        )?;
        let holds = rows.iter().map(|row| {
            Ok(Hold {
                slot: SlotId::from_bytes(fixed(row, 0)?),
                side: side(row, 1)?,
                blob: *id,
            })
        });
        holds.collect()
    }

    fn held(&self, space: &Space, slot: &SlotId, side: Side) -> Result<Vec<BlobId>, StoreError> {
        let rows = self.query(
            "SELECT blob FROM blob_hold WHERE space = $1 AND slot = $2 AND side = $3 ORDER BY blob",
            &[
                &space.id.as_bytes().as_slice(),
                &slot.as_bytes().as_slice(),
                &side_number(side),
            ],
        )?;
        rows.iter().map(|row| Ok(BlobId::from_bytes(fixed(row, 0)?))).collect()
    }

    fn unfinished(&self, before_day: u64, most: usize) -> Result<Vec<(SpaceId, BlobId)>, StoreError> {
        let rows = self.query(
            "SELECT space, id FROM blob WHERE have < total AND day < $1 ORDER BY space LIMIT $2",
            &[&day(before_day)?, &limit(most)],
        )?;
        rows.iter()
            .map(|row| Ok((SpaceId::from_bytes(fixed(row, 0)?), BlobId::from_bytes(fixed(row, 1)?))))
            .collect()
    }

    fn gone(&self) -> Result<Vec<u64>, StoreError> {
        let rows = self.query("SELECT file FROM blob_gone", &[])?;
        rows.iter().map(|row| number(row, 0)).collect()
    }

    fn forget_gone(&self, files: &[u64]) -> Result<(), StoreError> {
        let files: Vec<_> = files.iter().map(|file| int(*file)).collect::<Result<_, _>>()?;
        self.execute("DELETE FROM blob_gone WHERE file = ANY ($1)", &[&files])?;
        Ok(())
    }
}

/// The last number that was given to a blob.
pub(super) async fn numbers_begun(client: &Client) -> Result<u64, StoreError> {
    number(&client.query_one("SELECT last_value FROM blob_file", &[]).await?, 0)
}

/// Gives no number up to this one from now on. One node at a time, so that none sets back what another has raised.
pub(super) async fn begin_numbers_after(client: &mut Client, least: u64) -> Result<(), StoreError> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    if numbers_begun(transaction.client()).await? < least {
        transaction
            .query("SELECT setval('blob_file', $1)", &[&int(least)?])
            .await?;
    }
    Ok(transaction.commit().await?)
}

/// Counts of each blob in a bucket what `there` says is left of it, where that is less, as if its last part had come today.
pub(super) async fn count_what_is_there(
    client: &mut Client,
    today: u64,
    there: &mut Left<'_>,
) -> Result<(), StoreError> {
    let transaction = client.transaction().await?;
    for row in transaction.query("SELECT space, id, file, have FROM blob", &[]).await? {
        let Some(have) = there(number(&row, 2)?, number(&row, 3)?) else {
            continue;
        };
        let (space, id): (&[u8], &[u8]) = (row.try_get(0)?, row.try_get(1)?);
        transaction
            .execute(
                "UPDATE blob SET have = $3, day = greatest(day, $4) WHERE space = $1 AND id = $2",
                &[&space, &id, &int(have)?, &day(today)?],
            )
            .await?;
    }
    Ok(transaction.commit().await?)
}

/// A blob's row, of its space and id.
pub(super) const FIND: &str = "SELECT side, file, have, total, day FROM blob WHERE space = $1 AND id = $2";

/// A row that [`FIND`] found.
pub(super) fn blob_of(row: &Row) -> Result<Blob, StoreError> {
    Ok(Blob {
        side: side(row, 0)?,
        now: BlobNow {
            file: number(row, 1)?,
            have: number(row, 2)?,
            total: number(row, 3)?,
        },
        day: day_of(row, 4)?,
    })
}

const fn key<'a>(space: &'a Space, hold: &'a Hold) -> (&'a [u8], &'a [u8], i16, &'a [u8]) {
    let Hold { slot, side, blob } = hold;
    let (space, slot, blob) = (space.id.as_bytes(), slot.as_bytes(), blob.as_bytes());
    (space.as_slice(), slot.as_slice(), side_number(*side), blob.as_slice())
}
