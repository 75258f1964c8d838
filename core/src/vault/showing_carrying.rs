//! Copies of attachments that are shown, on their way: from the participant's devices to the relay, and from there to the specialist's.
//!
//! A copy goes up once the view that names it stands in the log, and not before: so nothing of it has left while the share could be cancelled without a
//! trace. It lies at the relay under the slot of its view, and goes with it. A specialist's device fetches what was opened, and keeps it sealed, as
//! long as it keeps the view. Of several devices of the participant each that has the attachment makes sure that the copy is there.
//!
//! | name | value | |
//! |---|---|---|
//! | `copied.<share in hex>.<blob in hex>` | empty | the relay has this copy |
//! | `release.<share in hex>.<blob in hex>` | empty | the relay is to let go of this copy: its share shows less by now |
//! | `arrived.<blob in hex>` | u64 little-endian | bytes of the sealed copy that count; the largest number for one that is not what it is said to be |

use super::carrying::FRUITLESS_MAX;
use super::devices::hex;
use super::showing::{blob, content, content_of, copy_of, key};
use super::{Change, Engine, Error};
use crate::crypto::{AttachmentReader, Content, PartChecker, seal_part, slot_id};
use crate::id::{AttachmentId, DocumentId, ShareId};
use crate::media::Pieces;
use crate::record;
use crate::store::{SpaceRow, Tx};
use crate::support::{AccessKind, Role, Share, ShownAttachment};
use crate::sync::{BlobAsk, BlobFound};
use cairn_wire::bounds::BLOB_PART_BYTES_MAX;
use cairn_wire::message::RefusalCode;
use cairn_wire::{BlobId, SpaceId};
use std::collections::{BTreeSet, VecDeque};
use std::io::BufReader;

/// What stands for a copy that is not what it is said to be.
const NOT_IT: u64 = u64::MAX;

/// What one round carries of copies, space by space.
#[derive(Default)]
pub(super) struct ShowingCarried {
    space: Option<SpaceId>,
    begun: BTreeSet<SpaceId>,
    waiting: VecDeque<Now>,
    now: Option<Now>,
}

/// What is being carried.
enum Now {
    Release(ShareId, BlobId),
    Up(Box<Up>),
    Down(ShownAttachment),
}

struct Up {
    share: ShareId,
    shown: ShownAttachment,
    source: AttachmentId,
    /// The copy, once it was made.
    made: Option<Pieces>,
    /// From where the relay wants it; none before it was asked.
    at: Option<u64>,
    fruitless: u32,
}

fn copied_names(share: ShareId) -> String {
    format!("copied.{}.", hex(share.as_bytes()))
}

fn release_names(share: ShareId) -> String {
    format!("release.{}.", hex(share.as_bytes()))
}

/// The name under which it is kept how much of a copy has come.
pub(super) fn arrived_name(blob: &BlobId) -> String {
    format!("arrived.{}", hex(blob.as_bytes()))
}

/// Forgets how the copies of a share stand at the relay: it is over, or the relay has begun anew.
pub(super) fn forget_copied(tx: &Tx<'_>, share: ShareId) -> Result<(), Error> {
    for names in [copied_names(share), release_names(share)] {
        for (name, _) in tx.metas_beginning(&names)? {
            tx.remove_meta(&name)?;
        }
    }
    Ok(())
}

/// Notes which copies a view showed that the one in its place does not.
pub(super) fn let_go_of(
    tx: &Tx<'_>,
    share: ShareId,
    before: &[ShownAttachment],
    now: &[ShownAttachment],
) -> Result<(), Error> {
    let now: Vec<BlobId> = now.iter().map(blob).collect();
    for gone in before.iter().map(blob).filter(|blob| !now.contains(blob)) {
        let blob = hex(gone.as_bytes());
        tx.remove_meta(&(copied_names(share) + &blob))?;
        tx.set_meta(&(release_names(share) + &blob), &[])?;
    }
    Ok(())
}

