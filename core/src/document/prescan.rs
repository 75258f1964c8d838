//! Counts what a document claims to hold, before anything is allocated for it.
//!
//! A document chunk, as Automerge 0.12 writes it (all numbers LEB128):
//!
//! ```text
//! 85 6f 4a 83 | checksum 4 | kind = 0 | length | then exactly that many bytes:
//! actors: count, each length 16 and 16 bytes, ascending | heads: count, each 32 bytes, ascending
//! columns of changes: count, each specification and length | columns of operations: likewise
//! the changes' columns | the operations' columns | for each head the number of its change
//! ```
//!
//! A specification is `id << 4 | deflated << 3 | kind`. Only the columns named in this module are let through: they are all
//! that this room writes (no messages, no marks). The checksum is not looked at here; Automerge does.
//!
//! What is counted here is what Automerge allocates for: every column's rows, the sums that one column makes of another
//! (deletions, dependencies, bytes of values), and how far counters run.

use super::Refused;
use super::columns::{Reader, booleans, deltas, numbers, runs, sum, texts};
use crate::limits;

/// How much a document may claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Rows of every column: characters ever written, and characters ever removed.
    pub rows: u64,
    /// Changes.
    pub changes: u64,
    /// Containers.
    pub objects: u64,
    /// Actors; heads too.
    pub actors: u64,
}

impl Default for Bounds {
    /// The bounds of [`limits`].
    fn default() -> Self {
        Self {
            rows: limits::DOCUMENT_ROWS_MAX,
            changes: limits::DOCUMENT_CHANGES_MAX,
            objects: limits::DOCUMENT_OBJECTS_MAX,
            actors: limits::DOCUMENT_ACTORS_MAX,
        }
    }
}

/// What a document claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scan {
    /// Operations it keeps: one for every character ever written and every key ever set.
    pub rows: u64,
    /// Removals and replacements of those.
    pub removals: u64,
    /// Changes.
    pub changes: u64,
    /// Containers.
    pub objects: u64,
    /// Actors.
    pub actors: u64,
}

/// Looks over the bytes of a document once, allocating nothing.
///
/// # Errors
/// The first thing found that a document of ours has not, or has not so many of.
pub fn prescan(bytes: &[u8], bounds: &Bounds) -> Result<Scan, Refused> {
    let mut reader = chunk(bytes)?;
    let actors = actors(&mut reader, bounds)?;
    let heads = heads(&mut reader, bounds)?;
    let mut change_columns = ChangeColumns::default();
    let mut operation_columns = OperationColumns::default();
    let change_lengths = Lengths::read(&mut reader, ChangeColumns::SPECIFICATIONS)?;
    let operation_lengths = Lengths::read(&mut reader, OperationColumns::SPECIFICATIONS)?;
    change_lengths.split(&mut reader, &mut change_columns.0)?;
    operation_lengths.split(&mut reader, &mut operation_columns.0)?;
    let (rows, removals, objects) = operation_columns.count(actors, bounds)?;
    // Every operation is kept as a row, or was a removal and is named as such: counters cannot run further.
    let changes = change_columns.count(actors, rows + removals, bounds)?;
    for _ in 0..heads {
        if reader.unsigned()? >= changes {
            return Err(Refused::Disagree);
        }
    }
    if !reader.is_empty() {
        return Err(Refused::Trailing);
    }
    Ok(Scan {
        rows,
        removals,
        changes,
        objects,
        actors,
    })
}

/// What follows the header of a document chunk that fills `bytes`.
fn chunk(bytes: &[u8]) -> Result<Reader<'_>, Refused> {
    let mut reader = Reader::new(bytes);
    if reader.take(4) != Ok(&[0x85, 0x6f, 0x4a, 0x83]) {
        return Err(Refused::NotAChunk);
    }
    reader.take(4)?;
    match reader.byte()? {
        0 => {}
        2 => return Err(Refused::Deflated),
        _ => return Err(Refused::NotADocument),
    }
    let length = reader.unsigned()?;
    match length.cmp(&(reader.len() as u64)) {
        std::cmp::Ordering::Less => Err(Refused::Trailing),
        std::cmp::Ordering::Equal => Ok(reader),
        std::cmp::Ordering::Greater => Err(Refused::CutShort),
    }
}

