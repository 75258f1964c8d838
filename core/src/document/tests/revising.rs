//! A revision writes what changed, and nothing else.

use super::kit::{ID, device, entry, first, merged};
use crate::clock::Timestamp;
use crate::document::{Bounds, Document, prescan};
use crate::journal::{Entry, ImportSource, Word};
use crate::moment::Moment;

fn words(words: &[&str]) -> Vec<Word> {
    words.iter().map(|word| Word::new(word)).collect()
}

fn rows(document: &Document) -> u64 {
    prescan(&document.save().unwrap(), &Bounds::default()).unwrap().rows
}

#[test]
fn what_did_not_change_is_not_written() {
    let from = entry("One. Two.");
    let mut document = first(&from);
    let (heads, before) = (document.heads(), rows(&document));
    assert!(!document.revise(device(1), &from).unwrap());
    assert_eq!(document.heads(), heads);
    let titled = Entry {
        title: "Wednesday".to_owned(),
        ..from
    };
    assert!(document.revise(device(1), &titled).unwrap());
    assert_eq!(rows(&document), before + 1);
}

#[test]
fn every_part_of_an_entry_can_be_revised_and_reads_back() {
    let from = entry("One. Two.");
    let mut document = first(&from);
    let new = Entry {
        title: String::new(),
        body: "Two. Three.".to_owned(),
        happened: Moment::new(Timestamp(5), "Asia/Tokyo").unwrap(),
        tags: words(&["a", "z"]),
        feelings: words(&["quiet", "tired", "fizzy"]),
        trashed: Some(Timestamp(9)),
        import: Some(ImportSource {
            source: "a".into(),
            source_id: "b".into(),
            extra: "{}".into(),
        }),
        unknown: [(40, vec![0xf6])].into(),
        ..from.clone()
    };
    document.revise(device(1), &new).unwrap();
    assert!(document.entry(ID).unwrap() == new);
    // Back again, but for what a newer version wrote: this version cannot know that it should go.
    document.revise(device(1), &from).unwrap();
    assert!(
        document.entry(ID).unwrap()
            == Entry {
                unknown: new.unknown,
                ..from
            }
    );
}

#[test]
fn tags_of_two_devices_are_both_kept_and_of_two_forms_the_first_shows() {
    let from = entry("One.");
    let tagged = |n, tag: &str| {
        let mut document = first(&from);
        document
            .revise(
                device(n),
                &Entry {
                    tags: words(&["home", tag]),
                    ..from.clone()
                },
            )
            .unwrap();
        document
    };
    let all = merged(&merged(&tagged(1, "Bus"), &tagged(2, "bus")), &tagged(3, "soup"));
    let tags = all.entry(ID).unwrap().tags;
    assert_eq!(
        tags.iter().map(|tag| tag.written.as_str()).collect::<Vec<_>>(),
        ["Bus", "home", "soup"]
    );
}

#[test]
fn feelings_keep_the_persons_order_with_as_few_writes_as_it_takes() {
    let from = Entry {
        feelings: words(&["a", "b", "c"]),
        ..entry("One.")
    };
    let mut document = first(&from);
    let before = rows(&document);
    document
        .revise(
            device(1),
            &Entry {
                feelings: words(&["a", "c", "d"]),
                ..from.clone()
            },
        )
        .unwrap();
    assert_eq!(
        rows(&document),
        before + 1,
        "one is gone, one is new, two stay as they are"
    );
    for order in [&["d", "a", "c"][..], &["c"], &["c", "b", "a", "d", "e"]] {
        document
            .revise(
                device(1),
                &Entry {
                    feelings: words(order),
                    ..from.clone()
                },
            )
            .unwrap();
        assert!(document.entry(ID).unwrap().feelings == words(order));
    }
}

#[test]
fn feelings_added_apart_are_each_there_once() {
    let from = Entry {
        feelings: words(&["a"]),
        ..entry("One.")
    };
    let felt = |n, feelings: &[&str]| {
        let mut document = first(&from);
        document
            .revise(
                device(n),
                &Entry {
                    feelings: words(feelings),
                    ..from.clone()
                },
            )
            .unwrap();
        document
    };
    let both = merged(&felt(1, &["a", "tired", "b"]), &felt(2, &["a", "tired", "c"]));
    let feelings = both.entry(ID).unwrap().feelings;
    assert_eq!(
        feelings.iter().map(|word| word.written.as_str()).collect::<Vec<_>>(),
        ["a", "tired", "b", "c"]
    );
}

#[test]
fn neither_document_nor_actor_shows_what_it_holds() {
    let document = first(&entry("secret words"));
    assert_eq!(format!("{document:?} {:?}", device(1)), "Document(…) Actor(…)");
}
