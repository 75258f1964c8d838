//! Canonical CBOR: one value, one spelling.

use super::super::cbor::{Reader, Writer};
use super::*;
use proptest::prelude::*;

#[test]
fn one_value_has_one_spelling() {
    let canonical: [&[u8]; 8] = [
        &[0x00],
        &[0x18, 24],
        &[0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x61, b'a'],
        &[0xa2, 0x00, 0x01, 0x61, b'a', 0x02],
        &[0x82, 0xf4, 0xf6],
        &[0xa0],
        &[0x40],
    ];
    for bytes in canonical {
        assert_eq!(check_canonical(bytes), Ok(()), "{bytes:?}");
    }
    let others: [(&str, &[u8]); 12] = [
        ("a long head", &[0x18, 23]),
        ("a longer head", &[0x19, 0, 255]),
        ("the longest head", &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
        ("an indefinite text", &[0x7f, 0x61, b'a', 0xff]),
        ("an indefinite map", &[0xbf, 0xff]),
        ("keys out of order", &[0xa2, 0x01, 0x01, 0x00, 0x01]),
        ("one key twice", &[0xa2, 0x01, 0x01, 0x01, 0x01]),
        ("longer keys first", &[0xa2, 0x62, b'a', b'a', 0x01, 0x61, b'b', 0x01]),
        ("a tag", &[0xc1, 0x00]),
        ("a float", &[0xf9, 0x3c, 0x00]),
        ("undefined", &[0xf7]),
        ("another simple value", &[0xe0]),
    ];
    for (what, bytes) in others {
        assert_eq!(check_canonical(bytes), Err(RecordError::NotCanonical), "{what}");
    }
    let broken: [(&str, &[u8]); 6] = [
        ("nothing", &[]),
        ("cut short", &[0x62, b'a']),
        ("a huge claim", &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("two values", &[0x00, 0x00]),
        ("no UTF-8", &[0x61, 0xff]),
        ("a reserved head", &[0x1c]),
    ];
    for (what, bytes) in broken {
        assert_eq!(check_canonical(bytes), Err(RecordError::Malformed), "{what}");
    }
}

#[test]
fn depth_is_bounded_and_a_claimed_length_costs_nothing() {
    let nested = |depth: usize| [vec![0x81; depth], vec![0x00]].concat();
    assert_eq!(check_canonical(&nested(8)), Ok(()));
    assert_eq!(check_canonical(&nested(9)), Err(RecordError::TooLarge));
    assert_eq!(check_canonical(&nested(100_000)), Err(RecordError::TooLarge));
    assert_eq!(
        check_canonical(&[0x9a, 0xff, 0xff, 0xff, 0xff]),
        Err(RecordError::Malformed)
    );
    assert_eq!(
        check_canonical(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        Err(RecordError::Malformed)
    );
}

proptest! {
    #[test]
    fn numbers_read_back(uint in any::<u64>(), int in any::<i64>(), small in -300_i64..300) {
        let mut writer = Writer::default();
        writer.uint(uint);
        writer.int(int);
        writer.int(small);
        let bytes = writer.into_bytes();
        let mut reader = Reader::new(&bytes);
        prop_assert_eq!(reader.uint(), Ok(uint));
        prop_assert_eq!(reader.int(), Ok(int));
        prop_assert_eq!(reader.int(), Ok(small));
        prop_assert_eq!(reader.end(), Ok(()));
    }

    #[test]
    fn any_bytes_are_walked_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = check_canonical(&bytes);
    }
}
