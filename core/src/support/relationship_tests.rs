#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
use super::*;
use crate::profile::apply;
use crate::support::{Agreement, Declaration, PriorConnection, Proposal};

fn id() -> RelationshipId {
    RelationshipId::from_bytes([4; 16])
}

fn invited() -> Relationship {
    let mut relationship = Relationship::new(
        id(),
        Role::Participant,
        Timestamp(1),
        "Marisol".to_owned(),
        Zeroizing::new(vec![1; 32]),
    );
    relationship.invitation = Some(Zeroizing::new(vec![2; 16]));
    relationship
}

fn active() -> Relationship {
    Relationship {
        met: Some(Timestamp(2)),
        invitation: None,
        space: Some([3; 16]),
        origin: "https://relay.example".to_owned(),
        relay_key: Some([5; 32]),
        peer: Some(Peer {
            name: "Dee".to_owned(),
            signing: [6; 32],
            kem: vec![7; 1216],
            access: [8; 32],
        }),
        code: "004211".to_owned(),
        shown_sections: BTreeSet::from([SectionId::from_bytes([9; 16])]),
        ..invited()
    }
}

#[test]
fn a_status_follows_from_what_both_have_said() {
    let mut relationship = invited();
    let mut terms = Terms::default();
    let now = Timestamp(1_000);
    assert_eq!(relationship.status(&terms, false, now), Status::Invited);
    relationship.met = Some(Timestamp(2));
    assert_eq!(relationship.status(&terms, false, now), Status::Agreeing);
    terms.declarations.push(Declaration {
        version: 1,
        prior_connection: PriorConnection::None,
        prior_words: String::new(),
        confidentiality_limits: "Nothing.".to_owned(),
        experience: Vec::new(),
        introduction: crate::support::Introduction::default(),
    });
    terms.proposals.push(Proposal {
        hash: [1; 32],
        by: Role::Specialist,
        received: Timestamp(3),
        agreement: Agreement::default(),
    });
    terms.accepted.insert(([1; 32], Role::Specialist));
    assert_eq!(relationship.status(&terms, false, now), Status::Agreeing);
    terms.accepted.insert(([1; 32], Role::Participant));
    assert_eq!(relationship.status(&terms, false, now), Status::Active);
    assert_eq!(relationship.status(&terms, true, now), Status::Paused);
    relationship.ended = Some(Timestamp(5));
    assert_eq!(relationship.status(&terms, true, now), Status::Ended);
}

#[test]
fn an_invitation_expires_or_is_declined_and_one_that_was_answered_does_neither() {
    let terms = Terms::default();
    let days = |days: i64| Timestamp(1 + days * 86_400_000);
    let mut relationship = invited();
    let by = |relationship: &Relationship, now| relationship.status(&terms, false, now);
    assert_eq!(by(&relationship, Timestamp(days(7).0 - 1)), Status::Invited);
    assert_eq!(by(&relationship, days(7)), Status::Expired);
    assert_eq!(
        by(&relationship, Timestamp(i64::MIN)),
        Status::Invited,
        "by a clock set back"
    );
    relationship.declined = Some(days(1));
    assert_eq!(by(&relationship, days(2)), Status::Declined);
    assert_eq!(by(&relationship, days(8)), Status::Declined);
    let mut fields = Fields::new();
    apply(&mut fields, &relationship.changes(&Fields::new()));
    assert_eq!(
        Relationship::from_fields(id(), &fields).unwrap().declined,
        Some(days(1))
    );
    relationship.met = Some(days(1));
    assert_eq!(by(&relationship, days(8)), Status::Agreeing, "who is in is in");
    for status in [Status::Declined, Status::Expired] {
        assert_eq!(Status::from_code(status.code()), Some(status));
        assert!(!status.is_under_way());
    }
}

#[test]
fn a_relationship_reads_back_at_every_stage() {
    let mut fields = Fields::new();
    assert_eq!(Relationship::from_fields(id(), &fields), None);
    let ended = Relationship {
        ended: Some(Timestamp(3)),
        shown_sections: BTreeSet::new(),
        ..active()
    };
    for stage in [invited(), active(), ended] {
        let changes = stage.changes(&fields);
        apply(&mut fields, &changes);
        let read = Relationship::from_fields(id(), &fields).unwrap();
        assert_eq!(read, stage);
        assert!(read.changes(&fields).is_empty());
    }
}

#[test]
fn an_end_on_one_device_outlives_a_late_change_on_another() {
    let mut fields = Fields::new();
    apply(&mut fields, &active().changes(&Fields::new()));
    let end = Relationship {
        ended: Some(Timestamp(3)),
        ..active()
    }
    .changes(&fields);
    apply(&mut fields, &end);
    // The other device still believes it is active, and writes all it knows.
    let late = active().changes(&fields);
    apply(&mut fields, &late);
    assert_eq!(
        Relationship::from_fields(id(), &fields).unwrap().ended,
        Some(Timestamp(3))
    );
}

#[test]
fn debug_shows_no_name_and_no_secret() {
    let shown = format!("{:?}{:?}", active(), active().peer);
    assert!(
        !shown.contains("Marisol") && !shown.contains("Dee") && !shown.contains("1, 1"),
        "{shown}"
    );
}
