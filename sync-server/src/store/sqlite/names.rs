//! Which names a space may know, in memory: so that a new record is not looked for in a table that does not have it.
//!
//! Record ids are random, and nearly every record that comes is new: each would cost a search through an index, an eighth of what
//! the writer does under load. A set of bits (a Bloom filter, two bytes for each record) answers "not there" for certain, and "perhaps"
//! for what is there and for one new name in some hundred, which is then looked for. It is made once a space has been appended to
//! for a while, from the table `known`, and told of every row that is written there.

use cairn_wire::RecordId;
use rusqlite::Connection;

use crate::limits::{NAMES_RECORDS_MAX, NAMES_WORTH_IT};
use crate::store::StoreError;

/// Names for which there is room beyond those there are, in multiples of these.
const ROOM: u64 = 4;

/// Bits for each name that there is room for.
const BITS_EACH: u64 = 16;

/// Names there is room for at least.
const ROOM_MIN: u64 = 2_048;

/// What the table `known` of a space has, perhaps.
#[derive(Debug, Default)]
pub(in crate::store) struct Names {
    bits: Vec<u64>,
    /// Names there is room for, so that few are taken for known that are not.
    room: u64,
    count: u64,
    /// Names that were looked for in vain while there were no bits.
    lacking: u32,
}

impl Names {
    /// Whether the table may have this name. Where there are no bits it may have any.
    pub(super) fn may_have(&self, id: &RecordId) -> bool {
        self.bits.is_empty() || self.places(id).all(|(word, bit)| self.bits[word] & bit != 0)
    }

    /// A name was looked for and not found.
    pub(super) const fn was_lacking(&mut self) {
        self.lacking = self.lacking.saturating_add(1);
    }

    /// A row with this name is written into the table.
    pub(super) fn add(&mut self, id: &RecordId) {
        if self.bits.is_empty() {
            return;
        }
        if self.count >= self.room {
            // Too full to be of use. Made anew, with more room, when it is worth it.
            *self = Self {
                lacking: self.lacking.max(NAMES_WORTH_IT),
                ..Self::default()
            };
            return;
        }
        for (word, bit) in self.places(id) {
            self.bits[word] |= bit;
        }
        self.count += 1;
    }

    /// Reads the table, if that was lacking often enough; `records` is how many rows it has. Nothing may be written into it meanwhile.
    pub(super) fn make_if_lacking(
        &mut self,
        connection: &Connection,
        space_no: i64,
        records: u64,
    ) -> Result<(), StoreError> {
        if !self.bits.is_empty() || self.lacking < NAMES_WORTH_IT || records > NAMES_RECORDS_MAX {
            return Ok(());
        }
        let room = (records * ROOM).max(ROOM_MIN).next_power_of_two();
        let words = usize::try_from(room * BITS_EACH / 64).map_err(|_| StoreError::Damaged)?;
        *self = Self {
            bits: vec![0; words],
            room,
            ..Self::default()
        };
        let mut statement = connection.prepare_cached("SELECT record_id FROM known WHERE space_no = ?1")?;
        let mut rows = statement.query([space_no])?;
        while let Some(row) = rows.next()? {
            self.add(&RecordId::from_bytes(row.get(0)?));
        }
        Ok(())
    }

    /// Bytes it takes.
    pub(in crate::store) const fn bytes(&self) -> usize {
        self.bits.len() * 8
    }

    /// Four places, each from a quarter of the name: it is random, and whoever chooses another one only makes their own records slower.
    fn places(&self, id: &RecordId) -> impl Iterator<Item = (usize, u64)> + use<> {
        let mask = self.bits.len() * 64 - 1;
        let (quarters, _) = id.as_bytes().as_chunks::<4>();
        let quarters: [[u8; 4]; 4] = quarters.try_into().unwrap_or_default();
        quarters.into_iter().map(move |quarter| {
            let place = u32::from_le_bytes(quarter) as usize & mask;
            (place / 64, 1 << (place % 64))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    fn id(n: u32) -> RecordId {
        let hash = blake3::hash(&n.to_le_bytes());
        RecordId::from_bytes(hash.as_bytes()[..16].try_into().unwrap())
    }

    fn table(records: u32) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE known (space_no, record_id)")
            .unwrap();
        for n in 0..records {
            connection
                .execute("INSERT INTO known VALUES (?1, ?2)", (n % 2, id(n).as_bytes()))
                .unwrap();
        }
        connection
    }

    fn made(connection: &Connection, records: u64) -> Names {
        let mut names = Names::default();
        for _ in 0..NAMES_WORTH_IT {
            assert_eq!(names.bytes(), 0, "not before it is worth it");
            names.make_if_lacking(connection, 1, records).unwrap();
            names.was_lacking();
        }
        names.make_if_lacking(connection, 1, records).unwrap();
        names
    }

    #[test]
    fn what_is_there_is_never_taken_for_new_and_few_that_are_new_for_known() {
        let connection = table(4_000);
        let mut names = made(&connection, 2_000);
        assert!(names.bytes() > 0);
        for n in 10_000..14_000 {
            names.add(&id(n));
        }
        let known = (1..4_000).step_by(2).chain(10_000..14_000);
        assert!(known.into_iter().all(|n| names.may_have(&id(n))));
        let wrong = (100_000..110_000).filter(|n| names.may_have(&id(*n))).count();
        assert!(wrong < 200, "{wrong} of 10,000");
    }

    #[test]
    fn one_that_is_full_knows_nothing_until_it_is_made_anew_with_more_room() {
        let connection = table(2);
        let mut names = made(&connection, 1);
        let room = u32::try_from(names.room).unwrap();
        // One is there already.
        (1..room).for_each(|n| names.add(&id(n)));
        assert!(names.bytes() > 0);
        names.add(&id(room));
        assert_eq!(names.bytes(), 0);
        assert!(
            names.may_have(&id(999_999)),
            "whatever is asked for has to be looked for"
        );
        names.make_if_lacking(&connection, 1, names.room + 5_000).unwrap();
        assert!(names.room > u64::from(room));
        names = made(&connection, 1);
        names.bits.clear();
        names.lacking = NAMES_WORTH_IT;
        names.make_if_lacking(&connection, 1, NAMES_RECORDS_MAX + 1).unwrap();
        assert_eq!(names.bytes(), 0, "reading so many would keep others waiting");
    }
}
