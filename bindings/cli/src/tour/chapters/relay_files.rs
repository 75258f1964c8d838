//! What whoever runs the relay could find in its files.

use super::Stage;
use crate::failure::Failure;
use crate::tour::device::Device;
use crate::tour::frame::{self, Sides};
use crate::tour::scan::{self, Needles};
use crate::tour::story::promised;
use crate::{moments, terminal};
use cairn_core::wire::HEADER_BYTES;
use std::fs;
use std::path::Path;

/// Put into a file to be found there.
const MARKER: &str = "this sentence was put here to be found";

impl Stage {
    /// What whoever runs the relay could find.
    pub(in crate::tour) fn what_the_relay_holds(&mut self, phone: &Device, sealed: &[u8]) -> Result<(), Failure> {
        self.story.chapter("What the relay holds")?;
        let entries = phone.entries()?;
        let words = scan::rare_words(&entries);
        promised(words.len() == scan::WORDS, "the journal has twenty words to look for")?;
        let sentences = scan::sentences(&entries);
        let needles = Needles::new(words.iter().cloned().chain(sentences).chain([MARKER.to_owned()]));
        promised(
            needles.found_below(&self.relay_data)?.is_empty(),
            "no word of the journal is in the relay's files",
        )?;
        self.story
            .step("Twenty rarer words and every sentence of the journal: none is in the relay's files.")?;
        let scratch = self.folder.join("scratch");
        fs::create_dir_all(&scratch)?;
        let mut hidden = sealed.to_vec();
        for word in words.iter().map(String::as_str).chain([MARKER]) {
            hidden.extend(word.to_ascii_uppercase().bytes().chain([0, 255]));
        }
        fs::write(scratch.join("found"), hidden)?;
        let found = needles.found_below(&scratch)?;
        let all = words
            .iter()
            .map(String::as_str)
            .chain([MARKER])
            .all(|word| found.contains(word));
        promised(all, "the same search finds words where there are some")?;
        let nonce = sealed.get(HEADER_BYTES..HEADER_BYTES + 32).unwrap_or_default();
        let place = place_of(&self.relay_data, nonce)?;
        promised(place.is_some(), "the sealed entry itself is in the relay's files")?;
        self.story
            .step("The same search finds them where they were put on purpose, so it does look.")?;
        let Some((file, offset, bytes)) = place else {
            return Ok(());
        };
        self.side_by_side(phone, &file, offset, &bytes)
    }

    fn side_by_side(&self, phone: &Device, file: &str, offset: usize, bytes: &[u8]) -> Result<(), Failure> {
        let entry = phone.entry(self.written()?.0)?;
        let feelings: Vec<&str> = entry.feelings.iter().map(|word| word.written.as_str()).collect();
        let both = if entry.both_versions {
            cairn_core::words::status::BOTH_VERSIONS.text
        } else {
            ""
        };
        let when = moments::shown(&entry.happened);
        let words = format!(
            "{}\n{when}  {}\n\n{}\n\n{both}",
            entry.title,
            feelings.join(" · "),
            entry.body
        );
        self.out.line("")?;
        let sides = Sides {
            reader: "What Marisol reads",
            words: &words,
            file: &format!("The same entry in the relay's file {file}"),
            offset,
            bytes,
        };
        frame::draw(&sides, terminal::width(), self.out)
    }
}

/// The file below `folder` that holds these bytes, the place of them in it, and what lies there.
fn place_of(folder: &Path, bytes: &[u8]) -> Result<Option<(String, usize, Vec<u8>)>, Failure> {
    if bytes.is_empty() {
        return Ok(None);
    }
    for path in scan::files_below(folder)? {
        let held = fs::read(&path)?;
        if let Some(at) = held.windows(bytes.len()).position(|window| window == bytes) {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            let lines = held.into_iter().skip(at).take(16 * frame::LINES).collect();
            return Ok(Some((name, at, lines)));
        }
    }
    Ok(None)
}
