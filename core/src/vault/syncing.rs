//! Rounds of sync, driven from outside, and what is looked at afterwards.

use super::carrying::Carrying;
use super::ending::Erasure;
use super::receive::{SetAside, is_signed};
use super::removing::take_out_of_sight;
use super::showing_carrying::ShowingCarried;
use super::{Change, Engine, Error, Renewing};
use crate::clock::Timestamp;
use crate::id::DocumentId;
use crate::limits;
use crate::store::{Quarantined, Tx};
use crate::sync::{Report, Request, Response, Round, SyncError, TransportError};
use cairn_wire::message::{ReadRequest, ReadSpace, RefusalCode};
use cairn_wire::{PublicKey, RecordHash};

/// What waits, in the amounts an app needs to say "saved here" or "up to date".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncStatus {
    /// The relay, if there is one.
    pub relay: Option<String>,
    /// Records sealed or to be sealed that the relay has not acknowledged.
    pub waiting: u64,
    /// When the relay last signed a head of the home space that this device has read to.
    pub up_to_date_at: Option<Timestamp>,
    /// Records set aside, to be looked at with `doctor`.
    pub set_aside: u64,
    /// Whether the relay has shown this person's devices different histories. It stays: what one device has read, another may
    /// never be shown.
    pub relay_differs: bool,
    /// Records of others that the relay passes off as replaced, and shows nothing that replaced them.
    pub withheld: u64,
    /// Whether this vault was put back from a backup, or copied, and how far it has come since.
    pub renewing: Renewing,
    /// Whether the relay lets this device in no more, which it used to. Another device has removed it, as a rule; the relay says no
    /// reason, and one that lost its store does the same. What is here stays readable.
    pub is_shut_out: bool,
    /// Whether another device, or the recovery phrase, is to let this one in again: the relay has lost its store, and the devices that told it
    /// again who may enter do not know this one, or know less of the chain than it does. Everything here stays.
    pub needs_joining: bool,
    /// Whether devices are on the list that were not this person's when this one was let in again: one that was removed may be among them. Nothing
    /// that was written is sent until the person has looked at the list and removed what is not theirs, or said that each is
    /// ([`Engine::trust_devices`]).
    pub has_strange_devices: bool,
    /// How much is still to be sent again to a relay that lost its store, or put back an old one; none where nothing is known to be missing.
    pub to_send_again: Option<u64>,
    /// Whether the relay says that it has ended the home space, and nothing that this person's devices signed says why. What is here
    /// stays.
    pub is_ended: bool,
    /// Whether everything is to be erased, and when on this device.
    pub erasure: Erasure,
}

/// The name under which it is kept that the relay lets this device in no more.
const SHUT_OUT: &str = "home.shut_out";

impl Engine {
    /// Begins a round of sync.
    ///
    /// # Errors
    /// [`Error::NoRelay`]; [`Error::Store`].
    pub fn sync_begin(&mut self) -> Result<(), Error> {
        self.sync_begin_with(false)
    }

    /// Begins a round of sync that carries attachments of any size too, `with_attachments`.
    ///
    /// # Errors
    /// As [`Self::sync_begin`].
    pub fn sync_begin_with(&mut self, with_attachments: bool) -> Result<(), Error> {
        self.carrying = Carrying::new(with_attachments);
        self.showing = ShowingCarried::default();
        // What costs much is done where the device has time, or little by little.
        self.again_left = if with_attachments {
            usize::MAX
        } else {
            limits::AGAIN_DOCUMENTS_MAX
        };
        self.again_failing.clear();
        self.sweep_attachments()?;
        let now = self.now();
        self.end_what_is_over(now)?;
        self.forget_expired(self.store.view().shared()?)?;
        self.begin_home_chain()?;
        self.held_back.clear();
        self.keys_tried.clear();
        self.read_to_end.clear();
        self.wake_asked.clear();
        self.gate_wishes.begin_round();
        self.take_back_profiles()?;
        self.take_back_meetings()?;
        let has_place = self.store.view().spaces()?.iter().any(|space| !space.origin.is_empty());
        if !has_place {
            return Err(Error::NoRelay);
        }
        self.host_error = None;
        self.heard_closed = false;
        self.telling.clear();
        let tokens = std::mem::take(&mut self.tokens);
        self.round = Some(Round::new(self, tokens));
        Ok(())
    }

    /// The next request of the round; none when it is over.
    pub fn sync_next(&mut self) -> Option<Request> {
        let mut round = self.round.take()?;
        let request = round.next(self);
        self.round = Some(round);
        request
    }

    /// Takes the answer to the request that [`Self::sync_next`] gave.
    pub fn sync_answer(&mut self, answer: Result<Response, TransportError>) {
        if let Some(mut round) = self.round.take() {
            round.answer(self, answer);
            self.round = Some(round);
        }
    }

    /// Ends the round and says what it did.
    ///
    /// # Errors
    /// What this device itself could not do. That a relay was not reached is in the report.
    pub fn sync_end(&mut self) -> Result<Report, Error> {
        let Some(round) = self.round.take() else {
            return Ok(Report::default());
        };
        let (report, tokens) = round.end();
        self.tokens = tokens;
        if std::mem::take(&mut self.entered_as_phrase) {
            // What the relay was asked as the phrase is over: from now on this device asks for itself.
            self.tokens.remove(&self.identity.home);
        }
        self.note_shut_out(&report)?;
        self.note_ended(&report)?;
        self.changes.insert(Change::Sync);
        match self.host_error.take() {
            Some(error) => Err(error),
            None => Ok(report),
        }
    }

