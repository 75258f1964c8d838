//! What the relay is told of the erasing of everything, and what is heard of a space that is closed.
//!
//! The relay is told to close the home space when a day is over since the link, by its own clock, but for the slots of the chain's
//! links, from which a device that comes later learns what was signed; and every support space whose participant this person is, whole.
//! Who stops it takes that back. A specialist whose space was closed lets go of what was shown.
//!
//! | name | value | |
//! |---|---|---|
//! | `ending.told` | `[[space 16, state u64]...]` in CBOR | what the relay was told of each space: 0 that it stays; in the lower half twice the index of the link and 2, that it closes at its time, or 3, that it closes now, and in the upper half how many links the chain had; `u64::MAX` where that is not known |
//! | `home.ended` | empty | the relay says that it has ended the home space, and no link says why |
//! | `left.` and the space in hexadecimal digits | empty | a support space that is closed |

use super::devices::{hex, link_document};
use super::ending::{DUE, Erasure};
use super::engine::{HOME, SUPPORT};
use super::erasing::want_empty_log;
use super::receive::receive;
use super::support_gates::forget_gates;
use super::{Change, Engine, Error};
use crate::crypto::{DeviceChain, LinkHash};
use crate::limits;
use crate::profile::{Changes, Field};
use crate::record::Kind;
use crate::store::{SpaceRow, Tx};
use crate::sync::{ClosingWish, Report, SyncError};
use cairn_wire::SpaceId;
use cairn_wire::message::{RefusalCode, Side};

const TOLD: &str = "ending.told";
const ENDED: &str = "home.ended";

/// In the place of what the relay was told: whatever that was.
const UNKNOWN: u64 = u64::MAX;
/// What the relay was told of a space that stays.
const STAYS: u64 = 0;

/// What a link that withdraws it changes beside the chain.
pub(super) struct Stopped(Option<Vec<SpaceId>>);

impl Stopped {
    /// The relay is to be told that these spaces stay, whatever it was told before and by whom.
    pub(super) fn put(&self, tx: &Tx<'_>) -> Result<(), Error> {
        let Some(spaces) = &self.0 else { return Ok(()) };
        let told: Vec<(SpaceId, u64)> = spaces.iter().map(|space| (*space, UNKNOWN)).collect();
        tx.remove_meta(DUE)?;
        Ok(tx.set_meta(TOLD, &cairn_wire::encode(&told))?)
    }
}

impl Engine {
    /// What follows where `chain` no longer says that everything is to be erased, and the one before it did.
    pub(super) fn stopped_by(&self, chain: &DeviceChain) -> Result<Stopped, Error> {
        if self.ending().is_none() || chain.ending().is_some() {
            return Ok(Stopped(None));
        }
        let spaces = self.store.view().spaces()?;
        Ok(Stopped(Some(spaces.into_iter().map(|space| space.id).collect())))
    }

    /// What the relay is to be told of the end of a space, or of its staying, and that in one number.
    fn to_tell(&self, row: &SpaceRow) -> Result<(u64, ClosingWish), Error> {
        let stays = (STAYS, ClosingWish::Stay);
        let Some(ending) = self.ending() else { return Ok(stays) };
        if self.is_kept(&ending)? {
            return Ok(stays);
        }
        // By the relay's clock alone: a device whose own is ahead, or that asked long before anybody could hear of it, ends nothing sooner.
        let over_at = ending.asked_at_ms.saturating_add(limits::ERASING_WAITS_MS);
        let is_now = ending.at_once || self.home()?.head_time >= over_at;
        let mut keep = Vec::new();
        if row.kind == HOME {
            let links = self.store.view().links(row.id)?;
            let slots = links
                .iter()
                .map(|link| self.slot_of(row, link_document(&LinkHash::of(link)), 0));
            // The newest are those that somebody who comes later has not read.
            keep.extend(slots.rev().take(cairn_wire::bounds::CLOSE_KEEP_SLOTS_MAX));
        }
        let at_ms = (!is_now).then_some(over_at);
        // A link that came since is to stay too.
        let length = self.home_chain.as_ref().map_or(0, DeviceChain::length);
        let state = (length << 32) | ending.index.saturating_mul(2).saturating_add(2 + u64::from(is_now));
        Ok((state, ClosingWish::Close { keep, at_ms }))
    }

