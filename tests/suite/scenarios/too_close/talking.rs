//! Steps 3 to 6: Dee listens, offers, waits, tells, and hears how it was to be told.

use super::{Story, say, until};
use crate::hostile_relay::support;
use crate::scenarios::family::Variant;
use crate::scenarios::{DAY_MS, holds, listed, shown, unfit};
use cairn_core::id::{MessageId, ThingId};
use cairn_core::record::{self, Kind};
use cairn_core::support::{
    About, Decision, Feedback, FeedbackResponse, FeltHeard, FeltPushed, Message, MessageState, Offered, Part, Saying,
    SelfReflection, Unfit, Whose,
};
use cairn_core::vault::NewMessage;
use cairn_core::words;
use cairn_tests::Two;
use chrono::Weekday;
use chrono_tz::Tz;

const TOLD: &str = "I waited, and then I did not.";

fn acknowledgement() -> Saying {
    Saying::Acknowledgement {
        strength: "You wrote it down.".to_owned(),
    }
}

fn of_ones_own(accepted: Option<MessageId>) -> Saying {
    Saying::LivedExperience {
        accepted,
        ask_back: "How was that to hear?".to_owned(),
    }
}

fn reflect(two: &mut Two, words: &str) -> ThingId {
    let reflection = SelfReflection {
        words: words.to_owned(),
        ..SelfReflection::new(Whose::Theirs, Decision::Share)
    };
    two.dee.engine.reflect(two.theirs, &reflection).unwrap()
}

/// 3. At 22:15 on a Thursday Dee opens it, may not begin with herself, and what she says arrives on Monday at 10.
pub(super) fn dee_listens(story: &mut Story) {
    until(&story.family, Weekday::Thu, 22, 15);
    story.family.settle();
    let (two, about) = (&mut story.family.two, About::Share(story.night));
    let view = two.dee.engine.open_shared(story.night).unwrap().view;
    assert_eq!(view.text(Part::Body), Some(super::NIGHT));
    assert_eq!(
        (view.text(Part::Purpose), view.text(Part::Title)),
        (Some("listening"), None)
    );
    let reflected = reflect(two, "canary: it would be for me");
    let first = NewMessage {
        reflection: Some(reflected),
        ..NewMessage::new(of_ones_own(None), "It was like that with me.").about(about)
    };
    assert_eq!(unfit(say(&mut two.dee, first)), Unfit::ListenFirst);
    story
        .patched
        .says(two, of_ones_own(None), Some(about), "Me first, all the same.");
    two.dee.sync(&two.world);
    let heard = NewMessage::new(acknowledgement(), "I have read it.").about(about);
    say(&mut two.dee, heard).unwrap();
    story.family.settle();
    assert_eq!(shown(&mut story.family.two.phone), [""; 0], "held, without a word");
    until(&story.family, Weekday::Mon, 9, 59);
    let two = &mut story.family.two;
    assert_eq!(shown(&mut two.phone), [""; 0]);
    // Nothing rings for it, before or after.
    assert_eq!(two.phone.engine.upcoming("UTC", 50).unwrap(), []);
    until(&story.family, Weekday::Mon, 10, 0);
    let two = &mut story.family.two;
    assert_eq!(shown(&mut two.phone), ["I have read it."]);
    assert_eq!(two.phone.engine.upcoming("UTC", 50).unwrap(), []);
}

