#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
use super::*;
use crate::clock::Timestamp;
use crate::support::Resource;

const SHARE: ShareId = ShareId::from_bytes([1; 16]);
const OTHER: ShareId = ShareId::from_bytes([2; 16]);

fn id(number: u8) -> MessageId {
    MessageId::from_bytes([number; 16])
}

fn message(saying: Saying, about: Option<About>) -> Message {
    Message {
        saying,
        body: "Words.".to_owned(),
        about,
        preferences: 0,
        topics: Vec::new(),
        sent: Timestamp(0),
    }
}

fn story(accepted: Option<MessageId>) -> Message {
    let saying = Saying::LivedExperience {
        accepted,
        ask_back: String::new(),
    };
    message(saying, Some(About::Share(SHARE)))
}

fn resource(accepted: Option<MessageId>) -> Message {
    let resource = Resource {
        title: "A walk".to_owned(),
        ..Resource::default()
    };
    message(Saying::Resource { resource, accepted }, Some(About::Share(SHARE)))
}

fn acknowledgement() -> Message {
    let saying = Saying::Acknowledgement {
        strength: String::new(),
    };
    message(saying, Some(About::Share(SHARE)))
}

fn said(number: u8, by: Role, message: Message) -> Event {
    Event::Said {
        id: id(number),
        by,
        message,
        found: None,
    }
}

/// Before anything happened, and nothing is shared.
fn nothing_yet() -> Conversation {
    Conversation::new(BTreeMap::new(), [], |_| false)
}

/// Both have agreed, and one thing is shared with `wanted` and opened; these offers were taken up.
fn after_opening(wanted: SupportWanted, taken_up: &[u8]) -> Conversation {
    let wanted = BTreeMap::from([(SHARE, wanted), (OTHER, SupportWanted::LISTENING)]);
    let mut conversation = Conversation::new(wanted, ["Hugs ".to_owned()], |words| words.contains("you should"));
    conversation.take(Event::Agreed {
        version: 1,
        closing_words: true,
    });
    conversation.take(Event::Opened(SHARE));
    for number in taken_up {
        let yes = message(Saying::Yes, Some(About::Message(id(*number))));
        conversation.take(said(100 + number, Role::Participant, yes));
    }
    conversation
}

/// The same, after it was acknowledged.
fn after_listening(wanted: SupportWanted, taken_up: &[u8]) -> Conversation {
    let mut conversation = after_opening(wanted, taken_up);
    let acknowledged = said(90, Role::Specialist, acknowledgement());
    assert_eq!(conversation.take(acknowledged), Some(Ok(Fit::Shown)));
    conversation
}

fn wishes(lived_experience: LivedExperience) -> Event {
    Event::Wishes(Wishes {
        lived_experience,
        ..Wishes::default()
    })
}

#[test]
fn the_first_thing_that_is_said_shows_that_it_was_heard_unless_ideas_or_help_are_wanted() {
    let share = Some(About::Share(SHARE));
    for (wanted, _) in SupportWanted::ALL {
        let gives = wanted == SupportWanted::IDEAS || wanted == SupportWanted::PRACTICAL_HELP;
        for (what, may) in [
            (acknowledgement(), true),
            (message(Saying::OpenQuestion, share), true),
            (message(Saying::Offer(Offered::LivedExperience), share), gives),
            (message(Saying::Offer(Offered::Resource), share), gives),
            (message(Saying::Practical, share), gives),
            (resource(None), gives),
            (story(None), wanted == SupportWanted::THEIR_STORY),
        ] {
            let verdict = after_opening(wanted, &[]).judge(&what);
            assert_eq!(
                verdict == Err(Unfit::ListenFirst),
                !may,
                "{wanted:?} {what:?} {verdict:?}"
            );
        }
        // Once it was heard, whatever is left to say may be said.
        let then = after_listening(wanted, &[]);
        assert_eq!(then.judge(&message(Saying::Practical, share)), Ok(Fit::Shown));
        assert_ne!(then.judge(&story(None)), Err(Unfit::ListenFirst));
    }
}

