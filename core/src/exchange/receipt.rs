//! A receipt for other software: what a consent says, and how it ended, in two shapes that the field knows.
//!
//! * The record of **ISO/IEC TS 27560:2023**: header, processing, parties, events, in the names of its clauses. The fields are there; nothing here claims that a law is kept.
//! * The resource `Consent` of **HL7 FHIR R4**: `active` while it is given, `inactive` after. Nobody in it has an identity beyond the name they gave: it refers to no other
//!   resource of any server. What R4 has no element for (the notice, how to stop, for how many days it is readable without contact, that no copy is allowed) stands
//!   in its narrative, and in no extension.
//!
//! | event | by | its state, in the words of DPV | R4 |
//! |---|---|---|---|
//! | `given` | participant | `given` | `dateTime`, `performer`, a `Provenance` |
//! | `narrowed` | participant | `given` | a `Provenance` |
//! | `withdrawn`: the participant stopped it | participant | `withdrawn` | a `Provenance`, `period.end` |
//! | `relationship_ended` | who ended it, where that is known | `withdrawn` by the participant, `revoked` by the recipient | the same, where it is known |
//! | `expired` | nobody: no `entity_id` | `expired` | `period.end`, and no `Provenance` |
//! | `withheld`: it never left | participant | as the event | a `Provenance`, `period.end` |
//!
//! Both hold what both sides of a share have: no word of what was shared is in them but the purpose, which is the participant's. On the specialist's side that goes when
//! the share is over.

