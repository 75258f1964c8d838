//! Reading: the three modes, their limits, stubs, and heads that fit what is shown.

use cairn_wire::bounds::{PAGE_BYTES_MAX, PAGE_ITEMS_MAX, READ_SLOTS_MAX, READ_SPACES_MAX};
use cairn_wire::message::{Item, Page, ReadAnswer, ReadRequest, ReadSpace, Refusal, RefusalCode, Side};
use cairn_wire::{
    CLOSES_SLOT, Header, Record, SlotId, Token, chain_0, chain_next, decode_canonical, encode, stub_hash,
};

use super::erasing::erase;
use crate::Relay;
use crate::testing::*;

fn until(token: Token, until: u64) -> ReadSpace {
    ReadSpace {
        until: Some(until),
        since: None,
        ..since(token, 1, 0)
    }
}

fn slots(token: Token, slots: &[u8]) -> ReadSpace {
    ReadSpace {
        slots: Some(slots.iter().map(|slot| SlotId::from_bytes([*slot; 16])).collect()),
        since: None,
        ..since(token, 1, 0)
    }
}

fn seqs(page: &Page<'_>) -> Vec<u64> {
    page.items.iter().map(|item| item.seq).collect()
}

/// Ten records of 1,000 bytes in ten slots.
fn ten(relay: &Relay) -> Token {
    let token = opened(relay, 1);
    let records: Vec<_> = (1..=10).map(|n| record(header(1, u32::from(n), n), 928, n)).collect();
    append(relay, token, 1, &records, NOW).unwrap();
    token
}

#[test]
fn pages_forward_are_whole_in_order_and_signed_where_they_end() {
    let (_dir, relay) = relay();
    let token = ten(&relay);
    let mut chain = chain_0(&space_id(1));
    let mut cursor = 0;
    let mut pages = 0;
    loop {
        let page = read_page(&relay, since(token, 1, cursor), 3_999, NOW);
        let head = page.head.unwrap();
        assert_eq!((page.first_seq, head.n), (cursor + 1, 10));
        for item in &page.items {
            assert_eq!(item.seq, cursor + 1);
            cursor = item.seq;
            let record = Record::parse(item.record.as_ref().unwrap()).unwrap();
            chain = chain_next(&chain, &record.hash());
        }
        pages += 1;
        let shown = page.page_head.unwrap_or(head);
        assert_eq!((shown.n, shown.chain), (cursor, chain));
        if cursor == head.n {
            assert_eq!(page.page_head, None);
            break;
        }
        assert_eq!(page.items.len(), 3, "three fit");
    }
    assert_eq!(pages, 4);
    let page = read_page(&relay, since(token, 1, 10), 3_999, NOW);
    assert_eq!((seqs(&page), page.first_seq, page.page_head), (vec![], 11, None));
    let page = read_page(&relay, since(token, 1, u64::MAX), 3_999, NOW);
    assert_eq!(seqs(&page), [0; 0], "a device ahead of this relay sees so by the head");
}

#[test]
fn a_page_always_holds_one_record_and_never_more_than_asked_for() {
    let (_dir, relay) = relay();
    let token = ten(&relay);
    for (bytes_max, expected) in [(0, 1), (999, 1), (1_000, 1), (1_999, 1), (2_000, 2), (2_001, 2)] {
        let page = read_page(&relay, since(token, 1, 0), bytes_max, NOW);
        assert_eq!(page.items.len(), expected, "{bytes_max}");
        let page = read_page(&relay, until(token, 10), bytes_max, NOW);
        assert_eq!(page.items.len(), expected, "{bytes_max} backward");
    }
}

#[test]
fn pages_backward_reach_the_beginning() {
    let (_dir, relay) = relay();
    let token = ten(&relay);
    let page = read_page(&relay, until(token, u64::MAX), 4_000, NOW);
    assert_eq!((seqs(&page), page.first_seq), (vec![7, 8, 9, 10], 7));
    assert_eq!(page.page_head, None);
    let page = read_page(&relay, until(token, 6), 4_000, NOW);
    assert_eq!((seqs(&page), page.first_seq), (vec![3, 4, 5, 6], 3));
    let page = read_page(&relay, until(token, 2), 4_000, NOW);
    assert_eq!((seqs(&page), page.first_seq), (vec![1, 2], 1));
    let page = read_page(&relay, until(token, 0), 4_000, NOW);
    assert_eq!(seqs(&page), [0; 0]);
}

