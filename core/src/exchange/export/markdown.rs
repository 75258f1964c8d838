//! Markdown, one file an entry, as Obsidian and its kin keep a journal: `YYYY/YYYY-MM-DD-<id>.md`, and `attachments/` beside.
//!
//! | line of front matter | holds |
//! |---|---|
//! | `title`, `date`, `time`, `zone` | the title; the day as far as it is known; the time on the wall and its zone |
//! | `tags feelings people areas` | words as written |
//! | `place question replies_to` | the person's word for the place; the question it answers; the id it replies to |
//! | `valence energy` | numbers set by hand |
//! | `starred trashed` | the mark `remember`; in the trash |
//! | `id` | the id |
//!
//! No title is in a file's name: names of files show in places that nobody thinks of. A [story](super::Story) is one file, in
//! which links to attachments have become the words for what they show.

use super::links::{self, file_name, is_packed};
use super::story::{day, time};
use super::tree::{Tree, in_pieces, put};
use super::yaml::Front;
use super::{ExportOptions, Story, Walk};
use crate::exchange::ExportError;
use crate::id::AttachmentId;
use crate::journal::{Attachment, Energy, Entry, Valence, Word};
use chrono::Datelike as _;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;

pub(super) fn write(walk: &mut Walk<'_>, options: &ExportOptions, tree: &mut dyn Tree) -> Result<(), ExportError> {
    debug_assert!(options.story.is_none(), "a story is one file");
    let mut files: BTreeSet<String> = BTreeSet::new();
    walk.each(|walk, entry| {
        let mut there: BTreeSet<AttachmentId> = BTreeSet::new();
        for attachment in &entry.attachments {
            if copy(walk, attachment, &mut files, tree)? {
                there.insert(attachment.id);
            }
        }
        let body = links::replaced(entry, |attachment| {
            there
                .contains(&attachment.id)
                .then(|| format!("../attachments/{}", file_name(attachment)))
        });
        let date = entry.happened.local_date;
        let path = format!("{:04}/{}-{}.md", date.year(), date.format("%Y-%m-%d"), entry.id);
        put(tree, &path, front(entry, true).over(&body).as_bytes())
    })
}

/// Writes one story: its words, and what its writer chose to have around them.
pub(super) fn write_story(walk: &mut Walk<'_>, story: Story, sink: &mut dyn Write) -> Result<(), ExportError> {
    walk.each(|walk, entry| {
        entry.attachments.iter().for_each(|_| walk.left_attachment());
        let told = story.of(entry);
        let around = Story {
            pictures: false,
            ..story
        };
        let body = without_links(&told);
        let text = if around == Story::default() {
            let title = told.title.split_whitespace().collect::<Vec<_>>().join(" ");
            let heading = if title.is_empty() {
                String::new()
            } else {
                format!("# {title}\n\n")
            };
            format!("{heading}{body}\n")
        } else {
            let mut front = front(&told, false);
            if story.date {
                front.line("date", day(&told.happened));
            }
            front.over(&body)
        };
        Ok(sink.write_all(text.as_bytes())?)
    })
}

/// The words with what an attachment shows in the place of each link to it.
fn without_links(entry: &Entry) -> String {
    let mut body = entry.body.clone();
    for attachment in &entry.attachments {
        let link = format!("]({})", links::link(attachment));
        let mut told = String::with_capacity(body.len());
        let mut rest = body.as_str();
        while let Some((before, after)) = rest.split_once(&link) {
            // The brackets before it hold words of the person: these stay.
            let (lead, words) = before.rsplit_once('[').unwrap_or((before, ""));
            told.push_str(lead.strip_suffix('!').unwrap_or(lead));
            told.push_str(if words.is_empty() { &attachment.alt_text } else { words });
            rest = after;
        }
        told.push_str(rest);
        body = told;
    }
    let told = Entry { body, ..entry.clone() };
    links::replaced(&told, |attachment| Some(attachment.alt_text.clone()))
}

fn copy(
    walk: &mut Walk<'_>,
    attachment: &Attachment,
    files: &mut BTreeSet<String>,
    tree: &mut dyn Tree,
) -> Result<bool, ExportError> {
    let name = file_name(attachment);
    if files.contains(&name) {
        return Ok(true);
    }
    let Some(mut from) = walk.open(attachment)? else {
        walk.left_attachment();
        return Ok(false);
    };
    tree.begin(&format!("attachments/{name}"), is_packed(attachment), attachment.bytes)?;
    in_pieces(from.as_mut(), |piece| tree.write(piece))?;
    walk.wrote_attachment();
    files.insert(name);
    Ok(true)
}

fn front(entry: &Entry, with_time: bool) -> Front {
    let written = |words: &[Word]| {
        words
            .iter()
            .map(|word| Value::from(word.written.as_str()))
            .collect::<Vec<_>>()
    };
    let mut front = Front::new();
    front.line("title", entry.title.as_str());
    if with_time {
        front.line("date", day(&entry.happened));
        front.line("time", time(&entry.happened));
        front.line("zone", entry.happened.zone.as_str());
    }
    front.line("tags", written(&entry.tags));
    front.line("feelings", written(&entry.feelings));
    front.line("people", written(&entry.people));
    front.line("areas", written(&entry.life_areas));
    front.line("place", entry.place.as_ref().map(|place| place.label.as_str()));
    front.line("question", entry.asked.as_ref().map(|asked| asked.text.as_str()));
    front.line("replies_to", entry.replies_to.map(|id| id.to_string()));
    front.line("valence", entry.valence.map(Valence::number));
    front.line("energy", entry.energy.map(Energy::number));
    front.line("starred", entry.marks.remember.then_some(true));
    front.line("trashed", entry.trashed.map(|_| true));
    if with_time {
        front.line("id", entry.id.to_string());
    }
    front
}