impl Engine {
    /// What to ask the relay of a support space next.
    pub(super) fn next_shown(&mut self, space: SpaceId) -> Result<Option<BlobAsk>, Error> {
        if self.showing.space != Some(space) {
            if !self.showing.begun.insert(space) {
                return Ok(None);
            }
            let row = self.space_row(space)?;
            self.showing.waiting = self.copies_to_carry(&row)?.into();
            (self.showing.space, self.showing.now) = (Some(space), None);
        }
        loop {
            let Some(mut now) = self.showing.now.take().or_else(|| self.showing.waiting.pop_front()) else {
                return Ok(None);
            };
            let ask = match &mut now {
                Now::Release(share, blob) => Some(BlobAsk::Release {
                    blob: *blob,
                    slot: slot_id(&self.slot_key(space)?, &DocumentId::from(*share), 0),
                }),
                Now::Up(up) => self.ask_copy_up(space, up)?,
                Now::Down(shown) => self.ask_copy_down(shown)?,
            };
            if ask.is_some() {
                self.showing.now = Some(now);
                return Ok(ask);
            }
        }
    }

    fn copies_to_carry(&self, space: &SpaceRow) -> Result<Vec<Now>, Error> {
        let Some(id) = space.relationship else {
            return Ok(Vec::new());
        };
        if Role::from_side(space.side) == Some(Role::Specialist) {
            return self.copies_to_fetch(space);
        }
        let (_, fields) = self.relationship(id)?;
        let (now, is_open) = (self.now(), self.is_open(id)?);
        let (mut release, mut up) = (Vec::new(), Vec::new());
        for share in self.open_shares(id)? {
            for (name, _) in self.store.view().metas_beginning(&release_names(share.id()))? {
                let blob = name.rsplit_once('.').and_then(|(_, blob)| blob_of(blob));
                release.extend(blob.map(|blob| Now::Release(share.id(), blob)));
            }
            let consent = &share.consent;
            let may_go = (is_open || share.is_kept) && consent.item.mask.attachments && !consent.is_expired(now);
            // A view is read only where something of it may have to go.
            if !may_go || !self.may_be_shown(consent.item.entry)? {
                continue;
            }
            let Some(view) = self.given_view(share.id())? else {
                continue;
            };
            let copies = Share::copies(&fields, share.id());
            for shown in view.item.attachments {
                let name = copied_names(share.id()) + &hex(blob(&shown).as_bytes());
                let source = copies.iter().find(|(_, key)| *key == shown.key);
                let Some((source, _)) = source.filter(|_| self.store.view().meta(&name) == Ok(None)) else {
                    continue;
                };
                let source = self.store.view().attachment(*source)?.filter(|row| row.is_sound());
                up.extend(source.map(|source| {
                    Now::Up(Box::new(Up {
                        share: share.id(),
                        source: source.id,
                        shown,
                        made: None,
                        at: None,
                        fruitless: 0,
                    }))
                }));
            }
        }
        release.extend(up);
        Ok(release)
    }

    fn copies_to_fetch(&self, space: &SpaceRow) -> Result<Vec<Now>, Error> {
        let (view, mut down, now) = (self.store.view(), Vec::new(), self.time_in(space.id)?);
        for row in view.shared_in(space.id)? {
            let opened = record::access_event_document(row.share, AccessKind::Opened);
            if !view.has_said(space.id, opened)? {
                continue;
            }
            let Ok(view) = record::decode_view(&row.content) else {
                continue;
            };
            if !view.consent.is_expired(now) {
                down.extend(view.item.attachments.into_iter().map(Now::Down));
            }
        }
        Ok(down)
    }