use crate::clock::Timestamp;
use crate::support::{Consent, End, Role, ShareState, When};
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
    /// Who ended the relationship, as both signed it; none while nobody did, and where it is not known here.
    pub ended_by: Option<Role>,
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

    fn recipient(&self) -> &str {
        match self.recipient.as_str() {
            "" => "not known",
            name => name,
        }
    }

    /// When it ends, or ended, where that is a time.
    fn end(&self) -> Option<String> {
        match (self.over, self.consent.end) {
            (Some((_, at)), _) | (None, End::At(at)) => Some(time(at)),
            _ => None,
        }
    }

    fn how_long(&self) -> String {
        match self.consent.end {
            End::UntilIStop => "until the participant stops it".to_owned(),
            End::At(at) => format!("until {}, or the participant stops it", time(at)),
            End::WithRelationship => "until the relationship ends, or the participant stops it".to_owned(),
        }
    }

    /// What happened to it, in its order.
    fn events(&self) -> Vec<Event> {
        let by_participant = |kind, state, at| Event {
            kind,
            state,
            at,
            by: Some(Role::Participant),
        };
        let mut events = vec![by_participant("given", "given", self.consent.given)];
        let narrowed = self.consent.narrowed.iter();
        events.extend(narrowed.map(|at| by_participant("narrowed", "given", *at)));
        let end = self.over.and_then(|(state, at)| match state {
            ShareState::Given => None,
            ShareState::Revoked => Some(by_participant("withdrawn", "withdrawn", at)),
            ShareState::Withheld => Some(by_participant("withheld", "withheld", at)),
            // Its day came: nobody did anything.
            ShareState::Expired => Some(Event {
                kind: "expired",
                state: "expired",
                at,
                by: None,
            }),
            ShareState::Ended => Some(Event {
                kind: "relationship_ended",
                state: match self.ended_by {
                    Some(Role::Participant) => "withdrawn",
                    Some(Role::Specialist) => "revoked",
                    None => "relationship_ended",
                },
                at,
                by: self.ended_by,
            }),
        });
        events.extend(end);
        events
    }

    fn iso_27560(&self) -> Value {
        let consent = &self.consent;
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
                    // What somebody writes of their recovery is sensitive, whatever part of it that is.
                    "pii_information": parts(consent).into_iter()
                        .map(|part| json!({"pii_type": part, "pii_optional": true, "sensitive_pii_category": true}))
                        .collect::<Vec<_>>(),
                    "pii_attribute_id": consent.item.entry.to_string(),
                    "description": consent.sentence,
                    "pii_controllers": ["recipient"],
                    "collection_method": "shown by the participant from their own device",
                    "processing_method": "read in the recipient's app; no copy, no forwarding",
                    "retention_period": self.how_long(),
                    "recipient_third_parties": [],
                    "withdrawal_method": consent.how_to_stop,
                    "copies_allowed": false,
                    "follows_edits": consent.follow_edits,
                    "readable_without_contact_days": consent.lease_days,
                }],
            },
            "party_identification": [
                {"party_id": "participant", "party_name": consent.participant, "party_role": "PII principal", "party_type": "person"},
                {"party_id": "recipient", "party_name": self.recipient(), "party_role": "PII controller", "party_type": "person",
                 "party_key": hex(&consent.recipient)},
            ],
            "events": self.events().iter().map(Event::iso_27560).collect::<Vec<_>>(),
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
        let participant = self.who(Role::Participant);
        json!({
            "resourceType": "Consent",
            "id": consent.id.to_string(),
            "meta": {"versionId": consent.version.to_string()},
            // The narrative says what no element of R4 holds.
            "text": {"status": "additional", "div": self.narrative()},
            "contained": self.events().iter().filter_map(|event| self.provenance(event)).collect::<Vec<_>>(),
            "status": if self.over.is_none() { "active" } else { "inactive" },
            "scope": coding("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy"),
            "category": [coding("http://loinc.org", "59284-0", "Consent")],
            "patient": participant,
            "dateTime": time(consent.given),
            "performer": [participant],
            "policyRule": coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN", "opt-in"),
            "verification": [{"verified": true, "verifiedWith": participant, "verificationDate": time(consent.given)}],
            "provision": {
                "type": "permit",
                "period": period,
                "actor": [{
                    "role": coding("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", "peer support specialist"),
                    "reference": self.who(Role::Specialist),
                }],
                // That what is shown is not to be passed on.
                "securityLabel": [{
                    "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                    "code": "NORDSCLCD",
                    "display": "no redisclosure without consent directive",
                }],
                "action": [coding("http://terminology.hl7.org/CodeSystem/consentaction", "access", "read")],
                // Whatever else it is for, the participant asked for it.
                "purpose": [
                    {"display": self.purpose()},
                    {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "PATRQT", "display": "patient requested"},
                ],
                "data": [{
                    "meaning": "instance",
                    "reference": {
                        "type": "DocumentReference",
                        "identifier": {"system": "urn:ietf:rfc:3986", "value": format!("urn:uuid:{}", consent.item.entry)},
                        "display": consent.sentence,
                    },
                }],
            },
        })
    }

    /// One of the two, as R4 refers to somebody who is no resource anywhere.
    fn who(&self, role: Role) -> Value {
        match role {
            Role::Participant => json!({"type": "Patient", "display": self.consent.participant}),
            Role::Specialist => json!({"type": "Practitioner", "display": self.recipient()}),
        }
    }

    /// An event, as R4 says it: none where nobody did it, or it is not known who, for it names an agent always.
    fn provenance(&self, event: &Event) -> Option<Value> {
        Some(json!({
            "resourceType": "Provenance",
            "id": format!("{}-{}", event.kind.replace('_', "-"), event.at.0),
            "target": [{"reference": "#"}],
            "recorded": time(event.at),
            "activity": {"text": event.kind},
            "agent": [{"who": self.who(event.by?)}],
        }))
    }

    /// The consent in words, for the narrative.
    fn narrative(&self) -> String {
        let consent = &self.consent;
        let notice = &consent.notice;
        let name = |role: Role| match role {
            Role::Participant => consent.participant.as_str(),
            Role::Specialist => self.recipient(),
        };
        let wanted: Vec<&str> = consent.wanted.codes().collect();
        let mut lines = vec![
            format!(
                "{} shows {}: {}",
                consent.participant,
                self.recipient(),
                consent.sentence
            ),
            format!("What for: {}", self.purpose()),
            format!("Support wanted with it: {}", wanted.join(", ")),
            format!("How long: {}", self.how_long()),
            format!("How to stop: {}", consent.how_to_stop),
            format!(
                "Notice ({}, {}, version {}): {}",
                notice.pack, notice.text_id, notice.version, notice.text
            ),
            "It is read in the recipient's app. No copy of it is allowed, and it is not passed on.".to_owned(),
            format!(
                "Days it is readable without contact to the relay: {}",
                consent.lease_days
            ),
            format!(
                "Later edits are shown: {}",
                if consent.follow_edits { "yes" } else { "no" }
            ),
        ];
        lines.extend(self.events().iter().map(|event| {
            let by = event.by.map(|by| format!(", by {}", name(by))).unwrap_or_default();
            format!("{}: {}{by}", event.kind.replace('_', " "), time(event.at))
        }));
        let lines: String = lines.iter().map(|line| format!("<p>{}</p>", escaped(line))).collect();
        format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{lines}</div>")
    }
}

/// Something that happened to a consent.
struct Event {
    kind: &'static str,
    state: &'static str,
    at: Timestamp,
    by: Option<Role>,
}

impl Event {
    fn iso_27560(&self) -> Value {
        let mut event = json!({"event_type": self.kind, "event_time": time(self.at), "event_state": self.state});
        let by = self.by.map(|by| match by {
            Role::Participant => "participant",
            Role::Specialist => "recipient",
        });
        if let (Some(by), Some(event)) = (by, event.as_object_mut()) {
            event.insert("entity_id".to_owned(), Value::String(by.to_owned()));
        }
        event
    }
}

/// Text within XHTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
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
