//! A zip that Day One imports: `Journal.json` at its top, and the media in folders beside it.
//!
//! Media go first, because each is named by its MD5 and the journal names them all. So every attachment is read twice: once to be
//! named, once to be copied.

use super::Walk;
use super::links::{self, ending, hex};
use super::tree::{Tree, in_pieces};
use crate::exchange::ExportError;
use crate::exchange::dayone::{Media, value};
use crate::id::AttachmentId;
use crate::journal::{Attachment, AttachmentKind, Entry};
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What was copied.
#[derive(Default)]
struct Copied {
    /// The MD5 of every attachment.
    sums: BTreeMap<AttachmentId, [u8; 16]>,
    /// The files: two attachments of the same bytes are one.
    paths: BTreeSet<String>,
}

pub(super) fn write(walk: &mut Walk<'_>, tree: &mut dyn Tree) -> Result<(), ExportError> {
    let mut copied = Copied::default();
    walk.each(|walk, entry| {
        for attachment in &entry.attachments {
            copy(walk, attachment, &mut copied, tree)?;
        }
        Ok(())
    })?;
    tree.begin("Journal.json", false, 0)?;
    tree.write(br#"{"metadata":{"version":"1.0"},"entries":["#)?;
    let mut between = "";
    walk.each(|_, entry| {
        let entry = value(entry, &media(entry, &copied))?;
        tree.write(format!("{between}\n{entry}").as_bytes())?;
        between = ",";
        Ok(())
    })?;
    tree.write(b"\n]}\n")
}

fn copy(
    walk: &mut Walk<'_>,
    attachment: &Attachment,
    copied: &mut Copied,
    tree: &mut dyn Tree,
) -> Result<(), ExportError> {
    if copied.sums.contains_key(&attachment.id) {
        return Ok(());
    }
    let list = List::of(attachment);
    let (Some(list), Some(mut first)) = (list, walk.open(attachment)?) else {
        walk.left_attachment();
        return Ok(());
    };
    let mut md5 = Md5::new();
    in_pieces(first.as_mut(), |piece| {
        md5.update(piece);
        Ok(())
    })?;
    drop(first);
    let md5: [u8; 16] = md5.finalize().into();
    let mut again = walk.open(attachment)?.ok_or(ExportError::Interrupted)?;
    let path = format!("{}/{}.{}", list.folder, hex(&md5), list.ending(attachment));
    if !copied.paths.contains(&path) {
        tree.begin(&path, links::is_packed(attachment), attachment.bytes)?;
        in_pieces(again.as_mut(), |piece| tree.write(piece))?;
        walk.wrote_attachment();
        copied.paths.insert(path);
    }
    copied.sums.insert(attachment.id, md5);
    Ok(())
}

/// One of Day One's lists of media.
struct List {
    name: &'static str,
    folder: &'static str,
    link: &'static str,
    /// The key under which the kind of file stands.
    form: &'static str,
}

impl List {
    /// The list for an attachment; none where Day One has no place for it.
    fn of(attachment: &Attachment) -> Option<Self> {
        let list = |name, folder, link, form| {
            Some(Self {
                name,
                folder,
                link,
                form,
            })
        };
        match attachment.kind {
            AttachmentKind::Photo | AttachmentKind::Drawing => list("photos", "photos", "dayone-moment://", "type"),
            AttachmentKind::Video => list("videos", "videos", "dayone-moment:/video/", "type"),
            AttachmentKind::Audio => list("audios", "audios", "dayone-moment:/audio/", "format"),
            AttachmentKind::File if attachment.media_type == "application/pdf" => {
                list("pdfAttachments", "pdfs", "dayone-moment:/pdfAttachment/", "type")
            }
            AttachmentKind::File => None,
        }
    }

    /// The ending Day One looks for.
    fn ending(&self, attachment: &Attachment) -> String {
        match ending(attachment).as_str() {
            "jpg" if self.name == "photos" => "jpeg".to_owned(),
            // It names the sound within, and the file by what holds it.
            "aac" if self.name == "audios" => "m4a".to_owned(),
            other => other.to_owned(),
        }
    }
}

fn media(entry: &Entry, copied: &Copied) -> Media {
    let mut lists: Map<String, Value> = Map::new();
    let name = |attachment: &Attachment| hex(attachment.id.as_bytes()).to_ascii_uppercase();
    for (order, attachment) in entry.attachments.iter().enumerate() {
        let (Some(list), Some(md5)) = (List::of(attachment), copied.sums.get(&attachment.id)) else {
            continue;
        };
        let form = if list.form == "format" {
            ending(attachment)
        } else {
            list.ending(attachment)
        };
        let mut item = json!({
            "identifier": name(attachment),
            "md5": hex(md5),
            "orderInEntry": order,
            "fileSize": attachment.bytes,
            "width": attachment.width,
            "height": attachment.height,
            list.form: form,
        });
        if attachment.duration_ms > 0 {
            // Whole milliseconds of at most some hours: no digit of them is lost.
            #[allow(clippy::cast_precision_loss, reason = "durations lie far below 2^53 milliseconds")]
            let seconds = attachment.duration_ms as f64 / 1000.0;
            item["duration"] = seconds.into();
        }
        match lists.entry(list.name).or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(items) => items.push(item),
            _ => continue,
        }
    }
    let body = links::replaced(entry, |attachment| {
        let list = List::of(attachment).filter(|_| copied.sums.contains_key(&attachment.id))?;
        Some(format!("{}{}", list.link, name(attachment)))
    });
    Media {
        body: Some(body),
        lists,
    }
}
