#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
use super::*;
use crate::id::{EntryId, ShareId};
use crate::support::{Item, Mask, Notice, SupportWanted};

fn receipt(over: Option<(ShareState, Timestamp)>) -> Receipt {
    let notice = Notice {
        pack: "generic".to_owned(),
        text_id: "share.notice".to_owned(),
        version: 1,
        text: "These are Marisol's words.".to_owned(),
    };
    let consent = Consent::new(
        ShareId::from_bytes([1; 16]),
        "Marisol".to_owned(),
        [2; 32],
        Item {
            entry: EntryId::from_bytes([3; 16]),
            mask: Mask {
                feelings: true,
                ..Mask::default()
            },
        },
        "One entry: words, title, feelings, the day".to_owned(),
        "so someone knows".to_owned(),
        End::WithRelationship,
        Timestamp(1_772_352_000_000),
        notice,
        "cairn revoke, or Stop sharing".to_owned(),
    );
    Receipt {
        consent: Consent {
            wanted: SupportWanted::IDEAS,
            ..consent
        },
        recipient: "Dee".to_owned(),
        over,
    }
}

/// What stands at a place of a JSON document.
fn at(json: &str, pointer: &str) -> Value {
    let value: Value = serde_json::from_str(json).unwrap();
    value.pointer(pointer).cloned().unwrap_or(Value::Null)
}

#[test]
fn a_record_of_27560_has_its_four_sections_and_says_how_it_ended() {
    let given = receipt(None).write(ReceiptShape::Iso27560);
    for (pointer, expected) in [
        ("/schema_version", json!("ISO/IEC TS 27560:2023")),
        ("/record_id", json!("01010101-0101-0101-0101-010101010101")),
        (
            "/pii_processing/privacy_notice/text",
            json!("These are Marisol's words."),
        ),
        ("/pii_processing/purposes/0/purpose", json!("so someone knows")),
        ("/pii_processing/purposes/0/support_wanted", json!(["ideas"])),
        (
            "/pii_processing/purposes/0/pii_information/2/pii_type",
            json!("feelings"),
        ),
        (
            "/pii_processing/purposes/0/withdrawal_method",
            json!("cairn revoke, or Stop sharing"),
        ),
        ("/pii_processing/purposes/0/recipient_third_parties", json!([])),
        ("/party_identification/0/party_name", json!("Marisol")),
        ("/party_identification/1/party_name", json!("Dee")),
        ("/events/0/event_type", json!("given")),
        ("/events/0/event_time", json!("2026-03-01T08:00:00.000Z")),
        ("/events/1", Value::Null),
    ] {
        assert_eq!(at(&given, pointer), expected, "{pointer}");
    }
    let over = receipt(Some((ShareState::Revoked, Timestamp(1_772_438_400_000)))).write(ReceiptShape::Iso27560);
    assert_eq!(at(&over, "/events/1/event_type"), "revoked");
    assert_eq!(at(&over, "/events/1/event_time"), "2026-03-02T08:00:00.000Z");
}

#[test]
fn a_fhir_consent_has_what_r4_asks_for_and_is_active_only_while_it_is_given() {
    let given = receipt(None).write(ReceiptShape::FhirR4);
    // What R4 wants once at least: status, scope, category, and a policy or a rule; with privacy a patient.
    for pointer in [
        "/status",
        "/scope/coding/0/code",
        "/category/0/coding/0/code",
        "/policyRule",
        "/patient/display",
    ] {
        assert_ne!(at(&given, pointer), Value::Null, "{pointer}");
    }
    assert_eq!(at(&given, "/resourceType"), "Consent");
    assert_eq!(at(&given, "/status"), "active");
    assert_eq!(at(&given, "/provision/type"), "permit");
    assert_eq!(at(&given, "/provision/period/end"), Value::Null);
    assert_eq!(at(&given, "/provision/actor/0/reference/display"), "Dee");
    for (over, end) in [
        (
            Some((ShareState::Expired, Timestamp(1_772_438_400_000))),
            "2026-03-02T08:00:00.000Z",
        ),
        (
            Some((ShareState::Ended, Timestamp(1_772_352_000_001))),
            "2026-03-01T08:00:00.001Z",
        ),
    ] {
        let over = receipt(over).write(ReceiptShape::FhirR4);
        assert_eq!(at(&over, "/status"), "inactive");
        assert_eq!(at(&over, "/provision/period/end"), end);
    }
    let mut dated = receipt(None);
    dated.consent.end = End::At(Timestamp(1_772_438_400_000));
    let dated = dated.write(ReceiptShape::FhirR4);
    assert_eq!(at(&dated, "/provision/period/end"), "2026-03-02T08:00:00.000Z");
    assert_eq!(at(&dated, "/status"), "active");
}
