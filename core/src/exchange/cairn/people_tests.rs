//! What an archive says of people: its frozen form, out and in again, and what is refused.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::super::export::tests::{Shelf, unzipped};
use super::tests::{archive, open, with_manifest, zipped};
use super::*;
use crate::clock::Timestamp;
use crate::exchange::ImportError;
use crate::id::{EntryId, LineId, MeetingId, MessageId, RelationshipId, SectionId, ShareId, ThingId};
use crate::limits;
use crate::profile::Weekdays;
use crate::record::tests::message::any_message;
use crate::support::{
    About, Agreement, Consent, ContactHours, Days, Declaration, End, Feedback, FeltHeard, FeltPushed, Introduction,
    Item, KeptFeedback, KeptMessage, KeptRelationship, LivedExperience, Mask, Meeting, MeetingLine, Message, Notice,
    PriorConnection, Proposal, Question, Role, Saying, Share, ShareCard, ShareState, Status, SupportWanted, Terms,
    When, Window, Wishes,
};
use chrono::{NaiveDate, Weekday};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn id(n: u8) -> RelationshipId {
    RelationshipId::from_bytes([n; 16])
}

fn message(n: u8, by: Role, saying: Saying, words: &str) -> KeptMessage {
    KeptMessage {
        id: MessageId::from_bytes([n; 16]),
        by,
        at: Timestamp(i64::from(n) * 1_000),
        is_waiting: false,
        message: Message {
            saying,
            body: words.to_owned(),
            about: None,
            preferences: 0,
            topics: Vec::new(),
            sent: Timestamp(i64::from(n) * 1_000 - 1),
        },
    }
}

fn noted(n: u8, by: Role, words: &[&str]) -> MeetingLine {
    MeetingLine {
        id: LineId::from_bytes([n; 16]),
        by,
        words: words.iter().map(|text| (*text).to_owned()).collect(),
    }
}

/// Somebody with everything that there can be around them.
fn dee() -> KeptRelationship {
    let mut agreement = Agreement {
        version: 1,
        review_on: NaiveDate::from_ymd_opt(2027, 3, 31),
        closing_words: true,
        ..Agreement::default()
    };
    agreement.answers[Question::HowOften.place()] = "On Sundays.".to_owned();
    let proposal = Proposal {
        hash: [0; 32],
        by: Role::Specialist,
        received: Timestamp(4_000),
        agreement,
    };
    KeptRelationship {
        id: id(1),
        role: Role::Participant,
        own_name: "Marisol".to_owned(),
        name: Some("Dee".to_owned()),
        status: Status::Ended,
        created: Timestamp(1_000),
        met: Some(Timestamp(2_000)),
        ended: Some(Timestamp(9_000)),
        is_paused_by_me: true,
        is_paused_by_other: false,
        own_goodbye: "Thank you.".to_owned(),
        goodbye: Some(String::new()),
        terms: Terms {
            declarations: vec![Declaration {
                version: 2,
                prior_connection: PriorConnection::Group,
                prior_words: "The choir.".to_owned(),
                confidentiality_limits: "Nothing but what the law asks.".to_owned(),
                experience: vec!["Leaving a ward.".to_owned()],
                introduction: Introduction {
                    pronouns: "she/her".to_owned(),
                    organisation: "The open door".to_owned(),
                    certification: "Peer specialist".to_owned(),
                    languages: vec!["en".to_owned(), "es-MX".to_owned()],
                },
            }],
            proposals: vec![proposal],
            accepted: BTreeSet::from([([0; 32], Role::Participant), ([0; 32], Role::Specialist)]),
        },
        shown_sections: BTreeSet::from([SectionId::from_bytes([2; 16])]),
        wishes: Wishes {
            version: 3,
            lived_experience: LivedExperience::Welcome,
            lived_experience_max: 200,
            off_limits: vec!["my brother".to_owned()],
            when_quiet: "Leave me be.".to_owned(),
            ..Wishes::default()
        },
        hours: ContactHours {
            windows: vec![Window {
                days: Weekdays::of([Weekday::Mon, Weekday::Sun]),
                from: 9 * 60 + 5,
                until: 24 * 60,
            }],
            daily_max: Some(3),
        },
        feedback: vec![KeptFeedback {
            id: ThingId::from_bytes([3; 16]),
            at: Timestamp(5_000),
            feedback: Feedback {
                about: Some(About::Message(MessageId::from_bytes([1; 16]))),
                heard: FeltHeard::Mostly,
                pushed: FeltPushed::ALittle,
                words: "It helped.".to_owned(),
            },
            sent: None,
        }],
        meetings: vec![Meeting {
            id: MeetingId::from_bytes([4; 16]),
            day: NaiveDate::from_ymd_opt(2026, 11, 27).unwrap(),
            agenda: vec![noted(1, Role::Specialist, &["The bus, 🙂"])],
            notes: vec![
                noted(2, Role::Participant, &["It is long.", "It is very long."]),
                noted(3, Role::Specialist, &["さみしい"]),
            ],
        }],
        kept_from: None,
    }
}

