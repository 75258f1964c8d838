//! What is kept of people from an export: a record of the past, to be read on all of the person's devices.
//!
//! It lies in documents of a kind of its own in the home space: it is no relationship, and has neither keys nor a space, so that nothing that shows, says, stops or sends finds it.
//! A document holds a part of it, and what all parts of one relationship hold is read together; so a long conversation is several records, and what two
//! devices take in apart of one archive is one. Their names follow from the relationship's, and are not its name: where it is here itself, or comes from another device later, the
//! record of the past is left alone and not listed, and nothing of it is merged into what lives.
//!
//! | name | value |
//! |---|---|
//! | `past/of`, `past/part` | bytes 16, number: of which relationship, and which part, in every document |
//! | `past/kept_from` | number, ms: when the export was made |
//! | `past/status` | text, see [`Status::code`] |
//! | `past/created`, `past/met`, `past/ended` | number, ms |
//! | `past/paused` | number, bits: 1 by this person, 2 by the other |
//! | `past/own_name`, `past/name`, `past/own_goodbye`, `past/goodbye` | text |
//! | `past/section/<id>` | number 1: this section was shown |
//! | `past/declaration`, `past/wishes` | bytes, as `record::terms` and `record::message` write them |
//! | `hours`, `daily_max` | see [`ContactHours`] |
//! | `agreement/<hash in hex>` | bytes: u8 with bits 1 the specialist proposed it, 2 the participant accepted it, 4 the specialist did; i64 little-endian, ms, when it came; the agreement |
//! | `share/<id>/...` | see [`Share`], as it had come to be; and `released`, `opened`, `purged` number, ms; `taken_day` number, days since 1970-01-01; `narrowed` bytes, i64 little-endian each, ms |
//! | `feedback/<id>/...` | see [`KeptFeedback`] |
//! | `meeting/<id>` | bytes, see `record::meeting`: as it was read |
//! | `said/<id>` | bytes: u8 with bits 1 by the specialist, 2 it had not left; i64 little-endian, ms, when it was shown or said; u32 little-endian, its place in the export; the message |

