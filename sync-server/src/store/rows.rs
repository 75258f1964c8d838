//! What carrying commands out asks of a store's rows. What becomes of a command is decided once, above these; each store says in its
//! own SQL how rows are found and changed, always within the transaction of the command's group.

use cairn_wire::message::{Access, Side};
use cairn_wire::{
    BlobId, BodyHash, GateId, GatePart, Header, MailboxId, PublicKey, RecordHash, RecordId, RegistrationId, SlotId,
    SpaceId,
};

use super::StoreError;
use super::command::{BlobNow, Registered};
use super::space::Space;
use super::tail::Kept;
use crate::rule::Placed;

/// All of it.
pub(super) trait Rows:
    SpaceRows + LogRows + ClosingRows + GateRows + WakeRows + BlobRows + MailboxRows + SweepRows
{
}

impl<T: SpaceRows + LogRows + ClosingRows + GateRows + WakeRows + BlobRows + MailboxRows + SweepRows> Rows for T {}

type Result<T> = std::result::Result<T, StoreError>;

/// Spaces, and who may use them.
pub(super) trait SpaceRows {
    /// The space, which nobody else changes from now on until the transaction ends; `None` if there is none.
    fn space(&self, id: &SpaceId) -> Result<Option<Space>>;

    /// Writes the row of a space that nobody has entered yet; `false` where the store has no number left for it.
    fn begin_space(&self, id: &SpaceId, epoch: u32) -> Result<bool>;

    /// Writes the row of a space again.
    fn write_space(&self, space: &Space) -> Result<()>;

    /// Writes one key's access; a new key has acknowledged nothing and holds bodies back from `day` on.
    fn put_access(&self, space: &Space, access: &Access, day: u64) -> Result<()>;

    /// Takes a key's access, what it has acknowledged and registered, and its sessions where they are kept in rows.
    fn drop_access(&self, space: &Space, key: &PublicKey) -> Result<()>;

    /// Notes what a key has read. Never goes back; the day goes forward with what is not older than what is there.
    fn put_ack(&self, space: &Space, key: &PublicKey, n: u64, day: u64) -> Result<()>;
}

/// A record to write.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewRecord<'a> {
    pub(super) seq: u64,
    pub(super) side: Side,
    pub(super) day: u64,
    pub(super) record_id: &'a RecordId,
    pub(super) chain: cairn_wire::ChainHash,
    pub(super) header: &'a [u8],
    pub(super) body: &'a [u8],
}

/// What is left to know of a body before it goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Body {
    pub(super) side: Side,
    pub(super) header: Header,
    pub(super) hash: BodyHash,
    pub(super) len: usize,
}

/// The log, what its records are known by, and which of them still count.
pub(super) trait LogRows {
    /// From how many records on a space's tail goes into the tables when the transaction ends.
    fn tail_records_max(&self) -> u64;

