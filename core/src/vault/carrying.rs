//! Attachments between this device and the relay: what goes, what comes, in which order, and how much in one round.
//!
//! First the relay is told what to let go of, then what is here goes up, then what is elsewhere comes down; that of the newest
//! entries first. Everything goes in parts, and is gone on with where it was interrupted, also by another device. What comes is
//! opened before it is kept: a relay that sends something else has sent nothing.
//!
//! The relay holds an attachment for every entry that names it, so that it stays until the last of them is erased. Every device that
//! has it whole makes sure of that, with a request that carries nothing where it was so already.

use super::attachments::content_of;
use super::{Change, Engine, Error};
use crate::crypto::{Content, PartChecker, SlotKey, slot_id};
use crate::id::AttachmentId;
use crate::limits;
use crate::store::{AttachmentRow, Carried, Held, Release, Trouble};
use crate::sync::{BlobAsk, BlobFound};
use cairn_wire::SpaceId;
use cairn_wire::bounds::BLOB_PART_BYTES_MAX;
use cairn_wire::message::RefusalCode;
use std::collections::VecDeque;

/// Where the choice for attachments stands in `meta`.
const POLICY: &str = "attachments.policy";
/// Releases of one round.
const RELEASES_MAX: usize = 1_000;
/// Parts in a row that the relay takes and does not have, before an attachment is left for the next round.
pub(super) const FRUITLESS_MAX: u32 = 3;

/// Which attachments a round of sync carries on this device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum AttachmentPolicy {
    /// Those of at most [`limits::SMALL_ATTACHMENT_BYTES`]; larger ones in a round that the app begins for them.
    #[default]
    SmallNow = 0,
    /// All of them, in every round.
    Now = 1,
    /// None but in a round that the app begins for them: on Wi-Fi.
    Later = 2,
    /// As [`Self::SmallNow`] for what was added here; what was added elsewhere comes when somebody asks for it.
    OnDemand = 3,
}

impl AttachmentPolicy {
    fn from_number(number: u8) -> Self {
        let all = [Self::SmallNow, Self::Now, Self::Later, Self::OnDemand];
        // One that a newer version added: carry what every version carries.
        all.into_iter()
            .find(|policy| *policy as u8 == number)
            .unwrap_or_default()
    }
}

/// What is still to be carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AttachmentProgress {
    /// To the relay.
    pub up: Carried,
    /// To this device.
    pub down: Carried,
    /// The relay has no room left for some of it. What was kept is safe on this device.
    pub relay_is_full: bool,
}

/// What one round carries.
#[derive(Default)]
pub(super) struct Carrying {
    with_attachments: bool,
    has_begun: bool,
    releases: VecDeque<Release>,
    up: VecDeque<Held>,
    down: VecDeque<AttachmentId>,
    pub(super) up_bytes_left: u64,
    pub(super) down_bytes_left: u64,
    now: Option<Now>,
}

/// What is being carried.
enum Now {
    Release(Release),
    Up {
        held: Held,
        /// From where the relay wants it; none before it was asked.
        at: Option<u64>,
        fruitless: u32,
    },
    Down(AttachmentId),
}

impl Carrying {
    pub(super) fn new(with_attachments: bool) -> Self {
        Self {
            with_attachments,
            up_bytes_left: limits::ROUND_ATTACHMENT_BYTES_MAX,
            down_bytes_left: limits::ROUND_ATTACHMENT_BYTES_MAX,
            ..Self::default()
        }
    }

    fn next(&mut self) -> Option<Now> {
        if let Some(release) = self.releases.pop_front() {
            return Some(Now::Release(release));
        }
        if self.up_bytes_left > 0
            && let Some(held) = self.up.pop_front()
        {
            return Some(Now::Up {
                held,
                at: None,
                fruitless: 0,
            });
        }
        if self.down_bytes_left > 0 {
            return self.down.pop_front().map(Now::Down);
        }
        None
    }

    /// Nothing more in this round.
    pub(super) fn stop(&mut self) {
        (self.now, self.up_bytes_left, self.down_bytes_left) = (None, 0, 0);
        self.releases.clear();
    }
}

