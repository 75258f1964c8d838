//! Seals documents that wait to be sent.
//!
//! A document is sealed when it is about to leave, not when it is written: however often it was edited offline, one
//! record goes out, under the epoch that is valid then, naming every record its state contains. From then on the sealed
//! bytes are kept until the relay has acknowledged them.

use super::engine::SUPPORT;
use super::shredding::AGAIN;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::{self, EpochKey, SigningKey, SlotKey, slot_id};
use crate::id::{DocumentId, random_bytes};
use crate::limits;
use crate::record::{Inside, Kind};
use crate::store::{DocumentRow, Sibling, SpaceRow, Tx, View, author_tag};
use cairn_wire::{HEADER_BYTES, Header, RecordHash, RecordId, SEALING_BYTES, Seen, SlotId};

/// What of a record its maker decides; the rest is the space's.
pub(super) struct Plan {
    pub(super) kind: Kind,
    pub(super) document: DocumentId,
    pub(super) edition: u32,
    pub(super) schema: u16,
    pub(super) genesis: u16,
    pub(super) heads: Vec<[u8; 32]>,
    pub(super) parents: Vec<RecordHash>,
    pub(super) merged_upto: u64,
    pub(super) expires_day: u16,
    pub(super) flags: u8,
    pub(super) projection: Vec<u8>,
    pub(super) document_bytes: Option<Vec<u8>>,
}

impl Plan {
    /// A record that is no document of Automerge's: a chain link, something shared, a stop.
    pub(super) const fn plain(kind: Kind, document: DocumentId, content: Vec<u8>) -> Self {
        Self {
            kind,
            document,
            edition: 0,
            schema: 1,
            genesis: 0,
            heads: Vec::new(),
            parents: Vec::new(),
            merged_upto: 0,
            expires_day: 0,
            flags: 0,
            projection: content,
            document_bytes: None,
        }
    }
}

/// Who seals, and with what.
pub(super) struct Sealer<'a> {
    pub(super) space: &'a SpaceRow,
    pub(super) author: &'a SigningKey,
    pub(super) key: EpochKey,
    /// The last head the author verified; in a support space the one that acknowledged the author's own record before.
    pub(super) seen: Seen,
}

/// What became of states that were to be sealed.
pub(super) struct SealedStates {
    /// How many were.
    pub(super) count: usize,
    /// Those that could not be: they pass a bound, or cannot be read.
    pub(super) failing: Vec<DocumentId>,
}

/// A sealed record and its names.
pub(super) struct SealedRecord {
    pub(super) record_id: RecordId,
    pub(super) hash: RecordHash,
    pub(super) bytes: Vec<u8>,
}

impl Sealer<'_> {
    /// Seals `plan` as the author's record number `writer_seq`. Pure: `record_id` and `nonce` are the randomness.
    pub(super) fn seal(
        &self,
        plan: Plan,
        writer_seq: u64,
        record_id: RecordId,
        nonce: [u8; 24],
    ) -> Result<SealedRecord, Error> {
        let nonce = if planted!(NonceRepeats) { [0; 24] } else { nonce };
        let slot = slot_id(&SlotKey::from_bytes(self.space.slot_key), &plan.document, plan.edition);
        let (flags, merged_upto, expires_day) = (plan.flags, plan.merged_upto, plan.expires_day);
        let inside = Inside {
            kind: plan.kind,
            author: *self.author.public().as_bytes(),
            writer_seq,
            seen: self.seen,
            document: plan.document,
            edition: plan.edition,
            schema: plan.schema,
            genesis: plan.genesis,
            heads: plan.heads,
            parents: plan.parents,
            projection: plan.projection,
            document_bytes: plan.document_bytes,
        };
        let unsigned = inside.encode()?;
        let body = unsigned.plaintext_length() + SEALING_BYTES - HEADER_BYTES;
        let length = u32::try_from(body).map_err(|_| Error::HistoryFull)?;
        let header = Header {
            flags,
            space: self.space.id,
            record_id,
            slot,
            epoch: self.space.epoch,
            incarnation: self.space.incarnation,
            merged_upto,
            expires_day,
            length,
        };
        let digest = unsigned.digest(&header.encode());
        let signature = self.author.sign(&crate::record::signed_bytes(&digest));
        let plaintext = unsigned.signed(*signature.as_bytes());
        let bytes = crypto::seal(&self.key, &header, nonce, &plaintext)?;
        let hash = cairn_wire::Record::parse(&bytes).map_err(|_| Error::Internal)?.hash();
        Ok(SealedRecord { record_id, hash, bytes })
    }
}

