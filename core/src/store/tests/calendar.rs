//! The calendar, "on this day" and the words in use.

use super::*;
use crate::journal::{Asked, Cursor, Marks, Month, When, WordKind, WordQuery};
use crate::moment::Precision;
use crate::store::{answers, calendar, word_lists};
use chrono::NaiveDate;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn on(n: u8, day: &str, hour: i64, precision: Precision) -> Entry {
    let mut entry = entry(n, 0, "", "words");
    let date = date(day);
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    entry.happened.at = Timestamp((days * 24 + hour) * 3_600_000);
    entry.happened.local_date = date;
    entry.happened.precision = precision;
    entry
}

fn ids(entries: &[Entry]) -> Vec<u8> {
    entries.iter().map(|entry| entry.id.as_bytes()[0]).collect()
}

fn days(shelf: &Shelf, day: &str) -> (Vec<String>, bool) {
    let found = shelf.store.view().days(Month::of(date(day)).unwrap()).unwrap();
    (found.days.iter().map(NaiveDate::to_string).collect(), found.has_undated)
}

#[test]
fn a_month_shows_its_days_and_says_that_there_is_more_whose_day_is_not_known() {
    let mut shelf = Shelf::new();
    let mut trashed = on(9, "2026-03-20", 9, Precision::Exact);
    trashed.trashed = Some(Timestamp(1));
    shelf.write(|tx| {
        tx.put_entry(&on(1, "2026-03-01", 9, Precision::Exact))?;
        tx.put_entry(&on(2, "2026-03-01", 8, Precision::Exact))?;
        tx.put_entry(&on(3, "2026-03-31", 12, Precision::Day))?;
        tx.put_entry(&on(4, "2026-03-15", 12, Precision::Month))?;
        tx.put_entry(&on(5, "2026-04-01", 12, Precision::Season))?;
        tx.put_entry(&on(6, "2026-02-28", 12, Precision::Day))?;
        tx.put_entry(&trashed)
    });
    let found = |day| days(&shelf, day);
    assert_eq!(
        found("2026-03-09"),
        (vec!["2026-03-01".to_owned(), "2026-03-31".to_owned()], true)
    );
    assert_eq!(found("2026-04-09"), (vec![], true));
    assert_eq!(found("2026-02-01"), (vec!["2026-02-28".to_owned()], false));
    assert_eq!(found("2026-05-01"), (vec![], false));

    let of = |when| ids(&shelf.store.view().entries_of(when, None, 10).unwrap().entries);
    assert_eq!(of(When::Day(date("2026-03-01"))), [2, 1], "in the order of time");
    assert_eq!(of(When::Day(date("2026-03-15"))), Vec::<u8>::new());
    assert_eq!(of(When::Day(date("2026-03-20"))), Vec::<u8>::new());
    assert_eq!(of(When::SometimeIn(Month::of(date("2026-03-01")).unwrap())), [4]);
}

