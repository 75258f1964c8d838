//! One page to read and to print: everything in it, nothing fetched, nothing that runs.
//!
//! Pictures stand in it as `data:` addresses, up to [`limits::PAGE_PICTURES_BYTES_MAX`] in all; what is beyond that, and everything that is
//! no picture, is named in words. Every paragraph takes its direction from its own letters. A rule in the page forbids a browser to load
//! anything, should an address slip through all the same.

use super::links;
use super::markup::{escaped, to_html};
use super::story::{Story, day, time};
use super::tree::in_pieces;
use super::{ExportOptions, Walk};
use crate::exchange::ExportError;
use crate::id::AttachmentId;
use crate::journal::{Attachment, Entry, Word};
use crate::limits;
use crate::words::{export as said, status};
use data_encoding::BASE64;
use std::collections::BTreeMap;
use std::io::Write;

/// Media types that every browser shows, and that hold nothing but a picture.
const PICTURES: [&str; 5] = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"];

const STYLE: &str = "\
body{max-width:42em;margin:2em auto;padding:0 1em;font:1.05em/1.5 Georgia,serif;color:#111;background:#fff}\
article{border-top:1px solid #bbb;padding:1em 0}\
article:first-of-type{border-top:0}\
h1,h2,h3,p,li,td,th,blockquote,dd{unicode-bidi:plaintext;text-align:start;overflow-wrap:anywhere}\
header p,dl{font-size:.85em;color:#444}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em}dd{margin:0}\
img{max-width:100%;height:auto}pre{white-space:pre-wrap}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.2em .5em}\
@media print{body{max-width:none;margin:0;font-size:11pt}article{border-top:0}h1,h2,h3{break-after:avoid}img,tr{break-inside:avoid}\
a{color:inherit;text-decoration:none}}\
@page{margin:2cm}";

pub(super) fn write(walk: &mut Walk<'_>, options: &ExportOptions, sink: &mut dyn Write) -> Result<(), ExportError> {
    let mut title = Some(said::JOURNAL.text.to_owned());
    let mut left_bytes = limits::PAGE_PICTURES_BYTES_MAX;
    let mut page = |walk: &mut Walk<'_>, entry: &Entry| {
        let told = options.story.map(|story| story.of(entry));
        let shown = told.as_ref().unwrap_or(entry);
        if let Some(title) = title.take() {
            // A page of one entry is called by that entry's name, where it has one.
            let own = options.entry.map(|_| shown.title.trim()).filter(|own| !own.is_empty());
            begin(own.unwrap_or(&title), sink)?;
        }
        let pictures = pictures(walk, shown, options.story, &mut left_bytes)?;
        let has_day = options.story.is_none_or(|story| story.date);
        Ok(sink.write_all(article(shown, has_day, options.story.is_none(), &pictures).as_bytes())?)
    };
    walk.each(|walk, entry| page(walk, entry))?;
    if let Some(title) = title {
        begin(&title, sink)?;
    }
    Ok(sink.write_all(b"</body>\n</html>\n")?)
}

fn begin(title: &str, sink: &mut dyn Write) -> Result<(), ExportError> {
    Ok(write!(
        sink,
        "<!DOCTYPE html>\n<html dir=\"auto\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        escaped(title)
    )?)
}

/// The pictures of an entry that fit the page, as addresses that hold them.
fn pictures(
    walk: &mut Walk<'_>,
    entry: &Entry,
    story: Option<Story>,
    left_bytes: &mut u64,
) -> Result<BTreeMap<AttachmentId, String>, ExportError> {
    let mut pictures = BTreeMap::new();
    let wanted = story.is_none_or(|story| story.pictures);
    for attachment in &entry.attachments {
        let fits = PICTURES.contains(&attachment.media_type.as_str()) && attachment.bytes <= *left_bytes && wanted;
        let from = match story {
            _ if !fits => None,
            None => walk.open(attachment)?,
            Some(_) => walk.open_picture(attachment)?,
        };
        let Some(mut from) = from else {
            walk.left_attachment();
            continue;
        };
        let mut bytes = Vec::new();
        in_pieces(from.as_mut(), |piece| {
            bytes.extend_from_slice(piece);
            // An attachment larger than it says is not the one that was kept; a cleaned one may have grown by a few bytes.
            let most = if story.is_some() { *left_bytes } else { attachment.bytes };
            let fits = bytes.len() as u64 <= most;
            fits.then_some(()).ok_or(ExportError::Interrupted)
        })?;
        *left_bytes = left_bytes.saturating_sub(bytes.len() as u64);
        walk.wrote_attachment();
        let address = format!("data:{};base64,{}", attachment.media_type, BASE64.encode(&bytes));
        pictures.insert(attachment.id, address);
    }
    Ok(pictures)
}

