//! Messages: written and sent; and what a participant wishes of them. How they are listed: `support_listing.rs`.
//!
//! What a specialist writes is held against the rules before it is kept, and against the preferences once more before it leaves: what was written before they changed
//! comes back for another look. What arrives is held against the same rules on the participant's devices (`support_judging.rs`), and shown in the hours they take messages.

use super::erasing::want_empty_log;
use super::receive::{Received, SetAside};
use super::support_judging::RETURNED;
use super::support_saying::NewWords;
use super::{Change, Engine, Error};
use crate::id::{DocumentId, MessageId, RelationshipId, ThingId};
use crate::limits;
use crate::profile::{Changes, Fields};
use crate::record::{self, Kind, RecordError};
use crate::store::{SaidRow, SpaceRow};
use crate::support::{
    About, ContactHours, KeptFeedback, Message, Relationship, Role, Saying, SelfReflection, Status, TermsInvalid,
    Unfit, Wishes,
};
use cairn_wire::SpaceId;
use std::collections::BTreeSet;
use std::fmt;

/// What somebody wants to say.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its kind.
    pub saying: Saying,
    /// The words.
    pub body: String,
    /// What it is about.
    pub about: Option<About>,
    /// What it touches.
    pub topics: Vec<String>,
    /// The look at oneself that comes before telling of one's own experience.
    pub reflection: Option<ThingId>,
}

impl NewMessage {
    /// Words of one kind, about nothing else.
    pub fn new(saying: Saying, body: impl Into<String>) -> Self {
        Self {
            saying,
            body: body.into(),
            about: None,
            topics: Vec::new(),
            reflection: None,
        }
    }

    /// The same, about something.
    #[must_use]
    pub fn about(self, about: About) -> Self {
        Self {
            about: Some(about),
            ..self
        }
    }
}