/// 4. Dee offers; not now; an app that checks nothing sends it all the same, and Marisol's devices do not show it.
pub(super) fn not_now(story: &mut Story) -> MessageId {
    let about = About::Share(story.night);
    let offer = NewMessage::new(
        Saying::Offer(Offered::LivedExperience),
        "I could tell you how something similar went for me. Or I can listen.",
    );
    let offer = say(&mut story.family.two.dee, offer.about(about)).unwrap();
    story.family.settle();
    until(&story.family, Weekday::Tue, 10, 0);
    story.family.settle();
    let id = story.family.two.id;
    let not_now = NewMessage::new(Saying::NotNow, "").about(About::Message(offer));
    story
        .family
        .saves(|engine| engine.say_message(id, not_now.clone()).map(drop));
    story.family.settle();
    let unfit_lines = |story: &mut Story| {
        let cards = listed(&mut story.family.two.phone).into_iter();
        cards.filter(|card| card.state == MessageState::Unfit).count()
    };
    let before = unfit_lines(story);
    let two = &story.family.two;
    story
        .patched
        .says(two, of_ones_own(Some(offer)), Some(about), "Forced story.");
    story.patched.says(two, of_ones_own(None), None, "Forced once more.");
    if story.family.variant == Variant::OlderCore {
        newer_words(story);
    }
    story.family.settle();
    assert_eq!(unfit_lines(story), before + 1, "one line for both");
    let cards = listed(&mut story.family.two.phone);
    let line = cards.iter().rfind(|card| card.state == MessageState::Unfit).unwrap();
    assert_eq!((&line.message, line.quoted), (&None, None));
    assert_eq!(
        words::messages::UNFIT.text,
        "One message did not fit what you have agreed on, and is not shown."
    );
    assert!(!holds(&story.family.phone_pages(), "Forced"));
    offer
}

/// A newer app of Dee's: a message with something that this version does not know beside, which is shown, and one of a kind that it does not know, which waits
/// for an update and is said to.
fn newer_words(story: &mut Story) {
    let two = &story.family.two;
    let view = two.dee.engine.store().view();
    let preferences = view.shown_profile(support(&two.dee).id).unwrap();
    let question = Message {
        preferences: preferences.map_or(0, |row| row.version),
        ..crate::messages::message(Saying::OpenQuestion, None, "What was it like, from a newer app?")
    };
    let mut beside = record::encode_message(&question);
    beside[0] += 1; // One more pair in the map, behind all others: 40, null.
    beside.extend([0x18, 40, 0xf6]);
    story.patched.says_content(two, Kind::Message, beside);
    let mut unknown = record::encode_message(&question);
    assert_eq!(unknown[1..3], [0, 1], "kind: open question");
    unknown[2] = 23;
    story.patched.says_content(two, Kind::Message, unknown);
    story.family.settle();
    let two = &mut story.family.two;
    story.patched.counts_from_here(two);
    let doctor = two.phone.engine.doctor().unwrap();
    assert!(
        doctor
            .lines
            .iter()
            .any(|line| line.contains("A newer version wrote it")),
        "{:?}",
        doctor.lines
    );
    let arrived = "What was it like, from a newer app?".to_owned();
    assert_eq!(shown(&mut two.phone).iter().filter(|one| **one == arrived).count(), 1);
}

/// 5. A week later she says yes; Dee asks herself, is too long, directs, and then tells it.
pub(super) fn a_yes(story: &mut Story, offer: MessageId) -> MessageId {
    story.family.two.world.clock.advance_ms(7 * DAY_MS);
    story.family.settle();
    let (id, about) = (story.family.two.id, About::Share(story.night));
    let yes = NewMessage::new(Saying::Yes, "").about(About::Message(offer));
    story
        .family
        .saves(|engine| engine.say_message(id, yes.clone()).map(drop));
    story.family.settle();
    let two = &mut story.family.two;
    let tell = |body: &str, reflection| NewMessage {
        reflection,
        ..NewMessage::new(of_ones_own(Some(offer)), body).about(about)
    };
    assert_eq!(unfit(say(&mut two.dee, tell(TOLD, None))), Unfit::ReflectFirst);
    let reflected = Some(reflect(two, "canary: they asked, and it is short"));
    let long = "x".repeat(640);
    assert_eq!(unfit(say(&mut two.dee, tell(&long, reflected))), Unfit::TooLong);
    // However long an app sends it, and whatever it tells her to do, it is not shown, and uses up no yes.
    let longer = format!("Long canary {long}");
    story.patched.says(two, of_ones_own(Some(offer)), Some(about), &longer);
    let two = &mut story.family.two;
    story
        .patched
        .says(two, of_ones_own(Some(offer)), Some(about), "You should wait, as I did.");
    two.dee.sync(&two.world);
    let two = &mut story.family.two;
    assert_eq!(
        unfit(say(&mut two.dee, tell("You should wait.", reflected))),
        Unfit::Directs
    );
    let told = say(&mut two.dee, tell(TOLD, reflected)).unwrap();
    two.dee.sync(&two.world);
    // One for each yes, whatever app tells a second.
    story
        .patched
        .says(two, of_ones_own(Some(offer)), Some(about), "And another one.");
    story.family.settle();
    until(&story.family, Weekday::Tue, 11, 0);
    let two = &mut story.family.two;
    let cards = listed(&mut two.phone);
    let card = cards.iter().find(|card| card.id == told).unwrap();
    assert!(
        card.is_collapsed
            && card
                .quoted
                .is_some_and(|quoted| quoted.about == about && quoted.is_here)
    );
    let message = card.message.as_ref().unwrap();
    assert_eq!(
        (message.body.as_str(), &message.saying),
        (TOLD, &of_ones_own(Some(offer)))
    );
    for away in [story.family.phone_pages(), story.family.two.world.bytes_at_rest()] {
        assert!(!holds(&away, "canary: "), "what Dee asks herself stays with her");
    }
    told
}

