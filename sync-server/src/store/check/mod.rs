//! `cairn-relay check`: whether the store is what a relay would have written, row by row.
//!
//! | what | against what |
//! |---|---|
//! | SQLite's file | SQLite's own check |
//! | the relay's row | `relay.key` |
//! | each record | its header, the chain recomputed from the record before it, what its space says of epoch and incarnation |
//! | a space's row | its last record; the bytes of each side, counted anew |
//! | what knows a record by its name, and `kept` | the log up to where they say they are; nothing of what comes after it |
//! | a record that counts as replaced, and since when | the first record that replaces it |
//! | a closed slot | its tombstone, and that no other body of it is there |
//! | a blob's row | the slots that hold it; its file, which has at least what counts |
//! | every other row | that its space is there |
//!
//! Nothing is written. What is looked at is said once, here; whoever keeps the rows finds them ([`rows`]). SQLite shows each space as it stands at one
//! moment, which is over before the next one's, so that a relay that has the store open is not kept from tidying up for longer than its largest space
//! takes; PostgreSQL shows the whole store as it stood at one moment. Either way relays go on writing, and files go after their rows: what is missing is
//! looked at once more before it is told.
//!
//! Everything is read once and in order. What is held in memory does not grow with the store, but for one bit for each file of a blob that was ever
//! begun, of which so many are looked at together ([`CHECK_FILES_AT_ONCE`](crate::limits::CHECK_FILES_AT_ONCE)), and for records of one slot that
//! replace nothing that lies between them, 40 bytes each.
//!
//! What can only be known by those who have keys is not checked: whether a body opens, and whether a blob's bytes are the right ones.

mod blobs;
mod log;
mod replaced;
mod rows;
mod whole;

use std::fmt;
use std::io::ErrorKind;

use data_encoding::HEXLOWER;

use super::blob_bytes::{BlobBytes, Whose};
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::{RelayRow, StoreConfig, StoreError};
use crate::limits::CHECK_FINDINGS_MAX;
pub(super) use rows::{AccessCounts, BlobRow, CheckRows, Counts, InSlot, LogRow, Place, RelaySaid, Slot, SpaceRow};

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

/// Looks at everything in the store that `config` names, whether relays have it open or not, and tells each finding.
///
/// # Errors
/// [`StoreError`]: the store could not be looked at at all. [`StoreError::Folder`] or [`StoreError::NoStore`] where there is none.
pub(crate) fn check(config: &StoreConfig, say: &mut dyn FnMut(&Finding)) -> Result<Checked, StoreError> {
    match &config.database {
        None => Sqlite::check(config, say),
        Some(database) => Postgres::check(database, config, say),
    }
}

/// The same, of a store whose rows are shown by `rows`.
pub(super) fn of_store(
    rows: &dyn CheckRows,
    config: &StoreConfig,
    whose: Whose,
    say: &mut dyn FnMut(&Finding),
) -> Result<Checked, StoreError> {
    let mut teller = Teller {
        say,
        place: None,
        told: 0,
        checked: Checked::default(),
    };
    let files = BlobBytes::new(config)?;
    let incarnation = whole::of_relay(rows, config, &mut teller);
    if let (Ok(said), Ok(begun)) = (rows.relay_said(), rows.files_begun()) {
        let relay = RelayRow {
            seed: said.seed,
            incarnation: said.incarnation,
        };
        if !files.belongs_to(&relay, begun, whose)? {
            teller.tell(None, "the place in the bucket is not said to be this store's");
        }
    }
    let mut after = None;
    loop {
        match check_next(rows, &files, incarnation, after, &mut teller) {
            Ok(Some(place)) => after = Some(place),
            Ok(None) => break,
            Err(error) => {
                teller.at(None);
                teller.tell(None, format!("the list of spaces cannot be read: {}", said(&error)));
                break;
            }
        }
    }
    teller.at(None);
    whole::of_loose_rows(rows, &mut teller);
    if let Err(error) = blobs::of_files(rows, &files, &mut teller) {
        teller.tell(
            None,
            format!("the files of blobs cannot be looked at: {}", said(&error)),
        );
    }
    Ok(teller.checked)
}

/// Checks the space after this one, as it stands at one moment, and answers it.
fn check_next(
    rows: &dyn CheckRows,
    files: &BlobBytes,
    incarnation: u32,
    after: Option<Place>,
    teller: &mut Teller<'_>,
) -> Result<Option<Place>, StoreError> {
    let mut next = None;
    let mut not_whole = Vec::new();
    let found = rows.at_one_moment(&mut || {
        next = rows.next_space(after)?;
        let Some(place) = next else { return Ok(()) };
        teller.checked.spaces += 1;
        teller.at(Some(place));
        let space = rows.space_row(place)?;
        teller.at(Some(space.place));
        let mut bytes = log::of_space(rows, &space, incarnation, teller)?;
        whole::of_access(rows, &space, teller)?;
        not_whole = blobs::of_space(rows, &space, files, &mut bytes, teller)?;
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
    match found {
        Err(error) if next.is_none() => return Err(error),
        // The other spaces are looked at all the same.
        Err(error) => teller.tell(None, format!("cannot be read: {}", said(&error))),
        Ok(()) => {}
    }
    blobs::look_again(rows, files, not_whole, teller)?;
    Ok(next)
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
