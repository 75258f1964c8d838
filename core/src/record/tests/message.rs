//! Messages and wishes: each reads back, in one spelling, and has what its kind has and nothing beside it.

use super::super::cbor::Writer;
use super::*;
use crate::id::{MeetingId, MessageId, ShareId};
use crate::limits;
use crate::support::*;
use chrono::NaiveDate;
use proptest::prelude::*;

/// The keys that only some kinds have.
const PARTS: [u64; 6] = [6, 7, 8, 9, 10, 11];

/// The table of the format: the number of a kind, its word, the keys it needs, the keys it may have.
const KINDS: [(u64, &str, &[u64], &[u64]); 15] = [
    (0, "acknowledgement", &[], &[6]),
    (1, "open_question", &[], &[]),
    (2, "offer_lived_experience", &[], &[]),
    (3, "offer_resource", &[], &[]),
    (4, "resource", &[7], &[8]),
    (5, "lived_experience", &[10], &[6, 8]),
    (6, "practical", &[], &[]),
    (7, "response_to_feedback", &[], &[6]),
    (8, "closing", &[], &[]),
    (16, "words", &[], &[]),
    (17, "ask", &[9], &[]),
    (18, "correction", &[], &[]),
    (19, "yes", &[], &[]),
    (20, "not_now", &[], &[]),
    (21, "feedback", &[11], &[]),
];

type Keyed = (u64, Vec<u8>);

fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    write(&mut writer);
    writer.into_bytes()
}

pub(super) fn number(number: u64) -> Vec<u8> {
    written(|writer| writer.uint(number))
}

pub(super) fn text(text: &str) -> Vec<u8> {
    written(|writer| writer.text(text))
}

/// A map of these values, in the order of their keys.
pub(super) fn map(values: &[Keyed]) -> Vec<u8> {
    let mut values: Vec<&Keyed> = values.iter().collect();
    values.sort_by_key(|(key, _)| *key);
    written(|writer| {
        writer.map(values.len());
        for (key, value) in values {
            writer.uint(*key);
            writer.raw(value);
        }
    })
}

/// What every message has.
pub(super) fn bare(kind: u64) -> Vec<Keyed> {
    vec![(0, number(kind)), (1, text("words")), (3, number(0)), (5, number(7))]
}

/// A message of this kind that has these beside what every message has.
pub(super) fn with(kind: u64, values: &[Keyed]) -> Vec<u8> {
    map(&[&bare(kind), values].concat())
}

/// Something that may stand at one of [`PARTS`].
fn part(key: u64) -> Keyed {
    let value = match key {
        6 => text("x"),
        7 => [vec![0x85], text("title"), vec![0x60; 4]].concat(),
        8 => written(|writer| writer.bytes(&[0xbb; 16])),
        9 => number(3),
        10 => vec![0xf5],
        _ => vec![0x82, 0, 5],
    };
    (key, value)
}

fn parts(keys: &[u64]) -> Vec<Keyed> {
    keys.iter().copied().map(part).collect()
}

#[test]
fn a_kind_has_what_the_table_says_and_nothing_else() {
    for (kind, word, needs, may_have) in KINDS {
        for has in [needs.to_vec(), [needs, may_have].concat()] {
            let bytes = with(kind, &parts(&has));
            let message = decode_message(&bytes).unwrap();
            assert_eq!(message.saying.code(), word);
            assert_eq!(encode_message(&message), bytes, "{word}");
        }
        for foreign in PARTS {
            if needs.contains(&foreign) || may_have.contains(&foreign) {
                continue;
            }
            let bytes = with(kind, &parts(&[needs, &[foreign]].concat()));
            assert_eq!(decode_message(&bytes), Err(RecordError::Malformed), "{word}, {foreign}");
        }
        for needed in needs {
            // What it may have stands for nothing that it needs.
            let bytes = with(kind, &parts(may_have));
            assert_eq!(decode_message(&bytes), Err(RecordError::Malformed), "{word}, {needed}");
        }
        for left_out in 0..4 {
            let mut values = [bare(kind), parts(needs)].concat();
            values.remove(left_out);
            assert_eq!(decode_message(&map(&values)), Err(RecordError::Malformed), "{word}");
        }
    }
}

#[test]
fn lived_experience_comes_with_self_reflection_or_not_at_all() {
    assert_eq!(decode_message(&with(5, &[])), Err(RecordError::Malformed));
    let undone = with(5, &[(10, vec![0xf4])]);
    assert_eq!(decode_message(&undone), Err(RecordError::NotCanonical));
    assert!(decode_message(&with(5, &[(10, vec![0xf5])])).is_ok());
}

