//! What is said around the page of a meeting.

use super::sentence::sentences;

sentences! {
    /// There is no page.
    NONE = "meetings.none", "There is no page of a meeting here.";
    /// After the participant began one.
    BEGUN = "meetings.begun", "Begun. {who} can write on it with the next connection, and so can you. Nobody is called to it.";
    /// After something was written or changed.
    WRITTEN = "meetings.written", "Kept. {who} reads it with the next connection.";
    /// After a line was taken away, or a page was taken back.
    AWAY = "meetings.away", "Taken away here, and from {who}'s app with the next connection. What was read can be remembered.";
    /// Nothing was written in this part yet.
    EMPTY = "meetings.empty", "Nothing yet.";
}
