//! How it was, kept and sent: about a meeting, about some days, about something shared; and what becomes of it when what it is about is gone.

use super::messages::{message, refused, say_unchecked};
use cairn_core::id::{MeetingId, MessageId, ShareId};
use cairn_core::support::{About, Days, Feedback, FeltHeard, FeltPushed, MessageCard, MessageState, Saying, Unfit};
use cairn_core::vault::NewMessage;
use cairn_tests::{Device, Two, plain_share};
use chrono::NaiveDate;
use chrono_tz::Tz;

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

fn days() -> About {
    About::Days(Days::new(day(1), day(7)).unwrap())
}

fn feedback(about: Option<About>) -> Feedback {
    Feedback {
        about,
        heard: FeltHeard::Mostly,
        pushed: FeltPushed::ALittle,
        words: "It was slow, and that was good.".to_owned(),
    }
}

fn cards(device: &mut Device) -> Vec<MessageCard> {
    let id = device.card().relationship.id;
    device.engine.messages(id, Tz::UTC, None, 200).unwrap()
}

/// What is shown, about what, and whether that is still there.
fn abouts(device: &mut Device) -> Vec<(Option<About>, Option<bool>)> {
    let about = |card: MessageCard| {
        let about = card.message.and_then(|message| message.about);
        (about, card.quoted.map(|quoted| quoted.is_here))
    };
    cards(device).into_iter().map(about).collect()
}

/// They have agreed and met once; something is shared.
fn met(seed: u64) -> (Two, MeetingId, ShareId) {
    let mut two = Two::agreed(seed);
    let meeting = two.phone.engine.begin_meeting(two.id, day(3)).unwrap();
    let entry = two.phone.write("The bus.");
    let share = two.phone.engine.share(plain_share(two.id, entry)).unwrap();
    two.settle();
    (two, meeting, share)
}

#[test]
fn feedback_is_about_a_meeting_some_days_or_something_shared_and_reads_back_on_every_device() {
    let (mut two, meeting, share) = met(1);
    let abouts_kept = [
        Some(About::Meeting(meeting)),
        Some(days()),
        Some(About::Share(share)),
        None,
    ];
    for about in abouts_kept {
        two.phone.engine.keep_feedback(two.id, feedback(about)).unwrap();
        two.world.clock.advance_ms(1);
    }
    let mut tablet = two.second(1);
    for device in [&two.phone, &tablet] {
        let kept: Vec<_> = device
            .engine
            .feedback(two.id)
            .unwrap()
            .into_iter()
            .map(|one| one.feedback)
            .collect();
        assert_eq!(kept, abouts_kept.map(feedback));
    }
    two.settle();
    assert!(cards(&mut two.dee).is_empty(), "it is the participant's alone");
    let kept = tablet.engine.feedback(two.id).unwrap();
    for one in kept {
        tablet.engine.send_feedback(two.id, one.id).unwrap();
        tablet.sync(&two.world);
    }
    two.settle();
    let expected = abouts_kept.map(|about| (about, about.map(|_| true)));
    for device in [&mut two.phone, &mut tablet, &mut two.dee] {
        assert_eq!(abouts(device), expected);
        let id = device.card().relationship.id;
        assert_eq!(device.engine.sent_feedback(id, Tz::UTC).unwrap().len(), 4);
    }
}

#[test]
fn what_it_is_about_may_go_and_what_was_said_of_it_stays() {
    let (mut two, meeting, _) = met(2);
    let kept = two
        .phone
        .engine
        .keep_feedback(two.id, feedback(Some(About::Meeting(meeting))))
        .unwrap();
    two.phone.engine.take_back_meeting(two.id, meeting).unwrap();
    two.phone.engine.send_feedback(two.id, kept).unwrap();
    two.settle();
    for device in [&mut two.phone, &mut two.dee] {
        assert_eq!(abouts(device), [(Some(About::Meeting(meeting)), Some(false))]);
    }
    let sent = cards(&mut two.dee)[0].id;
    let differently = "More time.".to_owned();
    let response = NewMessage::new(Saying::ResponseToFeedback { differently }, "Thank you.");
    two.dee
        .engine
        .say_message(two.theirs, response.about(About::Message(sent)))
        .unwrap();
    two.settle();
    let all = cards(&mut two.phone);
    assert_eq!(all[1].state, MessageState::Arrived);
    assert_eq!(all[1].message.as_ref().unwrap().body, "Thank you.");
}

#[test]
fn nobody_gives_feedback_about_what_never_was_and_nothing_else_is_about_a_meeting_or_days() {
    let (mut two, meeting, _) = met(3);
    let never = [
        About::Meeting(MeetingId::from_bytes([9; 16])),
        About::Share(ShareId::from_bytes([9; 16])),
        About::Message(MessageId::from_bytes([9; 16])),
    ];
    for about in never {
        assert_eq!(
            refused(two.phone.engine.keep_feedback(two.id, feedback(Some(about)))),
            Unfit::Nowhere
        );
        let saying = Saying::Feedback {
            heard: FeltHeard::Mostly,
            pushed: FeltPushed::Unsaid,
        };
        let at_once = NewMessage::new(saying, "").about(about);
        assert_eq!(
            refused(two.phone.engine.say_message(two.id, at_once)),
            Unfit::Nowhere,
            "{about:?}"
        );
    }
    for about in [About::Meeting(meeting), days()] {
        let words = NewMessage::new(Saying::Words, "About that.").about(about);
        assert_eq!(refused(two.phone.engine.say_message(two.id, words)), Unfit::Nowhere);
        let practical = NewMessage::new(Saying::Practical, "At ten.").about(about);
        assert_eq!(
            refused(two.dee.engine.say_message(two.theirs, practical)),
            Unfit::Nowhere
        );
    }
    assert!(two.phone.engine.feedback(two.id).unwrap().is_empty());
    // An app that holds nothing against the rules says it all the same.
    say_unchecked(
        &two.dee,
        1,
        &message(Saying::Practical, Some(days()), "You were quiet in these days."),
    );
    two.settle();
    let all = cards(&mut two.phone);
    assert_eq!(
        all.iter().map(|card| card.state).collect::<Vec<_>>(),
        [MessageState::Unfit]
    );
    assert!(all[0].message.is_none());
    assert_eq!(Days::new(day(2), day(1)), None);
}
