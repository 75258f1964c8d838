//! What must be gone is gone: looked for below the encryption, and with the protection off it is found.

use super::*;
use crate::id::{RelationshipId, ShareId};
use crate::store::SharedRow;
use cairn_wire::SpaceId;

const SHARE: ShareId = ShareId::from_bytes([1; 16]);

fn shared(text: &str) -> SharedRow {
    SharedRow {
        share: SHARE,
        relationship: RelationshipId::from_bytes([2; 16]),
        space: SpaceId::from_bytes([3; 16]),
        slot: [4; 16],
        version: 1,
        content: text.as_bytes().to_vec(),
        received: Timestamp(0),
    }
}

/// What decrypted pages hold before and after a shared view of this text is removed.
fn around_removal(shelf: &mut Shelf, text: &str) -> (Vec<u8>, Vec<u8>) {
    shelf.write(|tx| tx.put_shared(&shared(text)));
    shelf.store.checkpoint().unwrap();
    let before = shelf.store.decrypted_pages().unwrap();
    shelf.write(|tx| tx.remove_shared(SHARE));
    shelf.store.checkpoint().unwrap();
    (before, shelf.store.decrypted_pages().unwrap())
}

#[test]
fn a_removed_shared_view_leaves_none_of_its_words_and_no_log() {
    for text in [
        "heliotrope by the bus stop".to_owned(),
        "heliotrope bus stop ".repeat(1_500),
    ] {
        let mut shelf = Shelf::new();
        let (before, after) = around_removal(&mut shelf, &text);
        for word in ["heliotrope", "bus stop"] {
            assert!(contains(&before, word), "the search can find");
            assert!(!contains(&after, word));
        }
        assert_eq!(
            std::fs::metadata(shelf.directory.path().join("vault.db-wal"))
                .unwrap()
                .len(),
            0
        );
    }
}

#[test]
fn without_secure_delete_the_words_are_still_there() {
    let mut shelf = Shelf::new();
    let off: i64 = shelf
        .store
        .connection()
        .query_row("PRAGMA secure_delete = OFF", [], |row| row.get(0))
        .unwrap();
    assert_eq!(off, 0);
    let (_, after) = around_removal(&mut shelf, &"heliotrope bus stop ".repeat(1_500));
    assert!(contains(&after, "heliotrope"));
}

/// Some entries, so that the index has segments, pages and terms around the word that goes.
fn filled() -> Shelf {
    let mut shelf = Shelf::new();
    for n in 0..30 {
        let body = format!("walked along the canal on day {n}, zephyr{n} behind me, the dog was at home");
        shelf.write(|tx| tx.put_entry(&entry(n, i64::from(n), "morning", &body)));
    }
    shelf
}

#[test]
fn words_of_a_removed_entry_leave_the_texts_and_the_index() {
    let mut shelf = filled();
    shelf.write(|tx| {
        let mut secret = entry(99, 99, "heliotrope", "xylograph under the stairs, 誰にも言わない");
        secret.tags = vec![Word::new("quatrefoil")];
        tx.put_entry(&secret)?;
        tx.put_document(&documents::document_row(99))
    });
    shelf.store.checkpoint().unwrap();
    let before = shelf.store.decrypted_pages().unwrap();
    shelf.write(|tx| {
        tx.remove_entry(entry_id(99))?;
        tx.remove_document(entry_id(99).into())?;
        tx.scrub()
    });
    shelf.store.checkpoint().unwrap();
    let after = shelf.store.decrypted_pages().unwrap();
    // The index keeps terms without what they share with the term before: the ends of the words are looked for.
    // Pairs of characters stand alone in the index: only the entry's own text has three together.
    for word in ["liotrope", "lograph", "atrefoil", "にも言", "も言"] {
        assert!(contains(&before, word), "the search can find {word}");
        assert!(!contains(&after, word), "{word}");
    }
    assert_eq!(shelf.store.examine(), Ok(()));
}

#[test]
fn words_that_a_revision_left_out_leave_the_index_with_a_scrub_and_not_before() {
    let mut shelf = filled();
    let old = entry(99, 99, "", "xylograph under the stairs");
    let new = entry(99, 99, "", "quiet under the stairs");
    shelf.write(|tx| tx.put_entry(&old));
    shelf.write(|tx| tx.put_entry(&new));
    shelf.store.checkpoint().unwrap();
    assert!(
        contains(&shelf.store.decrypted_pages().unwrap(), "lograph"),
        "the search can find"
    );
    shelf.write(|tx| tx.scrub());
    shelf.store.checkpoint().unwrap();
    assert!(!contains(&shelf.store.decrypted_pages().unwrap(), "lograph"));
}

#[test]
fn words_that_came_and_went_in_one_transaction_leave_the_index_too() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| {
        tx.put_entry(&entry(99, 99, "", "xylograph under the stairs"))?;
        tx.put_entry(&entry(99, 99, "", "quiet under the stairs"))?;
        tx.scrub()
    });
    shelf.store.checkpoint().unwrap();
    assert!(!contains(&shelf.store.decrypted_pages().unwrap(), "lograph"));
    assert_eq!(shelf.store.examine(), Ok(()));
}

#[test]
fn a_destroyed_epoch_key_is_in_no_page() {
    let mut shelf = Shelf::new();
    let space = SpaceId::from_bytes([3; 16]);
    let key = *b"0123456789abcdefFEDCBA9876543210";
    shelf.write(|tx| tx.put_epoch_key(space, 1, &key));
    shelf.store.checkpoint().unwrap();
    assert!(contains(&shelf.store.decrypted_pages().unwrap(), "abcdefFEDCBA"));
    shelf.write(|tx| tx.remove_epoch_key(space, 1));
    shelf.store.checkpoint().unwrap();
    assert!(!contains(&shelf.store.decrypted_pages().unwrap(), "abcdefFEDCBA"));
}

#[test]
fn a_checkpoint_that_a_reader_holds_up_says_so() {
    let mut shelf = Shelf::new();
    shelf.store.connection().pragma_update(None, "busy_timeout", 0).unwrap();
    let reader = shelf.store.reader().unwrap();
    shelf.write(|tx| tx.put_shared(&shared("heliotrope")));
    let checkpoint = reader.view().read(|connection| {
        let mut statement = connection.prepare("SELECT n FROM entry UNION ALL SELECT 1 UNION ALL SELECT 2")?;
        let mut rows = statement.query([])?;
        rows.next()?;
        Ok(shelf.store.checkpoint())
    });
    assert_eq!(checkpoint, Ok(Err(StoreError::Busy)));
    assert_eq!(shelf.store.checkpoint(), Ok(()));
}
