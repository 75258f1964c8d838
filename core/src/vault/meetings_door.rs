//! What apps and bindings hold of meetings, on both sides.

use super::reply::Reply;
use super::support_door::Support;
use crate::id::{LineId, MeetingId, RelationshipId};
use crate::support::{Meeting, MeetingPart};
use chrono::NaiveDate;

impl Support {
    /// The meetings of a relationship that have a page, in the order of their days.
    pub fn meetings(&self, id: RelationshipId) -> Reply<Vec<Meeting>> {
        self.ask(move |engine| engine.meetings(id))
    }

    /// Begins, as the participant, the page of a meeting on this day.
    pub fn begin_meeting(&self, id: RelationshipId, day: NaiveDate) -> Reply<MeetingId> {
        self.ask(move |engine| engine.begin_meeting(id, day))
    }

    /// Takes back, as the participant, the page of a meeting, with everything on it.
    pub fn take_back_meeting(&self, id: RelationshipId, meeting: MeetingId) -> Reply<()> {
        self.ask(move |engine| engine.take_back_meeting(id, meeting))
    }

    /// Writes a line on the page of a meeting, before this one of the same part, else at the end.
    pub fn write_line(
        &self,
        id: RelationshipId,
        meeting: MeetingId,
        part: MeetingPart,
        words: String,
        before: Option<LineId>,
    ) -> Reply<LineId> {
        self.ask(move |engine| engine.write_line(id, meeting, part, &words, before))
    }

    /// Changes a line of one's own.
    pub fn change_line(&self, id: RelationshipId, meeting: MeetingId, line: LineId, words: String) -> Reply<()> {
        self.ask(move |engine| engine.change_line(id, meeting, line, &words))
    }

    /// Takes away a line of one's own.
    pub fn take_line_away(&self, id: RelationshipId, meeting: MeetingId, line: LineId) -> Reply<()> {
        self.ask(move |engine| engine.take_line_away(id, meeting, line))
    }
}
