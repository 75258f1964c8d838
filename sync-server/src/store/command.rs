//! What can be asked of the writer, and what it answers.
//!
//! Commands hold the bytes of their request and have no `Debug` on purpose.

use std::ops::Range;

use cairn_wire::message::{Access, Outcome, RefusalCode};
use cairn_wire::{BlobId, GateId, GatePart, Header, MailboxId, PublicKey, RecordHash, RegistrationId, SlotId, SpaceId};
use hyper::body::Bytes;

use crate::head::HeadNow;

/// One change of the store. Everything that costs time and needs no store (parsing, hashing) is done before.
pub(crate) enum Command {
    Create(Create),
    Close(Close),
    Stay {
        space: SpaceId,
        key: PublicKey,
        now_ms: u64,
    },
    /// A space whose time has come is closed, before it is read.
    CloseDue {
        space: SpaceId,
        now_ms: u64,
    },
    Append(Append),
    Erase(Erase),
    Epoch(EpochSwap),
    Access(AccessChange),
    Ack(Ack),
    Post(MailboxPost),
    CloseMailbox {
        mailbox: MailboxId,
    },
    PutBlob(PutBlob),
    ReleaseBlob(ReleaseBlob),
    Gate(GateAsked),
    Wake(WakeAsked),
    /// What the devices of a space have registered.
    Ring {
        space: SpaceId,
        key: PublicKey,
        now_ms: u64,
    },
    Sweep {
        now_ms: u64,
    },
}

impl Command {
    /// The clock it was asked under.
    pub(super) const fn now_ms(&self) -> u64 {
        match self {
            Self::Create(create) => create.now_ms,
            Self::Append(append) => append.now_ms,
            Self::Erase(erase) => erase.now_ms,
            Self::Epoch(swap) => swap.now_ms,
            Self::Access(change) => change.now_ms,
            Self::Ack(ack) => ack.now_ms,
            Self::Post(post) => post.now_ms,
            Self::PutBlob(put) => put.now_ms,
            Self::Gate(asked) => asked.now_ms,
            Self::Wake(asked) => asked.now_ms,
            Self::Close(close) => close.now_ms,
            Self::Stay { now_ms, .. }
            | Self::CloseDue { now_ms, .. }
            | Self::Ring { now_ms, .. }
            | Self::Sweep { now_ms } => *now_ms,
            Self::CloseMailbox { .. } | Self::ReleaseBlob(_) => 0,
        }
    }

    /// The space it is about.
    pub(super) const fn space(&self) -> Option<&SpaceId> {
        match self {
            Self::Create(create) => Some(&create.space),
            Self::Append(append) => Some(&append.space),
            Self::Erase(erase) => Some(&erase.space),
            Self::Epoch(swap) => Some(&swap.space),
            Self::Access(change) => Some(&change.space),
            Self::Ack(ack) => Some(&ack.space),
            Self::PutBlob(put) => Some(&put.space),
            Self::ReleaseBlob(release) => Some(&release.space),
            Self::Gate(asked) => Some(&asked.space),
            Self::Wake(asked) => Some(&asked.space),
            Self::Close(close) => Some(&close.space),
            Self::Stay { space, .. } | Self::CloseDue { space, .. } | Self::Ring { space, .. } => Some(space),
            Self::Post(_) | Self::CloseMailbox { .. } | Self::Sweep { .. } => None,
        }
    }

    /// The headers of the records it carries.
    pub(super) fn headers(&self) -> impl Iterator<Item = &Header> {
        let (many, one) = match self {
            Self::Append(append) => (append.records.as_slice(), None),
            Self::Erase(erase) => (&[][..], Some(&erase.record.header)),
            Self::Epoch(swap) => (&[][..], Some(&swap.record.header)),
            _ => (&[][..], None),
        };
        let many = many.iter().filter_map(|record| Some(&record.as_ref().ok()?.header));
        many.chain(one)
    }

    /// The slot that it is about beside those of its records.
    pub(super) const fn slot(&self) -> Option<&SlotId> {
        match self {
            Self::PutBlob(put) => Some(&put.slot),
            Self::Gate(asked) => Some(&asked.slot),
            _ => None,
        }
    }

    /// Whether blobs may go with it, and who asked is told so.
    pub(crate) const fn lets_blobs_go(&self) -> bool {
        matches!(
            self,
            Self::Erase(_) | Self::Close(_) | Self::CloseDue { .. } | Self::ReleaseBlob(_)
        )
    }

