//! What two people say to each other, brought from elsewhere, too late, twice, or in the other's name.

use super::shown::{last_of, persona, showing, support};
use super::{attack, doctor, failures};
use crate::hostile_relay::made_by;
use cairn_core::crypto::SigningKey;
use cairn_core::id::{DocumentId, LineId, MeetingId};
use cairn_core::profile::{Stance, StatementDraft};
use cairn_core::record::{self, Kind};
use cairn_core::support::{
    Agreement, FeltHeard, FeltPushed, LinePlace, LivedExperience, MeetingPage, MeetingPart, Message, MessageState,
    PageLine, Role, Saying, Status, TermsInvalid, Wishes,
};
use cairn_core::vault::{Error, NewMessage};
use cairn_tests::{Device, Overheard, RawSession, Two, declaration};
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::BTreeSet;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What a device shows of its first relationship: by whom, how it stands, and the words.
fn shown(device: &mut Device) -> Vec<(Role, MessageState, String)> {
    let id = device.engine.relationships().unwrap()[0].id;
    let cards = device.engine.messages(id, Tz::UTC, None, 200).unwrap().into_iter();
    let words = |message: Option<Message>| message.map(|message| message.body).unwrap_or_default();
    cards.map(|card| (card.by, card.state, words(card.message))).collect()
}

fn arrived(body: &str) -> (Role, MessageState, String) {
    (Role::Specialist, MessageState::Arrived, body.to_owned())
}

fn ask(device: &mut Device, body: &str) {
    let id = device.card().relationship.id;
    let question = NewMessage::new(Saying::OpenQuestion, body);
    device.engine.say_message(id, question).unwrap();
}

/// They talk: one question has arrived.
fn talking(seed: u64) -> (Two, Overheard) {
    let mut two = Two::agreed(seed);
    let heard = two.world.overhear();
    ask(&mut two.dee, "How was it?");
    two.settle();
    assert_eq!(shown(&mut two.phone), [arrived("How was it?")]);
    (two, heard)
}

fn is_set_aside(device: &mut Device, cause: &str) {
    let (well, said) = doctor(device);
    assert!(!well && said.contains(cause), "{said}");
}

attack! {
    /// MS-11: what somebody said in another relationship of the participant's is brought to this one.
    a_message_from_another_relationship, |seed| {
        let (mut two, heard) = talking(seed);
        two.world.clock.advance_ms(1_000);
        let mut ann = Device::new(&two.world, seed, "ann");
        ann.connect(&two.world);
        two.phone.befriend(&two.world, &mut ann);
        ask(&mut ann, "Said elsewhere.");
        ann.sync(&two.world);
        let said = last_of(&heard, &ann, support(&ann).id, Kind::Message);
        let space = support(&two.dee).id;
        drop(failures(&mut two.phone, &showing(&two.world, space, vec![said])));
        assert_eq!(shown(&mut two.phone), [arrived("How was it?")]);
        is_set_aside(&mut two.phone, "does not belong where it was found");
    }, without SpaceUnread
}

attack! {
    /// MS-26: whoever has a device that the specialist has removed says something in her name, with the keys of before.
    a_message_by_whom_the_specialist_was, |seed| {
        let (mut two, heard) = talking(seed);
        let mut lost = Device::new(&two.world, seed, "lost");
        two.dee.pair(&two.world, &mut lost);
        two.settle();
        let like = last_of(&heard, &two.dee, support(&two.dee).id, Kind::Message);
        let former = persona(&two.dee);
        let forged = made_by(&two.dee, &like, &former, |_, inside| inside.document = DocumentId::from_bytes([0xdd; 16]));
        two.world.clock.advance_ms(8 * DAY_MS);
        two.dee.engine.remove_device(lost.id()).unwrap();
        two.settle();
        two.settle();
        let before = shown(&mut two.phone);
        let space = support(&two.phone).id;
        drop(failures(&mut two.phone, &showing(&two.world, space, vec![forged])));
        assert_eq!(shown(&mut two.phone), before);
        is_set_aside(&mut two.phone, "not from one of the people or devices here");
    }, without FormerPersona
}

