//! Search: finds what was meant, in order, whatever is typed.

use super::*;
use crate::journal::{Hit, SearchQuery};
use crate::limits;
use proptest::prelude::*;

fn hits(shelf: &Shelf, words: &str) -> Vec<Hit> {
    shelf.store.view().search(&SearchQuery::newest(words, 100)).unwrap()
}

/// The first bytes of the ids that a search finds.
fn found(shelf: &Shelf, words: &str) -> Vec<u8> {
    hits(shelf, words)
        .iter()
        .map(|hit| hit.entry.id.as_bytes()[0])
        .collect()
}

#[test]
fn hits_come_newest_first_and_of_equal_moments_by_id() {
    let mut shelf = Shelf::new();
    // Neither the order of writing nor how often the word stands there decides.
    for (n, at, body) in [
        (3, 5, "bus"),
        (1, 9, "bus"),
        (2, 5, "bus bus bus"),
        (4, -1, "bus"),
        (5, 7, "tram"),
    ] {
        shelf.write(|tx| tx.put_entry(&entry(n, at, "", body)));
    }
    assert_eq!(found(&shelf, "bus"), [1, 2, 3, 4]);
    let two = shelf.store.view().search(&SearchQuery::newest("bus", 2)).unwrap();
    assert_eq!(
        two.iter().map(|hit| hit.entry.id).collect::<Vec<_>>(),
        [entry_id(1), entry_id(2)]
    );
}

#[test]
fn all_words_must_be_there_and_the_last_may_be_a_beginning() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| {
        tx.put_entry(&entry(1, 3, "Morning", "the bus was late"))?;
        tx.put_entry(&entry(2, 2, "", "a meditation on the bus"))?;
        tx.put_entry(&entry(3, 1, "", "Café, naïve, Über"))
    });
    assert_eq!(found(&shelf, "bus"), [1, 2]);
    assert_eq!(found(&shelf, "bus late"), [1]);
    assert_eq!(found(&shelf, "morning late"), [1], "title and body together");
    assert_eq!(found(&shelf, "m"), [1, 2]);
    assert_eq!(found(&shelf, "medit"), [2]);
    assert_eq!(
        found(&shelf, "medit bus"),
        Vec::<u8>::new(),
        "only the last word may be a beginning"
    );
    assert_eq!(found(&shelf, "CAFE uber"), [3]);
    assert_eq!(found(&shelf, "tram"), Vec::<u8>::new());
}

#[test]
fn a_beginning_finds_every_word_that_begins_so_few_or_many() {
    let mut shelf = Shelf::new();
    let many = u8::try_from(limits::SEARCH_ENDINGS_MAX + 1).unwrap();
    shelf.write(|tx| {
        tx.put_entry(&entry(200, 200, "", "kitchen"))?;
        tx.put_entry(&entry(201, 201, "", "the old kitchens"))?;
        tx.put_entry(&entry(202, 202, "", "kitchener, kitchen and kit"))?;
        tx.put_entry(&entry(203, 203, "", "a zoo"))?;
        (0..many).try_for_each(|n| {
            tx.put_entry(&entry(n, i64::from(n), "", &format!("number{n:03}")))
                .map(drop)
        })
    });
    assert_eq!(found(&shelf, "kitchen"), [202, 201, 200]);
    assert_eq!(found(&shelf, "kitchens"), [201]);
    assert_eq!(found(&shelf, "old kitch"), [201]);
    assert_eq!(
        found(&shelf, "old-kitch"),
        [201],
        "after another word of the same phrase"
    );
    assert_eq!(found(&shelf, "kitchenette"), Vec::<u8>::new());
    assert_eq!(found(&shelf, "zooo"), Vec::<u8>::new(), "behind the last term of all");
    assert_eq!(found(&shelf, "number"), (0..many).rev().collect::<Vec<_>>());
    assert_eq!(found(&shelf, "number00"), (0..10).rev().collect::<Vec<_>>());
    shelf.write(|tx| tx.remove_entry(entry_id(201)));
    assert_eq!(found(&shelf, "kitchen"), [202, 200]);
}

#[test]
fn what_is_typed_is_words_and_never_a_query() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| {
        tx.put_entry(&entry(1, 3, "near", "she said \"nay\" AND left, don't ask"))?;
        tx.put_entry(&entry(2, 2, "bus", "a OR b NOT c"))
    });
    for (typed, expected) in [
        ("\"nay\"", vec![1]),
        ("\"", vec![]),
        ("\"nay", vec![1]),
        ("nay\"\"", vec![1]),
        ("said AND left", vec![1]),
        ("bus OR said", vec![]),
        ("a NOT c", vec![2]),
        ("a NOT zebra", vec![]),
        ("NEAR(said left)", vec![]),
        ("title:bus", vec![]),
        ("bod:", vec![]),
        ("^said", vec![1]),
        ("sa*d", vec![]),
        ("sai*", vec![1]),
        ("*", vec![]),
        ("-bus", vec![2]),
        ("{title body}: bus", vec![]),
        ("said + left", vec![1]),
        ("don't", vec![1]),
        ("said\0left", vec![1]),
        ("\0", vec![]),
        ("!?… — 😀", vec![]),
        ("", vec![]),
        (" \n\t ", vec![]),
        ("said ()", vec![1]),
        ("() said", vec![1]),
    ] {
        assert_eq!(found(&shelf, typed), expected, "{typed:?}");
    }
}

