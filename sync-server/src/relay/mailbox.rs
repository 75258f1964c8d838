//! `mailbox`: reading the request.

use cairn_wire::bounds::{MAILBOX_BYTES_MAX, MAILBOX_DAYS_MAX, MAILBOX_MESSAGES_MAX};
use cairn_wire::message::{MailboxOp, MailboxRequest};
use hyper::body::Bytes;

use super::lookup::Lookup;
use super::{Prepared, decode, range_in, too_large};
use crate::clock::DAY_MS;
use crate::limits::MAILBOX_MS;
use crate::store::{Command, MailboxPost, Refused};

pub(super) fn prepare(body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
    let request: MailboxRequest<'_> = decode(body)?;
    let mailbox = request.mailbox;
    match (request.op, &request.bytes) {
        (MailboxOp::Post, Some(bytes)) => {
            if bytes.len() > MAILBOX_BYTES_MAX {
                return Err(too_large(MAILBOX_BYTES_MAX));
            }
            if usize::try_from(request.index).is_ok_and(|index| index >= MAILBOX_MESSAGES_MAX) {
                return Err(too_large(MAILBOX_MESSAGES_MAX));
            }
            let lives_ms = match request.days {
                None => MAILBOX_MS,
                Some(0) => return Err(Refused::MALFORMED),
                Some(days) if days > MAILBOX_DAYS_MAX => {
                    return Err(too_large(usize::from(MAILBOX_DAYS_MAX)));
                }
                Some(days) => u64::from(days) * DAY_MS,
            };
            Ok(Prepared::Write(Command::Post(MailboxPost {
                mailbox,
                index: request.index,
                range: range_in(body, bytes),
                request: body.clone(),
                expires_ms: now_ms.saturating_add(lives_ms),
                now_ms,
            })))
        }
        (MailboxOp::Read, None) => Ok(Prepared::Read(Lookup::Mailbox {
            mailbox,
            from: request.index,
            wait_ms: request.wait_ms,
        })),
        (MailboxOp::Close, None) => Ok(Prepared::Write(Command::CloseMailbox { mailbox })),
        _ => Err(Refused::MALFORMED),
    }
}