use super::devices::hex;
use super::support_judging::found;
use super::{Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::import_id;
use crate::id::{MessageId, RelationshipId, ShareId};
use crate::moment::{date_of_day, day_of_date};
use crate::profile::{Field, Fields, apply};
use crate::record::{self, Kind};
use crate::support::{
    About, ContactHours, Fit, KeptFeedback, KeptMessage, KeptRelationship, Meeting, Message, MessageCard, Proposal,
    Role, Saying, Share, ShareCard, Status, Terms,
};
use cairn_wire::SpaceId;
use std::collections::{BTreeMap, BTreeSet};

/// What the names of its documents are made of, beside the relationship's and the part's.
const SOURCE: &str = "cairn relationship";

/// Where a message stands in what was shown: by when it was, those that have not left last, by their number in the log.
type Place = (Timestamp, bool, u64);

/// What is kept of one relationship from an export.
pub(super) struct Past {
    pub(super) kept: KeptRelationship,
    fields: Fields,
}

impl Past {
    /// Every share of it, as the export said it, in the order in which they were given.
    pub(super) fn shares(&self) -> Vec<ShareCard> {
        let told = |id: ShareId, what: &str| {
            let at = self.fields.get(&format!("share/{id}/{what}"));
            at.and_then(Field::number).map(Timestamp)
        };
        let told_day = |id: ShareId| {
            let day = self.fields.get(&format!("share/{id}/taken_day"));
            day.and_then(Field::number).and_then(date_of_day)
        };
        let narrowed = |mut share: Share| {
            let times = self.fields.get(&format!("share/{}/narrowed", share.id()));
            let (times, _) = times.and_then(Field::bytes).unwrap_or_default().as_chunks::<8>();
            share.consent.narrowed = times.iter().map(|at| Timestamp(i64::from_le_bytes(*at))).collect();
            share
        };
        let all = Share::all(&self.fields)
            .into_iter()
            .map(narrowed)
            .map(|share| ShareCard {
                relationship: self.kept.id,
                released: told(share.id(), "released"),
                taken: told_day(share.id()),
                opened: told(share.id(), "opened"),
                purged: told(share.id(), "purged"),
                share,
            });
        all.collect()
    }

    /// What was said, in the order in which it was shown.
    pub(super) fn messages(&self) -> Vec<KeptMessage> {
        let said = self.fields.iter().filter_map(|(name, value)| {
            let id: MessageId = name.strip_prefix("said/")?.parse().ok()?;
            read_said(id, value.bytes()?)
        });
        let mut all: Vec<(u32, KeptMessage)> = said.collect();
        all.sort_by_key(|(place, one)| (one.at, *place, one.id));
        all.into_iter().map(|(_, one)| one).collect()
    }

    /// The same, as they are listed.
    pub(super) fn cards(&self) -> Vec<MessageCard> {
        KeptMessage::cards(self.messages(), &self.kept.meetings)
    }
}

/// The thing that a field is a part of: what is here of it already is left as it is.
pub(super) fn thing_of(name: &str) -> &str {
    let things = ["share/", "feedback/", "said/", "agreement/", "meeting/"];
    if !things.iter().any(|thing| name.starts_with(thing)) {
        return "past";
    }
    let end = name.match_indices('/').nth(1).map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or(name)
}

fn with_bytes(head: u8, at: Timestamp, rest: &[&[u8]]) -> Field {
    let mut bytes = vec![head];
    bytes.extend(at.0.to_le_bytes());
    bytes.extend(rest.concat());
    Field::Bytes(bytes)
}

fn head_of(bytes: &[u8]) -> Option<(u8, Timestamp, &[u8])> {
    let (head, rest) = bytes.split_first()?;
    let (at, rest) = rest.split_first_chunk::<8>()?;
    Some((*head, Timestamp(i64::from_le_bytes(*at)), rest))
}

/// The field of a message, whose place in its export this is.
pub(super) fn said_field(one: &KeptMessage, place: u32) -> Fields {
    let head = u8::from(one.by == Role::Specialist) | (u8::from(one.is_waiting) << 1);
    let message = record::encode_message(&one.message);
    let value = with_bytes(head, one.at, &[&place.to_le_bytes(), &message]);
    Fields::from([(format!("said/{}", one.id), value)])
}

fn read_said(id: MessageId, bytes: &[u8]) -> Option<(u32, KeptMessage)> {
    let (head, at, rest) = head_of(bytes)?;
    let (place, message) = rest.split_first_chunk::<4>()?;
    let one = KeptMessage {
        id,
        by: Role::from_side(head & 1)?,
        at,
        is_waiting: head & 2 != 0,
        message: record::decode_message(message).ok()?,
    };
    Some((u32::from_le_bytes(*place), one))
}

/// The fields of a share and of who saw it.
pub(super) fn share_fields(card: &ShareCard) -> Fields {
    let mut fields = Fields::new();
    apply(&mut fields, &card.share.changes());
    if let Some((state, at)) = card.share.over {
        let given = Share {
            over: None,
            ..card.share.clone()
        };
        apply(&mut fields, &given.over(state, at));
    }
    let mut set = |name: &str, value| _ = fields.insert(format!("share/{}/{name}", card.share.id()), value);
    if card.share.is_kept {
        set("kept", Field::Number(1));
    }
    let narrowed = &card.share.consent.narrowed;
    if !narrowed.is_empty() {
        let times = narrowed.iter().flat_map(|at| at.0.to_le_bytes());
        set("narrowed", Field::Bytes(times.collect()));
    }
    let told = [
        ("released", card.released),
        ("opened", card.opened),
        ("purged", card.purged),
    ];
    for (what, at) in told {
        if let Some(at) = at {
            set(what, Field::Number(at.0));
        }
    }
    if let Some(day) = card.taken {
        set("taken_day", Field::Number(day_of_date(day)));
    }
    fields
}

/// The fields of a relationship, thing by thing: itself first.
pub(super) fn relationship_fields(kept: &KeptRelationship, made: Timestamp) -> Vec<Fields> {
    let mut fields = Fields::new();
    let mut set = |name: &str, value: Field| _ = fields.insert(format!("past/{name}"), value);
    let times = [
        ("created", Some(kept.created)),
        ("met", kept.met),
        ("ended", kept.ended),
    ];
    for (name, at) in times.into_iter().chain([("kept_from", kept.kept_from.or(Some(made)))]) {
        if let Some(at) = at {
            set(name, Field::Number(at.0));
        }
    }
    set("status", Field::Text(kept.status.code().to_owned()));
    let paused = i64::from(kept.is_paused_by_me) | (i64::from(kept.is_paused_by_other) << 1);
    set("paused", Field::Number(paused));
    set("own_name", Field::Text(kept.own_name.clone()));
    set("own_goodbye", Field::Text(kept.own_goodbye.clone()));
    for (name, text) in [("name", &kept.name), ("goodbye", &kept.goodbye)] {
        if let Some(text) = text {
            set(name, Field::Text(text.clone()));
        }
    }
    for section in &kept.shown_sections {
        set(&format!("section/{section}"), Field::Number(1));
    }
    if let Some(declaration) = kept.terms.declaration() {
        set("declaration", Field::Bytes(record::encode_declaration(declaration)));
    }
    set("wishes", Field::Bytes(record::encode_wishes(&kept.wishes)));
    apply(&mut fields, &kept.hours.changes());
    let mut all = vec![fields];
    for proposal in &kept.terms.proposals {
        let accepted = |by| u8::from(kept.terms.is_accepted_by(&proposal.hash, by));
        let head = u8::from(proposal.by == Role::Specialist)
            | (accepted(Role::Participant) << 1)
            | (accepted(Role::Specialist) << 2);
        let content = record::encode_agreement(&proposal.agreement);
        let name = format!("agreement/{}", hex(&record::agreement_hash(&content)));
        all.push(Fields::from([(name, with_bytes(head, proposal.received, &[&content]))]));
    }
    for one in &kept.feedback {
        let mut fields = Fields::new();
        apply(&mut fields, &one.changes());
        all.push(fields);
    }
    for meeting in &kept.meetings {
        let value = Field::Bytes(record::encode_meeting(meeting));
        all.push(Fields::from([(format!("meeting/{}", meeting.id), value)]));
    }
    all
}

fn read_meetings(fields: &Fields) -> Vec<Meeting> {
    let meetings = fields.iter().filter_map(|(name, value)| {
        let id = name.strip_prefix("meeting/")?.parse().ok()?;
        record::decode_meeting(id, value.bytes()?).ok()
    });
    let mut all: Vec<Meeting> = meetings.collect();
    all.sort_by_key(|meeting| (meeting.day, meeting.id));
    all
}

fn read_terms(fields: &Fields) -> Terms {
    let mut terms = Terms::default();
    let declaration = fields.get("past/declaration").and_then(Field::bytes);
    terms
        .declarations
        .extend(declaration.and_then(|bytes| record::decode_declaration(bytes).ok()));
    for (_, value) in fields.iter().filter(|(name, _)| name.starts_with("agreement/")) {
        let Some((head, received, content)) = value.bytes().and_then(head_of) else {
            continue;
        };
        let Ok(agreement) = record::decode_agreement(content) else {
            continue;
        };
        let hash = record::agreement_hash(content);
        let by = if head & 1 == 0 {
            Role::Participant
        } else {
            Role::Specialist
        };
        for (bit, side) in [(2, Role::Participant), (4, Role::Specialist)] {
            if head & bit != 0 {
                terms.accepted.insert((hash, side));
            }
        }
        terms.proposals.push(Proposal {
            hash,
            by,
            received,
            agreement,
        });
    }
    terms.proposals.sort_by_key(|one| (one.agreement.version, one.hash));
    terms
}

/// The relationship that all parts say together; none while the part that says it is not here.
fn read_relationship(id: RelationshipId, fields: &Fields) -> Option<KeptRelationship> {
    let of = |name: &str| fields.get(&format!("past/{name}"));
    let time = |name: &str| of(name).and_then(Field::number).map(Timestamp);
    let text = |name: &str| of(name).and_then(Field::text).map(str::to_owned);
    let wishes = of("wishes").and_then(Field::bytes);
    let paused = of("paused").and_then(Field::number).unwrap_or_default();
    Some(KeptRelationship {
        id,
        role: Role::Participant,
        own_name: text("own_name")?,
        name: text("name"),
        status: Status::from_code(&text("status")?)?,
        created: time("created")?,
        met: time("met"),
        ended: time("ended"),
        is_paused_by_me: paused & 1 != 0,
        is_paused_by_other: paused & 2 != 0,
        own_goodbye: text("own_goodbye").unwrap_or_default(),
        goodbye: text("goodbye"),
        terms: read_terms(fields),
        shown_sections: fields
            .keys()
            .filter_map(|name| name.strip_prefix("past/section/")?.parse().ok())
            .collect(),
        wishes: wishes
            .and_then(|bytes| record::decode_wishes(bytes).ok())
            .unwrap_or_default(),
        hours: ContactHours::from_fields(fields),
        feedback: KeptFeedback::all(fields),
        meetings: read_meetings(fields),
        kept_from: Some(time("kept_from")?),
    })
}

impl Engine {
    /// Everything that is kept from exports, relationship by relationship: all parts together, and how many there are.
    fn kept_parts(&self) -> Result<BTreeMap<RelationshipId, (Fields, u32)>, Error> {
        let mut all: BTreeMap<RelationshipId, (Fields, u32)> = BTreeMap::new();
        for id in self.store.view().documents_of(Kind::Past.number())? {
            let fields = self.fields(id)?;
            let Some(of) = fields.get("past/of").and_then(Field::array) else {
                continue;
            };
            let (together, parts) = all.entry(RelationshipId::from_bytes(of)).or_default();
            *parts += 1;
            for (name, value) in fields {
                together.entry(name).or_insert(value);
            }
        }
        Ok(all)
    }

    /// Whether a relationship itself is here, or was.
    fn is_here(&self, id: RelationshipId) -> Result<bool, Error> {
        Ok(self.store.view().document_head(id.into())?.is_some() || self.store.view().is_gone(id.into())?)
    }

    /// What is kept of relationships that are not here themselves, in the order in which they began.
    pub(super) fn pasts(&self) -> Result<Vec<Past>, Error> {
        let mut all = Vec::new();
        for (id, (fields, _)) in self.kept_parts()? {
            if !self.is_here(id)? {
                all.extend(read_relationship(id, &fields).map(|kept| Past { kept, fields }));
            }
        }
        all.sort_by_key(|past| (past.kept.created, past.kept.id));
        Ok(all)
    }

    /// What is kept of this relationship, where it is not here itself.
    pub(super) fn past(&self, id: RelationshipId) -> Result<Option<Past>, Error> {
        if self.is_here(id)? {
            return Ok(None);
        }
        Ok(self.pasts()?.into_iter().find(|past| past.kept.id == id))
    }

    /// What an archive needs to know before anything of a relationship is kept: which things are here already, and how many parts. None where it is here itself.
    pub(super) fn kept_before(&self, id: RelationshipId) -> Result<Option<(BTreeSet<String>, u32)>, Error> {
        if self.is_here(id)? {
            return Ok(None);
        }
        let (fields, parts) = self.kept_parts()?.remove(&id).unwrap_or_default();
        let is_whole = read_relationship(id, &fields).is_some();
        let things = fields.keys().map(|name| thing_of(name).to_owned());
        // Every part says of what it is one: the relationship itself is known when it can be read.
        Ok(Some((
            things.filter(|thing| thing != "past" || is_whole).collect(),
            parts,
        )))
    }

    /// Keeps a part of what an archive says of a relationship.
    pub(super) fn keep_past(&mut self, of: RelationshipId, part: u32, fields: Fields) -> Result<(), Error> {
        let slot_key = self.slot_key(self.identity.home)?;
        let id = import_id(&slot_key, SOURCE, &format!("{of}/{part}"));
        let mut changes: crate::profile::Changes =
            fields.into_iter().map(|(name, value)| (name, Some(value))).collect();
        changes.insert("past/of".to_owned(), Some(Field::Bytes(of.as_bytes().to_vec())));
        changes.insert("past/part".to_owned(), Some(Field::Number(part.into())));
        self.set_fields(id, Kind::Past, &changes)
    }

    /// Relationships as an export says them: of one in which this person is the specialist their own words alone.
    pub(super) fn people_to_export(&self) -> Result<Vec<KeptRelationship>, Error> {
        let mut all = Vec::new();
        for relationship in self.relationships()? {
            let (id, role) = (relationship.id, relationship.role);
            let card = self.card_of(relationship)?;
            all.push(match role {
                Role::Participant => {
                    let (wishes, hours) = (self.wishes(id)?, self.contact_hours(id)?);
                    KeptRelationship::of(card, wishes, hours, self.feedback(id)?, self.meetings(id)?)
                }
                Role::Specialist => KeptRelationship::own_words(card),
            });
        }
        all.extend(self.pasts()?.into_iter().map(|past| past.kept));
        all.sort_by_key(|one| (one.created, one.id));
        Ok(all)
    }

    /// Shares as an export says them, those that an earlier export has said too.
    pub(super) fn shares_to_export(&self) -> Result<Vec<ShareCard>, Error> {
        let mut all = self.own_share_cards()?;
        all.extend(self.pasts()?.iter().flat_map(Past::shares));
        Ok(all)
    }

    /// What was said in a relationship, as far as it was shown to its participant; nothing for a specialist. What waits for the hours in which they take messages, was withheld, or
    /// did not fit, is not in it.
    pub(super) fn conversation_to_export(&self, id: RelationshipId) -> Result<Vec<KeptMessage>, Error> {
        if let Some(past) = self.past(id)? {
            return Ok(past.messages());
        }
        let (relationship, fields) = self.relationship(id)?;
        let (Role::Participant, Some(space)) = (relationship.role, relationship.space) else {
            return Ok(Vec::new());
        };
        let (now, hours) = (self.now(), ContactHours::from_fields(&fields));
        let is_any_time = hours == ContactHours::default();
        let rows = self
            .store
            .view()
            .said_of(SpaceId::from_bytes(space), &[Kind::Message.number()])?;
        let mut all: Vec<(Place, Option<Fit>, KeptMessage)> = Vec::new();
        for row in rows {
            let (Some(by), Ok(message)) = (Role::from_side(row.side), record::decode_message(&row.content)) else {
                continue;
            };
            let came = row.received.min(now);
            let (at, fit) = match (by, found(row.verdict)) {
                (Role::Participant, _) => (came, None),
                (Role::Specialist, Some(Ok(fit))) if row.shown.is_some() || is_any_time => {
                    (row.shown.unwrap_or(came), Some(fit))
                }
                _ => continue,
            };
            let kept = KeptMessage {
                id: MessageId::from_bytes(*row.document.as_bytes()),
                by,
                at,
                is_waiting: row.seq == 0,
                message,
            };
            all.push(((at, row.seq == 0, row.seq), fit, kept));
        }
        let taken_up: BTreeSet<MessageId> = all.iter().filter_map(|(_, _, one)| takes_up(one)).collect();
        all.retain(|(_, fit, one)| *fit != Some(Fit::Withheld) || taken_up.contains(&one.id));
        all.sort_by_key(|(place, ..)| *place);
        Ok(all.into_iter().map(|(_, _, one)| one).collect())
    }
}

/// The offer that this message says yes to.
fn takes_up(one: &KeptMessage) -> Option<MessageId> {
    match &one.message {
        Message {
            saying: Saying::Yes,
            about: Some(About::Message(of)),
            ..
        } => Some(*of),
        _ => None,
    }
}
