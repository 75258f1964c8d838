//! Entries: what goes in comes out, page by page.

use super::*;
use crate::journal::example::surrounded;
use crate::journal::{Cursor, EntryQuery, ImportSource};
use crate::limits;
use crate::moment::Precision;
use chrono::NaiveDate;

#[test]
fn an_entry_reads_back_as_it_was_put() {
    let mut full = entry(1, -62_000_000_000_000, "Día\0", "line\r\nline \u{2} \0 ж");
    full.happened.precision = Precision::Season;
    full.happened.local_date = NaiveDate::from_ymd_opt(-4, 2, 29).unwrap();
    full.happened.zone = "Mars/Olympus".to_owned();
    full.written.precision = Precision::Unknown;
    full.trashed = Some(Timestamp(i64::MIN));
    full.import = Some(ImportSource {
        source: "dayone".to_owned(),
        source_id: String::new(),
        extra: "{\"starred\":true}".to_owned(),
    });
    full.both_versions = true;
    full.unknown = Unknown::from([(32, vec![0xf6]), (u64::MAX, vec![])]);
    let full = surrounded(&full);
    let plain = Entry {
        tags: vec![],
        feelings: vec![],
        ..entry(2, 0, "", "x")
    };
    let mut shelf = Shelf::new();
    for round in 0..2 {
        for entry in [&full, &plain] {
            shelf.write(|tx| tx.put_entry(entry));
            assert_eq!(
                shelf.store.view().entry(entry.id),
                Ok(Some(entry.clone())),
                "round {round}"
            );
        }
    }
    assert_eq!(shelf.store.view().entry(entry_id(3)), Ok(None));
    assert_eq!(shelf.store.view().entry_count(), Ok(2));
    // And each in the place of the other.
    for (id, of) in [(full.id, &plain), (plain.id, &full)] {
        let swapped = Entry { id, ..of.clone() };
        shelf.write(|tx| tx.put_entry(&swapped));
        assert_eq!(shelf.store.view().entry(id), Ok(Some(swapped)));
    }
    assert_eq!(shelf.store.examine(), Ok(()));
}

/// All entries, in pages of `count`.
fn paged(shelf: &Shelf, count: usize, trashed: bool) -> Vec<EntryId> {
    let mut ids = Vec::new();
    let mut query = EntryQuery {
        trashed,
        ..EntryQuery::newest(count)
    };
    loop {
        let page = shelf.store.view().entries(&query).unwrap();
        assert!(page.entries.len() <= count);
        ids.extend(page.entries.iter().map(|entry| entry.id));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return ids,
        }
        assert_eq!(page.entries.len(), count, "only the last page is short");
    }
}

#[test]
fn pages_of_any_length_hold_every_entry_once_though_many_happened_at_once() {
    let mut shelf = Shelf::new();
    let mut expected = Vec::new();
    shelf.write(|tx| {
        for n in 0..40_u8 {
            // Ids go up and down within each of the five moments; two of them stand at the ends of time.
            let at = [i64::MIN, -5, 0, 7, i64::MAX][usize::from(n % 5)];
            let mut entry = entry(n.wrapping_mul(101), 0, "", "words");
            entry.happened.at = Timestamp(at);
            tx.put_entry(&entry)?;
            expected.push((std::cmp::Reverse(at), entry.id));
        }
        Ok(())
    });
    expected.sort();
    let expected: Vec<EntryId> = expected.into_iter().map(|(_, id)| id).collect();
    for count in [1, 3, 7, 8, 39, 40, 41, 500] {
        assert_eq!(paged(&shelf, count, false), expected, "pages of {count}");
    }
    assert_eq!(paged(&shelf, 8, true), []);
}

#[test]
fn a_page_that_ends_with_the_last_entry_names_no_next_one_and_a_page_of_nothing_moves_nowhere() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| tx.put_entry(&entry(1, 0, "", "words")));
    assert_eq!(shelf.store.view().entries(&EntryQuery::newest(1)).unwrap().next, None);
    let after = Some(Cursor {
        at: Timestamp(9),
        id: entry_id(1),
    });
    let none = shelf
        .store
        .view()
        .entries(&EntryQuery {
            after,
            ..EntryQuery::newest(0)
        })
        .unwrap();
    assert!(none.entries.is_empty());
    assert_eq!(none.next, after);
}

#[test]
fn a_page_holds_no_more_than_its_bound() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| {
        for n in 0..=limits::PAGE_ENTRIES_MAX {
            let mut entry = entry(0, 0, "", "x");
            entry.id = EntryId::from_bytes(u128::try_from(n).unwrap().to_be_bytes());
            tx.put_entry(&entry)?;
        }
        Ok(())
    });
    let page = shelf.store.view().entries(&EntryQuery::newest(usize::MAX)).unwrap();
    assert_eq!(page.entries.len(), limits::PAGE_ENTRIES_MAX);
    assert!(page.next.is_some());
}

#[test]
fn an_entry_moves_between_journal_and_trash() {
    let mut shelf = Shelf::new();
    let mut moved = entry(1, 0, "", "words");
    for trashed in [None, Some(Timestamp(5)), None] {
        moved.trashed = trashed;
        shelf.write(|tx| tx.put_entry(&moved));
        assert_eq!(paged(&shelf, 9, false).len(), usize::from(trashed.is_none()));
        assert_eq!(paged(&shelf, 9, true).len(), usize::from(trashed.is_some()));
    }
}

#[test]
fn word_lists_follow_their_entry() {
    let mut shelf = Shelf::new();
    let words = |shelf: &Shelf| -> Vec<(i64, String)> {
        let sql = "SELECT kind, folded FROM entry_word ORDER BY kind, folded, n";
        shelf
            .store
            .view()
            .all(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
    };
    let mut tagged = entry(1, 0, "", "words");
    tagged.tags = vec![Word::new("Bus"), Word::new("home")];
    tagged.feelings = vec![Word::new("Bus")];
    shelf.write(|tx| tx.put_entry(&tagged));
    assert_eq!(
        words(&shelf),
        [(0, "bus".to_owned()), (0, "home".to_owned()), (1, "bus".to_owned())]
    );
    tagged.tags = vec![Word::new("tram")];
    shelf.write(|tx| tx.put_entry(&tagged));
    assert_eq!(words(&shelf), [(0, "tram".to_owned()), (1, "bus".to_owned())]);
    shelf.write(|tx| tx.remove_entry(tagged.id));
    assert_eq!(words(&shelf), []);
}

#[test]
fn removing_what_is_not_there_changes_nothing() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| tx.put_entry(&entry(1, 0, "", "words")));
    shelf.write(|tx| {
        tx.remove_entry(entry_id(2))?;
        tx.remove_document(entry_id(2).into())
    });
    assert_eq!(shelf.store.view().entry_count(), Ok(1));
}
