//! What a specialist has said that the participant keeps if they say so, with what is theirs, and told to nobody: a strength that was noticed, words that were proposed, a
//! question that was asked.

use super::support_judging::found;
use super::{Engine, Error, bundled};
use crate::crypto::import_id;
use crate::id::{MessageId, RelationshipId, SectionId, StatementId};
use crate::profile::{DefaultSection, keep_prompt};
use crate::record::{self, Kind};
use crate::support::{Message, Role, Saying, Unfit};
use cairn_wire::SpaceId;

impl Engine {
    /// Keeps, as the participant, the strength that a message named, in the profile with the specialist's name; the statement's id. Kept twice, on whichever
    /// device, it is kept once; what the participant has made of it since stays.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what was not shown here; [`Error::Message`] on the specialist's side, and for a message that names no strength; [`Error::Profile`] where
    /// the profile is full.
    pub fn keep_strength(&mut self, id: RelationshipId, message: MessageId) -> Result<StatementId, Error> {
        let (by, said) = self.shown_to_participant(id, message)?;
        let Saying::Acknowledgement { strength } = said.saying else {
            return Err(Unfit::Nowhere.into());
        };
        if strength.trim().is_empty() {
            return Err(Unfit::Silent.into());
        }
        self.keep_in_profile(message, "strength", DefaultSection::Strengths.id(), &strength, by)
    }

    /// Keeps, as the participant, words that a specialist has proposed, in this section of the profile with the specialist's name; the statement's id. Before that they
    /// are nothing but a message. Kept twice, on whichever device, they are kept once, where they were kept first; what the participant has made of them since stays.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what was not shown here; [`Error::Message`] on the specialist's side, and for a message that proposes nothing; [`Error::Profile`] where there
    /// is no such section, or the profile is full.
    pub fn keep_proposal(
        &mut self,
        id: RelationshipId,
        message: MessageId,
        section: SectionId,
    ) -> Result<StatementId, Error> {
        let (by, said) = self.shown_to_participant(id, message)?;
        let Saying::Proposal { .. } = said.saying else {
            return Err(Unfit::Nowhere.into());
        };
        self.keep_in_profile(message, "proposal", section, &said.body, by)
    }

    /// Keeps, as the participant, a question that a message asked, among their own questions to write from; its name there. Kept twice, on whichever device, it is kept once; what
    /// the participant has made of it since stays.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what was not shown here; [`Error::Message`] on the specialist's side, and for a message that is no open question; [`Error::Profile`] for one that is
    /// longer than a question to write from, and where there are as many as are kept.
    pub fn keep_question(&mut self, id: RelationshipId, message: MessageId) -> Result<String, Error> {
        let (by, said) = self.shown_to_participant(id, message)?;
        if said.saying != Saying::OpenQuestion {
            return Err(Unfit::Nowhere.into());
        }
        let key = self.slot_key(self.identity.home)?;
        let kept = import_id(&key, "question", &message.to_string()).to_string();
        self.change_settings(|fields| keep_prompt(fields, &bundled::prompts(""), &kept, &said.body, &by))?;
        Ok(kept)
    }

    /// A message of the specialist's that was shown to this participant, and by whom it is.
    fn shown_to_participant(&self, id: RelationshipId, message: MessageId) -> Result<(String, Message), Error> {
        let (relationship, _) = self.relationship(id)?;
        if relationship.role != Role::Participant {
            return Err(Unfit::NotYours.into());
        }
        let space = relationship.space.map(SpaceId::from_bytes).ok_or(Error::NotFound)?;
        let row = self
            .store
            .view()
            .said_one(space, message.into())?
            .ok_or(Error::NotFound)?;
        // What waits for the participant's hours, or did not fit, is not theirs to keep yet.
        let is_shown = row.kind == Kind::Message.number()
            && row.side == Role::Specialist.side()
            && row.shown.is_some()
            && matches!(found(row.verdict), Some(Ok(_)));
        if !is_shown {
            return Err(Error::NotFound);
        }
        let said = record::decode_message(&row.content).map_err(|_| Error::NotFound)?;
        Ok((relationship.peer.map(|peer| peer.name).unwrap_or_default(), said))
    }

    fn keep_in_profile(
        &mut self,
        message: MessageId,
        what: &str,
        section: SectionId,
        text: &str,
        by: String,
    ) -> Result<StatementId, Error> {
        // Its id follows from the message, so that two devices that keep it apart keep one; the key makes it an id that nobody else can tell.
        let key = self.slot_key(self.identity.home)?;
        let made = import_id(&key, what, &message.to_string());
        let statement = StatementId::from_bytes(*made.as_bytes());
        self.keep_offered(statement, section, text, by)?;
        Ok(statement)
    }
}
