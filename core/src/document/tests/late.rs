//! Edits of an edition that is over are carried over, once, and what was erased does not come back.

use super::kit::{ID, PROJECTION, body, device, edited, entry, first, merged, revise};
use crate::document::{Document, GENESIS_VERSION};
use crate::id::DocumentId;
use crate::journal::{Earlier, Entry, Word};

/// The document begun anew from what `old` says, as edition 1.
fn anew(old: &Document) -> Document {
    let entry = Entry {
        earlier: Some(Earlier {
            edition: 0,
            heads: old.newest(64),
        }),
        ..old.entry(ID).unwrap()
    };
    Document::genesis_entry(GENESIS_VERSION, DocumentId::from(ID), 1, PROJECTION, &entry).unwrap()
}

/// `present` after it carried over what `old` says beyond the state `from`, on device `n`.
fn carried(present: &Document, old: &Document, from: &Document, n: u8) -> Document {
    let mut present = Document::load(&present.save().unwrap()).unwrap();
    present.take_late(ID, old, &from.newest(64), device(n)).unwrap();
    present
}

#[test]
fn the_states_of_a_document_stand_after_those_they_were_made_of() {
    let mut document = edited(&entry("One."), 1, "One. Two.");
    revise(&mut document, 2, "One. Two. Three.");
    let states = document.states().unwrap();
    let bodies: Vec<String> = states
        .iter()
        .map(|(heads, _)| body(&document.fork_at(heads).unwrap()))
        .collect();
    assert_eq!(bodies, ["One.", "One. Two.", "One. Two. Three."]);
    assert_eq!(states[2].1, device(2));
    assert_eq!(states[2].0, document.heads());
}

#[test]
fn a_late_edit_is_an_ordinary_edit_of_the_new_edition_and_there_once() {
    let old = edited(&entry("One. Two. Three."), 1, "One. Zwei. Three.");
    let mut late = Document::load(&old.save().unwrap()).unwrap();
    revise(&mut late, 2, "One. Zwei. Drei.");
    let mut present = anew(&old);
    revise(&mut present, 1, "Eins. Zwei. Three.");

    let here = carried(&present, &late, &old, 2);
    assert_eq!(body(&here), "Eins. Zwei. Drei.");
    assert_eq!(here.entry(ID).unwrap().earlier, present.entry(ID).unwrap().earlier);
    // Another device that saw the same edit carries it over too, onto another state: it is the same change.
    let there = carried(&anew(&old), &late, &old, 3);
    assert_eq!(body(&merged(&here, &there)), body(&here));
    assert_eq!(merged(&there, &here).heads(), here.heads());
    // And a second time is no time.
    let mut again = here;
    assert!(!again.take_late(ID, &late, &old.heads(), device(2)).unwrap());
}

#[test]
fn what_the_new_edition_was_made_of_is_no_late_edit() {
    let old = edited(&entry("One. Two."), 1, "One. Zwei.");
    let mut present = anew(&old);
    assert!(!present.take_late(ID, &old, &old.heads(), device(1)).unwrap());
    let untouched = first(&entry("One."));
    let mut present = anew(&untouched);
    assert!(
        !present
            .take_late(ID, &untouched, &untouched.heads(), device(1))
            .unwrap()
    );
    assert_eq!(body(&present), "One.");
}

#[test]
fn a_device_that_was_behind_adds_its_own_sentences_and_brings_nothing_back() {
    let from = entry("One. Secret. Three.");
    // Device 1 took the secret away, and began anew. Device 2 had not heard of it and wrote on.
    let old = edited(&from, 1, "One. Three.");
    let late = edited(&from, 2, "One. Secret. Three. Words of mine.");
    let mut present = anew(&old);
    assert!(present.take_late(ID, &late, &old.newest(64), device(2)).unwrap());
    assert_eq!(body(&present), "One. Three. Words of mine.");
    // What was its own, too, is gone when the other one took it away.
    let shared = edited(&from, 2, "One. Secret of mine. Three.");
    let mut old = Document::load(&shared.save().unwrap()).unwrap();
    revise(&mut old, 1, "One. Three.");
    let mut late = Document::load(&shared.save().unwrap()).unwrap();
    let mut present = anew(&old);
    assert!(!present.take_late(ID, &late, &old.newest(64), device(2)).unwrap());
    revise(&mut late, 2, "One. Secret of mine. Three. And more.");
    assert!(present.take_late(ID, &late, &old.newest(64), device(2)).unwrap());
    assert_eq!(body(&present), "One. Three. And more.");
    // Where none of the changes is known that it was made of, only what is surely late is added.
    let (old, late) = (
        edited(&from, 1, "One. Three."),
        edited(&from, 2, "One. Secret. Three. Words of mine."),
    );
    let mut present = anew(&old);
    assert!(present.take_late(ID, &late, &old.heads(), device(2)).unwrap());
    assert_eq!(body(&present), "One. Three.\n\nWords of mine.");
    // A device that wrote nothing of its own adds nothing, however far behind it was.
    let mut present = anew(&old);
    assert!(!present.take_late(ID, &late, &old.heads(), device(3)).unwrap());
}

#[test]
fn a_revision_of_a_version_that_is_gone_adds_and_takes_nothing_away() {
    let mut present = first(&entry("One. Two."));
    let new = Entry {
        body: "One. Drei.".to_owned(),
        tags: vec![Word::new("bus")],
        title: "Wednesday".to_owned(),
        ..entry("")
    };
    assert!(present.revise_from_elsewhere(device(1), &new).unwrap());
    let entry = present.entry(ID).unwrap();
    assert_eq!(
        (entry.body.as_str(), entry.title.as_str()),
        ("One. Two.\n\nDrei.", "Wednesday")
    );
    assert_eq!(entry.tags, [Word::new("bus"), Word::new("home")]);
}
