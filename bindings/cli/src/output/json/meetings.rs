//! Values of the pages of meetings.

use cairn_core::support::{Meeting, MeetingLine, Role};
use serde::Serialize;

/// The page of one meeting.
#[derive(Debug, Serialize)]
pub(crate) struct MeetingValue {
    id: String,
    /// The civil date, `YYYY-MM-DD`.
    day: String,
    agenda: Vec<MeetingLineValue>,
    notes: Vec<MeetingLineValue>,
}

#[derive(Debug, Serialize)]
struct MeetingLineValue {
    id: String,
    /// `participant`, `specialist`.
    by: &'static str,
    /// Several where devices of its author changed it apart.
    words: Vec<String>,
}

impl From<&Meeting> for MeetingValue {
    fn from(meeting: &Meeting) -> Self {
        let lines = |lines: &[MeetingLine]| lines.iter().map(MeetingLineValue::from).collect();
        Self {
            id: meeting.id.to_string(),
            day: meeting.day.to_string(),
            agenda: lines(&meeting.agenda),
            notes: lines(&meeting.notes),
        }
    }
}

impl From<&MeetingLine> for MeetingLineValue {
    fn from(line: &MeetingLine) -> Self {
        Self {
            id: line.id.to_string(),
            by: match line.by {
                Role::Participant => "participant",
                Role::Specialist => "specialist",
            },
            words: line.words.clone(),
        }
    }
}
