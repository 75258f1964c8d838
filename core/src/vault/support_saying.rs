//! What is said in a support space beside what is shown: on its way, and as it arrives.
//!
//! Whatever is said is kept here first, and stays. It is sealed when it leaves, under the epoch of then, and sealed again where it was refused for what
//! happened meanwhile. A record that arrives is held against who may say it and how much of it; of the order nothing depends.

use super::receive::{Received, SetAside};
use super::sealing::Plan;
use super::{Change, Engine, Error};
use crate::id::DocumentId;
use crate::limits;
use crate::record::{self, Kind};
use crate::store::{SaidRow, SpaceRow};
use crate::support::{Role, Status, TermsInvalid, Unfit};

/// Words of this person that are to be said.
pub(super) struct NewWords {
    kind: Kind,
    document: DocumentId,
    content: Vec<u8>,
}

impl NewWords {
    pub(super) const fn of(kind: Kind, document: DocumentId, content: Vec<u8>) -> Self {
        Self {
            kind,
            document,
            content,
        }
    }
}

impl Engine {
    /// Keeps what this person says until it has arrived: all of it or nothing.
    pub(super) fn say(&mut self, space: &SpaceRow, words: &[NewWords]) -> Result<(), Error> {
        let rows = self.to_be_said(space, words)?;
        self.commit(&[Change::Support, Change::Sync], |tx| {
            rows.iter().try_for_each(|row| Ok(tx.put_said(row)?))
        })
    }

    /// What this person says, as it is kept, where there is room for it.
    pub(super) fn to_be_said(&self, space: &SpaceRow, words: &[NewWords]) -> Result<Vec<SaidRow>, Error> {
        let (view, now) = (self.store.view(), self.now());
        for one in words {
            let count = || view.said_count(space.id, one.kind.number(), space.side);
            match one.kind {
                Kind::AccessEvent => {} // Of these there are as many as shares.
                Kind::Message | Kind::Wishes if count()? >= limits::MESSAGES_MAX => return Err(Unfit::TooMany.into()),
                Kind::Message | Kind::Wishes => {}
                _ if count()? >= limits::TERMS_MAX => return Err(TermsInvalid::TooMany.into()),
                _ => {}
            }
        }
        let row = |one: &NewWords| SaidRow {
            space: space.id,
            document: one.document,
            kind: one.kind.number(),
            side: space.side,
            seq: 0,
            received: now,
            content: one.content.clone(),
            verdict: None,
            shown: None,
        };
        Ok(words.iter().map(row).collect())
    }

    /// Seals what waits to be said and may be as the relationship stands: what is told of shares always.
    pub(super) fn seal_said(&mut self, space: &SpaceRow, status: Status) -> Result<(), Error> {
        let fits = self.waiting_that_fit(space)?;
        for row in self.store.view().said_waiting(space.id)? {
            let kind = Kind::from_number(row.kind)?;
            if self.store.view().outbox_has_state(row.document)? {
                continue;
            }
            let may_go = match kind {
                Kind::AccessEvent => true,
                Kind::Message => self.may_leave(space, &row, status, &fits)?,
                _ => matches!(status, Status::Agreeing | Status::Active),
            };
            if !may_go {
                continue;
            }
            let plan = Plan::plain(kind, row.document, row.content);
            // Each with the number after the one before it.
            let space = self.space_row(space.id)?;
            self.push_support(&space, 0, plan, Some(row.document))?;
        }
        Ok(())
    }

    /// Something was said in a support space, by this person on another device or by the other one.
    pub(super) fn keep_said(
        &mut self,
        space: &SpaceRow,
        one: &Received,
        author: Role,
    ) -> Result<Result<(), SetAside>, Error> {
        let content = &one.inside.projection;
        let may_be = match one.inside.kind {
            Kind::Declaration => {
                let declaration = record::decode_declaration(content);
                (author == Role::Specialist || planted!(SideUnread))
                    && declaration.is_ok_and(|one| one.check().is_ok() && is_kept(one.version))
            }
            Kind::Agreement => {
                record::decode_agreement(content).is_ok_and(|one| one.check().is_ok() && is_kept(one.version))
            }
            Kind::Acceptance => record::decode_acceptance(content).is_ok_and(|hash| {
                record::acceptance_document(&hash, author) == one.document() || planted!(AcceptanceUnplaced)
            }),
            _ => false,
        };
        if !may_be {
            return Ok(Err(SetAside::Malformed));
        }
        self.keep_heard(space, one, author, limits::TERMS_MAX)
    }

    /// Keeps what this side said, where there is not as much of its kind already as is kept.
    pub(super) fn keep_heard(
        &mut self,
        space: &SpaceRow,
        one: &Received,
        author: Role,
        most: usize,
    ) -> Result<Result<(), SetAside>, Error> {
        let (view, kind, side) = (self.store.view(), one.inside.kind.number(), author.side());
        let is_full = view.said_count(space.id, kind, side)? >= most;
        if is_full && !view.has_said(space.id, one.document())? {
            return Ok(Err(SetAside::NotAdmitted));
        }
        let row = SaidRow {
            space: space.id,
            document: one.document(),
            kind,
            side,
            seq: one.seq,
            received: self.now(),
            content: one.inside.projection.clone(),
            verdict: None,
            shown: None,
        };
        self.commit(&[Change::Support], |tx| Ok(tx.put_said(&row)?)).map(Ok)
    }
}

/// Whether a version is one that a later one can follow.
const fn is_kept(version: u64) -> bool {
    version > 0 && version < i64::MAX as u64
}
