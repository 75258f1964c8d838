//! Not now, said to an invitation: once it was answered nothing is kept of it here, and the participant is told that and nothing else. Until the relay has taken it the answer waits under its code, so that
//! it is the same when it is said again.

use super::handshake::{Handshake, Next, Stage, checked_code, heard};
use super::{Engine, Error};
use crate::crypto::{Code, Purpose, decline};
use crate::id::RelationshipId;
use crate::profile::{Changes, Field};
use crate::record::Kind;
use crate::sync::{Response, mailbox};

impl Engine {
    /// Begins to say not now to an invitation. Nothing says who it was, and there is no reason to give.
    ///
    /// # Errors
    /// [`Error::BadCode`].
    pub fn decline(&mut self, code: &str) -> Result<(), Error> {
        let code = checked_code(code, Purpose::Invite)?;
        let state = code.encode();
        // Said again after a lost connection it is the same bytes: said once.
        if self.saved(Handshake::Decline).is_ok_and(|saved| saved.state == *state) {
            return Ok(());
        }
        let post = decline(&code, self.entropy.as_mut())?;
        self.save(Handshake::Decline, Stage::First, &state, &[], &post.bytes)
    }

    pub(super) fn decline_next(&self) -> Result<Next, Error> {
        let saved = self.saved(Handshake::Decline)?;
        if saved.stage == Stage::Finished {
            return Ok(Next::Done);
        }
        let code = Code::decode(&saved.state)?;
        let (origin, id, days) = (code.origin(), code.mailbox(), Handshake::Decline.days());
        Ok(Next::Ask(mailbox::post(origin, id, 0, &saved.post, days)))
    }

    pub(super) fn decline_answer(&mut self, response: &Response) -> Result<(), Error> {
        match heard(response) {
            Ok(_) => {
                let saved = self.saved(Handshake::Decline)?;
                self.save(Handshake::Decline, Stage::Finished, &saved.state, &[], &[])
            }
            // Somebody has answered before.
            Err(Error::CodeUsedUp) => {
                self.handshake_cancel(Handshake::Decline)?;
                Err(Error::CodeUsedUp)
            }
            Err(error) => Err(error),
        }
    }

    /// The invitation of this relationship was declined; what whoever waits for an answer is told.
    pub(super) fn note_declined(&mut self, about: &[u8]) -> Result<Error, Error> {
        let id = RelationshipId::from_bytes(about.try_into().map_err(|_| Error::Internal)?);
        // A device that died before it forgot the invitation hears it once more.
        if self.relationship(id)?.0.declined.is_some() {
            return Ok(Error::Declined);
        }
        let at = Some(Field::Number(self.now().0));
        let changes = Changes::from([("declined".to_owned(), at)]);
        self.set_fields(id.into(), Kind::Relationship, &changes)?;
        Ok(Error::Declined)
    }
}
