//! Support lines to begin with. They can be changed, taken away and added to; nothing here dials.
//!
//! Names and numbers are those of the lines themselves. Nobody has checked them for this software: each says so, and none
//! carries a date on which it was.

use super::sentence::sentences;

sentences! {
    /// Where a bundled line is from.
    SOURCE = "lines.source", "Bundled, not verified by this software: check it";
    /// Beside a line that nobody here has checked.
    UNCHECKED = "lines.unchecked", "not checked yet";
    /// Before the lines.
    NOBODY_CALLS = "lines.nobody_calls", "Nothing here calls or sends by itself. No one sees that you looked.";
}

/// A bundled line: id, region, name, how it is reached (`call`, `text`, `chat`), and the number.
pub type BundledLine = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// All bundled lines.
pub const LINES: [BundledLine; 8] = [
    (
        "us-988",
        "US and Canada",
        "988 Suicide and Crisis Lifeline",
        "call",
        "988",
    ),
    (
        "us-988-text",
        "US and Canada",
        "988 Suicide and Crisis Lifeline",
        "text",
        "988",
    ),
    ("us-home", "US", "Crisis Text Line", "text", "HOME to 741741"),
    ("uk-samaritans", "UK and Ireland", "Samaritans", "call", "116 123"),
    ("uk-shout", "UK", "Shout", "text", "SHOUT to 85258"),
    ("au-lifeline", "Australia", "Lifeline", "call", "13 11 14"),
    ("nz-1737", "New Zealand", "1737", "call", "1737"),
    ("eu-112", "European Union", "Emergency services", "call", "112"),
];