attack! {
    /// MS-24, MS-06: a message comes back to whoever said it, and once more to whoever it was for, as if it were their own.
    a_message_that_comes_back, |seed| {
        let mut two = Two::agreed(seed);
        let heard = two.world.overhear();
        ask(&mut two.dee, "How was it?");
        two.dee.sync(&two.world);
        let space = support(&two.dee).id;
        let said = last_of(&heard, &two.dee, space, Kind::Message);
        for device in [&mut two.phone, &mut two.dee] {
            drop(failures(device, &showing(&two.world, space, vec![said.clone()])));
        }
        assert_eq!(shown(&mut two.phone), [arrived("How was it?")]);
        let own = (Role::Specialist, MessageState::Sent, "How was it?".to_owned());
        assert_eq!(shown(&mut two.dee), [own]);
    }, without Reflected
}

attack! {
    /// MS-06: feedback and wishes, sealed by the specialist's app.
    feedback_and_wishes_by_the_specialist, |seed| {
        let (mut two, heard) = talking(seed);
        let dee = &two.dee;
        let like = last_of(&heard, dee, support(dee).id, Kind::Message);
        let feedback = Message {
            saying: Saying::Feedback { heard: FeltHeard::Fully, pushed: FeltPushed::NotAtAll },
            body: "She is the best.".to_owned(),
            about: None,
            preferences: 0,
            topics: Vec::new(),
            sent: dee.engine.now(),
        };
        let wishes = Wishes { version: 9, lived_experience: LivedExperience::Welcome, ..Wishes::default() };
        let all = [(Kind::Message, record::encode_message(&feedback)), (Kind::Wishes, record::encode_wishes(&wishes))];
        for (number, (kind, content)) in (0xd0..).zip(all) {
            let forged = made_by(dee, &like, &persona(dee), |header, inside| {
                header.record_id = cairn_wire::RecordId::from_bytes([number; 16]);
                (inside.kind, inside.document, inside.projection) = (kind, DocumentId::from_bytes([number; 16]), content);
            });
            RawSession::of(&two.world, &support(dee)).append(&[forged]);
        }
        two.phone.sync(&two.world);
        is_set_aside(&mut two.phone, "does not belong where it was found");
        assert_eq!(shown(&mut two.phone), [arrived("How was it?")]);
        assert_eq!(two.phone.engine.wishes(two.id).unwrap(), Wishes::default());
        assert_eq!(two.phone.engine.feedback(two.id).unwrap(), []);
    }, without SideUnread
}

attack! {
    /// MS-21, MS-23: the relay keeps a message back until the preferences have changed, and brings it then. A verdict stays, whatever the relay loses.
    a_message_kept_back_until_preferences_changed, |seed| {
        let mut two = Two::agreed(seed);
        let heard = two.world.overhear();
        let section = two.phone.engine.add_section("Evenings").unwrap();
        let engine = &mut two.phone.engine;
        let statement = |text: &str| StatementDraft { stance: Some(Stance::Want), is_shareable: true, ..StatementDraft::new(text) };
        engine.write_statement(section, statement("Call me.")).unwrap();
        engine.show_sections(two.id, &BTreeSet::from([section])).unwrap();
        two.settle();
        two.dee.engine.open_preferences(two.theirs).unwrap();
        let mut other = two.world.backup(seed);
        ask(&mut two.dee, "Shall I call?");
        two.dee.sync(&two.world);
        let kept_back = last_of(&heard, &two.dee, support(&two.dee).id, Kind::Message);
        two.phone.engine.write_statement(section, statement("Do not call me.")).unwrap();
        two.phone.sync(&other);
        two.phone.sync(&other);
        RawSession::of(&other, &support(&two.dee)).append(&[kept_back]);
        let unfit = [(Role::Specialist, MessageState::Unfit, String::new())];
        two.phone.sync(&other);
        assert_eq!(shown(&mut two.phone), unfit);
        other = other.with_nothing_but_its_key(seed);
        other.clock.advance_ms(DAY_MS);
        for _ in 0..2 {
            drop(failures(&mut two.phone, &other.line()));
        }
        assert_eq!(shown(&mut two.phone), unfit);
    }, without PreferencesUnread
}

