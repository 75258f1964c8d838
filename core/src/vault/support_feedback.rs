//! What a participant keeps about how it was to be supported. Private, until they send it.

use super::support_messages::NewMessage;
use super::{Engine, Error};
use crate::id::{MessageId, RelationshipId, ThingId};
use crate::limits;
use crate::profile::{Fields, longer};
use crate::record::Kind;
use crate::support::{About, Feedback, FeltHeard, FeltPushed, KeptFeedback, Relationship, Role, Saying, Share, Unfit};
use cairn_wire::SpaceId;

impl Engine {
    /// Keeps feedback for the participant alone.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Message`] where its words are too long.
    pub fn keep_feedback(&mut self, id: RelationshipId, feedback: Feedback) -> Result<ThingId, Error> {
        let (relationship, fields) = self.relationship(id)?;
        if relationship.role != Role::Participant {
            return Err(Unfit::NotYours.into());
        }
        if longer(&feedback.words, limits::KEPT_CHARACTERS_MAX) {
            return Err(Unfit::TooLong.into());
        }
        if let Some(about) = feedback.about
            && !self.can_be_about(&relationship, &fields, about)?
        {
            return Err(Unfit::Nowhere.into());
        }
        if KeptFeedback::all(&fields).len() >= limits::KEPT_MAX {
            return Err(Unfit::TooMuchKept.into());
        }
        let kept = KeptFeedback {
            id: ThingId::random(self.entropy.as_mut()),
            at: self.now(),
            feedback,
            sent: None,
        };
        self.set_fields(id.into(), Kind::Relationship, &kept.changes())?;
        Ok(kept.id)
    }

    /// Whether a participant can say how this was: it is, or was, there.
    pub(super) fn can_be_about(
        &self,
        relationship: &Relationship,
        fields: &Fields,
        about: About,
    ) -> Result<bool, Error> {
        match about {
            About::Message(message) => self.is_message(relationship, message),
            About::Share(share) => Ok(Share::from_fields(fields, share).is_some()),
            About::Meeting(meeting) => self.is_meeting(relationship, meeting),
            About::Days(_) => Ok(true),
        }
    }

    fn is_message(&self, relationship: &Relationship, message: MessageId) -> Result<bool, Error> {
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(false);
        };
        let row = self.store.view().said_one(space, message.into())?;
        Ok(row.is_some_and(|row| row.kind == Kind::Message.number()))
    }

    /// Keeps, in one step, that a message felt like pressure.
    ///
    /// # Errors
    /// As [`Self::keep_feedback`].
    pub fn felt_like_pressure(&mut self, id: RelationshipId, message: MessageId) -> Result<ThingId, Error> {
        let feedback = Feedback {
            about: Some(About::Message(message)),
            heard: FeltHeard::Unsaid,
            pushed: FeltPushed::QuiteABit,
            words: String::new(),
        };
        self.keep_feedback(id, feedback)
    }

    /// The feedback of a relationship, sent or not, the last kept last.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn feedback(&self, id: RelationshipId) -> Result<Vec<KeptFeedback>, Error> {
        if let Some(past) = self.past(id)? {
            return Ok(past.kept.feedback);
        }
        Ok(KeptFeedback::all(&self.relationship(id)?.1))
    }

    /// Sends feedback that was kept, as it is; sent once, it is not sent again.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Message`].
    pub fn send_feedback(&mut self, id: RelationshipId, feedback: ThingId) -> Result<MessageId, Error> {
        let (_, fields) = self.relationship(id)?;
        let kept = KeptFeedback::from_fields(&fields, feedback).ok_or(Error::NotFound)?;
        if let Some(sent) = kept.sent {
            return Ok(sent);
        }
        let Feedback {
            about,
            heard,
            pushed,
            words,
        } = kept.feedback.clone();
        let message = NewMessage {
            about,
            ..NewMessage::new(Saying::Feedback { heard, pushed }, words)
        };
        self.say_with(id, message, |sent| {
            KeptFeedback {
                sent: Some(sent),
                ..kept
            }
            .changes()
        })
    }

    /// Forgets feedback, with every former word of it. What was sent stays sent.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn forget_feedback(&mut self, id: RelationshipId, feedback: ThingId) -> Result<(), Error> {
        let (_, fields) = self.relationship(id)?;
        let changes = KeptFeedback::removed(&fields, feedback);
        if changes.is_empty() {
            return Err(Error::NotFound);
        }
        self.set_fields(id.into(), Kind::Relationship, &changes)?;
        // Its former words go with it: the document begins anew.
        self.begin_fields_anew(id.into()).map(drop)
    }
}
