//! Spaces beginning, and who may use them. How they end stands in [`super::closing`].

use std::collections::BTreeMap;

use cairn_wire::bounds::ACCESS_KEYS_MAX;
use cairn_wire::message::{Access, RefusalCode};
use cairn_wire::{HEADER_BYTES, Header, PublicKey, chain_0};
use rusqlite::Connection;

use super::StoreError;
use super::append::{Ground, Outcomes, open_space};
use super::command::{AccessChange, Create, Done, Refused};
use super::space::Spaces;
use super::sqlite::row::{SPACE_NO_MAX, log_key, side_number};
use crate::clock;

/// Begins a space. For one that is there already: its state, if the signing key administers it; its epoch does not go back, and goes up to
/// the one that was asked for, which a store that was put back has forgotten, as long as nothing has come since. After that it goes up by
/// its own call alone.
pub(super) fn create(connection: &Connection, spaces: &mut Spaces, ground: Ground, create: &Create) -> Outcomes {
    if let Some(space) = spaces.get(connection, &create.space)? {
        let signer = create.access.first().map(|access| access.key);
        if !signer.is_some_and(|key| space.administers(&key)) {
            return Ok(Err(Refused::new(RefusalCode::Conflict)));
        }
        if space.is_closed {
            return Ok(Err(Refused::SPACE_CLOSED));
        }
        if create.epoch > space.epoch && is_untouched(connection, space, ground.incarnation)? {
            space.epoch = create.epoch;
            space.change();
        }
        return Ok(Ok(Done::Space {
            epoch: space.epoch,
            head: space.head(ground.incarnation, create.now_ms),
            is_closed: false,
        }));
    }
    let no: i64 = connection
        .prepare_cached("SELECT coalesce(max(no), 0) + 1 FROM space")?
        .query_row([], |row| row.get(0))?;
    if no > SPACE_NO_MAX {
        return Ok(Err(Refused::UNAVAILABLE));
    }
    connection
        .prepare_cached(
            "INSERT INTO space (no, id, n, chain, epoch, access_version, closed, bytes_0, bytes_1, indexed_upto)
             VALUES (?1, ?2, 0, ?3, ?4, 1, 0, 0, 0, 0)",
        )?
        .execute((
            no,
            create.space.as_bytes(),
            chain_0(&create.space).as_bytes(),
            create.epoch,
        ))?;
    for access in &create.access {
        put_access(connection, no, access, create.now_ms)?;
    }
    let Some(space) = spaces.get(connection, &create.space)? else {
        return Err(StoreError::Damaged);
    };
    Ok(Ok(Done::Space {
        epoch: space.epoch,
        head: space.head(ground.incarnation, create.now_ms),
        is_closed: false,
    }))
}

/// Whether nothing has come to a space in this incarnation of the store.
fn is_untouched(connection: &Connection, space: &super::space::Space, incarnation: u32) -> Result<bool, StoreError> {
    if space.n == 0 {
        return Ok(true);
    }
    let header: Vec<u8> = connection
        .prepare_cached("SELECT header FROM log WHERE key = ?1")?
        .query_row([log_key(space.no, space.n)?], |row| row.get(0))?;
    let header: [u8; HEADER_BYTES] = header.try_into().map_err(|_| StoreError::Damaged)?;
    let header = Header::decode(&header).map_err(|_| StoreError::Damaged)?;
    Ok(header.incarnation < incarnation)
}

/// Changes who may use a space, if it is still at the version the change was made for.
pub(super) fn access(connection: &Connection, spaces: &mut Spaces, ground: Ground, change: &AccessChange) -> Outcomes {
    let space = match open_space(connection, spaces, &change.space, &change.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    if !space.administers(&change.key) {
        return Ok(Err(Refused::NOT_AUTHORISED));
    }
    let conflict = Refused::with(RefusalCode::Conflict, space.access_version);
    if change.version != space.access_version {
        return Ok(Err(conflict));
    }
    let mut after: BTreeMap<PublicKey, Access> = if change.only {
        BTreeMap::new()
    } else {
        space.access.clone()
    };
    for access in &change.add {
        after.insert(access.key, *access);
    }
    for key in &change.remove {
        after.remove(key);
    }
    if after.len() > ACCESS_KEYS_MAX {
        let limit = ACCESS_KEYS_MAX as u64;
        return Ok(Err(Refused::with(RefusalCode::TooLarge, limit)));
    }
    if !after.values().any(|access| access.administer) {
        return Ok(Err(conflict));
    }
    let gone = space.access.keys().filter(|key| !after.contains_key(key));
    let removed: Vec<PublicKey> = gone.copied().collect();
    for key in &removed {
        for table in ["access", "ack"] {
            connection.execute(
                &format!("DELETE FROM {table} WHERE space_no = ?1 AND key = ?2"),
                (space.no, key.as_bytes()),
            )?;
        }
    }
    for access in after.values() {
        if space.access.get(&access.key) != Some(access) {
            put_access(connection, space.no, access, change.now_ms)?;
        }
    }
    space.access = after;
    space.access_version += 1;
    space.change();
    Ok(Ok(Done::Access {
        version: space.access_version,
        head: space.head(ground.incarnation, change.now_ms),
        removed,
    }))
}

/// Writes one key's access; a new key has acknowledged nothing and holds bodies back from today on.
fn put_access(connection: &Connection, space_no: i64, access: &Access, now_ms: u64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO access (space_no, key, side, administer) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET side = excluded.side, administer = excluded.administer",
        )?
        .execute((
            space_no,
            access.key.as_bytes(),
            side_number(access.side),
            access.administer,
        ))?;
    connection
        .prepare_cached("INSERT INTO ack (space_no, key, n, day) VALUES (?1, ?2, 0, ?3) ON CONFLICT DO NOTHING")?
        .execute((space_no, access.key.as_bytes(), clock::day(now_ms)))?;
    Ok(())
}
