//! What people go through, where no other test shows it.

use crate::attachments::{keep, read};
use crate::hostile_relay::made_by;
use crate::privacy::holds;
use cairn_core::crypto::SigningKey;
use cairn_core::id::{DocumentId, SectionId};
use cairn_core::journal::{Asked, Draft, EntryQuery, Place, SearchQuery, Valence};
use cairn_core::profile::{DefaultSection, Reminder, Stance, StatementDraft, Weekdays};
use cairn_core::record::Kind;
use cairn_core::store::{DocumentRow, SpaceRow};
use cairn_core::support::{
    About, Decision, Feedback, FeltHeard, FeltPushed, Mask, MessageCard, MessageState, NotShareable, Part, Resource,
    Saying, SelfReflection, Status, SupportWanted, Unfit, When, Whose,
};
use cairn_core::sync::SyncError;
use cairn_core::vault::{Error, Keeping, NewMessage, NewShare, entry_for_editing, read_next_prompt, read_profile};
use cairn_core::words;
use cairn_tests::{
    Device, Meddler, RawSession, Two, World, change_read, declaration, draft, drive, header_of, plain_share, texts,
};
use chrono_tz::Tz;
use std::collections::BTreeSet;
use std::io::Cursor;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Another document than any of somebody's own.
const FORGED: DocumentId = DocumentId::from_bytes([0xdd; 16]);

/// The spaces of a device: its own, then those of its relationships.
fn spaces(device: &Device) -> Vec<SpaceRow> {
    device.engine.store().view().spaces().unwrap()
}

fn cards(device: &mut Device) -> Vec<MessageCard> {
    let id = device.card().relationship.id;
    device.engine.messages(id, Tz::UTC, None, 200).unwrap()
}

fn is_set_aside(device: &mut Device) -> bool {
    let doctor = device.engine.doctor().unwrap();
    !doctor.is_well
        && doctor
            .lines
            .join("")
            .contains("not from one of the people or devices here")
}

/// An entry is shown, with this wanted, and the specialist has opened it.
fn opened(seed: u64, wanted: SupportWanted) -> (Two, About) {
    let mut two = Two::agreed(seed);
    let entry = two.phone.write("Soup.");
    let new = NewShare {
        wanted: Some(wanted),
        ..plain_share(two.id, entry)
    };
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    two.dee.engine.open_shared(share).unwrap();
    (two, About::Share(share))
}

fn acknowledge(two: &mut Two, about: About) {
    let saying = Saying::Acknowledgement {
        strength: String::new(),
    };
    let new = NewMessage::new(saying, "Heard.").about(about);
    two.dee.engine.say_message(two.theirs, new).unwrap();
}

#[test]
fn what_a_specialist_signs_is_no_word_of_a_journal() {
    let mut two = Two::agreed(1);
    let heard = two.world.overhear();
    two.phone.write("Mine.");
    two.phone.sync(&two.world);
    let like = heard.records().pop().unwrap();
    let home = spaces(&two.phone).swap_remove(0);
    assert_eq!(header_of(&like).space, home.id);
    // She has even got hold of every key of the journal, and signs for herself.
    let hers = two.dee.card().relationship.persona[..32].try_into().unwrap();
    let signed = made_by(&two.phone, &like, &SigningKey::from_seed(&hers), |_, inside| {
        inside.document = FORGED;
    });
    RawSession::of(&two.world, &home).append(&[signed]);
    two.phone.sync(&two.world);
    assert_eq!(texts(&two.phone.engine), ["Mine."]);
    assert!(is_set_aside(&mut two.phone));
}

#[test]
fn a_message_that_a_stranger_signed_is_nobodys() {
    let (mut two, about) = opened(2, SupportWanted::LISTENING);
    let heard = two.world.overhear();
    acknowledge(&mut two, about);
    two.dee.sync(&two.world);
    let space = spaces(&two.dee).swap_remove(1);
    let mut records = heard.records().into_iter();
    let like = records.rfind(|record| header_of(record).space == space.id).unwrap();
    let stranger = SigningKey::from_seed(&[9; 32]);
    let signed = made_by(&two.dee, &like, &stranger, |_, inside| inside.document = FORGED);
    RawSession::of(&two.world, &space).append(&[signed]);
    two.phone.sync(&two.world);
    assert_eq!(cards(&mut two.phone).len(), 1);
    assert!(is_set_aside(&mut two.phone));
}

