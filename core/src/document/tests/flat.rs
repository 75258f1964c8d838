//! Flat documents: profile and relationships.

use super::kit::{ID, PROJECTION, cases, device, entry, first, merged};
use crate::document::{Document, DocumentError};
use crate::id::DocumentId;
use crate::profile::{Field, Fields};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn empty() -> Document {
    Document::genesis_fields(1, DocumentId::from(ID), 0, PROJECTION, &Fields::new()).unwrap()
}

fn text(words: &str) -> Option<Field> {
    Some(Field::Text(words.to_owned()))
}

fn set(document: &mut Document, n: u8, changes: &[(&str, Option<Field>)]) -> bool {
    let changes = changes
        .iter()
        .map(|(name, field)| ((*name).to_owned(), field.clone()))
        .collect();
    document.set_fields(device(n), &changes).unwrap()
}

#[test]
fn fields_of_two_devices_are_both_there() {
    let (mut a, mut b) = (empty(), empty());
    assert!(set(
        &mut a,
        1,
        &[
            ("section/1/name", text("Mornings")),
            ("section/1/order", Some(Field::Number(-3)))
        ]
    ));
    assert!(set(
        &mut b,
        2,
        &[
            ("section/2/name", text("Evenings")),
            ("raw", Some(Field::Bytes(vec![0, 255])))
        ]
    ));
    let fields = merged(&a, &b).fields().unwrap();
    let expected: Fields = [
        ("raw", Field::Bytes(vec![0, 255])),
        ("section/1/name", Field::Text("Mornings".to_owned())),
        ("section/1/order", Field::Number(-3)),
        ("section/2/name", Field::Text("Evenings".to_owned())),
    ]
    .map(|(name, field)| (name.to_owned(), field))
    .into();
    assert!(fields == expected);
}

#[test]
fn setting_what_is_set_and_removing_what_is_not_there_changes_nothing() {
    let mut document = empty();
    assert!(!set(&mut document, 1, &[("a", None)]));
    assert!(set(&mut document, 1, &[("a", text("x"))]));
    let heads = document.heads();
    assert!(!set(&mut document, 1, &[("a", text("x")), ("b", None)]));
    assert_eq!(document.heads(), heads);
    assert!(set(&mut document, 1, &[("a", None)]));
    assert!(document.fields().unwrap().is_empty());
}

#[test]
fn the_names_the_layout_keeps_are_refused_and_nothing_is_lost() {
    let mut document = empty();
    for name in ["v", ""] {
        let changes = BTreeMap::from([(name.to_owned(), text("x"))]);
        assert_eq!(document.set_fields(device(1), &changes), Err(DocumentError::NameTaken));
    }
    assert!(set(&mut document, 1, &[("a", text("x"))]));
}

#[test]
fn a_flat_document_is_no_entry_and_an_entry_is_not_flat() {
    assert_eq!(empty().entry(ID).err(), Some(DocumentError::Shape));
    assert_eq!(first(&entry("One.")).fields().err(), Some(DocumentError::Shape));
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn flat_documents_agree_whatever_the_order(
        writes in prop::collection::vec((1_u8..4, "[abc]", prop::option::of("[a-z]{0,3}")), 0..12),
    ) {
        let mut devices = [empty(), empty(), empty()];
        for (n, name, words) in &writes {
            set(&mut devices[usize::from(*n) - 1], *n, &[(name, words.clone().map(Field::Text))]);
        }
        let [a, b, c] = &devices;
        let left = merged(&merged(a, b), c);
        let right = merged(&merged(c, b), a);
        prop_assert_eq!(left.heads(), right.heads());
        prop_assert!(left.fields().unwrap() == right.fields().unwrap());
    }
}