    /// The next part of a copy that goes up; none where it cannot go in this round.
    fn ask_copy_up(&mut self, space: SpaceId, up: &mut Up) -> Result<Option<BlobAsk>, Error> {
        let content = content(&up.shown);
        if !self.may_carry(content.bytes)? || self.carrying.up_bytes_left == 0 {
            return Ok(None);
        }
        let is_one_part = content.sealed_bytes() <= BLOB_PART_BYTES_MAX as u64;
        // The relay may have some of it already, from another time or another device.
        let offset = up.at.or(is_one_part.then_some(0));
        let bytes = match offset {
            None => Vec::new(),
            Some(offset) => {
                if up.made.is_none() {
                    up.made = self.made_again(up.source, content)?;
                }
                let Some(made) = up.made.as_mut() else {
                    return Ok(None);
                };
                let Ok(part) = seal_part(
                    made,
                    content,
                    &content.key(&key(&up.shown)),
                    offset,
                    BLOB_PART_BYTES_MAX,
                ) else {
                    return Ok(None); // It is looked at again in the next round.
                };
                part
            }
        };
        let counted = (bytes.len() as u64).max(1024);
        self.carrying.up_bytes_left = self.carrying.up_bytes_left.saturating_sub(counted);
        Ok(Some(BlobAsk::Put {
            blob: blob(&up.shown),
            slot: slot_id(&self.slot_key(space)?, &DocumentId::from(up.share), 0),
            offset: offset.unwrap_or(0),
            total: content.sealed_bytes(),
            bytes,
        }))
    }

    /// The copy of an attachment; none where it is not the one that was shown: then nothing leaves.
    fn made_again(&self, source: AttachmentId, content: Content) -> Result<Option<Pieces>, Error> {
        let made = self
            .open_attachment(source)
            .and_then(copy_of)
            .and_then(|(_, mut made)| {
                let is_it = content_of(&mut made)? == content;
                Ok(is_it.then_some(made))
            });
        match made {
            Ok(made) => Ok(made),
            Err(error @ (Error::Store(_) | Error::Locked)) => Err(error),
            Err(error) => {
                tracing::debug!(%error, "an attachment that is shown could not be copied");
                Ok(None)
            }
        }
    }

    /// The next part of a copy that comes down; none where it is here, or is not to come in this round.
    fn ask_copy_down(&mut self, shown: &ShownAttachment) -> Result<Option<BlobAsk>, Error> {
        let (content, blob) = (content(shown), blob(shown));
        let (files, have) = (self.attachment_files(), self.arrived_of(&blob)?);
        let is_here = files.length(&blob)? == Some(content.sealed_bytes());
        let may_come = self.may_carry(content.bytes)? && self.carrying.down_bytes_left > 0;
        if is_here || have == NOT_IT || !may_come {
            return Ok(None);
        }
        let checker = PartChecker::new(content, &content.key(&key(shown)));
        let count = checker.ask_for(have, BLOB_PART_BYTES_MAX);
        self.carrying.down_bytes_left = self.carrying.down_bytes_left.saturating_sub(count as u64);
        Ok(Some(BlobAsk::Read {
            blob,
            offset: have,
            total: content.sealed_bytes(),
            bytes_max: u32::try_from(count).unwrap_or(u32::MAX),
        }))
    }

    /// How much of a copy counts, where its file holds as much.
    fn arrived_of(&self, blob: &BlobId) -> Result<u64, Error> {
        let have = self.store.view().meta(&arrived_name(blob))?;
        let have = have.and_then(|have| Some(u64::from_le_bytes(have.try_into().ok()?)));
        let held = self.attachment_files().part_length(blob)?.unwrap_or_default();
        Ok(have.filter(|have| *have == NOT_IT || *have <= held).unwrap_or_default())
    }

