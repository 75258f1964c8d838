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
        ended_by: None,
    }
}

/// What stands at a place of a JSON document.
fn at(json: &str, pointer: &str) -> Value {
    let value: Value = serde_json::from_str(json).unwrap();
    value.pointer(pointer).cloned().unwrap_or(Value::Null)
}

const GIVEN: &str = "2026-03-01T08:00:00.000Z";
const LATER: Timestamp = Timestamp(1_772_438_400_000);
const SAID_LATER: &str = "2026-03-02T08:00:00.000Z";

/// Everything that stands at these places.
fn says(json: &str, expected: &[(&str, Value)]) {
    for (pointer, expected) in expected {
        assert_eq!(at(json, pointer), *expected, "{pointer}");
    }
}

/// A receipt of something that was narrowed, and over with the relationship.
fn over_with_it(ended_by: Option<Role>) -> Receipt {
    let mut receipt = receipt(Some((ShareState::Ended, LATER)));
    receipt.ended_by = ended_by;
    receipt.consent.narrowed = vec![Timestamp(1_772_352_000_001)];
    receipt
}

#[test]
fn a_record_of_27560_has_every_element_of_a_consent() {
    let purpose = |name: &str| format!("/pii_processing/purposes/0/{name}");
    let given = receipt(None).write(ReceiptShape::Iso27560);
    says(
        &given,
        &[
            ("/schema_version", json!("ISO/IEC TS 27560:2023")),
            ("/record_id", json!("01010101-0101-0101-0101-010101010101")),
            ("/record_version", json!(1)),
            ("/pii_principal_id", json!("participant")),
            (
                "/pii_processing/privacy_notice",
                json!({"pack": "generic", "id": "share.notice", "version": 1, "text": "These are Marisol's words."}),
            ),
            (&purpose("purpose"), json!("so someone knows")),
            (&purpose("support_wanted"), json!(["ideas"])),
            (&purpose("lawful_basis"), json!("consent")),
            (
                &purpose("pii_information/2"),
                json!({"pii_type": "feelings", "pii_optional": true, "sensitive_pii_category": true}),
            ),
            (
                &purpose("pii_attribute_id"),
                json!("03030303-0303-0303-0303-030303030303"),
            ),
            (
                &purpose("description"),
                json!("One entry: words, title, feelings, the day"),
            ),
            (&purpose("pii_controllers"), json!(["recipient"])),
            (
                &purpose("retention_period"),
                json!("until the relationship ends, or the participant stops it"),
            ),
            (&purpose("withdrawal_method"), json!("cairn revoke, or Stop sharing")),
            (&purpose("recipient_third_parties"), json!([])),
            (&purpose("copies_allowed"), json!(false)),
            (&purpose("follows_edits"), json!(false)),
            (&purpose("readable_without_contact_days"), json!(7)),
            ("/party_identification/0/party_name", json!("Marisol")),
            ("/party_identification/0/party_role", json!("PII principal")),
            ("/party_identification/1/party_name", json!("Dee")),
            ("/party_identification/1/party_role", json!("PII controller")),
            ("/party_identification/1/party_key", json!("02".repeat(32))),
            (
                "/events",
                json!([{"event_type": "given", "event_time": GIVEN, "event_state": "given", "entity_id": "participant"}]),
            ),
        ],
    );
    let mut unlike = receipt(None);
    unlike.consent.follow_edits = true;
    unlike.consent.lease_days = 0;
    unlike.consent.end = End::UntilIStop;
    let unlike = unlike.write(ReceiptShape::Iso27560);
    says(
        &unlike,
        &[
            (&purpose("follows_edits"), json!(true)),
            (&purpose("readable_without_contact_days"), json!(0)),
            (&purpose("retention_period"), json!("until the participant stops it")),
        ],
    );
}

#[test]
fn each_event_names_who_did_it_and_an_end_that_nobody_brought_about_names_nobody() {
    let end = |receipt: &Receipt| at(&receipt.write(ReceiptShape::Iso27560), "/events/1");
    let event = |kind: &str, state: &str, by: Option<&str>| {
        let mut event = json!({"event_type": kind, "event_time": SAID_LATER, "event_state": state});
        if let Some(by) = by {
            event["entity_id"] = json!(by);
        }
        event
    };
    // What a participant stops is withdrawn: in the field's words, revoked is what somebody else ends.
    for (state, expected) in [
        (
            ShareState::Revoked,
            event("withdrawn", "withdrawn", Some("participant")),
        ),
        (ShareState::Expired, event("expired", "expired", None)),
        (ShareState::Withheld, event("withheld", "withheld", Some("participant"))),
    ] {
        assert_eq!(end(&receipt(Some((state, LATER)))), expected);
        // Whoever ended the relationship later did not end this.
        let later = Receipt {
            ended_by: Some(Role::Specialist),
            ..receipt(Some((state, LATER)))
        };
        assert_eq!(end(&later), expected);
    }
    for (by, state, name) in [
        (Some(Role::Participant), "withdrawn", Some("participant")),
        (Some(Role::Specialist), "revoked", Some("recipient")),
        (None, "relationship_ended", None),
    ] {
        let over = over_with_it(by).write(ReceiptShape::Iso27560);
        assert_eq!(
            at(&over, "/events/1"),
            json!({"event_type": "narrowed", "event_time": "2026-03-01T08:00:00.001Z", "event_state": "given", "entity_id": "participant"})
        );
        assert_eq!(at(&over, "/events/2"), event("relationship_ended", state, name));
        assert_eq!(at(&over, "/events/3"), Value::Null);
    }
}

