//! What of an archive is neither entry nor attachment: flat documents, consents, relationships; and the same in words.

use super::entry::time;
use crate::exchange::export::FlatDocument;
use crate::exchange::export::links::hex;
use crate::id::RelationshipId;
use crate::profile::{Field, Fields, Profile, Stance};
use crate::support::{Consent, End, Relationship, Role, Share, ShareState, When};
use crate::words::export as said;
use data_encoding::BASE64;
use serde_json::{Map, Value, json};

/// What the file of a flat document says it is.
const DOCUMENT: &str = "cairn-document";
/// The version of its form.
const DOCUMENT_VERSION: u64 = 1;

/// JSON that a person can read, with the end of its last line.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// The file of a flat document.
pub(super) fn document(document: &FlatDocument) -> Value {
    let fields: Map<String, Value> = document
        .fields
        .iter()
        .map(|(name, field)| {
            let value = match field {
                Field::Text(text) => text.as_str().into(),
                Field::Number(number) => (*number).into(),
                Field::Bytes(bytes) => json!({"base64": BASE64.encode(bytes)}),
            };
            (name.clone(), value)
        })
        .collect();
    json!({"format": DOCUMENT, "version": DOCUMENT_VERSION, "fields": fields})
}

/// Whether a file is a flat document at all; other JSON lies in an archive too.
pub(super) fn is_document(value: &Value) -> bool {
    value.get("format").and_then(Value::as_str) == Some(DOCUMENT)
}

/// The fields of a flat document; none where it is of another form.
pub(super) fn read_document(value: &Value) -> Option<Fields> {
    if value.get("version")?.as_u64()? != DOCUMENT_VERSION {
        return None;
    }
    let fields = value.get("fields")?.as_object()?.iter();
    fields
        .map(|(name, value)| {
            let field = match value {
                Value::String(text) => Field::Text(text.clone()),
                Value::Object(bytes) => Field::Bytes(BASE64.decode(bytes.get("base64")?.as_str()?.as_bytes()).ok()?),
                other => Field::Number(other.as_i64()?),
            };
            Some((name.clone(), field))
        })
        .collect()
}

/// The profile as a person reads it, Markdown.
pub(in crate::exchange) fn profile_words(profile: &Profile) -> String {
    let mut words = format!("# {}\n", said::PROFILE);
    for section in &profile.sections {
        words.push_str(&format!("\n## {}\n\n", section.name));
        for statement in profile.statements_of(section.id) {
            let stance = statement.stance.map(|stance| format!(" ({})", stance_word(stance)));
            // A statement of several lines stays one item of the list.
            let text = statement.text.replace('\n', "\n  ");
            words.push_str(&format!("- {text}{}\n", stance.unwrap_or_default()));
        }
    }
    words
}

const fn stance_word(stance: Stance) -> &'static str {
    match stance {
        Stance::Want => said::WANT.text,
        Stance::OpenTo => said::OPEN_TO.text,
        Stance::Unsure => said::UNSURE.text,
        Stance::NotNow => said::NOT_NOW.text,
        Stance::NotForMe => said::NOT_FOR_ME.text,
    }
}

/// The relationships, without keys.
pub(super) fn relationships(relationships: &[Relationship]) -> Value {
    let one = |relationship: &Relationship| {
        json!({
            "id": relationship.id.to_string(),
            "own_role": role(relationship.role),
            "own_name": relationship.name,
            "name": relationship.peer.as_ref().map(|peer| peer.name.as_str()),
            "status": relationship.status().code(),
            "created": time(relationship.created),
            "active": relationship.active.map(time),
            "ended": relationship.ended.map(time),
            "shown_sections": relationship.shown_sections.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    };
    json!({"format": "cairn-relationships", "version": 1, "relationships": relationships.iter().map(one).collect::<Vec<_>>()})
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Participant => "participant",
        Role::Specialist => "specialist",
    }
}

/// A consent, with the fields of a receipt.
pub(super) fn consent(relationship: RelationshipId, share: &Share) -> Value {
    let Consent { item, notice, .. } = &share.consent;
    let mask = item.mask;
    let parts = [
        (mask.text, "words"),
        (mask.title, "title"),
        (mask.feelings, "feelings"),
        (mask.tags, "tags"),
    ];
    let when = match mask.when {
        When::No => "not shown",
        When::Month => "month",
        When::Day => "day",
        When::Exact => "exact",
    };
    let (end, end_at) = match share.consent.end {
        End::UntilIStop => ("until_i_stop", None),
        End::At(at) => ("at", Some(time(at))),
        End::WithRelationship => ("with_relationship", None),
    };
    let over = |(state, at): (ShareState, _)| {
        let how = match state {
            ShareState::Given => "given",
            ShareState::Expired => "expired",
            ShareState::Ended => "ended",
            ShareState::Revoked => "revoked",
        };
        json!({"how": how, "at": time(at)})
    };
    json!({
        "format": "cairn-consent",
        "version": 1,
        "id": share.id().to_string(),
        "consent_version": share.consent.version,
        "relationship": relationship.to_string(),
        "participant": share.consent.participant,
        "recipient_key": hex(&share.consent.recipient),
        "entry": item.entry.to_string(),
        "parts": parts.iter().filter(|(shown, _)| *shown).map(|(_, part)| *part).collect::<Vec<_>>(),
        "when": when,
        "sentence": share.consent.sentence,
        "purpose": share.consent.purpose,
        "given": time(share.consent.given),
        "end": end,
        "end_at": end_at,
        "how_to_stop": share.consent.how_to_stop,
        "follow_edits": share.consent.follow_edits,
        "lease_days": share.consent.lease_days,
        "notice": {"pack": notice.pack, "text_id": notice.text_id, "version": notice.version, "text": notice.text},
        "hold_until": time(share.hold_until),
        "over": share.over.map(over),
    })
}
