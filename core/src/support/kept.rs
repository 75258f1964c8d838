//! A relationship as it can be read without its keys: what an export of the participant's holds of it, and what is kept of it where that export was taken in.
//!
//! It is a record of the past. Nothing can be shown in it and nothing said, no share of it is stopped by it, and nothing of it is between two people any more: keys never
//! leave in an export. What a specialist has of a participant does not leave at all, so that of their side there are only [their own words](KeptRelationship::own_words).

use super::{About, RelationshipCard, Role, Saying, ShareCard, ShareState, Status, Terms, Wishes};
use super::{
    ContactHours, KeptFeedback, Meeting, Message, MessageCard, MessageState, Peer, Quoted, Relationship, Responses,
    SharedAddress,
};
use crate::clock::Timestamp;
use crate::id::{MessageId, RelationshipId, SectionId};
use crate::limits;
use crate::profile::longer;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use zeroize::Zeroizing;

/// What of a relationship can be read without its keys.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptRelationship {
    /// Its name, on this side.
    pub id: RelationshipId,
    /// One's own role in it.
    pub role: Role,
    /// One's own name, as shown to the other.
    pub own_name: String,
    /// The other's name, once they were met.
    pub name: Option<String>,
    /// How far it had come when this was written.
    pub status: Status,
    /// When it began.
    pub created: Timestamp,
    /// When both were in.
    pub met: Option<Timestamp>,
    /// When it ended, where it had.
    pub ended: Option<Timestamp>,
    /// Whether this person had paused.
    pub is_paused_by_me: bool,
    /// Whether the other had.
    pub is_paused_by_other: bool,
    /// What this person said at the end, if they did.
    pub own_goodbye: String,
    /// With which words the other ended it.
    pub goodbye: Option<String>,
    /// What both said about how they work together; of declarations the last one.
    pub terms: Terms,
    /// Sections of the profile that were shown.
    pub shown_sections: BTreeSet<SectionId>,
    /// What the participant wished of messages.
    pub wishes: Wishes,
    /// When they took messages.
    pub hours: ContactHours,
    /// What they kept for themselves of how it was.
    pub feedback: Vec<KeptFeedback>,
    /// The pages of meetings, as they read them.
    pub meetings: Vec<Meeting>,
    /// When the export was made from which this was taken in; none where it is from a relationship itself.
    pub kept_from: Option<Timestamp>,
}

/// A message of the past: one that was shown to the participant, or is their own.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptMessage {
    /// Its name.
    pub id: MessageId,
    /// By whom.
    pub by: Role,
    /// When it was shown, or said.
    pub at: Timestamp,
    /// Whether it is the participant's own and had not left.
    pub is_waiting: bool,
    /// What it says.
    pub message: Message,
}

/// Show no words.
impl fmt::Debug for KeptRelationship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptRelationship")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for KeptMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptMessage")
            .field("id", &self.id)
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}

impl KeptRelationship {
    /// What can be read of a relationship by its participant.
    pub fn of(
        card: RelationshipCard,
        wishes: Wishes,
        hours: ContactHours,
        feedback: Vec<KeptFeedback>,
        meetings: Vec<Meeting>,
    ) -> Self {
        let RelationshipCard {
            relationship, terms, ..
        } = card;
        let declarations = terms.declarations.into_iter().next_back().into_iter().collect();
        Self {
            id: relationship.id,
            role: relationship.role,
            own_name: relationship.name,
            name: relationship.peer.map(|peer| peer.name),
            status: card.status,
            created: relationship.created,
            met: relationship.met,
            ended: relationship.ended,
            is_paused_by_me: card.is_paused_by_me,
            is_paused_by_other: card.is_paused_by_other,
            own_goodbye: relationship.goodbye,
            goodbye: card.goodbye,
            terms: Terms { declarations, ..terms },
            shown_sections: relationship.shown_sections,
            wishes,
            hours,
            feedback,
            meetings,
            kept_from: card.kept_from,
        }
    }

    /// What a specialist said of it themselves. Nothing of the participant's is in it, and their name neither; what was written on the page of a meeting is both people's.
    pub fn own_words(card: RelationshipCard) -> Self {
        let mut own = Self::of(card, Wishes::default(), ContactHours::default(), Vec::new(), Vec::new());
        own.name = None;
        own.goodbye = None;
        own.shown_sections.clear();
        own.terms.proposals.retain(|one| one.by == own.role);
        own.terms.accepted.clear();
        own
    }

    /// Who ended it, as far as this says: the other's goodbye stands in it wherever they did, with words or without.
    pub const fn ended_by(&self) -> Option<Role> {
        match (self.ended, &self.goodbye) {
            (_, Some(_)) => Some(self.role.other()),
            (Some(_), None) => Some(self.role),
            (None, None) => None,
        }
    }

