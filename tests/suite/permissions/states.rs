//! What each call is answered in each state of a relationship, by the participant's device and by the specialist's.
//!
//! The relationship is invited, agreeing, active, paused by the participant, or ended by them. What is refused leaves every byte of every table as it was, the outbox and what is shown
//! among them; what is done is done on a copy of the device, which then syncs with a copy of the relay, so that the table also says what leaves.

use super::doing::{Call, Names, calls_of};
use super::lives::{Ground, Place, ground};
use super::{Who, there_for};
use cairn_core::support::{MeetingInvalid, Status, TermsInvalid, Unfit};
use cairn_core::vault::Error;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a call is answered: one letter of the table.
///
/// | letter | |
/// |---|---|
/// | `L` | it is done, and something of it leaves for the other with the next sync |
/// | `K` | it is done, and kept on this person's own devices: nothing leaves for the other in this state |
/// | `f` | it answers that it found something, or that things are as they are wanted; nothing changes |
/// | `o` | it answers that there is nothing |
/// | `n` | refused: there is no such thing |
/// | `y` | refused: it is not for this one of the two |
/// | `a` | refused: the relationship is not active |
/// | `x` | refused: the relationship is over |
/// | `w` | refused: what it is about is not there |
/// | `g` | refused: they have not agreed on that |
type Letter = char;

fn refusal(error: &Error) -> Letter {
    match error {
        Error::NotFound | Error::Meeting(MeetingInvalid::NoSuchMeeting) => 'n',
        Error::Message(Unfit::NotYours)
        | Error::Meeting(MeetingInvalid::NotTheParticipant)
        | Error::Terms(TermsInvalid::NotTheSpecialist) => 'y',
        Error::Message(Unfit::NotActive) | Error::Terms(TermsInvalid::NotActive) => 'a',
        Error::Terms(TermsInvalid::Ended) => 'x',
        Error::Message(Unfit::Nowhere) => 'w',
        Error::Terms(TermsInvalid::NoSuchAgreement) => 'g',
        other => panic!("{other:?}"),
    }
}

/// Each call, with what the participant and what the specialist is answered while the relationship is invited, agreeing, active, paused and ended.
const TABLE: &[(&str, &str, &str)] = &[
    ("Support::share", "a a L a a", "n n n n n"),
    ("Support::as_shown", "n n f f n", "n n n n n"),
    ("Support::narrow", "n n L L n", "n n n n n"),
    ("Support::revoke", "n n L L L", "n n n n n"),
    ("Support::keep_proposal", "n n K K K", "y y y y y"),
    ("Support::keep_strength", "n n K K K", "y y y y y"),
    ("Support::keep_question", "n n K K K", "y y y y y"),
    ("Support::show_sections", "f f L L x", "n n n n n"),
    ("Support::begin_meeting", "a a L a x", "a a y a x"),
    ("Support::take_back_meeting", "a n L L x", "a y y y x"),
    ("Support::set_wishes", "a L L K x", "a y y y y"),
    ("Support::set_contact_hours", "K K K K K", "y y y y y"),
    ("Support::keep_feedback", "w w K K K", "y y y y y"),
    ("Support::felt_like_pressure", "w w K K K", "y y y y y"),
    ("Support::send_feedback", "n n L K a", "n n n n n"),
    ("Support::forget_feedback", "n n K K K", "n n n n n"),
    ("Support::end_keeping", "K L L L x", "n n n n n"),
    ("Support::declare", "a y y y x", "a L L K x"),
    ("Support::open_preferences", "n n n n n", "o o f f o"),
    ("Support::open_gated", "n n n n n", "n n f f n"),
    ("Support::open_shared", "n n n n n", "n n f f n"),
    ("Support::read_shared_attachment", "n n n n n", "n n f f n"),
    ("Support::reflect", "y y y y y", "K K K K K"),
    ("Support::own_stories", "a y y y y", "a o f f f"),
    ("Support::contact_hours", "o o f f f", "o o o o o"),
    ("Support::feedback", "o o f f f", "o o o o o"),
    ("Support::messages", "o o f f f", "o o f f f"),
    ("Support::say", "a a L K a", "a a L K a"),
    ("Support::unsay", "a n K K K", "a n K K K"),
    ("Support::wishes", "o o f f f", "o o f f f"),
    ("Support::propose", "a L L K x", "a L L K x"),
    ("Support::accept_agreement", "a L L K x", "a L L K x"),
    ("Support::meetings", "o o f f f", "o o f f f"),
    ("Support::write_line", "a a L a x", "a a L a x"),
    ("Support::change_line", "a a L a x", "a a L a x"),
    ("Support::take_line_away", "a n L L x", "a n L L x"),
    ("Support::pause", "K L L f x", "K L L L x"),
    ("Support::go_on", "f f f L x", "f f f f x"),
    ("Support::end", "K L L L f", "K L L L f"),
    ("Support::move_person", "K K K K K", "K K K K K"),
    ("Support::sent_feedback", "o o f f f", "o o f f f"),
    ("Support::receipt", "n n f f f", "n n f f f"),
];

const STATES: [Status; 5] = [
    Status::Invited,
    Status::Agreeing,
    Status::Active,
    Status::Paused,
    Status::Ended,
];

/// All calls that name something of a relationship.
fn all_calls() -> impl Iterator<Item = &'static Call> {
    [Who::Participant, Who::Specialist, Who::Silent, Who::Both]
        .into_iter()
        .flat_map(calls_of)
}

/// What one of the two, 0 for the participant, is answered, and what it does.
struct Answers<'a> {
    ground: &'a Ground,
    who: usize,
    names: Names,
    /// How many records the log has after a sync in which nothing was asked for.
    quiet: usize,
}

