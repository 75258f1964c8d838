//! Filters, in lists and in searches: what passes, in pages, by ways that read no whole table.

use super::*;
use crate::id::AttachmentId;
use crate::journal::example::hung;
use crate::journal::{Attached, Attachment, AttachmentKind, Cursor, EntryQuery, Filter, Marks, SearchQuery};
use chrono::{Days, NaiveDate};

const DAY_MS: i64 = 86_400_000;

fn date(days: i64) -> NaiveDate {
    let epoch = NaiveDate::default();
    epoch.checked_add_days(Days::new(u64::try_from(days).unwrap())).unwrap()
}

fn numbered(n: u64) -> EntryId {
    EntryId::from_bytes((u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15) << 64 | u128::from(n)).to_be_bytes())
}

/// The entry of a number: a day each, with words, attachments and marks that follow from the number.
fn made(n: u64) -> Entry {
    let mut entry = entry(0, i64::try_from(n).unwrap() * DAY_MS, "", "");
    entry.id = numbered(n);
    let every = |of: u64| n.is_multiple_of(of);
    let mut words = vec!["day"];
    words.extend(every(2).then_some("even"));
    words.extend(every(100).then_some("hundred"));
    entry.body = words.join(" ");
    entry.tags = [(every(2), "Two"), (every(3), "Three"), (every(200), "Rare")]
        .into_iter()
        .filter(|(has, _)| *has)
        .map(|(_, tag)| Word::new(tag))
        .collect();
    entry.feelings = vec![Word::new(if every(5) { "calm" } else { "restless" })];
    entry.people = every(7).then(|| Word::new("Dee")).into_iter().collect();
    entry.life_areas = every(11).then(|| Word::new("Home")).into_iter().collect();
    entry.attachments = every(13)
        .then(|| Attachment {
            id: AttachmentId::from_bytes([n.to_le_bytes()[0]; 16]),
            kind: if every(2) {
                AttachmentKind::Photo
            } else {
                AttachmentKind::Audio
            },
            ..hung(2)
        })
        .into_iter()
        .collect();
    entry.marks = Marks {
        remember: every(17),
        ..Marks::default()
    };
    entry.replies_to = every(19).then(|| numbered(19));
    entry.trashed = every(23).then_some(Timestamp(1));
    entry
}

/// As many entries as make some of their words frequent.
const MANY: u64 = 1_600;

fn filled(order: impl Iterator<Item = u64>) -> Shelf {
    let mut shelf = Shelf::new();
    let entries: Vec<Entry> = order.map(made).collect();
    shelf.write(|tx| entries.iter().try_for_each(|entry| tx.put_entry(entry)));
    shelf
}

fn listed(shelf: &Shelf, filter: &Filter, trashed: bool, count: usize) -> Vec<EntryId> {
    let mut query = EntryQuery {
        trashed,
        filter: filter.clone(),
        ..EntryQuery::newest(count)
    };
    let mut ids = Vec::new();
    loop {
        let page = shelf.store.view().entries(&query).unwrap();
        ids.extend(page.entries.iter().map(|entry| entry.id));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return ids,
        }
    }
}

fn searched(shelf: &Shelf, words: &str, filter: &Filter, count: usize) -> Vec<EntryId> {
    let mut query = SearchQuery {
        filter: filter.clone(),
        ..SearchQuery::newest(words, count)
    };
    let mut ids = Vec::new();
    loop {
        let hits = shelf.store.view().search(&query).unwrap();
        ids.extend(hits.iter().map(|hit| hit.entry.id));
        match hits.last().filter(|_| hits.len() == count) {
            Some(last) => query.after = Some(Cursor::after(&last.entry)),
            None => return ids,
        }
    }
}

fn has(words: &[Word], wanted: &[String]) -> bool {
    let is_there = |one: &String| words.iter().any(|word| word.folded == Word::new(one).folded);
    wanted.iter().all(is_there)
}

/// What reading every entry would answer.
fn passes(entry: &Entry, filter: &Filter, trashed: bool) -> bool {
    let date = entry.happened.local_date;
    entry.trashed.is_some() == trashed
        && filter.from.is_none_or(|from| date >= from)
        && filter.to.is_none_or(|to| date <= to)
        && has(&entry.tags, &filter.tags)
        && has(&entry.feelings, &filter.feelings)
        && has(&entry.people, &filter.people)
        && has(&entry.life_areas, &filter.life_areas)
        && filter.attached.is_none_or(|attached| {
            let fits = |one: &Attachment| attached == Attached::Anything || attached == Attached::Kind(one.kind);
            entry.attachments.iter().any(fits)
        })
        && filter.remember.is_none_or(|remember| entry.marks.remember == remember)
        && filter
            .replies_to
            .is_none_or(|entry_id| entry.replies_to == Some(entry_id))
}

