//! The rule meets the log: `append`, `erase`, `epoch` and `ack`.

use cairn_wire::message::{Outcome, OutcomeCode, RefusalCode};
use cairn_wire::{HEADER_BYTES, PublicKey, chain_next};
use hyper::body::Bytes;

use super::bodies::{drop_body, kept_of, stored_bytes};
use super::command::{Ack, Append, Done, EpochSwap, Erase, Parsed, Refused};
use super::rows::{NewRecord, Place, Rows};
use super::space::{SEQ_MAX, Space, Spaces};
use super::{StoreError, blob};
use crate::clock;
use crate::rule::{self, Placed, Purpose, Verdict};

/// What is the same for every record of a store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground {
    pub(super) incarnation: u32,
    pub(super) space_bytes_max: u64,
}

pub(super) type Outcomes = Result<Result<Done, Refused>, StoreError>;

/// Appends what the rule lets pass, each record with its own outcome.
pub(super) fn append(rows: &dyn Rows, spaces: &mut Spaces, ground: Ground, append: &Append) -> Outcomes {
    let space = match open_space(rows, spaces, &append.space, &append.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    let mut outcomes = Vec::with_capacity(append.records.len());
    // Written together: half of what a row costs is beginning to write.
    let mut new = Vec::with_capacity(append.records.len());
    for record in &append.records {
        let record = match record {
            Ok(record) => record,
            Err(outcome) => {
                outcomes.push(*outcome);
                continue;
            }
        };
        let taken = Taken {
            key: &append.key,
            purpose: Purpose::Ordinary,
            record,
            request: &append.request,
            now_ms: append.now_ms,
        };
        // One that came before may be among those that are not written yet.
        if space.tail.known(&record.header.record_id).is_some() {
            rows.put_records(space, &new)?;
            new.clear();
        }
        outcomes.push(take(rows, space, ground, taken, &mut new)?);
    }
    rows.put_records(space, &new)?;
    Ok(Ok(Done::Appended {
        outcomes,
        head: space.head(ground.incarnation, append.now_ms),
    }))
}

/// Appends a tombstone, closes its slot for its side, and drops the slot's other bodies, its blobs and its gates.
pub(super) fn erase(rows: &dyn Rows, spaces: &mut Spaces, ground: Ground, erase: &Erase) -> Outcomes {
    let space = match open_space(rows, spaces, &erase.space, &erase.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    let taken = Taken {
        key: &erase.key,
        purpose: Purpose::Tombstone,
        record: &erase.record,
        request: &erase.request,
        now_ms: erase.now_ms,
    };
    let n_before = space.n;
    let mut new = Vec::new();
    let outcome = take(rows, space, ground, taken, &mut new)?;
    rows.put_records(space, &new)?;
    if let Some(refused) = Refused::of(outcome) {
        return Ok(Err(refused));
    }
    let seq = outcome.value;
    let slot = erase.record.header.slot;
    if space.n > n_before {
        let Some(side) = space.side(&erase.key) else {
            return Err(StoreError::Damaged);
        };
        rows.close_slot(space, &slot, side, seq)?;
        space.slot_was_closed();
        for older in kept_of(rows, space, &slot, side)? {
            if older != seq {
                drop_body(rows, space, older)?;
            }
        }
        blob::release_slot(rows, space, &slot, side)?;
        rows.drop_gates(Place {
            space,
            slot: &slot,
            side,
        })?;
    }
    Ok(Ok(Done::Erased {
        seq,
        slot,
        head: space.head(ground.incarnation, erase.now_ms),
    }))
}

/// Appends the link to a new epoch and begins it, if the space stands where the link says.
pub(super) fn epoch(rows: &dyn Rows, spaces: &mut Spaces, ground: Ground, swap: &EpochSwap) -> Outcomes {
    let space = match open_space(rows, spaces, &swap.space, &swap.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    if !space.administers(&swap.key) {
        return Ok(Err(Refused::NOT_AUTHORISED));
    }
    let conflict = Refused::with(RefusalCode::Conflict, space.n);
    let Some(next) = swap.record.header.epoch.checked_add(1) else {
        return Ok(Err(Refused::MALFORMED));
    };
    let taken = Taken {
        key: &swap.key,
        purpose: Purpose::EpochLink,
        record: &swap.record,
        request: &swap.request,
        now_ms: swap.now_ms,
    };
    let verdict = judge(rows, space, ground, taken)?;
    let seq = match verdict {
        // Known from an earlier swap, whose answer was lost; or appended as an ordinary record, which begins nothing.
        Verdict::Known(seq) if space.epoch >= next => seq,
        Verdict::Known(_) => return Ok(Err(conflict)),
        Verdict::Refuse(OutcomeCode::Conflict, _) => return Ok(Err(conflict)),
        Verdict::Refuse(code, value) => {
            let refused = Refused::of(Outcome { code, value });
            return Ok(Err(refused.unwrap_or(Refused::UNAVAILABLE)));
        }
        Verdict::Store if space.n != swap.n => return Ok(Err(conflict)),
        Verdict::Store => {
            let record = place(rows, space, taken)?;
            let seq = record.seq;
            rows.put_records(space, &[record])?;
            space.epoch = next;
            space.change();
            // Sealed under what has ended; nobody who writes from now on opens them.
            rows.drop_registrations(space)?;
            seq
        }
    };
    Ok(Ok(Done::Epoch {
        seq,
        epoch: next,
        head: space.head(ground.incarnation, swap.now_ms),
    }))
}

/// Takes note of what a key has read. Never goes back.
pub(super) fn ack(rows: &dyn Rows, spaces: &mut Spaces, ground: Ground, ack: &Ack) -> Outcomes {
    let space = match open_space(rows, spaces, &ack.space, &ack.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    if ack.n > space.n {
        return Ok(Err(Refused::with(RefusalCode::BadMerge, space.n)));
    }
    rows.put_ack(space, &ack.key, ack.n, clock::day(ack.now_ms))?;
    Ok(Ok(Done::Acked {
        head: space.head(ground.incarnation, ack.now_ms),
    }))
}

/// The space, if it is open and the key has access to it.
pub(super) fn open_space<'a>(
    rows: &dyn Rows,
    spaces: &'a mut Spaces,
    id: &cairn_wire::SpaceId,
    key: &PublicKey,
) -> Result<Result<&'a mut Space, Refused>, StoreError> {
    let Some(space) = spaces.get(rows, id)? else {
        return Ok(Err(Refused::NOT_AUTHORISED));
    };
    if space.side(key).is_none() {
        return Ok(Err(Refused::NOT_AUTHORISED));
    }
    if space.is_closed {
        return Ok(Err(Refused::SPACE_CLOSED));
    }
    Ok(Ok(space))
}

/// A record on its way in.
#[derive(Clone, Copy)]
struct Taken<'a> {
    key: &'a PublicKey,
    purpose: Purpose,
    record: &'a Parsed,
    request: &'a Bytes,
    now_ms: u64,
}

/// Judges a record; if it passes, it is among the `new` ones, which are still to be written.
fn take<'a>(
    rows: &dyn Rows,
    space: &mut Space,
    ground: Ground,
    taken: Taken<'a>,
    new: &mut Vec<NewRecord<'a>>,
) -> Result<Outcome, StoreError> {
    let (code, value) = match judge(rows, space, ground, taken)? {
        Verdict::Store => {
            let record = place(rows, space, taken)?;
            new.push(record);
            (OutcomeCode::Stored, record.seq)
        }
        Verdict::Known(seq) => (OutcomeCode::Stored, seq),
        Verdict::Refuse(code, value) => (code, value),
    };
    Ok(Outcome { code, value })
}

