//! Rows of spaces, of who may use them, and of what they have read.

use std::cell::RefCell;
use std::collections::BTreeMap;

use cairn_wire::message::Access;
use cairn_wire::{ChainHash, PublicKey, SpaceId, chain_0};
use deadpool_postgres::Object;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::transaction::Transaction;
use super::values::{day, fixed, int, maybe_day, maybe_number, number, side, side_number};
use crate::store::StoreError;
use crate::store::rows::SpaceRows;
use crate::store::space::Space;
use crate::store::tail::Tail;

/// What loads a space and locks it.
pub(super) struct Loading {
    lock: Statement,
    access: Statement,
}

impl Loading {
    pub(super) async fn prepare(client: &Object) -> Result<Self, StoreError> {
        Ok(Self {
            lock: client
                .prepare_cached(
                    "SELECT n, chain, epoch, access_version, closed, bytes_0, bytes_1, closes_ms, closed_day
                     FROM space WHERE id = $1 FOR UPDATE",
                )
                .await?,
            access: client
                .prepare_cached("SELECT key, side, administer FROM access WHERE space = $1")
                .await?,
        })
    }

    /// The space, whose row is locked from now on. Who may use it is a question of its own behind the lock: asked in one with it,
    /// it would be answered as things stood before the wait.
    pub(super) async fn load(&self, client: &Object, id: &SpaceId) -> Result<Option<Space>, StoreError> {
        let key = id.as_bytes().as_slice();
        let params: [&(dyn ToSql + Sync); 1] = [&key];
        let (space, access) = tokio::join!(
            biased;
            client.query_opt(&self.lock, &params),
            client.query(&self.access, &params),
        );
        let (space, access) = (space?, access?);
        space.map(|row| space_of(id, &row, &access)).transpose()
    }
}

fn space_of(id: &SpaceId, row: &Row, access: &[Row]) -> Result<Space, StoreError> {
    let n = number(row, 0)?;
    let access = access.iter().map(|row| {
        let access = Access {
            key: PublicKey::from_bytes(fixed(row, 0)?),
            side: side(row, 1)?,
            administer: row.try_get(2)?,
        };
        Ok((access.key, access))
    });
    Ok(Space {
        no: 0,
        id: *id,
        n,
        chain: ChainHash::from_bytes(fixed(row, 1)?),
        epoch: u32::try_from(number(row, 2)?).map_err(|_| StoreError::Damaged)?,
        access_version: number(row, 3)?,
        is_closed: row.try_get(4)?,
        closes_ms: maybe_number(row, 7)?,
        closed_day: maybe_day(row, 8)?,
        bytes: [number(row, 5)?, number(row, 6)?],
        access: access.collect::<Result<BTreeMap<_, _>, StoreError>>()?,
        indexed_upto: n,
        tail: Tail::default(),
        names: RefCell::default(),
        // Not counted: whether a slot is one of them was looked up with the space.
        closed_slots: 1,
        is_changed: false,
        last_used: 0,
    })
}

impl SpaceRows for Transaction<'_> {
    fn space(&self, id: &SpaceId) -> Result<Option<Space>, StoreError> {
        self.locked(id)
    }

    /// Where another node begins it at the same moment, one of the two fails here, and finds it when it tries again.
    fn begin_space(&self, id: &SpaceId, epoch: u32) -> Result<bool, StoreError> {
        self.execute(
            "INSERT INTO space (id, n, chain, epoch, access_version, closed, bytes_0, bytes_1)
             VALUES ($1, 0, $2, $3, 1, false, 0, 0)",
            &[
                &id.as_bytes().as_slice(),
                &chain_0(id).as_bytes().as_slice(),
                &i64::from(epoch),
            ],
        )?;
        Ok(true)
    }

    fn write_space(&self, space: &Space) -> Result<(), StoreError> {
        self.write_later(space, |writes| writes.row(space))
    }

    fn put_access(&self, space: &Space, access: &Access, on: u64) -> Result<(), StoreError> {
        let (id, key) = (space.id.as_bytes().as_slice(), access.key.as_bytes().as_slice());
        self.execute(
            "INSERT INTO access (space, key, side, administer) VALUES ($1, $2, $3, $4)
             ON CONFLICT (space, key) DO UPDATE SET side = excluded.side, administer = excluded.administer",
            &[&id, &key, &side_number(access.side), &access.administer],
        )?;
        self.execute(
            "INSERT INTO ack (space, key, n, day) VALUES ($1, $2, 0, $3) ON CONFLICT (space, key) DO NOTHING",
            &[&id, &key, &day(on)?],
        )?;
        Ok(())
    }

    fn drop_access(&self, space: &Space, key: &PublicKey) -> Result<(), StoreError> {
        let (id, key) = (space.id.as_bytes().as_slice(), key.as_bytes().as_slice());
        self.execute("DELETE FROM access WHERE space = $1 AND key = $2", &[&id, &key])?;
        self.execute("DELETE FROM ack WHERE space = $1 AND key = $2", &[&id, &key])?;
        self.execute("DELETE FROM wake WHERE space = $1 AND key = $2", &[&id, &key])?;
        self.execute("DELETE FROM session WHERE space = $1 AND key = $2", &[&id, &key])?;
        Ok(())
    }

    fn put_ack(&self, space: &Space, key: &PublicKey, n: u64, on: u64) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO ack (space, key, n, day) VALUES ($1, $2, $3, $4)
             ON CONFLICT (space, key) DO UPDATE SET n = excluded.n, day = greatest(ack.day, excluded.day)
             WHERE excluded.n > ack.n OR (excluded.n = ack.n AND excluded.day > ack.day)",
            &[
                &space.id.as_bytes().as_slice(),
                &key.as_bytes().as_slice(),
                &int(n)?,
                &day(on)?,
            ],
        )?;
        Ok(())
    }
}
