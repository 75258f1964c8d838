//! A revision writes what changed, and nothing else.

use super::kit::{ID, device, entry, first, merged};
use crate::clock::Timestamp;
use crate::document::{Bounds, Document, prescan};
use crate::journal::example::{hung, surrounded};
use crate::journal::{Entry, ImportSource, Marks, Word};
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
    let new = surrounded(&new);
    document.revise(device(1), &new).unwrap();
    assert!(document.entry(ID).unwrap() == new);
    assert!(prescan(&document.save().unwrap(), &Bounds::default()).is_ok());
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

#[test]
fn what_two_devices_hang_on_an_entry_apart_is_all_there_and_what_one_took_off_is_gone() {
    let from = Entry {
        attachments: vec![hung(1), hung(2)],
        people: words(&["Dee"]),
        ..entry("One.")
    };
    let (mut a, mut b) = (first(&from), first(&from));
    let on_a = Entry {
        attachments: vec![hung(2), hung(3)],
        people: words(&["Dee", "Ana"]),
        ..from.clone()
    };
    let mut described = hung(2);
    described.alt_text = "A bowl of soup".to_owned();
    let on_b = Entry {
        attachments: vec![hung(1), described.clone(), hung(4)],
        people: words(&["dee"]),
        ..from
    };
    a.revise(device(1), &on_a).unwrap();
    b.revise(device(2), &on_b).unwrap();
    let both = merged(&a, &b).entry(ID).unwrap();
    assert!(both == merged(&b, &a).entry(ID).unwrap());
    assert!(both.attachments == [described, hung(3), hung(4)]);
    assert_eq!(both.people, words(&["Ana", "dee"]));
}

#[test]
fn a_mark_set_on_one_device_and_taken_off_on_another_stays() {
    let marked = |never_share| Entry {
        marks: Marks {
            never_share,
            ..Marks::default()
        },
        ..entry("One.")
    };
    let (mut a, mut b) = (first(&marked(true)), first(&marked(true)));
    a.revise(device(1), &marked(false)).unwrap();
    b.revise(device(2), &marked(false)).unwrap();
    b.revise(device(2), &marked(true)).unwrap();
    assert!(merged(&a, &b).entry(ID).unwrap().marks.never_share);
}
