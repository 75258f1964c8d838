//! What a share shows by now: less of it, for a shorter time, or the words as they were edited since.
//!
//! The participant's devices keep the view of each open share as it stands in the log. What is decided about it stands in the relationship; whichever of the devices
//! has the view makes the next one of it, and that takes the place of the one before, at the relay and on the specialist's devices. A narrowed view is made of the
//! view and not of the entry: it shows nothing that was not shown. One that follows edits is made of the entry, and waits as long as the first one did, counted
//! from the last edit that was read here.
//!
//! The relay keeps the sealed bytes of a view that was replaced as it keeps all that was replaced: until both sides have read past it, and a month. Whoever wants to be sure that a
//! part nobody has fetched cannot be fetched any more stops the share, and shares anew.
//!
//! | name | value | |
//! |---|---|---|
//! | `given.<share in hex>` | u32, u64, little-endian, view | in which incarnation of the log it stands and where, and what is shown |

use super::devices::hex;
use super::receive::{Received, receive};
use super::sealing::Plan;
use super::showing_carrying::{forget_copied, let_go_of};
use super::support::{held_name, left_name, scope_sentence};
use super::support_gates::{Row, halves_of, let_gates_go, let_waiting_gates_go, rows_of};
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::id::{AttachmentId, RelationshipId, ShareId};
use crate::journal::Entry;
use crate::record::{self, Kind};
use crate::store::{SpaceRow, Tx};
use crate::support::{Mask, Role, Share, ShareState, SharedItem, SharedView, SharedWithMe, ShownAttachment};
use cairn_wire::GateId;
use std::collections::BTreeSet;

fn given_name(share: ShareId) -> String {
    format!("given.{}", hex(share.as_bytes()))
}

/// Forgets what was shown: the share is over.
pub(super) fn forget_given(tx: &Tx<'_>, share: ShareId) -> Result<(), Error> {
    let name = given_name(share);
    if tx.meta(&name)?.is_some() {
        tx.remove_meta(&name)?;
        super::erasing::want_empty_log(tx)?;
    }
    let_gates_go(tx, share)?;
    forget_copied(tx, share)
}

/// A view as it stands in the log.
struct Given {
    incarnation: u32,
    seq: u64,
    view: SharedView,
}

impl Engine {
    /// Has a share show these parts and no others from now on, and end by this time: at once here, and for the specialist when they are next reached. Nothing but
    /// less: more is another share. Works offline; what was read by then can be remembered, and what was not fetched by then can
    /// be for a while by an app that was changed: to be sure, stop it.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is over; [`Error::Consent`].
    pub fn narrow(&mut self, id: ShareId, mask: Mask, until: Option<Timestamp>) -> Result<(), Error> {
        let now = self.now();
        let (relationship, share) = self.own_share(id)?;
        if share.state(now) != ShareState::Given {
            return Err(Error::NotFound);
        }
        let changes = share.narrowed(mask, until, now)?;
        if changes.is_empty() {
            return Ok(());
        }
        self.set_fields(relationship.into(), Kind::Relationship, &changes)
    }

    /// What a share of this person's shows, just as the specialist reads it; before it has left, as they will.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is over, or this device has not read of it in the log yet.
    pub fn as_shown(&self, id: ShareId) -> Result<SharedWithMe, Error> {
        let (relationship, share) = self.own_share(id)?;
        if share.over.is_some() {
            return Err(Error::NotFound);
        }
        let view = match (self.given(id)?, self.store.view().meta(&held_name(id))?) {
            (Some(given), _) => given.view,
            (None, Some(held)) => record::decode_view(&held)?.narrowed(&share.consent),
            (None, None) => return Err(Error::NotFound),
        };
        Ok(SharedWithMe {
            share: id,
            relationship,
            view: view.render(),
        })
    }

    fn given(&self, share: ShareId) -> Result<Option<Given>, Error> {
        let Some(bytes) = self.store.view().meta(&given_name(share))? else {
            return Ok(None);
        };
        let (incarnation, rest) = bytes.split_first_chunk().ok_or(Error::Internal)?;
        let (seq, view) = rest.split_first_chunk().ok_or(Error::Internal)?;
        let view = self.before_its_gate(record::decode_view(view)?)?;
        Ok(view.map(|view| Given {
            incarnation: u32::from_le_bytes(*incarnation),
            seq: u64::from_le_bytes(*seq),
            view,
        }))
    }

    /// What a share shows, as it stands in the log.
    pub(super) fn given_view(&self, share: ShareId) -> Result<Option<SharedView>, Error> {
        Ok(self.given(share)?.map(|given| given.view))
    }

    /// Whether this device has what a share shows, as it stands in the log.
    pub(super) fn is_given(&self, share: ShareId) -> Result<bool, Error> {
        Ok(self.store.view().meta(&given_name(share))?.is_some())
    }

