//! Attachments: rows, files, and what is let go.

use super::*;
use crate::id::AttachmentId;
use crate::journal::example;
use crate::store::{AttachmentRow, Carried, Held, Release, Trouble};
use cairn_wire::BlobId;
use std::collections::BTreeSet;
use std::io::Read as _;

fn blob(n: u8) -> BlobId {
    BlobId::from_bytes([n; 32])
}

fn row(n: u8, have: u64) -> AttachmentRow {
    AttachmentRow {
        id: AttachmentId::from_bytes([n; 16]),
        blob: blob(n),
        sha256: [n; 32],
        bytes: 900,
        sealed_bytes: 1_000,
        have,
        sent: 0,
        wanted: false,
        kept: Timestamp(5),
        trouble: Trouble::None,
    }
}

fn naming(n: u8, at: i64, attachments: &[u8]) -> Entry {
    let attachments = attachments.iter().map(|n| example::hung(*n)).collect();
    Entry {
        attachments,
        ..entry(n, at, "", "Look.")
    }
}

fn put(shelf: &mut Shelf, entry: &Entry, edition: u32) {
    shelf.write(|tx| {
        tx.put_document(&crate::store::DocumentRow {
            id: entry.id.into(),
            kind: 1,
            edition,
            schema: 1,
            genesis: 1,
            admitted: true,
            dirty: true,
            publish_after: None,
            read_only: false,
            space: None,
            heads: Vec::new(),
            bytes: None,
        })?;
        tx.put_entry(entry)
    });
}

#[test]
fn an_attachment_is_sent_for_every_entry_that_names_it_and_again_in_a_new_edition() {
    let mut shelf = Shelf::new();
    put(&mut shelf, &naming(1, 10, &[7]), 0);
    put(&mut shelf, &naming(2, 20, &[7, 8]), 0);
    shelf.write(|tx| tx.put_attachment(&row(7, 1_000)));
    let held = |n: u8, edition| Held {
        id: row(7, 0).id,
        document: entry_id(n).into(),
        edition,
    };
    let waits = |shelf: &Shelf| shelf.store.view().attachments_to_send().unwrap();
    assert_eq!(
        waits(&shelf),
        [held(2, 0), held(1, 0)],
        "the newest entry first; nothing that is not here"
    );
    shelf.write(|tx| tx.set_held(&held(2, 0)));
    assert_eq!(waits(&shelf), [held(1, 0)]);
    // Words that change do not send a photo again.
    put(
        &mut shelf,
        &Entry {
            body: "Look there.".to_owned(),
            ..naming(2, 20, &[7, 8])
        },
        0,
    );
    assert_eq!(waits(&shelf), [held(1, 0)]);
    put(&mut shelf, &naming(2, 20, &[7, 8]), 1);
    assert_eq!(waits(&shelf), [held(2, 1), held(1, 0)]);
    shelf.write(|tx| {
        tx.set_held(&held(1, 0))?;
        tx.set_held(&held(2, 1))
    });
    assert_eq!(waits(&shelf), []);
}

#[test]
fn what_an_entry_names_no_more_is_to_be_let_go_when_it_is_let_go_here_and_not_while_it_is_named() {
    let mut shelf = Shelf::new();
    put(&mut shelf, &naming(1, 10, &[7, 8]), 3);
    shelf.write(|tx| {
        tx.put_attachment(&row(7, 1_000))?;
        tx.put_attachment(&row(8, 1_000))?;
        tx.set_held(&Held {
            id: row(7, 0).id,
            document: entry_id(1).into(),
            edition: 3,
        })
    });
    put(&mut shelf, &naming(1, 10, &[]), 3);
    let release = |n| Release {
        blob: blob(n),
        document: entry_id(1).into(),
        edition: 3,
    };
    let view = || shelf.store.view();
    assert_eq!(view().releases(9).unwrap(), [], "the bytes are here");
    assert_eq!(view().released_by(entry_id(1)).unwrap().len(), 2);
    assert!(!view().is_named(row(7, 0).id).unwrap());
    shelf.write(|tx| tx.note_unnamed(&BTreeSet::from([row(8, 0).id]), Timestamp(5)));
    let view = || shelf.store.view();
    assert_eq!(view().unnamed_attachments(Timestamp(5)).unwrap(), []);
    assert_eq!(view().unnamed_attachments(Timestamp(6)).unwrap(), [row(7, 0).id]);
    // Another device may have put there what this one did not.
    shelf.write(|tx| {
        tx.remove_attachment(row(7, 0).id)?;
        tx.remove_attachment(row(8, 0).id)
    });
    assert_eq!(shelf.store.view().releases(9).unwrap(), [release(7), release(8)]);
    shelf.write(|tx| tx.remove_release(&release(7)));
    assert_eq!(shelf.store.view().releases(9).unwrap(), [release(8)]);
    // What is named again is not to be let go.
    shelf.write(|tx| tx.put_attachment(&row(8, 1_000)));
    put(&mut shelf, &naming(1, 10, &[8]), 3);
    shelf.write(|tx| tx.remove_attachment(row(8, 0).id));
    assert_eq!(shelf.store.view().releases(9).unwrap(), []);
}

