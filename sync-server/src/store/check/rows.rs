//! What a check asks of a store's rows. What is wrong with them is said once, above these; each store says in its own SQL how they are found.
//!
//! Rows that are streamed are shown one by one, and nothing else may be asked of the store until the last one was.

use cairn_wire::{ChainHash, SpaceId};

use crate::store::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// A space: by a number that means something in this store alone, and by the name that its devices know it by, where it is known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Place {
    /// Its number in SQLite's rows; in PostgreSQL its place in the order of ids, at this moment.
    pub(in crate::store) no: i64,
    pub(in crate::store) id: Option<SpaceId>,
}

/// What the relay's own row says.
#[derive(Clone, Copy)]
pub(in crate::store) struct RelaySaid {
    pub(in crate::store) seed: [u8; 32],
    pub(in crate::store) incarnation: u32,
}

/// A space's row.
pub(in crate::store) struct SpaceRow {
    pub(in crate::store) place: Place,
    pub(in crate::store) id: SpaceId,
    pub(in crate::store) n: u64,
    pub(in crate::store) chain: ChainHash,
    pub(in crate::store) epoch: u32,
    pub(in crate::store) is_closed: bool,
    /// It has closed and kept some of its records.
    pub(in crate::store) has_kept: bool,
    pub(in crate::store) bytes: [u64; 2],
    /// Records up to this are in what knows them by name, and in `kept`.
    pub(in crate::store) indexed_upto: u64,
}

/// A record's row, and what the tables beside the log say of it. What has no value it can have is `None`.
pub(in crate::store) struct LogRow<'a> {
    pub(in crate::store) seq: u64,
    pub(in crate::store) day: Option<u64>,
    /// A number, of a side or not.
    pub(in crate::store) side: Option<i64>,
    pub(in crate::store) is_stub: Option<bool>,
    pub(in crate::store) chain: ChainHash,
    pub(in crate::store) header: &'a [u8],
    pub(in crate::store) body: Option<&'a [u8]>,
    /// Under which number its name is known.
    pub(in crate::store) known: Option<u64>,
    /// Its row in the list of bodies: the last day, 0 for none.
    pub(in crate::store) kept_until: Option<u64>,
    /// The record that closed its slot.
    pub(in crate::store) slot_closed_by: Option<u64>,
}

/// How many rows the tables beside the log have of a space.
pub(in crate::store) struct Counts {
    /// Names of records; `None` where the log itself is searched.
    pub(in crate::store) names: Option<u64>,
    /// Bodies.
    pub(in crate::store) bodies: u64,
    /// Closed slots without a tombstone.
    pub(in crate::store) loose_slots: u64,
}

/// A record of a slot and side.
pub(in crate::store) struct InSlot {
    pub(in crate::store) slot: [u8; 16],
    pub(in crate::store) side: i64,
    pub(in crate::store) seq: u64,
    pub(in crate::store) what: Slot,
}

/// What a record is to the others of its slot and side.
pub(in crate::store) enum Slot {
    /// It has a body, which counts as replaced since a day, or not.
    Body { replaced_day: Option<u64> },
    /// It came on a day and replaces those up to a number.
    Replaces { upto: u64, day: u64 },
}

/// Who may enter a space, and what each has acknowledged.
pub(in crate::store) struct AccessCounts {
    pub(in crate::store) keys: u64,
    pub(in crate::store) administering: u64,
    /// Keys that have acknowledged more than there is.
    pub(in crate::store) beyond: u64,
    /// Keys that have acknowledged something and may not enter.
    pub(in crate::store) strangers: u64,
    /// Keys that may enter and are in the list of what was acknowledged.
    pub(in crate::store) known: u64,
    /// Devices that are to be woken and whose keys may not enter.
    pub(in crate::store) woken_strangers: u64,
}

/// A blob's row.
pub(in crate::store) struct BlobRow {
    pub(in crate::store) id: [u8; 32],
    pub(in crate::store) side: i64,
    pub(in crate::store) file: u64,
    pub(in crate::store) total: u64,
    pub(in crate::store) have: u64,
    /// Slots of its side that hold it.
    pub(in crate::store) holds: u64,
}

/// A store whose rows can be looked at.
pub(in crate::store) trait CheckRows {
    /// What the database itself finds wrong with its files, line by line.
    fn own_findings(&self, _: &mut dyn FnMut(&str)) -> Result<()> {
        Ok(())
    }

    fn relay_said(&self) -> Result<RelaySaid>;

    /// Everything that is asked for within is of one moment. After an error the store can be asked on.
    fn at_one_moment(&self, look: &mut dyn FnMut() -> Result<()>) -> Result<()>;

    /// The next space in an order that stays.
    fn next_space(&self, after: Option<Place>) -> Result<Option<Place>>;

    fn space_row(&self, place: Place) -> Result<SpaceRow>;

    /// Streams the records of a space in their order.
    fn records(&self, space: &SpaceRow, each: &mut dyn FnMut(&LogRow<'_>)) -> Result<()>;

    fn counts(&self, space: &SpaceRow) -> Result<Counts>;

    /// Streams the records of a space that have a body, and those that replace others, slot by slot and side by side, the newest first; of one record the
    /// body first.
    fn in_slots(&self, space: &SpaceRow, each: &mut dyn FnMut(&InSlot)) -> Result<()>;

    fn access_counts(&self, space: &SpaceRow) -> Result<AccessCounts>;

    /// Some blobs of a space, in the order of their ids, after this one; none is before an empty one.
    fn blobs_after(&self, space: &SpaceRow, after: &[u8], most: usize) -> Result<Vec<BlobRow>>;

    /// Holds of blobs that are not there.
    fn loose_holds(&self, space: &SpaceRow) -> Result<u64>;

    /// The last number that was given to a blob's file.
    fn files_begun(&self) -> Result<u64>;

    /// Streams the number of every blob's file, and whether the blob is there: else it is gone, and the file is going.
    fn files(&self, each: &mut dyn FnMut(i64, bool)) -> Result<()>;

    /// The file of a blob as things stand now, whatever moment is looked at.
    fn file_now(&self, space: Place, blob: &[u8; 32]) -> Result<Option<u64>>;

    /// Which of these files belong to a blob, or to one that is going, as things stand now.
    fn named_now(&self, files: &[u64]) -> Result<Vec<u64>>;

    /// Whether there are records of a space that is not there.
    fn has_loose_records(&self) -> Result<bool>;

    /// Counts the rows of each other table that belong to nothing: the table, what its rows belong to, and how many do not.
    fn loose_rows(&self, each: &mut dyn FnMut(&str, &str, Result<u64>));
}