#[test]
fn what_is_erased_stays_as_a_stub_that_hashes_like_the_record() {
    let (_dir, relay) = relay();
    let token = ten(&relay);
    for slot in [1, 4, 5, 9, 10] {
        let tombstone = Header {
            flags: CLOSES_SLOT,
            ..header(1, 100 + u32::from(slot), slot)
        };
        erase(&relay, token, &record(tombstone, 72, 1)).unwrap();
    }
    let page = read_page(&relay, since(token, 1, 0), 1 << 20, NOW);
    let chain = page
        .items
        .iter()
        .fold(chain_0(&space_id(1)), |chain, item| chain_next(&chain, &hash(item)));
    let head = page.head.unwrap();
    assert_eq!((seqs(&page).len(), head.n, head.chain), (15, 15, chain));

    // Backward from 10: 9 and 10 are stubs above the newest body, 1 one below the oldest; only 4 and 5 lie between.
    let page = read_page(&relay, until(token, 10), 1 << 20, NOW);
    assert_eq!((seqs(&page), page.first_seq), (vec![2, 3, 4, 5, 6, 7, 8], 1));
    let page = read_page(&relay, until(token, 10), 3_000, NOW);
    assert_eq!((seqs(&page), page.first_seq), (vec![6, 7, 8], 6));
}

fn hash(item: &Item<'_>) -> cairn_wire::RecordHash {
    match (&item.record, &item.header, &item.body_hash) {
        (Some(record), None, None) => Record::parse(record).unwrap().hash(),
        (None, Some(header), Some(body)) => stub_hash(header.as_bytes(), body),
        _ => panic!("neither record nor stub"),
    }
}

#[test]
fn slots_show_what_is_live_on_both_sides_in_the_tail_and_in_the_index() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let specialist = begin_session(&relay, 1, 3, NOW).unwrap().token;
    let put = |token, id: u32, slot, merged_upto| {
        let header = Header {
            merged_upto,
            ..header(1, id, slot)
        };
        append(&relay, token, 1, &[record(header, 100, 1)], NOW).unwrap();
    };
    put(token, 1, 7, 0);
    put(specialist, 2, 7, 0);
    put(token, 3, 7, 0);
    put(token, 4, 8, 0);
    assert_eq!(seqs(&read_page(&relay, slots(token, &[7, 9]), 1 << 20, NOW)), [1, 2, 3]);
    put(token, 5, 7, 2);
    assert_eq!(seqs(&read_page(&relay, slots(token, &[7]), 1 << 20, NOW)), [2, 3, 5]);
    put(specialist, 6, 7, 5);
    assert_eq!(
        seqs(&read_page(&relay, slots(token, &[7, 8]), 1 << 20, NOW)),
        [3, 4, 5, 6]
    );
    // Once the tail is indexed the same is live, and replacing goes on.
    relay.sweep(NOW).unwrap();
    assert_eq!(
        seqs(&read_page(&relay, slots(token, &[7, 8]), 1 << 20, NOW)),
        [3, 4, 5, 6]
    );
    put(token, 7, 7, 6);
    assert_eq!(seqs(&read_page(&relay, slots(token, &[7, 8]), 1 << 20, NOW)), [4, 6, 7]);
}

fn read_many(relay: &Relay, spaces: Vec<ReadSpace>, bytes_max: u32) -> Result<Vec<Vec<u64>>, Refusal> {
    let request = ReadRequest {
        spaces,
        bytes_max,
        wait_ms: 0,
    };
    let answer = relay.handle("/v1/read", &encode(&request), NOW);
    if answer.status != 200 {
        return Err(decode_canonical(&answer.body).unwrap());
    }
    assert!(answer.body.len() <= cairn_wire::bounds::ANSWER_BYTES_MAX);
    let answer: ReadAnswer<'_> = decode_canonical(&answer.body).unwrap();
    Ok(answer.pages.iter().map(seqs).collect())
}

