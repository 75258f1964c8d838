//! How shares end: the person stops one, its time is over, its entry is gone. And those that never left.
//!
//! A view is built when it is shared and waits here; the entry may change its mind meanwhile. So whatever is about to leave is held
//! against the entry once more, and whatever is given is stopped when its entry is erased, on whichever device that happened.

use super::erasing::want_empty_log;
use super::support::held_name;
use super::support_gates::let_gates_go;
use super::support_receipts::expired;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::id::{EntryId, RelationshipId, ShareId};
use crate::record::{self, Kind};
use crate::store::SharedRow;
use crate::support::{Share, ShareState};

impl Engine {
    /// Stops a share: at once here, and at the relay and on the specialist's device when they are next reached. Stopping
    /// inside the hold leaves no trace. Asks for no reason, and works offline.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn revoke(&mut self, id: ShareId) -> Result<(), Error> {
        let (relationship, share) = self.own_share(id)?;
        self.revoke_this(relationship, &share)
    }

    /// The same, where the share was looked up.
    pub(super) fn revoke_this(&mut self, relationship: RelationshipId, share: &Share) -> Result<(), Error> {
        let (id, now) = (share.id(), self.now());
        if self.waits_here(id)? {
            let fields = self.fields(relationship.into())?;
            let prefix = format!("share/{id}/");
            let gone = fields
                .keys()
                .filter(|name| name.starts_with(&prefix))
                .map(|name| (name.clone(), None))
                .collect();
            return self.set_fields_with(relationship.into(), Kind::Relationship, &gone, |tx| {
                tx.unhold(id)?;
                let_gates_go(tx, id)?;
                Ok(tx.remove_meta(&held_name(id))?)
            });
        }
        match share.over {
            Some((ShareState::Revoked | ShareState::Withheld, _)) => Ok(()),
            _ => self.stop(relationship, share, ShareState::Revoked, now),
        }
    }

    /// Whether anything of an entry may leave for somebody else now.
    pub(super) fn may_be_shown(&self, entry: EntryId) -> Result<bool, Error> {
        let entry = self.store.view().entry(entry)?;
        Ok(entry.is_some_and(|entry| entry.trashed.is_none() && !entry.marks.never_share))
    }

    /// Ends a share whose entry must not be shown: what never left stays here and says so, what may have left is stopped.
    pub(super) fn end_for_its_entry(&mut self, relationship: RelationshipId, share: &Share) -> Result<(), Error> {
        self.end_share(relationship, share, ShareState::Revoked)
    }

    /// Ends a share without anybody having stopped it: what never left stays here and says so, what may have left is stopped.
    fn end_share(&mut self, relationship: RelationshipId, share: &Share, state: ShareState) -> Result<(), Error> {
        let now = self.now();
        if !self.waits_here(share.id())? {
            return self.stop(relationship, share, state, now);
        }
        let changes = share.over(ShareState::Withheld, now);
        let name = held_name(share.id());
        self.set_fields_with(relationship.into(), Kind::Relationship, &changes, |tx| {
            tx.unhold(share.id())?;
            let_gates_go(tx, share.id())?;
            Ok(tx.remove_meta(&name)?)
        })
    }

    /// An entry was erased on another device, which may not have known what is shared of it: every open share of it ends.
    ///
    /// # Errors
    /// [`Error::Store`]. A share that cannot be ended for a reason of its own is tried again with the next round.
    pub(super) fn end_shares_of(&mut self, entry: EntryId) -> Result<(), Error> {
        for (relationship, share) in self.shares()? {
            if share.over.is_none() && share.consent.item.entry == entry {
                store_errors(self.end_for_its_entry(relationship, &share))?;
            }
        }
        Ok(())
    }

    /// What was shared and is past its end is ended, here and at the relay; so is what was shared in a relationship that is over and not kept beyond it, or of an entry that is gone, and what
    /// was sealed but has not arrived of one that may not be shown any more.
    ///
    /// # Errors
    /// [`Error::Store`]. A share that cannot be ended for a reason of its own keeps no other from being ended.
    pub(super) fn end_what_is_over(&mut self, now: Timestamp) -> Result<(), Error> {
        for (relationship, share) in self.shares()? {
            if share.over.is_some() {
                continue;
            }
            let ended = if self.store.view().is_gone(share.consent.item.entry.into())? {
                self.end_for_its_entry(relationship, &share)
            } else if self.relationship(relationship)?.0.ended.is_some() && !share.is_kept && !planted!(EndStopsNothing)
            {
                self.end_share(relationship, &share, ShareState::Ended)
            } else if share.consent.item.mask.is_empty() {
                // Devices that did not know of each other took one part each: nothing is left to show.
                self.end_for_its_entry(relationship, &share)
            } else if share.consent.is_expired(now) {
                self.stop(relationship, &share, ShareState::Expired, now)
            } else if self.store.view().outbox_has_state(share.id().into())?
                && !self.may_be_shown(share.consent.item.entry)?
            {
                self.end_for_its_entry(relationship, &share)
            } else {
                Ok(())
            };
            store_errors(ended)?;
        }
        Ok(())
    }

    /// What of this was shared with this person and is past its end leaves every page of the database. Where the clocks are far apart it is only shut, until they are not.
    pub(super) fn forget_expired(&mut self, shown: Vec<SharedRow>) -> Result<(), Error> {
        for row in shown {
            let (view, now) = (record::decode_view(&row.content).ok(), self.time_in(row.space)?);
            if let Some((state, at)) = view.and_then(|view| expired(&view.consent, now))
                && self.is_surely_past(row.space, at)?
            {
                let over = self.over(row.share, state, at)?;
                self.commit(&[Change::Support], |tx| {
                    if let Some(over) = &over {
                        over.put(tx)?;
                    }
                    tx.remove_shared(row.share)?;
                    tx.end_share(row.share, row.version)?;
                    want_empty_log(tx)
                })?;
                self.forget_copies(&[&row])?;
                self.tell_purged(row.relationship, row.share)?;
            }
        }
        self.scrub_if_wanted()
    }
}

/// The errors of the database alone.
pub(super) fn store_errors(ended: Result<(), Error>) -> Result<(), Error> {
    match ended {
        Err(error @ Error::Store(_)) => Err(error),
        _ => Ok(()),
    }
}
