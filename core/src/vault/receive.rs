//! A sealed record arrives: size, seal, inside, place, pre-scan, in this order and before anything is believed.
//!
//! What passes is a [`Received`]; Automerge has not seen it yet. What does not is set aside: kept as sealed bytes with
//! the reason, said in `doctor`, never overwritten and never shown.

use super::documents::Projection;
use super::{Engine, Error};
use crate::crypto::{self, EpochKey, RecordKey, SlotKey, slot_id};
use crate::document::{self, Bounds, GENESIS_VERSION, SCHEMA};
use crate::id::DocumentId;
use crate::record::{self, Inside, Kind, Parsed};
use crate::store::{Quarantined, SpaceRow};
use cairn_wire::{Header, PublicKey, Record, RecordHash, Signature, SpaceId};
use std::collections::BTreeMap;

/// Why a record was set aside. The number is kept beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetAside {
    /// No key for its epoch.
    NoKey = 1,
    /// It does not open: flipped bits, or moved from elsewhere.
    NotOpened = 2,
    /// It opens, and its document does not belong in its slot or this space.
    Misplaced = 3,
    /// Inside it is not what a record holds.
    Malformed = 4,
    /// A newer version wrote it.
    TooNew = 5,
    /// Its author is not one of this space.
    Stranger = 6,
    /// Its author did not sign it.
    NotSigned = 7,
    /// Its document was refused before or while it was opened.
    NotAdmitted = 8,
    /// Its author was removed, and it came after what that device is trusted for.
    Removed = 9,
    /// It is sealed under an epoch that was over.
    OldEpoch = 10,
}

impl SetAside {
    pub(super) const fn number(self) -> u8 {
        self as u8
    }
}

/// A record that passed every check short of opening its document.
pub(super) struct Received {
    pub(super) hash: RecordHash,
    pub(super) seq: u64,
    /// The incarnation of the relay's store in whose log that number is its own.
    pub(super) log: u32,
    pub(super) header: Header,
    pub(super) inside: Inside,
    pub(super) digest: [u8; 32],
    pub(super) signature: [u8; 64],
    /// The projection of an entry or of a flat document; none for chain links and what is shared.
    pub(super) projection: Option<Projection>,
}

/// The keys a page of records is opened with.
pub(super) struct Keys {
    /// The incarnation of the relay's store whose log is read.
    pub(super) log: u32,
    pub(super) slot_key: SlotKey,
    pub(super) epochs: Vec<(u32, EpochKey)>,
    /// Of epochs whose keys are destroyed: what is set aside and not decided yet opens with a key of its own.
    pub(super) alone: BTreeMap<RecordHash, RecordKey>,
}

impl Engine {
    pub(super) fn keys(&self, space: &SpaceRow) -> Result<Keys, Error> {
        let epochs = self.store.view().epoch_keys(space.id)?;
        let epochs = epochs
            .into_iter()
            .map(|(epoch, key)| (epoch, EpochKey::from_bytes(*key)))
            .collect();
        Ok(Keys {
            log: space.incarnation,
            slot_key: SlotKey::from_bytes(space.slot_key),
            epochs,
            alone: self.keys_alone(space)?,
        })
    }
}

/// Checks one record of `space` from the outside in.
pub(super) fn receive(
    keys: &Keys,
    space: SpaceId,
    seq: u64,
    hash: RecordHash,
    record: &[u8],
) -> Result<Received, SetAside> {
    let parts = Record::parse(record).map_err(|_| SetAside::Malformed)?;
    let header = parts.header;
    if header.space != space && !planted!(SpaceUnread) {
        return Err(SetAside::Misplaced);
    }
    let key = keys.epochs.iter().find(|(epoch, _)| *epoch == header.epoch);
    let opened = match (key, keys.alone.get(&hash)) {
        (Some((_, key)), _) => crypto::open(key, record),
        (None, Some(key)) => crypto::open_alone(key, record),
        (None, None) => return Err(SetAside::NoKey),
    };
    let plaintext = opened.map_err(|_| SetAside::NotOpened)?;
    let Parsed {
        inside,
        digest,
        signature,
    } = record::parse(parts.header_bytes, &plaintext).map_err(|error| match error {
        record::RecordError::TooNew => SetAside::TooNew,
        _ => SetAside::Malformed,
    })?;
    if slot_id(&keys.slot_key, &inside.document, inside.edition) != header.slot && !planted!(SlotUnread) {
        return Err(SetAside::Misplaced);
    }
    let projection = match inside.kind {
        Kind::Entry => {
            let entry = record::decode_entry(inside.document, &inside.projection);
            Some(Projection::Entry(Box::new(entry.map_err(|_| SetAside::Malformed)?)))
        }
        Kind::Profile | Kind::Settings | Kind::Plan | Kind::Relationship | Kind::Past => {
            let (fields, unknown) = record::decode_fields(&inside.projection).map_err(|_| SetAside::Malformed)?;
            Some(Projection::Fields(fields, unknown))
        }
        _ => None,
    };
    if let Some(bytes) = &inside.document_bytes {
        document::prescan(bytes, &Bounds::default()).map_err(|_| SetAside::NotAdmitted)?;
    }
    Ok(Received {
        hash,
        seq,
        log: keys.log,
        header,
        inside,
        digest,
        signature,
        projection,
    })
}

impl Received {
    pub(super) const fn document(&self) -> DocumentId {
        self.inside.document
    }

    /// Whether this version of the software may change what it shows.
    pub(super) const fn is_read_only(&self) -> bool {
        self.inside.schema > SCHEMA || self.inside.genesis > GENESIS_VERSION
    }

    /// Whether its author signed it.
    pub(super) fn is_signed(&self) -> bool {
        is_signed(&self.inside.author, &self.digest, &self.signature)
    }
}

/// Whether `signature` over the digest of a record is by `author`.
pub(super) fn is_signed(author: &[u8; 32], digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    let author = PublicKey::from_bytes(*author);
    crypto::verify(
        &author,
        &record::signed_bytes(digest),
        &Signature::from_bytes(*signature),
    )
    .is_ok()
        || planted!(SignatureUnread)
}

/// What is kept of a record that was set aside.
pub(super) fn aside(
    space: SpaceId,
    seq: u64,
    hash: RecordHash,
    document: Option<DocumentId>,
    why: SetAside,
    record: &[u8],
    at: crate::clock::Timestamp,
) -> Quarantined {
    Quarantined {
        hash,
        space,
        seq,
        document,
        reason: why.number(),
        record: record.to_vec(),
        at,
    }
}