#[test]
fn a_search_is_cut_where_its_bounds_are() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| {
        for n in 0..=limits::SEARCH_HITS_MAX {
            let mut entry = entry(0, 0, "", "a b c");
            entry.id = EntryId::from_bytes(u128::try_from(n).unwrap().to_be_bytes());
            tx.put_entry(&entry)?;
        }
        Ok(())
    });
    let all = shelf
        .store
        .view()
        .search(&SearchQuery::newest("a", usize::MAX))
        .unwrap();
    assert_eq!(all.len(), limits::SEARCH_HITS_MAX);
    let many = "a b c ".repeat(100_000);
    assert_eq!(
        shelf.store.view().search(&SearchQuery::newest(many, 1)).unwrap().len(),
        1
    );
}

#[test]
fn a_snippet_shows_the_find_between_its_marks() {
    let mut shelf = Shelf::new();
    let long = format!(
        "{} the heliotrope stood by {}",
        "before ".repeat(500),
        "after ".repeat(500)
    );
    shelf.write(|tx| {
        tx.put_entry(&entry(1, 2, "", &long))?;
        tx.put_entry(&entry(2, 1, "Heliotropes", "nothing here"))
    });
    let hits = hits(&shelf, "heliotrop");
    assert!(
        hits[0].snippet.contains("the \u{2}heliotrope\u{3} stood by"),
        "{}",
        hits[0].snippet
    );
    assert!(hits[0].snippet.starts_with('…') && hits[0].snippet.ends_with('…'));
    assert!(hits[0].snippet.chars().count() < 300);
    assert_eq!(hits[1].snippet, "\u{2}Heliotropes\u{3}");
    assert_eq!(hits[1].entry, entry(2, 1, "Heliotropes", "nothing here"));
}

#[test]
fn the_index_follows_revision_trash_restore_and_removal() {
    let mut shelf = Shelf::new();
    let mut one = entry(1, 0, "", "heliotrope");
    shelf.write(|tx| {
        tx.put_entry(&one)?;
        tx.put_entry(&entry(2, 0, "", "tram"))
    });
    one.body = "xylograph".to_owned();
    shelf.write(|tx| tx.put_entry(&one));
    assert_eq!(
        (found(&shelf, "heliotrope"), found(&shelf, "xylograph")),
        (vec![], vec![1])
    );
    one.trashed = Some(Timestamp(1));
    shelf.write(|tx| tx.put_entry(&one));
    assert_eq!(
        found(&shelf, "xylograph"),
        Vec::<u8>::new(),
        "what is in the trash is not found"
    );
    // Revised while in the trash, as another device may do.
    one.title = "quatrefoil".to_owned();
    shelf.write(|tx| tx.put_entry(&one));
    one.trashed = None;
    shelf.write(|tx| tx.put_entry(&one));
    assert_eq!(
        (found(&shelf, "xylograph"), found(&shelf, "quatrefoil")),
        (vec![1], vec![1])
    );
    assert_eq!(shelf.store.examine(), Ok(()));
    shelf.write(|tx| {
        tx.remove_entry(one.id)?;
        tx.scrub()
    });
    assert_eq!((found(&shelf, "xylograph"), found(&shelf, "tram")), (vec![], vec![2]));
    assert_eq!(shelf.store.examine(), Ok(()));
}

#[test]
fn an_index_that_did_not_follow_is_found_by_examination() {
    for change in [
        "UPDATE entry SET body = 'xylograph'",
        "UPDATE entry SET title = 'heliotrope', body = ''",
        "DELETE FROM entry_text",
        "INSERT INTO entry_text (rowid, title, body) VALUES (77, '', 'stray')",
    ] {
        let mut shelf = Shelf::new();
        shelf.write(|tx| tx.put_entry(&entry(1, 0, "", "heliotrope 東京")));
        assert_eq!(shelf.store.examine(), Ok(()));
        shelf.write(|tx| tx.run(change, []).map(|_| ()));
        assert_eq!(shelf.store.examine(), Err(StoreError::Damaged), "{change}");
    }
}

#[test]
fn an_index_that_another_version_filled_is_made_anew_when_it_is_opened() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| {
        tx.put_entry(&entry(1, 0, "", "heliotrope"))?;
        // As a version that cut terms otherwise would have left it.
        tx.run(
            "UPDATE entry_text SET title = '', body = 'helio trope' WHERE rowid = 1",
            [],
        )?;
        tx.set_meta("index_form", &[0])
    });
    assert_eq!(found(&shelf, "heliotrope"), Vec::<u8>::new());
    let directory = shelf.close();
    let store = open(directory.path()).unwrap();
    let shelf = Shelf { store, directory };
    assert_eq!(found(&shelf, "heliotrope"), [1]);
    assert!(crate::store::finding::is_fresh(shelf.store.view()).unwrap());
    assert!(
        crate::store::finding::is_fresh(Shelf::new().store.view()).unwrap(),
        "a new one is as it is filled"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_upsets_the_search_or_the_index(texts in proptest::collection::vec((0..4_u8, any::<String>()), 1..8)) {
        let mut shelf = Shelf::new();
        for (n, text) in &texts {
            shelf.write(|tx| tx.put_entry(&entry(*n, 0, "", text)));
            let searched = shelf.store.view().search(&SearchQuery::newest(text.clone(), 9));
            prop_assert!(searched.is_ok());
        }
        prop_assert_eq!(shelf.store.examine(), Ok(()));
    }
}
