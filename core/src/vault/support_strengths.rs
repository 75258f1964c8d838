//! Strengths that a specialist has noticed, kept by the participant if they say so: in their own profile, and told to nobody.

use super::support_judging::found;
use super::{Engine, Error};
use crate::crypto::import_id;
use crate::id::{MessageId, RelationshipId, StatementId};
use crate::record::{self, Kind};
use crate::support::{Role, Saying, Unfit};
use cairn_wire::SpaceId;

impl Engine {
    /// Keeps, as the participant, the strength that a message named, in the profile with the specialist's name; the statement's id. Kept twice, on whichever
    /// device, it is kept once; what the participant has made of it since stays.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what was not shown here; [`Error::Message`] on the specialist's side, and for a message that names no strength; [`Error::Profile`] where
    /// the profile is full.
    pub fn keep_strength(&mut self, id: RelationshipId, message: MessageId) -> Result<StatementId, Error> {
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
        let said = record::decode_message(&row.content).map(|message| message.saying);
        let Ok(Saying::Acknowledgement { strength }) = said else {
            return Err(Unfit::Nowhere.into());
        };
        if strength.trim().is_empty() {
            return Err(Unfit::Silent.into());
        }
        let by = relationship.peer.map(|peer| peer.name).unwrap_or_default();
        // Its id follows from the message, so that two devices that keep it apart keep one; the key makes it an id that nobody else can tell.
        let key = self.slot_key(self.identity.home)?;
        let made = import_id(&key, "strength", &message.to_string());
        let statement = StatementId::from_bytes(*made.as_bytes());
        self.keep_offered(statement, &strength, by)?;
        Ok(statement)
    }
}