fn judge(rows: &dyn Rows, space: &Space, ground: Ground, taken: Taken<'_>) -> Result<Verdict, StoreError> {
    let side = space.side(taken.key);
    rule::judge(
        &space.now(ground.incarnation, side, ground.space_bytes_max),
        side,
        taken.purpose,
        &taken.record.header,
        &taken.record.hash,
        taken.record.range.len() as u64,
        &mut space.ledger(rows),
    )
}

/// Gives a record the next number and marks what it replaces.
fn place<'a>(rows: &dyn Rows, space: &mut Space, taken: Taken<'a>) -> Result<NewRecord<'a>, StoreError> {
    let header = &taken.record.header;
    let bytes = taken
        .request
        .get(taken.record.range.clone())
        .ok_or(StoreError::Damaged)?;
    let (header_bytes, body) = bytes.split_at_checked(HEADER_BYTES).ok_or(StoreError::Damaged)?;
    let (Some(side), true) = (space.side(taken.key), space.n < SEQ_MAX) else {
        return Err(StoreError::Damaged);
    };
    let day = clock::day(taken.now_ms);
    let seq = space.n + 1;
    let chain = chain_next(&space.chain, &taken.record.hash);
    let record = NewRecord {
        seq,
        side,
        day,
        record_id: &header.record_id,
        chain,
        header: header_bytes,
        body,
    };
    let placed = Placed {
        slot: header.slot,
        side,
        seq,
    };
    if header.merged_upto > 0 && space.indexed_upto > 0 {
        rows.mark_replaced(space, &placed, header.merged_upto, day)?;
    }
    space.tail.push(header, &placed, day);
    space.n = seq;
    space.chain = chain;
    space.use_bytes(side, stored_bytes(body.len()));
    space.change();
    Ok(record)
}