#[test]
fn an_entry_that_was_just_written_is_shown_to_nobody() {
    let mut two = Two::agreed(3);
    let mut ann = Device::new(&two.world, 4, "ann");
    ann.connect(&two.world);
    two.phone.befriend(&two.world, &mut ann);
    two.settle();
    let heard = two.world.overhear();
    two.phone.write("For nobody.");
    two.settle();
    ann.sync(&two.world);
    let home = spaces(&two.phone).swap_remove(0).id;
    let sent: Vec<_> = heard.records().iter().map(|record| header_of(record).space).collect();
    assert!(!sent.is_empty() && sent.iter().all(|space| *space == home));
    for device in [&two.dee, &ann] {
        assert!(device.engine.shared_with_me().unwrap().is_empty());
    }
}

#[test]
fn an_entry_that_was_trashed_and_restored_is_what_it_was() {
    let world = World::new(5);
    let mut phone = Device::new(&world, 5, "phone");
    let sound = keep(&mut phone.engine, &[7; 9_000]);
    let mut written = Draft {
        title: "Bus".to_owned(),
        feelings: vec!["fizzy".to_owned(), "さみしい".to_owned()],
        valence: Valence::new(-0.5),
        attachments: vec![sound.clone()],
        ..draft(&world.clock, "Late.\n\n  Twice. ")
    };
    written.marks.remember = true;
    let id = phone.engine.write(written).unwrap();
    let entry = |phone: &Device| phone.engine.store().view().entry(id).unwrap().unwrap();
    let before = entry(&phone);
    assert!(before.marks.remember);
    phone.engine.trash(id).unwrap();
    assert_eq!(texts(&phone.engine), [""; 0]);
    world.clock.advance_ms(DAY_MS);
    phone.engine.restore(id).unwrap();
    assert_eq!(entry(&phone), before);
    assert_eq!(read(&phone.engine, &sound), [7; 9_000]);
}

#[test]
fn how_often_somebody_told_of_themselves_is_kept_nowhere() {
    let (mut two, about) = opened(6, SupportWanted::LISTENING);
    acknowledge(&mut two, about);
    two.settle();
    let (before, heard) = (two.dee.pages(), two.world.overhear());
    assert_eq!(two.dee.engine.own_stories(two.theirs, 10).unwrap(), (0, 1));
    assert!(two.dee.pages() == before);
    two.settle();
    assert!(heard.records().is_empty());
    assert!(two.phone.engine.own_stories(two.id, 10).is_err(), "it is hers alone");
}

#[test]
fn a_specialist_who_skips_the_questions_to_themselves_leaves_no_row_and_an_answer_is_theirs_alone() {
    let mut two = Two::agreed(26);
    let (id, question) = words::self_check::QUESTIONS[0];
    let reminder = Reminder {
        id: cairn_core::id::ReminderId::from_bytes([0; 16]),
        time: chrono::NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
        days: Weekdays::ALL,
        text: String::new(),
        is_shown: false,
        prompt: Some(id.to_owned()),
        is_here: true,
    };
    let unknown = Reminder {
        prompt: Some("S-99".to_owned()),
        ..reminder.clone()
    };
    assert!(matches!(two.dee.engine.add_reminder(unknown), Err(Error::NotFound)));
    two.dee.engine.add_reminder(reminder).unwrap();
    two.settle();
    // It is asked each day, read, and passed over.
    let before = two.dee.pages();
    for _ in 0..60 {
        two.world.clock.advance_ms(DAY_MS);
        let next = two.dee.engine.upcoming("UTC", 1).unwrap();
        assert_eq!(next[0].prompt.as_deref(), Some(id));
        assert_eq!(words::self_check::question(id), Some(question));
    }
    assert!(two.dee.pages() == before, "nothing is kept of it");
    // An answer is an entry like any other: nothing of it goes to anybody else.
    let heard = two.world.overhear();
    let space = two.dee.card().relationship.space.unwrap();
    let mut answer = draft(&two.world.clock, "Canary of an answer.");
    answer.asked = Some(Asked {
        prompt: id.to_owned(),
        text: question.text.to_owned(),
    });
    two.dee.engine.write(answer).unwrap();
    two.settle();
    let headers: Vec<_> = heard.records().iter().map(|record| header_of(record)).collect();
    assert!(!headers.is_empty() && headers.iter().all(|header| *header.space.as_bytes() != space));
    assert!(!holds(&two.phone.pages(), "Canary of an answer"));
}

