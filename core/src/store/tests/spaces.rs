//! The outbox, spaces, shared views: what goes in comes out, in order.

use super::*;
use crate::id::{DocumentId, RelationshipId, ShareId};
use crate::store::{OutboxRow, SharedRow, SpaceRow, spaces};
use cairn_wire::{RecordHash, RecordId, SpaceId};

const SPACE: SpaceId = SpaceId::from_bytes([3; 16]);
const OTHER_SPACE: SpaceId = SpaceId::from_bytes([4; 16]);

fn document_id(n: u8) -> DocumentId {
    DocumentId::from_bytes([n; 16])
}

const fn hash(n: u8) -> RecordHash {
    RecordHash::from_bytes([n; 32])
}

#[test]
fn the_outbox_keeps_order_and_bounds_and_no_place_twice() {
    let mut shelf = Shelf::new();
    let push = |shelf: &mut Shelf, n: u8, space, bytes: usize| {
        let pushed = shelf.store.write(|tx| {
            tx.push_outbox(
                space,
                0,
                &RecordId::from_bytes([n; 16]),
                &hash(n),
                Some(document_id(n)),
                &vec![n; bytes],
            )
        });
        pushed.unwrap()
    };
    let places = [
        push(&mut shelf, 1, SPACE, 100),
        push(&mut shelf, 2, OTHER_SPACE, 100),
        push(&mut shelf, 3, SPACE, 100),
        push(&mut shelf, 4, SPACE, 100),
    ];
    let row = |n: u8, place, sent| OutboxRow {
        n: place,
        space: SPACE,
        purpose: 0,
        record_id: RecordId::from_bytes([n; 16]),
        hash: hash(n),
        document: Some(document_id(n)),
        record: vec![n; 100],
        sent,
    };
    let (first, third, fourth) = (
        row(1, places[0], true),
        row(3, places[2], true),
        row(4, places[3], false),
    );
    shelf.write(|tx| tx.set_sent(&[places[0], places[2]]));
    let outbox = |shelf: &Shelf, bytes, count| shelf.store.view().outbox(SPACE, bytes, count).unwrap();
    assert_eq!(outbox(&shelf, 300, 9), [first.clone(), third.clone(), fourth]);
    assert_eq!(outbox(&shelf, 299, 9), [first.clone(), third.clone()]);
    assert_eq!(
        outbox(&shelf, 0, 9),
        std::slice::from_ref(&first),
        "one record always fits"
    );
    assert_eq!(outbox(&shelf, 300, 2), [first.clone(), third.clone()]);
    assert_eq!(shelf.store.view().outbox_waiting(), Ok(4));

    // A tombstone takes the place of what waits, sent or not; nothing else makes way.
    assert_eq!(shelf.store.write(|tx| tx.remove_appends(SPACE, document_id(9))), Ok(0));
    assert_eq!(shelf.store.write(|tx| tx.remove_appends(SPACE, document_id(4))), Ok(1));
    assert_eq!(outbox(&shelf, 300, 9), [first.clone(), third]);
    shelf.write(|tx| tx.remove_outbox(places[2]));
    assert!(
        push(&mut shelf, 5, SPACE, 1) > places[3],
        "a late answer must not hit another record"
    );
    shelf.write(|tx| tx.clear_outbox(SPACE));
    assert_eq!(shelf.store.view().outbox_waiting(), Ok(1));
}

fn space_row(id: SpaceId) -> SpaceRow {
    SpaceRow {
        id,
        kind: 1,
        side: 1,
        administer: true,
        origin: "https://relay.example".to_owned(),
        relay_key: [1; 32],
        access_seed: [2; 32],
        slot_key: [3; 32],
        incarnation: 4,
        epoch: 5,
        cursor: 6,
        chain: [7; 32],
        head_n: 8,
        head_chain: [9; 32],
        head_time: 10,
        head_signature: [0; 64],
        acked: 11,
        writer_seq: 12,
        created: true,
        relationship: Some(RelationshipId::from_bytes([13; 16])),
        access_version: 14,
    }
}

#[test]
fn spaces_read_back_home_first_and_hide_their_keys() {
    let mut shelf = Shelf::new();
    let support = space_row(SPACE);
    let home = SpaceRow {
        kind: 0,
        relationship: None,
        administer: false,
        created: false,
        ..space_row(OTHER_SPACE)
    };
    shelf.write(|tx| {
        tx.put_space(&home)?;
        tx.put_space(&SpaceRow {
            cursor: 0,
            ..support.clone()
        })?;
        tx.put_space(&support)
    });
    assert_eq!(shelf.store.view().spaces(), Ok(vec![home, support.clone()]));
    assert_eq!(shelf.store.view().space(SPACE), Ok(Some(support.clone())));
    assert!(!format!("{support:?}").contains("[2, 2") && !format!("{support:?}").contains("[3, 3"));
    let too_large = SpaceRow {
        head_n: 1 << 63,
        ..support
    };
    assert_eq!(
        shelf.store.write(|tx| tx.put_space(&too_large)),
        Err(StoreError::Misuse)
    );
}

