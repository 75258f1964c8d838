//! The end of what is shown: a relay that lies about the time, and an app that goes on about what was stopped.

use super::shown::{last_of, persona, support};
use super::{attack, failures};
use crate::hostile_relay::made_by;
use cairn_core::clock::Timestamp;
use cairn_core::id::{DocumentId, ShareId};
use cairn_core::record::{self, Kind};
use cairn_core::support::{About, End, LivedExperience, Message, MessageState, Saying, Wishes};
use cairn_core::sync::Transport;
use cairn_core::vault::{Error, NewMessage, NewShare};
use cairn_tests::{Device, Meddler, Overheard, RawSession, Two, change_heads, plain_share};
use chrono_tz::Tz;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Something is shown for so many hours.
fn shown_for(seed: u64, hours: i64) -> (Two, ShareId) {
    let mut two = Two::agreed(seed);
    let entry = two.phone.write("Marmalade zeppelin");
    let until = Timestamp(two.phone.engine.now().0 + hours * HOUR_MS);
    let new = NewShare {
        end: End::At(until),
        ..plain_share(two.id, entry)
    };
    let share = two.phone.engine.share(new).unwrap();
    two.settle();
    assert!(two.dee.engine.open_shared(share).is_ok());
    (two, share)
}

/// The relay's clock, by which it signs, is so many hours ahead of everybody's.
fn ahead(two: &Two, hours: i64) -> impl Transport + use<> {
    let forger = two.world.forger();
    Meddler::of_answers(two.world.line(), move |request, response| {
        change_heads(request, response, |head| {
            head.time_ms += u64::try_from(hours * HOUR_MS).unwrap();
            *head = forger.sign(*head);
        });
    })
}

/// Whether she can read the only thing that was shown to her: the list, the words in it and the call that opens it say the same.
fn is_readable(dee: &mut Device, share: ShareId) -> bool {
    let listed = dee.engine.shared_cards().unwrap().into_iter().map(|card| card.share);
    let whole = dee
        .engine
        .shared_with_me()
        .unwrap()
        .into_iter()
        .map(|shown| shown.share);
    let (listed, whole): (Vec<_>, Vec<_>) = (listed.collect(), whole.collect());
    let opened = match dee.engine.open_shared(share) {
        Ok(shown) => vec![shown.share],
        Err(Error::NotFound) => Vec::new(),
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!((&listed, &whole), (&opened, &opened));
    opened == [share]
}

attack! {
    /// MS-30: the clock of the specialist's device is set back by a day, so that what is over there can still be read.
    a_clock_that_is_set_back, |seed| {
        let (mut two, share) = shown_for(seed, 24);
        let line = ahead(&two, 25);
        assert_eq!(failures(&mut two.dee, &line), []);
        assert!(!is_readable(&mut two.dee, share), "by what the relay signed it is over");
        assert_eq!(failures(&mut two.dee, &line), []);
        assert!(!two.dee.holds("Marmalade"), "and no two clocks say that it is not");
    }, without LocalTimeAlone
}

attack! {
    /// MS-30: the relay's clock is years ahead for a while, so that whatever is shown until a day would be lost.
    a_relay_that_says_that_everything_is_over, |seed| {
        let (mut two, share) = shown_for(seed, 5 * 24);
        let line = ahead(&two, 10 * 365 * 24);
        for _ in 0..2 {
            assert_eq!(failures(&mut two.dee, &line), []);
            assert!(!is_readable(&mut two.dee, share));
        }
        assert!(two.dee.holds("Marmalade"), "shut, and still here");
        two.dee.sync(&two.world);
        assert!(is_readable(&mut two.dee, share), "until it says the time again");
        two.world.clock.advance_ms(6 * 24 * HOUR_MS);
        two.settle();
        assert!(!is_readable(&mut two.dee, share) && !two.dee.holds("Marmalade"));
    }, without OneClockPurges
}

/// What the participant is shown of a message that her specialist's app sealed without asking anybody.
fn after_saying(
    two: &mut Two,
    overheard: &Overheard,
    saying: Saying,
    body: &str,
    about: ShareId,
) -> (MessageState, String) {
    let like = last_of(overheard, &two.dee, support(&two.dee).id, Kind::Message);
    let message = Message {
        saying,
        body: body.to_owned(),
        about: Some(About::Share(about)),
        preferences: 0,
        topics: Vec::new(),
        sent: two.dee.engine.now(),
    };
    let said = made_by(&two.dee, &like, &persona(&two.dee), |_, inside| {
        (inside.document, inside.projection) = (DocumentId::from_bytes([0xdd; 16]), record::encode_message(&message));
    });
    RawSession::of(&two.world, &support(&two.dee)).append(&[said]);
    two.settle();
    let mut cards = two.phone.engine.messages(two.id, Tz::UTC, None, 200).unwrap();
    let card = cards.pop().unwrap();
    (card.state, card.message.map(|message| message.body).unwrap_or_default())
}

/// Something is shown, opened and heard; and all records that are sent.
fn heard(seed: u64) -> (Two, ShareId, Overheard) {
    let mut two = Two::agreed(seed);
    let overheard = two.world.overhear();
    let entry = two.phone.write("The night.");
    let share = two.phone.share(two.id, entry);
    two.settle();
    two.dee.engine.open_shared(share).unwrap();
    let question = NewMessage::new(Saying::OpenQuestion, "How was it?").about(About::Share(share));
    two.dee.engine.say_message(two.theirs, question).unwrap();
    two.settle();
    (two, share, overheard)
}

attack! {
    /// Scenario B, with an app that checks nothing: it goes on about what the participant has stopped showing.
    words_about_what_was_stopped, |seed| {
        let (mut two, share, overheard) = heard(seed);
        two.phone.engine.revoke(share).unwrap();
        two.settle();
        // Under the keys of after the stop.
        let honest = NewMessage::new(Saying::OpenQuestion, "How are the mornings?");
        two.dee.engine.say_message(two.theirs, honest).unwrap();
        two.settle();
        let shown = after_saying(&mut two, &overheard, Saying::Practical, "About that night.", share);
        assert_eq!(shown, (MessageState::Unfit, String::new()));
    }, without StopUnheard
}

attack! {
    /// Scenario B, with an app that checks nothing: a story that tells the participant what to do.
    a_story_that_directs, |seed| {
        let (mut two, share, overheard) = heard(seed);
        let wishes = Wishes { lived_experience: LivedExperience::Welcome, ..Wishes::default() };
        two.phone.engine.set_wishes(two.id, wishes).unwrap();
        two.settle();
        let story = Saying::LivedExperience { accepted: None, ask_back: String::new() };
        let shown = after_saying(&mut two, &overheard, story, "I left him, and you should leave too.", share);
        assert_eq!(shown, (MessageState::Unfit, String::new()));
    }, without DirectsUnread
}