impl Engine {
    /// Which attachments a round of sync carries on this device.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn attachment_policy(&self) -> Result<AttachmentPolicy, Error> {
        let chosen = self.store.view().meta(POLICY)?;
        let number = chosen.and_then(|bytes| bytes.first().copied());
        Ok(number.map_or_else(AttachmentPolicy::default, AttachmentPolicy::from_number))
    }

    /// Chooses which attachments a round of sync carries on this device.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn set_attachment_policy(&mut self, policy: AttachmentPolicy) -> Result<(), Error> {
        self.commit(&[Change::Attachments], |tx| Ok(tx.set_meta(POLICY, &[policy as u8])?))
    }

    /// Asks for an attachment, whatever the choice for attachments is; the next round of sync brings it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Store`].
    pub fn fetch_attachment(&mut self, id: AttachmentId) -> Result<(), Error> {
        self.hear_of_attachments()?;
        let row = self.store.view().attachment(id)?.ok_or(Error::NotFound)?;
        if row.is_here() {
            return Ok(());
        }
        self.put_attachment(AttachmentRow { wanted: true, ..row })
    }

    /// What is still to be carried.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn attachment_progress(&mut self) -> Result<AttachmentProgress, Error> {
        self.hear_of_attachments()?;
        let view = self.store.view();
        let (up, down) = view.attachments_waiting()?;
        let full = Trouble::NoRoom as u8;
        let relay_is_full = view.attachment_troubles()?.iter().any(|(trouble, _)| *trouble == full);
        Ok(AttachmentProgress {
            up,
            down,
            relay_is_full,
        })
    }

    /// What to ask the relay next.
    pub(super) fn next_blob(&mut self, space: SpaceId) -> Result<Option<BlobAsk>, Error> {
        if space != self.identity.home {
            return self.next_shown(space);
        }
        if !self.carrying.has_begun {
            self.hear_of_attachments()?;
            // Only now, when everything was read that other devices said: they may name again what nothing named here.
            self.let_go_of_unnamed()?;
            self.carrying.has_begun = true;
            let view = self.store.view();
            self.carrying.releases = view.releases(RELEASES_MAX)?.into();
            self.carrying.up = view.attachments_to_send()?.into();
            self.carrying.down = view.attachments_to_fetch()?.into();
        }
        let slot_key = self.slot_key(space)?;
        loop {
            let Some(now) = self.carrying.now.take().or_else(|| self.carrying.next()) else {
                return Ok(None);
            };
            let ask = match &now {
                Now::Release(release) => Some(BlobAsk::Release {
                    blob: release.blob,
                    slot: slot_id(&slot_key, &release.document, release.edition),
                }),
                Now::Up { held, at, .. } => self.ask_up(&slot_key, held, *at)?,
                Now::Down(id) => self.ask_down(&slot_key, *id)?,
            };
            if ask.is_some() {
                self.carrying.now = Some(now);
                return Ok(ask);
            }
        }
    }

    /// The next part of what goes up; none where it cannot go in this round.
    fn ask_up(&mut self, slot_key: &SlotKey, held: &Held, at: Option<u64>) -> Result<Option<BlobAsk>, Error> {
        let Some(row) = self.store.view().attachment(held.id)? else {
            return Ok(None);
        };
        if !row.is_sound() {
            // Nothing can be sent; where the relay has it whole, asking makes it hold it for this entry.
            self.carrying.up_bytes_left = self.carrying.up_bytes_left.saturating_sub(1024);
            return Ok(Some(BlobAsk::Put {
                blob: row.blob,
                slot: slot_id(slot_key, &held.document, held.edition),
                offset: 0,
                total: row.sealed_bytes,
                bytes: Vec::new(),
            }));
        }
        if !self.may_go_up(&row)? || self.carrying.up_bytes_left == 0 {
            return Ok(None);
        }
        let is_one_part = row.sealed_bytes <= BLOB_PART_BYTES_MAX as u64;
        let offset = match at {
            Some(at) => Some(at),
            None if is_one_part && row.sent == 0 => Some(0),
            // The relay may have some of it already, from another time or another device.
            None => None,
        };
        let bytes = match offset {
            None => Vec::new(),
            Some(offset) => {
                let wanted = (row.sealed_bytes - offset).min(BLOB_PART_BYTES_MAX as u64);
                let count = usize::try_from(wanted).unwrap_or(BLOB_PART_BYTES_MAX);
                match self.opened_part(slot_key, &row, offset, count)? {
                    Some(bytes) => bytes,
                    None => return Ok(None),
                }
            }
        };
        // A question counts as something too, so that a relay that answers nonsense comes to an end.
        let counted = (bytes.len() as u64).max(1024);
        self.carrying.up_bytes_left = self.carrying.up_bytes_left.saturating_sub(counted);
        Ok(Some(BlobAsk::Put {
            blob: row.blob,
            slot: slot_id(slot_key, &held.document, held.edition),
            offset: offset.unwrap_or(0),
            total: row.sealed_bytes,
            bytes,
        }))
    }

    /// Bytes of a sealed file that go up; none where they are not what they were: what does not open here would open nowhere, and would
    /// stand in the way of what does.
    fn opened_part(
        &mut self,
        slot_key: &SlotKey,
        row: &AttachmentRow,
        offset: u64,
        count: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        let content = content_of(row);
        let checker = PartChecker::new(content, &content.key(slot_key));
        let (start, length) = checker.around(offset, count);
        let read = self.attachment_files().read(&row.blob, start, length)?;
        let Some(mut chunks) = read.filter(|bytes| bytes.len() == length) else {
            self.examine_attachments()?;
            return Ok(None);
        };
        if checker.good(start, &chunks) != Ok(length) {
            self.attachment_did_not_open(row.id)?;
            return Ok(None);
        }
        let before = usize::try_from(offset - start).unwrap_or(length);
        chunks.drain(..before);
        chunks.truncate(count);
        Ok(Some(chunks))
    }

    /// The next part of what comes down; none where it is not to come in this round.
    fn ask_down(&mut self, slot_key: &SlotKey, id: AttachmentId) -> Result<Option<BlobAsk>, Error> {
        let Some(row) = self.store.view().attachment(id)?.filter(|row| !row.is_here()) else {
            return Ok(None);
        };
        if !self.may_come_down(&row)? || self.carrying.down_bytes_left == 0 {
            return Ok(None);
        }
        let Some(row) = self.with_its_file(row)? else {
            return Ok(None);
        };
        let content = content_of(&row);
        let checker = PartChecker::new(content, &content.key(slot_key));
        let count = checker.ask_for(row.have, BLOB_PART_BYTES_MAX);
        self.carrying.down_bytes_left = self.carrying.down_bytes_left.saturating_sub(count as u64);
        Ok(Some(BlobAsk::Read {
            blob: row.blob,
            offset: row.have,
            total: row.sealed_bytes,
            bytes_max: u32::try_from(count).unwrap_or(u32::MAX),
        }))
    }

    /// A row that says what its file says, after a crash between the two; none where the file turns out to be whole.
    fn with_its_file(&mut self, row: AttachmentRow) -> Result<Option<AttachmentRow>, Error> {
        let files = self.attachment_files();
        if row.trouble != Trouble::Lost && files.length(&row.blob)? == Some(row.sealed_bytes) {
            self.arrived(row)?;
            return Ok(None);
        }
        if row.have > 0 && files.part_length(&row.blob)?.is_none_or(|length| length < row.have) {
            let row = AttachmentRow { have: 0, ..row };
            self.put_attachment(row)?;
            return Ok(Some(row));
        }
        Ok(Some(row))
    }

    /// Takes the answer.
    pub(super) fn take_blob(&mut self, space: SpaceId, ask: &BlobAsk, found: BlobFound) -> Result<(), Error> {
        if space != self.identity.home {
            return self.take_shown(space, ask, found);
        }
        let Some(now) = self.carrying.now.take() else {
            return Ok(());
        };
        if let BlobFound::Refused(RefusalCode::RateLimited | RefusalCode::Unavailable) = found {
            self.carrying.stop();
            return Ok(());
        }
        match now {
            // Whether it was there or not: it is not there now.
            Now::Release(release) => match found {
                BlobFound::Refused(_) => Ok(()),
                _ => self.commit(&[], |tx| Ok(tx.remove_release(&release)?)),
            },
            Now::Up { held, fruitless, .. } => self.went_up(ask, held, fruitless, &found),
            Now::Down(id) => self.came_down(id, found),
        }
    }

    fn went_up(&mut self, ask: &BlobAsk, held: Held, fruitless: u32, found: &BlobFound) -> Result<(), Error> {
        let Some(row) = self.store.view().attachment(held.id)? else {
            return Ok(());
        };
        let have = match found {
            BlobFound::Have(have) => *have,
            BlobFound::Nothing => 0,
            BlobFound::Refused(RefusalCode::OverQuota) => {
                // Others would find no room either. What is here stays here.
                self.carrying.up_bytes_left = 0;
                let trouble = match row.trouble {
                    Trouble::Lost => Trouble::Lost,
                    _ => Trouble::NoRoom,
                };
                return self.put_attachment(AttachmentRow { trouble, ..row });
            }
            // The entry was erased elsewhere, or the relay has something else of this name: nothing that asking again would change.
            BlobFound::Refused(_) | BlobFound::Part(_) => return Ok(()),
        };
        let trouble = match row.trouble {
            Trouble::NoRoom => Trouble::None,
            other => other,
        };
        let is_held = have == row.sealed_bytes;
        if !row.is_sound() {
            // The relay was asked and said what it has: there is no more to be done for it from here, but to fetch what did not open.
            let did_not_open = row.is_here() && is_held;
            let row = AttachmentRow {
                have: if did_not_open { 0 } else { row.have },
                sent: have,
                trouble,
                ..row
            };
            return self.commit(&[Change::Attachments], |tx| {
                tx.set_held(&held)?;
                Ok(tx.put_attachment(&row)?)
            });
        }
        let row = AttachmentRow {
            sent: have,
            trouble,
            ..row
        };
        self.commit(&[Change::Attachments], |tx| {
            if is_held {
                tx.set_held(&held)?;
            }
            Ok(tx.put_attachment(&row)?)
        })?;
        let fruitless = match ask {
            BlobAsk::Put { offset, bytes, .. } if !bytes.is_empty() && have <= *offset => fruitless + 1,
            _ => 0,
        };
        if !is_held && fruitless < FRUITLESS_MAX {
            self.carrying.now = Some(Now::Up {
                held,
                at: Some(have),
                fruitless,
            });
        }
        Ok(())
    }

    fn came_down(&mut self, id: AttachmentId, found: BlobFound) -> Result<(), Error> {
        let BlobFound::Part(part) = found else {
            return Ok(()); // Whoever added it has not sent it yet.
        };
        let Some(row) = self.store.view().attachment(id)? else {
            return Ok(());
        };
        let content: Content = content_of(&row);
        let checker = PartChecker::new(content, &content.key(&self.slot_key(self.identity.home)?));
        let Ok(good) = checker.good(row.have, &part) else {
            return self.put_attachment(AttachmentRow {
                trouble: Trouble::NotOpened,
                ..row
            });
        };
        if good == 0 {
            return Ok(());
        }
        let files = self.attachment_files();
        files.write_part(&row.blob, row.have, &part[..good])?;
        let have = row.have + good as u64;
        if have == row.sealed_bytes {
            files.complete(&row.blob)?;
            return self.arrived(row);
        }
        self.put_attachment(AttachmentRow { have, ..row })?;
        self.carrying.now = Some(Now::Down(id));
        Ok(())
    }

    /// The whole file of an attachment is here, and the relay has it.
    fn arrived(&mut self, row: AttachmentRow) -> Result<(), Error> {
        // What was only asked for before is now to be made sure of.
        self.commit(&[], |tx| Ok(tx.doubt_holds_of(row.id)?))?;
        let row = AttachmentRow {
            have: row.sealed_bytes,
            sent: row.sealed_bytes,
            wanted: false,
            trouble: Trouble::None,
            ..row
        };
        self.put_attachment(row)
    }

    fn put_attachment(&mut self, row: AttachmentRow) -> Result<(), Error> {
        self.commit(&[Change::Attachments], |tx| Ok(tx.put_attachment(&row)?))
    }

    /// Whether so many bytes of an attachment go up in this round; and whether a copy that is shown comes, which is asked for by being opened.
    pub(super) fn may_carry(&self, bytes: u64) -> Result<bool, Error> {
        let (small, with) = (bytes <= limits::SMALL_ATTACHMENT_BYTES, self.carrying.with_attachments);
        Ok(match self.attachment_policy()? {
            AttachmentPolicy::Now => true,
            AttachmentPolicy::SmallNow | AttachmentPolicy::OnDemand => small || with,
            AttachmentPolicy::Later => with,
        })
    }

    fn may_go_up(&self, row: &AttachmentRow) -> Result<bool, Error> {
        Ok(self.may_carry(row.bytes)? || row.sent == row.sealed_bytes)
    }

    fn may_come_down(&self, row: &AttachmentRow) -> Result<bool, Error> {
        let (small, with) = (
            row.bytes <= limits::SMALL_ATTACHMENT_BYTES,
            self.carrying.with_attachments,
        );
        Ok(match self.attachment_policy()? {
            AttachmentPolicy::Now => true,
            AttachmentPolicy::SmallNow => small || with,
            AttachmentPolicy::Later => with,
            AttachmentPolicy::OnDemand => false,
        } || row.wanted)
    }
}
