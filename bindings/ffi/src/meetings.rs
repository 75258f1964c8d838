//! The pages of meetings, which two people write together.

use cairn_core::support as core;
use uuid::Uuid;

use crate::finding::core_date;
use crate::ids::{id_of, line_id, meeting_id};
use crate::{Role, Support, VaultError, silent_debug};

/// The two parts of the page of a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum MeetingPart {
    /// What to speak about.
    Agenda,
    /// What was spoken about.
    Notes,
}

/// The page of a meeting, as both people read it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Meeting {
    /// Its id.
    pub id: Uuid,
    /// Its day, `YYYY-MM-DD`.
    pub day: String,
    /// What to speak about, in order.
    pub agenda: Vec<MeetingLine>,
    /// What was spoken about, in order.
    pub notes: Vec<MeetingLine>,
}

/// A line of it. It has no time, and whoever wrote it is the one who changes it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct MeetingLine {
    /// Its id.
    pub id: Uuid,
    /// Who wrote it.
    pub by: Role,
    /// Its words; several where devices of its author changed it apart: show all of them, and changed once more it is one again.
    pub words: Vec<String>,
}

silent_debug!(Meeting, MeetingLine);

#[uniffi::export]
impl Support {
    /// The meetings of a relationship that have a page, in the order of their days. Nobody is called to one: look when the person opens it, and mark nothing as new.
    pub async fn meetings(&self, relationship: Uuid) -> Result<Vec<Meeting>, VaultError> {
        let all = self.0.meetings(id_of(relationship)).await?;
        Ok(all.into_iter().map(Meeting::from).collect())
    }

    /// Begins, as the participant, the page of a meeting on this day, `YYYY-MM-DD`; answers its id. Both write on it then, each their own lines.
    pub async fn begin_meeting(&self, relationship: Uuid, day: String) -> Result<Uuid, VaultError> {
        let id = self.0.begin_meeting(id_of(relationship), core_date(&day)?).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Takes back, as the participant, the page of a meeting with everything on it, on all devices of both. What was read can be remembered.
    pub async fn take_back_meeting(&self, relationship: Uuid, meeting: Uuid) -> Result<(), VaultError> {
        Ok(self
            .0
            .take_back_meeting(id_of(relationship), meeting_id(meeting))
            .await?)
    }

    /// Writes a line on the page of a meeting, before this one of the same part, else at its end; answers its id.
    #[uniffi::method(default(before = None))]
    pub async fn write_line(
        &self,
        relationship: Uuid,
        meeting: Uuid,
        part: MeetingPart,
        words: String,
        before: Option<Uuid>,
    ) -> Result<Uuid, VaultError> {
        let (part, before) = (part.into(), before.map(line_id));
        let written = self
            .0
            .write_line(id_of(relationship), meeting_id(meeting), part, words, before);
        Ok(Uuid::from_bytes(*written.await?.as_bytes()))
    }

    /// Changes a line of one's own. Its former words are kept nowhere.
    pub async fn change_line(
        &self,
        relationship: Uuid,
        meeting: Uuid,
        line: Uuid,
        words: String,
    ) -> Result<(), VaultError> {
        let (meeting, line) = (meeting_id(meeting), line_id(line));
        Ok(self.0.change_line(id_of(relationship), meeting, line, words).await?)
    }

    /// Takes away a line of one's own. What was read can be remembered.
    pub async fn take_line_away(&self, relationship: Uuid, meeting: Uuid, line: Uuid) -> Result<(), VaultError> {
        let (meeting, line) = (meeting_id(meeting), line_id(line));
        Ok(self.0.take_line_away(id_of(relationship), meeting, line).await?)
    }
}

impl From<MeetingPart> for core::MeetingPart {
    fn from(part: MeetingPart) -> Self {
        match part {
            MeetingPart::Agenda => Self::Agenda,
            MeetingPart::Notes => Self::Notes,
        }
    }
}

impl From<core::Meeting> for Meeting {
    fn from(meeting: core::Meeting) -> Self {
        let lines = |lines: Vec<core::MeetingLine>| lines.into_iter().map(MeetingLine::from).collect();
        Self {
            id: Uuid::from_bytes(*meeting.id.as_bytes()),
            day: meeting.day.to_string(),
            agenda: lines(meeting.agenda),
            notes: lines(meeting.notes),
        }
    }
}

impl From<core::MeetingLine> for MeetingLine {
    fn from(line: core::MeetingLine) -> Self {
        Self {
            id: Uuid::from_bytes(*line.id.as_bytes()),
            by: line.by.into(),
            words: line.words,
        }
    }
}
