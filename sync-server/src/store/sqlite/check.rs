//! What a check is shown of a store in SQLite.

use cairn_wire::SpaceId;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::Sqlite;
use super::connection::{Opener, version_of};
use super::row::{SPACE_NO_MAX, chain, log_key, seq_of};
use crate::limits::CHECK_SQLITE_LINES;
use crate::store::blob_bytes::Whose;
use crate::store::check::{
    AccessCounts, BlobRow, CheckRows, Checked, Counts, Finding, InSlot, LogRow, Place, RelaySaid, Slot, SpaceRow,
    of_store,
};
use crate::store::contents::of_spaces_beside_the_log;
use crate::store::space::SEQ_MAX;
use crate::store::{StoreConfig, StoreError};

impl Sqlite {
    /// Checks the store in a folder, beside a relay that may have it open.
    pub(in crate::store) fn check(config: &StoreConfig, say: &mut dyn FnMut(&Finding)) -> Result<Checked, StoreError> {
        let connection = Opener::beside(config)?.open_reader()?;
        version_of(&connection)?;
        // What is sorted while checking may be as long as the largest space.
        connection.pragma_update(None, "temp_store", "FILE")?;
        of_store(&connection, config, Whose::Store, say)
    }
}

/// A record and what the tables beside the log say of it. Where a header has its record's name and slot, `cairn_wire::Header` says.
const RECORDS: &str = "SELECT log.key, log.day, log.side, log.stub, log.chain, log.header, log.body,
        known.seq, kept.seq, kept.expires_day, slot_closed.seq
    FROM log
    LEFT JOIN known ON known.space_no = ?3 AND known.record_id = substr(log.header, 19, 16)
    LEFT JOIN kept ON kept.space_no = ?3 AND kept.slot = substr(log.header, 35, 16) AND kept.side = log.side
        AND kept.seq = log.key & ?4
    LEFT JOIN slot_closed ON slot_closed.space_no = ?3 AND slot_closed.slot = substr(log.header, 35, 16)
        AND slot_closed.side = log.side
    WHERE log.key BETWEEN ?1 AND ?2 ORDER BY log.key";

/// The same records by slot: `part` is what a record replaces, as its header has it, little-endian.
const IN_SLOTS: &str =
    "SELECT substr(header, 35, 16) AS slot, side, key & ?4 AS seq, 1 AS is_later, day, substr(header, 59, 8) AS part
    FROM log WHERE key BETWEEN ?1 AND ?2 AND length(header) = 72 AND substr(header, 59, 8) <> zeroblob(8)
    UNION ALL SELECT slot, side, seq, 0, replaced_day, NULL FROM kept WHERE space_no = ?3
    ORDER BY slot, side, seq DESC, is_later";