fn shown(n: u8) -> ShareCard {
    let consent = Consent {
        wanted: SupportWanted::IDEAS.and(SupportWanted::COMPANY),
        is_excerpt: true,
        narrowed: vec![Timestamp(3_600), Timestamp(3_700)],
        ..Consent::new(
            ShareId::from_bytes([n; 16]),
            "Marisol".to_owned(),
            [7; 32],
            Item {
                entry: EntryId::from_bytes([4; 16]),
                mask: Mask {
                    tags: true,
                    when: When::Month,
                    ..Mask::default()
                },
            },
            "One entry: words only".to_owned(),
            "So that you know.".to_owned(),
            End::At(Timestamp(8_000)),
            Timestamp(3_000),
            Notice {
                pack: "generic".to_owned(),
                text_id: "n1".to_owned(),
                version: 1,
                text: "Keep this to yourself.".to_owned(),
            },
            "Choose Stop sharing.".to_owned(),
        )
    };
    ShareCard {
        relationship: id(1),
        share: Share {
            consent,
            hold_until: Timestamp(3_500),
            over: Some((ShareState::Revoked, Timestamp(7_000))),
            is_kept: true,
            gate: None,
        },
        released: Some(Timestamp(4_000)),
        opened: Some(Timestamp(5_000)),
        taken: NaiveDate::from_ymd_opt(2026, 11, 28),
        purged: None,
    }
}

fn talk() -> Vec<KeptMessage> {
    let strength = "You stayed.".to_owned();
    let heard = message(
        1,
        Role::Specialist,
        Saying::Acknowledgement { strength },
        "You were tired.",
    );
    let mut correction = message(4, Role::Participant, Saying::Correction, "Not tired: angry.");
    correction.message.about = Some(About::Message(heard.id));
    let mut words = message(2, Role::Participant, Saying::Words, "It was long.");
    words.message.about = Some(About::Share(ShareId::from_bytes([5; 16])));
    words.message.topics = vec!["night".to_owned()];
    let ask = message(3, Role::Participant, Saying::Ask(SupportWanted::QUESTIONS), "");
    let asks = message(6, Role::Participant, Saying::AskForProposal, "");
    let proposal = message(
        7,
        Role::Specialist,
        Saying::Proposal { asked: asks.id },
        "Mornings are slow for me.",
    );
    vec![heard, words, ask, correction, asks, proposal]
}

fn shelf() -> Shelf {
    Shelf {
        relationships: vec![dee()],
        shares: vec![shown(5)],
        said: BTreeMap::from([(id(1), talk())]),
        ..Shelf::default()
    }
}

fn said_in(file: Vec<u8>) -> Result<Vec<KeptMessage>, ImportError> {
    let mut all = Vec::new();
    open(file)?.conversations(&mut |_, one| {
        all.push(one);
        Ok(())
    })?;
    Ok(all)
}

fn conversation() -> String {
    format!("{CONVERSATIONS}{}.jsonl", id(1))
}

fn receipt() -> String {
    format!("{CONSENTS}{}.json", ShareId::from_bytes([5; 16]))
}

/// The forms are frozen: what one version wrote every later one reads. `CAIRN_WRITE_VECTORS=1` writes the files anew.
#[test]
fn what_an_archive_says_of_people_is_in_the_form_that_was_frozen() {
    let files = unzipped(&archive(&mut shelf()));
    for (path, frozen) in [
        (RELATIONSHIPS.to_owned(), "archive_relationships.json"),
        (receipt(), "archive_consent.json"),
        (conversation(), "archive_conversation.jsonl"),
        (format!("{CONVERSATIONS}{}.md", id(1)), "archive_conversation.md"),
    ] {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(frozen);
        if std::env::var_os("CAIRN_WRITE_VECTORS").is_some_and(|value| value == "1") {
            std::fs::write(&place, &files[&path]).unwrap();
        }
        let kept = std::fs::read_to_string(place).unwrap();
        assert_eq!(String::from_utf8(files[&path].clone()).unwrap(), kept, "{frozen}");
    }
}

