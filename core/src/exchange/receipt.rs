//! A receipt for other software: what a consent says, and how it ended, in two shapes that the field knows.
//!
//! * The record of **ISO/IEC TS 27560:2023**: header, processing, parties, events, in the names of its clauses. The fields are there; nothing here claims that a law is kept.
//! * The resource `Consent` of **HL7 FHIR R4**: `active` while it is given, `inactive` after. Nobody in it has an identity beyond the name they gave: it refers to no other
//!   resource of any server.
//!
//! Both hold what both sides of a share have: no word of what was shared is in them but the purpose, which is the participant's. On the specialist's side that goes when
//! the share is over.

use crate::clock::Timestamp;
use crate::support::{Consent, End, ShareState, When};
use serde_json::{Value, json};

/// What is known of a consent on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The consent, as both have it.
    pub consent: Consent,
    /// The name of the one recipient, as far as it is known.
    pub recipient: String,
    /// How and when it ended, where it has.
    pub over: Option<(ShareState, Timestamp)>,
}

/// In which shape a receipt is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptShape {
    /// ISO/IEC TS 27560:2023, as JSON.
    Iso27560,
    /// HL7 FHIR R4 `Consent`, as JSON.
    FhirR4,
}

impl Receipt {
    /// The receipt in a shape, as indented JSON.
    pub fn write(&self, shape: ReceiptShape) -> String {
        let value = match shape {
            ReceiptShape::Iso27560 => self.iso_27560(),
            ReceiptShape::FhirR4 => self.fhir_r4(),
        };
        format!("{value:#}")
    }

    fn purpose(&self) -> &str {
        match self.consent.purpose.as_str() {
            "" => "not kept after the end",
            purpose => purpose,
        }
    }

    /// When it ends, or ended, where that is a time.
    fn end(&self) -> Option<String> {
        match (self.over, self.consent.end) {
            (Some((_, at)), _) | (None, End::At(at)) => Some(time(at)),
            _ => None,
        }
    }

    fn iso_27560(&self) -> Value {
        let consent = &self.consent;
        let how_long = match consent.end {
            End::UntilIStop => "until the participant stops it".to_owned(),
            End::At(at) => format!("until {}", time(at)),
            End::WithRelationship => "until the relationship ends, or the participant stops it".to_owned(),
        };
        let event = |kind: &str, at: Timestamp, by: &str| json!({"event_type": kind, "event_time": time(at), "entity_id": by, "event_state": kind});
        let mut events = vec![event("given", consent.given, "participant")];
        events.extend(consent.narrowed.iter().map(|at| event("narrowed", *at, "participant")));
        if let Some((state, at)) = self.over {
            events.push(event(ended_how(state), at, "participant"));
        }
        json!({
            "schema_version": "ISO/IEC TS 27560:2023",
            "record_id": consent.id.to_string(),
            "record_version": consent.version,
            "pii_principal_id": "participant",
            "pii_processing": {
                "privacy_notice": {
                    "pack": consent.notice.pack,
                    "id": consent.notice.text_id,
                    "version": consent.notice.version,
                    "text": consent.notice.text,
                },
                "purposes": [{
                    "purpose": self.purpose(),
                    "support_wanted": consent.wanted.codes().collect::<Vec<_>>(),
                    "lawful_basis": "consent",
                    "pii_information": parts(consent).into_iter()
                        .map(|part| json!({"pii_type": part, "pii_optional": true}))
                        .collect::<Vec<_>>(),
                    "pii_attribute_id": consent.item.entry.to_string(),
                    "description": consent.sentence,
                    "pii_controllers": ["recipient"],
                    "collection_method": "shown by the participant from their own device",
                    "processing_method": "read in the recipient's app; no copy, no forwarding",
                    "retention_period": how_long,
                    "recipient_third_parties": [],
                    "withdrawal_method": consent.how_to_stop,
                    "follows_edits": consent.follow_edits,
                    "readable_without_contact_days": consent.lease_days,
                }],
            },
            "party_identification": [
                {"party_id": "participant", "party_name": consent.participant, "party_role": "PII principal", "party_type": "person"},
                {"party_id": "recipient", "party_name": self.recipient, "party_role": "PII controller", "party_type": "person",
                 "party_key": hex(&consent.recipient)},
            ],
            "events": events,
        })
    }

    fn fhir_r4(&self) -> Value {
        let consent = &self.consent;
        let coding =
            |system: &str, code: &str, text: &str| json!({"coding": [{"system": system, "code": code}], "text": text});
        let mut period = json!({"start": time(consent.given)});
        if let (Some(end), Some(period)) = (self.end(), period.as_object_mut()) {
            period.insert("end".to_owned(), Value::String(end));
        }
        json!({
            "resourceType": "Consent",
            "id": consent.id.to_string(),
            "meta": {"versionId": consent.version.to_string()},
            "status": if self.over.is_none() { "active" } else { "inactive" },
            "scope": coding("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy"),
            "category": [coding("http://loinc.org", "59284-0", "Consent")],
            "patient": {"type": "Patient", "display": consent.participant},
            "dateTime": time(consent.given),
            "performer": [{"type": "Patient", "display": consent.participant}],
            "policyRule": coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN", "opt-in"),
            "verification": [{"verified": true, "verificationDate": time(consent.given)}],
            "provision": {
                "type": "permit",
                "period": period,
                "actor": [{
                    "role": coding("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", "peer support specialist"),
                    "reference": {"type": "Practitioner", "display": self.recipient},
                }],
                // That what is shown is not to be passed on, in the words that go with it.
                "securityLabel": [{
                    "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                    "code": "NORDSCLCD",
                    "display": consent.notice.text,
                }],
                "action": [coding("http://terminology.hl7.org/CodeSystem/consentaction", "access", "read")],
                "purpose": [{"display": self.purpose()}],
                "data": [{
                    "meaning": "instance",
                    "reference": {"type": "DocumentReference", "display": consent.sentence},
                }],
            },
        })
    }
}

fn ended_how(state: ShareState) -> &'static str {
    match state {
        ShareState::Given => "given",
        ShareState::Expired => "expired",
        ShareState::Ended => "relationship_ended",
        ShareState::Revoked => "revoked",
        ShareState::Withheld => "withheld",
    }
}

fn parts(consent: &Consent) -> Vec<&'static str> {
    let mask = consent.item.mask;
    let shown = [
        (mask.text && !consent.is_excerpt, "words"),
        (mask.text && consent.is_excerpt, "passages"),
        (mask.title, "title"),
        (mask.feelings, "feelings"),
        (mask.tags, "tags"),
        (mask.attachments, "attachments"),
        (mask.attachments && mask.captions, "captions"),
        (mask.valence, "valence"),
        (mask.people, "people"),
        (mask.place, "place"),
        (mask.when == When::Month, "month"),
        (mask.when == When::Day, "day"),
        (mask.when == When::Exact, "time"),
    ];
    shown.into_iter().filter(|(is, _)| *is).map(|(_, part)| part).collect()
}

/// RFC 3339, in UTC.
fn time(at: Timestamp) -> String {
    let at = chrono::DateTime::from_timestamp_millis(at.0).unwrap_or_default();
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[cfg(test)]
#[path = "receipt_tests.rs"]
mod tests;
