//! Bytes that are not ours, or not ours any more.

use super::kit::{Dice, ID, PROJECTION, chunk, data_of, document, edited, entry, first, merged, revise, run, unsigned};
use crate::document::{Bounds, Document, DocumentError, Refused, admit, prescan};
use crate::id::DocumentId;
use crate::limits;
use crate::profile::Fields;
use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ObjType, ROOT, ReadDoc, TextEncoding};

fn bounds() -> Bounds {
    Bounds::default()
}

/// A document by another hand, and the heads it names.
fn foreign(work: impl Fn(&mut automerge::transaction::Transaction<'_>)) -> (Vec<u8>, Vec<[u8; 32]>) {
    let actor = ActorId::from([9; 16]);
    let mut document = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint).with_actor(actor);
    document
        .transact::<_, _, automerge::AutomergeError>(|change| {
            work(change);
            Ok(())
        })
        .unwrap();
    (
        document.save_nocompress(),
        document.get_heads().iter().map(|head| head.0).collect(),
    )
}

fn refusal(bytes: &[u8], heads: &[[u8; 32]]) -> Refused {
    admit(bytes, heads, &bounds()).unwrap_err()
}

#[test]
fn an_honest_document_is_admitted_and_is_the_same_after() {
    let document = edited(&entry("One. Two."), 1, "One. Zwei.");
    let bytes = document.save().unwrap();
    let admitted = admit(&bytes, &document.heads(), &bounds()).unwrap();
    assert_eq!(admitted.heads(), document.heads());
    assert_eq!(admitted.save().unwrap(), bytes);
    assert!(admitted.entry(ID).unwrap() == document.entry(ID).unwrap());
    let flat = Document::genesis_fields(1, DocumentId::from(ID), 0, PROJECTION, &Fields::new()).unwrap();
    assert!(admit(&flat.save().unwrap(), &flat.heads(), &bounds()).is_ok());
}

#[test]
fn heads_are_compared_as_sets() {
    let from = entry("One.");
    let both = merged(&edited(&from, 1, "One. A."), &edited(&from, 2, "One. B."));
    let bytes = both.save().unwrap();
    let mut heads = both.heads();
    assert_eq!(heads.len(), 2);
    heads.reverse();
    heads.push(heads[0]);
    assert!(admit(&bytes, &heads, &bounds()).is_ok());
    assert_eq!(refusal(&bytes, &heads[..1]), Refused::Heads);
    assert_eq!(refusal(&bytes, &[[0; 32], heads[0], heads[1]]), Refused::Heads);
}

#[test]
fn other_chunks_deflate_and_trailing_bytes_are_refused() {
    let document = edited(&entry(&"Words, words. ".repeat(60)), 1, "One.");
    let (bytes, heads) = (document.save().unwrap(), document.heads());
    assert_eq!(refusal(b"", &heads), Refused::NotAChunk);
    assert_eq!(refusal(&bytes[1..], &heads), Refused::NotAChunk);
    assert_eq!(refusal(&bytes[..bytes.len() - 1], &heads), Refused::CutShort);
    assert_eq!(refusal(&[&bytes[..], &[0]].concat(), &heads), Refused::Trailing);
    assert_eq!(refusal(&[&bytes[..], &bytes[..]].concat(), &heads), Refused::Trailing);
    // Inside the length, too.
    let longer = [data_of(&bytes), &[0]].concat();
    assert_eq!(refusal(&chunk(0, &longer), &heads), Refused::Trailing);
    for (kind, reason) in [
        (1, Refused::NotADocument),
        (2, Refused::Deflated),
        (3, Refused::NotADocument),
    ] {
        assert_eq!(refusal(&chunk(kind, data_of(&bytes)), &heads), reason);
    }
    let whole = Automerge::load(&bytes).unwrap();
    let change = whole.get_changes(&[])[0].raw_bytes().to_vec();
    assert_eq!(refusal(&change, &heads), Refused::NotADocument);
    // The same document as Automerge saves it by default, with deflated columns.
    assert_eq!(refusal(&whole.save(), &heads), Refused::Deflated);
    assert!(Automerge::load(&whole.save()).is_ok(), "it is a document all the same");
}

#[test]
fn a_wrong_checksum_is_refused() {
    let document = first(&entry("One."));
    let mut bytes = document.save().unwrap();
    bytes[5] ^= 1;
    assert!(prescan(&bytes, &bounds()).is_ok());
    assert_eq!(refusal(&bytes, &document.heads()), Refused::Unreadable);
}

