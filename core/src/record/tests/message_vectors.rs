//! The vectors of what two people say to each other: messages of every kind, wishes, and what is no message.

use super::message::{bare, map, number, text, with};
use super::vectors::hex;
use super::*;
use crate::id::{MeetingId, MessageId, ShareId};
use crate::support::*;
use chrono::NaiveDate;
use serde_json::{Value, json};

fn share() -> ShareId {
    ShareId::from_bytes([0x99; 16])
}

fn said(byte: u8) -> MessageId {
    MessageId::from_bytes([byte; 16])
}

/// The words for what is wanted.
pub(super) fn words(wanted: SupportWanted) -> Vec<&'static str> {
    let chosen = SupportWanted::ALL.into_iter().filter(|(one, _)| wanted.includes(*one));
    chosen.map(|(_, word)| word).collect()
}

/// A message with nothing beside its kind and its words.
fn plain(saying: Saying, body: &str) -> Message {
    Message {
        saying,
        body: body.to_owned(),
        about: None,
        preferences: 0,
        topics: vec![],
        sent: Timestamp(1_795_000_000_000),
    }
}

/// A message about something, written with the preferences open.
fn placed(saying: Saying, body: &str, about: About) -> Message {
    Message {
        about: Some(about),
        preferences: 4,
        topics: vec!["the bus".to_owned(), "さみしい".to_owned()],
        ..plain(saying, body)
    }
}

fn owned(text: &str) -> String {
    text.to_owned()
}

fn specialists() -> Vec<(&'static str, Message)> {
    let (about_share, about_message) = (About::Share(share()), About::Message(said(0xaa)));
    let strength = |text| Saying::Acknowledgement { strength: owned(text) };
    let differently = |text| Saying::ResponseToFeedback {
        differently: owned(text),
    };
    let found = Resource {
        title: owned("Night buses"),
        what_it_is: owned("A timetable, 🙂"),
        link: owned("https://example.org/night"),
        cost: owned("Nothing."),
        why: owned("You asked how to get home."),
    };
    let titled = Resource {
        title: owned("A walk"),
        ..Resource::default()
    };
    vec![
        (
            "a strength, about a share",
            placed(strength("You went anyway."), "I read it, twice.", about_share),
        ),
        ("without a strength", plain(strength(""), "I read it.")),
        (
            "about a message",
            placed(Saying::OpenQuestion, "What was the hardest stop?", about_message),
        ),
        (
            "an offer",
            plain(Saying::Offer(Offered::LivedExperience), "May I tell you of mine?"),
        ),
        (
            "an offer",
            plain(Saying::Offer(Offered::Resource), "I know of something."),
        ),
        (
            "taken up",
            placed(
                Saying::Resource {
                    resource: found,
                    accepted: Some(said(0xbb)),
                },
                "Here it is.",
                about_share,
            ),
        ),
        (
            "a title alone, unasked",
            plain(
                Saying::Resource {
                    resource: titled,
                    accepted: None,
                },
                "",
            ),
        ),
        (
            "taken up, with a question back",
            placed(
                Saying::LivedExperience {
                    accepted: Some(said(0xbb)),
                    ask_back: owned("Is it like that for you?"),
                },
                "I walked for a year.",
                about_message,
            ),
        ),
        (
            "welcome, without a question back",
            plain(
                Saying::LivedExperience {
                    accepted: None,
                    ask_back: String::new(),
                },
                "I walked for a year.",
            ),
        ),
        ("a time", plain(Saying::Practical, "Tuesday at six, at the library.")),
        (
            "what is done differently",
            placed(
                differently("I ask before I tell."),
                "Thank you for saying so.",
                about_message,
            ),
        ),
        ("nothing is done differently", plain(differently(""), "Thank you.")),
        (
            "asked for",
            plain(Saying::Proposal { asked: said(0xbb) }, "Mornings are slow for me."),
        ),
        ("at the end", plain(Saying::Closing, "It was good to know you.")),
    ]
}

