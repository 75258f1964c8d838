//! What is said on standard output: text for people, JSON for programs.
//!
//! Words of a person may come from elsewhere (an import, a shared entry). On a terminal they are shown without the
//! control characters that could move the cursor or rename the window; in a file or a pipe they stand as they are.
//!
//! Marks are written into text as [`BOLD`], [`COLOUR`] and [`PLAIN`]; bold and plain are the characters a search marks its finds with. They become
//! whatever the reader can show: emphasis on a terminal, nothing elsewhere. No meaning lies in them alone.

pub(crate) mod json;

use crate::failure::Failure;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write as _};

/// Emphasis begins.
pub(crate) const BOLD: char = '\u{2}';
/// Emphasis or colour ends.
pub(crate) const PLAIN: char = '\u{3}';
/// Colour begins.
pub(crate) const COLOUR: char = '\u{4}';

/// Where output goes, and in which form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    terminal: bool,
    style: bool,
}

impl Output {
    /// Standard output, as this command line and this terminal want it.
    pub(crate) fn new(json: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            json,
            terminal,
            style: terminal && !dumb && !is_set("NO_COLOR"),
        }
    }

    /// Whether programs read along.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Whether a person reads along.
    pub(crate) const fn is_terminal(self) -> bool {
        self.terminal && !self.json
    }

    /// A line of text.
    pub(crate) fn line(self, text: impl AsRef<str>) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        writeln!(out, "{}", self.shown(text.as_ref()))?;
        Ok(out.flush()?)
    }

    /// A line of text, unless programs read along.
    pub(crate) fn say(self, text: impl AsRef<str>) -> Result<(), Failure> {
        if self.json { Ok(()) } else { self.line(text) }
    }

    /// One JSON value on a line of its own.
    pub(crate) fn value(self, value: &impl Serialize) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, value).map_err(io::Error::from)?;
        writeln!(out)?;
        Ok(out.flush()?)
    }

    fn shown(self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len() + 16);
        let mut is_marked = false;
        for c in text.chars() {
            match c {
                BOLD | COLOUR | PLAIN if self.style => {
                    is_marked = c != PLAIN;
                    shown.push_str(match c {
                        BOLD => "\u{1b}[1m",
                        COLOUR => "\u{1b}[36m",
                        _ => RESET,
                    });
                }
                BOLD | COLOUR | PLAIN => {}
                '\n' | '\t' => shown.push(c),
                c if self.terminal && c.is_control() => shown.push('\u{fffd}'),
                c => shown.push(c),
            }
        }
        if is_marked {
            shown.push_str(RESET);
        }
        shown
    }
}

const RESET: &str = "\u{1b}[0m";

/// `text` with emphasis.
pub(crate) fn bold(text: &str) -> String {
    format!("{BOLD}{text}{PLAIN}")
}

/// `text` in colour.
pub(crate) fn coloured(text: &str) -> String {
    format!("{COLOUR}{text}{PLAIN}")
}

/// `text` without controls, for a question that does not come through here.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// `text` in one line of at most `width` characters.
pub(crate) fn in_one_line(text: &str, width: usize) -> String {
    let words = text.split_whitespace();
    let mut line = String::new();
    for word in words {
        // The width bounds the work too: nobody joins a whole body to show its beginning.
        if line.chars().count() > width {
            break;
        }
        let between = if line.is_empty() { "" } else { " " };
        line.push_str(between);
        line.push_str(word);
    }
    if line.chars().count() > width {
        line = line.chars().take(width.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPE: Output = Output {
        json: false,
        terminal: false,
        style: false,
    };
    const TERMINAL: Output = Output {
        json: false,
        terminal: true,
        style: true,
    };
    const NO_COLOUR: Output = Output {
        json: false,
        terminal: true,
        style: false,
    };

    #[test]
    fn a_terminal_is_never_given_the_controls_of_a_text() {
        let hostile = "a\u{1b}]0;b\u{7}\u{9b}c\r\u{8}d\n\te";
        for terminal in [TERMINAL, NO_COLOUR] {
            let shown = terminal.shown(hostile);
            assert!(
                shown.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'),
                "{shown:?}"
            );
        }
        assert_eq!(PIPE.shown(hostile), hostile);
    }

    #[test]
    fn a_find_stands_out_where_that_is_wanted_and_ends_with_the_line() {
        assert_eq!(TERMINAL.shown(&bold("soup")), "\u{1b}[1msoup\u{1b}[0m");
        assert_eq!(TERMINAL.shown("\u{2}soup"), "\u{1b}[1msoup\u{1b}[0m");
        assert_eq!(NO_COLOUR.shown(&bold("soup")), "soup");
        assert_eq!(PIPE.shown(&bold("soup")), "soup");
    }

    #[test]
    fn a_long_text_becomes_a_line_of_its_first_words() {
        assert_eq!(in_one_line("soup\n\n on  the bus", 80), "soup on the bus");
        assert_eq!(in_one_line("soup on the bus", 7), "soup o…");
        assert_eq!(in_one_line("ääää", 4), "ääää");
    }
}