    /// Takes the answer.
    pub(super) fn take_shown(&mut self, space: SpaceId, ask: &BlobAsk, found: BlobFound) -> Result<(), Error> {
        let Some(now) = self.showing.now.take().filter(|_| self.showing.space == Some(space)) else {
            return Ok(());
        };
        if let BlobFound::Refused(RefusalCode::RateLimited | RefusalCode::Unavailable) = found {
            self.carrying.stop();
            self.showing.waiting.clear();
            return Ok(());
        }
        match (now, found) {
            (Now::Release(..), BlobFound::Refused(_)) => Ok(()),
            (Now::Release(share, blob), _) => {
                let name = release_names(share) + &hex(blob.as_bytes());
                self.commit(&[], |tx| Ok(tx.remove_meta(&name)?))
            }
            (Now::Up(_), BlobFound::Refused(RefusalCode::OverQuota)) => {
                self.carrying.up_bytes_left = 0;
                Ok(())
            }
            (Now::Up(up), BlobFound::Have(have)) => self.copy_went_up(ask, up, have),
            (Now::Up(up), BlobFound::Nothing) => self.copy_went_up(ask, up, 0),
            (Now::Down(shown), BlobFound::Part(part)) => self.copy_came_down(shown, &part),
            // It was stopped meanwhile, or whoever shows it has not sent it yet.
            _ => Ok(()),
        }
    }

    fn copy_went_up(&mut self, ask: &BlobAsk, mut up: Box<Up>, have: u64) -> Result<(), Error> {
        if have == content(&up.shown).sealed_bytes() {
            let name = copied_names(up.share) + &hex(blob(&up.shown).as_bytes());
            return self.commit(&[Change::Support], |tx| Ok(tx.set_meta(&name, &[])?));
        }
        match ask {
            BlobAsk::Put { offset, bytes, .. } if !bytes.is_empty() && have <= *offset => up.fruitless += 1,
            _ => up.fruitless = 0,
        }
        if up.fruitless < FRUITLESS_MAX {
            up.at = Some(have);
            self.showing.now = Some(Now::Up(up));
        }
        Ok(())
    }

    fn copy_came_down(&mut self, shown: ShownAttachment, part: &[u8]) -> Result<(), Error> {
        let (content, blob) = (content(&shown), blob(&shown));
        let (files, have) = (self.attachment_files(), self.arrived_of(&blob)?);
        let checker = PartChecker::new(content, &content.key(&key(&shown)));
        // What does not open is not kept, and asked for again another time.
        let good = checker.good(have, part).unwrap_or_default();
        if good == 0 || have == NOT_IT {
            return Ok(());
        }
        files.write_part(&blob, have, part.get(..good).unwrap_or_default())?;
        let have = have + good as u64;
        if have < content.sealed_bytes() {
            self.showing.now = Some(Now::Down(shown));
            return self.set_arrived(&blob, Some(have));
        }
        files.complete(&blob)?;
        if self.is_what_it_is_said_to_be(&shown)? {
            return self.set_arrived(&blob, None);
        }
        files.remove(&blob)?;
        self.set_arrived(&blob, Some(NOT_IT))
    }

    /// Whether the bytes of a copy have the digest that stands in what is shown: whoever shows it has the key, and could have sealed others.
    fn is_what_it_is_said_to_be(&self, shown: &ShownAttachment) -> Result<bool, Error> {
        let content = content(shown);
        let Some(file) = self.attachment_files().open(&blob(shown))? else {
            return Ok(false);
        };
        let read = AttachmentReader::new(file, content, &content.key(&key(shown)))
            .and_then(|reader| Content::of(&mut BufReader::new(reader)));
        Ok(read.is_ok_and(|read| read == content))
    }

    fn set_arrived(&mut self, blob: &BlobId, have: Option<u64>) -> Result<(), Error> {
        let name = arrived_name(blob);
        self.commit(&[Change::Support], |tx| match have {
            Some(have) => Ok(tx.set_meta(&name, &have.to_le_bytes())?),
            None => Ok(tx.remove_meta(&name)?),
        })
    }
}

fn blob_of(hex: &str) -> Option<BlobId> {
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?;
    Some(BlobId::from_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
#[path = "showing_carrying_tests.rs"]
mod tests;