    /// Writes records, in order.
    fn put_records(&self, space: &Space, records: &[NewRecord<'_>]) -> Result<()>;

    /// The hash of a record, with or without its body.
    fn hash_at(&self, space: &Space, seq: u64) -> Result<RecordHash>;

    fn header_at(&self, space: &Space, seq: u64) -> Result<Header>;

    /// The body of a record, or `None` if it is gone.
    fn body_at(&self, space: &Space, seq: u64) -> Result<Option<Body>>;

    /// Puts a hash in the place of a body.
    fn drop_body(&self, space: &Space, at: &Placed, hash: &BodyHash) -> Result<()>;

    /// Where the record of an id stands, tail aside.
    fn known(&self, space: &Space, id: &RecordId) -> Result<Option<u64>>;

    /// Takes up what a tail knew, in order.
    fn put_known(&self, space: &Space, known: &[(RecordId, u64)]) -> Result<()>;

    /// The records of a slot and side that have a body, tail aside.
    fn kept(&self, space: &Space, slot: &SlotId, side: Side) -> Result<Vec<u64>>;

    /// Takes up what a tail had of slots and sides, in order.
    fn put_kept(&self, space: &Space, kept: &[(SlotId, Side, Kept)]) -> Result<()>;

    /// Marks the live records of a slot and side up to a number as replaced, tail aside.
    fn mark_replaced(&self, space: &Space, by: &Placed, upto: u64, day: u64) -> Result<()>;

    fn is_slot_closed(&self, space: &Space, slot: &SlotId, side: Side) -> Result<bool>;

    fn close_slot(&self, space: &Space, slot: &SlotId, side: Side, seq: u64) -> Result<()>;
}

/// Spaces that end.
pub(super) trait ClosingRows {
    /// Some open spaces whose time has come.
    fn due_to_close(&self, now_ms: u64, most: usize) -> Result<Vec<SpaceId>>;

    /// Some closed spaces that have kept something since a day or longer.
    fn closed_until(&self, day: u64, most: usize) -> Result<Vec<SpaceId>>;

    /// Notes which slots are to stay, in the place of what was to stay before.
    fn keep_slots(&self, space: &Space, slots: &[SlotId]) -> Result<()>;

    fn slots_to_keep(&self, space: &Space) -> Result<Vec<SlotId>>;

    /// Drops everything of a space but its row, who may read it, its blobs, and these records.
    fn empty(&self, space: &Space, stays: &std::collections::BTreeSet<u64>) -> Result<()>;

    /// Drops every record of a space.
    fn drop_log(&self, space: &Space) -> Result<()>;
}

/// The gates of one slot and side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) space: &'a Space,
    pub(super) slot: &'a SlotId,
    pub(super) side: Side,
}

/// A gate's row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    pub(super) part: GatePart,
    pub(super) day: Option<u16>,
}

