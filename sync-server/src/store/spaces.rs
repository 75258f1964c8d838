//! Spaces beginning, and who may use them. How they end stands in [`super::closing`].

use std::collections::BTreeMap;

use cairn_wire::PublicKey;
use cairn_wire::bounds::ACCESS_KEYS_MAX;
use cairn_wire::message::{Access, RefusalCode};

use super::StoreError;
use super::append::{Ground, Outcomes, open_space};
use super::command::{AccessChange, Create, Done, Refused};
use super::rows::Rows;
use super::space::Spaces;
use crate::clock;

/// Begins a space. For one that is there already: its state, if the signing key administers it; its epoch does not go back, and goes up to
/// the one that was asked for, which a store that was put back has forgotten, as long as nothing has come since. After that it goes up by
/// its own call alone.
pub(super) fn create(rows: &dyn Rows, spaces: &mut Spaces, ground: Ground, create: &Create) -> Outcomes {
    if let Some(space) = spaces.get(rows, &create.space)? {
        let signer = create.access.first().map(|access| access.key);
        if !signer.is_some_and(|key| space.administers(&key)) {
            return Ok(Err(Refused::new(RefusalCode::Conflict)));
        }
        if space.is_closed {
            return Ok(Err(Refused::SPACE_CLOSED));
        }
        if create.epoch > space.epoch && is_untouched(rows, space, ground.incarnation)? {
            space.epoch = create.epoch;
            space.change();
        }
        return Ok(Ok(Done::Space {
            epoch: space.epoch,
            head: space.head(ground.incarnation, create.now_ms),
            is_closed: false,
        }));
    }
    if !rows.begin_space(&create.space, create.epoch)? {
        return Ok(Err(Refused::UNAVAILABLE));
    }
    let Some(space) = spaces.get(rows, &create.space)? else {
        return Err(StoreError::Damaged);
    };
    for access in &create.access {
        rows.put_access(space, access, clock::day(create.now_ms))?;
        space.access.insert(access.key, *access);
    }
    Ok(Ok(Done::Space {
        epoch: space.epoch,
        head: space.head(ground.incarnation, create.now_ms),
        is_closed: false,
    }))
}

/// Whether nothing has come to a space in this incarnation of the store.
fn is_untouched(rows: &dyn Rows, space: &super::space::Space, incarnation: u32) -> Result<bool, StoreError> {
    if space.n == 0 {
        return Ok(true);
    }
    let header = rows.header_at(space, space.n)?;
    Ok(header.incarnation < incarnation)
}

/// Changes who may use a space, if it is still at the version the change was made for.
pub(super) fn access(rows: &dyn Rows, spaces: &mut Spaces, ground: Ground, change: &AccessChange) -> Outcomes {
    let space = match open_space(rows, spaces, &change.space, &change.key)? {
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
        rows.drop_access(space, key)?;
    }
    for access in after.values() {
        if space.access.get(&access.key) != Some(access) {
            rows.put_access(space, access, clock::day(change.now_ms))?;
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