#[test]
fn containers_within_containers_are_refused_at_the_first_level() {
    let deep = |depth| {
        foreign(|change| {
            let mut inner = ROOT;
            for _ in 0..depth {
                inner = change.put_object(&inner, "m", ObjType::Map).unwrap();
            }
        })
    };
    for depth in [1, 96, 10_000] {
        let (bytes, heads) = deep(depth);
        assert_eq!(refusal(&bytes, &heads), Refused::Operation);
    }
    let (bytes, heads) = foreign(|change| {
        let list = change.put_object(ROOT, "l", ObjType::List).unwrap();
        change.insert(&list, 0, 1).unwrap();
    });
    assert_eq!(refusal(&bytes, &heads), Refused::Operation);
}

#[test]
fn texts_are_refused_anywhere_but_as_the_body() {
    let of = |work: &dyn Fn(&mut automerge::transaction::Transaction<'_>)| {
        let (bytes, heads) = foreign(work);
        refusal(&bytes, &heads)
    };
    let put = |change: &mut automerge::transaction::Transaction<'_>, key: &str| {
        change.put_object(ROOT, key, ObjType::Text).unwrap()
    };
    // Under another key; in the body; overwritten, so that it is there and not seen.
    assert_eq!(of(&|change| drop(put(change, "notes"))), Refused::Shape);
    assert_eq!(
        of(&|change| {
            let body = put(change, "body");
            change.insert_object(&body, 0, ObjType::Text).unwrap();
        }),
        Refused::Shape
    );
    assert_eq!(
        of(&|change| {
            put(change, "body");
            put(change, "body");
        }),
        Refused::Shape
    );
    let many = |count: u64| foreign(|change| (0..count).for_each(|n| drop(put(change, &n.to_string()))));
    assert_eq!(
        prescan(&many(limits::DOCUMENT_OBJECTS_MAX).0, &bounds())
            .unwrap()
            .objects,
        limits::DOCUMENT_OBJECTS_MAX
    );
    assert_eq!(
        refusal(&many(limits::DOCUMENT_OBJECTS_MAX + 1).0, &[]),
        Refused::TooManyObjects
    );
}

#[test]
fn keys_of_the_layout_must_hold_what_the_layout_says_and_others_any_scalar() {
    let valid = first(&entry("One."));
    let with = |key: &str, value: automerge::ScalarValue| {
        let mut document = Automerge::load(&valid.save().unwrap()).unwrap();
        document.set_actor(ActorId::from([9; 16]));
        document
            .transact::<_, _, automerge::AutomergeError>(|change| change.put(ROOT, key, value))
            .unwrap();
        let heads: Vec<[u8; 32]> = document.get_heads().iter().map(|head| head.0).collect();
        admit(&document.save_nocompress(), &heads, &bounds()).err()
    };
    for key in [
        "v",
        "title",
        "happened",
        "written",
        "trashed",
        "import",
        "body",
        "tag/a",
        "feeling/a",
        "x/40",
        "folded/a",
        "both/seen",
        "person/a",
        "area/a",
        "attachment/00000000-0000-0000-0000-000000000001",
        "attachment/a",
        "valence",
        "energy",
        "mind",
        "place",
        "weather",
        "asked",
        "reply",
        "earlier",
    ] {
        assert_eq!(with(key, 1.5.into()), Some(Refused::Shape), "{key}");
    }
    // CBOR that is cut short, not canonical, or followed by something.
    for bytes in [
        &b""[..],
        b"\x84\x00",
        b"\x82\x18\x00\x61a",
        b"\x82\x00\x61a\x00",
        b"\x9f\x00\x61a\xff",
    ] {
        assert_eq!(
            with("feeling/a", bytes.to_vec().into()),
            Some(Refused::Shape),
            "{bytes:?}"
        );
        assert_eq!(
            with("happened", bytes.to_vec().into()),
            Some(Refused::Shape),
            "{bytes:?}"
        );
    }
    assert_eq!(with("feeling/a", b"\x82\x00\x61a".to_vec().into()), None);
    assert_eq!(with("later", 1.5.into()), None);
    assert_eq!(with("later", automerge::ScalarValue::Null), None);
}