    /// What the relay is still to be told of the end of a space.
    pub(super) fn closing_wish(&mut self, space: SpaceId) -> Result<Option<ClosingWish>, Error> {
        let row = self.space_row(space)?;
        if row.kind == SUPPORT && !is_ours_to_end(&row) {
            return Ok(None);
        }
        let told = self.told()?.into_iter().find(|(known, _)| *known == space);
        let (state, wish) = self.to_tell(&row)?;
        self.telling.insert(space, state);
        Ok((told.map_or(STAYS, |(_, told)| told) != state).then_some(wish))
    }

    /// Whether the relay knows of every support space that is to end with this, at its time or now.
    fn has_told_all(&self) -> Result<bool, Error> {
        let Some(ending) = self.ending() else { return Ok(true) };
        let told = self.told()?;
        let closes = ending.index.saturating_mul(2).saturating_add(2);
        let is_told = |row: &SpaceRow| {
            told.iter().any(|(space, state)| {
                *space == row.id
                    && *state != UNKNOWN
                    && matches!((state & 0xffff_ffff).checked_sub(closes), Some(0 | 1))
            })
        };
        Ok(self.store.view().spaces()?.iter().all(|row| {
            row.kind != SUPPORT || !is_ours_to_end(row) || row.origin.is_empty() || self.is_left(row) || is_told(row)
        }))
    }

    pub(super) fn closing_was_told(&mut self, space: SpaceId, is_closed: bool) -> Result<(), Error> {
        let row = self.space_row(space)?;
        let (present, _) = self.to_tell(&row)?;
        // What was asked for may have changed while the relay answered: noted is what it was told.
        let state = self.telling.remove(&space).unwrap_or(present);
        self.heard_closed |= is_closed && row.kind == HOME;
        let mut told = self.told()?;
        told.retain(|(known, _)| *known != space);
        if state != STAYS {
            told.push((space, state));
        }
        let is_left = is_closed && row.kind == SUPPORT;
        self.commit(&[], |tx| {
            if is_left {
                forget_gates(tx, space)?;
                tx.set_meta(&left_name(space), &[])?;
            }
            Ok(tx.set_meta(TOLD, &cairn_wire::encode(&told))?)
        })
    }

    fn told(&self) -> Result<Vec<(SpaceId, u64)>, Error> {
        parse_told(self.store.view().meta(TOLD)?)
    }

    /// Whether a support space is closed, and no round visits it any more.
    pub(super) fn is_left(&self, row: &SpaceRow) -> bool {
        row.kind == SUPPORT
            && self
                .store
                .view()
                .meta(&left_name(row.id))
                .is_ok_and(|left| left.is_some())
    }

    /// The relay says under its key that a space is closed, and shows what it has kept. Of the home space that is the links of the chain:
    /// they are taken as any link is, and what they say counts. That the relay says so erases nothing here.
    pub(super) fn take_closed(&mut self, space: SpaceId, records: &[(u64, Vec<u8>)]) -> Result<(), Error> {
        let row = self.space_row(space)?;
        if row.kind == SUPPORT {
            return self.leave_closed(&row);
        }
        self.heard_closed = true;
        for (seq, record) in records {
            let Ok(hash) = cairn_wire::Record::parse(record).map(|record| record.hash()) else {
                continue;
            };
            let keys = self.keys(&self.space_row(space)?)?;
            if let Ok(one) = receive(&keys, space, *seq, hash, record)
                && one.inside.kind == Kind::DeviceLink
            {
                // One that does not continue the chain is nothing, here as elsewhere.
                let _is_part_of_the_chain = self.keep_device_link(&one)?.is_ok();
            }
        }
        self.note_ending()
    }

