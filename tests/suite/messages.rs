//! What two people say to each other: what a specialist's app lets through, and what the participant's devices show whatever app sent it.

use cairn_core::id::{DocumentId, MessageId, SectionId, ShareId};
use cairn_core::profile::{Stance, StatementDraft, Weekdays};
use cairn_core::record;
use cairn_core::store::{SaidRow, Store, StoreConfig};
use cairn_core::support::{
    About, ContactHours, Decision, Feedback, FeedbackResponse, FeltHeard, FeltPushed, LivedExperience, Message,
    MessageCard, MessageState, Offered, Resource, Role, Saying, SelfReflection, SupportWanted, Unfit, Whose, Window,
    Wishes,
};
use cairn_core::vault::{Engine, Error, NewMessage};
use cairn_tests::{Device, KEY, Two, drive, plain_share};
use cairn_wire::SpaceId;
use chrono::Weekday;
use chrono_tz::Tz;
use std::collections::BTreeSet;

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

fn acknowledgement(strength: &str) -> Saying {
    Saying::Acknowledgement {
        strength: strength.to_owned(),
    }
}

fn story(accepted: Option<MessageId>) -> Saying {
    Saying::LivedExperience {
        accepted,
        ask_back: "How was that to hear?".to_owned(),
    }
}

pub(super) fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Unfit {
    match result {
        Err(Error::Message(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn list(device: &mut Device) -> Vec<MessageCard> {
    let id = device.card().relationship.id;
    device.engine.messages(id, Tz::UTC, None, 200).unwrap()
}

fn said(device: &mut Device) -> Vec<(MessageState, String)> {
    let body = |card: &MessageCard| card.message.as_ref().map(|message| message.body.clone());
    list(device)
        .iter()
        .map(|card| (card.state, body(card).unwrap_or_default()))
        .collect()
}

fn arrived(device: &mut Device) -> Vec<String> {
    let arrived = said(device).into_iter();
    arrived
        .filter(|(state, _)| *state == MessageState::Arrived)
        .map(|(_, body)| body)
        .collect()
}

fn say(device: &mut Device, new: NewMessage) -> Result<MessageId, Error> {
    let id = device.card().relationship.id;
    device.engine.say_message(id, new)
}

/// Whatever is said goes out from a specialist's device as if its app held it against nothing.
pub(super) fn say_unchecked(dee: &Device, number: u8, message: &Message) -> MessageId {
    let space = dee.card().relationship.space.map(SpaceId::from_bytes).unwrap();
    let document = DocumentId::from_bytes([number; 16]);
    let mut store = Store::open(&StoreConfig::new(dee.folder()), &KEY).unwrap();
    let row = SaidRow {
        space,
        document,
        kind: record::Kind::Message.number(),
        side: Role::Specialist.side(),
        seq: 0,
        received: dee.engine.now(),
        content: record::encode_message(message),
        verdict: Some(0),
        shown: None,
    };
    store.write(|tx| tx.put_said(&row)).unwrap();
    MessageId::from_bytes([number; 16])
}

pub(super) fn message(saying: Saying, about: Option<About>, body: &str) -> Message {
    Message {
        saying,
        body: body.to_owned(),
        about,
        preferences: 0,
        topics: Vec::new(),
        sent: cairn_core::clock::Timestamp(0),
    }
}

/// They have agreed, and one entry is shared, with this wanted; the specialist has it.
fn with_a_share(seed: u64, wanted: SupportWanted) -> (Two, ShareId) {
    let mut two = Two::agreed(seed);
    let entry = two.phone.write("The night.");
    let mut new = plain_share(two.id, entry);
    new.wanted = Some(wanted);
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    (two, share)
}

/// Every page of a database, opened.
fn pages(device: &Device) -> Vec<u8> {
    device.engine.store().decrypted_pages().unwrap()
}

fn reflect(dee: &mut Device, for_whom: Whose, decided: Decision) -> cairn_core::id::ThingId {
    let id = dee.card().relationship.id;
    let reflection = SelfReflection {
        words: "canary of a look at oneself".to_owned(),
        ..SelfReflection::new(for_whom, decided)
    };
    dee.engine.reflect(id, &reflection).unwrap()
}

#[test]
fn a_specialist_opens_then_listens_and_only_then_offers() {
    let (mut two, share) = with_a_share(1, SupportWanted::LISTENING);
    let about = About::Share(share);
    let first = NewMessage::new(acknowledgement("You stayed."), "I have read it.").about(about);
    assert_eq!(refused(say(&mut two.dee, first.clone())), Unfit::OpenFirst);
    two.dee.engine.open_shared(share).unwrap();
    let offer = NewMessage::new(Saying::Offer(Offered::LivedExperience), "I could tell you, or listen.").about(about);
    assert_eq!(refused(say(&mut two.dee, offer.clone())), Unfit::ListenFirst);
    assert_eq!(said(&mut two.dee), [], "nothing is kept of what was refused");
    say(&mut two.dee, first).unwrap();
    say(&mut two.dee, offer).unwrap();
    assert_eq!(said(&mut two.dee)[0].0, MessageState::Waiting);
    two.settle();
    assert_eq!(
        arrived(&mut two.phone),
        ["I have read it.", "I could tell you, or listen."]
    );
    let cards = list(&mut two.phone);
    let strength = cards[0].message.as_ref().map(|message| &message.saying);
    assert_eq!(strength, Some(&acknowledgement("You stayed.")));
    assert!(cards[0].quoted.is_some_and(|quoted| quoted.is_here));
    // Whether it was read nobody is told.
    let before = two.world.bytes_at_rest();
    list(&mut two.phone);
    two.phone.sync(&two.world);
    assert_eq!(two.world.bytes_at_rest().len(), before.len());
    assert_eq!(said(&mut two.dee)[0].0, MessageState::Sent);
}

#[test]
fn ones_own_experience_waits_for_a_yes_for_a_look_at_oneself_and_for_words_that_do_not_direct() {
    let (mut two, share) = with_a_share(2, SupportWanted::LISTENING);
    let about = About::Share(share);
    two.dee.engine.open_shared(share).unwrap();
    say(
        &mut two.dee,
        NewMessage::new(acknowledgement(""), "Heard.").about(about),
    )
    .unwrap();
    let offer = NewMessage::new(Saying::Offer(Offered::LivedExperience), "I could tell you something.").about(about);
    let offer = say(&mut two.dee, offer).unwrap();
    two.settle();
    let tell = |body: &str, reflection| NewMessage {
        reflection,
        ..NewMessage::new(story(Some(offer)), body).about(about)
    };
    assert_eq!(
        refused(say(&mut two.dee, tell("It was so.", None))),
        Unfit::ReflectFirst
    );
    let kept = reflect(&mut two.dee, Whose::Mine, Decision::KeepToMyself);
    assert_eq!(SelfReflection::suggestion(Whose::Mine), Decision::KeepToMyself);
    assert_eq!(
        refused(say(&mut two.dee, tell("It was so.", Some(kept)))),
        Unfit::ReflectFirst
    );
    let done = reflect(&mut two.dee, Whose::Theirs, Decision::Share);
    assert_eq!(
        refused(say(&mut two.dee, tell("It was so.", Some(done)))),
        Unfit::AskFirst
    );
    // Not now is said, and nothing else.
    let answer = |saying| NewMessage::new(saying, "").about(About::Message(offer));
    say(&mut two.phone, answer(Saying::NotNow)).unwrap();
    two.settle();
    assert_eq!(
        refused(say(&mut two.dee, tell("It was so.", Some(done)))),
        Unfit::AskFirst
    );
    say(&mut two.phone, answer(Saying::Yes)).unwrap();
    two.settle();
    let long = "a ".repeat(320);
    assert_eq!(refused(say(&mut two.dee, tell(&long, Some(done)))), Unfit::TooLong);
    assert_eq!(
        refused(say(&mut two.dee, tell("You should try it.", Some(done)))),
        Unfit::Directs
    );
    let taken_back = say(&mut two.dee, tell("It was so.", Some(done))).unwrap();
    two.dee.engine.unsay_message(two.theirs, taken_back).unwrap();
    say(&mut two.dee, tell("It was so for me.", Some(done))).unwrap();
    let again = reflect(&mut two.dee, Whose::Theirs, Decision::Share);
    assert_eq!(
        refused(say(&mut two.dee, tell("And more.", Some(again)))),
        Unfit::AskFirst,
        "one for each yes"
    );
    assert_eq!(
        refused(say(&mut two.dee, tell("And more.", Some(done)))),
        Unfit::ReflectFirst,
        "one for each look"
    );
    two.settle();
    let card = list(&mut two.phone).pop().unwrap();
    assert!(card.is_collapsed && card.message.is_some_and(|message| message.body == "It was so for me."));
    // What the specialist asked themselves is nowhere but with them.
    let canary = b"canary of a look at oneself";
    let holds = |bytes: &[u8]| bytes.windows(canary.len()).any(|window| window == canary);
    assert!(!holds(&pages(&two.phone)) && !holds(&two.world.bytes_at_rest()));
    assert_eq!(two.dee.engine.own_stories(two.theirs, 10).unwrap(), (1, 3));
    assert_eq!(two.dee.engine.own_stories(two.theirs, 1).unwrap(), (1, 1));
    assert!(two.phone.engine.own_stories(two.id, 10).is_err());
}

#[test]
fn a_specialist_whose_app_checks_nothing_gains_nothing() {
    let (mut two, share) = with_a_share(3, SupportWanted::LISTENING);
    let about = Some(About::Share(share));
    let resource = Saying::Resource {
        resource: Resource {
            title: "A book".to_owned(),
            ..Resource::default()
        },
        accepted: None,
    };
    // Before it was opened, nothing is about it.
    say_unchecked(&two.dee, 1, &message(acknowledgement(""), about, "Not opened."));
    two.settle();
    two.dee.engine.open_shared(share).unwrap();
    two.settle();
    for (number, what) in [
        message(story(None), about, "Never first."),
        message(Saying::Practical, about, "Nor this."),
        message(Saying::Offer(Offered::LivedExperience), about, "Nor an offer."),
        message(Saying::Words, None, "In the participant's place."),
        message(
            story(Some(MessageId::from_bytes([9; 16]))),
            None,
            "By a yes that nobody said.",
        ),
        message(
            Saying::ResponseToFeedback {
                differently: String::new(),
            },
            None,
            "To nothing.",
        ),
        message(
            Saying::OpenQuestion,
            Some(About::Message(MessageId::from_bytes([8; 16]))),
            "About nothing.",
        ),
    ]
    .iter()
    .enumerate()
    {
        say_unchecked(&two.dee, 10 + u8::try_from(number).unwrap(), what);
    }
    two.settle();
    assert_eq!(arrived(&mut two.phone), [""; 0]);
    let states: Vec<MessageState> = said(&mut two.phone).into_iter().map(|(state, _)| state).collect();
    assert_eq!(
        states,
        [MessageState::Unfit],
        "however many did not fit, one line says so"
    );
    // What is not shown is not kept either.
    let pages = pages(&two.phone);
    for body in ["Never first.", "Nor an offer.", "By a yes that nobody said."] {
        assert!(
            !pages.windows(body.len()).any(|window| window == body.as_bytes()),
            "{body}"
        );
    }
    // Listening, and what fits after it, arrives.
    say_unchecked(&two.dee, 30, &message(acknowledgement(""), about, "Heard."));
    say_unchecked(&two.dee, 31, &message(resource, about, "Perhaps."));
    two.settle();
    assert_eq!(arrived(&mut two.phone), ["Heard."]);
    let withheld = list(&mut two.phone).pop().unwrap();
    assert_eq!((withheld.state, withheld.message), (MessageState::Withheld, None));
    let yes = NewMessage::new(Saying::Yes, "").about(About::Message(MessageId::from_bytes([31; 16])));
    say(&mut two.phone, yes).unwrap();
    let shown = list(&mut two.phone)
        .into_iter()
        .find(|card| card.id == MessageId::from_bytes([31; 16]));
    assert!(shown.is_some_and(|card| card.state == MessageState::Arrived && card.message.is_some()));
}

#[test]
fn a_story_that_directs_is_shown_to_nobody_whatever_app_sent_it() {
    let (mut two, share) = with_a_share(40, SupportWanted::THEIR_STORY);
    two.dee.engine.open_shared(share).unwrap();
    let about = Some(About::Share(share));
    say_unchecked(
        &two.dee,
        1,
        &message(acknowledgement(""), about, "You should rest, I think."),
    );
    say_unchecked(
        &two.dee,
        2,
        &message(story(None), about, "I stopped. You have to stop too."),
    );
    two.settle();
    assert_eq!(arrived(&mut two.phone), ["You should rest, I think."]);
    assert_eq!(said(&mut two.phone)[1], (MessageState::Unfit, String::new()));
    // The yes that it was sent on is still there for a story that only tells.
    say_unchecked(&two.dee, 3, &message(story(None), about, "I stopped. It was slow."));
    two.settle();
    assert_eq!(
        arrived(&mut two.phone),
        ["You should rest, I think.", "I stopped. It was slow."]
    );
}

#[test]
fn what_was_stopped_is_spoken_of_no_more_whatever_app_is_used() {
    let (mut two, share) = with_a_share(41, SupportWanted::IDEAS);
    let mut tablet = Device::new(&two.world, 411, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    two.dee.engine.open_shared(share).unwrap();
    two.settle();
    let about = Some(About::Share(share));
    let ask = |body: &str| NewMessage::new(Saying::OpenQuestion, body).about(About::Share(share));
    // In the log before the stop, which nobody can have read: it is shown, on each device of theirs.
    say(&mut two.dee, ask("What was it like?")).unwrap();
    two.dee.sync(&two.world);
    two.phone.engine.revoke(share).unwrap();
    let waits = say(&mut two.dee, ask("And then?")).unwrap();
    two.phone.sync(&two.world);
    // Written before its author could read of the stop, and not sent: it comes back, and its words are theirs.
    two.dee.sync(&two.world);
    assert_eq!(
        said(&mut two.dee),
        [
            (MessageState::Sent, "What was it like?".to_owned()),
            (MessageState::Returned, "And then?".to_owned())
        ]
    );
    two.dee.engine.unsay_message(two.theirs, waits).unwrap();
    assert_eq!(refused(say(&mut two.dee, ask("And then?"))), Unfit::Nowhere);
    // An app that goes on about it all the same.
    for (number, what) in [
        message(Saying::OpenQuestion, about, "Why is it gone?"),
        message(Saying::Practical, about, "I know what helps with that."),
        message(acknowledgement(""), about, "I remember what you wrote."),
    ]
    .iter()
    .enumerate()
    {
        say_unchecked(&two.dee, 50 + u8::try_from(number).unwrap(), what);
    }
    say_unchecked(
        &two.dee,
        60,
        &message(Saying::OpenQuestion, None, "How would you like to go on?"),
    );
    two.settle();
    tablet.sync(&two.world);
    let expected = ["What was it like?", "How would you like to go on?"];
    assert_eq!(arrived(&mut two.phone), expected);
    assert_eq!(arrived(&mut tablet), expected);
    let kept = pages(&two.phone);
    let body = b"I remember what you wrote.";
    assert!(!kept.windows(body.len()).any(|window| window == body));
    // A device that reads it all at once finds the same.
    let mut laptop = Device::new(&two.world, 412, "laptop");
    two.phone.pair(&two.world, &mut laptop);
    laptop.sync(&two.world);
    assert_eq!(arrived(&mut laptop), expected);
    // A loss of the relay changes no verdict.
    two.world = two.world.with_nothing_but_its_key(41);
    two.world.clock.advance_ms(DAY_MS);
    for _ in 0..2 {
        drop(drive(&mut two.phone.engine, &two.world.line()).unwrap());
        drop(drive(&mut two.dee.engine, &two.world.line()).unwrap());
    }
    assert_eq!(arrived(&mut two.phone), expected);
    say_unchecked(&two.dee, 61, &message(Saying::OpenQuestion, about, "Once more."));
    two.settle();
    assert_eq!(arrived(&mut two.phone), expected);
}

#[test]
fn what_is_over_by_its_date_is_spoken_of_no_more() {
    let mut two = Two::agreed(42);
    let entry = two.phone.write("For two days.");
    let mut dated = plain_share(two.id, entry);
    dated.end = cairn_core::support::End::At(two.phone.engine.now().plus_ms(2 * DAY_MS));
    let share = two.phone.engine.share(dated).unwrap();
    two.settle();
    two.dee.engine.open_shared(share).unwrap();
    two.settle();
    let ask = |body: &str| NewMessage::new(Saying::OpenQuestion, body).about(About::Share(share));
    say(&mut two.dee, ask("Written in time, and not sent.")).unwrap();
    two.world.clock.advance_ms(3 * DAY_MS);
    // The participant's device says in the log that it is over.
    two.phone.sync(&two.world);
    two.dee.sync(&two.world);
    two.dee.sync(&two.world);
    assert_eq!(said(&mut two.dee)[0].0, MessageState::Returned);
    say_unchecked(
        &two.dee,
        1,
        &message(Saying::OpenQuestion, Some(About::Share(share)), "Still about it."),
    );
    two.settle();
    assert_eq!(arrived(&mut two.phone), [""; 0]);
}

#[test]
fn what_a_specialist_tells_of_their_own_life_is_no_area_of_experience_that_they_named() {
    let (mut two, share) = with_a_share(27, SupportWanted::THEIR_STORY);
    two.dee.engine.open_shared(share).unwrap();
    let about = About::Share(share);
    let heard = NewMessage::new(acknowledgement(""), "I have read it.").about(about);
    say(&mut two.dee, heard).unwrap();
    let done = reflect(&mut two.dee, Whose::Theirs, Decision::Share);
    let tell = NewMessage {
        reflection: Some(done),
        topics: vec!["grief".to_owned()],
        ..NewMessage::new(story(None), "When my brother died I walked at night.").about(about)
    };
    say(&mut two.dee, tell).unwrap();
    two.settle();
    assert_eq!(arrived(&mut two.phone).len(), 2);
    for device in [&two.phone, &two.dee] {
        let card = device.card();
        let declared = &card.terms.declarations;
        assert!(declared.len() == 1 && declared[0].experience.is_empty(), "{declared:?}");
    }
}

#[test]
fn what_the_participant_wishes_of_messages_holds_whatever_app_sends_them() {
    let (mut two, share) = with_a_share(4, SupportWanted::THEIR_STORY);
    two.dee.engine.open_shared(share).unwrap();
    let wishes = Wishes {
        lived_experience: LivedExperience::Never,
        off_limits: vec!["Tuesday group".to_owned()],
        ..Wishes::default()
    };
    two.phone.engine.set_wishes(two.id, wishes.clone()).unwrap();
    assert_eq!(refused(two.dee.engine.set_wishes(two.theirs, wishes)), Unfit::NotYours);
    two.settle();
    assert_eq!(
        two.dee.engine.wishes(two.theirs).unwrap().lived_experience,
        LivedExperience::Never
    );
    let about = About::Share(share);
    let done = reflect(&mut two.dee, Whose::Theirs, Decision::Share);
    let tell = NewMessage {
        reflection: Some(done),
        ..NewMessage::new(story(None), "So it went.").about(about)
    };
    assert_eq!(refused(say(&mut two.dee, tell)), Unfit::NotWelcome);
    let ask = NewMessage::new(Saying::OpenQuestion, "What about the tuesday group?").about(about);
    assert_eq!(refused(say(&mut two.dee, ask)), Unfit::OffLimits);
    say_unchecked(&two.dee, 1, &message(story(None), Some(about), "So it went."));
    say_unchecked(
        &two.dee,
        2,
        &message(Saying::OpenQuestion, None, "What about the Tuesday group?"),
    );
    two.settle();
    assert_eq!(arrived(&mut two.phone), [""; 0]);
    assert_eq!(said(&mut two.phone).len(), 1);
    // Wishes that never end up being another are said once.
    let before = two.phone.engine.wishes(two.id).unwrap();
    two.phone.engine.set_wishes(two.id, before.clone()).unwrap();
    assert_eq!(two.phone.engine.wishes(two.id).unwrap(), before);
    let long = Wishes {
        lived_experience_max: 1_201,
        ..before
    };
    assert_eq!(refused(two.phone.engine.set_wishes(two.id, long)), Unfit::TooLong);
}

/// Says something of the profile that is shown, in a section of its own; the section.
fn show_something(two: &mut Two, sections: &mut BTreeSet<SectionId>, text: &str, stance: Stance) {
    let engine = &mut two.phone.engine;
    let section = engine.add_section(text).unwrap();
    let statement = StatementDraft {
        stance: Some(stance),
        is_shareable: true,
        ..StatementDraft::new(text)
    };
    engine.write_statement(section, statement).unwrap();
    sections.insert(section);
    engine.show_sections(two.id, sections).unwrap();
}

#[test]
fn nothing_is_said_in_ignorance_of_the_preferences_and_what_waited_comes_back() {
    let (mut two, share) = with_a_share(5, SupportWanted::LISTENING);
    two.dee.engine.open_shared(share).unwrap();
    let mut sections = BTreeSet::new();
    show_something(&mut two, &mut sections, "Hugs", Stance::OpenTo);
    two.settle();
    let ask = |body: &str| NewMessage::new(Saying::OpenQuestion, body).about(About::Share(share));
    assert_eq!(
        refused(say(&mut two.dee, ask("What was it like?"))),
        Unfit::PreferencesChanged
    );
    two.dee.engine.open_preferences(two.theirs).unwrap();
    // Written offline, and sent after they had changed: it does not leave.
    let waits = say(&mut two.dee, ask("What was it like?")).unwrap();
    show_something(&mut two, &mut sections, "Please ask before touching", Stance::Want);
    two.phone.sync(&two.world);
    two.dee.sync(&two.world);
    assert_eq!(
        said(&mut two.dee),
        [(MessageState::Returned, "What was it like?".to_owned())]
    );
    two.settle();
    assert_eq!(said(&mut two.phone), []);
    let opened = two.dee.engine.open_preferences(two.theirs).unwrap().unwrap();
    assert_eq!(
        opened.is_new.iter().filter(|is| **is).count(),
        1,
        "and it is marked what is new"
    );
    two.dee.engine.unsay_message(two.theirs, waits).unwrap();
    say(&mut two.dee, ask("What was it like?")).unwrap();
    two.settle();
    assert_eq!(arrived(&mut two.phone), ["What was it like?"]);
    assert!(two.dee.engine.unsay_message(two.theirs, waits).is_err(), "it is gone");
    // An app that sends it all the same: it stood behind the new ones in the log.
    let stale = Message {
        preferences: 1,
        ..message(Saying::OpenQuestion, None, "Stale.")
    };
    say_unchecked(&two.dee, 7, &stale);
    two.settle();
    assert_eq!(arrived(&mut two.phone), ["What was it like?"]);
}

#[test]
fn an_honest_message_that_crossed_a_change_of_preferences_arrives() {
    let (mut two, share) = with_a_share(6, SupportWanted::LISTENING);
    two.dee.engine.open_shared(share).unwrap();
    let mut sections = BTreeSet::new();
    show_something(&mut two, &mut sections, "Hugs", Stance::OpenTo);
    two.settle();
    two.dee.engine.open_preferences(two.theirs).unwrap();
    let ask = NewMessage::new(Saying::OpenQuestion, "What was it like?").about(About::Share(share));
    say(&mut two.dee, ask).unwrap();
    two.dee.sync(&two.world);
    show_something(&mut two, &mut sections, "Please ask before touching", Stance::Want);
    two.settle();
    assert_eq!(arrived(&mut two.phone), ["What was it like?"]);
}

#[test]
fn messages_arrive_in_the_participants_hours_and_not_too_many_of_a_day() {
    let (mut two, share) = with_a_share(7, SupportWanted::LISTENING);
    two.dee.engine.open_shared(share).unwrap();
    let now = two.phone.engine.now();
    // Tomorrow from 10 to 16.
    let midnight = now.0.div_euclid(DAY_MS) * DAY_MS;
    let tomorrow = chrono::DateTime::from_timestamp_millis(midnight + DAY_MS).unwrap();
    let day = chrono::Datelike::weekday(&tomorrow);
    let days = Weekdays::of([day, Weekday::succ(&day)]);
    let hours = ContactHours {
        windows: vec![Window {
            days,
            from: 10 * 60,
            until: 16 * 60,
        }],
        daily_max: Some(1),
    };
    assert!(two.dee.engine.set_contact_hours(two.theirs, &hours).is_err());
    two.phone.engine.set_contact_hours(two.id, &hours).unwrap();
    for body in ["One.", "Two."] {
        let ask = NewMessage::new(Saying::OpenQuestion, body).about(About::Share(share));
        say(&mut two.dee, ask).unwrap();
    }
    two.settle();
    assert_eq!(said(&mut two.phone), [], "outside of the hours nothing is there");
    let pass_to = |two: &Two, ms: i64| two.world.clock.advance_ms(ms - two.phone.engine.now().0);
    pass_to(&two, midnight + DAY_MS + 10 * HOUR_MS);
    assert_eq!(arrived(&mut two.phone), ["One."]);
    pass_to(&two, midnight + 2 * DAY_MS + 9 * HOUR_MS);
    assert_eq!(arrived(&mut two.phone), ["One."]);
    pass_to(&two, midnight + 2 * DAY_MS + 10 * HOUR_MS);
    assert_eq!(arrived(&mut two.phone), ["One.", "Two."]);
    // The hours are the participant's own.
    assert_eq!(
        two.dee.engine.contact_hours(two.theirs).unwrap(),
        ContactHours::default()
    );
}

#[test]
fn in_a_pause_nothing_is_shown_and_nothing_leaves_and_both_go_on_after_it() {
    let (mut two, share) = with_a_share(8, SupportWanted::LISTENING);
    two.dee.engine.open_shared(share).unwrap();
    two.settle();
    two.phone.engine.pause_relationship(two.id, true).unwrap();
    let ask = NewMessage::new(Saying::OpenQuestion, "Before the pause was heard of.").about(About::Share(share));
    say(&mut two.dee, ask).unwrap();
    two.dee.sync(&two.world);
    two.settle();
    assert_eq!(said(&mut two.phone), []);
    let within = NewMessage::new(Saying::OpenQuestion, "In the pause.").about(About::Share(share));
    say(&mut two.dee, within).unwrap();
    say(&mut two.phone, NewMessage::new(Saying::Words, "From me, later.")).unwrap();
    two.settle();
    assert_eq!(arrived(&mut two.dee), [""; 0]);
    assert_eq!(arrived(&mut two.phone), [""; 0]);
    two.phone.engine.pause_relationship(two.id, false).unwrap();
    two.settle();
    two.settle();
    assert_eq!(
        arrived(&mut two.phone),
        ["Before the pause was heard of.", "In the pause."]
    );
    assert_eq!(arrived(&mut two.dee), ["From me, later."]);
}

#[test]
fn after_the_end_a_specialist_says_one_thing_where_both_agreed_to_it() {
    for (seed, agreed) in [(9, true), (10, false)] {
        let mut two = Two::met(seed);
        two.dee.engine.declare(two.theirs, cairn_tests::declaration()).unwrap();
        two.settle();
        let agreement = cairn_core::support::Agreement {
            closing_words: agreed,
            ..cairn_core::support::Agreement::default()
        };
        let hash = two.phone.engine.propose(two.id, agreement).unwrap();
        two.settle();
        two.dee.engine.accept_agreement(two.theirs, &hash).unwrap();
        two.settle();
        let closing = |body: &str| NewMessage::new(Saying::Closing, body);
        assert_eq!(refused(say(&mut two.dee, closing("Go well."))), Unfit::NotActive);
        two.phone.engine.end_relationship(two.id, "").unwrap();
        two.settle();
        if agreed {
            say(&mut two.dee, closing("Go well.")).unwrap();
            assert_eq!(refused(say(&mut two.dee, closing("And this."))), Unfit::NotActive);
        } else {
            assert_eq!(refused(say(&mut two.dee, closing("Go well."))), Unfit::NotActive);
            say_unchecked(&two.dee, 1, &message(Saying::Closing, None, "Go well."));
        }
        say_unchecked(&two.dee, 2, &message(Saying::Closing, None, "And this."));
        let words = NewMessage::new(Saying::Words, "Not any more.");
        assert_eq!(refused(say(&mut two.phone, words)), Unfit::NotActive);
        two.settle();
        let expected: &[&str] = if agreed { &["Go well."] } else { &[] };
        assert_eq!(arrived(&mut two.phone), expected);
    }
}

#[test]
fn feedback_is_private_until_it_is_sent_and_a_response_stands_with_it() {
    let (mut two, share) = with_a_share(11, SupportWanted::LISTENING);
    two.dee.engine.open_shared(share).unwrap();
    let heard = NewMessage::new(acknowledgement(""), "It was the same with me.").about(About::Share(share));
    let about = say(&mut two.dee, heard).unwrap();
    two.settle();
    let quick = two.phone.engine.felt_like_pressure(two.id, about).unwrap();
    let feedback = Feedback {
        about: Some(About::Message(about)),
        heard: FeltHeard::ALittle,
        pushed: FeltPushed::QuiteABit,
        words: "It became about you.".to_owned(),
    };
    let kept = two.phone.engine.keep_feedback(two.id, feedback.clone()).unwrap();
    assert_eq!(
        refused(two.dee.engine.keep_feedback(two.theirs, feedback.clone())),
        Unfit::NotYours
    );
    two.settle();
    assert_eq!(arrived(&mut two.dee), [""; 0], "nothing was sent");
    let all = two.phone.engine.feedback(two.id).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!((all[1].id, &all[1].feedback, all[1].sent), (kept, &feedback, None));
    two.phone.engine.forget_feedback(two.id, quick).unwrap();
    two.world.clock.advance_ms(2 * DAY_MS);
    let sent = two.phone.engine.send_feedback(two.id, kept).unwrap();
    assert_eq!(two.phone.engine.send_feedback(two.id, kept).unwrap(), sent, "once");
    two.settle();
    assert_eq!(arrived(&mut two.dee), ["It became about you."]);
    let response = Saying::ResponseToFeedback {
        differently: "I will ask before.".to_owned(),
    };
    say(
        &mut two.dee,
        NewMessage::new(response, "Thank you.").about(About::Message(sent)),
    )
    .unwrap();
    two.settle();
    for device in [&mut two.phone, &mut two.dee] {
        let order: Vec<&str> = list(device)
            .iter()
            .filter_map(|card| card.message.as_ref().map(|message| message.saying.code()))
            .collect();
        assert_eq!(order, ["acknowledgement", "feedback", "response_to_feedback"]);
    }
}

#[test]
fn both_see_whether_feedback_has_a_response_and_what_has_none_comes_first() {
    let mut two = Two::agreed(31);
    let send = |two: &mut Two, words: &str| {
        let feedback = Feedback {
            about: None,
            heard: FeltHeard::ALittle,
            pushed: FeltPushed::Unsaid,
            words: words.to_owned(),
        };
        let kept = two.phone.engine.keep_feedback(two.id, feedback).unwrap();
        let sent = two.phone.engine.send_feedback(two.id, kept).unwrap();
        two.settle();
        two.world.clock.advance_ms(HOUR_MS);
        sent
    };
    let listed = |device: &mut Device| {
        let id = device.card().relationship.id;
        let cards = device.engine.sent_feedback(id, Tz::UTC).unwrap();
        let in_talk: BTreeSet<_> = list(device).iter().map(|card| (card.id, card.response)).collect();
        let all: Vec<_> = cards.iter().map(|card| (card.id, card.response.unwrap())).collect();
        assert!(
            all.iter()
                .all(|(id, response)| in_talk.contains(&(*id, Some(*response))))
        );
        all
    };
    let [first, second] = ["It became about you.", "It went too fast."].map(|words| send(&mut two, words));
    let words = two
        .phone
        .engine
        .say_message(two.id, NewMessage::new(Saying::Words, "No feedback."))
        .unwrap();
    two.settle();
    let waiting = vec![(first, FeedbackResponse::NotYet), (second, FeedbackResponse::NotYet)];
    for device in [&mut two.phone, &mut two.dee] {
        assert_eq!(listed(device), waiting);
        let no_feedback = list(device).into_iter().find(|card| card.id == words).unwrap();
        assert_eq!(no_feedback.response, None);
    }
    let respond = |two: &mut Two, to: MessageId| {
        let response = Saying::ResponseToFeedback {
            differently: String::new(),
        };
        say(
            &mut two.dee,
            NewMessage::new(response, "Thank you.").about(About::Message(to)),
        )
        .unwrap()
    };
    let response = respond(&mut two, first);
    assert_eq!(listed(&mut two.phone), waiting, "it has not left");
    // It counts where it is read: while it waits for the participant's next day, nothing tells of it.
    let one_a_day = ContactHours {
        daily_max: Some(1),
        ..ContactHours::default()
    };
    two.phone.engine.set_contact_hours(two.id, &one_a_day).unwrap();
    let one_is_given = vec![
        (second, FeedbackResponse::NotYet),
        (first, FeedbackResponse::Given(response)),
    ];
    two.settle();
    assert_eq!(listed(&mut two.phone), one_is_given);
    let late = respond(&mut two, second);
    two.settle();
    assert_eq!(listed(&mut two.phone), one_is_given);
    let both_are_given = vec![
        (first, FeedbackResponse::Given(response)),
        (second, FeedbackResponse::Given(late)),
    ];
    assert_eq!(listed(&mut two.dee), both_are_given);
    two.world.clock.advance_ms(DAY_MS);
    assert_eq!(listed(&mut two.phone), both_are_given);
    // Another response changes nothing of it.
    two.phone
        .engine
        .set_contact_hours(two.id, &ContactHours::default())
        .unwrap();
    respond(&mut two, first);
    two.settle();
    for device in [&mut two.phone, &mut two.dee] {
        assert_eq!(listed(device), both_are_given);
    }
    // A response that came back for another look is none.
    let third = send(&mut two, "And once more.");
    respond(&mut two, third);
    let section = two.phone.engine.add_section("Boundaries").unwrap();
    let draft = StatementDraft {
        is_shareable: true,
        ..StatementDraft::new("Slowly.")
    };
    two.phone.engine.write_statement(section, draft).unwrap();
    two.phone
        .engine
        .show_sections(two.id, &BTreeSet::from([section]))
        .unwrap();
    two.phone.sync(&two.world);
    two.settle();
    for device in [&mut two.phone, &mut two.dee] {
        assert_eq!(listed(device).first(), Some(&(third, FeedbackResponse::NotYet)));
    }
}

#[test]
fn a_correction_stands_with_what_it_corrects_and_what_is_shared_no_more_is_not_quoted() {
    let (mut two, share) = with_a_share(12, SupportWanted::LISTENING);
    two.dee.engine.open_shared(share).unwrap();
    let heard = NewMessage::new(acknowledgement(""), "You were angry.").about(About::Share(share));
    let about = say(&mut two.dee, heard).unwrap();
    two.settle();
    let correction = NewMessage::new(Saying::Correction, "Tired, not angry.").about(About::Message(about));
    say(&mut two.phone, correction).unwrap();
    two.phone.engine.revoke(share).unwrap();
    two.settle();
    for device in [&mut two.phone, &mut two.dee] {
        let cards = list(device);
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[0].corrections, ["Tired, not angry."]);
        assert!(cards[0].quoted.is_some_and(|quoted| !quoted.is_here));
    }
    let ask = NewMessage::new(Saying::OpenQuestion, "What was it like?").about(About::Share(share));
    assert_eq!(refused(say(&mut two.dee, ask)), Unfit::Nowhere);
}

#[test]
fn all_devices_of_both_show_the_same_and_a_loss_of_the_relay_takes_nothing() {
    let (mut two, share) = with_a_share(13, SupportWanted::LISTENING);
    let mut tablet = Device::new(&two.world, 13, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    two.dee.engine.open_shared(share).unwrap();
    let about = About::Share(share);
    say(
        &mut two.dee,
        NewMessage::new(acknowledgement(""), "Heard.").about(about),
    )
    .unwrap();
    say_unchecked(&two.dee, 1, &message(story(None), Some(about), "Not asked for."));
    two.settle();
    say(&mut two.phone, NewMessage::new(Saying::Words, "Thank you.")).unwrap();
    two.settle();
    for _ in 0..2 {
        tablet.sync(&two.world);
        two.settle();
    }
    let everywhere = |two: &mut Two, tablet: &mut Device| {
        assert_eq!(arrived(&mut two.phone), ["Heard."]);
        assert_eq!(said(&mut two.phone), said(tablet));
        assert_eq!(said(&mut two.phone).len(), 3);
        assert_eq!(arrived(&mut two.dee), ["Thank you."]);
    };
    everywhere(&mut two, &mut tablet);
    two.world = two.world.with_nothing_but_its_key(13);
    two.world.clock.advance_ms(DAY_MS);
    for _ in 0..3 {
        two.settle();
        tablet.sync(&two.world);
    }
    everywhere(&mut two, &mut tablet);
    let mut watch = Device::new(&two.world, 14, "watch");
    two.phone.pair(&two.world, &mut watch);
    for _ in 0..2 {
        watch.sync(&two.world);
        two.settle();
    }
    assert_eq!(
        arrived(&mut watch),
        ["Heard."],
        "a device that comes later reads it too"
    );
}

#[test]
fn pages_of_messages_follow_each_other() {
    let (mut two, share) = with_a_share(15, SupportWanted::LISTENING);
    two.dee.engine.open_shared(share).unwrap();
    for number in 0..7 {
        say(&mut two.phone, NewMessage::new(Saying::Words, format!("{number}"))).unwrap();
        two.world.clock.advance_ms(1_000);
    }
    let page = |engine: &mut Engine, before| {
        let page = engine.messages(two.id, Tz::UTC, before, 3).unwrap();
        let bodies: Vec<String> = page
            .iter()
            .filter_map(|card| Some(card.message.as_ref()?.body.clone()))
            .collect();
        (bodies, page.first().map(|card| card.id))
    };
    let engine = &mut two.phone.engine;
    let (last, before) = page(engine, None);
    assert_eq!(last, ["4", "5", "6"]);
    let (middle, before) = page(engine, before);
    assert_eq!(middle, ["1", "2", "3"]);
    let (first, before) = page(engine, before);
    assert_eq!(first, ["0"]);
    assert_eq!(page(engine, before).0, [""; 0]);
    assert!(matches!(
        engine.messages(two.id, Tz::UTC, None, 0),
        Err(Error::MessagesPage)
    ));
    assert!(matches!(
        engine.messages(two.id, Tz::UTC, None, 201),
        Err(Error::MessagesPage)
    ));
    drop(drive(&mut two.phone.engine, &two.world.line()));
}

#[test]
fn what_waited_while_wishes_changed_comes_back_and_does_not_vanish() {
    let (mut two, share) = with_a_share(16, SupportWanted::LISTENING);
    two.dee.engine.open_shared(share).unwrap();
    two.settle();
    let about = About::Share(share);
    say(
        &mut two.dee,
        NewMessage::new(acknowledgement(""), "Heard.").about(about),
    )
    .unwrap();
    let ask = NewMessage::new(Saying::OpenQuestion, "What about the Tuesday group?").about(about);
    say(&mut two.dee, ask).unwrap();
    let wishes = Wishes {
        off_limits: vec!["Tuesday group".to_owned()],
        ..Wishes::default()
    };
    two.phone.engine.set_wishes(two.id, wishes).unwrap();
    two.phone.sync(&two.world);
    two.settle();
    assert_eq!(arrived(&mut two.phone), ["Heard."]);
    let states: Vec<MessageState> = said(&mut two.dee).into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, [MessageState::Sent, MessageState::Returned]);
    // What hung on one that is taken back comes back with it.
    let (mut two, share) = with_a_share(17, SupportWanted::LISTENING);
    two.dee.engine.open_shared(share).unwrap();
    let about = About::Share(share);
    let heard = say(
        &mut two.dee,
        NewMessage::new(acknowledgement(""), "Heard.").about(about),
    )
    .unwrap();
    let offer = NewMessage::new(Saying::Offer(Offered::LivedExperience), "I could tell you.").about(about);
    say(&mut two.dee, offer).unwrap();
    two.dee.engine.unsay_message(two.theirs, heard).unwrap();
    two.settle();
    assert_eq!(said(&mut two.dee)[0].0, MessageState::Returned);
    assert_eq!(said(&mut two.phone), []);
}

#[test]
fn what_was_shown_once_stays_whatever_hours_are_set_later() {
    let (mut two, share) = with_a_share(18, SupportWanted::LISTENING);
    two.dee.engine.open_shared(share).unwrap();
    for body in ["One.", "Two.", "Three."] {
        say(
            &mut two.dee,
            NewMessage::new(Saying::OpenQuestion, body).about(About::Share(share)),
        )
        .unwrap();
    }
    two.settle();
    let all = ["One.", "Two.", "Three."];
    assert_eq!(arrived(&mut two.phone), all);
    let never_now = ContactHours {
        windows: vec![Window {
            days: Weekdays::ALL,
            from: 0,
            until: 1,
        }],
        daily_max: Some(1),
    };
    two.phone.engine.set_contact_hours(two.id, &never_now).unwrap();
    assert_eq!(arrived(&mut two.phone), all);
    // A device that comes later shows what the others have had for long, and holds what is new.
    let mut watch = Device::new(&two.world, 19, "watch");
    two.phone.pair(&two.world, &mut watch);
    watch.sync(&two.world);
    watch.sync(&two.world);
    assert_eq!(arrived(&mut watch), all);
    say(
        &mut two.dee,
        NewMessage::new(Saying::OpenQuestion, "Four.").about(About::Share(share)),
    )
    .unwrap();
    two.settle();
    watch.sync(&two.world);
    for device in [&mut two.phone, &mut watch] {
        assert_eq!(arrived(device), all);
    }
}

#[test]
fn an_end_in_a_pause_keeps_back_nothing_that_was_on_its_way() {
    let mut two = Two::met(20);
    two.dee.engine.declare(two.theirs, cairn_tests::declaration()).unwrap();
    two.settle();
    let agreement = cairn_core::support::Agreement {
        closing_words: true,
        ..cairn_core::support::Agreement::default()
    };
    let hash = two.phone.engine.propose(two.id, agreement).unwrap();
    two.settle();
    two.dee.engine.accept_agreement(two.theirs, &hash).unwrap();
    two.settle();
    say(
        &mut two.dee,
        NewMessage::new(Saying::OpenQuestion, "How would you like this to go?"),
    )
    .unwrap();
    two.dee.sync(&two.world);
    two.phone.engine.pause_relationship(two.id, true).unwrap();
    two.settle();
    assert_eq!(said(&mut two.phone), []);
    two.dee
        .engine
        .end_relationship(two.theirs, "I leave this job.")
        .unwrap();
    two.settle();
    say(&mut two.dee, NewMessage::new(Saying::Closing, "Go well.")).unwrap();
    two.settle();
    two.settle();
    assert_eq!(arrived(&mut two.phone), ["How would you like this to go?", "Go well."]);
}

#[test]
fn feedback_that_was_taken_back_before_it_left_can_be_sent_and_what_is_forgotten_leaves_every_page() {
    let mut two = Two::agreed(21);
    let words = "Marmalade canary.";
    let feedback = Feedback {
        about: None,
        heard: FeltHeard::Mostly,
        pushed: FeltPushed::Unsaid,
        words: words.to_owned(),
    };
    let kept = two.phone.engine.keep_feedback(two.id, feedback).unwrap();
    let sent = two.phone.engine.send_feedback(two.id, kept).unwrap();
    two.phone.engine.unsay_message(two.id, sent).unwrap();
    assert_eq!(two.phone.engine.feedback(two.id).unwrap()[0].sent, None);
    two.phone.engine.forget_feedback(two.id, kept).unwrap();
    two.settle();
    assert!(!two.phone.pages().windows(words.len()).any(|at| at == words.as_bytes()));
    let unknown = Feedback {
        about: Some(About::Message(MessageId::from_bytes([7; 16]))),
        heard: FeltHeard::Mostly,
        pushed: FeltPushed::Unsaid,
        words: String::new(),
    };
    assert_eq!(refused(two.phone.engine.keep_feedback(two.id, unknown)), Unfit::Nowhere);
}