#[test]
fn a_full_day_comes_in_pages() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| (0..9).try_for_each(|n| tx.put_entry(&on(n, "2026-03-01", i64::from(n / 3), Precision::Exact))));
    let (mut found, mut after): (_, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = shelf
            .store
            .view()
            .entries_of(When::Day(date("2026-03-01")), after, 2)
            .unwrap();
        found.extend(ids(&page.entries));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn memories_are_of_this_day_in_earlier_years_and_never_what_was_kept_from_them() {
    let mut shelf = Shelf::new();
    let marked = |n, marks| Entry {
        marks,
        ..on(n, "2020-03-01", 9, Precision::Exact)
    };
    let kept = Marks {
        keep_from_memories: true,
        ..Marks::default()
    };
    let tender = Marks {
        tender: true,
        ..Marks::default()
    };
    let other = Marks {
        remember: true,
        never_share: true,
        ..Marks::default()
    };
    let mut trashed = on(9, "2021-03-01", 9, Precision::Exact);
    trashed.trashed = Some(Timestamp(1));
    shelf.write(|tx| {
        tx.put_entry(&on(1, "2025-03-01", 9, Precision::Exact))?;
        tx.put_entry(&on(2, "2024-03-01", 9, Precision::Day))?;
        tx.put_entry(&on(3, "2024-02-29", 9, Precision::Exact))?;
        tx.put_entry(&on(4, "2026-03-01", 9, Precision::Exact))?;
        tx.put_entry(&on(5, "2023-03-01", 9, Precision::Month))?;
        tx.put_entry(&on(10, "1850-03-01", 9, Precision::Day))?;
        tx.put_entry(&trashed)?;
        tx.put_entry(&marked(6, kept))?;
        tx.put_entry(&marked(7, tender))?;
        tx.put_entry(&marked(8, other))
    });
    let memories = |day| ids(&shelf.store.view().on_this_day(date(day)).unwrap());
    assert_eq!(memories("2026-03-01"), [1, 2, 8]);
    assert_eq!(memories("2026-02-28"), Vec::<u8>::new());
    assert_eq!(memories("2028-02-29"), [3]);
    assert_eq!(memories("1900-03-01"), [10]);
    assert_eq!(memories("-0001-03-01"), Vec::<u8>::new());
    assert_eq!(
        ids(&Shelf::new().store.view().on_this_day(date("2026-03-01")).unwrap()),
        Vec::<u8>::new()
    );
}

fn tagged(n: u8, tags: &[&str]) -> Entry {
    Entry {
        tags: tags.iter().map(|tag| Word::new(tag)).collect(),
        feelings: vec![Word::new("elsewhere")],
        ..entry(n, i64::from(n), "", "words")
    }
}

#[test]
fn words_in_use_come_once_in_alphabetical_order_as_they_were_written_last() {
    let mut shelf = Shelf::new();
    let mut trashed = tagged(4, &["trashed", "Bus"]);
    trashed.trashed = Some(Timestamp(1));
    shelf.write(|tx| {
        tx.put_entry(&tagged(1, &["bus", "Übung"]))?;
        tx.put_entry(&tagged(2, &["BUS", "bustle"]))?;
        tx.put_entry(&tagged(3, &["apple", "東京"]))?;
        tx.put_entry(&trashed)
    });
    let words = |query: WordQuery| -> Vec<String> {
        let found = shelf.store.view().words(&query).unwrap();
        found.into_iter().map(|word| word.written).collect()
    };
    let all = WordQuery::all(WordKind::Tag);
    let beginning = |beginning: &str| WordQuery {
        beginning: beginning.to_owned(),
        ..all.clone()
    };
    assert_eq!(words(all.clone()), ["apple", "BUS", "bustle", "Übung", "東京"]);
    assert_eq!(words(beginning("BU")), ["BUS", "bustle"]);
    assert_eq!(words(beginning("ü")), ["Übung"]);
    assert_eq!(words(beginning("東")), ["東京"]);
    assert_eq!(words(beginning("trash")), Vec::<String>::new());
    assert_eq!(words(WordQuery::all(WordKind::Feeling)), ["elsewhere"]);
    assert_eq!(words(WordQuery::all(WordKind::Person)), Vec::<String>::new());
    let two = WordQuery {
        count: 2,
        ..all.clone()
    };
    assert_eq!(words(two.clone()), ["apple", "BUS"]);
    let next = |after: &str| WordQuery {
        after: Some(after.to_owned()),
        ..two.clone()
    };
    assert_eq!(words(next("BUS")), ["bustle", "Übung"]);
    assert_eq!(
        words(WordQuery {
            beginning: "bu".to_owned(),
            ..next("apple")
        }),
        ["BUS", "bustle"]
    );
    assert_eq!(
        words(WordQuery {
            count: usize::MAX,
            ..next("Übung")
        }),
        ["東京"]
    );
}

#[test]
fn no_statement_of_calendar_and_word_lists_reads_a_whole_table() {
    let shelf = Shelf::new();
    let statements = calendar::STATEMENTS.into_iter().chain(word_lists::STATEMENTS);
    for sql in statements.chain(answers::STATEMENTS) {
        let parameters = vec![rusqlite::types::Value::Integer(1); sql.matches('?').count()];
        let steps: Vec<String> = shelf
            .store
            .view()
            .read(|connection| {
                let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let count = statement.parameter_count();
                let parameters = rusqlite::params_from_iter(parameters.iter().take(count));
                statement.query_map(parameters, |row| row.get(3))?.collect()
            })
            .unwrap();
        for step in steps {
            // The first day of all is the first row of the index, where the walk ends.
            let is_first =
                sql.contains("ORDER BY date LIMIT 1") && step.starts_with("SCAN entry USING INDEX entry_date");
            let is_cheap = step.starts_with("SEARCH")
                || step.contains("VIRTUAL TABLE INDEX")
                || step.starts_with("LIST SUBQUERY")
                || step.starts_with("USE TEMP B-TREE");
            assert!(is_cheap || is_first, "{sql}: {step}");
        }
    }
}

#[test]
fn answers_to_one_question_come_in_the_order_of_time_and_in_pages() {
    let mut shelf = Shelf::new();
    let answer = |n: u8, prompt: &str, hour| {
        let mut entry = on(n, "2026-03-01", hour, Precision::Exact);
        entry.asked = Some(Asked {
            prompt: prompt.to_owned(),
            text: "What helped?".to_owned(),
        });
        entry
    };
    let mut trashed = answer(8, "mine", 6);
    trashed.trashed = Some(Timestamp(1));
    shelf.write(|tx| {
        tx.put_entry(&answer(1, "mine", 9))?;
        tx.put_entry(&answer(4, "mine", 5))?;
        tx.put_entry(&answer(3, "mine", 9))?;
        tx.put_entry(&answer(2, "mine", 9))?;
        tx.put_entry(&answer(6, "another", 7))?;
        tx.put_entry(&on(7, "2026-03-01", 7, Precision::Exact))?;
        tx.put_entry(&trashed)
    });
    let page = |prompt, after| shelf.store.view().answers(prompt, after, 2).unwrap();
    let first = page("mine", None);
    assert_eq!(ids(&first.entries), [4, 1]);
    assert!(first.next.is_some());
    let last = page("mine", first.next);
    assert_eq!(
        ids(&last.entries),
        [2, 3],
        "equal moments go by id, and none is left out"
    );
    assert!(last.next.is_none(), "a full last page has no next one");
    assert!(page("", None).entries.is_empty());
    assert!(page("unknown", None).entries.is_empty());
}
