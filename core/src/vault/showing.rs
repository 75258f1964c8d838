//! What is shown of attachments: a copy without what it says beside, sealed under a key of its own for one share.
//!
//! A copy is not kept. What it is made of lies sealed here already, and making it again makes the same bytes, so it is made when the share is
//! given, to know how long it is and its digest, and once more when it leaves. Which attachment it is made of, and the key, stand with the share on the
//! participant's devices, so that each that has the attachment can send it; the key alone stands in what is shown. On the specialist's devices the copy is
//! a sealed file that goes with the view.
//!
//! Reading a long film takes as long as it is long, and needs no engine: [`ToShow::copied`] may run on any thread.

use super::attachments::{AttachmentError, OpenAttachment, damaged};
use super::support::NewShare;
use super::{Engine, Error};
use crate::crypto::{AttachmentReader, Content, SlotKey};
use crate::id::{AttachmentId, ShareId, random_bytes};
use crate::journal::{Attachment, Entry};
use crate::limits;
use crate::media::{self, Pieces};
use crate::record;
use crate::store::SharedRow;
use crate::support::{AccessKind, ConsentInvalid, NotShareable, ShownAttachment};
use cairn_wire::BlobId;
use std::collections::BTreeSet;
use std::io::{Seek as _, SeekFrom};

/// An attachment that is about to be shown.
pub struct ToShow {
    attachment: Attachment,
    open: OpenAttachment,
    key: [u8; 32],
}

/// Shows no key.
impl std::fmt::Debug for ToShow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ToShow(…)")
    }
}

/// A copy of an attachment as it will be shown, by what is known of its bytes.
#[derive(Debug)]
pub struct Copied {
    source: AttachmentId,
    /// What of it is shown.
    pub shown: ShownAttachment,
}

impl ToShow {
    /// Makes the copy, reading it once.
    ///
    /// # Errors
    /// [`NotShareable::SaysTooMuch`]; [`AttachmentError::Damaged`]; [`Error::Locked`].
    pub fn copied(self) -> Result<Copied, Error> {
        let Self { attachment, open, key } = self;
        let (look, mut pieces) = copy_of(open)?;
        let content = content_of(&mut pieces)?;
        Ok(Copied {
            source: attachment.id,
            shown: ShownAttachment {
                kind: attachment.kind,
                media_type: look.media_type,
                bytes: content.bytes,
                sha256: content.sha256,
                key,
                width: look.width,
                height: look.height,
                duration_ms: look.duration_ms,
                caption: Some(attachment.alt_text).filter(|words| !words.is_empty()),
            },
        })
    }
}

impl Copied {
    /// Whether what it is a copy of hangs on this entry.
    pub(super) fn hangs_on(&self, entry: &Entry) -> bool {
        entry.attachments.iter().any(|attachment| attachment.id == self.source)
    }

    /// Of what it is a copy, and what it is sealed under.
    pub(super) const fn source(&self) -> (AttachmentId, [u8; 32]) {
        (self.source, self.shown.key)
    }
}

/// The bytes of an attachment as they are shown.
pub(super) fn copy_of(open: OpenAttachment) -> Result<(media::Look, Pieces), Error> {
    let shown = media::shown(Box::new(open)).map_err(damaged)?;
    shown.ok_or_else(|| NotShareable::SaysTooMuch.into())
}

/// What the bytes of a copy are.
pub(super) fn content_of(pieces: &mut Pieces) -> Result<Content, Error> {
    pieces.seek(SeekFrom::Start(0)).map_err(damaged)?;
    Content::of(pieces).map_err(damaged)
}

/// The bytes of what is shown.
pub(super) const fn content(shown: &ShownAttachment) -> Content {
    Content {
        sha256: shown.sha256,
        bytes: shown.bytes,
    }
}

/// What names and seals a copy, in the place of a slot key.
pub(super) const fn key(shown: &ShownAttachment) -> SlotKey {
    SlotKey::from_bytes(shown.key)
}

/// The name of a copy at the relay and among the files of a specialist's device.
pub(super) fn blob(shown: &ShownAttachment) -> BlobId {
    content(shown).blob(&key(shown))
}