#[test]
fn people_come_back_whole_and_each_correction_behind_what_it_corrects() {
    let file = archive(&mut shelf());
    let mut read = open(file.clone()).unwrap();
    assert_eq!(read.people().unwrap(), [dee()]);
    let shares: Vec<ShareCard> = read.shares().map(Result::unwrap).collect();
    assert_eq!(shares, [shown(5)]);
    let [heard, words, ask, correction, asks, proposal] = talk().try_into().unwrap();
    assert_eq!(said_in(file).unwrap(), [heard, correction, words, ask, asks, proposal]);
    assert_eq!(read.preview().unknown_files, 0);
    let shown = format!("{read:?} {:?} {:?}", read.people(), talk());
    assert!(
        !shown.contains("Marisol") && !shown.contains("choir") && !shown.contains("tired"),
        "{shown}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_message_comes_back_as_it_was(said in any_message(), n in any::<u8>(), waits in any::<bool>()) {
        let by = if said.saying.is_specialists() { Role::Specialist } else { Role::Participant };
        let one = KeptMessage {
            id: MessageId::from_bytes([n; 16]),
            by,
            at: Timestamp(i64::from(n)),
            is_waiting: waits && by == Role::Participant,
            message: said,
        };
        let line = conversation::line(&one).to_string();
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(conversation::read_line(&serde_json::from_str::<Value>(&line).unwrap()), Some(one));
    }
}

#[test]
fn switches_and_whatever_feedback_is_about_come_back_as_they_were() {
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    let abouts = [
        About::Share(ShareId::from_bytes([5; 16])),
        About::Message(MessageId::from_bytes([6; 16])),
        About::Meeting(MeetingId::from_bytes([4; 16])),
        About::Days(Days::new(day(1), day(7)).unwrap()),
    ];
    let kept = |about: Option<About>| {
        let mut kept = dee().feedback[0].clone();
        kept.feedback.about = about;
        kept
    };
    let mut one = dee();
    one.feedback = abouts.into_iter().map(Some).chain([None]).map(kept).collect();
    (one.wishes.listen_first, one.wishes.no_directing) = (false, false);
    let value = people::relationships(std::slice::from_ref(&one));
    let read = |value: &Value| people::read_relationships(value);
    assert_eq!(read(&value).unwrap(), [one]);
    let of_one = |value: &Value| value["relationships"][0].clone();
    for (said, name) in of_one(&value)["kept_feedback"]
        .as_array()
        .unwrap()
        .iter()
        .zip(["share", "", "meeting", "first"])
    {
        assert_eq!(said["about"].get(name).is_some(), !name.is_empty(), "{said}");
    }
    let mut switched_on = value.clone();
    for name in ["listen_first", "no_directing"] {
        switched_on["relationships"][0]["wishes"]
            .as_object_mut()
            .unwrap()
            .remove(name)
            .unwrap();
    }
    assert_eq!(read(&switched_on).unwrap()[0].wishes, dee().wishes);
    let mut backwards = value;
    backwards["relationships"][0]["kept_feedback"][3]["about"] =
        serde_json::json!({"first": "2026-11-02", "last": "2026-11-01"});
    assert_eq!(read(&backwards), None);
    for about in abouts {
        let mut said = message(1, Role::Participant, Saying::Words, "So it was.");
        said.message.about = Some(about);
        assert_eq!(conversation::read_line(&conversation::line(&said)), Some(said));
    }
}

#[test]
fn what_an_earlier_version_wrote_of_people_is_read() {
    let mut files = unzipped(&archive(&mut shelf()));
    files.retain(|path, _| !path.starts_with(CONVERSATIONS));
    let mut people: Value = serde_json::from_slice(&files[RELATIONSHIPS]).unwrap();
    let one = people["relationships"][0].as_object_mut().unwrap();
    for name in ["wishes", "hours", "kept_feedback", "meetings"] {
        one.remove(name).unwrap();
    }
    one["agreements"][0]
        .as_object_mut()
        .unwrap()
        .remove("received")
        .unwrap();
    let declaration = one["declaration"].as_object_mut().unwrap();
    for name in ["experience", "pronouns", "organisation", "certification", "languages"] {
        declaration.remove(name).unwrap();
    }
    files.insert(RELATIONSHIPS.to_owned(), people.to_string().into_bytes());
    let mut consent: Value = serde_json::from_slice(&files[&receipt()]).unwrap();
    for name in [
        "excerpt",
        "kept_beyond_end",
        "narrowed",
        "released",
        "taken_day",
        "opened",
        "purged",
    ] {
        consent.as_object_mut().unwrap().remove(name).unwrap();
    }
    files.insert(receipt(), consent.to_string().into_bytes());
    let mut read = open(zipped(&with_manifest(files))).unwrap();
    let mut expected = dee();
    (expected.wishes, expected.hours) = (Wishes::default(), ContactHours::default());
    expected.feedback.clear();
    expected.meetings.clear();
    expected.terms.proposals[0].received = expected.created;
    expected.terms.declarations[0].experience.clear();
    expected.terms.declarations[0].introduction = Introduction::default();
    assert_eq!(read.people().unwrap(), [expected]);
    let share = read.shares().next().unwrap().unwrap();
    let mut plain = shown(5).share;
    (plain.is_kept, plain.consent.is_excerpt) = (false, false);
    plain.consent.narrowed.clear();
    assert_eq!((share.share, share.released, share.opened), (plain, None, None));
}