#[test]
fn what_is_shared_is_opened_before_anything_is_said_about_it() {
    let conversation = after_opening(SupportWanted::LISTENING, &[]);
    let about = |share| message(Saying::OpenQuestion, Some(About::Share(share)));
    assert_eq!(conversation.judge(&about(OTHER)), Err(Unfit::OpenFirst));
    assert_eq!(
        conversation.judge(&about(ShareId::from_bytes([3; 16]))),
        Err(Unfit::Nowhere)
    );
    let nothing = message(acknowledgement().saying, None);
    assert_eq!(
        conversation.judge(&nothing),
        Err(Unfit::Nowhere),
        "of nothing in particular"
    );
    assert_eq!(conversation.judge(&message(Saying::OpenQuestion, None)), Ok(Fit::Shown));
    let of_none = message(Saying::OpenQuestion, Some(About::Message(id(1))));
    assert_eq!(conversation.judge(&of_none), Err(Unfit::Nowhere));
}

#[test]
fn ones_own_experience_is_told_once_for_each_yes_and_as_the_participant_wishes() {
    let offer = || message(Saying::Offer(Offered::LivedExperience), Some(About::Share(SHARE)));
    let mut conversation = after_listening(SupportWanted::LISTENING, &[1]);
    assert_eq!(
        conversation.judge(&story(Some(id(1)))),
        Err(Unfit::AskFirst),
        "not offered"
    );
    for number in [1, 2] {
        assert_eq!(
            conversation.take(said(number, Role::Specialist, offer())),
            Some(Ok(Fit::Shown))
        );
    }
    assert_eq!(conversation.judge(&story(None)), Err(Unfit::AskFirst));
    assert_eq!(
        conversation.judge(&story(Some(id(2)))),
        Err(Unfit::AskFirst),
        "nobody said yes to it"
    );
    assert_eq!(
        conversation.take(said(3, Role::Specialist, story(Some(id(1))))),
        Some(Ok(Fit::Shown))
    );
    assert_eq!(
        conversation.judge(&story(Some(id(1)))),
        Err(Unfit::AskFirst),
        "a yes is for one"
    );
    // Whatever was taken up, the wishes that stand before it count.
    let mut never = after_listening(SupportWanted::THEIR_STORY, &[1]);
    never.take(said(1, Role::Specialist, offer()));
    never.take(wishes(LivedExperience::Never));
    assert_eq!(never.judge(&story(Some(id(1)))), Err(Unfit::NotWelcome));
    let mut welcome = after_listening(SupportWanted::LISTENING, &[]);
    welcome.take(wishes(LivedExperience::Welcome));
    assert_eq!(welcome.judge(&story(None)), Ok(Fit::Shown));
    let mut about_nothing = story(None);
    about_nothing.about = None;
    assert_eq!(welcome.judge(&about_nothing), Err(Unfit::ListenFirst));
}

#[test]
fn words_for_the_preferences_are_proposed_where_they_were_asked_for_and_once() {
    let proposal = |asked| message(Saying::Proposal { asked }, None);
    let mut conversation = after_opening(SupportWanted::LISTENING, &[]);
    assert_eq!(conversation.judge(&proposal(id(1))), Err(Unfit::NotAskedFor));
    // Nothing else is taken for it.
    let ask = message(Saying::Ask(SupportWanted::IDEAS), None);
    conversation.take(said(1, Role::Participant, ask));
    assert_eq!(conversation.judge(&proposal(id(1))), Err(Unfit::NotAskedFor));
    for number in [2, 3] {
        conversation.take(said(number, Role::Participant, message(Saying::AskForProposal, None)));
    }
    assert_eq!(
        conversation.take(said(4, Role::Specialist, proposal(id(2)))),
        Some(Ok(Fit::Shown))
    );
    assert_eq!(conversation.judge(&proposal(id(2))), Err(Unfit::NotAskedFor));
    assert_eq!(conversation.judge(&proposal(id(3))), Ok(Fit::Shown));
    let asks = message(Saying::AskForProposal, None);
    assert_eq!(
        conversation.judge(&asks),
        Err(Unfit::NotYours),
        "they ask for it by themselves"
    );
    assert_eq!(conversation.judge_participants(&asks), Ok(()));
    assert_eq!(conversation.judge_participants(&proposal(id(3))), Err(Unfit::NotYours));
}

#[test]
fn a_request_is_a_yes_for_one() {
    let mut conversation = after_opening(SupportWanted::LISTENING, &[]);
    let ask = message(Saying::Ask(SupportWanted::THEIR_STORY), None);
    conversation.take(said(1, Role::Participant, ask));
    assert_eq!(
        conversation.take(said(2, Role::Specialist, story(Some(id(1))))),
        Some(Ok(Fit::Shown))
    );
    assert_eq!(conversation.judge(&story(Some(id(1)))), Err(Unfit::ListenFirst));
    // So is what was wanted with the share.
    let mut with_share = after_opening(SupportWanted::THEIR_STORY, &[]);
    assert_eq!(
        with_share.take(said(2, Role::Specialist, story(None))),
        Some(Ok(Fit::Shown))
    );
    assert_eq!(with_share.judge(&story(None)), Err(Unfit::ListenFirst));
}