#[test]
fn what_a_later_version_says_is_too_new() {
    let too_new = |bytes: &[u8]| assert_eq!(decode_message(bytes), Err(RecordError::TooNew), "{bytes:02x?}");
    for kind in [10, 15, 23, 255, u64::MAX] {
        too_new(&map(&bare(kind)));
    }
    too_new(&with(23, &[(6, text("x"))]));
    for bits in [0, 128, 129, 256, u64::MAX] {
        too_new(&with(17, &[(9, number(bits))]));
    }
    for felt in [[6, 0], [0, 6], [23, 23]] {
        too_new(&with(21, &[(11, [&[0x82][..], &felt].concat())]));
    }
    too_new(&with(16, &[(2, [&[0x82, 4, 0x50][..], &[7; 16]].concat())]));
    for key in [12, 31] {
        too_new(&with(16, &[(key, number(0))]));
    }
    let chosen = |lived, key| {
        let wishes = [
            (0, number(1)),
            (1, number(lived)),
            (2, number(600)),
            (key, vec![0x81, 0x60]),
        ];
        decode_wishes(&map(&wishes)).map(drop)
    };
    assert_eq!(chosen(2, 3), Ok(()));
    assert_eq!(chosen(3, 3), Err(RecordError::TooNew));
    assert_eq!(chosen(2, 5), Err(RecordError::TooNew));
    assert_eq!(chosen(2, 31), Err(RecordError::TooNew));
}

#[test]
fn what_stands_once_has_one_spelling() {
    let refused = |bytes: &[u8]| assert_eq!(decode_message(bytes), Err(RecordError::NotCanonical), "{bytes:02x?}");
    refused(&with(16, &[(4, vec![0x80])]));
    refused(&with(17, &[(9, vec![0x18, 1])]));
    refused(&with(0, &[(6, text("x")), (6, text("x"))]));
    for kind in [0, 1, 5, 7] {
        refused(&with(kind, &[(6, text(""))])); // It would not be there.
    }
    let wishes = |off_limits| [(0, number(1)), (1, number(1)), (2, number(600)), (3, off_limits)];
    assert_eq!(decode_wishes(&map(&wishes(vec![0x80]))), Err(RecordError::NotCanonical));
    let quiet = [(0, number(1)), (1, number(1)), (2, number(600)), (4, text(""))];
    assert_eq!(decode_wishes(&map(&quiet)), Err(RecordError::NotCanonical));
}

#[test]
fn more_than_is_kept_is_too_large() {
    let texts = |count| {
        written(|writer| {
            writer.array(count);
            (0..count).for_each(|_| writer.text("x"));
        })
    };
    let topics = |count| decode_message(&with(16, &[(4, texts(count))])).map(drop);
    assert_eq!(topics(limits::TOPICS_MAX), Ok(()));
    assert_eq!(topics(limits::TOPICS_MAX + 1), Err(RecordError::TooLarge));
    let wishes = |most, count| {
        let wishes = [(0, number(1)), (1, number(1)), (2, number(most)), (3, texts(count))];
        decode_wishes(&map(&wishes)).map(drop)
    };
    assert_eq!(wishes(u64::from(u16::MAX), limits::TOPICS_MAX), Ok(()));
    assert_eq!(wishes(1 << 16, 1), Err(RecordError::TooLarge));
    assert_eq!(wishes(600, limits::TOPICS_MAX + 1), Err(RecordError::TooLarge));
}

/// The same map with one key more, which a reader need not know.
fn with_more(bytes: &[u8], key: u8) -> Vec<u8> {
    [&[bytes[0] + 1][..], &bytes[1..], &[0x18, key, 0xa1, 0x00, 0x81, 0xf6]].concat()
}

fn any_body() -> impl Strategy<Value = String> {
    "(\\PC|\n|\u{0}|\u{202e}|\u{301}){0,60}"
}

fn any_id() -> impl Strategy<Value = MessageId> {
    any::<[u8; 16]>().prop_map(MessageId::from_bytes)
}

fn any_texts() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("\\PC{0,9}", 0..=limits::TOPICS_MAX)
}

prop_compose! {
    fn any_resource()([title, what_it_is, link, cost, why] in ["\\PC{0,9}"; 5]) -> Resource {
        Resource { title, what_it_is, link, cost, why }
    }
}

fn any_saying() -> impl Strategy<Value = Saying> {
    let accepted = || proptest::option::of(any_id());
    prop_oneof![
        "\\PC{0,20}".prop_map(|strength| Saying::Acknowledgement { strength }),
        Just(Saying::OpenQuestion),
        Just(Saying::Offer(Offered::LivedExperience)),
        Just(Saying::Offer(Offered::Resource)),
        (any_resource(), accepted()).prop_map(|(resource, accepted)| Saying::Resource { resource, accepted }),
        (accepted(), "\\PC{0,20}").prop_map(|(accepted, ask_back)| Saying::LivedExperience { accepted, ask_back }),
        Just(Saying::Practical),
        "\\PC{0,20}".prop_map(|differently| Saying::ResponseToFeedback { differently }),
        Just(Saying::Closing),
        any_id().prop_map(|asked| Saying::Proposal { asked }),
        Just(Saying::AskForProposal),
        Just(Saying::Words),
        (1_u64..128).prop_map(|bits| Saying::Ask(SupportWanted::from_bits(bits).unwrap())),
        Just(Saying::Correction),
        Just(Saying::Yes),
        Just(Saying::NotNow),
        (0..6_usize, 0..6_usize).prop_map(|(heard, pushed)| Saying::Feedback {
            heard: FeltHeard::ALL[heard].0,
            pushed: FeltPushed::ALL[pushed].0,
        }),
    ]
}