/// What comes of an archive in which this file was changed, with a manifest that fits.
fn with(path: &str, change: impl FnOnce(&str) -> String) -> Option<ImportError> {
    let mut files = unzipped(&archive(&mut shelf()));
    let text = String::from_utf8(files[path].clone()).unwrap();
    let changed = change(&text);
    assert_ne!(changed, text);
    files.insert(path.to_owned(), changed.into_bytes());
    open(zipped(&with_manifest(files))).err()
}

#[test]
fn a_conversation_that_no_two_people_can_have_had_is_refused() {
    use ImportError::{Damaged, TooMuchSaid, TooNew};
    let replaced = |from: &'static str, to: &'static str| with(&conversation(), |text| text.replacen(from, to, 1));
    let ids = [1, 2].map(|n| MessageId::from_bytes([n; 16]).to_string());
    assert_eq!(
        with(&conversation(), |text| text.replace(&ids[1], &ids[0])),
        Some(Damaged),
        "one id twice"
    );
    assert_eq!(
        with(&conversation(), |text| text.replace(&ids[1], "7")),
        Some(Damaged),
        "no id"
    );
    let other = |text: &str| text.replace(&id(1).to_string(), &id(2).to_string());
    assert_eq!(with(&conversation(), other), Some(Damaged), "of nobody who is named");
    for (from, to) in [
        ("cairn-conversation", "cairn-talk"),
        ("\"kind\":\"words\"", "\"kind\":\"shout\""),
        ("\"by\":\"participant\"", "\"by\":\"specialist\""),
        ("\"by\":\"specialist\"", "\"by\":\"specialist\",\"waiting\":true"),
        ("\"words\":\"It was long.\"", "\"words\":\"\""),
        ("\"words\":\"It was long.\"", "\"words\":7"),
        ("\"at\":\"1970", "\"at\":\"long ago 1970"),
        ("[\"night\"]", "\"night\""),
        ("{\"share\":", "{\"entry\":"),
    ] {
        assert_eq!(replaced(from, to), Some(Damaged), "{from}");
    }
    assert_eq!(replaced("\"version\":1", "\"version\":2"), Some(TooNew));
    assert_eq!(with(&conversation(), |_| String::new()), Some(Damaged));
    assert_eq!(
        with(&conversation(), |text| text.trim_end().to_owned()),
        Some(Damaged),
        "an end that is missing"
    );

    let long = "x".repeat(limits::MESSAGE_CHARACTERS_MAX + 1);
    assert_eq!(
        with(&conversation(), |text| text.replace("It was long.", &long)),
        Some(TooMuchSaid)
    );
    let longest = "x".repeat(limits::ARCHIVE_MESSAGE_BYTES_MAX);
    assert_eq!(
        with(&conversation(), |text| text.replace("It was long.", &longest)),
        Some(TooMuchSaid)
    );
    let many = |text: &str| {
        let line = text.lines().find(|line| line.contains("It was long.")).unwrap();
        let more = (0..limits::MESSAGES_MAX).map(|n| {
            let id = MessageId::from_bytes((n as u128 + 1_000).to_be_bytes());
            format!("{}\n", line.replace(&ids[1], &id.to_string()))
        });
        format!("{text}{}", more.collect::<String>())
    };
    // Lines that are alike shrink to almost nothing, which is refused already where the zip is opened.
    assert!(matches!(
        with(&conversation(), many),
        Some(TooMuchSaid | ImportError::Bomb)
    ));
}

