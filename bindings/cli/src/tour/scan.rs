//! Looks for words in files, byte for byte.
//!
//! The scan finds a needle wherever it stands, across whatever a file holds beside it, without regard to capital letters.
//! A scan that finds nothing proves something only when the same scan finds what is there; the tour shows it both.

use cairn_core::journal::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

/// Letters of a word that is looked for, at least. Seven bytes do not come together by chance in any folder of this size.
const WORD: usize = 7;
/// Words that are looked for.
pub(super) const WORDS: usize = 20;
/// Bytes of a sentence that is looked for, at least.
const SENTENCE: usize = 20;

/// What is looked for. Every needle has at least [`WORD`] bytes.
#[derive(Debug, Default)]
pub(super) struct Needles {
    /// By the first [`WORD`] bytes.
    by_beginning: BTreeMap<[u8; WORD], Vec<String>>,
    /// One bit per hash of a beginning: most places of a file end here.
    sieve: Vec<u64>,
}

const SIEVE_BITS: u32 = 20;

impl Needles {
    pub(super) fn new(needles: impl IntoIterator<Item = String>) -> Self {
        let mut all = Self {
            by_beginning: BTreeMap::new(),
            sieve: vec![0; 1 << (SIEVE_BITS - 6)],
        };
        for needle in needles {
            let needle = needle.to_ascii_lowercase();
            let Some(beginning) = needle.as_bytes().first_chunk::<WORD>() else {
                continue;
            };
            let bit = sieve_bit(beginning);
            if let Some(bits) = all.sieve.get_mut(bit / 64) {
                *bits |= 1 << (bit % 64);
            }
            all.by_beginning.entry(*beginning).or_default().push(needle);
        }
        all
    }

    /// The needles that stand in `bytes`.
    pub(super) fn found_in(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let folded = bytes.to_ascii_lowercase();
        let mut found = BTreeSet::new();
        for (at, beginning) in folded.windows(WORD).enumerate() {
            let Some(beginning) = beginning.first_chunk::<WORD>() else {
                continue;
            };
            let bit = sieve_bit(beginning);
            if self.sieve.get(bit / 64).is_none_or(|bits| bits >> (bit % 64) & 1 == 0) {
                continue;
            }
            let rest = folded.get(at..).unwrap_or_default();
            let here = self.by_beginning.get(beginning).into_iter().flatten();
            found.extend(
                here.filter(|needle| rest.starts_with(needle.as_bytes()))
                    .map(String::as_str),
            );
        }
        found
    }

    /// The needles that stand in any file below `folder`.
    pub(super) fn found_below(&self, folder: &Path) -> io::Result<BTreeSet<&str>> {
        let mut found = BTreeSet::new();
        for file in files_below(folder)? {
            found.extend(self.found_in(&fs::read(file)?));
        }
        Ok(found)
    }
}

fn sieve_bit(beginning: &[u8; WORD]) -> usize {
    let mut wide = [0; 8];
    wide[..WORD].copy_from_slice(beginning);
    let mixed = u64::from_le_bytes(wide).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(mixed >> (64 - SIEVE_BITS)).unwrap_or(0)
}

/// Every file below `folder`, in the order of their paths.
pub(super) fn files_below(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut open = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Twenty of the journal's rarer words, chosen the same way every time: of the rarest, evenly from a to z.
pub(super) fn rare_words(entries: &[Entry]) -> Vec<String> {
    let mut often: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries {
        let words = entry.body.split(|c: char| !c.is_alphabetic());
        for word in words.filter(|word| word.len() >= WORD && word.is_ascii()) {
            *often.entry(word.to_ascii_lowercase()).or_default() += 1;
        }
    }
    let mut counts: Vec<usize> = often.values().copied().collect();
    counts.sort_unstable();
    // As rare as the twentieth rarest; all of those that are as rare are candidates.
    let Some(rare) = counts.get(WORDS - 1).or(counts.last()).copied() else {
        return Vec::new();
    };
    let candidates: Vec<String> = often
        .into_iter()
        .filter(|(_, times)| *times <= rare)
        .map(|(word, _)| word)
        .collect();
    let count = candidates.len().min(WORDS);
    (0..count)
        .filter_map(|nth| candidates.get(nth * candidates.len() / count).cloned())
        .collect()
}

/// Every sentence of the journal that is long enough to stand nowhere by chance.
pub(super) fn sentences(entries: &[Entry]) -> BTreeSet<String> {
    let texts = entries
        .iter()
        .flat_map(|entry| [entry.body.as_str(), entry.title.as_str()]);
    texts
        .flat_map(|text| text.split(['.', '!', '?', ';', '\n']))
        .map(str::trim)
        .filter(|sentence| sentence.len() >= SENTENCE)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use cairn_core::exchange::SampleJournal;
    use cairn_core::id::EntryId;

    fn journal() -> Vec<Entry> {
        let id = |at: usize| EntryId::from_bytes([u8::try_from(at % 256).unwrap(); 16]);
        let entries = SampleJournal::new(1, 100).enumerate();
        entries
            .map(|(at, (draft, written))| draft.into_entry(id(at), written).unwrap())
            .collect()
    }

    #[test]
    fn a_needle_is_found_wherever_it_stands_and_in_any_case() {
        let needles = Needles::new(["marmalade".to_owned(), "zeppelin on the bus".to_owned()]);
        for bytes in [
            &b"marmalade"[..],
            b"\0\0MARMALADE\xff",
            b"xmarmaladex",
            b"marmalamarmalade",
        ] {
            assert_eq!(needles.found_in(bytes), BTreeSet::from(["marmalade"]));
        }
        for bytes in [&b""[..], b"marmala", b"marmalad", b"zeppelin on the tram"] {
            assert!(needles.found_in(bytes).is_empty());
        }
    }

    #[test]
    fn a_scan_goes_through_every_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("a/b/c"), b"..marmalade..").unwrap();
        fs::write(folder.path().join("d"), b"nothing").unwrap();
        let needles = Needles::new(["marmalade".to_owned(), "porridge".to_owned()]);
        assert_eq!(
            needles.found_below(folder.path()).unwrap(),
            BTreeSet::from(["marmalade"])
        );
    }

    #[test]
    fn the_words_are_the_same_every_time_and_stand_in_the_journal() {
        let entries = journal();
        let words = rare_words(&entries);
        assert_eq!(words, rare_words(&entries));
        assert_eq!(words.len(), WORDS);
        let text: String = entries.iter().map(|entry| entry.body.to_ascii_lowercase()).collect();
        assert!(
            words
                .iter()
                .all(|word| word.len() >= WORD && text.contains(word.as_str()))
        );
        assert_eq!(Needles::new(words).found_in(text.as_bytes()).len(), WORDS);
        assert!(rare_words(&[]).is_empty());
    }

    #[test]
    fn every_long_sentence_of_the_journal_is_found_in_its_text() {
        let entries = journal();
        let sentences = sentences(&entries);
        let text: String = entries
            .iter()
            .map(|entry| format!("{}\n{}\n", entry.title, entry.body))
            .collect();
        assert!(sentences.len() > 100);
        assert!(sentences.iter().all(|sentence| text.contains(sentence.as_str())));
        let folded: BTreeSet<String> = sentences.iter().map(|sentence| sentence.to_ascii_lowercase()).collect();
        assert_eq!(Needles::new(sentences).found_in(text.as_bytes()).len(), folded.len());
    }
}
