//! Parts going in and ranges coming out.

use cairn_wire::bounds::BLOB_PART_BYTES_MAX;
use cairn_wire::message::RefusalCode;

use super::*;

#[test]
fn a_blob_put_in_parts_is_read_by_both_sides_in_any_ranges() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let specialist = begin_session(&relay, 1, 3, NOW).unwrap().token;
    let whole = content(1, 3_000);
    assert_eq!(stat(&relay, token, 1), NONE);
    for (from, upto) in [(0, 1_000), (1_000, 1_001), (1_001, 3_000)] {
        assert_eq!(read(&relay, specialist, 1, 0, 10, NOW), b"", "not before it is whole");
        let stands = send(&relay, &part(token, 1, 7, &whole, from, upto), NOW).unwrap().0;
        assert_eq!(stands, (upto as u64, 3_000, upto == 3_000));
    }
    for reader in [token, specialist] {
        assert_eq!(stat(&relay, reader, 1), (3_000, 3_000, true));
        for (from, max) in [
            (0, 3_000),
            (0, 4_000_000),
            (0, 1),
            (2_999, 5),
            (1_500, 700),
            (0, 0),
            (3_000, 9),
            (9_000, 9),
        ] {
            let upto = (from + max).min(3_000);
            let expected = whole.get(from..upto).unwrap_or_default();
            let max = u32::try_from(max).unwrap();
            assert_eq!(read(&relay, reader, 1, from as u64, max, NOW), expected, "{from} {max}");
        }
        assert_eq!(read(&relay, reader, 1, u64::MAX, u32::MAX, NOW), b"");
    }
}

#[test]
fn a_part_and_an_answer_carry_a_mebibyte_and_no_more() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let whole = content(1, BLOB_PART_BYTES_MAX + 10);
    let long = part(token, 1, 7, &whole, 0, BLOB_PART_BYTES_MAX + 1);
    let limit = Refusal::with(RefusalCode::TooLarge, BLOB_PART_BYTES_MAX as u64);
    assert_eq!(send(&relay, &long, NOW), Err(limit));
    send(&relay, &part(token, 1, 7, &whole, 0, BLOB_PART_BYTES_MAX), NOW).unwrap();
    send(
        &relay,
        &part(token, 1, 7, &whole, BLOB_PART_BYTES_MAX, whole.len()),
        NOW,
    )
    .unwrap();
    let first = read(&relay, token, 1, 0, u32::MAX, NOW);
    assert_eq!(first, &whole[..BLOB_PART_BYTES_MAX]);
    assert_eq!(
        read(&relay, token, 1, first.len() as u64, u32::MAX, NOW),
        &whole[first.len()..]
    );
}

#[test]
fn an_upload_goes_on_from_what_is_there_whatever_its_client_believes() {
    let whole = content(1, 100);
    for have in [0, 1, 50, 99, 100] {
        for from in [0, 1, 49, 50, 51, 99, 100] {
            for upto in [from, from + 1, 50, 99, 100] {
                if upto < from || upto > 100 {
                    continue;
                }
                let (dir, relay) = relay();
                let token = opened(&relay, 1);
                send(&relay, &part(token, 1, 7, &whole, 0, have), NOW).unwrap();
                let before = relay.digest().unwrap();
                let stands = send(&relay, &part(token, 1, 7, &whole, from, upto), NOW).unwrap().0;
                let then = if from <= have { have.max(upto) } else { have };
                assert_eq!(stands, (then as u64, 100, then == 100), "{have} {from} {upto}");
                assert_eq!(relay.digest().unwrap() == before, then == have, "{have} {from} {upto}");
                assert_eq!(stored_bytes(dir.path()), &whole[..then]);
            }
        }
    }
}

#[test]
fn a_put_ahead_of_a_blob_that_is_not_there_begins_nothing() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let digest = relay.digest().unwrap();
    assert_eq!(
        send(&relay, &part(token, 1, 7, &content(1, 9), 5, 9), NOW).unwrap().0,
        NONE
    );
    assert_eq!(relay.digest().unwrap(), digest);
    assert!(files(dir.path()).is_empty());
}

#[test]
fn bytes_that_are_there_are_not_written_again() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let (whole, other) = (content(1, 100), content(2, 100));
    send(&relay, &part(token, 1, 7, &whole, 0, 60), NOW).unwrap();
    send(&relay, &part(token, 1, 7, &other, 30, 100), NOW).unwrap();
    let expected = [&whole[..60], &other[60..]].concat();
    assert_eq!(read(&relay, token, 1, 0, 100, NOW), expected);
    send(&relay, &part(token, 1, 7, &other, 0, 100), NOW).unwrap();
    assert_eq!(read(&relay, token, 1, 0, 100, NOW), expected);
}
