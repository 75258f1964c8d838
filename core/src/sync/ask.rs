//! Builds requests and reads answers.

use super::{Request, Response, SyncError};
use cairn_wire::MailboxId;
use cairn_wire::message::{MailboxAnswer, MailboxOp, MailboxRequest, Refusal, RefusalCode};
use cairn_wire::{decode_canonical, encode};
use minicbor::{Decode, Encode};

/// A request with the type of its answer.
#[derive(Debug)]
pub struct Ask;

impl Ask {
    /// A request to `path` of the relay at `origin`.
    pub fn request<T: Encode<()>>(origin: &str, path: &'static str, message: &T, wait_ms: u32) -> Request {
        Request {
            origin: origin.to_owned(),
            path,
            body: encode(message),
            wait_ms,
        }
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// The relay's refusal as a [`SyncError`], or [`SyncError::Garbage`].
    pub fn answer<'b, T: Decode<'b, ()> + Encode<()>>(response: &'b Response) -> Result<T, SyncError> {
        if response.status == 200 {
            return decode_canonical(&response.body).map_err(|_| SyncError::Garbage);
        }
        let refusal: Refusal = decode_canonical(&response.body).map_err(|_| SyncError::Garbage)?;
        Err(match refusal.code {
            RefusalCode::NotAuthorised => SyncError::NotAuthorised,
            RefusalCode::ResyncRequired => SyncError::ResyncRequired {
                incarnation: refusal
                    .value
                    .and_then(|value| u32::try_from(value).ok())
                    .ok_or(SyncError::Garbage)?,
            },
            code => SyncError::Refused(code),
        })
    }
}

/// Requests to a mailbox and their answers.
pub mod mailbox {
    use super::{Ask, MailboxAnswer, MailboxId, MailboxOp, MailboxRequest, Request, Response, SyncError};

    /// Puts `bytes` in place `index`; a first message may ask the relay to keep the mailbox for `days` days.
    pub fn post(origin: &str, mailbox: MailboxId, index: u32, bytes: &[u8], days: Option<u8>) -> Request {
        let message = MailboxRequest {
            op: MailboxOp::Post,
            mailbox,
            index,
            bytes: Some(bytes.into()),
            wait_ms: 0,
            days,
        };
        Ask::request(origin, "/v1/mailbox", &message, 0)
    }

    /// Reads from place `index` on, waiting up to `wait_ms` for it to be filled.
    pub fn read(origin: &str, mailbox: MailboxId, index: u32, wait_ms: u32) -> Request {
        let message = MailboxRequest {
            op: MailboxOp::Read,
            mailbox,
            index,
            bytes: None,
            wait_ms,
            days: None,
        };
        Ask::request(origin, "/v1/mailbox", &message, wait_ms)
    }

    /// Ends the mailbox.
    pub fn close(origin: &str, mailbox: MailboxId) -> Request {
        let message = MailboxRequest {
            op: MailboxOp::Close,
            mailbox,
            index: 0,
            bytes: None,
            wait_ms: 0,
            days: None,
        };
        Ask::request(origin, "/v1/mailbox", &message, 0)
    }

    /// The messages an answer carries.
    ///
    /// # Errors
    /// As [`Ask::answer`].
    pub fn messages(response: &Response) -> Result<Vec<Vec<u8>>, SyncError> {
        let answer: MailboxAnswer<'_> = Ask::answer(response)?;
        Ok(answer.messages.into_iter().map(cairn_wire::Sealed::into_vec).collect())
    }
}
