//! Rows of spaces, of who may use them, and of what they have read.

use std::cell::RefCell;
use std::collections::BTreeMap;

use cairn_wire::message::Access;
use cairn_wire::{Header, PublicKey, SpaceId, chain_0};
use rusqlite::Connection;

use super::row::{SPACE_NO_MAX, chain, header_bytes, log_key, public_key, seq_of, side, side_number};
use crate::rule::Placed;
use crate::store::StoreError;
use crate::store::rows::SpaceRows;
use crate::store::space::Space;
use crate::store::tail::Tail;

impl SpaceRows for Connection {
    fn space(&self, id: &SpaceId) -> Result<Option<Space>, StoreError> {
        let mut statement = self.prepare_cached(
            "SELECT no, n, chain, epoch, access_version, closed, bytes_0, bytes_1, indexed_upto, closes_ms, closed_day
             FROM space WHERE id = ?1",
        )?;
        let mut rows = statement.query([id.as_bytes()])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let (no, n, indexed_upto) = (row.get(0)?, row.get(1)?, row.get(8)?);
        let closed_slots = self
            .prepare_cached("SELECT count(*) FROM slot_closed WHERE space_no = ?1")?
            .query_row([no], |row| row.get(0))?;
        Ok(Some(Space {
            no,
            id: *id,
            n,
            chain: chain(row, 2)?,
            epoch: row.get(3)?,
            access_version: row.get(4)?,
            is_closed: row.get(5)?,
            closes_ms: row.get(9)?,
            closed_day: row.get(10)?,
            bytes: [row.get(6)?, row.get(7)?],
            access: access_of(self, no)?,
            indexed_upto,
            tail: tail(self, no, indexed_upto, n)?,
            names: RefCell::default(),
            closed_slots,
            is_changed: false,
            last_used: 0,
        }))
    }

    fn begin_space(&self, id: &SpaceId, epoch: u32) -> Result<bool, StoreError> {
        let no: i64 = self
            .prepare_cached("SELECT coalesce(max(no), 0) + 1 FROM space")?
            .query_row([], |row| row.get(0))?;
        if no > SPACE_NO_MAX {
            return Ok(false);
        }
        self.prepare_cached(
            "INSERT INTO space (no, id, n, chain, epoch, access_version, closed, bytes_0, bytes_1, indexed_upto)
             VALUES (?1, ?2, 0, ?3, ?4, 1, 0, 0, 0, 0)",
        )?
        .execute((no, id.as_bytes(), chain_0(id).as_bytes(), epoch))?;
        Ok(true)
    }

    fn write_space(&self, space: &Space) -> Result<(), StoreError> {
        let mut names = space.names.borrow_mut();
        names.make_if_lacking(self, space.no, space.indexed_upto)?;
        self.prepare_cached(
            "UPDATE space SET n = ?2, chain = ?3, epoch = ?4, access_version = ?5, closed = ?6,
             bytes_0 = ?7, bytes_1 = ?8, indexed_upto = ?9, closes_ms = ?10, closed_day = ?11 WHERE no = ?1",
        )?
        .execute((
            space.no,
            space.n,
            space.chain.as_bytes(),
            space.epoch,
            space.access_version,
            space.is_closed,
            space.bytes[0],
            space.bytes[1],
            space.indexed_upto,
            space.closes_ms,
            space.closed_day,
        ))?;
        Ok(())
    }

    fn put_access(&self, space: &Space, access: &Access, day: u64) -> Result<(), StoreError> {
        self.prepare_cached(
            "INSERT INTO access (space_no, key, side, administer) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET side = excluded.side, administer = excluded.administer",
        )?
        .execute((
            space.no,
            access.key.as_bytes(),
            side_number(access.side),
            access.administer,
        ))?;
        self.prepare_cached("INSERT INTO ack (space_no, key, n, day) VALUES (?1, ?2, 0, ?3) ON CONFLICT DO NOTHING")?
            .execute((space.no, access.key.as_bytes(), day))?;
        Ok(())
    }

    fn drop_access(&self, space: &Space, key: &PublicKey) -> Result<(), StoreError> {
        for table in ["access", "ack", "wake"] {
            self.execute(
                &format!("DELETE FROM {table} WHERE space_no = ?1 AND key = ?2"),
                (space.no, key.as_bytes()),
            )?;
        }
        Ok(())
    }

    fn put_ack(&self, space: &Space, key: &PublicKey, n: u64, day: u64) -> Result<(), StoreError> {
        self.prepare_cached(
            "INSERT INTO ack (space_no, key, n, day) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET n = excluded.n, day = max(day, excluded.day)
             WHERE excluded.n > n OR (excluded.n = n AND excluded.day > day)",
        )?
        .execute((space.no, key.as_bytes(), n, day))?;
        Ok(())
    }
}

/// Who may use a space.
fn access_of(connection: &Connection, space_no: i64) -> Result<BTreeMap<PublicKey, Access>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT key, side, administer FROM access WHERE space_no = ?1")?;
    let mut rows = statement.query([space_no])?;
    let mut access = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let key = public_key(row, 0)?;
        access.insert(
            key,
            Access {
                key,
                side: side(row, 1)?,
                administer: row.get(2)?,
            },
        );
    }
    Ok(access)
}

/// The tail of a space: the rows after `indexed_upto`, whose bodies are not touched.
pub(super) fn tail(connection: &Connection, space_no: i64, indexed_upto: u64, n: u64) -> Result<Tail, StoreError> {
    let mut tail = Tail::default();
    if indexed_upto >= n {
        return Ok(tail);
    }
    let mut statement = connection
        .prepare_cached("SELECT key, day, side, stub, header FROM log WHERE key > ?1 AND key <= ?2 ORDER BY key")?;
    let mut rows = statement.query([log_key(space_no, indexed_upto)?, log_key(space_no, n)?])?;
    while let Some(row) = rows.next()? {
        let header = Header::decode(&header_bytes(row, 4)?).map_err(|_| StoreError::Damaged)?;
        let placed = Placed {
            slot: header.slot,
            side: side(row, 2)?,
            seq: seq_of(row.get(0)?),
        };
        tail.push(&header, &placed, row.get(1)?);
        if row.get::<_, i64>(3)? != 0 {
            tail.forget_body(&placed);
        }
    }
    Ok(tail)
}
