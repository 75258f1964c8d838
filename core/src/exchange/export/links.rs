//! Links to attachments, in the words of an entry and in the files of an export.
//!
//! Within a vault an entry's words point to an attachment of the entry as `attachment:<its id>`. In a file they point to the
//! attachment's own file, so that whatever shows Markdown shows it.

use crate::journal::{Attachment, Entry};

/// How a link to an attachment begins.
pub(in crate::exchange) const SCHEME: &str = "attachment:";

/// The link to an attachment, as an entry's words hold it.
pub(in crate::exchange) fn link(attachment: &Attachment) -> String {
    format!("{SCHEME}{}", attachment.id)
}

/// Endings of files by their media types, for programs that look at nothing else.
const ENDINGS: [(&str, &str); 26] = [
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/gif", "gif"),
    ("image/webp", "webp"),
    ("image/heic", "heic"),
    ("image/heif", "heif"),
    ("image/avif", "avif"),
    ("image/tiff", "tiff"),
    ("image/bmp", "bmp"),
    ("image/svg+xml", "svg"),
    ("audio/mpeg", "mp3"),
    ("audio/mp4", "m4a"),
    ("audio/x-m4a", "m4a"),
    ("audio/aac", "aac"),
    ("audio/ogg", "ogg"),
    ("audio/opus", "opus"),
    ("audio/wav", "wav"),
    ("audio/flac", "flac"),
    ("video/mp4", "mp4"),
    ("video/quicktime", "mov"),
    ("video/webm", "webm"),
    ("application/pdf", "pdf"),
    ("text/plain", "txt"),
    ("text/markdown", "md"),
    ("application/zip", "zip"),
    ("application/json", "json"),
];

/// The ending of an attachment's file: by its media type, else by the name it came with, else `bin`.
pub(in crate::exchange) fn ending(attachment: &Attachment) -> String {
    if let Some((_, ending)) = ENDINGS.iter().find(|(media, _)| *media == attachment.media_type) {
        return (*ending).to_owned();
    }
    attachment
        .original_name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase())
        .filter(|ending| (1..=8).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .unwrap_or_else(|| "bin".to_owned())
}

/// Lower-case digits of some bytes.
pub(in crate::exchange) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name of an attachment's file: what it holds is its name.
pub(in crate::exchange) fn file_name(attachment: &Attachment) -> String {
    format!("{}.{}", hex(&attachment.sha256), ending(attachment))
}

/// Whether the bytes of an attachment would not shrink by being packed.
pub(in crate::exchange) fn is_packed(attachment: &Attachment) -> bool {
    let media = attachment.media_type.as_str();
    ["image/", "audio/", "video/"]
        .iter()
        .any(|kind| media.starts_with(kind))
        && media != "image/svg+xml"
        || matches!(media, "application/pdf" | "application/zip")
}

/// The words with every link to one of these attachments replaced by what `place` answers for it; those it answers nothing for stay.
pub(in crate::exchange) fn replaced(entry: &Entry, place: impl Fn(&Attachment) -> Option<String>) -> String {
    let mut words = entry.body.clone();
    if !words.contains(SCHEME) {
        return words;
    }
    for attachment in &entry.attachments {
        if let Some(place) = place(attachment) {
            words = words.replace(&link(attachment), &place);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::example::hung;

    #[test]
    fn a_file_is_named_by_what_it_holds_and_its_ending_can_do_no_harm() {
        let named = |media: &str, name: &str| {
            ending(&Attachment {
                media_type: media.to_owned(),
                original_name: name.to_owned(),
                ..hung(1)
            })
        };
        assert_eq!(named("image/jpeg", "x.exe"), "jpg");
        assert_eq!(named("model/odd", "sketch.BLEND"), "blend");
        for harmless in ["x./../y", "x", "x.", "x.a b", "x.\u{202e}gpj", "x.123456789"] {
            assert_eq!(named("model/odd", harmless), "bin", "{harmless}");
        }
        assert_eq!(file_name(&hung(1)), format!("{}.jpg", "01".repeat(32)));
    }
}
