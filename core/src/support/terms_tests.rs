#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
use super::*;

fn declaration() -> Declaration {
    Declaration {
        version: 1,
        prior_connection: PriorConnection::Group,
        prior_words: "The same Tuesday meeting, two years ago.".to_owned(),
        confidentiality_limits: "I talk with my supervisor, without names.".to_owned(),
        experience: Vec::new(),
        introduction: Introduction::default(),
    }
}

fn proposal(version: u64, hash: u8, by: Role) -> Proposal {
    Proposal {
        hash: [hash; 32],
        by,
        received: Timestamp(0),
        agreement: Agreement {
            version,
            ..Agreement::default()
        },
    }
}

#[test]
fn a_declaration_says_what_keeps_a_person_safe() {
    declaration().check().unwrap();
    let without = |change: fn(&mut Declaration)| {
        let mut declaration = declaration();
        change(&mut declaration);
        declaration.check()
    };
    assert_eq!(
        without(|it| it.confidentiality_limits = " \n".to_owned()),
        Err(TermsInvalid::NoLimits)
    );
    assert_eq!(without(|it| it.prior_words.clear()), Ok(()));
    assert_eq!(
        without(|it| (it.prior_connection, it.prior_words) = (PriorConnection::Other, String::new())),
        Err(TermsInvalid::NoPriorWords)
    );
    let long = |it: &mut Declaration| it.prior_words = "é".repeat(limits::TERMS_CHARACTERS_MAX + 1);
    assert_eq!(without(long), Err(TermsInvalid::TooLong));
    assert_eq!(
        without(|it| it.prior_words = "é".repeat(limits::TERMS_CHARACTERS_MAX)),
        Ok(())
    );
}

#[test]
fn areas_of_experience_are_named_or_not_and_have_words() {
    let of = |areas: Vec<String>| {
        let mut declaration = declaration();
        declaration.experience = areas;
        declaration.check()
    };
    assert_eq!(of(vec!["getting by at night".to_owned()]), Ok(()));
    assert_eq!(
        of(vec!["a ward".to_owned(), " \n".to_owned()]),
        Err(TermsInvalid::Experience)
    );
    let (area, areas) = (limits::EXPERIENCE_CHARACTERS_MAX, limits::EXPERIENCES_MAX);
    assert_eq!(of(vec!["é".repeat(area); areas]), Ok(()));
    assert_eq!(of(vec!["é".repeat(area + 1)]), Err(TermsInvalid::Experience));
    assert_eq!(of(vec!["grief".to_owned(); areas + 1]), Err(TermsInvalid::Experience));
}

#[test]
fn an_agreement_may_be_empty_and_not_endless() {
    Agreement::default().check().unwrap();
    for question in Question::ALL {
        let mut agreement = Agreement::default();
        agreement.answers[question.place()] = "x".repeat(limits::TERMS_CHARACTERS_MAX + 1);
        assert_eq!(agreement.check(), Err(TermsInvalid::TooLong));
        assert_eq!(Agreement::default().answer(question), "");
    }
}

#[test]
fn an_agreement_counts_once_both_have_accepted_the_same_words() {
    let (me, them) = (Role::Participant, Role::Specialist);
    let mut terms = Terms {
        proposals: vec![proposal(1, 9, me), proposal(2, 1, them), proposal(2, 2, me)],
        ..Terms::default()
    };
    assert_eq!((terms.in_force(), terms.next_version()), (None, 3));
    terms.accepted = BTreeSet::from([([1; 32], me), ([2; 32], them)]);
    assert_eq!(terms.in_force(), None, "each has accepted another one");
    terms.accepted.insert(([9; 32], me));
    terms.accepted.insert(([9; 32], them));
    assert_eq!(terms.in_force().unwrap().hash, [9; 32]);
    assert_eq!(terms.open().unwrap().hash, [2; 32]);
    terms.accepted.insert(([2; 32], me));
    assert_eq!(terms.in_force().unwrap().hash, [2; 32]);
    assert_eq!(terms.open(), None);
    assert!(!terms.are_agreed(), "nothing was declared");
    terms.declarations.push(declaration());
    assert!(terms.are_agreed());
}

#[test]
fn numbers_and_words_are_what_they_were() {
    let words = PriorConnection::ALL.map(PriorConnection::code);
    assert_eq!(words, ["none", "family", "friend", "work", "group", "other"]);
    for one in PriorConnection::ALL {
        assert_eq!(PriorConnection::from_number(one.number().into()), Some(one));
    }
    assert_eq!(PriorConnection::from_number(6), None);
    assert_eq!(Question::ALL.map(Question::place), [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn debug_shows_no_words() {
    let mut agreement = Agreement::default();
    agreement.answers[0] = "canary".to_owned();
    let mut declaration = declaration();
    declaration.experience = vec!["canary".to_owned()];
    let shown = format!("{declaration:?}{agreement:?}");
    assert!(!shown.contains("canary") && !shown.contains("Tuesday"), "{shown}");
}
