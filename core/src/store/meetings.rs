//! The pages of meetings in a support space, one of each side, as both keep them.

use super::columns::id;
use super::{StoreError, Tx, View};
use crate::id::MeetingId;
use cairn_wire::SpaceId;
use rusqlite::{Row, params};
use std::fmt;

/// One side's page of a meeting.
#[derive(Clone, PartialEq, Eq)]
pub struct MeetingPageRow {
    /// Of which meeting.
    pub meeting: MeetingId,
    /// Whose: 0 the participant's, 1 the specialist's.
    pub side: u8,
    /// The number in the log of the last record that is part of it; 0 where none is, or that log is lost.
    pub seq: u64,
    /// What it says, of one's own, that this record does not.
    pub waits: PageWaits,
    /// What it says, encoded.
    pub content: Vec<u8>,
}

/// What of one's own page waits to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum PageWaits {
    /// Nothing.
    Nothing = 0,
    /// Words.
    Words = 1,
    /// That something was taken away: in a pause too.
    TakenAway = 2,
}

impl fmt::Debug for MeetingPageRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeetingPageRow")
            .field("meeting", &self.meeting)
            .field("side", &self.side)
            .field("seq", &self.seq)
            .field("waits", &self.waits)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str = "meeting, side, seq, waits, content";

fn page(row: &Row<'_>) -> rusqlite::Result<MeetingPageRow> {
    Ok(MeetingPageRow {
        meeting: id(row, 0, MeetingId::from_bytes)?,
        side: row.get(1)?,
        seq: row.get(2)?,
        waits: match row.get::<_, u8>(3)? {
            0 => PageWaits::Nothing,
            1 => PageWaits::Words,
            _ => PageWaits::TakenAway,
        },
        content: row.get(4)?,
    })
}

impl View<'_> {
    /// Every page of a space.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn meeting_pages(&self, space: SpaceId) -> Result<Vec<MeetingPageRow>, StoreError> {
        self.all(
            &format!("SELECT {COLUMNS} FROM meeting_page WHERE space = ?1 ORDER BY meeting, side"),
            [space.as_bytes()],
            page,
        )
    }

    /// The pages of one meeting.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn meeting_pages_of(&self, space: SpaceId, meeting: MeetingId) -> Result<Vec<MeetingPageRow>, StoreError> {
        self.all(
            &format!("SELECT {COLUMNS} FROM meeting_page WHERE space = ?1 AND meeting = ?2 ORDER BY side"),
            params![space.as_bytes(), meeting.as_bytes()],
            page,
        )
    }

    /// The pages of one's own of which something waits to be said.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn meeting_pages_waiting(&self, space: SpaceId) -> Result<Vec<MeetingPageRow>, StoreError> {
        self.all(
            &format!("SELECT {COLUMNS} FROM meeting_page WHERE space = ?1 AND waits > 0 ORDER BY meeting"),
            [space.as_bytes()],
            page,
        )
    }

    /// How many pages of a side there are.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn meeting_page_count(&self, space: SpaceId, side: u8) -> Result<usize, StoreError> {
        self.exactly(
            "SELECT count(*) FROM meeting_page WHERE space = ?1 AND side = ?2",
            params![space.as_bytes(), side],
            |row| {
                row.get::<_, i64>(0)
                    .map(|count| usize::try_from(count).unwrap_or(usize::MAX))
            },
        )
    }
}

impl Tx<'_> {
    /// Puts a page in the place of what it said before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_meeting_page(&self, space: SpaceId, row: &MeetingPageRow) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO meeting_page (space, meeting, side, seq, waits, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                space.as_bytes(),
                row.meeting.as_bytes(),
                row.side,
                row.seq,
                row.waits as u8,
                row.content
            ],
        )?;
        Ok(())
    }

    /// The log that held the pages is lost: one's own are said again.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn doubt_meeting_pages(&self, space: SpaceId, own: u8) -> Result<(), StoreError> {
        self.run(
            "UPDATE meeting_page SET seq = 0, waits = 2 * (side = ?2) WHERE space = ?1",
            params![space.as_bytes(), own],
        )?;
        Ok(())
    }

    /// Forgets the pages of a space.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn forget_meeting_pages(&self, space: SpaceId) -> Result<(), StoreError> {
        self.run("DELETE FROM meeting_page WHERE space = ?1", [space.as_bytes()])?;
        Ok(())
    }
}