fn actors(reader: &mut Reader<'_>, bounds: &Bounds) -> Result<u64, Refused> {
    let count = reader.unsigned()?;
    if count > bounds.actors {
        return Err(Refused::TooManyActors);
    }
    let mut last: &[u8] = &[];
    for _ in 0..count {
        if reader.unsigned()? != 16 {
            return Err(Refused::Actor);
        }
        let actor = reader.take(16)?;
        if actor <= last {
            return Err(Refused::Actor);
        }
        last = actor;
    }
    Ok(count)
}

fn heads(reader: &mut Reader<'_>, bounds: &Bounds) -> Result<u64, Refused> {
    let count = reader.unsigned()?;
    if count > bounds.actors {
        return Err(Refused::TooManyActors);
    }
    let mut last: &[u8] = &[];
    for _ in 0..count {
        let head = reader.take(32)?;
        if head <= last {
            return Err(Refused::Heads);
        }
        last = head;
    }
    Ok(count)
}

/// The lengths of a set of columns, in the order of the specifications they may have.
struct Lengths([u64; 16]);

impl Lengths {
    fn read(reader: &mut Reader<'_>, specifications: &[u64]) -> Result<Self, Refused> {
        let mut lengths = [0; 16];
        let mut unread = specifications.iter().zip(&mut lengths);
        for _ in 0..reader.unsigned()? {
            let specification = reader.unsigned()?;
            if specification & 8 != 0 {
                return Err(Refused::Deflated);
            }
            // Ascending, as the known ones are: so searching onward finds each at most once.
            let (_, length) = unread
                .find(|(known, _)| **known == specification)
                .ok_or(Refused::Column)?;
            *length = reader.unsigned()?;
        }
        Ok(Self(lengths))
    }

    fn split<'a>(&self, reader: &mut Reader<'a>, columns: &mut [&'a [u8]]) -> Result<(), Refused> {
        for (length, column) in self.0.iter().zip(columns) {
            *column = reader.take(*length)?;
        }
        Ok(())
    }
}

/// The columns of changes.
#[derive(Default)]
struct ChangeColumns<'a>([&'a [u8]; 8]);

impl ChangeColumns<'_> {
    /// Actor, number, last operation, time, dependencies (count, changes), extra bytes (lengths, bytes).
    const SPECIFICATIONS: &'static [u64] = &[1, 3, 19, 35, 64, 67, 86, 87];

    fn count(&self, actors: u64, operations: u64, bounds: &Bounds) -> Result<u64, Refused> {
        let [actor, number, last, time, deps, dep, extra, extra_bytes] = self.0;
        let most = bounds.changes;
        let changes = too_many_changes(every_actor(actor, most, actors))?;
        let greatest = |count: u64| i64::try_from(count).map_err(|_| Refused::Disagree);
        let numbers = too_many_changes(deltas(number, most, 1, greatest(changes)?))?;
        let lasts = too_many_changes(deltas(last, most, 0, greatest(operations)?))?;
        let times = too_many_changes(deltas(time, most, i64::MIN, i64::MAX))?;
        let (dep_counts, dep_total) = too_many_changes(sum(deps, most, |count| count))?;
        let dep_rows = deltas(dep, bounds.rows, 0, greatest(changes)? - 1)?;
        let (extras, extra_total) = too_many_changes(sum(extra, most, |meta| meta >> 4))?;
        let agree = [numbers, lasts, times, dep_counts, extras]
            .iter()
            .all(|rows| *rows == changes)
            && dep_total == dep_rows
            && extra_total == extra_bytes.len() as u64;
        if agree { Ok(changes) } else { Err(Refused::Disagree) }
    }
}