#[test]
fn more_changes_or_actors_than_the_bounds_are_refused() {
    let mut document = first(&entry("One."));
    for n in 1..=3 {
        revise(&mut document, n, &format!("One. {n}."));
    }
    let bytes = document.save().unwrap();
    let exactly = Bounds {
        rows: prescan(&bytes, &bounds()).unwrap().rows,
        changes: 4,
        objects: 1,
        actors: 4,
    };
    assert!(admit(&bytes, &document.heads(), &exactly).is_ok());
    let refused = |less: Bounds| prescan(&bytes, &less).unwrap_err();
    assert_eq!(
        refused(Bounds {
            rows: exactly.rows - 1,
            ..exactly
        }),
        Refused::TooManyRows
    );
    assert_eq!(refused(Bounds { changes: 3, ..exactly }), Refused::TooManyChanges);
    assert_eq!(refused(Bounds { objects: 0, ..exactly }), Refused::TooManyObjects);
    assert_eq!(refused(Bounds { actors: 3, ..exactly }), Refused::TooManyActors);
}

#[test]
fn an_actor_that_made_no_change_is_refused_before_automerge_prints_it() {
    let (used, unused) = ([1; 16], [2; 16]);
    let change = [
        (1, run(1, 0, false)),
        (3, run(1, 1, true)),
        (19, run(1, 0, true)),
        (35, run(1, 0, true)),
    ];
    let change = [&change[..], &[(64, run(1, 0, false)), (86, run(1, 7, false))]].concat();
    let with = |actors: &[&[u8]]| prescan(&chunk(0, &document(actors, &[], &change, &[])), &bounds());
    assert_eq!(with(&[&used]).map(|scan| scan.changes), Ok(1));
    assert_eq!(with(&[&used, &unused]), Err(Refused::Actor));
    assert_eq!(with(&[&used[..15]]), Err(Refused::Actor));
    assert_eq!(with(&[&unused, &used]), Err(Refused::Actor));
}

#[test]
fn a_panic_inside_automerge_is_caught() {
    // Two changes, of which the second builds on itself: in form, and Automerge 0.12 unwraps a hash it does not have.
    let changes = [
        (1, run(2, 0, false)),
        (3, run(2, 1, true)),
        (19, run(2, 0, true)),
        (35, run(2, 0, true)),
        (64, vec![0x7e, 0, 1]),
        (67, run(1, 1, true)),
        (86, run(2, 7, false)),
    ];
    let bytes = chunk(0, &document(&[&[1; 16]], &[[0; 32]], &changes, &[]));
    assert_eq!(prescan(&bytes, &bounds()).map(|scan| scan.changes), Ok(2));
    assert_eq!(refusal(&bytes, &[[0; 32]]), Refused::Panicked);
    assert_eq!(Document::load(&bytes).err(), Some(DocumentError::ThrownAway));
}

#[test]
fn numbers_out_of_form_are_refused() {
    let data = |actors: &[u8]| chunk(0, &[actors, &[0, 0, 0]].concat());
    assert!(prescan(&data(&[0]), &bounds()).is_ok());
    assert_eq!(
        prescan(&data(&[0x80, 0]), &bounds()),
        Err(Refused::Number),
        "longer than it need be"
    );
    assert_eq!(
        prescan(&data(&[0xff; 10]), &bounds()),
        Err(Refused::Number),
        "more than 64 bits"
    );
    let mut most = Vec::new();
    unsigned(&mut most, u64::MAX);
    assert_eq!(prescan(&data(&most), &bounds()), Err(Refused::TooManyActors));
}

#[test]
fn a_thousand_honest_documents_pass_and_their_rows_are_counted_right() {
    let mut dice = Dice(1);
    let sentences = [
        "The bus was full. ",
        "雨。",
        "صباح الخير. ",
        "👩‍👩‍👧‍👦! ",
        "I sat by the door.\n\n",
        "- soup\n",
        "",
    ];
    let text = |dice: &mut Dice| -> String {
        (0..dice.roll(9))
            .map(|_| sentences[dice.roll(sentences.len())])
            .chain(["x"])
            .collect()
    };
    for _ in 0..1_000 {
        let from = entry(&text(&mut dice));
        let mut devices = [first(&from), first(&from)];
        for _ in 0..dice.roll(5) {
            let at = dice.roll(2);
            let new = text(&mut dice);
            revise(&mut devices[at], at as u8 + 1, &new);
            if dice.roll(3) == 0 {
                devices[at] = merged(&devices[at], &devices[1 - at]);
            }
        }
        for one in &devices {
            let bytes = one.save().unwrap();
            let scan = prescan(&bytes, &bounds()).unwrap();
            let stats = Automerge::load(&bytes).unwrap().stats();
            let counted = (scan.rows, scan.changes, scan.actors, scan.objects);
            assert_eq!(counted, (stats.num_ops, stats.num_changes, stats.num_actors, 1));
            assert!(admit(&bytes, &one.heads(), &bounds()).is_ok());
        }
    }
}
