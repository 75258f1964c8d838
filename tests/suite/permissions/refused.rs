//! What a role is refused, really called by it through the doors of a vault, in a relationship: an error, and nothing changed.

use super::doing::{Names, calls_of, done, found};
use super::lives::{Lives, ZONE, lives};
use super::{Who, that_name_ones_own, there_for};
use cairn_core::id::MessageId;
use cairn_core::journal::EntryQuery;
use cairn_core::profile::{HopeState, PlanList, StatementDraft};
use cairn_core::support::{
    About, FeltHeard, FeltPushed, MeetingInvalid, Offered, Resource, Saying, SupportWanted, Unfit,
};
use cairn_core::vault::{Error, NewMessage, Reply, Vault};
use cairn_tests::draft;
use cairn_wire::RecordHash;
use std::collections::BTreeSet;

/// What is tried, by the name of its call: whether it reached anything.
type Tried = Vec<(&'static str, Result<bool, Error>)>;

/// A call that takes something away, and has nothing to say where there is nothing: the tables tell whether it did.
fn taken<T>(reply: Reply<T>) -> Result<bool, Error> {
    reply.wait().map(|_| false)
}

fn names_of<'a>(tried: impl IntoIterator<Item = &'a (&'static str, Result<bool, Error>)>) -> BTreeSet<&'static str> {
    tried.into_iter().map(|(call, _)| *call).collect()
}

/// Everything that is there for these alone, called over a vault with these names.
fn tried(who: Who, vault: &Vault, names: &Names) -> Tried {
    let calls = calls_of(who).iter();
    let tried: Tried = calls.map(|(name, call)| (*name, call(vault, names))).collect();
    assert_eq!(names_of(&tried), there_for(who));
    tried
}

#[test]
fn whatever_is_the_participants_alone_a_specialist_is_refused_and_nothing_changes() {
    let lives = lives(1);
    let (names, hers) = (&lives.ground.names, &lives.ground.places[1]);
    let before = hers.rows();
    for id in [0, 1].map(|at| names[at].id) {
        for entry in lives.ground.entries {
            let named = Names {
                id,
                entry,
                ..names[0].clone()
            };
            let tried = tried(Who::Participant, &lives.dee, &named);
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
    let found = tried(Who::Silent, &lives.dee, &names[1]);
    assert!(found.iter().all(|(_, result)| matches!(result, Ok(false))), "{found:?}");
    assert_eq!(hers.rows(), before);
    // Were the look at the tables blind, it would not see what a call does change.
    lives.dee.support().pause(names[1].id).wait().unwrap();
    assert_ne!(hers.rows(), before);
    let found = tried(Who::Silent, &lives.phone, &names[0]);
    assert!(found.iter().all(|(_, result)| matches!(result, Ok(true))), "{found:?}");
    // Were the calls no good, the participant would be refused them too.
    let listed = lives
        .phone
        .support()
        .messages(names[0].id, ZONE.to_owned(), None, 9)
        .wait();
    assert_eq!(listed.map(|all| all.len()).ok(), Some(5));
    let mut refused = tried(Who::Participant, &lives.phone, &names[0]);
    refused.retain(|(_, result)| result.is_err());
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn whatever_is_the_specialists_alone_a_participant_is_refused_and_nothing_changes() {
    let lives = lives(2);
    let (names, mine) = (&lives.ground.names, &lives.ground.places[0]);
    let before = mine.rows();
    for id in [0, 1].map(|at| names[at].id) {
        let named = Names { id, ..names[1].clone() };
        for (call, result) in tried(Who::Specialist, &lives.phone, &named) {
            assert!(result.is_err(), "{call}");
        }
    }
    assert_eq!(mine.rows(), before);
    let mut refused = tried(Who::Specialist, &lives.dee, &names[1]);
    refused.retain(|(_, result)| result.is_err());
    assert!(refused.is_empty(), "{refused:?}");
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
    let (names, places) = (&lives.ground.names, &lives.ground.places);
    let before = [places[0].rows(), places[1].rows()];
    for saying in sayings() {
        let (vault, id) = match saying.is_specialists() {
            true => (&lives.phone, names[0].id),
            false => (&lives.dee, names[1].id),
        };
        let about = About::Message(names[0].message);
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
    let unsaid = lives.phone.support().unsay(names[0].id, names[0].message).wait();
    assert!(matches!(unsaid, Err(Error::NotFound)), "{unsaid:?}");
    assert_eq!([places[0].rows(), places[1].rows()], before);
}

/// Calls that give a name to something of whoever calls them: a draft that they keep under it, what they attach to their plan. Nothing comes with the name.
const GIVE_A_NAME: [&str; 2] = ["Journal::keep_draft", "ProfileDoor::set_plan_attached"];

/// Every call that names something of one's own, over a vault, with what the participant has.
fn with_names_of(lives: &Lives, vault: &Vault) -> Tried {
    let (journal, profile, devices) = (vault.journal(), vault.profile(), vault.devices());
    let (own, entry, version) = (&lives.own, lives.ground.entries[0], &lives.version);
    let words = || draft(&lives.ground.world.clock, "Changed.");
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
    let [mine, hers] = [&lives.ground.places[0], &lives.ground.places[1]];
    let before = [mine.rows(), hers.rows()];
    let tried = with_names_of(&lives, &lives.dee);
    let mut expected = that_name_ones_own();
    assert!(GIVE_A_NAME.iter().all(|call| expected.remove(*call)));
    assert_eq!(
        names_of(&tried).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(),
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