/// Shows no words.
impl fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMessage")
            .field("saying", &self.saying)
            .field("about", &self.about)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// A relationship in which something can be said, and where.
    fn speaking(&self, id: RelationshipId) -> Result<(Relationship, Fields, SpaceRow), Error> {
        let (relationship, fields) = self.relationship(id)?;
        let space = relationship.space.map(SpaceId::from_bytes).ok_or(Unfit::NotActive)?;
        let space = self.store.view().space(space)?.ok_or(Unfit::NotActive)?;
        Ok((relationship, fields, space))
    }

    /// Says something: kept here at once, sent with the next rounds of sync.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Message`] with the first rule that it does not keep: then nothing is kept and nothing leaves.
    pub fn say_message(&mut self, id: RelationshipId, new: NewMessage) -> Result<MessageId, Error> {
        let is_story = matches!(new.saying, Saying::LivedExperience { .. });
        let reflection = new.reflection.filter(|_| is_story);
        self.say_with(id, new, |said| {
            reflection.map_or_else(Changes::new, |reflection| SelfReflection::used(reflection, said))
        })
    }

    /// Says something, and changes this person's own side of the relationship with it: both or neither.
    pub(super) fn say_with(
        &mut self,
        id: RelationshipId,
        new: NewMessage,
        also: impl FnOnce(MessageId) -> Changes,
    ) -> Result<MessageId, Error> {
        let (relationship, fields, space) = self.speaking(id)?;
        let conversation = self.judged(&space, &relationship)?.conversation;
        let message = Message {
            saying: new.saying,
            body: new.body,
            about: new.about,
            preferences: self.preferences_opened(&relationship, &fields)?,
            topics: new.topics,
            sent: self.now(),
        };
        match relationship.role {
            Role::Participant => {
                conversation.judge_participants(&message)?;
                if let Some(About::Meeting(meeting)) = message.about
                    && !self.is_meeting(&relationship, meeting)?
                {
                    return Err(Unfit::Nowhere.into());
                }
                if self.card_of(relationship)?.status == Status::Ended {
                    return Err(Unfit::NotActive.into());
                }
            }
            Role::Specialist => {
                self.may_say(&message, new.reflection, &fields)?;
                if let Some(About::Share(share)) = message.about {
                    self.store.view().shared_view(share)?.ok_or(Unfit::Nowhere)?; // What is shown no more is left alone.
                }
                conversation.judge(&message)?;
            }
        }
        let document = DocumentId::random(self.entropy.as_mut());
        let said = MessageId::from_bytes(*document.as_bytes());
        let content = record::encode_message(&message);
        let words = [NewWords::of(Kind::Message, document, content)];
        let changes = also(said);
        if changes.is_empty() {
            return self.say(&space, &words).map(|()| said);
        }
        let rows = self.to_be_said(&space, &words)?;
        self.set_fields_with(id.into(), Kind::Relationship, &changes, |tx| {
            rows.iter().try_for_each(|row| Ok(tx.put_said(row)?))
        })?;
        Ok(said)
    }

    /// What only the specialist's own app can know.
    fn may_say(&self, message: &Message, reflection: Option<ThingId>, fields: &Fields) -> Result<(), Unfit> {
        if !matches!(message.saying, Saying::LivedExperience { .. }) {
            return Ok(());
        }
        if !reflection.is_some_and(|id| SelfReflection::is_free(fields, id)) {
            return Err(Unfit::ReflectFirst);
        }
        Ok(())
    }

    /// Keeps, as the specialist, a look at oneself before telling of one's own experience. Nobody else ever sees it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Message`] where its words are too long.
    pub fn reflect(&mut self, id: RelationshipId, reflection: &SelfReflection) -> Result<ThingId, Error> {
        let (relationship, fields) = self.relationship(id)?;
        if relationship.role != Role::Specialist {
            return Err(Unfit::NotYours.into());
        }
        if crate::profile::longer(&reflection.words, limits::KEPT_CHARACTERS_MAX) {
            return Err(Unfit::TooLong.into());
        }
        let made = ThingId::random(self.entropy.as_mut());
        let mut changes = SelfReflection::forgotten(&fields, limits::KEPT_MAX);
        changes.extend(reflection.changes(made, self.now()));
        self.set_fields(id.into(), Kind::Relationship, &changes)?;
        Ok(made)
    }

    /// Of the last `count` messages that this specialist has said here, how many were of their own experience. Counted when it is asked for, kept nowhere.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn own_stories(&self, id: RelationshipId, count: usize) -> Result<(usize, usize), Error> {
        let (relationship, _, space) = self.speaking(id)?;
        if relationship.role != Role::Specialist {
            return Err(Unfit::NotYours.into());
        }
        let rows = self.store.view().said_of(space.id, &[Kind::Message.number()])?;
        let own = rows.iter().rev().filter(|row| row.side == space.side);
        let last: Vec<Message> = own
            .filter_map(|row| record::decode_message(&row.content).ok())
            .take(count)
            .collect();
        let stories = last
            .iter()
            .filter(|one| matches!(one.saying, Saying::LivedExperience { .. }));
        Ok((stories.count(), last.len()))
    }

    /// Takes back a message of one's own that has not left, as one that came back for another look.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn unsay_message(&mut self, id: RelationshipId, message: MessageId) -> Result<(), Error> {
        let (_, fields, space) = self.speaking(id)?;
        let row = self.store.view().said_one(space.id, message.into())?;
        let is_own =
            row.is_some_and(|row| row.side == space.side && row.seq == 0 && row.kind == Kind::Message.number());
        if !is_own || self.store.view().outbox_has_state(message.into())? {
            return Err(Error::NotFound);
        }
        let mut freed = SelfReflection::freed(&fields, message);
        freed.extend(KeptFeedback::unsent(&fields, message));
        if freed.is_empty() {
            self.commit(&[Change::Support, Change::Sync], |tx| {
                tx.unsay(space.id, message.into())?;
                want_empty_log(tx)
            })?;
        } else {
            self.set_fields_with(id.into(), Kind::Relationship, &freed, |tx| {
                tx.unsay(space.id, message.into())?;
                want_empty_log(tx)
            })?;
        }
        self.scrub_if_wanted()
    }

    /// What the participant wishes of messages, as it counts now.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn wishes(&self, id: RelationshipId) -> Result<Wishes, Error> {
        if let Some(past) = self.past(id)? {
            return Ok(past.kept.wishes);
        }
        let (relationship, _) = self.relationship(id)?;
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(Wishes::default());
        };
        let rows = self.store.view().said_of(space, &[Kind::Wishes.number()])?.into_iter();
        let rows = rows.filter(|row| row.side == Role::Participant.side());
        let all = rows.filter_map(|row| record::decode_wishes(&row.content).ok());
        Ok(all.max_by_key(|wishes| wishes.version).unwrap_or_default())
    }

    /// Says, as the participant, what is wished of messages. The specialist sees it; the version is given here.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Message`].
    pub fn set_wishes(&mut self, id: RelationshipId, mut wishes: Wishes) -> Result<(), Error> {
        let (relationship, _, space) = self.speaking(id)?;
        if relationship.role != Role::Participant {
            return Err(Unfit::NotYours.into());
        }
        if self.card_of(relationship)?.status == Status::Ended {
            return Err(TermsInvalid::Ended.into());
        }
        let before = self.wishes(id)?;
        wishes.version = before.version;
        if wishes == before {
            return Ok(());
        }
        wishes.version = before.version.saturating_add(1);
        wishes.check()?;
        let document = DocumentId::random(self.entropy.as_mut());
        let content = record::encode_wishes(&wishes);
        self.say(&space, &[NewWords::of(Kind::Wishes, document, content)])
    }

    /// When this participant takes messages in a relationship. It is told to nobody.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn contact_hours(&self, id: RelationshipId) -> Result<ContactHours, Error> {
        if let Some(past) = self.past(id)? {
            return Ok(past.kept.hours);
        }
        let (_, fields) = self.relationship(id)?;
        Ok(ContactHours::from_fields(&fields))
    }

    /// Sets when this participant takes messages in a relationship, on all their devices.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Hours`].
    pub fn set_contact_hours(&mut self, id: RelationshipId, hours: &ContactHours) -> Result<(), Error> {
        let (relationship, _) = self.relationship(id)?;
        if relationship.role != Role::Participant {
            return Err(Unfit::NotYours.into());
        }
        hours.check()?;
        self.set_fields(id.into(), Kind::Relationship, &hours.changes())
    }

    /// A message arrived, or one of this person's own from another device.
    pub(super) fn keep_message(
        &mut self,
        space: &SpaceRow,
        one: &Received,
        author: Role,
    ) -> Result<Result<(), SetAside>, Error> {
        let message = match record::decode_message(&one.inside.projection) {
            Ok(message) => message,
            Err(RecordError::TooNew) => return Ok(Err(SetAside::TooNew)),
            Err(_) => return Ok(Err(SetAside::Malformed)),
        };
        if message.saying.is_specialists() != (author == Role::Specialist) && !planted!(SideUnread) {
            return Ok(Err(SetAside::Misplaced));
        }
        // Whatever its app did not hold it against: what is larger than a message can be is not kept at all.
        if message.check().is_err() {
            return Ok(Err(SetAside::Malformed));
        }
        self.keep_heard(space, one, author, limits::MESSAGES_MAX)
    }

    /// What the participant wishes arrived.
    pub(super) fn keep_wishes(
        &mut self,
        space: &SpaceRow,
        one: &Received,
        author: Role,
    ) -> Result<Result<(), SetAside>, Error> {
        if author != Role::Participant && !planted!(SideUnread) {
            return Ok(Err(SetAside::Misplaced));
        }
        match record::decode_wishes(&one.inside.projection) {
            Ok(wishes) if wishes.check().is_ok() => {}
            Err(RecordError::TooNew) => return Ok(Err(SetAside::TooNew)),
            _ => return Ok(Err(SetAside::Malformed)),
        }
        self.keep_heard(space, one, author, limits::TERMS_MAX)
    }

    /// What this specialist has written and what waits sealed is looked at anew in each round, once the log was read to its end: the preferences may have changed.
    pub(super) fn take_back_messages(&mut self, space: &SpaceRow) -> Result<(), Error> {
        if space.relationship.is_none() || space.side != Role::Specialist.side() {
            return Ok(());
        }
        for row in self.store.view().said_waiting(space.id)? {
            let is_new = row.kind == Kind::Message.number() && row.verdict.is_none();
            if is_new && self.store.view().outbox_has_state(row.document)? {
                self.commit(&[], |tx| Ok(tx.remove_appends(space.id, row.document).map(drop)?))?;
            }
        }
        Ok(())
    }

    /// The specialist's own messages that wait, and keep to everything that stands in the log by now. What does not would be shown to nobody: it comes back.
    pub(super) fn waiting_that_fit(&self, space: &SpaceRow) -> Result<BTreeSet<MessageId>, Error> {
        let waits = self.store.view().said_waiting(space.id)?;
        let is_new = |row: &SaidRow| row.kind == Kind::Message.number() && row.verdict.is_none();
        let (true, Some(id)) = (waits.iter().any(is_new), space.relationship) else {
            return Ok(BTreeSet::new());
        };
        let verdicts = self.judged(space, &self.relationship(id)?.0)?.verdicts;
        let fit = verdicts.into_iter().filter(|(_, verdict)| verdict.is_ok());
        Ok(fit.map(|(id, _)| id).collect())
    }

    /// Whether a message may leave now. A specialist's that does not fit any more comes back.
    pub(super) fn may_leave(
        &mut self,
        space: &SpaceRow,
        row: &SaidRow,
        status: Status,
        fits: &BTreeSet<MessageId>,
    ) -> Result<bool, Error> {
        let Ok(message) = record::decode_message(&row.content) else {
            return Ok(false);
        };
        let is_closing = matches!(message.saying, Saying::Closing);
        let is_due = status == (if is_closing { Status::Ended } else { Status::Active });
        if row.verdict == Some(RETURNED) || !is_due {
            return Ok(false);
        }
        let is_checked = space.side == Role::Specialist.side() && row.verdict.is_none();
        if !is_checked || fits.contains(&MessageId::from_bytes(*row.document.as_bytes())) {
            return Ok(true);
        }
        self.commit(&[Change::Support], |tx| {
            Ok(tx.judge_said(space.id, row.document, RETURNED, true)?)
        })?;
        Ok(false)
    }
}
