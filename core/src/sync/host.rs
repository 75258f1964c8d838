//! What sync asks of the device it runs on.

use super::{
    BlobAsk, BlobFound, ClosingWish, GateAsk, GateFound, RingAsk, SyncError, VerifiedPage, WakeAsk, WakeOffer,
};
use cairn_wire::{
    ChainHash, PublicKey, RecordHash, Signature, SignedHead, SlotId, SpaceId, message::Access, message::Outcome,
};

/// Where a device stands in one space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The space.
    pub space: SpaceId,
    /// The relay's origin, pinned.
    pub origin: String,
    /// The key the relay signs heads with, pinned; none before the space exists there.
    pub relay_key: Option<PublicKey>,
    /// The access key of this device or persona.
    pub access: PublicKey,
    /// Incarnation of the relay's store.
    pub incarnation: u32,
    /// The key epoch new records are sealed under.
    pub epoch: u32,
    /// The verified forward cursor: every record up to it was received.
    pub cursor: u64,
    /// The chain at the cursor.
    pub chain: ChainHash,
    /// The highest head verified so far.
    pub head: u64,
    /// The chain there.
    pub head_chain: ChainHash,
    /// Up to where the relay was told that this device holds everything.
    pub acked: u64,
    /// Who may enter a space this device is about to create; empty when it exists already.
    pub create: Vec<Access>,
    /// The epoch such a space is in at least: 1 for one that is new to everybody.
    pub create_epoch: u32,
}

/// What an outgoing record asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// One more record.
    Append,
    /// A tombstone: closes its slot and drops what it held.
    Erase,
    /// A chain link that opens the next epoch.
    Epoch,
}

/// One sealed record on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its number in the outbox.
    pub number: i64,
    /// What it asks for.
    pub purpose: Purpose,
    /// Its hash.
    pub hash: RecordHash,
    /// The sealed bytes.
    pub record: Vec<u8>,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing")
            .field("number", &self.number)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// What became of an outgoing record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Landed {
    /// Its number in the outbox.
    pub number: i64,
    /// What the relay says of it.
    pub outcome: Outcome,
}

/// A wish to change who may enter a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessWish {
    /// The version of the list it changes.
    pub version: u64,
    /// Who is to be let in.
    pub add: Vec<Access>,
    /// Who is to be kept out.
    pub remove: Vec<PublicKey>,
    /// Whether those that are let in are all there are from then on.
    pub only: bool,
}

