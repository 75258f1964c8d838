//! Documents and the records they come from: what goes in comes out, in order.

use super::*;
use crate::id::DocumentId;
use crate::profile::{Field, Fields};
use crate::store::{DocumentHead, DocumentRow, Quarantined, Sibling, Unverified};
use cairn_wire::{RecordHash, SlotId, SpaceId};

const SPACE: SpaceId = SpaceId::from_bytes([3; 16]);

fn document_id(n: u8) -> DocumentId {
    DocumentId::from_bytes([n; 16])
}

const fn hash(n: u8) -> RecordHash {
    RecordHash::from_bytes([n; 32])
}

pub(super) fn document_row(n: u8) -> DocumentRow {
    DocumentRow {
        id: document_id(n),
        kind: 1,
        edition: u32::MAX,
        schema: u16::MAX,
        genesis: 1,
        bytes: Some(vec![n; 3_000]),
        admitted: true,
        heads: vec![[1; 32], [2; 32]],
        dirty: true,
        publish_after: Some(Timestamp(i64::from(n))),
        read_only: true,
        space: Some(SPACE),
    }
}

fn bare_row(n: u8) -> DocumentRow {
    DocumentRow {
        bytes: None,
        admitted: false,
        heads: vec![],
        dirty: false,
        publish_after: None,
        read_only: false,
        space: None,
        ..document_row(n)
    }
}

#[test]
fn documents_read_back_with_and_without_their_bytes() {
    let mut shelf = Shelf::new();
    for row in [document_row(1), bare_row(2), bare_row(1), document_row(2)] {
        shelf.write(|tx| tx.put_document(&row));
        assert_eq!(shelf.store.view().document(row.id), Ok(Some(row.clone())));
        let head = DocumentHead {
            id: row.id,
            kind: row.kind,
            edition: row.edition,
            schema: row.schema,
            genesis: row.genesis,
            admitted: row.admitted,
            heads: row.heads,
            dirty: row.dirty,
            publish_after: row.publish_after,
            read_only: row.read_only,
            space: row.space,
            has_bytes: row.bytes.is_some(),
        };
        assert_eq!(shelf.store.view().document_head(row.id), Ok(Some(head)));
    }
    assert_eq!(shelf.store.view().document(document_id(3)), Ok(None));
    assert_eq!(shelf.store.view().document_head(document_id(3)), Ok(None));
}

#[test]
fn documents_of_a_kind_are_listed_by_id() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| {
        for (n, kind) in [(4, 1), (3, 2), (2, 4), (1, 4)] {
            tx.put_document(&DocumentRow { kind, ..bare_row(n) })?;
        }
        Ok(())
    });
    let of = |kind| shelf.store.view().documents_of(kind).unwrap();
    assert_eq!(of(1), [document_id(4)]);
    assert_eq!(of(2), [document_id(3)]);
    assert_eq!(of(4), [document_id(1), document_id(2)]);
    assert_eq!(of(9), []);
}

#[test]
fn dirty_documents_come_when_their_time_has() {
    let mut shelf = Shelf::new();
    shelf.write(|tx| {
        for (n, after) in [(1, Some(30)), (2, Some(10)), (3, None), (4, Some(20))] {
            tx.put_document(&DocumentRow {
                publish_after: after.map(Timestamp),
                ..document_row(n)
            })?;
        }
        tx.put_document(&bare_row(5))
    });
    let dirty = |shelf: &Shelf, now, count| shelf.store.view().dirty_documents(Timestamp(now), count).unwrap();
    assert_eq!(dirty(&shelf, 9, 9), [document_id(3)]);
    assert_eq!(dirty(&shelf, 20, 9), [document_id(3), document_id(2), document_id(4)]);
    assert_eq!(dirty(&shelf, 99, 2), [document_id(3), document_id(2)]);
    assert_eq!(shelf.store.view().next_publish(), Ok(Some(Timestamp(10))));
    shelf.write(|tx| {
        tx.set_clean(document_id(2))?;
        tx.set_clean(document_id(3))?;
        tx.set_dirty(document_id(5), Some(Timestamp(25)))
    });
    assert_eq!(dirty(&shelf, 99, 9), [document_id(4), document_id(5), document_id(1)]);
    assert_eq!(shelf.store.view().next_publish(), Ok(Some(Timestamp(20))));
    assert_eq!(
        shelf.store.view().document(document_id(5)).unwrap().unwrap().heads,
        Vec::<[u8; 32]>::new()
    );
    shelf.write(|tx| tx.mark_all_dirty());
    assert_eq!(dirty(&shelf, i64::MIN, 9).len(), 5);
    assert_eq!(shelf.store.view().next_publish(), Ok(None));
}

