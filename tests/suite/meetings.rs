//! The page of a meeting, which two people write together: each their own lines, and nothing of a journal can be written so.

use cairn_core::id::{LineId, MeetingId};
use cairn_core::record::{self, Kind};
use cairn_core::store::MeetingPageRow;
use cairn_core::support::{Meeting, MeetingInvalid, MeetingPage, MeetingPart, Role, TermsInvalid, Wishes};
use cairn_core::vault::{Error, NewMessage};
use cairn_tests::{Device, Two};
use cairn_wire::SpaceId;
use chrono::NaiveDate;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 1).unwrap()
}

/// The meetings of a device's only relationship.
fn meetings(device: &Device) -> Vec<Meeting> {
    device.engine.meetings(device.card().relationship.id).unwrap()
}

/// The lines of its only meeting, each with who wrote it.
fn lines(device: &Device) -> Vec<(Role, String)> {
    let all = meetings(device);
    let [meeting] = all.as_slice() else { panic!("{all:?}") };
    meeting
        .lines()
        .map(|(_, line)| (line.by, line.words.join(" | ")))
        .collect()
}

fn mine(words: &str) -> (Role, String) {
    (Role::Participant, words.to_owned())
}

fn hers(words: &str) -> (Role, String) {
    (Role::Specialist, words.to_owned())
}

fn write(device: &mut Device, meeting: MeetingId, part: MeetingPart, words: &str) -> Result<LineId, Error> {
    let id = device.card().relationship.id;
    device.engine.write_line(id, meeting, part, words, None)
}

fn note(device: &mut Device, meeting: MeetingId, words: &str) -> LineId {
    write(device, meeting, MeetingPart::Notes, words).unwrap()
}