/// The device, as sync sees it. Every method that takes something makes it durable before it returns.
///
/// A method answers [`SyncError::Host`] when the device itself failed, and keeps its own reason.
pub trait Host {
    /// The spaces to bring up to date, home first.
    fn spaces(&mut self) -> Vec<SpaceId>;
    /// Whether something waits to be sent to `space`.
    fn waits(&mut self, space: SpaceId) -> bool;
    /// Where the device stands in `space`; none when it is not there any more.
    fn place(&mut self, space: SpaceId) -> Result<Option<Place>, SyncError>;
    /// Signs `bytes` with the access key of `space`.
    fn sign(&mut self, space: SpaceId, bytes: &[u8]) -> Result<Signature, SyncError>;
    /// Whether `signature` over `bytes` is by `key`.
    fn is_signed(&self, key: &PublicKey, bytes: &[u8], signature: &Signature) -> bool;
    /// The space exists at the relay now, in this epoch, and its heads are signed by `relay_key`.
    fn created(&mut self, space: SpaceId, relay_key: PublicKey, epoch: u32, head: &SignedHead)
    -> Result<(), SyncError>;
    /// The space is at the relay already, whoever made it again.
    fn is_there(&mut self, space: SpaceId) -> Result<(), SyncError>;
    /// The relay, by its pinned key, says that another incarnation of its store answers than the one the numbers here are of: nothing that
    /// it said before holds. [`SyncError::ResyncRequired`] where the device does not go along with that now.
    fn begins_anew(&mut self, space: SpaceId, incarnation: u32) -> Result<(), SyncError>;
    /// Keeps a verified page and moves the cursor to its end.
    fn keep(&mut self, space: SpaceId, page: &VerifiedPage<'_>) -> Result<(), SyncError>;
    /// Keeps records that are readable before the rest has arrived; moves no cursor, acknowledgement or head.
    fn keep_newest(&mut self, space: SpaceId, records: &[(u64, &[u8])]) -> Result<(), SyncError>;
    /// Slots of which the relay, read to its head, passes off a record as replaced and shows nothing that replaced it: those after
    /// `after`, at most as many as one request may name.
    fn withheld(&mut self, space: SpaceId, after: Option<SlotId>) -> Result<Vec<SlotId>, SyncError>;
    /// What the relay shows when it is asked for these slots; the device keeps what it misses and lets the rest be.
    fn keep_withheld(&mut self, space: SpaceId, records: &[(u64, &[u8])]) -> Result<(), SyncError>;
    /// The next records to send, sealed and durable, at most a page; of a purpose other than append, one at a time.
    fn outgoing(&mut self, space: SpaceId) -> Result<Vec<Outgoing>, SyncError>;
    /// The relay answered for these; where their place in the chain is proven, the cursor moves to `head`.
    fn landed(&mut self, space: SpaceId, landed: &[Landed], head: &SignedHead, joins: bool) -> Result<(), SyncError>;
    /// The relay refused a record for what happened in the space meanwhile.
    fn refused(&mut self, space: SpaceId, landed: Landed) -> Result<(), SyncError>;
    /// The relay was told that this device holds everything up to `n`.
    fn acked(&mut self, space: SpaceId, n: u64) -> Result<(), SyncError>;
    /// What the relay said about its present head.
    fn saw_head(&mut self, space: SpaceId, head: &SignedHead) -> Result<(), SyncError>;
    /// The relay does not let this device into `space`; whether it has another key to try now.
    fn another_key(&mut self, space: SpaceId) -> Result<bool, SyncError>;
    /// The wish to change who may enter `space`, if there is one.
    fn access_wish(&mut self, space: SpaceId) -> Result<Option<AccessWish>, SyncError>;
    /// Who may enter `space` was changed; `version` is the relay's. `done` is false when another device was first.
    fn access_changed(&mut self, space: SpaceId, version: u64, done: bool) -> Result<(), SyncError>;
    /// What the relay is still to be told of the end of `space`, or of its staying; none where it knows.
    fn closing(&mut self, space: SpaceId) -> Result<Option<ClosingWish>, SyncError>;
    /// The relay was told; whether the space is closed now, under the relay's key.
    fn closing_told(&mut self, space: SpaceId, is_closed: bool) -> Result<(), SyncError>;
    /// The relay says under its key that the space is closed, and shows what it has kept of it, the oldest first. No chain vouches for
    /// these records; each has to prove itself.
    fn closed(&mut self, space: SpaceId, records: &[(u64, Vec<u8>)]) -> Result<(), SyncError>;
    /// What to ask next of a gate of `space`, once nothing waits that can be sent without it.
    fn gate(&mut self, space: SpaceId) -> Result<Option<GateAsk>, SyncError>;
    /// What the relay answered to that.
    fn gate_found(&mut self, space: SpaceId, ask: &GateAsk, found: GateFound) -> Result<(), SyncError>;
    /// The relay refused that, and is not asked for it again in this round.
    fn gate_refused(&mut self, space: SpaceId, ask: &GateAsk) -> Result<(), SyncError>;
    /// What to ask of the relay so that it wakes this device; none where it knows.
    fn waking(&mut self, _space: SpaceId) -> Result<Option<WakeAsk>, SyncError> {
        Ok(None)
    }
    /// What the relay answered to that; none where it refused or did not answer, and it is not asked again in this round.
    fn waking_told(&mut self, _space: SpaceId, _ask: &WakeAsk, _offer: Option<WakeOffer>) -> Result<(), SyncError> {
        Ok(())
    }
    /// How to ring for the other devices of `space`, for which something was stored; none where it would wake nobody.
    fn ring(&mut self, _space: SpaceId) -> Result<Option<RingAsk>, SyncError> {
        Ok(None)
    }
    /// The relay of `space` says whether it wakes anybody.
    fn rung(&mut self, _space: SpaceId, _wakes: bool) {}
    /// What to ask next for an attachment of `space`; none when nothing waits, or when this round has carried enough.
    fn blob(&mut self, space: SpaceId) -> Result<Option<BlobAsk>, SyncError>;
    /// What the relay answered to that.
    fn blob_found(&mut self, space: SpaceId, ask: &BlobAsk, found: BlobFound) -> Result<(), SyncError>;
}
