//! "Too close": pace, lived experience, feedback, and stopping while the other is offline.

use cairn_core::id::{DocumentId, MessageId, ShareId};
use cairn_core::journal::Marks;
use cairn_core::profile::Weekdays;
use cairn_core::record;
use cairn_core::store::{SaidRow, Store, StoreConfig};
use cairn_core::support::{
    About, Agreement, ContactHours, Decision, Declaration, Feedback, FeltHeard, FeltPushed, LivedExperience, Mask,
    Message, MessageState, NotShareable, Offered, Part, PriorConnection, Question, Role, Saying, SelfReflection,
    Status, TermsInvalid, Unfit, Whose, Window, Wishes,
};
use cairn_core::vault::{Error, NewMessage, NewShare};
use cairn_tests::{Device, KEY, Overheard, Two, draft, plain_share};
use cairn_wire::SpaceId;
use chrono::{DateTime, Datelike as _, Weekday};
use chrono_tz::Tz;

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
const NIGHT: &str = "Night, and the quince tree in the yard.";

fn unfit<T: std::fmt::Debug>(result: Result<T, Error>) -> Unfit {
    match result {
        Err(Error::Message(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn say(device: &mut Device, new: NewMessage) -> Result<MessageId, Error> {
    let id = device.card().relationship.id;
    device.engine.say_message(id, new)
}

/// The words of messages that are shown as they are, in their order.
fn shown(device: &mut Device) -> Vec<String> {
    let id = device.card().relationship.id;
    let cards = device.engine.messages(id, Tz::UTC, None, 200).unwrap();
    let mut words = Vec::new();
    for card in cards {
        if matches!(card.state, MessageState::Arrived | MessageState::Sent) {
            words.extend(card.message.map(|message| message.body));
        }
    }
    words
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|at| at == words.as_bytes())
}

fn pages(device: &Device) -> Vec<u8> {
    device.engine.store().decrypted_pages().unwrap()
}

/// The clock goes on to the next moment that is this hour of this day of the week, in UTC.
fn until(two: &Two, day: Weekday, hour: i64) {
    let now = two.phone.engine.now().0;
    let midnight = now.div_euclid(DAY_MS) * DAY_MS;
    let next = (0..8)
        .map(|ahead| midnight + ahead * DAY_MS + hour * HOUR_MS)
        .find(|at| *at > now && DateTime::from_timestamp_millis(*at).unwrap().weekday() == day)
        .unwrap();
    two.world.clock.advance_ms(next - now);
}

/// 1. Nothing is active before Dee has declared and both have accepted the same words.
fn they_agree(two: &mut Two) {
    let early = two.phone.engine.propose(two.id, Agreement::default());
    assert!(matches!(early, Err(Error::Terms(TermsInvalid::DeclarationMissing))));
    let declared = Declaration {
        version: 0,
        prior_connection: PriorConnection::Group,
        prior_words: "The same Tuesday meeting, two years ago.".to_owned(),
        confidentiality_limits: "I talk with my supervisor without names; I report child abuse.".to_owned(),
        experience: Vec::new(),
    };
    two.dee.engine.declare(two.theirs, declared).unwrap();
    let mut first = Agreement::default();
    first.answers[Question::SpecialistOffers.place()] = "Tuesdays, in writing.".to_owned();
    two.dee.engine.propose(two.theirs, first.clone()).unwrap();
    two.settle();
    let terms = two.phone.card().terms;
    assert_eq!(terms.declaration().unwrap().prior_connection, PriorConnection::Group);
    let mut second = first;
    second.answers[Question::OutsideContact.place()] = "None, please.".to_owned();
    let hash = two.phone.engine.propose(two.id, second).unwrap();
    let wishes = Wishes {
        lived_experience: LivedExperience::AskFirst,
        off_limits: vec!["Tuesday group".to_owned()],
        ..Wishes::default()
    };
    two.phone.engine.set_wishes(two.id, wishes).unwrap();
    let hours = ContactHours {
        windows: vec![Window {
            days: Weekdays::of([Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu]),
            from: 10 * 60,
            until: 16 * 60,
        }],
        daily_max: None,
    };
    two.phone.engine.set_contact_hours(two.id, &hours).unwrap();
    two.settle();
    assert_eq!(two.phone.card().status, Status::Agreeing);
    two.dee.engine.accept_agreement(two.theirs, &hash).unwrap();
    two.settle();
    for device in [&mut two.phone, &mut two.dee] {
        let card = device.card();
        assert_eq!(card.status, Status::Active);
        assert_eq!(card.terms.in_force().unwrap().agreement.version, 2);
    }
}

/// 2. A tender entry takes a second word; the mask shows its words and nothing else.
fn she_shares_the_night(two: &mut Two) -> ShareId {
    let mut tender = draft(&two.world.clock, NIGHT);
    tender.marks = Marks {
        tender: true,
        ..Marks::default()
    };
    let entry = two.phone.engine.write(tender).unwrap();
    let new = NewShare {
        purpose: "listening".to_owned(),
        mask: Mask {
            text: true,
            title: false,
            ..Mask::default()
        },
        ..plain_share(two.id, entry)
    };
    let unsaid = two.phone.engine.share(new.clone());
    assert!(matches!(unsaid, Err(Error::NotShareable(NotShareable::Tender))));
    let confirmed = NewShare {
        tender_confirmed: true,
        passages: Vec::new(),
        follow_edits: false,
        gated: false,
        attachments: Vec::new(),
        notice: cairn_core::support::NoticeChoice::default(),
        ..new
    };
    let share = two.phone.engine.share(confirmed).unwrap();
    two.settle();
    share
}

/// 3. On Thursday night Dee opens it, may not begin with herself, and what she says arrives on Monday.
fn dee_listens(two: &mut Two, night: ShareId) {
    until(two, Weekday::Thu, 22);
    two.settle();
    let view = two.dee.engine.open_shared(night).unwrap().view;
    assert_eq!(view.text(Part::Body), Some(NIGHT));
    assert_eq!(view.text(Part::Purpose), Some("listening"));
    let about = About::Share(night);
    let reflected = reflect(two, "canary: it would be for me");
    let story = Saying::LivedExperience {
        accepted: None,
        ask_back: String::new(),
    };
    let story = NewMessage {
        reflection: Some(reflected),
        ..NewMessage::new(story, "It was like that with me.").about(about)
    };
    assert_eq!(unfit(say(&mut two.dee, story)), Unfit::ListenFirst);
    let heard = Saying::Acknowledgement {
        strength: "You wrote it down.".to_owned(),
    };
    say(&mut two.dee, NewMessage::new(heard, "I have read it.").about(about)).unwrap();
    two.settle();
    assert_eq!(shown(&mut two.phone), [""; 0], "held, without a word");
    until(two, Weekday::Mon, 9);
    assert_eq!(shown(&mut two.phone), [""; 0]);
    until(two, Weekday::Mon, 10);
    assert_eq!(shown(&mut two.phone), ["I have read it."]);
}

fn reflect(two: &mut Two, words: &str) -> cairn_core::id::ThingId {
    let reflection = SelfReflection {
        for_whom: Whose::Theirs,
        words: words.to_owned(),
        decided: Decision::Share,
    };
    two.dee.engine.reflect(two.theirs, &reflection).unwrap()
}

/// 4. Dee offers; not now; an app that checks nothing sends it all the same, and Marisol's devices do not show it.
fn not_now(two: &mut Two, night: ShareId) {
    let about = About::Share(night);
    let offer = NewMessage::new(
        Saying::Offer(Offered::LivedExperience),
        "I could tell you how something similar went for me. Or I can listen.",
    );
    let offer = say(&mut two.dee, offer.about(about)).unwrap();
    two.settle();
    say(
        &mut two.phone,
        NewMessage::new(Saying::NotNow, "").about(About::Message(offer)),
    )
    .unwrap();
    two.settle();
    let forced = Message {
        saying: Saying::LivedExperience {
            accepted: None,
            ask_back: String::new(),
        },
        body: "Forced story.".to_owned(),
        about: Some(about),
        preferences: 0,
        topics: Vec::new(),
        sent: two.dee.engine.now(),
    };
    let space = two.dee.card().relationship.space.map(SpaceId::from_bytes).unwrap();
    let mut store = Store::open(&StoreConfig::new(two.dee.folder()), &KEY).unwrap();
    let row = SaidRow {
        space,
        document: DocumentId::from_bytes([4; 16]),
        kind: record::Kind::Message.number(),
        side: Role::Specialist.side(),
        seq: 0,
        received: two.dee.engine.now(),
        content: record::encode_message(&forced),
        verdict: Some(0),
        shown: None,
    };
    store.write(|tx| tx.put_said(&row)).unwrap();
    drop(store);
    two.settle();
    let cards = two.phone.engine.messages(two.id, Tz::UTC, None, 200).unwrap();
    let states: Vec<MessageState> = cards.iter().map(|card| card.state).collect();
    assert_eq!(states.iter().filter(|state| **state == MessageState::Unfit).count(), 1);
    assert!(!holds(&pages(&two.phone), "Forced story."));
}

/// 5. A week later she says yes; Dee asks herself, is too long, directs, and then tells it.
fn a_yes(two: &mut Two, night: ShareId) -> MessageId {
    two.world.clock.advance_ms(7 * DAY_MS);
    two.settle();
    let cards = two.dee.engine.messages(two.theirs, Tz::UTC, None, 200).unwrap();
    let is_offer = |card: &&cairn_core::support::MessageCard| {
        let message = card.message.as_ref();
        message.is_some_and(|message| matches!(message.saying, Saying::Offer(_)))
    };
    let offer = cards.iter().find(is_offer).unwrap().id;
    say(
        &mut two.phone,
        NewMessage::new(Saying::Yes, "").about(About::Message(offer)),
    )
    .unwrap();
    two.settle();
    let reflected = reflect(two, "canary: they asked, and it is short");
    let tell = |body: String| NewMessage {
        reflection: Some(reflected),
        ..NewMessage::new(
            Saying::LivedExperience {
                accepted: Some(offer),
                ask_back: "How was that to hear?".to_owned(),
            },
            body,
        )
        .about(About::Share(night))
    };
    assert_eq!(unfit(say(&mut two.dee, tell("x".repeat(640)))), Unfit::TooLong);
    assert_eq!(
        unfit(say(&mut two.dee, tell("You should wait.".to_owned()))),
        Unfit::Directs
    );
    let told = say(&mut two.dee, tell("I waited, and then I did not.".to_owned())).unwrap();
    two.settle();
    until(two, Weekday::Tue, 11);
    let cards = two.phone.engine.messages(two.id, Tz::UTC, None, 200).unwrap();
    let card = cards.iter().find(|card| card.id == told).unwrap();
    assert!(card.is_collapsed && card.message.is_some());
    for away in [&pages(&two.phone), &two.world.bytes_at_rest()] {
        assert!(!holds(away, "canary: "), "what Dee asks herself stays with her");
    }
    told
}

/// 6. Feedback: kept for herself, sent two days later, answered, and told in its order on both sides.
fn it_became_about_you(two: &mut Two, told: MessageId) {
    let feedback = Feedback {
        about: Some(told),
        heard: FeltHeard::ALittle,
        pushed: FeltPushed::QuiteABit,
        words: "It became about you.".to_owned(),
    };
    let kept = two.phone.engine.keep_feedback(two.id, feedback).unwrap();
    two.settle();
    assert!(!shown(&mut two.dee).contains(&"It became about you.".to_owned()));
    two.world.clock.advance_ms(2 * DAY_MS);
    let sent = two.phone.engine.send_feedback(two.id, kept).unwrap();
    two.settle();
    let response = Saying::ResponseToFeedback {
        differently: "I ask whether now is good.".to_owned(),
    };
    say(
        &mut two.dee,
        NewMessage::new(response, "Thank you.").about(About::Message(sent)),
    )
    .unwrap();
    two.settle();
    until(two, Weekday::Wed, 12);
    for device in [&mut two.phone, &mut two.dee] {
        let words = shown(device);
        let chain = ["I waited, and then I did not.", "It became about you.", "Thank you."];
        let places: Vec<usize> = chain
            .map(|one| words.iter().position(|said| said == one).unwrap())
            .to_vec();
        assert!(places.is_sorted(), "{words:?}");
    }
}

fn the_story_until_the_stop(seed: u64) -> (Two, ShareId, Overheard) {
    let mut two = Two::met(seed);
    let overheard = two.world.overhear();
    they_agree(&mut two);
    let night = she_shares_the_night(&mut two);
    dee_listens(&mut two, night);
    not_now(&mut two, night);
    let told = a_yes(&mut two, night);
    it_became_about_you(&mut two, told);
    (two, night, overheard)
}

/// 7. Marisol stops sharing the night while Dee is offline: one call, and nothing is asked.
fn she_stops(two: &mut Two, night: ShareId) {
    two.dee.sync(&two.world); // The last time for a while.
    two.phone.engine.revoke(night).unwrap();
    two.phone.sync(&two.world);
    let cards = two.phone.engine.share_cards().unwrap();
    let card = cards.iter().find(|card| card.share.id() == night).unwrap();
    assert!(card.released.is_some() && card.opened.is_some());
    assert_eq!(card.purged, None, "stopped, and not yet confirmed");
    two.dee.engine.open_shared(night).unwrap();
}

#[test]
fn on_the_third_day_the_other_connects_and_it_is_gone_with_what_was_said_of_it() {
    let (mut two, night, overheard) = the_story_until_the_stop(1);
    let before = two.world.backup(1);
    she_stops(&mut two, night);
    two.world.clock.advance_ms(3 * DAY_MS);
    two.dee.sync(&two.world);
    assert!(matches!(two.dee.engine.open_shared(night), Err(Error::NotFound)));
    two.settle();
    let cards = two.phone.engine.share_cards().unwrap();
    let card = cards.iter().find(|card| card.share.id() == night).unwrap();
    assert!(card.purged.is_some(), "their app said so");
    for device in [&mut two.phone, &mut two.dee] {
        let id = device.card().relationship.id;
        let about = device.engine.messages(id, Tz::UTC, None, 200).unwrap();
        let quoted: Vec<bool> = about
            .iter()
            .filter_map(|card| card.quoted.filter(|quoted| quoted.about == About::Share(night)))
            .map(|quoted| quoted.is_here)
            .collect();
        assert!(!quoted.is_empty() && !quoted.contains(&true), "no longer shared");
    }
    // 8. An older state of the relay shows nothing again.
    drop(cairn_tests::drive(&mut two.dee.engine, &before.line()));
    assert!(two.dee.engine.shared_cards().unwrap().is_empty());
    // 9. No page of Dee's database and no byte that the relay ever heard says a word of it.
    assert!(!holds(&pages(&two.dee), NIGHT));
    assert!(!holds(&overheard.bytes(), NIGHT));
    // Whoever runs the relay reads none of what was said.
    let at_rest = two.world.bytes_at_rest();
    for words in ["It became about you.", "I waited, and then I did not.", "Tuesday group"] {
        assert!(!holds(&at_rest, words), "{words}");
    }
}

#[test]
fn a_week_offline_locks_it_until_the_relay_was_reached() {
    let (mut two, night, _) = the_story_until_the_stop(2);
    she_stops(&mut two, night);
    two.world.clock.advance_ms(6 * DAY_MS);
    two.dee.engine.open_shared(night).unwrap();
    two.world.clock.advance_ms(DAY_MS);
    assert!(matches!(two.dee.engine.open_shared(night), Err(Error::LeaseOver)));
    two.dee.sync(&two.world);
    assert!(matches!(two.dee.engine.open_shared(night), Err(Error::NotFound)));
}