impl Engine {
    /// Seals documents of the home space that wait, up to one page, and puts them in the outbox.
    pub(super) fn seal_waiting(&mut self, now: Timestamp) -> Result<(), Error> {
        if self.home_chain.is_none() {
            return Ok(()); // Nobody could tell yet whose these are.
        }
        let waiting = self.store.view().dirty_documents(now, limits::PAGE_ENTRIES_MAX)?;
        // What fails stays marked, and everything else goes.
        self.seal_states(waiting, 0).map(drop)
    }

    /// Seals the states of these documents, as many as one request carries, and puts them in the outbox: with the purpose [`AGAIN`]
    /// those that nobody has changed since they were sealed, else those that were changed. One that cannot be sealed is left out.
    pub(super) fn seal_states(&mut self, documents: Vec<DocumentId>, purpose: u8) -> Result<SealedStates, Error> {
        let home = self.home()?;
        let (mut sealed, mut bytes, mut writer_seq) = (Vec::new(), 0, home.writer_seq);
        let mut failing = Vec::new();
        if !documents.is_empty() {
            drop(self.epoch_key(&home)?); // Without it every one would fail, and that is to be heard.
        }
        for id in documents {
            let Some(row) = self.store.view().document(id)? else {
                continue;
            };
            if purpose == AGAIN && row.dirty {
                continue; // It is about to be sealed anyway, with what is new in it.
            }
            let siblings = self.store.view().siblings(id)?;
            let record_id = match purpose {
                AGAIN => self.name_again(&home, self.slot_of(&home, id, row.edition), &row.heads),
                _ => self.record_id(),
            };
            let nonce = random_bytes(self.entropy.as_mut());
            let record = self
                .plan(&home, row, &siblings)
                .and_then(|plan| self.home_sealer(&home)?.seal(plan, writer_seq + 1, record_id, nonce));
            let record = match record {
                Ok(record) => record,
                Err(error @ Error::Store(_)) => return Err(error),
                Err(_) => {
                    failing.push(id);
                    continue;
                }
            };
            writer_seq += 1;
            bytes += record.bytes.len();
            sealed.push((id, record, siblings));
            if bytes >= limits::PUSH_BYTES_MAX {
                break;
            }
        }
        let done = SealedStates {
            count: sealed.len(),
            failing,
        };
        if sealed.is_empty() {
            return Ok(done);
        }
        let own = author_tag(self.identity.signing.public().as_bytes());
        self.commit(&[Change::Sync], |tx| {
            for (id, record, siblings) in &sealed {
                push(tx, &home, purpose, record, Some(*id))?;
                if purpose != AGAIN {
                    tx.set_clean(*id)?;
                }
                let mut after: Vec<Sibling> = siblings.iter().map(|one| Sibling { tip: false, ..*one }).collect();
                after.push(Sibling {
                    hash: record.hash,
                    seq: 0,
                    tip: true,
                    author: own,
                    epoch: home.epoch,
                });
                tx.set_siblings(*id, &after)?;
            }
            Ok(tx.put_space(&SpaceRow {
                writer_seq,
                ..home.clone()
            })?)
        })?;
        Ok(done)
    }

