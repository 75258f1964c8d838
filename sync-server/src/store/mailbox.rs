//! Mailboxes: a few short messages, for minutes or days.

use cairn_wire::MailboxId;
use cairn_wire::bounds::MAILBOX_MESSAGES_MAX;
use cairn_wire::message::RefusalCode;
use rusqlite::{Connection, OptionalExtension as _};

use super::StoreError;
use super::append::Outcomes;
use super::command::{Done, MailboxPost, Refused};

/// Puts a message into its place. The same message again is taken as the same.
pub(super) fn post(connection: &Connection, mailboxes_max: u64, post: &MailboxPost) -> Outcomes {
    let bytes = post.request.get(post.range.clone()).ok_or(StoreError::Damaged)?;
    forget_if_over(connection, &post.mailbox, post.now_ms)?;
    let count = count(connection, &post.mailbox)?;
    let conflict = Ok(Err(Refused::with(RefusalCode::Conflict, u64::from(count))));
    if post.index < count {
        let same: bool = connection
            .prepare_cached("SELECT bytes = ?3 FROM mailbox_message WHERE mailbox = ?1 AND ix = ?2")?
            .query_row((post.mailbox.as_bytes(), post.index, bytes), |row| row.get(0))?;
        return if same {
            Ok(Ok(Done::Mailbox { count }))
        } else {
            conflict
        };
    }
    if post.index > count {
        return conflict;
    }
    if usize::try_from(count).is_ok_and(|count| count >= MAILBOX_MESSAGES_MAX) {
        let limit = MAILBOX_MESSAGES_MAX as u64;
        return Ok(Err(Refused::with(RefusalCode::TooLarge, limit)));
    }
    if count == 0 {
        let there: u64 = connection
            .prepare_cached("SELECT count(*) FROM mailbox")?
            .query_row([], |row| row.get(0))?;
        if there >= mailboxes_max {
            return Ok(Err(Refused::with(RefusalCode::RateLimited, 60)));
        }
        connection
            .prepare_cached("INSERT INTO mailbox (id, expires_ms) VALUES (?1, ?2)")?
            .execute((post.mailbox.as_bytes(), post.expires_ms))?;
    }
    connection
        .prepare_cached("INSERT INTO mailbox_message (mailbox, ix, bytes) VALUES (?1, ?2, ?3)")?
        .execute((post.mailbox.as_bytes(), post.index, bytes))?;
    Ok(Ok(Done::Mailbox { count: count + 1 }))
}

/// Forgets a mailbox. One that is not there is forgotten already.
pub(super) fn close(connection: &Connection, mailbox: &MailboxId) -> Outcomes {
    forget(connection, mailbox.as_bytes())?;
    Ok(Ok(Done::Mailbox { count: 0 }))
}

/// The messages from `from` on and how many there are; none of a mailbox whose time is over.
pub(super) fn read(
    connection: &Connection,
    mailbox: &MailboxId,
    from: u32,
    now_ms: u64,
) -> Result<(Vec<Vec<u8>>, u32), StoreError> {
    let open = connection
        .prepare_cached("SELECT 1 FROM mailbox WHERE id = ?1 AND expires_ms > ?2")?
        .exists((mailbox.as_bytes(), now_ms))?;
    if !open {
        return Ok((Vec::new(), 0));
    }
    let messages = connection
        .prepare_cached("SELECT bytes FROM mailbox_message WHERE mailbox = ?1 AND ix >= ?2 ORDER BY ix")?
        .query_map((mailbox.as_bytes(), from), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok((messages, count(connection, mailbox)?))
}

/// Forgets up to `max` mailboxes whose time is over; how many there were.
pub(super) fn forget_over(connection: &Connection, now_ms: u64, max: usize) -> Result<usize, StoreError> {
    let over: Vec<[u8; 32]> = connection
        .prepare_cached("SELECT id FROM mailbox WHERE expires_ms <= ?1 LIMIT ?2")?
        .query_map((now_ms, max), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for mailbox in &over {
        forget(connection, mailbox)?;
    }
    Ok(over.len())
}

fn forget_if_over(connection: &Connection, mailbox: &MailboxId, now_ms: u64) -> Result<(), StoreError> {
    let expires_ms: Option<u64> = connection
        .prepare_cached("SELECT expires_ms FROM mailbox WHERE id = ?1")?
        .query_row([mailbox.as_bytes()], |row| row.get(0))
        .optional()?;
    if expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms) {
        forget(connection, mailbox.as_bytes())?;
    }
    Ok(())
}

fn forget(connection: &Connection, mailbox: &[u8; 32]) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM mailbox_message WHERE mailbox = ?1")?
        .execute([mailbox])?;
    connection
        .prepare_cached("DELETE FROM mailbox WHERE id = ?1")?
        .execute([mailbox])?;
    Ok(())
}

fn count(connection: &Connection, mailbox: &MailboxId) -> Result<u32, StoreError> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM mailbox_message WHERE mailbox = ?1")?
        .query_row([mailbox.as_bytes()], |row| row.get(0))?)
}