    /// A support space is closed for ever: the relationship is over. What was shown in it to this person leaves every page of the
    /// database; it was never theirs.
    fn leave_closed(&mut self, row: &SpaceRow) -> Result<(), Error> {
        let shown = self.store.view().shared_in(row.id)?;
        let over = self.over_with(&shown)?;
        self.commit(&[Change::Support], |tx| {
            over.iter().try_for_each(|one| one.put(tx))?;
            for one in &shown {
                tx.remove_shared(one.share)?;
                tx.end_share(one.share, one.version)?;
            }
            if row.side == Side::Specialist.number() {
                tx.forget_said(row.id, Side::Participant.number())?;
                tx.forget_shown_profile(row.id)?;
                tx.forget_meeting_pages(row.id)?;
            }
            forget_gates(tx, row.id)?;
            tx.set_meta(&left_name(row.id), &[])?;
            want_empty_log(tx)
        })?;
        self.forget_copies(&shown.iter().collect::<Vec<_>>())?;
        self.scrub_if_wanted()?;
        let Some(id) = row.relationship else { return Ok(()) };
        if self.relationship(id)?.0.ended.is_some() {
            return Ok(());
        }
        let changes = Changes::from([("ended".to_owned(), Some(Field::Number(self.now().0)))]);
        self.set_fields(id.into(), Kind::Relationship, &changes)
    }

    /// After a round: whether the relay was asked if somebody stopped it, and whether it says that it has ended the home space.
    pub(super) fn note_ended(&mut self, report: &Report) -> Result<(), Error> {
        let home = self.identity.home;
        let failed = report.failed.iter().find(|(space, _)| *space == home);
        let is_closed = matches!(failed, Some((_, SyncError::Refused(RefusalCode::SpaceClosed))));
        self.has_looked = self.is_due()? && self.has_looked_now(failed.map(|(_, error)| error))?;
        let ended = match failed {
            None => false,
            Some(_) if is_closed => self.erasure()? == Erasure::Nothing,
            Some(_) => return Ok(()),
        };
        if ended == self.is_ended()? {
            return Ok(());
        }
        self.commit(&[Change::Devices, Change::Sync], |tx| {
            if ended {
                Ok(tx.set_meta(ENDED, &[])?)
            } else {
                Ok(tx.remove_meta(ENDED)?)
            }
        })
    }

    /// Whether the round that ends was enough to know that nobody stopped it, now that it is due. What the relay refuses, or does not prove, is
    /// no answer, and no silence either.
    fn has_looked_now(&mut self, failed: Option<&SyncError>) -> Result<bool, Error> {
        let home = self.home()?;
        if home.origin.is_empty() || self.is_shut_out()? || self.needs_joining()? {
            return Ok(false);
        }
        let has_heard = match failed {
            None if self.heard_closed => true,
            None => home.cursor == home.head_n && self.is_due_by_relay(&home)?,
            Some(SyncError::Refused(RefusalCode::SpaceClosed)) => self.heard_closed,
            Some(SyncError::Unreachable(_)) => return self.has_tried(),
            Some(_) => false,
        };
        Ok(has_heard && (self.has_told_all()? || self.has_tried()?))
    }

    /// Whether the relay says that it has ended the home space, and nothing that was signed says why.
    pub(super) fn is_ended(&self) -> Result<bool, Error> {
        Ok(self.store.view().meta(ENDED)?.is_some())
    }
}

fn parse_told(bytes: Option<Vec<u8>>) -> Result<Vec<(SpaceId, u64)>, Error> {
    bytes.map_or_else(
        || Ok(Vec::new()),
        |bytes| cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal),
    )
}

/// Whether this person is the participant of a support space, and may end it.
fn is_ours_to_end(row: &SpaceRow) -> bool {
    row.side == Side::Participant.number() && row.administer
}

/// The relay may have forgotten what it was told of a space, or remember what was taken back since.
pub(super) fn doubt_told(tx: &Tx<'_>, space: SpaceId) -> Result<(), Error> {
    let mut told = parse_told(tx.meta(TOLD)?)?;
    told.retain(|(known, _)| *known != space);
    told.push((space, UNKNOWN));
    Ok(tx.set_meta(TOLD, &cairn_wire::encode(&told))?)
}

/// Forgets what was told and heard of a home space that this device leaves.
pub(super) fn forget_notes(tx: &Tx<'_>) -> Result<(), Error> {
    tx.remove_meta(ENDED)?;
    Ok(tx.remove_meta(TOLD)?)
}

fn left_name(space: SpaceId) -> String {
    format!("left.{}", hex(space.as_bytes()))
}