fn participants() -> Vec<(&'static str, Message)> {
    let about = About::Message(said(0xaa));
    let far = Message {
        preferences: u64::MAX,
        sent: Timestamp(-5),
        ..plain(Saying::Words, "さみしい, but 🙂\u{200d}.\n\nשלום")
    };
    let (heard, pushed) = (FeltHeard::Mostly, FeltPushed::ALittle);
    let [how, how_again, how_else] = [(); 3].map(|()| Saying::Feedback { heard, pushed });
    let day = |day| NaiveDate::from_epoch_days(day).unwrap();
    let days = |first, last| About::Days(Days::new(day(first), day(last)).unwrap());
    let mut all = vec![
        ("before 1970", far),
        (
            "about a share",
            placed(Saying::Words, "This is what I meant.", About::Share(share())),
        ),
        ("without words", plain(Saying::AskForProposal, "")),
        ("about a message", placed(Saying::Correction, "Not that one.", about)),
        (
            "about a meeting",
            placed(how, "", About::Meeting(MeetingId::from_bytes([0xcc; 16]))),
        ),
        ("about one day", placed(how_again, "", days(20_000, 20_000))),
        ("about days before 1970", placed(how_else, "", days(-40, -1))),
        ("without words", placed(Saying::Yes, "", about)),
        (
            "with words",
            Message {
                topics: vec![],
                ..placed(Saying::NotNow, "Maybe in spring.", about)
            },
        ),
    ];
    let everything = SupportWanted::ALL
        .iter()
        .fold(SupportWanted::LISTENING, |all, (one, _)| all.and(*one));
    all.extend(SupportWanted::ALL.map(|(one, word)| (word, plain(Saying::Ask(one), ""))));
    all.push(("everything", placed(Saying::Ask(everything), "All of it.", about)));
    // Both in every degree, and never the same number in both places.
    let degrees = FeltHeard::ALL.into_iter().zip(FeltPushed::ALL.into_iter().rev());
    all.extend(degrees.map(|((heard, word), (pushed, _))| {
        let saying = Saying::Feedback { heard, pushed };
        (word, plain(saying, ""))
    }));
    all
}

/// Every kind of message, with and without what it may have.
pub(super) fn messages() -> Vec<Value> {
    let all = specialists().into_iter().chain(participants());
    all.map(|(name, one)| message(name, &one)).collect()
}

fn message(name: &str, message: &Message) -> Value {
    let content = encode_message(message);
    assert_eq!(check_canonical(&content), Ok(()), "{name}");
    assert!(decode_message(&content).unwrap() == *message, "{name}");
    let about = message.about.map(|about| match about {
        About::Share(share) => json!(["share", hex(share.as_bytes())]),
        About::Message(message) => json!(["message", hex(message.as_bytes())]),
        About::Meeting(meeting) => json!(["meeting", hex(meeting.as_bytes())]),
        About::Days(days) => json!(["days", days.first(), days.last()]),
    });
    let mut vector = json!({
        "name": name,
        "content": hex(&content),
        "kind": message.saying.code(),
        "body": message.body,
        "about": about,
        "preferences": message.preferences,
        "topics": message.topics,
        "sent": message.sent.0,
    });
    for (part, value) in parts(&message.saying) {
        vector[part] = value;
    }
    vector
}

/// What only this kind has.
fn parts(saying: &Saying) -> Vec<(&'static str, Value)> {
    let id = |id: &Option<MessageId>| json!(id.map(|id| hex(id.as_bytes())));
    match saying {
        Saying::Acknowledgement { strength } => vec![("strength", json!(strength))],
        Saying::Resource { resource, accepted } => {
            let Resource {
                title,
                what_it_is,
                link,
                cost,
                why,
            } = resource;
            let resource = json!([title, what_it_is, link, cost, why]);
            vec![("resource", resource), ("accepted", id(accepted))]
        }
        Saying::LivedExperience { accepted, ask_back } => {
            vec![("accepted", id(accepted)), ("ask_back", json!(ask_back))]
        }
        Saying::Proposal { asked } => vec![("asked", id(&Some(*asked)))],
        Saying::ResponseToFeedback { differently } => vec![("differently", json!(differently))],
        Saying::Ask(wanted) => vec![("wanted", json!(words(*wanted)))],
        Saying::Feedback { heard, pushed } => {
            let heard = FeltHeard::ALL.into_iter().find(|(one, _)| one == heard).unwrap();
            let pushed = FeltPushed::ALL.into_iter().find(|(one, _)| one == pushed).unwrap();
            vec![("heard", json!(heard.1)), ("pushed", json!(pushed.1))]
        }
        _ => vec![],
    }
}

