//! A space's records, one after the other, and what the tables beside the log say of each.

use cairn_wire::message::Side;
use cairn_wire::{
    BodyHash, ChainHash, HEADER_BYTES, Header, Record, RecordHash, chain_0, chain_next, record_hash, stub_hash,
};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::super::row::{chain, header_bytes, log_key, seq_of, side, side_number};
use super::{SpaceRow, Teller, replaced};
use crate::store::StoreError;
use crate::store::bodies::stored_bytes;
use crate::store::space::SEQ_MAX;

/// A record as its row has it.
pub(super) struct Here {
    pub(super) seq: u64,
    pub(super) side: Side,
    pub(super) is_stub: bool,
    pub(super) header: Header,
}

/// Checks every record of a space, and answers the bytes that count for each side.
pub(super) fn of_space(
    connection: &Connection,
    space: &SpaceRow,
    incarnation: u32,
    teller: &mut Teller<'_>,
) -> Result<[u64; 2], StoreError> {
    if space.indexed_upto > space.n {
        teller.tell(None, "says that more records are indexed than it has");
    }
    let mut bytes = [0; 2];
    let mut before = (0, chain_0(&space.id));
    let mut bodies = 0;
    let mut statement = connection.prepare_cached(
        "SELECT key, day, side, stub, chain, header, body FROM log WHERE key BETWEEN ?1 AND ?2 ORDER BY key",
    )?;
    let mut rows = statement.query([log_key(space.no, 0)?, log_key(space.no, SEQ_MAX)?])?;
    let index = Index { connection, space };
    while let Some(row) = rows.next()? {
        teller.checked.records += 1;
        let seq = seq_of(row.get(0)?);
        let follows = seq == before.0 + 1;
        if !follows && !space.is_closed {
            teller.tell(
                Some(seq),
                format!(
                    "stands right after record {}: what was between them is missing",
                    before.0
                ),
            );
        }
        let now = chain(row, 4)?;
        match read(row, seq) {
            Ok((here, hash, body_bytes)) => {
                if follows && chain_next(&before.1, &hash) != now {
                    teller.tell(
                        Some(seq),
                        "does not follow from the record before it: it or its chain was changed",
                    );
                }
                by_itself(&here, space, incarnation, teller);
                bytes[usize::from(here.side.number())] += stored_bytes(body_bytes);
                if !space.is_closed {
                    index.check(&here, teller)?;
                    bodies += u64::from(!here.is_stub && seq <= space.indexed_upto);
                }
            }
            Err(what) => teller.tell(Some(seq), what),
        }
        before = (seq, now);
    }
    at_the_end(space, before, teller);
    index.counts(bodies, teller)?;
    if !space.is_closed {
        replaced::of_space(connection, space, teller)?;
    }
    Ok(bytes)
}

/// A row, its record's hash, and how long the body in it is; or what is wrong with it.
fn read(row: &Row<'_>, seq: u64) -> Result<(Here, RecordHash, usize), &'static str> {
    let bytes = header_bytes(row, 5).map_err(|_| "its header is not as long as one")?;
    let header = Header::decode(&bytes).map_err(|_| "its header is none")?;
    let side = side(row, 2).map_err(|_| "stands on no side")?;
    let is_stub = row.get(3).map_err(|_| "is neither a stub nor whole")?;
    row.get::<_, u64>(1).map_err(|_| "came on no day")?;
    let body = row.get_ref(6).ok().and_then(|body| body.as_blob().ok());
    let body = body.ok_or("its body cannot be read")?;
    let hash = if is_stub {
        let hash = BodyHash::from_slice(body).ok_or("is a stub with something else than a hash in it")?;
        stub_hash(&bytes, &hash)
    } else {
        let whole = Record::parse(&[bytes.as_slice(), body].concat()).is_ok();
        if !whole {
            return Err("its body is not as long as its header says");
        }
        record_hash(&bytes, body)
    };
    let here = Here {
        seq,
        side,
        is_stub,
        header,
    };
    Ok((here, hash, body.len()))
}

/// What a record says, against what its space says.
fn by_itself(here: &Here, space: &SpaceRow, incarnation: u32, teller: &mut Teller<'_>) {
    let header = &here.header;
    let wrong = [
        (header.space != space.id, "is a record of another space"),
        (
            header.epoch > space.epoch,
            "is of an epoch that the space has not reached",
        ),
        (
            header.incarnation > incarnation,
            "is of an incarnation that the store has not reached",
        ),
        (
            header.merged_upto >= here.seq,
            "says that it contains itself or what came after it",
        ),
    ];
    for (_, what) in wrong.into_iter().filter(|(is_wrong, _)| *is_wrong) {
        teller.tell(Some(here.seq), what);
    }
}

/// The last record, against the head that the relay signs.
fn at_the_end(space: &SpaceRow, last: (u64, ChainHash), teller: &mut Teller<'_>) {
    if space.is_closed {
        if last.0 > space.n {
            teller.tell(Some(last.0), format!("stands behind the head, which says {}", space.n));
        }
        if last.0 > 0 && !space.has_kept {
            teller.tell(None, "has closed and kept nothing, and has records");
        }
    } else if last.0 != space.n {
        teller.tell(
            None,
            format!("its head says {} records, and the last one is {}", space.n, last.0),
        );
    } else if last.1 != space.chain {
        teller.tell(None, "its head has another chain than its last record");
    }
}

/// The tables beside the log.
struct Index<'a> {
    connection: &'a Connection,
    space: &'a SpaceRow,
}