    /// How it is listed where it was taken in: over, and to be read.
    pub fn card(&self) -> RelationshipCard {
        let nobodys = Zeroizing::new(Vec::new());
        let peer = self.name.clone().map(|name| Peer {
            name,
            signing: [0; 32],
            kem: Vec::new(),
            access: [0; 32],
        });
        RelationshipCard {
            relationship: Relationship {
                met: self.met,
                ended: self.ended,
                goodbye: self.own_goodbye.clone(),
                shown_sections: self.shown_sections.clone(),
                peer,
                ..Relationship::new(self.id, self.role, self.created, self.own_name.clone(), nobodys)
            },
            status: Status::Ended,
            is_paused_by_me: self.is_paused_by_me,
            is_paused_by_other: self.is_paused_by_other,
            has_new_preferences: false,
            address: SharedAddress::default(),
            goodbye: self.goodbye.clone(),
            terms: self.terms.clone(),
            kept_from: self.kept_from,
        }
    }

    /// Whether one relationship can say this much.
    pub fn is_sound(&self) -> bool {
        let names = [Some(&self.own_name), self.name.as_ref()];
        let goodbyes = [Some(&self.own_goodbye), self.goodbye.as_ref()];
        let fit = |texts: [Option<&String>; 2], most| texts.into_iter().flatten().all(|text| !longer(text, most));
        let of_side = |side: Role| self.terms.proposals.iter().filter(|one| one.by == side).count();
        let fits = |one: &KeptFeedback| !longer(&one.feedback.words, limits::KEPT_CHARACTERS_MAX);
        fit(names, limits::NAME_CHARACTERS_MAX)
            && fit(goodbyes, limits::GOODBYE_CHARACTERS_MAX)
            && self.terms.declarations.iter().all(|one| one.check().is_ok())
            && self.terms.proposals.iter().all(|one| one.agreement.check().is_ok())
            && [Role::Participant, Role::Specialist]
                .into_iter()
                .all(|side| of_side(side) <= limits::TERMS_MAX)
            && self.shown_sections.len() <= limits::STATEMENTS_MAX
            && self.wishes.check().is_ok()
            && self.hours.check().is_ok()
            && self.feedback.len() <= limits::KEPT_MAX
            && self.feedback.iter().all(fits)
            && self.meetings.len() <= limits::MEETINGS_MAX
            && self.meetings.iter().all(Meeting::is_sound)
    }

    /// A share of it as it is listed where it was taken in: what was still shown is over there.
    pub fn listed(&self, share: ShareCard) -> ShareCard {
        let mut share = share;
        let at = self.kept_from.unwrap_or(self.created);
        share.share.over.get_or_insert((ShareState::Ended, at));
        share
    }
}

impl KeptMessage {
    /// Whether its author can have said it.
    pub fn is_its_sides(&self) -> bool {
        let is_specialists = self.by == Role::Specialist;
        self.message.saying.is_specialists() == is_specialists && !(self.is_waiting && is_specialists)
    }

    /// The message that this one corrects.
    pub fn corrects(&self) -> Option<MessageId> {
        match (&self.message.saying, self.message.about) {
            (Saying::Correction, Some(About::Message(of))) => Some(of),
            _ => None,
        }
    }

    /// These messages, each correction right after what it corrects. One of something that is not among them stays where it is.
    pub fn with_corrections(messages: Vec<Self>) -> Vec<Self> {
        let here: BTreeSet<MessageId> = messages.iter().map(|one| one.id).collect();
        let mut corrections: BTreeMap<MessageId, Vec<Self>> = BTreeMap::new();
        let mut others = Vec::new();
        for one in messages {
            match one.corrects().filter(|of| *of != one.id && here.contains(of)) {
                Some(of) => corrections.entry(of).or_default().push(one),
                None => others.push(one),
            }
        }
        let mut all = Vec::new();
        for one in others {
            let id = one.id;
            all.push(one);
            all.extend(corrections.remove(&id).unwrap_or_default());
        }
        // A correction of a correction is none that can be said; whoever wrote one in a file by hand reads it all the same.
        all.extend(corrections.into_values().flatten());
        all
    }

    /// Messages of the past as they are listed, with the meetings of which the pages are kept.
    pub fn cards(messages: Vec<Self>, meetings: &[Meeting]) -> Vec<MessageCard> {
        let mut cards: Vec<MessageCard> = Vec::new();
        let mut corrections: BTreeMap<MessageId, Vec<String>> = BTreeMap::new();
        let mut responses = Responses::default();
        for one in &messages {
            responses.add(one.id, &one.message);
        }
        for one in messages {
            if let Some(of) = one.corrects() {
                corrections.entry(of).or_default().push(one.message.body);
                continue;
            }
            let state = match (one.by, one.is_waiting) {
                (Role::Specialist, _) => MessageState::Arrived,
                (Role::Participant, false) => MessageState::Sent,
                (Role::Participant, true) => MessageState::Waiting,
            };
            cards.push(MessageCard {
                id: one.id,
                by: one.by,
                state,
                quoted: one.message.about.map(|about| Quoted {
                    about,
                    is_here: match about {
                        About::Share(_) => false,
                        About::Message(_) | About::Days(_) => true,
                        About::Meeting(id) => meetings.iter().any(|meeting| meeting.id == id),
                    },
                }),
                at: one.at,
                is_collapsed: matches!(one.message.saying, Saying::LivedExperience { .. }),
                response: responses.to(one.id, &one.message),
                message: Some(one.message),
                corrections: Vec::new(),
            });
        }
        for card in &mut cards {
            card.corrections = corrections.remove(&card.id).unwrap_or_default();
        }
        cards
    }
}
