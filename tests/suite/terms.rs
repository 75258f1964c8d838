//! Two people agree on how they work together before anything is shown; either pauses and ends it in one step.

use cairn_core::id::RelationshipId;
use cairn_core::support::{
    Agreement, Declaration, Introduction, PriorConnection, Question, RelationshipCard, ShareState, Status, TermsInvalid,
};
use cairn_core::vault::{Engine, Error};
use cairn_tests::{Device, Two, declaration, drive};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn statuses(met: &Two) -> [Status; 2] {
    [&met.phone, &met.dee].map(|device| device.card().status)
}

fn shown(met: &Two) -> usize {
    met.dee.engine.shared_with_me().unwrap().len()
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> TermsInvalid {
    match result {
        Err(Error::Terms(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn share(engine: &mut Engine, relationship: RelationshipId, entry: cairn_core::id::EntryId) -> Result<(), Error> {
    engine.share(cairn_tests::plain_share(relationship, entry)).map(drop)
}

fn agreement(question: Question, answer: &str) -> Agreement {
    let mut agreement = Agreement::default();
    agreement.answers[question.place()] = answer.to_owned();
    agreement
}

fn answers(card: &RelationshipCard) -> Vec<(u64, String)> {
    let proposals = card.terms.proposals.iter();
    proposals
        .map(|one| (one.agreement.version, one.agreement.answers.concat()))
        .collect()
}

#[test]
fn nothing_is_shown_before_the_specialist_has_declared_and_both_have_accepted_the_same_words() {
    let mut met = Two::met(1);
    let entry = met.phone.write("Not yet.");
    assert_eq!(statuses(&met), [Status::Agreeing; 2]);
    assert_eq!(
        refused(share(&mut met.phone.engine, met.id, entry)),
        TermsInvalid::NotActive
    );
    let early = met.phone.engine.propose(met.id, Agreement::default());
    assert_eq!(refused(early), TermsInvalid::DeclarationMissing);
    // Without what keeps the participant safe there is no declaration.
    let silent = Declaration {
        confidentiality_limits: "  ".to_owned(),
        ..declaration()
    };
    assert_eq!(
        refused(met.dee.engine.declare(met.theirs, silent)),
        TermsInvalid::NoLimits
    );
    let connected = Declaration {
        prior_connection: PriorConnection::Group,
        prior_words: "The same Tuesday meeting, two years ago.".to_owned(),
        ..declaration()
    };
    met.dee.engine.declare(met.theirs, connected).unwrap();
    let first = agreement(Question::SpecialistOffers, "Tuesdays and Fridays, in writing.");
    let first = met.dee.engine.propose(met.theirs, first).unwrap();
    met.dee.sync(&met.world);
    met.phone.sync(&met.world);
    let card = met.phone.card();
    let declared = card.terms.declaration().unwrap();
    assert_eq!(
        (declared.version, declared.prior_connection),
        (1, PriorConnection::Group)
    );
    assert_eq!(card.terms.open().unwrap().hash, first);
    // The participant wants something more, and proposes the whole anew.
    let second = agreement(Question::OutsideContact, "Please don't bring up the Tuesday group.");
    let second = met.phone.engine.propose(met.id, second).unwrap();
    assert_eq!(met.phone.card().status, Status::Agreeing, "one side alone");
    met.settle();
    assert_eq!(statuses(&met), [Status::Agreeing; 2]);
    assert_eq!(
        refused(share(&mut met.phone.engine, met.id, entry)),
        TermsInvalid::NotActive
    );
    met.dee.engine.accept_agreement(met.theirs, &second).unwrap();
    met.settle();
    assert_eq!(statuses(&met), [Status::Active; 2]);
    for device in [&met.phone, &met.dee] {
        let card = device.card();
        assert_eq!(card.terms.in_force().unwrap().hash, second);
        assert_eq!(card.terms.open(), None);
        assert_eq!(
            answers(&card),
            [
                (1, "Tuesdays and Fridays, in writing.".to_owned()),
                (2, "Please don't bring up the Tuesday group.".to_owned())
            ]
        );
    }
    share(&mut met.phone.engine, met.id, entry).unwrap();
    met.settle();
    assert_eq!(shown(&met), 1);
}

#[test]
fn each_says_what_is_theirs_to_say() {
    let mut met = Two::met(2);
    assert_eq!(
        refused(met.phone.engine.declare(met.id, declaration())),
        TermsInvalid::NotTheSpecialist
    );
    for (device, id) in [(&mut met.phone, met.id), (&mut met.dee, met.theirs)] {
        let nothing = device.engine.accept_agreement(id, &[9; 32]);
        assert_eq!(refused(nothing), TermsInvalid::NoSuchAgreement);
    }
    // A specialist's proposal can be seen before their declaration, and not accepted.
    let hash = met.dee.engine.propose(met.theirs, Agreement::default()).unwrap();
    met.settle();
    assert_eq!(
        refused(met.phone.engine.accept_agreement(met.id, &hash)),
        TermsInvalid::DeclarationMissing
    );
    let long = agreement(Question::HowOften, &"x".repeat(4_001));
    assert_eq!(refused(met.dee.engine.propose(met.theirs, long)), TermsInvalid::TooLong);
    // What was said last counts, and what was said before stays to be read.
    for words in ["first", "second"] {
        let declared = Declaration {
            confidentiality_limits: words.to_owned(),
            ..declaration()
        };
        met.dee.engine.declare(met.theirs, declared).unwrap();
    }
    met.settle();
    let card = met.phone.card();
    assert_eq!(card.terms.declaration().unwrap().confidentiality_limits, "second");
    assert_eq!(card.terms.declarations.len(), 2);
    // Accepted twice is accepted once.
    for _ in 0..2 {
        met.phone.engine.accept_agreement(met.id, &hash).unwrap();
    }
    met.settle();
    assert_eq!(statuses(&met), [Status::Active; 2]);
}

#[test]
fn a_specialist_says_of_themselves_what_they_want_and_each_language_has_one_spelling() {
    let mut met = Two::met(24);
    let introduced = |certification: &str, tags: &[&str]| Declaration {
        introduction: Introduction {
            pronouns: "she/her".to_owned(),
            organisation: "The open door".to_owned(),
            certification: certification.to_owned(),
            languages: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        },
        ..declaration()
    };
    let long = "x".repeat(cairn_core::limits::EXPERIENCE_CHARACTERS_MAX + 1);
    for (declaration, why) in [
        (introduced(&long, &[]), TermsInvalid::Introduction),
        (introduced("", &["English"]), TermsInvalid::Languages),
    ] {
        assert_eq!(refused(met.dee.engine.declare(met.theirs, declaration)), why);
    }
    met.dee
        .engine
        .declare(met.theirs, introduced("Peer specialist", &["EN", "es_mx", "en"]))
        .unwrap();
    met.settle();
    for device in [&met.phone, &met.dee] {
        let card = device.card();
        let said = &card.terms.declaration().unwrap().introduction;
        assert_eq!(said.texts(), ["she/her", "The open door", "Peer specialist"]);
        assert_eq!(said.languages, ["en", "es-MX"]);
    }
    met.dee.engine.declare(met.theirs, declaration()).unwrap();
    met.settle();
    let card = met.phone.card();
    assert_eq!(card.terms.declaration().unwrap().introduction, Introduction::default());
}

#[test]
fn a_specialist_names_areas_of_experience_or_none_and_the_participant_reads_them_before_they_agree() {
    let mut met = Two::met(21);
    let named = |areas: &[&str]| Declaration {
        experience: areas.iter().map(|area| (*area).to_owned()).collect(),
        ..declaration()
    };
    assert_eq!(
        refused(met.dee.engine.declare(met.theirs, named(&["a ward", " "]))),
        TermsInvalid::Experience
    );
    let areas = ["Leaving a ward.", "Getting by at night, with a small child."];
    met.dee.engine.declare(met.theirs, named(&areas)).unwrap();
    met.settle();
    for device in [&met.phone, &met.dee] {
        let card = device.card();
        assert_eq!((card.status, card.terms.proposals.len()), (Status::Agreeing, 0));
        assert_eq!(card.terms.declaration().unwrap().experience, areas);
    }
    // Nobody names them but the specialist.
    assert_eq!(
        refused(met.phone.engine.declare(met.id, named(&["theirs"]))),
        TermsInvalid::NotTheSpecialist
    );
    // Whoever names none any more has said so, and what was agreed on stays.
    let hash = met.dee.engine.propose(met.theirs, Agreement::default()).unwrap();
    met.settle();
    met.phone.engine.accept_agreement(met.id, &hash).unwrap();
    met.dee.engine.declare(met.theirs, named(&[])).unwrap();
    met.settle();
    let card = met.phone.card();
    assert_eq!(card.status, Status::Active);
    assert!(card.terms.declaration().unwrap().experience.is_empty());
}

#[test]
fn of_two_proposals_at_once_the_one_counts_that_both_accept() {
    let mut met = Two::agreed(3);
    let mine = met
        .phone
        .engine
        .propose(met.id, agreement(Question::HowOften, "Fridays."))
        .unwrap();
    let theirs = met
        .dee
        .engine
        .propose(met.theirs, agreement(Question::HowOften, "Mondays."))
        .unwrap();
    met.settle();
    let in_force = |device: &Device| device.card().terms.in_force().unwrap().agreement.version;
    assert_eq!(
        (in_force(&met.phone), in_force(&met.dee)),
        (1, 1),
        "the one before still counts"
    );
    met.phone.engine.accept_agreement(met.id, &theirs).unwrap();
    met.settle();
    for device in [&met.phone, &met.dee] {
        assert_eq!(device.card().terms.in_force().unwrap().hash, theirs);
    }
    met.dee.engine.accept_agreement(met.theirs, &mine).unwrap();
    met.settle();
    // Both have accepted both: all of their devices choose the same.
    let chosen = [&met.phone, &met.dee].map(|device| device.card().terms.in_force().unwrap().hash);
    assert_eq!(chosen, [mine.max(theirs); 2]);
}

#[test]
fn a_pause_is_one_step_that_works_offline_and_says_nothing_by_itself() {
    let mut met = Two::agreed(4);
    let (before, during) = (met.phone.write("Before."), met.phone.write("During."));
    let stopped = met.phone.share(met.id, before);
    met.settle();
    assert_eq!(shown(&met), 1);
    share(&mut met.phone.engine, met.id, during).unwrap();
    met.phone.engine.pause_relationship(met.id, true).unwrap();
    assert_eq!(met.phone.card().status, Status::Paused, "at once here");
    met.settle();
    assert_eq!(statuses(&met), [Status::Paused; 2]);
    assert!(met.dee.card().is_paused_by_other && !met.phone.card().is_paused_by_other);
    assert_eq!(shown(&met), 1, "what waited waits on, what was shown stays");
    assert_eq!(
        refused(share(&mut met.phone.engine, met.id, during)),
        TermsInvalid::NotActive
    );
    // Silence means nothing, and stopping works as ever.
    let heard = met.world.overhear();
    met.world.clock.advance_ms(90 * DAY_MS);
    met.settle();
    assert!(heard.records().is_empty());
    assert_eq!(statuses(&met), [Status::Paused; 2]);
    met.phone.engine.revoke(stopped).unwrap();
    met.settle();
    assert_eq!(shown(&met), 0);
    // Nobody but who paused goes on.
    met.dee.engine.pause_relationship(met.theirs, false).unwrap();
    met.settle();
    assert_eq!(statuses(&met), [Status::Paused; 2]);
    met.phone.engine.pause_relationship(met.id, false).unwrap();
    met.settle();
    assert_eq!(statuses(&met), [Status::Active; 2]);
    assert_eq!(shown(&met), 1, "what waited has come");
}

#[test]
fn what_was_on_its_way_when_a_pause_began_waits_for_its_end() {
    let mut met = Two::agreed(17);
    let entry = met.phone.write("Cut off.");
    let share = met.phone.share(met.id, entry);
    met.phone
        .engine
        .propose(met.id, agreement(Question::HowOften, "Fridays."))
        .unwrap();
    let space = cairn_wire::SpaceId::from_bytes(met.phone.card().relationship.space.unwrap());
    let half = cairn_tests::Meddler::of_requests(met.world.line(), move |request| {
        if request.path == "/v1/append" && request.body.windows(16).any(|bytes| bytes == space.as_bytes()) {
            request.path = "/v1/nowhere";
        }
    });
    drop(drive(&mut met.phone.engine, &half).unwrap());
    let waiting = met.phone.engine.store().view().outbox(space, usize::MAX, 9).unwrap();
    assert!(waiting.len() >= 2, "they are sealed");
    met.phone.engine.pause_relationship(met.id, true).unwrap();
    met.settle();
    assert_eq!((shown(&met), met.dee.card().terms.proposals.len()), (0, 1));
    met.phone.engine.pause_relationship(met.id, false).unwrap();
    met.settle();
    assert_eq!((shown(&met), met.dee.card().terms.proposals.len()), (1, 2));
    assert_eq!(met.phone.engine.share_cards().unwrap()[0].share.id(), share);
}

#[test]
fn what_is_said_during_a_pause_waits_for_its_end() {
    let mut met = Two::agreed(5);
    met.dee.engine.pause_relationship(met.theirs, true).unwrap();
    met.settle();
    met.phone
        .engine
        .propose(met.id, agreement(Question::HowOften, "Fridays."))
        .unwrap();
    met.settle();
    assert_eq!(met.dee.card().terms.proposals.len(), 1);
    // Paused by both, it goes on when both have gone on.
    met.phone.engine.pause_relationship(met.id, true).unwrap();
    met.dee.engine.pause_relationship(met.theirs, false).unwrap();
    met.settle();
    assert_eq!(statuses(&met), [Status::Paused; 2]);
    met.phone.engine.pause_relationship(met.id, false).unwrap();
    met.settle();
    assert_eq!(statuses(&met), [Status::Active; 2]);
    assert_eq!(met.dee.card().terms.proposals.len(), 2);
}

#[test]
fn a_participant_ends_it_without_a_word_and_everything_stops() {
    let mut met = Two::agreed(6);
    let (first, held) = (met.phone.write("Shown."), met.phone.write("Held."));
    let first = met.phone.share(met.id, first);
    met.settle();
    let mut waiting = cairn_tests::plain_share(met.id, held);
    waiting.hold_ms = 10 * DAY_MS;
    let held = met.phone.engine.share(waiting).unwrap();
    met.dee
        .engine
        .propose(met.theirs, agreement(Question::HowOften, "Never sent."))
        .unwrap();
    met.phone.engine.end_relationship(met.id, "").unwrap();
    assert_eq!(met.phone.card().status, Status::Ended, "at once here");
    let state = |met: &Two, id| {
        let shares = met.phone.engine.shares().unwrap();
        let (_, share) = shares.into_iter().find(|(_, share)| share.id() == id).unwrap();
        share.over.map(|(state, _)| state)
    };
    assert_eq!(state(&met, first), Some(ShareState::Ended));
    assert_eq!(
        state(&met, held),
        Some(ShareState::Withheld),
        "it never left, and nobody hears of it"
    );
    met.settle();
    assert_eq!(statuses(&met), [Status::Ended; 2]);
    assert_eq!(shown(&met), 0);
    let card = met.dee.card();
    assert_eq!(card.goodbye, Some(String::new()));
    assert_eq!(met.phone.card().goodbye, None, "nobody ended it but this person");
    for _ in 0..2 {
        met.world.clock.advance_ms(20 * DAY_MS);
        met.settle();
    }
    assert_eq!((shown(&met), met.phone.card().terms.proposals.len()), (0, 1));
    // It is over for good.
    let entry = met.phone.write("Afterwards.");
    assert_eq!(
        refused(share(&mut met.phone.engine, met.id, entry)),
        TermsInvalid::NotActive
    );
    assert_eq!(
        refused(met.phone.engine.pause_relationship(met.id, true)),
        TermsInvalid::Ended
    );
    assert_eq!(
        refused(met.dee.engine.propose(met.theirs, Agreement::default())),
        TermsInvalid::Ended
    );
    met.phone.engine.end_relationship(met.id, "A second time.").unwrap();
    met.settle();
    assert_eq!(met.dee.card().goodbye, Some(String::new()));
}

#[test]
fn a_specialist_ends_it_with_a_word_and_keeps_nothing_that_was_shown() {
    let mut met = Two::agreed(7);
    let entry = met.phone.write("Marmalade zeppelin.");
    let shared = met.phone.share(met.id, entry);
    met.settle();
    assert_eq!(shown(&met), 1);
    for words in ["", " \n"] {
        let silent = met.dee.engine.end_relationship(met.theirs, words);
        assert_eq!(refused(silent), TermsInvalid::NoGoodbye);
    }
    let long = met.dee.engine.end_relationship(met.theirs, &"x".repeat(2_001));
    assert_eq!(refused(long), TermsInvalid::GoodbyeTooLong);
    assert_eq!(met.dee.card().status, Status::Active, "nothing was changed");
    met.dee
        .engine
        .end_relationship(met.theirs, "I leave this job in May.")
        .unwrap();
    assert_eq!(shown(&met), 0, "at once, offline");
    let pages = met.dee.engine.store().decrypted_pages().unwrap();
    assert!(!pages.windows(19).any(|bytes| bytes == b"Marmalade zeppelin."));
    met.settle();
    assert_eq!(statuses(&met), [Status::Ended; 2]);
    let card = met.phone.card();
    assert_eq!(card.goodbye.as_deref(), Some("I leave this job in May."));
    assert_eq!(card.terms.proposals.len(), 1, "what both agreed on stays to be read");
    let shares = met.phone.engine.shares().unwrap();
    let (_, share) = shares.into_iter().find(|(_, one)| one.id() == shared).unwrap();
    assert_eq!(share.over.map(|(state, _)| state), Some(ShareState::Ended));
    assert!(met.phone.engine.store().view().entry(entry).unwrap().is_some());
}

#[test]
fn an_invitation_can_be_called_off() {
    let mut met = Two::met(8);
    let mut ann = Device::new(&met.world, 9, "ann");
    let (id, code) = met.phone.engine.invite("Marisol").unwrap();
    met.phone.engine.end_relationship(id, "").unwrap();
    assert!(
        met.phone
            .engine
            .handshake_next(cairn_core::vault::Handshake::Invite)
            .is_err()
    );
    let theirs = ann.engine.accept(&code, "Ann").unwrap();
    ann.engine.end_relationship(theirs, "").unwrap();
    assert_eq!(ann.card().status, Status::Ended);
    // The other one is as it was.
    assert_eq!(
        met.phone.engine.relationship_cards().unwrap()[0].status,
        Status::Agreeing
    );
}

#[test]
fn all_devices_of_both_know_how_it_stands_and_those_that_come_later_too() {
    let mut met = Two::agreed(10);
    let new = |name, seed| Device::new(&met.world, seed, name);
    let (mut tablet, mut dees) = (new("tablet", 11), new("dees", 12));
    met.phone.pair(&met.world, &mut tablet);
    met.dee.pair(&met.world, &mut dees);
    let everyone = |met: &mut Two, tablet: &mut Device, dees: &mut Device| {
        for _ in 0..2 {
            met.settle();
            tablet.sync(&met.world);
            dees.sync(&met.world);
        }
    };
    everyone(&mut met, &mut tablet, &mut dees);
    let mine = tablet
        .engine
        .propose(met.id, agreement(Question::HowOften, "Fridays."))
        .unwrap();
    everyone(&mut met, &mut tablet, &mut dees);
    let theirs = dees.card().relationship.id;
    dees.engine.accept_agreement(theirs, &mine).unwrap();
    everyone(&mut met, &mut tablet, &mut dees);
    for device in [&met.phone, &met.dee, &tablet, &dees] {
        let card = device.card();
        assert_eq!(
            (card.status, card.terms.in_force().unwrap().hash),
            (Status::Active, mine)
        );
    }
    // The tablet shares what waits, while the phone ends it: that never leaves.
    let late = tablet.write("Too late.");
    share(&mut tablet.engine, met.id, late).unwrap();
    met.phone.engine.end_relationship(met.id, "Thank you.").unwrap();
    met.phone.sync(&met.world);
    everyone(&mut met, &mut tablet, &mut dees);
    assert_eq!(shown(&met), 0);
    for device in [&met.phone, &met.dee, &tablet, &dees] {
        assert_eq!(device.card().status, Status::Ended);
    }
    assert_eq!(dees.card().goodbye.as_deref(), Some("Thank you."));
    let shares = tablet.engine.shares().unwrap();
    assert_eq!(shares[0].1.over.map(|(state, _)| state), Some(ShareState::Withheld));
}

#[test]
fn a_relay_that_loses_its_store_hears_again_what_both_have_said() {
    let mut met = Two::agreed(13);
    met.settle();
    met.world = met.world.with_nothing_but_its_key(13);
    met.world.clock.advance_ms(DAY_MS);
    // Said at that moment, and heard all the same.
    met.phone
        .engine
        .propose(met.id, agreement(Question::HowOften, "Fridays."))
        .unwrap();
    for _ in 0..2 {
        drop(drive(&mut met.phone.engine, &met.world.line()).unwrap());
        drop(drive(&mut met.dee.engine, &met.world.line()).unwrap());
    }
    met.settle();
    let mut dees = Device::new(&met.world, 14, "dees");
    met.dee.pair(&met.world, &mut dees);
    dees.sync(&met.world);
    dees.sync(&met.world);
    let card = dees.card();
    assert_eq!((card.status, card.terms.proposals.len()), (Status::Active, 2));
    assert_eq!(card.terms.accepted, met.dee.card().terms.accepted);
}

#[test]
fn no_relationship_learns_of_another() {
    let mut met = Two::agreed(15);
    let mut ann = Device::new(&met.world, 16, "ann");
    ann.connect(&met.world);
    let second = met.phone.befriend(&met.world, &mut ann);
    met.phone.engine.pause_relationship(met.id, true).unwrap();
    met.settle();
    ann.sync(&met.world);
    assert_eq!(ann.card().status, Status::Active);
    let entry = met.phone.write("For Ann alone.");
    met.phone.share(second, entry);
    met.phone.engine.end_relationship(met.id, "Goodbye.").unwrap();
    met.settle();
    ann.sync(&met.world);
    assert_eq!(
        (ann.card().status, met.dee.card().status),
        (Status::Active, Status::Ended)
    );
    assert_eq!(ann.engine.shared_with_me().unwrap().len(), 1);
    assert_eq!(ann.engine.relationships().unwrap().len(), 1);
    assert!(met.dee.engine.shared_with_me().unwrap().is_empty());
}

#[test]
fn a_device_that_has_not_heard_of_a_pause_does_not_lift_it() {
    let mut met = Two::agreed(18);
    let mut tablet = Device::new(&met.world, 19, "tablet");
    met.phone.pair(&met.world, &mut tablet);
    tablet.sync(&met.world);
    let entry = tablet.write("Not in a pause.");
    share(&mut tablet.engine, met.id, entry).unwrap();
    met.phone.engine.pause_relationship(met.id, true).unwrap();
    met.phone.sync(&met.world);
    // The tablet reads the chain, and nothing of its home.
    let home = tablet.engine.store().view().spaces().unwrap()[0].id;
    let deaf = cairn_tests::Meddler::of_requests(met.world.line(), move |request| {
        if request.path == "/v1/read" && request.body.windows(16).any(|bytes| bytes == home.as_bytes()) {
            request.path = "/v1/nowhere";
        }
    });
    for _ in 0..2 {
        drop(drive(&mut tablet.engine, &deaf).unwrap());
    }
    assert_eq!(tablet.card().status, Status::Paused);
    met.settle();
    assert_eq!((statuses(&met), shown(&met)), ([Status::Paused; 2], 0));
    // And it can go on for itself and the phone, when that is what its person wants.
    tablet.engine.pause_relationship(met.id, false).unwrap();
    tablet.sync(&met.world);
    met.settle();
    tablet.sync(&met.world);
    assert_eq!(statuses(&met), [Status::Active; 2]);
    met.settle();
    assert_eq!(shown(&met), 1);
}

#[test]
fn a_pause_that_was_taken_back_before_anybody_heard_of_it_leaves_no_trace() {
    let mut met = Two::agreed(20);
    let links = |device: &Device| {
        let space = cairn_wire::SpaceId::from_bytes(device.card().relationship.space.unwrap());
        device.engine.store().view().links(space).unwrap().len()
    };
    let before = links(&met.phone);
    met.phone.engine.pause_relationship(met.id, true).unwrap();
    met.phone.engine.pause_relationship(met.id, false).unwrap();
    met.settle();
    assert_eq!((links(&met.dee), statuses(&met)), (before, [Status::Active; 2]));
}