fn filters() -> Vec<Filter> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let none = Filter::none();
    vec![
        none.clone(),
        Filter {
            tags: words(&["two"]),
            ..none.clone()
        },
        Filter {
            tags: words(&["TWO", " three "]),
            ..none.clone()
        },
        Filter {
            tags: words(&["rare"]),
            ..none.clone()
        },
        Filter {
            tags: words(&["nowhere"]),
            ..none.clone()
        },
        Filter {
            feelings: words(&["Restless"]),
            ..none.clone()
        },
        Filter {
            people: words(&["dee"]),
            life_areas: words(&["home"]),
            ..none.clone()
        },
        Filter {
            attached: Some(Attached::Anything),
            ..none.clone()
        },
        Filter {
            attached: Some(Attached::Kind(AttachmentKind::Photo)),
            ..none.clone()
        },
        Filter {
            attached: Some(Attached::Kind(AttachmentKind::Video)),
            ..none.clone()
        },
        Filter {
            remember: Some(true),
            ..none.clone()
        },
        Filter {
            remember: Some(false),
            tags: words(&["two"]),
            ..none.clone()
        },
        Filter {
            replies_to: Some(numbered(19)),
            ..none.clone()
        },
        Filter {
            from: Some(date(100)),
            to: Some(date(120)),
            ..none.clone()
        },
        Filter {
            from: Some(date(1_500)),
            ..none.clone()
        },
        Filter {
            to: Some(date(40)),
            tags: words(&["two"]),
            feelings: words(&["calm"]),
            ..none.clone()
        },
        Filter {
            from: Some(date(5)),
            to: Some(date(4)),
            ..none
        },
    ]
}

#[test]
fn every_filter_answers_what_reading_every_entry_would_in_pages_of_any_length() {
    let shelf = filled(1..=MANY);
    let mut entries: Vec<Entry> = (1..=MANY).map(made).collect();
    entries.sort_by_key(|entry| (std::cmp::Reverse(entry.happened.at), entry.id));
    for filter in filters() {
        for trashed in [false, true] {
            let expected: Vec<EntryId> = entries
                .iter()
                .filter(|entry| passes(entry, &filter, trashed))
                .map(|entry| entry.id)
                .collect();
            for count in [60, 500] {
                assert_eq!(listed(&shelf, &filter, trashed, count), expected, "{:?}", filter.tags);
            }
        }
    }
}

#[test]
fn a_search_passes_its_filter_whether_its_words_are_rare_or_frequent_and_however_the_entries_came() {
    let forwards = filled(1..=MANY);
    let backwards = filled((1..=MANY).rev());
    // Numbers that are far apart for entries of one time.
    let scattered = filled((1..=MANY).map(|n| n * 997 % 1_601));
    let mut entries: Vec<Entry> = (1..=MANY).map(made).collect();
    entries.sort_by_key(|entry| (std::cmp::Reverse(entry.happened.at), entry.id));
    for filter in filters() {
        for words in ["day", "even", "hundred", "day even", "hundred day", "nowhere"] {
            let holds = |entry: &&Entry| {
                words
                    .split(' ')
                    .all(|word| entry.body.split(' ').any(|one| one == word))
            };
            let expected: Vec<EntryId> = entries
                .iter()
                .filter(|entry| passes(entry, &filter, false))
                .filter(holds)
                .map(|entry| entry.id)
                .collect();
            for shelf in [&forwards, &backwards, &scattered] {
                assert_eq!(searched(shelf, words, &filter, 100), expected, "{words}");
            }
        }
    }
    assert_eq!(searched(&forwards, "hundred", &Filter::none(), 3).len(), 16);
}

#[test]
fn the_way_is_the_cheapest_one_and_reads_no_whole_table() {
    let shelf = filled(1..=MANY);
    let way = |filter: &Filter, text| {
        let (way, steps) = shelf.store.view().plan(filter, text).unwrap();
        for step in &steps {
            // Walking an index of a list from its top is no reading of a table, and a list of numbers is no table.
            let is_cheap = step.starts_with("SEARCH")
                || step.contains("VIRTUAL TABLE INDEX")
                || step.contains("USING COVERING INDEX")
                || step.starts_with("SCAN entry USING INDEX entry_remember")
                || ["USE TEMP B-TREE", "LIST SUBQUERY", "CORRELATED SCALAR SUBQUERY"]
                    .iter()
                    .any(|start| step.starts_with(start));
            assert!(is_cheap, "{step}");
        }
        way
    };
    for filter in filters() {
        for text in [None, Some("\"day\""), Some("\"hundred\"")] {
            way(&filter, text);
        }
    }
    let [all, two, _, rare, ..] = &filters()[..] else {
        panic!("there are filters")
    };
    assert_eq!(way(all, None), "Newest");
    assert_eq!(way(all, Some("\"day\"")), "Newest");
    assert!(way(all, Some("\"hundred\"")).starts_with("These("));
    assert_eq!(way(two, Some("\"day\"")), "Newest");
    assert!(way(rare, Some("\"day\"")).starts_with("These("));
    let month = Filter {
        from: Some(date(100)),
        to: Some(date(130)),
        ..Filter::none()
    };
    assert_eq!(way(&month, None), "Dates");
}