impl<'a> Answers<'a> {
    fn new(ground: &'a Ground, who: usize, names: Names) -> Self {
        let mut answers = Self {
            ground,
            who,
            names,
            quiet: 0,
        };
        answers.quiet = answers.after_sync(|_| {});
        answers
    }

    fn place(&self) -> &Place {
        &self.ground.places[self.who]
    }

    /// How long the log is once a copy of the device has done that and met a copy of the relay.
    fn after_sync(&self, does: impl FnOnce(&cairn_core::vault::Vault)) -> usize {
        let (relay, device) = (self.ground.world.backup(7), self.place().copied());
        let vault = device.vault(&relay, Some(Arc::new(relay.line())));
        does(&vault);
        let report = vault.sync().sync_now().wait().unwrap();
        assert!(report.is_complete(), "{report:?}");
        drop(vault);
        device.log(&relay, self.names.waiting)
    }

    fn of(&self, call: &Call) -> Letter {
        let (device, line) = (self.place().copied(), self.ground.world.backup(7).line());
        let vault = device.vault(&self.ground.world, Some(Arc::new(line)));
        let before = device.rows();
        let answer = call.1(&vault, &self.names);
        let is_as_before = device.rows() == before;
        match answer {
            Err(error) => {
                assert!(is_as_before, "{} is refused and changes something", call.0);
                refusal(&error)
            }
            Ok(false) => {
                assert!(is_as_before, "{} finds nothing and changes something", call.0);
                'o'
            }
            Ok(true) if is_as_before => 'f',
            Ok(true) => {
                let again = |vault: &_| assert!(call.1(vault, &self.names).unwrap());
                if self.after_sync(again) > self.quiet { 'L' } else { 'K' }
            }
        }
    }
}

fn is_as_the_table_says(status: Status) {
    let at = STATES.iter().position(|one| *one == status).unwrap();
    is_as_in_column(status, at);
}

fn is_as_in_column(status: Status, at: usize) {
    let ground = ground(11 + at as u64 + 10 * u64::from(status == Status::Expired), status);
    let said = |letters: &str| letters.split(' ').nth(at).map(str::to_owned);
    let mut wrong = Vec::new();
    let answers = [0, 1].map(|who| Answers::new(&ground, who, ground.names[who].clone()));
    for call in all_calls() {
        let found = [0, 1].map(|who| answers[who].of(call).to_string());
        let row = TABLE.iter().find(|(name, ..)| *name == call.0);
        let expected = row.map(|(_, participant, specialist)| [*participant, *specialist].map(said));
        if expected != Some(found.clone().map(Some)) {
            wrong.push(format!("{}: {}", call.0, found.concat()));
        }
    }
    assert!(wrong.is_empty(), "{status:?}: {wrong:#?}");
}

#[test]
fn every_call_of_two_has_a_row_of_states() {
    let with_names: BTreeSet<&str> = [Who::Participant, Who::Specialist, Who::Silent, Who::Both]
        .into_iter()
        .flat_map(there_for)
        .collect();
    assert_eq!(
        all_calls().map(|(name, _)| *name).collect::<BTreeSet<_>>(),
        with_names,
        "all are called"
    );
    let rows: Vec<&str> = TABLE.iter().map(|(name, ..)| *name).collect();
    assert_eq!(
        rows.iter().copied().collect::<BTreeSet<_>>(),
        with_names,
        "all have a row"
    );
    assert_eq!(rows.len(), with_names.len(), "and one");
    for (name, participant, specialist) in TABLE {
        assert!(
            [participant, specialist]
                .iter()
                .all(|row| row.split(' ').count() == STATES.len()),
            "{name}"
        );
    }
}

#[test]
fn calls_while_it_is_invited() {
    is_as_the_table_says(Status::Invited);
}

#[test]
fn calls_once_an_invitation_has_run_out_are_answered_as_while_it_is_open() {
    is_as_in_column(Status::Expired, 0);
}

#[test]
fn calls_while_they_are_agreeing() {
    is_as_the_table_says(Status::Agreeing);
}

#[test]
fn calls_while_it_is_active() {
    is_as_the_table_says(Status::Active);
}

#[test]
fn calls_while_it_is_paused() {
    is_as_the_table_says(Status::Paused);
}

#[test]
fn calls_after_the_end() {
    is_as_the_table_says(Status::Ended);
}

/// Calls that name something which the participant left to be read when they ended it, with what the participant and what the specialist is answered.
const LEFT_TO_BE_READ: [(&str, Letter, Letter); 6] = [
    ("Support::as_shown", 'f', 'n'),
    ("Support::narrow", 'L', 'n'),
    ("Support::revoke", 'L', 'n'),
    ("Support::receipt", 'f', 'f'),
    // That it was opened first is told after the end too.
    ("Support::open_gated", 'n', 'L'),
    ("Support::open_shared", 'n', 'L'),
];

#[test]
fn calls_about_what_is_left_to_be_read_after_the_end() {
    let ground = ground(16, Status::Ended);
    let answers = [0, 1].map(|who| {
        let share = ground.kept;
        Answers::new(
            &ground,
            who,
            Names {
                share,
                ..ground.names[who].clone()
            },
        )
    });
    for (name, participant, specialist) in LEFT_TO_BE_READ {
        let call = all_calls().find(|(call, _)| *call == name).unwrap();
        assert_eq!(
            [0, 1].map(|who| answers[who].of(call)),
            [participant, specialist],
            "{name}"
        );
    }
}
