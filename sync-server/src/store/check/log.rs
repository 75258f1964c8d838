//! A space's records, one after the other, and what the tables beside the log say of each.

use cairn_wire::message::Side;
use cairn_wire::{
    BodyHash, ChainHash, HEADER_BYTES, Header, Record, RecordHash, chain_0, chain_next, record_hash, stub_hash,
};

use super::{CheckRows, LogRow, SpaceRow, Teller, replaced};
use crate::store::StoreError;
use crate::store::bodies::stored_bytes;

/// A record as its row has it.
struct Here {
    seq: u64,
    side: Side,
    is_stub: bool,
    header: Header,
}

/// Checks every record of a space, and answers the bytes that count for each side.
pub(super) fn of_space(
    rows: &dyn CheckRows,
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
    rows.records(space, &mut |row| {
        teller.checked.records += 1;
        let seq = row.seq;
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
        match read(row) {
            Ok((here, hash, body_bytes)) => {
                if follows && chain_next(&before.1, &hash) != row.chain {
                    teller.tell(
                        Some(seq),
                        "does not follow from the record before it: it or its chain was changed",
                    );
                }
                by_itself(&here, space, incarnation, teller);
                bytes[usize::from(here.side.number())] += stored_bytes(body_bytes);
                if !space.is_closed {
                    in_tables(&here, row, space, teller);
                    bodies += u64::from(!here.is_stub && seq <= space.indexed_upto);
                }
            }
            Err(what) => teller.tell(Some(seq), what),
        }
        before = (seq, row.chain);
    })?;
    at_the_end(space, before, teller);
    counts(rows, space, bodies, teller)?;
    if !space.is_closed {
        replaced::of_space(rows, space, teller)?;
    }
    Ok(bytes)
}

/// A row, its record's hash, and how long the body in it is; or what is wrong with it.
fn read(row: &LogRow<'_>) -> Result<(Here, RecordHash, usize), &'static str> {
    let bytes: &[u8; HEADER_BYTES] = row.header.try_into().map_err(|_| "its header is not as long as one")?;
    let header = Header::decode(bytes).map_err(|_| "its header is none")?;
    let side = row.side.and_then(|side| u8::try_from(side).ok());
    let side = side.and_then(Side::from_number).ok_or("stands on no side")?;
    let is_stub = row.is_stub.ok_or("is neither a stub nor whole")?;
    row.day.ok_or("came on no day")?;
    let body = row.body.ok_or("its body cannot be read")?;
    let hash = if is_stub {
        let hash = BodyHash::from_slice(body).ok_or("is a stub with something else than a hash in it")?;
        stub_hash(bytes, &hash)
    } else {
        let whole = Record::parse(&[bytes.as_slice(), body].concat()).is_ok();
        if !whole {
            return Err("its body is not as long as its header says");
        }
        record_hash(bytes, body)
    };
    let here = Here {
        seq: row.seq,
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

/// What the tables beside the log say of a record.
fn in_tables(here: &Here, row: &LogRow<'_>, space: &SpaceRow, teller: &mut Teller<'_>) {
    let is_tombstone = here.header.closes_slot();
    // A slot that was erased has its tombstone and nothing else.
    match row.slot_closed_by {
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
    if here.seq > space.indexed_upto {
        return;
    }
    match row.known {
        Some(seq) if seq == here.seq => {}
        Some(_) => teller.tell(Some(here.seq), "is known under another number"),
        None => teller.tell(
            Some(here.seq),
            "is not known by its name, so that it could be taken twice",
        ),
    }
    match (row.kept_until, here.is_stub) {
        (None, false) => teller.tell(
            Some(here.seq),
            "has a body that the list of bodies does not know, and would stay for ever",
        ),
        (Some(_), true) => teller.tell(Some(here.seq), "is a stub, and in the list of bodies"),
        (Some(day), false) if day != u64::from(here.header.expires_day) => {
            teller.tell(Some(here.seq), "goes on another day than its header says");
        }
        _ => {}
    }
}

/// The tables know as many as the log has; `bodies` is how many of its indexed records have one.
fn counts(rows: &dyn CheckRows, space: &SpaceRow, bodies: u64, teller: &mut Teller<'_>) -> Result<(), StoreError> {
    let counts = rows.counts(space)?;
    let (names, bodies) = if space.is_closed {
        (0, 0)
    } else {
        (space.indexed_upto, bodies)
    };
    for (there, what, expected) in [(counts.names, "names", names), (Some(counts.bodies), "bodies", bodies)] {
        if let Some(there) = there.filter(|there| *there != expected) {
            teller.tell(
                None,
                format!("its list of {what} has {there} rows for {expected} records"),
            );
        }
    }
    let loose = counts.loose_slots;
    if loose > 0 {
        teller.tell(None, format!("{loose} of its slots are closed without a tombstone"));
    }
    Ok(())
}