fn article(entry: &Entry, has_day: bool, is_whole: bool, pictures: &BTreeMap<AttachmentId, String>) -> String {
    let mut out = String::from("<article dir=\"auto\">\n<header>\n");
    if !entry.title.trim().is_empty() {
        out.push_str(&format!("<h2>{}</h2>\n", escaped(&entry.title)));
    }
    if has_day {
        let day = day(&entry.happened);
        let time = time(&entry.happened).map(|time| format!(" {time}")).unwrap_or_default();
        out.push_str(&format!("<p><time datetime=\"{day}\">{day}{time}</time></p>\n"));
    }
    for (is_so, sentence) in [
        (entry.both_versions, status::BOTH_VERSIONS),
        (entry.trashed.is_some(), said::IN_THE_TRASH),
    ] {
        if is_so {
            out.push_str(&format!("<p>{sentence}</p>\n"));
        }
    }
    if let Some(asked) = entry.asked.as_ref().filter(|_| is_whole) {
        out.push_str(&format!("<p><em>{}</em></p>\n", escaped(&asked.text)));
    }
    out.push_str("</header>\n");

    let img = |attachment: &Attachment| {
        let address = pictures.get(&attachment.id)?;
        Some(format!(
            "<img src=\"{address}\" alt=\"{}\">",
            escaped(&attachment.alt_text)
        ))
    };
    let mut shown: Vec<AttachmentId> = Vec::new();
    let mut picture = |address: &str| {
        let attachment = entry.attachments.iter().find(|one| links::link(one) == address)?;
        let img = img(attachment)?;
        shown.push(attachment.id);
        Some(img)
    };
    out.push_str(&to_html(&entry.body, &mut picture));
    for attachment in entry.attachments.iter().filter(|one| !shown.contains(&one.id)) {
        match img(attachment) {
            Some(img) => out.push_str(&format!("<p>{img}</p>\n")),
            None if is_whole => out.push_str(&format!("<p>{}</p>\n", escaped(&not_here(attachment)))),
            None => {}
        }
    }

    let place = entry.place.iter().map(|place| place.label.as_str()).collect();
    let written = |words: &'_ [Word]| {
        words
            .iter()
            .map(|word| word.written.clone())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let around = [
        (said::FEELINGS, written(&entry.feelings)),
        (said::PEOPLE, written(&entry.people)),
        (said::PLACE, place),
        (said::LIFE_AREAS, written(&entry.life_areas)),
        (said::TAGS, written(&entry.tags)),
    ];
    if around.iter().any(|(_, words)| !words.is_empty()) {
        out.push_str("<dl>\n");
        for (label, words) in around.iter().filter(|(_, words)| !words.is_empty()) {
            out.push_str(&format!("<dt>{label}</dt><dd>{}</dd>\n", escaped(words)));
        }
        out.push_str("</dl>\n");
    }
    out.push_str("</article>\n");
    out
}

/// What is said in the place of an attachment that is not in the page.
fn not_here(attachment: &Attachment) -> String {
    let name = [&attachment.alt_text, &attachment.original_name, &attachment.media_type];
    let name = name.into_iter().find(|name| !name.is_empty());
    said::NOT_IN_THIS_PAGE.with(&[("what", name.map_or("", String::as_str))])
}