const fn too_many_changes<T: Copy>(counted: Result<T, Refused>) -> Result<T, Refused> {
    match counted {
        Err(Refused::TooManyRows) => Err(Refused::TooManyChanges),
        other => other,
    }
}

/// Counts the column of the changes' actors; every actor of the table must be among them.
fn every_actor(column: &[u8], rows_max: u64, actors: u64) -> Result<u64, Refused> {
    let mut seen = [0_u64; 16];
    let rows = runs(column, rows_max, Reader::unsigned, |_, actor| {
        let actor = actor.filter(|actor| *actor < actors).ok_or(Refused::Disagree)?;
        let word = usize::try_from(actor / 64).ok().and_then(|word| seen.get_mut(word));
        *word.ok_or(Refused::TooManyActors)? |= 1 << (actor % 64);
        Ok(())
    })?;
    let named: u64 = seen.iter().map(|word| u64::from(word.count_ones())).sum();
    if named == actors { Ok(rows) } else { Err(Refused::Actor) }
}

/// The columns of operations.
#[derive(Default)]
struct OperationColumns<'a>([&'a [u8]; 14]);

impl OperationColumns<'_> {
    /// Object (actor, counter), key (actor, counter, text), id (actor, counter), insert, action, value (lengths, bytes),
    /// successors (count, actor, counter).
    const SPECIFICATIONS: &'static [u64] = &[1, 2, 17, 19, 21, 33, 35, 52, 66, 86, 87, 128, 129, 131];

    /// Rows, removals, containers.
    fn count(&self, actors: u64, bounds: &Bounds) -> Result<(u64, u64, u64), Refused> {
        let [
            object_actor,
            object,
            key_actor,
            key_counter,
            key_text,
            id_actor,
            id_counter,
            insert,
            action,
            value,
            value_bytes,
            successors,
            successor_actor,
            successor_counter,
        ] = self.0;
        let most = bounds.rows;
        let rows = numbers(id_actor, most, actors)?;
        let (successor_counts, removals) = sum(successors, most, |count| count)?;
        if removals > most {
            return Err(Refused::TooManyRows);
        }
        let operations = i64::try_from(rows + removals).map_err(|_| Refused::TooManyRows)?;
        let (actions, objects) = actions(action, bounds)?;
        let (values, value_total) = sum(value, most, |meta| meta >> 4)?;
        let ids = deltas(id_counter, most, 1, operations)?;
        let always = [ids, actions, values, successor_counts];
        // Left out where every row holds nothing.
        let at_times = [
            numbers(object_actor, most, actors)?,
            numbers(object, most, u64::MAX)?,
            numbers(key_actor, most, actors)?,
            deltas(key_counter, most, 0, operations)?,
            texts(key_text, most)?,
            booleans(insert, most)?,
        ];
        let of_removals = [
            numbers(successor_actor, most, actors)?,
            deltas(successor_counter, most, 1, operations)?,
        ];
        let agree = always.iter().all(|count| *count == rows)
            && at_times.iter().all(|count| *count == rows || *count == 0)
            && of_removals.iter().all(|count| *count == removals)
            && value_total == value_bytes.len() as u64;
        if agree {
            Ok((rows, removals, objects))
        } else {
            Err(Refused::Disagree)
        }
    }
}

/// Counts actions and, among them, containers made. Ours are two: 1 sets a value, 4 makes a text.
fn actions(column: &[u8], bounds: &Bounds) -> Result<(u64, u64), Refused> {
    let mut objects = 0_u64;
    let rows = runs(column, bounds.rows, Reader::unsigned, |count, action| match action {
        Some(1) => Ok(()),
        Some(4) => {
            objects = objects.saturating_add(count);
            if objects > bounds.objects {
                Err(Refused::TooManyObjects)
            } else {
                Ok(())
            }
        }
        _ => Err(Refused::Operation),
    })?;
    Ok((rows, objects))
}
