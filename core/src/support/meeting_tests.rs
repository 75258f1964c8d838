//! Pages join in any order to the same, and lay out in one way, whoever wrote them.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;
use proptest::prelude::*;

fn line(byte: u8) -> LineId {
    LineId::from_bytes([byte; 16])
}

fn meeting(byte: u8) -> MeetingId {
    MeetingId::from_bytes([byte; 16])
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

fn begun() -> MeetingPages {
    let mut pages = MeetingPages::default();
    pages.participant.set_day(Some(day(27)));
    pages
}

/// Writes a line as a device does that knows these pages.
fn write(pages: &mut MeetingPages, side: Role, id: u8, words: &str, before: Option<LineId>) {
    let place = pages.place(MeetingPart::Notes, before).unwrap();
    pages.of(side).write(line(id), place, words).unwrap();
}

fn notes(pages: &MeetingPages) -> Vec<(Role, String)> {
    let notes = pages.meeting(meeting(1)).unwrap().notes.into_iter();
    notes.map(|line| (line.by, line.words.join(" | "))).collect()
}

fn said(side: Role, words: &[&str]) -> Vec<(Role, String)> {
    words.iter().map(|words| (side, (*words).to_owned())).collect()
}

fn places() -> impl Strategy<Value = LinePlace> {
    let part = prop_oneof![Just(MeetingPart::Agenda), Just(MeetingPart::Notes)];
    (part, 0..4_u32, proptest::option::of(0..6_u8)).prop_map(|(part, order, after)| LinePlace {
        part,
        order,
        after: after.map(line),
    })
}

/// Any page at all: one that no honest device would make too.
fn pages() -> impl Strategy<Value = MeetingPage> {
    let texts = proptest::collection::btree_set("[a-c]{1,2}", 0..3);
    let lines = (places(), 0..3_u32, texts).prop_map(|(place, edit, texts)| PageLine { place, edit, texts });
    let lines = proptest::collection::btree_map((0..6_u8).prop_map(line), lines, 0..6);
    let days = proptest::option::of((1..4_u32).prop_map(day));
    (0..3_u32, days, lines).prop_map(|(edit, day, lines)| MeetingPage { edit, day, lines })
}

proptest! {
    /// The laws of a join-semilattice: of the order in which pages arrive nothing depends, nor of how often.
    #[test]
    fn a_page_joins_in_any_order_and_any_number_of_times_to_the_same(one in pages(), two in pages(), three in pages()) {
        let join = |one: &MeetingPage, two: &MeetingPage| one.clone().join(two.clone());
        prop_assert_eq!(join(&one, &two), join(&two, &one));
        prop_assert_eq!(join(&join(&one, &two), &three), join(&one, &join(&two, &three)));
        prop_assert_eq!(join(&one, &one), one.clone());
        prop_assert_eq!(join(&join(&one, &two), &one), join(&one, &two));
    }

    /// Every line with words is laid once, those of one side in no circle, whatever either page says of where they stand.
    #[test]
    fn every_line_is_laid_once_wherever_it_says_that_it_stands(participant in pages(), specialist in pages()) {
        let pages = MeetingPages { participant: MeetingPage { day: Some(day(1)), ..participant }, specialist };
        let laid = pages.meeting(meeting(1)).unwrap();
        for side in [Role::Participant, Role::Specialist] {
            let page = if side == Role::Participant { &pages.participant } else { &pages.specialist };
            let mut written: Vec<LineId> = page.lines.iter().filter(|(_, line)| !line.texts.is_empty()).map(|(id, _)| *id).collect();
            let mut read: Vec<LineId> = laid.lines().filter(|(_, line)| line.by == side).map(|(_, line)| line.id).collect();
            written.sort();
            read.sort();
            prop_assert_eq!(read, written);
        }
    }
}

#[test]
fn what_both_write_at_once_stands_side_by_side_and_each_in_its_own_order() {
    let mut together = begun();
    write(&mut together, Role::Participant, 1, "We spoke of the bus.", None);
    let (mut here, mut there) = (begun(), begun());
    for pages in [&mut here, &mut there] {
        pages.participant = together.participant.clone();
    }
    write(&mut here, Role::Participant, 2, "It is long.", None);
    write(&mut here, Role::Participant, 3, "It is dark.", None);
    write(&mut there, Role::Specialist, 4, "Another line runs.", None);
    write(&mut there, Role::Specialist, 5, "At ten.", None);
    let joined = MeetingPages {
        participant: here.participant.clone(),
        specialist: there.specialist.clone(),
    };
    let (mine, hers) = (Role::Participant, Role::Specialist);
    let expected = [
        said(mine, &["We spoke of the bus.", "It is long.", "It is dark."]),
        said(hers, &["Another line runs.", "At ten."]),
    ];
    assert_eq!(notes(&joined), expected.concat());
}

#[test]
fn a_line_is_written_before_another_and_a_place_outlives_its_words() {
    let mut pages = begun();
    write(&mut pages, Role::Participant, 1, "first", None);
    write(&mut pages, Role::Participant, 2, "third", None);
    write(&mut pages, Role::Specialist, 3, "second", Some(line(2)));
    write(&mut pages, Role::Specialist, 4, "zeroth", Some(line(1)));
    let read = |pages: &MeetingPages| notes(pages).into_iter().map(|(_, words)| words).collect::<Vec<_>>();
    assert_eq!(read(&pages), ["zeroth", "first", "second", "third"]);
    pages.participant.take_away(line(1)).unwrap();
    assert_eq!(read(&pages), ["zeroth", "second", "third"]);
    write(&mut pages, Role::Participant, 5, "last", None);
    assert_eq!(read(&pages), ["zeroth", "second", "third", "last"]);
    let nowhere = pages.place(MeetingPart::Agenda, Some(line(2)));
    assert_eq!(nowhere, Err(MeetingInvalid::NoSuchLine), "it stands in the other part");
}

#[test]
fn what_two_devices_of_one_person_make_of_a_line_both_stands_and_is_one_once_it_is_changed() {
    let mut pages = begun();
    write(&mut pages, Role::Participant, 1, "as it was", None);
    let (mut phone, mut tablet) = (pages.participant.clone(), pages.participant.clone());
    phone.change(line(1), "on the phone").unwrap();
    tablet.change(line(1), "on the tablet").unwrap();
    pages.participant = phone.clone().join(tablet);
    assert_eq!(
        notes(&pages),
        said(Role::Participant, &["on the phone | on the tablet"])
    );
    let mut away = pages.participant.clone();
    pages.participant.change(line(1), "both").unwrap();
    assert_eq!(notes(&pages), said(Role::Participant, &["both"]));
    // Taken away and changed at once: what was written stays.
    away.take_away(line(1)).unwrap();
    pages.participant = pages.participant.clone().join(away);
    assert_eq!(notes(&pages), said(Role::Participant, &["both"]));
}

#[test]
fn a_page_that_was_taken_back_stays_so_and_a_specialist_begins_none() {
    let mut pages = begun();
    write(&mut pages, Role::Participant, 1, "words", None);
    let stood = pages.participant.clone();
    pages.participant.set_day(None);
    assert_eq!(pages.meeting(meeting(1)), None);
    assert!(pages.participant.lets_go_of(&stood));
    assert!(!stood.lets_go_of(&stood));
    let mut moved = stood;
    moved.set_day(Some(day(28)));
    pages.participant = pages.participant.clone().join(moved);
    assert_eq!(pages.participant.day, None, "of the two at once, that it is gone");
    let with_a_day = begun().participant;
    assert!(with_a_day.can_come_from(Role::Participant, usize::MAX));
    assert!(!with_a_day.can_come_from(Role::Specialist, usize::MAX));
    assert!(
        !pages.participant.can_come_from(Role::Specialist, usize::MAX),
        "nor one that was one"
    );
}

#[test]
fn what_does_not_fit_is_refused_and_the_page_stays_as_it_was() {
    let mut pages = begun();
    write(&mut pages, Role::Participant, 1, "words", None);
    let place = pages.place(MeetingPart::Agenda, None).unwrap();
    let before = pages.participant.clone();
    let page = &mut pages.participant;
    let long = "x".repeat(limits::MEETING_LINE_CHARACTERS_MAX + 1);
    for words in ["", " \n", &long] {
        assert_eq!(page.write(line(2), place, words), Err(MeetingInvalid::Line));
        assert_eq!(page.change(line(1), words), Err(MeetingInvalid::Line));
    }
    assert_eq!(page.change(line(9), "words"), Err(MeetingInvalid::NotYours));
    assert_eq!(page.take_away(line(9)), Err(MeetingInvalid::NotYours));
    assert_eq!(*page, before);
    let full = "x".repeat(limits::MEETING_LINE_CHARACTERS_MAX);
    let mut written = 0;
    let refused = loop {
        let mut id = [7; 16];
        id[0] = written;
        match page.write(LineId::from_bytes(id), place, &full) {
            Ok(()) => written += 1,
            Err(why) => break why,
        }
    };
    assert_eq!(refused, MeetingInvalid::PageFull);
    assert!(page.bytes() <= limits::MEETING_PAGE_BYTES_MAX && written > 80);
    let before = page.clone();
    assert_eq!(page.change(line(1), &full), Err(MeetingInvalid::PageFull));
    assert_eq!(*page, before);
}
