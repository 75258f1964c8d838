//! That what counts as replaced was replaced, and what was replaced counts as that.
//!
//! A body counts as replaced since the day of the first record that replaces it: of those of its slot and side that came after it and contain it, the one
//! with the lowest number. Records are looked at slot by slot from the newest to the oldest, so that whatever replaces a body comes before it. Of those
//! that replace, a later one that contains no more than an earlier one is never a body's first, and neither is any that is later than the first of a newer
//! body: what contains that one contains every older one. So as a rule one or two are held.

use super::{CheckRows, InSlot, Slot, SpaceRow, Teller};
use crate::store::StoreError;

/// A record that replaces others.
struct Replacing {
    seq: u64,
    upto: u64,
    day: u64,
    /// Bodies that it is the first to replace, and that do not count as replaced.
    live: u64,
}

/// Checks both ways, over the records that have a body.
pub(super) fn of_space(rows: &dyn CheckRows, space: &SpaceRow, teller: &mut Teller<'_>) -> Result<(), StoreError> {
    let mut slot = ([0; 16], 0);
    // The earliest last; what each contains goes down with its number.
    let mut replacing: Vec<Replacing> = Vec::new();
    rows.in_slots(space, &mut |row| {
        if slot != (row.slot, row.side) {
            slot = (row.slot, row.side);
            replacing.drain(..).for_each(|over| tell_live(&over, teller));
        }
        look_at(row, &mut replacing, teller);
    })?;
    replacing.drain(..).for_each(|over| tell_live(&over, teller));
    Ok(())
}

fn look_at(row: &InSlot, replacing: &mut Vec<Replacing>, teller: &mut Teller<'_>) {
    match row.what {
        Slot::Replaces { upto, day } => {
            let upto = upto.min(row.seq.saturating_sub(1));
            while let Some(later) = replacing.pop_if(|later| later.upto <= upto) {
                tell_live(&later, teller);
            }
            replacing.push(Replacing {
                seq: row.seq,
                upto,
                day,
                live: 0,
            });
        }
        Slot::Body { replaced_day } => {
            let first = replacing.iter().rposition(|replacing| replacing.upto >= row.seq);
            if let Some(first) = first {
                replacing.drain(..first).for_each(|over| tell_live(&over, teller));
            }
            let first = first.and_then(|_| replacing.first_mut());
            match (first, replaced_day) {
                (Some(first), None) => first.live += 1,
                // PostgreSQL says of all that a group replaces the day on which the group began.
                (Some(first), Some(day)) if day == first.day || day.checked_add(1) == Some(first.day) => {}
                (None, None) => {}
                _ => teller.tell(
                    Some(row.seq),
                    "counts as replaced, and no record replaces it: its body would go",
                ),
            }
        }
    }
}

fn tell_live(replacing: &Replacing, teller: &mut Teller<'_>) {
    let live = replacing.live;
    if live > 0 {
        teller.tell(
            Some(replacing.seq),
            format!("replaces {live} records that do not count as replaced"),
        );
    }
}