#[test]
fn words_that_direct_hold_back_nothing_but_a_story() {
    let (mut two, about) = opened(7, SupportWanted::THEIR_STORY);
    let directs = "You should rest. What would that be like?";
    assert!(words::advice::directs(directs));
    let reflection = SelfReflection::new(Whose::Theirs, Decision::Share);
    let reflection = two.dee.engine.reflect(two.theirs, &reflection).unwrap();
    let story = Saying::LivedExperience {
        accepted: None,
        ask_back: String::new(),
    };
    let story = NewMessage {
        reflection: Some(reflection),
        ..NewMessage::new(story, directs).about(about)
    };
    let refused = two.dee.engine.say_message(two.theirs, story);
    assert!(matches!(refused, Err(Error::Message(Unfit::Directs))));
    let question = NewMessage::new(Saying::OpenQuestion, directs).about(about);
    two.dee.engine.say_message(two.theirs, question).unwrap();
    two.settle();
    assert_eq!(cards(&mut two.phone).len(), 1);
}

#[test]
fn words_are_read_by_everybody_exactly_as_they_were_written() {
    let mut two = Two::agreed(8);
    let mut tablet = Device::new(&two.world, 9, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    let body =
        "  e\u{301} is not é.\t👩\u{200d}👩\u{200d}👧 סבתא \u{202e}abc\u{202c} İstanbul\n\n\n東京 ﬁ teh recieve  ";
    let entry = two.phone.write(body);
    two.phone.share(two.id, entry);
    two.settle();
    tablet.sync(&two.world);
    assert_eq!(texts(&two.phone.engine), [body]);
    assert_eq!(texts(&tablet.engine), [body]);
    let seen = two.dee.engine.shared_with_me().unwrap();
    assert_eq!(seen[0].view.text(Part::Body), Some(body));
}

/// Says this in a section, in a way that may be shown.
fn say(two: &mut Two, section: SectionId, text: &str, stance: Option<Stance>) {
    let statement = StatementDraft {
        stance,
        is_shareable: true,
        ..StatementDraft::new(text)
    };
    two.phone.engine.write_statement(section, statement).unwrap();
}

#[test]
fn a_profile_is_shown_with_the_person_first() {
    let mut two = Two::agreed(10);
    two.phone.engine.set_recovery_word("getting by").unwrap();
    let sections = [
        DefaultSection::Strengths,
        DefaultSection::Access,
        DefaultSection::Vision,
        DefaultSection::Address,
        DefaultSection::OwnWords,
    ]
    .map(DefaultSection::id);
    for section in sections {
        say(&mut two, section, "Words.", None);
    }
    two.phone
        .engine
        .show_sections(two.id, &BTreeSet::from(sections))
        .unwrap();
    two.settle();
    let shown = two.dee.engine.open_preferences(two.theirs).unwrap().unwrap();
    let names: Vec<&str> = shown
        .profile
        .sections
        .iter()
        .map(|section| section.name.as_str())
        .collect();
    let expected = [
        "How to address me",
        "Access needs",
        "In my own words",
        "What getting by looks like for me",
        "Strengths",
    ];
    assert_eq!(names, expected);
    // In the participant's own profile, their own words come before everything else.
    let own = read_profile(two.phone.engine.store().view()).unwrap();
    let own: Vec<&str> = own.sections.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(own, [expected[2], expected[0], expected[1], expected[3], expected[4]]);
}

#[test]
fn what_is_not_for_them_waits_for_a_yes_and_not_now_tells_nothing_more() {
    let (mut two, about) = opened(11, SupportWanted::IDEAS);
    let paths = DefaultSection::Paths.id();
    say(&mut two, paths, "Hugs", Some(Stance::NotForMe));
    two.phone
        .engine
        .show_sections(two.id, &BTreeSet::from([paths]))
        .unwrap();
    two.settle();
    two.dee.engine.open_preferences(two.theirs).unwrap();
    let resource = Resource {
        title: "A place for it".to_owned(),
        ..Resource::default()
    };
    let offered = NewMessage {
        topics: vec!["hugs".to_owned()],
        ..NewMessage::new(
            Saying::Resource {
                resource,
                accepted: None,
            },
            "",
        )
        .about(about)
    };
    let offered = two.dee.engine.say_message(two.theirs, offered).unwrap();
    two.settle();
    let waits = cards(&mut two.phone).pop().unwrap();
    assert_eq!((waits.state, &waits.message), (MessageState::Withheld, &None));
    let not_now = NewMessage::new(Saying::NotNow, "").about(About::Message(offered));
    two.phone.engine.say_message(two.id, not_now).unwrap();
    two.settle();
    let said = cards(&mut two.dee).pop().unwrap().message.unwrap();
    assert_eq!((said.saying, said.body.as_str()), (Saying::NotNow, ""));
}

#[test]
fn feedback_its_response_and_what_came_of_it_stand_in_their_order() {
    let mut two = Two::agreed(12);
    let feedback = |about, words: &str| Feedback {
        about,
        heard: FeltHeard::ALittle,
        pushed: FeltPushed::Unsaid,
        words: words.to_owned(),
    };
    let send = |two: &mut Two, feedback| {
        let kept = two.phone.engine.keep_feedback(two.id, feedback).unwrap();
        let sent = two.phone.engine.send_feedback(two.id, kept).unwrap();
        two.settle();
        two.world.clock.advance_ms(DAY_MS);
        sent
    };
    let sent = send(&mut two, feedback(None, "It became about you."));
    let differently = "I ask before.".to_owned();
    let response = NewMessage::new(Saying::ResponseToFeedback { differently }, "Thank you.");
    let response = two
        .dee
        .engine
        .say_message(two.theirs, response.about(About::Message(sent)))
        .unwrap();
    two.settle();
    two.world.clock.advance_ms(DAY_MS);
    send(
        &mut two,
        feedback(Some(About::Message(response)), "It has been different."),
    );
    for device in [&mut two.phone, &mut two.dee] {
        let said = cards(device).into_iter().filter_map(|card| card.message);
        let said: Vec<_> = said.map(|one| (one.saying.code(), one.about)).collect();
        let expected = [
            ("feedback", None),
            ("response_to_feedback", Some(About::Message(sent))),
            ("feedback", Some(About::Message(response))),
        ];
        assert_eq!(said, expected);
    }
}

#[test]
fn a_question_that_was_hidden_stays_hidden_on_every_device() {
    let world = World::new(13);
    let mut phone = Device::new(&world, 13, "phone");
    let mut tablet = Device::new(&world, 14, "tablet");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    phone.engine.hide_prompt("P-01", true).unwrap();
    phone.sync(&world);
    // What another device changes meanwhile does not bring it back.
    tablet.engine.add_prompt("Where does the soup come from?").unwrap();
    for _ in 0..2 {
        tablet.sync(&world);
        phone.sync(&world);
        world.clock.advance_ms(365 * DAY_MS);
    }
    for device in [&phone, &tablet] {
        let next = |after: Option<&str>| {
            read_next_prompt(device.engine.store().view(), after)
                .unwrap()
                .unwrap()
                .id
        };
        assert_eq!(next(None), "P-02");
        let mut asked = vec![next(None)];
        for _ in 0..40 {
            asked.push(next(asked.last().map(String::as_str)));
        }
        assert!(asked.iter().all(|id| id != "P-01"), "{asked:?}");
    }
}

#[test]
fn an_entry_without_words_is_an_entry_on_every_device() {
    let world = World::new(15);
    let mut phone = Device::new(&world, 15, "phone");
    let mut tablet = Device::new(&world, 16, "tablet");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    let sound = keep(&mut phone.engine, &[7; 9_000]);
    let wordless = Draft {
        attachments: vec![sound],
        ..draft(&world.clock, "")
    };
    let id = phone.engine.write(wordless).unwrap();
    phone.sync(&world);
    tablet.sync(&world);
    let entry = |device: &Device| device.engine.store().view().entry(id).unwrap().unwrap();
    assert_eq!(entry(&tablet), entry(&phone));
    assert_eq!(
        (entry(&tablet).body.as_str(), entry(&tablet).attachments.len()),
        ("", 1)
    );
}

#[test]
fn one_rude_word_is_saved_and_nothing_is_made_of_it() {
    let world = World::new(17);
    let mut phone = Device::new(&world, 17, "phone");
    let id = phone.write("Shit.");
    let entry = phone.engine.store().view().entry(id).unwrap().unwrap();
    assert_eq!(
        (entry.body.as_str(), entry.valence, entry.energy),
        ("Shit.", None, None)
    );
    assert!(entry.title.is_empty() && entry.tags.is_empty() && entry.feelings.is_empty());
    assert_eq!(words::status::SAVED.text, "Saved.");
}

/// What of a journal and a profile lies in a database, byte by byte.
fn journal(device: &Device) -> Vec<DocumentRow> {
    let view = device.engine.store().view();
    let kinds = [Kind::Entry, Kind::Profile].map(Kind::number).into_iter();
    let ids = kinds.flat_map(|kind| view.documents_of(kind).unwrap());
    ids.map(|id| view.document(id).unwrap().unwrap()).collect()
}

#[test]
fn whatever_a_specialist_does_no_byte_of_the_journal_changes() {
    let (mut two, about) = opened(18, SupportWanted::IDEAS);
    say(&mut two, DefaultSection::Paths.id(), "Walks", None);
    two.settle();
    let (before, entries) = (journal(&two.phone), texts(&two.phone.engine));
    assert!(before.len() >= 2);
    let (dee, theirs) = (&mut two.dee.engine, two.theirs);
    let mut done = 0;
    for saying in super::kinds() {
        let new = NewMessage::new(saying, "Words of hers.").about(about);
        done += usize::from(dee.say_message(theirs, new).is_ok());
    }
    assert!(done >= 4, "{done}");
    dee.declare(theirs, declaration()).unwrap();
    dee.propose(theirs, cairn_core::support::Agreement::default()).unwrap();
    two.settle();
    for pauses in [true, false] {
        two.dee.engine.pause_relationship(theirs, pauses).unwrap();
        two.settle();
    }
    two.dee.engine.end_relationship(theirs, "Go well.").unwrap();
    two.settle();
    assert_eq!(two.phone.card().status, Status::Ended);
    assert!(journal(&two.phone) == before && texts(&two.phone.engine) == entries);
}

#[test]
fn nothing_but_what_is_shown_of_an_entry_reaches_a_specialist() {
    let mut two = Two::agreed(19);
    let keeping = Keeping {
        original_name: "canary.png".to_owned(),
        alt_text: "canary".to_owned(),
        ..Keeping::default()
    };
    let photo = two
        .phone
        .engine
        .keep_attachment(Box::new(Cursor::new(vec![7; 999])), keeping);
    let canary = || "canary".to_owned();
    let told = |body: &str| Draft {
        people: vec![canary()],
        life_areas: vec![canary()],
        valence: Valence::new(0.5),
        weather: "\"canary\"".to_owned(),
        ..draft(&two.world.clock, body)
    };
    let first = Draft {
        attachments: vec![photo.unwrap()],
        place: Some(Place {
            label: canary(),
            position: None,
        }),
        asked: Some(Asked {
            prompt: canary(),
            text: canary(),
        }),
        ..told("A canary before.")
    };
    let (last, unshown) = (
        Draft {
            body: "Shown.".to_owned(),
            ..first.clone()
        },
        told("Another canary."),
    );
    let id = two.phone.engine.write(first).unwrap();
    let unshown = two.phone.engine.write(unshown).unwrap();
    let (_, version) = entry_for_editing(two.phone.engine.store().view(), id).unwrap().unwrap();
    two.phone.engine.revise(id, &version, last).unwrap();
    let mask = Mask {
        feelings: true,
        tags: true,
        when: When::Exact,
        ..Mask::default()
    };
    let new = NewShare {
        mask,
        ..plain_share(two.id, id)
    };
    two.phone.engine.share(new).unwrap();
    two.settle();
    let pages = two.dee.pages();
    assert!(holds(&two.phone.pages(), "canary before") && holds(&pages, "Shown."));
    assert!(!holds(&pages, "canary"));
    assert!(!pages.windows(16).any(|at| at == unshown.as_bytes()));
    // Nor the name of a device.
    assert!(holds(&two.phone.pages(), "phone") && !holds(&pages, "phone"));
}

#[test]
fn what_is_never_to_be_shared_is_refused_until_the_mark_is_off() {
    let mut two = Two::agreed(20);
    let entry = two.phone.write("Mine.");
    for never_share in [true, false] {
        let (read, version) = entry_for_editing(two.phone.engine.store().view(), entry)
            .unwrap()
            .unwrap();
        let mut draft = Draft::of(&read);
        draft.marks.never_share = never_share;
        two.phone.engine.revise(entry, &version, draft).unwrap();
        let shared = two.phone.engine.share(plain_share(two.id, entry));
        let is_refused = matches!(shared, Err(Error::NotShareable(NotShareable::NeverShare)));
        assert_eq!((is_refused, shared.is_ok()), (never_share, !never_share));
    }
}

#[test]
fn what_is_cancelled_within_its_wait_never_went_anywhere() {
    let mut two = Two::agreed(21);
    let entry = two.phone.write("Not yet.");
    two.settle();
    let heard = two.world.overhear();
    let mut new = plain_share(two.id, entry);
    new.hold_ms = 60_000;
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    two.world.clock.advance_ms(59_999);
    two.settle();
    two.phone.engine.revoke(share).unwrap();
    two.world.clock.advance_ms(DAY_MS);
    two.settle();
    let theirs = spaces(&two.dee).swap_remove(1).id;
    assert!(heard.records().iter().all(|record| header_of(record).space != theirs));
    assert!(two.phone.engine.shares().unwrap().is_empty());
    assert!(two.dee.engine.shared_with_me().unwrap().is_empty());
}

#[test]
fn stopping_one_share_stops_nothing_else() {
    let (mut two, about) = opened(22, SupportWanted::LISTENING);
    let stays = two.phone.write("Stays.");
    let stays = two.phone.share(two.id, stays);
    acknowledge(&mut two, about);
    two.settle();
    let About::Share(stopped) = about else {
        panic!("something is shared")
    };
    two.phone.engine.revoke(stopped).unwrap();
    two.settle();
    let left: Vec<_> = two
        .dee
        .engine
        .shared_with_me()
        .unwrap()
        .iter()
        .map(|one| one.share)
        .collect();
    assert_eq!(left, [stays]);
    for device in [&mut two.phone, &mut two.dee] {
        assert_eq!((device.card().status, cards(device).len()), (Status::Active, 1));
    }
    let question = NewMessage::new(Saying::OpenQuestion, "What was it like?");
    two.dee.engine.say_message(two.theirs, question).unwrap();
}

#[test]
fn with_a_clock_that_is_wrong_everything_is_written_found_and_restored() {
    let world = World::new(23);
    let mut phone = Device::new(&world, 23, "phone");
    phone.write("Before.");
    for (years, words) in [(-50, "heron"), (300, "bittern"), (-250, "egret")] {
        world.clock.advance_ms(years * 365 * DAY_MS);
        let id = phone.write(words);
        let found = |phone: &Device| {
            phone
                .engine
                .store()
                .view()
                .search(&SearchQuery::newest(words, 5))
                .unwrap()
                .len()
        };
        assert_eq!(found(&phone), 1);
        phone.engine.trash(id).unwrap();
        phone.engine.restore(id).unwrap();
        assert_eq!(found(&phone), 1);
    }
    let page = phone.engine.store().view().entries(&EntryQuery::newest(9)).unwrap();
    assert_eq!(page.entries.len(), 4);
    assert_eq!(texts(&phone.engine), ["Before.", "bittern", "egret", "heron"]);
}

#[test]
fn an_opening_can_neither_be_left_out_nor_changed_unnoticed() {
    let mut two = Two::agreed(24);
    let entry = two.phone.write("Seen.");
    two.phone.share(two.id, entry);
    two.settle();
    let share = two.phone.engine.share_cards().unwrap()[0].share.id();
    two.dee.engine.open_shared(share).unwrap();
    two.dee.sync(&two.world);
    let space = spaces(&two.phone).swap_remove(1).id;
    let is_opened = |two: &Two| two.phone.engine.share_cards().unwrap()[0].opened.is_some();
    for is_left_out in [true, false] {
        let line = Meddler::of_answers(two.world.line(), move |request, response| {
            change_read(request, response, |answer| {
                for page in answer.pages.iter_mut().filter(|page| page.space == space) {
                    if is_left_out {
                        page.items.clear();
                    } else if let Some(item) = page.items.last_mut() {
                        let mut bytes = item.record.take().unwrap().into_vec();
                        *bytes.last_mut().unwrap() ^= 1;
                        item.record = Some(bytes.into());
                    }
                }
            });
        });
        let failed = drive(&mut two.phone.engine, &line).unwrap().failed;
        assert!(
            matches!(failed[..], [(_, SyncError::Forked | SyncError::Garbage)]),
            "{failed:?}"
        );
        assert!(!is_opened(&two));
    }
    two.phone.sync(&two.world);
    assert!(is_opened(&two));
}