    /// How many records it carries and how many bytes its request has.
    pub(super) const fn weight(&self) -> (usize, usize) {
        match self {
            Self::Append(append) => (append.records.len(), append.request.len()),
            Self::Erase(erase) => (1, erase.request.len()),
            Self::Epoch(swap) => (1, swap.request.len()),
            Self::Post(post) => (1, post.request.len()),
            _ => (1, 0),
        }
    }
}

/// Begin a space. The signature is checked already; `access` has its first key administering and no key twice.
pub(crate) struct Create {
    pub(crate) space: SpaceId,
    pub(crate) access: Vec<Access>,
    /// The epoch it is in at least.
    pub(crate) epoch: u32,
    pub(crate) now_ms: u64,
}

/// End a space, now or at a time to come.
pub(crate) struct Close {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    /// The slots whose records stay.
    pub(crate) keep: Vec<SlotId>,
    pub(crate) at_ms: Option<u64>,
    pub(crate) now_ms: u64,
}

/// A record within the bytes of its request.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) header: Header,
    pub(crate) hash: RecordHash,
    /// Where it lies: header and body.
    pub(crate) range: Range<usize>,
}

/// Append records; those that are none carry their outcome already.
pub(crate) struct Append {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) records: Vec<Result<Parsed, Outcome>>,
    pub(crate) request: Bytes,
    pub(crate) now_ms: u64,
}

/// Append a tombstone and drop the other bodies of its slot.
pub(crate) struct Erase {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) record: Parsed,
    pub(crate) request: Bytes,
    pub(crate) now_ms: u64,
}

/// Append the link to a new epoch if the space stands at `n`.
pub(crate) struct EpochSwap {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) n: u64,
    pub(crate) record: Parsed,
    pub(crate) request: Bytes,
    pub(crate) now_ms: u64,
}

/// Change access if its version is `version`.
pub(crate) struct AccessChange {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) version: u64,
    pub(crate) add: Vec<Access>,
    pub(crate) remove: Vec<PublicKey>,
    /// Whether those that are added are all there are from then on.
    pub(crate) only: bool,
    pub(crate) now_ms: u64,
}

/// Take note of what a key has read.
pub(crate) struct Ack {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) n: u64,
    pub(crate) now_ms: u64,
}

/// Put a message into a mailbox.
pub(crate) struct MailboxPost {
    pub(crate) mailbox: MailboxId,
    pub(crate) index: u32,
    pub(crate) range: Range<usize>,
    pub(crate) request: Bytes,
    /// When it ends, if this is its first message.
    pub(crate) expires_ms: u64,
    pub(crate) now_ms: u64,
}

/// Put a blob under a slot. Its bytes go into its file beside the writer; see `Store::put_blob`.
#[derive(Clone, Copy)]
pub(crate) struct PutBlob {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) blob: BlobId,
    pub(crate) slot: SlotId,
    pub(crate) offset: u64,
    pub(crate) total: u64,
    /// A part that is durable in the blob's file and to be taken up.
    pub(crate) written: Option<Written>,
    pub(crate) now_ms: u64,
}

/// Bytes that are durable in a blob's file and do not count yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) file: u64,
    pub(crate) from: u64,
    pub(crate) upto: u64,
}

/// Take a blob away from a slot.
pub(crate) struct ReleaseBlob {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) blob: BlobId,
    pub(crate) slot: SlotId,
}

/// Put, take, look at or drop a gate of a slot.
#[derive(Clone, Copy)]
pub(crate) struct GateAsked {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) slot: SlotId,
    pub(crate) gate: GateId,
    pub(crate) wish: GateWish,
    pub(crate) now_ms: u64,
}

/// What is to be done with a gate.
#[derive(Clone, Copy)]
pub(crate) enum GateWish {
    /// Keep this part, until the end of this day.
    Put { part: GatePart, day: Option<u16> },
    /// Hand it out.
    Take,
    /// Say whether it is there, and when something of its slot was handed out.
    Look,
    /// Take it away.
    Drop,
}

/// A gate as it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GateNow {
    pub(crate) is_there: bool,
    pub(crate) part: Option<GatePart>,
    pub(crate) taken_day: Option<u16>,
}