/// 6. Feedback: kept for herself, sent two days later, answered, and told in its order on both sides.
pub(super) fn it_became_about_you(story: &mut Story, told: MessageId) {
    let id = story.family.two.id;
    let feedback = Feedback {
        about: Some(About::Message(told)),
        heard: FeltHeard::ALittle,
        pushed: FeltPushed::QuiteABit,
        words: "It became about you.".to_owned(),
    };
    story
        .family
        .saves(|engine| engine.keep_feedback(id, feedback.clone()).map(drop));
    let kept = story.family.two.phone.engine.feedback(id).unwrap();
    let [kept] = &kept[..] else { panic!("kept once") };
    let kept = kept.id;
    story.family.settle();
    let two = &mut story.family.two;
    assert!(!two.dee.holds("It became about you."), "hers alone");
    // An app that answers what was not said to it.
    let response = Saying::ResponseToFeedback {
        differently: "I ask whether now is good.".to_owned(),
    };
    let guessed = MessageId::from_bytes(*kept.as_bytes());
    story.patched.says(
        two,
        response.clone(),
        Some(About::Message(guessed)),
        "I can guess what you felt.",
    );
    story.family.two.world.clock.advance_ms(2 * DAY_MS);
    story.family.saves(|engine| engine.send_feedback(id, kept).map(drop));
    let sent = story.family.two.phone.engine.feedback(id).unwrap()[0].sent.unwrap();
    story.family.settle();
    let answer = NewMessage::new(response, "Thank you.").about(About::Message(sent));
    say(&mut story.family.two.dee, answer).unwrap();
    story.family.settle();
    until(&story.family, Weekday::Wed, 12, 0);
    let two = &mut story.family.two;
    for device in [&mut two.phone, &mut two.dee] {
        let words = shown(device);
        let chain = [TOLD, "It became about you.", "Thank you."];
        let places: Vec<usize> = chain
            .map(|one| words.iter().position(|said| said == one).unwrap())
            .to_vec();
        assert!(places.is_sorted(), "{words:?}");
        // In words, and no sum of them: what was sent stands by itself, with its answer.
        let own = device.card().relationship.id;
        let sent = device.engine.sent_feedback(own, Tz::UTC).unwrap();
        assert_eq!(sent.len(), 1);
        assert!(matches!(sent[0].response, Some(FeedbackResponse::Given(_))));
        let said = &sent[0].message.as_ref().unwrap().saying;
        let felt = matches!(
            said,
            Saying::Feedback {
                heard: FeltHeard::ALittle,
                pushed: FeltPushed::QuiteABit
            }
        );
        assert!(felt, "{said:?}");
    }
    // Whoever runs the relay reads none of it: not on the line, in no table, in no file.
    let (heard, at_rest) = (story.overheard.bytes(), two.world.bytes_at_rest());
    let (_copy, store) = two.world.copied_store();
    drop(store);
    for words in [
        "It became about you.",
        TOLD,
        "Thank you.",
        "Tuesday group",
        "same Tuesday meeting",
        super::NIGHT,
        super::DAWN,
    ] {
        assert!(!holds(&heard, words) && !holds(&at_rest, words), "{words}");
    }
}