#[test]
fn ones_own_experience_is_no_longer_than_is_wished() {
    let mut conversation = after_listening(SupportWanted::LISTENING, &[]);
    let long = |length| Message {
        body: "é".repeat(length),
        ..story(None)
    };
    conversation.take(wishes(LivedExperience::Welcome));
    assert_eq!(conversation.judge(&long(600)), Ok(Fit::Shown));
    assert_eq!(conversation.judge(&long(601)), Err(Unfit::TooLong));
    conversation.take(Event::Wishes(Wishes {
        lived_experience: LivedExperience::Welcome,
        lived_experience_max: 1_200,
        ..Wishes::default()
    }));
    assert_eq!(conversation.judge(&long(1_200)), Ok(Fit::Shown));
    assert_eq!(conversation.judge(&long(1_201)), Err(Unfit::TooLong));
}

#[test]
fn what_was_not_asked_for_waits_for_a_yes_and_so_does_what_is_not_for_them() {
    let mut listening = after_listening(SupportWanted::LISTENING, &[1]);
    assert_eq!(listening.judge(&resource(None)), Ok(Fit::Withheld));
    listening.take(said(
        1,
        Role::Specialist,
        message(Saying::Offer(Offered::Resource), None),
    ));
    assert_eq!(listening.judge(&resource(Some(id(1)))), Ok(Fit::Shown));
    listening.take(said(
        2,
        Role::Participant,
        message(Saying::Ask(SupportWanted::IDEAS), None),
    ));
    assert_eq!(listening.judge(&resource(Some(id(2)))), Ok(Fit::Shown));
    let ideas = after_opening(SupportWanted::IDEAS, &[]);
    assert_eq!(ideas.judge(&resource(None)), Ok(Fit::Shown));
    let mut hugs = resource(None);
    hugs.topics = vec!["hugs".to_owned()];
    assert_eq!(ideas.judge(&hugs), Ok(Fit::Withheld));
}

#[test]
fn what_is_off_limits_is_not_brought_up_whatever_it_is_in() {
    let mut conversation = after_listening(SupportWanted::IDEAS, &[]);
    conversation.take(Event::Wishes(Wishes {
        off_limits: vec!["Tuesday group".to_owned(), "art".to_owned()],
        ..Wishes::default()
    }));
    let says = |body: &str| Message {
        body: body.to_owned(),
        ..message(Saying::OpenQuestion, None)
    };
    assert_eq!(
        conversation.judge(&says("How was the TUESDAY group?")),
        Err(Unfit::OffLimits)
    );
    assert_eq!(conversation.judge(&says("What about art?")), Err(Unfit::OffLimits));
    assert_eq!(conversation.judge(&says("How did the party start?")), Ok(Fit::Shown));
    let mut tagged = says("What helped?");
    tagged.topics = vec!["ART".to_owned()];
    assert_eq!(conversation.judge(&tagged), Err(Unfit::OffLimits));
    let mut named = resource(None);
    if let Saying::Resource { resource, .. } = &mut named.saying {
        resource.what_it_is = "An art class".to_owned();
    }
    assert_eq!(conversation.judge(&named), Err(Unfit::OffLimits));
}

#[test]
fn what_was_written_before_the_preferences_that_stand_before_it_does_not_fit() {
    let mut conversation = after_listening(SupportWanted::LISTENING, &[]);
    conversation.take(Event::Preferences(4));
    let with = |preferences| Message {
        preferences,
        ..message(Saying::OpenQuestion, None)
    };
    assert_eq!(conversation.judge(&with(3)), Err(Unfit::PreferencesChanged));
    assert_eq!(conversation.judge(&with(4)), Ok(Fit::Shown));
    assert_eq!(
        conversation.judge(&with(u64::MAX)),
        Err(Unfit::PreferencesChanged),
        "nobody has opened it"
    );
}