/// What participants wish of messages.
pub(super) fn wishes() -> Vec<Value> {
    let lived = |version, lived_experience| Wishes {
        version,
        lived_experience,
        ..Wishes::default()
    };
    let full = Wishes {
        lived_experience_max: 1_200,
        off_limits: vec![owned("my brother"), owned("さみしい")],
        when_quiet: owned("Leave me be, I come back."),
        ..lived(7, LivedExperience::Welcome)
    };
    let all = [
        ("full", full),
        ("nothing was ever said", Wishes::default()),
        ("never", lived(1, LivedExperience::Never)),
        (
            "anything but a story may come first",
            Wishes {
                listen_first: false,
                ..lived(2, LivedExperience::AskFirst)
            },
        ),
        (
            "both switches off",
            Wishes {
                listen_first: false,
                no_directing: false,
                ..lived(3, LivedExperience::Welcome)
            },
        ),
    ];
    all.map(|(name, wishes)| {
        let content = encode_wishes(&wishes);
        assert_eq!(check_canonical(&content), Ok(()), "{name}");
        assert!(decode_wishes(&content).unwrap() == wishes, "{name}");
        let (_, word) = LivedExperience::ALL[wishes.lived_experience as usize];
        json!({
            "name": name,
            "content": hex(&content),
            "version": wishes.version,
            "lived_experience": word,
            "lived_experience_max": wishes.lived_experience_max,
            "off_limits": wishes.off_limits,
            "when_quiet": wishes.when_quiet,
            "listen_first": wishes.listen_first,
            "no_directing": wishes.no_directing,
        })
    })
    .into()
}

/// Contents of messages that are refused, each for one defect.
pub(super) fn refused_messages() -> Vec<Value> {
    let pair = |first, second| [vec![0x82], number(first), number(second)].concat();
    let topics = |count: u8| [vec![0x98, count], text("x").repeat(count.into())].concat();
    let all = [
        ("a later kind", map(&bare(23)), RecordError::TooNew),
        (
            "a later kind with a text",
            with(23, &[(6, text("x"))]),
            RecordError::TooNew,
        ),
        (
            "an empty strength",
            with(0, &[(6, text(""))]),
            RecordError::NotCanonical,
        ),
        (
            "a question with an empty text",
            with(1, &[(6, text(""))]),
            RecordError::NotCanonical,
        ),
        (
            "a question with a strength",
            with(1, &[(6, text("Brave."))]),
            RecordError::Malformed,
        ),
        (
            "words that are wanted",
            with(16, &[(9, number(1))]),
            RecordError::Malformed,
        ),
        ("an ask for nothing", with(17, &[]), RecordError::Malformed),
        ("a later bit", with(17, &[(9, number(128))]), RecordError::TooNew),
        (
            "lived experience without self-reflection",
            with(5, &[]),
            RecordError::Malformed,
        ),
        (
            "self-reflection that was not done",
            with(5, &[(10, vec![0xf4])]),
            RecordError::NotCanonical,
        ),
        ("a proposal that nobody asked for", with(9, &[]), RecordError::Malformed),
        ("a resource without one", with(4, &[]), RecordError::Malformed),
        ("feedback without any", with(21, &[]), RecordError::Malformed),
        ("a later degree", with(21, &[(11, pair(0, 6))]), RecordError::TooNew),
        (
            "about something later",
            with(16, &[(2, [vec![0x82, 4, 0x50], vec![7; 16]].concat())]),
            RecordError::TooNew,
        ),
        (
            "about days that end before they begin",
            with(21, &[(2, vec![0x83, 3, 2, 1]), (11, pair(0, 0))]),
            RecordError::Malformed,
        ),
        (
            "about a day without another",
            with(21, &[(2, vec![0x82, 3, 2]), (11, pair(0, 0))]),
            RecordError::Malformed,
        ),
        (
            "about nothing at all",
            with(16, &[(2, vec![0x80])]),
            RecordError::Malformed,
        ),
        (
            "about half a message",
            with(16, &[(2, [vec![0x82, 1, 0x48], vec![7; 8]].concat())]),
            RecordError::Malformed,
        ),
        (
            "no topics at all",
            with(16, &[(4, vec![0x80])]),
            RecordError::NotCanonical,
        ),
        ("33 topics", with(16, &[(4, topics(33))]), RecordError::TooLarge),
        ("a later key", with(16, &[(12, number(0))]), RecordError::TooNew),
        ("without words", map(&bare(16)[..1]), RecordError::Malformed),
        (
            "two messages",
            [map(&bare(16)), map(&bare(16))].concat(),
            RecordError::Malformed,
        ),
    ];
    all.map(|(name, content, error)| {
        assert_eq!(decode_message(&content), Err(error), "{name}");
        json!({"name": name, "content": hex(&content), "error": format!("{error:?}")})
    })
    .into()
}
