//! Photos, videos, recordings and PDFs of a Day One export.
//!
//! An entry lists them with an `identifier`, which links name, and an `md5`, which names the file in the folder of its
//! kind. The ending of that file is not always the `type` or `format` that is listed (a recording in `aac` is an `.m4a`), so that
//! files are found without it.

use crate::exchange::archive::Directory;
use crate::exchange::dates;
use crate::exchange::embeds::embeds;
use crate::exchange::importer::Facts;
use crate::exchange::media::{Media, Stock};
use crate::limits;
use crate::moment::Moment;
use serde_json::{Map, Value};
use std::io::{Read, Seek};

/// Lists of attachments and the link that leads to one of them.
pub(super) const LISTS: [(&str, &str); 4] = [
    ("photos", "dayone-moment://"),
    ("videos", "dayone-moment:/video/"),
    ("audios", "dayone-moment:/audio/"),
    ("pdfAttachments", "dayone-moment:/pdfAttachment/"),
];
/// The folder of each of those lists.
const FOLDERS: [&str; 4] = ["photos", "videos", "audios", "pdfs"];
/// What every link to one begins with, in whichever form the rest is.
const SCHEME: &str = "dayone-moment:";

/// The media files of an archive.
pub(super) fn stock<R: Read + Seek>(directory: &Directory<R>) -> Stock {
    let files = directory.files.iter().filter(|file| file.is_plain());
    Stock::of(files.map(|file| (file.path.clone(), file.bytes, file.index)))
}

/// How many an entry lists.
pub(super) fn count(fields: &Map<String, Value>) -> usize {
    let lists = LISTS.iter().filter_map(|(list, _)| fields.get(*list)?.as_array());
    lists.map(Vec::len).sum()
}

/// Those that an entry lists and the archive holds, in Day One's order; the others are counted as not there.
pub(super) fn of(
    fields: &Map<String, Value>,
    body: &str,
    happened: &Moment,
    stock: &Stock,
    facts: &mut Facts,
) -> Vec<Media> {
    if facts.attachments == 0 {
        return Vec::new();
    }
    let links: Vec<&str> = embeds(body)
        .into_iter()
        .filter_map(|link| body.get(link.target))
        .filter(|target| target.starts_with(SCHEME))
        .collect();
    let mut media: Vec<(u64, Media)> = Vec::new();
    for ((list, _), folder) in LISTS.into_iter().zip(FOLDERS) {
        for item in fields.get(list).and_then(Value::as_array).into_iter().flatten() {
            let Some(found) = one(item, folder, &links, happened, stock) else {
                continue;
            };
            let order = item.get("orderInEntry").and_then(Value::as_u64).unwrap_or(u64::MAX);
            media.push((order, found));
        }
    }
    media.sort_by_key(|(order, _)| *order);
    media.truncate(limits::ATTACHMENTS_MAX);
    facts.attachments_missing = facts.attachments - media.len();
    media.into_iter().map(|(_, media)| media).collect()
}

fn one(item: &Value, folder: &str, links: &[&str], happened: &Moment, stock: &Stock) -> Option<Media> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let identifier = text("identifier");
    let named = [text("md5"), identifier];
    let found = named
        .into_iter()
        .flatten()
        .find_map(|stem| stock.with_stem(folder, stem))?;
    // The last part of a link is the identifier, whichever slashes stand before it.
    let leads_here = |link: &&&str| link.rsplit(['/', ':']).next() == identifier;
    let link = links.iter().find(leads_here).copied().unwrap_or_default();
    let pixels = |key: &str| {
        item.get(key)
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok())
    };
    let original = ["filename", "title"].into_iter().find_map(text);
    let is_short = |name: &&str| !crate::exchange::bounds::longer(name, limits::TITLE_CHARACTERS_MAX);
    let made = text("date").and_then(dates::rfc3339);
    Some(Media {
        link: link.to_owned(),
        original_name: original.filter(is_short).unwrap_or_default().to_owned(),
        made: made.and_then(|date| dates::placed(date, Some(&happened.zone), false)),
        width: pixels("width").unwrap_or(0),
        height: pixels("height").unwrap_or(0),
        duration_ms: item.get("duration").and_then(Value::as_f64).map_or(0, milliseconds),
        ..found
    })
}

/// Seconds as milliseconds; nothing for what no recording lasts.
fn milliseconds(seconds: f64) -> u64 {
    /// A week.
    const SECONDS_MAX: f64 = 7.0 * 24.0 * 3600.0;
    if !(0.0..=SECONDS_MAX).contains(&seconds) {
        return 0;
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between nothing and a week"
    )]
    let milliseconds = (seconds * 1_000.0).round() as u64;
    milliseconds
}