/// Two who have agreed, and the page of a meeting that both know.
fn begun(seed: u64) -> (Two, MeetingId) {
    let mut two = Two::agreed(seed);
    let meeting = two.phone.engine.begin_meeting(two.id, day()).unwrap();
    two.settle();
    (two, meeting)
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> MeetingInvalid {
    match result {
        Err(Error::Meeting(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_both_write_apart_at_once_stands_on_one_page_and_no_entry_can_be_written_so() {
    let (mut two, meeting) = begun(1);
    write(&mut two.phone, meeting, MeetingPart::Agenda, "The bus.").unwrap();
    two.settle();
    note(&mut two.phone, meeting, "It is long.");
    note(&mut two.dee, meeting, "Another line runs.");
    write(&mut two.dee, meeting, MeetingPart::Agenda, "When we meet.").unwrap();
    two.settle();
    let page = [hers("When we meet."), mine("It is long."), hers("Another line runs.")];
    let read = lines(&two.phone);
    assert_eq!(read.len(), 4);
    assert_eq!(read[0], mine("The bus."));
    for one in &page {
        assert!(read.contains(one), "{read:?}");
    }
    assert_eq!(lines(&two.dee), read, "both read the same");
    assert_eq!(meetings(&two.dee)[0].day, day());
    // The same over an entry, on either side, as whatever somebody takes it for: there is no page of that name.
    let entry = two.phone.write("Mine alone.");
    two.settle();
    let as_a_meeting = MeetingId::from_bytes(*entry.as_bytes());
    for device in [&mut two.phone, &mut two.dee] {
        let written = write(device, as_a_meeting, MeetingPart::Notes, "And hers.");
        assert_eq!(refused(written), MeetingInvalid::NoSuchMeeting);
    }
    two.settle();
    let kept = two.phone.engine.store().view().entry(entry).unwrap().unwrap();
    assert_eq!(kept.body, "Mine alone.");
}

#[test]
fn each_changes_their_own_lines_and_the_participant_alone_begins_and_takes_back_a_page() {
    let (mut two, meeting) = begun(2);
    let line = note(&mut two.phone, meeting, "Mine.");
    two.settle();
    let (mut dee, theirs) = (two.dee, two.theirs);
    assert_eq!(
        refused(dee.engine.change_line(theirs, meeting, line, "Hers.")),
        MeetingInvalid::NotYours
    );
    assert_eq!(
        refused(dee.engine.take_line_away(theirs, meeting, line)),
        MeetingInvalid::NotYours
    );
    assert_eq!(
        refused(dee.engine.begin_meeting(theirs, day())),
        MeetingInvalid::NotTheParticipant
    );
    assert_eq!(
        refused(dee.engine.take_back_meeting(theirs, meeting)),
        MeetingInvalid::NotTheParticipant
    );
    let nowhere = dee
        .engine
        .write_line(theirs, meeting, MeetingPart::Agenda, "Before it.", Some(line));
    assert_eq!(
        refused(nowhere),
        MeetingInvalid::NoSuchLine,
        "it stands among the notes"
    );
    assert_eq!(lines(&dee), [mine("Mine.")]);
    let before = dee
        .engine
        .write_line(theirs, meeting, MeetingPart::Notes, "Before it.", Some(line));
    before.unwrap();
    dee.sync(&two.world);
    two.phone.sync(&two.world);
    assert_eq!(lines(&two.phone), [hers("Before it."), mine("Mine.")]);
    // Nothing was agreed yet in another relationship, and nothing is written in it.
    let mut met = Two::met(22);
    let begun = met.phone.engine.begin_meeting(met.id, day());
    assert!(matches!(begun, Err(Error::Terms(TermsInvalid::NotActive))), "{begun:?}");
}

#[test]
fn what_is_taken_away_is_on_no_page_of_either_device_any_more_in_a_pause_too() {
    for by_specialist in [None, Some(false), Some(true)] {
        let (mut two, meeting) = begun(3);
        let line = note(&mut two.phone, meeting, "Marmalade zeppelin");
        let other = note(&mut two.phone, meeting, "Quetzal");
        two.settle();
        assert_eq!(lines(&two.dee).len(), 2);
        assert!(two.phone.holds("Marmalade") && two.dee.holds("Marmalade"));
        match by_specialist {
            Some(true) => two.dee.engine.pause_relationship(two.theirs, true).unwrap(),
            Some(false) => two.phone.engine.pause_relationship(two.id, true).unwrap(),
            None => {}
        }
        two.settle();
        let written = write(&mut two.phone, meeting, MeetingPart::Notes, "During a pause");
        assert_eq!(written.is_err(), by_specialist.is_some(), "{written:?}");
        two.phone.engine.take_line_away(two.id, meeting, line).unwrap();
        assert!(!two.phone.holds("Marmalade"), "at once");
        two.settle();
        assert!(!two.dee.holds("Marmalade") && two.dee.holds("Quetzal"));
        if by_specialist.is_none() {
            two.phone.engine.change_line(two.id, meeting, other, "Heron").unwrap();
            assert!(!two.phone.holds("Quetzal"));
        }
        let paused = [two.phone.card().is_paused_by_me, two.dee.card().is_paused_by_me];
        for (device, is_paused) in [&mut two.phone, &mut two.dee].into_iter().zip(paused) {
            let id = device.card().relationship.id;
            if is_paused {
                device.engine.pause_relationship(id, false).unwrap();
            }
        }
        two.settle();
        let expected: &[_] = match by_specialist {
            None => &[mine("Heron"), mine("During a pause")],
            Some(_) => &[mine("Quetzal")],
        };
        assert_eq!(lines(&two.phone), expected);
        assert_eq!(lines(&two.dee), expected);
        // Of what was said so there is one record left with words at the relay: a device that comes later reads what the others do.
        let mut dees = Device::new(&two.world, 33, "dees");
        two.dee.pair(&two.world, &mut dees);
        dees.sync(&two.world);
        assert_eq!(lines(&dees), expected);
        assert!(!dees.holds("Marmalade"));
    }
}

#[test]
fn a_page_that_its_participant_takes_back_is_gone_with_every_line_on_it_whoever_wrote_it() {
    for pauses in [false, true] {
        let (mut two, meeting) = begun(4);
        let mut tablet = two.second(44);
        note(&mut two.phone, meeting, "Marmalade");
        note(&mut two.dee, meeting, "Zeppelin");
        two.settle();
        tablet.sync(&two.world);
        assert_eq!(lines(&tablet).len(), 2);
        if pauses {
            two.phone.engine.pause_relationship(two.id, true).unwrap();
            two.settle();
        } else {
            // Written at the same time, on another device of theirs and by the other: it goes too.
            note(&mut tablet, meeting, "Quetzal");
            note(&mut two.dee, meeting, "Heron");
        }
        two.phone.engine.take_back_meeting(two.id, meeting).unwrap();
        for _ in 0..2 {
            two.settle();
            tablet.sync(&two.world);
        }
        for device in [&two.phone, &two.dee, &tablet] {
            assert_eq!(meetings(device), []);
            for words in ["Marmalade", "Zeppelin", "Quetzal", "Heron"] {
                assert!(!device.holds(words), "{words}");
            }
        }
        let again = two.phone.engine.take_back_meeting(two.id, meeting);
        assert_eq!(refused(again), MeetingInvalid::NoSuchMeeting);
    }
}

#[test]
fn what_devices_of_one_person_write_apart_both_stands() {
    let (mut two, meeting) = begun(5);
    let line = note(&mut two.phone, meeting, "As it was.");
    two.settle();
    let mut tablet = two.second(55);
    two.phone
        .engine
        .change_line(two.id, meeting, line, "On the phone.")
        .unwrap();
    tablet
        .engine
        .change_line(two.id, meeting, line, "On the tablet.")
        .unwrap();
    note(&mut two.phone, meeting, "From the phone.");
    note(&mut tablet, meeting, "From the tablet.");
    for _ in 0..3 {
        tablet.sync(&two.world);
        two.settle();
    }
    let read = lines(&two.phone);
    assert_eq!(read[0], mine("On the phone. | On the tablet."));
    assert!(read.contains(&mine("From the phone.")) && read.contains(&mine("From the tablet.")));
    assert_eq!(lines(&two.dee), read);
    assert_eq!(lines(&tablet), read);
    // Whoever reads both makes one of it.
    tablet.engine.change_line(two.id, meeting, line, "Both.").unwrap();
    tablet.sync(&two.world);
    two.settle();
    assert_eq!(lines(&two.dee)[0], mine("Both."));
    // Said once, and no more: a round that finds nothing says nothing.
    let heard = two.world.overhear();
    two.settle();
    tablet.sync(&two.world);
    assert!(heard.records().is_empty());
}

#[test]
fn a_relay_that_loses_its_store_is_told_again_and_one_that_is_put_back_brings_nothing_back() {
    let (mut two, meeting) = begun(6);
    let line = note(&mut two.phone, meeting, "Marmalade");
    note(&mut two.dee, meeting, "Zeppelin");
    two.settle();
    let put_back = two.world.backup(6);
    two.phone.engine.change_line(two.id, meeting, line, "Heron").unwrap();
    two.settle();
    two.world = put_back.put_back(6);
    two.world.clock.advance_ms(DAY_MS);
    for _ in 0..3 {
        for device in [&mut two.phone, &mut two.dee] {
            drop(cairn_tests::drive(&mut device.engine, &two.world.line()));
        }
    }
    for device in [&two.phone, &two.dee] {
        assert_eq!(lines(device), [mine("Heron"), hers("Zeppelin")]);
        assert!(!device.holds("Marmalade"));
    }
    let mut dees = Device::new(&two.world, 66, "dees");
    two.dee.pair(&two.world, &mut dees);
    dees.sync(&two.world);
    assert_eq!(lines(&dees), [mine("Heron"), hers("Zeppelin")]);
}

#[test]
fn a_changed_app_shows_the_participant_no_line_that_touches_what_is_not_to_be_brought_up() {
    let (mut two, meeting) = begun(7);
    let wishes = Wishes {
        off_limits: vec!["my brother".to_owned()],
        ..Wishes::default()
    };
    two.phone.engine.set_wishes(two.id, wishes).unwrap();
    two.settle();
    let written = write(&mut two.dee, meeting, MeetingPart::Notes, "Call my brother, or yours.");
    assert_eq!(refused(written), MeetingInvalid::OffLimits);
    note(&mut two.dee, meeting, "We spoke of the bus.");
    // An app that checks nothing.
    let space = two.dee.card().relationship.space.map(SpaceId::from_bytes).unwrap();
    let rows = two.dee.engine.store().view().meeting_pages_of(space, meeting).unwrap();
    let row = rows
        .into_iter()
        .find(|row| row.side == Role::Specialist.side())
        .unwrap();
    let (_, mut page) = record::decode_meeting_page(&row.content).unwrap();
    let place = page.lines.values().next().unwrap().place;
    page.write(LineId::from_bytes([9; 16]), place, "Have you called My Brother?")
        .unwrap();
    put(
        &two.dee,
        space,
        &MeetingPageRow {
            content: record::encode_meeting_page(meeting, &page),
            ..row
        },
    );
    two.settle();
    assert_eq!(lines(&two.dee).len(), 2);
    assert_eq!(lines(&two.phone), [hers("We spoke of the bus.")]);
    // The participant's own lines say what they want.
    note(&mut two.phone, meeting, "My brother called.");
    assert_eq!(lines(&two.phone).len(), 2);
}

/// Writes a row in a device's database behind its back.
fn put(device: &Device, space: SpaceId, row: &MeetingPageRow) {
    let config = cairn_core::store::StoreConfig::new(device.folder());
    let mut store = cairn_core::store::Store::open(&config, &cairn_tests::KEY).unwrap();
    store.write(|tx| tx.put_meeting_page(space, row)).unwrap();
}

#[test]
fn after_the_end_both_keep_what_was_written_and_write_no_more() {
    let (mut two, meeting) = begun(8);
    let line = note(&mut two.phone, meeting, "Thank you.");
    note(&mut two.dee, meeting, "And you.");
    two.settle();
    two.phone.engine.end_relationship(two.id, "").unwrap();
    two.settle();
    for device in [&mut two.phone, &mut two.dee] {
        assert_eq!(lines(device), [mine("Thank you."), hers("And you.")]);
        let written = write(device, meeting, MeetingPart::Notes, "Later.");
        assert!(matches!(written, Err(Error::Terms(TermsInvalid::Ended))), "{written:?}");
    }
    let away = two.phone.engine.take_line_away(two.id, meeting, line);
    assert!(matches!(away, Err(Error::Terms(TermsInvalid::Ended))), "{away:?}");
}

#[test]
fn a_page_is_no_message_and_calls_nobody() {
    let (mut two, meeting) = begun(9);
    note(&mut two.dee, meeting, "Ready when you are.");
    two.settle();
    let messages = two
        .phone
        .engine
        .messages(two.id, chrono_tz::Tz::UTC, None, 200)
        .unwrap();
    assert!(
        messages.is_empty(),
        "what is written on a page rings nowhere: it is read by whoever opens it"
    );
    // And it opens no door for a message that has to be asked for.
    let told = NewMessage::new(
        cairn_core::support::Saying::LivedExperience {
            accepted: None,
            ask_back: String::new(),
        },
        "When I was there myself.",
    );
    assert!(matches!(
        two.dee.engine.say_message(two.theirs, told),
        Err(Error::Message(_))
    ));
    let kinds = [Kind::Message, Kind::MeetingPage].map(Kind::number);
    let space = SpaceId::from_bytes(two.phone.card().relationship.space.unwrap());
    assert!(
        two.phone
            .engine
            .store()
            .view()
            .said_of(space, &kinds)
            .unwrap()
            .is_empty()
    );
    assert_eq!(meetings(&two.phone)[0].id, meeting);
    assert_eq!(MeetingPage::default().bytes(), 0);
}