    /// A view of this person's own stands in the log, from whichever of their devices.
    pub(super) fn keep_given(&mut self, space: &SpaceRow, one: &Received, seq: u64) -> Result<(), Error> {
        let Ok(view) = record::decode_view(&one.inside.projection) else {
            return Ok(());
        };
        let gate = view.gated.as_ref().map(|gated| GateId::from_bytes(gated.gate));
        // As it is where the share itself has not come from another device yet, and opened when it is asked for.
        let view = self.before_its_gate(view.clone())?.unwrap_or(view);
        let share = view.share();
        self.note_released(share.into())?;
        let known = self.given(share)?;
        if self.store.view().share_ended(share)?.is_some() {
            return Ok(());
        }
        let known_gate = match gate.and(known.as_ref()) {
            Some(known) => self.own_gate(&known.view)?,
            None => None,
        };
        // Each of them goes with what it stood in front of, and the one of what is shown stays.
        let is_older = known.as_ref().is_some_and(|known| known.view.is_newer(&view));
        let over = if is_older { gate } else { known_gate };
        let over = over.filter(|_| gate != known_gate);
        // So does that of one which shows more than is to be shown by now: what is left of it has a gate of its own.
        let wide = gate.filter(|_| self.is_narrower_by_now(&view));
        let over: BTreeSet<GateId> = over.into_iter().chain(wide).collect();
        let over: Vec<Row> = over
            .into_iter()
            .map(|gate| Row::to_drop(space.id, share, gate))
            .collect();
        if is_older && over.is_empty() {
            return Ok(());
        }
        if is_older {
            return self.commit(&[], |tx| over.iter().try_for_each(|over| over.keep(tx)));
        }
        let rows = self.gate_rows(&rows_of(share))?;
        let put = rows
            .into_iter()
            .find(|row| Some(row.gate) == gate && gate != known_gate);
        let bytes = [
            &space.incarnation.to_le_bytes()[..],
            &seq.to_le_bytes(),
            &record::encode_view(&view),
        ]
        .concat();
        self.commit(&[Change::Support], |tx| {
            tx.set_meta(&given_name(share), &bytes)?;
            put.map_or(Ok(()), |put| put.remove(tx))?;
            over.iter().try_for_each(|over| over.keep(tx))?;
            match known {
                Some(known) => {
                    let_go_of(tx, share, &known.view.item.attachments, &view.item.attachments)?;
                    super::erasing::want_empty_log(tx) // What is shown no more leaves every page of the database.
                }
                None => Ok(()),
            }
        })?;
        self.scrub_if_wanted()
    }

    /// Whether this person has decided since that less than this is shown.
    fn is_narrower_by_now(&self, view: &SharedView) -> bool {
        let known = self.own_share(view.share());
        known.is_ok_and(|(_, share)| share.consent.version > view.consent.version)
    }

    /// Where in the log the view stands that the next one of this share replaces; 0 where there is none.
    pub(super) fn replaced_by_next(&self, space: &SpaceRow, share: ShareId) -> Result<u64, Error> {
        let given = self.given(share)?;
        Ok(given.map_or(0, |given| match given.incarnation == space.incarnation {
            true => given.seq,
            false => 0,
        }))
    }

    /// Seals what is left of each view that the participant had narrowed since: in a pause too, and after the end.
    pub(super) fn seal_narrowed(&mut self, space: SpaceRow, id: RelationshipId) -> Result<SpaceRow, Error> {
        let (now, mut space, mut shares) = (self.now(), space, self.open_shares(id)?);
        shares.retain(|share| !share.consent.narrowed.is_empty() && !planted!(WideStays));
        self.take_back_wider(&space, &shares)?;
        for share in shares {
            let Some(given) = self.given(share.id())? else { continue };
            let is_done = share.consent.version <= given.view.consent.version || share.consent.item.mask.is_empty();
            if is_done || share.consent.is_expired(now) || self.store.view().outbox_has_state(share.id().into())? {
                continue;
            }
            let waits = self.built_for_gate(share.id(), share.consent.version)?;
            let built = waits.map_or(now, Timestamp);
            let view = given.view.narrowed(&spoken(&share).consent).built_at(built);
            let Some(plan) = self.plan_of(&space, &share, view)? else {
                continue;
            };
            self.push_support(&space, 0, plan, Some(share.id().into()))?;
            space = self.space_row(space.id)?;
        }
        Ok(space)
    }

    /// Views that wait sealed and show more than is to be shown by now wait once more, and leave as what is left of them.
    fn take_back_wider(&mut self, space: &SpaceRow, narrowed: &[Share]) -> Result<(), Error> {
        if narrowed.is_empty() {
            return Ok(());
        }
        let keys = self.keys(space)?;
        for out in self.store.view().outbox(space.id, usize::MAX, usize::MAX)? {
            let is_of = |share: &&Share| out.document == Some(share.id().into());
            let Some(share) = narrowed.iter().find(is_of).filter(|_| out.purpose == 0) else {
                continue;
            };
            let waits = receive(&keys, space.id, 0, out.hash, &out.record).map_err(|_| Error::Internal)?;
            if record::decode_view(&waits.inside.projection)?.consent.version < share.consent.version {
                self.support_again(space, &out)?;
            }
        }
        Ok(())
    }