    /// Notes whether the relay still lets this device in, where it ever did: it has signed a head for it.
    fn note_shut_out(&mut self, report: &Report) -> Result<(), Error> {
        let home = self.home()?;
        let failed = report.failed.iter().find(|(space, _)| *space == home.id);
        let is_out = match failed {
            Some((_, SyncError::NotAuthorised)) => home.head_signature != [0; 64] || self.has_begun_anew(home.id)?,
            // The space is there, and whoever made it again had not heard of this device.
            Some((_, SyncError::Refused(RefusalCode::Conflict))) if !home.created => self.home_chain.is_some(),
            Some(_) => return Ok(()), // Nothing was said about it.
            None => false,
        };
        if is_out == self.is_shut_out()? {
            return Ok(());
        }
        self.commit(&[Change::Devices, Change::Sync], |tx| {
            if is_out {
                Ok(tx.set_meta(SHUT_OUT, &[])?)
            } else {
                Ok(tx.remove_meta(SHUT_OUT)?)
            }
        })
    }

    /// Whether the relay lets this device in no more.
    pub(super) fn is_shut_out(&self) -> Result<bool, Error> {
        Ok(self.store.view().meta(SHUT_OUT)?.is_some())
    }

    /// A request that the relay answers when something arrives in any space, or after `wait_ms`; none before the first round.
    /// Its answer is a reason to sync, nothing more.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn listen(&self, wait_ms: u32) -> Result<Option<Request>, Error> {
        let mut origin = String::new();
        let mut spaces = Vec::new();
        for row in self.store.view().spaces()? {
            if (origin.is_empty() || row.origin == origin)
                && let Some(token) = self.tokens.get(&row.id)
            {
                origin.clone_from(&row.origin);
                spaces.push(ReadSpace {
                    token: *token,
                    space: row.id,
                    since: Some(row.cursor),
                    until: None,
                    slots: None,
                });
            }
        }
        if spaces.is_empty() {
            return Ok(None);
        }
        let message = ReadRequest {
            spaces,
            bytes_max: 1,
            wait_ms,
        };
        Ok(Some(crate::sync::Ask::request(&origin, "/v1/read", &message, wait_ms)))
    }

    /// Where sync stands.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn sync_status(&self) -> Result<SyncStatus, Error> {
        let home = self.home()?;
        let (relay_differs, withheld) = self.doubts(&home)?;
        let view = self.store.view();
        let is_read = home.created && home.cursor == home.head_n;
        let signed_at = if planted!(AgeUnsaid) {
            u64::try_from(self.clock.now().0).unwrap_or_default()
        } else {
            home.head_time
        };
        let at = i64::try_from(signed_at)
            .ok()
            .filter(|at| is_read && withheld == 0 && *at > 0)
            .map(Timestamp);
        Ok(SyncStatus {
            relay: Some(home.origin).filter(|origin| !origin.is_empty()),
            waiting: view.outbox_waiting()? + view.dirty_count()? + view.closing_count()?,
            up_to_date_at: at,
            set_aside: view.quarantine_reasons()?.into_iter().map(|(_, count)| count).sum(),
            relay_differs,
            withheld,
            renewing: self.renewing()?,
            is_shut_out: self.is_shut_out()?,
            needs_joining: self.needs_joining()?,
            has_strange_devices: !self.strange_devices()?.is_empty(),
            to_send_again: self.to_send_again()?,
            is_ended: self.is_ended()?,
            erasure: self.erasure()?,
        })
    }

    /// Looks at signatures that a catch-up left for later, at most `count`; answers how many were looked at. A document
    /// whose author did not sign it is taken out of sight and its record set aside.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn verify_some(&mut self, count: usize) -> Result<usize, Error> {
        let (Some(chain), home) = (&self.home_chain, self.home()?) else {
            return Ok(0);
        };
        // Only who has read to the head knows every device: a link that lets an author in may still come.
        if home.cursor < home.head_n {
            return Ok(0);
        }
        let later = self.store.view().unverified(count)?;
        let mut forged = Vec::new();
        for (_, one) in &later {
            let author = PublicKey::from_bytes(one.author);
            if chain.added(&author).is_none() {
                forged.push((one, SetAside::Stranger));
            } else if !is_signed(&one.author, &one.digest, &one.signature) {
                forged.push((one, SetAside::NotSigned));
            }
        }
        let now = self.clock.now();
        let changes: &[Change] = if forged.is_empty() {
            &[]
        } else {
            &[Change::Journal, Change::Profile, Change::Sync]
        };
        let forged: Vec<Quarantined> = forged
            .into_iter()
            .map(|(one, why)| super::receive::aside(home.id, 0, one.hash, Some(one.document), why, &[], now))
            .collect();
        let looked_at = later.len();
        self.commit(changes, |tx| {
            for (place, _) in &later {
                tx.remove_unverified(*place)?;
            }
            for aside in &forged {
                if let Some(document) = aside.document
                    && is_nothing_but(tx, document, aside.hash)?
                {
                    take_out_of_sight(tx, document)?;
                }
                tx.quarantine(aside)?;
            }
            Ok(())
        })?;
        Ok(looked_at)
    }
}

/// Whether a document is the state of that one record and nothing else: what the person has written since stays.
pub(super) fn is_nothing_but(tx: &Tx<'_>, document: DocumentId, hash: RecordHash) -> Result<bool, Error> {
    let is_sent = tx.document_head(document)?.is_some_and(|row| !row.dirty);
    let siblings = tx.siblings(document)?;
    Ok(is_sent
        && siblings
            .iter()
            .filter(|sibling| sibling.tip)
            .all(|sibling| sibling.hash == hash))
}
