//! What a role is refused, really called by it through the doors of a vault, in a relationship: an error, and nothing changed.

use super::lives::{DAY, Lives, ZONE, lives};
use super::{Who, that_name_ones_own, there_for};
use cairn_core::clock::Timestamp;
use cairn_core::id::{EntryId, MessageId, RelationshipId};
use cairn_core::journal::EntryQuery;
use cairn_core::profile::{DefaultSection, HopeState, PlanList, StatementDraft};
use cairn_core::support::{
    About, ContactHours, Decision, Feedback, FeltHeard, FeltPushed, Mask, MeetingInvalid, Offered, Resource, Saying,
    SelfReflection, SupportWanted, Unfit, Whose, Wishes,
};
use cairn_core::vault::{Error, NewMessage, Reply, Vault};
use cairn_tests::{declaration, draft, plain_share};
use cairn_wire::RecordHash;
use std::collections::BTreeSet;

/// What is tried, by the name of its call: whether it reached anything.
type Tried = Vec<(&'static str, Result<bool, Error>)>;

/// Whether a call that changes something went through.
fn done<T>(reply: Reply<T>) -> Result<bool, Error> {
    reply.wait().map(|_| true)
}

/// A call that takes something away, and has nothing to say where there is nothing: the tables tell whether it did.
fn taken<T>(reply: Reply<T>) -> Result<bool, Error> {
    reply.wait().map(|_| false)
}

/// Whether a call that reads found something.
fn found<T>(reply: Reply<T>, is_there: impl Fn(&T) -> bool) -> Result<bool, Error> {
    reply.wait().map(|found| is_there(&found))
}

fn names<'a>(tried: impl IntoIterator<Item = &'a (&'static str, Result<bool, Error>)>) -> BTreeSet<&'static str> {
    tried.into_iter().map(|(call, _)| *call).collect()
}

fn feedback(about: MessageId) -> Feedback {
    Feedback {
        about: Some(About::Message(about)),
        heard: FeltHeard::Unsaid,
        pushed: FeltPushed::Unsaid,
        words: "Why?".to_owned(),
    }
}

/// Everything that is there for a participant alone, called over a vault in a relationship of this name.
fn participants(lives: &Lives, vault: &Vault, id: RelationshipId, entry: EntryId) -> Tried {
    let support = vault.support();
    let wishes = Wishes {
        when_quiet: "Leave me.".to_owned(),
        ..Wishes::default()
    };
    let hours = ContactHours {
        daily_max: Some(1),
        ..ContactHours::default()
    };
    vec![
        ("Support::share", done(support.share(plain_share(id, entry)))),
        ("Support::as_shown", done(support.as_shown(lives.share))),
        (
            "Support::narrow",
            done(support.narrow(lives.share, Mask::default(), Some(Timestamp(i64::MAX)))),
        ),
        ("Support::revoke", done(support.revoke(lives.share))),
        (
            "Support::keep_proposal",
            done(support.keep_proposal(id, lives.proposal, DefaultSection::Strengths.id())),
        ),
        ("Support::keep_strength", done(support.keep_strength(id, lives.message))),
        (
            "Support::show_sections",
            done(support.show_sections(id, BTreeSet::new())),
        ),
        ("Support::begin_meeting", done(support.begin_meeting(id, DAY))),
        (
            "Support::take_back_meeting",
            done(support.take_back_meeting(id, lives.meeting)),
        ),
        ("Support::set_wishes", done(support.set_wishes(id, wishes))),
        ("Support::set_contact_hours", done(support.set_contact_hours(id, hours))),
        (
            "Support::keep_feedback",
            done(support.keep_feedback(id, feedback(lives.message))),
        ),
        (
            "Support::felt_like_pressure",
            done(support.felt_like_pressure(id, lives.message)),
        ),
        (
            "Support::send_feedback",
            done(support.send_feedback(id, lives.feedback)),
        ),
        (
            "Support::forget_feedback",
            done(support.forget_feedback(id, lives.feedback)),
        ),
        (
            "Support::end_keeping",
            done(support.end_keeping(id, "Go well.".to_owned(), Vec::new(), Timestamp(i64::MAX))),
        ),
    ]
}

/// Everything that is there for a specialist alone.
fn specialists(lives: &Lives, vault: &Vault, id: RelationshipId) -> Tried {
    let support = vault.support();
    let reflection = SelfReflection::new(Whose::Theirs, Decision::Share);
    vec![
        ("Support::declare", done(support.declare(id, declaration()))),
        ("Support::open_preferences", done(support.open_preferences(id))),
        ("Support::open_gated", done(support.open_gated(lives.share))),
        ("Support::open_shared", done(support.open_shared(lives.share))),
        (
            "Support::read_shared_attachment",
            done(support.read_shared_attachment(lives.share, 0, 0, 1)),
        ),
        ("Support::reflect", done(support.reflect(id, reflection))),
        ("Support::own_stories", done(support.own_stories(id, 5))),
    ]
}

/// Everything that a specialist is answered with nothing to.
fn silent(vault: &Vault, id: RelationshipId) -> Tried {
    let support = vault.support();
    vec![
        (
            "Support::contact_hours",
            found(support.contact_hours(id), |hours| *hours != ContactHours::default()),
        ),
        ("Support::feedback", found(support.feedback(id), |all| !all.is_empty())),
    ]
}

#[test]
fn whatever_is_the_participants_alone_a_specialist_is_refused_and_nothing_changes() {
    let lives = lives(1);
    let hours = ContactHours {
        daily_max: Some(3),
        ..ContactHours::default()
    };
    lives
        .phone
        .support()
        .set_contact_hours(lives.ids[0], hours)
        .wait()
        .unwrap();
    let before = lives.places[1].rows();
    for id in lives.ids {
        for entry in lives.entries {
            let tried = participants(&lives, &lives.dee, id, entry);
            assert_eq!(names(&tried), there_for(Who::Participant));
            for (call, result) in tried {
                let is_named = matches!(
                    result,
                    Err(Error::NotFound
                        | Error::Message(Unfit::NotYours)
                        | Error::Meeting(MeetingInvalid::NotTheParticipant))
                );
                assert!(is_named, "{call}: {result:?}");
            }
        }
    }
    let tried = silent(&lives.dee, lives.ids[1]);
    assert_eq!(names(&tried), there_for(Who::Silent));
    assert!(tried.iter().all(|(_, result)| matches!(result, Ok(false))), "{tried:?}");
    assert_eq!(lives.places[1].rows(), before);
    // Were the look at the tables blind, it would not see what a call does change.
    lives.dee.support().pause(lives.ids[1]).wait().unwrap();
    assert_ne!(lives.places[1].rows(), before);
    let tried = silent(&lives.phone, lives.ids[0]);
    assert!(tried.iter().all(|(_, result)| matches!(result, Ok(true))), "{tried:?}");
    // Were the calls no good, the participant would be refused them too.
    let listed = lives
        .phone
        .support()
        .messages(lives.ids[0], ZONE.to_owned(), None, 5)
        .wait();
    assert_eq!(listed.map(|all| all.len()).ok(), Some(3));
    let mut tried = participants(&lives, &lives.phone, lives.ids[0], lives.entries[0]);
    tried.retain(|(_, result)| result.is_err());
    assert!(tried.is_empty(), "{tried:?}");
}

#[test]
fn whatever_is_the_specialists_alone_a_participant_is_refused_and_nothing_changes() {
    let lives = lives(2);
    let before = lives.places[0].rows();
    for id in lives.ids {
        let tried = specialists(&lives, &lives.phone, id);
        assert_eq!(names(&tried), there_for(Who::Specialist));
        for (call, result) in tried {
            assert!(result.is_err(), "{call}");
        }
    }
    assert_eq!(lives.places[0].rows(), before);
    let mut tried = specialists(&lives, &lives.dee, lives.ids[1]);
    tried.retain(|(_, result)| result.is_err());
    assert!(tried.is_empty(), "{tried:?}");
}

/// One of each kind of message. A kind that is added stands in the match, or this is not compiled.
fn sayings() -> Vec<Saying> {
    let all = vec![
        Saying::Acknowledgement {
            strength: String::new(),
        },
        Saying::OpenQuestion,
        Saying::Offer(Offered::LivedExperience),
        Saying::Offer(Offered::Resource),
        Saying::Resource {
            resource: Resource {
                title: "A book".to_owned(),
                ..Resource::default()
            },
            accepted: None,
        },
        Saying::LivedExperience {
            accepted: None,
            ask_back: String::new(),
        },
        Saying::Practical,
        Saying::ResponseToFeedback {
            differently: String::new(),
        },
        Saying::Closing,
        Saying::Words,
        Saying::Ask(SupportWanted::LISTENING),
        Saying::Correction,
        Saying::Yes,
        Saying::NotNow,
        Saying::Feedback {
            heard: FeltHeard::Unsaid,
            pushed: FeltPushed::Unsaid,
        },
        Saying::Proposal {
            asked: MessageId::from_bytes([1; 16]),
        },
        Saying::AskForProposal,
    ];
    let number = |saying: &Saying| match saying {
        Saying::Acknowledgement { .. } => 0,
        Saying::OpenQuestion => 1,
        Saying::Offer(Offered::LivedExperience) => 2,
        Saying::Offer(Offered::Resource) => 3,
        Saying::Resource { .. } => 4,
        Saying::LivedExperience { .. } => 5,
        Saying::Practical => 6,
        Saying::ResponseToFeedback { .. } => 7,
        Saying::Closing => 8,
        Saying::Words => 9,
        Saying::Ask(_) => 10,
        Saying::Correction => 11,
        Saying::Yes => 12,
        Saying::NotNow => 13,
        Saying::Feedback { .. } => 14,
        Saying::Proposal { .. } => 15,
        Saying::AskForProposal => 16,
    };
    assert!(all.iter().map(number).eq(0..17));
    all
}

#[test]
fn nobody_says_what_is_the_others_to_say() {
    let lives = lives(3);
    let before = [lives.places[0].rows(), lives.places[1].rows()];
    for saying in sayings() {
        let (vault, id) = match saying.is_specialists() {
            true => (&lives.phone, lives.ids[0]),
            false => (&lives.dee, lives.ids[1]),
        };
        let about = About::Message(lives.message);
        let words = match saying {
            Saying::Yes | Saying::NotNow => "",
            _ => "Words.",
        };
        let new = NewMessage::new(saying, words).about(about);
        let result = vault.support().say(id, new.clone()).wait();
        let is_refused = matches!(result, Err(Error::Message(Unfit::NotYours)));
        assert!(is_refused, "{}: {result:?}", new.saying.code());
    }
    // What somebody said, the other cannot take back either.
    let unsaid = lives.phone.support().unsay(lives.ids[0], lives.message).wait();
    assert!(matches!(unsaid, Err(Error::NotFound)), "{unsaid:?}");
    assert_eq!([lives.places[0].rows(), lives.places[1].rows()], before);
}

/// Calls that give a name to something of whoever calls them: a draft that they keep under it, what they attach to their plan. Nothing comes with the name.
const GIVE_A_NAME: [&str; 2] = ["Journal::keep_draft", "ProfileDoor::set_plan_attached"];

/// Every call that names something of one's own, over a vault, with what the participant has.
fn with_names_of(lives: &Lives, vault: &Vault) -> Tried {
    let (journal, profile, devices) = (vault.journal(), vault.profile(), vault.devices());
    let (own, entry, version) = (&lives.own, lives.entries[0], &lives.version);
    let words = || draft(&lives.world.clock, "Changed.");
    let (text, zone) = (|| "Changed.".to_owned(), || ZONE.to_owned());
    let out = tempfile::tempdir().unwrap();
    let hash = RecordHash::from_bytes([7; 32]);
    vec![
        ("Journal::revise", done(journal.revise(entry, version.clone(), words()))),
        ("Journal::trash", done(journal.trash(entry))),
        ("Journal::restore", done(journal.restore(entry))),
        ("Journal::erase", done(journal.erase(entry))),
        ("Journal::history", found(journal.history(entry), |all| !all.is_empty())),
        (
            "Journal::entry_at",
            found(journal.entry_at(entry, version.clone()), Option::is_some),
        ),
        ("Journal::go_back_to", done(journal.go_back_to(entry, version.clone()))),
        (
            "Journal::erase_earlier_drafts",
            done(journal.erase_earlier_drafts(entry)),
        ),
        ("Journal::entry", found(journal.entry(entry), Option::is_some)),
        (
            "Journal::entry_for_editing",
            found(journal.entry_for_editing(entry), Option::is_some),
        ),
        (
            "Journal::state_of_mind",
            found(journal.state_of_mind(entry), Option::is_some),
        ),
        (
            "Journal::is_not_yet",
            found(journal.is_not_yet(entry), |listed| *listed),
        ),
        ("Journal::set_not_yet", done(journal.set_not_yet(entry, true))),
        ("Journal::draft", found(journal.draft(own.draft), Option::is_some)),
        ("Journal::discard_draft", taken(journal.discard_draft(own.draft))),
        ("Journal::finish_draft", done(journal.finish_draft(own.draft))),
        ("Journal::attachment", done(journal.attachment(own.attachment))),
        (
            "Journal::attachment_state",
            done(journal.attachment_state(own.attachment)),
        ),
        (
            "Journal::read_attachment",
            done(journal.read_attachment(own.attachment, 0, 9)),
        ),
        (
            "Journal::save_attachment",
            done(journal.save_attachment(own.attachment, out.path().join("note"))),
        ),
        (
            "Journal::set_thumbnail",
            done(journal.set_thumbnail(own.attachment, None)),
        ),
        (
            "Journal::thumbnail",
            found(journal.thumbnail(own.attachment), Option::is_some),
        ),
        (
            "Journal::fetch_attachment",
            done(journal.fetch_attachment(own.attachment)),
        ),
        (
            "ProfileDoor::rename_section",
            done(profile.rename_section(own.section, text())),
        ),
        (
            "ProfileDoor::hide_section",
            done(profile.hide_section(own.section, true)),
        ),
        (
            "ProfileDoor::move_section",
            done(profile.move_section(own.section, None)),
        ),
        (
            "ProfileDoor::write_statement",
            done(profile.write_statement(own.section, StatementDraft::new("Changed."))),
        ),
        (
            "ProfileDoor::add_statement",
            done(profile.add_statement(own.section, text(), None)),
        ),
        (
            "ProfileDoor::revise_statement",
            done(profile.revise_statement(own.statement, StatementDraft::new("Changed."))),
        ),
        (
            "ProfileDoor::set_statement",
            done(profile.set_statement(own.statement, text(), None)),
        ),
        (
            "ProfileDoor::move_statement",
            done(profile.move_statement(own.statement, None)),
        ),
        (
            "ProfileDoor::remove_statement",
            taken(profile.remove_statement(own.statement)),
        ),
        (
            "ProfileDoor::erase_revision",
            taken(profile.erase_revision(own.revision)),
        ),
        (
            "ProfileDoor::set_hope",
            done(profile.set_hope(own.hope, text(), zone())),
        ),
        (
            "ProfileDoor::set_hope_state",
            done(profile.set_hope_state(own.hope, HopeState::SetAside, zone())),
        ),
        ("ProfileDoor::move_hope", done(profile.move_hope(own.hope, None))),
        ("ProfileDoor::remove_hope", taken(profile.remove_hope(own.hope))),
        (
            "ProfileDoor::set_plan_item",
            done(profile.set_plan_item(own.plan_item, PlanList::WhenOk, text())),
        ),
        (
            "ProfileDoor::move_plan_item",
            done(profile.move_plan_item(own.plan_item, None)),
        ),
        (
            "ProfileDoor::remove_plan_item",
            taken(profile.remove_plan_item(own.plan_item)),
        ),
        (
            "ProfileDoor::set_mainstay",
            done(profile.set_mainstay(own.mainstay, text())),
        ),
        (
            "ProfileDoor::move_mainstay",
            done(profile.move_mainstay(own.mainstay, None)),
        ),
        (
            "ProfileDoor::remove_mainstay",
            taken(profile.remove_mainstay(own.mainstay)),
        ),
        (
            "ProfileDoor::remove_reminder",
            taken(profile.remove_reminder(own.reminder)),
        ),
        ("Devices::remove", done(devices.remove(own.device))),
        ("Devices::rename", done(devices.rename(own.device, text()))),
        ("Devices::keep_arrival", done(devices.keep_arrival(hash))),
        ("Devices::leave_out", done(devices.leave_out(hash))),
    ]
}

#[test]
fn a_specialist_who_knows_the_names_of_everything_a_participant_has_reaches_none_of_it() {
    let lives = lives(4);
    let [mine, hers] = [&lives.places[0], &lives.places[1]];
    let before = [mine.rows(), hers.rows()];
    let tried = with_names_of(&lives, &lives.dee);
    let mut expected = that_name_ones_own();
    assert!(GIVE_A_NAME.iter().all(|call| expected.remove(*call)));
    assert_eq!(
        names(&tried).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(),
        expected
    );
    let reached = tried.iter().filter(|(_, result)| matches!(result, Ok(true)));
    let reached: Vec<&str> = reached.map(|(call, _)| *call).collect();
    assert_eq!(reached, [""; 0]);
    assert_eq!([mine.rows(), hers.rows()], before);
    let page = lives.dee.journal().entries(EntryQuery::newest(9)).wait().unwrap();
    assert_eq!(page.entries.len(), 1);
    // The participant reaches all of it, but for what is not there and what cannot be done: to erase what is not in the trash, to finish what was discarded, to
    // remove the only device.
    let tried = with_names_of(&lives, &lives.phone).into_iter();
    let refused: Vec<&str> = tried
        .filter(|(_, result)| result.is_err())
        .map(|(call, _)| call)
        .collect();
    assert_eq!(
        refused,
        [
            "Journal::erase",
            "Journal::finish_draft",
            "Devices::remove",
            "Devices::keep_arrival",
            "Devices::leave_out"
        ]
    );
}
