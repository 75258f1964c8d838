//! What this device saw of a space's log: its chain, stretch by stretch, and the records of which it saw no body.

use super::columns::{at_most, id};
use super::{StoreError, Tx, View};
use crate::id::DocumentId;
use crate::limits;
use cairn_wire::{ChainHash, RecordHash, SlotId, SpaceId};
use rusqlite::params;

/// One log: a space, in one incarnation of its relay's store. Numbers mean nothing in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogName {
    /// The space.
    pub space: SpaceId,
    /// The incarnation.
    pub incarnation: u32,
}

/// A record of which the relay showed a stub, and nothing that replaced it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StubRow {
    /// Its slot.
    pub slot: SlotId,
    /// Its number.
    pub seq: u64,
    /// Its hash.
    pub hash: RecordHash,
}

impl View<'_> {
    /// The chain of a log after record `n`, if this device computed and remembers it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn chain_at(&self, log: LogName, n: u64) -> Result<Option<ChainHash>, StoreError> {
        let found = self.one(
            "SELECT last, chains FROM stretch WHERE space = ?1 AND incarnation = ?2 AND last >= ?3 ORDER BY last LIMIT 1",
            params![log.space.as_bytes(), log.incarnation, n],
            |row| Ok((row.get::<_, u64>(0)?, row.get::<_, Vec<u8>>(1)?)),
        )?;
        let chain = found.and_then(|(last, chains)| {
            let back = usize::try_from(last - n)
                .ok()?
                .checked_add(1)?
                .checked_mul(ChainHash::LEN)?;
            let at = chains.len().checked_sub(back)?;
            ChainHash::from_slice(chains.get(at..at + ChainHash::LEN)?)
        });
        Ok(chain)
    }

    /// The stubs of a log that nothing justifies, in the slots after `after`, by slot: at most `count`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn stubs(&self, log: LogName, after: Option<SlotId>, count: usize) -> Result<Vec<StubRow>, StoreError> {
        self.all(
            "SELECT slot, seq, hash FROM stub WHERE space = ?1 AND incarnation = ?2 AND slot > ?3 ORDER BY slot, seq LIMIT ?4",
            params![
                log.space.as_bytes(),
                log.incarnation,
                after.as_ref().map_or(&[][..], |slot| slot.as_bytes().as_slice()),
                at_most(count)
            ],
            |row| {
                Ok(StubRow {
                    slot: id(row, 0, SlotId::from_bytes)?,
                    seq: row.get(1)?,
                    hash: id(row, 2, RecordHash::from_bytes)?,
                })
            },
        )
    }

    /// How many stubs of a log nothing justifies.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn stub_count(&self, log: LogName) -> Result<u64, StoreError> {
        self.exactly(
            "SELECT count(*) FROM stub WHERE space = ?1 AND incarnation = ?2",
            params![log.space.as_bytes(), log.incarnation],
            |row| row.get(0),
        )
    }

    /// The smallest number of such a stub in one slot: no state may claim to contain it or a later record.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn stub_floor(&self, log: LogName, slot: SlotId) -> Result<Option<u64>, StoreError> {
        self.exactly(
            "SELECT min(seq) FROM stub WHERE space = ?1 AND incarnation = ?2 AND slot = ?3",
            params![log.space.as_bytes(), log.incarnation, slot.as_bytes()],
            |row| row.get(0),
        )
    }

    /// Whether this very record is one of them.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn is_stub(&self, log: LogName, stub: &StubRow) -> Result<bool, StoreError> {
        self.exactly(
            "SELECT EXISTS (SELECT 1 FROM stub WHERE space = ?1 AND incarnation = ?2 AND slot = ?3 AND seq = ?4 AND hash = ?5)",
            params![
                log.space.as_bytes(),
                log.incarnation,
                stub.slot.as_bytes(),
                stub.seq,
                stub.hash.as_bytes()
            ],
            |row| row.get(0),
        )
    }

    /// The document whose state contains a record, if this device knows one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn document_containing(&self, record: &RecordHash) -> Result<Option<DocumentId>, StoreError> {
        self.one(
            "SELECT document FROM sibling WHERE hash = ?1 LIMIT 1",
            [record.as_bytes()],
            |row| id(row, 0, DocumentId::from_bytes),
        )
    }
}

impl Tx<'_> {
    /// Remembers the chain after each record of a stretch that ends with record `last`, and forgets the oldest.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_stretch(&self, log: LogName, last: u64, chains: &[ChainHash]) -> Result<(), StoreError> {
        let bytes: Vec<u8> = chains.iter().flat_map(ChainHash::as_bytes).copied().collect();
        self.run(
            "INSERT OR REPLACE INTO stretch (space, incarnation, last, chains) VALUES (?1, ?2, ?3, ?4)",
            params![log.space.as_bytes(), log.incarnation, last, bytes],
        )?;
        self.run(
            "DELETE FROM stretch WHERE space = ?1 AND (incarnation < ?2 OR incarnation = ?2 AND last < ?3)",
            params![
                log.space.as_bytes(),
                log.incarnation,
                last.saturating_sub(limits::CHAINS_KEPT)
            ],
        )?;
        Ok(())
    }

    /// Watches a record of which the relay showed a stub; beyond [`limits::STUBS_MAX`] not.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_stub(&self, log: LogName, stub: &StubRow) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO stub (space, incarnation, slot, seq, hash) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                log.space.as_bytes(),
                log.incarnation,
                stub.slot.as_bytes(),
                stub.seq,
                stub.hash.as_bytes()
            ],
        )?;
        Ok(())
    }

    /// A record replaced those of its slot up to `upto`: their stubs are as they should be.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn justify_stubs(&self, log: LogName, slot: SlotId, upto: u64) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM stub WHERE space = ?1 AND incarnation = ?2 AND slot = ?3 AND seq <= ?4",
            params![log.space.as_bytes(), log.incarnation, slot.as_bytes(), upto],
        )?;
        Ok(())
    }

    /// One such record is here after all.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_stub(&self, log: LogName, stub: &StubRow) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM stub WHERE space = ?1 AND incarnation = ?2 AND slot = ?3 AND seq = ?4",
            params![log.space.as_bytes(), log.incarnation, stub.slot.as_bytes(), stub.seq],
        )?;
        Ok(())
    }
}