/// An acceptance by the specialist of these words, under this name.
fn acceptance(two: &Two, like: &[u8], hash: &[u8; 32], name: DocumentId) -> Vec<u8> {
    made_by(&two.dee, like, &persona(&two.dee), |_, inside| {
        (inside.kind, inside.document, inside.projection) = (Kind::Acceptance, name, record::encode_acceptance(hash));
    })
}

attack! {
    /// MS-06: what nobody has proposed is accepted by the specialist; nobody has agreed by it, nor can.
    an_agreement_that_nobody_proposed, |seed| {
        let mut two = Two::met(seed);
        let heard = two.world.overhear();
        two.dee.engine.declare(two.theirs, declaration()).unwrap();
        two.settle();
        let hash = [0x5a; 32];
        let like = last_of(&heard, &two.dee, support(&two.dee).id, Kind::Declaration);
        let forged = acceptance(&two, &like, &hash, record::acceptance_document(&hash, Role::Specialist));
        RawSession::of(&two.world, &support(&two.dee)).append(&[forged]);
        two.settle();
        assert_eq!(two.phone.card().status, Status::Agreeing);
        let accepted = two.phone.engine.accept_agreement(two.id, &hash);
        assert!(matches!(accepted, Err(Error::Terms(TermsInvalid::NoSuchAgreement))), "{accepted:?}");
        two.settle();
        assert_eq!([&two.phone, &two.dee].map(|device| device.card().status), [Status::Agreeing; 2]);
    }, without UnproposedAccepted
}

attack! {
    /// MS-08: the specialist accepts for herself, under the name that the participant's acceptance is to have.
    an_acceptance_in_the_others_place, |seed| {
        let mut two = Two::met(seed);
        let heard = two.world.overhear();
        two.dee.engine.declare(two.theirs, declaration()).unwrap();
        let hash = two.dee.engine.propose(two.theirs, Agreement::default()).unwrap();
        two.settle();
        let like = last_of(&heard, &two.dee, support(&two.dee).id, Kind::Declaration);
        let forged = acceptance(&two, &like, &hash, record::acceptance_document(&hash, Role::Participant));
        RawSession::of(&two.world, &support(&two.dee)).append(&[forged]);
        two.settle();
        is_set_aside(&mut two.phone, "can't be read the way it is");
        two.phone.engine.accept_agreement(two.id, &hash).unwrap();
        two.settle();
        assert_eq!([&two.phone, &two.dee].map(|device| device.card().status), [Status::Active; 2]);
    }, without AcceptanceUnplaced
}

attack! {
    /// MS-08: the specialist gives something that she says the name that the participant's acceptance is to have, so that it finds its name taken.
    words_under_a_name_that_is_to_be_the_others, |seed| {
        let mut two = Two::met(seed);
        let heard = two.world.overhear();
        two.dee.engine.declare(two.theirs, declaration()).unwrap();
        let hash = two.dee.engine.propose(two.theirs, Agreement::default()).unwrap();
        two.settle();
        let like = last_of(&heard, &two.dee, support(&two.dee).id, Kind::Declaration);
        let forged = made_by(&two.dee, &like, &persona(&two.dee), |_, inside| {
            inside.document = record::acceptance_document(&hash, Role::Participant);
        });
        RawSession::of(&two.world, &support(&two.dee)).append(&[forged]);
        two.settle();
        two.phone.engine.accept_agreement(two.id, &hash).unwrap();
        two.settle();
        assert_eq!(two.phone.card().status, Status::Active, "what the participant accepts is accepted");
    }, without NameTaken
}