/// Keep, take away or look for what wakes a device.
pub(crate) struct WakeAsked {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) registration: RegistrationId,
    pub(crate) wish: WakeWish,
    pub(crate) now_ms: u64,
}

/// What is to be done with a registration.
pub(crate) enum WakeWish {
    /// Keep it, if the space is in this epoch.
    Put {
        epoch: u32,
        is_alone: bool,
        sealed: Vec<u8>,
    },
    /// Take it away.
    Drop,
    /// Take it away if it is still the one of this hash.
    DropIf(blake3::Hash),
    /// Say whether it is still the one of this hash.
    IsStill(blake3::Hash),
}

/// What a device has registered: sealed, but for whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    pub(crate) key: PublicKey,
    pub(crate) registration: RegistrationId,
    pub(crate) is_alone: bool,
    pub(crate) sealed: Vec<u8>,
}

/// A blob as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlobNow {
    /// The number of its file.
    pub(crate) file: u64,
    /// Bytes of it that are there.
    pub(crate) have: u64,
    /// Bytes of the whole; 0 when there is no such blob.
    pub(crate) total: u64,
}

impl BlobNow {
    /// A blob that is not there.
    pub(crate) const NONE: Self = Self {
        file: 0,
        have: 0,
        total: 0,
    };

    pub(crate) const fn is_complete(self) -> bool {
        self.total > 0 && self.have == self.total
    }
}

/// What a command did. Every head is where the space stands once the whole group is durable.
#[derive(Debug)]
pub(crate) enum Done {
    Space {
        epoch: u32,
        head: HeadNow,
        is_closed: bool,
    },
    Appended {
        outcomes: Vec<Outcome>,
        head: HeadNow,
    },
    Acked {
        head: HeadNow,
    },
    Erased {
        seq: u64,
        slot: SlotId,
        head: HeadNow,
    },
    Epoch {
        seq: u64,
        epoch: u32,
        head: HeadNow,
    },
    Access {
        version: u64,
        head: HeadNow,
        /// Keys that may do so no more.
        removed: Vec<PublicKey>,
    },
    Mailbox {
        count: u32,
    },
    Blob(BlobNow),
    Gate(GateNow),
    /// Whether a registration is there.
    Wake(bool),
    /// What devices have registered, the epoch they did it in, and the head of their space.
    Registered {
        epoch: u32,
        n: u64,
        registered: Vec<Registered>,
    },
    /// A space whose time has come is closed.
    Closed,
    /// Whether there is more to sweep.
    Swept {
        more: bool,
    },
}

impl Done {
    /// The head to bring up to the end of the group.
    pub(super) const fn head_mut(&mut self) -> Option<&mut HeadNow> {
        match self {
            Self::Space { head, .. }
            | Self::Appended { head, .. }
            | Self::Acked { head }
            | Self::Erased { head, .. }
            | Self::Epoch { head, .. }
            | Self::Access { head, .. } => Some(head),
            Self::Mailbox { .. }
            | Self::Blob(_)
            | Self::Gate(_)
            | Self::Wake(_)
            | Self::Registered { .. }
            | Self::Closed
            | Self::Swept { .. } => None,
        }
    }
}

/// A command that was not carried out: the refusal to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: RefusalCode,
    pub(crate) value: Option<u64>,
}

impl Refused {
    pub(crate) const NOT_AUTHORISED: Self = Self::new(RefusalCode::NotAuthorised);
    pub(crate) const MALFORMED: Self = Self::new(RefusalCode::Malformed);
    pub(crate) const SPACE_CLOSED: Self = Self::new(RefusalCode::SpaceClosed);
    pub(crate) const UNAVAILABLE: Self = Self::new(RefusalCode::Unavailable);

    pub(crate) const fn new(code: RefusalCode) -> Self {
        Self { code, value: None }
    }

    pub(crate) const fn with(code: RefusalCode, value: u64) -> Self {
        Self {
            code,
            value: Some(value),
        }
    }

    /// The refusal of a whole request whose one record came out as `outcome`; `None` if it was stored.
    pub(crate) fn of(outcome: Outcome) -> Option<Self> {
        let code = outcome.code.refusal()?;
        Some(match code {
            RefusalCode::NotAuthorised | RefusalCode::Conflict | RefusalCode::SlotClosed | RefusalCode::Malformed => {
                Self::new(code)
            }
            _ => Self::with(code, outcome.value),
        })
    }
}