#[test]
fn fields_of_every_type_read_back_and_a_new_set_replaces_the_old() {
    let mut shelf = Shelf::new();
    let text = |text: &str| Field::Text(text.to_owned());
    let first = Fields::from([
        ("statement/1/text".to_owned(), text("12")),
        ("number".to_owned(), Field::Number(i64::MIN)),
        ("bytes".to_owned(), Field::Bytes(vec![0, 255])),
        (String::new(), text("")),
        ("empty".to_owned(), Field::Bytes(vec![])),
    ]);
    let second = Fields::from([("number".to_owned(), text("now a text"))]);
    let unknown = Unknown::from([(40, vec![1, 2])]);
    assert_eq!(shelf.store.view().fields(document_id(1)), Ok(None));
    for (fields, unknown) in [
        (first, unknown),
        (second, Unknown::new()),
        (Fields::new(), Unknown::new()),
    ] {
        shelf.write(|tx| tx.put_fields(document_id(1), &fields, &unknown));
        assert_eq!(shelf.store.view().fields(document_id(1)), Ok(Some((fields, unknown))));
    }
    shelf.write(|tx| tx.remove_document(document_id(1)));
    assert_eq!(shelf.store.view().fields(document_id(1)), Ok(None));
}

#[test]
fn an_attempt_that_did_not_end_is_still_there_after_a_restart() {
    let mut shelf = Shelf::new();
    assert_eq!(shelf.store.write(|tx| tx.begin_attempt(document_id(1))), Ok(1));
    assert_eq!(shelf.store.write(|tx| tx.begin_attempt(document_id(1))), Ok(2));
    let directory = shelf.close();
    let mut store = open(directory.path()).unwrap();
    assert_eq!(store.view().attempts(document_id(1)), Ok(2));
    store.write(|tx| tx.end_attempt(document_id(1))).unwrap();
    assert_eq!(store.view().attempts(document_id(1)), Ok(0));
    assert_eq!(store.write(|tx| tx.begin_attempt(document_id(1))), Ok(1));
}

#[test]
fn siblings_are_replaced_whole_and_come_by_number() {
    let mut shelf = Shelf::new();
    let sibling = |n: u8, seq| Sibling {
        author: i64::from(n),
        epoch: 1,
        hash: hash(n),
        seq,
        tip: n == 2,
    };
    shelf.write(|tx| {
        tx.set_siblings(document_id(1), &[sibling(1, 9), sibling(2, 3)])?;
        tx.set_siblings(document_id(2), &[sibling(1, 9)])
    });
    assert_eq!(
        shelf.store.view().siblings(document_id(1)),
        Ok(vec![sibling(2, 3), sibling(1, 9)])
    );
    shelf.write(|tx| tx.set_siblings(document_id(1), &[sibling(4, 5)]));
    assert_eq!(shelf.store.view().siblings(document_id(1)), Ok(vec![sibling(4, 5)]));
    assert_eq!(shelf.store.view().siblings(document_id(2)), Ok(vec![sibling(1, 9)]));
    shelf.write(|tx| tx.remove_document(document_id(2)));
    assert_eq!(shelf.store.view().siblings(document_id(2)), Ok(vec![]));
}

#[test]
fn signatures_wait_for_their_check_in_the_order_in_which_they_came() {
    let mut shelf = Shelf::new();
    let unverified = |n: u8| Unverified {
        hash: hash(n),
        document: document_id(n),
        author: [n; 32],
        digest: [9; 32],
        signature: [n; 64],
    };
    shelf.write(|tx| [2, 1].iter().try_for_each(|n| tx.add_unverified(&unverified(*n))));
    let (first, second) = ((1, unverified(2)), (2, unverified(1)));
    assert_eq!(shelf.store.view().unverified(9), Ok(vec![first, second]));
    assert_eq!(shelf.store.view().unverified(1), Ok(vec![first]));
    shelf.write(|tx| tx.remove_unverified(first.0));
    assert_eq!(shelf.store.view().unverified(9), Ok(vec![second]));
}

#[test]
fn quarantine_keeps_the_first_bytes_and_the_newest_reason() {
    let mut shelf = Shelf::new();
    let first = Quarantined {
        hash: hash(1),
        space: SPACE,
        seq: 7,
        document: None,
        reason: 1,
        record: vec![1, 2, 3],
        at: Timestamp(5),
    };
    let again = Quarantined {
        document: Some(document_id(1)),
        reason: 2,
        record: vec![9],
        at: Timestamp(6),
        ..first.clone()
    };
    let other = Quarantined {
        hash: hash(2),
        seq: 3,
        document: Some(document_id(1)),
        ..first.clone()
    };
    shelf.write(|tx| tx.quarantine(&first));
    assert_eq!(
        shelf
            .store
            .view()
            .quarantine_floor(document_id(1), SPACE, SlotId::from_bytes([0; 16])),
        Ok(None)
    );
    shelf.write(|tx| {
        tx.quarantine(&again)?;
        tx.quarantine(&first)?;
        tx.quarantine(&other)
    });
    let kept = Quarantined {
        document: Some(document_id(1)),
        ..first
    };
    assert_eq!(shelf.store.view().quarantined(), Ok(vec![other, kept]));
    assert_eq!(
        shelf
            .store
            .view()
            .quarantine_floor(document_id(1), SPACE, SlotId::from_bytes([0; 16])),
        Ok(Some(3))
    );
    assert_eq!(shelf.store.view().is_quarantined(&hash(2)), Ok(true));
    shelf.write(|tx| tx.release_quarantine(&hash(2)));
    assert_eq!(shelf.store.view().is_quarantined(&hash(2)), Ok(false));
    assert_eq!(
        shelf
            .store
            .view()
            .quarantine_floor(document_id(1), SPACE, SlotId::from_bytes([0; 16])),
        Ok(Some(7))
    );
}