/// Gates.
pub(super) trait GateRows {
    fn gate(&self, place: Place<'_>, gate: &GateId) -> Result<Option<Gate>>;

    fn put_gate(&self, place: Place<'_>, gate: &GateId, row: Gate) -> Result<()>;

    fn drop_gate(&self, place: Place<'_>, gate: &GateId) -> Result<()>;

    /// Drops the gates of a slot.
    fn drop_gates(&self, place: Place<'_>) -> Result<()>;

    /// How many gates a side of a space has.
    fn gates(&self, space: &Space, side: Side) -> Result<usize>;

    /// When one of the place was taken first.
    fn taken_day(&self, place: Place<'_>) -> Result<Option<u16>>;

    /// Notes the first taking; whether it was the first.
    fn note_taken(&self, place: Place<'_>, day: u64) -> Result<bool>;

    /// Of how many slots a side of a space knows that something was taken.
    fn taken(&self, space: &Space, side: Side) -> Result<usize>;

    /// Forgets the slot that was taken longest ago, this one aside.
    fn forget_oldest_taken(&self, place: Place<'_>) -> Result<()>;

    /// Drops some gates whose last day is over; how many.
    fn drop_expired_gates(&self, today: u64, most: usize) -> Result<usize>;
}

/// What wakes devices that sleep.
pub(super) trait WakeRows {
    /// What is kept under this name.
    fn registration(&self, space: &Space, key: &PublicKey, registration: &RegistrationId) -> Result<Option<Vec<u8>>>;

    /// Writes a registration, in the place of what was there under its name.
    fn put_registration(&self, space: &Space, registered: &Registered, day: u64) -> Result<()>;

    fn drop_registration(&self, space: &Space, key: &PublicKey, registration: &RegistrationId) -> Result<()>;

    /// Of a key's registrations other than this one, drops all but the newest `keep`.
    fn forget_oldest_registrations(
        &self,
        space: &Space,
        key: &PublicKey,
        but: &RegistrationId,
        keep: usize,
    ) -> Result<()>;

    /// Those of every key of a space, of this day or later.
    fn registrations(&self, space: &Space, since_day: u64) -> Result<Vec<Registered>>;

    /// Drops up to `most` of an earlier day than this one, of any space, and answers how many.
    fn drop_registrations_before(&self, day: u64, most: usize) -> Result<usize>;

    /// Drops those of every key of a space.
    fn drop_registrations(&self, space: &Space) -> Result<()>;
}

/// A blob's row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blob {
    pub(super) side: Side,
    pub(super) now: BlobNow,
    /// Of its last part.
    pub(super) day: u64,
}

/// A slot that holds a blob.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    pub(super) slot: SlotId,
    pub(super) side: Side,
    pub(super) blob: BlobId,
}

/// Blobs, and which slots hold them.
pub(super) trait BlobRows {
    fn blob(&self, space: &Space, id: &BlobId) -> Result<Option<Blob>>;

    /// Writes the row of a new blob with nothing in it, and answers a number for its file that no blob ever had.
    fn begin_blob(&self, space: &Space, side: Side, id: &BlobId, total: u64, day: u64) -> Result<u64>;

    /// Says how much of a blob is there; its day goes forward only.
    fn fill_blob(&self, space: &Space, id: &BlobId, have: u64, day: u64) -> Result<()>;

    /// Drops a blob's row and notes its file; the bytes it was to have.
    fn drop_blob(&self, space: &Space, id: &BlobId) -> Result<u64>;

    /// Drops every blob of a space, and notes their files.
    fn drop_blobs(&self, space: &Space) -> Result<()>;

    fn is_held(&self, space: &Space, hold: &Hold) -> Result<bool>;

    fn hold(&self, space: &Space, hold: &Hold) -> Result<()>;

    /// Lets a blob go from a slot; whether it was held.
    fn let_go(&self, space: &Space, hold: &Hold) -> Result<bool>;

    /// The slots that hold a blob.
    fn holds(&self, space: &Space, id: &BlobId) -> Result<Vec<Hold>>;

    /// The blobs that a slot holds for a side.
    fn held(&self, space: &Space, slot: &SlotId, side: Side) -> Result<Vec<BlobId>>;

    /// Some blobs that had no part since before a day and are not finished.
    fn unfinished(&self, before_day: u64, most: usize) -> Result<Vec<(SpaceId, BlobId)>>;

    /// The files that were noted as gone.
    fn gone(&self) -> Result<Vec<u64>>;

    /// Forgets that files were noted, outside of any transaction.
    fn forget_gone(&self, files: &[u64]) -> Result<()>;
}

/// Mailboxes.
pub(super) trait MailboxRows {
    /// When a mailbox ends; nobody else changes it from now on until the transaction ends; `None` if there is none.
    fn mailbox_expires_ms(&self, id: &MailboxId) -> Result<Option<u64>>;

    /// How many mailboxes there are.
    fn mailboxes(&self) -> Result<u64>;

    fn begin_mailbox(&self, id: &MailboxId, expires_ms: u64) -> Result<()>;

    /// How many messages a mailbox has.
    fn messages(&self, id: &MailboxId) -> Result<u32>;

    fn message(&self, id: &MailboxId, index: u32) -> Result<Vec<u8>>;

    fn put_message(&self, id: &MailboxId, index: u32, bytes: &[u8]) -> Result<()>;

    fn forget_mailbox(&self, id: &MailboxId) -> Result<()>;

    /// Some mailboxes whose time is over.
    fn mailboxes_over(&self, now_ms: u64, most: usize) -> Result<Vec<MailboxId>>;
}

/// A replaced record that still has its body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Replaced {
    pub(super) day: u64,
    pub(super) space: SpaceId,
    /// See [`Space::no`].
    pub(super) space_no: i64,
    pub(super) slot: SlotId,
    pub(super) side: Side,
    pub(super) seq: u64,
}

/// What has had its time. What is found here is looked at again once its space is locked.
pub(super) trait SweepRows {
    /// Makes sure that nobody else sweeps; whether nobody does.
    fn may_sweep(&self) -> Result<bool> {
        Ok(true)
    }

    /// Forgets sessions that are over, where they are kept in rows.
    fn forget_sessions(&self, _now_ms: u64) -> Result<()> {
        Ok(())
    }

    /// Some spaces whose tail is longer than nothing.
    fn with_tail(&self, most: usize) -> Result<Vec<SpaceId>>;

    /// Some records whose last day is over and that have a body.
    fn expired(&self, today: u64, most: usize) -> Result<Vec<(SpaceId, u64)>>;

    /// Some records that were replaced on a day or before, in an order that stays, from after `after` on.
    fn replaced(&self, last_day: u64, after: Option<&Replaced>, most: usize) -> Result<Vec<Replaced>>;

    /// The lowest number that the keys have read which were there since a day; `None` where there was none.
    fn read_since(&self, space: &Space, day: u64) -> Result<Option<u64>>;
}