#[test]
fn more_messages_of_one_side_than_there_can_be_are_refused() {
    let many = (0..=limits::MESSAGES_MAX).map(|n| {
        let mut one = message(2, Role::Participant, Saying::Words, "");
        one.id = MessageId::from_bytes((n as u128 + 1).to_be_bytes());
        // Words that do not shrink.
        one.message.body = blake3::hash(&n.to_le_bytes()).to_hex().to_string();
        one
    });
    let mut shelf = shelf();
    shelf.said.insert(id(1), many.collect());
    assert_eq!(open(archive(&mut shelf)).err(), Some(ImportError::TooMuchSaid));
    shelf.said.get_mut(&id(1)).unwrap().pop();
    assert_eq!(open(archive(&mut shelf)).err(), None, "as many as there can be");
}

#[test]
fn people_and_receipts_that_cannot_be_are_refused() {
    use ImportError::{Damaged, TooMuchSaid, TooNew};
    let person = |from: &'static str, to: &str| with(RELATIONSHIPS, |text| text.replacen(from, to, 1));
    let long = "x".repeat(limits::GOODBYE_CHARACTERS_MAX + 1);
    for (from, to) in [
        ("cairn-relationships", "cairn-people"),
        ("\"status\": \"ended\"", "\"status\": \"gone\""),
        ("\"own_role\": \"participant\"", "\"own_role\": \"friend\""),
        ("\"how_often\"", "\"how_much\""),
        ("\"daily_max\": 3", "\"daily_max\": -3"),
        ("\"24:00\"", "\"25:00\""),
        ("\"heard\": \"mostly\"", "\"heard\": \"7\""),
    ] {
        assert_eq!(person(from, to), Some(Damaged), "{from}");
    }
    let newer = "\"version\": 2,\n  \"relationships\"";
    assert_eq!(person("\"version\": 1,\n  \"relationships\"", newer), Some(TooNew));
    assert_eq!(person("Thank you.", &long), Some(TooMuchSaid));
    assert_eq!(person("\"daily_max\": 3", "\"daily_max\": 0"), Some(TooMuchSaid));
    let mut many = shelf();
    many.relationships[0].feedback = vec![dee().feedback[0].clone(); limits::KEPT_MAX + 1];
    assert_eq!(open(archive(&mut many)).err(), Some(TooMuchSaid));
    let mut many = shelf();
    many.relationships
        .extend((0..limits::ARCHIVE_PEOPLE_MAX).map(|n| KeptRelationship {
            id: RelationshipId::from_bytes((n as u128 + 1_000).to_be_bytes()),
            name: Some(blake3::hash(&n.to_le_bytes()).to_hex().to_string()),
            ..dee()
        }));
    assert!(matches!(
        open(archive(&mut many)).err(),
        Some(TooMuchSaid | ImportError::Bomb)
    ));
    let mut twice = shelf();
    twice.relationships.push(dee());
    let files = unzipped(&archive(&mut shelf()));
    let again = people::relationships(&twice.relationships).to_string().into_bytes();
    let doubled = BTreeMap::from([(RELATIONSHIPS.to_owned(), again)]);
    assert_eq!(
        open(zipped(&with_manifest([files, doubled].into_iter().flatten().collect()))).err(),
        Some(Damaged)
    );

    let consent = |from: &'static str, to: &str| with(&receipt(), |text| text.replacen(from, to, 1));
    assert_eq!(
        consent("consent\",\n  \"version\": 1", "consent\",\n  \"version\": 2"),
        Some(TooNew)
    );
    assert_eq!(consent("\"lease_days\": ", "\"lease_days\": -1"), Some(Damaged));
    assert_eq!(consent("So that you know.", ""), Some(Damaged));
    assert_eq!(
        consent("So that you know.", &"x".repeat(limits::PURPOSE_CHARACTERS_MAX + 1)),
        Some(TooMuchSaid)
    );
    let longest = "x".repeat(usize::try_from(limits::ARCHIVE_SHARE_BYTES_MAX).unwrap());
    assert_eq!(consent("So that you know.", &longest), Some(TooMuchSaid));
    let of_nobody = |text: &str| text.replace(&id(1).to_string(), &id(9).to_string());
    assert_eq!(with(&receipt(), of_nobody), Some(Damaged));
}

#[test]
fn of_a_relationship_as_a_specialist_nothing_but_own_words_goes_out() {
    let mut shelf = shelf();
    shelf.relationships[0].role = Role::Specialist;
    // Whatever a journal hands out.
    shelf.shares.clear();
    let files = unzipped(&archive(&mut shelf));
    assert!(
        files.keys().all(|path| !path.starts_with(CONVERSATIONS)),
        "{:?}",
        files.keys()
    );
    let people: Value = serde_json::from_slice(&files[RELATIONSHIPS]).unwrap();
    let one = people["relationships"][0].as_object().unwrap();
    assert!(!one.contains_key("wishes") && !one.contains_key("kept_feedback") && !one.contains_key("hours"));
}
