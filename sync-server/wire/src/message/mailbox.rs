//! `mailbox`: a short-lived drop for pairing and invitations. Whoever knows its name may post, read and close.

use minicbor::{Decode, Encode};

use super::Sealed;
use crate::MailboxId;

/// What to do with a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum MailboxOp {
    /// Put a message at `index`, which must be the number of messages there.
    #[n(0)]
    Post,
    /// Read the messages from `index` on.
    #[n(1)]
    Read,
    /// Forget the mailbox.
    #[n(2)]
    Close,
}

/// Uses a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MailboxRequest<'a> {
    /// What to do.
    #[n(0)]
    pub op: MailboxOp,
    /// Which mailbox.
    #[n(1)]
    pub mailbox: MailboxId,
    /// Post: the place of this message. Read: the first message wanted. Close: 0.
    #[n(2)]
    pub index: u32,
    /// Post: the message, at most [`MAILBOX_BYTES_MAX`](crate::bounds::MAILBOX_BYTES_MAX).
    #[b(3)]
    pub bytes: Option<Sealed<'a>>,
    /// Read: milliseconds to wait for a message at `index`.
    #[n(4)]
    pub wait_ms: u32,
    /// Post at index 0: days the mailbox is to live, at most [`MAILBOX_DAYS_MAX`](crate::bounds::MAILBOX_DAYS_MAX).
    /// Absent means fifteen minutes.
    #[n(5)]
    pub days: Option<u8>,
}

/// The mailbox as it stands. One that never was, has ended or was closed answers like an empty one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MailboxAnswer<'a> {
    /// Read: the messages from `index` on.
    #[b(0)]
    pub messages: Vec<Sealed<'a>>,
    /// How many messages it holds.
    #[n(1)]
    pub count: u32,
}
