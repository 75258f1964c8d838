//! Moves sealed bytes between this device and a relay, without I/O.
//!
//! A [`Round`] says which request to send next and takes the answer; whoever drives it brings a [`Transport`], a
//! simulator or a test. What the room needs of the device it asks a [`Host`]: keys, cursors, the outbox.
//!
//! **Invariants.** This room cannot read a record: it knows headers, hashes and heads, nothing inside. A cursor moves
//! only forward, only over records whose chain was recomputed here, and only after the host made them durable. The
//! relay's signed head is verified on every answer; one that goes back, forks or does not fit ends the round for that
//! space with a [`SyncError`], and changes nothing.
//!
//! Attachments are blobs here, and come last: no word waits for a photo. Between two parts of one, words that were written meanwhile go
//! out.
//!
//! Start reading at [`Round`]; the order of steps for one space stands in its documentation.

mod ask;
mod blob;
mod closing;
#[cfg(test)]
mod endless_tests;
mod error;
mod gate;
mod honesty;
mod host;
mod round;
mod take;
mod transport;
mod waking;

pub use ask::{Ask, mailbox};
pub use blob::{BlobAsk, BlobFound};
pub use closing::ClosingWish;
pub use error::SyncError;
pub use gate::{GateAsk, GateFound, GateWish};
pub use honesty::{VerifiedItem, VerifiedPage, verify_head, verify_page};
pub use host::{AccessWish, Host, Landed, Outgoing, Place, Purpose};
pub use round::{Report, Round};
pub use transport::{Request, Response, Transport, TransportError};
pub use waking::{RingAsk, WakeAsk, WakeOffer, WakePut};