attack! {
    /// MS-06: what the participant says, in their name, by the specialist who has the keys of the space.
    a_message_in_the_participants_name, |seed| {
        let (mut two, heard) = talking(seed);
        let dee = &two.dee;
        let like = last_of(&heard, dee, support(dee).id, Kind::Message);
        let hers = SigningKey::from_seed(&[9; 32]);
        let participant = *persona(&two.phone).public().as_bytes();
        let words = Message {
            saying: Saying::Words,
            body: "I want to be called every day.".to_owned(),
            about: None,
            preferences: 0,
            topics: Vec::new(),
            sent: dee.engine.now(),
        };
        let forged = made_by(dee, &like, &hers, |_, inside| {
            inside.author = participant;
            (inside.document, inside.projection) = (DocumentId::from_bytes([0xdd; 16]), record::encode_message(&words));
        });
        RawSession::of(&two.world, &support(dee)).append(&[forged]);
        two.phone.sync(&two.world);
        assert_eq!(shown(&mut two.phone), [arrived("How was it?")]);
        is_set_aside(&mut two.phone, "signature of its writer");
    }, without SignatureUnread
}

/// What the participant reads of their only meeting.
fn read_lines(device: &Device) -> Vec<String> {
    let all = device.engine.meetings(device.card().relationship.id).unwrap();
    let lines = all.iter().flat_map(|meeting| meeting.lines());
    lines.flat_map(|(_, line)| line.words.clone()).collect()
}

/// A page by the specialist with one line of these words, under this name.
fn page(two: &Two, like: &[u8], meeting: MeetingId, words: &str, name: DocumentId) -> Vec<u8> {
    let place = LinePlace {
        part: MeetingPart::Notes,
        order: 1,
        after: None,
    };
    let line = PageLine {
        place,
        edit: 1,
        texts: BTreeSet::from([words.to_owned()]),
    };
    let page = MeetingPage {
        lines: [(LineId::from_bytes([9; 16]), line)].into(),
        ..MeetingPage::default()
    };
    made_by(&two.dee, like, &persona(&two.dee), |_, inside| {
        (inside.kind, inside.document, inside.projection) =
            (Kind::MeetingPage, name, record::encode_meeting_page(meeting, &page));
    })
}

attack! {
    /// MS-06: a page of a meeting under another name than its own, whose place nothing would take.
    a_page_that_is_not_where_it_belongs, |seed| {
        let (mut two, heard) = talking(seed);
        let meeting = two.phone.engine.begin_meeting(two.id, NaiveDate::from_ymd_opt(2026, 12, 1).unwrap()).unwrap();
        two.settle();
        let like = last_of(&heard, &two.dee, support(&two.dee).id, Kind::Message);
        let forged = page(&two, &like, meeting, "Read this.", DocumentId::from_bytes([0xdd; 16]));
        RawSession::of(&two.world, &support(&two.dee)).append(&[forged]);
        two.settle();
        assert_eq!(read_lines(&two.phone), [""; 0]);
        is_set_aside(&mut two.phone, "can't be read the way it is");
    }, without PageUnplaced
}

attack! {
    /// MS-28: a line that is longer than anybody can write.
    a_page_with_more_on_a_line_than_there_is_room_for, |seed| {
        let (mut two, heard) = talking(seed);
        let meeting = two.phone.engine.begin_meeting(two.id, NaiveDate::from_ymd_opt(2026, 12, 1).unwrap()).unwrap();
        two.settle();
        let like = last_of(&heard, &two.dee, support(&two.dee).id, Kind::Message);
        let long = "x".repeat(cairn_core::limits::MEETING_LINE_CHARACTERS_MAX + 1);
        let name = record::meeting_page_document(meeting, Role::Specialist);
        let forged = page(&two, &like, meeting, &long, name);
        RawSession::of(&two.world, &support(&two.dee)).append(&[forged]);
        two.settle();
        assert_eq!(read_lines(&two.phone), [""; 0]);
        is_set_aside(&mut two.phone, "can't be read the way it is");
    }, without PageUnread
}