#[test]
fn a_fhir_consent_has_every_element_that_r4_has_a_place_for() {
    let given = receipt(None).write(ReceiptShape::FhirR4);
    let marisol = json!({"type": "Patient", "display": "Marisol"});
    says(
        &given,
        &[
            ("/resourceType", json!("Consent")),
            ("/id", json!("01010101-0101-0101-0101-010101010101")),
            ("/meta/versionId", json!("1")),
            // What R4 wants once at least: status, scope, category, and a policy or a rule; with privacy a patient.
            ("/status", json!("active")),
            ("/scope/coding/0/code", json!("patient-privacy")),
            ("/category/0/coding/0/code", json!("59284-0")),
            ("/policyRule/coding/0/code", json!("OPTIN")),
            ("/patient", marisol.clone()),
            ("/performer", json!([marisol])),
            ("/dateTime", json!(GIVEN)),
            (
                "/verification",
                json!([{"verified": true, "verifiedWith": marisol, "verificationDate": GIVEN}]),
            ),
            ("/provision/type", json!("permit")),
            ("/provision/period", json!({"start": GIVEN})),
            (
                "/provision/actor/0/reference",
                json!({"type": "Practitioner", "display": "Dee"}),
            ),
            ("/provision/actor/0/role/coding/0/code", json!("IRCP")),
            ("/provision/securityLabel/0/code", json!("NORDSCLCD")),
            ("/provision/action/0/coding/0/code", json!("access")),
            ("/provision/purpose/0", json!({"display": "so someone knows"})),
            ("/provision/purpose/1/code", json!("PATRQT")),
            (
                "/provision/data",
                json!([{"meaning": "instance", "reference": {
                    "type": "DocumentReference",
                    "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:03030303-0303-0303-0303-030303030303"},
                    "display": "One entry: words, title, feelings, the day",
                }}]),
            ),
            ("/extension", Value::Null),
        ],
    );
    // What R4 has no element for stands in the narrative.
    assert_eq!(at(&given, "/text/status"), "additional");
    let words = at(&given, "/text/div").as_str().unwrap().to_owned();
    for said in [
        "Support wanted with it: ideas",
        "How to stop: cairn revoke, or Stop sharing",
        "Notice (generic, share.notice, version 1): These are Marisol's words.",
        "No copy of it is allowed",
        "Days it is readable without contact to the relay: 7",
        "Later edits are shown: no",
        "How long: until the relationship ends, or the participant stops it",
    ] {
        assert!(words.contains(said), "{said} in {words}");
    }
}

#[test]
fn a_fhir_consent_is_active_only_while_it_is_given_and_says_who_ended_it() {
    for (over, end) in [
        (Some((ShareState::Expired, LATER)), SAID_LATER),
        (
            Some((ShareState::Ended, Timestamp(1_772_352_000_001))),
            "2026-03-01T08:00:00.001Z",
        ),
    ] {
        let over = receipt(over).write(ReceiptShape::FhirR4);
        assert_eq!(at(&over, "/status"), "inactive");
        assert_eq!(at(&over, "/provision/period/end"), end);
        // Beside that it was given, R4 can say nothing that nobody did.
        assert_eq!(at(&over, "/contained/0/activity/text"), "given");
        assert_eq!(at(&over, "/contained/1"), Value::Null);
    }
    let mut dated = receipt(None);
    dated.consent.end = End::At(LATER);
    let dated = dated.write(ReceiptShape::FhirR4);
    assert_eq!(at(&dated, "/provision/period/end"), SAID_LATER);
    assert_eq!(at(&dated, "/status"), "active");

    let over = over_with_it(Some(Role::Specialist)).write(ReceiptShape::FhirR4);
    assert_eq!(at(&over, "/contained/1/activity/text"), "narrowed");
    assert_eq!(at(&over, "/contained/1/agent/0/who/display"), "Marisol");
    assert_eq!(
        at(&over, "/contained/2"),
        json!({
            "resourceType": "Provenance",
            "id": "relationship-ended-1772438400000",
            "target": [{"reference": "#"}],
            "recorded": SAID_LATER,
            "activity": {"text": "relationship_ended"},
            "agent": [{"who": {"type": "Practitioner", "display": "Dee"}}],
        })
    );
    let words = at(&over, "/text/div");
    assert!(
        words
            .as_str()
            .unwrap()
            .contains("relationship ended: 2026-03-02T08:00:00.000Z, by Dee</p>")
    );
}

#[test]
fn what_was_written_in_marks_of_its_own_does_not_break_the_narrative_and_no_name_is_empty() {
    let mut odd = receipt(None);
    odd.consent.purpose = "1 < 2 & <b>".to_owned();
    odd.recipient.clear();
    let fhir = odd.write(ReceiptShape::FhirR4);
    let words = at(&fhir, "/text/div");
    assert!(words.as_str().unwrap().contains("1 &lt; 2 &amp; &lt;b&gt;</p>"));
    assert_eq!(at(&fhir, "/provision/actor/0/reference/display"), "not known");
    let iso = odd.write(ReceiptShape::Iso27560);
    assert_eq!(at(&iso, "/party_identification/1/party_name"), "not known");
}