#[test]
fn the_pages_of_one_answer_share_what_was_asked_for() {
    let (_dir, relay) = relay();
    let token = ten(&relay);
    let both = vec![since(token, 1, 8), since(token, 1, 0)];
    assert_eq!(
        read_many(&relay, both.clone(), 4_000),
        Ok(vec![vec![9, 10], vec![1, 2]])
    );
    assert_eq!(read_many(&relay, both.clone(), 2_000), Ok(vec![vec![9, 10], vec![]]));
    assert_eq!(read_many(&relay, both, 0), Ok(vec![vec![9], vec![]]));
}

#[test]
fn an_answer_stays_bounded_whatever_is_asked_for() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let long: Vec<_> = (0..4).map(|n| record(header(1, n, 1), 700_000, 1)).collect();
    append(&relay, token, 1, &long, NOW).unwrap();
    let greedy = vec![since(token, 1, 0); READ_SPACES_MAX];
    let pages = read_many(&relay, greedy, u32::MAX).unwrap();
    assert_eq!(pages.iter().map(Vec::len).sum::<usize>(), PAGE_BYTES_MAX / 700_072);
}

#[test]
fn one_answer_holds_so_many_items() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let total = u32::try_from(PAGE_ITEMS_MAX).unwrap() + 10;
    let small: Vec<_> = (0..total).map(|n| record(header(1, n, 1), 72, 1)).collect();
    for batch in small.chunks(256) {
        append(&relay, token, 1, batch, NOW).unwrap();
    }
    let page = read_page(&relay, since(token, 1, 0), u32::MAX, NOW);
    assert_eq!(page.items.len(), PAGE_ITEMS_MAX);
    let page = read_page(&relay, until(token, u64::from(total)), u32::MAX, NOW);
    assert_eq!((page.items.len(), page.first_seq), (PAGE_ITEMS_MAX, 11));
}

#[test]
fn a_read_names_at_most_so_many_spaces_and_slots_and_one_mode_for_each() {
    let (_dir, relay) = relay();
    let token = ten(&relay);
    let too_large = |limit: usize| Err(Refusal::with(RefusalCode::TooLarge, limit as u64));
    for count in [0, 1, READ_SPACES_MAX - 1, READ_SPACES_MAX] {
        assert_eq!(
            read_many(&relay, vec![since(token, 1, 10); count], 0).unwrap().len(),
            count
        );
    }
    let many = vec![since(token, 1, 10); READ_SPACES_MAX + 1];
    assert_eq!(read_many(&relay, many, 0), too_large(READ_SPACES_MAX));
    for count in [0, 63, 64] {
        assert!(read_many(&relay, vec![slots(token, &vec![1; count])], 0).is_ok());
    }
    let many = vec![slots(token, &[1; READ_SLOTS_MAX + 1])];
    assert_eq!(read_many(&relay, many, 0), too_large(READ_SLOTS_MAX));
    let malformed = Err(refused(RefusalCode::Malformed));
    let none = ReadSpace {
        since: None,
        ..since(token, 1, 0)
    };
    assert_eq!(read_many(&relay, vec![none], 0), malformed);
    let two = ReadSpace {
        until: Some(3),
        ..since(token, 1, 0)
    };
    assert_eq!(read_many(&relay, vec![two], 0), malformed);
}

#[test]
fn a_space_that_may_not_be_read_does_not_spoil_the_others() {
    let (_dir, relay) = relay();
    let token = ten(&relay);
    let stranger = Token::from_bytes([9; 32]);
    let spaces = vec![since(stranger, 1, 0), since(token, 2, 0), since(token, 1, 9)];
    assert_eq!(read_many(&relay, spaces, 1 << 20), Ok(vec![vec![], vec![], vec![10]]));
    let page = read_page(&relay, since(token, 2, 0), 1 << 20, NOW);
    assert_eq!(page.refusal, Some(RefusalCode::NotAuthorised), "another space's token");
    assert_eq!(begin_session(&relay, 1, 3, NOW).unwrap().side, Side::Specialist);
}