#[test]
fn what_waits_is_counted_once_however_many_entries_name_it() {
    let mut shelf = Shelf::new();
    put(&mut shelf, &naming(1, 10, &[7, 8]), 0);
    put(&mut shelf, &naming(2, 20, &[7, 9]), 0);
    shelf.write(|tx| {
        tx.put_attachment(&AttachmentRow {
            sent: 300,
            ..row(7, 1_000)
        })?;
        tx.put_attachment(&row(8, 400))
    });
    let (up, down) = shelf.store.view().attachments_waiting().unwrap();
    assert_eq!(up, Carried { count: 1, bytes: 700 });
    assert_eq!(down, Carried { count: 1, bytes: 600 });
    assert_eq!(shelf.store.view().attachments_to_fetch().unwrap(), [row(8, 0).id]);
    let unheard = shelf
        .store
        .view()
        .named_attachments(AttachmentId::from_bytes([0; 16]), 9)
        .unwrap();
    assert_eq!(
        unheard.iter().map(|one| one.id).collect::<Vec<_>>(),
        [AttachmentId::from_bytes([9; 16])]
    );
}

#[test]
fn a_small_picture_stays_with_its_attachment_and_goes_with_it_from_every_page() {
    let mut shelf = Shelf::new();
    let picture = b"a small picture of a stone";
    shelf.write(|tx| {
        tx.put_attachment(&row(7, 1_000))?;
        assert!(tx.set_thumbnail(row(7, 0).id, Some(picture))?);
        assert!(!tx.set_thumbnail(row(8, 0).id, Some(picture))?);
        tx.put_attachment(&row(7, 1_000))
    });
    assert_eq!(shelf.store.view().thumbnail(row(7, 0).id).unwrap().unwrap(), picture);
    shelf.write(|tx| tx.remove_attachment(row(7, 0).id));
    shelf.store.checkpoint().unwrap();
    assert!(!contains(&shelf.store.decrypted_pages().unwrap(), "a small picture"));
}

#[test]
fn a_file_is_there_whole_or_not_at_all() {
    let shelf = Shelf::new();
    let files = shelf.store.attachment_files();
    assert_eq!(files.length(&blob(1)), Ok(None));
    let mut file = files.begin(blob(1), 1).unwrap();
    file.write(b"sealed").unwrap();
    assert_eq!(files.length(&blob(1)), Ok(None));
    drop(file);
    assert_eq!(
        std::fs::read_dir(shelf.directory.path().join("attachments"))
            .unwrap()
            .count(),
        0
    );
    let mut file = files.begin(blob(1), 2).unwrap();
    file.write(b"sealed").unwrap();
    file.settle().unwrap();
    files.keep(file).unwrap();
    let mut read = String::new();
    files
        .open(&blob(1))
        .unwrap()
        .unwrap()
        .read_to_string(&mut read)
        .unwrap();
    assert_eq!(read, "sealed");
    assert_eq!(files.read(&blob(1), 2, 3), Ok(Some(b"ale".to_vec())));
}

#[test]
fn a_part_goes_on_where_the_database_says_whatever_a_crash_left_behind() {
    let shelf = Shelf::new();
    let files = shelf.store.attachment_files();
    files.write_part(&blob(1), 0, b"seal").unwrap();
    files
        .write_part(&blob(1), 4, b"rubbish of which nobody was told")
        .unwrap();
    files.write_part(&blob(1), 4, b"ed").unwrap();
    assert_eq!(files.part_length(&blob(1)), Ok(Some(6)));
    files.complete(&blob(1)).unwrap();
    assert_eq!(files.read(&blob(1), 0, 99), Ok(Some(b"sealed".to_vec())));
    assert_eq!(files.part_length(&blob(1)), Ok(None));
}

#[test]
fn a_sweep_takes_what_nothing_knows_and_leaves_what_is_being_written() {
    let shelf = Shelf::new();
    let files = shelf.store.attachment_files();
    files.write_part(&blob(1), 0, b"known").unwrap();
    files.write_part(&blob(2), 0, b"unknown").unwrap();
    let living = files.begin(blob(2), 3).unwrap();
    std::mem::forget(files.begin(blob(2), 4).unwrap());
    let folder = shelf.directory.path().join("attachments");
    std::fs::write(folder.join("not one of ours"), b"").unwrap();
    files.sweep(&[blob(1)].into(), &[3].into()).unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3);
    assert_eq!(files.part_length(&blob(1)), Ok(Some(5)));
    files.keep(living).unwrap();
    assert_eq!(files.length(&blob(2)), Ok(Some(0)));
}

#[test]
fn a_damaged_database_takes_its_attachments_along() {
    let shelf = Shelf::new();
    shelf
        .store
        .attachment_files()
        .write_part(&blob(1), 0, b"known")
        .unwrap();
    let directory = shelf.close();
    let folder = crate::store::set_aside(directory.path(), Timestamp(0)).unwrap();
    assert!(folder.join("attachments").is_dir() && !directory.path().join("attachments").exists());
}

#[test]
fn an_attachment_reads_back_as_it_was_put() {
    let mut shelf = Shelf::new();
    let whole = AttachmentRow {
        sent: 3,
        wanted: true,
        trouble: Trouble::NoRoom,
        ..row(7, 44)
    };
    shelf.write(|tx| tx.put_attachment(&whole));
    assert_eq!(shelf.store.view().attachment(whole.id).unwrap(), Some(whole));
    assert_eq!(shelf.store.view().attachment_troubles().unwrap(), [(2, 1)]);
    assert_eq!(shelf.store.view().blobs(), Ok([blob(7)].into()));
}
