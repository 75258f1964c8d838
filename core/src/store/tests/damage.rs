//! What a damaged file answers: an error, or the truth.

use super::*;
use crate::id::DocumentId;
use crate::store::{SharedRow, View};
use cairn_wire::SpaceId;

type Everything = (Vec<Entry>, Vec<SharedRow>, Vec<Vec<u8>>);

/// Everything that stands in the damaged stores of these tests, or the first error.
fn read_all(view: View<'_>) -> Result<Everything, StoreError> {
    let mut entries = Vec::new();
    for n in 0..20 {
        entries.extend(view.entry(entry_id(n))?);
    }
    let documents = (0..20).map(|n| {
        Ok(view
            .document(DocumentId::from_bytes([n; 16]))?
            .and_then(|row| row.bytes))
    });
    let documents: Result<Vec<_>, StoreError> = documents.filter_map(Result::transpose).collect();
    Ok((entries, view.shared()?, documents?))
}

fn filled() -> TempDir {
    let mut shelf = Shelf::new();
    shelf.write(|tx| {
        for n in 0..20 {
            // Long texts reach into pages of their own, which hold nothing that SQLite could check.
            let body = format!("heliotrope {n} ").repeat(usize::from(n) * 40 + 1);
            tx.put_entry(&entry(n, i64::from(n), "title", &body))?;
            tx.put_document(&documents::document_row(n))?;
        }
        tx.put_shared(&SharedRow {
            share: crate::id::ShareId::from_bytes([1; 16]),
            relationship: crate::id::RelationshipId::from_bytes([2; 16]),
            space: SpaceId::from_bytes([3; 16]),
            slot: [4; 16],
            version: 1,
            content: vec![5; 20_000],
            received: Timestamp(0),
        })
    });
    shelf.close()
}

/// Opens what `spoil` made of a good file and reads everything in it.
fn reads_after(directory: &Path, good: &[u8], spoil: impl FnOnce(&mut Vec<u8>)) -> Result<(), StoreError> {
    let mut bytes = good.to_vec();
    spoil(&mut bytes);
    std::fs::write(database(directory), bytes).unwrap();
    let expected = (20, 1, 20);
    let mut store = open(directory)?;
    let read = read_all(store.view());
    if let Ok((entries, shared, documents)) = &read {
        assert_eq!((entries.len(), shared.len(), documents.len()), expected);
        assert!(
            entries.iter().all(|entry| !entry.body.contains('\0')),
            "a text with zeros in it was believed"
        );
        assert!(
            shared.iter().all(|row| row.content.iter().all(|byte| *byte == 5)),
            "zeros were believed"
        );
    }
    let examined = store.examine();
    assert_eq!(examined, Err(StoreError::Damaged));
    read.map(|_| ())
}

#[test]
fn a_flipped_bit_is_an_error_or_changes_nothing_and_examination_finds_it_always() {
    let directory = filled();
    let good = std::fs::read(database(directory.path())).unwrap();
    let mut found = 0;
    let mut flips = 0;
    // Every page, at a place that moves through it.
    for (n, page) in (0..good.len()).step_by(4096).enumerate() {
        let place = page + (n * 389 + 20) % 4096;
        flips += 1;
        match reads_after(directory.path(), &good, |bytes| bytes[place] ^= 1 << (n % 8)) {
            Ok(()) => {}
            Err(StoreError::NotADatabase | StoreError::Damaged) => found += 1,
            Err(other) => panic!("byte {place}: {other:?}"),
        }
    }
    assert!(
        flips > 50 && found > flips / 2,
        "{found} of {flips} flips met by reading"
    );
}

#[test]
fn without_asking_the_cipher_a_flipped_bit_puts_zeros_into_a_text() {
    // The planted defect to the test above: the same damage, read past `View`.
    let directory = filled();
    let good = std::fs::read(database(directory.path())).unwrap();
    let mut believed = 0;
    for page in (4096..good.len()).step_by(4096) {
        let mut bytes = good.clone();
        bytes[page + 100] ^= 1;
        std::fs::write(database(directory.path()), bytes).unwrap();
        let Ok(store) = open(directory.path()) else {
            continue;
        };
        let content: Result<Vec<u8>, _> = store
            .connection()
            .query_row("SELECT content FROM shared", [], |row| row.get(0));
        believed += usize::from(content.is_ok_and(|content| content.contains(&0)));
    }
    assert!(believed > 0);
}

#[test]
fn a_shortened_file_is_an_error() {
    let directory = filled();
    let good = std::fs::read(database(directory.path())).unwrap();
    for length in [2, 100, 4095, 4096, 4097, good.len() / 2, good.len() - 4096] {
        let cut = reads_after(directory.path(), &good, |bytes| bytes.truncate(length));
        assert!(
            matches!(cut, Err(StoreError::NotADatabase | StoreError::Damaged)),
            "{length}: {cut:?}"
        );
    }
    // One byte less is one damaged page, which reading may never meet; examination does.
    let _ = reads_after(directory.path(), &good, |bytes| bytes.truncate(bytes.len() - 1));
}

#[test]
fn a_file_of_something_else_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    for content in [&b"a letter"[..], &[0xa5; 20_000], b"SQLite format 3\0 but not really"] {
        std::fs::write(database(directory.path()), content).unwrap();
        assert_eq!(open(directory.path()).unwrap_err(), StoreError::NotADatabase);
    }
}

#[test]
fn damage_that_is_met_while_writing_takes_the_transaction_back() {
    let directory = filled();
    let good = std::fs::read(database(directory.path())).unwrap();
    let mut met = 0;
    for page in (4096..good.len()).step_by(3 * 4096) {
        let mut bytes = good.clone();
        bytes[page + 100] ^= 1;
        std::fs::write(database(directory.path()), bytes).unwrap();
        let Ok(mut store) = open(directory.path()) else {
            continue;
        };
        let written = store.write(|tx| {
            let read = read_all(**tx);
            tx.set_meta("read", b"all")?;
            read.map(|_| ())
        });
        if let Err(error) = written {
            assert_eq!(error, StoreError::Damaged);
            met += 1;
            drop(store);
            std::fs::write(database(directory.path()), &good).unwrap();
            assert_eq!(open(directory.path()).unwrap().view().meta("read"), Ok(None));
        }
    }
    assert!(met > 5, "{met}");
}

#[test]
fn a_page_of_zeros_is_found_by_examination() {
    let directory = filled();
    let good = std::fs::read(database(directory.path())).unwrap();
    for page in (0..good.len()).step_by(4096 * 7) {
        let mut bytes = good.clone();
        bytes[page..page + 4096].fill(0);
        std::fs::write(database(directory.path()), bytes).unwrap();
        match open(directory.path()) {
            Ok(mut store) => assert_eq!(store.examine(), Err(StoreError::Damaged)),
            Err(error) => assert!(matches!(error, StoreError::NotADatabase | StoreError::Damaged)),
        }
    }
}