impl Index<'_> {
    fn check(&self, here: &Here, teller: &mut Teller<'_>) -> Result<(), StoreError> {
        self.slot(here, teller)?;
        if here.seq > self.space.indexed_upto {
            return Ok(());
        }
        let known: Option<u64> = self
            .connection
            .prepare_cached("SELECT seq FROM known WHERE space_no = ?1 AND record_id = ?2")?
            .query_row((self.space.no, here.header.record_id.as_bytes()), |row| row.get(0))
            .optional()?;
        match known {
            Some(seq) if seq == here.seq => {}
            Some(_) => teller.tell(Some(here.seq), "is known under another number"),
            None => teller.tell(
                Some(here.seq),
                "is not known by its name, so that it could be taken twice",
            ),
        }
        let kept: Option<Option<u16>> = self
            .connection
            .prepare_cached(
                "SELECT expires_day FROM kept WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND seq = ?4",
            )?
            .query_row(
                (
                    self.space.no,
                    here.header.slot.as_bytes(),
                    side_number(here.side),
                    here.seq,
                ),
                |row| row.get(0),
            )
            .optional()?;
        match (kept, here.is_stub) {
            (None, false) => teller.tell(
                Some(here.seq),
                "has a body that the list of bodies does not know, and would stay for ever",
            ),
            (Some(_), true) => teller.tell(Some(here.seq), "is a stub, and in the list of bodies"),
            (Some(day), false) if day.unwrap_or(0) != here.header.expires_day => {
                teller.tell(Some(here.seq), "goes on another day than its header says");
            }
            _ => {}
        }
        Ok(())
    }

    /// A slot that was erased has its tombstone and nothing else.
    fn slot(&self, here: &Here, teller: &mut Teller<'_>) -> Result<(), StoreError> {
        let tombstone: Option<u64> = self
            .connection
            .prepare_cached("SELECT seq FROM slot_closed WHERE space_no = ?1 AND slot = ?2 AND side = ?3")?
            .query_row(
                (self.space.no, here.header.slot.as_bytes(), side_number(here.side)),
                |row| row.get(0),
            )
            .optional()?;
        let is_tombstone = here.header.closes_slot();
        match tombstone {
            Some(seq) if seq == here.seq && !is_tombstone => {
                teller.tell(Some(here.seq), "closed its slot, and is no tombstone");
            }
            Some(seq) if seq != here.seq && !here.is_stub => {
                teller.tell(Some(here.seq), "was erased, and its body is still there");
            }
            Some(_) => {}
            None if is_tombstone => teller.tell(Some(here.seq), "is a tombstone, and its slot is open"),
            None => {}
        }
        Ok(())
    }

    /// The tables know as many as the log has; `bodies` is how many of its indexed records have one.
    fn counts(&self, bodies: u64, teller: &mut Teller<'_>) -> Result<(), StoreError> {
        let count = |table: &str| -> Result<u64, StoreError> {
            let sql = format!("SELECT count(*) FROM {table} WHERE space_no = ?1");
            Ok(self.connection.query_row(&sql, [self.space.no], |row| row.get(0))?)
        };
        let (known, kept) = if self.space.is_closed {
            (0, 0)
        } else {
            (self.space.indexed_upto, bodies)
        };
        for (table, what, expected) in [("known", "names", known), ("kept", "bodies", kept)] {
            let there = count(table)?;
            if there != expected {
                teller.tell(
                    None,
                    format!("its list of {what} has {there} rows for {expected} records"),
                );
            }
        }
        let loose: u64 = self.connection.query_row(
            "SELECT count(*) FROM slot_closed WHERE space_no = ?1
             AND NOT EXISTS (SELECT 1 FROM log WHERE key = (?1 << 40) | seq AND substr(header, 35, 16) = slot AND log.side = slot_closed.side)",
            [self.space.no],
            |row| row.get(0),
        )?;
        if loose > 0 {
            teller.tell(None, format!("{loose} of its slots are closed without a tombstone"));
        }
        Ok(())
    }
}

/// Bytes of a header that the query above reads a slot from.
const _: () = assert!(HEADER_BYTES == 72, "the slot stands at offset 34 of the header");
