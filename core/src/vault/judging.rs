//! What was set aside is judged again when the chain knows more, and what a record that does not stand has done at the relay is undone.
//!
//! A record is set aside because there was no key for it, because nobody knew its author, or because its author was to go. All may turn out otherwise: the
//! key comes, a link comes that lets the author in; a wish to remove it is dropped, or trusts it further. Then the record is taken as if it came now. It is kept before
//! it leaves quarantine: a crash in between finds it in both places, and none loses it.
//!
//! The relay knows nothing of who stands. A record of a removed device has replaced those of its slot, or has closed it, all the same: whoever
//! has the words publishes them again.

use super::merging::{Way, check_author};
use super::receive::{Received, SetAside, receive};
use super::{Change, Engine, Error};
use crate::crypto::{DeviceChain, Link, SlotKey, slot_id};
use crate::id::DocumentId;
use crate::record::Kind;
use crate::store::{Quarantined, SpaceRow};
use cairn_wire::Record;

/// Reasons that what comes later may take away.
const MAY_PASS: [SetAside; 3] = [SetAside::NoKey, SetAside::Stranger, SetAside::Removed];

impl Engine {
    /// What was set aside for who made it, judged again now that the chain knows more, or a wish to remove somebody is over: a link that came
    /// before those it continues, and what its device wrote.
    pub(super) fn judge_again(&mut self) -> Result<(), Error> {
        let home = self.home()?;
        self.hear_who_goes()?;
        let slots = self.recovery_slots.clone();
        self.commit(&[], |tx| {
            for slot in slots {
                tx.release_quarantine_in(home.id, slot)?;
            }
            Ok(())
        })?;
        let mut known = 0;
        // Each turn takes one link more, or ends.
        while self.home_chain.as_ref().is_some_and(|chain| chain.length() > known) {
            known = self.home_chain.as_ref().map_or(0, DeviceChain::length);
            let mut waiting = Vec::new();
            for why in MAY_PASS {
                waiting.extend(self.store.view().quarantined_for(why.number())?);
            }
            waiting.sort_by_key(|aside| aside.seq);
            for aside in waiting {
                self.take_again(&home, &aside)?;
            }
        }
        Ok(())
    }

    /// Whether links are here that come later than the next one: the relay keeps one back, and whatever is made of the chain before it
    /// would be another chain.
    pub(super) fn waits_for_links(&self, home: &SpaceRow) -> Result<bool, Error> {
        let view = self.store.view();
        if !view.any_quarantined_for(SetAside::Stranger.number())? {
            return Ok(false);
        }
        let (keys, length) = (
            self.keys(home)?,
            self.home_chain.as_ref().map_or(0, DeviceChain::length),
        );
        let is_later = |aside: &Quarantined| {
            receive(&keys, home.id, aside.seq, aside.hash, &aside.record)
                .ok()
                .filter(|one| one.inside.kind == Kind::DeviceLink)
                .and_then(|one| Link::parse(&one.inside.projection).ok())
                .is_some_and(|link| link.space() == home.id && link.index() > length)
        };
        Ok(view.quarantined_for(SetAside::Stranger.number())?.iter().any(is_later))
    }

    /// Takes note of who is to go, for what arrives.
    pub(super) fn hear_who_goes(&mut self) -> Result<(), Error> {
        let going = self.epoch_wish()?.unwrap_or_default().removed;
        self.going = going.iter().map(|one| (one.signing, one.trusted_upto)).collect();
        Ok(())
    }

    fn take_again(&mut self, home: &SpaceRow, aside: &Quarantined) -> Result<(), Error> {
        // What this device sealed anew to set it aside is kept under the name it came with, and stays.
        let is_as_it_came = Record::parse(&aside.record).is_ok_and(|record| record.hash() == aside.hash);
        let keys = self.keys(&self.space_row(home.id)?)?;
        let Ok(one) = receive(&keys, home.id, aside.seq, aside.hash, &aside.record) else {
            return Ok(());
        };
        if aside.space != home.id || !is_as_it_came {
            return Ok(());
        }
        let is_kept = match one.inside.kind {
            Kind::DeviceLink => self.keep_device_link(&one)?.is_ok(),
            _ if check_author(self.home_chain.as_ref(), &self.going, &one).is_err() => false,
            Kind::Tombstone => self.keep_tombstone(&one)?.is_ok(),
            kind if kind.is_document() => {
                self.take_document(one, aside)?;
                self.is_set_aside_for(aside, aside.reason)?
            }
            _ => false,
        };
        if is_kept {
            self.commit(&[Change::Sync], |tx| Ok(tx.release_quarantine(&aside.hash)?))?;
        }
        Ok(())
    }

    /// Takes a document out of what was set aside, whoever made it; its record is still in quarantine afterwards, for another reason where it cannot be
    /// merged.
    pub(super) fn take_document(&mut self, one: Received, aside: &Quarantined) -> Result<(), Error> {
        let home = self.identity.home;
        if self.store.view().document_head(one.document())?.is_some() {
            return self.merge(home, one, &aside.record);
        }
        self.keep_documents(home, vec![one], Way::Forward, true).map(drop)
    }

    pub(super) fn is_set_aside_for(&self, aside: &Quarantined, reason: u8) -> Result<bool, Error> {
        let now = self.store.view().quarantined_one(&aside.hash)?;
        // A record that names it as its parent has taken it away already.
        Ok(now.is_none_or(|now| now.reason == reason))
    }

    /// Publishes again what records that do not stand have replaced at the relay, or whose slot they closed there.
    pub(super) fn undo_at_the_relay(&mut self, home: &SpaceRow, asides: &[Quarantined]) -> Result<(), Error> {
        let reasons = [
            SetAside::Stranger,
            SetAside::NotSigned,
            SetAside::Removed,
            SetAside::OldEpoch,
        ];
        for aside in asides {
            if let Some(document) = aside.document
                && reasons.iter().any(|why| why.number() == aside.reason)
            {
                self.publish_again(home, document, &aside.record)?;
            }
        }
        Ok(())
    }

    fn publish_again(&mut self, home: &SpaceRow, document: DocumentId, record: &[u8]) -> Result<(), Error> {
        let (Some(row), Ok(parts)) = (self.store.view().document_head(document)?, Record::parse(record)) else {
            return Ok(());
        };
        let header = parts.header;
        // The slot of an edition that is over here is nothing any more.
        if header.slot != slot_id(&SlotKey::from_bytes(home.slot_key), &document, row.edition) {
            return Ok(());
        }
        if header.closes_slot() {
            return match self.open_document(document) {
                Ok((row, opened)) if !row.read_only => self.begin_anew(row, &opened, false),
                Err(error @ (Error::Store(_) | Error::Internal)) => Err(error),
                _ => Ok(()),
            };
        }
        let siblings = self.store.view().siblings(document)?;
        let is_replaced = siblings.iter().any(|one| one.tip && one.seq <= header.merged_upto);
        if !is_replaced || row.dirty {
            return Ok(());
        }
        // Of several devices that have it, one is first.
        let after = self.publish_time();
        self.commit(&[Change::Sync], |tx| Ok(tx.set_dirty(document, Some(after))?))
    }
}
