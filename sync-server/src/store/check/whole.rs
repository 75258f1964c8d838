//! What belongs to no space, or to all.

use cairn_wire::bounds::ACCESS_KEYS_MAX;

use super::{CheckRows, SpaceRow, Teller, said};
use crate::store::{StoreConfig, StoreError, own_key};

/// What the database finds itself, and the relay's key; answers the incarnation that the store has reached.
pub(super) fn of_relay(rows: &dyn CheckRows, config: &StoreConfig, teller: &mut Teller<'_>) -> u32 {
    if let Err(error) = rows.own_findings(&mut |line| teller.tell(None, line)) {
        teller.tell(None, format!("SQLite cannot check the file: {}", said(&error)));
    }
    let relay = rows.relay_said();
    let incarnation = relay.as_ref().map_or(u32::MAX, |relay| relay.incarnation);
    if config.vfs.is_some() {
        return incarnation;
    }
    match (relay, own_key::read(&config.dir)) {
        (Err(error), _) => teller.tell(None, format!("the relay's own row cannot be read: {}", said(&error))),
        (_, Err(error)) => teller.tell(None, format!("relay.key cannot be read: {}", said(&error))),
        (_, Ok(None)) => teller.tell(None, "relay.key is not there: the next start writes it again"),
        (Ok(relay), Ok(Some(kept))) if relay.seed != kept => {
            teller.tell(None, "relay.key is of another relay than this store");
        }
        _ => {}
    }
    incarnation
}

/// Who may enter a space, and what each has acknowledged.
pub(super) fn of_access(rows: &dyn CheckRows, space: &SpaceRow, teller: &mut Teller<'_>) -> Result<(), StoreError> {
    if space.is_closed {
        return Ok(());
    }
    let counts = rows.access_counts(space)?;
    if counts.administering == 0 {
        teller.tell(None, "nobody administers it");
    }
    if counts.keys > ACCESS_KEYS_MAX as u64 {
        teller.tell(None, format!("has {} keys, more than there may be", counts.keys));
    }
    if counts.beyond > 0 {
        let beyond = counts.beyond;
        teller.tell(None, format!("{beyond} devices have acknowledged more than there is"));
    }
    if counts.strangers > 0 {
        teller.tell(
            None,
            format!(
                "{} keys have acknowledged something and may not enter",
                counts.strangers
            ),
        );
    }
    if counts.woken_strangers > 0 {
        let strangers = counts.woken_strangers;
        teller.tell(
            None,
            format!("{strangers} devices are to be woken whose keys may not enter"),
        );
    }
    if counts.known != counts.keys {
        teller.tell(None, "the list of what was acknowledged lacks a key");
    }
    Ok(())
}

/// Rows that belong to nothing.
pub(super) fn of_loose_rows(rows: &dyn CheckRows, teller: &mut Teller<'_>) {
    match rows.has_loose_records() {
        Ok(false) => {}
        Ok(true) => teller.tell(None, "there are records of a space that is not there"),
        Err(error) => teller.tell(None, format!("log cannot be read: {}", said(&error))),
    }
    rows.loose_rows(&mut |table, owner, loose| match loose {
        Ok(0) => {}
        Ok(loose) => teller.tell(None, format!("{loose} rows of {table} belong to no {owner}")),
        Err(error) => teller.tell(None, format!("{table} cannot be read: {}", said(&error))),
    });
}
