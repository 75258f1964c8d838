//! `cairn-relay check`: whether the store is what a relay would have written, row by row.
//!
//! | what | against what |
//! |---|---|
//! | the file | SQLite's own check |
//! | the relay's row | `relay.key` |
//! | each record | its header, the chain recomputed from the record before it, what its space says of epoch and incarnation |
//! | a space's row | its last record; the bytes of each side, counted anew |
//! | `known` and `kept` | the log up to where they say they are; nothing of what comes after it |
//! | a closed slot | its tombstone, and that no other body of it is there |
//! | a blob's row | the slots that hold it; its file, which has at least what counts |
//! | every other row | that its space is there |
//!
//! Nothing is written. Each space is looked at as it stands at one moment, which is over before the next one's, so that a relay that has
//! the store open is not kept from tidying up for longer than its largest space takes. Nothing is held in memory that grows with the
//! store but its list of blobs' files, which SQLite keeps in a file of its own where it is long.
//!
//! What can only be known by those who have keys is not checked: whether a body opens, and whether a blob's bytes are the right ones.

mod blobs;
mod log;
mod replaced;
mod whole;

use std::fmt;
use std::io::ErrorKind;

use cairn_wire::{ChainHash, SpaceId};
use data_encoding::HEXLOWER;
use rusqlite::{Connection, OptionalExtension as _};

use super::blob::numbers_begun;
use super::connection::{Opener, relay_row, version_of};
use super::row::chain;
use crate::limits::CHECK_FINDINGS_MAX;
use crate::store::blob_bytes::BlobBytes;
use crate::store::{StoreConfig, StoreError};

/// How much was looked at, and how much of it is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// Spaces, closed ones too.
    pub spaces: u64,
    /// Records and stubs.
    pub records: u64,
    /// Blobs, unfinished ones too.
    pub blobs: u64,
    /// Findings, those that were not told one by one too.
    pub findings: u64,
}

/// Something that no relay writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    place: Option<Place>,
    record: Option<u64>,
    what: String,
}

/// A space: by a number that means something in this store alone, and by the name that its devices know it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    no: i64,
    id: Option<SpaceId>,
}

impl Finding {
    /// The finding as one line. `with_ids` names the space as its devices do; without it the line holds nothing that anybody else knows.
    #[must_use]
    pub fn line(&self, with_ids: bool) -> String {
        let mut line = String::new();
        if let Some(place) = self.place {
            line = format!("space {}", place.no);
            if let (true, Some(id)) = (with_ids, place.id) {
                line = format!("{line} ({})", HEXLOWER.encode(id.as_bytes()));
            }
            line.push_str(": ");
        }
        if let Some(record) = self.record {
            line = format!("{line}record {record}: ");
        }
        line + &self.what
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(false))
    }
}

/// Looks at everything in the store that `config` names, whether a relay has it open or not, and tells each finding.
///
/// # Errors
/// [`StoreError`]: the store could not be looked at at all. [`StoreError::Folder`] where there is none.
pub(crate) fn check(config: &StoreConfig, say: &mut dyn FnMut(&Finding)) -> Result<Checked, StoreError> {
    let connection = Opener::beside(config)?.open_reader()?;
    version_of(&connection)?;
    // What is kept aside while checking may be as long as the list of blobs.
    connection.pragma_update(None, "temp_store", "FILE")?;
    let mut teller = Teller {
        say,
        place: None,
        told: 0,
        checked: Checked::default(),
    };
    let files = BlobBytes::new(config)?;
    whole::of_file(&connection, config, &mut teller);
    let incarnation = connection
        .query_row("SELECT incarnation FROM relay", [], |row| row.get(0))
        .unwrap_or(u32::MAX);
    if let (Ok(relay), Ok(begun)) = (relay_row(&connection), numbers_begun(&connection))
        && !files.belongs_to(&relay, begun)?
    {
        teller.tell(None, "the place in the bucket is not said to be this store's");
    }
    let mut after = -1;
    loop {
        match check_next(&connection, &files, incarnation, after, &mut teller) {
            Ok(Some(no)) => after = no,
            Ok(None) => break,
            Err(error) => {
                teller.at(None);
                teller.tell(None, format!("the list of spaces cannot be read: {}", said(&error)));
                break;
            }
        }
    }
    teller.at(None);
    whole::of_loose_rows(&connection, &mut teller);
    if let Err(error) = blobs::of_files(&connection, &files, &mut teller) {
        teller.tell(
            None,
            format!("the files of blobs cannot be looked at: {}", said(&error)),
        );
    }
    Ok(teller.checked)
}