    /// Seals records that are no states of documents, for the home space, and puts them in the outbox in this order, with what goes
    /// with them in one transaction. A record without a name gets a random one.
    pub(super) fn push_home(
        &mut self,
        purpose: u8,
        plans: Vec<(Plan, Option<RecordId>)>,
        also: impl FnOnce(&Tx<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let home = self.home()?;
        self.push_home_under(&home, purpose, plans, also)
    }

    /// As [`Self::push_home`], under the epoch of `under`, which else is the home space as it is.
    pub(super) fn push_home_under(
        &mut self,
        under: &SpaceRow,
        purpose: u8,
        plans: Vec<(Plan, Option<RecordId>)>,
        also: impl FnOnce(&Tx<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let home = self.home()?;
        let (mut sealed, mut writer_seq) = (Vec::new(), home.writer_seq);
        for (plan, name) in plans {
            let document = (plan.kind != Kind::DeviceLink).then_some(plan.document);
            let record_id = name.unwrap_or_else(|| self.record_id());
            let nonce = random_bytes(self.entropy.as_mut());
            writer_seq += 1;
            let record = self.home_sealer(under)?.seal(plan, writer_seq, record_id, nonce)?;
            sealed.push((document, record));
        }
        self.commit(&[Change::Sync], |tx| {
            for (document, record) in &sealed {
                push(tx, &home, purpose, record, *document)?;
            }
            also(tx)?;
            Ok(tx.put_space(&SpaceRow {
                writer_seq,
                ..home.clone()
            })?)
        })
    }

    pub(super) fn slot_of(&self, home: &SpaceRow, document: DocumentId, edition: u32) -> SlotId {
        slot_id(&SlotKey::from_bytes(home.slot_key), &document, edition)
    }

    pub(super) fn plan(&self, home: &SpaceRow, row: DocumentRow, siblings: &[Sibling]) -> Result<Plan, Error> {
        let projection = self.projection(&row)?.encode();
        let tips: Vec<&Sibling> = siblings.iter().filter(|sibling| sibling.tip).collect();
        let merged_upto = if tips.is_empty() {
            0
        } else {
            merged_upto(&self.store.view(), home, &row)?
        };
        Ok(Plan {
            kind: Kind::from_number(row.kind)?,
            document: row.id,
            edition: row.edition,
            schema: row.schema,
            genesis: row.genesis,
            heads: row.heads,
            parents: tips.iter().map(|tip| tip.hash).collect(),
            merged_upto,
            expires_day: 0,
            flags: 0,
            projection,
            document_bytes: row.bytes,
        })
    }

    pub(super) fn home_sealer<'a>(&'a self, home: &'a SpaceRow) -> Result<Sealer<'a>, Error> {
        Ok(Sealer {
            space: home,
            author: &self.identity.signing,
            key: self.epoch_key(home)?,
            seen: super::devices::seen(home),
        })
    }

    pub(super) fn epoch_key(&self, space: &SpaceRow) -> Result<EpochKey, Error> {
        debug_assert!(space.kind <= SUPPORT);
        let key = self
            .store
            .view()
            .epoch_key(space.id, space.epoch)?
            .ok_or(Error::Internal)?;
        Ok(EpochKey::from_bytes(*key))
    }
}

/// Puts a sealed record in the outbox.
pub(super) fn push(
    tx: &Tx<'_>,
    space: &SpaceRow,
    purpose: u8,
    record: &SealedRecord,
    document: Option<DocumentId>,
) -> Result<(), Error> {
    tx.push_outbox(
        space.id,
        purpose,
        &record.record_id,
        &record.hash,
        document,
        &record.bytes,
    )?;
    Ok(())
}

/// The largest sequence number up to which every record of the document's slot is contained in the state here: the
/// verified forward cursor, or right before a record that was set aside or that the relay keeps back.
fn merged_upto(view: &View<'_>, space: &SpaceRow, row: &DocumentRow) -> Result<u64, Error> {
    let slot = slot_id(&SlotKey::from_bytes(space.slot_key), &row.id, row.edition);
    let aside = view.quarantine_floor(row.id, space.id, slot)?;
    let withheld = view.stub_floor(super::witness::log_of(space), slot)?;
    let floor = aside.into_iter().chain(withheld).min();
    Ok(space.cursor.min(floor.map_or(u64::MAX, |seq| seq.saturating_sub(1))))
}