#[test]
fn nothing_is_said_before_both_have_agreed_and_one_thing_after_the_end() {
    let closing = || message(Saying::Closing, None);
    let mut conversation = nothing_yet();
    assert_eq!(
        conversation.judge(&message(Saying::OpenQuestion, None)),
        Err(Unfit::NotActive)
    );
    conversation.take(Event::Agreed {
        version: 1,
        closing_words: true,
    });
    assert_eq!(conversation.judge(&closing()), Err(Unfit::NotActive), "not over");
    conversation.take(Event::Ended);
    assert_eq!(
        conversation.judge(&message(Saying::OpenQuestion, None)),
        Err(Unfit::NotActive)
    );
    assert_eq!(
        conversation.take(said(1, Role::Specialist, closing())),
        Some(Ok(Fit::Shown))
    );
    assert_eq!(conversation.judge(&closing()), Err(Unfit::NotActive), "one");
    let mut silent = nothing_yet();
    silent.take(Event::Agreed {
        version: 1,
        closing_words: false,
    });
    silent.take(Event::Ended);
    assert_eq!(silent.judge(&closing()), Err(Unfit::NotActive));
}

#[test]
fn each_says_what_is_theirs() {
    let conversation = after_listening(SupportWanted::LISTENING, &[]);
    for (_, saying) in [(0, Saying::Words), (1, Saying::Yes), (2, Saying::Correction)] {
        assert_eq!(conversation.judge(&message(saying, None)), Err(Unfit::NotYours));
    }
    let participants = |saying, about| conversation.judge_participants(&message(saying, about));
    assert_eq!(participants(Saying::OpenQuestion, None), Err(Unfit::NotYours));
    assert_eq!(participants(Saying::Words, None), Ok(()));
    let acknowledged = Some(About::Message(id(90)));
    assert_eq!(participants(Saying::Correction, acknowledged), Ok(()));
    assert_eq!(participants(Saying::Correction, None), Err(Unfit::Nowhere));
    assert_eq!(participants(Saying::Yes, acknowledged), Err(Unfit::Nowhere), "no offer");
    assert_eq!(
        participants(Saying::Words, Some(About::Message(id(9)))),
        Err(Unfit::Nowhere)
    );
    let mut silent = message(Saying::Words, None);
    silent.body = " \n".to_owned();
    assert_eq!(conversation.judge_participants(&silent), Err(Unfit::Silent));
}

#[test]
fn a_response_is_to_feedback_that_was_sent() {
    let mut conversation = after_listening(SupportWanted::LISTENING, &[]);
    let response = |about| {
        let differently = String::new();
        message(Saying::ResponseToFeedback { differently }, about)
    };
    let feedback = Saying::Feedback {
        heard: crate::support::FeltHeard::ALittle,
        pushed: crate::support::FeltPushed::QuiteABit,
    };
    conversation.take(said(1, Role::Participant, message(feedback, None)));
    assert_eq!(
        conversation.judge(&response(Some(About::Message(id(1))))),
        Ok(Fit::Shown)
    );
    for about in [None, Some(About::Share(SHARE)), Some(About::Message(id(90)))] {
        assert_eq!(conversation.judge(&response(about)), Err(Unfit::Nowhere));
    }
}

#[test]
fn of_wishes_that_cross_the_later_version_counts_and_of_agreements_too() {
    let mut conversation = after_listening(SupportWanted::LISTENING, &[]);
    let wishes = |version, lived_experience| {
        Event::Wishes(Wishes {
            version,
            lived_experience,
            ..Wishes::default()
        })
    };
    conversation.take(wishes(3, LivedExperience::Never));
    conversation.take(wishes(2, LivedExperience::Welcome));
    assert_eq!(conversation.judge(&story(None)), Err(Unfit::NotWelcome));
    let agreed = |version, closing_words| Event::Agreed { version, closing_words };
    conversation.take(agreed(3, false));
    conversation.take(agreed(2, true));
    conversation.take(Event::Ended);
    assert_eq!(
        conversation.judge(&message(Saying::Closing, None)),
        Err(Unfit::NotActive)
    );
}

#[test]
fn a_story_uses_up_what_was_wanted_whatever_it_says_it_was_accepted_by() {
    let mut conversation = after_opening(SupportWanted::THEIR_STORY, &[]);
    assert_eq!(
        conversation.judge(&story(Some(id(77)))),
        Err(Unfit::AskFirst),
        "by nothing that is there"
    );
    assert_eq!(
        conversation.take(said(2, Role::Specialist, story(None))),
        Some(Ok(Fit::Shown))
    );
    assert_eq!(conversation.judge(&story(None)), Err(Unfit::ListenFirst));
    // A question back is part of what is told, and no text of a message is passed over.
    let mut long = after_opening(SupportWanted::THEIR_STORY, &[]);
    let mut told = story(None);
    told.saying = Saying::LivedExperience {
        accepted: None,
        ask_back: "é".repeat(600),
    };
    assert_eq!(long.judge(&told), Err(Unfit::TooLong));
    long.take(Event::Wishes(Wishes {
        off_limits: vec!["the yard".to_owned()],
        ..Wishes::default()
    }));
    let strength = Saying::Acknowledgement {
        strength: "You stayed in the Yard.".to_owned(),
    };
    assert_eq!(
        long.judge(&message(strength, Some(About::Share(SHARE)))),
        Err(Unfit::OffLimits)
    );
}