/// A space's row.
struct SpaceRow {
    no: i64,
    id: SpaceId,
    n: u64,
    chain: ChainHash,
    epoch: u32,
    is_closed: bool,
    /// It has closed and kept some of its records.
    has_kept: bool,
    bytes: [u64; 2],
    indexed_upto: u64,
}

/// Checks the space after this number, as it stands at one moment; its number.
fn check_next(
    connection: &Connection,
    files: &BlobBytes,
    incarnation: u32,
    after: i64,
    teller: &mut Teller<'_>,
) -> Result<Option<i64>, StoreError> {
    let moment = connection.unchecked_transaction()?;
    let no: Option<i64> = connection
        .prepare_cached("SELECT no FROM space WHERE no > ?1 ORDER BY no LIMIT 1")?
        .query_row([after], |row| row.get(0))
        .optional()?;
    teller.at(None);
    whole::of_stretch(connection, after, no, teller)?;
    let Some(no) = no else { return Ok(None) };
    teller.checked.spaces += 1;
    teller.at(Some(Place { no, id: None }));
    let mut not_whole = Vec::new();
    let checked = space_row(connection, no).and_then(|space| {
        teller.at(Some(Place { no, id: Some(space.id) }));
        let mut bytes = log::of_space(connection, &space, incarnation, teller)?;
        whole::of_access(connection, &space, teller)?;
        not_whole = blobs::of_space(connection, &space, files, &mut bytes, teller)?;
        for (side, (has, says)) in bytes.into_iter().zip(space.bytes).enumerate() {
            // What a closed space has kept counts for nobody.
            if !space.is_closed && has != says {
                let side = ["participant", "specialist"][side];
                teller.tell(
                    None,
                    format!("says that the {side}'s side uses {says} bytes, and {has} are there"),
                );
            }
        }
        Ok(())
    });
    if let Err(error) = checked {
        teller.tell(None, format!("cannot be read: {}", said(&error)));
    }
    moment.finish()?;
    blobs::look_again(connection, files, not_whole, teller)?;
    Ok(Some(no))
}

fn space_row(connection: &Connection, no: i64) -> Result<SpaceRow, StoreError> {
    connection
        .prepare_cached(
            "SELECT id, n, chain, epoch, closed, bytes_0, bytes_1, indexed_upto, closed_day FROM space WHERE no = ?1",
        )?
        .query_row([no], |row| {
            Ok(chain(row, 2).map(|chain| (row.get(0), chain)).and_then(|(id, chain)| {
                Ok(SpaceRow {
                    no,
                    id: SpaceId::from_bytes(id?),
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

/// Takes findings to whoever asked.
struct Teller<'a> {
    say: &'a mut dyn FnMut(&Finding),
    place: Option<Place>,
    /// Findings of this place.
    told: u64,
    checked: Checked,
}

impl Teller<'_> {
    /// What is told from now on is about this space, or about none.
    const fn at(&mut self, place: Option<Place>) {
        let same = match (self.place, place) {
            (Some(before), Some(now)) => before.no == now.no,
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.told = 0;
        }
        self.place = place;
    }

    fn tell(&mut self, record: Option<u64>, what: impl Into<String>) {
        self.checked.findings += 1;
        self.told += 1;
        let what = match self.told {
            told if told <= CHECK_FINDINGS_MAX => what.into(),
            told if told == CHECK_FINDINGS_MAX + 1 => "and more, which are counted and not told".to_owned(),
            _ => return,
        };
        (self.say)(&Finding {
            place: self.place,
            record,
            what,
        });
    }
}

/// An error in words, without a path.
fn said(error: &StoreError) -> String {
    match error {
        StoreError::Sqlite(error) => error.to_string(),
        StoreError::Folder(error) if error.kind() == ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        other => other.to_string(),
    }
}
