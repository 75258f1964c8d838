//! Pages of meetings: each reads back, in one spelling, and what nobody writes is refused.

use super::message::{map, number, text};
use super::vectors::hex;
use super::*;
use crate::id::{LineId, MeetingId};
use crate::support::{LinePlace, Meeting, MeetingLine, MeetingPage, MeetingPart, PageLine, Role};
use chrono::NaiveDate;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const MEETING: MeetingId = MeetingId::from_bytes([0x31; 16]);

fn line(byte: u8) -> LineId {
    LineId::from_bytes([byte; 16])
}

fn written(part: MeetingPart, order: u32, after: Option<u8>, texts: &[&str]) -> PageLine {
    PageLine {
        place: LinePlace {
            part,
            order,
            after: after.map(line),
        },
        edit: u32::try_from(texts.len()).unwrap() + 1,
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn pages() -> Vec<(&'static str, MeetingPage)> {
    let day = NaiveDate::from_ymd_opt(2026, 11, 27);
    let lines = BTreeMap::from([
        (line(1), written(MeetingPart::Agenda, 1, None, &["The bus, 🙂"])),
        (
            line(2),
            written(MeetingPart::Notes, 3, Some(9), &["It is long.", "さみしい"]),
        ),
        (line(3), written(MeetingPart::Notes, 2, Some(1), &[])),
    ]);
    let begun = MeetingPage {
        edit: 1,
        day,
        lines: BTreeMap::new(),
    };
    let full = MeetingPage { lines, ..begun.clone() };
    vec![
        ("a day and nothing else", begun),
        ("lines, changed apart and taken away", full.clone()),
        (
            "the other side's",
            MeetingPage {
                edit: 0,
                day: None,
                ..full
            },
        ),
        ("nothing", MeetingPage::default()),
    ]
}

fn part(part: MeetingPart) -> &'static str {
    MeetingPart::ALL[part as usize].1
}

/// The vectors of pages, and of a meeting as a record of the past holds it.
pub(super) fn meeting_pages() -> Value {
    let page = |(name, page): (&str, MeetingPage)| {
        let lines = page.lines.iter().map(|(id, line)| {
            json!({"id": id.to_string(), "part": part(line.place.part), "order": line.place.order,
                "after": line.place.after.map(|id| id.to_string()), "edit": line.edit, "texts": line.texts})
        });
        json!({"name": name, "content": hex(&encode_meeting_page(MEETING, &page)), "meeting": MEETING.to_string(), "edit": page.edit,
            "day": page.day.map(|day| day.to_string()), "lines": lines.collect::<Vec<_>>()})
    };
    let kept = kept();
    let lines = kept.lines().map(
        |(at, line)| json!({"id": line.id.to_string(), "part": part(at), "by": line.by.side(), "words": line.words}),
    );
    let documents =
        [Role::Participant, Role::Specialist].map(|side| hex(meeting_page_document(MEETING, side).as_bytes()));
    json!({
        "pages": pages().into_iter().map(page).collect::<Vec<_>>(),
        "refused": refused().map(|(name, content, why)| json!({"name": name, "content": hex(&content), "error": format!("{why:?}")})),
        "kept": {"content": hex(&encode_meeting(&kept)), "day": kept.day.to_string(), "lines": lines.collect::<Vec<_>>()},
        "documents": {"meeting": MEETING.to_string(), "of": documents},
    })
}

fn kept() -> Meeting {
    let line = |byte, by, words: &[&str]| MeetingLine {
        id: line(byte),
        by,
        words: words.iter().map(|text| (*text).to_owned()).collect(),
    };
    Meeting {
        id: MEETING,
        day: NaiveDate::from_ymd_opt(1969, 12, 31).unwrap(),
        agenda: vec![line(1, Role::Participant, &["The bus"])],
        notes: vec![
            line(3, Role::Specialist, &["a", "b"]),
            line(2, Role::Participant, &["c"]),
        ],
    }
}

type Keyed = (u64, Vec<u8>);

fn bytes(bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    assert!(length < 24);
    [vec![0x40 | length], bytes.to_vec()].concat()
}

fn one_line(id: u8, rest: &[Vec<u8>]) -> Vec<u8> {
    [vec![0x86], bytes(&[id; 16]), rest.concat()].concat()
}

fn plain(id: u8) -> Vec<u8> {
    one_line(id, &[number(0), number(1), bytes(&[]), number(1), vec![0x80]])
}

fn with(lines: &[Vec<u8>]) -> Vec<Keyed> {
    let head = vec![0x80 | u8::try_from(lines.len()).unwrap()];
    vec![
        (0, bytes(MEETING.as_bytes())),
        (1, number(0)),
        (3, [head, lines.concat()].concat()),
    ]
}

fn refused() -> [(&'static str, Vec<u8>, RecordError); 11] {
    use RecordError::{Malformed, NotCanonical, TooLarge, TooNew};
    let texts = |texts: &[&str]| {
        let head = vec![0x80 | u8::try_from(texts.len()).unwrap()];
        let texts: Vec<u8> = texts.iter().flat_map(|one| text(one)).collect();
        one_line(
            1,
            &[number(0), number(1), bytes(&[]), number(1), [head, texts].concat()],
        )
    };
    let placed = |part, order, after: &[u8], edit| {
        one_line(
            1,
            &[number(part), number(order), bytes(after), number(edit), vec![0x80]],
        )
    };
    let later = [with(&[]), vec![(4, number(0))]].concat();
    let half = with(&[])[..2].to_vec();
    let big = u64::from(u32::MAX) + 1;
    [
        ("lines out of order", map(&with(&[plain(2), plain(1)])), NotCanonical),
        ("a line twice", map(&with(&[plain(1), plain(1)])), NotCanonical),
        ("texts out of order", map(&with(&[texts(&["b", "a"])])), NotCanonical),
        ("a text twice", map(&with(&[texts(&["a", "a"])])), NotCanonical),
        ("a later part", map(&with(&[placed(2, 1, &[], 1)])), TooNew),
        ("half a place", map(&with(&[placed(0, 1, &[7; 8], 1)])), Malformed),
        (
            "an order beyond its bound",
            map(&with(&[placed(0, big, &[], 1)])),
            TooLarge,
        ),
        (
            "an edit beyond its bound",
            map(&with(&[placed(0, 1, &[], big)])),
            TooLarge,
        ),
        ("a later key", map(&later), TooNew),
        ("without lines", map(&half), Malformed),
        ("two pages", [map(&with(&[])), map(&with(&[]))].concat(), Malformed),
    ]
}

#[test]
fn a_page_reads_back_in_one_spelling_and_shows_no_words() {
    for (name, page) in pages() {
        let bytes = encode_meeting_page(MEETING, &page);
        assert_eq!(decode_meeting_page(&bytes), Ok((MEETING, page.clone())), "{name}");
        check_canonical(&bytes).unwrap();
        let shown = format!("{page:?} {:?} {:?}", page.lines.values(), kept());
        assert!(!shown.contains("bus") && !shown.contains("さ"), "{shown}");
    }
    let kept = kept();
    assert_eq!(decode_meeting(MEETING, &encode_meeting(&kept)), Ok(kept));
    let documents: BTreeSet<_> = [Role::Participant, Role::Specialist]
        .map(|side| meeting_page_document(MEETING, side))
        .into();
    assert_eq!(documents.len(), 2, "nothing joins the two pages of a meeting by name");
}

#[test]
fn what_nobody_writes_is_no_page() {
    for (name, content, why) in refused() {
        assert_eq!(decode_meeting_page(&content), Err(why), "{name}");
    }
    // What may be passed over is.
    let optional = [with(&[]), vec![(32, number(0))]].concat();
    assert_eq!(
        decode_meeting_page(&map(&optional)),
        Ok((MEETING, MeetingPage::default()))
    );
}