impl CheckRows for Connection {
    fn own_findings(&self, each: &mut dyn FnMut(&str)) -> Result<(), StoreError> {
        let mut statement = self.prepare(&format!("PRAGMA integrity_check({CHECK_SQLITE_LINES})"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let text: String = row.get(0)?;
            for line in text.lines().filter(|line| *line != "ok") {
                each(&format!("SQLite says: {line}"));
            }
        }
        Ok(())
    }

    fn relay_said(&self) -> Result<RelaySaid, StoreError> {
        Ok(self.query_row("SELECT seed, incarnation FROM relay", [], |row| {
            Ok(RelaySaid {
                seed: row.get(0)?,
                incarnation: row.get(1)?,
            })
        })?)
    }

    fn at_one_moment(&self, look: &mut dyn FnMut() -> Result<(), StoreError>) -> Result<(), StoreError> {
        let moment = self.unchecked_transaction()?;
        look()?;
        moment.finish()?;
        Ok(())
    }

    fn next_space(&self, after: Option<Place>) -> Result<Option<Place>, StoreError> {
        let no: Option<i64> = self
            .prepare_cached("SELECT no FROM space WHERE no > ?1 ORDER BY no LIMIT 1")?
            .query_row([after.map_or(-1, |after| after.no)], |row| row.get(0))
            .optional()?;
        Ok(no.map(|no| Place { no, id: None }))
    }

    fn space_row(&self, place: Place) -> Result<SpaceRow, StoreError> {
        self.prepare_cached(
            "SELECT id, n, chain, epoch, closed, bytes_0, bytes_1, indexed_upto, closed_day FROM space WHERE no = ?1",
        )?
        .query_row([place.no], |row| {
            Ok(chain(row, 2).map(|chain| (row.get(0), chain)).and_then(|(id, chain)| {
                let id = SpaceId::from_bytes(id?);
                Ok(SpaceRow {
                    place: Place {
                        no: place.no,
                        id: Some(id),
                    },
                    id,
                    n: row.get(1)?,
                    chain,
                    epoch: row.get(3)?,
                    is_closed: row.get(4)?,
                    has_kept: row.get::<_, Option<i64>>(8)?.is_some(),
                    bytes: [row.get(5)?, row.get(6)?],
                    indexed_upto: row.get(7)?,
                })
            }))
        })?
    }

    fn records(&self, space: &SpaceRow, each: &mut dyn FnMut(&LogRow<'_>)) -> Result<(), StoreError> {
        let mut statement = self.prepare_cached(RECORDS)?;
        let [first, last] = keys_of(space.place.no)?;
        let mut rows = statement.query((first, last, space.place.no, SEQ_MAX))?;
        while let Some(row) = rows.next()? {
            let kept: Option<u64> = row.get(8)?;
            each(&LogRow {
                seq: seq_of(row.get(0)?),
                day: row.get(1).ok(),
                side: row.get(2).ok(),
                is_stub: row.get(3).ok(),
                chain: chain(row, 4)?,
                header: bytes_of(row, 5)?.unwrap_or_default(),
                body: bytes_of(row, 6)?,
                known: row.get(7)?,
                kept_until: kept.map(|_| row.get(9)).transpose()?.map(Option::unwrap_or_default),
                slot_closed_by: row.get(10)?,
            });
        }
        Ok(())
    }

    fn counts(&self, space: &SpaceRow) -> Result<Counts, StoreError> {
        let no = space.place.no;
        let count =
            |sql: &str| -> Result<u64, StoreError> { Ok(self.prepare_cached(sql)?.query_row([no], |row| row.get(0))?) };
        Ok(Counts {
            names: Some(count("SELECT count(*) FROM known WHERE space_no = ?1")?),
            bodies: count("SELECT count(*) FROM kept WHERE space_no = ?1")?,
            loose_slots: count(
                "SELECT count(*) FROM slot_closed WHERE space_no = ?1 AND NOT EXISTS
                   (SELECT 1 FROM log WHERE key = (?1 << 40) | seq AND substr(header, 35, 16) = slot AND log.side = slot_closed.side)",
            )?,
        })
    }

    fn in_slots(&self, space: &SpaceRow, each: &mut dyn FnMut(&InSlot)) -> Result<(), StoreError> {
        let mut statement = self.prepare_cached(IN_SLOTS)?;
        let [first, last] = keys_of(space.place.no)?;
        let mut rows = statement.query((first, last, space.place.no, SEQ_MAX))?;
        while let Some(row) = rows.next()? {
            let upto: Option<[u8; 8]> = row.get(5)?;
            let what = match upto {
                None => Slot::Body {
                    replaced_day: row.get(4)?,
                },
                Some(upto) => Slot::Replaces {
                    upto: u64::from_le_bytes(upto),
                    day: row.get(4)?,
                },
            };
            each(&InSlot {
                slot: row.get(0)?,
                side: row.get(1)?,
                seq: row.get(2)?,
                what,
            });
        }
        Ok(())
    }

    fn access_counts(&self, space: &SpaceRow) -> Result<AccessCounts, StoreError> {
        let (keys, administering) = self
            .prepare_cached("SELECT count(*), count(*) FILTER (WHERE administer) FROM access WHERE space_no = ?1")?
            .query_row([space.place.no], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (beyond, strangers, known) = self
            .prepare_cached(
                "SELECT count(*) FILTER (WHERE ack.n > ?2), count(*) FILTER (WHERE access.key IS NULL),
                        count(*) FILTER (WHERE access.key IS NOT NULL)
                 FROM ack LEFT JOIN access USING (space_no, key) WHERE ack.space_no = ?1",
            )?
            .query_row((space.place.no, space.n), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let woken_strangers = self
            .prepare_cached(
                "SELECT count(*) FROM wake LEFT JOIN access USING (space_no, key)
                 WHERE wake.space_no = ?1 AND access.key IS NULL",
            )?
            .query_row([space.place.no], |row| row.get(0))?;
        Ok(AccessCounts {
            keys,
            administering,
            beyond,
            strangers,
            known,
            woken_strangers,
        })
    }

    fn blobs_after(&self, space: &SpaceRow, after: &[u8], most: usize) -> Result<Vec<BlobRow>, StoreError> {
        let mut statement = self.prepare_cached(
            "SELECT id, side, file, total, have,
                    (SELECT count(*) FROM blob_hold AS hold
                     WHERE hold.space_no = blob.space_no AND hold.blob = id AND hold.side = blob.side)
             FROM blob WHERE space_no = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        )?;
        let rows = statement.query_map((space.place.no, after, most), |row| {
            Ok(BlobRow {
                id: row.get(0)?,
                side: row.get(1)?,
                file: row.get(2)?,
                total: row.get(3)?,
                have: row.get(4)?,
                holds: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn loose_holds(&self, space: &SpaceRow) -> Result<u64, StoreError> {
        Ok(self
            .prepare_cached(
                "SELECT count(*) FROM blob_hold AS hold WHERE space_no = ?1 AND NOT EXISTS
                   (SELECT 1 FROM blob WHERE blob.space_no = hold.space_no AND blob.id = hold.blob AND blob.side = hold.side)",
            )?
            .query_row([space.place.no], |row| row.get(0))?)
    }

    fn files_begun(&self) -> Result<u64, StoreError> {
        Ok(self.query_row("SELECT files FROM relay", [], |row| row.get(0))?)
    }

    fn files(&self, each: &mut dyn FnMut(i64, bool)) -> Result<(), StoreError> {
        for (sql, is_there) in [("SELECT file FROM blob", true), ("SELECT file FROM blob_gone", false)] {
            let mut statement = self.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                each(row.get(0)?, is_there);
            }
        }
        Ok(())
    }

    fn file_now(&self, space: Place, blob: &[u8; 32]) -> Result<Option<u64>, StoreError> {
        Ok(self
            .prepare_cached("SELECT file FROM blob WHERE space_no = ?1 AND id = ?2")?
            .query_row((space.no, blob), |row| row.get(0))
            .optional()?)
    }

    /// Blobs are not found by their file: they are gone through once.
    fn named_now(&self, files: &[u64]) -> Result<Vec<u64>, StoreError> {
        let asked: std::collections::BTreeSet<u64> = files.iter().copied().collect();
        let mut named = Vec::new();
        CheckRows::at_one_moment(self, &mut || {
            CheckRows::files(self, &mut |file, _| {
                named.extend(u64::try_from(file).ok().filter(|file| asked.contains(file)));
            })
        })?;
        Ok(named)
    }

    /// Looks between each space and the next, where a record is found without going through others.
    fn has_loose_records(&self) -> Result<bool, StoreError> {
        let moment = self.unchecked_transaction()?;
        let mut spaces = self.prepare("SELECT no FROM space ORDER BY no")?;
        let mut between = self.prepare("SELECT 1 FROM log WHERE key BETWEEN ?1 AND ?2")?;
        let mut rows = spaces.query([])?;
        let mut first = 0;
        let mut is_loose = false;
        loop {
            let next: Option<i64> = rows.next()?.map(|row| row.get(0)).transpose()?;
            let last = next.map_or(SPACE_NO_MAX, |next| next - 1);
            if first <= last {
                is_loose |= between.exists([log_key(first, 0)?, log_key(last, SEQ_MAX)?])?;
            }
            let Some(next) = next else { break };
            first = next + 1;
        }
        drop(rows);
        drop(spaces);
        drop(between);
        moment.finish()?;
        Ok(is_loose)
    }

    fn loose_rows(&self, each: &mut dyn FnMut(&str, &str, Result<u64, StoreError>)) {
        let of_spaces = of_spaces_beside_the_log().chain(["known"]);
        let spaces = of_spaces.map(|table| (table, "space_no", "space", "no"));
        let mailboxes = [("mailbox_message", "mailbox", "mailbox", "id")];
        for (table, column, owner, key) in spaces.chain(mailboxes) {
            let sql = format!("SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT {key} FROM {owner})");
            each(
                table,
                owner,
                self.query_row(&sql, [], |row| row.get(0)).map_err(Into::into),
            );
        }
    }
}

/// The first and the last key that a record of a space can have.
fn keys_of(space_no: i64) -> Result<[i64; 2], StoreError> {
    Ok([log_key(space_no, 0)?, log_key(space_no, SEQ_MAX)?])
}

/// Bytes, or `None` for what is something else.
fn bytes_of<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a [u8]>, StoreError> {
    Ok(match row.get_ref(column)? {
        ValueRef::Blob(bytes) => Some(bytes),
        _ => None,
    })
}