#[test]
fn a_space_leaves_with_its_keys_its_chain_and_its_outbox() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| {
        for space in [SPACE, OTHER_SPACE] {
            tx.put_space(&space_row(space))?;
            tx.put_epoch_key(space, 2, &[2; 32])?;
            tx.put_epoch_key(space, 1, &[1; 32])?;
            tx.put_link(space, 0, &[0; 32], b"genesis")?;
            tx.put_link(space, 1, &[1; 32], b"add")?;
            tx.push_outbox(space, 1, &RecordId::from_bytes([1; 16]), &hash(1), None, b"sealed")?;
        }
        tx.put_link(SPACE, 1, &[1; 32], b"add")
    });
    let view = shelf.store.view();
    let keys: Vec<(u32, [u8; 32])> = view
        .epoch_keys(SPACE)
        .unwrap()
        .into_iter()
        .map(|(n, key)| (n, *key))
        .collect();
    assert_eq!(keys, [(1, [1; 32]), (2, [2; 32])]);
    assert_eq!(view.epoch_key(SPACE, 2).unwrap().as_deref(), Some(&[2; 32]));
    assert_eq!(view.epoch_key(SPACE, 3), Ok(None));
    assert_eq!(view.links(SPACE), Ok(vec![b"genesis".to_vec(), b"add".to_vec()]));
    let rewritten = shelf.store.write(|tx| tx.put_link(SPACE, 1, &[9; 32], b"another"));
    assert_eq!(rewritten, Err(StoreError::Misuse), "a chain is never rewritten");
    shelf.write(|tx| tx.remove_space(SPACE));
    let view = shelf.store.view();
    assert_eq!(view.spaces().unwrap().len(), 1);
    assert_eq!(
        (
            view.epoch_keys(SPACE).unwrap().len(),
            view.epoch_keys(OTHER_SPACE).unwrap().len()
        ),
        (0, 2)
    );
    assert_eq!(
        (view.links(SPACE).unwrap().len(), view.links(OTHER_SPACE).unwrap().len()),
        (0, 2)
    );
    assert_eq!(view.outbox_waiting(), Ok(1));
}

#[test]
fn single_values_are_set_replaced_and_removed() {
    let mut shelf = Shelf::new();
    for value in [&b"one"[..], b""] {
        shelf.write(|tx| tx.set_meta("name", value));
        assert_eq!(shelf.store.view().meta("name"), Ok(Some(value.to_vec())));
    }
    shelf.write(|tx| tx.remove_meta("name"));
    assert_eq!(shelf.store.view().meta("name"), Ok(None));
}

#[test]
fn what_begins_alike_is_found_without_reading_the_rest() {
    let mut shelf = Shelf::new();
    let names = [
        "copied.",
        "copied.00",
        "copied.ff",
        "copied",
        "copied/",
        "copie",
        "coq",
        "released.00",
    ];
    shelf.write(|tx| names.iter().try_for_each(|name| tx.set_meta(name, name.as_bytes())));
    let found = shelf.store.view().metas_beginning("copied.").unwrap();
    let expected = ["copied.", "copied.00", "copied.ff"].map(|name| (name.to_owned(), name.as_bytes().to_vec()));
    assert_eq!(found, expected);
    let plan = shelf.store.view().read(|connection| {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", spaces::BEGINNING))?;
        let steps = statement.query_map(["copied."], |row| row.get::<_, String>(3))?;
        steps.collect::<rusqlite::Result<Vec<_>>>()
    });
    let plan = plan.unwrap();
    assert!(plan.iter().all(|step| step.starts_with("SEARCH")), "{plan:?}");
}

#[test]
fn shared_views_come_newest_first_and_an_end_never_goes_back() {
    let mut shelf = Shelf::new();
    let share = |n: u8| ShareId::from_bytes([n; 16]);
    let row = |n: u8, received| SharedRow {
        share: share(n),
        relationship: RelationshipId::from_bytes([2; 16]),
        space: SPACE,
        slot: [4; 16],
        version: 5,
        content: vec![n],
        received: Timestamp(received),
    };
    shelf.write(|tx| {
        tx.put_shared(&row(1, 0))?;
        tx.put_shared(&row(2, 9))?;
        tx.put_shared(&row(1, 10))
    });
    assert_eq!(shelf.store.view().shared(), Ok(vec![row(1, 10), row(2, 9)]));
    shelf.write(|tx| tx.remove_shared(share(1)));
    assert_eq!(shelf.store.view().shared_view(share(1)), Ok(None));
    assert_eq!(shelf.store.view().shared_view(share(2)), Ok(Some(row(2, 9))));
    assert_eq!(shelf.store.view().share_ended(share(1)), Ok(None));
    for (version, ended) in [(3, 3), (7, 7), (5, 7)] {
        shelf.write(|tx| tx.end_share(share(1), version));
        assert_eq!(shelf.store.view().share_ended(share(1)), Ok(Some(ended)));
    }
    // Where its stop stands first is kept, until the log that it stood in is lost.
    let stops = |shelf: &Shelf| shelf.store.view().stops().unwrap();
    assert_eq!(stops(&shelf), [(share(1), 0)]);
    for (seq, first) in [(9, 9), (12, 9), (4, 4)] {
        shelf.write(|tx| tx.place_stop(share(1), seq));
        assert_eq!(stops(&shelf), [(share(1), first)]);
    }
    shelf.write(|tx| tx.doubt_stop(share(1)));
    assert_eq!(stops(&shelf), [(share(1), 0)]);
}

#[test]
fn a_held_share_is_due_when_its_wait_is_over() {
    let mut shelf = Shelf::new();
    let held = |n: u8| (ShareId::from_bytes([n; 16]), RelationshipId::from_bytes([n; 16]));
    shelf.write(|tx| {
        for (n, at) in [(1, 50), (2, 20), (3, 40), (1, 30)] {
            tx.hold(held(n).0, held(n).1, Timestamp(at))?;
        }
        Ok(())
    });
    assert_eq!(shelf.store.view().next_due(), Ok(Some(Timestamp(20))));
    assert_eq!(shelf.store.view().due(Timestamp(19)), Ok(vec![]));
    assert_eq!(shelf.store.view().due(Timestamp(30)), Ok(vec![held(2), held(1)]));
    shelf.write(|tx| [1, 2, 3].iter().try_for_each(|n| tx.unhold(held(*n).0)));
    assert_eq!(shelf.store.view().next_due(), Ok(None));
}
