//! The lease of what is shown: a specialist's app that has not reached the relay for as many days as the consent says locks it until it has.
//!
//! It counts from the app's own last contact, never from anything the participant does: who is quiet loses no reader, and nobody learns that they are quiet. It is a courtesy of
//! this app, and no cryptography: another one may ignore it. A clock that is set back makes no lease longer: the latest time that was seen since the contact counts.
//! Nor does an answer that was given before: what the relay has signed no later than what was read last tells of no contact.
//! Where the consent says 0 days, what is shown is read after contact alone, each time: it opens within [`limits::LEASE_OPENING_MS`] of it.
//!
//! | name | value | |
//! |---|---|---|
//! | `lease.<space in hex>` | i64, i64, u64, little-endian, ms since 1970: two by this device's clock, one by the relay's | when its log was last read to the end, the latest time seen since, and when the relay had signed the head that was read; the last is not there where an earlier version wrote it |

use super::devices::hex;
use super::{Engine, Error};
use crate::clock::Timestamp;
use crate::limits;
use crate::store::SpaceRow;
use crate::support::{Consent, Role};
use cairn_wire::SpaceId;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn lease_name(space: SpaceId) -> String {
    format!("lease.{}", hex(space.as_bytes()))
}

/// When the relay was reached.
struct Lease {
    contact: Timestamp,
    latest: Timestamp,
    signed: u64,
}

impl Engine {
    /// The app has reached the relay, and read what it has of a space: what is shown there stays readable for its lease.
    pub(super) fn begin_lease(&mut self, space: &SpaceRow) -> Result<(), Error> {
        if space.relationship.is_none() || space.side != Role::Specialist.side() {
            return Ok(());
        }
        let (now, signed) = (self.now(), space.head_time);
        // A relay whose clock was ahead for a while and is right again has been reached.
        let is_possible = |at: u64| {
            at <= u64::try_from(now.0)
                .unwrap_or_default()
                .saturating_add(limits::HEAD_OLD_MS)
        };
        if let Some(lease) = self.lease(space.id)?
            && signed <= lease.signed
            && is_possible(lease.signed)
            && !planted!(OldContact)
        {
            return self.note_time(space.id);
        }
        let lease = Lease {
            contact: now,
            latest: now,
            signed,
        };
        self.put_lease(space.id, lease)
    }

    fn put_lease(&mut self, space: SpaceId, lease: Lease) -> Result<(), Error> {
        let Lease {
            contact,
            latest,
            signed,
        } = lease;
        let bytes = [contact.0.to_le_bytes(), latest.0.to_le_bytes(), signed.to_le_bytes()].concat();
        self.commit(&[], |tx| Ok(tx.set_meta(&lease_name(space), &bytes)?))
    }

    fn lease(&self, space: SpaceId) -> Result<Option<Lease>, Error> {
        let bytes = self.store.view().meta(&lease_name(space))?.unwrap_or_default();
        let (chunks, []) = bytes.as_chunks::<8>() else {
            return Ok(None);
        };
        let (contact, latest, signed) = match chunks {
            [contact, latest] => (contact, latest, 0),
            [contact, latest, signed] => (contact, latest, u64::from_le_bytes(*signed)),
            _ => return Ok(None),
        };
        let time = |bytes: &[u8; 8]| Timestamp(i64::from_le_bytes(*bytes));
        Ok(Some(Lease {
            contact: time(contact),
            latest: time(latest),
            signed,
        }))
    }

    /// Whether what this consent shows is locked until the relay was reached.
    pub(super) fn is_lease_over(&self, space: SpaceId, consent: &Consent) -> Result<bool, Error> {
        let Some(lease) = self.lease(space)? else {
            return Ok(true);
        };
        let lease_ms = match consent.lease_days {
            0 => limits::LEASE_OPENING_MS,
            days => i64::from(days).saturating_mul(DAY_MS),
        };
        Ok(self.now().max(lease.latest) >= lease.contact.plus_ms(lease_ms) && !planted!(LeaseEndless))
    }

    /// The latest time that is known where something is shown: by this device's clock, now or before, and by what the relay has signed. A clock that is set back opens
    /// nothing that is over.
    pub(super) fn time_in(&self, space: SpaceId) -> Result<Timestamp, Error> {
        if planted!(LocalTimeAlone) {
            return Ok(self.now());
        }
        let seen = self.lease(space)?.map_or(Timestamp(0), |lease| lease.latest);
        Ok(self.now().max(seen).max(self.signed_in(space)?))
    }

    /// When the relay had signed the newest head of a space that was read.
    fn signed_in(&self, space: SpaceId) -> Result<Timestamp, Error> {
        let row = self.store.view().space(space)?;
        let signed = row.map_or(0, |row| row.head_time);
        Ok(Timestamp(i64::try_from(signed).unwrap_or(i64::MAX)))
    }

    /// Whether both clocks, this device's and the relay's, are about at that time or past it. By one of them alone, which may be wrong by years, nothing is let go of for good.
    pub(super) fn is_surely_past(&self, space: SpaceId, at: Timestamp) -> Result<bool, Error> {
        let about = |clock: Timestamp| clock.plus_ms(limits::CLOCKS_APART_MS) >= at;
        Ok(planted!(OneClockPurges) || (about(self.now()) && about(self.signed_in(space)?)))
    }

    /// Notes the latest time that was seen, where somebody looks at what is shown.
    pub(super) fn note_time(&mut self, space: SpaceId) -> Result<(), Error> {
        let now = self.now();
        match self.lease(space)? {
            Some(lease) if now > lease.latest => self.put_lease(space, Lease { latest: now, ..lease }),
            _ => Ok(()),
        }
    }
}
