//! Sound files, changed at random from a seed: nothing panics, nothing comes out that is no entry, nothing grows.
//!
//! The targets of `tests/fuzz` look further, for as long as one lets them; this runs everywhere.

use super::*;

/// Changed files of each format.
const ROUNDS: u64 = 3_000;

/// Splitmix64, as in the sample journal.
struct Dice(u64);

impl Dice {
    const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end.max(1) as u64).unwrap()
    }
}

/// Pieces that mean something to one of the formats.
const PIECES: [&[u8]; 26] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\n",
    b"\0",
    b"\xff\xfe",
    b"---\n",
    b"+++\n",
    b"&a ",
    b"*a",
    b"<b>",
    b"</",
    b"![](",
    b"![[",
    b"]]",
    b"1e999",
    b"-1",
    b"99999999999999999999",
    b"\xf0\x9f\x98\x8a",
    b"../",
    b"|",
    b"::",
];

fn changed(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(40)).min(bytes.len());
        match dice.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = PIECES[dice.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            3 => {
                let again: Vec<u8> = bytes[at..end].to_vec();
                let to = dice.below(bytes.len() + 1);
                bytes.splice(to..to, again);
            }
            4 => bytes.truncate(at),
            5 => {
                let piece = PIECES[dice.below(PIECES.len())].repeat(1 + dice.below(80));
                bytes.splice(at..at, piece);
            }
            _ if at < bytes.len() => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
            _ => {}
        }
    }
    bytes
}

/// Reads it as that; whatever comes is an entry and not much larger than the file.
fn is_kept_in_bounds(format: ImportFormat, bytes: Vec<u8>, words: usize) {
    let Ok(mut importer) = read_import(Cursor::new(bytes), Some(format), &keeping()) else {
        return;
    };
    let entries: Vec<_> = importer.entries().collect();
    assert_eq!(entries.len(), importer.preview().entries);
    let mut size = 0;
    for entry in entries {
        let entry = entry.unwrap();
        let ids: Vec<_> = entry
            .media
            .iter()
            .map(|media| (media.link.as_str(), crate::id::AttachmentId::from_bytes([7; 16]), ""))
            .collect();
        let embedded = embed(&entry.draft.body, &ids);
        size += entry.draft.body.len() + entry.extra.len() + embedded.len();
        entry.into_entry(EntryId::from_bytes([1; 16])).unwrap();
    }
    assert!(size <= 4_096 + words * 40, "{format:?}: {size} of {words}");
}

/// The files of a zip, changed inside or as they lie.
fn rounds(format: ImportFormat, files: &[(&str, &[u8])]) {
    let mut dice = Dice(format as u64 + 1);
    for round in 0..ROUNDS {
        let which = dice.below(files.len());
        let inside: Vec<(&str, Vec<u8>)> = files
            .iter()
            .enumerate()
            .map(|(at, (name, bytes))| {
                (
                    *name,
                    if at == which {
                        changed(bytes, &mut dice)
                    } else {
                        bytes.to_vec()
                    },
                )
            })
            .collect();
        let words = inside.iter().map(|(_, bytes)| bytes.len()).sum();
        let borrowed: Vec<(&str, &[u8])> = inside.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        let mut whole = zip(&borrowed);
        if round % 4 == 0 {
            whole = changed(&whole, &mut dice);
        }
        is_kept_in_bounds(format, whole, words);
    }
}

/// The files of a sample.
fn unpacked(sample: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(sample)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut file = archive.by_index(at).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (String::from_utf8(file.name_raw().to_vec()).unwrap(), bytes)
        })
        .collect()
}

#[test]
fn changed_archives_never_panic_and_give_entries_or_a_sentence() {
    for format in [ImportFormat::DayOne, ImportFormat::Journey, ImportFormat::Markdown] {
        let files = unpacked(&sample(format));
        let borrowed: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        rounds(format, &borrowed);
    }
}

#[test]
fn changed_files_never_panic_and_give_entries_or_a_sentence() {
    for format in [ImportFormat::Daylio, ImportFormat::Jrnl] {
        let mut dice = Dice(format as u64 + 1);
        for _ in 0..ROUNDS * 2 {
            let bytes = changed(&sample(format), &mut dice);
            let words = bytes.len();
            is_kept_in_bounds(format, bytes, words);
        }
    }
}
