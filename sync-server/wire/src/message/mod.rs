//! The endpoints: one module each, a request and an answer. CBOR maps with integer keys; an absent option is no key.
//!
//! `POST /v1/<name>` with `content-type: application/cbor`. Status 200 carries the answer; any other status a [`Refusal`].
//!
//! | name | request | answer | asks for |
//! |---|---|---|---|
//! | `challenge` | [`ChallengeRequest`] | [`ChallengeAnswer`] | nothing; an unknown space is answered alike |
//! | `session` | [`SessionRequest`] | [`SessionAnswer`] | a signature by an access key |
//! | `space` | [`SpaceRequest`] | [`SpaceAnswer`] | create: a signature by the first key; close and stay: administer |
//! | `append` | [`AppendRequest`] | [`AppendAnswer`] | a token |
//! | `read` | [`ReadRequest`] | [`ReadAnswer`] | a token per space |
//! | `ack` | [`AckRequest`] | [`AckAnswer`] | a token |
//! | `erase` | [`EraseRequest`] | [`EraseAnswer`] | a token |
//! | `epoch` | [`EpochRequest`] | [`EpochAnswer`] | administer |
//! | `access` | [`AccessRequest`] | [`AccessAnswer`] | administer |
//! | `blob` | [`BlobRequest`] | [`BlobAnswer`] | a token |
//! | `gate` | [`GateRequest`] | [`GateAnswer`] | a token |
//! | `wake` | [`WakeRequest`] | [`WakeAnswer`] | a token |
//! | `ring` | [`RingRequest`] | [`RingAnswer`] | a token |
//! | `mailbox` | [`MailboxRequest`] | [`MailboxAnswer`] | the mailbox's name |

mod access;
mod append;
mod blob;
mod canonical;
mod gate;
mod mailbox;
mod read;
mod refusal;
mod sealed;
mod session;
mod space;
mod wake;

pub use access::{AccessAnswer, AccessRequest, EpochAnswer, EpochRequest};
pub use append::{AckAnswer, AckRequest, AppendAnswer, AppendRequest, EraseAnswer, EraseRequest, Outcome, OutcomeCode};
pub use blob::{BlobAnswer, BlobOp, BlobRequest};
pub use canonical::{MessageError, decode_canonical, encode};
pub use gate::{GateAnswer, GateOp, GateRequest};
pub use mailbox::{MailboxAnswer, MailboxOp, MailboxRequest};
pub use read::{Item, Page, ReadAnswer, ReadRequest, ReadSpace};
pub use refusal::{Refusal, RefusalCode};
pub use sealed::Sealed;
pub use session::{ChallengeAnswer, ChallengeRequest, SessionAnswer, SessionRequest};
pub use space::{Access, Side, SpaceAnswer, SpaceOp, SpaceRequest};
pub use wake::{RingAnswer, RingRequest, WakeAnswer, WakeOp, WakeRequest};
