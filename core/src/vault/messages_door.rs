//! What apps and bindings hold of messages, on both sides.

use super::Error;
use super::reply::Reply;
use super::support_door::Support;
use super::support_messages::NewMessage;
use crate::id::{MessageId, RelationshipId, SectionId, StatementId, ThingId};
use crate::support::{ContactHours, Feedback, KeptFeedback, MessageCard, SelfReflection, Wishes};
use chrono_tz::Tz;

impl Support {
    /// Says something to the other: kept here at once, sent with the next rounds of sync.
    pub fn say(&self, id: RelationshipId, message: NewMessage) -> Reply<MessageId> {
        self.ask(move |engine| engine.say_message(id, message))
    }

    /// Takes back a message of one's own that has not left.
    pub fn unsay(&self, id: RelationshipId, message: MessageId) -> Reply<()> {
        self.ask(move |engine| engine.unsay_message(id, message))
    }

    /// Messages of a relationship as a device in this zone shows them, at most `count`, the last one last.
    pub fn messages(
        &self,
        id: RelationshipId,
        zone: String,
        before: Option<MessageId>,
        count: usize,
    ) -> Reply<Vec<MessageCard>> {
        self.ask(move |engine| engine.messages(id, zone_of(&zone)?, before, count))
    }

    /// What the participant wishes of messages.
    pub fn wishes(&self, id: RelationshipId) -> Reply<Wishes> {
        self.ask(move |engine| engine.wishes(id))
    }

    /// Says, as the participant, what is wished of messages.
    pub fn set_wishes(&self, id: RelationshipId, wishes: Wishes) -> Reply<()> {
        self.ask(move |engine| engine.set_wishes(id, wishes))
    }

    /// When this participant takes messages; told to nobody.
    pub fn contact_hours(&self, id: RelationshipId) -> Reply<ContactHours> {
        self.ask(move |engine| engine.contact_hours(id))
    }

    /// Sets when this participant takes messages.
    pub fn set_contact_hours(&self, id: RelationshipId, hours: ContactHours) -> Reply<()> {
        self.ask(move |engine| engine.set_contact_hours(id, &hours))
    }

    /// Keeps, as the specialist, a look at oneself before telling of one's own experience.
    pub fn reflect(&self, id: RelationshipId, reflection: SelfReflection) -> Reply<ThingId> {
        self.ask(move |engine| engine.reflect(id, &reflection))
    }

    /// Of one's last `count` messages here, how many were of one's own experience, and of how many.
    pub fn own_stories(&self, id: RelationshipId, count: usize) -> Reply<(usize, usize)> {
        self.ask(move |engine| engine.own_stories(id, count))
    }

    /// Keeps feedback for the participant alone.
    pub fn keep_feedback(&self, id: RelationshipId, feedback: Feedback) -> Reply<ThingId> {
        self.ask(move |engine| engine.keep_feedback(id, feedback))
    }

    /// Keeps, in one step, that a message felt like pressure.
    pub fn felt_like_pressure(&self, id: RelationshipId, message: MessageId) -> Reply<ThingId> {
        self.ask(move |engine| engine.felt_like_pressure(id, message))
    }

    /// Keeps, as the participant, the strength that a message named.
    pub fn keep_strength(&self, id: RelationshipId, message: MessageId) -> Reply<StatementId> {
        self.ask(move |engine| engine.keep_strength(id, message))
    }

    /// Keeps, as the participant, words that were proposed for the preferences, in this section.
    pub fn keep_proposal(&self, id: RelationshipId, message: MessageId, section: SectionId) -> Reply<StatementId> {
        self.ask(move |engine| engine.keep_proposal(id, message, section))
    }

    /// Keeps, as the participant, a question that a message asked, among their own questions to write from; answers its name there.
    pub fn keep_question(&self, id: RelationshipId, message: MessageId) -> Reply<String> {
        self.ask(move |engine| engine.keep_question(id, message))
    }

    /// The feedback of a relationship.
    pub fn feedback(&self, id: RelationshipId) -> Reply<Vec<KeptFeedback>> {
        self.ask(move |engine| engine.feedback(id))
    }

    /// The feedback that was sent, as both see it: what has no response yet comes first.
    pub fn sent_feedback(&self, id: RelationshipId, zone: String) -> Reply<Vec<MessageCard>> {
        self.ask(move |engine| engine.sent_feedback(id, zone_of(&zone)?))
    }

    /// Sends feedback that was kept.
    pub fn send_feedback(&self, id: RelationshipId, feedback: ThingId) -> Reply<MessageId> {
        self.ask(move |engine| engine.send_feedback(id, feedback))
    }

    /// Forgets feedback.
    pub fn forget_feedback(&self, id: RelationshipId, feedback: ThingId) -> Reply<()> {
        self.ask(move |engine| engine.forget_feedback(id, feedback))
    }
}

fn zone_of(zone: &str) -> Result<Tz, Error> {
    zone.parse().map_err(|_| Error::Zone)
}