fn any_about() -> impl Strategy<Value = About> {
    let day = |days| NaiveDate::from_epoch_days(days).unwrap();
    prop_oneof![
        any_id().prop_map(|id| About::Share(ShareId::from_bytes(*id.as_bytes()))),
        any_id().prop_map(About::Message),
        any_id().prop_map(|id| About::Meeting(MeetingId::from_bytes(*id.as_bytes()))),
        (-1_000_000..1_000_000_i32, 0..400_i32)
            .prop_map(move |(first, more)| About::Days(Days::new(day(first), day(first + more)).unwrap())),
    ]
}

prop_compose! {
    pub(crate) fn any_message()(
        saying in any_saying(), body in any_body(), about in proptest::option::of(any_about()),
        preferences in any::<u64>(), topics in any_texts(), sent in any::<i64>(),
    ) -> Message {
        Message { saying, body, about, preferences, topics, sent: Timestamp(sent) }
    }
}

prop_compose! {
    fn any_wishes()(
        version in any::<u64>(), lived in 0..3_usize, lived_experience_max in any::<u16>(), off_limits in any_texts(),
        when_quiet in "\\PC{0,20}", listen_first in any::<bool>(), no_directing in any::<bool>(),
    ) -> Wishes {
        let lived_experience = LivedExperience::ALL[lived].0;
        Wishes { version, lived_experience, lived_experience_max, off_limits, when_quiet, listen_first, no_directing }
    }
}

/// Whatever these bytes are, nothing breaks; what was read is written as it stood, or shorter by what was passed over.
fn read_harmlessly(bytes: &[u8]) {
    if let Ok(message) = decode_message(bytes) {
        let written = encode_message(&message);
        assert!(written == bytes || written.len() < bytes.len());
        assert_eq!(decode_message(&written), Ok(message));
    }
    if let Ok(wishes) = decode_wishes(bytes) {
        let written = encode_wishes(&wishes);
        assert!(written == bytes || written.len() < bytes.len());
        assert_eq!(decode_wishes(&written), Ok(wishes));
    }
}

proptest! {
    #[test]
    fn every_message_reads_back(message in any_message()) {
        let bytes = encode_message(&message);
        prop_assert_eq!(check_canonical(&bytes), Ok(()));
        prop_assert!(decode_message(&bytes) == Ok(message));
    }

    #[test]
    fn all_wishes_read_back(wishes in any_wishes()) {
        let bytes = encode_wishes(&wishes);
        prop_assert_eq!(check_canonical(&bytes), Ok(()));
        prop_assert!(decode_wishes(&bytes) == Ok(wishes));
    }

    #[test]
    fn what_is_cut_or_followed_by_something_is_refused(message in any_message(), wishes in any_wishes(), at in any::<prop::sample::Index>()) {
        let bytes = encode_message(&message);
        prop_assert_eq!(decode_message(&bytes[..at.index(bytes.len())]), Err(RecordError::Malformed));
        prop_assert_eq!(decode_message(&[&bytes[..], &[0]].concat()), Err(RecordError::Malformed));
        let bytes = encode_wishes(&wishes);
        prop_assert_eq!(decode_wishes(&bytes[..at.index(bytes.len())]), Err(RecordError::Malformed));
        prop_assert_eq!(decode_wishes(&[&bytes[..], &[0]].concat()), Err(RecordError::Malformed));
    }

    #[test]
    fn a_key_that_may_be_passed_over_changes_nothing(message in any_message(), wishes in any_wishes(), key in 32_u8..) {
        let bytes = encode_message(&message);
        prop_assert!(decode_message(&with_more(&bytes, key)) == Ok(message));
        let bytes = encode_wishes(&wishes);
        prop_assert!(decode_wishes(&with_more(&bytes, key)) == Ok(wishes));
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read_harmlessly(&bytes);
    }

    #[test]
    fn any_map_of_such_keys_is_read_without_harm(kind in 0_u64..24, keys in proptest::sample::subsequence(&PARTS[..], 0..=6)) {
        read_harmlessly(&with(kind, &parts(&keys)));
    }

    #[test]
    fn no_mutation_does_harm(message in any_message(), wishes in any_wishes(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for mut bytes in [encode_message(&message), encode_wishes(&wishes)] {
            *at.get_mut(&mut bytes) = byte;
            read_harmlessly(&bytes);
        }
    }
}
