//! A visit to a space with a key that no device keeps: proves who it is, and holds the token.

use crate::crypto::SigningKey;
use crate::sync::{Ask, Request, Response, SyncError};
use cairn_wire::message::{ChallengeAnswer, ChallengeRequest, SessionAnswer, SessionRequest};
use cairn_wire::{SignedHead, SpaceId, Token};

/// One visit, step by step.
pub(super) struct Visit {
    pub(super) origin: String,
    pub(super) space: SpaceId,
    key: SigningKey,
    proof: Option<SessionRequest>,
    inside: Option<(Token, SignedHead)>,
}

impl Visit {
    pub(super) fn new(origin: &str, space: SpaceId, key: &SigningKey) -> Self {
        Self {
            origin: origin.to_owned(),
            space,
            key: key.clone(),
            proof: None,
            inside: None,
        }
    }

    /// The token and the head at the door, once inside.
    pub(super) const fn inside(&self) -> Option<(Token, SignedHead)> {
        self.inside
    }

    /// The next request on the way in.
    pub(super) fn next(&self) -> Request {
        match &self.proof {
            Some(proof) => Ask::request(&self.origin, "/v1/session", proof, 0),
            None => Ask::request(
                &self.origin,
                "/v1/challenge",
                &ChallengeRequest { space: self.space },
                0,
            ),
        }
    }

    /// Takes the answer to it.
    pub(super) fn hear(&mut self, response: &Response) -> Result<(), SyncError> {
        // Whatever comes, a proof is used once.
        if self.proof.take().is_some() {
            let answer: SessionAnswer = Ask::answer(response)?;
            self.inside = Some((answer.token, answer.head));
            return Ok(());
        }
        let answer: ChallengeAnswer = Ask::answer(response)?;
        let key = self.key.public();
        let bytes = cairn_wire::session_bytes(&self.origin, &self.space, &answer.nonce, &key);
        self.proof = Some(SessionRequest {
            space: self.space,
            nonce: answer.nonce,
            key,
            signature: self.key.sign(&bytes),
        });
        Ok(())
    }
}
