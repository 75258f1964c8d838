//! The two files of `jrnl`: the JSON it writes (`jrnl --format json`), and the journal it opens.
//!
//! | `jrnl` | here |
//! |---|---|
//! | `title`, `body` | the same; where there is no title, the first line of the words |
//! | `date`, `time` | the local date, and the time on the wall; noon where the time is not known |
//! | `tags` | `@` and the tag's folded form, in which every character that `jrnl` has no tag for is `_` |
//! | `starred` | the mark `remember` |
//! | `uuid` | the id, as Day One spells ids |
//!
//! `jrnl` reads no JSON, so the journal file is there for it to open. In it the tags are the last line of an entry, and a line that begins
//! with a bracket is set in by a blank: `jrnl` would take it for the beginning of another entry. It has no place for attachments,
//! feelings, people and all else.

use super::Walk;
use super::story::time;
use crate::exchange::ExportError;
use crate::journal::{Entry, Word};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;

/// Writes the JSON. `tags` stands behind `entries`, so that nothing waits to be counted.
pub(super) fn write_json(walk: &mut Walk<'_>, sink: &mut dyn Write) -> Result<(), ExportError> {
    let mut uses: BTreeMap<String, u64> = BTreeMap::new();
    sink.write_all(b"{\"entries\":[")?;
    let mut between = "";
    walk.each(|walk, entry| {
        leave(walk, entry);
        let tags: Vec<String> = entry.tags.iter().map(tag).collect();
        for tag in &tags {
            *uses.entry(tag.clone()).or_default() += 1;
        }
        let (title, body) = titled(entry);
        let entry = json!({
            "title": title,
            "body": body,
            "date": entry.happened.local_date.format("%Y-%m-%d").to_string(),
            "time": clock(entry),
            "tags": tags,
            "starred": entry.marks.remember,
            "uuid": entry.id.to_string().replace('-', "").to_ascii_uppercase(),
        });
        write!(sink, "{between}\n{entry}")?;
        between = ",";
        Ok(())
    })?;
    write!(sink, "\n],\n\"tags\":{}}}\n", json!(uses))?;
    Ok(())
}

/// Writes the journal file.
pub(super) fn write_text(walk: &mut Walk<'_>, sink: &mut dyn Write) -> Result<(), ExportError> {
    walk.each(|walk, entry| {
        leave(walk, entry);
        let (title, body) = titled(entry);
        let star = if entry.marks.remember { " *" } else { "" };
        let day = entry.happened.local_date.format("%Y-%m-%d");
        writeln!(sink, "[{day} {}] {title}{star}", clock(entry))?;
        for line in body.split(['\n', '\r']).filter(|_| !body.is_empty()) {
            writeln!(sink, "{}{line}", if line.starts_with('[') { " " } else { "" })?;
        }
        let tags: Vec<String> = entry.tags.iter().map(tag).collect();
        if !tags.is_empty() {
            writeln!(sink, "{}", tags.join(" "))?;
        }
        Ok(writeln!(sink)?)
    })
}

fn leave(walk: &mut Walk<'_>, entry: &Entry) {
    entry.attachments.iter().for_each(|_| walk.left_attachment());
}

/// The title, in one line, and the words below it.
fn titled(entry: &Entry) -> (String, &str) {
    if !entry.title.trim().is_empty() {
        let title = entry.title.split_whitespace().collect::<Vec<_>>().join(" ");
        return (title, &entry.body);
    }
    let (first, rest) = entry
        .body
        .trim_start()
        .split_once('\n')
        .unwrap_or((entry.body.trim_start(), ""));
    (first.trim().to_owned(), rest)
}

fn clock(entry: &Entry) -> String {
    time(&entry.happened).unwrap_or_else(|| "12:00".to_owned())
}

fn tag(word: &Word) -> String {
    let kept = |c: char| {
        if c.is_alphanumeric() || "-+*#/_".contains(c) {
            c
        } else {
            '_'
        }
    };
    format!("@{}", word.folded.chars().map(kept).collect::<String>())
}