impl Engine {
    /// What has to be copied for a share: all attachments of its entry, or those that were chosen, where attachments are among its parts.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`ConsentInvalid::NotAttached`], [`ConsentInvalid::TooManyAttached`]; [`AttachmentError::Elsewhere`] where one of them is not on this
    /// device.
    pub fn to_show(&mut self, new: &NewShare) -> Result<Vec<ToShow>, Error> {
        if !new.mask.attachments {
            return match new.attachments.as_slice() {
                [] => Ok(Vec::new()),
                _ => Err(ConsentInvalid::NotAttached.into()),
            };
        }
        let (relationship, _) = self.relationship(new.relationship)?;
        if relationship.role != crate::support::Role::Participant {
            return Err(Error::NotFound);
        }
        let mut attached = self.store.view().entry(new.entry)?.ok_or(Error::NotFound)?.attachments;
        if !new.attachments.is_empty() {
            let hangs = |id: &AttachmentId| attached.iter().any(|attachment| attachment.id == *id);
            if !new.attachments.iter().all(hangs) {
                return Err(ConsentInvalid::NotAttached.into());
            }
            attached.retain(|attachment| new.attachments.contains(&attachment.id));
        }
        if attached.len() > limits::SHOWN_ATTACHMENTS_MAX {
            return Err(ConsentInvalid::TooManyAttached.into());
        }
        let mut all = Vec::with_capacity(attached.len());
        for attachment in attached {
            all.push(ToShow {
                open: self.open_attachment(attachment.id)?,
                key: random_bytes(self.entropy.as_mut()),
                attachment,
            });
        }
        Ok(all)
    }

    /// Opens an attachment of what was shared with this person, by its place in what is shown. The participant is told that it was opened, once.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not theirs to read, or no longer; [`Error::LeaseOver`]; [`AttachmentError::Elsewhere`] until a round of sync has brought
    /// it; [`AttachmentError::Damaged`].
    pub fn open_shared_attachment(&mut self, share: ShareId, place: usize) -> Result<OpenAttachment, Error> {
        let (row, view) = self.readable(share)?;
        let shown = view.item.attachments.get(place).ok_or(Error::NotFound)?;
        self.tell(&self.space_row(row.space)?, share, AccessKind::Opened)?;
        let file = self.attachment_files().open(&blob(shown))?;
        let file = file.ok_or(AttachmentError::Elsewhere)?;
        let content = content(shown);
        let reader = AttachmentReader::new(file, content, &content.key(&key(shown))).map_err(damaged)?;
        Ok(OpenAttachment::of(reader, self.latch.clone()))
    }

    /// Of what is shown in a view, what is on this device.
    pub(super) fn shown_here(&self, attachments: &[ShownAttachment]) -> Result<Vec<bool>, Error> {
        let files = self.attachment_files();
        let is_here = |shown: &ShownAttachment| Ok(files.length(&blob(shown))? == Some(content(shown).sealed_bytes()));
        attachments.iter().map(is_here).collect()
    }

    /// The names of all copies that are shown to this person.
    pub(super) fn shown_blobs(&self) -> Result<BTreeSet<BlobId>, Error> {
        let rows = self.store.view().shared()?;
        Ok(rows.iter().flat_map(|row| blobs_of(&row.content)).collect())
    }

    /// Files of copies that are shown no more leave this device, after what showed them has left it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn forget_copies(&mut self, before: &[&SharedRow]) -> Result<(), Error> {
        let mut gone: BTreeSet<BlobId> = before.iter().flat_map(|row| blobs_of(&row.content)).collect();
        if gone.is_empty() {
            return Ok(());
        }
        let shown = self.shown_blobs()?;
        gone.retain(|blob| !shown.contains(blob));
        let files = self.attachment_files();
        for blob in &gone {
            files.remove(blob)?;
        }
        self.commit(&[], |tx| {
            gone.iter()
                .try_for_each(|blob| Ok(tx.remove_meta(&super::showing_carrying::arrived_name(blob))?))
        })
    }
}

/// The copies in what is shown.
fn blobs_of(view: &[u8]) -> Vec<BlobId> {
    let view = record::decode_view(view).ok();
    view.iter().flat_map(|view| &view.item.attachments).map(blob).collect()
}