#[test]
fn a_yes_holds_until_not_now_is_said() {
    let offer = message(Saying::Offer(Offered::LivedExperience), Some(About::Share(SHARE)));
    let mut conversation = after_listening(SupportWanted::LISTENING, &[]);
    conversation.take(said(1, Role::Specialist, offer));
    assert_eq!(conversation.judge(&story(Some(id(1)))), Err(Unfit::AskFirst));
    let answer = |saying| message(saying, Some(About::Message(id(1))));
    conversation.take(said(2, Role::Participant, answer(Saying::Yes)));
    assert_eq!(conversation.judge(&story(Some(id(1)))), Ok(Fit::Shown));
    conversation.take(said(3, Role::Participant, answer(Saying::NotNow)));
    assert_eq!(conversation.judge(&story(Some(id(1)))), Err(Unfit::AskFirst));
}

#[test]
fn a_verdict_that_was_found_stays() {
    let mut conversation = nothing_yet();
    let event = |found| Event::Said {
        id: id(1),
        by: Role::Specialist,
        message: message(Saying::OpenQuestion, None),
        found: Some(found),
    };
    assert_eq!(conversation.take(event(Ok(Fit::Shown))), Some(Ok(Fit::Shown)));
    let unfit = Err(Unfit::NotActive);
    assert_eq!(conversation.take(event(unfit)), Some(unfit));
}

#[test]
fn of_what_was_stopped_nothing_is_said_from_the_stop_on() {
    let about = Some(About::Share(SHARE));
    let mut conversation = after_listening(SupportWanted::IDEAS, &[]);
    assert_eq!(conversation.judge(&message(Saying::Practical, about)), Ok(Fit::Shown));
    conversation.take(Event::Stopped(OTHER));
    assert_eq!(conversation.judge(&message(Saying::Practical, about)), Ok(Fit::Shown));
    conversation.take(Event::Stopped(SHARE));
    for saying in [Saying::Practical, Saying::OpenQuestion] {
        assert_eq!(conversation.judge(&message(saying, about)), Err(Unfit::Nowhere));
    }
    assert_eq!(conversation.judge(&acknowledgement()), Err(Unfit::Nowhere));
    assert_eq!(conversation.judge(&message(Saying::OpenQuestion, None)), Ok(Fit::Shown));
    // Opening it again undoes no stop; and the words after the end are not about it either.
    conversation.take(Event::Opened(SHARE));
    assert_eq!(conversation.judge(&acknowledgement()), Err(Unfit::Nowhere));
    conversation.take(Event::Ended);
    assert_eq!(
        conversation.judge(&message(Saying::Closing, about)),
        Err(Unfit::Nowhere)
    );
    assert_eq!(conversation.judge(&message(Saying::Closing, None)), Ok(Fit::Shown));
}

#[test]
fn ones_own_experience_tells_nobody_what_to_do_in_any_of_its_words() {
    let mut conversation = after_listening(SupportWanted::LISTENING, &[]);
    conversation.take(wishes(LivedExperience::Welcome));
    let told = Message {
        about: Some(About::Share(SHARE)),
        ..story(None)
    };
    assert_eq!(conversation.judge(&told), Ok(Fit::Shown));
    let directs = "Now you should go.".to_owned();
    let in_body = Message {
        body: directs.clone(),
        ..told.clone()
    };
    let asked_back = Message {
        saying: Saying::LivedExperience {
            accepted: None,
            ask_back: directs.clone(),
        },
        ..told
    };
    for one in [in_body, asked_back] {
        assert_eq!(conversation.judge(&one), Err(Unfit::Directs));
    }
    // What else is said is the specialist's own to weigh: for that there is advice, and no rule.
    let practical = Message {
        body: directs,
        ..message(Saying::Practical, None)
    };
    assert_eq!(conversation.judge(&practical), Ok(Fit::Shown));
}