    /// Has what follows edits follow them: an edit waits as the first view did, and a later one begins the wait anew.
    pub(super) fn hold_edits(&mut self, id: RelationshipId) -> Result<(), Error> {
        let now = self.now();
        for share in self.open_shares(id)? {
            if !share.consent.follow_edits {
                continue;
            }
            let (Some(given), Some(entry)) = (
                self.given(share.id())?,
                self.store.view().entry(share.consent.item.entry)?,
            ) else {
                continue;
            };
            if given.view.consent.version != share.consent.version {
                continue; // First what is left of it stands in the log, and is known here.
            }
            if entry.trashed.is_some() || entry.marks.never_share {
                continue; // What was shown stays as it was, until it is stopped or its entry is erased.
            }
            let mask = share.consent.item.mask;
            let shown = &given.view.item.attachments;
            let attached = match shown.is_empty() {
                true => Vec::new(),
                false => still_attached(shown, &entry, &Share::copies(&self.relationship(id)?.1, share.id())),
            };
            let item = SharedItem::of(&entry, mask).with_attachments(&attached, mask);
            let held = self.store.view().meta(&held_name(share.id()))?;
            let held = held.map(|held| record::decode_view(&held)).transpose()?;
            // What was taken away since is no edit: it begins no wait anew.
            let held = held.map(|held| held.narrowed(&share.consent));
            let waiting = held.as_ref().map_or(&given.view.item, |held| &held.item);
            let is_undone = held.is_some() && item == given.view.item;
            if item == *waiting && !is_undone {
                continue;
            }
            if item.is_empty() {
                // All of it was deleted: what was shown of it is not there any more.
                self.end_for_its_entry(id, &share)?;
                continue;
            }
            let wait = share.hold_until.0.saturating_sub(share.consent.given.0);
            let shown_behind = halves_of(&share, &given.view).map(|halves| halves.gate);
            let view = SharedView {
                consent: spoken(&share).consent,
                built: now,
                item,
                ..given.view
            };
            self.commit(&[Change::Support], |tx| {
                if is_undone {
                    let_waiting_gates_go(tx, share.id(), shown_behind)?;
                    tx.unhold(share.id())?;
                    return Ok(tx.remove_meta(&held_name(share.id()))?);
                }
                tx.set_meta(&held_name(share.id()), &record::encode_view(&view))?;
                Ok(tx.hold(share.id(), id, now.plus_ms(wait))?)
            })?;
        }
        Ok(())
    }

    /// The record of a view: in the place of the one that is shown so far. None where it waits for its gate.
    pub(super) fn plan_of(&mut self, space: &SpaceRow, share: &Share, view: SharedView) -> Result<Option<Plan>, Error> {
        let Some(view) = self.behind_its_gate(space, share, view)? else {
            return Ok(None);
        };
        Ok(Some(Plan {
            expires_day: share.consent.expires_day(),
            merged_upto: self.replaced_by_next(space, share.id())?,
            ..Plan::plain(Kind::SharedView, share.id().into(), view)
        }))
    }

    /// The shares of a relationship that are not over, on the participant's side.
    pub(super) fn open_shares(&self, id: RelationshipId) -> Result<Vec<Share>, Error> {
        let (relationship, fields) = self.relationship(id)?;
        if relationship.role != Role::Participant {
            return Ok(Vec::new());
        }
        let mut shares = Share::all(&fields);
        shares.retain(|share| share.over.is_none());
        Ok(shares)
    }

    /// Whether a view of this share waits here, and none of it was handed to the network yet, by whichever device: an edit that waits is no first view.
    pub(super) fn waits_here(&self, id: ShareId) -> Result<bool, Error> {
        let view = self.store.view();
        let has_left = view.meta(&left_name(id))?.is_some() || self.released(id)?.is_some();
        Ok(view.meta(&held_name(id))?.is_some() && !has_left)
    }
}

/// Of the copies that are shown, those of what still hangs on the entry, each with the words it has there by now.
fn still_attached(
    shown: &[ShownAttachment],
    entry: &Entry,
    copies: &[(AttachmentId, [u8; 32])],
) -> Vec<ShownAttachment> {
    let of = |shown: &ShownAttachment| {
        let (source, _) = copies.iter().find(|(_, key)| *key == shown.key)?;
        let attachment = entry.attachments.iter().find(|attachment| attachment.id == *source)?;
        Some(ShownAttachment {
            kind: attachment.kind,
            caption: Some(attachment.alt_text.clone()).filter(|words| !words.is_empty()),
            ..shown.clone()
        })
    };
    shown.iter().filter_map(of).collect()
}

/// A share whose sentence says what is shown by now.
pub(super) fn spoken(share: &Share) -> Share {
    let mut share = share.clone();
    if !share.consent.narrowed.is_empty() {
        share.consent.sentence = scope_sentence(share.consent.item.mask, share.consent.is_excerpt);
    }
    share
}
