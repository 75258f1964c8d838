//! Mailboxes: a few short messages, for minutes or days.

use cairn_wire::MailboxId;
use cairn_wire::bounds::MAILBOX_MESSAGES_MAX;
use cairn_wire::message::RefusalCode;

use super::StoreError;
use super::append::Outcomes;
use super::command::{Done, MailboxPost, Refused};
use super::rows::Rows;

/// Puts a message into its place. The same message again is taken as the same.
pub(super) fn post(rows: &dyn Rows, mailboxes_max: u64, post: &MailboxPost) -> Outcomes {
    let bytes = post.request.get(post.range.clone()).ok_or(StoreError::Damaged)?;
    let expires_ms = rows.mailbox_expires_ms(&post.mailbox)?;
    if expires_ms.is_some_and(|expires_ms| expires_ms <= post.now_ms) {
        rows.forget_mailbox(&post.mailbox)?;
    }
    let count = rows.messages(&post.mailbox)?;
    let conflict = Ok(Err(Refused::with(RefusalCode::Conflict, u64::from(count))));
    if post.index < count {
        return if rows.message(&post.mailbox, post.index)? == bytes {
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
        if rows.mailboxes()? >= mailboxes_max {
            return Ok(Err(Refused::with(RefusalCode::RateLimited, 60)));
        }
        rows.begin_mailbox(&post.mailbox, post.expires_ms)?;
    }
    rows.put_message(&post.mailbox, post.index, bytes)?;
    Ok(Ok(Done::Mailbox { count: count + 1 }))
}

/// Forgets a mailbox. One that is not there is forgotten already.
pub(super) fn close(rows: &dyn Rows, mailbox: &MailboxId) -> Outcomes {
    rows.mailbox_expires_ms(mailbox)?;
    rows.forget_mailbox(mailbox)?;
    Ok(Ok(Done::Mailbox { count: 0 }))
}

/// Forgets up to `max` mailboxes whose time is over; how many there were.
pub(super) fn forget_over(rows: &dyn Rows, now_ms: u64, max: usize) -> Result<usize, StoreError> {
    let over = rows.mailboxes_over(now_ms, max)?;
    for mailbox in &over {
        // Locked first: somebody may have begun it anew since it was found.
        if rows
            .mailbox_expires_ms(mailbox)?
            .is_some_and(|expires_ms| expires_ms <= now_ms)
        {
            rows.forget_mailbox(mailbox)?;
        }
    }
    Ok(over.len())
}
